"""What a page's call asks of the network, and what is said where it asks wrongly."""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import parse_qsl

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.calls import Call, Page
from bridge.page_request import (
    FILE_TIMEOUT,
    REQUEST_TIMEOUT,
    InvalidParameters,
    bare,
    data_type_of,
    download_of,
    remarks,
    request_of,
    short,
    timeout_of,
    upload_of,
)
from bridge.profiles import Profile, load
from tests.wallets import call
from tests.web import PICTURE, PNG, form_parts

# By platform, as these are about; which profiles are of which platform is a matter of theirs.
PLUS = load("alipay-plus")
CHINA = msgspec.structs.replace(PLUS, platform="alipay-cn")
EMAS = msgspec.structs.replace(PLUS, platform="emas")
OTHER = msgspec.structs.replace(PLUS, platform="tiki")

SERVER = "http://127.0.0.1:8000"


def asked(
    url: Any = SERVER,
    *,
    api: str = "request",
    profile: Profile = PLUS,
    page: str = "http://127.0.0.1:8765/shop/?q=1#top",
    **params: Any,
) -> Call:
    """Return a call of a page; without a URL where that is None."""
    url = {} if url is None else {"url": url}
    return call(api=api, profile=profile, page=Page(id="p", url=page), **url, **params)


def sent(url: Any = SERVER, **params: Any) -> httpx.Request:
    return request_of(asked(url, **params))


def query(request: httpx.Request) -> str:
    return request.url.query.decode()


# Methods and addresses.


@pytest.mark.parametrize(("given", "sent_as"), [(None, "GET"), ("post", "POST"), ("Put", "PUT"), ("DELETE", "DELETE")])
def test_the_method_is_get_unless_the_page_gives_one_in_any_case(given: str | None, sent_as: str) -> None:
    assert sent(method=given).method == sent_as


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("/api/x", f"{SERVER}/api/x"),
        ("api", f"{SERVER}/shop/api"),
        ("../y?a=1", f"{SERVER}/y?a=1"),
        ("//api.example.com/x", "http://api.example.com/x"),
        ("https://api.example.com/x", "https://api.example.com/x"),
    ],
)
def test_a_relative_url_begins_at_the_page(url: str, address: str) -> None:
    page = f"{SERVER}/shop/index.html?q=1#top"
    assert str(sent(url, page=page).url) == address
    assert str(download_of(asked(url, page=page)).url) == address


# Data.


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_data_of_a_get_goes_into_the_query(method: str) -> None:
    data = {"a": 1, "b c": "ü&=+", "d": True, "e": None, "f": 0.5, "g": [1, None, ["x"]], "h": {"i": 1}}
    request = sent(f"{SERVER}/search?page=2#top", method=method, data=data)
    assert query(request) == ("page=2&a=1&b%20c=%C3%BC%26%3D%2B&d=true&e=null&f=0.5&g=1%2C%2Cx&h=%5Bobject%20Object%5D")
    assert request.content == b""


def test_a_text_as_data_of_a_get_is_a_query_already() -> None:
    assert query(sent(f"{SERVER}/search", data="a=1&b=%20ü")) == "a=1&b=%20%C3%BC"
    assert query(sent(f"{SERVER}/search?c=3", data="")) == "c=3"


@pytest.mark.parametrize("method", ["GET", "POST"])
@settings(deadline=None, derandomize=True)
@given(data=st.dictionaries(st.text(), st.text() | st.integers(-(10**9), 10**9)))
def test_queries_and_forms_can_be_read_back(method: str, data: dict[str, Any]) -> None:
    request = sent(api="httpRequest", method=method, data=data)
    encoded = query(request) if method == "GET" else request.content.decode()
    assert parse_qsl(encoded, keep_blank_values=True) == [(name, str(value)) for name, value in data.items()]


@pytest.mark.parametrize("data", [{"a": [1, {"b": "ü"}]}, [1, 2], {}])
def test_request_sends_json(data: Any) -> None:
    request = sent(method="POST", data=data)
    assert json.loads(request.content) == data
    assert request.headers["content-type"] == "application/json"


def test_http_request_sends_a_form() -> None:
    request = sent(api="httpRequest", method="POST", data={"a": "1 2", "b": "ü"})
    assert request.content == b"a=1%202&b=%C3%BC"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"


def test_the_content_type_decides_between_form_and_json() -> None:
    form = {"content-type": "Application/x-www-form-urlencoded; charset=utf-8"}
    assert sent(method="POST", headers=form, data={"a": 1}).content == b"a=1"
    text = {"Content-Type": "text/json"}
    assert sent(api="httpRequest", method="PUT", headers=text, data={"a": 1}).content == b'{"a":1}'


def test_a_text_as_data_is_sent_as_it_is() -> None:
    request = sent(method="POST", data="ü {")
    assert request.content == "ü {".encode()
    assert request.headers["content-length"] == "4"


def array_buffer(content: bytes) -> dict[str, Any]:
    return {"$arraybuffer": base64.b64encode(content).decode()}


@pytest.mark.parametrize("api", ["request", "httpRequest"])
@pytest.mark.parametrize("content", [PNG, b""])
def test_an_array_buffer_as_data_is_sent_as_its_bytes(api: str, content: bytes) -> None:
    request = sent(api=api, method="PUT", data=array_buffer(content))
    assert (request.content, request.headers["content-type"]) == (content, "application/octet-stream")


@pytest.mark.parametrize("kind", ["image/png", "application/x-www-form-urlencoded"])
def test_an_array_buffer_has_the_content_type_that_the_page_gives(kind: str) -> None:
    request = sent(method="POST", headers={"content-type": kind}, data=array_buffer(PNG))
    assert (request.content, request.headers["content-type"]) == (PNG, kind)


def test_an_object_that_has_more_in_it_is_no_array_buffer() -> None:
    data = array_buffer(PNG) | {"a": 1}
    assert json.loads(sent(method="POST", data=data).content) == data


def test_nothing_is_sent_without_data() -> None:
    assert sent(method="POST").content == b""


# Headers.


def test_header_and_headers_are_both_taken_and_headers_wins() -> None:
    request = sent(header={"X-A": "1", "X-B": "2"}, headers={"x-b": "3", "X-C": 4, "X-D": "ü "})
    assert [request.headers[name] for name in ("x-a", "x-b", "x-c")] == ["1", "3", "4"]
    assert (b"X-D", "ü".encode()) in request.headers.raw


@pytest.mark.parametrize("take", [request_of, download_of])
def test_headers_of_the_connection_are_not_the_pages_to_give(take: Any) -> None:
    own = {"Host": "evil.example", "Content-Length": "1", "Transfer-Encoding": "chunked", "Connection": "close"}
    headers = take(asked(headers={**own, "Referer": "http://evil.example/", "X-Shop": "1"})).headers
    assert headers["host"] == SERVER.removeprefix("http://")
    assert headers.keys() & {"content-length", "transfer-encoding", "connection", "x-shop"} == {"x-shop"}
    assert headers["referer"] == "http://127.0.0.1:8765/shop/"


@pytest.mark.parametrize("page", ["about:blank", "http://[", "http://h:port", "file:///shop.html"])
def test_a_page_without_an_address_sends_no_referer(page: str) -> None:
    assert "referer" not in sent(page=page).headers


def test_the_page_gives_cookies_of_its_own_only_when_it_says_so() -> None:
    assert "cookie" not in sent(headers={"Cookie": "a=b"}).headers
    assert "cookie" not in sent(headers={"Cookie": "a=b"}, enableCookie="true").headers
    assert sent(headers={"Cookie": "a=b"}, enableCookie=True).headers["cookie"] == "a=b"


# Wrong parameters.


@pytest.mark.parametrize(
    ("params", "fix"),
    [
        ({"url": None}, "url: 'https://...'"),
        ({"url": ""}, "url: 'https://...'"),
        ({"url": 5}, "url: 'https://...'"),
        ({"url": "ftp://127.0.0.1/"}, "begins with https://"),
        ({"url": "data:text/plain,x"}, "begins with https://"),
        ({"url": "http://["}, "begins with https://"),
        ({"url": "http://h:port"}, "Invalid port"),
        ({"url": "http:////[h]"}, "url is no address"),
        ({"url": "http://127.0.0.1/" + "a" * 70_000}, "too long"),
        ({"url": "http:///x"}, "begins with https://"),
        ({"url": "x"}, "relative to such a page"),
        ({"data": {"a": "b" * 70_000}}, "does not fit into a URL"),
        ({"method": "CONNECT"}, "method is one of DELETE, GET"),
        ({"method": 1}, "not 1"),
        ({"url": "http://127.0.0.1:99999/"}, "a port that there can be"),
        ({"url": "http://xn--.localhost/"}, "a host and a port that there can be"),
        ({"data": [1]}, "data is an object or a text, not an array"),
        ({"data": 1, "method": "POST"}, "data is an object or a text, not a number"),
        ({"data": True, "method": "POST"}, "data is an object or a text, not true or false"),
        ({"data": array_buffer(PNG)}, "data is an object or a text, not an ArrayBuffer"),
        ({"data": array_buffer(PNG), "method": "HEAD"}, "data is an object or a text, not an ArrayBuffer"),
        ({"data": {"$arraybuffer": "AA=A"}, "method": "POST"}, "its bytes are not in base64"),
        ({"data": {"$arraybuffer": "\u00fc"}, "method": "POST"}, "its bytes are not in base64"),
        ({"data": {"$arraybuffer": [1]}, "method": "POST"}, "its bytes are not in base64"),
        ({"headers": "a: b"}, "headers is an object of texts, not a text"),
        ({"header": {"a b": "c"}}, "header has the name 'a b', which no request can carry"),
        ({"header": {"a": "b\r\nc: d"}}, "header has a value of 'a' that no request can carry"),
    ],
)
def test_who_asks_wrongly_is_told_what_is_right(params: dict[str, Any], fix: str) -> None:
    with pytest.raises(InvalidParameters) as raised:
        sent(page="about:blank", **params)
    assert fix in str(raised.value)
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize(
    "params",
    [
        {"url": "ftp://user:hush@127.0.0.1/?token=hush#hush"},
        {"url": "http://127.0.0.1\x00/?token=hush"},
        {"headers": {"Authorization": "Bearer hush\nx"}},
        {"headers": "Authorization: Bearer hush"},
        {"method": "POST", "data": 1234567},
    ],
)
def test_what_is_right_is_said_without_the_secrets_of_who_asked_wrongly(params: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameters) as raised:
        sent(**params)
    assert not re.search("hush|1234567", str(raised.value))


def test_a_value_is_cut_to_the_length_of_a_line() -> None:
    assert short("a" * 78) == f"'{'a' * 78}'"
    assert short("a" * 79) == f"'{'a' * 76}..."


def test_a_bare_url_has_no_secrets() -> None:
    assert bare(httpx.URL("http://user:secret@Shop.example:81/x%0Ay?token=secret#top")) == (
        "http://shop.example:81/x%0Ay"
    )
    assert bare(httpx.URL("mailto:me?body=secret")) == "mailto:me"


# Timeouts and data types.


@pytest.mark.parametrize(
    ("given", "profile", "taken"),
    [
        (None, PLUS, REQUEST_TIMEOUT),
        (0, PLUS, REQUEST_TIMEOUT),
        (0.5, PLUS, 0.5),
        (90_000, PLUS, 90_000),
        (90_000, CHINA, 60_000),
        (10**9, PLUS, 600_000),
    ],
)
def test_the_page_says_how_long_it_waits_within_limits(given: float | None, profile: Profile, taken: float) -> None:
    assert timeout_of(asked(timeout=given, profile=profile), REQUEST_TIMEOUT) == taken


def test_a_file_has_longer_than_other_requests() -> None:
    assert timeout_of(asked(), FILE_TIMEOUT) > timeout_of(asked(), REQUEST_TIMEOUT)


@pytest.mark.parametrize("given", ["30000", True, -1])
def test_a_timeout_is_a_number_of_milliseconds(given: Any) -> None:
    with pytest.raises(InvalidParameters, match=f"timeout is a number of milliseconds, not {given!r}"):
        timeout_of(asked(timeout=given), REQUEST_TIMEOUT)


@pytest.mark.parametrize(
    ("given", "profile", "taken"),
    [(None, PLUS, "json"), (None, CHINA, "json_or_text"), ("Base64", CHINA, "base64"), ("html", PLUS, "html")],
)
def test_the_data_type_is_json_unless_the_page_gives_one(given: str | None, profile: Profile, taken: str) -> None:
    assert data_type_of(asked(dataType=given, profile=profile)) == taken


def test_a_data_type_is_a_text() -> None:
    with pytest.raises(InvalidParameters, match=r"dataType is one of arraybuffer, base64, .*, not 1"):
        data_type_of(asked(dataType=1))


# Remarks.


@pytest.mark.parametrize(
    ("profile", "method", "documented"),
    [
        (PLUS, "PUT", "alipay-plus has GET, POST"),
        (EMAS, "PUT", "emas has DELETE, GET, POST"),
        (CHINA, "PATCH", "alipay-cn has DELETE, GET, HEAD, OPTIONS, POST, PUT, TRACE"),
    ],
)
def test_a_method_that_a_wallet_may_not_know_is_remarked_on(profile: Profile, method: str, documented: str) -> None:
    assert list(remarks(asked(method=method, profile=profile))) == [
        f"request with the method {method} goes out, but a wallet may not know it: the documentation of {documented}"
    ]


def test_a_data_type_that_does_not_exist_is_remarked_on() -> None:
    (remark,) = remarks(asked(dataType="html" * 100))
    assert remark.startswith("request with the dataType 'htmlhtml")
    assert remark.endswith("' gets text; there are arraybuffer, base64, json, json_or_text, text")
    assert len(remark) < 300


@pytest.mark.parametrize(("profile", "method"), [(PLUS, "post"), (CHINA, "PUT"), (OTHER, "PATCH")])
def test_there_is_no_remark_on_what_is_documented(profile: Profile, method: str) -> None:
    assert list(remarks(asked(method=method, profile=profile, dataType="Text"))) == []


# Files.


def form(**params: Any) -> httpx.Request:
    return upload_of(asked(f"{SERVER}/form", api="uploadFile", **params), PICTURE)


@pytest.mark.parametrize("key", ["fileName", "name"])
def test_a_file_goes_out_as_a_form_with_its_fields(key: str) -> None:
    headers = {"Token": "t", "content-type": "text/plain"}
    fields = {"album": "ü", "n": 1, "list": [1, 2]}
    request = form(filePath="https://resource/apml1.image", formData=fields, header=headers, **{key: "photo"})
    assert (request.method, str(request.url), request.headers["token"]) == ("POST", f"{SERVER}/form", "t")
    assert form_parts(request.headers["content-type"], request.read()) == [
        ["album", None, None, "ü".encode().decode("latin-1")],
        ["n", None, None, "1"],
        ["list", None, None, "1,2"],
        ["photo", "apml1.image", "image/png", PNG.decode("latin-1")],
    ]


def test_name_comes_before_file_name() -> None:
    request = form(filePath="a.png", fileName="old", name="new")
    assert form_parts(request.headers["content-type"], request.read())[0][0] == "new"


def test_a_file_that_the_user_has_chosen_keeps_its_name() -> None:
    chosen = msgspec.structs.replace(PICTURE, name="cat.png")
    request = upload_of(asked(f"{SERVER}/form", api="uploadFile", filePath="blob:1", name="photo"), chosen)
    assert form_parts(request.headers["content-type"], request.read())[0][1] == "cat.png"


@pytest.mark.parametrize(
    ("path", "media_type", "name", "kind"),
    [
        ("blob:http://127.0.0.1/0a1b-2c3d", "image/png", "file.png", "image/png"),
        ("data:text/plain;charset=utf-8,a/b.c", "text/plain;charset=utf-8", "file.txt", "text/plain;charset=utf-8"),
        ("DATA:;base64,/w==", "", "file", "application/octet-stream"),
        ("album/", "x/y", "file", "x/y"),
        ("album/cat", "", "cat", "application/octet-stream"),
    ],
)
def test_a_file_without_a_name_or_a_type_gets_one(path: str, media_type: str, name: str, kind: str) -> None:
    file = msgspec.structs.replace(PICTURE, media_type=media_type)
    request = upload_of(asked(f"{SERVER}/form", api="uploadFile", filePath=path, name="photo"), file)
    ((_, sent_name, sent_kind, _),) = form_parts(request.headers["content-type"], request.read())
    assert (sent_name, sent_kind) == (name, kind)


@pytest.mark.parametrize(
    ("params", "fix"),
    [
        ({"fileName": "photo"}, "filePath is the path of a file"),
        ({"filePath": "", "fileName": "photo"}, "filePath is the path of a file"),
        ({"filePath": "a.png"}, "fileName, or name, is the key"),
        ({"filePath": "a.png", "name": 1}, "fileName, or name, is the key"),
        ({"filePath": "a.png", "name": "photo", "formData": [1]}, "formData is an object of texts, not an array"),
        ({"filePath": "a.png", "name": "photo", "header": 1}, "header is an object of texts, not a number"),
    ],
)
def test_who_uploads_wrongly_is_told_what_is_right(params: dict[str, Any], fix: str) -> None:
    with pytest.raises(InvalidParameters, match=fix):
        form(**params)


def test_a_file_goes_somewhere() -> None:
    with pytest.raises(InvalidParameters, match="url is required"):
        upload_of(asked(None, api="uploadFile", filePath="a.png", name="photo"), PICTURE)
