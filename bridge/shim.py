"""Where the files of `js/` are, and how the script is put together that a page loads as `my.js`.

In a checkout `js/` lies beside this package, in an installed one inside it.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from bridge.errors import SetupError

__all__ = ["NATIVE", "REMOVED", "file", "host", "injected", "native", "parts", "script"]

NATIVE = "native.js"
"""The part that shows mini programs: built from what is in `native`, with the npm packages that it needs."""

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
host.real = {{ setTimeout, clearTimeout, fetch: fetch.bind(window), now: performance.now.bind(performance) }};
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


def native() -> str:
    """Return the part that shows mini programs.

    Raises:
        SetupError: It is not built.
    """
    try:
        return file(f"built/{NATIVE}").read_text("utf-8")
    except FileNotFoundError as error:
        raise SetupError(
            f"the part {NATIVE}, which shows mini programs, is not built: "
            "`make serve` and `make test` build it, and so does `pip install .`"
        ) from error


def host(*, title: str, language: str, nonce: str) -> str:
    """Return the page that a mini program is shown in."""
    page = file("native/host.html").read_text("utf-8")
    return page.format(title=html.escape(title), language=html.escape(language), nonce=nonce)


def script(manifest: Mapping[str, Any], at_once: Iterable[str], url: str, *, is_host: bool = False) -> str:
    """Return what is served as `my.js`.

    Args:
        manifest: What the wallet has, for `my.js` to know.
        at_once: The parts that are needed before the next script of the page runs.
        url: Its address, for a script that is not told by its browser: a module.
        is_host: It is for the page of `host`, which shows a mini program.
    """
    return _together(manifest, at_once, url, then=f'host.part("{NATIVE}");' if is_host else "")


def injected(manifest: Mapping[str, Any], url: str) -> str:
    """Return `my.js` and all its parts as one script, for pages into which it is injected.

    Of several that are injected into a page, the last to run is the one that counts.

    Args:
        manifest: What the wallet has.
        url: The address under which the server that they are to find has `my.js`.
    """
    return REMOVED + _together(manifest, parts(), url)


def _together(manifest: Mapping[str, Any], names: Iterable[str], url: str, then: str = "") -> str:
    # Each file finds what it needs on the element that it was loaded by. Here one stands for all.
    files = [
        f"{file(f'parts/{name}').read_text('utf-8')}\nscript.parts[{json.dumps(name)}] = script.bridge;"
        for name in names
    ]
    files += [file("my.js").read_text("utf-8"), *([then] if then else [])]
    known = json.dumps(manifest, separators=(",", ":"))
    return _AROUND.format(url=json.dumps(url), manifest=known, files="\n".join(files))
