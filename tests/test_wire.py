"""The golden messages, read by the real shim: it sends what the server expects, and does what the server says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocketRoute, expect

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
                if "id" not in message or "method" not in message:
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


@pytest.fixture
def url(site: Site, tmp_path: Path) -> str:
    (tmp_path / "index.html").write_text(BLANK)
    return site.mount(Bridge(pages=tmp_path)) + "/"


@pytest.mark.parametrize("exchange", CALLS, ids=lambda exchange: str(exchange["name"]))
def test_the_shim_sends_the_golden_call_and_runs_what_the_golden_answer_says(
    golden: tuple[Page, GoldenServer], url: str, exchange: dict[str, Any]
) -> None:
    page, server = golden
    server.exchange, server.received = exchange, []
    console: list[str] = []
    page.once("console", lambda message: console.append(message.text))
    page.goto(url)

    call = {"params": {}, **exchange["page"]}
    ran = page.evaluate(CALL, [call["method"], call["params"], len(exchange["server"])])

    invalid = {"callback": "fail", "payload": {"error": 2, "errorMessage": "Invalid parameters"}}
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
    golden: tuple[Page, GoldenServer], url: str
) -> None:
    page, server = golden
    server.exchange, server.received = BY_NAME["granted"], []
    page.goto(url)
    page.evaluate(CALL, ["getAuthCode", {}, 1, "sold out"])
    assert server.received[-1] == BY_NAME["a callback threw"]["page"]


def test_the_shim_introduces_itself_as_the_golden_hello_does(golden: tuple[Page, GoldenServer], url: str) -> None:
    page, server = golden
    server.received = []
    page.goto(url)
    server.exchange = BY_NAME["granted"]
    page.evaluate("my.getAuthCode()")
    hello = BY_NAME["hello"]["page"]
    assert server.received[0] == {
        **hello,
        "params": {**hello["params"], "page": server.received[0]["params"]["page"], "url": page.url},
    }


def test_the_golden_reload_makes_the_page_load_itself_anew(golden: tuple[Page, GoldenServer], url: str) -> None:
    page, server = golden
    page.goto(url)
    server.exchange = BY_NAME["reload"]
    with page.expect_navigation():
        page.evaluate("void my.getAuthCode()")


def asked(page: Page, server: GoldenServer, url: str) -> Locator:
    """Return the sheet of the golden question, which the server asks instead of an answer."""
    server.exchange, server.received = BY_NAME["the user is asked"], []
    page.goto(url)
    page.evaluate("void (window.first = my.getAuthCode())")
    sheet = page.get_by_role("dialog")
    expect(sheet).to_be_visible()
    return sheet


def answers(page: Page, server: GoldenServer) -> list[dict[str, Any]]:
    """Return what the page has answered to what the server has asked."""
    # Whatever it has sent before this call is there when the golden answer comes, which is that of the first.
    server.exchange = BY_NAME["granted"]
    page.evaluate("my.getAuthCode(), first")
    return [message for message in server.received if "method" not in message]


def test_the_shim_answers_the_golden_question_with_the_golden_choice(
    golden: tuple[Page, GoldenServer], url: str
) -> None:
    page, server = golden
    sheet = asked(page, server, url)
    sheet.get_by_role("checkbox", name="Authorized to obtain the user's address.").uncheck()
    sheet.get_by_role("button", name="Allow").click()
    assert answers(page, server) == [BY_NAME["the user allows a part"]["page"]]
    expect(sheet).to_have_count(0)


def test_the_shim_answers_as_the_user_to_whom_the_sheet_is_switched(
    golden: tuple[Page, GoldenServer], url: str
) -> None:
    page, server = golden
    sheet = asked(page, server, url)
    sheet.get_by_role("combobox").select_option("2088000000000002")
    sheet.get_by_role("button", name="Deny").click()
    assert answers(page, server) == [BY_NAME["another user denies"]["page"]]
    expect(sheet).to_have_count(0)


def test_the_golden_withdrawal_takes_the_sheet_away_without_an_answer(
    golden: tuple[Page, GoldenServer], url: str
) -> None:
    page, server = golden
    sheet = asked(page, server, url)
    server.exchange = BY_NAME["the question is withdrawn"]
    page.evaluate("void my.getAuthCode()")
    expect(sheet).to_have_count(0)
    assert answers(page, server) == []


def requested(page: Page, server: GoldenServer, url: str, name: str) -> None:
    """Let the server say what an exchange says, when the page has called something."""
    server.exchange, server.received = BY_NAME[name], []
    page.goto(url)


def received(page: Page, server: GoldenServer, message: dict[str, Any]) -> None:
    """Wait until the page has sent a message."""
    for _ in range(1000):
        if message in server.received:
            return
        # Which lets it go on.
        page.evaluate("0")
    assert message in server.received


def test_the_shim_answers_what_is_left_to_the_page_and_reports_it(golden: tuple[Page, GoldenServer], url: str) -> None:
    page, server = golden
    requested(page, server, url, "left to the page")
    ran = page.evaluate(CALL, ["getStorage", {"key": "cart"}, 1])
    assert ran == [["success", {"data": None}], ["complete", {"data": None}]]
    received(page, server, BY_NAME["the page answered itself"]["page"])


def test_the_shim_gives_a_request_up_as_the_golden_message_does(golden: tuple[Page, GoldenServer], url: str) -> None:
    page, server = golden
    requested(page, server, url, "the question is withdrawn")
    page.evaluate("void (window.task = my.request({ url: '/' })), task.catch(() => {}), 0")
    received(page, server, {"jsonrpc": "2.0", "id": 1, "method": "request", "params": {"url": "/"}})
    page.evaluate("task.abort()")
    received(page, server, BY_NAME["given up"]["page"])


def test_the_shim_hears_the_golden_event(golden: tuple[Page, GoldenServer], url: str) -> None:
    page, server = golden
    requested(page, server, url, "an event")
    heard = "new Promise((resolve) => { my.onCompassChange(resolve); my.scan().catch(() => {}); })"
    assert page.evaluate(heard) == {"direction": 90}


def test_the_shim_turns_to_the_storage_of_the_golden_user(golden: tuple[Page, GoldenServer], url: str) -> None:
    page, server = golden
    requested(page, server, url, "another user is logged in")
    page.evaluate("my.setStorageSync({ key: 'golden', data: 1 }), my.scan().catch(() => {}), 0")
    page.wait_for_function("my.getStorageSync({ key: 'golden' }).data === null")


def test_the_shim_sends_the_golden_piece_of_a_file(golden: tuple[Page, GoldenServer], url: str) -> None:
    page, server = golden
    requested(page, server, url, "a file is read")
    page.evaluate("void (window.first = my.scan())")
    page.wait_for_function("document.head.querySelector('script[src$=\"/files.js\"]')")
    server.exchange = BY_NAME["left to the page"]
    received(page, server, BY_NAME["a piece of a file"]["page"])
