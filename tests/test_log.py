"""The call log: what every call was, and how a test waits for one."""

from __future__ import annotations

import dataclasses
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from bridge import Bridge
from bridge.calls import Call, Callback, Page
from bridge.effects import Ending, Settled
from bridge.errors import HandlerError, NoSuchCall, SetupError
from bridge.log import MAX_CALLS, MAX_PROBLEMS, MAX_STEPS, RETURN_SECONDS, CallLog, LoggedCall, LoggedRequest
from bridge.messages import Answer, Problem
from bridge.outcomes import deny, grant
from bridge.script import Choice, Match
from bridge.store import digest
from tests.wallets import AMARA, BAYU, PAGE, call

OTHER = Page(id="other", url=PAGE.url)
CONNECTION = object()
CHOICE = Choice(answer=grant(), by="the wallet")
GRANTED = Answer(callback="success", payload={"authCode": "2810"})
RAN = (Callback(name="success"), Callback(name="complete"))


def ask(log: CallLog, id: int, *scopes: str, api: str = "getAuthCode", **params: Any) -> LoggedCall:
    log.asked(id, call(*scopes, api=api, **params))
    return log.calls[-1]


def decide(log: CallLog, id: int) -> None:
    log.decided(PAGE, id, CHOICE, grant())


def settle(log: CallLog, call: LoggedCall, ending: Ending = "answered", *answers: Answer) -> None:
    log.settled(Settled(id=call.id, call=call.call, ending=ending, summary=ending, seconds=1, answers=answers))


def finished(log: CallLog, id: int, *scopes: str, api: str = "getAuthCode") -> LoggedCall:
    """Log a call from its beginning to its end."""
    call = ask(log, id, *scopes, api=api)
    decide(log, id)
    settle(log, call, "answered", GRANTED)
    log.ran(PAGE, id, RAN)
    return call


def take(log: CallLog, match: Match | None = None, *, settled: bool = True) -> LoggedCall | None:
    """Take a call that has to be there already."""
    return log.take(match or Match(), timeout=0, settled=settled)


# What a call is known to be.


def test_a_call_is_known_from_its_beginning_to_its_end() -> None:
    log = CallLog()
    call = ask(log, 7, "auth_base", scene="pay")
    assert (call.number, call.api, call.scopes, call.params) == (1, "getAuthCode", ("auth_base",), {"scene": "pay"})
    assert (call.page, call.ending, call.code, call.threw) == (PAGE, None, "", None)
    assert repr(call) == "<call #1 getAuthCode auth_base: not answered yet>"

    log.chosen(PAGE, 7, CHOICE)
    decide(log, 7)
    settle(log, call, "answered", Answer(callback="fail", payload=None), GRANTED)
    assert (call.by, call.outcome, call.ending, call.code) == ("the wallet", grant(), "answered", "2810")

    log.ran(PAGE, 7, RAN)
    assert call.awaits_page
    log.ran(PAGE, 7, (Callback(name="fail", error="Error: no cart"),))
    assert not call.awaits_page
    assert [callback.name for callback in call.callbacks] == ["success", "complete", "fail"]
    assert call.threw == "Error: no cart"
    times = [call.asked_at, call.decided_at, call.settled_at, call.ran_at]
    assert times == sorted(time for time in times if time)
    assert repr(ask(log, 8)) == "<call #2 getAuthCode: not answered yet>"


def test_what_the_page_answers_itself_is_known_once_it_says_so() -> None:
    log, left = CallLog(), Answer(callback="page", payload=None, part="storage.js")
    call = ask(log, 1, api="getStorage")
    settle(log, call, "answered", left)
    assert (call.left_to_page, call.awaits_page, call.asks_in_page, call.answers) == (True, True, False, (left,))
    found = Answer(callback="success", payload={"data": 1})
    log.ran(PAGE, 1, RAN, found)
    assert (call.left_to_page, call.answers, call.summary) == (False, (found,), "success in the page")
    # What Python has answered the page cannot answer again.
    log.ran(PAGE, 1, RAN, Answer(callback="fail", payload={}))
    assert call.answers == (found,)


def test_a_page_is_found_by_its_address_as_soon_as_it_is_connected() -> None:
    log = CallLog()
    assert log.pages_at(None, timeout=0) == []
    came = threading.Thread(target=log.joined, args=[CONNECTION, PAGE])

    def pump(seconds: float) -> None:
        if came.ident is None:
            came.start()

    assert log.pages_at("*", timeout=10, pump=pump) == [PAGE]
    assert log.pages_at("/nowhere.html", timeout=0) == []


def test_what_a_handler_raised_is_kept() -> None:
    log, error = CallLog(), ValueError("boom")
    call = ask(log, 1)
    log.raised(PAGE, 1, error)
    assert call.error is error


def test_it_is_known_when_the_user_was_asked_and_what_was_chosen_by_whom() -> None:
    log = CallLog()
    logged = ask(log, 1, "USER_NAME")
    assert (logged.user, logged.awaits_user, logged.user_asked_at, logged.user_chose) == (AMARA, False, None, None)
    log.awaits_user(PAGE, 1, 7)
    assert (logged.awaits_user, logged.user_asked_at) == (True, None)
    log.user_asked(PAGE, 1)
    assert logged.awaits_user
    log.user_chose(1, 7, dataclasses.replace(logged.call, user=BAYU), deny())
    assert (logged.user, logged.awaits_user, logged.user_chose) == (BAYU, False, deny())
    times = [logged.asked_at, logged.user_asked_at, logged.user_chose_at]
    assert times == sorted(time for time in times if time)

    # Once more, for something else.
    log.awaits_user(PAGE, 1, 8)
    log.user_asked(PAGE, 1)
    assert (logged.awaits_user, logged.user_chose) == (True, None)


def test_a_call_awaits_the_user_while_there_is_one_question_without_an_answer() -> None:
    log = CallLog()
    call = ask(log, 1)
    log.awaits_user(PAGE, 1, 7)
    log.awaits_user(PAGE, 1, 8)
    log.awaits_no_user(PAGE, 1, 8)
    assert call.awaits_user
    log.user_chose(1, 7, call.call, grant())
    assert not call.awaits_user
    log.awaits_user(PAGE, 1, 9)
    settle(log, call, "lost")
    assert not call.awaits_user


def test_whoever_listens_hears_of_each_call_that_is_over_for_python() -> None:
    log = CallLog()
    heard: list[LoggedCall] = []
    log.on_settled(heard.append)
    call = ask(log, 1)
    assert heard == []
    settle(log, call)
    assert heard == [call]


def test_the_same_id_on_two_pages_is_two_calls() -> None:
    log = CallLog()
    call = ask(log, 1)
    log.ran(OTHER, 1, RAN)
    assert call.ran_at is None


def test_the_oldest_calls_are_forgotten_and_nothing_more_is_heard_of_them() -> None:
    log = CallLog()
    oldest = ask(log, 0)
    for id in range(1, MAX_CALLS + 1):
        ask(log, id)
    assert (len(log.calls), log.calls[0].number) == (MAX_CALLS, 2)

    log.chosen(PAGE, 0, CHOICE)
    log.awaits_user(PAGE, 0, 7)
    log.user_asked(PAGE, 0)
    log.awaits_no_user(PAGE, 0, 7)
    log.user_chose(0, 7, oldest.call, grant())
    decide(log, 0)
    log.raised(PAGE, 0, ValueError())
    settle(log, oldest)
    log.ran(PAGE, 0, RAN)
    assert (oldest.by, oldest.outcome, oldest.error, oldest.ending, oldest.ran_at) == ("", None, None, None, None)
    assert (oldest.user_asked_at, oldest.user_chose) == (None, None)


def requested(log: CallLog, secret: str, *, succeeded: bool = True) -> LoggedRequest:
    return log.requested(
        LoggedRequest(
            at=0,
            operation="applyToken",
            path="/v2/authorizations/applyToken",
            kind="code",
            code=digest(secret),
            result="SUCCESS",
            succeeded=succeeded,
        )
    )


def test_what_is_asked_with_a_code_is_known_of_its_call_as_long_as_that_is_kept() -> None:
    log = CallLog()
    call = finished(log, 1)
    first = requested(log, "2810")
    assert (log.requests, tuple(call.requests), log.call_of(first)) == ((first,), (first,), call)
    assert [step.what for step in call.life] == ["asked", "granted", "redeemed in Python"]
    other = requested(log, "another")
    assert log.call_of(other) is None
    for id in range(2, MAX_CALLS + 2):
        ask(log, id)
    assert log.call_of(first) is None
    assert requested(log, "2810").number == 3
    assert tuple(call.requests) == (first,)


def test_only_a_code_has_a_life() -> None:
    log = CallLog()
    without = ask(log, 1, api="getServerTime")
    decide(log, 1)
    settle(log, without, "answered", Answer(callback="success", payload={"time": 1}))
    assert without.life == ()
    assert [step.what for step in finished(log, 2).life] == ["asked", "granted"]


def test_of_one_code_the_last_requests_are_kept_and_of_all_as_many_as_calls() -> None:
    log = CallLog()
    call = finished(log, 1)
    for _ in range(MAX_STEPS + 1):
        requested(log, "2810", succeeded=False)
    assert [request.number for request in call.requests] == [1, *range(3, MAX_STEPS + 2)]
    for _ in range(MAX_CALLS):
        requested(log, "")
    assert len(log.requests) == MAX_CALLS


def test_a_request_is_a_line_that_says_what_was_wrong_and_what_went_wrong_on_request() -> None:
    request = LoggedRequest(at=0, seconds=0.0123, path="/v1/nothing", result="INVALID_API", succeeded=False)
    assert str(request) == "/v1/nothing  -  INVALID_API  12 ms"
    assert repr(request) == "<request #0 /v1/nothing  -  INVALID_API  12 ms>"
    broken = msgspec.structs.replace(
        request, operation="applyToken", secret="2810...abcd", fault="'cut'", details="there is no such"
    )
    assert str(broken) == "applyToken  2810...abcd  INVALID_API  12 ms  on request: 'cut'  there is no such"


def test_a_request_that_python_could_not_redeem_is_a_step_too() -> None:
    log = CallLog()
    call = finished(log, 1)
    about = LoggedRequest(at=1, operation="applyToken", kind="code", result="UsedCode", succeeded=False)
    log.requested(msgspec.structs.replace(about, code=digest("2810")))
    assert [step.what for step in call.life] == ["asked", "granted", "applyToken in Python refused: UsedCode"]


def test_the_pages_that_are_connected_are_known() -> None:
    log = CallLog()
    log.left(CONNECTION)
    log.joined(CONNECTION, PAGE)
    log.joined(object(), OTHER)
    assert log.pages == (PAGE, OTHER)
    log.left(CONNECTION)
    assert [*log.pages] == [OTHER]


# How a test waits for a call.


def test_each_call_is_returned_once_in_the_order_in_which_they_were_made() -> None:
    log = CallLog()
    calls = [finished(log, id) for id in range(2)]
    assert [take(log), take(log), take(log)] == [*calls, None]


def test_a_call_that_is_not_wanted_stays_for_another() -> None:
    log = CallLog()
    first, second = finished(log, 1, "auth_base"), finished(log, 2, "USER_NAME")
    assert [take(log, Match(scopes=("USER_NAME",))), take(log)] == [second, first]


def test_who_has_given_up_takes_no_call() -> None:
    log = CallLog()
    call = finished(log, 1)
    given_up = threading.Event()
    given_up.set()
    assert log.take(Match(), timeout=10, settled=True, given_up=given_up) is None
    assert take(log) is call


def test_a_call_is_waited_for_until_its_callbacks_have_run() -> None:
    log = CallLog()
    call = ask(log, 1)
    steps: Iterator[Callable[[], None]] = iter(
        [lambda: decide(log, 1), lambda: settle(log, call), lambda: log.ran(PAGE, 1, RAN)]
    )
    assert log.take(Match(), timeout=10, settled=True, pump=lambda seconds: next(steps)()) is call
    assert list(steps) == []


def test_a_call_that_need_not_be_over_is_waited_for_until_it_is_known_who_answers() -> None:
    log = CallLog()
    call = ask(log, 1)
    assert take(log, settled=False) is None
    assert log.take(Match(), timeout=10, settled=False, pump=lambda seconds: log.chosen(PAGE, 1, CHOICE)) is call


def test_a_call_that_nobody_answers_need_not_be_over_either() -> None:
    log = CallLog()
    call = ask(log, 1)
    settle(log, call, "invalid")
    assert take(log, settled=False) is call


@pytest.mark.parametrize("ending", ["never", "too late"])
def test_a_call_that_the_page_hears_nothing_of_is_over_at_once(ending: Ending) -> None:
    log = CallLog()
    call = ask(log, 1)
    settle(log, call, ending)
    assert take(log) is call


def test_a_call_of_another_thread_ends_the_waiting() -> None:
    log = CallLog()
    finished(log, 1, "auth_base")
    # It cannot write before the log waits.
    thread = threading.Thread(target=finished, args=[log, 2, "USER_NAME"])

    def wanted(call: Call) -> bool:
        if not thread.ident:
            thread.start()
        return "USER_NAME" in call.scopes

    call = log.take(Match(when=wanted), timeout=10, settled=True)
    thread.join()
    assert call is log.calls[1]


def test_a_page_that_was_lost_has_a_moment_to_come_back_and_say_what_ran() -> None:
    log = CallLog()
    log.joined(CONNECTION, PAGE)
    finished(log, 0)
    call = ask(log, 1)
    settle(log, call, "lost")
    log.left(CONNECTION)
    left_at = call.page_left_at
    assert left_at is not None
    assert not call.over(left_at + RETURN_SECONDS / 2)
    assert call.over(left_at + RETURN_SECONDS)

    log.joined(object(), PAGE)
    log.ran(PAGE, 1, RAN)
    assert call.over(left_at)


def test_pages_are_waited_for_while_a_handler_is_at_work_and_an_answer_is_out() -> None:
    log = CallLog()
    call = ask(log, 1)
    log.wait_for_pages(timeout=10, pump=lambda seconds: decide(log, 1))
    assert call.outcome
    settle(log, call)
    log.wait_for_pages(timeout=10, pump=lambda seconds: log.ran(PAGE, 1, RAN))
    assert call.ran_at


def test_pages_are_not_waited_for_while_a_person_looks_at_a_sheet_or_has_others_before_it() -> None:
    log = CallLog()
    for id in (1, 2):
        ask(log, id)
        log.awaits_user(PAGE, id, id)
    log.user_asked(PAGE, 1)

    def never(seconds: float) -> None:
        raise AssertionError("there is nothing to wait for")

    log.wait_for_pages(timeout=10, pump=never)


@pytest.mark.parametrize("answered", [True, False])
def test_a_handler_that_has_waited_for_the_user_is_waited_for_again(answered: bool) -> None:
    log = CallLog()
    call = ask(log, 1)
    log.awaits_user(PAGE, 1, 7)
    log.user_asked(PAGE, 1)
    if answered:
        log.user_chose(1, 7, call.call, deny())
    else:
        log.awaits_no_user(PAGE, 1, 7)
    log.wait_for_pages(timeout=10, pump=lambda seconds: decide(log, 1))
    assert call.outcome


def test_pages_that_say_nothing_are_not_waited_for_any_longer() -> None:
    log = CallLog()
    settle(log, ask(log, 1))
    log.wait_for_pages(timeout=0)
    assert take(log) is None


# What is said when there was none.


def no_such_call(bridge: Bridge, *args: Any, **options: Any) -> str:
    with pytest.raises(NoSuchCall) as raised:
        bridge.wait_for_call(*args, timeout=0, **options)
    return re.sub(r"\+\d\.\d{3} s", "+n s", str(raised.value))


def test_without_a_page_it_is_said_how_to_open_one() -> None:
    assert no_such_call(Bridge()) == (
        "no call of any API within 0 s\n\n"
        "No page has connected: open bridge.url, attach the page, or put bridge.script_tag in its head."
    )


def test_without_a_call_the_pages_are_named() -> None:
    bridge = Bridge()
    bridge.log.joined(CONNECTION, PAGE)
    assert no_such_call(bridge, "scan", page="/x").startswith("no call of scan, page='/x' within 0 s\n")
    assert no_such_call(bridge).endswith("No page has made a call. Connected:\n  http://127.0.0.1:8765/")


def test_of_each_call_it_is_said_why_it_was_not_the_one() -> None:
    bridge = Bridge()
    finished(bridge.log, 1, "auth_base")
    finished(bridge.log, 2, api="scan")
    bridge.wait_for_call("scan", timeout=0)
    assert no_such_call(bridge, "scan") == (
        """no call of scan within 0 s

Calls, in their order:
  #1 getAuthCode (auth_base)  answered
     at +n s, http://127.0.0.1:8765/
     answered by the wallet
     ran success, complete
     not this one: api: getAuthCode, not scan
  #2 scan  answered
     at +n s, http://127.0.0.1:8765/
     answered by the wallet
     ran success, complete
     not this one: returned before: each call is returned once"""
    )


def test_a_call_that_is_not_over_is_named_and_how_to_get_it() -> None:
    bridge = Bridge()
    call = ask(bridge.log, 1)
    all_the_same = "to get it all the same: settled=False\n"
    assert no_such_call(bridge).startswith(f"after 0 s, #1 getAuthCode has no outcome yet; {all_the_same}")
    settle(bridge.log, call)
    message = no_such_call(bridge)
    assert message.startswith(
        f"after 0 s, #1 getAuthCode has an outcome, and its page has not run the callbacks yet; {all_the_same}"
    )
    assert message.endswith("not this one: not over yet")


@pytest.mark.parametrize(
    ("options", "kind", "problem"),
    [
        ({"api": "canIUse"}, HandlerError, "my.canIUse is answered in the page"),
        ({"scopes": "USER_NAM"}, SetupError, "scopes: .*; did you mean 'USER_NAME'"),
        ({"page": 7}, SetupError, "page: the end of an address"),
    ],
)
def test_what_no_call_can_be_is_not_waited_for(options: dict[str, Any], kind: type[SetupError], problem: str) -> None:
    with pytest.raises(kind, match=problem):
        Bridge().wait_for_call(**options)


# Mini programs.


def test_a_page_that_shows_another_one_has_its_address() -> None:
    log = CallLog()
    log.joined(CONNECTION, PAGE)
    moved = dataclasses.replace(PAGE, url=f"{PAGE.url}#/pages/cart/cart")
    log.moved(CONNECTION, moved)
    log.moved(object(), OTHER)
    assert log.pages == (moved,)


def test_problems_are_kept_and_logged_in_their_order_each_once(caplog: pytest.LogCaptureFixture) -> None:
    log = CallLog()
    first = Problem(kind="tag", message="there is no tag <veiw>", file="a.axml", line=3, page="a")
    thrown = Problem(kind="script", message="Error: \x1b[31mno\n  at a.js:1")
    for problem in (first, thrown, first, msgspec.structs.replace(first, page="b")):
        log.noticed(problem)
    assert log.problems == (first, thrown)
    assert [record.message for record in caplog.records] == ["a.axml:3: there is no tag <veiw>", "Error: \ufffd[31mno"]
    log.forget_problems()
    assert not log.problems


def test_no_more_problems_are_kept_than_somebody_reads() -> None:
    log = CallLog()
    for number in range(MAX_PROBLEMS + 5):
        log.noticed(Problem(kind="api", message=str(number)))
    assert len(log.problems) == MAX_PROBLEMS
