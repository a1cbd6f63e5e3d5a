"""The command `mybridge`."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

import bridge
from bridge import profiles, shim
from bridge.cli import main
from bridge.keys import PrivateKey
from bridge.server import listen
from tests.command import Running, run, serving
from tests.wire_page import open_wire_page

HANDLER = """\
from bridge import Bridge, {outcome}

bridge = Bridge()


@bridge.api("getAuthCode")
def login(call):
    return {outcome}()
"""

BACK_END = """\
from bridge import Bridge, CodeError, fail, succeed

bridge = Bridge()


@bridge.api("httpRequest")
def redeem(call):
    try:
        return succeed(bridge.redeem(call.params["code"]).user_id)
    except CodeError as error:
        return fail(type(error).__name__)
"""

LOGGING_IN = """\
from bridge import Bridge, succeed

bridge = Bridge()
bridge.log_in("Bayu", page="/seller.html")
bridge.api("httpRequest")(lambda call: succeed(call.user.nickname))
"""

IMPORTING = """\
import answers
from bridge import Bridge

bridge = Bridge()
bridge.api("getAuthCode")(lambda call: answers.answer())
"""

PAGE = "<!doctype html><head><link rel='icon' href='data:,'></head><h1>{heading}</h1>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text(PAGE.format(heading="one"))
    (tmp_path / "handler.py").write_text(HANDLER.format(outcome="grant"))
    return tmp_path


# What it prints.


def test_serve_prints_the_address_of_the_page_and_the_tag_to_paste(folder: Path) -> None:
    with serving(str(folder)) as server:
        root = server.page_url.removesuffix("/")
        assert f'<script src="{root}/my.js"></script>' in server.banner
        assert '<script src="/my.js"></script>' in httpx.get(server.page_url).text


def test_serve_prints_one_line_for_each_call(folder: Path, shared_page: Page) -> None:
    with serving(str(folder), "--handler", str(folder / "handler.py")) as server:
        shared_page.goto(server.page_url)
        code = shared_page.evaluate("my.getAuthCode({ scopes: ['auth_base', 'USER_NAME'] })")["authCode"]
        line = server.read_until("getAuthCode")
        shown = re.escape(f"granted {code[:4]}...{code[-4:]}")
        assert re.fullmatch(rf"\d\d:\d\d:\d\d  getAuthCode  auth_base,USER_NAME  {shown}  \d+ ms\n", line)


def test_ctrl_c_stops_it_cleanly_even_with_a_page_open(folder: Path, shared_page: Page) -> None:
    with serving(str(folder)) as server:
        shared_page.goto(server.page_url)
        shared_page.evaluate("my.getAuthCode()")
        assert server.interrupt() == 0
        assert server.read_until("stopped").endswith("\nstopped\n")


@pytest.mark.parametrize("path", ["login.html", "."])
def test_a_page_can_be_named_and_a_single_one_is_found(tmp_path: Path, path: str) -> None:
    (tmp_path / "login.html").write_text(PAGE.format(heading="one"))
    with serving(path, cwd=tmp_path) as server:
        assert server.page_url.endswith("/login.html")
        assert httpx.get(server.page_url).is_success


def test_the_options_reach_the_bridge(folder: Path, shared_page: Page) -> None:
    options = ["--profile", "alipay-plus-legacy", "--app-id", "2099", "--strict", "--allow-host", "dev.example.test"]
    with serving(str(folder), *options, "--allow-origin", "https://dev.example.test") as server:
        assert "profile alipay-plus-legacy, app 2099" in server.banner
        headers = {"Host": "dev.example.test", "Origin": "https://dev.example.test"}
        assert httpx.get(server.page_url, headers=headers).is_success
        shared_page.goto(server.page_url)
        for scopes in ("undefined", "'auth_base'"):
            failure = shared_page.evaluate(f"my.getAuthCode({{ scopes: {scopes} }}).catch((e) => e)")
            assert failure["error"] == 2


@pytest.mark.parametrize("host", ["::1", "[::1]", "localhost", "0.0.0.0"])
def test_each_way_to_name_this_machine_can_be_served_on(folder: Path, host: str) -> None:
    with serving(str(folder), "--host", host) as server:
        assert httpx.get(server.page_url).is_success
        assert ("WARNING" in server.banner) == (host == "0.0.0.0")


def test_a_page_with_a_space_in_its_name_has_an_address(tmp_path: Path) -> None:
    (tmp_path / "log in.html").write_text(PAGE.format(heading="one"))
    with serving("log in.html", cwd=tmp_path) as server:
        assert server.page_url.endswith("/log%20in.html")
        assert httpx.get(server.page_url).is_success


def test_open_shows_the_page_in_the_browser(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = folder / "opened"
    os.mkfifo(opened)
    browser = folder / "browser.sh"
    browser.write_text(f'#!/bin/sh\necho "$1" > "{opened}"\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))
    with serving(str(folder), "--open") as server:
        assert opened.read_text() == f"{server.page_url}\n"


def test_version_profiles_and_shim_print_what_they_say(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    def printed(*arguments: str) -> str:
        assert main(arguments) == 0
        return capsys.readouterr().out

    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"mybridge {bridge.__version__}\n"
    copy = tmp_path / "mine.toml"
    copy.write_text(printed("profiles", "alipay-plus"))
    assert printed("profiles", str(copy)) == copy.read_text()
    assert shim.file("my.js").read_text() in printed("shim")
    assert Path(printed("shim", "--path").strip()).read_bytes() == shim.file("my.js").read_bytes()


def test_the_apis_are_listed_and_one_is_shown_with_all_that_is_declared_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def printed(*arguments: str) -> str:
        assert main(["apis", *arguments]) == 0
        return capsys.readouterr().out

    listed = printed().split()
    assert {"getAuthCode", "getStorageSync", "onMessage"} <= set(listed)
    assert "getStorageSync" not in printed("--profile", "tiki").split()
    shown = printed("my.datePicker")
    for line in (
        "my.datePicker",
        "who answers The page",
        "gives       date: string",
        "fails with    11  The user cancelled",
    ):
        assert line in shown.splitlines()
    assert "currentDate?: string" in shown
    assert "tiki: format.dd-MM-yyyy" in shown
    assert "The platform of dana does not have it." in printed("getPhoneNumber", "--profile", "dana")
    assert '{"longitude"' in printed("getLocation")
    assert main(["apis", "getLocatio"]) == 2
    assert "there is no JSAPI 'getLocatio'; did you mean 'getLocation'?" in capsys.readouterr().err


PROFILES = """\
profile             absent     string  all  silent        inv unk net can dis  refused      scope  code
alipay-cn           auth_base  accept   12  auth_base       3   3  12  11   3  error        10001  32 chars, 180 s
alipay-plus *       auth_base  warn     15  auth_base       2   3  10  11  11  error + map  10001  2810+28 chars, 600 s
alipay-plus-legacy  error      warn     15  auth_base       2   3  10  11  11  error + map  10001  2810+28 chars, 600 s
dana                error      warn     25  none            2   3  10  11  11  error + map  40006  13 digits, 600 s
emas                auth_base  warn     11  auth_base       2   3  10  11  11  map          10001  2810+28 chars, 600 s
gcash               error      accept    2  auth_base       2   3  10  11  11  error + map  40006  13 digits, 600 s
mpesa               error      warn      3  auth_base       2   3  10  11  11  error + map  10001  13 digits, 600 s
superqi             error      warn     14  auth_base +3    2   3  10  11  11  error + map  10001  2810+28 chars, 600 s
tiki                none       accept    2  none            2   3  10  11  11  error + map      2  58 chars, 600 s
tng                 auth_base  accept   10  auth_base       2   3  10  11  11  error + map  10001  2810+28 chars, 600 s
vodapay             auth_base  accept    4  auth_base +1    2   3  10  11  11  error + map  10001  2810+28 chars, 600 s
"""


def test_profiles_shows_the_platform_dialects_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profiles"]) == 0
    table, legend = capsys.readouterr().out.split("\n\n", 1)
    assert f"{table}\n" == PROFILES
    assert [line.split()[0] for line in table.splitlines()] == ["profile", *profiles.available()]
    assert max(map(len, [*table.splitlines(), *legend.splitlines()])) <= 120
    for column in "*", "absent", "string", "all", "silent", "inv", "refused", "scope", "code":
        assert re.search(rf"(^|; ){re.escape(column)}\W", legend, re.MULTILINE), f"{column} is not explained"


def test_the_command_and_the_module_are_the_same() -> None:
    assert run("--version").stdout == f"mybridge {bridge.__version__}\n"


# What cannot be used: one clear line, exit code 2, no traceback.


def no_folder(tmp_path: Path) -> tuple[list[str], str]:
    return ["no/such/folder"], "there is no folder no/such/folder"


def no_page(tmp_path: Path) -> tuple[list[str], str]:
    (tmp_path / "notes.txt").write_text("")
    return [str(tmp_path / "notes.txt")], "is not an HTML file"


def no_handler_file(tmp_path: Path) -> tuple[list[str], str]:
    return ["--handler", "nothing.py"], "there is no handler file nothing.py"


def no_handler_target(tmp_path: Path) -> tuple[list[str], str]:
    return ["--handler", "nothing"], "--handler takes FILE.py or MODULE:NAME"


def no_handler_module(tmp_path: Path) -> tuple[list[str], str]:
    return ["--handler", "no_such_module:app"], "ModuleNotFoundError: No module named 'no_such_module'"


def handler(text: str, problem: str) -> Callable[[Path], tuple[list[str], str]]:
    def write(tmp_path: Path) -> tuple[list[str], str]:
        (tmp_path / "handler.py").write_text(text)
        return ["--handler", str(tmp_path / "handler.py")], problem

    return write


def wrong_profile(tmp_path: Path) -> tuple[list[str], str]:
    (tmp_path / "mine.toml").write_text('id = "mine"\ntitle = 7\n')
    return ["--profile", str(tmp_path / "mine.toml")], "line 2: title: Expected `str`, got `int`"


@pytest.mark.parametrize(
    "mistake",
    [
        no_folder,
        no_page,
        no_handler_file,
        no_handler_target,
        no_handler_module,
        handler("x = (", "line 1: SyntaxError: '(' was never closed"),
        handler("import this_is_missing", "line 1: ModuleNotFoundError: No module named 'this_is_missing'"),
        handler("\nraise SystemExit('no')", "line 2: SystemExit: no"),
        handler("x = 1", "defines no Bridge; write: bridge = Bridge(), then @bridge.api(...)"),
        handler("from bridge import Bridge\na, b = Bridge(), Bridge()", "defines 2 bridges; name one"),
        handler("from bridge import Bridge\nBridge().api('getAuthCod')", "did you mean 'getAuthCode'?"),
        handler("from bridge import Bridge\nBridge().api('canIUse')", "my.canIUse is answered in the page"),
        handler("from bridge import Bridge\nBridge().api('getAuthCode')(lambda: 1)", "takes one argument, the call"),
        wrong_profile,
        lambda tmp_path: (["--profile", "alipay-pluss"], "did you mean 'alipay-plus'?"),
        lambda tmp_path: (["--allow-origin", "example"], "--allow-origin takes an origin"),
        lambda tmp_path: (["--client-id", "two words"], "a client's id is 1 to 128 ASCII characters without spaces"),
        lambda tmp_path: (["--gateway-prefix", "api"], "--gateway-prefix takes the beginning of a path"),
        lambda tmp_path: (["--port", "0", "--https", "70000"], "a port is a number from 0 to 65535, not 70000"),
        lambda tmp_path: (["--port", "70000"], "a port is a number from 0 to 65535, not 70000"),
        lambda tmp_path: (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1"),
    ],
)
def test_what_cannot_be_used_is_one_clear_line(
    tmp_path: Path, mistake: Callable[[Path], tuple[list[str], str]], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, problem = mistake(tmp_path)
    assert main(["serve", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("mybridge: ")
    assert problem in err


def test_a_busy_port_is_one_clear_line_and_with_debug_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with listen(port=0) as taken:
        port = str(taken.getsockname()[1])
        assert main(["serve", "--port", port]) == 2
        assert (
            capsys.readouterr().err
            == f"mybridge: port {port} is in use; choose another with --port, or a free one with --port 0\n"
        )
        assert main(["serve", "--port", port, "--debug"]) == 2
        assert "Traceback" in capsys.readouterr().err


# Reloading.


def test_a_saved_handler_answers_the_next_call_without_a_reload_of_the_page(folder: Path, shared_page: Page) -> None:
    file = folder / "handler.py"
    with serving(str(folder), "--handler", str(file)) as server:
        shared_page.goto(server.page_url)
        shared_page.evaluate("window.same = true")
        assert "authCode" in shared_page.evaluate("my.getAuthCode()")
        file.write_text(HANDLER.format(outcome="deny"))
        server.read_until("reloaded .*handler.py")
        assert shared_page.evaluate("my.getAuthCode().catch((e) => e)")["error"] == 11
        assert shared_page.evaluate("window.same") is True


def test_a_handler_saved_with_a_mistake_keeps_the_last_good_one_and_says_so(folder: Path, shared_page: Page) -> None:
    file = folder / "handler.py"
    with serving(str(folder), "--handler", str(file)) as server:
        shared_page.goto(server.page_url)
        file.write_text(HANDLER.format(outcome="grant") + "(")
        said = server.read_until("the last good handlers stay")
        assert "handler.py, line 9: SyntaxError: '(' was never closed" in said
        assert "authCode" in shared_page.evaluate("my.getAuthCode()")


def test_a_file_that_mounts_its_bridge_can_be_the_handler_file_too(folder: Path, shared_page: Page) -> None:
    file = folder / "handler.py"
    file.write_text(HANDLER.format(outcome="deny") + "\n\napp = bridge.app\n")
    with serving(str(folder), "--handler", str(file)) as server:
        shared_page.goto(server.page_url)
        assert shared_page.evaluate("my.getAuthCode().catch((e) => e)")["error"] == 11


def test_what_a_handler_file_imports_from_its_folder_is_reloaded_too(folder: Path, shared_page: Page) -> None:
    (folder / "answers.py").write_text("from bridge import grant as answer")
    file = folder / "handler.py"
    file.write_text(IMPORTING)
    with serving(str(folder), "--handler", str(file)) as server:
        shared_page.goto(server.page_url)
        assert "authCode" in shared_page.evaluate("my.getAuthCode()")
        (folder / "answers.py").write_text("from bridge import deny as answer")
        server.read_until("reloaded")
        assert shared_page.evaluate("my.getAuthCode().catch((e) => e)")["error"] == 11


@pytest.mark.parametrize("target", ["handler.py", "handler:bridge"])
def test_a_file_that_was_broken_is_reloaded_when_it_is_mended(folder: Path, shared_page: Page, target: str) -> None:
    (folder / "answers.py").write_text("from bridge import grant as answer")
    (folder / "handler.py").write_text(IMPORTING)
    with serving(".", "--handler", target, cwd=folder) as server:
        shared_page.goto(server.page_url)
        (folder / "answers.py").write_text("\n(")
        assert "answers.py, line 2: SyntaxError" in server.read_until("the last good handlers stay")
        (folder / "handler.py").write_text("import not_there_yet")
        server.read_until("No module named 'not_there_yet'; the last good handlers stay")
        assert "authCode" in shared_page.evaluate("my.getAuthCode()")
        (folder / "not_there_yet.py").write_text("")
        server.read_until("defines no ")
        (folder / "handler.py").write_text(IMPORTING)
        server.read_until("SyntaxError")
        (folder / "answers.py").write_text("from bridge import deny as answer")
        server.read_until("reloaded")
        assert shared_page.evaluate("my.getAuthCode().catch((e) => e)")["error"] == 11


REDEEMING = """\
from bridge import Bridge, succeed

bridge = Bridge(app_id="2099")


@bridge.api("redeem", custom=True)
def redeem(call):
    return succeed(bridge.authority.redeem(call.params["code"], app_id=call.app_id).user_id)
"""


def test_a_handler_file_can_redeem_the_codes_of_the_server_also_after_a_reload(folder: Path, shared_page: Page) -> None:
    file = folder / "handler.py"
    file.write_text(REDEEMING)
    redeem = "my.getAuthCode().then(({ authCode: code }) => my.call('redeem', { code }))"
    with serving(str(folder), "--handler", str(file), "--app-id", "2100") as server:
        shared_page.goto(server.page_url)
        assert shared_page.evaluate(redeem) == "2088000000000001"
        file.write_text(REDEEMING.replace('"2099"', '"2099", strict=True'))
        server.read_until(r"warning: the options of its Bridge\(...\) changed; they count from the next start")
        server.read_until("reloaded")
        assert shared_page.evaluate(redeem) == "2088000000000001"


def test_a_function_of_a_module_can_be_the_handler(folder: Path, shared_page: Page) -> None:
    (folder / "rules.py").write_text("from bridge import deny\ndef refuse(call):\n    return deny()\n")
    with serving(".", "--handler", "rules:refuse", cwd=folder) as server:
        shared_page.goto(server.page_url)
        assert shared_page.evaluate("my.getAuthCode().catch((e) => e)")["error"] == 11


def test_saved_pages_are_reloaded_in_the_browser(folder: Path, shared_page: Page) -> None:
    with serving(str(folder)) as server:
        shared_page.goto(server.page_url)
        shared_page.evaluate("my.getAuthCode()")
        (folder / "index.html").write_text(PAGE.format(heading="two"))
        expect(shared_page.get_by_role("heading")).to_have_text("two")


# Consent.


def test_it_shows_the_consent_sheet_and_says_who_is_asked(folder: Path, shared_page: Page) -> None:
    with serving(str(folder), "--app-name", "Corner Coffee") as server:
        assert "user      Amara (2088000000000001), who is asked for consent" in server.banner
        shared_page.goto(server.page_url)
        shared_page.evaluate("void my.getAuthCode({ scopes: ['USER_NAME'] })")
        assert server.read_until("asks").endswith("getAuthCode  USER_NAME  asks Amara\n")
        sheet = shared_page.get_by_role("dialog", name="Corner Coffee asks for your permission")
        sheet.get_by_role("button", name="Allow").click()
        assert "getAuthCode  USER_NAME  granted 2810" in server.read_until("granted")


@pytest.mark.parametrize(
    ("consent", "says", "answer"),
    [("allow", "who allows everything unasked", "granted"), ("deny", "who denies what needs consent", "refused")],
)
def test_consent_can_be_given_or_refused_without_a_sheet(folder: Path, consent: str, says: str, answer: str) -> None:
    with serving(str(folder), "--consent", consent) as server, open_wire_page(server.page_url.rstrip("/")) as page:
        assert f"(2088000000000001), {says}\n" in server.banner
        page.send(scopes=["USER_NAME"])
        assert f"getAuthCode  USER_NAME  {answer}" in server.read_until("getAuthCode")


def test_users_of_a_file_come_first_and_one_can_be_named(folder: Path) -> None:
    (folder / "users.toml").write_text('[[user]]\nid = "42"\nnickname = "Mia"\n')
    users = ["--users", str(folder / "users.toml")]
    with serving(str(folder), *users) as server:
        assert "user      Mia (42), who is asked for consent" in server.banner
    with serving(str(folder), *users, "--user", "Bayu") as server:
        assert "user      Bayu (2088000000000002), who is asked for consent" in server.banner


def test_a_phone_number_is_encrypted_with_the_key_that_is_given(folder: Path) -> None:
    with serving(str(folder), "--aes-key", "") as server, open_wire_page(server.page_url.rstrip("/")) as page:
        assert "isv.missing-encrypt-key" in page.ask("getPhoneNumber")[1]["response"]


def test_grants_and_unspent_codes_outlive_the_server_until_they_are_forgotten(folder: Path) -> None:
    handler = folder / "back_end.py"
    handler.write_text(BACK_END)
    options = [str(folder), "--handler", str(handler), "--state", str(folder / "state.db")]

    def start(*more: str) -> AbstractContextManager[Running]:
        return serving(*options, *more)

    def ask(server: Running, api: str = "getAuthCode", **params: Any) -> tuple[str, Any]:
        with open_wire_page(server.page_url.rstrip("/")) as page:
            return page.ask(api, **params)

    with start("--consent", "allow") as server:
        code = ask(server, scopes=["USER_NAME"])[1]["authCode"]
        assert server.banner.count(str(folder / "state.db")) == 1
    with start("--consent", "deny") as server:
        # Not asked, and so not denied.
        assert ask(server, scopes=["USER_NAME"])[0] == "success"
        assert ask(server, "httpRequest", code=code) == ("success", "2088000000000001")
    with start("--consent", "deny", "--forget") as server:
        assert ask(server, scopes=["USER_NAME"])[0] == "fail"
        assert ask(server, "httpRequest", code=code) == ("fail", "UsedCode")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--forget"], "--forget revokes what is kept by --state FILE; without it, every start begins with no grants"),
        (["--user", "Amra"], "there is no user 'Amra'; did you mean 'Amara'? (there are Amara, Bayu, Chen, داليا)"),
        (["--users", "users.toml"], "users.toml: line 3: user[0].gendr: unknown key"),
        (["--users", "nowhere.toml"], "cannot read the users file nowhere.toml: No such file or directory"),
        (["--aes-key", "AAEC"], "the AES key has 3 bytes; it is 16 bytes in base64, such as bXlicmlkZ2UgYWVzIGtleQ=="),
        (["--state", "."], "cannot keep state in .: unable to open database file"),
        (["--state", "index.html"], "cannot keep state in index.html: file is not a database"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(folder: Path, options: list[str], problem: str) -> None:
    (folder / "users.toml").write_text('[[user]]\nid = "42"\ngendr = "FEMALE"\n')
    ended = run("serve", *options, cwd=folder)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", f"mybridge: {problem}\n")


def test_whom_a_handler_file_logs_in_on_a_page_is_logged_in_there_also_after_a_save(folder: Path) -> None:
    handler = folder / "handler.py"
    handler.write_text(LOGGING_IN)
    with serving(str(folder), "--handler", str(handler), "--user", "Chen") as server:
        url = server.page_url.rstrip("/")

        def who(page: str) -> Any:
            with open_wire_page(url, page) as document:
                return document.ask("httpRequest")[1]

        assert (who("/seller.html"), who("/")) == ("Bayu", "Chen")
        handler.write_text(LOGGING_IN.replace("Bayu", "Amara"))
        server.read_until("reloaded")
        assert (who("/seller.html"), who("/")) == ("Amara", "Chen")


def test_a_state_file_among_the_pages_is_none(folder: Path) -> None:
    handler = folder / "handler.py"
    with (
        serving(str(folder), "--handler", str(handler), "--state", str(folder / "state.db")) as server,
        open_wire_page(server.page_url.rstrip("/")) as page,
    ):
        assert page.ask(scopes=["USER_NAME"])[0] == "success"
        # What is saved later is noticed later.
        handler.write_text(HANDLER.format(outcome="deny"))
        assert "reloading" not in server.read_until("reloaded")
        (folder / "index.html").write_text(PAGE.format(heading="two"))
        server.read_until("reloading 1 pages")


# The wallet's API for back ends.


def settings_in(text: str) -> dict[str, str]:
    """Return the settings of a block, wherever it stands."""
    return dict(re.findall(r"^ *([A-Z_0-9]+)=(\S+)$", text, re.MULTILINE))


def test_the_first_start_makes_keys_and_prints_the_settings_of_a_back_end(folder: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    with serving(str(folder), "--keys", str(keys), "--client-id", "5J00", "--app-id", "2099") as server:
        first, url = server.banner, server.page_url.rstrip("/")
    assert f"tokens    {url}/v2/authorizations/applyToken\n" in first
    assert first.startswith(f"Settings of your back end, with keys that are in {keys} now:\n\nGATEWAY_URL={url}\n")
    settings = settings_in(first)
    assert settings["GATEWAY_URL"] == url
    assert (settings["CLIENT_ID"], settings["APP_ID"]) == ("5J00", "2099")
    assert sorted(path.name for path in keys.iterdir()) == [
        "merchant-private.pem",
        "merchant-public.pem",
        "wallet-private.pem",
        "wallet-public.pem",
    ]
    command = f"mybridge settings --url {url} --app-id 2099 --client-id 5J00 --keys {keys}"
    assert f"settings  of your back end: {command}\n" in first
    assert settings_in(run(*command.split()[1:]).stdout) == settings
    with serving(str(folder), "--keys", str(keys)) as server:
        assert settings_in(server.banner) == {}


def test_the_settings_of_alipay_in_china_name_its_gateway(folder: Path) -> None:
    with serving(str(folder), "--profile", "alipay-cn") as server:
        url = server.page_url.rstrip("/")
    command = f"mybridge settings --url {url}/gateway.do"
    assert f"{command}\n" in server.banner
    assert settings_in(run(*command.split()[1:]).stdout)["GATEWAY_URL"] == f"{url}/gateway.do"
    printed = run("settings", "--url", f"{url}/", "--profile", "alipay-cn").stdout
    assert settings_in(printed)["GATEWAY_URL"] == f"{url}/gateway.do"


def test_the_command_for_settings_is_right_for_a_profile_of_ones_own(folder: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(profiles.read("alipay-cn").replace('id = "alipay-cn"', 'id = "mine"'))
    with serving(str(folder), "--profile", str(mine)) as server:
        command = re.search(r"mybridge (settings .*)", server.banner)
    assert command is not None
    url = f"{server.page_url.rstrip('/')}/gateway.do"
    assert settings_in(run(*command[1].split()).stdout)["GATEWAY_URL"] == url


def test_an_address_of_settings_is_one(tmp_path: Path) -> None:
    done = run("settings", "--url", "localhost", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "mybridge: --url takes an address such as http://127.0.0.1:8765, not 'localhost'\n"


def test_a_handler_file_may_break_the_rules_of_the_api_only(folder: Path) -> None:
    (folder / "broken.py").write_text(
        "from bridge import Bridge\nbridge = Bridge()\nbridge.gateway.always('applyToken', 'used')\n"
    )
    with serving(str(folder), "--handler", str(folder / "broken.py")) as server:
        assert "broken.py: gateway.applyToken\n" in server.banner


def test_without_a_folder_the_keys_are_in_the_home_of_the_command(folder: Path, mybridge_home: Path) -> None:
    with serving(str(folder)) as server:
        assert f"mybridge settings --url {server.page_url.rstrip('/')}\n" in server.banner
    pkcs1, pkcs8 = (settings_in(run("settings", *option).stdout) for option in ([], ["--pkcs8"]))
    read = PrivateKey.read
    assert pkcs1["MERCHANT_PRIVATE_KEY"] != pkcs8["MERCHANT_PRIVATE_KEY"]
    assert read(pkcs1["MERCHANT_PRIVATE_KEY"]).pem == read(pkcs8["MERCHANT_PRIVATE_KEY"]).pem
    assert read((mybridge_home / "keys" / "merchant-private.pem").read_text()).pkcs1 == pkcs1["MERCHANT_PRIVATE_KEY"]


def test_a_back_end_exchanges_the_code_of_a_page_and_each_step_is_a_line(folder: Path, shared_page: Page) -> None:
    with serving(str(folder), "--no-verify", "--gateway-prefix", "/wallet") as server:
        shared_page.goto(server.page_url)
        code = shared_page.evaluate("my.getAuthCode().then((result) => result.authCode)")
        body = {"grantType": "AUTHORIZATION_CODE", "authCode": code}
        url = f"{server.page_url}wallet/v1"
        tokens = httpx.post(f"{url}/authorizations/applyToken", json=body).json()
        about = httpx.post(f"{url}/users/inquiryUserInfo", json={"accessToken": tokens["accessToken"]}).json()
        assert about["userInfo"]["userId"] == "2088000000000001"
        assert httpx.post(f"{url}/authorizations/applyToken", json=body).json()["result"]["resultCode"] == "USED_CODE"
        lines = server.read_until("USED_CODE")
    assert "tokens    " in server.banner
    assert ", signed or not" in server.banner
    short = f"{code[:4]}...{code[-4:]}"
    assert re.search(rf"getAuthCode  auth_base  granted {re.escape(short)}", lines)
    assert re.search(rf"applyToken  {re.escape(short)}  SUCCESS", lines)
    assert re.search(r"inquiryUserInfo  2810\.\.\.\w{4}  SUCCESS", lines)
    assert code not in lines
    assert tokens["accessToken"] not in lines


def test_the_api_is_served_over_https_too(folder: Path, mybridge_home: Path) -> None:
    with listen(port=0) as free:
        port = free.getsockname()[1]
    with serving(str(folder), "--https", str(port), "--no-verify") as server:
        trusted = mybridge_home / "certificates" / "bundle.pem"
        assert f"https     https://127.0.0.1:{port}, trusted with SSL_CERT_FILE={trusted}" in server.banner
        context = ssl.create_default_context(cafile=str(trusted))
        for host in ("127.0.0.1", "localhost"):
            answer = httpx.post(f"https://{host}:{port}/v1/users/inquiryUserInfo", json={}, verify=context)
            assert answer.json()["result"]["resultCode"] == "PARAM_ILLEGAL"
        # It is the API's port alone.
        answer = httpx.get(f"https://localhost:{port}/index.html", verify=context)
        assert answer.json()["result"]["resultCode"] == "INVALID_API"


@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["settings"]])
def test_keys_that_are_none_are_one_clear_line(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "wallet-private.pem").write_text("secret")
    done = run(*command, "--keys", str(tmp_path), cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"{tmp_path / 'wallet-private.pem'} is no private key" in done.stderr
    assert done.stderr.count("\n") == 1


# Mini programs.


def test_serve_shows_a_mini_program_and_says_what_is_wrong_with_its_folder_until_it_is_mended(tmp_path: Path) -> None:
    (tmp_path / "app.json").write_text('{"pages": ["pages/a/a",]}')
    for suffix in ("axml", "js"):
        (tmp_path / "pages" / "a").mkdir(parents=True, exist_ok=True)
        (tmp_path / "pages" / "a" / f"a.{suffix}").write_text("")
    with serving(str(tmp_path)) as server:
        assert "no HTML file" not in server.banner
        assert f"  program   0 pages, 0 components, from {tmp_path}\n" in server.banner
        assert "warning: app.json:1:23: this is not JSON, which has no comma" in server.read_until("app.json")
        assert '<script src="my.js?native"' in httpx.get(server.page_url).text
        (tmp_path / "app.json").write_text('{"pages": ["pages/a/a", "pages/b/b"]}')
        assert "warning: app.json:1:25: the page pages/b/b has no pages/b/b.axml" in server.read_until("app.json")
