"""What is written into other files from the declarations of the JSAPIs: `python -m tests.declared` does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from bridge import profiles
from bridge.apis import declared
from bridge.describe import markdown, typescript

ROOT = Path(__file__).parent.parent

PLACES: dict[Path, tuple[str, str, Callable[[], str]]] = {
    ROOT / "js" / "my.d.ts": (
        "    // From bridge/apis, by `make declared`:\n",
        "    // Until here.\n",
        lambda: typescript(declared().values()),
    ),
    ROOT / "README.md": (
        "<!-- From bridge/apis, by `make declared`: -->\n",
        "<!-- Until here. -->\n",
        lambda: markdown(profiles.load(profiles.DEFAULT_PROFILE).apis()),
    ),
}
"""Files, the lines between which the text stands, and what makes it."""


def written() -> Iterator[tuple[Path, str, str]]:
    """Yield each file, its text, and the text that it should have."""
    for path, (begin, end, make) in PLACES.items():
        text = path.read_text("utf-8")
        before, found, rest = text.partition(begin)
        _, found_end, after = rest.partition(end)
        assert found, f"{path.name} lacks the line {begin!r}"
        assert found_end, f"{path.name} lacks the line {end!r}"
        yield path, text, f"{before}{begin}{make()}{end}{after}"


if __name__ == "__main__":
    for path, _, text in written():
        path.write_text(text, "utf-8")
