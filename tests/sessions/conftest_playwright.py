"""pytest-playwright, sync or async, with the browser that this machine has."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from tests import browser as browsers


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    with sync_playwright() as playwright:
        return {**browser_type_launch_args, **browsers.launch_options(playwright)}
