"""Who may talk to the server, by Host and by Origin."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bridge.errors import SetupError
from bridge.guards import Guard, Refused, check, is_loopback, valid_host, valid_origin
from tests import loop

OWN_HOSTS = [
    "localhost",
    "localhost:8765",
    "LocalHost:8765",
    "localhost.:8765",
    "app.localhost:8765",
    "127.0.0.1",
    "127.0.0.1:8765",
    "127.0.0.1.:8765",
    "127.1.2.3:8765",
    "[::1]",
    "[::1]:8765",
    "[0:0:0:0:0:0:0:1]:8765",
]
FOREIGN_HOSTS = [
    "",
    ":8765",
    "evil.example",
    "evil.example:8765",
    "localhost.evil.example:8765",
    "localhostevil.example",
    "evillocalhost",
    "127.0.0.1.nip.io:8765",
    "127.0.0.1.evil.example",
    "evil.example.127.0.0.1.sslip.io",
    "0.0.0.0:8765",
    "10.0.0.1",
    "192.168.1.5:8765",
    "169.254.169.254",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "[::]:8765",
    "[fe80::1]",
    "::1",
    "[::1",
    "user@localhost:8765",
    "localhost@evil.example",
    "localhost:8765@evil.example",
    "localhost:port",
    "localhost:876543",
    "localhost/evil.example",
    "localhost, evil.example",
    "http://localhost:8765",
    "localhost..",
    "local host",
    "localhost\t",
    "loc\u0430lhost",
]
OWN_ORIGINS = [
    "http://localhost",
    "http://localhost:3000",
    "https://localhost:3000",
    "HTTP://LOCALHOST:3000",
    "http://shop.localhost:3000",
    "http://127.0.0.1:3000",
    "http://127.9.9.9",
    "http://[::1]:3000",
]
FOREIGN_ORIGINS = [
    "",
    "null",
    "NULL",
    "*",
    "localhost",
    "localhost:3000",
    "//localhost",
    "http://",
    "http:localhost",
    "http://evil.example",
    "https://evil.example:8765",
    "http://localhost.evil.example",
    "http://127.0.0.1.nip.io:8765",
    "http://evillocalhost",
    "http://1.2.3.4",
    "http://192.168.1.5:8765",
    "http://0.0.0.0:8765",
    "http://127.1",
    "http://2130706433",
    "http://user@localhost",
    "http://localhost@evil.example",
    "http://localhost:3000@evil.example",
    "http://localhost/",
    "http://localhost:3000/index.html",
    "http://localhost#evil.example",
    "http://localhost?evil.example",
    "http://evil.example#localhost",
    "http://localhost http://evil.example",
    "http://localhost, http://evil.example",
    "http://localhost\\.evil.example",
    "http://localhost:port",
    "http://loc\u0430lhost",
    "file://",
    "ftp://localhost",
    "ws://localhost:8765",
    "blob:http://localhost:8765/1",
    "chrome-extension://abcdefghijklmnop",
]
ALLOWED_ORIGINS = ["null", "https://shop.example.test", "chrome-extension://abcdefghijklmnop"]


def headers(*pairs: tuple[str, str]) -> Headers:
    return Headers(raw=[(name.encode(), value.encode("utf-8")) for name, value in pairs])


def passes(*pairs: tuple[str, str], **allowed: Any) -> bool:
    try:
        check(headers(*pairs), **allowed)
    except Refused:
        return False
    return True


def wrong_cells(hosts: list[str], origins: list[str], **allowed: Any) -> list[tuple[str, str]]:
    """Return the pairs of Host and Origin that pass although they should not, or the reverse."""
    own_hosts = {*OWN_HOSTS, "dev.example.test", "dev.example.test:8443"} if allowed else OWN_HOSTS
    own_origins = [*OWN_ORIGINS, *(ALLOWED_ORIGINS if allowed else [])]
    return [
        (host, origin)
        for host in hosts
        for origin in origins
        if passes(("host", host), ("origin", origin), **allowed)
        != (host in own_hosts and (origin in own_origins or origin == f"http://{host}"))
    ]


def test_only_this_machines_pages_reach_this_machines_server() -> None:
    origins = [*OWN_ORIGINS, *FOREIGN_ORIGINS, "http://dev.example.test", "https://shop.example.test"]
    assert wrong_cells([*OWN_HOSTS, *FOREIGN_HOSTS, "dev.example.test"], origins) == []


def test_an_allow_list_lets_in_exactly_what_stands_in_it() -> None:
    hosts = [*OWN_HOSTS, *FOREIGN_HOSTS, "dev.example.test", "dev.example.test:8443", "x.dev.example.test"]
    origins = [*OWN_ORIGINS, "http://dev.example.test", "http://dev.example.test:8443", "http://x.dev.example.test"]
    origins += [origin for origin in FOREIGN_ORIGINS if origin.lower() != "null"]
    origins += [*ALLOWED_ORIGINS, "http://shop.example.test", "https://shop.example.test:8443", "https://example.test"]
    assert wrong_cells(hosts, origins, allow_hosts={"dev.example.test"}, allow_origins=set(ALLOWED_ORIGINS)) == []


@pytest.mark.parametrize("host", OWN_HOSTS)
def test_a_request_without_an_origin_needs_a_host_of_this_machine(host: str) -> None:
    assert passes(("host", host))


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_foreign_host_is_refused_without_an_origin_too(host: str) -> None:
    assert not passes(("host", host))


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [("host", "localhost"), ("host", "localhost")],
        [("host", "localhost"), ("host", "evil.example")],
        [("host", "localhost"), ("origin", "http://localhost"), ("origin", "http://localhost")],
        [("host", "localhost"), ("origin", "http://localhost"), ("origin", "http://evil.example")],
        [("host", "localhost"), ("sec-fetch-mode", "websocket")],
    ],
)
def test_missing_and_duplicate_headers_are_refused(pairs: list[tuple[str, str]]) -> None:
    assert not passes(*pairs)


def test_an_allowed_host_passes_with_a_trailing_dot_and_in_any_case() -> None:
    assert passes(("host", "Dev.Example.Test.:8443"), allow_hosts={"dev.example.test"})


@pytest.mark.parametrize(
    ("pairs", "problem"),
    [
        (
            [("host", "evil.example:8765")],
            "the Host evil.example is not allowed; if it is yours: --allow-host evil.example",
        ),
        (
            [("host", "localhost"), ("origin", "http://Evil.example:1")],
            "the Origin http://evil.example:1 is not allowed; if it is yours: --allow-origin http://evil.example:1",
        ),
        (
            [("host", "localhost"), ("origin", "null")],
            "the Origin null is not allowed; if it is yours: --allow-origin null",
        ),
        (
            [("host", "localhost"), ("sec-fetch-mode", "websocket")],
            "a browser's WebSocket without an Origin is not allowed; no option changes that",
        ),
    ],
)
def test_a_refusal_names_the_option_that_would_allow_it(pairs: list[tuple[str, str]], problem: str) -> None:
    with pytest.raises(Refused) as raised:
        check(headers(*pairs))
    assert str(raised.value) == problem


def test_following_the_advice_of_a_refusal_lets_the_request_pass() -> None:
    pairs = [("host", "Dev.example.test:8443"), ("origin", "https://Shop.example.test:1")]
    allowed: dict[str, set[str]] = {"allow_hosts": set(), "allow_origins": set()}
    for option, name, valid in (("host", "allow_hosts", valid_host), ("origin", "allow_origins", valid_origin)):
        with pytest.raises(Refused) as raised:
            check(headers(*pairs), **allowed)
        allowed[name].add(valid(str(raised.value).partition(f"--allow-{option} ")[2]))
    check(headers(*pairs), **allowed)


def test_a_refusal_cannot_forge_a_line_of_the_log() -> None:
    with pytest.raises(Refused) as raised:
        check(headers(("host", "a\nb\x1b[31m" + "x" * 1000)))
    assert str(raised.value).isprintable()
    assert r"'a\nb\x1b[31mxxx" in str(raised.value)
    assert len(str(raised.value)) < 600


@pytest.mark.parametrize("pairs", [[], [("host", "localhost"), ("host", "localhost")], [("host", "a b")]])
def test_a_host_that_no_option_could_allow_is_refused_without_the_advice(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(Refused, match=r"a request has one Host that is a name, not (none|')") as raised:
        check(headers(*pairs))
    assert "--allow-host" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "loopback"),
    [
        *((name, True) for name in ("localhost", "a.b.localhost", "127.255.255.254", "[::1]", "::1")),
        *((name, False) for name in ("128.0.0.1", "[::2]", "localhost.", "", "localhost.test")),
    ],
)
def test_loopback_names_mean_this_machine_and_nothing_else(name: str, loopback: bool) -> None:
    assert is_loopback(name) is loopback


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("dev.example.test", "dev.example.test"),
        ("Dev.Example.Test.", "dev.example.test"),
        ("dev.example.test:8443", "dev.example.test"),
        ("dev.example.test.:8443", "dev.example.test"),
        ("192.168.1.5", "192.168.1.5"),
        ("[FE80::1]:80", "[fe80::1]"),
    ],
)
def test_a_host_is_allowed_by_its_name_alone(given: str, normal: str) -> None:
    assert valid_host(given) == normal


@pytest.mark.parametrize(
    "host", ["", ".", "*", "*.example.test", "http://dev.example.test", "a b", "a/b", "user@a", "fe80::1"]
)
def test_what_is_no_host_cannot_be_allowed(host: str) -> None:
    with pytest.raises(SetupError, match="--allow-host takes a host name such as "):
        valid_host(host)


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("https://dev.example.test:8443", "https://dev.example.test:8443"),
        ("HTTPS://Dev.Example.Test/", "https://dev.example.test"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("null", "null"),
        ("chrome-extension://abc", "chrome-extension://abc"),
    ],
)
def test_an_origin_is_allowed_in_its_normal_form(given: str, normal: str) -> None:
    assert valid_origin(given) == normal


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "*",
        "dev.example.test",
        "https://",
        "https://*.example.test",
        "https://a/b",
        "https://a?b",
        "https://u@a",
        "//a",
    ],
)
def test_what_is_no_origin_cannot_be_allowed(origin: str) -> None:
    with pytest.raises(SetupError, match="--allow-origin takes an origin such as "):
        valid_origin(origin)


# The middleware.


def run(app: ASGIApp, kind: str, *pairs: tuple[str, str], **scope: Any) -> list[Message]:
    """Send one request through the application; return what it answers."""
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": f"{kind}.connect"}

    async def send(message: Message) -> None:
        messages.append(message)

    raw = [(name.encode(), value.encode()) for name, value in pairs]
    # A scope without what the guard does not read.
    loop.run(app({"type": kind, "headers": raw, **scope}, receive, send))  # type: ignore[arg-type]
    return messages


async def inner(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "inner", "of": scope["type"]})


def guard(*, allow_origins: tuple[str, ...] = (), allow_hosts: tuple[str, ...] = ()) -> Guard:
    return Guard(inner, allow_origins=allow_origins, allow_hosts=allow_hosts)


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_what_is_allowed_reaches_the_application(kind: str) -> None:
    assert run(guard(), kind, ("host", "localhost")) == [{"type": "inner", "of": kind}]


def test_what_is_no_request_is_not_guarded() -> None:
    assert run(guard(), "lifespan") == [{"type": "inner", "of": "lifespan"}]


def test_a_refused_request_is_told_why_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "bridge.guards"):
        start, body = run(guard(), "http", ("host", "evil.example"))
    assert start["status"] == 403
    assert (b"x-content-type-options", b"nosniff") in start["headers"]
    assert body["body"] == b"the Host evil.example is not allowed; if it is yours: --allow-host evil.example\n"
    assert caplog.messages == [f"refused: {body['body'].decode().strip()}"]


def test_a_refused_socket_gets_the_same_answer() -> None:
    start, body = run(guard(), "websocket", ("host", "evil.example"), extensions={"websocket.http.response": {}})
    assert start["status"] == 403
    assert b"--allow-host evil.example" in body["body"]


def test_a_refused_socket_is_closed_where_the_server_cannot_answer() -> None:
    (close,) = run(guard(), "websocket", ("host", "localhost"), ("origin", f"http://{'x' * 150}.example"))
    assert (close["type"], close["code"]) == ("websocket.close", 1008)
    assert len(close["reason"].encode()) <= 123
