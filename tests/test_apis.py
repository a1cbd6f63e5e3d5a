"""The declarations of the JSAPIs, and what is made of them."""

from __future__ import annotations

from importlib import resources
from itertools import groupby

import pytest

from bridge import profiles
from bridge.apis import PLATFORMS, Api, declared
from bridge.describe import typescript, who
from tests import declared as written_files
from tests.conftest import OpenPage

APIS = list(declared().values())
IN_PAGE = sorted((api for api in APIS if api.at == "page"), key=lambda api: api.part)

each_api = pytest.mark.parametrize("api", APIS, ids=lambda api: api.name)


@each_api
def test_a_declaration_agrees_with_itself(api: Api) -> None:
    assert set(api.required) <= set(api.params)
    assert bool(api.part) == (api.at == "page"), "a part answers in the page, and nowhere else"
    assert api.at == "page" or not api.sync, "only the page can answer at once"
    assert not (api.event and (api.sync or api.params or api.answer)), "an event is heard"
    assert api.event == (api.name.startswith("on") and api.name[2].isupper())
    assert api.answer is None or api.at == "handler", "the wallet's answer stands behind a handler"
    assert set(api.answer or {}) <= set(api.result)
    assert api.network is None or str(api.network) in api.errors
    assert set(api.lacking) <= {id for id in profiles.available() if profiles.load(id).platform == "alipay-plus"}
    assert api.about.endswith(".")
    assert "success" not in api.params, "callbacks are understood"
    for key, platforms in api.only.items():
        kind, field, *option = key.split(".", 2)
        fields = api.params if kind == "params" else api.result
        # As a value, or as a field of its own.
        spellings = [f"'{name}'" for name in option] + [f"{name}{mark}:" for name in option for mark in ("", "?")]
        known = not option or option[0].isdecimal() or any(spelling in fields[field] for spelling in spellings)
        assert known, f"{key} is none of {fields[field]}"
        assert set(platforms) < set(api.on), f"{key} is no exception"


def test_no_api_is_declared_twice() -> None:
    headers = [
        line
        for file in resources.files("bridge.apis").iterdir()
        if file.name.endswith(".toml")
        for line in file.read_text("utf-8").splitlines()
        if line.startswith("[") and "." not in line
    ]
    assert len(headers) == len(set(headers)) == len(APIS)


@pytest.mark.parametrize(
    ("path", "text", "wanted"), [pytest.param(*row, id=row[0].name) for row in written_files.written()]
)
def test_what_is_written_elsewhere_comes_from_the_declarations(path: object, text: str, wanted: str) -> None:
    assert text == wanted, "run `make declared`"


@pytest.mark.parametrize("profile", profiles.available())
def test_a_page_finds_what_its_platform_has_and_nothing_else(open_page: OpenPage, profile: str) -> None:
    opened = open_page(profile=profile)
    has = {name for api in profiles.load(profile).apis() if api.on_my for name in api.names}
    seen = set(opened.page.evaluate("Object.keys(my).filter((name) => typeof my[name] === 'function')"))
    assert seen - {"call", "on", "off"} == has
    every = sorted({name for api in APIS for name in api.names})
    usable = opened.page.evaluate("(names) => names.filter((name) => my.canIUse(name))", every)
    assert set(usable) >= has
    assert set(usable) <= {name for api in profiles.load(profile).apis() for name in api.names}


def test_the_platforms_differ() -> None:
    names = {platform: {api.name for api in APIS if platform in api.on} for platform in PLATFORMS}
    assert "getStorageSync" in names["alipay-plus"] - names["tiki"]
    assert "getAuthCode" in set.intersection(*names.values())


def test_every_part_answers_what_is_declared_for_it(open_page: OpenPage) -> None:
    opened = open_page(profile="alipay-cn")
    opened.page.evaluate("window.element = document.head.querySelector('script')")
    for part, apis in groupby(IN_PAGE, key=lambda api: api.part):
        names = [api.name for api in apis]
        offered = opened.page.evaluate(LOAD, part)
        assert set(names) <= set(offered), part


LOAD = """async (name) => {
  const part = document.createElement("script");
  Object.assign(part, {
    host: {
      home: location.href, failures: {}, uses: {}, logIns: [], begin: {}, apis: [], sync: [], events: [],
      real: { setTimeout, fetch },
    },
    src: new URL("_bridge/" + name, location.href).href,
  });
  await new Promise((resolve, reject) => {
    part.onload = resolve;
    part.onerror = reject;
    document.head.append(part);
  });
  return Object.keys(part.bridge).filter((api) => typeof part.bridge[api] === "function");
}"""


def test_what_only_an_assignment_ends_can_be_assigned_in_typescript() -> None:
    text = typescript([declared()["onMessage"], declared()["onAppHide"]])
    assert "get onMessage(): Listen<Fields>;" in text
    assert "set onMessage(listener: (res: Fields) => void);" in text
    assert "onAppHide: Listen<{}>;" in text


def test_who_answers_is_told_for_all() -> None:
    of = {api.name: who(api) for api in APIS}
    assert of["getStorageSync"] == "page, at once"
    assert of["alert"] == "page"
    assert of["request"] == "server"
    assert of["getAuthCode"] == of["getLocation"] == "wallet"
    assert of["watchShake"] == "handler"
    assert of["onMessage"] == "event"
