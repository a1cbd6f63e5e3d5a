"""Many bridges on one server, each under a prefix of its own."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from bridge import Bridge, Call, Outcome, succeed
from bridge.messages import PROTOCOL_VERSION
from bridge.session import CLOSE_NOT_SERVED
from bridge.site import Site
from tests.conftest import BLANK, OpenPage

ICON = "<link rel='icon' href='data:,'>"
DOT = "<svg xmlns='http://www.w3.org/2000/svg' width='7' height='7'/>"


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def root(site: Site, bridge: Bridge) -> Callable[[str], str]:
    """The address of a path on the server of the bridge that is under test."""
    return lambda path: site.server.url + path


@pytest.fixture
def mount(site: Site, tmp_path: Path) -> Iterator[Callable[..., Bridge]]:
    """Serve one more bridge with these pages; it goes with the test, if not before."""
    bridges: list[Bridge] = []

    def mount(html: str = BLANK, **options: Any) -> Bridge:
        folder = tmp_path / f"site-{len(bridges)}"
        folder.mkdir()
        (folder / "index.html").write_text(html)
        bridges.append(Bridge(pages=folder, **options))
        site.mount(bridges[-1])
        return bridges[-1]

    yield mount
    for bridge in bridges:
        if bridge.server is not None:
            site.unmount(bridge)


# The address.


def test_no_two_bridges_ever_have_the_same_address(site: Site) -> None:
    first, second = Bridge(), Bridge()
    addresses = [site.mount(first), site.mount(second)]
    site.unmount(first)
    addresses.append(site.mount(first))
    assert len(set(addresses)) == 3
    for bridge in (first, second):
        site.unmount(bridge)


def test_the_address_without_its_slash_leads_to_the_page_and_keeps_the_query(bridge: Bridge) -> None:
    reply = httpx.get(f"{bridge.url}?next=%2Fcart&x=%E2%82%AC")
    assert (reply.status_code, reply.headers["location"]) == (
        307,
        f"/{bridge.url.rpartition('/')[2]}/?next=%2Fcart&x=%E2%82%AC",
    )


def test_it_leads_there_from_a_page_of_another_bridge_too(bridge: Bridge, mount: Callable[..., Bridge]) -> None:
    reply = httpx.get(bridge.url, headers={"Referer": f"{mount().url}/"})
    assert reply.headers["location"] == f"/{bridge.url.rpartition('/')[2]}/"


@pytest.mark.parametrize(
    "path", ["/", "/0/", "/0/index.html", "/nothing", "//", "//1/", "/my.js", "/_bridge/dialog.js"]
)
def test_an_address_of_no_bridge_is_not_found_and_says_what_to_open(root: Callable[[str], str], path: str) -> None:
    reply = httpx.get(root(path))
    assert reply.status_code == 404
    assert "open bridge.url" in reply.text


# A page's own files, by absolute paths.


def test_scripts_and_modules_with_absolute_paths_are_the_pages_own(open_page: OpenPage) -> None:
    html = f"<!doctype html>{ICON}<script src='/app.js?v=1'></script><script type='module' src='/main.js'></script>"
    files = {
        "app.js": "window.app = [typeof my, document.currentScript.src]",
        "main.js": "import { name } from '/lib.js?v=2'; window.main = name",
        "lib.js": "export const name = (await import('/deep.js')).name",
        "deep.js": "export const name = new URL(import.meta.url).pathname",
    }
    opened = open_page(html=html, files=files)
    opened.page.wait_for_function("window.main")
    prefix = f"/{opened.url.rpartition('/')[2]}"
    assert opened.page.evaluate("main") == f"{prefix}/deep.js"
    assert opened.page.evaluate("app[0]") == "object"


def test_what_style_sheets_name_with_absolute_paths_is_the_pages_own(open_page: OpenPage) -> None:
    opened = open_page(
        html=f"<!doctype html>{ICON}<link rel='stylesheet' href='/style.css'><img src='/dot.svg'>Text",
        files={
            "style.css": "@import '/more.css'; body { background: url(/back.svg) }",
            "more.css": "@font-face { font-family: f; src: url(/f.woff2?v=2) } html { font: 1px f; color: #010203 }",
            "f.woff2": "no font at all",
            **dict.fromkeys(["dot.svg", "back.svg"], DOT),
        },
    )
    replies: dict[str, int] = {}
    opened.page.on("response", lambda reply: replies.update({reply.url: reply.status}))
    opened.page.reload(wait_until="networkidle")
    found = {url.removeprefix(opened.url) for url, status in replies.items() if status == 200}
    assert {"/style.css", "/more.css", "/dot.svg", "/back.svg", "/f.woff2?v=2"} <= found
    assert opened.page.evaluate("getComputedStyle(document.documentElement).color") == "rgb(1, 2, 3)"


def test_links_requests_and_frames_with_absolute_paths_lead_to_the_same_bridge(open_page: OpenPage) -> None:
    html = f"<!doctype html>{ICON}<a href='/other.html?id=1#top'>Other</a><iframe src='/frame.html'></iframe>"
    opened = open_page(html=html, files={"other.html": BLANK, "frame.html": BLANK, "data.json": "[7]"})
    assert opened.page.evaluate("fetch('/data.json').then((reply) => reply.json())") == [7]
    assert opened.page.frames[1].url == f"{opened.url}/frame.html"
    opened.page.get_by_role("link").click()
    opened.page.wait_for_url(f"{opened.url}/other.html?id=1#top")
    assert "authCode" in opened.success()
    assert opened.bridge.wait_for_call().page.url == f"{opened.url}/other.html?id=1#top"


def test_a_request_that_is_led_on_keeps_its_method_and_what_is_escaped_in_it(bridge: Bridge) -> None:
    headers = {"Referer": f"{bridge.url}/cart?x=1"}
    reply = httpx.post(f"{bridge.url.rpartition('/')[0]}/a%2Fb%20%3F%25.js?q=%26", headers=headers)
    assert (reply.status_code, reply.headers["location"]) == (
        307,
        f"/{bridge.url.rpartition('/')[2]}/a%2Fb%20%3F%25.js?q=%26",
    )
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "referer",
    ["", "x", "http://[", "http://", "http://evil.example{prefix}/", "http://localhost:1{prefix}/", "{prefix}/"],
)
def test_a_request_of_no_page_of_this_server_is_led_nowhere(
    bridge: Bridge, root: Callable[[str], str], referer: str
) -> None:
    prefix = f"/{bridge.url.rpartition('/')[2]}"
    reply = httpx.get(root("/app.js"), headers={"Referer": referer.format(prefix=prefix)})
    assert reply.status_code == 404


def test_a_path_that_looks_like_another_host_stays_on_this_one(bridge: Bridge, root: Callable[[str], str]) -> None:
    reply = httpx.get(root("//evil.example/app.js"), headers={"Referer": f"{bridge.url}/"})
    assert reply.headers["location"] == f"/{bridge.url.rpartition('/')[2]}//evil.example/app.js"


# Who may ask.


@pytest.mark.parametrize("path", ["/nothing", "/app.js", ""])
def test_a_foreign_host_learns_nothing(bridge: Bridge, site: Site, path: str) -> None:
    url = site.server.url + path if path else bridge.url
    host = f"evil.example:{site.server.port}"
    referer = bridge.url.replace(f"127.0.0.1:{site.server.port}", host)
    reply = httpx.get(url, headers={"Host": host, "Referer": f"{referer}/"})
    assert (reply.status_code, "location" in reply.headers) == (403, False)
    assert "--allow-host evil.example" in reply.text


def test_a_host_that_a_bridge_names_is_led_on(mount: Callable[..., Bridge], site: Site) -> None:
    bridge = mount(allow_hosts=["dev.example.test"])
    reply = httpx.get(bridge.url, headers={"Host": "dev.example.test"})
    assert reply.status_code == 307
    referer = f"http://dev.example.test/{bridge.url.rpartition('/')[2]}/"
    reply = httpx.get(f"{site.server.url}/app.js", headers={"Host": "dev.example.test", "Referer": referer})
    assert reply.status_code == 307


def test_a_request_without_a_host_is_refused(root: Callable[[str], str], site: Site) -> None:
    with socket.create_connection((site.server.host, site.server.port), timeout=5) as raw:
        raw.sendall(b"GET /nothing HTTP/1.0\r\n\r\n")
        assert raw.recv(1000).startswith(b"HTTP/1.1 403 ")


# The pages of several tests.


def test_a_page_that_goes_to_another_bridges_address_belongs_to_that_one(
    open_page: OpenPage, mount: Callable[..., Bridge]
) -> None:
    opened = open_page()
    opened.success()
    other = mount()
    opened.page.evaluate("(url) => { location.href = url }", other.url)
    opened.page.wait_for_url(f"{other.url}/")
    opened.success()
    assert (len(opened.bridge.calls), len(other.calls)) == (1, 1)
    other.wait_for_call()
    assert opened.bridge.log.pages == ()


def test_a_page_whose_bridge_is_gone_is_told_so_and_does_not_come_back(
    site: Site, mount: Callable[..., Bridge], tab: Page
) -> None:
    bridge = mount()
    tab.clock.install()
    tab.goto(bridge.url)
    tab.evaluate("my.getAuthCode()")
    tries: list[object] = []
    tab.on("websocket", lambda socket: tries.append(socket))
    with tab.expect_console_message(lambda message: "test that this page belongs to is over" in message.text):
        site.unmount(bridge)
    tab.clock.run_for(60_000)
    assert tries == []


def test_a_page_that_was_offline_then_is_told_when_it_comes_back(
    site: Site, mount: Callable[..., Bridge], tab: Page
) -> None:
    bridge = mount()
    tab.goto(bridge.url)
    tab.evaluate("my.getAuthCode()")
    with tab.expect_console_message(lambda message: "is over" in message.text), bridge.offline():
        site.unmount(bridge)
    reply = tab.reload()
    assert reply is not None
    assert (reply.status, "is over" in reply.text()) == (404, True)


def test_calls_that_wait_are_lost_and_their_handlers_cancelled(site: Site, mount: Callable[..., Bridge]) -> None:
    started, cancelled = threading.Event(), threading.Event()

    async def location(call: Call) -> Outcome:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return succeed()

    bridge = mount()
    bridge.always("getLocation", location)
    with connect(f"{bridge.url.replace('http', 'ws')}/_bridge/socket") as client:
        hello = {"protocol": PROTOCOL_VERSION, "page": "test", "url": "http://localhost/"}
        client.send(json.dumps({"jsonrpc": "2.0", "id": 0, "method": "bridge.hello", "params": hello}))
        client.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "getLocation"}))
        client.recv(5)
        assert started.wait(5)
        site.unmount(bridge)
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == CLOSE_NOT_SERVED
    assert cancelled.wait(5)
    assert bridge.wait_for_call("getLocation").ending == "lost"


@pytest.mark.parametrize("origin", [None, "https://shop.example.test"])
def test_a_socket_of_no_bridge_is_closed_for_good(site: Site, origin: Any) -> None:
    url = f"{site.server.url.replace('http', 'ws')}/0/_bridge/socket"
    with connect(url, origin=origin) as client, pytest.raises(ConnectionClosed) as closed:
        client.recv(5)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, "is over" in closed.value.rcvd.reason) == (CLOSE_NOT_SERVED, True)
