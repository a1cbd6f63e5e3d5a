"""Scripts of mini programs: which file a name means, how modules see one another, and where their mistakes are."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from bridge import Problem
from tests.conftest import OpenProgram
from tests.programs import Program

Required = Callable[..., Any]
Broken = Callable[..., Problem]

INDEX = "pages/index/index.js"


@pytest.fixture
def required(open_program: OpenProgram) -> Required:
    """Return what an expression in the page's script gives there, after these lines."""

    def required(expression: str, files: dict[str, Any] | None = None, lines: str = "") -> Any:
        script = f"{lines}\nPage({{ data: {{ value: {expression} }} }});"
        program = open_program({"index.js": script, **(files or {})})
        assert program.messages() == []
        return program.data["value"]

    return required


@pytest.fixture
def broken(open_program: OpenProgram) -> Broken:
    """Return the only problem of a program whose page has this script."""

    def broken(script: str, files: dict[str, Any] | None = None) -> Problem:
        program = open_program({"index.js": script, **(files or {})})
        (problem,) = program.problems
        return problem

    return broken


# How modules see one another.


def test_a_file_may_be_an_es_module_and_a_common_js_module_at_once(required: Required) -> None:
    files = {
        "a.js": "const b = require('./b');\nimport c from './c';\nexport const sum = b.one + c;\n",
        "b.js": "exports.one = 1;",
        "c.js": "const two = 2;\nmodule.exports = two;",
    }
    assert required("sum", files, "import { sum } from './a'; const { one } = require('./b'); one;") == 3


def test_all_kinds_of_exports_can_be_imported(required: Required) -> None:
    files = {
        "m.js": """export default function named() { return 'd'; }
          export const a = 1; export let b; export function f() { return 'f'; } export class K {}
          const x = 5; export { x as y }; export * from './n'; export * as n from './n';
          export { default as nd } from './n'; b = 2;""",
        "n.js": "export const star = 's'; export default 'nd';",
    }
    lines = "import d, { a, b as bb, f } from './m';\nimport * as all from './m';"
    found = required("[d(), a, bb, f(), typeof all.K, all.y, all.star, all.n.star, all.nd]", files, lines)
    assert found == ["d", 1, 2, "f", "function", 5, "s", "s", "nd"]


def test_several_names_in_one_statement_are_all_exported(required: Required) -> None:
    files = {
        "m.js": """export const x = 2, y = 3;
export let a, b = [1, 2], c = (1, 2)
foo(1), a = 4;
export var { p, q: [r = f(1, 2)] } = { p: 7, q: [] }, g = function () { let i = 1, j = 2; return i + j; },
  t = `${[1, 2]},`, u = /,/.source, last
function f(m, n) { return m + n }
function foo() {}
export const h = () => y, k = { export: 1, of: [2, 3] };"""
    }
    found = required(
        "[x, y, a, b, c, p, r, g(), t, u, last, h(), k.export]",
        files,
        """
      import { x, y, a, b, c, p, r, g, t, u, last, h, k } from './m';""",
    )
    assert found == [2, 3, 4, [1, 2], 2, 7, 3, 3, "1,2,", ",", None, 3, 1]


def test_several_exported_names_are_not_global(required: Required) -> None:
    found = required("typeof y", {"m.js": "export const x = 2, y = 3;"}, "import './m';")
    assert found == "undefined"


def test_an_exported_variable_is_seen_as_it_is_now(required: Required) -> None:
    files = {"m.js": "export let one = 1, n = 1; export const more = () => { n += 1; };"}
    assert required("(more(), n)", files, "import { n, more } from './m';") == 2


def test_modules_that_require_one_another_in_a_circle_see_what_is_there_by_then(required: Required) -> None:
    files = {
        "a.js": "exports.early = 1; const b = require('./b'); exports.seen = b.seen; exports.late = 2;",
        "b.js": "const a = require('./a'); exports.seen = [a.early, typeof a.late]; exports.late = () => a.late;",
    }
    assert required("[a.seen, b.late()]", files, "const a = require('./a'), b = require('./b');") == [
        [1, "undefined"],
        2,
    ]


def test_exported_functions_are_there_from_the_beginning_in_a_circle(required: Required) -> None:
    files = {
        "a.js": """import { seen } from './b'; export { seen };
          export function one() { return 1; } export async function two() {} export function* three() {}
          export default function four() {}""",
        "b.js": """import four, { one, two, three } from './a';
          export const seen = [one(), four.name, two.name, three.name];""",
    }
    assert required("seen", files, "import { seen } from './a';") == [1, "four", "two", "three"]


def test_a_default_function_of_any_kind_is_known_by_its_name(required: Required) -> None:
    files = {
        "plain.js": "export default function plain() {}; export const own = plain.name;",
        "later.js": "export default async function later() {} // the end",
        "steps.js": "export default function* steps() { yield typeof steps; }",
    }
    lines = "import plain, { own } from './plain'; import later from './later'; import steps from './steps';"
    assert required("[own, plain.name, later.name, [...steps()]]", files, lines) == [
        *("plain", "plain", "later"),
        ["function"],
    ]


def test_a_variable_may_be_exported_that_has_the_name_of_a_function(required: Required) -> None:
    files = {"m.js": "function bem() { return 'van'; } export var bem = bem;"}
    assert required("bem()", files, "import { bem } from './m';") == "van"


def test_a_module_that_exports_its_default_alone_is_that(required: Required) -> None:
    files = {"m.js": "export default { a: 1 };", "f.js": "export default () => 2;", "data.json": '{"x": 3}'}
    lines = "import m, { a } from './m'; import f from './f'; import data from './data.json';"
    found = required(
        "[m.a, a, require('./m').a, require('./m').default.a, f(), require('./f')(), data.x]", files, lines
    )
    assert found == [1, 1, 1, 1, 2, 2, 3]


def test_modules_can_be_imported_later(open_program: OpenProgram) -> None:
    script = "Page({ async onLoad() { const { x } = await import('./m'); this.setData({ x }); } });"
    program = open_program({"index.axml": "<text>{{x}}</text>", "index.js": script, "m.js": "export const x = 1;"})
    expect(program.shown.locator("text")).to_have_text("1")


def test_a_module_runs_once(required: Required) -> None:
    files = {"m.js": "exports.n = (getApp().n = (getApp().n || 0) + 1);", "app.js": "App({});"}
    assert required("[require('./m').n, require('/pages/index/m.js').n, require('../index/m').n]", files) == [1, 1, 1]


def test_this_is_what_a_module_exports(required: Required) -> None:
    assert required("require('./m').x", {"m.js": "this.x = 1;"}) == 1


# Which file a name means.


FOUND = {
    "./m": "pages/index/m.js",
    "./n.js": "pages/index/n.js",
    "../m": "pages/m.js",
    "../../common/m": "common/m.js",
    "/shared/n": "shared/n.js",
    "/lib": "lib/index.js",
    "../../lib2/": "lib2/index.js",
    "./m.min": "pages/index/m.min.js",
    "/shared/a": "shared/a.json",
    "/shared/b.json": "shared/b.json",
    "package": "node_modules/package/index.js",
    "package/sub": "node_modules/package/sub.js",
    "package/folder": "node_modules/package/folder/index.js",
    "@scope/package": "node_modules/@scope/package/index.js",
    "@scope/package/a/b": "node_modules/@scope/package/a/b.js",
}
"""Which files names mean in pages/index/index.js."""


def test_a_name_means_a_file_near_or_of_the_program_or_of_a_package(required: Required) -> None:
    files = {
        path: json.dumps({"path": path}) if path.endswith("json") else f"exports.path = '{path}';"
        for path in FOUND.values()
    }
    names = ", ".join(f"'{name}': require('{name}').path" for name in FOUND)
    assert required(f"{{ {names} }}", files) == FOUND


def test_the_nearest_of_nested_packages_is_meant(required: Required) -> None:
    files = {
        "node_modules/a/index.js": "module.exports = require('b');",
        "node_modules/a/node_modules/b/index.js": "module.exports = 'inner';",
        "node_modules/b/index.js": "module.exports = 'outer';",
        "node_modules/c/index.js": "module.exports = require('b');",
    }
    assert required("[require('a'), require('b'), require('c')]", files) == ["inner", "outer", "outer"]


MAINS: list[tuple[dict[str, Any], str]] = [
    ({"main": "lib/a.js"}, "lib/a.js"),
    ({"main": "./lib"}, "lib/index.js"),
    ({"main": "lib/a"}, "lib/a.js"),
    ({"module": "es/a.js"}, "es/a.js"),
    ({"main": "gone.js"}, "index.js"),
    ({"main": "lib/a.js", "browser": "lib/b.js"}, "lib/b.js"),
    ({"main": "lib/a.js", "browser": {"./lib/a.js": "./lib/b.js"}}, "lib/b.js"),
    ({"exports": {".": {"import": "./no.mjs", "require": "./lib/c.js"}}}, "lib/c.js"),
    ({"exports": "./lib/c.js"}, "lib/c.js"),
]


def test_a_package_says_which_file_is_its_main_one(required: Required) -> None:
    files = {f"node_modules/p{n}/lib/a.js": "exports.path = 'lib/a.js';" for n in range(len(MAINS))}
    for n, (package, path) in enumerate(MAINS):
        files[f"node_modules/p{n}/package.json"] = json.dumps(package)
        files[f"node_modules/p{n}/{path}"] = f"exports.path = '{path}';"
    names = ", ".join(f"require('p{n}').path" for n in range(len(MAINS)))
    assert required(f"[{names}]", files) == [path for _, path in MAINS]


def test_a_package_may_have_other_files_for_browsers_or_none_at_all(required: Required) -> None:
    package = {
        "main": "index.js",
        "browser": {"./node.js": "./web.js", "fs": False, "./only.js": False, "http": "./web"},
    }
    files = {
        "node_modules/p/package.json": json.dumps(package),
        "node_modules/p/index.js": """exports.all = [
          require('./node'), require('fs'), require('./only.js'), require('http')];""",
        "node_modules/p/node.js": "module.exports = 'node';",
        "node_modules/p/only.js": "module.exports = 'only';",
        "node_modules/p/web.js": "module.exports = 'web';",
    }
    assert required("require('p').all", files) == ["web", {}, {}, "web"]


def test_a_package_may_export_its_inner_files_by_pattern(required: Required) -> None:
    files = {
        "node_modules/p/package.json": json.dumps({"exports": {".": "./x.js", "./*": "./lib/*.js", "./b": "./c.js"}}),
        "node_modules/p/lib/a.js": "exports.found = 'a';",
        "node_modules/p/c.js": "exports.found = 'c';",
    }
    assert required("[require('p/a').found, require('p/b').found]", files) == ["a", "c"]


# What is not there.


def test_a_missing_package_is_named_with_the_line_and_what_to_do(broken: Broken) -> None:
    problem = broken("const x = 1;\nconst dayjs = require('@scope/dayjs/locale/de');\nPage({});")
    assert (problem.kind, problem.file, problem.line) == ("module", INDEX, 2)
    assert problem.message == "The package @scope/dayjs is not there: npm install @scope/dayjs"


def test_a_missing_package_that_is_imported_is_named_with_the_line(broken: Broken) -> None:
    problem = broken(
        "import x from './x';\nPage({ x });", {"x.js": "\n\nimport day from 'dayjs';\nexport default day();"}
    )
    assert (problem.file, problem.line) == ("pages/index/x.js", 3)
    assert problem.message == "The package dayjs is not there: npm install dayjs"


def test_a_missing_file_of_a_package_that_is_there_is_named(broken: Broken) -> None:
    problem = broken("require('p/gone');", {"node_modules/p/package.json": "{}", "node_modules/p/index.js": ""})
    assert (problem.line, problem.message) == (1, 'The package p has no "p/gone"')


def test_a_missing_file_is_named_with_the_line(broken: Broken) -> None:
    problem = broken("\n\nfunction load() { return require('../gone'); }\nload();")
    assert (problem.kind, problem.file, problem.line) == ("module", INDEX, 3)
    assert problem.message == 'There is no module "../gone"'


def test_a_program_can_do_without_what_is_not_there(open_program: OpenProgram) -> None:
    program = open_program(
        {"index.js": "let x; try { x = require('./gone'); } catch (e) { x = e.message; }\nPage({ data: { x } });"}
    )
    assert "./gone" in program.data["x"]


# Mistakes.


UNREADABLE = {
    "a": ("const a = 1;\nconst b = ;\nPage({});", 2),
    "b": ("import a from './none';\nconst b = ;\nPage({});", 2),
    "c": ("\n\nPage({ data: { a: 1 b: 2 } });", 3),
    "d": ("export default 1;\nlet x = 1;\nlet x = 2;", 3),
    "e": ("Page({\n", 1),
    "f": ("export const a = 1,\n  b = [1 2];", 2),
}


def test_scripts_that_cannot_be_read_are_reported_with_their_lines(open_program: OpenProgram) -> None:
    script = f"for (const name of {list(UNREADABLE)}) try {{ require('./' + name); }} catch {{}}\nPage({{}});"
    files = {f"{name}.js": text for name, (text, _) in UNREADABLE.items()}
    program = open_program({**files, "index.js": script})
    problems = {str(problem.file)[-4]: problem for problem in program.problems}
    assert {name: problem.line for name, problem in problems.items()} == {
        name: line for name, (_, line) in UNREADABLE.items()
    }
    assert {problem.kind for problem in problems.values()} == {"module"}
    assert all(problem.message.startswith("This script cannot be read: ") for problem in problems.values())


def test_a_page_whose_script_cannot_be_read_is_reported_once(broken: Broken) -> None:
    problem = broken("Page({ data: { a: 1 b: 2 } });")
    assert (problem.kind, problem.file, problem.line) == ("module", INDEX, 1)


def test_a_module_that_throws_is_reported_with_its_line_and_those_that_it_was_required_from(broken: Broken) -> None:
    files = {"a.js": "import './b';", "b.js": "export {};\nfunction fail() {\n  throw new TypeError('no');\n}\nfail();"}
    problem = broken("import './a';\nPage({});", files)
    assert (problem.kind, problem.file, problem.line) == ("script", "pages/index/b.js", 3)
    assert problem.message == "TypeError: no"


STACK = """import { one } from './one';
export const here = 1;

Page({
  onLoad() {
    this.setData({ stack: one().stack });
  },
});"""


ONE = """const inner = () => {
  return new Error("x");
};
exports.one = function one() {
  return inner();
};"""


def test_stack_traces_have_the_names_and_lines_of_the_sources(open_program: OpenProgram) -> None:
    files = {"index.js": STACK, "one.js": ONE}
    stack = open_program(files).data["stack"]
    frames = re.findall(r"at (?:\S+\.)?(\w+) \((.*?):(\d+):\d+\)", stack)[:3]
    assert frames == [("inner", "pages/index/one.js", "2"), ("one", "pages/index/one.js", "5"), ("onLoad", INDEX, "6")]


AS_WEBKIT = """Error.prepareStackTrace = (error, frames) => frames.map((frame) => {
  const file = frame.getScriptNameOrSourceURL();
  const shown = /^https?:/.test(file) ? file : document.URL.split("#")[0];
  return `${frame.getFunctionName() ?? ""}@${shown}:${frame.getLineNumber()}:${frame.getColumnNumber()}`;
}).join("\\n");"""
"""Makes stack traces as WebKit does, where scripts without an address have that of the document."""


@pytest.fixture
def webkit(browser: Browser) -> Iterator[Page]:
    """A tab that has such stack traces."""
    tab = browser.new_page()
    tab.add_init_script(AS_WEBKIT)
    yield tab
    tab.close()


def test_places_are_found_where_stack_traces_do_not_name_scripts(open_program: OpenProgram, webkit: Page) -> None:
    files = {
        "index.js": "import { one } from './one';\nPage({\n  onLoad() {\n    this.setData({ one: one() });\n  },\n});",
        "one.js": "const two = require('./two');\n\nexport const one = () =>\n  two();\n",
        "two.js": "module.exports = function two() {\n  return null.x;\n};",
    }
    program = open_program(files, tab=webkit)
    (problem,) = program.problems
    assert (problem.kind, problem.file, problem.line, problem.column) == ("script", "pages/index/two.js", 2, 15)


def test_what_is_missing_is_found_there_too(open_program: OpenProgram, webkit: Page) -> None:
    program = open_program({"app.js": "App({});\n\n", "index.js": "const a = 1;\nrequire('./gone');"}, tab=webkit)
    assert {(problem.file, problem.line) for problem in program.problems} == {(INDEX, 2)}


def test_a_script_that_cannot_be_read_is_reported_with_its_line_there_too(
    open_program: OpenProgram, webkit: Page
) -> None:
    program = open_program({"app.js": "App({});\n\n", "index.js": "const a = 1;\nconst b = ;"}, tab=webkit)
    assert {(problem.file, problem.line) for problem in program.problems} == {(INDEX, 2)}


# Debuggers.


MAPPED = """\ufeff// héllo
import { a } from './a';
export const x = a, y = 2,
  z = "😀";
export default function shown() {
  return [x, y, z];
}
Page({ data: { x: shown() } });
"""


SCRIPTS = """() => {
  window.scripts = [];
  new MutationObserver((all) => {
    for (const { addedNodes } of all) for (const node of addedNodes) window.scripts.push(node.textContent);
  }).observe(document.head, { childList: true });
}"""


def test_a_debugger_sees_each_line_of_the_source(open_program: OpenProgram) -> None:
    scripts = debugged(open_program)
    assert "sourceMappingURL" not in scripts["pages/b/a.js"]  # its lines are those of the source
    script, source, positions = mapped(scripts["pages/b/b.js"])
    assert source == MAPPED.removeprefix("\ufeff")
    assert all(generated == original for generated, _, original, _ in positions)
    assert {original for _, _, original, _ in positions} == set(range(source.count("\n")))
    # The same words stand at both ends.
    ran, lines = script.split("\n"), source.split("\n")
    words = [("export", 2), ("return", 5), ("Page", 7)]
    for word, line in words:
        place = next((at, start) for at, start, of, column in positions if lines[of].startswith(word, column))
        assert place[0] == line
        assert word == "export" or ran[line].startswith(word, place[1])


def test_a_debugger_sees_it_where_stack_traces_do_not_name_scripts_too(open_program: OpenProgram, webkit: Page) -> None:
    scripts = debugged(open_program, tab=webkit)
    for file, word in {"pages/b/b.js": "Page", "pages/b/a.js": "exports.a"}.items():
        script, source, positions = mapped(scripts[file])
        above = len(script) - len(script.lstrip("\n"))
        assert above > 0
        assert all(generated == original + above for generated, _, original, _ in positions)
        ran, lines = script.split("\n"), source.split("\n")
        at, start = next((at, start) for at, start, of, column in positions if lines[of].startswith(word, column))
        assert ran[at].startswith(word, start)


def debugged(open_program: OpenProgram, **options: Any) -> dict[str, str]:
    """Open a page of two scripts; return what runs for each, by their files."""
    files = {"pages/b/b.js": MAPPED, "pages/b/b.axml": "<view />", "pages/b/a.js": "exports.a = 1;"}
    program = open_program(files, **options)
    program.page.evaluate(SCRIPTS)
    program.page.evaluate("my.navigateTo({ url: '/pages/b/b' })")
    assert program.data["x"] == [1, 2, "😀"]
    scripts: dict[str, str] = {
        re.findall(r"\n//# sourceURL=(.*)", script)[0]: script for script in program.page.evaluate("scripts")
    }
    assert set(scripts) == {"pages/b/b.js", "pages/b/a.js"}
    return scripts


def mapped(script: str) -> tuple[str, str, list[tuple[int, int, int, int]]]:
    """Return a script with the source and the positions that its source map tells."""
    (encoded,) = re.findall(r"\n//# sourceMappingURL=data:application/json;base64,(.*)", script)
    source_map = json.loads(base64.b64decode(encoded))
    assert source_map["sources"] == re.findall(r"\n//# sourceURL=(.*)", script)
    (source,) = source_map["sourcesContent"]
    return script, source, decoded(source_map["mappings"])


DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def decoded(mappings: str) -> list[tuple[int, int, int, int]]:
    """Return the positions of a source map: line and column of what runs, line and column of its source."""
    positions = []
    line = column = 0  # of the source
    for generated, segments in enumerate(mappings.split(";")):
        at = 0
        for segment in filter(None, segments.split(",")):
            fields = _numbers(segment)
            at += fields[0]
            if len(fields) > 1:
                line, column = line + fields[2], column + fields[3]
                positions.append((generated, at, line, column))
    return positions


def _numbers(segment: str) -> list[int]:
    numbers, value, shift = [], 0, 0
    for digit in map(DIGITS.index, segment):
        value |= (digit & 31) << shift
        shift += 5
        if not digit & 32:
            numbers.append(-(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    return numbers


# What they find around them.


def test_there_is_no_web_page(required: Required) -> None:
    names = """window document self location navigator localStorage sessionStorage history XMLHttpRequest alert fetch
      open top parent opener indexedDB caches EventSource Worker Image postMessage customElements""".split()
    seen = [*names, *(f"globalThis.{name}" for name in names)]
    assert required(f"[{', '.join(f'typeof {name}' for name in seen)}]") == ["undefined"] * len(seen)


def test_globalthis_is_the_global_object_of_packages(required: Required) -> None:
    assert required("[globalThis === global, globalThis.globalThis === global]") == [True, True]


def test_such_names_can_be_declared(required: Required) -> None:
    lines = "const location = 'Jakarta', history = [1]; let window = { x: 1 }; function alert() { return 'a'; }"
    assert required("[location, history, window.x, alert()]", {}, lines) == ["Jakarta", [1], 1, "a"]


@pytest.mark.parametrize("es", ["", "export {};"])
def test_scripts_are_not_strict(required: Required, es: str) -> None:
    lines = f"{es} function f() {{ return typeof this; }} var o = Object.freeze({{ a: 1 }}); o.a = 2; undeclared = 5;"
    assert required("[o.a, undeclared, f() !== 'undefined', 010]", {}, lines) == [1, 5, True, 8]


def test_a_script_may_say_that_it_is_strict(required: Required) -> None:
    assert required(
        "require('./m')()", {"m.js": "'use strict';\nmodule.exports = function () { return typeof this; };"}
    ) == ("undefined")


def test_packages_see_the_environment_and_the_global_object(required: Required) -> None:
    found = required("[process.env.NODE_ENV, typeof global.Promise, global.my === my, global.window === undefined]")
    assert found == ["development", "function", True, True]


def test_a_first_line_for_shells_and_marks_at_the_beginning_do_no_harm(required: Required) -> None:
    assert required("require('./m').x", {"m.js": "\ufeff#!/usr/bin/env node\nexports.x = 1;"}) == 1


def test_the_end_of_a_script_element_in_a_script_is_a_text(required: Required) -> None:
    assert required("require('./m')", {"m.js": "module.exports = '</script><!--<script>' // </script>"}) == (
        "</script><!--<script>"
    )


def test_nothing_needs_text_to_be_evaluated(open_program: OpenProgram, browser: Browser) -> None:
    tab = browser.new_page()

    def strictly(route: Route) -> None:
        response = route.fetch()
        policy = response.headers["content-security-policy"].replace("'unsafe-eval'", "")
        assert "nonce" in policy
        route.fulfill(response=response, headers={**response.headers, "content-security-policy": policy})

    tab.route(re.compile(r"/(\?.*)?$"), strictly)
    try:
        program: Program = open_program(
            {
                "index.axml": "<import-sjs name='m' from='./m' /><text a:for='{{list}}'>{{m.twice(item)}}</text>",
                "m.sjs": "export default { twice: (x) => x * 2 };",
                "index.js": """import { list } from './a';
                  let allowed = true;
                  try { new Function('return 1'); } catch { allowed = false; }
                  Page({ data: { list, allowed } });""",
                "a.js": "export const one = 1, list = [one, 2];",
            },
            tab=tab,
        )
        assert program.shown.locator("text").all_inner_texts() == ["2", "4"]
        assert program.data["allowed"] is False
        assert program.messages() == []
    finally:
        tab.close()
