"""What a page asks of the network: its call of request, httpRequest, uploadFile or downloadFile as a request of HTTP.

Facts are from https://opendocs.alipay.com/mini/api/owycmh (request), /kmq4hc (uploadFile) and /xr054r (downloadFile),
whose text of 2022 is public in https://github.com/AlipayDocs/open-docs; from
https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_network_request, and from the types @mini-types/my.
"""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from bridge.apis import PLATFORMS, Platform, declared
from bridge.calls import Call, PageFile
from bridge.hosts import is_web

__all__ = [
    "FILE_TIMEOUT",
    "REQUEST_TIMEOUT",
    "InvalidParameters",
    "bare",
    "data_type_of",
    "download_of",
    "in_china",
    "remarks",
    "request_of",
    "short",
    "timeout_of",
    "upload_of",
]

REQUEST_TIMEOUT = 30_000
FILE_TIMEOUT = 60_000
MAX_TIMEOUT = 600_000
MAX_CHINESE_TIMEOUT = 60_000
"""Milliseconds, as a page gives them. Only China's documentation has a limit."""


def _options(api: str, param: str, platform: Platform | None = None) -> list[str]:
    """Return the texts that a parameter takes by the documentation: all, or those of one platform."""
    declaration = declared()[api]
    return sorted(
        option
        for option in re.findall(r"'([^']*)'", declaration.params[param])
        if platform is None or platform in declaration.only.get(f"params.{param}.{option}", PLATFORMS)
    )


_METHODS = [method for method in _options("request", "method") if method != "CONNECT"]
_DATA_TYPES = _options("request", "dataType")

# A header of the page's that would change what the connection means, or who asks. The platform says so of Referer only;
# of the others no HTTP stack leaves the choice.
_OWN_HEADERS = frozenset(
    """
    accept-encoding connection content-length expect host keep-alive proxy-authorization proxy-connection referer te
    trailer transfer-encoding upgrade
    """.split()
)
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")

_FORM = "application/x-www-form-urlencoded"
_BYTES = "application/octet-stream"


class InvalidParameters(ValueError):
    """The page's parameters are wrong. `str()` says what is right."""


def request_of(call: Call) -> httpx.Request:
    """Return what request or httpRequest sends. An ArrayBuffer as `data` arrives as `{"$arraybuffer": base64}`.

    Raises:
        InvalidParameters: The page's parameters are wrong.
    """
    method, url, headers, data = _method(call), _address(call), _headers(call), _data(call)
    usual = _FORM if call.api == "httpRequest" else "application/json"
    kind = headers.setdefault("Content-Type", _BYTES if isinstance(data, bytes) else usual)
    if data is None:
        return httpx.Request(method, url, headers=headers)
    if method in ("GET", "HEAD"):
        query = quote(data, safe="!$%&'()*+,/:;=?@[]~") if isinstance(data, str) else _pairs(data)
        try:
            url = url.copy_with(query=b"&".join(part for part in (url.query, query.encode()) if part))
        except httpx.InvalidURL as problem:
            raise InvalidParameters(f"data does not fit into a URL: {problem}") from problem
        return httpx.Request(method, url, headers=headers)
    if isinstance(data, bytes):
        content = data
    elif isinstance(data, str):
        content = data.encode()
    elif kind.lower().startswith(_FORM):
        content = _pairs(data).encode()
    elif isinstance(data, dict | list):
        content = msgspec.json.encode(data)
    else:
        raise InvalidParameters(f"data is an object or a text, not {_kind(data)}")
    return httpx.Request(method, url, headers=headers, content=content)


def upload_of(call: Call, file: PageFile) -> httpx.Request:
    """Return what uploadFile sends.

    Args:
        call: The page's call.
        file: What its `filePath` names.

    Raises:
        InvalidParameters: The page's parameters are wrong.
    """
    path = call.params.get("filePath")
    # `name` in China, where `fileName` is its older name.
    field = call.params.get("name") or call.params.get("fileName")
    if not isinstance(path, str) or not path:
        raise InvalidParameters("filePath is the path of a file, such as one of the apFilePaths of chooseImage")
    if not isinstance(field, str) or not field:
        raise InvalidParameters("fileName, or name, is the key under which the server finds the file")
    fields = call.params.get("formData") or {}
    if not isinstance(fields, dict):
        raise InvalidParameters(f"formData is an object of texts, not {_kind(fields)}")
    headers = _headers(call)
    # Only who writes the body knows how its parts are told apart.
    headers.pop("Content-Type", None)
    return httpx.Request(
        "POST",
        _address(call),
        headers=headers,
        data={key: _text(value) for key, value in fields.items()},
        files={field: (_file_name(path, file), file.content, file.media_type or _BYTES)},
    )


def download_of(call: Call) -> httpx.Request:
    """Return what downloadFile sends.

    Raises:
        InvalidParameters: The page's parameters are wrong.
    """
    return httpx.Request("GET", _address(call), headers=_headers(call))


def timeout_of(call: Call, default: int) -> float:
    """Return after how many milliseconds a call fails. 0 is no time to do anything in, and means the default.

    Raises:
        InvalidParameters: What the page gives is no such number.
    """
    given = call.params.get("timeout")
    if given is None:
        return default
    if isinstance(given, bool) or not isinstance(given, int | float) or given < 0:
        raise InvalidParameters(f"timeout is a number of milliseconds, not {short(given)}")
    return min(given or default, MAX_CHINESE_TIMEOUT if in_china(call) else MAX_TIMEOUT)


def data_type_of(call: Call) -> str:
    """Return the `dataType` of a call in small letters, perhaps one that does not exist.

    Raises:
        InvalidParameters: It is no text.
    """
    given = call.params.get("dataType")
    if given is None:
        # Since version 2.9.5 of the platform's library.
        return "json_or_text" if in_china(call) else "json"
    if not isinstance(given, str):
        raise InvalidParameters(f"dataType is one of {', '.join(_DATA_TYPES)}, not {short(given)}")
    return given.lower()


def remarks(call: Call) -> Iterator[str]:
    """Say where a request may go wrong in a wallet, or is taken otherwise than its page may think.

    Raises:
        InvalidParameters: The method or the data type is none at all.
    """
    method = _method(call)
    documented = [method for method in _options(call.api, "method", call.profile.platform) if method in _METHODS]
    if method not in documented:
        yield (
            f"{call.api} with the method {method} goes out, but a wallet may not know it: "
            f"the documentation of {call.profile.platform} has {', '.join(documented)}"
        )
    wanted = data_type_of(call)
    if wanted not in _DATA_TYPES:
        yield f"{call.api} with the dataType {wanted[:80]!r} gets text; there are {', '.join(_DATA_TYPES)}"


def in_china(call: Call) -> bool:
    """Tell whether the page is in Alipay's own app, whose documentation differs from all the others."""
    return call.profile.platform == "alipay-cn"


def bare(url: httpx.URL) -> str:
    """Return a URL without what may be secret: its password, its query and its fragment."""
    host = b"//" + url.netloc if url.netloc else b""
    return (b"%b:%b%b" % (url.raw_scheme, host, url.raw_path.partition(b"?")[0])).decode("ascii")


def short(value: Any) -> str:
    """Return a value as Python writes it, cut to a length of 80 for a line of the log."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _kind(value: Any) -> str:
    """Return what a value of the page's is, for a line of the log in which the value itself may be secret."""
    kinds = {str: "a text", list: "an array", dict: "an object", bool: "true or false", bytes: "an ArrayBuffer"}
    return kinds.get(type(value), "a number")


def _address(call: Call) -> httpx.URL:
    """Return where a call goes; a relative `url` begins at the page.

    Raises:
        InvalidParameters: Nowhere.
    """
    given = call.params.get("url")
    if not isinstance(given, str) or not given:
        raise InvalidParameters("url is required: url: 'https://...'")
    try:
        url = httpx.URL(given)
        if url.is_relative_url:
            url = httpx.URL(call.page.url).join(url)
    except (httpx.InvalidURL, ValueError) as problem:
        # Not the text itself: of one that cannot be read, nobody knows where its password is.
        raise InvalidParameters(f"url is no address: {problem}") from problem
    if not is_web(url):
        raise InvalidParameters(
            f"url is {short(bare(url))}; it begins with https:// or http:// and names a host and a port that there can "
            "be, or it is relative to such a page"
        )
    return url


def _method(call: Call) -> str:
    given = call.params.get("method") or "GET"
    method = given.upper() if isinstance(given, str) else ""
    if method not in _METHODS:
        raise InvalidParameters(f"method is one of {', '.join(_METHODS)}, not {short(given)}")
    return method


def _data(call: Call) -> Any:
    """Return the `data` of a call: a JSON value, or the bytes of an ArrayBuffer.

    Raises:
        InvalidParameters: Those bytes are not in base64.
    """
    data = call.params.get("data")
    if not isinstance(data, dict) or data.keys() != {"$arraybuffer"}:
        return data
    try:
        return base64.b64decode(data["$arraybuffer"], validate=True)
    except (TypeError, ValueError):
        raise InvalidParameters("data is no ArrayBuffer: its bytes are not in base64") from None


def _headers(call: Call) -> httpx.Headers:
    """Return the headers that the page gives, as far as they are its to give, and that of where it is.

    Raises:
        InvalidParameters: They are no headers.
    """
    headers = httpx.Headers(_referer(call.page.url), encoding="utf-8")
    # Both names are in use; `headers` is the newer and documented one.
    for option in ("header", "headers"):
        given = call.params.get(option) or {}
        if not isinstance(given, dict):
            raise InvalidParameters(f"{option} is an object of texts, not {_kind(given)}")
        for name, value in given.items():
            text = _text(value).strip()
            if not _HEADER_NAME.fullmatch(name):
                raise InvalidParameters(f"{option} has the name {short(name)}, which no request can carry")
            if not _HEADER_VALUE.fullmatch(text):
                # The value may be a token.
                raise InvalidParameters(f"{option} has a value of {short(name)} that no request can carry")
            if name.lower() in _OWN_HEADERS or (
                name.lower() == "cookie" and call.params.get("enableCookie") is not True
            ):
                continue
            headers[name] = text
    return headers


def _referer(page: str) -> dict[str, str]:
    """Return the header that tells the server which page asks."""
    try:
        url = httpx.URL(page)
    except httpx.InvalidURL:
        return {}
    if not is_web(url):
        return {}
    return {"Referer": bare(url)}


def _file_name(path: str, file: PageFile) -> str:
    """Return under which name a file is uploaded."""
    if file.name:
        return file.name
    # What stands in such an address is no name.
    name = "" if path.lower().startswith(("blob:", "data:")) else path.rpartition("/")[2]
    return name or "file" + (mimetypes.guess_extension(file.media_type.partition(";")[0].strip()) or "")


def _pairs(data: Any) -> str:
    """Return an object as the platform writes it into a query or a form, by JavaScript's encodeURIComponent.

    Raises:
        InvalidParameters: It is no object.
    """
    if not isinstance(data, dict):
        raise InvalidParameters(f"data is an object or a text, not {_kind(data)}")
    return "&".join(f"{_component(name)}={_component(_text(value))}" for name, value in data.items())


def _component(text: str) -> str:
    return quote(text, safe="!*'()")


def _text(value: Any) -> str:
    """Return a JSON value as JavaScript's String() writes it."""
    match value:
        case str():
            return value
        case dict():
            return "[object Object]"
        case list():
            return ",".join("" if member is None else _text(member) for member in value)
    return msgspec.json.encode(value).decode()
