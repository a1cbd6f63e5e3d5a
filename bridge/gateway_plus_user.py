"""Who the user is, as the API of Alipay+ and that of Antom tell it.

The members are those of the data dictionaries of version 1, such as
https://miniapps.qi.iq/docs/miniprogram_qineo/mpdev/v1_data_dict. Which scope gives which, the profile says.
"""

from __future__ import annotations

import hashlib
from typing import Any

from bridge.profiles import Attribute
from bridge.users import Address, Name, User

__all__ = ["antom_user", "user_info"]


def user_info(user: User, attributes: frozenset[Attribute]) -> dict[str, Any]:
    """Return who the user is for the wallets."""
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


def antom_user(user: User, attributes: frozenset[Attribute]) -> dict[str, Any]:
    """Return who the user is for Antom, which knows no more: https://docs.antom.com/ac/ams/userinfoinq."""
    masked = user.masked_login_id
    members = {
        "userLoginId": masked if attributes & {"masked-login-id", "login-id"} else "",
        # Documented as that of userLoginId, and so of what is masked.
        "hashUserLoginId": hashlib.md5(masked.encode(), usedforsecurity=False).hexdigest()
        if masked and "hashed-login-id" in attributes
        else "",
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
