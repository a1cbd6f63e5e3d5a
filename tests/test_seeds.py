"""Every row of the API page, through a real browser, a real socket and a real handler, in both profiles."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from bridge import Call, Outcome, deny, error, grant, profiles
from tests.conftest import OpenPage
from tests.seeds import PROFILES, SAMPLE, SCOPES


@pytest.fixture(params=PROFILES)
def profile(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# The sample code.


def test_the_sample_shows_the_authorization_code_in_an_alert(open_page: OpenPage, profile: str) -> None:
    opened = open_page(profile=profile)
    opened.page.add_script_tag(content=SAMPLE)
    dialog = opened.page.get_by_role("alertdialog")
    code = dialog.get_by_text("2810").inner_text()
    assert opened.bridge.authority.redeem(code, app_id=opened.bridge.settings.app_id).scopes == ("auth_base",)


def test_the_sample_logs_the_scopes_that_were_refused(open_page: OpenPage, profile: str) -> None:
    opened = open_page(deny(), profile=profile)
    with opened.page.expect_console_message() as message:
        opened.page.add_script_tag(content=SAMPLE)
    assert message.value.args[0].json_value() == {"auth_base": "10001"}


def test_the_quickstart_holds_the_sample_character_for_character() -> None:
    app = Path(__file__).parent.parent / "examples" / "quickstart" / "app.js"
    assert SAMPLE in app.read_text()


# Parameters.


def test_scopes_reach_the_handler_in_their_order(open_page: OpenPage, profile: str) -> None:
    asked: list[tuple[str, ...]] = []

    def login(call: Call) -> Outcome:
        asked.append(call.scopes)
        return grant()

    open_page(login, profile=profile).success({"scopes": ["USER_NAME", "auth_base"]})
    assert asked == [("USER_NAME", "auth_base")]


@pytest.mark.parametrize("options", [{}, {"scopes": None}], ids=["absent", "null"])
def test_scopes_are_optional_in_the_newer_page_and_mean_auth_base(open_page: OpenPage, options: dict[str, Any]) -> None:
    assert open_page().success(options)["authSuccessScopes"] == ["auth_base"]


@pytest.mark.parametrize("options", [{}, {"scopes": None}], ids=["absent", "null"])
def test_scopes_are_required_in_the_older_page(open_page: OpenPage, options: dict[str, Any]) -> None:
    opened = open_page(profile="alipay-plus-legacy")
    assert opened.fail(options) == {"error": 2, "errorMessage": "Invalid parameters"}


def test_success_runs_when_the_call_succeeds_and_then_complete(open_page: OpenPage, profile: str) -> None:
    ran = open_page(grant(), profile=profile).ask({"scopes": ["auth_base"]})
    assert [name for name, _ in ran] == ["success", "complete"]


def test_fail_runs_when_the_call_fails_and_then_complete(open_page: OpenPage, profile: str) -> None:
    ran = open_page(deny(), profile=profile).ask({"scopes": ["auth_base"]})
    assert [name for name, _ in ran] == ["fail", "complete"]


@pytest.mark.parametrize("outcome", [grant(), deny()], ids=["success", "fail"])
def test_complete_runs_alone_when_it_is_the_only_callback(open_page: OpenPage, profile: str, outcome: Outcome) -> None:
    opened = open_page(outcome, profile=profile)
    payload = opened.page.evaluate(
        "() => new Promise((complete) => my.getAuthCode({ scopes: ['auth_base'], complete }))"
    )
    assert payload.keys() >= ({"authCode"} if outcome == grant() else {"error"})
    assert opened.errors == []


# Scopes.


def test_each_scope_can_be_asked_for_and_granted(open_page: OpenPage, profile: str) -> None:
    opened = open_page(profile=profile)
    for scope in SCOPES:
        payload = opened.success({"scopes": [scope]})
        assert payload["authSuccessScopes"] == [scope]
        grant = opened.bridge.authority.redeem(payload["authCode"], app_id=opened.bridge.settings.app_id)
        assert grant.scopes == (scope,)


def test_only_auth_base_is_silent(profile: str) -> None:
    silent = [scope.name for scope in profiles.load(profile).scope if scope.silent]
    assert silent == ["auth_base"]


# The attributes of the result, and both examples.


def test_auth_code_is_a_new_string_for_each_call(open_page: OpenPage, profile: str) -> None:
    opened = open_page(profile=profile)
    codes = [opened.success({"scopes": ["auth_base"]})["authCode"] for _ in range(3)]
    assert all(isinstance(code, str) and code for code in codes)
    assert len(set(codes)) == 3


def test_auth_error_scopes_maps_each_refused_scope_to_a_string(open_page: OpenPage, profile: str) -> None:
    opened = open_page(grant(except_=["USER_NAME", "USER_ADDRESS"]), profile=profile)
    payload = opened.success({"scopes": ["auth_base", "USER_NAME", "USER_ADDRESS"]})
    assert payload["authErrorScopes"] == {"USER_NAME": "10001", "USER_ADDRESS": "10001"}


def test_auth_success_scopes_lists_what_was_granted(open_page: OpenPage, profile: str) -> None:
    opened = open_page(grant(only=["USER_NAME"]), profile=profile)
    payload = opened.success({"scopes": ["auth_base", "USER_NAME", "USER_ADDRESS"]})
    assert payload["authSuccessScopes"] == ["USER_NAME"]


def test_a_successful_response_is_as_in_the_example(open_page: OpenPage, profile: str) -> None:
    payload = open_page(profile=profile).success({"scopes": ["auth_base"]})
    assert payload == {"authCode": payload["authCode"], "authSuccessScopes": ["auth_base"], "authErrorScopes": {}}


def test_a_failure_response_is_as_in_the_example(open_page: OpenPage, profile: str) -> None:
    payload = open_page(deny(), profile=profile).fail({"scopes": ["auth_user"]})
    assert payload["authErrorScopes"] == {"auth_user": "10001"}


# Error codes.


def test_error_2_is_for_invalid_parameters(open_page: OpenPage, profile: str) -> None:
    payload = open_page(profile=profile).fail({"scopes": {"not": "an array"}})
    assert payload == {"error": 2, "errorMessage": "Invalid parameters"}


@pytest.mark.bridge_checks(handler_raised=False)
def test_error_3_is_for_a_handler_that_raises(
    open_page: OpenPage, profile: str, caplog: pytest.LogCaptureFixture
) -> None:
    def login(call: Call) -> Outcome:
        raise RuntimeError("secret detail")

    opened = open_page(login, profile=profile)
    payload = opened.fail({"scopes": ["auth_base"]})
    assert payload == {"error": 3, "errorMessage": "Unknown error"}
    assert "secret detail" in caplog.text
    assert "secret detail" not in "".join(opened.console)


def test_error_10_is_for_a_handler_that_takes_too_long(open_page: OpenPage, profile: str) -> None:
    async def login(call: Call) -> Outcome:
        await asyncio.Event().wait()
        return grant()

    opened = open_page(login, profile=profile, call_timeout=0.05)
    assert opened.fail({"scopes": ["auth_base"]}) == {"error": 10, "errorMessage": "Empty data"}


def test_error_11_is_for_a_user_who_refuses(open_page: OpenPage, profile: str) -> None:
    payload = open_page(deny(), profile=profile).fail({"scopes": ["auth_base", "USER_NAME"]})
    assert payload == {
        "error": 11,
        "errorMessage": "User's authorization is cancelled",
        "authErrorScopes": {"auth_base": "10001", "USER_NAME": "10001"},
    }


@pytest.mark.parametrize(
    ("code", "message"),
    [(2, "Invalid parameters"), (3, "Unknown error"), (10, "Empty data"), (11, "User's authorization is cancelled")],
)
def test_a_handler_can_answer_with_each_documented_error(
    open_page: OpenPage, profile: str, code: int, message: str
) -> None:
    payload = open_page(error(code), profile=profile).fail({"scopes": ["auth_base"]})
    assert payload == {"error": code, "errorMessage": message}


def test_an_alert_can_be_read_and_dismissed(open_page: OpenPage) -> None:
    opened = open_page()
    opened.page.add_script_tag(content=SAMPLE)
    dialog = opened.page.get_by_role("alertdialog")
    dialog.get_by_role("button", name="OK").click()
    expect(dialog).to_have_count(0)
