"""Tests that fail, each for another reason. What pytest says of them is in failing.txt."""

import pytest
from playwright.sync_api import Page, expect

from bridge import Bridge, Call, Outcome, deny, grant, succeed

pytestmark = pytest.mark.bridge(pages=".")


def log_in(page: Page, bridge: Bridge, path: str = "/app.html") -> None:
    page.goto(bridge.url + path)
    page.get_by_role("button", name="Log in").click()


def test_a_handler_raises(page: Page, bridge: Bridge) -> None:
    @bridge.api("getAuthCode")
    def answer(call: Call) -> Outcome:
        raise LookupError("there is no such user")

    log_in(page, bridge)
    expect(page.get_by_role("status")).to_have_text("Error 3")


def test_an_outcome_means_nothing_for_its_call(page: Page, bridge: Bridge) -> None:
    bridge.api("getAuthCode")(lambda call: grant(except_=["USER_NAMES"]))
    log_in(page, bridge)
    expect(page.get_by_role("status")).to_have_text("Error 3")


def test_a_one_shot_outcome_is_never_used(page: Page, bridge: Bridge) -> None:
    bridge.once("getAuthCode", deny(), scopes="USER_NAME")
    log_in(page, bridge)
    expect(page.get_by_role("status")).to_have_text("Welcome")


def test_a_sequence_is_longer_than_the_calls(page: Page, bridge: Bridge) -> None:
    bridge.sequence("getAuthCode", deny(), grant())
    log_in(page, bridge)
    expect(page.get_by_role("status")).to_have_text("Error 11")


def test_no_page_is_opened(bridge: Bridge) -> None:
    bridge.once("getAuthCode", deny())


def test_nobody_handles_an_api(page: Page, bridge: Bridge) -> None:
    bridge.always("tradePay", succeed({"resultCode": "9000"}))
    page.goto(f"{bridge.url}/app.html")
    page.evaluate("my.watchShake({ fail() {} }).catch(() => {})")


def test_a_callback_throws_in_the_page(page: Page, bridge: Bridge) -> None:
    log_in(page, bridge, "/app.html#broken")
    bridge.wait_for_call("getAuthCode")


@pytest.mark.bridge_checks(code_not_redeemed=True)
def test_a_code_is_never_redeemed(page: Page, bridge: Bridge) -> None:
    log_in(page, bridge)
    expect(page.get_by_role("status")).to_have_text("Welcome")


def test_the_call_that_is_waited_for_is_another(page: Page, bridge: Bridge) -> None:
    log_in(page, bridge)
    bridge.wait_for_call("getAuthCode", scopes="USER_NAME", timeout=0.3)


def test_two_things_are_wrong(page: Page, bridge: Bridge) -> None:
    bridge.once("tradePay", succeed())
    page.goto(f"{bridge.url}/app.html")
    page.evaluate("my.tradePays = () => my.call('tradePays').catch(() => {}); my.tradePays()")


def test_it_fails_by_itself(page: Page, bridge: Bridge) -> None:
    bridge.once("getAuthCode", deny())
    log_in(page, bridge)
    bridge.wait_for_call("getAuthCode")
    assert page.get_by_role("status").text_content() == "Welcome"


@pytest.mark.bridge(page="my-app")
def test_an_option_is_misspelled(bridge: Bridge) -> None:
    pass


@pytest.mark.bridge_checks(unused_outcomes=False)
def test_a_check_is_misspelled(bridge: Bridge) -> None:
    pass


@pytest.mark.bridge_checks(False)
def test_checks_are_given_without_their_names(bridge: Bridge) -> None:
    pass


def test_a_note_on_an_exception_is_no_headline(page: Page, bridge: Bridge) -> None:
    @bridge.api("getAuthCode")
    def answer(call: Call) -> Outcome:
        error = LookupError("there is no such user")
        error.add_note("")
        raise error

    log_in(page, bridge)
    expect(page.get_by_role("status")).to_have_text("Error 3")


def test_an_api_is_misspelled(bridge: Bridge) -> None:
    bridge.once("getAuthcode", deny())


def test_a_scope_is_misspelled(bridge: Bridge) -> None:
    bridge.once("getAuthCode", deny(), scopes="USERNAME")
