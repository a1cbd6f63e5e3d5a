"""A run by hand, recorded in a file, is the script of a test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from bridge import Bridge, Outcome, SetupError, after, drop, succeed, too_late, twice
from bridge.redaction import REDACTED, redact, redact_outcome
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
            page.ask("getServerTime")
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
        ("getServerTime", {"kind": "error", "error": "unsupported"}),
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
        assert page.ask("getServerTime")[1]["error"] == 1
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


# Redaction.

SECRET = succeed({"token": "secret"})

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=20,
)


@given(JSON, st.text(alphabet="0123456789abcdef", min_size=16, max_size=32))
def test_a_code_is_redacted_wherever_it_stands(value: Any, code: str) -> None:
    assert code not in json.dumps(redact([value, f"<{code}>", {"text": [code]}], [code]))


@given(JSON)
def test_what_is_no_secret_is_left_as_it_is(value: Any) -> None:
    assert redact({"data": [value]})["data"][0] == value or "<redacted>" in json.dumps(redact(value))


def test_a_made_up_code_that_is_a_mere_word_leaves_texts_alone() -> None:
    assert redact({"note": "split it", "authCode": "it"}, ["it"]) == {"note": "split it", "authCode": REDACTED}


@pytest.mark.parametrize(
    "outcome", [twice(SECRET), drop(during=SECRET), drop(after=SECRET), too_late(SECRET), after(1, SECRET)]
)
def test_the_payloads_within_an_outcome_are_redacted(outcome: Outcome) -> None:
    assert "secret" not in repr(redact_outcome(outcome))
    assert type(redact_outcome(outcome)) is type(outcome)


def test_what_is_nested_deeper_than_python_can_follow_is_redacted_whole() -> None:
    value: Any = "secret"
    for _ in range(5000):
        value = [value]
    assert json.dumps(redact(value)).strip("[]") == f'"{REDACTED}"'


@pytest.mark.parametrize(
    "name", ["authCode", "auth_code", "accessToken", "refresh_token", "sign", "Signature", "Authorization", "password"]
)
def test_the_value_of_a_member_that_sounds_like_a_secret_is_redacted(name: str) -> None:
    assert redact({name: "x", "scopes": ["auth_user"]}) == {name: REDACTED, "scopes": ["auth_user"]}
    assert redact({name: ["x", [7], {"user": "Ada"}, None]}) == {name: [REDACTED, [REDACTED], {"user": "Ada"}, None]}
