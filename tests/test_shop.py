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


def fill_cart(page: Page) -> None:
    page.get_by_role("dialog").get_by_role("button", name="Allow").click()
    page.get_by_role("button", name="Add Huila").click()
    page.get_by_role("button", name="Cart (1)").click()
    expect(page.get_by_role("list", name="Cart").get_by_role("listitem")).to_have_count(1)


def test_a_customer_logs_in_fills_the_cart_and_pays(shop: Page, bridge: Bridge) -> None:
    sheet = shop.get_by_role("dialog", name="Corner Coffee asks for your permission")
    sheet.get_by_role("button", name="Allow").click()
    expect(shop.get_by_text("Hello, Amara")).to_be_visible()
    assert bridge.authority.was_redeemed(bridge.wait_for_call("getAuthCode").code)

    # The list came from another origin, which lets no page read it.
    expect(shop.get_by_role("list", name="Coffee").get_by_role("listitem")).to_have_count(4)
    assert shop.evaluate(FETCHED) == "kept from the page"

    shop.get_by_role("button", name="Add Huila").click()
    expect(shop.get_by_role("status").filter(has_text="Huila is in the cart")).to_be_visible()
    shop.get_by_role("button", name="Add Gayo").click()
    shop.get_by_role("button", name="Add Gayo").click()
    shop.reload()
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


def test_a_customer_who_cancels_the_payment_keeps_the_cart(shop: Page) -> None:
    fill_cart(shop)
    shop.get_by_role("button", name="Pay").click()
    expect(shop.get_by_role("dialog")).to_be_visible()
    shop.keyboard.press("Escape")
    expect(shop.get_by_role("status").filter(has_text="You have not paid")).to_be_visible()
    shop.reload()
    expect(shop.get_by_text("Total $13.00")).to_be_visible()


@pytest.mark.parametrize(
    ("result_code", "title"),
    [
        ("4000", "The payment failed"),
        ("6004", "The payment is not confirmed yet"),
        ("8000", "The payment is not confirmed yet"),
    ],
)
def test_a_payment_that_is_not_done_is_not_taken_for_one(
    shop: Page, bridge: Bridge, result_code: str, title: str
) -> None:
    bridge.once("tradePay", succeed({"resultCode": result_code}))
    fill_cart(shop)
    shop.get_by_role("button", name="Pay").click()
    alert = shop.get_by_role("alertdialog", name=title)
    alert.get_by_role("button", name="OK").click()
    expect(alert).to_have_count(0)
    expect(shop.get_by_text("Total $13.00")).to_be_visible()


def test_who_refuses_can_look_around_and_logs_in_to_pay(shop: Page, bridge: Bridge) -> None:
    bridge.once("tradePay", succeed({"resultCode": "9000"}))
    sheet = shop.get_by_role("dialog", name="Corner Coffee asks for your permission")
    sheet.get_by_role("button", name="Deny").click()
    expect(shop.get_by_text("Hello, guest")).to_be_visible()
    shop.get_by_role("button", name="Add Huila").click()
    shop.get_by_role("button", name="Cart (1)").click()
    shop.get_by_role("button", name="Pay").click()
    sheet.get_by_role("button", name="Allow").click()
    expect(shop.get_by_text("Order 1001 is paid")).to_be_visible()


def test_another_customer_does_not_get_to_see_an_order(shop: Page, bridge: Bridge) -> None:
    fill_cart(shop)
    bridge.once("tradePay", succeed({"resultCode": "9000"}))
    shop.get_by_role("button", name="Pay").click()
    expect(shop.get_by_text("Order 1001 is paid")).to_be_visible()
    assert shop.evaluate(ORDERED) == 401

    bridge.user = "Bayu"
    bridge.allow("auth_user")
    shop.reload()
    expect(shop.get_by_text("Order 1001 cannot be shown now.")).to_be_visible()


def test_the_shop_says_that_its_back_end_is_down_and_goes_on_when_it_is_back(
    bridge: Bridge, pages: Path, tab: Page
) -> None:
    backend = create_backend(bridge)
    with run_in_thread(backend) as server:
        tell(pages, server.url)
    tab.goto(bridge.url)
    tab.get_by_role("dialog").get_by_role("button", name="Allow").click()
    expect(tab.get_by_role("alert")).to_have_text("The shop does not answer. Nothing is wrong with your cart.")
    expect(tab.get_by_text("Hello, guest")).to_be_visible()

    with run_in_thread(backend, port=server.port):
        tab.get_by_role("button", name="Try again").click()
        expect(tab.get_by_role("listitem")).to_have_count(4)
        expect(tab.get_by_role("alert")).to_be_empty()
        expect(tab.get_by_text("Hello, Amara")).to_be_visible()
