"""Drives one session over one WebSocket: carries text and time to it, and carries out its effects."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial

from starlette.websockets import WebSocket, WebSocketDisconnect

from bridge.calls import Call
from bridge.errors import HandlerError
from bridge.handlers import Handlers, respond
from bridge.messages import Id, Notification, encode
from bridge.session import (
    MAX_CALLS_IN_FLIGHT,
    Cancel,
    Close,
    Effect,
    Invoke,
    Log,
    Problem,
    Send,
    Session,
)

__all__ = ["MAX_CONNECTIONS", "Connection", "Connections"]

MAX_CONNECTIONS = 1000
"""More pages than this at once are refused."""

logger = logging.getLogger("bridge.connection")
calls_logger = logging.getLogger("bridge.calls")


class Connections(set["Connection"]):
    """The open connections of one bridge."""

    @property
    def full(self) -> bool:
        """Whether one more has to be refused."""
        return len(self) >= MAX_CONNECTIONS

    async def reload_pages(self) -> None:
        """Make every page load itself anew."""
        text = encode(Notification(method="bridge.reload"))
        await asyncio.gather(*(connection.send(text) for connection in self))


class Connection:
    """One page's socket."""

    def __init__(self, socket: WebSocket, session: Session, handlers: Handlers) -> None:
        self._socket = socket
        self._session = session
        self._handlers = handlers
        self.loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._running: dict[Id, asyncio.Task[None]] = {}
        # Set for the session's next deadline.
        self._timer: asyncio.TimerHandle | None = None

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
                effects = self._session.receive(message["bytes"] if data is None else data, self.loop.time())
                await self._perform(effects)
                # A page that sends but does not read is not read from either, once this much waits for it: more
                # than handlers alone can hold up.
                while len(self._tasks) >= 2 * MAX_CALLS_IN_FLIGHT:
                    await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self._perform(self._session.lose(self.loop.time()))
            for task in self._tasks:
                task.cancel()

    async def send(self, text: str) -> None:
        """Send one frame. Nothing happens when the page has gone."""
        try:
            await self._socket.send_text(text)
        except (WebSocketDisconnect, RuntimeError):
            # RuntimeError is Starlette's word for a socket that this side has closed.
            logger.debug("a message came too late: the page has gone")

    async def _perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(text):
                    await self.send(text)
                case Invoke(id, call) if not self._session.closed:
                    task = self._running[id] = self._start(self._handle(id, call))
                    task.add_done_callback(partial(self._forget, id))
                case Cancel(id):
                    if running := self._running.get(id):
                        running.cancel()
                case Close(code, reason):
                    await self._close(code, reason)
                case Log(settled):
                    calls_logger.info("%s", settled)
                case Problem(message):
                    logger.error("%s", message)
        self._set_timer()

    async def _handle(self, id: Id, call: Call) -> None:
        now = self.loop.time
        handler = self._handlers.find(call.api)
        if handler is None:
            await self._perform(self._session.unhandled(id, self._handlers.advice(call.api), now()))
            return
        try:
            outcome = await respond(handler, call)
        except HandlerError as error:
            logger.error("%s", error)
            effects = self._session.handler_raised(id, now())
        except BaseException:
            # Also what is no Exception, such as SystemExit or a test's failure: it must not end the server.
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
            logger.exception("the handler of %s raised", call.api)
            effects = self._session.handler_raised(id, now())
        else:
            effects = self._session.decide(id, outcome, now())
        await self._perform(effects)

    async def _close(self, code: int, reason: str) -> None:
        try:
            await self._socket.close(code, reason)
        except (WebSocketDisconnect, RuntimeError):
            logger.debug("the page has closed the connection first")

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
        self._timer = None if deadline is None else self.loop.call_at(deadline, self._time_has_come)

    def _time_has_come(self) -> None:
        self._start(self._perform(self._session.advance(self.loop.time())))
