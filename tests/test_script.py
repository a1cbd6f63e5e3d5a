"""Which answer a call gets: one-shot rules, `always`, handlers, the wallet, in this order."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bridge import Bridge, Call, Outcome, Page, after, deny, dismiss, error, grant, succeed, twice
from bridge.errors import BridgeError, HandlerError, NoSuchCall, OutcomeError, SetupError
from bridge.handlers import Handler
from bridge.script import Match
from tests.wallets import call

URL = "http://127.0.0.1:8765/shop/checkout.html?item=7#pay"
WALLET = "the wallet"


def answers(bridge: Bridge, *calls: Call) -> list[Outcome | Handler | str | None]:
    """Return who answers each call."""
    choices = [bridge.script.choose(each) for each in calls]
    return [None if choice is None else WALLET if choice.by == WALLET else choice.answer for choice in choices]


def who(bridge: Bridge, call: Call) -> str:
    choice = bridge.script.choose(call)
    assert choice is not None
    return re.sub(r":\d+$", ":n", choice.by)


def login(call: Call) -> Outcome:
    return grant()


# Who comes first.


def test_one_shot_rules_are_used_once_each_in_the_order_in_which_they_were_written() -> None:
    bridge = Bridge()
    bridge.once("getAuthCode", deny())
    bridge.sequence("getAuthCode", dismiss(), login)
    bridge.once("getAuthCode", grant())
    assert answers(bridge, *[call()] * 5) == [deny(), dismiss(), login, grant(), WALLET]


def test_of_several_always_the_one_that_was_written_last_counts() -> None:
    bridge = Bridge()
    bridge.always("getAuthCode", deny())
    bridge.always("getAuthCode", dismiss())
    bridge.always("getAuthCode", grant(), scopes="USER_NAME")
    assert answers(bridge, call(), call("USER_NAME"), call()) == [dismiss(), grant(), dismiss()]


def test_once_comes_before_always_and_that_before_a_handler_and_that_before_the_wallet() -> None:
    bridge = Bridge()
    bridge.once("getAuthCode", deny())
    assert answers(bridge, call(), call()) == [deny(), WALLET]
    bridge.once("getAuthCode", deny())
    bridge.always("getAuthCode", dismiss())
    bridge.api("getAuthCode")(login)
    assert answers(bridge, call(), call()) == [deny(), dismiss()]


def test_a_handler_answers_where_no_rule_does() -> None:
    bridge = Bridge()
    bridge.api("getAuthCode")(login)
    bridge.always("getAuthCode", deny(), scopes="USER_NAME")
    assert answers(bridge, call("auth_base"), call(api="watchShake")) == [login, None]


def test_a_one_shot_rule_waits_for_a_call_that_it_is_for() -> None:
    bridge = Bridge()
    bridge.once("getAuthCode", deny(), scopes="USER_NAME")
    bridge.once("getLocation", succeed())
    (first, second) = bridge.script.rules
    assert answers(bridge, call("auth_base"), call("auth_base", "USER_NAME")) == [WALLET, deny()]
    assert (first.waits, second.waits) == (False, True)


def test_it_is_known_who_answers_and_where_that_was_written() -> None:
    bridge = Bridge()
    bridge.api("getLocation")(login)
    bridge.api("scan")(functools.partial(login))
    bridge.once("getAuthCode", deny(), scopes="USER_NAME")
    assert who(bridge, call("USER_NAME")) == "once('getAuthCode', deny(), scopes='USER_NAME'), test_script.py:n"
    assert who(bridge, call()) == WALLET
    assert who(bridge, call(api="getLocation")) == "login, test_script.py:n"
    assert re.fullmatch(r"functools\.partial\(.*\)", who(bridge, call(api="scan")))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "once('getAuthCode', login)"),
        ({"scopes": ["auth_base", "USER_NAME"]}, "once('getAuthCode', login, scopes=['auth_base', 'USER_NAME'])"),
        ({"page": "/a*.html"}, "once('getAuthCode', login, page='/a*.html')"),
        ({"page": re.compile(r"/a\d"), "when": login}, r"once('getAuthCode', login, page='/a\\d', when=login)"),
    ],
)
def test_a_rule_reads_as_it_is_written(options: dict[str, Any], words: str) -> None:
    bridge = Bridge()
    bridge.once("getAuthCode", login, **options)
    (rule,) = bridge.script.rules
    assert str(rule) == words


def test_the_rules_of_a_saved_file_take_the_place_of_the_old_ones() -> None:
    old, new = Bridge(), Bridge()
    old.always("getAuthCode", deny())
    new.always("getAuthCode", dismiss())
    old.script.adopt(new.script)
    assert answers(old, call()) == [dismiss()]
    assert "custom=True" in old.script.advice(call(api="mine"))


# Which calls a rule is for.


@pytest.mark.parametrize(
    ("match", "differences"),
    [
        (Match(), []),
        (Match(api="getAuthCode"), []),
        (Match(api="scan"), ["api: getAuthCode, not scan"]),
        (Match(scopes=("USER_NAME",)), []),
        (Match(scopes=("USER_NAME", "auth_base")), []),
        (Match(scopes=("USER_NAME", "USER_ADDRESS")), ["scopes: auth_base, USER_NAME, without USER_ADDRESS"]),
        (Match(page="/checkout.html"), []),
        (Match(page="/checkout.html?item=7#pay"), []),
        (Match(page="shop/*.html"), []),
        (Match(page="/checkout"), [f"page: {URL}, not /checkout"]),
        (Match(page=re.compile("item=[0-9]")), []),
        (Match(page=re.compile("item=[a-z]")), [f"page: {URL}, not item=[a-z]"]),
        (Match(when=lambda call: call.params["a"] == 1), []),
        (Match(when=lambda call: False), ["when: <lambda> said no"]),
        (Match(api="scan", page="/", when=lambda call: False), ["api: getAuthCode, not scan", f"page: {URL}, not /"]),
    ],
)
def test_it_can_say_what_keeps_it_from_matching_a_call(match: Match, differences: list[str]) -> None:
    page = Page(id="p", url=URL)
    assert match.differences(call("auth_base", "USER_NAME", page=page, a=1)) == differences


def test_a_page_is_named_with_or_without_its_query_and_its_fragment() -> None:
    at = call(page=Page(id="p", url="http://localhost/app.html?x=1#top"))
    for end in ("/app.html", "/app.html?x=1", "/app.html?x=1#top"):
        assert Match(page=end).differences(at) == []
    assert Match(page="/app.html?x=2").differences(at) != []


@settings(deadline=None, derandomize=True, max_examples=300)
@example("/[a]*", "/[a]b?c")
@example("/a?b", "/axb")
@given(st.text("a/.*?[]!#^-", max_size=6), st.text("ab/.*?[]!#^-\n", max_size=8))
def test_in_a_page_only_the_star_is_special(page: str, url: str) -> None:
    pattern = re.compile(".*" + ".*".join(map(re.escape, page.split("*"))), re.DOTALL)
    before, *behind = url.split("#", 1)
    parts = [before, re.sub(r"\?.*", "", before, flags=re.DOTALL), url]
    parts += [f"{before}#{hash.split('?')[0]}" for hash in behind]
    expected = any(pattern.fullmatch(address) for address in parts)
    assert (not Match(page=page).differences(call(page=Page(id="p", url=url)))) is expected


def test_when_is_asked_about_calls_only_that_match_otherwise() -> None:
    bridge = Bridge()
    bridge.always("getAuthCode", deny(), scopes="USER_NAME", when=lambda call: call.params["yes"])
    calls = [call(api="watchShake"), call("auth_base"), call("USER_NAME", yes=False), call("USER_NAME", yes=True)]
    assert answers(bridge, *calls) == [None, WALLET, WALLET, deny()]


def test_what_when_raises_comes_through_and_nothing_is_used_up() -> None:
    bridge = Bridge()
    bridge.once("getAuthCode", deny(), when=lambda call: call.params["missing"])
    with pytest.raises(KeyError, match="missing"):
        bridge.script.choose(call())
    assert answers(bridge, call(missing=True)) == [deny()]


def test_when_may_write_rules_itself() -> None:
    bridge = Bridge()

    def prepare(call: Call) -> bool:
        bridge.once("getAuthCode", dismiss())
        return True

    bridge.once("getAuthCode", deny(), when=prepare)
    assert answers(bridge, call(), call()) == [deny(), dismiss()]


# What is wrong is said at once.


@pytest.mark.parametrize(
    ("write", "kind", "problem"),
    [
        (
            lambda b: b.once("getAuthcode", deny()),
            HandlerError,
            "no JSAPI 'getAuthcode' .*; did you mean 'getAuthCode'",
        ),
        (lambda b: b.once("canIUse", succeed()), HandlerError, "my.canIUse is answered in the page"),
        (
            lambda b: b.once("getAuthCode", lambda: deny()),
            HandlerError,
            "the handler of getAuthCode takes one argument",
        ),
        (lambda b: b.once("getAuthCode", error), SetupError, r"once: error lacks its parentheses; write error\(...\)"),
        (lambda b: b.wait_for_call("getAuthcode"), HandlerError, "did you mean 'getAuthCode'"),
        (lambda b: b.once("scan", succeed(), scope="x"), SetupError, "not matched by 'scope'; did you mean 'scopes'"),
        (
            lambda b: b.always("getAuthCode", deny(), scopes="USER_NAM"),
            SetupError,
            "scopes: .*; did you mean 'USER_NAME'",
        ),
        (lambda b: b.sequence("scan", succeed(), None), SetupError, r'sequence\("scan", \.\.\.\): None is no outcome'),
        (lambda b: b.sequence("scan"), SetupError, r'sequence: give the outcomes, as in sequence\("scan", '),
        (lambda b: b.once("scan", succeed(), page=7), SetupError, "page: the end of an address, .*, not 7"),
        (
            lambda b: b.once("scan", succeed(), when=True),
            SetupError,
            "when: a function that takes the call .*, not True",
        ),
        (lambda b: b.always("scan", grant()), OutcomeError, r"grant\(\) answers getAuthCode only; for scan write"),
        (lambda b: b.once("getAuthCode", grant(only="USER_NAM")), OutcomeError, "did you mean 'USER_NAME'"),
        (lambda b: b.once("getAuthCode", after(1, twice(deny(), error(7)))), OutcomeError, r"error\(7\): the profile"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_where_it_is_written(
    write: Callable[[Bridge], None], kind: type[BridgeError], problem: str
) -> None:
    bridge = Bridge()
    with pytest.raises(kind, match=problem):
        write(bridge)
    assert bridge.script.rules == ()


def test_an_api_of_ones_own_is_said_to_be_so() -> None:
    bridge = Bridge()
    bridge.once("mall.getCoupons", succeed(), custom=True)
    assert answers(bridge, call(api="mall.getCoupons")) == [succeed()]


def test_without_an_api_calls_of_any_match() -> None:
    with pytest.raises(NoSuchCall, match="no call of any API, scopes='USER_NAME' within 0 s"):
        Bridge().wait_for_call(scopes="USER_NAME", timeout=0)


def test_the_wallets_http_client_keeps_its_own_time_and_a_handler_does_not() -> None:
    bridge = Bridge()
    chosen = bridge.script.choose(call(api="request"))
    assert chosen is not None
    assert chosen.unhurried
    bridge.api("request")(login)
    for api in "request", "getAuthCode":
        chosen = bridge.script.choose(call(api=api))
        assert chosen is not None
        assert not chosen.unhurried
