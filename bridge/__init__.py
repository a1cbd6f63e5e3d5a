"""my.getAuthCode and its kin in any browser, answered from Python.

A call passes the modules in this order:

    js/my.js        puts `my` on the page and sends each call
    app             the ASGI application: shim, socket, pages (guards, pages, connection are its parts)
    miniprogram     the pages' folder, where it is the source of a mini program: what is in it, and wrong with it
    session         one page's connection, without I/O: text in, calls and effects out
    effects         what it wants to be done, by connection
    messages        the wire: JSON-RPC 2.0
    apis            the JSAPIs, as data (manifest: what `my.js` is told of them; describe: what people are)
    profiles        what a wallet's documentation says, as data
    calls           what a handler receives
    users           those who can be logged in
    wallet          who is, what they have granted, and what they answer
    sheets          what they are asked, without I/O: one sheet after the other (asking: how a handler waits for it)
    script          who answers it: rules first, then the handler of its API
    handlers        the handlers by API
    defaults        what the wallet answers behind them (user_data: about the user)
    network         where it sends what pages request (hosts: which it may reach; page_request: what is asked for)
    reading         how it gets at a page's files
    outcomes        what may be answered
    payloads        what the page's callbacks receive for it
    authority       grants, authorization codes: issued once, exchanged once, and the tokens that they bring
    store           where those are kept, in memory; state_file in a file
    log             what became of the call, in Python and in the page, and of its code

What a back end asks for with the code takes this way:

    gateway         the wallet's API over HTTP: reads, does, notes and answers
    gateway_plus    how Alipay+ and Antom write requests and answers (gateway_plus_user: about the user)
    gateway_cn      how Alipay in China does (gateway_cn_errors: what is wrong, in its words)
    exchange        what both mean, in words of our own
    gateway_faults  what goes wrong on request
    keys            with which both sides sign

Around them: `bridge` joins them, `server` runs one and `site` many, `attach` brings them to pages of other servers,
`looking` looks at the mini program that a page shows, and `reroute` brings the SDKs of this process to the gateway,
with `certificates` that they trust; `recording` keeps a run for later, `cli` is the command `mybridge`. `pytest_plugin`
gives each test one, with `checks` for what should have failed, and `report` and `trace` to say so.
"""

from bridge.authority import Authority, Tokens
from bridge.bridge import Bridge
from bridge.calls import Call, Callback, Page
from bridge.clock import Clock
from bridge.errors import (
    BridgeError,
    CodeError,
    ExpiredCode,
    ExpiredToken,
    HandlerError,
    NoSuchCall,
    NoSuchPage,
    OutcomeError,
    ProfileError,
    SetupError,
    StateError,
    TokenError,
    UnknownCode,
    UnknownToken,
    UsedCode,
    UsedToken,
)
from bridge.exchange import Client, Operation
from bridge.gateway import Gateway, MerchantSettings
from bridge.gateway_faults import FaultName
from bridge.log import LoggedCall, LoggedRequest
from bridge.looking import MiniPage
from bridge.messages import Problem
from bridge.outcomes import (
    Consent,
    Deny,
    Dismiss,
    Grant,
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
    too_late,
    twice,
)
from bridge.profiles import Profile
from bridge.script import Matching
from bridge.server import Server
from bridge.state_file import StateFile
from bridge.store import CodeRecord, MemoryStore, Store, TokenRecord
from bridge.users import Address, Name, User

__version__ = "0.1.0"

__all__ = [
    "Address",
    "Authority",
    "Bridge",
    "BridgeError",
    "Call",
    "Callback",
    "Client",
    "Clock",
    "CodeError",
    "CodeRecord",
    "Consent",
    "Deny",
    "Dismiss",
    "ExpiredCode",
    "ExpiredToken",
    "FaultName",
    "Gateway",
    "Grant",
    "HandlerError",
    "LoggedCall",
    "LoggedRequest",
    "Matching",
    "MemoryStore",
    "MerchantSettings",
    "MiniPage",
    "Name",
    "NoSuchCall",
    "NoSuchPage",
    "Operation",
    "Outcome",
    "OutcomeError",
    "Page",
    "Problem",
    "Profile",
    "ProfileError",
    "Server",
    "SetupError",
    "StateError",
    "StateFile",
    "Store",
    "TokenError",
    "TokenRecord",
    "Tokens",
    "UnknownCode",
    "UnknownToken",
    "UsedCode",
    "UsedToken",
    "User",
    "after",
    "deny",
    "dismiss",
    "drop",
    "error",
    "fail",
    "grant",
    "never",
    "succeed",
    "too_late",
    "twice",
]
