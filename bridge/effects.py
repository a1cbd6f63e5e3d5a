"""What a session wants to be done, or to be written down. `bridge.connection` does it."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from bridge.calls import Call, Callback, Page
from bridge.messages import Answer, Id, Response
from bridge.messages import Problem as ProgramProblem
from bridge.outcomes import Consent

__all__ = [
    "Asked",
    "AwaitsUser",
    "CallbacksRan",
    "Cancel",
    "Close",
    "Effect",
    "Ending",
    "Invoke",
    "Moved",
    "NotAsked",
    "Noticed",
    "PageReplied",
    "Problem",
    "Send",
    "Settled",
    "UserAsked",
    "UserChose",
    "Withdrawn",
]


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


Ending = Literal[
    "answered", "invalid", "unhandled", "raised", "timeout", "never", "dropped", "too late", "lost", "aborted"
]
"""How a call ended. "lost" is the connection that went for another reason than this call's own outcome; "aborted" is
the page that did not want to know any more."""


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


class AwaitsUser(msgspec.Struct, frozen=True):
    """The handler of this call waits for the user, perhaps behind other sheets, until an effect names the ticket."""

    ticket: int
    id: Id


class UserAsked(msgspec.Struct, frozen=True):
    """The user of the page looks at a sheet about these scopes, on behalf of this call. `str()` is for the log."""

    id: Id
    call: Call
    scopes: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.call.api}  {','.join(self.scopes)}  asks {self.call.user.nickname}"


class UserChose(msgspec.Struct, frozen=True):
    """There is an answer to what was asked with this ticket."""

    ticket: int
    id: Id
    call: Call
    """As the user who has answered makes it."""
    consent: Consent
    asked: bool = True
    """Whether there was anything to ask."""


class NotAsked(msgspec.Struct, frozen=True):
    """What was asked with this ticket cannot be answered."""

    ticket: int
    id: Id
    why: str


class Withdrawn(msgspec.Struct, frozen=True):
    """What was asked with this ticket does not matter any more."""

    ticket: int
    id: Id


class CallbacksRan(msgspec.Struct, frozen=True):
    """The page has run the callbacks of a call."""

    id: Id
    callbacks: tuple[Callback, ...]
    found: Answer | None = None
    """What the page has answered itself, where that was left to it."""


class PageReplied(msgspec.Struct, frozen=True):
    """The page has answered a request of this side that is not about its user."""

    response: Response


class Moved(msgspec.Struct, frozen=True):
    """The page has another address now."""

    page: Page


class Noticed(msgspec.Struct, frozen=True):
    """The page has noticed what is wrong with the mini program that it shows."""

    problem: ProgramProblem


class Problem(msgspec.Struct, frozen=True):
    """An outcome that cannot be, or cannot be kept: something that the author of a handler should know."""

    id: Id
    message: str


Effect: TypeAlias = (
    Send
    | Asked
    | Invoke
    | Cancel
    | Close
    | Settled
    | AwaitsUser
    | UserAsked
    | UserChose
    | NotAsked
    | Withdrawn
    | CallbacksRan
    | PageReplied
    | Moved
    | Noticed
    | Problem
)
