"""Events: what handlers are told, how far events go, and what a mouse and a finger do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.conftest import OpenProgram
from tests.finger import swipe
from tests.programs import Program

APP = "App({ noted: [], note(value) { this.noted.push(value); } });"

HEARS = "Page({ data: { list: [] }, hear(event) { getApp().note(event); }, one() { getApp().note(1); } });"
"""A page that notes each event, and with `one` only that there was one."""


@pytest.fixture
def open_hearing(open_program: OpenProgram) -> Any:
    """Open a program of one page whose handlers are `hear` and `one`."""

    def open_hearing(axml: str, script: str = HEARS, *, files: dict[str, Any] | None = None, **options: Any) -> Program:
        program = open_program({"app.js": APP, "index.axml": axml, "index.js": script, **(files or {})}, **options)
        assert program.problems == ()
        return program

    return open_hearing


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A tab with a touch screen."""
    context = browser.new_context(has_touch=True, viewport={"width": 375, "height": 667})
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def stopped(context: BrowserContext) -> Page:
    """A tab with a clock that the test winds."""
    page = context.new_page()
    page.clock.install()
    return page


def press(program: Program, text: str) -> None:
    """Put the mouse's button down on an element, and leave it there."""
    program.shown.get_by_text(text, exact=True).hover()
    program.page.mouse.down()


def types(program: Program) -> list[str]:
    return [event["type"] for event in program.noted]


def heard(program: Program, count: int = 1) -> list[Any]:
    """Return what was noted, once there is as much."""
    program.page.wait_for_function("(count) => getApp().noted.length >= count", arg=count)
    return program.noted


# What a handler is told.


def test_a_tap_tells_target_and_current_target(open_hearing: Any) -> None:
    program = open_hearing('<view id="outer" onTap="hear"><text id="inner">press</text></view>')
    program.shown.get_by_text("press").click()
    (event,) = program.noted
    assert event["type"] == "tap"
    assert (event["target"]["id"], event["target"]["tagName"]) == ("inner", "text")
    assert (event["currentTarget"]["id"], event["currentTarget"]["tagName"]) == ("outer", "view")
    assert event["timeStamp"] > 0


def test_the_dataset_keeps_its_types(open_hearing: Any) -> None:
    program = open_hearing(
        """<view onTap="hear" data-id="{{7}}" data-item="{{ {a: [1, 2]} }}" data-is-on="{{false}}" data-none="{{null}}"
             data-text="7" data-userName="Ann">press</view>"""
    )
    program.shown.get_by_text("press").click()
    (event,) = program.noted
    expected = {"id": 7, "item": {"a": [1, 2]}, "isOn": False, "none": None, "text": "7"}
    assert expected.items() <= event["currentTarget"]["dataset"].items()
    assert event["target"]["dataset"] == event["currentTarget"]["dataset"]


@pytest.mark.parametrize(("attribute", "key"), [("data-user-name", "userName"), ("data-userName", "userName")])
def test_a_key_of_the_dataset_is_in_camel_case(open_hearing: Any, attribute: str, key: str) -> None:
    program = open_hearing(f'<view onTap="hear" {attribute}="Ann">press</view>')
    program.shown.get_by_text("press").click()
    assert program.noted[0]["currentTarget"]["dataset"] == {key: "Ann"}


def test_a_tap_tells_where_it_was(open_hearing: Any) -> None:
    program = open_hearing('<view onTap="hear" style="height: 100px">press</view>')
    box = program.shown.locator("view").bounding_box()
    program.shown.locator("view").click(position={"x": 30, "y": 20})
    detail = program.noted[0]["detail"]
    assert abs(detail["clientX"] - box["x"] - 30) < 1
    assert abs(detail["clientY"] - box["y"] - 20) < 1


def test_a_tap_that_the_program_did_not_ask_for_does_nothing(open_hearing: Any) -> None:
    program = open_hearing("<view><view>press</view></view>")
    program.shown.get_by_text("press").click()
    assert program.messages() == []
    assert program.errors == []


# How far they go.


def test_a_tap_bubbles_from_the_inside_out(open_hearing: Any) -> None:
    program = open_hearing(
        '<view id="a" onTap="hear"><view id="b" onTap="hear"><view id="c" onTap="hear">press</view></view></view>'
    )
    program.shown.get_by_text("press").click()
    assert [(event["currentTarget"]["id"], event["target"]["id"]) for event in program.noted] == [
        ("c", "c"),
        ("b", "c"),
        ("a", "c"),
    ]


def test_what_catches_a_tap_keeps_it(open_hearing: Any) -> None:
    program = open_hearing('<view id="a" onTap="hear"><view id="b" catchTap="hear"><text>press</text></view></view>')
    program.shown.get_by_text("press").click()
    assert [event["currentTarget"]["id"] for event in program.noted] == ["b"]


def component(axml: str, script: str = "Component({});") -> dict[str, Any]:
    return {
        "components/it/it.axml": axml,
        "components/it/it.js": script,
        "components/it/it.json": {"component": True},
        "index.json": {"usingComponents": {"it": "/components/it/it"}},
    }


def test_a_tap_in_a_component_reaches_the_page_around_it(open_hearing: Any) -> None:
    program = open_hearing(
        '<view id="page" onTap="hear"><it/></view>', files=component('<view id="inside">press</view>')
    )
    program.shown.get_by_text("press").click()
    assert [event["currentTarget"]["id"] for event in program.noted] == ["page"]


def test_a_component_hears_a_tap_before_the_page(open_hearing: Any) -> None:
    script = "Component({ methods: { hear(event) { getApp().note(event); } } });"
    program = open_hearing(
        '<view id="page" onTap="hear"><it/></view>', files=component('<view id="in" onTap="hear">press</view>', script)
    )
    program.shown.get_by_text("press").click()
    assert [event["currentTarget"]["id"] for event in program.noted] == ["in", "page"]


def test_a_component_can_keep_a_tap_from_the_page(open_hearing: Any) -> None:
    script = "Component({ methods: { hear(event) { getApp().note(event); } } });"
    program = open_hearing(
        '<view onTap="one"><it/></view>', files=component('<view id="in" catchTap="hear">press</view>', script)
    )
    program.shown.get_by_text("press").click()
    assert [event["currentTarget"]["id"] for event in program.noted] == ["in"]


def test_a_tap_on_what_the_page_puts_into_a_component_is_heard_by_the_page(open_hearing: Any) -> None:
    program = open_hearing(
        '<it><view id="mine" onTap="hear">press</view></it>', files=component("<view><slot/></view>")
    )
    program.shown.get_by_text("press").click()
    assert [event["currentTarget"]["id"] for event in program.noted] == ["mine"]


# Which handler.


def test_a_handler_may_be_named_by_an_expression(open_hearing: Any) -> None:
    script = """Page({
      data: { name: "first" },
      first() { getApp().note(1); this.setData({ name: "second" }); },
      second() { getApp().note(2); },
    });"""
    program = open_hearing('<view onTap="{{name}}">press</view>', script)
    program.shown.get_by_text("press").click()
    assert program.data["name"] == "second"
    program.shown.get_by_text("press").click()
    assert program.noted == [1, 2]


def test_a_handler_in_a_list_knows_its_row(open_hearing: Any) -> None:
    program = open_hearing(
        """<view a:for="{{list}}" a:key="id" onTap="hear" data-item="{{item}}" data-index="{{index}}">
             {{item.name}}
           </view>""",
        HEARS.replace("list: []", "list: [{ id: 1, name: 'one' }, { id: 2, name: 'two' }]"),
    )
    program.shown.get_by_text("two").click()
    assert program.noted[0]["currentTarget"]["dataset"] == {"item": {"id": 2, "name": "two"}, "index": 1}


def test_a_row_that_moves_keeps_its_data(open_hearing: Any) -> None:
    program = open_hearing(
        '<view a:for="{{list}}" a:key="*this" onTap="hear" data-index="{{index}}">{{item}}</view>',
        HEARS.replace("list: []", "list: ['a', 'b']"),
    )
    program.page.evaluate("getCurrentPages()[0].setData({ list: ['b', 'a'] })")
    expect(program.shown.locator("view")).to_have_text(["b", "a"])
    program.shown.get_by_text("b").click()
    assert program.noted[0]["currentTarget"]["dataset"] == {"index": 0}


# Mouse and finger.


def test_a_mouse_does_what_a_finger_does(open_hearing: Any) -> None:
    program = open_hearing('<view onTouchStart="hear" onTouchMove="hear" onTouchEnd="hear">press</view>')
    press(program, "press")
    box = program.shown.locator("view").bounding_box()
    program.page.mouse.move(box["x"] + 5, box["y"] + 6)
    program.page.mouse.up()
    assert types(program) == ["touchStart", "touchMove", "touchEnd"]
    (touch,) = program.noted[1]["touches"]
    assert (touch["clientX"], touch["clientY"]) == (box["x"] + 5, box["y"] + 6)
    assert program.noted[2]["touches"] == []
    assert len(program.noted[2]["changedTouches"]) == 1


def test_a_finger_taps(open_hearing: Any, phone: Page) -> None:
    program = open_hearing('<view onTouchStart="hear" onTouchEnd="hear" onTap="hear">press</view>', tab=phone)
    program.shown.get_by_text("press").tap()
    heard(program, 3)
    assert types(program) == ["touchStart", "touchEnd", "tap"]
    assert len(program.noted[0]["touches"]) == 1


def test_a_finger_that_moves_is_no_tap(open_hearing: Any, phone: Page) -> None:
    program = open_hearing(
        """<view onTouchStart="hear" catchTouchMove="hear" onTouchEnd="hear" onTap="hear" style="height: 300px">press
           </view>""",
        tab=phone,
    )
    box = program.shown.locator("view").bounding_box()
    swipe(phone, box["x"] + 20, box["y"] + 20, box["x"] + 120, box["y"] + 220)
    heard(program, 4)
    assert types(program)[0] == "touchStart"
    assert set(types(program)[1:-1]) == {"touchMove"}
    assert types(program)[-1] == "touchEnd"
    (touch,) = program.noted[-2]["touches"]
    assert touch["clientX"] - program.noted[0]["touches"][0]["clientX"] == 100


TALL = '<view a:for="{{50}}" style="height: 60px">{{item}}</view>'

SCROLLED = "() => { const it = document.querySelector('page'); return it.getBoundingClientRect().top; }"


@pytest.mark.parametrize(("attribute", "moves"), [("onTouchMove", True), ("catchTouchMove", False)])
def test_a_finger_moves_the_page_unless_that_is_caught(
    open_hearing: Any, phone: Page, attribute: str, moves: bool
) -> None:
    program = open_hearing(f'<view {attribute}="one" onTouchCancel="hear" onTouchEnd="hear">{TALL}</view>', tab=phone)
    before = phone.evaluate(SCROLLED)
    swipe(phone, 100, 500, 100, 200)
    phone.wait_for_function("/touch(End|Cancel)/.test(getApp().noted.at(-1)?.type)")
    assert program.noted[0] == 1
    if moves:
        phone.wait_for_function(f"(before) => ({SCROLLED})() < before - 100", arg=before)
    else:
        assert phone.evaluate(SCROLLED) == before


def test_a_drag_goes_on_outside_of_its_element(open_hearing: Any) -> None:
    program = open_hearing(
        '<view onTouchMove="hear" style="width: 50px; height: 20px">press</view><view style="height: 200px"></view>'
    )
    press(program, "press")
    box = program.shown.locator("view").first.bounding_box()
    program.page.mouse.move(box["x"] + 200, box["y"] + 150)
    program.page.mouse.up()
    assert types(program) == ["touchMove"]
    assert program.noted[0]["touches"][0]["clientX"] == box["x"] + 200


def test_a_mouse_that_is_not_pressed_moves_nothing(open_hearing: Any) -> None:
    program = open_hearing('<view onTouchMove="one" style="height: 100px">press</view>')
    box = program.shown.locator("view").bounding_box()
    program.page.mouse.move(box["x"] + 5, box["y"] + 5)
    program.page.mouse.move(box["x"] + 50, box["y"] + 50)
    assert program.noted == []


def test_a_long_press_is_no_tap(open_hearing: Any) -> None:
    program = open_hearing('<view onLongTap="hear" onTap="hear">press</view>')
    press(program, "press")
    heard(program)
    program.page.mouse.up()
    assert types(program) == ["longTap"]
    assert program.noted[0]["detail"]["clientX"] > 0


def test_a_long_press_that_nobody_asks_for_is_a_tap(open_hearing: Any, stopped: Page) -> None:
    program = open_hearing('<view onTap="hear">press</view>', tab=stopped)
    press(program, "press")
    stopped.clock.run_for(2_000)
    program.page.mouse.up()
    assert types(program) == ["tap"]


def test_a_press_that_moves_is_not_long(open_hearing: Any, stopped: Page) -> None:
    program = open_hearing('<view onLongTap="hear" style="height: 100px">press</view>', tab=stopped)
    press(program, "press")
    box = program.shown.locator("view").bounding_box()
    program.page.mouse.move(box["x"] + 80, box["y"] + 80)
    stopped.clock.run_for(2_000)
    program.page.mouse.up()
    assert program.noted == []


# What else is heard.


@pytest.mark.parametrize("attribute", ["hover-class", "hoverClass"])
def test_what_is_pressed_has_its_hover_class(open_hearing: Any, attribute: str) -> None:
    program = open_hearing(
        f'<view class="box" {attribute}="pressed" hover-start-time="0" hover-stay-time="0">press</view>'
    )
    box = program.shown.locator("view")
    expect(box).to_have_class("box")
    press(program, "press")
    expect(box).to_have_class("box pressed")
    program.page.mouse.up()
    expect(box).to_have_class("box")


def test_a_hover_class_of_none_is_none(open_hearing: Any) -> None:
    program = open_hearing('<view class="box" hover-class="none" hover-start-time="0" onTouchStart="one">press</view>')
    press(program, "press")
    heard(program)
    expect(program.shown.locator("view")).to_have_class("box")
    program.page.mouse.up()


def test_a_press_within_need_not_be_seen_around_it(open_hearing: Any) -> None:
    program = open_hearing(
        """<view class="outer" hover-class="pressed" hover-start-time="0">
             <view class="inner" hover-class="pressed" hover-start-time="0" hover-stop-propagation>press</view>
           </view>"""
    )
    press(program, "press")
    expect(program.shown.locator(".inner")).to_have_class("inner pressed")
    expect(program.shown.locator(".outer")).to_have_class("outer")
    program.page.mouse.up()


def test_the_end_of_a_transition_is_heard(open_hearing: Any) -> None:
    script = HEARS.replace("list: []", "width: 10")
    program = open_hearing(
        '<view onTransitionEnd="hear" style="width: {{width}}px; transition: width 1ms">x</view>', script
    )
    expect(program.shown.locator("view")).to_have_css("width", "10px")
    program.page.evaluate("getCurrentPages()[0].setData({ width: 100 })")
    assert heard(program)[0]["type"] == "transitionEnd"


def test_an_animation_is_heard(open_hearing: Any) -> None:
    program = open_hearing(
        '<view class="box" onAnimationStart="hear" onAnimationEnd="hear">x</view>',
        files={"index.acss": "@keyframes grow { to { width: 100px } } .box { animation: grow 1ms; }"},
    )
    heard(program, 2)
    assert types(program) == ["animationStart", "animationEnd"]


def test_what_comes_into_view_says_so(open_hearing: Any) -> None:
    program = open_hearing(
        """<view style="height: 3000px">far</view>
           <view id="below" onAppear="hear" onFirstAppear="hear" onDisappear="hear">below</view>"""
    )
    assert program.noted == []
    program.shown.locator("#below").scroll_into_view_if_needed()
    heard(program, 2)
    assert types(program) == ["firstAppear", "appear"]
    program.shown.get_by_text("far").evaluate("(it) => it.scrollIntoView()")
    heard(program, 3)
    program.shown.locator("#below").scroll_into_view_if_needed()
    heard(program, 4)
    assert types(program) == ["firstAppear", "appear", "disappear", "appear"]


def test_a_handler_that_is_missing_is_named(open_program: OpenProgram) -> None:
    program = open_program({"index.axml": '<view>\n  <view onTap="gone">press</view>\n</view>'})
    program.shown.get_by_text("press").click()
    (message,) = program.messages()
    assert "index.axml:2" in message
    assert "gone" in message


def test_an_event_can_be_made_text(open_hearing: Any) -> None:
    script = "Page({ hear(event) { getApp().note(JSON.parse(JSON.stringify(event)).type); } });"
    program = open_hearing('<view onTap="hear">press</view>', script)
    program.shown.get_by_text("press").click()
    assert program.noted == ["tap"]


def test_an_event_stays_what_it_was_after_its_time(open_hearing: Any) -> None:
    script = "Page({ async hear(event) { await null; await null; getApp().note(event.currentTarget.dataset.id); } });"
    program = open_hearing('<view onTap="hear" data-id="{{3}}">press</view>', script)
    program.shown.get_by_text("press").click()
    assert heard(program) == [3]
