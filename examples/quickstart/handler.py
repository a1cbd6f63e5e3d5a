"""Decides what `my.getAuthCode` answers. Save a change and press the button again."""

from bridge import Bridge, Call, Outcome, grant

bridge = Bridge()


@bridge.api("getAuthCode")
def login(call: Call) -> Outcome:
    # Try deny(), dismiss(), error("network"), after(3, grant())...
    return grant()
