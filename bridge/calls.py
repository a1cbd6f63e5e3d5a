"""What a handler receives, and which callbacks of the page ran in the end."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

__all__ = ["Call", "Callback", "Page"]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One loaded document. A reload is another page; two tabs are two pages; an iframe is a page of its own."""

    id: str
    url: str
    framed: bool = False


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call of a JSAPI by a page."""

    api: str
    """The JSAPI's name without `my.`, such as "getAuthCode"."""
    params: dict[str, Any]
    """The options as the page sent them; functions do not travel."""
    scopes: tuple[str, ...] = ()
    """The scopes that getAuthCode asks for, as the profile understands `params["scopes"]`; () for other JSAPIs."""
    page: Page
    app_id: str
    user_id: str


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """One of the page's callbacks that ran."""

    name: Literal["success", "fail", "complete", "callback"]
    """"callback" is the one that is given as the second argument."""
    error: str | None = None
    """What it threw, with the stack where the browser gives one, or None."""
