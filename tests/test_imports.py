"""The modules import one another in one direction only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "bridge"

# From the bottom to the top. A module may import those of the layers below its own.
LAYERS = [
    {"errors"},
    {"tomlfile", "clock", "store", "keys", "hosts", "certificates"},
    {"apis", "reroute"},
    {"profiles", "users", "outcomes", "messages", "state_file"},
    {"calls", "authority"},
    {"payloads", "effects", "redaction", "reading", "page_request", "miniprogram", "user_data", "gateway_plus_user"},
    {"network", "manifest"},
    {"defaults"},
    {"handlers", "wallet", "describe"},
    {"sheets", "asking"},
    {"script", "session", "exchange"},
    {"log", "gateway_faults", "gateway_plus", "gateway_cn_errors"},
    {"gateway_cn"},
    {"gateway"},
    {"guards", "pages", "connection", "shim", "report", "recording"},
    {"app"},
    {"server"},
    {"attach"},
    {"looking"},
    {"bridge"},
    {"site", "checks", "handler_file"},
    {"trace", "watch"},
    {"cli", "pytest_plugin"},
    {"__main__"},
]
LAYER = {module: height for height, layer in enumerate(LAYERS) for module in layer}

FOLDERS = {path.parent.name: path for path in PACKAGE.glob("*/__init__.py")}
FILES = {path.stem: path for path in PACKAGE.glob("*.py")} | FOLDERS
# The package's own `__init__` hands out what it offers, and so stands above all.
TREES = {module: ast.parse(path.read_text("utf-8")) for module, path in FILES.items() if module != "__init__"}
SANS_IO = ["errors", "outcomes", "calls", "messages", "payloads", "sheets", "effects", "session"]


def imports(tree: ast.Module) -> Iterator[str]:
    """Yield the dotted name of each module that is imported, anywhere in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            if node.module == PACKAGE.name:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            else:
                yield node.module


def own_imports(module: str) -> set[str]:
    """Return the modules of the package that a module imports; "" stands for what the package itself offers."""
    names = [(*name.split("."), "")[:2] for name in imports(TREES[module])]
    return {name if name in TREES else "" for package, name in names if package == PACKAGE.name}


@pytest.mark.parametrize("module", sorted(TREES))
def test_a_module_imports_only_from_below(module: str) -> None:
    assert module in LAYER, f"give {module} a place in LAYERS"
    assert [name for name in own_imports(module) if name and LAYER[name] >= LAYER[module]] == []


@pytest.mark.parametrize("module", sorted(TREES.keys() - {"cli", "pytest_plugin"}))
def test_the_package_itself_is_for_its_users(module: str) -> None:
    assert "" not in own_imports(module)


def test_a_session_knows_neither_handlers_nor_the_application() -> None:
    assert own_imports("session") == {
        *(
            "apis",
            "calls",
            "effects",
            "errors",
            "messages",
            "outcomes",
            "payloads",
            "profiles",
            "sheets",
            "users",
            "wallet",
        )
    }


@pytest.mark.parametrize("module", SANS_IO)
def test_what_decides_about_a_call_does_no_io(module: str) -> None:
    pure = {
        "collections",
        "dataclasses",
        "difflib",
        "enum",
        "fnmatch",
        "msgspec",
        "re",
        "typing",
        "__future__",
        "bridge",
    }
    assert {name.partition(".")[0] for name in imports(TREES[module])} <= pure


def test_only_the_command_prints() -> None:
    printing = {
        module
        for module, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == "print"
    }
    assert printing <= {"cli"}


def test_only_the_plugin_imports_pytest() -> None:
    assert {module for module, tree in TREES.items() if "pytest" in imports(tree)} <= {"pytest_plugin"}


def test_only_the_shim_knows_where_the_files_of_js_are() -> None:
    knowing = {
        module
        for module, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.search(r"(?<![\w.])js(/|$)", node.value)
    }
    assert knowing == {"shim"}
