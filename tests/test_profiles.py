"""The platform dialects, and the files that they are written in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge import profiles, tomlfile
from bridge.errors import ProfileError
from bridge.profiles import CodeFormat, ErrorCode, InvalidScopes, Profile
from tests.seeds import SCOPES

NEW, OLD = profiles.load("alipay-plus"), profiles.load("alipay-plus-legacy")

both = pytest.mark.parametrize("profile", [NEW, OLD], ids=lambda profile: profile.id)


# The documentation.


def test_these_profiles_come_with_the_package() -> None:
    names = "alipay-cn alipay-plus alipay-plus-legacy dana emas gcash mpesa superqi tiki tng vodapay"
    assert profiles.available() == names.split()
    assert profiles.DEFAULT_PROFILE == "alipay-plus"


@pytest.mark.parametrize("id", profiles.available())
def test_each_profile_has_the_id_of_its_file_and_names_its_source(id: str) -> None:
    profile = profiles.load(id)
    assert profile.id == id
    assert profile.source.startswith("https://")


def test_no_two_profiles_have_the_same_title() -> None:
    assert len({profiles.load(id).title for id in profiles.available()}) == len(profiles.available())


@both
def test_the_scopes_are_those_of_the_documentation(profile: Profile) -> None:
    assert [scope.name for scope in profile.scope] == SCOPES


@both
def test_each_scope_says_what_it_is_for(profile: Profile) -> None:
    assert all(scope.description.startswith("Authorized to ") for scope in profile.scope)
    assert len({scope.description for scope in profile.scope}) == len(SCOPES)


@both
def test_the_base_scope_alone_is_silent(profile: Profile) -> None:
    assert [scope.name for scope in profile.scope if scope.silent] == ["auth_base"]


@both
def test_the_errors_are_those_of_the_documentation(profile: Profile) -> None:
    assert {error.code: error.message for error in profile.documented_errors()} == {
        1: "Not implemented",
        2: "Invalid parameters",
        3: "Unknown error",
        10: "Empty data",
        11: "User's authorization is cancelled",
    }


@both
@pytest.mark.parametrize(("code", "name"), [(2, "invalid"), (3, "unknown"), (10, "network"), (11, "cancelled")])
def test_an_error_is_found_by_its_number(profile: Profile, code: int, name: str) -> None:
    assert profile.error_with_code(code) == getattr(profile.errors, name)
    assert profile.error_with_code(code + 100) is None


@both
def test_a_scope_is_found_by_its_exact_name(profile: Profile) -> None:
    assert profile.scope_named("USER_NAME") == profile.scope[4]
    assert profile.scope_named("user_name") is None


def other_names(*names: str) -> Profile:
    base, *others = NEW.scope
    return msgspec.structs.replace(NEW, scope=[msgspec.structs.replace(base, aliases=list(names)), *others])


def test_a_scope_is_found_by_its_other_names_too() -> None:
    profile = other_names("BASE", "USER_ID")
    assert profile.scope_named("USER_ID") is profile.scope_named("BASE") is profile.scope_named("auth_base")
    assert profile.scope_named("user_id") is None
    assert NEW.scope_named("USER_ID") is None


def test_other_names_are_proposed_for_a_misspelled_one() -> None:
    assert other_names("USER_ID").misspelled("USER_IT").endswith("did you mean 'USER_ID'?")


def other_errors(*errors: ErrorCode) -> Profile:
    return msgspec.structs.replace(NEW, errors=msgspec.structs.replace(NEW.errors, other=list(errors)))


def test_an_error_that_has_no_name_is_found_by_its_number() -> None:
    no_permission = ErrorCode(code=4, message="No permission")
    profile = other_errors(no_permission)
    assert profile.error_with_code(4) == no_permission
    assert profile.documented_errors() == [*NEW.documented_errors(), no_permission]


def test_an_error_with_two_names_is_documented_once() -> None:
    errors = msgspec.structs.replace(NEW.errors, invalid=NEW.errors.unknown)
    profile = msgspec.structs.replace(NEW, errors=errors)
    assert [error.code for error in profile.documented_errors()] == [1, 3, 10, 11]


# The `scopes` of a call.

ARRAY = "the documentation says an array: scopes: "


@both
@pytest.mark.parametrize(
    ("given", "scopes"),
    [
        (["auth_base"], ("auth_base",)),
        (["USER_NAME", "auth_base"], ("USER_NAME", "auth_base")),
        (["USER_NAME", "auth_base", "USER_NAME"], ("USER_NAME", "auth_base")),
        (SCOPES, tuple(SCOPES)),
    ],
)
def test_an_array_asks_for_each_of_its_scopes_once_and_in_its_order(
    profile: Profile, given: list[str], scopes: tuple[str, ...]
) -> None:
    assert profile.read_scopes(given, strict=True) == (scopes, None)


@pytest.mark.parametrize("strict", [False, True])
def test_absent_or_null_scopes_mean_the_base_scope_where_they_are_optional(strict: bool) -> None:
    assert NEW.read_scopes(None, strict=strict) == (("auth_base",), None)


def test_absent_or_null_scopes_are_invalid_where_they_are_required() -> None:
    with pytest.raises(InvalidScopes, match=r"^scopes is required: scopes: \['auth_base'\]$"):
        OLD.read_scopes(None)


@both
@pytest.mark.parametrize(
    ("given", "scopes", "right"),
    [
        ("USER_NAME", ("USER_NAME",), "['USER_NAME']"),
        ("USER_NAME,auth_base", ("USER_NAME", "auth_base"), "['USER_NAME', 'auth_base']"),
        (" USER_NAME , USER_NAME,, ", ("USER_NAME",), "['USER_NAME', 'USER_NAME']"),
    ],
)
def test_a_string_is_taken_with_a_remark_that_shows_the_array(
    profile: Profile, given: str, scopes: tuple[str, ...], right: str
) -> None:
    remark = f'scopes is the string "{given}"; {ARRAY}{right}. Taken as that; --strict refuses it'
    assert profile.read_scopes(given) == (scopes, remark)


@both
def test_a_string_is_refused_when_strict(profile: Profile) -> None:
    with pytest.raises(InvalidScopes) as raised:
        profile.read_scopes("auth_base", strict=True)
    assert str(raised.value) == f"scopes is the string \"auth_base\"; {ARRAY}['auth_base']"


@both
@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ([], "scopes is empty: name at least one scope, or leave it out where it is optional"),
        ("", "scopes is empty: name at least one scope, or leave it out where it is optional"),
        (" , ", "scopes is empty: name at least one scope, or leave it out where it is optional"),
        (5, "scopes is an array of strings, not 5"),
        (True, "scopes is an array of strings, not true"),
        ({"0": "auth_base"}, 'scopes is an array of strings, not {"0":"auth_base"}'),
        ({"a": "x" * 80}, 'scopes is an array of strings, not {"a":"' + "x" * 54 + "..."),
        (["auth_base", None], "scopes is an array of strings; null is none"),
        ([["auth_base"]], 'scopes is an array of strings; ["auth_base"] is none'),
        (["auth_base", "USER_NAM"], "the profile {id} has no scope 'USER_NAM'; did you mean 'USER_NAME'?"),
        (["AUTH_BASE"], "the profile {id} has no scope 'AUTH_BASE'; did you mean 'auth_base'?"),
        (["xyz"], "the profile {id} has no scope 'xyz'"),
        ([""], "the profile {id} has no scope ''"),
        (["x" * 100], "the profile {id} has no scope '" + "x" * 80 + "'"),
    ],
)
def test_wrong_scopes_are_invalid_and_the_reason_is_given(profile: Profile, given: Any, problem: str) -> None:
    with pytest.raises(InvalidScopes) as raised:
        profile.read_scopes(given)
    assert str(raised.value) == problem.replace("{id}", profile.id)


def scopes_rules(**changes: Any) -> Profile:
    return msgspec.structs.replace(NEW, scopes=msgspec.structs.replace(NEW.scopes, **changes))


def test_a_profile_may_take_a_string_like_an_array() -> None:
    assert scopes_rules(string="accept").read_scopes("auth_base", strict=True) == (("auth_base",), None)


def test_a_profile_may_refuse_a_string() -> None:
    with pytest.raises(InvalidScopes, match="scopes is the string"):
        scopes_rules(string="refuse").read_scopes("auth_base")


def test_a_profile_may_take_an_empty_array_for_the_default() -> None:
    assert scopes_rules(empty="default").read_scopes([]) == (("auth_base",), None)


def test_a_default_may_be_no_scope_at_all() -> None:
    assert scopes_rules(default=[]).read_scopes(None) == ((), None)
    assert scopes_rules(default=[], empty="default").read_scopes([]) == ((), None)


def test_scopes_keep_the_names_that_the_call_gives_them() -> None:
    asked = ["USER_ID", "USER_NAME", "auth_base", "USER_ID"]
    assert other_names("USER_ID").read_scopes(asked) == (("USER_ID", "USER_NAME", "auth_base"), None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.sampled_from(SCOPES),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(JSON, st.booleans())
def test_any_json_is_either_scopes_of_the_profile_or_invalid(given: Any, strict: bool) -> None:
    try:
        scopes, remark = NEW.read_scopes(given, strict=strict)
    except InvalidScopes as invalid:
        scopes, remark = ("auth_base",), str(invalid)
    assert scopes
    assert set(scopes) <= set(SCOPES)
    assert len(set(scopes)) == len(scopes)
    assert len(remark or "") < 1000


# The files.


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("alipay-pls", "alipay-plus"), ("Alipay-Plus-Legacy", "alipay-plus-legacy"), ("alipayplus", "alipay-plus")],
)
def test_a_misspelled_profile_is_told_the_nearest_one(name: str, nearest: str) -> None:
    with pytest.raises(
        ProfileError, match=f"no profile '{name}'; did you mean '{nearest}'\\? \\(there are alipay-cn, alipay-plus, "
    ):
        profiles.load(name)


@pytest.mark.parametrize("name", ["x" * 300, "x" * 300 + ".toml"])
def test_a_name_that_no_file_can_have_is_refused_like_any_other(name: str) -> None:
    with pytest.raises(ProfileError):
        profiles.load(name)


def test_a_profile_that_is_like_no_other_is_told_which_there_are() -> None:
    with pytest.raises(
        ProfileError, match=r"no profile 'x' \(there are alipay-cn, alipay-plus, .*; a file of your own ends in .toml"
    ):
        profiles.load("x")


@pytest.mark.parametrize("name", ["mine.toml", "mine"])
def test_a_profile_may_be_a_file_of_ones_own(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(profiles.read("alipay-plus").replace('"alipay-plus"', '"mine"'))
    assert profiles.load(tmp_path / name) == msgspec.structs.replace(NEW, id="mine")
    assert profiles.load(str(tmp_path / name)).id == "mine"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"cannot read the profile file .*none\.toml: No such file"):
        profiles.load(tmp_path / "none.toml")


def test_a_file_in_another_encoding_is_named_with_the_place(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b'id = "caf\xe9"')
    with pytest.raises(ProfileError, match=r"mine\.toml is not UTF-8: .* at byte 9"):
        profiles.load(tmp_path / "mine.toml")


PROFILE_FILE = """\
id = "mine"
title = "Mine"
source = "https://example.test"

[scopes]
required = false
default = ["base"]

[errors]
unsupported = { code = 1, message = "Not implemented" }
invalid = { code = 2, message = "Invalid parameters" }
unknown = { code = 3, message = "Unknown error" }
network = { code = 10, message = "Empty data" }
cancelled = { code = 11, message = "Cancelled" }

[failure]
fields = ["error"]
refused-scope = "1"
dismissed = "cancelled"

[code]
alphabet = "0123456789"
length = 20
lifetime = 600

[[scope]] # the first
name = "base"
description = "Base"
silent = true

[[scope]]
name = "user"
description = "User"
"""
WITHOUT_SCOPES = PROFILE_FILE.partition("[[scope]]")[0]


def test_a_short_profile_leaves_the_rest_to_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(PROFILE_FILE)
    profile = profiles.load(tmp_path / "mine.toml")
    assert (profile.scopes.string, profile.scopes.empty, profile.code.prefix) == ("warn", "invalid", "")
    assert (profile.errors.other, profile.success.error_scopes) == ([], "always")
    assert (profile.scope[1].silent, profile.scope[1].aliases, profile.scope[1].reveals) == (False, [], [])
    assert (profile.tokens.access_lifetime, profile.tokens.refresh_lifetime) == (86_400, 3 * 86_400)
    assert (profile.token_api.path, profile.token_api.style) == ("/v2/authorizations/applyToken", None)


def test_a_profile_says_more_where_its_documentation_does(tmp_path: Path) -> None:
    text = PROFILE_FILE.replace('name = "base"', 'name = "base"\naliases = ["id"]').replace('["base"]', '["id"]')
    text = text.replace(
        "[failure]", 'other = [{ code = 4, message = "No" }]\n[success]\nerror-scopes = "refused"\n[failure]'
    )
    (tmp_path / "mine.toml").write_text(text)
    profile = profiles.load(tmp_path / "mine.toml")
    assert profile.scope[0].aliases == profile.scopes.default == ["id"]
    assert profile.errors.other == [ErrorCode(code=4, message="No")]
    assert profile.success.error_scopes == "refused"


def test_an_optional_argument_may_ask_for_no_scope(tmp_path: Path) -> None:
    text = PROFILE_FILE.replace('default = ["base"]', 'default = []\nempty = "default"')
    (tmp_path / "mine.toml").write_text(text)
    assert profiles.load(tmp_path / "mine.toml").read_scopes([]) == ((), None)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('id = "mine"', "id = mine", "line 1: Invalid value"),
        ('id = "mine"', 'id = "Mine"', "line 1: id: Expected `str` matching regex"),
        ('id = "mine"\n', "", "line 1: id: this key is missing"),
        ('title = "Mine"', 'title = ""', "line 2: title: Expected `str` of length >= 1"),
        ('title = "Mine"', 'titel = "Mine"', "line 2: titel: unknown key"),
        ("required = false", 'required = "no"', "line 6: scopes.required: Expected `bool`, got `str`"),
        ("required = false", "", "line 5: scopes.required: this key is missing"),
        ("required = false", 'required = false\nstring = "take"', "line 7: scopes.string: Invalid enum value 'take'"),
        ("code = 10,", 'code = "10",', "line 13: errors.network.code: Expected `int`, got `str`"),
        ("code = 10, message", "code = 10, text", "line 13: errors.network.text: unknown key"),
        ('network = { code = 10, message = "Empty data" }\n', "", "line 9: errors.network: this key is missing"),
        (
            'fields = ["error"]',
            'fields = ["error", "errors"]',
            "line 17: failure.fields[1]: Invalid enum value 'errors'",
        ),
        ("refused-scope", "refused_scope", "line 18: failure.refused_scope: unknown key"),
        ("length = 20", "length = 65", "line 23: code.length: Expected `int` <= 64"),
        ("length = 20", "length = 20\nlength = 20", "line 24: Cannot overwrite a value"),
        ('name = "user"', "name = 5", "line 32: scope[1].name: Expected `str`, got `int`"),
        ("silent = true", 'silent = "yes"', "line 29: scope[0].silent: Expected `bool`, got `str`"),
        ('description = "User"\n', "", "line 31: scope[1].description: this key is missing"),
        ('"User"\n', '"User', "line 33: "),
        (
            "[scopes]\nrequired = false",
            "['scopes']\n'required' = 1",
            "line 6: scopes.required: Expected `bool`, got `int`",
        ),
        ("[code]", "[code.x]\n[code]", "line 21: code.x: unknown key"),
        # What the types alone cannot rule out.
        (PROFILE_FILE, f"scope = []\n{WITHOUT_SCOPES}", "line 1: scope: a profile has at least one [[scope]]"),
        ('name = "user"', 'name = "base"', "line 32: scope[1].name: 'base' stands here twice"),
        ('name = "user"', 'name = "a,b"', "line 32: scope[1].name: 'a,b' has a comma or a space around it"),
        ('name = "user"', 'name = "user "', "line 32: scope[1].name: 'user ' has a comma or a space around it"),
        ('["base"]', '["bass"]', "line 7: scopes.default: no [[scope]] is named 'bass'; did you mean 'base'?"),
        ('default = ["base"]\n', "", "line 5: scopes.default: an optional argument needs a default"),
        (
            'required = false\ndefault = ["base"]',
            'required = true\nempty = "default"',
            "line 7: scopes.empty: an empty array cannot mean the default: there is none",
        ),
        ('name = "user"', 'name = "user"\naliases = "id"', "line 33: scope[1].aliases: Expected `array`, got `str`"),
        (
            'name = "user"',
            'name = "user"\naliases = [""]',
            "line 33: scope[1].aliases[0]: Expected `str` of length >= 1",
        ),
        ('name = "user"', 'name = "user"\naliases = ["base"]', "line 33: scope[1].aliases: 'base' stands here twice"),
        ('name = "user"', 'name = "user"\naliases = ["user"]', "line 33: scope[1].aliases: 'user' stands here twice"),
        ('name = "user"', 'name = "user"\naliases = ["a", "a"]', "line 33: scope[1].aliases: 'a' stands here twice"),
        (
            'name = "user"',
            'name = "user"\naliases = ["a,b"]',
            "line 33: scope[1].aliases: 'a,b' has a comma or a space",
        ),
        ('name = "base"', 'name = "base"\naliases = ["user"]', "line 33: scope[1].name: 'user' stands here twice"),
        ("[failure]", "other = [{ code = 4 }]\n[failure]", "line 16: errors.other[0].message: this key is missing"),
        (
            "[failure]",
            'other = [{ code = 11, message = "No" }]\n[failure]',
            "line 16: errors.other: the code 11 has a message already",
        ),
        (
            "[failure]",
            'other = [{ code = 4, message = "No" }, { code = 4, message = "No" }]\n[failure]',
            "line 16: errors.other: the code 4 has a message already",
        ),
        (
            "[failure]",
            '[success]\nerror-scopes = "never"\n[failure]',
            "line 17: success.error-scopes: Invalid enum value 'never'",
        ),
        ("[failure]", '[success]\nerror_scopes = "always"\n[failure]', "line 17: success.error_scopes: unknown key"),
        ('"0123456789"', '"0123456780"', "line 22: code.alphabet: a character stands here twice"),
        ('"0123456789"', '"0123456789\u00e9"', "line 22: code.alphabet: a code is made of ASCII characters"),
        ("length = 20", "length = 12", "line 23: code.length: leaves 40 bits to chance"),
        (
            'alphabet = "',
            'prefix = "01234567890123456789"\nalphabet = "',
            "line 24: code.length: leaves 0 bits to chance",
        ),
        (
            "[code]",
            '[tokens]\nalphabet = "01"\nlength = 20\n[code]',
            "line 23: tokens.length: leaves 16 bits to chance; a token that cannot be guessed has 40",
        ),
        ("[code]", '[tokens]\nalphabet = "00"\n[code]', "line 22: tokens.alphabet: a character stands here twice"),
        ("[code]", '[token-api]\npath = "v2"\n[code]', "line 22: token-api.path: Expected `str` matching regex '^/'"),
        ('"User"', '"User"\nreveals = ["nick"]', "line 34: scope[1].reveals[0]: Invalid enum value 'nick'"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line_and_key(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert old in PROFILE_FILE
    file = tmp_path / "mine.toml"
    file.write_text(PROFILE_FILE.replace(old, new, 1), "utf-8")
    with pytest.raises(ProfileError) as raised:
        profiles.load(file)
    assert str(raised.value).startswith(f"{file}: {problem}")


@pytest.mark.parametrize(("length", "enough"), [(12, False), (13, True)])
def test_a_code_leaves_forty_bits_to_chance(tmp_path: Path, length: int, enough: bool) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(PROFILE_FILE.replace("length = 20", f"length = {length}"))
    if enough:
        assert profiles.load(file).code.length == 13
    else:
        with pytest.raises(ProfileError, match="a code that cannot be guessed has 40"):
            profiles.load(file)


LINES = PROFILE_FILE.splitlines()
ODD_LINES = [
    "[[scope]]",
    "[errors.invalid]",
    "code = 1",
    "a.b = 1",
    '"[" = 1',
    '"" = 1',
    '"." = 1',
    "# \u2028",
    "# \x85",
]
ODD_LINES += ["[", "[x", "]", "default = [", 'title = """', "'\\n' = 1", "[[code]]", "[scope]", "'a]' = { b = 1 }"]
ADDITIONS = st.tuples(st.integers(0, len(LINES)), st.sampled_from(ODD_LINES) | st.text(max_size=12))


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.lists(ADDITIONS, max_size=4))
def test_an_error_names_a_line_of_the_file(additions: list[tuple[int, str]]) -> None:
    lines = LINES.copy()
    for place, line in additions:
        lines.insert(place, line)
    text = "\n".join(lines)
    named: int | None = 1
    try:
        tomlfile.decode(text, Profile)
    except tomlfile.TomlError as error:
        named = error.line
    assert named in range(1, text.count("\n") + 2)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('"[" = 1', "line 1: [: unknown key"),
        ("# a line separator, \u2028, is no line break\nx = 1", "line 2: x: unknown key"),
        ("# neither is \x85\nx = 1", "line 2: x: unknown key"),
        ('x = {" (at line 99" = 1, " (at line 99" = 2}', "line 1: Duplicate inline table key"),
        (f"length = {'9' * 5000}", ""),
        (f"length = {'[' * 5000}", ""),
    ],
    ids=["bracket", "line-separator", "next-line", "quoted-place", "huge-number", "deep-nesting"],
)
def test_an_odd_file_is_refused_like_any_other(text: str, problem: str) -> None:
    with pytest.raises(tomlfile.TomlError) as raised:
        tomlfile.decode(text, CodeFormat)
    assert str(raised.value).startswith(problem)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.integers(0, len(LINES)), st.integers(0, 9))
def test_an_unknown_key_is_found_wherever_it_stands(place: int, blank: int) -> None:
    lines = [*LINES[:place], *[""] * blank, "oops = 1", *LINES[place:]]
    with pytest.raises(tomlfile.TomlError) as raised:
        tomlfile.decode("\n".join(lines), Profile)
    assert raised.value.line == place + blank + 1
    assert raised.value.key.endswith("oops")
