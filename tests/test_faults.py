"""Everything that can go wrong with an answer, as the page sees it and as the test does."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from websockets.sync.client import connect

from bridge import Bridge, Call, ExpiredCode, Outcome, after, deny, drop, fail, grant, never, succeed, too_late, twice
from bridge.errors import SetupError
from tests.conftest import BLANK, OpenPage
from tests.wire_page import WirePage, open_wire_page

LOST = {"error": 10, "errorMessage": "Empty data"}

# Calls and goes on; what its callbacks got is in `heard`.
CALL = """(api) => {
  const note = (name) => (payload) => (window.heard ??= []).push([name, payload]);
  my.call(api, { success: note("success"), fail: note("fail"), complete: note("complete") });
}"""


def heard(opened: Any, count: int) -> list[list[Any]]:
    """Return what callbacks got, once that many have run."""
    opened.page.wait_for_function("(count) => window.heard?.length >= count", arg=count)
    result: list[list[Any]] = opened.page.evaluate("heard")
    return result


def ran(call: Any) -> list[str]:
    """Return the names of the callbacks that ran, as the log has them."""
    return [callback.name for callback in call.callbacks]


# What an outcome does.


def test_an_answer_comes_after_its_time(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page(after(0.2, deny()))
    assert (
        opened.page.evaluate("""async () => {
      const began = performance.now();
      await my.getAuthCode().catch(() => {});
      return performance.now() - began;
    }""")
        >= 195
    )  # the clocks are two
    call = bridge.wait_for_call()
    assert (call.outcome, call.ending) == (after(0.2, deny()), "answered")


def test_a_call_that_is_never_answered_is_over_for_the_test_and_open_for_the_page(
    open_page: OpenPage, bridge: Bridge
) -> None:
    opened = open_page({"getAuthCode": never(), "scan": succeed()})
    opened.page.evaluate(CALL, "getAuthCode")
    call = bridge.wait_for_call("getAuthCode")
    opened.success(api="scan")
    assert opened.page.evaluate("window.heard") is None
    assert (call.ending, call.summary, call.callbacks) == ("never", "never answered", ())


def test_the_same_answer_may_come_twice(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page(twice(grant()))
    opened.page.evaluate(CALL, "getAuthCode")
    (name, payload), *rest = heard(opened, 4)
    assert name == "success"
    assert rest == [["complete", payload], ["success", payload], ["complete", payload]]
    call = bridge.wait_for_call()
    assert ran(call) == ["success", "complete"] * 2
    assert call.code == payload["authCode"]


def test_a_success_may_be_followed_by_a_failure(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page(twice(grant(), deny()))
    opened.page.evaluate(CALL, "getAuthCode")
    names = [name for name, _ in heard(opened, 4)]
    assert names == ["success", "complete", "fail", "complete"]
    call = bridge.wait_for_call()
    assert ran(call) == names
    assert bridge.redeem(call.code)


@pytest.mark.parametrize("leave", ["location.href = 'next.html'", "location.reload()"])
def test_an_answer_that_comes_too_late_finds_the_page_gone(open_page: OpenPage, bridge: Bridge, leave: str) -> None:
    opened = open_page({"getAuthCode": too_late(grant()), "scan": succeed()}, files={"next.html": BLANK})
    opened.page.evaluate(CALL, "getAuthCode")
    opened.success(api="scan")
    with opened.page.expect_navigation():
        opened.page.evaluate(f"{{ {leave} }}")
    call = bridge.wait_for_call("getAuthCode")
    assert (call.ending, call.callbacks) == ("too late", ())
    assert bridge.redeem(call.code)
    opened.success(api="scan")
    assert opened.page.evaluate("window.heard") is None


@pytest.mark.parametrize(
    ("outcome", "callback", "issued"),
    [(drop(), "fail", False), (drop(during=grant()), "fail", True), (drop(after=grant()), "success", True)],
    ids=repr,
)
def test_the_connection_may_be_lost_around_an_answer(
    open_page: OpenPage, bridge: Bridge, outcome: Any, callback: str, issued: bool
) -> None:
    opened = open_page({"scan": never()})
    bridge.once("getAuthCode", outcome)
    opened.page.evaluate("my.scan().catch((lost) => { window.other = lost }), 0")
    ((name, payload), _) = opened.ask()
    assert name == callback
    call = bridge.wait_for_call("getAuthCode")
    assert (call.ending, ran(call)) == ("dropped", [callback, "complete"])
    assert payload.get("authCode", LOST) == (call.code if callback == "success" else LOST)
    assert not issued or bridge.redeem(call.code)
    opened.page.wait_for_function("window.other")
    assert opened.page.evaluate("other") == LOST
    assert "authCode" in opened.success()


@pytest.mark.parametrize("payload", [{"resultCode": "9000"}, [1, "\u00e9", None], "text", 0, None])
def test_a_payload_may_be_one_that_nobody_documents(open_page: OpenPage, payload: Any) -> None:
    opened = open_page({"getAuthCode": fail(payload), "tradePay": succeed(payload)})
    assert opened.fail() == payload
    assert opened.success(api="tradePay") == ({} if payload is None else payload)


# The network.


def test_a_page_that_is_disconnected_hears_so_and_comes_back(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page()
    bridge.once("getAuthCode", after(3600, grant()))
    opened.page.evaluate(CALL, "getAuthCode")
    call = bridge.wait_for_call(settled=False)
    bridge.disconnect()
    assert heard(opened, 2) == [["fail", LOST], ["complete", LOST]]
    assert "authCode" in opened.success()
    assert bridge.wait_for_call().ending == "answered"
    assert (call.ending, ran(call)) == ("lost", ["fail", "complete"])


def test_offline_no_page_comes_back_before_it_is_over(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page({"scan": never()})
    opened.page.evaluate("my.scan().catch(() => my.getAuthCode()).then((result) => { window.result = result }), 0")
    bridge.wait_for_call("scan")
    with bridge.offline():
        opened.page.wait_for_event("websocket")
        # It would not try again if that had worked.
        opened.page.wait_for_event("websocket")
        assert not bridge.connections
    opened.page.wait_for_function("window.result")
    assert opened.page.evaluate("'authCode' in result")


def test_a_page_that_is_offline_is_not_connected(open_page: OpenPage, bridge: Bridge) -> None:
    open_page().success()
    before = len(bridge.connected)
    with bridge.offline():
        assert (before, len(bridge.connected)) == (1, 0)


def test_a_call_that_python_has_not_heard_is_not_lost_with_the_connection(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page({"scan": never()})
    opened.page.evaluate(CALL, "scan")
    bridge.wait_for_call("scan")
    bridge.latency = 0.2
    bridge.disconnect()
    # The page cannot know yet: it sends this to nobody.
    bridge.latency = 0
    assert "authCode" in opened.success()
    assert heard(opened, 2) == [["fail", LOST], ["complete", LOST]]
    assert [call.api for call in bridge.calls] == ["scan", "getAuthCode"]


def test_a_page_that_does_not_know_yet_that_it_is_offline_answers_what_it_can(
    open_page: OpenPage, bridge: Bridge
) -> None:
    opened = open_page()
    opened.success()
    bridge.latency = 0.2
    with bridge.offline():
        assert opened.success(api="getNetworkType")["networkType"]
        opened.page.evaluate("my.getAuthCode({ success: (answer) => { window.answer = answer } }), 0")
    opened.page.wait_for_function("window.answer")
    assert [call.api for call in bridge.calls] == ["getAuthCode", "getAuthCode"]


def test_a_page_stays_offline_until_the_last_who_wanted_it_is_done(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page()
    opened.success()
    with bridge.offline():
        with bridge.offline():
            pass
        opened.page.wait_for_event("websocket")
        opened.page.wait_for_event("websocket")
        assert not bridge.connections
    assert opened.success()


def test_a_clock_that_is_moved_does_not_cut_off_a_page_that_is_just_coming(bridge: Bridge) -> None:
    with connect(f"{bridge.url.replace('http', 'ws')}/_bridge/socket") as socket:
        bridge.clock.advance(3600)
        page = WirePage(socket)
        page.introduce(f"{bridge.url}/")
        assert page.ask()[0] == "success"


def test_a_test_may_ask_a_page_whether_it_is_the_call_that_it_waits_for(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page({"scan": succeed("42")})
    opened.page.evaluate("void my.getAuthCode()")
    call = bridge.wait_for_call(when=lambda call: opened.success(api="scan") == "42")
    assert call.api == "getAuthCode"


@pytest.mark.bridge_checks(handler_raised=False)
def test_a_test_that_has_passed_waits_for_handlers_that_are_still_at_work(bridge: Bridge) -> None:
    begun, waited = threading.Event(), threading.Event()

    @bridge.api("getAuthCode")
    def login(call: Call) -> Outcome:
        begun.set()
        waited.wait(0.2)
        raise LookupError("there is no such user")

    with open_wire_page(bridge.url) as page:
        page.send()
        assert begun.wait(5)
        bridge.wait_for_pages(5)
        (call,) = bridge.calls
        assert isinstance(call.error, LookupError)


def test_a_slow_network_delays_every_answer_and_keeps_their_order(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page({"scan": succeed("scan"), "getAuthCode": succeed("code")})
    opened.success()
    bridge.latency = 0.2
    order, took = opened.page.evaluate("""async () => {
      const began = performance.now(), order = [];
      await Promise.all([my.scan(), my.getAuthCode(), my.scan()].map((call) => call.then((name) => order.push(name))));
      return [order, performance.now() - began];
    }""")
    assert order == ["scan", "code", "scan"]
    assert took >= 195  # the clocks are two
    assert bridge.latency == 0.2


@pytest.mark.parametrize("seconds", [-1, True, "1", float("nan")])
def test_latency_is_a_number_of_seconds(seconds: Any) -> None:
    with pytest.raises(SetupError, match=f"latency is a number of seconds up to 86400, not {seconds!r}"):
        Bridge().latency = seconds


# Time.


def test_what_waits_for_its_time_comes_at_once_when_time_is_moved(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page(after(3600, grant()))
    opened.page.evaluate(CALL, "getAuthCode")
    bridge.wait_for_call(settled=False)
    bridge.clock.advance(3600)
    assert [name for name, _ in heard(opened, 2)] == ["success", "complete"]


def test_a_code_expires_when_time_is_moved(open_page: OpenPage, bridge: Bridge) -> None:
    code = open_page().success()["authCode"]
    bridge.clock.advance(bridge.settings.profile.code.lifetime)
    with pytest.raises(ExpiredCode):
        bridge.redeem(code)


# What the page did.


@pytest.mark.parametrize(
    ("call", "names"),
    [
        ("my.getAuthCode({ success() {}, fail() {} })", ["success"]),
        ("my.getAuthCode({ complete() {} })", ["complete"]),
        ("my.getAuthCode({ complete() {} }, () => {})", ["complete", "callback"]),
        ("AlipayJSBridge.call('getAuthCode', () => {})", ["callback"]),
        ("my.getAuthCode()", []),
    ],
)
def test_it_is_known_which_callbacks_ran(open_page: OpenPage, bridge: Bridge, call: str, names: list[str]) -> None:
    open_page().page.evaluate(f"void {call}")
    assert ran(bridge.wait_for_call()) == names


@pytest.mark.bridge_checks(callback_threw=False)
@pytest.mark.parametrize(
    ("thrown", "said"),
    [
        ("new TypeError('no cart')", "TypeError: no cart\n    at success ("),
        ("'sold out'", "sold out"),
        ("10n", "10"),
        ("undefined", "undefined"),
        ("Symbol('s')", "Symbol(s)"),
        ("Object.assign(window, { self: window })", "[object Window]"),
    ],
)
def test_it_is_known_what_a_callback_threw(open_page: OpenPage, bridge: Bridge, thrown: str, said: str) -> None:
    open_page().page.evaluate(f"void my.getAuthCode({{ success() {{ throw {thrown} }}, complete() {{}} }})")
    call = bridge.wait_for_call()
    assert ran(call) == ["success", "complete"]
    assert (call.threw or "").startswith(said)
    assert (call.threw or "").count("no cart") <= 1


@pytest.mark.bridge_checks(handler_raised=False)
def test_a_rule_whose_when_raises_fails_the_call_and_is_not_used(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page()
    bridge.once("getAuthCode", deny(), when=lambda call: call.params["scene"] == "pay")
    assert opened.fail() == {"error": 3, "errorMessage": "Unknown error"}
    assert isinstance(bridge.wait_for_call().error, KeyError)
    assert opened.fail({"scene": "pay"})["error"] == 11


def test_a_call_of_a_frame_is_told_apart(open_page: OpenPage, bridge: Bridge) -> None:
    opened = open_page(html="<iframe src='frame.html'></iframe>", files={"frame.html": BLANK})
    bridge.once("getAuthCode", deny(), page="/frame.html")
    opened.success()
    opened.page.frame_locator("iframe").locator("body").evaluate("() => my.getAuthCode({ fail() {} }).catch(() => {})")
    top, framed = bridge.wait_for_call(), bridge.wait_for_call(page="/frame.html")
    assert (top.page.framed, framed.page.framed) == (False, True)
    assert (framed.outcome, ran(framed)) == (deny(), ["fail"])
