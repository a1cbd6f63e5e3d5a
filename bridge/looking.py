"""Looks at the mini program that a page of Playwright shows.

Playwright is not imported: its objects come from those who have it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from bridge.attach import is_async, is_sync
from bridge.errors import NoSuchPage, SetupError, hide_from_traceback
from bridge.log import CallLog
from bridge.messages import Problem

__all__ = ["MiniPage", "Shown", "look"]

__tracebackhide__ = hide_from_traceback

T = TypeVar("T")

START_SECONDS = 5.0
"""How long a mini program may take until there is something to look at."""

STEP_SECONDS = 0.02

# What has changed within 5 s is seen, whether or not it has come to rest.
LOOK = """async () => {
  const native = window[Symbol.for("bridge.native")];
  if (!native) return null;
  await Promise.race([native.settled(), new Promise((resolve) => setTimeout(resolve, 5000))]);
  const { problems } = native;
  return { ...JSON.parse(JSON.stringify({ page: native.current(), problems })), data: native.data() };
}"""


class MiniPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a mini program."""

    route: str
    """Its path: "pages/index/index"."""
    query: dict[str, Any]
    """The parameters that it was opened with, as `onLoad` gets them."""
    stack: tuple[str, ...]
    """The addresses of all open pages, this one last: "/pages/list/list?id=1"."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What is seen."""

    page: MiniPage | None = None
    """None where nothing can be shown."""
    data: dict[str, Any] | None = None
    """Of that page."""
    problems: list[Problem]


def look(page: Any, log: CallLog, what: Callable[[MiniPage, dict[str, Any]], T]) -> T | Awaitable[T]:
    """Return something of what a page shows once it has come to rest; with the async API, what is to be awaited.

    What is wrong with the mini program stands in the log by then.

    Raises:
        NoSuchPage: It shows no mini program.
        SetupError: It is no page of Playwright.
    """
    if type(page).__name__ != "Page" or not (is_sync(page) or is_async(page)):
        raise SetupError(f"a mini program is looked at in a Page of Playwright, not in {page!r}")
    give_up_at = time.monotonic() + START_SECONDS

    def seen(found: Any) -> T | None:
        """Return it, or None while there is nothing to be seen yet."""
        shown = Shown(problems=[]) if found is None else msgspec.convert(found, Shown)
        for problem in shown.problems:
            log.noticed(problem)
        if shown.page is not None:
            return what(shown.page, shown.data or {})
        if any(problem.fatal for problem in shown.problems) or time.monotonic() >= give_up_at:
            raise NoSuchPage(_nothing_there(page.url, log))
        return None

    async def look_async() -> T:
        while (result := seen(await page.evaluate(LOOK))) is None:  # noqa: ASYNC110 (what it waits for is in a browser)
            await asyncio.sleep(STEP_SECONDS)
        return result

    if is_async(page):
        return look_async()
    # With this side's clock: a test may have stopped that of the page.
    while (result := seen(page.evaluate(LOOK))) is None:
        page.wait_for_timeout(STEP_SECONDS * 1000)
    return result


def _nothing_there(url: str, log: CallLog) -> str:
    problems = "".join(f"\n  {problem}" for problem in log.problems)
    why = f"; what is wrong with it:{problems}" if problems else ": is it bridge.url, and its folder one with app.json?"
    return f"{url} shows no page of a mini program{why}"
