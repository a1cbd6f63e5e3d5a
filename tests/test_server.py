"""The application over real sockets: routes, guards, frames, mounting, threads."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from bridge import Bridge, Call, Outcome, SetupError, grant, succeed
from bridge.certificates import Certificates
from bridge.messages import MAX_MESSAGE_BYTES, PROTOCOL_VERSION
from bridge.server import listen, run_in_thread
from bridge.site import Site
from tests.loop import run
from tests.wire_page import open_wire_page

HELLO = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "bridge.hello",
    "params": {"protocol": PROTOCOL_VERSION, "page": "test", "url": "http://localhost/"},
}
CALL = {"jsonrpc": "2.0", "id": 1, "method": "getAuthCode"}


@contextmanager
def introduced(url: str, **options: Any) -> Iterator[ClientConnection]:
    with connect(f"{url.replace('http', 'ws')}/_bridge/socket", **options) as client:
        client.send(json.dumps(HELLO))
        assert json.loads(client.recv(5))["result"]["protocol"] == PROTOCOL_VERSION
        yield client


def ask(client: ClientConnection, message: object = CALL) -> Any:
    client.send(json.dumps(message))
    return json.loads(client.recv(5))


# Who may connect.


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:3000", "http://127.0.0.1:5173", "https://app.localhost", "http://[::1]:80", None],
)
def test_any_loopback_origin_and_any_program_may_connect(site: Site, origin: str | None) -> None:
    with introduced(site.mount(Bridge()), origin=origin) as client:
        assert ask(client)["result"]["callback"] == "success"


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://localhost.evil.example", "https://127.0.0.1.nip.io", "file://"]
)
def test_any_other_origin_is_refused_on_the_wire_and_in_the_log_with_the_option_that_allows_it(
    site: Site, origin: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(InvalidStatus) as refused, introduced(site.mount(Bridge()), origin=origin):
        pass
    assert refused.value.response.status_code == 403
    assert refused.value.response.body is not None
    assert f"--allow-origin {origin}" in refused.value.response.body.decode()
    assert [record.name for record in caplog.records] == ["bridge.guards"]
    assert f"--allow-origin {origin}" in caplog.text


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
def test_an_origin_that_is_named_may_connect(site: Site, origin: str) -> None:
    with introduced(site.mount(Bridge(allow_origins=[origin])), origin=origin) as client:
        assert ask(client)["result"]["callback"] == "success"


def test_a_foreign_host_is_refused_unless_it_is_named(site: Site) -> None:
    headers = {"Host": "dev.example.test:1234"}
    refused = httpx.get(f"{site.mount(Bridge())}/my.js", headers=headers)
    assert (refused.status_code, "--allow-host dev.example.test" in refused.text) == (403, True)
    assert httpx.get(f"{site.mount(Bridge(allow_hosts=['dev.example.test']))}/my.js", headers=headers).is_success


def test_a_page_of_a_named_host_may_connect_to_it(site: Site) -> None:
    url = site.mount(Bridge(allow_hosts=["dev.example.test"]))
    port = site.server.port
    headers = {"Host": f"dev.example.test:{port}"}
    with pytest.raises(InvalidStatus), introduced(url, origin=f"http://dev.example.test:{port}"):
        pass
    reply = httpx.get(f"{url}/my.js", headers={**headers, "Origin": f"http://dev.example.test:{port}"})
    assert reply.is_success


def test_a_foreign_origin_is_refused_on_every_route(site: Site, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("secret")
    url = site.mount(Bridge(pages=tmp_path))
    for path in ("/", "/index.html", "/my.js", "/_bridge/dialog.js", "/nothing"):
        reply = httpx.get(url + path, headers={"Origin": "http://evil.example"})
        assert (reply.status_code, "secret" in reply.text) == (403, False)


def test_the_scripts_may_be_loaded_by_pages_of_allowed_origins_and_hold_no_copy_in_caches(site: Site) -> None:
    reply = httpx.get(f"{site.mount(Bridge())}/my.js", headers={"Origin": "http://localhost:3000"})
    assert reply.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["cross-origin-resource-policy"] == "cross-origin"


# Pages.


def test_pages_are_served_with_the_shim_first_in_head(site: Site, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<!doctype html><html><head><script>1</script></head></html>")
    url = site.mount(Bridge(pages=tmp_path))
    path = url.removeprefix(site.server.url)
    assert f'<head><script src="{path}/my.js"></script><script>1</script>' in httpx.get(f"{url}/").text


def test_other_files_are_served_as_they_are(site: Site, tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(bytes(range(256)))
    assert httpx.get(f"{site.mount(Bridge(pages=tmp_path))}/data.bin").content == bytes(range(256))


@pytest.mark.parametrize(
    "path", ["/.env", "/.git/config", "/%2e%2e/outside.txt", "/..%2foutside.txt", "/link.txt", "/a%00b", "/C:/x"]
)
def test_no_file_outside_the_folder_and_no_dot_file_is_served(site: Site, tmp_path: Path, path: str) -> None:
    folder = tmp_path / "pages"
    (folder / ".git").mkdir(parents=True)
    for secret in (folder / ".env", folder / ".git" / "config", tmp_path / "outside.txt"):
        secret.write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")
    request = f"GET {site.mount(Bridge(pages=folder)).removeprefix(site.server.url)}{path} HTTP/1.1\r\n"
    with socket.create_connection((site.server.host, site.server.port), timeout=5) as raw:
        raw.sendall(f"{request}Host: localhost\r\nConnection: close\r\n\r\n".encode())
        reply = b"".join(iter(lambda: raw.recv(65536), b""))
    assert reply.startswith(b"HTTP/1.1 404 ")
    assert b"secret" not in reply


# Targets in absolute form.


def target_of(request: Request) -> JSONResponse:
    """Answer with what the request was for."""
    raw_path, query = request.scope["raw_path"], request.scope["query_string"]
    return JSONResponse([request.headers.getlist("host"), request.url.path, raw_path.decode(), query.decode()])


ECHO = Starlette(routes=[Route("/{path:path}", target_of)])


def exchange(host: str, port: int, target: str, headers: str) -> tuple[int, str]:
    """Send a request as it is; return the status and the body, or what comes first of it."""
    with socket.create_connection((host, port), timeout=5) as raw:
        raw.sendall(f"GET {target} HTTP/1.1\r\n{headers}\r\n\r\n".encode())
        with raw.makefile("rb") as reply:
            status = int(reply.readline().split()[1])
            return status, "" if status == 101 else reply.read().decode().partition("\r\n\r\n")[2]


@pytest.mark.parametrize(
    ("target", "host", "path", "raw_path", "query"),
    [
        ("http://dev.example.test/a", "dev.example.test", "/a", "/a", ""),
        ("https://dev.example.test:81/a%2Fb%20c?x=%20&y", "dev.example.test:81", "/a/b c", "/a%2Fb%20c", "x=%20&y"),
        ("HTTPS://dev.example.test/http://a//b/", "dev.example.test", "/http://a//b/", "/http://a//b/", ""),
        ("http://[::1]:8080", "[::1]:8080", "/", "/", ""),
        ("http://dev.example.test?x=http://a/b", "dev.example.test", "/", "/", "x=http://a/b"),
        ("/a?x=http://a/b", "shop.example.test", "/a", "/a", "x=http://a/b"),
        ("//dev.example.test/a", "shop.example.test", "//dev.example.test/a", "//dev.example.test/a", ""),
    ],
)
def test_a_request_for_a_whole_address_is_one_for_its_path_at_its_host(
    target: str, host: str, path: str, raw_path: str, query: str
) -> None:
    with run_in_thread(ECHO) as server:
        headers = "Host: shop.example.test\r\nConnection: close"
        status, body = exchange(server.host, server.port, target, headers)
    assert (status, json.loads(body)) == (200, [[host], path, raw_path, query])


@pytest.mark.parametrize(
    ("asked", "header", "status"), [("localhost", "evil.example", 200), ("evil", "localhost", 403)]
)
def test_the_host_of_a_whole_address_is_the_one_that_must_be_allowed(
    site: Site, asked: str, header: str, status: int
) -> None:
    path = site.mount(Bridge()).removeprefix(site.server.url)
    headers = f"Host: {header}\r\nConnection: close"
    reply = exchange(site.server.host, site.server.port, f"http://{asked}{path}/my.js", headers)
    assert reply[0] == status


@pytest.mark.parametrize(("host", "status"), [("localhost", 101), ("evil.example", 403)])
def test_a_socket_may_be_asked_for_by_its_whole_address(site: Site, host: str, status: int) -> None:
    path = site.mount(Bridge()).removeprefix(site.server.url)
    headers = "\r\n".join(
        [
            "Host: localhost",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]
    )
    reply = exchange(site.server.host, site.server.port, f"http://{host}{path}/_bridge/socket", headers)
    assert reply[0] == status


# Frames.


def test_a_binary_frame_is_answered_with_a_parse_error_and_the_connection_lives(site: Site) -> None:
    with introduced(site.mount(Bridge())) as client:
        client.send(b"\x00\x01")
        assert json.loads(client.recv(5))["error"]["code"] == -32700
        assert ask(client)["result"]["callback"] == "success"


def test_text_that_is_not_utf_8_ends_the_connection_as_the_websocket_protocol_wants(site: Site) -> None:
    with introduced(site.mount(Bridge())) as client:
        client.send(b"\xff\xfe", text=True)
        with pytest.raises(ConnectionClosedError) as closed:
            client.recv(5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1007


def test_an_oversized_message_ends_its_own_connection_and_no_other(site: Site) -> None:
    url = site.mount(Bridge())
    with introduced(url) as neighbour:
        with introduced(url) as client:
            # The byte too many comes by itself: who is still sending when the other side closes may not hear why.
            client.send(["x" * MAX_MESSAGE_BYTES, "x"])
            with pytest.raises(ConnectionClosedError) as closed:
                client.recv(5)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
        assert ask(neighbour)["result"]["callback"] == "success"


def test_the_fast_calls_of_a_batch_do_not_wait_for_the_slow_ones(site: Site) -> None:
    release = threading.Event()
    bridge = Bridge()

    @bridge.api("getLocation")
    def slow(call: Call) -> Outcome:
        release.wait(5)
        return succeed({"slow": True})

    with introduced(site.mount(bridge)) as client:
        first = ask(client, [{**CALL, "id": "slow", "method": "getLocation"}, {**CALL, "id": "fast"}])
        release.set()
        assert [first["id"], json.loads(client.recv(5))["id"]] == ["fast", "slow"]


def test_a_handler_that_blocks_stalls_nobody(site: Site) -> None:
    release = threading.Event()
    blocked = threading.Barrier(51, timeout=10)
    bridge = Bridge()

    @bridge.api("getLocation")
    def blocking(call: Call) -> Outcome:
        blocked.wait()
        release.wait(10)
        return succeed()

    with introduced(site.mount(bridge)) as client:
        client.send(json.dumps([{**CALL, "id": id, "method": "getLocation"} for id in range(100, 150)]))
        blocked.wait()
        assert ask(client)["result"]["callback"] == "success"
        release.set()
        assert len({json.loads(client.recv(5))["id"] for _ in range(50)}) == 50


def test_a_handler_that_ends_the_process_ends_only_its_call(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    bridge = Bridge()

    @bridge.api("getLocation")
    def sync_exit(call: Call) -> Outcome:
        raise SystemExit(3)

    @bridge.api("getAuthCode")
    async def async_exit(call: Call) -> Outcome:
        raise SystemExit(3)

    @bridge.api("scan")
    async def cancelled_from_within(call: Call) -> Outcome:
        raise asyncio.CancelledError

    with introduced(site.mount(bridge)) as client:
        for method in ("getLocation", "getAuthCode", "scan"):
            assert ask(client, {**CALL, "method": method})["result"]["payload"]["error"] == 3
    assert "the handler of getLocation raised" in caplog.text


def test_an_outcome_that_means_nothing_is_a_failure_and_the_log_says_why(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    bridge = Bridge()
    bridge.api("getAuthCode")(lambda call: None)
    bridge.api("getLocation")(lambda call: grant())
    with introduced(site.mount(bridge)) as client:
        assert ask(client)["result"]["payload"]["error"] == 3
        assert ask(client, {**CALL, "method": "getLocation"})["result"]["payload"]["error"] == 3
    assert "the handler of getAuthCode returned None; return an outcome" in caplog.text
    assert "for getLocation write succeed(" in caplog.text


def test_each_call_is_one_line_of_the_log_with_its_code_shortened(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="bridge.calls")
    with introduced(site.mount(Bridge(seed=1))) as client:
        code = ask(client)["result"]["payload"]["authCode"]
        ask(client, {**CALL, "id": 2, "params": {"scopes": 7}})
    # The log is written after the answer is sent; the second answer proves that the first line is there.
    line = next(record.message for record in caplog.records if record.name == "bridge.calls")
    assert line.startswith(f"getAuthCode  auth_base  granted {code[:4]}...{code[-4:]}  ")
    assert code not in caplog.text


# Codes.


def test_a_seed_makes_the_codes_of_a_run_repeatable(site: Site) -> None:
    def codes(seed: int) -> list[str]:
        with introduced(site.mount(Bridge(seed=seed))) as client:
            return [ask(client)["result"]["payload"]["authCode"] for _ in range(3)]

    assert codes(7) == codes(7)
    assert codes(7) != codes(8)


# Where it runs.


def test_it_can_be_mounted_under_a_path_of_another_application() -> None:
    outer = Starlette(routes=[Mount("/deep/down", Bridge().app)])
    with run_in_thread(outer) as server, introduced(f"{server.url}/deep/down") as client:
        assert ask(client)["result"]["callback"] == "success"


def test_run_gives_the_address_and_the_script_tag() -> None:
    with Bridge().run() as server:
        assert httpx.get(f"{server.url}/my.js").is_success
        assert server.script_tag == f'<script src="{server.url}/my.js"></script>'
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.url}/my.js")


def test_with_tls_it_is_https_and_sockets_are_secured_too() -> None:
    with Certificates.temporary() as certificates:
        trusting = ssl.create_default_context(cafile=certificates.ca_file)
        with run_in_thread(Bridge().app, tls=certificates.server(["127.0.0.1"])) as server:
            assert server.url == f"https://127.0.0.1:{server.port}"
            assert httpx.get(f"{server.url}/my.js", verify=trusting).is_success
            hello, answer = run(ask_securely(server.url, trusting))
            assert hello["result"]["protocol"] == PROTOCOL_VERSION
            assert answer["result"]["callback"] == "success"
            with pytest.raises(httpx.RemoteProtocolError):
                httpx.get(f"http://127.0.0.1:{server.port}/my.js")


async def ask_securely(url: str, trusting: ssl.SSLContext) -> list[Any]:
    # Not with the client of threads, of which two use the connection at once: OpenSSL does not allow that with TLS.
    async with connect_async(f"{url.replace('http', 'ws')}/_bridge/socket", ssl=trusting) as client:
        for message in (HELLO, CALL):
            await client.send(json.dumps(message))
        return [json.loads(await client.recv()) for _ in range(2)]


def test_stopping_does_not_wait_for_a_client_that_stays_connected_by_tls() -> None:
    with Certificates.temporary() as certificates:
        with (
            httpx.Client(verify=ssl.create_default_context(cafile=certificates.ca_file)) as client,
            run_in_thread(ECHO, tls=certificates.server(["127.0.0.1"])) as server,
        ):
            assert client.get(f"{server.url}/a").is_success
            stopping = time.monotonic()
        assert time.monotonic() - stopping < 1.5
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{server.url}/a")


def test_stopping_waits_a_moment_for_what_is_being_answered_by_tls() -> None:
    entered = threading.Event()
    hung_up = threading.Event()

    async def slow(request: Request) -> JSONResponse:
        entered.set()
        return JSONResponse(await asyncio.to_thread(hung_up.wait, 5))

    def wait_for_the_end_of(idle: ssl.SSLSocket) -> None:
        # Below TLS, so that the server's goodbye stays unanswered.
        with suppress(ConnectionError), socket.socket(fileno=idle.detach()) as raw:
            raw.settimeout(5)
            while raw.recv(4096):
                pass
        hung_up.set()

    with Certificates.temporary() as certificates, ThreadPoolExecutor() as threads:
        trusting = ssl.create_default_context(cafile=certificates.ca_file)
        app = Starlette(routes=[Route("/slow", slow)])
        with run_in_thread(app, tls=certificates.server(["127.0.0.1"])) as server:
            raw = socket.create_connection((server.host, server.port), timeout=5)
            idle = trusting.wrap_socket(raw, server_hostname="127.0.0.1")
            asked = threads.submit(httpx.get, f"{server.url}/slow", verify=trusting)
            assert entered.wait(5)
            threads.submit(wait_for_the_end_of, idle)
        assert asked.result(5).json() is True


def test_stopping_does_not_wait_for_pages_or_handlers() -> None:
    entered = threading.Event()
    release = threading.Event()
    bridge = Bridge(call_timeout=None)

    @bridge.api("getLocation")
    def stuck(call: Call) -> Outcome:
        entered.set()
        release.wait(30)
        return succeed()

    with bridge.run() as server, introduced(server.url) as client:
        client.send(json.dumps({**CALL, "method": "getLocation"}))
        assert entered.wait(5)
    # Leaving the block would have raised, had the server waited.
    release.set()


def test_a_port_that_is_taken_is_named_with_the_way_out() -> None:
    with listen(port=0) as taken, pytest.raises(SetupError, match=r"port \d+ is in use; choose another with --port"):
        listen(port=taken.getsockname()[1])


def test_a_wrong_change_of_options_changes_nothing() -> None:
    bridge = Bridge(app_id="2099")
    before = bridge.settings, bridge.authority, bridge.app
    with pytest.raises(SetupError):
        bridge.configure(app_id="2100", profile="alipay")
    assert (bridge.settings, bridge.authority, bridge.app) == before
    bridge.configure(strict=True)
    assert (bridge.settings.app_id, bridge.settings.strict) == ("2099", True)


def test_a_wrong_option_is_refused_at_once() -> None:
    wrong: list[dict[str, Any]] = [
        {"pages": "no/such/folder"},
        {"allow_origins": ["example"]},
        {"profile": "alipay"},
        {"users": "no/such/file.toml"},
        {"user": "Nobody"},
        {"consent": "alow"},
        {"consent": grant(only="USER_NAM")},
    ]
    for options in wrong:
        with pytest.raises(SetupError):
            Bridge(**options)


def test_what_was_said_on_the_way_counts_when_other_options_change() -> None:
    bridge = Bridge()
    bridge.user = "Bayu"
    bridge.consent = "deny"
    bridge.allow("USER_NAME", user="Amara")
    bridge.log_in("Chen", page="/seller.html")
    bridge.configure(strict=True, app_name="Corner shop")
    assert (bridge.user.nickname, bridge.consent) == ("Bayu", "deny")
    assert bridge.granted("Amara") == {"USER_NAME"}
    with bridge.run() as server, open_wire_page(server.url, "/seller.html") as page:
        page.ask()
    assert bridge.calls[0].user.nickname == "Chen"


def test_users_and_scopes_are_named_as_they_are() -> None:
    bridge = Bridge(consent="deny")
    for wrong in (
        lambda: setattr(bridge, "user", "Nobody"),
        lambda: setattr(bridge, "consent", "alow"),
        lambda: bridge.log_in("Nobody", page="/"),
        lambda: bridge.granted("Nobody"),
        lambda: bridge.allow("USER_NAM"),
        lambda: bridge.allow("USER_NAME", user="Nobody"),
        lambda: bridge.revoke("USER_NAM"),
        lambda: bridge.revoke(user="Nobody"),
    ):
        with pytest.raises(SetupError, match=r"'Nobody'|did you mean '(USER_NAME|allow)'"):
            wrong()
    assert (bridge.user.nickname, bridge.consent) == ("Amara", "deny")
    assert bridge.granted() == set()


def test_the_second_of_two_small_writes_is_not_held_back() -> None:
    # asyncio turns Nagle's algorithm off for what it knows for TCP, which it knows by the protocol only.
    with listen(port=0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP


def test_a_port_that_is_taken_is_named_with_the_option_that_gave_it() -> None:
    with (
        listen(port=0) as taken,
        pytest.raises(SetupError, match="choose another with --https, or a free one with --https 0"),
    ):
        listen(port=taken.getsockname()[1], option="--https")
