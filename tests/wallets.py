"""Calls for unit tests."""

from __future__ import annotations

from typing import Any

from bridge import Call, Page, profiles

__all__ = ["PAGE", "PROFILE", "call"]

PROFILE = profiles.load("alipay-plus")
PAGE = Page(id="k3j9x2", url="http://127.0.0.1:8765/")


def call(*scopes: str, api: str = "getAuthCode", **params: Any) -> Call:
    """Return a call of a page."""
    return Call(api=api, params=params, scopes=scopes, page=PAGE, app_id="app", user_id="user")
