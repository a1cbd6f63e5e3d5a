"""The rules of `my.js`, each through a real browser, a real socket and a real handler."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, WebSocketRoute

from bridge import Bridge, Call, Outcome, after, deny, drop, grant, never, succeed
from bridge.messages import PROTOCOL_VERSION
from bridge.shim import file
from bridge.site import Site
from tests.conftest import BLANK, Elsewhere, OpenPage

ASKED = {"scopes": ["auth_base"]}


def page_with(script: str) -> str:
    return f"<!doctype html><html><head><link rel='icon' href='data:,'><script>{script}</script></head></html>"


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    return context.new_page()


# `my` exists.


def test_my_is_complete_before_the_next_script_runs(open_page: OpenPage) -> None:
    opened = open_page(html=page_with("window.seen = Object.keys(my).map((name) => [name, typeof my[name]])"))
    seen = dict(opened.page.evaluate("seen"))
    apis = {name for api in opened.bridge.settings.profile.apis() if api.on_my for name in api.names}
    assert seen == {
        **dict.fromkeys(apis | {"call", "on", "off"}, "function"),
        "SDKVersion": "string",
        "env": "object",
    }


def test_the_file_is_sent_as_it_lies_in_js_with_what_it_stands_on(site: Site) -> None:
    response = httpx.get(f"{site.mount(Bridge())}/my.js")
    assert file("my.js").read_bytes() in response.content
    assert response.content.isascii()


def test_the_core_fits_its_budget() -> None:
    assert len(gzip.compress(file("my.js").read_bytes(), 9)) <= 4000


def test_both_sides_speak_the_same_protocol_version() -> None:
    assert re.findall(r"const PROTOCOL = (\d+);", file("my.js").read_text()) == [str(PROTOCOL_VERSION)]


def test_a_page_can_add_to_my(open_page: OpenPage) -> None:
    opened = open_page()
    assert opened.page.evaluate("my.serverless = { init: 1 }, my.serverless.init") == 1


def test_functions_work_detached(open_page: OpenPage) -> None:
    opened = open_page()
    payload = opened.page.evaluate("(() => { const { getAuthCode } = my; return getAuthCode(); })()")
    assert payload["authSuccessScopes"] == ["auth_base"]


@pytest.mark.parametrize("declaration", ["window.my =", "var my ="])
def test_it_merges_into_a_my_that_exists_already(elsewhere: Elsewhere, site: Site, tab: Page, declaration: str) -> None:
    own = "{ getAuthCode: () => 'vendor', BaaS: 1 }"
    script = f"<script>{declaration} {own}; window.before = my</script>"
    tab.goto(elsewhere.serve(f"{script}<script src='{site.mount(Bridge())}/my.js'></script>"))
    assert tab.evaluate("my === before && my.BaaS") == 1
    assert "authCode" in tab.evaluate("my.getAuthCode()")


def test_a_my_with_read_only_members_is_extended_too(elsewhere: Elsewhere, site: Site, tab: Page) -> None:
    own = "{ get getAuthCode() { return 'vendor' }, BaaS: 1 }"
    tab.goto(elsewhere.serve(f"<script>window.my = {own}</script><script src='{site.mount(Bridge())}/my.js'></script>"))
    assert "authCode" in tab.evaluate("my.getAuthCode()")
    assert tab.evaluate("my.BaaS") == 1


@pytest.mark.parametrize("lock", ["freeze", "seal"])
def test_a_locked_my_is_replaced_by_one_that_has_its_members(
    elsewhere: Elsewhere, site: Site, tab: Page, lock: str
) -> None:
    script = f"<script>window.my = Object.{lock}({{ getAuthCode: 1, BaaS: 1 }})</script>"
    tab.goto(elsewhere.serve(f"{script}<script src='{site.mount(Bridge())}/my.js'></script>"))
    assert tab.evaluate("my.BaaS") == 1
    assert "authCode" in tab.evaluate("my.getAuthCode()")


def test_a_vendor_script_that_comes_later_does_not_take_over(open_page: OpenPage) -> None:
    vendor = "window.my = { getAuthCode: () => 'vendor', vendorOnly: 1 }; window.AlipayJSBridge = { call: 1, extra: 2 }"
    opened = open_page(html=page_with(vendor))
    assert "authCode" in opened.page.evaluate("my.getAuthCode()")
    assert opened.page.evaluate("[my.vendorOnly, typeof AlipayJSBridge.call, AlipayJSBridge.extra]") == [
        1,
        "function",
        2,
    ]


def test_a_module_finds_its_server_too(elsewhere: Elsewhere, site: Site, tab: Page) -> None:
    address = f"{site.mount(Bridge())}/my.js"
    tab.goto(elsewhere.serve(f"<script type=module src='{address}'></script>"))
    assert "authCode" in tab.evaluate("my.getAuthCode()")


def test_a_second_script_tag_changes_nothing(open_page: OpenPage) -> None:
    opened = open_page(html="<script>window.first = my</script><script src='my.js'></script>")
    assert opened.page.evaluate("my === first")
    opened.page.evaluate("dispatchEvent(new Event('offline'))")
    assert opened.errors == []
    opened.success()
    assert len(opened.bridge.connections) == 1


# How a call may look.


@pytest.mark.parametrize("call", ["my.getAuthCode()", "my.getAuthCode(null)", "my.getAuthCode({})"])
def test_the_options_may_be_left_out(open_page: OpenPage, call: str) -> None:
    assert "authCode" in open_page().page.evaluate(call)


def test_a_second_positional_callback_gets_the_result_of_a_success(open_page: OpenPage) -> None:
    payload = open_page().page.evaluate(
        "new Promise((resolve) => { my.getAuthCode({ scopes: 'auth_base' }, resolve) })"
    )
    assert payload["authSuccessScopes"] == ["auth_base"]


def test_a_second_positional_callback_gets_the_result_of_a_failure(open_page: OpenPage) -> None:
    opened = open_page(deny())
    payload = opened.page.evaluate("new Promise((resolve) => { my.getAuthCode({ scopes: 'auth_base' }, resolve) })")
    assert payload["error"] == 11
    assert opened.errors == []


@pytest.mark.parametrize(
    ("scopes", "meant"),
    [
        (["auth_base", "auth_user"], ["auth_base", "auth_user"]),
        ("auth_user", ["auth_user"]),
        ("auth_base, auth_user", ["auth_base", "auth_user"]),
        (["auth_user", "auth_user"], ["auth_user"]),
        (None, ["auth_base"]),
    ],
)
def test_scopes_come_in_every_form_that_real_code_uses(open_page: OpenPage, scopes: Any, meant: list[str]) -> None:
    assert open_page().success({"scopes": scopes})["authSuccessScopes"] == meant


def test_a_string_for_scopes_earns_one_remark_in_the_console(open_page: OpenPage) -> None:
    opened = open_page()
    opened.success({"scopes": "auth_base"})
    opened.success({"scopes": "auth_base"})
    (remark,) = opened.console
    assert remark.startswith("[bridge] my.getAuthCode: scopes is the string")


def test_strict_refuses_a_string_for_scopes(open_page: OpenPage) -> None:
    opened = open_page(strict=True)
    assert opened.fail({"scopes": "auth_base"})["error"] == 2
    assert "['auth_base']" in opened.console[0]


def test_unknown_options_reach_the_handler_and_functions_do_not(open_page: OpenPage) -> None:
    seen: list[dict[str, Any]] = []

    def login(call: Call) -> Outcome:
        seen.append(call.params)
        return grant()

    opened = open_page(login)
    opened.success({**ASKED, "scene": "merchantOauth"})
    assert seen == [{**ASKED, "scene": "merchantOauth"}]


def test_an_argument_that_cannot_be_sent_fails_the_call_and_is_named(open_page: OpenPage) -> None:
    opened = open_page()
    payload = opened.page.evaluate("(() => { const o = {}; o.self = o; return my.getAuthCode(o).catch((e) => e) })()")
    assert payload == {"error": 2, "errorMessage": "Invalid parameters"}
    assert opened.console[0].startswith("[bridge] my.getAuthCode: its argument cannot be sent: ")


def test_a_text_cut_within_an_emoji_harms_no_call(open_page: OpenPage) -> None:
    opened = open_page({"showToast": lambda call: succeed(call.params), "getAuthCode": grant()})
    cut, other = opened.page.evaluate(
        "Promise.all([my.showToast({ content: 'I like \\u{1f600}'.slice(0, 8) }), my.getAuthCode()])"
    )
    assert cut == {"content": "I like \ufffd"}
    assert "authCode" in other


def test_a_call_that_the_server_cannot_read_fails_like_one_with_wrong_arguments(open_page: OpenPage) -> None:
    assert open_page().page.evaluate("my.call(undefined, {}).catch((e) => e)")["error"] == 2


def test_an_argument_that_is_too_long_fails_its_own_call_only(open_page: OpenPage) -> None:
    opened = open_page()
    long, good = opened.page.evaluate(
        "Promise.all([my.getAuthCode({ x: '\u20ac'.repeat(1400000) }).catch((e) => e), my.getAuthCode()])"
    )
    assert long["error"] == 2
    assert "authCode" in good
    assert "[bridge] my.getAuthCode: its argument cannot be sent: over 4 MB" in opened.console


@pytest.mark.parametrize(("letter", "count"), [("x", 3_900_000), ("\u20ac", 1_300_000)])
def test_an_argument_of_almost_4_megabytes_arrives(open_page: OpenPage, letter: str, count: int) -> None:
    opened = open_page(lambda call: succeed({"length": len(call.params["x"])}))
    call = "([letter, count]) => my.getAuthCode({ x: letter.repeat(count) })"
    assert opened.page.evaluate(call, [letter, count]) == {"length": count}


@pytest.mark.parametrize("options", ["'auth_base'", "['auth_base']", "7"])
def test_options_that_are_no_object_are_invalid(open_page: OpenPage, options: str) -> None:
    assert open_page().page.evaluate(f"my.getAuthCode({options}).catch((e) => e)")["error"] == 2


# What runs, and in which order.


def test_success_complete_and_the_promise_get_the_same_object(open_page: OpenPage) -> None:
    opened = open_page()
    assert opened.page.evaluate("""async () => {
      const got = [];
      const note = (res) => got.push(res);
      got.push(await my.getAuthCode({ success: note, complete: note }));
      return got.length === 3 && got.every((res) => res === got[0]);
    }""")


def test_nothing_runs_inside_the_call_itself(open_page: OpenPage) -> None:
    opened = open_page()
    assert opened.page.evaluate("""() => new Promise((resolve) => {
      const ran = [];
      my.getAuthCode({ success: () => ran.push("success"), complete: () => resolve(ran) });
      const unsendable = {}; unsendable.self = unsendable;
      my.getAuthCode({ ...unsendable, fail: () => ran.push("fail") });
      ran.push("the call is over");
    })""") == ["the call is over", "fail", "success"]


@pytest.mark.bridge_checks(callback_threw=False)
def test_a_callback_that_throws_does_not_stop_the_next_one(open_page: OpenPage) -> None:
    opened = open_page()
    with opened.page.expect_event("pageerror") as uncaught:
        assert opened.page.evaluate("""() => new Promise((resolve) => {
          const ran = [];
          my.getAuthCode({
            success: () => { ran.push("success"); throw new Error("from the page"); },
            complete: () => ran.push("complete"),
          }).then(() => resolve(ran));
        })""") == ["success", "complete"]
    assert "from the page" in str(uncaught.value)


def test_callbacks_are_those_of_the_moment_of_the_call(open_page: OpenPage) -> None:
    opened = open_page()
    assert opened.page.evaluate("""() => new Promise((resolve) => {
      const ran = [];
      const options = { success: () => ran.push("first") };
      my.getAuthCode(options);
      options.success = () => { ran.push("second"); resolve(ran); };
      my.getAuthCode(options);
    })""") == ["first", "second"]


@pytest.mark.parametrize("callback", ["fail", "complete"])
def test_a_callback_for_failures_makes_catching_the_promise_unnecessary(open_page: OpenPage, callback: str) -> None:
    opened = open_page(deny())
    opened.page.evaluate(f"new Promise((done) => {{ my.getAuthCode({{ {callback}: () => setTimeout(done, 0) }}) }})")
    assert opened.errors == []


def test_without_such_a_callback_an_uncaught_failure_is_seen(open_page: OpenPage) -> None:
    opened = open_page(deny())
    with opened.page.expect_event("pageerror"):
        opened.page.evaluate("void my.getAuthCode({ success: () => {} })")


def test_a_successful_payload_has_no_field_that_frameworks_take_for_a_failure(open_page: OpenPage) -> None:
    assert not {"error", "errorMessage"} & open_page().success(ASKED).keys()


def test_an_answer_arrives_late_when_it_is_told_to(open_page: OpenPage) -> None:
    opened = open_page({"getAuthCode": after(0.1, grant()), "getLocation": succeed({})})
    assert opened.page.evaluate("""() => new Promise((resolve) => {
      const ran = [];
      my.getAuthCode({ success: () => { ran.push("late"); resolve(ran) } });
      my.getLocation({ success: () => ran.push("at once") });
    })""") == ["at once", "late"]


def test_a_call_that_is_never_answered_holds_up_no_other(open_page: OpenPage) -> None:
    opened = open_page({"getAuthCode": never(), "getLocation": succeed({"city": "Hangzhou"})})
    assert opened.page.evaluate("(my.getAuthCode({ complete() { window.ran = 1 } }), my.getLocation())") == {
        "city": "Hangzhou"
    }
    assert opened.page.evaluate("window.ran") is None


# The connection.


def test_a_call_made_before_the_socket_opens_waits_for_it(open_page: OpenPage) -> None:
    opened = open_page(html=page_with("window.result = my.getAuthCode()"))
    assert "authCode" in opened.page.evaluate("result")


def test_calls_of_one_task_travel_in_one_frame(open_page: OpenPage, tab: Page) -> None:
    frames: list[list[str]] = []
    tab.on("websocket", lambda socket: socket.on("framesent", lambda frame: frames.append(calls_in(frame))))
    opened = open_page({"getLocation": succeed({}), "getAuthCode": grant()}, tab=tab)
    opened.success()
    frames.clear()
    opened.page.evaluate("""async () => {
      const one = my.getAuthCode();
      await Promise.resolve();
      await Promise.all([one, my.getAuthCode(), my.getLocation()]);
    }""")
    assert [frame for frame in frames if frame] == [["getAuthCode", "getAuthCode", "getLocation"]]


def calls_in(frame: str | bytes) -> list[str]:
    """Return the APIs that one frame calls."""
    messages = json.loads(frame)
    return [
        message["method"] for message in (messages if isinstance(messages, list) else [messages]) if message.get("id")
    ]


def test_a_batch_that_would_be_too_long_is_sent_in_parts(open_page: OpenPage) -> None:
    opened = open_page()
    answers = opened.page.evaluate(
        "Promise.all(Array.from({ length: 8 }, () => my.getAuthCode({ x: 'x'.repeat(200000) })))"
    )
    assert len({answer["authCode"] for answer in answers}) == 8


def test_a_page_that_fakes_its_timers_and_globals_cannot_stop_the_calls(open_page: OpenPage) -> None:
    fakes = """
      for (const name of ["setTimeout", "setInterval", "WebSocket", "MessageChannel", "queueMicrotask"]) {
        window[name] = () => { throw new Error(`${name} is fake`) };
      }
      window.setTimeout = () => 0;
      JSON.stringify = JSON.parse = () => "fake";
      Math.random = () => 0.5;
      console.warn = () => {};
    """
    opened = open_page(drop_first(), html=page_with(fakes + "my.getAuthCode({ complete(res) { window.lost = res } })"))
    opened.page.wait_for_function("window.lost")
    opened.page.evaluate("void my.getAuthCode({ success(res) { window.result = res } })")
    opened.page.wait_for_function("window.result")
    assert "authCode" in opened.page.evaluate("result")


def drop_first() -> Any:
    outcomes: Iterator[Outcome] = iter([drop()])
    return lambda call: next(outcomes, grant())


def test_a_dropped_connection_fails_the_calls_that_wait_and_serves_the_next(open_page: OpenPage) -> None:
    opened = open_page({"getAuthCode": drop_first(), "getLocation": never()})
    both = opened.page.evaluate("Promise.allSettled([my.getLocation(), my.getAuthCode()])")
    assert [result["reason"] for result in both] == [{"error": 10, "errorMessage": "Empty data"}] * 2
    assert "authCode" in opened.success()


def test_a_call_fails_when_no_connection_comes_about(open_page: OpenPage, tab: Page) -> None:
    tab.clock.install()
    tab.route_web_socket("**/_bridge/socket", lambda socket: socket.close())
    opened = open_page(tab=tab)
    tab.evaluate("void my.getAuthCode({ complete(res) { window.result = res } })")
    tab.clock.run_for(10_001)
    tab.wait_for_function("window.result")
    assert tab.evaluate("result") == {"error": 10, "errorMessage": "Empty data"}
    (remark,) = opened.console
    assert 'start "mybridge serve"' in remark
    assert f"--allow-origin {opened.url.rpartition('/')[0]}" in remark


def test_a_server_of_another_protocol_version_is_not_asked_again(open_page: OpenPage, tab: Page) -> None:
    tries: list[WebSocketRoute] = []

    def refuse(socket: WebSocketRoute) -> None:
        tries.append(socket)
        socket.close(code=4400, reason="protocol versions differ")

    tab.clock.install()
    tab.route_web_socket("**/_bridge/socket", refuse)
    with tab.expect_console_message(lambda message: "protocol versions differ" in message.text):
        open_page(tab=tab)
    tab.clock.run_for(60_000)
    assert len(tries) == 1


def test_two_tabs_are_two_pages_and_each_gets_its_own_answer(open_page: OpenPage, context: BrowserContext) -> None:
    pages: list[str] = []

    def login(call: Call) -> Outcome:
        pages.append(call.page.id)
        return succeed({"you": call.params["you"]})

    opened = open_page(login, tab=context.new_page())
    other = context.new_page()
    other.goto(opened.page.url)
    assert opened.success({"you": "one"}) == {"you": "one"}
    assert other.evaluate("my.getAuthCode({ you: 'two' })") == {"you": "two"}
    assert len(set(pages)) == 2


def test_an_iframe_is_a_page_of_its_own(open_page: OpenPage) -> None:
    calls: list[Call] = []

    def login(call: Call) -> Outcome:
        calls.append(call)
        return grant()

    opened = open_page(login, html="<iframe src='frame.html'></iframe>", files={"frame.html": BLANK})
    frame = opened.page.frames[1]
    assert "authCode" in frame.evaluate("my.getAuthCode()")
    opened.success()
    assert [(call.page.framed, call.page.url) for call in calls] == [
        (True, f"{opened.url}/frame.html"),
        (False, f"{opened.url}/"),
    ]


@pytest.mark.parametrize("leave", ["location.reload()", "location.href = 'next.html'"])
def test_a_page_that_leaves_ends_its_calls_and_the_next_page_hears_nothing(open_page: OpenPage, leave: str) -> None:
    cancelled = threading.Event()

    async def location(call: Call) -> Outcome:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return succeed()

    opened = open_page({"getLocation": location, "getAuthCode": grant()}, files={"next.html": BLANK})
    opened.page.evaluate("my.getLocation({ complete() {} }), my.getAuthCode()")
    with opened.page.expect_navigation():
        opened.page.evaluate(f"{{ {leave} }}")
    assert "authCode" in opened.success()
    assert cancelled.wait(5)
    assert opened.errors == []


def test_the_server_can_make_a_page_load_itself_anew(open_page: OpenPage) -> None:
    opened = open_page()
    opened.success()
    (connection,) = opened.bridge.connections
    with opened.page.expect_navigation():
        asyncio.run_coroutine_threadsafe(opened.bridge.connections.reload_pages(), connection.loop).result(5)
    assert "authCode" in opened.success()


def test_a_page_of_another_loopback_origin_may_connect(elsewhere: Elsewhere, site: Site, tab: Page) -> None:
    tab.goto(elsewhere.serve(f"<script src='{site.mount(Bridge())}/my.js'></script>"))
    assert "authCode" in tab.evaluate("my.getAuthCode()")


# The other members of `my`.


@pytest.mark.bridge_checks(unhandled_api=False)
def test_an_api_that_nobody_handles_fails_and_the_console_says_what_to_write(open_page: OpenPage) -> None:
    opened = open_page()
    assert opened.fail(api="watchShake") == {"error": 1, "errorMessage": "Not implemented"}
    assert '@bridge.api("watchShake")' in opened.console[0]


def test_any_api_can_be_handled(open_page: OpenPage) -> None:
    opened = open_page({"tradePay": lambda call: succeed({"resultCode": call.params["tradeNO"]})})
    assert opened.page.evaluate("my.tradePay({ tradeNO: '9000' })") == {"resultCode": "9000"}


def test_an_api_of_ones_own_is_reached_with_call(open_page: OpenPage) -> None:
    opened = open_page()
    opened.bridge.api("walletThing", custom=True)(lambda call: succeed({"did": call.params}))
    assert opened.page.evaluate("my.call('walletThing', { a: 1 })") == {"did": {"a": 1}}
    assert opened.page.evaluate("new Promise((done) => { my.call('walletThing', done) })") == {"did": {}}


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("getAuthCode", True),
        ("getAuthCode.object.scopes", True),
        ("getAuthCode.return.authCode", True),
        ("getAuthCode.callback.authErrorScopes", True),
        ("getAuthCode.object.nothing", False),
        ("alert", True),
        ("getLocation", True),
        ("getLocation.object.type", True),
        ("toString", False),
        ("noSuchApi", False),
        ("button.open-type.getAuthorize", True),
        ("", False),
    ],
)
def test_can_i_use_tells_what_there_is(open_page: OpenPage, query: str, answer: bool) -> None:
    assert open_page().page.evaluate("(query) => my.canIUse(query)", query) is answer


def test_the_environment_looks_like_a_wallets(open_page: OpenPage) -> None:
    page = open_page().page
    assert re.fullmatch(r"\d+\.\d+\.\d+", page.evaluate("my.SDKVersion"))
    assert page.evaluate("my.env").keys() == {
        "USER_DATA_PATH",
        "clientName",
        "clientVersion",
        "language",
        "platform",
    }


# The raw bridge.


@pytest.mark.parametrize("name", ["scopes", "scopeNicks"])
def test_the_raw_bridge_takes_scopes_under_both_names(open_page: OpenPage, name: str) -> None:
    payload = open_page().page.evaluate(
        "(name) => new Promise((done) => AlipayJSBridge.call('getAuthCode', { [name]: ['auth_user'] }, done))", name
    )
    assert payload["authSuccessScopes"] == ["auth_user"]


def test_a_failure_of_the_raw_bridge_is_a_result_with_error(open_page: OpenPage) -> None:
    opened = open_page(deny())
    assert opened.page.evaluate("new Promise((done) => AlipayJSBridge.call('getAuthCode', done))")["error"] == 11
    assert opened.page.evaluate("AlipayJSBridge.call('getAuthCode')") is None
    opened.ask()
    assert opened.errors == []


def test_the_raw_bridge_says_when_it_is_ready(open_page: OpenPage) -> None:
    script = "document.addEventListener('AlipayJSBridgeReady', () => { window.ready = typeof AlipayJSBridge.call })"
    opened = open_page(html=page_with(script))
    opened.page.wait_for_function("window.ready")
    assert opened.page.evaluate("ready") == "function"


def test_a_page_is_told_from_its_frame_even_when_chance_is_stubbed(
    open_page: OpenPage, context: BrowserContext
) -> None:
    tab = context.new_page()
    tab.add_init_script("Math.random = () => 0.5")
    html = "<!doctype html><script>my.getAuthCode()</script>"
    opened = open_page(html=f"{html}<iframe src='frame.html'></iframe>", files={"frame.html": html}, tab=tab)
    pages = {opened.bridge.wait_for_call().page.id for _ in range(2)}
    assert len(pages) == 2
