"""How Python gets at a file that a page has: piece by piece, because messages are bounded."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable

import msgspec

from bridge.calls import PageFile
from bridge.errors import HandlerError
from bridge.messages import Piece, Response

__all__ = ["MAX_FILE_BYTES", "Reading"]

MAX_FILE_BYTES = 50 * 1024 * 1024
"""Larger files are refused."""


class Reading:
    """The files of one page.

    Args:
        ask: Asks the page for the piece of a file that begins at a byte. The id is to come back with it.
    """

    def __init__(self, ask: Callable[[str, str, int], None]) -> None:
        self._ask = ask
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Response]] = {}

    async def read(self, path: str) -> PageFile:
        """Return a file.

        Raises:
            HandlerError: The page has none under this path, or it is too large.
        """
        content = bytearray()
        while True:
            piece = await self._piece(path, len(content))
            if piece.size > MAX_FILE_BYTES:
                raise HandlerError(f"the file {path} has {piece.size} bytes; at most {MAX_FILE_BYTES} are read")
            content += piece.data
            if len(content) >= piece.size:
                return PageFile(content=bytes(content), media_type=piece.type, name=piece.name)
            if not piece.data:
                raise HandlerError(f"the page has sent {len(content)} of the {piece.size} bytes of {path}")

    async def _piece(self, path: str, start: int) -> Piece:
        id = f"read-{next(self._numbers)}"
        future = self._waiting[id] = asyncio.get_running_loop().create_future()
        self._ask(id, path, start)
        try:
            response = await future
        finally:
            del self._waiting[id]
        if not isinstance(response.error, msgspec.UnsetType):
            raise HandlerError(f"the page cannot read the file {path}: {response.error.message}")
        try:
            return msgspec.convert(response.result, Piece)
        except msgspec.ValidationError as problem:
            raise HandlerError(f"the page sent what is no piece of a file: {problem}") from problem

    def take(self, response: Response) -> None:
        """Take what the page has sent."""
        future = self._waiting.get(str(response.id))
        if future is not None and not future.done():
            future.set_result(response)
