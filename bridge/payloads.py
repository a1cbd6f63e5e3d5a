"""Which callback of the page runs for an outcome, and with what.

The payloads are the documentation's; where it is silent or differs between wallets, the profile decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from bridge.apis import asks_for_scopes, declared
from bridge.calls import Call
from bridge.errors import OutcomeError, hide_from_traceback
from bridge.messages import Answer
from bridge.outcomes import Answerable, Deny, Dismiss, Error, Fail, Grant, InPage, Succeed
from bridge.profiles import ErrorCode, Profile

__all__ = ["COMMON", "answer", "check", "error_payload", "refused_scopes"]

__tracebackhide__ = hide_from_traceback

COMMON = {
    "invalid": ErrorCode(code=2, message="Invalid parameters"),
    "unknown": ErrorCode(code=3, message="Unknown error"),
}
"""Errors that mean the same in every JSAPI but those that ask for scopes, for which a profile has its own:
https://myjsapi.alipay.com/jsapi/index.html."""

IssueCode = Callable[[Call, tuple[str, ...]], str]


def answer(outcome: Answerable, call: Call, profile: Profile, issue_code: IssueCode) -> tuple[Answer, str]:
    """Return what travels to the page for `outcome`, and a few words for the log.

    Raises:
        OutcomeError: The outcome means nothing for this call.
    """
    check(outcome, call.api, profile)
    match outcome:
        case Grant():
            return _granted(outcome, call, profile, issue_code)
        case Deny():
            return _not_granted(call, profile, profile.errors.cancelled, {}, "refused")
        case Dismiss():
            error: ErrorCode = getattr(profile.errors, profile.failure.dismissed)
            return _not_granted(call, profile, error, {}, "dismissed")
        case Error():
            error = _documented(outcome, call.api, profile)
            return Answer(callback="fail", payload=error_payload(error)), f"error {error.code} {error.message}"
        case Succeed():
            return Answer(callback="success", payload=outcome.payload), "success"
        case Fail():
            return Answer(callback="fail", payload=outcome.payload), "fail"
        case InPage():
            return Answer(callback="page", part=outcome.part, payload=outcome.payload), "left to the page"


def check(outcome: Answerable, api: str, profile: Profile) -> None:
    """Make sure that an outcome means something for calls of an API.

    Raises:
        OutcomeError: It does not.
    """
    match outcome:
        case Grant():
            if not asks_for_scopes(api):
                raise OutcomeError(f"grant() answers getAuthCode only; for {api} write succeed({{...}})")
            for name in [*(outcome.only or ()), *outcome.refused]:
                if profile.scope_named(name) is None:
                    raise OutcomeError(f"grant: {profile.misspelled(name)}")
        case Error():
            _documented(outcome, api, profile)


def error_payload(error: ErrorCode) -> dict[str, Any]:
    """Return the payload of `fail` for an error that has nothing to do with single scopes."""
    return {"error": error.code, "errorMessage": error.message}


def refused_scopes(outcome: Grant, scopes: Iterable[str], profile: Profile) -> dict[str, str | None]:
    """Return those of some scopes that a grant refuses, each with its code, or None for the profile's."""
    # Page and handler may each use another name of a scope.
    codes = {profile.canonical(scope): code for scope, code in outcome.refused.items()}
    only = None if outcome.only is None else set(map(profile.canonical, outcome.only))
    return {
        scope: codes.get(name)
        for scope in scopes
        if (name := profile.canonical(scope)) in codes or (only is not None and name not in only)
    }


def _granted(outcome: Grant, call: Call, profile: Profile, issue_code: IssueCode) -> tuple[Answer, str]:
    refused = {
        scope: code or profile.failure.refused_scope
        for scope, code in refused_scopes(outcome, call.scopes, profile).items()
    }
    granted = tuple(scope for scope in call.scopes if scope not in refused)
    # Where no scope was asked for, none is refused: the code stands for the user alone.
    if refused and not granted:
        return _not_granted(call, profile, profile.errors.cancelled, refused, "refused")
    code = issue_code(call, granted)
    payload: dict[str, Any] = {"authCode": code, "authSuccessScopes": granted}
    if refused or profile.success.error_scopes == "always":
        payload["authErrorScopes"] = refused
    words = f"granted {code[:4]}...{code[-4:]}"
    if refused:
        words += " but " + ",".join(f"{scope}={code}" for scope, code in refused.items())
    return Answer(callback="success", payload=payload), words


def _not_granted(
    call: Call, profile: Profile, error: ErrorCode, refused: dict[str, str], words: str
) -> tuple[Answer, str]:
    payload = error_payload(error)
    if asks_for_scopes(call.api):
        every_scope = dict.fromkeys(call.scopes, profile.failure.refused_scope) | refused
        fields = {**payload, "authErrorScopes": every_scope}
        payload = {field: fields[field] for field in profile.failure.fields}
    return Answer(callback="fail", payload=payload), f"{words} ({error.code})"


def _documented(outcome: Error, api: str, profile: Profile) -> ErrorCode:
    """Return the error that is documented under a name or a number, with the outcome's message where it has one."""
    declaration = declared().get(api)
    own = {int(code): message for code, message in declaration.errors.items()} if declaration else {}
    error: ErrorCode | None
    if isinstance(outcome.error, str):
        own_of_profile: ErrorCode = getattr(profile.errors, outcome.error)
        error = own_of_profile if asks_for_scopes(api) else COMMON.get(outcome.error, own_of_profile)
        if outcome.error == "network" and declaration is not None and declaration.network is not None:
            error = ErrorCode(code=declaration.network, message=own[declaration.network])
    elif outcome.error in own:
        error = ErrorCode(code=outcome.error, message=own[outcome.error])
    else:
        error = profile.error_with_code(outcome.error)
    if error is not None and outcome.message is None:
        return error
    code = error.code if error is not None else outcome.error
    if outcome.message is None or isinstance(code, str):
        known = sorted({*own, *(documented.code for documented in profile.documented_errors())})
        raise OutcomeError(
            f"error({code}): the profile {profile.id} documents {', '.join(map(str, known))}; "
            f'give any other a message, error({code}, "..."), or write fail({{...}})'
        )
    return ErrorCode(code=code, message=outcome.message)
