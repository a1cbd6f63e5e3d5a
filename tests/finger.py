"""A finger on the screen of a tab that has a touch screen."""

from __future__ import annotations

from playwright.sync_api import Page

__all__ = ["swipe"]


def swipe(page: Page, x: float, y: float, to_x: float, to_y: float) -> None:
    """Move a finger over the screen."""
    finger = page.context.new_cdp_session(page)
    path = [(x + (to_x - x) * part / 5, y + (to_y - y) * part / 5) for part in range(6)]
    for i, (at_x, at_y) in enumerate(path):
        kind = "touchMove" if i else "touchStart"
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at_x, "y": at_y}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    finger.detach()
