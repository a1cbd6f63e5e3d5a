"""The browser of the tests: where it is, and how `make test` gets one (`python -m tests.browser`)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.async_api import Playwright as AsyncPlaywright
from playwright.sync_api import Browser, Playwright, sync_playwright

__all__ = ["ARGUMENTS", "find", "launch", "launch_options"]

ARGUMENTS = [
    "--disable-gpu",
    # Nothing asks an outside host for anything.
    "--disable-background-networking",
    "--disable-component-update",
]

SYSTEM_BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]


def find(playwright: Playwright | AsyncPlaywright) -> str | None:
    """Return the browser to use: `BRIDGE_BROWSER`, Playwright's own, or the system's Chromium or Chrome."""
    if chosen := os.environ.get("BRIDGE_BROWSER"):
        path = shutil.which(chosen)
        if path is None:
            raise FileNotFoundError(f"BRIDGE_BROWSER is {chosen!r}, which is no program")
        return path
    own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    return next(filter(None, map(shutil.which, SYSTEM_BROWSERS)), None)


def launch(playwright: Playwright) -> Browser:
    """Start the browser, or fail: a browser test that cannot run has not passed."""
    return playwright.chromium.launch(**launch_options(playwright))


def launch_options(playwright: Playwright | AsyncPlaywright) -> dict[str, Any]:
    """Return what to start the browser with."""
    path = find(playwright)
    if path is None:
        raise FileNotFoundError("no browser: run `make browser`, or set BRIDGE_BROWSER to a Chromium or Chrome")
    # Chromium's sandbox does not work for root, as in most containers.
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return {"executable_path": path, "args": [*ARGUMENTS, *(["--no-sandbox"] if is_root else [])]}


def main() -> int:
    """Make sure that there is a browser."""
    attempts: list[list[str]] = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        attempts += [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]]
    with sync_playwright() as playwright:
        for command in [None, *attempts]:
            if command is not None:
                print("no browser yet:", " ".join(command), flush=True)
                try:
                    subprocess.run(command, check=False, timeout=600)
                except subprocess.TimeoutExpired:
                    print("this takes too long; going on without", flush=True)
            if path := find(playwright):
                print(f"browser: {path}")
                return 0
    print("there is no browser: install Chromium or Chrome, or set BRIDGE_BROWSER to one", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
