"""What scrolls, swipes and is dragged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.conftest import OpenProgram
from tests.finger import swipe
from tests.programs import Program

APP = "App({ noted: [], note(value) { this.noted.push(value); } });"

HEARS = "Page({ data: DATA, hear(event) { getApp().note([event.type, event.detail]); } });"

SHEET = """
scroll-view { width: 200px; height: 100px; }
.row { height: 60px; }
swiper { width: 200px; height: 100px; }
movable-area { width: 200px; height: 200px; }
movable-view { width: 50px; height: 50px; background: red; }
"""


@pytest.fixture
def show(open_program: OpenProgram) -> Any:
    def show(axml: str, data: str = "{}", **options: Any) -> Program:
        script = HEARS.replace("DATA", data)
        program = open_program({"app.js": APP, "index.axml": axml, "index.js": script, "index.acss": SHEET}, **options)
        assert program.problems == ()
        return program

    return show


@pytest.fixture
def stopped(context: BrowserContext) -> Page:
    """A tab with a clock that the test winds, and without movements."""
    page = context.new_page()
    page.emulate_media(reduced_motion="reduce")
    page.clock.install()
    return page


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A tab with a touch screen, and without movements."""
    context = browser.new_context(has_touch=True, viewport={"width": 375, "height": 667}, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def set_data(program: Program, **data: Any) -> None:
    program.page.evaluate("(data) => getCurrentPages().at(-1).setData(data)", data)


def heard(program: Program, type: str) -> Any:
    """Return the last detail of the events of a type, once there is one."""
    program.page.wait_for_function("(type) => getApp().noted.some(([each]) => each === type)", arg=type)
    return [detail for each, detail in program.noted if each == type][-1]


def types(program: Program) -> set[str]:
    return {type for type, _ in program.noted}


def drag(program: Program, what: Locator, x: float, y: float) -> None:
    """Drag with the mouse."""
    box = what.bounding_box()
    assert box is not None
    from_x, from_y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse = program.page.mouse
    mouse.move(from_x, from_y)
    mouse.down()
    mouse.move(from_x + x / 2, from_y + y / 2)
    mouse.move(from_x + x, from_y + y)
    mouse.up()


# <scroll-view>.

ROWS = '<view class="row" a:for="{{10}}" id="row-{{item}}">{{item}}</view>'


def scroll_view(attributes: str) -> str:
    return f"<scroll-view scroll-y {attributes}>{ROWS}</scroll-view>"


def test_a_scroll_view_tells_where_it_is(show: Any) -> None:
    program = show(scroll_view('onScroll="hear"'))
    program.shown.locator("scroll-view").evaluate("(it) => it.scrollTo(0, 150)")
    detail = heard(program, "scroll")
    assert detail == {"scrollTop": 150, "scrollLeft": 0, "scrollHeight": 600, "scrollWidth": 200}


def test_a_scroll_view_is_scrolled_with_the_wheel(show: Any) -> None:
    program = show(scroll_view('onScroll="hear"'))
    program.shown.locator("scroll-view").hover()
    program.page.mouse.wheel(0, 100)
    assert heard(program, "scroll")["scrollTop"] > 0


def test_a_scroll_view_is_dragged(show: Any) -> None:
    program = show(scroll_view('onScroll="hear"'))
    drag(program, program.shown.locator("scroll-view"), 0, -80)
    expect(program.shown.locator("scroll-view")).to_have_js_property("scrollTop", 80)


@pytest.mark.parametrize("attribute", ["scroll-top", "scrollTop"])
def test_a_scroll_view_is_where_the_program_says(show: Any, attribute: str) -> None:
    program = show(scroll_view(f'{attribute}="{{{{top}}}}"'), "{ top: 50 }")
    expect(program.shown.locator("scroll-view")).to_have_js_property("scrollTop", 50)
    set_data(program, top=200)
    expect(program.shown.locator("scroll-view")).to_have_js_property("scrollTop", 200)


def test_a_scroll_view_shows_the_element_that_the_program_names(show: Any) -> None:
    program = show(scroll_view('scroll-into-view="{{id}}"'), "{ id: '' }")
    set_data(program, id="row-3")
    expect(program.shown.locator("scroll-view")).to_have_js_property("scrollTop", 180)


def test_a_scroll_view_tells_its_ends(show: Any) -> None:
    program = show(scroll_view('lower-threshold="{{10}}" onScrollToLower="hear" onScrollToUpper="hear"'))
    view = program.shown.locator("scroll-view")
    view.evaluate("(it) => it.scrollTo(0, 480)")
    view.evaluate("(it) => it.scrollTo(0, 495)")
    heard(program, "scrollToLower")
    view.evaluate("(it) => it.scrollTo(0, 0)")
    heard(program, "scrollToUpper")
    assert [type for type, _ in program.noted] == ["scrollToLower", "scrollToUpper"]


def test_a_scroll_view_scrolls_only_the_way_it_says(show: Any) -> None:
    program = show('<scroll-view scroll-x><view style="width: 500px; height: 300px">wide</view></scroll-view>')
    view = program.shown.locator("scroll-view")
    assert view.evaluate("(it) => [getComputedStyle(it).overflowX, getComputedStyle(it).overflowY]") == [
        *("auto", "hidden")
    ]


# <swiper>.


def swiper(attributes: str, items: str = "{{3}}") -> str:
    return f"""<swiper {attributes}>
      <swiper-item a:for="{items}"><view>slide {{{{item}}}}</view></swiper-item></swiper>"""


def in_view(program: Program, text: str) -> None:
    """Expect a slide to fill the swiper."""
    program.page.wait_for_function(
        """(text) => {
             const box = document.querySelector("swiper").getBoundingClientRect();
             const item = [...document.querySelectorAll("swiper-item")].find((it) => it.textContent.includes(text));
             const { left, top } = item.getBoundingClientRect();
             return Math.abs(left - box.left) < 1 && Math.abs(top - box.top) < 1;
           }""",
        arg=text,
    )


@pytest.mark.usefixtures("without_motion")
def test_a_swiper_shows_the_slide_that_the_program_says(show: Any) -> None:
    program = show(swiper('current="{{current}}" onChange="hear"'), "{ current: 1 }")
    in_view(program, "slide 1")
    assert program.noted == []
    set_data(program, current=2)
    in_view(program, "slide 2")
    assert heard(program, "change")["current"] == 2


@pytest.mark.usefixtures("without_motion")
def test_a_swiper_is_swiped(show: Any) -> None:
    program = show(swiper('onChange="hear" onTransition="hear" onAnimationEnd="hear"'))
    drag(program, program.shown.locator("swiper"), -120, 0)
    assert heard(program, "change") == {"current": 1, "source": "touch", "isChange": True}
    in_view(program, "slide 1")
    assert heard(program, "animationEnd")["current"] == 1
    assert heard(program, "transition")["dx"] > 0


def test_a_finger_swipes_a_swiper(show: Any, phone: Page) -> None:
    program = show(swiper('onChange="hear"'), tab=phone)
    box = program.shown.locator("swiper").bounding_box()
    swipe(phone, box["x"] + 150, box["y"] + 50, box["x"] + 20, box["y"] + 55)
    assert heard(program, "change")["current"] == 1
    in_view(program, "slide 1")


@pytest.mark.usefixtures("without_motion")
def test_a_swiper_that_is_swiped_a_little_stays(show: Any) -> None:
    program = show(swiper('onChange="hear" onAnimationEnd="hear" swipe-ratio="0.5"'))
    box = program.shown.locator("swiper").bounding_box()
    mouse = program.page.mouse
    mouse.move(box["x"] + 100, box["y"] + 50)
    mouse.down()
    mouse.move(box["x"] + 80, box["y"] + 50)
    mouse.move(box["x"] + 81, box["y"] + 50)
    mouse.up()
    heard(program, "animationEnd")
    assert types(program) == {"animationEnd"}
    in_view(program, "slide 0")


@pytest.mark.usefixtures("without_motion")
def test_a_vertical_swiper_is_swiped_upwards(show: Any) -> None:
    program = show(swiper('vertical onChange="hear"'))
    drag(program, program.shown.locator("swiper"), 0, -80)
    assert heard(program, "change")["current"] == 1
    in_view(program, "slide 1")


@pytest.mark.usefixtures("without_motion")
def test_a_circular_swiper_goes_on_from_the_first_to_the_last(show: Any) -> None:
    program = show(swiper('circular onChange="hear"'))
    drag(program, program.shown.locator("swiper"), 120, 0)
    assert heard(program, "change")["current"] == 2
    in_view(program, "slide 2")


@pytest.mark.usefixtures("without_motion")
def test_a_swiper_has_dots(show: Any) -> None:
    program = show(swiper('indicator-dots="{{true}}" indicatorActiveColor="rgb(1, 2, 3)" current="{{1}}"'))
    dots = program.shown.locator(".bridge-dots > i")
    expect(dots).to_have_count(3)
    expect(dots.nth(1)).to_have_css("background-color", "rgb(1, 2, 3)")


def test_a_swiper_plays_by_itself(show: Any, stopped: Page) -> None:
    program = show(swiper('autoplay="{{true}}" interval="{{60000}}" circular onChange="hear"'), tab=stopped)
    stopped.clock.run_for(60_000)
    assert heard(program, "change") == {"current": 1, "source": "autoplay", "isChange": True}
    stopped.clock.run_for(60_000)
    stopped.clock.run_for(60_000)
    program.page.wait_for_function("getApp().noted.length >= 3")
    assert [detail["current"] for _, detail in program.noted] == [1, 2, 0]


def test_a_swiper_without_autoplay_stands_still(show: Any, stopped: Page) -> None:
    program = show(swiper('autoplay="{{false}}" interval="{{60000}}" onChange="hear"'), tab=stopped)
    stopped.clock.run_for(600_000)
    assert program.noted == []


@pytest.mark.usefixtures("without_motion")
def test_a_swiper_takes_slides_that_come_later(show: Any) -> None:
    program = show(swiper('current="{{1}}"', "{{list}}"), "{ list: [] }")
    set_data(program, list=["a", "b", "c"])
    in_view(program, "slide b")


def test_a_tap_on_a_slide_is_heard(show: Any) -> None:
    program = show('<swiper><swiper-item><view onTap="hear">slide</view></swiper-item></swiper>')
    program.shown.get_by_text("slide").click()
    assert types(program) == {"tap"}


@pytest.mark.usefixtures("without_motion")
def test_a_swipe_is_no_tap(show: Any) -> None:
    program = show(
        '<swiper onChange="hear"><swiper-item a:for="{{2}}"><view style="height: 100px" onTap="hear">{{item}}</view>'
        "</swiper-item></swiper>"
    )
    drag(program, program.shown.locator("swiper"), -120, 0)
    heard(program, "change")
    assert types(program) == {"change"}


# <movable-view>.


def place(program: Program) -> tuple[float, float]:
    """Return where the view is in its area."""
    view, area = (program.shown.locator(tag).bounding_box() for tag in ("movable-view", "movable-area"))
    assert view is not None
    assert area is not None
    return (view["x"] - area["x"], view["y"] - area["y"])


def movable(attributes: str) -> str:
    return f"<movable-area><movable-view {attributes}>drag</movable-view></movable-area>"


@pytest.mark.parametrize(
    ("direction", "expected"),
    [("all", (70, 40)), ("horizontal", (70, 0)), ("vertical", (0, 40)), ("none", (0, 0))],
)
@pytest.mark.usefixtures("without_motion")
def test_a_view_is_dragged_the_way_it_can(show: Any, direction: str, expected: tuple[float, float]) -> None:
    program = show(movable(f'direction="{direction}" onChange="hear"'))
    x, y = (70, 40) if direction != "vertical" else (20, 40)
    drag(program, program.shown.locator("movable-view"), x, y)
    assert place(program) == expected


def test_a_finger_drags_a_view(show: Any, phone: Page) -> None:
    program = show(movable('direction="all" onChangeEnd="hear"'), tab=phone)
    box = program.shown.locator("movable-view").bounding_box()
    swipe(phone, box["x"] + 25, box["y"] + 25, box["x"] + 75, box["y"] + 45)
    heard(program, "changeEnd")
    assert place(program) == (50, 20)


@pytest.mark.usefixtures("without_motion")
def test_a_view_stays_in_its_area(show: Any) -> None:
    program = show(movable('direction="all" onChange="hear" onChangeEnd="hear"'))
    drag(program, program.shown.locator("movable-view"), 300, 10)
    assert place(program) == (150, 10)
    assert heard(program, "change")["x"] == 150
    assert heard(program, "changeEnd") == {"x": 150, "y": 10}


@pytest.mark.usefixtures("without_motion")
def test_the_program_moves_a_view(show: Any) -> None:
    program = show(movable('direction="all" x="{{x}}" y="{{30}}" onChange="hear"'), "{ x: 10 }")
    assert place(program) == (10, 30)
    set_data(program, x=90)
    assert heard(program, "change") == {"x": 90, "y": 30, "source": ""}
    assert place(program) == (90, 30)


@pytest.mark.usefixtures("without_motion")
def test_a_disabled_view_is_not_dragged(show: Any) -> None:
    program = show(movable('direction="all" disabled onChange="hear"'))
    drag(program, program.shown.locator("movable-view"), 50, 50)
    assert place(program) == (0, 0)
    assert program.noted == []
