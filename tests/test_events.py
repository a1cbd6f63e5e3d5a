"""Python tells pages of events, and is the mini program around a page in a web-view."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from bridge import Bridge, Call, HandlerError, NoSuchPage, Outcome, succeed
from tests.conftest import OpenPage

HEARD = "window.heard = []; const note = (data) => heard.push(data);"


def test_an_event_reaches_those_who_listen_to_it(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page()
    opened.page.evaluate(f"{{ {HEARD} my.onAccelerometerChange(note); my.onCompassChange(note); }}")
    bridge.emit("accelerometerChange", {"x": 0, "y": 0.5, "z": 1})
    opened.page.wait_for_function("heard.length")
    assert opened.page.evaluate("heard") == [{"x": 0, "y": 0.5, "z": 1}]


@pytest.mark.parametrize(
    ("stop", "left"),
    [
        ("my.offAccelerometerChange(one)", ["two"]),
        ("my.offAccelerometerChange()", []),
        ("my.off('accelerometerChange', two)", ["one"]),
        ("my.off('accelerometerChange')", []),
        ("listening.remove()", ["two"]),
    ],
)
def test_who_stops_listening_hears_no_more(open_page: OpenPage, bridge: Bridge, stop: str, left: list[str]) -> None:
    opened = open_page()
    opened.page.evaluate(f"""{{
      window.heard = [];
      const one = () => heard.push("one"), two = () => heard.push("two");
      const listening = my.onAccelerometerChange(one);
      my.on("accelerometerChange", two);
      {stop};
      my.onCompassChange(() => heard.push("last"));
    }}""")
    bridge.emit("accelerometerChange", {"x": 0})
    bridge.emit("compassChange", {"direction": 1})
    opened.page.wait_for_function("heard.at(-1) === 'last'")
    assert opened.page.evaluate("heard") == [*left, "last"]


def test_a_listener_that_throws_does_not_stop_the_next(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page()
    opened.page.evaluate(
        f"{{ {HEARD} my.onMemoryWarning(() => {{ throw new Error('sold out') }}); my.onMemoryWarning(note); }}"
    )
    bridge.emit("memoryWarning", {"level": 10})
    opened.page.wait_for_function("heard.length")
    opened.page.evaluate("new Promise((resolve) => setTimeout(resolve))")
    assert opened.errors == ["sold out"]


def test_who_wraps_what_begins_listening_hears_each_event_once(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page()
    opened.page.evaluate(f"""{{
      {HEARD}
      const original = my.onNetworkStatusChange;
      my.onNetworkStatusChange = (listener) => original((data) => listener(data.networkType));
      my.onNetworkStatusChange(note);
    }}""")
    for kind in ("WIFI", "NONE"):
        bridge.emit("networkStatusChange", {"isConnected": True, "networkType": kind})
    opened.page.wait_for_function("heard.length === 2")
    assert opened.page.evaluate("heard") == ["WIFI", "NONE"]
    assert opened.errors == []


def test_an_event_can_be_told_to_some_pages_only(open_page: OpenPage, bridge: Bridge, context: BrowserContext) -> None:
    first, second = open_page(), open_page(tab=context.new_page(), files={"other.html": "<p>other</p>"})
    second.page.goto(f"{second.url}/other.html")
    for opened in first, second:
        opened.page.evaluate(f"{{ {HEARD} my.on('mall.sale', note); }}")
        opened.success()
    bridge.emit("mall.sale", 1, page="/other.html", custom=True)
    bridge.emit("mall.sale", 2, custom=True)
    for opened, heard in (first, [2]), (second, [1, 2]):
        opened.page.wait_for_function("heard.at(-1) === 2")
        assert opened.page.evaluate("heard") == heard


def test_a_handler_tells_the_page_of_its_call(open_page: OpenPage) -> None:
    def hear(call: Call) -> Outcome:
        call.page.emit("message", {"echo": call.params})
        return succeed()

    opened = open_page({"postMessage": hear})
    opened.page.evaluate(f"{{ {HEARD} my.onMessage = note; my.postMessage({{ cart: [1, 2] }}); }}")
    opened.page.wait_for_function("heard.length")
    assert opened.page.evaluate("heard") == [{"echo": {"cart": [1, 2]}}]


def test_a_message_of_the_mini_program_reaches_a_listener_as_well(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page()
    opened.page.evaluate(f"{{ {HEARD} my.onMessage(note); }}")
    opened.success()  # so it is connected
    (page,) = bridge.connected
    page.emit("message", "hello")
    opened.page.wait_for_function("heard.length")
    assert opened.page.evaluate("heard") == ["hello"]


def test_a_web_view_asks_where_it_is(open_page: OpenPage) -> None:
    opened = open_page()
    assert opened.page.evaluate("new Promise((resolve) => my.getEnv(resolve))") == {"miniprogram": True}


def test_where_there_is_no_page_to_tell_that_is_an_error(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page()
    opened.success()
    with pytest.raises(NoSuchPage, match=f"no page at /other.html is connected; those that are: {opened.url}/"):
        bridge.emit("memoryWarning", page="/other.html", timeout=0.01)


def test_an_event_after_a_lost_connection_reaches_the_page_when_it_is_back(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page()
    opened.page.evaluate(f"{{ {HEARD} my.onAccelerometerChange(note); }}")
    opened.success()
    for x in range(3):
        bridge.disconnect()
        bridge.emit("accelerometerChange", {"x": x})
    opened.page.wait_for_function("heard.length === 3")
    assert opened.page.evaluate("heard.map(({ x }) => x)") == [0, 1, 2]


def test_a_page_that_has_gone_hears_nothing(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page()
    opened.success()
    (page,) = bridge.connected
    opened.page.goto("about:blank")
    page.emit("memoryWarning", {"level": 10})


@pytest.mark.parametrize(
    ("event", "data", "problem"),
    [
        ("acelerometerChange", None, "there is no event 'acelerometerChange'.*did you mean 'accelerometerChange'"),
        ("onMessage", None, re.escape("there is no event 'onMessage' (for one of your own, add custom=True)")),
        ("message", {1, object()}, "message: the payload cannot be sent as JSON"),
    ],
)
def test_what_cannot_be_told_is_an_error_at_once(bridge: Bridge, event: str, data: Any, problem: str) -> None:
    with pytest.raises(Exception, match=problem) as raised:
        bridge.emit(event, data)
    assert isinstance(raised.value, HandlerError) or event == "message"


def test_the_page_knows_who_is_logged_in_as_soon_as_python_does(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page()
    opened.success({"key": "cart", "data": "of the first"}, api="setStorage")
    read = "my.getStorageSync({ key: 'cart' }).data"
    bridge.user = "Bayu"
    opened.page.wait_for_function(f"{read} === null")
    bridge.log_in("Amara", page="/")
    opened.page.wait_for_function(f"{read} === 'of the first'")
