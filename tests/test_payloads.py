"""What the page's callbacks receive for each outcome."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from bridge import profiles
from bridge.calls import Call
from bridge.errors import OutcomeError
from bridge.outcomes import Answerable, deny, dismiss, error, fail, grant, succeed
from bridge.payloads import answer, check, error_payload
from bridge.profiles import ErrorCode, Failure, Profile, Success
from tests.wallets import PROFILE, call

CODE = "28107fY3kQ9wXb2LmN5pR8tV1zC4dG6h"
CANCELLED = "User's authorization is cancelled"


def answered(
    outcome: Answerable, *scopes: str, api: str = "getAuthCode", profile: Profile = PROFILE
) -> tuple[str, Any]:
    reply, _ = answer(outcome, call(*scopes, api=api), profile, lambda call, granted: CODE)
    return reply.callback, msgspec.json.decode(msgspec.json.encode(reply.payload))


def outcome_name(value: object) -> str:
    return repr(value) if isinstance(value, Answerable) else ""


def success(granted: list[str], refused: dict[str, str]) -> tuple[str, dict[str, Any]]:
    return "success", {"authCode": CODE, "authSuccessScopes": granted, "authErrorScopes": refused}


def failure(code: int, message: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return "fail", {"error": code, "errorMessage": message, **more}


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (grant(), success(["auth_base", "USER_NAME"], {})),
        (grant(except_="USER_NAME"), success(["auth_base"], {"USER_NAME": "10001"})),
        (grant(except_={"USER_NAME": "10002"}), success(["auth_base"], {"USER_NAME": "10002"})),
        (grant(only="USER_NAME"), success(["USER_NAME"], {"auth_base": "10001"})),
        (grant(only=["auth_base", "USER_AVATAR"]), success(["auth_base"], {"USER_NAME": "10001"})),
        (grant(except_="USER_AVATAR"), success(["auth_base", "USER_NAME"], {})),
        (grant(only=[]), failure(11, CANCELLED, authErrorScopes={"auth_base": "10001", "USER_NAME": "10001"})),
        (
            grant(except_={"auth_base": "1", "USER_NAME": "2"}),
            failure(11, CANCELLED, authErrorScopes={"auth_base": "1", "USER_NAME": "2"}),
        ),
        (deny(), failure(11, CANCELLED, authErrorScopes={"auth_base": "10001", "USER_NAME": "10001"})),
        (dismiss(), failure(11, CANCELLED, authErrorScopes={"auth_base": "10001", "USER_NAME": "10001"})),
        (error("unsupported"), failure(1, "Not implemented")),
        (error("invalid"), failure(2, "Invalid parameters")),
        (error("unknown"), failure(3, "Unknown error")),
        (error("network"), failure(10, "Empty data")),
        (error("cancelled"), failure(11, CANCELLED)),
        (error(10), failure(10, "Empty data")),
        (error(10, "No signal"), failure(10, "No signal")),
        (error("network", "No signal"), failure(10, "No signal")),
        (error(2001, "System busy"), failure(2001, "System busy")),
        (succeed(), ("success", {})),
        (succeed({"authCode": "mine"}), ("success", {"authCode": "mine"})),
        (fail({"error": "11"}), ("fail", {"error": "11"})),
        (fail(None), ("fail", None)),
    ],
    ids=outcome_name,
)
@pytest.mark.parametrize("profile", ["alipay-plus", "alipay-plus-legacy"])
def test_each_outcome_has_its_callback_and_payload(
    outcome: Answerable, expected: tuple[str, Any], profile: str
) -> None:
    assert answered(outcome, "auth_base", "USER_NAME", profile=profiles.load(profile)) == expected


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (deny(), failure(11, CANCELLED)),
        (dismiss(), failure(11, CANCELLED)),
        (error("network"), failure(10, "Empty data")),
        (succeed({"networkType": "WIFI"}), ("success", {"networkType": "WIFI"})),
        (fail({"error": 4}), ("fail", {"error": 4})),
    ],
    ids=outcome_name,
)
def test_the_failures_of_other_apis_have_nothing_to_do_with_scopes(outcome: Answerable, expected: Any) -> None:
    assert answered(outcome, api="getNetworkType") == expected


@pytest.mark.parametrize(
    ("api", "message"),
    [("request", "Network error"), ("downloadFile", "download failed"), ("uploadFile", "Upload failed")],
)
def test_the_network_fails_an_api_with_its_own_number_where_it_has_one(api: str, message: str) -> None:
    assert answered(error("network"), api=api) == failure(12, message)
    assert answered(error("network", "No signal"), api=api) == failure(12, "No signal")


def test_a_code_stands_for_the_granted_scopes_alone() -> None:
    issued: list[tuple[Call, tuple[str, ...]]] = []

    def issue_code(call: Call, granted: tuple[str, ...]) -> str:
        issued.append((call, granted))
        return CODE

    asked = call("auth_base", "USER_NAME")
    answer(grant(except_="USER_NAME"), asked, PROFILE, issue_code)
    answer(deny(), asked, PROFILE, issue_code)
    assert issued == [(asked, ("auth_base",))]


@pytest.mark.parametrize(
    ("changes", "payload"),
    [
        ({"fields": ["authErrorScopes"]}, {"authErrorScopes": {"auth_user": "10001"}}),
        ({"fields": ["error", "errorMessage"]}, {"error": 11, "errorMessage": CANCELLED}),
        ({"refused_scope": "7"}, {"error": 11, "errorMessage": CANCELLED, "authErrorScopes": {"auth_user": "7"}}),
        (
            {"dismissed": "network"},
            {"error": 10, "errorMessage": "Empty data", "authErrorScopes": {"auth_user": "10001"}},
        ),
    ],
)
def test_the_profile_decides_how_a_refusal_looks(changes: dict[str, Any], payload: dict[str, Any]) -> None:
    rules: Failure = msgspec.structs.replace(PROFILE.failure, **changes)
    profile = msgspec.structs.replace(PROFILE, failure=rules)
    assert answered(dismiss(), "auth_user", profile=profile) == ("fail", payload)


@pytest.mark.parametrize(
    ("outcome", "payload"),
    [
        (grant(), {"authSuccessScopes": ["auth_base", "USER_NAME"]}),
        (
            grant(except_="USER_NAME"),
            {"authSuccessScopes": ["auth_base"], "authErrorScopes": {"USER_NAME": "10001"}},
        ),
    ],
    ids=outcome_name,
)
def test_a_profile_may_leave_the_map_out_of_a_success_of_which_nothing_was_refused(
    outcome: Answerable, payload: dict[str, Any]
) -> None:
    profile = msgspec.structs.replace(PROFILE, success=Success(error_scopes="refused"))
    assert answered(outcome, "auth_base", "USER_NAME", profile=profile) == ("success", {"authCode": CODE, **payload})


BASE, *OTHERS = PROFILE.scope
WITH_ALIAS = msgspec.structs.replace(PROFILE, scope=[msgspec.structs.replace(BASE, aliases=["USER_ID"]), *OTHERS])


@pytest.mark.parametrize("said", ["auth_base", "USER_ID"])
@pytest.mark.parametrize("asked", ["auth_base", "USER_ID"])
def test_an_outcome_means_a_scope_by_whichever_of_its_names_and_the_page_gets_its_own(asked: str, said: str) -> None:
    scopes = (asked, "USER_NAME")
    assert answered(grant(only=said), *scopes, profile=WITH_ALIAS) == success([asked], {"USER_NAME": "10001"})
    assert answered(grant(except_=said), *scopes, profile=WITH_ALIAS) == success(["USER_NAME"], {asked: "10001"})
    assert answered(grant(except_={said: "7"}), *scopes, profile=WITH_ALIAS) == success(["USER_NAME"], {asked: "7"})


def test_a_scope_that_is_asked_for_by_two_names_is_granted_or_refused_by_both() -> None:
    scopes = ("auth_base", "USER_ID", "USER_NAME")
    both = {"auth_base": "10001", "USER_ID": "10001"}
    assert answered(grant(), *scopes, profile=WITH_ALIAS) == success([*scopes], {})
    assert answered(grant(except_="USER_ID"), *scopes, profile=WITH_ALIAS) == success(["USER_NAME"], both)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (grant(), success([], {})),
        (grant(except_="USER_NAME"), success([], {})),
        (deny(), failure(11, CANCELLED, authErrorScopes={})),
        (dismiss(), failure(11, CANCELLED, authErrorScopes={})),
    ],
    ids=outcome_name,
)
def test_a_call_that_asks_for_no_scope_can_be_granted_and_refused_too(
    outcome: Answerable, expected: tuple[str, Any]
) -> None:
    assert answered(outcome) == expected


def test_an_error_without_a_name_needs_no_message_where_it_is_documented() -> None:
    errors = msgspec.structs.replace(PROFILE.errors, other=[ErrorCode(code=4, message="No permission")])
    profile = msgspec.structs.replace(PROFILE, errors=errors)
    assert answered(error(4), "auth_base", profile=profile) == failure(4, "No permission")
    with pytest.raises(OutcomeError, match="documents 1, 2, 3, 4, 10, 11; give any other a message"):
        answered(error(5), "auth_base", profile=profile)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (grant(), "granted 2810...dG6h"),
        (grant(except_={"USER_NAME": "7"}), "granted 2810...dG6h but USER_NAME=7"),
        (grant(only=[]), "refused (11)"),
        (deny(), "refused (11)"),
        (dismiss(), "dismissed (11)"),
        (error("network"), "error 10 Empty data"),
        (succeed(), "success"),
        (fail(None), "fail"),
    ],
    ids=outcome_name,
)
def test_the_log_gets_a_few_words_without_the_whole_code(outcome: Answerable, words: str) -> None:
    assert answer(outcome, call("auth_base", "USER_NAME"), PROFILE, lambda *_: CODE)[1] == words


@pytest.mark.parametrize(
    ("outcome", "api", "problem"),
    [
        (grant(), "getLocation", r"grant\(\) answers getAuthCode only; for getLocation write succeed\(\{...\}\)"),
        (
            grant(only="USER_NAMES"),
            "getAuthCode",
            "grant: the profile alipay-plus has no scope 'USER_NAMES'; did you mean",
        ),
        (grant(except_="user_name"), "getAuthCode", "has no scope 'user_name'; did you mean 'USER_NAME'?"),
        (
            error(2001),
            "getAuthCode",
            r"error\(2001\): the profile alipay-plus documents 1, 2, 3, 10, 11; give any other a",
        ),
    ],
    ids=outcome_name,
)
def test_an_outcome_that_means_nothing_for_its_call_is_refused(outcome: Answerable, api: str, problem: str) -> None:
    with pytest.raises(OutcomeError, match=problem):
        answered(outcome, "auth_base", api=api)
    with pytest.raises(OutcomeError, match=problem):
        check(outcome, api, PROFILE)


def test_the_payload_of_an_error_is_its_number_and_its_message() -> None:
    assert error_payload(PROFILE.errors.invalid) == {"error": 2, "errorMessage": "Invalid parameters"}
