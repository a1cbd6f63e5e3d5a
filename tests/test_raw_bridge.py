"""What pages for the wallet's own browser call by `AlipayJSBridge.call`, under the names that only it has."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, expect

from tests.conftest import BLANK, OpenPage

CALL = "([name, options]) => new Promise((resolve) => AlipayJSBridge.call(name, options, resolve))"


def test_a_title_is_set(open_page: OpenPage) -> None:
    opened = open_page()
    assert opened.page.evaluate(CALL, ["setTitle", {"title": "Your cart"}]) == {}
    assert opened.page.title() == "Your cart"


def test_a_toast_is_shown(open_page: OpenPage) -> None:
    opened = open_page()
    opened.page.evaluate("AlipayJSBridge.call('toast', { content: 'Sold out', duration: 60000 })")
    expect(opened.page.get_by_role("status").get_by_text("Sold out")).to_be_visible()


def test_windows_are_opened_and_closed(open_page: OpenPage, context: BrowserContext) -> None:
    opened = open_page(files={"cart.html": BLANK}, tab=context.new_page())
    for close in "popWindow", "closeWebview":
        with opened.page.expect_navigation(url="**/cart.html"):
            opened.page.evaluate("AlipayJSBridge.call('pushWindow', { url: 'cart.html' })")
        with opened.page.expect_navigation(url=f"{opened.url}/"):
            opened.page.evaluate(f"AlipayJSBridge.call('{close}')")


def test_what_has_no_counterpart_in_a_browser_succeeds(open_page: OpenPage) -> None:
    opened = open_page()
    for name in "showOptionMenu", "hideOptionMenu", "setTransparentTitle":
        assert opened.page.evaluate(CALL, [name, {}]) == {}
