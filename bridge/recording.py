"""A run by hand as a JSON file, to be replayed in a test.

The file holds each call in its order and the outcome that it got, in the words of `bridge.outcomes`, also where the
user has answered a dialog in the page; codes, tokens and other secrets are redacted, and what the log has not kept is
not there either. It is meant to be read, shortened, and kept beside the test.

    {"format": "bridge recording", "version": 1, "profile": "alipay-plus", "calls": [
      {"api": "getAuthCode", "scopes": ["auth_base"], "params": {"scopes": ["auth_base"]}, "page": "/", "took": 1.2,
       "outcome": {"kind": "deny"}}]}
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from bridge.apis import asks, asks_for_scopes
from bridge.errors import BridgeError, SetupError, hide_from_traceback
from bridge.log import CallLog, LoggedCall
from bridge.outcomes import After, Fail, Immediate, Never, Succeed, after, error
from bridge.profiles import Profile
from bridge.redaction import redact, redact_outcome
from bridge.script import WALLET, Match, Place, Rule

__all__ = ["RecordedCall", "Recorder", "Recording", "read", "rules"]

__tracebackhide__ = hide_from_traceback

VERSION = 1

REST_SECONDS = 0.2
"""Calls that come close to one another are written together."""

logger = logging.getLogger("bridge.recording")


class RecordedCall(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One call of a recording."""

    api: str
    scopes: list[str] = []
    params: dict[str, Any] = {}
    page: str = ""
    """The path of the page's address."""
    took: float = 0.0
    """Seconds from the call to its answer."""
    outcome: Immediate | None = None
    """None where nobody has to decide it again: the arguments were wrong, or the wallet answered without its user."""


class Recording(msgspec.Struct, kw_only=True):
    """What the file holds."""

    format: Literal["bridge recording"] = "bridge recording"
    version: int = VERSION
    profile: str
    calls: list[RecordedCall]


def read(path: str | Path) -> Recording:
    """Read a file.

    Raises:
        SetupError: There is none, or it is no recording; the message says where it is wrong.
    """
    try:
        recording = msgspec.json.decode(Path(path).read_bytes(), type=Recording)
    except OSError as problem:
        raise SetupError(f"cannot read the recording {path}: {problem.strerror}") from problem
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise SetupError(f"{path} is no recording of `mybridge serve --record`: {problem}") from problem
    if recording.version > VERSION:
        raise SetupError(f"{path} was recorded by a newer version of mybridge; this one reads version {VERSION}")
    return recording


def rules(path: str | Path, profile: Profile, *, delays: bool) -> list[Rule]:
    """Return what a recording says as one-shot rules, in its order.

    Raises:
        SetupError: As for `read`, or an outcome means nothing in this profile.
    """
    found = []
    for number, call in enumerate(read(path).calls, 1):
        if call.outcome is None:
            continue
        match = Match(api=call.api, scopes=tuple(call.scopes))
        answer = after(call.took, call.outcome) if delays else call.outcome
        rule = Rule(match=match, answer=answer, verb="replay", place=Place(str(path), number, in_recording=True))
        try:
            rule.check(profile)
        except BridgeError as problem:
            raise SetupError(f"{path}, call {number}: {problem}") from problem
        found.append(rule)
    return found


class Recorder:
    """Keeps a file up to date with a bridge's calls.

    Args:
        path: The file, which does not exist yet.
        log: The calls.
        profile: The id of the platform dialect.

    Raises:
        SetupError: There is such a file, or it cannot be written.
    """

    def __init__(self, path: str | Path, log: CallLog, profile: str) -> None:
        self.path = Path(path).resolve()
        self._log = log
        self._profile = profile
        self._news = asyncio.Event()
        try:
            self.path.open("x").close()
        except FileExistsError as problem:
            raise SetupError(f"{path} exists, and may be a recording that you need; name another file") from problem
        except OSError as problem:
            raise SetupError(f"cannot write the recording {path}: {problem.strerror}") from problem
        self._write()
        log.on_settled(lambda call: self._news.set())

    async def run(self) -> None:
        """Write whenever calls are over, until cancelled; the last ones then."""
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                self._try_to_write()
                await asyncio.sleep(REST_SECONDS)
        finally:
            self._try_to_write()

    def _try_to_write(self) -> None:
        try:
            self._write()
        except OSError as problem:
            logger.error("the recording %s cannot be written now: %s", self.path, problem.strerror)

    def _write(self) -> None:
        calls = [call for call in self._log.calls if call.ending is not None]
        codes = [call.code for call in calls if call.code]
        recording = Recording(profile=self._profile, calls=[_recorded(call, codes) for call in calls])
        text = msgspec.json.format(msgspec.json.encode(recording), indent=2)
        # Replaced as a whole: whoever reads it, or ends this process, finds the old or the new one.
        draft = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        draft.write_bytes(text + b"\n")
        draft.replace(self.path)


def _recorded(call: LoggedCall, codes: Sequence[str]) -> RecordedCall:
    answered_at = call.ran_at if _answered_in_page(call) else call.settled_at
    return RecordedCall(
        api=call.api,
        scopes=list(call.scopes),
        params=redact(call.params, codes),
        page=urlsplit(call.page.url).path,
        took=round((answered_at or call.asked_at) - call.asked_at, 3),
        outcome=_replayable(call, codes),
    )


def _replayable(call: LoggedCall, codes: Sequence[str]) -> Immediate | None:
    """Return the outcome that makes a page go through the same once more."""
    match call.ending:
        case "invalid":
            return None
        case "raised":
            return error("unknown")
        case "timeout":
            return error("network")
        case "unhandled":
            return error("unsupported")
        case "answered" if _answered_in_page(call):
            (answer,) = call.answers
            kind = Succeed if answer.callback == "success" else Fail
            return redact_outcome(kind(payload=answer.payload), codes)
        case "answered" if call.by == WALLET and not asks_for_scopes(call.api):
            return None
        case "lost":
            # The page had left, or its connection was gone: it did not get what may have been decided.
            return Never()
    outcome = call.outcome.outcome if isinstance(call.outcome, After) else call.outcome
    return None if outcome is None else redact_outcome(outcome, codes)


def _answered_in_page(call: LoggedCall) -> bool:
    """Tell whether the user has answered in a dialog of the page's, and it is known what."""
    known = [answer.callback for answer in call.answers] in (["success"], ["fail"])
    # A toast goes by itself; it is to be seen when the page goes through the same once more.
    return call.by == WALLET and asks(call.api) and call.api != "showToast" and known
