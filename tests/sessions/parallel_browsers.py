"""Tests at once, each worker with a browser of its own, each test with two pages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from bridge import Bridge, succeed

pytestmark = pytest.mark.bridge(pages=".")


@pytest.mark.parametrize("number", range(6))
def test_its_pages_get_its_own_answers(page: Page, browser: Browser, bridge: Bridge, number: int) -> None:
    bridge.always("getUserInfo", succeed({"test": number}), custom=True)
    other = browser.new_page()
    for tab in (page, other):
        tab.goto(f"{bridge.url}/app.html")
        tab.get_by_role("button", name="Log in").click()
        expect(tab.get_by_role("status")).to_have_text("Welcome")
        assert tab.evaluate("my.call('getUserInfo')") == {"test": number}
    other.close()
    assert [call.api for call in bridge.calls] == ["getAuthCode", "getUserInfo"] * 2
    assert len({call.page.id for call in bridge.calls}) == 2
