"""Reloads handlers when their files are saved, and pages when theirs are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection
from pathlib import Path

from watchfiles import awatch

from bridge.app import Settings
from bridge.bridge import Bridge
from bridge.errors import HandlerError
from bridge.handler_file import HandlerFile

__all__ = ["watch"]

logger = logging.getLogger("bridge.watch")


async def watch(
    bridge: Bridge, handler_file: HandlerFile | None, written: Settings, *, no_pages: Collection[Path] = ()
) -> None:
    """Keep a running bridge up to date, until cancelled.

    Args:
        bridge: The running one.
        handler_file: Where its handlers come from, if from a file.
        written: The options that stand in that file.
        no_pages: Files, by their whole paths, that change without a page having changed.
    """
    tasks = []
    if bridge.settings.pages is not None:
        tasks.append(_watch_pages(bridge, bridge.settings.pages, no_pages))
    if handler_file is not None:
        tasks.append(_watch_handlers(bridge, handler_file, written))
    try:
        await asyncio.gather(*tasks)
    except Exception:
        logger.exception("files are no longer watched")


async def _watch_pages(bridge: Bridge, folder: Path, no_pages: Collection[Path]) -> None:
    def is_page(file: Path) -> bool:
        # Dot-files are not served, and a handler's change takes effect without the page's help.
        return file not in no_pages and file.suffix != ".py" and not file.name.startswith(".")

    # watchfiles leaves out what is no page: .git, node_modules, __pycache__, *.pyc, editors' own files.
    async for changes in awatch(folder):
        if not any(is_page(Path(path)) for _, path in changes):
            continue
        if bridge.settings.program is not None:
            survey = await asyncio.to_thread(bridge.settings.program.read)
            bridge.log.forget_problems()
            for problem in survey.sources.problems:
                bridge.log.noticed(problem)
        if bridge.connections:
            logger.info("files changed, reloading %d pages", len(bridge.connections))
            await bridge.connections.reload_pages()


async def _watch_handlers(bridge: Bridge, handler_file: HandlerFile, written: Settings) -> None:
    async for _ in _saves(handler_file):
        try:
            # In a thread: an import may take its time, and calls go on meanwhile.
            loaded = await asyncio.to_thread(handler_file.load)
        except HandlerError as error:
            logger.error("%s; the last good handlers stay", error)
            continue
        if loaded.settings != written:
            logger.warning("the options of its Bridge(...) changed; they count from the next start")
        written = loaded.settings
        bridge.take_over(loaded)
        logger.info("reloaded %s", handler_file.target)


async def _saves(handler_file: HandlerFile) -> AsyncIterator[None]:
    """Yield whenever one of the files is saved. Folders are watched: editors replace files rather than write them."""
    while True:
        folders = {file.parent for file in handler_file.files}
        async for changes in awatch(*folders, recursive=False):
            if {Path(path) for _, path in changes} & handler_file.files:
                yield
            if {file.parent for file in handler_file.files} != folders:
                break
