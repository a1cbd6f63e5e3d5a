"""The errors of Alipay in mainland China: what of its codes, sub-codes and texts a refusal becomes.

They stand on https://opendocs.alipay.com, common/02km9f and the pages of single APIs, and for the newer form in the
models of the official SDKs. What real answers show beside that is marked so, and what is only likely as inferred.
"""

from __future__ import annotations

import re

import msgspec

from bridge.exchange import Problem, Refused

__all__ = ["Error"]

# ruff: noqa: RUF001 - the commas and colons are Chinese.

_MESSAGES = {
    "20000": "Service Currently Unavailable",
    "20001": "Insufficient Token Permissions",
    "40001": "Missing Required Arguments",
    "40002": "Invalid Arguments",
    "40003": "Insufficient Conditions",
    # Its English text is inferred.
    "40005": "Call Limited",
}

# By their codes, which only the older form has, and sub-codes. The texts of code-invalid, invalid-app-id, -method,
# -signature and -auth-token, and missing-signature and -timestamp are from real answers, the others from the pages.
_TEXTS = {
    "20000": {"isp.unknow-error": "系统繁忙"},
    "20001": {"aop.invalid-auth-token": "无效的访问令牌", "aop.auth-token-time-out": "访问令牌已过期"},
    "40001": {
        "isv.missing-method": "缺少方法名参数",
        "isv.missing-app-id": "缺少AppID参数",
        "isv.missing-signature": "缺少签名参数",
        "isv.missing-signature-type": "缺少签名类型参数",
        "isv.missing-timestamp": "缺少时间戳参数",
        "isv.missing-version": "缺少版本参数",
    },
    "40002": {
        "isv.invalid-app-id": "无效的AppID参数",
        "isv.invalid-charset": "字符集错误",
        "isv.invalid-encrypt-type": "无效的加密类型",
        "isv.invalid-format": "无效的数据格式",
        "isv.invalid-method": "不存在的方法名",
        "isv.invalid-parameter": "参数无效",
        "isv.invalid-signature": "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为：",
        "isv.invalid-signature-type": "无效的签名类型",
        "isv.invalid-timestamp": "非法的时间戳参数",
        "isv.code-invalid": "授权码code无效",
        "isv.grant-type-invalid": "grant_type参数不正确",
        "isv.refresh-token-invalid": "刷新令牌(refresh_token)错误或状态不对",
        "isv.refresh-token-time-out": "刷新令牌(refresh_token)过期",
        "isv.refreshed-token-invalid": "刷新出来的令牌无效",
        "isv.unmatched-app-id": "调用接口的应用标识(app_id)与令牌授权的应用不相符",
    },
    "40003": {"isv.missing-signature-config": "应用未配置对应签名算法的公钥或者证书"},
    "40005": {"isv.app-call-limited": "应用调用次数超限，包含调用频率超限"},
    # The newer form only. The codes of the first two are in its table; their texts are inferred.
    "": {
        "invalid-http-method": "无效的HTTP请求方法",
        "invalid-content-type": "无效的内容类型",
        "illegal-json": "无效的JSON格式",
    },
}

_OF_PROBLEM: dict[Problem, str] = {
    "unknown api": "isv.invalid-method",
    # No page names these three for the older form, nor the first for any.
    "too large": "isv.invalid-parameter",
    "wrong method": "isv.invalid-parameter",
    "wrong content type": "isv.invalid-format",
    "missing header": "isv.invalid-parameter",
    "wrong header": "isv.invalid-parameter",
    "unknown client": "isv.invalid-app-id",
    "wrong time": "isv.invalid-timestamp",
    "wrong signature": "isv.invalid-signature",
    "not readable": "isv.invalid-charset",
    "missing parameter": "isv.invalid-parameter",
    "wrong parameter": "isv.invalid-parameter",
    "unsupported grant type": "isv.grant-type-invalid",
    "wrong app": "isv.unmatched-app-id",
    # Only Alipay+ has these two.
    "wrong auth client": "isv.unmatched-app-id",
    "wrong reference client": "isv.unmatched-app-id",
    # One error for all that can be wrong with a code: https://opendocs.alipay.com/support/01rg6z
    "unknown code": "isv.code-invalid",
    "expired code": "isv.code-invalid",
    "used code": "isv.code-invalid",
    "unknown refresh token": "isv.refresh-token-invalid",
    "expired refresh token": "isv.refresh-token-time-out",
    "used refresh token": "isv.refreshed-token-invalid",
    "unknown access token": "aop.invalid-auth-token",
    "expired access token": "aop.auth-token-time-out",
    # What a token of auth_base gets from alipay.user.info.share: https://opendocs.alipay.com/support/01rg6c
    "insufficient scope": "aop.invalid-auth-token",
    "limited": "isv.app-call-limited",
    # For alipay.user.info.share, the models of the newer form have SYSTEM_ERROR as its own error. Which of the two it
    # is answered with is not established; this is the one that every API has.
    "unknown": "isp.unknow-error",
}

# Instead of those.
_OF_PROBLEM_IN_V3: dict[Problem, str] = {
    "wrong method": "invalid-http-method",
    "wrong content type": "invalid-content-type",
    "not readable": "illegal-json",
}

_OF_MISSING = {
    "method": "isv.missing-method",
    "app_id": "isv.missing-app-id",
    "sign": "isv.missing-signature",
    "sign_type": "isv.missing-signature-type",
    "timestamp": "isv.missing-timestamp",
    "version": "isv.missing-version",
    # Inferred: an absent one is like a wrong one.
    "grant_type": "isv.grant-type-invalid",
    "code": "isv.code-invalid",
    "refresh_token": "isv.refresh-token-invalid",
    "auth_token": "aop.invalid-auth-token",
}

_OF_WRONG = {
    "charset": "isv.invalid-charset",
    # Documented for a type that there is not; that it is answered to an app without a key for it is inferred.
    "encrypt_type": "isv.invalid-encrypt-type",
    "format": "isv.invalid-format",
    "sign_type": "isv.invalid-signature-type",
    "timestamp": "isv.invalid-timestamp",
}

_OF_SUBJECT: dict[Problem, dict[str, str]] = {
    "missing header": _OF_MISSING,
    "missing parameter": _OF_MISSING,
    "wrong header": _OF_WRONG,
    "wrong parameter": _OF_WRONG,
    # For signatures of another kind than the app has a key for. That certificates are of those is inferred.
    "wrong signature": {"sign_type": "isv.missing-signature-config"},
}

# Of the newer form, where it is not 400. Of 20000 it is inferred: in the table of every API's errors it is 500 and 400,
# and on the page of alipay.system.oauth.token 400. That a wrong signature is 400 is inferred, too: by that table it is,
# and by the page on signatures, open-v3/054q58, it is 401.
_STATUSES = {"20000": 500, "20001": 401, "40005": 429}

_ALONE = re.compile(r"isv\.(code|refresh|refreshed|unmatched|app-call)-|aop\.|isp\.")
"""Sub-codes whose text stands alone, as documented: nothing is wrong with the request, but with what came before it."""

_OF_ONE_API = re.compile(r"isv\.(code|grant|refresh|refreshed|unmatched)-")
"""Sub-codes that the newer form, too, writes with their prefix."""


class Error(msgspec.Struct, frozen=True):
    """An error as the platform puts it. In the older form, `code` is "" for what only the newer one has."""

    code: str
    sub_code: str
    text: str

    @classmethod
    def of(cls, refused: Refused, *, v3: bool = False) -> Error:
        """Return what is answered to a refusal, in the newer form or the older one."""
        named = _OF_SUBJECT.get(refused.problem, {}).get(refused.subject) or _OF_PROBLEM[refused.problem]
        sub_code = _OF_PROBLEM_IN_V3.get(refused.problem, named) if v3 else named
        code, text = next((code, texts[sub_code]) for code, texts in _TEXTS.items() if sub_code in texts)
        if refused.details and not _ALONE.match(sub_code):
            # Behind a colon of its own goes what is to be signed, as in production.
            text += refused.details if text.endswith("：") else f": {refused.details}"
        return cls(code, sub_code, text)

    @property
    def message(self) -> str:
        """What the older form says of all errors with this code."""
        return _MESSAGES[self.code]

    @property
    def status(self) -> int:
        """The status of an answer in the newer form."""
        return _STATUSES.get(self.code, 400)

    @property
    def v3_code(self) -> str:
        """The code in the newer form."""
        whole = _OF_ONE_API.match(self.sub_code)
        return self.sub_code if whole else self.sub_code.removeprefix("isv.").removeprefix("aop.")
