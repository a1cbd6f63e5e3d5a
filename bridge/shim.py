"""Where the files of `js/` are, and how the script is put together that a page loads as `my.js`.

In a checkout `js/` lies beside this package, in an installed one inside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

__all__ = ["REMOVED", "file", "injected", "parts", "script"]

REMOVED = """if (Symbol.for("bridge") in Object(window.my)) {
  delete window.my;
  delete window.AlipayJSBridge;
}
"""
"""A script that takes back what an injected `my.js` has put on the page."""

# A second script tag changes nothing, and a picture that is a document, such as an SVG, has no use for `my`. What pages
# put others in the place of, later parts find in `real`.
_AROUND = """(() => {{
if (Symbol.for("bridge") in Object(window.my) || !(document.createElement("i") instanceof HTMLElement)) return;
const element = document.currentScript;
const host = {manifest};
host.begin = Object.create(null);
host.real = {{ setTimeout, clearTimeout, fetch, now: performance.now.bind(performance) }};
const script = {{ src: element?.src || {url}, nonce: element?.nonce, host, parts: {{}} }};
Object.defineProperty(document, "currentScript", {{ configurable: true, value: script }});
try {{
{files}
}} finally {{ delete document.currentScript; }}
}})();
"""


def file(name: str) -> Traversable:
    """Return the file of `js/` with this name."""
    packaged = resources.files("bridge").joinpath("js")
    folder = packaged if packaged.is_dir() else Path(__file__).resolve().parent.parent / "js"
    return folder.joinpath(*name.split("/"))


def parts() -> list[str]:
    """Return the names of the files that `my.js` loads, or finds, beside itself."""
    return sorted(part.name for part in file("parts").iterdir())


def script(manifest: Mapping[str, Any], at_once: Iterable[str], url: str) -> str:
    """Return what is served as `my.js`.

    Args:
        manifest: What the wallet has, for `my.js` to know.
        at_once: The parts that are needed before the next script of the page runs.
        url: Its address, for a script that is not told by its browser: a module.
    """
    return _together(manifest, at_once, url)


def injected(manifest: Mapping[str, Any], url: str) -> str:
    """Return `my.js` and all its parts as one script, for pages into which it is injected.

    Of several that are injected into a page, the last to run is the one that counts.

    Args:
        manifest: What the wallet has.
        url: The address under which the server that they are to find has `my.js`.
    """
    return REMOVED + _together(manifest, parts(), url)


def _together(manifest: Mapping[str, Any], names: Iterable[str], url: str) -> str:
    # Each file finds what it needs on the element that it was loaded by. Here one stands for all.
    files = [
        f"{file(f'parts/{name}').read_text('utf-8')}\nscript.parts[{json.dumps(name)}] = script.bridge;"
        for name in names
    ]
    files.append(file("my.js").read_text("utf-8"))
    known = json.dumps(manifest, separators=(",", ":"))
    return _AROUND.format(url=json.dumps(url), manifest=known, files="\n".join(files))
