"""The wallet's API as back ends and tests meet it: with the official client of Alipay+ and Antom, and in the log."""

from __future__ import annotations

import hashlib
import http.client
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import httpx
import pytest
from com.alipay.ams.api.default_alipay_client import DefaultAlipayClient
from com.alipay.ams.api.exception.exception import AlipayApiException
from com.alipay.ams.api.request.alipay_request import AlipayRequest
from com.alipay.ams.api.request.auth.alipay_auth_apply_token_request import AlipayAuthApplyTokenRequest
from com.alipay.ams.api.request.auth.alipay_auth_query_token_request import AlipayAuthQueryTokenRequest
from com.alipay.ams.api.request.auth.alipay_auth_revoke_token_request import AlipayAuthRevokeTokenRequest
from com.alipay.ams.api.response.auth.alipay_auth_apply_token_response import AlipayAuthApplyTokenResponse
from com.alipay.ams.api.response.auth.alipay_auth_query_token_response import AlipayAuthQueryTokenResponse
from com.alipay.ams.api.response.auth.alipay_auth_revoke_token_response import AlipayAuthRevokeTokenResponse
from com.alipay.ams.api.response.users.alipay_user_query_info_response import AlipayUserQueryInfoResponse

from bridge import Bridge
from bridge.exchange import Client
from bridge.gateway import MerchantSettings
from bridge.keys import PrivateKey
from bridge.report import happened
from bridge.trace import trace
from tests.back_end import TEST_KEY, BackEnd, private_key
from tests.wire_page import open_wire_page

HOST = "open-sea-global.alipay.com"
APPLY = "/v2/authorizations/applyToken"
OWN, OWN_APP = "2022000000000000", "2021000000000000"
AT_A_FIXED_TIME = pytest.mark.bridge(clock=lambda: 1_800_000_000.0)

ACCESS_UNTIL, REFRESH_UNTIL = "2027-01-16T08:00:00+00:00", "2027-01-18T08:00:00+00:00"
SUCCESS = {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"}


class Official:
    """The official client, and the settings with which it was made."""

    def __init__(self, settings: MerchantSettings) -> None:
        self.settings = settings
        self.client = DefaultAlipayClient(
            settings.gateway_url,
            settings.client_id,
            settings.merchant_private_key,
            settings.alipay_public_key,
        )

    def execute(self, request: Any) -> str:
        """Send a request; return the body of the answer, the signature of which the client has checked."""
        return str(self.client.execute(request))

    def ask(self, path: str, **parameters: Any) -> Any:
        """Ask for what the client has no class for, with the parameters that are documented for the version."""
        if "/v2/" in path:
            parameters = {"appId": self.settings.app_id, "authClientId": self.settings.client_id, **parameters}
        request = AlipayRequest(path)
        request.to_ams_json = lambda: json.dumps(parameters)
        return json.loads(self.execute(request))

    def redeem(self, code: str, path: str = "/v2/authorizations/applyToken") -> Any:
        """Exchange a code."""
        return self.ask(path, grantType="AUTHORIZATION_CODE", authCode=code)

    def refresh(self, token: str, path: str = "/v2/authorizations/applyToken") -> Any:
        """Exchange a refresh token."""
        return self.ask(path, grantType="REFRESH_TOKEN", refreshToken=token)


@contextmanager
def official_client(bridge: Bridge) -> Iterator[Official]:
    """Let the official client have this bridge for the gateway."""
    with bridge.stand_in_for(HOST) as settings:
        yield Official(settings)


@pytest.fixture
def official(bridge: Bridge) -> Iterator[Official]:
    """The official client, of the bridge's own merchant."""
    with official_client(bridge) as official:
        yield official


def ask_page(bridge: Bridge, *scopes: str) -> str:
    """Return the code that a page gets, whose user allows everything."""
    with open_wire_page(bridge.url) as page:
        callback, payload = page.ask(scopes=list(scopes) or None)
    assert callback == "success"
    return str(payload["authCode"])


# The official client, as it comes.


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.bridge(gateway_prefix="/wallet/openapi", clock=lambda: 1_800_000_000.0)
def test_the_official_client_exchanges_codes_and_refresh_tokens(
    bridge: Bridge, official: Official, version: str
) -> None:
    for prefix in ("", "/api/open", "/miniprogram/api", "/wallet/openapi"):
        path = f"{prefix}/{version}/authorizations/applyToken"
        first = official.redeem(ask_page(bridge), path)
        second = official.refresh(first["refreshToken"], path)
        for tokens in (first, second):
            assert tokens == {
                "result": SUCCESS,
                "accessToken": tokens["accessToken"],
                "accessTokenExpiryTime": ACCESS_UNTIL,
                "refreshToken": tokens["refreshToken"],
                "refreshTokenExpiryTime": REFRESH_UNTIL,
                "customerId": bridge.user.id,
            }
        assert first["accessToken"] != second["accessToken"]


@AT_A_FIXED_TIME
def test_the_classes_of_the_official_client_do_for_antom(bridge: Bridge, official: Official) -> None:
    redeem = AlipayAuthApplyTokenRequest()
    redeem.grant_type, redeem.auth_code = "AUTHORIZATION_CODE", ask_page(bridge, "USER_LOGIN_ID", "HASH_LOGIN_ID")
    first = AlipayAuthApplyTokenResponse(official.execute(redeem))
    assert (first.result.result_code, first.result.result_status.value) == ("SUCCESS", "S")
    assert (first.access_token_expiry_time, first.refresh_token_expiry_time) == (ACCESS_UNTIL, REFRESH_UNTIL)

    refresh = AlipayAuthApplyTokenRequest()
    refresh.grant_type, refresh.refresh_token = "REFRESH_TOKEN", first.refresh_token
    second = AlipayAuthApplyTokenResponse(official.execute(refresh))
    assert second.result.result_code == "SUCCESS"
    assert {second.access_token, second.refresh_token}.isdisjoint({first.access_token, first.refresh_token})

    # The client's own request for this cannot be made: it hands no path on.
    answer = official.ask("/ams/api/v1/users/inquiryUserInfo", accessToken=second.access_token)
    user = AlipayUserQueryInfoResponse(json.dumps(answer))
    assert (user.user_id, user.user_login_id) == (bridge.user.id, "am***@example.com")
    assert user.hash_user_login_id == hashlib.md5(user.user_login_id.encode()).hexdigest()
    assert answer.keys() == {"result", "userId", "userLoginId", "hashUserLoginId"}

    query = AlipayAuthQueryTokenRequest()
    query.access_token = second.access_token
    state = AlipayAuthQueryTokenResponse(official.execute(query))
    assert (state.result.result_code, state.token_status_type) == ("SUCCESS", "ACTIVE")
    assert (state.access_token, state.access_token_expiry_time) == (second.access_token, ACCESS_UNTIL)
    assert state.refresh_token_expiry_time == REFRESH_UNTIL

    revoke = AlipayAuthRevokeTokenRequest()
    revoke.access_token = second.access_token
    assert AlipayAuthRevokeTokenResponse(official.execute(revoke)).result.result_code == "SUCCESS"
    gone = AlipayAuthQueryTokenResponse(official.execute(query))
    assert (gone.result.result_code, gone.result.result_status.value) == ("INVALID_ACCESS_TOKEN", "F")
    assert gone.access_token is None


def test_the_official_client_of_antom_gets_no_more_than_is_documented(bridge: Bridge, official: Official) -> None:
    tokens = official.redeem(ask_page(bridge), "/ams/api/v1/authorizations/applyToken")
    assert tokens.keys() == {
        "result",
        "accessToken",
        "accessTokenExpiryTime",
        "refreshToken",
        "refreshTokenExpiryTime",
    }


@pytest.mark.parametrize(
    "path", ["/v1/users/inquiryUserInfo", "/v2/users/inquiryUserInfo", "/v2/customers/user/inquiryUserInfo"]
)
def test_the_official_client_learns_who_the_user_is(bridge: Bridge, official: Official, path: str) -> None:
    access = official.redeem(ask_page(bridge, "auth_base", "USER_NAME", "USER_CONTACTINFO"))["accessToken"]
    assert official.ask(path, accessToken=access) == {
        "result": SUCCESS,
        "userInfo": {
            "userId": bridge.user.id,
            "status": "ACTIVE",
            "userName": {"fullName": "Amara Okafor", "firstName": "Amara", "lastName": "Okafor"},
            "contactInfos": [
                {"contactType": "MOBILE_PHONE", "contactNo": "234-8000000001"},
                {"contactType": "EMAIL", "contactNo": "amara@example.com"},
            ],
        },
    }


@pytest.mark.parametrize("path", ["/v1/authorizations/cancelToken", "/v2/authorizations/revoke"])
def test_the_official_client_ends_tokens(bridge: Bridge, official: Official, path: str) -> None:
    tokens = official.redeem(ask_page(bridge))
    assert official.ask(path, accessToken=tokens["accessToken"]) == {"result": SUCCESS}
    refused = official.refresh(tokens["refreshToken"])
    assert refused == {
        "result": {
            "resultCode": "INVALID_REFRESH_TOKEN",
            "resultStatus": "F",
            "resultMessage": "The refresh token does not exist.",
        }
    }


@pytest.mark.bridge(client_id="SANDBOX_5J5YOT0000000000")
def test_the_official_client_of_a_sandbox_finds_its_own_paths(bridge: Bridge, official: Official) -> None:
    request = AlipayAuthApplyTokenRequest()
    request.grant_type, request.auth_code = "AUTHORIZATION_CODE", ask_page(bridge)
    tokens = AlipayAuthApplyTokenResponse(official.execute(request))
    assert tokens.result.result_code == "SUCCESS"
    answer = official.ask("/ams/api/v1/users/inquiryUserInfo", accessToken=tokens.access_token)
    assert answer == {"result": SUCCESS, "userId": bridge.user.id}
    assert [request.path for request in bridge.gateway.requests] == [
        "/ams/sandbox/api/v1/authorizations/applyToken",
        "/ams/sandbox/api/v1/users/inquiryUserInfo",
    ]


def test_the_official_client_hears_that_a_code_is_used_and_that_there_is_no_such_api(
    bridge: Bridge, official: Official
) -> None:
    code = ask_page(bridge)
    assert official.redeem(code)["result"] == SUCCESS
    assert official.redeem(code)["result"]["resultCode"] == "USED_AUTHCODE"
    assert official.redeem(code, "/v1/authorizations/applyToken")["result"]["resultCode"] == "USED_CODE"
    assert official.ask("/v1/payments/pay")["result"]["resultCode"] == "INVALID_API"
    assert official.ask("/anything/else")["result"]["resultCode"] == "INVALID_API"


OTHER_KEY = PrivateKey.read(TEST_KEY)


@pytest.mark.bridge(clients=[Client(id="B", app_id="3333010000000000", public_key=OTHER_KEY.public.pem)])
def test_the_official_client_of_another_client_signs_with_its_own_key(bridge: Bridge, official: Official) -> None:
    own = official.settings
    client = DefaultAlipayClient(own.gateway_url, "B", OTHER_KEY.pkcs1, own.alipay_public_key)
    request = AlipayAuthApplyTokenRequest()
    request.grant_type = "AUTHORIZATION_CODE"
    request.auth_code = bridge.authority.issue(app_id="3333010000000000", user_id=bridge.user.id, scopes=("auth_base",))
    assert json.loads(official.execute(request))["result"]["resultCode"] == "INVALID_CODE"
    assert json.loads(client.execute(request))["result"] == SUCCESS


def test_the_official_client_refuses_a_forged_answer(bridge: Bridge, official: Official) -> None:
    code = ask_page(bridge)
    bridge.gateway.once("applyToken", "forged")
    with pytest.raises(AlipayApiException, match="verify failed"):
        official.redeem(code)
    assert official.redeem(code)["result"]["resultCode"] == "USED_AUTHCODE"


def test_the_official_client_loses_a_connection_that_is_cut(bridge: Bridge, official: Official) -> None:
    code = ask_page(bridge)
    bridge.gateway.once("applyToken", "cut")
    with pytest.raises((http.client.RemoteDisconnected, OSError)):
        official.redeem(code)
    assert official.redeem(code)["result"]["resultCode"] == "USED_AUTHCODE"


# Pages of other sites, which can send to this server what they like.


@pytest.mark.bridge(verify=False)
def test_a_page_of_another_site_cannot_spend_a_code_that_it_has_seen(bridge: Bridge) -> None:
    code = ask_page(bridge)
    body = {"grantType": "AUTHORIZATION_CODE", "authCode": code}

    def redeem(site: str) -> httpx.Response:
        headers = {"Sec-Fetch-Site": site}
        return httpx.post(f"{bridge.url}/v1/authorizations/applyToken", json=body, headers=headers)

    refused = redeem("cross-site")
    assert (refused.status_code, "accessToken" in refused.text) == (403, False)
    assert bridge.gateway.requests == ()
    assert not bridge.authority.was_redeemed(code)
    answers = [redeem(site).json()["result"]["resultCode"] for site in ("none", "same-origin", "same-site")]
    assert answers == ["SUCCESS", "USED_CODE", "USED_CODE"]


# One state: what pages are given, back ends exchange, and tests read.


@pytest.fixture
def noted(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Keep every record."""
    caplog.set_level(logging.DEBUG)
    return caplog


def test_a_codes_life_is_told_from_the_page_to_the_end_of_its_tokens(bridge: Bridge) -> None:
    back_end = BackEnd(bridge)
    tokens = back_end.redeem(ask_page(bridge, "auth_base", "USER_NAME")).body
    back_end.user_info(tokens["accessToken"])
    back_end.ask("/v1/authorizations/query", accessToken=tokens["accessToken"])
    tokens = back_end.refresh(tokens["refreshToken"]).body
    back_end.ask("/v2/authorizations/revoke", accessToken=tokens["accessToken"])
    back_end.user_info(tokens["accessToken"])
    call = bridge.wait_for_call("getAuthCode")
    assert [step.what for step in call.life] == [
        "asked",
        "granted",
        f"redeemed by {OWN}",
        f"used for user info by {OWN}",
        f"token queried by {OWN}",
        f"refreshed by {OWN}",
        f"tokens revoked by {OWN}",
        f"inquiryUserInfo by {OWN} refused: INVALID_ACCESS_TOKEN",
    ]
    assert [step.at for step in call.life] == sorted(step.at for step in call.life)


def test_a_codes_life_tells_faults_and_refusals(bridge: Bridge) -> None:
    back_end, code = BackEnd(bridge), ask_page(bridge)
    bridge.gateway.once("applyToken", "limited")
    for _ in range(3):
        back_end.redeem(code)
    back_end.redeem("28107fY3kQ9wXb2LmN5pR8tV1zC4dG6h")
    (call,) = bridge.calls
    assert [step.what for step in call.life[2:]] == [
        f"applyToken by {OWN} refused: REQUEST_TRAFFIC_EXCEED_LIMIT ('limited')",
        f"redeemed by {OWN}",
        f"applyToken by {OWN} refused: USED_AUTHCODE",
    ]
    assert len(bridge.gateway.requests) == 4


def test_each_code_has_a_life_of_its_own(bridge: Bridge) -> None:
    back_end = BackEnd(bridge)
    with open_wire_page(bridge.url) as page:
        codes = [page.ask()[1]["authCode"] for _ in range(3)]
    back_end.redeem(codes[1])
    assert [len(call.life) for call in bridge.calls] == [2, 3, 2]
    assert [call.code for call in bridge.calls] == codes


def test_what_python_redeems_and_what_back_ends_redeem_is_one(bridge: Bridge) -> None:
    back_end = BackEnd(bridge)
    codes = [ask_page(bridge) for _ in range(2)]
    bridge.redeem(codes[0])
    assert back_end.redeem(codes[0]).code == "USED_AUTHCODE"
    assert back_end.redeem(codes[1]).code == "SUCCESS"
    assert bridge.authority.was_redeemed(codes[1])
    assert [step.what for step in bridge.calls[0].life[2:]] == [
        "redeemed in Python",
        f"applyToken by {OWN} refused: USED_AUTHCODE",
    ]


def test_a_page_of_another_user_has_codes_of_its_own(bridge: Bridge) -> None:
    back_end = BackEnd(bridge)
    with open_wire_page(bridge.url, user=bridge.users.find("Bayu").id) as page:
        _, payload = page.ask(scopes=["USER_NICKNAME"])
    tokens = back_end.redeem(payload["authCode"]).body
    assert tokens["customerId"] == bridge.users.find("Bayu").id
    assert back_end.user_info(tokens["accessToken"]).body["userInfo"]["nickName"] == "Bayu"


def test_a_request_says_who_has_asked_for_what_with_what_and_how_it_went(bridge: Bridge) -> None:
    back_end, code = BackEnd(bridge), ask_page(bridge)
    access = back_end.redeem(code).body["accessToken"]
    back_end.user_info("no such token at all")
    back_end.send("/v1/payments/pay", b"{}")
    redeemed, refused, unknown = bridge.gateway.requests
    assert (redeemed.number, redeemed.operation, redeemed.path) == (1, "applyToken", "/v2/authorizations/applyToken")
    assert (redeemed.client_id, redeemed.kind, redeemed.result, redeemed.succeeded) == (OWN, "code", "SUCCESS", True)
    assert redeemed.secret == f"{code[:4]}...{code[-4:]}"
    assert redeemed.code == hashlib.sha256(code.encode()).hexdigest()
    assert bridge.log.call_of(redeemed) is bridge.calls[0]
    assert (refused.number, refused.succeeded, refused.code) == (2, False, "")
    assert refused.details == "there is no such access token of this client"
    assert (unknown.operation, unknown.secret, unknown.result) == ("", "", "INVALID_API")
    assert len(access) == 48


def test_no_secret_stands_in_what_is_logged_or_shown(bridge: Bridge, noted: pytest.LogCaptureFixture) -> None:
    bridge.gateway.sequence("applyToken", None, "cut", "forged")
    settings = bridge.gateway.settings
    secrets = [settings.merchant_private_key, settings.merchant_private_key_pkcs8]
    with official_client(bridge) as official:
        code = ask_page(bridge, "USER_NAME")
        tokens = official.redeem(code)
        secrets += [code, tokens["accessToken"], tokens["refreshToken"]]
        for _ in range(3):
            refused(partial(official.refresh, tokens["refreshToken"]))
        official.ask("/v2/users/inquiryUserInfo", accessToken=tokens["accessToken"])
        official.ask("/v2/users/inquiryUserInfo", accessToken=tokens["accessToken"], authClientId="somebody")
        official.redeem(code)
        for parameter in ("grantType", "appId", "authClientId", "referenceClientId"):
            official.ask("/v1/authorizations/applyToken", **{"grantType": "AUTHORIZATION_CODE", parameter: code})
    back_end = BackEnd(bridge)
    BackEnd(bridge, key=private_key(OTHER_KEY.pkcs8)).redeem(code)
    misplaced = {
        "Client-Id": code,
        "Request-Time": code,
        "Signature": f"algorithm={code}, keyVersion=1, signature={code}",
        "Content-Type": f"application/{code}",
    }
    for header, value in [*misplaced.items(), ("Signature", code)]:
        back_end.send(APPLY, b"{}", {header: value})
    for path in (
        f"/v2/authorizations/{code}",
        f"/api/open/{code}/applyToken",
        f"/v1/{code}",
        f"{APPLY}?authCode={code}",
    ):
        back_end.send(path, b"{}")
    back_end.send(APPLY, b"{}", method=code)
    back_end.send(APPLY, code.encode())
    shown = [record.getMessage() for record in noted.records]
    shown += [formatted(record) for record in noted.records]
    for request in bridge.gateway.requests:
        shown += [str(request), repr(request)]
    shown += [repr(call) + str(call) + repr(call.life) for call in bridge.calls]
    shown += [repr(bridge), repr(bridge.gateway), repr(settings), repr(bridge.gateway.faults.rules)]
    shown += [happened(bridge.log), trace(bridge, title="a test", failure="")]
    assert len(bridge.gateway.requests) == 23
    assert [secret for secret in secrets for text in shown if secret in text] == []


def refused(ask: Callable[[], object]) -> None:
    """Ask for what goes wrong, however it does."""
    with suppress(AlipayApiException, http.client.HTTPException, OSError):
        ask()


def formatted(record: logging.LogRecord) -> str:
    """Return a record as a handler writes it, with its traceback."""
    return logging.Formatter().format(record)
