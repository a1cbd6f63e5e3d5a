"""The dialogs that a page opens to ask its user: what they show, how they are used, and what the page gets for it."""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.conftest import Opened, OpenPage

pytestmark = pytest.mark.usefixtures("without_motion")

SHOW = """([api, options]) => {
  window.ran = [];
  const note = (name) => (payload) => ran.push([name, payload]);
  my.call(api, { ...options, success: note("success"), fail: note("fail") });
}"""


@pytest.fixture
def opened(open_page: OpenPage) -> Opened:
    return open_page()


@pytest.fixture
def page(opened: Opened) -> Page:
    return opened.page


def show(page: Page, api: str, options: dict[str, Any] | None = None) -> Locator:
    """Open a dialog, and return it."""
    page.evaluate(SHOW, [api, options or {}])
    dialog = page.get_by_role("dialog").or_(page.get_by_role("alertdialog"))
    expect(dialog).to_be_visible()
    return dialog


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def result(page: Page) -> list[Any]:
    """Return which callback has run, and with what."""
    page.wait_for_function("ran.length === 1")
    expect(page.locator("html > :not(head, body)")).to_have_count(0)
    ((callback, payload),) = page.evaluate("ran")
    return [callback, payload]


# Cancelling: with the button, and with Escape.

CANCELLED: list[tuple[str, dict[str, Any], list[Any]]] = [
    ("confirm", {"content": "?"}, ["success", {"confirm": False}]),
    ("prompt", {"title": "Name"}, ["success", {"ok": False, "inputValue": ""}]),
    ("showActionSheet", {"items": ["One", "Two"]}, ["success", {"index": -1}]),
    ("tradePay", {"tradeNO": "T1"}, ["success", {"resultCode": "6001"}]),
    ("scan", {}, ["fail", {"error": 10, "errorMessage": "The user cancelled"}]),
    ("datePicker", {}, ["fail", {"error": 11, "errorMessage": "The user cancelled"}]),
]


@pytest.mark.parametrize(("api", "options", "expected"), CANCELLED, ids=[api for api, *_ in CANCELLED])
def test_the_user_can_cancel_with_the_button_and_with_escape(
    page: Page, api: str, options: dict[str, Any], expected: list[Any]
) -> None:
    show(page, api, options)
    press(page, "Cancel")
    assert result(page) == expected
    show(page, api, options)
    page.keyboard.press("Escape")
    assert result(page) == expected


@pytest.mark.parametrize(
    ("api", "options"),
    [
        ("showActionSheet", {}),
        ("showActionSheet", {"items": "One"}),
        ("tradePay", {}),
        ("tradePay", {"tradeNO": ""}),
        ("datePicker", {"format": "?"}),
        ("datePicker", {"format": "yyyy-M-d"}),
        ("datePicker", {"format": "yyyy-MMM"}),
    ],
)
def test_what_cannot_be_shown_is_refused(page: Page, api: str, options: dict[str, Any]) -> None:
    page.evaluate(SHOW, [api, options])
    assert result(page) == ["fail", {"error": 2, "errorMessage": "Invalid parameters"}]


# confirm.


def test_a_question_is_answered_with_yes(page: Page) -> None:
    options = {"title": "Leave?", "content": "All is lost.", "confirmButtonText": "Go", "cancelButtonText": "Stay"}
    show(page, "confirm", options)
    dialog = page.get_by_role("alertdialog", name="Leave?", description="All is lost.")
    expect(dialog.get_by_role("button")).to_have_text(["Stay", "Go"])
    expect(dialog.get_by_role("button", name="Go")).to_be_focused()
    page.keyboard.press("Enter")
    assert result(page) == ["success", {"confirm": True}]


def test_the_raw_bridge_has_other_names_for_a_question(page: Page) -> None:
    page.evaluate(
        """AlipayJSBridge.call("confirm", { title: "T", message: "M", okButton: "Y", cancelButton: "N" },
          (found) => { window.ran = [["callback", found]] })"""
    )
    expect(page.get_by_role("alertdialog", name="T", description="M")).to_be_visible()
    press(page, "Y")
    assert result(page) == ["callback", {"confirm": True, "ok": True}]


@pytest.mark.parametrize(
    ("color", "background", "ink"),
    [
        ("#c00", "rgb(204, 0, 0)", "rgb(255, 255, 255)"),
        ("#FFDD00", "rgb(255, 221, 0)", "rgb(0, 0, 0)"),
        ("url(x)", "rgb(11, 98, 228)", "rgb(255, 255, 255)"),
    ],
)
def test_a_button_in_the_colour_of_the_page_can_be_read(page: Page, color: str, background: str, ink: str) -> None:
    page.emulate_media(color_scheme="light")
    button = show(page, "confirm", {"confirmColor": color}).get_by_role("button", name="OK")
    expect(button).to_have_css("background-color", background)
    expect(button).to_have_css("color", ink)


HELD = """<!doctype html><title>T</title><button onclick="ask()">Mine</button>
<script>
  var ran = [], clicks = 0;
  const note = (result) => ran.push(result);
  function ask() {
    clicks++;
    my.confirm({ title: "First", success: note });
    my.confirm({ title: "Second", success: note });
  }
</script>"""


def test_a_key_that_is_held_down_answers_nothing_that_was_not_there_yet(open_page: OpenPage) -> None:
    page = open_page(html=HELD).page
    first, second = (page.get_by_role("alertdialog", name=name) for name in ("First", "Second"))
    page.get_by_role("button", name="Mine").focus()
    page.keyboard.down("Enter")
    for question in (first, second):
        expect(question.get_by_role("button", name="OK")).to_be_focused()
        page.keyboard.down("Enter")
        page.keyboard.down("Enter")
        expect(question).to_be_visible()
        page.keyboard.up("Enter")
        page.keyboard.down("Enter")
    expect(second).to_have_count(0)
    # Nor does it press what the page has, and ask again.
    expect(page.get_by_role("button", name="Mine")).to_be_focused()
    page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    assert page.evaluate("ran") == [{"confirm": True}] * 2
    assert page.evaluate("clicks") == 1
    page.keyboard.press("Enter")
    expect(first).to_be_visible()


# prompt.


def test_a_line_of_text_is_typed_and_sent_with_enter(page: Page) -> None:
    show(page, "prompt", {"title": "Name", "message": "Who are you?", "placeholder": "Ada"})
    dialog = page.get_by_role("dialog", name="Name", description="Who are you?")
    field = dialog.get_by_role("textbox", name="Name Who are you?")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("placeholder", "Ada")
    page.keyboard.type("Grace")
    page.keyboard.press("Enter")
    assert result(page) == ["success", {"ok": True, "inputValue": "Grace"}]


def test_enter_in_a_field_does_not_reach_the_page(open_page: OpenPage) -> None:
    page = open_page(html="<script>let count = 0</script><button onclick='count++'>Mine</button>").page
    page.get_by_role("button", name="Mine").focus()
    show(page, "prompt", {"okButtonText": "Send"})
    page.keyboard.press("Enter")
    assert result(page) == ["success", {"ok": True, "inputValue": ""}]
    expect(page.get_by_role("button", name="Mine")).to_be_focused()
    assert page.evaluate("count") == 0


def test_keys_that_are_typed_in_a_field_are_not_the_shortcuts_of_the_page(page: Page) -> None:
    page.evaluate("window.keys = []; addEventListener('keydown', ({ key }) => keys.push(key))")
    show(page, "prompt", {"okButtonText": "Send", "cancelButtonText": "Back"}).get_by_role("textbox").fill("a")
    page.keyboard.type("bc")
    press(page, "Send")
    assert result(page) == ["success", {"ok": True, "inputValue": "abc"}]
    assert page.evaluate("keys") == []


@pytest.mark.parametrize(
    ("align", "css"), [(None, "start"), ("left", "start"), ("center", "center"), ("right", "right")]
)
def test_a_message_is_aligned_as_the_page_wants(page: Page, align: str | None, css: str) -> None:
    dialog = show(page, "prompt", {"message": "Words", **({"align": align} if align else {})})
    expect(dialog.get_by_text("Words")).to_have_css("text-align", css)


# showModal, which only Alipay has.


@pytest.fixture
def chinese(open_page: OpenPage) -> Page:
    return open_page(profile="alipay-cn").page


def test_a_modal_asks_a_question(chinese: Page) -> None:
    options = {"title": "Leave?", "content": "All is lost.", "confirmText": "Go", "cancelText": "Stay"}
    for button, confirm in [("Go", True), ("Stay", False)]:
        show(chinese, "showModal", options)
        expect(chinese.get_by_role("alertdialog", name="Leave?", description="All is lost.")).to_be_visible()
        press(chinese, button)
        assert result(chinese) == ["success", {"confirm": confirm}]


def test_a_modal_may_have_one_button_only(chinese: Page) -> None:
    dialog = show(chinese, "showModal", {"content": "Saved", "showCancel": False})
    expect(dialog.get_by_role("button")).to_have_text(["OK"])
    chinese.keyboard.press("Enter")
    assert result(chinese) == ["success", {"confirm": True}]


def test_a_modal_asks_for_a_line_of_text(chinese: Page) -> None:
    options = {"title": "Name", "editable": True, "placeholderText": "Ada"}
    for button, content in [("OK", "Grace"), ("Cancel", "")]:
        show(chinese, "showModal", options)
        expect(chinese.get_by_role("textbox", name="Name")).to_have_attribute("placeholder", "Ada")
        chinese.keyboard.type("Grace")
        press(chinese, button)
        assert result(chinese) == ["success", {"confirm": button == "OK", "content": content}]


# showActionSheet.

ITEMS = ["Espresso", "Filter", "Throw away"]


def test_an_action_is_chosen_by_its_index(page: Page) -> None:
    show(page, "showActionSheet", {"title": "What shall it be?", "items": ITEMS, "cancelButtonText": "Nothing"})
    sheet = page.get_by_role("dialog", name="What shall it be?")
    expect(sheet.get_by_role("button")).to_have_text([*ITEMS, "Nothing"])
    expect(sheet).to_be_focused()
    press(page, "Filter")
    assert result(page) == ["success", {"index": 1}]


def test_the_keyboard_goes_through_the_actions_and_round(page: Page) -> None:
    sheet = show(page, "showActionSheet", {"items": ITEMS})
    expect(sheet).to_have_accessible_name("Actions")
    page.keyboard.press("Shift+Tab")
    expect(sheet.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(sheet.get_by_role("button", name="Throw away")).to_be_focused()
    page.keyboard.press("Enter")
    assert result(page) == ["success", {"index": 2}]


def test_a_click_beside_the_actions_cancels(page: Page) -> None:
    show(page, "showActionSheet", {"items": ITEMS})
    page.mouse.click(5, 5)
    assert result(page) == ["success", {"index": -1}]


def test_actions_carry_badges_and_a_warning_colour(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    badges = [
        {"index": 0, "type": "point"},
        {"index": 1, "type": "num", "text": "3"},
        {"index": 2, "type": "more"},
        {"index": 3, "type": "none", "text": "not this"},
        None,
    ]
    options = {"items": ["a", "b", "c", "d"], "badges": badges, "destructiveBtnIndex": 2}
    buttons = show(page, "showActionSheet", options).get_by_role("button")
    for button, name in zip(buttons.all(), ["a new", "b 3", "c \u2026", "d", "Cancel"], strict=True):
        expect(button).to_have_accessible_name(re.compile(f"^{name.replace(' ', ' ?')}$"))
    expect(buttons.nth(2)).to_have_css("color", "rgb(192, 34, 47)")
    expect(buttons.nth(1)).not_to_have_css("color", "rgb(192, 34, 47)")


# tradePay.


@pytest.mark.parametrize(
    ("button", "code"),
    [
        ("Pay", "9000"),
        ("Cancel", "6001"),
        ("Close", "6001"),
        ("Let it fail 4000", "4000"),
        ("Result unknown 6004", "6004"),
        ("Still processing 8000", "8000"),
    ],
)
def test_a_payment_ends_as_the_user_chooses(page: Page, button: str, code: str) -> None:
    show(page, "tradePay", {"tradeNO": "T1"})
    press(page, button)
    assert result(page) == ["success", {"resultCode": code}]


def test_the_user_sees_who_asks_for_a_payment_and_for_what(page: Page, opened: Opened) -> None:
    content = {"total_amount": "12.50", "subject": "2 bags of Gayo"}
    show(page, "tradePay", {"orderStr": f"app_id=2014&biz_content={quote(json.dumps(content))}"})
    sheet = page.get_by_role("dialog", name="Test asks for a payment", description="12.50 CNY")
    rows = sheet.get_by_role("term").all_inner_texts()
    assert rows == ["What for", "Order", "User"]
    values = sheet.get_by_role("definition")
    expect(values.nth(0)).to_have_text("2 bags of Gayo")
    expect(values.nth(1)).to_contain_text("app_id=2014&biz_content=")
    expect(values.nth(2)).to_have_text(opened.bridge.user.nickname)
    expect(sheet.get_by_text("Simulated by bridge: no real wallet, no real account.")).to_be_visible()
    expect(sheet.get_by_role("heading", name="Test asks")).to_be_focused()


@pytest.mark.parametrize(
    ("options", "term", "value"),
    [
        ({"tradeNO": 42}, "Trade", "42"),
        ({"orderStr": "biz_content=not json"}, "Order", "biz_content=not json"),
        ({"paymentUrl": "https://pay.test/1"}, "Payment page", "https://pay.test/1"),
    ],
)
def test_a_payment_without_an_amount_shows_what_there_is(
    page: Page, options: dict[str, Any], term: str, value: str
) -> None:
    sheet = show(page, "tradePay", options)
    expect(sheet.get_by_role("term")).to_have_text([term, "User"])
    expect(sheet.get_by_role("definition").first).to_have_text(value)
    expect(sheet).to_have_accessible_description("")


GBK = "%D6%A7%B8%B6%B1%A6"  # the first letter of its sample, in Alipay's documentation
ALIPAY = "\u652f\u4ed8\u5b9d"


@pytest.mark.parametrize(
    ("charset", "subject", "shown"),
    [
        ("GBK", f"{GBK}+7", f"{ALIPAY} 7"),
        ("utf-8", quote(ALIPAY), ALIPAY),
        ("", "%2512+%26+%2B", "%12 & +"),
        ("of my own", "100%25", "100%"),
    ],
)
def test_what_is_bought_is_read_in_the_charset_of_the_order(page: Page, charset: str, subject: str, shown: str) -> None:
    content = f"%7B%22amount%22%3A%220.02%22%2C%22order_title%22%3A%22{subject}%22%7D"
    sheet = show(page, "tradePay", {"orderStr": f"app_id=2014&biz_content={content}&charset={quote(charset)}"})
    expect(sheet.get_by_role("definition").first).to_have_text(shown)
    expect(sheet).to_have_accessible_description("0.02 CNY")


# scan.


@pytest.mark.parametrize(
    ("options", "title", "field"),
    [
        ({}, "Scan a QR code", "qrCode"),
        ({"type": "qr"}, "Scan a QR code", "qrCode"),
        ({"type": "bar"}, "Scan a bar code", "barCode"),
        ({"scanType": ["barCode"]}, "Scan a bar code", "barCode"),
        ({"scanType": ["qrCode", "barCode"]}, "Scan a QR code", "qrCode"),
    ],
)
def test_what_is_typed_is_what_was_scanned(page: Page, options: dict[str, Any], title: str, field: str) -> None:
    show(page, "scan", options)
    expect(page.get_by_role("dialog", name=title).get_by_role("textbox")).to_be_focused()
    page.keyboard.type("https://x.test/?a=1")
    page.keyboard.press("Enter")
    assert result(page) == ["success", {"code": "https://x.test/?a=1", field: "https://x.test/?a=1"}]


def test_a_code_is_never_empty(page: Page) -> None:
    dialog = show(page, "scan")
    press(page, "Done")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("textbox")).to_be_focused()
    page.keyboard.type("4006381333931")
    press(page, "Done")
    assert result(page)[1]["code"] == "4006381333931"


def test_alipay_says_more_about_what_was_scanned(open_page: OpenPage) -> None:
    page = open_page(profile="alipay-cn").page
    show(page, "scan").get_by_role("textbox").fill("\u8336")
    press(page, "Done")
    callback, found = result(page)
    assert (callback, found["result"], found["imageChannel"]) == ("success", "\u8336", "camera")
    assert base64.b64decode(found["rawData"]).decode() == "\u8336"


# datePicker.

DATES = [
    (None, "Choose a date", "2026-03-09", "2026-04-01", "2026-04-01"),
    ("yyyy-MM-dd", "Choose a date", "2026-3-9", "2026-04-01", "2026-04-01"),
    ("dd-MM-yyyy", "Choose a date", "09-03-2026", "2026-04-01", "01-04-2026"),
    ("HH:mm", "Choose a time", "09:30", "17:05", "17:05"),
    ("HH:mm:ss", "Choose a time", "09:30:01", "17:05:59", "17:05:59"),
    ("yyyy-MM", "Choose a month", "2026-03", "2026-04", "2026-04"),
    ("yyyy", "Choose a year", "2026", "2027", "2027"),
    ("yyyy-MM-dd HH:mm", "Choose a date and a time", "2026-03-09 09:30", "2026-04-01T17:05", "2026-04-01 17:05"),
    ("dd-MM-yyyy HH:mm", "Choose a date and a time", "09-03-2026 09:30", "2026-04-01T17:05", "01-04-2026 17:05"),
    (
        "yyyy-MM-dd HH:mm:ss",
        "Choose a date and a time",
        "2026-3-9 9:30:1",
        "2026-04-01T17:05:59",
        "2026-04-01 17:05:59",
    ),
]


@pytest.mark.parametrize(("format", "title", "current", "chosen", "expected"), DATES)
def test_a_date_comes_and_goes_in_the_format_of_the_page(
    page: Page, format: str | None, title: str, current: str, chosen: str, expected: str
) -> None:
    options = {"currentDate": current, **({"format": format} if format else {})}
    field = show(page, "datePicker", options).get_by_label(title).and_(page.locator("input"))
    expect(field).to_be_focused()
    press(page, "OK")
    given = [part.zfill(2) for part in re.findall(r"\d+", current)]
    assert re.findall(r"\d+", result(page)[1]["date"]) == given
    show(page, "datePicker", options)
    field.fill(chosen)
    press(page, "OK")
    assert result(page) == ["success", {"date": expected}]


def test_without_a_date_today_is_chosen(page: Page) -> None:
    show(page, "datePicker", {"currentDate": "soon"})
    press(page, "OK")
    today = page.evaluate("new Date(Date.now() - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 10)")
    assert result(page)[1]["date"] == today


def test_a_date_stays_within_the_limits(page: Page) -> None:
    limits = {"startDate": "2026-03-05", "endDate": "2026-03-09"}
    dialog = show(page, "datePicker", {**limits, "currentDate": "2020-01-01"})
    field = dialog.locator("input")
    expect(field).to_have_value("2026-03-05")
    field.fill("2026-03-10")
    press(page, "OK")
    expect(dialog).to_be_visible()
    field.fill("2026-03-09")
    press(page, "OK")
    assert result(page) == ["success", {"date": "2026-03-09"}]
    show(page, "datePicker", {**limits, "currentDate": "2030-01-01"})
    expect(field).to_have_value("2026-03-09")


def test_a_date_is_typed_with_the_keyboard(page: Page) -> None:
    show(page, "datePicker", {"currentDate": "2026-03-09"})
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert result(page) == ["success", {"date": "2026-04-09"}]


def test_the_keyboard_goes_back_within_a_date(page: Page) -> None:
    dialog = show(page, "datePicker", {"currentDate": "2026-03-09"})
    field = dialog.locator("input")
    expect(field).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(field).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(field).to_have_value("2026-03-10")


@pytest.mark.parametrize("year", ["0", "-5", "10000", "2026.5"])
def test_what_is_no_year_is_not_taken(page: Page, year: str) -> None:
    dialog = show(page, "datePicker", {"format": "yyyy", "currentDate": "2026"})
    dialog.locator("input").fill(year)
    press(page, "OK")
    expect(dialog.locator("input")).to_be_focused()
    assert page.evaluate("ran") == []


@pytest.mark.parametrize(("typed", "year"), [("2e3", "2000"), ("7", "0007"), ("9999", "9999")])
def test_a_year_is_what_the_number_says(page: Page, typed: str, year: str) -> None:
    show(page, "datePicker", {"format": "yyyy"}).locator("input").fill(typed)
    press(page, "OK")
    assert result(page) == ["success", {"date": year}]


def test_letters_of_other_scripts_are_a_part_of_a_date(page: Page) -> None:
    show(page, "datePicker", {"format": "yyyy\u5e74MM\u6708", "currentDate": "2026\u5e743\u6708"})
    press(page, "OK")
    assert result(page) == ["success", {"date": "2026\u5e7403\u6708"}]


def test_tiki_begins_with_the_day(open_page: OpenPage) -> None:
    page = open_page(profile="tiki").page
    show(page, "datePicker", {"currentDate": "09-03-2026"})
    press(page, "OK")
    assert result(page) == ["success", {"date": "09-03-2026"}]


# All of them.


def test_dialogs_of_all_kinds_wait_for_each_other(page: Page) -> None:
    page.evaluate(
        "void my.confirm({ title: 'First' }), void my.tradePay({ tradeNO: 'T' }), void my.prompt({ title: 'Last' })"
    )
    names = ["First", "Test asks for a payment", "Last"]
    dialog = page.get_by_role("dialog").or_(page.get_by_role("alertdialog"))
    for name in names:
        expect(dialog).to_have_accessible_name(name)
        page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_a_page_that_writes_itself_anew_cancels_what_it_asked(page: Page) -> None:
    show(page, "prompt", {"title": "Name"})
    page.evaluate("document.open(); document.write('<title>New</title>New'); document.close()")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.wait_for_function("ran.length === 1")
    assert page.evaluate("ran") == [["success", {"ok": False, "inputValue": ""}]]
    show(page, "tradePay", {"tradeNO": "T"})
    press(page, "Pay")
    assert result(page) == ["success", {"resultCode": "9000"}]


@pytest.mark.parametrize(("api", "options"), [(api, options) for api, options, _ in CANCELLED])
def test_markup_is_text_everywhere(page: Page, api: str, options: dict[str, Any]) -> None:
    markup = "<img src=x onerror=alert(1)>"
    texts = ["title", "content", "message", "tradeNO", "confirmButtonText", "okButtonText", "cancelButtonText"]
    dialog = show(page, api, {**options, **dict.fromkeys(texts, markup), "items": [markup]})
    expect(dialog.locator("img")).to_have_count(0)
    page.keyboard.press("Escape")
