"""Mini programs for tests: tiny source folders, written and opened."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

from bridge import Bridge, Problem
from tests.conftest import Opened

__all__ = ["INDEX", "Program", "write"]

INDEX = "pages/index/index"
"""The page of a program that has only one."""


def write(folder: Path, files: dict[str, str | dict[str, Any]]) -> None:
    """Write the sources of a program.

    A name without a folder is a file of the only page: "index.axml" is "pages/index/index.axml"; those that start with
    "app." and what has a slash are in the root. Each page and component gets the script that it must have, and the
    program the app.json that lists its pages, where they are not given.
    """
    sources = {_path(name): text if isinstance(text, str) else json.dumps(text) for name, text in files.items()}
    stems = [name.removesuffix(".axml") for name in sources if name.endswith(".axml")]
    pages = sorted({stem for stem in stems if stem.startswith("pages/")} | {INDEX}, key=lambda page: page != INDEX)
    sources.setdefault(f"{INDEX}.axml", "<view>index</view>")
    sources.setdefault("app.json", json.dumps({"pages": pages}))
    for page in pages:
        sources.setdefault(f"{page}.js", "Page({});")
    for name, text in sources.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


def _path(name: str) -> str:
    in_root = "/" in name or name.startswith(("app.", "package.json", "mini.project.json"))
    return name if in_root else f"pages/index/{name}"


class Program(Opened):
    """A mini program that is open in a tab."""

    def __init__(self, page: Page, bridge: Bridge, url: str, folder: Path) -> None:
        super().__init__(page, bridge, url, folder)

    def rest(self) -> None:
        """Wait until nothing is under way any more."""
        self.bridge.current_page(self.page)

    @property
    def shown(self) -> Locator:
        """The page of the program that is on top."""
        return self.page.locator("page:visible")

    @property
    def data(self) -> Any:
        """The data of that page."""
        return self.bridge.page_data(self.page)

    @property
    def route(self) -> str:
        """The path of that page, once nothing is under way any more."""
        return self.bridge.current_page(self.page).route

    @property
    def stack(self) -> list[str]:
        """The addresses of all pages, the bottom first."""
        return list(self.bridge.current_page(self.page).stack)

    @property
    def noted(self) -> list[Any]:
        """What the program has put into `getApp().noted`."""
        self.rest()
        noted: list[Any] = self.page.evaluate("getApp().noted")
        return noted

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with it, once nothing is under way any more."""
        self.rest()
        return self.bridge.problems

    def messages(self) -> list[str]:
        """The same as text."""
        return [str(problem) for problem in self.problems]
