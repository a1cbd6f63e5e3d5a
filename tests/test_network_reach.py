"""How far a page gets over the network: hosts, certificates, redirects, cookies."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bridge.errors import SetupError
from bridge.hosts import Hosts
from bridge.network import Network
from bridge.outcomes import Outcome
from bridge.server import run_in_thread
from tests import loop
from tests.sender import CHINA, ask, each, echoed, failure, remarks, success
from tests.wallets import BAYU, call
from tests.web import APP, certificate, speaking

SET = b"200 OK\r\nSet-Cookie: "


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server without any CORS headers."""
    with run_in_thread(APP) as running:
        yield running.url.rstrip("/")


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have every name resolve to this machine; return those that were looked up."""
    looked_up = []
    resolve = socket.getaddrinfo

    def here(host: Any, *rest: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in ("127.0.0.1", "::1"):
            looked_up.append(name)
        return resolve("127.0.0.1", *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", here)
    return looked_up


def at(server: str, host: str) -> str:
    return f"http://{host}:{server.rpartition(':')[2]}/"


# Hosts.


@pytest.mark.parametrize("url", ["http://api.example.com/", "http://127.0.0.1./", "//api.example.com/x"])
def test_only_this_machine_is_reached_unless_a_host_is_allowed(url: str, names: list[str]) -> None:
    assert failure(ask(url)) == (11, "No permission for this domain")
    assert names == []


def test_china_has_its_own_error_for_a_host_that_is_not_allowed() -> None:
    assert failure(ask("http://api.example.com/", profile=CHINA)) == (4, "无权限调（N22106）")  # noqa: RUF001 (as the documentation prints it)


def test_the_log_names_the_option_once_for_each_host(caplog: pytest.LogCaptureFixture) -> None:
    urls = ["http://api.example.com/", "https://api.example.com:8443/x", "http://cdn.example.com./"]
    loop.run(each(Network(), *(call(api="request", url=url) for url in urls)))
    assert remarks(caplog) == [
        f"{name} is not on the list of hosts that pages may reach; if it is meant: "
        f"--allow-request {name}, or Bridge(allow_requests=['{name}'])"
        for name in ("api.example.com", "cdn.example.com")
    ]


def test_the_option_for_an_address_of_ipv6_is_one_that_it_takes(caplog: pytest.LogCaptureFixture) -> None:
    assert failure(ask("http://[::2]/"))[0] == 11
    (remark,) = remarks(caplog)
    assert remark.endswith("--allow-request [::2], or Bridge(allow_requests=['[::2]'])")
    assert Hosts(["[::2]"]).include(httpx.URL("http://[::2]/"))


def test_a_page_that_makes_hosts_up_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    loop.run(each(Network(), *(call(api="request", url=f"http://h{number}.example.com/") for number in range(1100))))
    assert len(remarks(caplog)) == 1000


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost.", "shop.localhost", "127.0.0.1"])
def test_names_of_this_machine_are_not_looked_up(server: str, host: str, names: list[str]) -> None:
    assert echoed(at(server, host))["headers"]["host"] == [at(server, host)[7:-1].lower()]
    assert names == []


def test_localhost_is_found_at_either_address_of_it() -> None:
    async def asked() -> Outcome:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}")
            writer.close()

        async with await asyncio.start_server(speak, "::1", 0) as server:
            url = f"http://localhost:{server.sockets[0].getsockname()[1]}/"
            return (await each(Network(), call(api="request", url=url)))[0]

    assert success(loop.run(asked()))["data"] == {}


@pytest.mark.parametrize(
    ("allow", "host"),
    [
        ("api.example.com", "api.EXAMPLE.com."),
        ("*.example.com", "api.example.com"),
        ("*", "api.example.com"),
        ("*.bücher.example", "a.BÜCHER.example"),
    ],
)
def test_an_allowed_host_is_reached(server: str, allow: str, host: str, names: list[str]) -> None:
    assert success(ask(at(server, host), allow=[allow]))["status"] == 200
    assert len(names) == 1


def test_a_host_may_be_allowed_at_one_port(server: str, names: list[str]) -> None:
    port = server.rpartition(":")[2]
    assert success(ask(at(server, "a.test"), allow=[f"a.test:{port}"]))["status"] == 200
    assert failure(ask("http://b.test/", allow=[f"b.test:{port}"]))[0] == 11
    assert names == ["a.test"]


def test_what_is_no_host_cannot_be_allowed() -> None:
    with pytest.raises(SetupError, match="--allow-request takes a host such as"):
        Network(["https://api.example.com"])


def test_a_certificate_from_nobody_is_not_trusted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def asked() -> Outcome:
        async with speaking(b"HTTP/1.1 200 OK\r\n\r\n{}", tls=certificate(tmp_path)) as url:
            return (await each(Network(), call(api="request", url=url)))[0]

    assert failure(loop.run(asked())) == (12, "Network error")
    assert "certificate verify failed" in remarks(caplog)[0]


def test_proxies_and_passwords_of_the_environment_are_not_used(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert "authorization" not in echoed(server)["headers"]


# Redirects.


def test_a_redirect_is_followed(server: str) -> None:
    arrived = echoed(f"{server}/redirect?to=/there", method="POST", data="x")
    assert [arrived["method"], arrived["path"], arrived["body"]] == ["GET", "/there", ""]
    arrived = echoed(f"{server}/redirect?status=307&to=/there", method="POST", data="x")
    assert [arrived["method"], arrived["path"], arrived["body"]] == ["POST", "/there", "x"]


def test_a_redirect_to_a_host_that_is_not_allowed_is_not_followed(
    server: str, names: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert failure(ask(f"{server}/redirect?to=http://api.example.com/"))[0] == 11
    assert names == []
    assert "--allow-request api.example.com" in remarks(caplog)[0]


def test_a_redirect_to_an_allowed_host_leaves_passwords_behind(server: str, names: list[str]) -> None:
    headers = {"Authorization": "Bearer secret", "Cookie": "a=b", "X-Shop": "1"}
    url = f"{server}/redirect?to={at(server, 'api.example.com')}x"
    arrived = echoed(url, allow=["*.example.com"], headers=headers, enableCookie=True)
    assert arrived["path"] == "/x"
    assert arrived["headers"].keys() & {"authorization", "cookie", "x-shop"} == {"x-shop"}


# Cookies.


def cookies_sent(*answers: bytes, hosts: Any = ("localhost",), **params: Any) -> list[str]:
    """Return the Cookie header of each request to a server of several names.

    Args:
        answers: The status and the headers of each answer.
        hosts: The names, for a call each.
        params: Those of the calls.
    """
    sent: list[str] = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        writer.write(b"HTTP/1.1 " + answers[len(sent)] + b"\r\nConnection: close\r\n\r\n{}")
        sent.append("".join(line.partition(": ")[2] for line in lines if line.lower().startswith("cookie:")))

    async def asked() -> list[Outcome]:
        async with speaking(speak) as url:
            calls = [call(api="request", url=url.replace("localhost", host), **params) for host in hosts]
            return await each(Network(), *calls)

    for outcome in loop.run(asked()):
        success(outcome)
    return sent


@pytest.mark.parametrize("given", ["a=b", "nick=\u5f20\u4e09"])
def test_a_cookie_of_the_page_follows_redirects_within_its_origin(given: str) -> None:
    cookie = {"headers": {"Cookie": given}, "enableCookie": True}
    assert cookies_sent(b"302 Found\r\nLocation: /there", b"200 OK", **cookie) == [given, given]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_cookie_of_the_page_does_not_follow_a_redirect_to_another_origin(host: str, server: str) -> None:
    cookie: dict[str, Any] = {"headers": {"Cookie": "a=b"}, "enableCookie": True}

    async def asked() -> Outcome:
        # At another port, and perhaps of another name.
        async with speaking(f"HTTP/1.1 302 Found\r\nLocation: {server}/x\r\n\r\n".encode()) as url:
            return (await each(Network(), call(api="request", url=url.replace("localhost", host), **cookie)))[0]

    arrived = success(loop.run(asked()))["data"]
    assert arrived["path"] == "/x"
    assert "cookie" not in arrived["headers"]


def test_a_cookie_may_be_in_any_script() -> None:
    first = b"302 Found\r\nLocation: /there\r\nSet-Cookie: nick=\xe5\xbc\xa0; Path=/"
    cookie = "nick=\u5f20"
    assert cookies_sent(first, b"200 OK", b"200 OK", hosts=["localhost", "localhost"]) == ["", cookie, cookie]


@pytest.mark.parametrize(
    ("host", "domain", "sent"),
    [
        ("localhost", b"localhost", "a=1"),
        ("localhost", b".LOCALHOST", "a=1"),
        ("localhost", b"evil.test", ""),
        ("localhost", b"test", ""),
        ("shop.localhost", b"localhost", ""),
        ("shop.localhost", b"shop.localhost", "a=1"),
        ("127.0.0.1", b"127.0.0.1", "a=1"),
    ],
)
def test_a_server_sets_cookies_for_its_own_domain(host: str, domain: bytes, sent: str) -> None:
    assert cookies_sent(SET + b"a=1; Domain=" + domain, b"200 OK", hosts=[host, host]) == ["", sent]


@pytest.mark.parametrize("hosts", [("localhost", "shop.localhost"), ("shop.localhost", "localhost")])
def test_a_cookie_for_localhost_is_for_no_name_below_it_and_from_none(hosts: Any) -> None:
    assert cookies_sent(SET + b"a=1; Domain=localhost", b"200 OK", hosts=hosts) == ["", ""]


@pytest.mark.parametrize("host", ["localhost", "shop.localhost"])
def test_a_server_takes_back_a_cookie_for_its_own_domain(host: str) -> None:
    domain = b"; Domain=" + host.encode()
    answers = SET + b"a=1" + domain, SET + b"a=; Max-Age=0" + domain, b"200 OK"
    assert cookies_sent(*answers, hosts=[host] * 3) == ["", "a=1", ""]


def test_cookies_are_kept_for_an_app_and_its_user(server: str) -> None:
    async def visited() -> list[Any]:
        network = Network()
        visits = [call(api="request", url=f"{server}/{path}") for path in ("cookies", "x", "x", "x")]
        visits[2].user = BAYU
        visits[3].app_id = "other"
        return [success(outcome)["data"] for outcome in await each(network, *visits)]

    _, same, other_user, other_app = loop.run(visited())
    assert same["headers"]["cookie"] == ["session=s1; theme=dark"]
    assert "cookie" not in other_user["headers"]
    assert "cookie" not in other_app["headers"]


def test_cookies_stay_with_the_server_that_set_them(server: str, names: list[str]) -> None:
    asked = [call(api="request", url=url) for url in (f"{server}/cookies", at(server, "a.test"))]
    assert "cookie" not in success(loop.run(each(Network(["a.test"]), *asked))[1])["data"]["headers"]


def test_a_secure_cookie_needs_https_except_on_this_machine(server: str, names: list[str]) -> None:
    for host, kept in [("shop.localhost", "session=s1; theme=dark"), ("a.test", "session=s1")]:
        asked = [call(api="request", url=at(server, host) + path) for path in ("cookies", "x")]
        arrived = success(loop.run(each(Network(["a.test"]), *asked))[1])["data"]
        assert arrived["headers"]["cookie"] == [kept]


def test_a_cookie_of_the_page_goes_out_when_it_says_so(server: str) -> None:
    assert echoed(server, headers={"Cookie": "a=b"}, enableCookie=True)["headers"]["cookie"] == ["a=b"]
