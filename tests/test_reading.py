"""How Python gets at a file of a page, piece by piece."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.calls import PageFile
from bridge.errors import HandlerError
from bridge.messages import Response, RpcError
from bridge.reading import MAX_FILE_BYTES, Reading
from tests.loop import run

Answer = Callable[[str, int], dict[str, Any]]


def read(answer: Answer, path: str = "blob:1") -> PageFile:
    """Read a file of a page that answers so, to each path and start."""
    reading = Reading(lambda id, path, start: reading.take(Response(id=id, **answer(path, start))))
    return run(reading.read(path))


def piece(content: bytes, size: int, **more: str) -> dict[str, Any]:
    data = base64.b64encode(content).decode()
    return {"result": {"data": data, "size": size, "type": "image/png", "name": "a.png", **more}}


@given(st.binary(max_size=200), st.integers(1, 50))
def test_a_file_is_put_together_again(content: bytes, length: int) -> None:
    file = read(lambda path, start: piece(content[start : start + length], len(content)))
    assert file == PageFile(content=content, media_type="image/png", name="a.png")


def test_several_files_are_read_at_the_same_time() -> None:
    asked: list[tuple[str, str, int]] = []

    async def both() -> list[PageFile]:
        reading = Reading(lambda *question: asked.append(question))
        files = [asyncio.ensure_future(reading.read(path)) for path in ("one", "two")]
        await asyncio.sleep(0)
        for id, path, _ in reversed(asked):
            reading.take(Response(id=id, **piece(path.encode(), 3)))
        return await asyncio.gather(*files)

    assert [file.content for file in run(both())] == [b"one", b"two"]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"error": RpcError(-32000, "the page knows no such file")}, "cannot read the file blob:1: the page knows no"),
        ({"result": {"data": "?"}}, "sent what is no piece of a file"),
        (piece(b"", 3), "has sent 0 of the 3 bytes of blob:1"),
        (piece(b"x", MAX_FILE_BYTES + 1), f"has {MAX_FILE_BYTES + 1} bytes; at most {MAX_FILE_BYTES} are read"),
    ],
)
def test_what_is_no_file_is_an_error(answer: dict[str, Any], problem: str) -> None:
    with pytest.raises(HandlerError, match=problem):
        read(lambda path, start: answer)


def test_what_nobody_waits_for_is_nothing() -> None:
    async def twice() -> PageFile:
        def ask(id: str, path: str, start: int) -> None:
            for content in b"first", b"second":
                reading.take(Response(id=id, **piece(content, len(content))))

        reading = Reading(ask)
        reading.take(Response(id="read-7", **piece(b"", 0)))
        return await reading.read("blob:1")

    assert run(twice()).content == b"first"
