"""`bridge.attach`: the shim on pages that another server serves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright import async_api
from playwright.sync_api import Browser, BrowserContext, Frame, Page, Route, expect

from bridge import Bridge, Call, Outcome, SetupError, deny, drop, never, succeed
from bridge.errors import NoSuchCall
from bridge.site import Site
from tests import browser as browsers
from tests import loop
from tests.conftest import BLANK, Elsewhere
from tests.wire_page import open_wire_page

FIRST = "<!doctype html><link rel='icon' href='data:,'><script>window.result = my.getAuthCode({ first: 1 })</script>"
STRICT = (
    "default-src 'none'; script-src 'self'; connect-src 'none'; style-src 'none'; require-trusted-types-for 'script'"
)
SHOP = "https://shop.example.test/"


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def other(site: Site) -> Iterator[Bridge]:
    """A second bridge."""
    bridge = Bridge()
    site.mount(bridge)
    yield bridge
    bridge.detach()
    site.unmount(bridge)


def serve_shop(target: Page | BrowserContext, html: str = FIRST) -> None:
    target.route(f"{SHOP}**", lambda route: route.fulfill(body=html, content_type="text/html"))


def frame_of(page: Page) -> Frame:
    page.wait_for_function("window.length === 1")
    (frame,) = page.main_frame.child_frames
    return frame


def test_pages_go_on_when_a_test_holds_the_browser_only(browser: Browser, bridge: Bridge, elsewhere: Elsewhere) -> None:
    page = browser.new_page()
    page.route("**/slow", lambda route: route.fulfill(body="ok"))
    page.goto(elsewhere.serve(f"<script src='{bridge.url}/my.js'></script>"))
    page.evaluate("void fetch('/slow').then(() => my.getAuthCode())")
    assert bridge.wait_for_call("getAuthCode").api == "getAuthCode"
    page.close()


def test_another_thread_may_wait_for_a_call_too(bridge: Bridge, elsewhere: Elsewhere, tab: Page) -> None:
    @bridge.api("getAuthCode")
    def login(call: Call) -> Outcome:
        bridge.wait_for_call("scan")
        return deny()

    bridge.always("scan", succeed())
    tab.goto(elsewhere.serve(f"<script src='{bridge.url}/my.js'></script>"))
    tab.evaluate("void my.getAuthCode({ fail(result) { window.result = result } }); void my.scan()")
    tab.wait_for_function("window.result?.error === 11")


def test_who_waits_no_more_in_a_coroutine_takes_no_call(bridge: Bridge) -> None:
    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(bridge.wait_for_call_async("getAuthCode"), 0.05)

    loop.run(give_up())
    with open_wire_page(bridge.url) as page:
        page.ask()
    assert bridge.wait_for_call("getAuthCode")


# The page.


def test_my_is_there_before_the_first_script_of_a_page(bridge: Bridge, elsewhere: Elsewhere, tab: Page) -> None:
    bridge.attach(tab)
    url = elsewhere.serve(FIRST)
    tab.goto(url)
    call = bridge.wait_for_call("getAuthCode")
    assert tab.evaluate("result")["authCode"] == call.code
    assert (call.params, call.page.url, call.page.framed) == ({"first": 1}, url, False)


def test_the_strictest_policy_of_a_page_is_no_obstacle(bridge: Bridge, elsewhere: Elsewhere, tab: Page) -> None:
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    bridge.attach(tab)
    app = elsewhere.serve("window.result = my.getAuthCode()", {"Content-Type": "text/javascript"})
    page = f"<link rel='icon' href='data:,'><script src='{app}'></script>"
    tab.goto(elsewhere.serve(page, {"Content-Security-Policy": f"{STRICT}; img-src data:"}))
    assert "authCode" in tab.evaluate("result")
    tab.evaluate("void my.alert({ content: 'in style' })")
    dialog = tab.get_by_role("alertdialog", name="in style")
    expect(dialog).to_have_css("border-radius", "14px")
    dialog.get_by_role("button").click()
    assert said == []


@pytest.mark.parametrize("url", [SHOP, "http://shop.example.test/checkout?id=1", "https://127.0.0.1:4443/"])
def test_a_page_of_any_origin_is_answered(bridge: Bridge, tab: Page, url: str) -> None:
    tab.route(url, lambda route: route.fulfill(body=FIRST, content_type="text/html"))
    bridge.attach(tab)
    tab.goto(url)
    assert "authCode" in tab.evaluate("result")
    assert bridge.wait_for_call().page.url == url


def test_a_page_without_an_address_is_answered(bridge: Bridge, tab: Page) -> None:
    bridge.attach(tab)
    tab.goto("about:blank")
    assert "authCode" in tab.evaluate("my.getAuthCode()")
    tab.goto("data:text/html,<title>data</title>")
    assert "authCode" in tab.evaluate("my.getAuthCode()")


@pytest.mark.parametrize(
    ("document", "media_type", "kind"),
    [
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", "undefined"),
        ("<data/>", "text/xml", "undefined"),
        ("<html xmlns='http://www.w3.org/1999/xhtml'/>", "application/xhtml+xml", "object"),
    ],
)
def test_a_document_that_is_no_page_is_left_alone(
    bridge: Bridge, elsewhere: Elsewhere, tab: Page, document: str, media_type: str, kind: str
) -> None:
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    bridge.attach(tab)
    tab.goto(elsewhere.serve(document, {"Content-Type": media_type}))
    assert tab.evaluate("typeof my") == kind
    assert errors == []


def test_every_document_is_a_page_of_its_own(bridge: Bridge, elsewhere: Elsewhere, tab: Page) -> None:
    bridge.attach(tab)
    tab.goto(elsewhere.serve(FIRST))
    first = bridge.wait_for_call()
    tab.reload()
    assert bridge.wait_for_call().page.id != first.page.id
    assert len(bridge.log.pages) == 1


def test_an_attached_page_that_has_a_script_tag_of_another_bridge_asks_the_one_it_is_attached_to(
    bridge: Bridge, other: Bridge, elsewhere: Elsewhere, tab: Page
) -> None:
    bridge.attach(tab)
    tab.goto(elsewhere.serve(f"{other.script_tag}{FIRST}"))
    bridge.wait_for_call()
    assert other.calls == ()
    assert other.log.pages == ()


def test_a_message_that_no_shim_would_send_harms_nobody(bridge: Bridge, elsewhere: Elsewhere, tab: Page) -> None:
    bridge.attach(tab)
    tab.goto(elsewhere.serve(BLANK))
    assert tab.evaluate(
        """(url) => new Promise((resolve) => {
          const socket = new WebSocket(url);
          socket.onopen = () => { socket.send(new Uint8Array([255, 254])); socket.send("[[["); };
          const said = [];
          socket.onmessage = ({ data }) => said.push(JSON.parse(data).error.code) === 2 && resolve(said);
        })""",
        f"{bridge.url.replace('http', 'ws')}/_bridge/socket",
    ) == [-32700, -32700]
    assert "authCode" in tab.evaluate("my.getAuthCode()")


# Frames, popups and contexts.


@pytest.mark.parametrize(
    "frame",
    [
        "<iframe src='{same}'></iframe>",
        "<iframe src='{foreign}'></iframe>",
        "<iframe src='{foreign}' sandbox='allow-scripts'></iframe>",
        "<iframe src='{same}' sandbox='allow-scripts'></iframe>",
        '<iframe srcdoc="{html}"></iframe>',
    ],
    ids=["same origin", "another origin", "sandboxed", "same origin, sandboxed", "srcdoc"],
)
def test_a_frame_is_answered_and_is_known_to_be_one(
    bridge: Bridge, elsewhere: Elsewhere, tab: Page, frame: str
) -> None:
    bridge.attach(tab)
    same = elsewhere.serve(FIRST)
    foreign = same.replace("localhost", "127.0.0.1")
    tab.goto(elsewhere.serve(frame.format(same=same, foreign=foreign, html=FIRST)))
    call = bridge.wait_for_call()
    assert call.params == {"first": 1}
    assert call.page.framed
    assert call.page.url == frame_of(tab).url
    assert "authCode" in tab.evaluate("my.getAuthCode()")
    assert not bridge.wait_for_call().page.framed


@pytest.mark.parametrize("frame", ["<iframe></iframe>", "<iframe sandbox='allow-scripts' srcdoc='hello'></iframe>"])
def test_a_frame_without_a_file_is_answered(bridge: Bridge, elsewhere: Elsewhere, tab: Page, frame: str) -> None:
    bridge.attach(tab)
    tab.goto(elsewhere.serve(frame))
    # Chromium and Playwright do not promise to be there before the first script of a sandboxed srcdoc.
    frame_of(tab).wait_for_function("window.my")
    assert "authCode" in frame_of(tab).evaluate("my.getAuthCode()")
    assert bridge.wait_for_call().page.framed


def test_a_context_covers_pages_that_open_later_and_their_popups(
    bridge: Bridge, elsewhere: Elsewhere, context: BrowserContext
) -> None:
    bridge.attach(context)
    page = context.new_page()
    page.goto(elsewhere.serve(FIRST))
    opener = bridge.wait_for_call()
    popup = popup_of(page, elsewhere.serve(FIRST))
    assert "authCode" in popup.evaluate("result")
    assert bridge.wait_for_call().page.id != opener.page.id


def test_pages_of_a_context_that_are_open_already_are_covered_from_their_next_navigation_on(
    bridge: Bridge, elsewhere: Elsewhere, tab: Page
) -> None:
    tab.goto(elsewhere.serve(BLANK))
    bridge.attach(tab.context)
    assert tab.evaluate("typeof my") == "undefined"
    tab.reload()
    assert "authCode" in tab.evaluate("my.getAuthCode()")


# To whom a page belongs.


def test_pages_that_are_attached_to_different_bridges_do_not_meet(
    bridge: Bridge, other: Bridge, elsewhere: Elsewhere, context: BrowserContext
) -> None:
    bridge.once("getAuthCode", deny())
    mine, theirs = context.new_page(), context.new_page()
    bridge.attach(mine)
    other.attach(theirs)
    for page in (mine, theirs):
        page.goto(elsewhere.serve(BLANK))
    assert "authCode" in theirs.evaluate("my.getAuthCode()")
    assert mine.evaluate("my.getAuthCode().catch((error) => error)")["error"] == 11
    assert len(bridge.calls) == len(other.calls) == 1


def test_of_several_attachments_the_last_counts(bridge: Bridge, other: Bridge, elsewhere: Elsewhere, tab: Page) -> None:
    other.attach(tab.context)
    bridge.attach(tab)
    tab.goto(elsewhere.serve(FIRST))
    bridge.wait_for_call()
    assert other.calls == ()


def test_a_tab_that_lives_on_belongs_to_the_bridge_that_it_is_attached_to_now(
    bridge: Bridge, other: Bridge, elsewhere: Elsewhere, tab: Page
) -> None:
    other.attach(tab)
    tab.goto(elsewhere.serve(FIRST))
    other.wait_for_call()
    other.detach()
    bridge.attach(tab)
    tab.goto(elsewhere.serve(FIRST))
    bridge.wait_for_call()
    assert len(other.calls) == len(bridge.calls) == 1
    assert len(bridge.log.pages) == 1


@pytest.mark.parametrize("whole_context", [False, True])
def test_a_tab_that_is_attached_to_nothing_any_more_is_left_alone(
    bridge: Bridge, elsewhere: Elsewhere, tab: Page, whole_context: bool
) -> None:
    bridge.attach(tab.context if whole_context else tab)
    tab.goto(elsewhere.serve(BLANK))
    bridge.detach()
    assert "authCode" in tab.evaluate("my.getAuthCode()")
    tab.reload()
    assert tab.evaluate("[typeof my, typeof AlipayJSBridge]") == ["undefined", "undefined"]


class Forgetful:
    """What older versions of Playwright do: a script that was added cannot be removed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        add = Page.add_init_script

        def add_for_ever(page: Page, script: str) -> None:
            add(page, script)

        monkeypatch.setattr(Page, "add_init_script", add_for_ever)


def test_so_it_is_with_a_playwright_that_cannot_remove_scripts(
    bridge: Bridge, other: Bridge, elsewhere: Elsewhere, tab: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    Forgetful(monkeypatch)
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    other.attach(tab)
    other.detach()
    tab.goto(elsewhere.serve(BLANK))
    assert tab.evaluate("[typeof my, typeof AlipayJSBridge]") == ["undefined", "undefined"]
    bridge.attach(tab)
    tab.goto(elsewhere.serve(FIRST))
    bridge.wait_for_call()
    bridge.detach()
    tab.goto(elsewhere.serve(f"{other.script_tag}{FIRST}"))
    other.wait_for_call()
    assert len(other.calls) == len(bridge.calls) == 1
    assert said == []


def test_options_that_change_later_count_for_attached_pages_too(
    bridge: Bridge, elsewhere: Elsewhere, tab: Page
) -> None:
    bridge.attach(tab)
    bridge.configure(user="Bayu")
    tab.goto(elsewhere.serve(FIRST))
    code = bridge.wait_for_call().code
    assert code is not None
    assert bridge.redeem(code).user_id == bridge.users.find("Bayu").id


# What cannot be attached.


CART = """<!doctype html><script>
  window.before = my.getStorageSync({ key: "cart" }).data;
  my.setStorageSync({ key: "cart", data: "full" });
</script>"""


def test_who_is_logged_in_counts_before_the_first_script_of_an_attached_page(
    bridge: Bridge, elsewhere: Elsewhere, tab: Page
) -> None:
    bridge.attach(tab)
    url = elsewhere.serve(CART)
    for user, before in ("Bayu", None), ("Amara", None), ("Bayu", "full"):
        bridge.user = user
        tab.goto(url)
        assert tab.evaluate("before") == before
    # From another thread it counts once the page is connected.
    with ThreadPoolExecutor() as pool:
        pool.submit(setattr, bridge, "user", "Chen").result()
    tab.wait_for_function("my.getStorageSync({ key: 'cart' }).data === null")


@pytest.mark.parametrize("target", [None, "page", object()])
def test_something_else_is_refused_with_what_is_taken(bridge: Bridge, target: Any) -> None:
    with pytest.raises(SetupError, match="attach takes a Page or BrowserContext of Playwright, not "):
        bridge.attach(target)


def test_a_frame_is_refused_too(bridge: Bridge, tab: Page) -> None:
    with pytest.raises(SetupError, match="attach takes a Page or BrowserContext"):
        bridge.attach(tab.main_frame)  # type: ignore[call-overload]  # as who does not check types may


def test_a_bridge_that_is_not_served_says_so(tab: Page) -> None:
    with pytest.raises(SetupError, match=r"not served: write `with bridge\.run\(\):`"):
        Bridge().attach(tab)


# The network.


def test_a_dropped_connection_fails_the_calls_that_wait_and_serves_the_next(
    bridge: Bridge, elsewhere: Elsewhere, tab: Page
) -> None:
    bridge.once("getAuthCode", drop())
    bridge.always("getLocation", never())
    bridge.attach(tab)
    tab.goto(elsewhere.serve(BLANK))
    both = tab.evaluate("Promise.allSettled([my.getLocation(), my.getAuthCode()])")
    assert [result["reason"] for result in both] == [{"error": 10, "errorMessage": "Empty data"}] * 2
    assert "authCode" in tab.evaluate("my.getAuthCode()")


def test_disconnect_drops_attached_pages_and_they_come_back(bridge: Bridge, elsewhere: Elsewhere, tab: Page) -> None:
    cancelled = threading.Event()
    bridge.always("getLocation", waiting(cancelled))
    bridge.attach(tab)
    tab.goto(elsewhere.serve(BLANK))
    tab.evaluate("(my.getLocation({ complete(res) { window.result = res } }), my.getAuthCode())")
    bridge.disconnect()
    tab.wait_for_function("window.result")
    assert tab.evaluate("result") == {"error": 10, "errorMessage": "Empty data"}
    assert cancelled.wait(5)
    assert bridge.wait_for_call("getLocation").ending == "lost"
    assert "authCode" in tab.evaluate("my.getAuthCode()")
    assert len(bridge.log.pages) == 1


def test_calls_that_are_made_offline_wait_for_the_connection(bridge: Bridge, elsewhere: Elsewhere, tab: Page) -> None:
    bridge.attach(tab)
    tab.goto(elsewhere.serve(BLANK))
    tab.evaluate("my.getAuthCode()")
    with bridge.offline():
        with tab.expect_console_message(lambda message: "cannot reach" in message.text):
            tab.evaluate("void my.getAuthCode({ complete(res) { window.result = res } })")
        assert tab.evaluate("window.result") is None
        assert bridge.log.pages == ()
    tab.wait_for_function("window.result")
    assert "authCode" in tab.evaluate("result")


def test_a_server_that_stops_before_the_page_leaves_it_alone(
    elsewhere: Elsewhere, tab: Page, caplog: pytest.LogCaptureFixture
) -> None:
    bridge = Bridge()
    bridge.always("getAuthCode", never())
    with bridge.run():
        bridge.attach(tab)
        tab.goto(elsewhere.serve(BLANK))
        tab.evaluate("void my.getAuthCode({ complete(res) { window.result = res } })")
        bridge.wait_for_call(settled=False)
    tab.wait_for_function("window.result")
    assert tab.evaluate("result.error") == 10
    tab.reload()
    assert tab.evaluate("typeof my") == "undefined"
    assert [record for record in caplog.records if record.name.startswith("bridge")] == []


# The end of pages.


def waiting(cancelled: threading.Event) -> Callable[[Call], Coroutine[Any, Any, Outcome]]:
    async def handler(call: Call) -> Outcome:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return succeed()

    return handler


@pytest.mark.parametrize(
    "leave",
    [
        lambda page: page.reload(),
        lambda page: page.goto("about:blank"),
        lambda page: page.close(),
        lambda page: page.context.close(),
        lambda page: page.evaluate("document.querySelector('iframe')?.remove()"),
    ],
    ids=["reload", "another page", "close", "close the context", "remove the frame"],
)
def test_a_page_that_goes_while_its_call_waits_loses_the_call_alone(
    bridge: Bridge, elsewhere: Elsewhere, tab: Page, leave: Callable[[Page], None], request: pytest.FixtureRequest
) -> None:
    cancelled = threading.Event()
    bridge.always("getLocation", waiting(cancelled))
    bridge.attach(tab)
    tab.goto(elsewhere.serve(f"<iframe src='{elsewhere.serve(BLANK)}'></iframe>"))
    asking = frame_of(tab) if "frame" in request.node.name else tab.main_frame
    asking.evaluate("(my.getLocation({ complete() {} }), my.getAuthCode())")
    leave(tab)
    assert bridge.wait_for_call("getLocation").ending == "lost"
    assert cancelled.wait(5)
    if not tab.is_closed():
        assert "authCode" in tab.evaluate("my.getAuthCode()")


def popup_of(page: Page, url: str) -> Page:
    with page.expect_popup() as popup:
        page.evaluate("(url) => void window.open(url)", url)
    popup.value.wait_for_load_state()
    return popup.value


def test_a_page_that_closes_itself_does_not_disturb_who_waits_for_another(
    bridge: Bridge, elsewhere: Elsewhere, tab: Page
) -> None:
    tab.goto(elsewhere.serve(BLANK))
    popup = popup_of(tab, elsewhere.serve(BLANK))
    bridge.attach(popup)
    bridge.attach(tab)
    tab.goto(elsewhere.serve("<script>setTimeout(() => my.getAuthCode(), 300)</script>"))
    popup.evaluate("setTimeout(() => window.close(), 100)")
    bridge.wait_for_call()
    assert popup.is_closed()


def test_when_the_only_page_closes_itself_the_wait_ends_with_the_reason(
    bridge: Bridge, elsewhere: Elsewhere, tab: Page
) -> None:
    tab.goto(elsewhere.serve(BLANK))
    popup = popup_of(tab, elsewhere.serve(BLANK))
    bridge.attach(popup)
    popup.evaluate("setTimeout(() => window.close(), 100)")
    with pytest.raises(NoSuchCall):
        bridge.wait_for_call(timeout=0.5)
    assert popup.is_closed()


# Waiting.


def test_waiting_lets_the_page_and_the_handlers_of_its_requests_go_on(
    bridge: Bridge, elsewhere: Elsewhere, tab: Page
) -> None:
    def answer(route: Route) -> None:
        route.fulfill(body="10001", content_type="text/plain")

    tab.route("**/user", answer)
    bridge.attach(tab)
    tab.goto(elsewhere.serve(BLANK))
    tab.evaluate("""void fetch("/user").then((reply) => reply.text()).then((user) => my.getAuthCode({ user }))""")
    call = bridge.wait_for_call("getAuthCode")
    assert call.params == {"user": "10001"}
    assert [callback.name for callback in call.callbacks] == []
    assert call.ran_at is not None


def test_an_error_in_such_a_handler_is_not_swallowed(bridge: Bridge, elsewhere: Elsewhere, tab: Page) -> None:
    waiting: list[bool] = []

    def answer(route: Route) -> None:
        route.abort()
        # Once, and not before somebody waits: on a slow machine the first request comes earlier.
        if waiting:
            waiting.clear()
            raise ZeroDivisionError

    tab.route("**/user", answer)
    bridge.attach(tab)
    tab.goto(elsewhere.serve(BLANK))
    tab.evaluate("setInterval(() => fetch('/user').catch(() => {}), 100)")
    waiting.append(True)
    with pytest.raises(ZeroDivisionError):
        bridge.wait_for_call(timeout=3)


# The async API.


class AsyncChromium:
    """A browser of the async API, in an event loop and a thread of its own."""

    def __init__(self, run: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self.run = run
        self.browser: async_api.Browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[AsyncChromium]:
    # The loop of Playwright's sync API occupies the main thread.
    with ThreadPoolExecutor(1) as thread, asyncio.Runner() as runner:
        chromium = AsyncChromium(lambda work: thread.submit(runner.run, work).result())
        manager = async_api.async_playwright()

        async def start() -> None:
            playwright = await manager.start()
            chromium.browser = await playwright.chromium.launch(**browsers.launch_options(playwright))

        async def stop() -> None:
            await chromium.browser.close()
            await manager.__aexit__()

        chromium.run(start())
        yield chromium
        chromium.run(stop())
        thread.submit(runner.close).result()


async def new_page(chromium: AsyncChromium) -> async_api.Page:
    return await (await chromium.browser.new_context()).new_page()


def test_a_page_of_the_async_api_is_answered(bridge: Bridge, elsewhere: Elsewhere, chromium: AsyncChromium) -> None:
    async def test() -> None:
        page = await new_page(chromium)
        await bridge.attach(page)
        await page.goto(elsewhere.serve(FIRST))
        call = await bridge.wait_for_call_async("getAuthCode")
        assert (await page.evaluate("result"))["authCode"] == call.code
        assert call.ran_at is not None
        await page.context.close()

    chromium.run(test())


def test_a_context_of_the_async_api_is_too_and_comes_back_when_it_is_dropped(
    bridge: Bridge, elsewhere: Elsewhere, chromium: AsyncChromium
) -> None:
    bridge.once("getAuthCode", drop())

    async def test() -> None:
        context = await chromium.browser.new_context()
        await bridge.attach(context)
        page = await context.new_page()
        await page.goto(elsewhere.serve(BLANK))
        assert (await page.evaluate("my.getAuthCode().catch((error) => error)"))["error"] == 10
        assert "authCode" in await page.evaluate("my.getAuthCode()")
        await context.close()

    chromium.run(test())


def test_a_page_of_the_async_api_that_closes_loses_its_call(
    bridge: Bridge, elsewhere: Elsewhere, chromium: AsyncChromium
) -> None:
    cancelled = threading.Event()
    bridge.always("getAuthCode", waiting(cancelled))

    async def test() -> None:
        page = await new_page(chromium)
        await bridge.attach(page)
        await page.goto(elsewhere.serve(BLANK))
        await page.evaluate("void my.getAuthCode({ complete() {} })")
        call = await bridge.wait_for_call_async(settled=False)
        await page.close()
        assert await asyncio.to_thread(cancelled.wait, 5)
        assert call.ending == "lost"
        await page.context.close()

    chromium.run(test())


def test_in_a_coroutine_waiting_without_await_is_refused_with_what_to_write(
    bridge: Bridge, chromium: AsyncChromium
) -> None:
    async def test() -> None:
        page = await new_page(chromium)
        await bridge.attach(page)
        with pytest.raises(SetupError, match=r"await bridge\.wait_for_call_async"):
            bridge.wait_for_call()
        await page.context.close()

    chromium.run(test())


def test_a_tab_of_the_async_api_that_lives_on_belongs_to_the_bridge_that_it_is_attached_to_now(
    bridge: Bridge, other: Bridge, elsewhere: Elsewhere, chromium: AsyncChromium
) -> None:
    async def test() -> None:
        page = await new_page(chromium)
        await other.attach(page)
        await page.goto(elsewhere.serve(FIRST))
        await other.wait_for_call_async()
        other.detach()
        await bridge.attach(page)
        await page.goto(elsewhere.serve(FIRST))
        await bridge.wait_for_call_async()
        bridge.detach()
        # In a coroutine it takes effect when the loop goes on, which it does between two tests.
        await page.title()
        await page.goto(elsewhere.serve(f"{other.script_tag}{FIRST}"))
        await other.wait_for_call_async()
        assert (len(other.calls), len(bridge.calls)) == (2, 1)
        await page.context.close()

    chromium.run(test())


def test_what_is_refused_is_refused_before_it_is_awaited(bridge: Bridge, chromium: AsyncChromium) -> None:
    async def test() -> None:
        page = await new_page(chromium)
        with pytest.raises(SetupError, match="not served"):
            Bridge().attach(page)
        await page.context.close()

    chromium.run(test())
