"""A login that succeeds, one that the user refuses, and one that times out."""

import pytest
from playwright.sync_api import Page, expect

from bridge import Bridge, deny, error, grant

pytestmark = pytest.mark.bridge(pages=".")


def log_in(page: Page, bridge: Bridge) -> None:
    page.goto(bridge.url)
    page.get_by_role("button", name="Log in").click()


def test_a_user_logs_in(page: Page, bridge: Bridge) -> None:
    log_in(page, bridge)
    expect(page.get_by_role("status")).to_have_text("Welcome")
    code = bridge.wait_for_call("getAuthCode").code
    assert bridge.redeem(code).scopes == ("auth_base", "USER_NAME")


def test_who_refuses_stays_a_guest(page: Page, bridge: Bridge) -> None:
    bridge.once("getAuthCode", deny())
    log_in(page, bridge)
    expect(page.get_by_role("status")).to_have_text("You stay a guest.")


def test_after_a_timeout_the_user_tries_again(page: Page, bridge: Bridge) -> None:
    bridge.sequence("getAuthCode", error("network"), grant())
    log_in(page, bridge)
    expect(page.get_by_role("status")).to_have_text("No connection. Try again.")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("status")).to_have_text("Welcome")
