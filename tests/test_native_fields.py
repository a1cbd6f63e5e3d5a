"""What one types into and chooses from: used as a user does, and what the program gets."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.conftest import OpenProgram
from tests.programs import Program

APP = "App({ noted: [], note(value) { this.noted.push(value); } });"

HEARS = """Page({
  data: DATA,
  hear(event) { getApp().note([event.type, event.detail]); },
  keep(event) { this.setData({ value: event.detail.value }); },
});"""


@pytest.fixture
def show(open_program: OpenProgram) -> Any:
    """Open a program of one page whose handlers are `hear`, and `keep`, which puts the value into the data."""

    def show(axml: str, data: str = "{ value: '' }", script: str = HEARS, **files: Any) -> Program:
        source = {"app.js": APP, "index.axml": axml, "index.js": script.replace("DATA", data), **files}
        program = open_program(source)
        assert program.problems == ()
        return program

    return show


def set_data(program: Program, **data: Any) -> None:
    program.page.evaluate("(data) => getCurrentPages().at(-1).setData(data)", data)


def details(program: Program, type: str) -> list[Any]:
    """Return the details of the events of a type."""
    return [detail for each, detail in program.noted if each == type]


def heard(program: Program, type: str) -> Any:
    """Return the last event's detail, once there is one."""
    program.page.wait_for_function("(type) => getApp().noted.some(([each]) => each === type)", arg=type)
    return details(program, type)[-1]


# <input> and <textarea>.


@pytest.mark.parametrize("tag", ["input", "textarea"])
def test_what_is_typed_is_told(show: Any, tag: str) -> None:
    program = show(f'<{tag} placeholder="Name" onInput="hear" onFocus="hear" onBlur="hear"/>')
    field = program.shown.get_by_placeholder("Name")
    field.fill("Ann")
    field.blur()
    assert [name for name, _ in program.noted] == ["focus", "input", "blur"]
    assert heard(program, "input") == {"value": "Ann", "cursor": 3}
    assert heard(program, "blur") == {"value": "Ann"}


@pytest.mark.parametrize("tag", ["input", "textarea"])
def test_a_field_shows_the_value_of_the_program(show: Any, tag: str) -> None:
    program = show(f'<{tag} value="{{{{value}}}}"/>', "{ value: 'first' }")
    field = program.shown.get_by_role("textbox")
    expect(field).to_have_value("first")
    set_data(program, value="second")
    expect(field).to_have_value("second")


def test_what_is_typed_stays_when_the_program_draws_something_else(show: Any) -> None:
    program = show('<input value="{{value}}"/><text>{{other}}</text>', "{ value: 'first', other: 1 }")
    field = program.shown.get_by_role("textbox")
    field.fill("typed")
    set_data(program, other=2)
    expect(program.shown.locator("text")).to_have_text("2")
    expect(field).to_have_value("typed")


def test_a_value_can_follow_what_is_typed(show: Any) -> None:
    program = show('<input value="{{value}}" onInput="keep"/><text>{{value}}</text>')
    program.shown.get_by_role("textbox").press_sequentially("abc")
    expect(program.shown.locator("text")).to_have_text("abc")
    expect(program.shown.get_by_role("textbox")).to_have_value("abc")


def test_a_controlled_field_shows_what_the_program_makes_of_it(show: Any) -> None:
    script = HEARS.replace(
        "hear(", "upper(event) { this.setData({ value: event.detail.value.toUpperCase() }); }, hear("
    )
    program = show('<input value="{{value}}" controlled onInput="upper"/>', script=script)
    program.shown.get_by_role("textbox").press_sequentially("abc")
    expect(program.shown.get_by_role("textbox")).to_have_value("ABC")


@pytest.mark.parametrize("tag", ["input", "textarea"])
def test_no_more_is_typed_than_fits(show: Any, tag: str) -> None:
    program = show(f'<{tag} maxlength="5"/>')
    program.shown.get_by_role("textbox").press_sequentially("1234567")
    expect(program.shown.get_by_role("textbox")).to_have_value("12345")


def test_the_key_that_ends_typing_confirms(show: Any) -> None:
    program = show('<form onSubmit="hear"><input name="word" confirm-type="search" onConfirm="hear"/></form>')
    field = program.shown.get_by_role("textbox")
    field.fill("shoes")
    field.press("Enter")
    assert program.noted == [["confirm", {"value": "shoes"}]]
    expect(field).to_have_attribute("enterkeyhint", "search")
    expect(field).not_to_be_focused()


@pytest.mark.parametrize(
    ("attributes", "type", "inputmode"),
    [
        ("", "text", None),
        ("password", "password", None),
        ('type="number"', "text", "numeric"),
        ('type="digit"', "text", "decimal"),
        ('type="idcard"', "text", None),
    ],
)
def test_the_kind_of_a_field_chooses_the_keyboard(show: Any, attributes: str, type: str, inputmode: str | None) -> None:
    field = show(f'<input placeholder="it" {attributes}/>').shown.get_by_placeholder("it")
    assert (field.get_attribute("type"), field.get_attribute("inputmode")) == (type, inputmode)


def test_a_field_takes_the_focus(show: Any) -> None:
    program = show('<input focus="{{value}}" onFocus="hear"/>', "{ value: false }")
    field = program.shown.get_by_role("textbox")
    expect(field).not_to_be_focused()
    set_data(program, value=True)
    expect(field).to_be_focused()
    set_data(program, value=False)
    expect(field).not_to_be_focused()


def test_a_disabled_field_takes_nothing(show: Any) -> None:
    program = show('<input disabled value="a"/><textarea disabled="{{true}}" value="b"/>')
    for field in program.shown.get_by_role("textbox").all():
        expect(field).to_be_disabled()


def test_a_placeholder_has_a_style(show: Any) -> None:
    program = show('<input placeholder="it" placeholder-style="color: red; font-size: 20px"/>')
    field = program.shown.get_by_placeholder("it")
    program.page.wait_for_function(
        "getComputedStyle(document.querySelector('input'), '::placeholder').color === 'rgb(255, 0, 0)'"
    )
    assert field.evaluate("(it) => getComputedStyle(it, '::placeholder').fontSize") == "20px"


def test_a_placeholder_has_a_class(show: Any) -> None:
    program = show('<input placeholder="it" placeholderClass="red"/>', **{"index.acss": ".red { color: red; }"})
    program.page.wait_for_function(
        "getComputedStyle(document.querySelector('input'), '::placeholder').color === 'rgb(255, 0, 0)'"
    )
    expect(program.shown.get_by_placeholder("it")).to_be_visible()


def test_a_text_area_counts(show: Any) -> None:
    program = show('<view><textarea maxlength="20" show-count/></view>')
    program.shown.get_by_role("textbox").fill("four")
    expect(program.shown.get_by_text("4/20")).to_be_visible()


def test_a_text_area_grows_with_its_text(show: Any) -> None:
    program = show('<textarea auto-height value="{{value}}"/>', "{ value: 'a' }")
    field = program.shown.get_by_role("textbox")
    before = field.bounding_box()["height"]
    field.fill("\n".join("abcdef"))
    assert field.bounding_box()["height"] > 3 * before


# What is chosen.

RADIOS = """
<radio-group name="fruit" onChange="hear">
  <label a:for="{{['apple', 'pear', 'plum']}}"><radio value="{{item}}" checked="{{item === 'pear'}}"/>{{item}}</label>
</radio-group>
"""


def test_one_of_the_radios_is_chosen(show: Any) -> None:
    program = show(RADIOS)
    expect(program.shown.get_by_role("radio", name="pear")).to_be_checked()
    program.shown.get_by_label("plum").check()
    expect(program.shown.get_by_role("radio", name="pear")).not_to_be_checked()
    assert program.noted == [["change", {"value": "plum"}]]


def test_the_program_can_choose_a_radio(show: Any) -> None:
    program = show(
        """<radio-group><label a:for="{{['a', 'b']}}"><radio value="{{item}}" checked="{{item === value}}"/>{{item}}
           </label></radio-group>""",
        "{ value: 'a' }",
    )
    set_data(program, value="b")
    expect(program.shown.get_by_label("b")).to_be_checked()
    expect(program.shown.get_by_label("a")).not_to_be_checked()


def test_checkboxes_tell_all_that_are_checked(show: Any) -> None:
    program = show(
        """<checkbox-group onChange="hear">
             <label a:for="{{['a', 'b', 'c']}}"><checkbox value="{{item}}" checked="{{item === 'c'}}"/>{{item}}</label>
           </checkbox-group>"""
    )
    program.shown.get_by_label("a").check()
    program.shown.get_by_label("c").uncheck()
    assert details(program, "change") == [{"value": ["a", "c"]}, {"value": ["a"]}]


def test_a_switch_is_turned_on(show: Any) -> None:
    program = show('<label>Wifi <switch checked="{{value}}" onChange="hear"/></label>', "{ value: false }")
    switch = program.shown.get_by_role("switch", name="Wifi")
    switch.check()
    assert program.noted == [["change", {"value": True}]]
    expect(switch).to_be_checked()


def test_a_controlled_switch_waits_for_the_program(show: Any) -> None:
    program = show('<switch aria-label="it" controlled checked="{{value}}" onChange="hear"/>', "{ value: false }")
    switch = program.shown.get_by_role("switch", name="it")
    switch.click()
    expect(switch).not_to_be_checked()
    set_data(program, value=True)
    expect(switch).to_be_checked()


@pytest.mark.parametrize("kind", ["radio", "checkbox", "switch"])
def test_what_is_disabled_cannot_be_chosen(show: Any, kind: str) -> None:
    program = show(f'<{kind} disabled onChange="hear"/>')
    control = program.shown.get_by_role(kind)
    expect(control).to_be_disabled()
    control.click(force=True)
    assert program.noted == []


def test_a_slider_is_moved(show: Any) -> None:
    program = show(
        """<slider aria-label="Sound" min="10" max="50" step="5" value="{{value}}" show-value onChange="hear"
             onChanging="hear"/>""",
        "{ value: 20 }",
    )
    slider = program.shown.get_by_role("slider", name="Sound")
    expect(slider).to_have_value("20")
    slider.press("ArrowRight")
    assert program.noted == [["changing", {"value": 25}], ["change", {"value": 25}]]
    expect(program.shown.locator("slider")).to_have_text("25")
    set_data(program, value=50)
    expect(slider).to_have_value("50")


# <picker>.


def picker(program: Program) -> Locator:
    return program.shown.get_by_role("combobox")


def test_a_picker_is_chosen_from(show: Any) -> None:
    program = show(
        """<picker range="{{list}}" value="{{value}}" onChange="hear"><view>{{list[value]}}</view></picker>""",
        "{ value: 0, list: ['red', 'green', 'blue'] }",
    )
    expect(program.shown.get_by_text("red")).to_be_visible()
    picker(program).select_option("blue")
    assert program.noted == [["change", {"value": 2}]]


@pytest.mark.parametrize("attribute", ["range-key", "rangeKey"])
def test_a_picker_shows_a_field_of_objects(show: Any, attribute: str) -> None:
    program = show(
        f"""<picker range="{{{{list}}}}" {attribute}="name" value="{{{{value}}}}" onChange="keep">
              <view>{{{{list[value].name}}}}</view></picker>""",
        "{ value: 0, list: [{ name: 'red' }, { name: 'green' }] }",
    )
    picker(program).select_option("green")
    expect(program.shown.locator("picker")).to_contain_text("green")


@pytest.mark.parametrize(("mode", "value"), [("date", "2024-02-29"), ("time", "13:45")])
def test_a_picker_of_dates(show: Any, mode: str, value: str) -> None:
    program = show(
        f'<picker mode="{mode}" title="When" value="{{{{value}}}}" onChange="hear"><view>When</view></picker>'
    )
    program.shown.get_by_label("When").fill(value)
    assert details(program, "change")[-1] == {"value": value}


def test_a_picker_of_several_columns(show: Any) -> None:
    program = show(
        """<picker mode="multiSelector" range="{{list}}" value="{{value}}" onChange="hear" onColumnChange="hear">
             <view>pick</view></picker>""",
        "{ value: [0, 1], list: [['a', 'b'], ['x', 'y', 'z']] }",
    )
    picker(program).last.select_option("z")
    assert details(program, "columnChange") == [{"column": 1, "value": 2}]
    assert details(program, "change") == [{"value": [0, 2]}]


def test_a_disabled_picker_is_not_opened(show: Any) -> None:
    program = show("<picker disabled range=\"{{['a', 'b']}}\"><view>pick</view></picker>")
    expect(picker(program)).to_be_disabled()


# <picker-view>.

WHEELS = """
<picker-view value="{{value}}" onChange="hear" style="height: 170px">
  <picker-view-column><view a:for="{{['a', 'b', 'c']}}">{{item}}</view></picker-view-column>
  <picker-view-column><view a:for="{{['x', 'y', 'z']}}">{{item}}</view></picker-view-column>
</picker-view>
"""


def in_the_middle(program: Program) -> list[str]:
    """Return the text of the row in the middle of each column."""
    rows: list[str] = program.shown.locator("picker-view-column").evaluate_all(
        """(columns) => columns.map((column) => {
             const { top, height } = column.getBoundingClientRect();
             const off = (row) => Math.abs(row.getBoundingClientRect().top + row.offsetHeight / 2 - top - height / 2);
             return [...column.children].sort((a, b) => off(a) - off(b))[0].textContent;
           })"""
    )
    return rows


@pytest.mark.usefixtures("without_motion")
def test_a_wheel_shows_what_is_chosen_in_the_middle(show: Any) -> None:
    program = show(WHEELS, "{ value: [1, 2] }")
    assert in_the_middle(program) == ["b", "z"]
    set_data(program, value=[0, 1])
    expect(program.shown.get_by_role("option", name="a")).to_have_attribute("aria-selected", "true")
    assert in_the_middle(program) == ["a", "y"]


@pytest.mark.usefixtures("without_motion")
def test_a_wheel_is_turned_to_a_row(show: Any) -> None:
    program = show(WHEELS, "{ value: [1, 1] }")
    program.shown.get_by_role("option", name="z").click()
    assert heard(program, "change") == {"value": [1, 2]}
    expect(program.shown.get_by_role("option", name="z")).to_have_attribute("aria-selected", "true")


@pytest.mark.usefixtures("without_motion")
def test_a_wheel_is_turned_with_the_wheel_of_the_mouse(show: Any) -> None:
    program = show(WHEELS, "{ value: [0, 0] }")
    program.shown.locator("picker-view-column").first.hover()
    program.page.mouse.wheel(0, 34)
    assert heard(program, "change")["value"][0] > 0


# <form>.

FORM = """
<form onSubmit="hear" onReset="hear">
  <input name="name" value="Ann" placeholder="name"/>
  <textarea name="note" value="" placeholder="note"/>
  <radio-group name="fruit"><label><radio value="apple" checked/>apple</label><label><radio value="pear"/>pear</label>
  </radio-group>
  <checkbox-group name="days"><label><checkbox value="mon" checked/>mon</label><label><checkbox value="tue"/>tue</label>
  </checkbox-group>
  <label>wifi <switch name="wifi"/></label>
  <slider name="sound" value="30" aria-label="sound"/>
  <picker name="color" range="{{['red', 'green']}}" value="{{0}}" aria-label="color"><view>pick</view></picker>
  <picker-view name="wheel" value="{{[1]}}">
    <picker-view-column><view>a</view><view>b</view></picker-view-column>
  </picker-view>
  <input placeholder="nameless" value="x"/>
  <button form-type="submit" data-id="{{7}}">send</button>
  <button form-type="reset">again</button>
</form>
"""

FIRST = {
    "name": "Ann",
    "note": "",
    "fruit": "apple",
    "days": ["mon"],
    "wifi": False,
    "sound": 30,
    "color": 0,
    "wheel": [1],
}


def fill(program: Program) -> None:
    shown = program.shown
    shown.get_by_placeholder("name", exact=True).fill("Bea")
    shown.get_by_placeholder("note").fill("hello")
    shown.get_by_label("pear").check()
    shown.get_by_label("tue").check()
    shown.get_by_label("wifi").check()
    shown.get_by_label("sound").fill("60")
    picker(program).select_option("green")


def test_a_form_sends_what_its_fields_hold(show: Any) -> None:
    program = show(FORM)
    program.shown.get_by_role("button", name="send").click()
    detail = heard(program, "submit")
    assert detail["value"] == FIRST
    assert detail["buttonTarget"]["dataset"] == {"id": 7}


def test_a_form_sends_what_the_user_has_put_in(show: Any) -> None:
    program = show(FORM)
    fill(program)
    program.shown.get_by_role("button", name="send").click()
    assert heard(program, "submit")["value"] == {
        "name": "Bea",
        "note": "hello",
        "fruit": "pear",
        "days": ["mon", "tue"],
        "wifi": True,
        "sound": 60,
        "color": 1,
        "wheel": [1],
    }


def test_a_form_that_is_reset_holds_what_it_held_at_first(show: Any) -> None:
    program = show(FORM)
    fill(program)
    program.shown.get_by_role("button", name="again").click()
    heard(program, "reset")
    expect(program.shown.get_by_placeholder("name", exact=True)).to_have_value("Ann")
    expect(program.shown.get_by_label("apple")).to_be_checked()
    program.shown.get_by_role("button", name="send").click()
    assert heard(program, "submit")["value"] == FIRST


def test_a_field_in_a_component_belongs_to_the_form_around_it(show: Any) -> None:
    program = show(
        '<form onSubmit="hear"><it/><button form-type="submit">send</button></form>',
        **{
            "components/it/it.axml": '<view><input name="inner" value="1"/></view>',
            "components/it/it.js": "Component({});",
            "components/it/it.json": {"component": True},
            "index.json": {"usingComponents": {"it": "/components/it/it"}},
        },
    )
    program.shown.get_by_role("button", name="send").click()
    assert heard(program, "submit")["value"] == {"inner": "1"}
