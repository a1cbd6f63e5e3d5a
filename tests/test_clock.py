"""Time that a test can move."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.clock import Clock
from bridge.errors import SetupError


def test_a_clock_is_ahead_of_its_source_by_as_much_as_it_was_moved() -> None:
    times = iter([100.0, 101.0])
    clock = Clock(lambda: next(times))
    assert (clock(), clock.ahead) == (100, 0)
    clock.advance(60)
    clock.advance(0.5)
    assert (clock(), clock.ahead) == (161.5, 60.5)


def test_whoever_listens_hears_that_time_was_moved() -> None:
    clock = Clock()
    heard: list[float] = []
    clock.on_advance(lambda: heard.append(clock.ahead))
    clock.advance(1)
    clock.advance(2)
    assert heard == [1, 3]


@pytest.mark.parametrize("seconds", [-1, float("nan"), True, "60", None])
def test_time_moves_forward_only(seconds: Any) -> None:
    clock = Clock()
    with pytest.raises(SetupError, match=f"a clock is moved forward by a number of seconds, not by {seconds!r}"):
        clock.advance(seconds)
    assert clock.ahead == 0
