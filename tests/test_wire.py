"""The golden messages, read by the real shim: it sends what the server expects, and does what the server says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute

from bridge import Bridge
from tests.conftest import ASK, BLANK, Site

EXCHANGES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "wire" / "exchanges.json").read_text("utf-8"))
BY_NAME = {exchange["name"]: exchange for exchange in EXCHANGES}

# The exchanges that begin with one call; a page's first call has the id 1.
CALLS = [
    exchange
    for exchange in EXCHANGES
    if isinstance(exchange["page"], dict) and exchange["page"].get("id") == 1 and exchange["server"]
]


class GoldenServer:
    """Speaks the server's side of one exchange, and keeps what the page sends."""

    def __init__(self) -> None:
        self.exchange: dict[str, Any] = {}
        self.received: list[dict[str, Any]] = []

    def serve(self, socket: WebSocketRoute) -> None:
        def answer(text: str | bytes) -> None:
            frame = json.loads(text)
            for message in frame if isinstance(frame, list) else [frame]:
                self.received.append(message)
                hello = message["method"] == "bridge.hello"
                for reply in (BY_NAME["hello"] if hello else self.exchange)["server"]:
                    socket.send(json.dumps(reply))

        socket.on_message(answer)


@pytest.fixture(scope="module")
def golden(browser: Browser) -> Iterator[tuple[Page, GoldenServer]]:
    server = GoldenServer()
    page = browser.new_page()
    page.route_web_socket("**/_bridge/socket", server.serve)
    yield page, server
    page.close()


@pytest.mark.parametrize("exchange", CALLS, ids=lambda exchange: str(exchange["name"]))
def test_the_shim_sends_the_golden_call_and_runs_what_the_golden_answer_says(
    golden: tuple[Page, GoldenServer], site: Site, tmp_path: Path, exchange: dict[str, Any]
) -> None:
    page, server = golden
    server.exchange, server.received = exchange, []
    console: list[str] = []
    page.once("console", lambda message: console.append(message.text))
    (tmp_path / "index.html").write_text(BLANK)
    page.goto(site.mount(Bridge(pages=tmp_path)) + "/")

    call = {"params": {}, **exchange["page"]}
    ran = page.evaluate(ASK, [call["method"], call["params"]])

    assert server.received[1:] == [call]
    (reply,) = exchange["server"]
    if "error" in reply:
        callback = "fail"
        payload = BY_NAME["hello"]["server"][0]["result"]["failures"]["invalid"]
        remark = reply["error"]["message"]
    else:
        callback, payload = reply["result"]["callback"], reply["result"]["payload"]
        remark = reply["result"].get("remark")
    assert ran == [[callback, payload], ["complete", payload]]
    assert console == ([f"[bridge] {remark}"] if remark else [])


def test_the_shim_introduces_itself_as_the_golden_hello_does(
    golden: tuple[Page, GoldenServer], site: Site, tmp_path: Path
) -> None:
    page, server = golden
    server.received = []
    (tmp_path / "index.html").write_text(BLANK)
    page.goto(site.mount(Bridge(pages=tmp_path)) + "/")
    server.exchange = BY_NAME["granted"]
    page.evaluate("my.getAuthCode()")
    hello = BY_NAME["hello"]["page"]
    assert server.received[0] == {
        **hello,
        "params": {**hello["params"], "page": server.received[0]["params"]["page"], "url": page.url},
    }


def test_the_golden_reload_makes_the_page_load_itself_anew(
    golden: tuple[Page, GoldenServer], site: Site, tmp_path: Path
) -> None:
    page, server = golden
    (tmp_path / "index.html").write_text(BLANK)
    page.goto(site.mount(Bridge(pages=tmp_path)) + "/")
    server.exchange = BY_NAME["reload"]
    with page.expect_navigation():
        page.evaluate("void my.getAuthCode()")
