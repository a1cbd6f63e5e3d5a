"""A whole wallet as back ends of Alipay in mainland China meet it: with the official SDK, and with none, over HTTP."""

from __future__ import annotations

import http.client
import importlib
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlencode, urlsplit

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge import Bridge
from bridge.exchange import Client, HttpRequest
from bridge.gateway import MAX_BODY, MerchantSettings
from bridge.keys import PrivateKey
from bridge.redaction import shortened
from bridge.report import happened
from bridge.site import Site
from bridge.trace import trace
from bridge.users import User
from tests.back_end import TEST_KEY, private_key
from tests.test_gateway_cn import (
    ACCESS_TOKEN,
    APP,
    CODE,
    MIA,
    NODE,
    OTHER_APP,
    OWN,
    SHARE,
    SHARE_PATH,
    SIGNATURE_TEXT,
    TOKEN,
    TOKEN_PATH,
    Reply,
    common,
    exchange,
    gateway,
    node,
    refresh,
    share,
    signed,
    text_to_sign,
    v3,
    v3_exchange,
    v3_json,
    v3_refresh,
    v3_share,
    v3_signature_is_good,
    verifies,
)

# ruff: noqa: RUF001 - commas are Chinese.

HOST = "openapi.alipay.com"

OTHER = "2022000000000002"
OTHER_KEY = PrivateKey.read(TEST_KEY)
OTHERS_KEY = private_key(OTHER_KEY.pkcs8)

ACCESS_LIFETIME, REFRESH_LIFETIME = 1_296_000, 2_592_000

# What is shared of Mia with the scope auth_user.
MEMBER = {
    "avatar": "https://tfs.example/mia.png",
    "city": "杭州市",
    "country_code": "CN",
    "gender": "F",
    "nick_name": "Mia 美",
    "province": "浙江省",
    "user_id": MIA.id,
}


@pytest.fixture
def bridge_options() -> dict[str, Any]:
    return {
        "profile": "alipay-cn",
        "app_id": APP,
        "client_id": OWN,
        "clients": [Client(id=OTHER, app_id=OTHER_APP, public_key=OTHER_KEY.public.pem)],
        "users": [MIA],
        "clock": lambda: 1_000_000.0,
    }


def send(bridge: Bridge, request: HttpRequest) -> Reply:
    """Send a request to where the bridge is served."""
    return send_to(bridge, request.method, f"{request.path}?{request.query}", request.headers, request.body)


def send_to(bridge: Bridge, method: str, target: str, headers: Any, body: bytes) -> Reply:
    address = urlsplit(bridge.url)
    with closing(http.client.HTTPConnection(address.netloc, timeout=10)) as connection:
        raw = {name: value.encode("latin-1") for name, value in headers.items()}
        connection.request(method, address.path + target, body, raw)
        response = connection.getresponse()
        answered = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, answered, response.read())


def ask(bridge: Bridge, request: HttpRequest, *, is_signed: bool = True) -> dict[str, Any]:
    """Return what is said through the gateway."""
    return node(send(bridge, request), is_signed=is_signed)


def ask_v3(bridge: Bridge, request: HttpRequest, *, is_signed: bool = True) -> dict[str, Any]:
    """Return what is said by the newer form."""
    return v3_json(send(bridge, request), is_signed=is_signed)


def tokens(bridge: Bridge, *scopes: str) -> dict[str, Any]:
    """Return what a code brings."""
    return ask(bridge, exchange(bridge.issue(*scopes or ("auth_user",))))


def others_code(bridge: Bridge) -> str:
    return bridge.authority.issue(app_id=OTHER_APP, user_id=MIA.id, scopes=("auth_user",))


# The official SDK for Python, as it is.


def part(name: str, package: str = "") -> Any:
    return getattr(importlib.import_module(f"alipay.aop.api{package}.{name}"), name)


FAILURE: Any = importlib.import_module("alipay.aop.api.exception.Exception").ResponseException


class Official:
    """The official client, and its configuration."""

    def __init__(self, settings: MerchantSettings) -> None:
        self.config = part("AlipayClientConfig")()
        self.config.server_url = settings.gateway_url
        self.config.app_id = settings.app_id
        self.config.app_private_key = settings.merchant_private_key
        self.config.alipay_public_key = settings.alipay_public_key

    def _execute(self, name: str, request: Any) -> Any:
        response = part(f"{name}Response", ".response")()
        response.parse_response_content(part("DefaultAlipayClient")(self.config).execute(request))
        return response

    def _token(self, **fields: str) -> Any:
        request = part("AlipaySystemOauthTokenRequest", ".request")()
        for name, value in fields.items():
            setattr(request, name, value)
        return self._execute("AlipaySystemOauthToken", request)

    def redeem(self, code: str) -> Any:
        return self._token(grant_type="authorization_code", code=code)

    def refresh(self, token: str) -> Any:
        return self._token(grant_type="refresh_token", refresh_token=token)

    def user(self, token: str) -> Any:
        request = part("AlipayUserInfoShareRequest", ".request")()
        request.add_other_text_param("auth_token", token)
        return self._execute("AlipayUserInfoShare", request)


@contextmanager
def official_client(bridge: Bridge) -> Iterator[Official]:
    with bridge.stand_in_for(HOST) as settings:
        yield Official(settings)


@pytest.fixture
def official(bridge: Bridge) -> Iterator[Official]:
    with official_client(bridge) as official:
        yield official


def error_of(response: Any) -> tuple[str, str, str, str]:
    assert not response.is_success()
    return response.code, response.msg, response.sub_code, response.sub_msg


INVALID_CODE = ("40002", "Invalid Arguments", "isv.code-invalid", "授权码code无效")
INVALID_TOKEN = ("20001", "Insufficient Token Permissions", "aop.invalid-auth-token", "无效的访问令牌")


def test_the_official_sdk_exchanges_a_code_asks_for_the_user_and_refreshes(bridge: Bridge, official: Official) -> None:
    first = official.redeem(bridge.issue("auth_user"))
    assert first.is_success()
    assert (first.user_id, first.expires_in, first.re_expires_in) == (MIA.id, ACCESS_LIFETIME, REFRESH_LIFETIME)
    user = official.user(first.access_token)
    assert user.is_success()
    assert (user.code, user.user_id, user.nick_name, user.gender) == ("10000", MIA.id, "Mia 美", "F")
    assert (user.avatar, user.province, user.city) == (MIA.avatar, "浙江省", "杭州市")
    assert (user.mobile, user.email, user.user_name) == (None, None, None)
    second = official.refresh(first.refresh_token)
    assert second.is_success()
    assert {second.access_token, second.refresh_token}.isdisjoint({first.access_token, first.refresh_token})
    assert official.user(second.access_token).user_id == MIA.id


def test_the_official_sdk_hears_of_every_refusal_in_the_documented_words(bridge: Bridge, official: Official) -> None:
    code, late_code, others = bridge.issue("auth_user"), bridge.issue("auth_user"), others_code(bridge)
    first = official.redeem(code)
    assert error_of(official.redeem(CODE)) == INVALID_CODE
    assert error_of(official.redeem(others)) == INVALID_CODE
    assert not bridge.authority.was_redeemed(others)
    assert error_of(official.user(ACCESS_TOKEN)) == INVALID_TOKEN
    assert error_of(official.refresh(ACCESS_TOKEN))[2:] == (
        "isv.refresh-token-invalid",
        "刷新令牌(refresh_token)错误或状态不对",
    )
    second = official.refresh(first.refresh_token)
    assert error_of(official.user(first.access_token)) == INVALID_TOKEN
    assert error_of(official.refresh(first.refresh_token))[2:] == ("isv.refreshed-token-invalid", "刷新出来的令牌无效")
    assert error_of(official.user(second.access_token)) == INVALID_TOKEN
    assert error_of(official.redeem(code)) == INVALID_CODE
    late = official.redeem(bridge.issue("auth_user"))
    bridge.clock.advance(ACCESS_LIFETIME)
    assert error_of(official.redeem(late_code)) == INVALID_CODE
    assert error_of(official.user(late.access_token))[2:] == ("aop.auth-token-time-out", "访问令牌已过期")
    late = official.redeem(bridge.issue("auth_user"))
    bridge.gateway.expire(late.refresh_token)
    assert error_of(official.refresh(late.refresh_token))[2:] == (
        "isv.refresh-token-time-out",
        "刷新令牌(refresh_token)过期",
    )


def test_the_official_sdk_of_another_client_signs_with_its_own_key(bridge: Bridge, official: Official) -> None:
    own, others = bridge.issue("auth_user"), others_code(bridge)
    own_tokens = official.redeem(bridge.issue("auth_user"))
    official.config.app_id = OTHER_APP
    assert error_of(official.redeem(others))[2] == "isv.invalid-signature"
    official.config.app_private_key = OTHER_KEY.pkcs1
    assert error_of(official.redeem(own)) == INVALID_CODE
    assert error_of(official.user(own_tokens.access_token)) == INVALID_TOKEN
    assert error_of(official.refresh(own_tokens.refresh_token))[2] == "isv.refresh-token-invalid"
    first = official.redeem(others)
    assert official.refresh(first.refresh_token).user_id == MIA.id
    official.config.app_id = APP
    assert error_of(official.redeem(own))[2] == "isv.invalid-signature"


def test_the_official_sdk_understands_that_its_signature_is_wrong(bridge: Bridge, official: Official) -> None:
    code = bridge.issue("auth_user")
    right = official.config.app_private_key
    official.config.app_private_key = OTHER_KEY.pkcs1
    assert error_of(official.redeem(code))[2] == "isv.invalid-signature"
    assert error_of(official.user(ACCESS_TOKEN))[2] == "isv.invalid-signature"
    official.config.sign_type = "RSA"
    assert error_of(official.redeem(code))[2] == "isv.missing-signature-config"
    assert not bridge.authority.was_redeemed(code)
    official.config.sign_type, official.config.app_private_key = "RSA2", right
    official.config.encrypt_type = "AES"
    assert error_of(official.redeem(code))[2:] == (
        "isv.invalid-encrypt-type",
        "无效的加密类型: encrypted content is not supported here: send it as it is",
    )
    official.config.encrypt_type = None
    assert official.redeem(code).is_success()


def test_the_official_sdk_refuses_forged_answers_and_unsigned_ones(bridge: Bridge, official: Official) -> None:
    code = bridge.issue("auth_user")
    bridge.gateway.once("applyToken", "forged")
    with pytest.raises(FAILURE, match="response sign verify failed"):
        official.redeem(code)
    assert error_of(official.redeem(code)) == INVALID_CODE
    bridge.gateway.once("inquiryUserInfo", "forged")
    with pytest.raises(FAILURE, match="response sign verify failed"):
        official.user(ACCESS_TOKEN)
    official.config.app_id = "1"
    with pytest.raises(FAILURE, match=r"response shape maybe illegal.*isv\.invalid-app-id"):
        official.user(ACCESS_TOKEN)


def test_the_official_sdk_loses_a_connection_that_is_cut(bridge: Bridge, official: Official) -> None:
    code = bridge.issue("auth_user")
    bridge.gateway.once("applyToken", "cut")
    with pytest.raises((http.client.RemoteDisconnected, OSError)):
        official.redeem(code)
    assert error_of(official.redeem(code)) == INVALID_CODE


def test_the_official_sdk_hears_of_limits_and_unknown_outcomes(bridge: Bridge, official: Official) -> None:
    code = bridge.issue("auth_user")
    bridge.gateway.sequence("applyToken", "limited", "unknown", "used", None)
    assert error_of(official.redeem(code)) == (
        "40005",
        "Call Limited",
        "isv.app-call-limited",
        "应用调用次数超限，包含调用频率超限",
    )
    assert error_of(official.redeem(code)) == (
        "20000",
        "Service Currently Unavailable",
        "isp.unknow-error",
        "系统繁忙",
    )
    assert error_of(official.redeem(code)) == INVALID_CODE
    first = official.redeem(code)
    assert first.is_success()
    bridge.gateway.sequence("inquiryUserInfo", "limited", "expired")
    assert error_of(official.user(first.access_token))[2] == "isv.app-call-limited"
    assert error_of(official.user(first.access_token))[2] == "aop.auth-token-time-out"


def test_the_official_sdk_speaks_gbk(bridge: Bridge, official: Official) -> None:
    official.config.charset = "gbk"
    first = official.redeem(bridge.issue("auth_user"))
    assert official.user(first.access_token).nick_name == "Mia 美"
    assert error_of(official.user(ACCESS_TOKEN)) == INVALID_TOKEN


# Tokens, in both forms.


def test_a_code_is_exchanged_through_the_gateway(bridge: Bridge) -> None:
    said = tokens(bridge)
    access_token, refresh_token = said.pop("access_token"), said.pop("refresh_token")
    assert said == {
        "node": "alipay_system_oauth_token_response",
        "auth_start": "1970-01-12 21:46:40",
        "expires_in": ACCESS_LIFETIME,
        "re_expires_in": REFRESH_LIFETIME,
        "user_id": MIA.id,
    }
    assert bridge.authority.look_up(access_token, client_id=OWN).user_id == MIA.id
    assert (len(refresh_token), refresh_token[:8]) == (40, "authusrB")


def test_a_code_is_exchanged_by_v3(bridge: Bridge) -> None:
    said = ask_v3(bridge, v3_exchange(bridge.issue("auth_user")))
    assert list(said) == ["access_token", "auth_start", "expires_in", "re_expires_in", "refresh_token", "user_id"]
    assert bridge.authority.look_up(said["access_token"], client_id=OWN).user_id == MIA.id
    assert (said["expires_in"], said["re_expires_in"]) == (str(ACCESS_LIFETIME), str(REFRESH_LIFETIME))
    assert (said["auth_start"], said["user_id"]) == ("1970-01-12 21:46:40", MIA.id)


def test_a_refresh_brings_what_is_left_of_its_time(bridge: Bridge) -> None:
    first = tokens(bridge)
    bridge.clock.advance(1000.5)
    second = ask(bridge, refresh(first["refresh_token"]))
    assert (second["expires_in"], second["re_expires_in"]) == (ACCESS_LIFETIME, REFRESH_LIFETIME - 1000)
    bridge.clock.advance(1000)
    third = ask_v3(bridge, v3_refresh(second["refresh_token"]))
    assert (third["expires_in"], third["re_expires_in"]) == (str(ACCESS_LIFETIME), str(REFRESH_LIFETIME - 2000))
    assert third["user_id"] == MIA.id
    assert len({said[name] for said in (first, second, third) for name in ("access_token", "refresh_token")}) == 6


def test_time_may_be_moved_beyond_what_can_be_written(bridge: Bridge) -> None:
    bridge.clock.advance(3e11)
    assert tokens(bridge)["auth_start"].startswith("9999-12-31 23:59:5")
    assert ask_v3(bridge, v3_exchange(bridge.issue("auth_user")))["auth_start"].startswith("9999-12-31 23:59:5")


def test_codes_and_tokens_that_are_no_longer_good_are_told_apart_as_far_as_the_platform_does(bridge: Bridge) -> None:
    def said(request: HttpRequest) -> tuple[int, str, str]:
        reply = send(bridge, request)
        told = v3_json(reply)
        return reply.status, told["code"], told["message"]

    invalid_code = (400, "isv.code-invalid", "授权码code无效")
    invalid_token = (401, "invalid-auth-token", "无效的访问令牌")
    invalid_refresh = (400, "isv.refresh-token-invalid", "刷新令牌(refresh_token)错误或状态不对")
    code, unused = bridge.issue("auth_user"), bridge.issue("auth_user")
    first = ask_v3(bridge, v3_exchange(code))
    second = ask_v3(bridge, v3_refresh(first["refresh_token"]))
    assert said(v3_share(first["access_token"])) == invalid_token
    assert said(v3_refresh(first["refresh_token"])) == (400, "isv.refreshed-token-invalid", "刷新出来的令牌无效")
    assert said(v3_refresh(second["refresh_token"])) == invalid_refresh
    assert said(v3_exchange(code)) == invalid_code
    assert said(v3_exchange("0" * 32)) == invalid_code
    assert said(v3_exchange(others_code(bridge))) == invalid_code
    late = ask_v3(bridge, v3_exchange(bridge.issue("auth_user")))
    other = {"app_id": OTHER_APP, "key": OTHERS_KEY}
    assert said(v3_share(late["access_token"], **other)) == invalid_token
    assert said(v3_refresh(late["refresh_token"], **other)) == invalid_refresh
    assert "access_token" in ask_v3(bridge, v3_exchange(others_code(bridge), **other))
    bridge.clock.advance(ACCESS_LIFETIME)
    assert said(v3_exchange(unused)) == invalid_code
    assert said(v3_share(late["access_token"])) == (401, "auth-token-time-out", "访问令牌已过期")
    late = ask_v3(bridge, v3_exchange(bridge.issue("auth_user")))
    bridge.gateway.expire(late["refresh_token"])
    assert said(v3_refresh(late["refresh_token"])) == (400, "isv.refresh-token-time-out", "刷新令牌(refresh_token)过期")


def test_what_goes_wrong_on_request_goes_wrong_in_v3_too(bridge: Bridge) -> None:
    def said(request: HttpRequest) -> tuple[int, str, str]:
        reply = send(bridge, request)
        told = v3_json(reply)
        return reply.status, told["code"], told["message"]

    code, other = bridge.issue("auth_user"), bridge.issue("auth_user")
    bridge.gateway.sequence("applyToken", "limited", "unknown", "used", "expired", "forged", "cut")
    assert said(v3_exchange(code)) == (429, "app-call-limited", "应用调用次数超限，包含调用频率超限")
    assert said(v3_exchange(code)) == (500, "isp.unknow-error", "系统繁忙")
    assert said(v3_exchange(code)) == (400, "isv.code-invalid", "授权码code无效")
    assert said(v3_exchange(code)) == (400, "isv.code-invalid", "授权码code无效")
    reply = send(bridge, v3_exchange(other))
    assert (reply.status, v3_signature_is_good(reply)) == (200, False)
    with pytest.raises(http.client.RemoteDisconnected):
        send(bridge, v3_exchange(other))


def test_a_forged_answer_of_the_gateway_is_signed_for_something_else(bridge: Bridge) -> None:
    bridge.gateway.once("applyToken", "forged")
    found = NODE.fullmatch(send(bridge, exchange(bridge.issue("auth_user"))).body)
    assert found
    assert not verifies(found["sign"], found["content"])


# Who the user is.


def test_of_a_user_exactly_what_the_scopes_reveal_is_told(bridge: Bridge) -> None:
    for scope in bridge.settings.profile.scope:
        token = tokens(bridge, scope.name)["access_token"]
        reply, said = send(bridge, v3_share(token)), ask(bridge, share(token))
        if scope.name in ("auth_user", "userInfo"):
            assert said == {"node": "alipay_user_info_share_response", "code": "10000", "msg": "Success", **MEMBER}
            assert (reply.status, v3_json(reply)) == (200, MEMBER)
        else:
            assert tuple(said.values()) == ("alipay_user_info_share_response", *INVALID_TOKEN)
            assert (reply.status, v3_json(reply)["code"]) == (401, "invalid-auth-token")


def test_of_a_user_who_has_taken_back_the_scope_nothing_is_told(bridge: Bridge) -> None:
    token = tokens(bridge, "auth_base", "auth_user")["access_token"]
    assert ask_v3(bridge, v3_share(token)) == MEMBER
    bridge.revoke("auth_user")
    assert ask(bridge, share(token))["sub_code"] == "aop.invalid-auth-token"
    assert ask_v3(bridge, v3_share(token))["code"] == "invalid-auth-token"
    bridge.allow("auth_user")
    assert ask_v3(bridge, v3_share(token)) == MEMBER


def test_the_user_is_told_of_by_v3_for_a_token_in_the_body_too(bridge: Bridge) -> None:
    assert ask_v3(bridge, v3(SHARE_PATH, {"auth_token": tokens(bridge)["access_token"]})) == MEMBER


@pytest.mark.bridge(users=[User(id=MIA.id, nickname='<img src="x" onerror="alert(1)">')])
def test_a_nickname_is_no_html(bridge: Bridge) -> None:
    token = tokens(bridge)["access_token"]
    reply = send(bridge, share(token))
    assert rb'"nick_name":"\u003cimg src=\"x\" onerror=\"alert(1)\">"' in reply.body
    assert node(reply)["nick_name"] == bridge.user.nickname


def test_slashes_are_escaped_by_the_gateway_alone(bridge: Bridge) -> None:
    token = tokens(bridge)["access_token"]
    assert b"https:\\/\\/tfs.example\\/mia.png" in send(bridge, share(token)).body
    assert b"https://tfs.example/mia.png" in send(bridge, v3_share(token)).body


# What is wrong with a request.

GATEWAY_ERRORS: dict[str, tuple[dict[str, str], str, str, str, bool]] = {
    # What is changed, the node, its code and sub_code, its text or how that begins, and whether it is signed.
    "no method": (
        {"method": ""},
        "error_response",
        "40001 isv.missing-method",
        "缺少方法名参数: method is missing",
        True,
    ),
    "unknown method": (
        {"method": "alipay.trade.pay"},
        "alipay_trade_pay_response",
        "40002 isv.invalid-method",
        "不存在的方法名: there is no 'alipay.trade.pay' here, but alipay.system.oauth.token and alipay.user.info.share",
        True,
    ),
    "not a method": ({"method": '<script>"'}, "error_response", "40002 isv.invalid-method", "不存在的方法名: ", True),
    "no app": ({"app_id": ""}, "error_response", "40001 isv.missing-app-id", "缺少AppID参数: app_id is missing", False),
    "unknown app": (
        {"app_id": "1"},
        "error_response",
        "40002 isv.invalid-app-id",
        f"无效的AppID参数: there is no app '1' here; the bridge's own is {APP}",
        False,
    ),
    "unknown app of the other": (
        {"app_id": "1", "method": SHARE},
        "alipay_user_info_share_response",
        "40002 isv.invalid-app-id",
        "无效的AppID参数: ",
        False,
    ),
    "client's id": ({"app_id": OWN}, "error_response", "40002 isv.invalid-app-id", "无效的AppID参数: ", False),
    "other client's id": ({"app_id": OTHER}, "error_response", "40002 isv.invalid-app-id", "无效的AppID参数: ", False),
    "no sign type": (
        {"sign_type": ""},
        "error_response",
        "40001 isv.missing-signature-type",
        "缺少签名类型参数: ",
        True,
    ),
    "old sign type": (
        {"sign_type": "RSA"},
        "error_response",
        "40003 isv.missing-signature-config",
        "应用未配置对应签名算法的公钥或者证书: sign_type is to be RSA2",
        True,
    ),
    "other sign type": (
        {"sign_type": "MD5"},
        "error_response",
        "40002 isv.invalid-signature-type",
        "无效的签名类型: ",
        True,
    ),
    "certificate": (
        {"app_cert_sn": "c5", "alipay_root_cert_sn": "687b"},
        "error_response",
        "40003 isv.missing-signature-config",
        "应用未配置对应签名算法的公钥或者证书: no app here has a certificate",
        True,
    ),
    "encrypted": (
        {"encrypt_type": "AES"},
        "error_response",
        "40002 isv.invalid-encrypt-type",
        "无效的加密类型: encrypted content is not supported here",
        True,
    ),
    "no timestamp": ({"timestamp": ""}, "error_response", "40001 isv.missing-timestamp", "缺少时间戳参数: ", True),
    "no version": ({"version": ""}, "error_response", "40001 isv.missing-version", "缺少版本参数: ", True),
    "no grant type": (
        {"grant_type": ""},
        "error_response",
        "40002 isv.grant-type-invalid",
        "grant_type参数不正确: ",
        True,
    ),
    "other grant type": (
        {"grant_type": "password"},
        "error_response",
        "40002 isv.grant-type-invalid",
        "grant_type参数不正确: grant_type is authorization_code or refresh_token",
        True,
    ),
    "no code": ({"code": ""}, "error_response", "40002 isv.code-invalid", "授权码code无效", True),
    "no refresh token": (
        {"grant_type": "refresh_token"},
        "error_response",
        "40002 isv.refresh-token-invalid",
        "刷新令牌(refresh_token)错误或状态不对",
        True,
    ),
    "no access token": (
        {"method": SHARE},
        "alipay_user_info_share_response",
        "20001 aop.invalid-auth-token",
        "无效的访问令牌",
        True,
    ),
    "xml": ({"format": "xml"}, "error_response", "40002 isv.invalid-format", "无效的数据格式: format is JSON", True),
    "other charset": ({"charset": "utf-16"}, "error_response", "40002 isv.invalid-charset", "字符集错误: ", False),
}


@pytest.mark.parametrize("case", GATEWAY_ERRORS)
def test_what_is_wrong_with_a_request_to_the_gateway_is_told_as_the_platform_tells_it(
    bridge: Bridge, case: str
) -> None:
    changes, name, codes, text, is_signed = GATEWAY_ERRORS[case]
    code = bridge.issue("auth_user")
    asked = {**common(grant_type="authorization_code", code=code), **changes}
    said = ask(bridge, gateway(signed({name: value for name, value in asked.items() if value})), is_signed=is_signed)
    assert (said["node"], f"{said['code']} {said['sub_code']}") == (name, codes)
    assert set(said) == {"node", "code", "msg", "sub_code", "sub_msg"}
    assert said["sub_msg"].startswith(text)
    assert ": " in text or said["sub_msg"] == text
    assert [request.result for request in bridge.gateway.requests] == [said["sub_code"]]
    assert not bridge.authority.was_redeemed(code)


def test_the_app_comes_before_its_signature(bridge: Bridge) -> None:
    request = gateway(common(app_id="1", grant_type="authorization_code", code="c"))
    assert ask(bridge, request, is_signed=False)["sub_code"] == "isv.invalid-app-id"
    missing = ask(bridge, gateway(common()))
    assert (missing["code"], missing["sub_code"]) == ("40001", "isv.missing-signature")
    assert missing["sub_msg"] == "缺少签名参数: sign is missing, or empty"
    for authorization in ("X app_id=1,timestamp=1", "ALIPAY-SHA256withRSA app_id=1,timestamp=1,sign=forged"):
        request = v3_exchange(authorization=authorization)
        assert ask_v3(bridge, request, is_signed=False)["code"] == "invalid-app-id"


def test_another_verb_than_post_and_get_is_refused_by_the_gateway(bridge: Bridge) -> None:
    request = msgspec.structs.replace(exchange(), method="PUT")
    assert ask(bridge, request, is_signed=False)["sub_code"] == "isv.invalid-parameter"


def test_json_is_refused_by_the_gateway(bridge: Bridge) -> None:
    asked = signed(common())
    request = gateway(asked, in_query=tuple(asked))
    request = msgspec.structs.replace(request, body=b"{}", headers={"content-type": "application/json"})
    said = ask(bridge, request)
    assert (said["node"], said["sub_code"]) == ("error_response", "isv.invalid-format")


def test_a_code_may_be_exchanged_by_get(bridge: Bridge) -> None:
    asked = signed(common(grant_type="authorization_code", code=bridge.issue("auth_user")))
    assert ask(bridge, gateway(asked, verb="GET"))["user_id"] == MIA.id


def test_the_key_of_another_app_does_not_sign_for_this_one(bridge: Bridge) -> None:
    code, own = others_code(bridge), bridge.issue("auth_user")
    assert ask(bridge, exchange(code, app_id=OTHER_APP))["sub_code"] == "isv.invalid-signature"
    assert ask(bridge, exchange(own, key=OTHERS_KEY))["sub_code"] == "isv.invalid-signature"
    assert ask_v3(bridge, v3_exchange(code, app_id=OTHER_APP))["code"] == "invalid-signature"
    assert ask_v3(bridge, v3_exchange(own, key=OTHERS_KEY))["code"] == "invalid-signature"
    assert ask(bridge, exchange(code, app_id=OTHER_APP, key=OTHERS_KEY))["user_id"] == MIA.id
    assert ask(bridge, exchange(own))["user_id"] == MIA.id


def test_a_wrong_signature_is_answered_with_the_text_that_is_to_be_signed(bridge: Bridge) -> None:
    code = bridge.issue("auth_user")
    asked = signed(common(grant_type="authorization_code", code=code), key=OTHERS_KEY)
    said = ask(bridge, gateway(asked))
    text = text_to_sign({**asked, "code": shortened(code)}).replace("&", "&amp;")
    assert said["sub_msg"].startswith(f"{SIGNATURE_TEXT}{text} (")
    path = urlsplit(bridge.url).path + TOKEN_PATH
    said = ask_v3(bridge, v3_exchange(code, signed_path="/"))
    assert said["message"].startswith(f"{SIGNATURE_TEXT}app_id={APP},nonce=0c5f,timestamp=")
    assert (
        f'\\nPOST\\n{path}\\n{{"grant_type": "authorization_code", "code": "{shortened(code)}"}}\\n ('
        in said["message"]
    )


@pytest.mark.parametrize("whole", [True, False])
def test_the_path_that_is_signed_may_be_that_of_the_bridge_or_the_whole_one(bridge: Bridge, whole: bool) -> None:
    path = (urlsplit(bridge.url).path if whole else "") + TOKEN_PATH
    assert "access_token" in ask_v3(bridge, v3_exchange(bridge.issue("auth_user"), signed_path=path))


def test_an_app_auth_token_is_signed_where_there_is_one(bridge: Bridge) -> None:
    request = v3_exchange(bridge.issue("auth_user"), app_auth_token="202601BBd64fe1b1a83c4e")
    assert "access_token" in ask_v3(bridge, request)


V3_ERRORS: dict[str, tuple[dict[str, Any], int, str, bool]] = {
    "unknown path": ({"path": "/v3/alipay/trade/pay"}, 400, "invalid-method", True),
    "other verb": ({"verb": "GET"}, 400, "invalid-http-method", True),
    "form": ({"content_type": "application/x-www-form-urlencoded"}, 400, "invalid-content-type", True),
    "no authorization": ({"authorization": ""}, 400, "missing-timestamp", False),
    "no timestamp": ({"timestamp": ""}, 400, "missing-timestamp", True),
    "no app": ({"app_id": ""}, 400, "missing-app-id", False),
    "unknown app": ({"app_id": "1"}, 400, "invalid-app-id", False),
    "client's id": ({"app_id": OWN}, 400, "invalid-app-id", False),
    "other algorithm": (
        {"authorization": f"ALIPAY-SM2 app_id={APP},timestamp=1,sign=AAAA"},
        400,
        "invalid-signature-type",
        True,
    ),
    "certificate": ({"app_cert_sn": "c5"}, 400, "missing-signature-config", True),
    "encrypted": (
        {"body": b"aGk=", "content_type": "text/plain", "headers": {"alipay-encrypt-type": "AES"}},
        400,
        "invalid-encrypt-type",
        True,
    ),
    "no sign": ({"authorization": f"ALIPAY-SHA256withRSA app_id={APP},timestamp=1"}, 400, "missing-signature", True),
    "seconds": ({"timestamp": "1769875199"}, 400, "invalid-timestamp", True),
    "endless": ({"timestamp": "9" * 5000}, 400, "invalid-timestamp", True),
    "long ago": ({"timestamp": "1000000000000"}, 400, "invalid-timestamp", True),
    "wrong signature": ({"signed_path": "/"}, 400, "invalid-signature", True),
    "not JSON": ({"body": b"{"}, 400, "illegal-json", True),
    "not UTF-8": ({"body": b'{"code":"\xff"}'}, 400, "illegal-json", True),
    "deep JSON": ({"body": b'{"a":' * 10_000}, 400, "illegal-json", True),
    "a list": ({"body": b"[]"}, 400, "illegal-json", True),
    "half a surrogate": ({"body": rb'{"grant_type":"\ud800"}'}, 400, "illegal-json", True),
    "huge number": ({"body": b'{"a":' + b"9" * 5000 + b"}"}, 400, "illegal-json", True),
    "no body": ({"body": b""}, 400, "isv.grant-type-invalid", True),
    "a number": ({"body": {"grant_type": 1}}, 400, "invalid-parameter", True),
    "no code": ({"body": {"grant_type": "authorization_code"}}, 400, "isv.code-invalid", True),
    "wrong code": ({"body": {"grant_type": "authorization_code", "code": "\0"}}, 400, "isv.code-invalid", True),
    "no access token": ({"path": SHARE_PATH, "body": b""}, 401, "invalid-auth-token", True),
    "wrong access token": (
        {"path": SHARE_PATH, "query": "auth_token=%ZZ%ff", "body": b""},
        401,
        "invalid-auth-token",
        True,
    ),
}


@pytest.mark.parametrize("case", V3_ERRORS)
def test_what_is_wrong_with_a_request_to_v3_is_told_as_the_platform_tells_it(bridge: Bridge, case: str) -> None:
    changes, status, code, is_signed = V3_ERRORS[case]
    right = bridge.issue("auth_user")
    body = {"grant_type": "authorization_code", "code": right}
    reply = send(bridge, v3(**{"body": body, **changes}))
    said = v3_json(reply, is_signed=is_signed)
    assert (reply.status, said["code"]) == (status, code)
    assert [request.result for request in bridge.gateway.requests] == [code]
    assert not bridge.authority.was_redeemed(right)


def test_a_request_that_is_too_long_is_refused_in_both_forms(bridge: Bridge) -> None:
    body = b"a=" + b"x" * MAX_BODY
    said = ask(bridge, gateway({**common(), "sign": "no", "pad": body.decode()}, in_query=("app_id", "method")))
    assert said["sub_msg"] == f"参数无效: a request has at most {MAX_BODY} bytes"
    assert ask_v3(bridge, v3(body=body))["message"] == f"参数无效: a request has at most {MAX_BODY} bytes"


@pytest.mark.bridge(verify=False)
def test_without_verification_both_forms_take_requests_as_they_come(bridge: Bridge) -> None:
    asked = {"method": TOKEN, "grant_type": "authorization_code"}
    assert "access_token" in ask(bridge, gateway({**asked, "code": bridge.issue("auth_user")}))
    said = ask_v3(bridge, v3_exchange(bridge.issue("auth_user"), authorization=""))
    assert said["user_id"] == MIA.id
    # An app that is unknown is another client.
    other = {"method": SHARE, "auth_token": said["access_token"], "app_id": "1", "sign": "no"}
    assert ask(bridge, gateway(other))["sub_code"] == "aop.invalid-auth-token"


# What is written down.


def test_the_log_names_codes_and_tokens_in_short(bridge: Bridge) -> None:
    code = bridge.issue("auth_user")
    first = ask(bridge, exchange(code))
    ask_v3(bridge, v3_refresh(first["refresh_token"]))
    ask(bridge, exchange(code, version='"'))
    ask_v3(bridge, v3_share(first["access_token"]))
    told = [
        (request.operation, request.client_id, request.secret, request.result) for request in bridge.gateway.requests
    ]
    assert told == [
        ("applyToken", OWN, f"{code[:4]}...{code[-4:]}", "SUCCESS"),
        ("applyToken", OWN, f"auth...{first['refresh_token'][-4:]}", "SUCCESS"),
        ("applyToken", OWN, f"{code[:4]}...{code[-4:]}", "isv.code-invalid"),
        ("inquiryUserInfo", OWN, f"auth...{first['access_token'][-4:]}", "invalid-auth-token"),
    ]
    # What the answer does not say is here.
    assert "was exchanged before" in bridge.gateway.requests[2].details


MISPLACED: dict[str, Callable[[str], HttpRequest]] = {
    "app": lambda code: exchange(code, app_id=code),
    "method": lambda code: gateway(signed(common(code))),
    "grant type": lambda code: gateway(signed(common(grant_type=code))),
    "grant type, not signed": lambda code: gateway({**common(grant_type=code), "sign": "AAAA"}),
    "name": lambda code: gateway({**common(**{code: "1"}), "sign": "AAAA"}),
    "name, twice": lambda code: msgspec.structs.replace(gateway(common(**{code: "1"})), query=f"{code}=2"),
    "format": lambda code: gateway(signed(common(format=code))),
    "charset": lambda code: gateway(signed(common(charset=code))),
    "sign type": lambda code: gateway(signed(common(sign_type=code))),
    "timestamp": lambda code: gateway(signed(common(timestamp=code))),
    "sign": lambda code: gateway({**common(), "sign": code}),
    "encrypt type": lambda code: gateway(signed(common(grant_type="refresh_token", encrypt_type=code))),
    "app, v3": lambda code: v3_exchange(code, app_id=code),
    "nonce, v3": lambda code: v3_exchange(code, nonce=code, signed_path="/"),
    "timestamp, v3": lambda code: v3_exchange(code, timestamp=code),
    "algorithm, v3": lambda code: v3_exchange(code, authorization=f"{code} app_id={APP},timestamp=1"),
    "grant type, v3": lambda code: v3(body={"grant_type": code}),
    "name, v3": lambda code: v3(body={code: "1"}, signed_path="/"),
    "query, v3": lambda code: v3(query=f"{code}=1", signed_path="/"),
    "text, v3": lambda code: v3(body=code.encode()),
}


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize("place", MISPLACED)
def test_a_code_in_the_wrong_place_is_nowhere_written_down(
    bridge: Bridge, place: str, verify: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bridge.configure(verify=verify)
    code = bridge.issue("auth_user")
    reply = send(bridge, MISPLACED[place](code))
    assert len(bridge.gateway.requests) == 1
    # Uvicorn's log of what was asked for goes nowhere but here, where pytest wants to have it.
    records = [record.getMessage() for record in caplog.records if record.name != "uvicorn.access"]
    assert len(records) == 1
    for text in (
        reply.body.decode(),
        "\n".join(records),
        "\n".join(map(str, bridge.gateway.requests)),
        repr(bridge.gateway.requests),
        happened(bridge.log),
        trace(bridge, title="test", failure=""),
    ):
        assert code not in text


# Whatever comes.

GATEWAY_CODES = set(
    """
    SUCCESS isv.missing-method isv.missing-app-id isv.missing-signature isv.missing-signature-type isv.missing-timestamp
    isv.missing-version isv.invalid-app-id isv.invalid-charset isv.invalid-encrypt-type isv.invalid-format
    isv.invalid-method isv.invalid-parameter isv.invalid-signature isv.invalid-signature-type isv.invalid-timestamp
    isv.missing-signature-config isv.code-invalid isv.grant-type-invalid isv.refresh-token-invalid
    isv.refresh-token-time-out isv.refreshed-token-invalid aop.invalid-auth-token aop.auth-token-time-out
    """.split()
)
V3_CODES = {
    "SUCCESS": 200,
    **dict.fromkeys(("invalid-auth-token", "auth-token-time-out"), 401),
    **dict.fromkeys(
        """
        missing-app-id missing-signature missing-timestamp invalid-app-id invalid-encrypt-type invalid-method
        invalid-parameter invalid-signature invalid-signature-type invalid-timestamp missing-signature-config
        isv.code-invalid isv.grant-type-invalid isv.refresh-token-invalid isv.refresh-token-time-out
        isv.refreshed-token-invalid invalid-http-method invalid-content-type illegal-json
        """.split(),
        400,
    ),
}


class Shot(NamedTuple):
    """A request."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


odd_texts = st.text(max_size=20)
odd_targets = odd_texts.map(lambda text: quote(text.encode("utf-8", "replace"), safe="/%?=&;:@!$'()*,[]|"))
header_text = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=40)
methods = st.one_of(
    st.just("POST"),
    st.just("POST"),
    st.just("GET"),
    st.sampled_from(["HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "post"]),
    st.from_regex(r"[A-Z]{1,12}", fullmatch=True).filter(lambda method: method != "CONNECT"),
)
odd_headers = st.fixed_dictionaries(
    {},
    optional={
        "content-type": st.sampled_from(["application/json", "application/x-www-form-urlencoded"]) | header_text,
        "authorization": header_text
        | st.builds(f"ALIPAY-SHA256withRSA app_id={APP},timestamp={{}}".format, header_text),
        "alipay-app-auth-token": header_text,
        "alipay-encrypt-type": header_text,
        "x-other": header_text,
    },
)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)


def anything(secrets: list[str]) -> st.SearchStrategy[Shot]:
    """Requests of every kind."""
    targets = st.one_of(
        odd_targets.map("/gateway.do?{}".format),
        st.builds("{}?{}".format, st.sampled_from([TOKEN_PATH, SHARE_PATH]), odd_targets),
        odd_targets.map("/v3/alipay/{}".format),
    )
    pairs = st.dictionaries(st.sampled_from(["app_id", "method", "code", "charset"]), odd_texts)
    bodies = st.binary(max_size=60) | any_json.map(lambda value: json.dumps(value).encode())
    return st.builds(Shot, methods, targets, odd_headers, bodies | pairs.map(as_form))


def as_form(pairs: dict[str, str]) -> bytes:
    return urlencode(pairs, errors="replace").encode()


def nearly_right_parameters(secrets: list[str]) -> st.SearchStrategy[dict[str, str]]:
    """Parameters for the gateway that are right, but for two at the most, and those of the API itself."""
    secret = st.sampled_from(secrets)
    grants = st.one_of(
        st.builds(lambda code: {"method": TOKEN, "grant_type": "authorization_code", "code": code}, secret),
        st.builds(lambda token: {"method": TOKEN, "grant_type": "refresh_token", "refresh_token": token}, secret),
        st.builds(lambda token: {"method": SHARE, "auth_token": token}, secret),
    )
    names = ["app_id", "method", "format", "charset", "sign_type", "timestamp", "version", "grant_type", "code", "x"]
    odd = st.dictionaries(st.sampled_from([*names, "app_cert_sn", "encrypt_type"]), odd_texts, max_size=2)
    return st.builds(lambda grant, odd: {**grant, **odd}, grants, st.just({}) | odd)


def nearly_good(secrets: list[str]) -> st.SearchStrategy[Shot]:
    """Requests to the gateway that are signed."""

    def shot(parameters: dict[str, str], split: int, get: bool) -> Shot:
        clean = {name: value.encode("utf-8", "replace").decode() for name, value in parameters.items()}
        sent = signed({name: value for name, value in {**common(), **clean}.items() if value})
        query = dict(list(sent.items())[: None if get else split])
        form = {name: value for name, value in sent.items() if name not in query}
        headers = {"content-type": "application/x-www-form-urlencoded"} if form else {}
        return Shot("GET" if get else "POST", f"/gateway.do?{urlencode(query)}", headers, urlencode(form).encode())

    return st.builds(shot, nearly_right_parameters(secrets), st.integers(0, 12), st.booleans())


def nearly_good_v3(secrets: list[str]) -> st.SearchStrategy[Shot]:
    """Requests to the newer form that are signed, with parameters of which most are right."""

    def shot(method: str, path: str, query: str, body: bytes, odd: dict[str, str]) -> Shot:
        target = f"{path}?{query}" if query else path
        authorization = v3(target, body, verb=method).headers["authorization"]
        right = {"content-type": "application/json", "authorization": authorization}
        return Shot(method, target, {**right, **odd}, body)

    secret = st.sampled_from(secrets)
    grants = st.one_of(
        st.builds(lambda code: {"grant_type": "authorization_code", "code": code}, secret),
        st.builds(lambda token: {"grant_type": "refresh_token", "refresh_token": token}, secret),
        st.dictionaries(st.sampled_from(["grant_type", "code", "refresh_token"]), any_json),
        any_json,
    ).map(lambda value: json.dumps(value).encode())
    queries = st.one_of(st.just(""), odd_targets, secret.map("auth_token={}".format))
    paths = st.sampled_from([TOKEN_PATH, TOKEN_PATH, SHARE_PATH])
    methods = st.sampled_from(["POST"] * 9 + ["GET"])
    odd = st.one_of(st.just(dict[str, str]()), st.just(dict[str, str]()), odd_headers)
    return st.one_of(
        st.builds(shot, methods, paths, st.just(""), grants, odd),
        st.builds(shot, methods, paths, queries, st.just(b""), odd),
    )


class Range:
    """Where requests are sent, and what holds for every answer."""

    def __init__(self, bridge: Bridge) -> None:
        self.bridge = bridge
        self.codes: Counter[str] = Counter()
        codes = [bridge.issue("auth_user") for _ in range(4)]
        brought = ask(bridge, exchange(codes[0]))
        self.secrets = [*codes, brought["access_token"], brought["refresh_token"]]

    def fire(self, shot: Shot) -> None:
        """Send a request, and look at the answer."""
        path = unquote(shot.target.partition("?")[0])
        reply = send_to(self.bridge, shot.method, shot.target, shot.headers, shot.body)
        if shot.method == "HEAD":
            assert (reply.body, reply.status < 500) == (b"", True)
        elif path == "/gateway.do":
            said = node(reply, is_signed=b'},"sign":"' in reply.body)
            code = said.get("sub_code", "SUCCESS")
            assert code in GATEWAY_CODES
            assert code == "SUCCESS" or set(said) == {"node", "code", "msg", "sub_code", "sub_msg"}
            self.codes[code] += 1
        else:
            said = v3_json(reply, is_signed="alipay-signature" in reply.headers)
            code = said.get("code", "SUCCESS")
            assert reply.status == V3_CODES[code]
            self.codes[code] += 1


@pytest.mark.parametrize("verify", [True, False], ids=["verified", "not verified"])
@pytest.mark.parametrize(
    ("shots", "reached"),
    [
        (anything, {"isv.missing-method", "isv.invalid-parameter", "invalid-method"}),
        (nearly_good, {"SUCCESS", "isv.code-invalid", "isv.refresh-token-invalid", "aop.invalid-auth-token"}),
        (
            nearly_good_v3,
            {"SUCCESS", "isv.code-invalid", "isv.grant-type-invalid", "illegal-json", "invalid-parameter"},
        ),
    ],
)
def test_whatever_is_sent_is_answered_as_the_platform_answers(
    site: Site,
    bridge_options: dict[str, Any],
    verify: bool,
    shots: Callable[[list[str]], st.SearchStrategy[Shot]],
    reached: set[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    bridge = Bridge(**bridge_options, verify=verify, seed=1)
    site.mount(bridge)
    range_ = Range(bridge)

    @settings(deadline=None, derandomize=True, max_examples=250, database=None)
    @given(shots(range_.secrets))
    def fire(shot: Shot) -> None:
        range_.fire(shot)

    fire()
    # It has come as far as that.
    assert range_.codes.keys() >= reached
    assert caplog.records == []
