"""Which answer a call gets: rules written one by one, before the handlers.

A rule is used once (`once`, and each outcome of a `sequence`) or for every call that it matches (`always`). What is
used up goes first. A call gets the first unused one-shot rule that matches it, in the order in which they were written;
or else the `always` that was written last; or else the handler of its API; or else the wallet.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal, TypedDict

import msgspec

from bridge import outcomes
from bridge.apis import is_at_server
from bridge.calls import Call
from bridge.errors import SetupError, hide_from_traceback, nearest
from bridge.handlers import Handler, Handlers, check_api, check_handler
from bridge.outcomes import Outcome, answerable
from bridge.payloads import check
from bridge.profiles import Profile

__all__ = ["WALLET", "Choice", "Match", "Matching", "Place", "Rule", "Script"]

__tracebackhide__ = hide_from_traceback


WALLET = "the wallet"
"""Who answers where nobody else does."""


class Place(msgspec.Struct, frozen=True):
    """Where a rule was written: in a line of a file, or as the nth call of a recording."""

    file: str
    line: int
    in_recording: bool = False

    def __str__(self) -> str:
        return f"{Path(self.file).name}{', call ' if self.in_recording else ':'}{self.line}"


class Matching(TypedDict, total=False):
    """Which calls a rule is for, or a test waits for, as it is written."""

    scopes: str | Iterable[str]
    """Those that ask for these, perhaps for others too."""
    page: str | re.Pattern[str] | None
    """Those of a page whose address ends so, with or without its query; * stands for anything. Or a pattern that is
    searched in the address."""
    when: Callable[[Call], bool] | None
    """Those for which this says yes."""
    custom: bool
    """The API is one of your own, not the platform's."""


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """Which calls a rule is for, or a test waits for."""

    api: str | None = None
    scopes: tuple[str, ...] = ()
    page: str | re.Pattern[str] | None = None
    when: Callable[[Call], bool] | None = None

    @classmethod
    def of(cls, api: str | None, matching: Matching, profile: Profile) -> Match:
        """Return what was written.

        Raises:
            SetupError: There is no such API, scope, or way to match.
        """
        for name in matching:
            if name not in Matching.__annotations__:
                raise SetupError(f"calls are not matched by {name!r}{nearest(name, Matching.__annotations__)}")
        if api is not None:
            check_api(api, custom=matching.get("custom", False))
        scopes = matching.get("scopes", ())
        scopes = (scopes,) if isinstance(scopes, str) else tuple(scopes)
        for scope in scopes:
            if profile.scope_named(scope) is None:
                raise SetupError(f"scopes: {profile.misspelled(scope)}")
        return cls(api=api, scopes=scopes, page=matching.get("page"), when=matching.get("when"))

    def __post_init__(self) -> None:
        """Make sure that it can be compared with a call.

        Raises:
            SetupError: It cannot.
        """
        page, when = self.page, self.when
        if page is not None and not isinstance(page, str | re.Pattern):
            raise SetupError(f"page: the end of an address, such as '/checkout.html', or a re.Pattern, not {page!r}")
        if when is not None and not callable(when):
            raise SetupError(f"when: a function that takes the call and says yes or no, not {when!r}")

    def differences(self, call: Call) -> list[str]:
        """Say what keeps it from matching a call; nothing when it matches."""
        found = []
        if self.api not in (None, call.api):
            found.append(f"api: {call.api}, not {self.api}")
        if missing := [scope for scope in self.scopes if scope not in call.scopes]:
            found.append(f"scopes: {', '.join(call.scopes) or 'none'}, without {', '.join(missing)}")
        if self.page is not None and not call.page.is_at(self.page):
            page = self.page if isinstance(self.page, str) else self.page.pattern
            found.append(f"page: {call.page.url}, not {page}")
        if not found and self.when is not None and not self.when(call):
            found.append(f"when: {_name(self.when)} said no")
        return found

    def words(self) -> list[str]:
        """Return it as the arguments that were written, without the API."""
        scopes = self.scopes[0] if len(self.scopes) == 1 else list(self.scopes)
        page = self.page if isinstance(self.page, str | None) else self.page.pattern
        given = [("scopes", scopes if self.scopes else None), ("page", page)]
        words = [f"{name}={value!r}" for name, value in given if value is not None]
        return words if self.when is None else [*words, f"when={_name(self.when)}"]


class Rule(msgspec.Struct, eq=False, kw_only=True):
    """What one `once`, `always` or outcome of a `sequence` says."""

    match: Match
    answer: Outcome | Handler
    verb: Literal["once", "sequence", "always", "replay"]
    """The word with which it was written."""
    place: Place
    used: bool = False

    @property
    def waits(self) -> bool:
        """Whether it is to be used once, and was not yet."""
        return self.verb != "always" and not self.used

    def check(self, profile: Profile) -> None:
        """Make sure that it can answer the calls that it is for.

        Raises:
            OutcomeError: Its outcome means nothing for them.
            SetupError: It has neither an outcome nor a handler.
        """
        api, answer = self.match.api or "", self.answer
        if callable(answer) and answer in vars(outcomes).values():
            raise SetupError(f"{self.verb}: {_name(answer)} lacks its parentheses; write {_name(answer)}(...)")
        if callable(answer):
            check_handler(api, answer)
        elif not isinstance(answer, Outcome):
            raise SetupError(f'{self.verb}("{api}", ...): {answer!r} is no outcome, such as deny(), and no handler')
        else:
            for outcome in answerable(answer):
                check(outcome, api, profile)

    def __str__(self) -> str:
        answer = repr(self.answer) if isinstance(self.answer, Outcome) else _name(self.answer)
        return f"{self.verb}({', '.join([repr(self.match.api), answer, *self.match.words()])})"


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers a call."""

    answer: Outcome | Handler
    by: str
    """In words, with the place where it was written."""
    unhurried: bool = False
    """Whether it keeps a time limit of its own."""


class Script:
    """The rules of one bridge, and its handlers behind them."""

    def __init__(self, handlers: Handlers) -> None:
        self._handlers = handlers
        self._lock = threading.Lock()
        self._rules: list[Rule] = []

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, in the order in which they were written."""
        with self._lock:
            return tuple(self._rules)

    def add(self, rules: Iterable[Rule]) -> None:
        """Add rules behind those that are there."""
        with self._lock:
            self._rules += rules

    def adopt(self, other: Script) -> None:
        """Forget all rules and take those of `other`: their file was saved."""
        rules = other.rules
        with self._lock:
            self._rules = list(rules)

    def advice(self, call: Call) -> str:
        """Say what to write so that a call is handled."""
        return self._handlers.advice(call)

    def _use(self, rule: Rule) -> bool:
        """Use a rule, or tell that another call was faster."""
        with self._lock:
            free = rule.waits or rule.verb == "always"
            rule.used = True
        return free

    def choose(self, call: Call) -> Choice | None:
        """Return who answers a call, or None. A rule that is used up by it is.

        Raises:
            Exception: Whatever a `when` raised.
        """
        rules = self.rules
        once = (rule for rule in rules if rule.waits)
        always = (rule for rule in reversed(rules) if rule.verb == "always")
        for rule in (*once, *always):
            # Not under the lock: a `when` may look at rules, or write some.
            if not rule.match.differences(call) and self._use(rule):
                return Choice(answer=rule.answer, by=f"{rule}, {rule.place}")
        own, handler = self._handlers.find(call)
        if handler is None:
            return None
        if own:
            return Choice(answer=handler, by=f"{_name(handler)}{_place(handler)}")
        return Choice(answer=handler, by=WALLET, unhurried=is_at_server(call.api))


def _name(function: Callable[..., object]) -> str:
    return getattr(function, "__name__", None) or repr(function)


def _place(function: Callable[..., object]) -> str:
    code = getattr(function, "__code__", None)
    return "" if code is None else f", {Place(code.co_filename, code.co_firstlineno)}"
