"""How a handler waits for the user, whichever thread it runs in."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Awaitable, Callable, Generator
from typing import Any

from bridge.calls import Call, PageFile
from bridge.errors import HandlerError
from bridge.outcomes import Consent
from bridge.users import User
from bridge.wallet import Wallet

__all__ = ["Asking", "Desk", "running_loop"]


class Asking:
    """One question of a handler to the user: what `bridge.calls.Asking` promises, and how it comes true.

    Args:
        call: On whose behalf, as the handler knows it.
    """

    def __init__(self, call: Call) -> None:
        self._call = call
        self._answer: concurrent.futures.Future[Consent] = concurrent.futures.Future()

    def __await__(self) -> Generator[Any, None, Consent]:
        return asyncio.wrap_future(self._answer).__await__()

    def result(self) -> Consent:
        """Wait for the answer in this thread.

        Raises:
            HandlerError: This is the thread of an event loop, which would wait for itself.
        """
        if running_loop() is not None:
            raise HandlerError("in a coroutine: await call.ask()")
        return self._answer.result()

    def on_cancelled(self, listener: Callable[[], object]) -> None:
        """Call the listener when nobody waits for the answer any more."""
        self._answer.add_done_callback(lambda answer: listener() if answer.cancelled() else None)

    def cancel(self) -> None:
        """Wake whoever waits: there will be no answer, because the page has gone or the call is decided."""
        self._answer.cancel()

    def choose(self, consent: Consent, user: User) -> None:
        """The user has answered."""
        self._call.user = user
        if self._answer.set_running_or_notify_cancel():
            self._answer.set_result(consent)

    def fail(self, why: str) -> None:
        """The user cannot be asked."""
        if self._answer.set_running_or_notify_cancel():
            self._answer.set_exception(HandlerError(f"the user cannot be asked for {self._call.api}: {why}"))


class Desk:
    """What a call knows of its wallet and page: see `bridge.calls.Desk`.

    Args:
        wallet: Knows the grants.
        ask: Begins to ask, in whichever thread.
        read: Reads a file of the page.
    """

    def __init__(
        self,
        wallet: Wallet,
        ask: Callable[[Asking, tuple[str, ...]], object],
        read: Callable[[str], Awaitable[PageFile]],
    ) -> None:
        self.granted = wallet.granted
        self.read = read
        self._ask = ask

    def ask(self, call: Call, scopes: tuple[str, ...]) -> Asking:
        asking = Asking(call)
        self._ask(asking, scopes)
        return asking


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop that runs in this thread, or None."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
