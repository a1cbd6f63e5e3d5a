"""One page's connection, without I/O: text and time go in, effects come out.

Every decision about a call is made here. Nothing here reads a clock, sleeps, touches a socket or runs a handler:
`bridge.connection` does that, as the effects say. Times are seconds on any clock that only moves forward.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable
from typing import TypeAlias

import msgspec

from bridge.calls import Call, Page, Settled
from bridge.errors import OutcomeError
from bridge.messages import (
    BAD_PROTOCOL,
    DUPLICATE_ID,
    INVALID_PARAMS,
    INVALID_REQUEST,
    MAX_MESSAGE_BYTES,
    METHOD_NOT_FOUND,
    NOT_INTRODUCED,
    PROTOCOL_VERSION,
    TOO_MANY_CALLS,
    Answer,
    Failures,
    Hello,
    Id,
    Invalid,
    Request,
    Response,
    Welcome,
    decode,
    encode,
    refusal,
)
from bridge.outcomes import After, Drop, Error, Immediate, Never, Outcome
from bridge.payloads import answer, error_payload
from bridge.profiles import InvalidScopes, Profile

__all__ = [
    "CLOSE_BAD_PROTOCOL",
    "CLOSE_DROPPED",
    "CLOSE_NO_HELLO",
    "CLOSE_TOO_BIG",
    "HELLO_SECONDS",
    "MAX_CALLS_IN_FLIGHT",
    "Cancel",
    "Close",
    "Effect",
    "Invoke",
    "Log",
    "Problem",
    "Send",
    "Session",
    "Stage",
]

HELLO_SECONDS = 10.0
"""How long a new connection may take to introduce itself."""

MAX_CALLS_IN_FLIGHT = 1000
"""More calls than this, all unanswered, are refused."""

# The page's my.js does not come back after a close code from 4400 to 4499.
CLOSE_TOO_BIG = 1009
CLOSE_DROPPED = 1011
CLOSE_BAD_PROTOCOL = 4400
CLOSE_NO_HELLO = 4408

_JSAPI = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,99}")


class Stage(enum.Enum):
    """How far a connection is."""

    NEW = "new"
    #: The page has said who it is.
    OPEN = "open"
    #: Nothing more goes out.
    CLOSED = "closed"


class Send(msgspec.Struct, frozen=True):
    """Send this text in one frame."""

    text: str


class Invoke(msgspec.Struct, frozen=True):
    """Run the handler of this call, then say `decide`, `unhandled` or `handler_raised` with the id."""

    id: Id
    call: Call


class Cancel(msgspec.Struct, frozen=True):
    """The handler of this call runs for nobody: stop it where it can be stopped."""

    id: Id


class Close(msgspec.Struct, frozen=True):
    """Close the connection."""

    code: int
    reason: str


class Log(msgspec.Struct, frozen=True):
    """A call is over."""

    settled: Settled


class Problem(msgspec.Struct, frozen=True):
    """Something that the author of a handler should know."""

    message: str


Effect: TypeAlias = Send | Invoke | Cancel | Close | Log | Problem


class _InFlight(msgspec.Struct):
    """A call that waits: for its handler, or, once there is an outcome, for its time."""

    call: Call
    asked_at: float
    deadline: float | None
    outcome: Immediate | None = None
    remark: str | None = None


class Session:
    """The state of one connection.

    Args:
        profile: The platform dialect.
        issue_code: Gives the authorization code for a call and the scopes granted to it.
        now: The current time.
        app_id: The mini program's id.
        user_id: The wallet user who answers.
        strict: Refuse arguments that the profile merely tolerates.
        call_timeout: Seconds that a handler may take, or None for no limit. An outcome, once decided, is carried
            out as it says, however late.
    """

    def __init__(
        self,
        *,
        profile: Profile,
        issue_code: Callable[[Call, tuple[str, ...]], str],
        now: float,
        app_id: str,
        user_id: str,
        strict: bool = False,
        call_timeout: float | None = 10.0,
    ) -> None:
        self._profile = profile
        self._issue_code = issue_code
        self._app_id = app_id
        self._user_id = user_id
        self._strict = strict
        self._call_timeout = call_timeout
        self._hello_deadline = now + HELLO_SECONDS
        self._calls: dict[Id, _InFlight] = {}
        self.stage = Stage.NEW
        self.page: Page | None = None

    @property
    def closed(self) -> bool:
        """Whether nothing more goes out."""
        return self.stage is Stage.CLOSED

    @property
    def deadline(self) -> float | None:
        """When `advance` wants to be called next, or None."""
        if self.stage is Stage.NEW:
            return self._hello_deadline
        return min((call.deadline for call in self._calls.values() if call.deadline is not None), default=None)

    def receive(self, data: str | bytes, now: float) -> list[Effect]:
        """Take in one frame."""
        if self.closed:
            return []
        if len(data) > MAX_MESSAGE_BYTES:
            return self._close(CLOSE_TOO_BIG, f"a message is at most {MAX_MESSAGE_BYTES} bytes long", now)
        replies: list[Response] = []
        effects: list[Effect] = []
        incoming = decode(data)
        for message in incoming.messages:
            match message:
                case Invalid(response):
                    replies.append(response)
                case Request():
                    step = self._request(message, now)
                    if isinstance(step, Response):
                        replies.append(step)
                    else:
                        effects += step
                    if self.closed:
                        return effects
                case _:
                    # A notification, of whose end nobody would hear, or a response, though nothing was asked.
                    pass
        if replies:
            effects.insert(0, Send(encode(replies if incoming.batch else replies[0])))
        return effects

    def decide(self, id: Id, outcome: Outcome, now: float) -> list[Effect]:
        """Carry out what a handler has decided."""
        waiting = self._waiting(id)
        if waiting is None:
            return []
        if isinstance(outcome, After):
            waiting.outcome = outcome.outcome
            waiting.deadline = now + outcome.seconds
            return []
        return self._carry_out(id, waiting, outcome, now)

    def unhandled(self, id: Id, advice: str, now: float) -> list[Effect]:
        """Nobody handles the API of this call; `advice` says how to."""
        return self._fail(id, Error(error="unsupported"), "no handler", advice, now)

    def handler_raised(self, id: Id, now: float) -> list[Effect]:
        """The handler of this call raised instead of deciding."""
        return self._fail(
            id, Error(error="unknown"), "the handler raised", "its handler raised; the server's log has it", now
        )

    def advance(self, now: float) -> list[Effect]:
        """Do what has come due."""
        if self.stage is Stage.NEW and now >= self._hello_deadline:
            return self._close(CLOSE_NO_HELLO, f"no bridge.hello within {HELLO_SECONDS:g} s", now)
        effects: list[Effect] = []
        for id, waiting in list(self._calls.items()):
            if waiting.deadline is None or now < waiting.deadline or id not in self._calls:
                continue
            if waiting.outcome is not None:
                effects += self._carry_out(id, waiting, waiting.outcome, now)
            else:
                what = f"its handler did not answer within {self._call_timeout:g} s"
                effects += [Cancel(id), *self._fail(id, Error(error="network"), what, what, now)]
        return effects

    def lose(self, now: float) -> list[Effect]:
        """The connection is gone: nothing that waits can be answered any more."""
        self.stage = Stage.CLOSED
        effects: list[Effect] = []
        for id, waiting in self._calls.items():
            if waiting.outcome is None:
                effects.append(Cancel(id))
            if not isinstance(waiting.outcome, Never):
                effects.append(_log(waiting, "unanswered: the connection is gone", now))
        self._calls.clear()
        return effects

    def _close(self, code: int, reason: str, now: float) -> list[Effect]:
        return [*self.lose(now), Close(code, reason)]

    # Messages of the page.

    def _request(self, request: Request, now: float) -> Response | list[Effect]:
        """Return the response to a request when there is one at once, or else what is to be done."""
        if request.method == "bridge.hello":
            return self._hello(request, now)
        if self.page is None:
            return refusal(request.id, NOT_INTRODUCED, "the first message is bridge.hello")
        if request.method.startswith(("bridge.", "rpc.")) or not _JSAPI.fullmatch(request.method):
            return refusal(request.id, METHOD_NOT_FOUND, f"there is no method {request.method[:100]!r}")
        params = {} if isinstance(request.params, msgspec.UnsetType) else request.params
        if isinstance(params, list):
            return refusal(request.id, INVALID_PARAMS, f"my.{request.method} takes one object")
        if request.id in self._calls:
            return refusal(request.id, DUPLICATE_ID, f"the id {request.id!r} is in use by a call without an answer")
        if len(self._calls) >= MAX_CALLS_IN_FLIGHT:
            return refusal(request.id, TOO_MANY_CALLS, f"{MAX_CALLS_IN_FLIGHT} calls wait for an answer already")
        call = Call(api=request.method, params=params, page=self.page, app_id=self._app_id, user_id=self._user_id)
        return self._call(request.id, call, now)

    def _hello(self, request: Request, now: float) -> Response | list[Effect]:
        try:
            hello = msgspec.convert({} if request.params is msgspec.UNSET else request.params, Hello)
        except msgspec.ValidationError as error:
            return refusal(request.id, INVALID_PARAMS, str(error))
        if self.page is not None:
            return refusal(request.id, INVALID_REQUEST, "this connection is introduced already")
        if hello.protocol != PROTOCOL_VERSION:
            problem = (
                f"my.js speaks protocol {hello.protocol} and the server {PROTOCOL_VERSION}; "
                "reload the page without its cache, or update the older of the two"
            )
            response = refusal(request.id, BAD_PROTOCOL, problem)
            return [Send(encode(response)), *self._close(CLOSE_BAD_PROTOCOL, "protocol versions differ", now)]
        self.stage = Stage.OPEN
        self.page = Page(id=hello.page, url=hello.url, framed=hello.framed)
        failures = Failures(
            lost=error_payload(self._profile.errors.network), invalid=error_payload(self._profile.errors.invalid)
        )
        return Response(id=request.id, result=Welcome(protocol=PROTOCOL_VERSION, failures=failures))

    def _call(self, id: Id, call: Call, now: float) -> list[Effect]:
        timeout = self._call_timeout
        waiting = _InFlight(call, asked_at=now, deadline=None if timeout is None else now + timeout)
        self._calls[id] = waiting
        if call.api == "getAuthCode":
            try:
                scopes, remark = self._profile.read_scopes(call.params.get("scopes"), strict=self._strict)
            except InvalidScopes as problem:
                return self._fail(id, Error(error="invalid"), str(problem), str(problem), now)
            waiting.call = call = msgspec.structs.replace(call, scopes=scopes)
            waiting.remark = remark and f"my.getAuthCode: {remark}"
        return [Invoke(id, call)]

    # The end of a call.

    def _waiting(self, id: Id) -> _InFlight | None:
        """Return the call if it still waits for a decision. A late or second one changes nothing."""
        waiting = self._calls.get(id)
        return None if waiting is None or waiting.outcome is not None else waiting

    def _carry_out(self, id: Id, waiting: _InFlight, outcome: Immediate, now: float) -> list[Effect]:
        match outcome:
            case Never():
                waiting.outcome = outcome
                waiting.deadline = None
                return [_log(waiting, "never answered", now)]
            case Drop():
                del self._calls[id]
                return [
                    _log(waiting, "connection dropped", now),
                    *self._close(CLOSE_DROPPED, "dropped by a handler", now),
                ]
        try:
            reply, summary = answer(outcome, waiting.call, self._profile, self._issue_code)
        except OutcomeError as problem:
            waiting.outcome = None
            return [Problem(f"the handler of {waiting.call.api}: {problem}"), *self.handler_raised(id, now)]
        return self._finish(id, waiting, reply, summary, now)

    def _fail(self, id: Id, error: Error, why: str, remark: str, now: float) -> list[Effect]:
        waiting = self._waiting(id)
        if waiting is None:
            return []
        waiting.remark = f"my.{waiting.call.api}: {remark}"
        reply, summary = answer(error, waiting.call, self._profile, self._issue_code)
        return self._finish(id, waiting, reply, f"{summary}: {why}", now)

    def _finish(self, id: Id, waiting: _InFlight, reply: Answer, summary: str, now: float) -> list[Effect]:
        del self._calls[id]
        result = msgspec.structs.replace(reply, remark=waiting.remark)
        return [Send(encode(Response(id=id, result=result))), _log(waiting, summary, now)]


def _log(waiting: _InFlight, summary: str, now: float) -> Log:
    call = waiting.call
    return Log(Settled(api=call.api, scopes=call.scopes, summary=summary, seconds=now - waiting.asked_at))
