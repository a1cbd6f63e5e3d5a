"""The wallet's API breaks its rules on request: `bridge.gateway.once`, `sequence` and `always`."""

from __future__ import annotations

import http.client
import logging
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature

from bridge import Bridge, SetupError
from bridge.exchange import Client
from bridge.gateway_faults import FaultName
from bridge.keys import PrivateKey
from tests.back_end import TEST_KEY, BackEnd, Reply, private_key
from tests.wire_page import open_wire_page

BOTH = pytest.mark.parametrize("version", ["v1", "v2"])

USED = {"v1": "USED_CODE", "v2": "USED_AUTHCODE"}
EXPIRED = {"v1": "EXPIRED_CODE", "v2": "EXPIRED_AUTHCODE"}

LOST = (http.client.RemoteDisconnected, ConnectionResetError)


@pytest.fixture
def back_end(bridge: Bridge) -> BackEnd:
    """The back end of the bridge's own merchant."""
    return BackEnd(bridge)


@pytest.fixture
def code(bridge: Bridge) -> str:
    """A code that a page has got."""
    with open_wire_page(bridge.url) as page:
        _, payload = page.ask()
    return str(payload["authCode"])


# What goes wrong.


@BOTH
@pytest.mark.parametrize(
    ("fault", "v1", "v2"),
    [
        ("unknown", ("UNKNOWN_EXCEPTION", "U"), ("UNKNOWN_EXCEPTION", "U")),
        ("limited", ("REQUEST_TRAFFIC_EXCEED_LIMIT", "U"), ("REQUEST_TRAFFIC_EXCEED_LIMIT", "F")),
        ("used", ("USED_CODE", "F"), ("USED_AUTHCODE", "F")),
    ],
)
def test_nothing_changes_by_what_is_only_said(
    bridge: Bridge, back_end: BackEnd, code: str, version: str, fault: Any, v1: Any, v2: Any
) -> None:
    bridge.gateway.once("applyToken", fault)
    assert back_end.redeem(code, version).result == (v1 if version == "v1" else v2)
    assert not bridge.authority.was_redeemed(code)
    assert back_end.redeem(code, version).code == "SUCCESS"


def test_a_refresh_token_may_be_said_to_be_used(bridge: Bridge, back_end: BackEnd, code: str) -> None:
    tokens = back_end.redeem(code).body
    bridge.gateway.once("applyToken", "used")
    assert back_end.refresh(tokens["refreshToken"]).code == "USED_REFRESH_TOKEN"
    assert back_end.refresh(tokens["refreshToken"]).code == "SUCCESS"


@BOTH
def test_an_expired_code_stays_expired(bridge: Bridge, back_end: BackEnd, code: str, version: str) -> None:
    bridge.gateway.once("applyToken", "expired")
    replies = [back_end.redeem(code, version).result for _ in range(2)]
    assert replies == [(EXPIRED[version], "F")] * 2


def test_tokens_may_expire_too(bridge: Bridge, back_end: BackEnd, code: str) -> None:
    tokens = back_end.redeem(code).body
    bridge.gateway.once("inquiryUserInfo", "expired")
    assert back_end.user_info(tokens["accessToken"]).code == "EXPIRED_ACCESS_TOKEN"
    assert back_end.user_info(tokens["accessToken"]).code == "EXPIRED_ACCESS_TOKEN"
    bridge.gateway.once("applyToken", "expired")
    assert back_end.refresh(tokens["refreshToken"]).code == "EXPIRED_REFRESH_TOKEN"


def test_a_code_or_token_may_also_be_let_expire_before_it_is_sent(bridge: Bridge, back_end: BackEnd, code: str) -> None:
    tokens = back_end.redeem(code).body
    bridge.gateway.expire(tokens["accessToken"])
    assert back_end.user_info(tokens["accessToken"]).code == "EXPIRED_ACCESS_TOKEN"
    tokens = back_end.refresh(tokens["refreshToken"]).body
    bridge.gateway.expire(tokens["refreshToken"])
    assert back_end.refresh(tokens["refreshToken"]).code == "EXPIRED_REFRESH_TOKEN"


OTHER_KEY = PrivateKey.read(TEST_KEY)


@BOTH
@pytest.mark.bridge(clients=[Client(id="B", app_id="3333010000000000", public_key=OTHER_KEY.public.base64)])
def test_nothing_of_another_client_expires(bridge: Bridge, back_end: BackEnd, code: str, version: str) -> None:
    other = BackEnd(bridge, client_id="B", app_id="3333010000000000", key=private_key(OTHER_KEY.pkcs8))
    bridge.gateway.sequence("applyToken", "expired", None, "expired")
    bridge.gateway.once("inquiryUserInfo", "expired")
    assert other.redeem(code, version).code == {"v1": "INVALID_CODE", "v2": "INVALID_AUTHCODE"}[version]
    tokens = back_end.redeem(code, version).body
    assert tokens["result"]["resultCode"] == "SUCCESS"
    assert other.refresh(tokens["refreshToken"], version).code == "INVALID_REFRESH_TOKEN"
    assert other.user_info(tokens["accessToken"], version).code == "INVALID_ACCESS_TOKEN"
    assert back_end.user_info(tokens["accessToken"], version).code == "SUCCESS"
    assert back_end.refresh(tokens["refreshToken"], version).code == "SUCCESS"


@BOTH
def test_a_connection_that_is_cut_leaves_the_code_spent(
    bridge: Bridge, back_end: BackEnd, code: str, version: str, caplog: pytest.LogCaptureFixture
) -> None:
    bridge.gateway.once("applyToken", "cut")
    with pytest.raises(LOST):
        back_end.redeem(code, version)
    assert back_end.redeem(code, version).code == USED[version]
    assert [(request.result, request.fault) for request in bridge.gateway.requests] == [
        ("SUCCESS", "'cut'"),
        (USED[version], ""),
    ]
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_cut_connection_cuts_no_other(bridge: Bridge, back_end: BackEnd, code: str) -> None:
    with open_wire_page(bridge.url) as page:
        bridge.gateway.once("applyToken", "cut")
        with pytest.raises(LOST):
            back_end.redeem(code)
        assert page.ask()[0] == "success"


def test_an_answer_may_be_forged(bridge: Bridge, back_end: BackEnd, code: str) -> None:
    bridge.gateway.once("applyToken", "forged")
    with pytest.raises(InvalidSignature):
        back_end.redeem(code)
    assert bridge.authority.was_redeemed(code)
    assert back_end.redeem(code).code == "USED_AUTHCODE"


def test_a_refusal_may_be_forged(bridge: Bridge, back_end: BackEnd) -> None:
    bridge.gateway.once("queryToken", "forged")
    with pytest.raises(InvalidSignature):
        back_end.ask("/v1/authorizations/query", accessToken="x")
    assert back_end.ask("/v1/authorizations/query", accessToken="x").code == "INVALID_ACCESS_TOKEN"


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("inquiryUserInfo", "/v2/users/inquiryUserInfo"),
        ("inquiryUserInfo", "/v2/customers/user/inquiryUserInfo"),
        ("inquiryUserInfo", "/ams/api/v1/users/inquiryUserInfo"),
        ("queryToken", "/ams/api/v1/authorizations/query"),
        ("cancelToken", "/v1/authorizations/cancelToken"),
        ("cancelToken", "/v2/authorizations/revoke"),
    ],
)
def test_each_operation_may_go_wrong_whatever_its_path(
    bridge: Bridge, back_end: BackEnd, code: str, operation: Any, path: str
) -> None:
    access = back_end.redeem(code).body["accessToken"]
    bridge.gateway.once(operation, "unknown")
    assert back_end.ask(path, accessToken=access).result == ("UNKNOWN_EXCEPTION", "U")
    assert back_end.ask(path, accessToken=access).result == ("SUCCESS", "S")


# Late answers.


def when_moved(bridge: Bridge, ask: Callable[[], Reply], step: float) -> Reply:
    """Return an answer that does not come before the clock is moved; move it by so many seconds until it comes."""
    with ThreadPoolExecutor(1) as pool, ExitStack() as stack:
        asking = pool.submit(ask)
        # Not for ever, should the answer not come at all.
        stack.callback(bridge.clock.advance, 10_000)
        wait([asking], timeout=0.1)
        assert not asking.done()
        deadline = time.monotonic() + 5
        while not asking.done() and time.monotonic() < deadline:
            bridge.clock.advance(step)
            wait([asking], timeout=0.05)
        assert asking.done()
        return asking.result()


def test_an_answer_may_come_later_by_the_clock_that_a_test_moves(bridge: Bridge, back_end: BackEnd, code: str) -> None:
    access = back_end.redeem(code).body["accessToken"]
    bridge.gateway.once("inquiryUserInfo", delay=20)
    assert when_moved(bridge, lambda: back_end.user_info(access), 20).code == "SUCCESS"
    assert bridge.gateway.requests[-1].fault == "delay=20"
    assert back_end.user_info(access).code == "SUCCESS"


def test_a_delay_is_over_when_the_clock_was_moved_as_far_in_several_steps(
    bridge: Bridge, back_end: BackEnd, code: str
) -> None:
    access = back_end.redeem(code).body["accessToken"]
    before = bridge.clock.ahead
    bridge.gateway.once("inquiryUserInfo", delay=20)
    when_moved(bridge, lambda: back_end.user_info(access), 7)
    assert bridge.clock.ahead - before >= 20


def test_a_delay_passes_by_itself_too(bridge: Bridge, back_end: BackEnd, code: str) -> None:
    bridge.gateway.once("applyToken", delay=0.05)
    began = time.monotonic()
    assert back_end.redeem(code).code == "SUCCESS"
    assert time.monotonic() - began >= 0.05


def test_what_was_asked_for_is_done_before_the_delay(bridge: Bridge, back_end: BackEnd, code: str) -> None:
    bridge.gateway.once("applyToken", delay=20)
    with ThreadPoolExecutor(1) as pool, ExitStack() as stack:
        asking = pool.submit(back_end.redeem, code)
        stack.callback(bridge.clock.advance, 10_000)
        deadline = time.monotonic() + 5
        while not bridge.authority.was_redeemed(code) and time.monotonic() < deadline:
            wait([asking], timeout=0.01)
        assert (bridge.authority.was_redeemed(code), asking.done()) == (True, False)
        while not asking.done() and time.monotonic() < deadline:
            bridge.clock.advance(20)
            wait([asking], timeout=0.05)
        assert asking.result(timeout=0).code == "SUCCESS"


def test_a_fault_may_come_late(bridge: Bridge, back_end: BackEnd, code: str) -> None:
    bridge.gateway.once("applyToken", "used", delay=20)
    assert when_moved(bridge, lambda: back_end.redeem(code), 20).code == "USED_AUTHCODE"
    assert bridge.gateway.requests[0].fault == "'used', delay=20"
    assert not bridge.authority.was_redeemed(code)


def test_others_are_answered_meanwhile(bridge: Bridge, back_end: BackEnd, code: str) -> None:
    access = back_end.redeem(code).body["accessToken"]
    bridge.gateway.once("inquiryUserInfo", delay=20)

    def late() -> Reply:
        return back_end.user_info(access)

    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(late)
        while not bridge.gateway.faults.rules[0].used:
            wait([asking], timeout=0.01)
        assert [back_end.user_info(access).code for _ in range(3)] == ["SUCCESS"] * 3
        assert not asking.done()
        while not asking.done():
            bridge.clock.advance(20)
            wait([asking], timeout=0.05)
        assert asking.result().code == "SUCCESS"


# Which request gets which.


def asked(bridge: Bridge, number: int) -> list[str]:
    """Ask for what nobody can get so many times; return what is said."""
    back_end = BackEnd(bridge)
    return [back_end.redeem("28107fY3kQ9wXb2LmN5pR8tV1zC4dG6h").code for _ in range(number)]


NONE, UNKNOWN, LIMITED = "INVALID_AUTHCODE", "UNKNOWN_EXCEPTION", "REQUEST_TRAFFIC_EXCEED_LIMIT"


def test_of_several_that_hold_once_the_one_written_first_is_used(bridge: Bridge) -> None:
    bridge.gateway.once("applyToken", "unknown")
    bridge.gateway.once("applyToken", "limited")
    assert asked(bridge, 3) == [UNKNOWN, LIMITED, NONE]


def test_a_sequence_may_have_requests_that_go_well_in_it(bridge: Bridge) -> None:
    bridge.gateway.sequence("applyToken", "unknown", None, "limited")
    assert asked(bridge, 4) == [UNKNOWN, NONE, LIMITED, NONE]


def test_what_always_holds_is_the_one_written_last_and_holds_until_it_is_ended(bridge: Bridge) -> None:
    bridge.gateway.always("applyToken", "unknown")
    bridge.gateway.always("applyToken", "limited")
    assert asked(bridge, 3) == [LIMITED] * 3
    bridge.gateway.always("applyToken")
    assert asked(bridge, 2) == [NONE] * 2


def test_once_comes_before_always_wherever_it_was_written(bridge: Bridge) -> None:
    bridge.gateway.once("applyToken", "unknown")
    bridge.gateway.always("applyToken", "limited")
    bridge.gateway.once("applyToken")
    assert asked(bridge, 3) == [UNKNOWN, NONE, LIMITED]


def test_a_rule_is_for_its_operation_only(bridge: Bridge, back_end: BackEnd) -> None:
    bridge.gateway.once("inquiryUserInfo", "unknown")
    bridge.gateway.always("queryToken", "unknown")
    assert asked(bridge, 1) == [NONE]
    assert [back_end.user_info("x").code for _ in range(2)] == [UNKNOWN, "INVALID_ACCESS_TOKEN"]


def test_a_request_that_is_wrong_in_itself_uses_no_rule_up(bridge: Bridge, back_end: BackEnd) -> None:
    bridge.gateway.once("applyToken", "unknown")
    assert back_end.send("/v2/authorizations/applyToken", b"{}", {"Signature": "x"}).code == "PARAM_ILLEGAL"
    assert back_end.redeem("x", grantType="x").code == "AUTH_CLIENT_UNSUPPORTED_GRANT_TYPE"
    assert asked(bridge, 2) == [UNKNOWN, NONE]


def test_each_of_many_requests_at_once_gets_one_fault(bridge: Bridge) -> None:
    eight: list[FaultName] = ["unknown"] * 8
    bridge.gateway.sequence("applyToken", *eight)
    with ThreadPoolExecutor(4) as pool:
        codes = [code for part in pool.map(lambda _: asked(bridge, 4), range(4)) for code in part]
    assert sorted(codes) == [NONE] * 8 + [UNKNOWN] * 8


def test_a_saved_handler_file_brings_its_own_rules(bridge: Bridge) -> None:
    bridge.gateway.always("applyToken", "unknown")
    saved = Bridge()
    saved.gateway.once("applyToken", "limited")
    bridge.take_over(saved)
    assert asked(bridge, 2) == [LIMITED, NONE]


# What cannot be.


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (
            lambda gateway: gateway.once("applytoken", "used"),
            "once: the wallet's API has no 'applytoken'; did you mean 'applyToken'? "
            "(there are applyToken, inquiryUserInfo, queryToken, cancelToken)",
        ),
        (lambda gateway: gateway.once(7, "used"), "once: the wallet's API has no 7"),
        (lambda gateway: gateway.once(["revoke"]), "once: the wallet's API has no ['revoke']"),
        (lambda gateway: gateway.once("revoke"), "once: the wallet's API has no 'revoke'; it is 'cancelToken' here"),
        (lambda gateway: gateway.always("query"), "always: the wallet's API has no 'query'; it is 'queryToken' here"),
        (
            lambda gateway: gateway.sequence("alipay.system.oauth.token", "used"),
            "sequence: the wallet's API has no 'alipay.system.oauth.token'; it is 'applyToken' here",
        ),
        (
            lambda gateway: gateway.once("alipay.user.info.share", "unknown"),
            "once: the wallet's API has no 'alipay.user.info.share'; it is 'inquiryUserInfo' here",
        ),
        (
            lambda gateway: gateway.expire("28107fY3kQ9wXb2LmN5pR8tV1zC4dG6h"),
            "expire: there is no code or token 2810...dG6h here",
        ),
        (
            lambda gateway: gateway.sequence("applyToken", "unknown", "expird"),
            "sequence: a fault is one of expired, used, unknown, limited, cut, forged, not 'expird'; "
            "did you mean 'expired'?",
        ),
        (lambda gateway: gateway.always("applyToken", ["used"]), "always: a fault is one of"),
        (
            lambda gateway: gateway.once("inquiryUserInfo", "used"),
            "once: an access token is not used up, so inquiryUserInfo cannot say so",
        ),
        (lambda gateway: gateway.once("applyToken", delay=-1), "once: delay is a number of seconds up to"),
        (lambda gateway: gateway.once("applyToken", delay=True), "not True"),
        (lambda gateway: gateway.always("applyToken", delay="20"), "not '20'"),
        (lambda gateway: gateway.once("applyToken", delay=float("nan")), "not nan"),
        (lambda gateway: gateway.once("applyToken", delay=float("inf")), "not inf"),
        (lambda gateway: gateway.sequence("applyToken"), "sequence: name the faults"),
    ],
)
def test_a_rule_that_means_nothing_is_refused_where_it_is_written(
    bridge: Bridge, wrong: Callable[[Any], None], says: str
) -> None:
    with pytest.raises(SetupError, match=re.escape(says)):
        wrong(bridge.gateway)
    assert bridge.gateway.faults.rules == ()


def test_a_rule_says_what_it_is_and_where_it_was_written(bridge: Bridge) -> None:
    bridge.gateway.always("applyToken", "cut", delay=2)
    bridge.gateway.always("cancelToken", delay=0.5)
    bridge.gateway.always("cancelToken")
    texts = [str(rule) for rule in bridge.gateway.faults.rules]
    assert texts == [
        "gateway.always('applyToken', 'cut', delay=2)",
        "gateway.always('cancelToken', delay=0.5)",
        "gateway.always('cancelToken', None)",
    ]
    assert {rule.place.file for rule in bridge.gateway.faults.rules} == {__file__}


def test_a_request_that_a_rule_lets_go_well_is_noted_as_any_other(bridge: Bridge) -> None:
    bridge.gateway.sequence("applyToken", "unknown", None)
    bridge.gateway.always("applyToken")
    asked(bridge, 3)
    assert [request.fault for request in bridge.gateway.requests] == ["'unknown'", "", ""]
