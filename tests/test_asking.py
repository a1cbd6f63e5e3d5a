"""Handlers that ask the user, over a real socket."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from typing import Any

import pytest

from bridge import Bridge, Call, Outcome, deny, dismiss, error, grant, succeed
from bridge.asking import Asking
from bridge.errors import HandlerError
from bridge.outcomes import Consent
from tests.wallets import AMARA, call
from tests.wire_page import WirePage, open_wire_page

NAME, ADDRESS = "USER_NAME", "USER_ADDRESS"
BOTH = ["auth_base", NAME, ADDRESS]

raises = pytest.mark.bridge_checks(handler_raised=False)


@pytest.fixture
def page(bridge: Bridge) -> Iterator[WirePage]:
    bridge.consent = "ask"
    with open_wire_page(bridge.url) as page:
        yield page


def asked(question: dict[str, Any]) -> list[str]:
    """Return what a sheet asks of the user who is logged in."""
    (scopes,) = (person["scopes"] for person in question["users"] if person["id"] == question["user"])
    assert set(scopes) <= {scope["name"] for scope in question["scopes"]}
    return list(scopes)


# Without a handler.


def test_the_wallet_asks_for_what_needs_consent_and_grants_what_the_user_allows(page: WirePage, bridge: Bridge) -> None:
    page.send(scopes=BOTH)
    assert asked(page.sheet()) == [NAME, ADDRESS]
    page.choose("allow", [NAME])
    callback, payload = page.answer()
    assert (callback, payload["authSuccessScopes"]) == ("success", ["auth_base", NAME])
    assert payload["authErrorScopes"] == {ADDRESS: "10001"}
    assert bridge.redeem(payload["authCode"]).scopes == ("auth_base", NAME)
    # What was allowed is not asked again; what was refused is.
    page.send(scopes=BOTH)
    assert asked(page.sheet()) == [ADDRESS]
    page.choose("deny")
    assert page.answer()[0] == "fail"


def test_silent_scopes_are_granted_unasked(page: WirePage) -> None:
    assert page.ask(scopes=["auth_base"])[0] == "success"


@pytest.mark.parametrize(("action", "consent"), [("allow", grant()), ("deny", deny()), ("dismiss", dismiss())])
def test_the_log_has_when_the_user_was_asked_and_what_was_chosen(
    page: WirePage, bridge: Bridge, action: str, consent: Consent
) -> None:
    page.send(scopes=[NAME])
    page.sheet()
    (call,) = bridge.calls
    assert (call.awaits_user, call.user_chose, call.user_chose_at) == (True, None, None)
    page.choose(action)
    page.answer()
    bridge.wait_for_call()
    assert (call.awaits_user, call.user_chose, call.outcome) == (False, consent, consent)
    times = [call.asked_at, call.user_asked_at, call.user_chose_at, call.decided_at, call.settled_at]
    assert times == sorted(time for time in times if time is not None)


def test_of_what_needs_no_sheet_the_log_has_the_answer_only(bridge: Bridge) -> None:
    with open_wire_page(bridge.url) as page:
        page.ask(scopes=[NAME])
        page.ask(scopes=[NAME])
    first, second = bridge.calls
    assert (first.user_asked_at, first.user_chose) == (None, grant())
    assert (second.user_asked_at, second.user_chose) == (None, None)


def test_a_sheet_is_a_line_of_the_log(page: WirePage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="bridge.calls")
    page.send(scopes=BOTH)
    page.sheet()
    assert caplog.messages == ["getAuthCode  auth_base,USER_NAME,USER_ADDRESS  asks Amara"]


# Handlers that ask.


async def in_a_coroutine(call: Call) -> Outcome:
    return await call.ask()


def in_a_function(call: Call) -> Outcome:
    return call.ask().result()


def by_returning_the_question(call: Call) -> Any:
    return call.ask()


async def and_looks_twice(call: Call) -> Outcome:
    asking = call.ask()
    assert await asking == await asking
    return await asking


HANDLERS = [in_a_coroutine, in_a_function, by_returning_the_question, and_looks_twice]


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_handler_asks_and_the_answer_is_an_outcome(
    page: WirePage, bridge: Bridge, handler: Callable[[Call], Any]
) -> None:
    bridge.always("getAuthCode", handler)
    page.send(scopes=BOTH)
    page.sheet()
    page.choose("allow", [ADDRESS])
    callback, payload = page.answer()
    assert (callback, payload["authErrorScopes"]) == ("success", {NAME: "10001"})
    assert bridge.granted() >= {ADDRESS}


def test_a_handler_may_look_at_the_answer_and_decide_otherwise(page: WirePage, bridge: Bridge) -> None:
    async def busy(call: Call) -> Outcome:
        choice = await call.ask()
        return error("network") if choice == grant() else choice

    bridge.always("getAuthCode", busy)
    page.send(scopes=[NAME])
    page.sheet()
    page.choose("allow")
    assert page.answer()[1]["error"] == 10
    # The user has allowed it all the same.
    assert bridge.granted() == {NAME}


def test_a_handler_of_another_api_asks_for_what_it_needs(page: WirePage, bridge: Bridge) -> None:
    @bridge.api("getLocation")
    async def locate(call: Call) -> Outcome:
        assert await call.ask() == grant(), "there is nothing to ask"
        return succeed({"shown": repr(await call.ask(ADDRESS))})

    page.send("getLocation")
    assert asked(page.sheet()) == [ADDRESS]
    page.choose("deny")
    assert page.answer() == ("success", {"shown": "deny()"})
    assert bridge.calls[0].user_chose == deny()


def test_a_handler_may_ask_for_one_thing_after_the_other_and_for_several_at_once(
    page: WirePage, bridge: Bridge
) -> None:
    @bridge.api("getLocation")
    async def locate(call: Call) -> Outcome:
        first = await call.ask(NAME)
        same, other, last = await asyncio.gather(call.ask(ADDRESS), call.ask("USER_GENDER"), call.ask(ADDRESS))
        return succeed([repr(choice) for choice in (first, same, other, last)])

    page.send("getLocation")
    for scope, action in ((NAME, "allow"), (ADDRESS, "dismiss"), ("USER_GENDER", "allow")):
        assert asked(page.sheet()) == [scope]
        page.choose(action)
    assert page.answer() == ("success", ["grant()", "dismiss()", "grant()", "dismiss()"])


def test_a_handler_knows_what_was_granted_before(page: WirePage, bridge: Bridge) -> None:
    granted: list[frozenset[str]] = []

    async def login(call: Call) -> Outcome:
        granted.append(call.granted)
        return await call.ask()

    bridge.always("getAuthCode", login)
    page.send(scopes=[NAME])
    page.sheet()
    page.choose("allow")
    page.answer()
    assert page.ask(scopes=[NAME])[0] == "success"
    assert granted == [set(), {NAME}]


def test_a_rule_with_a_handler_asks_too(page: WirePage, bridge: Bridge) -> None:
    bridge.once("getAuthCode", in_a_coroutine, scopes=NAME)
    page.send(scopes=[NAME])
    page.sheet()
    page.choose("deny")
    assert page.answer()[1]["error"] == 11


# Who answers.


def test_another_user_may_answer_whom_handler_code_and_log_then_know(page: WirePage, bridge: Bridge) -> None:
    seen: list[tuple[str, str]] = []

    async def login(call: Call) -> Outcome:
        before = call.user.nickname
        choice = await call.ask()
        seen.append((before, call.user.nickname))
        assert call.user_id == call.user.id
        return choice

    bridge.always("getAuthCode", login)
    page.send(scopes=[NAME])
    page.sheet()
    page.choose("allow", user="Bayu")
    code = page.answer()[1]["authCode"]
    assert seen == [("Amara", "Bayu")]
    assert bridge.redeem(code).user_id == bridge.users.find("Bayu").id
    assert bridge.wait_for_call().user.nickname == "Bayu"
    assert bridge.granted("Bayu") == {NAME}
    assert bridge.granted("Amara") == set()

    # The next call of this page is Bayu's, who has granted that; one of another page is not.
    assert page.ask(scopes=[NAME])[0] == "success"
    assert bridge.calls[-1].user.nickname == "Bayu"
    with open_wire_page(bridge.url) as other:
        other.send(scopes=[NAME])
        assert other.sheet()["user"] == bridge.users.find("Amara").id
        other.choose("deny")
        other.answer()


def test_a_tab_whose_user_was_chosen_keeps_that_user(bridge: Bridge) -> None:
    with open_wire_page(bridge.url, user=bridge.users.find("Bayu").id) as page:
        page.ask()
    assert bridge.calls[0].user.nickname == "Bayu"


def test_another_user_may_be_logged_in_on_some_pages(bridge: Bridge) -> None:
    bridge.log_in("Bayu", page="/seller.html")
    for path in ("/", "/seller.html"):
        with open_wire_page(bridge.url, path=path) as page:
            page.ask()
    assert [call.user.nickname for call in bridge.calls] == ["Amara", "Bayu"]


# Time.


def test_no_time_passes_while_a_person_looks_at_a_sheet(page: WirePage, bridge: Bridge) -> None:
    page.send(scopes=[NAME])
    page.sheet()
    bridge.clock.advance(86_400)
    page.choose("allow")
    assert page.answer()[0] == "success"


def test_a_handler_has_its_time_once_more_when_it_has_the_answer(page: WirePage, bridge: Bridge) -> None:
    answered = threading.Event()

    async def slow(call: Call) -> Outcome:
        await call.ask()
        answered.set()
        await asyncio.Event().wait()
        return grant()

    bridge.always("getAuthCode", slow)
    page.send(scopes=[NAME])
    page.sheet()
    bridge.clock.advance(3600)
    page.choose("allow")
    assert answered.wait(10)
    bridge.clock.advance(9)
    bridge.clock.advance(1)
    assert page.answer()[1]["error"] == 10


# Who does not want to know any more.


def test_a_sheet_is_taken_away_when_its_handler_waits_no_longer(page: WirePage, bridge: Bridge) -> None:
    async def impatient(call: Call) -> Outcome:
        try:
            return await asyncio.wait_for(call.ask(), 0.05)
        except TimeoutError:
            return deny()

    bridge.always("getAuthCode", impatient)
    page.send(scopes=[NAME])
    page.sheet()
    assert page.withdrawn()
    # It is too late for this.
    page.choose("allow")
    assert page.answer()[1]["error"] == 11
    assert bridge.granted() == set()


def test_a_sheet_is_taken_away_when_its_handler_decides_meanwhile(page: WirePage, bridge: Bridge) -> None:
    shown, woken = threading.Event(), threading.Event()

    def waits(call: Call, asking: Any) -> None:
        with pytest.raises(CancelledError):
            asking.result()
        woken.set()

    def decided(call: Call) -> Outcome:
        threading.Thread(target=waits, args=[call, call.ask()], daemon=True).start()
        assert shown.wait(10)
        return deny()

    bridge.always("getAuthCode", decided)
    page.send(scopes=[NAME])
    page.sheet()
    shown.set()
    assert page.withdrawn()
    assert page.answer()[1]["error"] == 11
    assert woken.wait(10)


@pytest.fixture
def over(bridge: Bridge) -> threading.Semaphore:
    """Counts the calls that are over."""
    over = threading.Semaphore(0)
    bridge.log.on_settled(lambda call: over.release())
    return over


def test_a_page_that_leaves_ends_the_waiting(bridge: Bridge, over: threading.Semaphore) -> None:
    bridge.consent = "ask"
    asked = threading.Semaphore(0)
    ends: queue.Queue[str] = queue.Queue()

    async def waits(call: Call) -> Outcome:
        asking = call.ask()
        asked.release()
        try:
            return await asking
        except asyncio.CancelledError:
            ends.put("cancelled")
            raise

    def blocks(call: Call) -> Outcome:
        asking = call.ask()
        asked.release()
        try:
            return asking.result()
        except CancelledError:
            ends.put("raised")
            raise

    bridge.sequence("getAuthCode", waits, blocks, blocks)
    with open_wire_page(bridge.url) as page:
        # The last one waits behind the others.
        for scope in (NAME, NAME, ADDRESS):
            page.send(scopes=[scope])
        page.sheet()
        assert all(asked.acquire(timeout=10) for _ in range(3))
    assert sorted(ends.get(timeout=10) for _ in range(3)) == ["cancelled", "raised", "raised"]
    assert all(over.acquire(timeout=10) for _ in range(3))
    assert [(call.ending, call.awaits_user) for call in bridge.calls] == [("lost", False)] * 3


def test_a_connection_that_is_dropped_ends_the_waiting(
    page: WirePage, bridge: Bridge, over: threading.Semaphore
) -> None:
    page.send(scopes=[NAME])
    page.sheet()
    bridge.disconnect()
    assert over.acquire(timeout=10)
    assert bridge.calls[0].ending == "lost"


# What goes wrong.


@raises
@pytest.mark.parametrize("handler", HANDLERS)
def test_a_page_that_cannot_draw_the_sheet_is_the_handlers_problem(
    page: WirePage, bridge: Bridge, handler: Callable[[Call], Any]
) -> None:
    bridge.always("getAuthCode", handler)
    page.send(scopes=[NAME])
    page.sheet()
    page.cannot_draw("its file cannot be loaded")
    assert page.answer()[1]["error"] == 3
    problem = "the page cannot show the sheet, and its console may say more: its file cannot be loaded"
    assert str(bridge.wait_for_call().error) == f"the user cannot be asked for getAuthCode: {problem}"


def refused(bridge: Bridge, page: WirePage, handler: Callable[[Call], Any]) -> str:
    """Return what a handler does wrong. There is no sheet."""
    bridge.once("getAuthCode", handler)
    assert page.ask(scopes=[NAME])[1]["error"] == 3
    problem = bridge.wait_for_call().error
    assert isinstance(problem, HandlerError)
    return str(problem)


@raises
def test_a_scope_that_there_is_not_cannot_be_asked_for(page: WirePage, bridge: Bridge) -> None:
    problem = "ask: the profile alipay-plus has no scope 'USER_NAMES'; did you mean 'USER_NAME'?"
    assert refused(bridge, page, lambda call: call.ask("auth_base", "USER_NAMES")) == problem


@raises
def test_a_coroutine_cannot_wait_as_a_function_does(page: WirePage, bridge: Bridge) -> None:
    async def login(call: Call) -> Outcome:
        return call.ask().result()

    assert refused(bridge, page, login) == "in a coroutine: await call.ask()"


def test_only_a_handler_can_ask(bridge: Bridge) -> None:
    with open_wire_page(bridge.url) as page:
        page.ask()
    with pytest.raises(HandlerError, match="ask: the user can be asked while a handler of the call runs"):
        bridge.calls[0].call.ask()


@pytest.mark.parametrize("end", [lambda asking: asking.choose(grant(), AMARA), lambda asking: asking.fail("blocked")])
def test_what_comes_when_nobody_waits_any_more_is_lost(end: Callable[[Asking], None]) -> None:
    asking = Asking(call(NAME))
    asking.cancel()
    end(asking)
    with ThreadPoolExecutor(1) as threads, pytest.raises(CancelledError):
        threads.submit(asking.result).result(10)


def test_nobody_can_be_asked_once_the_call_is_over(page: WirePage, bridge: Bridge) -> None:
    kept: list[Call] = []

    @bridge.api("getAuthCode")
    def login(call: Call) -> Outcome:
        kept.append(call)
        return deny()

    page.ask(scopes=[NAME])
    with ThreadPoolExecutor(1) as threads:
        # Not in this thread, in which a browser's event loop may run.
        late = threads.submit(lambda: kept[0].ask().result())
        with pytest.raises(HandlerError, match="the user cannot be asked for getAuthCode: the call is over"):
            late.result(10)


# What a test waits for.


def test_a_test_does_not_wait_for_the_user(page: WirePage, bridge: Bridge) -> None:
    page.send(scopes=[NAME])
    page.send(scopes=[ADDRESS])
    page.sheet()
    bridge.wait_for_call("getAuthCode", scopes=NAME, settled=False)
    bridge.wait_for_call("getAuthCode", scopes=ADDRESS, settled=False)
    began = time.monotonic()
    bridge.wait_for_pages(30)
    assert time.monotonic() - began < 15
    assert [(call.awaits_user, call.ending) for call in bridge.calls] == [(True, None)] * 2


def test_a_handler_that_has_given_the_user_up_does_not_wait_for_one(page: WirePage, bridge: Bridge) -> None:
    go_on = threading.Event()

    async def impatient(call: Call) -> Outcome:
        try:
            return await asyncio.wait_for(call.ask(), 0.05)
        except TimeoutError:
            await asyncio.to_thread(go_on.wait, 10)
            return deny()

    bridge.always("getAuthCode", impatient)
    page.send(scopes=[NAME])
    page.sheet()
    assert page.withdrawn()
    assert not bridge.calls[0].awaits_user
    go_on.set()
    assert page.answer()[1]["error"] == 11
