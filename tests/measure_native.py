"""Measures what a native mini program costs in the browser: `make measure`.

Time to the first element, beside a bare page that loads `my.js` and draws the same; and `setData` on a list of 1,000
rows, beside bare Preact with the same rows, in the same run.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bridge import Bridge
from tests import browser as browsers
from tests.programs import write

ROUNDS = 15
ROWS = 1000

PREACT = Path(__file__).parent.parent / "js" / "node_modules" / "preact" / "dist" / "preact.mjs"

FIRST = {"index.axml": "<view id='first'>{{text}}</view>", "index.js": "Page({ data: { text: 'Hello' } });"}
FIRST_BARE = "<!doctype html><body><script>document.body.innerHTML = \"<div id='first'>Hello</div>\"</script>"

# From the beginning of the navigation to the frame in which the element is there.
WATCH = """(() => {
  const look = () => {
    if (document.querySelector("#first")) window.took = performance.now();
    else requestAnimationFrame(look);
  };
  look();
})()"""

LIST = {
    "index.axml": """<view a:for="{{rows}}" a:key="id" class="row {{item.on ? 'on' : ''}}" data-id="{{item.id}}"
  onTap="tap"><text>{{index}}: {{item.name}}</text></view>""",
    "index.js": "Page({ data: { rows: [] }, tap() {} });",
}

# Preact's own rendering with the same rows, keys and handlers. One frame may pass until it has rendered.
BARE = """
import { h, render, Component } from "./preact.js";
const tap = () => {};
class List extends Component {
  state = { rows: [] };
  componentDidMount() {
    window.list = this;
  }
  render(_, { rows }) {
    return rows.map((item, index) => h("view", { key: item.id, class: `row ${item.on ? "on" : ""}`, onClick: tap },
      h("text", null, `${index}: ${item.name}`)));
  }
}
render(h(List), document.body);
"""

ALL = f"Array.from({{ length: {ROWS} }}, (_, id) => ({{ id, name: `row ${{id}} of ${{n}}`, on: false }}))"

OURS = """async (n) => {
  const page = getCurrentPages()[0];
  const set = (patch) => new Promise((done) => {
    const began = performance.now();
    page.setData(patch, () => done(performance.now() - began));
  });
  return [await set({ rows: ALL }), await set({ [`rows[${n}].on`]: true })];
}""".replace("ALL", ALL)

THEIRS = """async (n) => {
  const set = (patch) => new Promise((done) => {
    const began = performance.now();
    list.setState(patch, () => done(performance.now() - began));
  });
  const rows = ALL;
  return [await set({ rows }), await set({ rows: rows.map((row, i) => (i === n ? { ...row, on: true } : row)) })];
}""".replace("ALL", ALL)


def milliseconds_to_first_element(page: Page, url: str) -> float:
    page.goto("about:blank")
    page.goto(url)
    page.wait_for_function("window.took")
    took: float = page.evaluate("window.took")
    return took


def main() -> None:
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as name:
        browser = browsers.launch(playwright)
        folders = {it: Path(name) / it for it in ("first", "first-bare", "list", "list-bare")}
        write(folders["first"], dict(FIRST))
        write(folders["list"], dict(LIST))
        for it, text in (
            ("first-bare", FIRST_BARE),
            ("list-bare", f'<!doctype html><body><script type="module">{BARE}</script>'),
        ):
            folders[it].mkdir()
            (folders[it] / "index.html").write_text(text, "utf-8")
            shutil.copy(PREACT, folders[it] / "preact.js")
        bridges = {it: Bridge(pages=folder) for it, folder in folders.items()}
        running = {it: bridge.run() for it, bridge in bridges.items()}
        urls = {it: server.__enter__().url for it, server in running.items()}
        try:
            page = browser.new_page()
            page.add_init_script(WATCH)
            took: dict[str, list[float]] = {"first": [], "first-bare": []}
            for _ in range(ROUNDS):
                for it, values in took.items():
                    values.append(milliseconds_to_first_element(page, urls[it]))
            ours, bare = (statistics.median(values) for values in took.values())
            print(f"first element of a program: {ours:.0f} ms, a bare page with my.js: {bare:.0f} ms")

            pages = {it: browser.new_page() for it in ("list", "list-bare")}
            for it, tab in pages.items():
                tab.goto(urls[it])
            bridges["list"].current_page(pages["list"])
            rounds = [
                (*pages["list"].evaluate(OURS, n), *pages["list-bare"].evaluate(THEIRS, n)) for n in range(ROUNDS)
            ]
            all_, one, bare_all, bare_one = map(statistics.median, zip(*rounds, strict=True))
            for what, mine, theirs in (("all", all_, bare_all), ("one", one, bare_one)):
                print(
                    f"setData of {what} of {ROWS} rows: {mine:.1f} ms, "
                    f"{mine / theirs:.1f} times bare Preact's ({theirs:.1f} ms)"
                )
            print(f"medians of {ROUNDS} rounds on {os.cpu_count()} cores")
        finally:
            for server in running.values():
                server.__exit__(None, None, None)
            browser.close()


if __name__ == "__main__":
    main()
