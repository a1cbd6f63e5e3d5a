"""A folder of pages, served with the shim first in the head of each."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.routing import Mount
from starlette.types import Message

from bridge.pages import Pages, with_script_first
from tests.loop import run

TAG = b'<script src="/my.js"></script>'


@pytest.mark.parametrize(
    "html",
    [
        b"^",
        b"^Hello",
        b"^<p>Hello</p>",
        b"^<script src='app.js'></script>",
        b"<head>^<title>x</title></head>",
        b"<html><head>^</head></html>",
        b"<!doctype html>^<title>x</title>",
        b"<!DOCTYPE html>\n<html lang=en>\n<head>^\n<meta charset=utf-8>",
        b"<HTML>\r\n<HEAD>^</HEAD>",
        b'<html data-a="<head>" data-b=\'>\'><head class=">" x>^</head>',
        b"<html>^<body>Hello</body></html>",
        b"<html>^<header>Hello</header></html>",
        b"^<htmlx><head></head>",
        b"<!-- <head> --><html><!-- a > b --><head>^",
        b"<!-- one --><!-- two -->\n<!doctype html><!-- three -->^<p>",
        b"<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' 'x.dtd'><html><head>^",
        b"<!--[if lt IE 9]><html class=ie><![endif]--><!--[if gt IE 8]><!--><html><!--<![endif]--><head>^<title>",
        b"\xef\xbb\xbf<!doctype html><html><head>^<title>",
        b"\xef\xbb\xbf^Hello",
        b"<html>^<title>caf\xe9</title>",
        b"^<p><head></head>",
        b"<head\n>^<title>",
        b"^<head",
        b"^<html",
        b"<html><head>^<head>",
        b"<!--><head>^<title>x</title><!-- y -->",
        b"<!-- x --!><head>^<title>x</title><!-- y -->",
    ],
)
def test_the_script_comes_before_everything_else_in_the_head(html: bytes) -> None:
    before, _, after = html.partition(b"^")
    assert with_script_first(before + after, "/my.js") == before + TAG + after


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_page_in_utf_16_is_translated(encoding: str) -> None:
    html = "\ufeff<html><head><title>授权</title>".encode(encoding)
    assert with_script_first(html, "/my.js") == "\ufeff<html><head>@<title>授权</title>".encode().replace(b"@", TAG)


def test_a_long_page_takes_no_longer_than_its_length() -> None:
    for piece in (b"<!--", b"<html ", b'"', b"<html a='", b" ", b"<!", b"<head "):
        html = piece * 20_000
        assert len(with_script_first(html, "/my.js")) == len(html) + len(TAG)


PIECES = b"<!doctype html>|<html|<html>|<head|<head>|<header>|</head>|<body>|<title>|<!--|-->|--|<?xml|<!".split(b"|")
PIECES += [b">", b" ", b"\n", b"'", b'"', b"=", b"x", b"\xef\xbb\xbf", b"\xe9", b"\x00"]


@settings(deadline=None, derandomize=True, max_examples=200)
@given(
    st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join)
    | st.binary().filter(lambda page: page[:2] not in (b"\xff\xfe", b"\xfe\xff"))
)
def test_the_script_is_inserted_once_and_every_other_byte_stays(html: bytes) -> None:
    before, tag, after = with_script_first(html, "/my.js").partition(TAG)
    assert tag
    assert before + after == html
    assert TAG not in after


# The folder.


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pages = tmp_path / "pages"
    for name, content in {
        "index.html": b"<title>Home</title>",
        "legacy.htm": b"<title>caf\xe9</title>",
        "sub/index.html": b"<title>Sub</title>",
        "app.js": b"my.getAuthCode();",
        "data.json": b'{"html": "<head>"}',
        ".env": b"SECRET",
        ".git/config": b"SECRET",
        "sub/.htpasswd": b"SECRET",
        ".well-known/assetlinks.json": b"[]",
        "../secret.txt": b"SECRET",
        "../pages-too/secret.txt": b"SECRET",
    }.items():
        (pages / name).parent.mkdir(parents=True, exist_ok=True)
        (pages / name).write_bytes(content)
    (pages / "link.txt").symlink_to(tmp_path / "secret.txt")
    return pages


class Reply:
    def __init__(self, start: Message, *parts: Message) -> None:
        self.status: int = start["status"]
        self.headers = Headers(raw=start["headers"])
        self.content = b"".join(part["body"] for part in parts)


def get(folder: Path, path: str, *, method: str = "GET", root: str = "") -> Reply:
    """Ask for a path as a server passes it on: unquoted, and otherwise as the client sent it."""
    messages: list[Message] = []

    async def receive() -> Message:
        await asyncio.Event().wait()  # the client stays, and has nothing more to say
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        messages.append(message)

    app = Starlette(routes=[Mount(root or "/", Pages(folder))])
    scope = {"type": "http", "method": method, "path": unquote(path), "headers": [], "query_string": b""}
    run(app(scope, receive, send))
    return Reply(*messages)


@pytest.mark.parametrize(("path", "title"), [("/", b"Home"), ("/index.html", b"Home"), ("/sub/", b"Sub")])
def test_a_page_is_served_with_the_script(folder: Path, path: str, title: bytes) -> None:
    response = get(folder, path)
    assert response.content == TAG + b"<title>" + title + b"</title>"
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-length"] == str(len(response.content))


def test_a_page_in_another_encoding_says_itself_which(folder: Path) -> None:
    response = get(folder, "/legacy.htm")
    assert response.content == TAG + b"<title>caf\xe9</title>"
    assert response.headers["content-type"] == "text/html"


@pytest.mark.parametrize("name", ["app.js", "data.json", ".well-known/assetlinks.json"])
def test_other_files_are_served_as_they_are(folder: Path, name: str) -> None:
    assert get(folder, f"/{name}").content == (folder / name).read_bytes()


@pytest.mark.parametrize("path", ["/", "/app.js"])
def test_what_is_served_is_fresh_and_for_these_pages_alone(folder: Path, path: str) -> None:
    response = get(folder, path)
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["cross-origin-resource-policy"] == "same-origin"


def test_a_saved_page_is_served_at_once(folder: Path) -> None:
    get(folder, "/")
    (folder / "index.html").write_text("<title>Saved</title>")
    assert get(folder, "/").content == TAG + b"<title>Saved</title>"


def test_a_page_under_a_path_gets_the_script_from_under_that_path(folder: Path) -> None:
    assert get(folder, "/shop/", root="/shop").content.startswith(b'<script src="/shop/my.js"></script>')


@pytest.mark.parametrize(
    "path",
    [
        "/none.html",
        "/.env",
        "/.git/config",
        "/sub/.htpasswd",
        "/%2eenv",
        "/sub/../.env",
        "/sub/%2e%2e/.env",
        "/./.env",
        "/sub%5c..%5c.env",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fpages-too%2fsecret.txt",
        "/sub/..%2f..%2fsecret.txt",
        "/..%5csecret.txt",
        "/%2fetc%2fpasswd",
        "//etc/passwd",
        "/c:/secret.txt",
        "/index.html:stream",
        "/link.txt",
        "/index.html%00.txt",
    ],
)
def test_what_is_not_for_pages_is_not_there(folder: Path, path: str) -> None:
    response = get(folder, path)
    assert response.status == 404
    assert b"SECRET" not in response.content
    assert response.content.startswith(b"there is no file /")


def test_only_reading_is_allowed(folder: Path) -> None:
    assert [get(folder, "/", method=method).status for method in ("GET", "HEAD", "POST", "DELETE")] == [
        200,
        200,
        405,
        405,
    ]
