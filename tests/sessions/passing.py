"""Tests that pass, though each does what fails a test elsewhere, or sets the fixture up in another way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from bridge import Bridge, Call, Outcome, deny, grant
from tests.wire_page import open_wire_page


def log_in(page: Page, bridge: Bridge, path: str = "/app.html") -> None:
    page.goto(bridge.url + path)
    page.get_by_role("button", name="Log in").click()


class TestChecksThatAreTurnedOff:
    @pytest.mark.bridge_checks(handler_raised=False)
    def test_a_handler_may_raise(self, bridge: Bridge) -> None:
        @bridge.api("getAuthCode")
        def answer(call: Call) -> Outcome:
            raise LookupError("there is no such user")

        with open_wire_page(bridge.url) as page:
            assert page.ask(scopes=["auth_base"])[1]["error"] == 3

    @pytest.mark.bridge_checks(unused_outcome=False)
    def test_an_outcome_may_be_left_over(self, bridge: Bridge) -> None:
        bridge.once("getAuthCode", deny())

    def test_an_api_may_be_unhandled_because_the_configuration_says_so(self, bridge: Bridge) -> None:
        with open_wire_page(bridge.url) as page:
            assert page.ask("watchShake")[1]["error"] == 1

    @pytest.mark.bridge_checks(callback_threw=False)
    def test_a_callback_may_throw(self, page: Page, bridge: Bridge) -> None:
        log_in(page, bridge, "/app.html#broken")
        threw = bridge.wait_for_call("getAuthCode").threw
        assert threw is not None
        assert threw.startswith("TypeError")

    @pytest.mark.xfail(strict=True, reason="nobody asks for what is expected")
    def test_what_a_check_finds_is_an_expected_failure_too(self, bridge: Bridge) -> None:
        bridge.once("getAuthCode", deny())


def test_pages_and_profile_are_those_of_the_configuration(bridge: Bridge) -> None:
    assert "Log in" in httpx.get(f"{bridge.url}/app.html").text
    assert bridge.settings.profile.id == "alipay-plus-legacy"


class TestOptions:
    @pytest.fixture
    def bridge_options(self) -> dict[str, Any]:
        return {"profile": "alipay-plus", "app_id": "of the fixture", "user": "Bayu"}

    def test_an_overridden_fixture_counts_more_than_the_configuration(self, bridge: Bridge) -> None:
        assert bridge.settings.profile.id == "alipay-plus"
        assert bridge.settings.app_id == "of the fixture"

    @pytest.mark.bridge(app_id="of the mark", pages="elsewhere")
    def test_a_mark_counts_more_than_both(self, bridge: Bridge) -> None:
        assert (bridge.settings.app_id, bridge.user.nickname) == ("of the mark", "Bayu")
        assert bridge.settings.pages == Path(__file__).parent / "elsewhere"


def test_codes_are_the_same_in_every_run(bridge: Bridge) -> None:
    with open_wire_page(bridge.url) as page:
        code = page.ask(scopes=["auth_base"])[1]["authCode"]
    with Path(__file__).with_name("codes.txt").open("a+") as file:
        file.write(f"{code}\n")


def test_a_page_that_is_closed_early_holds_up_nobody(page: Page, bridge: Bridge) -> None:
    bridge.sequence("getAuthCode", grant(), grant())
    for _ in range(2):
        log_in(page, bridge)
        expect(page.get_by_role("status")).to_have_text("Welcome")
    page.close()
