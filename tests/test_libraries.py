"""What programs do that were written for public libraries, which expect the wallet's `my` or `AlipayJSBridge`.

The libraries are what npm has installed in js/node_modules. Each page in tests/libraries/ loads one of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bridge import deny, succeed
from bridge.server import run_in_thread
from tests.conftest import Opened, OpenPage

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "js" / "node_modules"
PAGES = ROOT / "tests" / "libraries"

OpenLibrary = Callable[..., Opened]

PNG: FilePayload = {"name": "cat.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n"}


@pytest.fixture
def open_library(open_page: OpenPage, tmp_path: Path) -> OpenLibrary:
    """Open the page of a library, with those of the library's files that the page names beside it."""

    def open_library(library: str, **options: Any) -> Opened:
        html = (PAGES / f"{library}.html").read_text("utf-8")
        for name in re.findall(r'"\./node_modules/([^"]+)"', html):
            source = PACKAGES / name
            if not source.is_file():
                pytest.fail(f"{source} is missing: `make test` installs it, and so does `npm ci` in js/", pytrace=False)
            target = tmp_path / "node_modules" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
        opened = open_page(html=html, files={"second.html": "<title>Second</title>"}, **options)
        assert opened.errors == []
        return opened

    return open_library


async def echo(request: Request) -> JSONResponse:
    """Answer with what was sent."""
    body = (await request.body()).decode("latin-1")
    answer = {"method": request.method, "query": request.url.query, "body": body, "token": request.headers.get("token")}
    return JSONResponse(answer, int(request.query_params.get("status", 200)))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of the programs' own server, which knows nothing of CORS."""
    with run_in_thread(Starlette(routes=[Route("/{path:path}", echo, methods=["GET", "POST"])])) as running:
        yield running.url.rstrip("/")


# Programs for Taro, and for uni-app. Both give them the names and results that WeChat has.

wechat_like = pytest.mark.parametrize("library", ["taro", "uni"])


@pytest.mark.parametrize("profile", ["alipay-plus", "alipay-cn"])
@wechat_like
def test_a_program_logs_in_and_sends_the_code_to_its_server(
    open_library: OpenLibrary, server: str, library: str, profile: str
) -> None:
    opened = open_library(library, profile=profile)
    answer = opened.page.evaluate(
        """async (url) => {
            const { code } = await library.login();
            const request = { url, method: "POST", data: { code }, header: { Token: "t1" } };
            const { data, statusCode, header } = await library.request(request);
            return { code, data, statusCode, type: header["content-type"] };
        }""",
        f"{server}/login?app=1",
    )
    assert opened.bridge.redeem(answer["code"]).scopes == ("auth_base",)
    assert answer["statusCode"] == 200
    assert answer["type"] == "application/json"
    sent = '{"code":"' + answer["code"] + '"}'
    assert answer["data"] == {"method": "POST", "query": "app=1", "body": sent, "token": "t1"}


@wechat_like
def test_a_program_hears_that_its_user_refuses(open_library: OpenLibrary, library: str) -> None:
    opened = open_library(library)
    opened.bridge.once("getAuthCode", deny())
    problem = opened.page.evaluate("library.login().catch((problem) => problem)")
    assert "User's authorization is cancelled" in (problem.get("errorMessage") or problem["errMsg"])


@wechat_like
def test_a_failure_says_the_same_each_time_although_the_library_changes_what_it_gets(
    open_library: OpenLibrary, library: str
) -> None:
    problems = open_library(library).page.evaluate(
        """async () => {
            const problems = [];
            for (const round of [1, 2]) {
                await library.setClipboardData({}).catch((problem) => problems.push({ ...problem }));
            }
            return problems;
        }"""
    )
    assert len(problems) == 2
    assert problems[0] == problems[1]


@wechat_like
def test_a_program_hears_that_its_server_has_a_problem(open_library: OpenLibrary, server: str, library: str) -> None:
    problem = open_library(library).page.evaluate(
        "(url) => library.request({ url }).catch((problem) => problem)", f"{server}/?status=500"
    )
    assert "http status error" in (problem.get("errorMessage") or problem["errMsg"])


@wechat_like
def test_a_program_stores_values(open_library: OpenLibrary, library: str) -> None:
    stored = open_library(library).page.evaluate(
        """async () => {
            library.setStorageSync("cart", { items: [1, 2] });
            await library.setStorage({ key: "name", data: "Mia" });
            const keys = (await library.getStorageInfo()).keys.sort();
            const { data } = await library.getStorage({ key: "cart" });
            const name = library.getStorageSync("name");
            library.removeStorageSync("name");
            return { keys, data, name, removed: library.getStorageSync("name") };
        }"""
    )
    assert stored == {"keys": ["cart", "name"], "data": {"items": [1, 2]}, "name": "Mia", "removed": ""}


@wechat_like
def test_a_program_asks_before_it_buys(open_library: OpenLibrary, library: str) -> None:
    page = open_library(library).page
    for answer in ["Buy", "Not now"]:
        page.evaluate(
            """() => {
                const options = { title: "Sure?", content: "It is 5.", confirmText: "Buy", cancelText: "Not now" };
                window.asked = library.showModal(options).then(({ confirm, cancel }) => ({ confirm, cancel }));
                return null;
            }"""
        )
        page.get_by_role("button", name=answer).click()
        assert page.evaluate("asked") == {"confirm": answer == "Buy", "cancel": answer != "Buy"}


@wechat_like
def test_a_program_says_that_it_is_at_work_and_that_it_is_done(open_library: OpenLibrary, library: str) -> None:
    page = open_library(library).page
    page.evaluate("library.showLoading({ title: 'Ordering' }).then(() => null)")
    expect(page.get_by_text("Ordering")).to_be_visible()
    page.evaluate("void library.hideLoading()")
    expect(page.get_by_text("Ordering")).to_have_count(0)
    page.evaluate("void library.showToast({ title: 'Ordered', icon: 'success' })")
    expect(page.get_by_text("Ordered")).to_be_visible()


@wechat_like
def test_a_program_lets_the_user_choose_one_of_several_actions(open_library: OpenLibrary, library: str) -> None:
    page = open_library(library).page
    page.evaluate("{ window.chosen = library.showActionSheet({ itemList: ['Red', 'Blue'] }); null }")
    page.get_by_role("button", name="Blue").click()
    # Taro leaves the wallet's name for it.
    assert page.evaluate("chosen.then(({ index, tapIndex }) => index ?? tapIndex)") == 1


@wechat_like
def test_a_program_uploads_a_picture_that_the_user_chooses(
    open_library: OpenLibrary, server: str, library: str
) -> None:
    page = open_library(library).page
    page.evaluate(
        """(url) => {
            addEventListener("click", () => {
                window.uploaded = library
                    .chooseImage({ count: 1 })
                    .then(({ tempFilePaths: [filePath] }) =>
                        library.uploadFile({ url, filePath, name: "photo", fileType: "image", formData: { of: "me" } }),
                    )
                    .then(({ data }) => JSON.parse(data).body);
            }, { once: true });
        }""",
        f"{server}/photo",
    )
    with page.expect_file_chooser() as choosing:
        page.get_by_role("heading").click()
    choosing.value.set_files(PNG)
    body = page.evaluate("uploaded")
    assert 'name="photo"' in body
    assert "PNG" in body
    assert 'name="of"' in body


@wechat_like
def test_a_program_learns_about_its_surroundings(open_library: OpenLibrary, library: str) -> None:
    about = open_library(library).page.evaluate(
        """async () => {
            const { windowWidth } = library.getSystemInfoSync();
            const { pixelRatio } = await library.getSystemInfo();
            const { networkType } = await library.getNetworkType();
            return [windowWidth === innerWidth, pixelRatio === devicePixelRatio, networkType.toLowerCase()];
        }"""
    )
    assert about == [True, True, "wifi"]


@wechat_like
def test_a_program_finds_out_where_an_element_is(open_library: OpenLibrary, library: str) -> None:
    found = open_library(library).page.evaluate(
        """() => new Promise((resolve) => {
            const query = library.createSelectorQuery();
            const single = [];
            query.select("h1").boundingClientRect((rect) => single.push(rect.top));
            query.selectViewport().scrollOffset();
            query.exec(([rect, { scrollTop }]) => setTimeout(() => resolve([rect.top > 0, scrollTop, single.length])));
        })"""
    )
    assert found == [True, 0, 1]


@wechat_like
def test_a_program_names_its_page_and_opens_the_next(open_library: OpenLibrary, library: str) -> None:
    page = open_library(library).page
    page.evaluate("library.setNavigationBarTitle({ title: 'Cart' }).then(() => null)")
    expect(page).to_have_title("Cart")
    page.evaluate("void library.navigateTo({ url: 'second.html?id=7' })")
    expect(page).to_have_title("Second")
    assert "id=7" in page.url


@wechat_like
def test_a_program_takes_a_payment(open_library: OpenLibrary, library: str) -> None:
    opened = open_library(library)
    opened.bridge.sequence("tradePay", succeed({"resultCode": "9000"}), succeed({"resultCode": "6001"}))
    pay = {"taro": "tradePay({ tradeNO: 'T1' })", "uni": "requestPayment({ orderInfo: 'T1' })"}[library]
    for code in ["9000", "6001"]:
        assert opened.page.evaluate(f"library.{pay}.then(({{ resultCode }}) => resultCode)") == code
        assert opened.bridge.wait_for_call("tradePay").params == {"tradeNO": "T1"}


# Pages that pay through Ping++, in a mini program and in the wallet's own browser.


@pytest.mark.parametrize(
    ("channel", "credential", "params"),
    [
        ("alipay_lite", "T1", {"tradeNO": "T1"}),
        ("alipay", {"orderInfo": "a=1"}, {"orderStr": "a=1"}),
        ("alipay_qr", {"transaction_no": "T1"}, {"tradeNO": "T1"}),
    ],
    ids=["my", "my, with an order", "AlipayJSBridge"],
)
def test_a_page_that_pays_through_pingpp_learns_what_came_of_it(
    open_library: OpenLibrary, channel: str, credential: object, params: dict[str, str]
) -> None:
    opened = open_library("pingpp")
    opened.bridge.sequence("tradePay", *(succeed({"resultCode": code}) for code in ["9000", "6001", "4000"]))
    for result in ["success", "cancel", "fail"]:
        assert opened.page.evaluate("(charge) => pay(...charge)", [channel, credential]) == result
        assert opened.bridge.wait_for_call("tradePay").params == params


# Pages in the web-view of a uni-app program. Their library looks for the wallet in the browser's name for itself.


@pytest.fixture
def wallets_browser(browser: Browser) -> Iterator[Page]:
    """A tab that calls itself what the wallet's web-view does."""
    page = browser.new_page(user_agent="Mozilla/5.0 (Linux; Android 13; Pixel 7) AliApp(AP/10.5.0) AlipayClient/10.5.0")
    page.set_default_timeout(10_000)
    yield page
    page.close()


def test_a_page_in_a_web_view_speaks_with_the_program_around_it(
    open_library: OpenLibrary, wallets_browser: Page
) -> None:
    opened = open_library("webview", tab=wallets_browser)
    page = opened.page
    assert page.evaluate("ready.then(({ type }) => type)") == "UniAppJSBridgeReady"
    assert page.evaluate("new Promise((resolve) => uni.webView.getEnv(resolve))") == {"miniprogram": True}
    page.evaluate("void uni.webView.postMessage({ data: { paid: true } })")
    assert opened.bridge.wait_for_call("postMessage").params == {"data": {"paid": True}}
    page.evaluate("void uni.webView.navigateTo({ url: 'second.html' })")
    expect(page).to_have_title("Second")
