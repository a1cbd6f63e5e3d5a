"""From page to page: the calls of `my`, the browser's history, addresses, and what Python knows of them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from bridge import grant, succeed
from tests.command import serving
from tests.conftest import OpenProgram
from tests.programs import Program, write

NAMES = ["index", "list", "item", "me"]
TABS = ["index", "me"]

APP = "App({ noted: [], note(...args) { this.noted.push(args.length > 1 ? args : args[0]); } });"

UNLOADING = {
    f"pages/{name}/{name}.js": f"Page({{ onUnload() {{ getApp().note('{name} is gone'); }} }});" for name in NAMES
}

PAGES: dict[str, Any] = {
    "app.js": APP,
    **{f"pages/{name}/{name}.axml": f"<view>{name}</view>" for name in NAMES},
    **UNLOADING,
}

WITH_TABS: dict[str, Any] = {
    **PAGES,
    "app.json": {
        "pages": [f"pages/{name}/{name}" for name in NAMES],
        "tabBar": {"items": [{"pagePath": f"pages/{name}/{name}", "name": name.title()} for name in TABS]},
    },
}


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    """A tab with a history of the test's own."""
    return context.new_page()


def url(name: str, query: str = "") -> str:
    return f"/pages/{name}/{name}{query}"


def go(program: Program, api: str, target: str | None = None, **options: Any) -> None:
    """Call an API that must succeed, and wait until all has come to rest."""
    program.success({**({"url": target} if target else {}), **options}, api)
    program.rest()


def hash_of(program: Program) -> str:
    return program.page.url.partition("#")[2]


# The calls.


def test_navigateto_puts_a_page_on_top(open_program: OpenProgram) -> None:
    program = open_program(PAGES)
    go(program, "navigateTo", url("list", "?a=1"))
    expect(program.shown).to_have_text("list")
    assert program.stack == [url("index"), url("list", "?a=1")]
    assert hash_of(program) == url("list", "?a=1")
    assert program.noted == []


def test_redirectto_takes_the_place_of_the_page(open_program: OpenProgram) -> None:
    program = open_program(PAGES)
    go(program, "navigateTo", url("list"))
    go(program, "redirectTo", url("item"))
    expect(program.shown).to_have_text("item")
    assert program.stack == [url("index"), url("item")]
    assert program.noted == ["list is gone"]


def test_relaunch_closes_all_pages(open_program: OpenProgram) -> None:
    program = open_program(PAGES)
    go(program, "navigateTo", url("list"))
    go(program, "reLaunch", url("item", "?x=1"))
    expect(program.shown).to_have_text("item")
    assert program.stack == [url("item", "?x=1")]
    assert program.noted == ["list is gone", "index is gone"]


def test_navigateback_closes_as_many_as_asked(open_program: OpenProgram, tab: Page) -> None:
    program = open_program(PAGES, tab=tab)
    stack = [url("index"), url("list"), url("item"), url("me")]
    cases: list[tuple[dict[str, Any], int]] = [({}, 3), ({"delta": 2}, 2), ({"delta": 3}, 1), ({"delta": 9}, 1)]
    for options, left in cases:
        go(program, "reLaunch", stack[0])
        for target in stack[1:]:
            go(program, "navigateTo", target)
        go(program, "navigateBack", **options)
        assert program.stack == stack[:left]
        assert hash_of(program) == stack[left - 1]


def test_a_page_below_is_as_it_was(open_program: OpenProgram) -> None:
    program = open_program(
        {
            **PAGES,
            "index.axml": '<view style="height: 3000px">{{n}}</view>',
            "index.js": "Page({ data: { n: 0 } });",
        }
    )
    program.page.evaluate("getCurrentPages()[0].setData({ n: 1 })")
    program.success({"scrollTop": 300, "duration": 0}, "pageScrollTo")
    go(program, "navigateTo", url("list"))
    expect(program.shown).to_have_text("list")
    go(program, "navigateBack")
    expect(program.shown).to_have_text("1")
    query = "new Promise((done) => my.createSelectorQuery().selectViewport().scrollOffset().exec(done))"
    assert program.page.evaluate(query)[0]["scrollTop"] == 300


def test_switchtab_keeps_the_pages_of_tabs_and_closes_others(open_program: OpenProgram) -> None:
    program = open_program(WITH_TABS)
    go(program, "switchTab", url("me"))
    expect(program.shown).to_have_text("me")
    assert program.stack == [url("me")]
    assert program.noted == []
    go(program, "navigateTo", url("list"))
    go(program, "switchTab", url("index"))
    assert program.stack == [url("index")]
    assert program.noted == ["list is gone"]


def test_tabs_are_switched_with_the_bar_and_it_is_gone_on_other_pages(open_program: OpenProgram) -> None:
    program = open_program(WITH_TABS)
    tabs = program.page.get_by_role("navigation", name="Tabs")
    expect(tabs.get_by_role("button", name="Index")).to_have_attribute("aria-current", "page")
    tabs.get_by_role("button", name="Me").click()
    expect(program.shown).to_have_text("me")
    expect(tabs.get_by_role("button", name="Me")).to_have_attribute("aria-current", "page")
    go(program, "navigateTo", url("list"))
    expect(tabs).to_be_hidden()
    program.page.get_by_role("button", name="Back").click()
    expect(program.shown).to_have_text("me")
    expect(tabs).to_be_visible()


def test_pages_below_a_tab_are_closed_when_it_is_switched_to(open_program: OpenProgram) -> None:
    program = open_program(WITH_TABS, at=url("item"))
    go(program, "switchTab", url("me"))
    assert program.noted == ["item is gone"]
    assert program.stack == [url("me")]


def test_ten_pages_are_the_most(open_program: OpenProgram) -> None:
    program = open_program(PAGES)
    for number in range(9):
        go(program, "navigateTo", url("list", f"?{number}"))
    payload = program.fail({"url": url("item")}, "navigateTo")
    assert payload["error"] == 1
    assert "10" in payload["errorMessage"]
    assert len(program.stack) == 10
    go(program, "redirectTo", url("item"))
    assert len(program.stack) == 10


def test_what_is_no_page_is_refused(open_program: OpenProgram) -> None:
    program = open_program(WITH_TABS)
    for api in ("navigateTo", "redirectTo", "reLaunch", "switchTab"):
        message = f"can not find page:pages/gone/gone when execute {api} for url /pages/gone/gone?a=1"
        assert program.fail({"url": "/pages/gone/gone?a=1"}, api) == {"error": 1, "errorMessage": message}
        assert program.fail({}, api)["error"] == 2
    assert program.stack == [url("index")]


def test_a_call_that_opens_no_page_is_a_problem_whoever_hears_of_its_failure(open_program: OpenProgram) -> None:
    files = {**PAGES, "index.axml": '<navigator url="/pages/gone/gone">go</navigator>'}
    program = open_program(files)
    program.shown.locator("navigator").click()
    program.fail({"url": "/pages/lost/lost?a=1"}, "redirectTo")
    assert program.messages() == [
        'navigateTo: app.json has no page "pages/gone/gone"',
        'redirectTo: app.json has no page "pages/lost/lost"',
    ]
    assert {problem.page for problem in program.problems} == {"pages/index/index"}


def test_switchtab_is_for_tabs_alone(open_program: OpenProgram) -> None:
    program = open_program(WITH_TABS)
    assert program.fail({"url": url("list")}, "switchTab")["error"] == 1
    assert program.stack == [url("index")]
    assert program.messages() == ['switchTab: app.json has no tab "pages/list/list"']


def test_there_is_no_way_back_from_the_first_page(open_program: OpenProgram) -> None:
    program = open_program(PAGES)
    message = "already top of navigation"
    assert program.fail({}, "navigateBack") == {"error": message, "errorMessage": message}


def test_addresses_are_resolved_from_the_page_that_calls(open_program: OpenProgram) -> None:
    program = open_program(PAGES)
    for written, meant in {
        "../list/list?a=../b": url("list", "?a=../b"),
        "list/../../list/list": url("list"),
        "pages/list/list": url("list"),
        "./index?again": url("index", "?again"),
        "index": url("index"),
        "//pages/list/list": url("list"),
    }.items():
        go(program, "reLaunch", url("index"))
        go(program, "navigateTo", written)
        assert program.stack == [url("index"), meant]
    assert program.fail({"url": "?only=query"}, "navigateTo")["error"] == 1


def test_an_address_is_resolved_before_the_page_is_closed_that_has_it(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "pages/shop/item/item.axml": "<view>item</view>",
            "pages/shop/item/item.js": """Page({
              leave() { my.navigateBack(); my.navigateTo({ url: '../pay/pay' }); },
            });""",
            "pages/shop/pay/pay.axml": "<view>pay</view>",
        }
    )
    go(program, "navigateTo", "/pages/shop/item/item")
    program.page.evaluate("getCurrentPages()[1].leave()")
    expect(program.shown).to_have_text("pay")
    assert program.stack == [url("index"), "/pages/shop/pay/pay"]


def test_calls_in_a_row_come_one_after_the_other(open_program: OpenProgram) -> None:
    program = open_program(PAGES)
    program.page.evaluate(
        "for (const name of ['list', 'item', 'me']) my.navigateTo({ url: `/pages/${name}/${name}` }); my.navigateBack()"
    )
    expect(program.shown).to_have_text("item")
    assert program.stack == [url("index"), url("list"), url("item")]


def test_pages_talk_over_the_channel_between_them(open_program: OpenProgram) -> None:
    program = open_program(
        {
            **PAGES,
            "index.js": """Page({
              go() {
                my.navigateTo({
                  url: "/pages/list/list",
                  events: { chosen(item) { getApp().note("chosen", item); } },
                  success: ({ eventChannel }) => eventChannel.emit("asked", { max: 1 }),
                });
              },
            });""",
            "pages/list/list.js": """Page({
              onLoad() {
                const channel = this.getOpenerEventChannel();
                channel.on("asked", (what) => { getApp().note("asked", what); channel.emit("chosen", 7); });
              },
            });""",
        }
    )
    program.page.evaluate("getCurrentPages()[0].go()")
    program.page.wait_for_function("getApp().noted.length === 2")
    assert program.noted == [["asked", {"max": 1}], ["chosen", 7]]


def test_a_page_of_a_subpackage_is_found(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "app.json": {"pages": ["pages/index/index"], "subPackages": [{"root": "shop", "pages": ["pages/a/a"]}]},
            "shop/pages/a/a.axml": "<view>of the shop</view>",
            "shop/pages/a/a.js": "Page({});",
        }
    )
    go(program, "navigateTo", "/shop/pages/a/a")
    expect(program.shown).to_have_text("of the shop")


# The browser's history and its address.


def test_the_browser_goes_back_and_forward(open_program: OpenProgram, tab: Page) -> None:
    program = open_program(PAGES, tab=tab)
    go(program, "navigateTo", url("list"))
    go(program, "navigateTo", url("item"))
    tab.go_back()
    expect(program.shown).to_have_text("list")
    assert program.stack == [url("index"), url("list")]
    tab.go_back()
    expect(program.shown).to_have_text("index")
    assert program.noted == ["item is gone", "list is gone"]
    tab.go_forward()
    expect(program.shown).to_have_text("list")
    assert program.stack == [url("index"), url("list")]
    assert hash_of(program) == url("list")


def test_the_way_back_leads_through_pages_and_not_through_what_was_redirected(
    open_program: OpenProgram, tab: Page
) -> None:
    program = open_program(PAGES, tab=tab)
    go(program, "navigateTo", url("list"))
    go(program, "redirectTo", url("item"))
    go(program, "navigateTo", url("me"))
    go(program, "navigateBack")
    tab.go_back()
    expect(program.shown).to_have_text("index")
    assert program.stack == [url("index")]


def test_an_address_leads_to_its_page(open_program: OpenProgram) -> None:
    program = open_program(PAGES, at=url("item", "?id=7"))
    expect(program.shown).to_have_text("item")
    assert program.stack == [url("item", "?id=7")]
    assert program.bridge.current_page(program.page).query == {"id": "7"}


@pytest.mark.parametrize("written", ["pages/item/item", "!/pages/item/item", "//pages/item/item"])
def test_an_address_may_be_written_otherwise(open_program: OpenProgram, written: str) -> None:
    program = open_program(PAGES, at=written)
    expect(program.shown).to_have_text("item")
    assert hash_of(program) == url("item")


def test_an_address_that_is_typed_opens_its_page(open_program: OpenProgram, tab: Page) -> None:
    program = open_program(PAGES, tab=tab)
    go(program, "navigateTo", url("list"))
    tab.goto(f"{program.url}/#{url('item', '?typed')}")
    expect(program.shown).to_have_text("item")
    assert program.stack == [url("item", "?typed")]
    tab.go_back()
    expect(program.shown).to_have_text("list")
    assert program.stack == [url("index"), url("list")]


def test_a_reload_keeps_the_stack(open_program: OpenProgram, tab: Page) -> None:
    program = open_program(PAGES, tab=tab)
    go(program, "navigateTo", url("list", "?a=1"))
    go(program, "navigateTo", url("item"))
    tab.reload()
    expect(program.shown).to_have_text("item")
    assert program.stack == [url("index"), url("list", "?a=1"), url("item")]
    tab.go_back()
    expect(program.shown).to_have_text("list")
    go(program, "navigateBack")
    expect(program.shown).to_have_text("index")


@pytest.mark.parametrize(("api", "below"), [("reLaunch", []), ("redirectTo", []), ("navigateTo", [url("index")])])
def test_a_reload_ends_where_a_page_leads_elsewhere(
    open_program: OpenProgram, tab: Page, api: str, below: list[str]
) -> None:
    program = open_program(PAGES, tab=tab)
    go(program, "navigateTo", url("list"))
    script = f"Page({{ onLoad() {{ my.{api}({{ url: '{url('me')}' }}); }} }});"
    (program.folder / "pages/index/index.js").write_text(script)
    tab.reload()
    expect(program.shown).to_have_text("me")
    assert program.stack == [*below, url("me")]


def test_what_is_saved_is_shown_and_the_stack_stays(open_program: OpenProgram, tab: Page) -> None:
    program = open_program(PAGES, tab=tab)
    go(program, "navigateTo", url("list"))
    (program.folder / "pages/list/list.axml").write_text("<view>saved</view>")
    (connection,) = program.bridge.connections
    # As `mybridge serve` does when a file is saved.
    with tab.expect_navigation():
        asyncio.run_coroutine_threadsafe(program.bridge.connections.reload_pages(), connection.loop).result(5)
    expect(program.shown).to_have_text("saved")
    assert program.stack == [url("index"), url("list")]


def test_a_server_notices_by_itself_what_is_saved(tmp_path: Path, tab: Page) -> None:
    write(tmp_path, PAGES)
    with serving(str(tmp_path)) as server:
        tab.goto(server.page_url)
        tab.evaluate("my.navigateTo({ url: '/pages/list/list?a=1' })")
        expect(tab.locator("page:visible")).to_have_text("list")
        (tmp_path / "pages/list/list.axml").write_text("<view>saved</view>")
        expect(tab.locator("page:visible")).to_have_text("saved")
        assert tab.evaluate("getCurrentPages().map(({ route }) => route)") == ["pages/index/index", "pages/list/list"]
        tab.go_back()
        expect(tab.locator("page:visible")).to_have_text("index")


def test_a_page_that_is_gone_after_a_save_is_not_shown_again(open_program: OpenProgram, tab: Page) -> None:
    program = open_program(WITH_TABS, tab=tab)
    go(program, "navigateTo", url("list"))
    (program.folder / "app.json").write_text('{"pages": ["pages/index/index"]}')
    tab.reload()
    expect(program.shown).to_have_text("index")
    assert program.stack == [url("index")]


# What Python knows.


def test_a_call_tells_which_page_makes_it(open_program: OpenProgram) -> None:
    program = open_program(PAGES)
    program.bridge.once("getAuthCode", grant(), page="/pages/list/list")
    program.ask()
    go(program, "navigateTo", url("list", "?a=1"))
    program.ask()
    first, second = (call for call in program.bridge.calls if call.api == "getAuthCode")
    assert first.page.url == f"{program.url}/#{url('index')}"
    assert second.page.url == f"{program.url}/#{url('list', '?a=1')}"


def test_an_outcome_may_be_for_one_page_alone(open_program: OpenProgram) -> None:
    program = open_program(PAGES)
    program.bridge.api("getLocation")(lambda call: succeed({"of": "any"}))
    program.bridge.once("getLocation", succeed({"of": "list"}), page=url("list"))
    assert program.success(api="getLocation")["of"] == "any"
    go(program, "navigateTo", url("list", "?a=1"))
    assert program.success(api="getLocation")["of"] == "list"
