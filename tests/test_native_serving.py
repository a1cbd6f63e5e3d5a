"""What is served for the folder of a mini program: the page around it, its sources, the part that shows it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from bridge import Bridge, Problem, SetupError, profiles, shim
from bridge.checks import DEFAULT_CHECKS, findings
from bridge.report import MAX_CALLS_SHOWN, happened
from bridge.server import run_in_thread
from bridge.site import Site
from bridge.trace import trace
from tests.test_miniprogram import WHOLE, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "app", {**WHOLE, "logo.png": "PNG", "node_modules/x/x.png": "X", ".env": "secret"})


@contextmanager
def under_a_path(bridge: Bridge) -> Iterator[str]:
    with run_in_thread(Starlette(routes=[Mount("/wallet", bridge.app)])) as server:
        yield f"{server.url}/wallet"


@pytest.fixture(params=["alone", "on a site", "under a path"])
def url(request: pytest.FixtureRequest, site: Site, folder: Path) -> Iterator[str]:
    bridge = Bridge(pages=folder)
    if request.param == "on a site":
        yield site.mount(bridge)
    elif request.param == "alone":
        with bridge.run() as server:
            yield server.url
    else:
        with under_a_path(bridge) as address:
            yield address


@pytest.mark.parametrize("name", ["/", "/index.html", ""])
def test_the_root_is_the_page_in_which_it_is_shown(url: str, name: str) -> None:
    response = httpx.get(url + name, follow_redirects=True)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>Shop</title>" in response.text
    assert '<html lang="en">' in response.text
    for address in re.findall(r'(?:src|href)="([^"]*)"', response.text):
        if not address.startswith("data:") and not address.endswith("native.js"):
            assert httpx.get(httpx.URL(str(response.url)).join(address)).status_code == 200, address


def test_only_its_own_sources_run_there(url: str) -> None:
    response, other = httpx.get(f"{url}/"), httpx.get(f"{url}/")
    policy = response.headers["content-security-policy"]
    (nonce,) = re.findall(r"script-src 'nonce-([\w-]{22})' 'unsafe-eval';", policy)
    assert f'<script src="my.js?native" nonce="{nonce}">' in response.text
    assert policy != other.headers["content-security-policy"]


def test_my_js_starts_it_there_and_nowhere_else(url: str) -> None:
    assert httpx.get(f"{url}/my.js?native").text.count('host.part("native.js")') == 1
    assert 'host.part("native.js")' not in httpx.get(f"{url}/my.js").text


def test_its_sources_are_told_as_they_are_now(url: str, folder: Path) -> None:
    response = httpx.get(f"{url}/_bridge/sources.json", headers={"Accept-Encoding": "gzip"})
    assert (response.headers["cache-control"], response.headers["content-encoding"]) == ("no-store", "identity")
    assert response.headers["cross-origin-resource-policy"] == "same-origin"
    sources = response.json()
    assert set(sources) == {"files", "assets", "problems"}
    assert set(sources["files"]) == set(WHOLE)
    assert sources["assets"] == ["logo.png"]
    (folder / "pages/b/b.js").unlink()
    (problem,) = httpx.get(f"{url}/_bridge/sources.json").json()["problems"]
    assert problem == {
        "kind": "folder",
        "message": "the page pages/b/b has no pages/b/b.js",
        "file": "app.json",
        "line": 4,
        "column": 5,
    }


def test_its_pictures_are_served_and_secrets_are_not(url: str) -> None:
    assert httpx.get(f"{url}/logo.png").text == "PNG"
    assert httpx.get(f"{url}/node_modules/x/x.png").text == "X"
    assert httpx.get(f"{url}/.env").status_code == 404


def test_pictures_of_packages_above_it_are_served_and_nothing_else_from_there(site: Site, folder: Path) -> None:
    write(
        folder.parent, {"node_modules/y/y.png": "Y", "node_modules/.bin/z": "", "node_modules/y/y.py": "", "z.txt": ""}
    )
    url = site.mount(Bridge(pages=folder))
    assert httpx.get(f"{url}/node_modules/y/y.png").text == "Y"
    for path in ("node_modules/.bin/z", "node_modules/y/y.py", "node_modules/%2e%2e/z.txt", "node_modules/y/no.png"):
        assert httpx.get(f"{url}/{path}").status_code == 404, path


def test_sources_are_only_for_those_who_are_let_in(url: str) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
        assert httpx.get(f"{url}/_bridge/sources.json", headers=headers).status_code == 403


def test_files_of_the_bridge_that_lie_there_are_not_told(site: Site, folder: Path) -> None:
    bridge = Bridge(pages=folder, keys=folder / "keys")
    write(folder, {"keys/a.js": ""})
    assert "keys/a.js" not in httpx.get(f"{site.mount(bridge)}/_bridge/sources.json").json()["files"]


def test_what_is_wrong_with_it_is_known_to_the_bridge(site: Site, folder: Path) -> None:
    (folder / "app.json").write_text("{")
    bridge = Bridge(pages=folder)
    url = site.mount(bridge)
    assert not bridge.problems
    assert httpx.get(f"{url}/").status_code == 200
    for _ in range(2):
        httpx.get(f"{url}/_bridge/sources.json")
    (problem,) = bridge.problems
    assert (problem.file, problem.fatal) == ("app.json", True)


def test_its_title_is_the_name_of_the_app_unless_one_is_given(folder: Path) -> None:
    assert Bridge(pages=folder).settings.app_name == "Shop"
    assert Bridge(pages=folder, app_name="Toko").settings.app_name == "Toko"


def test_a_title_is_text_in_the_page(site: Site, folder: Path) -> None:
    (folder / "app.json").write_text(json.dumps({"pages": [], "window": {"defaultTitle": "<b>{x}"}}))
    bridge = Bridge(pages=folder, profile=profiles.load("alipay-cn"))
    text = httpx.get(f"{site.mount(bridge)}/").text
    assert "<title>&lt;b&gt;{x}</title>" in text
    assert '<html lang="zh-CN">' in text


def test_web_pages_have_no_mini_program(site: Site, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<h1>hello</h1>")
    url = site.mount(Bridge(pages=tmp_path))
    assert "<h1>hello</h1>" in httpx.get(url, follow_redirects=True).text
    assert httpx.get(f"{url}/_bridge/sources.json").status_code == 404
    assert 'host.part("native.js")' not in httpx.get(f"{url}/my.js?native").text


def test_the_part_that_shows_it_is_served_and_its_absence_is_told_with_what_to_do(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    built = tmp_path / "native.js"
    there = shim.file
    monkeypatch.setattr(shim, "file", lambda name: built if name == "built/native.js" else there(name))
    response = httpx.get(f"{url}/_bridge/native.js")
    assert response.status_code == 500
    assert "`make serve`" in response.text
    with pytest.raises(SetupError, match="is not built"):
        shim.native()
    built.write_text("begin()")
    response = httpx.get(f"{url}/_bridge/native.js")
    assert (response.status_code, response.text) == (200, "begin()")
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"


# What a test that fails says of it.


def test_problems_are_in_the_report_and_in_the_timeline_of_a_test_that_failed() -> None:
    bridge = Bridge()
    for number in range(MAX_CALLS_SHOWN + 2):
        bridge.log.noticed(Problem(kind="script", message=f"Error: <{number}>\n  at a.js:1", file="a.js", line=number))
    said = happened(bridge.log)
    assert "Problems of the mini program (the last 2 are left out):\n  a.js:0: Error: <0>\n  a.js:1:" in said
    assert "<20>" not in said
    assert "a.js:21: Error: &lt;21&gt;" in trace(bridge, title="test", failure="")


def test_a_test_may_be_failed_for_them_and_is_not_unless_it_wants_to() -> None:
    bridge = Bridge()
    bridge.log.noticed(Problem(kind="folder", message="there is no app.json", file="app.json"))
    bridge.log.noticed(Problem(kind="script", message="Error: no\n  at a.js:1", page="pages/a/a"))
    assert findings(bridge, DEFAULT_CHECKS) == []
    assert list(map(str, findings(bridge, {"program_problem"}))) == [
        "app.json: there is no app.json\n  folder, noticed before it ran",
        "Error: no\n  script, noticed on pages/a/a\n    at a.js:1",
    ]
