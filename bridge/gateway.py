"""The wallet's API for back ends, which exchanges the codes of its pages: whatever the dialect, with one state.

A request passes in this order: a dialect reads it, the ledger (`authority`) does what is asked for, unless a fault is
in the way, the dialect writes and signs the answer, and the log notes it.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from typing import Literal, cast

import msgspec
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from bridge.clock import Clock
from bridge.errors import (
    CodeError,
    ExpiredCode,
    ExpiredToken,
    SetupError,
    StateError,
    TokenError,
    UsedCode,
    UsedToken,
    hide_from_traceback,
)
from bridge.exchange import (
    ApiSettings,
    Cancelled,
    Client,
    Demand,
    Dialect,
    HttpAnswer,
    HttpRequest,
    Operation,
    Problem,
    Refused,
    Result,
    Revealed,
    TokenState,
)
from bridge.gateway_cn import AlipayCn
from bridge.gateway_faults import FAULTLESS, Fault, FaultName, FaultRule, Faults
from bridge.gateway_plus import AlipayPlus
from bridge.keys import PrivateKey
from bridge.log import CallLog, LoggedRequest
from bridge.profiles import Attribute
from bridge.redaction import cut, cut_path, printable, shortened
from bridge.script import Place
from bridge.store import TokenRecord
from bridge.wallet import Wallet

__all__ = ["ABORT", "MAX_BODY", "Api", "Gateway", "GatewayFront", "MerchantSettings"]

__tracebackhide__ = hide_from_traceback

logger = logging.getLogger("bridge.gateway")

MAX_BODY = 65_536
"""Bytes of a request."""

MAX_READ = 8_000_000
"""Bytes that are read of one that has more, so that its sender gets to the answer."""

BODY_SECONDS = 10.0
"""How long a request may take to come in."""

ABORT = "bridge.abort"
"""The extension of ASGI by which our server lets an application cut the connection."""


class MerchantSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a back end has to be set to. `str()` gives it as lines, one for each variable of `environment`."""

    gateway_url: str
    """Where the API is, as the SDKs take it: what is before all paths, or for Alipay in China the one address."""
    client_id: str
    app_id: str
    merchant_private_key: str
    """PKCS #1 in base64, as the SDKs for Python take it; "" where only the public part is known."""
    merchant_private_key_pkcs8: str
    """The same in PKCS #8, as the SDKs for Java take it."""
    alipay_public_key: str
    """With this the wallet's answers are checked."""

    @property
    def environment(self) -> dict[str, str]:
        """The settings as environment variables: "GATEWAY_URL", "CLIENT_ID" and so on, the key in PKCS #1.

        Without a private key, where only the public one is known.
        """
        fields = msgspec.structs.asdict(self)
        del fields["merchant_private_key_pkcs8"]
        return {name.upper(): value for name, value in fields.items() if value}

    def __str__(self) -> str:
        lines = [f"{name}={value}" for name, value in self.environment.items()]
        own = (
            []
            if self.merchant_private_key
            else ["# MERCHANT_PRIVATE_KEY is your own: only its public key is known here"]
        )
        return "\n".join([*lines, *own])

    def __repr__(self) -> str:
        # The private key is long, and in a folder of one's own a real one.
        return f"MerchantSettings(gateway_url={self.gateway_url!r}, client_id={self.client_id!r})"


class Gateway:
    """What a test or a developer has of the API of one bridge: faults on request, and what was asked for.

        bridge.gateway.once("applyToken", "used")

    Args:
        log: Where its requests are noted.
        clock: Gives the time that delays are counted by.
        url: Gives the address under which the bridge is served now.
    """

    def __init__(self, log: CallLog, clock: Clock, url: Callable[[], str]) -> None:
        self.faults = Faults()
        self._log = log
        self._delays = _Delays(clock)
        self._url = url

    def __repr__(self) -> str:
        return f"<Gateway, {len(self.requests)} requests>"

    def configure(self, wallet: Wallet, settings: ApiSettings) -> None:
        """Answer for a wallet from now on."""
        self._api = Api(wallet, settings, faults=self.faults, log=self._log, delays=self._delays)

    @property
    def api(self) -> Api:
        """What answers now."""
        return self._api

    @property
    def settings(self) -> MerchantSettings:
        """What a back end has to be set to.

        Raises:
            SetupError: The bridge is not served by `run` or by the fixture of a test, or its keys cannot be read.
        """
        return self.settings_at(self._url())

    def settings_at(self, url: str) -> MerchantSettings:
        """Return what a back end has to be set to that reaches the gateway at an address.

        Raises:
            SetupError: The keys cannot be read.
        """
        keys, client = self._api.settings.keys(), self._api.settings.clients[0]
        merchant = keys.merchant if isinstance(keys.merchant, PrivateKey) else None
        return MerchantSettings(
            gateway_url=f"{url}{self._api.settings.gateway}",
            client_id=client.id,
            app_id=client.app_id,
            merchant_private_key=merchant.pkcs1 if merchant else "",
            merchant_private_key_pkcs8=merchant.pkcs8 if merchant else "",
            alipay_public_key=keys.wallet.public.base64,
        )

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        """What back ends have asked for, the oldest first."""
        return self._log.requests

    def once(self, operation: Operation, fault: FaultName | None = None, *, delay: float = 0) -> None:
        """Let something go wrong with the next request of its kind, once.

            bridge.gateway.once("applyToken", "unknown")
            bridge.gateway.once("inquiryUserInfo", delay=20)

        Args:
            operation: "applyToken", "inquiryUserInfo", "queryToken" or "cancelToken", whatever the dialect calls it.
            fault: What goes wrong: see `gateway_faults.FaultName`.
            delay: Seconds by which the answer comes later.

        Of several, the one that was written first is used.

        Raises:
            SetupError: There is no such operation or fault.
        """
        self._add("once", operation, [Fault(name=fault, delay=delay)])

    def sequence(self, operation: Operation, *faults: FaultName | None) -> None:
        """Let something go wrong with the next requests, one after the other; None is one that goes well.

        Raises:
            SetupError: As for `once`.
        """
        self._add("sequence", operation, [Fault(name=fault) for fault in faults])

    def always(self, operation: Operation, fault: FaultName | None = None, *, delay: float = 0) -> None:
        """Let something go wrong with every request for which no `once` is left. The one written last is used.

        Without fault and delay, all goes well again.

        Raises:
            SetupError: As for `once`.
        """
        self._add("always", operation, [Fault(name=fault, delay=delay)])

    def expire(self, secret: str) -> None:
        """Let a code, an access token or a refresh token expire now.

        Raises:
            SetupError: There is no such code or token.
        """
        authority = self._api.wallet.authority
        if authority.origin(secret) is None:
            raise SetupError(f"expire: there is no code or token {shortened(secret)} here, or not any more")
        authority.expire(secret)

    def _add(self, verb: Literal["once", "sequence", "always"], operation: Operation, faults: list[Fault]) -> None:
        caller = sys._getframe(2)
        place = Place(caller.f_code.co_filename, caller.f_lineno)
        if not faults:
            raise SetupError(f'{verb}: name the faults, as in {verb}("applyToken", "unknown", None)')
        self.faults.add([FaultRule(operation=operation, fault=fault, verb=verb, place=place) for fault in faults])


class Api:
    """What answers requests, as a bridge is set to at one time. From any thread and event loop.

    Args:
        wallet: For whom.
        settings: What it is set to.
        faults: What goes wrong on request.
        log: Where requests are noted.
        delays: Let answers wait.
    """

    def __init__(self, wallet: Wallet, settings: ApiSettings, *, faults: Faults, log: CallLog, delays: _Delays) -> None:
        self.wallet = wallet
        self.settings = settings
        self._dialects: tuple[Dialect, ...] = (AlipayCn(settings), AlipayPlus(settings))
        self._faults = faults
        self._log = log
        self._delays = delays

    def claims(self, method: str, path: str) -> bool:
        """Tell whether a request is for this API, be it for something that it does not have."""
        return method != "CONNECT" and any(dialect.claims(method, path) for dialect in self._dialects)

    async def answer(self, request: HttpRequest, problem: Refused | None = None) -> HttpAnswer | None:
        """Answer a request. None is a connection that is to be cut instead.

        Args:
            request: It.
            problem: What was wrong with it before it could be read.
        """
        began = self._delays.now()
        # In a thread, so that pages are not kept waiting by a file that another process has locked.
        answer, fault = await asyncio.to_thread(self._answer, request, problem)
        if fault.delay:
            await self._delays.wait_until(began + fault.delay)
        return None if fault.name == "cut" else answer

    def _answer(self, request: HttpRequest, problem: Refused | None) -> tuple[HttpAnswer, Fault]:
        began, at = time.perf_counter(), time.time()
        dialect = next((known for known in self._dialects if known.claims(request.method, request.path)), None)
        dialect = dialect or self._dialects[0 if self.settings.platform == "alipay-cn" else -1]
        demand, fault, code = None, FAULTLESS, ""
        result: Result | Refused
        try:
            if problem is not None:
                raise problem
            demand = dialect.read(request)
            fault = self._faults.take(demand.operation)
            code = self.wallet.authority.origin(demand.secret) or ""
            result = self._grant(demand, fault)
        except Refused as refused:
            result = refused
        except StateError as error:
            logger.error("%s", error)
            result = Refused("unknown", "the wallet's state cannot be read or written now")
        except Exception:
            # Whatever it is, it is ours, and nothing that a back end should see.
            logger.exception("a request to %s failed", cut_path(request.path))
            result = Refused("unknown")
        answer = dialect.write(request, result, forged=fault.name == "forged")
        entry = LoggedRequest(
            at=at,
            seconds=time.perf_counter() - began,
            operation=demand.operation if demand else "",
            path=cut_path(request.path)[:200],
            client_id=self._name(demand.client) if demand else "",
            secret=shortened(demand.secret) if demand else "",
            kind=demand.kind if demand else "",
            code=code,
            result=answer.summary,
            succeeded=not isinstance(result, Refused),
            details=printable(result.details) if isinstance(result, Refused) else "",
            fault="" if fault is FAULTLESS else str(fault),
        )
        logger.info("%s", self._log.requested(entry))
        return answer, fault

    def _name(self, client: Client) -> str:
        """Return the id of a client, which may be anything where nobody is verified."""
        return client.id if client in self.settings.clients else cut(client.id)

    def _grant(self, demand: Demand, fault: Fault) -> Result:
        """Do what is asked for.

        Raises:
            Refused: It is not to be had.
        """
        authority, client, secret = self.wallet.authority, demand.client, demand.secret
        match fault.name:
            case "unknown" | "limited":
                raise Refused(fault.name)
            case "used":
                raise Refused("used refresh token" if demand.kind == "refresh token" else "used code")
            case "expired":
                authority.expire(secret, app_id=client.app_id, client_id=client.id)
        try:
            if demand.kind == "code":
                return authority.exchange(secret, app_id=client.app_id, client_id=client.id)
            if demand.kind == "refresh token":
                return authority.refresh(secret, client_id=client.id)
            if demand.operation == "cancelToken":
                authority.revoke_tokens(secret, client_id=client.id)
                return Cancelled()
            record = authority.look_up(secret, client_id=client.id)
        except (CodeError, TokenError) as error:
            raise Refused(_problem(error, demand), str(error)) from error
        if demand.operation == "queryToken":
            return TokenState(
                access_token=secret,
                access_expires_at=record.access_expires_at,
                refresh_expires_at=record.refresh_expires_at,
            )
        return self._revealed(record, demand)

    def _revealed(self, record: TokenRecord, demand: Demand) -> Revealed:
        user = self.wallet.users.with_id(record.user_id)
        if user is None:
            raise Refused("unknown access token", f"the wallet does not know the user {record.user_id} any more")
        profile = self.wallet.profile
        # What a user has taken back since is not told, whatever the token says.
        granted = self.wallet.authority.granted(app_id=record.app_id, user_id=user.id)
        scopes = [scope for name in record.scopes if (scope := profile.scope_named(name))]
        told = [scope.reveals for scope in scopes if scope.silent or scope.name in granted]
        attributes: frozenset[Attribute] = frozenset().union(*told)
        if demand.more_than_id and not attributes:
            raise Refused("insufficient scope", "none of the scopes of the token reveals more than the user's id")
        return Revealed(user=user, attributes=attributes)


class GatewayFront:
    """ASGI middleware that answers what is for the API, and hands on the rest.

    Args:
        app: What gets the rest; without one, the API answers everything, and what it lacks is an unknown API.
        api: Gives what answers.
    """

    def __init__(self, app: ASGIApp | None, api: Callable[[], Api]) -> None:
        self._app = app
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        api = self._api()
        path = "" if scope["type"] != "http" else scope["path"].removeprefix(scope.get("root_path", ""))
        if self._app is not None and not (scope["type"] == "http" and api.claims(scope["method"], path)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(api, path, scope, receive, send)

    async def _answer(self, api: Api, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if scope["method"] == "CONNECT":
            # An answer with a body is none to it, in HTTP.
            await PlainTextResponse("this is no proxy\n", 405)(scope, receive, send)
            return
        if headers.get("sec-fetch-site") == "cross-site":
            # It could not read the answer, but spend a code that it has seen.
            await PlainTextResponse("a page of another site does not ask for a back end\n", 403)(scope, receive, send)
            return
        body, problem = await _body(receive)
        if body is None:
            return
        request = HttpRequest(
            method=scope["method"],
            path=path,
            whole_path=scope.get("raw_path", b"").decode("latin-1") or scope["path"],
            query=scope["query_string"].decode("latin-1"),
            headers=dict(headers),
            body=body,
        )
        answer = await api.answer(request, problem)
        if answer is None:
            await _cut(scope, receive, send)
            return
        answer_headers = {
            **answer.headers,
            "Cache-Control": "no-store",
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        }
        if problem is not None:
            # Of a request that was not read to its end, the rest is no next request.
            answer_headers["Connection"] = "close"
        await Response(answer.body, answer.status, answer_headers)(scope, receive, send)


async def _body(receive: Receive) -> tuple[bytes | None, Refused | None]:
    """Return the body of a request, None of one whose client has gone; and what was wrong with it."""
    body, length = b"", 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None, None
                part = message.get("body", b"")
                length += len(part)
                if length <= MAX_BODY:
                    body += part
                # Who sends still does not read yet, so some of what is too much is let pass.
                if length > MAX_BODY and (length > MAX_READ or not message.get("more_body", False)):
                    return b"", Refused("too large", f"a request has at most {MAX_BODY} bytes")
                if not message.get("more_body", False):
                    return body, None
    except TimeoutError:
        return b"", Refused("not readable", f"the body did not come within {BODY_SECONDS:g} s")


async def _cut(scope: Scope, receive: Receive, send: Send) -> None:
    abort: Callable[[], None] | None = scope.get("extensions", {}).get(ABORT)
    if abort is None:
        # Mounted under another server: the best that ASGI has is an answer that ends before its end.
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
        return
    abort()
    while (await receive())["type"] != "http.disconnect":
        pass


class _Delays:
    """Lets requests wait by a clock that a test may move."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        clock.on_advance(self._moved)

    def _moved(self) -> None:
        for loop, moved in tuple(self._waiting):
            loop.call_soon_threadsafe(moved.set)

    def now(self) -> float:
        """Return the time in seconds, of a clock that begins anywhere."""
        return time.monotonic() + self._clock.ahead

    async def wait_until(self, due: float) -> None:
        """Wait until this time, or until the clock is moved there."""
        moved = asyncio.Event()
        waiting = asyncio.get_running_loop(), moved
        self._waiting.add(waiting)
        try:
            while (left := due - self.now()) > 0:
                moved.clear()
                try:
                    async with asyncio.timeout(left):
                        await moved.wait()
                except TimeoutError:
                    return
        finally:
            self._waiting.discard(waiting)


def _problem(error: CodeError | TokenError, demand: Demand) -> Problem:
    state = "unknown"
    if isinstance(error, ExpiredCode | ExpiredToken):
        state = "expired"
    elif isinstance(error, UsedCode | UsedToken):
        state = "used"
    return cast(Problem, f"{state} {demand.kind}")
