"""Which outcome a call gets: the handlers by API, and the wallet's own behind them."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import inspect
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from bridge.apis import declared, has_handler
from bridge.calls import Call
from bridge.defaults import Defaults
from bridge.errors import HandlerError, hide_from_traceback, nearest
from bridge.outcomes import Outcome

__all__ = ["Handler", "Handlers", "check_api", "check_handler", "respond", "without_our_frames"]

__tracebackhide__ = hide_from_traceback

Handler: TypeAlias = Callable[[Call], Outcome | Awaitable[Outcome]]
H = TypeVar("H", bound=Callable[..., Any])
E = TypeVar("E", bound=BaseException)

_PACKAGE = Path(__file__).parent


class Handlers:
    """The handlers of one bridge."""

    def __init__(self) -> None:
        self._by_api: dict[str, Handler] = {}
        self.defaults = Defaults()
        """Those of the wallet, behind the user's own."""

    def api(self, name: str, *, custom: bool = False) -> Callable[[H], H]:
        """Register the decorated function, sync or async, as the handler of `my.<name>`; the last one counts.

        Args:
            name: The JSAPI's name without `my.`.
            custom: The name is the wallet's own, not the platform's; pages reach it with `my.call(name, ...)`.

        Raises:
            HandlerError: There is no such JSAPI, or the function does not take one argument, the call.
        """
        check_api(name, custom=custom)

        def register(handler: H) -> H:
            check_handler(name, handler)
            self._by_api[name] = handler
            return handler

        return register

    def adopt(self, other: Handlers) -> None:
        """Forget all handlers and take those of `other`: their file was saved."""
        self._by_api = other._by_api

    def names(self) -> list[str]:
        """Return the APIs that have a handler of the user's own."""
        return sorted(self._by_api)

    def find(self, call: Call) -> tuple[bool, Handler | None]:
        """Return whether the user has a handler of their own for a call, and that one, the wallet's, or None."""
        own = self._by_api.get(call.api)
        return own is not None, own or self.defaults.find(call)

    def advice(self, call: Call) -> str:
        """Say what to write so that a call is handled."""
        api = declared().get(call.api)
        absent = "" if api is None or call.profile.has(api) else f"the platform of {call.profile.id} does not have it; "
        custom = "" if has_handler(call.api) else ", custom=True"
        return f'{absent}in Python: @bridge.api("{call.api}"{custom}) on a function that returns an outcome'


def check_api(name: str, *, custom: bool) -> None:
    """Make sure that calls of a JSAPI reach Python.

    Raises:
        HandlerError: They do not, or there is no such JSAPI.
    """
    if has_handler(name):
        return
    if name in declared():
        raise HandlerError(f"my.{name} is answered in the page; a handler of it would never run")
    if not custom:
        own = "for one of your own, add custom=True"
        raise HandlerError(f"there is no JSAPI {name!r} ({own}){nearest(name, filter(has_handler, declared()))}")


def check_handler(api: str, handler: Callable[..., Any]) -> None:
    """Make sure that a function can be called as a handler.

    Raises:
        HandlerError: It does not take one argument.
    """
    try:
        inspect.signature(handler).bind(None)
    except (TypeError, ValueError) as error:
        raise HandlerError(f"the handler of {api} takes one argument, the call: {error}") from error


async def respond(handler: Handler, call: Call) -> Outcome:
    """Run the handler of a call: a plain function in a thread, a coroutine function in the event loop.

    Raises:
        HandlerError: The handler returned something that is no outcome.
        Exception: Whatever the handler raised.
    """
    if inspect.iscoroutinefunction(handler):
        result: Any = await handler(call)
    else:
        result = await _in_thread(handler, call)
    # Also that of a coroutine, which may return `call.ask()`.
    if inspect.isawaitable(result):
        result = await result
    if not isinstance(result, Outcome):
        raise HandlerError(
            f"the handler of {call.api} returned {result!r}; return an outcome: grant(), deny(), succeed(...)"
        )
    return result


def without_our_frames(error: E) -> E:
    """Return what a handler raised, with a traceback that begins in the handler."""
    trace = error.__traceback__
    while trace is not None and Path(trace.tb_frame.f_code.co_filename).parent == _PACKAGE:
        trace = trace.tb_next
    return error.with_traceback(trace)


async def _in_thread(handler: Handler, call: Call) -> Any:
    """Run a function that may block, in a thread of its own.

    The thread pools of asyncio and anyio are waited for when the process ends, so a handler that never returns would
    keep Ctrl-C from working; and a few such handlers would use a pool up. Hence a daemon thread for each call.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Any] = loop.create_future()
    context = contextvars.copy_context()

    def deliver(result: Any, error: BaseException | None) -> None:
        if answer.done():
            return
        if error is None:
            answer.set_result(result)
        else:
            answer.set_exception(error)

    def work() -> None:
        result: Any = None
        error: BaseException | None = None
        try:
            result = context.run(handler, call)
        except StopIteration as stop:
            # A future refuses this one.
            error = RuntimeError(f"the handler raised {stop!r}")
            error.__cause__ = stop
        except BaseException as raised:
            error = raised
        # The loop is closed when the server has stopped meanwhile.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(deliver, result, error)

    threading.Thread(target=work, name=f"bridge handler of {call.api}", daemon=True).start()
    return await answer
