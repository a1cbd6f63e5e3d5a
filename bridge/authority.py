"""The wallet's ledger: who granted what to which app, and the authorization codes that stand for it.

The rules (what is checked in which order) live here; where records are kept is the business of a `Store`.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterable

from bridge.errors import ExpiredCode, UnknownCode, UsedCode
from bridge.profiles import CodeFormat
from bridge.store import CodeRecord, MemoryStore, Store

__all__ = ["TOMBSTONE_SECONDS", "Authority"]

TOMBSTONE_SECONDS = 300
"""How long after its expiry a code is still told apart from one that never was."""


class Authority:
    """Issues authorization codes, exchanges each of them once, and remembers what users have granted.

    Args:
        code: The format and lifetime of codes, from the profile.
        store: Where records are kept; by default in memory.
        seed: Makes the codes repeatable. Without it they come from the operating system's secure source.
        clock: Gives the time in seconds since the epoch.
    """

    def __init__(
        self,
        code: CodeFormat,
        *,
        store: Store | None = None,
        seed: int | str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._format = code
        self._store = MemoryStore() if store is None else store
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

    def allow(self, scopes: Iterable[str], *, app_id: str, user_id: str) -> None:
        """Remember that a user has granted these scopes to an app."""
        self._store.allow(app_id, user_id, scopes)

    def granted(self, *, app_id: str, user_id: str) -> frozenset[str]:
        """Return the scopes that a user has granted to an app, and not revoked."""
        return self._store.granted(app_id, user_id)

    def revoke(self, scopes: Iterable[str] | None = None, *, app_id: str, user_id: str | None = None) -> None:
        """Take back what was granted to an app: these scopes or all, by one user or by all."""
        self._store.revoke(app_id, user_id, scopes)


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
