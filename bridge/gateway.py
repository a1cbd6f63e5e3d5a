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
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

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
from bridge.redaction import printable, shortened
from bridge.script import Place
from bridge.store import TokenRecord
from bridge.wallet import Wallet

__all__ = ["ABORT", "MAX_BODY", "Gateway", "GatewayFront", "MerchantSettings"]

__tracebackhide__ = hide_from_traceback

logger = logging.getLogger("bridge.gateway")

MAX_BODY = 65_536
"""Bytes of a request."""

BODY_SECONDS = 10.0
"""How long a request may take to come in."""

ABORT = "bridge.abort"
"""The extension of ASGI by which our server lets an application cut the connection."""


class MerchantSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a back end has to be set to. `str()` gives it as lines, one for each variable of `environment`."""

    gateway_url: str
    """Where the API is, as for the SDKs: the address before the path."""
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
        """The settings as environment variables: "GATEWAY_URL", "CLIENT_ID" and so on, the key in PKCS #1."""
        fields = msgspec.structs.asdict(self)
        del fields["merchant_private_key_pkcs8"]
        return {name.upper(): value for name, value in fields.items()}

    def __str__(self) -> str:
        return "\n".join(f"{name}={value}" for name, value in self.environment.items())

    def __repr__(self) -> str:
        return f"MerchantSettings(gateway_url={self.gateway_url!r}, client_id={self.client_id!r})"


class Gateway:
    """The API of one bridge, and what a test or a developer may want of it.

        bridge.gateway.once("applyToken", "used")

    Args:
        log: Where its requests are noted.
        clock: Gives the time.
        url: Gives the address under which the bridge is served now.
    """

    def __init__(self, log: CallLog, clock: Clock, url: Callable[[], str]) -> None:
        self.faults = Faults()
        self._log = log
        self._clock = clock
        self._url = url
        self._delayed = _Delays(clock)

    def configure(self, wallet: Wallet, settings: ApiSettings) -> None:
        """Answer for a wallet from now on."""
        self._wallet = wallet
        self._api = settings
        self._dialects: tuple[Dialect, ...] = (AlipayCn(settings), AlipayPlus(settings))

    def __repr__(self) -> str:
        return f"<Gateway, {len(self.requests)} requests>"

    @property
    def settings(self) -> MerchantSettings:
        """What a back end has to be set to.

        Raises:
            SetupError: The bridge is not served by `run` or by the fixture of a test.
        """
        return self.settings_at(self._url())

    def settings_at(self, url: str) -> MerchantSettings:
        """Return what a back end has to be set to that reaches the gateway at an address."""
        keys, client = self._api.keys(), self._api.clients[0]
        merchant = keys.merchant if isinstance(keys.merchant, PrivateKey) else None
        return MerchantSettings(
            gateway_url=url,
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

    # What goes wrong on request.

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
        """Let something go wrong with the next requests, one after the other; None is one that goes well."""
        self._add("sequence", operation, [Fault(name=fault) for fault in faults])

    def always(self, operation: Operation, fault: FaultName | None = None, *, delay: float = 0) -> None:
        """Let something go wrong with every request for which no `once` is left. The one written last is used.

        Without fault and delay, all goes well again.
        """
        self._add("always", operation, [Fault(name=fault, delay=delay)])

    def expire(self, secret: str) -> None:
        """Let a code, an access token or a refresh token expire now."""
        self._wallet.authority.expire(secret)

    def _add(self, verb: Literal["once", "sequence", "always"], operation: Operation, faults: list[Fault]) -> None:
        caller = sys._getframe(2)
        place = Place(caller.f_code.co_filename, caller.f_lineno)
        if not faults:
            raise SetupError(f'{verb}: name the faults, as in {verb}("applyToken", "unknown", None)')
        self.faults.add([FaultRule(operation=operation, fault=fault, verb=verb, place=place) for fault in faults])

    # One request.

    def claims(self, method: str, path: str) -> bool:
        """Tell whether a request is for this API, be it for something that it does not have."""
        return method != "CONNECT" and any(dialect.claims(method, path) for dialect in self._dialects)

    async def answer(self, request: HttpRequest, problem: Refused | None = None) -> HttpAnswer | None:
        """Answer a request. None is a connection that is to be cut instead.

        Args:
            request: It.
            problem: What was wrong with it before it could be read.
        """
        began, at = time.perf_counter(), time.time()
        dialect = next(
            (dialect for dialect in self._dialects if dialect.claims(request.method, request.path)), self._dialects[-1]
        )
        demand, fault, result = self._perform(dialect, request, problem)
        try:
            answer = dialect.write(request, result, forged=fault.name == "forged")
        except Exception:
            logger.exception("the answer to %s cannot be written", request.path)
            answer = dialect.write(request, Refused("unknown"), forged=False)
        if fault.delay:
            await self._delayed.wait(fault.delay)
        entry = LoggedRequest(
            at=at,
            seconds=time.perf_counter() - began,
            operation=demand.operation if demand else "",
            path=printable(request.path[:200]),
            client_id=printable(demand.client.id) if demand else "",
            secret=shortened(demand.secret) if demand else "",
            kind=demand.kind if demand else "",
            code=self._origin(demand),
            result=answer.summary,
            succeeded=not isinstance(result, Refused),
            details=printable(result.details) if isinstance(result, Refused) else "",
            fault="" if fault is FAULTLESS else str(fault),
        )
        logger.info("%s", self._log.requested(entry))
        return None if fault.name == "cut" else answer

    def _perform(
        self, dialect: Dialect, request: HttpRequest, problem: Refused | None
    ) -> tuple[Demand | None, Fault, Result | Refused]:
        demand, fault = None, FAULTLESS
        try:
            if problem is not None:
                raise problem
            demand = dialect.read(request)
            fault = self.faults.take(demand.operation)
            return demand, fault, self._grant(demand, fault)
        except Refused as refused:
            return demand, fault, refused
        except StateError as error:
            logger.error("%s", error)
            return demand, fault, Refused("unknown", "the wallet's state cannot be read or written now")
        except Exception:
            # Whatever it is, it is ours, and nothing that a back end should see.
            logger.exception("a request to %s failed", request.path)
            return demand, fault, Refused("unknown")

    def _grant(self, demand: Demand, fault: Fault) -> Result:
        """Do what is asked for.

        Raises:
            Refused: It is not to be had.
        """
        authority = self._wallet.authority
        match fault.name:
            case "unknown" | "limited":
                raise Refused(fault.name)
            case "used":
                raise Refused("used refresh token" if demand.kind == "refresh token" else "used code")
            case "expired":
                authority.expire(demand.secret)
        client = demand.client
        try:
            match demand.kind:
                case "code":
                    return authority.exchange(demand.secret, app_id=client.app_id, client_id=client.id)
                case "refresh token":
                    return authority.refresh(demand.secret, client_id=client.id)
                case "access token":
                    record = authority.look_up(demand.secret, client_id=client.id)
            if demand.operation == "cancelToken":
                authority.revoke_tokens(demand.secret, client_id=client.id)
        except (CodeError, TokenError) as error:
            raise Refused(_problem(error, demand), str(error)) from error
        match demand.operation:
            case "cancelToken":
                return Cancelled()
            case "queryToken":
                return TokenState(
                    access_token=demand.secret,
                    access_expires_at=record.access_expires_at,
                    refresh_expires_at=record.refresh_expires_at,
                )
        return self._revealed(record, demand)

    def _revealed(self, record: TokenRecord, demand: Demand) -> Revealed:
        user = self._wallet.users.with_id(record.user_id)
        if user is None:
            raise Refused("unknown access token", f"the wallet does not know the user {record.user_id} any more")
        profile = self._wallet.profile
        # What a user has taken back since is not told, whatever the token says.
        granted = self._wallet.authority.granted(app_id=record.app_id, user_id=user.id)
        scopes = [scope for name in record.scopes if (scope := profile.scope_named(name))]
        told = [scope.reveals for scope in scopes if scope.silent or scope.name in granted]
        attributes: frozenset[Attribute] = frozenset().union(*told)
        if demand.more_than_id and not attributes:
            raise Refused("insufficient scope", "none of the scopes of the token reveals more than the user's id")
        return Revealed(user=user, attributes=attributes)

    def _origin(self, demand: Demand | None) -> str:
        if demand is None:
            return ""
        try:
            return self._wallet.authority.origin(demand.secret) or ""
        except StateError:
            return ""


class GatewayFront:
    """ASGI middleware that answers what is for a gateway, and hands on the rest.

    Args:
        app: What gets the rest; by default the gateway answers everything, so that what it lacks is an unknown API.
        gateway: The gateway.
    """

    def __init__(self, app: ASGIApp | None, gateway: Gateway) -> None:
        self._app = app
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if self._app is not None and (scope["type"] != "http" or not self._gateway.claims(scope["method"], path)):
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            # Alone, it is served to back ends only.
            await send({"type": "websocket.close"})
            return
        if scope["method"] == "CONNECT":
            # An answer with a body is none to it, in HTTP.
            await PlainTextResponse("this is no proxy\n", 405)(scope, receive, send)
            return
        body, problem = await _body(receive)
        if body is None:
            return
        request = HttpRequest(
            method=scope["method"],
            path=path,
            whole_path=scope.get("raw_path", b"").decode("latin-1") or scope["path"],
            query=scope["query_string"].decode("latin-1"),
            headers=dict(Headers(scope=scope)),
            body=body,
        )
        answer = await self._gateway.answer(request, problem)
        if answer is None:
            await _cut(scope, receive, send)
            return
        headers = {**answer.headers, "Content-Length": str(len(answer.body)), "Cache-Control": "no-store"}
        if problem is not None:
            # Of a request that was not read to its end, the rest is no next request.
            headers["Connection"] = "close"
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        await send({"type": "http.response.body", "body": answer.body})


async def _body(receive: Receive) -> tuple[bytes | None, Refused | None]:
    """Return the body of a request, None of one whose client has gone; and what was wrong with it."""
    body = b""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None, None
                body += message.get("body", b"")
                if len(body) > MAX_BODY:
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

    async def wait(self, seconds: float) -> None:
        moved = asyncio.Event()
        waiting = asyncio.get_running_loop(), moved
        due, ahead = time.monotonic() + seconds, self._clock.ahead
        self._waiting.add(waiting)
        try:
            while (left := due - time.monotonic() - (self._clock.ahead - ahead)) > 0:
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
