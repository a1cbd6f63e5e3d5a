"""One handler that shows every outcome: the page names the one it wants in an option of its own."""

from bridge import Bridge, Call, Outcome, after, deny, dismiss, drop, error, fail, grant, never, succeed

bridge = Bridge()


@bridge.api("getAuthCode")
def login(call: Call) -> Outcome:
    match call.params.get("outcome"):
        case "grant":
            return grant()
        case "grant some":
            return grant(except_={"USER_ADDRESS": "10001"})
        case "deny":
            return deny()
        case "dismiss":
            return dismiss()
        case "invalid":
            return error("invalid")
        case "unknown":
            return error("unknown")
        case "network":
            return error("network")
        case "any error":
            return error(1005, "System error")
        case "any success":
            return succeed({"authCode": "", "note": "not what the documentation says"})
        case "any failure":
            return fail({"authErrorScopes": {"auth_user": "40006"}})
        case "after":
            return after(2, grant())
        case "never":
            return never()
        case "drop":
            return drop()
        case wish:
            raise ValueError(f"no outcome is called {wish!r}")
