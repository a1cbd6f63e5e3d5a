"""The shop of the examples, end to end: its pages in a real browser, its own back end, and the wallet between them."""

from __future__ import annotations

import importlib.util
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import BrowserContext, Page, expect

from bridge import Bridge, succeed
from bridge.server import run_in_thread

SHOP = Path(__file__).parent.parent / "examples" / "shop"

ORDERED = "() => my.request({ url: `${BACKEND}/orders/1001` }).then(() => 'shown', ({ status }) => status)"
FETCHED = "() => fetch(`${BACKEND}/products`).then(() => 'read', () => 'kept from the page')"


def create_backend(bridge: Bridge) -> FastAPI:
    spec = importlib.util.spec_from_file_location("shop", SHOP / "main.py")
    assert spec is not None
    assert spec.loader is not None
    shop = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shop)
    backend = shop.create_backend(bridge)
    assert isinstance(backend, FastAPI)
    return backend


@pytest.fixture
def pages(bridge: Bridge, tmp_path: Path) -> Path:
    """The shop's pages, which the bridge serves, in a copy that can be told of another back end."""
    pages = tmp_path / "shop"
    shutil.copytree(SHOP, pages)
    bridge.configure(pages=pages, app_name="Corner Coffee", consent="ask")
    return pages


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    page = context.new_page()
    page.emulate_media(reduced_motion="reduce")
    return page


@pytest.fixture
def shop(bridge: Bridge, pages: Path, tab: Page) -> Iterator[Page]:
    """The first page of the shop."""
    with run_in_thread(create_backend(bridge)) as backend:
        tell(pages, backend.url)
        tab.goto(bridge.url)
        yield tab


def tell(pages: Path, backend: str) -> None:
    (pages / "config.js").write_text(f'const BACKEND = "{backend}";\n')


def log_in(page: Page) -> None:
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("dialog").get_by_role("button", name="Allow").click()
    expect(page.get_by_text("Hello, Amara")).to_be_visible()


def fill_cart(page: Page) -> None:
    page.get_by_role("button", name="Add Huila").click()
    page.get_by_role("button", name="Cart (1)").click()
    expect(page.get_by_role("list", name="Cart").get_by_role("listitem")).to_have_count(1)


def press(page: Page, name: str) -> None:
    """Press a button as a keyboard does."""
    page.get_by_role("button", name=name, exact=True).focus()
    page.keyboard.press("Enter")


def test_a_customer_logs_in_fills_the_cart_and_pays(shop: Page, bridge: Bridge) -> None:
    # The list came from another origin, which lets no page read it. Nobody has been asked for anything.
    expect(shop.get_by_role("list", name="Coffee").get_by_role("listitem")).to_have_count(4)
    assert shop.evaluate(FETCHED) == "kept from the page"
    expect(shop.get_by_text("Hello, guest")).to_be_visible()
    sheet = shop.get_by_role("dialog", name="Corner Coffee asks for your permission")
    expect(sheet).to_have_count(0)

    shop.get_by_role("button", name="Log in").click()
    sheet.get_by_role("button", name="Allow").click()
    expect(shop.get_by_text("Hello, Amara")).to_be_visible()
    expect(shop.get_by_role("button", name="Log in")).to_be_hidden()
    assert bridge.authority.was_redeemed(bridge.wait_for_call("getAuthCode").code)

    shop.get_by_role("button", name="Add Huila").click()
    expect(shop.get_by_role("status").filter(has_text="Huila is in the cart")).to_be_visible()
    shop.get_by_role("button", name="Add Gayo").click()
    shop.get_by_role("button", name="Add Gayo").click()
    shop.reload()
    expect(shop.get_by_text("Hello, Amara")).to_be_visible()
    expect(sheet).to_have_count(0)
    shop.get_by_role("button", name="Cart (3)").click()

    lines = shop.get_by_role("list", name="Cart").get_by_role("listitem")
    expect(lines).to_contain_text(["Huila", "Gayo"])
    question = shop.get_by_role("alertdialog", name="Remove Huila?")
    shop.get_by_role("button", name="One less Huila").click()
    question.get_by_role("button", name="Keep").click()
    expect(question).to_have_count(0)
    expect(lines).to_have_count(2)
    shop.get_by_role("button", name="One less Huila").click()
    question.get_by_role("button", name="Remove").click()
    expect(lines).to_contain_text(["Gayo"])
    expect(shop.get_by_text("Total $25.00")).to_be_visible()

    shop.get_by_role("button", name="Pay").click()
    shop.get_by_role("dialog").get_by_role("button", name=re.compile(r"^Pay\b")).click()
    expect(shop.get_by_role("heading", name="Thank you")).to_be_visible()
    expect(shop.get_by_text("Order 1001 is paid")).to_be_visible()
    order = shop.get_by_role("list", name="Order").get_by_role("listitem")
    expect(order).to_have_text(["2 \u00d7 Gayo$25.00", "Total$25.00"])

    shop.get_by_role("button", name="Back to the shop").click()
    expect(shop.get_by_role("button", name="Cart", exact=True)).to_be_visible()


def test_who_cancels_the_payment_keeps_the_cart_and_can_pay_at_once(shop: Page) -> None:
    log_in(shop)
    fill_cart(shop)
    payment = shop.get_by_role("dialog", name="Corner Coffee asks for a payment")
    press(shop, "Pay")
    expect(payment).to_be_visible()
    shop.keyboard.press("Escape")
    expect(shop.get_by_role("status").filter(has_text="You have not paid")).to_be_visible()
    expect(shop.get_by_role("button", name="Pay")).to_be_focused()
    shop.keyboard.press("Enter")
    expect(payment).to_be_visible()
    shop.reload()
    expect(shop.get_by_text("Total $13.00")).to_be_visible()


def test_who_presses_pay_twice_orders_once(shop: Page, bridge: Bridge) -> None:
    bridge.once("tradePay", succeed({"resultCode": "9000"}))
    log_in(shop)
    fill_cart(shop)
    shop.evaluate("() => { pay.click(); pay.click(); }")
    expect(shop.get_by_text("Order 1001 is paid")).to_be_visible()
    assert shop.evaluate("request('/orders/1002').then(() => 'ordered', ({ status }) => status)") == 404


def test_after_a_payment_that_failed_the_cart_and_the_focus_are_as_they_were(shop: Page, bridge: Bridge) -> None:
    bridge.once("tradePay", succeed({"resultCode": "4000"}))
    log_in(shop)
    fill_cart(shop)
    press(shop, "Pay")
    alert = shop.get_by_role("alertdialog", name="The payment failed")
    alert.get_by_role("button", name="OK").click()
    expect(alert).to_have_count(0)
    expect(shop.get_by_role("button", name="Pay")).to_be_focused()
    expect(shop.get_by_text("Total $13.00")).to_be_visible()


@pytest.mark.parametrize("result_code", ["6004", "8000"])
def test_an_order_that_is_not_known_to_be_paid_can_be_looked_at(shop: Page, bridge: Bridge, result_code: str) -> None:
    bridge.always("tradePay", succeed({"resultCode": result_code}))
    log_in(shop)
    fill_cart(shop)
    question = shop.get_by_role("alertdialog", name="The payment is not confirmed yet")
    shop.get_by_role("button", name="Pay").click()
    question.get_by_role("button", name="Not now").click()
    expect(question).to_have_count(0)
    expect(shop.get_by_text("Total $13.00")).to_be_visible()

    shop.get_by_role("button", name="Pay").click()
    question.get_by_role("button", name="Show order").click()
    expect(shop.get_by_text("Order 1002 is not paid yet.")).to_be_visible()
    expect(shop.get_by_role("heading", name="Your order")).to_be_visible()
    shop.get_by_role("button", name="Back to the shop").click()
    expect(shop.get_by_role("button", name="Cart (1)")).to_be_visible()


def test_who_refuses_can_look_around_and_is_asked_again_only_to_pay(shop: Page, bridge: Bridge) -> None:
    bridge.once("tradePay", succeed({"resultCode": "9000"}))
    sheet = shop.get_by_role("dialog", name="Corner Coffee asks for your permission")
    shop.get_by_role("button", name="Log in").click()
    sheet.get_by_role("button", name="Deny").click()
    expect(sheet).to_have_count(0)
    shop.reload()
    expect(shop.get_by_text("Hello, guest")).to_be_visible()
    fill_cart(shop)
    alert = shop.get_by_role("alertdialog", name="That did not work")
    shop.get_by_role("button", name="Pay").click()
    sheet.get_by_role("button", name="Deny").click()
    expect(alert).to_contain_text("Log in to pay.")
    alert.get_by_role("button", name="OK").click()
    shop.get_by_role("button", name="Pay").click()
    sheet.get_by_role("button", name="Allow").click()
    expect(shop.get_by_text("Order 1001 is paid")).to_be_visible()
    assert len([call for call in bridge.calls if call.api == "getAuthCode"]) == 3


def test_who_takes_the_permission_back_is_a_guest_until_the_next_login(shop: Page, bridge: Bridge) -> None:
    log_in(shop)
    bridge.revoke("auth_user")
    shop.reload()
    expect(shop.get_by_text("Hello, guest")).to_be_visible()
    log_in(shop)


def test_another_user_who_answers_gets_to_see_their_own_cart_before_they_pay(shop: Page) -> None:
    fill_cart(shop)
    press(shop, "Pay")
    sheet = shop.get_by_role("dialog", name="Corner Coffee asks for your permission")
    sheet.get_by_label("Answer as").select_option("2088000000000002")  # Bayu
    sheet.get_by_role("button", name="Allow").click()
    alert = shop.get_by_role("alertdialog", name="Your cart has changed")
    alert.get_by_role("button", name="OK").click()
    expect(shop.get_by_text("There is nothing in it yet.")).to_be_visible()
    expect(shop.get_by_role("button", name="Pay")).to_be_hidden()
    expect(shop.get_by_role("button", name="Back")).to_be_focused()

    shop.get_by_role("button", name="Back").click()
    expect(shop.get_by_text("Hello, Bayu")).to_be_visible()


def test_a_cart_that_was_paid_in_another_tab_is_not_ordered_again(shop: Page, bridge: Bridge) -> None:
    bridge.once("tradePay", succeed({"resultCode": "9000"}))
    log_in(shop)
    fill_cart(shop)
    other = shop.context.new_page()
    other.goto(shop.url)
    other.get_by_role("button", name="Pay").click()
    expect(other.get_by_text("Order 1001 is paid")).to_be_visible()

    shop.get_by_role("button", name="Pay").click()
    expect(shop.get_by_role("alertdialog", name="Your cart has changed")).to_be_visible()
    expect(shop.get_by_text("There is nothing in it yet.")).to_be_visible()


def test_no_more_than_99_of_a_product_get_into_the_cart(shop: Page) -> None:
    fill_cart(shop)
    shop.evaluate("setQuantity({ id: 'huila' }, 98)")
    shop.reload()
    press(shop, "One more Huila")
    more = shop.get_by_role("button", name="One more Huila", disabled=True)
    expect(more).to_be_focused()
    shop.keyboard.press("Enter")
    expect(shop.get_by_text("Total $1287.00")).to_be_visible()

    shop.get_by_role("button", name="Back").click()
    shop.get_by_role("button", name="Add Huila").click()
    expect(shop.get_by_role("status").filter(has_text="99 bags are the most we send")).to_be_visible()
    expect(shop.get_by_role("button", name="Cart (99)")).to_be_visible()


def test_the_shop_says_that_it_refuses_an_order(shop: Page) -> None:
    log_in(shop)
    fill_cart(shop)
    shop.evaluate("setQuantity({ id: 'mocha', name: 'Mocha', price: 900 }, 1)")
    shop.reload()
    shop.get_by_role("button", name="Pay").click()
    alert = shop.get_by_role("alertdialog", name="That did not work")
    expect(alert).to_contain_text("The shop cannot take this order. Look at your cart again.")


def test_the_focus_stays_in_the_cart_when_it_changes(shop: Page) -> None:
    fill_cart(shop)
    press(shop, "One more Huila")
    expect(shop.get_by_text("Total $26.00")).to_be_visible()
    expect(shop.get_by_role("button", name="One more Huila")).to_be_focused()
    press(shop, "One less Huila")
    expect(shop.get_by_text("Total $13.00")).to_be_visible()
    expect(shop.get_by_role("button", name="One less Huila")).to_be_focused()
    shop.keyboard.press("Enter")
    shop.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    expect(shop.get_by_text("There is nothing in it yet.")).to_be_visible()
    expect(shop.get_by_role("button", name="Back")).to_be_focused()


def test_another_customer_does_not_get_to_see_an_order(shop: Page, bridge: Bridge) -> None:
    log_in(shop)
    fill_cart(shop)
    bridge.once("tradePay", succeed({"resultCode": "9000"}))
    shop.get_by_role("button", name="Pay").click()
    expect(shop.get_by_text("Order 1001 is paid")).to_be_visible()
    assert shop.evaluate(ORDERED) == 401

    bridge.user = "Bayu"
    bridge.allow("auth_user")
    shop.reload()
    expect(shop.get_by_text("There is no such order.")).to_be_visible()
    expect(shop.get_by_role("heading", name="Your order")).to_be_visible()


def test_a_receipt_without_an_order_thanks_nobody_and_asks_for_nothing(shop: Page, bridge: Bridge) -> None:
    shop.goto(f"{bridge.url}/receipt.html")
    expect(shop.get_by_role("heading", name="Your order")).to_be_visible()
    expect(shop.get_by_text("There is no order to show.")).to_be_visible()
    assert not [call for call in bridge.calls if call.api == "getAuthCode"]


def test_an_order_of_a_new_back_end_is_not_taken_for_one_that_was_paid_before(
    bridge: Bridge, pages: Path, tab: Page
) -> None:
    bridge.sequence("tradePay", succeed({"resultCode": "9000"}), succeed({"resultCode": "8000"}))
    bridge.allow("auth_user")
    with run_in_thread(create_backend(bridge)) as backend:
        tell(pages, backend.url)
        tab.goto(bridge.url)
        fill_cart(tab)
        tab.get_by_role("button", name="Pay").click()
        expect(tab.get_by_text("Order 1001 is paid")).to_be_visible()
    # It begins anew, knows no session any more, and numbers its orders as before.
    with run_in_thread(create_backend(bridge), port=backend.port):
        tab.get_by_role("button", name="Back to the shop").click()
        fill_cart(tab)
        tab.get_by_role("button", name="Pay").click()
        tab.get_by_role("button", name="Show order").click()
        expect(tab.get_by_text("Order 1001 is not paid yet")).to_be_visible()


def test_the_shop_says_that_its_back_end_is_down_and_goes_on_when_it_is_back(
    bridge: Bridge, pages: Path, tab: Page
) -> None:
    backend = create_backend(bridge)
    with run_in_thread(backend) as server:
        tell(pages, server.url)
    tab.goto(bridge.url)
    problem = tab.get_by_role("alert")
    expect(problem).to_have_text("The shop does not answer. Nothing is wrong with your cart.")
    tab.get_by_role("button", name="Log in").click()
    tab.get_by_role("dialog").get_by_role("button", name="Allow").click()
    alert = tab.get_by_role("alertdialog", name="You are not logged in")
    alert.get_by_role("button", name="OK").click()
    expect(tab.get_by_text("Hello, guest")).to_be_visible()

    with run_in_thread(backend, port=server.port):
        tab.get_by_role("button", name="Log in").click()
        expect(tab.get_by_text("Hello, Amara")).to_be_visible()
        expect(tab.get_by_role("listitem")).to_have_count(4)
        expect(problem).to_be_empty()
    tab.reload()
    expect(problem).not_to_be_empty()
    with run_in_thread(backend, port=server.port):
        tab.get_by_role("button", name="Try again").click()
        expect(tab.get_by_role("listitem")).to_have_count(4)
        expect(problem).to_be_empty()
