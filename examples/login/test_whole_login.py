"""A whole login, and what its user is told when something goes wrong between the back end and the wallet."""

import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from main import whole_login
from playwright.sync_api import Page, expect

from bridge import Bridge, deny

pytestmark = pytest.mark.bridge(pages="pages")


@pytest.fixture
def url(bridge: Bridge) -> Iterator[str]:
    with whole_login(bridge) as app, socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        server.should_exit = True
        thread.join()


def log_in(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("button", name="Log in").click()


def test_a_user_logs_in_and_out(page: Page, bridge: Bridge, url: str) -> None:
    log_in(page, url)
    expect(page.get_by_role("heading")).to_have_text("Hello, Amara")
    expect(page.get_by_text("amara@example.com")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("status")).to_have_text("You are logged out.")
    operations = [request.operation for request in bridge.gateway.requests]
    assert operations == ["applyToken", "inquiryUserInfo", "cancelToken"]


def test_who_refuses_stays_a_guest(page: Page, bridge: Bridge, url: str) -> None:
    bridge.once("getAuthCode", deny())
    log_in(page, url)
    expect(page.get_by_role("status")).to_have_text("You stay a guest.")
    assert bridge.gateway.requests == ()


def test_nobody_gets_in_with_a_code_that_was_used(page: Page, bridge: Bridge, url: str) -> None:
    bridge.gateway.once("applyToken", "used")
    log_in(page, url)
    expect(page.get_by_role("status")).to_have_text("This login is no longer valid. Log in again.")


def test_after_an_unknown_outcome_the_user_tries_again_with_a_new_code(page: Page, bridge: Bridge, url: str) -> None:
    bridge.gateway.sequence("applyToken", "unknown", "cut")
    log_in(page, url)
    expect(page.get_by_role("status")).to_have_text("The wallet is busy. Try again.")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("status")).to_have_text("The wallet does not answer. Try again.")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading")).to_have_text("Hello, Amara")
    codes = [request.code for request in bridge.gateway.requests if request.operation == "applyToken"]
    assert len(set(codes)) == 3
