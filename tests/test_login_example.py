"""The example of a whole login: its own tests, its command as a process, and its back end when the wallet fails."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, expect

from bridge import Bridge
from bridge.exchange import Operation
from bridge.gateway_faults import FaultName
from bridge.server import run_in_thread

ROOT = Path(__file__).parent.parent
LOGIN = ROOT / "examples" / "login"


def test_its_own_tests_pass_with_pytest_playwright(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    shutil.copytree(LOGIN, pytester.path, dirs_exist_ok=True)
    shutil.copy(ROOT / "tests" / "sessions" / "conftest_playwright.py", pytester.path / "conftest.py")
    arguments = ["-pno:playwright-asyncio", "-pno:asyncio"]
    pytester.runpytest_subprocess(*arguments, "-q", timeout=120).assert_outcomes(passed=4)


@pytest.fixture
def command() -> Iterator[subprocess.Popen[str]]:
    """`python examples/login/main.py`, on a free port."""
    process = subprocess.Popen(
        [sys.executable, LOGIN / "main.py"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PORT": "0", "PYTHONUNBUFFERED": "1"},
    )
    yield process
    process.kill()
    process.communicate()


def test_one_command_runs_all_of_it(command: subprocess.Popen[str], context: BrowserContext) -> None:
    assert command.stdout is not None
    address = next(found[0] for line in command.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="Log in").click()
    sheet = page.get_by_role("dialog", name="Corner Coffee asks for your permission")
    sheet.get_by_role("checkbox", name="contact information").uncheck()
    sheet.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Hello, Amara")).to_be_focused()
    expect(page.get_by_role("definition")).to_have_text(["Amara Okafor", "not shared", "not shared"])
    (cookie,) = context.cookies()
    assert cookie.get("httpOnly")
    assert cookie.get("sameSite") == "Lax"
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name="Log in")).to_be_focused()

    command.send_signal(signal.SIGINT)
    printed = command.communicate(timeout=15)[0]
    assert command.returncode == 0
    assert re.findall(r"^(\w+)  .*  SUCCESS", printed, re.MULTILINE) == ["applyToken", "inquiryUserInfo", "cancelToken"]
    assert "Traceback" not in printed


@pytest.fixture
def client(bridge: Bridge) -> Iterator[httpx.Client]:
    """A browser without pages, at the back end alone."""
    spec = importlib.util.spec_from_file_location("login_backend", LOGIN / "backend.py")
    assert spec is not None
    assert spec.loader is not None
    backend = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(backend)
    with bridge.stand_in_for("open-sea-global.alipay.com") as merchant, pytest.MonkeyPatch.context() as monkeypatch:
        # As in production.
        for line in str(merchant).splitlines():
            monkeypatch.setenv(*line.split("=", 1))
        app = backend.create_app(backend.Settings.from_environment())
        with run_in_thread(app) as server, httpx.Client(base_url=server.url) as client:
            yield client


def code(bridge: Bridge) -> str:
    return bridge.authority.issue(app_id=bridge.settings.app_id, user_id=bridge.user.id, scopes=("auth_base",))


FAILURES: list[tuple[Operation, FaultName, int]] = [
    ("applyToken", "used", 401),
    ("applyToken", "expired", 401),
    ("applyToken", "unknown", 503),
    ("applyToken", "limited", 503),
    ("applyToken", "cut", 503),
    ("applyToken", "forged", 502),
    ("inquiryUserInfo", "expired", 401),
    ("inquiryUserInfo", "unknown", 503),
    ("inquiryUserInfo", "forged", 502),
]


def test_each_failure_of_the_wallet_has_a_status_and_logs_nobody_in(client: httpx.Client, bridge: Bridge) -> None:
    for operation, fault, status in FAILURES:
        bridge.gateway.once(operation, fault)
        response = client.post("/login", json={"authCode": code(bridge)})
        assert response.status_code == status, (operation, fault)
        assert isinstance(response.json()["detail"], str)
        assert client.get("/me").status_code == 401


def test_who_has_allowed_nothing_is_logged_in_all_the_same(client: httpx.Client, bridge: Bridge) -> None:
    nothing = {"nickname": "", "name": "", "avatar": "", "email": "", "phone": ""}
    assert client.post("/login", json={"authCode": code(bridge)}).json() == nothing
    assert client.get("/me").json() == nothing


def test_who_logs_out_is_logged_out_even_if_the_wallet_does_not_answer(client: httpx.Client, bridge: Bridge) -> None:
    client.post("/login", json={"authCode": code(bridge)})
    session = client.cookies["session"]
    bridge.gateway.once("cancelToken", "cut")
    assert client.post("/logout").status_code == 204
    assert "session" not in client.cookies
    client.cookies.set("session", session)
    assert client.get("/me").status_code == 401


def test_what_the_wallet_refuses_altogether_is_the_back_ends_to_mend(client: httpx.Client, bridge: Bridge) -> None:
    bridge.configure(app_id="2021000000000042")
    assert client.post("/login", json={"authCode": code(bridge)}).status_code == 502
