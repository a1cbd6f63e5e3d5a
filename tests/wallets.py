"""Wallets and calls for unit tests."""

from __future__ import annotations

from typing import Any

from bridge import Call, Page, Profile, User, profiles, users
from bridge.authority import Authority
from bridge.store import Store
from bridge.users import Users
from bridge.wallet import ConsentPolicy, Wallet

__all__ = ["AMARA", "BAYU", "CODE", "PAGE", "PROFILE", "call", "wallet"]

PROFILE = profiles.load("alipay-plus")
AMARA, BAYU, *_ = users.built_in()
PAGE = Page(id="k3j9x2", url="http://127.0.0.1:8765/")

CODE = Authority(PROFILE.code, seed=1).issue(app_id="app", user_id="", scopes=())
"""The first code of every `wallet()`."""


def wallet(
    *, profile: Profile = PROFILE, consent: ConsentPolicy = "allow", user: User = AMARA, store: Store | None = None
) -> Wallet:
    authority = Authority(profile.code, seed=1, store=store)
    return Wallet(profile, authority, users=Users(users.built_in()), user=user, app_id="app", consent=consent)


def call(*scopes: str, api: str = "getAuthCode", page: Page = PAGE, profile: Profile = PROFILE, **params: Any) -> Call:
    return Call(api=api, params=params, scopes=scopes, page=page, app_id="app", user=AMARA, profile=profile)
