"""The source folder of a mini program: what is in it, and what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bridge import miniprogram
from bridge.messages import Problem
from bridge.miniprogram import MiniProgram

WHOLE: dict[str, Any] = {
    "app.json": {"pages": ["pages/a/a", "pages/b/b"], "window": {"defaultTitle": "Shop"}},
    "app.js": "App({})",
    "pages/a/a.axml": "<view/>",
    "pages/a/a.js": "Page({})",
    "pages/b/b.axml": "<view/>",
    "pages/b/b.js": "Page({})",
}


def write(folder: Path, files: dict[str, Any]) -> Path:
    """Write files, those that are None not."""
    for name, text in files.items():
        if text is not None:
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(text, bytes):
                file.write_bytes(text)
            else:
                file.write_text(text if isinstance(text, str) else json.dumps(text, indent=2), "utf-8")
    return folder


def survey(folder: Path, files: dict[str, Any]) -> miniprogram.Survey:
    return MiniProgram(write(folder, {**WHOLE, **files})).read()


def problems(folder: Path, files: dict[str, Any]) -> list[Problem]:
    return survey(folder, files).sources.problems


def words(folder: Path, files: dict[str, Any]) -> list[str]:
    return [str(problem) for problem in problems(folder, files)]


def using(**components: Any) -> dict[str, Any]:
    return {"usingComponents": components}


def component(path: str, **components: Any) -> dict[str, Any]:
    """Return the files of a component that draws others."""
    drawn = "".join(f"<{tag} />" for tag in components)
    return {f"{path}.axml": drawn, f"{path}.js": "", f"{path}.json": {"component": True, **using(**components)}}


# Which folders are one.


@pytest.mark.parametrize(
    "files",
    [
        WHOLE,
        {"app.json": {"pages": []}, "about.html": ""},
        {"app.json": "{", "pages/a/a.axml": ""},
        {"client/pages/a/a.axml": ""},
    ],
)
def test_a_folder_with_app_json_or_with_templates_is_one(tmp_path: Path, files: dict[str, Any]) -> None:
    assert MiniProgram.at(write(tmp_path, files)) is not None


@pytest.mark.parametrize(
    "files",
    [
        {**WHOLE, "index.html": ""},
        {},
        {"app.json": {"pages": 1}},
        {"app.json": "[]"},
        {"about.html": "", "pages/a/a.axml": ""},
        {"node_modules/x/a.axml": "", ".git/b.axml": ""},
    ],
)
def test_a_folder_of_web_pages_is_none(tmp_path: Path, files: dict[str, Any]) -> None:
    assert MiniProgram.at(write(tmp_path, files)) is None


@pytest.mark.parametrize(
    ("app", "title"),
    [
        (WHOLE["app.json"], "Shop"),
        ({}, ""),
        ({"window": 1}, ""),
        ({"window": {"defaultTitle": 1}}, ""),
        (None, ""),
        ("[]", ""),
    ],
)
def test_its_title_is_that_of_its_window(tmp_path: Path, app: Any, title: str) -> None:
    assert MiniProgram(write(tmp_path, {"app.json": app})).title == title


# What is in it.


def test_its_sources_are_texts_and_all_else_is_named(tmp_path: Path) -> None:
    found = survey(tmp_path, {"logo.png": b"\x89PNG", "pages/a/a.less": "a {}", "pages/a/a.json": "\ufeff{}"})
    assert found.sources.files["pages/a/a.axml"] == "<view/>"
    assert found.sources.files["pages/a/a.json"] == "{}"
    assert found.sources.assets == ["logo.png", "pages/a/a.less"]
    assert (found.sources.problems, found.pages, found.components) == ([], ["pages/a/a", "pages/b/b"], [])


def test_what_holds_secrets_is_left_out(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", {"secret.js": "", "folder/secret.js": ""})
    folder = write(
        tmp_path / "app", {**WHOLE, ".env": "", ".git/x.js": "", "handler.py": "", "keys/a.js": "", "b:c.js": ""}
    )
    (folder / "link.js").symlink_to(tmp_path / "elsewhere" / "secret.js")
    (folder / "linked").symlink_to(tmp_path / "elsewhere" / "folder")
    (folder / "near.js").symlink_to(folder / "app.js")
    sources = MiniProgram(folder, private=[folder / "keys"]).read().sources
    assert {*sources.files, *sources.assets} == {*WHOLE, "near.js"}


def test_packages_that_are_named_are_read_and_those_that_these_name(tmp_path: Path) -> None:
    packages = {
        "one/index.js": "export * from '@two/x/es'",
        "one/readme.md": "",
        "one/logo.svg": "",
        "one/node_modules/nested/index.js": "",
        "one/es/a.js": "require('nested'); require('one')",
        "@two/x/es.js": "import three from 'three'; require('nested')",
        "@two/x/package.json": {"dependencies": {"tool": "1"}},
        "three/index.js": "",
        "four/index.acss": "",
        "five/a.axml": "",
        "six/a.js": "",
        "six/a.axml": "",
        "tool/index.js": "",
        "nested/other.js": "",
    }
    files = {f"node_modules/{name}": text for name, text in packages.items()}
    files |= {
        "package.json": {"dependencies": {"tool": "1"}},
        "data.json": ["tool"],
        "app.js": "require('one'); const name = 'tool'; import('absent')",
        "app.acss": "@import '~four/index.acss'; a { b: 'tool' }",
        "pages/a/a.axml": "<import src='five/a.axml'/>",
        "pages/a/a.json": using(six="six/a"),
        "x.sjs": "import y from './y'",
    }
    found = survey(tmp_path, files)
    read = {path for path in (*found.sources.files, *found.sources.assets) if path.startswith("node_modules/")}
    wanted = {name for name in packages if not name.startswith("tool/") and name != "one/readme.md"}
    assert read == {f"node_modules/{name}" for name in wanted}
    assert found.components == ["node_modules/six/a"]
    assert found.sources.problems == []


def test_packages_may_lie_above_the_folder(tmp_path: Path) -> None:
    write(tmp_path / "node_modules", {"x/index.js": "", "y/index.js": ""})
    write(tmp_path / "mini" / "node_modules", {"y/index.js": "nearer"})
    folder = write(tmp_path / "mini" / "src", {**WHOLE, "app.js": "require('x'); require('y/z')"})
    program = MiniProgram(folder)
    assert program.packages[:2] == [tmp_path / "mini" / "node_modules", tmp_path / "node_modules"]
    files = program.read().sources.files
    assert (files["node_modules/x/index.js"], files["node_modules/y/index.js"]) == ("", "nearer")


def test_packages_may_be_links_within_the_project(tmp_path: Path) -> None:
    store = {
        "one@1/node_modules/one/index.js": "require('two'); require('shared'); require('own')",
        "one@1/node_modules/one/node_modules/own/index.js": "",
        "two@1/node_modules/two/index.js": "require('one'); require('shared')",
        "shared@1/node_modules/shared/index.js": "",
    }
    folder = write(tmp_path / "app", {**WHOLE, "app.js": "require('one'); require('shared'); require('outside')"})
    modules = folder / "node_modules"
    write(modules / ".pnpm", store)
    write(tmp_path / "outside", {"index.js": ""})

    def link(place: Path, name: str) -> None:
        place.symlink_to(modules / ".pnpm" / f"{name}@1" / "node_modules" / name)

    for name in ("one", "shared"):
        link(modules / name, name)
    for place, name in (("one", "two"), ("one", "shared"), ("two", "one"), ("two", "shared")):
        link(modules / ".pnpm" / f"{place}@1" / "node_modules" / name, name)
    (modules / "outside").symlink_to(tmp_path / "outside")

    read = {path for path in MiniProgram(folder).read().sources.files if path.startswith("node_modules/")}
    assert read == {
        "node_modules/one/index.js",
        "node_modules/one/node_modules/own/index.js",
        "node_modules/one/node_modules/two/index.js",
        "node_modules/shared/index.js",
    }


# What cannot be read.


def test_what_is_not_utf_8_is_told_with_its_place_and_read_as_far_as_it_is(tmp_path: Path) -> None:
    found = survey(tmp_path, {"a.js": b"//\n// caf\xe9", "app.js": "require('x')", "node_modules/x/i.js": b"\xe9"})
    assert list(map(str, found.sources.problems)) == ["a.js:2:7: it is not UTF-8: save it as UTF-8"]
    assert found.sources.files["a.js"] == "//\n// caf\ufffd"
    assert found.sources.files["node_modules/x/i.js"] == "\ufffd"


def test_what_is_too_big_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(miniprogram, "MAX_FILE", 200)
    long = "/" * 201
    found = survey(tmp_path, {"a.js": long, "app.js": "require('x')", "node_modules/x/i.js": long})
    assert list(map(str, found.sources.problems)) == [
        "a.js: it has 201 bytes and is left out: a source has at most 200"
    ]
    assert found.sources.assets == ["a.js", "node_modules/x/i.js"]


def test_a_folder_that_is_too_big_is_read_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(miniprogram, "MAX_FILES", 3)
    (problem, *_) = problems(tmp_path, {})
    assert problem.message.startswith("the folder is too big: only the first 3 sources are read")
    assert problem.file == "pages/a/a.js"


def test_what_may_not_be_read_is_told(tmp_path: Path) -> None:
    write(tmp_path, WHOLE)
    (tmp_path / "lost.js").symlink_to(tmp_path / "nowhere.js")
    (tmp_path / "closed").mkdir()
    (problem,) = MiniProgram(tmp_path).read().sources.problems
    assert str(problem) == "lost.js: it cannot be read: No such file or directory"


def test_a_folder_that_has_gone_has_no_app_json(tmp_path: Path) -> None:
    (problem,) = MiniProgram(tmp_path / "gone").read().sources.problems
    assert problem.fatal
    assert str(problem).startswith("app.json: there is no app.json: a mini program has one, which lists its pages")


# app.json.


def test_an_app_json_elsewhere_is_named(tmp_path: Path) -> None:
    files: dict[str, Any] = {"client/dist/app.json": {}, "client/app.json": {}, "a/b/c/app.json": {}}
    assert words(tmp_path, {"app.json": None, **files}) == [
        "app.json: there is no app.json in this folder; did you mean ./client?"
    ]


def test_an_app_json_that_cannot_be_read_is_the_end(tmp_path: Path) -> None:
    write(tmp_path, {**WHOLE, "app.json": None})
    (tmp_path / "app.json").symlink_to(tmp_path / "nowhere.json")
    *_, problem = MiniProgram(tmp_path).read().sources.problems
    assert (problem.message, problem.fatal) == ("without app.json nothing can be shown", True)


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ('{"pages": ["a"],\n}', "1:16", "which has no comma after the last item"),
        ('{"pages": ["a", ] }', "1:15", "which has no comma after the last item"),
        ('{"a": 1 , }', "1:9", "which has no comma after the last item"),
        ('{\n  // the pages\n  "pages": []}', "2:3", "which has no comments"),
        ('{"pages": [] /* all */}', "1:14", "which has no comments"),
        ("{'pages': []}", "1:2", "which has double quotes"),
        ('{"pages": ["a"', "1:15", "it ends too early"),
        ('{"pages" ["a"]}', "1:10", "expecting ':' delimiter"),
        ('{"pages": NaN}', "1", "NaN is no number there"),
        ("[" * 100_000, "1", "it is nested too deep"),
    ],
)
def test_what_is_not_json_is_told_with_its_place(tmp_path: Path, text: str, place: str, reason: str) -> None:
    (problem,) = problems(tmp_path, {"app.json": text})
    assert str(problem).startswith(f"app.json:{place}: this is not JSON")
    assert reason in problem.message
    assert problem.fatal


@pytest.mark.parametrize(
    ("app", "words"),
    [
        ([], 'app.json: app.json holds an object: { "pages": [...] }'),
        ("", "app.json: it has no list of pages"),
        ({"window": {}, "pages": "a"}, "app.json:3:3: it has no list of pages"),
        ({"pages": []}, "app.json:2:3: it lists no page"),
        ({"pages": ["c/c"]}, "app.json:2:3: none of its pages is there"),
        ({"pages": [1]}, "app.json:2:3: none of its pages is there"),
    ],
)
def test_without_pages_nothing_can_be_shown(tmp_path: Path, app: Any, words: str) -> None:
    *_, problem = problems(tmp_path, {"app.json": app})
    assert str(problem).startswith(words)
    assert problem.fatal


def test_pages_that_lack_a_file_are_told_with_their_line(tmp_path: Path) -> None:
    app = {"pages": ["pages/a/a", "/pages/b/b", "pages/c/c", "pages/d/d", "pages/E/f", "pages/b/b", 7]}
    files = {"pages/c/c.axml": "", "pages/c/c.ts": "", "pages/d/d.wxml": "", "pages/d/d.js": ""}
    files["pages/e/f.axml"] = ""
    found = survey(tmp_path, {"app.json": app, **files})
    assert list(map(str, found.sources.problems)) == [
        "app.json:8:5: the page pages/b/b is listed twice",
        'app.json:2:3: a page is a path such as "pages/index/index", not 7',
        "app.json:5:5: the page pages/c/c has no pages/c/c.js, but pages/c/c.ts: "
        "compile it first, and serve what is made",
        "app.json:6:5: the page pages/d/d has no pages/d/d.axml, but pages/d/d.wxml: that is another platform's",
        "app.json:7:5: the page pages/E/f has no pages/E/f.axml; did you mean 'pages/e/f'?",
        "app.json:7:5: the page pages/E/f has no pages/E/f.js",
    ]
    assert not any(problem.fatal for problem in found.sources.problems)


def test_the_pages_of_subpackages_are_pages(tmp_path: Path) -> None:
    app = {"pages": ["pages/a/a"], "subPackages": [{"root": "pages/", "pages": ["b/b", "c/c"]}, {"root": "x"}, 1]}
    found = survey(tmp_path, {"app.json": app})
    assert found.pages == ["pages/a/a", "pages/b/b", "pages/c/c"]
    assert [problem.line for problem in found.sources.problems] == [10, 10]
    assert survey(tmp_path, {"app.json": {**app, "subPackages": {}}}).pages == ["pages/a/a"]


def test_tabs_are_pages(tmp_path: Path) -> None:
    items = [{"pagePath": "/pages/a/a"}, {"pagePath": "pages/b/c"}, {}, 1]
    app = {**WHOLE["app.json"], "tabBar": {"items": items}}
    assert words(tmp_path, {"app.json": app}) == [
        "app.json:15:21: the tab pages/b/c is not among the pages; did you mean 'pages/b/b'?"
    ]
    for bar in ({"items": 1}, {}, 1):
        assert words(tmp_path, {"app.json": {**app, "tabBar": bar}}) == []


def test_tabs_named_as_on_another_platform_are_told(tmp_path: Path) -> None:
    app = {**WHOLE["app.json"], "tabBar": {"list": [{"pagePath": "pages/a/a"}]}}
    assert words(tmp_path, {"app.json": app}) == [
        'app.json:10:5: the tabs are not in "list" but in "items", each with pagePath, name, icon and activeIcon: '
        "without them there is no tab bar"
    ]


def test_plugins_are_said_to_be_absent(tmp_path: Path) -> None:
    app = {**WHOLE["app.json"], "plugins": {"charts": {"version": "*"}}}
    uses = {"pages/a/a.json": using(bar="plugin://charts/bar", pie="dynamic-plugin://charts/pie")}
    assert words(tmp_path, {"app.json": app, **uses}) == [
        "app.json:10:5: the plugin charts is only on the platform: what it brings is not shown here",
        "pages/a/a.json:3:5: the component bar is that of a plugin, which is only on the platform",
        "pages/a/a.json:4:5: the component pie is that of a plugin, which is only on the platform",
    ]
    assert words(tmp_path, {"app.json": {**app, "plugins": []}, "pages/a/a.json": {}}) == []


# Components.


def test_components_are_found_near_from_the_root_and_in_packages(tmp_path: Path) -> None:
    files: dict[str, Any] = {
        "pages/a/a.json": using(
            near="./near", plain="near", top="/top/top", root="top/top.js", folder="../../boxed", ui="ui/list/index"
        ),
        **component("pages/a/near"),
        **component("top/top"),
        **component("boxed/index"),
        **component("node_modules/ui/list/index", item="../item/index", other="deep/x"),
        **component("node_modules/ui/item/index"),
        **component("node_modules/deep/x"),
        "app.json": {**WHOLE["app.json"], **using(near="pages/a/near")},
    }
    found = survey(tmp_path, files)
    assert found.sources.problems == []
    assert found.components == [
        *("boxed/index", "node_modules/deep/x", "node_modules/ui/item/index", "node_modules/ui/list/index"),
        *("pages/a/near", "top/top"),
    ]


def test_components_that_are_not_there_are_told_with_what_to_do(tmp_path: Path) -> None:
    uses = using(
        near="./carts", root="/parts/cart", folder="parts/x", near2="sub/nothing", npm="mini-antui/es/list/index"
    )
    uses["usingComponents"] |= {"scoped": "@acme/ui/x", "npm2": "ui/nothing", "odd": 1, "empty": ""}
    files = {**component("pages/a/cart"), "parts/y.js": "", "pages/a/sub/y.js": "", "node_modules/ui/index.js": ""}
    assert words(tmp_path, {"pages/a/a.json": uses, **files}) == [
        "pages/a/a.json:3:5: the component near has no file pages/a/carts.axml; did you mean 'pages/a/cart'?",
        "pages/a/a.json:4:5: the component root has no file parts/cart.axml; did you mean 'pages/a/cart'?",
        "pages/a/a.json:5:5: the component folder has no file pages/a/parts/x.axml; did you mean 'pages/a/cart'?",
        "pages/a/a.json:6:5: the component near2 has no file pages/a/sub/nothing.axml",
        "pages/a/a.json:7:5: the npm package mini-antui, which has the component npm, is not there: "
        "npm install mini-antui",
        "pages/a/a.json:8:5: the npm package @acme/ui, which has the component scoped, is not there: "
        "npm install @acme/ui",
        "pages/a/a.json:9:5: the component npm2 is not in the npm package ui: it has no ui/nothing.axml",
        "pages/a/a.json:10:5: the component odd is a path, not 1",
        "pages/a/a.json:11:5: the component empty has no file pages/a.axml; did you mean 'pages/a/a'?",
    ]


def test_a_package_that_is_not_there_is_told_once_for_all_its_components(tmp_path: Path) -> None:
    uses = {"pages/a/a.json": using(list="mini-antui/es/list/index", card="mini-antui/es/card/index")}
    assert words(tmp_path, uses) == [
        "pages/a/a.json:3:5: the npm package mini-antui, which has the component list, is not there: "
        "npm install mini-antui"
    ]


def test_wrong_json_of_a_page_or_component_is_told_once(tmp_path: Path) -> None:
    files = {**component("c"), "c.json": '{"a" 1}', "pages/a/a.json": using(c="/c"), "pages/b/b.json": using(c="/c")}
    assert words(tmp_path, files) == ["c.json:1:6: this is not JSON: expecting ':' delimiter"]
    assert words(tmp_path, {**files, "c.json": [1]}) == []


def test_a_circle_of_components_is_one_message(tmp_path: Path) -> None:
    files = {
        "pages/a/a.json": using(a="/c/a"),
        "pages/a/a.axml": "<view><a></a></view>",
        "pages/b/b.json": using(b="/c/b", a="/c/a"),
        "pages/b/b.axml": "<A/><b>",
        **component("c/a", b="./b", leaf="./leaf"),
        **component("c/b", a="./a", leaf="./leaf"),
        **component("c/leaf"),
    }
    assert words(tmp_path, files) == [
        "c/b.json:4:5: components draw one another in a circle: c/a → c/b → c/a; unless an a:if ends it, it has no end"
    ]


def test_a_component_that_draws_itself_or_only_names_another_is_no_circle(tmp_path: Path) -> None:
    files = {
        "pages/a/a.json": using(a="/c/a"),
        **component("c/a", a="./a", b="./b"),
        **component("c/b", a="./a"),
        "c/b.axml": "<ab/>",
    }
    assert words(tmp_path, files) == []
