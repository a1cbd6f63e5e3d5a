"""Puts the shim on pages that another server serves, through Playwright.

The shim is injected before the first script of each document, frames included, where a page's Content-Security-Policy
has no say. Its socket is answered by Playwright instead of the network, where `connect-src` has none, and where pages
of any origin are welcome: what arrives there is handed to the bridge's application, in the server's event loop.

Playwright is not imported: its objects come from those who have it.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import itertools
import logging
import re
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message

from bridge import shim
from bridge.app import SOCKET
from bridge.errors import SetupError
from bridge.server import Server
from bridge.session import CLOSE_NOT_SERVED

__all__ = ["Attachment", "is_async", "is_sync", "pump"]

CLOSE_FAILED = 1011

logger = logging.getLogger("bridge.attach")

_numbers = itertools.count(1)


def is_sync(value: object) -> bool:
    """Tell whether a value is a page or browser context of Playwright's sync API."""
    return _is_target(value, "playwright.sync_api")


def is_async(value: object) -> bool:
    """Tell whether a value is a page or browser context of Playwright's async API."""
    return _is_target(value, "playwright.async_api")


def _is_target(value: object, api: str) -> bool:
    kind = type(value)
    return kind.__module__.startswith(api) and kind.__name__ in ("Page", "BrowserContext")


def pump(targets: Iterable[Any]) -> Callable[[float], None] | None:
    """Return what lets Playwright's sync API do its work for some seconds, or None where there is no open page of it.

    Its events, and so what pages say through it, wait until something of it is called in the same thread.
    """
    targets = [target for target in targets if type(target).__module__.startswith("playwright.sync_api")]

    def open_page() -> Any:
        return next((page for target in targets for page in _pages(target) if not page.is_closed()), None)

    def go_on(seconds: float) -> None:
        page = open_page()
        if page is None:
            time.sleep(seconds)
            return
        try:
            page.wait_for_timeout(seconds * 1000)
        except Exception:
            # It may close itself meanwhile; then another one is next, if there is one.
            if not page.is_closed():
                raise

    return go_on if open_page() else None


def _pages(target: Any) -> list[Any]:
    match type(target).__name__:
        case "Page":
            return [target]
        case "BrowserContext":
            return list(target.pages)
        case "Browser":
            return [page for context in target.contexts for page in context.pages]
    return []


class Attachment:
    """The shim on one page or browser context, from its next navigation on.

    Args:
        target: The page or context, of Playwright's sync or async API.
        app: Returns what answers the sockets.
        manifest: Returns what `my.js` is to know.
        server: Where that runs, and what the address of the shim is.

    Raises:
        SetupError: It is neither page nor context.
    """

    def __init__(
        self, target: Any, app: Callable[[], ASGIApp], manifest: Callable[[], Mapping[str, Any]], server: Server
    ) -> None:
        if not (is_sync(target) or is_async(target)):
            raise SetupError(f"attach takes a Page or BrowserContext of Playwright, not {target!r}")
        self.target = target
        self._app: Callable[[], ASGIApp] | None = app
        self._manifest = manifest
        self._server = server
        # Nothing is served there. Playwright keeps its routes, and pages that load `my.js` go past them.
        self._url = f"{server.url}/attached/{next(_numbers)}"
        self._init_script: Any = None
        self._thread = threading.get_ident()
        # The loop of the async API.
        self._playwright: _Playwright | None = None

    def open(self) -> Awaitable[None] | None:
        """Install the shim: with the async API, once the result is awaited."""
        # Not a glob, in which the brackets of an IPv6 address mean something else.
        address = re.compile(f"^{re.escape(self._url.replace('http', 'ws', 1) + SOCKET)}$")

        # The shim takes the page's WebSocket, so Playwright's stand-in for that comes first.
        async def install() -> None:
            self._playwright = _Playwright(sync=False)
            await self.target.route_web_socket(address, self._serve)
            self._init_script = await self.target.add_init_script(self._script())

        if is_async(self.target):
            return install()
        self.target.route_web_socket(address, self._serve)
        self._init_script = self.target.add_init_script(self._script())
        return None

    def renew(self) -> None:
        """Let what is loaded next know what has changed: with the async API, once its loop has gone on."""
        if is_sync(self.target):
            # It may be closed; and another thread must not touch it.
            if threading.get_ident() == self._thread:
                with contextlib.suppress(Exception):
                    self._remove()
                    self._init_script = self.target.add_init_script(self._script())
        elif self._playwright is not None:
            self._playwright.do(self._replace)

    async def _replace(self) -> None:
        await self._remove()
        self._init_script = await self.target.add_init_script(self._script())

    def _script(self) -> str:
        return shim.injected(self._manifest(), f"{self._url}/my.js")

    def close(self) -> None:
        """Leave the page to others, from its next navigation on: with the async API, once its loop has gone on."""
        self._app = None
        if is_sync(self.target):
            # It may be closed, of which a context says nothing, and so may the browser.
            with contextlib.suppress(Exception):
                self._remove()
        elif self._playwright is not None:
            self._playwright.do(self._remove)

    def _remove(self) -> Any:
        # In older versions of Playwright add_init_script returns nothing, and what it has added stays.
        return self._init_script.close() if self._init_script else self.target.add_init_script(shim.REMOVED)

    async def _serve(self, route: Any) -> None:
        """Answer one socket. For the page it opens when this returns; Playwright awaits it in its sync API, too."""
        relay = _Relay(route, self.target, self._server)
        if self._app is not None and relay.start(self._app()):
            await relay.answered.wait()
        else:
            relay.close(CLOSE_NOT_SERVED, "")


class _Playwright:
    """Playwright's event loop, the one that runs now, for those who are in other threads."""

    def __init__(self, *, sync: bool) -> None:
        self._sync = sync
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()

    def do(self, work: Callable[[], Any], afterwards: Callable[[], Any] | None = None) -> None:
        """Do something with an object of Playwright. The page that it belongs to may be gone by then."""
        # It may have stopped.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._do, work, afterwards or (lambda: None))

    def _do(self, work: Callable[[], Any], afterwards: Callable[[], Any]) -> None:
        if self._sync:
            # Whoever calls the sync API from within its loop needs a greenlet, as its event handlers have.
            # It has no types of its own.
            from greenlet import greenlet  # type: ignore[import-untyped]

            greenlet(_quietly).switch(work, afterwards)
        else:
            task = asyncio.ensure_future(_quietly_async(work, afterwards))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


def _quietly(work: Callable[[], Any], afterwards: Callable[[], Any]) -> None:
    with contextlib.suppress(Exception):
        work()
    afterwards()


async def _quietly_async(work: Callable[[], Any], afterwards: Callable[[], Any]) -> None:
    with contextlib.suppress(Exception):
        result = work()
        if inspect.isawaitable(result):
            await result
    afterwards()


def _on_close(route: Any, listener: Callable[..., None]) -> None:
    """Call the listener when the document that has opened a socket goes."""
    inner: Any = getattr(route, "_impl_obj", None)
    if hasattr(inner, "_channel_close_page"):
        # Playwright up to 1.63 looks for a close code there. There is none, and it prints an error instead.
        inner._channel.on("closePage", listener)
    else:
        route.on_close(listener)


class _Relay:
    """One socket, between Playwright's event loop and the server's."""

    def __init__(self, route: Any, target: Any, server: Server) -> None:
        self._route = route
        self._target = target
        self._playwright = _Playwright(sync=is_sync(target))
        self._host = urlsplit(server.url).netloc.encode()
        assert server.loop is not None, "run and the site both know their loop"
        self._loop = server.loop
        self._incoming: asyncio.Queue[Message] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self.answered = asyncio.Event()
        """In Playwright's loop: whether the application has accepted or closed the socket."""

    def start(self, app: ASGIApp) -> bool:
        """Hand the socket to the application, or tell that the server has stopped."""
        self._route.on_message(self._page_said)
        _on_close(self._route, self._page_left)
        # Of a page that closes the route does not hear.
        self._target.on("close", self._page_left)
        self._receive({"type": "websocket.connect"})
        return self._in_server(lambda: setattr(self, "_task", self._loop.create_task(self._run(app))))

    def close(self, code: int, reason: str) -> None:
        """Close it, for both sides."""
        # In this order: it does not open first.
        self._playwright.do(lambda: self._route.close(code=code, reason=reason), self.answered.set)
        self._page_left()

    def _page_said(self, data: str | bytes) -> None:
        text, binary = (data, None) if isinstance(data, str) else (None, data)
        self._receive({"type": "websocket.receive", "text": text, "bytes": binary})

    def _page_left(self, *why: object) -> None:
        self._receive({"type": "websocket.disconnect", "code": 1001})
        self._playwright.do(lambda: self._target.remove_listener("close", self._page_left))

    def _receive(self, message: Message) -> None:
        self._in_server(lambda: self._incoming.put_nowait(message))

    def _in_server(self, work: Callable[[], None]) -> bool:
        try:
            self._loop.call_soon_threadsafe(work)
        except RuntimeError:
            # It has stopped before the page.
            return False
        return True

    async def _run(self, app: ASGIApp) -> None:
        scope = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": SOCKET,
            "raw_path": SOCKET.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(b"host", self._host)],
            "subprotocols": [],
            "extensions": {},
        }
        code = CLOSE_FAILED
        try:
            await app(scope, self._incoming.get, self._send)
            code = 1000
        except Exception:
            logger.exception("the socket of an attached page failed")
        finally:
            self.close(code, "")

    async def _send(self, message: Message) -> None:
        if message["type"] == "websocket.accept":
            self._playwright.do(self.answered.set)
        elif message["type"] == "websocket.send":
            self._playwright.do(lambda: self._route.send(message["text"]))
        elif message["type"] == "websocket.close":
            self.close(message["code"], message.get("reason") or "")
