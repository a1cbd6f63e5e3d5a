"""The fixture beside pytest-playwright-asyncio."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from bridge import Bridge, deny

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.bridge(pages=".")]


async def test_a_served_page_logs_in(page: Page, bridge: Bridge) -> None:
    await page.goto(f"{bridge.url}/app.html")
    await page.get_by_role("button", name="Log in").click()
    call = await bridge.wait_for_call_async("getAuthCode")
    assert bridge.redeem(call.code).scopes == ("auth_base",)
    await expect(page.get_by_role("status")).to_have_text("Welcome")


async def test_an_attached_page_is_refused(page: Page, bridge: Bridge) -> None:
    await bridge.attach(page)
    bridge.once("getAuthCode", deny())
    await page.goto(f"{bridge.url}/app.html".replace("127.0.0.1", "localhost"))
    await page.get_by_role("button", name="Log in").click()
    await bridge.wait_for_call_async("getAuthCode")
    await expect(page.get_by_role("status")).to_have_text("Error 11")


async def test_who_would_wait_for_ever_is_told_so(page: Page, bridge: Bridge) -> None:
    await bridge.attach(page)
    with pytest.raises(Exception, match=r"await bridge\.wait_for_call_async"):
        bridge.wait_for_call("getAuthCode")
