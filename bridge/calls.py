"""What a handler receives, and what is left when a call is over."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["Call", "Page", "Settled"]


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


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """How a call ended. `str()` gives the line of the log, with the code shortened."""

    api: str
    scopes: tuple[str, ...]
    summary: str
    seconds: float

    def __str__(self) -> str:
        scopes = ",".join(self.scopes) or "-"
        return f"{self.api}  {scopes}  {self.summary}  {self.seconds * 1000:.0f} ms"
