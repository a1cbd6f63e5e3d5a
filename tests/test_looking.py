"""What a test sees of the mini program that a page shows."""

from __future__ import annotations

import pytest
from playwright.async_api import async_playwright

from bridge import Bridge, MiniPage, NoSuchPage, Problem, SetupError, looking
from tests import browser as browsers
from tests.conftest import BLANK, OpenPage
from tests.loop import run

PAGE = {"route": "pages/a/a", "query": {"x": "1"}, "stack": ["/pages/b/b", "/pages/a/a?x=1"]}
SEEN = MiniPage(route="pages/a/a", query={"x": "1"}, stack=("/pages/b/b", "/pages/a/a?x=1"))

# Stands in for the runtime: there after a while, and at rest after another.
NATIVE = """<script>
let data = { count: 0 };
setTimeout(() => {
  window[Symbol.for("bridge.native")] = {
    settled: () => new Promise((resolve) => setTimeout(() => { data = { count: 1, none: undefined }; resolve(); }, 50)),
    current: () => (%s),
    data: () => data,
    problems: [{ kind: "tag", message: "no <veiw>", file: "a.axml", line: 3, column: undefined }, %s],
  };
}, 50);
</script>"""
SHOWN = BLANK + NATIVE % (PAGE, "")
FATAL = BLANK + NATIVE % ("undefined", '{ kind: "folder", message: "no app.json", fatal: true }')


def test_the_data_and_the_address_of_its_page_are_seen_once_it_has_come_to_rest(open_page: OpenPage) -> None:
    opened = open_page(html=SHOWN)
    assert opened.bridge.page_data(opened.page) == {"count": 1, "none": None}
    assert opened.bridge.current_page(opened.page) == SEEN
    assert opened.bridge.problems == (Problem(kind="tag", message="no <veiw>", file="a.axml", line=3),)


def test_a_mini_program_that_cannot_be_shown_is_told_with_why(open_page: OpenPage) -> None:
    opened = open_page(html=FATAL)
    with pytest.raises(NoSuchPage, match=r"what is wrong with it:\n  a.axml:3: no <veiw>\n  no app.json"):
        opened.bridge.current_page(opened.page)


def test_a_page_that_is_no_mini_program_is_told(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "START_SECONDS", 0.1)
    opened = open_page()
    with pytest.raises(NoSuchPage, match=r"shows no page of a mini program: is it bridge\.url"):
        opened.bridge.page_data(opened.page)


def test_what_is_no_page_is_refused(open_page: OpenPage) -> None:
    opened = open_page()
    for other in (opened.page.context, "page"):
        with pytest.raises(SetupError, match="in a Page of Playwright, not in"):
            opened.bridge.current_page(other)  # type: ignore[call-overload]  # as who does not check types may


def test_with_the_async_api_it_is_awaited(open_page: OpenPage) -> None:
    url = open_page(html=SHOWN).url
    bridge = Bridge()

    async def see() -> tuple[dict[str, object], MiniPage]:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(**browsers.launch_options(playwright))
            page = await browser.new_page()
            await page.goto(url)
            seen = await bridge.page_data(page), await bridge.current_page(page)
            await browser.close()
            return seen

    data, page = run(see())
    assert (data, page) == ({"count": 1, "none": None}, SEEN)
    assert len(bridge.problems) == 1
