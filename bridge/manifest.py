"""What `my.js` knows of its wallet before the first script of a page runs, and long before it can ask."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

from bridge.apis import PLATFORMS, Api, Platform
from bridge.calls import ending
from bridge.payloads import COMMON, error_payload
from bridge.profiles import Profile
from bridge.users import User

__all__ = ["at_once", "manifest"]

SDK_VERSION = "2.8.0"
"""Of the platform's library that `my` stands in for."""

CLIENT_VERSION = "10.5.0"
"""Of the wallet."""

_OPTION = re.compile(r"'([^']*)'|(?<!\w)(\d+)(?!\w)|(\w+)\??:")
"""A value that a parameter takes, or a field of it, in the notation of the declarations."""


def manifest(
    profile: Profile,
    *,
    app_id: str,
    app_name: str,
    users: Iterable[User],
    user_id: str,
    log_ins: Iterable[tuple[str | re.Pattern[str], str]] = (),
) -> dict[str, Any]:
    """Return it, in the shape that `my.js` expects, `wire.Host` in its types.

    Args:
        profile: The platform dialect.
        app_id: The mini program's id.
        app_name: What its users call it, or "".
        users: Who can be logged in.
        user_id: Who is, as far as is known before the page has introduced itself.
        log_ins: Who is on some pages only: their addresses, as for `Page.is_at`, and the user's id. The first counts.
    """
    apis = profile.apis()
    errors = profile.errors
    return {
        "platform": profile.platform,
        "app": app_id,
        "name": app_name,
        "nicknames": {user.id: user.nickname for user in users},
        "user": user_id,
        "logIns": [_log_in(where, id) for where, id in log_ins],
        "version": SDK_VERSION,
        "clientVersion": CLIENT_VERSION,
        "failures": {
            "lost": error_payload(errors.network),
            "unsent": error_payload(errors.invalid),
            **{name: error_payload(error) for name, error in COMMON.items()},
        },
        "apis": _by_place([api for api in apis if api.on_my and not api.sync and not api.event]),
        "sync": _by_place([api for api in apis if api.sync]),
        "events": [[api.event_name, *api.names] for api in apis if api.event],
        "uses": {api.name: [_options(api, kind, profile.platform) for kind in ("params", "result")] for api in apis},
    }


def at_once(profile: Profile) -> list[str]:
    """Return the parts of `my.js` that must be there before the first script of a page runs."""
    # What a page stores must not wait for a part to be loaded either: the page may be left meanwhile.
    return sorted({"storage.js", "system.js", *(api.part for api in profile.apis() if api.sync)})


def _log_in(where: str | re.Pattern[str], user_id: str) -> dict[str, str | None]:
    if isinstance(where, str):
        return {"end": ending(where), "user": user_id}
    # JavaScript refuses most of what it does not know. These it would read, and as something else.
    is_python = where.flags & ~(re.IGNORECASE | re.UNICODE) or re.search(r"\\[AZ]", where.pattern)
    flags = "i" if where.flags & re.IGNORECASE else ""
    return {"part": None if is_python else where.pattern, "flags": flags, "user": user_id}


def _by_place(apis: list[Api]) -> list[tuple[str, str]]:
    """Return names of APIs, separated by spaces, by who answers: a part of `my.js`, "server" or "handler"."""
    places: dict[str, list[str]] = {}
    for api in apis:
        places.setdefault(api.part or api.at, []).append(api.name)
    return [(place, " ".join(names)) for place, names in places.items()]


def _options(api: Api, kind: Literal["params", "result"], platform: Platform) -> str:
    """Return what `canIUse` is asked about: "url;method|GET|POST" for two fields, of which one takes two values."""
    fields: dict[str, str] = getattr(api, kind)

    def is_there(name: str) -> bool:
        return platform in api.only.get(f"{kind}.{name}", PLATFORMS)

    return ";".join(
        "|".join([name, *(option for option in map("".join, _OPTION.findall(type)) if is_there(f"{name}.{option}"))])
        for name, type in fields.items()
        if is_there(name)
    )
