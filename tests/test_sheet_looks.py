"""How the consent sheet looks: on a phone and on a desk, light and dark, from right to left.

Leaves a picture of each look in tests/artefacts/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from bridge import Bridge

ROOT = Path(__file__).parent.parent
AXE = ROOT / "js" / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = ROOT / "tests" / "artefacts"

Scheme = Literal["light", "dark"]

HEIGHTS = {375: 812, 1280: 800}
LOOKS: list[tuple[int, Scheme]] = [(375, "light"), (375, "dark"), (1280, "light"), (1280, "dark")]
looks = pytest.mark.parametrize(("width", "scheme"), LOOKS)

ARABIC = """<!doctype html>
<html lang="ar">
  <head><link rel="icon" href="data:,"><title>مقهى الزاوية</title></head>
  <body dir="rtl"><main><h1>مقهى الزاوية</h1></main></body>
</html>"""

OpenLook = Callable[..., Page]


@pytest.fixture
def open_look(bridge: Bridge, shared_page: Page, tmp_path: Path) -> Iterator[OpenLook]:
    """Open the example about consent, or another page, in a window: `open_look(width, scheme, height=800, html="")`."""
    page = shared_page

    def open_look(width: int, scheme: Scheme = "light", *, height: int | None = None, html: str = "") -> Page:
        (tmp_path / "index.html").write_text(html)
        page.set_viewport_size({"width": width, "height": height or HEIGHTS[width]})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        bridge.configure(pages=tmp_path if html else ROOT / "examples" / "consent", consent="ask")
        page.goto(bridge.url)
        page.mouse.move(0, 0)
        return page

    yield open_look
    page.goto("about:blank")
    page.emulate_media(color_scheme="null", reduced_motion="null", forced_colors="null")
    page.set_viewport_size({"width": 1280, "height": 720})


def open_sheet(page: Page, *scopes: str) -> Locator:
    page.evaluate("(scopes) => void my.getAuthCode({ scopes, complete() {} })", scopes)
    sheet = page.get_by_role("dialog")
    expect(sheet).to_be_visible()
    return sheet


def box_of(locator: Locator) -> FloatRect:
    box = locator.bounding_box()
    assert box is not None
    return box


# What is measured.


@cache
def axe() -> str:
    """Return axe-core, which finds what is in the way of people with a disability."""
    if not AXE.is_file():
        pytest.fail(f"{AXE} is missing: `make test` installs it, and so does `npm ci` in js/", pytrace=False)
    return AXE.read_text("utf-8")


AXE_RUN = """async () => {
  const { violations, passes } = await axe.run(document, { resultTypes: ["violations", "passes"] });
  const inSheet = passes.filter(({ nodes }) => nodes.some(({ target }) => Array.isArray(target[0])));
  return [
    violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help}: ${target.join(" ")}`)),
    inSheet.map(({ id }) => id),
  ];
}"""


def has_no_violation(page: Page) -> None:
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(axe())
    violations, passed = page.evaluate(AXE_RUN)
    assert violations == []
    # It has seen what is in the shadow tree.
    assert {"button-name", "select-name", "empty-heading"} <= set(passed)


# axe leaves most of the colours to others: behind the texts there are masks, gradients and pseudo-elements.
CONTRASTS = """(sheet) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (color) => {
    const [r, g, b] = rgba(color).map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const behind = (element) => {
    const { backgroundColor, backgroundImage } = getComputedStyle(element);
    const stops = backgroundImage.match(/(oklch|rgba?|color)\\([^()]*\\)/g);
    if (stops) return stops;
    return rgba(backgroundColor)[3] === 255 || element === sheet ? [backgroundColor] : behind(element.parentElement);
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return [...sheet.querySelectorAll(":not(option, [aria-disabled=true])")]
    .filter((element) => hasText(element) && element.getClientRects().length)
    .map((element) => {
      const { color } = getComputedStyle(element);
      return [element.textContent, Math.min(...behind(element).map((other) => contrast(color, other)))];
    });
}"""


def can_be_read(sheet: Locator) -> None:
    contrasts = sheet.evaluate(CONTRASTS)
    assert {text for text, _ in contrasts} >= {"Answer as", "Simulated by bridge: no real wallet, no real account."}
    assert [(text, contrast) for text, contrast in contrasts if contrast < 4.5] == []


SPILLS = """(sheet) => {
  const bounds = sheet.getBoundingClientRect();
  const page = document.documentElement;
  const parts = [...sheet.querySelectorAll(":not(select, option)")].filter((part) => part.getClientRects().length);
  const isOut = (part) => {
    const { left, right } = part.getBoundingClientRect();
    return left < bounds.left - 1 || right > bounds.right + 1;
  };
  const isTooWide = ({ clientWidth, scrollWidth }) => clientWidth && scrollWidth > clientWidth + 1;
  return [
    ...parts.filter((part) => isOut(part) || isTooWide(part)).map((part) => part.outerHTML),
    ...(bounds.top < 0 || bounds.bottom > innerHeight || bounds.left < 0 || bounds.right > innerWidth ? ["sheet"] : []),
    ...(page.scrollWidth > innerWidth ? ["page"] : []),
  ];
}"""


def fits(sheet: Locator) -> None:
    assert sheet.evaluate(SPILLS) == []
    for button in sheet.get_by_role("button").all():
        expect(button).to_be_in_viewport(ratio=1)
        box = box_of(button)
        assert min(box["width"], box["height"]) >= 44, button
    expect(sheet.get_by_text("Simulated by bridge")).to_be_in_viewport(ratio=1)


# The four looks.


@looks
def test_it_fits_and_can_be_read_on_a_phone_and_on_a_desk_light_and_dark(
    open_look: OpenLook, width: int, scheme: Scheme
) -> None:
    page = open_look(width, scheme)
    page.get_by_role("button", name="Deliver to me").click()
    page.mouse.move(0, 0)
    sheet = page.get_by_role("dialog", name="Corner Coffee asks for your permission")
    expect(sheet.get_by_role("checkbox")).to_have_count(3)
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"sheet-{width}-{scheme}.png")

    fits(sheet)
    can_be_read(sheet)
    has_no_violation(page)
    expect(sheet).to_have_css("color-scheme", scheme)
    expect(sheet).to_have_css("background-color", {"light": "rgb(243, 244, 248)", "dark": "rgb(26, 27, 31)"}[scheme])

    box, height = box_of(sheet), HEIGHTS[width]
    if width == 375:
        # At the bottom, from edge to edge.
        assert (box["x"], box["width"], box["y"] + box["height"]) == (0, width, height)
        assert box["y"] > 0
    else:
        assert box["width"] < 450
        assert abs(2 * box["x"] + box["width"] - width) <= 1
        assert abs(2 * box["y"] + box["height"] - height) <= 1


def test_when_nothing_is_left_to_ask_or_nothing_is_chosen_it_can_be_read_too(
    open_look: OpenLook, bridge: Bridge
) -> None:
    page = open_look(375)
    bridge.allow("USER_NAME", user="Chen")
    sheet = open_sheet(page, "USER_NAME")
    sheet.get_by_role("checkbox").uncheck()
    expect(sheet.get_by_role("button", name="Allow")).to_be_disabled()
    is_good_in_every_look(page)
    sheet.get_by_label("Answer as").select_option(label="Chen (ch***@example.net)")
    expect(sheet.get_by_role("button", name="Continue")).to_be_enabled()
    is_good_in_every_look(page)


def test_on_a_page_that_is_read_from_right_to_left_it_is_mirrored(open_look: OpenLook, bridge: Bridge) -> None:
    page = open_look(375, html=ARABIC)
    bridge.user = "داليا"
    sheet = open_sheet(page, "USER_NAME", "USER_ADDRESS")
    expect(sheet).to_have_accessible_name("مقهى الزاوية asks for your permission")
    expect(sheet).to_have_css("direction", "rtl")
    is_good_in_every_look(page)
    box = sheet.get_by_role("checkbox", name="Authorized to obtain the user name.")
    words = sheet.get_by_text("Authorized to obtain the user name.")
    assert box_of(words)["x"] < box_of(box)["x"]
    close, allow, deny = (sheet.get_by_role("button", name=name) for name in ("Close", "Allow", "Deny"))
    assert box_of(allow)["x"] < box_of(deny)["x"]
    assert box_of(close)["x"] < box_of(sheet)["x"] + 20


def is_good_in_every_look(page: Page) -> None:
    sheet = page.get_by_role("dialog")
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        page.emulate_media(color_scheme=scheme)
        fits(sheet)
        can_be_read(sheet)
        has_no_violation(page)


# What is rarer.


@pytest.mark.parametrize(("width", "height"), [(375, 667), (1280, 720), (640, 400), (320, 568)])
def test_however_much_is_asked_everything_can_be_reached_and_seen(
    open_look: OpenLook, bridge: Bridge, width: int, height: int
) -> None:
    page = open_look(width, height=height)
    scopes = [scope.name for scope in bridge.settings.profile.scope if not scope.silent]
    sheet = open_sheet(page, *scopes)
    stops = [
        sheet.get_by_label("Answer as"),
        *sheet.get_by_role("checkbox").all(),
        sheet.get_by_role("button", name="Deny"),
        sheet.get_by_role("button", name="Allow"),
        sheet.get_by_role("button", name="Close"),
    ]
    assert len(stops) == len(scopes) + 4
    for button in stops[-3:]:
        expect(button).to_be_in_viewport(ratio=1)
    for stop in stops:
        page.keyboard.press("Tab")
        expect(stop).to_be_focused()
        assert stop.evaluate(IS_SEEN), stop
    sheet.get_by_role("button", name="Allow").scroll_into_view_if_needed()
    assert sheet.evaluate(SPILLS) == []


IS_SEEN = """(stop) => {
  const { left, width, top, bottom } = stop.getBoundingClientRect();
  const root = stop.getRootNode();
  const isOnTop = (y) => {
    const found = root.elementFromPoint(left + width / 2, y);
    return stop === found || stop.contains(found) || stop.closest("label")?.contains(found);
  };
  return isOnTop(top + 2) && isOnTop(bottom - 2);
}"""


def test_names_of_any_length_fit(open_look: OpenLook, bridge: Bridge) -> None:
    page = open_look(375)
    bridge.configure(app_name="Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " * 2)
    page.reload()
    fits(open_sheet(page, "USER_NAME"))


def test_whatever_colour_a_name_gives_its_disc_it_can_be_read(open_look: OpenLook) -> None:
    page = open_look(375)
    sheet = open_sheet(page, "USER_NAME")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for hue in range(0, 360, 15):
            sheet.locator(".app, .avatar").evaluate_all(
                "(discs, hue) => discs.forEach((disc) => disc.style.setProperty('--hue', hue))", hue
            )
            can_be_read(sheet)


def test_it_moves_unless_the_user_wants_less_motion(open_look: OpenLook) -> None:
    page = open_look(375)
    sheet = open_sheet(page, "USER_NAME")
    expect(sheet).to_have_css("animation-name", "none")
    page.emulate_media(reduced_motion="no-preference")
    expect(sheet).to_have_css("animation-name", "rise")


def test_with_the_colours_of_the_system_it_works_too(open_look: OpenLook) -> None:
    page = open_look(375)
    page.emulate_media(forced_colors="active")
    sheet = open_sheet(page, "USER_NAME")
    fits(sheet)
    for part in [*sheet.get_by_role("button", name="Allow").all(), *sheet.get_by_role("button", name="Deny").all()]:
        expect(part).not_to_have_css("border-top-color", "rgba(0, 0, 0, 0)")
    has_no_violation(page)
