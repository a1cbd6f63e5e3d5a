"""How the API of Alipay in mainland China reads and writes: signatures, parameters, charsets, in both forms.

What a whole wallet answers over HTTP is in test_gateway_cn_http.py, which builds its requests with what is here.
"""

from __future__ import annotations

import base64
import datetime
import html
import json
import re
import time
from collections.abc import Mapping
from typing import Any, NamedTuple, get_args
from urllib.parse import quote, urlencode

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bridge.exchange import (
    ApiSettings,
    Cancelled,
    Client,
    Demand,
    HttpAnswer,
    HttpRequest,
    Problem,
    Refused,
    Revealed,
)
from bridge.gateway_cn import AlipayCn
from bridge.keys import Keys, PrivateKey
from bridge.profiles import Attribute
from bridge.users import Address, Name, User
from tests.back_end import private_key, public_key, signature

# ruff: noqa: RUF001 - commas and colons are Chinese.

APP, OTHER_APP = "2021000000000001", "2021000000000002"
OWN = "2022000000000001"
TOKEN, SHARE = "alipay.system.oauth.token", "alipay.user.info.share"
TOKEN_PATH, SHARE_PATH = "/v3/alipay/system/oauth/token", "/v3/alipay/user/info/share"

CODE, ACCESS_TOKEN = "4b203fe6c11548bcabd8da5bb087a83b", "authusrB4b203fe6c11548bcabd8da5bb087a83b"

CHINA = datetime.timezone(datetime.timedelta(hours=8))

MIA = User(
    id="2088000000000042",
    nickname="Mia 美",
    name=Name(full="Mia Wang"),
    login_id="mia.wang@example.com",
    avatar="https://tfs.example/mia.png",
    gender="FEMALE",
    birthday=datetime.date(1999, 12, 31),
    nationality="CN",
    email="mia@example.com",
    phone="+86-10000000003",
    address=Address(country="CN", region="浙江省", city="杭州市", street="示例路3号"),
)

EVERYTHING: frozenset[Attribute] = frozenset(get_args(Attribute))

KEYS = Keys.of_process()
assert isinstance(KEYS.merchant, PrivateKey)
MERCHANT = private_key(KEYS.merchant.pkcs8)
WALLET = public_key(KEYS.wallet.public.base64)


def dialect(*clients: Client, verify: bool = True) -> AlipayCn:
    return AlipayCn(ApiSettings(clients=clients or (Client(id=OWN, app_id=APP),), keys=lambda: KEYS, verify=verify))


CN = dialect()


def read(request: HttpRequest, cn: AlipayCn = CN) -> Demand | Refused:
    try:
        return cn.read(request)
    except Refused as refused:
        return refused


def refused(request: HttpRequest, cn: AlipayCn = CN) -> Reply:
    """Return the answer to a request that is not as it should be."""
    result = read(request, cn)
    assert isinstance(result, Refused)
    return written(cn.write(request, result, forged=False))


# A back end of our own, for both forms.


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


def text_to_sign(parameters: Mapping[str, str]) -> str:
    return "&".join(f"{name}={parameters[name]}" for name in sorted(parameters) if name != "sign")


def signed(parameters: Mapping[str, str], codec: str = "utf-8", key: RSAPrivateKey = MERCHANT) -> dict[str, str]:
    return {**parameters, "sign": signature(key, text_to_sign(parameters).encode(codec))}


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


def exchange(code: str = CODE, *, key: RSAPrivateKey = MERCHANT, **others: str) -> HttpRequest:
    return gateway(signed(common(grant_type="authorization_code", code=code, **others), key=key))


def refresh(token: str, **others: str) -> HttpRequest:
    return gateway(signed(common(grant_type="refresh_token", refresh_token=token, **others)))


def share(token: str = ACCESS_TOKEN, **others: str) -> HttpRequest:
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
    key: RSAPrivateKey = MERCHANT,
    headers: Mapping[str, str] | None = None,
    **pairs: str,
) -> HttpRequest:
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"app_id": APP, "nonce": "0c5f", "timestamp": str(int(time.time() * 1000)), **pairs}
    text = ",".join(f"{name}={value}" for name, value in told.items() if value)
    uri = f"{under + path if signed_path is None else signed_path}{'?' if query else ''}{query}"
    lines = [text, verb, uri, body.decode("latin-1"), *([app_auth_token] if app_auth_token else [])]
    sign = signature(key, "".join(f"{line}\n" for line in lines).encode("latin-1"))
    sent = {"authorization": f"ALIPAY-SHA256withRSA {text},sign={sign}", **(headers or {})}
    if authorization is not None:
        sent["authorization"] = authorization
    if body:
        sent["content-type"] = content_type
    if app_auth_token:
        sent["alipay-app-auth-token"] = app_auth_token
    return HttpRequest(method=verb, path=path, whole_path=under + path, query=query, headers=sent, body=body)


def v3_exchange(code: str = CODE, **others: Any) -> HttpRequest:
    return v3(TOKEN_PATH, {"grant_type": "authorization_code", "code": code}, **others)


def v3_refresh(token: str, **others: Any) -> HttpRequest:
    return v3(TOKEN_PATH, {"grant_type": "refresh_token", "refresh_token": token, "code": None}, **others)


def v3_share(token: str = ACCESS_TOKEN, **others: Any) -> HttpRequest:
    return v3(SHARE_PATH, query=f"auth_token={quote(token)}", **others)


# What is in an answer.


class Reply(NamedTuple):
    """An answer as it comes in: headers have names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def written(answer: HttpAnswer) -> Reply:
    return Reply(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.body)


NODE = re.compile(rb'\{"(?P<name>[a-z_]+)":(?P<content>\{.*\})(?:,"sign":"(?P<sign>[A-Za-z0-9+/=]+)")?\}')


def verifies(sign: str | bytes, content: bytes) -> bool:
    try:
        WALLET.verify(base64.b64decode(sign, validate=True), content, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def node(answer: Reply, *, is_signed: bool = True) -> dict[str, Any]:
    """Return what is said through the gateway; its node's name is in "node"."""
    assert answer.status == 200
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["trace_id"])
    charset = answer.headers["content-type"].removeprefix("text/html;charset=")
    found = NODE.fullmatch(answer.body)
    assert found
    assert bool(found["sign"]) == is_signed
    if found["sign"]:
        assert verifies(found["sign"], found["content"])
    assert b"<" not in answer.body
    said: dict[str, Any] = json.loads(found["content"].decode(charset))
    return {"node": found["name"].decode(), **said}


def v3_signature_is_good(answer: Reply) -> bool:
    said = answer.headers
    content = f"{said['alipay-timestamp']}\n{said['alipay-nonce']}\n".encode() + answer.body + b"\n"
    return verifies(said["alipay-signature"], content)


def v3_json(answer: Reply, *, is_signed: bool = True) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    trace_id = answer.headers["alipay-trace-id"]
    assert re.fullmatch("[0-9a-f]{32}", trace_id)
    assert ("alipay-signature" in answer.headers) == is_signed
    if is_signed:
        assert v3_signature_is_good(answer)
        assert abs(int(answer.headers["alipay-timestamp"]) / 1000 - time.time()) < 60
    said: dict[str, Any] = json.loads(answer.body)
    if answer.status != 200:
        link = f"https://open.alipay.com/api/errCheck?traceId={trace_id}&source=openapi"
        assert list(said) == ["code", "links", "message"]
        assert said["links"] == [{"link": link, "desc": "解决方案"}]
    return said


# The older form: parameters.


@pytest.mark.parametrize("in_query", [(), ("method", "app_id", "charset", "sign"), ("grant_type", "code"), ("all",)])
def test_parameters_may_be_in_the_query_and_in_the_form(in_query: tuple[str, ...]) -> None:
    asked = signed(common(grant_type="authorization_code", code=CODE))
    demand = read(gateway(asked, in_query=tuple(asked) if in_query == ("all",) else in_query))
    assert demand == Demand(operation="applyToken", client=Client(id=OWN, app_id=APP), secret=CODE, kind="code")


def test_a_parameter_may_be_there_twice_if_it_says_the_same() -> None:
    request = exchange()
    assert isinstance(read(msgspec.structs.replace(request, query=f"app_id={APP}")), Demand)
    said = node(refused(msgspec.structs.replace(request, query="app_id=1")), is_signed=False)
    assert (said["sub_code"], said["sub_msg"]) == (
        "isv.invalid-parameter",
        "参数无效: 'app_id' is there twice, and not the same",
    )


def test_empty_parameters_are_as_good_as_none_and_are_not_signed() -> None:
    asked = signed(common(grant_type="authorization_code", code=CODE))
    assert isinstance(read(gateway({**asked, "refresh_token": "", "notify_url": ""})), Demand)


@pytest.mark.parametrize("charset", ["GBK", "gb2312"])
def test_requests_and_answers_may_be_in_gbk(charset: str) -> None:
    asked = common(SHARE, auth_token=ACCESS_TOKEN, charset=charset, terminal_info="终端")
    request = gateway(signed(asked, "gbk"), codec="gbk")
    assert isinstance(read(request), Demand)
    answer = written(CN.write(request, Revealed(user=MIA, attributes=EVERYTHING), forged=False))
    assert node(answer)["nick_name"] == "Mia 美"
    assert "杭州市".encode("gbk") in answer.body
    assert answer.headers["content-type"] == "text/html;charset=gbk"


def test_what_gbk_lacks_is_escaped() -> None:
    request = gateway(signed(common(SHARE, auth_token=ACCESS_TOKEN, charset="gbk")), codec="gbk")
    fox = Revealed(user=User(id=MIA.id, nickname="🦊"), attributes=EVERYTHING)
    answer = written(CN.write(request, fox, forged=False))
    assert node(answer)["nick_name"] == "🦊"
    assert answer.body.isascii()


def test_a_form_need_not_be_escaped_beyond_ascii() -> None:
    request = gateway(signed(common(SHARE, auth_token=ACCESS_TOKEN, terminal_info="终端")))
    body = request.body.replace(quote("终端").encode(), "终端".encode())
    assert body != request.body
    assert isinstance(read(msgspec.structs.replace(request, body=body)), Demand)


def test_parameters_in_another_charset_than_they_say_are_refused() -> None:
    request = gateway({**common(), "terminal_info": "终端"}, codec="gbk", in_query=("app_id", "method"))
    said = node(refused(request))
    assert (said["sub_code"], said["sub_msg"]) == (
        "isv.invalid-charset",
        "字符集错误: the parameters are not in utf-8, as charset says",
    )


# Their signature.

SIGNATURE_TEXT = "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为："


def test_a_wrong_signature_is_answered_with_the_text_that_is_to_be_signed() -> None:
    asked = signed(common(grant_type="authorization_code", code=CODE, version='"1" & <2>'))
    answer = refused(gateway({**asked, "version": '"1" & <3>'}))
    said = node(answer)
    assert (said["code"], said["sub_code"]) == ("40002", "isv.invalid-signature")
    text = text_to_sign({**asked, "code": "4b20...a83b", "version": '"1" & <3>'})
    hint = f" (to be signed with the key of the app {APP}; what may be a secret is shortened here)"
    assert html.unescape(said["sub_msg"]) == SIGNATURE_TEXT + text + hint
    assert "version=&quot;1&quot; &amp; &lt;3&gt;" in said["sub_msg"]


def test_a_short_secret_is_not_told_at_all_with_a_wrong_signature() -> None:
    said = node(refused(gateway({**common(grant_type="authorization_code", code="c0de"), "sign": "AAAA"})))
    assert "code=...&amp;" in said["sub_msg"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"auth_code": CODE},
        {"accessToken": CODE},
        {"biz_content": f'{{"code": "{CODE}"}}'},
        {"biz_content": json.dumps({"inner": json.dumps({"code": CODE})})},
        {"grant_type": CODE},
        {CODE: "x"},
    ],
)
def test_a_secret_in_the_wrong_place_is_shortened_too(parameters: dict[str, str]) -> None:
    told = read(gateway({**common(**parameters), "sign": "AAAA"}))
    assert isinstance(told, Refused)
    assert "4b20...a83b" in told.details
    assert "4b203" not in told.details


@pytest.mark.parametrize(("garbled", "advice"), [("a b/c=", "; its + is to be sent as %2B"), ("a", ""), ("签", "")])
def test_a_signature_that_is_not_base64_is_wrong(garbled: str, advice: str) -> None:
    asked = common(code=CODE)
    said = node(refused(gateway({**asked, "sign": garbled})))
    assert said["sub_code"] == "isv.invalid-signature"
    text = text_to_sign({**asked, "code": "4b20...a83b"})
    assert html.unescape(said["sub_msg"]) == f"{SIGNATURE_TEXT}{text} (the signature is not base64{advice})"


@settings(deadline=None, max_examples=100)
@given(parameters=st.dictionaries(st.text(min_size=1, max_size=10), st.text(min_size=1, max_size=20)))
def test_whatever_is_signed_as_it_should_be_is_read(parameters: dict[str, str]) -> None:
    asked = {**parameters, **common(grant_type="authorization_code", code="c")}
    for name in ("sign", "app_cert_sn", "encrypt_type"):
        asked.pop(name, None)
    assert isinstance(read(gateway(signed(asked))), Demand)


# Their time.


@pytest.mark.parametrize("zone", [CHINA, datetime.UTC, None])
@pytest.mark.parametrize(("minutes", "good"), [(-11, False), (-9, True), (0, True), (9, True), (11, False)])
def test_a_timestamp_may_be_ten_minutes_off_in_china_utc_or_here(
    zone: datetime.tzinfo | None, minutes: int, good: bool
) -> None:
    moment = datetime.datetime.fromtimestamp(time.time() + minutes * 60, zone)
    request = exchange(timestamp=f"{moment:%Y-%m-%d %H:%M:%S}")
    assert isinstance(read(request), Demand) == good
    if not good:
        said = node(refused(request))
        assert (said["code"], said["sub_code"]) == ("40002", "isv.invalid-timestamp")
        assert said["sub_msg"].startswith("非法的时间戳参数: timestamp is ")
        assert said["sub_msg"].endswith(" in China, GMT+8; it may be 10 minutes off")


def test_a_timestamp_may_be_in_the_zone_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "America/New_York")
        time.tzset()
        moment = datetime.datetime.now()
        assert isinstance(read(exchange(timestamp=f"{moment:%Y-%m-%d %H:%M:%S}")), Demand)
    time.tzset()


@pytest.mark.parametrize(
    "timestamp",
    ["1769875199000", "2026-1-31 23:59:59", "2026-02-30 00:00:00", "0000-00-00 00:00:00", "٢٠٢٦-01-31 23:59:59"],
)
def test_a_timestamp_that_is_written_otherwise_is_wrong(timestamp: str) -> None:
    said = node(refused(exchange(timestamp=timestamp)))
    assert (said["sub_code"], said["sub_msg"]) == (
        "isv.invalid-timestamp",
        "非法的时间戳参数: timestamp is written like 2026-01-31 23:59:59",
    )


@pytest.mark.parametrize("timestamp", ["0001-01-01 00:00:00", "9999-12-31 23:59:59"])
def test_a_timestamp_at_the_end_of_time_is_off(timestamp: str) -> None:
    told = read(exchange(timestamp=timestamp))
    assert isinstance(told, Refused)
    assert told.problem == "wrong time"


# The newer form: what is signed.


def test_pairs_of_the_authorization_may_have_another_order_and_there_may_be_more() -> None:
    request = v3_exchange()
    pairs = f"timestamp={int(time.time() * 1000)},expired_seconds=600,app_id={APP}"
    sign = signature(MERCHANT, f"{pairs}\nPOST\n{TOKEN_PATH}\n".encode() + request.body + b"\n")
    headers = {**request.headers, "authorization": f"ALIPAY-SHA256withRSA {pairs},sign={sign}"}
    assert isinstance(read(msgspec.structs.replace(request, headers=headers)), Demand)


def test_an_app_auth_token_is_signed_where_there_is_one() -> None:
    request = v3_exchange(app_auth_token="202601BBd64fe1b1a83c4e")
    assert isinstance(read(request), Demand)
    other = {**request.headers, "alipay-app-auth-token": "202601BBother000000000"}
    said = v3_json(refused(msgspec.structs.replace(request, headers=other)))
    assert said["code"] == "invalid-signature"
    assert "\\n2026...0000\\n (" in said["message"]


def test_a_wrong_signature_is_answered_by_v3_with_the_text_that_is_to_be_signed() -> None:
    now = str(int(time.time() * 1000))
    hint = f" (to be signed with the key of the app {APP}; what may be a secret is shortened here)"
    told = f"{SIGNATURE_TEXT}app_id={APP},nonce=n,timestamp={now}"
    said = v3_json(refused(v3_exchange(signed_path="/", timestamp=now, nonce="n")))
    text = rf'\nPOST\n{TOKEN_PATH}\n{{"grant_type": "authorization_code", "code": "4b20...a83b"}}\n'
    assert said["message"] == told + text + hint
    said = v3_json(
        refused(v3(SHARE_PATH, query=f"auth_token={ACCESS_TOKEN}&a=b", signed_path="/", timestamp=now, nonce="n"))
    )
    assert said["message"] == told + rf"\nPOST\n{SHARE_PATH}?auth_token=auth...a83b&a=b\n\n" + hint


# Both forms.


def test_without_verification_requests_are_taken_as_they_come() -> None:
    cn = dialect(verify=False)
    own, other = Client(id=OWN, app_id=APP), Client(id="1", app_id="1")
    taken = [
        (gateway({"method": TOKEN, "grant_type": "authorization_code", "code": "c"}), own),
        (gateway({"method": SHARE, "auth_token": "t", "app_id": "1", "sign": "no"}), other),
        (v3_exchange(authorization=""), own),
        (v3_exchange(authorization="X app_id=1"), other),
    ]
    for request, client in taken:
        demand = read(request, cn)
        assert isinstance(demand, Demand)
        assert demand.client == client


def test_of_a_user_only_what_is_allowed_and_known_is_told() -> None:
    def said(user: User, *attributes: Attribute) -> dict[str, Any]:
        revealed = Revealed(user=user, attributes=frozenset(attributes))
        old = node(written(CN.write(share(), revealed, forged=False)))
        new = v3_json(written(CN.write(v3_share(), revealed, forged=False)))
        assert old == {"node": "alipay_user_info_share_response", "code": "10000", "msg": "Success", **new}
        assert new.pop("user_id") == MIA.id
        return new

    assert said(MIA) == {}
    assert said(User(id=MIA.id, nickname="Mia"), *EVERYTHING) == {"nick_name": "Mia"}
    assert said(msgspec.structs.replace(MIA, gender="MALE"), "gender") == {"gender": "M"}
    assert said(msgspec.structs.replace(MIA, phone="+234-8000000001"), "phone") == {"mobile": "234-8000000001"}
    assert said(MIA, *EVERYTHING) == {
        "avatar": "https://tfs.example/mia.png",
        "city": "杭州市",
        "country_code": "CN",
        "email": "mia@example.com",
        "gender": "F",
        "mobile": "10000000003",
        "nick_name": "Mia 美",
        "province": "浙江省",
        "user_name": "Mia Wang",
    }


OF_WHAT_CAME_BEFORE: set[Problem] = {
    "wrong app",
    "wrong auth client",
    "wrong reference client",
    "unknown code",
    "expired code",
    "used code",
    "unknown refresh token",
    "expired refresh token",
    "used refresh token",
    "unknown access token",
    "expired access token",
    "insufficient scope",
    "limited",
    "unknown",
}


@pytest.mark.parametrize("subject", ["", "timestamp", "anything"])
@pytest.mark.parametrize("problem", get_args(Problem))
def test_there_is_an_answer_to_every_problem_with_details_if_the_request_is_to_be_changed(
    problem: Problem, subject: str
) -> None:
    result = Refused(problem, "details", subject)
    said = node(written(CN.write(exchange(), result, forged=False)))
    answer = written(CN.write(v3_exchange(), result, forged=False))
    assert said["msg"]
    assert 400 <= answer.status <= 500
    for text in (said["sub_msg"], v3_json(answer)["message"]):
        documented = re.fullmatch(r"([\u4e00-\u9fff\uff0cA-Za-z()_]+)(: |：)details", text)
        assert (documented is None) == (problem in OF_WHAT_CAME_BEFORE)
        assert documented or re.fullmatch(r"[\u4e00-\u9fff\uff0ca-z()_]+", text)


def test_what_is_never_asked_for_here_is_answered_with_nothing() -> None:
    assert node(written(CN.write(exchange(), Cancelled(), forged=False)))["code"] == "10000"
    assert v3_json(written(CN.write(v3_exchange(), Cancelled(), forged=False))) == {}


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
def test_the_platforms_paths_are_claimed_and_no_others(path: str, claimed: bool) -> None:
    assert [CN.claims(verb, path) for verb in ("GET", "POST", "BREW")] == [claimed] * 3


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
def golden(monkeypatch: pytest.MonkeyPatch) -> AlipayCn:
    moment = datetime.datetime(2026, 1, 31, 23, 59, 59, tzinfo=CHINA).timestamp()
    monkeypatch.setattr(time, "time", lambda: moment)
    return dialect(Client(id=OWN, app_id=APP, public_key=GOLDEN_KEY))


def test_a_signed_request_to_the_gateway_is_good_for_ever(golden: AlipayCn) -> None:
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
    demand = read(gateway(parameters), golden)
    assert isinstance(demand, Demand)
    assert (demand.operation, demand.secret, demand.kind) == ("applyToken", parameters["code"], "code")


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
    golden: AlipayCn, path: str, query: str, body: bytes, signature: str
) -> None:
    pairs = f"app_id={APP},nonce=2a5b8c1e-0f3d-4a67-9b1c-5d7e8f901234,timestamp=1769875199000"
    authorization = f"ALIPAY-SHA256withRSA {pairs},sign={signature}"
    assert isinstance(read(v3(path, body, query=query, authorization=authorization), golden), Demand)


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
@settings(deadline=None, max_examples=200)
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
    cn = dialect(verify=verify)
    result = Refused(problem) if problem else read(request, cn)
    answer = written(cn.write(request, result if isinstance(result, Refused) else Cancelled(), forged=False))
    for name, value in answer.headers.items():
        assert re.fullmatch(r"[!-~]+( [!-~]+)*", name + value)
    if request.path.startswith("/v3/alipay/"):
        v3_json(answer, is_signed="alipay-signature" in answer.headers)
    else:
        node(answer, is_signed=b'},"sign":"' in answer.body)
