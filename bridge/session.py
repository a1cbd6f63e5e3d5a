"""One page's connection, without I/O: text and time go in, effects come out.

Every decision about a call is made here. Nothing here reads a clock, sleeps, touches a socket or runs a handler:
`bridge.connection` does that, as the effects say. Times are seconds on any clock that only moves forward.
"""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Collection
from typing import Any, Literal

import msgspec

from bridge.apis import asks_for_scopes
from bridge.calls import Call, Callback, Line, Page
from bridge.effects import (
    Asked,
    AwaitsUser,
    CallbacksRan,
    Cancel,
    Close,
    Effect,
    Ending,
    Invoke,
    Moved,
    NotAsked,
    Noticed,
    PageReplied,
    Problem,
    Send,
    Settled,
    UserAsked,
    UserChose,
    Withdrawn,
)
from bridge.errors import OutcomeError, StateError
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
    Abort,
    Answer,
    Event,
    Hello,
    Id,
    Invalid,
    LoggedIn,
    Notification,
    Ran,
    Read,
    Request,
    Response,
    Welcome,
    decode,
    encode,
    refusal,
)
from bridge.messages import Moved as MovedTo
from bridge.messages import Problem as ProgramProblem
from bridge.outcomes import (
    After,
    Answerable,
    Drop,
    Error,
    Grant,
    Immediate,
    Never,
    Outcome,
    TooLate,
    answerable,
)
from bridge.payloads import answer, check
from bridge.profiles import InvalidScopes
from bridge.sheets import Answered, GivenUp, Sheets, Shown, Step
from bridge.users import User
from bridge.wallet import Wallet

__all__ = [
    "CLOSE_BAD_PROTOCOL",
    "CLOSE_DROPPED",
    "CLOSE_NOT_SERVED",
    "CLOSE_NO_HELLO",
    "CLOSE_TOO_BIG",
    "HELLO_SECONDS",
    "MAX_CALLS_IN_FLIGHT",
    "MAX_PROBLEMS",
    "Session",
    "Stage",
    "bounded",
]

HELLO_SECONDS = 10.0
"""How long a new connection may take to introduce itself."""

MAX_CALLS_IN_FLIGHT = 1000
"""More calls than this, all unanswered, are refused."""

MAX_PROBLEMS = 200
"""More things that are wrong with a mini program are not heard: it may notice the same one in each row of a list."""

MAX_PROBLEM_TEXT = 4000
"""Characters of what is wrong: a page may throw anything."""

MAX_PROBLEM_NAME = 500
"""Characters of the path of a file or page."""

MAX_URL = 100_000
"""Characters of an address. Browsers have such limits themselves."""

# The page's my.js does not come back after a close code from 4400 to 4499.
CLOSE_TOO_BIG = 1009
CLOSE_DROPPED = 1011
CLOSE_BAD_PROTOCOL = 4400
CLOSE_NO_HELLO = 4408
CLOSE_NOT_SERVED = 4410

MAX_SAFE_INTEGER = 2**53 - 1
"""No page counts further."""

_JSAPI = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,99}")


class Stage(enum.Enum):
    """How far a connection is."""

    NEW = "new"
    #: The page has said who it is.
    OPEN = "open"
    #: Nothing more goes out.
    CLOSED = "closed"


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
        wallet: Who is logged in, what they have granted, and what they answer.
        now: The current time.
        strict: Refuse arguments that the profile merely tolerates.
        call_timeout: Seconds that a handler may take, or None for no limit. An outcome, once decided, is carried
            out as it says, however late. While a person looks at a sheet, no time passes.
    """

    def __init__(
        self,
        *,
        wallet: Wallet,
        now: float,
        strict: bool = False,
        call_timeout: float | None = 10.0,
    ) -> None:
        self._wallet = wallet
        self._profile = wallet.profile
        self._strict = strict
        self._call_timeout = call_timeout
        self._hello_deadline = now + HELLO_SECONDS
        self._calls: dict[Id, _InFlight] = {}
        # A page counts its calls.
        self._last_id = 0
        self._sheets = Sheets(wallet, self._user)
        # On behalf of which call the user is being asked.
        self._tickets: dict[int, Id] = {}
        # Those after whose callbacks the connection is dropped.
        self._last_calls: set[Id] = set()
        # Those of its mini program that the page has told of.
        self._problems = 0
        # By this side, that is; otherwise the page has gone.
        self._dropped = False
        self.stage = Stage.NEW
        self.page: Page | None = None
        self.line: Line | None = None
        """How others reach the page."""

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
            return self.drop(now, CLOSE_TOO_BIG, f"a message is at most {MAX_MESSAGE_BYTES} bytes long")
        replies: list[Response] = []
        effects: list[Effect] = []
        incoming = decode(data)
        for message in incoming.messages:
            if self.closed:
                break
            match message:
                case Invalid(response):
                    replies.append(response)
                case Request():
                    step = self._request(message, now)
                    if isinstance(step, Response):
                        replies.append(step)
                    else:
                        effects += step
                case Notification(method="bridge.ran"):
                    effects += self._ran(message, now)
                case Notification(method="bridge.abort"):
                    effects += self._abort(message, now)
                case Notification(method="bridge.moved"):
                    effects += self._moved(message)
                case Notification(method="bridge.problem"):
                    effects += self._noticed(message)
                case Response(id=str()):
                    effects.append(PageReplied(message))
                case Response():
                    effects += self._take(self._sheets.answer(message), now)
                case _:
                    # A call as a notification, of whose end nobody would hear.
                    pass
        if replies and not self.closed:
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
        effects = self._withdraw_all(id, now)
        if isinstance(outcome, After):
            waiting.outcome = outcome.outcome
            waiting.deadline = now + outcome.seconds
            return effects
        return [*effects, *self._carry_out(id, waiting, outcome, now)]

    def unhandled(self, id: Id, advice: str, now: float) -> list[Effect]:
        """Nobody handles the API of this call; `advice` says how to."""
        return self._fail(id, Error(error="unsupported"), "unhandled", "no handler", advice, now)

    def handler_raised(self, id: Id, now: float) -> list[Effect]:
        """The handler of this call raised instead of deciding."""
        remark = "its handler raised; the server's log has it"
        return self._fail(id, Error(error="unknown"), "raised", "the handler raised", remark, now)

    def takes_its_time(self, id: Id) -> None:
        """Whoever answers this call keeps a time limit of its own."""
        if waiting := self._waiting(id):
            waiting.deadline = None

    def advance(self, now: float) -> list[Effect]:
        """Do what has come due."""
        if self.stage is Stage.NEW and now >= self._hello_deadline:
            return self.drop(now, CLOSE_NO_HELLO, f"no bridge.hello within {HELLO_SECONDS:g} s")
        effects: list[Effect] = []
        for id, waiting in list(self._calls.items()):
            if waiting.deadline is None or now < waiting.deadline or id not in self._calls:
                continue
            if waiting.outcome is not None:
                effects += self._come_due(id, waiting, waiting.outcome, now)
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
                    try:
                        answers, words = self._answers(waiting, [outcome])
                    except StateError as problem:
                        answers, words = (), str(problem)
                        effects.append(Problem(id, words))
                    summary = f"{words}, too late: the page has gone"
                    effects.append(_settled(id, waiting, "too late", summary, now, answers))
                    continue
            if not waiting.over:
                effects.append(_settled(id, waiting, "lost", "unanswered: the connection is gone", now))
        self._calls.clear()
        self._tickets.clear()
        return effects

    def drop(self, now: float, code: int = CLOSE_DROPPED, reason: str = "") -> list[Effect]:
        """Close the connection from this side: what waits is not answered, though the page is still there.

        By default the reason begins with the id of the last call that came in: the page may have made others meanwhile,
        and these are not lost.
        """
        self._dropped = True
        return [*self.lose(now), Close(code, reason or f"{self._last_id} was the last call")]

    # Messages of the page.

    def _request(self, request: Request, now: float) -> Response | list[Effect]:
        """Return the response to a request when there is one at once, or else what is to be done."""
        if request.method == "bridge.hello":
            return self._hello(request, now)
        if self.page is None:
            return refusal(request.id, NOT_INTRODUCED, "the first message is bridge.hello")
        if isinstance(request.id, int) and abs(request.id) <= MAX_SAFE_INTEGER:
            self._last_id = request.id
        if request.method.startswith(("bridge.", "rpc.")) or not _JSAPI.fullmatch(request.method):
            return refusal(request.id, METHOD_NOT_FOUND, f"there is no method {request.method[:100]!r}")
        params = {} if isinstance(request.params, msgspec.UnsetType) else request.params
        if isinstance(params, list):
            return refusal(request.id, INVALID_PARAMS, f"my.{request.method} takes one object")
        if request.id in self._calls:
            return refusal(request.id, DUPLICATE_ID, f"the id {request.id!r} is in use by a call without an answer")
        if len(self._calls) >= MAX_CALLS_IN_FLIGHT:
            return refusal(request.id, TOO_MANY_CALLS, f"{MAX_CALLS_IN_FLIGHT} calls wait for an answer already")
        call = Call(
            api=request.method,
            params=params,
            page=self.page,
            app_id=self._wallet.app_id,
            user=self._user(self._sheets.chosen),
            profile=self._profile,
        )
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
            return [Send(encode(response)), *self.drop(now, CLOSE_BAD_PROTOCOL, "protocol versions differ")]
        self.stage = Stage.OPEN
        self.page = Page(id=hello.page, url=hello.url, framed=hello.framed, line=self.line)
        self._sheets.chosen = hello.user
        user = self._user(hello.user).id
        return Response(id=request.id, result=Welcome(protocol=PROTOCOL_VERSION, user=user))

    def _user(self, chosen: str | None) -> User:
        """Return who is logged in on the page."""
        assert self.page is not None, "calls come from pages that are introduced"
        return self._wallet.user_of(self.page, chosen)

    def _call(self, id: Id, call: Call, now: float) -> list[Effect]:
        timeout = self._call_timeout
        waiting = _InFlight(call, asked_at=now, deadline=None if timeout is None else now + timeout)
        self._calls[id] = waiting
        if asks_for_scopes(call.api):
            try:
                scopes, remark = self._read_scopes(call)
            except InvalidScopes as problem:
                failed = self._fail(id, Error(error="invalid"), "invalid", str(problem), str(problem), now)
                return [Asked(id, call), *failed]
            waiting.call = call = dataclasses.replace(call, scopes=scopes)
            waiting.remark = remark and f"my.{call.api}: {remark}"
        return [Asked(id, call), Invoke(id, call)]

    def _read_scopes(self, call: Call) -> tuple[tuple[str, ...], str | None]:
        given = call.params.get("scopes")
        if call.api == "getAuthCode":
            return self._profile.read_scopes(given, strict=self._strict)
        return self._profile.read_buttons(call.params.get("scopeNicks", given)), None

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

    def _come_due(self, id: Id, waiting: _InFlight, outcome: Immediate, now: float) -> list[Effect]:
        """Carry out what was decided earlier. Nobody is there any more who could take an error."""
        try:
            return self._carry_out(id, waiting, outcome, now)
        except (StateError, RecursionError) as problem:
            waiting.outcome = None
            return [Problem(id, str(problem)), *self.handler_raised(id, now)]

    def _answer(self, id: Id, waiting: _InFlight, outcomes: list[Answerable], now: float) -> list[Effect]:
        answers, summary = self._answers(waiting, outcomes)
        # Before the call is forgotten: a payload may be nested too deep to be sent, and then the call fails.
        sends = _send(id, answers)
        del self._calls[id]
        return [*sends, _settled(id, waiting, "answered", summary, now, answers)]

    def _drop(self, id: Id, waiting: _InFlight, outcome: Drop, now: float) -> list[Effect]:
        summary = "connection dropped"
        answers: tuple[Answer, ...] = ()
        if decided := answerable(outcome):
            answers, words = self._answers(waiting, decided)
            summary = f"{words}, {summary} {'before' if outcome.during else 'after'} the answer"
        sends = _send(id, answers) if outcome.after else []
        del self._calls[id]
        settled = _settled(id, waiting, "dropped", summary, now, answers)
        if outcome.after:
            # A page that is cut off any earlier could not say what its callbacks did.
            self._last_calls.add(id)
            return [*sends, settled]
        return [settled, *self.drop(now)]

    def _fail(self, id: Id, error: Error, ending: Ending, why: str, remark: str, now: float) -> list[Effect]:
        waiting = self._waiting(id)
        if waiting is None:
            return []
        waiting.remark = f"my.{waiting.call.api}: {remark}"
        answers, summary = self._answers(waiting, [error])
        effects = self._withdraw_all(id, now)
        del self._calls[id]
        return [*effects, *_send(id, answers), _settled(id, waiting, ending, f"{summary}: {why}", now, answers)]

    def _answers(self, waiting: _InFlight, outcomes: list[Answerable]) -> tuple[tuple[Answer, ...], str]:
        """Return what the page is to get for these outcomes, one after the other, and words for the log."""
        pairs: list[tuple[Answer, str]] = []
        for outcome in outcomes:
            # What is repeated holds the same code.
            repeated = bool(pairs) and outcome == outcomes[0]
            pairs.append(
                pairs[0] if repeated else answer(outcome, waiting.call, self._profile, self._wallet.issue_code)
            )
        answers = tuple(
            msgspec.structs.replace(reply, remark=waiting.remark, again=number < len(pairs))
            for number, (reply, _) in enumerate(pairs, 1)
        )
        return answers, ", then ".join(words for _, words in pairs)

    # The user's consent.

    def ask(self, id: Id, ticket: int, scopes: tuple[str, ...], now: float) -> list[Effect]:
        """Ask the user on behalf of a call whose handler runs: `UserChose`, `NotAsked` or `Withdrawn` ends it."""
        waiting = self._waiting(id)
        if waiting is None:
            return [NotAsked(ticket, id, "the call is over")]
        user = waiting.call.user
        to_ask = self._wallet.to_ask(user, scopes)
        consent = self._wallet.scripted() if to_ask else Grant()
        if consent is not None:
            consent = self._wallet.outcome(waiting.call, self._wallet.answer(user, scopes, consent))
            return [UserChose(ticket, id, waiting.call, consent, asked=bool(to_ask))]
        waiting.deadline = None
        self._tickets[ticket] = id
        return [AwaitsUser(ticket, id), *self._take(self._sheets.ask(ticket, waiting.call.api, scopes), now)]

    def stop_asking(self, ticket: int, now: float) -> list[Effect]:
        """Whoever asked with this ticket does not want to know any more."""
        return self._withdraw([ticket], now) if ticket in self._tickets else []

    def _withdraw_all(self, id: Id, now: float) -> list[Effect]:
        """A call is decided: whatever is asked on its behalf does not matter any more."""
        return self._withdraw([ticket for ticket, asking in self._tickets.items() if asking == id], now)

    def _withdraw(self, tickets: Collection[int], now: float) -> list[Effect]:
        withdrawn = [Withdrawn(ticket, self._resume(ticket, now)[0]) for ticket in tickets]
        return [*withdrawn, *self._take(self._sheets.withdraw(tickets), now)]

    def _take(self, steps: list[Step], now: float) -> list[Effect]:
        """Do what the sheets want to be done."""
        effects: list[Effect] = []
        for step in steps:
            match step:
                case Shown(tickets, user, scopes):
                    for id in map(self._tickets.__getitem__, tickets):
                        effects.append(UserAsked(id, dataclasses.replace(self._calls[id].call, user=user), scopes))
                case Answered(tickets, user, consent):
                    for ticket in tickets:
                        id, waiting = self._resume(ticket, now)
                        waiting.call = dataclasses.replace(waiting.call, user=user)
                        try:
                            outcome = self._wallet.outcome(waiting.call, consent)
                        except StateError as problem:
                            effects.append(NotAsked(ticket, id, str(problem)))
                        else:
                            effects.append(UserChose(ticket, id, waiting.call, outcome))
                case GivenUp(tickets, why):
                    for ticket in tickets:
                        id, _ = self._resume(ticket, now)
                        effects.append(NotAsked(ticket, id, why))
                case _:
                    effects.append(Send(encode(step)))
        return effects

    def _resume(self, ticket: int, now: float) -> tuple[Id, _InFlight]:
        """Nothing is asked with a ticket any more: time passes again for the handler of its call."""
        id = self._tickets.pop(ticket)
        waiting = self._calls[id]
        if self._call_timeout is not None and id not in self._tickets.values():
            waiting.deadline = now + self._call_timeout
        return id, waiting

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
        found = None
        if not isinstance(report.payload, msgspec.UnsetType):
            found = Answer(callback=report.callback, payload=report.payload)
        effects: list[Effect] = [CallbacksRan(report.id, callbacks, found)]
        if report.id in self._last_calls:
            effects += self.drop(now)
        return effects

    def _abort(self, message: Notification, now: float) -> list[Effect]:
        """The page does not want to know any more, and has run `fail`."""
        try:
            id = msgspec.convert(message.params, Abort).id
        except msgspec.ValidationError:
            return []
        waiting = self._waiting(id)
        if waiting is None:
            return []
        effects = self._withdraw_all(id, now)
        del self._calls[id]
        return [*effects, Cancel(id), _settled(id, waiting, "aborted", "aborted by the page", now)]

    # What a mini program says of itself.

    def _moved(self, message: Notification) -> list[Effect]:
        """The document shows another page, to which later calls belong."""
        try:
            url = msgspec.convert(message.params, MovedTo).url
        except msgspec.ValidationError:
            return []
        if self.page is None or len(url) > MAX_URL:
            return []
        before = self._user(self._sheets.chosen)
        self.page = dataclasses.replace(self.page, url=url)
        # Somebody may be logged in on some pages only.
        told = [] if self._user(self._sheets.chosen) == before else self.log_in()
        return [Moved(self.page), *told]

    def _noticed(self, message: Notification) -> list[Effect]:
        """Something is wrong with the mini program."""
        try:
            problem = msgspec.convert(message.params, ProgramProblem)
        except msgspec.ValidationError:
            return []
        if self.page is None or self._problems >= MAX_PROBLEMS:
            return []
        self._problems += 1
        return [Noticed(bounded(problem))]

    # What else the page is told or asked.

    def emit(self, event: str, data: Any) -> list[Effect]:
        """Tell the page that something has happened."""
        return self._tell("bridge.event", Event(event=event, data=data))

    def log_in(self) -> list[Effect]:
        """Tell the page who is logged in on it, where that may have changed."""
        if self.page is None:
            return []
        return self._tell("bridge.user", LoggedIn(user=self._user(self._sheets.chosen).id))

    def _tell(self, method: str, params: msgspec.Struct) -> list[Effect]:
        return [Send(encode(Notification(method=method, params=msgspec.to_builtins(params))))]

    def read(self, id: str, path: str, start: int) -> list[Effect]:
        """Ask the page for a piece of one of its files: `PageReplied` brings it. The id is no other reply's."""
        params = msgspec.to_builtins(Read(path=path, start=start))
        return [Send(encode(Request(id=id, method="bridge.read", params=params)))]


def bounded(problem: ProgramProblem) -> ProgramProblem:
    """Return a problem without what is too long in it."""
    return msgspec.structs.replace(
        problem,
        message=problem.message[:MAX_PROBLEM_TEXT],
        file=problem.file and problem.file[:MAX_PROBLEM_NAME],
        page=problem.page and problem.page[:MAX_PROBLEM_NAME],
    )


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
