"""Where the wallet keeps its records: in memory and in a file alike."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bridge import CodeRecord, MemoryStore, StateFile, Store

LIFETIME = 600


def record(digest: str, *, app: str = "app", user: str = "user", issued_at: float = 0.0) -> CodeRecord:
    return CodeRecord(
        digest=digest,
        app_id=app,
        user_id=user,
        scopes=("auth_base", "USER_NAME"),
        issued_at=issued_at,
        expires_at=issued_at + LIFETIME,
    )


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    file = StateFile(tmp_path / "state.db")
    yield file
    file.close()


# Codes.


def test_a_code_is_kept_with_all_that_it_stands_for(store: Store) -> None:
    strange = CodeRecord(
        digest="0f",
        app_id="Ünïcödé'; --",
        user_id="",
        scopes=("用户", 'with "quotes"', ""),
        issued_at=1_700_000_000.123456,
        expires_at=1e12,
    )
    store.add(strange)
    store.add(record("a"))
    assert (store.get("0f"), store.get("a"), store.get("b")) == (strange, record("a"), None)


def test_a_code_without_scopes_is_one_too(store: Store) -> None:
    none = CodeRecord(digest="a", app_id="app", user_id="user", scopes=(), issued_at=1, expires_at=2)
    store.add(none)
    assert store.get("a") == none


def test_a_code_is_spent_once(store: Store) -> None:
    store.add(record("a"))
    store.add(record("b"))
    assert not store.is_spent("a")
    assert [store.spend("a"), store.spend("a")] == [True, False]
    assert [store.is_spent(digest) for digest in "ab"] == [True, False]
    assert store.get("a") == record("a")


def test_a_code_that_is_not_there_is_neither_spent_nor_to_be_spent(store: Store) -> None:
    assert (store.spend("a"), store.is_spent("a")) == (False, False)
    store.add(record("a"))
    assert store.spend("a")


def test_codes_are_forgotten_when_they_expired_before_a_time(store: Store) -> None:
    for issued_at, digest in enumerate("abc"):
        store.add(record(digest, issued_at=issued_at))
        store.spend(digest)
    store.forget(before=LIFETIME + 1)
    assert [store.get(digest) is not None for digest in "abc"] == [False, True, True]
    assert [store.is_spent(digest) for digest in "abc"] == [False, True, True]
    store.forget(before=0)
    assert store.get("b")


def test_a_code_that_a_seed_makes_again_is_a_new_one(store: Store) -> None:
    store.add(record("a"))
    store.add(record("b", issued_at=1))
    store.spend("a")
    store.add(record("a", user="other", issued_at=2))
    assert store.get("a") == record("a", user="other", issued_at=2)
    assert not store.is_spent("a")
    assert store.spend("a")
    # It is as young as it is new.
    store.forget(before=LIFETIME + 2)
    assert [store.get(digest) is not None for digest in "ab"] == [True, False]


# Grants.


def test_scopes_are_granted_by_a_user_to_an_app(store: Store) -> None:
    store.allow("app", "user", ["a", "b"])
    store.allow("app", "user", iter(["b", "c", "c"]))
    store.allow("app", "other", ["a"])
    store.allow("other", "user", ["d"])
    assert store.granted("app", "user") == {"a", "b", "c"}
    assert store.granted("app", "other") == {"a"}
    assert store.granted("other", "user") == {"d"}
    assert store.granted("other", "other") == frozenset()


def test_to_grant_nothing_is_no_grant(store: Store) -> None:
    store.allow("app", "user", [])
    store.allow("app", "user", iter(()))
    assert store.granted("app", "user") == frozenset()


def test_what_is_granted_is_as_it_was_asked_for(store: Store) -> None:
    store.allow("app", "user", ["a"])
    before = store.granted("app", "user")
    store.allow("app", "user", ["b"])
    assert before == {"a"}


@pytest.mark.parametrize(
    ("user", "scopes", "left"),
    [
        ("user", ["a"], ["b", "ab", "a"]),
        ("user", None, ["", "ab", "a"]),
        (None, ["a", "c"], ["b", "b", "a"]),
        (None, None, ["", "", "a"]),
        ("nobody", None, ["ab", "ab", "a"]),
        ("user", [], ["ab", "ab", "a"]),
    ],
)
def test_what_is_revoked_is_revoked_for_one_app(
    store: Store, user: str | None, scopes: list[str] | None, left: list[str]
) -> None:
    grants = [("app", "user"), ("app", "other"), ("another", "user")]
    for app, whose in grants:
        store.allow(app, whose, "ab" if app == "app" else "a")
    store.revoke("app", user, scopes)
    assert [store.granted(app, whose) for app, whose in grants] == [frozenset(granted) for granted in left]


def test_what_was_revoked_can_be_granted_again(store: Store) -> None:
    store.allow("app", "user", ["a"])
    store.revoke("app")
    store.allow("app", "user", ["a"])
    assert store.granted("app", "user") == {"a"}


def test_codes_and_grants_have_nothing_to_do_with_each_other(store: Store) -> None:
    store.add(record("a"))
    store.allow("app", "user", ["a"])
    store.revoke("app")
    assert store.get("a")
    store.allow("app", "user", ["a"])
    store.forget(before=1e12)
    assert store.granted("app", "user") == {"a"}


# Threads.


@pytest.fixture
def _hasty_threads() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("_hasty_threads")
def test_of_eight_threads_that_race_for_a_code_exactly_one_spends_it(store: Store) -> None:
    digests = [str(number) for number in range(100)]
    for digest in digests:
        store.add(record(digest))
    start = threading.Barrier(8)

    def race() -> list[str]:
        start.wait()
        return [digest for digest in digests if store.spend(digest)]

    with ThreadPoolExecutor(8) as threads:
        runs = [threads.submit(race) for _ in range(8)]
    assert Counter(digest for run in runs for digest in run.result()) == Counter(digests)


@pytest.mark.usefixtures("_hasty_threads")
def test_threads_that_grant_and_issue_at_once_lose_nothing(store: Store) -> None:
    start = threading.Barrier(8)

    def work(number: int) -> None:
        start.wait()
        for step in range(10):
            store.add(record(f"{number}-{step}"))
            store.allow("app", f"user-{step}", [f"scope-{number}"])

    with ThreadPoolExecutor(8) as threads:
        for run in [threads.submit(work, number) for number in range(8)]:
            run.result()
    assert all(store.get(f"{number}-{step}") for number in range(8) for step in range(10))
    for step in range(10):
        assert store.granted("app", f"user-{step}") == {f"scope-{number}" for number in range(8)}


# What a store in memory holds.


def test_a_full_store_drops_the_oldest_code_and_whether_it_was_spent() -> None:
    store = MemoryStore(capacity=2)
    for digest in "abc":
        store.add(record(digest))
        assert store.spend(digest)
    assert [store.get(digest) is not None for digest in "abc"] == [False, True, True]
    assert not store.spend("a")
    store.add(record("a"))
    assert store.spend("a")


def test_a_code_that_is_made_again_needs_no_room() -> None:
    store = MemoryStore(capacity=2)
    for digest in "aba":
        store.add(record(digest))
    assert store.get("b")


def test_a_store_has_room_for_at_least_one_code() -> None:
    with pytest.raises(ValueError, match="a store that holds 0 codes cannot issue any"):
        MemoryStore(capacity=0)


# Both do the same, whatever is done.

APPS, USERS = st.sampled_from(["app", "other"]), st.sampled_from(["Amara", "Bayu", ""])
DIGESTS, SCOPES = st.sampled_from("abcd"), st.lists(st.sampled_from(["a", "b", "c"]), max_size=3)


class Both(RuleBasedStateMachine):
    """A store in memory and one in a file, to which the same happens."""

    @initialize()
    def open(self) -> None:
        self.now = 0.0
        self.memory = MemoryStore()
        self.folder = tempfile.TemporaryDirectory()
        self.file = StateFile(Path(self.folder.name) / "state.db")

    def teardown(self) -> None:
        self.file.close()
        self.folder.cleanup()

    @rule(digest=DIGESTS, app=APPS, user=USERS)
    def add(self, digest: str, app: str, user: str) -> None:
        for store in (self.memory, self.file):
            store.add(record(digest, app=app, user=user, issued_at=self.now))

    @rule(digest=DIGESTS)
    def spend(self, digest: str) -> None:
        assert self.memory.spend(digest) == self.file.spend(digest)

    @rule(seconds=st.sampled_from([0.5, 300, 600]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(tombstone=st.sampled_from([0, 300]))
    def forget(self, tombstone: float) -> None:
        for store in (self.memory, self.file):
            store.forget(before=self.now - tombstone)

    @rule(app=APPS, user=USERS, scopes=SCOPES)
    def allow(self, app: str, user: str, scopes: list[str]) -> None:
        for store in (self.memory, self.file):
            store.allow(app, user, scopes)

    @rule(app=APPS, user=st.none() | USERS, scopes=st.none() | SCOPES)
    def revoke(self, app: str, user: str | None, scopes: list[str] | None) -> None:
        for store in (self.memory, self.file):
            store.revoke(app, user, scopes)

    @rule()
    def start_anew(self) -> None:
        path = self.file.path
        self.file.close()
        self.file = StateFile(path)

    @invariant()
    def both_say_the_same(self) -> None:
        for digest in "abcd":
            assert self.memory.get(digest) == self.file.get(digest)
            assert self.memory.is_spent(digest) == self.file.is_spent(digest)
        for app in ("app", "other"):
            for user in ("Amara", "Bayu", ""):
                assert self.memory.granted(app, user) == self.file.granted(app, user)


Both.TestCase.settings = settings(deadline=None, derandomize=True, max_examples=25, stateful_step_count=25)
TestBoth = Both.TestCase
