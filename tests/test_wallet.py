"""The simulated wallet: who is logged in, what they have granted, and what they answer."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge import Page, deny, dismiss, grant, profiles
from bridge.errors import SetupError
from bridge.outcomes import Consent, Grant
from bridge.wallet import ConsentPolicy, consent_policy
from tests.wallets import AMARA, BAYU, PAGE, PROFILE, call, wallet

NAME, ADDRESS = "USER_NAME", "USER_ADDRESS"
TNG = profiles.load("tng")
"""Its `auth_user` has another name, `USER_INFO`."""


# What users answer without a sheet.


@pytest.mark.parametrize(
    ("consent", "answer"),
    [
        ("ask", None),
        ("allow", grant()),
        ("deny", deny()),
        (deny(), deny()),
        (dismiss(), dismiss()),
        (grant(only=NAME), grant(only=NAME)),
        (grant(except_={ADDRESS: "10005"}), grant(except_={ADDRESS: "10005"})),
    ],
)
def test_a_policy_is_a_word_or_what_a_user_chooses(consent: ConsentPolicy, answer: Consent | None) -> None:
    made, changed = wallet(consent=consent), wallet()
    changed.consent = consent
    assert (made.consent, changed.consent) == (consent, consent)
    assert (made.scripted(), changed.scripted()) == (answer, answer)


@pytest.mark.parametrize(
    ("consent", "problem"),
    [
        ("alow", r"consent is 'ask', 'allow', 'deny', or what .*, not 'alow'; did you mean 'allow'\?"),
        ("Deny", r"not 'Deny'; did you mean 'deny'\?"),
        ("", "not ''$"),
        (True, "not True$"),
        (None, "not None$"),
        (grant, "not <function grant"),
        ([], r"not \[\]"),
    ],
)
def test_what_is_no_policy_is_refused_with_the_nearest(consent: Any, problem: str) -> None:
    with pytest.raises(SetupError, match=problem):
        consent_policy(consent)


@pytest.mark.parametrize("consent", [grant(only="USER_NAM"), grant(except_=["USER_NAM"])])
def test_a_policy_names_scopes_that_there_are(consent: ConsentPolicy) -> None:
    problem = r"consent: the profile alipay-plus has no scope 'USER_NAM'; did you mean 'USER_NAME'\?"
    with pytest.raises(SetupError, match=problem):
        wallet(consent=consent)
    kept = wallet(consent="deny")
    with pytest.raises(SetupError, match=problem):
        kept.consent = consent
    assert kept.consent == "deny"


# Who has to be asked.


def test_only_what_is_neither_silent_nor_granted_has_to_be_asked() -> None:
    asking = wallet()
    asking.allow(AMARA, [NAME])
    assert asking.to_ask(AMARA, ["auth_base", NAME, ADDRESS, ADDRESS]) == (ADDRESS,)
    assert asking.to_ask(BAYU, ["auth_base", NAME, ADDRESS]) == (NAME, ADDRESS)
    assert asking.to_ask(AMARA, ["auth_base"]) == ()


def test_what_a_profile_does_not_have_is_not_asked() -> None:
    assert wallet().to_ask(AMARA, ["NO_SUCH_SCOPE"]) == ()


def test_a_scope_is_asked_once_whatever_it_is_called() -> None:
    assert wallet(profile=TNG).to_ask(AMARA, ["USER_INFO", "auth_user"]) == ("auth_user",)


# What an answer grants.


@pytest.mark.parametrize(
    ("consent", "answer", "granted"),
    [
        (grant(), grant(), {NAME, ADDRESS}),
        (grant(only=NAME), grant(except_=ADDRESS), {NAME}),
        (grant(only=[]), grant(except_=[NAME, ADDRESS]), set()),
        (grant(except_={NAME: "10005"}), grant(except_={NAME: "10005"}), {ADDRESS}),
        (grant(only=[NAME, ADDRESS], except_=NAME), grant(except_=NAME), {ADDRESS}),
        # Not asked for, so neither granted nor refused.
        (grant(only=[NAME, "auth_user"]), grant(except_=ADDRESS), {NAME}),
        # Silent, so nobody is asked.
        (grant(except_="auth_base"), grant(), {NAME, ADDRESS}),
        (deny(), deny(), set()),
        (dismiss(), dismiss(), set()),
    ],
)
def test_an_answer_is_remembered_as_far_as_it_grants(consent: Consent, answer: Consent, granted: set[str]) -> None:
    asking = wallet()
    assert asking.answer(AMARA, ("auth_base", NAME, ADDRESS), consent) == answer
    assert asking.granted(AMARA) == granted
    assert asking.granted(BAYU) == set()


def test_what_was_granted_before_is_not_refused_by_a_later_answer() -> None:
    asking = wallet()
    asking.allow(AMARA, [NAME])
    assert asking.answer(AMARA, (NAME, ADDRESS), grant(only=[])) == grant(except_=ADDRESS)
    assert asking.granted(AMARA) == {NAME}


def test_an_answer_names_a_scope_as_the_call_did_and_remembers_it_under_its_own_name() -> None:
    asking = wallet(profile=TNG)
    assert asking.answer(AMARA, ("USER_INFO",), grant(except_={"auth_user": "7"})) == grant(except_={"USER_INFO": "7"})
    assert asking.answer(AMARA, ("USER_INFO",), grant(only="auth_user")) == grant()
    assert asking.granted(AMARA) == {"auth_user"}


SCOPES = [scope.name for scope in PROFILE.scope][:6]
SOME = st.lists(st.sampled_from(SCOPES), unique=True)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(asked=SOME, before=SOME, only=st.none() | SOME, except_=SOME)
def test_an_answer_grants_refuses_or_finds_granted_each_scope(
    asked: list[str], before: list[str], only: list[str] | None, except_: list[str]
) -> None:
    asking = wallet()
    asking.allow(AMARA, before)
    answer = asking.answer(AMARA, tuple(asked), grant(only=only, except_=except_))
    assert isinstance(answer, Grant)
    refused = {
        scope
        for scope in asked
        if scope not in ["auth_base", *before] and (scope in except_ or (only is not None and scope not in only))
    }
    assert (answer.only, set(answer.refused)) == (None, refused)
    assert asking.granted(AMARA) - {"auth_base"} == {*before, *asked} - refused - {"auth_base"}
    assert asking.to_ask(AMARA, asked) == tuple(scope for scope in asked if scope in refused)


# The ledger.


def test_a_code_is_for_its_user_and_what_it_stands_for_is_granted() -> None:
    issuing = wallet()
    made = dataclasses.replace(call("auth_base", NAME, ADDRESS), user=BAYU)
    code = issuing.issue_code(made, ("auth_base", NAME))
    record = issuing.authority.redeem(code, app_id="app")
    assert (record.user_id, record.scopes) == (BAYU.id, ("auth_base", NAME))
    assert issuing.granted(BAYU) == {"auth_base", NAME}
    assert issuing.granted(AMARA) == set()


def test_a_code_names_scopes_as_the_call_did_and_they_are_granted_under_their_own_names() -> None:
    issuing = wallet(profile=TNG)
    code = issuing.issue_code(call("USER_INFO"), ("USER_INFO",))
    assert issuing.authority.redeem(code, app_id="app").scopes == ("USER_INFO",)
    assert issuing.granted(AMARA) == {"auth_user"}


def test_scopes_can_be_granted_and_revoked_by_hand_under_any_name() -> None:
    changed = wallet(profile=TNG)
    changed.allow(AMARA, (name for name in ["USER_INFO"]))
    assert changed.granted(AMARA) == {"auth_user"}
    changed.revoke(AMARA, (name for name in ["USER_INFO"]))
    assert changed.granted(AMARA) == set()


@pytest.mark.parametrize(
    ("user", "scopes", "amara", "bayu"),
    [
        (AMARA, [NAME], {ADDRESS}, {NAME, ADDRESS}),
        (AMARA, [], set(), {NAME, ADDRESS}),
        (None, [NAME], {ADDRESS}, {ADDRESS}),
        (None, [], set(), set()),
        (BAYU, ["auth_user"], {NAME, ADDRESS}, {NAME, ADDRESS}),
    ],
)
def test_what_is_revoked_is_what_was_named_of_whoever_was_named(
    user: Any, scopes: list[str], amara: set[str], bayu: set[str]
) -> None:
    changed = wallet()
    for each in (AMARA, BAYU):
        changed.allow(each, [NAME, ADDRESS])
    changed.revoke(user, scopes)
    assert changed.granted(AMARA) == amara
    assert changed.granted(BAYU) == bayu


def test_an_unknown_scope_is_neither_granted_nor_revoked_and_the_others_with_it_are_not_either() -> None:
    changed = wallet()
    changed.allow(AMARA, [NAME])
    problem = r": the profile alipay-plus has no scope 'USER_ADRESS'; did you mean 'USER_ADDRESS'\?"
    with pytest.raises(SetupError, match=f"allow{problem}"):
        changed.allow(AMARA, [ADDRESS, "USER_ADRESS"])
    with pytest.raises(SetupError, match=f"revoke{problem}"):
        changed.revoke(None, [NAME, "USER_ADRESS"])
    assert changed.granted(AMARA) == {NAME}


# Who is logged in.

SELLER = Page(id="s", url="http://127.0.0.1:8765/seller.html?tab=1")


def test_another_user_may_be_logged_in_on_some_pages_and_the_last_word_counts() -> None:
    shared = wallet()
    shared.log_in("Bayu", "/seller.html")
    assert (shared.user_of(PAGE), shared.user_of(SELLER)) == (AMARA, BAYU)
    shared.log_in(AMARA.id, re.compile("tab=[0-9]"))
    assert shared.user_of(SELLER) == AMARA
    shared.user = BAYU
    assert (shared.user_of(PAGE), shared.user_of(SELLER)) == (BAYU, AMARA)


def test_who_was_chosen_on_a_page_is_logged_in_there_whatever_python_says() -> None:
    shared = wallet()
    shared.log_in("Amara", "*")
    assert shared.user_of(PAGE, BAYU.id) == BAYU
    assert shared.user_of(PAGE, "2099") == AMARA


@pytest.mark.parametrize(
    ("user", "page", "problem"),
    [
        ("Amarra", "/", r"there is no user 'Amarra'; did you mean 'Amara'\? \(there are Amara, Bayu, "),
        ("Bayu", 7, "page: the end of an address, such as '/seller.html', or a re.Pattern, not 7"),
        ("Bayu", None, "page: .*, not None"),
    ],
)
def test_who_or_where_is_unknown_is_refused_at_once(user: str, page: Any, problem: str) -> None:
    shared = wallet()
    with pytest.raises(SetupError, match=problem):
        shared.log_in(user, page)
    assert shared.user_of(PAGE) == AMARA


# What an answer means for a call.


def test_what_a_call_asks_for_and_nobody_was_asked_about_is_not_granted() -> None:
    asking = wallet(consent="ask")
    both = call("auth_base", "USER_NAME", "USER_ADDRESS")
    answer = asking.answer(AMARA, ["USER_NAME"], grant())
    assert asking.outcome(both, answer) == grant(except_=["USER_ADDRESS"])
    assert asking.outcome(both, asking.answer(AMARA, ["USER_ADDRESS"], grant())) == grant()
    assert asking.outcome(both, deny()) == deny()


def test_a_scope_that_was_refused_on_the_sheet_stays_refused_though_it_was_granted_meanwhile() -> None:
    asking = wallet(consent="ask")
    asking.allow(AMARA, ["USER_NAME"])
    answer = asking.answer(AMARA, ["USER_NAME"], grant(only=[]), asked=["USER_NAME"])
    assert asking.outcome(call("USER_NAME"), answer) == grant(except_=["USER_NAME"])


def test_a_call_that_is_about_no_scopes_gets_the_answer_as_it_is() -> None:
    asking = wallet(consent="ask")
    answer = asking.answer(AMARA, ["USER_NAME", "USER_ADDRESS"], grant(except_={"USER_NAME": "40006"}))
    assert asking.outcome(call(api="tradePay"), answer) == grant(except_={"USER_NAME": "40006"})
