"""The call log: what every call of the pages was, who answered it how, and what the page did then.

And what back ends asked of the wallet's API, which goes on with the code of a call. Written by the event loops of
servers and by tests, read by any thread.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import msgspec

from bridge.apis import asks
from bridge.calls import Call, Callback, Page
from bridge.effects import Ending, Settled
from bridge.messages import Answer, Id, Problem
from bridge.outcomes import Consent, Outcome
from bridge.redaction import change_payloads
from bridge.script import Choice, Match
from bridge.store import digest
from bridge.users import User

__all__ = ["MAX_CALLS", "MAX_PROBLEMS", "CallLog", "LoggedCall", "LoggedRequest", "Step"]

MAX_CALLS = 10_000
"""More calls than this, and the oldest are forgotten; as many requests are kept."""

MAX_PROBLEMS = 1000
"""More problems of a mini program are not kept."""

MAX_STEPS = 100
"""Requests with one code and its tokens that are kept: the first, and the last ones."""

MAX_KEPT = 100_000
"""Bytes of a payload, as JSON, that are kept: pages download files of megabytes, and a run by hand may last all day."""

RETURN_SECONDS = 1.0
"""How long a page whose connection is gone may take to come back and say what its callbacks did."""

PUMP_SECONDS = 0.01

T = TypeVar("T")

problems_logger = logging.getLogger("bridge.program")


class LoggedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request of a back end to the wallet's API. `str()` gives the line of the log."""

    number: int = 0
    """1 for the first request of its bridge."""
    at: float
    """When it came, in seconds since the epoch, on the clock of the machine."""
    seconds: float = 0
    """How long it took."""
    operation: str = ""
    """"applyToken", "inquiryUserInfo", "queryToken", "cancelToken"; "" where the request was none of these."""
    path: str = ""
    """The path; "" for what Python itself has redeemed."""
    client_id: str = ""
    """Who has asked; "" where that is not known."""
    secret: str = ""
    """The code or token that was sent, shortened."""
    kind: str = ""
    """"code", "refresh token" or "access token"."""
    code: str = ""
    """The SHA-256 digest of the code that it is about, or from which its token comes; "" where there is none."""
    result: str
    """What was answered, in the platform's words: "SUCCESS", "USED_AUTHCODE"."""
    succeeded: bool
    details: str = ""
    """What was wrong with it, for the developer."""
    fault: str = ""
    """What went wrong on request."""

    def __str__(self) -> str:
        words = [self.operation or self.path, self.secret or "-", self.result, f"{self.seconds * 1000:.0f} ms"]
        if self.fault:
            words.append(f"on request: {self.fault}")
        return "  ".join([*words, self.details] if self.details else words)

    def __repr__(self) -> str:
        return f"<request #{self.number} {self}>"


class Step(msgspec.Struct, frozen=True):
    """One step in the life of a code."""

    at: float
    """Seconds since the epoch."""
    what: str


_DONE = {
    ("applyToken", "code"): "redeemed",
    ("applyToken", "refresh token"): "refreshed",
    ("inquiryUserInfo", "access token"): "used for user info",
    ("queryToken", "access token"): "token queried",
    ("cancelToken", "access token"): "tokens revoked",
}


def _step(request: LoggedRequest) -> Step:
    by = f"by {request.client_id}" if request.client_id else "in Python"
    what = f"{_DONE.get((request.operation, request.kind), request.operation)} {by}"
    if not request.succeeded:
        what = f"{request.operation} {by} refused: {request.result}"
    return Step(request.at, f"{what} ({request.fault})" if request.fault else what)


class LoggedCall:
    """One call, as it is known so far. Times are seconds since the epoch, on the clock of the machine."""

    def __init__(self, number: int, id: Id, call: Call, now: float) -> None:
        self.number = number
        """1 for the first call of its bridge."""
        self.id = id
        """The page's own number for it."""
        self.call = call
        self.asked_at = now
        self.decided_at: float | None = None
        """When the outcome was known."""
        self.settled_at: float | None = None
        """When the answer went out, or it was clear that none would."""
        self.ran_at: float | None = None
        """When the page said that its callbacks had run."""
        self.outcome: Outcome | None = None
        self.by = ""
        """Who decided: the rule or handler, and where it was written."""
        self.user_asked_at: float | None = None
        """When the consent sheet was drawn for it."""
        self.user_chose_at: float | None = None
        self.user_chose: Consent | None = None
        """What the user, or the consent that stands for one, has chosen."""
        self.ending: Ending | None = None
        self.summary = ""
        self.answers: tuple[Answer, ...] = ()
        """What was decided for the page, whether or not it got there. Of what is longer than `MAX_KEPT`, the length."""
        self.callbacks: tuple[Callback, ...] = ()
        """Those that ran in the page, in their order."""
        self.error: BaseException | None = None
        """What its handler raised."""
        self.requests: list[LoggedRequest] = []
        """What back ends have asked for with its code, and with the tokens that they got for it."""
        self.page_left_at: float | None = None
        """When its page's connection was lost, if that was before the callbacks had run."""
        self._reports = 0
        # The tickets with which its handler has asked the user, and waits for an answer.
        self._asking: set[int] = set()
        self.taken = False
        """Whether a test has waited for it and got it."""

    @property
    def api(self) -> str:
        """The JSAPI's name, such as "getAuthCode"."""
        return self.call.api

    @property
    def params(self) -> dict[str, Any]:
        """The options as the page sent them."""
        return self.call.params

    @property
    def scopes(self) -> tuple[str, ...]:
        """What getAuthCode asked for, as the profile understands it."""
        return self.call.scopes

    @property
    def page(self) -> Page:
        """The document that made the call: its address, and whether it is in a frame."""
        return self.call.page

    @property
    def user(self) -> User:
        """Who was logged in; once the user was asked, who has answered."""
        return self.call.user

    @property
    def code(self) -> str:
        """The authorization code that was issued, or "" where none was."""
        for answer in self.answers:
            if isinstance(answer.payload, dict) and isinstance(answer.payload.get("authCode"), str):
                return str(answer.payload["authCode"])
        return ""

    @property
    def life(self) -> tuple[Step, ...]:
        """What became of its authorization code: asked, granted, redeemed, used for user info... Empty without one."""
        if not self.code or self.decided_at is None:
            return ()
        return Step(self.asked_at, "asked"), Step(self.decided_at, "granted"), *map(_step, tuple(self.requests))

    @property
    def threw(self) -> str | None:
        """What the first callback that threw, threw, or None."""
        return next((callback.error for callback in self.callbacks if callback.error is not None), None)

    @property
    def awaits_page(self) -> bool:
        """Whether an answer is out whose callbacks have not run yet, as far as is known."""
        answered = self.ending is not None and self.ending not in ("never", "too late")
        # A page that hears nothing of its answers runs `fail` once.
        return answered and self._reports < max(1, len(self.answers))

    @property
    def left_to_page(self) -> bool:
        """Whether the page answers it itself, and has not said what."""
        return any(answer.callback == "page" for answer in self.answers) and self.ran_at is None

    @property
    def asks_in_page(self) -> bool:
        """Whether its answer waits for the user of the page."""
        return self.left_to_page and asks(self.api)

    @property
    def in_hand(self) -> bool:
        """Whether it is known who answers it, or that nobody does."""
        return bool(self.by) or self.ending is not None

    @property
    def awaits_user(self) -> bool:
        """Whether its handler waits for the user, who looks at its sheet or has others to answer first."""
        return self.ending is None and bool(self._asking)

    def over(self, now: float) -> bool:
        """Tell whether nothing more is to be expected of it."""
        if self.ending is None:
            return False
        return not self.awaits_page or (self.page_left_at is not None and now >= self.page_left_at + RETURN_SECONDS)

    def __repr__(self) -> str:
        scopes = f" {','.join(self.scopes)}" if self.scopes else ""
        return f"<call #{self.number} {self.api}{scopes}: {self.summary or 'not answered yet'}>"


class CallLog:
    """The calls of one bridge, the oldest first, and the pages that are connected to it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._changes = 0
        self._calls: deque[LoggedCall] = deque()
        self._count = 0
        # The latest call of each page and id: a page that comes back after a lost connection keeps both.
        self._by_id: dict[tuple[str, Id], LoggedCall] = {}
        # The call that has brought a code, by the digest of the code.
        self._by_code: dict[str, LoggedCall] = {}
        self._requests: deque[LoggedRequest] = deque(maxlen=MAX_CALLS)
        self._request_count = 0
        self._pages: dict[object, Page] = {}
        # In their order; each is kept once, on whatever pages it was noticed.
        self._problems: dict[object, Problem] = {}
        self._listeners: list[Callable[[LoggedCall], None]] = []

    @property
    def calls(self) -> tuple[LoggedCall, ...]:
        """Every call so far."""
        with self._changed:
            return tuple(self._calls)

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        """What back ends have asked of the wallet's API, the oldest first."""
        with self._changed:
            return tuple(self._requests)

    @property
    def pages(self) -> tuple[Page, ...]:
        """The pages that are connected now."""
        with self._changed:
            return tuple(self._pages.values())

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the mini program, in the order in which it was noticed."""
        with self._changed:
            return tuple(self._problems.values())

    def on_settled(self, listener: Callable[[LoggedCall], None]) -> None:
        """Call the listener, in the server's event loop, with each call that is over for Python.

        And again when the page has answered it, where that was left to the page.
        """
        self._listeners.append(listener)

    # What the connections write.

    def joined(self, connection: object, page: Page) -> None:
        """A page has introduced itself, perhaps not for the first time."""
        with self._changed:
            self._pages[connection] = page
            self._notify()

    def moved(self, connection: object, page: Page) -> None:
        """A page has another address now."""
        with self._changed:
            if connection in self._pages:
                self._pages[connection] = page
                self._notify()

    def noticed(self, problem: Problem) -> None:
        """Something is wrong with the mini program."""
        key = problem.kind, problem.message, problem.file, problem.line, problem.column
        with self._changed:
            if key in self._problems or len(self._problems) >= MAX_PROBLEMS:
                return
            self._problems[key] = problem
            self._notify()
        # A stack trace may follow, which the page's console has, too. Whatever else a page says stays in its line.
        line = str(problem).partition("\n")[0]
        problems_logger.warning("%s", "".join(sign if sign.isprintable() else "\ufffd" for sign in line))

    def forget_problems(self) -> None:
        """The sources have changed: what was wrong with them may be right now."""
        with self._changed:
            self._problems.clear()
            self._notify()

    def left(self, connection: object) -> None:
        """A connection is gone; its page may be or not."""
        with self._changed:
            page = self._pages.pop(connection, None)
            if page is not None:
                now = time.time()
                for call in self._calls:
                    if call.page.id == page.id and call.awaits_page:
                        call.page_left_at = now
            self._notify()

    def asked(self, id: Id, call: Call) -> None:
        """A page has made a call."""
        with self._changed:
            self._count += 1
            entry = LoggedCall(self._count, id, call, time.time())
            if len(self._calls) == MAX_CALLS:
                oldest = self._calls.popleft()
                self._by_id.pop((oldest.page.id, oldest.id), None)
                self._by_code.pop(digest(oldest.code), None)
            self._calls.append(entry)
            self._by_id[call.page.id, id] = entry
            self._notify()

    def chosen(self, page: Page, id: Id, choice: Choice) -> None:
        """It is known whose handler answers."""
        with self._changed:
            if entry := self._by_id.get((page.id, id)):
                entry.by = choice.by
                self._notify()

    def awaits_user(self, page: Page, id: Id, ticket: int) -> None:
        """A handler has asked the user, and waits."""
        with self._changed:
            if entry := self._by_id.get((page.id, id)):
                entry._asking.add(ticket)
                self._notify()

    def awaits_no_user(self, page: Page, id: Id, ticket: int) -> None:
        """A handler does not wait for what it has asked any more: it gets no answer, or needs none."""
        with self._changed:
            if entry := self._by_id.get((page.id, id)):
                entry._asking.discard(ticket)
                self._notify()

    def user_asked(self, page: Page, id: Id) -> None:
        """The sheet is drawn."""
        with self._changed:
            if entry := self._by_id.get((page.id, id)):
                entry.user_asked_at = time.time()
                entry.user_chose = None
                self._notify()

    def user_chose(self, id: Id, ticket: int, call: Call, consent: Consent) -> None:
        """The user has answered: perhaps another one than was logged in before, as who the call is made now."""
        with self._changed:
            if entry := self._by_id.get((call.page.id, id)):
                entry.call = call
                entry.user_chose_at = time.time()
                entry.user_chose = consent
                entry._asking.discard(ticket)
                self._notify()

    def decided(self, page: Page, id: Id, choice: Choice, outcome: Outcome) -> None:
        """The outcome is known."""
        with self._changed:
            if entry := self._by_id.get((page.id, id)):
                entry.by = choice.by
                entry.outcome = change_payloads(outcome, _kept)
                entry.decided_at = time.time()
                self._notify()

    def raised(self, page: Page, id: Id, error: BaseException) -> None:
        """The handler raised, or gave an outcome that cannot be."""
        with self._changed:
            if entry := self._by_id.get((page.id, id)):
                entry.error = error

    def settled(self, settled: Settled) -> None:
        """A call is over for Python."""
        with self._changed:
            entry = self._by_id.get((settled.call.page.id, settled.id))
            if entry is None:
                return
            entry.ending = settled.ending
            entry.summary = settled.summary
            entry.answers = tuple(map(_kept_answer, settled.answers))
            entry.settled_at = time.time()
            if entry.code:
                self._by_code[digest(entry.code)] = entry
            self._notify()
        for listener in self._listeners:
            listener(entry)

    def ran(self, page: Page, id: Id, callbacks: tuple[Callback, ...], found: Answer | None = None) -> None:
        """The page has run callbacks of a call, with what it had found itself where that was left to it.

        What it says more often than it was answered is not heard.
        """
        with self._changed:
            entry = self._by_id.get((page.id, id))
            if entry is None or entry._reports >= max(1, len(entry.answers)):
                return
            if not entry.left_to_page:
                found = None
            if found is not None:
                entry.answers = (_kept_answer(found),)
                entry.summary = f"{found.callback} in the page"
            entry.callbacks += callbacks
            entry.ran_at = time.time()
            entry._reports += 1
            self._notify()
        if found is not None:
            for listener in self._listeners:
                listener(entry)

    # What the wallet's API writes.

    def requested(self, request: LoggedRequest) -> LoggedRequest:
        """A back end has asked, and was answered. Return the request with its number."""
        with self._changed:
            self._request_count += 1
            request = msgspec.structs.replace(request, number=self._request_count)
            self._requests.append(request)
            if call := self._by_code.get(request.code):
                call.requests.append(request)
                # The first one is the exchange, mostly.
                del call.requests[1 : 1 - MAX_STEPS]
            self._notify()
        return request

    def call_of(self, request: LoggedRequest) -> LoggedCall | None:
        """Return the call that has brought the code that a request is about, or None."""
        with self._changed:
            return self._by_code.get(request.code)

    # What a test reads.

    def take(
        self,
        match: Match,
        *,
        timeout: float,
        settled: bool,
        pump: Callable[[float], None] | None = None,
        given_up: threading.Event | None = None,
    ) -> LoggedCall | None:
        """Return the first call that matches and was not returned before, as soon as there is one.

        Args:
            match: Which calls.
            timeout: Seconds to wait.
            settled: Wait until it is over; otherwise, until it is known who answers it.
            pump: Lets pass some seconds in which what drives the browser can do its work in this thread.
            given_up: Set when nobody waits any more.

        Returns:
            The call, or None when there is none within the time.
        """

        def found(calls: tuple[LoggedCall, ...]) -> LoggedCall | None:
            now = time.time()
            for call in calls:
                ready = call.over(now) if settled else call.in_hand
                if ready and not call.taken and not match.differences(call.call):
                    with self._changed:
                        if call.taken or (given_up is not None and given_up.is_set()):
                            continue
                        call.taken = True
                    return call
            return None

        return self._wait(found, timeout, pump, given_up)

    def pages_at(
        self, where: str | re.Pattern[str] | None, *, timeout: float, pump: Callable[[float], None] | None = None
    ) -> list[Page]:
        """Return the connected pages at an address, or all, as soon as there is one; none where there is none in time.

        Args:
            where: As for `Page.is_at`; None for all.
            timeout: Seconds to wait.
            pump: As for `take`.
        """

        def found(calls: tuple[LoggedCall, ...]) -> list[Page] | None:
            return [page for page in self.pages if where is None or page.is_at(where)] or None

        return self._wait(found, timeout, pump) or []

    def wait_for_pages(self, *, timeout: float, pump: Callable[[float], None] | None = None) -> None:
        """Wait until no handler runs any more, and pages that are there have run the callbacks of their answers.

        Whoever waits for the user is left to wait, be it a handler or the page.
        """

        def quiet(calls: tuple[LoggedCall, ...]) -> bool | None:
            now = time.time()
            busy = (
                not call.over(now) and not call.asks_in_page
                if call.ending
                else call.outcome is None and not call.awaits_user
                for call in calls
            )
            return None if any(busy) else True

        self._wait(quiet, timeout, pump)

    def _wait(
        self,
        condition: Callable[[tuple[LoggedCall, ...]], T | None],
        timeout: float,
        pump: Callable[[float], None] | None,
        given_up: threading.Event | None = None,
    ) -> T | None:
        deadline = time.monotonic() + timeout
        while True:
            with self._changed:
                changes, calls = self._changes, tuple(self._calls)
            # Not under the lock: a test's own function may be in it, which takes its time and looks at pages.
            result = condition(calls)
            remaining = deadline - time.monotonic()
            if result is not None or remaining <= 0 or (given_up is not None and given_up.is_set()):
                return result
            if pump is not None:
                pump(min(remaining, PUMP_SECONDS))
                continue
            with self._changed:
                # Not for longer than this: a page may be given up meanwhile, which nobody tells.
                self._changed.wait_for(partial(self._changed_since, changes), min(remaining, RETURN_SECONDS / 4))

    def _changed_since(self, changes: int) -> bool:
        return self._changes != changes

    def _notify(self) -> None:
        self._changes += 1
        self._changed.notify_all()


def _kept_answer(answer: Answer) -> Answer:
    return msgspec.structs.replace(answer, payload=_kept(answer.payload))


def _kept(payload: Any) -> Any:
    """Return a payload, with the number of its bytes for what is too long: single members where those are, or all."""
    if isinstance(payload, dict) and _size(payload) > MAX_KEPT:
        payload = {name: _kept_member(member) for name, member in payload.items()}
    return _kept_member(payload)


def _kept_member(value: Any) -> Any:
    size = _size(value)
    return value if size <= MAX_KEPT else f"<{size} bytes>"


def _size(value: Any) -> int:
    return len(msgspec.json.encode(value))
