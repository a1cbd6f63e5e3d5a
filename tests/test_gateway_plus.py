"""The token API of Alipay+ over HTTP, for a back end that signs by itself: what is given, and what is refused how."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx
import msgspec
import pytest

from bridge import Bridge, User, profiles
from bridge.exchange import Client
from bridge.gateway import MAX_BODY
from bridge.keys import PrivateKey
from bridge.profiles import TokenFormat
from bridge.site import Site
from tests.back_end import TEST_KEY, BackEnd, private_key, signature, signed_text
from tests.wire_page import open_wire_page

APPLY = "/v2/authorizations/applyToken"

BOTH = pytest.mark.parametrize("version", ["v1", "v2"])
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
    assert httpx.post(f"{bridge.url}/own{APPLY}", json={}).status_code in (404, 405)


@BOTH
def test_what_is_signed_may_begin_where_the_bridge_is_mounted(bridge: Bridge, back_end: BackEnd, version: str) -> None:
    path = f"/{version}/authorizations/applyToken"
    prefix = httpx.URL(bridge.url).path
    body = {"appId": OWN_APP, "authClientId": OWN, "grantType": "AUTHORIZATION_CODE", "authCode": ask_page(bridge)}
    assert back_end.send(path, json.dumps(body).encode(), signed_path=prefix + path).code == "SUCCESS"


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


# What is refused, and how it is said.

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


def test_the_log_says_what_is_wrong_and_no_code_that_stands_in_the_wrong_place(
    bridge: Bridge, back_end: BackEnd
) -> None:
    for wrong in ("authorization_code", "28107fY3kQ9wXb2LmN5pR8tV1zC4dG6h"):
        back_end.redeem("x", grantType=wrong)
    known = "grantType is AUTHORIZATION_CODE or REFRESH_TOKEN, not"
    told = [request.details for request in bridge.gateway.requests]
    assert told == [f"{known} 'authorization_code'", f"{known} '28107fY3...'"]


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
        (["HASH_LOGIN_ID"], {"hashUserLoginId": hashlib.md5(b"amara@example.com").hexdigest()}),
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
        (lambda: "0001-01-01T00:00:00", "Request-Time"),
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


def test_a_signature_for_another_path_is_refused(bridge: Bridge) -> None:
    # Its answer is signed for the path that was asked for, which the back end does not expect.
    key = private_key(bridge.gateway.settings.merchant_private_key_pkcs8)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    text = signature(key, signed_text("POST", "/v1/authorizations/applyToken", OWN, now, b"{}"))
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
    assert f"POST, not {method}" in reply.message


def test_files_of_pages_may_be_where_version_1_has_nothing(bridge: Bridge, tmp_path: Path) -> None:
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1" / "notes.txt").write_text("mine")
    bridge.configure(pages=tmp_path)
    assert httpx.get(f"{bridge.url}/v1/notes.txt").text == "mine"
    assert BackEnd(bridge).send("/v1/notes.txt", b"{}").code == "INVALID_API"
    assert BackEnd(bridge).send("/v1/users/notes.txt", b"", method="GET").code == "INVALID_API"


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
