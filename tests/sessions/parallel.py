"""Two hundred tests at once, which share a server for each worker and nothing else."""

from __future__ import annotations

import pytest

from bridge import Bridge, UnknownCode, deny, succeed
from tests.wire_page import open_wire_page

CODES: dict[int, str] = {}
"""Of all tests in this process."""


@pytest.mark.parametrize("number", range(200))
def test_it_sees_its_own_calls_codes_and_outcomes(bridge: Bridge, number: int) -> None:
    with open_wire_page(bridge.url) as first, open_wire_page(bridge.url) as second:
        bridge.always("getUserInfo", succeed({"test": number}), custom=True)
        bridge.once("getAuthCode", deny())
        assert first.ask("getUserInfo") == ("success", {"test": number})
        assert first.ask("getAuthCode")[0] == "fail"
        callback, payload = second.ask("getAuthCode", scopes=["USER_NAME"])
        assert callback == "success"
        assert second.ask("getUserInfo") == ("success", {"test": number})

    assert [call.api for call in bridge.calls] == ["getUserInfo", "getAuthCode", "getAuthCode", "getUserInfo"]
    for code in CODES.values():
        with pytest.raises(UnknownCode):
            bridge.redeem(code)
    assert bridge.redeem(payload["authCode"]).scopes == ("USER_NAME",)
    assert payload["authCode"] not in CODES.values()
    CODES[number] = payload["authCode"]
