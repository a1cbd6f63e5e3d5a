"""Where the files of `js/` are: in a checkout beside this package, in an installed one inside it."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

__all__ = ["PARTS", "file"]

PARTS = ("dialog.js",)
"""What `my.js` loads on first need."""


def file(name: str) -> Traversable:
    """Return the file of `js/` with this name."""
    packaged = resources.files("bridge").joinpath("js", name)
    return packaged if packaged.is_file() else Path(__file__).resolve().parent.parent / "js" / name
