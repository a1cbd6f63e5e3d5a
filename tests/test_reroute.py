"""Connections of this process to hosts of the internet, led to a server of this machine.

The hosts are reserved names: where the block does not hold, they resolve to nothing.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import socket
import ssl
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bridge.certificates import Certificates
from bridge.errors import SetupError
from bridge.reroute import reroute
from bridge.server import run_in_thread
from tests.loop import run

GATEWAY = "gateway.example.test"
OTHER = "other.example.test"

VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


class Gateway(NamedTuple):
    """A server that passes for the hosts."""

    port: int
    ca_file: Path


async def echo(request: Request) -> JSONResponse:
    """Answer with what was asked for."""
    body = (await request.body()).decode()
    return JSONResponse([request.method, request.headers["host"], request.url.path, request.url.query, body])


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    app = Starlette(routes=[Route("/{path:path}", echo, methods=["GET", "POST"])])
    with (
        Certificates.temporary() as certificates,
        run_in_thread(app, tls=certificates.server([GATEWAY, OTHER])) as server,
    ):
        yield Gateway(server.port, certificates.ca_file)


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """Make sure that a test leaves the process as it found it."""
    before = socket.getaddrinfo, [os.environ.get(variable) for variable in VARIABLES]
    yield
    assert (socket.getaddrinfo, [os.environ.get(variable) for variable in VARIABLES]) == before


def ask(host: str = GATEWAY, context: ssl.SSLContext | None = None) -> Any:
    """Send a request as the server SDKs do: to port 443, with the whole address as its target."""
    connection = http.client.HTTPSConnection(host, 443, timeout=5, context=context)
    try:
        connection.request("POST", f"https://{host}/ams/api/v1/pay?a=1", body=b"{}")
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def answer(host: str = GATEWAY) -> list[str]:
    """Return what `ask` gets."""
    return ["POST", host, "/ams/api/v1/pay", "a=1", "{}"]


def arrives_at(host: Any = GATEWAY, port: Any = 443, **options: Any) -> list[Any]:
    """Return the ports of this machine that a host's addresses stand for."""
    return [address[-1][1] for address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, **options)]


def certificates_in(file: str) -> set[bytes]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(file)
    return set(context.get_ca_certs(binary_form=True))


# What follows.


def test_http_client_reaches_the_server_and_trusts_it(gateway: Gateway) -> None:
    with reroute([GATEWAY], gateway.port, ca_file=gateway.ca_file):
        assert ask() == answer()
        assert ask(context=ssl.create_default_context()) == answer()


def test_urllib_and_httpx_follow(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "example.test")
    with reroute([GATEWAY], gateway.port, ca_file=gateway.ca_file):
        for address in (f"https://{GATEWAY}/a", f"https://{GATEWAY.upper()}:443/a"):
            with urllib.request.urlopen(address, timeout=5) as reply:
                assert json.loads(reply.read())[2] == "/a"
            assert httpx.get(address, timeout=5).json()[2] == "/a"


def test_streams_of_asyncio_follow(gateway: Gateway) -> None:
    async def request() -> bytes:
        reader, writer = await asyncio.open_connection(GATEWAY, 443, ssl=True)
        writer.write(f"GET /a HTTP/1.1\r\nHost: {GATEWAY}\r\nConnection: close\r\n\r\n".encode())
        reply = await reader.read()
        writer.close()
        await writer.wait_closed()
        return reply

    with reroute([GATEWAY], gateway.port, ca_file=gateway.ca_file):
        assert b'"/a"' in run(request())


@pytest.mark.parametrize("host", [GATEWAY, GATEWAY.upper(), f"{GATEWAY}.", GATEWAY.encode()])
@pytest.mark.parametrize("port", [443, "443", "https", b"443", b"https"])
def test_a_host_and_a_port_may_be_written_in_any_way(gateway: Gateway, host: str | bytes, port: int | str) -> None:
    with reroute([f"{GATEWAY.title()}."], gateway.port, ca_file=gateway.ca_file):
        assert arrives_at(host, port) == [gateway.port]
        assert arrives_at(host=host, port=port, family=socket.AF_INET) == [gateway.port]


# What does not.


@pytest.mark.parametrize(
    ("host", "port", "ports"),
    [
        ("127.0.0.1", 443, [443]),
        (b"127.0.0.1", b"443", [443]),
        (None, 443, [443, 443]),
        ("127.0.0.1", None, [0]),
        ("127.0.0.1", "8443", [8443]),
    ],
)
def test_other_hosts_are_resolved_as_ever(
    gateway: Gateway, host: str | bytes | None, port: int | str | None, ports: list[int]
) -> None:
    with reroute([GATEWAY], gateway.port, ca_file=gateway.ca_file):
        assert set(arrives_at(host, port)) == set(ports)


def test_other_ports_of_the_host_are_not_led_here(gateway: Gateway) -> None:
    with reroute(["localhost"], gateway.port, ca_file=gateway.ca_file):
        assert set(arrives_at("localhost", 443)) == {gateway.port}
        assert set(arrives_at("localhost", 80)) == {80}


def test_nothing_is_led_here_after_the_block(gateway: Gateway) -> None:
    with pytest.raises(ZeroDivisionError), reroute(["localhost"], gateway.port, ca_file=gateway.ca_file):
        raise ZeroDivisionError
    assert set(arrives_at("localhost")) == {443}


def test_a_context_made_outside_the_block_does_not_trust_the_server(gateway: Gateway) -> None:
    before = ssl.create_default_context()
    with reroute([GATEWAY], gateway.port, ca_file=gateway.ca_file):
        inside = ssl.create_default_context()
        with pytest.raises(ssl.SSLCertVerificationError):
            ask(context=before)
    after = ssl.create_default_context()
    with reroute([GATEWAY], gateway.port, ca_file=gateway.ca_file):
        assert ask(context=inside) == answer()
        with pytest.raises(ssl.SSLCertVerificationError):
            ask(context=after)


# Several at once.


def test_the_inner_of_two_blocks_counts_and_then_the_outer_again(gateway: Gateway) -> None:
    with reroute([GATEWAY, OTHER], 1, ca_file=gateway.ca_file):
        with reroute([GATEWAY], 2, ca_file=gateway.ca_file):
            assert (arrives_at(GATEWAY), arrives_at(OTHER)) == ([2], [1])
        assert (arrives_at(GATEWAY), arrives_at(OTHER)) == ([1], [1])


@pytest.mark.parametrize("first_to_end", [0, 1])
def test_blocks_may_end_in_any_order(gateway: Gateway, tmp_path: Path, first_to_end: int) -> None:
    own = certificates_in(str(gateway.ca_file))
    others_file = Certificates.load(tmp_path).ca_file
    blocks = [ExitStack(), ExitStack()]
    blocks[0].enter_context(reroute([GATEWAY], gateway.port, ca_file=gateway.ca_file))
    blocks[1].enter_context(reroute([OTHER], gateway.port, ca_file=others_file))
    for variable in VARIABLES:
        assert own | certificates_in(str(others_file)) <= certificates_in(os.environ[variable])
    # Two authorities of one name, and only one of them made the certificate.
    assert (ask(GATEWAY), ask(OTHER)) == (answer(GATEWAY), answer(OTHER))

    blocks[first_to_end].close()
    left, trusted = [(OTHER, others_file), (GATEWAY, gateway.ca_file)][first_to_end]
    assert arrives_at(left) == [gateway.port]
    for variable in VARIABLES:
        assert certificates_in(str(trusted)) <= certificates_in(os.environ[variable])
        assert (own <= certificates_in(os.environ[variable])) is (first_to_end == 1)
    folder = Path(os.environ["SSL_CERT_FILE"]).parent
    blocks[1 - first_to_end].close()
    assert not folder.exists()


def test_threads_may_have_blocks_of_their_own(gateway: Gateway) -> None:
    inside = threading.Barrier(2, timeout=5)
    got: dict[str, Any] = {}

    def run(host: str) -> None:
        for turn in range(5):
            with reroute([host], gateway.port, ca_file=gateway.ca_file):
                inside.wait()
                got[f"{host} {turn}"] = ask(host)

    threads = [threading.Thread(target=run, args=[host]) for host in (GATEWAY, OTHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert got == {f"{host} {turn}": answer(host) for host in (GATEWAY, OTHER) for turn in range(5)}


def test_another_who_replaces_the_resolver_meanwhile_is_left_in_place(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What it finds now, it puts back after the test.
    monkeypatch.setattr(socket, "getaddrinfo", socket.getaddrinfo)
    with reroute(["localhost"], 1, ca_file=gateway.ca_file):
        ours = socket.getaddrinfo

        def theirs(*args: Any, **options: Any) -> Any:
            return ours(*args, **options)

        monkeypatch.setattr(socket, "getaddrinfo", theirs)
    assert socket.getaddrinfo is theirs
    assert set(arrives_at("localhost")) == {443}
    with reroute(["localhost"], 2, ca_file=gateway.ca_file):
        assert set(arrives_at("localhost")) == {2}
    assert set(arrives_at("localhost")) == {443}


# What is trusted.


@pytest.mark.parametrize(
    ("variables", "by_python", "by_requests"),
    [
        ({"SSL_CERT_FILE": "there", "REQUESTS_CA_BUNDLE": "there"}, True, True),
        ({"SSL_CERT_FILE": "there"}, True, True),
        ({"SSL_CERT_FILE": "there", "REQUESTS_CA_BUNDLE": "nowhere"}, True, False),
        ({"SSL_CERT_FILE": "nowhere", "SSL_CERT_DIR": "nowhere", "REQUESTS_CA_BUNDLE": "there"}, False, True),
        ({"SSL_CERT_FILE": "nowhere", "SSL_CERT_DIR": "nowhere", "CURL_CA_BUNDLE": "there"}, False, True),
        ({"SSL_CERT_FILE": "nowhere", "SSL_CERT_DIR": "folder"}, True, True),
        ({"SSL_CERT_FILE": "nowhere", "SSL_CERT_DIR": "nowhere"}, False, False),
    ],
)
def test_what_was_trusted_before_is_trusted_beside_it(
    gateway: Gateway,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    by_python: bool,
    by_requests: bool,
) -> None:
    usual = Certificates.load(tmp_path).ca_file
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "0123abcd.0").symlink_to(usual)
    (tmp_path / "there").symlink_to(usual)
    for variable in (*VARIABLES, "CURL_CA_BUNDLE", "SSL_CERT_DIR"):
        monkeypatch.delenv(variable, raising=False)
    for variable, name in variables.items():
        monkeypatch.setenv(variable, str(tmp_path / name))
    before = dict(os.environ)
    own, others = certificates_in(str(gateway.ca_file)), certificates_in(str(usual))

    with reroute([GATEWAY], gateway.port, ca_file=gateway.ca_file):
        assert certificates_in(os.environ["SSL_CERT_FILE"]) == (own | others if by_python else own)
        assert certificates_in(os.environ["REQUESTS_CA_BUNDLE"]) == (own | others if by_requests else own)
        assert ask() == answer()
    assert dict(os.environ) == before


def test_a_variable_that_is_gone_before_the_block_ends_is_no_problem(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with reroute([GATEWAY], gateway.port, ca_file=gateway.ca_file):
        del os.environ["SSL_CERT_FILE"]
    assert "SSL_CERT_FILE" not in os.environ


# What is refused.


@pytest.mark.parametrize("host", ["", ".", "https://gateway.example.test", "gateway.example.test:443", "::1", "a b"])
def test_what_is_no_name_of_a_host_is_refused(gateway: Gateway, host: str) -> None:
    with pytest.raises(SetupError, match="a host is named like gateway"):
        reroute([OTHER, host], gateway.port, ca_file=gateway.ca_file).__enter__()


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"cannot read .*ca.pem: No such file or directory; name the ca_file"):
        reroute([GATEWAY], 1, ca_file=tmp_path / "ca.pem").__enter__()


def test_a_block_that_cannot_begin_leaves_nothing_behind(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(gateway.ca_file / "nowhere"))
    with pytest.raises(OSError, match="nowhere"):
        reroute([GATEWAY], gateway.port, ca_file=gateway.ca_file).__enter__()
    monkeypatch.undo()
    with reroute([GATEWAY], gateway.port, ca_file=gateway.ca_file):
        assert ask() == answer()
