"""One page's connection: text and time go in, effects come out."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge import profiles
from bridge.calls import Callback, Page
from bridge.handlers import Handlers
from bridge.messages import MAX_MESSAGE_BYTES
from bridge.outcomes import (
    Outcome,
    after,
    deny,
    dismiss,
    drop,
    error,
    fail,
    grant,
    never,
    succeed,
    too_late,
    twice,
)
from bridge.session import (
    CLOSE_BAD_PROTOCOL,
    CLOSE_DROPPED,
    CLOSE_NO_HELLO,
    CLOSE_TOO_BIG,
    MAX_CALLS_IN_FLIGHT,
    Asked,
    CallbacksRan,
    Cancel,
    Close,
    Effect,
    Invoke,
    Problem,
    Send,
    Session,
    Settled,
    Stage,
)

WIRE = Path(__file__).parent / "wire"
EXCHANGES: list[dict[str, Any]] = json.loads((WIRE / "exchanges.json").read_text("utf-8"))
MALFORMED: list[dict[str, Any]] = json.loads((WIRE / "malformed.json").read_text("utf-8"))

PROFILE = profiles.load("alipay-plus")
CODE = "28107fY3kQ9wXb2LmN5pR8tV1zC4dG6h"
HELLO = {"protocol": 1, "page": "k3j9x2", "url": "http://127.0.0.1:8765/"}


def test_a_page_says_hello_asks_for_a_code_and_gets_it() -> None:
    session = Session(profile=PROFILE, issue_code=lambda call, scopes: CODE, now=0, app_id="app", user_id="user")

    (welcome,) = session.receive(request(0, "bridge.hello", HELLO), now=0.1)
    asked, invoke = session.receive(request(1, "getAuthCode", {"scopes": ["auth_base"]}), now=0.2)
    assert isinstance(invoke, Invoke)
    assert asked == Asked(1, invoke.call)
    assert (invoke.call.api, invoke.call.scopes, invoke.call.page.id) == ("getAuthCode", ("auth_base",), "k3j9x2")

    answer, settled = session.decide(invoke.id, grant(), now=0.7)
    assert sent([welcome])[0]["result"]["protocol"] == 1
    payload = {"authCode": CODE, "authSuccessScopes": ["auth_base"], "authErrorScopes": {}}
    assert sent([answer]) == [{"jsonrpc": "2.0", "id": 1, "result": {"callback": "success", "payload": payload}}]
    assert lines([settled]) == ["getAuthCode  auth_base  granted 2810...dG6h  500 ms"]


def request(id: object, method: str, params: object = None) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": {} if params is None else params})


def sent(effects: list[Effect]) -> list[Any]:
    return [json.loads(effect.text) for effect in effects if isinstance(effect, Send)]


def lines(effects: list[Effect]) -> list[str]:
    return [str(effect) for effect in effects if isinstance(effect, Settled)]


def endings(effects: list[Effect]) -> list[tuple[str, list[Any]]]:
    """Return how calls ended, and the payload of each answer that was decided for the page."""
    return [
        (effect.ending, msgspec.json.decode(msgspec.json.encode([answer.payload for answer in effect.answers])))
        for effect in effects
        if isinstance(effect, Settled)
    ]


def payloads(effects: list[Effect]) -> list[Any]:
    return [message["result"]["payload"] for message in sent(effects)]


def new(*, call_timeout: float | None = 10, strict: bool = False) -> Session:
    return Session(
        profile=PROFILE,
        issue_code=lambda call, scopes: CODE,
        now=0,
        app_id="app",
        user_id="user",
        strict=strict,
        call_timeout=call_timeout,
    )


def introduced(*, call_timeout: float | None = 10, strict: bool = False) -> Session:
    session = new(call_timeout=call_timeout, strict=strict)
    session.receive(request(0, "bridge.hello", HELLO), 0)
    return session


def calling(*ids: object, call_timeout: float | None = 10) -> Session:
    """Return a session in which calls with these ids have been made at the time 0."""
    session = introduced(call_timeout=call_timeout)
    for id in ids:
        assert asks(session.receive(request(id, "getAuthCode"), 0))
    return session


def asks(effects: list[Effect]) -> Invoke:
    """Return the only order to run a handler."""
    (invoke,) = (effect for effect in effects if isinstance(effect, Invoke))
    return invoke


# The golden messages; test_messages.py says how they are written.

OUTCOMES: dict[str, Outcome] = {
    repr(outcome): outcome
    for outcome in (
        grant(),
        grant(except_={"USER_ADDRESS": "10002"}),
        deny(),
        dismiss(),
        error("network"),
        error(2001, "System busy"),
        succeed({}),
        succeed({"data": ["\u00e9", 1.5, None, True]}),
        fail({"resultCode": "6001"}),
        never(),
        drop(),
        drop(during=deny()),
        drop(after=deny()),
        twice(grant(), deny()),
        too_late(grant()),
    )
}


@pytest.mark.parametrize("row", [row for row in EXCHANGES if row["page"]], ids=lambda row: row["name"])
def test_an_exchange_goes_as_written(row: dict[str, Any]) -> None:
    begins = row["name"].startswith("hello") and row["name"] != "hello again"
    session = new() if begins else introduced()
    effects = session.receive(json.dumps(row["page"]), 1)
    for effect in list(effects):
        if isinstance(effect, Invoke):
            effects += decided(session, effect, row["outcome"])
    assert texts(effects) == [golden(frame) for frame in row["server"]]


def decided(session: Session, invoke: Invoke, outcome: str) -> list[Effect]:
    match outcome:
        case "unhandled":
            return session.unhandled(invoke.id, f"nobody handles it; {Handlers().advice(invoke.call.api)}", 2)
        case "raised":
            return session.handler_raised(invoke.id, 2)
        case "timeout":
            return session.advance(11)
    return session.decide(invoke.id, OUTCOMES[outcome], 2)


def texts(effects: list[Effect]) -> list[str]:
    return [effect.text for effect in effects if isinstance(effect, Send)]


def golden(frame: Any) -> str:
    return json.dumps(frame, separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize("row", MALFORMED, ids=lambda row: row["name"])
def test_a_malformed_message_gets_its_reply_and_the_connection_stays(row: dict[str, Any]) -> None:
    session = introduced()
    replies = texts(session.receive(row["text"], 1))
    assert len(replies) == (row["reply"] is not None)
    pattern = re.escape(golden(row["reply"])).replace(r'"\*"', '".+"')
    assert all(re.fullmatch(pattern, reply) for reply in replies)
    assert not session.closed


# The introduction.


def test_a_page_is_known_once_it_has_said_hello() -> None:
    session = new()
    assert (session.stage, session.page) == (Stage.NEW, None)
    session.receive(request(0, "bridge.hello", {**HELLO, "framed": True, "later": "addition"}), 0)
    assert (session.stage, session.page) == (Stage.OPEN, Page(id="k3j9x2", url="http://127.0.0.1:8765/", framed=True))


def test_a_call_before_hello_is_refused() -> None:
    (reply,) = sent(new().receive(request(1, "getAuthCode"), 0))
    assert reply["error"] == {"code": -32000, "message": "the first message is bridge.hello"}


@pytest.mark.parametrize("change", [{"protocol": None}, {"page": 1}, {"url": None}, {"framed": "no"}])
def test_a_wrong_hello_may_be_said_again(change: dict[str, Any]) -> None:
    session = new()
    (reply,) = sent(session.receive(request(0, "bridge.hello", {**HELLO, **change}), 0))
    assert reply["error"]["code"] == -32602
    session.receive(request(1, "bridge.hello", HELLO), 0)
    assert session.stage is Stage.OPEN


def test_a_page_of_another_protocol_version_is_told_so_and_sent_away() -> None:
    session = new()
    frame = f"[{request(0, 'bridge.hello', {**HELLO, 'protocol': 2})},{request(1, 'getAuthCode')}]"
    refusal, close = session.receive(frame, 0)
    assert sent([refusal])[0]["error"] == {
        "code": -32001,
        "message": "my.js speaks protocol 2 and the server 1; "
        "reload the page without its cache, or update the older of the two",
    }
    assert close == Close(CLOSE_BAD_PROTOCOL, "protocol versions differ")
    assert session.closed


def test_a_page_that_never_says_hello_is_sent_away() -> None:
    session = new()
    assert session.deadline == 10
    assert session.advance(9.9) == []
    assert session.advance(10) == [Close(CLOSE_NO_HELLO, "no bridge.hello within 10 s")]
    assert session.deadline is None


# What a handler is asked.


def test_a_call_carries_what_the_page_sent_and_who_it_is() -> None:
    invoke = asks(introduced().receive(request("a", "getLocation", {"type": 1, "nested": {"list": [None]}}), 0))
    assert invoke.id == "a"
    assert msgspec.structs.asdict(invoke.call) == {
        "api": "getLocation",
        "params": {"type": 1, "nested": {"list": [None]}},
        "scopes": (),
        "page": Page(id="k3j9x2", url="http://127.0.0.1:8765/"),
        "app_id": "app",
        "user_id": "user",
    }


def test_scopes_are_read_for_getauthcode_alone() -> None:
    invoke = asks(introduced().receive(request(1, "getAuthUserInfo", {"scopes": 5}), 0))
    assert (invoke.call.params, invoke.call.scopes) == ({"scopes": 5}, ())


def test_a_strict_session_refuses_what_the_profile_merely_tolerates() -> None:
    effects = introduced(strict=True).receive(request(1, "getAuthCode", {"scopes": "auth_base"}), 0)
    assert payloads(effects) == [{"error": 2, "errorMessage": "Invalid parameters"}]


def test_invalid_scopes_never_reach_a_handler() -> None:
    asked, *effects = introduced().receive(request(1, "getAuthCode", {"scopes": ["nope"]}), 0)
    assert isinstance(asked, Asked)
    assert lines(effects) == [
        "getAuthCode  -  error 2 Invalid parameters: the profile alipay-plus has no scope 'nope'  0 ms"
    ]
    assert endings(effects) == [("invalid", payloads(effects))]
    assert not any(isinstance(effect, Invoke) for effect in effects)


def test_an_id_is_free_again_once_its_call_is_answered() -> None:
    session = calling(1)
    session.decide(1, grant(), 1)
    assert asks(session.receive(request(1, "getAuthCode"), 2))


def test_more_unanswered_calls_than_the_limit_are_refused() -> None:
    session = calling(*range(MAX_CALLS_IN_FLIGHT))
    (reply,) = sent(session.receive(request("one more", "getAuthCode"), 1))
    assert reply["error"] == {"code": -32003, "message": "1000 calls wait for an answer already"}
    session.decide(0, deny(), 1)
    assert asks(session.receive(request("one more", "getAuthCode"), 2))


# How a call ends.


def test_only_the_first_decision_counts() -> None:
    session = calling(1)
    assert len(sent(session.decide(1, grant(), 1))) == 1
    assert session.decide(1, deny(), 2) == []
    assert session.handler_raised(1, 2) == []
    assert session.unhandled(1, "", 2) == []


def test_calls_may_be_answered_in_any_order() -> None:
    session = calling(1, 2)
    ids = [message["id"] for id in (2, 1) for message in sent(session.decide(id, grant(), 1))]
    assert ids == [2, 1]


def test_a_delayed_outcome_is_carried_out_when_its_time_has_come() -> None:
    session = calling(1)
    assert session.decide(1, after(60, deny()), 1) == []
    assert session.deadline == 61
    assert session.advance(60.9) == []
    assert payloads(session.advance(61))[0]["error"] == 11
    assert session.deadline is None


def test_a_decision_cannot_be_changed_while_it_is_delayed() -> None:
    session = calling(1)
    session.decide(1, after(60, deny()), 1)
    assert session.decide(1, grant(), 2) == []
    assert session.handler_raised(1, 2) == []
    assert payloads(session.advance(61))[0]["error"] == 11


def test_a_call_that_is_never_answered_has_no_deadline() -> None:
    session = calling(1)
    assert lines(session.decide(1, never(), 2)) == ["getAuthCode  auth_base  never answered  2000 ms"]
    assert session.deadline is None
    assert session.advance(1e9) == []


def test_a_slow_handler_is_stopped_and_its_call_fails() -> None:
    session = calling(1)
    assert session.deadline == 10
    cancel, answer, settled = session.advance(10)
    assert cancel == Cancel(1)
    assert payloads([answer]) == [{"error": 10, "errorMessage": "Empty data"}]
    assert lines([settled]) == [
        "getAuthCode  auth_base  error 10 Empty data: its handler did not answer within 10 s  10000 ms"
    ]
    assert session.decide(1, grant(), 11) == []


def test_without_a_timeout_a_handler_may_take_as_long_as_it_likes() -> None:
    session = calling(1, call_timeout=None)
    assert session.deadline is None
    assert session.advance(1e9) == []
    assert len(sent(session.decide(1, grant(), 1e9))) == 1


def test_the_earliest_of_several_deadlines_comes_first() -> None:
    session = calling(1, 2)
    session.decide(1, after(30, deny()), 0)
    session.decide(2, after(5, deny()), 0)
    assert session.deadline == 5
    assert [message["id"] for message in sent(session.advance(5))] == [2]
    assert session.deadline == 30


def test_a_call_may_be_answered_twice() -> None:
    first, second, settled = calling(1).decide(1, twice(grant(), deny()), 1)
    assert [message["result"].get("again") for message in sent([first, second])] == [True, None]
    assert endings([settled]) == [("answered", payloads([first, second]))]
    assert lines([settled]) == ["getAuthCode  auth_base  granted 2810...dG6h, then refused (11)  1000 ms"]


def test_an_answer_that_repeats_itself_holds_the_same_code() -> None:
    codes = iter(["first", "second"])
    session = Session(profile=PROFILE, issue_code=lambda call, scopes: next(codes), now=0, app_id="app", user_id="user")
    session.receive(f"[{request(0, 'bridge.hello', HELLO)},{request(1, 'getAuthCode')}]", 0)
    assert [payload["authCode"] for payload in payloads(session.decide(1, twice(grant()), 1))] == ["first"] * 2


def test_an_answer_that_comes_too_late_waits_until_the_page_has_gone() -> None:
    session = calling(1)
    assert session.decide(1, too_late(grant()), 1) == []
    assert session.deadline is None
    assert session.decide(1, deny(), 2) == []
    effects = session.lose(3)
    assert lines(effects) == ["getAuthCode  auth_base  granted 2810...dG6h, too late: the page has gone  3000 ms"]
    ((ending, (payload,)),) = endings(effects)
    assert (ending, payload["authCode"]) == ("too late", CODE)


def test_no_answer_comes_too_late_while_the_page_is_still_there() -> None:
    session = calling(1)
    session.decide(1, too_late(grant()), 1)
    assert endings(session.drop(2)) == [("lost", [])]


def test_an_answer_can_be_lost_on_its_way() -> None:
    settled, close = calling(1).decide(1, drop(during=grant()), 0)
    ((ending, (payload,)),) = endings([settled])
    assert (ending, payload["authCode"]) == ("dropped", CODE)
    assert lines([settled]) == [
        "getAuthCode  auth_base  granted 2810...dG6h, connection dropped before the answer  0 ms"
    ]
    assert close == Close(CLOSE_DROPPED, "dropped by a handler")


def test_dropping_the_connection_leaves_all_calls_unanswered() -> None:
    session = calling(1, 2)
    effects = session.decide(1, drop(), 1)
    assert lines(effects) == [
        "getAuthCode  auth_base  connection dropped  1000 ms",
        "getAuthCode  auth_base  unanswered: the connection is gone  1000 ms",
    ]
    assert effects[-1] == Close(CLOSE_DROPPED, "dropped by a handler")
    assert Cancel(2) in effects
    assert Cancel(1) not in effects


def test_the_connection_is_dropped_after_an_answer_once_its_callbacks_have_run() -> None:
    session = calling(1, 2)
    answer, settled = session.decide(1, drop(after=deny()), 1)
    assert endings([settled]) == [("dropped", payloads([answer]))]
    assert lines([settled]) == ["getAuthCode  auth_base  refused (11), connection dropped after the answer  1000 ms"]
    reports = [report({"id": id, "callback": "fail", "ran": []}) for id in (7, 1)]
    effects = session.receive(f"[{','.join(reports)},{request(3, 'getAuthCode')}]", 2)
    assert effects[:2] == [CallbacksRan(7, ()), CallbacksRan(1, ())]
    assert endings(effects) == [("lost", [])]
    assert effects[-1] == Close(CLOSE_DROPPED, "dropped by a handler")


def test_nothing_follows_a_drop_that_came_due_with_other_answers() -> None:
    session = calling(1, 2, 3)
    for id, outcome in ((1, grant()), (2, drop()), (3, grant())):
        session.decide(id, after(5, outcome), 0)
    effects = session.advance(5)
    assert [message["id"] for message in sent(effects)] == [1]
    assert effects[-1] == Close(CLOSE_DROPPED, "dropped by a handler")


WRONG = grant(only="USER_NAMES")


@pytest.mark.parametrize(
    "outcome",
    [WRONG, twice(deny(), WRONG), too_late(WRONG), drop(during=WRONG), drop(after=WRONG), after(5, WRONG)],
    ids=repr,
)
def test_an_outcome_that_means_nothing_for_its_call_is_the_handlers_fault(outcome: Outcome) -> None:
    session = calling(1)
    problem, answer, settled = session.decide(1, outcome, 0) + session.advance(5)
    assert isinstance(problem, Problem)
    assert endings([settled]) == [("raised", payloads([answer]))]
    assert problem.message.startswith("the handler of getAuthCode: grant: the profile alipay-plus has no scope 'USER_N")
    assert payloads([answer]) == [{"error": 3, "errorMessage": "Unknown error"}]


def test_a_handler_that_raised_is_in_the_log() -> None:
    effects = calling(1).handler_raised(1, 0.25)
    assert lines(effects) == ["getAuthCode  auth_base  error 3 Unknown error: the handler raised  250 ms"]


# What the page says of its callbacks.


def report(params: object) -> str:
    return json.dumps({"jsonrpc": "2.0", "method": "bridge.ran", "params": params})


def ran(params: object) -> list[Effect]:
    return introduced().receive(report(params), 1)


@pytest.mark.parametrize(
    ("callback", "threw", "callbacks"),
    [
        ("success", ["", "", None, ""], [Callback(name="success"), Callback(name="complete")]),
        ("fail", ["", None, None, ""], [Callback(name="fail")]),
        ("fail", [None, None, "", ""], [Callback(name="callback")]),
        ("success", ["7", None], [Callback(name="success", error="7")]),
        ("success", [], []),
    ],
)
def test_it_is_told_which_callbacks_ran(callback: str, threw: list[Any], callbacks: list[Callback]) -> None:
    assert ran({"id": 1, "callback": callback, "ran": threw}) == [CallbacksRan(1, tuple(callbacks))]


@pytest.mark.parametrize("stack", ["at pay (app.js:7:1)", "Error: no cart\nat pay (app.js:7:1)"])
def test_what_a_callback_threw_begins_with_its_message_once(stack: str) -> None:
    (effect,) = ran({"id": 1, "callback": "success", "ran": [f"Error: no cart\n{stack}"]})
    assert effect == CallbacksRan(1, (Callback(name="success", error="Error: no cart\nat pay (app.js:7:1)"),))


@pytest.mark.parametrize(
    "params",
    [[], {}, {"id": 1, "callback": "complete", "ran": []}, {"id": [], "callback": "success", "ran": []}],
)
def test_a_wrong_report_of_callbacks_says_nothing(params: object) -> None:
    assert ran(params) == []


# The end of the connection.


def test_a_lost_connection_stops_its_handlers_and_logs_its_calls() -> None:
    session = calling(1, 2, 3)
    session.decide(2, after(60, grant()), 0)
    session.decide(3, never(), 0)
    effects = session.lose(1)
    assert [effect for effect in effects if isinstance(effect, Cancel)] == [Cancel(1)]
    assert lines(effects) == ["getAuthCode  auth_base  unanswered: the connection is gone  1000 ms"] * 2
    assert (session.closed, session.deadline) == (True, None)


def test_nothing_happens_on_a_closed_connection() -> None:
    session = calling(1)
    session.lose(1)
    assert session.receive(request(2, "getAuthCode"), 2) == []
    assert session.decide(1, grant(), 2) == []
    assert session.advance(100) == []
    assert session.lose(2) == []


@pytest.mark.parametrize("data", ["x" * (MAX_MESSAGE_BYTES + 1), b"x" * (MAX_MESSAGE_BYTES + 1)], ids=["text", "bytes"])
def test_a_message_beyond_all_bounds_ends_the_connection(data: str | bytes) -> None:
    session = calling(1)
    effects = session.receive(data, 1)
    assert Cancel(1) in effects
    assert effects[-1] == Close(CLOSE_TOO_BIG, "a message is at most 1048576 bytes long")


def test_the_longest_message_is_taken() -> None:
    assert sent(introduced().receive("x" * MAX_MESSAGE_BYTES, 1))[0]["error"]["code"] == -32700


@pytest.mark.parametrize("depth", [10, 300, 980, 990, 1000, 3000])
def test_nesting_is_no_matter_however_deep_it_goes(depth: int) -> None:
    text = f'{{"jsonrpc":"2.0","id":1,"method":"getAuthCode","params":{{"scopes":{"[" * depth}{"]" * depth}}}}}'
    (reply,) = sent(introduced().receive(text, 1))
    assert reply["result"]["payload"]["error"] == 2 if "result" in reply else reply["error"]["code"] == -32700


# Whatever comes in.

IDS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.integers(0, 2)
VALUES = st.recursive(
    IDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
METHODS = st.sampled_from(["getAuthCode", "getLocation", "bridge.hello", "bridge.ran", "rpc.x", ""])
PARAMS = st.just(HELLO) | st.fixed_dictionaries({"scopes": VALUES | st.just(["auth_base"])}) | VALUES
MESSAGES = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0")},
    optional={"id": IDS, "method": METHODS | st.text(max_size=3), "params": PARAMS, "result": VALUES, "error": VALUES},
)
FRAMES = (MESSAGES | st.lists(MESSAGES, max_size=4) | VALUES).map(json.dumps) | st.text() | st.binary()


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.lists(FRAMES, max_size=5), st.sampled_from([*OUTCOMES.values(), after(1, grant()), after(20, drop())]))
def test_whatever_comes_in_nothing_raises_and_each_call_is_settled_once(
    frames: list[str | bytes], outcome: Outcome
) -> None:
    session = introduced()
    requests: Counter[str] = Counter()
    effects: list[Effect] = []
    for now, frame in enumerate(frames):
        requests.update(ids_in(frame))
        effects += (received := session.receive(frame, now))
        for effect in received:
            if isinstance(effect, Invoke):
                effects += session.decide(effect.id, outcome, now)
        effects += session.advance(now)
    effects += session.advance(1e9)
    last = session.lose(1e9)
    assert texts(last) == []
    effects += last
    responses = Counter(id for text in texts(effects) if '"again":true' not in text for id in ids_in(text))
    assert not responses - requests
    asked, settled = (
        Counter(json.dumps(effect.id) for effect in effects if isinstance(effect, kind)) for kind in (Asked, Settled)
    )
    assert asked == settled


def ids_in(frame: str | bytes) -> list[str]:
    """Return the ids of the messages of one frame as text, so that 1, 1.0 and "1" differ."""
    try:
        messages = json.loads(frame)
    except ValueError:
        return []
    messages = messages if isinstance(messages, list) else [messages]
    return [
        json.dumps(message["id"]) for message in messages if isinstance(message, dict) and message.get("id") is not None
    ]
