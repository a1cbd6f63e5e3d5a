"""What a handler receives, and which callbacks of the page ran in the end."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Generator
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import msgspec

from bridge.apis import events
from bridge.errors import HandlerError, hide_from_traceback, nearest
from bridge.outcomes import Consent, as_json
from bridge.profiles import Profile
from bridge.users import User

__all__ = ["Asking", "Call", "Callback", "Desk", "Line", "Page", "PageFile", "check_event"]

__tracebackhide__ = hide_from_traceback


class Line(Protocol):
    """How the pages of a bridge are reached."""

    def emit(self, page: str, event: str, data: Any) -> None:
        """Tell the page with this id of an event. From any thread."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """One loaded document. A reload is another page; two tabs are two pages; an iframe is a page of its own."""

    id: str
    url: str
    framed: bool = False
    line: Line | None = field(default=None, repr=False, compare=False)
    """How it is reached, or None where it is not."""

    def emit(self, event: str, data: Any = None, *, custom: bool = False) -> None:
        """Run the page's listeners to an event: those of `my.onX(listener)` and `my.on("x", listener)`.

            call.page.emit("accelerometerChange", {"x": 0, "y": 0, "z": 1})

        A page that has lost its connection hears nothing.

        Args:
            event: The event, without "on".
            data: What the listeners get; anything that JSON can express.
            custom: The event is the wallet's own, not the platform's.

        Raises:
            HandlerError: There is no such event.
            OutcomeError: JSON cannot express the data.
        """
        check_event(event, custom=custom)
        if self.line is not None:
            self.line.emit(self.id, event, as_json(event, data))

    def is_at(self, where: str | re.Pattern[str]) -> bool:
        """Tell whether its address ends so, with or without its query; * stands for anything. A pattern is searched.

        What stands behind # may end so, too, with or without a query of its own: there mini programs have their pages.
        """
        if isinstance(where, re.Pattern):
            return where.search(self.url) is not None
        before, sign, behind = self.url.partition("#")
        addresses = (self.url, before + sign + behind.partition("?")[0], before, before.partition("?")[0])
        return any(re.search(ending(where), address) for address in addresses)


def ending(where: str) -> str:
    """Return the regular expression, of Python and of JavaScript, for addresses that end so; * stands for anything."""
    return ".*".join(map(re.escape, where.split("*"))) + "$"


def check_event(event: str, *, custom: bool) -> None:
    """Make sure that pages can listen to an event.

    Raises:
        HandlerError: There is no such event.
    """
    known = events()
    if event not in known and not custom:
        own = "for one of your own, add custom=True"
        raise HandlerError(f"there is no event {event!r} ({own}){nearest(event, known)}")


class PageFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a page has."""

    content: bytes
    media_type: str
    name: str


class Asking(Protocol):
    """The user's answer, once there is one: `await` it, or take its `result()` in a plain function.

    Whoever stops waiting for it takes the sheet away.
    """

    def __await__(self) -> Generator[Any, None, Consent]: ...

    def result(self) -> Consent:
        """Wait for it in this thread."""


class Desk(Protocol):
    """What a call knows of its wallet and page."""

    def granted(self, user: User) -> frozenset[str]:
        """Return the scopes that a user has granted to the app by now."""

    def ask(self, call: Call, scopes: tuple[str, ...]) -> Asking:
        """Ask the user for scopes on behalf of a call."""

    def read(self, path: str) -> Awaitable[PageFile]:
        """Return a file of the page, once it is awaited; HandlerError when it has none under this path."""


@dataclass(kw_only=True)
class Call:
    """One call of a JSAPI by a page."""

    api: str
    """The JSAPI's name without `my.`, such as "getAuthCode"."""
    params: dict[str, Any]
    """The options as the page sent them; functions do not travel."""
    scopes: tuple[str, ...] = ()
    """The scopes that getAuthCode asks for, as the profile understands `params["scopes"]`; () for other JSAPIs."""
    page: Page
    app_id: str
    user: User
    """Who is logged in on the page; once the user was asked, who has answered."""
    profile: Profile = field(repr=False)
    """The platform dialect."""
    desk: Desk | None = field(default=None, repr=False, compare=False)
    """Where the user is asked, while a handler runs."""

    @property
    def user_id(self) -> str:
        """The id of the user, to whom a code will be bound."""
        return self.user.id

    @property
    def granted(self) -> frozenset[str]:
        """The scopes that the user has granted to the app by now."""
        return frozenset() if self.desk is None else self.desk.granted(self.user)

    def ask(self, *scopes: str) -> Asking:
        """Ask the user on the page for consent, as far as scopes need it: not silent, and not granted before.

            choice = await call.ask()      # in a plain function: call.ask().result()

        Args:
            scopes: What to ask for; by default what the call asks for.

        Returns:
            What gives the user's choice: `grant()`, perhaps with some scopes refused, `deny()` or `dismiss()`. It is an
            outcome for this call, which grants nothing that nobody was asked for; or one decides otherwise.

        Raises:
            HandlerError: There is no such scope, or no handler of this call runs.
        """
        for scope in scopes:
            if self.profile.scope_named(scope) is None:
                raise HandlerError(f"ask: {self.profile.misspelled(scope)}")
        if self.desk is None:
            raise HandlerError("ask: the user can be asked while a handler of the call runs")
        return self.desk.ask(self, scopes or self.scopes)


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """One of the page's callbacks that ran."""

    name: Literal["success", "fail", "complete", "callback"]
    """"callback" is the one that is given as the second argument."""
    error: str | None = None
    """What it threw, with the stack where the browser gives one, or None."""
