"""The file that a failing test leaves, read in a browser as a person reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from bridge import Bridge, Call, Outcome, after, calls, deny, drop, fail, grant, never, succeed
from bridge.checks import CHECKS
from bridge.outcomes import too_late, twice
from bridge.report import happened
from bridge.trace import MAX_CALLS, MAX_LINES, trace
from tests.conftest import BLANK, Opened, OpenPage

EVIL = "<script>window.evil = 1</script><img src=x onerror='window.evil = 1'>"

on_purpose = pytest.mark.bridge_checks(
    handler_raised=False, callback_threw=False, unhandled_api=False, unused_outcome=False
)


class Trace:
    """A trace in a tab."""

    def __init__(self, page: Page, html: str) -> None:
        self.page = page
        self.html = html

    def rows(self) -> Locator:
        return self.page.locator("ol > li")

    def row(self, number: int) -> Locator:
        return self.rows().nth(number - 1)

    def opened(self, number: int) -> Locator:
        """Open a row; return what is in it."""
        self.row(number).locator("summary").click()
        return self.page.locator(f"#call-{number}")

    def section(self, heading: str) -> Locator:
        return self.page.locator("section", has=self.page.get_by_role("heading", name=heading, exact=True))

    def bar(self, number: int) -> tuple[float, float]:
        """Return where the bar of a call begins and ends, as parts of the time that is shown."""
        bar, track = self.row(number).locator(".bar").bounding_box(), self.row(number).locator(".track").bounding_box()
        assert bar is not None
        assert track is not None
        assert bar["width"] >= 7, "it can be seen, however short"
        return (bar["x"] - track["x"]) / track["width"], (bar["x"] + bar["width"] - track["x"]) / track["width"]


Read = Callable[..., Trace]


@pytest.fixture
def read(bridge: Bridge, shared_page: Page, tmp_path: Path) -> Iterator[Read]:
    """Write the trace of this test's bridge and open it: `read(title=..., failure=..., width=...)`."""
    size = shared_page.viewport_size

    def read(*, title: str = "tests/test_it.py::test_it", failure: str = "", width: int = 1280) -> Trace:
        bridge.wait_for_pages(1)
        html = trace(bridge, title=title, failure=failure)
        file = tmp_path / "trace.html"
        file.write_text(html, "utf-8")
        shared_page.set_viewport_size({"width": width, "height": 800})
        shared_page.goto(file.as_uri())
        return Trace(shared_page, html)

    yield read
    shared_page.emulate_media(media="null")
    if size is not None:
        shared_page.set_viewport_size(size)


def call(opened: Opened, api: str, options: str = "") -> None:
    """Make a call and wait until it is over, in the log too."""
    opened.page.evaluate(f"my.call({api!r}, {{ {options} }}).catch(() => {{}})")
    opened.bridge.wait_for_call(when=lambda call: call.api == api)


# What failed.


def test_it_begins_with_the_test_and_its_failure(read: Read) -> None:
    page = read(title="tests/test_shop.py::test_pays[two items]", failure="assert 1 == 2\nwhere 1 = one()").page
    expect(page).to_have_title("tests/test_shop.py::test_pays[two items] - bridge trace")
    expect(page.get_by_role("heading", level=1)).to_have_text("tests/test_shop.py::test_pays[two items]")
    expect(page.get_by_text("where 1 = one()")).to_be_visible()
    expect(page.get_by_text("The whole failure")).to_have_count(0)


def test_of_a_long_failure_the_message_is_shown_and_the_rest_on_demand(read: Read) -> None:
    source = "\n".join(f"    line_{number}()" for number in range(50))
    page = read(
        failure=f"{source}\n>   pay()\nE   NoSuchCall: none\nE     nearest: #1\n\ntest_it.py:3: NoSuchCall"
    ).page
    expect(page.locator("pre:visible")).to_have_text("NoSuchCall: none\n  nearest: #1")
    page.get_by_text("The whole failure, 55 lines").click()
    expect(page.get_by_text("line_49()")).to_be_visible()


def test_of_a_long_failure_without_a_mark_the_beginning_is_shown(read: Read) -> None:
    lines = [f"line {number}" for number in range(MAX_LINES + 1)]
    page = read(failure="\n".join(lines)).page
    expect(page.locator("pre:visible")).to_have_text("\n".join(lines[:-1]))


@on_purpose
def test_what_is_wrong_besides_is_said_with_a_link_to_the_call(open_page: OpenPage, read: Read) -> None:
    call(open_page(), "watchShake")
    shown = read(failure="assert False")
    expect(shown.section("Findings")).to_contain_text("nobody handles #1 watchShake")
    shown.section("Findings").get_by_role("link", name="#1").click()
    expect(shown.page.locator("#call-1")).to_be_visible()


@on_purpose
def test_what_the_failure_says_is_not_said_again(open_page: OpenPage, read: Read) -> None:
    call(open_page(), "watchShake")
    shown = read(failure="bridge: nobody handles #1 watchShake\n\nin Python: ...")
    expect(shown.section("Findings")).to_have_count(0)


@on_purpose
def test_only_the_checks_that_count_are_made(bridge: Bridge, open_page: OpenPage) -> None:
    call(open_page(), "watchShake")
    assert "nobody handles #1" not in trace(bridge, title="", failure="", checks=CHECKS.keys() - {"unhandled_api"})


# The calls.


@on_purpose
def test_each_call_is_a_row_that_says_what_became_of_it(bridge: Bridge, open_page: OpenPage, read: Read) -> None:
    opened = open_page(files={"next.html": BLANK})
    bridge.sequence("getAuthCode", grant(except_=["USER_ADDRESS"]), deny(), after(0.05, grant()), too_late(grant()))
    bridge.once("getUserInfo", raising, custom=True)
    bridge.once("getNetworkType", twice(succeed(), fail({"error": 12})))
    bridge.once("scan", drop())
    bridge.once("getLocation", never())
    both = "success() {}, fail() {}"
    call(opened, "getAuthCode", f"scopes: ['auth_user', 'USER_ADDRESS'], {both}")
    call(opened, "getAuthCode", both)
    call(opened, "getAuthCode", "success() { throw new TypeError('no such thing') }")
    call(opened, "getUserInfo")
    call(opened, "getNetworkType", both)
    call(opened, "scan", both)
    call(opened, "watchShake", both)
    opened.page.evaluate("void my.getLocation(), void my.getAuthCode()")
    bridge.wait_for_call("getLocation")
    opened.page.goto(f"{bridge.url}/next.html")
    bridge.wait_for_call("getAuthCode", when=lambda call: call.params == {})
    rows = [re.sub(r"\s+", " ", text) for text in read().rows().locator("summary").all_inner_texts()]
    expected = [
        r"#1 getAuthCode auth_user, USER_ADDRESS / . success granted \w{4}...\w{4} but USER_ADDRESS=10001 ran success",
        r"#2 getAuthCode auth_base / . fail refused \(11\) ran fail",
        r"#3 getAuthCode auth_base / . fault granted .* ran success \(threw TypeError: no such thing\)",
        r"#4 getUserInfo / . fault error 3 .*: the handler raised the page gave no callback",
        r"#5 getNetworkType / . fault success, then fail ran success, fail",
        r"#6 scan / . fault connection dropped ran fail",
        r"#7 watchShake / . fault error 1 .*: no handler ran fail",
        r"#8 getLocation / . unanswered never answered no callback ran open",
        r"#9 getAuthCode auth_base / . unanswered granted .*, too late: the page has gone no callback ran",
    ]
    assert len(rows) == len(expected)
    for row, pattern in zip(rows, expected, strict=True):
        assert re.match(pattern, row), row


def raising(call: Call) -> Outcome:
    raise LookupError("there is <nobody>")


def test_a_row_opens_with_the_keyboard_and_says_everything(bridge: Bridge, open_page: OpenPage, read: Read) -> None:
    opened = open_page(html="<iframe src='frame.html'></iframe>", files={"frame.html": BLANK})
    bridge.once("getUserInfo", after(0.02, succeed({"nick": "Anna"})), custom=True)
    opened.page.frames[1].evaluate("my.call('getUserInfo', { kind: ['short'], success() {} })")
    bridge.wait_for_call()
    shown = read()
    shown.row(1).locator("summary").press("Enter")
    facts = shown.page.locator("#call-1")
    expect(facts).to_be_visible()
    terms = dict(zip(facts.locator("dt").all_inner_texts(), facts.locator("dd").all_inner_texts(), strict=True))
    assert terms["Page"] == f"{opened.url}/frame.html in a frame"
    assert terms["Sent"] == '{\n  "kind": [\n    "short"\n  ]\n}'
    assert terms["Answered by"].startswith(
        "once('getUserInfo', after(0.02, succeed({'nick': 'Anna'}))), test_trace.py:"
    )
    assert terms["Outcome"] == "after(0.02, succeed({'nick': 'Anna'}))"
    assert re.sub(r"\s+", " ", terms["Answer"]) == 'success with { "nick": "Anna" }'
    assert terms["In the page"] == "success ran"
    asked, decided, answered, ran = terms["Times"].splitlines()
    assert asked.split("\t")[:2] == ["asked", "0.0 ms"]
    assert decided.startswith("decided")
    assert float(re.findall(r"\+([\d.]+) ms", answered)[0]) >= 20
    assert ran.startswith("callbacks ran")


@on_purpose
def test_what_a_handler_raised_is_shown_from_the_handler_on(open_page: OpenPage, read: Read) -> None:
    call(open_page(raising), "getAuthCode")
    raised = read().opened(1)
    expect(raised).to_contain_text("in raising")
    expect(raised).to_contain_text("LookupError: there is <nobody>")
    expect(raised).not_to_contain_text("bridge/connection.py")


def test_every_answer_is_shown_with_the_remark_for_the_console(open_page: OpenPage, read: Read) -> None:
    opened = open_page(twice(succeed({"first": 1}), fail({"second": 2})))
    call(opened, "getAuthCode", "scopes: 'auth_base'")
    answers = read().opened(1).locator("dd", has_text="and in its console")
    expect(answers).to_contain_text('"second": 2')
    expect(answers).to_contain_text("and in its console: my.getAuthCode: scopes is the string")


def test_calls_share_one_axis_on_which_long_ones_are_long(bridge: Bridge, open_page: OpenPage, read: Read) -> None:
    opened = open_page({"getAuthCode": after(0.2, grant()), "getLocation": never(), "getSystemInfo": succeed()})
    call(opened, "getAuthCode")
    opened.page.evaluate("void my.getLocation()")
    bridge.wait_for_call("getLocation")
    call(opened, "getSystemInfo")
    shown = read()
    # As the log says, in parts of the time that is shown, which begins with the first call.
    slow, open_ended, last = bridge.calls
    assert last.ran_at is not None
    assert slow.ran_at is not None
    known = last.ran_at - slow.asked_at
    assert shown.bar(2)[1] == pytest.approx(1, abs=0.01)
    assert shown.bar(1) == pytest.approx((0, (slow.ran_at - slow.asked_at) / known / 1.15), abs=0.02)
    assert shown.bar(2)[0] == pytest.approx((open_ended.asked_at - slow.asked_at) / known / 1.15, abs=0.02)
    assert shown.bar(3)[0] == pytest.approx((last.asked_at - slow.asked_at) / known / 1.15, abs=0.02)
    assert shown.bar(3)[1] < 0.95
    assert shown.row(1).locator(".bar i").evaluate_all("parts => parts.map((part) => part.className)") == [
        "deciding",
        "delay",
        "page",
    ]
    assert shown.row(2).locator(".bar i").last.get_attribute("class") == "open"


@pytest.mark.parametrize("outcome", [after(0.01, grant()), never()])
def test_a_single_call_fills_the_axis(bridge: Bridge, open_page: OpenPage, read: Read, outcome: Outcome) -> None:
    open_page(outcome).page.evaluate("void my.getAuthCode()")
    bridge.wait_for_call("getAuthCode")
    shown = read()
    assert shown.bar(1) == pytest.approx((0, 1), abs=0.02)
    expect(shown.page.locator(".ruler span").first).to_have_text("0")


def test_a_call_that_is_still_being_decided_is_a_row_too(bridge: Bridge, open_page: OpenPage, read: Read) -> None:
    opened = open_page(after(60, grant()))
    opened.page.evaluate("void my.getAuthCode()")
    bridge.wait_for_call("getAuthCode", settled=False)
    shown = read()
    expect(shown.row(1)).to_contain_text("not answered yet")
    expect(shown.opened(1)).to_contain_text("no callback ran")


def test_what_the_user_was_asked_and_chose_is_in_it(bridge: Bridge, open_page: OpenPage, read: Read) -> None:
    opened = open_page()
    sheet = opened.page.get_by_role("dialog")
    bridge.consent = "ask"
    opened.page.evaluate("void my.getAuthCode({ scopes: ['USER_NAME'] }).catch(() => {})")
    sheet.get_by_role("button", name="Deny").click()
    bridge.wait_for_call()
    bridge.consent = "allow"
    call(opened, "getAuthCode", "scopes: ['auth_base', 'USER_GENDER']")

    shown = read()
    asked = shown.opened(1)
    expect(asked).to_contain_text("Amara chose deny() in the consent sheet")
    expect(asked.get_by_role("row", name="sheet shown")).to_have_count(1)
    expect(asked.get_by_role("row", name="user chose")).to_have_count(1)
    expect(shown.row(1).locator(".bar .user")).to_have_count(1)
    expect(shown.opened(2)).to_contain_text("Amara chose grant() without a sheet")
    expect(shown.row(2).locator(".bar .user")).to_have_count(0)


def test_a_sheet_that_nobody_has_answered_is_said_to_be_open(bridge: Bridge, open_page: OpenPage) -> None:
    opened = open_page(consent="ask")
    opened.page.evaluate("void my.getAuthCode({ scopes: ['USER_ADDRESS'] }).catch(() => {})")
    expect(opened.page.get_by_role("dialog")).to_be_visible()
    html = trace(bridge, title="a test", failure="")
    assert "the consent sheet is open: Amara has not answered it" in html
    assert "the consent sheet is open: Amara has not answered it" in happened(bridge.log)


def test_of_very_many_calls_the_last_are_shown(open_page: OpenPage, read: Read) -> None:
    count = MAX_CALLS + 2
    open_page().page.evaluate(f"Promise.all(Array.from({{ length: {count} }}, () => my.getAuthCode()))")
    shown = read()
    expect(shown.rows()).to_have_count(MAX_CALLS)
    expect(shown.rows().first).to_contain_text("#3")
    expect(shown.section("Calls")).to_contain_text("The first 2 calls are left out")


# Who answers and who asks.


@on_purpose
def test_rules_are_listed_with_the_calls_that_they_answered(bridge: Bridge, open_page: OpenPage, read: Read) -> None:
    opened = open_page()
    bridge.sequence("getAuthCode", deny(), deny(), deny())
    bridge.always("getLocation", succeed({}))
    bridge.always("scan", succeed({}))
    bridge.api("getSystemInfo")(lambda call: succeed({}))
    for api in ("getAuthCode", "getLocation", "getAuthCode", "getLocation"):
        call(opened, api)
    rules = read().section("Rules")
    notes = [re.sub(r"^[\s\S]*?\n\S+:\d+ ", "", text) for text in rules.get_by_role("listitem").all_inner_texts()]
    assert notes == ["used for #1", "used for #3", "never used", "used for #2 #4", "never used"]
    expect(rules).to_contain_text(
        "Behind them handlers answer getSystemInfo, and the wallet itself answers what it can."
    )


@on_purpose
def test_what_back_ends_asked_for_is_listed_and_the_life_of_a_code_is_in_its_call(
    bridge: Bridge, open_page: OpenPage, read: Read
) -> None:
    opened = open_page(verify=False)
    bridge.gateway.once("applyToken", "unknown")
    bridge.gateway.once("cancelToken", "limited")
    code = opened.success()["authCode"]
    url = f"{bridge.url}/v1/authorizations/applyToken"
    for _ in range(3):
        httpx.post(url, json={"grantType": "AUTHORIZATION_CODE", "authCode": code})
    httpx.post(f"{bridge.url}/v1/nothing", json={})
    seen = read()
    requests = seen.section("Back ends").get_by_role("listitem")
    expect(requests).to_have_count(4)
    expect(requests.nth(0)).to_contain_text("applyToken UNKNOWN_EXCEPTION")
    expect(requests.nth(0)).to_contain_text("on request: 'unknown', of #1")
    expect(requests.nth(1)).to_contain_text(f"with the code {code[:4]}...{code[-4:]}, by 2022")
    expect(requests.nth(1)).to_contain_text("applyToken SUCCESS")
    expect(requests.nth(2)).to_contain_text("applyToken USED_CODE")
    expect(requests.nth(3)).to_contain_text("/v1/nothing")
    expect(requests.nth(3)).to_contain_text("there is no '/v1/nothing'")
    rules = seen.section("Rules").get_by_role("listitem")
    expect(rules).to_contain_text(["gateway.once('applyToken', 'unknown')", "gateway.once('cancelToken', 'limited')"])
    expect(rules.nth(0)).to_contain_text("used")
    expect(rules.nth(1)).to_contain_text("never used")
    life = seen.opened(1).get_by_role("table").last
    expect(life.get_by_role("row")).to_contain_text(
        ["asked", "granted", "refused: UNKNOWN_EXCEPTION ('unknown')", "redeemed by 2022", "refused: USED_CODE"]
    )
    assert code not in seen.html


def test_a_link_to_a_call_opens_it(bridge: Bridge, open_page: OpenPage, read: Read) -> None:
    opened = open_page(grant())
    call(opened, "getAuthCode")
    shown = read()
    expect(shown.page.locator("#call-1")).to_be_hidden()
    shown.section("Rules").get_by_role("link", name="#1").click()
    expect(shown.page.locator("#call-1")).to_be_visible()


def test_pages_are_listed_with_their_calls(bridge: Bridge, open_page: OpenPage, read: Read) -> None:
    opened = open_page(html="<iframe src='frame.html'></iframe>", files={"frame.html": BLANK, "next.html": BLANK})
    call(opened, "getAuthCode")
    opened.page.frames[1].evaluate("my.getAuthCode()")
    bridge.wait_for_call("getAuthCode", page="/frame.html")
    opened.page.reload()
    for _ in range(10):
        call(opened, "getAuthCode")
    opened.page.goto(f"{bridge.url}/next.html")
    call(opened, "getAuthCode")
    pages = read().section("Pages").get_by_role("listitem").all_inner_texts()
    assert [re.sub(r"\s+", " ", page) for page in pages] == [
        f"{opened.url}/ loaded 2 times, gone, #1 #3 #4 #5 #6 #7 #8 #9 and 3 more",
        f"{opened.url}/frame.html in a frame, gone, #2",
        f"{opened.url}/next.html connected, #13",
    ]


def test_without_calls_it_says_so_and_what_is_connected(bridge: Bridge, read: Read) -> None:
    bridge.log.joined(object(), calls.Page(id="k3j9x2", url="http://127.0.0.1:8765/"))
    shown = read()
    expect(shown.section("Calls")).to_contain_text("No page has made a call. Connected is 1 page: see below.")
    expect(shown.section("Pages")).to_contain_text("http://127.0.0.1:8765/")
    expect(shown.section("Rules")).to_contain_text("No rules were written; there are no handlers")


def test_without_pages_it_says_what_to_do(read: Read) -> None:
    shown = read()
    expect(shown.section("Calls")).to_contain_text("No page has made a call. None is connected: open bridge.url")
    expect(shown.section("Pages")).to_contain_text("No page is connected, and none has made a call.")
    expect(shown.section("Failure")).to_have_count(0)


# What comes from pages is text.


@on_purpose
def test_what_pages_handlers_and_tests_say_never_becomes_an_element(
    bridge: Bridge, open_page: OpenPage, read: Read
) -> None:
    def evil(call: Call) -> Outcome:
        raise LookupError(EVIL)

    opened = open_page({"getAuthCode": succeed({"html": EVIL}), "getLocation": evil, "scan": fail(EVIL)})
    opened.page.goto(f"{bridge.url}/?{EVIL}#{EVIL}")
    opened.page.evaluate(
        "(html) => { const error = () => { throw html }; void my.getAuthCode({ [html]: html, success: error }) }", EVIL
    )
    call(opened, "getLocation")
    call(opened, "scan")
    bridge.wait_for_call("getAuthCode")
    shown = read(title=f"test_it.py::test[{EVIL}]", failure=f"E   {EVIL}")
    expect(shown.page.locator("script, img")).to_have_count(0)
    expect(shown.opened(1)).to_contain_text(f'"html": "{EVIL}"')
    expect(shown.opened(1)).to_contain_text(f'"{EVIL}": "{EVIL}"')
    expect(shown.opened(2)).to_contain_text(f"LookupError: {EVIL}")
    expect(shown.page.get_by_role("heading", level=1)).to_contain_text(EVIL)
    assert shown.page.evaluate("window.evil") is None


def test_it_needs_no_script_and_no_network(open_page: OpenPage, read: Read) -> None:
    opened = open_page()
    call(opened, "getAuthCode")
    asked: list[str] = []
    opened.page.on("request", lambda request: asked.append(request.url))
    shown = read()
    assert asked == [shown.page.url]
    assert opened.console == []
    policy = shown.page.locator("meta[http-equiv=Content-Security-Policy]")
    assert policy.get_attribute("content") == "default-src 'none'; style-src 'unsafe-inline'"
    assert not re.search(r"<script|<link|src=|url\(|@import", shown.html)


def test_secrets_are_taken_out_wherever_they_stand(bridge: Bridge, open_page: OpenPage, read: Read) -> None:
    opened = open_page()
    bridge.once("getAuthCode", twice(grant(), grant()))
    bridge.once("getUserInfo", after(0, succeed({"accessToken": "hush-hush-1"})), custom=True)
    opened.page.goto(f"{bridge.url}/?token=hush-hush-2&page=1#session=hush-hush-3")
    call(opened, "getAuthCode")
    first, second = (answer.payload["authCode"] for answer in bridge.calls[0].answers)
    call(opened, "getUserInfo", f"password: 'hush-hush-4', link: '/?sign=hush-hush-5', note: 'for {first}'")
    shown = read(failure=f"E   assert '{first}' == '{second}'")
    assert "hush-hush" not in shown.html
    assert first not in shown.html
    assert second not in shown.html
    expect(shown.opened(2)).to_contain_text("succeed({'accessToken': '<redacted>'})")
    expect(shown.opened(2)).to_contain_text("/?token=<redacted>&page=1#session=<redacted>")


def test_a_short_code_of_a_test_is_left_alone_in_words(open_page: OpenPage, read: Read) -> None:
    call(open_page(succeed({"authCode": "it"})), "getAuthCode")
    shown = read(title="test_it.py::test_it")
    expect(shown.page.get_by_role("heading", level=1)).to_have_text("test_it.py::test_it")
    expect(shown.opened(1)).to_contain_text('"authCode": "<redacted>"')


def test_text_that_runs_from_right_to_left_turns_nothing_else_around(open_page: OpenPage, read: Read) -> None:
    opened = open_page(fail("\u202eعربي"), files={"שלום.html": BLANK})
    opened.page.goto(f"{opened.url}/שלום.html")
    call(opened, "getAuthCode")
    path = read().row(1).get_by_text("/שלום.html")
    assert path.evaluate("(element) => getComputedStyle(element).unicodeBidi") == "isolate"


def test_half_a_surrogate_pair_does_not_keep_it_from_being_written(read: Read) -> None:
    expect(read(failure="assert '\ud83d'").page.get_by_text("assert '?'")).to_be_visible()


def test_what_is_nested_very_deeply_or_is_very_long_is_cut(open_page: OpenPage, read: Read) -> None:
    opened = open_page()
    opened.page.evaluate("""() => {
      const long = "x".repeat(100000);
      let deep = [];
      for (let i = 0; i < 900; i++) deep = [deep];
      return Promise.all([my.getAuthCode({ long }), my.getAuthCode({ deep }).catch(() => {})]);
    }""")
    shown = read()
    assert len(shown.html) < 100_000
    expect(shown.opened(1)).to_contain_text(re.compile(r"x\n\.\.\. \(100,\d+ characters in all\)"))
    expect(shown.opened(2)).to_contain_text("<redacted>")


def test_a_long_outcome_is_cut_wherever_it_stands(bridge: Bridge, open_page: OpenPage, read: Read) -> None:
    opened = open_page()
    bridge.once("getUserInfo", succeed({"long": "x" * 99_000}), custom=True)
    call(opened, "getUserInfo")
    shown = read()
    assert len(shown.html) < 150_000
    expect(shown.opened(1)).to_contain_text(re.compile(r"succeed\({'long': 'x+\n\.\.\. \(99,\d+ characters in all\)"))


def test_what_is_read_under_a_key_that_sounds_like_a_secret_is_taken_out(open_page: OpenPage, read: Read) -> None:
    opened = open_page()
    for key in ("token", "cart"):
        opened.page.evaluate("(key) => my.setStorage({ key, data: { id: `hush-${key}` } })", key)
        opened.page.evaluate("(key) => my.getStorage({ key })", key)
    opened.bridge.wait_for_call("getStorage", when=lambda call: call.params["key"] == "cart")
    html = read().html
    assert "hush-token" not in html
    assert "hush-cart" in html


# How it looks.


@on_purpose
@pytest.mark.parametrize("width", [320, 375, 1280])
def test_long_texts_fit_into_the_window(bridge: Bridge, open_page: OpenPage, read: Read, width: int) -> None:
    opened = open_page({"getAuthCode": raising, "x" * 90: fail({"y" * 300: "z" * 300})})
    opened.page.goto(f"{bridge.url}/?{'long' * 200}#{'/long' * 200}")
    call(opened, "getAuthCode", f"note: '{'note' * 200}'")
    call(opened, "x" * 90)
    shown = read(title=f"{'folder/' * 40}test_it.py::test[{'long' * 90}]", failure="E " + "long" * 300, width=width)
    shown.opened(1)
    shown.opened(2)
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_printed_trace_is_open(open_page: OpenPage, read: Read) -> None:
    call(open_page(), "getAuthCode")
    shown = read()
    sent = shown.page.locator("#call-1")
    expect(sent).to_be_hidden()
    shown.page.emulate_media(media="print")
    expect(sent).to_be_visible()
    assert shown.page.evaluate("matchMedia('print').matches")


@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(245, 246, 248)"), ("dark", "rgb(21, 22, 25)")])
def test_it_is_light_or_dark_as_the_reader_likes(read: Read, shared_page: Page, scheme: str, ground: str) -> None:
    shared_page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    try:
        assert read().page.evaluate("getComputedStyle(document.body).backgroundColor") == ground
    finally:
        shared_page.emulate_media(color_scheme="null")
