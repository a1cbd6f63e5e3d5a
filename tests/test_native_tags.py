"""The tags that show something: what a browser draws for them, how large, and what they do."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.conftest import OpenProgram
from tests.programs import Program

APP = "App({ noted: [], note(value) { this.noted.push(value); } });"

HEARS = "Page({ data: {}, hear(event) { getApp().note(event); } });"

WIDE = "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='20'><rect width='40' height='20' fill='red'/></svg>"
"""A picture of 40 by 20."""


@pytest.fixture
def show(open_program: OpenProgram) -> Any:
    """Open a program of one page, and three pictures."""

    def show(axml: str, *, script: str = HEARS, files: dict[str, Any] | None = None) -> Program:
        pictures = {"assets/wide.svg": WIDE, "wide.svg": WIDE, "other.svg": WIDE.replace("40", "60")}
        program = open_program({"app.js": APP, "index.axml": axml, "index.js": script, **pictures, **(files or {})})
        assert program.problems == ()
        return program

    return show


def size(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box is not None
    return (round(box["width"], 1), round(box["height"], 1))


def css(locator: Locator, name: str) -> str:
    value: str = locator.evaluate("(it, name) => getComputedStyle(it).getPropertyValue(name)", name)
    return value


def set_data(program: Program, **data: Any) -> None:
    program.page.evaluate("(data) => getCurrentPages().at(-1).setData(data)", data)


def heard(program: Program) -> Any:
    """Return the first event that was noted."""
    program.page.wait_for_function("getApp().noted.length > 0")
    return program.noted[0]


# <view>, <text>, <block>.


def test_a_view_is_a_block_and_a_text_is_not(show: Any) -> None:
    program = show('<view style="width: 200px; padding: 1px"><text>a</text><text>b</text></view>')
    assert css(program.shown.locator("view"), "display") == "block"
    tops = [text.bounding_box()["y"] for text in program.shown.locator("text").all()]
    assert tops[0] == tops[1]


def test_a_block_is_not_there(show: Any) -> None:
    program = show('<view><block a:if="{{true}}"><text>a</text></block></view>')
    assert program.shown.locator("view").inner_html() == "<text>a</text>"


def test_what_is_hidden_is_not_seen(show: Any) -> None:
    program = show(
        """<view id="a" hidden>a</view><view id="b" hidden="{{true}}" style="display: flex">b</view>
           <view id="c" hidden="{{false}}">c</view><view id="d" hidden="false">d</view>"""
    )
    seen = [program.shown.locator(f"#{name}").is_visible() for name in "abcd"]
    assert seen == [False, False, True, True]


def test_the_line_breaks_of_a_text_are_kept(show: Any) -> None:
    program = show(
        '<text style="display: block; line-height: 20px">{{lines}}</text>',
        script="Page({ data: { lines: 'a\\nb\\nc' } });",
    )
    assert size(program.shown.locator("text"))[1] == 60


def test_a_text_shows_no_more_lines_than_it_says(show: Any) -> None:
    program = show(f'<text number-of-lines="2" style="width: 100px; line-height: 20px">{"word " * 50}</text>')
    assert size(program.shown.locator("text"))[1] == 40


def test_only_a_selectable_text_can_be_selected(show: Any) -> None:
    program = show("<text>a</text><text selectable>b</text>")
    assert [css(it, "user-select") for it in program.shown.locator("text").all()] == ["none", "text"]


def test_no_tag_knows_what_the_browser_does_with_its_name(show: Any) -> None:
    program = show('<image src="wide.svg"/><view><text>after</text></view><icon type="success"/>')
    assert program.shown.evaluate("(it) => [...it.children].map(({ localName }) => localName)") == [
        *("image", "view", "icon")
    ]


# <button>.

BUTTONS = """
<button>plain one</button>
<button type="primary">primary</button>
<button type="warn">warn</button>
<button size="mini">mini</button>
<button disabled onTap="hear">disabled</button>
<button disabled="{{false}}" onTap="hear">enabled</button>
<button loading>loading</button>
"""


def test_buttons_look_like_what_they_are_for(show: Any) -> None:
    program = show(BUTTONS)
    button = program.shown.get_by_role("button", name="plain one")
    width = size(program.shown)[0]
    assert size(button) == (width, 47)
    colors = [
        css(program.shown.get_by_role("button", name=name, exact=True), "background-color")
        for name in ["plain one", "primary", "warn"]
    ]
    assert colors == ["rgb(255, 255, 255)", "rgb(22, 119, 255)", "rgb(255, 59, 48)"]
    mini = size(program.shown.get_by_role("button", name="mini"))
    assert mini[0] < width / 2
    assert mini[1] == 30
    expect(program.shown.get_by_role("button", name="loading")).to_have_attribute("aria-busy", "true")
    expect(program.shown.get_by_role("button", name="loading").locator("i")).to_be_visible()


def test_a_disabled_button_cannot_be_tapped(show: Any) -> None:
    program = show(BUTTONS)
    button = program.shown.get_by_role("button", name="disabled")
    expect(button).to_be_disabled()
    button.click(force=True)
    program.shown.get_by_role("button", name="enabled").click()
    assert len(program.noted) == 1


def test_a_button_is_no_submit_button_unless_it_says_so(show: Any) -> None:
    program = show(
        """<form onSubmit="hear"><button>a</button><button form-type="submit">b</button>
             <button formType="reset">c</button></form>"""
    )
    assert [it.get_attribute("type") for it in program.shown.get_by_role("button").all()] == [
        *("button", "submit", "reset")
    ]
    program.shown.get_by_role("button", name="a").click()
    assert program.noted == []
    program.shown.get_by_role("button", name="b").click()
    assert program.noted[0]["type"] == "submit"


def test_a_program_can_make_its_buttons_look_otherwise(show: Any) -> None:
    program = show(
        '<button type="primary" class="own">a</button>',
        files={"index.acss": "button { margin: 3px; } .own { background: #00ff00; height: 60px; }"},
    )
    button = program.shown.get_by_role("button")
    assert css(button, "background-color") == "rgb(0, 255, 0)"
    assert css(button, "margin-left") == "3px"
    assert size(button)[1] == 60


# <image>.


def test_a_picture_has_a_size_of_its_own(show: Any) -> None:
    program = show('<image src="wide.svg"/>')
    assert size(program.shown.locator("image")) == (300, 225)


@pytest.mark.parametrize(
    "src", ["wide.svg", "./wide.svg", "../../assets/wide.svg", "/assets/wide.svg", "assets/wide.svg"]
)
def test_a_picture_is_found_where_the_source_says(show: Any, src: str) -> None:
    program = show(f'<image src="{src}" onLoad="hear"/>')
    event = heard(program)
    assert event["type"] == "load"
    assert event["detail"] == {"width": 40, "height": 20}


def test_a_picture_may_be_data(show: Any) -> None:
    data = "data:image/svg+xml;base64," + base64.b64encode(WIDE.encode()).decode()
    program = show(f'<image src="{data}" onLoad="hear"/>')
    assert heard(program)["detail"] == {"width": 40, "height": 20}


def test_a_picture_that_may_be_late_is_loaded_when_it_is_scrolled_to(show: Any) -> None:
    program = show(
        """<view style="height: 20000px"/>
           <image id="late" src="wide.svg" lazy-load onLoad="hear"/><image src="other.svg" onLoad="hear"/>"""
    )
    assert heard(program)["detail"]["width"] == 60
    assert len(program.noted) == 1
    program.shown.locator("#late").scroll_into_view_if_needed()
    program.page.wait_for_function("getApp().noted.length > 1")
    assert program.noted[1]["detail"]["width"] == 40


def test_a_picture_that_is_not_there_is_an_error(show: Any) -> None:
    program = show('<image src="/gone.png" onError="hear" onLoad="hear"/>')
    event = heard(program)
    assert event["type"] == "error"
    assert "gone.png" in event["detail"]["errMsg"]


def test_a_picture_that_is_not_there_has_another_in_its_place(show: Any) -> None:
    program = show('<image src="/gone.png" default-source="other.svg"/>')
    img = program.shown.locator("image > img")
    program.page.wait_for_function("document.querySelector('image > img').naturalWidth === 60")
    expect(img).to_have_attribute("src", f"{program.url}/pages/index/other.svg")


def test_a_picture_changes_with_its_address(show: Any) -> None:
    program = show('<image src="{{src}}" onLoad="hear"/>', script=HEARS.replace("{}", "{ src: '/gone.png' }"))
    set_data(program, src="other.svg")
    assert heard(program)["detail"]["width"] == 60


def test_a_picture_without_anything_to_show_is_empty(show: Any) -> None:
    program = show('<image src="/gone.png" default-source="/gone-too.png" onError="hear"/>')
    heard(program)
    expect(program.shown.locator("img")).to_have_attribute("src", f"{program.url}/gone-too.png")
    assert len(program.noted) == 1


@pytest.mark.parametrize(
    ("mode", "measured"),
    [
        ("", "fill"),
        ("scaleToFill", "fill"),
        ("aspectFit", "contain"),
        ("aspectFill", "cover"),
        ("center", "none"),
        ("top left", "none"),
    ],
)
def test_a_mode_says_how_a_picture_fills_its_place(show: Any, mode: str, measured: str) -> None:
    program = show(f'<image src="wide.svg" mode="{mode}" style="width: 100px; height: 100px"/>')
    assert size(program.shown.locator("image")) == (100, 100)
    assert size(program.shown.locator("img")) == (100, 100)
    assert css(program.shown.locator("img"), "object-fit") == measured


@pytest.mark.parametrize(("mode", "measured"), [("widthFix", (100.0, 50.0)), ("heightFix", (200.0, 100.0))])
def test_a_picture_can_keep_its_shape(show: Any, mode: str, measured: tuple[float, float]) -> None:
    program = show(f'<image src="wide.svg" mode="{mode}" style="width: 100px; height: 100px" onLoad="hear"/>')
    heard(program)
    assert size(program.shown.locator("image")) == measured


def test_a_picture_over_others_has_the_size_that_it_is_given(show: Any) -> None:
    program = show(
        """<cover-view style="position: relative; height: 50px" onTap="hear">over
             <cover-image src="wide.svg" style="width: 30px; height: 10px"/>
           </cover-view>"""
    )
    assert size(program.shown.locator("cover-image")) == (30, 10)
    assert size(program.shown.locator("cover-image > img")) == (30, 10)
    program.shown.get_by_text("over").click()
    assert program.noted[0]["type"] == "tap"


# <icon>, <progress>.


def test_an_icon_is_as_large_as_it_says(show: Any) -> None:
    program = show('<icon type="success" size="45"/><icon type="clear" size="{{20}}" color="red"/><icon type="warn"/>')
    icons = program.shown.locator("icon")
    assert [size(icons.nth(i)) for i in range(3)] == [(45, 45), (20, 20), (23, 23)]
    expect(icons.nth(1).locator("path")).to_have_attribute("fill", "red")


ICONS = ["info", "warn", "waiting", "cancel", "download", "search", "clear", "success", "success_no_circle", "loading"]


def test_each_icon_has_a_drawing(show: Any) -> None:
    program = show("".join(f'<icon type="{name}"/>' for name in ICONS))
    drawings = [path.get_attribute("d") for path in program.shown.locator("icon path").all()]
    assert len(drawings) == len(ICONS) == len(set(drawings))
    assert all(drawings)


def test_a_progress_is_as_long_as_its_part(show: Any) -> None:
    program = show('<progress percent="{{percent}}" show-info/>', script="Page({ data: { percent: 30 } });")
    bar = program.shown.get_by_role("progressbar")
    expect(bar).to_have_js_property("value", 30)
    expect(program.shown).to_have_text("30%")
    set_data(program, percent=80)
    expect(bar).to_have_js_property("value", 80)
    expect(program.shown).to_have_text("80%")


def test_a_progress_has_the_colors_and_the_width_that_it_is_given(show: Any) -> None:
    program = show('<progress percent="50" activeColor="#ff0000" background-color="#00ff00" stroke-width="12"/>')
    bar = program.shown.get_by_role("progressbar")
    assert size(bar)[1] == 12
    assert css(bar, "--active") == "#ff0000"
    assert css(bar, "background-color") == "rgb(0, 255, 0)"


# <rich-text>.


def test_rich_text_draws_html(show: Any) -> None:
    html = "<h1 style='color: red'>Title</h1><p>a <b>bold</b> word<br>and &amp;</p>"
    program = show('<rich-text nodes="{{html}}"/>', script=f'Page({{ data: {{ html: "{html}" }} }});')
    expect(program.shown.get_by_role("heading")).to_have_css("color", "rgb(255, 0, 0)")
    expect(program.shown.locator("b")).to_have_text("bold")
    expect(program.shown.locator("p")).to_contain_text("and &")


def test_rich_text_draws_nodes(show: Any) -> None:
    nodes = """[{ name: "div", attrs: { class: "box", style: "width: 100rpx" }, children: [
      { type: "text", text: "5&nbsp;&lt;&nbsp;6" }, { name: "img", attrs: { src: "wide.svg", width: "20" } }] }]"""
    program = show('<rich-text nodes="{{nodes}}"/>', script=f"Page({{ data: {{ nodes: {nodes} }} }});")
    expect(program.shown.locator(".box")).to_have_text("5\u00a0<\u00a06")
    assert size(program.shown.locator(".box"))[0] == round(size(program.shown)[0] * 100 / 750, 1)
    assert size(program.shown.locator("img"))[0] == 20


@pytest.mark.parametrize(
    "nodes",
    [
        '\'<p onclick="run()">a</p><script>run()</script><img src=x onerror="run()"><iframe src="/"></iframe>\'',
        """[{ name: 'p', attrs: { onclick: 'run()' }, children: [{ type: 'text', text: 'a' }] },
            { name: 'script', children: [{ type: 'text', text: 'run()' }] },
            { name: 'img', attrs: { src: 'x', onerror: 'run()' } }, { name: 'iframe', attrs: { src: '/' } }]""",
    ],
)
def test_rich_text_runs_nothing(show: Any, nodes: str) -> None:
    program = show('<rich-text nodes="{{nodes}}"/>', script=f"Page({{ data: {{ nodes: {nodes} }} }});")
    expect(program.shown.locator("p")).to_have_text("a")
    assert program.shown.locator("script, iframe, [onclick], [onerror]").count() == 0
    assert program.shown.locator("rich-text").inner_text() == "a"


def test_rich_text_has_no_address_that_runs(show: Any) -> None:
    program = show("""<rich-text nodes="<a href='javascript:run()'>a</a><img src='javascript:run()'>"/>""")
    expect(program.shown.locator("a")).to_have_text("a")
    assert program.shown.locator("[href]").count() == 0


def test_a_tap_on_rich_text_is_heard_around_it(show: Any) -> None:
    program = show("""<view id="around" onTap="hear"><rich-text id="rich" nodes="<b>press</b>"/></view>""")
    program.shown.get_by_text("press").click()
    assert program.noted[0]["target"]["id"] == "rich"


# <label>.


@pytest.mark.parametrize(
    "axml",
    [
        '<label><checkbox onChange="hear"/><text>press</text></label>',
        '<label for="it"><text>press</text></label><checkbox id="it" onChange="hear"/>',
    ],
)
def test_a_label_is_for_its_control(show: Any, axml: str) -> None:
    program = show(axml)
    program.shown.get_by_text("press").click()
    expect(program.shown.get_by_label("press")).to_be_checked()
    assert program.noted[0]["detail"] == {"value": True}


# <navigator>.

PAGES = {
    "app.json": {
        "pages": ["pages/index/index", "pages/next/next", "pages/tab/tab"],
        "tabBar": {"items": [{"pagePath": f"pages/{name}/{name}", "name": name} for name in ("index", "tab")]},
    },
    "pages/next/next.axml": '<view>next</view><navigator open-type="navigateBack">back</navigator>',
    "pages/tab/tab.axml": "<view>tab</view>",
}


@pytest.mark.parametrize(
    ("attributes", "stack"),
    [
        ('url="/pages/next/next?a=1"', ["/pages/index/index", "/pages/next/next?a=1"]),
        ('url="../next/next" open-type="navigate"', ["/pages/index/index", "/pages/next/next"]),
        ('url="/pages/next/next" open-type="reLaunch"', ["/pages/next/next"]),
        ('url="/pages/next/next" openType="redirect"', ["/pages/next/next"]),
        ('url="/pages/tab/tab" open-type="switchTab"', ["/pages/tab/tab"]),
    ],
)
def test_a_navigator_leads_to_a_page(show: Any, attributes: str, stack: list[str]) -> None:
    program = show(f"<navigator {attributes}>go</navigator>", files=PAGES)
    program.shown.get_by_role("link", name="go").click()
    expect(program.shown).to_contain_text("next" if "next" in attributes else "tab")
    assert program.stack == stack


def test_a_navigator_leads_back(show: Any) -> None:
    program = show('<navigator url="/pages/next/next">go</navigator>', files=PAGES)
    program.shown.get_by_role("link", name="go").press("Enter")
    program.shown.get_by_text("back", exact=True).click()
    expect(program.shown).to_contain_text("go")
    assert program.stack == ["/pages/index/index"]


# What shows nothing.


@pytest.mark.parametrize("tag", ["lifestyle", "contact-button", "page-meta"])
def test_what_belongs_to_the_wallet_alone_takes_no_room(show: Any, tag: str) -> None:
    program = show(f'<view><{tag} public-id="1" tnt-inst-id="2"/></view>')
    expect(program.shown.locator(tag)).to_be_hidden()
    assert size(program.shown.locator("view"))[1] == 0


# The attribute `animation`.

MOVES = """Page({ data: { animation: [] }, move() {
  const animation = my.createAnimation({ duration: 1, timeFunction: "linear" });
  animation.translate(30, 40).opacity(0.5).step();
  animation.width("200px").step();
  this.setData({ animation: animation.export() });
} });"""


def test_an_animation_moves_an_element(show: Any) -> None:
    program = show(
        '<view class="box" animation="{{animation}}" onTap="move">box</view>',
        script=MOVES,
        files={"index.acss": ".box { width: 100px; height: 20px; }"},
    )
    box = program.shown.locator(".box")
    before = box.bounding_box()
    box.click()
    expect(box).to_have_css("width", "200px")
    after = box.bounding_box()
    assert (after["x"] - before["x"], after["y"] - before["y"]) == (30, 40)
    expect(box).to_have_css("opacity", "0.5")


def test_the_end_of_an_animation_is_heard(show: Any) -> None:
    script = MOVES.replace("move() {", "hear(event) { getApp().note(event); }, move() {")
    program = show('<view animation="{{animation}}" onTransitionEnd="hear" onTap="move">box</view>', script=script)
    program.shown.get_by_text("box").click()
    assert heard(program)["type"] == "transitionEnd"


def test_attributes_for_all_tags_reach_the_element(show: Any) -> None:
    program = show(
        '<view id="it" class="a {{\'b\'}}" style="color: red" role="note" aria-label="Note" data-some-thing="{{7}}"/>'
    )
    note = program.shown.get_by_role("note", name="Note")
    expect(note).to_have_id("it")
    expect(note).to_have_class("a b")
    expect(note).to_have_css("color", "rgb(255, 0, 0)")
    expect(note).to_have_attribute("data-some-thing", "7")
