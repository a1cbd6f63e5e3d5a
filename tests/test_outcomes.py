"""What a handler may answer, and how a wrong argument is refused in the handler's own line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge import outcomes
from bridge.errors import OutcomeError
from bridge.outcomes import (
    After,
    Answerable,
    Deny,
    Dismiss,
    Drop,
    Error,
    Fail,
    Grant,
    Immediate,
    Never,
    Outcome,
    Succeed,
    TooLate,
    Twice,
    after,
    answerable,
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


def test_grant_without_arguments_refuses_nothing() -> None:
    assert grant() == Grant(only=None, refused={})


@pytest.mark.parametrize("only", ["USER_NAME", ["USER_NAME"], {"USER_NAME"}, (name for name in ["USER_NAME"])])
def test_the_scopes_to_grant_are_one_name_or_any_collection_of_names(only: Any) -> None:
    assert grant(only=only) == Grant(only=("USER_NAME",))


def test_granting_only_an_empty_list_is_not_granting_all() -> None:
    assert grant(only=[]).only == ()


@pytest.mark.parametrize("except_", ["USER_NAME", ["USER_NAME"], ("USER_NAME", "USER_NAME")])
def test_a_refused_scope_without_a_code_gets_the_code_of_the_profile(except_: Any) -> None:
    assert grant(except_=except_) == Grant(refused={"USER_NAME": None})


def test_a_refused_scope_may_have_a_code_of_its_own() -> None:
    assert grant(except_={"USER_NAME": "10002"}) == Grant(refused={"USER_NAME": "10002"})


def test_a_grant_does_not_follow_later_changes_of_the_map_it_was_given() -> None:
    codes = {"USER_NAME": "10002"}
    outcome = grant(except_=codes)
    codes["USER_NAME"] = "10003"
    assert outcome.refused == {"USER_NAME": "10002"}


@pytest.mark.parametrize(
    ("make", "outcome"),
    [(deny, Deny()), (dismiss, Dismiss()), (never, Never()), (drop, Drop()), (succeed, Succeed(payload={}))],
)
def test_some_outcomes_need_no_argument(make: Callable[[], Immediate], outcome: Immediate) -> None:
    assert make() == outcome


@pytest.mark.parametrize("name", ["unsupported", "invalid", "unknown", "network", "cancelled"])
def test_an_error_has_one_of_the_names_that_every_profile_documents(name: Any) -> None:
    assert error(name) == Error(error=name, message=None)


def test_an_error_may_be_a_number_with_a_message() -> None:
    assert error(2001, "System busy") == Error(error=2001, message="System busy")


@pytest.mark.parametrize("payload", [{"a": [1, 2.5, "é", None, True]}, [], "text", 0, False])
def test_a_payload_is_whatever_json_can_express(payload: Any) -> None:
    assert succeed(payload) == Succeed(payload=payload)
    assert fail(payload) == Fail(payload=payload)


def test_a_failure_may_have_no_payload() -> None:
    assert fail(None) == Fail(payload=None)


def test_a_payload_does_not_follow_later_changes_of_what_it_was_made_of() -> None:
    payload: dict[str, list[int]] = {"list": []}
    outcome = succeed(payload)
    payload["list"].append(1)
    assert outcome.payload == {"list": []}


def test_an_answer_that_comes_twice_is_the_same_or_another() -> None:
    assert twice(grant()) == Twice(first=Grant(), second=Grant())
    assert twice(grant(), deny()) == Twice(first=Grant(), second=Deny())


def test_an_answer_may_come_too_late() -> None:
    assert too_late(grant()) == TooLate(outcome=Grant())


def test_the_connection_may_be_lost_around_an_answer() -> None:
    assert drop(during=grant()) == Drop(during=Grant())
    assert drop(after=deny()) == Drop(after=Deny())


@pytest.mark.parametrize("seconds", [0, 0.5, 3600])
def test_any_outcome_but_a_delayed_one_can_be_delayed(seconds: float) -> None:
    assert after(seconds, deny()) == After(seconds=seconds, outcome=Deny())


def test_an_outcome_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        # Here and below, types are wrong on purpose: users may not check theirs.
        grant().only = ()  # type: ignore[misc]


CIRCLE: list[Any] = []
CIRCLE.append(CIRCLE)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: grant(only=[1]), "grant: a scope is a string such as 'USER_NAME', not 1"),  # type: ignore[list-item]
        (lambda: grant(except_=[None]), "grant: a scope is a string such as 'USER_NAME', not None"),  # type: ignore[list-item]
        (lambda: grant(except_={"USER_NAME": 1}), "grant: the code of 'USER_NAME' is a string such as '10001', not 1"),
        (lambda: error(True), "error: give a number or a name, not True"),
        (lambda: error(1.5), "error: give a number or a name, not 1.5"),  # type: ignore[arg-type]
        (lambda: error("canceled"), "is none of unsupported, .*, cancelled; did you mean 'cancelled'\\?"),  # type: ignore[arg-type]
        (lambda: error("x"), "error: 'x' is none of unsupported, invalid, unknown, network, cancelled$"),  # type: ignore[arg-type]
        (lambda: succeed(object()), "succeed: the payload cannot be sent as JSON: .*object"),
        (lambda: succeed({"a": {1j}}), "succeed: the payload cannot be sent as JSON: .*complex"),
        (lambda: fail("\ud800"), "fail: the payload cannot be sent as JSON: .*surrogates"),
        (lambda: fail(CIRCLE), "fail: the payload cannot be sent as JSON: .*recursion"),
        (lambda: after(-1, grant()), "after: the delay is a number of seconds up to 86400, not -1"),
        (lambda: after(True, grant()), "after: the delay is a number of seconds up to 86400, not True"),
        (lambda: after("1", grant()), "after: the delay is a number of seconds up to 86400, not '1'"),  # type: ignore[arg-type]
        (lambda: after(float("nan"), grant()), "after: the delay is a number of seconds up to 86400, not nan"),
        (lambda: after(10**400, grant()), "after: the delay is a number of seconds up to 86400, not 1000"),
        (lambda: after(float("inf"), grant()), "after: the delay is a number of seconds up to 86400, not inf"),
        (lambda: after(1, after(1, grant())), "after: the outcome is delayed already; add the two delays up"),  # type: ignore[arg-type]
        (lambda: after(1, grant), "after: <function grant.*> is not an outcome; write after\\(1, grant\\(\\)\\)"),  # type: ignore[arg-type]
        (lambda: twice(never()), r"twice: give outcomes with an answer, such as grant\(\), not never\(\)"),  # type: ignore[arg-type]
        (lambda: twice(grant(), drop()), r"twice: give outcomes with an answer, .*, not drop\(\)"),  # type: ignore[arg-type]
        (lambda: too_late(never()), r"too_late: give an outcome with an answer, .*, not never\(\)"),  # type: ignore[arg-type]
        (lambda: drop(during=never()), r"drop: during is an outcome with an answer, .*, not never\(\)"),  # type: ignore[arg-type]
        (lambda: drop(after=grant), "drop: after is an outcome with an answer, .*, not <function grant"),  # type: ignore[arg-type]
        (lambda: drop(during=grant(), after=grant()), "drop: .*; give `during` or `after`, not both"),
    ],
)
def test_a_wrong_argument_is_refused_at_once(make: Callable[[], object], problem: str) -> None:
    with pytest.raises(OutcomeError, match=problem):
        make()


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (grant(), "grant()"),
        (grant(only="USER_NAME", except_="USER_NAME"), "grant(only=['USER_NAME'], except_=['USER_NAME'])"),
        (grant(except_={"USER_NAME": "10002"}), "grant(except_={'USER_NAME': '10002'})"),
        (error("network"), "error('network')"),
        (after(2, error(2001, "System busy")), "after(2, error(2001, 'System busy'))"),
        (after(0.5, drop(during=grant())), "after(0.5, drop(during=grant()))"),
        (twice(grant(), fail(None)), "twice(grant(), fail(None))"),
        (too_late(dismiss()), "too_late(dismiss())"),
    ],
)
def test_an_outcome_reads_as_it_is_written(outcome: Outcome, words: str) -> None:
    assert repr(outcome) == words


NAMES = st.text(max_size=3)
PAYLOADS = st.recursive(
    st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=4,
)
ANSWERABLE: st.SearchStrategy[Answerable] = st.one_of(
    st.builds(grant, only=st.none() | st.lists(NAMES), except_=st.lists(NAMES)),
    st.builds(grant, except_=st.dictionaries(NAMES, st.text(min_size=1, max_size=3))),
    st.builds(error, st.sampled_from(["network", 10]), st.none() | NAMES),
    st.builds(succeed, PAYLOADS),
    st.builds(fail, PAYLOADS),
    st.sampled_from([deny(), dismiss()]),
)
IMMEDIATE: st.SearchStrategy[Immediate] = st.one_of(
    ANSWERABLE,
    st.builds(twice, ANSWERABLE, ANSWERABLE),
    st.builds(too_late, ANSWERABLE),
    st.builds(lambda word, outcome: drop(**{word: outcome}), st.sampled_from(["during", "after"]), ANSWERABLE),
    st.sampled_from([never(), drop()]),
)
OUTCOMES: st.SearchStrategy[Outcome] = IMMEDIATE | st.builds(after, st.sampled_from([0, 0.25, 60]), IMMEDIATE)


@settings(deadline=None, derandomize=True)
@given(OUTCOMES)
def test_an_outcome_can_be_written_down_and_read_again(outcome: Outcome) -> None:
    assert eval(repr(outcome), vars(outcomes).copy()) == outcome
    assert msgspec.json.decode(msgspec.json.encode(outcome), type=Outcome) == outcome


@pytest.mark.parametrize(
    ("outcome", "answers"),
    [
        (deny(), [deny()]),
        (after(1, twice(grant(), deny())), [grant(), deny()]),
        (too_late(grant()), [grant()]),
        (drop(after=deny()), [deny()]),
        (drop(during=deny()), [deny()]),
        (drop(), []),
        (never(), []),
    ],
    ids=repr,
)
def test_it_is_known_what_an_outcome_answers_with(outcome: Outcome, answers: list[Answerable]) -> None:
    assert answerable(outcome) == answers


def test_an_outcome_in_a_file_is_named_by_its_word() -> None:
    assert msgspec.to_builtins(after(1, too_late(deny()))) == {
        "kind": "after",
        "seconds": 1,
        "outcome": {"kind": "too_late", "outcome": {"kind": "deny"}},
    }


def test_the_outcomes_of_the_package_are_told_apart_from_other_values() -> None:
    assert isinstance(grant(), Immediate)
    assert not isinstance(msgspec.Struct, Immediate)
