"""Authorization codes: issued once, exchanged once."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule

from bridge.authority import TOMBSTONE_SECONDS, Authority
from bridge.errors import CodeError, ExpiredCode, UnknownCode, UsedCode
from bridge.profiles import CodeFormat
from bridge.store import CodeRecord, MemoryStore

FORMAT = CodeFormat(prefix="2810", alphabet="0123456789abcdef", length=32, lifetime=600)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def authority(clock: Clock) -> Authority:
    return Authority(FORMAT, seed=1, clock=clock)


def issue(authority: Authority) -> str:
    return authority.issue(app_id="app", user_id="user", scopes=("auth_base",))


def test_a_code_can_be_exchanged_for_what_it_stands_for(authority: Authority) -> None:
    record = authority.redeem(issue(authority), app_id="app")
    assert (record.app_id, record.user_id, record.scopes) == ("app", "user", ("auth_base",))
    assert (record.issued_at, record.expires_at) == (1_000_000.0, 1_000_600.0)


def test_a_code_looks_as_the_profile_says(authority: Authority) -> None:
    code = issue(authority)
    assert len(code) == 32
    assert code.startswith("2810")
    assert set(code) <= set(FORMAT.alphabet)


def test_a_used_code_is_told_apart_from_an_expired_one(authority: Authority, clock: Clock) -> None:
    code = issue(authority)
    authority.redeem(code, app_id="app")
    with pytest.raises(UsedCode, match="was exchanged before; ask the page for a new one"):
        authority.redeem(code, app_id="app")
    clock.now += 600
    with pytest.raises(ExpiredCode, match="expired after 600 seconds"):
        authority.redeem(code, app_id="app")


def test_it_is_known_whether_a_code_was_exchanged(authority: Authority) -> None:
    code, other = issue(authority), issue(authority)
    authority.redeem(code, app_id="app")
    assert [authority.was_redeemed(each) for each in (code, other, "2810")] == [True, False, False]


@pytest.mark.parametrize("code", ["", "2810", "2810" + "0" * 28, "授权", "\ud800"])
def test_a_code_that_was_never_issued_is_unknown(authority: Authority, code: str) -> None:
    issue(authority)
    with pytest.raises(UnknownCode, match="no such authorization code for the app app"):
        authority.redeem(code, app_id="app")


def test_a_code_is_unknown_to_every_app_but_its_own_and_stays_good(authority: Authority) -> None:
    code = issue(authority)
    with pytest.raises(UnknownCode):
        authority.redeem(code, app_id="other")
    assert authority.redeem(code, app_id="app")


def test_another_app_does_not_learn_that_a_code_was_used(authority: Authority) -> None:
    code = issue(authority)
    authority.redeem(code, app_id="app")
    with pytest.raises(UnknownCode):
        authority.redeem(code, app_id="other")


@pytest.mark.parametrize(("seconds", "good"), [(0, True), (599.999, True), (600, False), (601, False)])
def test_a_code_is_good_until_its_lifetime_is_over(
    authority: Authority, clock: Clock, seconds: float, good: bool
) -> None:
    code = issue(authority)
    clock.now += seconds
    if good:
        assert authority.redeem(code, app_id="app")
    else:
        with pytest.raises(ExpiredCode):
            authority.redeem(code, app_id="app")


def test_an_expired_code_is_forgotten_when_a_new_one_is_issued_much_later(authority: Authority, clock: Clock) -> None:
    code = issue(authority)
    clock.now += 600 + TOMBSTONE_SECONDS
    issue(authority)
    with pytest.raises(ExpiredCode):
        authority.redeem(code, app_id="app")
    clock.now += 1
    issue(authority)
    with pytest.raises(UnknownCode):
        authority.redeem(code, app_id="app")


def test_what_is_granted_to_an_app_is_remembered_until_it_is_revoked(authority: Authority) -> None:
    authority.allow(["a", "b"], app_id="app", user_id="user")
    authority.allow(iter(["a"]), app_id="app", user_id="other")
    assert authority.granted(app_id="app", user_id="user") == {"a", "b"}
    assert authority.granted(app_id="another", user_id="user") == set()
    authority.revoke(["a"], app_id="app", user_id="user")
    assert [authority.granted(app_id="app", user_id=user) for user in ("user", "other")] == [{"b"}, {"a"}]
    authority.revoke(app_id="app")
    assert [authority.granted(app_id="app", user_id=user) for user in ("user", "other")] == [set(), set()]


def test_a_grant_outlives_the_codes(authority: Authority, clock: Clock) -> None:
    authority.allow(["a"], app_id="app", user_id="user")
    clock.now += 1e9
    issue(authority)
    assert authority.granted(app_id="app", user_id="user") == {"a"}


def test_two_authorities_with_the_same_seed_issue_the_same_codes(clock: Clock) -> None:
    first, second = (Authority(FORMAT, seed="s", clock=clock) for _ in range(2))
    assert [issue(first) for _ in range(3)] == [issue(second) for _ in range(3)]


def test_a_code_that_a_seed_makes_again_is_good_though_it_was_used_before(clock: Clock) -> None:
    store = MemoryStore()
    codes = []
    for _ in range(2):
        authority = Authority(FORMAT, store=store, seed=1, clock=clock)
        codes.append(issue(authority))
        assert authority.redeem(codes[-1], app_id="app")
    assert codes[0] == codes[1]


def test_codes_do_not_repeat_without_a_seed() -> None:
    authority = Authority(FORMAT)
    assert len({issue(authority) for _ in range(100)}) == 100


def test_the_ledger_does_not_hold_the_code_itself(clock: Clock) -> None:
    kept: list[CodeRecord] = []

    class Watched(MemoryStore):
        def add(self, record: CodeRecord) -> None:
            kept.append(record)
            super().add(record)

    code = issue(Authority(FORMAT, store=Watched(), clock=clock))
    assert len(kept) == 1
    assert code not in msgspec.json.encode(kept).decode()


def test_authorities_that_share_a_store_know_each_others_codes(clock: Clock) -> None:
    store = MemoryStore()
    first, second = (Authority(FORMAT, store=store, clock=clock) for _ in range(2))
    code = issue(first)
    assert second.redeem(code, app_id="app")
    with pytest.raises(UsedCode):
        first.redeem(code, app_id="app")


@pytest.fixture
def _hasty_threads() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("_hasty_threads")
def test_of_sixteen_threads_that_race_for_a_code_exactly_one_wins() -> None:
    authority = Authority(FORMAT)
    codes = [issue(authority) for _ in range(300)]
    start = threading.Barrier(16)

    def race() -> list[str]:
        won = []
        start.wait()
        for code in codes:
            try:
                authority.redeem(code, app_id="app")
            except UsedCode:
                continue
            won.append(code)
        return won

    with ThreadPoolExecutor(16) as threads:
        runs = [threads.submit(race) for _ in range(16)]
    assert Counter(code for run in runs for code in run.result()) == Counter(codes)


class Ledger(RuleBasedStateMachine):
    """An authority beside a model that is as plain as can be."""

    codes: Bundle[str] = Bundle("codes")

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.authority = Authority(FORMAT, seed=1, clock=self.clock)
        self.owner: dict[str, str] = {}
        self.expiry: dict[str, float] = {}
        self.used: set[str] = set()

    @rule(target=codes, app=st.sampled_from(["app", "other"]))
    def issue(self, app: str) -> str:
        code = self.authority.issue(app_id=app, user_id="user", scopes=())
        for old in [old for old, end in self.expiry.items() if end + TOMBSTONE_SECONDS < self.clock.now]:
            del self.owner[old], self.expiry[old]
        assert code not in self.owner
        self.owner[code] = app
        self.expiry[code] = self.clock.now + 600
        return code

    @rule(seconds=st.sampled_from([1, 299, 300, 301, 599, 600]))
    def time_passes(self, seconds: int) -> None:
        self.clock.now += seconds

    @rule(code=codes, app=st.sampled_from(["app", "other"]))
    def redeem(self, code: str, app: str) -> None:
        expected: type[CodeError] | None = None
        if self.owner.get(code) != app:
            expected = UnknownCode
        elif self.clock.now >= self.expiry[code]:
            expected = ExpiredCode
        elif code in self.used:
            expected = UsedCode
        else:
            self.used.add(code)
        if expected is None:
            assert self.authority.redeem(code, app_id=app).app_id == app
        else:
            with pytest.raises(expected):
                self.authority.redeem(code, app_id=app)
        assert self.authority.was_redeemed(code) == (code in self.used & self.owner.keys())


Ledger.TestCase.settings = settings(deadline=None, derandomize=True, max_examples=40, stateful_step_count=30)
TestLedger = Ledger.TestCase
