"""`my.alert`: a dialog drawn in the page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.conftest import OpenPage

SHOW = "(options) => { window.ran = []; void my.alert({ ...options, success(res) { ran.push(res) } }) }"


def shown(page: Page) -> Locator:
    return page.get_by_role("alertdialog")


def dismissed(page: Page) -> bool:
    expect(shown(page)).to_have_count(0)
    page.wait_for_function("ran.length === 1")
    return bool(page.evaluate("JSON.stringify(ran) === '[{}]'"))


def test_title_content_and_button_text_are_shown_and_name_the_dialog(open_page: OpenPage) -> None:
    page = open_page().page
    page.evaluate(SHOW, {"title": "Hello", "content": "You are in.", "buttonText": "Fine"})
    dialog = page.get_by_role("alertdialog", name="Hello", description="You are in.")
    expect(dialog.get_by_role("heading", name="Hello")).to_be_visible()
    expect(dialog.get_by_text("You are in.")).to_be_visible()
    expect(dialog.get_by_role("button", name="Fine")).to_be_focused()
    dialog.get_by_role("button").click()


@pytest.mark.parametrize(
    ("options", "name"), [({"content": "Only this"}, "Only this"), ({"title": "T"}, "T"), ({}, "Alert")]
)
def test_it_has_a_name_whatever_is_missing(open_page: OpenPage, options: dict[str, str], name: str) -> None:
    page = open_page().page
    page.evaluate(SHOW, options)
    dialog = page.get_by_role("alertdialog", name=name, exact=True)
    dialog.get_by_role("button", name="OK").click()
    assert dismissed(page)


@pytest.mark.parametrize(
    "dismiss",
    [
        lambda page: shown(page).get_by_role("button").click(),
        lambda page: page.keyboard.press("Enter"),
        lambda page: page.keyboard.press("Escape"),
    ],
    ids=["mouse", "Enter", "Escape"],
)
def test_success_runs_after_it_is_dismissed(open_page: OpenPage, dismiss: Callable[[Page], None]) -> None:
    page = open_page().page
    page.evaluate(SHOW, {"content": "Read me"})
    expect(shown(page)).to_be_visible()
    assert page.evaluate("ran") == []
    dismiss(page)
    assert dismissed(page)


def test_the_focus_goes_back_to_where_it_was(open_page: OpenPage) -> None:
    page = open_page(html="<button onclick='my.alert({ content: 1 })'>Show</button>").page
    page.get_by_role("button", name="Show").click()
    expect(shown(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Show")).to_be_focused()


def test_a_second_alert_waits_for_the_first(open_page: OpenPage) -> None:
    page = open_page().page
    page.evaluate("void my.alert({ content: 'first' }), void my.alert({ content: 'second' })")
    expect(shown(page)).to_have_text("firstOK")
    page.keyboard.press("Escape")
    expect(shown(page)).to_have_text("secondOK")
    page.keyboard.press("Escape")


def test_a_content_that_is_no_string_is_shown_all_the_same(open_page: OpenPage) -> None:
    page = open_page().page
    page.evaluate("void my.alert({ content: { auth_base: '10001' } })")
    expect(shown(page).get_by_text('{"auth_base":"10001"}')).to_be_visible()


def test_markup_in_the_content_is_text(open_page: OpenPage) -> None:
    page = open_page().page
    page.evaluate("void my.alert({ content: '<img src=x onerror=alert(1)>' })")
    expect(shown(page)).to_have_text("<img src=x onerror=alert(1)>OK")


def test_the_styles_of_the_page_do_not_reach_it(open_page: OpenPage) -> None:
    page = open_page(html="<style>div, dialog, button { display: none !important }</style>").page
    page.evaluate("void my.alert({ content: 'still here' })")
    expect(shown(page).get_by_role("button", name="OK")).to_be_visible()


def test_it_is_drawn_under_a_strict_content_security_policy(open_page: OpenPage) -> None:
    policy = "default-src 'none'; connect-src 'self'; script-src 'nonce-x'"
    html = f"<meta http-equiv='Content-Security-Policy' content=\"{policy}\"><script nonce='x' src='my.js'></script>"
    page = open_page().page
    page.route("**/strict.html", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(page.url + "strict.html")
    page.evaluate("void my.alert({ content: 'in style' })")
    expect(shown(page)).to_have_css("border-radius", "14px")


def test_the_raw_bridge_names_its_fields_otherwise(open_page: OpenPage) -> None:
    page = open_page().page
    page.evaluate(
        "AlipayJSBridge.call('alert', { title: 'T', message: 'M', button: 'B' }, (res) => { window.got = res })"
    )
    expect(page.get_by_role("alertdialog", name="T", description="M")).to_be_visible()
    page.get_by_role("button", name="B").click()
    page.wait_for_function("window.got")
    assert page.evaluate("got") == {}


@pytest.mark.parametrize("file", ["dialogs.js", "dialog.js"])
def test_it_fails_when_it_cannot_be_loaded_and_can_be_tried_again(open_page: OpenPage, file: str) -> None:
    opened = open_page()
    opened.page.route(f"**/{file}", lambda route: route.abort())
    assert opened.fail(api="alert")["error"] == 10
    assert any(text.startswith("[bridge] cannot load ") and text.endswith(file) for text in opened.console)
    opened.page.unroute(f"**/{file}")
    opened.page.evaluate("void my.alert({ content: 'now' })")
    expect(shown(opened.page)).to_be_visible()
