"""The wallet's API where a back end finds it, with one state: under a prefix, mounted, beside pages, alone."""

from __future__ import annotations

import logging
import socket
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from bridge import Bridge, Client, ExpiredCode, SetupError, StateError, StateFile, Store, grant
from bridge.checks import findings
from bridge.keys import Keys, PrivateKey
from bridge.report import happened
from bridge.server import run_in_thread
from tests.wire_page import open_wire_page

EXCHANGE = "/v2/authorizations/applyToken"


def post(url: str, **parameters: Any) -> dict[str, Any]:
    """Send parameters as JSON, unsigned; return what is answered."""
    answer = httpx.post(url, json=parameters)
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def code_of_page(bridge: Bridge, *scopes: str) -> str:
    """Let a page ask for a code."""
    with open_wire_page(bridge.url) as page:
        _, payload = page.ask(scopes=[*scopes] or ["auth_base"])
        return str(payload["authCode"])


def exchange(bridge: Bridge, code: str, url: str = "") -> dict[str, Any]:
    settings = bridge.settings
    ids = {"appId": settings.app_id, "authClientId": settings.clients[0].id}
    return post(f"{url or bridge.url}{EXCHANGE}", grantType="AUTHORIZATION_CODE", authCode=code, **ids)


@pytest.fixture
def bridge(bridge: Bridge) -> Bridge:
    bridge.configure(verify=False)
    return bridge


def test_it_is_served_under_the_prefix_of_a_test(bridge: Bridge) -> None:
    answer = exchange(bridge, code_of_page(bridge))
    assert answer["result"]["resultCode"] == "SUCCESS"
    assert answer["customerId"] == bridge.user.id


def test_a_back_end_can_be_tested_without_a_page(bridge: Bridge) -> None:
    codes = [bridge.issue(), bridge.issue("USER_NAME", user="Bayu")]
    answers = [exchange(bridge, code) for code in codes]
    about = [post(f"{bridge.url}/v1/users/inquiryUserInfo", accessToken=answer["accessToken"]) for answer in answers]
    assert about[0]["userInfo"] == {"userId": bridge.user.id, "status": "ACTIVE"}
    assert about[1]["userInfo"]["userName"]["fullName"] == "Bayu Pratama"
    assert bridge.granted("Bayu") == {"USER_NAME"}
    with pytest.raises(SetupError, match=r"issue: the profile alipay-plus has no scope .* did you mean 'USER_NAME'"):
        bridge.issue("USER_NAMES")
    with pytest.raises(SetupError, match=r'issue: name the scopes, as in issue\("USER_LOGIN_ID"\)'):
        Bridge(profile="dana").issue()


def test_two_bridges_of_a_server_know_nothing_of_each_others_codes() -> None:
    with Bridge(verify=False).run() as one:
        other = Bridge(verify=False)
        with other.run():
            code = code_of_page(other)
            assert exchange(other, code, url=one.url)["result"]["resultCode"] == "INVALID_AUTHCODE"
            assert exchange(other, code)["result"]["resultCode"] == "SUCCESS"


def test_it_can_be_mounted_in_an_application_of_ones_own() -> None:
    bridge = Bridge(verify=False, consent="allow")
    app = FastAPI()
    app.mount("/wallet", bridge.app)
    code = bridge.issue()
    with run_in_thread(app) as server:
        assert exchange(bridge, code, url=f"{server.url}/wallet")["result"]["resultCode"] == "SUCCESS"


def test_mounted_under_another_server_an_answer_that_is_cut_ends_before_its_end() -> None:
    bridge = Bridge(verify=False)
    app = FastAPI()
    app.mount("/wallet", bridge.app)

    async def elsewhere(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "extensions": {}}, receive, send)

    bridge.gateway.once("applyToken", "cut")
    code = bridge.issue()
    with run_in_thread(elsewhere) as server:
        with pytest.raises(httpx.RemoteProtocolError):
            exchange(bridge, code, url=f"{server.url}/wallet")
        answer = exchange(bridge, code, url=f"{server.url}/wallet")
    assert answer["result"]["resultCode"] == "USED_AUTHCODE"


def test_files_of_a_page_may_have_such_addresses(bridge: Bridge, tmp_path: Path) -> None:
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1" / "app.js").write_text("// mine")
    bridge.configure(pages=tmp_path)
    assert httpx.get(f"{bridge.url}/v1/app.js").text == "// mine"
    assert httpx.get(f"{bridge.url}/v1/users/inquiryUserInfo").json()["result"]["resultCode"] == "INVALID_API"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example"])
def test_a_name_that_is_not_this_servers_is_refused_before_anything_else(bridge: Bridge, host: str) -> None:
    answer = httpx.post(f"{bridge.url}{EXCHANGE}", json={}, headers={"Host": host})
    assert answer.status_code == 403
    assert "--allow-host" in answer.text
    assert bridge.gateway.requests == ()


def test_a_page_of_another_site_cannot_ask(bridge: Bridge) -> None:
    answer = httpx.post(f"{bridge.url}{EXCHANGE}", json={}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def test_it_speaks_http_only_where_it_is_alone() -> None:
    bridge = Bridge(verify=False)
    with run_in_thread(bridge.gateway_app) as server:
        assert httpx.get(f"{server.url}/my.js").json()["result"]["resultCode"] == "INVALID_API"
        with pytest.raises(Exception, match="403"), open_wire_page(server.url):
            pass


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("/wallet/v2/authorizations/applyToken", "if it is yours: --gateway-prefix /wallet"),
        ("/a/b/users/inquiryUserInfo", "if it is yours: --gateway-prefix /a/b"),
        ("/v3/authorizations/applyToken", "did you mean '/v2/authorizations/applyToken'?"),
        ("/authorizations/applyToken", "did you mean '/v2/authorizations/applyToken'?"),
        ("/api/open/v2/authorizations/applytoken", "did you mean '/v2/authorizations/applyToken'?"),
    ],
)
def test_whoever_asks_at_another_address_is_told_the_right_one(bridge: Bridge, path: str, advice: str) -> None:
    result = post(f"{bridge.url}{path}")["result"]
    assert result["resultCode"] == "INVALID_API"
    assert result["resultMessage"].endswith(advice)


def test_what_pages_post_elsewhere_is_not_for_it(bridge: Bridge) -> None:
    assert httpx.post(f"{bridge.url}/login", json={}).status_code in (404, 405)
    assert bridge.gateway.requests == ()


def raw(bridge: Bridge, request: bytes) -> bytes:
    """Send a request as it is, to its end; return the answer as it is."""
    assert bridge.server is not None
    with socket.create_connection((bridge.server.host, bridge.server.port), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_nobody_is_connected_through_it() -> None:
    bridge = Bridge(verify=False)
    with bridge.run():
        answer = raw(bridge, b"CONNECT /api/open/v1/x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 4")
    with run_in_thread(bridge.gateway_app) as bridge.server:
        answer = raw(bridge, b"CONNECT x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 405")


@contextmanager
def lived(app: ASGIApp) -> Iterator[str]:
    """Serve an application as others do that say when it begins and ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, lifespan="on", log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def test_an_application_that_has_begun_and_ended_is_served_between() -> None:
    # As servers and test clients do that send an application its lifespan.
    bridge = Bridge(verify=False)
    for app in (bridge.app, bridge.gateway_app):
        with lived(app) as url:
            answer = post(f"{url}/v1/users/inquiryUserInfo", accessToken="none")
        assert answer["result"]["resultCode"] == "INVALID_ACCESS_TOKEN"


def test_an_application_that_was_taken_before_keeps_what_it_was_set_to(bridge: Bridge) -> None:
    taken = bridge.app
    code = bridge.issue()
    bridge.configure(app_id="2099", verify=True)
    with run_in_thread(taken) as server:
        asked = {"grantType": "AUTHORIZATION_CODE", "authCode": code}
        assert post(f"{server.url}/v1/authorizations/applyToken", **asked)["result"]["resultCode"] == "SUCCESS"
    refused = post(f"{bridge.url}/v1/authorizations/applyToken")["result"]
    assert "the header Client-Id is missing" in refused["resultMessage"]


def test_a_page_of_another_site_cannot_spend_a_code_by_its_address(bridge: Bridge) -> None:
    answer = httpx.get(f"{bridge.url}/gateway.do?method=x", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert bridge.gateway.requests == ()
    answer = httpx.get(f"{bridge.url}/gateway.do?method=x", headers={"Sec-Fetch-Site": "none"})
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_keys_and_state_among_the_pages_are_no_pages(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>page</p>")
    with closing(StateFile(tmp_path / "state.db")) as store:
        bridge = Bridge(pages=tmp_path, keys=tmp_path / "keys", store=store)
        with bridge.run() as server:
            assert httpx.get(f"{server.url}/index.html").is_success
            for file in ("keys/merchant-private.pem", "keys/wallet-public.pem", "state.db"):
                assert (tmp_path / file).exists()
                assert httpx.get(f"{server.url}/{file}").status_code == 404


def test_who_leaves_before_the_request_is_whole_is_not_answered() -> None:
    bridge = Bridge(verify=False)
    with bridge.run():
        head = b"POST /v1/users/inquiryUserInfo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n"
        raw(bridge, head + b"{")
    assert bridge.gateway.requests == ()


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.gateway.BODY_SECONDS", 0.05)
    bridge = Bridge(verify=False)
    with bridge.run() as server, socket.create_connection((server.host, server.port), timeout=10) as connection:
        head = b"POST /v1/users/inquiryUserInfo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n"
        connection.sendall(head)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"the body did not come within 0.05 s" in answer


def test_what_is_sent_cannot_write_lines_of_the_log(bridge: Bridge, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "bridge.gateway")
    httpx.post(f"{bridge.url}/api/open/x%0aapplyToken  28..  SUCCESS", json={})
    exchange(bridge, "\r\n\x1b[2J ok ok ok\x1b[\r\n")
    httpx.post(f"{bridge.url}/v1/users/inquiryUserInfo", json={"accessToken": "x"}, headers={b"Client-Id": b"\x85a"})
    assert [str(record.getMessage()).isprintable() for record in caplog.records] == [True] * 3
    assert all(str(request).isprintable() for request in bridge.gateway.requests)


# One state.


def test_the_log_has_the_whole_life_of_a_code(bridge: Bridge) -> None:
    bridge.allow("USER_NAME")
    code = code_of_page(bridge, "USER_NAME")
    call = bridge.wait_for_call("getAuthCode")
    assert [step.what for step in call.life] == ["asked", "granted"]
    tokens = exchange(bridge, code)
    ids = {"appId": bridge.settings.app_id, "authClientId": bridge.settings.clients[0].id}
    post(f"{bridge.url}/v2/users/inquiryUserInfo", accessToken=tokens["accessToken"], **ids)
    refresh = {"grantType": "REFRESH_TOKEN", "refreshToken": tokens["refreshToken"], **ids}
    renewed = post(f"{bridge.url}{EXCHANGE}", **refresh)
    post(f"{bridge.url}/v1/authorizations/query", accessToken=renewed["accessToken"])
    post(f"{bridge.url}/v2/authorizations/revoke", accessToken=renewed["accessToken"], **ids)
    exchange(bridge, code)
    client = bridge.settings.clients[0].id
    assert [step.what for step in call.life] == [
        "asked",
        "granted",
        f"redeemed by {client}",
        f"used for user info by {client}",
        f"refreshed by {client}",
        f"token queried by {client}",
        f"tokens revoked by {client}",
        f"applyToken by {client} refused: USED_AUTHCODE",
    ]
    times = [step.at for step in call.life]
    assert times == sorted(times)
    assert [request.number for request in bridge.gateway.requests] == [1, 2, 3, 4, 5, 6]
    assert {bridge.log.call_of(request) for request in bridge.gateway.requests} == {call}


def test_what_python_redeems_is_in_the_life_of_a_code_too(bridge: Bridge) -> None:
    code = code_of_page(bridge)
    call = bridge.wait_for_call("getAuthCode")
    bridge.redeem(code)
    assert exchange(bridge, code)["result"]["resultCode"] == "USED_AUTHCODE"
    client = bridge.settings.clients[0].id
    assert [step.what for step in call.life[2:]] == [
        "redeemed in Python",
        f"applyToken by {client} refused: USED_AUTHCODE",
    ]


def test_what_python_could_not_redeem_is_not_said_to_be_redeemed(tmp_path: Path) -> None:
    with closing(StateFile(tmp_path / "state.db")) as store:
        bridge = Bridge(store=store)
    with pytest.raises(StateError):
        bridge.redeem("2810")
    (request,) = bridge.gateway.requests
    assert (request.result, request.succeeded) == ("StateError", False)


class Heard(logging.Handler):
    """Lets a test wait until something is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.event = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.event.set()


@pytest.fixture
def heard() -> Iterator[threading.Event]:
    handler = Heard()
    logger = logging.getLogger("bridge.gateway")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler.event
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def test_a_late_answer_is_in_the_log_before_it_is_there(bridge: Bridge, heard: threading.Event) -> None:
    bridge.gateway.once("applyToken", delay=60)
    code = bridge.issue()
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(exchange, bridge, code)
        assert heard.wait(10)
        (request,) = bridge.gateway.requests
        assert (request.result, request.fault) == ("SUCCESS", "delay=60")
        bridge.clock.advance(60)
        assert late.result()["result"]["resultCode"] == "SUCCESS"


def test_a_bridge_that_could_not_be_configured_goes_on_with_its_codes() -> None:
    bridge = Bridge(seed=1)
    first = bridge.issue()
    with pytest.raises(SetupError):
        bridge.configure(seed=2, consent=grant(only=["NO_SUCH_SCOPE"]))
    bridge.configure(app_name="Corner Coffee")
    assert bridge.issue() != first
    assert bridge.redeem(first)


def test_a_bridge_that_is_configured_again_goes_on_with_its_codes() -> None:
    bridge = Bridge(seed=1, verify=False)
    with bridge.run():
        first = bridge.issue()
        token = exchange(bridge, first)["accessToken"]
        bridge.configure(app_name="Corner Coffee")
        assert bridge.issue() != first
        about = post(f"{bridge.url}/v1/users/inquiryUserInfo", accessToken=token)
        assert about["result"]["resultCode"] == "SUCCESS"


def test_a_call_without_a_code_has_no_such_life(bridge: Bridge) -> None:
    with open_wire_page(bridge.url) as page:
        page.ask("getServerTime")
    assert bridge.wait_for_call("getServerTime").life == ()


def test_a_code_that_python_has_issued_belongs_to_no_call(bridge: Bridge) -> None:
    code = bridge.issue()
    exchange(bridge, code)
    (request,) = bridge.gateway.requests
    assert bridge.log.call_of(request) is None
    assert request.succeeded


def test_tokens_outlive_a_bridge_whose_state_is_in_a_file(tmp_path: Path) -> None:
    with closing(StateFile(tmp_path / "state.db")) as store:
        first = Bridge(store=store, verify=False, consent="allow")
        with first.run():
            tokens = exchange(first, code_of_page(first, "USER_NAME"))
    with closing(StateFile(tmp_path / "state.db")) as store:
        second = Bridge(store=store, verify=False)
        with second.run() as server:
            about = post(f"{server.url}/v1/users/inquiryUserInfo", accessToken=tokens["accessToken"])
    assert about["userInfo"]["userName"]["fullName"] == "Amara Okafor"


def test_a_state_file_that_cannot_be_read_now_is_an_unknown_outcome(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = StateFile(tmp_path / "state.db")
    bridge = Bridge(store=store, verify=False)
    with bridge.run():
        store.close()
        answer = exchange(bridge, "2810" + "x" * 28)
    assert answer["result"]["resultStatus"] == "U"
    assert "cannot keep state" in caplog.text


class Watched:
    """A store that says when it is asked for something."""

    def __init__(self, store: Store, asked: threading.Event) -> None:
        self._store = store
        self._asked = asked

    def __getattr__(self, name: str) -> Any:
        self._asked.set()
        return getattr(self._store, name)


def test_a_state_file_that_another_process_has_locked_keeps_no_page_waiting(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    with closing(StateFile(file)) as store, closing(sqlite3.connect(file, isolation_level=None)) as other:
        bridge = Bridge(store=cast(Store, Watched(store, asked := threading.Event())), verify=False)
        code = bridge.issue()
        asked.clear()
        with bridge.run() as server, ThreadPoolExecutor(1) as pool:
            other.execute("BEGIN EXCLUSIVE")
            exchanged = pool.submit(exchange, bridge, code)
            assert asked.wait(10)
            assert httpx.get(f"{server.url}/my.js").is_success
            other.execute("ROLLBACK")
            # Had the page waited, the exchange would have been given up.
            assert exchanged.result()["result"]["resultCode"] == "SUCCESS"


def test_a_user_who_is_no_more_is_no_user(bridge: Bridge) -> None:
    tokens = exchange(bridge, code_of_page(bridge))
    nobody = bridge.authority.issue(app_id=bridge.settings.app_id, user_id="gone", scopes=("auth_base",))
    gone = exchange(bridge, nobody)
    url = f"{bridge.url}/v1/users/inquiryUserInfo"
    assert post(url, accessToken=tokens["accessToken"])["result"]["resultCode"] == "SUCCESS"
    assert post(url, accessToken=gone["accessToken"])["result"]["resultCode"] == "INVALID_ACCESS_TOKEN"


@pytest.mark.bridge(profile="alipay-cn")
def test_alipay_in_china_tells_nothing_to_who_may_know_the_id_only(bridge: Bridge) -> None:
    shared = []
    for scope in ("auth_base", "auth_user"):
        exchanged = {"method": "alipay.system.oauth.token", "grant_type": "authorization_code"}
        answer = httpx.post(f"{bridge.url}/gateway.do", data={**exchanged, "code": code_of_page(bridge, scope)}).json()
        token = answer["alipay_system_oauth_token_response"]["access_token"]
        asked = {"method": "alipay.user.info.share", "auth_token": token}
        shared.append(httpx.post(f"{bridge.url}/gateway.do", data=asked).json()["alipay_user_info_share_response"])
    assert shared[0]["sub_code"] == "aop.invalid-auth-token"
    assert shared[1]["nick_name"] == bridge.user.nickname
    assert [request.result for request in bridge.gateway.requests][1::2] == ["aop.invalid-auth-token", "SUCCESS"]


# What a back end has to be set to.


def test_the_settings_of_a_back_end_name_all_that_it_needs(bridge: Bridge) -> None:
    settings = bridge.gateway.settings
    assert settings.gateway_url == bridge.url
    assert str(settings).splitlines() == [
        f"GATEWAY_URL={bridge.url}",
        f"CLIENT_ID={settings.client_id}",
        f"APP_ID={bridge.settings.app_id}",
        f"MERCHANT_PRIVATE_KEY={settings.merchant_private_key}",
        f"ALIPAY_PUBLIC_KEY={settings.alipay_public_key}",
    ]
    assert settings.environment["CLIENT_ID"] == settings.client_id
    assert settings.merchant_private_key not in repr(settings)
    assert repr(bridge.gateway) == "<Gateway, 0 requests>"


@pytest.mark.bridge(profile="alipay-cn")
def test_the_gateway_of_alipay_in_china_is_one_address(bridge: Bridge) -> None:
    assert bridge.gateway.settings.gateway_url == f"{bridge.url}/gateway.do"
    with bridge.stand_in_for("openapi.alipay.com") as settings:
        assert settings.gateway_url == "https://openapi.alipay.com/gateway.do"


@pytest.mark.bridge(profile="alipay-cn")
def test_another_address_of_it_is_answered_as_alipay_in_china_does(bridge: Bridge) -> None:
    with run_in_thread(bridge.gateway_app) as server:
        answer = httpx.post(f"{server.url}/?method=alipay.user.info.share&app_id={bridge.settings.app_id}").json()
    error = answer["alipay_user_info_share_response"]
    assert error["sub_code"] == "isv.invalid-method"
    assert error["sub_msg"].endswith("the gateway is /gateway.do, not /")


@pytest.mark.parametrize("host", ["https://gateway.test", "gateway.test:8443", ""])
def test_what_is_no_name_of_a_host_cannot_be_stood_in_for(bridge: Bridge, host: str) -> None:
    with pytest.raises(SetupError, match="a host is named like gateway"), bridge.stand_in_for(host):
        pass


def test_a_bridge_that_is_not_served_has_no_settings_yet() -> None:
    with pytest.raises(SetupError, match="this bridge is not served"):
        _ = Bridge().gateway.settings


def test_of_a_merchant_the_public_key_is_enough(tmp_path: Path) -> None:
    own = PrivateKey.make()
    (tmp_path / "merchant-public.pem").write_text(own.public.pem)
    settings = Bridge(keys=tmp_path).gateway.settings_at("https://gateway.test")
    assert (settings.merchant_private_key, settings.merchant_private_key_pkcs8) == ("", "")
    assert "MERCHANT_PRIVATE_KEY" not in settings.environment
    assert str(settings).splitlines()[-1].startswith("# MERCHANT_PRIVATE_KEY is your own")
    assert settings.alipay_public_key == Keys.load(tmp_path).wallet.public.base64


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"client_id": ""}, "a client's id is 1 to 128 ASCII characters without spaces, not ''"),
        ({"clients": ["other"]}, r"clients: Client\(id=..., app_id=...\), not 'other'"),
        ({"clients": [Client(id="2022000000000000", app_id="1")]}, "two have the same id"),
        ({"clients": [Client(id="1", app_id="2021000000000000")]}, "two have the same app"),
        ({"clients": [Client(id="1", app_id="")]}, "the client 1 has no app"),
        ({"gateway_prefix": "/_bridge/api"}, "--gateway-prefix takes the beginning of a path"),
        ({"gateway_prefix": "/v1"}, "--gateway-prefix takes the beginning of a path"),
        ({"clients": [Client(id="1", app_id="1", public_key="none")]}, "public_key of the client 1 is no public key"),
        (
            {"gateway_prefix": "wallet"},
            "--gateway-prefix takes the beginning of a path, such as /wallet/api, not 'wallet'",
        ),
    ],
)
def test_what_cannot_be_used_is_refused(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(SetupError, match=problem):
        Bridge(**options)


# What a test is told.


def test_a_code_of_python_that_was_never_redeemed_is_found(bridge: Bridge) -> None:
    used, unused = bridge.issue(), bridge.issue()
    exchange(bridge, used)
    (finding,) = findings(bridge, ["code_not_redeemed"])
    assert finding.headline == f"the code {unused[:4]}...{unused[-4:]} of bridge.issue was never redeemed"


def test_what_is_not_here_cannot_expire(bridge: Bridge) -> None:
    with pytest.raises(SetupError, match=r"expire: there is no code or token 2810\.\.\.xxxx here"):
        bridge.gateway.expire("2810" + "x" * 28)
    code = bridge.issue()
    bridge.gateway.expire(code)
    assert exchange(bridge, code)["result"]["resultCode"] == "EXPIRED_AUTHCODE"


@pytest.mark.bridge_checks(unused_outcome=False)
def test_a_fault_that_was_never_used_is_found(bridge: Bridge) -> None:
    bridge.gateway.once("applyToken", "used")
    bridge.gateway.always("inquiryUserInfo", "limited")
    (finding,) = findings(bridge, ["unused_outcome"])
    assert finding.headline.startswith("gateway.once('applyToken', 'used'), ")
    assert "test_back_end.py:" in finding.headline
    assert finding.details == "back ends have asked for nothing"
    post(f"{bridge.url}/v1/users/inquiryUserInfo", accessToken="none")
    (finding,) = findings(bridge, ["unused_outcome"])
    assert finding.details == "back ends have asked for inquiryUserInfo"
    exchange(bridge, "none")
    assert findings(bridge, ["unused_outcome"]) == []


def test_a_report_lists_what_back_ends_have_asked_for(bridge: Bridge) -> None:
    post(f"{bridge.url}/v1/users/inquiryUserInfo", accessToken="281011112222333344445555")
    assert "Requests of back ends:\n  inquiryUserInfo  2810...5555  INVALID_ACCESS_TOKEN" in happened(bridge.log)
    code = code_of_page(bridge)
    exchange(bridge, code)
    bridge.wait_for_call("getAuthCode")
    last = happened(bridge.log).splitlines()[-1]
    assert last.startswith(f"  applyToken  {code[:4]}...{code[-4:]}  SUCCESS")
    assert last.endswith("  (the code of #1 getAuthCode (auth_base))")
    for _ in range(20):
        exchange(bridge, "none")
    assert "Requests of back ends (the first 2 are left out):" in happened(bridge.log)


def test_a_handler_file_that_is_saved_brings_its_faults() -> None:
    bridge, saved = Bridge(verify=False), Bridge()
    bridge.gateway.always("applyToken", "limited")
    saved.gateway.always("applyToken", "unknown")
    bridge.take_over(saved)
    with bridge.run():
        assert exchange(bridge, "none")["result"]["resultCode"] == "UNKNOWN_EXCEPTION"
    assert saved.gateway is bridge.gateway


def test_what_a_saved_handler_file_issues_and_redeems_is_the_running_wallets() -> None:
    bridge, saved = Bridge(verify=False), Bridge()
    bridge.configure(app_id="2099")
    bridge.take_over(saved)
    with bridge.run():
        assert exchange(bridge, saved.issue("USER_NAME"))["result"]["resultCode"] == "SUCCESS"
    assert saved.redeem(bridge.issue()).app_id == "2099"
    old = bridge.issue()
    saved.clock.advance(601)
    with pytest.raises(ExpiredCode):
        bridge.redeem(old)
