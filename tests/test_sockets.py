"""The page's own WebSocket, against a real server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

from tests.conftest import Opened, OpenPage

INVALID = {"error": 2, "errorMessage": "Invalid parameters"}
NOT_OPEN = {"error": 10, "errorMessage": "The WebSocket is not open"}

LISTEN = """() => {
  window.heard = [];
  for (const event of ["Open", "Message", "Error", "Close"]) {
    my["onSocket" + event]((data) => heard.push([event, data]));
  }
}"""


def answer(connection: ServerConnection) -> None:
    """Send the path, then whatever comes; go when told so."""
    assert connection.request is not None
    connection.send(f"{connection.request.path} {connection.subprotocol}")
    for message in connection:
        if message == "go":
            connection.close(4001, "told to")
        connection.send(message)


@pytest.fixture(scope="module")
def echo() -> Iterator[str]:
    """A server that sends back what it is sent; its address."""
    with serve(answer, "127.0.0.1", 0, select_subprotocol=lambda _, offered: next(iter(offered), None)) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        host, port = server.socket.getsockname()[:2]
        yield f"ws://{host}:{port}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def opened(open_page: OpenPage) -> Opened:
    """A page that hears of sockets."""
    opened = open_page()
    opened.page.evaluate(LISTEN)
    return opened


def heard(opened: Opened, number: int) -> list[Any]:
    """Wait for so many events; return them."""
    opened.page.wait_for_function("(number) => heard.length >= number", arg=number)
    events: list[Any] = opened.page.evaluate("heard.splice(0)")
    return events


def connect(opened: Opened, url: str, **options: Any) -> str:
    """Connect; return the server's greeting."""
    assert opened.success({"url": url, **options}, "connectSocket") == {}
    opening, (event, message) = heard(opened, 2)
    assert opening == ["Open", {}]
    assert event == "Message"
    assert message["isBuffer"] is False
    return str(message["data"])


def test_a_text_goes_there_and_back(opened: Opened, echo: str) -> None:
    assert connect(opened, echo) == "/ None"
    assert opened.success({"data": "café ☕"}, "sendSocketMessage") == {}
    assert heard(opened, 1) == [["Message", {"data": "café ☕", "isBuffer": False}]]


def test_bytes_go_there_and_back_as_base64(opened: Opened, echo: str) -> None:
    connect(opened, echo)
    opened.success({"data": "AP+A", "isBuffer": True}, "sendSocketMessage")
    assert heard(opened, 1) == [["Message", {"data": "AP+A", "isBuffer": True}]]


def test_an_array_buffer_is_bytes_too(opened: Opened, echo: str) -> None:
    connect(opened, echo)
    opened.page.evaluate("my.sendSocketMessage({ data: new Uint8Array([0, 255, 128]).buffer })")
    assert heard(opened, 1) == [["Message", {"data": "AP+A", "isBuffer": True}]]


def test_messages_are_heard_in_the_order_in_which_they_came(opened: Opened, echo: str) -> None:
    connect(opened, echo)
    opened.page.evaluate("""async () => {
      for (const data of ["AAAA", "a", "AQID", "b"]) {
        await my.sendSocketMessage({ data, isBuffer: data.length > 1 });
      }
    }""")
    assert [message["data"] for _, message in heard(opened, 4)] == ["AAAA", "a", "AQID", "b"]


def test_data_and_protocols_go_with_the_url(opened: Opened, echo: str) -> None:
    greeting = connect(opened, echo + "room?id=1", data={"name": "A & B", "n": 2}, protocols=["two"])
    assert greeting == "/room?id=1&name=A+%26+B&n=2 two"


def test_headers_are_not_sent_and_the_console_says_so(opened: Opened, echo: str) -> None:
    connect(opened, echo, header={"X-Room": "1"})
    assert opened.console == ["[bridge] my.connectSocket: a browser does not send X-Room; the URL can say the same"]


def test_sockets_are_one_at_a_time_and_the_console_says_so_once(opened: Opened, echo: str) -> None:
    for _ in range(2):
        connect(opened, echo, multiple=True)
    said = "[bridge] my.connectSocket: sockets are one at a time here, and multiple: true changes nothing"
    assert opened.console == [said]


def test_the_page_closes_it(opened: Opened, echo: str) -> None:
    connect(opened, echo)
    assert opened.success({"code": 3001, "reason": "enough"}, "closeSocket") == {}
    assert heard(opened, 1) == [["Close", {"reason": "enough"}]]
    assert opened.fail({"data": "late"}, "sendSocketMessage") == NOT_OPEN


def test_the_server_closes_it(opened: Opened, echo: str) -> None:
    connect(opened, echo)
    opened.success({"data": "go"}, "sendSocketMessage")
    assert heard(opened, 1) == [["Close", {"reason": "told to"}]]


def test_closing_what_is_not_open_is_no_failure(opened: Opened) -> None:
    assert opened.success(api="closeSocket") == {}


@pytest.mark.parametrize("options", [{"code": 1001}, {"code": 3000, "reason": "x" * 124}])
def test_a_close_that_browsers_do_not_send_is_refused(opened: Opened, echo: str, options: dict[str, Any]) -> None:
    connect(opened, echo)
    assert opened.fail(options, "closeSocket") == INVALID


def test_the_second_connection_takes_the_place_of_the_first_without_a_word(opened: Opened, echo: str) -> None:
    assert connect(opened, echo + "first") == "/first None"
    assert connect(opened, echo + "second") == "/second None"
    opened.success({"data": "to the second"}, "sendSocketMessage")
    assert heard(opened, 1) == [["Message", {"data": "to the second", "isBuffer": False}]]


def test_a_server_that_is_not_there_is_an_error_and_a_close(opened: Opened) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        opened.success({"url": f"ws://127.0.0.1:{silent.getsockname()[1]}"}, "connectSocket")
        events = heard(opened, 2)
    assert events == [["Error", {"error": 1, "errorMessage": "Error Unknown"}], ["Close", {"reason": ""}]]


@pytest.mark.parametrize(
    ("url", "failure"),
    [
        (None, INVALID),
        ("", {"error": 3, "errorMessage": "The URL is empty"}),
        ("/socket", {"error": 4, "errorMessage": "The format of the URL is not known"}),
        ("http://127.0.0.1/", {"error": 5, "errorMessage": "The URL must begin with ws or wss"}),
    ],
)
def test_an_address_must_be_that_of_a_websocket(opened: Opened, url: str | None, failure: dict[str, Any]) -> None:
    assert opened.fail({"url": url}, "connectSocket") == failure


def test_what_is_null_is_as_if_it_were_not_there(opened: Opened, echo: str) -> None:
    assert connect(opened, echo, data=None, header=None, protocols=None) == "/ None"
    assert opened.success({"code": None, "reason": None}, "closeSocket") == {}


def test_protocols_must_differ(opened: Opened, echo: str) -> None:
    assert opened.fail({"url": echo, "protocols": ["one", "one"]}, "connectSocket") == INVALID


def test_a_page_that_was_encrypted_needs_a_socket_that_is(opened: Opened, echo: str) -> None:
    opened.page.evaluate("""() => {
      window.WebSocket = function () { throw new DOMException("mixed", "SecurityError"); };
    }""")
    failure = {"error": 20, "errorMessage": "Use wss: in place of ws:"}
    assert opened.fail({"url": echo}, "connectSocket") == failure


@pytest.mark.parametrize("options", [{}, {"data": None}, {"data": {"a": 1}}, {"data": "no base64!", "isBuffer": True}])
def test_a_message_needs_data(opened: Opened, echo: str, options: dict[str, Any]) -> None:
    connect(opened, echo)
    assert opened.fail(options, "sendSocketMessage") == INVALID


def test_nothing_can_be_sent_before_there_is_a_connection(opened: Opened, echo: str) -> None:
    assert opened.fail({"data": "early"}, "sendSocketMessage") == NOT_OPEN
