"""The OpenAPI of Alipay+, of the wallets on its platform, and of Antom: versions 1 and 2.

What is documented, and by whom, is at https://miniprogram.alipay.com/docs/miniprogram/mpdev/v2_authorizations_applytoken
and its neighbours, and for Antom at https://docs.antom.com/ac/ams/digital_signature. No page says what is answered to a
request that is wrong in itself (its signature, its time, its path); where none of the common result codes fits, that is
inferred, and marked so.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import time
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias
from urllib.parse import quote, unquote

import msgspec

from bridge.authority import Tokens
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
from bridge.messages import read_json
from bridge.profiles import Attribute
from bridge.users import Address, Name, User

__all__ = ["AlipayPlus"]

MAX_SKEW = 600
"""Seconds by which a Request-Time may be off. No page gives a number; Alipay in China allows as much."""

MAX_MESSAGE = 256
"""Characters of a resultMessage, as documented."""

LATEST = datetime.max.replace(tzinfo=UTC).timestamp() - 1

# Where it is reached: Antom and its sandbox, Alipay+, M-Pesa and Claro. Others have nothing before the version.
_PREFIXES = ("/ams/api", "/ams/sandbox/api", "/api/open", "/miniprogram/api")
_VERSION = re.compile(r"/(v[12])/(.+)")

Version: TypeAlias = Literal["v1", "v2"]

_OPERATIONS: dict[str, tuple[Operation, frozenset[str]]] = {
    "authorizations/applyToken": ("applyToken", frozenset({"v1", "v2"})),
    "authorizations/cancelToken": ("cancelToken", frozenset({"v1"})),
    # In version 1 of Antom only, as is the query.
    "authorizations/revoke": ("cancelToken", frozenset({"v1", "v2"})),
    "authorizations/query": ("queryToken", frozenset({"v1"})),
    "users/inquiryUserInfo": ("inquiryUserInfo", frozenset({"v1", "v2"})),
    # VodaPay.
    "customers/user/inquiryUserInfo": ("inquiryUserInfo", frozenset({"v2"})),
}

_GRANTS = {"AUTHORIZATION_CODE": ("authCode", "code"), "REFRESH_TOKEN": ("refreshToken", "refresh token")}

# The result code, its status and its text. Of a pair, the second is version 2's.
_ILLEGAL = ("PARAM_ILLEGAL", "F", "Illegal parameters exist.")
_RESULTS: dict[Problem, tuple[tuple[str, str, str], ...]] = {
    "too large": (_ILLEGAL,),
    "unknown api": (("INVALID_API", "F", "The called API is invalid or not active."),),
    "wrong method": (("INVALID_API", "F", "The called API is invalid or not active."),),
    "wrong content type": (_ILLEGAL,),
    "missing header": (_ILLEGAL,),
    "wrong header": (_ILLEGAL,),
    # The meaning of the common code; which one is for a client that nobody knows, no page says.
    "unknown client": (("ACCESS_DENIED", "F", "The access is denied."),),
    "wrong time": (_ILLEGAL,),
    # From the older API of GCash; the lists of the mini-program platform have no code for it.
    "wrong signature": (("INVALID_SIGNATURE", "F", "The signature is invalid."),),
    "not readable": (_ILLEGAL,),
    "missing parameter": (_ILLEGAL,),
    "wrong parameter": (_ILLEGAL,),
    "unsupported grant type": (
        ("AUTH_CLIENT_UNSUPPORTED_GRANT_TYPE", "F", "The authorized merchant does not support this grant type."),
    ),
    "wrong app": (("ACCESS_DENIED", "F", "The access is denied."),),
    "wrong auth client": (("INVALID_AUTH_CLIENT", "F", "The authorized merchant does not exist."),),
    "wrong reference client": (
        ("REFERENCE_CLIENT_ID_NOT_MATCH", "F", "The reference client ID does not match the authorization code."),
    ),
    "unknown code": (
        ("INVALID_CODE", "F", "The authorization code does not exist."),
        ("INVALID_AUTHCODE", "F", "The authorization code does not exist."),
    ),
    "expired code": (
        ("EXPIRED_CODE", "F", "The authorization code has expired."),
        ("EXPIRED_AUTHCODE", "F", "The authorization code has expired."),
    ),
    "used code": (
        ("USED_CODE", "F", "The authorization code has been used."),
        ("USED_AUTHCODE", "F", "The authorization code has been used."),
    ),
    "unknown refresh token": (("INVALID_REFRESH_TOKEN", "F", "The refresh token does not exist."),),
    "expired refresh token": (("EXPIRED_REFRESH_TOKEN", "F", "The refresh token has expired."),),
    "used refresh token": (("USED_REFRESH_TOKEN", "F", "The refresh token has been used."),),
    "unknown access token": (("INVALID_ACCESS_TOKEN", "F", "The access token is invalid."),),
    "expired access token": (("EXPIRED_ACCESS_TOKEN", "F", "The access token has expired."),),
    "limited": (
        ("REQUEST_TRAFFIC_EXCEED_LIMIT", "U", "The request traffic exceeds the limit."),
        ("REQUEST_TRAFFIC_EXCEED_LIMIT", "F", "The request traffic exceeds the limit."),
    ),
    "unknown": (("UNKNOWN_EXCEPTION", "U", "The API call has failed for unknown reasons."),),
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
        # Without a prefix, an address may be one of a page's own files: what is asked for by GET is, mostly.
        return prefix != "" or (
            _VERSION.fullmatch(rest) is not None
            and (method == "POST" or rest.split("/")[2] in ("authorizations", "users", "customers"))
        )

    # What is asked for.

    def read(self, request: HttpRequest) -> Demand:
        version, operation = self._operation(request.path)
        if request.method != "POST":
            raise Refused("wrong method", f"the API takes POST, not {request.method}")
        media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise Refused("wrong content type", f"Content-Type is application/json, not {media_type[:60]!r}")
        client = self._client(request)
        parameters = _parameters(request.body)
        self._check_merchant(self._style(version), operation, client, parameters)
        if operation != "applyToken":
            token = _text(parameters, "accessToken")
            return Demand(operation=operation, client=client, secret=token, kind="access token")
        grant = _text(parameters, "grantType")
        if grant not in _GRANTS:
            raise Refused("unsupported grant type", f"grantType is {' or '.join(_GRANTS)}, not {_shown(grant)}")
        if grant == "AUTHORIZATION_CODE":
            return Demand(operation=operation, client=client, secret=_text(parameters, "authCode"), kind="code")
        token = _text(parameters, "refreshToken")
        return Demand(operation=operation, client=client, secret=token, kind="refresh token")

    def _split(self, path: str) -> tuple[str, str]:
        """Return the prefix that a path has, perhaps "", and the rest."""
        # Not everything that is asked for begins with a slash: OPTIONS is for "*", too.
        prefix = next((known for known in self._prefixes if path.startswith(f"{known}/")), "")
        return prefix, path.removeprefix(prefix)

    def _operation(self, path: str) -> tuple[Version, Operation]:
        found = _VERSION.fullmatch(self._split(path)[1])
        operation, versions = _OPERATIONS.get(found[2], (None, ())) if found else (None, ())
        if found is None or operation is None or found[1] not in versions:
            known = sorted(f"/{version}/{name}" for name, (_, has) in _OPERATIONS.items() for version in has)
            raise Refused("unknown api", f"there is no {path[:100]!r}; there are {', '.join(known)}")
        return _version(found[1]), operation

    def _style(self, version: Version) -> Version:
        """Return the version whose parameters and result codes hold under a version's path."""
        return self._settings.style or version

    def _client(self, request: HttpRequest) -> Client:
        """Return who asks, which the signature proves."""
        settings = self._settings
        id = request.headers.get("client-id", "")
        if not settings.verify:
            known = settings.clients[0]
            return next((client for client in settings.clients if client.id == id), _named(id, known) if id else known)
        for name in ("Client-Id", "Request-Time", "Signature"):
            if not request.headers.get(name.lower()):
                raise Refused("missing header", f"the header {name} is missing", name)
        client = next((client for client in settings.clients if client.id == id), None)
        if client is None:
            known_ids = ", ".join(client.id for client in settings.clients)
            raise Refused("unknown client", f"no client has the id {id[:60]!r} (there is {known_ids})", "Client-Id")
        _check_time(request.headers["request-time"])
        signature = _signature(request.headers["signature"])
        if not any(self._verifies(client, signature, request, path) for path in {request.path, request.whole_path}):
            # The body is not in the message, for what is secret in it.
            text = _signed_text(request, request.path, id, request.headers["request-time"], b"<body>").decode()
            raise Refused(
                "wrong signature", f"what is to be signed is {text!r}, with SHA256withRSA and {client.id}'s key"
            )
        return client

    def _verifies(self, client: Client, signature: bytes, request: HttpRequest, path: str) -> bool:
        text = _signed_text(request, path, client.id, request.headers["request-time"], request.body)
        return self._settings.public_key(client).verifies(signature, text)

    def _check_merchant(self, style: Version, operation: Operation, client: Client, parameters: dict[str, Any]) -> None:
        """Make sure that the parameters name nobody else than who asks."""
        required = style == "v2"
        app_id = _text(parameters, "appId", required=required)
        if app_id not in ("", client.app_id):
            raise Refused("wrong app", f"appId is {client.app_id} for the client {client.id}, not {_shown(app_id)}")
        auth_client = _text(parameters, "authClientId", required=required)
        if auth_client not in ("", client.id):
            raise Refused("wrong auth client", f"authClientId is {client.id}, not {_shown(auth_client)}")
        if operation == "applyToken":
            reference = _text(parameters, "referenceClientId", required=False)
            if reference not in ("", client.id):
                raise Refused("wrong reference client", f"referenceClientId is {client.id}, not {_shown(reference)}")
        _text(parameters, "extendInfo", required=False)

    # What is answered.

    def write(self, request: HttpRequest, result: Result | Refused, *, forged: bool) -> HttpAnswer:
        version = self._version_of_answer(request.path)
        antom = self._split(request.path)[0].startswith("/ams/")
        if isinstance(result, Refused):
            named = _RESULTS[result.problem] if result.problem in _RESULTS else _RESULTS["unknown"]
            code, status, message = named[-1 if version == "v2" else 0]
            if code in _UNSPECIFIC:
                message = f"{message} {result.details}".strip()[:MAX_MESSAGE]
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
                    "refreshTokenExpiryTime": _time(result.refresh_expires_at),
                    # The values are not documented; this one stands in a sample of the former API.
                    "tokenStatusType": "ACTIVE",
                }
            case Revealed(user=user, attributes=attributes):
                return _antom_user(user, attributes) if antom else {"userInfo": _user_info(user, attributes)}
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
        """Return the path that the client signs, and so expects to be signed: with what is before ours, or without."""
        client = next(
            (client for client in self._settings.clients if client.id == request.headers.get("client-id")), None
        )
        if request.path == request.whole_path or client is None:
            return request.path
        try:
            signature = _signature(request.headers.get("signature", ""))
            whole = self._verifies(client, signature, request, request.whole_path)
        except (Refused, KeyError):
            return request.path
        return request.whole_path if whole else request.path


def _version(text: str) -> Version:
    return "v1" if text == "v1" else "v2"


def _named(id: str, like: Client) -> Client:
    return msgspec.structs.replace(like, id=id)


def _signed_text(request: HttpRequest, path: str, client_id: str, moment: str, body: bytes) -> bytes:
    return f"{request.method} {path}\n{client_id}.{moment}.".encode("utf-8", "replace") + body


def _signature(header: str) -> bytes:
    """Return the signature in the header of that name: "algorithm=RSA256, keyVersion=1, signature=..."."""
    pairs = [pair.strip().partition("=") for pair in header.split(",")]
    parts = {name.strip().lower(): value.strip() for name, _, value in pairs}
    # Rebell writes the second.
    if parts.get("algorithm", "RSA256").upper() not in ("RSA256", "SHA256WITHRSA"):
        raise Refused(
            "wrong header", f"the algorithm of Signature is RSA256, not {parts['algorithm'][:40]!r}", "Signature"
        )
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
        moment = int(text) / 1000 if re.fullmatch(r"[0-9]{10,15}", text) else datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        example = _time(time.time())
        raise Refused("wrong time", f"Request-Time is written {example}, not {text[:40]!r}", "Request-Time") from None
    off = moment - time.time()
    if abs(off) > MAX_SKEW:
        way = "ahead" if off > 0 else "behind"
        raise Refused("wrong time", f"Request-Time is {abs(off):.0f} s {way}; {MAX_SKEW} s are allowed", "Request-Time")


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


def _shown(value: str) -> str:
    """Return a parameter as it may stand in the log: it may be a code that was put into the wrong one."""
    return repr(value if len(value) <= 20 else f"{value[:8]}...")


def _time(moment: float) -> str:
    return datetime.fromtimestamp(min(moment, LATEST), UTC).isoformat(timespec="seconds")


def _header(value: str) -> str:
    """Return a text as it can stand in a header."""
    return value if value.isascii() and value.isprintable() else ""


# Who the user is. The members are those of the data dictionaries of version 1, such as
# https://miniapps.qi.iq/docs/miniprogram_qineo/mpdev/v1_data_dict. Which scope gives which, the profile says.


def _user_info(user: User, attributes: frozenset[Attribute]) -> dict[str, Any]:
    has = attributes.__contains__
    members = {
        "nickName": user.nickname if has("nickname") else "",
        "userName": _name(user.name) if has("name") and user.name else {},
        "avatar": user.avatar if has("avatar") else "",
        "gender": user.gender if has("gender") else "",
        "birthDate": user.birthday.isoformat() if has("birthday") and user.birthday else "",
        "nationality": user.nationality if has("nationality") else "",
        "loginIdInfos": _login_ids(user, attributes),
        "contactInfos": _contacts(user, attributes),
        "userAddresses": [_address(user.address)] if has("address") and user.address else [],
    }
    return {"userId": user.id, "status": "ACTIVE", **_filled(members)}


def _antom_user(user: User, attributes: frozenset[Attribute]) -> dict[str, Any]:
    """Return who the user is for Antom, which knows no more: https://docs.antom.com/ac/ams/userinfoinq."""
    # A fingerprint, as documented, which keeps nothing secret.
    hashed = hashlib.md5(user.login_id.encode(), usedforsecurity=False).hexdigest() if user.login_id else ""
    members = {
        "userLoginId": user.masked_login_id if attributes & {"masked-login-id", "login-id"} else "",
        "hashUserLoginId": hashed if "hashed-login-id" in attributes else "",
    }
    return {"userId": user.id, **_filled(members)}


def _name(name: Name) -> dict[str, str]:
    return _filled({"fullName": name.full, "firstName": name.first, "lastName": name.last})


def _login_ids(user: User, attributes: frozenset[Attribute]) -> list[dict[str, str]]:
    if not user.login_id:
        return []
    forms = {
        "loginId": _number(user.login_id) if "login-id" in attributes else "",
        "maskLoginId": user.masked_login_id.removeprefix("+") if "masked-login-id" in attributes else "",
        # Samples have the length of SHA-256; the algorithm is not documented.
        "hashLoginId": hashlib.sha256(_number(user.login_id).encode()).hexdigest()
        if "hashed-login-id" in attributes
        else "",
    }
    told = _filled(forms)
    return [{"loginIdType": "EMAIL" if "@" in user.login_id else "MOBILE_PHONE", **told}] if told else []


def _contacts(user: User, attributes: frozenset[Attribute]) -> list[dict[str, str]]:
    contacts = {"MOBILE_PHONE": ("phone", _number(user.phone)), "EMAIL": ("email", user.email)}
    return [
        {"contactType": type, "contactNo": number}
        for type, (attribute, number) in contacts.items()
        if attribute in attributes and number
    ]


def _address(address: Address) -> dict[str, str]:
    return _filled(
        {
            "region": address.country,
            "state": address.region,
            "city": address.city,
            "address1": address.street,
            "zipCode": address.postal_code,
        }
    )


def _number(phone: str) -> str:
    """Return a phone number as the platform writes it, "63-9170000001"; an e-mail address as it is."""
    return phone.removeprefix("+")


def _filled(members: dict[str, Any]) -> dict[str, Any]:
    """Return the members that say something: others are absent."""
    return {name: value for name, value in members.items() if value}
