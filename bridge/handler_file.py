"""Finds the user's handlers: in a Python file or module, imported anew each time it is loaded."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from bridge.bridge import Bridge
from bridge.errors import HandlerError

__all__ = ["HandlerFile"]


class HandlerFile:
    """The file or module behind `--handler`.

    Args:
        target: "FILE.py", "FILE.py:NAME" or "MODULE:NAME". NAME is a `Bridge`, or a function that handles getAuthCode;
            without it, the file defines one `Bridge`.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        left, colon, right = target.rpartition(":")
        self._where, self._name = (left, right) if colon and right.isidentifier() else (target, "")
        self._path = Path(self._where).resolve() if self._where.endswith(".py") else None
        if self._path is None and not self._name:
            raise HandlerError(f"--handler takes FILE.py or MODULE:NAME, not {target!r}")
        self._files = set() if self._path is None else {self._path}
        # What is imported by now is not the user's to reload.
        self._not_ours = frozenset(sys.modules)

    @property
    def files(self) -> frozenset[Path]:
        """The files that the handlers come from: their own, what they import from its folder, and what failed to be."""
        return frozenset(self._files)

    def load(self) -> Bridge:
        """Import the file anew and return its bridge.

        Raises:
            HandlerError: It cannot be imported, or holds no bridge. One line; the cause is chained.
        """
        if self._path is not None and not self._path.is_file():
            raise HandlerError(f"there is no handler file {self._where}")
        folder = self._folder()
        for name, _ in self._modules(folder):
            del sys.modules[name]
        try:
            with _no_bytecode():
                module = self._import()
        except (Exception, SystemExit) as error:
            places = [place for place in _places(error) if place[0].is_relative_to(folder)]
            self._files.update(file for file, _ in places)
            if isinstance(error, ModuleNotFoundError) and error.name:
                self._files.add(folder / f"{error.name}.py")
            raise HandlerError(f"{self._shown(places)}: {_words(error)}") from error
        finally:
            self._files.update(file for _, file in self._modules(folder))
        return self._bridge_in(module)

    def _folder(self) -> Path:
        """Return the folder whose modules are reloaded with the handlers, importable from now on."""
        folder = Path.cwd() if self._path is None else self._path.parent
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
        importlib.invalidate_caches()
        if self._path is None:
            spec = importlib.util.find_spec(self._where.partition(".")[0])
            if spec is not None and spec.origin is not None:
                folder = Path(spec.origin).resolve().parent
        return folder

    def _modules(self, folder: Path) -> list[tuple[str, Path]]:
        """Return the modules that were imported from a folder for the handlers, with their files."""
        found = []
        for name in sys.modules.keys() - self._not_ours:
            file = getattr(sys.modules[name], "__file__", None)
            if file and Path(file).is_relative_to(folder) and "site-packages" not in Path(file).parts:
                found.append((name, Path(file).resolve()))
        return found

    def _import(self) -> ModuleType:
        if self._path is None:
            return importlib.import_module(self._where)
        # A name of its own: a handler file may well be called like a module that exists.
        spec = importlib.util.spec_from_loader(f"mybridge_handlers_{self._path.stem}", loader=None, origin=self._where)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        module.__file__ = str(self._path)
        sys.modules[spec.name] = module
        exec(compile(self._path.read_bytes(), str(self._path), "exec"), module.__dict__)
        return module

    def _bridge_in(self, module: ModuleType) -> Bridge:
        found: Any = vars(module).get(self._name)
        if self._name and found is None:
            raise HandlerError(f"{self._where} defines no {self._name!r}")
        if not self._name:
            bridges = {id(value): value for value in vars(module).values() if isinstance(value, Bridge)}
            if not bridges:
                raise HandlerError(f"{self._where} defines no Bridge; write: bridge = Bridge(), then @bridge.api(...)")
            if len(bridges) > 1:
                raise HandlerError(f"{self._where} defines {len(bridges)} bridges; name one: {self._where}:NAME")
            (found,) = bridges.values()
        if isinstance(found, Bridge):
            return found
        if callable(found):
            bridge = Bridge()
            bridge.api("getAuthCode")(found)
            return bridge
        raise HandlerError(f"{self.target} is neither a Bridge nor a function, but {found!r}")

    def _shown(self, places: list[tuple[Path, int]]) -> str:
        """Say where an error comes from: the innermost place in the user's own files."""
        if not places:
            return self._where
        file, line = places[-1]
        return f"{self._where if file == self._path else file}, line {line}"


@contextmanager
def _no_bytecode() -> Iterator[None]:
    """Import without writing caches: one is told from a newer source by whole seconds, and people save faster."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


def _places(error: BaseException) -> list[tuple[Path, int]]:
    """Return the files and lines that an error went through, the outermost first."""
    places = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError):
        places.append((error.filename or "", error.lineno))
    return [(Path(file).resolve(), line) for file, line in places if line is not None]


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}".rstrip(": ")
