"""A run by hand, recorded in a file, is the script of a test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bridge import Bridge, SetupError
from bridge.recording import Recorder
from bridge.redaction import REDACTED
from tests.command import run, serving
from tests.conftest import BLANK, OpenPage
from tests.wire_page import open_wire_page

HANDLERS = """
from bridge import Bridge, after, deny, fail, grant, never, succeed

bridge = Bridge()
answers = iter([deny(), after(0.05, grant(except_=["USER_NAME"])), never()])


@bridge.api("getAuthCode")
def login(call):
    if "auth_user" in call.scopes:
        raise LookupError("there is no such user")
    return next(answers)


bridge.always("tradePay", succeed({"resultCode": "9000", "accessToken": "secret-1"}))
bridge.always("getSetting", fail({"error": 4, "note": "late"}))
"""


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of a page that calls all kinds of things."""
    folder = tmp_path_factory.mktemp("app")
    (folder / "handlers.py").write_text(HANDLERS)
    file = folder / "run.json"
    with serving(str(folder), "--handler", str(folder / "handlers.py"), "--record", str(file)) as running:
        with open_wire_page(running.page_url.rstrip("/")) as page:
            assert page.ask(scopes=["auth_base", "USER_NAME"])[0] == "fail"
            code = page.ask(scopes=["auth_base", "USER_NAME"])[1]["authCode"]
            page.ask(
                "tradePay", tradeNO="42", token="secret-2", note=f"paid with {code}", nested=[{"sign": "secret-3"}]
            )
            page.ask(scopes=["auth_user"])
            page.ask(scopes=7)
            page.ask("rsa")
            page.ask("getSetting")
            page.ask("getPhoneNumber")
        running.interrupt()
    text = file.read_text("utf-8")
    assert code not in text
    assert "secret" not in text
    return file


def calls_of(file: Path) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))["calls"]
    return calls


def test_it_holds_each_call_with_the_outcome_in_the_words_of_a_handler(recording: Path) -> None:
    assert [(call["api"], call.get("outcome")) for call in calls_of(recording)] == [
        ("getAuthCode", {"kind": "deny"}),
        ("getAuthCode", {"kind": "grant", "refused": {"USER_NAME": None}}),
        ("tradePay", {"kind": "succeed", "payload": {"resultCode": "9000", "accessToken": REDACTED}}),
        ("getAuthCode", {"kind": "error", "error": "unknown"}),
        ("getAuthCode", None),
        ("rsa", {"kind": "error", "error": "unsupported"}),
        ("getSetting", {"kind": "fail", "payload": {"error": 4, "note": "late"}}),
        # The wallet tells it again, about whoever is its user then.
        ("getPhoneNumber", None),
    ]
    assert calls_of(recording)[1]["took"] >= 0.05


def test_codes_and_tokens_are_redacted_in_what_pages_sent_too(recording: Path) -> None:
    assert calls_of(recording)[2]["params"] == {
        "tradeNO": "42",
        "token": REDACTED,
        "note": f"paid with {REDACTED}",
        "nested": [{"sign": REDACTED}],
    }


def test_it_replays_as_a_script_with_codes_that_are_good(bridge: Bridge, recording: Path) -> None:
    bridge.replay(recording)
    with open_wire_page(bridge.url) as page:
        assert page.ask(scopes=["auth_base", "USER_NAME"])[1]["error"] == 11
        callback, payload = page.ask(scopes=["auth_base", "USER_NAME"])
        assert (callback, payload["authErrorScopes"]) == ("success", {"USER_NAME": "10001"})
        assert bridge.redeem(payload["authCode"]).scopes == ("auth_base",)
        assert page.ask("tradePay") == ("success", {"resultCode": "9000", "accessToken": REDACTED})
        assert page.ask(scopes=["auth_user"])[1]["error"] == 3
        assert page.ask("rsa")[1]["error"] == 1
        assert page.ask("getSetting") == ("fail", {"error": 4, "note": "late"})


@pytest.mark.bridge_checks(unused_outcome=False)
def test_what_a_page_no_longer_asks_for_is_an_outcome_that_was_never_used(bridge: Bridge, recording: Path) -> None:
    bridge.replay(recording)
    left = [f"{rule}, {rule.place}" for rule in bridge.script.rules if rule.waits]
    assert left[0] == "replay('getAuthCode', deny(), scopes=['auth_base', 'USER_NAME']), run.json, call 1"
    assert len(left) == 6


def test_it_replays_as_late_as_it_was_when_asked_to(bridge: Bridge, recording: Path) -> None:
    file = recording.with_name("slow.json")
    file.write_text(
        json.dumps(
            {
                **json.loads(recording.read_text()),
                "calls": [{"api": "getAuthCode", "took": 3600, "outcome": {"kind": "deny"}}],
            }
        )
    )
    bridge.replay(file, delays=True)
    with open_wire_page(bridge.url) as page:
        page.send("getAuthCode")
        bridge.wait_for_call("getAuthCode", settled=False)
        bridge.clock.advance(3600)
        assert page.answer()[1]["error"] == 11


def test_a_call_whose_page_leaves_is_recorded_as_never_answered(tmp_path: Path, shared_page: Page) -> None:
    (tmp_path / "index.html").write_text(BLANK)
    (tmp_path / "handlers.py").write_text("import asyncio\nasync def login(call): await asyncio.Event().wait()")
    file = tmp_path / "run.json"
    with serving(str(tmp_path), "--handler", f"{tmp_path / 'handlers.py'}:login", "--record", str(file)) as running:
        shared_page.goto(running.page_url)
        shared_page.evaluate("void my.getAuthCode({ fail() {} })")
        shared_page.evaluate("my.call('missing').catch(() => {})")
        shared_page.goto("about:blank")
        running.interrupt()
    outcomes = {call["api"]: call["outcome"]["kind"] for call in calls_of(file)}
    assert outcomes == {"getAuthCode": "never", "missing": "error"}


def test_what_the_user_did_in_dialogs_of_the_page_is_recorded(
    tmp_path: Path, shared_page: Page, bridge: Bridge
) -> None:
    (tmp_path / "index.html").write_text(BLANK)
    file = tmp_path / "run.json"
    with serving(str(tmp_path), "--record", str(file)) as running:
        shared_page.goto(running.page_url)
        for call, button in DIALOGS:
            shared_page.evaluate(f"void (window.done = my.{call}.catch(() => {{}}))")
            if button:
                shared_page.get_by_role("button", name=button).click()
            shared_page.evaluate("window.done")
        shared_page.evaluate("void my.prompt({ title: 'Nobody answers' })")
        expect(shared_page.get_by_role("dialog")).to_be_visible()
        running.interrupt()
    outcomes = {call["api"]: call.get("outcome") for call in calls_of(file)}
    assert outcomes == {
        "confirm": {"kind": "succeed", "payload": {"confirm": True}},
        "tradePay": {"kind": "succeed", "payload": {"resultCode": "6001"}},
        "scan": {"kind": "fail", "payload": {"error": 10, "errorMessage": "The user cancelled"}},
        # These need nobody: the page answers them again.
        "showToast": None,
        "setStorage": None,
        "prompt": None,
    }
    bridge.replay(file)
    with open_wire_page(bridge.url) as page:
        assert page.ask("confirm", content="Buy?") == ("success", {"confirm": True})
        assert page.ask("tradePay", tradeNO="T1") == ("success", {"resultCode": "6001"})
        assert page.ask("scan")[0] == "fail"


DIALOGS = [
    ("confirm({ content: 'Buy?' })", "OK"),
    ("tradePay({ tradeNO: 'T1' })", "Cancel"),
    ("scan()", "Cancel"),
    ("showToast({ content: 'Bought', duration: 1 })", ""),
    ("setStorage({ key: 'a', data: 1 })", ""),
]


def test_a_dialog_took_as_long_as_its_user(bridge: Bridge, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page().page
    page.evaluate("window.asked = performance.now(), void my.alert({ content: 'Read me' }).then(() => { done = 1 })")
    page.get_by_role("button", name="OK").click()
    page.wait_for_function("window.done")
    shown = page.evaluate("performance.now() - asked") / 1000
    bridge.wait_for_call("alert")
    Recorder(tmp_path / "run.json", bridge.log, "alipay-plus")
    (call,) = calls_of(tmp_path / "run.json")
    assert call["outcome"] == {"kind": "succeed", "payload": {}}
    assert call["took"] == pytest.approx(shown, abs=0.5)
    assert call["took"] > 0.01


def test_a_page_replays_what_was_recorded_by_hand(open_page: OpenPage, bridge: Bridge, recording: Path) -> None:
    page = open_page(html=(Path(__file__).parent / "sessions" / "app.html").read_text()).page
    file = recording.with_name("login.json")
    file.write_text(
        '{"format": "bridge recording", "version": 1, "profile": "alipay-plus", "calls": ['
        '{"api": "getAuthCode", "outcome": {"kind": "deny"}}]}'
    )
    bridge.replay(file)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("status")).to_have_text("Error 11")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "cannot read the recording .*: No such file"),
        ("not JSON", "is no recording of `mybridge serve --record`: JSON is malformed"),
        ("[]", "is no recording .*Expected `object`"),
        ('{"format": "HAR", "version": 1, "profile": "x", "calls": []}', r"Invalid enum value 'HAR' - at `\$.format`"),
        ('{"format": "bridge recording", "version": 2, "profile": "x", "calls": []}', "by a newer version of mybridge"),
        (
            '{"format": "bridge recording", "profile": "x", "calls": [{"api": "a", "outcome": {"kind": "grunt"}}]}',
            r"'grunt' - at `\$.calls\[0\].outcome.kind`",
        ),
        (
            '{"format": "bridge recording", "profile": "x", "calls": [{"api": "a", "outcome": {"kind": "grant"}}]}',
            r"call 1: grant\(\) answers getAuthCode only",
        ),
    ],
)
def test_a_file_that_is_none_is_refused_with_the_place(tmp_path: Path, text: str | None, problem: str) -> None:
    file = tmp_path / "run.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SetupError, match=problem):
        Bridge().replay(file)


def test_a_recording_that_exists_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_text("precious")
    done = run("serve", "--port", "0", "--record", str(file), str(tmp_path))
    assert (done.returncode, file.read_text()) == (2, "precious")
    assert f"{file} exists" in done.stderr
