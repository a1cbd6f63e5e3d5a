"""The bakery's mini program from end to end, run from its source: nothing of it is built or changed for the tests."""

from collections.abc import Callable, Iterator

import pytest
from handler import open_bakery
from playwright.sync_api import Locator, Page, expect

from bridge import Bridge, Call, deny, error, grant

pytestmark = pytest.mark.bridge(pages=".", app_name="Crumb")


@pytest.fixture(autouse=True)
def bakery(bridge: Bridge, page: Page) -> Iterator[None]:
    """The bakery is open, and nothing is wrong with its program when a test is done."""
    open_bakery(bridge)
    page.set_viewport_size({"width": 375, "height": 667})
    yield
    assert bridge.problems == ()


def shown(page: Page) -> Locator:
    """The page of the program that is on top."""
    return page.locator("page:visible")


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("navigation", name="Tabs").get_by_role("button", name=name)


def add(page: Page, loaf: str) -> None:
    shown(page).get_by_role("button", name=f"Add {loaf}").click()


def asks(path: str) -> Callable[[Call], bool]:
    """Tell of a call whether it requests this of the bakery's server."""
    return lambda call: call.params["url"] == f"https://crumb.example/{path}"


def open_me(page: Page, bridge: Bridge) -> Locator:
    page.goto(f"{bridge.url}/#/pages/me/me")
    expect(shown(page).get_by_text("3 of 8")).to_be_visible()
    return shown(page)


def test_the_loaves_of_the_day_come_a_few_at_a_time(page: Page, bridge: Bridge) -> None:
    page.goto(bridge.url)
    loaves = shown(page).locator(".loaf")
    expect(loaves).to_have_count(5)
    expect(loaves.first).to_contain_text("Country loaf")
    expect(loaves.first).to_contain_text("€4.80")
    loaves.last.scroll_into_view_if_needed()
    page.mouse.move(180, 400)
    page.mouse.wheel(0, 3000)
    expect(loaves).to_have_count(8)
    expect(shown(page).get_by_text("That is all we bake.")).to_be_visible()
    assert bridge.page_data(page)["more"] is False


def test_a_loaf_is_looked_at_and_put_into_the_basket(page: Page, bridge: Bridge) -> None:
    page.goto(bridge.url)
    shown(page).get_by_role("link", name="Black rye").click()
    expect(shown(page).get_by_role("heading", name="Black rye")).to_be_visible()
    assert bridge.current_page(page).route == "pages/loaf/loaf"
    expect(shown(page).get_by_text("Tue, Fri")).to_be_visible()
    shown(page).get_by_role("button", name="More").click()
    shown(page).get_by_role("button", name="Add · €11.20").click()
    # It went back by itself, to the list as it was.
    expect(shown(page).locator(".loaf")).to_have_count(5)
    assert bridge.current_page(page).route == "pages/shop/shop"
    tab(page, "Basket").click()
    expect(shown(page).locator(".item")).to_have_count(1)
    expect(shown(page).locator(".item")).to_contain_text("Black rye")
    assert bridge.page_data(page)["total"] == 1120


def test_the_browsers_own_back_button_leads_back(page: Page, bridge: Bridge) -> None:
    page.goto(bridge.url)
    shown(page).get_by_role("link", name="Baguette").click()
    expect(shown(page).get_by_role("heading", name="Baguette")).to_be_visible()
    page.go_back()
    expect(shown(page).locator(".loaf")).to_have_count(5)


def test_a_loaf_has_an_address(page: Page, bridge: Bridge) -> None:
    page.goto(bridge.url + "#/pages/loaf/loaf?id=rye")
    expect(page.locator("page text.title")).to_have_text("Black rye")
    assert bridge.current_page(page).query == {"id": "rye"}  # beside .route and .stack
    assert bridge.page_data(page)["quantity"] == 1
    assert bridge.problems == ()


def test_a_link_opens_a_loaf_and_its_tab_bar_is_one_step_away(page: Page, bridge: Bridge) -> None:
    page.goto(f"{bridge.url}/#/pages/loaf/loaf?id=focaccia")
    expect(shown(page).get_by_role("heading", name="Focaccia")).to_be_visible()
    shown(page).get_by_role("button", name="Add ·").click()
    expect(shown(page).locator(".loaf")).to_have_count(5)
    assert bridge.current_page(page).route == "pages/shop/shop"


def test_a_link_to_what_is_not_baked_any_more_says_so(page: Page, bridge: Bridge) -> None:
    page.goto(f"{bridge.url}/#/pages/loaf/loaf?id=pumpernickel")
    expect(shown(page).get_by_text("We do not bake this any more")).to_be_visible()


def test_after_a_failure_of_the_network_the_list_is_loaded_again(page: Page, bridge: Bridge) -> None:
    bridge.once("request", error(12), when=asks("loaves"))
    page.goto(bridge.url)
    expect(shown(page).get_by_text("The bakery does not answer")).to_be_visible()
    shown(page).get_by_role("button", name="Try again").click()
    expect(shown(page).locator(".loaf")).to_have_count(5)


def test_an_order_needs_a_name_and_a_time(page: Page, bridge: Bridge) -> None:
    page.goto(bridge.url)
    add(page, "Country loaf")
    tab(page, "Basket").click()
    shown(page).get_by_role("button", name="Order").click()
    expect(shown(page).locator(".problem")).to_have_text(["We need a name to call.", "We need a time to bake for."])
    shown(page).get_by_role("textbox", name="Name").fill("Mia")
    expect(shown(page).locator(".problem")).to_have_text(["We need a time to bake for."])
    assert not [call for call in bridge.calls if call.api == "confirm"]


def test_an_order_is_confirmed_sent_and_shown(page: Page, bridge: Bridge) -> None:
    page.goto(bridge.url)
    add(page, "Country loaf")
    add(page, "Baguette")
    tab(page, "Basket").click()
    order = shown(page)
    order.get_by_role("group", name="Baguette").get_by_role("button", name="More").click()
    order.get_by_role("textbox", name="Name").fill("Mia")
    order.get_by_text("The day after").click()
    order.get_by_role("combobox", name="Time").select_option("08:00")
    order.get_by_role("switch", name="Sliced").click()
    order.get_by_role("textbox", name="Note").fill("Ring twice")
    expect(order.get_by_text("10 / 80")).to_be_visible()

    order.get_by_role("button", name="Order").click()
    question = page.get_by_role("alertdialog", name="Order for €8.60?")
    expect(question).to_contain_text("The day after tomorrow at 08:00, for Mia.")
    question.get_by_role("button", name="Not yet").click()
    expect(question).to_have_count(0)
    order.get_by_role("button", name="Order").click()
    question.get_by_role("button", name="Order").click()

    expect(shown(page).get_by_role("heading", name="Thank you, Mia")).to_be_visible()
    assert bridge.current_page(page).route == "pages/receipt/receipt"
    expect(shown(page).locator(".line")).to_contain_text(["Country loaf€4.80", "Baguette€3.80", "To pay€8.60"])
    expect(shown(page).get_by_text("Sliced")).to_be_visible()
    expect(shown(page).get_by_text("Ring twice")).to_be_visible()
    shown(page).get_by_role("button", name="Back to the bread").click()
    tab(page, "Basket").click()
    expect(shown(page).get_by_text("Your basket is empty")).to_be_visible()


def test_an_order_that_does_not_get_through_loses_nothing(page: Page, bridge: Bridge) -> None:
    page.goto(bridge.url)
    add(page, "Country loaf")
    tab(page, "Basket").click()
    shown(page).get_by_role("textbox", name="Name").fill("Mia")
    shown(page).get_by_role("combobox", name="Time").select_option("07:00")
    bridge.once("request", error("network"), when=asks("orders"))
    shown(page).get_by_role("button", name="Order").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Order").click()
    dialog = page.get_by_role("alertdialog", name="The order did not get through")
    dialog.get_by_role("button", name="OK").click()
    expect(shown(page).locator(".item")).to_have_count(1)
    expect(shown(page).get_by_role("textbox", name="Name")).to_have_value("Mia")


def test_a_customer_is_recognised_without_a_question(page: Page, bridge: Bridge) -> None:
    bridge.consent = "deny"
    me = open_me(page, bridge)
    expect(me.get_by_text("You are a guest")).to_be_visible()
    assert bridge.wait_for_call("getAuthCode").scopes == ("auth_base",)


def test_who_logs_in_shares_what_they_choose_and_the_rest_later(page: Page, bridge: Bridge) -> None:
    bridge.consent = "ask"
    me = open_me(page, bridge)
    me.get_by_role("button", name="Log in").click()
    sheet = page.get_by_role("dialog", name="Crumb asks for your permission")
    sheet.get_by_role("checkbox", name="contact information").uncheck()
    sheet.get_by_role("button", name="Allow").click()
    expect(me.get_by_role("heading", name="Amara Okafor")).to_be_visible()

    me.get_by_role("button", name="Share your e-mail").click()
    sheet.get_by_role("button", name="Allow").click()
    expect(me.get_by_text("amara@example.com")).to_be_visible()
    assert bridge.page_data(page)["customer"]["phone"] == "+234-8000000001"

    # The name is on the order form, too.
    tab(page, "Bread").click()
    add(page, "Country loaf")
    tab(page, "Basket").click()
    expect(shown(page).get_by_role("textbox", name="Name")).to_have_value("Amara Okafor")


def test_who_refuses_stays_a_guest(page: Page, bridge: Bridge) -> None:
    me = open_me(page, bridge)
    bridge.sequence("getAuthCode", deny(), error("network"), grant())
    me.get_by_role("button", name="Log in").click()
    expect(me.get_by_role("status")).to_have_text("That is fine. You stay a guest.")
    me.get_by_role("button", name="Log in").click()
    expect(me.get_by_role("status")).to_have_text("We could not reach the bakery. Try again.")
    me.get_by_role("button", name="Log in").click()
    expect(me.get_by_role("heading", name="Amara Okafor")).to_be_visible()


def test_the_wallets_own_button_asks_for_the_nickname_and_the_picture(page: Page, bridge: Bridge) -> None:
    me = open_me(page, bridge)
    me.get_by_role("button", name="Log in").click()
    expect(me.get_by_role("heading", name="Amara Okafor")).to_be_visible()
    bridge.consent = "ask"
    me.get_by_role("button", name="Show my nickname and picture").click()
    sheet = page.get_by_role("dialog", name="Crumb asks for your permission")
    sheet.get_by_role("button", name="Deny").click()
    expect(me.get_by_role("status")).to_have_text("That is fine. We keep what we have.")
    me.get_by_role("button", name="Show my nickname and picture").click()
    sheet.get_by_role("button", name="Allow").click()
    expect(me.get_by_role("heading", name="Amara", exact=True)).to_be_visible()
    assert bridge.granted() >= {"USER_NAME", "USER_CONTACTINFO", "auth_user"}


def test_who_wants_to_be_forgotten_is_a_guest_again(page: Page, bridge: Bridge) -> None:
    me = open_me(page, bridge)
    me.get_by_role("button", name="Log in").click()
    me.get_by_role("button", name="Forget me").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Forget me").click()
    expect(me.get_by_text("You are a guest")).to_be_visible()
    expect(me.get_by_text("3 of 8")).to_be_visible()
