"""Time that a test can move."""

from __future__ import annotations

import time
from collections.abc import Callable

from bridge.errors import SetupError

__all__ = ["Clock"]


class Clock:
    """Gives the time in seconds since the epoch: that of `source`, and as much ahead of it as it was moved.

    All that Python waits for goes by it: the lifetime of codes, the delay of `after`, the limit of a handler. The
    timers of the page do not: those are the browser's (in Playwright: `page.clock`).
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._ahead = 0.0
        self._listeners: list[Callable[[], None]] = []

    def __call__(self) -> float:
        return self._source() + self._ahead

    @property
    def ahead(self) -> float:
        """Seconds by which it was moved."""
        return self._ahead

    def advance(self, seconds: float) -> None:
        """Move the time forward; what has come due happens at once.

        Raises:
            SetupError: Time does not go back.
        """
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds >= 0:
            raise SetupError(f"a clock is moved forward by a number of seconds, not by {seconds!r}")
        self._ahead += seconds
        for listener in self._listeners:
            listener()

    def on_advance(self, listener: Callable[[], None]) -> None:
        """Call the listener whenever the clock is moved, in the thread that moves it."""
        self._listeners.append(listener)
