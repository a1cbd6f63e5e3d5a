"""What the declared JSAPIs are to people: TypeScript for their editors, and tables to read."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

import msgspec

from bridge.apis import Api
from bridge.defaults import Defaults

__all__ = ["WHO", "listed", "markdown", "one", "typescript", "who"]

WHO = {
    "page, at once": "The page, at once",
    "page": "The page",
    "server": "Python, over HTTP",
    "wallet": "Python, as the wallet would",
    "handler": "Only a handler of yours",
    "event": "Python tells the page",
}
"""Who answers where no handler of the user's own does, in the order of tables."""

_UNDEFINED = " | undefined"
_BY_WALLET = Defaults().names


def who(api: Api) -> str:
    """Return who answers a JSAPI, as a key of `WHO`."""
    if api.event:
        return "event"
    if api.at == "page":
        return "page, at once" if api.sync else "page"
    if api.at == "server":
        return "server"
    return "handler" if api.answer is None and api.name not in _BY_WALLET else "wallet"


def listed(apis: Iterable[Api]) -> str:
    """Return the names for a terminal, under who answers them."""
    paragraphs = []
    for words, names in _by_who(apis):
        lines = textwrap.wrap(" ".join(names), 98, break_on_hyphens=False)
        paragraphs.append("\n".join([f"{words}:", *(f"  {line}" for line in lines)]))
    return "\n\n".join(paragraphs) + "\n"


def one(api: Api) -> str:
    """Return all that is declared of a JSAPI, for a terminal."""
    rows = [("", f"my.{api.name}" if api.on_my else f'my.call("{api.name}", ...)'), ("", api.about), ("", "")]
    rows.append(("who answers", WHO[who(api)]))
    if api.answer:
        rows.append(("the wallet", msgspec.json.encode(api.answer).decode()))
    for name, type in api.params.items():
        rows.append(("takes", f"{name}{'' if name in api.required else '?'}: {type}"))
    rows += [("gives", f"{name}: {type}") for name, type in api.result.items()]
    for field, platforms in api.only.items():
        rows.append(("only in", f"{', '.join(platforms) or 'this bridge'}: {field.partition('.')[2]}"))
    rows += [("fails with", f"{code:>4}  {message}") for code, message in api.errors.items()]
    rows += [("on", ", ".join(api.on)), ("not in", ", ".join(api.lacking)), ("source", api.source)]
    lines, last = [], ""
    for key, value in rows:
        if value or not key:
            lines.append(f"{'' if key == last else key:<12}{value}".rstrip() if key else value)
        last = key
    return "\n".join(lines) + "\n"


def markdown(apis: Iterable[Api]) -> str:
    """Return the names as a table in Markdown."""
    rows = [f"| {words} | {', '.join(f'`{name}`' for name in names)} |" for words, names in _by_who(apis)]
    return "\n".join(["| Who answers | `my.` |", "| --- | --- |", *rows]) + "\n"


def _by_who(apis: Iterable[Api]) -> Iterator[tuple[str, list[str]]]:
    apis = [api for api in apis if api.on_my]
    for key, words in WHO.items():
        if names := [api.name for api in apis if who(api) == key]:
            yield words, names


def typescript(apis: Iterable[Api]) -> str:
    """Return the members of the interface `bridge.My`."""
    return "".join(f"{line}\n" for api in apis if api.on_my for line in _member(api))


def _member(api: Api) -> Iterator[str]:
    yield f"    /** {api.about} {{@link {api.source}}} */"
    if api.event and not api.off:
        # Nothing ends it but another assignment.
        heard = _fields(api.result) if api.result else "Fields"
        yield f"    get {api.name}(): Listen<{heard}>;"
        yield f"    set {api.name}(listener: (res: {heard}) => void);"
    elif api.event:
        for name in api.names:
            yield f"    {name}: {'Listen' if name == api.name else 'Unlisten'}<{_fields(api.result)}>;"
    elif api.sync:
        arguments = api.takes or (f"options{'' if api.required else '?'}: {_fields(api.params, api.required)}")
        takes = arguments if api.takes or api.params else ""
        yield f"    {api.name}: ({takes}) => {api.returns or _fields(api.result)};"
    elif api.scopes:
        yield f"    {api.name}: Authorize;"
    else:
        kind = "Task" if api.at == "server" else "Api"
        yield f"    {api.name}: {kind}<{_fields(api.params, api.required)}, {_fields(api.result)}>;"


def _fields(fields: dict[str, str], required: Iterable[str] | None = None) -> str:
    """Return an object type: of parameters, or of a result, which has every field unless its type says otherwise."""
    members = []
    for name, type in fields.items():
        optional = type.endswith(_UNDEFINED) if required is None else name not in required
        members.append(f"{name}{'?' if optional else ''}: {type.removesuffix(_UNDEFINED)}")
    return f"{{ {'; '.join(members)} }}" if members else "{}"
