"""One page's connection: text and time go in, effects come out."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge import User, profiles
from bridge.calls import Callback, Page
from bridge.effects import (
    Asked,
    AwaitsUser,
    CallbacksRan,
    Cancel,
    Close,
    Effect,
    Invoke,
    Moved,
    NotAsked,
    Noticed,
    PageReplied,
    Problem,
    Send,
    Settled,
    UserAsked,
    UserChose,
    Withdrawn,
)
from bridge.errors import StateError
from bridge.handlers import Handlers
from bridge.messages import MAX_MESSAGE_BYTES, Answer, encode
from bridge.messages import Problem as ProgramProblem
from bridge.outcomes import (
    InPage,
    Outcome,
    Succeed,
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
    MAX_PROBLEM_NAME,
    MAX_PROBLEM_TEXT,
    MAX_PROBLEMS,
    MAX_URL,
    Session,
    Stage,
)
from bridge.store import CodeRecord, MemoryStore
from bridge.wallet import ConsentPolicy, Wallet
from tests import wallets
from tests.wallets import AMARA, BAYU, CODE, call

WIRE = Path(__file__).parent / "wire"
EXCHANGES: list[dict[str, Any]] = json.loads((WIRE / "exchanges.json").read_text("utf-8"))
MALFORMED: list[dict[str, Any]] = json.loads((WIRE / "malformed.json").read_text("utf-8"))

HELLO = {"protocol": 3, "page": "k3j9x2", "url": "http://127.0.0.1:8765/"}


def test_a_page_says_hello_asks_for_a_code_and_gets_it() -> None:
    session = new()

    (welcome,) = session.receive(request(0, "bridge.hello", HELLO), now=0.1)
    asked, invoke = session.receive(request(1, "getAuthCode", {"scopes": ["auth_base"]}), now=0.2)
    assert isinstance(invoke, Invoke)
    assert asked == Asked(1, invoke.call)
    assert (invoke.call.api, invoke.call.scopes, invoke.call.page.id) == ("getAuthCode", ("auth_base",), "k3j9x2")

    answer, settled = session.decide(invoke.id, grant(), now=0.7)
    assert sent([welcome])[0]["result"]["protocol"] == 3
    payload = {"authCode": CODE, "authSuccessScopes": ["auth_base"], "authErrorScopes": {}}
    assert sent([answer]) == [{"jsonrpc": "2.0", "id": 1, "result": {"callback": "success", "payload": payload}}]
    assert lines([settled]) == [f"getAuthCode  auth_base  granted 2810...{CODE[-4:]}  500 ms"]


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


def new(*, wallet: Wallet | None = None, call_timeout: float | None = 10, strict: bool = False) -> Session:
    return Session(wallet=wallet or wallets.wallet(), now=0, strict=strict, call_timeout=call_timeout)


def introduced(*, hello: object = HELLO, **options: Any) -> Session:
    session = new(**options)
    session.receive(request(0, "bridge.hello", hello), 0)
    return session


def calling(*ids: object, scopes: tuple[str, ...] = ("auth_base",), **options: Any) -> Session:
    """Return a session in which calls with these ids have been made at the time 0."""
    session = introduced(**options)
    for id in ids:
        assert asks(session.receive(request(id, "getAuthCode", {"scopes": scopes}), 0))
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
            return session.unhandled(invoke.id, f"nobody handles it; {Handlers().advice(invoke.call)}", 2)
        case "raised":
            return session.handler_raised(invoke.id, 2)
        case "timeout":
            return session.advance(11)
    return session.decide(invoke.id, OUTCOMES[outcome], 2)


def texts(effects: list[Effect]) -> list[str]:
    return [effect.text for effect in effects if isinstance(effect, Send)]


def golden(frame: Any) -> str:
    return json.dumps(frame, separators=(",", ":"), ensure_ascii=False)


def golden_row(name: str) -> dict[str, Any]:
    return next(row for row in EXCHANGES if row["name"] == name)


@pytest.mark.parametrize(
    ("choice", "heard"),
    [
        ("the user allows a part", (1, "Amara", grant(except_=["USER_ADDRESS"]))),
        ("another user denies", (1, "Bayu", deny())),
    ],
)
def test_the_user_is_asked_and_answers_as_written(choice: str, heard: tuple[Any, ...]) -> None:
    session = calling(1, wallet=wallets.wallet(consent="ask"), scopes=BOTH)
    assert texts(session.ask(1, 1, BOTH, 1)) == list(map(golden, golden_row("the user is asked")["server"]))
    assert told(session.receive(json.dumps(golden_row(choice)["page"]), 2)) == [heard]


def test_a_question_is_withdrawn_as_written() -> None:
    assert texts(asking(1).stop_asking(1, 2)) == list(map(golden, golden_row("the question is withdrawn")["server"]))


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


@pytest.mark.parametrize("change", [{"protocol": None}, {"page": 1}, {"url": None}, {"framed": "no"}, {"user": 7}])
def test_a_wrong_hello_may_be_said_again(change: dict[str, Any]) -> None:
    session = new()
    (reply,) = sent(session.receive(request(0, "bridge.hello", {**HELLO, **change}), 0))
    assert reply["error"]["code"] == -32602
    session.receive(request(1, "bridge.hello", HELLO), 0)
    assert session.stage is Stage.OPEN


def test_a_page_of_another_protocol_version_is_told_so_and_sent_away() -> None:
    session = new()
    frame = f"[{request(0, 'bridge.hello', {**HELLO, 'protocol': 1})},{request(1, 'getAuthCode')}]"
    refusal, close = session.receive(frame, 0)
    assert sent([refusal])[0]["error"] == {
        "code": -32001,
        "message": "my.js speaks protocol 1 and the server 3; "
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
    assert invoke.call == call(api="getLocation", type=1, nested={"list": [None]})


def test_scopes_are_read_for_getauthcode_alone() -> None:
    invoke = asks(introduced().receive(request(1, "getAuthUserInfo", {"scopes": 5}), 0))
    assert (invoke.call.params, invoke.call.scopes) == ({"scopes": 5}, ())


@pytest.mark.parametrize(
    ("params", "scopes"),
    [
        ({"scopeNicks": ["userInfo", "USER_NAME"]}, ("auth_user", "USER_NAME")),
        ({"scopes": "phoneNumber, userInfo"}, ("PLAINTEXT_MOBILE_PHONE", "auth_user")),
        ({"scopeNicks": ["userInfo"], "scopes": ["phoneNumber"]}, ("auth_user",)),
    ],
)
def test_a_button_asks_for_scopes_by_names_of_its_own(params: dict[str, Any], scopes: tuple[str, ...]) -> None:
    invoke = asks(introduced().receive(request(1, "getAuthorize", params), 0))
    assert (invoke.call.params, invoke.call.scopes) == (params, scopes)


@pytest.mark.parametrize("params", [{}, {"scopes": []}, {"scopeNicks": ["nobody"]}])
def test_a_button_that_asks_for_nothing_that_there_is_fails(params: dict[str, Any]) -> None:
    asked, *effects = introduced().receive(request(1, "getAuthorize", params), 0)
    assert isinstance(asked, Asked)
    assert endings(effects) == [("invalid", [{"error": 2, "errorMessage": "Invalid parameters"}])]


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
    assert lines([settled]) == [f"getAuthCode  auth_base  granted 2810...{CODE[-4:]}, then refused (11)  1000 ms"]


def test_an_answer_that_repeats_itself_holds_the_same_code() -> None:
    session = new()
    session.receive(f"[{request(0, 'bridge.hello', HELLO)},{request(1, 'getAuthCode')}]", 0)
    assert [payload["authCode"] for payload in payloads(session.decide(1, twice(grant()), 1))] == [CODE] * 2


def test_an_answer_that_comes_too_late_waits_until_the_page_has_gone() -> None:
    session = calling(1)
    assert session.decide(1, too_late(grant()), 1) == []
    assert session.deadline is None
    assert session.decide(1, deny(), 2) == []
    effects = session.lose(3)
    assert lines(effects) == [
        f"getAuthCode  auth_base  granted 2810...{CODE[-4:]}, too late: the page has gone  3000 ms"
    ]
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
        f"getAuthCode  auth_base  granted 2810...{CODE[-4:]}, connection dropped before the answer  0 ms"
    ]
    assert close == Close(CLOSE_DROPPED, "1 was the last call")


def test_dropping_the_connection_leaves_all_calls_unanswered() -> None:
    session = calling(1, 2)
    effects = session.decide(1, drop(), 1)
    assert lines(effects) == [
        "getAuthCode  auth_base  connection dropped  1000 ms",
        "getAuthCode  auth_base  unanswered: the connection is gone  1000 ms",
    ]
    assert effects[-1] == Close(CLOSE_DROPPED, "2 was the last call")
    assert Cancel(2) in effects
    assert Cancel(1) not in effects


@pytest.mark.parametrize(
    ("ids", "last"), [((), 0), ((1, 2), 2), ((2**53 - 1,), 2**53 - 1), ((3, 2**53, "x" * 200, 1.5), 3)], ids=repr
)
def test_who_is_dropped_hears_which_call_was_the_last_that_came_in(ids: tuple[object, ...], last: int) -> None:
    assert calling(*ids).drop(1)[-1] == Close(CLOSE_DROPPED, f"{last} was the last call")


def test_a_call_that_is_refused_came_in_too() -> None:
    session = introduced()
    session.receive(request(4, "getAuthCode", [1]), 0)
    session.receive(request(5, "no such method"), 0)
    assert session.drop(1) == [Close(CLOSE_DROPPED, "5 was the last call")]


def test_the_connection_is_dropped_after_an_answer_once_its_callbacks_have_run() -> None:
    session = calling(1, 2)
    answer, settled = session.decide(1, drop(after=deny()), 1)
    assert endings([settled]) == [("dropped", payloads([answer]))]
    assert lines([settled]) == ["getAuthCode  auth_base  refused (11), connection dropped after the answer  1000 ms"]
    reports = [report({"id": id, "callback": "fail", "ran": []}) for id in (7, 1)]
    effects = session.receive(f"[{','.join(reports)},{request(3, 'getAuthCode')}]", 2)
    assert effects[:2] == [CallbacksRan(7, ()), CallbacksRan(1, ())]
    assert endings(effects) == [("lost", [])]
    assert effects[-1] == Close(CLOSE_DROPPED, "2 was the last call")


def test_nothing_follows_a_drop_that_came_due_with_other_answers() -> None:
    session = calling(1, 2, 3)
    for id, outcome in ((1, grant()), (2, drop()), (3, grant())):
        session.decide(id, after(5, outcome), 0)
    effects = session.advance(5)
    assert [message["id"] for message in sent(effects)] == [1]
    assert effects[-1] == Close(CLOSE_DROPPED, "3 was the last call")


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


# The user's consent.

NAME, ADDRESS = "USER_NAME", "USER_ADDRESS"
BOTH = ("auth_base", NAME, ADDRESS)


def asking(*ids: object, **options: Any) -> Session:
    """Return a session with these calls, whose handlers have each asked for two scopes, with the id as the ticket."""
    session = calling(*ids, wallet=wallets.wallet(consent="ask"), scopes=BOTH, **options)
    for id in ids:
        assert session.ask(id, id, BOTH, 1)  # type: ignore[arg-type]
    return session


def chooses(sheet: int, action: str, *scopes: str, user: User = AMARA) -> str:
    """Return what the page says when somebody has pressed a button."""
    result = {"action": action, "user": user.id, "scopes": scopes}
    return json.dumps({"jsonrpc": "2.0", "id": sheet, "result": result})


def told(effects: list[Effect]) -> list[tuple[Any, ...]]:
    """Return what those who asked hear: the ticket, and the user's nickname and answer, or what happened instead."""
    heard: list[tuple[Any, ...]] = []
    for effect in effects:
        match effect:
            case UserChose(ticket, _, call, consent):
                heard.append((ticket, call.user.nickname, consent))
            case NotAsked(ticket, _, why):
                heard.append((ticket, why))
            case Withdrawn(ticket):
                heard.append((ticket,))
    return heard


def methods(effects: list[Effect]) -> list[str]:
    """Return what the page is asked or told besides its answers."""
    return [message["method"] for message in sent(effects) if "method" in message]


def test_the_user_is_asked_and_the_answer_is_the_outcome() -> None:
    session = calling(1, wallet=wallets.wallet(consent="ask"), scopes=BOTH)
    waits, question, asked = session.ask(1, 7, BOTH, 1)
    assert (waits, methods([question])) == (AwaitsUser(7, 1), ["bridge.ask"])
    assert asked == UserAsked(1, call(*BOTH, scopes=list(BOTH)), BOTH)
    assert str(asked) == "getAuthCode  auth_base,USER_NAME,USER_ADDRESS  asks Amara"
    assert session.deadline is None

    (chose,) = session.receive(chooses(1, "allow", NAME), 60)
    assert isinstance(chose, UserChose)
    assert (chose.ticket, chose.id, chose.asked) == (7, 1, True)
    answer, settled = session.decide(1, chose.consent, 60)
    assert payloads([answer]) == [
        {"authCode": CODE, "authSuccessScopes": ["auth_base", NAME], "authErrorScopes": {ADDRESS: "10001"}}
    ]
    assert lines([settled])[0].endswith(f"granted 2810...{CODE[-4:]} but USER_ADDRESS=10001  60000 ms")


@pytest.mark.parametrize(
    ("action", "consent", "payload"),
    [
        ("deny", deny(), {"error": 11, "authErrorScopes": dict.fromkeys(BOTH, "10001")}),
        ("dismiss", dismiss(), {"error": 11, "authErrorScopes": dict.fromkeys(BOTH, "10001")}),
        ("allow", grant(except_=[NAME, ADDRESS]), {"authSuccessScopes": ["auth_base"]}),
    ],
)
def test_what_is_not_allowed_is_refused(action: str, consent: Outcome, payload: dict[str, Any]) -> None:
    session = asking(1)
    effects = session.receive(chooses(1, action), 2)
    assert told(effects) == [(1, "Amara", consent)]
    (got,) = payloads(session.decide(1, consent, 2))
    assert got.items() >= payload.items()


@pytest.mark.parametrize("consent", ["ask", "allow", "deny", dismiss(), grant(only=[])])
def test_who_need_not_be_asked_is_not(consent: ConsentPolicy) -> None:
    wallet = wallets.wallet(consent=consent)
    wallet.allow(AMARA, [NAME])
    session = calling(1, wallet=wallet, scopes=("auth_base", NAME))
    (chose,) = session.ask(1, 7, ("auth_base", NAME), 1)
    assert isinstance(chose, UserChose)
    assert (chose.consent, chose.asked, session.deadline) == (grant(), False, 10)


@pytest.mark.parametrize(
    ("policy", "consent", "granted"),
    [
        ("allow", grant(), {NAME, ADDRESS}),
        ("deny", deny(), set()),
        (dismiss(), dismiss(), set()),
        (grant(only=[NAME]), grant(except_=[ADDRESS]), {NAME}),
        (grant(except_={NAME: "10005"}), grant(except_={NAME: "10005"}), {ADDRESS}),
    ],
)
def test_an_answer_that_is_given_beforehand_needs_no_sheet(
    policy: ConsentPolicy, consent: Outcome, granted: set[str]
) -> None:
    wallet = wallets.wallet(consent=policy)
    session = calling(1, wallet=wallet, scopes=BOTH)
    (chose,) = session.ask(1, 7, BOTH, 1)
    assert told([chose]) == [(7, "Amara", consent)]
    assert wallet.granted(AMARA) == granted
    assert session.deadline == 10


def test_what_was_granted_is_not_asked_again() -> None:
    session = asking(1, 2)
    effects = session.receive(chooses(1, "allow", NAME, ADDRESS), 2)
    assert told(effects) == [(1, "Amara", grant()), (2, "Amara", grant())]
    assert asks(session.receive(request(3, "getAuthCode", {"scopes": BOTH}), 3))
    assert told(session.ask(3, 3, BOTH, 3)) == [(3, "Amara", grant())]


def test_calls_that_ask_the_same_share_a_sheet_and_its_answer() -> None:
    session = calling(1, 2, 3, wallet=wallets.wallet(consent="ask"), scopes=BOTH)
    assert methods(session.ask(1, 10, BOTH, 1)) == ["bridge.ask"]
    assert session.ask(2, 20, (ADDRESS,), 1) == [AwaitsUser(20, 2)]
    waits, shown = session.ask(3, 30, BOTH, 1)
    assert waits == AwaitsUser(30, 3)
    assert isinstance(shown, UserAsked)
    assert shown.id == 3
    effects = session.receive(chooses(1, "deny"), 2)
    assert told(effects) == [(10, "Amara", deny()), (30, "Amara", deny())]
    assert methods(effects) == ["bridge.ask"]


def test_a_call_may_ask_for_several_things_at_once() -> None:
    session = calling(1, wallet=wallets.wallet(consent="ask"), scopes=BOTH)
    session.ask(1, 10, (NAME,), 1)
    session.ask(1, 20, (ADDRESS,), 1)
    session.ask(1, 30, (NAME,), 1)
    # What nobody was asked about is not granted.
    partly = grant(except_=[ADDRESS])
    assert told(session.receive(chooses(1, "allow", NAME), 5)) == [(10, "Amara", partly), (30, "Amara", partly)]
    assert session.deadline is None
    assert told(session.receive(chooses(2, "deny"), 50)) == [(20, "Amara", deny())]
    assert session.deadline == 60


# Time.


def test_no_time_passes_for_a_handler_while_a_person_looks_at_its_sheet_or_at_others_before_it() -> None:
    session = calling(1, 2, wallet=wallets.wallet(consent="ask"), scopes=BOTH)
    session.ask(1, 1, (NAME,), 1)
    session.ask(2, 2, (ADDRESS,), 1)
    assert session.deadline is None
    assert session.advance(1e6) == []

    session.receive(chooses(1, "deny"), 1e6)
    assert session.deadline == 1e6 + 10
    assert endings(session.advance(1e6 + 10)) == [("timeout", [{"error": 10, "errorMessage": "Empty data"}])]
    assert told(session.receive(chooses(2, "deny"), 1e6 + 11)) == [(2, "Amara", deny())]


def test_without_a_timeout_an_answer_brings_none() -> None:
    session = asking(1, call_timeout=None)
    session.receive(chooses(1, "deny"), 2)
    assert session.deadline is None


def test_another_call_runs_out_of_time_while_a_person_looks_at_a_sheet() -> None:
    session = asking(1)
    assert asks(session.receive(request(2, "getLocation"), 3))
    assert session.deadline == 13
    assert [message["id"] for message in sent(session.advance(13))] == [2]
    assert told(session.receive(chooses(1, "deny"), 14)) == [(1, "Amara", deny())]


# Who answers.


def test_the_code_is_for_the_user_who_answered_and_so_are_later_calls_of_the_page() -> None:
    wallet = wallets.wallet(consent="ask")
    session = calling(1, 2, 3, wallet=wallet, scopes=BOTH)
    session.ask(1, 1, (NAME,), 1)
    session.ask(2, 2, (NAME, ADDRESS), 1)
    effects = session.receive(chooses(1, "allow", NAME, user=BAYU), 2)
    assert told(effects) == [(1, "Bayu", grant(except_=[ADDRESS]))]
    # The next sheet is asked as Bayu, whoever its call was made as.
    ask, shown = (effect for effect in effects if isinstance(effect, Send | UserAsked))
    assert sent([ask])[0]["params"]["user"] == BAYU.id
    assert str(shown) == "getAuthCode  USER_NAME,USER_ADDRESS  asks Bayu"

    (code,) = [payload["authCode"] for payload in payloads(session.decide(1, grant(), 2))]
    assert wallet.authority.redeem(code, app_id="app").user_id == BAYU.id
    assert wallet.granted(BAYU) == set(BOTH)
    assert wallet.granted(AMARA) == set()
    assert asks(session.receive(request(4, "getAuthCode"), 3)).call.user == BAYU
    # One that has not asked stays what it was.
    (code,) = [payload["authCode"] for payload in payloads(session.decide(3, grant(), 3))]
    assert wallet.authority.redeem(code, app_id="app").user_id == AMARA.id


def test_a_page_that_comes_back_says_who_was_chosen_on_it() -> None:
    session = calling(wallet=wallets.wallet(consent="ask"), hello={**HELLO, "user": BAYU.id})
    assert asks(session.receive(request(1, "getAuthCode"), 0)).call.user == BAYU
    (message,) = sent(session.ask(1, 1, BOTH, 1))
    assert message["params"]["user"] == BAYU.id


@pytest.mark.parametrize("user", [None, "", "2099", "Bayu"])
def test_a_page_that_names_nobody_who_is_known_belongs_to_who_is_logged_in(user: str | None) -> None:
    session = calling(hello={**HELLO, "user": user})
    assert asks(session.receive(request(1, "getAuthCode"), 0)).call.user == AMARA


def test_a_page_belongs_to_who_is_logged_in_when_it_calls() -> None:
    wallet = wallets.wallet()
    session = introduced(wallet=wallet)
    assert asks(session.receive(request(1, "getAuthCode"), 0)).call.user == AMARA
    wallet.user = BAYU
    assert asks(session.receive(request(2, "getAuthCode"), 0)).call.user == BAYU


def test_a_scope_may_be_asked_for_under_another_name() -> None:
    wallet = wallets.wallet(profile=profiles.load("tng"), consent="ask")
    session = calling(1, 2, wallet=wallet, scopes=("USER_INFO",))
    (message,) = sent(session.ask(1, 1, ("USER_INFO",), 1))
    assert [scope["name"] for scope in message["params"]["scopes"]] == ["auth_user"]
    assert told(session.receive(chooses(1, "allow", "auth_user"), 2)) == [(1, "Amara", grant())]
    assert told(session.ask(2, 2, ("auth_user",), 3)) == [(2, "Amara", grant())]
    assert payloads(session.decide(1, grant(), 2))[0]["authSuccessScopes"] == ["USER_INFO"]


# What nobody wants to know any more.


def test_a_sheet_goes_when_its_handler_does_not_wait_any_more_and_time_passes_again() -> None:
    session = asking(1)
    effects = session.stop_asking(1, 5)
    assert (told(effects), methods(effects), session.deadline) == ([(1,)], ["bridge.withdraw"], 15)
    assert sent(effects)[0]["params"] == {"id": 1}
    assert session.stop_asking(1, 6) == []
    assert session.receive(chooses(1, "allow", NAME), 6) == []
    assert endings(session.decide(1, deny(), 7))[0][0] == "answered"


@pytest.mark.parametrize(
    ("end", "answers"),
    [
        (lambda session: session.decide(1, grant(), 2), 1),
        (lambda session: session.decide(1, after(60, grant()), 2), 0),
        (lambda session: session.decide(1, never(), 2), 0),
        (lambda session: session.decide(1, too_late(grant()), 2), 0),
        (lambda session: session.decide(1, grant(only="NO_SUCH_SCOPE"), 2), 1),
        (lambda session: session.handler_raised(1, 2), 1),
        (lambda session: session.unhandled(1, "", 2), 1),
    ],
)
def test_a_sheet_goes_when_its_call_is_decided_and_the_next_one_is_shown(
    end: Callable[[Session], list[Effect]], answers: int
) -> None:
    session = calling(1, 2, wallet=wallets.wallet(consent="ask"), scopes=BOTH)
    session.ask(1, 10, BOTH, 1)
    session.ask(1, 11, (ADDRESS,), 1)
    session.ask(2, 20, (NAME,), 1)
    effects = end(session)
    assert told(effects) == [(10,), (11,)]
    assert methods(effects) == ["bridge.withdraw", "bridge.ask"]
    assert len([message for message in sent(effects) if "result" in message]) == answers
    assert told(session.receive(chooses(3, "deny"), 3)) == [(20, "Amara", deny())]


def test_a_sheet_stays_while_one_of_its_calls_waits() -> None:
    session = asking(1, 2)
    assert methods(session.decide(1, deny(), 2)) == []
    assert told(session.receive(chooses(1, "deny"), 3)) == [(2, "Amara", deny())]


@pytest.mark.parametrize("end", [grant(), after(60, grant()), never(), too_late(grant())], ids=repr)
def test_the_user_is_not_asked_for_a_call_that_is_decided(end: Outcome) -> None:
    session = calling(1, wallet=wallets.wallet(consent="ask"), scopes=BOTH)
    session.decide(1, end, 1)
    assert session.ask(1, 7, BOTH, 2) == [NotAsked(7, 1, "the call is over")]


def test_a_page_that_cannot_ask_leaves_the_handler_to_decide() -> None:
    session = asking(1, 2)
    error = {"code": -32000, "message": "blocked"}
    effects = session.receive(json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}), 5)
    assert told(effects) == [
        (id, "the page cannot show the sheet, and its console may say more: blocked") for id in (1, 2)
    ]
    assert session.deadline == 15
    assert endings(session.decide(1, deny(), 6))[0][0] == "answered"


@pytest.mark.parametrize("end", [Session.lose, Session.drop])
def test_a_connection_that_goes_takes_its_sheets_along(end: Callable[[Session, float], list[Effect]]) -> None:
    session = calling(1, 2, wallet=wallets.wallet(consent="ask"), scopes=BOTH)
    session.ask(1, 1, (NAME,), 1)
    session.ask(2, 2, (ADDRESS,), 1)
    effects = end(session, 2)
    assert [effect for effect in effects if isinstance(effect, Cancel)] == [Cancel(1), Cancel(2)]
    assert endings(effects) == [("lost", []), ("lost", [])]
    assert session.deadline is None
    assert session.receive(chooses(1, "allow", NAME), 3) == []
    assert session.stop_asking(1, 3) == []
    assert session.ask(1, 3, BOTH, 3) == [NotAsked(3, 1, "the call is over")]


def test_a_dropped_connection_shows_no_sheet_any_more() -> None:
    session = asking(1, 2)
    effects = session.decide(1, drop(), 2)
    assert methods(effects) == []
    assert effects[-1] == Close(CLOSE_DROPPED, "2 was the last call")


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
    assert effects[-1] == Close(CLOSE_TOO_BIG, "a message is at most 4194304 bytes long")


def test_the_longest_message_is_taken() -> None:
    assert sent(introduced().receive("x" * MAX_MESSAGE_BYTES, 1))[0]["error"]["code"] == -32700


@pytest.mark.parametrize("depth", [10, 300, 980, 990, 1000, 3000])
def test_nesting_is_no_matter_however_deep_it_goes(depth: int) -> None:
    text = f'{{"jsonrpc":"2.0","id":1,"method":"getAuthCode","params":{{"scopes":{"[" * depth}{"]" * depth}}}}}'
    (reply,) = sent(introduced().receive(text, 1))
    assert reply["result"]["payload"]["error"] == 2 if "result" in reply else reply["error"]["code"] == -32700


@pytest.fixture
def deep() -> Succeed:
    """What JSON has words for, and nobody the stack."""
    payload: list[Any] = []
    for _ in range(10_000):
        payload = [payload]
    return Succeed(payload=payload)


@pytest.mark.parametrize("around", [lambda outcome: outcome, twice, lambda outcome: drop(after=outcome)])
def test_a_payload_that_is_nested_too_deep_is_told_to_whoever_decides(
    deep: Succeed, around: Callable[[Succeed], Outcome]
) -> None:
    session = calling(1)
    with pytest.raises(RecursionError):
        session.decide(1, around(deep), 1)
    assert [payload["error"] for payload in payloads(session.handler_raised(1, 1))] == [3]


def test_a_payload_that_is_nested_too_deep_later_fails_the_call(deep: Succeed) -> None:
    session = calling(1)
    assert session.decide(1, after(5, deep), 1) == []
    problem, *effects = session.advance(6)
    assert isinstance(problem, Problem)
    assert [payload["error"] for payload in payloads(effects)] == [3]


# A store that breaks.


class Full(MemoryStore):
    def add(self, record: CodeRecord) -> None:
        raise StateError("the disk is full")


class Torn(MemoryStore):
    broken = False

    def granted(self, app_id: str, user_id: str) -> frozenset[str]:
        if self.broken:
            raise StateError("the disk has gone")
        return super().granted(app_id, user_id)


def test_an_answer_of_which_it_is_not_known_what_it_grants_is_none() -> None:
    store = Torn()
    session = calling(1, 2, 3, wallet=wallets.wallet(consent="ask", store=store), scopes=BOTH)
    for id in (1, 2):
        session.ask(id, id, BOTH, 1)
    session.ask(3, 3, (NAME,), 1)
    store.broken = True
    effects = session.receive(chooses(1, "allow", NAME, ADDRESS), 2)
    assert told(effects) == [(ticket, "the disk has gone") for ticket in (1, 2, 3)]
    assert session.deadline == 12


@pytest.fixture
def broken() -> Session:
    """A session with a call, whose code cannot be kept."""
    return calling(1, wallet=wallets.wallet(store=Full()))


def test_a_code_that_cannot_be_kept_is_told_to_whoever_decides(broken: Session) -> None:
    with pytest.raises(StateError, match="the disk is full"):
        broken.decide(1, grant(), 1)
    assert [payload["error"] for payload in payloads(broken.handler_raised(1, 1))] == [3]


def test_a_code_that_cannot_be_kept_later_fails_the_call(broken: Session) -> None:
    assert broken.decide(1, after(5, grant()), 1) == []
    problem, *effects = broken.advance(6)
    assert problem == Problem(1, "the disk is full")
    assert [payload["error"] for payload in payloads(effects)] == [3]
    assert broken.deadline is None


def test_a_code_that_cannot_be_kept_when_the_page_has_gone_is_none(broken: Session) -> None:
    assert broken.decide(1, too_late(grant()), 1) == []
    problem, *effects = broken.lose(2)
    assert problem == Problem(1, "the disk is full")
    assert endings(effects) == [("too late", [])]


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
CHOICES = st.builds(
    chooses,
    st.integers(1, 4),
    st.sampled_from(["allow", "deny", "dismiss"]),
    st.sampled_from([NAME, ADDRESS]),
    user=st.sampled_from([AMARA, BAYU]),
)
FRAMES = CHOICES | (MESSAGES | st.lists(MESSAGES, max_size=4) | VALUES).map(json.dumps) | st.text() | st.binary()


@settings(deadline=None, derandomize=True, max_examples=250)
@given(
    st.lists(FRAMES, max_size=6),
    st.sampled_from([*OUTCOMES.values(), after(1, grant()), after(20, drop())]),
    st.lists(st.sampled_from([None, (NAME,), (NAME, ADDRESS), ("auth_base",)]), min_size=1, max_size=4),
)
def test_whatever_comes_in_nothing_raises_and_each_call_is_settled_once(
    frames: list[str | bytes], outcome: Outcome, scopes: list[tuple[str, ...] | None]
) -> None:
    session = introduced(wallet=wallets.wallet(consent="ask"))
    requests: Counter[str] = Counter()
    effects: list[Effect] = []
    # What each handler asks the user for before it decides.
    plans, tickets = itertools.cycle(scopes), itertools.count(1)

    def perform(new: list[Effect], now: float) -> None:
        effects.extend(new)
        for effect in new:
            match effect:
                case Invoke(id):
                    asked = next(plans)
                    step = (
                        session.decide(id, outcome, now)
                        if asked is None
                        else session.ask(id, next(tickets), asked, now)
                    )
                    perform(step, now)
                case UserChose(_, id) | NotAsked(_, id):
                    perform(session.decide(id, outcome, now), now)

    for now, frame in enumerate(frames):
        requests.update(ids_in(frame))
        perform(session.receive(frame, now), now)
        perform(session.advance(now), now)
    perform(session.advance(1e9), 1e9)
    waiting = {effect.ticket: effect.id for effect in effects if isinstance(effect, AwaitsUser)}
    ended = [effect.ticket for effect in effects if isinstance(effect, UserChose | NotAsked | Withdrawn)]
    assert len(ended) == len(set(ended))
    was_closed, last = session.closed, session.lose(1e9)
    assert texts(last) == []
    assert was_closed or {waiting[ticket] for ticket in waiting.keys() - ended} <= {
        effect.id for effect in last if isinstance(effect, Cancel)
    }
    effects += last
    responses = Counter(
        id for text in texts(effects) if '"again":true' not in text and '"method"' not in text for id in ids_in(text)
    )
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


# What the page answers itself.


def notification(method: str, params: object) -> str:
    return json.dumps({"jsonrpc": "2.0", "method": method, "params": params})


def test_what_is_left_to_the_page_says_which_part_answers() -> None:
    session = calling(1)
    answer, settled = session.decide(1, InPage(part="storage.js"), 1)
    assert texts([answer]) == list(map(golden, golden_row("left to the page")["server"]))
    assert lines([settled]) == ["getAuthCode  auth_base  left to the page  1000 ms"]


def test_the_page_reports_what_it_has_found_itself() -> None:
    session = calling(1)
    session.decide(1, InPage(part="storage.js"), 1)
    (ran,) = session.receive(json.dumps(golden_row("the page answered itself")["page"]), 2)
    callbacks = (Callback(name="success"), Callback(name="complete"))
    assert ran == CallbacksRan(1, callbacks, Answer(callback="success", payload={"data": None}))


# What the page gives up.


def test_a_call_that_the_page_gives_up_is_over_and_its_handler_stops() -> None:
    session = calling(1, 2)
    cancel, settled = session.receive(json.dumps(golden_row("given up")["page"]), 1)
    assert cancel == Cancel(1)
    assert lines([settled]) == ["getAuthCode  auth_base  aborted by the page  1000 ms"]
    assert session.decide(1, grant(), 2) == []
    assert sent(session.decide(2, deny(), 2))


def test_a_question_to_the_user_goes_with_the_call_that_the_page_gives_up() -> None:
    session = asking(1)
    effects = session.receive(notification("bridge.abort", {"id": 1}), 1)
    assert Withdrawn(1, 1) in effects
    assert [message["method"] for message in sent(effects)] == ["bridge.withdraw"]


@pytest.mark.parametrize("params", [{"id": 9}, {}, []])
def test_giving_up_what_does_not_wait_changes_nothing(params: object) -> None:
    session = calling(1)
    assert session.receive(notification("bridge.abort", params), 1) == []
    assert sent(session.decide(1, grant(), 2))


# What else the page is told and asked.


def test_who_keeps_a_time_limit_of_their_own_is_not_cut_off() -> None:
    session = calling(1, 2)
    session.takes_its_time(1)
    session.takes_its_time(9)
    cancelled = [effect.id for effect in session.advance(60) if isinstance(effect, Cancel)]
    assert cancelled == [2]
    assert sent(session.decide(1, grant(), 61))


def test_the_page_is_told_of_events() -> None:
    told = introduced().emit("compassChange", {"direction": 90})
    assert texts(told) == list(map(golden, golden_row("an event")["server"]))


def test_the_page_is_told_who_is_logged_in() -> None:
    wallet = wallets.wallet()
    session = introduced(wallet=wallet)
    wallet.user = BAYU
    assert texts(session.log_in()) == list(map(golden, golden_row("another user is logged in")["server"]))
    assert new().log_in() == []


def test_the_page_is_asked_for_a_piece_of_a_file_and_its_reply_is_handed_on() -> None:
    session = introduced()
    question = session.read("read-1", "data:text/plain,hello", 2)
    assert texts(question) == list(map(golden, golden_row("a file is read")["server"]))
    for row in map(golden_row, ("a piece of a file", "a file that there is not")):
        (replied,) = session.receive(json.dumps(row["page"]), 1)
        assert isinstance(replied, PageReplied)
        assert json.loads(encode(replied.response)) == row["page"]


# What a mini program says of itself.


def notify(method: str, params: object) -> str:
    return json.dumps({"jsonrpc": "2.0", "method": method, "params": params})


def test_calls_are_made_on_the_page_that_is_shown() -> None:
    session = introduced()
    row = golden_row("another page of a mini program is shown")
    (moved,) = session.receive(json.dumps(row["page"]), 1)
    assert isinstance(moved, Moved)
    assert (moved.page.id, moved.page.url) == ("k3j9x2", row["page"]["params"]["url"])
    invoke = asks(session.receive(request(1, "getAuthCode"), 2))
    assert invoke.call.page == moved.page
    assert invoke.call.page.is_at("/pages/cart/cart")


def test_a_page_is_told_who_is_logged_in_where_it_has_moved_to() -> None:
    wallet = wallets.wallet()
    wallet.log_in("Bayu", "/pages/cart/cart")
    _, told = introduced(wallet=wallet).receive(notify("bridge.moved", {"url": "http://h/#/pages/cart/cart"}), 1)
    assert texts([told]) == list(map(golden, golden_row("another user is logged in")["server"]))


def test_what_is_wrong_with_a_mini_program_is_handed_on() -> None:
    row = golden_row("something is wrong with a mini program")
    (noticed,) = introduced().receive(json.dumps(row["page"]), 1)
    assert noticed == Noticed(ProgramProblem(**row["page"]["params"]))
    assert str(noticed.problem) == "pages/cart/cart.axml:3:5: there is no tag <veiw>; did you mean <view>?"


def test_what_is_too_long_in_a_problem_is_cut_off() -> None:
    params = {"kind": "script", "message": "m" * 10_000, "file": "f" * 10_000, "page": "p" * 10_000}
    (noticed,) = introduced().receive(notify("bridge.problem", params), 1)
    assert isinstance(noticed, Noticed)
    problem = noticed.problem
    assert (len(problem.message), len(problem.file or ""), len(problem.page or "")) == (
        *(MAX_PROBLEM_TEXT, MAX_PROBLEM_NAME, MAX_PROBLEM_NAME),
    )


def test_a_page_that_has_many_problems_is_not_heard_for_ever() -> None:
    session = introduced()
    told = notify("bridge.problem", {"kind": "api", "message": "my.fly", "line": None})
    heard = [session.receive(told, 1) for _ in range(MAX_PROBLEMS + 1)]
    assert [len(effects) for effects in heard] == [1] * MAX_PROBLEMS + [0]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("bridge.moved", {}),
        ("bridge.moved", {"url": 1}),
        ("bridge.moved", {"url": "u" * (MAX_URL + 1)}),
        ("bridge.problem", []),
        ("bridge.problem", {"kind": "folder"}),
        ("bridge.problem", {"kind": "mood", "message": ""}),
    ],
)
def test_what_a_mini_program_says_wrongly_is_not_heard(method: str, params: object) -> None:
    session = introduced()
    assert session.receive(notify(method, params), 1) == []
    assert session.page == Page(id=HELLO["page"], url=HELLO["url"])  # type: ignore[arg-type]


def test_a_mini_program_that_has_not_introduced_itself_is_not_heard() -> None:
    session = new()
    assert session.receive(notify("bridge.moved", {"url": "http://h/"}), 1) == []
    assert session.receive(notify("bridge.problem", {"kind": "api", "message": "my.fly"}), 1) == []
