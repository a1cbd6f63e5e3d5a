"""Custom components: what they are given, what they have, and when they are drawn."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.conftest import OpenProgram
from tests.programs import Program

APP = "App({ noted: [], note(...args) { this.noted.push(args.length > 1 ? args : args[0]); } });"


def component(name: str, axml: str, script: str = "Component({});", **json: Any) -> dict[str, Any]:
    """Return the files of a component."""
    return {
        f"components/{name}/{name}.axml": axml,
        f"components/{name}/{name}.js": script,
        f"components/{name}/{name}.json": {"component": True, **json},
    }


def using(*names: str) -> dict[str, Any]:
    """Return what a JSON file says of the components that are used."""
    return {"usingComponents": {name: f"/components/{name}/{name}" for name in names}}


def page(axml: str, script: str = "Page({});", *names: str) -> dict[str, Any]:
    """Return the files of a page that uses components."""
    return {"app.js": APP, "index.axml": axml, "index.js": script, "index.json": using(*(names or ("it",)))}


def set_data(program: Program, data: dict[str, Any]) -> None:
    """Set data of the page, and wait until all has come to rest."""
    program.page.evaluate("(data) => getCurrentPages().at(-1).setData(data)", data)
    program.rest()


# What a component is given.


def test_props_have_defaults(open_program: OpenProgram) -> None:
    program = open_program(
        {
            **page('<it name="Ann" count="{{2}}"/><it none="{{1}}" count="{{undefined}}"/>'),
            **component("it", "<view>{{name}} {{count}}</view>", "Component({ props: { name: 'nobody', count: 1 } });"),
        }
    )
    expect(program.shown.locator("view")).to_have_text(["Ann 2", "nobody 1"])


def test_props_in_kebab_case_are_those_in_camel_case(open_program: OpenProgram) -> None:
    program = open_program(
        {
            **page('<it user-name="Ann"/>'),
            **component("it", "<view>{{userName}}</view>", "Component({ props: { userName: '' } });"),
        }
    )
    expect(program.shown).to_have_text("Ann")


def test_a_prop_without_a_value_is_true(open_program: OpenProgram) -> None:
    program = open_program(
        {**page("<it open/>"), **component("it", "<view>{{open === true ? 'open' : 'shut'}}</view>")}
    )
    expect(program.shown).to_have_text("open")


def test_data_may_be_a_function_that_sees_the_props(open_program: OpenProgram) -> None:
    program = open_program(
        {
            **page('<it start="{{5}}"/>'),
            **component("it", "<view>{{n}}</view>", "Component({ data() { return { n: this.props.start + 1 }; } });"),
        }
    )
    expect(program.shown).to_have_text("6")


def test_instances_have_data_of_their_own(open_program: OpenProgram) -> None:
    script = """Component({
      data: { list: [] },
      methods: { add() { this.data.list.push(1); this.setData({ list: this.data.list }); } },
    });"""
    program = open_program(
        {**page("<it/><it/>"), **component("it", '<view onTap="add">{{list.length}}</view>', script)}
    )
    views = program.shown.locator("view")
    views.first.click()
    expect(views).to_have_text(["1", "0"])


def test_methods_run_with_the_instance(open_program: OpenProgram) -> None:
    script = """Component({
      data: { n: 1 },
      methods: { tap() { this.add(2); }, add(n) { this.setData({ n: this.data.n + n }); } },
    });"""
    program = open_program({**page("<it/>"), **component("it", '<view onTap="tap">{{n}}</view>', script)})
    program.shown.locator("view").click()
    expect(program.shown).to_have_text("3")


def test_functions_of_the_page_are_props_of_the_component(open_program: OpenProgram) -> None:
    program = open_program(
        {
            **page(
                '<it onPick="pick" data-id="{{7}}"/>',
                "Page({ pick(what) { getApp().note(what, this === getCurrentPages()[0]); } });",
            ),
            **component(
                "it",
                '<view onTap="tap">tap</view>',
                "Component({ methods: { tap() { this.props.onPick({ id: this.props['data-id'] }); } } });",
            ),
        }
    )
    program.shown.locator("view").click()
    assert program.noted[0][0] == {"id": 7}


def test_a_handler_of_the_page_that_is_missing_is_reported(open_program: OpenProgram) -> None:
    program = open_program(
        {
            **page('\n<it onPick="pik"/>', "Page({ pick() {} });"),
            **component(
                "it", '<view onTap="tap">tap</view>', "Component({ methods: { tap() { this.props.onPick(); } } });"
            ),
        }
    )
    program.shown.locator("view").click()
    program.rest()
    (problem,) = program.problems
    assert (problem.file, problem.line) == ("pages/index/index.axml", 2)
    assert problem.message == 'pages/index/index.js has no method "pik"; is pick meant?'


def test_what_a_component_is(open_program: OpenProgram) -> None:
    script = """Component({
      didMount() {
        const { note } = getApp();
        getApp().note(this.is, typeof this.$id, this.$page === getCurrentPages()[0], Object.keys(this.$slots));
      },
    });"""
    program = open_program(
        {**page('<it><view slot="top">a</view>b</it>'), **component("it", '<slot name="top"/><slot/>', script)}
    )
    [[path, kind, on_page, slots]] = program.noted
    assert (path, kind, on_page) == ("/components/it/it", "number", True)
    assert sorted(slots) == ["$default", "top"]


def test_slots_that_are_filled_are_known_to_the_template(open_program: OpenProgram) -> None:
    program = open_program(
        {
            **page('<it><view slot="top">top</view></it><it>inner</it>'),
            **component(
                "it",
                '<view class="it"><text a:if="{{$slots.top}}">has top</text>'
                '<text a:if="{{$slots.$default}}">has more</text></view>',
            ),
        }
    )
    expect(program.shown.locator(".it")).to_have_text(["has top", "has more"])


def test_ref_gives_the_instance_or_what_the_component_makes_of_it(open_program: OpenProgram) -> None:
    program = open_program(
        {
            **page(
                '<it ref="keep"/><other ref="keepOther"/>',
                """Page({
                  keep(it) { this.it = it; },
                  keepOther(it) { this.other = it; },
                  onReady() { this.it.add(); getApp().note(this.other); },
                });""",
                "it",
                "other",
            ),
            **component(
                "it",
                "<view>{{n}}</view>",
                "Component({ data: { n: 0 }, methods: { add() { this.setData({ n: 1 }); } } });",
            ),
            **component("other", "<view>other</view>", "Component({ ref() { return { only: 'this' }; } });"),
        }
    )
    expect(program.shown.locator("view").first).to_have_text("1")
    assert program.noted == [{"only": "this"}]


# Life cycles.

CYCLES = """Component({
  mixins: [{ didMount() { getApp().note("didMount of the mixin"); }, methods: { greet() { return "hello"; } } }],
  props: { n: 0 },
  data: { greeting: "" },
  onInit() { getApp().note("onInit", this.props.n, this.greet()); },
  deriveDataFromProps(next) { getApp().note("derive", this.props.n, next.n); this.setData({ double: next.n * 2 }); },
  didMount() { getApp().note("didMount"); },
  didUpdate(props, data) {
    getApp().note("didUpdate", [props.n, this.props.n], [data.double, this.data.double]);
  },
  didUnmount() { getApp().note("didUnmount"); },
});"""


def test_life_cycles_come_in_the_documented_order(open_program: OpenProgram) -> None:
    program = open_program(
        {
            **page('<it a:if="{{n < 9}}" n="{{n}}"/>', "Page({ data: { n: 1, other: 0 } });"),
            **component("it", "<view>{{double}}</view>", CYCLES),
        }
    )
    expect(program.shown).to_have_text("2")
    assert program.noted == [
        ["onInit", 1, "hello"],
        ["derive", 1, 1],
        "didMount of the mixin",
        "didMount",
    ]
    set_data(program, {"n": 2})
    assert program.noted[4:] == [["derive", 1, 2], ["didUpdate", [1, 2], [2, 4]]]
    expect(program.shown).to_have_text("4")
    set_data(program, {"other": 1})
    set_data(program, {"n": 2})
    assert len(program.noted) == 6
    set_data(program, {"n": 9})
    assert program.noted[6:] == ["didUnmount"]


def test_inner_components_are_there_before_outer_ones(open_program: OpenProgram) -> None:
    script = "Component({{ didMount() {{ getApp().note('{0}'); }}, didUnmount() {{ getApp().note('no {0}'); }} }});"
    program = open_program(
        {
            **page(
                '<outer a:if="{{on}}"/>', "Page({ data: { on: true }, onReady() { getApp().note('page'); } });", "outer"
            ),
            **component("outer", "<inner/>", script.format("outer"), **using("inner")),
            **component("inner", "<view>inner</view>", script.format("inner")),
        }
    )
    assert program.noted == ["inner", "outer", "page"]


def test_a_component_that_sets_data_whenever_it_is_updated_comes_to_rest(open_program: OpenProgram) -> None:
    script = """Component({
      data: { list: [{ a: 1 }] },
      didUpdate() {
        const { list } = this.data;
        getApp().note("updated");
        this.setData({ list, size: list.length, copy: [{ a: 1 }] });
      },
    });"""
    program = open_program(
        {**page('<it n="{{n}}"/>', "Page({ data: { n: 1 } });"), **component("it", "<view>{{size}}</view>", script)}
    )
    set_data(program, {"n": 2})
    expect(program.shown).to_have_text("1")
    assert 1 <= len(program.noted) <= 2


def test_didupdate_hears_of_data_too(open_program: OpenProgram) -> None:
    script = """Component({
      data: { n: 0 },
      didUpdate(props, data) { getApp().note(data.n, this.data.n); },
      methods: { tap() { this.setData({ n: 1 }); } },
    });"""
    program = open_program({**page("<it/>"), **component("it", '<view onTap="tap">{{n}}</view>', script)})
    program.shown.locator("view").click()
    expect(program.shown).to_have_text("1")
    program.shown.locator("view").click()
    assert program.noted == [[0, 1]]


def test_mixins_come_before_what_uses_them(open_program: OpenProgram) -> None:
    files = {
        "mixins/a.js": """export default {
          data: { a: 'a', who: 'a' }, props: { p: 1 }, methods: { m() { return 'a'; } },
        };""",
        "mixins/b.js": """import a from './a';
          export default { mixins: [a], data: { who: 'b' }, onInit() { this.b = 1; } };""",
    }
    script = """import b from "../../mixins/b";
      Component({
        mixins: [b],
        data: { own: 1 },
        methods: { m() { return "own"; } },
        didMount() { this.setData({ said: this.m() + this.b }); },
      });"""
    program = open_program(
        {**page("<it/>"), **component("it", "<view>{{a}} {{who}} {{own}} {{p}} {{said}}</view>", script), **files}
    )
    expect(program.shown).to_have_text("a b 1 1 own1")


def test_observers_hear_of_what_they_observe(open_program: OpenProgram) -> None:
    script = """Component({
      props: { n: 0 },
      data: { a: { b: 1 }, c: 1 },
      observers: {
        n(n) { this.setData({ seen: n }); },
        "a.b, c"(b, c) { getApp().note(b, c); },
      },
      methods: { tap() { this.setData({ "a.b": 2 }); this.setData({ other: 1 }); } },
    });"""
    program = open_program(
        {
            **page('<it n="{{n}}"/>', "Page({ data: { n: 1 } });"),
            **component("it", '<view onTap="tap">{{seen}}</view>', script, options={"observers": True}),
        }
    )
    set_data(program, {"n": 5})
    expect(program.shown).to_have_text("5")
    program.shown.locator("view").click()
    assert program.noted == [[2, 1]]


def test_an_error_in_a_life_cycle_is_reported_and_the_component_drawn(open_program: OpenProgram) -> None:
    program = open_program(
        {
            **page("<it/>"),
            **component("it", "<view>drawn</view>", "Component({\n  didMount() { throw new Error('no'); },\n});"),
        }
    )
    expect(program.shown).to_have_text("drawn")
    (problem,) = program.problems
    assert (problem.file, problem.line, problem.page) == ("components/it/it.js", 2, "pages/index/index")


# Drawing.


def test_data_of_a_component_does_not_draw_its_page(open_program: OpenProgram) -> None:
    count = "let drawn = 0; export default { up: () => { drawn += 1; return drawn; } };"
    script = "Component({ data: { n: 0 }, methods: { tap() { this.setData({ n: this.data.n + 1 }); } } });"
    program = open_program(
        {
            **page('<import-sjs from="./count.sjs" name="count"/><text>{{count.up()}}</text><it/>'),
            "pages/index/count.sjs": count,
            **component("it", '<view onTap="tap">{{n}}</view>', script),
        }
    )
    program.shown.locator("view").click()
    expect(program.shown.locator("view")).to_have_text("1")
    expect(program.shown.locator("text")).to_have_text("1")


def test_data_of_a_page_does_not_draw_components_that_get_none_of_it(open_program: OpenProgram) -> None:
    count = "let drawn = 0; export default { up: () => { drawn += 1; return drawn; } };"
    program = open_program(
        {
            **page('<text>{{n}}</text><it fixed="a"/>', "Page({ data: { n: 0 } });"),
            **component("it", '<import-sjs from="./count.sjs" name="count"/><view>{{count.up()}}</view>'),
            "components/it/count.sjs": count,
        }
    )
    set_data(program, {"n": 1})
    expect(program.shown.locator("text")).to_have_text("1")
    expect(program.shown.locator("view")).to_have_text("1")


def test_components_in_a_list_keep_their_state_by_its_key(open_program: OpenProgram) -> None:
    script = "Component({ data: { n: 0 }, methods: { tap() { this.setData({ n: this.data.n + 1 }); } } });"
    program = open_program(
        {
            **page(
                '<it a:for="{{list}}" a:key="id" name="{{item.id}}"/>',
                "Page({ data: { list: [{ id: 'a' }, { id: 'b' }] } });",
            ),
            **component("it", '<view onTap="tap">{{name}} {{n}}</view>', script),
        }
    )
    program.shown.get_by_text("b 0").click()
    expect(program.shown.locator("view")).to_have_text(["a 0", "b 1"])
    set_data(program, {"list": [{"id": "b"}, {"id": "c"}, {"id": "a"}]})
    expect(program.shown.locator("view")).to_have_text(["b 1", "c 0", "a 0"])


def test_objects_that_the_page_has_written_to_reach_the_component(open_program: OpenProgram) -> None:
    program = open_program(
        {
            **page(
                '<it user="{{user}}"/>',
                "Page({ data: { user: { name: 'Ann' } }, "
                "go() { this.data.user.name = 'Bob'; this.setData({ user: this.data.user }); } });",
            ),
            **component("it", "<view>{{user.name}}</view>"),
        }
    )
    program.page.evaluate("getCurrentPages()[0].go()")
    expect(program.shown).to_have_text("Bob")


def test_components_are_queried_by_themselves(open_program: OpenProgram) -> None:
    script = """Component({
      didMount() {
        my.createSelectorQuery().in(this).selectAll(".a").fields({ dataset: true }).exec(([found]) => {
          getApp().note(found.map(({ dataset }) => dataset.of));
        });
      },
    });"""
    program = open_program(
        {
            **page('<view class="a" data-of="page"/><it n="1"/><it n="2"/>'),
            **component(
                "it", '<view class="a" data-of="{{n}} root"><text class="a" data-of="{{n}} inner"/></view>', script
            ),
        }
    )
    program.page.wait_for_function("getApp().noted.length === 2")
    assert sorted(program.noted) == [["1 root", "1 inner"], ["2 root", "2 inner"]]


# Where they are from.


def test_a_component_of_a_package_is_used(open_program: OpenProgram) -> None:
    program = open_program(
        {
            **page("<it/><app-it/>"),
            "index.json": {"usingComponents": {"it": "kit/es/it/index"}},
            "app.json": {"pages": ["pages/index/index"], "usingComponents": {"app-it": "kit/es/it/index"}},
            "node_modules/kit/package.json": {"name": "kit"},
            "node_modules/kit/es/it/index.json": {"component": True, "usingComponents": {"icon": "../icon/index"}},
            "node_modules/kit/es/it/index.axml": "<view>of the kit <icon/></view>",
            "node_modules/kit/es/it/index.js": "import text from '../text'; Component({ data: { text } });",
            "node_modules/kit/es/text.js": "export default 'text';",
            "node_modules/kit/es/icon/index.json": {"component": True},
            "node_modules/kit/es/icon/index.axml": "<text>icon</text>",
            "node_modules/kit/es/icon/index.js": "Component({});",
        }
    )
    expect(program.shown.locator("view")).to_have_text(["of the kit icon", "of the kit icon"])
    assert program.problems == ()


def test_a_component_that_is_not_there_is_reported_once_and_draws_nothing(open_program: OpenProgram) -> None:
    program = open_program({**page("<view>page</view><it/><it/>")})
    expect(program.shown).to_have_text("page")
    program.rest()
    assert {(it.kind, it.file) for it in program.problems} == {("folder", "pages/index/index.json")}


def test_a_component_may_contain_itself_as_far_as_there_is_something(open_program: OpenProgram) -> None:
    program = open_program(
        {
            **page('<it node="{{tree}}"/>', "Page({ data: { tree: { name: 'a', inner: { name: 'b' } } } });"),
            **component(
                "it", '<view>{{node.name}}<it a:if="{{node.inner}}" node="{{node.inner}}"/></view>', **using("it")
            ),
        }
    )
    expect(program.shown).to_have_text("ab")


def test_a_component_that_contains_itself_without_end_is_cut(open_program: OpenProgram) -> None:
    program = open_program({**page("<it/>"), **component("it", "<text>a</text><it/>", **using("it"))})
    expect(program.shown.locator("text").first).to_have_text("a")
    program.rest()
    (problem,) = [it for it in program.problems if "again and again" in it.message]
    assert "components/it/it" in problem.message


def test_a_component_hears_of_what_its_functions_throw(open_program: OpenProgram) -> None:
    script = """Component({
      didMount() { throw new Error("mounted"); },
      onError(error) { getApp().note(`${this.props.name}: ${error.message}`); },
      methods: {
        tap() { this.inner(); },
        inner() { throw new Error("tapped"); },
        careful() { try { this.inner(); } catch (error) { getApp().note("caught"); } },
      },
    });"""
    axml = "<view id='tap' onTap='tap'>a</view><view id='careful' onTap='careful'>b</view>"
    program = open_program({**page("<it name='Ann' />"), **component("it", axml, script)})
    program.shown.locator("#tap").click()
    program.shown.locator("#careful").click()
    assert program.page.evaluate("getApp().noted") == ["Ann: mounted", "Ann: tapped", "caught"]
    assert [problem.message for problem in program.problems] == ["Error: mounted", "Error: tapped"]
