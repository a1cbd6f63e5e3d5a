"""From page to page: the calls that open pages and close them, on real files and in the history of a real tab."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.conftest import Elsewhere, Opened, OpenPage

INVALID = {"error": 2, "errorMessage": "Invalid parameters"}
TOP = {"error": "already top of navigation", "errorMessage": "already top of navigation"}

# The callbacks run before the page goes, and the tab remembers it.
CALL = """([api, options]) => {
  const note = (name) => (payload) => { sessionStorage.ran = JSON.stringify([name, payload]); };
  void my[api]({ ...options, success: note("success"), fail: note("fail") });
}"""


def html(title: str) -> str:
    return f"<!doctype html><link rel='icon' href='data:,'><title>{title}</title>"


@pytest.fixture
def opened(open_page: OpenPage, tmp_path: Path, context: BrowserContext) -> Opened:
    """The first page of an app with several, in a tab of its own."""
    for path in ("pages/list/list.html", "pages/detail/index.html", "pages/me.html"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(html(path))
    return open_page(html=html("first"), tab=context.new_page())


def go(page: Page, api: str, url: str | None = None, **options: Any) -> None:
    page.evaluate(CALL, [api, options if url is None else {"url": url, **options}])


def is_at(opened: Opened, path: str, title: str) -> None:
    """Wait until a page is shown, and see that the call before has succeeded."""
    expect(opened.page).to_have_title(title)
    expect(opened.page).to_have_url(opened.url + path)
    assert opened.page.evaluate("sessionStorage.ran") == '["success",{}]'


@pytest.mark.parametrize(
    ("url", "path", "title"),
    [
        ("/pages/list/list?id=1#top", "/pages/list/list.html?id=1#top", "pages/list/list.html"),
        ("/pages/list/list.html", "/pages/list/list.html", "pages/list/list.html"),
        ("pages/list/list?q=a%20b", "/pages/list/list.html?q=a%20b", "pages/list/list.html"),
        ("./pages/me", "/pages/me.html", "pages/me.html"),
        ("/pages/detail/", "/pages/detail/", "pages/detail/index.html"),
        ("/pages/../pages/me", "/pages/me.html", "pages/me.html"),
    ],
)
def test_a_page_is_opened_by_its_path_with_or_without_a_suffix(opened: Opened, url: str, path: str, title: str) -> None:
    go(opened.page, "navigateTo", url)
    is_at(opened, path, title)


def test_what_is_there_is_found_without_an_error_on_the_console(opened: Opened) -> None:
    for url, path in (("/pages/me", "pages/me.html"), ("/pages/list/list", "pages/list/list.html")):
        go(opened.page, "navigateTo", url)
        is_at(opened, f"/{path}", path)
    assert opened.console == []


def test_a_path_is_seen_from_the_page_or_from_the_app(opened: Opened) -> None:
    go(opened.page, "navigateTo", "pages/list/list")
    is_at(opened, "/pages/list/list.html", "pages/list/list.html")
    go(opened.page, "navigateTo", "../me")
    is_at(opened, "/pages/me.html", "pages/me.html")
    go(opened.page, "navigateTo", "/pages/list/list")
    is_at(opened, "/pages/list/list.html", "pages/list/list.html")


def test_a_whole_address_of_the_app_will_do(opened: Opened) -> None:
    go(opened.page, "redirectTo", f"{opened.url}/pages/me")
    is_at(opened, "/pages/me.html", "pages/me.html")


@pytest.mark.parametrize("status", [403, 405, 501])
def test_a_server_that_does_not_answer_head_is_believed_to_have_the_page(opened: Opened, status: int) -> None:
    def answer(route: Any) -> None:
        if route.request.method == "HEAD":
            route.fulfill(status=status)
        else:
            route.fulfill(body=html("bare"), content_type="text/html")

    opened.page.route("**/bare", answer)
    go(opened.page, "navigateTo", "/bare")
    expect(opened.page).to_have_title("bare")


def test_a_path_may_begin_with_where_the_app_is_served(opened: Opened) -> None:
    go(opened.page, "redirectTo", urlsplit(opened.url).path + "/pages/me?again=1")
    is_at(opened, "/pages/me.html?again=1", "pages/me.html")


def test_where_the_page_may_not_ask_it_goes_all_the_same(opened: Opened) -> None:
    def answer(route: Any) -> None:
        if route.request.method == "HEAD":
            route.abort()
        else:
            route.continue_()

    opened.page.route("**/pages/me.html", answer)
    go(opened.page, "navigateTo", "/pages/me.html")
    is_at(opened, "/pages/me.html", "pages/me.html")


def test_back_leads_to_the_page_below(opened: Opened) -> None:
    go(opened.page, "navigateTo", "/pages/list/list")
    is_at(opened, "/pages/list/list.html", "pages/list/list.html")
    go(opened.page, "navigateBack")
    is_at(opened, "/", "first")


@pytest.mark.parametrize(
    ("delta", "path", "title"), [(2, "/", "first"), (9, "/", "first"), (0, "/pages/me.html", None)]
)
def test_back_leads_as_far_as_the_page_says_and_no_further_than_to_the_first(
    opened: Opened, delta: int, path: str, title: str | None
) -> None:
    go(opened.page, "navigateTo", "/pages/me")
    is_at(opened, "/pages/me.html", "pages/me.html")
    go(opened.page, "navigateTo", "/pages/list/list")
    is_at(opened, "/pages/list/list.html", "pages/list/list.html")
    go(opened.page, "navigateBack", delta=delta)
    is_at(opened, path, title or "pages/me.html")


def test_a_page_in_place_of_another_leaves_that_out_on_the_way_back(opened: Opened) -> None:
    go(opened.page, "navigateTo", "/pages/me")
    is_at(opened, "/pages/me.html", "pages/me.html")
    go(opened.page, "redirectTo", "/pages/list/list")
    is_at(opened, "/pages/list/list.html", "pages/list/list.html")
    go(opened.page, "navigateBack")
    is_at(opened, "/", "first")


def test_there_is_no_way_back_from_the_first_page(opened: Opened) -> None:
    assert opened.fail(api="navigateBack") == TOP
    go(opened.page, "redirectTo", "/pages/me")
    is_at(opened, "/pages/me.html", "pages/me.html")
    assert opened.fail(api="navigateBack") == TOP


@pytest.mark.parametrize("api", ["reLaunch", "switchTab"])
def test_pages_that_are_closed_cannot_be_gone_back_to(opened: Opened, api: str) -> None:
    go(opened.page, "navigateTo", "/pages/me")
    is_at(opened, "/pages/me.html", "pages/me.html")
    go(opened.page, api, "/pages/list/list")
    is_at(opened, "/pages/list/list.html", "pages/list/list.html")
    assert opened.fail(api="navigateBack") == TOP
    go(opened.page, "navigateTo", "/pages/me")
    is_at(opened, "/pages/me.html", "pages/me.html")
    go(opened.page, "navigateBack", delta=5)
    is_at(opened, "/pages/list/list.html", "pages/list/list.html")
    assert opened.fail(api="navigateBack") == TOP


def test_who_goes_back_beyond_that_with_the_browser_can_go_on_going_back(opened: Opened) -> None:
    go(opened.page, "navigateTo", "/pages/me")
    is_at(opened, "/pages/me.html", "pages/me.html")
    go(opened.page, "navigateTo", "/pages/list/list")
    is_at(opened, "/pages/list/list.html", "pages/list/list.html")
    go(opened.page, "reLaunch", "/pages/detail/")
    is_at(opened, "/pages/detail/", "pages/detail/index.html")
    opened.page.go_back()
    expect(opened.page).to_have_title("pages/me.html")
    go(opened.page, "navigateBack")
    is_at(opened, "/", "first")


def test_a_tab_takes_no_query(opened: Opened) -> None:
    go(opened.page, "switchTab", "/pages/me?from=list")
    is_at(opened, "/pages/me.html", "pages/me.html")


@pytest.mark.parametrize("api", ["navigateTo", "redirectTo", "switchTab", "reLaunch"])
def test_a_page_that_is_not_there_cannot_be_found(opened: Opened, api: str) -> None:
    message = f"can not find page:pages/x/x when execute {api} for url /pages/x/x?a=1"
    assert opened.fail({"url": "/pages/x/x?a=1"}, api) == {"error": 1, "errorMessage": message}
    assert opened.page.url == opened.url + "/"


@pytest.mark.parametrize("url", [None, "", 5, "http://[", "javascript:document.title=1", "file:///etc/passwd"])
def test_what_is_no_address_of_a_page_is_refused(opened: Opened, url: Any) -> None:
    assert opened.fail({"url": url}, "navigateTo") == INVALID
    assert opened.page.url == opened.url + "/"


def test_other_sites_are_no_pages_of_the_app(opened: Opened, elsewhere: Elsewhere) -> None:
    url = elsewhere.serve(html("elsewhere"))
    for target in (url, url.removeprefix("http:")):
        assert opened.fail({"url": target}, "redirectTo") == INVALID
    assert opened.console == [
        f"[bridge] my.redirectTo: {target} is no page of this app; a link leads to other sites"
        for target in (url, url.removeprefix("http:"))
    ]


def test_a_page_of_another_server_finds_its_pages_there(
    opened: Opened, elsewhere: Elsewhere, context: BrowserContext
) -> None:
    opened.bridge.configure(allow_origins=[elsewhere.url])
    script = f"<script src='{opened.url}/my.js'></script>"
    target = elsewhere.serve(script + html("second"))
    opened.page.goto(elsewhere.serve(script + html("other")))
    go(opened.page, "navigateTo", target.removeprefix(elsewhere.url))
    expect(opened.page).to_have_title("second")
    go(opened.page, "navigateTo", opened.url)
    expect(opened.page).to_have_title("first")


def test_without_a_navigation_api_the_length_of_the_history_decides(opened: Opened) -> None:
    opened.page.add_init_script("delete window.navigation; delete Window.prototype.navigation")
    opened.page.reload()
    go(opened.page, "navigateTo", "/pages/me")
    is_at(opened, "/pages/me.html", "pages/me.html")
    go(opened.page, "navigateBack")
    is_at(opened, "/", "first")


def test_it_works_without_a_storage_for_the_tab(opened: Opened) -> None:
    opened.page.evaluate("Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('no') } })")
    opened.page.evaluate("void my.reLaunch({ url: '/pages/me' })")
    expect(opened.page).to_have_title("pages/me.html")
