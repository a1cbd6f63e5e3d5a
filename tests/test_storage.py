"""`my.getStorage`, `my.setStorage` and so on, and their twins that answer at once, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Frame, Page

from bridge import Bridge, error, succeed
from bridge.apis import declared
from bridge.site import Site
from tests.conftest import Elsewhere, Opened, OpenPage

INVALID = {"error": 2, "errorMessage": "Invalid parameters"}
FULL = {"error": 12, "errorMessage": "The storage of this app is full"}
TOO_LONG = {"error": 14, "errorMessage": "The data is too long"}

KILOBYTE = 1024
JUST_FITS = 200 * KILOBYTE - 2  # with the quotes of JSON


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def page(open_page: OpenPage) -> Opened:
    opened = open_page()
    opened.page.evaluate("localStorage.clear()")
    return opened


def at_once(page: Opened, call: str, *args: Any) -> Any:
    """Call a synchronous API: `at_once(page, "getStorageSync", {"key": "k"})`."""
    return page.page.evaluate("([call, args]) => my[call](...args)", [call, list(args)])


def test_data_comes_back_with_its_type(page: Opened) -> None:
    data: Any
    for data in ("text", "", 0, 1.5, True, False, {"a": [1, {"b": None}]}, [], None, "\u5b57\U0001f600"):
        assert page.success({"key": "k", "data": data}, "setStorage") == {}
        assert page.success({"key": "k"}, "getStorage") == {"data": data}
        at_once(page, "clearStorageSync")
        assert at_once(page, "setStorageSync", {"key": "k", "data": data}) == {"success": True}
        assert at_once(page, "getStorageSync", {"key": "k"}) == {"data": data}


def test_what_is_read_is_the_readers_own(page: Opened) -> None:
    at_once(page, "setStorageSync", {"key": "k", "data": {"n": 1}})
    assert page.page.evaluate("my.getStorageSync({ key: 'k' }).data.n = 2, my.getStorageSync({ key: 'k' })") == {
        "data": {"n": 1}
    }


def test_a_key_that_is_not_there_has_null(page: Opened) -> None:
    assert page.success({"key": "no"}, "getStorage") == {"data": None}
    assert at_once(page, "getStorageSync", {"key": "no"}) == {"data": None}


def test_a_key_may_be_any_text(page: Opened) -> None:
    keys = ["__proto__", "length", "getItem", "constructor", " ", ".", "k\u5b57"]
    for key in keys:
        assert at_once(page, "getStorageSync", {"key": key}) == {"data": None}
        at_once(page, "setStorageSync", {"key": key, "data": 1})
        assert at_once(page, "getStorageSync", {"key": key}) == {"data": 1}
    assert sorted(at_once(page, "getStorageInfoSync")["keys"]) == sorted(keys)


def test_the_twins_take_a_bare_key_too_and_answer_as_ever(page: Opened) -> None:
    assert at_once(page, "setStorageSync", "token", {"a": 1}) == {"success": True}
    assert at_once(page, "getStorageSync", "token") == {"data": {"a": 1}}
    assert at_once(page, "removeStorageSync", "token") == {"success": True}
    assert at_once(page, "getStorageSync", "token") == {"data": None}


def test_a_removed_key_is_gone_and_the_others_stay(page: Opened) -> None:
    for key in ("a", "b", "c"):
        at_once(page, "setStorageSync", {"key": key, "data": key})
    assert page.success({"key": "a"}, "removeStorage") == {}
    assert at_once(page, "removeStorageSync", {"key": "b"}) == {"success": True}
    assert page.success({"key": "never there"}, "removeStorage") == {}
    assert at_once(page, "getStorageInfoSync")["keys"] == ["c"]


@pytest.mark.parametrize("clear", ["my.clearStorage()", "my.clearStorageSync()"])
def test_clearing_leaves_the_pages_own_storage_alone(page: Opened, clear: str) -> None:
    page.page.evaluate("localStorage.mine = '1', my.setStorageSync({ key: 'k', data: 1 })")
    page.page.evaluate(clear)
    assert page.page.evaluate("Object.keys(localStorage)") == ["mine"]
    assert at_once(page, "clearStorageSync") == {"success": True}


def test_the_info_tells_keys_and_sizes_in_kilobytes(page: Opened) -> None:
    empty = {"keys": [], "currentSize": 0, "limitSize": 10 * KILOBYTE}
    assert page.success({}, "getStorageInfo") == at_once(page, "getStorageInfoSync") == empty
    at_once(page, "setStorageSync", {"key": "ab", "data": "x" * 50 * KILOBYTE})
    at_once(page, "setStorageSync", {"key": "c", "data": ""})
    info = at_once(page, "getStorageInfoSync")
    assert sorted(info["keys"]) == ["ab", "c"]
    assert info["currentSize"] == 51
    assert page.success({}, "getStorageInfo") == info


def test_data_survives_a_reload(page: Opened) -> None:
    at_once(page, "setStorageSync", {"key": "k", "data": [1]})
    page.page.reload()
    assert at_once(page, "getStorageSync", {"key": "k"}) == {"data": [1]}


def test_each_user_has_a_storage_of_their_own(page: Opened) -> None:
    first, second = list(page.bridge.users)[:2]
    at_once(page, "setStorageSync", {"key": "k", "data": "first"})
    page.bridge.user = second
    page.page.wait_for_function("my.getStorageSync({ key: 'k' }).data === null")
    at_once(page, "setStorageSync", {"key": "k", "data": "second"})
    at_once(page, "clearStorageSync")
    page.bridge.user = first
    page.page.wait_for_function("my.getStorageSync({ key: 'k' }).data === 'first'")


PATHS: list[Callable[[str], str | re.Pattern[str]]] = [
    lambda path: path,
    lambda path: f"{path}?tab=*",
    lambda path: f"localhost:*{path}",
    lambda path: re.compile(f"{path}[?]TAB", re.IGNORECASE),
]


@pytest.mark.parametrize("is_attached", [True, False], ids=["attached", "tag"])
@pytest.mark.parametrize("where", PATHS, ids=["path", "query", "host", "expression"])
def test_the_first_script_of_a_page_has_the_storage_of_that_pages_user(
    bridge: Bridge, elsewhere: Elsewhere, tab: Page, where: Callable[[str], str | re.Pattern[str]], is_attached: bool
) -> None:
    first = "<script>my.setStorageSync({ key: 'k', data: 1 })</script>"
    tag = "" if is_attached else f"<meta name='referrer' content='no-referrer'>{bridge.script_tag}"
    url = elsewhere.serve(f"{tag}{first}") + "?tab=1#top"
    bridge.log_in("Bayu", page=where(urlsplit(url).path))
    bridge.log_in("Chen", page="/another")
    if is_attached:
        bridge.attach(tab)
    tab.goto(url)
    user = bridge.users.find("Bayu").id
    (key,) = tab.evaluate("Object.keys(localStorage)")
    assert f'"{user}"' in key


PYTHONS = [
    re.compile("(?P<page>localhost)"),
    re.compile(r"\d\Z"),
    re.compile(r"\Ahttp"),
    re.compile("/ [0-9]", re.VERBOSE),
]


@pytest.mark.parametrize("where", PYTHONS, ids=[where.pattern for where in PYTHONS])
def test_an_expression_that_only_python_reads_counts_when_the_page_is_connected(
    bridge: Bridge, elsewhere: Elsewhere, tab: Page, where: re.Pattern[str]
) -> None:
    url = elsewhere.serve("<script>my.setStorageSync({ key: 'k', data: 1 })</script>")
    # Nobody takes the page for one of another user's meanwhile.
    bridge.log_in("Chen", page="*")
    bridge.log_in("Bayu", page=where)
    bridge.attach(tab)
    tab.goto(url)
    tab.evaluate("my.getAuthCode()")
    assert tab.evaluate("my.getStorageSync({ key: 'k' })") == {"data": None}
    owners = {name: bridge.users.find(name).id for name in ("Amara", "Chen")}
    (key,) = tab.evaluate("Object.keys(localStorage)")
    assert [name for name, id in owners.items() if id in key] == ["Amara"]


def test_who_is_chosen_in_the_consent_sheet_has_a_storage_of_their_own(open_page: OpenPage) -> None:
    page = open_page(consent="ask")
    page.page.evaluate("localStorage.clear()")
    at_once(page, "setStorageSync", {"key": "k", "data": "first"})
    page.page.evaluate("void my.getAuthCode({ scopes: ['USER_NAME'], success: () => { window.isDone = true } })")
    chooser = page.page.get_by_role("combobox", name="Answer as")
    chooser.select_option(index=1)
    page.page.get_by_role("button", name="Allow").click()
    page.page.wait_for_function("window.isDone")
    assert page.bridge.wait_for_call("getAuthCode").user == list(page.bridge.users)[1]
    assert at_once(page, "getStorageSync", "k") == {"data": None}
    at_once(page, "setStorageSync", {"key": "k", "data": "second"})
    assert len(page.page.evaluate("Object.values(localStorage)")) == 2
    page.page.evaluate("sessionStorage.clear()")


def test_each_test_has_a_storage_of_its_own(page: Opened, site: Site) -> None:
    at_once(page, "setStorageSync", {"key": "k", "data": 1})
    address = page.url
    page.page.goto(site.mount(Bridge(pages=page.folder)))
    assert at_once(page, "getStorageSync", {"key": "k"}) == {"data": None}
    page.page.goto(address)
    assert at_once(page, "getStorageSync", {"key": "k"}) == {"data": 1}


def test_each_app_has_a_storage_of_its_own(page: Opened) -> None:
    at_once(page, "setStorageSync", {"key": "k", "data": 1})
    page.bridge.configure(app_id="2021000000000001")
    page.page.reload()
    assert at_once(page, "getAppIdSync") == {"appId": "2021000000000001"}
    assert at_once(page, "getStorageSync", {"key": "k"}) == {"data": None}
    assert at_once(page, "getStorageInfoSync")["keys"] == []


@pytest.mark.parametrize("api", ["getStorage", "setStorage", "removeStorage"])
def test_without_a_key_a_call_fails_with_2(page: Opened, api: str) -> None:
    success = {} if api == "getStorage" else {"success": False}
    options: dict[str, Any]
    for options in ({}, {"key": ""}, {"key": None}):
        assert page.fail({"data": 1, **options}, api) == INVALID
        assert at_once(page, api + "Sync", options) == success | INVALID


def test_the_twins_never_throw(page: Opened) -> None:
    for api in ("getStorageSync", "setStorageSync", "removeStorageSync"):
        for arguments in ("", "null", "''", "undefined", "{ key: 5 }"):
            assert page.page.evaluate(f"my.{api}({arguments})")["error"] == 2


def test_data_that_json_has_no_word_for_is_refused_with_2(page: Opened) -> None:
    for data in ("undefined", "() => 1", "Symbol()", "10n", "(() => { const a = []; return a[0] = a })()"):
        options = f"{{ key: 'k', data: {data} }}"
        assert page.page.evaluate(f"my.setStorageSync({options})") == {"success": False, **INVALID}
        assert page.page.evaluate(f"my.setStorage({options}).catch((failure) => failure)") == INVALID
    assert at_once(page, "getStorageInfoSync")["keys"] == []


def test_a_number_that_json_has_no_word_for_becomes_null(page: Opened) -> None:
    assert page.page.evaluate("my.setStorageSync({ key: 'k', data: [NaN, new Date(0)] })") == {"success": True}
    assert at_once(page, "getStorageSync", {"key": "k"}) == {"data": [None, "1970-01-01T00:00:00.000Z"]}


def test_a_value_of_more_than_200_kilobytes_fails_with_14(page: Opened) -> None:
    assert page.success({"key": "k", "data": "x" * JUST_FITS}, "setStorage") == {}
    for too_much in (JUST_FITS + 1, 300 * KILOBYTE):
        data = {"key": "k", "data": "y" * too_much}
        assert page.fail(data, "setStorage") == TOO_LONG
        assert at_once(page, "setStorageSync", data) == {"success": False, **TOO_LONG}
    assert at_once(page, "getStorageSync", "k") == {"data": "x" * JUST_FITS}


FILL = """(count) => {
  const data = "x".repeat(200 * 1024 - 12);
  for (let i = 0; i < count; i++) {
    const key = "k" + String(i).padStart(9, "0");
    const { error } = my.setStorageSync({ key, data });
    if (error) return [i, error];
  }
  return [count, 0];
}"""


def test_where_the_browsers_own_limit_is_reached_a_call_fails_with_12(page: Opened) -> None:
    written, code = page.page.evaluate(FILL, 52)
    assert code == 12
    assert written > 0
    data = "x" * (200 * KILOBYTE - 12)
    assert page.fail({"key": "more", "data": data}, "setStorage") == FULL
    assert at_once(page, "setStorageSync", {"key": "more", "data": data}) == {"success": False, **FULL}
    page.page.evaluate("my.clearStorageSync()")
    assert page.success({"key": "more", "data": data}, "setStorage") == {}


def test_what_has_no_room_any_more_cannot_be_taken_back_and_the_call_fails_all_the_same(page: Opened) -> None:
    at_once(page, "setStorageSync", {"key": "k", "data": "x" * JUST_FITS})
    page.bridge.once("removeStorage", error(3))
    failed = page.page.evaluate("""() => {
      const removed = my.removeStorage({ key: "k" });
      for (let length = 1 << 20; length; length >>= 1) {
        try {
          for (let number = 0; ; number++) localStorage[`${length}.${number}`] = "x".repeat(length);
        } catch {}
      }
      return removed.catch(({ error }) => error);
    }""")
    assert failed == 3
    assert at_once(page, "getStorageSync", "k") == {"data": None}
    page.page.evaluate("localStorage.clear()")


@pytest.fixture
def sandboxed(bridge: Bridge, elsewhere: Elsewhere, tab: Page) -> Frame:
    """A frame in which the browser forbids localStorage."""
    bridge.attach(tab)
    tab.goto(elsewhere.serve(f"<iframe sandbox='allow-scripts' src='{elsewhere.serve('')}'></iframe>"))
    frame = tab.frames[1]
    assert frame.evaluate("(() => { try { localStorage } catch (error) { return error.name } })()") == "SecurityError"
    return frame


def test_where_the_browser_keeps_nothing_data_lasts_as_long_as_the_page(sandboxed: Frame) -> None:
    assert sandboxed.evaluate("my.setStorageSync({ key: 'k', data: 1 }), my.getStorageSync({ key: 'k' })") == {
        "data": 1
    }
    assert sandboxed.evaluate("my.getStorageInfoSync().keys") == ["k"]


def test_all_keys_together_hold_10_megabytes(sandboxed: Frame) -> None:
    # Each key with its value has 200 KB - 2 bytes, so that 51 fit.
    assert sandboxed.evaluate(FILL, 60) == [51, 12]
    assert sandboxed.evaluate("my.getStorageInfoSync().currentSize") == 51 * 200
    # Where there was the same key its value is replaced, and takes no more room.
    assert sandboxed.evaluate(FILL, 51) == [51, 0]
    # What is removed makes room.
    assert sandboxed.evaluate("my.removeStorageSync('k000000007'), my.setStorageSync('new', 1)") == {"success": True}
    assert sandboxed.evaluate("my.clearStorageSync()") == {"success": True}
    assert sandboxed.evaluate(FILL, 60) == [51, 12]


WRITES = [
    ("my.setStorage({ key: 'k', data: 'new' })", "new"),
    ("my.removeStorage({ key: 'k' })", None),
    ("my.clearStorage()", None),
]
writes = pytest.mark.parametrize(("write", "left"), WRITES, ids=[write for write, _ in WRITES])

READ = {"key": "k"}


@writes
def test_what_is_written_can_be_read_at_once(page: Opened, write: str, left: str | None) -> None:
    at_once(page, "setStorageSync", {"key": "k", "data": "old"})
    assert page.page.evaluate(f"{write}, my.getStorageSync({{ key: 'k' }})") == {"data": left}


@writes
def test_what_is_written_before_the_page_is_left_is_kept(page: Opened, write: str, left: str | None) -> None:
    at_once(page, "setStorageSync", {"key": "k", "data": "old"})
    page.bridge.latency = 0.2
    with page.page.expect_navigation():
        page.page.evaluate(f"{{ {write}; location.search = '?next'; }}")
    assert at_once(page, "getStorageSync", READ) == {"data": left}


def test_a_page_may_go_on_with_what_it_has_given(page: Opened) -> None:
    page.page.evaluate("""() => {
      const options = { key: "a", data: { n: 1 } };
      const first = my.setStorage(options);
      options.data.n = 0;
      Object.assign(options, { key: "b", data: 2 });
      return Promise.all([first, my.setStorage(options)]);
    }""")
    assert at_once(page, "getStorageSync", "a") == {"data": {"n": 1}}
    assert at_once(page, "getStorageSync", "b") == {"data": 2}
    assert [call.params for call in page.bridge.calls] == [{"key": "a", "data": {"n": 1}}, {"key": "b", "data": 2}]


@writes
def test_a_write_that_a_handler_lets_fail_is_taken_back(page: Opened, write: str, left: str | None) -> None:
    at_once(page, "setStorageSync", {"key": "k", "data": "old"})
    at_once(page, "setStorageSync", {"key": "other", "data": 1})
    page.bridge.once(write.partition("(")[0][3:], error(3))
    found = page.page.evaluate(f"{write}.catch(() => my.getStorageSync({{ key: 'k' }}))")
    assert found == {"data": "old"}
    assert sorted(at_once(page, "getStorageInfoSync")["keys"]) == ["k", "other"]


def test_a_key_that_was_new_is_gone_when_its_write_fails(page: Opened) -> None:
    page.bridge.once("setStorage", error(12))
    assert page.fail({"key": "k", "data": 1}, "setStorage") == FULL
    assert at_once(page, "getStorageInfoSync")["keys"] == []


def test_what_is_written_later_stays_when_an_earlier_write_fails(page: Opened) -> None:
    page.bridge.once("setStorage", error(12))
    write = "my.setStorage({ key: 'k', data: 1 }).catch(() => {})"
    page.page.evaluate(f"[{write}, my.setStorageSync({{ key: 'k', data: 2 }})][0]")
    assert at_once(page, "getStorageSync", READ) == {"data": 2}


def test_python_can_decide_what_the_storage_says(open_page: OpenPage) -> None:
    page = open_page({"getStorage": succeed({"data": "theirs"}), "setStorage": error(12)})
    assert page.success({"key": "k"}, "getStorage") == {"data": "theirs"}
    assert page.fail({"key": "k", "data": 1}, "setStorage")["error"] == 12


def test_the_storage_works_where_python_cannot_be_reached(open_page: OpenPage, tab: Page) -> None:
    tab.route_web_socket("**/_bridge/socket", lambda socket: socket.close())
    page = open_page(tab=tab)
    page.success({"key": "k", "data": 1}, "setStorage")
    assert page.success({"key": "k"}, "getStorage") == {"data": 1}


@pytest.mark.parametrize("failure", [INVALID, FULL, TOO_LONG], ids=["2", "12", "14"])
@pytest.mark.parametrize("api", ["setStorage", "setStorageSync"])
def test_the_failures_are_those_that_are_declared(api: str, failure: dict[str, Any]) -> None:
    assert declared()[api].errors[str(failure["error"])] == failure["errorMessage"]
