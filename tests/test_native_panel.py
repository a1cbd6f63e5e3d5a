"""What is wrong with a mini program: on the page, in `bridge.problems`, and in the terminal of `mybridge serve`."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from bridge import Bridge, NoSuchPage, Problem, succeed
from tests.command import serving
from tests.conftest import OpenProgram
from tests.programs import INDEX, Program, write
from tests.test_native_frame import AXE_RUN
from tests.test_sheet_looks import axe

AXML, SCRIPT = f"{INDEX}.axml", f"{INDEX}.js"

TWO = {"index.axml": "<view>index</view>\n<wiew>one</wiew>\n<tekst>two</tekst>"}
"""With two problems."""


@pytest.fixture(autouse=True)
def window(shared_page: Page) -> Iterator[None]:
    """A wide window, whatever other tests have left, and what these leave."""
    shared_page.set_viewport_size({"width": 1280, "height": 720})
    yield
    shared_page.set_viewport_size({"width": 1280, "height": 720})
    shared_page.emulate_media(color_scheme="null")


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    """A tab of the test's own."""
    return context.new_page()


def problems(page: Page) -> Locator:
    """The list of them."""
    return page.get_by_role("region", name="Problems")


def entries(page: Page) -> Locator:
    return problems(page).get_by_role("listitem")


def pill(page: Page) -> Locator:
    """What says how many there are."""
    return page.get_by_role("button", name=re.compile(r"^\d+ problems?$"))


def only(program: Program) -> tuple[Problem, str]:
    """Return the problem that Python has, and what the panel shows of it."""
    expect(entries(program.page)).to_have_count(1)
    program.rest()
    (problem,) = program.bridge.problems
    return problem, entries(program.page).inner_text()


def reload(program: Program) -> None:
    """Do what `mybridge serve` does when a file is saved."""
    (connection,) = program.bridge.connections
    with program.page.expect_navigation():
        program.bridge.log.forget_problems()
        asyncio.run_coroutine_threadsafe(program.bridge.connections.reload_pages(), connection.loop).result(5)


# What is said, and where.


def test_a_good_program_has_none_and_shows_nothing(open_program: OpenProgram) -> None:
    program = open_program({})
    assert program.route == INDEX
    assert program.bridge.problems == ()
    expect(problems(program.page)).to_be_hidden()
    expect(pill(program.page)).to_be_hidden()


def test_an_unknown_tag_is_told_with_its_place_and_what_may_be_meant(open_program: OpenProgram) -> None:
    problem, shown = only(open_program({"index.axml": "<view>\n  <buton>ok</buton>\n</view>"}))
    assert (problem.kind, problem.file, problem.line, problem.column) == ("tag", AXML, 2, 3)
    assert problem.message.startswith("There is no tag <buton>. Is <button> meant?")
    assert problem.message in shown
    assert f"{AXML}:2:3" in shown


def test_what_is_in_an_unknown_tag_is_drawn(open_program: OpenProgram) -> None:
    program = open_program({"index.axml": "<wiew><text>inner</text></wiew>"})
    expect(program.shown.locator("text")).to_have_text("inner")


def test_a_component_of_a_plugin_is_told_once_and_the_rest_of_the_page_is_drawn(open_program: OpenProgram) -> None:
    using = {"usingComponents": {"chart-bar": "plugin://charts/bar"}}
    program = open_program({"index.json": using, "index.axml": "<chart-bar/><text>rest</text>"})
    problem, shown = only(program)
    assert (problem.kind, problem.file) == ("folder", f"{INDEX}.json")
    assert "the component chart-bar is that of a plugin, which is only on the platform" in problem.message
    assert "chart-bar" in shown
    expect(program.shown).to_have_text("rest")


def test_an_unknown_api_is_told_with_its_place_and_how_python_can_answer_it(open_program: OpenProgram) -> None:
    problem, shown = only(open_program({"index.js": "Page({\n  onLoad() {\n    my.foo();\n  },\n});"}))
    assert (problem.kind, problem.file, problem.line, problem.column) == ("api", SCRIPT, 3, 8)
    assert problem.page == INDEX
    assert problem.message in shown
    assert problem.message.startswith("There is no my.foo.")
    assert '@bridge.api("foo", custom=True)' in problem.message
    assert f"{SCRIPT}:3:8" in shown


def test_an_api_that_python_answers_is_none(open_program: OpenProgram, bridge: Bridge) -> None:
    @bridge.api("foo", custom=True)
    def foo(call: Any) -> Any:
        return succeed()

    program = open_program(
        {"index.js": "Page({ onLoad() { my.call('foo', { success: () => this.setData({ foo: 1 }) }); } });"}
    )
    program.page.wait_for_function("getCurrentPages()[0].data.foo")
    assert program.messages() == []


def test_a_missing_package_is_told_with_its_place_and_what_to_do(open_program: OpenProgram) -> None:
    program = open_program({"index.js": "import dayjs from 'dayjs/esm';\n\nPage({});"})
    expect(problems(program.page)).to_contain_text("npm install dayjs")
    program.rest()
    problem = program.bridge.problems[0]
    assert (problem.kind, problem.file, problem.line) == ("module", SCRIPT, 1)


def test_a_missing_file_is_told_with_its_place(open_program: OpenProgram) -> None:
    program = open_program({"index.js": "const a = 1;\nconst b = require('../../utils/b');\nPage({});"})
    expect(problems(program.page)).to_contain_text("utils/b")
    program.rest()
    problem = program.bridge.problems[0]
    assert (problem.kind, problem.file, problem.line) == ("module", SCRIPT, 2)


def test_a_script_that_cannot_be_parsed_is_told_with_its_place(open_program: OpenProgram) -> None:
    program = open_program({"index.js": "Page({\n  data: { a: 1, },\n  onLoad( {\n  },\n});"})
    expect(problems(program.page)).to_contain_text(SCRIPT)
    program.rest()
    problem = program.bridge.problems[0]
    assert (problem.kind, problem.file) == ("module", SCRIPT)
    assert problem.line in (3, 4, 5)


def test_a_mistake_in_a_template_is_told_with_its_place_and_the_rest_is_drawn(open_program: OpenProgram) -> None:
    program = open_program({"index.axml": "<view>\n  <text>{{ a + }}</text>\n</view>\n<view id='rest'>rest</view>"})
    problem, shown = only(program)
    assert (problem.kind, problem.file, problem.line) == ("template", AXML, 2)
    assert AXML in shown
    expect(program.shown.locator("#rest")).to_have_text("rest")


def test_an_error_in_a_handler_is_told_with_its_place_and_stack(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "index.axml": "<button onTap='tap'>tap</button>",
            "index.js": "Page({\n  tap() {\n    throw new Error('no');\n  },\n});",
        }
    )
    program.shown.get_by_role("button").click()
    problem, shown = only(program)
    assert (problem.kind, problem.file, problem.line, problem.page) == ("script", SCRIPT, 3, INDEX)
    assert "Error: no" in shown


def test_what_is_wrong_with_the_folder_is_told_and_the_rest_is_shown(open_program: OpenProgram) -> None:
    program = open_program({"app.json": {"pages": [INDEX, "pages/gone/gone"]}})
    expect(program.shown).to_have_text("index")
    expect(entries(program.page)).to_have_count(2)
    program.rest()
    assert [(problem.kind, problem.file, problem.message) for problem in program.bridge.problems] == [
        ("folder", "app.json", f"the page pages/gone/gone has no pages/gone/gone{suffix}")
        for suffix in (".axml", ".js")
    ]


def test_a_problem_of_another_file_says_on_which_page_it_was(open_program: OpenProgram) -> None:
    files = {"utils/a.js": "export const fail = () => { throw new Error('no'); };"}
    script = "import { fail } from '/utils/a'; Page({ onLoad() { fail(); } });"
    problem, shown = only(open_program({"index.js": script, **files}))
    assert (problem.file, problem.page) == ("utils/a.js", INDEX)
    assert f"on {INDEX}" in shown


def test_the_same_problem_is_told_once(open_program: OpenProgram) -> None:
    program = open_program({"index.axml": "<wiew a:for='{{3}}'>a</wiew>"})
    only(program)


def test_python_has_what_the_panel_shows_in_the_same_order(open_program: OpenProgram) -> None:
    program = open_program({**TWO, "index.js": "Page({ onLoad() { my.foo(); } });"})
    expect(entries(program.page)).to_have_count(3)
    program.rest()
    messages = [problem.message for problem in program.bridge.problems]
    shown = entries(program.page).all_inner_texts()
    assert all(message in text for message, text in zip(messages, shown, strict=True))


# What cannot be shown at all.


@pytest.mark.parametrize(
    ("app", "words"),
    [
        ('{\n  "pages": [\n    "pages/index/index",\n  ]\n}', ["app.json:3:24", "no comma after the last item"]),
        ('{"window": {}, "pages": []}', ["app.json:1", "it lists no page"]),
        ('{"pages": ["pages/gone/gone"]}', ["app.json:1", "none of its pages is there"]),
    ],
)
def test_what_is_fatal_fills_the_page(
    open_program: OpenProgram, bridge: Bridge, shared_page: Page, app: str, words: list[str]
) -> None:
    with pytest.raises(NoSuchPage):
        open_program({"app.json": app})
    fatal = shared_page.get_by_role("alert")
    expect(fatal.get_by_role("heading")).to_have_text("This mini program cannot be shown")
    for word in words:
        expect(fatal.get_by_role("listitem").filter(has_text=word)).to_have_count(1)
    assert [problem.message for problem in bridge.problems if problem.fatal] != []


def test_what_is_fatal_covers_the_phone_and_nothing_else(open_program: OpenProgram, shared_page: Page) -> None:
    with pytest.raises(NoSuchPage):
        open_program({"app.json": "{"})
    found = shared_page.get_by_role("alert").bounding_box()
    assert found == {"x": (1280 - 375) / 2, "y": 24, "width": 375, "height": 672}
    shared_page.set_viewport_size({"width": 375, "height": 700})
    assert shared_page.get_by_role("alert").bounding_box() == {"x": 0, "y": 0, "width": 375, "height": 700}


def test_what_else_is_wrong_can_be_seen_beside_what_is_fatal(open_program: OpenProgram, shared_page: Page) -> None:
    with pytest.raises(NoSuchPage):
        open_program({"app.json": '{"pages": ["pages/gone/gone"]}'})
    expect(shared_page.get_by_role("alert")).to_contain_text("None of its pages is there")
    expect(entries(shared_page).first).to_contain_text("The page pages/gone/gone has no pages/gone/gone.axml")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_fatal_can_be_read_by_everybody(open_program: OpenProgram, shared_page: Page, scheme: Any) -> None:
    shared_page.emulate_media(color_scheme=scheme)
    with pytest.raises(NoSuchPage):
        open_program({"app.json": "{"})
    shared_page.evaluate(axe())
    assert shared_page.evaluate(AXE_RUN) == []


# Where it is, and how it is used.


def test_it_says_how_many_there_are(open_program: OpenProgram) -> None:
    program = open_program(TWO)
    expect(pill(program.page)).to_have_accessible_name("2 problems")
    program.page.evaluate("void setTimeout(() => { getCurrentPages()[0].$page; throw new Error('third'); })")
    expect(pill(program.page)).to_have_accessible_name("3 problems")


def test_one_is_counted_as_one(open_program: OpenProgram) -> None:
    program = open_program({"index.axml": "<wiew>a</wiew>"})
    expect(pill(program.page)).to_have_accessible_name("1 problem")


def test_it_is_closed_and_opened_again(open_program: OpenProgram) -> None:
    program = open_program(TWO)
    expect(problems(program.page)).to_be_visible()
    problems(program.page).get_by_role("button", name="Close").click()
    expect(problems(program.page)).to_be_hidden()
    expect(pill(program.page)).to_have_attribute("aria-expanded", "false")
    pill(program.page).click()
    expect(problems(program.page)).to_be_visible()
    expect(pill(program.page)).to_have_attribute("aria-expanded", "true")


def test_the_keyboard_closes_and_opens_it(open_program: OpenProgram) -> None:
    program = open_program(TWO)
    problems(program.page).get_by_role("button", name="Close").focus()
    program.page.keyboard.press("Escape")
    expect(problems(program.page)).to_be_hidden()
    expect(pill(program.page)).to_be_focused()
    program.page.keyboard.press("Enter")
    expect(problems(program.page)).to_be_visible()


def test_beside_the_phone_it_covers_nothing_of_it(open_program: OpenProgram) -> None:
    program = open_program(TWO)
    phone, panel = program.page.locator(".device").bounding_box(), problems(program.page).bounding_box()
    assert phone is not None
    assert panel is not None
    assert panel["x"] >= phone["x"] + phone["width"]
    assert panel["x"] + panel["width"] <= 1280


@pytest.mark.parametrize(("width", "query"), [(375, ""), (800, ""), (1280, "?bare")])
def test_where_there_is_no_room_it_is_hidden_until_it_is_asked_for(
    open_program: OpenProgram, shared_page: Page, width: int, query: str
) -> None:
    shared_page.set_viewport_size({"width": width, "height": 720})
    program = open_program(TWO, query=query)
    expect(pill(program.page)).to_be_visible()
    expect(problems(program.page)).to_be_hidden()
    pill(program.page).click()
    expect(problems(program.page)).to_be_in_viewport(ratio=1)


def test_many_are_scrolled_within_it(open_program: OpenProgram) -> None:
    program = open_program({"index.axml": "".join(f"<x{i}>a</x{i}>\n" for i in range(40))})
    expect(entries(program.page)).to_have_count(40)
    expect(problems(program.page)).to_be_in_viewport(ratio=1)
    entries(program.page).last.scroll_into_view_if_needed()
    expect(entries(program.page).last).to_be_in_viewport()


def test_what_is_beside_and_behind_it_can_be_clicked(open_program: OpenProgram, shared_page: Page) -> None:
    shared_page.set_viewport_size({"width": 375, "height": 700})
    program = open_program(
        {
            "index.axml": "<wiew>a</wiew><button onTap='tap' style='height: 600px'>{{taps}}</button>",
            "index.js": "Page({ data: { taps: 0 }, tap() { this.setData({ taps: this.data.taps + 1 }); } });",
        }
    )
    expect(pill(program.page)).to_be_visible()
    for x, y in [(10, 100), (365, 100), (10, 600), (365, 600)]:
        program.page.mouse.click(x, y)
    assert program.data == {"taps": 4}


def test_sheets_of_programs_do_not_reach_it(open_program: OpenProgram) -> None:
    program = open_program({**TWO, "app.acss": "* { color: red !important; font-size: 40px !important; opacity: 0.1 }"})
    expect(problems(program.page)).to_have_css("font-size", "13px")
    expect(program.page.locator("mini-problems")).to_have_css("opacity", "1")


def test_texts_of_programs_are_no_elements_in_it(open_program: OpenProgram) -> None:
    script = "Page({ onLoad() { throw new Error('<img src=x onerror=alert(1)>'); } });"
    program = open_program({"index.js": script})
    expect(entries(program.page)).to_contain_text("<img src=x onerror=alert(1)>")
    expect(problems(program.page).locator("img")).to_have_count(0)


def test_a_save_that_mends_takes_it_away(open_program: OpenProgram, tab: Page) -> None:
    program = open_program(TWO, tab=tab)
    expect(problems(program.page)).to_be_visible()
    (program.folder / AXML).write_text("<view>good</view>")
    reload(program)
    expect(program.shown).to_have_text("good")
    expect(pill(program.page)).to_be_hidden()
    assert program.messages() == []


def test_a_save_that_mends_a_folder_shows_the_program(
    open_program: OpenProgram, bridge: Bridge, tab: Page, tmp_path: Path
) -> None:
    with pytest.raises(NoSuchPage):
        open_program({"app.json": "{"}, tab=tab)
    expect(tab.get_by_role("alert")).to_be_visible()
    (tmp_path / "app.json").write_text(json.dumps({"pages": [INDEX]}))
    program = Program(tab, bridge, bridge.url, tmp_path)
    reload(program)
    expect(program.shown).to_have_text("index")
    assert program.messages() == []


# The command.


BAD: dict[str, tuple[dict[str, Any], list[str], bool]] = {
    "no app.json": ({}, [r"app\.json: there is no app\.json"], True),
    "wrong JSON": (
        {"app.json": '{\n  "pages": ["pages/index/index"]\n  "window": {}\n}'},
        [r"app\.json:3:3: this is not JSON"],
        True,
    ),
    "no script": (
        {"app.json": {"pages": [INDEX, "pages/a/a"]}, "pages/a/a.axml": "<view>a</view>"},
        [r"app\.json:1:\d+: the page pages/a/a has no pages/a/a\.js"],
        False,
    ),
    "no template": (
        {"app.json": {"pages": [INDEX, "pages/a/a"]}, "pages/a/a.js": "Page({});"},
        [r"app\.json:1:\d+: the page pages/a/a has no pages/a/a\.axml"],
        False,
    ),
    "a component that is not there": (
        {"index.json": {"usingComponents": {"card": "/parts/card"}}},
        [r"pages/index/index\.json:1:\d+: the component card has no file parts/card\.axml"],
        False,
    ),
    "a cycle": (
        {
            "index.json": {"usingComponents": {"a": "/parts/a"}},
            "index.axml": "<a a:if='{{false}}' />",
            **{
                f"parts/{name}{suffix}": text
                for name, other in (("a", "b"), ("b", "a"))
                for suffix, text in {
                    ".json": json.dumps({"component": True, "usingComponents": {other: f"./{other}"}}),
                    ".js": "Component({});",
                    ".axml": f"<{other} />",
                }.items()
            },
        },
        [r"parts/b\.json:1:\d+: components draw one another in a circle: parts/a → parts/b → parts/a"],
        False,
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_folder_is_one_clear_message_in_the_terminal_and_on_the_page(
    tmp_path: Path, shared_page: Page, case: str
) -> None:
    files, patterns, is_fatal = BAD[case]
    write(tmp_path, files)
    for name in {"no app.json": ["app.json"], "no script": ["pages/a/a.js"]}.get(case, []):
        (tmp_path / name).unlink()
    with serving(str(tmp_path)) as server:
        printed = "".join(server.read_until(pattern) for pattern in patterns)
        assert printed.count("\n") == len(patterns), printed
        assert "Traceback" not in printed
        shared_page.goto(server.page_url)
        where = shared_page.get_by_role("alert" if is_fatal else "region")
        expect(where.get_by_role("listitem")).to_have_count(len(patterns))
        shown = re.sub(r"\s+", " ", where.inner_text())
        message = re.sub(r"^.*?: ", "", patterns[0])
        assert re.search(message, shown, re.IGNORECASE), shown
        shared_page.goto("about:blank")
        # Nothing of it is said twice.
        server.interrupt()
        assert server.read_until("stopped").count("\n") <= 2


def test_a_good_folder_has_no_message(tmp_path: Path, shared_page: Page) -> None:
    write(tmp_path, {})
    with serving(str(tmp_path)) as server:
        shared_page.goto(server.page_url)
        expect(shared_page.locator("page")).to_have_text("index")
        shared_page.goto("about:blank")
        server.interrupt()
        assert server.read_until("stopped").strip() == "stopped"


def test_a_save_is_told_anew(tmp_path: Path, shared_page: Page) -> None:
    write(tmp_path, {"app.json": "{"})
    with serving(str(tmp_path)) as server:
        server.read_until(r"app\.json:1:2: this is not JSON")
        shared_page.goto(server.page_url)
        expect(shared_page.get_by_role("alert")).to_be_visible()
        write(tmp_path, {"app.json": {"pages": [INDEX]}})
        expect(shared_page.locator("page")).to_have_text("index")
        write(tmp_path, {"app.json": '{"pages": }'})
        server.read_until(r"app\.json:1:11: this is not JSON")
        expect(shared_page.get_by_role("alert")).to_contain_text("app.json:1:11")
        shared_page.goto("about:blank")
