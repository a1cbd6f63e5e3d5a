"""Where the wallet keeps its records: codes, and what users have granted. In memory here, in a file in `state_file`.

A store decides nothing; `authority` does. Its one obligation is that of many callers exactly one spends a code.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Protocol

import msgspec

__all__ = ["CodeRecord", "MemoryStore", "Store"]


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


class Store(Protocol):
    """Where records are kept. Called from any thread."""

    def add(self, record: CodeRecord) -> None:
        """Keep a new, unspent code; also instead of an older one with its digest, as a seed makes it again."""

    def get(self, digest: str) -> CodeRecord | None:
        """Return the code with this digest, spent or not, or None."""

    def spend(self, digest: str) -> bool:
        """Mark the code as spent. True for exactly one caller, whatever the race; False for every other."""

    def is_spent(self, digest: str) -> bool:
        """Tell whether the code was spent. False for one that is not there."""

    def forget(self, before: float) -> None:
        """Drop codes that expired before this time."""

    def allow(self, app_id: str, user_id: str, scopes: Iterable[str]) -> None:
        """Keep that a user has granted these scopes to an app."""

    def granted(self, app_id: str, user_id: str) -> frozenset[str]:
        """Return the scopes that a user has granted to an app."""

    def revoke(self, app_id: str, user_id: str | None = None, scopes: Iterable[str] | None = None) -> None:
        """Take back what was granted to an app: by one user or by all, these scopes or all."""


class MemoryStore:
    """Keeps records in this process, `capacity` codes at the most: one more drops the oldest."""

    def __init__(self, capacity: int = 100_000) -> None:
        if capacity < 1:
            raise ValueError(f"a store that holds {capacity} codes cannot issue any")
        self._capacity = capacity
        self._lock = threading.Lock()
        # In the order of their issue, so that the first is the oldest.
        self._records: dict[str, CodeRecord] = {}
        self._spent: set[str] = set()
        # By app and user.
        self._grants: dict[tuple[str, str], set[str]] = {}

    def add(self, record: CodeRecord) -> None:
        with self._lock:
            self._drop(record.digest)
            while len(self._records) >= self._capacity:
                self._drop(next(iter(self._records)))
            self._records[record.digest] = record

    def get(self, digest: str) -> CodeRecord | None:
        with self._lock:
            return self._records.get(digest)

    def spend(self, digest: str) -> bool:
        with self._lock:
            if digest not in self._records or digest in self._spent:
                return False
            self._spent.add(digest)
            return True

    def is_spent(self, digest: str) -> bool:
        with self._lock:
            return digest in self._spent

    def forget(self, before: float) -> None:
        with self._lock:
            # Codes of one authority live equally long, so the first that is still good ends the search.
            while self._records and next(iter(self._records.values())).expires_at < before:
                self._drop(next(iter(self._records)))

    def _drop(self, digest: str) -> None:
        self._records.pop(digest, None)
        self._spent.discard(digest)

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
