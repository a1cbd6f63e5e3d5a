"""The examples, run as their users run them."""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bridge import Bridge
from bridge.handler_file import HandlerFile
from bridge.server import run_in_thread
from bridge.site import Site

EXAMPLES = Path(__file__).parent.parent / "examples"


def open_example(site: Site, page: Page, name: str) -> None:
    folder = EXAMPLES / name
    bridge = HandlerFile(str(folder / "handler.py")).load()
    bridge.configure(pages=folder)
    page.goto(f"{site.mount(bridge)}/")


def test_the_quickstart_shows_the_code_in_an_alert(site: Site, shared_page: Page) -> None:
    open_example(site, shared_page, "quickstart")
    shared_page.get_by_role("button", name="Get the authorization code").click()
    dialog = shared_page.get_by_role("alertdialog")
    expect(dialog.get_by_text("2810")).to_be_visible()
    dialog.get_by_role("button", name="OK").click()
    expect(dialog).to_have_count(0)


@pytest.mark.parametrize(
    ("button", "ran"),
    [
        ("grant", ['"authErrorScopes": {}', "success", "complete"]),
        ("grant some", ['"USER_ADDRESS": "10001"', "success", "complete"]),
        ("deny", ['"error": 11', "fail", "complete"]),
        ("dismiss", ['"error": 11', "fail", "complete"]),
        ("invalid", ['"error": 2', "fail", "complete"]),
        ("unknown", ['"error": 3', "fail", "complete"]),
        ("network", ['"error": 10', "fail", "complete"]),
        ("any error", ['"error": 1005', "fail", "complete"]),
        ("any success", ["not what the documentation says", "success", "complete"]),
        ("any failure", ['"auth_user": "40006"', "fail", "complete"]),
        ("after", ['"authSuccessScopes"', "success", "complete"]),
        ("drop", ['"error": 10', "fail", "complete"]),
        ("handler raises", ['"error": 3', "fail", "complete"]),
    ],
)
def test_each_outcome_shows_what_the_page_received(site: Site, shared_page: Page, button: str, ran: list[str]) -> None:
    open_example(site, shared_page, "outcomes")
    shared_page.get_by_role("button", name=button, exact=True).click()
    received = shared_page.get_by_role("listitem")
    expect(received).to_contain_text([ran[2], ran[1], "asked for"])
    expect(received.nth(1)).to_contain_text(ran[0])


def test_the_outcome_never_leaves_the_page_waiting(site: Site, shared_page: Page) -> None:
    open_example(site, shared_page, "outcomes")
    shared_page.get_by_role("button", name="never").click()
    shared_page.get_by_role("button", name="grant", exact=True).click()
    expect(shared_page.get_by_role("listitem")).to_contain_text(["#2 complete", "#2 success", "#2 asked", "#1 asked"])


def test_the_consent_example_shows_the_three_kinds_of_call_and_what_came_back(site: Site, shared_page: Page) -> None:
    bridge = Bridge(pages=EXAMPLES / "consent")
    shared_page.goto(f"{site.mount(bridge)}/")
    sheet = shared_page.get_by_role("dialog", name="Corner Coffee asks for your permission")
    came_back = shared_page.get_by_role("list", name="What came back").get_by_role("listitem")

    shared_page.get_by_role("button", name="Recognise me").click()
    expect(came_back.first).to_contain_text('"authSuccessScopes": [ "auth_base" ]')
    expect(sheet).to_have_count(0)

    shared_page.get_by_role("button", name="Greet me by name").click()
    sheet.get_by_role("button", name="Deny").click()
    expect(came_back.first).to_contain_text('"error": 11')

    shared_page.get_by_role("button", name="Deliver to me").click()
    expect(sheet.get_by_role("checkbox")).to_have_count(3)
    sheet.get_by_role("checkbox", name="Authorized to obtain the user's address.").uncheck()
    sheet.get_by_role("button", name="Allow").click()
    expect(came_back.first).to_contain_text('"authErrorScopes": { "USER_ADDRESS": "10001" }')

    # What was allowed once is not asked again.
    shared_page.get_by_role("button", name="Deliver to me").click()
    expect(sheet.get_by_role("checkbox")).to_have_count(1)
    shared_page.keyboard.press("Escape")
    expect(came_back).to_have_count(4)


def test_the_native_example_is_shown_by_the_command_that_its_handler_names(site: Site, shared_page: Page) -> None:
    open_example(site, shared_page, "native")
    expect(shared_page.get_by_role("heading", name="Fresh today")).to_be_visible()
    expect(shared_page.get_by_role("link", name="Country loaf")).to_be_visible()


def test_the_native_examples_own_tests_pass_with_pytest_playwright(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(EXAMPLES.parent))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    shutil.copytree(EXAMPLES / "native", pytester.path, dirs_exist_ok=True)
    shutil.copy(EXAMPLES.parent / "tests" / "sessions" / "conftest_playwright.py", pytester.path / "conftest.py")
    arguments = ["-pno:playwright-asyncio", "-pno:asyncio"]
    pytester.runpytest_subprocess(*arguments, "-q", timeout=240).assert_outcomes(passed=15)


def test_the_mounted_bridge_logs_a_user_in(shared_page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXAMPLES / "mounted")
    with run_in_thread(importlib.import_module("main").app) as server:
        shared_page.goto(server.url)
        shared_page.get_by_role("button", name="Log in").click()
        shared_page.get_by_role("dialog").get_by_role("button", name="Allow").click()
        expect(shared_page.get_by_role("status")).to_have_text(
            "Logged in as 2088000000000001 with auth_base, USER_NAME"
        )
