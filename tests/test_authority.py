"""Authorization codes: issued once, exchanged once. And the tokens that they are exchanged for."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from bridge.authority import TOMBSTONE_SECONDS, Authority, Tokens
from bridge.errors import (
    BridgeError,
    CodeError,
    ExpiredCode,
    ExpiredToken,
    TokenError,
    UnknownCode,
    UnknownToken,
    UsedCode,
    UsedToken,
)
from bridge.profiles import CodeFormat, TokenFormat
from bridge.state_file import StateFile
from bridge.store import CodeRecord, MemoryStore, Store, TokenRecord, digest

FORMAT = CodeFormat(prefix="2810", alphabet="0123456789abcdef", length=32, lifetime=600)
TOKENS = TokenFormat(prefix="T", alphabet="0123456789", length=40, access_lifetime=1000, refresh_lifetime=3000)


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
    return Authority(FORMAT, TOKENS, seed=1, clock=clock)


def issue(authority: Authority) -> str:
    return authority.issue(app_id="app", user_id="user", scopes=("auth_base",))


def exchange(authority: Authority, code: str | None = None) -> Tokens:
    return authority.exchange(issue(authority) if code is None else code, app_id="app", client_id="client")


def refresh(authority: Authority, tokens: Tokens) -> Tokens:
    return authority.refresh(tokens.refresh_token, client_id="client")


def look_up(authority: Authority, tokens: Tokens) -> TokenRecord:
    return authority.look_up(tokens.access_token, client_id="client")


def good(authority: Authority, *tokens: Tokens) -> list[bool]:
    """Tell of each whether its access token is good."""

    def is_good(each: Tokens) -> bool:
        try:
            look_up(authority, each)
        except TokenError:
            return False
        return True

    return [is_good(each) for each in tokens]


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
    with pytest.raises(UnknownCode, match="no such authorization code for this app"):
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


def test_the_ledger_does_not_hold_codes_and_tokens_themselves(clock: Clock) -> None:
    kept: list[CodeRecord | TokenRecord | None] = []

    class Watched(MemoryStore):
        def add(self, record: CodeRecord) -> None:
            kept.append(record)
            super().add(record)

        def spend(self, digest: str, tokens: TokenRecord | None = None) -> bool:
            kept.append(tokens)
            return super().spend(digest, tokens)

        def rotate(self, refresh: str, tokens: TokenRecord) -> bool:
            kept.append(tokens)
            return super().rotate(refresh, tokens)

    authority = Authority(FORMAT, store=Watched(), clock=clock)
    code = issue(authority)
    first = exchange(authority, code)
    second = refresh(authority, first)
    assert len(kept) == 3
    text = msgspec.json.encode(kept).decode()
    for tokens in (first, second):
        assert tokens.access_token not in text
        assert tokens.refresh_token not in text
        assert tokens.record.access in text
    assert code not in text


def test_authorities_that_share_a_store_know_each_others_codes(clock: Clock) -> None:
    store = MemoryStore()
    first, second = (Authority(FORMAT, store=store, clock=clock) for _ in range(2))
    code = issue(first)
    assert second.redeem(code, app_id="app")
    with pytest.raises(UsedCode):
        first.redeem(code, app_id="app")


# Tokens.


def test_a_code_is_exchanged_for_tokens_that_stand_for_the_same(authority: Authority) -> None:
    code = issue(authority)
    tokens = exchange(authority, code)
    assert tokens.record == TokenRecord(
        access=digest(tokens.access_token),
        refresh=digest(tokens.refresh_token),
        code=digest(code),
        client_id="client",
        app_id="app",
        user_id="user",
        scopes=("auth_base",),
        access_expires_at=1_001_000.0,
        refresh_expires_at=1_003_000.0,
    )
    assert look_up(authority, tokens) == tokens.record
    assert authority.was_redeemed(code)


def test_tokens_look_as_the_profile_says(authority: Authority) -> None:
    tokens = exchange(authority)
    for token in (tokens.access_token, tokens.refresh_token):
        assert len(token) == 40
        assert token.startswith("T")
        assert set(token) <= {"T", *TOKENS.alphabet}
    assert tokens.access_token != tokens.refresh_token


def test_without_a_format_tokens_look_as_those_of_the_documentation() -> None:
    tokens = exchange(Authority(FORMAT))
    for token in (tokens.access_token, tokens.refresh_token):
        assert token.startswith("2810")
        assert len(token) == 48


def test_a_code_that_was_redeemed_is_not_exchanged_for_tokens(authority: Authority) -> None:
    code = issue(authority)
    authority.redeem(code, app_id="app")
    with pytest.raises(UsedCode, match="was exchanged before; ask the page for a new one"):
        exchange(authority, code)


def redeemed_again(authority: Authority, code: str) -> object:
    return authority.redeem(code, app_id="app")


@pytest.mark.parametrize("again", [exchange, redeemed_again])
def test_a_code_that_comes_again_ends_all_tokens_that_it_brought(
    authority: Authority, again: Callable[[Authority, str], object]
) -> None:
    code, other = issue(authority), exchange(authority)
    first = exchange(authority, code)
    second = refresh(authority, first)
    assert good(authority, first, second, other) == [True, True, True]
    with pytest.raises(UsedCode):
        again(authority, code)
    assert good(authority, first, second, other) == [False, False, True]
    for tokens in (first, second):
        with pytest.raises(UnknownToken, match="the refresh token was revoked"):
            refresh(authority, tokens)


@pytest.mark.parametrize("again", [exchange, redeemed_again])
def test_a_used_code_ends_its_tokens_also_when_it_comes_again_after_its_time(
    authority: Authority, clock: Clock, again: Callable[[Authority, str], object]
) -> None:
    code = issue(authority)
    tokens = exchange(authority, code)
    clock.now += 600
    assert good(authority, tokens) == [True]
    with pytest.raises(ExpiredCode):
        again(authority, code)
    assert good(authority, tokens) == [False]


def test_a_code_of_another_app_brings_nothing_and_ends_nothing(authority: Authority) -> None:
    code = issue(authority)
    for _ in range(2):
        with pytest.raises(UnknownCode, match="no such authorization code for this app"):
            authority.exchange(code, app_id="other", client_id="another")
    tokens = exchange(authority, code)
    for _ in range(2):
        with pytest.raises(UnknownCode):
            authority.exchange(code, app_id="other", client_id="another")
    assert good(authority, tokens) == [True]
    assert refresh(authority, tokens)


@pytest.mark.parametrize("token", ["", "T", "T" + "0" * 39, "授权", "\ud800"])
def test_a_token_that_was_never_given_out_is_unknown(authority: Authority, token: str) -> None:
    exchange(authority)
    with pytest.raises(UnknownToken, match="no such access token of this client"):
        authority.look_up(token, client_id="client")
    with pytest.raises(UnknownToken, match="no such access token of this client"):
        authority.revoke_tokens(token, client_id="client")
    with pytest.raises(UnknownToken, match="no such refresh token of this client"):
        authority.refresh(token, client_id="client")


def test_a_token_is_good_for_its_own_purpose_only(authority: Authority) -> None:
    code = issue(authority)
    tokens = exchange(authority, code)
    for secret in (tokens.refresh_token, code):
        with pytest.raises(UnknownToken):
            authority.look_up(secret, client_id="client")
        with pytest.raises(UnknownToken):
            authority.revoke_tokens(secret, client_id="client")
    for secret in (tokens.access_token, code):
        with pytest.raises(UnknownToken):
            authority.refresh(secret, client_id="client")
    for secret in (tokens.access_token, tokens.refresh_token):
        with pytest.raises(UnknownCode):
            exchange(authority, secret)
    assert good(authority, tokens) == [True]
    assert refresh(authority, tokens)


def test_tokens_are_unknown_to_every_client_but_their_own_and_stay_good(authority: Authority, clock: Clock) -> None:
    first = exchange(authority)
    second = refresh(authority, first)

    def try_all() -> None:
        for tokens in (first, second):
            with pytest.raises(UnknownToken, match="no such refresh token of this client"):
                authority.refresh(tokens.refresh_token, client_id="other")
            with pytest.raises(UnknownToken, match="no such access token of this client"):
                authority.look_up(tokens.access_token, client_id="other")
            with pytest.raises(UnknownToken, match="no such access token of this client"):
                authority.revoke_tokens(tokens.access_token, client_id="other")

    try_all()
    assert good(authority, first, second) == [True, True]
    assert refresh(authority, second)
    # Nor does another learn that they have expired.
    clock.now += 3000
    try_all()


def test_a_refresh_token_is_exchanged_for_new_tokens_that_stand_for_the_same(
    authority: Authority, clock: Clock
) -> None:
    old = exchange(authority)
    clock.now += 10
    new = refresh(authority, old)
    assert new.record == msgspec.structs.replace(
        old.record,
        access=digest(new.access_token),
        refresh=digest(new.refresh_token),
        access_expires_at=1_001_010.0,
        refresh_expires_at=1_003_010.0,
    )
    assert look_up(authority, new) == new.record
    assert len({old.access_token, old.refresh_token, new.access_token, new.refresh_token}) == 4
    assert refresh(authority, new)


def test_a_refresh_token_that_comes_again_ends_all_that_its_code_has_brought(authority: Authority) -> None:
    first, other = exchange(authority), exchange(authority)
    second = refresh(authority, first)
    third = refresh(authority, second)
    with pytest.raises(UsedToken, match="was used before; the one that it gave is the one to use"):
        refresh(authority, first)
    assert good(authority, first, second, third, other) == [False, False, False, True]
    for tokens in (first, second, third):
        with pytest.raises(UnknownToken):
            refresh(authority, tokens)
    assert refresh(authority, other)


def test_a_used_refresh_token_ends_the_others_also_when_it_comes_again_after_its_time(
    authority: Authority, clock: Clock
) -> None:
    first = exchange(authority)
    clock.now += 2500
    second = refresh(authority, first)
    clock.now += 500
    assert good(authority, second) == [True]
    with pytest.raises(ExpiredToken, match="the refresh token expired after 3000 seconds"):
        refresh(authority, first)
    assert good(authority, second) == [False]


def test_a_refresh_token_that_has_only_expired_ends_nothing(authority: Authority, clock: Clock) -> None:
    first = exchange(authority)
    second = refresh(authority, first)
    authority.expire(second.refresh_token)
    for _ in range(2):
        with pytest.raises(ExpiredToken, match="the refresh token expired after 3000 seconds"):
            refresh(authority, second)
    assert good(authority, first, second) == [True, True]


@pytest.mark.parametrize("ends", [False, True])
def test_the_profile_says_whether_refreshing_ends_the_old_access_token(clock: Clock, ends: bool) -> None:
    authority = Authority(FORMAT, msgspec.structs.replace(TOKENS, refresh_ends_access=ends), clock=clock)
    first = exchange(authority)
    second = refresh(authority, first)
    assert good(authority, first, second) == [not ends, True]
    if ends:
        with pytest.raises(UnknownToken):
            authority.revoke_tokens(first.access_token, client_id="client")
        assert good(authority, second) == [True]


@pytest.mark.parametrize("extends", [False, True])
def test_the_profile_says_how_long_the_new_refresh_token_is_good(clock: Clock, extends: bool) -> None:
    authority = Authority(FORMAT, msgspec.structs.replace(TOKENS, refresh_extends=extends), clock=clock)
    tokens = exchange(authority)
    clock.now += 2999
    tokens = refresh(authority, tokens)
    assert tokens.record.access_expires_at == clock.now + 1000
    assert tokens.record.refresh_expires_at == (clock.now + 3000 if extends else 1_003_000)
    clock.now += 1
    if extends:
        assert refresh(authority, tokens)
    else:
        with pytest.raises(ExpiredToken):
            refresh(authority, tokens)
    assert good(authority, tokens) == [True]


@pytest.mark.parametrize(("seconds", "is_good"), [(0, True), (999.999, True), (1000, False), (1001, False)])
def test_an_access_token_is_good_until_its_lifetime_is_over(
    authority: Authority, clock: Clock, seconds: float, is_good: bool
) -> None:
    tokens = exchange(authority)
    clock.now += seconds
    if is_good:
        assert look_up(authority, tokens) == tokens.record
    else:
        with pytest.raises(ExpiredToken, match="the access token expired after 1000 seconds"):
            look_up(authority, tokens)
    assert refresh(authority, tokens)


@pytest.mark.parametrize(("seconds", "is_good"), [(2999.999, True), (3000, False), (3001, False)])
def test_a_refresh_token_is_good_until_its_lifetime_is_over(
    authority: Authority, clock: Clock, seconds: float, is_good: bool
) -> None:
    tokens = exchange(authority)
    clock.now += seconds
    if is_good:
        assert refresh(authority, tokens)
    else:
        with pytest.raises(ExpiredToken, match="the refresh token expired after 3000 seconds"):
            refresh(authority, tokens)


def test_tokens_outlive_their_code(authority: Authority, clock: Clock) -> None:
    tokens = exchange(authority)
    clock.now += 600 + TOMBSTONE_SECONDS + 1
    issue(authority)
    assert good(authority, tokens) == [True]
    assert good(authority, refresh(authority, tokens)) == [True]


@pytest.mark.parametrize("again", [exchange, redeemed_again])
def test_a_used_code_ends_its_tokens_also_when_it_comes_again_long_after_its_time(
    authority: Authority, clock: Clock, again: Callable[[Authority, str], object]
) -> None:
    code = issue(authority)
    tokens = exchange(authority, code)
    for _ in range(5):
        clock.now += 2999
        issue(authority)
        tokens = refresh(authority, tokens)
    assert good(authority, tokens) == [True]
    with pytest.raises(ExpiredCode):
        again(authority, code)
    assert good(authority, tokens) == [False]
    with pytest.raises(UnknownToken):
        refresh(authority, tokens)


def test_a_used_code_is_forgotten_with_the_last_of_its_tokens(authority: Authority, clock: Clock) -> None:
    code = issue(authority)
    clock.now += 1
    exchange(authority, code)
    clock.now += 3000 + TOMBSTONE_SECONDS
    issue(authority)
    assert authority.was_redeemed(code)
    clock.now += 1
    issue(authority)
    assert not authority.was_redeemed(code)
    with pytest.raises(UnknownCode):
        exchange(authority, code)


def test_expired_tokens_are_forgotten_when_a_code_is_issued_much_later(authority: Authority, clock: Clock) -> None:
    tokens = exchange(authority)
    clock.now += 3000 + TOMBSTONE_SECONDS
    issue(authority)
    with pytest.raises(ExpiredToken):
        look_up(authority, tokens)
    with pytest.raises(ExpiredToken):
        refresh(authority, tokens)
    clock.now += 1
    issue(authority)
    with pytest.raises(UnknownToken):
        look_up(authority, tokens)
    with pytest.raises(UnknownToken):
        refresh(authority, tokens)


def test_what_expired_long_ago_is_forgotten_also_when_tokens_are_only_refreshed(
    authority: Authority, clock: Clock
) -> None:
    code, idle, tokens = issue(authority), exchange(authority), exchange(authority)
    clock.now += 2000
    tokens = refresh(authority, tokens)
    clock.now += 1000 + TOMBSTONE_SECONDS
    tokens = refresh(authority, tokens)
    assert authority.origin(code) is None
    assert authority.origin(idle.access_token)
    clock.now += 1
    refresh(authority, tokens)
    assert authority.origin(idle.access_token) is None
    with pytest.raises(UnknownToken):
        refresh(authority, idle)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_to_revoke_one_access_token_ends_all_that_its_code_has_brought(authority: Authority, which: int) -> None:
    code = issue(authority)
    family, other = [exchange(authority, code)], exchange(authority)
    for _ in range(2):
        family.append(refresh(authority, family[-1]))
    authority.revoke_tokens(family[which].access_token, client_id="client")
    assert good(authority, *family, other) == [False, False, False, True]
    for tokens in family:
        with pytest.raises(UnknownToken):
            refresh(authority, tokens)
        with pytest.raises(UnknownToken):
            authority.revoke_tokens(tokens.access_token, client_id="client")
    # The code is as used as before.
    with pytest.raises(UsedCode):
        exchange(authority, code)


def test_an_expired_access_token_revokes_nothing(authority: Authority, clock: Clock) -> None:
    first = exchange(authority)
    second = refresh(authority, first)
    authority.expire(first.access_token)
    with pytest.raises(ExpiredToken):
        authority.revoke_tokens(first.access_token, client_id="client")
    assert good(authority, second) == [True]


def test_what_is_let_expire_has_expired_and_the_rest_is_good(authority: Authority) -> None:
    code, other = issue(authority), issue(authority)
    authority.expire(code)
    with pytest.raises(ExpiredCode, match="the authorization code expired after 600 seconds"):
        exchange(authority, code)
    tokens = exchange(authority, other)
    authority.expire(tokens.access_token)
    with pytest.raises(ExpiredToken, match="the access token expired after 1000 seconds"):
        look_up(authority, tokens)
    new = refresh(authority, tokens)
    authority.expire(new.refresh_token)
    with pytest.raises(ExpiredToken):
        refresh(authority, new)
    assert good(authority, new) == [True]


def test_what_has_expired_is_not_good_again_or_remembered_longer_because_it_is_let_expire(
    authority: Authority, clock: Clock
) -> None:
    code, tokens = issue(authority), exchange(authority)
    for seconds in (600, 400, 2000):
        clock.now += seconds
        for secret in (code, tokens.access_token, tokens.refresh_token):
            authority.expire(secret)
    issue(authority)
    with pytest.raises(UnknownCode):
        exchange(authority, code)
    clock.now += TOMBSTONE_SECONDS + 1
    issue(authority)
    for token in (tokens.access_token, tokens.refresh_token):
        assert authority.origin(token) is None


def test_a_code_that_was_let_expire_is_forgotten_before_one_that_was_issued_before_it(
    authority: Authority, clock: Clock
) -> None:
    older, code = issue(authority), issue(authority)
    authority.expire(code)
    clock.now += TOMBSTONE_SECONDS + 1
    issue(authority)
    with pytest.raises(UnknownCode):
        exchange(authority, code)
    assert exchange(authority, older)


def test_another_apps_code_and_another_clients_token_do_not_expire(authority: Authority) -> None:
    code, tokens = issue(authority), exchange(authority)
    for secret in (code, tokens.access_token, tokens.refresh_token):
        authority.expire(secret, app_id="other", client_id="another")
    # A code has no client, and a token is its client's, whichever the app.
    authority.expire(code, app_id="other", client_id="client")
    for token in (tokens.access_token, tokens.refresh_token):
        authority.expire(token, app_id="app", client_id="another")
    second = refresh(authority, tokens)
    assert good(authority, tokens, second, exchange(authority, code)) == [True] * 3


@pytest.mark.parametrize(
    "whose", [{"app_id": "app", "client_id": "client"}, {"app_id": "app"}, {"client_id": "client"}, {}]
)
def test_an_apps_own_code_and_a_clients_own_token_expire(authority: Authority, whose: dict[str, str]) -> None:
    code, tokens = issue(authority), exchange(authority)
    for secret in (code, tokens.access_token, tokens.refresh_token):
        authority.expire(secret, **whose)
    with pytest.raises(ExpiredCode):
        exchange(authority, code)
    with pytest.raises(ExpiredToken):
        look_up(authority, tokens)
    with pytest.raises(ExpiredToken):
        refresh(authority, tokens)


def test_what_is_unknown_does_not_expire(authority: Authority) -> None:
    code, tokens = issue(authority), exchange(authority)
    for secret in ("", "T", "\ud800", tokens.record.access, digest(code)):
        authority.expire(secret)
        authority.expire(secret, app_id="app", client_id="client")
    assert good(authority, tokens, exchange(authority, code)) == [True, True]


def test_it_is_known_from_which_code_a_token_comes(authority: Authority) -> None:
    code, other = issue(authority), issue(authority)
    first = exchange(authority, code)
    second = refresh(authority, first)
    secrets = [code, *(token for each in (first, second) for token in (each.access_token, each.refresh_token))]
    assert [authority.origin(secret) for secret in secrets] == [digest(code)] * 5
    authority.revoke_tokens(second.access_token, client_id="client")
    assert [authority.origin(secret) for secret in secrets] == [digest(code)] * 5
    assert authority.origin(other) == digest(other)
    assert authority.origin("T") is None


def test_authorities_that_share_a_store_know_each_others_tokens(clock: Clock) -> None:
    store = MemoryStore()
    first, second = (Authority(FORMAT, TOKENS, store=store, clock=clock) for _ in range(2))
    tokens = exchange(first)
    new = refresh(second, tokens)
    assert good(first, tokens, new) == [True, True]
    with pytest.raises(UsedToken):
        refresh(first, tokens)
    assert good(second, tokens, new) == [False, False]


def test_two_authorities_with_the_same_seed_give_the_same_tokens(clock: Clock) -> None:
    def give(seed: int | str) -> list[str]:
        authority = Authority(FORMAT, TOKENS, seed=seed, clock=clock)
        first = exchange(authority)
        second = refresh(authority, first)
        return [token for each in (first, second) for token in (each.access_token, each.refresh_token)]

    assert give(7) == give(7)
    assert give("s") == give("s")
    assert not {*give(7)} & {*give("s")}


def test_the_codes_of_a_seed_do_not_depend_on_the_tokens_that_are_given_meanwhile(clock: Clock) -> None:
    quiet, busy = (Authority(FORMAT, seed=1, clock=clock) for _ in range(2))
    codes = []
    for _ in range(3):
        codes.append(issue(busy))
        refresh(busy, exchange(busy, codes[-1]))
    assert codes == [issue(quiet) for _ in range(3)]


def test_tokens_that_a_seed_gives_again_are_good_though_they_were_used_and_revoked_before(clock: Clock) -> None:
    store = MemoryStore()
    given = []
    for _ in range(2):
        authority = Authority(FORMAT, TOKENS, store=store, seed=1, clock=clock)
        first = exchange(authority)
        second = refresh(authority, first)
        assert good(authority, first, second) == [True, True]
        authority.revoke_tokens(second.access_token, client_id="client")
        given.append([first.access_token, first.refresh_token, second.access_token, second.refresh_token])
    assert given[0] == given[1]


def test_a_code_that_a_seed_makes_again_leaves_nothing_of_what_it_brought_before(clock: Clock) -> None:
    store = MemoryStore()
    tokens = exchange(Authority(FORMAT, TOKENS, store=store, seed=1, clock=clock))
    authority = Authority(FORMAT, TOKENS, store=store, seed=1, clock=clock)
    assert good(authority, tokens) == [True]
    issue(authority)
    assert good(authority, tokens) == [False]
    with pytest.raises(UnknownToken):
        refresh(authority, tokens)


def test_a_refresh_token_gives_others_than_itself_though_a_seed_makes_it_again(clock: Clock) -> None:
    store = MemoryStore()
    first = exchange(Authority(FORMAT, TOKENS, store=store, seed=1, clock=clock))
    authority = Authority(FORMAT, TOKENS, store=store, seed=1, clock=clock)
    second = refresh(authority, first)
    assert not {first.access_token, first.refresh_token} & {second.access_token, second.refresh_token}
    assert good(authority, first, second) == [True, True]
    with pytest.raises(UsedToken):
        refresh(authority, first)


def test_tokens_that_are_somebodys_are_not_given_to_another_though_a_seed_makes_them_again(clock: Clock) -> None:
    store = MemoryStore()
    before = Authority(FORMAT, TOKENS, store=store, seed=1, clock=clock)
    first = exchange(before)
    code = before.issue(app_id="app", user_id="another", scopes=())
    authority = Authority(FORMAT, TOKENS, store=store, seed=1, clock=clock)
    second = exchange(authority, code)
    assert [look_up(authority, each).user_id for each in (first, second)] == ["user", "another"]


def test_a_refresh_token_that_is_revoked_before_it_is_used_up_is_unknown(clock: Clock) -> None:
    class RevokedMeanwhile(MemoryStore):
        def rotate(self, refresh: str, tokens: TokenRecord) -> bool:
            self.revoke_tokens(tokens.code)
            return super().rotate(refresh, tokens)

    authority = Authority(FORMAT, TOKENS, store=RevokedMeanwhile(), clock=clock)
    with pytest.raises(UnknownToken, match="the refresh token was revoked"):
        refresh(authority, exchange(authority))


def test_tokens_that_are_printed_do_not_show_what_they_are(authority: Authority) -> None:
    tokens = exchange(authority)
    assert repr(tokens) == str(tokens) == f"Tokens(record={tokens.record!r})"
    assert f"{tokens.record.access}" in f"{tokens}"
    # What the library rich prints, which knows such classes.
    assert tokens.__rich_repr__() == [("record", tokens.record)]


def test_tokens_do_not_repeat_without_a_seed() -> None:
    authority = Authority(FORMAT)
    given = [exchange(authority) for _ in range(50)]
    assert len({token for each in given for token in (each.access_token, each.refresh_token)}) == 100


# Races.


@pytest.fixture
def _hasty_threads() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


class Meeting(MemoryStore):
    """A store in which nobody spends a code or refresh token before all are about to.

    So each of them has seen it unspent by then, however it looks.
    """

    def __init__(self) -> None:
        super().__init__()
        self.all_are_there = threading.Barrier(1)

    def spend(self, digest: str, tokens: TokenRecord | None = None) -> bool:
        self.all_are_there.wait()
        return super().spend(digest, tokens)

    def rotate(self, refresh: str, tokens: TokenRecord) -> bool:
        self.all_are_there.wait()
        return super().rotate(refresh, tokens)


ResultT = TypeVar("ResultT")


def race(store: Meeting, secrets: Iterable[str], spend: Callable[[str], ResultT]) -> list[tuple[str, ResultT]]:
    """Let sixteen threads spend each of these at the same moment, and return what any of them got for which."""
    # Whoever waits for one that does not come is told.
    store.all_are_there = threading.Barrier(16, timeout=10)

    def run() -> list[tuple[str, ResultT]]:
        got = []
        for secret in secrets:
            with suppress(UsedCode, UsedToken, UnknownToken):
                got.append((secret, spend(secret)))
        return got

    with ThreadPoolExecutor(16) as threads:
        runs = [threads.submit(run) for _ in range(16)]
    return [each for run in runs for each in run.result()]


@pytest.mark.usefixtures("_hasty_threads")
def test_of_sixteen_threads_that_race_for_a_code_exactly_one_wins() -> None:
    authority = Authority(FORMAT, store=(store := Meeting()))
    codes = [issue(authority) for _ in range(500)]
    won = race(store, codes, lambda code: redeemed_again(authority, code))
    assert Counter(code for code, _ in won) == Counter(codes)


@pytest.mark.usefixtures("_hasty_threads")
def test_of_sixteen_threads_that_race_to_exchange_a_code_one_wins_and_the_others_end_what_it_got() -> None:
    authority = Authority(FORMAT, TOKENS, store=(store := Meeting()))
    codes = [issue(authority) for _ in range(2000)]
    won = race(store, codes, lambda code: exchange(authority, code))
    assert Counter(code for code, _ in won) == Counter(codes)
    assert good(authority, *(tokens for _, tokens in won)) == [False] * 2000
    for _, tokens in won:
        with pytest.raises(UnknownToken):
            refresh(authority, tokens)


@pytest.mark.usefixtures("_hasty_threads")
def test_of_sixteen_threads_that_race_to_refresh_one_wins_and_the_others_end_what_it_got() -> None:
    authority = Authority(FORMAT, TOKENS, store=(store := Meeting()))
    given = {(tokens := exchange(authority)).refresh_token: tokens for _ in range(1000)}
    won = race(store, given, lambda token: refresh(authority, given[token]))
    assert Counter(token for token, _ in won) == Counter(given.keys())
    assert good(authority, *given.values(), *(tokens for _, tokens in won)) == [False] * 2000


# All of it, in any order.

PARTIES = st.sampled_from([("app", "client"), ("other", "another")])


class Ledger(RuleBasedStateMachine):
    """An authority beside a model of its rules that is as plain as can be."""

    codes: Bundle[str] = Bundle("codes")
    tokens: Bundle[str] = Bundle("tokens")

    @initialize(ends_access=st.booleans(), extends=st.booleans(), restarts=st.booleans())
    def open(self, ends_access: bool, extends: bool, restarts: bool) -> None:
        self.clock = Clock()
        self.ends_access, self.extends, self.restarts = ends_access, extends, restarts
        self.kept = self.store()
        self.start()
        # What the wallet knows of each code, and of each access token with the refresh token beside it.
        self.known: dict[str, dict[str, Any]] = {}
        self.pairs: list[dict[str, Any]] = []

    def store(self) -> Store:
        return MemoryStore()

    def start(self) -> None:
        format = msgspec.structs.replace(TOKENS, refresh_ends_access=self.ends_access, refresh_extends=self.extends)
        self.authority = Authority(FORMAT, format, store=self.kept, seed=1, clock=self.clock)

    @precondition(lambda self: self.restarts)
    @rule()
    def start_anew(self) -> None:
        """From here on the seed makes the same codes again."""
        self.start()

    def pair_of(self, kind: str, token: str) -> dict[str, Any] | None:
        return next((pair for pair in self.pairs if pair[kind] == token), None)

    def forget(self) -> None:
        long_ago = self.clock.now - TOMBSTONE_SECONDS
        self.pairs = [pair for pair in self.pairs if max(pair["access ends"], pair["refresh ends"]) >= long_ago]
        self.known = {
            code: known for code, known in self.known.items() if max(known["ends"], known["tokens end"]) >= long_ago
        }

    def end_family(self, code: str) -> None:
        for pair in self.pairs:
            pair["revoked"] = pair["revoked"] or pair["code"] == code

    def problem_of_code(self, code: str, app: str) -> type[CodeError] | None:
        known = self.known.get(code)
        if known is None or known["app"] != app:
            return UnknownCode
        if self.clock.now >= known["ends"]:
            return ExpiredCode
        return UsedCode if known["used"] else None

    def problem_of_access(self, token: str, client: str) -> type[TokenError] | None:
        pair = self.pair_of("access", token)
        if pair is None or pair["client"] != client or pair["revoked"] or (self.ends_access and pair["refreshed"]):
            return UnknownToken
        return ExpiredToken if self.clock.now >= pair["access ends"] else None

    def problem_of_refresh(self, token: str, client: str) -> type[TokenError] | None:
        pair = self.pair_of("refresh", token)
        if pair is None or pair["client"] != client or pair["revoked"]:
            return UnknownToken
        if self.clock.now >= pair["refresh ends"]:
            return ExpiredToken
        return UsedToken if pair["refreshed"] else None

    def given(self, tokens: Tokens, code: str, client: str, refresh_ends: float) -> MultipleResults[str]:
        assert not any(
            token in pair.values() for pair in self.pairs for token in (tokens.access_token, tokens.refresh_token)
        )
        self.pairs.append(
            {
                "access": tokens.access_token,
                "refresh": tokens.refresh_token,
                "code": code,
                "client": client,
                "access ends": self.clock.now + 1000,
                "refresh ends": refresh_ends,
                "refreshed": False,
                "revoked": False,
            }
        )
        self.known[code]["tokens end"] = max(self.known[code]["tokens end"], self.clock.now + 1000, refresh_ends)
        return multiple(tokens.access_token, tokens.refresh_token)

    @rule(target=codes, party=PARTIES)
    def issue(self, party: tuple[str, str]) -> str:
        app, _ = party
        code = self.authority.issue(app_id=app, user_id="user", scopes=())
        self.forget()
        assert self.restarts or code not in self.known
        self.pairs = [pair for pair in self.pairs if pair["code"] != code]
        self.known[code] = {"app": app, "ends": self.clock.now + 600, "tokens end": 0, "used": False}
        return code

    @rule(seconds=st.sampled_from([1, 299, 300, 301, 599, 600, 1000, 2000]))
    def time_passes(self, seconds: int) -> None:
        self.clock.now += seconds

    @rule(code=codes | tokens, party=PARTIES)
    def redeem(self, code: str, party: tuple[str, str]) -> None:
        app, _ = party
        problem = self.problem_of_code(code, app)
        if problem is None:
            assert self.authority.redeem(code, app_id=app).app_id == app
            self.known[code]["used"] = True
            return
        with pytest.raises(problem):
            self.authority.redeem(code, app_id=app)
        if problem is not UnknownCode:
            self.end_family(code)

    @rule(target=tokens, code=codes, party=PARTIES)
    def exchange(self, code: str, party: tuple[str, str]) -> MultipleResults[str]:
        app, client = party
        problem = self.problem_of_code(code, app)
        if problem is None:
            tokens = self.authority.exchange(code, app_id=app, client_id=client)
            self.known[code]["used"] = True
            return self.given(tokens, code, client, self.clock.now + 3000)
        with pytest.raises(problem):
            self.authority.exchange(code, app_id=app, client_id=client)
        if problem is not UnknownCode:
            self.end_family(code)
        return multiple()

    @rule(target=tokens, token=codes | tokens, party=PARTIES)
    def refresh(self, token: str, party: tuple[str, str]) -> MultipleResults[str]:
        _, client = party
        self.forget()
        pair = self.pair_of("refresh", token)
        problem = self.problem_of_refresh(token, client)
        if problem is None:
            assert pair
            tokens = self.authority.refresh(token, client_id=client)
            pair["refreshed"] = True
            return self.given(
                tokens, pair["code"], client, self.clock.now + 3000 if self.extends else pair["refresh ends"]
            )
        with pytest.raises(problem):
            self.authority.refresh(token, client_id=client)
        if problem is not UnknownToken and pair and pair["refreshed"]:
            self.end_family(pair["code"])
        return multiple()

    @rule(token=codes | tokens, party=PARTIES)
    def revoke_tokens(self, token: str, party: tuple[str, str]) -> None:
        _, client = party
        problem = self.problem_of_access(token, client)
        if problem is None:
            self.authority.revoke_tokens(token, client_id=client)
            self.end_family(next(pair["code"] for pair in self.pairs if pair["access"] == token))
            return
        with pytest.raises(problem):
            self.authority.revoke_tokens(token, client_id=client)

    @rule(
        secret=codes | tokens,
        app=st.sampled_from([None, "app", "other"]),
        client=st.sampled_from([None, "client", "another"]),
    )
    def expire(self, secret: str, app: str | None, client: str | None) -> None:
        self.authority.expire(secret, app_id=app, client_id=client)
        if secret in self.known and app in (None, self.known[secret]["app"]):
            self.known[secret]["ends"] = min(self.known[secret]["ends"], self.clock.now)
        for pair in self.pairs:
            for kind in ("access", "refresh"):
                if pair[kind] == secret and client in (None, pair["client"]):
                    pair[f"{kind} ends"] = min(pair[f"{kind} ends"], self.clock.now)

    @rule(token=codes | tokens, party=PARTIES)
    def look_up(self, token: str, party: tuple[str, str]) -> None:
        _, client = party
        problem = self.problem_of_access(token, client)
        if problem is not None:
            with pytest.raises(problem):
                self.authority.look_up(token, client_id=client)

    @invariant()
    def what_is_good_is_what_the_rules_say(self) -> None:
        for pair in self.pairs:
            problem: type[BridgeError] | None = None
            try:
                record = self.authority.look_up(pair["access"], client_id=pair["client"])
                assert (record.access_expires_at, record.refresh_expires_at) == (
                    pair["access ends"],
                    pair["refresh ends"],
                )
            except TokenError as error:
                problem = type(error)
            assert problem == self.problem_of_access(pair["access"], pair["client"])
            assert self.authority.origin(pair["refresh"]) == digest(pair["code"])
        for code, known in self.known.items():
            assert self.authority.was_redeemed(code) == known["used"]


class LedgerInFile(Ledger):
    """The same, kept in a file."""

    def store(self) -> Store:
        self.folder = tempfile.TemporaryDirectory()
        self.file = StateFile(Path(self.folder.name) / "state.db")
        return self.file

    def teardown(self) -> None:
        with self.folder, closing(self.file):
            pass


Ledger.TestCase.settings = settings(deadline=None, derandomize=True, max_examples=70, stateful_step_count=50)
LedgerInFile.TestCase.settings = settings(deadline=None, derandomize=True, max_examples=30, stateful_step_count=50)
TestLedger = Ledger.TestCase
TestLedgerInFile = LedgerInFile.TestCase
