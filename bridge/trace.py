"""The timeline of a bridge's calls as one HTML file, which needs nothing else: no network, no script.

Whatever stands in it comes from pages, handlers and tests. So text is made HTML in one place, `_Writer`, which takes
the secrets out and escapes the rest; only what that place has made is taken for HTML.
"""

from __future__ import annotations

import itertools
import json
import math
import re
import traceback
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from html import escape
from importlib import resources
from typing import Any, Literal, TypeAlias
from urllib.parse import unquote

import msgspec

from bridge.bridge import Bridge
from bridge.calls import Page
from bridge.checks import DEFAULT_CHECKS, Finding, findings
from bridge.effects import Ending
from bridge.gateway_faults import FaultRule
from bridge.handlers import without_our_frames
from bridge.log import LoggedCall, LoggedRequest
from bridge.outcomes import After, Outcome, TooLate
from bridge.redaction import MIN_CODE, REDACTED, is_secret, redact, redact_outcome, redact_text
from bridge.report import callbacks, user
from bridge.script import Rule

__all__ = ["trace"]

MAX_CALLS = 500
"""Of more calls than this the last are shown."""

MAX_BLOCK = 20_000
"""Characters of a payload, an outcome or a traceback: a page may send a megabyte."""

MAX_PATH = 48
"""Characters of a page's address in a row."""

MAX_LINES = 16
"""Lines of the failure that are shown before it is opened."""

MAX_LINKS = 8
"""Calls that a rule or page links to."""

Kind: TypeAlias = Literal["success", "failure", "fault", "unanswered"]
Part: TypeAlias = Literal["deciding", "user", "delay", "page", "open"]

# Each has a sign, too: not everyone sees the colours.
KINDS: dict[Kind, tuple[str, str]] = {
    "success": ("✓", "success"),
    "failure": ("✕", "fail"),
    "fault": ("!", "fault"),
    "unanswered": ("…", "unanswered"),
}
PARTS: dict[Part, str] = {
    "deciding": "its handler decides",
    "user": "the user looks at the sheet",
    "delay": "the answer is held back",
    "page": "until its callbacks have run",
    "open": "no end is known",
}
ENDED: dict[Ending | None, str] = {
    "never": "left unanswered",
    "lost": "connection gone",
    "too late": "page gone",
    "dropped": "connection dropped",
}


def trace(bridge: Bridge, *, title: str, failure: str, checks: Collection[str] = DEFAULT_CHECKS) -> str:
    """Return the page.

    Args:
        bridge: Whose calls.
        title: What failed: the id of a test.
        failure: How, in words.
        checks: What more is looked for, as in `bridge.checks`; what `failure` says already is not said again.
    """
    calls, rules = bridge.calls, bridge.script.rules
    write = _Writer(calls, rules)
    found = [finding for finding in findings(bridge, checks) if finding.headline not in failure]
    body = write(
        "main",
        _header(write, bridge, title),
        _failure(write, failure),
        _findings(write, found),
        _problems(write, bridge),
        _timeline(write, bridge, calls),
        _requests(write, bridge),
        _rules(write, bridge, rules, calls),
        _pages(write, bridge, calls),
    )
    page = HEAD.format(title=write.text(title), style=STYLE.read_text("utf-8")) + body + "\n</html>\n"
    # Half a surrogate pair can be in a text and not in a file.
    return page.encode("utf-8", "replace").decode()


# How it is written.


class _Html(str):
    """A text that is HTML already."""

    __slots__ = ()


class _Writer:
    """Makes elements, and is the one to know the secrets of the calls."""

    def __init__(self, calls: Iterable[LoggedCall], rules: Iterable[Rule]) -> None:
        payloads = [answer.payload for call in calls for answer in call.answers]
        codes = {payload.get("authCode") for payload in payloads if isinstance(payload, dict)}
        long = [re.escape(code) for code in codes if isinstance(code, str) and len(code) >= MIN_CODE]
        # One pattern, not one search for each: there may be as many codes as texts.
        self._codes = re.compile("|".join(long) or "(?!)")
        # Where a rule is named, its payload is.
        words = {str(rule): self._rule(rule) for rule in rules}
        self._rules = {raw: without for raw, without in words.items() if raw != without}

    def __call__(self, tag: str, *children: str, **attributes: str) -> _Html:
        """Return an element. Children are text, or elements."""
        given = "".join(f' {name.strip("_").replace("_", "-")}="{escape(value)}"' for name, value in attributes.items())
        return _Html(f"<{tag}{given}>{''.join(map(self.text, children))}</{tag}>")

    def text(self, text: str) -> _Html:
        """Return a text as HTML, without its secrets."""
        return text if isinstance(text, _Html) else _Html(escape(self.plain(text)))

    def plain(self, text: str) -> str:
        """Return a text without its secrets. It comes before the text is cut: half a secret is not recognized."""
        for raw, without in self._rules.items():
            text = text.replace(raw, without)
        return self._codes.sub(REDACTED, redact_text(text))

    def block(self, text: str) -> _Html:
        """Return a text of several lines."""
        return self("pre", self._cut(text), dir="auto")

    def code(self, text: str) -> _Html:
        """Return a text as it was written in Python."""
        return self("code", self._cut(text), dir="auto")

    def _cut(self, text: str) -> _Html:
        text = self.plain(text)
        if len(text) > MAX_BLOCK:
            text = f"{text[:MAX_BLOCK]}\n... ({len(text):,} characters in all)"
        return _Html(escape(text))

    def json(self, value: Any) -> _Html:
        """Return a JSON value."""
        return self.block(json.dumps(redact(value), ensure_ascii=False, indent=2, default=repr))

    def outcome(self, outcome: Outcome) -> _Html:
        """Return an outcome as it was written."""
        return self.code(repr(redact_outcome(outcome)))

    def section(self, heading: str, *children: str, **attributes: str) -> _Html:
        """Return a part of the page."""
        return self("section", self("h2", heading), *children, **attributes)

    def _rule(self, rule: Rule) -> str:
        answer = redact_outcome(rule.answer) if isinstance(rule.answer, Outcome) else rule.answer
        return str(msgspec.structs.replace(rule, answer=answer))


# What failed.


def _header(write: _Writer, bridge: Bridge, title: str) -> _Html:
    file, separator, test = title.rpartition("::")
    now = datetime.now().astimezone()
    settings = bridge.settings
    facts = [
        _count(len(bridge.calls), "call"),
        f"profile {settings.profile.id}",
        f"app {settings.app_id}",
        f"user {bridge.user.nickname}",
        "no call timeout" if settings.call_timeout is None else f"call timeout {settings.call_timeout:g} s",
        *(["strict"] if settings.strict else []),
        *([f"latency {_duration(bridge.latency)}"] if bridge.latency else []),
        *([f"clock {bridge.clock.ahead:g} s ahead"] if bridge.clock.ahead else []),
    ]
    return write(
        "header",
        write("h1", write("span", f"{file}{separator}"), write("b", test), dir="auto"),
        write(
            "p",
            write("time", f"{now:%Y-%m-%d %H:%M:%S}", datetime=now.isoformat(timespec="seconds")),
            *(write("span", fact) for fact in facts),
            class_="facts",
        ),
    )


def _failure(write: _Writer, failure: str) -> _Html:
    """Return the failure: what pytest marks with an E, or else its beginning; and on demand the whole."""
    failure = failure.strip("\n")
    if not failure.strip():
        return _Html()
    lines = failure.splitlines()
    marked = [line[1:] for line in lines if line.startswith("E ")] or lines
    indent = min((len(line) - len(line.lstrip()) for line in marked if line.strip()), default=0)
    essence = "\n".join(line[indent:] for line in marked[:MAX_LINES])
    more = write("summary", f"The whole failure, {_count(len(lines), 'line')}")
    whole = _Html() if len(lines) == len(marked[:MAX_LINES]) else write("details", more, write.block(failure))
    return write.section("Failure", write("div", write.block(essence), class_="essence"), whole)


def _findings(write: _Writer, found: Sequence[Finding]) -> _Html:
    items = [write("li", _headline(write, finding), write.block(finding.details)) for finding in found]
    return write.section("Findings", write("ul", *items, class_="findings")) if items else _Html()


def _headline(write: _Writer, finding: Finding) -> _Html:
    """Return the headline, with a link to the call that it is about; an unused outcome is about none."""
    call = None if finding.check == "unused_outcome" else re.search(r"#\d+", finding.headline)
    if call is None:
        return write("b", finding.headline, dir="auto")
    begin, end = call.span()
    number = call[0]
    link = write("a", number, href=f"#call-{number[1:]}")
    return write("b", finding.headline[:begin], link, finding.headline[end:], dir="auto")


def _problems(write: _Writer, bridge: Bridge) -> _Html:
    problems = bridge.problems
    items = [write("li", write.text(str(problem))) for problem in problems]
    return write.section("Problems of the mini program", write("ul", *items)) if problems else _Html()


# The calls.


def _timeline(write: _Writer, bridge: Bridge, calls: Sequence[LoggedCall]) -> _Html:
    if not calls:
        pages = len(bridge.log.pages)
        advice = f"Connected {'is 1 page' if pages == 1 else f'are {pages} pages'}: see below."
        if not pages:
            advice = "None is connected: open bridge.url, attach the page, or put bridge.script_tag in its head."
        return write.section("Calls", write("p", f"No page has made a call. {advice}", class_="empty"))
    shown = calls[-MAX_CALLS:]
    left_out = len(calls) - len(shown)
    note = f"The first {_count(left_out, 'call')} are left out: these are the last {len(shown)}."
    axis = _Axis(shown)
    home = f"{bridge.server.url}/" if bridge.server else ""
    return write.section(
        "Calls",
        write("p", note) if left_out else _Html(),
        _legend(write),
        write(
            "div",
            _ruler(write, axis),
            write("ol", *(write("li", _call(write, call, axis, home)) for call in shown), role="list"),
            class_="timeline",
            style=f"--step: {axis.step / axis.span:.3%}",
        ),
    )


def _legend(write: _Writer) -> _Html:
    kinds = [write("li", _sign(write, kind), word, class_=kind) for kind, (_, word) in KINDS.items()]
    parts = [
        write("li", write("span", write("i", class_=part), class_="sample"), words) for part, words in PARTS.items()
    ]
    return write("ul", *kinds, *parts, class_="legend", aria_label="Legend")


def _ruler(write: _Writer, axis: _Axis) -> _Html:
    ticks = [write("span", label, style=f"left: {axis.share(seconds):.3%}") for label, seconds in axis.ticks()]
    return write("div", write("div", *ticks), class_="ruler", aria_hidden="true")


def _call(write: _Writer, call: LoggedCall, axis: _Axis, home: str) -> _Html:
    kind = _kind(call)
    summary = write(
        "summary",
        write("span", f"#{call.number}", class_="number"),
        write(
            "span",
            write("b", call.api, " ", write("small", ", ".join(call.scopes))),
            write("small", _path(write, call.page, home), dir="auto"),
            class_="asked",
        ),
        _sign(write, kind),
        write(
            "span",
            write("b", call.summary or "not answered yet", dir="auto"),
            write("small", callbacks(call), dir="auto"),
            class_="end",
        ),
        _bar(write, call, axis),
        write("span", "open" if _is_open(call) else _duration(_last(call) - call.asked_at), class_="duration"),
    )
    return write("details", summary, _details(write, call, axis), class_=f"call {kind}")


def _sign(write: _Writer, kind: Kind) -> _Html:
    sign, word = KINDS[kind]
    return write("span", write("span", sign, aria_hidden="true"), write("span", word, class_="unseen"), class_="sign")


def _bar(write: _Writer, call: LoggedCall, axis: _Axis) -> _Html:
    parts = _parts(call, axis)
    begin, length = axis.share(call.asked_at - axis.zero), axis.share(sum(seconds for _, seconds in parts))
    bar = write(
        "span",
        *(write("i", class_=part, style=f"flex-grow: {1 + seconds * 1e6:.0f}") for part, seconds in parts),
        class_="bar",
        style=f"--begin: {begin:.3%}; --length: {length:.3%}",
    )
    return write("span", bar, class_="track", aria_hidden="true")


def _details(write: _Writer, call: LoggedCall, axis: _Axis) -> _Html:
    framed = [write("em", " in a frame")] if call.page.framed else []
    facts = [
        ("Page", [write("span", call.page.url, dir="auto"), *framed]),
        ("Sent", [write.json(call.params)]),
        ("User", [write("span", user(call), dir="auto")] if user(call) else []),
        ("Answered by", [write.code(call.by) if call.by else write("span", "nobody")]),
        ("Outcome", [write.outcome(call.outcome)] if call.outcome else []),
        ("The handler raised", [write.block(_traceback(call.error))] if call.error else []),
        ("Answer" if len(call.answers) < 2 else "Answers", list(_answers(write, call))),
        ("In the page", list(_callbacks(write, call))),
        ("Times", [_table(write, _moments(call), axis)]),
        ("Its code", [_table(write, [(step.what, step.at) for step in call.life], axis)] if call.requests else []),
    ]
    rows = (write("div", write("dt", name), write("dd", *values)) for name, values in facts if values)
    # A link to what is inside opens it.
    return write("dl", *rows, id=f"call-{call.number}")


def _answers(write: _Writer, call: LoggedCall) -> Iterator[_Html]:
    # What getStorage finds under such a key is no less secret than what setStorage puts there.
    secret = is_secret(str(call.params.get("key", "")))
    for answer in call.answers:
        yield write("p", write("code", answer.callback), " with")
        yield write.json(REDACTED if secret else answer.payload)
        if answer.remark:
            yield write("p", "and in its console: ", write("q", answer.remark, dir="auto"))


def _callbacks(write: _Writer, call: LoggedCall) -> Iterator[_Html]:
    if not call.callbacks:
        yield write("p", callbacks(call))
    for callback in call.callbacks:
        yield write("p", write("code", callback.name), " ran" if callback.error is None else " threw")
        if callback.error is not None:
            yield write.block(callback.error)


def _traceback(error: BaseException) -> str:
    return "".join(traceback.format_exception(without_our_frames(error))).rstrip()


def _table(write: _Writer, moments: Sequence[tuple[str, float]], axis: _Axis) -> _Html:
    rows: list[_Html] = []
    for (name, moment), before in zip(moments, [None, *(moment for _, moment in moments)], strict=False):
        rows.append(
            write(
                "tr",
                write("th", name, scope="row"),
                write("td", _milliseconds(moment - axis.zero)),
                write("td", "" if before is None else f"+{_milliseconds(moment - before)}"),
            )
        )
    return write("table", *rows)


def _kind(call: LoggedCall) -> Kind:
    if call.threw is not None or call.ending in ("raised", "timeout", "unhandled", "dropped") or len(call.answers) > 1:
        return "fault"
    if call.ending in (None, "never", "lost", "too late") or not call.answers:
        return "unanswered"
    return "success" if call.answers[0].callback == "success" else "failure"


def _is_open(call: LoggedCall) -> bool:
    """Tell whether it may still go on."""
    return call.ending in (None, "never") or (call.awaits_page and call.page_left_at is None)


def _moments(call: LoggedCall) -> list[tuple[str, float]]:
    moments = [
        ("asked", call.asked_at),
        ("sheet shown", call.user_asked_at),
        ("user chose", call.user_chose_at),
        ("decided", call.decided_at),
        (ENDED.get(call.ending, "answered"), call.settled_at),
        ("callbacks ran", call.ran_at),
        ("page left", call.page_left_at),
    ]
    return [(name, moment) for name, moment in moments if moment is not None]


def _last(call: LoggedCall) -> float:
    return max(moment for _, moment in _moments(call))


def _parts(call: LoggedCall, axis: _Axis) -> list[tuple[Part, float]]:
    """Return what happened to a call, one after the other, and for how many seconds."""
    user_is_done = axis.end if call.awaits_user else call.user_chose_at
    untils: list[tuple[Part, float | None]] = [
        ("deciding", call.user_asked_at),
        ("user", user_is_done if call.user_asked_at else None),
        ("deciding", call.decided_at if isinstance(call.outcome, After | TooLate) else call.settled_at),
        ("delay", call.settled_at),
        ("page", call.ran_at or call.page_left_at),
        ("open", axis.end if _is_open(call) else None),
    ]
    parts, now = [], call.asked_at
    for part, until in untils:
        if until is not None and until > now:
            parts.append((part, until - now))
            now = until
    return parts or [("deciding", 0.0)]


class _Axis:
    """The time that all calls share: from the first that was asked to the last that is known of any."""

    def __init__(self, calls: Sequence[LoggedCall]) -> None:
        self.zero = min(call.asked_at for call in calls)
        span = max(0.001, *(_last(call) - self.zero for call in calls))
        # What is open needs room to be seen.
        self.span = span * 1.15 if any(map(_is_open, calls)) else span
        self.end = self.zero + self.span
        power = 10 ** math.floor(math.log10(self.span / 5))
        self.step = next(power * factor for factor in (1, 2, 5, 10) if power * factor * 5.01 >= self.span)

    def share(self, seconds: float) -> float:
        """Return which part of the whole it is."""
        return seconds / self.span

    def ticks(self) -> Iterator[tuple[str, float]]:
        """Yield the marks: a label, and the seconds."""
        unit, factor = ("s", 1) if self.step * 5 >= 2 else ("ms", 1000)
        for count in itertools.count():
            seconds = count * self.step
            # A label at the very end has no room.
            if self.share(seconds) > 0.95:
                return
            yield f"{seconds * factor:.4g} {unit}" if count else "0", seconds


# What back ends have asked for.


def _requests(write: _Writer, bridge: Bridge) -> _Html:
    requests = [request for request in bridge.gateway.requests if request.path]
    if not requests:
        return _Html()
    shown = requests[-MAX_CALLS:]
    left_out = len(requests) - len(shown)
    note = f"The first {_count(left_out, 'request')} are left out: these are the last {len(shown)}."
    return write.section(
        "Back ends",
        write("p", note) if left_out else _Html(),
        write("ul", *(_request(write, bridge, request) for request in shown), class_="list"),
    )


def _request(write: _Writer, bridge: Bridge, request: LoggedRequest) -> _Html:
    call = bridge.log.call_of(request)
    words = [
        *([f"with the {request.kind} {request.secret}"] if request.kind else []),
        *([f"by {request.client_id}"] if request.client_id else []),
        *([f"on request: {request.fault}"] if request.fault else []),
    ]
    return write(
        "li",
        write("span", "✓" if request.succeeded else "✕", class_="sign", aria_hidden="true"),
        write("code", request.operation or request.path, " ", write("b", request.result)),
        write("span", ", ".join(words), *([", of ", *_links(write, [call])] if call else []), class_="note"),
        write("span", request.details, class_="note"),
        class_="success" if request.succeeded else "failure",
    )


# Who was there to answer, and to ask.


def _rules(write: _Writer, bridge: Bridge, rules: Sequence[Rule], calls: Sequence[LoggedCall]) -> _Html:
    answered: dict[str, list[LoggedCall]] = {}
    for call in calls:
        answered.setdefault(call.by, []).append(call)
    items = []
    for fault in bridge.gateway.faults.rules:
        items.append(_rule(write, fault, []))
    for rule in rules:
        of_rule = answered.get(f"{rule}, {rule.place}", []) if rule.used else []
        if rule.verb != "always":
            # Rules of one line look the same, and each has answered one.
            of_rule = [of_rule.pop(0)] if of_rule else []
        items.append(_rule(write, rule, of_rule))
    handlers = bridge.handlers.names()
    others = f"handlers answer {', '.join(handlers)}" if handlers else "there are no handlers"
    if "getAuthCode" not in handlers:
        others += ", and the wallet itself answers what it can"
    if not items:
        return write.section("Rules", write("p", f"No rules were written; {others}.", class_="empty"))
    return write.section(
        "Rules", write("ul", *items, class_="list"), write("p", f"Behind them {others}.", class_="note")
    )


def _rule(write: _Writer, rule: Rule | FaultRule, calls: Sequence[LoggedCall]) -> _Html:
    kind: Kind = "success" if rule.used else "fault" if rule.waits else "unanswered"
    use = [" used", *([" for ", *_links(write, calls)] if calls else [])] if rule.used else [" never used"]
    return write(
        "li",
        write("span", "✓" if rule.used else "✕" if rule.waits else "-", class_="sign", aria_hidden="true"),
        write.code(str(rule)),
        write("span", str(rule.place), write("b", *use), class_="note"),
        class_=kind,
    )


def _pages(write: _Writer, bridge: Bridge, calls: Sequence[LoggedCall]) -> _Html:
    connected = {page.id for page in bridge.log.pages}
    documents: dict[tuple[str, bool], set[str]] = {}
    for page in (*(call.page for call in calls), *bridge.log.pages):
        documents.setdefault((page.url, page.framed), set()).add(page.id)
    items = []
    for (url, framed), ids in documents.items():
        of_page = [call for call in calls if call.page.id in ids]
        notes = [
            *(["in a frame"] if framed else []),
            *([f"loaded {len(ids)} times"] if len(ids) > 1 else []),
            "connected" if ids & connected else "gone",
        ]
        made = [", ", *_links(write, of_page)] if of_page else [", no calls"]
        note = write("span", ", ".join(notes), *made, class_="note")
        items.append(write("li", write("span", url, dir="auto"), note))
    if not items:
        return write.section("Pages", write("p", "No page is connected, and none has made a call.", class_="empty"))
    return write.section("Pages", write("ul", *items, class_="list"))


def _links(write: _Writer, calls: Sequence[LoggedCall]) -> Iterator[str]:
    for call in calls[:MAX_LINKS]:
        yield write("a", f"#{call.number}", href=f"#call-{call.number}")
        yield " "
    if len(calls) > MAX_LINKS:
        yield f"and {len(calls) - MAX_LINKS} more"


# Words.


def _path(write: _Writer, page: Page, home: str) -> str:
    """Return what tells a page from others: the end of its address."""
    url = write.plain(page.url)
    path = f"/{url[len(home) :]}" if home and url.startswith(home) else re.sub(r"^[\w+.-]+://[^/?#]*", "", url)
    path = unquote(re.sub(r"\?[^#]*", "", path))
    path = path if len(path) <= MAX_PATH else f"…{path[-MAX_PATH:]}"
    return f"{path or '/'}{' in a frame' if page.framed else ''}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _duration(seconds: float) -> str:
    if seconds < 0.9995:
        return f"{seconds * 1000:.{1 if seconds < 0.00995 else 0}f} ms"
    return f"{seconds:.{2 if seconds < 9.995 else 1}f} s"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


# How it looks.

STYLE = resources.files("bridge").joinpath("trace.css")

HEAD = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - bridge trace</title>
<style>{style}</style>
"""
