"""my.request, httpRequest, uploadFile and downloadFile of a page, through Python, to a back end."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import HTTP
from hashlib import sha256
from typing import Any
from unittest.mock import Mock

import pytest
from playwright.sync_api import BrowserContext
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from bridge import Bridge, Call, Outcome, error, succeed
from bridge.calls import PageFile
from bridge.defaults import Defaults
from bridge.server import Server, run_in_thread
from tests import loop
from tests.conftest import OpenPage
from tests.wallets import call

PIXEL = bytes.fromhex("89504e470d0a1a0a")


class Backend:
    """A server of the app, without a word about CORS."""

    def __init__(self) -> None:
        self.server: Server | None = None
        self.reached = threading.Event()
        self.left = threading.Semaphore(0)

    @property
    def url(self) -> str:
        assert self.server is not None
        return self.server.url

    async def echo(self, request: Request) -> Response:
        body = (await request.body()).decode()
        found = {
            "method": request.method,
            "query": request.url.query,
            "body": body,
            "token": request.headers.get("x-token"),
        }
        return JSONResponse(found, headers={"X-Seen": "yes"})

    async def never(self, request: Request) -> Response:
        await request.body()
        self.reached.set()
        # Nothing more comes but the news that the other side has gone.
        await request.receive()
        self.left.release()
        return PlainTextResponse("too late")

    async def form(self, request: Request) -> Response:
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        fields: dict[str, Any] = {}
        for part in message_from_bytes(head + await request.body(), policy=HTTP).iter_parts():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            name = part.get_param("name", header="content-disposition")
            fields[str(name)] = [part.get_content_type(), part.get_filename(), sha256(content).hexdigest()]
        return JSONResponse(fields)


@pytest.fixture(scope="module")
def backend() -> Iterator[Backend]:
    backend = Backend()
    routes = [
        Route("/echo", backend.echo, methods=["GET", "POST", "PUT"]),
        Route("/never", backend.never),
        Route("/form", backend.form, methods=["POST"]),
        Route("/text", lambda request: PlainTextResponse("plain")),
        Route("/gone", lambda request: JSONResponse({"why": "sold out"}, 410)),
        Route("/pixel.png", lambda request: Response(PIXEL, media_type="image/png")),
        Route("/files/{name:path}", lambda request: PlainTextResponse("plain")),
        Route("/away", lambda request: RedirectResponse("http://shop.example.test/")),
    ]
    with run_in_thread(Starlette(routes=routes)) as backend.server:
        yield backend


def test_a_page_reaches_a_back_end_that_never_heard_of_cors(open_page: OpenPage, backend: Backend) -> None:
    opened = open_page()
    options = {"url": f"{backend.url}/echo", "method": "POST", "data": {"code": "2810"}, "headers": {"x-token": "t"}}
    result = opened.success(options, api="request")
    assert result["data"] == {"method": "POST", "query": "", "body": '{"code":"2810"}', "token": "t"}
    assert (result["status"], result["statusCode"]) == (200, 200)
    assert result["headers"] == result["header"]
    assert result["headers"]["x-seen"] == "yes"


@pytest.mark.parametrize(
    ("data", "body"), [("bytes.buffer", "a\0\u20ac"), ("bytes", "a\0\u20ac"), ("bytes.subarray(2)", "\u20ac")]
)
def test_bytes_are_sent_as_they_are(open_page: OpenPage, backend: Backend, data: str, body: str) -> None:
    send = f"""async (url) => {{
      const bytes = new TextEncoder().encode("a\\0\u20ac");
      const sent = await my.request({{ url, method: "POST", data: {data} }});
      return sent.data.body;
    }}"""
    assert open_page().page.evaluate(send, f"{backend.url}/echo") == body


@pytest.mark.parametrize(
    ("api", "options", "found"),
    [
        ("request", {"data": {"a": "1 2", "b": "\u00e9"}}, {"method": "GET", "query": "a=1%202&b=%C3%A9"}),
        ("httpRequest", {"method": "post", "data": {"a": "1 2"}}, {"method": "POST", "body": "a=1%202"}),
        ("request", {"method": "PUT", "data": "raw", "header": {"x-token": "h"}}, {"body": "raw", "token": "h"}),
        (
            "request",
            {"method": "POST", "data": {"a": [1]}, "headers": {"content-type": "application/x-www-form-urlencoded"}},
            {"body": "a=1"},
        ),
    ],
)
def test_data_travels_as_the_method_and_the_headers_say(
    open_page: OpenPage, backend: Backend, api: str, options: dict[str, Any], found: dict[str, str]
) -> None:
    data = open_page().success({"url": f"{backend.url}/echo", **options}, api=api)["data"]
    assert {name: data[name] for name in found} == found


def test_bytes_arrive_as_an_array_buffer(open_page: OpenPage, backend: Backend) -> None:
    opened = open_page()
    read = """async (url) => {
      const { data, status } = await my.request({ url, dataType: "arrayBuffer" });
      return [data instanceof ArrayBuffer, [...new Uint8Array(data)], status];
    }"""
    assert opened.page.evaluate(read, f"{backend.url}/pixel.png") == [True, list(PIXEL), 200]


@pytest.mark.parametrize(
    ("path", "options", "failure"),
    [
        ("/text", {}, {"error": 14, "errorMessage": "JSON parse data error", "status": 200, "data": "plain"}),
        ("/gone", {}, {"error": 19, "errorMessage": "http status error", "status": 410, "data": '{"why":"sold out"}'}),
        ("/never", {"timeout": 50}, {"error": 13}),
        ("/away", {}, {"error": 11}),
        ("/echo", {"method": "FLY"}, {"error": 2}),
    ],
)
def test_what_goes_wrong_has_its_documented_code(
    open_page: OpenPage, backend: Backend, path: str, options: dict[str, Any], failure: dict[str, Any]
) -> None:
    failed = open_page().fail({"url": backend.url + path, **options}, api="request")
    assert {name: failed[name] for name in failure} == failure


@pytest.mark.parametrize(
    ("api", "options", "code"),
    [
        ("request", {}, 11),
        ("httpRequest", {}, 11),
        ("downloadFile", {}, 13),
        ("uploadFile", {"filePath": "data:text/plain,hi", "fileName": "file"}, 13),
    ],
)
def test_a_host_that_is_not_on_the_list_is_not_reached_and_the_log_names_the_option(
    open_page: OpenPage, caplog: pytest.LogCaptureFixture, api: str, options: dict[str, Any], code: int
) -> None:
    failed = open_page().fail({"url": "https://api.example.test/x", **options}, api=api)
    assert failed["error"] == code
    assert "--allow-request api.example.test" in caplog.text


def test_nobody_there_is_a_network_error(open_page: OpenPage) -> None:
    with run_in_thread(Starlette()) as server:
        url = server.url
    assert open_page().fail({"url": url}, api="request")["error"] == 12


def test_a_request_can_be_given_up(open_page: OpenPage, bridge: Bridge, backend: Backend) -> None:
    opened = open_page()
    abort = """(url) => new Promise((resolve) => {
      const task = my.request({ url, fail: (failure) => resolve([failure, task instanceof Promise]) });
      window.give_up = () => task.abort();
    })"""
    backend.reached.clear()
    opened.page.evaluate(f"(url) => {{ window.given = ({abort})(url); }}", f"{backend.url}/never")
    assert backend.reached.wait(10)
    opened.page.evaluate("give_up()")
    assert opened.page.evaluate("given") == [{"error": 9, "errorMessage": "request:fail abort"}, True]
    assert backend.left.acquire(timeout=10), "the back end has not heard of it"
    opened.success()
    call = bridge.calls[0]
    assert (call.ending, call.callbacks[0].name) == ("aborted", "fail")


def test_a_request_that_is_given_up_before_it_is_sent_never_is(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page()
    opened.success()
    failure = opened.page.evaluate("""new Promise((fail) => my.request({ url: "/echo", fail }).abort())""")
    assert failure["error"] == 9
    opened.success()
    assert [call.api for call in bridge.calls] == ["getAuthCode", "getAuthCode"]


def test_a_request_may_take_longer_than_a_handler(open_page: OpenPage, bridge: Bridge, backend: Backend) -> None:
    opened = open_page(call_timeout=1)
    opened.page.evaluate("(url) => { my.request({ url }).catch(() => {}); }", f"{backend.url}/never")
    call = bridge.wait_for_call("request", settled=False)
    bridge.clock.advance(20)
    opened.success()
    assert call.ending is None


def test_a_handler_comes_before_the_network(open_page: OpenPage, bridge: Bridge) -> None:
    def answer(call: Call) -> Outcome:
        return succeed({"data": {"for": call.params["url"]}, "status": 200, "headers": {}})

    opened = open_page({"request": answer})
    assert opened.success({"url": "https://api.example.test/"}, api="request")["data"] == {
        "for": "https://api.example.test/"
    }
    bridge.once("request", error(13))
    assert opened.fail({"url": "/"}, api="request")["error"] == 13


def test_a_file_is_uploaded_with_its_fields_however_large(open_page: OpenPage, backend: Backend) -> None:
    opened = open_page()
    upload = """async ([url, size]) => {
      const path = URL.createObjectURL(new Blob([new Uint8Array(size).fill(7)], { type: "image/png" }));
      return my.uploadFile({ url, filePath: path, fileName: "photo", formData: { order: 42 } });
    }"""
    result = opened.page.evaluate(upload, [f"{backend.url}/form", 400_000])
    assert result["statusCode"] == 200
    fields = json.loads(result["data"])
    assert fields["order"] == ["text/plain", None, sha256(b"42").hexdigest()]
    assert fields["photo"][::2] == ["image/png", sha256(b"\x07" * 400_000).hexdigest()]


def test_a_blob_is_fetched_once_for_all_the_pieces_in_which_it_is_sent(
    open_page: OpenPage, backend: Backend, context: BrowserContext
) -> None:
    tab = context.new_page()
    tab.add_init_script("""{
      const { fetch } = window;
      window.fetched = [];
      window.fetch = (url) => (fetched.push(url), fetch(url));
    }""")
    opened = open_page(tab=tab)
    upload = """async (url) => {
      const paths = [1, 2].map((n) => URL.createObjectURL(new Blob([new Uint8Array(400_000).fill(n)])));
      return Promise.all(paths.map((filePath) => my.uploadFile({ url, filePath, name: "photo" })));
    }"""
    results = opened.page.evaluate(upload, f"{backend.url}/form")
    assert [json.loads(result["data"])["photo"] for result in results] == [
        ["application/octet-stream", "file", sha256(bytes([n]) * 400_000).hexdigest()] for n in (1, 2)
    ]
    assert tab.evaluate("fetched.filter((url) => url.startsWith('blob:')).length") == 2


def test_a_page_that_does_not_send_its_file_in_time_is_named_in_the_log(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.defaults._READ_SECONDS", 0)

    async def never(path: str) -> PageFile:
        return await asyncio.Future()

    asked = call(api="uploadFile", url="http://127.0.0.1/", filePath="blob:1", name="photo")
    asked.desk = Mock(read=never)

    async def uploaded() -> Outcome:
        wallet = Defaults().find(asked)
        assert wallet is not None
        return await wallet(asked)

    assert loop.run(uploaded()) == error(11)
    assert "uploadFile: the page did not send the file blob:1" in caplog.text


def test_a_file_that_the_page_does_not_have_cannot_be_uploaded(open_page: OpenPage, backend: Backend) -> None:
    options = {"url": f"{backend.url}/form", "filePath": "/no/such/file", "fileName": "photo"}
    assert open_page().fail(options, api="uploadFile")["error"] == 11


def test_a_file_is_downloaded_and_can_be_shown(open_page: OpenPage, backend: Backend) -> None:
    opened = open_page()
    read = """async (url) => {
      const { apFilePath } = await my.downloadFile({ url });
      const blob = await (await fetch(apFilePath)).blob();
      return [blob.type, [...new Uint8Array(await blob.arrayBuffer())]];
    }"""
    assert opened.page.evaluate(read, f"{backend.url}/pixel.png") == ["image/png", list(PIXEL)]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("/files/%E5%9B%BE%20a.txt?x=/y", "\u56fe a.txt"),
        ("/files/50%.txt", "50%.txt"),
        ("/files/", "file.txt"),
        ("data:text/plain,a/b.c", "file.txt"),
    ],
)
def test_a_downloaded_file_is_uploaded_under_the_name_it_has(
    open_page: OpenPage, backend: Backend, url: str, name: str
) -> None:
    opened = open_page()
    url = url if url.startswith("data:") else backend.url + url
    path = opened.success({"url": url}, api="downloadFile")["apFilePath"]
    sent = opened.success({"url": f"{backend.url}/form", "filePath": path, "name": "photo"}, api="uploadFile")
    assert json.loads(sent["data"])["photo"][1] == name


def test_a_download_that_fails_says_so(open_page: OpenPage, backend: Backend) -> None:
    assert open_page().fail({"url": f"{backend.url}/gone"}, api="downloadFile")["error"] == 12
