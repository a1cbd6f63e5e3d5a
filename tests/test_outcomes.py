"""What a handler may answer, and how a wrong argument is refused in the handler's own line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from bridge.errors import OutcomeError
from bridge.outcomes import (
    After,
    Deny,
    Dismiss,
    Drop,
    Error,
    Fail,
    Grant,
    Immediate,
    Never,
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
    ],
)
def test_a_wrong_argument_is_refused_at_once(make: Callable[[], object], problem: str) -> None:
    with pytest.raises(OutcomeError, match=problem):
        make()


def test_outcomes_are_readable_in_a_log() -> None:
    assert repr(after(2, grant(except_="USER_NAME"))) == (
        "After(seconds=2, outcome=Grant(only=None, refused={'USER_NAME': None}))"
    )


def test_the_outcomes_of_the_package_are_told_apart_from_other_values() -> None:
    assert isinstance(grant(), Immediate)
    assert not isinstance(msgspec.Struct, Immediate)
