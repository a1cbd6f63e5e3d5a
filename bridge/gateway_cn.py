"""The API of Alipay in mainland China, by which a back end exchanges codes and asks about users.

It has two forms, which mean the same:

    /gateway.do    one path for all; `method` says what is asked for. An answer is JSON with a signature of its text
                   in it, and has the status 200 whatever it says.
    /v3/alipay/    a path for each; signatures are in headers, and errors have a status of their own.

The pages on https://opendocs.alipay.com are open/02ailc (alipay.system.oauth.token), common/057k53 and common/02mse7
(how it is signed), common/02km9f (errors of every API); for the newer form open-v3/054oog, 054q58 and 054d0z, too.
They leave a lot open; what real answers show of it is marked so, and what is only likely as inferred.
"""

from __future__ import annotations

import base64
import html
import json
import math
import re
import string
import time
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, quote

import msgspec

from bridge.authority import Tokens
from bridge.exchange import ApiSettings, Client, Demand, HttpAnswer, HttpRequest, Problem, Refused, Result, Revealed
from bridge.gateway_cn_errors import Error
from bridge.redaction import cut_path, quoted, shortened

__all__ = ["AlipayCn"]

_GATEWAY = "/gateway.do"
_V3 = "/v3/alipay/"

_TOKEN = "alipay.system.oauth.token"
_SHARE = "alipay.user.info.share"
_APIS = (_TOKEN, _SHARE)
_API_OF_PATH = {f"/v3/{api.replace('.', '/')}": api for api in _APIS}

_CHINA = timezone(timedelta(hours=8))

# Of the newer form; for the older one, no page gives a number.
_MAX_SKEW = timedelta(minutes=10)

# The last moment that can be written, whatever the clock of a test says.
_LATEST = datetime.max.replace(tzinfo=_CHINA).timestamp() - 1

# What follows the name of a secret in a query or in JSON, be that inside JSON again or what was meant to be it.
_SECRET = re.compile(r"""((?:code|token)[\\"']*\s*[:=]\s*[\\"']*)([^\\"'&\s,}]+)""", re.IGNORECASE)

# What may be a secret in the wrong place: codes have 32 letters and digits, and tokens 40. Apps' ids have 16.
_LONG = re.compile(r"[0-9A-Za-z]{20,}")


class AlipayCn:
    """The `Dialect` of Alipay in mainland China, in both forms.

    Args:
        settings: What the API is set to.
    """

    def __init__(self, settings: ApiSettings) -> None:
        self._gateway_do = _GatewayDo(settings)
        self._v3 = _V3Api(settings)

    def claims(self, method: str, path: str) -> bool:
        return path == _GATEWAY or path.startswith(_V3)

    def read(self, request: HttpRequest) -> Demand:
        return self._form(request).read(request)

    def write(self, request: HttpRequest, result: Result | Refused, *, forged: bool) -> HttpAnswer:
        return self._form(request).write(request, result, forged=forged)

    def _form(self, request: HttpRequest) -> _GatewayDo | _V3Api:
        return self._v3 if request.path.startswith(_V3) else self._gateway_do


# What both forms have in common.


def _demand(api: str, parameters: Mapping[str, object], client: Client) -> Demand:
    if api == _SHARE:
        token = _text(parameters, "auth_token")
        # A token of auth_base is refused there: https://opendocs.alipay.com/support/01rg6c
        return Demand(operation="inquiryUserInfo", client=client, secret=token, kind="access token", more_than_id=True)
    grant_type = _text(parameters, "grant_type")
    if grant_type == "authorization_code":
        return Demand(operation="applyToken", client=client, secret=_text(parameters, "code"), kind="code")
    if grant_type == "refresh_token":
        token = _text(parameters, "refresh_token")
        return Demand(operation="applyToken", client=client, secret=token, kind="refresh token")
    raise Refused("unsupported grant type", "grant_type is authorization_code or refresh_token", "grant_type")


def _text(parameters: Mapping[str, object], name: str) -> str:
    value = parameters.get(name)
    if value is None or value == "":
        raise Refused("missing parameter", f"{name} is missing, or empty", name)
    if not isinstance(value, str):
        raise Refused("wrong parameter", f"{name} is a text, not of the type {type(value).__name__}", name)
    return value


class _Form:
    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings

    def _known(self, app_id: str) -> Client | None:
        """Return whose app it is, or None, without which nothing is signed: no key to do it with would be known."""
        for client in self._settings.clients:
            if client.app_id == app_id:
                return client
        if self._settings.verify:
            return None
        # A secret in its place would come into the log.
        app_id = _hidden(app_id)
        return Client(id=app_id, app_id=app_id) if app_id else self._settings.clients[0]

    def _client(self, app_id: str, missing: Problem) -> Client:
        client = self._known(app_id)
        if client is not None:
            return client
        if not app_id:
            raise Refused(missing, "app_id is missing, or empty", "app_id")
        own = self._settings.clients[0].app_id
        raise Refused("unknown client", f"there is no app {quoted(app_id)} here; the bridge's own is {own}", "app_id")

    def _verify(self, client: Client, sign: str, contents: Iterable[bytes], shown: str) -> None:
        """Make sure that one of these contents is signed. Of what is to be signed, `shown` is what may be told."""
        try:
            signature = base64.b64decode(sign, validate=True)
        except ValueError:
            advice = "; its + is to be sent as %2B" if " " in sign else ""
            raise Refused("wrong signature", f"{shown} (the signature is not base64{advice})", "sign") from None
        key = self._settings.public_key(client)
        if not any(key.verifies(signature, content) for content in contents):
            hint = f"to be signed with the key of the app {client.app_id}; what may be a secret is shortened here"
            raise Refused("wrong signature", f"{shown} ({hint})", "sign")

    def _signature(self, content: bytes, forged: bool) -> str:
        return base64.b64encode(self._settings.keys().wallet.sign(b"forged" if forged else content)).decode()

    def _said(self, result: Result) -> dict[str, Any]:
        """Return an answer that is no error, with its members in the order that real ones have, the alphabet's."""
        if isinstance(result, Tokens):
            now, record = self._settings.clock(), result.record
            return {
                "access_token": result.access_token,
                "auth_start": f"{datetime.fromtimestamp(min(now, _LATEST), _CHINA):%Y-%m-%d %H:%M:%S}",
                "expires_in": max(0, math.ceil(record.access_expires_at - now)),
                "re_expires_in": max(0, math.ceil(record.refresh_expires_at - now)),
                "refresh_token": result.refresh_token,
                "user_id": record.user_id,
            }
        return _user(result) if isinstance(result, Revealed) else {}


def _user(revealed: Revealed) -> dict[str, Any]:
    """Return what is told of a user. In real answers, what is not known is absent."""
    user, attributes = revealed.user, revealed.attributes
    address = user.address if "address" in attributes else None
    about = {
        "avatar": user.avatar if "avatar" in attributes else "",
        "city": address.city if address else "",
        "country_code": address.country if address else "",
        "email": user.email if "email" in attributes else "",
        "gender": user.gender[:1] if "gender" in attributes else "",
        # Within China without the country's code, as for getPhoneNumber.
        "mobile": user.phone.removeprefix("+86-").removeprefix("+") if "phone" in attributes else "",
        "nick_name": user.nickname if "nickname" in attributes else "",
        "province": address.region if address else "",
        "user_id": user.id,
        "user_name": user.name.full if user.name and "name" in attributes else "",
    }
    return {name: value for name, value in about.items() if value}


def _json(value: Any, codec: str = "utf-8") -> bytes:
    """Return a value as JSON, in ASCII where the codec lacks a character."""
    # Not by msgspec, which refuses lone surrogates, and texts of a request may have some.
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(codec)
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def _ascii(part: str | bytes) -> str:
    """Return a query or form with everything escaped that is not ASCII."""
    return quote(part.encode("utf-8", "replace") if isinstance(part, str) else part, safe=string.printable)


def _media_type(request: HttpRequest) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _hidden(text: str) -> str:
    """Return a text with the secrets in it shortened."""
    text = _SECRET.sub(lambda found: found[1] + shortened(found[2]), text)
    return _LONG.sub(lambda found: shortened(found[0]), text)


def _refuse_encryption(encrypt_type: str) -> None:
    if encrypt_type:
        raise Refused("wrong parameter", "encrypted content is not supported here: send it as it is", "encrypt_type")


def _refuse_certificate(serial_number: str) -> None:
    if serial_number:
        problem = "no app here has a certificate: leave app_cert_sn out, and set public keys"
        raise Refused("wrong signature", problem, "sign_type")


# The older form.

_CODECS = {"utf-8": "utf-8", "utf8": "utf-8", "gbk": "gbk", "gb2312": "gbk"}

_FORM = "application/x-www-form-urlencoded"
_API = re.compile(r"[a-z]+(\.[a-z]+)+")
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")


class _GatewayDo(_Form):
    def read(self, request: HttpRequest) -> Demand:
        if request.path != _GATEWAY:
            # Where nothing else is served.
            raise Refused("unknown api", f"the gateway is {_GATEWAY}, not {cut_path(request.path)}", "method")
        parameters, codec = _parameters(request)
        api = _text(parameters, "method")
        if api not in _APIS:
            raise Refused("unknown api", f"there is no {quoted(api)} here, but {' and '.join(_APIS)}", "method")
        # Real answers show that the app comes before its signature, in both forms.
        client = self._client(parameters.get("app_id", ""), "missing parameter")
        if self._settings.verify:
            self._check(parameters, codec, client)
        if parameters.get("format", "JSON").upper() != "JSON":
            raise Refused("wrong parameter", "format is JSON", "format")
        _refuse_encryption(parameters.get("encrypt_type", ""))
        return _demand(api, parameters, client)

    def _check(self, parameters: dict[str, str], codec: str, client: Client) -> None:
        sign_type = _text(parameters, "sign_type")
        if sign_type == "RSA":
            raise Refused("wrong signature", "sign_type is to be RSA2: no app here has a key for RSA", "sign_type")
        if sign_type != "RSA2":
            raise Refused("wrong parameter", "sign_type is RSA2", "sign_type")
        _refuse_certificate(parameters.get("app_cert_sn", ""))
        sign = _text(parameters, "sign")
        _text(parameters, "version")
        _check_timestamp(_text(parameters, "timestamp"))
        text = _signed(parameters)
        self._verify(client, sign, [text.encode(codec)], _hidden(text))

    def write(self, request: HttpRequest, result: Result | Refused, *, forged: bool) -> HttpAnswer:
        try:
            parameters, codec = _parameters(request)
        except Refused:
            parameters, codec = dict(parse_qsl(_ascii(request.query))), "utf-8"
        api = parameters.get("method", "")
        name, node = f"{api.replace('.', '_')}_response", dict[str, Any]()
        if isinstance(result, Refused):
            error = Error.of(result)
            summary = error.sub_code
            # Real answers escape what they quote, which they have to, being HTML.
            message = html.escape(error.text, quote=False).replace('"', "&quot;")
            node |= {"code": error.code, "msg": error.message, "sub_code": error.sub_code, "sub_msg": message}
            # Real errors of alipay.system.oauth.token are in a node of another name, those of others in their own.
            if api == _TOKEN or not _API.fullmatch(api):
                name = "error_response"
        else:
            summary = "SUCCESS"
            # Real answers of alipay.system.oauth.token have neither of the two.
            node |= {} if isinstance(result, Tokens) else {"code": "10000", "msg": "Success"}
            node |= self._said(result)
        # Real answers escape slashes, too. That a nickname is no HTML either is inferred: the type says that all is.
        # What is signed is the text as it is sent.
        content = _json(node, codec).replace(b"/", rb"\/").replace(b"<", rb"\u003c")
        known = self._known(parameters.get("app_id", "")) is not None
        sign = f',"sign":"{self._signature(content, forged)}"' if known else ""
        # The type is that of real errors; that other answers have it, too, is inferred.
        headers = {"Content-Type": f"text/html;charset={codec}", "trace_id": uuid.uuid4().hex}
        body = b"{%s:%s%s}" % (_json(name, codec), content, sign.encode())
        return HttpAnswer(headers=headers, body=body, summary=summary)


def _parameters(request: HttpRequest) -> tuple[dict[str, str], str]:
    """Return the parameters of the query and the form, but for empty ones, and the codec that they are in.

    Raises:
        Refused: They cannot be read.
    """
    if request.method not in ("GET", "POST"):
        raise Refused("wrong method", "the gateway is asked by POST or GET")
    texts = [_ascii(request.query)]
    if request.method == "POST" and request.body:
        if _media_type(request) != _FORM:
            raise Refused("wrong content type", f"the body's type is {_FORM}", "content-type")
        texts.append(_ascii(request.body))
    charset = dict(parse_qsl("&".join(texts), encoding="latin-1")).get("charset", "utf-8")
    codec = _CODECS.get(charset.lower())
    if codec is None:
        raise Refused("wrong parameter", "charset is utf-8 or gbk", "charset")
    try:
        pairs = [pair for text in texts for pair in parse_qsl(text, encoding=codec, errors="strict")]
    except UnicodeDecodeError:
        raise Refused("not readable", f"the parameters are not in {codec}, as charset says", "charset") from None
    parameters: dict[str, str] = {}
    for name, value in pairs:
        if parameters.setdefault(name, value) != value:
            raise Refused("wrong parameter", f"{quoted(name)} is there twice, and not the same", "twice")
    return parameters, codec


def _signed(parameters: Mapping[str, str]) -> str:
    """Return what of a request is signed: https://opendocs.alipay.com/common/057k53."""
    return "&".join(f"{name}={value}" for name, value in sorted(parameters.items()) if name != "sign")


def _check_timestamp(text: str) -> None:
    try:
        moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S") if _TIMESTAMP.fullmatch(text) else None
    except ValueError:
        moment = None
    if moment is None:
        raise Refused("wrong parameter", "timestamp is written like 2026-01-31 23:59:59", "timestamp")
    # It is to be the time in China, but the official SDKs for Python and .NET write that of their machine, wherever it
    # is (https://github.com/alipay/alipay-easysdk/issues/61). So UTC and the time of this machine will do, too.
    now = time.time()
    clocks = [datetime.fromtimestamp(now, zone).replace(tzinfo=None) for zone in (_CHINA, UTC, None)]
    if all(abs(moment - clock) > _MAX_SKEW for clock in clocks):
        problem = f"timestamp is {text}, and it is {clocks[0]:%Y-%m-%d %H:%M:%S} in China, GMT+8"
        raise Refused("wrong time", f"{problem}; it may be 10 minutes off", "timestamp")


# The newer form.

_ALGORITHM = "ALIPAY-SHA256withRSA"
_MILLISECONDS = re.compile(r"[0-9]{13}")


class _V3Api(_Form):
    def read(self, request: HttpRequest) -> Demand:
        api = _API_OF_PATH.get(request.path)
        if api is None:
            raise Refused("unknown api", f"there is nothing here but {' and '.join(_API_OF_PATH)}")
        if request.method != "POST":
            raise Refused("wrong method", "it is asked by POST")
        _refuse_encryption(request.headers.get("alipay-encrypt-type", ""))
        if request.body and _media_type(request) != "application/json":
            raise Refused("wrong content type", "the body's type is application/json", "content-type")
        header = request.headers.get("authorization", "")
        if self._settings.verify:
            client = self._check(request, header)
        else:
            client = self._client(_authorization(header).get("app_id", ""), "missing header")
        parameters = _json_object(request.body) if request.body else {}
        if api == _SHARE:
            # The SDKs send it in the query. Whether production takes it in the body, too, is not established.
            parameters |= dict(parse_qsl(_ascii(request.query)))
        return _demand(api, parameters, client)

    def _check(self, request: HttpRequest, header: str) -> Client:
        """Return the client, once the Authorization is checked, in the order that real answers show."""
        algorithm, _, rest = header.partition(" ")
        signed, _, sign = rest.partition(",sign=")
        told = _authorization(header)
        if "timestamp" not in told:
            raise Refused("missing header", f"Authorization has no timestamp; {_ADVICE}", "timestamp")
        client = self._client(told.get("app_id", ""), "missing header")
        if algorithm != _ALGORITHM:
            raise Refused("wrong header", f"Authorization begins with {_ALGORITHM}", "sign_type")
        _refuse_certificate(told.get("app_cert_sn", ""))
        if not sign:
            raise Refused("missing header", f"Authorization has no sign; {_ADVICE}", "sign")
        _check_milliseconds(told["timestamp"])
        # What is signed: https://opendocs.alipay.com/open-v3/054q58. The last line is there only if the header is.
        query = f"?{request.query}" if request.query else ""
        token = request.headers.get("alipay-app-auth-token", "")
        rest = f"\n{token}\n" if token else "\n"
        # The back end may know the bridge by another path than the bridge itself.
        contents = [
            f"{signed}\nPOST\n{path}{query}\n".encode("utf-8", "replace")
            + request.body
            + rest.encode("utf-8", "replace")
            for path in dict.fromkeys((request.whole_path, request.path))
        ]
        body = request.body.decode("utf-8", "replace")
        shown = _hidden(f"{signed}\nPOST\n{request.whole_path}{query}\n{body}")
        shown += f"\n{shortened(token)}\n" if token else "\n"
        self._verify(client, sign, contents, shown.replace("\n", r"\n"))
        return client

    def write(self, request: HttpRequest, result: Result | Refused, *, forged: bool) -> HttpAnswer:
        answer: dict[str, Any]
        trace_id = uuid.uuid4().hex
        if isinstance(result, Refused):
            error = Error.of(result, v3=True)
            # There is one link in real answers; this one is a text only.
            link = f"https://open.alipay.com/api/errCheck?traceId={trace_id}&source=openapi"
            links = [{"link": link, "desc": "解决方案"}]
            answer = {"code": error.v3_code, "links": links, "message": error.text}
            status, summary = error.status, error.v3_code
        else:
            # The official models of the newer form have texts for these two.
            texts = {"expires_in", "re_expires_in"}
            answer = {name: str(value) if name in texts else value for name, value in self._said(result).items()}
            status, summary = 200, "SUCCESS"
        body = _json(answer)
        headers = {"Content-Type": "application/json;charset=UTF-8", "alipay-trace-id": trace_id}
        if self._known(_authorization(request.headers.get("authorization", "")).get("app_id", "")) is not None:
            timestamp, nonce = str(int(time.time() * 1000)), uuid.uuid4().hex
            content = b"%s\n%s\n%s\n" % (timestamp.encode(), nonce.encode(), body)
            headers["alipay-timestamp"] = timestamp
            headers["alipay-nonce"] = nonce
            headers["alipay-signature"] = self._signature(content, forged)
        return HttpAnswer(status=status, headers=headers, body=body, summary=summary)


_ADVICE = f"it is like {_ALGORITHM} app_id=...,nonce=...,timestamp=...,sign=..."


def _authorization(header: str) -> dict[str, str]:
    """Return the pairs of an Authorization that are signed. Their order is free."""
    pairs = header.partition(" ")[2].partition(",sign=")[0].split(",")
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs) if value}


def _check_milliseconds(text: str) -> None:
    if not _MILLISECONDS.fullmatch(text):
        raise Refused("wrong header", "timestamp is in milliseconds since 1970, 13 digits", "timestamp")
    off = int(text) / 1000 - time.time()
    if abs(off) > _MAX_SKEW.total_seconds():
        raise Refused("wrong time", f"timestamp is {off:+.0f} s off; it may be 10 minutes", "timestamp")


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as problem:
        raise Refused("not readable", f"the body is no JSON object: {problem}") from None
