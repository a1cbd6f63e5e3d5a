"""What is wrong with a test that has passed: things that its bridge knows and the test did not look at."""

from __future__ import annotations

import itertools
import textwrap
import traceback
from collections.abc import Collection, Iterator

import msgspec

from bridge.apis import has_handler
from bridge.bridge import Bridge
from bridge.handlers import without_our_frames
from bridge.redaction import shortened
from bridge.report import callbacks, name, nearest_call, nearest_rule

__all__ = ["CHECKS", "DEFAULT_CHECKS", "Finding", "findings"]

CHECKS = {
    "handler_raised": "a handler raised, or gave an outcome that means nothing for its call",
    "unused_outcome": "a one-shot outcome or fault was never used",
    "unhandled_api": "a page called an API that nobody handles",
    "callback_threw": "a callback in the page threw",
    "code_not_redeemed": "an authorization code was issued and never redeemed",
    "program_problem": "something is wrong with a mini program: a missing module, an unknown tag, an error it throws",
}
"""Every check, and what it finds."""

DEFAULT_CHECKS = frozenset(CHECKS) - {"code_not_redeemed", "program_problem"}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wrong."""

    check: str
    headline: str
    """In one line."""
    details: str
    """What belongs to it, and what came nearest."""

    def __str__(self) -> str:
        return f"{self.headline}\n{textwrap.indent(self.details, '  ')}"


def findings(bridge: Bridge, checks: Collection[str]) -> list[Finding]:
    """Return what these checks find, in the order of `CHECKS`."""
    look = {
        "handler_raised": _handlers_that_raised,
        "unused_outcome": _unused_outcomes,
        "unhandled_api": _unhandled_apis,
        "callback_threw": _callbacks_that_threw,
        "code_not_redeemed": _codes_not_redeemed,
        "program_problem": _program_problems,
    }
    return [
        Finding(check=check, headline=headline, details=details)
        for check in CHECKS
        if check in checks
        for headline, details in look[check](bridge)
    ]


def _handlers_that_raised(bridge: Bridge) -> Iterator[tuple[str, str]]:
    for call in bridge.calls:
        if (error := call.error) is not None:
            trace = "".join(traceback.format_exception(without_our_frames(error))).rstrip()
            words = "".join(f": {line}" for line in str(error).splitlines()[:1])
            by = call.by or "while it was looked for who answers"
            yield f"the handler of {name(call)} raised {type(error).__name__}{words}", f"{by}\n{trace}"


def _unused_outcomes(bridge: Bridge) -> Iterator[tuple[str, str]]:
    for rule in bridge.script.rules:
        if rule.waits:
            near = nearest_call(rule, bridge.calls)
            if near is None:
                details = "no page made a call"
            else:
                call, differences = near
                details = f"nearest call: {name(call)}, answered by {call.by or 'nobody'}\n{_listed(differences)}"
            yield f"{rule}, {rule.place}, was never used", details
    for fault in bridge.gateway.faults.rules:
        if fault.waits:
            asked = ", ".join(dict.fromkeys(request.operation or request.path for request in bridge.gateway.requests))
            yield f"{fault}, {fault.place}, was never used", f"back ends have asked for {asked or 'nothing'}"


def _unhandled_apis(bridge: Bridge) -> Iterator[tuple[str, str]]:
    for call in bridge.calls:
        if call.ending == "unhandled":
            custom = "" if has_handler(call.api) else ", custom=True"
            details = f'answer it: bridge.always("{call.api}", succeed({{...}}){custom})'
            if near := nearest_rule(call, bridge.script.rules):
                rule, differences = near
                details += f"\nnearest rule: {rule}, {rule.place}\n{_listed(differences)}"
            yield f"nobody handles {name(call)}", details


def _callbacks_that_threw(bridge: Bridge) -> Iterator[tuple[str, str]]:
    for call in bridge.calls:
        for callback in call.callbacks:
            if callback.error is not None:
                # What called it is the shim, which says nothing about the page.
                of_the_page = itertools.takewhile(lambda line: "/my.js:" not in line, callback.error.splitlines())
                yield f"the callback {callback.name} of {name(call)} threw in the page", "\n".join(of_the_page)


def _codes_not_redeemed(bridge: Bridge) -> Iterator[tuple[str, str]]:
    for call in bridge.calls:
        if call.code and not bridge.authority.was_redeemed(call.code):
            details = "the back end exchanges it for a user, or the test does: bridge.redeem(code)"
            yield f"the code of {name(call)} was never redeemed", f"{call.summary}, {callbacks(call)}\n{details}"
    for code in bridge.issued:
        if not bridge.authority.was_redeemed(code):
            yield f"the code {shortened(code)} of bridge.issue was never redeemed", "a back end should have had it"


def _program_problems(bridge: Bridge) -> Iterator[tuple[str, str]]:
    for problem in bridge.problems:
        headline, _, more = str(problem).partition("\n")
        where = f"noticed on {problem.page}" if problem.page else "noticed before it ran"
        yield headline, f"{problem.kind}, {where}\n{more}".rstrip()


def _listed(differences: list[str]) -> str:
    return "\n".join(f"  {difference}" for difference in differences or ["nothing differs: another rule came first"])
