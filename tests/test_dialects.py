"""Each platform dialect, as its documentation has it, on the wire.

The tables below are written from the documentation, and not read from the profiles: whoever changes one of the two has
to look at the other. What the documentation leaves open is as in alipay-plus, and is left out here.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any

import pytest

from bridge import Bridge, Call, Outcome, deny, dismiss, error, grant, profiles
from bridge.errors import ExpiredCode
from tests.wire_page import open_wire_page

Failed = tuple[int, str]


@dataclass(frozen=True, kw_only=True)
class Dialect:
    id: str
    scopes: str
    silent: str
    aliases: dict[str, str] = field(default_factory=dict)
    # What a call without `scopes` asks for; None where it has to have some.
    default: str | None = None
    string: bool = False
    invalid: Failed = (2, "Invalid parameters")
    unknown: Failed = (3, "Unknown error")
    network: Failed = (10, "Empty data")
    cancelled: Failed = (11, "User's authorization is cancelled")
    dismissed: Failed = (11, "User's authorization is cancelled")
    other: tuple[Failed, ...] = ()
    fail: str = "error errorMessage authErrorScopes"
    refused: str = "10001"
    # Whether a success of which nothing was refused has the map.
    empty_map: bool = True
    code: str = "2810[0-9A-Za-z]{28}"
    lifetime: int = 600

    def __str__(self) -> str:
        return self.id

    @property
    def names(self) -> list[str]:
        return self.scopes.split()

    def refusal(self, failed: Failed, scopes: list[str]) -> dict[str, Any]:
        """What `fail` gets when these scopes are not granted."""
        payload = {**failure(failed), "authErrorScopes": dict.fromkeys(scopes, self.refused)}
        return {name: payload[name] for name in self.fail.split()}


def failure(failed: Failed) -> dict[str, Any]:
    return {"error": failed[0], "errorMessage": failed[1]}


NO_RESULT = (3, "未找到授权结果")

DIALECTS = [
    Dialect(
        id="alipay-cn",
        scopes="auth_base auth_user auth_zhima order_service trip_ticket ride_hailing charging_pile ptjob_order_sync "
        "indr_order_sync car_rental_auth hospital_order consumer_finance",
        silent="auth_base",
        default="auth_base",
        string=True,
        invalid=NO_RESULT,
        unknown=NO_RESULT,
        network=(12, "Network Error"),
        cancelled=(11, "用户取消授权"),
        dismissed=NO_RESULT,
        other=((4, "无权限调（N22104）"), (10, "Empty Data")),  # noqa: RUF001 (as the documentation prints it)
        fail="error errorMessage",
        code="[0-9a-f]{32}",
        lifetime=180,
    ),
    Dialect(
        id="gcash",
        scopes="auth_base auth_user",
        silent="auth_base",
        string=True,
        refused="40006",
        code="[0-9]{13}",
    ),
    Dialect(
        id="dana",
        scopes="USER_LOGIN_ID KYC_INFO USER_CONTACTINFO_EMAIL USER_BIOLOGICAL_MOTHER_NAME USER_EDUCATION_LEVEL "
        "USER_OCCUPATION USER_MONTHLY_INCOME USER_INCOME_SOURCE INVESTMENT_PURPOSE USER_INVESTING_EXPERIENCE "
        "USER_POSTAL_CODE USER_OFFICE_NAME EMPLOYER_BIZ_CTG USER_JOB USER_WORKING_EXPERIENCE USER_OFFICE_ADDRESS "
        "USER_OFFICE_PROVINCE USER_OFFICE_REGENCY USER_OFFICE_DISTRICT USER_OFFICE_VILLAGE USER_OFFICE_POSTAL_CODE "
        "USER_BANK_NAME USER_BANK_ACCOUNT_NUMBER USER_ACCOUNT_HOLDER_NAME SUBSCRIPTION",
        silent="",
        unknown=(3, "Unknown Error"),
        network=(10, "Empty Data"),
        cancelled=(11, "Unauthorized to Get User Info"),
        dismissed=(11, "Unauthorized to Get User Info"),
        refused="40006",
        empty_map=False,
        code="[0-9]{13}",
    ),
    Dialect(
        id="tng",
        scopes="auth_base auth_user USER_NAME USER_AVATAR USER_GENDER USER_BIRTHDAY USER_NATIONALITY USER_CONTACTINFO "
        "USER_ADDRESS USER_INFO_EKYC",
        silent="auth_base",
        aliases={"BASE_USER_INFO": "auth_base", "USER_INFO": "auth_user"},
        default="auth_base",
        string=True,
    ),
    Dialect(
        id="vodapay",
        scopes="auth_base USER_ID auth_user NOTIFICATION_INBOX",
        silent="auth_base USER_ID",
        default="auth_base",
        string=True,
    ),
    Dialect(
        id="mpesa",
        scopes="auth_base auth_user SEND_MESSAGE",
        silent="auth_base",
        code="[0-9]{13}",
    ),
    Dialect(
        id="superqi",
        scopes="auth_base USER_ID USER_LOGIN_ID HASH_LOGIN_ID auth_user USER_NAME USER_AVATAR USER_GENDER "
        "USER_BIRTHDAY USER_NATIONALITY USER_CONTACTINFO NOTIFICATION_INBOX AGREEMENT_PAY CARD_LIST",
        silent="auth_base USER_ID USER_LOGIN_ID HASH_LOGIN_ID",
    ),
    Dialect(
        id="tiki",
        scopes="user_profile offline",
        silent="",
        default="",
        string=True,
        refused="2",
        code="[0-9A-Za-z_-]{58}",
    ),
    Dialect(
        id="emas",
        scopes="auth_base auth_user USER_NICKNAME USER_NAME USER_LOGIN_ID HASH_LOGIN_ID USER_AVATAR USER_GENDER "
        "USER_BIRTHDAY USER_NATIONALITY USER_CONTACTINFO",
        silent="auth_base",
        aliases={"USER_ID": "auth_base"},
        default="auth_base",
        fail="authErrorScopes",
    ),
]

each_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=str)
with_aliases = pytest.mark.parametrize("dialect", [dialect for dialect in DIALECTS if dialect.aliases], ids=str)


def ask(bridge: Bridge, **params: Any) -> tuple[str, Any]:
    """Call getAuthCode on a page of its own; return which of `success` and `fail` runs, and with what."""
    with open_wire_page(bridge.url) as page:
        return page.ask(**params)


def speak(bridge: Bridge, dialect: Dialect, outcome: Outcome, **options: Any) -> None:
    bridge.configure(profile=dialect.id, **options)
    bridge.always("getAuthCode", outcome)


def granted(dialect: Dialect, answer: tuple[str, Any], scopes: list[str]) -> str:
    """Make sure that an answer is a success of which nothing was refused, and return the code."""
    callback, payload = answer
    assert callback == "success"
    code: str = payload["authCode"]
    error_scopes: dict[str, Any] = {"authErrorScopes": {}} if dialect.empty_map else {}
    assert payload == {"authCode": code, "authSuccessScopes": scopes, **error_scopes}
    return code


def test_every_profile_is_in_a_table() -> None:
    # Those of alipay-plus are in the tests of the seeds.
    assert {"alipay-plus", "alipay-plus-legacy", *map(str, DIALECTS)} == set(profiles.available())


# What may be asked.


@each_dialect
@pytest.mark.parametrize("params", [{}, {"scopes": None}], ids=["absent", "null"])
def test_a_call_without_scopes_asks_for_the_default_or_is_invalid(
    bridge: Bridge, dialect: Dialect, params: dict[str, Any]
) -> None:
    speak(bridge, dialect, grant())
    answer = ask(bridge, **params)
    if dialect.default is None:
        assert answer == ("fail", failure(dialect.invalid))
    else:
        granted(dialect, answer, dialect.default.split())


@each_dialect
def test_an_empty_array_asks_for_the_default_only_where_that_is_empty_too(bridge: Bridge, dialect: Dialect) -> None:
    speak(bridge, dialect, grant())
    answer = ask(bridge, scopes=[])
    if dialect.default == "":
        granted(dialect, answer, [])
    else:
        assert answer == ("fail", failure(dialect.invalid))


@each_dialect
def test_a_string_is_taken_for_one_scope_or_for_several_with_commas(bridge: Bridge, dialect: Dialect) -> None:
    speak(bridge, dialect, grant())
    granted(dialect, ask(bridge, scopes=dialect.names[0]), dialect.names[:1])
    granted(dialect, ask(bridge, scopes=",".join(dialect.names[:2])), dialect.names[:2])


@each_dialect
def test_a_string_is_good_in_strict_mode_only_where_it_is_documented(bridge: Bridge, dialect: Dialect) -> None:
    speak(bridge, dialect, grant(), strict=True)
    answer = ask(bridge, scopes=dialect.names[0])
    if dialect.string:
        granted(dialect, answer, dialect.names[:1])
    else:
        assert answer == ("fail", failure(dialect.invalid))


@each_dialect
def test_a_scope_that_the_dialect_lacks_is_invalid_and_case_counts(bridge: Bridge, dialect: Dialect) -> None:
    speak(bridge, dialect, grant())
    first = dialect.names[0]
    for scopes in ["no_such_scope"], [first, "no_such_scope"], [first.swapcase()], [5], 5:
        assert ask(bridge, scopes=scopes) == ("fail", failure(dialect.invalid))


@each_dialect
def test_each_scope_can_be_granted_alone_and_all_together(bridge: Bridge, dialect: Dialect) -> None:
    speak(bridge, dialect, grant())
    with open_wire_page(bridge.url) as page:
        for scopes in [*([name] for name in dialect.names), dialect.names]:
            granted(dialect, page.ask(scopes=scopes), scopes)


@each_dialect
def test_these_scopes_are_silent_and_each_says_what_it_is_for(dialect: Dialect) -> None:
    profile = profiles.load(dialect.id)
    assert [scope.name for scope in profile.scope if not scope.button] == dialect.names
    assert [scope.name for scope in profile.scope if scope.silent] == dialect.silent.split()
    assert {alias: scope.name for scope in profile.scope for alias in scope.aliases} == dialect.aliases
    descriptions = {scope.description for scope in profile.scope}
    assert len(descriptions) == len(profile.scope)
    assert all(re.fullmatch(r"Authorized to .*[^.]\.", description) for description in descriptions)


@with_aliases
def test_a_scope_can_be_asked_for_by_another_name_and_is_granted_by_that(bridge: Bridge, dialect: Dialect) -> None:
    speak(bridge, dialect, grant())
    for alias, name in dialect.aliases.items():
        granted(dialect, ask(bridge, scopes=[alias]), [alias])
        granted(dialect, ask(bridge, scopes=[name, alias]), [name, alias])


@with_aliases
def test_a_handler_means_a_scope_by_whichever_of_its_names(bridge: Bridge, dialect: Dialect) -> None:
    bridge.configure(profile=dialect.id)
    for alias, name in dialect.aliases.items():
        other = dialect.names[-1]
        for asked, said in (alias, name), (name, alias):
            bridge.sequence("getAuthCode", grant(only=said), grant(except_=said))
            _, payload = ask(bridge, scopes=[asked, other])
            assert (payload["authSuccessScopes"], payload["authErrorScopes"]) == ([asked], {other: dialect.refused})
            _, payload = ask(bridge, scopes=[asked, other])
            assert (payload["authSuccessScopes"], payload["authErrorScopes"]) == ([other], {asked: dialect.refused})


# What comes back.


@each_dialect
def test_what_is_refused_of_several_scopes_is_in_the_map_of_a_success(bridge: Bridge, dialect: Dialect) -> None:
    first, second, *_ = dialect.names
    speak(bridge, dialect, grant(except_=[second]))
    callback, payload = ask(bridge, scopes=[first, second])
    assert callback == "success"
    assert re.fullmatch(dialect.code, payload.pop("authCode"))
    assert payload == {"authSuccessScopes": [first], "authErrorScopes": {second: dialect.refused}}


@each_dialect
@pytest.mark.parametrize("outcome", [deny(), grant(only=[])], ids=repr)
def test_a_refusal_has_the_fields_and_codes_of_the_dialect(bridge: Bridge, dialect: Dialect, outcome: Outcome) -> None:
    speak(bridge, dialect, outcome)
    asked = dialect.names[:2]
    assert ask(bridge, scopes=asked) == ("fail", dialect.refusal(dialect.cancelled, asked))


@each_dialect
def test_a_sheet_that_is_closed_has_the_error_of_the_dialect(bridge: Bridge, dialect: Dialect) -> None:
    speak(bridge, dialect, dismiss())
    asked = dialect.names[:1]
    assert ask(bridge, scopes=asked) == ("fail", dialect.refusal(dialect.dismissed, asked))


@each_dialect
def test_a_handler_that_takes_too_long_is_a_network_failure(bridge: Bridge, dialect: Dialect) -> None:
    bridge.configure(profile=dialect.id, call_timeout=0.01)

    async def wait(call: Call) -> Outcome:
        await asyncio.Event().wait()
        return grant()

    bridge.always("getAuthCode", wait)
    assert ask(bridge, scopes=dialect.names[:1]) == ("fail", failure(dialect.network))


@each_dialect
@pytest.mark.bridge_checks(handler_raised=False)
def test_a_handler_that_raises_is_an_unknown_error(bridge: Bridge, dialect: Dialect) -> None:
    bridge.configure(profile=dialect.id)

    def fail(call: Call) -> Outcome:
        raise ValueError("a mistake")

    bridge.always("getAuthCode", fail)
    assert ask(bridge, scopes=dialect.names[:1]) == ("fail", failure(dialect.unknown))


@each_dialect
@pytest.mark.bridge_checks(unhandled_api=False)
def test_an_api_that_nobody_handles_is_not_implemented(bridge: Bridge, dialect: Dialect) -> None:
    bridge.configure(profile=dialect.id)
    with open_wire_page(bridge.url) as page:
        assert page.ask("watchShake") == ("fail", failure((1, "Not implemented")))


@each_dialect
def test_each_documented_error_has_its_message_by_number(bridge: Bridge, dialect: Dialect) -> None:
    bridge.configure(profile=dialect.id)
    documented = {dialect.invalid, dialect.unknown, dialect.network, dialect.cancelled, *dialect.other}
    with open_wire_page(bridge.url) as page:
        for failed in documented:
            bridge.once("getAuthCode", error(failed[0]))
            assert page.ask(scopes=dialect.names[:1]) == ("fail", failure(failed))


@each_dialect
def test_each_code_is_new_and_has_the_format_of_the_dialect(bridge: Bridge, dialect: Dialect) -> None:
    speak(bridge, dialect, grant())
    with open_wire_page(bridge.url) as page:
        codes = [granted(dialect, page.ask(scopes=dialect.names[:1]), dialect.names[:1]) for _ in range(20)]
    assert len(set(codes)) == 20
    assert all(re.fullmatch(dialect.code, code) for code in codes)


@each_dialect
def test_a_code_lives_as_long_as_the_dialect_says(bridge: Bridge, dialect: Dialect) -> None:
    speak(bridge, dialect, grant())
    with open_wire_page(bridge.url) as page:
        codes = [page.ask(scopes=dialect.names[:1])[1]["authCode"] for _ in range(2)]
    bridge.clock.advance(dialect.lifetime - 60)
    assert bridge.redeem(codes[0]).user_id == bridge.calls[0].call.user_id
    bridge.clock.advance(60)
    with pytest.raises(ExpiredCode):
        bridge.redeem(codes[1])


# Of one dialect alone.


def test_a_code_of_tiki_can_stand_for_the_user_and_no_scope(bridge: Bridge) -> None:
    bridge.configure(profile="tiki")
    bridge.sequence("getAuthCode", grant(), grant(only="user_profile"), deny())
    with open_wire_page(bridge.url) as page:
        for _ in range(2):
            callback, payload = page.ask()
            assert callback == "success"
            assert bridge.redeem(payload.pop("authCode")).scopes == ()
            assert payload == {"authSuccessScopes": [], "authErrorScopes": {}}
        assert page.ask() == ("fail", {**failure((11, "User's authorization is cancelled")), "authErrorScopes": {}})


def test_tiki_tells_a_scope_that_the_app_lacks_from_one_that_the_user_refuses(bridge: Bridge) -> None:
    bridge.configure(profile="tiki")
    bridge.sequence("getAuthCode", grant(except_={"offline": "1"}), grant(except_="offline"))
    for code in "1", "2":
        _, payload = ask(bridge, scopes=["user_profile", "offline"])
        assert payload["authErrorScopes"] == {"offline": code}
