"""Templates of mini programs: what a browser shows for them, and what is said of those that are broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import expect

from tests.conftest import OpenProgram
from tests.programs import Program

Draw = Callable[..., Program]

INDEX = "pages/index/index.axml"

OPENS_MANY = settings(
    deadline=None, derandomize=True, max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def draw(open_program: OpenProgram) -> Draw:
    """Open a program whose page has this template and this data; further files by their names."""

    def draw(axml: str, data: Any = None, files: dict[str, Any] | None = None) -> Program:
        script = f"Page({{ data: {json.dumps(data or {})} }});"
        return open_program({"index.axml": axml, "index.js": script, **(files or {})})

    return draw


def texts(program: Program, selector: str) -> list[str]:
    """What the elements hold, as it is written in them."""
    return program.shown.locator(selector).all_text_contents()


# Conditions.


def test_the_first_branch_whose_condition_holds_is_drawn(draw: Draw) -> None:
    template = "".join(
        f"<view id='v{n}'><text a:if='{{{{{n} > 2}}}}'>if</text> <!-- between -->\n"
        f"<text a:elif='{{{{{n} > 1}}}}'>elif</text><text a:else>else</text></view>"
        for n in (3, 2, 1)
    )
    program = draw(template)
    assert texts(program, "text") == ["if", "elif", "else"]
    assert program.messages() == []


def test_an_elif_without_an_if_is_reported_and_what_is_below_it_drawn(draw: Draw) -> None:
    program = draw("<view>\n  <text>a</text>\n  <text a:elif='{{true}}'>b</text>\n</view><view id='end'>end</view>")
    assert texts(program, "#end") == ["end"]
    (message,) = program.messages()
    assert message.startswith(f"{INDEX}:3:9: a:elif has no a:if before it")


def test_a_condition_changes_with_the_data(draw: Draw) -> None:
    program = draw("<text a:if='{{on}}'>on</text><input a:else value='off' />", {"on": False})
    assert program.shown.locator("input").input_value() == "off"
    program.page.evaluate("getCurrentPages()[0].setData({ on: true })")
    assert program.data == {"on": True}
    assert texts(program, "text") == ["on"]


# Loops.


def test_a_loop_goes_over_arrays_objects_numbers_and_texts(draw: Draw) -> None:
    loops = "".join(
        f"<view id='{name}'><text a:for='{{{{{name}}}}}'>{{{{index}}}}={{{{item}}}}</text></view>"
        for name in ("array", "object", "number", "string", "none", "absent")
    )
    program = draw(loops, {"array": ["a", "b"], "object": {"x": 1, "y": 2}, "number": 2, "string": "hi", "none": None})
    assert texts(program, "#array text") == ["0=a", "1=b"]
    assert texts(program, "#object text") == ["x=1", "y=2"]
    assert texts(program, "#number text") == ["0=0", "1=1"]
    assert texts(program, "#string text") == ["0=h", "1=i"]
    assert texts(program, "#none text, #absent text") == []
    assert program.messages() == []


def test_the_names_of_item_and_index_can_be_chosen_so_that_loops_can_be_nested(draw: Draw) -> None:
    program = draw(
        """<block a:for="{{rows}}" a:for-item="row" a:for-index="r">
             <text a:for="{{row}}" a:for-item="cell" a:for-index="c">{{r}}{{c}}{{cell}}</text>
           </block>""",
        {"rows": [["a", "b"], ["c"]]},
    )
    assert texts(program, "text") == ["00a", "01b", "10c"]


def test_rows_keep_their_elements_by_key(draw: Draw) -> None:
    keys = ['a:key="id"', 'a:key="{{item.id}}"', 'key="{{item.id}}"', 'a:key="item.id"']
    loops = "".join(f'<view><input a:for="{{{{rows}}}}" {key} /></view>' for key in keys)
    program = draw(loops, {"rows": [{"id": 1}, {"id": 2}]})
    inputs = program.shown.locator("input")
    for n in range(len(keys)):
        inputs.nth(2 * n).fill("typed")
    program.page.evaluate("getCurrentPages()[0].setData({ rows: [{ id: 3 }, { id: 2 }, { id: 1 }] })")
    assert len(program.data["rows"]) == 3
    assert inputs.evaluate_all("all => all.map((each) => each.value)") == ["", "", "typed"] * len(keys)


def test_rows_with_the_same_key_are_all_drawn(draw: Draw) -> None:
    program = draw('<text a:for="{{rows}}" a:key="*this">{{item}}</text>', {"rows": ["a", "a", "b"]})
    assert texts(program, "text") == ["a", "a", "b"]


def test_a_row_may_have_a_condition(draw: Draw) -> None:
    program = draw('<text a:for="{{[1, 2, 3, 4]}}" a:if="{{item % 2}}">{{item}}</text>')
    assert texts(program, "text") == ["1", "3"]


def test_a_loop_over_a_text_without_mustaches_is_reported(draw: Draw) -> None:
    program = draw('<view>\n<text a:for="rows">x</text></view>', {"rows": [1]})
    assert program.messages() == [f'{INDEX}:2:7: a:for="rows" is only a text. Write a:for="{{{{rows}}}}".']


def test_a_block_has_no_element(draw: Draw) -> None:
    program = draw("<view id='v'><block><text>a</text></block><block a:if='{{true}}'>b</block></view>")
    assert program.shown.locator("#v").inner_html() == "<text>a</text>b"


# Templates and other files.


def test_a_template_sees_its_data_and_nothing_else(draw: Draw) -> None:
    program = draw(
        """<template name="one"><text>{{a}}|{{b}}|{{secret}}</text></template>
           <template is="one" data="{{a: 1, b}}" />
           <template is="one" data="{{...both, b: 3}}" />
           <template is="{{name}}" data="{{ ...both }}"></template>
           <template is="one" />""",
        {"b": 2, "secret": "page", "both": {"a": "A", "b": "B"}, "name": "one"},
    )
    assert texts(program, "text") == ["1|2|", "A|3|", "A|B|", "||"]
    assert program.messages() == []


def test_a_template_may_draw_itself(draw: Draw) -> None:
    tree = {"name": "a", "children": [{"name": "b", "children": [{"name": "c"}]}, {"name": "d"}]}
    program = draw(
        """<template name="node">
             <text>{{name}}</text>
             <template a:for="{{children}}" is="node" data="{{...item}}" />
           </template>
           <template is="node" data="{{...tree}}" />""",
        {"tree": tree},
    )
    assert texts(program, "text") == ["a", "b", "c", "d"]


def test_a_template_that_draws_itself_without_an_end_is_reported(draw: Draw) -> None:
    program = draw('<template name="a"><template is="a" /></template><template is="a" /><text>end</text>')
    assert texts(program, "text") == ["end"]
    assert program.messages() == [f'{INDEX}:1:20: The template "a" draws itself without an end.']


def test_a_template_that_is_not_there_is_reported_with_the_nearest_name(draw: Draw) -> None:
    program = draw('<template name="price">1</template>\n<template is="prise" /><text>end</text>')
    assert texts(program, "text") == ["end"]
    assert program.messages() == [f'{INDEX}:2:11: There is no template "prise" here. Is "price" meant?']


def test_templates_of_an_imported_file_can_be_used_and_those_that_it_imports_cannot(draw: Draw) -> None:
    files = {
        "parts/a.axml": '<import src="./b" /><template name="a"><text>{{x}} a</text></template><text>not drawn</text>',
        "parts/b.axml": '<template name="b"><text>b</text></template>',
    }
    program = draw(
        '<import src="/parts/a.axml" /><template is="a" data="{{x: 1}}" />\n<template is="b" />', files=files
    )
    assert texts(program, "text") == ["1 a"]
    assert program.messages() == [f'{INDEX}:2:11: There is no template "b" here. Define it, or import its file.']


def test_an_included_file_stands_where_it_is_included_and_sees_the_data(draw: Draw) -> None:
    files = {
        "index-part.axml": '<text>{{x}}</text><include src="/parts/inner" />',
        "parts/inner.axml": "<text>{{y}}</text>",
    }
    program = draw('<view><include src="./index-part.axml" /></view>', {"x": 1, "y": 2}, files)
    assert texts(program, ":scope > view > text") == ["1", "2"]


def test_an_included_file_sees_the_variables_of_a_loop(draw: Draw) -> None:
    program = draw('<include a:for="{{[1, 2]}}" src="./row" />', files={"row.axml": "<text>{{item}}</text>"})
    assert texts(program, "text") == ["1", "2"]


def test_files_that_include_one_another_are_reported(draw: Draw) -> None:
    program = draw(
        '<include src="/a/a.axml" /><text>end</text>',
        files={"a/a.axml": '<include src="b" />', "a/b.axml": '\n<include src="./a" /><text>b</text>'},
    )
    assert texts(program, "text") == ["b", "end"]
    circle = "a/a.axml > a/b.axml > a/a.axml"
    assert program.messages() == [f"a/b.axml:2:1: Files include one another in a circle: {circle}."]


@pytest.mark.parametrize(("tag", "attribute"), [("import", "src"), ("include", "src"), ("import-sjs", 'name="m" from')])
def test_a_file_that_is_not_there_is_reported(draw: Draw, tag: str, attribute: str) -> None:
    program = draw(f'<text>a</text>\n<{tag} {attribute}="./gone" />\n<template is="x" /><text>end</text>')
    assert texts(program, "text") == ["a", "end"]
    assert any(
        message.startswith(f"{INDEX}:2:") and f"<{tag}> names ./gone, which is not there" in message
        for message in program.messages()
    )


# Scripts of templates.


def test_an_sjs_module_is_imported_as_a_whole_or_by_names(draw: Draw) -> None:
    sjs = "export const one = () => 1; export const two = 2;\nexport default { three: (x) => x * 3 };"
    program = draw(
        """<import-sjs name="whole" from="./m.sjs" />
           <import-sjs name="{one, two: zwei}" from="./m.sjs" />
           <import-sjs name="old" from="./old.sjs"></import-sjs>
           <text>{{whole.three(2)}}</text><text>{{one()}}</text><text>{{zwei}}</text><text>{{old.f("x")}}</text>""",
        files={"m.sjs": sjs, "old.sjs": "module.exports = { f: function (x) { return x + '!'; } };"},
    )
    assert texts(program, "text") == ["6", "1", "2", "x!"]
    assert program.messages() == []


# Slots.

BOX = {
    "parts/box.json": {"component": True},
    "parts/box.js": "Component({ data: { own: 'inside' } });",
    "index.json": {"usingComponents": {"box": "/parts/box"}},
}


def test_what_a_component_holds_goes_to_its_slots_by_name(draw: Draw) -> None:
    box = "<header><slot name='head'>no head</slot></header><main><slot>nothing</slot></main>"
    program = draw(
        """<box><text slot="head">{{x}}</text><text>a</text>b</box>
           <box><text slot="other">nowhere</text></box>
           <box />""",
        {"x": "page's"},
        {**BOX, "parts/box.axml": box.replace("header", "view").replace("main", "text")},
    )
    assert texts(program, ":scope > view") == ["page's", "no head", "no head"]
    assert texts(program, ":scope > text") == ["ab", "nothing", "nothing"]


def test_what_goes_into_a_slot_is_drawn_with_the_data_of_who_wrote_it(draw: Draw) -> None:
    files = {**BOX, "parts/box.axml": "<text>{{own}}</text><slot />"}
    program = draw("<box><text>{{own}}</text></box>", {"own": "outside"}, files)
    assert texts(program, "text") == ["inside", "outside"]


def test_a_slot_gives_values_to_what_goes_into_it(draw: Draw) -> None:
    box = "<slot a:for='{{[1, 2]}}' row='{{item}}' plain='x' /><slot name='end' total='{{3}}' />"
    program = draw(
        """<box>
             <text slot-scope="given">{{given.row}}{{given.plain}}{{y}}</text>
             <text slot="end" slot-scope="it">{{it.total}}</text>
           </box>""",
        {"y": "!"},
        {**BOX, "parts/box.axml": box},
    )
    assert texts(program, "text") == ["1x!", "2x!", "3"]


def test_a_row_that_goes_to_a_slot_may_ask_for_what_the_slot_gives(draw: Draw) -> None:
    box = "<view><slot name='a' total='{{3}}' /></view><view><slot name='b' total='{{2}}' /></view>"
    program = draw(
        """<box><text a:for="{{rows}}" a:if="{{it && it.total > item.least}}" slot="{{item.to}}" slot-scope="it"
             >{{item.least}}</text></box>""",
        {"rows": [{"to": "a", "least": 1}, {"to": "b", "least": 2}, {"to": "a", "least": 9}]},
        {**BOX, "parts/box.axml": box},
    )
    assert texts(program, "view") == ["1", ""]
    assert program.messages() == []
    assert program.errors == []


def test_slots_may_have_any_name(draw: Draw) -> None:
    box = "<view><slot name='constructor'>own</slot></view><view><slot name='toString'>own</slot></view>"
    program = draw("<box><text slot='constructor'>given</text></box>", {}, {**BOX, "parts/box.axml": box})
    assert texts(program, "view") == ["given", "own"]
    assert program.messages() == []


def test_an_empty_slot_that_is_handed_on_leaves_what_stands_there(draw: Draw) -> None:
    using = {"usingComponents": {"inner": "/parts/inner"}}
    files = {
        **BOX,
        "parts/box.json": {"component": True, **using},
        "parts/box.axml": "<inner><slot name=' {{own}} ' /></inner>",
        "parts/inner.json": {"component": True},
        "parts/inner.js": "Component({});",
        "parts/inner.axml": "<view><slot>nothing</slot></view>",
    }
    program = draw("<box><text slot='inside'>given</text></box><box />", {}, files)
    assert texts(program, "view") == ["given", "nothing"]


def test_a_slot_does_not_give_away_its_own_scope(draw: Draw) -> None:
    files = {
        **BOX,
        "parts/box.json": {"component": True, "usingComponents": {"inner": "/parts/inner"}},
        "parts/box.axml": "<inner><slot slot-scope='it' n='{{it.n}}' /></inner>",
        "parts/inner.json": {"component": True},
        "parts/inner.js": "Component({});",
        "parts/inner.axml": "<slot n='{{5}}' />",
    }
    program = draw("<box><text slot-scope='x'>{{x.n}}:{{x['slot-scope'] || 'none'}}</text></box>", {}, files)
    assert texts(program, "text") == ["5:none"]


def test_a_condition_in_a_slot_leaves_its_own_content_there(draw: Draw) -> None:
    files = {**BOX, "parts/box.axml": "<text><slot>own</slot></text>"}
    program = draw("<box><block a:if='{{on}}'>given</block></box>", {"on": False}, files)
    assert texts(program, "text") == ["own"]
    program.page.evaluate("getCurrentPages()[0].setData({ on: true })")
    assert program.data == {"on": True}
    assert texts(program, "text") == ["given"]


# Attributes.


def test_ref_hands_over_the_instance_of_a_component(open_program: OpenProgram) -> None:
    files = {
        **BOX,
        "index.axml": "<box ref='keep' /><text>{{seen}}</text>",
        "index.js": "Page({ keep(it) { this.setData({ seen: it.data.own }); } });",
        "parts/box.axml": "<view />",
    }
    assert texts(open_program(files), "text") == ["inside"]


def test_ref_hands_over_an_element_once(open_program: OpenProgram) -> None:
    files = {
        "index.axml": "<view id='it' ref='keep'>{{n}}</view><text>{{seen}}</text>",
        "index.js": """Page({ data: { n: 0, seen: "" }, keep(it) { this.setData({ seen: this.data.seen + it.id }); },
  onReady() { this.setData({ n: 1 }); } });""",
    }
    program = open_program(files)
    program.page.evaluate("getCurrentPages()[0].setData({ n: 2 })")
    expect(program.shown.locator("#it")).to_have_text("2")
    assert texts(program, "text") == ["it"]
    assert program.errors == []


def test_classes_come_from_texts_and_arrays(draw: Draw) -> None:
    program = draw(
        """<text class="a {{on ? 'b' : ''}} {{none}}">1</text><text class="{{['c', on && 'd', false]}}">2</text>
           <text class="{{none}}">3</text>""",
        {"on": True},
    )
    classes = [program.shown.locator("text").nth(n).evaluate("it => [...it.classList].join()") for n in range(3)]
    assert classes == ["a,b", "c,d", ""]


def test_styles_come_from_texts_and_objects_with_rpx_of_the_page(draw: Draw) -> None:
    program = draw(
        """<view id="a" style="width: 375rpx; margin-left: -{{n}}rpx">a</view>
           <view id="b" style="{{style}}">b</view>
           <view id="c" style="{{ {width: '75rpx', zIndex: 2, fontSize: 10} }}">c</view>
           <view id="d" style="{{none}}">d</view>""",
        {"n": 75, "style": {"backgroundColor": "rgb(1, 2, 3)", "height": "50vh", "lineHeight": 2}},
    )
    program.page.set_viewport_size({"width": 375, "height": 700})
    box = "it => { const s = getComputedStyle(it); return [s.width, s.marginLeft]; }"
    assert program.shown.locator("#a").evaluate(box) == ["187.5px", "-37.5px"]
    looks = "it => { const s = getComputedStyle(it); return [s.backgroundColor, it.style.lineHeight]; }"
    assert program.shown.locator("#b").evaluate(looks) == ["rgb(1, 2, 3)", "2"]
    looks = "it => { const s = getComputedStyle(it); return [s.width, it.style.zIndex, s.fontSize]; }"
    assert program.shown.locator("#c").evaluate(looks) == ["37.5px", "2", "10px"]
    assert program.shown.locator("#d").get_attribute("style") is None


def test_the_dataset_keeps_types(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "index.axml": """<view id="v" onTap="note" data-number="{{1}}" data-list="{{[1, {a: 2}]}}"
              data-yes="{{true}}" data-none="{{null}}" data-long-name="text" data-mixed="{{1}}0"
              data-obj="{{ {a: 1} }}" data-flag>tap</view>""",
            "index.js": "Page({ note(e) { this.setData({ set: e.currentTarget.dataset }); } });",
        }
    )
    program.shown.locator("#v").click()
    assert program.data["set"] == {
        "number": 1,
        "list": [1, {"a": 2}],
        "yes": True,
        "none": None,
        "longName": "text",
        "mixed": "10",
        "obj": {"a": 1},
        "flag": True,
    }


def test_attributes_of_other_platforms_are_passed_over(draw: Draw) -> None:
    program = draw('<view wx:if="{{x.y.z(}}" bindtap="f" v-else @click="g" :key="x" s-if="1">still there</view>')
    assert texts(program, "view") == ["still there"]
    assert program.messages() == []


def test_a_prop_of_a_component_may_begin_as_an_event_of_another_platform_does(open_program: OpenProgram) -> None:
    files = {
        **BOX,
        "index.axml": "<box binding='lit' bindtap='f' bindtouchstart='f' v-if='x' @click='g' wx:if='y' />",
        "parts/box.axml": "<text>{{binding}},{{bindtap}},{{bindtouchstart}}</text>",
    }
    assert texts(open_program(files), "text") == ["lit,,"]


# Texts.


def test_entities_and_spaces_in_a_text_element_are_kept(draw: Draw) -> None:
    program = draw("<text id='a'>1 &lt; 2 &amp;&nbsp;3 &#65;&#x42; &unknown;</text><text id='b'> {{1}} </text>")
    assert texts(program, "#a, #b") == ["1 < 2 &\u00a03 AB &unknown;", " 1 "]


def test_absent_values_are_drawn_as_nothing(draw: Draw) -> None:
    program = draw(
        "<text>{{none}}</text><text>a{{nil}}b{{none.x.y}}</text><text>{{zero}}</text>", {"nil": None, "zero": 0}
    )
    assert texts(program, "text") == ["", "ab", "0"]


# Expressions.

SHOW = "export default { show: (v) => JSON.stringify(v) ?? String(v) };"
DATA = {
    "a": 3,
    "b": 4,
    "c": -5,
    "s": "ab",
    "t": "",
    "yes": True,
    "no": False,
    "nil": None,
    "list": [1, 2, 3],
    "o": {"x": 1, "deep": {"y": [7, 8]}, "constructor": "own"},
}


def evaluate(open_program: OpenProgram, expressions: list[str]) -> list[str]:
    """What each is, as JSON."""
    rows = "".join(f"<text class='it'>{{{{m.show({expression})}}}}</text>" for expression in expressions)
    program = open_program(
        {
            "index.axml": f'<import-sjs name="m" from="./show" />{rows}',
            "index.js": f"Page({{ data: {json.dumps(DATA)} }});",
            "show.sjs": SHOW,
        }
    )
    assert program.messages() == []
    assert program.errors == []
    return texts(program, ".it")


def test_expressions_are_those_of_the_language(open_program: OpenProgram) -> None:
    wanted = {
        "a + b * 2": "11",
        "(a + b) * 2": "14",
        "a + s": '"3ab"',
        "-a - -b": "1",
        "2 ** 3": "8",
        "7 % 4": "3",
        "a > 2 && b < 2 || no": "false",
        "nil ?? 'or'": '"or"',
        "yes ? no ? 1 : 2 : 3": "2",
        "!list.length": "false",
        "typeof s": '"string"',
        "typeof none": '"undefined"',
        "list[a - 1]": "3",
        "o['x']": "1",
        "o.deep.y[1]": "8",
        "[...list, 4]": "[1,2,3,4]",
        "{...o.deep, z: 1, 'k-l': 2, [s]: 3, a}": '{"y":[7,8],"z":1,"k-l":2,"ab":3,"a":3}',
        "s.toUpperCase()": '"AB"',
        "list.map(x => x * 2)": "[2,4,6]",
        "list.indexOf(2)": "1",
        "`${a}-${s}`": '"3-ab"',
        "'it\\'s'": '"it\'s"',
        "a === 3 && s !== 'x'": "true",
        "a == '3'": "true",
        "a & 1 | 4": "5",
        "a << 2 >>> 1": "6",
        "'x' in o": "true",
        ".5 + 1e3": "1000.5",
        "o?.x": "1",
        "(1, 2)": "2",
    }
    assert dict(zip(wanted, evaluate(open_program, list(wanted)), strict=True)) == wanted


def test_what_is_absent_is_undefined_however_deep(open_program: OpenProgram) -> None:
    absent = [
        "none",
        "none.a.b",
        "nil.x",
        "o.deep.q.r.s",
        "list[9].x",
        "none[0][1]",
        "none.f()",
        "o.nil.f(1).g",
        "undefined",
    ]
    assert evaluate(open_program, absent) == ["undefined"] * len(absent)


def test_the_machinery_behind_values_is_out_of_reach(open_program: OpenProgram) -> None:
    absent = [
        "list.constructor",
        "s['constructor']",
        "list.map.constructor",
        "list['__proto__']",
        "list.__proto__",
        "({}).__proto__",
        "m.show.constructor",
        "m.show.prototype",
        "m.show['con' + 'structor']",
        "list[['constructor']]",
        "o.__lookupGetter__",
        "constructor",
        "toString",
        "__proto__",
        "window",
        "my",
        "document",
        "globalThis",
        "this",
    ]
    seen = dict(zip(absent, evaluate(open_program, absent), strict=True))
    assert seen == dict.fromkeys(absent, "undefined")
    assert evaluate(open_program, ["o.constructor"]) == ['"own"']


def test_a_mistake_in_an_expression_is_reported_with_its_line_and_the_rest_drawn(draw: Draw) -> None:
    program = draw("<view>\n<text>a {{1 +}} b</text>\n<text>{{x ? 1}}</text>\n<text\n class='{{(}}'>c</text></view>")
    assert texts(program, "text")[2] == "c"
    places = [message.partition(" cannot be read")[0] for message in program.messages()]
    assert places == [f"{INDEX}:2:7: {{{{1 +}}}}", f"{INDEX}:3:7: {{{{x ? 1}}}}", f"{INDEX}:5:2: {{{{(}}}}"]


def test_an_error_in_an_expression_is_reported_with_both_places_and_the_rest_drawn(draw: Draw) -> None:
    program = draw(
        '<import-sjs name="m" from="./m" />\n<text>{{m.fail()}}</text><text>{{x.nothing()}}</text><text>end</text>',
        {"x": {}},
        {"m.sjs": "export default {\n  fail() { throw new Error('no'); },\n};"},
    )
    assert texts(program, "text") == ["", "", "end"]
    first, second = program.messages()
    assert first == f"{INDEX}:2:7: Error: no (thrown at pages/index/m.sjs:2)"
    assert second.startswith(f"{INDEX}:2:32: x.nothing is not a function.")


# Random expressions and what they are in Python.


@dataclass(frozen=True)
class Tree:
    """An expression: its text, how strongly it binds, and its value."""

    text: str
    strength: int
    value: Any

    def within(self, strength: int) -> str:
        """Return it as a part of one that binds as strongly as this."""
        return self.text if self.strength >= strength else f"({self.text})"


def _joined(operator: str, strength: int, value: Any, left: Tree, right: Tree) -> Tree:
    return Tree(f"{left.within(strength)} {operator} {right.within(strength + 1)}", strength, value)


def _chosen(test: Tree, yes: Tree, no: Tree) -> Tree:
    return Tree(f"{test.within(2)} ? {yes.within(1)} : {no.within(1)}", 1, yes.value if test.value else no.value)


def _numbers(trees: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.one_of(
        st.builds(lambda a, b: _joined("+", 12, a.value + b.value, a, b), trees, trees),
        st.builds(lambda a, b: _joined("-", 12, a.value - b.value, a, b), trees, trees),
        st.builds(lambda a, b: _joined("*", 13, a.value * b.value, a, b), trees, trees),
        st.builds(lambda a: Tree(f"- {a.within(15)}", 14, -a.value), trees),
        st.builds(lambda a, b, c, d: _chosen(_joined("<", 10, a.value < b.value, a, b), c, d), *[trees] * 4),
        st.builds(lambda a, b: _joined("||", 4, a.value or b.value, a, b), trees, trees),
        st.builds(lambda a, b: _joined("&&", 5, a.value and b.value, a, b), trees, trees),
        st.builds(
            lambda a, b, c: Tree(f"[{a.text}, {b.text}][{c.text} > 0 ? 1 : 0]", 20, [a, b][c.value > 0].value),
            *[trees] * 3,
        ),
        st.builds(lambda a: Tree(f"{{k: {{v: {a.text}}}}}.k.v", 20, a.value), trees),
    )


NUMBERS = st.recursive(
    st.one_of(
        st.integers(0, 9).map(lambda n: Tree(str(n), 20, n)),
        st.sampled_from(
            [Tree("a", 20, 3), Tree("c", 20, -5), Tree("list[1]", 20, 2), Tree("o.deep.y[0]", 20, 7)],
        ),
    ),
    _numbers,
    max_leaves=9,
)
BOOLEANS = st.one_of(
    st.builds(lambda a, b: _joined("<=", 10, a.value <= b.value, a, b), NUMBERS, NUMBERS),
    st.builds(lambda a, b: _joined("===", 9, a.value == b.value, a, b), NUMBERS, NUMBERS),
    st.builds(lambda a: Tree(f"!{a.within(15)}", 14, not a.value), NUMBERS),
)
TEXTS = st.builds(
    lambda quote, word, number: Tree(f"{quote}{word}{quote} + {number.within(13)}", 12, f"{word}{number.value}"),
    st.sampled_from("\"'"),
    st.text("abc <>{}?:/é😀", max_size=6),
    NUMBERS,
)


@OPENS_MANY
@given(st.lists(st.one_of(NUMBERS, BOOLEANS, TEXTS), min_size=40, max_size=40))
def test_an_expression_has_the_value_that_the_language_gives_it(open_program: OpenProgram, trees: list[Tree]) -> None:
    found = [json.loads(text) for text in evaluate(open_program, [tree.text for tree in trees])]
    assert found == [tree.value for tree in trees]


# Broken templates.

BROKEN = [
    # The template, what is said of it, what is drawn of it.
    ("<view>\n<text>a</view><text>end</text>", "2:1: <text> is not closed before </view>. Add </text>.", ["a", "end"]),
    ("<view><text>end</text>", "1:1: <view> is not closed before the file's end. Add </view>.", ["end"]),
    ("<text>a</text>\n</view><text>end</text>", "2:1: </view> closes nothing", ["a", "end"]),
    ("<text>a {{x</text><text>end</text>", "1:7: {{x has no closing braces", ["a 1", "end"]),
    ("<view\n<text>end</text></view>", '1:6: <view> lacks its ">"', ["end"]),
    ('<view id="v>\n<text>end</text></view>', '1:10: The value of "id" has no closing "', ["end"]),
    ("<text>a</text>\n<!-- no end <text>x</text>", "2:1: A comment has no end", ["a"]),
    ("<text>a</text\n><image>\n<text>end</text>", "2:2: <image> is not closed. Write <image ... />.", ["a", "end"]),
    ("<view {{x}}><text>end</text></view>", "1:7: {{x}} stands in <view> without a name", ["end"]),
]


def test_broken_templates_are_reported_with_their_lines_and_the_rest_drawn(draw: Draw) -> None:
    page = "".join(f"<view id='v{n}'><include src='./t{n}' /></view>" for n in range(len(BROKEN)))
    program = draw(page, {"x": 1}, {f"t{n}.axml": axml for n, (axml, _, _) in enumerate(BROKEN)})
    messages = program.messages()
    for n, (_, said, drawn) in enumerate(BROKEN):
        file = f"pages/index/t{n}.axml:"
        first = next(message for message in messages if message.startswith(file))
        assert first.removeprefix(file).startswith(said)
        assert texts(program, f"#v{n} text") == drawn


def test_names_in_upper_case_unquoted_values_and_self_closed_tags_are_understood(draw: Draw) -> None:
    program = draw(
        "<View ID=v class={{x}}><Text>a</Text><view class='empty'/><text A:IF={{true}}>b</text></View>", {"x": "k"}
    )
    assert texts(program, "view#v.k > text") == ["a", "b"]
    assert program.messages() == []


def test_an_unknown_tag_is_reported_with_the_nearest_name_and_drawn(draw: Draw) -> None:
    program = draw("<view>\n  <veiw class='k'><text>in it</text></veiw></view>")
    assert texts(program, "veiw.k > text") == ["in it"]
    (problem,) = program.problems
    assert (problem.kind, problem.file, problem.line) == ("tag", INDEX, 2)
    assert problem.message.startswith("There is no tag <veiw>. Is <view> meant?")


PIECES = st.sampled_from(
    [
        *"<>/={}'\"!- \n",
        *["{{", "}}", "</", "/>", "<!--", "-->", "<view", "<view>", "</view>", "<text>", "</text>", "<image>"],
        *["<block a:if=", "a:elif=", "a:else", "a:for=", "a:key=", " id=", "x", "x.y[0]", "x ? 1 : ", "...o", "(", ")"],
        *[
            "<template is=",
            "<template name=",
            "<slot",
            "<include src='./t1'",
            "<import-sjs",
            "<my-box>",
            "onTap=",
            "ref=",
        ],
        *[
            "style=",
            "data-a=",
            "&amp;",
            "é",
            "😀",
            "\u2028",
            "\0",
            "__proto__",
            "<script>",
            "<iframe src=",
            "a:for='{{99}}'",
        ],
    ]
)


@OPENS_MANY
@given(st.lists(st.lists(st.one_of(PIECES, PIECES, st.text(max_size=3)), max_size=20).map("".join), min_size=40))
def test_no_template_keeps_what_comes_after_it_from_being_drawn(open_program: OpenProgram, axmls: list[str]) -> None:
    axmls = [axml.encode("utf-8", "ignore").decode() for axml in axmls]
    page = "".join(f"<include src='./t{n}' /><view class='after' />" for n in range(len(axmls)))
    files = {f"t{n}.axml": axml for n, axml in enumerate(axmls)}
    program = open_program({**files, "index.axml": page, "index.js": "Page({ data: { x: 1, o: {} } });"})
    assert program.shown.locator("view.after").count() == len(axmls)
    assert program.errors == []
    assert all(problem.line for problem in program.problems)
