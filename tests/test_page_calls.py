"""What a mini program changes about its page: title, colors, the sign of loading, the place it is scrolled to."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.conftest import Opened, OpenPage

INVALID = {"error": 2, "errorMessage": "Invalid parameters"}

LONG = """<!doctype html>
<html>
  <head><link rel="icon" href="data:,"><title>Long</title><style>html { scroll-behavior: smooth }</style></head>
  <body style="margin: 0"><p id="low" style="margin: 2000px 0">Down here</p><input aria-label="Name"></body>
</html>"""

THEMED = "<!doctype html><title>T</title><meta name='theme-color' content='#123456'>"


def color(opened: Opened) -> Any:
    payload = opened.success(api="getTitleColor")
    assert list(payload) == ["color"]
    return payload["color"]


def scrolled(opened: Opened) -> int:
    place: float = opened.page.evaluate("scrollY")
    return round(place)


# The navigation bar.


def test_the_title_of_the_bar_is_that_of_the_page(open_page: OpenPage) -> None:
    opened = open_page()
    assert opened.success({"title": "Your order"}, "setNavigationBar") == {}
    expect(opened.page).to_have_title("Your order")
    opened.success({"backgroundColor": "#000000"}, "setNavigationBar")
    expect(opened.page).to_have_title("Your order")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("#ff6600", "#FF6600FF"),
        ("#f60", "#FF6600FF"),
        ("rgba(0, 128, 255, 0.5)", "#0080FF80"),
        (0x00FF00, "#00FF00FF"),
        ("no color", "#FFFFFFFF"),
    ],
)
def test_the_color_of_the_bar_is_told_in_eight_digits(open_page: OpenPage, given: Any, told: str) -> None:
    opened = open_page()
    assert color(opened) == "#FFFFFFFF"
    opened.success({"backgroundColor": given}, "setNavigationBar")
    assert color(opened) == told


def test_the_color_of_the_bar_goes_before_the_pages_own_until_it_is_reset(open_page: OpenPage) -> None:
    opened = open_page(html=THEMED)
    first = "document.querySelector('meta[name=theme-color]').content"
    assert color(opened) == "#123456FF"
    opened.success({"backgroundColor": "#abcdef", "borderBottomColor": "#000000"}, "setNavigationBar")
    assert (color(opened), opened.page.evaluate(first)) == ("#ABCDEFFF", "#abcdef")
    opened.success({"reset": True, "title": "Plain"}, "setNavigationBar")
    assert (color(opened), opened.page.evaluate(first)) == ("#123456FF", "#123456")
    expect(opened.page).to_have_title("Plain")


def test_a_line_shows_that_something_is_loaded_and_is_in_nobodys_way(open_page: OpenPage) -> None:
    html = "<!doctype html><title>T</title><button style='position: fixed; inset: 0 auto auto 0'>Menu</button>"
    opened = open_page(html=html)
    line = opened.page.get_by_role("progressbar", name="Loading")
    for _ in range(2):
        assert opened.success(api="showNavigationBarLoading") == {}
    expect(line).to_have_count(1)
    box = line.bounding_box()
    assert box == {"x": 0, "y": 0, "width": opened.page.evaluate("innerWidth"), "height": 3}
    opened.page.get_by_role("button", name="Menu").click(position={"x": 10, "y": 1})
    for _ in range(2):
        assert opened.success(api="hideNavigationBarLoading") == {}
    expect(line).to_have_count(0)


def test_the_line_stands_still_where_the_user_wants_no_motion(open_page: OpenPage) -> None:
    opened = open_page()
    opened.page.emulate_media(reduced_motion="reduce")
    opened.success(api="showNavigationBarLoading")
    line = opened.page.get_by_role("progressbar", name="Loading")
    moving = "(line) => line.getAnimations({ subtree: true }).length"
    assert line.evaluate(moving) == 0
    opened.page.emulate_media(reduced_motion="no-preference")
    assert line.evaluate(moving) == 1
    opened.page.emulate_media(reduced_motion="null")


# The page.


def test_the_color_behind_the_page_changes(open_page: OpenPage) -> None:
    opened = open_page()
    assert opened.success({"backgroundColor": "#ffe4c4", "backgroundColorTop": "#000"}, "setBackgroundColor") == {}
    expect(opened.page.locator("html")).to_have_css("background-color", "rgb(255, 228, 196)")
    opened.success({"backgroundColorTop": "#000"}, "setBackgroundColor")
    expect(opened.page.locator("html")).to_have_css("background-color", "rgb(255, 228, 196)")


def test_the_sign_above_the_page_is_dark_or_light(open_page: OpenPage) -> None:
    opened = open_page()
    for style in ("dark", "light"):
        assert opened.success({"textStyle": style}, "setBackgroundTextStyle") == {}
    assert opened.fail({"textStyle": "blue"}, "setBackgroundTextStyle") == INVALID


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"scrollTop": 700}, 700),
        ({"scrollTop": 700, "selector": "#low"}, 700),
        ({"scrollTop": 300.4, "duration": 60}, 300),
        ({"scrollTo": 500}, 500),
        ({"selector": "#low"}, 2000),
        ({"selector": "#low", "offsetTop": -100}, 1900),
    ],
)
def test_the_page_has_arrived_where_it_is_scrolled_to(open_page: OpenPage, options: dict[str, Any], place: int) -> None:
    opened = open_page(html=LONG)
    assert opened.success(options, "pageScrollTo") == {}
    assert scrolled(opened) == place


def test_the_place_of_an_element_is_right_from_anywhere(open_page: OpenPage) -> None:
    opened = open_page(html=LONG)
    opened.success({"scrollTop": 2500}, "pageScrollTo")
    opened.success({"selector": "#low"}, "pageScrollTo")
    assert scrolled(opened) == 2000
    opened.success({"scrollTop": 0}, "pageScrollTo")
    assert scrolled(opened) == 0


def test_with_a_duration_the_page_is_seen_on_its_way(open_page: OpenPage) -> None:
    opened = open_page(html=LONG)
    opened.page.evaluate("window.seen = []; addEventListener('scroll', () => seen.push(scrollY))")
    opened.success({"scrollTop": 1000, "duration": 300}, "pageScrollTo")
    assert any(0 < place < 1000 for place in opened.page.evaluate("seen"))


def test_a_later_call_leads_elsewhere_at_once(open_page: OpenPage) -> None:
    opened = open_page(html=LONG)
    opened.page.evaluate(
        """() => Promise.all([
          my.pageScrollTo({ scrollTop: 1500, duration: 60000 }),
          my.pageScrollTo({ scrollTop: 100 }),
        ])"""
    )
    assert scrolled(opened) == 100


def test_scrolling_needs_a_place(open_page: OpenPage) -> None:
    opened = open_page(html=LONG)
    failure = {"error": 1, "errorMessage": "Neither scrollTop nor selector is given"}
    assert opened.fail({"duration": 10}, "pageScrollTo") == failure


@pytest.mark.parametrize("options", [{"scrollTop": "far"}, {"selector": ":::"}])
def test_a_place_must_be_one(open_page: OpenPage, options: dict[str, Any]) -> None:
    assert open_page(html=LONG).fail(options, "pageScrollTo") == INVALID


def test_an_element_that_is_not_there_is_named_on_the_console(open_page: OpenPage) -> None:
    opened = open_page(html=LONG)
    assert opened.fail({"selector": "#none"}, "pageScrollTo") == {"error": 3, "errorMessage": "Unknown error"}
    assert opened.console == ["[bridge] my.pageScrollTo: no element is #none"]


def test_the_keyboard_goes_when_the_field_loses_the_focus(open_page: OpenPage) -> None:
    opened = open_page(html=LONG)
    field = opened.page.get_by_label("Name")
    field.focus()
    assert opened.success(api="hideKeyboard") == {}
    expect(field).not_to_be_focused()
    assert opened.success(api="hideKeyboard") == {}


FIELDS = """<!doctype html><title>T</title><link rel="icon" href="data:,">
<textarea></textarea><div contenteditable>Text</div><x-field></x-field>
<button>Mine</button><input type="checkbox"><input type="submit"><select></select><a href="#">Link</a>
<script>document.querySelector("x-field").attachShadow({ mode: "open" }).innerHTML = "<input type=search>"</script>"""


@pytest.mark.parametrize("selector", ["textarea", "[contenteditable]", "[type=search]"])
def test_every_field_with_a_keyboard_loses_the_focus(open_page: OpenPage, selector: str) -> None:
    opened = open_page(html=FIELDS)
    field = opened.page.locator(selector)
    field.focus()
    expect(field).to_be_focused()
    assert opened.success(api="hideKeyboard") == {}
    expect(field).not_to_be_focused()


@pytest.mark.parametrize("selector", ["button", "[type=checkbox]", "[type=submit]", "select", "a"])
def test_what_has_no_keyboard_keeps_the_focus(open_page: OpenPage, selector: str) -> None:
    opened = open_page(html=FIELDS)
    opened.page.locator(selector).focus()
    assert opened.success(api="hideKeyboard") == {}
    expect(opened.page.locator(selector)).to_be_focused()


# What a web page does not have, a tab bar, a page to be pulled down, the wallet's menu: asking for it does no harm.

ABSENT: dict[str, dict[str, Any]] = {
    "hideBackHome": {},
    "showTabBar": {"animation": True},
    "hideTabBar": {},
    "setTabBarStyle": {"color": "#000", "selectedColor": "#111", "backgroundColor": "#fff", "borderStyle": "black"},
    "setTabBarItem": {"index": 0, "text": "Home"},
    "setTabBarBadge": {"index": 0, "text": "9"},
    "removeTabBarBadge": {"index": 0},
    "showTabBarRedDot": {"index": 0},
    "hideTabBarRedDot": {"index": 0},
    "startPullDownRefresh": {},
    "stopPullDownRefresh": {},
    "setCanPullDown": {"canPullDown": False},
    "hideShareMenu": {},
}


@pytest.mark.parametrize("api", ABSENT)
def test_what_only_native_programs_have_is_answered_on_a_web_page_too(open_page: OpenPage, api: str) -> None:
    assert open_page().success(ABSENT[api], api) == {}
