"""Which handler a call gets, and how handlers of every kind are run."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from bridge import profiles
from bridge.apis import declared, has_handler
from bridge.calls import Call
from bridge.errors import HandlerError, OutcomeError
from bridge.handlers import Handlers, without_our_frames
from bridge.handlers import respond as run_handler
from bridge.outcomes import Outcome, after, deny, grant, succeed
from tests.loop import run
from tests.wallets import call


async def answer(handlers: Handlers, call: Call) -> Outcome:
    _, handler = handlers.find(call)
    assert handler is not None
    return await run_handler(handler, call)


def respond(handler: Callable[..., Any], api: str = "getAuthCode") -> Outcome:
    handlers = Handlers()
    handlers.api(api)(handler)
    return run(asyncio.wait_for(answer(handlers, call(api=api)), 10))


def test_a_code_is_handled_from_the_start_and_other_apis_when_they_are_registered() -> None:
    handlers = Handlers()
    own, handler = handlers.find(call(api="getAuthCode"))
    assert (own, handler is None) == (False, False)
    assert handlers.find(call(api="watchShake")) == (False, None)
    handler = handlers.api("getLocation")(lambda call: succeed())
    assert handlers.find(call(api="getLocation")) == (True, handler)


def test_the_decorated_function_stays_what_it_was() -> None:
    def login(call: Call) -> Outcome:
        return deny()

    assert Handlers().api("getAuthCode")(login) is login


def test_the_last_handler_of_an_api_counts() -> None:
    handlers = Handlers()
    handlers.api("getAuthCode")(lambda call: grant())
    handlers.api("getAuthCode")(lambda call: deny())
    assert run(answer(handlers, call())) == deny()


def test_a_handler_receives_the_call() -> None:
    received: list[Call] = []

    def login(call: Call) -> Outcome:
        received.append(call)
        return grant()

    respond(login)
    assert received == [call()]


async def coroutine(call: Call) -> Outcome:
    await asyncio.sleep(0)
    return deny()


class Callable_:
    def __call__(self, call: Call) -> Outcome:
        return deny()

    async def method(self, call: Call) -> Outcome:
        return deny()


class AsyncCallable:
    async def __call__(self, call: Call) -> Outcome:
        return deny()


def with_more(call: Call, more: int = 1) -> Outcome:
    return deny()


@pytest.mark.parametrize(
    "handler",
    [
        lambda call: deny(),
        coroutine,
        lambda call: coroutine(call),
        functools.partial(with_more, more=2),
        functools.partial(coroutine),
        with_more,
        Callable_(),
        Callable_().method,
        AsyncCallable(),
    ],
)
def test_a_handler_is_anything_that_takes_the_call(handler: Callable[..., Any]) -> None:
    assert respond(handler) == deny()


def test_a_handler_may_delay_its_outcome() -> None:
    assert respond(lambda call: after(1, deny())) == after(1, deny())


def test_every_forwarded_api_can_have_a_handler() -> None:
    handlers = Handlers()
    names = [name for name in declared() if has_handler(name)]
    for name in names:
        handlers.api(name)(lambda call: succeed())
    assert handlers.names() == sorted(names)
    assert len(names) > 100


def test_handlers_can_be_exchanged_for_those_of_a_saved_file() -> None:
    old, new = Handlers(), Handlers()
    old.api("getLocation")(lambda call: succeed())
    new.api("getAuthCode")(lambda call: deny())
    old.adopt(new)
    assert old.names() == ["getAuthCode"]
    assert run(answer(old, call())) == deny()


# What cannot be a handler.


@pytest.mark.parametrize(
    ("name", "nearest"), [("getauthcode", "getAuthCode"), ("getAuthcod", "getAuthCode"), ("tradepay", "tradePay")]
)
def test_a_misspelled_api_is_told_the_nearest_one(name: str, nearest: str) -> None:
    with pytest.raises(HandlerError, match=f"there is no JSAPI '{name}'.*; did you mean '{nearest}'\\?"):
        Handlers().api(name)


def test_an_api_of_ones_own_has_to_be_called_so() -> None:
    handlers = Handlers()
    with pytest.raises(
        HandlerError, match=r"there is no JSAPI 'mall.getCoupons' \(for one of your own, add custom=True\)"
    ):
        handlers.api("mall.getCoupons")
    handler = handlers.api("mall.getCoupons", custom=True)(lambda call: succeed())
    assert handlers.find(call(api="mall.getCoupons")) == (True, handler)


@pytest.mark.parametrize("name", ["canIUse", "getStorageSync", "onMessage"])
@pytest.mark.parametrize("custom", [False, True])
def test_what_the_page_answers_at_once_has_no_handler(name: str, custom: bool) -> None:
    with pytest.raises(HandlerError, match=f"my.{name} is answered in the page"):
        Handlers().api(name, custom=custom)


@pytest.mark.parametrize("handler", [lambda: grant(), lambda call, more: grant(), lambda *, call: grant(), 5, grant])
def test_what_does_not_take_the_call_is_no_handler(handler: Any) -> None:
    with pytest.raises(HandlerError, match="the handler of getAuthCode takes one argument, the call: "):
        Handlers().api("getAuthCode")(handler)


@pytest.mark.parametrize(
    ("api", "words"),
    [
        ("getLocation", '@bridge.api("getLocation") on a function'),
        ("mine", '@bridge.api("mine", custom=True) on a function'),
    ],
)
def test_the_advice_is_what_to_write(api: str, words: str) -> None:
    assert words in Handlers().advice(call(api=api))


def test_the_advice_says_that_the_platform_lacks_an_api() -> None:
    lacking = call(api="getAuthUserInfo", profile=profiles.load("dana"))
    assert Handlers().advice(lacking).startswith("the platform of dana does not have it; in Python: ")


# What goes wrong in a handler.


@pytest.mark.parametrize("result", [None, True, "grant", {"authCode": "1"}, grant, ()])
def test_an_answer_that_is_no_outcome_is_an_error(result: Any) -> None:
    with pytest.raises(HandlerError, match=r"the handler of getAuthCode returned .*; return an outcome: grant\(\), "):
        respond(lambda call: result)


class Interrupt(BaseException):
    pass


def raising(error: BaseException) -> Callable[[Call], Outcome]:
    def login(call: Call) -> Outcome:
        raise error

    return login


def raising_later(error: BaseException) -> Callable[[Call], Any]:
    async def login(call: Call) -> Outcome:
        raise error

    return login


@pytest.mark.parametrize("make", [raising, raising_later])
@pytest.mark.parametrize("error", [ValueError("boom"), Interrupt("boom"), OutcomeError("boom")], ids=repr)
def test_what_a_handler_raises_comes_through(
    make: Callable[[BaseException], Callable[..., Any]], error: BaseException
) -> None:
    with pytest.raises(type(error)) as raised:
        respond(make(error))
    assert raised.value is error


@pytest.mark.parametrize("make", [raising, raising_later])
def test_a_handler_that_raises_stopiteration_is_no_exception(
    make: Callable[[BaseException], Callable[..., Any]],
) -> None:
    with pytest.raises(RuntimeError, match="raised StopIteration"):
        respond(make(StopIteration()))


@pytest.mark.parametrize("make", [raising, raising_later])
def test_the_traceback_of_a_handler_can_begin_in_the_handler(
    make: Callable[[BaseException], Callable[..., Any]],
) -> None:
    async def frames() -> list[str]:
        try:
            await run_handler(make(ValueError("boom")), call())
        except ValueError as error:
            # The first is of this test.
            trace = error.__traceback__ and error.__traceback__.tb_next
            return [
                frame.name
                for frame in traceback.extract_tb(without_our_frames(error.with_traceback(trace)).__traceback__)
            ]
        return []

    assert run(frames()) == ["login"]


# How handlers run.


def test_a_handler_that_blocks_holds_nothing_up() -> None:
    handlers = Handlers()
    free = threading.Event()

    @handlers.api("getAuthCode")
    def login(call: Call) -> Outcome:
        assert free.wait(10)
        return deny()

    @handlers.api("getLocation")
    async def locate(call: Call) -> Outcome:
        free.set()
        return succeed()

    async def both() -> list[Outcome]:
        return [*await asyncio.gather(answer(handlers, call()), answer(handlers, call(api="getLocation")))]

    assert run(both()) == [deny(), succeed()]


def test_more_handlers_may_block_at_once_than_any_pool_has_threads() -> None:
    handlers = Handlers()
    all_there = threading.Barrier(100)

    @handlers.api("getAuthCode")
    def login(call: Call) -> Outcome:
        all_there.wait(10)
        return deny()

    async def crowd() -> list[Outcome]:
        return await asyncio.gather(*(answer(handlers, call()) for _ in range(100)))

    assert run(crowd()) == [deny()] * 100


def test_a_handler_in_a_thread_sees_the_context_of_its_call() -> None:
    handlers = Handlers()
    tenant = contextvars.ContextVar("tenant", default="none")

    @handlers.api("getStorage")
    def read(call: Call) -> Outcome:
        return succeed(tenant.get())

    async def with_tenant() -> Outcome:
        tenant.set("acme")
        return await answer(handlers, call(api="getStorage"))

    assert run(with_tenant()) == succeed("acme")


def test_a_blocked_handler_can_be_given_up() -> None:
    handlers = Handlers()
    started, free = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []
    problems: list[dict[str, Any]] = []

    @handlers.api("getAuthCode")
    def login(call: Call) -> Outcome:
        threads.append(threading.current_thread())
        started.set()
        assert free.wait(10)
        return deny()

    async def give_up() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: problems.append(context))
        task = asyncio.ensure_future(answer(handlers, call()))
        await asyncio.to_thread(started.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        free.set()
        await asyncio.to_thread(threads[0].join, 10)

    run(give_up())
    assert problems == []


def test_a_handler_that_outlives_the_server_is_let_go() -> None:
    handlers = Handlers()
    started, free = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    @handlers.api("getAuthCode")
    def login(call: Call) -> Outcome:
        threads.append(threading.current_thread())
        started.set()
        assert free.wait(10)
        return deny()

    async def stop_early() -> None:
        task = asyncio.ensure_future(answer(handlers, call()))
        await asyncio.to_thread(started.wait, 10)
        task.cancel()

    run(stop_early())
    free.set()
    threads[0].join(10)
    assert threads[0].daemon
    assert not threads[0].is_alive()
