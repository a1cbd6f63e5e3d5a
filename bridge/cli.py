"""The command `mybridge`. The only module that prints."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import re
import shlex
import sys
import threading
import traceback
import webbrowser
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, get_args
from urllib.parse import quote

import msgspec

import bridge as package
from bridge import describe, profiles, server, shim
from bridge.apis import declared
from bridge.bridge import Bridge
from bridge.certificates import Certificates
from bridge.errors import SetupError, nearest
from bridge.handler_file import HandlerFile
from bridge.hosts import is_loopback
from bridge.manifest import at_once
from bridge.profiles import ErrorCode, Profile
from bridge.recording import Recorder
from bridge.server import DEFAULT_HOST, DEFAULT_PORT, Server
from bridge.state_file import StateFile
from bridge.wallet import ConsentWord
from bridge.watch import watch

__all__ = ["main"]

DEFAULT_URL = f"http://{DEFAULT_HOST}:{DEFAULT_PORT}"

HOME = "~/.mybridge"
"""Where is kept what the next start needs again, unless the environment says MYBRIDGE_HOME."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0, or 2 when something that the user gave cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except SetupError as error:
        if options.debug:
            traceback.print_exc()
        print(f"mybridge: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader of our output, such as `head`, has what it wanted.
        sys.stderr.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show tracebacks, and log everything")

    parser = argparse.ArgumentParser(
        prog="mybridge", description="my.getAuthCode and its kin in any browser, answered from Python."
    )
    parser.add_argument("--version", action="version", version=f"mybridge {package.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", parents=[common], help="serve pages and answer their calls")
    serve.add_argument(
        "path",
        nargs="?",
        default=".",
        metavar="PATH",
        help="a folder, also of a mini program's sources, or an HTML file (default: .)",
    )
    serve.add_argument("--handler", metavar="FILE.py|MODULE:NAME", help="who answers (default: the wallet)")
    serve.add_argument(
        "--profile", metavar="ID|FILE", help=f"the platform dialect (default: {profiles.DEFAULT_PROFILE})"
    )
    serve.add_argument("--app-name", metavar="NAME", help="what its users call it (default: the title of its page)")
    serve.add_argument(
        "--consent",
        choices=get_args(ConsentWord),
        help="what users answer whose consent is asked for; ask shows them the sheet (default: ask)",
    )
    serve.add_argument("--users", metavar="FILE.toml", help="more users than those that come with the package")
    serve.add_argument("--user", metavar="NAME", help="who is logged in, by nickname or id (default: the first)")
    serve.add_argument("--state", metavar="FILE", help="keep grants and codes in this file (default: in memory)")
    serve.add_argument("--forget", action="store_true", help="revoke what users have granted, as kept by --state")
    serve.add_argument("--aes-key", metavar="KEY", help="the key with which getPhoneNumber encrypts, in base64")
    _add_merchant(serve)
    serve.add_argument(
        "--no-verify",
        dest="verify",
        action="store_false",
        default=None,
        help="answer requests of back ends that are not signed yet, whoever they say they are",
    )
    serve.add_argument(
        "--gateway-prefix", metavar="P", help="what paths of the wallet's API may begin with, such as /wallet/api"
    )
    serve.add_argument(
        "--https", metavar="P", type=int, help="serve the wallet's API on this port, too, over HTTPS, as SDKs want it"
    )
    serve.add_argument(
        "--host", metavar="H", default=DEFAULT_HOST, help="the address to listen on (default: %(default)s)"
    )
    serve.add_argument(
        "--port",
        metavar="P",
        type=int,
        default=DEFAULT_PORT,
        help="the port, or 0 for a free one (default: %(default)s)",
    )
    serve.add_argument("--open", action="store_true", help="open the page in the browser")
    serve.add_argument(
        "--allow-origin", metavar="O", action="append", default=[], help="let pages of this origin connect too"
    )
    serve.add_argument("--allow-host", metavar="H", action="append", default=[], help="answer to this host name too")
    serve.add_argument(
        "--allow-request",
        metavar="H",
        action="append",
        default=[],
        help="let my.request and its kin reach this host too: api.example.com, *.example.com, or * for all",
    )
    serve.add_argument("--record", metavar="FILE", help="keep a recording of all calls, for bridge.replay in a test")
    serve.add_argument("--strict", action="store_true", default=None, help="refuse what the profile merely tolerates")
    serve.set_defaults(run=_serve)

    settings = commands.add_parser(
        "settings", parents=[common], help="print what a back end has to be set to, keys included"
    )
    settings.add_argument("--url", metavar="U", default=DEFAULT_URL, help="where it is served (default: %(default)s)")
    settings.add_argument("--profile", metavar="ID|FILE", help="the platform dialect")
    settings.add_argument(
        "--pkcs8", action="store_true", help="the private key in PKCS #8, as the SDKs for Java take it"
    )
    _add_merchant(settings)
    settings.set_defaults(run=_settings)

    show = commands.add_parser("profiles", parents=[common], help="list the platform dialects, or show one as TOML")
    show.add_argument("profile", nargs="?", metavar="ID|FILE")
    show.set_defaults(run=_profiles)

    list_apis = commands.add_parser("apis", parents=[common], help="list what my has, or show one API of it")
    list_apis.add_argument("api", nargs="?", metavar="NAME")
    list_apis.add_argument("--profile", metavar="ID|FILE", default=profiles.DEFAULT_PROFILE, help="on this platform")
    list_apis.set_defaults(run=_apis)

    print_shim = commands.add_parser("shim", parents=[common], help="print my.js, as it is served")
    print_shim.add_argument("--path", action="store_true", help="print where its source is instead")
    print_shim.set_defaults(run=_shim)
    return parser


def _add_merchant(command: argparse.ArgumentParser) -> None:
    """Add the options that say whose back end it is."""
    command.add_argument("--app-id", metavar="ID", help="the mini program's id")
    command.add_argument("--client-id", metavar="ID", help="what the platform calls the merchant")
    command.add_argument(
        "--keys",
        metavar="FOLDER",
        help=f"the keys of merchant and wallet, made if missing (default: {HOME}/keys)",
    )


def _serve(options: argparse.Namespace) -> None:
    handler_file = HandlerFile(options.handler) if options.handler else None
    bridge = handler_file.load() if handler_file else Bridge()
    written = bridge.settings
    folder, page = _folder_and_page(Path(options.path))
    if options.forget and options.state is None:
        raise SetupError("--forget revokes what is kept by --state FILE; without it, every start begins with no grants")
    given: dict[str, Any] = {
        name: getattr(options, name)
        for name in (
            *("profile", "app_id", "app_name", "consent", "users", "user", "aes_key", "strict"),
            *("client_id", "verify", "gateway_prefix"),
        )
    }
    keys = Path(options.keys) if options.keys else written.keys or _home("keys")
    store = None if options.state is None else StateFile(options.state)
    if store is not None:
        given["store"] = store
    first = not any(keys.glob("*.pem"))
    bridge.configure(
        pages=folder,
        allow_origins=[*written.allow_origins, *options.allow_origin],
        allow_hosts=[*written.allow_hosts, *options.allow_host, server.url_host(options.host)],
        allow_requests=[*written.allow_requests, *options.allow_request],
        keys=keys,
        **{name: value for name, value in given.items() if value is not None},
    )
    if options.forget:
        bridge.revoke()
    with ExitStack() as stack:
        listener = stack.enter_context(server.listen(options.host, options.port))
        address = Server(options.host, listener.getsockname()[1])
        settings = bridge.gateway.settings_at(address.url)
        https = None if options.https is None else _https(bridge, options, stack)
        recorder = Recorder(options.record, bridge.log, bridge.settings.profile.id) if options.record else None

        if first:
            print(f"Settings of your back end, with keys that are in {keys} now:\n\n{settings}\n")
        print(f"bridge {package.__version__}, profile {bridge.settings.profile.id}, app {bridge.settings.app_id}")
        page_url = f"{address.url}/{quote(page or '')}"
        nothing = page is None and bridge.settings.program is None
        print(f"  page      {page_url}{'   (no HTML file there yet)' if nothing else ''}")
        program = bridge.settings.program
        survey = program.read() if program is not None else None
        if survey is not None:
            parts = f"{_count(survey.pages, 'page')}, {_count(survey.components, 'component')}"
            print(f"  program   {parts}, from {options.path}")
        print(f"  script    {address.script_tag}")
        print(
            f"  handlers  {f'{handler_file.target}: {_names(bridge)}' if handler_file else 'none; the wallet answers'}"
        )
        print(f"  user      {bridge.user.nickname} ({bridge.user.id}), {_consent(bridge)}")
        unsigned = "" if bridge.settings.verify else ", signed or not"
        print(f"  tokens    {address.url}{bridge.settings.profile.token_api.path}{unsigned}")
        if https:
            print(f"  https     {https}")
        print(f"  settings  of your back end: {_settings_command(bridge, address, keys)}")
        if options.state:
            print(f"  state     {options.state}")
        if recorder is not None:
            print(f"  recording {options.record}; codes and tokens are left out")
        if options.host in server.WILDCARDS or not is_loopback(options.host):
            print(f"  WARNING   {options.host} can be reached from other machines; whoever is allowed in gets codes")
        print("Ctrl-C stops it.", flush=True)
        _log_to_stdout(debug=options.debug)
        for problem in survey.sources.problems if survey is not None else ():
            bridge.log.noticed(problem)
        if options.open:
            # In a thread: a browser that runs in the terminal returns only when it is closed.
            threading.Thread(target=webbrowser.open, args=[page_url], daemon=True).start()

        async def beside() -> None:
            no_pages = {*([recorder.path] if recorder else []), *(store.files if store else [])}
            watching = watch(bridge, handler_file, written, no_pages=no_pages)
            await asyncio.gather(watching, *([recorder.run()] if recorder else []))

        server.run_in_foreground(bridge.app, listener, beside=beside)
    print("stopped")


def _https(bridge: Bridge, options: argparse.Namespace, stack: ExitStack) -> str:
    """Serve the wallet's API over HTTPS until the stack is left; say where, and whom to trust for it."""
    certificates = Certificates.load(_home("certificates"))
    names = ["localhost", "127.0.0.1", "::1", *(host.strip("[]") for host in bridge.settings.allow_hosts)]
    tls = certificates.server(dict.fromkeys(names))
    served = stack.enter_context(
        server.run_in_thread(bridge.gateway_app, host=options.host, port=options.https, tls=tls, option="--https")
    )
    url = served.url.removesuffix(":443")
    return f"{url}{bridge.settings.profile.token_api.gateway}, trusted with SSL_CERT_FILE={certificates.bundle()}"


def _settings_command(bridge: Bridge, address: Server, keys: Path) -> str:
    """Return the command that prints what a back end of this bridge has to be set to."""
    settings = bridge.settings
    usual = Bridge().settings
    given = {
        # With what the profile adds to it, which may be a file that has no name here.
        "--url": (f"{address.url}{settings.profile.token_api.gateway}", DEFAULT_URL),
        "--app-id": (settings.app_id, usual.app_id),
        "--client-id": (settings.clients[0].id, usual.clients[0].id),
        "--keys": (str(keys), str(_home("keys"))),
    }
    words = [f"{option} {shlex.quote(value)}" for option, (value, default) in given.items() if value != default]
    return " ".join(["mybridge settings", *words])


def _settings(options: argparse.Namespace) -> None:
    if not re.fullmatch(r"https?://[^/?#\s]+(/[^?#\s]*)?", options.url):
        raise SetupError(f"--url takes an address such as {DEFAULT_URL}, not {options.url!r}")
    given = {name: getattr(options, name) for name in ("profile", "app_id", "client_id")}
    keys = Path(options.keys) if options.keys else _home("keys")
    bridge = Bridge(keys=keys, **{name: value for name, value in given.items() if value is not None})
    settings = bridge.gateway.settings_at(options.url.rstrip("/"))
    if options.pkcs8:
        settings = msgspec.structs.replace(settings, merchant_private_key=settings.merchant_private_key_pkcs8)
    print(settings)


def _home(name: str) -> Path:
    return Path(os.environ.get("MYBRIDGE_HOME") or HOME).expanduser() / name


def _consent(bridge: Bridge) -> str:
    """Say what users answer who are asked."""
    match bridge.consent:
        case "ask":
            return "who is asked for consent"
        case "allow":
            return "who allows everything unasked"
        case "deny":
            return "who denies what needs consent"
        case consent:
            return f"who answers {consent} when asked"


def _names(bridge: Bridge) -> str:
    ruled = {rule.match.api for rule in bridge.script.rules if rule.match.api}
    broken = {f"gateway.{rule.operation}" for rule in bridge.gateway.faults.rules}
    return ", ".join(sorted({*bridge.handlers.names(), *ruled, *broken})) or "none yet"


def _count(things: Sequence[object], what: str) -> str:
    return f"{len(things)} {what}{'' if len(things) == 1 else 's'}"


def _folder_and_page(path: Path) -> tuple[Path, str | None]:
    """Return the folder to serve and the page in it to open: "" for its index, None where there is no page."""
    if path.is_file():
        if path.suffix.lower() not in (".html", ".htm"):
            raise SetupError(f"{path} is not an HTML file; give one, or a folder")
        return path.parent, path.name
    if not path.is_dir():
        raise SetupError(f"there is no folder {path}")
    if (path / "index.html").is_file():
        return path, ""
    pages = sorted(file.name for file in path.glob("*.html"))
    return path, pages[0] if pages else None


_PROFILE_COLUMNS = ("profile", "absent", "string", "all", "silent", "inv unk net can dis", "refused", "scope", "code")

_PROFILE_LEGEND = """
* is the default. mybridge profiles ID prints one, with its sources, as a file to start from.

absent   what a call without scopes asks for, or "error" where it has to have some
string   scopes as a string instead of an array: accept, warn (serve --strict refuses it), or refuse
all      how many scopes there are; silent: which of them need no consent
inv...   the error when scopes are invalid, the handler raises (unknown), nothing answers in time (network),
         the user refuses (cancelled), or the sheet is closed (dismissed)
refused  what fail gets when the user refuses: error and errorMessage, the map authErrorScopes, or both
scope    the code of a refused scope in that map
code     how an authorization code looks, and for how long it can be exchanged"""


def _profiles(options: argparse.Namespace) -> None:
    if options.profile is not None:
        print(profiles.read(options.profile), end="")
        return
    rows = [_PROFILE_COLUMNS, *(_profile_row(profiles.load(id)) for id in profiles.available())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        # Numbers stand under each other by their last digit.
        cells = zip(row, widths, strict=True)
        print("  ".join(f"{cell:{'>' if cell.isdigit() else '<'}{width}}" for cell, width in cells).rstrip())
    print(_PROFILE_LEGEND)


def _profile_row(profile: Profile) -> tuple[str, ...]:
    scopes, errors, failure, code = profile.scopes, profile.errors, profile.failure, profile.code
    absent = "error" if scopes.required else ", ".join(scopes.default or ()) or "none"
    first, *others = [scope.name for scope in profile.scope if scope.silent] or ["none"]
    dismissed: ErrorCode = getattr(errors, failure.dismissed)
    numbers = [errors.invalid, errors.unknown, errors.network, errors.cancelled, dismissed]
    fields = [("error", "error"), ("authErrorScopes", "map")]
    characters = "digits" if code.alphabet.isdigit() else "chars"
    return (
        profile.id + (" *" if profile.id == profiles.DEFAULT_PROFILE else ""),
        absent,
        scopes.string,
        str(sum(not scope.button for scope in profile.scope)),
        f"{first} +{len(others)}" if others else first,
        " ".join(f"{error.code:>3}" for error in numbers),
        " + ".join(word for field, word in fields if field in failure.fields),
        failure.refused_scope,
        f"{code.prefix}{'+' if code.prefix else ''}{code.length - len(code.prefix)} {characters}, {code.lifetime} s",
    )


def _apis(options: argparse.Namespace) -> None:
    profile = profiles.load(options.profile)
    if options.api is None:
        print(describe.listed(profile.apis()), end="")
        return
    api = declared().get(options.api.removeprefix("my."))
    if api is None:
        raise SetupError(f"there is no JSAPI {options.api!r}{nearest(options.api, declared())}")
    print(describe.one(api), end="")
    if not profile.has(api):
        print(f"\nThe platform of {profile.id} does not have it.")


def _shim(options: argparse.Namespace) -> None:
    if options.path:
        print(shim.file("my.js"))
    else:
        settings = Bridge().settings
        known = settings.manifest(settings.user)
        print(shim.script(known, at_once(settings.profile), f"http://{DEFAULT_HOST}:{DEFAULT_PORT}/my.js"), end="")


def _log_to_stdout(*, debug: bool) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Formatter(datefmt="%H:%M:%S"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("bridge").setLevel(logging.DEBUG if debug else logging.INFO)
    logging.getLogger("uvicorn").setLevel(logging.DEBUG if debug else logging.WARNING)


class _Formatter(logging.Formatter):
    """The time and the message; the level only where it is more than information."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        level = f"{record.levelname.lower()}: " if record.levelno > logging.INFO else ""
        return f"{self.formatTime(record, self.datefmt)}  {level}{record.message}"
