"""Which hosts pages may reach: those of this machine, and those that a list adds.

Names are compared as URLs have them once they are read: in small letters and in ASCII. What a name resolves to does
not count, because who owns the name can change that at any time.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import NamedTuple

import httpx

from bridge.errors import SetupError

__all__ = ["Hosts", "host_name", "is_localhost", "is_loopback", "is_web"]

_HOST_NAME = re.compile(r"[a-z0-9_.:-]+")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PORTS = range(1, 1 << 16)


class Hosts:
    """The hosts that pages may reach.

    Args:
        allow: Those beyond this machine's: "api.example.com", "api.example.com:8443", "*.example.com" for all below it,
            "*" for all there are.

    Raises:
        SetupError: One of `allow` is no host.
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._patterns = [_read_pattern(text) for text in allow]

    def include(self, url: httpx.URL) -> bool:
        """Tell whether pages may reach what a URL of the web names."""
        name = host_name(url)
        port = url.port or _DEFAULT_PORTS[url.scheme]
        return is_loopback(name) or any(pattern.covers(name, port) for pattern in self._patterns)


class _Pattern(NamedTuple):
    """A host, or all below a domain, that pages may reach."""

    name: str
    """Without "*."; "" is any."""
    below: bool
    port: int | None
    """None is any."""

    def covers(self, name: str, port: int) -> bool:
        if self.port is not None and port != self.port:
            return False
        if self.below:
            return name.endswith(f".{self.name}")
        return self.name in ("", name)


def _read_pattern(text: str) -> _Pattern:
    """Read a host of the list.

    Raises:
        SetupError: It is none.
    """
    wrong = f"--allow-request takes a host such as api.example.com, *.example.com or 127.0.0.1:8443, not {text!r}"
    if not isinstance(text, str):
        raise SetupError(wrong)
    if text == "*":
        return _Pattern(name="", below=False, port=None)
    below = text.startswith("*.")
    try:
        # A scheme without a port of its own, which would not be told from none.
        url = httpx.URL(f"host://{text[2:] if below else text}")
    except httpx.InvalidURL as problem:
        raise SetupError(f"{wrong}: {problem}") from None
    if not _names_host(url) or url.userinfo or url.raw_path != b"/" or url.fragment:
        raise SetupError(wrong)
    return _Pattern(name=host_name(url), below=below, port=url.port)


def host_name(url: httpx.URL) -> str:
    """Return the host of a URL in the form in which names are compared; "" where it has none."""
    name = url.raw_host.decode("ascii")
    # A dot at the end means nothing after a name, and makes a name of what looks like an address.
    return name if name[-2:-1].isdigit() else name.removesuffix(".")


def is_web(url: httpx.URL) -> bool:
    """Tell whether a URL names a host, and a port, that HTTP can reach."""
    return url.scheme in _DEFAULT_PORTS and _names_host(url)


def _names_host(url: httpx.URL) -> bool:
    try:
        named = bool(url.host)
    except UnicodeError:
        # It looks like a name in Punycode, and stands for none.
        return False
    return named and _HOST_NAME.fullmatch(host_name(url)) is not None and (url.port is None or url.port in _PORTS)


def is_localhost(name: str) -> bool:
    """Tell whether a host name is localhost, or below it."""
    return name == "localhost" or name.endswith(".localhost")


def is_loopback(name: str) -> bool:
    """Tell whether a host name, without its port, can only mean this machine, whatever it resolves to.

    Args:
        name: In small letters; an address of IPv6 may stand in brackets.
    """
    try:
        return is_localhost(name) or ipaddress.ip_address(name.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return False
