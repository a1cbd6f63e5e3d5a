"""What a page sends over the network through Python: real requests, to servers of this machine."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import logging
import socket
import struct
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from bridge.network import MAX_CONNECTIONS, MAX_CONTENT, Download, Network
from bridge.outcomes import Fail, Outcome
from bridge.profiles import Profile
from bridge.server import run_in_thread
from tests import loop
from tests.sender import CHINA, PLUS, ask, ask_speaking, each, echoed, failure, remarks, success
from tests.wallets import call
from tests.web import APP, PICTURE, PNG, Streams, speaking


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server without any CORS headers."""
    with run_in_thread(APP) as running:
        yield running.url.rstrip("/")


# Parameters.


def test_a_page_without_cors_gets_an_answer_from_another_origin(server: str) -> None:
    payload = success(ask(f"{server}/answer?body=%7B%22a%22%3A%5B1%2C%22%C3%BC%22%5D%7D&h-X-Shop=1"))
    assert payload["data"] == {"a": [1, "ü"]}
    assert (payload["status"], payload["statusCode"]) == (200, 200)
    assert payload["headers"]["x-shop"] == "1"
    assert payload["header"] == payload["headers"]


def test_what_the_page_asks_for_arrives(server: str) -> None:
    data = {"a": 1, "b c": "ü&=+", "g": [1, None, ["x"]]}
    arrived = echoed(f"{server}/search?page=2#top", data=data, header={"X-A": "ü"}, headers={"X-B": 2})
    assert [arrived["method"], arrived["path"], arrived["body"]] == ["GET", "/search", ""]
    assert arrived["query"] == "page=2&a=1&b%20c=%C3%BC%26%3D%2B&g=1%2C%2Cx"
    assert arrived["headers"]["x-a"][0].encode("latin-1").decode() == "ü"
    assert arrived["headers"]["x-b"] == ["2"]


@pytest.mark.parametrize(
    ("api", "body", "kind"),
    [
        ("request", '{"a":"ü"}', "application/json"),
        ("httpRequest", "a=%C3%BC", "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_arrives(server: str, api: str, body: str, kind: str) -> None:
    arrived = echoed("/api/x", page=f"{server}/shop/", api=api, method="put", data={"a": "ü"})
    assert [arrived["method"], arrived["path"], arrived["body"]] == ["PUT", "/api/x", body]
    assert arrived["headers"]["content-type"] == [kind]


def test_headers_of_the_connection_are_not_the_pages_to_give(server: str) -> None:
    own = {"Host": "evil.example", "Content-Length": "1", "Transfer-Encoding": "chunked", "Accept-Encoding": "x"}
    headers = echoed(server, method="POST", data="abc", headers=own)["headers"]
    assert headers["host"] == [server.removeprefix("http://")]
    assert headers["content-length"] == ["3"]
    assert "transfer-encoding" not in headers
    assert "gzip" in headers["accept-encoding"][0]
    assert headers["referer"] == ["http://127.0.0.1:8765/shop/"]


def test_headers_that_the_page_does_not_give_are_ours(server: str) -> None:
    headers = echoed(server)["headers"]
    assert [headers["user-agent"], headers["accept"]] == [["mybridge"], ["*/*"]]
    headers = echoed(server, headers={"User-Agent": "shop/2", "accept": "text/html"})["headers"]
    assert [headers["user-agent"], headers["accept"]] == [["shop/2"], ["text/html"]]


@pytest.mark.parametrize(
    ("params", "fix"),
    [
        ({}, "url: 'https://...'"),
        ({"url": "http://127.0.0.1/", "timeout": "30000"}, "milliseconds, not '30000'"),
        ({"url": "http://127.0.0.1/", "dataType": 1}, "dataType is one of arraybuffer, base64"),
        ({"url": "http://127.0.0.1:99999/"}, "a host and a port that there can be"),
        ({"url": "http://xn--.localhost/"}, "a host and a port that there can be"),
    ],
)
def test_wrong_parameters_are_error_2_and_the_log_says_what_is_right(
    params: dict[str, Any], fix: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert failure(ask(**params)) == (2, "Invalid parameters")
    (remark,) = remarks(caplog)
    assert remark.startswith("request: ")
    assert fix in remark


# Results.


def test_a_text_is_handed_over_as_it_is(server: str) -> None:
    assert success(ask(f"{server}/answer?body=%7B%7D", dataType="text"))["data"] == "{}"


@pytest.mark.parametrize("data_type", ["json", "JSON", None])
def test_what_is_not_json_is_error_14_with_status_headers_and_text(server: str, data_type: str | None) -> None:
    outcome = ask(f"{server}/answer?body=oops&h-x-a=1", dataType=data_type)
    assert isinstance(outcome, Fail)
    assert outcome.payload.pop("headers")["x-a"] == "1"
    assert outcome.payload == {"error": 14, "errorMessage": "JSON parse data error", "status": 200, "data": "oops"}


@pytest.mark.parametrize("body", ["", "NaN", "[" * 2000])
def test_json_is_what_a_browser_takes_for_it(server: str, body: str) -> None:
    assert isinstance(ask(f"{server}/answer?body={body}"), Fail)


def test_half_a_surrogate_pair_does_not_keep_json_from_being_read(server: str) -> None:
    body = quote(r'{"half":"\ud83d.","whole":"\ud83d\ude00"}')
    assert success(ask(f"{server}/answer?body={body}"))["data"] == {"half": "\ufffd.", "whole": "😀"}


@pytest.mark.parametrize(("data_type", "data"), [("json", {}), ("text", "{}")])
def test_the_mark_of_the_byte_order_is_no_part_of_the_text(server: str, data_type: str, data: Any) -> None:
    assert success(ask(f"{server}/answer?body=%EF%BB%BF%7B%7D", dataType=data_type))["data"] == data


@pytest.mark.parametrize(("body", "data"), [("oops", "oops"), ("%7B%7D", {})])
def test_china_takes_json_or_text_unless_the_page_says_which(server: str, body: str, data: Any) -> None:
    assert success(ask(f"{server}/answer?body={body}", profile=CHINA))["data"] == data


def test_bytes_travel_in_base64(server: str) -> None:
    encoded = base64.b64encode(PNG).decode()
    url = f"{server}/picture.png"
    assert success(ask(url, dataType="base64"))["data"] == encoded
    assert success(ask(url, dataType="base64", profile=CHINA))["data"] == f"data:image/png;base64,{encoded}"
    assert success(ask(url, dataType="arraybuffer"))["data"] == {"$arraybuffer": encoded}


def test_an_unknown_data_type_means_text_and_is_remarked_on_once(server: str, caplog: pytest.LogCaptureFixture) -> None:
    asked = call(api="request", url=f"{server}/answer?body=1", dataType="html")
    assert [success(outcome)["data"] for outcome in loop.run(each(Network(), asked, asked))] == ["1", "1"]
    assert remarks(caplog) == [
        "request with the dataType 'html' gets text; there are arraybuffer, base64, json, json_or_text, text"
    ]


@pytest.mark.parametrize("status", [304, 400, 404, 500, 599])
def test_a_bad_status_is_error_19_with_status_headers_and_text(server: str, status: int) -> None:
    outcome = ask(f"{server}/answer?status={status}&body=%7B%7D&h-x-a=1")
    assert isinstance(outcome, Fail)
    assert outcome.payload.pop("headers")["x-a"] == "1"
    assert outcome.payload == {
        "error": 19,
        "errorMessage": "http status error",
        "status": status,
        "data": "" if status == 304 else "{}",
    }


def test_every_status_below_300_is_a_success(server: str) -> None:
    assert success(ask(f"{server}/answer?status=201&body=%7B%7D"))["status"] == 201
    assert success(ask(f"{server}/answer?status=204", dataType="text"))["data"] == ""


def test_headers_are_spelled_as_the_server_does_and_repeated_ones_joined() -> None:
    payload = success(
        ask_speaking(b"HTTP/1.1 200 OK\r\nX-Tag: a\r\nx-tag: b\r\nX-Name: \xc3\xbc\r\nContent-Length: 2\r\n\r\n{}")
    )
    assert payload["headers"] == {"X-Tag": "a, b", "X-Name": "ü", "Content-Length": "2"}


@pytest.mark.parametrize(
    ("media_type", "body", "text"),
    [
        (b"text/plain; charset=gbk", "支付宝".encode("gbk"), "支付宝"),
        (b"text/plain", "支付宝".encode(), "支付宝"),
        (b"text/plain; charset=nonsense", b"a\xff", "a\ufffd"),
        (b"text/plain; charset=hex", b"a\xff", "a\ufffd"),
        (b"text/plain; charset=utf-7", b"a+2AA-b", "a\ufffdb"),
        (b"text/plain; charset=unicode_escape", rb"\ud83d. \ud83d\ude00", "\ufffd. 😀"),
    ],
)
def test_text_is_read_in_the_charset_that_the_server_names(media_type: bytes, body: bytes, text: str) -> None:
    answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: " + media_type + b"\r\n\r\n" + body
    assert success(ask_speaking(answer, dataType="text"))["data"] == text


# Faults.


def packed(body: bytes, coding: bytes = b"gzip") -> bytes:
    return b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: " + coding + b"\r\n\r\n" + body


def test_a_packed_response_is_unpacked() -> None:
    assert success(ask_speaking(packed(gzip.compress(b'{"a":1}'))))["data"] == {"a": 1}


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.abort()


async def torn(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    # Closed so, a connection is reset.
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(bytes(1 << 20))
        await writer.drain()


def bomb() -> bytes:
    """Return a response that unpacks to more than is allowed."""
    packer = zlib.compressobj(wbits=31)
    return (
        b"".join(packer.compress(bytes(1 << 20)) for _ in range(MAX_CONTENT >> 20))
        + packer.compress(b"1")
        + packer.flush()
    )


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "disconnected without sending"),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", "illegal status line"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "without sending complete message body"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://[\r\n\r\n", "leads to 'http://%5B/'"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://h:port/\r\n\r\n", "Invalid port"),
        (b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n", "leads to 'file://localhost/etc/passwd'"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:99999/\r\n\r\n", "leads to 'http://127.0.0.1:99999/'"),
        (b"HTTP/1.1 302 Found\r\nLocation: //xn--.localhost/\r\n\r\n", "leads to no host: Malformed A-label"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://xn--.localhost/\r\n\r\n", "leads to no host: Malformed A-label"),
        (b"HTTP/1.1 302 Found\r\nLocation: ftp://u:secret@h/x?token=secret\r\n\r\n", "leads to 'ftp://h/x'"),
        (packed(b"not gzip"), "incorrect header check"),
        (packed(gzip.compress(gzip.compress(b"{}")), b"gzip, gzip"), "packed more than once"),
        (packed(bomb()), f"longer than {MAX_CONTENT} bytes"),
        (endless, f"longer than {MAX_CONTENT} bytes"),
        (reset, "disconnected without sending"),
        (torn, "/: ReadError"),
    ],
)
def test_a_broken_answer_is_error_12_and_the_log_says_why(
    answer: bytes | Streams, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert failure(ask_speaking(answer)) == (12, "Network error")
    (remark,) = remarks(caplog)
    assert remark.startswith("request: http://localhost:")
    assert why in remark
    assert "secret" not in remark


def test_nobody_there_is_error_12_and_the_log_shows_no_query(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as taken:
        # Bound, and deaf.
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert failure(ask(f"http://user:secret@localhost:{port}/x%0Ay?token=secret")) == (12, "Network error")
    (remark,) = remarks(caplog)
    assert remark.startswith(f"request: http://localhost:{port}/x%0Ay: ")
    assert "secret" not in remark


def test_a_redirect_that_never_ends_is_error_12(server: str, caplog: pytest.LogCaptureFixture) -> None:
    url = f"{server}/redirect?to="
    assert failure(ask(f"{url}%3Fto%3D")) == (12, "Network error")
    assert "more than 20 redirects" in remarks(caplog)[0]


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def trickling(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0)


@pytest.mark.parametrize("slow", [silent, trickling])
def test_a_slow_answer_is_error_13(slow: Streams, caplog: pytest.LogCaptureFixture) -> None:
    assert failure(ask_speaking(slow, timeout=50)) == (13, "Timeout")
    assert "did not answer in 0.05 seconds" in remarks(caplog)[0]


def test_an_aborted_call_closes_its_connection_at_once() -> None:
    async def aborted() -> None:
        asked, gone = asyncio.Event(), asyncio.Event()

        async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            asked.set()
            assert await reader.read() == b""
            gone.set()

        network = Network()
        async with speaking(wait) as url:
            task = asyncio.create_task(network.request(call(api="request", url=url)))
            await asked.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.wait_for(gone.wait(), 5)

    loop.run(aborted())


# Files.


def upload(url: Any = None, *, profile: Profile = PLUS, **params: Any) -> Outcome:
    return loop.run(Network().upload(call(api="uploadFile", profile=profile, url=url, **params), PICTURE))


def download(url: Any = None, *, profile: Profile = PLUS, **params: Any) -> Download | Outcome:
    return loop.run(Network().download(call(api="downloadFile", profile=profile, url=url, **params)))


def test_a_file_is_uploaded_with_its_fields_and_succeeds_whatever_the_status(server: str) -> None:
    file: dict[str, Any] = {"filePath": "https://resource/apml1.image", "fileName": "photo"}
    payload = success(upload(f"{server}/form", **file, formData={"album": "ü"}, header={"Token": "t"}))
    assert json.loads(payload["data"]) == {
        "parts": [
            ["album", None, None, "ü".encode().decode("latin-1")],
            ["photo", "apml1.image", "image/png", PNG.decode("latin-1")],
        ],
        "token": "t",
    }
    assert (payload["statusCode"], payload["status"]) == (413, 413)
    assert payload["header"]["content-type"] == "application/json"


def test_an_upload_with_wrong_parameters_fails(caplog: pytest.LogCaptureFixture) -> None:
    params: dict[str, Any] = {"url": "http://127.0.0.1/", "filePath": "a.png"}
    assert failure(upload(**params)) == (2, "Invalid parameters")
    assert "uploadFile: fileName, or name, is the key" in remarks(caplog)[0]
    assert failure(upload(**params, profile=CHINA)) == (11, "The file does not exist, or a parameter is wrong")


def test_an_upload_fails_in_its_own_words(caplog: pytest.LogCaptureFixture) -> None:
    file: dict[str, Any] = {"filePath": "a.png", "fileName": "photo"}
    assert failure(upload("http://api.example.com/", **file)) == (13, "No permission")
    assert failure(upload("http://api.example.com/", **file, profile=CHINA))[0] == 4
    assert "--allow-request api.example.com" in remarks(caplog)[0]

    async def uploaded(answer: bytes | Streams) -> Outcome:
        async with speaking(answer) as url:
            return await Network().upload(call(api="uploadFile", url=url, timeout=200, **file), PICTURE)

    assert failure(loop.run(uploaded(silent))) == (12, "Upload failed")
    assert failure(loop.run(uploaded(b""))) == (12, "Upload failed")


def test_a_file_is_downloaded(server: str) -> None:
    file = download(f"{server}/redirect?to=/picture.png", header={"Token": "t"})
    assert isinstance(file, Download)
    assert (file.content, file.media_type, file.status) == (PNG, "image/png", 200)
    assert file.headers["content-length"] == str(len(PNG))


def test_a_file_of_no_known_kind_is_bytes() -> None:
    async def downloaded() -> Download | Outcome:
        async with speaking(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx") as url:
            return await Network().download(call(api="downloadFile", url=url))

    file = loop.run(downloaded())
    assert isinstance(file, Download)
    assert file.media_type == "application/octet-stream"


@pytest.mark.parametrize(
    ("url", "content", "media_type"),
    [
        ("data:image/png;base64," + base64.b64encode(PNG).decode(), PNG, "image/png"),
        ("data:,a%20b", b"a b", "text/plain"),
        ("data:text/html,<p>", b"<p>", "text/html"),
        ("DATA:text/css;BASE64,YQ==", b"a", "text/css"),
    ],
)
def test_a_url_that_holds_its_file_is_downloaded_too(url: str, content: bytes, media_type: str) -> None:
    assert download(url) == Download(content=content, media_type=media_type, status=200, headers={})


@pytest.mark.parametrize("url", ["data:image/png;base64,?", "data:", None, "ftp://127.0.0.1/"])
def test_a_download_from_nowhere_is_error_2(url: str | None) -> None:
    assert failure(download(url)) == (2, "Invalid parameters")


def test_a_download_fails_in_its_own_words(server: str, caplog: pytest.LogCaptureFixture) -> None:
    assert failure(download(f"{server}/answer?status=404")) == (12, "download failed")
    assert "404" in remarks(caplog)[0]
    assert failure(download("http://api.example.com/")) == (13, "No permission")


# The object itself.


def test_a_connection_ends_with_its_answer() -> None:
    async def asked() -> None:
        gone = asyncio.Event()

        async def keep_alive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            assert await reader.read() == b""
            gone.set()

        async with speaking(keep_alive) as url:
            success(await Network().request(call(api="request", url=url)))
            await asyncio.wait_for(gone.wait(), 5)

    loop.run(asked())


def test_event_loops_come_and_go_and_cookies_stay(server: str) -> None:
    network = Network()

    async def leave_behind(listener: socket.socket) -> tuple[asyncio.Task[Outcome], socket.socket]:
        """Have the loop end while a request is on its way."""
        running = asyncio.get_running_loop()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        task = asyncio.create_task(network.request(call(api="request", url=url)))
        peer, _ = await running.sock_accept(listener)
        await running.sock_recv(peer, 1)
        return task, peer

    loop.run(network.request(call(api="request", url=f"{server}/cookies")))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        task, peer = loop.run(leave_behind(listener))
    peer.close()
    assert task.cancelled()
    arrived = success(loop.run(network.request(call(api="request", url=f"{server}/x"))))["data"]
    assert arrived["headers"]["cookie"] == ["session=s1; theme=dark"]


def test_more_requests_than_there_are_connections_are_all_answered_in_any_loop(server: str) -> None:
    network = Network()

    async def asked() -> list[Outcome]:
        return await asyncio.gather(
            *(network.request(call(api="request", url=f"{server}/{number}")) for number in range(150))
        )

    for _ in range(2):
        assert [success(outcome)["data"]["path"] for outcome in loop.run(asked())] == [f"/{n}" for n in range(150)]


def test_there_are_no_more_connections_at_a_time_than_that() -> None:
    async def asked() -> int:
        at_once = most = 0
        full = asyncio.Event()

        async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal at_once, most
            await reader.readuntil(b"\r\n\r\n")
            at_once += 1
            most = max(most, at_once)
            if at_once == MAX_CONNECTIONS:
                # Time enough for another to come, if there were one.
                for _ in range(100):
                    await asyncio.sleep(0)
                full.set()
            await full.wait()
            at_once -= 1
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}")

        network = Network()
        async with speaking(wait) as url:
            calls = [call(api="request", url=url) for _ in range(2 * MAX_CONNECTIONS)]
            for outcome in await asyncio.gather(*map(network.request, calls)):
                success(outcome)
        return most

    assert loop.run(asked()) == MAX_CONNECTIONS


async def give_up_at_any_moment(network: Network, url: str) -> None:
    """Begin calls and give each up, one step of the event loop later than the one before."""
    for steps in range(40):
        task = asyncio.create_task(network.request(call(api="request", url=url)))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def test_calls_that_are_given_up_leave_their_connections_to_others(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.network.MAX_CONNECTIONS", 1)

    async def asked() -> Outcome:
        network = Network()
        async with speaking(silent) as url:
            await give_up_at_any_moment(network, url)
        return await network.request(call(api="request", url=f"{server}/x", timeout=5000))

    assert success(loop.run(asked()))["status"] == 200


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_connection_of_a_call_that_is_given_up_is_closed_whenever_that_is(scheme: str) -> None:
    async def given_up() -> None:
        connections = []

        async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.append(asyncio.current_task())
            await reader.read()

        async with speaking(note) as url:
            await give_up_at_any_moment(Network(), url.replace("http", scheme))
            assert connections
            _, still_open = await asyncio.wait([task for task in connections if task], timeout=5)
            assert not still_open

    loop.run(given_up())


def test_a_good_request_leaves_no_line_in_the_log(server: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "bridge"):
        ask(server)
    assert remarks(caplog) == []
