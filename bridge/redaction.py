"""Takes what is worth something to a thief out of what is written down: codes, tokens, passwords.

What is secret is told from its name: that of a member, of a header, of a field in a form or in the query of an address.
So a text that only its reader knows to be secret, such as a number on the clipboard, stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, TypeVar

import msgspec

from bridge.messages import read_json
from bridge.outcomes import Outcome

__all__ = [
    "MIN_CODE",
    "REDACTED",
    "change_payloads",
    "cut",
    "cut_path",
    "is_secret",
    "quoted",
    "redact",
    "redact_outcome",
    "redact_text",
    "shortened",
]

OutcomeT = TypeVar("OutcomeT", bound=Outcome)

REDACTED = "<redacted>"

MIN_CODE = 8
"""A shorter code is not the wallet's but a word that a test made up, which may be part of any other."""

MAX_DEPTH = 100
"""A page can nest what it sends deeper than Python can follow."""

_SECRET = re.compile(
    "auth[-_]?code|token|password|passwd|secret|signature|^sign$|session|cookie|authorization|credential|^pin$|^otp$"
    "|(?:api|access|private)[-_]?key",
    re.IGNORECASE,
)

# A name and its value in a form, or in the query or fragment of an address.
_FIELD = re.compile(r"""((?:^|[?&#])([^=&#?\s"'<>]{1,80})=)[^&#\s"'<>]+""")

# Who asks, and with which password, in an address.
_USERINFO = re.compile(r"""(?<=://)[^\s/?#"'<>]+@""")

_JSON = re.compile(r"\s*[\[{]")


def is_secret(name: str) -> bool:
    """Tell whether what has this name sounds like a secret."""
    return _SECRET.search(name) is not None


def shortened(secret: str) -> str:
    """Return a code or token as it may be named: its first and last four characters."""
    return printable(f"{secret[:4]}...{secret[-4:]}" if len(secret) > 12 else "...")


def printable(text: str) -> str:
    """Return a text of somebody else in one line, with nothing in it that a terminal would obey."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


def cut(text: str) -> str:
    """Return a piece of a request of which only the beginning is left if it may be a code or token in a wrong place."""
    return printable(_beginning(text))


def cut_path(path: str) -> str:
    """Return a path as `cut` does, name by name."""
    return "/".join(map(cut, path.split("/")))


def quoted(text: str) -> str:
    """Return a piece of a request as `cut` does, in quotation marks."""
    return repr(_beginning(text))


def _beginning(text: str) -> str:
    secret = len(text) > 20 or (len(text) > 12 and any(character.isdigit() for character in text))
    return f"{text[:8]}..." if secret else text


def redact(value: Any, codes: Collection[str] = (), *, depth: int = MAX_DEPTH) -> Any:
    """Return a copy of a JSON value without its secrets.

    Args:
        value: What JSON can express.
        codes: Authorization codes, which are replaced wherever a text contains one.
        depth: What is nested deeper is replaced whole.

    Texts and numbers are replaced whole in every member whose name sounds like a secret, and in an array that is one.
    So is `data` beside a `key` that does, as for setStorage. Other texts are cleaned as by `redact_text`, or, where one
    is JSON itself, as its value.
    """
    return _redact(value, codes, depth, secret=False)


def redact_text(text: str, codes: Collection[str] = ()) -> str:
    """Return a text without the secrets in the forms and addresses that it holds, and without codes as in `redact`."""
    text = _USERINFO.sub(f"{REDACTED}@", text)
    text = _FIELD.sub(lambda field: field[1] + REDACTED if is_secret(field[2]) else field[0], text)
    for code in codes:
        if len(code) >= MIN_CODE:
            text = text.replace(code, REDACTED)
    return text


def _redact(value: Any, codes: Collection[str], depth: int, *, secret: bool) -> Any:
    match value:
        case dict() | list() | tuple() if depth <= 0:
            return REDACTED
        case dict():
            stored = isinstance(value.get("key"), str) and is_secret(value["key"])
            return {
                name: REDACTED
                if stored and name == "data"
                else _redact(member, codes, depth - 1, secret=is_secret(name))
                for name, member in value.items()
            }
        case list() | tuple():
            return [_redact(member, codes, depth - 1, secret=secret) for member in value]
        case str() | int() | float() if secret and not isinstance(value, bool):
            return REDACTED
        case str():
            return _redact_json(value, codes, depth) or redact_text(value, codes)
    return value


def _redact_json(text: str, codes: Collection[str], depth: int) -> str | None:
    """Return a text that is JSON without the secrets in its value; None where it is not, or has none."""
    if not _JSON.match(text):
        return None
    try:
        value = read_json(text)
    except (ValueError, RecursionError):
        return None
    redacted = _redact(value, codes, depth - 1, secret=False)
    return None if redacted == value else msgspec.json.encode(redacted).decode()


def redact_outcome(outcome: OutcomeT, codes: Collection[str] = ()) -> OutcomeT:
    """Return an outcome whose payloads hold no secrets."""
    return change_payloads(outcome, lambda payload: redact(payload, codes))


def change_payloads(outcome: OutcomeT, change: Callable[[Any], Any]) -> OutcomeT:
    """Return an outcome with other payloads: what `change` makes of each."""
    fields = {
        name: change(value) if name == "payload" else change_payloads(value, change)
        for name, value in msgspec.structs.asdict(outcome).items()
        if name == "payload" or isinstance(value, Outcome)
    }
    return msgspec.structs.replace(outcome, **fields)
