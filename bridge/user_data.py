"""What login code asks about the user once it has a code.

The data comes in the shapes of the platform, which the profile's `user-info` tells apart. An authorization that is
missing is a *success* of getOpenUserInfo and getPhoneNumber, with the failure inside the text that they return.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bridge.calls import Call
from bridge.errors import SetupError
from bridge.outcomes import Outcome, error, succeed

__all__ = ["DEFAULT_AES_KEY", "auth_user_info", "open_user_info", "phone_number", "read_aes_key"]

DEFAULT_AES_KEY = base64.b64encode(b"mybridge aes key").decode()
"""No secret: it stands in the documentation."""

# Error objects of the platform's gateway, as
# https://opendocs.alipay.com/mini/api/getphonenumber and its neighbours list them.
_SUCCESS = {"code": "10000", "msg": "Success"}
_NO_KEY = {
    "code": "40001",
    "msg": "Missing Required Arguments",
    "subCode": "isv.missing-encrypt-key",
    "subMsg": "缺少加密配置",
}


def read_aes_key(text: str) -> bytes:
    """Return the key with which phone numbers are encrypted, or b"" where an app has none.

    Args:
        text: The key as the platform's console shows it: 16 bytes in base64, or "".

    Raises:
        SetupError: It is no such key.
    """
    if not isinstance(text, str):
        raise SetupError(f"the AES key is a text, 16 bytes in base64, not {text!r}")
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as problem:
        raise SetupError(f"the AES key is not base64: {problem}") from problem
    if len(key) not in (0, 16):
        raise SetupError(f"the AES key has {len(key)} bytes; it is 16 bytes in base64, such as {DEFAULT_AES_KEY}")
    return key


async def auth_user_info(call: Call) -> Outcome:
    """Answer getAuthUserInfo."""
    info = call.profile.user_info
    if info.auth_user is None:
        return error("unsupported")
    if info.auth_user not in call.granted:
        return error(info.not_authorized.code, info.not_authorized.message)
    return succeed({"nickName": call.user.nickname, "avatar": call.user.avatar})


async def open_user_info(call: Call) -> Outcome:
    """Answer getOpenUserInfo."""
    info = call.profile.user_info
    scope = info.buttons.get("userInfo")
    if scope is None:
        return error("unsupported")
    if scope not in call.granted:
        return succeed({"response": _json({"response": _not_authorized(call)})})
    address = call.user.address if info.whole else None
    gender = {"FEMALE": "f", "MALE": "m", "": ""}[call.user.gender] if info.whole else ""
    about = {
        **_SUCCESS,
        "avatar": call.user.avatar,
        "city": address.city if address else "",
        "countryCode": address.country if address else "",
        "gender": gender,
        "nickName": call.user.nickname,
        "province": address.region if address else "",
    }
    return succeed({"response": _json({"response": about})})


async def phone_number(call: Call, aes_key: bytes) -> Outcome:
    """Answer getPhoneNumber, encrypted with this key: see `read_aes_key`."""
    scope = call.profile.user_info.buttons.get("phoneNumber")
    if scope is None:
        return error("unsupported")
    if not aes_key:
        return succeed({"response": _json({"response": _NO_KEY})})
    about = {**_SUCCESS, "mobile": _mobile(call.user.phone)} if scope in call.granted else _not_authorized(call)
    # There is no `sign`, as for an app without a signing key.
    return succeed({"response": _json({"response": _encrypted(_json(about), aes_key)})})


def _not_authorized(call: Call) -> dict[str, str]:
    return {
        "code": "40003",
        "msg": "Insufficient Conditions",
        "subCode": "isv.invalid-auth-relations",
        "subMsg": call.profile.user_info.no_relation,
    }


def _mobile(phone: str) -> str:
    """Return a phone number as the platform writes it: bare within China, "63-9170000001" elsewhere."""
    country, _, number = phone.removeprefix("+").partition("-")
    return number if country == "86" else f"{country}-{number}" if number else ""


def _encrypted(text: str, key: bytes) -> str:
    """Return a text as the platform encrypts it: AES in CBC mode, an IV of zeros, PKCS #7, base64."""
    padder = padding.PKCS7(128).padder()
    padded = padder.update(text.encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
