"""What the page answers itself: after Python, without Python, and instead of Python."""

from __future__ import annotations

from playwright.sync_api import Page

from bridge import Bridge, Call, Outcome, error, never, succeed
from bridge.messages import Answer
from tests.conftest import OpenPage

KEEP = {"key": "cart", "data": [1]}


def test_python_comes_first_and_leaves_it_to_the_page(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page()
    opened.success(KEEP, api="setStorage")
    assert opened.success({"key": "cart"}, api="getStorage") == {"data": [1]}
    call = bridge.wait_for_call("getStorage")
    assert (call.by, call.ending, call.summary) == ("the wallet", "answered", "success in the page")
    assert call.answers == (Answer(callback="success", payload={"data": [1]}),)
    assert [callback.name for callback in call.callbacks] == ["success", "complete"]


def test_a_failure_of_the_page_is_in_the_log_too(open_page: OpenPage, bridge: Bridge) -> None:
    failed = open_page().fail({"key": ""}, api="getStorage")
    call = bridge.wait_for_call("getStorage")
    assert (call.summary, call.answers[0].payload) == ("fail in the page", failed)


def test_a_handler_answers_instead_of_the_page(open_page: OpenPage, bridge: Bridge) -> None:
    def location(call: Call) -> Outcome:
        return succeed({"networkType": "5G"})

    opened = open_page({"getNetworkType": location})
    assert opened.success(api="getNetworkType") == {"networkType": "5G"}
    bridge.once("setStorage", error(14))
    assert opened.fail(KEEP, api="setStorage")["error"] == 14


def test_without_a_connection_the_page_answers_all_the_same(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page()
    opened.success(KEEP, api="setStorage")
    with bridge.offline():
        assert opened.success({"key": "cart"}, api="getStorage") == {"data": [1]}
    assert len(bridge.calls) == 1


def test_a_call_that_python_has_is_lost_with_the_connection(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page({"getStorage": never()})
    opened.page.evaluate("my.getStorage({ key: 'cart', fail: (failure) => { window.failure = failure } }), 0")
    bridge.wait_for_call("getStorage", settled=False)
    bridge.disconnect()
    opened.page.wait_for_function("window.failure")
    assert opened.page.evaluate("failure.error") == 10


def test_what_the_page_is_answering_it_does_not_ask_python_again(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page()
    opened.page.evaluate("my.confirm({ content: 'Really?', success: (answer) => { window.answer = answer } }), 0")
    opened.page.get_by_role("alertdialog").wait_for()
    bridge.disconnect()
    bridge.emit("back", custom=True)
    bridge.disconnect()
    opened.success()
    opened.page.get_by_role("button", name="OK").click()
    opened.page.wait_for_function("window.answer")
    assert [call.api for call in bridge.calls] == ["confirm", "getAuthCode"]


def test_what_is_too_long_for_python_the_page_answers(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page()
    long = "() => new Promise((fail) => my.setStorage({ key: 'cart', data: 'x'.repeat(4100000), fail }))"
    assert opened.page.evaluate(long)["error"] == 14
    assert bridge.calls == ()


def test_a_part_that_cannot_be_loaded_is_a_network_error(open_page: OpenPage, shared_page: Page) -> None:
    shared_page.route("**/_bridge/device.js", lambda route: route.abort())
    try:
        opened = open_page()
        assert opened.fail(api="getClipboard") == {"error": 10, "errorMessage": "Empty data"}
        assert any("[bridge] cannot load" in text and "device.js" in text for text in opened.console)
        # It is asked for again, once it can be had.
        shared_page.unroute("**/_bridge/device.js")
        opened.success(api="getClipboard")
    finally:
        shared_page.unroute("**/_bridge/device.js")


def test_a_call_that_waits_for_the_user_is_over_when_they_have_answered(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page()
    opened.page.evaluate("my.confirm({ content: 'Really?', success() { window.heard = true } }), 0")
    opened.page.get_by_role("button", name="OK").click()
    call = bridge.wait_for_call("confirm")
    assert (call.summary, call.answers[0].payload) == ("success in the page", {"confirm": True})
    assert opened.page.evaluate("heard")


def test_a_test_that_ends_does_not_wait_for_a_user_who_will_not_come(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page()
    opened.page.evaluate("my.confirm({ content: 'Really?' }), 0")
    call = bridge.wait_for_call("confirm", settled=False)
    opened.page.get_by_role("alertdialog").wait_for()
    assert call.asks_in_page
    # Were it waited for, this would take longer than any test may.
    bridge.wait_for_pages(60)


def test_what_is_too_long_to_be_reported_is_not(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page()
    long = "async () => (await my.getClipboard(await my.setClipboard({ text: 'x'.repeat(400000) }))).text.length"
    assert opened.page.evaluate(long) == 400_000
    opened.page.evaluate("sessionStorage.clear()")
    read = """async () => {
      const text = "x".repeat(1200000);
      Object.defineProperty(navigator, "clipboard", { configurable: true, value: { readText: async () => text } });
      return (await my.getClipboard()).text.length;
    }"""
    opened.page.evaluate(read)
    call = bridge.wait_for_call("getClipboard", when=lambda call: bridge.calls[-1].call is call)
    assert not call.left_to_page
    assert len(bridge.connected) == 1


def test_a_clock_that_the_page_has_stopped_does_not_stop_a_toast(open_page: OpenPage) -> None:
    opened = open_page()
    opened.page.evaluate("window.setTimeout = () => 0, window.clearTimeout = () => {}")
    shown = "new Promise((resolve) => my.showToast({ content: 'Sold out', duration: 60, success: resolve }))"
    assert opened.page.evaluate(shown) == {}
