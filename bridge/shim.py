"""Where the files of `js/` are: in a checkout beside this package, in an installed one inside it."""

from __future__ import annotations

import json
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

__all__ = ["PARTS", "REMOVED", "file", "injected"]

PARTS = ("dialog.js", "consent.js")
"""What `my.js` loads on first need."""

REMOVED = """if (Symbol.for("bridge") in Object(window.my)) {
  delete window.my;
  delete window.AlipayJSBridge;
}
"""
"""A script that takes back what an injected `my.js` has put on the page."""


def file(name: str) -> Traversable:
    """Return the file of `js/` with this name."""
    packaged = resources.files("bridge").joinpath("js", name)
    return packaged if packaged.is_file() else Path(__file__).resolve().parent.parent / "js" / name


def injected(url: str) -> str:
    """Return `my.js` and all its parts as one script, for pages into which it is injected.

    Of several that are injected into a page, the last to run is the one that counts.

    Args:
        url: The address under which the server that they are to find has `my.js`.
    """
    # Each file finds what it needs on the element that it was loaded by. There is none here, so it gets one.
    parts = "".join(
        f"{file(name).read_text('utf-8')}\nscript.parts[{json.dumps(name)}] = Promise.resolve(script.bridge);\n"
        for name in PARTS
    )
    return (
        f"{REMOVED}(() => {{\n"
        f"const script = {{ src: {json.dumps(url)}, parts: {{}} }};\n"
        'Object.defineProperty(document, "currentScript", { configurable: true, value: script });\n'
        f"try {{\n{parts}{file('my.js').read_text('utf-8')}\n}} finally {{ delete document.currentScript; }}\n"
        "})();\n"
    )
