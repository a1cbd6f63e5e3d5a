"""What the phone has and a browser lends: the network, the clipboard, the telephone, the motor."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.conftest import OpenPage

CONNECTION = """(fields) => {
  const connection = Object.assign(new EventTarget(), fields);
  Object.defineProperty(navigator, "connection", { configurable: true, value: connection });
}"""


@pytest.mark.parametrize(
    ("connection", "type"),
    [
        ({"type": "wifi"}, "WIFI"),
        ({"type": "ethernet"}, "WIFI"),
        ({"effectiveType": "4g"}, "WIFI"),
        ({"type": "cellular", "effectiveType": "4g"}, "4G"),
        ({"type": "cellular", "effectiveType": "slow-2g"}, "2G"),
        ({"type": "cellular"}, "WWAN"),
        ({"type": "bluetooth"}, "UNKNOWN"),
    ],
)
def test_the_network_is_of_the_type_that_the_browser_says(
    open_page: OpenPage, connection: dict[str, str], type: str
) -> None:
    opened = open_page()
    opened.page.evaluate(CONNECTION, connection)
    assert opened.success(api="getNetworkType") == {"networkAvailable": True, "networkType": type}


def test_without_a_network_there_is_none_to_reach(open_page: OpenPage) -> None:
    opened = open_page()
    opened.page.evaluate("Object.defineProperty(navigator, 'onLine', { configurable: true, value: false })")
    assert opened.success(api="getNetworkType") == {"networkAvailable": False, "networkType": "NOTREACHABLE"}


def test_a_network_that_goes_and_comes_is_told(open_page: OpenPage, context: BrowserContext) -> None:
    opened = open_page(tab=context.new_page())
    assert opened.success(api="getNetworkType")["networkAvailable"]
    opened.page.evaluate("window.changes = []; my.onNetworkStatusChange((change) => changes.push(change))")
    context.set_offline(True)
    opened.page.wait_for_function("changes.length === 1")
    context.set_offline(False)
    opened.page.wait_for_function("changes.length === 2")
    assert opened.page.evaluate("changes") == [
        {"isConnected": False, "networkAvailable": False, "networkType": "NOTREACHABLE"},
        {"isConnected": True, "networkAvailable": True, "networkType": "WIFI"},
    ]


def test_what_is_put_on_the_clipboard_can_be_read_without_a_permission(open_page: OpenPage) -> None:
    opened = open_page(files={"next.html": "<!doctype html><title>Next</title>"})
    assert opened.success({"text": "café ☕"}, "setClipboard") == {"success": True}
    assert opened.success(api="getClipboard") == {"text": "café ☕"}
    opened.page.goto(opened.url + "/next.html")
    assert opened.success(api="getClipboard") == {"text": "café ☕"}


def test_with_a_permission_it_is_the_clipboard_of_the_system(open_page: OpenPage, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened = open_page(html="<!doctype html><title>T</title><textarea></textarea>", tab=context.new_page())
    page = opened.page
    opened.success({"text": "from the app"}, "setClipboard")
    page.locator("textarea").press("Control+V")
    expect(page.locator("textarea")).to_have_value("from the app")
    page.locator("textarea").fill("from the user")
    page.locator("textarea").press("Control+A")
    page.locator("textarea").press("Control+C")
    assert opened.success(api="getClipboard") == {"text": "from the user"}


@pytest.mark.parametrize("is_written", [True, False], ids=["copied the older way", "not copied at all"])
def test_where_browsers_keep_the_clipboard_from_pages_it_works_all_the_same(
    open_page: OpenPage, is_written: bool
) -> None:
    opened = open_page()
    opened.page.evaluate("Object.defineProperty(navigator, 'clipboard', { configurable: true, value: undefined })")
    if not is_written:
        opened.page.evaluate("document.execCommand = () => false")
    opened.success({"text": "kept"}, "setClipboard")
    assert opened.success(api="getClipboard") == {"text": "kept"}


def test_the_clipboard_takes_no_nothing(open_page: OpenPage) -> None:
    assert open_page().fail({}, "setClipboard") == {"error": 2, "errorMessage": "Invalid parameters"}


def test_a_phone_call_follows_a_telephone_link_and_leaves_the_page_where_it_is(open_page: OpenPage) -> None:
    opened = open_page()
    opened.page.evaluate("""() => {
      window.called = [];
      document.addEventListener("click", (event) => {
        event.preventDefault(); // this machine has no telephone
        called.push(event.target.href);
      });
    }""")
    assert opened.success({"number": "+49 30 1234#5"}, "makePhoneCall") == {}
    assert opened.success({"number": 911}, "makePhoneCall") == {}
    assert opened.page.evaluate("called") == ["tel:+49301234%235", "tel:911"]
    assert opened.page.url == opened.url + "/"
    expect(opened.page.locator("a")).to_have_count(0)


@pytest.mark.parametrize("options", [{}, {"number": ""}, {"number": None}])
def test_a_phone_call_needs_a_number(open_page: OpenPage, options: dict[str, str | None]) -> None:
    assert open_page().fail(options, "makePhoneCall") == {"error": 2, "errorMessage": "invalid parameter"}


def test_the_motor_runs_for_as_long_as_each_call_means(open_page: OpenPage) -> None:
    opened = open_page()
    opened.page.mouse.click(5, 5)
    opened.page.evaluate("window.felt = []; navigator.vibrate = (duration) => felt.push(duration); 0")
    for api in ("vibrate", "vibrateLong", "vibrateShort"):
        assert opened.success(api=api) == {}
    assert opened.page.evaluate("felt") == [400, 400, 40]


def test_a_phone_that_nobody_has_touched_yet_stays_still_without_a_word(
    open_page: OpenPage, context: BrowserContext
) -> None:
    opened = open_page(tab=context.new_page())
    opened.page.evaluate("Object.defineProperty(navigator, 'userActivation', { value: { hasBeenActive: false } })")
    assert opened.success(api="vibrate") == {}
    assert opened.console == []
