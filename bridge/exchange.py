"""What a merchant's back end asks the wallet for, and gets, in words that every platform's API is translated into."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Literal, Protocol, TypeAlias, get_args

import msgspec

from bridge.apis import Platform
from bridge.authority import Tokens
from bridge.keys import Keys, PublicKey
from bridge.profiles import Attribute
from bridge.redaction import shortened
from bridge.users import User

__all__ = [
    "OPERATIONS",
    "ApiSettings",
    "Cancelled",
    "Client",
    "Demand",
    "Dialect",
    "HttpAnswer",
    "HttpRequest",
    "Operation",
    "Problem",
    "Refused",
    "Result",
    "Revealed",
    "TokenState",
]

Operation: TypeAlias = Literal["applyToken", "inquiryUserInfo", "queryToken", "cancelToken"]
"""Tokens for a code or a refresh token; who the user is; whether an access token is good; the end of one."""

OPERATIONS: tuple[Operation, ...] = get_args(Operation)

Secret: TypeAlias = Literal["code", "refresh token", "access token"]

Problem: TypeAlias = Literal[
    # What is wrong with the request, in the order in which it is looked at.
    "too large",
    "unknown api",
    "wrong method",
    "wrong content type",
    "missing header",
    "wrong header",
    "unknown client",
    "wrong time",
    "wrong signature",
    "not readable",
    "missing parameter",
    "wrong parameter",
    "unsupported grant type",
    "wrong app",
    "wrong auth client",
    "wrong reference client",
    # What is wrong with the code or token.
    "unknown code",
    "expired code",
    "used code",
    "unknown refresh token",
    "expired refresh token",
    "used refresh token",
    "unknown access token",
    "expired access token",
    "insufficient scope",
    # What may happen to any.
    "limited",
    "unknown",
]


class Refused(Exception):
    """What was asked for is not given.

    Args:
        problem: Why.
        details: What is wrong in this case, and how to put it right: for the developer, in the log and the answer.
        subject: The name of the parameter or header that it is about.
    """

    def __init__(self, problem: Problem, details: str = "", subject: str = "") -> None:
        super().__init__(details or problem)
        self.problem: Problem = problem
        self.details = details
        self.subject = subject


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant whose back end may ask."""

    id: str
    """What the platform has assigned it: the "Client-Id" of Alipay+. Alipay in China knows it by its app's id."""
    app_id: str
    """Its mini program. Codes for other apps are none to it."""
    public_key: str = ""
    """What its signatures are checked with, in PEM or base64; "" for the key of the bridge's own merchant."""


class ApiSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the API is set to, in every dialect."""

    clients: tuple[Client, ...]
    """Who may ask; the first is the bridge's own merchant."""
    keys: Callable[[], Keys]
    """Gives the keys, which are made or read when they are first needed."""
    verify: bool = True
    """Whether requests have to be signed, and that by a client that is known."""
    platform: Platform = "alipay-plus"
    """Whose API it is that answers what is for none."""
    gateway: str = ""
    """What the address ends in that SDKs are given for the gateway: "/gateway.do" for Alipay in China."""
    style: Literal["v1", "v2"] | None = None
    """Of which version of Alipay+ parameters and result codes are, where it is not the one in the path."""
    prefix: str = ""
    """What the paths of Alipay+ may begin with, beside what is known."""
    clock: Callable[[], float] = time.time
    """Gives the time in seconds since the epoch, for what expires. Requests are dated by the real one."""

    def public_key(self, client: Client) -> PublicKey:
        """Return what a client's signatures are checked with."""
        return _read(client.public_key) if client.public_key else self.keys().merchant_public


@lru_cache(maxsize=32)
def _read(public_key: str) -> PublicKey:
    return PublicKey.read(public_key)


class HttpRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came."""

    method: str
    path: str
    """As the application knows it, without what it is mounted under: "/v2/authorizations/applyToken"."""
    whole_path: str
    """As it was sent."""
    query: str
    headers: Mapping[str, str]
    """By their names in lower case."""
    body: bytes

    def __repr__(self) -> str:
        return f"<request {self.method} {self.path}>"


class HttpAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What goes out."""

    status: int = 200
    headers: Mapping[str, str]
    body: bytes
    summary: str
    """The result in a word or two, for the log: "SUCCESS", "USED_AUTHCODE"."""

    def __repr__(self) -> str:
        return f"<answer {self.summary}>"


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for, by whom, and with what."""

    operation: Operation
    client: Client
    secret: str
    """The code or token."""
    kind: Secret
    more_than_id: bool = False
    """Whether it is refused where the granted scopes reveal nothing of the user but their id."""

    def __repr__(self) -> str:
        return f"<{self.operation} with the {self.kind} {shortened(self.secret)} by {self.client.id}>"


class TokenState(msgspec.Struct, frozen=True, kw_only=True):
    """That an access token is good, and for how long."""

    access_token: str
    access_expires_at: float
    refresh_expires_at: float
    """Seconds since the epoch."""

    def __repr__(self) -> str:
        return f"<state of the access token {shortened(self.access_token)}>"


class Revealed(msgspec.Struct, frozen=True, kw_only=True):
    """Who the user is, as far as the granted scopes allow."""

    user: User
    attributes: frozenset[Attribute]
    """What may be told of them, beside their id."""


class Cancelled(msgspec.Struct, frozen=True, kw_only=True):
    """The tokens are no longer good."""


Result: TypeAlias = Tokens | Revealed | TokenState | Cancelled


class Dialect(Protocol):
    """How one platform's API looks over HTTP: what a request means, and how the answer is written and signed."""

    def claims(self, method: str, path: str) -> bool:
        """Tell whether a request is for this API, be it for something that it does not have."""

    def read(self, request: HttpRequest) -> Demand:
        """Return what a request asks for.

        Raises:
            Refused: It is not as the platform wants it.
        """

    def write(self, request: HttpRequest, result: Result | Refused, *, forged: bool) -> HttpAnswer:
        """Return the answer to a request, signed; with a signature that is wrong if it is to be `forged`."""
