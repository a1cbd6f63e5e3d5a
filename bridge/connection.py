"""Drives one session over one WebSocket: carries text and time to it, and carries out its effects."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import itertools
import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from bridge.asking import Asking, Desk
from bridge.calls import Call
from bridge.clock import Clock
from bridge.effects import (
    Asked,
    AwaitsUser,
    CallbacksRan,
    Cancel,
    Close,
    Effect,
    Invoke,
    Moved,
    NotAsked,
    Noticed,
    PageReplied,
    Problem,
    Send,
    Settled,
    UserAsked,
    UserChose,
    Withdrawn,
)
from bridge.errors import HandlerError, OutcomeError, StateError
from bridge.handlers import respond, without_our_frames
from bridge.log import CallLog
from bridge.messages import Id, Notification, encode
from bridge.outcomes import Outcome
from bridge.reading import Reading
from bridge.script import Script
from bridge.session import CLOSE_DROPPED, MAX_CALLS_IN_FLIGHT, Session
from bridge.wallet import Wallet

__all__ = ["MAX_CONNECTIONS", "Connection", "Connections"]

MAX_CONNECTIONS = 1000
"""More pages than this at once are refused."""

logger = logging.getLogger("bridge.connection")
calls_logger = logging.getLogger("bridge.calls")


class Connections(set["Connection"]):
    """The open connections of one bridge, and the network that they share."""

    def __init__(self) -> None:
        super().__init__()
        self.latency = 0.0
        """Seconds that whatever is sent to a page takes longer than it has to."""
        self.offline = 0
        """How many want new connections to be refused."""

    @property
    def full(self) -> bool:
        """Whether one more has to be refused."""
        return len(self) >= MAX_CONNECTIONS

    async def reload_pages(self) -> None:
        """Make every page load itself anew."""
        text = encode(Notification(method="bridge.reload"))
        await asyncio.gather(*(connection.send(text) for connection in self))

    async def drop(self, code: int = CLOSE_DROPPED, reason: str = "") -> None:
        """Drop every connection; pages come back by themselves unless the code is one of 4400 to 4499."""
        await asyncio.gather(*(connection.drop(code, reason) for connection in tuple(self)))

    def emit(self, page: str, event: str, data: Any) -> None:
        """Tell the page with this id of an event, on whichever connection it has now. From any thread."""
        for connection in tuple(self):
            connection.emit(page, event, data)

    def log_in(self) -> None:
        """Tell every page who is logged in on it now. From any thread."""
        for connection in tuple(self):
            connection.log_in()

    def time_was_moved(self) -> None:
        """Do at once what has come due in any connection. From any thread."""
        for connection in tuple(self):
            connection.loop.call_soon_threadsafe(connection.time_was_moved)


class Connection:
    """One page's socket."""

    def __init__(
        self,
        socket: WebSocket,
        session: Session,
        *,
        wallet: Wallet,
        script: Script,
        log: CallLog,
        clock: Clock,
        network: Connections,
    ) -> None:
        self._socket = socket
        self._session = session
        self._wallet = wallet
        self._script = script
        self._log = log
        self._clock = clock
        self._network = network
        self.loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._running: dict[Id, asyncio.Task[None]] = {}
        # By ticket.
        self._asking: dict[int, Asking] = {}
        self._tickets = itertools.count(1)
        # Set for the session's next deadline.
        self._timer: asyncio.TimerHandle | None = None
        # When the last delayed message goes out, by the loop's clock.
        self._last_delivery = 0.0
        self._delivery: asyncio.Task[None] | None = None
        self._joined = False
        self._ahead_at_start = clock.ahead
        self._reading = Reading(self._read)
        session.line = network

    @property
    def now(self) -> float:
        """The session's time in seconds."""
        return self.loop.time() + self._ahead

    @property
    def _ahead(self) -> float:
        """How far the session's time is ahead. A clock that is moved does not cut off a page that is just coming."""
        return self._clock.ahead if self._session.page is not None else self._ahead_at_start

    async def run(self) -> None:
        """Serve the connection until it ends."""
        await self._socket.accept()
        await self._perform([])
        try:
            while not self._session.closed:
                message = await self._socket.receive()
                if message["type"] == "websocket.disconnect":
                    break
                data = message.get("text")
                await self._perform(self._session.receive(message["bytes"] if data is None else data, self.now))
                # A page that sends but does not read is not read from either, once this much waits for it: more
                # than handlers alone can hold up.
                while len(self._tasks) >= 2 * MAX_CALLS_IN_FLIGHT:
                    await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            if self._session.closed and self._delivery is not None:
                # On a slow network the closing may be on its way still.
                await asyncio.wait([self._delivery])
        finally:
            await self._perform(self._session.lose(self.now))
            self._log.left(self)
            for asking in tuple(self._asking.values()):
                # For a handler that waits in a thread.
                asking.cancel()
            for task in self._tasks:
                task.cancel()

    async def send(self, text: str) -> None:
        """Send one frame. Nothing happens when the page has gone."""
        try:
            await self._socket.send_text(text)
        except (WebSocketDisconnect, RuntimeError):
            # RuntimeError is Starlette's word for a socket that this side has closed.
            logger.debug("a message came too late: the page has gone")

    async def drop(self, code: int, reason: str) -> None:
        """Drop the connection."""
        await self._perform(self._session.drop(self.now, code, reason))

    def emit(self, page: str, event: str, data: Any) -> None:
        """Tell the page of an event, if it is the one with this id. From any thread."""
        if self._session.page is not None and self._session.page.id == page:
            self._soon(partial(self._session.emit, event, data))

    def log_in(self) -> None:
        """Tell the page who is logged in on it. From any thread."""
        self._soon(self._session.log_in)

    def _read(self, id: str, path: str, start: int) -> None:
        self._go(partial(self._session.read, id, path, start))

    def _soon(self, step: Callable[[], list[Effect]]) -> None:
        # The loop is closed when the server has stopped.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._go, step)

    def _go(self, step: Callable[[], list[Effect]]) -> None:
        if not self._session.closed:
            self._start(self._perform(step()))

    def time_was_moved(self) -> None:
        """Do what has come due by now."""
        self._start(self._perform(self._session.advance(self.now)))

    async def _perform(self, effects: list[Effect]) -> None:
        if self._session.page is not None and not self._joined:
            self._joined = True
            self._log.joined(self, self._session.page)
        # Written down first: a page's answer may be all that a test waits for before it looks here.
        for effect in effects:
            self._note(effect)
        for effect in effects:
            match effect:
                case Send(text):
                    await self._deliver(partial(self.send, text))
                case Invoke(id, call) if not self._session.closed:
                    task = self._running[id] = self._start(self._answer(id, call))
                    task.add_done_callback(partial(self._forget, id))
                case Cancel(id):
                    if running := self._running.get(id):
                        running.cancel()
                case UserChose(ticket, _, call, consent) if asking := self._asking.pop(ticket, None):
                    asking.choose(consent, call.user)
                case NotAsked(ticket, _, why) if asking := self._asking.pop(ticket, None):
                    asking.fail(why)
                case Withdrawn(ticket) if asking := self._asking.pop(ticket, None):
                    # Whoever waits for it besides the handler.
                    asking.cancel()
                case PageReplied(response):
                    self._reading.take(response)
                case Close(code, reason):
                    await self._deliver(partial(self._close, code, reason))
        self._set_timer()

    def _note(self, effect: Effect) -> None:
        """Write down what an effect tells of a call."""
        page = self._session.page
        match effect:
            case Asked(id, call):
                self._log.asked(id, call)
            case Settled():
                self._log.settled(effect)
                calls_logger.info("%s", effect)
            case AwaitsUser(ticket, id) if page is not None:
                self._log.awaits_user(page, id, ticket)
            case UserAsked(id) if page is not None:
                self._log.user_asked(page, id)
                calls_logger.info("%s", effect)
            case UserChose(ticket, id, call, consent, asked=True):
                self._log.user_chose(id, ticket, call, consent)
            case NotAsked(ticket, id) | Withdrawn(ticket, id) if page is not None:
                self._log.awaits_no_user(page, id, ticket)
            case CallbacksRan(id, callbacks, found) if page is not None:
                self._log.ran(page, id, callbacks, found)
            case Moved(moved):
                self._log.moved(self, moved)
            case Noticed(problem):
                self._log.noticed(problem)
            case Problem(id, message) if page is not None:
                self._log.raised(page, id, OutcomeError(message))
                logger.error("%s", message)

    async def _answer(self, id: Id, call: Call) -> None:
        """Find out who answers a call, and let that one decide."""
        try:
            # A copy, which alone the handler sees: a switch of the user is to be seen there, too.
            desk = Desk(self._wallet, partial(self._ask, id), self._reading.read)
            call = dataclasses.replace(call, desk=desk)
            choice = self._script.choose(call)
            if choice is None:
                advice = f"nobody handles it; {self._script.advice(call)}"
                effects = self._session.unhandled(id, advice, self.now)
            else:
                if isinstance(choice.answer, Outcome):
                    outcome = choice.answer
                else:
                    self._log.chosen(call.page, id, choice)
                    if choice.unhurried:
                        self._session.takes_its_time(id)
                    outcome = await respond(choice.answer, call)
                effects = self._session.decide(id, outcome, self.now)
                # Not earlier: a test that waits for the call may move the time as soon as it knows of it.
                self._log.decided(call.page, id, choice, outcome)
        except BaseException as error:
            # Also what is no Exception, such as SystemExit or a test's failure: it must not end the server.
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
            self._log.raised(call.page, id, error)
            if isinstance(error, HandlerError | StateError):
                logger.error("%s", error)
            else:
                logger.error("the handler of %s raised", call.api, exc_info=without_our_frames(error))
            effects = self._session.handler_raised(id, self.now)
        await self._perform(effects)

    def _ask(self, id: Id, asking: Asking, scopes: tuple[str, ...]) -> None:
        """Ask the user on behalf of a handler, in whose thread this is."""
        self.loop.call_soon_threadsafe(self._begin_to_ask, id, asking, scopes)

    def _begin_to_ask(self, id: Id, asking: Asking, scopes: tuple[str, ...]) -> None:
        ticket = next(self._tickets)
        self._asking[ticket] = asking
        try:
            effects = self._session.ask(id, ticket, scopes, self.now)
        except Exception as error:
            # Whatever a store may raise: the handler is not to wait for ever.
            effects = [NotAsked(ticket, id, str(error))]
        asking.on_cancelled(partial(self.loop.call_soon_threadsafe, self._stop_asking, ticket))
        self._start(self._perform(effects))

    def _stop_asking(self, ticket: int) -> None:
        if self._asking.pop(ticket, None):
            self._start(self._perform(self._session.stop_asking(ticket, self.now)))

    async def _deliver(self, delivery: Callable[[], Awaitable[None]]) -> None:
        """Do something to the socket: at once, or on a slow network later, in the same order."""
        now = self.loop.time()
        if not self._network.latency and self._last_delivery <= now:
            await delivery()
            return
        # Timers that are due at the same time keep no order.
        self._last_delivery = max(now + self._network.latency, self._last_delivery + 1e-6)

        before = self._delivery

        async def later(due: float) -> None:
            await asyncio.sleep(due - self.loop.time())
            if before is not None:
                # On a machine that is slow itself, both may have come due.
                await asyncio.wait([before])
            await delivery()

        self._delivery = self._start(later(self._last_delivery))

    async def _close(self, code: int, reason: str) -> None:
        try:
            await self._socket.close(code, reason)
        except (WebSocketDisconnect, RuntimeError):
            logger.debug("the page has closed the connection first")
        # Not only when the page has noticed: who is told of an event from here on is the page that comes back.
        self._log.left(self)

    def _forget(self, id: Id, task: asyncio.Task[None]) -> None:
        if self._running.get(id) is task:
            del self._running[id]

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        deadline = self._session.deadline
        due = None if deadline is None else deadline - self._ahead
        self._timer = None if due is None else self.loop.call_at(due, self.time_was_moved)
