"""The wallet's ledger: who granted what to which app, and the authorization codes that stand for it.

The rules (what is checked in which order) live in `Authority`; where records are kept is the business of a
`CodeStore`, whose one obligation is that of many callers exactly one spends a code.
"""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Callable
from typing import Protocol

import msgspec

from bridge.errors import ExpiredCode, UnknownCode, UsedCode
from bridge.profiles import CodeFormat

__all__ = ["TOMBSTONE_SECONDS", "Authority", "CodeRecord", "CodeStore", "MemoryCodeStore"]

TOMBSTONE_SECONDS = 300
"""How long after its expiry a code is still told apart from one that never was."""


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


class CodeStore(Protocol):
    """Where codes are kept. Called from any thread."""

    def add(self, record: CodeRecord) -> None:
        """Keep a new, unspent code."""

    def get(self, digest: str) -> CodeRecord | None:
        """Return the code with this digest, spent or not, or None."""

    def spend(self, digest: str) -> bool:
        """Mark the code as spent. True for exactly one caller, whatever the race; False for every other."""

    def is_spent(self, digest: str) -> bool:
        """Tell whether the code was spent. False for one that is not there."""

    def forget(self, before: float) -> None:
        """Drop codes that expired before this time."""


class MemoryCodeStore:
    """Keeps codes in this process, `capacity` at the most: one more drops the oldest."""

    def __init__(self, capacity: int = 100_000) -> None:
        if capacity < 1:
            raise ValueError(f"a store that holds {capacity} codes cannot issue any")
        self._capacity = capacity
        self._lock = threading.Lock()
        # In the order of their issue, so that the first is the oldest.
        self._records: dict[str, CodeRecord] = {}
        self._spent: set[str] = set()

    def add(self, record: CodeRecord) -> None:
        with self._lock:
            while len(self._records) >= self._capacity:
                self._drop_oldest()
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
                self._drop_oldest()

    def _drop_oldest(self) -> None:
        digest = next(iter(self._records))
        del self._records[digest]
        self._spent.discard(digest)


class Authority:
    """Issues authorization codes and exchanges each of them once.

    Args:
        code: The format and lifetime of codes, from the profile.
        store: Where codes are kept; by default in memory.
        seed: Makes the codes repeatable. Without it they come from the operating system's secure source.
        clock: Gives the time in seconds since the epoch.
    """

    def __init__(
        self,
        code: CodeFormat,
        *,
        store: CodeStore | None = None,
        seed: int | str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._format = code
        self._store = MemoryCodeStore() if store is None else store
        self._random = random.SystemRandom() if seed is None else random.Random(seed)
        self._clock = clock

    def issue(self, *, app_id: str, user_id: str, scopes: tuple[str, ...]) -> str:
        """Return a new code with which `app_id` can learn about `user_id` what `scopes` reveal."""
        now = self._clock()
        self._store.forget(before=now - TOMBSTONE_SECONDS)
        chance = self._format.length - len(self._format.prefix)
        code = self._format.prefix + "".join(self._random.choices(self._format.alphabet, k=chance))
        self._store.add(
            CodeRecord(
                digest=_digest(code),
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
            UsedCode: It was exchanged before.
        """
        digest = _digest(code)
        record = self._store.get(digest)
        # Ownership comes first, or an app that holds another's code could learn and change its state.
        if record is None or record.app_id != app_id:
            raise UnknownCode(f"no such authorization code for the app {app_id}")
        if self._clock() >= record.expires_at:
            raise ExpiredCode(f"the authorization code expired after {self._format.lifetime} seconds")
        if not self._store.spend(digest):
            raise UsedCode("the authorization code was exchanged before; ask the page for a new one")
        return record

    def was_redeemed(self, code: str) -> bool:
        """Tell whether a code was exchanged. False for one that is unknown or long forgotten."""
        return self._store.is_spent(_digest(code))


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
