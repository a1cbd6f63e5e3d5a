"""The people who can be logged in: those who come with the package, and those of a file."""

from __future__ import annotations

import datetime
import json
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bridge import Address, Bridge, Name, User, users
from bridge.errors import SetupError
from bridge.users import Users

BUILT_IN = [user.nickname for user in users.built_in()]
MIA = User(id="2088000000000042", nickname="Mia")


def names(bridge: Bridge) -> list[str]:
    return [user.nickname for user in bridge.users]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "users.toml"


# Those who come with the package.


def test_of_the_users_of_the_package_everything_is_known() -> None:
    def missing(value: Any) -> list[str]:
        return [
            field
            for field, inner in msgspec.structs.asdict(value).items()
            if not inner or (isinstance(inner, msgspec.Struct) and missing(inner))
        ]

    assert {user.nickname: missing(user) for user in users.built_in()} == {name: [] for name in BUILT_IN}


def test_nobody_whom_the_package_invents_can_be_reached() -> None:
    for user in users.built_in():
        assert user.email.partition("@")[2] in ("example.com", "example.net", "example.org")
        assert user.avatar.startswith("data:image/svg+xml,")
        assert "0000000" in user.phone


def test_the_first_is_logged_in_until_another_is_named() -> None:
    assert Bridge().user.nickname == BUILT_IN[0]
    assert Bridge(user="Bayu").user.nickname == "Bayu"
    assert Bridge(user="2088000000000003").user.nickname == "Chen"


# Those of one's own.


def test_the_users_of_a_file_come_before_those_of_the_package(file: Path) -> None:
    file.write_text(
        """
        [[user]]
        id = "2088000000000042"
        nickname = "Mia"

        [[user]]
        id = "7"
        nickname = "Нина"
        name = { full = "Нина Ли" }
        login-id = "nina@example.com"
        gender = "FEMALE"
        birthday = 1990-02-28
        nationality = "KZ"
        phone = "+7-7000000007"

        [user.address]
        country = "KZ"
        postal-code = "050000"
        """,
        "utf-8",
    )
    bridge = Bridge(users=file)
    assert names(bridge) == ["Mia", "Нина", *BUILT_IN]
    assert (bridge.user, bridge.users.find("Mia")) == (MIA, MIA)
    assert bridge.users.find("7") == User(
        id="7",
        nickname="Нина",
        name=Name(full="Нина Ли"),
        login_id="nina@example.com",
        gender="FEMALE",
        birthday=datetime.date(1990, 2, 28),
        nationality="KZ",
        phone="+7-7000000007",
        address=Address(country="KZ", postal_code="050000"),
    )


def test_a_file_may_begin_with_a_byte_order_mark(file: Path) -> None:
    file.write_text('[[user]]\nid = "7"\nnickname = "Mia"\n', "utf-8-sig")
    assert names(Bridge(users=str(file)))[0] == "Mia"


@pytest.mark.parametrize("same", [{"id": "2088000000000002"}, {"nickname": "Bayu"}])
def test_a_user_of_ones_own_takes_the_place_of_one_with_the_same_id_or_nickname(same: dict[str, str]) -> None:
    own = msgspec.structs.replace(MIA, **same)
    assert Bridge(users=[own]).user == own
    assert names(Bridge(users=[own])) == [own.nickname, *(name for name in BUILT_IN if name != "Bayu")]


def test_an_empty_file_or_list_adds_nobody(file: Path) -> None:
    file.write_text("user = []")
    assert names(Bridge(users=file)) == names(Bridge(users=[])) == BUILT_IN


# What is wrong is said with its line and key.

MINIMAL = '[[user]]\nid = "7"\nnickname = "Mia"\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1: user: this key is missing"),
        ('[[users]]\nid = "7"\nnickname = "Mia"', "line 1: users: unknown key"),
        ('user = "Mia"', "line 1: user: Expected `array`, got `str`"),
        ('[[user]]\nnickname = "Mia"', "line 1: user[0].id: this key is missing"),
        ('[[user]]\nid = "7"', "line 1: user[0].nickname: this key is missing"),
        ('[[user]]\nid = 7\nnickname = "Mia"', "line 2: user[0].id: Expected `str`, got `int`"),
        ('[[user]]\nid = ""\nnickname = "Mia"', "line 2: user[0].id: Expected `str` of length >= 1"),
        (f'[[user]]\nid = "{"7" * 65}"\nnickname = "Mia"', "line 2: user[0].id: Expected `str` of length <= 64"),
        ('[[user]]\nid = "7"\nnickname = ""', "line 3: user[0].nickname: Expected `str` of length >= 1"),
        (f"{MINIMAL}login_id = 'mia'", "line 4: user[0].login_id: unknown key"),
        (f"{MINIMAL}gender = 'f'", "line 4: user[0].gender: Invalid enum value 'f'"),
        (f"{MINIMAL}birthday = 'soon'", "line 4: user[0].birthday: Invalid RFC3339 encoded date"),
        (f"{MINIMAL}birthday = 1990", "line 4: user[0].birthday: Expected `date | null`, got `int`"),
        (f"{MINIMAL}birthday = 1990-02-30", "line 4: "),
        (f"{MINIMAL}nationality = 'Kenya'", "line 4: user[0].nationality: Expected `str` matching regex"),
        (f"{MINIMAL}phone = '0700'", "line 4: user[0].phone: '0700' is not written like +63-9170000042"),
        (f"{MINIMAL}name = 'Mia'", "line 4: user[0].name: Expected `object | null`, got `str`"),
        (f"{MINIMAL}[user.name]\nfirst = 'Mia'", "line 4: user[0].name.full: this key is missing"),
        (f"{MINIMAL}[user.address]\ncountry = 'ke'", "line 5: user[0].address.country: Expected `str` matching regex"),
        ('[user]\nid = "7"', "line 1: user: Expected `array`, got `object`; write [[user]]"),
        (f"{MINIMAL}address = {{ country = 'ke' }}", "line 4: user[0].address.country: Expected `str` matching regex"),
        (f"{MINIMAL}\n{MINIMAL}", "line 6: user[1].id: '7' is another user's id or nickname"),
        (
            f'{MINIMAL}\n[[user]]\nid = "8"\nnickname = "Mia"',
            "line 7: user[1].nickname: 'Mia' is another user's id or nickname",
        ),
        (
            f'{MINIMAL}\n[[user]]\nid = "8"\nnickname = "7"',
            "line 7: user[1].nickname: '7' is another user's id or nickname",
        ),
        ("[[user]\nid = 7", "line 1: "),
        ('[[user]]\nid = "7', "line 2: "),
        (MINIMAL + "a = " + "[" * 10_000, "line 4: "),
    ],
)
def test_a_wrong_file_is_refused_with_line_and_key(file: Path, text: str, problem: str) -> None:
    file.write_text(text)
    with pytest.raises(SetupError) as refused:
        Bridge(users=file)
    assert str(refused.value).startswith(f"{file}: ")
    assert problem in str(refused.value)


def test_a_file_that_is_not_utf_8_is_refused_with_the_place(file: Path) -> None:
    file.write_bytes(MINIMAL.encode() + b"# \xff")
    with pytest.raises(SetupError, match=rf"users file .*users.toml is not UTF-8: .* at byte {len(MINIMAL) + 2}"):
        Bridge(users=file)


@pytest.mark.parametrize(("path", "why"), [("nobody.toml", "No such file or directory"), ("", "Is a directory")])
def test_what_is_no_file_is_refused(tmp_path: Path, path: str, why: str) -> None:
    with pytest.raises(SetupError, match=f"cannot read the users file .*{path}: {why}"):
        Bridge(users=tmp_path / path)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ([], "there is no user to log in"),
        ([MIA, MIA], "users: '2088000000000042' is another user's id or nickname"),
        ([MIA, User(id="8", nickname="Mia")], "users: 'Mia' is another user's id or nickname"),
    ],
)
def test_users_can_be_told_apart_and_there_is_one(given: list[User], problem: str) -> None:
    with pytest.raises(SetupError, match=problem):
        Users(given)


def test_a_user_may_be_called_as_their_id() -> None:
    assert Users([User(id="7", nickname="7")]).find("7").id == "7"


# Who is meant.


def test_a_user_is_found_by_id_or_nickname() -> None:
    everybody = Users([MIA, *users.built_in()])
    assert everybody.find("Mia") == everybody.find(MIA.id) == MIA
    assert everybody.with_id(MIA.id) == MIA
    assert [everybody.with_id(id) for id in ("Mia", "", None)] == [None, None, None]


@pytest.mark.parametrize(
    ("count", "name", "problem"),
    [
        (3, "User-1x", "there is no user 'User-1x'; did you mean 'user-1'? (there are user-0, user-1, user-2)"),
        (2, "Zoë", "there is no user 'Zoë' (there are user-0, user-1)"),
        (12, "Zoë", "(there are user-0, user-1, user-2, user-3, user-4, user-5, user-6, user-7, user-8, user-9, ...)"),
    ],
)
def test_who_is_not_there_is_named_with_those_who_are(count: int, name: str, problem: str) -> None:
    with pytest.raises(SetupError) as refused:
        Users(User(id=str(number), nickname=f"user-{number}") for number in range(count)).find(name)
    assert problem in str(refused.value)


# What others see.


@pytest.mark.parametrize(
    ("login_id", "masked"),
    [
        ("", ""),
        ("amara@example.com", "am***@example.com"),
        ("a@example.com", "a***@example.com"),
        ("@", "***@"),
        ("+63-9170000001", "+63-***01"),
        ("secret", "***"),
        ("x", "***"),
    ],
)
def test_a_login_id_is_shown_in_part(login_id: str, masked: str) -> None:
    assert User(id="7", nickname="Mia", login_id=login_id).masked_login_id == masked


@settings(deadline=None, derandomize=True)
@given(st.text(max_size=30))
def test_of_a_login_id_six_characters_at_most_are_shown_beside_its_domain(login_id: str) -> None:
    masked = User(id="7", nickname="Mia", login_id=login_id).masked_login_id
    assert len(masked.partition("@")[0]) <= len("***") + 6
    assert bool(masked) == bool(login_id)


def test_a_user_reads_as_who_it_is_and_no_more() -> None:
    assert repr(users.built_in()[0]) == "User(id='2088000000000001', nickname='Amara')"


# A file says all that is known.

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
MAYBE = st.just("") | TEXT
COUNTRY = st.from_regex("[A-Z]{2}", fullmatch=True)
USER = st.builds(
    User,
    id=TEXT,
    nickname=TEXT,
    name=st.none() | st.builds(Name, full=TEXT, first=MAYBE, last=MAYBE),
    login_id=MAYBE,
    avatar=MAYBE,
    gender=st.sampled_from(["", "FEMALE", "MALE"]),
    birthday=st.none() | st.dates(),
    nationality=st.just("") | COUNTRY,
    email=MAYBE,
    phone=st.just("") | st.from_regex(r"\+[0-9]{1,3}-[0-9]{4,14}", fullmatch=True),
    address=st.none() | st.builds(Address, country=COUNTRY, region=MAYBE, city=MAYBE, street=MAYBE, postal_code=MAYBE),
)


def toml(value: Any) -> str:
    """Return a value as TOML. JSON's strings are TOML's, too."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + "}"
    return value.isoformat() if isinstance(value, datetime.date) else json.dumps(value, ensure_ascii=False)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.lists(USER, max_size=4, unique_by=(lambda user: user.id, lambda user: user.nickname)))
def test_users_that_are_written_down_are_read_as_they_were(tmp_path_factory: Any, given: list[User]) -> None:
    file = tmp_path_factory.getbasetemp() / "written.toml"
    trees = [msgspec.to_builtins(user, builtin_types=[datetime.date]) for user in given]
    text = "user = [" + ", ".join(map(toml, trees)) + "]"
    assert tomllib.loads(text)["user"] == trees
    file.write_text(text, "utf-8")
    assume(not {user.id for user in given} & {user.nickname for user in given})
    assert users.read(file) == tuple(given)
