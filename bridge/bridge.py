"""`Bridge`, the object that users hold: it joins handlers, authority, application and server."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

import msgspec
from starlette.applications import Starlette
from starlette.types import ASGIApp

from bridge import profiles, recording, report, server
from bridge import users as people
from bridge.app import PREFIX, Settings, create_app
from bridge.asking import running_loop
from bridge.attach import Attachment, is_async, pump
from bridge.authority import Authority
from bridge.calls import Page, check_event
from bridge.certificates import Certificates
from bridge.clock import Clock
from bridge.connection import Connections
from bridge.defaults import Defaults
from bridge.errors import BridgeError, NoSuchCall, NoSuchPage, SetupError, hide_from_traceback
from bridge.exchange import ApiSettings, Client
from bridge.gateway import Gateway, GatewayFront, MerchantSettings
from bridge.guards import Guard, valid_host, valid_origin
from bridge.handlers import H, Handler, Handlers
from bridge.keys import Keys, PublicKey
from bridge.log import MAX_CALLS, CallLog, LoggedCall, LoggedRequest
from bridge.looking import MiniPage, look
from bridge.messages import Problem
from bridge.miniprogram import MiniProgram
from bridge.network import Network
from bridge.outcomes import MAX_DELAY, Outcome, as_json
from bridge.profiles import DEFAULT_PROFILE, Profile
from bridge.redaction import shortened
from bridge.reroute import reroute, valid_name
from bridge.script import Match, Matching, Place, Rule, Script
from bridge.server import DEFAULT_HOST, Server
from bridge.state_file import StateFile
from bridge.store import CodeRecord, MemoryStore, Store, digest
from bridge.user_data import DEFAULT_AES_KEY, read_aes_key
from bridge.users import User, Users
from bridge.wallet import ConsentPolicy, LogIns, Wallet

if TYPE_CHECKING:
    from playwright import async_api, sync_api

__all__ = ["DEFAULT_APP_ID", "Bridge"]

__tracebackhide__ = hide_from_traceback

DEFAULT_APP_ID = "2021000000000000"
DEFAULT_CLIENT_ID = "2022000000000000"

DEFAULT_GATEWAY_HOST = "gateway.test"
"""A name that nobody can have."""


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
        app_name: What users call it; by default the title of its page.
        users: More users than those who come with the package, and before them: the path of a TOML file, or `User`s.
        user: The id or nickname of the one who is logged in; by default the first.
        consent: What users answer who are asked for consent: "ask" shows them the sheet; "allow", "deny" or what they
            choose, such as `grant(only=["USER_NAME"])`, is the answer without a sheet.
        pages: A folder to serve, with the shim added to its HTML files.
        strict: Refuse arguments that the profile merely tolerates, such as a string for `scopes`.
        call_timeout: Seconds that a handler may take before the page's call fails with "network" (10); None for no
            limit, as when one stops at breakpoints.
        allow_origins: Origins, beside those of this machine, whose pages may connect.
        allow_hosts: Names, beside those of this machine, under which the server is reached.
        allow_requests: Hosts, beside this machine, that pages reach with my.request and its kin, as for `Network`.
        aes_key: The key with which getPhoneNumber encrypts, as for `read_aes_key`; "" is an app that has none.
        client_id: What the platform calls the merchant whose back end exchanges the codes.
        clients: More merchants, with apps of their own.
        keys: The folder of the keys with which merchant and wallet sign, as for `Keys.load`; by default they are made.
        verify: Refuse requests of back ends that are not signed by a client that is known.
        gateway_prefix: What the paths of the wallet's API may begin with, beside what is known of the platforms.
        seed: Makes the codes repeatable.
        clock: Gives the time in seconds since the epoch, for codes to expire by; `bridge.clock.advance` moves it.
        store: Where codes and grants are kept; by default in memory, with `StateFile` in a file.

    Raises:
        SetupError: An option is wrong; the message says which and why.
    """

    def __init__(
        self,
        *,
        profile: str | Path | Profile = DEFAULT_PROFILE,
        app_id: str = DEFAULT_APP_ID,
        app_name: str = "",
        users: str | Path | Iterable[User] = (),
        user: str | None = None,
        consent: ConsentPolicy = "ask",
        pages: str | Path | None = None,
        strict: bool = False,
        call_timeout: float | None = 10.0,
        allow_origins: Iterable[str] = (),
        allow_hosts: Iterable[str] = (),
        allow_requests: Iterable[str] = (),
        aes_key: str = DEFAULT_AES_KEY,
        client_id: str = DEFAULT_CLIENT_ID,
        clients: Iterable[Client] = (),
        keys: str | Path | None = None,
        verify: bool = True,
        gateway_prefix: str = "",
        seed: int | str | None = None,
        clock: Callable[[], float] = time.time,
        store: Store | None = None,
    ) -> None:
        self._options: dict[str, Any] = {
            "profile": profile,
            "app_id": app_id,
            "app_name": app_name,
            "users": users if isinstance(users, str | Path) else tuple(users),
            "user": user,
            "consent": consent,
            "pages": pages,
            "strict": strict,
            "call_timeout": call_timeout,
            "allow_origins": allow_origins,
            "allow_hosts": allow_hosts,
            "allow_requests": allow_requests,
            "aes_key": aes_key,
            "client_id": client_id,
            "clients": tuple(clients),
            "keys": keys,
            "verify": verify,
            "gateway_prefix": gateway_prefix,
            "seed": seed,
            "store": _store(store),
        }
        self._log_ins: LogIns = []
        # What the ledger was made from. Where none of it changes it stays, and a seed goes on where it was.
        self._ledger: tuple[Any, ...] = ()
        self.clock = clock if isinstance(clock, Clock) else Clock(clock)
        self.handlers = Handlers()
        self.script = Script(self.handlers)
        self.log = CallLog()
        self.connections = Connections()
        self.clock.on_advance(self.connections.time_was_moved)
        self.gateway = Gateway(self.log, self.clock, lambda: self.url)
        """The wallet's API for back ends."""
        self.server: Server | None = None
        """Where it is served: while `run` does, or a test's fixture."""
        self.issued: deque[str] = deque(maxlen=MAX_CALLS)
        """The codes of `issue`, the oldest first."""
        self._thread = threading.get_ident()
        self._attachments: list[Attachment] = []
        self._pages_to_pump: Callable[[], Iterable[object]] = tuple
        self.configure()

    def __repr__(self) -> str:
        return f"<Bridge {self.server.url if self.server else 'not served'}, {len(self.calls)} calls>"

    def configure(self, **changes: Any) -> None:
        """Change some of the options that the bridge was made with.

        An application that was taken from it before, to be mounted, keeps the old ones.

        Raises:
            SetupError: As for `Bridge`; nothing is changed.
        """
        options = {**self._options, **changes}
        profile = options["profile"]
        users = _users(options["users"])
        pages = None if options["pages"] is None else _folder(options["pages"])
        private = _private(options["keys"], options["store"])
        program = None if pages is None else MiniProgram.at(pages, private=private)
        settings = Settings(
            profile=profile if isinstance(profile, Profile) else profiles.load(profile),
            app_id=options["app_id"],
            app_name=options["app_name"] or (program.title if program else ""),
            users=tuple(users),
            user=next(iter(users)) if options["user"] is None else users.find(options["user"]),
            consent=options["consent"],
            aes_key=read_aes_key(options["aes_key"]),
            clients=_clients(options["client_id"], options["app_id"], options["clients"]),
            keys=None if options["keys"] is None else Path(options["keys"]),
            verify=options["verify"],
            gateway_prefix=_prefix(options["gateway_prefix"]),
            private=private,
            pages=pages,
            program=program,
            strict=options["strict"],
            call_timeout=options["call_timeout"],
            allow_origins=tuple(map(valid_origin, options["allow_origins"])),
            allow_hosts=tuple(map(valid_host, options["allow_hosts"])),
            allow_requests=_hosts(options["allow_requests"]),
        )
        api = ApiSettings(
            clients=settings.clients,
            keys=_keys(settings.keys),
            verify=settings.verify,
            platform=settings.profile.platform,
            gateway=settings.profile.token_api.gateway,
            style=settings.profile.token_api.style,
            prefix=settings.gateway_prefix,
            clock=self.clock,
        )
        code, tokens, store, seed = settings.profile.code, settings.profile.tokens, options["store"], options["seed"]
        if (code, tokens, store, seed) == self._ledger:
            authority = self.authority
        else:
            authority = Authority(code, tokens, store=store, seed=seed, clock=self.clock)
        self.wallet = Wallet(
            settings.profile,
            authority,
            users=users,
            user=settings.user,
            app_id=settings.app_id,
            app_name=settings.app_name,
            consent=settings.consent,
            log_ins=self._log_ins,
        )
        self.gateway.configure(self.wallet, api)
        self.handlers.defaults = Defaults(settings.aes_key, Network(settings.allow_requests), self.clock)
        self.settings = settings
        self._options = options
        self._ledger = code, tokens, store, seed
        vars(self).pop("app", None)
        self._renew()

    def take_over(self, other: Bridge) -> None:
        """Answer with the handlers of `other`, which now shares this one's wallet and pages: its file was saved."""
        self.handlers.adopt(other.handlers)
        self.script.adopt(other.script)
        self.gateway.faults.adopt(other.gateway.faults)
        self._log_ins[:] = other._log_ins
        other.wallet = self.wallet
        other.connections = self.connections
        other.log = self.log
        other.clock = self.clock
        other.settings = self.settings
        other.gateway = self.gateway

    # Who answers.

    def api(self, name: str, *, custom: bool = False) -> Callable[[H], H]:
        """Register the decorated function as the handler of `my.<name>`: see `Handlers.api`."""
        return self.handlers.api(name, custom=custom)

    def once(self, api: str, answer: Outcome | Handler, **matching: Unpack[Matching]) -> None:
        """Answer the next call so, once.

            bridge.once("getAuthCode", deny())
            bridge.once("getAuthCode", grant(), scopes="USER_NAME", page="/checkout.html")

        Args:
            api: The JSAPI's name without `my.`.
            answer: An outcome, or a handler that decides.
            matching: Only calls that are so: `scopes`, `page`, `when`; see `Matching`.

        Of several that match a call the one that was written first is used.

        Raises:
            SetupError: There is no such API or scope.
            OutcomeError: The outcome means nothing for the API.
        """
        self._add_rules("once", api, [answer], matching)

    def sequence(self, api: str, *answers: Outcome | Handler, **matching: Unpack[Matching]) -> None:
        """Answer the next calls so, one after the other: the same as a `once` for each."""
        self._add_rules("sequence", api, answers, matching)

    def always(self, api: str, answer: Outcome | Handler, **matching: Unpack[Matching]) -> None:
        """Answer every call so that no `once` answers. Of several that match the one that was written last is used."""
        self._add_rules("always", api, [answer], matching)

    def replay(self, path: str | Path, *, delays: bool = False) -> None:
        """Answer the next calls as a recording of `mybridge serve --record` says: the same as a `once` for each.

        Codes are issued anew; what the file says instead of other secrets is what pages get.

        Args:
            path: The file.
            delays: Answer as late as it was answered then.

        Raises:
            SetupError: There is no such recording, or it means nothing in this profile.
        """
        self.script.add(recording.rules(path, self.settings.profile, delays=delays))

    def _add_rules(
        self,
        verb: Literal["once", "sequence", "always"],
        api: str,
        answers: Iterable[Outcome | Handler],
        matching: Matching,
    ) -> None:
        match = Match.of(api, matching, self.settings.profile)
        caller = sys._getframe(2)
        place = Place(caller.f_code.co_filename, caller.f_lineno)
        rules = [Rule(match=match, answer=answer, verb=verb, place=place) for answer in answers]
        if not rules:
            raise SetupError(f'{verb}: give the outcomes, as in {verb}("{api}", deny(), grant())')
        for rule in rules:
            rule.check(self.settings.profile)
        self.script.add(rules)

    # The wallet.

    @property
    def authority(self) -> Authority:
        """The wallet's ledger of grants and codes."""
        return self.wallet.authority

    @property
    def consent(self) -> ConsentPolicy:
        """What users answer who are asked for consent: see `Bridge`."""
        return self.wallet.consent

    @consent.setter
    def consent(self, consent: ConsentPolicy) -> None:
        self.wallet.consent = consent
        self._note(consent=consent)

    @property
    def users(self) -> Users:
        """Those who can be logged in."""
        return self.wallet.users

    @property
    def user(self) -> User:
        """Who is logged in, on pages that have no user of their own. Set it by id or nickname."""
        return self.wallet.user

    @user.setter
    def user(self, user: User | str) -> None:
        self.wallet.user = found = self.users.find(user.id if isinstance(user, User) else user)
        self._note(user=found)
        self._renew()

    def _note(self, **changes: Any) -> None:
        """Remember what was changed on the way, beside what the options were."""
        self._options |= {name: value.id if isinstance(value, User) else value for name, value in changes.items()}
        self.settings = msgspec.structs.replace(self.settings, **changes)

    def log_in(self, user: str, *, page: str | re.Pattern[str]) -> None:
        """Log a user in on some pages only.

            bridge.log_in("Bayu", page="/seller.html")

        Args:
            user: Their id or nickname.
            page: As for `once`.

        A user whom a person has chosen in the sheet stays the one of that page.

        Raises:
            SetupError: There is no such user.
        """
        self.wallet.log_in(user, page)
        self._renew()

    def granted(self, user: str | None = None) -> frozenset[str]:
        """Return the scopes that a user, by default the one who is logged in, has granted to the app."""
        return self.wallet.granted(self._user(user))

    def allow(self, *scopes: str, user: str | None = None) -> None:
        """Let a user have granted scopes to the app before: they are not asked for these again.

        Raises:
            SetupError: There is no such scope or user, or no scope is named.
        """
        if not scopes:
            raise SetupError('allow: name the scopes, as in allow("USER_NAME")')
        self.wallet.allow(self._user(user), scopes)

    def revoke(self, *scopes: str, user: str | None = None) -> None:
        """Take back what users have granted to the app: these scopes or all, of one user or of everybody.

        Raises:
            SetupError: There is no such scope or user.
        """
        self.wallet.revoke(None if user is None else self._user(user), scopes)

    def _user(self, name: str | None) -> User:
        return self.user if name is None else self.users.find(name)

    # The pages.

    @property
    def connected(self) -> tuple[Page, ...]:
        """The pages that are connected now: `page.emit(...)` tells one of an event."""
        return self.log.pages

    def emit(
        self,
        event: str,
        data: Any = None,
        *,
        page: str | re.Pattern[str] | None = None,
        custom: bool = False,
        timeout: float = 5.0,
    ) -> None:
        """Tell pages of an event, all that are connected or those at an address: see `Page.emit`.

        A page that was just opened may not be connected yet, so this waits until there is one. Not in a coroutine,
        which would keep it from coming.

            bridge.emit("networkStatusChange", {"isConnected": False, "networkType": "NONE"})

        Args:
            event: The event, without "on".
            data: What the listeners get.
            page: As for `once`.
            custom: The event is the wallet's own, not the platform's.
            timeout: Seconds to wait.

        Raises:
            HandlerError: There is no such event.
            OutcomeError: JSON cannot express the data.
            NoSuchPage: There is no page to tell.
        """
        check_event(event, custom=custom)
        data = as_json(event, data)
        # The pages of an application that is mounted elsewhere may be served by the loop that runs here.
        serving = running_loop() if self.server is None else self.server.loop
        waits = not self._would_block() and (serving is None or running_loop() is not serving)
        pages = self.log.pages_at(page, timeout=timeout if waits else 0, pump=self.pump())
        if not pages:
            connected = ", ".join(page.url for page in self.connected) or "none"
            raise NoSuchPage(f"emit: no page{f' at {page}' if page else ''} is connected; those that are: {connected}")
        for listening in pages:
            listening.emit(event, data, custom=custom)

    # What happened.

    @property
    def calls(self) -> tuple[LoggedCall, ...]:
        """Every call that pages have made, the oldest first."""
        return self.log.calls

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the mini program, in the order in which its pages noticed it, each once.

        bridge.current_page(page)      # by then it has come to rest, and they are known
        assert bridge.problems == ()
        """
        return self.log.problems

    def wait_for_call(
        self, api: str | None = None, *, settled: bool = True, timeout: float = 5.0, **matching: Unpack[Matching]
    ) -> LoggedCall:
        """Return the next call that matches, which may have been made already; each call is returned once.

        Args:
            api: As for `once`; by default any.
            settled: Wait until the page has run its callbacks, too; not so for a call that is never answered.
            timeout: Seconds to wait.
            matching: As for `once`.

        In a coroutine: `await bridge.wait_for_call_async(...)`, which takes the same.

        Raises:
            NoSuchCall: There was none within the time. The message says what did happen.
            SetupError: There is no such API or scope.
        """
        if self._would_block():
            raise SetupError("in a coroutine: await bridge.wait_for_call_async(...); the pages wait for its event loop")
        match = Match.of(api, matching, self.settings.profile)
        return self._take(match, settled=settled, timeout=timeout, pump=self.pump())

    async def wait_for_call_async(
        self,
        api: str | None = None,
        *,
        settled: bool = True,
        timeout: float = 5.0,  # noqa: ASYNC109 (as in the other, and as in Playwright)
        **matching: Unpack[Matching],
    ) -> LoggedCall:
        """Do as `wait_for_call`, while the event loop goes on."""
        match = Match.of(api, matching, self.settings.profile)
        given_up = threading.Event()
        try:
            return await asyncio.to_thread(
                self._take, match, settled=settled, timeout=timeout, pump=None, given_up=given_up
            )
        finally:
            given_up.set()

    def _take(
        self,
        match: Match,
        *,
        settled: bool,
        timeout: float,
        pump: Callable[[float], None] | None,
        given_up: threading.Event | None = None,
    ) -> LoggedCall:
        call = self.log.take(match, settled=settled, timeout=timeout, pump=pump, given_up=given_up)
        if call is None:
            raise NoSuchCall(report.no_such_call(match, self.log, settled=settled, timeout=timeout))
        return call

    def issue(self, *scopes: str, user: str | None = None) -> str:
        """Return a code as a page would get it, for a back end that is tested without one.

        Args:
            scopes: What the user, by default the one who is logged in, grants; without any, what the profile says.
            user: Their id or nickname.

        Raises:
            SetupError: There is no such scope or user, or the profile wants scopes to be named.
        """
        profile = self.wallet.profile
        if not scopes and profile.scopes.required:
            raise SetupError(f'issue: name the scopes, as in issue("{profile.scope[0].name}")')
        scopes = scopes or tuple(profile.scopes.default or ())
        for scope in scopes:
            if profile.scope_named(scope) is None:
                raise SetupError(f"issue: {profile.misspelled(scope)}")
        self.wallet.allow(self._user(user), scopes)
        code = self.authority.issue(app_id=self.wallet.app_id, user_id=self._user(user).id, scopes=scopes)
        self.issued.append(code)
        return code

    def redeem(self, code: str) -> CodeRecord:
        """Exchange a code for what it stands for, as this bridge's app: see `Authority.redeem`."""
        entry = LoggedRequest(
            at=time.time(),
            operation="applyToken",
            secret=shortened(code),
            kind="code",
            code=digest(code),
            result="SUCCESS",
            succeeded=True,
        )
        try:
            record = self.authority.redeem(code, app_id=self.wallet.app_id)
        except BridgeError as error:
            self.log.requested(msgspec.structs.replace(entry, result=type(error).__name__, succeeded=False))
            raise
        self.log.requested(entry)
        return record

    # The network.

    def disconnect(self) -> None:
        """Drop every page's connection. Calls that wait fail with "network" (10), and the pages come back."""
        loop = self._loop()
        dropping = self.connections.drop()
        if loop is running_loop():
            loop.create_task(dropping)
        else:
            asyncio.run_coroutine_threadsafe(dropping, loop).result()

    @contextmanager
    def offline(self) -> Iterator[None]:
        """Drop every page's connection, and let none come back while the block runs."""
        self.connections.offline += 1
        try:
            self.disconnect()
            yield
        finally:
            self.connections.offline -= 1

    @property
    def latency(self) -> float:
        """Seconds that every answer takes longer on its way: a slow network. At first none."""
        return self.connections.latency

    @latency.setter
    def latency(self, seconds: float) -> None:
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= MAX_DELAY:
            raise SetupError(f"latency is a number of seconds up to {MAX_DELAY}, not {seconds!r}")
        self.connections.latency = seconds

    # Where pages find it.

    @property
    def url(self) -> str:
        """The address under which it is served now, without a slash at its end.

        Raises:
            SetupError: It is not served by `run` or by the fixture of a test.
        """
        return self._served().url

    @property
    def script_tag(self) -> str:
        """The element that brings `my` to a page that another server serves."""
        return self._served().script_tag

    @overload
    def attach(self, target: sync_api.Page | sync_api.BrowserContext) -> None: ...
    @overload
    def attach(self, target: async_api.Page | async_api.BrowserContext) -> Awaitable[None]: ...
    def attach(self, target: Any) -> Awaitable[None] | None:
        """Put the shim on what a page of Playwright, or every page of a context, loads from now on, from any server.

        It is there before the first script, in frames too, whatever the pages' Content-Security-Policy says. With
        Playwright's async API: `await bridge.attach(page)`.

        Raises:
            SetupError: It is neither page nor context, or this bridge is not served.
        """
        attachment = Attachment(target, lambda: self.app, self._manifest, self._served())
        self._attachments.append(attachment)
        return attachment.open()

    def _manifest(self) -> dict[str, Any]:
        return self.settings.manifest(self.user, self.wallet.log_ins)

    def _renew(self) -> None:
        """Let the pages know what has changed: those that are there, and those that attached ones load next."""
        self.connections.log_in()
        for attachment in self._attachments:
            attachment.renew()

    # What a mini program shows.

    @overload
    def page_data(self, page: sync_api.Page) -> dict[str, Any]: ...
    @overload
    def page_data(self, page: async_api.Page) -> Awaitable[dict[str, Any]]: ...
    def page_data(self, page: Any) -> dict[str, Any] | Awaitable[dict[str, Any]]:
        """Return the `data` of the mini program's page that a page of Playwright shows, once it has come to rest.

            page.goto(bridge.url + "#/pages/index/index")
            assert bridge.page_data(page)["count"] == 1

        With Playwright's async API: `await bridge.page_data(page)`.

        Raises:
            NoSuchPage: It shows no mini program. The message says why, as far as that is known.
            SetupError: It is no page of Playwright.
        """
        return look(page, self.log, lambda page, data: data)

    @overload
    def current_page(self, page: sync_api.Page) -> MiniPage: ...
    @overload
    def current_page(self, page: async_api.Page) -> Awaitable[MiniPage]: ...
    def current_page(self, page: Any) -> MiniPage | Awaitable[MiniPage]:
        """Return which page of a mini program a page of Playwright shows, once it has come to rest: see `page_data`."""
        return look(page, self.log, lambda page, data: page)

    def detach(self) -> None:
        """Leave attached pages to others, from their next navigation on."""
        for attachment in self._attachments:
            attachment.close()
        self._attachments.clear()

    def let_go_on(self, pages: Callable[[], Iterable[object]]) -> None:
        """Name more pages of Playwright that are to go on while this bridge waits, beside those that are attached."""
        self._pages_to_pump = pages

    def pump(self) -> Callable[[float], None] | None:
        """Return what lets the pages go on while this thread waits, where that is needed."""
        # Playwright's objects belong to the thread of the test.
        return pump(self._targets()) if threading.get_ident() == self._thread else None

    def _targets(self) -> list[object]:
        return [*(attachment.target for attachment in self._attachments), *self._pages_to_pump()]

    def wait_for_pages(self, timeout: float) -> None:
        """Wait until the pages have run the callbacks of everything that they were answered, or some seconds at most.

        Not for pages of Playwright's async API: they go on in an event loop only.
        """
        if not any(is_async(attachment.target) for attachment in self._attachments):
            self.log.wait_for_pages(timeout=timeout, pump=self.pump())

    def _would_block(self) -> bool:
        """Tell whether waiting in this thread keeps the very pages from going on that are waited for."""
        return any(map(is_async, self._targets())) and running_loop() is not None

    def _served(self) -> Server:
        if self.server is None:
            raise SetupError(
                "this bridge is not served: write `with bridge.run():`, or use the pytest fixture `bridge`"
            )
        return self.server

    def _loop(self) -> asyncio.AbstractEventLoop:
        loop = self._served().loop
        assert loop is not None, "run and the site both know their loop"
        return loop

    @cached_property
    def app(self) -> Starlette:
        """The ASGI application. It can be mounted under a path of another one."""
        return create_app(
            self.settings,
            wallet=self.wallet,
            script=self.script,
            connections=self.connections,
            log=self.log,
            clock=self.clock,
            api=self.gateway.api,
        )

    @property
    def gateway_app(self) -> ASGIApp:
        """The wallet's API alone, as an ASGI application: what it does not have is an unknown API."""
        return self._gateway_app(self.settings.allow_hosts)

    def _gateway_app(self, hosts: Iterable[str]) -> ASGIApp:
        front = GatewayFront(None, lambda: self.gateway.api)
        return Guard(front, allow_origins=(), allow_hosts=hosts)

    @contextmanager
    def stand_in_for(self, *hosts: str) -> Iterator[MerchantSettings]:
        """Be the platform's gateway for this process, for the length of a `with` block.

        Whatever connects to port 443 of these hosts, or of gateway.test if none is named, comes here, over HTTPS: see
        `reroute`. So official SDKs work that know no other port, with the addresses of production in their settings.

            with bridge.stand_in_for("open-sea-global.alipay.com") as settings:
                client = DefaultAlipayClient(settings.gateway_url, settings.client_id, ...)

        Raises:
            SetupError: One is no name of a host.
        """
        hosts = tuple(map(valid_name, hosts)) or (DEFAULT_GATEWAY_HOST,)
        with ExitStack() as stack:
            certificates = stack.enter_context(Certificates.temporary())
            tls = certificates.server(hosts)
            served = stack.enter_context(server.run_in_thread(self._gateway_app(hosts), tls=tls))
            stack.enter_context(reroute(hosts, served.port, ca_file=certificates.ca_file))
            yield self.gateway.settings_at(f"https://{hosts[0]}")

    @contextmanager
    def run(self, *, host: str = DEFAULT_HOST, port: int = 0) -> Iterator[Server]:
        """Serve in a thread for the length of a `with` block, by default on a free port.

        with bridge.run() as server:
            page.goto(server.url)
        """
        with server.run_in_thread(self.app, host=host, port=port) as self.server:
            try:
                yield self.server
            finally:
                self.detach()
                self.server = None


def _store(given: Store | None) -> Store:
    if isinstance(given, str | Path):
        raise SetupError(f"store: a file is given as StateFile({str(given)!r})")
    return MemoryStore() if given is None else given


def _users(given: str | Path | Iterable[User]) -> Users:
    """Return those who are given, and behind them those who come with the package, unless one is given with that id."""
    own = people.read(given) if isinstance(given, str | Path) else tuple(given)
    for user in own:
        if not isinstance(user, User):
            raise SetupError(f"users: a file, or User(id=..., nickname=...), not {user!r}")
    taken = {name for user in own for name in (user.id, user.nickname)}
    return Users((*own, *(user for user in people.built_in() if not {user.id, user.nickname} & taken)))


def _clients(id: str, app_id: str, others: Iterable[Client]) -> tuple[Client, ...]:
    clients = (Client(id=id, app_id=app_id), *others)
    for client in clients:
        if not isinstance(client, Client):
            raise SetupError(f"clients: Client(id=..., app_id=...), not {client!r}")
        if not re.fullmatch(r"[!-~]{1,128}", client.id):
            raise SetupError(f"a client's id is 1 to 128 ASCII characters without spaces, not {client.id!r}")
        if client.public_key:
            PublicKey.read(client.public_key, name=f"public_key of the client {client.id}")
        if not client.app_id:
            raise SetupError(f"the client {client.id} has no app: Client(id=..., app_id=...)")
    for what, names in (("id", [client.id for client in clients]), ("app", [client.app_id for client in clients])):
        if len(set(names)) < len(names):
            raise SetupError(f"clients: two have the same {what}: {', '.join(names)}")
    return clients


def _keys(folder: Path | None) -> Callable[[], Keys]:
    if folder is None:
        return Keys.of_process
    # Now, so that those that cannot be read are told before anybody needs them.
    keys = Keys.load(folder)
    return lambda: keys


def _private(keys: str | Path | None, store: Store) -> tuple[Path, ...]:
    """Return what may lie among the pages and is not to be served."""
    folders = () if keys is None else (Path(keys),)
    return (*folders, *store.files) if isinstance(store, StateFile) else folders


def _prefix(given: str) -> str:
    reserved = given.startswith(PREFIX) or re.match(r"/v[0-9]+(/|$)", given)
    if given and (reserved or not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+/?", given)):
        raise SetupError(f"--gateway-prefix takes the beginning of a path, such as /wallet/api, not {given!r}")
    return given


def _hosts(given: str | Iterable[str]) -> tuple[str, ...]:
    # A text is a sequence of texts, too.
    return (given,) if isinstance(given, str) else tuple(given)


def _folder(path: str | Path) -> Path:
    folder = Path(path)
    if not folder.is_dir():
        raise SetupError(f"there is no folder {folder}")
    return folder.resolve()
