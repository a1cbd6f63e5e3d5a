"""my.getAuthCode and its kin in any browser, answered from Python.

A call passes the modules in this order:

    js/my.js        puts `my` on the page and sends each call
    app             the ASGI application: shim, socket, pages (guards, pages, connection are its parts)
    session         one page's connection, without I/O: text in, calls and effects out
    messages        the wire: JSON-RPC 2.0
    profiles        what a wallet's documentation says, as data
    calls           what a handler receives
    handlers        which handler a call gets
    outcomes        what a handler may answer
    payloads        what the page's callbacks receive for it
    authority       authorization codes: issued once, exchanged once

Around them: `bridge` joins them, `server` runs them, `cli` is the command `mybridge`.
"""

from bridge.authority import Authority, CodeRecord, CodeStore, MemoryCodeStore
from bridge.bridge import Bridge
from bridge.calls import Call, Page
from bridge.errors import (
    BridgeError,
    CodeError,
    ExpiredCode,
    HandlerError,
    OutcomeError,
    ProfileError,
    SetupError,
    UnknownCode,
    UsedCode,
)
from bridge.outcomes import (
    Outcome,
    after,
    deny,
    dismiss,
    drop,
    error,
    fail,
    grant,
    never,
    succeed,
)
from bridge.profiles import Profile
from bridge.server import Server

__version__ = "0.1.0"

__all__ = [
    "Authority",
    "Bridge",
    "BridgeError",
    "Call",
    "CodeError",
    "CodeRecord",
    "CodeStore",
    "ExpiredCode",
    "HandlerError",
    "MemoryCodeStore",
    "Outcome",
    "OutcomeError",
    "Page",
    "Profile",
    "ProfileError",
    "Server",
    "SetupError",
    "UnknownCode",
    "UsedCode",
    "after",
    "deny",
    "dismiss",
    "drop",
    "error",
    "fail",
    "grant",
    "never",
    "succeed",
]
