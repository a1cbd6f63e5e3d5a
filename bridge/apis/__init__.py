"""The JSAPIs of the platform: each is declared once, in one of the TOML files beside this one.

From there come the names on `my`, what `my.canIUse` says, the types for TypeScript, the names that Python takes, the
wallet's plain answers, and the table in the README.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeAlias, get_args

import msgspec

from bridge import tomlfile

__all__ = [
    "PLATFORMS",
    "Api",
    "Platform",
    "asks",
    "asks_for_scopes",
    "declared",
    "events",
    "has_handler",
    "is_at_server",
]

Platform: TypeAlias = Literal["alipay-plus", "alipay-cn", "tiki", "emas"]
"""Whose JSAPIs a wallet has. Most wallets are built on Alipay+."""

PLATFORMS: tuple[Platform, ...] = get_args(Platform)

_Text = Annotated[str, msgspec.Meta(min_length=1)]


class Api(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """One JSAPI, or one event with what begins and ends listening to it. Types are those of TypeScript."""

    name: str = ""
    """Without `my.`."""
    about: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    at: Literal["page", "server", "handler"] = "handler"
    """Who answers where the user's own handler does not: a part of `my.js`; our HTTP client; or whom `Defaults` knows,
    with `answer` where nothing else is needed."""
    part: str = ""
    """The name of that part."""
    sync: bool = False
    """It returns its result at once. Python never hears of it."""
    event: bool = False
    """It takes a listener; `my.offX` goes with it."""
    off: bool = True
    """Whether the platform has that one, too."""
    scopes: bool = False
    """It asks the user for scopes."""
    asks: bool = False
    """Its answer waits for the user, or until the user has read something."""
    on_my: bool = True
    """Whether it is a member of `my`; otherwise it is reached as `my.call(name, ...)`."""
    on: tuple[Platform, ...] = PLATFORMS
    """Where it is."""
    only: dict[Annotated[str, msgspec.Meta(pattern=r"^(params|result)\.")], tuple[Platform, ...]] = {}
    """The platforms that have a field or an option, where not all do: "params.method.PUT", "result.statusCode"."""
    lacking: tuple[str, ...] = msgspec.field(default=(), name="except")
    """The ids of the profiles of these platforms that lack it."""
    source: Annotated[str, msgspec.Meta(pattern="^https://")]
    """Where it is documented."""
    required: tuple[str, ...] = ()
    params: dict[str, _Text] = {}
    result: dict[str, _Text] = {}
    takes: str = ""
    """The arguments of a synchronous one, where it does not take an object of `params`."""
    returns: str = ""
    """The type that a synchronous one returns, where that is not an object of `result`."""
    answer: dict[str, Any] | None = None
    """What `success` gets from the wallet."""
    errors: dict[Annotated[str, msgspec.Meta(pattern="^[0-9]+$")], _Text] = {}
    """The documented codes beside those of every JSAPI, each with its message."""
    network: int | None = None
    """The one of `errors` that stands for a failure of the network, where that is not the profile's."""

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called on `my`: for an event, both what begins and what ends listening to it."""
        return (self.name, f"off{self.name[2:]}") if self.event and self.off else (self.name,)

    @property
    def event_name(self) -> str:
        """The event to which it listens: "accelerometerChange" for onAccelerometerChange."""
        return self.name[2].lower() + self.name[3:]

    def is_in(self, *, platform: Platform, profile: str) -> bool:
        """Tell whether a wallet has it, of which the platform and the id of the profile are given."""
        return platform in self.on and profile not in self.lacking


@cache
def declared() -> Mapping[str, Api]:
    """Return every JSAPI by its name, in the order of the files' names."""
    files = sorted(resources.files("bridge.apis").iterdir(), key=lambda file: file.name)
    apis = {
        name: msgspec.structs.replace(api, name=name)
        for file in files
        if file.name.endswith(".toml")
        for name, api in tomlfile.decode(file.read_text("utf-8"), dict[str, Api]).items()
    }
    return MappingProxyType(apis)


@cache
def events() -> tuple[str, ...]:
    """Return the events, without "on": "accelerometerChange" is what `my.onAccelerometerChange` listens to."""
    return tuple(api.event_name for api in declared().values() if api.event)


def has_handler(name: str) -> bool:
    """Tell whether there is such a JSAPI, and its calls come to Python."""
    api = declared().get(name)
    return api is not None and not api.sync and not api.event


def is_at_server(name: str) -> bool:
    """Tell whether calls of a JSAPI go on from here to another server."""
    api = declared().get(name)
    return api is not None and api.at == "server"


def asks(name: str) -> bool:
    """Tell whether the answer of a JSAPI waits for the user."""
    api = declared().get(name)
    return api is not None and api.asks


def asks_for_scopes(name: str) -> bool:
    """Tell whether a JSAPI asks the user for scopes, as getAuthCode does."""
    api = declared().get(name)
    return api is not None and api.scopes
