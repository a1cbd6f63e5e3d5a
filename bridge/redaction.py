"""Takes what is worth something to a thief out of what is written down: codes, tokens, passwords."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, TypeVar

import msgspec

from bridge.outcomes import Outcome

__all__ = ["MIN_CODE", "REDACTED", "redact", "redact_outcome"]

OutcomeT = TypeVar("OutcomeT", bound=Outcome)

REDACTED = "<redacted>"

MIN_CODE = 8
"""A shorter code is not the wallet's but a word that a test made up, which may be part of any other."""

MAX_DEPTH = 100
"""A page can nest what it sends deeper than Python can follow."""

_SECRET = re.compile(
    r"auth_?code|token|password|passwd|secret|signature|^sign$|session|cookie|authorization|api_?key|credential|^pin$|^otp$",
    re.IGNORECASE,
)


def redact(value: Any, codes: Collection[str] = (), *, depth: int = MAX_DEPTH) -> Any:
    """Return a copy of a JSON value without its secrets.

    Args:
        value: What JSON can express.
        codes: Authorization codes, which are replaced wherever a text contains one.
        depth: What is nested deeper is replaced whole.

    Texts and numbers are replaced whole in every member whose name sounds like a secret, and in an array that is one.
    """
    return _redact(value, codes, depth, secret=False)


def _redact(value: Any, codes: Collection[str], depth: int, *, secret: bool) -> Any:
    match value:
        case dict() | list() | tuple() if not depth:
            return REDACTED
        case dict():
            return {
                name: _redact(member, codes, depth - 1, secret=_SECRET.search(name) is not None)
                for name, member in value.items()
            }
        case list() | tuple():
            return [_redact(member, codes, depth - 1, secret=secret) for member in value]
        case str() | int() | float() if secret and not isinstance(value, bool):
            return REDACTED
        case str():
            for code in codes:
                if len(code) >= MIN_CODE:
                    value = value.replace(code, REDACTED)
    return value


def redact_outcome(outcome: OutcomeT, codes: Collection[str] = ()) -> OutcomeT:
    """Return an outcome whose payloads hold no secrets."""
    # Not the scopes of a grant, whatever their names sound like.
    fields = {
        name: redact_outcome(value, codes) if isinstance(value, Outcome) else redact(value, codes)
        for name, value in msgspec.structs.asdict(outcome).items()
        if name in ("payload", "outcome", "first", "second", "during", "after")
    }
    return msgspec.structs.replace(outcome, **fields)
