"""Style sheets of mini programs, as a browser applies them."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.conftest import OpenProgram
from tests.programs import Program

PHONE: ViewportSize = {"width": 375, "height": 700}
PIXEL = "<svg xmlns='http://www.w3.org/2000/svg' width='7' height='5'><rect width='7' height='5' fill='red'/></svg>"


def computed(program: Program, selector: str, *properties: str) -> list[str]:
    """The values of the properties of an element."""
    script = "(it, names) => names.map((name) => getComputedStyle(it).getPropertyValue(name))"
    values: list[str] = program.shown.locator(selector).first.evaluate(script, list(properties))
    return values


def page_color(program: Program) -> str:
    """The colour of the page's element."""
    color: str = program.shown.evaluate("it => getComputedStyle(it).color")
    return color


@pytest.fixture(autouse=True)
def as_on_a_phone(shared_page: Page) -> None:
    shared_page.set_viewport_size(PHONE)


# Which sheets, in which order.


def test_a_page_s_sheet_comes_after_those_of_its_components_and_of_the_app(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "index.axml": "<text class='a'>a</text><box />",
            "index.json": {"usingComponents": {"box": "/parts/box"}},
            "app.acss": ".a { color: rgb(1, 0, 0); top: 1px; left: 1px; }",
            "parts/box.json": {"component": True},
            "parts/box.js": "Component({});",
            "parts/box.axml": "<text class='a b'>b</text>",
            "parts/box.acss": ".a { color: rgb(2, 0, 0); top: 2px; } .b { right: 2px; }",
            "index.acss": ".a { color: rgb(3, 0, 0); }",
        }
    )
    assert computed(program, ".b", "color", "top", "left", "right") == ["rgb(3, 0, 0)", "2px", "1px", "2px"]


def test_the_page_and_tags_can_be_selected(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "index.axml": "<view><text>a</text><button>b</button><image /></view>",
            "index.acss": """page { color: rgb(1, 2, 3); } page > view { top: 4px }
              view text { top: 5px } button { color: rgb(6, 0, 0) } text + button, image { left: 7px }""",
        }
    )
    assert page_color(program) == "rgb(1, 2, 3)"
    assert computed(program, "view", "top") == ["4px"]
    assert computed(program, "text", "top", "color") == ["5px", "rgb(1, 2, 3)"]
    assert computed(program, "button", "color", "left") == ["rgb(6, 0, 0)", "7px"]
    assert computed(program, "image", "left") == ["7px"]


def test_sheets_of_other_pages_do_not_apply(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "index.acss": "page { color: rgb(1, 0, 0); } .a { top: 1px }",
            "index.axml": "<text class='a'>a</text>",
            "pages/b/b.axml": "<text class='a'>b</text>",
            "pages/b/b.acss": ".a { left: 2px }",
        }
    )
    program.page.evaluate("my.navigateTo({ url: '/pages/b/b' })")
    program.shown.get_by_text("b").wait_for()
    assert program.route == "pages/b/b"
    assert computed(program, ".a", "top", "left") == ["auto", "2px"]
    assert page_color(program) != "rgb(1, 0, 0)"
    program.page.evaluate("my.navigateBack()")
    program.shown.get_by_text("a").wait_for()
    assert program.route == "pages/index/index"
    assert computed(program, ".a", "top", "left") == ["1px", "auto"]
    assert page_color(program) == "rgb(1, 0, 0)"


# Imports.


def test_imports_are_followed_wherever_they_lie(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "index.axml": "<text class='a'>a</text>",
            "index.acss": """@import "./near.acss"; @import url('/lib/root'); @import '~p/deep.acss';
              .a { bottom: 9px }""",
            "near.acss": "@import '../more.acss';\n.a { top: 1px; bottom: 1px }",
            "pages/more.acss": ".a { left: 2px; top: 2px }",
            "lib/root.acss": "@import './root.acss'; .a { right: 3px }",
            "node_modules/p/deep.acss": ".a { z-index: 4 }",
        }
    )
    found = computed(program, ".a", "top", "left", "right", "z-index", "bottom")
    assert found == ["1px", "2px", "3px", "4", "9px"]
    assert program.messages() == []


def test_imports_may_be_for_some_media(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "index.axml": "<text class='a'>a</text>",
            "index.acss": "@import './a.acss' (min-width: 300px); @import './b.acss' print;",
            "a.acss": ".a { top: 1px }",
            "b.acss": ".a { left: 1px }",
        }
    )
    assert computed(program, ".a", "top", "left") == ["1px", "auto"]


def test_a_missing_import_is_reported_with_its_line_and_the_rest_applies(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "index.axml": "<text class='a'>a</text>",
            "index.acss": "/* @import './comment'; */\n@import './gone.acss';\n@import 'p/x.acss';\n.a { top: 1px }",
        }
    )
    assert computed(program, ".a", "top") == ["1px"]
    assert program.messages() == [
        "pages/index/index.acss:2:1: @import of ./gone.acss: there is no such file",
        "pages/index/index.acss:3:1: @import of p/x.acss: there is no such file; "
        "look at its path, or run: npm install p",
    ]


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        (".x { color: red;\n.y { left: 0 }\n.a { top: 1px }", "1:4: This { is not closed"),
        (".x { color: red; }\n}\n.a { top: 1px }", "2:1: This } closes nothing"),
        (".a { top: 1px }\n/* no end", "2:1: This comment is not closed"),
    ],
)
def test_a_broken_sheet_is_reported_with_its_line(open_program: OpenProgram, sheet: str, said: str) -> None:
    program = open_program({"index.axml": "<text class='x'><text class='a'>a</text></text>", "index.acss": sheet})
    assert computed(program, ".a", "top") == ["1px"]
    (message,) = program.messages()
    assert message.startswith(f"pages/index/index.acss:{said}")


# Lengths.


def test_rpx_are_parts_of_the_page_s_width(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "index.axml": "<view class='a'>a</view><view class='b' />",
            "index.acss": """.a { width: 750rpx; height: .5RPX; margin: -10rpx 0 +20rpx; font-size: 28rpx;
                padding-left: calc(100% - 700rpx); box-sizing: border-box }
              .b::before { content: '12rpx'; }
              .b { width: 100rpx; height: 100rpx; transform: translate(-10rpx, 2rpx) }""",
        }
    )
    found = computed(program, ".a", "width", "margin-top", "margin-bottom", "font-size", "padding-left")
    assert found == ["375px", "-5px", "10px", "14px", "25px"]
    transform = "it => [getComputedStyle(it, '::before').content, getComputedStyle(it).transform]"
    assert program.shown.locator(".b").evaluate(transform) == ['"12rpx"', "matrix(1, 0, 0, 1, -5, 1)"]


def test_rpx_follow_the_width_of_the_window(open_program: OpenProgram) -> None:
    program = open_program({"index.axml": "<view class='a'>a</view>", "index.acss": ".a { width: 750rpx }"})
    program.page.set_viewport_size({"width": 320, "height": 600})
    assert computed(program, ".a", "width") == ["320px"]


def test_vh_and_vw_are_parts_of_the_page_s_area(open_program: OpenProgram) -> None:
    program = open_program(
        {"index.axml": "<view class='a'>a</view>", "index.acss": ".a { width: 50vw; height: 100vh; }"}
    )
    box = program.shown.locator(".a").bounding_box()
    assert box is not None
    assert box["width"] == PHONE["width"] / 2
    assert box["y"] > 0  # below the title bar
    assert box["y"] + box["height"] == pytest.approx(PHONE["height"], abs=0.5)


def test_fixed_means_the_page_s_area(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "index.axml": "<view class='long' /><view class='top'>t</view><view class='bottom'>b</view>",
            "index.acss": """.long { height: 3000px } .top, .bottom { position: fixed; left: 0; right: 0; height: 10px }
              .top { top: 0 } .bottom { bottom: 0 }""",
        }
    )
    program.page.set_viewport_size({"width": 1000, "height": 700})
    program.page.evaluate("my.pageScrollTo({ scrollTop: 500, duration: 0 })")
    page = program.shown.bounding_box()
    top, bottom = (program.shown.locator(f".{name}").bounding_box() for name in ("top", "bottom"))
    assert page is not None
    assert top is not None
    assert bottom is not None
    assert top["y"] > 0
    assert top["width"] == bottom["width"] == page["width"] < 1000
    assert top["x"] == page["x"]
    assert bottom["y"] > top["y"] + 400


# Addresses.


def test_local_pictures_are_loaded(open_program: OpenProgram) -> None:
    urls = ["url(./p.svg)", "url('p.svg')", 'url("/pages/index/p.svg")', "url( ../index/p.svg )"]
    backgrounds = "".join(f".a{n} {{ background: {url} }} " for n, url in enumerate(urls))
    views = "".join(f"<view class='a{n}'>a</view>" for n in range(len(urls)))
    program = open_program({"index.axml": views, "index.acss": backgrounds, "p.svg": PIXEL})
    address = f"{program.url}/pages/index/p.svg"
    found = [computed(program, f".a{n}", "background-image") for n in range(len(urls))]
    assert found == [[f'url("{address}")']] * len(urls)
    assert program.page.request.get(address).ok


def test_addresses_in_an_imported_sheet_are_meant_from_there(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "index.axml": "<view class='a'>a</view>",
            "index.acss": "@import '/lib/l.acss';",
            "lib/l.acss": ".a { background: url(p.svg), url(data:image/png;base64,AA==), url(https://x.invalid/y) }",
            "lib/p.svg": PIXEL,
        }
    )
    (background,) = computed(program, ".a", "background-image")
    assert background == (
        f'url("{program.url}/lib/p.svg"), url("data:image/png;base64,AA=="), url("https://x.invalid/y")'
    )


# Components.


def components(isolation: str) -> dict[str, Any]:
    option = f"options: {{ styleIsolation: '{isolation}' }}" if isolation else ""
    return {
        "index.axml": "<text class='a'>page</text><box><text class='a slotted'>s</text></box>",
        "index.json": {"usingComponents": {"box": "/parts/box"}},
        "index.acss": "text { left: 1px }",
        "parts/box.json": {"component": True},
        "parts/box.js": f"Component({{ {option} }});",
        "parts/box.axml": "<view class='a inner'><text class='a deep'>b</text><slot /></view>",
        "parts/box.acss": """.a, view:not(.a, .b) > .deep::before { top: 2px } text { right: 2px }
          @media (min-width: 1px) { .a { bottom: 2px } } @keyframes k { from { top: 0 } to { top: 1px } }""",
    }


@pytest.mark.parametrize("isolation", ["", "shared"])
def test_a_component_s_sheet_is_for_all_unless_it_says_otherwise(open_program: OpenProgram, isolation: str) -> None:
    program = open_program(components(isolation))
    assert computed(program, ":scope > .a", "top", "right", "bottom", "left") == ["2px", "2px", "2px", "1px"]
    assert computed(program, ".deep", "top", "right", "bottom", "left") == ["2px", "2px", "2px", "1px"]


def test_a_component_s_sheet_may_be_for_its_own_elements_alone(open_program: OpenProgram) -> None:
    program = open_program(components("apply-shared"))
    assert computed(program, ":scope > .a", "top", "right", "bottom", "left") == ["auto", "auto", "auto", "1px"]
    assert computed(program, ".slotted", "top", "right", "bottom") == ["auto", "auto", "auto"]
    assert computed(program, ".inner", "top", "bottom") == ["2px", "2px"]
    assert computed(program, ".deep", "top", "right", "bottom", "left") == ["2px", "2px", "2px", "1px"]


def test_no_other_sheet_is_for_the_elements_of_an_isolated_component(open_program: OpenProgram) -> None:
    sheets = {"app.acss": "text, view { left: 1px }", "index.acss": "@media (min-width: 1px) { .a { z-index: 3 } }"}
    program = open_program({**components("isolated"), **sheets})
    assert computed(program, ".deep", "top", "right", "left") == ["2px", "2px", "auto"]
    assert computed(program, ".inner", "left") == ["auto"]
    assert computed(program, ".inner", "z-index") == ["auto"]
    for own in (":scope > .a", ".slotted"):
        assert computed(program, own, "top", "left", "z-index") == ["auto", "1px", "3"]
