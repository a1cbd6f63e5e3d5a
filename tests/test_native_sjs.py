"""Scripts of templates: what they find there, and what they do not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import OpenProgram
from tests.programs import Program

Value = Callable[..., tuple[Any, Program]]


@pytest.fixture
def value(open_program: OpenProgram) -> Value:
    """Return what `m.value()` of index.sjs gives, and the program."""

    def value(sjs: str, files: dict[str, Any] | None = None) -> tuple[Any, Program]:
        template = '<import-sjs name="m" from="./index.sjs" /><text>{{m.json(m.value())}}</text>'
        text = sjs + "\nexport const json = (v) => JSON.stringify(v) || 'undefined';"
        program = open_program({"index.axml": template, "index.sjs": text, **(files or {})})
        shown = program.shown.locator("text").inner_text()
        return (json.loads(shown) if shown not in ("undefined", "") else None), program

    return value


def test_get_reg_exp_makes_regular_expressions(value: Value) -> None:
    sjs = "export const value = () => ['a1b2'.replace(getRegExp('\\\\d', 'g'), '-'), getRegExp('B', 'i').test('b')];"
    assert value(sjs)[0] == ["a-b-", True]


def test_get_date_makes_dates(value: Value) -> None:
    sjs = """export const value = () => [
      getDate(2020, 1, 29, 12).getDate(), getDate(0).getTime(), getDate('2020-01-02T00:00:00Z').toISOString(),
      getDate().getFullYear() > 2000,
    ];"""
    assert value(sjs)[0] == [29, 0, "2020-01-02T00:00:00.000Z", True]


def test_modules_import_one_another(value: Value) -> None:
    files = {
        "near.sjs": "import { two } from '/lib/far'; export const one = 1; export { two };",
        "lib/far.sjs": "module.exports = { two: 2, three: 3 };",
        "lib/default.sjs": "export default function () { return 'default'; }",
    }
    sjs = """import { one, two } from './near.sjs';
    import * as far from '../../lib/far.sjs';
    import word from '/lib/default.sjs';
    const again = require('../../lib/far');
    export const value = () => [one, two, far.three, word(), again.three];"""
    found, program = value(sjs, files)
    assert found == [1, 2, 3, "default", 3]
    assert program.messages() == []


def test_several_names_in_one_statement_are_all_exported(value: Value) -> None:
    files = {"m.sjs": "export const a = [1, 2], b = (1, 3),\n  c = 4;"}
    assert value("import * as m from './m'; export const value = () => m;", files)[0] == {"a": [1, 2], "b": 3, "c": 4}


def test_a_module_is_run_once(value: Value) -> None:
    files = {
        "count.sjs": "const box = { n: 0 }; box.n++; export default box;",
        "b.sjs": "export { default } from './count';",
    }
    sjs = "import a from './count'; import b from './b'; b.n++; export const value = () => [a.n, a === b];"
    assert value(sjs, files)[0] == [2, True]


def test_modules_that_import_one_another_in_a_circle_run(value: Value) -> None:
    files = {
        "b.sjs": "import { a } from './a'; export const b = () => a() + 'b';",
        "a.sjs": "import { b } from './b'; export const a = () => 'a'; export const both = () => b();",
    }
    assert value("import { both } from './a'; export const value = () => both();", files)[0] == "ab"


def test_they_see_nothing_of_the_program(value: Value) -> None:
    names = "my App Page Component getApp getCurrentPages window document global globalThis process fetch localStorage"
    sjs = f"export const value = () => [{', '.join(f'typeof {name}' for name in names.split())}];"
    assert value(sjs)[0] == ["undefined"] * len(names.split())


def test_what_is_not_there_is_reported_and_nothing_in_its_place(value: Value) -> None:
    found, program = value("import x, { y } from '../x';\nexport const value = () => [typeof x, typeof y];")
    assert found == ["object", "undefined"]
    (message,) = program.messages()
    assert message.startswith('pages/index/index.sjs:1: There is no sjs module "../x".')


@pytest.mark.parametrize("text", ["export const x = ;", "module.exports = { a: 1, b: };"])
def test_one_that_cannot_be_read_is_reported_once_with_its_line(open_program: OpenProgram, text: str) -> None:
    files = {
        "index.axml": "<import-sjs name='m' from='./m' /><include src='./part' /><text>{{m.x}}</text>",
        "part.axml": "<import-sjs name='m' from='./m' /><text>{{m.x.y}}</text>",
        "m.sjs": f"\n{text}",
    }
    program = open_program(files)
    assert program.shown.locator("text").all_inner_texts() == ["", ""]
    (problem,) = program.problems
    assert (problem.kind, problem.file, problem.line) == ("module", "pages/index/m.sjs", 2)
    assert problem.message.startswith("This script cannot be read: ")


def test_one_that_throws_while_it_is_read_is_reported_with_its_line(open_program: OpenProgram) -> None:
    program = open_program(
        {
            "index.axml": "<import-sjs name='m' from='./m' /><text>{{m.x}}</text>",
            "m.sjs": "export const x = 1;\nnull.y;",
        }
    )
    assert program.shown.locator("text").all_inner_texts() == [""]
    (problem,) = program.problems
    assert (problem.file, problem.line) == ("pages/index/m.sjs", 2)
    assert len(program.errors) == 1


def test_a_place_in_the_first_line_has_the_right_column(open_program: OpenProgram) -> None:
    program = open_program(
        {"index.axml": "<import-sjs name='m' from='./m' /><text>end</text>", "m.sjs": "var x = 1; null.y;"}
    )
    (problem,) = program.problems
    assert (problem.file, problem.line, problem.column) == ("pages/index/m.sjs", 1, 17)
