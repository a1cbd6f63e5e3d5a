"""The ASGI application: the shim, the socket and the pages, behind the guard.

It keeps no state of its own and needs no lifespan, so it can be mounted under any path of another application.
"""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any

import anyio.to_thread
import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from bridge import shim
from bridge.calls import Page
from bridge.clock import Clock
from bridge.connection import Connection, Connections
from bridge.errors import SetupError
from bridge.exchange import Client
from bridge.gateway import Api, GatewayFront
from bridge.guards import Guard
from bridge.log import CallLog
from bridge.manifest import at_once, manifest
from bridge.miniprogram import MiniProgram
from bridge.pages import Pages
from bridge.profiles import Profile
from bridge.script import Script
from bridge.session import Session
from bridge.users import User
from bridge.wallet import ConsentPolicy, LogIns, Wallet

__all__ = ["PREFIX", "SOCKET", "Settings", "create_app"]

PREFIX = "/_bridge"
"""Our own paths, beside `/my.js`, start so; `my.js` knows it."""

SOCKET = f"{PREFIX}/socket"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What one bridge is set to. The options of `Bridge` say what each means."""

    profile: Profile
    app_id: str
    app_name: str
    users: tuple[User, ...]
    user: User
    consent: ConsentPolicy
    aes_key: bytes
    clients: tuple[Client, ...]
    keys: Path | None
    verify: bool
    gateway_prefix: str
    private: tuple[Path, ...]
    """Files and folders that are no pages, wherever they lie."""
    allow_requests: tuple[str, ...]
    pages: Path | None
    program: MiniProgram | None
    """What these are, if they are the sources of one."""
    strict: bool
    call_timeout: float | None
    allow_origins: tuple[str, ...]
    allow_hosts: tuple[str, ...]

    def manifest(self, user: User, log_ins: LogIns | None = None) -> dict[str, Any]:
        """Return what `my.js` is to know when this user is logged in, and others on some pages: `Wallet.log_ins`."""
        return manifest(
            self.profile,
            app_id=self.app_id,
            app_name=self.app_name,
            users=self.users,
            user_id=user.id,
            log_ins=log_ins or (),
        )


def create_app(
    settings: Settings,
    *,
    wallet: Wallet,
    script: Script,
    connections: Connections,
    log: CallLog,
    clock: Clock,
    api: Api,
) -> Starlette:
    """Return the application."""

    async def socket(websocket: WebSocket) -> None:
        if connections.full or connections.offline:
            await websocket.close(1013, "offline" if connections.offline else "too many pages are connected")
            return
        session = Session(
            wallet=wallet,
            now=asyncio.get_running_loop().time() + clock.ahead,
            strict=settings.strict,
            call_timeout=settings.call_timeout,
        )
        connection = Connection(
            websocket, session, wallet=wallet, script=script, log=log, clock=clock, network=connections
        )
        connections.add(connection)
        try:
            await connection.run()
        finally:
            connections.discard(connection)

    def my_js(request: Request) -> Response:
        # As far as the browser says for which page it is; my.js knows that better, and whom a person has chosen there.
        page = Page(id="", url=request.headers.get("referer", ""))
        known = settings.manifest(wallet.user_of(page), wallet.log_ins)
        is_host = program is not None and request.url.query == "native"
        return _script(request, shim.script(known, at_once(settings.profile), str(request.url), is_host=is_host))

    program = settings.program

    def host(request: Request) -> Response:
        assert program is not None, "there is such a route where there is one"
        nonce = secrets.token_urlsafe(16)
        language = "zh-CN" if settings.profile.platform == "alipay-cn" else "en"
        html = shim.host(title=program.title or settings.app_name, language=language, nonce=nonce)
        return Response(html, headers={"Content-Type": "text/html; charset=utf-8", **_PRIVATE, **_policy(nonce)})

    async def sources(request: Request) -> Response:
        assert program is not None, "there is such a route where there is one"
        survey = await anyio.to_thread.run_sync(program.read)
        for problem in survey.sources.problems:
            log.noticed(problem)
        headers = {"Content-Type": "application/json", **_UNCOMPRESSED, **_PRIVATE}
        return Response(msgspec.json.encode(survey.sources), headers=headers)

    routes = [
        Route("/my.js", my_js),
        *(Route(f"{PREFIX}/{part}", _part) for part in shim.parts()),
        WebSocketRoute(SOCKET, socket),
    ]
    if program is not None:
        routes += [
            Route("/", host),
            Route("/index.html", host),
            Route(f"{PREFIX}/{shim.NATIVE}", _native),
            Route(f"{PREFIX}/sources.json", sources),
        ]
    if settings.pages is not None:
        packages = () if program is None else program.packages
        routes.append(Mount("/", Pages(settings.pages, private=settings.private, packages=packages)))
    guard = Middleware(Guard, allow_origins=settings.allow_origins, allow_hosts=settings.allow_hosts)
    front = Middleware(GatewayFront, api=lambda: api)
    return Starlette(routes=routes, middleware=[guard, front, Middleware(GZipMiddleware)])


_UNCOMPRESSED = {"Content-Encoding": "identity"}
"""On one machine, compressing much takes longer than sending it. An encoding that is named is left alone."""

_PRIVATE = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""What is for the pages of this origin, and of this moment."""


def _policy(nonce: str) -> dict[str, str]:
    """Let a mini program load and show what it likes, as on the platform, and run nothing but its own sources."""
    # Nothing of ours evaluates text. Playwright does, in `page.wait_for_function("...")`.
    scripts = f"script-src 'nonce-{nonce}' 'unsafe-eval'"
    return {"Content-Security-Policy": f"{scripts}; object-src 'none'; base-uri 'none'"}


def _native(request: Request) -> Response:
    try:
        response = _script(request, shim.native())
    except SetupError as error:
        return PlainTextResponse(f"{error}\n", 500, _PRIVATE)
    response.headers.update(_UNCOMPRESSED)
    return response


def _part(request: Request) -> Response:
    name = request.url.path.rpartition("/")[2]
    return _script(request, shim.file(f"parts/{name}").read_text("utf-8"))


def _script(request: Request, text: str) -> Response:
    headers = {
        "Content-Type": "text/javascript; charset=utf-8",
        "Cache-Control": "no-store",
        # A page of any origin may load the file, in which there is nothing secret; the socket is what is guarded.
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Origin",
    }
    if origin := request.headers.get("origin"):
        # The guard has let this origin pass.
        headers["Access-Control-Allow-Origin"] = origin
    return PlainTextResponse(text, headers=headers)
