"""What a handler may answer.

Outcomes are frozen values without behaviour: what each one makes the page's callbacks receive is decided by
`bridge.payloads`, and when and whether the answer travels by `bridge.session`. A wrong argument raises
`OutcomeError` in the handler's own line, not later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias, get_args

import msgspec

from bridge.errors import OutcomeError, nearest

__all__ = [
    "After",
    "Answerable",
    "Consent",
    "Deny",
    "Dismiss",
    "Drop",
    "Error",
    "ErrorName",
    "Fail",
    "Grant",
    "Immediate",
    "InPage",
    "Never",
    "Outcome",
    "Succeed",
    "TooLate",
    "Twice",
    "after",
    "answerable",
    "as_json",
    "deny",
    "dismiss",
    "drop",
    "error",
    "fail",
    "grant",
    "never",
    "succeed",
    "too_late",
    "twice",
]

MAX_DELAY = 86_400
"""Seconds: no page waits longer than a day, and what is never to be answered is `never()`."""

ErrorName = Literal["unsupported", "invalid", "unknown", "network", "cancelled"]


def _word(name: str) -> str:
    """Return the word that makes an outcome of this class: "too_late" for TooLate."""
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


class _Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag=_word):
    pass


class Grant(_Outcome, frozen=True, kw_only=True):
    """The user grants what was asked, except the scopes in `refused` (scope -> code, or None: the profile's)."""

    only: tuple[str, ...] | None = None
    refused: dict[str, str | None] = {}

    def __repr__(self) -> str:
        given = []
        if self.only is not None:
            given.append(f"only={list(self.only)}")
        if any(self.refused.values()):
            given.append(f"except_={self.refused}")
        elif self.refused:
            given.append(f"except_={list(self.refused)}")
        return f"grant({', '.join(given)})"


class Deny(_Outcome, frozen=True, kw_only=True):
    """The user refuses."""

    def __repr__(self) -> str:
        return "deny()"


class Dismiss(_Outcome, frozen=True, kw_only=True):
    """The user closes the consent sheet without an answer."""

    def __repr__(self) -> str:
        return "dismiss()"


class Error(_Outcome, frozen=True, kw_only=True):
    """A failure by its documented name or its number."""

    error: ErrorName | int
    message: str | None = None

    def __repr__(self) -> str:
        return f"error({self.error!r})" if self.message is None else f"error({self.error!r}, {self.message!r})"


class Succeed(_Outcome, frozen=True, kw_only=True):
    """`success` runs with this payload, whatever it is."""

    payload: Any

    def __repr__(self) -> str:
        return f"succeed({self.payload!r})"


class Fail(_Outcome, frozen=True, kw_only=True):
    """`fail` runs with this payload, whatever it is."""

    payload: Any

    def __repr__(self) -> str:
        return f"fail({self.payload!r})"


class InPage(_Outcome, frozen=True, kw_only=True):
    """The page answers, with a part of `my.js`. The wallet decides so, not a handler."""

    part: str
    payload: Any = None
    """What the part needs to know."""


class Never(_Outcome, frozen=True, kw_only=True):
    """No answer, ever: the call stays open for as long as its page does."""

    def __repr__(self) -> str:
        return "never()"


class Drop(_Outcome, frozen=True, kw_only=True):
    """The connection is lost: instead of an answer, while `during` is on its way, or once `after` has arrived."""

    during: Answerable | None = None
    after: Answerable | None = None

    def __repr__(self) -> str:
        given = [f"{name}={value!r}" for name, value in (("during", self.during), ("after", self.after)) if value]
        return f"drop({', '.join(given)})"


class Twice(_Outcome, frozen=True, kw_only=True):
    """The page is answered with `first`, and again with `second`."""

    first: Answerable
    second: Answerable

    def __repr__(self) -> str:
        return f"twice({self.first!r}, {self.second!r})"


class TooLate(_Outcome, frozen=True, kw_only=True):
    """The same as `outcome`, when the page has gone."""

    outcome: Answerable

    def __repr__(self) -> str:
        return f"too_late({self.outcome!r})"


class After(_Outcome, frozen=True, kw_only=True):
    """The same as `outcome`, `seconds` later."""

    seconds: float
    outcome: Immediate

    def __repr__(self) -> str:
        return f"after({self.seconds:g}, {self.outcome!r})"


Answerable: TypeAlias = Grant | Deny | Dismiss | Error | Succeed | Fail | InPage
"""The outcomes that make one callback run, with one payload."""

Consent: TypeAlias = Grant | Deny | Dismiss
"""The outcomes that a user decides who is asked for consent."""

Immediate: TypeAlias = Answerable | Never | Drop | Twice | TooLate
Outcome: TypeAlias = Immediate | After


def grant(*, only: str | Iterable[str] | None = None, except_: str | Iterable[str] | Mapping[str, str] = ()) -> Grant:
    """Grant the scopes that the call asks for.

    Args:
        only: The scopes to grant; the others that were asked for are refused.
        except_: The scopes to refuse, as names, or as a map of each to the code that the page sees in
            `authErrorScopes` (otherwise the profile's, such as "10001").

    Some scopes refused is still a success, with the refused ones in `authErrorScopes`. All refused is a denial.
    """
    refused: dict[str, str | None]
    if isinstance(except_, Mapping):
        refused = dict(except_)
        for scope, code in refused.items():
            if not isinstance(code, str):
                raise OutcomeError(f"grant: the code of {scope!r} is a string such as '10001', not {code!r}")
    else:
        refused = dict.fromkeys(_names(except_))
    return Grant(only=None if only is None else _names(only), refused=refused)


def deny() -> Deny:
    """Refuse: `fail` runs with the profile's code for a cancelled authorization (11)."""
    return Deny()


def dismiss() -> Dismiss:
    """Close the consent sheet unanswered: `fail` runs with the profile's code for that."""
    return Dismiss()


def error(error: ErrorName | int, message: str | None = None) -> Error:
    """Fail with a documented error.

    Args:
        error: The error's name in the profile ("invalid", "unknown", "network", "cancelled", "unsupported")
            or its number.
        message: The `errorMessage`; by default the documented one. A number that the profile does not
            document needs it.
    """
    if isinstance(error, bool) or not isinstance(error, int | str):
        raise OutcomeError(f"error: give a number or a name, not {error!r}")
    if isinstance(error, str) and error not in get_args(ErrorName):
        known = get_args(ErrorName)
        raise OutcomeError(f"error: {error!r} is none of {', '.join(known)}{nearest(error, known)}")
    return Error(error=error, message=message)


def succeed(payload: Any = None) -> Succeed:
    """Run `success` with any payload that JSON can express; by default an empty object.

    As in JavaScript's `JSON.stringify`, not-a-number and infinity become null.
    """
    return Succeed(payload=as_json("succeed", {} if payload is None else payload))


def fail(payload: Any) -> Fail:
    """Run `fail` with any payload that JSON can express. For a documented error, use `error`."""
    return Fail(payload=as_json("fail", payload))


def never() -> Never:
    """Never answer: neither callback runs while the page lives."""
    return Never()


def drop(*, during: Answerable | None = None, after: Answerable | None = None) -> Drop:
    """Drop the connection: every call of the page that waits for an answer fails with "network" (10).

    Args:
        during: Decide so first, then lose the answer on its way: a code is issued, and the page never gets it.
        after: Answer so first; the connection is lost when the page's callbacks have run.

    With neither, nothing is decided.
    """
    if during is not None and after is not None:
        raise OutcomeError("drop: the connection is lost once; give `during` or `after`, not both")
    for word, outcome in (("during", during), ("after", after)):
        if outcome is not None and not isinstance(outcome, Answerable):
            raise OutcomeError(f"drop: {word} is an outcome with an answer, such as grant(), not {outcome!r}")
    return Drop(during=during, after=after)


def twice(first: Answerable, second: Answerable | None = None) -> Twice:
    """Answer twice, which no wallet should: the page's callbacks run for `first`, and again for `second`.

    By default the second answer is the same as the first; with `twice(grant(), deny())` the page hears of a success
    and then of a failure.
    """
    for outcome in (first, second):
        if outcome is not None and not isinstance(outcome, Answerable):
            raise OutcomeError(f"twice: give outcomes with an answer, such as grant(), not {outcome!r}")
    return Twice(first=first, second=first if second is None else second)


def too_late(outcome: Answerable) -> TooLate:
    """Answer when the page has gone, to another address or for good: it is decided so, and nobody hears of it."""
    if not isinstance(outcome, Answerable):
        raise OutcomeError(f"too_late: give an outcome with an answer, such as grant(), not {outcome!r}")
    return TooLate(outcome=outcome)


def after(seconds: float, outcome: Immediate) -> After:
    """Answer with `outcome`, `seconds` from now."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= MAX_DELAY:
        raise OutcomeError(f"after: the delay is a number of seconds up to {MAX_DELAY}, not {seconds!r}")
    if isinstance(outcome, After):
        raise OutcomeError("after: the outcome is delayed already; add the two delays up")
    if not isinstance(outcome, Immediate):
        raise OutcomeError(f"after: {outcome!r} is not an outcome; write after({seconds!r}, grant())")
    return After(seconds=seconds, outcome=outcome)


def answerable(outcome: Outcome) -> list[Answerable]:
    """Return what an outcome answers with, the first first; nothing for one that does not answer."""
    match outcome:
        case After():
            return answerable(outcome.outcome)
        case TooLate():
            return [outcome.outcome]
        case Twice():
            return [outcome.first, outcome.second]
        case Drop():
            return [answer for answer in (outcome.during, outcome.after) if answer is not None]
        case Never():
            return []
    return [outcome]


def _names(scopes: str | Iterable[str]) -> tuple[str, ...]:
    names = (scopes,) if isinstance(scopes, str) else tuple(scopes)
    for name in names:
        if not isinstance(name, str):
            raise OutcomeError(f"grant: a scope is a string such as 'USER_NAME', not {name!r}")
    return names


def as_json(word: str, payload: Any) -> Any:
    """Return a copy that later changes to `payload` do not reach.

    Raises:
        OutcomeError: JSON cannot express it; the message begins with `word`.
    """
    try:
        return msgspec.json.decode(msgspec.json.encode(payload))
    except (TypeError, ValueError, RecursionError) as problem:
        raise OutcomeError(f"{word}: the payload cannot be sent as JSON: {problem}") from problem
