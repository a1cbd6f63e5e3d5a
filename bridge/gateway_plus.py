"""The OpenAPI of Alipay+, of the wallets on its platform, and of Antom: versions 1 and 2.

What is documented, and by whom, is at https://miniprogram.alipay.com/docs/miniprogram/mpdev/v2_authorizations_applytoken
and its neighbours, and for Antom at https://docs.antom.com/ac/ams/digital_signature. No page says what is answered to a
request that is wrong in itself (its signature, its time, its path); where none of the common result codes fits, that is
inferred, and marked so.
"""

from __future__ import annotations

import base64
import binascii
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias
from urllib.parse import quote, unquote

import msgspec

from bridge.authority import Tokens
from bridge.errors import nearest
from bridge.exchange import (
    ApiSettings,
    Client,
    Demand,
    HttpAnswer,
    HttpRequest,
    Operation,
    Problem,
    Refused,
    Result,
    Revealed,
    TokenState,
)
from bridge.gateway_plus_user import antom_user, user_info
from bridge.messages import read_json
from bridge.redaction import cut_path, quoted

__all__ = ["AlipayPlus"]

MAX_SKEW = 600
"""Seconds by which a Request-Time may be off. No page gives a number; Alipay in China allows as much."""

MAX_MESSAGE = 256
"""Characters of a resultMessage, as documented."""

LATEST = datetime.max.replace(tzinfo=UTC).timestamp() - 1

# Where it is reached: Antom and its sandbox, Alipay+, M-Pesa and Claro. Others have nothing before the version.
_PREFIXES = ("/ams/api", "/ams/sandbox/api", "/api/open", "/miniprogram/api")
_VERSION = re.compile(r"/(v[12])/(.+)")

# What the paths of a version begin with.
_FOLDERS = {"authorizations", "users", "customers"}

Version: TypeAlias = Literal["v1", "v2"]

_OPERATIONS: dict[str, tuple[Operation, frozenset[str]]] = {
    "authorizations/applyToken": ("applyToken", frozenset({"v1", "v2"})),
    "authorizations/cancelToken": ("cancelToken", frozenset({"v1"})),
    # Of version 1, this is documented by Qi and Antom, and the query by Antom alone. Here, all prefixes have them.
    "authorizations/revoke": ("cancelToken", frozenset({"v1", "v2"})),
    "authorizations/query": ("queryToken", frozenset({"v1"})),
    "users/inquiryUserInfo": ("inquiryUserInfo", frozenset({"v1", "v2"})),
    # VodaPay.
    "customers/user/inquiryUserInfo": ("inquiryUserInfo", frozenset({"v2"})),
}

_ANY_PREFIX = re.compile(rf"(?P<prefix>.*?)(?:/v[0-9]+)?/(?:{'|'.join(_OPERATIONS)})")

_GRANTS: dict[str, tuple[str, Literal["code", "refresh token"]]] = {
    "AUTHORIZATION_CODE": ("authCode", "code"),
    "REFRESH_TOKEN": ("refreshToken", "refresh token"),
}

# The result code, its status and its text; of a pair, the first is version 1's and the second version 2's. What has no
# mark is documented, as at https://miniprogram.alipay.com/docs-alipayconnect/miniprogram_alipayconnect/mpdev/error_codes
# for version 2, and in the pages of Touch 'n Go for version 1. Marked T is a text that third parties have, in servers,
# tests and copies of pages that are gone; marked I is what is inferred.
_ILLEGAL = (
    ("PARAM_ILLEGAL", "F", "Illegal parameters exist. For example, a non-numeric input, or an invalid date."),  # T
    # Documented for the fields of the headers and those of the body.
    ("PARAM_ILLEGAL", "F", "Illegal parameters. For example, non-numeric input, invalid date."),
)
_INVALID_API = (("INVALID_API", "F", "The called API is invalid or not active."),)
_DENIED = (
    ("ACCESS_DENIED", "F", "The access is denied."),  # T
    ("ACCESS_DENIED", "F", "Access is denied"),
)
_RESULTS: dict[Problem, tuple[tuple[str, str, str], ...]] = {
    "too large": _ILLEGAL,
    "unknown api": _INVALID_API,
    "wrong method": _INVALID_API,  # I: that it is this code.
    "wrong content type": _ILLEGAL,
    "missing header": _ILLEGAL,
    "wrong header": _ILLEGAL,
    "unknown client": _DENIED,  # I: that it is this code.
    "wrong time": _ILLEGAL,
    # T: from the older API of GCash. The lists of the mini-program platform have no code for it.
    "wrong signature": (("INVALID_SIGNATURE", "F", "Signature is invalid"),),
    "not readable": _ILLEGAL,
    "missing parameter": _ILLEGAL,
    "wrong parameter": _ILLEGAL,
    "unsupported grant type": (
        # T; I for version 1.
        ("AUTH_CLIENT_UNSUPPORTED_GRANT_TYPE", "F", "The authorized merchant does not support this grant type."),
    ),
    "wrong app": _DENIED,  # I: that it is this code.
    "wrong auth client": (
        ("INVALID_AUTH_CLIENT", "F", "The auth client id is invalid."),
        (
            "INVALID_AUTH_CLIENT",
            "F",
            "Either the authorized merchant does not exist or the merchant does not onboard to the native app.",  # T
        ),
    ),
    "wrong reference client": (
        # T, from VodaPay; I for version 2, in whose list the code is not.
        ("REFERENCE_CLIENT_ID_NOT_MATCH", "F", "The reference client ID did not match the authorization code."),
    ),
    "unknown code": (
        ("INVALID_CODE", "F", "The authorization code does not exist."),  # I: as in version 2.
        ("INVALID_AUTHCODE", "F", "The authorization code does not exist."),  # T
    ),
    "expired code": (
        ("EXPIRED_CODE", "F", "The authorization code has expired."),  # T
        ("EXPIRED_AUTHCODE", "F", "The authorization code expires."),  # T
    ),
    "used code": (
        ("USED_CODE", "F", "The authorization code has been used."),  # T
        ("USED_AUTHCODE", "F", "The authorization code has been used."),  # T
    ),
    # T; I for version 1, as in version 2.
    "unknown refresh token": (("INVALID_REFRESH_TOKEN", "F", "The refresh token does not exist."),),
    "expired refresh token": (
        ("EXPIRED_REFRESH_TOKEN", "F", "The refresh token has expired."),  # I: as for a code.
        ("EXPIRED_REFRESH_TOKEN", "F", "The refresh token expires."),  # T
    ),
    # T; I for version 1, as in version 2.
    "used refresh token": (("USED_REFRESH_TOKEN", "F", "The refresh token has been used."),),
    # I for version 2, as in version 1.
    "unknown access token": (("INVALID_ACCESS_TOKEN", "F", "The access token is invalid."),),
    "expired access token": (
        ("EXPIRED_ACCESS_TOKEN", "F", "The access token has expired."),  # I: as for a code.
        ("EXPIRED_ACCESS_TOKEN", "F", "The access token expires."),  # I: as for a code.
    ),
    "limited": (
        ("REQUEST_TRAFFIC_EXCEED_LIMIT", "U", "The request traffic exceeds the limit."),
        ("REQUEST_TRAFFIC_EXCEED_LIMIT", "F", "The request traffic exceeds the limit."),
    ),
    "unknown": (("UNKNOWN_EXCEPTION", "U", "An API calling is failed, which is caused by unknown reasons."),),
}

_UNSPECIFIC = {"PARAM_ILLEGAL", "INVALID_API", "ACCESS_DENIED", "INVALID_SIGNATURE"}
"""Result codes whose text does not say what is wrong. What is, stands behind it here."""


class AlipayPlus:
    """The dialect: JSON in a POST, signed in its headers, and an answer that is signed likewise.

    Args:
        settings: What it is set to.
    """

    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings
        own = (settings.prefix.rstrip("/"),) if settings.prefix else ()
        # The longest first: one may begin another.
        self._prefixes = (*sorted({*_PREFIXES, *own}, key=len, reverse=True), "")

    def claims(self, method: str, path: str) -> bool:
        prefix, rest = self._split(path)
        found = _VERSION.fullmatch(rest)
        if method == "POST":
            # Also behind a prefix that nobody knows yet: nothing else takes a POST to such an address.
            return prefix != "" or found is not None or _ANY_PREFIX.fullmatch(path) is not None
        # An address may be one of a page's own files, which is asked for by GET.
        return found is not None and (prefix != "" or found[2].partition("/")[0] in _FOLDERS)

    # What is asked for.

    def read(self, request: HttpRequest) -> Demand:
        version, operation = self._operation(request.path)
        if request.method != "POST":
            raise Refused("wrong method", f"the API takes POST, not {quoted(request.method)}")
        media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise Refused("wrong content type", f"Content-Type is application/json, not {quoted(media_type)}")
        signer = self._signer(request) if self._settings.verify else None
        parameters = _parameters(request.body)
        merchant = _merchant(self._style(version), operation, parameters)
        client = self._claimed(request, merchant) if signer is None else _checked(merchant, signer)
        if operation != "applyToken":
            token = _text(parameters, "accessToken")
            return Demand(operation=operation, client=client, secret=token, kind="access token")
        grant = _text(parameters, "grantType")
        if grant not in _GRANTS:
            raise Refused("unsupported grant type", f"grantType is {' or '.join(_GRANTS)}, not {quoted(grant)}")
        name, kind = _GRANTS[grant]
        return Demand(operation=operation, client=client, secret=_text(parameters, name), kind=kind)

    def _split(self, path: str) -> tuple[str, str]:
        """Return the prefix that a path has, perhaps "", and the rest."""
        # Not everything that is asked for begins with a slash: OPTIONS is for "*", too.
        prefix = next((known for known in self._prefixes if path.startswith(f"{known}/")), "")
        return prefix, path.removeprefix(prefix)

    def _operation(self, path: str) -> tuple[Version, Operation]:
        found = _VERSION.fullmatch(self._split(path)[1])
        operation, versions = _OPERATIONS.get(found[2], (None, ())) if found else (None, ())
        if found is None or operation is None or found[1] not in versions:
            raise Refused("unknown api", f"there is no {cut_path(path)[:100]!r}{self._advice(path)}")
        return _version(found[1]), operation

    def _advice(self, path: str) -> str:
        """Say what may be meant by a path that is none."""
        found = _ANY_PREFIX.fullmatch(path)
        if found is not None and found["prefix"] not in self._prefixes:
            return f"; if it is yours: --gateway-prefix {cut_path(found['prefix'])}"
        known = [f"/{version}/{name}" for name, (_, has) in _OPERATIONS.items() for version in sorted(has)]
        return nearest(self._split(path)[1], known)

    def _style(self, version: Version) -> Version:
        """Return the version whose parameters and result codes hold under a version's path."""
        return self._settings.style or version

    def _signer(self, request: HttpRequest) -> Client:
        """Return who asks, which the signature proves."""
        for name in ("Client-Id", "Request-Time", "Signature"):
            if not request.headers.get(name.lower()):
                advice = "a back end that does not sign yet: --no-verify"
                raise Refused("missing header", f"the header {name} is missing; {advice}", name)
        id = request.headers["client-id"]
        client = self._known(id)
        if client is None:
            known_ids = ", ".join(client.id for client in self._settings.clients)
            raise Refused("unknown client", f"no client has the id {quoted(id)} (there is {known_ids})", "Client-Id")
        _check_time(request.headers["request-time"])
        if self._signed_path(client, request) is None:
            # The body is not in the message, for what is secret in it.
            text = _signed_text(request, request.path, id, request.headers["request-time"], b"<body>").decode()
            raise Refused(
                "wrong signature",
                f"what is to be signed is {text!r}, with SHA256withRSA and the private key to {self._key_of(client)}",
            )
        return client

    def _claimed(self, request: HttpRequest, merchant: _Merchant) -> Client:
        """Return who asks by what they say themselves; the bridge's own merchant, where they do not say it."""
        id = request.headers.get("client-id") or merchant.auth_client
        client = self._known(id) or self._settings.clients[0]
        return msgspec.structs.replace(client, id=id or client.id, app_id=merchant.app_id or client.app_id)

    def _key_of(self, client: Client) -> str:
        """Say which key a client's signatures are checked with."""
        return f"the public_key of Client({client.id!r})" if client.public_key else "merchant-public.pem"

    def _known(self, id: str | None) -> Client | None:
        return next((client for client in self._settings.clients if client.id == id), None)

    def _signed_path(self, client: Client, request: HttpRequest) -> str | None:
        """Return the path that a client has signed, of those that it may; None where the signature is wrong.

        Raises:
            Refused: It is not written as one.
        """
        signature = _signature(request.headers.get("signature", ""))
        key, moment = self._settings.public_key(client), request.headers.get("request-time", "")
        for path in _paths(request):
            if key.verifies(signature, _signed_text(request, path, client.id, moment, request.body)):
                return path
        return None

    # What is answered.

    def write(self, request: HttpRequest, result: Result | Refused, *, forged: bool) -> HttpAnswer:
        version = self._version_of_answer(request.path)
        antom = self._split(request.path)[0].startswith("/ams/")
        if isinstance(result, Refused):
            named = _RESULTS.get(result.problem, _RESULTS["unknown"])
            code, status, message = named[-1 if version == "v2" else 0]
            if code in _UNSPECIFIC and result.details:
                message = f"{message.removesuffix('.')}. {result.details}"[:MAX_MESSAGE]
        else:
            code, status, message = "SUCCESS", "S", "success"
        about = {"resultCode": code, "resultStatus": status, "resultMessage": message}
        body = msgspec.json.encode({"result": about, **self._members(result, antom=antom)})
        return HttpAnswer(headers=self._headers(request, body, forged=forged), body=body, summary=code)

    def _version_of_answer(self, path: str) -> Version:
        found = _VERSION.fullmatch(self._split(path)[1])
        return self._style(_version(found[1]) if found else "v2")

    def _members(self, result: Result | Refused, *, antom: bool) -> dict[str, Any]:
        """Return what stands beside the result."""
        match result:
            case Tokens(access_token=access, refresh_token=refresh, record=record):
                return {
                    "accessToken": access,
                    "accessTokenExpiryTime": _time(record.access_expires_at),
                    "refreshToken": refresh,
                    "refreshTokenExpiryTime": _time(record.refresh_expires_at),
                    **({} if antom else {"customerId": record.user_id}),
                }
            case TokenState():
                return {
                    "accessToken": result.access_token,
                    "accessTokenExpiryTime": _time(result.access_expires_at),
                    # The refreshToken that is documented beside it is not told: the ledger keeps digests only.
                    "refreshTokenExpiryTime": _time(result.refresh_expires_at),
                    # Inferred: which values there are is not documented.
                    "tokenStatusType": "ACTIVE",
                }
            case Revealed(user=user, attributes=attributes):
                return antom_user(user, attributes) if antom else {"userInfo": user_info(user, attributes)}
        return {}

    def _headers(self, request: HttpRequest, body: bytes, *, forged: bool) -> dict[str, str]:
        id = _header(request.headers.get("client-id") or self._settings.clients[0].id)
        moment = _time(time.time())
        text = _signed_text(request, self._path_for(request), id, moment, body)
        signature = base64.b64encode(self._settings.keys().wallet.sign(text + b"forged" * forged)).decode()
        return {
            "Content-Type": "application/json; charset=UTF-8",
            "Client-Id": id,
            "Response-Time": moment,
            "Signature": f"algorithm=RSA256, keyVersion=1, signature={quote(signature, safe='')}",
        }

    def _path_for(self, request: HttpRequest) -> str:
        """Return the path that the client expects to be signed: the one that it has signed itself."""
        client = self._known(request.headers.get("client-id"))
        try:
            signed = self._signed_path(client, request) if client else None
        except Refused:
            signed = None
        return signed or request.path


class _Merchant(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the parameters name; "" where they do not."""

    app_id: str
    auth_client: str
    reference_client: str


def _merchant(style: Version, operation: Operation, parameters: dict[str, Any]) -> _Merchant:
    required = style == "v2"
    merchant = _Merchant(
        app_id=_text(parameters, "appId", required=required),
        auth_client=_text(parameters, "authClientId", required=required),
        reference_client=_text(parameters, "referenceClientId", required=False) if operation == "applyToken" else "",
    )
    _text(parameters, "extendInfo", required=False)
    return merchant


def _checked(merchant: _Merchant, client: Client) -> Client:
    """Return who asks, where the parameters name nobody else."""
    app_id, auth_client, reference = merchant.app_id, merchant.auth_client, merchant.reference_client
    if app_id not in ("", client.app_id):
        raise Refused("wrong app", f"appId is {client.app_id} for the client {client.id}, not {quoted(app_id)}")
    if auth_client not in ("", client.id):
        raise Refused("wrong auth client", f"authClientId is {client.id}, not {quoted(auth_client)}")
    if reference not in ("", client.id):
        raise Refused("wrong reference client", f"referenceClientId is {client.id}, not {quoted(reference)}")
    return client


def _version(text: str) -> Version:
    return "v1" if text == "v1" else "v2"


def _paths(request: HttpRequest) -> Iterator[str]:
    """Yield what a client may have signed: the path without what the bridge is mounted under, or as it was sent.

    The SDKs sign the path that they are given, which may have a query.
    """
    for path in dict.fromkeys((request.path, request.whole_path)):
        yield path
        if request.query:
            yield f"{path}?{request.query}"


def _signed_text(request: HttpRequest, path: str, client_id: str, moment: str, body: bytes) -> bytes:
    return f"{request.method} {path}\n{client_id}.{moment}.".encode("utf-8", "replace") + body


def _signature(header: str) -> bytes:
    """Return the signature in the header of that name: "algorithm=RSA256, keyVersion=1, signature=..."."""
    pairs = [pair.strip().partition("=") for pair in header.split(",")]
    parts = {name.strip().lower(): value.strip() for name, _, value in pairs}
    # Rebell writes the second.
    if parts.get("algorithm", "RSA256").upper() not in ("RSA256", "SHA256WITHRSA"):
        algorithm = quoted(parts["algorithm"])
        raise Refused("wrong header", f"the algorithm of Signature is RSA256, not {algorithm}", "Signature")
    # Some send it in base64 as it is: a plus is no space.
    text = unquote(parts.get("signature", ""), errors="replace")
    try:
        if text:
            return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        pass
    example = "algorithm=RSA256, keyVersion=1, signature=<base64, URL-encoded>"
    raise Refused("wrong header", f"Signature is written {example}", "Signature")


def _check_time(text: str) -> None:
    """Make sure that a request was made now."""
    try:
        # Antom's own SDK for Go sends milliseconds since the epoch.
        moment = int(text) / 1000 if re.fullmatch(r"[0-9]{10,15}", text) else _moment(text)
    except ValueError:
        example = _time(time.time())
        raise Refused("wrong time", f"Request-Time is written {example}, not {quoted(text)}", "Request-Time") from None
    off = moment - time.time()
    if abs(off) > MAX_SKEW:
        way = "ahead" if off > 0 else "behind"
        raise Refused("wrong time", f"Request-Time is {abs(off):.0f} s {way}; {MAX_SKEW} s are allowed", "Request-Time")


def _moment(text: str) -> float:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("without an offset, it is not known which moment is meant")
    return moment.timestamp()


def _parameters(body: bytes) -> dict[str, Any]:
    try:
        parameters = read_json(body.decode("utf-8"))
    except (ValueError, RecursionError) as problem:
        raise Refused("not readable", f"the body is not JSON: {problem}") from None
    if not isinstance(parameters, dict):
        raise Refused("not readable", "the body is a JSON object, with the parameters as its members")
    return parameters


def _text(parameters: dict[str, Any], name: str, *, required: bool = True) -> str:
    value = parameters.get(name)
    if value is None or value == "":
        if required:
            raise Refused("missing parameter", f"{name} is missing", name)
        return ""
    if not isinstance(value, str):
        raise Refused("wrong parameter", f"{name} is a string", name)
    return value


def _time(moment: float) -> str:
    return datetime.fromtimestamp(min(moment, LATEST), UTC).isoformat(timespec="seconds")


def _header(value: str) -> str:
    """Return a text as it can stand in a header."""
    return value if value.isascii() and value.isprintable() else ""
