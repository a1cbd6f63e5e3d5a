"""The wire: JSON-RPC 2.0 (https://www.jsonrpc.org/specification) in text frames, both ways, batches included.

Decoding never raises: what is wrong becomes an `Invalid` that holds the response it earns. Nothing here knows what a
method does.

The page speaks first, with who it is; its first calls may follow in the same frame:

    {"jsonrpc": "2.0", "id": 0, "method": "bridge.hello",
     "params": {"protocol": 3, "page": "k3j9x2", "url": "http://127.0.0.1:8765/", "framed": false}}
    {"jsonrpc": "2.0", "id": 0, "result": {"protocol": 3, "user": "2088..."}}

Then each call of a JSAPI is a request whose method is the JSAPI's name. Whatever the handler decides, a refusal too, is
its result; errors mean that the message itself was wrong:

    {"jsonrpc": "2.0", "id": 1, "method": "getAuthCode", "params": {"scopes": ["auth_base"]}}
    {"jsonrpc": "2.0", "id": 1, "result": {"callback": "success", "payload": {"authCode": "2810..."}}}

When the page's callbacks have run it says so; what each of them threw is in it, if it threw:

    {"jsonrpc": "2.0", "method": "bridge.ran", "params": {"id": 1, "callback": "success", "ran": ["", "", null, ""]}}

The server asks, too: for the user's consent, with a sheet that the page draws over itself. What it no longer wants to
know, it withdraws:

    {"jsonrpc": "2.0", "id": 1, "method": "bridge.ask", "params": {"sheet": "consent", "scopes": [...], "users": [...]}}
    {"jsonrpc": "2.0", "id": 1, "result": {"action": "allow", "user": "2088...", "scopes": ["USER_NAME"]}}
    {"jsonrpc": "2.0", "method": "bridge.withdraw", "params": {"id": 1}}

Some APIs the page answers itself: a part of `my.js` does, and `bridge.ran` then says what it found:

    {"jsonrpc": "2.0", "id": 2, "result": {"callback": "page", "part": "storage.js", "payload": null}}

A mini program is one document with many pages. It says which one is shown, and what is wrong with it:

    {"jsonrpc": "2.0", "method": "bridge.moved", "params": {"url": "http://127.0.0.1:8765/#/pages/index/index"}}
    {"jsonrpc": "2.0", "method": "bridge.problem",
     "params": {"kind": "tag", "message": "...", "file": "pages/index/index.axml", "line": 3, "column": 5}}

Python drops a connection with the close code 1011, and a reason that begins with the id of the last call that came in,
"7 was the last call". What the page sent later is not lost: it is sent again, or answered by the page.

Two points where the specification leaves room. The calls of one batch are answered one by one, each as soon as it is
decided: a call that waits for its user must not hold up the others of its frame. And a JSAPI sent as a notification
does nothing, because there is nobody to tell the outcome.
"""

from __future__ import annotations

import re
from typing import Any, Literal, TypeAlias

import msgspec

__all__ = [
    "BAD_PROTOCOL",
    "DUPLICATE_ID",
    "INVALID_PARAMS",
    "INVALID_REQUEST",
    "MAX_MESSAGE_BYTES",
    "METHOD_NOT_FOUND",
    "NOT_INTRODUCED",
    "PARSE_ERROR",
    "PROTOCOL_VERSION",
    "TOO_MANY_CALLS",
    "Abort",
    "Answer",
    "App",
    "Ask",
    "AskedScope",
    "Choice",
    "Event",
    "Hello",
    "Id",
    "Incoming",
    "Invalid",
    "LoggedIn",
    "Moved",
    "Notification",
    "Person",
    "Piece",
    "Problem",
    "Ran",
    "Read",
    "Request",
    "Response",
    "RpcError",
    "Welcome",
    "Withdraw",
    "decode",
    "encode",
    "read_json",
    "refusal",
]

PROTOCOL_VERSION = 3
"""Raised by every change that makes an old `my.js` and a new server, or the reverse, misunderstand each other."""

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
"""A longer message ends its connection."""

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
# The specification leaves -32000 to -32099 to the implementation.
NOT_INTRODUCED = -32000
BAD_PROTOCOL = -32001
DUPLICATE_ID = -32002
TOO_MANY_CALLS = -32003

_ESCAPE = re.compile(
    r"\\(?:u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}|(?P<half>u[Dd][89A-Fa-f][0-9A-Fa-f]{2})|.)",
    re.DOTALL,
)

Id: TypeAlias = str | int | float | None


class RpcError(msgspec.Struct, frozen=True):
    """Why a message was wrong."""

    code: int
    message: str


class Request(msgspec.Struct, frozen=True, kw_only=True, tag_field="jsonrpc", tag="2.0"):
    """A call that wants an answer."""

    id: Id
    method: str
    params: dict[str, Any] | list[Any] | msgspec.UnsetType = msgspec.UNSET


class Notification(msgspec.Struct, frozen=True, kw_only=True, tag_field="jsonrpc", tag="2.0"):
    """A call that wants none, and gets none, not even when it is wrong."""

    method: str
    params: dict[str, Any] | list[Any] | msgspec.UnsetType = msgspec.UNSET


class Response(msgspec.Struct, frozen=True, kw_only=True, tag_field="jsonrpc", tag="2.0"):
    """An answer: `result` or `error`, never both."""

    id: Id
    result: Any = msgspec.UNSET
    error: RpcError | msgspec.UnsetType = msgspec.UNSET


class Invalid(msgspec.Struct, frozen=True):
    """A message that is none, with the response that the specification wants for it."""

    response: Response


class Incoming(msgspec.Struct, frozen=True):
    """The messages of one frame."""

    messages: tuple[Request | Notification | Response | Invalid, ...]
    batch: bool = False


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """Params of `bridge.hello`: the page introduces itself."""

    protocol: int
    page: str
    url: str
    framed: bool = False
    user: str | None = None
    """The id of the user who was chosen in this tab before."""


class Welcome(msgspec.Struct, frozen=True, kw_only=True):
    """Result of `bridge.hello`."""

    protocol: int
    user: str
    """The id of the user who is logged in on the page."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Result of a JSAPI call: which callback runs, with what, and a remark for the page's console."""

    callback: Literal["success", "fail", "page"]
    """"page": the page answers itself, with a part of `my.js` to which the payload goes."""
    payload: Any
    part: str | None = None
    """Which file that is."""
    remark: str | None = None
    again: bool = False
    """The call stays open for one more answer."""


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """Params of `bridge.ran`: the page has run the callbacks of a call that it had sent."""

    id: Id
    callback: Literal["success", "fail"]
    ran: list[str | None]
    """For `success` or `fail`, then `complete`, then the positional callback: None where there is none, "" where it ran
    well, otherwise what it threw. The promise comes last."""
    payload: Any = msgspec.UNSET
    """What they got, where the page has answered itself."""


class Abort(msgspec.Struct, frozen=True, kw_only=True):
    """Params of `bridge.abort`: the page does not want to know the outcome of a call any more, and has run `fail`."""

    id: Id


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Params of `bridge.event`: something has happened that the page may listen to."""

    event: str
    """Without "on", such as "accelerometerChange"."""
    data: Any


class LoggedIn(msgspec.Struct, frozen=True, kw_only=True):
    """Params of `bridge.user`: somebody else is logged in on the page now."""

    user: str


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """Params of `bridge.moved`: the document shows another page, and so has another address."""

    url: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that is wrong with a mini program: params of `bridge.problem`. `str()` says where, and what."""

    kind: Literal["folder", "template", "tag", "api", "module", "style", "script"]
    message: str
    """What is wrong, and what to do."""
    file: str | None = None
    """The source, by its path in the folder."""
    line: int | None = None
    """Lines and columns count from 1."""
    column: int | None = None
    page: str | None = None
    """The page that was shown when it was noticed, such as "pages/index/index"."""
    fatal: bool = False
    """Nothing of the mini program can be shown."""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return f"{place}: {self.message}" if place else self.message


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """Params of `bridge.read`: the page is to send a piece of one of its files, and answers with a `Piece`."""

    path: str
    start: int


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """Result of `bridge.read`."""

    data: bytes
    """Base64 on the wire."""
    size: int
    """Of the whole file, in bytes."""
    type: str
    """The media type, or ""."""
    name: str
    """The file's name, or ""."""


class App(msgspec.Struct, frozen=True, kw_only=True):
    """The mini program that asks."""

    id: str
    name: str
    """Or "" for the title of the page."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Someone who can answer, and what they have still to be asked for."""

    id: str
    nickname: str
    login_id: str = msgspec.field(name="loginId")
    scopes: tuple[str, ...]


class AskedScope(msgspec.Struct, frozen=True, kw_only=True):
    """A scope, in the words of the profile."""

    name: str
    description: str


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Params of `bridge.ask`: the page draws the sheet, and answers with a `Choice`."""

    sheet: Literal["consent"] = "consent"
    app: App
    wallet: str
    """Whose sheet it is."""
    user: str
    """The id of the user who is logged in."""
    users: list[Person]
    scopes: list[AskedScope]


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Result of `bridge.ask`: what the user has chosen."""

    action: Literal["allow", "deny", "dismiss"]
    user: str
    """The id of the one who answered."""
    scopes: list[str]
    """What is allowed."""


class Withdraw(msgspec.Struct, frozen=True, kw_only=True):
    """Params of `bridge.withdraw`: nobody wants to know any more."""

    id: int


def refusal(id: Id, code: int, message: str) -> Response:
    """Return the response that says what is wrong with the request `id`."""
    return Response(id=id, error=RpcError(code, message))


def encode(messages: Request | Notification | Response | list[Response]) -> str:
    """Return the text of one frame."""
    return msgspec.json.encode(messages).decode()


def decode(data: str | bytes) -> Incoming:
    """Take one frame apart."""
    if isinstance(data, bytes):
        return _unreadable("this is a binary frame; messages travel in text frames")
    try:
        tree = read_json(data)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        return _unreadable(f"this is not JSON: {error}")
    if not isinstance(tree, list):
        return Incoming((_decode_one(tree),))
    if not tree:
        return Incoming((Invalid(refusal(None, INVALID_REQUEST, "a batch holds at least one message")),))
    return Incoming(tuple(_decode_one(item) for item in tree), batch=True)


def read_json(text: str) -> Any:
    """Return the value of a JSON text, in which half a surrogate pair is replaced as browsers do when they encode text.

    Whoever cuts a text within an emoji sends such a half. It is JSON, but msgspec refuses it.

    Raises:
        ValueError: It is not JSON.
        RecursionError: It is nested deeper than Python can follow.
    """
    return msgspec.json.decode(_ESCAPE.sub(_well_formed, text) if "\\ud" in text.lower() else text)


def _well_formed(escape: re.Match[str]) -> str:
    return r"\ufffd" if escape["half"] else escape[0]


def _unreadable(message: str) -> Incoming:
    return Incoming((Invalid(refusal(None, PARSE_ERROR, message)),))


def _decode_one(item: Any) -> Request | Notification | Response | Invalid:
    if not isinstance(item, dict):
        return Invalid(refusal(None, INVALID_REQUEST, "a message is an object"))
    kind: type[Request] | type[Notification] | type[Response]
    if "method" not in item and ("result" in item) != ("error" in item):
        kind = Response
    else:
        kind = Request if "id" in item else Notification
    if "jsonrpc" not in item:
        return _invalid(item, 'the member "jsonrpc" is missing')
    try:
        return msgspec.convert(item, kind)
    except msgspec.ValidationError as error:
        return _invalid(item, str(error))


def _invalid(item: dict[str, Any], message: str) -> Invalid:
    id = item.get("id")
    # What looks like a response gets no id back: the page could take it for the answer to a call of its own.
    response = "method" not in item and ("result" in item or "error" in item)
    if response or isinstance(id, bool) or not isinstance(id, str | int | float):
        id = None
    return Invalid(refusal(id, INVALID_REQUEST, message))
