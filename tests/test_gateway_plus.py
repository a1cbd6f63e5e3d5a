"""The token API of Alipay+ over HTTP, for a back end that signs by itself: what is given, and what is refused how."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args
from urllib.parse import quote, unquote

import httpx
import msgspec
import pytest

from bridge import Bridge, User, profiles
from bridge.exchange import Client, HttpRequest, Problem, Refused
from bridge.gateway import MAX_BODY
from bridge.gateway_plus import AlipayPlus
from bridge.keys import PrivateKey
from bridge.profiles import TokenFormat
from bridge.site import Site
from tests.back_end import TEST_KEY, BackEnd, Reply, private_key, signature, signed_text
from tests.wire_page import open_wire_page

APPLY = "/v2/authorizations/applyToken"

VERSIONS = ["v1", "v2"]
BOTH = pytest.mark.parametrize("version", VERSIONS)
AT_A_FIXED_TIME = pytest.mark.bridge(clock=lambda: 1_800_000_000.0)

# The bridge's own merchant, and one whose app is another.
OWN, OWN_APP = "2022000000000000", "2021000000000000"
OTHER, OTHER_APP = "5J5YOT0000000000", "3333010000000000"
OTHER_KEY = PrivateKey.read(TEST_KEY)
WITH_ANOTHER_CLIENT = pytest.mark.bridge(
    clients=[Client(id=OTHER, app_id=OTHER_APP, public_key=OTHER_KEY.public.base64)], clock=lambda: 1_800_000_000.0
)


@pytest.fixture
def back_end(bridge: Bridge) -> BackEnd:
    """The back end of the bridge's own merchant."""
    return BackEnd(bridge)


@pytest.fixture
def other(bridge: Bridge) -> BackEnd:
    """The back end of the other client."""
    return BackEnd(bridge, client_id=OTHER, app_id=OTHER_APP, key=private_key(OTHER_KEY.pkcs8))


def ask_page(bridge: Bridge, *scopes: str) -> str:
    """Return the code that a page gets, whose user allows everything."""
    with open_wire_page(bridge.url) as page:
        callback, payload = page.ask(scopes=list(scopes) or None)
    assert callback == "success"
    return str(payload["authCode"])


def token(bridge: Bridge, *scopes: str) -> str:
    """Return an access token for a page's code."""
    return str(BackEnd(bridge).redeem(ask_page(bridge, *scopes)).body["accessToken"])


# What is given.


@BOTH
@AT_A_FIXED_TIME
def test_a_code_brings_tokens_with_the_documented_members(bridge: Bridge, back_end: BackEnd, version: str) -> None:
    reply = back_end.redeem(ask_page(bridge), version)
    access, refresh = reply.body["accessToken"], reply.body["refreshToken"]
    assert access != refresh
    assert {len(access), len(refresh)} == {48}
    assert reply.body == {
        "result": {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"},
        "accessToken": access,
        "accessTokenExpiryTime": "2027-01-16T08:00:00+00:00",
        "refreshToken": refresh,
        "refreshTokenExpiryTime": "2027-01-18T08:00:00+00:00",
        "customerId": bridge.user.id,
    }


@BOTH
@AT_A_FIXED_TIME
def test_a_refresh_token_brings_new_ones(bridge: Bridge, back_end: BackEnd, version: str) -> None:
    old = back_end.redeem(ask_page(bridge), version).body
    bridge.clock.advance(3600)
    new = back_end.refresh(old["refreshToken"], version).body
    assert new.keys() == old.keys()
    assert len({old["accessToken"], old["refreshToken"], new["accessToken"], new["refreshToken"]}) == 4
    assert new["accessTokenExpiryTime"] == "2027-01-16T09:00:00+00:00"
    assert new["customerId"] == bridge.user.id
    assert [back_end.user_info(pair["accessToken"], version).code for pair in (old, new)] == ["SUCCESS"] * 2


@BOTH
@pytest.mark.parametrize("prefix", ["", "/api/open", "/miniprogram/api", "/own"])
@pytest.mark.bridge(gateway_prefix="/own/")
def test_paths_may_begin_as_they_do_on_the_platforms_or_as_is_set(
    bridge: Bridge, back_end: BackEnd, version: str, prefix: str
) -> None:
    path = f"{prefix}/{version}/authorizations/applyToken"
    assert back_end.ask(path, grantType="AUTHORIZATION_CODE", authCode=ask_page(bridge)).code == "SUCCESS"


@pytest.mark.parametrize("prefix", ["/api/open", "/api/open/wallet"])
@pytest.mark.bridge(gateway_prefix="/api/open/wallet")
def test_one_prefix_may_begin_another(back_end: BackEnd, prefix: str) -> None:
    assert back_end.ask(f"{prefix}/v1/users/inquiryUserInfo", accessToken="x").code == "INVALID_ACCESS_TOKEN"


def test_no_other_prefix_is_known(bridge: Bridge) -> None:
    result = httpx.post(f"{bridge.url}/own{APPLY}", json={}).json()["result"]
    assert result["resultCode"] == "INVALID_API"
    assert result["resultMessage"].endswith("if it is yours: --gateway-prefix /own")


@BOTH
@pytest.mark.parametrize("mounted", [False, True], ids=["path", "whole path"])
@pytest.mark.parametrize("query", ["", "?lang=en%20US&page=%2F"], ids=["no query", "query"])
def test_what_is_signed_may_begin_where_the_bridge_is_mounted_and_have_the_query(
    bridge: Bridge, back_end: BackEnd, version: str, mounted: bool, query: str
) -> None:
    path = f"/{version}/authorizations/applyToken"
    signed = f"{httpx.URL(bridge.url).path if mounted else ''}{path}{query}"
    body = {"appId": OWN_APP, "authClientId": OWN, "grantType": "AUTHORIZATION_CODE", "authCode": ask_page(bridge)}
    # The answer is checked with what was signed.
    redeemed = back_end.send(f"{path}?lang=en%20US&page=%2F", json.dumps(body).encode(), signed_path=signed)
    assert redeemed.code == "SUCCESS"
    refused = back_end.send(f"{path}?lang=en%20US&page=%2F", b"[]", signed_path=signed)
    assert refused.code == "PARAM_ILLEGAL"


@AT_A_FIXED_TIME
def test_a_token_can_be_queried_in_version_1_of_antom(bridge: Bridge, back_end: BackEnd) -> None:
    access = token(bridge)
    reply = back_end.ask("/ams/api/v1/authorizations/query", accessToken=access)
    assert reply.body == {
        "result": {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"},
        "accessToken": access,
        "accessTokenExpiryTime": "2027-01-16T08:00:00+00:00",
        "refreshTokenExpiryTime": "2027-01-18T08:00:00+00:00",
        "tokenStatusType": "ACTIVE",
    }


@pytest.mark.parametrize(
    "call", ["/v1/authorizations/cancelToken", "/v1/authorizations/revoke", "/v2/authorizations/revoke"]
)
def test_cancelling_ends_the_access_token_and_the_refresh_token(bridge: Bridge, back_end: BackEnd, call: str) -> None:
    tokens = back_end.redeem(ask_page(bridge)).body
    reply = back_end.ask(call, accessToken=tokens["accessToken"])
    assert reply.body == {"result": {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"}}
    assert back_end.user_info(tokens["accessToken"]).result == ("INVALID_ACCESS_TOKEN", "F")
    assert back_end.refresh(tokens["refreshToken"]).result == ("INVALID_REFRESH_TOKEN", "F")
    assert back_end.ask(call, accessToken=tokens["accessToken"]).result == ("INVALID_ACCESS_TOKEN", "F")


@AT_A_FIXED_TIME
def test_a_token_may_live_longer_than_calendars_go(bridge: Bridge) -> None:
    tokens = TokenFormat(access_lifetime=10**12, refresh_lifetime=10**12)
    bridge.configure(profile=msgspec.structs.replace(profiles.load("alipay-plus"), tokens=tokens))
    reply = BackEnd(bridge).redeem(ask_page(bridge))
    assert reply.body["accessTokenExpiryTime"].startswith("9999-12-31T")


@pytest.mark.bridge(profile="vodapay")
def test_a_profile_may_have_the_parameters_and_codes_of_version_1_under_the_path_of_version_2(
    bridge: Bridge, back_end: BackEnd
) -> None:
    body = json.dumps({"grantType": "AUTHORIZATION_CODE", "authCode": ask_page(bridge)}).encode()
    assert [back_end.send(APPLY, body).code for _ in range(2)] == ["SUCCESS", "USED_CODE"]


@pytest.mark.parametrize(
    ("profile", "path"),
    [
        ("alipay-plus", APPLY),
        ("emas", "/v1/authorizations/applyToken"),
        ("mpesa", "/miniprogram/api/v2/authorizations/applyToken"),
    ],
)
def test_each_profile_names_a_path_that_there_is(site: Site, profile: str, path: str) -> None:
    bridge = Bridge(profile=profile, consent="allow")
    site.mount(bridge)
    assert bridge.settings.profile.token_api.path == path
    code = ask_page(bridge, "auth_base")
    assert BackEnd(bridge).ask(path, grantType="AUTHORIZATION_CODE", authCode=code).code == "SUCCESS"


# What is refused, and how it is said: the code, its letter and its text, in version 1 and in version 2.

ILLEGAL = (
    ("PARAM_ILLEGAL", "F", "Illegal parameters exist. For example, a non-numeric input, or an invalid date."),
    ("PARAM_ILLEGAL", "F", "Illegal parameters. For example, non-numeric input, invalid date."),
)
INVALID_API = (("INVALID_API", "F", "The called API is invalid or not active."),) * 2
DENIED = (("ACCESS_DENIED", "F", "The access is denied."), ("ACCESS_DENIED", "F", "Access is denied"))
UNKNOWN = (("UNKNOWN_EXCEPTION", "U", "An API calling is failed, which is caused by unknown reasons."),) * 2
SAID: dict[Problem, tuple[tuple[str, str, str], ...]] = {
    "too large": ILLEGAL,
    "unknown api": INVALID_API,
    "wrong method": INVALID_API,
    "wrong content type": ILLEGAL,
    "missing header": ILLEGAL,
    "wrong header": ILLEGAL,
    "unknown client": DENIED,
    "wrong time": ILLEGAL,
    "wrong signature": (("INVALID_SIGNATURE", "F", "Signature is invalid"),) * 2,
    "not readable": ILLEGAL,
    "missing parameter": ILLEGAL,
    "wrong parameter": ILLEGAL,
    "unsupported grant type": (
        ("AUTH_CLIENT_UNSUPPORTED_GRANT_TYPE", "F", "The authorized merchant does not support this grant type."),
        ("AUTH_CLIENT_UNSUPPORTED_GRANT_TYPE", "F", "The authorized merchant does not support this grant type."),
    ),
    "wrong app": DENIED,
    "wrong auth client": (
        ("INVALID_AUTH_CLIENT", "F", "The auth client id is invalid."),
        (
            "INVALID_AUTH_CLIENT",
            "F",
            "Either the authorized merchant does not exist or the merchant does not onboard to the native app.",
        ),
    ),
    "wrong reference client": (
        ("REFERENCE_CLIENT_ID_NOT_MATCH", "F", "The reference client ID did not match the authorization code."),
        ("REFERENCE_CLIENT_ID_NOT_MATCH", "F", "The reference client ID did not match the authorization code."),
    ),
    "unknown code": (
        ("INVALID_CODE", "F", "The authorization code does not exist."),
        ("INVALID_AUTHCODE", "F", "The authorization code does not exist."),
    ),
    "expired code": (
        ("EXPIRED_CODE", "F", "The authorization code has expired."),
        ("EXPIRED_AUTHCODE", "F", "The authorization code expires."),
    ),
    "used code": (
        ("USED_CODE", "F", "The authorization code has been used."),
        ("USED_AUTHCODE", "F", "The authorization code has been used."),
    ),
    "unknown refresh token": (("INVALID_REFRESH_TOKEN", "F", "The refresh token does not exist."),) * 2,
    "expired refresh token": (
        ("EXPIRED_REFRESH_TOKEN", "F", "The refresh token has expired."),
        ("EXPIRED_REFRESH_TOKEN", "F", "The refresh token expires."),
    ),
    "used refresh token": (("USED_REFRESH_TOKEN", "F", "The refresh token has been used."),) * 2,
    "unknown access token": (("INVALID_ACCESS_TOKEN", "F", "The access token is invalid."),) * 2,
    "expired access token": (
        ("EXPIRED_ACCESS_TOKEN", "F", "The access token has expired."),
        ("EXPIRED_ACCESS_TOKEN", "F", "The access token expires."),
    ),
    # Nothing that is asked for here.
    "insufficient scope": UNKNOWN,
    "limited": (
        ("REQUEST_TRAFFIC_EXCEED_LIMIT", "U", "The request traffic exceeds the limit."),
        ("REQUEST_TRAFFIC_EXCEED_LIMIT", "F", "The request traffic exceeds the limit."),
    ),
    "unknown": UNKNOWN,
}


@BOTH
@pytest.mark.parametrize("problem", get_args(Problem))
def test_each_problem_has_a_code_a_letter_and_a_text_and_details_where_the_code_is_unspecific(
    bridge: Bridge, version: str, problem: Problem
) -> None:
    dialect, path = AlipayPlus(bridge.gateway.api.settings), f"/{version}/authorizations/applyToken"
    request = HttpRequest(method="POST", path=path, whole_path=path, query="", headers={}, body=b"")

    def said(details: str) -> tuple[str, str, str]:
        result = json.loads(dialect.write(request, Refused(problem, details), forged=False).body)["result"]
        return result["resultCode"], result["resultStatus"], result["resultMessage"]

    code, letter, text = SAID[problem][VERSIONS.index(version)]
    assert said("") == (code, letter, text)
    if code in ("PARAM_ILLEGAL", "INVALID_API", "ACCESS_DENIED", "INVALID_SIGNATURE"):
        assert said("and so on") == (code, letter, f"{text.rstrip('.')}. and so on")
        assert said("x" * 300) == (code, letter, f"{text.rstrip('.')}. ".ljust(256, "x"))
    else:
        assert said("and so on") == (code, letter, text)


CODES = {
    "v1": {"unknown": "INVALID_CODE", "used": "USED_CODE", "expired": "EXPIRED_CODE"},
    "v2": {"unknown": "INVALID_AUTHCODE", "used": "USED_AUTHCODE", "expired": "EXPIRED_AUTHCODE"},
}


@BOTH
def test_a_code_that_nobody_has_issued_is_unknown(back_end: BackEnd, version: str) -> None:
    reply = back_end.redeem("28107fY3kQ9wXb2LmN5pR8tV1zC4dG6h", version)
    assert reply.body["result"] == {
        "resultCode": CODES[version]["unknown"],
        "resultStatus": "F",
        "resultMessage": "The authorization code does not exist.",
    }


@BOTH
def test_a_code_that_comes_again_is_used_and_ends_the_tokens_that_it_gave(
    bridge: Bridge, back_end: BackEnd, version: str
) -> None:
    code = ask_page(bridge)
    tokens = back_end.redeem(code, version).body
    assert back_end.user_info(tokens["accessToken"], version).code == "SUCCESS"
    assert back_end.redeem(code, version).result == (CODES[version]["used"], "F")
    assert back_end.user_info(tokens["accessToken"], version).result == ("INVALID_ACCESS_TOKEN", "F")
    assert back_end.refresh(tokens["refreshToken"], version).result == ("INVALID_REFRESH_TOKEN", "F")


@BOTH
@AT_A_FIXED_TIME
def test_a_code_expires(bridge: Bridge, back_end: BackEnd, version: str) -> None:
    codes = [ask_page(bridge) for _ in range(2)]
    bridge.clock.advance(599)
    assert back_end.redeem(codes[0], version).code == "SUCCESS"
    bridge.clock.advance(1)
    assert back_end.redeem(codes[1], version).result == (CODES[version]["expired"], "F")


@BOTH
@WITH_ANOTHER_CLIENT
def test_another_clients_code_is_unknown_and_stays_good(
    bridge: Bridge, back_end: BackEnd, other: BackEnd, version: str
) -> None:
    code = bridge.authority.issue(app_id=OTHER_APP, user_id=bridge.user.id, scopes=("auth_base",))
    assert back_end.redeem(code, version).result == (CODES[version]["unknown"], "F")
    assert other.redeem(code, version).code == "SUCCESS"


@BOTH
@WITH_ANOTHER_CLIENT
def test_a_used_code_in_the_hands_of_another_client_ends_nothing(
    bridge: Bridge, back_end: BackEnd, other: BackEnd, version: str
) -> None:
    code = ask_page(bridge)
    tokens = back_end.redeem(code, version).body
    assert other.redeem(code, version).result == (CODES[version]["unknown"], "F")
    assert back_end.user_info(tokens["accessToken"], version).code == "SUCCESS"
    assert back_end.refresh(tokens["refreshToken"], version).code == "SUCCESS"


@BOTH
@WITH_ANOTHER_CLIENT
def test_another_clients_tokens_are_unknown_and_stay_good(
    bridge: Bridge, back_end: BackEnd, other: BackEnd, version: str
) -> None:
    tokens = back_end.redeem(ask_page(bridge), version).body
    access, refresh = tokens["accessToken"], tokens["refreshToken"]
    for call in ("/v1/authorizations/query", "/v1/authorizations/cancelToken", f"/{version}/authorizations/revoke"):
        assert other.ask(call, accessToken=access).result == ("INVALID_ACCESS_TOKEN", "F")
    assert other.user_info(access, version).result == ("INVALID_ACCESS_TOKEN", "F")
    assert other.refresh(refresh, version).result == ("INVALID_REFRESH_TOKEN", "F")
    assert back_end.user_info(access, version).code == "SUCCESS"
    assert back_end.refresh(refresh, version).code == "SUCCESS"


@BOTH
def test_a_refresh_token_that_comes_again_is_used_and_ends_what_it_gave(
    bridge: Bridge, back_end: BackEnd, version: str
) -> None:
    first = back_end.redeem(ask_page(bridge), version).body
    second = back_end.refresh(first["refreshToken"], version).body
    assert back_end.refresh(first["refreshToken"], version).result == ("USED_REFRESH_TOKEN", "F")
    for tokens in (first, second):
        assert back_end.user_info(tokens["accessToken"], version).code == "INVALID_ACCESS_TOKEN"
    assert back_end.refresh(second["refreshToken"], version).code == "INVALID_REFRESH_TOKEN"


@BOTH
@AT_A_FIXED_TIME
def test_tokens_expire(bridge: Bridge, back_end: BackEnd, version: str) -> None:
    tokens = back_end.redeem(ask_page(bridge), version).body
    bridge.clock.advance(86_400)
    assert back_end.user_info(tokens["accessToken"], version).result == ("EXPIRED_ACCESS_TOKEN", "F")
    for call in ("/v1/authorizations/query", "/v1/authorizations/cancelToken"):
        assert back_end.ask(call, accessToken=tokens["accessToken"]).result == ("EXPIRED_ACCESS_TOKEN", "F")
    bridge.clock.advance(2 * 86_400)
    assert back_end.refresh(tokens["refreshToken"], version).result == ("EXPIRED_REFRESH_TOKEN", "F")


@BOTH
def test_a_token_is_good_only_as_what_it_is(bridge: Bridge, back_end: BackEnd, version: str) -> None:
    tokens = back_end.redeem(ask_page(bridge), version).body
    assert back_end.user_info(tokens["refreshToken"], version).code == "INVALID_ACCESS_TOKEN"
    assert back_end.refresh(tokens["accessToken"], version).code == "INVALID_REFRESH_TOKEN"
    assert back_end.redeem(tokens["accessToken"], version).code == CODES[version]["unknown"]


@BOTH
@pytest.mark.parametrize("grant", ["authorization_code", "CLIENT_CREDENTIALS", "REFRESH_TOKEN "])
def test_another_grant_type_is_not_supported(bridge: Bridge, back_end: BackEnd, version: str, grant: str) -> None:
    code = ask_page(bridge)
    refused = back_end.redeem(code, version, grantType=grant)
    assert refused.result == ("AUTH_CLIENT_UNSUPPORTED_GRANT_TYPE", "F")
    assert back_end.redeem(code, version).code == "SUCCESS"


@BOTH
@pytest.mark.parametrize(
    ("parameter", "code"),
    [
        ("appId", "ACCESS_DENIED"),
        ("authClientId", "INVALID_AUTH_CLIENT"),
        ("referenceClientId", "REFERENCE_CLIENT_ID_NOT_MATCH"),
    ],
)
def test_parameters_that_name_somebody_else_are_refused_and_the_code_stays_good(
    bridge: Bridge, back_end: BackEnd, version: str, parameter: str, code: str
) -> None:
    own: dict[str, Any] = {"appId": OWN_APP, "authClientId": OWN, "referenceClientId": OWN}
    issued = ask_page(bridge)
    assert back_end.redeem(issued, version, **{**own, parameter: "9999"}).result == (code, "F")
    assert back_end.redeem(issued, version, **own).code == "SUCCESS"


# Of every call that has them, not of the exchange only.
INQUIRE = "users/inquiryUserInfo"
CALLS = pytest.mark.parametrize("call", ["authorizations/applyToken", "authorizations/revoke", INQUIRE])


@BOTH
@CALLS
@pytest.mark.parametrize(
    ("parameter", "code"),
    [("appId", "ACCESS_DENIED"), ("authClientId", "INVALID_AUTH_CLIENT")],
)
def test_no_call_may_name_somebody_else(
    bridge: Bridge, back_end: BackEnd, version: str, call: str, parameter: str, code: str
) -> None:
    access, path = token(bridge, "USER_NICKNAME"), f"/{version}/{call}"
    grant = {"grantType": "AUTHORIZATION_CODE", "authCode": ask_page(bridge)}
    assert back_end.ask(path, accessToken=access, **grant, **{parameter: "9999"}).result == (code, "F")
    assert back_end.user_info(access).code == "SUCCESS"
    assert back_end.ask(path, accessToken=access, **grant).code == "SUCCESS"


@CALLS
@pytest.mark.parametrize("parameter", ["appId", "authClientId"])
def test_every_call_of_version_2_has_to_say_who_asks(
    bridge: Bridge, back_end: BackEnd, call: str, parameter: str
) -> None:
    access = token(bridge)
    grant = {"grantType": "AUTHORIZATION_CODE", "authCode": ask_page(bridge)}
    reply = back_end.ask(f"/v2/{call}", accessToken=access, **grant, **{parameter: None})
    assert reply.result == ("PARAM_ILLEGAL", "F")
    assert f"{parameter} is missing" in reply.message
    assert back_end.user_info(access).code == "SUCCESS"


def test_only_the_exchange_has_a_reference_client(bridge: Bridge, back_end: BackEnd) -> None:
    reply = back_end.ask(f"/v2/{INQUIRE}", accessToken=token(bridge), referenceClientId=7)
    assert reply.code == "SUCCESS"


LONG = "28107fY3kQ9wXb2LmN5pR8tV1zC4dG6h"


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (
            lambda back_end: back_end.redeem("x", grantType="authorization_code"),
            "grantType is AUTHORIZATION_CODE or REFRESH_TOKEN, not 'authorization_code'",
        ),
        (
            lambda back_end: back_end.redeem("x", grantType=LONG),
            "grantType is AUTHORIZATION_CODE or REFRESH_TOKEN, not '28107fY3...'",
        ),
        (
            lambda back_end: back_end.redeem("x", appId=LONG),
            f"appId is {OWN_APP} for the client {OWN}, not '28107fY3...'",
        ),
        (lambda back_end: back_end.redeem("x", authClientId=LONG), f"authClientId is {OWN}, not '28107fY3...'"),
        (
            lambda back_end: back_end.redeem("x", referenceClientId=LONG),
            f"referenceClientId is {OWN}, not '28107fY3...'",
        ),
        (
            lambda back_end: back_end.send(APPLY, b"", {"Content-Type": f"application/{LONG}"}),
            "Content-Type is application/json, not 'applicat...'",
        ),
        (lambda back_end: back_end.send(APPLY, b"", method=LONG), "the API takes POST, not '28107fY3...'"),
        (
            lambda back_end: back_end.send(APPLY, b"", {"Client-Id": LONG}),
            f"no client has the id '28107fY3...' (there is {OWN})",
        ),
        (
            lambda back_end: back_end.send(APPLY, b"", {"Signature": f"algorithm={LONG}, signature=YWJj"}),
            "the algorithm of Signature is RSA256, not '28107fY3...'",
        ),
    ],
)
def test_what_is_wrong_is_told_with_the_beginning_only_of_what_may_be_a_code(
    bridge: Bridge, back_end: BackEnd, ask: Callable[[BackEnd], Reply], says: str
) -> None:
    ask(back_end)
    (request,) = bridge.gateway.requests
    assert request.details == says


def test_a_time_that_is_written_wrong_is_told_with_its_beginning_only(bridge: Bridge, back_end: BackEnd) -> None:
    back_end.send(APPLY, b"", {"Request-Time": LONG})
    (request,) = bridge.gateway.requests
    assert request.details.endswith(", not '28107fY3...'")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"/v2/{LONG}", "/v2/28107fY3..."),
        (f"/{LONG}/v2/{LONG}/x", ""),
        (f"/api/open/{LONG}/authorizations/applyToken", "/api/open/28107fY3.../authorizations/applyToken"),
        ("/v2/authorizations/applyTokenAndInquiry", "/v2/authorizations/applyTokenAndInquiry"),
        ("/v2/authorizations/applyTokenAndInquiryUserInfo", "/v2/authorizations/applyTok..."),
        ("/v2/authorizations/1591797390204", "/v2/authorizations/15917973..."),
        (f"/v2{'/authorizations' * 7}", f"/v2{'/authorizations' * 7}"[:100]),
    ],
)
def test_a_part_of_a_path_that_is_long_is_told_with_its_beginning_only(bridge: Bridge, path: str, shown: str) -> None:
    httpx.post(f"{bridge.url}{path}", json={})
    begins = [re.split("; (?:did|if) ", request.details)[0] for request in bridge.gateway.requests]
    assert begins == ([f"there is no '{shown}'"] if shown else [])


@pytest.mark.parametrize("parameter", ["appId", "authClientId", "grantType", "authCode"])
@pytest.mark.parametrize("nothing", [None, ""])
def test_a_missing_parameter_is_named(bridge: Bridge, back_end: BackEnd, parameter: str, nothing: str | None) -> None:
    changed: dict[str, Any] = {parameter: nothing}
    reply = back_end.redeem(ask_page(bridge), **changed)
    assert reply.result == ("PARAM_ILLEGAL", "F")
    assert f"{parameter} is missing" in reply.message


def test_null_is_as_good_as_nothing(bridge: Bridge, back_end: BackEnd) -> None:
    parameters = {"grantType": "AUTHORIZATION_CODE", "authCode": ask_page(bridge), "appId": None, "extendInfo": None}
    assert back_end.send("/v1/authorizations/applyToken", json.dumps(parameters).encode()).code == "SUCCESS"


@pytest.mark.parametrize("call", ["/v2/users/inquiryUserInfo", "/v2/authorizations/revoke", "/v1/authorizations/query"])
def test_a_missing_token_is_named(back_end: BackEnd, call: str) -> None:
    reply = back_end.ask(call)
    assert (reply.code, "accessToken is missing" in reply.message) == ("PARAM_ILLEGAL", True)


def test_a_missing_refresh_token_is_named(back_end: BackEnd) -> None:
    reply = back_end.refresh("")
    assert (reply.code, "refreshToken is missing" in reply.message) == ("PARAM_ILLEGAL", True)


@BOTH
@pytest.mark.parametrize("value", [1, 1.5, True, [], ["AUTHORIZATION_CODE"], {}], ids=repr)
@pytest.mark.parametrize(
    "parameter", ["appId", "authClientId", "referenceClientId", "extendInfo", "grantType", "authCode"]
)
def test_a_parameter_that_is_no_text_is_named(
    bridge: Bridge, back_end: BackEnd, version: str, parameter: str, value: object
) -> None:
    reply = back_end.redeem("28107fY3kQ9wXb2LmN5pR8tV1zC4dG6h", version, **{parameter: value})
    assert reply.result == ("PARAM_ILLEGAL", "F")
    assert f"{parameter} is a string" in reply.message


# Who the user is.

AMARA = "2088000000000001"
SHA256 = hashlib.sha256(b"amara@example.com").hexdigest()
TELLS: dict[str, dict[str, Any]] = {
    "auth_base": {},
    "SEND_MESSAGE": {},
    "USER_NICKNAME": {"nickName": "Amara"},
    "USER_NAME": {"userName": {"fullName": "Amara Okafor", "firstName": "Amara", "lastName": "Okafor"}},
    "USER_LOGIN_ID": {"loginIdInfos": [{"loginIdType": "EMAIL", "maskLoginId": "am***@example.com"}]},
    "PLAINTEXT_USER_LOGIN_ID": {"loginIdInfos": [{"loginIdType": "EMAIL", "loginId": "amara@example.com"}]},
    "HASH_LOGIN_ID": {"loginIdInfos": [{"loginIdType": "EMAIL", "hashLoginId": SHA256}]},
    "USER_GENDER": {"gender": "FEMALE"},
    "USER_BIRTHDAY": {"birthDate": "1994-03-14"},
    "USER_NATIONALITY": {"nationality": "NG"},
    "USER_CONTACTINFO": {
        "contactInfos": [
            {"contactType": "MOBILE_PHONE", "contactNo": "234-8000000001"},
            {"contactType": "EMAIL", "contactNo": "amara@example.com"},
        ]
    },
    "USER_ADDRESS": {
        "userAddresses": [
            {"region": "NG", "state": "Lagos", "city": "Ikeja", "address1": "1 Example Close", "zipCode": "100001"}
        ]
    },
    "PLAINTEXT_MOBILE_PHONE": {"contactInfos": [{"contactType": "MOBILE_PHONE", "contactNo": "234-8000000001"}]},
}


def told(bridge: Bridge, *scopes: str, path: str = "/v2/users/inquiryUserInfo") -> dict[str, Any]:
    """Return what a back end learns of the user with these scopes, but for the picture, which is long."""
    reply = BackEnd(bridge).ask(path, accessToken=token(bridge, *scopes))
    assert reply.result == ("SUCCESS", "S")
    info: dict[str, Any] = reply.body["userInfo"]
    if "avatar" in info:
        assert info["avatar"] == bridge.user.avatar
        info["avatar"] = "..."
    return info


@pytest.mark.parametrize("scope", TELLS)
@BOTH
def test_one_scope_tells_what_it_is_for_and_nothing_else(bridge: Bridge, version: str, scope: str) -> None:
    known = told(bridge, scope, path=f"/{version}/users/inquiryUserInfo")
    assert known == {"userId": AMARA, "status": "ACTIVE", **TELLS[scope]}


@pytest.mark.parametrize(
    ("scope", "tells"),
    [
        ("USER_AVATAR", {"avatar": "..."}),
        ("auth_user", {"nickName": "Amara", "avatar": "...", "gender": "FEMALE"}),
    ],
)
def test_a_scope_may_tell_the_picture(bridge: Bridge, scope: str, tells: dict[str, Any]) -> None:
    assert told(bridge, scope) == {"userId": AMARA, "status": "ACTIVE", **tells}


def test_every_scope_of_the_profile_is_among_these() -> None:
    names = {scope.name for scope in profiles.load("alipay-plus").scope}
    assert names == {*TELLS, "USER_AVATAR", "auth_user"}


@pytest.mark.bridge(user="Bayu")
def test_several_scopes_tell_what_each_does(bridge: Bridge) -> None:
    logins = ("USER_LOGIN_ID", "PLAINTEXT_USER_LOGIN_ID", "HASH_LOGIN_ID")
    assert told(bridge, *logins, "USER_GENDER") == {
        "userId": "2088000000000002",
        "status": "ACTIVE",
        "gender": "MALE",
        "loginIdInfos": [
            {
                "loginIdType": "MOBILE_PHONE",
                "loginId": "62-8000000002",
                "maskLoginId": "62-***02",
                "hashLoginId": hashlib.sha256(b"62-8000000002").hexdigest(),
            }
        ],
    }


@pytest.mark.parametrize("profile", ["gcash", "mpesa", "vodapay"])
def test_auth_user_tells_all_where_it_is_the_only_scope(site: Site, profile: str) -> None:
    bridge = Bridge(profile=profile, consent="allow")
    site.mount(bridge)
    for path in ("/v2/users/inquiryUserInfo", "/v2/customers/user/inquiryUserInfo"):
        assert told(bridge, "auth_user", path=path) == {
            "userId": AMARA,
            "status": "ACTIVE",
            **TELLS["USER_NICKNAME"],
            **TELLS["USER_NAME"],
            "avatar": "...",
            **TELLS["USER_GENDER"],
            **TELLS["USER_BIRTHDAY"],
            **TELLS["USER_NATIONALITY"],
            **TELLS["USER_CONTACTINFO"],
            "loginIdInfos": [
                {"loginIdType": "EMAIL", "loginId": "amara@example.com", "maskLoginId": "am***@example.com"}
            ],
        }


ALIPAY_PLUS = {
    "auth_base": "",
    "auth_user": "nickName avatar gender",
    "SEND_MESSAGE": "",
    "USER_NICKNAME": "nickName",
    "USER_NAME": "userName",
    "USER_LOGIN_ID": "maskLoginId",
    "PLAINTEXT_USER_LOGIN_ID": "loginId",
    "HASH_LOGIN_ID": "hashLoginId",
    "USER_AVATAR": "avatar",
    "USER_GENDER": "gender",
    "USER_BIRTHDAY": "birthDate",
    "USER_NATIONALITY": "nationality",
    "USER_CONTACTINFO": "MOBILE_PHONE EMAIL",
    "USER_ADDRESS": "userAddresses",
    "PLAINTEXT_MOBILE_PHONE": "MOBILE_PHONE",
}
EVERYTHING = "nickName userName loginId maskLoginId avatar gender birthDate nationality MOBILE_PHONE EMAIL"
DANA_TELLS_NOT = """
    USER_BIOLOGICAL_MOTHER_NAME USER_EDUCATION_LEVEL USER_OCCUPATION USER_MONTHLY_INCOME USER_INCOME_SOURCE
    INVESTMENT_PURPOSE USER_INVESTING_EXPERIENCE USER_POSTAL_CODE USER_OFFICE_NAME EMPLOYER_BIZ_CTG USER_JOB
    USER_WORKING_EXPERIENCE USER_OFFICE_ADDRESS USER_OFFICE_PROVINCE USER_OFFICE_REGENCY USER_OFFICE_DISTRICT
    USER_OFFICE_VILLAGE USER_OFFICE_POSTAL_CODE USER_BANK_NAME USER_BANK_ACCOUNT_NUMBER USER_ACCOUNT_HOLDER_NAME
    SUBSCRIPTION
"""
ALIPAY_CN_TELLS_NOT = """
    auth_base auth_zhima order_service trip_ticket ride_hailing charging_pile ptjob_order_sync indr_order_sync
    car_rental_auth hospital_order consumer_finance
"""
# What each scope tells beside the id: the members, and of login ids and contacts, which forms and types.
REVEALS: dict[str, dict[str, str]] = {
    "alipay-cn": {
        **dict.fromkeys(ALIPAY_CN_TELLS_NOT.split(), ""),
        "auth_user": "nickName avatar gender userAddresses",
        "userInfo": "nickName avatar gender userAddresses",
        "phoneNumber": "",
    },
    "alipay-plus": ALIPAY_PLUS,
    "alipay-plus-legacy": ALIPAY_PLUS,
    "dana": {
        **dict.fromkeys(DANA_TELLS_NOT.split(), ""),
        "USER_LOGIN_ID": "loginId MOBILE_PHONE",
        "KYC_INFO": "userName gender birthDate nationality",
        "USER_CONTACTINFO_EMAIL": "EMAIL",
    },
    "emas": {
        "auth_base": "",
        "auth_user": "nickName avatar gender",
        "USER_NICKNAME": "nickName",
        "USER_NAME": "userName",
        "USER_LOGIN_ID": "loginId maskLoginId",
        "HASH_LOGIN_ID": "hashLoginId",
        "USER_AVATAR": "avatar",
        "USER_GENDER": "gender",
        "USER_BIRTHDAY": "birthDate",
        "USER_NATIONALITY": "nationality",
        "USER_CONTACTINFO": "MOBILE_PHONE EMAIL",
    },
    "gcash": {"auth_base": "", "auth_user": EVERYTHING},
    "mpesa": {"auth_base": "", "auth_user": EVERYTHING, "SEND_MESSAGE": ""},
    "superqi": {
        "auth_base": "",
        "USER_ID": "",
        "USER_LOGIN_ID": "loginId maskLoginId",
        "HASH_LOGIN_ID": "hashLoginId",
        "auth_user": "nickName avatar gender",
        "USER_NAME": "userName",
        "USER_AVATAR": "avatar",
        "USER_GENDER": "gender",
        "USER_BIRTHDAY": "birthDate",
        "USER_NATIONALITY": "nationality",
        "USER_CONTACTINFO": "MOBILE_PHONE EMAIL",
        "NOTIFICATION_INBOX": "",
        "AGREEMENT_PAY": "",
        "CARD_LIST": "",
    },
    "tiki": {"user_profile": "nickName userName avatar gender birthDate MOBILE_PHONE EMAIL", "offline": ""},
    "tng": {
        "auth_base": "",
        "auth_user": "userName MOBILE_PHONE EMAIL",
        "USER_NAME": "userName",
        "USER_AVATAR": "avatar",
        "USER_GENDER": "gender",
        "USER_BIRTHDAY": "birthDate",
        "USER_NATIONALITY": "nationality",
        "USER_CONTACTINFO": "MOBILE_PHONE EMAIL",
        "USER_ADDRESS": "userAddresses",
        "USER_INFO_EKYC": "userName gender birthDate nationality userAddresses",
    },
    "vodapay": {"auth_base": "", "USER_ID": "", "auth_user": EVERYTHING, "NOTIFICATION_INBOX": ""},
}


def words(info: dict[str, Any]) -> set[str]:
    """Return what is told of the user beside the id, in the words of the table."""
    members = info.keys() - {"userId", "status", "loginIdInfos", "contactInfos"}
    forms = {name for login in info.get("loginIdInfos", []) for name in login.keys() - {"loginIdType"}}
    return members | forms | {contact["contactType"] for contact in info.get("contactInfos", [])}


@pytest.mark.parametrize("profile", profiles.available())
def test_each_scope_of_each_profile_tells_what_it_is_for(site: Site, profile: str) -> None:
    bridge = Bridge(profile=profile)
    site.mount(bridge)
    back_end, told = BackEnd(bridge), dict[str, set[str]]()
    for scope in bridge.settings.profile.scope:
        tokens = back_end.redeem(bridge.issue(scope.name)).body
        told[scope.name] = words(back_end.user_info(tokens["accessToken"]).body["userInfo"])
    assert told == {scope: set(tells.split()) for scope, tells in REVEALS[profile].items()}


DAY = 86_400
LIFETIMES = {
    "alipay-cn": (15 * DAY, 30 * DAY),
    "superqi": (3650 * DAY, 3652 * DAY),
    "vodapay": (3650 * DAY, 3652 * DAY),
}


@pytest.mark.parametrize("profile", profiles.available())
def test_tokens_live_as_long_as_the_profile_says(site: Site, profile: str) -> None:
    bridge = Bridge(profile=profile, clock=lambda: 1_800_000_000.0)
    site.mount(bridge)
    tokens = BackEnd(bridge).redeem(bridge.issue(bridge.settings.profile.scope[0].name)).body
    until = (tokens["accessTokenExpiryTime"], tokens["refreshTokenExpiryTime"])
    lifetimes = tuple(datetime.fromisoformat(moment).timestamp() - 1_800_000_000 for moment in until)
    assert lifetimes == LIFETIMES.get(profile, (DAY, 3 * DAY))


@pytest.mark.bridge(profile="gcash", users=[User(id="1", nickname="Mia")])
def test_what_is_not_known_of_a_user_is_not_told(bridge: Bridge) -> None:
    assert told(bridge, "auth_user") == {"userId": "1", "status": "ACTIVE", "nickName": "Mia"}
    reply = BackEnd(bridge).ask("/ams/api/v1/users/inquiryUserInfo", accessToken=token(bridge, "auth_user"))
    assert reply.body == {"result": reply.body["result"], "userId": "1"}


@pytest.mark.parametrize(
    ("scopes", "tells"),
    [
        (["auth_base"], {}),
        (["USER_NAME", "USER_AVATAR"], {}),
        (["USER_LOGIN_ID"], {"userLoginId": "am***@example.com"}),
        (["PLAINTEXT_USER_LOGIN_ID"], {"userLoginId": "am***@example.com"}),
        (["HASH_LOGIN_ID"], {"hashUserLoginId": hashlib.md5(b"am***@example.com").hexdigest()}),
    ],
)
def test_antom_knows_the_id_and_the_login_id_only(bridge: Bridge, scopes: list[str], tells: dict[str, str]) -> None:
    reply = BackEnd(bridge).ask("/ams/api/v1/users/inquiryUserInfo", accessToken=token(bridge, *scopes))
    assert reply.body == {"result": reply.body["result"], "userId": AMARA, **tells}


def test_a_scope_that_was_asked_for_and_not_granted_is_not_told(bridge: Bridge, back_end: BackEnd) -> None:
    bridge.consent = "ask"
    with open_wire_page(bridge.url) as page:
        page.send(scopes=["USER_NAME", "USER_GENDER"])
        page.sheet()
        page.choose("allow", ["USER_GENDER"])
        _, payload = page.answer()
    access = back_end.redeem(payload["authCode"]).body["accessToken"]
    assert back_end.user_info(access).body["userInfo"].keys() == {"userId", "status", "gender"}


def test_what_a_user_takes_back_is_told_no_more(bridge: Bridge, back_end: BackEnd) -> None:
    access = token(bridge, "auth_base", "USER_NAME", "USER_GENDER")
    assert back_end.user_info(access).body["userInfo"].keys() == {"userId", "status", "userName", "gender"}
    bridge.revoke("USER_NAME")
    assert back_end.user_info(access).body["userInfo"].keys() == {"userId", "status", "gender"}
    bridge.revoke()
    assert back_end.user_info(access).body["userInfo"].keys() == {"userId", "status"}


@pytest.mark.bridge(users=[User(id="1", nickname="Mia")])
def test_of_a_user_who_is_there_no_more_nothing_is_told(bridge: Bridge, back_end: BackEnd) -> None:
    access = token(bridge, "USER_NICKNAME")
    bridge.configure(users=())
    assert back_end.user_info(access).result == ("INVALID_ACCESS_TOKEN", "F")


@pytest.mark.bridge(profile="superqi")
def test_what_needs_no_consent_is_told_whatever_the_user_takes_back(bridge: Bridge, back_end: BackEnd) -> None:
    access = token(bridge, "USER_LOGIN_ID")
    bridge.revoke()
    assert back_end.user_info(access).body["userInfo"]["loginIdInfos"][0]["loginId"] == "amara@example.com"


@pytest.mark.bridge(profile="tng")
def test_a_scope_may_be_asked_for_by_another_name(bridge: Bridge) -> None:
    assert told(bridge, "USER_INFO") == told(bridge, "auth_user")
    assert "userName" in told(bridge, "USER_INFO")


# Requests that are wrong in themselves.


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"grantType=AUTHORIZATION_CODE", "not JSON"),
        (b'{"a": "\xff"}', "not JSON"),
        (b"[" * 30_000, "not JSON"),
        (b"[]", "a JSON object"),
        (b"null", "a JSON object"),
        (b'"text"', "a JSON object"),
        (b"7", "a JSON object"),
    ],
    ids=repr,
)
def test_a_body_that_is_no_json_object_is_refused(back_end: BackEnd, body: bytes, says: str) -> None:
    reply = back_end.send(APPLY, body)
    assert reply.result == ("PARAM_ILLEGAL", "F")
    assert says in reply.message


def test_half_a_character_in_the_body_is_no_reason_to_refuse_it(bridge: Bridge, back_end: BackEnd) -> None:
    parameters = {"grantType": "AUTHORIZATION_CODE", "authCode": ask_page(bridge), "extendInfo": "\ud83d"}
    assert back_end.send("/v1/authorizations/applyToken", json.dumps(parameters).encode()).code == "SUCCESS"


def test_a_body_may_be_so_long_and_no_longer(bridge: Bridge, back_end: BackEnd) -> None:
    parameters = {"grantType": "AUTHORIZATION_CODE", "authCode": ask_page(bridge)}
    body = json.dumps(parameters).encode()
    path = "/v1/authorizations/applyToken"
    refused = back_end.send(path, body.ljust(MAX_BODY + 1))
    assert refused.result == ("PARAM_ILLEGAL", "F")
    assert f"at most {MAX_BODY} bytes" in refused.message
    assert refused.headers["connection"] == "close"
    assert back_end.send(path, body.ljust(MAX_BODY)).code == "SUCCESS"


@pytest.mark.parametrize("type", ["text/plain", "application/x-www-form-urlencoded", "", "json"])
def test_another_content_type_is_refused(back_end: BackEnd, type: str) -> None:
    reply = back_end.send(APPLY, b"{}", {"Content-Type": type})
    assert (reply.code, "application/json" in reply.message) == ("PARAM_ILLEGAL", True)


@pytest.mark.parametrize("type", ["application/json", "Application/JSON;charset=utf-8", None])
def test_the_content_type_may_be_written_in_several_ways_or_be_missing(
    bridge: Bridge, back_end: BackEnd, type: str | None
) -> None:
    body = json.dumps({"grantType": "AUTHORIZATION_CODE", "authCode": ask_page(bridge)}).encode()
    assert back_end.send("/v1/authorizations/applyToken", body, {"Content-Type": type}).code == "SUCCESS"


@pytest.mark.parametrize("header", ["Client-Id", "Request-Time", "Signature"])
@pytest.mark.parametrize("nothing", [None, ""])
def test_a_missing_header_is_named(back_end: BackEnd, header: str, nothing: str | None) -> None:
    reply = back_end.send(APPLY, b"{}", {header: nothing})
    assert reply.result == ("PARAM_ILLEGAL", "F")
    assert f"the header {header} is missing" in reply.message


@pytest.mark.parametrize(
    "value",
    [
        "nonsense",
        "algorithm=RSA256, keyVersion=1",
        "algorithm=RSA256, keyVersion=1, signature=",
        "algorithm=RSA256, keyVersion=1, signature=%%%",
        "algorithm=RSA256, keyVersion=1, signature=abc",
        "algorithm=RSA256, keyVersion=1, signature=%ff%ff%ff%ff",
        "algorithm=RSA256; keyVersion=1; signature=YWJj",
        "signature=é",
        ",,,===",
    ],
)
def test_a_signature_that_is_not_written_as_one_is_refused_with_an_example(back_end: BackEnd, value: str) -> None:
    reply = back_end.send(APPLY, b"{}", {"Signature": value})
    assert reply.result == ("PARAM_ILLEGAL", "F")
    assert "Signature" in reply.message


@pytest.mark.parametrize("algorithm", ["ECC224", "RSA", "HmacSHA256", "none"])
def test_an_algorithm_that_is_not_known_is_named(back_end: BackEnd, algorithm: str) -> None:
    reply = back_end.send(APPLY, b"{}", {"Signature": f"algorithm={algorithm}, keyVersion=1, signature=YWJj"})
    assert reply.result == ("PARAM_ILLEGAL", "F")
    assert f"RSA256, not {algorithm!r}" in reply.message


def encoded(text: str) -> str:
    return quote(text, safe="")


@pytest.mark.parametrize(
    "written",
    [
        lambda it: f"algorithm=RSA256,keyVersion=1,signature={encoded(it)}",
        lambda it: f"algorithm=RSA256, keyVersion=1, signature={it}",
        lambda it: f"signature={encoded(it)}, Algorithm=rsa256",
        lambda it: f"algorithm=SHA256withRSA, keyVersion=2, signature={it}",
        lambda it: f"signature={it}",
    ],
)
def test_a_signature_may_be_written_as_the_wallets_do(
    bridge: Bridge, back_end: BackEnd, written: Callable[[str], str]
) -> None:
    key = private_key(bridge.gateway.settings.merchant_private_key_pkcs8)
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    # There is a plus in it, which is no space.
    bodies = (
        json.dumps({"grantType": "AUTHORIZATION_CODE", "authCode": "x", "extendInfo": str(number)}).encode()
        for number in range(100)
    )
    path = "/v1/authorizations/applyToken"
    signed = ((body, signature(key, signed_text("POST", path, OWN, moment, body))) for body in bodies)
    body, text = next((body, text) for body, text in signed if "+" in text and "/" in text)
    reply = back_end.send(path, body, {"Request-Time": moment, "Signature": written(text)})
    assert reply.code == "INVALID_CODE"


def moment(seconds: float) -> datetime:
    """Return a time so far from now."""
    return datetime.now(UTC) + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "written",
    [
        lambda: moment(590).isoformat(),
        lambda: moment(-590).isoformat(),
        lambda: moment(0).astimezone().isoformat(),
        lambda: moment(0).strftime("%Y-%m-%dT%H:%M:%SZ"),
        lambda: moment(0).strftime("%Y%m%dT%H%M%S+0000"),
        lambda: str(int(time.time() * 1000)),
    ],
)
def test_a_request_may_be_dated_in_several_ways(back_end: BackEnd, written: Callable[[], str]) -> None:
    # A code that nobody has issued: what is wrong with it is looked at behind the time.
    body = json.dumps({"grantType": "AUTHORIZATION_CODE", "authCode": "x"}).encode()
    assert back_end.send("/v1/authorizations/applyToken", body, {"Request-Time": written()}).code == "INVALID_CODE"


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (lambda: moment(620).isoformat(), "ahead; 600 s are allowed"),
        (lambda: moment(-620).isoformat(), "behind; 600 s are allowed"),
        (lambda: str(int(time.time() * 1000) - 620_000), "behind; 600 s are allowed"),
        (lambda: str(int(time.time())), "behind; 600 s are allowed"),
        (lambda: "9" * 15, "ahead; 600 s are allowed"),
        (lambda: "9" * 16, "Request-Time is written 20"),
        (lambda: "0001-01-01T00:00:00+23:59", "behind; 600 s are allowed"),
        (lambda: "9999-12-31T23:59:59-23:59", "ahead; 600 s are allowed"),
        (lambda: moment(0).replace(tzinfo=None).isoformat(), "Request-Time is written 20"),
        (lambda: moment(0).astimezone().replace(tzinfo=None).isoformat(), "Request-Time is written 20"),
        (lambda: moment(0).date().isoformat(), "Request-Time is written 20"),
        (lambda: "yesterday", "Request-Time is written 20"),
        (lambda: "Thu, 26 Nov 2026 05:17:59 GMT", "Request-Time is written 20"),
    ],
)
def test_a_request_that_is_not_of_now_is_refused(back_end: BackEnd, written: Callable[[], str], says: str) -> None:
    reply = back_end.send(APPLY, b"{}", {"Request-Time": written()})
    assert reply.result == ("PARAM_ILLEGAL", "F")
    assert says in reply.message


def test_a_client_that_nobody_knows_is_denied_access(bridge: Bridge) -> None:
    reply = BackEnd(bridge, client_id="9999").redeem(ask_page(bridge))
    assert reply.result == ("ACCESS_DENIED", "F")
    assert f"no client has the id '9999' (there is {OWN})" in reply.message


def test_a_client_whose_id_no_header_can_repeat_is_answered_all_the_same(back_end: BackEnd) -> None:
    reply = back_end.send(APPLY, b"{}", {"Client-Id": "\u00e9"})
    assert (reply.code, reply.headers["client-id"]) == ("ACCESS_DENIED", "")


def test_the_signature_of_another_key_is_refused(bridge: Bridge) -> None:
    code = ask_page(bridge)
    reply = BackEnd(bridge, key=private_key(OTHER_KEY.pkcs8)).redeem(code)
    assert reply.result == ("INVALID_SIGNATURE", "F")
    assert BackEnd(bridge).redeem(code).code == "SUCCESS"


@WITH_ANOTHER_CLIENT
def test_one_clients_key_is_not_anothers(bridge: Bridge) -> None:
    key = private_key(OTHER_KEY.pkcs8)
    assert BackEnd(bridge, key=key).redeem("x").code == "INVALID_SIGNATURE"
    assert BackEnd(bridge, client_id=OTHER, app_id=OTHER_APP).redeem("x").code == "INVALID_SIGNATURE"
    assert BackEnd(bridge, client_id=OTHER, app_id=OTHER_APP, key=key).redeem("x").code == "INVALID_AUTHCODE"


def test_a_body_or_path_that_was_changed_on_the_way_is_refused_with_what_is_to_be_signed(back_end: BackEnd) -> None:
    changed = back_end.send(APPLY, b"{ }", signed_body=b"{}")
    assert changed.result == ("INVALID_SIGNATURE", "F")
    assert f"'POST {APPLY}\\n{OWN}." in changed.message
    assert ".<body>'" in changed.message


@pytest.mark.parametrize("other", ["/v1/authorizations/applyToken", f"{APPLY}?page=1", f"{APPLY}?", f"/x{APPLY}"])
def test_a_signature_for_another_path_is_refused(bridge: Bridge, other: str) -> None:
    # Its answer is signed for the path that was asked for, which the back end does not expect.
    key = private_key(bridge.gateway.settings.merchant_private_key_pkcs8)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    text = signature(key, signed_text("POST", other, OWN, now, b"{}"))
    headers: dict[str, str | None] = {
        "Request-Time": now,
        "Signature": f"algorithm=RSA256, keyVersion=1, signature={encoded(text)}",
    }
    assert BackEnd(bridge).send(APPLY, b"{}", headers).result == ("INVALID_SIGNATURE", "F")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/authorizations/applytoken",
        "/v1/authorizations/applyToken/",
        "/v2/authorizations/cancelToken",
        "/v2/authorizations/query",
        "/v1/customers/user/inquiryUserInfo",
        "/v1/payments/pay",
        "/api/open/v3/authorizations/applyToken",
        "/ams/api/anything",
        "/miniprogram/api/",
    ],
)
def test_a_path_that_there_is_not_is_an_invalid_api(back_end: BackEnd, path: str) -> None:
    reply = back_end.send(path, b"{}")
    assert reply.result == ("INVALID_API", "F")
    assert "there is no '/" in reply.message


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_another_method_is_an_invalid_api(back_end: BackEnd, method: str) -> None:
    reply = back_end.send(APPLY, b"", method=method)
    assert reply.result == ("INVALID_API", "F")
    assert f"POST, not {method!r}" in reply.message


def test_files_of_pages_may_be_where_version_1_has_nothing(bridge: Bridge, tmp_path: Path) -> None:
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1" / "notes.txt").write_text("mine")
    bridge.configure(pages=tmp_path)
    assert httpx.get(f"{bridge.url}/v1/notes.txt").text == "mine"
    assert BackEnd(bridge).send("/v1/notes.txt", b"{}").code == "INVALID_API"
    for folder in ("authorizations", "users", "customers"):
        assert BackEnd(bridge).send(f"/v1/{folder}/notes.txt", b"", method="GET").code == "INVALID_API"


@pytest.mark.parametrize("prefix", ["/ams/api", "/ams/sandbox/api", "/api/open", "/miniprogram/api", "/own"])
@pytest.mark.bridge(gateway_prefix="/own")
def test_files_of_pages_may_be_where_no_version_is(bridge: Bridge, tmp_path: Path, prefix: str) -> None:
    back_end = BackEnd(bridge)
    for folder in ("", "/v2", "/v10", "/docs"):
        path = f"{prefix}{folder}/notes.txt"
        file = tmp_path / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("mine")
        bridge.configure(pages=tmp_path)
        assert back_end.send(path, b"{}").code == "INVALID_API"
        if folder == "/v2":
            assert back_end.send(path, b"", method="GET").code == "INVALID_API"
        else:
            assert httpx.get(f"{bridge.url}{path}").text == "mine"


# Without proof of who asks.


@pytest.mark.bridge(verify=False)
def test_requests_need_no_headers_where_signatures_do_not_count(bridge: Bridge) -> None:
    body = {"grantType": "AUTHORIZATION_CODE", "authCode": ask_page(bridge)}
    reply = httpx.post(f"{bridge.url}/v1/authorizations/applyToken", json=body)
    assert reply.json()["result"]["resultCode"] == "SUCCESS"
    assert reply.headers["client-id"] == OWN
    assert httpx.post(f"{bridge.url}/v1/authorizations/applyToken", json=body).json()["result"] == {
        "resultCode": "USED_CODE",
        "resultStatus": "F",
        "resultMessage": "The authorization code has been used.",
    }


@pytest.mark.bridge(verify=False)
def test_a_client_that_nobody_knows_is_taken_at_its_word_where_signatures_do_not_count(bridge: Bridge) -> None:
    nobody, somebody = (BackEnd(bridge, client_id=id) for id in ("nobody", "somebody"))
    access = nobody.redeem(ask_page(bridge)).body["accessToken"]
    assert nobody.user_info(access).code == "SUCCESS"
    assert somebody.user_info(access).code == "INVALID_ACCESS_TOKEN"


@pytest.mark.bridge(verify=False, clients=[Client(id=OTHER, app_id=OTHER_APP)])
def test_a_client_that_is_known_has_its_own_app_also_where_signatures_do_not_count(bridge: Bridge) -> None:
    code = bridge.authority.issue(app_id=OTHER_APP, user_id=bridge.user.id, scopes=("auth_base",))
    assert BackEnd(bridge).redeem(code).code == "INVALID_AUTHCODE"
    assert BackEnd(bridge, client_id=OTHER, app_id=OTHER_APP).redeem(code).code == "SUCCESS"


def ask_unsigned(bridge: Bridge, path: str, id: str | None = None, **parameters: Any) -> Any:
    """Ask for something without a signature; return the answer."""
    headers = {} if id is None else {"Client-Id": id}
    return httpx.post(f"{bridge.url}{path}", json=parameters, headers=headers).json()


def redeem_unsigned(bridge: Bridge, version: str, app: str, id: str | None = None, **parameters: Any) -> Any:
    """Exchange a code of an app without a signature; return the answer."""
    code = bridge.authority.issue(app_id=app, user_id=bridge.user.id, scopes=("auth_base",))
    grant = {"grantType": "AUTHORIZATION_CODE", "authCode": code}
    return ask_unsigned(bridge, f"/{version}/authorizations/applyToken", id, **grant, **parameters)


@BOTH
@pytest.mark.bridge(verify=False)
def test_who_asks_may_be_told_by_the_parameters_alone_where_signatures_do_not_count(
    bridge: Bridge, version: str
) -> None:
    tokens = redeem_unsigned(bridge, version, "app of nobody", authClientId="nobody", appId="app of nobody")
    assert tokens["result"]["resultCode"] == "SUCCESS"

    def look(id: str) -> str:
        answer = ask_unsigned(bridge, "/v1/users/inquiryUserInfo", id, accessToken=tokens["accessToken"])
        return str(answer["result"]["resultCode"])

    assert [look("nobody"), look("somebody"), look(OWN)] == ["SUCCESS", *["INVALID_ACCESS_TOKEN"] * 2]


@BOTH
@pytest.mark.bridge(verify=False)
def test_the_header_comes_before_the_parameter_and_neither_has_to_agree_where_signatures_do_not_count(
    bridge: Bridge, version: str
) -> None:
    tokens = redeem_unsigned(
        bridge, version, "app of nobody", "nobody", authClientId=OWN, appId="app of nobody", referenceClientId="other"
    )
    answer = ask_unsigned(bridge, "/v1/users/inquiryUserInfo", "nobody", accessToken=tokens["accessToken"])
    assert answer["userInfo"]["userId"] == bridge.user.id


@pytest.mark.bridge(verify=False, clients=[Client(id=OTHER, app_id=OTHER_APP)])
def test_the_app_is_that_of_a_client_that_is_known_or_else_the_bridges_own_where_nothing_says_it(
    bridge: Bridge,
) -> None:
    by_header = redeem_unsigned(bridge, "v1", OTHER_APP, OTHER)
    by_parameter = redeem_unsigned(bridge, "v1", OTHER_APP, authClientId=OTHER)
    by_a_stranger = redeem_unsigned(bridge, "v1", OWN_APP, "nobody")
    by_a_stranger_for_another = redeem_unsigned(bridge, "v1", OTHER_APP, "nobody")
    answers = (by_header, by_parameter, by_a_stranger, by_a_stranger_for_another)
    assert [answer["result"]["resultCode"] for answer in answers] == [*["SUCCESS"] * 3, "INVALID_CODE"]


@pytest.mark.parametrize("parameter", ["appId", "authClientId"])
@pytest.mark.parametrize(("value", "says"), [(None, "is missing"), (7, "is a string")])
@pytest.mark.bridge(verify=False)
def test_parameters_are_required_also_where_signatures_do_not_count(
    bridge: Bridge, parameter: str, value: Any, says: str
) -> None:
    given = {"appId": OWN_APP, "authClientId": OWN, parameter: value}
    result = redeem_unsigned(bridge, "v2", OWN_APP, OWN, **given)["result"]
    assert (result["resultCode"], f"{parameter} {says}" in result["resultMessage"]) == ("PARAM_ILLEGAL", True)


# A signed request as it stands in no code of ours.

GOLDEN_BODY = (
    b'{"appId":"2021000000000000","authClientId":"2022000000000000",'
    b'"grantType":"AUTHORIZATION_CODE","authCode":"28107fY3kQ9wXb2LmN5pR8tV1zC4dG6h"}'
)
GOLDEN_TEXT = b"POST /v2/authorizations/applyToken\n2022000000000000.2019-06-06T12:12:12+08:00." + GOLDEN_BODY

# openssl dgst -sha256 -sign key.pem text | openssl base64 -A, URL-encoded.
GOLDEN_HEADER = (
    "algorithm=RSA256, keyVersion=1, signature="
    "HX6AJxjrpbLK9FOpopt%2BKot%2BcbmOPac%2FtUcc45dLU8R7AY3fgB5gKJfE060oE%2FbCNkmbQsCN5h4gqdDEUGinJFOUOL%2"
    "BPN4WNNxLOvMfd4%2BwqVCMuW9gF7dJ6BFgYpAUgMAoKwjdqXe68zTl2Lf8JLain2rovCIvRMtkPVDLs%2FXVcWlL2HIreH7lfHP"
    "ojCyRf8rTTt%2BIHiHfi7RIr%2Buff%2F3AQ7A4ZGZZtNkWUsDIk8uWSYOH0Ya8S90FfSNT1f%2FPoJ6DDa02itWdK9nCNsFvTFD"
    "oGMnysu5YV%2BI%2B5i8w2iB%2FJVqLM5xeBySCjjsew3G8O34ZIyygvo2ghxJeVU%2Bo8WA%3D%3D"
)


def test_the_golden_signature_is_that_of_the_documented_text() -> None:
    key = private_key(OTHER_KEY.pkcs8)
    text = signed_text("POST", APPLY, OWN, "2019-06-06T12:12:12+08:00", GOLDEN_BODY)
    assert text == GOLDEN_TEXT
    assert f"algorithm=RSA256, keyVersion=1, signature={encoded(signature(key, text))}" == GOLDEN_HEADER
    golden = base64.b64decode(unquote(GOLDEN_HEADER.partition("signature=")[2]))
    assert OTHER_KEY.public.verifies(golden, GOLDEN_TEXT)


def test_the_golden_request_is_accepted_once_it_is_dated_now_and_refused_as_it_is(site: Site, tmp_path: Path) -> None:
    (tmp_path / "merchant-public.pem").write_text(OTHER_KEY.public.pem)
    bridge = Bridge(keys=tmp_path)
    site.mount(bridge)
    key = private_key(OTHER_KEY.pkcs8)
    back_end = BackEnd(bridge, key=key)
    assert back_end.send(APPLY, GOLDEN_BODY).code == "INVALID_AUTHCODE"
    old: dict[str, str | None] = {"Request-Time": "2019-06-06T12:12:12+08:00", "Signature": GOLDEN_HEADER}
    assert "600 s are allowed" in back_end.send(APPLY, GOLDEN_BODY, old).message
    assert bridge.gateway.settings.merchant_private_key == ""
