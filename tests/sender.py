"""What a page sends through Python, sent without a page."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from bridge.calls import Call, Page
from bridge.network import Network
from bridge.outcomes import Error, Outcome, Succeed
from bridge.profiles import Profile, load
from tests import loop
from tests.wallets import call
from tests.web import Streams, speaking

__all__ = ["CHINA", "PLUS", "ask", "ask_speaking", "each", "echoed", "failure", "remarks", "success"]

# By platform, as these are about; which profiles are of which platform is a matter of theirs.
PLUS = load("alipay-plus")
CHINA = msgspec.structs.replace(PLUS, platform="alipay-cn")


def ask(
    url: Any = None,
    *,
    api: str = "request",
    profile: Profile = PLUS,
    page: str = "http://127.0.0.1:8765/shop/?q=1#top",
    allow: Any = (),
    **params: Any,
) -> Outcome:
    """Carry out one request of a page."""
    asked = call(
        api=api, profile=profile, page=Page(id="p", url=page), **params | ({} if url is None else {"url": url})
    )
    return loop.run(each(Network(allow), asked))[0]


async def each(network: Network, *calls: Call) -> list[Outcome]:
    """Carry out requests one after the other."""
    return [await network.request(asked) for asked in calls]


def success(outcome: Any) -> Any:
    assert isinstance(outcome, Succeed), outcome
    return outcome.payload


def failure(outcome: Any) -> tuple[int, str]:
    assert isinstance(outcome, Error), outcome
    assert isinstance(outcome.error, int)
    assert outcome.message is not None
    return outcome.error, outcome.message


def echoed(url: Any = None, **params: Any) -> Any:
    """Return what reached the server."""
    return success(ask(url, **params))["data"]


def remarks(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.name == "bridge.network"]


def ask_speaking(answer: bytes | Streams, **params: Any) -> Outcome:
    async def asked() -> Outcome:
        async with speaking(answer) as url:
            return (await each(Network(), call(api="request", url=url, **params)))[0]

    return loop.run(asked())
