"""The source folder of a mini program: whether a folder is one, what is in it, and what is wrong with it.

The page runs what is in it; what it is told has the shape of `native.Sources` in the runtime's types. Here the folder
is read, with the npm packages that it names, and what can be known before anything runs is checked: app.json, the files
of pages and components. Nothing is changed, and no package is fetched.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any

import msgspec

from bridge.errors import nearest
from bridge.messages import Problem

__all__ = ["MiniProgram", "Sources", "Survey"]

APP = "app.json"

SOURCES = {".js", ".mjs", ".cjs", ".json", ".axml", ".acss", ".sjs"}
"""What is sent to the page as text. The rest it loads when it needs it."""

NOT_FOR_THE_PAGE = {".ts", ".tsx", ".map", ".md", ".markdown", ".flow", ".less", ".scss", ".yml", ".txt"}
"""What packages have besides, and no page loads."""

COMPILED = {".js": (".ts",), ".axml": (".wxml",), ".acss": (".less", ".scss", ".wxss")}
"""What other tools make such a file from, or other platforms have instead."""

MAX_FILE = 2 * 1024 * 1024
MAX_TOTAL = 64 * 1024 * 1024
MAX_FILES = 20_000

PARENTS = 3
"""So many folders above this one may have its packages: often it is `src`, or the miniprogramRoot of a project."""

NAME = r"(?:@[\w.~-]+/)?[\w~-][\w.~-]*"
"""Of an npm package."""

_MENTIONS = {
    ".js": re.compile(rf"""\b(?:from|import|require)\s*\(?\s*["'`]({NAME})(?=["'`/])"""),
    ".json": re.compile(rf'"({NAME})(?=["/])'),
    ".axml": re.compile(rf"""\b(?:src|from)\s*=\s*["']({NAME})(?=["'/])"""),
    ".acss": re.compile(rf"""@import\s*(?:url\()?\s*["']~?({NAME})(?=["'/])"""),
}
for _suffix in (".mjs", ".cjs", ".sjs"):
    _MENTIONS[_suffix] = _MENTIONS[".js"]


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """What a page is told: `native.Sources`."""

    files: dict[str, str]
    """The texts of the sources by their paths in the folder: "pages/index/index.js", "node_modules/x/es/a.js"."""
    assets: list[str]
    """The paths of all else."""
    problems: list[Problem]


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """A folder, read."""

    sources: Sources
    pages: list[str]
    """Without suffix, as app.json lists them."""
    components: list[str]
    """Those that pages and components use, as far as they are there."""


class MiniProgram:
    """A folder that is served as a mini program.

    Args:
        folder: Where it is.
        private: Files and folders that may lie there, and belong to nobody but the bridge.
    """

    def __init__(self, folder: Path, *, private: Iterable[Path] = ()) -> None:
        self.folder = folder.resolve()
        self._private = tuple(path.resolve() for path in private)

    @classmethod
    def at(cls, folder: Path, *, private: Iterable[Path] = ()) -> MiniProgram | None:
        """Return the mini program that a folder is, or seems to be meant as; None where it has pages of HTML."""
        if (folder / "index.html").is_file():
            return None
        program = cls(folder, private=private)
        if isinstance(program._app().get("pages"), list):
            return program
        has_pages = any(folder.glob("*.html"))
        looked_at = islice(program._walk(program.folder), MAX_FILES)
        meant = not has_pages and any(path.endswith(".axml") for path, _ in looked_at)
        return program if meant else None

    @property
    def packages(self) -> list[Path]:
        """The folders node_modules outside of this one that may have its packages; the nearest first."""
        return [parent / "node_modules" for parent in self.folder.parents[:PARENTS] if parent != parent.parent]

    @property
    def title(self) -> str:
        """What it calls itself, or ""."""
        window = self._app().get("window")
        title = window.get("defaultTitle") if isinstance(window, dict) else ""
        return title if isinstance(title, str) else ""

    def _app(self) -> dict[str, Any]:
        try:
            app = json.loads((self.folder / APP).read_text("utf-8-sig"))
        except (OSError, ValueError, RecursionError):
            return {}
        return app if isinstance(app, dict) else {}

    def read(self) -> Survey:
        """Read it anew, and check it."""
        reading = _Reading(self)
        reading.read()
        check = _Check(reading.files, reading.assets, reading.problems, reading.folders)
        check.run()
        sources = Sources(files=reading.files, assets=sorted(reading.assets), problems=reading.problems)
        return Survey(sources=sources, pages=check.pages, components=sorted(check.components))

    # The files.

    def _walk(self, folder: Path, prefix: str = "") -> Iterator[tuple[str, Path]]:
        """Yield the files below a folder, each with its path, without those that hold secrets and those of packages."""
        entries = _listed(folder)
        for entry in entries:
            if entry.name.startswith(".") or ":" in entry.name or entry.name.endswith(".py"):
                continue
            path = Path(entry.path)
            # What is walked is resolved already, as far as it is no link.
            real = path.resolve() if entry.is_symlink() else path
            if real != path and (entry.is_dir() or not real.is_relative_to(self.folder)):
                continue
            if any(real.is_relative_to(private) for private in self._private):
                continue
            if not entry.is_dir():
                yield prefix + entry.name, path
            elif entry.name != "node_modules":
                yield from self._walk(path, f"{prefix}{entry.name}/")


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


class _Package(msgspec.Struct, frozen=True):
    """A package, or the folder itself."""

    prefix: str
    """What the paths of its files begin with: "node_modules/x/", or ""."""
    real: Path
    is_link: bool = False
    """Then the packages that it needs lie beside the place that the link leads to."""


class _Reading:
    """Reads the files of one mini program."""

    def __init__(self, program: MiniProgram) -> None:
        self._program = program
        self.files: dict[str, str] = {}
        self.assets: set[str] = set()
        self.folders: set[str] = set()
        """Of the mini program itself."""
        self.problems: list[Problem] = []
        self._size = 0
        self._packages: dict[str, _Package] = {}
        self._full = False

    def read(self) -> None:
        """Read everything: the folder, then the packages that it names, then those that these name."""
        program = self._program
        self._read_all(_Package("", program.folder))
        for path in (*self.files, *self.assets):
            self.folders.update(map(str, PurePosixPath(path).parents))
        waiting = self._mentioned("", self.files)
        while waiting:
            path, name = waiting.pop()
            package = self._find(path, name)
            if package is None or package.prefix in self._packages:
                continue
            self._packages[package.prefix] = package
            waiting += self._mentioned(package.prefix, self._read_all(package))

    def _read_all(self, package: _Package) -> list[str]:
        """Read the files of a package, and return the paths of its sources."""
        own: list[str] = []
        for path, file in self._program._walk(package.real, package.prefix):
            suffix = file.suffix.lower()
            if suffix in SOURCES:
                self._read(path, file, quietly=bool(package.prefix))
                own += [path] if path in self.files else []
            elif not package.prefix or suffix not in NOT_FOR_THE_PAGE:
                self.assets.add(path)
        return own

    def _read(self, path: str, file: Path, *, quietly: bool) -> None:
        if self._full:
            return
        try:
            # Before it is read: there may be more than memory has.
            content = b"" if file.stat().st_size > MAX_FILE else file.read_bytes()
            size = file.stat().st_size
        except OSError as error:
            self.assets.add(path)
            self._note(f"it cannot be read: {error.strerror}", file=path)
            return
        if size > MAX_FILE:
            self.assets.add(path)
            if not quietly:
                self._note(f"it has {size} bytes and is left out: a source has at most {MAX_FILE}", file=path)
            return
        self._size += size
        if self._size > MAX_TOTAL or len(self.files) >= MAX_FILES:
            self._full = True
            self._note(
                f"the folder is too big: only the first {len(self.files)} sources are read, "
                f"as it takes {MAX_FILES} of {MAX_TOTAL} bytes together; serve the folder that app.json is in",
                file=path,
            )
            return
        try:
            self.files[path] = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self.files[path] = content.decode("utf-8", "replace")
            if not quietly:
                line, column = _place(content[: error.start].decode("utf-8", "replace"))
                self._note("it is not UTF-8: save it as UTF-8", file=path, line=line, column=column)

    def _note(self, message: str, **where: Any) -> None:
        self.problems.append(Problem(kind="folder", message=message, **where))

    # The packages.

    def _mentioned(self, prefix: str, paths: Iterable[str]) -> list[tuple[str, str]]:
        """Return the packages that files name, each with the prefix of the package that names it."""
        names: set[str] = set()
        for path in paths:
            text = self.files[path]
            pattern = _MENTIONS[PurePosixPath(path).suffix.lower()]
            if path.endswith(".json") and ("package.json" in path or "usingComponents" not in text):
                # What it names there is mostly for tools.
                continue
            names.update(pattern.findall(text))
        return [(prefix, name) for name in sorted(names)]

    def _find(self, prefix: str, name: str) -> _Package | None:
        """Return the package of this name that another one, or the folder itself, gets."""
        owners = []
        while owner := self._packages.get(prefix):
            owners.append(owner)
            prefix = prefix.rpartition("node_modules/")[0]
        shared = next(filter(None, (self._package(modules, name, "node_modules/") for modules in self._roots())), None)
        for owner in owners:
            beside = next((parent for parent in owner.real.parents if parent.name == "node_modules"), None)
            for modules in (owner.real / "node_modules", beside if owner.is_link else None):
                found = modules and self._package(modules, name, f"{owner.prefix}node_modules/")
                if found:
                    # Not once more, and deeper, where packages need one another.
                    known = (package for package in (*owners, shared) if package and package.real == found.real)
                    return next(known, found)
        return shared

    def _roots(self) -> list[Path]:
        return [self._program.folder / "node_modules", *self._program.packages]

    def _package(self, modules: Path, name: str, prefix: str) -> _Package | None:
        folder = modules / name
        if not folder.is_dir():
            return None
        real = folder.resolve()
        # A link may lead elsewhere in the project, and no further.
        if not any(real.is_relative_to(root.parent) for root in (modules, *self._roots()) if root.is_dir()):
            return None
        return _Package(f"{prefix}{name}/", real, is_link=real != modules.resolve() / name)


class _Check:
    """Finds what is wrong with a mini program before it runs."""

    def __init__(self, files: dict[str, str], assets: set[str], problems: list[Problem], folders: set[str]) -> None:
        self._files = files
        self._assets = assets
        self._folders = folders
        self._problems = problems
        self.pages: list[str] = []
        self.components: set[str] = set()
        # Of pages and components: which components they draw, and by which tags.
        self._drawn: dict[str, dict[str, str]] = {}
        # The npm packages that are missed, as far as that is told.
        self._absent: set[str] = set()

    def run(self) -> None:
        """Look at everything."""
        if APP not in self._files:
            if APP not in self._assets:
                self._note(f"there is no app.json{self._other_root()}", APP, fatal=True)
            else:
                # It is said already that it cannot be read; but not that nothing goes without it.
                self._note("without app.json nothing can be shown", APP, fatal=True)
            return
        app = self._json(APP)
        if not isinstance(app, dict):
            if app is not None:
                self._note('app.json holds an object: { "pages": [...] }', APP, fatal=True)
            else:
                # It is said already why, but not that nothing goes without it.
                self._problems[-1] = msgspec.structs.replace(self._problems[-1], fatal=True)
            return
        self._check_pages(app)
        self._check_tab_bar(app)
        self._check_plugins(app)
        self._check_components(APP, app)
        for page in self.pages:
            self._visit(page)
        self._check_circles()

    def _note(self, message: str, file: str, *needles: str, fatal: bool = False) -> None:
        """Note a problem at the place where these texts stand, one after the other, or without a line."""
        text = self._files.get(file, "")
        start = 0
        for needle in needles:
            found = text.find(json.dumps(needle, ensure_ascii=False), start)
            start = found if found >= 0 else start
        where: dict[str, Any] = {}
        if needles:
            where["line"], where["column"] = _place(text[:start])
        self._problems.append(Problem(kind="folder", message=message, file=file, fatal=fatal, **where))

    def _json(self, path: str) -> Any:
        """Return what a file holds, None where that cannot be read, {} where there is none. Say what is wrong."""
        text = self._files.get(path, "")
        try:
            return json.loads(text, parse_constant=_refuse) if text.strip() else {}
        except json.JSONDecodeError as error:
            message, at = _reason(text, error)
            line, column = _place(text[:at])
            self._problems.append(Problem(kind="folder", message=message, file=path, line=line, column=column))
        except (ValueError, RecursionError) as error:
            reason = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
            self._problems.append(Problem(kind="folder", message=f"this is not JSON: {reason}", file=path, line=1))
        return None

    def _other_root(self) -> str:
        """Say where the mini program may be instead."""
        roots = [path.removesuffix(f"/{APP}") for path in self._files if path.endswith(f"/{APP}")]
        roots = [root for root in roots if "node_modules/" not in f"{root}/"]
        if roots:
            return f" in this folder; did you mean ./{min(roots, key=lambda root: (root.count('/'), root))}?"
        return ': a mini program has one, which lists its pages: { "pages": ["pages/index/index"] }'

    # Pages.

    def _check_pages(self, app: dict[str, Any]) -> None:
        pages = app.get("pages")
        if not isinstance(pages, list) or not pages:
            wrong = "it lists no page" if pages == [] else "it has no list of pages"
            self._note(
                f'{wrong}: "pages" lists them, the first one first, as in {{ "pages": ["pages/index/index"] }}',
                APP,
                *(["pages"] if "pages" in app else []),
                fatal=True,
            )
            return
        listed = [("pages", "", page) for page in pages]
        packages = app.get("subPackages", app.get("subpackages"))
        for package in packages if isinstance(packages, list) else []:
            if isinstance(package, dict) and isinstance(package.get("pages"), list):
                root = str(package.get("root", "")).strip("/")
                listed += [(root, f"{root}/", page) for page in package["pages"]]
        places: dict[str, tuple[str, str]] = {}
        for after, root, page in listed:
            if not isinstance(page, str):
                self._note(f'a page is a path such as "pages/index/index", not {json.dumps(page)}', APP, "pages")
                continue
            path = normpath(root + page.lstrip("/"))
            if path in self.pages:
                self._note(f"the page {path} is listed twice", APP, after, page)
            else:
                self.pages.append(path)
                places[path] = after, page
        for path, needles in places.items():
            self._check_page(path, *needles)
        if not any(self._has(f"{page}.axml") and self._has(f"{page}.js") for page in self.pages):
            # It is the whole list that must be wrong.
            self._note("none of its pages is there with its .axml and its .js", APP, "pages", fatal=True)

    def _check_page(self, path: str, *needles: str) -> None:
        for suffix in (".axml", ".js"):
            if not self._has(path + suffix):
                self._note(f"the page {path} has no {path}{suffix}{self._instead(path, suffix)}", APP, *needles)

    def _instead(self, path: str, suffix: str) -> str:
        for other in COMPILED[suffix]:
            if self._has(path + other):
                what = "compile it first, and serve what is made" if other != ".wxml" else "that is another platform's"
                return f", but {path}{other}: {what}"
        stems = (file.removesuffix(suffix) for file in self._files if file.endswith(suffix))
        return nearest(path, (stem for stem in stems if stem not in self.pages))

    def _has(self, path: str) -> bool:
        return path in self._files or path in self._assets

    def _check_tab_bar(self, app: dict[str, Any]) -> None:
        bar = app.get("tabBar")
        if not isinstance(bar, dict):
            return
        if "list" in bar and "items" not in bar:
            message = (
                'the tabs are not in "list" but in "items", each with pagePath, name, icon and activeIcon: '
                "without them there is no tab bar"
            )
            self._note(message, APP, "tabBar", "list")
        items = bar.get("items")
        for item in items if isinstance(items, list) else []:
            path = item.get("pagePath") if isinstance(item, dict) else None
            if isinstance(path, str) and normpath(path.lstrip("/")) not in self.pages:
                message = f"the tab {path} is not among the pages{nearest(path, self.pages)}"
                self._note(message, APP, "tabBar", path)

    def _check_plugins(self, app: dict[str, Any]) -> None:
        plugins = app.get("plugins")
        for plugin in plugins if isinstance(plugins, dict) else {}:
            message = f"the plugin {plugin} is only on the platform: what it brings is not shown here"
            self._note(message, APP, "plugins", plugin)

    # Components.

    def _visit(self, owner: str) -> None:
        """Check the components of a page or component, and theirs."""
        waiting = [owner]
        while waiting:
            path = waiting.pop()
            if path in self._drawn:
                continue
            self._drawn[path] = {}
            used = self._check_components(f"{path}.json", self._json(f"{path}.json"))
            template = self._files.get(f"{path}.axml", "").lower()
            for tag, component in used.items():
                self.components.add(component)
                waiting.append(component)
                if re.search(rf"<{re.escape(tag.lower())}[\s/>]", template):
                    self._drawn[path][component] = tag

    def _check_components(self, file: str, holds: Any) -> dict[str, str]:
        """Return the components that a JSON file names, by their tags; say which ones are not there."""
        found: dict[str, str] = {}
        used = holds.get("usingComponents") if isinstance(holds, dict) else None
        for tag, name in used.items() if isinstance(used, dict) else ():
            if not isinstance(name, str):
                self._note(f"the component {tag} is a path, not {json.dumps(name)}", file, "usingComponents", tag)
            elif re.match(r"(?:dynamic-?)?plugin:", name, re.IGNORECASE):
                message = f"the component {tag} is that of a plugin, which is only on the platform"
                self._note(message, file, "usingComponents", tag)
            elif path := self._component(name, file):
                found[tag] = path
            elif (package := self._absent_package(name, file)) is None:
                self._note(self._missing(tag, name, file), file, "usingComponents", tag)
            elif package not in self._absent:
                # Once for all that is missed from it.
                self._absent.add(package)
                message = (
                    f"the npm package {package}, which has the component {tag}, is not there: npm install {package}"
                )
                self._note(message, file, "usingComponents", tag)
        return found

    def _component(self, name: str, file: str) -> str | None:
        candidates = self._candidates(name, file)
        return next((path for base in candidates for path in (base, f"{base}/index") if self._is_component(path)), None)

    def _candidates(self, name: str, file: str) -> Iterator[str]:
        name = re.sub(r"\.(?:js|axml|json)$", "", name)
        if name.startswith("/"):
            yield normpath(name.lstrip("/"))
            return
        folder = PurePosixPath(file).parent
        yield normpath(f"{folder}/{name}")
        if not name.startswith("."):
            yield normpath(name)
            for parent in (folder, *folder.parents):
                yield normpath(f"{parent}/node_modules/{name}")

    def _is_component(self, path: str) -> bool:
        return any(f"{path}{suffix}" in self._files for suffix in (".axml", ".js"))

    def _package(self, name: str, file: str) -> str | None:
        """Return the npm package that a component's name names, unless it is a path of the program's own."""
        first = normpath(name).split("/")[0]
        package = re.match(NAME, name)
        own = name.startswith((".", "/")) or first in self._folders
        own = own or f"{PurePosixPath(file).parent}/{first}" in self._folders
        return None if package is None or own else package[0]

    def _absent_package(self, name: str, file: str) -> str | None:
        package = self._package(name, file)
        if any(path.startswith(f"node_modules/{package}/") for path in (*self._files, *self._assets)):
            return None
        return package

    def _missing(self, tag: str, name: str, file: str) -> str:
        if package := self._package(name, file):
            return f"the component {tag} is not in the npm package {package}: it has no {name}.axml"
        path = next(self._candidates(name, file))
        axml = (known.removesuffix(".axml") for known in self._files if known.endswith(".axml"))
        return f"the component {tag} has no file {path}.axml{nearest(path, axml)}"

    def _check_circles(self) -> None:
        """Find components that draw one another. One that draws itself is a tree, which ends where its data does."""
        done: set[str] = set()
        for start in self._drawn:
            if start in done:
                continue
            path = [start]
            branches = [iter(self._drawn[start])]
            while branches:
                component = next(branches[-1], None)
                if component is None:
                    branches.pop()
                    done.add(path.pop())
                elif component in path:
                    self._note_circle(path[path.index(component) :])
                elif component not in done:
                    path.append(component)
                    branches.append(iter(self._drawn[component]))

    def _note_circle(self, circle: list[str]) -> None:
        if len(circle) > 1:
            message = (
                f"components draw one another in a circle: {' → '.join([*circle, circle[0]])}; "
                "unless an a:if ends it, it has no end"
            )
            self._note(message, f"{circle[-1]}.json", "usingComponents", self._drawn[circle[-1]][circle[0]])


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number there")


def _place(before: str) -> tuple[int, int]:
    """Return the line and column behind a text."""
    lines = before.split("\n")
    return len(lines), len(lines[-1]) + 1


def _reason(text: str, error: json.JSONDecodeError) -> tuple[str, int]:
    """Say what is wrong with a text that is not JSON, and where."""
    rest = text[error.pos :].lstrip()
    at = len(text) - len(rest)
    # Versions of Python differ in whether they point to the comma or to what follows it.
    comma = at if rest.startswith(",") else len(text[:at].rstrip()) - 1
    if rest.startswith(("//", "/*")):
        return "this is not JSON, which has no comments: take it out", at
    if text[comma : comma + 1] == "," and rest.removeprefix(",").lstrip().startswith(("}", "]")):
        return "this is not JSON, which has no comma after the last item: take it out", comma
    if rest.startswith("'"):
        return "this is not JSON, which has double quotes: write \" instead of '", at
    if not rest:
        return "this is not JSON: it ends too early, a bracket or a quote is missing", at
    message = error.msg[:1].lower() + error.msg[1:]
    return f"this is not JSON: {message}", at
