"""The API of Alipay in mainland China, in both forms: as back ends ask it, and as the official SDK does."""

from __future__ import annotations

import base64
import datetime
import importlib
import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any, get_args
from urllib.parse import quote, urlencode

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge.authority import Authority, Tokens
from bridge.certificates import Certificates
from bridge.errors import CodeError, ExpiredCode, ExpiredToken, TokenError, UsedCode, UsedToken
from bridge.exchange import (
    ApiSettings,
    Cancelled,
    Client,
    Demand,
    HttpAnswer,
    HttpRequest,
    Problem,
    Refused,
    Result,
    Revealed,
)
from bridge.gateway_cn import AlipayCn
from bridge.keys import Keys, PrivateKey
from bridge.profiles import Attribute, load
from bridge.reroute import reroute
from bridge.server import run_in_thread
from bridge.users import Address, Name, User

APP, OTHER_APP = "2021000000000001", "2021000000000002"
TOKEN, SHARE = "alipay.system.oauth.token", "alipay.user.info.share"
TOKEN_PATH, SHARE_PATH = "/v3/alipay/system/oauth/token", "/v3/alipay/user/info/share"

CHINA = datetime.timezone(datetime.timedelta(hours=8))

MIA = User(
    id="2088000000000042",
    nickname="Mia 美",
    name=Name(full="Mia Wang"),
    avatar="https://tfs.example/mia.png",
    gender="FEMALE",
    email="mia@example.com",
    phone="+86-10000000003",
    address=Address(country="CN", region="浙江省", city="杭州市"),
)

EVERYTHING: frozenset[Attribute] = frozenset(get_args(Attribute))

KEYS = Keys.of_process()
assert isinstance(KEYS.merchant, PrivateKey)
MERCHANT = KEYS.merchant


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Wallet:
    """What stands around the dialect: a ledger, a user, and what its settings name."""

    def __init__(self, clients: tuple[Client, ...] = (), *, verify: bool = True) -> None:
        self.clock = Clock()
        profile = load("alipay-cn")
        self.authority = Authority(profile.code, profile.tokens, seed=1, clock=self.clock)
        self.attributes = EVERYTHING
        self.user = MIA
        self.refuses: Refused | None = None
        self.forges = False
        self.dialect = AlipayCn(
            ApiSettings(
                clients=clients or (Client(id=APP, app_id=APP),), keys=lambda: KEYS, verify=verify, clock=self.clock
            )
        )

    def issue(self, app_id: str = APP) -> str:
        return self.authority.issue(app_id=app_id, user_id=MIA.id, scopes=("auth_user",))

    def tokens(self) -> Tokens:
        return self.authority.exchange(self.issue(), app_id=APP, client_id=APP)

    def read(self, request: HttpRequest) -> Demand | Refused:
        try:
            return self.dialect.read(request)
        except Refused as refused:
            return refused

    def answer(self, request: HttpRequest) -> HttpAnswer:
        result: Result | Refused
        try:
            result = self._perform(self.dialect.read(request))
        except Refused as refused:
            result = refused
        return self.dialect.write(request, result, forged=self.forges)

    def _perform(self, demand: Demand) -> Result:
        if self.refuses is not None:
            raise self.refuses
        client = demand.client
        try:
            if demand.kind == "code":
                return self.authority.exchange(demand.secret, app_id=client.app_id, client_id=client.id)
            if demand.kind == "refresh token":
                return self.authority.refresh(demand.secret, client_id=client.id)
            self.authority.look_up(demand.secret, client_id=client.id)
        except (CodeError, TokenError) as error:
            expired, used = isinstance(error, ExpiredCode | ExpiredToken), isinstance(error, UsedCode | UsedToken)
            state = "expired" if expired else "used" if used else "unknown"
            problem: Problem = msgspec.convert(f"{state} {demand.kind}", Problem)
            raise Refused(problem, str(error)) from error
        return Revealed(user=self.user, attributes=self.attributes)


@pytest.fixture
def wallet() -> Wallet:
    return Wallet()


# A back end of our own, for both forms.


def sign(content: bytes, key: PrivateKey = MERCHANT) -> str:
    return base64.b64encode(key.sign(content)).decode()


def common(method: str | None = TOKEN, **others: str) -> dict[str, str]:
    now = datetime.datetime.fromtimestamp(time.time(), CHINA)
    parameters = {
        "app_id": APP,
        "method": method or "",
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": f"{now:%Y-%m-%d %H:%M:%S}",
        "version": "1.0",
        **others,
    }
    return {name: value for name, value in parameters.items() if value}


def signed(parameters: Mapping[str, str], codec: str = "utf-8") -> dict[str, str]:
    text = "&".join(f"{name}={parameters[name]}" for name in sorted(parameters))
    return {**parameters, "sign": sign(text.encode(codec))}


def gateway(
    parameters: Mapping[str, str], *, verb: str = "POST", in_query: tuple[str, ...] = (), codec: str = "utf-8"
) -> HttpRequest:
    query = {name: value for name, value in parameters.items() if verb == "GET" or name in in_query}
    form = {name: value for name, value in parameters.items() if name not in query}
    return HttpRequest(
        method=verb,
        path="/gateway.do",
        whole_path="/gateway.do",
        query=urlencode(query, encoding=codec),
        headers={"content-type": f"application/x-www-form-urlencoded;charset={codec}"} if form else {},
        body=urlencode(form, encoding=codec).encode(),
    )


def exchange(code: str, **others: str) -> HttpRequest:
    return gateway(signed(common(grant_type="authorization_code", code=code, **others)))


def share(token: str, **others: str) -> HttpRequest:
    return gateway(signed(common(SHARE, auth_token=token, **others)), verb="GET")


def v3(
    path: str = TOKEN_PATH,
    body: bytes | dict[str, Any] = b"",
    *,
    query: str = "",
    verb: str = "POST",
    signed_path: str | None = None,
    authorization: str | None = None,
    content_type: str = "application/json",
    app_auth_token: str = "",
    under: str = "",
    **pairs: str,
) -> HttpRequest:
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"app_id": APP, "nonce": "0c5f", "timestamp": str(int(time.time() * 1000)), **pairs}
    text = ",".join(f"{name}={value}" for name, value in told.items() if value)
    uri = f"{under + path if signed_path is None else signed_path}{'?' if query else ''}{query}"
    lines = [text, verb, uri, body.decode("latin-1"), *([app_auth_token] if app_auth_token else [])]
    signature = sign("".join(f"{line}\n" for line in lines).encode("latin-1"))
    headers = {"authorization": f"ALIPAY-SHA256withRSA {text},sign={signature}"}
    if authorization is not None:
        headers["authorization"] = authorization
    if body:
        headers["content-type"] = content_type
    if app_auth_token:
        headers["alipay-app-auth-token"] = app_auth_token
    return HttpRequest(method=verb, path=path, whole_path=under + path, query=query, headers=headers, body=body)


def v3_exchange(code: str, **others: Any) -> HttpRequest:
    return v3(TOKEN_PATH, {"grant_type": "authorization_code", "code": code}, **others)


def v3_share(token: str) -> HttpRequest:
    return v3(SHARE_PATH, query=f"auth_token={quote(token)}")


# What is in an answer.

NODE = re.compile(rb'\{"(?P<name>[a-z_]+)":(?P<content>\{.*\})(?:,"sign":"(?P<sign>[A-Za-z0-9+/=]+)")?\}')


def verifies(signature: str | bytes, content: bytes) -> bool:
    return KEYS.wallet.public.verifies(base64.b64decode(signature, validate=True), content)


def node(answer: HttpAnswer, *, is_signed: bool = True) -> dict[str, Any]:
    """Return what is said through the gateway; its node's name is in "node"."""
    assert answer.status == 200
    charset = answer.headers["Content-Type"].removeprefix("text/html;charset=")
    found = NODE.fullmatch(answer.body)
    assert found
    assert bool(found["sign"]) == is_signed
    if found["sign"]:
        assert verifies(found["sign"], found["content"])
    said: dict[str, Any] = json.loads(found["content"].decode(charset))
    return {"node": found["name"].decode(), **said}


def v3_signature_is_good(answer: HttpAnswer) -> bool:
    said = answer.headers
    content = f"{said['alipay-timestamp']}\n{said['alipay-nonce']}\n".encode() + answer.body + b"\n"
    return verifies(said["alipay-signature"], content)


def v3_json(answer: HttpAnswer, *, is_signed: bool = True) -> dict[str, Any]:
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["alipay-trace-id"])
    assert ("alipay-signature" in answer.headers) == is_signed
    if is_signed:
        assert v3_signature_is_good(answer)
        assert abs(int(answer.headers["alipay-timestamp"]) / 1000 - time.time()) < 60
    said: dict[str, Any] = json.loads(answer.body)
    return said


# The gateway.


def test_a_code_is_exchanged_through_the_gateway(wallet: Wallet) -> None:
    answer = wallet.answer(exchange(wallet.issue()))
    said = node(answer)
    assert answer.summary == "SUCCESS"
    assert said.pop("node") == "alipay_system_oauth_token_response"
    access_token, refresh_token = said.pop("access_token"), said.pop("refresh_token")
    assert said == {
        "auth_start": "1970-01-12 21:46:40",
        "expires_in": 1_296_000,
        "re_expires_in": 2_592_000,
        "user_id": MIA.id,
    }
    assert wallet.authority.look_up(access_token, client_id=APP).user_id == MIA.id
    assert refresh_token.startswith("authusrB")


def test_a_refresh_token_is_exchanged_through_the_gateway_and_brings_what_is_left_of_its_time(wallet: Wallet) -> None:
    old = wallet.tokens()
    wallet.clock.now += 1000.5
    asked = common(grant_type="refresh_token", refresh_token=old.refresh_token)
    said = node(wallet.answer(gateway(signed(asked))))
    assert said["access_token"] != old.access_token
    assert (said["expires_in"], said["re_expires_in"]) == (1_296_000, 2_592_000 - 1000)


def test_the_user_is_told_of_through_the_gateway(wallet: Wallet) -> None:
    answer = wallet.answer(share(wallet.tokens().access_token))
    assert node(answer) == {
        "node": "alipay_user_info_share_response",
        "code": "10000",
        "msg": "Success",
        "avatar": "https://tfs.example/mia.png",
        "city": "杭州市",
        "country_code": "CN",
        "email": "mia@example.com",
        "gender": "F",
        "mobile": "10000000003",
        "nick_name": "Mia 美",
        "province": "浙江省",
        "user_id": MIA.id,
        "user_name": "Mia Wang",
    }
    assert b"https:\\/\\/tfs.example\\/mia.png" in answer.body


def test_of_a_user_only_the_id_is_told_where_nothing_else_is_allowed_or_known(wallet: Wallet) -> None:
    token = wallet.tokens().access_token
    bare = {"node": "alipay_user_info_share_response", "code": "10000", "msg": "Success", "user_id": MIA.id}
    wallet.attributes = frozenset()
    assert node(wallet.answer(share(token))) == bare
    wallet.attributes, wallet.user = EVERYTHING, User(id=MIA.id, nickname="Mia")
    assert node(wallet.answer(share(token))) == {**bare, "nick_name": "Mia"}
    wallet.attributes, wallet.user = frozenset({"gender"}), msgspec.structs.replace(MIA, gender="MALE")
    assert node(wallet.answer(share(token))) == {**bare, "gender": "M"}


@pytest.mark.parametrize("in_query", [(), ("method", "app_id", "charset", "sign"), ("grant_type", "code")])
def test_parameters_may_be_in_the_query_and_in_the_form(wallet: Wallet, in_query: tuple[str, ...]) -> None:
    asked = signed(common(grant_type="authorization_code", code=wallet.issue()))
    assert "access_token" in node(wallet.answer(gateway(asked, in_query=in_query)))


def test_all_parameters_may_be_in_the_query(wallet: Wallet) -> None:
    asked = signed(common(grant_type="authorization_code", code=wallet.issue()))
    assert "access_token" in node(wallet.answer(gateway(asked, in_query=tuple(asked))))


def test_a_parameter_may_be_there_twice_if_it_says_the_same(wallet: Wallet) -> None:
    asked = signed(common(grant_type="authorization_code", code=wallet.issue()))
    request = gateway(asked)
    assert "access_token" in node(wallet.answer(msgspec.structs.replace(request, query=f"app_id={APP}")))
    said = node(wallet.answer(msgspec.structs.replace(request, query="app_id=1")), is_signed=False)
    assert (said["sub_code"], said["sub_msg"]) == (
        "isv.invalid-parameter",
        "参数无效: 'app_id' is there twice, and not the same",
    )


def test_empty_parameters_are_as_good_as_none_and_are_not_signed(wallet: Wallet) -> None:
    asked = signed(common(grant_type="authorization_code", code=wallet.issue()))
    request = gateway({**asked, "refresh_token": "", "notify_url": ""})
    assert "access_token" in node(wallet.answer(request))


@pytest.mark.parametrize("charset", ["GBK", "gb2312"])
def test_requests_and_answers_may_be_in_gbk(wallet: Wallet, charset: str) -> None:
    asked = common(SHARE, auth_token=wallet.tokens().access_token, charset=charset, terminal_info="终端")
    answer = wallet.answer(gateway(signed(asked, "gbk"), codec="gbk"))
    assert node(answer)["nick_name"] == "Mia 美"
    assert "杭州市".encode("gbk") in answer.body
    assert answer.headers["Content-Type"] == "text/html;charset=gbk"


def test_what_gbk_lacks_is_escaped(wallet: Wallet) -> None:
    wallet.user = User(id=MIA.id, nickname="🦊")
    asked = common(SHARE, auth_token=wallet.tokens().access_token, charset="gbk")
    answer = wallet.answer(gateway(signed(asked), codec="gbk"))
    assert node(answer)["nick_name"] == "🦊"
    assert answer.body.isascii()


def test_a_form_need_not_be_escaped_beyond_ascii(wallet: Wallet) -> None:
    asked = signed(common(SHARE, auth_token=wallet.tokens().access_token, terminal_info="终端"))
    request = gateway(asked)
    body = request.body.replace(quote("终端").encode(), "终端".encode())
    assert body != request.body
    assert node(wallet.answer(msgspec.structs.replace(request, body=body)))["user_id"] == MIA.id


GATEWAY_ERRORS: dict[str, tuple[dict[str, str], str, str, bool]] = {
    # What is changed, the node, its code and sub_code, and whether it is signed.
    "no method": ({"method": ""}, "error_response", "40001 isv.missing-method", True),
    "unknown method": ({"method": "alipay.trade.pay"}, "alipay_trade_pay_response", "40002 isv.invalid-method", True),
    "not a method": ({"method": '<script>"'}, "error_response", "40002 isv.invalid-method", True),
    "no app": ({"app_id": ""}, "error_response", "40001 isv.missing-app-id", False),
    "unknown app": ({"app_id": "1"}, "error_response", "40002 isv.invalid-app-id", False),
    "unknown app of the other": (
        {"app_id": "1", "method": SHARE},
        "alipay_user_info_share_response",
        "40002 isv.invalid-app-id",
        False,
    ),
    "no sign type": ({"sign_type": ""}, "error_response", "40001 isv.missing-signature-type", True),
    "old sign type": ({"sign_type": "RSA"}, "error_response", "40003 isv.missing-signature-config", True),
    "other sign type": ({"sign_type": "MD5"}, "error_response", "40002 isv.invalid-signature-type", True),
    "no timestamp": ({"timestamp": ""}, "error_response", "40001 isv.missing-timestamp", True),
    "no version": ({"version": ""}, "error_response", "40001 isv.missing-version", True),
    "no grant type": ({"grant_type": ""}, "error_response", "40002 isv.grant-type-invalid", True),
    "other grant type": ({"grant_type": "password"}, "error_response", "40002 isv.grant-type-invalid", True),
    "no code": ({"code": ""}, "error_response", "40002 isv.code-invalid", True),
    "no refresh token": ({"grant_type": "refresh_token"}, "error_response", "40002 isv.refresh-token-invalid", True),
    "no access token": ({"method": SHARE}, "alipay_user_info_share_response", "20001 aop.invalid-auth-token", True),
    "xml": ({"format": "xml"}, "error_response", "40002 isv.invalid-format", True),
    "other charset": ({"charset": "utf-16"}, "error_response", "40002 isv.invalid-charset", False),
    "wrong code": ({"code": "4b20"}, "error_response", "40002 isv.code-invalid", True),
}


@pytest.mark.parametrize("case", GATEWAY_ERRORS)
def test_what_is_wrong_with_a_request_to_the_gateway_is_told_as_the_platform_tells_it(
    wallet: Wallet, case: str
) -> None:
    changes, name, codes, is_signed = GATEWAY_ERRORS[case]
    asked = {**common(grant_type="authorization_code", code=wallet.issue()), **changes}
    answer = wallet.answer(gateway(signed({name: value for name, value in asked.items() if value})))
    said = node(answer, is_signed=is_signed)
    assert (said["node"], f"{said['code']} {said['sub_code']}") == (name, codes)
    assert set(said) == {"node", "code", "msg", "sub_code", "sub_msg"}
    assert answer.summary == said["sub_code"]


def test_the_app_comes_before_its_signature(wallet: Wallet) -> None:
    request = gateway(common(app_id="1", grant_type="authorization_code", code="c"))
    assert node(wallet.answer(request), is_signed=False)["sub_code"] == "isv.invalid-app-id"
    missing = node(wallet.answer(gateway(common())))
    assert (missing["sub_code"], missing["sub_msg"]) == (
        "isv.missing-signature",
        "缺少签名参数: sign is missing, or empty",
    )


def test_another_verb_than_post_and_get_is_refused_by_the_gateway(wallet: Wallet) -> None:
    request = msgspec.structs.replace(exchange(wallet.issue()), method="PUT")
    assert node(wallet.answer(request), is_signed=False)["sub_code"] == "isv.invalid-parameter"


def test_json_is_refused_by_the_gateway(wallet: Wallet) -> None:
    asked = signed(common())
    request = msgspec.structs.replace(
        gateway(asked, in_query=tuple(asked)), body=b"{}", headers={"content-type": "application/json"}
    )
    said = node(wallet.answer(request))
    assert (said["node"], said["sub_code"]) == ("error_response", "isv.invalid-format")


def test_parameters_in_another_charset_than_they_say_are_refused(wallet: Wallet) -> None:
    request = gateway({**common(), "terminal_info": "终端"}, codec="gbk", in_query=("app_id", "method"))
    said = node(wallet.answer(request))
    assert (said["sub_code"], said["sub_msg"]) == (
        "isv.invalid-charset",
        "字符集错误: the parameters are not in utf-8, as charset says",
    )


def test_a_wrong_signature_is_answered_with_the_text_that_is_to_be_signed(wallet: Wallet) -> None:
    code = wallet.issue()
    asked = signed(common(grant_type="authorization_code", code=code, version='"1" & 2'))
    answer = wallet.answer(gateway({**asked, "version": '"1" & 3'}))
    said = node(answer)
    assert said["sub_code"] == "isv.invalid-signature"
    assert said["sub_msg"].startswith("验签出错")
    text = f"app_id={APP}&charset=utf-8&code={code[:4]}...{code[-4:]}&format=JSON&grant_type=authorization_code"
    assert text.replace("&", "&amp;") in said["sub_msg"]
    assert "version=&quot;1&quot; &amp; 3" in said["sub_msg"]
    assert code not in answer.body.decode()


def test_a_short_secret_is_not_told_at_all_with_a_wrong_signature(wallet: Wallet) -> None:
    said = node(wallet.answer(gateway({**common(grant_type="authorization_code", code="c0de"), "sign": "AAAA"})))
    assert "code=...&amp;" in said["sub_msg"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"auth_code": "4b203fe6c11548bcabd8da5bb087a83b"},
        {"accessToken": "4b203fe6c11548bcabd8da5bb087a83b"},
        {"biz_content": '{"code": "4b203fe6c11548bcabd8da5bb087a83b"}'},
        {"biz_content": json.dumps({"inner": json.dumps({"code": "4b203fe6c11548bcabd8da5bb087a83b"})})},
    ],
)
def test_a_secret_in_the_wrong_place_is_shortened_too(wallet: Wallet, parameters: dict[str, str]) -> None:
    refused = wallet.read(gateway({**common(**parameters), "sign": "AAAA"}))
    assert isinstance(refused, Refused)
    assert "4b20...a83b" in refused.details
    assert "4b203" not in refused.details


@pytest.mark.parametrize(("garbled", "advice"), [("a b/c=", "its + is to be sent as %2B"), ("a", ""), ("签", "")])
def test_a_signature_that_is_not_base64_is_wrong(wallet: Wallet, garbled: str, advice: str) -> None:
    said = node(wallet.answer(gateway({**common(), "sign": garbled})))
    assert said["sub_code"] == "isv.invalid-signature"
    assert said["sub_msg"].endswith(f"the signature is not base64{'; ' * bool(advice)}{advice}")


def test_the_key_of_another_app_does_not_sign_for_this_one() -> None:
    other = PrivateKey.make()
    clients = (Client(id=APP, app_id=APP), Client(id=OTHER_APP, app_id=OTHER_APP, public_key=other.public.base64))
    wallet = Wallet(clients)
    code = wallet.issue(OTHER_APP)
    asked = common(grant_type="authorization_code", code=code, app_id=OTHER_APP)
    assert node(wallet.answer(gateway(signed(asked))))["sub_code"] == "isv.invalid-signature"
    text = "&".join(f"{name}={asked[name]}" for name in sorted(asked))
    assert node(wallet.answer(gateway({**asked, "sign": sign(text.encode(), other)})))["user_id"] == MIA.id


@pytest.mark.parametrize("zone", [CHINA, datetime.UTC, None])
@pytest.mark.parametrize(("minutes", "good"), [(-11, False), (-9, True), (0, True), (9, True), (11, False)])
def test_a_timestamp_may_be_ten_minutes_off_in_china_utc_or_here(
    wallet: Wallet, zone: datetime.tzinfo | None, minutes: int, good: bool
) -> None:
    moment = datetime.datetime.fromtimestamp(time.time() + minutes * 60, zone)
    said = node(wallet.answer(exchange(wallet.issue(), timestamp=f"{moment:%Y-%m-%d %H:%M:%S}")))
    assert ("access_token" in said) == good
    if not good:
        assert (said["code"], said["sub_code"]) == ("40002", "isv.invalid-timestamp")
        assert "in China, GMT+8; it may be 10 minutes off" in said["sub_msg"]


def test_a_timestamp_may_be_in_the_zone_of_this_machine(wallet: Wallet, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "America/New_York")
        time.tzset()
        moment = datetime.datetime.now()
        assert isinstance(wallet.read(exchange("c", timestamp=f"{moment:%Y-%m-%d %H:%M:%S}")), Demand)
    time.tzset()


@pytest.mark.parametrize(
    "timestamp",
    ["1769875199000", "2026-1-31 23:59:59", "2026-02-30 00:00:00", "0000-00-00 00:00:00", "٢٠٢٦-01-31 23:59:59"],
)
def test_a_timestamp_that_is_written_otherwise_is_wrong(wallet: Wallet, timestamp: str) -> None:
    said = node(wallet.answer(exchange(wallet.issue(), timestamp=timestamp)))
    assert (said["sub_code"], "is written like 2026-01-31 23:59:59" in said["sub_msg"]) == (
        "isv.invalid-timestamp",
        True,
    )


@pytest.mark.parametrize("timestamp", ["0001-01-01 00:00:00", "9999-12-31 23:59:59"])
def test_a_timestamp_at_the_end_of_time_is_off(wallet: Wallet, timestamp: str) -> None:
    refused = wallet.read(exchange(wallet.issue(), timestamp=timestamp))
    assert isinstance(refused, Refused)
    assert refused.problem == "wrong time"


def test_without_verification_the_gateway_takes_requests_as_they_come() -> None:
    wallet = Wallet(verify=False)
    request = gateway({"method": TOKEN, "grant_type": "authorization_code", "code": wallet.issue()})
    assert "access_token" in node(wallet.answer(request))
    request = gateway({"method": SHARE, "auth_token": "t", "app_id": "1", "sign": "no"})
    assert wallet.read(request) == Demand(
        operation="inquiryUserInfo",
        client=Client(id="1", app_id="1"),
        secret="t",
        kind="access token",
        more_than_id=True,
    )
    assert node(wallet.answer(request))["sub_code"] == "aop.invalid-auth-token"


# The newer form.


def test_a_code_is_exchanged_by_v3(wallet: Wallet) -> None:
    answer = wallet.answer(v3_exchange(wallet.issue()))
    said = v3_json(answer)
    assert (answer.status, answer.summary) == (200, "SUCCESS")
    assert list(said) == ["access_token", "auth_start", "expires_in", "re_expires_in", "refresh_token", "user_id"]
    assert (said["expires_in"], said["re_expires_in"], said["user_id"]) == ("1296000", "2592000", MIA.id)


def test_a_refresh_token_is_exchanged_by_v3(wallet: Wallet) -> None:
    body = {"grant_type": "refresh_token", "refresh_token": wallet.tokens().refresh_token, "code": None}
    assert v3_json(wallet.answer(v3(body=body)))["user_id"] == MIA.id


def test_the_user_is_told_of_by_v3_for_a_token_in_the_query(wallet: Wallet) -> None:
    answer = wallet.answer(v3_share(wallet.tokens().access_token))
    said = v3_json(answer)
    assert (said["nick_name"], said["user_id"], "code" in said) == ("Mia 美", MIA.id, False)
    assert b"https://tfs.example/mia.png" in answer.body


def test_the_user_is_told_of_by_v3_for_a_token_in_the_body_too(wallet: Wallet) -> None:
    request = v3(SHARE_PATH, {"auth_token": wallet.tokens().access_token})
    assert v3_json(wallet.answer(request))["user_id"] == MIA.id


@pytest.mark.parametrize("signed_path", [TOKEN_PATH, f"/bridge{TOKEN_PATH}"])
def test_the_path_that_is_signed_may_be_that_of_the_bridge_or_the_whole_one(wallet: Wallet, signed_path: str) -> None:
    request = v3_exchange(wallet.issue(), under="/bridge", signed_path=signed_path)
    assert "access_token" in v3_json(wallet.answer(request))


def test_pairs_of_the_authorization_may_have_another_order_and_there_may_be_more(wallet: Wallet) -> None:
    request = v3_exchange(wallet.issue(), expired_seconds="600", app_cert_sn="c5")
    assert "access_token" in v3_json(wallet.answer(request))


def test_an_app_auth_token_is_signed_where_there_is_one(wallet: Wallet) -> None:
    request = v3_exchange(wallet.issue(), app_auth_token="202601BBd64fe1b1a83c4e")
    assert "access_token" in v3_json(wallet.answer(request))
    other = {**request.headers, "alipay-app-auth-token": "202601BBother000000000"}
    answer = wallet.answer(msgspec.structs.replace(request, headers=other))
    assert v3_json(answer)["code"] == "invalid-signature"
    assert "2026...0000\\n" in v3_json(answer)["message"]


V3_ERRORS: dict[str, tuple[dict[str, Any], int, str, bool]] = {
    "unknown path": ({"path": "/v3/alipay/trade/pay"}, 400, "invalid-method", True),
    "other verb": ({"verb": "GET"}, 400, "invalid-http-method", True),
    "form": ({"content_type": "application/x-www-form-urlencoded"}, 400, "invalid-content-type", True),
    "no authorization": ({"authorization": ""}, 400, "missing-timestamp", False),
    "no timestamp": ({"timestamp": ""}, 400, "missing-timestamp", True),
    "no app": ({"app_id": ""}, 400, "missing-app-id", False),
    "unknown app": ({"app_id": "1"}, 400, "invalid-app-id", False),
    "other algorithm": (
        {"authorization": f"ALIPAY-SM2 app_id={APP},timestamp=1,sign=AAAA"},
        400,
        "invalid-signature-type",
        True,
    ),
    "no sign": ({"authorization": f"ALIPAY-SHA256withRSA app_id={APP},timestamp=1"}, 400, "missing-signature", True),
    "seconds": ({"timestamp": "1769875199"}, 400, "invalid-timestamp", True),
    "endless": ({"timestamp": "9" * 5000}, 400, "invalid-timestamp", True),
    "long ago": ({"timestamp": "1000000000000"}, 400, "invalid-timestamp", True),
    "wrong signature": ({"signed_path": "/"}, 400, "invalid-signature", True),
    "not JSON": ({"body": b"{"}, 400, "illegal-json", True),
    "not UTF-8": ({"body": b'{"code":"\xff"}'}, 400, "illegal-json", True),
    "deep JSON": ({"body": b'{"a":' * 50_000}, 400, "illegal-json", True),
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
def test_what_is_wrong_with_a_request_to_v3_is_told_as_the_platform_tells_it(wallet: Wallet, case: str) -> None:
    changes, status, code, is_signed = V3_ERRORS[case]
    body = {"grant_type": "authorization_code", "code": wallet.issue()}
    answer = wallet.answer(v3(**{"body": body, **changes}))
    said = v3_json(answer, is_signed=is_signed)
    assert (answer.status, said["code"], answer.summary) == (status, code, code)
    assert list(said) == ["code", "links", "message"]
    assert said["links"] == []


def test_the_app_comes_before_its_signature_in_v3_too(wallet: Wallet) -> None:
    for authorization in ("X app_id=1,timestamp=1", "ALIPAY-SHA256withRSA app_id=1,timestamp=1,sign=forged"):
        answer = wallet.answer(v3_exchange("c", authorization=authorization))
        assert v3_json(answer, is_signed=False)["code"] == "invalid-app-id"


def test_a_wrong_signature_is_answered_by_v3_with_the_text_that_is_to_be_signed(wallet: Wallet) -> None:
    code = wallet.issue()
    request = v3_exchange(code, signed_path="/", timestamp=str(int(time.time() * 1000)), nonce="n")
    said = v3_json(wallet.answer(request))["message"]
    assert said.startswith("验签出错")
    assert f"\\nPOST\\n{TOKEN_PATH}\\n{{" in said
    assert f'"code": "{code[:4]}...{code[-4:]}"}}\\n' in said
    assert code not in said
    token = wallet.tokens().access_token
    said = v3_json(wallet.answer(v3(SHARE_PATH, query=f"auth_token={token}&a=b", signed_path="/")))["message"]
    assert f"{SHARE_PATH}?auth_token={token[:4]}...{token[-4:]}&a=b\\n\\n" in said
    assert token not in said


def test_without_verification_v3_takes_requests_as_they_come() -> None:
    wallet = Wallet(verify=False)
    assert "access_token" in v3_json(wallet.answer(v3_exchange(wallet.issue(), authorization="")))
    read = wallet.read(v3_exchange("c", authorization="X app_id=1"))
    assert isinstance(read, Demand)
    assert read.client == Client(id="1", app_id="1")


# Both forms.


def test_codes_and_tokens_that_are_no_longer_good_are_told_apart_as_far_as_the_platform_does(wallet: Wallet) -> None:
    def said(request: HttpRequest, v3_request: HttpRequest) -> tuple[str, str, str, int]:
        old, new = node(wallet.answer(request)), wallet.answer(v3_request)
        return old["code"], old["sub_code"], v3_json(new)["code"], new.status

    def refresh(token: str) -> tuple[HttpRequest, HttpRequest]:
        asked = {"grant_type": "refresh_token", "refresh_token": token}
        return gateway(signed(common(**asked))), v3(body=asked)

    def look(token: str) -> tuple[HttpRequest, HttpRequest]:
        return share(token), v3_share(token)

    def buy(code: str) -> tuple[HttpRequest, HttpRequest]:
        return exchange(code), v3_exchange(code)

    invalid_code = ("40002", "isv.code-invalid", "isv.code-invalid", 400)
    code, unused = wallet.issue(), wallet.issue()
    tokens = wallet.authority.exchange(code, app_id=APP, client_id=APP)
    newer = wallet.authority.refresh(tokens.refresh_token, client_id=APP)
    late = wallet.tokens()
    assert said(*look(tokens.access_token)) == ("20001", "aop.invalid-auth-token", "invalid-auth-token", 401)
    assert said(*refresh(tokens.refresh_token))[1] == "isv.refreshed-token-invalid"
    assert said(*refresh(newer.refresh_token))[1:3] == ("isv.refresh-token-invalid",) * 2
    assert said(*buy(code)) == invalid_code
    assert said(*buy("0" * 32)) == invalid_code
    wallet.clock.now += 10_000_000
    assert said(*buy(unused)) == invalid_code
    assert said(*look(late.access_token)) == ("20001", "aop.auth-token-time-out", "auth-token-time-out", 401)
    assert said(*refresh(late.refresh_token))[1:] == ("isv.refresh-token-time-out",) * 2 + (400,)


WHAT_MAY_HAPPEN: dict[Problem, tuple[str, str, str, int]] = {
    "limited": ("40005", "isv.app-call-limited", "app-call-limited", 429),
    "unknown": ("20000", "isp.unknow-error", "isp.unknow-error", 500),
    "insufficient scope": ("20001", "aop.invalid-auth-token", "invalid-auth-token", 401),
    "wrong app": ("40002", "isv.unmatched-app-id", "isv.unmatched-app-id", 400),
}


@pytest.mark.parametrize("problem", WHAT_MAY_HAPPEN)
def test_what_the_wallet_refuses_has_the_platforms_code(wallet: Wallet, problem: Problem) -> None:
    code, sub_code, v3_code, status = WHAT_MAY_HAPPEN[problem]
    token = wallet.tokens().access_token
    wallet.refuses = Refused(problem)
    said, answer = node(wallet.answer(share(token))), wallet.answer(v3_share(token))
    assert (said["code"], said["sub_code"]) == (code, sub_code)
    assert (v3_json(answer)["code"], answer.status) == (v3_code, status)
    assert re.fullmatch("[\u4e00-\u9fff\uff0ca-z()_]+", said["sub_msg"])


@pytest.mark.parametrize("subject", ["", "timestamp", "anything"])
@pytest.mark.parametrize("problem", get_args(Problem))
def test_there_is_an_answer_to_every_problem(wallet: Wallet, problem: Problem, subject: str) -> None:
    refused = Refused(problem, "details", subject)
    said = node(wallet.dialect.write(exchange("c"), refused, forged=False))
    assert said["msg"]
    assert said["sub_msg"].endswith(": details")
    answer = wallet.dialect.write(v3_exchange("c"), refused, forged=False)
    assert v3_json(answer)["message"].endswith(": details")
    assert 400 <= answer.status <= 500


def test_what_is_never_asked_for_here_is_answered_with_nothing(wallet: Wallet) -> None:
    assert node(wallet.dialect.write(exchange("c"), Cancelled(), forged=False))["code"] == "10000"
    assert v3_json(wallet.dialect.write(v3_exchange("c"), Cancelled(), forged=False)) == {}


@pytest.mark.parametrize("good", [True, False])
def test_a_forged_answer_has_a_signature_of_something_else(wallet: Wallet, good: bool) -> None:
    wallet.forges = True
    code, other = (wallet.issue(), wallet.issue()) if good else ("c", "c")
    found = NODE.fullmatch(wallet.answer(exchange(code)).body)
    assert found
    assert not verifies(found["sign"], found["content"])
    assert not v3_signature_is_good(wallet.answer(v3_exchange(other)))


@pytest.mark.parametrize(
    ("path", "claimed"),
    [
        ("/gateway.do", True),
        (TOKEN_PATH, True),
        ("/v3/alipay/whatever", True),
        ("/v3/other", False),
        ("/gateway.do/", False),
        ("/", False),
        ("/v2/authorizations/applyToken", False),
    ],
)
def test_the_platforms_paths_are_claimed_and_no_others(wallet: Wallet, path: str, claimed: bool) -> None:
    assert [wallet.dialect.claims(verb, path) for verb in ("GET", "POST", "BREW")] == [claimed] * 3


# Signed requests as they were made once, by another program with a key that is gone.

GOLDEN_KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAhSFBCkPzC53kSxTosBpoRGdDcTi4wP+BpfbFB8dSE2s/Z2QC0BZIgWW7+OcMwkJR0E"
    "bUgg+Zuk/uXZPz/xXUmLDiMcnWQaWqKuGbMo5RM9E5D65Gqpic8Fg80/n8DzhQDEmVvW1z/1yjvWUKVVCGbYXxnUb4j/RSiRKC5lTA8CN4WnhM"
    "OytqYtl3aISd86vdWPN7hjhprxiekxq3clMG04NfOEGAhz6tJziiSk5ujmH/5c1y6fzcXPkF4RW3Xlio9qwpsCjKg79kmk2EWfffLrJz1V9T25"
    "7Zun7CzUoVJI0ClCAgu2W5cwjIC7hUXFUCryayHqcdwWP3Bh9L152KnQIDAQAB"
)
GOLDEN_GATEWAY_SIGN = (
    "UCB63+buzz9uBD8opFypbux90aBAv6E4Fmr7XSz1ZFOqHSy2XAOT3FduLx6E+LhJj7FXea7fJYcU56XUkWLEof7vIA8GWIex5FPj6eLJoA4L9x"
    "MrjdHG20O71z+NZcZTaFYAqy6VzAFy1MZB2/FrX0Qdf50O4CPqtB7Je36lipL3dATpfDogCrd/20U5uJK7kMvIQLgl0kbRH2ZpeXxaTTQnMxOe"
    "XgCpk+/6bRZ1mqiTD6N2x6CvrNgumDNTN/NSziKBYGE7ZmK+NARP5Kshuzt7Q1c203VvwDPY77GtX+x0JmeAVVaCDBGYE4BOF6Yb7Ifli/t1P7"
    "JAGKlgQkFSyQ=="
)
GOLDEN_V3_SIGN = (
    "HEO8xpEWFkeA+RMfKcBFMUhAdxf6cZJO5oO8jLYYMwqp+Cxvm9EgaF+DwkjYv2DLp/RjvWDP0lRHRDKMsiQMTVJFaM5HpLpzypsmexb+Ed5zvQ"
    "qWRvpvCY9+Kn+2xgMuSRT1pyjUPopH/JPdP+1Lb4ZiOkEIBU5R5cdF1cfdhrDnvdIP6bHS0CTcPV0zyPO4jrC0UZDr8WkRtN50X1TU/QsYfC5z"
    "NpReZix2ZBvx2NvmRut3o6XlVJvuqcTIXmxYCR3vSRY7f4T1k6Zu4vZ8yvb+jMguMuAigFcNUqB/5QhzS/UzEv2snaFIV6VK54z8PfgNw9qTFu"
    "xsSMxQc8Ao4g=="
)
GOLDEN_V3_QUERY_SIGN = (
    "Eb951ctmTxniwXe2/jhG46546/iE0Izvzw59paSdrapRYSwMJJ16gRB6SGT83IeF0mQ4Gk2CjqPLtvqf539rNijpnmGSRVHtIY/NIkyI6NQL57"
    "bJ6FEddcFql4voumH2X3rxpxgqj19c6UrB9uAps2TOso4pPtv7Xoc14glx9bCymqTuQdQA839mBxwQajoBdGMqgTxvFfE1sykGfYRNNLdAJX8Y"
    "plow89YPG4sHH4iOA8iak82zDXN03MzvX50FIjGWfo3WEMLKGx76xxLLb1/gySO7ysh834rcic7BpAF8frlaAix4mWDzzQxRsz9ChYSZefMbHC"
    "+odtkyLqpzXQ=="
)


@pytest.fixture
def golden(monkeypatch: pytest.MonkeyPatch) -> Wallet:
    moment = datetime.datetime(2026, 1, 31, 23, 59, 59, tzinfo=CHINA).timestamp()
    monkeypatch.setattr(time, "time", lambda: moment)
    return Wallet((Client(id=APP, app_id=APP, public_key=GOLDEN_KEY),))


def test_a_signed_request_to_the_gateway_is_good_for_ever(golden: Wallet) -> None:
    parameters = {
        "app_id": APP,
        "method": TOKEN,
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": "2026-01-31 23:59:59",
        "version": "1.0",
        "grant_type": "authorization_code",
        "code": "4b203fe6c11548bcabd8da5bb087a83b",
        "sign": GOLDEN_GATEWAY_SIGN,
    }
    read = golden.read(gateway(parameters))
    assert isinstance(read, Demand)
    assert (read.operation, read.secret, read.kind) == ("applyToken", parameters["code"], "code")


@pytest.mark.parametrize(
    ("path", "query", "body", "signature"),
    [
        (
            TOKEN_PATH,
            "",
            b'{"grant_type":"authorization_code","code":"4b203fe6c11548bcabd8da5bb087a83b"}',
            GOLDEN_V3_SIGN,
        ),
        (SHARE_PATH, "auth_token=authusrB0123456789abcdef0123456789abcdef", b"", GOLDEN_V3_QUERY_SIGN),
    ],
)
def test_a_signed_request_to_v3_is_good_for_ever(
    golden: Wallet, path: str, query: str, body: bytes, signature: str
) -> None:
    pairs = f"app_id={APP},nonce=2a5b8c1e-0f3d-4a67-9b1c-5d7e8f901234,timestamp=1769875199000"
    authorization = f"ALIPAY-SHA256withRSA {pairs},sign={signature}"
    assert isinstance(golden.read(v3(path, body, query=query, authorization=authorization)), Demand)


# Whatever comes.

texts = st.text(max_size=30) | st.text("%=&+;a\ud800\0/<\"'", max_size=30)
parameter_texts = st.dictionaries(
    st.sampled_from(
        ["app_id", "method", "charset", "format", "sign", "sign_type", "timestamp", "code", "auth_token", "x"]
    ),
    texts | st.sampled_from([APP, TOKEN, SHARE, "gbk", "utf-8", "RSA2"]),
)
queries = st.one_of(
    st.text(max_size=60),
    parameter_texts.map(lambda pairs: urlencode(pairs, errors="replace")),
    parameter_texts.map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs.items())),
)
requests = st.builds(
    HttpRequest,
    method=st.sampled_from(["GET", "POST", "PUT", ""]),
    path=st.sampled_from(["/gateway.do", TOKEN_PATH, SHARE_PATH, "/v3/alipay/x", ""]),
    whole_path=texts,
    query=queries,
    headers=st.fixed_dictionaries(
        {},
        optional={
            "content-type": texts
            | st.sampled_from(["application/json", "application/x-www-form-urlencoded; charset=x"]),
            "authorization": texts
            | st.builds(
                "ALIPAY-SHA256withRSA app_id={},timestamp={},sign={}".format,
                texts | st.just(APP),
                texts | st.just(str(int(time.time() * 1000))),
                texts,
            ),
            "alipay-app-auth-token": texts,
        },
    ),
    body=st.binary(max_size=60) | queries.map(lambda text: text.encode("utf-8", "surrogatepass")),
)


@pytest.mark.parametrize("verify", [True, False])
@settings(deadline=None, max_examples=400)
@given(request=requests, problem=st.none() | st.sampled_from(get_args(Problem)))
@example(
    request=HttpRequest(
        method="GET",
        path="/gateway.do",
        whole_path="/gateway.do",
        query=f"method=\ud800&app_id={APP}",
        headers={},
        body=b"",
    ),
    problem=None,
)
def test_whatever_comes_the_answer_is_well_formed(verify: bool, request: HttpRequest, problem: Problem | None) -> None:
    wallet = Wallet(verify=verify)
    answer = (
        wallet.answer(request) if problem is None else wallet.dialect.write(request, Refused(problem), forged=False)
    )
    assert answer.summary
    for name, value in answer.headers.items():
        assert re.fullmatch(r"[!-~]+( [!-~]+)*", name + value)
    if request.path == "/gateway.do":
        node(answer, is_signed=b'},"sign":"' in answer.body)
    else:
        v3_json(answer, is_signed="alipay-signature" in answer.headers)


@settings(deadline=None, max_examples=200)
@given(parameters=st.dictionaries(st.text(min_size=1, max_size=10), st.text(min_size=1, max_size=20)))
def test_whatever_is_signed_as_it_should_be_is_read(parameters: dict[str, str]) -> None:
    wallet = Wallet()
    asked = {**parameters, **common(grant_type="authorization_code", code="c")}
    asked.pop("sign", None)
    assert isinstance(wallet.read(gateway(signed(asked))), Demand)


# The official SDK for Python, as it is.

HOST = "gateway.example.test"


class Sdk:
    """The SDK, set to the wallet behind a server."""

    def __init__(self) -> None:
        config = self.part("AlipayClientConfig")()
        config.server_url = f"https://{HOST}/gateway.do"
        config.app_id = APP
        config.app_private_key = MERCHANT.pkcs1
        config.alipay_public_key = KEYS.wallet.public.base64
        self.config = config

    @staticmethod
    def part(name: str, package: str = "") -> Any:
        return getattr(importlib.import_module(f"alipay.aop.api{package}.{name}"), name)

    def _execute(self, name: str, request: Any) -> Any:
        response = self.part(f"{name}Response", ".response")()
        response.parse_response_content(self.part("DefaultAlipayClient")(self.config).execute(request))
        return response

    def token(self, **fields: str) -> Any:
        request = self.part("AlipaySystemOauthTokenRequest", ".request")()
        for name, value in fields.items():
            setattr(request, name, value)
        return self._execute("AlipaySystemOauthToken", request)

    def user(self, token: str) -> Any:
        request = self.part("AlipayUserInfoShareRequest", ".request")()
        request.add_other_text_param("auth_token", token)
        return self._execute("AlipayUserInfoShare", request)


class Served:
    wallet: Wallet


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """Lead the SDK's connections to whichever wallet a test has."""
    state = Served()

    async def answer(request: Request) -> Response:
        answer = state.wallet.answer(
            HttpRequest(
                method=request.method,
                path=request.url.path,
                whole_path=request.scope["raw_path"].decode(),
                query=request.url.query,
                headers=request.headers,
                body=await request.body(),
            )
        )
        return Response(answer.body, answer.status, answer.headers)

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    with ExitStack() as stack:
        certificates = stack.enter_context(Certificates.temporary())
        server = stack.enter_context(run_in_thread(app, tls=certificates.server([HOST])))
        stack.enter_context(reroute([HOST], server.port, ca_file=certificates.ca_file))
        yield state


@pytest.fixture
def sdk(served: Served, wallet: Wallet) -> Sdk:
    served.wallet = wallet
    return Sdk()


def test_the_official_sdk_exchanges_a_code_asks_for_the_user_and_refreshes(sdk: Sdk, wallet: Wallet) -> None:
    tokens = sdk.token(grant_type="authorization_code", code=wallet.issue())
    assert tokens.is_success()
    assert (tokens.user_id, tokens.expires_in) == (MIA.id, 1_296_000)
    user = sdk.user(tokens.access_token)
    assert user.is_success()
    assert (user.code, user.user_id, user.nick_name, user.gender) == ("10000", MIA.id, "Mia 美", "F")
    assert (user.avatar, user.province, user.city) == (MIA.avatar, "浙江省", "杭州市")
    newer = sdk.token(grant_type="refresh_token", refresh_token=tokens.refresh_token)
    assert newer.access_token not in (None, tokens.access_token)


def test_the_official_sdk_understands_errors(sdk: Sdk) -> None:
    refused = sdk.token(grant_type="authorization_code", code="4b203fe6c11548bcabd8da5bb087a83b")
    assert not refused.is_success()
    assert (refused.code, refused.msg, refused.sub_code) == ("40002", "Invalid Arguments", "isv.code-invalid")
    assert refused.sub_msg.startswith("授权码code无效: no such authorization code")
    assert sdk.user("authusrB0").sub_code == "aop.invalid-auth-token"


def test_the_official_sdk_speaks_gbk(sdk: Sdk, wallet: Wallet) -> None:
    sdk.config.charset = "gbk"
    assert sdk.user(wallet.tokens().access_token).nick_name == "Mia 美"
    assert sdk.user("t").sub_msg.startswith("无效的访问令牌")


def test_the_official_sdk_understands_that_its_signature_is_wrong(sdk: Sdk) -> None:
    sdk.config.app_private_key = PrivateKey.make().pkcs1
    assert sdk.user("t").sub_code == "isv.invalid-signature"
    sdk.config.sign_type = "RSA"
    assert sdk.user("t").sub_code == "isv.missing-signature-config"


def test_the_official_sdk_refuses_forged_answers_and_unsigned_ones(sdk: Sdk, wallet: Wallet) -> None:
    failure = importlib.import_module("alipay.aop.api.exception.Exception").ResponseException
    token = wallet.tokens().access_token
    wallet.forges = True
    with pytest.raises(failure, match="response sign verify failed"):
        sdk.user(token)
    with pytest.raises(failure, match="response sign verify failed"):
        sdk.token(grant_type="authorization_code", code="c")
    sdk.config.app_id = "1"
    with pytest.raises(failure, match=r"response shape maybe illegal.*isv\.invalid-app-id"):
        sdk.user(token)
