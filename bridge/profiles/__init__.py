"""Platform dialects as data: one TOML file each, and the struct that they load into.

What a wallet's documentation says (accepted `scopes`, scopes, error codes, payload shapes, code format) stands in the
file, with its source. Code that needs a fact of the platform asks the profile.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from bridge import tomlfile
from bridge.apis import Api, Platform, declared
from bridge.errors import ProfileError, nearest

__all__ = [
    "DEFAULT_PROFILE",
    "Attribute",
    "CodeFormat",
    "ErrorCode",
    "Failure",
    "InvalidScopes",
    "Profile",
    "Scope",
    "ScopesArgument",
    "Success",
    "TokenApi",
    "TokenFormat",
    "available",
    "load",
    "read",
]

DEFAULT_PROFILE = "alipay-plus"

MIN_BITS = 40
"""A code or token with less chance in it could be guessed within its lifetime."""

Text = Annotated[str, msgspec.Meta(min_length=1)]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    pass


Attribute: TypeAlias = Literal[
    "nickname",
    "name",
    "login-id",
    "masked-login-id",
    "hashed-login-id",
    "avatar",
    "gender",
    "birthday",
    "nationality",
    "email",
    "phone",
    "address",
]
"""What a scope can reveal about a user, beside their id."""


class Scope(_Table, frozen=True, kw_only=True):
    """One scope that a page can ask for. A silent one needs no consent."""

    name: Text
    aliases: list[Text] = []
    """Other names under which a page may ask for it."""
    description: Text
    silent: bool = False
    reveals: list[Attribute] = []
    """What of the user the token API tells a back end that has this scope."""
    button: bool = False
    """Asked for by a button with open-type getAuthorize, and by getAuthCode never."""


class ScopesArgument(_Table, frozen=True, kw_only=True):
    """What the `scopes` argument of getAuthCode may be, and what it then means."""

    required: bool
    """Whether an absent or null `scopes` is an error; otherwise it means `default`."""
    default: list[Text] | None = None
    """An empty one asks for no scope at all."""
    string: Literal["accept", "warn", "refuse"] = "warn"
    """A plain string, one scope or several between commas, where the documentation says array."""
    empty: Literal["invalid", "default"] = "invalid"


class ErrorCode(_Table, frozen=True, kw_only=True):
    """A documented failure: the number in `error`, the text in `errorMessage`."""

    code: int
    message: str


class Errors(_Table, frozen=True, kw_only=True):
    """The failures that every profile has, by what happened."""

    unsupported: ErrorCode
    """Nobody handles the API."""
    invalid: ErrorCode
    """The arguments are wrong."""
    unknown: ErrorCode
    """The handler raised."""
    network: ErrorCode
    """No answer: a timeout, or the connection was lost."""
    cancelled: ErrorCode
    """The user refused."""
    other: list[ErrorCode] = []
    """What else is documented: `error(4)` finds its message here."""


class Success(_Table, frozen=True, kw_only=True):
    """The payload of `success`."""

    error_scopes: Literal["always", "refused"] = "always"
    """Whether `authErrorScopes` is there, empty, when no scope was refused."""


class Failure(_Table, frozen=True, kw_only=True):
    """The payload of `fail` when a user's consent was not given."""

    fields: list[Literal["error", "errorMessage", "authErrorScopes"]]
    refused_scope: Text
    """The code that stands for a refused scope in `authErrorScopes`."""
    dismissed: Literal["cancelled", "unknown", "network"]
    """The error for a consent sheet that was closed without an answer."""


class CodeFormat(_Table, frozen=True, kw_only=True):
    """How an authorization code looks, and for how many seconds it can be exchanged."""

    prefix: str = ""
    alphabet: Annotated[str, msgspec.Meta(min_length=2)]
    length: Annotated[int, msgspec.Meta(ge=8, le=64)]
    lifetime: Annotated[int, msgspec.Meta(ge=1, le=86_400)]


class TokenFormat(_Table, frozen=True, kw_only=True):
    """How access and refresh tokens look, and for how many seconds they are good."""

    # Where a profile says nothing, they are as in alipay-plus.
    prefix: str = "2810"
    alphabet: Annotated[str, msgspec.Meta(min_length=2)] = "0123456789ABCDEF"
    length: Annotated[int, msgspec.Meta(ge=16, le=128)] = 48
    access_lifetime: Annotated[int, msgspec.Meta(ge=1)] = 86_400
    refresh_lifetime: Annotated[int, msgspec.Meta(ge=1)] = 3 * 86_400
    refresh_ends_access: bool = False
    """Whether the old access token is no longer good once its refresh token was used."""
    refresh_extends: bool = True
    """Whether the new refresh token has a lifetime of its own, or only what was left of the old one's."""


class TokenApi(_Table, frozen=True, kw_only=True):
    """Where a back end exchanges codes."""

    path: Annotated[str, msgspec.Meta(pattern="^/")] = "/v2/authorizations/applyToken"
    gateway: Annotated[str, msgspec.Meta(pattern="^(/.*)?$")] = ""
    """What the address ends in that an SDK is given for its gateway; nothing where it adds all paths itself."""
    style: Literal["v1", "v2"] | None = None
    """Of which version of Alipay+ parameters and result codes are, where it is not the one in the path."""


class UserInfo(_Table, frozen=True, kw_only=True):
    """What the JSAPIs about the user need, and say."""

    buttons: dict[str, Text] = {}
    """The scope that each `scope` of a button with open-type getAuthorize stands for. getOpenUserInfo needs that of
    "userInfo", and getPhoneNumber that of "phoneNumber"; where there is none, the wallet lacks the API."""
    auth_user: Text | None = None
    """The scope that getAuthUserInfo needs; without one, the wallet lacks the API."""
    whole: bool = True
    """Whether getOpenUserInfo tells gender, country, province and city; otherwise they are empty."""
    no_relation: str = "not authorized"
    """What getOpenUserInfo and getPhoneNumber say (`subMsg`) when the user has not agreed."""
    not_authorized: ErrorCode = ErrorCode(code=10, message="Empty data")
    """How getAuthUserInfo fails then."""


class InvalidScopes(ValueError):
    """The `scopes` of a call are wrong in this profile. `str()` says what is wrong and what is right."""


class Profile(_Table, frozen=True, kw_only=True):
    """A platform dialect."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: Text
    source: Text
    platform: Platform = "alipay-plus"
    """Whose JSAPIs it has."""
    scopes: ScopesArgument
    errors: Errors
    success: Success = Success()
    failure: Failure
    code: CodeFormat
    tokens: TokenFormat = TokenFormat()
    token_api: TokenApi = TokenApi()
    user_info: UserInfo = UserInfo()
    scope: list[Scope]

    def scope_named(self, name: str) -> Scope | None:
        """Return the scope with this name or alias (case counts), or None."""
        return next((scope for scope in self.scope if name == scope.name or name in scope.aliases), None)

    def canonical(self, name: str) -> str:
        """Return the name of the scope that has this name or alias; of no scope, the name itself."""
        scope = self.scope_named(name)
        return name if scope is None else scope.name

    def misspelled(self, name: str) -> str:
        """Say that this profile has no scope `name`, and which one may be meant."""
        known = [known for scope in self.scope for known in (scope.name, *scope.aliases)]
        return f"the profile {self.id} has no scope {name!r}{nearest(name, known)}"

    def error_with_code(self, code: int) -> ErrorCode | None:
        """Return the documented failure with this number, or None."""
        return next((error for error in self.documented_errors() if error.code == code), None)

    def has(self, api: Api) -> bool:
        """Tell whether the wallet has a JSAPI."""
        return api.is_in(platform=self.platform, profile=self.id)

    def apis(self) -> list[Api]:
        """Return the JSAPIs that the wallet has."""
        return [api for api in declared().values() if self.has(api)]

    def documented_errors(self) -> list[ErrorCode]:
        """Return every failure that the profile documents, each once."""
        *named, other = msgspec.structs.astuple(self.errors)
        return list(dict.fromkeys([*named, *other]))

    def read_scopes(self, given: Any, *, strict: bool = False) -> tuple[tuple[str, ...], str | None]:
        """Tell what a call asks for.

        Args:
            given: The `scopes` of the call as it came over the wire; None when absent or null.
            strict: Refuse what the profile merely tolerates.

        Returns:
            The scopes as the call names them, each once and in its order, and a remark for the page's developer or
            None.

        Raises:
            InvalidScopes: The call fails with the profile's "invalid" error.
        """
        remark = None
        if given is None:
            if self.scopes.required:
                raise InvalidScopes(f"scopes is required: scopes: ['{self.scope[0].name}']")
            return tuple(self.scopes.default or ()), None
        if isinstance(given, str):
            documented = f"the documentation says an array: scopes: {_array(given)}"
            if self.scopes.string == "refuse" or (strict and self.scopes.string == "warn"):
                raise InvalidScopes(f"scopes is the string {_short(given)}; {documented}")
            if self.scopes.string == "warn":
                remark = f"scopes is the string {_short(given)}; {documented}. Taken as that; --strict refuses it"
            given = [name.strip() for name in given.split(",") if name.strip()]
        if not isinstance(given, list):
            raise InvalidScopes(f"scopes is an array of strings, not {_short(given)}")
        if not given:
            if self.scopes.empty == "default":
                return tuple(self.scopes.default or ()), remark
            raise InvalidScopes("scopes is empty: name at least one scope, or leave it out where it is optional")
        for name in given:
            if not isinstance(name, str):
                raise InvalidScopes(f"scopes is an array of strings; {_short(name)} is none")
            scope = self.scope_named(name)
            if scope is None:
                raise InvalidScopes(self.misspelled(name[:80]))
            if scope.button:
                raise InvalidScopes(f"{name} is asked for by a button with open-type getAuthorize, not by getAuthCode")
        return tuple(dict.fromkeys(given)), remark

    def read_buttons(self, given: Any) -> tuple[str, ...]:
        """Tell what a button with open-type getAuthorize asks for.

        Args:
            given: Its `scopeNicks` as they came over the wire: "userInfo", "phoneNumber", or scopes.

        Returns:
            The scopes, each once.

        Raises:
            InvalidScopes: The call fails with the profile's "invalid" error.
        """
        buttons = self.user_info.buttons
        if isinstance(given, str):
            given = [name.strip() for name in given.split(",")]
        if not isinstance(given, list) or not given:
            example = next(iter(buttons), "auth_user")
            raise InvalidScopes(f"scopeNicks is an array of strings, such as ['{example}']")
        scopes = []
        for name in given:
            scope = self.scope_named(buttons.get(name, name)) if isinstance(name, str) else None
            if scope is None:
                known = [*buttons, *(scope.name for scope in self.scope)]
                raise InvalidScopes(f"{_short(name)} is no scope of a button{nearest(str(name)[:80], known)}")
            scopes.append(scope.name)
        return tuple(dict.fromkeys(scopes))


def available() -> list[str]:
    """Return the ids of the profiles that come with the package."""
    files = resources.files(__name__).iterdir()
    return sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))


def load(profile: str | Path) -> Profile:
    """Load a profile by the id of one that comes with the package, or from a TOML file.

    Raises:
        ProfileError: There is no such profile or file, or the file is wrong; the message names its line and key.
    """
    return _parsed(str(profile), read(profile))


@lru_cache(maxsize=32)
def _parsed(profile: str, text: str) -> Profile:
    """Parse the text of a profile. Each test makes a bridge, and most of its cost would be this."""
    try:
        loaded = tomlfile.decode(text, Profile)
    except tomlfile.TomlError as error:
        raise ProfileError(f"{profile}: {error}") from error
    for key, problem in _contradictions(loaded):
        raise ProfileError(f"{profile}: {tomlfile.TomlError(problem, line=tomlfile.line_of(text, key), key=key)}")
    return loaded


def read(profile: str | Path) -> str:
    """Return the TOML text of a profile; the same arguments as `load`.

    Raises:
        ProfileError: There is no such profile or file.
    """
    if profile in available():
        return resources.files(__name__).joinpath(f"{profile}.toml").read_text("utf-8")
    path = Path(profile)
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        if path.suffix != ".toml":
            raise ProfileError(
                f"no profile {str(profile)!r}{nearest(str(profile), available())} "
                f"(there are {', '.join(available())}; a file of your own ends in .toml)"
            ) from error
        raise ProfileError(f"cannot read the profile file {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ProfileError(f"the profile file {path} is not UTF-8: {error.reason} at byte {error.start}") from error


def _contradictions(profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield the key and the fault of what the types alone cannot rule out."""
    if not profile.scope:
        yield "scope", "a profile has at least one [[scope]]"
    seen: set[str] = set()
    for index, scope in enumerate(profile.scope):
        for key, name in [("name", scope.name), *(("aliases", alias) for alias in scope.aliases)]:
            if "," in name or name != name.strip():
                yield f"scope[{index}].{key}", f"{name!r} has a comma or a space around it"
            if name in seen:
                yield f"scope[{index}].{key}", f"{name!r} stands here twice"
            seen.add(name)
    for name in profile.scopes.default or ():
        if name not in seen:
            yield "scopes.default", f"no [[scope]] is named {name!r}{nearest(name, seen)}"
    if profile.scopes.empty == "default" and profile.scopes.default is None:
        yield "scopes.empty", "an empty array cannot mean the default: there is none"
    if not profile.scopes.required and profile.scopes.default is None:
        yield "scopes.default", "an optional argument needs a default"
    *named, _ = msgspec.structs.astuple(profile.errors)
    codes = {error.code for error in named}
    for error in profile.errors.other:
        if error.code in codes:
            yield "errors.other", f"the code {error.code} has a message already"
        codes.add(error.code)
    for button, name in profile.user_info.buttons.items():
        if profile.scope_named(name) is None:
            yield f"user-info.buttons.{button}", profile.misspelled(name)
    if profile.user_info.auth_user is not None and profile.scope_named(profile.user_info.auth_user) is None:
        yield "user-info.auth-user", profile.misspelled(profile.user_info.auth_user)
    yield from _format_faults("code", "a code", profile.code)
    yield from _format_faults("tokens", "a token", profile.tokens)


def _format_faults(table: str, what: str, format: CodeFormat | TokenFormat) -> Iterator[tuple[str, str]]:
    if len(set(format.alphabet)) != len(format.alphabet):
        yield f"{table}.alphabet", "a character stands here twice"
    if not (format.prefix + format.alphabet).isascii():
        yield f"{table}.alphabet", f"{what} is made of ASCII characters"
    bits = (format.length - len(format.prefix)) * math.log2(len(format.alphabet))
    if bits < MIN_BITS:
        yield (
            f"{table}.length",
            f"leaves {max(bits, 0):.0f} bits to chance; {what} that cannot be guessed has {MIN_BITS}",
        )


def _array(string: str) -> str:
    names = [name.strip() for name in string[:200].split(",") if name.strip()]
    return "[" + ", ".join(f"'{name}'" for name in names) + "]"


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else f"{text[:60]}..."
