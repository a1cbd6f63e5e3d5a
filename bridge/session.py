"""One page's connection, without I/O: text and time go in, effects come out.

Every decision about a call is made here. Nothing here reads a clock, sleeps, touches a socket or runs a handler:
`bridge.connection` does that, as the effects say. Times are seconds on any clock that only moves forward.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec

from bridge.calls import Call, Callback, Page
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
    Notification,
    Ran,
    Request,
    Response,
    Welcome,
    decode,
    encode,
    refusal,
)
from bridge.outcomes import After, Answerable, Drop, Error, Immediate, Never, Outcome, TooLate, answerable
from bridge.payloads import answer, check, error_payload
from bridge.profiles import InvalidScopes, Profile

__all__ = [
    "CLOSE_BAD_PROTOCOL",
    "CLOSE_DROPPED",
    "CLOSE_NOT_SERVED",
    "CLOSE_NO_HELLO",
    "CLOSE_TOO_BIG",
    "HELLO_SECONDS",
    "MAX_CALLS_IN_FLIGHT",
    "Asked",
    "CallbacksRan",
    "Cancel",
    "Close",
    "Effect",
    "Ending",
    "Invoke",
    "Problem",
    "Send",
    "Session",
    "Settled",
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
CLOSE_NOT_SERVED = 4410

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


class Asked(msgspec.Struct, frozen=True):
    """A page has made a call."""

    id: Id
    call: Call


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


Ending = Literal["answered", "invalid", "unhandled", "raised", "timeout", "never", "dropped", "too late", "lost"]
"""How a call ended. "lost" is the connection that went for another reason than this call's own outcome."""


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """A call is over, as far as Python decides it. `str()` gives the line of the log, with the code shortened."""

    id: Id
    call: Call
    ending: Ending
    summary: str
    seconds: float
    answers: tuple[Answer, ...] = ()
    """What was decided for the page, whether or not it got there."""

    def __str__(self) -> str:
        scopes = ",".join(self.call.scopes) or "-"
        return f"{self.call.api}  {scopes}  {self.summary}  {self.seconds * 1000:.0f} ms"


class CallbacksRan(msgspec.Struct, frozen=True):
    """The page has run the callbacks of a call."""

    id: Id
    callbacks: tuple[Callback, ...]


class Problem(msgspec.Struct, frozen=True):
    """An outcome that cannot be: something that the author of a handler should know."""

    id: Id
    message: str


Effect: TypeAlias = Send | Asked | Invoke | Cancel | Close | Settled | CallbacksRan | Problem


class _InFlight(msgspec.Struct):
    """A call that waits: for its handler, or, once there is an outcome, for its time."""

    call: Call
    asked_at: float
    deadline: float | None
    outcome: Immediate | None = None
    #: The outcome is carried out; the page may never hear of it.
    over: bool = False
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
        # Those after whose callbacks the connection is dropped.
        self._last_calls: set[Id] = set()
        # By this side, that is; otherwise the page has gone.
        self._dropped = False
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
                case Notification(method="bridge.ran"):
                    effects += self._ran(message, now)
                    if self.closed:
                        return effects
                case _:
                    # A call as a notification, of whose end nobody would hear, or a response, though nothing was asked.
                    pass
        if replies:
            effects.insert(0, Send(encode(replies if incoming.batch else replies[0])))
        return effects

    def decide(self, id: Id, outcome: Outcome, now: float) -> list[Effect]:
        """Carry out what a handler has decided."""
        waiting = self._waiting(id)
        if waiting is None:
            return []
        try:
            for answered in answerable(outcome):
                check(answered, waiting.call.api, self._profile)
        except OutcomeError as problem:
            return [Problem(id, f"the handler of {waiting.call.api}: {problem}"), *self.handler_raised(id, now)]
        if isinstance(outcome, After):
            waiting.outcome = outcome.outcome
            waiting.deadline = now + outcome.seconds
            return []
        return self._carry_out(id, waiting, outcome, now)

    def unhandled(self, id: Id, advice: str, now: float) -> list[Effect]:
        """Nobody handles the API of this call; `advice` says how to."""
        return self._fail(id, Error(error="unsupported"), "unhandled", "no handler", advice, now)

    def handler_raised(self, id: Id, now: float) -> list[Effect]:
        """The handler of this call raised instead of deciding."""
        remark = "its handler raised; the server's log has it"
        return self._fail(id, Error(error="unknown"), "raised", "the handler raised", remark, now)

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
                effects += [Cancel(id), *self._fail(id, Error(error="network"), "timeout", what, what, now)]
        return effects

    def lose(self, now: float) -> list[Effect]:
        """The connection is gone: nothing that waits can be answered any more."""
        self.stage = Stage.CLOSED
        effects: list[Effect] = []
        for id, waiting in self._calls.items():
            match waiting.outcome:
                case None:
                    effects.append(Cancel(id))
                case TooLate(outcome=outcome) if not self._dropped:
                    answers, words = self._answers(waiting, [outcome])
                    summary = f"{words}, too late: the page has gone"
                    effects.append(_settled(id, waiting, "too late", summary, now, answers))
                    continue
            if not waiting.over:
                effects.append(_settled(id, waiting, "lost", "unanswered: the connection is gone", now))
        self._calls.clear()
        return effects

    def drop(self, now: float) -> list[Effect]:
        """This side closes the connection: what waits is not answered, though the page is still there."""
        self._dropped = True
        return self.lose(now)

    def _close(self, code: int, reason: str, now: float) -> list[Effect]:
        return [*self.drop(now), Close(code, reason)]

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
                failed = self._fail(id, Error(error="invalid"), "invalid", str(problem), str(problem), now)
                return [Asked(id, call), *failed]
            waiting.call = call = msgspec.structs.replace(call, scopes=scopes)
            waiting.remark = remark and f"my.getAuthCode: {remark}"
        return [Asked(id, call), Invoke(id, call)]

    # The end of a call.

    def _waiting(self, id: Id) -> _InFlight | None:
        """Return the call if it still waits for a decision. A late or second one changes nothing."""
        waiting = self._calls.get(id)
        return None if waiting is None or waiting.outcome is not None else waiting

    def _carry_out(self, id: Id, waiting: _InFlight, outcome: Immediate, now: float) -> list[Effect]:
        waiting.deadline = None
        match outcome:
            case Never():
                waiting.outcome = outcome
                waiting.over = True
                return [_settled(id, waiting, "never", "never answered", now)]
            case TooLate():
                waiting.outcome = outcome
                return []
            case Drop():
                return self._drop(id, waiting, outcome, now)
        return self._answer(id, waiting, answerable(outcome), now)

    def _answer(self, id: Id, waiting: _InFlight, outcomes: list[Answerable], now: float) -> list[Effect]:
        answers, summary = self._answers(waiting, outcomes)
        del self._calls[id]
        return [*_send(id, answers), _settled(id, waiting, "answered", summary, now, answers)]

    def _drop(self, id: Id, waiting: _InFlight, outcome: Drop, now: float) -> list[Effect]:
        summary = "connection dropped"
        answers: tuple[Answer, ...] = ()
        if decided := answerable(outcome):
            answers, words = self._answers(waiting, decided)
            summary = f"{words}, {summary} {'before' if outcome.during else 'after'} the answer"
        del self._calls[id]
        settled = _settled(id, waiting, "dropped", summary, now, answers)
        if outcome.after:
            # A page that is cut off any earlier could not say what its callbacks did.
            self._last_calls.add(id)
            return [*_send(id, answers), settled]
        return [settled, *self._close(CLOSE_DROPPED, "dropped by a handler", now)]

    def _fail(self, id: Id, error: Error, ending: Ending, why: str, remark: str, now: float) -> list[Effect]:
        waiting = self._waiting(id)
        if waiting is None:
            return []
        waiting.remark = f"my.{waiting.call.api}: {remark}"
        answers, summary = self._answers(waiting, [error])
        del self._calls[id]
        return [*_send(id, answers), _settled(id, waiting, ending, f"{summary}: {why}", now, answers)]

    def _answers(self, waiting: _InFlight, outcomes: list[Answerable]) -> tuple[tuple[Answer, ...], str]:
        """Return what the page is to get for these outcomes, one after the other, and words for the log."""
        pairs: list[tuple[Answer, str]] = []
        for outcome in outcomes:
            # What is repeated holds the same code.
            repeated = bool(pairs) and outcome == outcomes[0]
            pairs.append(pairs[0] if repeated else answer(outcome, waiting.call, self._profile, self._issue_code))
        answers = tuple(
            msgspec.structs.replace(reply, remark=waiting.remark, again=number < len(pairs))
            for number, (reply, _) in enumerate(pairs, 1)
        )
        return answers, ", then ".join(words for _, words in pairs)

    # What the page says of its callbacks.

    def _ran(self, message: Notification, now: float) -> list[Effect]:
        try:
            report = msgspec.convert(message.params, Ran)
        except msgspec.ValidationError:
            return []
        names: tuple[Literal["success", "fail"], Literal["complete"], Literal["callback"]]
        names = (report.callback, "complete", "callback")
        callbacks = tuple(
            Callback(name=name, error=_thrown(ran))
            for name, ran in zip(names, report.ran, strict=False)
            if ran is not None
        )
        effects: list[Effect] = [CallbacksRan(report.id, callbacks)]
        if report.id in self._last_calls:
            effects += self._close(CLOSE_DROPPED, "dropped by a handler", now)
        return effects


def _send(id: Id, answers: tuple[Answer, ...]) -> list[Effect]:
    return [Send(encode(Response(id=id, result=answer))) for answer in answers]


def _settled(
    id: Id, waiting: _InFlight, ending: Ending, summary: str, now: float, answers: tuple[Answer, ...] = ()
) -> Settled:
    seconds = now - waiting.asked_at
    return Settled(id=id, call=waiting.call, ending=ending, summary=summary, seconds=seconds, answers=answers)


def _thrown(ran: str) -> str | None:
    """Return what a callback threw: the message, and the stack where it does not begin with the message already."""
    message, _, stack = ran.partition("\n")
    return (stack if stack.startswith(message) else ran) or None
