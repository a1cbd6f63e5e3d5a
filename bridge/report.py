"""Says in words what the pages of a bridge did, and what came nearest to what was expected."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bridge.log import CallLog, LoggedCall
from bridge.redaction import redact, redact_text
from bridge.script import Match, Rule

__all__ = ["callbacks", "describe", "happened", "nearest_call", "nearest_rule", "no_such_call", "shown", "user"]

MAX_CALLS_SHOWN = 20
MAX_WIDTH = 200


def no_such_call(match: Match, log: CallLog, *, settled: bool, timeout: float) -> str:
    """Say that nobody made the call that was waited for, and what happened instead."""
    wanted = ", ".join([match.api or "any API", *match.words()])
    unfinished = [call for call in log.calls if settled and not call.taken and not match.differences(call.call)]
    if unfinished:
        call = unfinished[0]
        missing = "no outcome yet" if call.ending is None else "an outcome, and its page has not run the callbacks yet"
        reason = f"after {timeout:g} s, {name(call)} has {missing}; to get it all the same: settled=False"
    else:
        reason = f"no call of {wanted} within {timeout:g} s"
    return f"{reason}\n\n{happened(log, match)}"


def happened(log: CallLog, wanted: Match | None = None) -> str:
    """List the calls of the pages, the last ones if there are many, and the pages where there are no calls.

    With each goes why it is not the one that was wanted.
    """
    calls = log.calls
    if not calls:
        # Who tests a back end alone has no page.
        return "\n".join([*(list(_requests(log)) or [_no_calls(log)]), *_problems(log)])
    left_out = max(0, len(calls) - MAX_CALLS_SHOWN)
    lines = [f"Calls, in their order{f' (the first {left_out} are left out)' if left_out else ''}:"]
    began_at = calls[0].asked_at
    codes = [call.code for call in calls if call.code]
    for call in calls[left_out:]:
        lines.append(textwrap.indent(describe(call, began_at, codes), "  "))
        if wanted is not None:
            reasons = _differences(wanted, call) or [
                "returned before: each call is returned once" if call.taken else "not over yet"
            ]
            lines += [f"     not this one: {reason}" for reason in reasons]
    return "\n".join([*lines, *_requests(log), *_problems(log)])


def _no_calls(log: CallLog) -> str:
    pages = log.pages
    if not pages:
        return "No page has connected: open bridge.url, attach the page, or put bridge.script_tag in its head."
    return "\n".join(["No page has made a call. Connected:", *(f"  {redact_text(page.url)}" for page in pages)])


def _requests(log: CallLog) -> Iterator[str]:
    """Yield what back ends have asked of the wallet's API, the last requests if there are many."""
    requests = [request for request in log.requests if request.path]
    if requests:
        left_out = max(0, len(requests) - MAX_CALLS_SHOWN)
        yield f"Requests of back ends{f' (the first {left_out} are left out)' if left_out else ''}:"
    for request in requests[-MAX_CALLS_SHOWN:]:
        call = log.call_of(request)
        yield f"  {request}{f'  (the code of {name(call)})' if call else ''}"


def _problems(log: CallLog) -> Iterator[str]:
    """Yield what is wrong with the mini program, the first problems if there are many: others follow from them."""
    problems = log.problems
    if problems:
        rest = len(problems) - MAX_CALLS_SHOWN
        yield f"Problems of the mini program{f' (the last {rest} are left out)' if rest > 0 else ''}:"
    for problem in problems[:MAX_CALLS_SHOWN]:
        yield f"  {redact_text(str(problem).partition(chr(10))[0])}"


def describe(call: LoggedCall, began_at: float, codes: Sequence[str] = ()) -> str:
    """Return a call in a few lines."""
    lines = [f"{name(call)}  {call.summary or 'not answered yet'}"]
    where = f"{'in a frame, ' if call.page.framed else ''}{redact_text(call.page.url, codes)}"
    lines.append(f"   at +{call.asked_at - began_at:.3f} s, {where}")
    if call.params:
        lines.append(f"   sent {shown(redact(call.params, codes))}")
    if words := user(call):
        lines.append(f"   {words}")
    if call.by:
        lines.append(f"   answered by {call.by}")
    lines.append(f"   {callbacks(call)}")
    return "\n".join(lines)


def name(call: LoggedCall) -> str:
    """Return the number of a call and what it was."""
    scopes = f" ({', '.join(call.scopes)})" if call.scopes else ""
    return f"#{call.number} {call.api}{scopes}"


def user(call: LoggedCall) -> str:
    """Say what the user was asked, and chose; nothing where there was nothing to ask."""
    nickname = call.user.nickname
    if call.awaits_user:
        return f"the consent sheet is open: {nickname} has not answered it"
    if call.user_chose is None:
        return ""
    how = "in the consent sheet" if call.user_asked_at else "without a sheet"
    return f"{nickname} chose {call.user_chose!r} {how}"


def callbacks(call: LoggedCall) -> str:
    """Say which callbacks ran in the page."""
    if call.ran_at is None:
        return "no callback has run yet" if call.awaits_page else "no callback ran"
    ran = [
        f"{callback.name} (threw {callback.error.splitlines()[0]})" if callback.error else callback.name
        for callback in call.callbacks
    ]
    return f"ran {', '.join(ran)}" if ran else "the page gave no callback"


def nearest_call(rule: Rule, calls: Iterable[LoggedCall]) -> tuple[LoggedCall, list[str]] | None:
    """Return the call that came nearest to using a rule, and what differed; None when there were no calls."""
    candidates = [(call, _differences(rule.match, call)) for call in calls]
    return min(candidates, key=lambda pair: (_distance(pair[1]), pair[0].number), default=None)


def nearest_rule(call: LoggedCall, rules: Iterable[Rule]) -> tuple[Rule, list[str]] | None:
    """Return the rule that came nearest to answering a call, and what differed; None when there are no rules."""
    candidates = [(rule, _differences(rule.match, call)) for rule in rules]
    return min(candidates, key=lambda pair: _distance(pair[1]), default=None)


def shown(value: Any) -> str:
    """Return a JSON value in one line of limited length."""
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= MAX_WIDTH else f"{text[:MAX_WIDTH]}... ({len(text)} characters)"


def _differences(match: Match, call: LoggedCall) -> list[str]:
    try:
        return match.differences(call.call)
    except Exception as error:
        return [f"when: raised {type(error).__name__}: {error}"]


def _distance(differences: list[str]) -> tuple[bool, int]:
    """Order differences: another API is further away than anything else."""
    return any(difference.startswith("api:") for difference in differences), len(differences)
