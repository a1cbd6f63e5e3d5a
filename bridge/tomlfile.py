"""Reads TOML files that users write, and says where they are wrong: file, line and key."""

from __future__ import annotations

import re
import tomllib
from typing import TypeVar

import msgspec

__all__ = ["TomlError", "decode", "line_of"]

T = TypeVar("T")

_WHERE = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_FIELD = re.compile(r"^Object (?:contains unknown|missing required) field `(?P<field>[^`]+)`")
_HEADER = re.compile(r"^\s*(?P<open>\[\[?)\s*(?P<name>[^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*(?P<key>[A-Za-z0-9_."'-]+(?:\s*\.\s*[A-Za-z0-9_."'-]+)*)\s*=""")


class TomlError(ValueError):
    """A TOML file is wrong. `str()` gives "line N: key: what is wrong"."""

    def __init__(self, problem: str, *, line: int | None, key: str = "") -> None:
        self.problem = problem
        self.line = line
        self.key = key
        where = [f"line {line}" if line is not None else "", key]
        super().__init__(": ".join(part for part in [*where, problem] if part))


def decode(text: str, type: type[T]) -> T:
    """Decode `text` into a msgspec struct.

    Raises:
        TomlError: The text is not TOML, or does not fit the struct.
    """
    try:
        tree = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # Not only TOMLDecodeError: a number too long or tables too deep are refused by Python itself.
        problem, _, position = str(error).rpartition(" (at ")
        place = re.match(r"line (\d+)", position)
        raise TomlError(problem or str(error), line=int(place[1]) if place else text.count("\n") + 1) from error
    try:
        return msgspec.convert(tree, type)
    except msgspec.ValidationError as error:
        problem = str(error)
        path = ""
        if where := _WHERE.search(problem):
            path, problem = where["path"], problem[: where.start()]
        if field := _FIELD.match(problem):
            path += f".{field['field']}"
            problem = "unknown key" if "unknown" in problem else "this key is missing"
        path = path.removeprefix(".")
        raise TomlError(problem, line=line_of(text, path), key=path) from error


def line_of(text: str, path: str) -> int:
    """Return the line, counted from 1, on which the key at `path` stands, or the nearest thing around it.

    `path` is written as msgspec writes it: `errors.invalid.code`, `scope[3].name`.
    """
    lines: dict[str, int] = {"": 1}
    tables: dict[str, int] = {}
    prefix = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if header := _HEADER.match(line):
            prefix = _unquoted(header["name"])
            # A table within an array is one of its last element.
            outer, dot, inner = prefix.partition(".")
            if dot and outer in tables:
                prefix = f"{outer}[{tables[outer]}].{inner}"
            if header["open"] == "[[":
                index = tables[prefix] = tables.get(prefix, -1) + 1
                prefix = f"{prefix}[{index}]"
            lines.setdefault(prefix, number)
        elif key := _KEY.match(line):
            name = _unquoted(key["key"])
            lines.setdefault(f"{prefix}.{name}".removeprefix("."), number)
    while path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines[path]


def _unquoted(name: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in name.split("."))
