"""What is around the pages: title bar, tab bar, the phone in a wide window; how pages are scrolled and pulled down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

from tests.conftest import OpenProgram
from tests.finger import swipe
from tests.programs import Program
from tests.test_sheet_looks import CONTRASTS, axe

NOTING = "App({ noted: [], note(...args) { this.noted.push(args.length > 1 ? args : args[0]); } });"

SQUARE = "<svg xmlns='http://www.w3.org/2000/svg' width='24' height='24'><rect width='24' height='24'/></svg>"

LIST = {"pages/list/list.axml": "<view>list</view>", "pages/list/list.json": {"defaultTitle": "List"}}

TABS: dict[str, Any] = {
    "app.js": NOTING,
    "app.json": {
        "pages": ["pages/index/index", "pages/me/me", "pages/list/list"],
        "window": {"defaultTitle": "Shop"},
        "tabBar": {
            "textColor": "#555555",
            "selectedColor": "#aa0000",
            "backgroundColor": "#fffdf0",
            "items": [
                {"pagePath": "pages/index/index", "name": "Home", "icon": "icons/a.svg", "activeIcon": "icons/a1.svg"},
                {"pagePath": "pages/me/me", "name": "Me", "icon": "icons/b.svg", "activeIcon": "icons/b1.svg"},
            ],
        },
    },
    "pages/me/me.axml": "<view>me</view>",
    **LIST,
    **{f"icons/{name}.svg": SQUARE for name in ("a", "a1", "b", "b1", "c")},
}

LONG: dict[str, Any] = {
    "app.js": NOTING,
    "index.axml": "<view id='a' style='height: 1000px'>a</view><view id='b' style='height: 2000px'>b</view>",
    "index.js": """Page({
      onPageScroll(event) { getApp().scrolled = event; },
      onReachBottom() { getApp().note("bottom"); },
      onPullDownRefresh() { getApp().note("pulled"); },
    });""",
    **LIST,
}


@pytest.fixture(autouse=True)
def window(shared_page: Page) -> Iterator[None]:
    """A wide window without motion, whatever other tests have left, and what these leave."""
    shared_page.set_viewport_size({"width": 1280, "height": 720})
    shared_page.emulate_media(reduced_motion="reduce")
    yield
    shared_page.set_viewport_size({"width": 1280, "height": 720})
    shared_page.emulate_media(color_scheme="null", reduced_motion="null", forced_colors="null")


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A tab of a phone."""
    context = browser.new_context(has_touch=True, viewport={"width": 375, "height": 700})
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def title_bar(program: Program) -> Locator:
    return program.page.get_by_role("banner")


def tab_bar(program: Program) -> Locator:
    return program.page.get_by_role("navigation", name="Tabs")


def backdrop(program: Program) -> Locator:
    return program.page.locator(".backdrop")


def area(program: Program) -> Locator:
    """The place of the page that is shown."""
    return program.page.locator("mini-view:visible")


def box(locator: Locator) -> FloatRect:
    found = locator.bounding_box()
    assert found is not None
    return found


def css(locator: Locator, name: str) -> str:
    value: str = locator.evaluate("(it, name) => getComputedStyle(it).getPropertyValue(name)", name)
    return value


def scroll_top(program: Program) -> float:
    top: float = area(program).locator(".scroller").evaluate("it => it.scrollTop")
    return top


def go(program: Program, url: str) -> None:
    program.success({"url": url}, "navigateTo")
    program.rest()


# The title.


def test_the_title_is_that_of_the_app_s_window(open_program: OpenProgram) -> None:
    program = open_program({"app.json": {"pages": ["pages/index/index"], "window": {"defaultTitle": "Shop"}}})
    expect(title_bar(program)).to_have_text("Shop")
    expect(program.page).to_have_title("Shop")


def test_a_page_s_own_title_comes_before_it_and_goes_with_the_page(open_program: OpenProgram) -> None:
    program = open_program(TABS)
    go(program, "/pages/list/list")
    expect(title_bar(program)).to_have_text("List")
    expect(program.page).to_have_title("List")
    program.success({}, "navigateBack")
    expect(title_bar(program)).to_have_text("Shop")
    expect(program.page).to_have_title("Shop")


def test_setnavigationbar_changes_the_title_of_its_page_alone(open_program: OpenProgram) -> None:
    program = open_program(TABS)
    program.success({"title": "Today"}, "setNavigationBar")
    expect(title_bar(program)).to_have_text("Today")
    go(program, "/pages/list/list")
    expect(title_bar(program)).to_have_text("List")
    program.success({}, "navigateBack")
    expect(title_bar(program)).to_have_text("Today")
    expect(program.page).to_have_title("Today")


def test_a_title_that_is_set_when_the_page_loads_is_there_at_once(open_program: OpenProgram) -> None:
    program = open_program({"index.js": "Page({ onLoad() { my.setNavigationBar({ title: 'Loaded' }); } });"})
    expect(title_bar(program)).to_have_text("Loaded")


def test_a_long_title_is_cut_and_leaves_the_buttons_their_place(open_program: OpenProgram) -> None:
    program = open_program(LONG)
    go(program, "/pages/list/list")
    program.success({"title": "A title that is far too long for the bar of any phone"}, "setNavigationBar")
    title, back = box(title_bar(program).get_by_text("A title")), box(title_bar(program).get_by_role("button"))
    assert title["x"] >= back["x"] + back["width"]
    assert title["height"] < 44


def test_a_picture_takes_the_place_of_the_title_until_there_is_another(open_program: OpenProgram) -> None:
    program = open_program(TABS)
    program.success({"image": "/icons/c.svg"}, "setNavigationBar")
    picture = title_bar(program).get_by_role("img", name="Shop")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("naturalWidth", 24)
    program.success({"title": "Today"}, "setNavigationBar")
    expect(picture).to_be_hidden()
    expect(title_bar(program)).to_have_text("Today")


def test_a_picture_can_be_configured(open_program: OpenProgram) -> None:
    program = open_program({**TABS, "index.json": {"titleImage": "/icons/c.svg"}})
    expect(title_bar(program).get_by_role("img", name="Shop")).to_have_js_property("naturalWidth", 24)


# Its colours.


def test_the_bar_has_the_color_of_the_configuration(open_program: OpenProgram) -> None:
    program = open_program({"index.json": {"titleBarColor": "#102030"}})
    expect(backdrop(program)).to_have_css("background-color", "rgb(16, 32, 48)")


def test_setnavigationbar_changes_colors_and_takes_them_back(open_program: OpenProgram) -> None:
    program = open_program({"index.json": {"titleBarColor": "#102030"}})
    colors = {"backgroundColor": "#ffeeaa", "borderBottomColor": "#00ff00"}
    program.success(colors, "setNavigationBar")
    expect(backdrop(program)).to_have_css("background-color", "rgb(255, 238, 170)")
    expect(backdrop(program)).to_have_css("border-bottom-color", "rgb(0, 255, 0)")
    program.success({"reset": True}, "setNavigationBar")
    expect(backdrop(program)).to_have_css("background-color", "rgb(16, 32, 48)")


def test_gettitlecolor_tells_the_color(open_program: OpenProgram) -> None:
    program = open_program({"index.json": {"titleBarColor": "#10aaBB"}}, profile="alipay-cn")
    assert program.success({}, "getTitleColor") == {"color": "#10AABBFF"}


@pytest.mark.parametrize("color", ["#ffffff", "#ffd400", "#ff6010", "#e1251b", "#1677ff", "#108ee9", "#00a64f", "#222"])
def test_the_title_can_be_read_on_every_color(open_program: OpenProgram, color: str) -> None:
    program = open_program({"index.json": {"titleBarColor": color, "defaultTitle": "Shop"}})
    ((text, contrast),) = title_bar(program).evaluate(
        f"""(bar) => {{
          bar.style.backgroundColor = getComputedStyle(bar.querySelector(".backdrop")).backgroundColor;
          return ({CONTRASTS})(bar);
        }}"""
    )
    assert text == "Shop"
    # Large and bold.
    assert contrast >= 3


def test_the_title_has_the_color_that_is_asked_for(open_program: OpenProgram) -> None:
    program = open_program({"index.json": {"titleBarColor": "#ffd400"}}, profile="alipay-cn")
    program.success({"title": "Shop", "frontColor": "#ffffff"}, "setNavigationBar")
    expect(title_bar(program).get_by_text("Shop")).to_have_css("color", "rgb(255, 255, 255)")


# What is in it.


def test_it_shows_that_something_is_loaded(open_program: OpenProgram) -> None:
    program = open_program({})
    sign = title_bar(program).get_by_role("progressbar", name="Loading")
    expect(sign).to_be_hidden()
    program.success({}, "showNavigationBarLoading")
    expect(sign).to_be_visible()
    program.success({}, "hideNavigationBarLoading")
    expect(sign).to_be_hidden()


def test_a_page_can_have_a_button_of_its_own_in_the_bar_and_hears_of_it(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "app.js": NOTING,
            "index.json": {"optionMenu": {"icon": "option.svg"}},
            "index.js": "Page({ events: { onOptionMenuClick() { getApp().note('option'); } } });",
            "option.svg": SQUARE,
            **LIST,
        }
    )
    option = title_bar(program).get_by_role("button", name="Option")
    option.click()
    assert program.noted == ["option"]
    assert option.locator("img").evaluate("it => it.decode().then(() => it.naturalWidth)") == 24
    go(program, "/pages/list/list")
    expect(option).to_be_hidden()


def test_the_back_button_leads_back_and_the_first_page_has_none(open_program: OpenProgram) -> None:
    program = open_program(LONG)
    back = title_bar(program).get_by_role("button", name="Back")
    expect(back).to_be_hidden()
    go(program, "/pages/list/list")
    back.click()
    expect(back).to_be_hidden()
    assert program.stack == ["/pages/index/index"]


def test_the_back_button_is_reached_and_pressed_with_the_keyboard(open_program: OpenProgram) -> None:
    program = open_program(LONG)
    go(program, "/pages/list/list")
    program.page.keyboard.press("Tab")
    expect(title_bar(program).get_by_role("button", name="Back")).to_be_focused()
    program.page.keyboard.press("Enter")
    expect(program.shown.locator("#a")).to_be_visible()


def test_from_a_page_that_is_opened_by_its_address_a_button_leads_to_the_first_one(open_program: OpenProgram) -> None:
    program = open_program(LONG, at="/pages/list/list")
    home = title_bar(program).get_by_role("button", name="Home")
    home.click()
    expect(home).to_be_hidden()
    assert program.stack == ["/pages/index/index"]


def test_that_button_can_be_hidden(open_program: OpenProgram) -> None:
    program = open_program(LONG, at="/pages/list/list")
    home = title_bar(program).get_by_role("button", name="Home")
    expect(home).to_be_visible()
    program.success({}, "hideBackHome")
    expect(home).to_be_hidden()


def test_a_page_of_a_tab_has_neither(open_program: OpenProgram) -> None:
    program = open_program(TABS, at="/pages/me/me")
    expect(program.shown).to_have_text("me")
    expect(title_bar(program).get_by_role("button")).to_have_count(0)


# A bar that the page begins behind.


def test_a_page_begins_behind_a_transparent_bar(open_program: OpenProgram) -> None:
    program = open_program({**LONG, "index.json": {"transparentTitle": "always"}})
    assert box(area(program))["y"] == box(title_bar(program))["y"]
    expect(backdrop(program)).to_have_css("opacity", "0")
    program.page.evaluate("my.pageScrollTo({ scrollTop: 500, duration: 0 })")
    program.page.wait_for_function("getApp().scrolled?.scrollTop === 500")
    expect(backdrop(program)).to_have_css("opacity", "0")


def test_a_bar_may_become_opaque_when_the_page_is_scrolled(open_program: OpenProgram) -> None:
    program = open_program({**LONG, "index.json": {"transparentTitle": "auto"}})
    expect(backdrop(program)).to_have_css("opacity", "0")
    program.page.evaluate("my.pageScrollTo({ scrollTop: 500, duration: 0 })")
    expect(backdrop(program)).to_have_css("opacity", "1")
    program.page.evaluate("my.pageScrollTo({ scrollTop: 0, duration: 0 })")
    expect(backdrop(program)).to_have_css("opacity", "0")


@pytest.mark.parametrize(("penetrate", "heard"), [("YES", ["page"]), ("NO", [])])
def test_what_is_pressed_in_a_transparent_bar_may_be_pressed_in_the_page(
    open_program: OpenProgram, penetrate: str, heard: list[str]
) -> None:
    program = open_program(
        {
            "app.js": NOTING,
            "index.json": {"transparentTitle": "always", "titlePenetrate": penetrate},
            "index.axml": "<view onTap='tap' style='height: 300px'>page</view>",
            "index.js": "Page({ tap() { getApp().note('page'); } });",
        }
    )
    at = box(title_bar(program))
    program.page.mouse.click(at["x"] + 100, at["y"] + 20)
    assert program.noted == heard


def test_the_bar_is_above_the_next_page_again(open_program: OpenProgram) -> None:
    program = open_program({**LONG, "index.json": {"transparentTitle": "always"}})
    go(program, "/pages/list/list")
    assert box(area(program))["y"] == box(title_bar(program))["y"] + 44


# The tab bar.


def test_the_tabs_are_buttons_with_the_names_of_the_configuration(open_program: OpenProgram) -> None:
    program = open_program(TABS)
    expect(tab_bar(program).get_by_role("button")).to_have_text(["Home", "Me"])


def test_the_tab_of_the_page_that_is_shown_is_the_current_one(open_program: OpenProgram) -> None:
    program = open_program(TABS)
    home, me = tab_bar(program).get_by_role("button").all()
    expect(home).to_have_attribute("aria-current", "page")
    me.click()
    expect(program.shown).to_have_text("me")
    expect(me).to_have_attribute("aria-current", "page")
    expect(home).not_to_have_attribute("aria-current", "page")


def test_the_tabs_have_the_colors_of_the_configuration(open_program: OpenProgram) -> None:
    program = open_program(TABS)
    expect(tab_bar(program)).to_have_css("background-color", "rgb(255, 253, 240)")
    expect(tab_bar(program).get_by_text("Home")).to_have_css("color", "rgb(170, 0, 0)")
    expect(tab_bar(program).get_by_text("Me", exact=True)).to_have_css("color", "rgb(85, 85, 85)")


def test_the_tabs_have_icons_and_the_current_one_another(open_program: OpenProgram) -> None:
    program = open_program(TABS)
    pictures = tab_bar(program).locator("img")
    base = program.url
    assert pictures.evaluate_all("all => all.map((it) => it.src)") == [f"{base}/icons/a1.svg", f"{base}/icons/b.svg"]
    tab_bar(program).get_by_role("button", name="Me", exact=True).click()
    expect(pictures.nth(1)).to_have_attribute("src", f"{base}/icons/b1.svg")
    expect(pictures.nth(1)).to_have_js_property("naturalWidth", 24)


def test_pages_of_no_tab_have_no_tab_bar_and_all_the_room(open_program: OpenProgram) -> None:
    program = open_program(TABS)
    before = box(area(program))["height"]
    go(program, "/pages/list/list")
    expect(tab_bar(program)).to_be_hidden()
    assert box(area(program))["height"] == before + 50


def test_the_tab_bar_can_be_hidden_and_shown(open_program: OpenProgram) -> None:
    program = open_program(TABS, profile="alipay-cn")
    program.success({"animation": True}, "hideTabBar")
    expect(tab_bar(program)).to_be_hidden()
    program.success({}, "showTabBar")
    expect(tab_bar(program)).to_be_visible()


def test_a_program_that_draws_its_own_tab_bar_has_none(open_program: OpenProgram) -> None:
    app = {**TABS["app.json"], "tabBar": {**TABS["app.json"]["tabBar"], "customize": True}}
    program = open_program({**TABS, "app.json": app})
    expect(tab_bar(program)).to_be_hidden()
    program.success({"url": "/pages/me/me"}, "switchTab")
    expect(program.shown).to_have_text("me")


def test_a_tab_gets_a_badge_and_loses_it(open_program: OpenProgram) -> None:
    program = open_program(TABS)
    me = tab_bar(program).get_by_role("button").nth(1)
    program.success({"index": 1, "text": "12"}, "setTabBarBadge")
    expect(me).to_have_accessible_name("12 Me")
    badge = box(me.get_by_text("12"))
    assert badge["y"] >= box(tab_bar(program))["y"]
    program.success({"index": 1}, "removeTabBarBadge")
    expect(me).to_have_accessible_name("Me")


def test_a_tab_gets_a_red_dot_and_loses_it(open_program: OpenProgram) -> None:
    program = open_program(TABS)
    me = tab_bar(program).get_by_role("button").nth(1)
    program.success({"index": 1}, "showTabBarRedDot")
    dot = me.get_by_title("New")
    expect(dot).to_have_css("background-color", "rgb(217, 45, 32)")
    assert box(dot)["width"] == box(dot)["height"] == 8
    program.success({"index": 1}, "hideTabBarRedDot")
    expect(dot).to_have_count(0)


def test_a_tab_can_be_changed(open_program: OpenProgram) -> None:
    program = open_program(TABS)
    changes = {"index": 0, "text": "Start", "iconPath": "/icons/c.svg", "selectedIconPath": "/icons/c.svg"}
    program.success(changes, "setTabBarItem")
    start = tab_bar(program).get_by_role("button", name="Start")
    expect(start.locator("img")).to_have_attribute("src", f"{program.url}/icons/c.svg")


def test_the_colors_of_the_tabs_can_be_changed(open_program: OpenProgram) -> None:
    program = open_program(TABS)
    colors = {"color": "#000001", "selectedColor": "#000002", "backgroundColor": "#fffff3", "borderStyle": "white"}
    program.success(colors, "setTabBarStyle")
    expect(tab_bar(program).get_by_text("Home")).to_have_css("color", "rgb(0, 0, 2)")
    expect(tab_bar(program).get_by_text("Me", exact=True)).to_have_css("color", "rgb(0, 0, 1)")
    expect(tab_bar(program)).to_have_css("background-color", "rgb(255, 255, 243)")


def test_a_tab_that_is_not_there_cannot_be_changed(open_program: OpenProgram) -> None:
    program = open_program(TABS)
    assert program.fail({"index": 2, "text": "1"}, "setTabBarBadge")["error"] == 2


# The phone.


def test_in_a_wide_window_there_is_a_phone_in_the_middle(open_program: OpenProgram) -> None:
    program = open_program({})
    found = box(program.page.locator(".device"))
    assert (found["width"], found["height"]) == (375, 672)
    assert (found["x"], found["y"]) == ((1280 - 375) / 2, 24)


def test_a_window_of_a_phone_is_filled(open_program: OpenProgram, shared_page: Page) -> None:
    shared_page.set_viewport_size({"width": 375, "height": 700})
    program = open_program({})
    assert box(program.page.locator(".device")) == {"x": 0, "y": 0, "width": 375, "height": 700}


def test_a_wide_window_is_filled_with_bare_in_the_address(open_program: OpenProgram) -> None:
    program = open_program({}, query="?bare")
    assert box(program.page.locator(".device")) == {"x": 0, "y": 0, "width": 1280, "height": 720}


def test_bare_stays_in_the_address_on_all_pages(open_program: OpenProgram) -> None:
    program = open_program(LONG, query="?bare")
    go(program, "/pages/list/list")
    assert program.page.url == f"{program.url}/?bare#/pages/list/list"


def test_the_window_itself_is_never_scrolled(open_program: OpenProgram, shared_page: Page) -> None:
    program = open_program(LONG)
    for width, height in [(1280, 720), (375, 400), (1280, 200)]:
        shared_page.set_viewport_size({"width": width, "height": height})
        spilt = (
            "[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]"
        )
        assert program.page.evaluate(spilt) == [0, 0]


# Lengths.


def test_lengths_are_those_of_the_page_s_area(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "index.axml": "<view id='a' class='a'></view><view id='b' style='width: 75rpx; height: 10vh'></view>",
            "index.acss": ".a { width: 100vw; height: 100vh; }",
        }
    )
    whole, place = box(program.shown.locator("#a")), box(area(program))
    assert (whole["width"], whole["height"]) == (375, place["height"]) == (375, 672 - 44)
    part = box(program.shown.locator("#b"))
    assert part["width"] == 37.5
    assert part["height"] == pytest.approx(62.8, abs=0.1)


def test_what_is_fixed_stays_at_the_edge_of_the_page_s_area(open_program: OpenProgram) -> None:
    program = open_program(
        {
            **TABS,
            "index.axml": "<view style='height: 3000px'>long</view><view id='fixed' class='fixed'>pay</view>",
            "index.acss": ".fixed { position: fixed; left: 0; right: 0; bottom: 0; height: 40px; }",
        }
    )
    program.page.evaluate("my.pageScrollTo({ scrollTop: 700, duration: 0 })")
    fixed, place = box(program.shown.locator("#fixed")), box(area(program))
    assert (fixed["x"], fixed["width"]) == (place["x"], 375)
    assert fixed["y"] + 40 == place["y"] + place["height"] == box(tab_bar(program))["y"]


# The page's background.


def test_the_background_is_that_of_the_window_and_a_page_has_its_own(open_program: OpenProgram) -> None:
    app = {
        "pages": ["pages/index/index", "pages/list/list"],
        "window": {"backgroundColor": "#f5f5f9"},
    }
    program = open_program({**LIST, "app.json": app, "pages/list/list.json": {"backgroundColor": "#ffe0e0"}})
    expect(area(program).locator(".scroller")).to_have_css("background-color", "rgb(245, 245, 249)")
    go(program, "/pages/list/list")
    expect(area(program).locator(".scroller")).to_have_css("background-color", "rgb(255, 224, 224)")


def test_the_background_of_a_sheet_fills_the_area_of_a_short_page(open_program: OpenProgram) -> None:
    program = open_program({"index.acss": "page { background: #f5f5f9; }"})
    assert box(program.shown) == box(area(program))
    expect(program.shown).to_have_css("background-color", "rgb(245, 245, 249)")


def test_setbackgroundcolor_changes_it(open_program: OpenProgram) -> None:
    program = open_program({})
    program.success({"backgroundColor": "#e0ffe0"}, "setBackgroundColor")
    expect(area(program).locator(".scroller")).to_have_css("background-color", "rgb(224, 255, 224)")


# Scrolling.


def test_pagescrollto_scrolls_to_a_place(open_program: OpenProgram) -> None:
    program = open_program(LONG)
    program.success({"scrollTop": 321, "duration": 0}, "pageScrollTo")
    assert scroll_top(program) == 321


def test_pagescrollto_scrolls_to_an_element(open_program: OpenProgram) -> None:
    program = open_program(LONG)
    program.success({"selector": "#b", "duration": 0}, "pageScrollTo")
    assert scroll_top(program) == 1000
    assert box(program.shown.locator("#b"))["y"] == box(area(program))["y"]


def test_a_page_hears_how_far_it_is_scrolled(open_program: OpenProgram) -> None:
    program = open_program(LONG)
    program.page.evaluate("my.pageScrollTo({ scrollTop: 200, duration: 0 })")
    program.page.wait_for_function("getApp().scrolled")
    assert program.page.evaluate("getApp().scrolled") == {"scrollTop": 200, "scrollHeight": 3000}


def test_it_hears_once_that_its_bottom_is_reached(open_program: OpenProgram) -> None:
    program = open_program(LONG)
    for top in (2250, 2300, 2350, 2372):
        program.success({"scrollTop": top, "duration": 0}, "pageScrollTo")
        program.page.wait_for_function("(top) => getApp().scrolled?.scrollTop === top", arg=top)
    assert program.noted == ["bottom"]


def test_it_hears_it_again_when_it_has_become_longer_or_was_left(open_program: OpenProgram) -> None:
    program = open_program(LONG)
    for top in (2372, 1000, 2372):
        program.success({"scrollTop": top, "duration": 0}, "pageScrollTo")
        program.page.wait_for_function("(top) => getApp().scrolled?.scrollTop === top", arg=top)
    assert program.noted == ["bottom", "bottom"]


def test_how_near_the_bottom_is_can_be_configured(open_program: OpenProgram) -> None:
    program = open_program({**LONG, "index.json": {"onReachBottomDistance": 500}})
    program.success({"scrollTop": 1850, "duration": 0}, "pageScrollTo")
    program.page.wait_for_function("getApp().scrolled?.scrollTop === 1850")
    assert program.noted == []
    program.success({"scrollTop": 1880, "duration": 0}, "pageScrollTo")
    program.page.wait_for_function("getApp().noted.length === 1")


def test_a_page_is_where_it_was_when_the_user_comes_back(open_program: OpenProgram) -> None:
    program = open_program(LONG)
    program.success({"scrollTop": 700, "duration": 0}, "pageScrollTo")
    go(program, "/pages/list/list")
    assert scroll_top(program) == 0
    program.success({}, "navigateBack")
    expect(program.shown.locator("#b")).to_be_visible()
    assert scroll_top(program) == 700


def test_a_page_of_a_tab_is_where_it_was(open_program: OpenProgram) -> None:
    program = open_program({**TABS, "index.axml": "<view style='height: 3000px'>long</view>"})
    program.success({"scrollTop": 2400, "duration": 0}, "pageScrollTo")
    before = scroll_top(program)
    for name in ("Me", "Home"):
        tab_bar(program).get_by_role("button", name=name, exact=True).click()
    expect(program.shown).to_have_text("long")
    assert scroll_top(program) == before > 2000


def test_the_viewport_of_a_selector_query_is_the_page_s_area(open_program: OpenProgram) -> None:
    program = open_program(LONG)
    program.success({"scrollTop": 400, "duration": 0}, "pageScrollTo")
    found = program.page.evaluate(
        """new Promise((resolve) => my.createSelectorQuery()
          .selectViewport().scrollOffset().selectViewport().boundingClientRect().select("#b").boundingClientRect()
          .exec(resolve))"""
    )
    viewport, size, element = found
    assert (viewport["scrollTop"], viewport["scrollLeft"]) == (400, 0)
    assert (size["width"], size["height"]) == (375, 628)
    assert (element["left"], element["top"]) == (0, 600)


# Pulling down.


def pulling(program: Program) -> Locator:
    return area(program).get_by_role("progressbar", name="Refreshing")


def test_a_call_pulls_the_page_down_and_another_lets_it_go(open_program: OpenProgram) -> None:
    program = open_program(LONG)
    program.success({}, "startPullDownRefresh")
    expect(pulling(program)).to_be_visible()
    assert program.noted == ["pulled"]
    assert box(program.shown.locator("#a"))["y"] == box(area(program))["y"] + 56
    program.success({}, "stopPullDownRefresh")
    expect(pulling(program)).to_be_hidden()
    assert box(program.shown.locator("#a"))["y"] == box(area(program))["y"]


def test_a_page_that_is_pulled_already_is_not_pulled_again(open_program: OpenProgram) -> None:
    program = open_program(LONG)
    for _ in range(2):
        program.success({}, "startPullDownRefresh")
    assert program.noted == ["pulled"]


def turn_wheel(program: Program, by: int) -> None:
    program.shown.hover(position={"x": 100, "y": 100})
    program.page.mouse.wheel(0, by)


def test_a_wheel_pulls_the_page_down(open_program: OpenProgram) -> None:
    program = open_program({**LONG, "index.json": {"pullRefresh": True}})
    turn_wheel(program, -300)
    expect(pulling(program)).to_be_visible()
    assert program.noted == ["pulled"]


def test_a_finger_pulls_the_page_down(open_program: OpenProgram, phone: Page) -> None:
    program = open_program({**LONG, "index.json": {"pullRefresh": True}}, tab=phone)
    swipe(phone, 180, 100, 180, 400)
    expect(pulling(program)).to_be_visible()
    assert program.noted == ["pulled"]


def test_a_finger_that_moves_a_little_does_not(open_program: OpenProgram, phone: Page) -> None:
    program = open_program({**LONG, "index.json": {"pullRefresh": True}}, tab=phone)
    swipe(phone, 180, 100, 180, 140)
    expect(area(program).locator(".pull")).to_have_css("height", "0px")
    assert program.noted == []


def test_a_finger_scrolls_a_page_that_is_not_at_its_top(open_program: OpenProgram, phone: Page) -> None:
    program = open_program({**LONG, "index.json": {"pullRefresh": True}}, tab=phone)
    program.success({"scrollTop": 1000, "duration": 0}, "pageScrollTo")
    swipe(phone, 180, 100, 180, 400)
    program.page.wait_for_function("getApp().scrolled.scrollTop < 1000")
    assert program.noted == []


@pytest.mark.parametrize("config", [{}, {"pullRefresh": False}, {"pullRefresh": "false"}])
def test_a_page_that_is_not_meant_to_be_pulled_is_not(open_program: OpenProgram, config: dict[str, Any]) -> None:
    program = open_program({**LONG, "index.json": config})
    turn_wheel(program, -300)
    turn_wheel(program, 300)
    program.page.wait_for_function("getApp().scrolled")
    assert program.noted == []


def test_setcanpulldown_allows_and_forbids_it(open_program: OpenProgram) -> None:
    program = open_program({**LONG, "index.json": {"pullRefresh": True}})
    program.success({"canPullDown": False}, "setCanPullDown")
    turn_wheel(program, -300)
    turn_wheel(program, 100)
    program.page.wait_for_function("getApp().scrolled")
    assert program.noted == []


def test_the_colors_above_a_page_that_is_pulled_can_be_changed(open_program: OpenProgram) -> None:
    program = open_program(LONG)
    program.success({"backgroundColorTop": "#102030"}, "setBackgroundColor")
    program.success({"textStyle": "light"}, "setBackgroundTextStyle")
    program.success({}, "startPullDownRefresh")
    expect(pulling(program)).to_have_css("background-color", "rgb(16, 32, 48)")
    expect(pulling(program)).to_have_css("color", "rgb(255, 255, 255)")


# Sheets of programs.


def test_sheets_of_programs_do_not_reach_the_frame(open_program: OpenProgram) -> None:
    hostile = """* { margin: 7px !important; padding: 7px !important; color: red !important; font-size: 40px !important;
        display: inline !important; position: static !important; opacity: 0.5 !important;
        transform: rotate(5deg); letter-spacing: 9px !important; zoom: 2; }
      view, header, main, nav, button, span, mini-frame, mini-view, mini-problems { height: 3px !important; }"""
    quiet = open_program(TABS)
    bars = [title_bar(quiet), tab_bar(quiet), area(quiet), quiet.page.locator(".device")]
    before = [box(bar) for bar in bars]
    program = open_program({**TABS, "app.acss": hostile})
    assert css(program.shown, "color") == "rgb(255, 0, 0)"
    assert [box(bar) for bar in bars] == before
    title = title_bar(program).get_by_text("Shop")
    names = ("color", "font-size", "letter-spacing")
    assert [css(title, name) for name in names] == ["rgb(17, 17, 17)", "17px", "normal"]
    assert css(program.page.locator("mini-frame"), "opacity") == "1"


# What is drawn over it.


def test_my_alert_is_drawn_over_the_frame_and_answered(open_program: OpenProgram) -> None:
    program = open_program(TABS)
    program.page.evaluate("void my.alert({ title: 'Hello', success: () => getApp().note('closed') })")
    dialog = program.page.get_by_role("alertdialog", name="Hello").or_(program.page.get_by_role("dialog", name="Hello"))
    expect(dialog).to_be_visible()
    at = box(tab_bar(program))
    covers = """([x, y]) => {
      const found = document.elementFromPoint(x, y);
      return found.localName.startsWith("mini-");
    }"""
    assert not program.page.evaluate(covers, [at["x"] + 20, at["y"] + 20])
    dialog.get_by_role("button").click()
    expect(dialog).to_be_hidden()
    assert program.noted == ["closed"]


def test_the_consent_sheet_is_drawn_over_the_frame_and_answered(open_program: OpenProgram) -> None:
    program = open_program(TABS, consent="ask")
    program.page.evaluate(
        """void my.getAuthCode({
          scopes: ["USER_NAME"],
          success: ({ authSuccessScopes }) => getApp().note(authSuccessScopes),
        })"""
    )
    sheet = program.page.get_by_role("dialog", name="Shop asks for your permission")
    expect(sheet).to_be_visible()
    sheet.get_by_role("button", name="Allow").click()
    expect(sheet).to_be_hidden()
    program.bridge.wait_for_call("getAuthCode")
    assert program.noted == [["USER_NAME"]]


# For everybody.

AXE_RUN = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help}: ${target.join(" ")}`));
}"""

WRONG = {"index.axml": "<view>index</view><wiew>wrong</wiew>", "index.js": "Page({ onLoad() { my.foo(); } });"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_nothing_is_in_the_way_of_people_with_a_disability(
    open_program: OpenProgram, shared_page: Page, scheme: Any, width: int
) -> None:
    shared_page.set_viewport_size({"width": width, "height": 720})
    shared_page.emulate_media(color_scheme=scheme)
    program = open_program({**TABS, **WRONG})
    program.success({"index": 1, "text": "3"}, "setTabBarBadge")
    program.success({}, "showNavigationBarLoading")
    if width == 375:
        program.page.get_by_role("button", name="2 problems").click()
    expect(program.page.get_by_role("region", name="Problems")).to_be_visible()
    program.page.evaluate(axe())
    assert program.page.evaluate(AXE_RUN) == []
