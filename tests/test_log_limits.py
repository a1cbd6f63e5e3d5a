"""How much the call log keeps of a page that runs all day, or says the same for ever."""

from __future__ import annotations

from typing import Any

import pytest

from bridge import Bridge, after, succeed, twice
from bridge.calls import Callback
from bridge.effects import Settled
from bridge.log import MAX_KEPT, CallLog, LoggedCall
from bridge.messages import Answer
from bridge.outcomes import Outcome
from bridge.script import WALLET, Choice
from tests.wallets import PAGE, call
from tests.wire_page import open_wire_page

LONG = "x" * MAX_KEPT
RAN = (Callback(name="success"),)


def logged(log: CallLog, *answers: Answer, outcome: Outcome | None = None) -> LoggedCall:
    """Log a call that is answered."""
    asked = call(api="request")
    outcome = outcome or succeed()
    log.asked(1, asked)
    log.decided(PAGE, 1, Choice(answer=outcome, by=WALLET), outcome)
    log.settled(Settled(id=1, call=asked, ending="answered", summary="success", seconds=1, answers=answers))
    return log.calls[-1]


@pytest.mark.parametrize(
    ("payload", "kept"),
    [
        ({"status": 200, "data": LONG}, {"status": 200, "data": "<100002 bytes>"}),
        ({"status": 200, "data": {"rows": [LONG]}}, {"status": 200, "data": "<100013 bytes>"}),
        ({"authCode": "2810", "data": LONG}, {"authCode": "2810", "data": "<100002 bytes>"}),
        ({str(number): LONG[:50_000] for number in range(3)}, "<150022 bytes>"),
        ([LONG], "<100004 bytes>"),
        (LONG, "<100002 bytes>"),
        (LONG[2:], LONG[2:]),
        ({"data": LONG[100:]}, {"data": LONG[100:]}),
        (None, None),
    ],
)
def test_of_a_long_payload_the_length_is_kept(payload: Any, kept: Any) -> None:
    log = CallLog()
    entry = logged(log, Answer(callback="success", payload=payload), outcome=succeed(payload))
    assert entry.answers == (Answer(callback="success", payload=kept),)
    assert entry.outcome == succeed(kept)


def test_an_outcome_within_another_is_kept_so_too() -> None:
    kept = succeed({"data": "<100002 bytes>"})
    long = succeed({"data": LONG})
    assert logged(CallLog(), outcome=after(1, long)).outcome == after(1, kept)
    assert logged(CallLog(), outcome=twice(long, succeed())).outcome == twice(kept, succeed())


def test_what_a_page_has_found_itself_is_kept_so_too_and_listeners_hear_of_it() -> None:
    log = CallLog()
    heard: list[tuple[str, ...]] = []
    log.on_settled(lambda entry: heard.append(tuple(answer.callback for answer in entry.answers)))
    entry = logged(log, Answer(callback="page", payload=None))
    log.ran(PAGE, 1, RAN, Answer(callback="success", payload={"data": LONG}))
    assert entry.answers[0].payload == {"data": "<100002 bytes>"}
    assert heard == [("page",), ("success",)]


@pytest.mark.parametrize("answers", [0, 1, 2])
def test_a_page_is_heard_as_often_as_it_was_answered(answers: int) -> None:
    log = CallLog()
    entry = logged(log, *[Answer(callback="success", payload={})] * answers)
    for _ in range(5):
        log.ran(PAGE, 1, RAN)
    assert entry.callbacks == RAN * max(1, answers)


def test_the_page_itself_gets_all_of_a_long_answer(bridge: Bridge) -> None:
    bridge.always("getUserInfo", succeed({"data": LONG}), custom=True)
    with open_wire_page(bridge.url) as page:
        assert page.ask("getUserInfo") == ("success", {"data": LONG})
    assert bridge.calls[0].answers[0].payload == {"data": "<100002 bytes>"}
