"""Which hosts pages may reach."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import SetupError
from bridge.hosts import Hosts, host_name, is_localhost, is_loopback, is_web


def reached(url: str, *allow: str) -> bool:
    return Hosts(allow).include(httpx.URL(url))


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST", "localhost.", "shop.localhost", "127.0.0.1", "127.255.0.9", "[::1]", "u:p@localhost"],
)
def test_this_machine_is_reached_at_any_port(host: str) -> None:
    assert reached(f"http://{host}:1/x")
    assert reached(f"https://{host}/", "api.example.com")


OUTSIDE = [
    "http://api.example.com/",
    "https://localhost.example.com/",
    "http://evillocalhost/",
    "http://127.0.0.1.nip.io/",
    "http://127.0.0.1@api.example.com/",
    "http://0.0.0.0/",
    "http://127.1/",
    "http://127.0.0.1./",
    "http://2130706433/",
    "http://10.0.0.1/",
    "http://169.254.169.254/latest",
    "http://[::]/",
    "http://[::2]/",
]


@pytest.mark.parametrize("url", OUTSIDE)
def test_nothing_else_is_reached_unless_it_is_allowed(url: str) -> None:
    assert not reached(url)
    assert reached(url, "*")


@pytest.mark.parametrize(
    ("allow", "host"),
    [
        ("api.example.com", "api.example.com"),
        ("api.example.com", "api.example.com:8443"),
        ("api.example.com:8443", "api.example.com:8443"),
        ("API.example.com", "api.EXAMPLE.com."),
        ("api.example.com.", "api.example.com"),
        ("*.example.com", "api.example.com"),
        ("*.example.com", "a.b.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("*.bücher.example", "a.BÜCHER.example"),
        ("10.0.0.1", "10.0.0.1"),
        ("[::2]:81", "[::2]:81"),
    ],
)
def test_an_allowed_host_is_reached(allow: str, host: str) -> None:
    assert reached(f"http://{host}/", "other.example", allow)


@pytest.mark.parametrize(
    ("allow", "host"),
    [
        ("api.example.com", "example.com"),
        ("api.example.com", "a.api.example.com"),
        ("example.com", "api.example.com"),
        ("*.example.com", "example.com"),
        ("*.example.com", "evilexample.com"),
        ("*.example.com", "example.com.evil.example"),
        ("api.example.com:1", "api.example.com"),
        ("*.example.com:1", "api.example.com:2"),
        ("[::2]", "[::3]"),
    ],
)
def test_an_allowed_host_allows_no_other(allow: str, host: str) -> None:
    assert not reached(f"http://{host}/", allow)


LABELS = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True).filter(lambda label: label[2:4] != "--")


@settings(deadline=None, derandomize=True)
@given(domain=st.lists(LABELS, min_size=1, max_size=3), other=st.lists(LABELS, min_size=1, max_size=4), below=LABELS)
def test_a_wildcard_stands_for_what_is_below_it_only(domain: list[str], other: list[str], below: str) -> None:
    pattern = f"*.{'.'.join(domain)}.test"
    assert reached(f"http://{'.'.join([below, *domain])}.test/", pattern)
    if other[-len(domain) :] == domain and len(other) > len(domain):
        other = domain
    assert not reached(f"http://{'.'.join(other)}.test/", pattern)


@pytest.mark.parametrize(("port", "scheme", "other"), [("80", "http", "https"), ("443", "https", "http")])
def test_a_port_may_be_the_one_that_goes_without_saying(port: str, scheme: str, other: str) -> None:
    assert reached(f"{scheme}://api.example.com/", f"api.example.com:{port}")
    assert not reached(f"{other}://api.example.com/", f"api.example.com:{port}")


@pytest.mark.parametrize(
    "allow",
    [
        "",
        "*.",
        "*.*.com",
        "https://api.example.com",
        "api.example.com/x",
        "a b",
        "u@h",
        "h?q",
        "h#f",
        "h:port",
        "h:0",
        "h:65536",
        "xn--.example.com",
        "**",
        5,
        "[",
    ],
)
def test_what_is_no_host_cannot_be_allowed(allow: Any) -> None:
    with pytest.raises(SetupError, match="--allow-request takes a host such as"):
        Hosts([allow])


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://API.Example.com.:80/", "api.example.com"),
        ("http://BÜCHER.example/", "xn--bcher-kva.example"),
        ("http://[::1]/", "::1"),
        # An address has no dot at its end, so this is a name, whatever it resolves to.
        ("http://127.0.0.1./", "127.0.0.1."),
        ("mailto:me", ""),
    ],
)
def test_a_name_has_one_form_in_which_it_is_compared(url: str, name: str) -> None:
    assert host_name(httpx.URL(url)) == name


@pytest.mark.parametrize(
    ("url", "web"),
    [
        ("http://127.0.0.1/", True),
        ("HTTPS://[::1]:8443/x", True),
        ("ftp://127.0.0.1/", False),
        ("data:text/plain,x", False),
        ("file:///etc/passwd", False),
        ("http:///x", False),
        ("/x", False),
        ("http://[", False),
        ("http://127.0.0.1:65535/", True),
        ("http://127.0.0.1:65536/", False),
        ("http://127.0.0.1:0/", False),
        # Not Punycode, though it looks like it.
        ("http://xn--.localhost/", False),
    ],
)
def test_the_web_is_what_http_reaches(url: str, web: bool) -> None:
    assert is_web(httpx.URL(url)) is web


@pytest.mark.parametrize(
    ("name", "localhost", "loopback"),
    [
        *((name, True, True) for name in ("localhost", "a.b.localhost")),
        *((name, False, True) for name in ("127.255.255.254", "::1", "[::1]", "0:0:0:0:0:0:0:1")),
        *((name, False, False) for name in ("128.0.0.1", "::2", "localhost.", "", "localhost.test", "evillocalhost")),
    ],
)
def test_loopback_is_what_can_only_mean_this_machine(name: str, localhost: bool, loopback: bool) -> None:
    assert (is_localhost(name), is_loopback(name)) == (localhost, loopback)
