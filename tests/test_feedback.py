"""Toasts and the sign of loading: what lies over the page for a while, and what the page gets for it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from bridge import Bridge
from tests.conftest import OpenPage

pytestmark = pytest.mark.usefixtures("without_motion")

# A page that notes what happens to it.
PAGE = """<!doctype html><title>Test</title><link rel="icon" href="data:,">
<style>div { display: none !important }</style>
<body style="margin: 0"><button style="width: 100vw; height: 100vh" onclick="clicks++">Mine</button>
<script>var clicks = 0, heard = 0, ran = []; addEventListener("click", () => heard++)</script>"""

TOAST = """(options) => {
  const start = performance.now();
  const note = () => ran.push(Math.round(performance.now() - start));
  my.showToast({ ...options, success: note });
}"""


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page(html=PAGE).page


# The page itself watches: in a busy browser a toast can be gone before anybody outside has looked twice.
WATCH = """async (options) => {
  const texts = [];
  const watch = (root) =>
    new MutationObserver(() => texts.push(root.querySelector("[role=status]").textContent))
      .observe(root, { subtree: true, childList: true });
  const isLayer = (node) => node.shadowRoot && node.isConnected;
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) if (isLayer(node)) watch(node.shadowRoot);
  }).observe(document.documentElement, { childList: true });
  const start = performance.now();
  await my.showToast(options);
  return {
    texts,
    layers: document.querySelectorAll("html > :not(head, body)").length,
    duration: performance.now() - start,
  };
}"""


def says(page: Page, *texts: str) -> None:
    """Wait until exactly this is shown, and the document is as it was where that is nothing."""
    expect(page.get_by_role("status")).to_have_text(texts)
    expect(page.locator("html > :not(head, body)")).to_have_count(1 if texts else 0)


# Toasts.


@pytest.mark.parametrize("kind", [None, "none", "success", "fail", "exception", "loading", "toString", 7])
def test_a_toast_is_shown_and_success_runs_when_it_has_gone(page: Page, kind: object) -> None:
    shown = page.evaluate(WATCH, {"content": "Saved", "type": kind, "duration": 300})
    assert shown["texts"][-1] == "Saved"
    assert shown["layers"] == 0
    assert shown["duration"] >= 300


@pytest.mark.parametrize(
    ("profile", "duration"), [("alipay-plus", 2000), ("gcash", 2000), ("alipay-cn", 3000), ("tiki", 3000)]
)
def test_each_platform_shows_a_toast_for_a_time_of_its_own(open_page: OpenPage, profile: str, duration: int) -> None:
    page = open_page(html=PAGE, profile=profile).page
    page.evaluate(TOAST, {"content": "Saved", "duration": 0})
    page.wait_for_function("ran.length")
    assert duration <= page.evaluate("ran[0]") < duration + 900


@pytest.mark.parametrize("duration", ["Infinity", "3e9"])
def test_a_toast_stays_though_no_timer_goes_so_far(page: Page, duration: str) -> None:
    page.evaluate(f"void my.showToast({{ content: 'Saved', duration: {duration} }})")
    says(page, "Saved")


def test_a_toast_without_a_text_says_what_its_sign_means(page: Page) -> None:
    page.evaluate(TOAST, {"type": "fail", "duration": 9000})
    says(page, "Failed")


def test_a_new_toast_takes_the_place_of_the_old(page: Page) -> None:
    page.evaluate("(show) => { show = eval(show); show({ content: 'Old' }); show({ content: 'New' }) }", TOAST)
    says(page, "New")
    page.wait_for_function("ran.length === 1")
    page.evaluate("void my.hideToast()")
    says(page)
    page.wait_for_function("ran.length === 2")


def test_hide_toast_takes_it_away_and_is_fine_without_one(page: Page) -> None:
    assert page.evaluate("my.hideToast()") == {}
    page.evaluate(TOAST, {"content": "Saved", "duration": 60000})
    says(page, "Saved")
    assert page.evaluate("my.hideToast()") == {}
    says(page)
    page.wait_for_function("ran.length === 1")


def test_one_that_is_hidden_in_the_same_moment_is_never_seen(page: Page) -> None:
    page.evaluate("window.seen = []; new MutationObserver(() => seen.push(1)).observe(document, { childList: true })")
    assert page.evaluate("Promise.all([my.showToast({ content: 'Saved', duration: 60000 }), my.hideToast()])") == [
        {},
        {},
    ]
    says(page)


def test_a_toast_takes_neither_focus_nor_clicks(page: Page) -> None:
    mine = page.get_by_role("button", name="Mine")
    mine.focus()
    page.evaluate(TOAST, {"content": "Saved", "duration": 9000})
    says(page, "Saved")
    expect(mine).to_be_focused()
    page.get_by_text("Saved").click(force=True)
    assert page.evaluate("clicks") == 1


def test_a_toast_may_have_a_button_which_takes_it_away(page: Page) -> None:
    page.evaluate(TOAST, {"content": "Saved", "buttonText": "Fine", "duration": 60000})
    page.get_by_role("button", name="Fine").click()
    says(page)
    page.wait_for_function("ran.length === 1")
    assert page.evaluate("[clicks, heard]") == [0, 0]


def test_the_raw_bridge_calls_it_toast(page: Page) -> None:
    page.evaluate("AlipayJSBridge.call('toast', { content: 'Saved', duration: 9000 }, (found) => ran.push(found))")
    says(page, "Saved")
    page.evaluate("my.hideToast()")
    page.wait_for_function("ran.length")
    assert page.evaluate("ran") == [{}]


def test_markup_is_text(page: Page) -> None:
    page.evaluate(TOAST, {"content": "<img src=x onerror=alert(1)>", "duration": 9000})
    says(page, "<img src=x onerror=alert(1)>")


# Loading.


def test_loading_is_shown_until_it_is_hidden(page: Page) -> None:
    assert page.evaluate("my.showLoading({ content: 'Ordering' })") == {}
    says(page, "Ordering")
    page.evaluate("void my.showLoading()")
    says(page, "Loading")
    assert page.evaluate("my.hideLoading()") == {}
    says(page)


def test_hide_loading_is_fine_without_one(page: Page) -> None:
    assert page.evaluate("my.hideLoading({ page: {} })") == {}
    says(page)


def test_what_is_hidden_before_its_delay_is_over_is_never_shown(page: Page) -> None:
    page.evaluate("my.showLoading({ content: 'Never', delay: 100 }), my.hideLoading()")
    page.evaluate("my.showToast({ content: 'Soon', duration: 200 })")  # done when it has gone
    says(page)


def test_what_has_a_delay_is_shown_when_it_is_over(page: Page) -> None:
    page.evaluate("my.showLoading({ content: 'Later', delay: 100 })")
    says(page, "Later")


def test_a_delay_that_no_timer_reaches_shows_nothing_at_once(page: Page) -> None:
    page.evaluate("my.showLoading({ content: 'Never', delay: 3e9 })")
    page.evaluate("my.showToast({ content: 'Soon', duration: 200 })")  # done when it has gone
    says(page)


def test_loading_keeps_clicks_from_the_page_unless_it_has_no_mask(page: Page) -> None:
    for mask, clicks in [("undefined", 0), ("true", 0), ("false", 1)]:
        page.evaluate(f"clicks = heard = 0; my.showLoading({{ mask: {mask} }})")
        says(page, "Loading")
        page.mouse.click(200, 200)
        assert page.evaluate("[clicks, heard]") == [clicks, clicks]
    page.evaluate("my.hideLoading()")
    page.mouse.click(200, 200)
    assert page.evaluate("clicks") == 2


def test_loading_leaves_the_focus_and_the_keys_to_the_page(page: Page) -> None:
    page.get_by_role("button", name="Mine").focus()
    page.evaluate("my.showLoading()")
    says(page, "Loading")
    expect(page.get_by_role("button", name="Mine")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("clicks") == 1


# Both, and dialogs.


def test_a_toast_and_loading_are_shown_side_by_side(page: Page) -> None:
    page.evaluate("my.showLoading({ content: 'Ordering' }).then(() => void my.showToast({ content: 'Soon' }))")
    says(page, "Ordering", "Soon")
    first, second = [status.bounding_box() for status in page.get_by_role("status").all()]
    assert first is not None
    assert second is not None
    assert first["y"] + first["height"] < second["y"]
    page.evaluate("my.hideLoading()")
    says(page, "Soon")


ON_TOP = """(status) => {
  const { left, top, width, height } = status.getBoundingClientRect();
  const layer = status.parentElement;
  layer.style.pointerEvents = status.style.pointerEvents = "auto"; // only what takes clicks is found
  let found = document;
  for (let root = document; root; root = found.shadowRoot) {
    const next = root.elementFromPoint(left + width / 2, top + height / 2);
    if (!next || next === found) break;
    found = next;
    if (status.contains(found)) return true;
  }
  return status.getRootNode().elementFromPoint(left + width / 2, top + height / 2);
}"""


@pytest.mark.parametrize("order", ["before", "after"])
def test_a_toast_lies_over_a_dialog_and_outlives_it(page: Page, order: str) -> None:
    calls = ["my.showToast({ content: 'Saved', duration: 60000 })", "my.alert({ content: 'Read me' })"]
    if order == "after":
        calls.reverse()
    page.evaluate(f"{{ {'; '.join(calls)}; null }}")
    alert = page.get_by_role("alertdialog")
    expect(alert).to_be_visible()
    status = page.get_by_role("status").filter(has_text="Saved")
    expect(status).to_be_visible()
    # In the dialog, because what is not is neither read out nor clicked.
    expect(alert.get_by_role("status")).to_have_text("Saved")
    assert status.evaluate(ON_TOP) is True
    expect(alert.get_by_role("button", name="OK")).to_be_focused()
    page.keyboard.press("Enter")
    expect(alert).to_have_count(0)
    says(page, "Saved")


def test_loading_keeps_clicks_from_a_dialog_too(page: Page) -> None:
    page.evaluate("void my.alert({ content: 'Read me' })")
    alert = page.get_by_role("alertdialog")
    expect(alert).to_be_visible()
    page.evaluate("void my.showLoading()")
    expect(alert.get_by_role("status")).to_have_text("Loading")
    button = alert.get_by_role("button", name="OK").bounding_box()
    assert button is not None
    page.mouse.click(button["x"] + 5, button["y"] + 5)
    expect(alert).to_be_visible()
    page.evaluate("my.hideLoading()")
    expect(alert.get_by_role("status")).to_have_count(0)
    page.mouse.click(button["x"] + 5, button["y"] + 5)
    expect(alert).to_have_count(0)


DIALOGS = {"alert": {"content": "Read me"}, "tradePay": {"tradeNO": "T1"}}


@pytest.mark.parametrize("delay", [0, 100])
@pytest.mark.parametrize("api", DIALOGS)
def test_a_dialog_that_opens_later_is_not_covered_by_loading_which_comes_back_after_it(
    page: Page, api: str, delay: int
) -> None:
    page.evaluate("(delay) => my.showLoading({ content: 'Ordering', delay })", delay)
    page.evaluate("([api, options]) => void my.call(api, options)", [api, DIALOGS[api]])
    dialog = page.get_by_role("dialog").or_(page.get_by_role("alertdialog"))
    sign = page.locator("[role=status]")
    expect(sign).to_have_text("Ordering")
    expect(sign).to_be_hidden()
    dialog.get_by_role("button", name="OK").or_(dialog.get_by_role("button", name="Pay")).click()
    expect(dialog).to_have_count(0)
    says(page, "Ordering")
    page.mouse.click(200, 200)
    assert page.evaluate("clicks") == 0
    page.evaluate("my.hideLoading()")
    says(page)


def test_loading_that_is_hidden_below_a_dialog_does_not_come_back(page: Page) -> None:
    page.evaluate("my.showLoading({ content: 'Ordering' })")
    says(page, "Ordering")
    page.evaluate("void my.alert({ content: 'Read me' }), void my.alert({ content: 'Me too' })")
    for text in ("Read me", "Me too"):
        expect(page.get_by_role("alertdialog", name=text)).to_be_visible()
        expect(page.get_by_role("status")).to_have_count(0)
        page.evaluate("my.hideLoading()")
        page.get_by_role("button", name="OK").click()
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    says(page)


def test_the_button_of_a_toast_over_a_dialog_is_reached_with_the_keyboard(page: Page) -> None:
    page.evaluate("void my.confirm({ content: 'Read me' })")
    dialog = page.get_by_role("alertdialog", name="Read me")
    expect(dialog).to_be_visible()
    page.evaluate(TOAST, {"content": "Saved", "buttonText": "Fine", "duration": 60000})
    fine = page.get_by_role("button", name="Fine")
    expect(fine).to_be_visible()
    stops = [fine, *(dialog.get_by_role("button", name=name) for name in ("Cancel", "OK", "Fine"))]
    for stop in stops:
        page.keyboard.press("Tab")
        expect(stop).to_be_focused()
    for stop in reversed(stops[:-1]):
        page.keyboard.press("Shift+Tab")
        expect(stop).to_be_focused()
    page.keyboard.press("Enter")
    expect(fine).to_have_count(0)
    expect(dialog).to_be_visible()
    page.keyboard.press("Tab")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)


# A page with a modal dialog of its own.
OWN = PAGE + "<dialog aria-label='Own'><button onclick='clicks++'>Inside</button></dialog>"


@pytest.fixture
def own(open_page: OpenPage) -> Page:
    return open_page(html=OWN).page


@pytest.mark.parametrize("order", ["before", "after"])
def test_a_toast_lies_over_a_modal_dialog_of_the_page_too(own: Page, order: str) -> None:
    if order == "after":
        own.evaluate("document.querySelector('dialog').showModal()")
    own.evaluate(TOAST, {"content": "Saved", "buttonText": "Fine", "duration": 60000})
    expect(own.get_by_role("button", name="Fine")).to_be_visible()
    if order == "before":
        own.evaluate("document.querySelector('dialog').showModal()")
    dialog = own.get_by_role("dialog", name="Own")
    # In it, because what is not is neither read out nor clicked.
    expect(dialog.get_by_role("status")).to_contain_text("Saved")
    own.get_by_role("button", name="Fine").click()
    expect(own.get_by_role("status")).to_have_count(0)
    expect(dialog).to_be_visible()
    assert own.evaluate("[clicks, heard]") == [0, 0]


@pytest.mark.parametrize("end", ["close", "remove"])
def test_a_toast_outlives_a_modal_dialog_of_the_page(own: Page, end: str) -> None:
    own.evaluate("document.querySelector('dialog').showModal()")
    own.evaluate(TOAST, {"content": "Saved", "duration": 60000})
    expect(own.get_by_role("dialog").get_by_role("status")).to_have_text("Saved")
    own.evaluate("void my.alert({ content: 'Read me' })")
    alert = own.get_by_role("alertdialog")
    expect(alert.get_by_role("status")).to_have_text("Saved")
    own.keyboard.press("Enter")
    expect(own.get_by_role("dialog").get_by_role("status")).to_have_text("Saved")
    own.evaluate(f"document.querySelector('dialog').{end}()")
    expect(own.get_by_role("dialog")).to_have_count(0)
    says(own, "Saved")
    own.evaluate("my.hideToast()")
    says(own)


def test_loading_keeps_clicks_from_a_modal_dialog_of_the_page(own: Page) -> None:
    own.evaluate("document.querySelector('dialog').showModal()")
    own.evaluate("my.showLoading()")
    expect(own.get_by_role("dialog").get_by_role("status")).to_have_text("Loading")
    box = own.get_by_role("button", name="Inside").bounding_box()
    assert box is not None
    own.mouse.click(box["x"] + 5, box["y"] + 5)
    assert own.evaluate("clicks") == 0
    own.evaluate("my.hideLoading()")
    own.mouse.click(box["x"] + 5, box["y"] + 5)
    assert own.evaluate("clicks") == 1


def test_a_page_that_writes_itself_anew_takes_both_away_and_can_show_them_again(page: Page) -> None:
    page.evaluate(TOAST, {"content": "Saved", "duration": 60000})
    page.evaluate("my.showLoading({ content: 'Ordering' })")
    says(page, "Saved", "Ordering")
    page.evaluate("document.open(); document.write('<title>New</title><body>New'); document.close()")
    says(page)
    page.wait_for_function("ran.length === 1")
    page.evaluate("my.showLoading({ content: 'Again' })")
    says(page, "Again")
    page.evaluate("my.hideLoading()")
    says(page)


def test_it_is_shown_without_a_connection(page: Page, bridge: Bridge) -> None:
    page.evaluate("my.hideLoading()")  # what draws it is loaded on first need
    with bridge.offline():
        page.evaluate("my.showLoading({ content: 'Waiting' })")
        says(page, "Waiting")
        page.evaluate("my.hideLoading()")
        says(page)


@pytest.mark.parametrize("api", ["showToast", "showLoading"])
def test_it_fails_when_it_cannot_be_loaded(open_page: OpenPage, api: str) -> None:
    opened = open_page()
    opened.page.route("**/feedback.js", lambda route: route.abort())
    assert opened.fail(api=api)["error"] == 10
    opened.page.unroute("**/feedback.js")
