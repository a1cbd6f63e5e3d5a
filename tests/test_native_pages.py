"""Pages: their life cycles, their data, and what they hear."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.conftest import OpenProgram
from tests.programs import Program


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    """A tab of the test's own."""
    return context.new_page()


APP = "App({ noted: [], note(...args) { this.noted.push(args.length > 1 ? args : args[0]); } });"
"""An app that pages tell what they hear."""

CYCLES = ["onLoad", "onShow", "onReady", "onHide", "onUnload"]


def noting(name: str, *cycles: str) -> str:
    """Return a page's script that notes its life cycles."""
    lines = "".join(f"{cycle}() {{ getApp().note('{name} {cycle}'); }},\n" for cycle in cycles or CYCLES)
    return f"Page({{ {lines} }});"


def call(program: Program, method: str, *args: Any) -> Any:
    """Run a method of the page on top."""
    return program.page.evaluate(
        "([method, args]) => { const page = getCurrentPages().at(-1); return page[method](...args); }",
        [method, list(args)],
    )


# Life cycles.


def test_life_cycles_come_in_the_documented_order(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "app.js": APP,
            "index.js": noting("index"),
            "pages/next/next.axml": "<view>next</view>",
            "pages/next/next.js": noting("next"),
        }
    )
    program.page.evaluate("my.navigateTo({ url: '/pages/next/next' })")
    expect(program.shown).to_have_text("next")
    program.page.evaluate("my.navigateBack()")
    assert program.noted == [
        *("index onLoad", "index onShow", "index onReady"),
        *("index onHide", "next onLoad", "next onShow", "next onReady"),
        *("next onUnload", "index onShow"),
    ]


def test_the_query_is_decoded(open_program: OpenProgram) -> None:
    program = open_program(
        {"app.js": APP, "index.js": "Page({ onLoad(query) { getApp().note(query); } });"},
        at="/pages/index/index?a=1&name=%E4%BD%A0%20x&empty=&flag&url=https%3A%2F%2Fa.b%3Fc%3D1&bad=%",
    )
    query = {"a": "1", "name": "你 x", "empty": "", "flag": "", "url": "https://a.b?c=1", "bad": "%"}
    assert program.noted == [query]
    assert program.bridge.current_page(program.page).query == query


def test_a_page_without_parameters_gets_an_empty_query(open_program: OpenProgram) -> None:
    program = open_program({"app.js": APP, "index.js": "Page({ onLoad(query) { getApp().note(query); } });"})
    assert program.noted == [{}]


def test_onload_may_redirect_before_anything_is_drawn(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "app.js": APP,
            "index.js": """Page({
              data: { list: null },
              onLoad() { getApp().note("load"); my.redirectTo({ url: "/pages/login/login" }); },
              onUnload() { getApp().note("unload"); },
            });""",
            "pages/login/login.axml": "<view>log in</view>",
        }
    )
    expect(program.shown).to_have_text("log in")
    assert program.stack == ["/pages/login/login"]
    assert program.noted == ["load", "unload"]
    assert program.problems == ()


# Data.


def test_each_page_has_data_of_its_own(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "index.axml": "<view>{{list.length}}</view>",
            "index.js": "Page({ data: { list: [] }, add() { this.data.list.push(1); this.setData(this.data); } });",
        }
    )
    call(program, "add")
    expect(program.shown).to_have_text("1")
    program.page.evaluate("my.navigateTo({ url: '/pages/index/index?again' })")
    expect(program.shown).to_have_text("0")
    call(program, "add")
    expect(program.shown).to_have_text("1")


def test_data_may_be_a_function(open_program: OpenProgram) -> None:
    program = open_program({"index.js": "Page({ data() { return { a: this.b }; }, b: 2 });"})
    assert program.data == {"a": 2}


def test_setdata_puts_values_where_their_paths_lead(open_program: OpenProgram) -> None:
    first: dict[str, Any] = {"a": 1, "b": {"c": 1, "d": [1, 2]}}
    program = open_program({"index.js": f"Page({{ data: {json.dumps(first)} }});"})

    def data_after(patch: dict[str, Any]) -> Any:
        program.page.evaluate(
            "([first, patch]) => { const [page] = getCurrentPages(); page.data = first; page.setData(patch); }",
            [first, patch],
        )
        return program.data

    assert data_after({"a": 2}) == {**first, "a": 2}
    assert data_after({"b": {"e": 1}}) == {"a": 1, "b": {"e": 1}}
    assert data_after({"b.c": 2}) == {"a": 1, "b": {"c": 2, "d": [1, 2]}}
    assert data_after({"b['c']": 3}) == {"a": 1, "b": {"c": 3, "d": [1, 2]}}
    assert data_after({"b.d[1]": 3}) == {"a": 1, "b": {"c": 1, "d": [1, 3]}}
    assert data_after({"b.d[2].x": 3}) == {"a": 1, "b": {"c": 1, "d": [1, 2, {"x": 3}]}}
    assert data_after({"n[1].m.k": 3}) == {**first, "n": [None, {"m": {"k": 3}}]}
    assert data_after({"b": 1, "b.c": 2}) == {"a": 1, "b": {"c": 2}}
    assert data_after({"new": None}) == {**first, "new": None}


def test_what_was_there_before_stays_as_it_was(open_program: OpenProgram) -> None:
    program = open_program({"index.js": "Page({ data: { a: { b: 1 }, list: [{ c: 1 }] } });"})
    before = """() => {
      const [page] = getCurrentPages();
      const { a, list } = page.data;
      page.setData({ "a.b": 2, "list[0].c": 2 });
      page.$spliceData({ list: [0, 1] });
      return [a, list];
    }"""
    assert program.page.evaluate(before) == [{"b": 1}, [{"c": 1}]]
    assert program.data == {"a": {"b": 2}, "list": []}


def test_setdata_counts_at_once_and_is_drawn_later(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "app.js": APP,
            "index.axml": "<view>{{n}}</view>",
            "index.js": """Page({
              data: { n: 0 },
              go(text) {
                const { note } = getApp();
                this.setData({ n: 1 }, () => getApp().note(text(), this.data.n));
                this.setData({ n: 2 });
                getApp().note(text(), this.data.n);
              },
            });""",
        }
    )
    program.page.evaluate("getCurrentPages()[0].go(() => document.querySelector('view').textContent)")
    assert program.noted == [["0", 2], ["2", 2]]


def test_a_callback_comes_though_nothing_has_changed(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "app.js": APP,
            "index.js": """Page({
              data: { n: 0 },
              go() { this.setData({ n: 0 }, function () { getApp().note(this === getCurrentPages()[0]); }); },
            });""",
        }
    )
    call(program, "go")
    assert program.noted == [True]


def test_a_patch_that_changes_nothing_draws_nothing(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "index.axml": '<import-sjs from="./count.sjs" name="count"/><view>{{count.up(n)}}</view>',
            "count.sjs": "let drawn = 0; export default { up: (n) => { drawn += 1; return n + ': ' + drawn; } };",
            "index.js": "Page({ data: { n: 0 } });",
        }
    )
    expect(program.shown).to_have_text("0: 1")
    call(program, "setData", {"n": 0})
    call(program, "setData", {"n": 1})
    expect(program.shown).to_have_text("1: 2")


def test_data_that_the_program_has_written_to_is_drawn_when_it_is_set(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "index.axml": "<view a:for='{{list}}'>{{item.on ? 'on' : 'off'}}</view>",
            "index.js": """Page({
              data: { list: [{ on: false }] },
              go() { const { list } = this.data; list[0].on = true; this.setData({ list }); },
            });""",
        }
    )
    call(program, "go")
    expect(program.shown).to_have_text("on")


def test_splicedata_changes_lists(open_program: OpenProgram) -> None:
    program = open_program({"index.js": "Page({ data: { list: [1, 2, 3], a: { b: ['x'] } } });"})
    call(program, "$spliceData", {"list": [1, 1, 7, 8], "a.b": [0, 0, "y"]})
    assert program.data == {"list": [1, 7, 8, 3], "a": {"b": ["y", "x"]}}
    call(program, "$spliceData", {"none": [0, 0, 1]})
    assert program.data["none"] == [1]


def test_batched_updates_are_drawn_once(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "index.axml": '<import-sjs from="./count.sjs" name="count"/><view>{{count.up(n)}}</view>',
            "count.sjs": "let drawn = 0; export default { up: (n) => { drawn += 1; return n + ': ' + drawn; } };",
            "index.js": """Page({
              data: { n: 0 },
              go() { this.$batchedUpdates(() => { this.setData({ n: 1 }); this.setData({ n: 2 }); }); },
            });""",
        }
    )
    call(program, "go")
    expect(program.shown).to_have_text("2: 2")


def test_data_that_is_set_before_the_first_drawing_is_in_it(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "app.js": APP,
            "index.axml": "<view>{{a}} {{b}}</view>",
            "index.js": """Page({
              data: { a: 0, b: 0 },
              onLoad() { this.setData({ a: 1 }, () => getApp().note("a")); },
              onShow() { this.setData({ b: 1 }); getApp().note("show"); },
              onReady() { getApp().note("ready"); },
            });""",
        }
    )
    expect(program.shown).to_have_text("1 1")
    assert program.noted == ["show", "a", "ready"]


def test_data_that_is_set_when_the_page_is_gone_does_no_harm(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "app.js": APP,
            "pages/next/next.axml": "<view>{{a}}</view>",
            "pages/next/next.js": """Page({
              onUnload() { setTimeout(() => { this.setData({ a: 1 }); getApp().note(this.data.a); }); },
            });""",
        }
    )
    program.page.evaluate("my.navigateTo({ url: '/pages/next/next' })")
    program.page.evaluate("my.navigateBack()")
    program.page.wait_for_function("getApp().noted.length === 1")
    assert program.noted == [1]
    assert program.problems == ()
    assert program.errors == []


# What a page has.


def test_current_pages_are_the_bottom_one_first(open_program: OpenProgram) -> None:
    program = open_program({"pages/next/next.axml": "<view>next</view>"})
    program.page.evaluate("my.navigateTo({ url: '/pages/next/next' })")
    expect(program.shown).to_have_text("next")
    assert program.page.evaluate("getCurrentPages().map(({ route }) => route)") == [
        "pages/index/index",
        "pages/next/next",
    ]


def test_components_know_their_page(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "index.json": {"usingComponents": {"inner": "/inner/inner"}},
            "index.axml": "<inner/>",
            "index.js": "Page({ data: { a: 'of the page' } });",
            "inner/inner.json": {"component": True},
            "inner/inner.axml": "<view>{{a}}</view>",
            "inner/inner.js": "Component({ didMount() { this.setData({ a: this.$page.data.a }); } });",
        }
    )
    expect(program.shown).to_have_text("of the page")


def test_what_else_stands_in_a_page_is_its_own_copy(open_program: OpenProgram) -> None:
    program = open_program({"index.js": "Page({ list: [1], add() { this.list.push(2); return this.list; } });"})
    assert call(program, "add") == [1, 2]
    program.page.evaluate("my.reLaunch({ url: '/pages/index/index' })")
    program.rest()
    assert call(program, "add") == [1, 2]


# What a page hears.

LONG = {
    "app.js": APP,
    "index.axml": '<view style="height: 3000px; width: 100%">long</view>',
    "index.js": """Page({
      onPageScroll({ scrollTop }) { getApp().top = scrollTop; },
      onReachBottom() { getApp().note("bottom"); },
      onPullDownRefresh(event) { getApp().note("pull", event); my.stopPullDownRefresh(); },
      onTitleClick() { getApp().note("title"); },
    });""",
}


def test_a_page_hears_that_it_is_scrolled(open_program: OpenProgram) -> None:
    program = open_program(LONG)
    program.page.evaluate("my.pageScrollTo({ scrollTop: 200, duration: 0 })")
    program.page.wait_for_function("getApp().top === 200")
    assert program.noted == []
    program.page.evaluate("my.pageScrollTo({ scrollTop: 2900, duration: 0 })")
    program.page.wait_for_function("getApp().noted.length === 1")
    assert program.noted == ["bottom"]


def test_a_page_hears_that_it_is_pulled_down_by_a_call(open_program: OpenProgram) -> None:
    program = open_program(LONG)
    program.page.evaluate("my.startPullDownRefresh()")
    assert program.noted == [["pull", {"from": "code"}]]


def test_a_page_hears_that_it_is_pulled_down_by_a_hand(open_program: OpenProgram) -> None:
    program = open_program({**LONG, "index.json": {"pullRefresh": True}})
    program.shown.hover(position={"x": 50, "y": 50})
    for _ in range(3):
        program.page.mouse.wheel(0, -80)
    program.page.wait_for_function("getApp().noted.length === 1")
    assert program.noted == [["pull", {"from": "manual"}]]


def test_a_page_hears_that_its_title_is_clicked(open_program: OpenProgram) -> None:
    program = open_program({**LONG, "index.json": {"defaultTitle": "Orders"}})
    program.page.get_by_text("Orders").click()
    assert program.noted == ["title"]


def test_handlers_in_events_hear_it_too(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "app.js": APP,
            "index.json": {"defaultTitle": "Orders"},
            "index.js": """Page({
              onTitleClick() { getApp().note("title"); },
              events: {
                onTitleClick() { getApp().note("title, too", this === getCurrentPages()[0]); },
                onBack() { getApp().note("back"); },
              },
            });""",
        }
    )
    program.page.evaluate("my.navigateTo({ url: '/pages/index/index?2' })")
    program.rest()
    program.page.get_by_text("Orders").click()
    program.page.get_by_role("button", name="Back").click()
    assert program.noted == ["title", ["title, too", False], "back"]


def test_what_the_user_shares_is_what_the_page_says(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "app.js": APP,
            "index.axml": '<button open-type="share" data-id="{{7}}">share</button>',
            "index.js": """Page({
              onShareAppMessage({ from, target }) {
                getApp().note(from, target.dataset);
                return { title: "Look", path: "pages/index/index?id=7" };
              },
            });""",
        }
    )
    program.shown.get_by_text("share").click()
    assert program.noted == [["button", {"id": 7}]]


def test_pages_of_tabs_hear_of_their_tabs(open_program: OpenProgram) -> None:
    items = [{"pagePath": f"pages/{name}/{name}", "name": name.title()} for name in ("index", "me")]
    program = open_program(
        {
            "app.js": APP,
            "app.json": {"pages": ["pages/index/index", "pages/me/me"], "tabBar": {"items": items}},
            "index.js": "Page({ beforeTabItemTap() { getApp().note('leaves'); } });",
            "pages/me/me.axml": "<view>me</view>",
            "pages/me/me.js": "Page({ onTabItemTap(item) { getApp().note(item); } });",
        }
    )
    program.page.get_by_role("button", name="Me").click()
    expect(program.shown).to_have_text("me")
    assert program.noted == ["leaves", {"from": "user", "index": 1, "pagePath": "pages/me/me", "text": "Me"}]


def test_a_page_hears_of_the_keyboard_when_python_tells_of_one(open_program: OpenProgram) -> None:
    script = "Page({ events: { onKeyboardHeight({ height }) { getApp().note(height); } } });"
    program = open_program({"app.js": APP, "index.js": script})
    program.bridge.emit("keyboardHeightChange", {"height": 260})
    program.page.wait_for_function("getApp().noted.length > 0")
    assert program.noted == [260]


def test_a_page_hears_that_its_window_has_another_size(open_program: OpenProgram, tab: Page) -> None:
    open_program(
        {"app.js": APP, "index.js": "Page({ onResize({ size }) { getApp().note(size.windowWidth); } });"},
        tab=tab,
        query="?bare",
    )
    tab.set_viewport_size({"width": 400, "height": 700})
    tab.wait_for_function("getApp().noted.includes(400)")


def test_the_dataset_of_a_target_is_that_of_the_element_with_the_handler(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "app.js": APP,
            "index.axml": """<view id="outer" data-of="outer" onTap="tap">
              <text id="inner" data-of="inner">tap</text>
            </view>""",
            "index.js": """Page({
              tap({ target, currentTarget }) {
                getApp().note(target.id, target.dataset, target.targetDataset);
                getApp().note(currentTarget.id, currentTarget.dataset);
              },
            });""",
        }
    )
    program.shown.locator("text").click()
    outer, inner = {"of": "outer"}, {"of": "inner"}
    assert program.noted == [["inner", outer, inner], ["outer", outer]]


# Mistakes.


def test_a_handler_that_is_missing_is_reported_with_its_place_in_the_template(open_program: OpenProgram) -> None:
    program = open_program(
        {"index.axml": '<view>\n  <view onTap="serch">go</view>\n</view>', "index.js": "Page({ search() {} });"}
    )
    assert program.messages() == []
    program.shown.get_by_text("go").click()
    program.rest()
    (problem,) = program.problems
    assert (problem.kind, problem.file, problem.line) == ("script", "pages/index/index.axml", 2)
    assert problem.message == 'pages/index/index.js has no method "serch"; is search meant?'


def test_an_error_in_a_handler_is_reported_with_its_place_in_the_script(open_program: OpenProgram) -> None:
    program = open_program(
        {"index.axml": '<view onTap="go">go</view>', "index.js": "Page({\n  go() {\n    null.x;\n  },\n});"}
    )
    program.shown.get_by_text("go").click()
    program.rest()
    (problem,) = program.problems
    assert (problem.file, problem.line, problem.page) == ("pages/index/index.js", 3, "pages/index/index")
    assert problem.message.startswith("TypeError: ")


def test_a_script_that_calls_no_page_is_reported(open_program: OpenProgram) -> None:
    program = open_program({"index.js": "module.exports = {};"})
    assert program.messages() == ["pages/index/index.js:1: This script does not call Page()"]
    expect(program.shown).to_have_text("index")
