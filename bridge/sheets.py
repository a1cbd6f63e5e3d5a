"""The sheets of one page, without I/O: what its user is asked, one sheet at a time.

What is to be done about it comes out as steps: messages for the page, and news for those who asked, who are known by
their tickets.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TypeAlias

import msgspec

from bridge.errors import StateError
from bridge.messages import (
    App,
    Ask,
    AskedScope,
    Choice,
    Notification,
    Person,
    Request,
    Response,
    RpcError,
    Withdraw,
)
from bridge.outcomes import Consent, Deny, Dismiss, Grant
from bridge.users import User
from bridge.wallet import Wallet

__all__ = ["Answered", "GivenUp", "Sheets", "Shown", "Step"]


class Shown(msgspec.Struct, frozen=True):
    """This user looks at the sheet of these tickets."""

    tickets: tuple[int, ...]
    user: User
    scopes: tuple[str, ...]


class Answered(msgspec.Struct, frozen=True):
    """This user has answered what was asked with these tickets."""

    tickets: tuple[int, ...]
    user: User
    consent: Consent


class GivenUp(msgspec.Struct, frozen=True):
    """What was asked with these tickets will not be answered."""

    tickets: tuple[int, ...]
    why: str


Step: TypeAlias = Request | Notification | Shown | Answered | GivenUp


class _Sheet(msgspec.Struct, eq=False):
    """What the user is asked, or will be when the sheets before it are gone."""

    id: int
    api: str
    scopes: tuple[str, ...]
    tickets: list[int]
    user: User
    """Who is logged in when it is drawn."""
    asked: dict[str, tuple[str, ...]] = {}
    """What each user, by their id, is asked on it."""


class Sheets:
    """The queue of one page. The first is on the page.

    Args:
        wallet: Knows who has to be asked for what.
        user_of: Gives who is logged in on the page, when this id or nobody was chosen there.
    """

    def __init__(self, wallet: Wallet, user_of: Callable[[str | None], User]) -> None:
        self._wallet = wallet
        self._user_of = user_of
        self._queue: list[_Sheet] = []
        self._last_id = 0
        self.chosen: str | None = None
        """The id of the user who was chosen on the page."""

    def ask(self, ticket: int, api: str, scopes: tuple[str, ...]) -> list[Step]:
        """Ask for scopes on behalf of a call. Identical calls share a sheet."""
        for sheet in self._queue:
            if (sheet.api, set(sheet.scopes)) == (api, set(scopes)):
                sheet.tickets.append(ticket)
                return [Shown((ticket,), sheet.user, scopes)] if sheet is self._queue[0] else []
        self._last_id += 1
        self._queue.append(_Sheet(self._last_id, api, scopes, [ticket], self._user_of(self.chosen)))
        return list(self._show()) if len(self._queue) == 1 else []

    def answer(self, response: Response) -> list[Step]:
        """Take what the page says about the sheet that it shows. Whatever it says about others comes too late."""
        if not self._queue or response.id != self._queue[0].id:
            return []
        return [self._read(response), *self._show()]

    def withdraw(self, tickets: Collection[int]) -> list[Step]:
        """Nobody waits for what was asked with these tickets any more."""
        shown = self._queue[0] if self._queue else None
        for sheet in self._queue:
            sheet.tickets = [ticket for ticket in sheet.tickets if ticket not in tickets]
        self._queue = [sheet for sheet in self._queue if sheet.tickets]
        if shown is None or shown in self._queue:
            return []
        params = msgspec.to_builtins(Withdraw(id=shown.id))
        return [Notification(method="bridge.withdraw", params=params), *self._show()]

    def _show(self) -> Iterator[Step]:
        """Show the first sheet; before it, answer those about which nothing is left to ask."""
        while self._queue:
            sheet = self._queue[0]
            sheet.user = self._user_of(self.chosen)
            try:
                if self._wallet.to_ask(sheet.user, sheet.scopes):
                    params = msgspec.to_builtins(self._question(sheet))
                    yield Request(id=sheet.id, method="bridge.ask", params=params)
                    yield Shown(tuple(sheet.tickets), sheet.user, sheet.scopes)
                    return
            except StateError as problem:
                yield self._give_up(str(problem))
            else:
                yield self._close(sheet.user, Grant(), asked=())

    def _read(self, response: Response) -> Answered | GivenUp:
        """Close the first sheet as the page says."""
        if isinstance(response.error, RpcError):
            return self._give_up(
                f"the page cannot show the sheet, and its console may say more: {response.error.message}"
            )
        try:
            choice = msgspec.convert(response.result, Choice)
        except msgspec.ValidationError as problem:
            return self._give_up(f"the page answered what is no answer: {problem}")
        user = self._wallet.users.with_id(choice.user)
        if user is None:
            return self._give_up(f"the page answered as a user that there is not: {choice.user!r}")
        sheet = self._queue[0]
        if choice.action == "dismiss":
            return self._close(sheet.user, Dismiss(), asked=())
        if user != sheet.user:
            self.chosen = user.id
        consent = Deny() if choice.action == "deny" else Grant(only=tuple(choice.scopes))
        # Not what would have to be asked by now: another page may have asked the same user meanwhile.
        return self._close(user, consent, asked=sheet.asked[user.id])

    def _close(self, user: User, consent: Consent, *, asked: tuple[str, ...]) -> Answered | GivenUp:
        """The first sheet is answered."""
        sheet = self._queue[0]
        try:
            consent = self._wallet.answer(user, sheet.scopes, consent, asked=asked)
        except StateError as problem:
            return self._give_up(str(problem))
        del self._queue[0]
        return Answered(tuple(sheet.tickets), user, consent)

    def _give_up(self, why: str) -> GivenUp:
        """The first sheet will not be answered."""
        return GivenUp(tuple(self._queue.pop(0).tickets), why)

    def _question(self, sheet: _Sheet) -> Ask:
        """Return what the page needs to draw a sheet."""
        sheet.asked = {person.id: self._wallet.to_ask(person, sheet.scopes) for person in self._wallet.users}
        users = [
            Person(
                id=person.id,
                nickname=person.nickname,
                login_id=person.masked_login_id,
                scopes=sheet.asked[person.id],
            )
            for person in self._wallet.users
        ]
        asked = {name for names in sheet.asked.values() for name in names}
        named = filter(None, map(self._wallet.profile.scope_named, sheet.scopes))
        scopes = {scope.name: scope.description for scope in named if scope.name in asked}
        return Ask(
            app=App(id=self._wallet.app_id, name=self._wallet.app_name),
            wallet=self._wallet.profile.title,
            user=sheet.user.id,
            users=users,
            scopes=[AskedScope(name=name, description=description) for name, description in scopes.items()],
        )
