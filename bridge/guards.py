"""Who may talk to the server: Host and Origin allow-lists, on every route and on the socket.

Any web page can send requests to a server on the loopback interface. The Origin list keeps pages of other sites from
opening the socket and so from getting codes; the Host list keeps out a site that has its own name resolve to
127.0.0.1 (DNS rebinding), which would make its requests look like our own.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from bridge.errors import SetupError
from bridge.hosts import is_loopback

__all__ = ["Guard", "Refused", "check", "is_loopback", "valid_host", "valid_origin"]

logger = logging.getLogger("bridge.guards")

_NAME = r"(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9_.-]{1,253})"
_HOST = re.compile(rf"(?P<name>{_NAME})(?::\d{{1,5}})?")
_ORIGIN = re.compile(rf"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>(?P<name>{_NAME})(?::\d{{1,5}})?)")

_NOWHERE = ("null", "file://")


class Refused(Exception):
    """A request may not pass. `str()` says why, and which option would let it."""


def valid_host(host: str) -> str:
    """Return a host name of an allow-list in its normal form, without a port.

    Raises:
        SetupError: It is none.
    """
    parts = _HOST.fullmatch(host.lower())
    name = parts["name"].removesuffix(".") if parts else ""
    if not name:
        raise SetupError(f"--allow-host takes a host name such as dev.example.test, not {host!r}")
    return name


def valid_origin(origin: str) -> str:
    """Return an origin of an allow-list in its normal form.

    Raises:
        SetupError: It is none. "null" and "file://", the origins of files and sandboxed frames, are some.
    """
    normal = origin.lower()
    if normal in _NOWHERE:
        return normal
    normal = normal.removesuffix("/")
    if not _ORIGIN.fullmatch(normal):
        raise SetupError(f"--allow-origin takes an origin such as https://dev.example.test:8443, not {origin!r}")
    return normal


def check(headers: Headers, *, allow_origins: Iterable[str] = (), allow_hosts: Iterable[str] = ()) -> None:
    """Let a request pass, or raise.

    A page of any loopback origin may, and one of a host in `allow_hosts` that the request is for: such a host names
    this very server. A request without an Origin may, because browsers send one whenever a page of another site asks
    for the socket or for content that it could read.

    Raises:
        Refused: Its Host or its Origin is not allowed.
    """
    hosts = headers.getlist("host")
    host = hosts[0].lower() if len(hosts) == 1 else ""
    host_parts = _HOST.fullmatch(host)
    if host_parts is None:
        raise Refused(f"a request has one Host that is a name, not {_shown(hosts)}")
    name = host_parts["name"].removesuffix(".")
    if not (is_loopback(name) or name in allow_hosts):
        raise Refused(f"the Host {name} is not allowed; if it is yours: --allow-host {name}")

    origins = headers.getlist("origin")
    if not origins:
        if headers.get("sec-fetch-mode") == "websocket":
            raise Refused("a browser's WebSocket without an Origin is not allowed; no option changes that")
        return
    origin = origins[0].lower() if len(origins) == 1 else ""
    origin_parts = _ORIGIN.fullmatch(origin)
    if origin_parts is None and origin not in _NOWHERE:
        raise Refused(f"a page has one Origin that is an address, not {_shown(origins)}")
    own = origin_parts is not None and (
        origin_parts["scheme"] in ("http", "https")
        and (is_loopback(origin_parts["name"]) or origin_parts["host"] == host)
    )
    if not own and origin not in allow_origins:
        raise Refused(f"the Origin {origin} is not allowed; if it is yours: --allow-origin {origin}")


class Guard:
    """ASGI middleware that refuses what `check` refuses, with status 403 and the reason, in the log too.

    The lists are in the normal form of `valid_origin` and `valid_host`.
    """

    def __init__(self, app: ASGIApp, *, allow_origins: Iterable[str], allow_hosts: Iterable[str]) -> None:
        self._app = app
        self._allow_origins = frozenset(allow_origins)
        self._allow_hosts = frozenset(allow_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            try:
                check(Headers(scope=scope), allow_origins=self._allow_origins, allow_hosts=self._allow_hosts)
            except Refused as refused:
                logger.warning("refused: %s", refused)
                response = PlainTextResponse(f"{refused}\n", 403, {"X-Content-Type-Options": "nosniff"})
                if scope["type"] == "http":
                    await response(scope, receive, send)
                elif "websocket.http.response" in scope.get("extensions", {}):
                    await WebSocket(scope, receive, send).send_denial_response(response)
                else:
                    await WebSocket(scope, receive, send).close(1008, str(refused)[:120])
                return
        await self._app(scope, receive, send)


def _shown(values: list[str]) -> str:
    """Return the values of a header fit for a log line."""
    text = ", ".join(values)[:200]
    return repr(text) if text else "none"
