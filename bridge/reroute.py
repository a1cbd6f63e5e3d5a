"""Leads what this process sends to hosts of the internet to a server of this machine instead.

Server SDKs name their gateway's host and connect to its port 443, whatever port the address has. So that they can be
tested as they are, names are resolved otherwise for as long as a block runs, and our certificates are trusted.
"""

from __future__ import annotations

import functools
import os
import re
import socket
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.certificates import read_if_possible, usual_certificates
from bridge.errors import SetupError

__all__ = ["reroute"]

_HTTPS = ("443", "https")
_NAME = re.compile(r"[a-z0-9_.-]+")


@contextmanager
def reroute(hosts: Iterable[str], port: int, *, ca_file: Path) -> Iterator[None]:
    """Lead this process's connections to port 443 of some hosts to 127.0.0.1 while the block runs.

    Blocks may be nested, and may overlap in several threads; each holds for the whole process. Of those that name the
    same host, the last one entered counts.

    What resolves names by `socket.getaddrinfo` and connects to what that returns follows: http.client, urllib.request,
    urllib3, requests, httpx.Client, asyncio's streams, and aiohttp. What connects to the port that it was given does
    not: anyio, and so httpx.AsyncClient, which arrives at port 443 of 127.0.0.1. Nor does what resolves names by
    itself, as uvloop and other processes do, nor what is told to use a proxy, such as by HTTPS_PROXY: exempt the hosts
    with NO_PROXY.

    `ca_file` is trusted beside the certificates that count otherwise, by TLS contexts made while the block runs:
    Python's default ones and httpx's (by SSL_CERT_FILE), and requests' (by REQUESTS_CA_BUNDLE, since code that calls a
    gateway by requests is to run unchanged, too). A context made before the block does not know it; aiohttp makes its
    own when it is imported. Where no such variable was set, httpx and requests trust Python's default certificates in
    the block, instead of certifi's.

    Args:
        hosts: Names such as "gateway.example.test", in any case.
        port: The port to arrive at.
        ca_file: Certificates, in PEM, that vouch for what listens there, such as `Certificates.ca_file`.

    Raises:
        SetupError: One of the hosts is no name, or the file cannot be read.
    """
    block = _Block(frozenset(map(valid_name, hosts)), port, _read_certificates(ca_file))
    try:
        _process.begin(block)
        yield
    finally:
        _process.end(block)


@dataclass(frozen=True, eq=False)
class _Block:
    """One `with reroute(...)` that runs."""

    hosts: frozenset[str]
    port: int
    certificates: bytes


@dataclass(frozen=True)
class _Bundle:
    """Certificates that an environment variable names while any block runs."""

    variable: str
    file: Path
    usual: bytes
    """Those that count without any block."""

    def write(self, more: Iterable[bytes]) -> None:
        # At once: another thread may be reading it.
        staged = self.file.with_suffix(".new")
        staged.write_bytes(b"\n".join([self.usual, *more]))
        staged.replace(self.file)


class _Process:
    """What holds for the whole process: the blocks that run, and how to undo what they have in common."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blocks: tuple[_Block, ...] = ()
        self._bundles: list[_Bundle] = []
        self._undo = ExitStack()

    def begin(self, block: _Block) -> None:
        with self._lock:
            if not self._blocks:
                self._set_up()
            self._blocks = (*self._blocks, block)
            self._write_bundles()

    def end(self, block: _Block) -> None:
        with self._lock:
            self._blocks = tuple(other for other in self._blocks if other is not block)
            if self._blocks:
                self._write_bundles()
            else:
                self._undo.close()

    def port_instead(self, host: object, port: object) -> int | None:
        """Return the port of this machine that stands for a host's, if any."""
        if _text(port) not in _HTTPS:
            return None
        name = _name(host)
        return next((block.port for block in reversed(self._blocks) if name in block.hosts), None)

    def _write_bundles(self) -> None:
        for bundle in self._bundles:
            bundle.write(block.certificates for block in self._blocks)

    def _set_up(self) -> None:
        folder = Path(self._undo.enter_context(tempfile.TemporaryDirectory(prefix="mybridge-")))
        self._bundles = [
            _Bundle("SSL_CERT_FILE", folder / "python.pem", usual_certificates()),
            _Bundle("REQUESTS_CA_BUNDLE", folder / "requests.pem", _usual_certificates_of_requests()),
        ]
        self._write_bundles()
        for bundle in self._bundles:
            self._undo.enter_context(_environment(bundle.variable, str(bundle.file)))
        self._undo.enter_context(_resolving(self.port_instead))


@contextmanager
def _environment(variable: str, value: str) -> Iterator[None]:
    before = os.environ.get(variable)
    os.environ[variable] = value
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(variable, None)
        else:
            os.environ[variable] = before


@contextmanager
def _resolving(port_instead: Callable[[object, object], int | None]) -> Iterator[None]:
    """Resolve names otherwise than the machine does."""
    resolve = socket.getaddrinfo

    @functools.wraps(resolve)
    def getaddrinfo(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        instead = port_instead(host, port)
        if instead is None:
            return resolve(host, port, *args, **options)
        return resolve("127.0.0.1", instead, *args, **options)

    socket.getaddrinfo = getaddrinfo
    try:
        yield
    finally:
        # Who has replaced it since still calls ours, which then does nothing.
        if socket.getaddrinfo is getaddrinfo:
            socket.getaddrinfo = resolve


def _usual_certificates_of_requests() -> bytes:
    named = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    return read_if_possible(named) if named else usual_certificates()


def _read_certificates(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SetupError(f"cannot read {file}: {error.strerror}; name the ca_file of a Certificates") from error


def valid_name(host: str) -> str:
    """Return the name of a host as `_name` does.

    Raises:
        SetupError: It is none.
    """
    name = _name(host)
    if not _NAME.fullmatch(name):
        raise SetupError(f"a host is named like gateway.example.test, without scheme and port, not {host!r}")
    return name


def _name(host: object) -> str:
    """Return a host as names are compared."""
    return _text(host).lower().removesuffix(".")


def _text(value: object) -> str:
    """Return a host or a port as text, in whatever form it was given."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


_process = _Process()
