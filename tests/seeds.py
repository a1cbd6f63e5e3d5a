"""What the two versions of the API page hold, written out."""

from __future__ import annotations

__all__ = ["PROFILES", "SAMPLE", "SCOPES"]

PROFILES = ["alipay-plus", "alipay-plus-legacy"]

SCOPES = [
    "auth_base",
    "auth_user",
    "SEND_MESSAGE",
    "USER_NICKNAME",
    "USER_NAME",
    "USER_LOGIN_ID",
    "PLAINTEXT_USER_LOGIN_ID",
    "HASH_LOGIN_ID",
    "USER_AVATAR",
    "USER_GENDER",
    "USER_BIRTHDAY",
    "USER_NATIONALITY",
    "USER_CONTACTINFO",
    "USER_ADDRESS",
    "PLAINTEXT_MOBILE_PHONE",
]

SAMPLE = """my.getAuthCode({
scopes: ['auth_base'],
success: (res) => {
my.alert({
content: res.authCode,
});
},
fail: (res) => {
console.log(res.authErrorScopes)
},
});
"""
