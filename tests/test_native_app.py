"""The program as a whole: what App() is told, what modules and pages have of it, and what becomes of its errors."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from bridge import NoSuchPage
from tests.conftest import OpenProgram
from tests.programs import Program, write

NOTING = "const noted = []; const note = (name) => function (...args) { noted.push([name, ...args]); };"
"""The beginning of an app.js that keeps what it is told."""

LIST = {"pages/list/list.axml": "<view>list</view>"}


def leave(program: Program, state: str) -> None:
    """Let the page believe that the user goes elsewhere, or comes back."""
    program.page.evaluate(
        """(state) => {
          Object.defineProperty(document, "visibilityState", { configurable: true, value: state });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )


def test_it_is_told_how_it_is_launched(open_program: OpenProgram) -> None:
    script = f"{NOTING} App({{ noted, onLaunch: note('launch'), onShow: note('show') }});"
    program = open_program({"app.js": script, **LIST}, at="/pages/list/list?id=1&name=a%20b")
    launched = {
        "path": "pages/list/list",
        "query": {"id": "1", "name": "a b"},
        "scene": "1000",
        "referrerInfo": {},
    }
    assert program.noted == [["launch", launched], ["show", launched]]


def test_without_a_hash_it_is_launched_with_its_first_page(open_program: OpenProgram) -> None:
    program = open_program({"app.js": f"{NOTING} App({{ noted, onLaunch: note('launch') }});", **LIST})
    [[_, launched]] = program.noted
    assert (launched["path"], launched["query"]) == ("pages/index/index", {})


def test_it_may_log_its_user_in_when_it_is_launched(open_program: OpenProgram) -> None:
    script = """App({
      globalData: { code: "" },
      onLaunch() {
        my.getAuthCode({
          scopes: ["auth_base"],
          success: ({ authCode }) => {
            this.globalData.code = authCode;
            this.ready?.();
          },
        });
      },
    });"""
    index = """const app = getApp();
    Page({
      data: { code: "" },
      onLoad() {
        const take = () => this.setData({ code: app.globalData.code });
        if (app.globalData.code) take();
        else app.ready = take;
      },
    });"""
    program = open_program({"app.js": script, "index.js": index, "index.axml": "<text>{{code ? 'in' : 'out'}}</text>"})
    expect(program.shown).to_have_text("in")
    (call,) = program.bridge.calls
    assert call.page.url == program.page.url
    assert program.problems == ()


def test_all_modules_have_the_same_app(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "app.js": "App({ globalData: { count: 1 }, add() { return ++this.globalData.count; } });",
            "utils/count.js": "const app = getApp(); module.exports = () => app.add();",
            "index.js": """const count = require("../../utils/count");
              Page({
                data: { count: 0 },
                onLoad() { count(); this.setData({ count: getApp().globalData.count }); },
              });""",
        }
    )
    assert program.data == {"count": 2}


def test_modules_that_app_js_requires_have_an_app_that_is_filled_later(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "app.js": 'const get = require("./utils/get"); App({ globalData: 1, onLaunch() { this.noted = get(); } });',
            "utils/get.js": "const app = getApp(); module.exports = () => app.globalData;",
        }
    )
    assert program.page.evaluate("getApp().noted") == 1


def test_it_hears_that_the_user_leaves_and_comes_back(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "app.js": f"{NOTING} App({{ noted, note, onShow: note('show'), onHide: note('hide') }});",
            "index.js": """const { note } = getApp();
              my.onAppHide(note("event hide")); my.onAppShow(note("event show"));
              Page({ onShow: note("page show"), onHide: note("page hide") });""",
        }
    )
    leave(program, "hidden")
    leave(program, "visible")
    names = [name for name, *_ in program.noted]
    assert names == ["show", "page show", "page hide", "hide", "event hide", "show", "event show", "page show"]


# Errors.


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("throw new Error('no');\nApp({});", 1),
        ("App({\n  onLaunch() {\n    throw new Error('no');\n  },\n});", 3),
        ("App({\n  onShow() {\n    throw new Error('no'); } });", 3),
    ],
    ids=["its script", "onLaunch", "onShow"],
)
def test_an_error_of_the_app_is_reported_and_the_page_shown_nonetheless(
    open_program: OpenProgram, script: str, line: int
) -> None:
    program = open_program({"app.js": script})
    expect(program.shown).to_have_text("index")
    assert [(it.kind, it.message, it.file, it.line) for it in program.problems] == [
        ("script", "Error: no", "app.js", line)
    ]


@pytest.mark.parametrize("cycle", ["onLoad", "onShow", "onReady"])
def test_an_error_in_a_life_cycle_of_a_page_does_not_end_it(open_program: OpenProgram, cycle: str) -> None:
    files = {
        "app.js": f"{NOTING} App({{ noted, note, onError: note('error') }});",
        "index.js": f"Page({{\n  data: {{ a: 1 }},\n  {cycle}() {{ throw new TypeError('no'); }} }});",
        "index.axml": '<view onTap="tap">{{a}}</view>',
    }
    program = open_program(files)
    expect(program.shown).to_have_text("1")
    assert [(it.file, it.line, it.message) for it in program.problems] == [("pages/index/index.js", 3, "TypeError: no")]
    [[name, message, stack]] = program.noted
    assert (name, message) == ("error", "TypeError: no")
    assert "pages/index/index.js:3" in stack


def test_an_error_is_on_the_console_too(open_program: OpenProgram) -> None:
    program = open_program({"index.js": "Page({ onLoad() { throw new Error('heard'); } });"})
    assert program.messages() == ["pages/index/index.js:1:25: Error: heard"]
    program.page.evaluate("new Promise((done) => setTimeout(done, 20))")
    assert [error.splitlines()[0] for error in program.errors] == ["heard"]


def test_the_app_hears_what_is_thrown_later(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "app.js": f"{NOTING} App({{ noted, onError: note('error') }});",
            "index.js": "Page({ later() { setTimeout(() => { throw new Error('late'); }); } });",
            "index.axml": '<view onTap="later">go</view>',
        }
    )
    program.shown.locator("view").click()
    program.page.wait_for_function("getApp().noted.length === 1")
    assert program.noted[0][:2] == ["error", "Error: late"]
    assert program.messages() == ["pages/index/index.js:1:43: Error: late"]


def test_an_onerror_that_throws_is_not_told_of_itself(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "app.js": "App({ onError() { throw new Error('worse'); } });",
            "index.js": "Page({ onLoad() { throw new Error('bad'); } });",
        }
    )
    assert [text.split(": ", 1)[1] for text in program.messages()] == ["Error: bad", "Error: worse"]


def test_a_promise_that_is_rejected_is_reported_and_heard(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "app.js": "App({ noted: [], onUnhandledRejection({ reason }) { this.noted.push(reason.message); } });",
            "index.js": "Page({ async onLoad() { throw new Error('later'); } });",
        }
    )
    program.page.wait_for_function("getApp().noted.length === 1")
    assert program.noted == ["later"]
    assert program.messages() == ["pages/index/index.js:1:31: Error: later"]


def test_a_failure_of_my_that_nobody_awaits_is_no_problem_of_the_program(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "app.js": "App({ noted: [], onUnhandledRejection({ reason }) { this.noted.push(reason); } });",
            "index.js": "Page({ onLoad() { my.switchTab({}); } });",
        }
    )
    program.page.wait_for_function("getApp().noted.length === 1")
    assert program.noted[0]["error"] == 2
    assert program.problems == ()


# Pages that are not there.


def test_the_app_hears_of_a_page_that_is_not_there_and_the_first_is_shown(open_program: OpenProgram) -> None:
    script = f"{NOTING} App({{ noted, onPageNotFound: note('none') }});"
    program = open_program({"app.js": script}, at="/pages/gone/gone?a=1")
    assert program.noted == [["none", {"path": "pages/gone/gone", "query": {"a": "1"}, "isEntryPage": True}]]
    assert program.stack == ["/pages/index/index"]
    assert program.messages() == ['app.json: app.json has no page "pages/gone/gone"']


def test_a_page_that_is_not_there_may_be_redirected(open_program: OpenProgram) -> None:
    script = "App({ onPageNotFound() { my.redirectTo({ url: '/pages/list/list?from=none' }); } });"
    program = open_program({"app.js": script, **LIST}, at="/pages/gone/gone")
    expect(program.shown).to_have_text("list")
    assert program.stack == ["/pages/list/list?from=none"]


# What `my` tells of the program.


def test_sizes_are_those_of_the_page_and_of_the_phone(open_program: OpenProgram) -> None:
    files: dict[str, Any] = {"index.axml": '<view style="height: 100vh; width: 750rpx">all</view>'}
    program = open_program(files)
    info = program.page.evaluate("my.getSystemInfoSync()")
    box = program.shown.locator("view").bounding_box()
    assert box is not None
    assert (info["windowWidth"], info["windowHeight"]) == (box["width"], box["height"])
    assert info["windowHeight"] + info["titleBarHeight"] == info["screenHeight"] == info["screen"]["height"]
    assert info["screenWidth"] == 375
    assert program.page.evaluate("my.getSystemInfo()") == info


def test_the_sizes_are_known_when_it_is_launched(open_program: OpenProgram) -> None:
    program = open_program({"app.js": "App({ onLaunch() { this.noted = my.getSystemInfoSync(); } });"})
    assert program.noted == program.page.evaluate("my.getSystemInfoSync()")


def test_components_may_be_used(open_program: OpenProgram) -> None:
    program = open_program({})
    assert program.page.evaluate("my.canIUse('component2')") is True


def test_a_folder_that_cannot_be_shown_has_no_page(open_program: OpenProgram, tmp_path: Any) -> None:
    write(tmp_path, {"app.json": "{"})
    with pytest.raises(NoSuchPage, match=r"app\.json"):
        open_program({"app.json": "{"})


def test_a_list_in_app_json_that_is_none_hides_no_page(open_program: OpenProgram) -> None:
    app = {
        "pages": ["pages/index/index"],
        "tabBar": {"items": [None, {"name": "Nowhere"}]},
        "subPackages": [{"root": "x", "pages": "y"}, {"root": "z", "pages": 1}, None],
    }
    program = open_program({"app.json": app})
    expect(program.shown).to_have_text("index")
    assert program.stack == ["/pages/index/index"]


def test_a_start_that_fails_is_told_in_place_of_a_blank_page(
    open_program: OpenProgram, context: BrowserContext
) -> None:
    tab = context.new_page()
    tab.route("**/sources.json", lambda route: route.fulfill(json={"files": {}, "assets": [], "problems": None}))
    with pytest.raises(NoSuchPage, match="it cannot be started: TypeError"):
        open_program({}, tab=tab)
    expect(tab.get_by_role("alert")).to_contain_text("It cannot be started: TypeError")
