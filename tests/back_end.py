"""A merchant's back end without an SDK: it signs, sends and checks as Alipay+ documents it, with nothing of ours.

Every answer is checked, whatever it says: the signature is over the path, the client's id, the time and the body.
"""

from __future__ import annotations

import base64
import http.client
import json
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from bridge import Bridge

__all__ = ["TEST_KEY", "BackEnd", "Reply", "checked", "private_key", "public_key", "signature", "signed_text"]


# Made for these tests, and used nowhere else:
#   openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048
TEST_KEY = """\
-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCuZmv8koPi/fE+
djJbq0t7ZIL+IXC7QjoVaaVUYoGaBOS7AGrcOAJgyFm1vxPVRFBt2qudlQvFQ35a
AfAZUFvw/4FsJhCXCIUK6XpRYQK868baJOe7kW2CrivrRiNdgfXdj0y7OicASVMi
z9P+nYT9HPfOrVx0HA3T1jxVM3NWvomT5M09+PcDlT7AU7aQ9HVi523Gi0pWcON9
k+28v+n2EpCb+HQ/Et+rXhgV1RVUysEOb52Xsl50ca3oyPX9rBuZYTpaBUPdHuaX
S/c8N2OcBUV3OVtqsciS2JKcKKSSdHjujNd/5eVzp+R1GlhMAVMJQhbHau11ePUF
R74O020hAgMBAAECggEABUfL+sdzn3hwFIxkzgjtNo/S8BPj8d+K9612QRf4FrIR
sINCliFiAt5D6jBvwyh1CyZ2f64YeaQQMy6nBUal7OvKeUHzEI1y/FeM8lZ6TCdw
UWmSAzECdrI+iBeLENqwdHuXIcOQ2klptSFyEXUy4KyzRcA7jxRAvO1ltfv5r1yv
nUemdm97AzVi1IBjULkZQM6UVcVkZlOATWp/7K5Ph+zNzR1X6nHXDYwmnkznF6vX
E6adDhJ+BEAE5+X+ZwDABni9vKnAuYlItddB3tbWtrW4WcJwi++FCygpVSC1nnQP
1H8kU29N3QfQS6/An9cWqsbuCz7+9hoZDNmfxeq/CwKBgQDzoO7KT+syGZ5AOPmk
S7QE7BpBdqG/YVDDeNKwJl7ZB4FPAtlYqHzwkAx8jnzWnzeniXgV5TDqPChotIba
SX1bK5gPHNmm8Ir4sGTKITuaGG2u/pBDoGqex6sG4PEgiT1kLyLMAaz9xz8wDhN1
6oHE+PlLfbIeLmWjLtu9m4XMrwKBgQC3QYwz0HD0277ehl+r/DaDrO6Cl+CVcxy5
kJN9ydYO49z39GtqB/iv0s46mbJilSGLGoCAh+D8wNKfw2dWDvyyiZCujMWVzYyn
vp7TgxMjJbinYt31vEcMdLg2D0SyJfqgQqPk8CJrIlaB1fP6q4R/WyU9Q7w+JoQP
4NruERr3LwKBgQDx1y8zZWHzubp9xhEKJpvsxvLJSRoHAHNLlwSOF4jPp8OUyx82
AwsDQfsjKc6Cvkpg5PVvxrNn0Y/LYGj9BzaI6h1n4xuru9w4QeHLRHIF5Xn73HcY
qoUsWMhNa73wrktix+ei24b95Gu1KEPpKYDoJr5RUdUeYLBD7J/0+A05wQKBgAV3
dBo7lpMHVxtGQOZdgLbO2tKUe0OaCnpSoMO42KTbEUVoSigAkt+T10kSOqsMLdL7
eGfdJc4EZoQTjSqZCdq9lc5PLrm4RwDeA9jlaRW8U1TS8zIYaropZTFfpTn3PhG3
yzHSJAS0IoZ+/mc05J/z9RltwtjLx1a962n8oqRLAoGAGV7TTsUguShc0VXdeTcJ
S6Z94PZxdjIUbo0jHLZDNNkkAAa3BsUwXhoa4aqnE11TRuwPtntO6R3drNWDCsKh
B9PKhAh6ChnxOsrFaD00Ihm+xCYLhPtHNuWmCXe4X4hYW6l9XDpRyKKXQbCQkxev
MlZpatLQxbjkzn8xpy5OLTg=
-----END PRIVATE KEY-----
"""


class Reply(NamedTuple):
    """What a back end gets, the signature of which is good."""

    headers: dict[str, str]
    """By their names in lower case."""
    body: dict[str, Any]

    @property
    def code(self) -> str:
        """The result code, such as "SUCCESS"."""
        return str(self.body["result"]["resultCode"])

    @property
    def result(self) -> tuple[str, str]:
        """The result code, and the letter that says whether it may be tried again."""
        return self.code, str(self.body["result"]["resultStatus"])

    @property
    def message(self) -> str:
        """What is said about it."""
        return str(self.body["result"]["resultMessage"])


class BackEnd:
    """The back end of one client.

    Args:
        bridge: Who is asked; it is served.
        client_id: The client; by default the bridge's own merchant.
        app_id: Its app.
        key: What it signs with; by default the key of the bridge's own merchant.
    """

    def __init__(
        self, bridge: Bridge, *, client_id: str = "", app_id: str = "", key: RSAPrivateKey | None = None
    ) -> None:
        settings = bridge.gateway.settings
        self.url = bridge.url
        self.client_id = client_id or settings.client_id
        self.app_id = app_id or settings.app_id
        self._key = key or private_key(settings.merchant_private_key_pkcs8)
        self._wallet_key = public_key(settings.alipay_public_key)

    def ask(self, path: str, **parameters: Any) -> Reply:
        """Ask for something, with the parameters that are documented for the version; None leaves one out."""
        if "/v2/" in path:
            parameters = {"appId": self.app_id, "authClientId": self.client_id, **parameters}
        present = {name: value for name, value in parameters.items() if value is not None}
        return self.send(path, json.dumps(present).encode())

    def redeem(self, code: str, version: str = "v2", **parameters: Any) -> Reply:
        """Exchange a code."""
        path = f"/{version}/authorizations/applyToken"
        return self.ask(path, **{"grantType": "AUTHORIZATION_CODE", "authCode": code, **parameters})

    def refresh(self, token: str, version: str = "v2", **parameters: Any) -> Reply:
        """Exchange a refresh token."""
        path = f"/{version}/authorizations/applyToken"
        return self.ask(path, **{"grantType": "REFRESH_TOKEN", "refreshToken": token, **parameters})

    def user_info(self, token: str, version: str = "v2") -> Reply:
        """Ask who the user is."""
        return self.ask(f"/{version}/users/inquiryUserInfo", accessToken=token)

    def send(
        self,
        path: str,
        body: bytes,
        headers: dict[str, str | None] | None = None,
        *,
        method: str = "POST",
        signed_path: str = "",
        signed_body: bytes | None = None,
    ) -> Reply:
        """Send a request, signed.

        Args:
            path: Under the address of the bridge.
            body: What is sent.
            headers: What is sent instead of the headers that are right; None leaves one out.
            method: The method.
            signed_path: What is signed instead of the path.
            signed_body: What is signed instead of the body.
        """
        given = {name.title(): value for name, value in (headers or {}).items()}
        moment = given.get("Request-Time") or datetime.now(UTC).isoformat(timespec="seconds")
        client_id = given.get("Client-Id") or self.client_id
        text = signed_text(method, signed_path or path, client_id, moment, body if signed_body is None else signed_body)
        right = {
            "Content-Type": "application/json; charset=UTF-8",
            "Client-Id": client_id,
            "Request-Time": moment,
            "Signature": f"algorithm=RSA256, keyVersion=1, signature={quote(signature(self._key, text), safe='')}",
        }
        sent = {name: value for name, value in {**right, **given}.items() if value is not None}
        address = urlsplit(self.url)
        with closing(http.client.HTTPConnection(address.netloc, timeout=10)) as connection:
            connection.request(method, address.path + path, body, sent)
            return checked(connection.getresponse(), method, signed_path or path, self._wallet_key)


def checked(response: http.client.HTTPResponse, method: str, path: str, key: RSAPublicKey) -> Reply:
    """Return what came back, after everything that holds for each answer."""
    body = response.read()
    headers = {name.lower(): value for name, value in response.getheaders()}
    assert response.status == 200
    assert headers["content-type"] == "application/json; charset=UTF-8"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    parts = dict(part.strip().split("=", 1) for part in headers["signature"].split(","))
    assert (parts["algorithm"], parts["keyVersion"]) == ("RSA256", "1")
    text = signed_text(method, path, headers["client-id"], headers["response-time"], body)
    key.verify(base64.b64decode(unquote(parts["signature"])), text, padding.PKCS1v15(), hashes.SHA256())
    reply = Reply(headers, json.loads(body))
    assert len(reply.message) <= 256
    return reply


def signed_text(method: str, path: str, client_id: str, moment: str, body: bytes) -> bytes:
    """Return what is to be signed: https://docs.antom.com/ac/ams/digital_signature."""
    return f"{method} {path}\n{client_id}.{moment}.".encode() + body


def signature(key: RSAPrivateKey, text: bytes) -> str:
    """Return the signature of a text, in base64."""
    return base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()


@cache
def private_key(text: str) -> RSAPrivateKey:
    """Read a key in base64, as the SDKs for Java take it. Once, since it is checked at length."""
    key = load_der_private_key(base64.b64decode(text), password=None)
    assert isinstance(key, RSAPrivateKey)
    return key


def public_key(text: str) -> RSAPublicKey:
    """Read a key in base64, as all SDKs take it."""
    key = load_der_public_key(base64.b64decode(text))
    assert isinstance(key, RSAPublicKey)
    return key
