"""The sheets of one page: who is asked for what, one at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bridge import User, deny, dismiss, grant, profiles
from bridge.errors import StateError
from bridge.messages import Ask, Notification, Request, Response, RpcError
from bridge.outcomes import Consent
from bridge.sheets import Answered, GivenUp, Sheets, Shown, Step
from bridge.store import MemoryStore
from bridge.wallet import Wallet
from tests.wallets import AMARA, BAYU, PAGE, wallet

NAME, ADDRESS = "USER_NAME", "USER_ADDRESS"


def of(wallet: Wallet) -> Sheets:
    return Sheets(wallet, lambda chosen: wallet.user_of(PAGE, chosen))


@pytest.fixture
def asking() -> Wallet:
    return wallet(consent="ask")


@pytest.fixture
def sheets(asking: Wallet) -> Sheets:
    return of(asking)


def questions(steps: Iterable[Step]) -> list[Ask]:
    """Return what the page is to draw."""
    requests = (step for step in steps if isinstance(step, Request))
    return [msgspec.convert(request.params, Ask) for request in requests]


def shown_scopes(steps: Iterable[Step]) -> list[tuple[str, ...]]:
    """Return what each sheet asks the user for who is logged in."""
    return [
        person.scopes
        for question in questions(steps)
        for person in question.users
        if person.id == question.user
    ]  # fmt: skip


def withdrawn(id: int) -> Notification:
    return Notification(method="bridge.withdraw", params={"id": id})


def says(id: Any, action: str = "allow", *scopes: str, user: User = AMARA) -> Response:
    return Response(id=id, result={"action": action, "user": user.id, "scopes": list(scopes)})


# What a sheet asks.


def test_a_sheet_asks_everybody_for_what_they_have_not_granted_and_nobody_for_what_is_silent(asking: Wallet) -> None:
    asking.allow(BAYU, [NAME])
    (question,) = questions(of(asking).ask(1, "getAuthCode", ("auth_base", NAME, ADDRESS)))
    people = {person.nickname: (person.login_id, person.scopes) for person in question.users}
    assert (question.sheet, question.wallet, question.user) == ("consent", asking.profile.title, AMARA.id)
    assert (question.app.id, question.app.name) == ("app", "")
    assert list(people)[:2] == ["Amara", "Bayu"]
    assert people["Amara"] == ("am***@example.com", (NAME, ADDRESS))
    assert people["Bayu"] == (BAYU.masked_login_id, (ADDRESS,))
    assert {scope.name: scope.description for scope in question.scopes} == {
        NAME: "Authorized to obtain the user name.",
        ADDRESS: "Authorized to obtain the user's address.",
    }


def test_the_app_may_have_a_name_of_its_own(asking: Wallet) -> None:
    asking.app_name = "Corner shop"
    (question,) = questions(of(asking).ask(1, "getAuthCode", (NAME,)))
    assert question.app.name == "Corner shop"


def test_a_scope_is_on_the_sheet_once_under_its_own_name() -> None:
    steps = of(wallet(profile=profiles.load("tng"), consent="ask")).ask(1, "getAuthCode", ("USER_INFO", "auth_user"))
    assert shown_scopes(steps) == [("auth_user",)]
    assert [scope.name for scope in questions(steps)[0].scopes] == ["auth_user"]


# One at a time.


def test_sheets_are_shown_one_after_the_other_in_the_order_in_which_they_were_asked_for(sheets: Sheets) -> None:
    first, shown = sheets.ask(1, "getAuthCode", (NAME,))
    assert isinstance(first, Request)
    assert (first.id, shown) == (1, Shown((1,), AMARA, (NAME,)))
    assert sheets.ask(2, "getAuthCode", (ADDRESS,)) == []
    assert sheets.ask(3, "getAuthCode", ("auth_user",)) == []

    answered, second, shown = sheets.answer(says(1, "deny"))
    assert answered == Answered((1,), AMARA, deny())
    assert isinstance(second, Request)
    assert (second.id, shown) == (2, Shown((2,), AMARA, (ADDRESS,)))
    _, third, _ = sheets.answer(says(2, "dismiss"))
    assert isinstance(third, Request)
    assert sheets.answer(says(3, "allow", "auth_user")) == [Answered((3,), AMARA, grant())]


def test_the_same_question_is_asked_once_and_its_answer_is_everybodys(sheets: Sheets) -> None:
    sheets.ask(1, "getAuthCode", (NAME,))
    sheets.ask(2, "getAuthCode", (ADDRESS,))
    assert sheets.ask(3, "getAuthCode", (NAME,)) == [Shown((3,), AMARA, (NAME,))]
    assert sheets.ask(4, "getAuthCode", (ADDRESS,)) == []
    answered, _, shown = sheets.answer(says(1, "allow", NAME))
    assert answered == Answered((1, 3), AMARA, grant())
    assert shown == Shown((2, 4), AMARA, (ADDRESS,))


def test_the_same_scopes_for_another_api_are_another_question(sheets: Sheets) -> None:
    sheets.ask(1, "getAuthCode", (NAME,))
    assert sheets.ask(2, "getLocation", (NAME,)) == []
    answered, *rest = sheets.answer(says(1, "deny"))
    assert (answered, shown_scopes(rest)) == (Answered((1,), AMARA, deny()), [(NAME,)])


def test_about_what_was_granted_meanwhile_nobody_is_asked(sheets: Sheets) -> None:
    sheets.ask(1, "getAuthCode", (NAME, ADDRESS))
    sheets.ask(2, "getAuthCode", (ADDRESS,))
    sheets.ask(3, "getAuthCode", (ADDRESS, "auth_user"))
    first, second, *rest = sheets.answer(says(1, "allow", ADDRESS))
    assert first == Answered((1,), AMARA, grant(except_=[NAME]))
    assert second == Answered((2,), AMARA, grant())
    assert shown_scopes(rest) == [("auth_user",)]


def test_a_question_about_nothing_is_answered_without_a_sheet(sheets: Sheets) -> None:
    assert sheets.ask(1, "getAuthCode", ("auth_base",)) == [Answered((1,), AMARA, grant())]


def test_hundreds_of_questions_may_be_answered_by_one_sheet(sheets: Sheets, asking: Wallet) -> None:
    scopes = [scope.name for scope in asking.profile.scope if not scope.silent][:9]
    sheets.ask(0, "getAuthCode", tuple(scopes))
    parts = [part for size in range(1, 9) for part in itertools.combinations(scopes, size)]
    for ticket, part in enumerate(parts, 1):
        assert sheets.ask(ticket, "getAuthCode", part) == []
    assert sheets.answer(says(1, "allow", *scopes)) == [
        Answered((ticket,), AMARA, grant()) for ticket in range(1 + len(parts))
    ]


def test_the_order_of_scopes_makes_no_difference(sheets: Sheets) -> None:
    sheets.ask(1, "getAuthCode", (NAME, ADDRESS))
    assert sheets.ask(2, "getAuthCode", (ADDRESS, NAME)) == [Shown((2,), AMARA, (ADDRESS, NAME))]
    assert sheets.answer(says(1, "deny")) == [Answered((1, 2), AMARA, deny())]


# What the user chooses.


@pytest.mark.parametrize(
    ("action", "scopes", "consent", "granted"),
    [
        ("allow", [NAME, ADDRESS], grant(), {NAME, ADDRESS}),
        ("allow", [NAME], grant(except_=[ADDRESS]), {NAME}),
        ("allow", [], grant(except_=[NAME, ADDRESS]), set()),
        ("allow", [NAME, "auth_user", "NO_SUCH_SCOPE"], grant(except_=[ADDRESS]), {NAME}),
        ("deny", [NAME], deny(), set()),
        ("dismiss", [NAME], dismiss(), set()),
    ],
)
def test_what_is_allowed_is_remembered_and_nothing_else(
    sheets: Sheets, asking: Wallet, action: str, scopes: list[str], consent: Consent, granted: set[str]
) -> None:
    sheets.ask(1, "getAuthCode", ("auth_base", NAME, ADDRESS))
    assert sheets.answer(says(1, action, *scopes)) == [Answered((1,), AMARA, consent)]
    assert asking.granted(AMARA) == granted


def test_what_was_granted_before_is_granted_whatever_is_chosen_about_the_rest(sheets: Sheets, asking: Wallet) -> None:
    asking.allow(AMARA, [NAME])
    assert shown_scopes(sheets.ask(1, "getAuthCode", (NAME, ADDRESS))) == [(ADDRESS,)]
    assert sheets.answer(says(1)) == [Answered((1,), AMARA, grant(except_=[ADDRESS]))]


def test_another_user_may_answer_and_is_the_pages_from_then_on(sheets: Sheets, asking: Wallet) -> None:
    sheets.ask(1, "getAuthCode", (NAME,))
    sheets.ask(2, "getAuthCode", (NAME, ADDRESS))
    answered, *rest = sheets.answer(says(1, "allow", NAME, user=BAYU))
    assert (answered, sheets.chosen) == (Answered((1,), BAYU, grant()), BAYU.id)
    assert asking.granted(BAYU) == {NAME}
    assert asking.granted(AMARA) == set()
    # The next one is asked as Bayu, who has granted a part of it.
    assert (questions(rest)[0].user, shown_scopes(rest)) == (BAYU.id, [(ADDRESS,)])
    assert sheets.answer(says(2, "deny", user=BAYU)) == [Answered((2,), BAYU, deny())]


def test_a_user_who_has_granted_it_all_before_has_nothing_to_choose(sheets: Sheets, asking: Wallet) -> None:
    asking.allow(BAYU, [NAME])
    sheets.ask(1, "getAuthCode", (NAME,))
    assert sheets.answer(says(1, "allow", user=BAYU)) == [Answered((1,), BAYU, grant())]


def test_who_closes_the_sheet_has_chosen_nobody(sheets: Sheets) -> None:
    sheets.ask(1, "getAuthCode", (NAME,))
    assert sheets.answer(says(1, "dismiss", user=BAYU)) == [Answered((1,), AMARA, dismiss())]
    assert sheets.chosen is None


def test_who_answers_as_the_one_who_is_logged_in_has_chosen_nobody(sheets: Sheets, asking: Wallet) -> None:
    sheets.ask(1, "getAuthCode", (NAME,))
    sheets.answer(says(1, "deny"))
    asking.user = BAYU
    assert questions(sheets.ask(2, "getAuthCode", (NAME,)))[0].user == BAYU.id


def test_the_answer_is_that_of_the_user_who_was_shown_whoever_is_logged_in_meanwhile(
    sheets: Sheets, asking: Wallet
) -> None:
    sheets.ask(1, "getAuthCode", (NAME,))
    sheets.ask(2, "getAuthCode", (ADDRESS,))
    asking.user = BAYU
    answered, *rest = sheets.answer(says(1, "allow", NAME))
    assert answered == Answered((1,), AMARA, grant())
    assert questions(rest)[0].user == BAYU.id


# What nobody wants to know any more.


def test_a_sheet_is_withdrawn_when_nobody_waits_for_it_and_the_next_one_is_shown(sheets: Sheets) -> None:
    for ticket, scope in ((1, NAME), (2, NAME), (3, ADDRESS)):
        sheets.ask(ticket, "getAuthCode", (scope,))
    assert sheets.withdraw([1]) == []
    gone, *rest = sheets.withdraw([2])
    assert (gone, shown_scopes(rest)) == (withdrawn(1), [(ADDRESS,)])
    assert sheets.withdraw([3]) == [withdrawn(2)]
    assert sheets.withdraw([3]) == []


def test_a_sheet_that_is_not_shown_yet_is_withdrawn_silently(sheets: Sheets) -> None:
    sheets.ask(1, "getAuthCode", (NAME,))
    sheets.ask(2, "getAuthCode", (ADDRESS,))
    assert sheets.withdraw([2]) == []
    assert sheets.answer(says(1, "deny")) == [Answered((1,), AMARA, deny())]


@pytest.mark.parametrize("id", [1, 7, "2", 2.5, None])
def test_an_answer_that_comes_too_late_or_to_no_sheet_is_ignored(sheets: Sheets, asking: Wallet, id: Any) -> None:
    sheets.ask(1, "getAuthCode", (NAME,))
    sheets.ask(2, "getAuthCode", (ADDRESS,))
    sheets.withdraw([1])
    assert sheets.answer(says(id, "allow", NAME, ADDRESS, user=BAYU)) == []
    assert asking.granted(BAYU) == set()
    assert sheets.chosen is None
    assert sheets.answer(says(2, "deny")) == [Answered((2,), AMARA, deny())]
    assert sheets.answer(says(2, "allow", ADDRESS)) == []


# What goes wrong.


@pytest.mark.parametrize(
    ("response", "why"),
    [
        (
            Response(id=1, error=RpcError(-32000, "its file cannot be loaded")),
            "the page cannot show the sheet, and its console may say more: its file cannot be loaded",
        ),
        (Response(id=1, result=None), "the page answered what is no answer: Expected `object`, got `null`"),
        (says(1, "allow", user=User(id="7", nickname="Nobody")), "the page answered as a user that there is not: '7'"),
    ],
)
def test_a_page_that_cannot_ask_is_not_waited_for(sheets: Sheets, response: Response, why: str) -> None:
    sheets.ask(1, "getAuthCode", (NAME,))
    sheets.ask(2, "getAuthCode", (NAME,))
    sheets.ask(3, "getAuthCode", (ADDRESS,))
    given_up, *rest = sheets.answer(response)
    assert given_up == GivenUp((1, 2), why)
    assert shown_scopes(rest) == [(ADDRESS,)]


class Broken(MemoryStore):
    """Works until it does not."""

    reads = True
    writes = True

    def granted(self, app_id: str, user_id: str) -> frozenset[str]:
        if not self.reads:
            raise StateError("the disk has gone")
        return super().granted(app_id, user_id)

    def allow(self, app_id: str, user_id: str, scopes: Iterable[str]) -> None:
        if not self.writes:
            raise StateError("the disk is full")
        super().allow(app_id, user_id, scopes)


def test_an_answer_that_cannot_be_kept_is_none() -> None:
    store = Broken()
    sheets = of(wallet(consent="ask", store=store))
    sheets.ask(1, "getAuthCode", (NAME,))
    sheets.ask(2, "getAuthCode", (ADDRESS,))
    store.writes = False
    given_up, *rest = sheets.answer(says(1, "allow", NAME))
    assert (given_up, shown_scopes(rest)) == (GivenUp((1,), "the disk is full"), [(ADDRESS,)])


def test_nobody_is_asked_while_it_is_not_known_for_what() -> None:
    store = Broken()
    sheets = of(wallet(consent="ask", store=store))
    sheets.ask(1, "getAuthCode", (NAME,))
    sheets.ask(2, "getAuthCode", (ADDRESS,))
    store.reads = False
    assert sheets.answer(says(1, "deny")) == [
        Answered((1,), AMARA, deny()),
        GivenUp((2,), "the disk has gone"),
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
ACTIONS = st.sampled_from(["allow", "deny", "dismiss"])
CHOICES = st.fixed_dictionaries(
    {},
    optional={
        "action": ACTIONS | JSON,
        "user": st.sampled_from([AMARA.id, BAYU.id]) | JSON,
        "scopes": st.lists(st.sampled_from([NAME, ADDRESS, "auth_base"]) | st.text(max_size=3)) | JSON,
        "more": JSON,
    },
)
RESPONSES = st.builds(Response, id=st.just(1), result=CHOICES | JSON) | st.builds(
    Response, id=st.just(1), error=st.builds(RpcError, st.integers(), st.text(max_size=5))
)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(RESPONSES)
def test_whatever_the_page_answers_its_sheet_is_closed_and_the_next_is_shown(response: Response) -> None:
    asking = wallet(consent="ask")
    sheets = of(asking)
    sheets.ask(1, "getAuthCode", (NAME,))
    sheets.ask(2, "getAuthCode", ("auth_user",))
    closed, *rest = sheets.answer(response)
    assert isinstance(closed, Answered | GivenUp)
    assert closed.tickets == (1,)
    assert shown_scopes(rest) == [("auth_user",)]
    if isinstance(closed, GivenUp):
        assert closed.why
        assert not asking.granted(AMARA)
    assert asking.granted(AMARA) | asking.granted(BAYU) <= {NAME}


# Whatever happens, in whatever order.

SCOPES = [(NAME,), (NAME, ADDRESS), ("auth_base", ADDRESS), ("auth_base",), ("auth_user",)]
Key = tuple[str, tuple[str, ...]]


class Page(RuleBasedStateMachine):
    """The sheets of a page, beside what the page sees and what those who ask know."""

    def __init__(self) -> None:
        super().__init__()
        self.wallet = wallet(consent="ask")
        self.sheets = of(self.wallet)
        self.tickets = itertools.count(1)
        # Who waits for what, in the order of the sheets.
        self.waiting: dict[Key, list[int]] = {}
        self.granted: dict[str, set[str]] = {AMARA.id: set(), BAYU.id: set()}
        self.chosen: User | None = None
        # What the page shows.
        self.shown: Request | None = None
        self.question: Ask | None = None

    @property
    def user(self) -> User:
        return self.chosen or self.wallet.user

    def left(self, user: User, scopes: Iterable[str]) -> tuple[str, ...]:
        """Return what a user has still to be asked for."""
        return tuple(scope for scope in scopes if scope != "auth_base" and scope not in self.granted[user.id])

    def take(self, steps: list[Step], *, answer: Answered | GivenUp | None = None) -> None:
        """Compare steps with what is expected. With an answer, it is that of the page, to the first sheet."""
        if answer is not None:
            self.shown = None
            closed, *steps = steps
            assert type(closed) is type(answer)
            assert closed.tickets == answer.tickets
            if isinstance(answer, Answered):
                assert closed == answer
                if answer.user != self.asked_user and answer.consent != dismiss():
                    self.chosen = answer.user
            del self.waiting[next(iter(self.waiting))]
        for step in steps:
            match step:
                case Request():
                    assert self.shown is None, "one at a time"
                    self.shown = step
                    self.question = msgspec.convert(step.params, Ask)
                    (_, scopes), _ = next(iter(self.waiting.items()))
                    assert self.question.user == self.user.id
                    for person in self.question.users:
                        if person.id in self.granted:
                            user = self.wallet.users.find(person.id)
                            assert person.scopes == self.left(user, scopes)
                    assert self.left(self.user, scopes)
                case Shown(tickets, user, scopes):
                    (_, asked), those = next(iter(self.waiting.items()))
                    assert (user, scopes) == (self.asked_user, asked)
                    assert set(tickets) <= set(those)
                case Notification():
                    assert self.shown is not None
                    assert step == withdrawn(int(str(self.shown.id)))
                    self.shown = None
                case Answered(tickets, user, consent):
                    # Nothing was left to ask.
                    (_, scopes), those = next(iter(self.waiting.items()))
                    assert (tickets, user, consent) == (tuple(those), self.user, grant())
                    assert not self.left(user, scopes)
                    del self.waiting[next(iter(self.waiting))]
                case GivenUp():
                    raise AssertionError("the store works")

    @property
    def asked_user(self) -> User:
        """Who was logged in when the sheet was drawn."""
        assert self.question is not None
        return self.wallet.users.find(self.question.user)

    @rule(api=st.sampled_from(["getAuthCode", "getLocation"]), scopes=st.sampled_from(SCOPES))
    def ask(self, api: str, scopes: tuple[str, ...]) -> None:
        ticket = next(self.tickets)
        self.waiting.setdefault((api, scopes), []).append(ticket)
        self.take(self.sheets.ask(ticket, api, scopes))

    @precondition(lambda self: self.shown is not None)
    @rule(action=ACTIONS, user=st.sampled_from([AMARA, BAYU]), ticked=st.sets(st.sampled_from([NAME, ADDRESS])))
    def choose(self, action: str, user: User, ticked: set[str]) -> None:
        assert self.shown is not None
        assert self.question is not None
        tickets = next(iter(self.waiting.values()))
        # What was on the sheet counts, whatever has become of it since.
        (asked,) = [person.scopes for person in self.question.users if person.id == user.id]
        answers: dict[str, Consent] = {
            "deny": deny(),
            "dismiss": dismiss(),
            "allow": grant(except_=[scope for scope in asked if scope not in ticked]),
        }
        consent = answers[action]
        if action == "allow":
            self.granted[user.id].update(ticked & set(asked))
        answered = Answered(tuple(tickets), self.asked_user if action == "dismiss" else user, consent)
        self.take(self.sheets.answer(says(self.shown.id, action, *ticked, user=user)), answer=answered)

    @precondition(lambda self: self.shown is not None)
    @rule(result=JSON)
    def answer_nonsense(self, result: Any) -> None:
        assert self.shown is not None
        given_up = GivenUp(tuple(next(iter(self.waiting.values()))), "")
        self.take(self.sheets.answer(Response(id=self.shown.id, result=result)), answer=given_up)

    @rule(id=st.integers(0, 20), action=ACTIONS)
    def answer_late(self, id: int, action: str) -> None:
        if self.shown is None or id != self.shown.id:
            assert self.sheets.answer(says(id, action, NAME, user=BAYU)) == []

    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        waiting = [ticket for tickets in self.waiting.values() for ticket in tickets]
        gone = data.draw(st.sets(st.sampled_from([0, *waiting])))
        before = next(iter(self.waiting), None)
        left = {key: [ticket for ticket in tickets if ticket not in gone] for key, tickets in self.waiting.items()}
        self.waiting = {key: tickets for key, tickets in left.items() if tickets}
        steps = self.sheets.withdraw(gone)
        assert bool(steps) == (before not in [*self.waiting, None])
        self.take(steps)

    @rule(user=st.sampled_from([AMARA, BAYU]))
    def log_in(self, user: User) -> None:
        self.wallet.user = user

    @rule(user=st.sampled_from([AMARA, BAYU]), scope=st.sampled_from([NAME, ADDRESS]), granted=st.booleans())
    def change_by_hand(self, user: User, scope: str, granted: bool) -> None:
        if granted:
            self.wallet.allow(user, [scope])
            self.granted[user.id].add(scope)
        else:
            self.wallet.revoke(user, [scope])
            self.granted[user.id].discard(scope)

    @invariant()
    def a_sheet_is_shown_exactly_while_somebody_waits(self) -> None:
        assert (self.shown is None) == (not self.waiting)

    @invariant()
    def what_was_allowed_is_remembered(self) -> None:
        for user in (AMARA, BAYU):
            assert self.wallet.granted(user) == self.granted[user.id]


Page.TestCase.settings = settings(deadline=None, derandomize=True, max_examples=150, stateful_step_count=25)
TestPage = Page.TestCase
