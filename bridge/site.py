"""Many bridges on one server, each under an address prefix of its own.

A page talks to the bridge whose `my.js` it loaded, so the prefix under which it was opened decides to whom it belongs:
tests that share a server, pages of one test and pages left over from another never meet.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from bridge.bridge import Bridge
from bridge.guards import Guard
from bridge.server import Server, run_in_thread
from bridge.session import CLOSE_NOT_SERVED

__all__ = ["Site"]

_GONE = "nothing is served here any more; the test that this page belongs to is over"


class Site:
    """The server. An ASGI application that hands each request to the bridge of its prefix."""

    def __init__(self) -> None:
        self._server: Server | None = None
        self._bridges: dict[str, Bridge] = {}
        self._numbers = itertools.count(1)

    @contextmanager
    def run(self) -> Iterator[Site]:
        """Serve in a thread, on a free port of the loopback interface, while the block runs."""
        with run_in_thread(self) as self._server:
            yield self

    @property
    def server(self) -> Server:
        """Where the site is served."""
        assert self._server is not None, "the site is not served; mount bridges inside run()"
        return self._server

    def mount(self, bridge: Bridge) -> str:
        """Serve a bridge under a prefix that no other has or had; return its `url`."""
        root = self.server
        prefix = f"/{next(self._numbers)}"
        self._bridges[prefix] = bridge
        bridge.server = Server(root.host, root.port, path=prefix, loop=root.loop)
        return bridge.url

    def unmount(self, bridge: Bridge) -> None:
        """Serve a bridge no more, and tell the pages that it still has."""
        loop = self.server.loop
        assert loop is not None
        assert bridge.server is not None, "it was mounted here"
        del self._bridges[bridge.server.path]
        bridge.server = None
        if bridge.connections:
            asyncio.run_coroutine_threadsafe(bridge.connections.drop(CLOSE_NOT_SERVED, _GONE), loop)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket."""
        prefix = _first_segment(scope["path"])
        bridge = self._bridges.get(prefix)
        if bridge is not None and scope["path"] != prefix:
            await bridge.app({**scope, "root_path": scope.get("root_path", "") + prefix}, receive, send)
        elif scope["type"] == "http":
            await self._elsewhere(Request(scope), prefix)(scope, receive, send)
        else:
            # Accepted first: a handshake that is refused tells the page nothing, and it would try again. Whoever the
            # page is, it learns no more than that.
            socket = WebSocket(scope, receive, send)
            await socket.accept()
            await socket.close(CLOSE_NOT_SERVED, _GONE)

    def _elsewhere(self, request: Request, prefix: str) -> ASGIApp:
        """Lead a request without a prefix to where it belongs: pages name their own files by absolute paths, too."""
        path = f"{prefix}/"
        if prefix not in self._bridges:
            prefix = _prefix_of_page(request)
            # As it was sent: what is escaped in it stays so.
            path = prefix + request.scope["raw_path"].decode("latin-1")
        bridge = self._bridges.get(prefix)
        if bridge is None:
            return _guarded(PlainTextResponse(f"{_GONE}, or the address lacks its prefix: open bridge.url\n", 404))
        query = request.scope["query_string"].decode("latin-1")
        response = RedirectResponse(f"{path}?{query}" if query else path, headers={"Cache-Control": "no-store"})
        return _guarded(response, bridge.settings.allow_origins, bridge.settings.allow_hosts)


def _guarded(response: Response, allow_origins: Iterable[str] = (), allow_hosts: Iterable[str] = ()) -> ASGIApp:
    return Guard(response, allow_origins=allow_origins, allow_hosts=allow_hosts)


def _prefix_of_page(request: Request) -> str:
    """Return what the address of the page begins with that a request comes from: this server's page, if it says so."""
    referer = re.match(r"https?://([^/?#]*)([^?#]*)", request.headers.get("referer", ""))
    if referer is None or referer[1] != request.headers.get("host"):
        return ""
    return _first_segment(referer[2])


def _first_segment(path: str) -> str:
    return "/" + path[1:].partition("/")[0]
