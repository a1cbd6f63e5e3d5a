"""The wheel, built and installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bridge import profiles, users
from bridge.apis import declared

ROOT = Path(__file__).parent.parent


def test_the_installed_package_holds_my_js_byte_for_byte_and_brings_the_pytest_plugin(tmp_path: Path) -> None:
    def python(*arguments: str) -> str:
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=300).stdout

    # The wheel from the source distribution, as those who build it from the registry get it.
    python("-m", "build", "--no-isolation", "--outdir", str(tmp_path), str(ROOT))
    (wheel,) = tmp_path.glob("*.whl")
    python("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", "installed", str(wheel))
    installed = tmp_path / "installed"
    program = f"""
import sys; sys.path.insert(0, {str(installed)!r})
import bridge; from bridge import profiles, shim, users
assert bridge.__file__.startswith({str(installed)!r})
assert profiles.available() == {profiles.available()}
assert [user.id for user in users.built_in()] == {[user.id for user in users.built_in()]}
from bridge.apis import declared
assert len(declared()) == {len(declared())}
built = ("built/native.js", "built/LICENSES.txt", "native/host.html")
for name in ("my.js", "my.d.ts", *built, *(f"parts/{{part}}" for part in shim.parts())): print(shim.file(name))
assert "preact" in shim.file("built/LICENSES.txt").read_text("utf-8")
assert shim.native()
"""
    for path in map(Path, python("-c", program).split()):
        assert path.is_relative_to(installed)
        assert path.read_bytes() == (ROOT / "js" / path.relative_to(installed / "bridge" / "js")).read_bytes()
    assert (installed / "bridge" / "py.typed").exists()
    (entry_points,) = installed.glob("*.dist-info/entry_points.txt")
    assert "[pytest11]\nmybridge = bridge.pytest_plugin" in entry_points.read_text("utf-8")
