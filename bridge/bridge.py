"""`Bridge`, the object that users hold: it joins handlers, authority, application and server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from bridge import profiles, server
from bridge.app import Settings, create_app
from bridge.authority import Authority, CodeStore
from bridge.connection import Connections
from bridge.errors import SetupError
from bridge.guards import valid_host, valid_origin
from bridge.handlers import H, Handlers
from bridge.profiles import DEFAULT_PROFILE, Profile
from bridge.server import DEFAULT_HOST, Server

__all__ = ["DEFAULT_APP_ID", "DEFAULT_USER_ID", "Bridge"]

DEFAULT_APP_ID = "2021000000000000"
DEFAULT_USER_ID = "2088000000000001"


class Bridge:
    """A simulated wallet that answers the `my.*` calls of pages.

        bridge = Bridge()

        @bridge.api("getAuthCode")
        def login(call):
            return grant(except_=["USER_ADDRESS"])

    Args:
        profile: The platform dialect: the id of one that comes with the package, the path of a TOML file, or a
            `Profile`.
        app_id: The mini program's id; codes are bound to it.
        user_id: The wallet user who answers; codes are bound to it.
        pages: A folder to serve, with the shim added to its HTML files.
        strict: Refuse arguments that the profile merely tolerates, such as a string for `scopes`.
        call_timeout: Seconds that a handler may take before the page's call fails with "network" (10); None for no
            limit, as when one stops at breakpoints.
        allow_origins: Origins, beside those of this machine, whose pages may connect.
        allow_hosts: Names, beside those of this machine, under which the server is reached.
        seed: Makes the codes repeatable.
        clock: Gives the time in seconds since the epoch; codes expire by it.
        store: Where codes are kept; by default in memory.

    Raises:
        SetupError: An option is wrong; the message says which and why.
    """

    def __init__(
        self,
        *,
        profile: str | Path | Profile = DEFAULT_PROFILE,
        app_id: str = DEFAULT_APP_ID,
        user_id: str = DEFAULT_USER_ID,
        pages: str | Path | None = None,
        strict: bool = False,
        call_timeout: float | None = 10.0,
        allow_origins: Iterable[str] = (),
        allow_hosts: Iterable[str] = (),
        seed: int | str | None = None,
        clock: Callable[[], float] = time.time,
        store: CodeStore | None = None,
    ) -> None:
        self._options: dict[str, Any] = {
            "profile": profile,
            "app_id": app_id,
            "user_id": user_id,
            "pages": pages,
            "strict": strict,
            "call_timeout": call_timeout,
            "allow_origins": allow_origins,
            "allow_hosts": allow_hosts,
            "seed": seed,
            "clock": clock,
            "store": store,
        }
        self.handlers = Handlers()
        self.connections = Connections()
        self.configure()

    def configure(self, **changes: Any) -> None:
        """Change some of the options that the bridge was made with.

        An application that was taken from it before, to be mounted, keeps the old ones and its own codes.

        Raises:
            SetupError: As for `Bridge`; nothing is changed.
        """
        options = {**self._options, **changes}
        profile = options["profile"]
        self.settings = Settings(
            profile=profile if isinstance(profile, Profile) else profiles.load(profile),
            app_id=options["app_id"],
            user_id=options["user_id"],
            pages=None if options["pages"] is None else _folder(options["pages"]),
            strict=options["strict"],
            call_timeout=options["call_timeout"],
            allow_origins=tuple(map(valid_origin, options["allow_origins"])),
            allow_hosts=tuple(map(valid_host, options["allow_hosts"])),
        )
        self.authority = Authority(
            self.settings.profile.code, store=options["store"], seed=options["seed"], clock=options["clock"]
        )
        self._options = options
        vars(self).pop("app", None)

    def take_over(self, other: Bridge) -> None:
        """Answer with the handlers of `other`, which now shares this one's authority and pages: its file was saved."""
        self.handlers.adopt(other.handlers)
        other.authority = self.authority
        other.connections = self.connections

    def api(self, name: str, *, custom: bool = False) -> Callable[[H], H]:
        """Register the decorated function as the handler of `my.<name>`: see `Handlers.api`."""
        return self.handlers.api(name, custom=custom)

    @cached_property
    def app(self) -> Starlette:
        """The ASGI application. It can be mounted under a path of another one."""
        return create_app(self.settings, handlers=self.handlers, authority=self.authority, connections=self.connections)

    def run(self, *, host: str = DEFAULT_HOST, port: int = 0) -> AbstractContextManager[Server]:
        """Serve in a thread for the length of a `with` block, by default on a free port.

        with bridge.run() as server:
            page.goto(server.url)
        """
        return server.run_in_thread(self.app, host=host, port=port)


def _folder(path: str | Path) -> Path:
    folder = Path(path)
    if not folder.is_dir():
        raise SetupError(f"there is no folder {folder}")
    return folder.resolve()
