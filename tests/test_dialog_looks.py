"""How dialogs, toasts and the sign of loading look: on a phone and on a desk, light and dark, from right to left.

Leaves a picture of each look in tests/artefacts/.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from bridge import Bridge
from tests.test_sheet_looks import AXE_RUN, CONTRASTS, HEIGHTS, LOOKS, PICTURES, SPILLS, Scheme, axe, box_of

PAGE = """<!doctype html>
<html lang="en" dir="{direction}">
  <head>
    <link rel="icon" href="data:,"><title>Corner Coffee</title>
    <style>:root {{ color-scheme: light dark; font: 1em/1.5 sans-serif; }}</style>
  </head>
  <body><main><h1>Corner Coffee</h1><p>{words}</p></main></body>
</html>"""
WORDS = "We roast on Mondays, and what is left on Sundays is given away. " * 8

ORDER = json.dumps({"total_amount": "12.50", "subject": "2 bags of Gayo, whole beans"})
BADGES = [{"index": 0, "type": "point"}, {"index": 1, "type": "num", "text": "3"}, {"index": 2, "type": "more"}]
LONG = "A rather long line, as they come when words are put into other languages. "

SHOWN: dict[str, tuple[str, dict[str, Any]]] = {
    "alert": ("alert", {"title": "You are in", "content": "Welcome to Corner Coffee."}),
    "confirm": ("confirm", {"title": "Remove Huila?", "content": "It is the last.", "confirmButtonText": "Remove"}),
    "prompt": ("prompt", {"title": "A gift?", "message": "Write a line for the card.", "placeholder": "For you"}),
    "scan": ("scan", {}),
    "date": ("datePicker", {"currentDate": "2026-03-09"}),
    "actions": (
        "showActionSheet",
        {
            "title": "How shall it be ground?",
            "items": ["Whole beans", "Filter", "Espresso", "Throw away"],
            "badges": BADGES,
            "destructiveBtnIndex": 3,
        },
    ),
    "actions-15": ("showActionSheet", {"items": [f"Number {number}" for number in range(15)]}),
    "pay": ("tradePay", {"tradeNO": "2026112222001400001234567890"}),
    "pay-order": ("tradePay", {"orderStr": f"app_id=2014&biz_content={quote(ORDER)}&sign={'x' * 600}"}),
    "long": ("confirm", {"title": LONG, "content": LONG * 40, "confirmButtonText": LONG, "cancelButtonText": "No"}),
    "toast": ("showToast", {"content": "You have not paid"}),
    "toast-success": ("showToast", {"content": "Huila is in the cart", "type": "success"}),
    "toast-fail": ("showToast", {"content": "That did not work", "type": "fail"}),
    "toast-exception": ("showToast", {"content": LONG, "type": "exception"}),
    "loading": ("showLoading", {"content": "Ordering"}),
}
shown = pytest.mark.parametrize("name", SHOWN)

Show = Callable[..., Locator]


@pytest.fixture
def show(bridge: Bridge, shared_page: Page, tmp_path: Path) -> Iterator[Show]:
    """Show one of `SHOWN` on a page: `show(name, direction="ltr")`."""
    page = shared_page
    page.emulate_media(reduced_motion="reduce")

    def show(name: str, direction: str = "ltr", size: tuple[int, int] = (375, 812)) -> Locator:
        (tmp_path / "index.html").write_text(PAGE.format(direction=direction, words=WORDS))
        bridge.configure(pages=tmp_path)
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.goto(bridge.url)
        page.mouse.move(0, 0)
        api, options = SHOWN[name]
        page.evaluate("([api, options]) => void my.call(api, { duration: 60000, ...options })", [api, options])
        drawn = page.locator("dialog, [role=status]")
        expect(drawn).to_be_visible()
        return drawn

    yield show
    page.goto("about:blank")
    page.emulate_media(color_scheme="null", reduced_motion="null", forced_colors="null")
    page.set_viewport_size({"width": 1280, "height": 720})


def in_each_look(page: Page) -> Iterator[tuple[int, Scheme]]:
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        page.emulate_media(color_scheme=scheme)
        yield width, scheme


def is_accessible(page: Page) -> None:
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(axe())
    violations, _ = page.evaluate(AXE_RUN)
    assert violations == []


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@shown
def test_it_fits_and_can_be_read_in_every_look(show: Show, shared_page: Page, name: str, direction: str) -> None:
    drawn = show(name, direction)
    PICTURES.mkdir(exist_ok=True)
    for width, scheme in in_each_look(shared_page):
        mirrored = "-rtl" if direction == "rtl" else ""
        shared_page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}{mirrored}.png")
        assert drawn.evaluate(SPILLS) == []
        assert [found for found in drawn.evaluate(CONTRASTS) if found[1] < 4.5] == []
    is_accessible(shared_page)
    expect(drawn).to_have_css("direction", direction)


def test_every_button_can_be_touched(show: Show) -> None:
    for name in ("confirm", "prompt", "actions", "pay"):
        for button in show(name).get_by_role("button").all():
            box = box_of(button)
            assert min(box["width"], box["height"]) >= 44, (name, box)


@pytest.mark.parametrize("size", [(320, 568), (640, 320), (188, 406)])
@pytest.mark.parametrize("name", ["actions-15", "pay-order", "long", "prompt"])
def test_on_a_small_screen_every_button_can_be_reached(
    show: Show, shared_page: Page, name: str, size: tuple[int, int]
) -> None:
    drawn = show(name, size=size)
    for button in drawn.locator(".actions button, .row").all():
        button.scroll_into_view_if_needed()
        expect(button).to_be_in_viewport(ratio=0.9)
    assert drawn.evaluate(SPILLS) == []


WORD = "Donaudampfschifffahrtsgesellschaftskapit\u00e4nswitwe"


@pytest.mark.parametrize("width", [320, 375, 1280])
@pytest.mark.parametrize(
    ("api", "options"),
    [
        ("confirm", {"title": WORD, "content": WORD, "confirmButtonText": WORD, "cancelButtonText": WORD}),
        ("prompt", {"title": WORD, "okButtonText": WORD, "cancelButtonText": "No"}),
        ("showActionSheet", {"title": WORD, "items": [WORD, "b"], "cancelButtonText": WORD}),
        ("showToast", {"content": WORD, "buttonText": WORD}),
    ],
)
def test_a_word_of_any_length_fits(
    show: Show, shared_page: Page, api: str, options: dict[str, Any], width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SHOWN, "word", (api, options))
    drawn = show("word", size=(width, 720))
    expect(drawn.get_by_role("button").last).to_be_visible()
    assert drawn.evaluate(SPILLS) == []


def test_a_short_word_on_a_button_stays_in_one_piece(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"confirmButtonText": "Benutzerverwaltung", "cancelButtonText": "Abbrechen"}
    monkeypatch.setitem(SHOWN, "words", ("confirm", texts))
    for button in show("words").get_by_role("button").all():
        assert box_of(button)["height"] == 48


def test_a_long_badge_leaves_room_for_its_action(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    badges = [{"index": 0, "type": "text", "text": "limited time offer for members only, today and tomorrow"}]
    monkeypatch.setitem(SHOWN, "badge", ("showActionSheet", {"items": ["Espresso", "Filter"], "badges": badges}))
    sheet = show("badge")
    row, other = (sheet.get_by_role("button", name=name) for name in ("Espresso", "Filter"))
    assert box_of(row)["height"] == box_of(other)["height"]
    words, badge = box_of(sheet.get_by_text("Espresso")), box_of(sheet.get_by_text("limited"))
    assert words["x"] + words["width"] <= badge["x"]
    assert badge["x"] + badge["width"] <= box_of(row)["x"] + box_of(row)["width"]


@pytest.mark.parametrize("size", [(320, 256), (640, 320)])
def test_an_action_sheet_begins_with_its_title(
    show: Show, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SHOWN, "long-title", ("showActionSheet", {"title": LONG * 3, "items": ["a", "b", "c", "d"]}))
    sheet = show("long-title", size=size)
    expect(sheet).to_be_focused()
    assert sheet.evaluate("(sheet) => sheet.scrollTop") == 0
    assert box_of(sheet.get_by_role("heading"))["y"] > box_of(sheet)["y"]


INK = """(value) => {
  const range = document.createRange();
  range.selectNodeContents(value);
  const { left, right } = range.getBoundingClientRect();
  return { left, right };
}"""


@pytest.mark.parametrize(("direction", "edge"), [("ltr", "right"), ("rtl", "left")])
@pytest.mark.parametrize("subject", ["2 bags of Gayo", "\u0642\u0647\u0648\u0629"])
def test_what_is_paid_for_ends_at_the_edge_of_its_card(
    show: Show, subject: str, direction: str, edge: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SHOWN, "paid", ("tradePay", {"orderStr": f"subject={quote(subject)}&sign={'x ' * 400}"}))
    sheet = show("paid", direction)
    short, long, _ = sheet.get_by_role("definition").all()
    place = box_of(short)
    end = place["x"] + (place["width"] if direction == "ltr" else 0)
    assert abs(short.locator("bdi").evaluate(INK)[edge] - end) <= 1
    # Three lines, with the dots at the end of the third.
    assert box_of(long.locator("bdi"))["height"] < 70
    expect(long.locator("bdi")).to_have_css("text-align", "start")


def test_a_long_text_scrolls_with_the_keyboard(show: Show, shared_page: Page) -> None:
    text = show("long").locator(".text")
    shared_page.keyboard.press("Shift+Tab")
    shared_page.keyboard.press("Shift+Tab")
    expect(text).to_be_focused()
    shared_page.keyboard.press("End")
    shared_page.wait_for_function("(text) => text.scrollTop > 0", arg=text.element_handle())


@pytest.mark.parametrize("name", ["confirm", "prompt", "actions", "pay", "toast-fail", "loading"])
def test_with_the_colours_of_the_system_it_has_edges(show: Show, shared_page: Page, name: str) -> None:
    shared_page.emulate_media(forced_colors="active")
    drawn = show(name)
    for part in [drawn, *drawn.get_by_role("button").all()]:
        expect(part).not_to_have_css("border-top-color", "rgba(0, 0, 0, 0)")
    shared_page.screenshot(path=PICTURES / f"{name}-forced.png")
    is_accessible(shared_page)


def test_what_turns_stands_still_for_whom_motion_disturbs(show: Show, shared_page: Page) -> None:
    spinner = show("loading").locator(".loading")
    expect(spinner).to_have_css("animation-name", "none")
    shared_page.emulate_media(reduced_motion="no-preference")
    expect(spinner).to_have_css("animation-name", "turn")
