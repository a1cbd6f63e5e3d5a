"""What is drawn and measured: canvas, maps, web pages within a program, videos, and my.createSelectorQuery."""

from __future__ import annotations

import base64
import struct
from typing import Any

import pytest
from playwright.sync_api import Locator, Request, expect

from tests.conftest import OpenProgram
from tests.programs import Program

APP = "App({ noted: [], note(value) { this.noted.push(value); } });"

PAGE = "Page({ data: {}, hear(event) { const { target, currentTarget, ...rest } = event; getApp().note(rest); } });"


@pytest.fixture
def show(open_program: OpenProgram) -> Any:
    def show(axml: str, script: str = PAGE, **files: Any) -> Program:
        program = open_program({"app.js": APP, "index.axml": axml, "index.js": script, **files})
        assert program.problems == ()
        return program

    return show


def heard(program: Program, count: int = 1) -> Any:
    """Return the last of what was noted, once there is as much."""
    program.page.wait_for_function("(count) => getApp().noted.length >= count", arg=count)
    return program.noted[-1]


def set_data(program: Program, **data: Any) -> None:
    program.page.evaluate("(data) => getCurrentPages().at(-1).setData(data)", data)


# <canvas>.

PIXEL = "(it, [x, y]) => [...it.getContext('2d').getImageData(x, y, 1, 1).data]"


def has_pixel(canvas: Locator, x: int, y: int, color: list[int]) -> None:
    """Expect a canvas to have this color there, now or soon."""
    canvas.page.wait_for_function(
        f"([it, at, color]) => String(({PIXEL})(it, at)) === String(color)",
        arg=[canvas.element_handle(), [x, y], color],
    )


@pytest.mark.parametrize("ready", ["onReady", "onLoad"])
def test_a_canvas_is_drawn_on(show: Any, ready: str) -> None:
    program = show(
        '<canvas id="board" style="width: 100px; height: 50px"/>',
        """Page({ READY() {
          const context = my.createCanvasContext("board");
          context.setFillStyle("#ff0000");
          context.fillRect(10, 10, 20, 20);
          context.draw();
        } });""".replace("READY", ready),
    )
    canvas = program.shown.locator("canvas")
    has_pixel(canvas, 15, 15, [255, 0, 0, 255])
    assert canvas.evaluate(PIXEL, [5, 5]) == [0, 0, 0, 0]
    assert canvas.evaluate("({ width, height }) => [width, height]") == [100, 50]


def test_a_canvas_has_as_many_pixels_as_it_says(show: Any) -> None:
    program = show('<canvas id="board" width="{{600}}" height="400" style="width: 300px; height: 200px"/>')
    canvas = program.shown.locator("canvas")
    assert canvas.evaluate("({ width, height }) => [width, height]") == [600, 400]
    assert canvas.bounding_box()["width"] == 300


def test_a_canvas_of_the_new_kind_has_a_node(show: Any) -> None:
    program = show(
        '<canvas id="board" type="2d" style="width: 100px; height: 50px"/>',
        """Page({ onReady() {
          my.createSelectorQuery().select("#board").node().exec(([{ node }]) => {
            const context = node.getContext("2d");
            context.fillStyle = "blue";
            context.fillRect(0, 0, 10, 10);
          });
        } });""",
    )
    has_pixel(program.shown.locator("canvas"), 5, 5, [0, 0, 255, 255])


def test_a_canvas_tells_that_it_is_ready(show: Any) -> None:
    program = show('<canvas id="board" onReady="hear"/>')
    assert heard(program)["type"] == "ready"


def test_a_touch_on_a_canvas_tells_where_it_is_in_it(show: Any) -> None:
    program = show('<view style="height: 40px"/><canvas style="width: 100px; height: 50px" onTouchStart="hear"/>')
    program.shown.locator("canvas").click(position={"x": 20, "y": 30})
    (touch,) = heard(program)["touches"]
    assert (round(touch["x"]), round(touch["y"])) == (20, 30)


# my.createSelectorQuery.


def query(program: Program, chain: str) -> Any:
    """Return what a query finds."""
    return program.page.evaluate(f"() => new Promise((done) => my.createSelectorQuery(){chain}.exec(done))")


MEASURED = """
<view class="box" style="margin-top: 10px; width: 100px; height: 20px"/>
<view class="box" id="second" style="width: 120px; height: 30px" data-id="{{7}}" data-list="{{[1, 2]}}"/>
"""


def test_a_query_measures_an_element(show: Any) -> None:
    program = show(MEASURED)
    (rect,) = query(program, ".select('#second').boundingClientRect()")
    assert {"width": 120, "height": 30, "top": 20, "left": 0}.items() <= {**rect, "top": rect["top"] - 10}.items()


def test_a_query_measures_all_elements(show: Any) -> None:
    program = show(MEASURED)
    (rects,) = query(program, ".selectAll('.box').boundingClientRect()")
    assert [(rect["width"], rect["height"]) for rect in rects] == [(100, 20), (120, 30)]


def test_a_query_measures_the_place_of_the_page(show: Any) -> None:
    program = show(MEASURED)
    (rect,) = query(program, ".selectViewport().boundingClientRect()")
    assert rect["width"] == program.shown.bounding_box()["width"]


def test_a_query_reads_fields(show: Any) -> None:
    program = show(MEASURED)
    (fields,) = query(program, ".select('#second').fields({ id: true, dataset: true, size: true })")
    assert fields == {"id": "second", "dataset": {"id": 7, "list": [1, 2]}, "width": 120, "height": 30}


def test_a_query_looks_at_the_page_on_top(show: Any) -> None:
    program = show(
        '<view class="it" style="width: 10px"/>',
        **{"pages/next/next.axml": '<view class="it" style="width: 20px">next</view>'},
    )
    program.page.evaluate("my.navigateTo({ url: '/pages/next/next' })")
    expect(program.shown).to_have_text("next")
    (rects,) = query(program, ".selectAll('.it').boundingClientRect()")
    assert [rect["width"] for rect in rects] == [20]


@pytest.mark.parametrize(
    ("axml", "method"),
    [('<map id="it" latitude="1" longitude="2"/>', "getCenterLocation"), ('<video id="it"/>', "pause")],
)
def test_a_query_finds_the_context_of_a_tag(show: Any, axml: str, method: str) -> None:
    program = show(axml)
    kind = program.page.evaluate(
        """(method) => new Promise((done) => my.createSelectorQuery().select("#it").context()
             .exec(([{ context }]) => done(typeof context[method])))""",
        method,
    )
    assert kind == "function"


# <map>.

MARKERS = """[{ id: 7, latitude: 30, longitude: 120, title: "Shop", width: 20, height: 20, iconPath: "pin.svg" },
  { id: 8, latitude: 30.001, longitude: 120.001, callout: { content: "Café", display: "ALWAYS" } }]"""

MAP = """<map id="map" latitude="30" longitude="120" scale="14" style="width: 300px; height: 200px"
  markers="{{markers}}" controls="{{controls}}" onMarkerTap="hear" onCalloutTap="hear" onControlTap="hear"
  onRegionChange="hear" onTap="hear"/>"""

MAP_DATA = f"""{{ markers: {MARKERS}, controls: [{{ id: 3, clickable: true, iconPath: "pin.svg",
  position: {{ left: 10, top: 10, width: 20, height: 20 }} }}] }}"""

PIN = "<svg xmlns='http://www.w3.org/2000/svg' width='20' height='20'><rect width='20' height='20'/></svg>"


@pytest.fixture
def show_map(show: Any) -> Any:
    def show_map() -> Program:
        program: Program = show(MAP, PAGE.replace("data: {}", f"data: {MAP_DATA}"), **{"pin.svg": PIN})
        return program

    return show_map


def test_a_map_shows_its_markers_where_they_are(show_map: Any) -> None:
    program = show_map()
    map, marker = program.shown.locator("map"), program.shown.get_by_role("button", name="Shop")
    around, box = map.bounding_box(), marker.bounding_box()
    # Its foot is at the middle of the map.
    assert abs(box["x"] + box["width"] / 2 - around["x"] - 150) < 1
    assert abs(box["y"] + box["height"] - around["y"] - 100) < 1
    assert marker.locator("img").evaluate("(it) => it.getAttribute('src')").endswith("/pin.svg")


def test_a_map_asks_nothing_of_the_network(show_map: Any) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    program: Program | None = None
    page = None
    try:
        program = show_map()
        page = program.page
        page.on("request", note)
        page.reload()
        expect(program.shown.get_by_role("button", name="Shop")).to_be_visible()
    finally:
        if page:
            page.remove_listener("request", note)
    assert program is not None
    assert asked
    assert {url for url in asked if not url.startswith((program.url, "data:", "blob:"))} == set()


def test_a_tap_on_a_marker_is_heard(show_map: Any) -> None:
    program = show_map()
    program.shown.get_by_role("button", name="Shop").click()
    event = heard(program)
    assert event["type"] == "markerTap"
    assert event["markerId"] == event["detail"]["markerId"] == 7
    assert (event["latitude"], event["longitude"]) == (30, 120)


def test_a_tap_on_a_callout_is_heard(show_map: Any) -> None:
    program = show_map()
    program.shown.locator("map").get_by_text("Café").click()
    event = heard(program)
    assert (event["type"], event["markerId"]) == ("calloutTap", 8)


def test_a_tap_on_a_control_is_heard(show_map: Any) -> None:
    program = show_map()
    program.shown.get_by_role("button", name="Control 3").click()
    event = heard(program)
    assert (event["type"], event["controlId"]) == ("controlTap", 3)


def test_a_tap_on_a_map_tells_the_place(show_map: Any) -> None:
    program = show_map()
    program.shown.locator("map").click(position={"x": 60, "y": 150})
    event = heard(program)
    assert event["type"] == "tap"
    assert event["latitude"] < 30
    assert event["longitude"] < 120


def test_a_map_that_is_dragged_tells_its_region(show_map: Any) -> None:
    program = show_map()
    box = program.shown.locator("map").bounding_box()
    mouse = program.page.mouse
    mouse.move(box["x"] + 50, box["y"] + 150)
    mouse.down()
    mouse.move(box["x"] + 100, box["y"] + 150)
    mouse.move(box["x"] + 110, box["y"] + 150)
    mouse.up()
    event = heard(program, 2)
    assert event["type"] == "end" or event["detail"]["type"] == "end"
    assert event["longitude"] < 120


def test_a_map_is_asked_through_its_context(show_map: Any) -> None:
    program = show_map()
    center = program.page.evaluate(
        "() => new Promise((success) => my.createMapContext('map').getCenterLocation({ success }))"
    )
    assert (center["latitude"], center["longitude"]) == (30, 120)


def test_a_map_is_moved_through_its_context(show_map: Any) -> None:
    program = show_map()
    program.page.evaluate(
        """() => new Promise((success) => my.createMapContext('map').changeMarkers({
             add: [{ id: 9, latitude: 30, longitude: 120, title: "New" }], remove: [{ id: 7 }], success }))"""
    )
    expect(program.shown.get_by_role("button", name="New")).to_be_visible()
    expect(program.shown.get_by_role("button", name="Shop")).to_have_count(0)


# <web-view>.

WEB = """<!doctype html><title>Within</title><button onclick="my.postMessage({ hello: 'program' })">say</button>
<output></output><script>my.onMessage = (message) => { document.querySelector("output").textContent = message.word; };
</script>"""

WEB_PAGE = """Page({
  onLoad() { this.web = my.createWebViewContext("web"); },
  hear(event) { getApp().note(event); this.web.postMessage({ word: "welcome" }); },
});"""


def test_a_web_page_and_the_program_talk(show: Any) -> None:
    program = show('<web-view id="web" src="/web/page.html" onMessage="hear"/>', WEB_PAGE, **{"web/page.html": WEB})
    within = program.shown.frame_locator("web-view > iframe")
    within.get_by_role("button", name="say").click()
    event = heard(program)
    assert event["type"] == "message"
    assert event["detail"] == {"hello": "program"}
    expect(within.locator("output")).to_have_text("welcome")


def test_a_web_page_fills_the_place_of_the_page(show: Any) -> None:
    program = show('<web-view id="web" src="/web/page.html"/>', **{"web/page.html": WEB})
    (rect,) = query(program, ".selectViewport().boundingClientRect()")
    box = program.shown.locator("web-view > iframe").bounding_box()
    assert (box["width"], box["height"]) == (rect["width"], rect["height"])


# <video>.


def test_a_video_is_what_its_attributes_say(show: Any) -> None:
    program = show(
        """<video id="film" src="/film.mp4" poster="poster.svg" controls="{{false}}" muted loop objectFit="cover"
             onError="hear" style="width: 200px; height: 100px"/>""",
        **{"poster.svg": PIN},
    )
    video = program.shown.locator("video")
    expect(video).to_have_attribute("src", f"{program.url}/film.mp4")
    expect(video).to_have_attribute("poster", f"{program.url}/pages/index/poster.svg")
    assert video.evaluate("({ controls, muted, loop }) => [controls, muted, loop]") == [False, True, True]
    expect(video).to_have_css("object-fit", "cover")
    # There is no such film.
    assert heard(program)["type"] == "error"


SILENCE = base64.b64encode(
    b"RIFF"
    + struct.pack("<I4s4sIHHIIHH4sI", 836, b"WAVE", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8, b"data", 800)
    + b"\x80" * 800
).decode()
"""A tenth of a second without pictures, which each browser can play."""


def test_a_video_is_played_through_its_context(show: Any) -> None:
    program = show(
        f"""<video id="film" muted src="data:audio/wav;base64,{SILENCE}" onPlay="hear" onTimeUpdate="hear"
              onEnded="hear"/>"""
    )
    program.page.evaluate("my.createVideoContext('film').play()")
    heard(program, 3)
    program.page.wait_for_function("getApp().noted.some(({ type }) => type === 'ended')")
    assert program.noted[0]["type"] == "play"
    (played,) = {event["detail"]["duration"] for event in program.noted if event["type"] == "timeUpdate"}
    assert played == 0.1


def test_a_video_is_muted_and_stopped_through_its_context(show: Any) -> None:
    program = show('<video id="film" onStop="hear"/>')
    program.page.evaluate("my.createVideoContext('film').mute(true)")
    assert program.shown.locator("video").evaluate("({ muted }) => muted") is True
    program.page.evaluate("my.createVideoContext('film').stop()")
    assert heard(program)["type"] == "stop"


def test_a_context_of_what_is_not_there_fails(show: Any) -> None:
    program = show("<view/>")
    failure = program.page.evaluate("() => new Promise((fail) => my.createMapContext('gone').getScale({ fail }))")
    assert failure["error"] == 2
    assert any("gone" in line for line in program.console)
