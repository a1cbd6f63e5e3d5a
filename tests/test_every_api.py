"""Each declared JSAPI, called by a page: what the wallet answers, and each documented failure."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bridge import Bridge, error, profiles, succeed
from bridge.apis import PLATFORMS, Api, declared
from bridge.describe import who
from bridge.payloads import check
from tests.conftest import Opened, OpenPage

EACH = """async (names) => {
  const ran = [];
  for (const name of names) {
    const call = my[name] ?? ((options) => my.call(name, options));
    await call({
      success: (payload) => ran.push([name, "success", payload]),
      fail: (payload) => ran.push([name, "fail", payload]),
      complete: () => {},
    }).catch(() => {});
  }
  return ran;
}"""

# Those that ask for scopes are the subject of other tests.
APIS = [api for api in declared().values() if not (api.sync or api.event or api.scopes)]

each_platform = pytest.mark.parametrize("profile", ["alipay-plus", "alipay-cn", "tiki", "emas"])


def apis_of(profile: str) -> list[Api]:
    loaded = profiles.load(profile)
    return [api for api in APIS if loaded.has(api)]


def answered(opened: Any, names: list[str]) -> list[list[Any]]:
    """Call APIs one after the other; return what ran."""
    ran: list[list[Any]] = opened.page.evaluate(EACH, names)
    return ran


@each_platform
def test_the_wallet_answers_what_is_declared(open_page: OpenPage, profile: str) -> None:
    apis = [api for api in apis_of(profile) if api.answer is not None]
    ran = answered(open_page(profile=profile), [api.name for api in apis])
    assert ran == [[api.name, "success", api.answer] for api in apis]


@each_platform
def test_every_documented_error_can_be_made_to_happen(open_page: OpenPage, bridge: Bridge, profile: str) -> None:
    opened = open_page(profile=profile)
    wanted: list[tuple[str, str, dict[str, Any]]] = []
    for api in apis_of(profile):
        for code, message in api.errors.items():
            bridge.once(api.name, error(int(code)))
            wanted.append((api.name, "fail", {"error": int(code), "errorMessage": message}))
    assert len(wanted) > 50
    assert answered(opened, [name for name, _, _ in wanted]) == list(map(list, wanted))


@each_platform
def test_a_handler_can_answer_every_call(open_page: OpenPage, bridge: Bridge, profile: str) -> None:
    opened = open_page(profile=profile)
    names = [api.name for api in apis_of(profile)]
    for name in names:
        bridge.once(name, succeed({"mine": name}))
    assert answered(opened, names) == [[name, "success", {"mine": name}] for name in names]


@pytest.mark.bridge_checks(unhandled_api=False)
@each_platform
def test_what_the_platform_does_not_have_is_not_implemented(open_page: OpenPage, profile: str) -> None:
    opened = open_page(profile=profile)
    names = sorted({api.name for api in APIS} - {api.name for api in apis_of(profile)})
    ran = answered(opened, names)
    assert [row[:2] for row in ran] == [[name, "fail"] for name in names]
    assert {row[2]["error"] for row in ran} <= {1}


@pytest.mark.parametrize("api", [api for api in APIS if api.errors], ids=lambda api: api.name)
def test_the_errors_of_an_api_have_their_own_messages(api: Api) -> None:
    profile = profiles.load("alipay-plus")
    for code in api.errors:
        check(error(int(code)), api.name, profile)


TESTS = Path(__file__).parent
PARTS = TESTS.parent / "js" / "parts"

TESTED_BY = {
    "animation.js": ["query"],
    "canvas.js": ["drawing"],
    "device.js": ["device"],
    "dialogs.js": ["alert", "dialogs"],
    "feedback.js": ["feedback"],
    "media.js": ["media"],
    "navigation.js": ["navigation", "raw_bridge"],
    "page.js": ["page_calls", "raw_bridge"],
    "query.js": ["query"],
    "sockets.js": ["sockets"],
    "storage.js": ["storage"],
    "system.js": ["system", "device"],
    "": ["requests", "media"],  # the server's
}


@pytest.mark.parametrize("api", [api for api in declared().values() if api.at != "handler"], ids=lambda api: api.name)
def test_what_we_answer_ourselves_has_a_browser_test(api: Api) -> None:
    texts = [(TESTS / f"test_{name}.py").read_text("utf-8") for name in TESTED_BY[api.part]]
    assert any(re.search(rf"\b{api.name}\b", text) for text in texts)


LITERAL = re.compile(r"""(?:error: |failure\()(\d+), (?:errorMessage: )?"([^"]*)\"""")


@pytest.mark.parametrize("part", sorted(path.name for path in PARTS.iterdir()))
def test_the_failures_of_a_part_have_the_declared_messages(part: str) -> None:
    apis = [api for api in declared().values() if api.part == part or (part == "sockets.js" and api.event)]
    messages = {item for api in apis for item in api.errors.items()}
    assert set(LITERAL.findall((PARTS / part).read_text("utf-8"))) <= messages


# What is returned.

PICTURE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)
OPTIONS: dict[str, dict[str, Any]] = {
    "connectSocket": {"url": "ws://127.0.0.1:9/"},
    "datePicker": {"currentDate": "2024-01-02"},
    "downloadFile": {"url": "data.json", "filePath": "kept.json"},
    "getImageInfo": {"src": PICTURE},
    **{f"{name}Storage{sync}": {"key": "k", "data": 1} for name in ("get", "set", "remove") for sync in ("", "Sync")},
    "httpRequest": {"url": "data.json"},
    "makePhoneCall": {"number": "1"},
    "pageScrollTo": {"scrollTop": 0},
    "previewImage": {"urls": [PICTURE]},
    "request": {"url": "data.json"},
    "saveImage": {"url": PICTURE},
    "setBackgroundTextStyle": {"textStyle": "dark"},
    "setClipboard": {"text": "copied"},
    "showActionSheet": {"items": ["one", "two"]},
    "showToast": {"duration": 50},
    "toast": {"duration": 50},
    "tradePay": {"tradeNO": "1"},
    "uploadFile": {"url": "data.json", "filePath": "data:text/plain,hello", "name": "f", "fileName": "f"},
}

BUTTONS = {
    "alert": ".primary",
    "confirm": ".primary",
    "datePicker": ".primary",
    "prompt": ".primary",
    "scan": ".primary",
    "showActionSheet": "[value='0']",
    "showModal": ".primary",
    "tradePay": "[value='9000']",
}
"""What the user presses."""

# These need a user who has agreed, files, or a socket that is open; or they leave the page. Their own tests compare the
# whole of what they return.
ELSEWHERE = {"getAuthUserInfo", "chooseImage", "sendSocketMessage"}

CALL = """([name, options]) => {
  window.got = undefined;
  const call = my[name] ?? ((options) => my.call(name, options));
  const got = call(options);
  Promise.resolve(got).then((result) => { window.got = [result]; }, (failure) => { window.got = [{ failure }]; });
}"""


def returned(opened: Opened, api: Api) -> Any:
    """Call an API and press what is to be pressed; return what it returns, or what the promise is of."""
    opened.page.evaluate(CALL, [api.name, OPTIONS.get(api.name, {})])
    if button := BUTTONS.get(api.name):
        dialog = opened.page.locator("dialog[open]")
        if api.name == "scan":
            dialog.get_by_role("textbox").fill("text")
        dialog.locator(f"button{button}").click()
    opened.page.wait_for_function("window.got")
    if api.name == "previewImage":
        opened.page.locator("dialog[open]").press("Escape")
    return opened.page.evaluate("got[0]")


@pytest.mark.usefixtures("without_motion")
@each_platform
def test_what_is_returned_is_what_is_declared(open_page: OpenPage, profile: str) -> None:
    opened = open_page(profile=profile, files={"data.json": "{}"})
    # This machine has no telephone.
    opened.page.evaluate("document.addEventListener('click', (event) => event.target.href && event.preventDefault())")
    platform = profiles.load(profile)
    for api in platform.apis():
        left = api.part == "navigation.js" or api.scopes or api.event or api.returns or api.name in ELSEWHERE
        if left or who(api) == "handler":
            continue
        got = set(returned(opened, api))
        here = {name for name in api.result if platform.platform in api.only.get(f"result.{name}", PLATFORMS)}
        optional = {name for name, type in api.result.items() if "undefined" in type}
        assert here - optional <= got <= set(api.result), api.name
