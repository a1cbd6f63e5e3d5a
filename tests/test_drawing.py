"""`my.createCanvasContext`, in a real browser: what is drawn, and what is read again."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.conftest import Elsewhere, OpenPage

HEAD = "<!doctype html><link rel='icon' href='data:,'>"

CANVAS = HEAD + "<body style='margin: 0; background: #fff'><canvas id='c' width='100' height='60'></canvas>"

RED, BLUE, BLACK, NOTHING = [255, 0, 0, 255], [0, 0, 255, 255], [0, 0, 0, 255], [0, 0, 0, 0]


@pytest.fixture
def canvas(open_page: OpenPage) -> Page:
    return open_page(html=CANVAS).page


def draw(page: Page, strokes: str, draw: str = "context.draw(false, done)") -> None:
    """Draw on the canvas, and wait: `draw(page, "context.fillRect(0, 0, 9, 9)")`."""
    page.evaluate(f"new Promise((done) => {{ window.context ??= my.createCanvasContext('c'); {strokes}; {draw} }})")


def pixel(page: Page, x: int, y: int) -> Any:
    return page.evaluate("([x, y]) => [...c.getContext('2d').getImageData(x, y, 1, 1).data]", [x, y])


def ink(page: Page) -> int:
    """Count the pixels that have a colour."""
    count: int = page.evaluate(
        "c.getContext('2d').getImageData(0, 0, 100, 60).data.filter((value, i) => i % 4 === 3 && value).length"
    )
    return count


def test_nothing_is_drawn_before_draw(canvas: Page) -> None:
    canvas.evaluate("window.context = my.createCanvasContext('c'), context.fillRect(0, 0, 10, 10)")
    assert ink(canvas) == 0
    draw(canvas, "")
    assert pixel(canvas, 5, 5) == BLACK


@pytest.mark.parametrize("options", ["false, ", ""])
def test_the_callback_of_draw_never_runs_inside_the_call(canvas: Page, options: str) -> None:
    assert canvas.evaluate(
        """async () => {
          const order = [];
          await new Promise((done) => {
            my.createCanvasContext("c").draw(OPTIONS() => { order.push("drawn"); done() });
            order.push("called");
          });
          return order;
        }""".replace("OPTIONS", options)
    ) == ["called", "drawn"]


def test_a_drawing_replaces_the_one_before_unless_that_is_reserved(canvas: Page) -> None:
    draw(canvas, "context.setFillStyle('red'); context.fillRect(0, 0, 10, 10)")
    draw(canvas, "context.setFillStyle('blue'); context.fillRect(20, 0, 10, 10)", "context.draw(true, done)")
    assert (pixel(canvas, 5, 5), pixel(canvas, 25, 5)) == (RED, BLUE)
    draw(canvas, "context.fillRect(40, 0, 10, 10)")
    assert [pixel(canvas, x, 5) for x in (5, 25, 45)] == [NOTHING, NOTHING, BLACK]


def test_each_drawing_begins_with_a_new_brush(canvas: Page) -> None:
    draw(
        canvas, "context.save(); context.scale(9, 9); context.rect(0, 0, 1, 1); context.clip(); context.setFontSize(40)"
    )
    assert canvas.evaluate("context.font") == "10px sans-serif"
    draw(canvas, "context.fillRect(50, 30, 5, 5)", "context.draw(true, done)")
    assert (pixel(canvas, 52, 32), ink(canvas)) == (BLACK, 25)


STROKES = {
    "fillRect(0, 0, 10, 10)": 100,
    "rect(0, 0, 10, 10); context.fill()": 100,
    "fillRect(0, 0, 10, 10); context.clearRect(0, 0, 5, 10)": 50,
    "setLineWidth(2); context.strokeRect(1, 1, 10, 10)": 80,
    "moveTo(0, 5); context.lineTo(20, 5); context.setLineWidth(2); context.stroke()": 40,
    "setLineDash([5, 5]); context.moveTo(0, 5); context.lineTo(20, 5); context.setLineWidth(2); context.stroke()": 20,
    "setLineCap('square'); context.setLineWidth(2); context.moveTo(5, 5); context.lineTo(9, 5); context.stroke()": 12,
    "translate(90, 50); context.fillRect(0, 0, 99, 99)": 100,
    "scale(2, 3); context.fillRect(0, 0, 5, 5)": 150,
    "rotate(Math.PI / 2); context.fillRect(0, -10, 20, 5)": 100,
    "transform(2, 0, 0, 1, 0, 0); context.fillRect(0, 0, 5, 5)": 50,
    "scale(9, 9); context.setTransform(1, 0, 0, 1, 0, 0); context.fillRect(0, 0, 5, 5)": 25,
    "beginPath(); context.rect(0, 0, 5, 5); context.clip(); context.fillRect(0, 0, 50, 50)": 25,
    "save(); context.scale(9, 9); context.restore(); context.fillRect(0, 0, 5, 5)": 25,
    "setGlobalAlpha(0); context.fillRect(0, 0, 5, 5)": 0,
    "globalAlpha = 0; context.fillRect(0, 0, 5, 5)": 0,
    "fillRect(0, 0, 9, 9); context.globalCompositeOperation = 'copy'; context.fillRect(0, 0, 5, 5)": 25,
    "setShadow(20, 0, 0, 'red'); context.fillRect(0, 0, 10, 10)": 200,
}


def test_strokes_leave_the_ink_that_they_should(canvas: Page) -> None:
    left = {}
    for strokes in STROKES:
        draw(canvas, f"context.{strokes}")
        left[strokes] = ink(canvas)
    assert left == STROKES


CURVES = [
    "arc(30, 30, 20, 0, 2 * Math.PI); context.fill()",
    "moveTo(0, 0); context.arcTo(50, 0, 50, 50, 20); context.stroke()",
    "moveTo(0, 0); context.quadraticCurveTo(50, 0, 50, 50); context.stroke()",
    "moveTo(0, 0); context.bezierCurveTo(50, 0, 0, 50, 50, 50); context.closePath(); context.stroke()",
    "setFontSize(20); context.fillText('text', 5, 30)",
    "setTextAlign('center'); context.setTextBaseline('middle'); context.strokeText('text', 50, 30)",
    "setLineJoin('bevel'); context.setMiterLimit(1); context.rect(5, 5, 9, 9); context.setStrokeStyle('red'); "
    "context.stroke()",
    "lineDashOffset = 2; context.strokeRect(2, 2, 9, 9)",
]


def test_curves_and_texts_are_drawn(canvas: Page) -> None:
    for strokes in CURVES:
        draw(canvas, f"context.{strokes}")
        assert ink(canvas) > 20, strokes


def test_gradients_go_from_one_colour_to_the_other(canvas: Page) -> None:
    stops = (
        "g.addColorStop(0, 'red'); g.addColorStop(1, 'blue'); context.setFillStyle(g); context.fillRect(0, 0, 100, 60)"
    )
    for gradient, (x, y) in {
        "createLinearGradient(10, 0, 90, 0)": (95, 30),
        "createCircularGradient(3, 30, 40)": (95, 30),
        "createRadialGradient(3, 30, 0, 3, 30, 40)": (50, 30),
    }.items():
        draw(canvas, f"const g = context.{gradient}; {stops}")
        assert pixel(canvas, x, y) == BLUE
        assert pixel(canvas, 3, 30)[0] > 240


def test_texts_are_measured_at_once_with_the_font_of_the_moment(canvas: Page) -> None:
    small, large, back, font, size = canvas.evaluate(
        """(() => {
          const context = my.createCanvasContext("c");
          const width = () => context.measureText("hello").width;
          context.save();
          const small = width();
          context.setFontSize(40);
          const [large, font, size] = [width(), context.font, context.fontSize];
          context.restore();
          return [small, large, width(), font, size];
        })()"""
    )
    assert large == pytest.approx(4 * small, rel=0.05)
    assert (back, font, size) == (small, "40px sans-serif", 40)
    assert canvas.evaluate("Object.keys(my.createCanvasContext('c').measureText('x'))") == ["width"]


def test_properties_can_be_set_and_read(canvas: Page) -> None:
    values = {"fillStyle": "#0000ff", "lineWidth": 3, "lineCap": "round", "textAlign": "center", "fontSize": 22}
    read = "(values) => (Object.assign(window.context = my.createCanvasContext('c'), values), context)"
    got = canvas.evaluate(
        f"(values) => {{ const it = ({read})(values); return Object.keys(values).map((k) => it[k]) }}", values
    )
    assert got == list(values.values())
    draw(canvas, "context.fillRect(0, 0, 5, 5)")
    assert pixel(canvas, 2, 2) == BLUE


def test_a_stroke_that_cannot_be_made_is_named_and_left_out(open_page: OpenPage) -> None:
    page = open_page(html=CANVAS)
    for _ in range(2):
        draw(page.page, "context.arc(5, 5, -1, 0, 1); context.fillRect(0, 0, 5, 5)")
    assert ink(page.page) == 25
    (remark,) = page.console
    assert remark.startswith("[bridge] my.createCanvasContext: ")


@pytest.mark.parametrize("html", [HEAD, HEAD + "<p id='c'></p>"])
def test_without_a_canvas_nothing_is_drawn_and_one_remark_says_so(open_page: OpenPage, html: str) -> None:
    page = open_page(html=html)
    for _ in range(2):
        draw(page.page, "context.fillRect(0, 0, 5, 5)")
    assert page.console == ["[bridge] my.createCanvasContext: the page has no canvas to draw on with the id c"]


# Pictures, and what is read from the canvas.


def png(colour: list[int]) -> bytes:
    """Return a picture of 4 x 4 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\0" + bytes(colour) * 4) * 4
    header = struct.pack(">IIBBBBB", 4, 4, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


PICTURE = "data:image/png;base64," + base64.b64encode(png(RED)).decode()


def test_a_picture_is_there_when_draw_is_done_and_in_its_place_in_the_order(canvas: Page) -> None:
    canvas.route("**/red.png", lambda route: route.fulfill(body=png(RED), content_type="image/png"))
    draw(
        canvas,
        "context.fillRect(0, 0, 50, 50); context.drawImage('red.png', 0, 0, 20, 20); context.fillRect(0, 0, 5, 5)",
    )
    assert [pixel(canvas, at, at) for at in (2, 10, 30)] == [BLACK, RED, BLACK]


def test_a_picture_of_another_site_is_drawn_and_locks_nothing(open_page: OpenPage, elsewhere: Elsewhere) -> None:
    page = open_page(html=CANVAS).page
    url = elsewhere.serve(png(RED), {"Content-Type": "image/png"})
    draw(page, f"context.drawImage('{url}', 0, 0, 20, 20)")
    assert pixel(page, 10, 10) == RED
    info = "(src) => my.getImageInfo({ src })"
    draw(page, f"context.drawImage('{page.evaluate(info, url)['path']}', 20, 0, 20, 20)")
    assert pixel(page, 30, 10) == RED


def test_a_picture_has_the_path_that_the_page_chose(open_page: OpenPage, elsewhere: Elsewhere) -> None:
    page = open_page(html=CANVAS).page
    url = elsewhere.serve(png(RED), {"Content-Type": "image/png"})
    path = page.evaluate("(url) => my.downloadFile({ url, filePath: `${my.env.USER_DATA_PATH}/logo.png` })", url)
    assert path["filePath"] == "https://usr/logo.png"
    draw(page, "context.drawImage('https://usr/logo.png', 0, 0, 20, 20)")
    assert pixel(page, 10, 10) == RED


def test_a_strict_policy_keeps_no_picture_from_the_canvas(open_page: OpenPage) -> None:
    policy = "<meta http-equiv='Content-Security-Policy' content=\"img-src 'self'; connect-src 'self'\">"
    opened = open_page(html=f"{policy}{CANVAS}")
    (opened.folder / "red.png").write_bytes(png(RED))
    info = opened.success({"src": "red.png"}, "getImageInfo")
    assert (info["width"], info["height"], info["type"]) == (4, 4, "png")
    draw(opened.page, f"context.drawImage('{info['path']}', 0, 0, 20, 20)")
    assert pixel(opened.page, 10, 10) == RED
    _, drawn = answer(opened.page, "toTempFilePath", width=30, height=10)
    again = opened.success({"src": drawn["apFilePath"]}, "getImageInfo")
    assert (again["width"], again["height"]) == (30, 10)


def test_a_picture_keeps_its_size_without_one_and_may_be_an_element(canvas: Page) -> None:
    draw(canvas, f"context.drawImage('{PICTURE}', 10, 10)")
    assert (pixel(canvas, 12, 12), ink(canvas)) == (RED, 16)
    draw(canvas, "const it = document.createElement('canvas'); it.getContext('2d').fillRect(0, 0, 9, 9); "
         "context.drawImage(it, 0, 0)")  # fmt: skip
    assert ink(canvas) == 81


def test_a_later_drawing_waits_for_the_pictures_of_an_earlier_one(canvas: Page) -> None:
    canvas.route("**/late.png", lambda route: route.fulfill(body=png(RED), content_type="image/png"))
    draw(canvas, "context.drawImage('late.png', 0, 0, 20, 20); context.draw(); context.fillRect(0, 0, 5, 5)",
         "context.draw(true, done)")  # fmt: skip
    assert (pixel(canvas, 2, 2), pixel(canvas, 10, 10)) == (BLACK, RED)


def test_a_pattern_repeats_its_picture(canvas: Page) -> None:
    draw(
        canvas, f"context.setFillStyle(context.createPattern('{PICTURE}', 'repeat-x')); context.fillRect(0, 0, 40, 40)"
    )
    assert (pixel(canvas, 30, 2), ink(canvas)) == (RED, 160)


@pytest.mark.parametrize("cross_origin", [False, True])
def test_a_picture_that_cannot_be_loaded_is_left_out_and_named(
    open_page: OpenPage, elsewhere: Elsewhere, cross_origin: bool
) -> None:
    page = open_page(html=CANVAS)
    url = elsewhere.serve("no picture") if cross_origin else "no-such.png"
    draw(page.page, f"context.drawImage('{url}', 0, 0, 50, 50); context.fillRect(0, 0, 5, 5)")
    assert ink(page.page) == 25
    assert any(text.startswith(f"[bridge] my.createCanvasContext: cannot load {url}") for text in page.console)


ANSWER = """([api, options]) => new Promise((resolve) => {
  const ran = [];
  const note = (name) => (payload) => {
    if (payload?.data) payload = { ...payload, data: [...payload.data] };
    ran.push([name, payload]);
  };
  const complete = (payload) => { note("complete")(payload); resolve(ran) };
  const callbacks = { success: note("success"), fail: note("fail"), complete };
  my.createCanvasContext("c")[api]({ ...options, ...callbacks }).catch(() => {});
})"""


def answer(page: Page, api: str, **options: Any) -> Any:
    ran = page.evaluate(ANSWER, [api, options])
    (callback, payload), last = ran
    assert last == ["complete", payload]
    return callback, payload


def test_pixels_are_read_and_written(canvas: Page) -> None:
    place = {"x": 3, "y": 4, "width": 2, "height": 1}
    assert answer(canvas, "putImageData", **place, data=RED + BLUE) == ("success", {})
    assert (pixel(canvas, 3, 4), pixel(canvas, 4, 4), ink(canvas)) == (RED, BLUE, 2)
    assert answer(canvas, "getImageData", **place) == ("success", {"width": 2, "height": 1, "data": RED + BLUE})
    assert canvas.evaluate(
        "my.createCanvasContext('c').getImageData({ x: 0, y: 0, width: 9, height: 1 })"
        ".then(({ data }) => data instanceof Uint8ClampedArray && data.length)"
    ) == 36  # fmt: skip


def test_pixels_are_read_after_the_drawings_before(canvas: Page) -> None:
    draw(canvas, "context.fillRect(0, 0, 5, 5); context.draw()", "context.getImageData("
         "{ x: 1, y: 1, width: 1, height: 1, success: ({ data }) => done(window.got = [...data]) })")  # fmt: skip
    assert canvas.evaluate("got") == BLACK


@pytest.mark.parametrize("api", ["getImageData", "putImageData", "toDataURL", "toTempFilePath"])
def test_what_cannot_be_read_fails(open_page: OpenPage, api: str) -> None:
    page = open_page(html=HEAD)
    assert answer(page.page, api) == ("fail", {"error": 3, "errorMessage": "Unknown error"})
    assert len(page.console) == 1


def test_pixels_without_a_place_fail(canvas: Page) -> None:
    assert answer(canvas, "getImageData")[0] == answer(canvas, "putImageData", width=1, height=1, data=[1])[0] == "fail"


SIZE = """async (url) => {
  const image = new Image();
  image.src = url;
  await image.decode();
  return [image.naturalWidth, image.naturalHeight];
}"""


@pytest.mark.parametrize(
    ("options", "type", "size"),
    [
        ({}, "png", [100, 60]),
        ({"x": 10, "y": 20}, "png", [90, 40]),
        ({"x": 10, "y": 20, "width": 30, "height": 10}, "png", [30, 10]),
        ({"width": 50, "height": 50, "destWidth": 200, "destHeight": 100}, "png", [200, 100]),
        ({"fileType": "jpg", "quality": 2}, "jpeg", [100, 60]),
    ],
)
def test_the_canvas_becomes_a_picture(canvas: Page, options: dict[str, Any], type: str, size: list[int]) -> None:
    draw(canvas, "context.setFillStyle('red'); context.fillRect(0, 0, 100, 60)")
    url = canvas.evaluate("(options) => context.toDataURL(options)", options)
    assert url.startswith(f"data:image/{type};base64,")
    assert canvas.evaluate(SIZE, url) == size
    callback, payload = answer(canvas, "toTempFilePath", **options)
    assert (callback, payload["apFilePath"]) == ("success", payload["tempFilePath"])
    assert canvas.evaluate(SIZE, payload["apFilePath"]) == size
    draw(canvas, f"context.drawImage('{payload['apFilePath']}', 0, 0)")
    assert pixel(canvas, 5, 5)[0] > 250


def test_the_documented_way_to_copy_a_part_of_a_drawing_works(canvas: Page) -> None:
    draw(canvas, "context.setFillStyle('red'); context.fillRect(50, 30, 10, 10)", """context.draw(false, () => {
      context.toDataURL({ x: 50, y: 30, width: 10, height: 10, destWidth: 20, destHeight: 20 }).then((url) => {
        context.drawImage(url, 0, 0);
        context.draw(false, done);
      });
    })""")  # fmt: skip
    assert (pixel(canvas, 10, 10), ink(canvas)) == (RED, 400)
