"""What the wallet sends over the network on behalf of a page: request, httpRequest, uploadFile, downloadFile.

A wallet's app carries these out itself, so that no CORS stands in the way; and it lets a mini program reach only the
hosts that its owner has listed. Here those are the ones of this machine, and what `--allow-request` adds.

Facts about answers and errors are from the pages that `page_request` names, and from
https://opendocs.alipay.com/mini/api/00hxw8 (questions and answers), of the same public text.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import ssl
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

import httpx

from bridge.apis import declared
from bridge.calls import Call, PageFile
from bridge.hosts import Hosts, host_name, is_localhost, is_loopback, is_web
from bridge.messages import read_json
from bridge.outcomes import Outcome, error, fail, succeed
from bridge.page_request import (
    FILE_TIMEOUT,
    REQUEST_TIMEOUT,
    InvalidParameters,
    bare,
    data_type_of,
    download_of,
    in_china,
    remarks,
    request_of,
    short,
    timeout_of,
    upload_of,
)

__all__ = ["MAX_CONTENT", "Download", "Network"]

logger = logging.getLogger("bridge.network")

MAX_CONTENT = 10 * 1024 * 1024
"""Bytes of a response, unpacked: as many as a wallet keeps in files of one mini program."""

MAX_CONNECTIONS = 100
"""At a time. Calls beyond wait for one of these."""

MAX_REDIRECTS = 20
MAX_REMARKS = 1000
"""A page that makes names up does not fill the log."""


class _Failures(NamedTuple):
    """What went wrong, as the number that an API has for it; its words are declared."""

    invalid: int
    refused: int
    """The host is not on the list."""
    network: int
    """No answer, or none that HTTP can read."""
    timeout: int


# A host that is not listed is "4/11" in China's table, where 4 came later and is what its questions and answers show
# for request, and the only one for uploadFile. Older tables, which Alipay+ follows, have 11, and 13 for files.
_REQUEST = _Failures(invalid=2, refused=11, network=12, timeout=13)
_FILE = _Failures(invalid=2, refused=13, network=12, timeout=12)
_FAILURES = {"request": _REQUEST, "httpRequest": _REQUEST, "uploadFile": _FILE, "downloadFile": _FILE}
_IN_CHINA = {
    **_FAILURES,
    "request": _REQUEST._replace(refused=4),
    "httpRequest": _REQUEST._replace(refused=4),
    "uploadFile": _FILE._replace(refused=4, invalid=11),
}

_UNREADABLE = 14
_HTTP_ERROR = 19


class _Refused(Exception):
    """The host is not on the list."""


class _Unreadable(ValueError):
    """A response is not what the page asked for."""


class _TooLong(Exception):
    """A response exceeds MAX_CONTENT."""


@dataclass(frozen=True, kw_only=True)
class Download:
    """A file that a server has sent."""

    content: bytes
    media_type: str
    """As the server says it, parameters included; "application/octet-stream" where it does not."""
    status: int
    headers: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """A response, read to its end."""

    content: bytes
    media_type: str
    status: int
    encoding: str
    headers: dict[str, str]
    """Spelled as the server does. What it sends several times is one text, joined with commas."""

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        try:
            text = self.content.decode(self.encoding, "replace")
        except (LookupError, UnicodeError):
            # Python knows codecs that are no text encodings, such as "hex".
            text = self.content.decode("utf-8", "replace")
        # Some codecs, such as UTF-7, make halves of surrogate pairs. No JSON can carry one to the page.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        # The mark at the beginning that tells the order of bytes is no part of the text.
        return text.removeprefix("\ufeff")


class Network:
    """What the wallet sends over the network for a page.

    Args:
        allow: Hosts that pages may reach beyond those of this machine, as for `Hosts`.

    Calls may come from several event loops, one loop after the other: a connection ends with its call, and there is
    nothing to close. Cookies are kept for each app and user, as long as this lives.

    Raises:
        SetupError: One of `allow` is no host.
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._hosts = Hosts(allow)
        self._cookies: dict[tuple[str, str], httpx.Cookies] = {}
        self._remarked: set[str] = set()
        self._slots: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}

    async def request(self, call: Call) -> Outcome:
        """Carry out request or httpRequest.

        `success` runs for the statuses 200 to 299. For any other, `fail` gets error 19 with the status, the headers and
        the text of the body, which programs for Alipay rely on; and it gets as much with error 14 when JSON is asked
        for and something else comes.

        For the `dataType` arraybuffer, `data` is `{"$arraybuffer": base64}`, for the page to unpack.
        """

        def prepare() -> httpx.Request:
            for text in remarks(call):
                self._remark(text)
            return request_of(call)

        answer = await self._exchange(call, prepare, REQUEST_TIMEOUT)
        if not isinstance(answer, _Answer):
            return answer
        received = {"status": answer.status, "data": answer.text, "headers": answer.headers}
        if not answer.good:
            return fail({"error": _HTTP_ERROR, "errorMessage": _words(call, _HTTP_ERROR), **received})
        try:
            return succeed(_result(answer, _data(answer, call)))
        except _Unreadable:
            return fail({"error": _UNREADABLE, "errorMessage": _words(call, _UNREADABLE), **received})

    async def upload(self, call: Call, file: PageFile) -> Outcome:
        """Carry out uploadFile. It succeeds whatever the status is: what the server says stands in `data`.

        Args:
            call: The page's call.
            file: What its `filePath` names.
        """
        answer = await self._exchange(call, partial(upload_of, call, file), FILE_TIMEOUT)
        return succeed(_result(answer, answer.text)) if isinstance(answer, _Answer) else answer

    async def download(self, call: Call) -> Download | Outcome:
        """Carry out downloadFile: return the file, or how the call fails. A `data:` URL is a file of its own."""
        file = _file_within(call.params.get("url"))
        if file is not None:
            return file
        answer = await self._exchange(call, partial(download_of, call), FILE_TIMEOUT)
        if not isinstance(answer, _Answer):
            return answer
        if not answer.good:
            logger.warning("%s: the server answered with status %s", call.api, answer.status)
            return error(_FILE.network, _words(call, _FILE.network))
        return Download(
            content=answer.content, media_type=answer.media_type, status=answer.status, headers=answer.headers
        )

    async def _exchange(self, call: Call, prepare: Callable[[], httpx.Request], default: int) -> _Answer | Outcome:
        """Send a request and return the answer to it, or how the call fails without one.

        Args:
            call: The page's call.
            prepare: Makes the request.
            default: After how many milliseconds it fails, unless the call says so.
        """
        failures = (_IN_CHINA if in_china(call) else _FAILURES)[call.api]
        try:
            seconds = timeout_of(call, default) / 1000
            request = prepare()
            client = _client()
            async with asyncio.timeout(seconds), self._slot(), client:
                return await self._follow(client, request, self._cookies_of(call))
        except InvalidParameters as problem:
            logger.warning("%s: %s", call.api, problem)
            failure = failures.invalid
        except _Refused:
            failure = failures.refused
        except (TimeoutError, httpx.TimeoutException):
            logger.warning("%s: %s did not answer in %g seconds", call.api, bare(request.url), seconds)
            failure = failures.timeout
        except (httpx.HTTPError, httpx.InvalidURL, _TooLong) as problem:
            logger.warning("%s: %s: %s", call.api, bare(request.url), str(problem) or type(problem).__name__)
            failure = failures.network
        return error(failure, _words(call, failure))

    async def _follow(self, client: httpx.AsyncClient, request: httpx.Request, cookies: httpx.Cookies) -> _Answer:
        """Send a request with the client's own headers where it has none, and go where its answers redirect to.

        Raises:
            _Refused: It, or where it is redirected to, is not on the list.
            _TooLong: The response is too long.
            httpx.HTTPError: There is no answer, or it cannot be read.
            httpx.InvalidURL: It redirects out of the web.
        """
        for name, value in client.headers.items():
            request.headers.setdefault(name, value)
        first, own_cookies = request.url, request.headers.get("Cookie")
        for _ in range(MAX_REDIRECTS + 1):
            self._check(request.url)
            # What servers and pages put into a cookie need not be ASCII.
            request.headers.encoding = "utf-8"
            if own_cookies is not None and _origin(request.url) == _origin(first):
                # A redirect has lost them.
                request.headers["Cookie"] = own_cookies
            cookies.set_cookie_header(request)
            try:
                response = await client.send(request, stream=True)
            except UnicodeError as problem:
                # httpx reads the name of the host that it redirects to, which may not be Punycode.
                raise httpx.InvalidURL(f"a redirect leads to no host: {problem}") from problem
            try:
                cookies.extract_cookies(response)
                if response.next_request is None:
                    return await _read(response)
                request = response.next_request
            finally:
                await response.aclose()
        raise httpx.TooManyRedirects(f"more than {MAX_REDIRECTS} redirects")

    def _cookies_of(self, call: Call) -> httpx.Cookies:
        owner = (call.app_id, call.user_id)
        if owner not in self._cookies:
            self._cookies[owner] = httpx.Cookies(_CookieJar())
        return self._cookies[owner]

    def _slot(self) -> asyncio.Semaphore:
        """Return what lets as many calls through as may have a connection at the same time."""
        running = asyncio.get_running_loop()
        if running not in self._slots:
            # It works in one event loop only. That of another is over, as is whatever it let through.
            self._slots = {running: asyncio.Semaphore(MAX_CONNECTIONS)}
        return self._slots[running]

    def _check(self, url: httpx.URL) -> None:
        """Let a request go to a URL, or raise.

        Raises:
            _Refused: Its host is not on the list.
            httpx.InvalidURL: It leads out of the web.
        """
        if not is_web(url):
            raise httpx.InvalidURL(f"a redirect leads to {short(bare(url))}")
        if self._hosts.include(url):
            return
        name = host_name(url)
        name = f"[{name}]" if ":" in name else name
        self._remark(
            f"{name} is not on the list of hosts that pages may reach; if it is meant: "
            f"--allow-request {name}, or Bridge(allow_requests=[{name!r}])"
        )
        raise _Refused

    def _remark(self, text: str) -> None:
        """Write a line into the log, once."""
        if text not in self._remarked and len(self._remarked) < MAX_REMARKS:
            self._remarked.add(text)
            logger.warning("%s", text)


class _Transport(httpx.AsyncHTTPTransport):
    """Reaches localhost, and names below it, on this machine and without asking what they resolve to.

    It sends one request at a time.
    """

    def __init__(self) -> None:
        # A connection that is kept may be closed by the server just as a redirect is about to use it.
        limits = httpx.Limits(max_keepalive_connections=0)
        super().__init__(verify=_trusted(), limits=limits, trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["trace"] = self._trace
        if not is_localhost(host_name(request.url)):
            return await super().handle_async_request(request)
        try:
            return await super().handle_async_request(_sent_to("127.0.0.1", request))
        except httpx.ConnectError as refused:
            try:
                return await super().handle_async_request(_sent_to("::1", request))
            except httpx.ConnectError:
                raise refused from None

    async def _trace(self, event: str, info: dict[str, Any]) -> None:
        """Close the connection of a call that is given up during the handshake of TLS: httpx leaves it open."""
        if event == "connection.connect_tcp.complete":
            self._connected = info["return_value"]
        elif event == "connection.start_tls.failed":
            await self._connected.aclose()


class _CookiePolicy(DefaultCookiePolicy):
    """That of browsers, for which this machine is as good as https."""

    def set_ok(self, cookie: Cookie, request: urllib.request.Request) -> bool:
        name = host_name(httpx.URL(request.full_url))
        if "." not in name and cookie.domain == f".{name}":
            # Such as localhost. Python takes that for a domain, to whose other hosts the cookie would go.
            cookie.domain, cookie.domain_specified, cookie.domain_initial_dot = _host_alone(cookie.domain), False, False
        return super().set_ok(cookie, request)

    def return_ok_secure(self, cookie: Cookie, request: urllib.request.Request) -> bool:
        return super().return_ok_secure(cookie, request) or is_loopback(host_name(httpx.URL(request.full_url)))


class _CookieJar(CookieJar):
    """One with that policy, which nobody asks about a cookie that its server takes back."""

    def __init__(self) -> None:
        super().__init__(_CookiePolicy())

    def clear(self, domain: str | None = None, path: str | None = None, name: str | None = None) -> None:
        super().clear(domain and _host_alone(domain), path, name)


def _host_alone(domain: str) -> str:
    """Return where a jar has the cookies of the only host that a domain means; other domains as they are."""
    return f"{domain[1:]}.local" if domain.rfind(".") == 0 else domain


def _client() -> httpx.AsyncClient:
    """Return what sends the requests of one call.

    Each has its own, with its own connections: httpx loses one for good whose request is given up before it has begun.
    """
    # Whose cookies they are, the client cannot know.
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx.AsyncClient(
        transport=_Transport(),
        cookies=no_cookies,
        headers={"User-Agent": "mybridge"},
        timeout=None,
        trust_env=False,
    )


@cache
def _trusted() -> ssl.SSLContext:
    """Return what certificates are checked against; to read it takes a while, and it is the same for all."""
    context = httpx.create_ssl_context(trust_env=False)
    # Beside the authorities that httpx brings along, those of the system: the ones for development are among them.
    context.load_default_certs()
    return context


def _sent_to(address: str, request: httpx.Request) -> httpx.Request:
    """Return a request that goes to an address, and still names its own host."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, host_name(url), url.port


def _file_within(url: Any) -> Download | None:
    """Return the file that a `data:` URL holds, or None for anything else."""
    scheme, _, file = url.partition(":") if isinstance(url, str) else ("", "", "")
    if scheme.lower() != "data":
        return None
    media_type, comma, text = file.partition(",")
    content = unquote_to_bytes(text)
    if media_type.lower().endswith(";base64"):
        media_type = media_type[: -len(";base64")]
        try:
            content = base64.b64decode(content, validate=True)
        except ValueError:
            return None
    return Download(content=content, media_type=media_type or "text/plain", status=200, headers={}) if comma else None


async def _read(response: httpx.Response) -> _Answer:
    """Read a response to its end.

    Raises:
        _TooLong: It exceeds the limit.
        httpx.HTTPError: It breaks off, or cannot be unpacked.
    """
    # A few bytes that are packed twice can unpack to more than there is memory.
    if "," in response.headers.get("Content-Encoding", ""):
        raise httpx.DecodingError("the response is packed more than once")
    content = bytearray()
    async for part in response.aiter_bytes():
        content += part
        if len(content) > MAX_CONTENT:
            raise _TooLong(f"the response is longer than {MAX_CONTENT} bytes")
    spelled: dict[str, str] = {}
    for name, _ in response.headers.raw:
        spelled.setdefault(name.decode("ascii").lower(), name.decode("ascii"))
    return _Answer(
        content=bytes(content),
        media_type=response.headers.get("Content-Type", "application/octet-stream"),
        status=response.status_code,
        encoding=response.encoding or "utf-8",
        headers={name: response.headers[name] for name in spelled.values()},
    )


def _data(answer: _Answer, call: Call) -> Any:
    """Return the content of a response as the `dataType` of the call wants it.

    Raises:
        _Unreadable: It is not JSON.
    """
    match data_type_of(call):
        case "json" | "json_or_text" as data_type:
            try:
                return read_json(answer.text)
            except (ValueError, RecursionError):
                if data_type == "json":
                    raise _Unreadable from None
        case "base64":
            encoded = base64.b64encode(answer.content).decode()
            # In China, and only there, the documentation says so.
            return f"data:{answer.media_type};base64,{encoded}" if in_china(call) else encoded
        case "arraybuffer":
            return {"$arraybuffer": base64.b64encode(answer.content).decode()}
    return answer.text


def _words(call: Call, code: int) -> str:
    """Return the declared message of an error."""
    return declared()[call.api].errors[str(code)]


def _result(answer: _Answer, data: Any) -> dict[str, Any]:
    """Return what `success` gets: status and headers under both names that are in use."""
    return {
        "data": data,
        "status": answer.status,
        "statusCode": answer.status,
        "headers": answer.headers,
        "header": answer.headers,
    }
