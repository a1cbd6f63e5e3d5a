"""The token API of Alipay+ under whatever is sent to it, and under many clients that want the same."""

from __future__ import annotations

import asyncio
import http.client
import json
import random
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge import Bridge
from bridge.gateway import MAX_BODY, MAX_READ
from bridge.keys import PrivateKey
from bridge.site import Site
from tests.back_end import BackEnd, checked, private_key, public_key, signature, signed_text
from tests.loop import run

# What is documented, but for what nothing that is sent may bring about.
DOCUMENTED = set(
    """
    SUCCESS PARAM_ILLEGAL INVALID_API ACCESS_DENIED INVALID_SIGNATURE
    AUTH_CLIENT_UNSUPPORTED_GRANT_TYPE INVALID_AUTH_CLIENT REFERENCE_CLIENT_ID_NOT_MATCH
    INVALID_CODE USED_CODE EXPIRED_CODE INVALID_AUTHCODE USED_AUTHCODE EXPIRED_AUTHCODE
    INVALID_REFRESH_TOKEN USED_REFRESH_TOKEN EXPIRED_REFRESH_TOKEN INVALID_ACCESS_TOKEN EXPIRED_ACCESS_TOKEN
    """.split()
)

OWN, OWN_APP = "2022000000000000", "2021000000000000"

PREFIXES = ["", "/ams/api", "/ams/sandbox/api", "/api/open", "/miniprogram/api"]
CALLS = [
    "/v1/authorizations/applyToken",
    "/v2/authorizations/applyToken",
    "/v1/authorizations/cancelToken",
    "/v1/authorizations/revoke",
    "/v2/authorizations/revoke",
    "/v1/authorizations/query",
    "/v1/users/inquiryUserInfo",
    "/v2/users/inquiryUserInfo",
    "/v2/customers/user/inquiryUserInfo",
]


class Shot(NamedTuple):
    """A request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    signed: bool
    """Whether its headers are right, but for those that it has."""


# In a header, beside the space: what may stand in one of HTTP.
header_text = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=40)

real_paths = st.builds(str.__add__, st.sampled_from(PREFIXES), st.sampled_from(CALLS))
odd_texts = st.text(max_size=20).map(lambda text: quote(text.encode("utf-8", "replace"), safe="/%?=&;:@!$'()*,[]|"))
paths = st.one_of(
    real_paths,
    real_paths,
    real_paths,
    real_paths.map(lambda path: path.replace("v1", "v3").replace("v2", "v1")),
    st.builds(lambda path, text: f"{path}{text}", real_paths, odd_texts),
    st.builds(lambda path, cut: path[: 1 + cut % len(path)], real_paths, st.integers(0, 99)),
    st.builds(lambda prefix, text: f"{prefix}/{text}", st.sampled_from([*PREFIXES, "/v1", "/v2", "/v3"]), odd_texts),
)

methods = st.one_of(
    st.just("POST"),
    st.just("POST"),
    st.sampled_from(["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post"]),
    st.from_regex(r"[A-Z]{1,12}", fullmatch=True).filter(lambda method: method != "CONNECT"),
)

headers = st.fixed_dictionaries(
    {},
    optional={
        "Client-Id": st.just(OWN) | header_text,
        "Request-Time": st.builds(lambda: datetime.now(UTC).isoformat())
        | st.datetimes().map(lambda moment: moment.isoformat())
        | st.integers().map(str)
        | header_text,
        "Signature": st.builds(lambda text: f"algorithm=RSA256, keyVersion=1, signature={text}", header_text)
        | header_text,
        "Content-Type": st.sampled_from(["application/json", "application/json; charset=UTF-8"]) | header_text,
        "Agent-Token": header_text,
        "Accept-Encoding": st.just("gzip"),
        "X-Other": header_text,
    },
)

any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def parameters(secrets: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Parameters, of which some are right."""
    secret = st.sampled_from(secrets) | any_json
    return st.fixed_dictionaries(
        {},
        optional={
            "appId": st.just(OWN_APP) | any_json,
            "authClientId": st.just(OWN) | any_json,
            "referenceClientId": st.just(OWN) | any_json,
            "grantType": st.sampled_from(["AUTHORIZATION_CODE", "REFRESH_TOKEN"]) | any_json,
            "authCode": secret,
            "refreshToken": secret,
            "accessToken": secret,
            "extendInfo": any_json,
            "customerBelongsTo": any_json,
        },
    )


def nearly_right(secrets: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Parameters that are right, but for two at the most."""
    right = {"appId": OWN_APP, "authClientId": OWN, "grantType": "AUTHORIZATION_CODE"}
    tokens = st.fixed_dictionaries(dict.fromkeys(("authCode", "accessToken", "refreshToken"), st.sampled_from(secrets)))
    odd = st.lists(st.sampled_from(["appId", "authClientId", "grantType", "authCode", "accessToken"]), max_size=2)
    return st.builds(
        lambda given, odd, other: {**right, **given, **{name: other.get(name, "other") for name in odd}},
        tokens,
        odd,
        parameters(secrets),
    )


def as_body(value: Any) -> bytes:
    """Return a body with JSON in it, also of what is half a character."""
    return json.dumps(value).encode()


def anything(secrets: list[str]) -> st.SearchStrategy[Shot]:
    """Requests of every kind."""
    bodies = st.one_of(any_json.map(as_body), parameters(secrets).map(as_body), st.binary(max_size=60))
    return st.builds(Shot, methods, paths, headers, bodies, st.booleans())


def nearly_good(secrets: list[str]) -> st.SearchStrategy[Shot]:
    """Requests that are signed and go to what there is, with parameters of which most are right."""
    bodies = nearly_right(secrets).map(as_body)
    return st.builds(Shot, st.just("POST"), real_paths, st.just({}), bodies, st.just(True))


def oddly_headed(secrets: list[str]) -> st.SearchStrategy[Shot]:
    """The same, with one header that may be wrong."""
    one = st.builds(lambda odd, which: dict(list(odd.items())[which:][:1]), headers, st.integers(0, 4))
    return st.builds(lambda shot, odd: shot._replace(headers=odd), nearly_good(secrets), one)


# What is said where somebody else is named, which does not matter where signatures do not count.
OTHER_NAMES = {"ACCESS_DENIED", "INVALID_AUTH_CLIENT"}
PARAMETERS = {"PARAM_ILLEGAL", "AUTH_CLIENT_UNSUPPORTED_GRANT_TYPE", *OTHER_NAMES}


class Range:
    """Where requests are sent, and what holds for every answer."""

    def __init__(self, bridge: Bridge) -> None:
        self.bridge = bridge
        settings = bridge.gateway.settings
        self._key = private_key(settings.merchant_private_key_pkcs8)
        self._wallet_key = public_key(settings.alipay_public_key)
        self.codes: Counter[str] = Counter()
        codes = [
            bridge.authority.issue(app_id=OWN_APP, user_id=bridge.user.id, scopes=("auth_base",)) for _ in range(4)
        ]
        tokens = BackEnd(bridge).redeem(codes[0]).body
        self.secrets = [*codes, tokens["refreshToken"], tokens["accessToken"]]

    def fire(self, shot: Shot) -> None:
        """Send a request, and look at the answer."""
        path = unquote(shot.path.partition("?")[0])
        sent = {}
        if shot.signed:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            text = signature(self._key, signed_text(shot.method, path, OWN, now, shot.body))
            sent = {"Client-Id": OWN, "Request-Time": now, "Signature": f"signature={quote(text, safe='')}"}
        sent |= shot.headers
        address = urlsplit(self.bridge.url)
        with closing(http.client.HTTPConnection(address.netloc, timeout=10)) as connection:
            raw = {name: value.encode("latin-1") for name, value in sent.items()}
            connection.request(shot.method, address.path + shot.path, shot.body, raw)
            response = connection.getresponse()
            if not self.bridge.gateway.api.claims(shot.method, path):
                response.read()
                assert response.status < 500
            elif shot.method == "HEAD":
                assert (response.status, response.read()) == (200, b"")
            else:
                reply = checked(response, shot.method, path, self._wallet_key)
                self.codes[reply.code] += 1
                assert reply.code in DOCUMENTED
                assert reply.result[1] == ("S" if reply.code == "SUCCESS" else "F")
                assert reply.code == "SUCCESS" or reply.body.keys() == {"result"}


@pytest.mark.parametrize("verify", [True, False], ids=["verified", "not verified"])
@pytest.mark.parametrize(
    ("shots", "reached"),
    [
        (anything, {"PARAM_ILLEGAL", "INVALID_API"}),
        (oddly_headed, {"PARAM_ILLEGAL", "SUCCESS"}),
        (nearly_good, PARAMETERS | {"SUCCESS", "USED_AUTHCODE", "INVALID_ACCESS_TOKEN"}),
    ],
)
def test_whatever_is_sent_is_answered_as_the_platform_answers(
    site: Site,
    verify: bool,
    shots: Callable[[list[str]], st.SearchStrategy[Shot]],
    reached: set[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    bridge = Bridge(verify=verify, seed=1)
    site.mount(bridge)
    range_ = Range(bridge)

    @settings(deadline=None, derandomize=True, max_examples=400, database=None)
    @given(shots(range_.secrets))
    def fire(shot: Shot) -> None:
        range_.fire(shot)

    fire()
    # It has come as far as that.
    assert range_.codes.keys() >= (reached if verify else reached - OTHER_NAMES)
    assert caplog.records == []


@pytest.mark.parametrize("target", [b"OPTIONS *", b"POST nothing", b"POST ?", b"GET *"])
def test_a_target_that_is_no_path_is_not_for_the_api(target: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async def ask(host: str, port: int) -> bytes:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(target + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        reply = await reader.read()
        writer.close()
        await writer.wait_closed()
        return reply

    with Bridge().run() as server:
        reply = run(ask(server.host, server.port))
    assert reply.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 405 "))
    assert [record for record in caplog.records if record.exc_info] == []


# Bodies that are too large.


def test_a_client_that_sends_before_it_reads_gets_the_answer_to_what_is_too_large() -> None:
    # As most clients do, which would be cut while they send.
    bridge = Bridge()
    with bridge.run():
        reply = BackEnd(bridge).send("/v2/authorizations/applyToken", b" " * MAX_READ)
    assert (reply.result, reply.headers["connection"]) == (("PARAM_ILLEGAL", "F"), "close")
    assert f"at most {MAX_BODY} bytes" in reply.message


def test_what_has_no_end_is_answered_before_its_end() -> None:
    bridge = Bridge()
    with bridge.run() as server, socket.create_connection((server.host, server.port), timeout=10) as connection:
        length = 100 * MAX_READ
        head = f"POST /v2/authorizations/applyToken HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
        connection.sendall(head.encode() + b" " * (MAX_READ + 1))
        response = http.client.HTTPResponse(connection)
        response.begin()
        assert f"at most {MAX_BODY} bytes" in json.loads(response.read())["result"]["resultMessage"]
        assert response.getheader("connection") == "close"


# Many clients.

CLIENTS, CODES = 16, 2_000
AT_ONCE = 20


def test_of_16_clients_that_try_2_000_codes_each_one_wins_each_code(tmp_path: Path) -> None:
    # A short key: to sign 32,000 answers with one of the usual length takes a while.
    key = PrivateKey(generate_private_key(public_exponent=65537, key_size=1024))
    (tmp_path / "wallet-private.pem").write_text(key.pem)
    bridge = Bridge(verify=False, keys=tmp_path, seed=1)
    codes = [
        bridge.authority.issue(app_id=OWN_APP, user_id=bridge.user.id, scopes=("auth_base",)) for _ in range(CODES)
    ]
    with bridge.run() as server:
        tries = run(race(server.host, server.port, codes))
    assert Counter(result for _, _, result in tries) == {"SUCCESS": CODES, "USED_CODE": (CLIENTS - 1) * CODES}
    winners = {code: client for client, code, result in tries if result == "SUCCESS"}
    assert winners.keys() == set(codes)
    assert len(set(winners.values())) > 1
    assert all(map(bridge.authority.was_redeemed, codes))


async def race(host: str, port: int, codes: list[str]) -> list[tuple[int, str, str]]:
    """Let all clients try all codes; return who has tried which, and what was said."""
    clients = [await Contender.connect(number, host, port) for number in range(CLIENTS)]
    tries = []
    for start in range(0, CODES, AT_ONCE):
        # In rounds, which another leads each time: without them one may be through before the others have begun.
        clients = [*clients[1:], clients[0]]
        for client in clients:
            client.send(codes[start : start + AT_ONCE])
        for part in await asyncio.gather(*(client.receive() for client in clients)):
            tries += part
    for client in clients:
        await client.close()
    return tries


class Contender:
    """A client that tries codes over one connection, not waiting for the answers before the next request."""

    def __init__(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._number = number
        self._reader = reader
        self._writer = writer
        self._chance = random.Random(number)
        self._sent: list[str] = []

    @classmethod
    async def connect(cls, number: int, host: str, port: int) -> Contender:
        return cls(number, *await asyncio.open_connection(host, port))

    def send(self, codes: list[str]) -> None:
        """Try codes, in an order of its own."""
        self._sent = self._chance.sample(codes, len(codes))
        self._writer.writelines(map(redeeming, self._sent))

    async def receive(self) -> list[tuple[int, str, str]]:
        """Return what was said to each."""
        tries = []
        for code in self._sent:
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = int(head.partition(b"content-length: ")[2].partition(b"\r")[0])
            answer = json.loads(await self._reader.readexactly(length))
            tries.append((self._number, code, str(answer["result"]["resultCode"])))
        return tries

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


def redeeming(code: str) -> bytes:
    """Return a request that exchanges a code."""
    body = json.dumps({"grantType": "AUTHORIZATION_CODE", "authCode": code})
    head = f"POST /v1/authorizations/applyToken HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n{body}".encode()
