"""What login code asks about the user after getAuthCode, as the wallet answers it by itself."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge import Bridge, SetupError, User, deny, grant, succeed
from bridge.user_data import DEFAULT_AES_KEY, read_aes_key
from tests.conftest import OpenPage
from tests.wire_page import WirePage, open_wire_page

KEY = "AAECAwQFBgcICQoLDA0ODw=="
UNAUTHORIZED = {"code": "40003", "msg": "Insufficient Conditions", "subCode": "isv.invalid-auth-relations"}


@pytest.fixture
def page(bridge: Bridge) -> Iterator[WirePage]:
    with open_wire_page(bridge.url) as page:
        yield page


def open_user_info(page: WirePage) -> Any:
    callback, payload = page.ask("getOpenUserInfo")
    assert callback == "success"
    # As real code reads it.
    return json.loads(payload["response"])["response"]


def phone_number(page: WirePage, key: str = DEFAULT_AES_KEY) -> Any:
    callback, payload = page.ask("getPhoneNumber")
    assert callback == "success"
    return json.loads(decrypted(json.loads(payload["response"])["response"], key))


def decrypted(text: str, key: str) -> bytes:
    """Do what a back end does with the platform's SDK."""
    decryptor = Cipher(algorithms.AES(base64.b64decode(key)), modes.CBC(bytes(16))).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    padded = decryptor.update(base64.b64decode(text)) + decryptor.finalize()
    return unpadder.update(padded) + unpadder.finalize()


# getAuthUserInfo.


def test_get_auth_user_info_tells_nickname_and_avatar_once_auth_user_is_granted(page: WirePage, bridge: Bridge) -> None:
    assert page.ask("getAuthCode", scopes=["auth_user"])[0] == "success"
    assert page.ask("getAuthUserInfo") == ("success", {"nickName": "Amara", "avatar": bridge.user.avatar})
    assert bridge.user.avatar.startswith("data:image/svg+xml,")


def test_get_auth_user_info_fails_with_10_without_auth_user(page: WirePage) -> None:
    assert page.ask("getAuthCode", scopes=["auth_base"])[0] == "success"
    assert page.ask("getAuthUserInfo") == ("fail", {"error": 10, "errorMessage": "Empty data"})


@pytest.mark.bridge(profile="alipay-cn")
def test_in_china_get_auth_user_info_fails_in_chinese(page: WirePage) -> None:
    assert page.ask("getAuthUserInfo") == ("fail", {"error": 10, "errorMessage": "获取用户信息失败"})


# getOpenUserInfo.


def test_get_open_user_info_wraps_the_user_in_two_texts(page: WirePage, bridge: Bridge) -> None:
    bridge.allow("auth_user")
    assert open_user_info(page) == {
        "code": "10000",
        "msg": "Success",
        "avatar": bridge.user.avatar,
        "city": "Ikeja",
        "countryCode": "NG",
        "gender": "f",
        "nickName": "Amara",
        "province": "Lagos",
    }


def test_without_a_grant_get_open_user_info_succeeds_with_40003_inside(page: WirePage) -> None:
    assert open_user_info(page) == {**UNAUTHORIZED, "subMsg": "not authorized"}


@pytest.mark.bridge(users=[User(id="7", nickname="Nobody")])
def test_what_is_not_known_about_a_user_is_empty(page: WirePage, bridge: Bridge) -> None:
    bridge.allow("auth_user")
    known = {name: value for name, value in open_user_info(page).items() if value}
    assert known == {"code": "10000", "msg": "Success", "nickName": "Nobody"}


@pytest.mark.bridge(profile="alipay-cn")
def test_in_china_only_nickname_and_avatar_are_told(page: WirePage, bridge: Bridge) -> None:
    bridge.allow("userInfo")
    about = open_user_info(page)
    assert [name for name, value in about.items() if not value] == ["city", "countryCode", "gender", "province"]
    assert about["nickName"] == "Amara"


@pytest.mark.bridge(profile="alipay-cn")
def test_in_china_auth_user_does_not_open_get_open_user_info(page: WirePage) -> None:
    assert page.ask("getAuthCode", scopes=["auth_user"])[0] == "success"
    assert open_user_info(page) == {**UNAUTHORIZED, "subMsg": "无效的授权关系"}


def test_a_revoked_grant_closes_it_again(page: WirePage, bridge: Bridge) -> None:
    bridge.allow("auth_user")
    bridge.revoke("auth_user")
    assert open_user_info(page)["code"] == "40003"


def test_each_user_has_grants_of_their_own(page: WirePage, bridge: Bridge) -> None:
    bridge.allow("auth_user")
    bridge.user = "Bayu"
    assert open_user_info(page)["code"] == "40003"
    bridge.allow("auth_user")
    assert (open_user_info(page)["nickName"], open_user_info(page)["gender"]) == ("Bayu", "m")


# getPhoneNumber.


def test_get_phone_number_is_read_by_who_has_the_aes_key(page: WirePage, bridge: Bridge) -> None:
    bridge.allow("PLAINTEXT_MOBILE_PHONE")
    assert phone_number(page) == {"code": "10000", "msg": "Success", "mobile": "234-8000000001"}


def test_without_a_grant_the_phone_number_is_an_encrypted_40003(page: WirePage) -> None:
    assert phone_number(page) == {**UNAUTHORIZED, "subMsg": "not authorized"}


@pytest.mark.bridge(profile="alipay-cn", user="Chen", aes_key=KEY)
def test_a_number_within_china_has_no_country_code_and_the_key_can_be_ones_own(page: WirePage, bridge: Bridge) -> None:
    bridge.allow("phoneNumber")
    assert phone_number(page, KEY)["mobile"] == "10000000003"


@pytest.mark.bridge(
    profile="alipay-cn",
    users=[User(id="1", nickname="Ann", phone="+86-13800000000")],
    aes_key="AAECAwQFBgcICQoLDA0ODw==",
)
def test_it_is_encrypted_as_openssl_encrypts(page: WirePage, bridge: Bridge) -> None:
    bridge.allow("phoneNumber")
    payload = page.ask("getPhoneNumber")[1]
    # echo -n '{"code":"10000","msg":"Success","mobile":"13800000000"}' | openssl enc -aes-128-cbc -a -A
    #   -K 000102030405060708090a0b0c0d0e0f -iv 0
    assert json.loads(payload["response"]) == {
        "response": "igATcyTqqgv1AFpBiHJyVf94zn4d80DWhHrnUhty+8QLcUOlYjxvP9Xk+YXblbTSoe2bGplnUECoaQrDECEzOw=="
    }


@pytest.mark.bridge(aes_key="")
def test_an_app_without_an_aes_key_is_told_so_in_plain_text(page: WirePage, bridge: Bridge) -> None:
    bridge.allow("PLAINTEXT_MOBILE_PHONE")
    payload = page.ask("getPhoneNumber")[1]
    assert json.loads(payload["response"])["response"] == {
        "code": "40001",
        "msg": "Missing Required Arguments",
        "subCode": "isv.missing-encrypt-key",
        "subMsg": "缺少加密配置",
    }


@pytest.mark.bridge(users=[User(id="7", nickname="Nobody")])
def test_who_has_no_phone_has_an_empty_number(page: WirePage, bridge: Bridge) -> None:
    bridge.allow("PLAINTEXT_MOBILE_PHONE")
    assert phone_number(page)["mobile"] == ""


@pytest.mark.parametrize(
    ("key", "problem"),
    [("AAEC", "has 3 bytes; it is 16 bytes in base64, such as "), ("not base64!", "is not base64: "), ("Ä", "is not")],
)
def test_a_wrong_aes_key_is_refused(key: str, problem: str) -> None:
    with pytest.raises(SetupError, match=problem):
        Bridge(aes_key=key)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.binary(min_size=16, max_size=16))
def test_every_key_of_16_bytes_is_one(key: bytes) -> None:
    assert read_aes_key(base64.b64encode(key).decode()) == key


# The button.


@pytest.mark.parametrize("api", ["getComponentAuth", "getAuthorize", "getBusinessAuth"])
def test_a_getauthorize_button_opens_get_open_user_info(page: WirePage, api: str) -> None:
    callback, payload = page.ask(api, scopeNicks=["userInfo"])
    assert (callback, payload["authSuccessScopes"], payload["authErrorScopes"]) == ("success", ["auth_user"], {})
    assert open_user_info(page)["nickName"] == "Amara"


def test_a_button_for_the_phone_number_opens_get_phone_number(page: WirePage) -> None:
    assert page.ask("getComponentAuth", scopeNicks=["phoneNumber"])[0] == "success"
    assert phone_number(page)["code"] == "10000"


@pytest.mark.bridge(profile="alipay-cn")
def test_in_china_the_button_asks_for_scopes_of_its_own(page: WirePage) -> None:
    payload = page.ask("getComponentAuth", scopeNicks="userInfo, phoneNumber")[1]
    assert payload["authSuccessScopes"] == ["userInfo", "phoneNumber"]
    assert (open_user_info(page)["code"], phone_number(page)["code"]) == ("10000", "10000")
    callback, payload = page.ask("getAuthCode", scopes=["userInfo"])
    assert (callback, payload["error"]) == ("fail", 3)


@pytest.mark.bridge(consent="deny")
def test_who_refuses_the_button_fails_it_with_11_and_opens_nothing(page: WirePage) -> None:
    callback, payload = page.ask("getComponentAuth", scopeNicks=["userInfo"])
    assert (callback, payload["error"], payload["errorMessage"]) == ("fail", 11, "User's authorization is cancelled")
    assert open_user_info(page)["code"] == "40003"


@pytest.mark.parametrize("nicks", [None, [], "", "userinfo", ["userInfo", 5], {"userInfo": True}, ["auth_users"]])
def test_a_button_without_a_scope_that_there_is_fails(page: WirePage, nicks: object) -> None:
    assert page.ask("getComponentAuth", scopeNicks=nicks) == (
        "fail",
        {"error": 2, "errorMessage": "Invalid parameters"},
    )


# In a page, as login code does it.


def test_a_page_logs_in_and_shows_who_it_is(open_page: OpenPage) -> None:
    page = open_page(consent="ask").page
    page.evaluate(LOGIN)
    page.get_by_role("dialog").get_by_role("button", name="Allow").click()
    page.wait_for_function("window.done")
    assert page.evaluate("[auth.nickName, open.nickName, open.code, phone.length > 20]") == [
        "Amara",
        "Amara",
        "10000",
        True,
    ]


def test_a_button_reaches_the_wallet_through_the_raw_bridge_too(open_page: OpenPage) -> None:
    page = open_page(consent="ask").page
    page.evaluate(
        "AlipayJSBridge.call('getComponentAuth', { scopeNicks: ['userInfo'] }, (res) => { window.res = res })"
    )
    page.get_by_role("dialog").get_by_role("button", name="Deny").click()
    page.wait_for_function("window.res")
    assert page.evaluate("[res.error, res.errorMessage]") == [11, "User's authorization is cancelled"]


LOGIN = """() => {
  my.getAuthCode({
    scopes: "auth_user",
    success: () => my.getAuthUserInfo({
      success: (auth) => my.getOpenUserInfo({
        success: (res) => {
          Object.assign(window, { auth, open: JSON.parse(res.response).response });
          my.getPhoneNumber().then((res) => {
            Object.assign(window, { phone: JSON.parse(res.response).response, done: true });
          });
        },
      }),
    }),
  });
}"""


# Around them.


@pytest.mark.bridge(profile="dana")
@pytest.mark.bridge_checks(unhandled_api=False)
@pytest.mark.parametrize("api", ["getAuthUserInfo", "getOpenUserInfo", "getPhoneNumber"])
def test_a_wallet_without_such_an_api_says_so(page: WirePage, api: str) -> None:
    callback, payload = page.ask(api)
    assert (callback, payload["error"]) == ("fail", 1)


def test_a_handler_of_ones_own_answers_instead(page: WirePage, bridge: Bridge) -> None:
    bridge.always("getOpenUserInfo", succeed({"response": "mine"}))
    bridge.once("getComponentAuth", deny())
    bridge.once("getComponentAuth", grant())
    assert page.ask("getOpenUserInfo") == ("success", {"response": "mine"})
    assert [page.ask("getComponentAuth", scopeNicks=["userInfo"])[0] for _ in range(2)] == ["fail", "success"]
