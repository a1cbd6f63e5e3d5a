"""Where the wallet keeps its records: in memory and in a file alike."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bridge import CodeRecord, MemoryStore, StateFile, Store
from bridge.store import TokenRecord
from bridge.store import digest as digest_of

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


def tokens(access: str, refresh: str = "", *, code: str = "a", minted_at: float = 0.0) -> TokenRecord:
    """Return tokens with these digests, the second of which lives twice as long."""
    return TokenRecord(
        access=access,
        refresh=refresh or f"{access}-refresh",
        code=code,
        client_id="client",
        app_id="app",
        user_id="user",
        scopes=("auth_base", "USER_NAME"),
        access_expires_at=minted_at + LIFETIME,
        refresh_expires_at=minted_at + 2 * LIFETIME,
    )


def refreshed(record: TokenRecord) -> TokenRecord:
    return msgspec.structs.replace(record, refreshed=True)


def revoked(record: TokenRecord) -> TokenRecord:
    return msgspec.structs.replace(record, revoked=True)


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    file = StateFile(tmp_path / "state.db")
    yield file
    file.close()


@pytest.mark.parametrize(
    ("secret", "known_by"),
    [
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("授权", "6cf2531ab1119b67ad2010040ae1ac73f817785684fccc26111b3b70ef5fcbe5"),
    ],
)
def test_a_secret_is_known_by_its_sha_256(secret: str, known_by: str) -> None:
    assert digest_of(secret) == known_by


def test_what_is_no_text_has_a_digest_of_its_own_too() -> None:
    assert len({digest_of(secret) for secret in ("\ud800", "\ud801", "?", "")}) == 4


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


def test_a_code_that_was_let_expire_is_good_until_then_and_never_longer(store: Store) -> None:
    store.add(record("a"))
    store.add(record("b"))
    store.expire("a", at=10)
    store.expire("b", at=LIFETIME + 10)
    store.expire("c", at=10)
    assert store.get("a") == msgspec.structs.replace(record("a"), expires_at=10)
    assert store.get("b") == record("b")
    store.expire("a", at=20)
    assert store.get("a") == msgspec.structs.replace(record("a"), expires_at=10)


def test_to_let_a_code_expire_does_not_spend_it(store: Store) -> None:
    store.add(record("a"))
    store.expire("a", at=0)
    assert not store.is_spent("a")
    assert store.spend("a")
    store.expire("a", at=0)
    assert store.is_spent("a")


def test_what_expires_first_is_forgotten_first_whichever_came_first(store: Store) -> None:
    store.add(record("spent"))
    store.spend("spent", tokens("a-access", code="spent"))
    for old, new in ("ab", "bc"):
        store.rotate(f"{old}-access-refresh", tokens(f"{new}-access", code="spent"))
    for digest in "abc":
        store.add(record(digest))
    for digest in ("b", "b-access", "b-access-refresh"):
        store.expire(digest, at=10)
    store.forget(before=11)
    assert [store.get(digest) is not None for digest in "abc"] == [True, False, True]
    assert [store.tokens(f"{digest}-access") is not None for digest in "abc"] == [True, False, True]


# Tokens.


def test_tokens_are_kept_with_all_that_they_stand_for_and_found_by_either(store: Store) -> None:
    strange = TokenRecord(
        access="0f",
        refresh="1f",
        code="a",
        client_id="Ünïcödé'; --",
        app_id="应用",
        user_id="",
        scopes=("用户", 'with "quotes"', ""),
        access_expires_at=1_700_000_000.123456,
        refresh_expires_at=1e12,
    )
    store.add(record("a"))
    store.add(record("b"))
    assert store.spend("a", strange)
    assert store.spend("b", tokens("2f", code="b"))
    assert store.tokens("0f") == store.tokens("1f") == strange
    assert store.tokens("2f") == store.tokens("2f-refresh") == tokens("2f", code="b")
    assert store.tokens("a") is None


def test_tokens_come_with_the_one_spending_of_their_code_and_with_no_other(store: Store) -> None:
    assert not store.spend("a", tokens("none"))
    store.add(record("a"))
    assert store.spend("a", tokens("first"))
    assert not store.spend("a", tokens("second"))
    assert [store.tokens(digest) for digest in ("none", "first", "second")] == [None, tokens("first"), None]


def test_a_code_that_was_spent_for_nothing_is_not_spent_for_tokens(store: Store) -> None:
    store.add(record("a"))
    assert store.spend("a")
    assert not store.spend("a", tokens("first"))
    assert store.tokens("first") is None


def test_a_refresh_token_is_used_once_and_leaves_its_access_token(store: Store) -> None:
    store.add(record("a"))
    store.spend("a", tokens("first"))
    assert store.rotate("first-refresh", tokens("second"))
    assert not store.rotate("first-refresh", tokens("third"))
    assert store.tokens("first") == store.tokens("first-refresh") == refreshed(tokens("first"))
    assert store.tokens("second") == tokens("second")
    assert store.tokens("third") is None
    assert store.rotate("second-refresh", tokens("third"))


@pytest.mark.parametrize("digest", ["first", "a", "unknown"])
def test_what_is_no_refresh_token_refreshes_nothing(store: Store, digest: str) -> None:
    store.add(record("a"))
    store.spend("a", tokens("first"))
    assert not store.rotate(digest, tokens("second"))
    assert (store.tokens("first"), store.tokens("second")) == (tokens("first"), None)


def test_all_that_comes_from_a_code_is_revoked_with_it_and_nothing_else(store: Store) -> None:
    for code in "ab":
        store.add(record(code))
        store.spend(code, tokens(f"{code}1", code=code))
        store.rotate(f"{code}1-refresh", tokens(f"{code}2", code=code))
    store.revoke_tokens("a")
    store.revoke_tokens("c")
    assert store.tokens("a1") == revoked(refreshed(tokens("a1", code="a")))
    assert store.tokens("a2-refresh") == revoked(tokens("a2", code="a"))
    assert store.tokens("b1") == refreshed(tokens("b1", code="b"))
    assert store.tokens("b2") == tokens("b2", code="b")
    assert not store.rotate("a2-refresh", tokens("a3", code="a"))
    assert store.tokens("a3") is None
    assert store.is_spent("a")


def test_each_token_that_was_let_expire_is_good_until_then_and_never_longer(store: Store) -> None:
    store.add(record("a"))
    store.spend("a", tokens("first"))
    store.expire("first", at=10)
    only_access = msgspec.structs.replace(tokens("first"), access_expires_at=10)
    assert store.tokens("first") == only_access
    store.expire("first", at=1e12)
    store.expire("first-refresh", at=1e12)
    assert store.tokens("first") == only_access
    store.expire("first-refresh", at=20)
    assert store.tokens("first") == msgspec.structs.replace(only_access, refresh_expires_at=20)
    assert store.get("a") == record("a")


def test_tokens_are_forgotten_when_both_expired_before_a_time(store: Store) -> None:
    store.add(record("a"))
    store.spend("a", tokens("first"))
    store.rotate("first-refresh", tokens("second", minted_at=1))
    store.forget(before=2 * LIFETIME)
    assert store.tokens("first")
    store.forget(before=2 * LIFETIME + 1)
    assert [store.tokens(digest) is not None for digest in ("first", "first-refresh", "second")] == [False, False, True]
    # What is left of a family can still be revoked.
    store.revoke_tokens("a")
    assert store.tokens("second-refresh") == revoked(tokens("second", minted_at=1))
    store.forget(before=1e12)
    store.revoke_tokens("a")
    assert store.tokens("second") is None


def test_a_code_that_was_spent_for_tokens_stays_for_as_long_as_the_last_of_them_could_live(store: Store) -> None:
    for digest in "abc":
        store.add(record(digest))
    store.spend("a", tokens("first"))
    store.rotate("first-refresh", tokens("second", minted_at=9))
    store.rotate("second-refresh", tokens("third", minted_at=5))
    store.spend("b")
    store.forget(before=LIFETIME + 1)
    assert [store.get(digest) for digest in "abc"] == [record("a"), None, None]
    # Whatever becomes of the tokens.
    store.revoke_tokens("a")
    for digest in ("a", "first", "first-refresh", "second", "second-refresh", "third", "third-refresh"):
        store.expire(digest, at=1)
    store.forget(before=2 * LIFETIME + 9)
    assert store.tokens("third") is None
    assert (store.is_spent("a"), store.spend("a", tokens("fourth"))) == (True, False)
    store.forget(before=2 * LIFETIME + 10)
    assert (store.get("a"), store.is_spent("a")) == (None, False)


def test_a_code_that_lives_longer_than_its_tokens_stays_for_its_own_time(store: Store) -> None:
    store.add(record("a", issued_at=3 * LIFETIME))
    store.spend("a", tokens("first"))
    store.forget(before=4 * LIFETIME)
    assert (store.is_spent("a"), store.tokens("first")) == (True, None)
    store.forget(before=4 * LIFETIME + 1)
    assert store.get("a") is None


def test_a_code_that_a_seed_makes_again_does_not_stay_for_the_tokens_that_it_brought_before(store: Store) -> None:
    store.add(record("a"))
    store.spend("a", tokens("first"))
    store.add(record("a"))
    store.forget(before=LIFETIME + 1)
    assert store.get("a") is None


def test_tokens_are_there_for_as_long_as_either_is_good(store: Store) -> None:
    store.add(record("a"))
    store.spend("a", tokens("first"))
    store.expire("first-refresh", at=0)
    store.forget(before=LIFETIME)
    assert store.tokens("first-refresh")
    store.forget(before=LIFETIME + 1)
    assert (store.tokens("first"), store.tokens("first-refresh")) == (None, None)


def test_tokens_that_end_before_older_ones_are_forgotten_before_them(store: Store) -> None:
    store.add(record("a"))
    store.spend("a", tokens("first", minted_at=100))
    store.rotate("first-refresh", tokens("second"))
    store.forget(before=2 * LIFETIME + 1)
    assert (store.tokens("first"), store.tokens("second")) == (refreshed(tokens("first", minted_at=100)), None)


def test_the_tokens_of_a_code_that_a_seed_makes_again_go(store: Store) -> None:
    for code in "ab":
        store.add(record(code))
        store.spend(code, tokens(f"{code}1", code=code))
        store.rotate(f"{code}1-refresh", tokens(f"{code}2", code=code))
    store.add(record("a", issued_at=5))
    assert [store.tokens(digest) for digest in ("a1", "a1-refresh", "a2", "a2-refresh")] == [None] * 4
    assert store.tokens("b1") == refreshed(tokens("b1", code="b"))
    assert store.spend("a", tokens("a1", minted_at=5))
    assert store.tokens("a1-refresh") == tokens("a1", minted_at=5)


def test_tokens_that_a_seed_makes_again_come_instead_of_all_that_had_one_of_their_digests(store: Store) -> None:
    for code, access, refresh in [("a", "1", "2"), ("b", "3", "4"), ("c", "5", "6")]:
        store.add(record(code))
        store.spend(code, tokens(access, refresh, code=code))
    store.add(record("d"))
    new = tokens("4", "1", code="d", minted_at=5)
    assert store.spend("d", new)
    assert [store.tokens(digest) for digest in "1234"] == [new, None, None, new]
    assert store.tokens("5") == store.tokens("6") == tokens("5", "6", code="c")
    store.revoke_tokens("a")
    store.revoke_tokens("b")
    assert store.tokens("4") == new
    store.forget(before=1e12)
    assert [store.tokens(digest) for digest in "123456"] == [None] * 6


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


def test_codes_with_their_tokens_and_grants_have_nothing_to_do_with_each_other(store: Store) -> None:
    store.add(record("a"))
    store.spend("a", tokens("first"))
    store.allow("app", "user", ["a"])
    store.revoke("app")
    assert store.get("a")
    assert store.tokens("first") == tokens("first")
    store.allow("app", "user", ["a"])
    store.revoke_tokens("a")
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
def test_of_eight_threads_that_race_for_a_refresh_token_exactly_one_gets_new_ones(store: Store) -> None:
    digests = [str(number) for number in range(50)]
    for digest in digests:
        store.add(record(digest))
        store.spend(digest, tokens(digest, code=digest))
    start = threading.Barrier(8)

    def race(name: int) -> list[str]:
        start.wait()
        return [
            f"{digest}-{name}"
            for digest in digests
            if store.rotate(f"{digest}-refresh", tokens(f"{digest}-{name}", code=digest))
        ]

    with ThreadPoolExecutor(8) as threads:
        runs = [threads.submit(race, name) for name in range(8)]
    won = {access for run in runs for access in run.result()}
    assert sorted(access.partition("-")[0] for access in won) == sorted(digests)
    # What the others were to get is not there.
    there = {f"{digest}-{name}" for digest in digests for name in range(8) if store.tokens(f"{digest}-{name}")}
    assert there == won


@pytest.mark.usefixtures("_hasty_threads")
def test_nothing_that_threads_refresh_at_once_outlives_the_revocation(store: Store) -> None:
    digests = [str(number) for number in range(20)]
    for digest in digests:
        store.add(record(digest))
        store.spend(digest, tokens(f"{digest}-0", code=digest))
    start = threading.Barrier(4)

    def refresh(digests: list[str]) -> None:
        start.wait()
        for digest in digests:
            step = 0
            while store.rotate(f"{digest}-{step}-refresh", tokens(f"{digest}-{step + 1}", code=digest)):
                step += 1

    def revoke() -> None:
        start.wait()
        for digest in digests:
            # Not before the others are at it.
            while not store.tokens(f"{digest}-1"):
                pass
            store.revoke_tokens(digest)

    with ThreadPoolExecutor(4) as threads:
        for run in [threads.submit(revoke), *(threads.submit(refresh, digests[part::3]) for part in range(3))]:
            run.result()
    for digest in digests:
        step = 0
        while last := store.tokens(f"{digest}-{step}"):
            assert last.revoked
            step += 1
        assert step >= 2


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


def test_a_full_store_drops_the_oldest_tokens_whichever_expire_first() -> None:
    store = MemoryStore(capacity=2)
    for digest, minted_at in [("a", 3), ("b", 1)]:
        store.add(record(digest))
        store.spend(digest, tokens(digest, code=digest, minted_at=minted_at))
    assert store.rotate("b-refresh", tokens("b2", code="b", minted_at=2))
    assert [store.tokens(digest) is not None for digest in ("a", "a-refresh", "b", "b2")] == [False, False, True, True]
    assert not store.rotate("a-refresh", tokens("a2"))
    # The codes are there for as long as there is room for them.
    assert store.is_spent("a")
    store.forget(before=2 * LIFETIME + 2)
    assert [store.tokens(digest) is not None for digest in ("b", "b2")] == [False, True]


def test_a_store_with_room_for_one_keeps_the_last() -> None:
    store = MemoryStore(capacity=1)
    store.add(record("a"))
    assert store.spend("a", tokens("first"))
    assert store.rotate("first-refresh", tokens("second"))
    assert (store.tokens("first-refresh"), store.tokens("second")) == (None, tokens("second"))
    store.add(record("b"))
    assert store.get("a") is None
    assert store.rotate("second-refresh", tokens("third"))
    store.revoke_tokens("a")
    assert store.tokens("third") == revoked(tokens("third"))
    store.forget(before=1e12)
    assert (store.get("b"), store.tokens("third")) == (None, None)


def test_a_full_store_drops_the_oldest_code_though_its_tokens_live_and_its_next_stays_for_its_own_only() -> None:
    store = MemoryStore(capacity=1)
    store.add(record("a"))
    store.spend("a", tokens("first", minted_at=100))
    store.add(record("b"))
    assert (store.get("a"), store.get("b")) == (None, record("b"))
    store.add(record("a"))
    store.forget(before=LIFETIME + 1)
    assert store.get("a") is None


def test_tokens_that_are_made_again_need_no_room() -> None:
    store = MemoryStore(capacity=2)
    for digest in "ab":
        store.add(record(digest))
        store.spend(digest, tokens(digest, code=digest))
    store.add(record("a"))
    store.spend("a", tokens("a"))
    assert store.tokens("b") == tokens("b", code="b")


def test_a_store_has_room_for_at_least_one_code() -> None:
    with pytest.raises(ValueError, match="a store that holds 0 codes cannot issue any"):
        MemoryStore(capacity=0)


# Both do the same, whatever is done.

APPS, USERS = st.sampled_from(["app", "other"]), st.sampled_from(["Amara", "Bayu", ""])
DIGESTS, SCOPES = st.sampled_from("abcd"), st.lists(st.sampled_from(["a", "b", "c"]), max_size=3)
TOKENS = "uvwxyz"
PAIRS = st.lists(st.sampled_from(TOKENS), min_size=2, max_size=2, unique=True)


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

    @rule(digest=DIGESTS, pair=PAIRS)
    def spend_for_tokens(self, digest: str, pair: list[str]) -> None:
        new = tokens(*pair, code=digest, minted_at=self.now)
        assert self.memory.spend(digest, new) == self.file.spend(digest, new)

    @rule(refresh=st.sampled_from(TOKENS), pair=PAIRS, extends=st.booleans())
    def rotate(self, refresh: str, pair: list[str], extends: bool) -> None:
        old = self.memory.tokens(refresh)
        new = tokens(*pair, code=old.code if old else "a", minted_at=self.now)
        if old and not extends:
            new = msgspec.structs.replace(new, refresh_expires_at=old.refresh_expires_at)
        assert self.memory.rotate(refresh, new) == self.file.rotate(refresh, new)

    @rule(code=DIGESTS)
    def revoke_tokens(self, code: str) -> None:
        for store in (self.memory, self.file):
            store.revoke_tokens(code)

    @rule(digest=DIGESTS | st.sampled_from(TOKENS), seconds=st.sampled_from([-300, 0, 300, 900]))
    def expire(self, digest: str, seconds: float) -> None:
        for store in (self.memory, self.file):
            store.expire(digest, at=self.now + seconds)

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
        for digest in TOKENS:
            assert self.memory.tokens(digest) == self.file.tokens(digest)
        for app in ("app", "other"):
            for user in ("Amara", "Bayu", ""):
                assert self.memory.granted(app, user) == self.file.granted(app, user)


Both.TestCase.settings = settings(deadline=None, derandomize=True, max_examples=60, stateful_step_count=40)
TestBoth = Both.TestCase
