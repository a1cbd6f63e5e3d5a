"""The wallet's ledger: who granted what to which app, and the codes and tokens that stand for it.

The rules (what is checked in which order, and what ends what) live here; where records are kept is the business of a
`Store`. They are those of RFC 6749, sections 4.1.2 and 10.4, and RFC 9700, section 4.14: a code and a refresh token are
each good once, and one that comes a second time ends all tokens that its code has brought.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from typing import Any, Literal

import msgspec

from bridge.errors import (
    CodeError,
    ExpiredCode,
    ExpiredToken,
    TokenError,
    UnknownCode,
    UnknownToken,
    UsedCode,
    UsedToken,
)
from bridge.profiles import CodeFormat, TokenFormat
from bridge.store import CodeRecord, MemoryStore, Store, TokenRecord, digest

__all__ = ["TOMBSTONE_SECONDS", "Authority", "Tokens"]

TOMBSTONE_SECONDS = 300
"""How long after its expiry a code or token is still told apart from one that never was.

A code that has brought tokens is so for as long as they are.
"""


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What a code or a refresh token is exchanged for."""

    access_token: str
    refresh_token: str
    record: TokenRecord
    """What they stand for."""

    def __repr__(self) -> str:
        # What is printed and logged names no secrets.
        return f"Tokens(record={self.record!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("record", self.record)]


class Authority:
    """Issues authorization codes, exchanges each of them once, and remembers what users have granted.

    Args:
        code: The format and lifetime of codes, from the profile.
        tokens: The format and lifetimes of tokens, from the profile.
        store: Where records are kept; by default in memory.
        seed: Makes codes and tokens repeatable. Without it they come from the operating system's secure source.
        clock: Gives the time in seconds since the epoch.
    """

    def __init__(
        self,
        code: CodeFormat,
        tokens: TokenFormat | None = None,
        *,
        store: Store | None = None,
        seed: int | str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._format = code
        self._token_format = TokenFormat() if tokens is None else tokens
        self._store = MemoryStore() if store is None else store
        # Apart, so that the codes of a test do not depend on what its back end does meanwhile.
        self._random = _random(seed, "")
        self._token_random = _random(seed, "tokens ")
        self._clock = clock

    def _forget(self) -> None:
        self._store.forget(before=self._clock() - TOMBSTONE_SECONDS)

    # Codes.

    def issue(self, *, app_id: str, user_id: str, scopes: tuple[str, ...]) -> str:
        """Return a new code with which `app_id` can learn about `user_id` what `scopes` reveal."""
        self._forget()
        now = self._clock()
        code = _new(self._format, self._random)
        self._store.add(
            CodeRecord(
                digest=digest(code),
                app_id=app_id,
                user_id=user_id,
                scopes=scopes,
                issued_at=now,
                expires_at=now + self._format.lifetime,
            )
        )
        return code

    def redeem(self, code: str, *, app_id: str) -> CodeRecord:
        """Exchange a code for what it stands for. Of any number of callers at once, one succeeds.

        Raises:
            UnknownCode: Never issued, long forgotten, or issued to another app; nothing changes.
            ExpiredCode: Its lifetime is over, used or not.
            UsedCode: It was exchanged before, be it for tokens, which are revoked.
        """
        record = self._code(code, app_id)
        self._spend(record)
        return record

    def exchange(self, code: str, *, app_id: str, client_id: str) -> Tokens:
        """Exchange a code for tokens, which are the client's. Of any number of callers at once, one succeeds.

        Raises:
            CodeError: As for `redeem`.
        """
        record = self._code(code, app_id)
        tokens = self._mint(record.digest, client_id, app_id, record.user_id, record.scopes)
        self._spend(record, tokens.record)
        return tokens

    def _code(self, code: str, app_id: str) -> CodeRecord:
        record = self._store.get(digest(code))
        # Ownership comes first, or an app that holds another's code could learn and change its state.
        if record is None or record.app_id != app_id:
            raise UnknownCode("there is no such authorization code for this app")
        return record

    def _spend(self, record: CodeRecord, tokens: TokenRecord | None = None) -> None:
        problem: CodeError | None = None
        if self._clock() >= record.expires_at:
            problem = ExpiredCode(f"the authorization code expired after {self._format.lifetime} seconds")
        elif not self._store.spend(record.digest, tokens):
            problem = UsedCode("the authorization code was exchanged before; ask the page for a new one")
        if problem is not None:
            # There are some where it was used before.
            self._store.revoke_tokens(record.digest)
            raise problem

    def was_redeemed(self, code: str) -> bool:
        """Tell whether a code was exchanged. False for one that is unknown or long forgotten."""
        return self._store.is_spent(digest(code))

    # Tokens.

    def refresh(self, refresh_token: str, *, client_id: str) -> Tokens:
        """Exchange a refresh token for new tokens. Of any number of callers at once, one succeeds.

        Whether the access token that came with the old one stays good for its time, the profile says.

        Raises:
            UnknownToken: Never given out, long forgotten, another client's, or revoked; nothing changes.
            ExpiredToken: Its lifetime is over, used or not.
            UsedToken: It was used before. What it was used for is revoked.
        """
        # Here, too, or a wallet of which nobody asks for codes any more would grow and grow.
        self._forget()
        old = self._owned(refresh_token, client_id, "refresh")
        problem: TokenError | None = None
        tokens = self._mint(old.code, client_id, old.app_id, old.user_id, old.scopes, until=old.refresh_expires_at)
        if self._clock() >= old.refresh_expires_at:
            problem = ExpiredToken(f"the refresh token expired after {self._token_format.refresh_lifetime} seconds")
        elif not self._store.rotate(old.refresh, tokens.record):
            # Unless it was revoked in the meantime.
            old = self._owned(refresh_token, client_id, "refresh")
            problem = UsedToken("the refresh token was used before; the one that it gave is the one to use")
        if problem is not None:
            if old.refreshed or isinstance(problem, UsedToken):
                self._store.revoke_tokens(old.code)
            raise problem
        return tokens

    def look_up(self, access_token: str, *, client_id: str) -> TokenRecord:
        """Return what an access token stands for.

        Raises:
            UnknownToken: Never given out, long forgotten, another client's, or revoked.
            ExpiredToken: Its lifetime is over.
        """
        record = self._owned(access_token, client_id, "access")
        if record.refreshed and self._token_format.refresh_ends_access:
            raise UnknownToken("the access token ended when the refresh token beside it was used")
        if self._clock() >= record.access_expires_at:
            raise ExpiredToken(f"the access token expired after {self._token_format.access_lifetime} seconds")
        return record

    def revoke_tokens(self, access_token: str, *, client_id: str) -> None:
        """End an access token, and with it all tokens that its code has brought, refresh tokens too.

        Raises:
            TokenError: As for `look_up`.
        """
        self._store.revoke_tokens(self.look_up(access_token, client_id=client_id).code)

    def _owned(self, token: str, client_id: str, kind: Literal["access", "refresh"]) -> TokenRecord:
        record = self._store.tokens(digest(token))
        # Ownership comes first, as for a code.
        if record is None or record.client_id != client_id:
            raise UnknownToken(f"there is no such {kind} token of this client")
        if digest(token) != (record.access if kind == "access" else record.refresh):
            raise UnknownToken(f"this is no {kind} token, but the other one that came with it")
        if record.revoked:
            raise UnknownToken(
                f"the {kind} token was revoked: by its client, or as its code or a refresh token came again"
            )
        return record

    def _mint(
        self,
        code: str,
        client_id: str,
        app_id: str,
        user_id: str,
        scopes: tuple[str, ...],
        until: float | None = None,
    ) -> Tokens:
        now = self._clock()
        if until is None or self._token_format.refresh_extends:
            until = now + self._token_format.refresh_lifetime
        access, refresh = self._new_token(), self._new_token()
        record = TokenRecord(
            access=digest(access),
            refresh=digest(refresh),
            code=code,
            client_id=client_id,
            app_id=app_id,
            user_id=user_id,
            scopes=scopes,
            access_expires_at=now + self._token_format.access_lifetime,
            refresh_expires_at=until,
        )
        return Tokens(access_token=access, refresh_token=refresh, record=record)

    def _new_token(self) -> str:
        while True:
            token = _new(self._token_format, self._token_random)
            # A seed makes those again that it made before a restart, of which some may be somebody's still.
            if self._store.tokens(digest(token)) is None:
                return token

    def expire(self, secret: str, *, app_id: str | None = None, client_id: str | None = None) -> None:
        """Let a code, an access token or a refresh token expire now.

        Args:
            secret: It. One that is unknown stays so.
            app_id: Only a code of this app.
            client_id: Only a token of this client.
        """
        code, tokens = self._store.get(digest(secret)), self._store.tokens(digest(secret))
        if (code and app_id not in (None, code.app_id)) or (tokens and client_id not in (None, tokens.client_id)):
            return
        self._store.expire(digest(secret), at=self._clock())

    def origin(self, secret: str) -> str | None:
        """Return the digest of the code that a code or token is or comes from, or None for one that is unknown."""
        code = digest(secret)
        if self._store.get(code):
            return code
        tokens = self._store.tokens(digest(secret))
        return None if tokens is None else tokens.code

    # Grants.

    def allow(self, scopes: Iterable[str], *, app_id: str, user_id: str) -> None:
        """Remember that a user has granted these scopes to an app."""
        self._store.allow(app_id, user_id, scopes)

    def granted(self, *, app_id: str, user_id: str) -> frozenset[str]:
        """Return the scopes that a user has granted to an app, and not revoked."""
        return self._store.granted(app_id, user_id)

    def revoke(self, scopes: Iterable[str] | None = None, *, app_id: str, user_id: str | None = None) -> None:
        """Take back what was granted to an app: these scopes or all, by one user or by all."""
        self._store.revoke(app_id, user_id, scopes)


def _random(seed: int | str | None, purpose: str) -> random.Random:
    return random.SystemRandom() if seed is None else random.Random(f"{purpose}{seed}" if purpose else seed)


def _new(format: CodeFormat | TokenFormat, chance: random.Random) -> str:
    return format.prefix + "".join(chance.choices(format.alphabet, k=format.length - len(format.prefix)))
