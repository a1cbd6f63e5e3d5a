"""What a page learns about its device, its app and what it may use, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from bridge.apis import declared
from tests.conftest import Opened, OpenPage

WINDOW = "({ width: innerWidth, height: innerHeight, ratio: devicePixelRatio, language: navigator.language })"

PIXEL = "Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/605.1.15"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0"


def sync(page: Page, api: str, *args: Any) -> Any:
    return page.evaluate("([api, args]) => my[api](...args)", [api, list(args)])


@pytest.fixture
def page(open_page: OpenPage) -> Opened:
    return open_page()


# The device.


def test_the_system_info_has_the_declared_fields_and_no_others(page: Opened) -> None:
    info = page.success({}, "getSystemInfo")
    types = {"string": str, "number": int | float}
    expected = declared()["getSystemInfo"].result
    assert info.keys() == expected.keys() == declared()["getSystemInfoSync"].result.keys()
    for field, type in expected.items():
        assert isinstance(info[field], types.get(type, dict)), field
    assert sync(page.page, "getSystemInfoSync") == info


def test_the_system_info_is_that_of_the_browser(page: Opened) -> None:
    info = sync(page.page, "getSystemInfoSync")
    window = page.page.evaluate(WINDOW)
    assert (info["windowWidth"], info["windowHeight"]) == (window["width"], window["height"])
    assert (info["pixelRatio"], info["language"]) == (window["ratio"], window["language"])
    assert info["screen"] == {"width": info["screenWidth"], "height": info["screenHeight"]}
    assert info["version"] == page.page.evaluate("my.env.clientVersion")
    assert info["platform"] == page.page.evaluate("my.env.platform")


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("zh-CN", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh-HK", "zh-HK"),
        ("en-US", "en-US"),
    ],
)
def test_chinese_is_told_by_how_it_is_written(
    open_page: OpenPage, browser: Browser, locale: str, language: str
) -> None:
    tab = browser.new_page(locale=locale)
    try:
        page = open_page(tab=tab).page
        assert sync(page, "getSystemInfoSync")["language"] == page.evaluate("my.env.language") == language
    finally:
        tab.close()


def test_the_system_info_follows_the_window(page: Opened) -> None:
    before = page.page.viewport_size
    page.page.set_viewport_size({"width": 400, "height": 700})
    info = sync(page.page, "getSystemInfoSync")
    assert (info["windowWidth"], info["windowHeight"]) == (400, 700)
    assert before is not None
    page.page.set_viewport_size(before)


@pytest.mark.parametrize(
    ("agent", "platform", "brand", "model", "system"),
    [
        (PIXEL, "Android", "Pixel", "Pixel 7", "13"),
        (IPHONE, "iOS", "Apple", "iPhone", "17.4"),
        (MAC, "unknown", "Apple", "Macintosh", "10.15.7"),
        (WINDOWS, "unknown", "Windows", "Windows NT 10.0", "10.0"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "unknown", "Linux", "Linux x86_64", ""),
        ("unheard of", "unknown", "unknown", "unknown", ""),
    ],
    ids=["Android", "iPhone", "Mac", "Windows", "Linux", "another"],
)
def test_model_brand_and_system_are_read_from_the_browsers_name(
    open_page: OpenPage, browser: Browser, agent: str, platform: str, brand: str, model: str, system: str
) -> None:
    tab = browser.new_page(user_agent=agent)
    try:
        info = sync(open_page(tab=tab).page, "getSystemInfoSync")
    finally:
        tab.close()
    assert [info[field] for field in ("platform", "brand", "model", "system")] == [platform, brand, model, system]


def test_the_battery_is_as_full_as_the_wallet_says_elsewhere(page: Opened) -> None:
    level = page.success({}, "getBatteryInfo")["level"]
    assert sync(page.page, "getSystemInfoSync")["currentBattery"] == f"{level}%"


# The app.


def test_the_app_knows_its_id(open_page: OpenPage) -> None:
    assert sync(open_page(app_id="2021000000000009").page, "getAppIdSync") == {"appId": "2021000000000009"}


def test_the_environment_is_a_mini_program(page: Opened) -> None:
    assert page.page.evaluate("new Promise((done) => void my.getEnv(done))") == {"miniprogram": True}


def test_the_update_manager_finds_no_update_and_says_so_once(page: Opened) -> None:
    heard = page.page.evaluate(
        """async () => {
          const heard = [];
          const manager = my.getUpdateManager();
          manager.onUpdateReady(() => heard.push("ready"));
          manager.onUpdateFailed(() => heard.push("failed"));
          manager.onCheckForUpdate((result) => heard.push(result));
          heard.push(manager === my.getUpdateManager());
          await new Promise((done) => manager.onCheckForUpdate(() => setTimeout(done)));
          return heard;
        }"""
    )
    assert heard == [True, {"hasUpdate": False}]


def test_to_apply_an_update_loads_the_page_anew(page: Opened) -> None:
    with page.page.expect_navigation():
        page.page.evaluate("my.getUpdateManager().applyUpdate()")


# What it may use.

USES = {
    "getFileInfo": True,
    "getAuthCode": True,
    "getAuthCode.object": True,
    "getAuthCode.object.scopes": True,
    "getAuthCode.object.fail": True,
    "getAuthCode.object.scopes.nothing": False,
    "getAuthCode.object.success.data": False,
    "getAuthCode.return": True,
    "getAuthCode.callback.authCode": True,
    "getAuthCode.callback.nothing": False,
    "getAuthCode.nothing": False,
    "getAuthCode.nothing.scopes": False,
    "request.object.method.POST": True,
    "request.object.method.FETCH": False,
    "request.object.method.": False,
    "request.object.": False,
    "getAppIdSync.object.": False,
    "getLocation.object.type.3": True,
    "getLocation.object.type.4": False,
    "request.return.status": True,
    "getSystemInfo.callback.brand": True,
    "getSystemInfo.callback.screen.width": True,
    "getSystemInfo.object.brand": False,
    "getSystemInfoSync.return.brand": True,
    "getSystemInfoSync.object.success": False,
    "getSystemInfoSync.object": False,
    "showToast.object.type.success": True,
    "canIUse": True,
    "canIUse.return": True,
    "createCanvasContext": True,
    "createCanvasContext.return.draw": True,
    "createAnimation.object.timeFunction.ease-in": True,
    "createAnimation.return.rotate3d": True,
    "createSelectorQuery.return.fields": True,
    "createSelectorQuery.return.fields.object.id": True,
    "createSelectorQuery.return.scrollOffset.callback": True,
    "createSelectorQuery.return.scrollOffset.nothing": False,
    "createSelectorQuery.return.toString": False,
    "getUpdateManager.return.applyUpdate": True,
    "getUpdateManager.return.nothing": False,
    "onAccelerometerChange": True,
    "offAccelerometerChange": True,
    "onAccelerometerChange.callback.x": True,
    "onAccelerometerChange.object.success": False,
    "accelerometerChange": False,
    "my.alert": False,
    "env": True,
    "env.clientName": True,
    "env.nothing": False,
    "env.clientName.nothing": False,
    "env.": False,
    "SDKVersion": True,
    "SDKVersion.nothing": False,
    "alert.": False,
    "button.open-type": True,
    "button.open-type.getAuthorize": True,
    "button.open-type.share": False,
    "button.size": False,
    "lifestyle": False,
    "view.animation": False,
    "": False,
    ".": False,
    "constructor": False,
    "__proto__": False,
    "toString.return": False,
}


def test_can_i_use_reads_every_form_of_query(page: Opened) -> None:
    answers = page.page.evaluate("(queries) => queries.map((query) => my.canIUse(query))", list(USES))
    assert dict(zip(USES, answers, strict=True)) == USES


@pytest.mark.parametrize("query", ["", "null", "5", "{}", "['alert']", "Symbol()", "() => 1"])
def test_can_i_use_says_no_to_what_is_no_text(page: Opened, query: str) -> None:
    assert page.page.evaluate(f"my.canIUse({query})") is False


def test_can_i_use_says_no_to_what_the_wallet_lacks(open_page: OpenPage) -> None:
    page = open_page(profile="tiki").page
    for query in ("getStorageSync", "getSystemInfoSync.return.brand", "button.open-type.getAuthorize"):
        assert sync(page, "canIUse", query) is False
    assert sync(page, "canIUse", "getSystemInfo.return.brand") is True
    assert page.evaluate("'getStorageSync' in my") is False


# Who has what: + (Alipay+), c (Alipay in China), t (Tiki), e (EMAS).
DIFFERENCES = {
    "request.object.method.GET": "+cte",
    "request.object.method.DELETE": "cte",
    "request.object.method.TRACE": "ct",
    "request.object.method.CONNECT": "c",
    "request.object.method.PATCH": "t",
    "request.object.dataType.json_or_text": "c",
    "request.object.header": "c",
    "request.object.includeHeader": "t",
    "request.return.status": "+cte",
    "request.return.statusCode": "c",
    "request.return.header": "c",
    "uploadFile.object.name": "c",
    "chooseImage.return.apFilePaths": "+ce",
    "chooseImage.return.tempFilePaths": "c",
    "chooseImage.return.tempFiles.path": "ct",
    "chooseImage.return.tempFiles.width": "t",
    "chooseImage.return.filePaths": "t",
    "setNavigationBar.object.backgroundColor": "+ce",
    "setNavigationBar.object.titleBarColor": "t",
    "setNavigationBar.object.frontColor": "c",
    "datePicker.object.format.HH:mm": "+cte",
    "datePicker.object.format.yyyy-MM-dd HH:mm": "+ce",
    "datePicker.object.format.dd-MM-yyyy": "t",
    "scan.object.type.qr": "+e",
    "scan.object.scanType.qrCode": "c",
    "scan.return.rawData": "c",
    "showToast.object.type.loading": "c",
    "showToast.object.buttonText": "t",
    "getNetworkType.return.networkType.4G": "+cte",
    "getNetworkType.return.networkType.5G": "t",
    "getLocation.object.type.2": "+ce",
    "getLocation.return.city": "+ce",
    "connectSocket.object.multiple": "",
    "getSystemInfo.return.storage": "+ce",
}


@pytest.mark.parametrize(("profile", "letter"), [("gcash", "+"), ("alipay-cn", "c"), ("tiki", "t"), ("emas", "e")])
def test_can_i_use_says_no_to_options_and_fields_of_other_platforms(
    open_page: OpenPage, profile: str, letter: str
) -> None:
    page = open_page(profile=profile).page
    answers = page.evaluate("(queries) => queries.filter((query) => my.canIUse(query))", list(DIFFERENCES))
    assert answers == [query for query, letters in DIFFERENCES.items() if letter in letters]
