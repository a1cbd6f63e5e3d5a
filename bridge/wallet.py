"""The simulated wallet: who is logged in, what they have granted, and what they answer when they are asked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Literal, TypeAlias, get_args

from bridge.authority import Authority
from bridge.calls import Call, Page
from bridge.errors import SetupError, nearest
from bridge.outcomes import Consent, Deny, Dismiss, Grant
from bridge.payloads import refused_scopes
from bridge.profiles import Profile
from bridge.users import User, Users

__all__ = ["ConsentPolicy", "ConsentWord", "LogIns", "Wallet", "consent_policy"]

ConsentWord: TypeAlias = Literal["ask", "allow", "deny"]

ConsentPolicy: TypeAlias = ConsentWord | Consent
"""What a user answers who is asked for consent: "ask" draws the sheet on the page; everything else is the answer that
the sheet gets without being drawn."""


LogIns: TypeAlias = list[tuple[str | re.Pattern[str], str]]
"""Addresses of pages, as for `Page.is_at`, and the ids of users."""


def consent_policy(given: object) -> ConsentPolicy:
    """Make sure of what was given for a policy.

    Raises:
        SetupError: It is none.
    """
    match given:
        case "ask" | "allow" | "deny" | Grant() | Deny() | Dismiss():
            return given
    hint = nearest(given, get_args(ConsentWord)) if isinstance(given, str) else ""
    raise SetupError(
        f"consent is 'ask', 'allow', 'deny', or what the user chooses, such as grant(only=[...]), not {given!r}{hint}"
    )


class Wallet:
    """What one bridge simulates.

    Args:
        profile: The platform dialect.
        authority: The ledger of grants and codes.
        users: Who can be logged in.
        user: Who is.
        app_id: The mini program's id.
        app_name: What its users call it, or "" for the title of its page.
        consent: What users answer who are asked.
        log_ins: Who is logged in on some pages only; the last counts.

    Raises:
        SetupError: The profile lacks a scope that `consent` names.
    """

    def __init__(
        self,
        profile: Profile,
        authority: Authority,
        *,
        users: Users,
        user: User,
        app_id: str,
        app_name: str = "",
        consent: ConsentPolicy = "ask",
        log_ins: LogIns | None = None,
    ) -> None:
        self.profile = profile
        self.authority = authority
        self.users = users
        self.app_id = app_id
        self.app_name = app_name
        self.user = user
        """Who is logged in on pages that have no user of their own."""
        self._log_ins: LogIns = [] if log_ins is None else log_ins
        self.consent = consent

    @property
    def consent(self) -> ConsentPolicy:
        """What users answer who are asked."""
        return self._consent

    @consent.setter
    def consent(self, given: ConsentPolicy) -> None:
        policy = consent_policy(given)
        if isinstance(policy, Grant):
            self._check("consent", [*(policy.only or ()), *policy.refused])
        self._consent: ConsentPolicy = policy

    # Who is logged in.

    def log_in(self, user: str, page: str | re.Pattern[str]) -> None:
        """Log a user in on pages at an address, whoever is on others: see `Page.is_at`.

        Raises:
            SetupError: There is no such user, or this is no address.
        """
        if not isinstance(page, str | re.Pattern):
            raise SetupError(f"page: the end of an address, such as '/seller.html', or a re.Pattern, not {page!r}")
        self._log_ins.append((page, self.users.find(user).id))

    def user_of(self, page: Page, chosen: str | None = None) -> User:
        """Return who is logged in on a page: the one whose id was chosen there, or else as Python says."""
        if user := self.users.with_id(chosen):
            return user
        for where, id in self.log_ins:
            if page.is_at(where) and (user := self.users.with_id(id)):
                return user
        return self.user

    @property
    def log_ins(self) -> LogIns:
        """Who is logged in on some pages only, the last first: that one counts."""
        return self._log_ins[::-1]

    # What they have granted.

    def granted(self, user: User) -> frozenset[str]:
        """Return the scopes that a user has granted to the app."""
        return self.authority.granted(app_id=self.app_id, user_id=user.id)

    def allow(self, user: User, scopes: Iterable[str]) -> None:
        """Remember scopes as granted by a user.

        Raises:
            SetupError: There is no such scope.
        """
        scopes = tuple(scopes)
        self._check("allow", scopes)
        self._remember(user, scopes)

    def revoke(self, user: User | None, scopes: Iterable[str]) -> None:
        """Forget what a user or everybody has granted: these scopes, or all where none is given.

        Raises:
            SetupError: There is no such scope.
        """
        scopes = tuple(scopes)
        self._check("revoke", scopes)
        names = list(map(self.profile.canonical, scopes)) or None
        self.authority.revoke(names, app_id=self.app_id, user_id=None if user is None else user.id)

    def to_ask(self, user: User, scopes: Iterable[str]) -> tuple[str, ...]:
        """Return those of some scopes that need a user's consent now: they are not silent, nor granted before."""
        granted = self.granted(user)
        named = [self.profile.scope_named(scope) for scope in scopes]
        asked = [scope.name for scope in named if scope is not None and not scope.silent and scope.name not in granted]
        return tuple(dict.fromkeys(asked))

    def scripted(self) -> Consent | None:
        """Return what users answer without being shown a sheet, or None where it is drawn."""
        match self._consent:
            case "ask":
                return None
            case "allow":
                return Grant()
            case "deny":
                return Deny()
            case consent:
                return consent

    def answer(
        self, user: User, scopes: Iterable[str], consent: Consent, *, asked: Collection[str] | None = None
    ) -> Consent:
        """Take a user's answer about some scopes: remember what is granted, and return it.

        Args:
            user: Who has answered.
            scopes: What it is about.
            consent: The answer.
            asked: The names of those that the user was asked for; by default what has to be asked now.
        """
        if not isinstance(consent, Grant):
            return consent
        names = self.to_ask(user, scopes) if asked is None else asked
        named = [scope for scope in scopes if self.profile.canonical(scope) in names]
        refused = refused_scopes(consent, named, self.profile)
        self._remember(user, (scope for scope in named if scope not in refused))
        return Grant(refused=refused)

    def outcome(self, call: Call, consent: Consent) -> Consent:
        """Return what a user's answer means for a call: what it asks for and nobody was asked about is not granted."""
        if not isinstance(consent, Grant):
            return consent
        refused = {self.profile.canonical(scope): code for scope, code in consent.refused.items()}
        refused |= {scope: None for scope in self.to_ask(call.user, call.scopes) if scope not in refused}
        named = {
            scope: refused.pop(name) for scope in call.scopes if (name := self.profile.canonical(scope)) in refused
        }
        return Grant(refused={**named, **refused})

    def issue_code(self, call: Call, scopes: tuple[str, ...]) -> str:
        """Return a code for what a user grants, and remember that."""
        self._remember(call.user, scopes)
        return self.authority.issue(app_id=self.app_id, user_id=call.user.id, scopes=scopes)

    def _remember(self, user: User, scopes: Iterable[str]) -> None:
        self.authority.allow(map(self.profile.canonical, scopes), app_id=self.app_id, user_id=user.id)

    def _check(self, what: str, scopes: Iterable[str]) -> None:
        for scope in scopes:
            if self.profile.scope_named(scope) is None:
                raise SetupError(f"{what}: {self.profile.misspelled(scope)}")
