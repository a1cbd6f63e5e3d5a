"""Where the wallet keeps its records: codes, tokens, grants. In memory here, in a file in `state_file`.

A store decides nothing; `authority` does. Its one obligation is that of many callers exactly one spends a code or a
refresh token, and that what it is spent for is there in the same moment.
"""

from __future__ import annotations

import hashlib
import threading
from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import Protocol

import msgspec

__all__ = ["CodeRecord", "MemoryStore", "Store", "TokenRecord", "digest"]


def digest(secret: str) -> str:
    """Return the SHA-256 digest of a code or token, by which it is known here."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class CodeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What an authorization code stands for. The code itself is not in it, only its SHA-256 digest."""

    digest: str
    app_id: str
    user_id: str
    scopes: tuple[str, ...]
    issued_at: float
    """Seconds since the epoch, by the authority's clock."""
    expires_at: float
    """The first moment at which the code is no longer good."""


class TokenRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An access token and the refresh token beside it, as they are now. Of both, only the SHA-256 digest."""

    access: str
    refresh: str
    code: str
    """The digest of the code that it comes from, itself or by refreshing: what ends it ends all of these."""
    client_id: str
    """To whom it was given."""
    app_id: str
    user_id: str
    scopes: tuple[str, ...]
    access_expires_at: float
    """The first moment at which the access token is no longer good; seconds since the epoch."""
    refresh_expires_at: float
    refreshed: bool = False
    """Whether the refresh token was used."""
    revoked: bool = False


class Store(Protocol):
    """Where records are kept. Called from any thread."""

    def add(self, record: CodeRecord) -> None:
        """Keep a new, unspent code; also instead of an older one with its digest, as a seed makes it again."""

    def get(self, digest: str) -> CodeRecord | None:
        """Return the code with this digest, spent or not, or None."""

    def spend(self, digest: str, tokens: TokenRecord | None = None) -> bool:
        """Mark the code as spent, and keep the tokens that it is spent for.

        They come instead of older ones with a digest of theirs, as a seed makes them again.

        True for exactly one caller, whatever the race; False for every other.
        """

    def is_spent(self, digest: str) -> bool:
        """Tell whether the code was spent. False for one that is not there."""

    def tokens(self, digest: str) -> TokenRecord | None:
        """Return the tokens of which one has this digest, or None."""

    def rotate(self, refresh: str, tokens: TokenRecord) -> bool:
        """Mark the refresh token with this digest as used, and keep the tokens that come instead.

        True for exactly one caller, whatever the race; False for every other, and for one that is revoked.
        """

    def revoke_tokens(self, code: str) -> None:
        """Mark all tokens that come from the code with this digest as revoked."""

    def expire(self, digest: str, at: float) -> None:
        """Let the code or token with this digest be good until this time at most."""

    def forget(self, before: float) -> None:
        """Drop codes, and tokens of which both are so, that expired before this time.

        A code that was spent for tokens stays for as long as these could live, and those that came instead of them: it
        is by the code that they are revoked when it comes again.
        """

    def allow(self, app_id: str, user_id: str, scopes: Iterable[str]) -> None:
        """Keep that a user has granted these scopes to an app."""

    def granted(self, app_id: str, user_id: str) -> frozenset[str]:
        """Return the scopes that a user has granted to an app."""

    def revoke(self, app_id: str, user_id: str | None = None, scopes: Iterable[str] | None = None) -> None:
        """Take back what was granted to an app: by one user or by all, these scopes or all."""


class MemoryStore:
    """Keeps records in this process, of codes and tokens `capacity` each at the most: one more drops the oldest."""

    def __init__(self, capacity: int = 100_000) -> None:
        if capacity < 1:
            raise ValueError(f"a store that holds {capacity} codes cannot issue any")
        self._capacity = capacity
        self._lock = threading.Lock()
        # In the order of their issue, so that the first is the oldest; tokens by the digest of the access token.
        self._records: dict[str, CodeRecord] = {}
        # Until when the tokens of a code can live.
        self._tokens_until: dict[str, float] = {}
        # The digests of both by when they may go, the first to go first.
        self._code_ends: list[tuple[float, str]] = []
        self._token_ends: list[tuple[float, str]] = []
        self._spent: set[str] = set()
        self._tokens: dict[str, TokenRecord] = {}
        self._access_of_refresh: dict[str, str] = {}
        self._access_of_code: dict[str, list[str]] = {}
        # By app and user.
        self._grants: dict[tuple[str, str], set[str]] = {}

    def add(self, record: CodeRecord) -> None:
        with self._lock:
            self._drop(record.digest)
            for access in self._access_of_code.get(record.digest, []).copy():
                self._drop_tokens(access)
            while len(self._records) >= self._capacity:
                self._drop(next(iter(self._records)))
            self._records[record.digest] = record
            insort(self._code_ends, self._code_end(record.digest))

    def get(self, digest: str) -> CodeRecord | None:
        with self._lock:
            return self._records.get(digest)

    def spend(self, digest: str, tokens: TokenRecord | None = None) -> bool:
        with self._lock:
            if digest not in self._records or digest in self._spent:
                return False
            self._spent.add(digest)
            if tokens is not None:
                self._keep(tokens)
            return True

    def is_spent(self, digest: str) -> bool:
        with self._lock:
            return digest in self._spent

    def tokens(self, digest: str) -> TokenRecord | None:
        with self._lock:
            return self._find(digest)

    def rotate(self, refresh: str, tokens: TokenRecord) -> bool:
        with self._lock:
            old = self._find(refresh)
            if old is None or old.refresh != refresh or old.refreshed or old.revoked:
                return False
            self._tokens[old.access] = msgspec.structs.replace(old, refreshed=True)
            self._keep(tokens)
            return True

    def revoke_tokens(self, code: str) -> None:
        with self._lock:
            for access in self._access_of_code.get(code, ()):
                self._tokens[access] = msgspec.structs.replace(self._tokens[access], revoked=True)

    def expire(self, digest: str, at: float) -> None:
        with self._lock:
            if record := self._records.get(digest):
                _remove(self._code_ends, self._code_end(digest))
                self._records[digest] = msgspec.structs.replace(record, expires_at=min(record.expires_at, at))
                insort(self._code_ends, self._code_end(digest))
            if tokens := self._find(digest):
                _remove(self._token_ends, (_expiry(tokens), tokens.access))
                which = "access_expires_at" if digest == tokens.access else "refresh_expires_at"
                tokens = msgspec.structs.replace(tokens, **{which: min(getattr(tokens, which), at)})
                insort(self._token_ends, (_expiry(tokens), tokens.access))
                self._tokens[tokens.access] = tokens

    def forget(self, before: float) -> None:
        with self._lock:
            while self._code_ends and self._code_ends[0][0] < before:
                self._drop(self._code_ends[0][1])
            while self._token_ends and self._token_ends[0][0] < before:
                self._drop_tokens(self._token_ends[0][1])

    def _drop(self, digest: str) -> None:
        if digest in self._records:
            _remove(self._code_ends, self._code_end(digest))
            del self._records[digest]
            self._spent.discard(digest)
            self._tokens_until.pop(digest, None)

    def _code_end(self, digest: str) -> tuple[float, str]:
        return max(self._records[digest].expires_at, self._tokens_until.get(digest, 0.0)), digest

    def _find(self, digest: str) -> TokenRecord | None:
        return self._tokens.get(self._access_of_refresh.get(digest, digest))

    def _keep(self, tokens: TokenRecord) -> None:
        for digest in (tokens.access, tokens.refresh):
            if old := self._find(digest):
                self._drop_tokens(old.access)
        while len(self._tokens) >= self._capacity:
            self._drop_tokens(next(iter(self._tokens)))
        self._tokens[tokens.access] = tokens
        insort(self._token_ends, (_expiry(tokens), tokens.access))
        self._access_of_refresh[tokens.refresh] = tokens.access
        self._access_of_code.setdefault(tokens.code, []).append(tokens.access)
        if tokens.code in self._records:
            _remove(self._code_ends, self._code_end(tokens.code))
            self._tokens_until[tokens.code] = max(self._tokens_until.get(tokens.code, 0.0), _expiry(tokens))
            insort(self._code_ends, self._code_end(tokens.code))

    def _drop_tokens(self, access: str) -> None:
        tokens = self._tokens.pop(access)
        _remove(self._token_ends, (_expiry(tokens), access))
        del self._access_of_refresh[tokens.refresh]
        siblings = self._access_of_code[tokens.code]
        siblings.remove(access)
        if not siblings:
            del self._access_of_code[tokens.code]

    def allow(self, app_id: str, user_id: str, scopes: Iterable[str]) -> None:
        with self._lock:
            self._grants.setdefault((app_id, user_id), set()).update(scopes)

    def granted(self, app_id: str, user_id: str) -> frozenset[str]:
        with self._lock:
            return frozenset(self._grants.get((app_id, user_id), ()))

    def revoke(self, app_id: str, user_id: str | None = None, scopes: Iterable[str] | None = None) -> None:
        taken = None if scopes is None else set(scopes)
        with self._lock:
            for (app, user), granted in self._grants.items():
                if app == app_id and user_id in (None, user):
                    granted.difference_update(granted.copy() if taken is None else taken)


def _expiry(tokens: TokenRecord) -> float:
    return max(tokens.access_expires_at, tokens.refresh_expires_at)


def _remove(ends: list[tuple[float, str]], end: tuple[float, str]) -> None:
    del ends[bisect_left(ends, end)]
