"""The people who can be logged in to the wallet: a few that come with the package, and more from TOML files.

Everything about them is invented. Their attributes are what the scopes of the platform can reveal; a file of one's own
needs `id` and `nickname` only.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from bridge import tomlfile
from bridge.errors import SetupError, nearest

__all__ = ["Address", "Name", "User", "Users", "built_in", "read"]

_PHONE = re.compile(r"\+[0-9]{1,3}-[0-9]{4,14}")

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, rename="kebab"):
    pass


class Name(_Table, frozen=True, kw_only=True):
    """A person's name, whole and in parts."""

    full: Text
    first: str = ""
    last: str = ""


class Address(_Table, frozen=True, kw_only=True):
    """Where a person lives."""

    country: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]
    """ISO 3166-1, two letters."""
    region: str = ""
    """Province or state."""
    city: str = ""
    street: str = ""
    """The lines that are neither city nor postal code."""
    postal_code: str = ""


class User(_Table, frozen=True, kw_only=True):
    """Someone with an account in the wallet. What is empty is not known about them, whatever the scopes."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    """What the wallet calls them; scope `auth_base`."""
    nickname: Text
    """By this they are chosen, too: no two users share one."""
    name: Name | None = None
    login_id: str = ""
    """What they log in to the wallet with, an e-mail address or a phone number."""
    avatar: str = ""
    """The address of a picture."""
    gender: Literal["", "FEMALE", "MALE"] = ""
    birthday: datetime.date | None = None
    nationality: Annotated[str, msgspec.Meta(pattern="^([A-Z]{2})?$")] = ""
    """ISO 3166-1, two letters."""
    email: str = ""
    phone: str = ""
    """With its country code, as in "+63-9170000001"."""
    address: Address | None = None

    def __repr__(self) -> str:
        # Calls are shown with their users, of whom the rest is long, and personal in a file of one's own.
        return f"User(id={self.id!r}, nickname={self.nickname!r})"

    @property
    def masked_login_id(self) -> str:
        """The login id as a wallet shows it to others: "am***@example.com", "+639***01"."""
        account, at, domain = self.login_id.partition("@")
        if at:
            return f"{account[:2]}***@{domain}"
        return f"{account[:4]}***{account[-2:]}" if len(account) > 6 else "***" * bool(account)


class _File(_Table, frozen=True, kw_only=True):
    user: list[User]


class Users:
    """Those who can be logged in, in the order in which they are offered.

    Args:
        users: They.

    Raises:
        SetupError: There is nobody, or two share an id or a nickname.
    """

    def __init__(self, users: Iterable[User]) -> None:
        self._users = tuple(users)
        if not self._users:
            raise SetupError("there is no user to log in")
        for _, problem in _faults(self._users):
            raise SetupError(f"users: {problem}")

    def __iter__(self) -> Iterator[User]:
        return iter(self._users)

    def with_id(self, id: str | None) -> User | None:
        """Return the user with this id, or None."""
        return next((user for user in self._users if user.id == id), None)

    def find(self, name: str) -> User:
        """Return the user with this id or nickname.

        Raises:
            SetupError: There is none; the message names those that there are.
        """
        for user in self._users:
            if name in (user.id, user.nickname):
                return user
        nicknames = [user.nickname for user in self._users]
        listed = ", ".join(nicknames[:10]) + (", ..." if len(nicknames) > 10 else "")
        raise SetupError(f"there is no user {name!r}{nearest(str(name), nicknames)} (there are {listed})")


@cache
def built_in() -> tuple[User, ...]:
    """Return the users that come with the package."""
    text = resources.files(__name__).joinpath("built-in.toml").read_text("utf-8")
    return tuple(tomlfile.decode(text, _File).user)


def read(path: str | Path) -> tuple[User, ...]:
    """Read users from a TOML file.

        [[user]]
        id = "2088000000000042"
        nickname = "Mia"

    Raises:
        SetupError: There is no such file, or it is wrong; the message names line and key.
    """
    try:
        text = Path(path).read_text("utf-8-sig")
    except OSError as error:
        raise SetupError(f"cannot read the users file {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SetupError(f"the users file {path} is not UTF-8: {error.reason} at byte {error.start}") from error
    try:
        users = tomlfile.decode(text, _File).user
    except tomlfile.TomlError as error:
        advice = "; write [[user]]" if error.key == "user" else ""
        raise SetupError(f"{path}: {error}{advice}") from error
    for key, problem in _faults(users):
        raise SetupError(f"{path}: {tomlfile.TomlError(problem, line=tomlfile.line_of(text, key), key=key)}")
    return tuple(users)


def _faults(users: Iterable[User]) -> Iterator[tuple[str, str]]:
    """Yield the key and the fault of what the types alone cannot rule out."""
    taken: set[str] = set()
    for index, user in enumerate(users):
        for key, value in (("id", user.id), ("nickname", user.nickname)):
            if value in taken:
                yield f"user[{index}].{key}", f"{value!r} is another user's id or nickname"
        taken |= {user.id, user.nickname}
        if user.phone and not _PHONE.fullmatch(user.phone):
            yield f"user[{index}].phone", f"{user.phone!r} is not written like +63-9170000042"
