"""What buttons ask the wallet for, by `open-type`: each question arrives in Python, and its answer in the page."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from bridge import deny, error, succeed
from tests.conftest import OpenProgram
from tests.programs import Program

APP = "App({ noted: [], note(value) { this.noted.push(value); } });"

PAGE = """
const note = (name) => function (event) { getApp().note([name, event.detail ?? event]); };
Page({
  granted: note("granted"), refused: note("refused"), shared: note("shared"),
  onShareAppMessage(event) {
    getApp().note(["share", event]);
    return { title: "Look", path: "pages/index/index?by=me" };
  },
});
"""

AUTHORIZES = """
<button open-type="getAuthorize" scope="{scope}" onGetAuthorize="granted" onError="refused" onTap="tapped">ask</button>
"""


@pytest.fixture
def show(open_program: OpenProgram) -> Any:
    def show(axml: str, script: str = PAGE, **options: Any) -> Program:
        return open_program({"app.js": APP, "index.axml": axml, "index.js": script}, **options)

    return show


def heard(program: Program) -> Any:
    """Return what was noted first: which handler ran, and the event's detail."""
    program.page.wait_for_function("getApp().noted.length > 0")
    return program.noted[0]


def authorize(show: Any, scope: str, **options: Any) -> Program:
    program: Program = show(AUTHORIZES.replace("{scope}", scope).replace(' onTap="tapped"', ""), **options)
    program.shown.get_by_role("button", name="ask").click()
    return program


@pytest.mark.parametrize("scope", ["userInfo", "phoneNumber"])
def test_a_button_asks_for_a_scope(show: Any, scope: str) -> None:
    program = authorize(show, scope)
    call = program.bridge.wait_for_call("getComponentAuth")
    assert call.params == {"scopeNicks": [scope]}
    assert heard(program)[0] == "granted"


def test_what_is_asked_for_with_a_sheet_can_be_granted(show: Any) -> None:
    program = authorize(show, "userInfo", consent="ask")
    program.page.get_by_role("button", name="Allow").click()
    assert heard(program)[0] == "granted"


def test_what_is_asked_for_with_a_sheet_can_be_refused(show: Any) -> None:
    program = authorize(show, "userInfo", consent="ask")
    program.page.get_by_role("button", name="Deny").click()
    name, detail = heard(program)
    assert name == "refused"
    assert detail["error"] == 11
    assert detail["type"] == "getAuthorize"
    assert detail["errorMessage"]


def test_python_can_refuse(show: Any) -> None:
    program = show(AUTHORIZES.replace("{scope}", "userInfo").replace(' onTap="tapped"', ""))
    program.bridge.once("getComponentAuth", deny())
    program.shown.get_by_role("button").click()
    assert heard(program)[0] == "refused"


def test_after_a_button_the_user_is_known(show: Any) -> None:
    script = """Page({ granted() { my.getOpenUserInfo({
      success: ({ response }) => getApp().note(JSON.parse(response).response), fail: getApp().note }); } });"""
    program = show(AUTHORIZES.replace("{scope}", "userInfo").replace(' onTap="tapped"', ""), script)
    program.shown.get_by_role("button").click()
    info = heard(program)
    assert info["code"] == "10000"
    assert info["nickName"] == program.bridge.user.nickname


def test_a_button_that_authorizes_is_tapped_too(show: Any) -> None:
    program = show(
        AUTHORIZES.replace("{scope}", "userInfo"), PAGE.replace("shared:", "tapped: note('tapped'), shared:")
    )
    program.shown.get_by_role("button").click()
    program.page.wait_for_function("getApp().noted.length > 1")
    assert [name for name, _ in program.noted] == ["tapped", "granted"]


def test_a_disabled_button_asks_for_nothing(show: Any) -> None:
    program = show('<button open-type="getAuthorize" scope="userInfo" disabled onGetAuthorize="granted">ask</button>')
    program.shown.get_by_role("button").click(force=True)
    assert program.noted == []
    assert program.bridge.calls == ()


@pytest.mark.parametrize("name", ["onGetPhoneNumber", "ongetphonenumber"])
def test_a_button_gets_the_phone_number(show: Any, name: str) -> None:
    program = show(f'<button open-type="getPhoneNumber" {name}="granted" onError="refused">ask</button>')
    program.shown.get_by_role("button").click()
    name, detail = heard(program)
    assert name == "granted"
    assert "response" in json.loads(detail["response"])
    assert [call.api for call in program.bridge.calls] == ["getComponentAuth", "getPhoneNumber"]


def test_a_button_shares_what_the_page_says(show: Any) -> None:
    program = show('<button open-type="share" data-id="{{7}}">share</button>')
    program.shown.get_by_role("button").click()
    call = program.bridge.wait_for_call("showSharePanel")
    assert {"title": "Look", "path": "pages/index/index?by=me"}.items() <= call.params.items()
    name, event = heard(program)
    assert name == "share"
    assert event["from"] == "button"
    assert event["target"]["dataset"] == {"id": 7}


def test_a_page_hears_what_became_of_sharing(show: Any) -> None:
    script = """Page({ onShareAppMessage() { return {
      title: "Look", success: (result) => getApp().note(["shared", result]) }; } });"""
    program = show('<button open-type="share">share</button>', script)
    program.bridge.always("showSharePanel", succeed({"shareResult": True}))
    program.shown.get_by_role("button").click()
    name, result = heard(program)
    assert name == "shared"
    assert result["shareResult"] is True


def test_a_button_opens_the_settings(show: Any) -> None:
    program = show('<button open-type="openSetting" onOpenSetting="granted" onError="refused">settings</button>')
    program.bridge.always("openSetting", succeed({"authSetting": {"location": True}}))
    program.shown.get_by_role("button").click()
    assert heard(program) == ["granted", {"authSetting": {"location": True}}]


@pytest.mark.parametrize(
    ("button", "api", "params"),
    [
        ('open-type="launchApp" app-parameter="from=mini"', "launchApp", {"appParameter": "from=mini"}),
        ('open-type="contact" tnt-inst-id="T1" scene="S2"', "contact", {"tntInstId": "T1", "scene": "S2"}),
    ],
)
def test_a_button_asks_the_wallet_for_what_my_has_no_function_for(
    show: Any, button: str, api: str, params: dict[str, str]
) -> None:
    program = show(f'<button {button} onLaunchApp="granted" onError="refused">ask</button>')
    program.bridge.always(api, error(4, "not installed"), custom=True)
    program.shown.get_by_role("button").click()
    assert program.bridge.wait_for_call().params == params
    assert heard(program) == ["refused", {"error": 4, "errorMessage": "not installed"}]


def test_a_button_hears_that_an_app_was_launched(show: Any) -> None:
    program = show('<button open-type="launchApp" onLaunchApp="granted" onError="refused">ask</button>')
    program.bridge.always("launchApp", succeed({"launched": True}), custom=True)
    program.shown.get_by_role("button").click()
    assert heard(program) == ["granted", {"launched": True}]


def test_a_button_with_another_open_type_is_a_button(show: Any) -> None:
    program = show(
        '<button open-type="lifestyle" onTap="granted">press</button>',
    )
    program.shown.get_by_role("button").click()
    assert heard(program)[0] == "granted"
    assert program.messages() == []
    expect(program.shown.get_by_role("button")).to_be_enabled()
