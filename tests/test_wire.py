"""The golden messages, read by the real shim: it sends what the server expects, and does what the server says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute

from bridge import Bridge
from bridge.site import Site
from tests.conftest import BLANK

EXCHANGES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "wire" / "exchanges.json").read_text("utf-8"))
BY_NAME = {exchange["name"]: exchange for exchange in EXCHANGES}

# The exchanges that begin with one call; a page's first call has the id 1.
CALLS = [
    exchange
    for exchange in EXCHANGES
    if isinstance(exchange["page"], dict) and exchange["page"].get("id") == 1 and exchange["server"]
]


# Calls an API and returns what ran, once that was as much as so many answers make run. It may throw in `success`.
CALL = """([api, options, answers, thrown]) => new Promise((resolve) => {
  const ran = [];
  const note = (name, thrown) => (payload) => {
    if (ran.push([name, payload]) === 2 * answers) setTimeout(resolve, 0, ran);
    if (thrown) throw thrown;
  };
  my.call(api, { ...options, success: note("success", thrown), fail: note("fail"), complete: note("complete") });
})"""


class GoldenServer:
    """Answers the page's requests as one exchange says, and keeps what the page sends."""

    def __init__(self) -> None:
        self.exchange: dict[str, Any] = {}
        self.received: list[dict[str, Any]] = []

    def serve(self, socket: WebSocketRoute) -> None:
        def answer(text: str | bytes) -> None:
            frame = json.loads(text)
            for message in frame if isinstance(frame, list) else [frame]:
                self.received.append(message)
                if "id" not in message:
                    continue
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
    ran = page.evaluate(CALL, [call["method"], call["params"], len(exchange["server"])])

    invalid = {"callback": "fail", "payload": BY_NAME["hello"]["server"][0]["result"]["failures"]["invalid"]}
    answers = [reply.get("result", invalid) for reply in exchange["server"]]
    assert server.received[1:] == [call, *(report(answer["callback"]) for answer in answers)]
    assert ran == [[name, answer["payload"]] for answer in answers for name in (answer["callback"], "complete")]
    (reply, *_) = exchange["server"]
    remark = reply["error"]["message"] if "error" in reply else answers[0].get("remark")
    assert console == ([f"[bridge] {remark}"] if remark else [])


def report(callback: str) -> dict[str, Any]:
    """Return the golden report of callbacks that ran, for `success` or `fail`."""
    golden: dict[str, Any] = BY_NAME["callbacks ran"]["page"]
    return {**golden, "params": {**golden["params"], "callback": callback}}


def test_the_shim_reports_what_a_callback_threw_as_the_golden_report_does(
    golden: tuple[Page, GoldenServer], site: Site, tmp_path: Path
) -> None:
    page, server = golden
    server.exchange, server.received = BY_NAME["granted"], []
    (tmp_path / "index.html").write_text(BLANK)
    page.goto(site.mount(Bridge(pages=tmp_path)) + "/")
    page.evaluate(CALL, ["getAuthCode", {}, 1, "sold out"])
    assert server.received[-1] == BY_NAME["a callback threw"]["page"]


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
