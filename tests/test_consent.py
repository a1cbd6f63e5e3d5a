"""The consent sheet, in a real browser: what it shows, how it is used, and what the page and Python get for it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeAlias

import pytest
from playwright.async_api import async_playwright
from playwright.async_api import expect as expect_async
from playwright.sync_api import BrowserContext, Frame, Locator, Page, Route, expect

from bridge import Bridge, Call, Outcome, User, deny, dismiss, error, grant, profiles, succeed
from bridge.outcomes import Consent
from bridge.profiles import Profile
from bridge.wallet import ConsentPolicy
from tests import browser as browsers
from tests import loop
from tests.conftest import Elsewhere, Opened, OpenPage

pytestmark = pytest.mark.usefixtures("without_motion")

NAME, ADDRESS, GENDER = "USER_NAME", "USER_ADDRESS", "USER_GENDER"
ASKED_NAME = "Authorized to obtain the user name."
ASKED_ADDRESS = "Authorized to obtain the user's address."
ASKED_GENDER = "Authorized to obtain the user's gender."

PAGE = """<!doctype html>
<html lang="en">
  <head><link rel="icon" href="data:,"><title>Corner Coffee</title></head>
  <body>
    <button onclick="my.getAuthCode({ scopes: ['USER_NAME'], fail() {} })">Log in</button>
  </body>
</html>"""

ASK = """([api, options]) => {
  const ran = [];
  const note = (name) => (payload) => ran.push([name, payload]);
  my.call(api, { ...options, success: note("success"), fail: note("fail"), complete: note("complete") });
  return ran;
}"""

LOST = {"error": 10, "errorMessage": "Empty data"}

Where: TypeAlias = Page | Frame


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    page = context.new_page()
    page.emulate_media(reduced_motion="reduce")
    return page


class Asked:
    """A call of a page, and what has run for it so far."""

    def __init__(self, where: Where, options: dict[str, Any], api: str) -> None:
        self._where = where
        self._ran = where.evaluate_handle(ASK, [api, options])

    @property
    def waits(self) -> bool:
        return not self._ran.json_value()

    def result(self) -> Any:
        """Wait for the callbacks; return the payload, with the one that ran: ("success", {...})."""
        self._where.wait_for_function("(ran) => ran.length === 2", arg=self._ran)
        (callback, payload), last = self._ran.json_value()
        assert last == ["complete", payload]
        return callback, payload

    def success(self) -> Any:
        callback, payload = self.result()
        assert callback == "success", payload
        return payload

    def fail(self) -> Any:
        callback, payload = self.result()
        assert callback == "fail", payload
        return payload


def ask(where: Where, *scopes: str, api: str = "getAuthCode", **options: Any) -> Asked:
    return Asked(where, {"scopes": scopes, **options}, api)


def sheet_of(where: Where) -> Locator:
    return where.get_by_role("dialog", name="Corner Coffee asks for your permission", exact=True)


def press(where: Where, button: str) -> None:
    sheet_of(where).get_by_role("button", name=button, exact=True).click()


def untick(where: Where, scope: str) -> None:
    sheet_of(where).get_by_role("checkbox", name=scope, exact=True).uncheck()


def answer_as(where: Where, nickname: str) -> None:
    chooser = sheet_of(where).get_by_label("Answer as")
    chooser.select_option(label=chooser.get_by_role("option", name=nickname).inner_text())


def user_of(where: Where) -> Any:
    return where.evaluate("my.call('whoAmI')")["nickname"]


@contextmanager
def routed(page: Page, file: str, answer: Callable[[Route], object]) -> Iterator[None]:
    """Answer requests for a file otherwise, while the block runs."""
    page.route(f"**/{file}", lambda route: answer(route))
    try:
        yield
    finally:
        page.unroute(f"**/{file}")


def nothing_is_left(page: Page) -> None:
    """The document is as it was before it had a dialog."""
    expect(page.locator("html > :not(head, body)")).to_have_count(0)


@pytest.fixture
def open_app(open_page: OpenPage) -> Callable[..., Opened]:
    """Open a page whose user is asked: as `open_page`."""

    def open_app(handler: Any = None, html: str = PAGE, **options: Any) -> Opened:
        return open_page(handler, html, **{"consent": "ask", **options})

    return open_app


OpenApp = Callable[..., Opened]


# What the sheet shows.


@pytest.mark.parametrize(
    ("app_name", "title", "name"),
    [
        ("Bean There", "Corner Coffee", "Bean There"),
        ("", "Corner Coffee", "Corner Coffee"),
        (" ", " ", "2021000000000000"),
        ("<img src=x>", "Corner Coffee", "<img src=x>"),
    ],
    ids=["the option", "the title", "the id", "markup"],
)
def test_it_names_the_app_as_the_option_says_or_by_its_title_or_by_its_id(
    open_app: OpenApp, app_name: str, title: str, name: str
) -> None:
    page = open_app(html=PAGE.replace("Corner Coffee", title), app_name=app_name).page
    ask(page, NAME)
    sheet = page.get_by_role("dialog", name=f"{name} asks for your permission", exact=True)
    expect(sheet.get_by_role("heading", name=name)).to_be_visible()
    expect(sheet.get_by_role("img")).to_have_count(0)
    page.keyboard.press("Escape")


def test_it_is_to_a_screen_reader_a_dialog_with_a_name_and_all_that_is_in_it_has_one(open_app: OpenApp) -> None:
    page = open_app().page
    ask(page, "auth_base", NAME, ADDRESS)
    expect(sheet_of(page)).to_match_aria_snapshot("""
        - dialog "Corner Coffee asks for your permission":
          - button "Close"
          - heading "Corner Coffee asks for your permission" [level=2]
          - paragraph: Alipay+ mini programs
          - text: Answer as Amara am***@example.com
          - combobox "Answer as":
            - option "Amara (am***@example.com)" [selected]
            - option "Bayu (+62-***02)"
            - option "Chen (ch***@example.net)"
            - option "داليا (da***@example.com)"
          - heading "What it asks for" [level=3]
          - status: 2 of 2 chosen
          - group "What it asks for":
            - checkbox "Authorized to obtain the user name." [checked]
            - text: Authorized to obtain the user name.
            - code: USER_NAME
            - checkbox "Authorized to obtain the user's address." [checked]
            - text: Authorized to obtain the user's address.
            - code: USER_ADDRESS
          - button "Deny"
          - button "Allow"
          - text: "Simulated by bridge: no real wallet, no real account."
    """)
    expect(sheet_of(page)).to_have_attribute("lang", "en")
    expect(sheet_of(page).get_by_role("checkbox", name=ASKED_NAME)).to_have_accessible_description(NAME)
    expect(sheet_of(page).get_by_role("button", name="Allow")).to_have_accessible_description("2 of 2 chosen")
    press(page, "Deny")


def test_it_says_small_that_this_is_a_simulation(open_app: OpenApp) -> None:
    page = open_app().page
    ask(page, NAME)
    note = sheet_of(page).get_by_text("Simulated by bridge: no real wallet, no real account.")
    expect(note).to_be_in_viewport(ratio=1)
    expect(note).to_have_css("font-size", "13px")
    expect(sheet_of(page)).to_have_css("font-size", "16px")
    press(page, "Deny")


@pytest.mark.bridge(users=[User(id="7", nickname="<b>Ann</b>", login_id="<i>ann</i>@example.com")], user="7")
def test_markup_in_the_name_of_a_user_is_text(open_app: OpenApp) -> None:
    page = open_app().page
    ask(page, NAME)
    expect(sheet_of(page)).to_contain_text("<b>Ann</b>")
    expect(sheet_of(page).get_by_role("option").first).to_have_text("<b>Ann</b> (<i***@example.com)")
    press(page, "Deny")


@pytest.mark.parametrize("profile_id", profiles.available())
def test_each_profile_asks_for_what_it_does_not_call_silent_in_its_own_words(
    open_app: OpenApp, profile_id: str
) -> None:
    opened = open_app(profile=profile_id)
    page, profile = opened.page, opened.bridge.settings.profile
    expect_asked = partial(expect_to_be_asked, page, profile)
    scopes = [scope.name for scope in profile.scope if not scope.button]
    silent = [scope.name for scope in profile.scope if scope.silent]
    if silent:
        assert ask(page, *silent).success()["authSuccessScopes"] == silent
    expect(page.get_by_role("dialog")).to_have_count(0)

    asked = ask(page, *scopes)
    expect(sheet_of(page).get_by_text(profile.title, exact=True)).to_be_visible()
    expect_asked([name for name in scopes if name not in silent])
    press(page, "Deny")
    asked.fail()

    # What a button with open-type getAuthorize asks for.
    if buttons := profile.user_info.buttons:
        asked = Asked(page, {"scopeNicks": list(buttons)}, "getComponentAuth")
        expect_asked(list(buttons.values()))
        press(page, "Allow")
        assert asked.success()["authSuccessScopes"] == list(buttons.values())


def expect_to_be_asked(page: Page, profile: Profile, names: list[str]) -> None:
    lines = ['- group "What it asks for":']
    for scope in map(profile.scope_named, names):
        assert scope is not None
        description = json.dumps(scope.description)
        lines += [f"  - checkbox {description} [checked]", f"  - text: {description}", f"  - code: {scope.name}"]
    expect(sheet_of(page).get_by_role("checkbox")).to_have_count(len(names))
    expect(sheet_of(page).get_by_role("group")).to_match_aria_snapshot("\n".join(lines))


# No style leaks, either way.

HOSTILE_CSS = """
  html { font-size: 62.5% !important; letter-spacing: 3px; word-spacing: 9px; text-transform: uppercase; cursor: wait;
    line-height: 3; text-align: right; color: red; font-family: serif; visibility: hidden; user-select: none;
    --surface: red; --ink: red; --accent: red; --side: 99px }
  * { color: red !important; font: 30px serif !important; margin: 9px !important; border: 3px solid red !important;
    padding: 40px !important; display: block !important; position: static !important;
    transform: rotate(9deg) !important; transition: all 9s !important; --card: red !important }
  html > div { display: none !important; opacity: 0 !important }
  div, dialog, button, input, .sheet, .head, .card, .primary, #title { display: none !important }
  ::backdrop { background: red !important }
  *:focus { outline: 9px solid red !important }
  @layer first { html > div { display: none !important; filter: blur(9px) !important } }
"""
COMPUTED = """(root) => [root, ...root.querySelectorAll("*")].map((element) => {
  const { x, y, width, height } = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  const values = [...style].map((name) => `${name}: ${style.getPropertyValue(name)}`);
  return [element.localName, x, y, width, height, ...values].join("; ");
})"""


def test_the_styles_of_the_page_do_not_reach_it(open_app: OpenApp) -> None:
    page = open_app().page
    ask(page, NAME)
    expect(sheet_of(page)).to_be_visible()
    before = sheet_of(page).evaluate(COMPUTED)
    page.keyboard.press("Escape")
    nothing_is_left(page)
    page.add_style_tag(content=HOSTILE_CSS)
    expect(page.get_by_role("button", name="Log in", include_hidden=True)).to_be_hidden()
    asked = ask(page, NAME)
    expect(sheet_of(page).get_by_role("button", name="Allow")).to_be_in_viewport(ratio=1)
    assert sheet_of(page).evaluate(COMPUTED) == before
    assert (
        sheet_of(page)
        .evaluate("(sheet) => getComputedStyle(sheet, '::backdrop').backgroundColor")
        .startswith("rgba(10, 12, 16,")
    )
    press(page, "Allow")
    asked.success()


def test_its_styles_do_not_reach_the_page(open_app: OpenApp) -> None:
    classes = "sheet head card user scope close primary foot actions caption what app wallet done"
    elements = "".join(f"<div class={name}>{name}</div>" for name in classes.split())
    own = f"<h2 id=title>own</h2><input id=user type=checkbox><dialog open>own</dialog><small>own</small>{elements}"
    page = open_app(html=PAGE.replace("</body>", f"{own}</body>")).page
    body = page.locator("body")
    before = body.evaluate(COMPUTED)
    ask(page, NAME)
    expect(sheet_of(page)).to_be_visible()
    assert body.evaluate(COMPUTED) == before
    assert page.evaluate("document.styleSheets.length + document.adoptedStyleSheets.length") == 0
    press(page, "Deny")
    expect(sheet_of(page)).to_have_count(0)
    assert body.evaluate(COMPUTED) == before


# The keyboard.


def test_the_focus_stays_inside_and_goes_back_to_where_it_was(open_app: OpenApp) -> None:
    page = open_app().page
    log_in = page.get_by_role("button", name="Log in")
    log_in.click()
    sheet = sheet_of(page)
    expect(sheet.get_by_role("heading", name="Corner Coffee")).to_be_focused()
    stops = [
        sheet.get_by_label("Answer as"),
        sheet.get_by_role("checkbox"),
        sheet.get_by_role("button", name="Deny"),
        sheet.get_by_role("button", name="Allow"),
        sheet.get_by_role("button", name="Close"),
    ]
    for stop in [*stops, stops[0]]:
        page.keyboard.press("Tab")
        expect(stop).to_be_focused()
    for stop in reversed(stops):
        page.keyboard.press("Shift+Tab")
        expect(stop).to_be_focused()
    log_in.focus()
    expect(log_in).not_to_be_focused()
    # After a click beside it, the first that there is.
    page.mouse.click(5, 5)
    page.keyboard.press("Tab")
    expect(stops[-1]).to_be_focused()
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(log_in).to_be_focused()


def test_everything_can_be_done_with_the_keyboard_alone(open_app: OpenApp) -> None:
    opened = open_app()
    page = opened.page
    asked = ask(page, "auth_base", NAME, ADDRESS)
    expect(sheet_of(page)).to_be_visible()
    for key in ["Tab", "ArrowDown", "Tab", "Space", "Tab", "Tab", "Tab", "Enter"]:
        page.keyboard.press(key)
    payload = asked.success()
    assert payload["authErrorScopes"] == {NAME: "10001"}
    assert opened.bridge.redeem(payload["authCode"]).user_id == opened.bridge.users.find("Bayu").id


def test_the_page_sees_nothing_of_what_is_done_in_the_sheet(open_app: OpenApp) -> None:
    page = open_app().page
    page.evaluate("""() => {
      window.seen = [];
      const types = `keydown keypress keyup beforeinput input change click dblclick contextmenu mousedown mouseup
        pointerdown pointerup wheel touchstart touchend`;
      for (const type of types.split(/\\s+/)) {
        document.addEventListener(type, () => seen.push(type), true);
        window.addEventListener(type, () => seen.push(type));
      }
    }""")
    asked = ask(page, NAME, ADDRESS)
    untick(page, ASKED_NAME)
    answer_as(page, "Bayu")
    sheet_of(page).get_by_text("What it asks for").click()
    sheet_of(page).hover()
    page.mouse.wheel(0, 10)
    page.mouse.click(5, 5)
    page.keyboard.press("x")
    # The key comes up when the sheet is gone: a page that logs in at keyup must not do so once more.
    sheet_of(page).get_by_role("button", name="Deny").focus()
    page.keyboard.press("Enter")
    asked.fail()
    assert page.evaluate("seen") == []
    page.keyboard.press("Enter")
    assert page.evaluate("[...new Set(seen)]") == ["keydown", "keypress", "keyup"]


# The road.


def test_allow_is_a_success(open_app: OpenApp) -> None:
    opened = open_app()
    asked = ask(opened.page, "auth_base", NAME)
    press(opened.page, "Allow")
    payload = asked.success()
    assert (payload["authSuccessScopes"], payload["authErrorScopes"]) == (["auth_base", NAME], {})
    assert opened.bridge.redeem(payload["authCode"]).scopes == ("auth_base", NAME)
    nothing_is_left(opened.page)


def test_single_scopes_can_be_refused_and_the_rest_is_a_success(open_app: OpenApp) -> None:
    opened = open_app()
    page = opened.page
    asked = ask(page, "auth_base", NAME, ADDRESS, GENDER)
    untick(page, ASKED_ADDRESS)
    # The whole row is the box's label.
    sheet_of(page).get_by_text(GENDER, exact=True).click()
    expect(sheet_of(page).get_by_role("status")).to_have_text("1 of 3 chosen")
    press(page, "Allow")
    payload = asked.success()
    assert payload["authSuccessScopes"] == ["auth_base", NAME]
    assert payload["authErrorScopes"] == {ADDRESS: "10001", GENDER: "10001"}
    assert opened.bridge.granted() == {"auth_base", NAME}


def test_who_has_chosen_nothing_can_deny_or_close_but_not_allow(open_app: OpenApp) -> None:
    page = open_app().page
    asked = ask(page, NAME)
    untick(page, ASKED_NAME)
    allow = sheet_of(page).get_by_role("button", name="Allow")
    expect(allow).to_be_disabled()
    expect(allow).to_have_accessible_description("Choose at least one")
    allow.click(force=True)
    allow.focus()
    page.keyboard.press("Enter")
    expect(sheet_of(page)).to_be_visible()
    assert asked.waits
    press(page, "Deny")
    assert asked.fail()["error"] == 11


def test_deny_fails_with_11(open_app: OpenApp) -> None:
    opened = open_app()
    asked = ask(opened.page, "auth_base", NAME)
    press(opened.page, "Deny")
    assert asked.fail() == {
        "error": 11,
        "errorMessage": "User's authorization is cancelled",
        "authErrorScopes": {"auth_base": "10001", NAME: "10001"},
    }
    assert opened.bridge.granted() == frozenset()


@pytest.mark.parametrize(("profile", "error"), [("alipay-plus", 11), ("alipay-cn", 3)])
def test_a_sheet_that_is_closed_or_escaped_from_fails_as_the_profile_says(
    open_app: OpenApp, profile: str, error: int
) -> None:
    page = open_app(profile=profile).page
    asked = ask(page, "auth_user")
    press(page, "Close")
    assert asked.fail()["error"] == error
    nothing_is_left(page)
    asked = ask(page, "auth_user")
    expect(sheet_of(page)).to_be_visible()
    page.keyboard.press("Escape")
    assert asked.fail()["error"] == error
    nothing_is_left(page)


def test_silent_scopes_never_open_it_and_a_mixture_asks_for_the_others_only(open_app: OpenApp) -> None:
    page = open_app().page
    assert ask(page, "auth_base").success()["authSuccessScopes"] == ["auth_base"]
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert not page.evaluate(LOADED)
    asked = ask(page, "auth_base", NAME)
    expect(sheet_of(page).get_by_role("checkbox")).to_have_count(1)
    expect(sheet_of(page).get_by_role("checkbox", name=ASKED_NAME)).to_be_checked()
    press(page, "Allow")
    assert asked.success()["authSuccessScopes"] == ["auth_base", NAME]


LOADED = "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/consent.js'))"


def test_several_calls_at_once_queue_their_sheets(open_app: OpenApp) -> None:
    page = open_app().page
    first, second, third = ask(page, NAME), ask(page, ADDRESS), ask(page, GENDER)
    expect(sheet_of(page).get_by_role("checkbox")).to_have_accessible_name(ASKED_NAME)
    press(page, "Deny")
    assert first.fail()["error"] == 11
    expect(sheet_of(page).get_by_role("checkbox")).to_have_accessible_name(ASKED_ADDRESS)
    assert second.waits
    press(page, "Allow")
    second.success()
    expect(sheet_of(page).get_by_role("checkbox")).to_have_accessible_name(ASKED_GENDER)
    press(page, "Close")
    third.fail()
    nothing_is_left(page)


def test_identical_calls_share_a_sheet_and_get_a_code_each(open_app: OpenApp) -> None:
    page = open_app().page
    calls = [ask(page, NAME, ADDRESS) for _ in range(3)]
    untick(page, ASKED_ADDRESS)
    press(page, "Allow")
    payloads = [call.success() for call in calls]
    assert [payload["authErrorScopes"] for payload in payloads] == [{ADDRESS: "10001"}] * 3
    assert len({payload["authCode"] for payload in payloads}) == 3
    nothing_is_left(page)


def test_a_call_about_what_has_been_allowed_while_it_waited_opens_no_sheet(open_app: OpenApp) -> None:
    page = open_app().page
    both, one = ask(page, NAME, ADDRESS), ask(page, NAME)
    press(page, "Allow")
    both.success()
    one.success()
    nothing_is_left(page)


def test_no_call_times_out_while_a_person_looks_at_its_sheet(open_app: OpenApp) -> None:
    opened = open_app(call_timeout=5)
    page = opened.page
    first, second = ask(page, NAME), ask(page, ADDRESS)
    expect(sheet_of(page)).to_be_visible()
    opened.bridge.clock.advance(3600)
    # Whatever has come due would be there before this.
    ask(page, "auth_base").success()
    assert first.waits
    assert second.waits
    press(page, "Allow")
    first.success()
    expect(sheet_of(page).get_by_role("checkbox", name=ASKED_ADDRESS)).to_be_visible()
    opened.bridge.clock.advance(3600)
    ask(page, "auth_base").success()
    press(page, "Allow")
    second.success()


def test_once_the_user_has_answered_time_counts_again(open_app: OpenApp) -> None:
    answered = threading.Event()

    async def login(call: Call) -> Outcome:
        await call.ask()
        answered.set()
        await asyncio.Event().wait()
        return grant()

    opened = open_app(login, call_timeout=5)
    asked = ask(opened.page, NAME)
    press(opened.page, "Allow")
    assert answered.wait(5)
    opened.bridge.clock.advance(6)
    assert asked.fail() == LOST


def test_a_lost_connection_takes_the_sheets_away_and_the_page_can_ask_again(open_app: OpenApp) -> None:
    opened = open_app()
    page, bridge = opened.page, opened.bridge
    page.get_by_role("button", name="Log in").focus()
    calls = [ask(page, NAME), ask(page, ADDRESS)]
    expect(sheet_of(page)).to_be_visible()
    bridge.disconnect()
    assert [call.fail() for call in calls] == [LOST, LOST]
    nothing_is_left(page)
    expect(page.get_by_role("button", name="Log in")).to_be_focused()
    assert [bridge.wait_for_call().ending for _ in calls] == ["lost", "lost"]
    assert bridge.granted() == frozenset()

    again = ask(page, NAME)
    press(page, "Allow")
    again.success()
    assert bridge.wait_for_call().ending == "answered"


@pytest.mark.parametrize("file", ["dialog.js", "consent.js"])
def test_a_connection_that_is_lost_before_the_sheet_is_there_lets_none_appear(open_app: OpenApp, file: str) -> None:
    opened = open_app()
    page = opened.page
    held: list[Route] = []
    with routed(page, file, held.append):
        with page.expect_request(f"**/{file}"):
            asked = ask(page, NAME)
        opened.bridge.disconnect()
        assert asked.fail() == LOST
        with page.expect_response(f"**/{file}"):
            held[0].continue_()
    again = ask(page, ADDRESS)
    expect(sheet_of(page).get_by_role("checkbox")).to_have_accessible_name(ASKED_ADDRESS)
    press(page, "Allow")
    again.success()
    nothing_is_left(page)
    assert opened.errors == []


def test_a_call_that_waits_with_an_alert_before_it_shows_no_sheet_once_it_is_lost(open_app: OpenApp) -> None:
    opened = open_app()
    page = opened.page
    page.evaluate("void my.alert({ content: 'first this' })")
    expect(page.get_by_role("alertdialog")).to_be_visible()
    asked = ask(page, NAME)
    page.wait_for_function(LOADED)
    opened.bridge.disconnect()
    assert asked.fail() == LOST
    page.keyboard.press("Enter")
    nothing_is_left(page)


def test_a_page_that_is_left_with_the_sheet_open_leaves_nothing_behind(open_app: OpenApp) -> None:
    opened = open_app(files={"next.html": PAGE})
    page, bridge = opened.page, opened.bridge

    def reload_from_python() -> None:
        connection = next(iter(bridge.connections))  # that of the page before may be among them still
        with page.expect_navigation():
            asyncio.run_coroutine_threadsafe(bridge.connections.reload_pages(), connection.loop).result(5)

    ways: list[Callable[[], object]] = [
        page.reload,
        reload_from_python,
        lambda: page.goto(f"{opened.url}/next.html"),
        page.go_back,
    ]
    for leave in ways:
        ask(page, NAME)
        ask(page, ADDRESS)
        expect(sheet_of(page)).to_be_visible()
        leave()
        nothing_is_left(page)
    again = ask(page, NAME)
    press(page, "Allow")
    again.success()
    assert bridge.granted() == {NAME}
    for _ in bridge.calls:
        bridge.wait_for_call()
    assert [call.ending for call in bridge.calls] == ["lost"] * 8 + ["answered"]
    assert opened.errors == []


@pytest.mark.parametrize("how", ["document.documentElement.innerHTML = html", "document.open(), document.write(html)"])
def test_a_page_that_writes_its_document_anew_closes_the_sheet_and_can_ask_again(open_app: OpenApp, how: str) -> None:
    page = open_app().page
    asked = ask(page, NAME)
    expect(sheet_of(page)).to_be_visible()
    page.evaluate(f"(html) => {{ {how} }}", "<title>Corner Coffee</title><body>New")
    assert asked.fail()["error"] == 11
    again = ask(page, NAME)
    press(page, "Allow")
    again.success()


# A handler asks.


@pytest.mark.parametrize("kind", ["async", "plain"])
def test_a_handler_that_asks_gets_what_the_user_chooses_and_may_decide_otherwise(open_app: OpenApp, kind: str) -> None:
    got: list[Consent] = []

    async def login(call: Call) -> Outcome:
        got.append(await call.ask())
        return error("network")

    def plain_login(call: Call) -> Outcome:
        got.append(call.ask().result())
        return error("network")

    page = open_app(login if kind == "async" else plain_login).page
    for button in ["Deny", "Close", "Allow", "Allow"]:
        asked = ask(page, NAME, ADDRESS)
        if button == "Allow" and len(got) == 2:
            untick(page, ASKED_ADDRESS)
        press(page, button)
        assert asked.fail() == LOST
    assert got == [deny(), dismiss(), grant(except_=[ADDRESS]), grant()]


def test_what_a_handler_got_is_an_outcome(open_app: OpenApp) -> None:
    async def login(call: Call) -> Outcome:
        return await call.ask()

    page = open_app(login).page
    asked = ask(page, NAME, ADDRESS)
    untick(page, ASKED_ADDRESS)
    press(page, "Allow")
    assert asked.success()["authErrorScopes"] == {ADDRESS: "10001"}


def test_a_handler_can_ask_about_anything_and_more_than_once(open_app: OpenApp) -> None:
    async def pay(call: Call) -> Outcome:
        answers = [await call.ask(NAME), await call.ask(ADDRESS), await call.ask(NAME)]
        return succeed({"answers": list(map(repr, answers)), "user": call.user.nickname})

    page = open_app({"tradePay": pay}).page
    asked = ask(page, api="tradePay")
    expect(sheet_of(page).get_by_role("checkbox")).to_have_accessible_name(ASKED_NAME)
    answer_as(page, "Chen")
    press(page, "Allow")
    expect(sheet_of(page).get_by_role("checkbox")).to_have_accessible_name(ASKED_ADDRESS)
    press(page, "Deny")
    assert asked.success() == {"answers": ["grant()", "deny()", "grant()"], "user": "Chen"}


def test_a_handler_that_stops_waiting_takes_the_sheet_away(open_app: OpenApp) -> None:
    give_up: list[Callable[[], object]] = []

    async def login(call: Call) -> Outcome:
        try:
            async with asyncio.timeout(None) as patience:
                give_up.append(partial(asyncio.get_running_loop().call_soon_threadsafe, patience.reschedule, 0))
                return await call.ask()
        except TimeoutError:
            return error(1005, "too slow")

    page = open_app(login).page
    first, second = ask(page, NAME), ask(page, ADDRESS)
    expect(sheet_of(page).get_by_role("checkbox")).to_have_accessible_name(ASKED_NAME)
    give_up[0]()
    assert first.fail()["error"] == 1005
    # The next in the queue has its turn.
    expect(sheet_of(page).get_by_role("checkbox")).to_have_accessible_name(ASKED_ADDRESS)
    press(page, "Allow")
    second.success()
    nothing_is_left(page)


def test_a_plain_handler_that_waits_for_the_user_ends_with_its_page(open_app: OpenApp) -> None:
    ended = threading.Event()

    def login(call: Call) -> Outcome:
        try:
            return call.ask().result()
        finally:
            ended.set()

    page = open_app(login).page
    ask(page, NAME)
    expect(sheet_of(page)).to_be_visible()
    page.goto("about:blank")
    assert ended.wait(5)


# As whom one answers.


@pytest.fixture
def open_known(open_app: OpenApp) -> OpenApp:
    """As `open_app`; the page can ask who its user is: `user_of(page)`."""

    def open_known(**options: Any) -> Opened:
        return open_app({"whoAmI": lambda call: succeed({"nickname": call.user.nickname})}, **options)

    return open_known


def choose(where: Where, nickname: str, scope: str = NAME) -> Any:
    """Log in as somebody else; return the payload."""
    asked = ask(where, scope)
    answer_as(where, nickname)
    press(where, "Allow")
    return asked.success()


def test_it_shows_as_whom_it_answers_and_lets_one_choose_another(open_known: OpenApp) -> None:
    opened = open_known()
    page, bridge = opened.page, opened.bridge
    asked = ask(page, NAME)
    expect(sheet_of(page).get_by_text("Answer as Amara")).to_be_visible()
    answer_as(page, "داليا")
    expect(sheet_of(page).get_by_text("Answer as داليا")).to_be_visible()
    expect(sheet_of(page).get_by_text("da***@example.com", exact=True)).to_be_visible()
    press(page, "Allow")
    assert bridge.redeem(asked.success()["authCode"]).user_id == bridge.users.find("داليا").id
    assert bridge.granted("داليا") == {NAME}
    assert bridge.granted() == frozenset()
    assert (user_of(page), bridge.user.nickname) == ("داليا", "Amara")


def test_whom_one_answers_as_changes_what_is_left_to_ask(open_app: OpenApp) -> None:
    opened = open_app()
    page, bridge = opened.page, opened.bridge
    bridge.allow(NAME, user="Bayu")
    bridge.allow(NAME, ADDRESS, user="Chen")
    asked = ask(page, NAME, ADDRESS)
    boxes = sheet_of(page).get_by_role("checkbox")
    expect(boxes).to_have_count(2)
    answer_as(page, "Bayu")
    expect(boxes).to_have_count(1)
    expect(boxes).to_be_checked()
    expect(boxes).to_have_accessible_name(ASKED_ADDRESS)
    answer_as(page, "Chen")
    expect(boxes).to_have_count(0)
    expect(sheet_of(page).get_by_role("status")).to_have_text(
        "Chen has allowed all of this before. There is nothing more to ask."
    )
    expect(sheet_of(page).get_by_role("button", name="Deny")).to_have_count(0)
    press(page, "Continue")
    payload = asked.success()
    assert payload["authSuccessScopes"] == [NAME, ADDRESS]
    assert bridge.redeem(payload["authCode"]).user_id == bridge.users.find("Chen").id


def test_what_was_refused_stays_so_whoever_answers_in_the_end(open_app: OpenApp) -> None:
    page = open_app().page
    asked = ask(page, NAME, ADDRESS)
    untick(page, ASKED_NAME)
    answer_as(page, "Bayu")
    expect(sheet_of(page).get_by_role("status")).to_have_text("1 of 2 chosen")
    answer_as(page, "Amara")
    expect(sheet_of(page).get_by_role("checkbox", name=ASKED_NAME)).not_to_be_checked()
    press(page, "Allow")
    assert asked.success()["authErrorScopes"] == {NAME: "10001"}


def test_who_is_chosen_stays_the_user_of_that_tab_and_another_tab_keeps_its_own(open_known: OpenApp, tab: Page) -> None:
    opened = open_known(files={"next.html": PAGE}, tab=tab)
    choose(tab, "Bayu")
    other = tab.context.new_page()
    other.goto(opened.url)
    choose(other, "Chen")
    assert (user_of(tab), user_of(other)) == ("Bayu", "Chen")
    tab.reload()
    other.goto(f"{opened.url}/next.html")
    assert (user_of(tab), user_of(other)) == ("Bayu", "Chen")
    other.reload()
    assert user_of(other) == "Chen"
    third = tab.context.new_page()
    third.goto(opened.url)
    assert user_of(third) == "Amara"
    third.close()
    other.close()
    # Of a tab in the background nothing is drawn.
    tab.bring_to_front()
    lost = ask(tab, ADDRESS)
    expect(sheet_of(tab)).to_be_visible()
    opened.bridge.disconnect()
    lost.fail()
    assert user_of(tab) == "Bayu"
    choose(tab, "Amara", ADDRESS)
    tab.goto(f"{opened.url}/next.html")
    assert user_of(tab) == "Amara"


@pytest.mark.parametrize("how", ["Deny", "Close"])
def test_who_denies_has_chosen_too_but_not_who_closes(open_known: OpenApp, how: str) -> None:
    page = open_known().page
    asked = ask(page, NAME)
    answer_as(page, "Bayu")
    press(page, how)
    asked.fail()
    user = {"Deny": "Bayu", "Close": "Amara"}[how]
    assert user_of(page) == user
    page.reload()
    assert user_of(page) == user


def test_pages_can_have_users_of_their_own(open_known: OpenApp) -> None:
    opened = open_known(files={"seller.html": PAGE})
    page, bridge = opened.page, opened.bridge
    bridge.log_in("Bayu", page="/seller.html")
    bridge.user = "Chen"
    assert user_of(page) == "Chen"
    ask(page, NAME)
    expect(sheet_of(page).get_by_text("Answer as Chen")).to_be_visible()
    press(page, "Close")
    page.goto(f"{opened.url}/seller.html")
    assert user_of(page) == "Bayu"
    ask(page, NAME)
    expect(sheet_of(page).get_by_text("Answer as Bayu")).to_be_visible()
    press(page, "Close")
    choose(page, "Amara")
    assert user_of(page) == "Amara"
    bridge.log_in("Chen", page="/seller.html")
    assert user_of(page) == "Amara"


def test_who_chooses_nobody_stays_whom_python_logs_in(open_known: OpenApp) -> None:
    opened = open_known()
    page = opened.page
    asked = ask(page, NAME)
    press(page, "Allow")
    asked.success()
    opened.bridge.user = "Bayu"
    assert user_of(page) == "Bayu"


# What is remembered.


def test_what_was_allowed_once_is_not_asked_again_until_it_is_revoked(open_app: OpenApp) -> None:
    opened = open_app()
    page, bridge = opened.page, opened.bridge
    boxes = sheet_of(page).get_by_role("checkbox")
    first = ask(page, NAME, ADDRESS)
    untick(page, ASKED_ADDRESS)
    press(page, "Allow")
    first.success()

    ask(page, NAME).success()
    page.reload()
    ask(page, NAME).success()
    nothing_is_left(page)

    # What was refused is asked again, alone.
    second = ask(page, NAME, ADDRESS)
    expect(boxes).to_have_accessible_name(ASKED_ADDRESS)
    press(page, "Allow")
    assert second.success()["authSuccessScopes"] == [NAME, ADDRESS]

    bridge.revoke(NAME, user="Bayu")
    ask(page, NAME).success()
    bridge.revoke(NAME)
    third = ask(page, NAME, ADDRESS)
    expect(boxes).to_have_accessible_name(ASKED_NAME)
    press(page, "Deny")
    third.fail()
    bridge.revoke()
    ask(page, NAME, ADDRESS)
    expect(boxes).to_have_count(2)
    press(page, "Close")


def test_another_user_is_asked_for_oneself(open_app: OpenApp) -> None:
    opened = open_app()
    page = opened.page
    opened.bridge.allow(NAME)
    ask(page, NAME).success()
    opened.bridge.user = "Bayu"
    asked = ask(page, NAME)
    expect(sheet_of(page).get_by_text("Answer as Bayu")).to_be_visible()
    press(page, "Allow")
    asked.success()
    ask(page, NAME).success()


def test_another_app_is_asked_about_for_itself(open_app: OpenApp) -> None:
    opened = open_app()
    page, bridge = opened.page, opened.bridge
    bridge.allow(NAME)
    bridge.configure(app_id="2021000000000042")
    page.reload()
    asked = ask(page, NAME)
    press(page, "Allow")
    asked.success()
    bridge.revoke()
    bridge.configure(app_id="2021000000000000")
    page.reload()
    ask(page, NAME).success()


# In tests.


def test_consent_that_is_given_by_the_test_draws_nothing(open_page: OpenPage) -> None:
    opened = open_page(html=PAGE)
    page, bridge = opened.page, opened.bridge
    answers: list[tuple[ConsentPolicy, tuple[str, ...]]] = [
        ("allow", (NAME, ADDRESS)),
        (grant(), (NAME, ADDRESS)),
        (grant(except_=[ADDRESS]), (NAME,)),
        (grant(only=[ADDRESS]), (ADDRESS,)),
        ("deny", ()),
        (deny(), ()),
        (dismiss(), ()),
    ]
    for bridge.consent, authorized in answers:
        bridge.revoke()
        callback, payload = ask(page, NAME, ADDRESS).result()
        if authorized:
            assert (callback, payload["authSuccessScopes"]) == ("success", list(authorized))
        else:
            assert (callback, payload["error"]) == ("fail", 11)
        assert bridge.granted() == set(authorized)
    assert not page.evaluate(LOADED)


def test_a_test_that_says_nothing_allows_everything_unasked(open_page: OpenPage) -> None:
    page = open_page(html=PAGE).page
    assert ask(page, NAME).success()["authSuccessScopes"] == [NAME]
    assert not page.evaluate(LOADED)


def test_a_test_can_say_otherwise_as_often_as_it_likes(open_page: OpenPage) -> None:
    opened = open_page(html=PAGE)
    page, bridge = opened.page, opened.bridge
    bridge.consent = dismiss()
    ask(page, NAME).fail()
    bridge.consent = "ask"
    asked = ask(page, NAME)
    press(page, "Close")
    asked.fail()
    bridge.consent = grant()
    ask(page, NAME).success()


@pytest.mark.parametrize("number", [1, 2])
def test_each_test_begins_without_grants(open_app: OpenApp, number: int) -> None:
    opened = open_app()
    assert opened.bridge.granted() == frozenset()
    asked = ask(opened.page, NAME)
    answer_as(opened.page, "Amara")
    press(opened.page, "Allow")
    asked.success()
    assert opened.bridge.granted() == {NAME}


# Pages of others.

STRICT = (
    "default-src 'none'; script-src 'self'; connect-src 'none'; style-src 'none'; img-src data:; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def test_it_works_in_an_attached_page_of_another_origin_under_the_strictest_policy(
    bridge: Bridge, elsewhere: Elsewhere, tab: Page
) -> None:
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    bridge.consent = "ask"
    bridge.attach(tab)
    tab.goto(elsewhere.serve(PAGE.replace(' onclick="my', ' data-x="'), {"Content-Security-Policy": STRICT}))
    asked = ask(tab, NAME, ADDRESS)
    expect(sheet_of(tab)).to_have_css("border-radius", "22px")
    answer_as(tab, "Bayu")
    untick(tab, ASKED_ADDRESS)
    press(tab, "Allow")
    payload = asked.success()
    assert payload["authErrorScopes"] == {ADDRESS: "10001"}
    assert bridge.redeem(payload["authCode"]).user_id == bridge.users.find("Bayu").id

    lost = ask(tab, ADDRESS)
    expect(sheet_of(tab)).to_be_visible()
    bridge.disconnect()
    assert lost.fail() == LOST
    nothing_is_left(tab)
    ask(tab, NAME).success()
    tab.reload()
    ask(tab, NAME).success()
    assert said == []


def test_it_works_in_an_attached_page_of_the_async_api(bridge: Bridge, elsewhere: Elsewhere) -> None:
    bridge.consent = "ask"
    url = elsewhere.serve(PAGE, {"Content-Security-Policy": STRICT})

    async def test() -> None:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(**browsers.launch_options(playwright))
            page = await browser.new_page()
            await bridge.attach(page)
            await page.goto(url)
            await page.evaluate("void (window.answer = my.getAuthCode({ scopes: ['USER_NAME'] }))")
            sheet = page.get_by_role("dialog", name="Corner Coffee asks for your permission")
            await sheet.get_by_role("button", name="Allow").click()
            call = await bridge.wait_for_call_async("getAuthCode")
            assert (await page.evaluate("answer"))["authCode"] == call.code
            await expect_async(sheet).to_have_count(0)
            await browser.close()

    loop.run(test())


FRAMED = "<!doctype html><title>Around</title><link rel='icon' href='data:,'><iframe {} width=500 height=600></iframe>"


def test_it_works_in_an_iframe_and_is_drawn_there(open_app: OpenApp) -> None:
    opened = open_app(html=FRAMED.format("src='frame.html'"), files={"frame.html": PAGE})
    page, frame = opened.page, opened.page.frames[1]
    asked = ask(frame, NAME)
    expect(sheet_of(frame)).to_be_visible()
    nothing_is_left(page)
    # Each document has its own queue.
    of_page = ask(page, ADDRESS)
    page.get_by_role("dialog", name="Around").get_by_role("button", name="Deny").click()
    of_page.fail()
    answer_as(frame, "Bayu")
    press(frame, "Allow")
    asked.success()
    expect(sheet_of(frame)).to_have_count(0)


def test_an_iframe_that_is_removed_takes_its_sheet_along(open_app: OpenApp) -> None:
    opened = open_app(html=FRAMED.format("src='frame.html'"), files={"frame.html": PAGE})
    frame = opened.page.frames[1]
    ask(frame, NAME)
    expect(sheet_of(frame)).to_be_visible()
    opened.page.evaluate("document.querySelector('iframe').remove()")
    assert opened.bridge.wait_for_call().ending == "lost"
    again = ask(opened.page, NAME)
    opened.page.get_by_role("dialog").get_by_role("button", name="Allow").click()
    again.success()


def test_it_works_in_a_sandboxed_frame_which_has_no_storage(bridge: Bridge, elsewhere: Elsewhere, tab: Page) -> None:
    bridge.consent = "ask"
    bridge.always("whoAmI", lambda call: succeed({"nickname": call.user.nickname}), custom=True)
    bridge.attach(tab)
    tab.goto(elsewhere.serve(FRAMED.format(f"sandbox='allow-scripts' src='{elsewhere.serve(PAGE)}'")))
    frame = tab.frames[1]
    assert frame.evaluate("(() => { try { sessionStorage } catch (error) { return error.name } })()") == "SecurityError"
    payload = choose(frame, "Bayu")
    assert bridge.redeem(payload["authCode"]).user_id == bridge.users.find("Bayu").id
    assert user_of(frame) == "Bayu"


# Pages that are in the way.

FAKES = """
  for (const name of ["setTimeout", "setInterval", "requestAnimationFrame", "queueMicrotask", "WebSocket",
    "MessageChannel", "console", "fetch"]) {
    window[name] = () => { throw new Error(`${name} is fake`) };
  }
  JSON.stringify = JSON.parse = () => "fake";
  Math.random = Date.now = () => 0;
"""

# What comes first: a page that listens in the capture phase of the document, and swallows everything.
HOSTILE_HANDLERS = """
  const types = `keydown keypress keyup input change click mousedown mouseup pointerdown pointerup focusin focusout
    focus blur cancel close beforetoggle toggle wheel submit`;
  for (const type of types.split(/\\s+/)) {
    const spoil = (event) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (type === "focusin" || type === "focusout") document.querySelector("button").focus();
    };
    document.addEventListener(type, spoil, true);
    window.addEventListener(type, spoil);
  }
"""


def with_script(script: str) -> str:
    return PAGE.replace("<title>", f"<script>{script}</script><title>")


def test_a_page_that_has_replaced_what_a_script_needs_cannot_break_it(open_app: OpenApp) -> None:
    opened = open_app(html=with_script(FAKES))
    page, bridge = opened.page, opened.bridge
    page.evaluate(
        "void my.getAuthCode({ scopes: ['USER_NAME', 'USER_ADDRESS'], success(res) { window.result = res } })"
    )
    answer_as(page, "Bayu")
    untick(page, ASKED_ADDRESS)
    press(page, "Allow")
    call = bridge.wait_for_call()
    result = page.evaluate("result")
    assert (result["authCode"], result["authErrorScopes"]) == (call.code, {ADDRESS: "10001"})
    assert call.call.user.nickname == "Bayu"
    assert opened.errors == []


def test_a_page_with_hostile_handlers_cannot_hinder_who_uses_it(open_app: OpenApp) -> None:
    page = open_app(html=with_script(HOSTILE_HANDLERS)).page
    use_it_in_every_way(page)


def test_an_attached_page_cannot_even_with_handlers_of_the_window(
    bridge: Bridge, elsewhere: Elsewhere, tab: Page
) -> None:
    bridge.consent = "ask"
    bridge.attach(tab)
    tab.goto(elsewhere.serve(with_script(HOSTILE_HANDLERS.replace("document.addEvent", "window.addEvent"))))
    use_it_in_every_way(tab)


def use_it_in_every_way(page: Page) -> None:
    """Answer with the mouse, with keys and with Escape."""
    asked = ask(page, NAME, ADDRESS)
    answer_as(page, "Bayu")
    answer_as(page, "Amara")
    untick(page, ASKED_NAME)
    untick(page, ASKED_ADDRESS)
    expect(sheet_of(page).get_by_role("status")).to_have_text("Choose at least one")
    sheet_of(page).get_by_text(ASKED_NAME).click()
    press(page, "Allow")
    assert asked.success()["authErrorScopes"] == {ADDRESS: "10001"}

    asked = ask(page, ADDRESS, GENDER)
    expect(sheet_of(page)).to_be_visible()
    for key in ["Tab", "Tab", "Space", "Tab", "Tab", "Tab", "Tab", "Tab", "Shift+Tab", "Shift+Tab", "Enter"]:
        page.keyboard.press(key)
    assert asked.success()["authErrorScopes"] == {ADDRESS: "10001"}

    asked = ask(page, ADDRESS)
    expect(sheet_of(page)).to_be_visible()
    page.keyboard.press("Escape")
    assert asked.fail()["error"] == 11


def test_it_waits_for_an_alert_of_the_page_and_an_alert_waits_for_it(open_app: OpenApp) -> None:
    page = open_app().page
    alert = page.get_by_role("alertdialog")
    page.evaluate("void my.alert({ content: 'first' })")
    expect(alert).to_be_visible()
    asked = ask(page, NAME)
    page.wait_for_function(LOADED)
    page.evaluate("void my.alert({ content: 'last' })")
    expect(sheet_of(page)).to_have_count(0)
    alert.get_by_role("button", name="OK").click()
    expect(sheet_of(page)).to_be_visible()
    expect(alert).to_have_count(0)
    press(page, "Allow")
    asked.success()
    expect(alert).to_have_text("lastOK")
    page.keyboard.press("Enter")
    nothing_is_left(page)


def test_it_is_not_covered_by_the_sign_of_loading_of_a_page_that_logs_in(open_app: OpenApp) -> None:
    page = open_app().page
    page.evaluate("my.showLoading({ content: 'Logging in' })")
    expect(page.get_by_role("status")).to_have_text("Logging in")
    asked = page.evaluate_handle(
        """(scope) => {
          const ran = [];
          const complete = (payload) => (ran.push(payload), my.hideLoading());
          my.getAuthCode({ scopes: [scope], complete }).catch(() => {});
          return ran;
        }""",
        NAME,
    )
    press(page, "Allow")
    page.wait_for_function("(ran) => ran.length === 1", arg=asked)
    nothing_is_left(page)


def test_it_lies_over_a_modal_dialog_of_the_page_and_gives_the_focus_back_to_it(open_app: OpenApp) -> None:
    own = "<dialog aria-label='Own'><button>Inside</button></dialog>"
    page = open_app(html=PAGE.replace("</body>", f"{own}</body>")).page
    page.evaluate("document.querySelector('dialog').showModal()")
    asked = ask(page, NAME)
    untick(page, ASKED_NAME)
    page.keyboard.press("Escape")
    asked.fail()
    expect(page.get_by_role("dialog", name="Own").get_by_role("button")).to_be_focused()


# When it cannot be shown.


@pytest.mark.bridge_checks(handler_raised=False)
@pytest.mark.parametrize("file", ["dialog.js", "consent.js"])
def test_without_its_files_the_call_fails_with_3_and_both_sides_say_why(
    open_app: OpenApp, caplog: pytest.LogCaptureFixture, file: str
) -> None:
    opened = open_app()
    page = opened.page
    with routed(page, file, lambda route: route.abort()):
        assert ask(page, NAME).fail() == {"error": 3, "errorMessage": "Unknown error"}
    nothing_is_left(page)
    assert any(text.startswith("[bridge] cannot load ") and text.endswith(file) for text in opened.console)
    (said,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert said.startswith("the user cannot be asked for getAuthCode: the page cannot show the sheet")
    assert said.endswith(f"no {file}")
    asked = ask(page, NAME)
    press(page, "Allow")
    asked.success()


@pytest.mark.bridge_checks(handler_raised=False)
def test_a_frame_that_is_not_displayed_cannot_show_it_and_says_so(
    open_app: OpenApp, caplog: pytest.LogCaptureFixture
) -> None:
    opened = open_app(html=FRAMED.format("src='frame.html' style='display: none'"), files={"frame.html": PAGE})
    assert ask(opened.page.frames[1], NAME).fail()["error"] == 3
    assert "its page has no size, as in a frame that is not displayed" in caplog.text
