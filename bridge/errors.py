"""Every exception that the package raises on purpose.

    BridgeError
    ├── SetupError            what the user gave cannot be used: fix it and start again
    │   ├── ProfileError      a profile that does not exist, or a profile file that is wrong
    │   └── HandlerError      a handler or handler file that cannot be used
    ├── OutcomeError          a handler answered with something that means nothing for its call
    ├── StateError            the file that keeps grants and codes cannot be read or written now
    ├── NoSuchCall            a test waited for a call that no page made
    ├── NoSuchPage            there is no page to tell of an event, or none of a mini program to look at
    ├── CodeError             an authorization code that buys nothing
    │   ├── UnknownCode       never issued here, forgotten since, or issued to another app
    │   ├── ExpiredCode       its lifetime is over
    │   └── UsedCode          exchanged before
    └── TokenError            an access token or refresh token that opens nothing
        ├── UnknownToken      never given here, forgotten since, given to another client, or revoked
        ├── ExpiredToken      its lifetime is over
        └── UsedToken         a refresh token that was used before

The message of each says what is wrong and what to do about it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

__all__ = [
    "BridgeError",
    "CodeError",
    "ExpiredCode",
    "ExpiredToken",
    "HandlerError",
    "NoSuchCall",
    "NoSuchPage",
    "OutcomeError",
    "ProfileError",
    "SetupError",
    "StateError",
    "TokenError",
    "UnknownCode",
    "UnknownToken",
    "UsedCode",
    "UsedToken",
    "hide_from_traceback",
    "nearest",
]


class BridgeError(Exception):
    """Base of every exception of this package."""


class SetupError(BridgeError):
    """Something that the user wrote or named cannot be used."""


class ProfileError(SetupError):
    """A profile is unknown, or its file is wrong."""


class HandlerError(SetupError):
    """A handler, or the file that holds it, cannot be used."""


class OutcomeError(BridgeError):
    """An outcome means nothing: in itself, or for the call that it answers."""


class NoSuchCall(BridgeError, TimeoutError):
    """A test waited for a call that no page made in time. The message lists what did happen."""


class NoSuchPage(BridgeError, TimeoutError):
    """No page was there in time to be told of an event, or to show a mini program. The message says which ones are."""


class StateError(BridgeError):
    """The file that keeps grants and codes cannot be read or written now: the disk is full, or it is locked."""


class CodeError(BridgeError):
    """An authorization code cannot be exchanged."""


class UnknownCode(CodeError):
    """The code was never issued here, is long forgotten, or belongs to another app."""


class ExpiredCode(CodeError):
    """The code's lifetime is over."""


class UsedCode(CodeError):
    """The code was exchanged before; a code is good for one exchange."""


class TokenError(BridgeError):
    """An access token or a refresh token is not good."""


class UnknownToken(TokenError):
    """The token was never given out here, is long forgotten, belongs to another client, or was revoked."""


class ExpiredToken(TokenError):
    """The token's lifetime is over."""


class UsedToken(TokenError):
    """The refresh token was used before; each is good for one refresh, which gives the next one."""


def hide_from_traceback(failure: Any) -> bool:
    """Tell pytest to leave our frames out when it shows one of these errors: the user's line is what counts.

    A module says so with `__tracebackhide__ = hide_from_traceback`.
    """
    hidden: bool = failure.errisinstance(BridgeError)
    return hidden


def nearest(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean X?" for a misspelled `name`, or nothing when no known name is near."""
    by_folded_name = {candidate.lower(): candidate for candidate in known}
    matches = difflib.get_close_matches(name.lower(), by_folded_name, n=1)
    return f"; did you mean {by_folded_name[matches[0]]!r}?" if matches else ""
