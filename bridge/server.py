"""Runs the application with uvicorn: in the foreground, or in a thread beside a test."""

from __future__ import annotations

import asyncio
import errno
import logging
import re
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import unquote

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from bridge.errors import SetupError
from bridge.gateway import ABORT
from bridge.messages import MAX_MESSAGE_BYTES

__all__ = [
    "DEFAULT_HOST",
    "DEFAULT_PORT",
    "WILDCARDS",
    "Server",
    "listen",
    "run_in_foreground",
    "run_in_thread",
    "url_host",
]

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8765

WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""The hosts that mean every address of this machine, and the one to open instead."""

START_SECONDS = 10.0
STOP_SECONDS = 5.0
GOODBYE_SECONDS = 0.3
"""How long clients have to confirm that a connection ends, as TLS would have it. Those between two requests do not."""

logger = logging.getLogger("bridge.server")


class Server:
    """Where a bridge is served.

    Args:
        host: The name or address of this machine.
        port: The port.
        scheme: "http", or "https".
        path: What the paths of the bridge begin with, such as "/3"; by default nothing.
        loop: The event loop that serves it, where that is known.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        scheme: str = "http",
        path: str = "",
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.scheme = scheme
        self.path = path
        self.loop = loop

    def __repr__(self) -> str:
        return f"<Server {self.url}>"

    @property
    def url(self) -> str:
        """The address, such as "http://127.0.0.1:8765", without a slash at its end."""
        return f"{self.scheme}://{url_host(self.host)}:{self.port}{self.path}"

    @property
    def script_tag(self) -> str:
        """The element that brings `my` to a page."""
        return f'<script src="{self.url}/my.js"></script>'


def url_host(host: str) -> str:
    """Return a host as addresses write it: IPv6 in brackets, and this machine for a wildcard, which is no address."""
    host = WILDCARDS.get(host, host)
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def listen(host: str = DEFAULT_HOST, port: int = DEFAULT_PORT, *, option: str = "--port") -> socket.socket:
    """Return a socket that listens; port 0 takes a free one.

    Args:
        host: The name or address of this machine.
        port: The port.
        option: What the user has given the port with, for the errors.

    Raises:
        SetupError: The port is taken, or the address is not this machine's.
    """
    if not 0 <= port <= 65535:
        raise SetupError(f"a port is a number from 0 to 65535, not {port}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host.strip("[]"), port), family=family, backlog=128)
        # By its protocol asyncio knows TCP, and does not hold back the second of two small writes (TCP_NODELAY).
        return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=listener.detach())
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            problem = f"port {port} is in use; choose another with {option}, or a free one with {option} 0"
        elif error.errno == errno.EACCES:
            problem = (
                f"port {port} is not for ordinary users; choose one above 1023 with {option}, or on Linux let them "
                f"have it: sudo sysctl net.ipv4.ip_unprivileged_port_start={port}"
            )
        else:
            problem = f"cannot listen on {host}, port {port}: {error.strerror or error}"
        raise SetupError(problem) from error


def run_in_foreground(
    app: ASGIApp, listener: socket.socket, *, beside: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Serve until Ctrl-C or a termination signal.

    Args:
        app: The ASGI application.
        listener: From `listen`.
        beside: Something to run in the same event loop for as long as the server does.
    """

    async def serve() -> None:
        server = uvicorn.Server(_config(app))
        task = asyncio.ensure_future(beside()) if beside is not None else None
        try:
            await server.serve(sockets=[listener])
        finally:
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    # uvicorn has shut down in order when it raises the signal again.
    with suppress(KeyboardInterrupt):
        asyncio.run(serve())


@contextmanager
def run_in_thread(
    app: ASGIApp,
    *,
    host: str = DEFAULT_HOST,
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    option: str = "--port",
) -> Iterator[Server]:
    """Serve in a daemon thread while the block runs.

    Args:
        app: The ASGI application.
        host: The name or address of this machine to listen on.
        port: The port; 0 takes a free one.
        tls: What to serve HTTPS with, such as `Certificates.server` makes; by default it is HTTP.
        option: As for `listen`.

    Raises:
        SetupError: The server does not start, or does not stop in time.
    """
    listener = listen(host, port, option=option)
    server = _Threaded(_config(app, tls))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="bridge server", daemon=True)
    thread.start()
    try:
        if not server.ready.wait(START_SECONDS):
            raise SetupError(f"the server did not start within {START_SECONDS:g} s; its log says why")
        scheme = "http" if tls is None else "https"
        yield Server(host, listener.getsockname()[1], scheme=scheme, loop=server.loop)
    finally:
        server.should_exit = True
        thread.join(STOP_SECONDS)
        listener.close()
    if thread.is_alive():
        raise SetupError(
            f"the server did not stop within {STOP_SECONDS:g} s: an async handler may block its event loop"
        )


def _is_news(record: logging.LogRecord) -> bool:
    """Tell a message worth reading from uvicorn's remark on each refused handshake, which the guard has logged."""
    return record.getMessage() != "ASGI callable returned without completing handshake."


class _Threaded(uvicorn.Server):
    """A server that tells another thread when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self.loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.loop = asyncio.get_running_loop()
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.config.ssl is not None:
            asyncio.get_running_loop().call_later(GOODBYE_SECONDS, self._hang_up)
        await super().shutdown(sockets)

    def _hang_up(self) -> None:
        for connection in list(self.server_state.connections):
            if connection.transport.is_closing():
                connection.transport.abort()


_ABSOLUTE = re.compile(rb"(?:https?|wss?)://(?P<authority>[^/]*)(?P<path>.*)", re.IGNORECASE)


class _OriginForm:
    """ASGI middleware that takes a request for "https://host/path" as one for "/path" with that Host.

    A server must understand such targets, and heed their host rather than the header (RFC 9112, section 3.2.2).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if target := _ABSOLUTE.fullmatch(scope["raw_path"]):
            path = target["path"] or b"/"
            headers = [(name, value) for name, value in scope["headers"] if name != b"host"]
            scope = {
                **scope,
                "path": unquote(path.decode("ascii")),
                "raw_path": path,
                "headers": [(b"host", target["authority"]), *headers],
            }
        await self._app(scope, receive, send)


class _Cuttable:
    """ASGI middleware that lets the application cut the connection of a request, by the extension `ABORT`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # ASGI has no word for it; what uvicorn sends with knows the connection.
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        if scope["type"] == "http" and transport is not None:
            scope = {**scope, "extensions": {**scope.get("extensions", {}), ABORT: transport.abort}}
        await self._app(scope, receive, send)


def _config(app: ASGIApp, tls: ssl.SSLContext | None = None) -> uvicorn.Config:
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    config = uvicorn.Config(
        _Cuttable(_OriginForm(app)),
        # Also where httptools is installed, which would keep the host of such a target to itself.
        http="h11",
        ws="websockets-sansio",
        ws_max_size=MAX_MESSAGE_BYTES,
        # Messages are short, and a compressor costs each idle connection three times its memory.
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # Loopback: nothing between the page and us speaks for it.
        proxy_headers=False,
        timeout_graceful_shutdown=2,
    )
    if tls is not None:
        # The oldest uvicorn that we run with takes files of a key only, not a context.
        config.load()
        config.ssl = tls
    return config
