"""What is secret is taken out of what is written down, and nothing else is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge import Outcome, after, drop, grant, succeed, too_late, twice
from bridge.redaction import REDACTED, change_payloads, quoted, redact, redact_outcome, redact_text

SECRET = succeed({"token": "secret"})

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=20,
)


@given(JSON, st.text(alphabet="0123456789abcdef", min_size=16, max_size=32))
def test_a_code_is_redacted_wherever_it_stands(value: Any, code: str) -> None:
    assert code not in json.dumps(redact([value, f"<{code}>", {"text": [code]}], [code]))


@given(JSON)
def test_what_is_no_secret_is_left_as_it_is(value: Any) -> None:
    assert redact({"data": [value]})["data"][0] == value or "<redacted>" in json.dumps(redact(value))


def test_a_made_up_code_that_is_a_mere_word_leaves_texts_alone() -> None:
    assert redact({"note": "split it", "authCode": "it"}, ["it"]) == {"note": "split it", "authCode": REDACTED}


@pytest.mark.parametrize(
    "outcome", [twice(SECRET), drop(during=SECRET), drop(after=SECRET), too_late(SECRET), after(1, SECRET)]
)
def test_the_payloads_within_an_outcome_are_redacted(outcome: Outcome) -> None:
    assert "secret" not in repr(redact_outcome(outcome))
    assert type(redact_outcome(outcome)) is type(outcome)


def test_what_is_nested_deeper_than_python_can_follow_is_redacted_whole() -> None:
    value: Any = "secret"
    for _ in range(5000):
        value = [value]
    assert json.dumps(redact(value)).strip("[]") == f'"{REDACTED}"'


@pytest.mark.parametrize(
    "name", ["authCode", "auth_code", "accessToken", "refresh_token", "sign", "Signature", "Authorization", "password"]
)
def test_the_value_of_a_member_that_sounds_like_a_secret_is_redacted(name: str) -> None:
    assert redact({name: "x", "scopes": ["auth_user"]}) == {name: REDACTED, "scopes": ["auth_user"]}
    assert redact({name: ["x", [7], {"user": "Ada"}, None]}) == {name: [REDACTED, [REDACTED], {"user": "Ada"}, None]}


@pytest.mark.parametrize(
    "name", ["X-Api-Key", "apiKey", "api_key", "X-Auth-Code", "accessKey", "private-key", "Cookie"]
)
def test_a_header_that_sounds_like_a_secret_is_one(name: str) -> None:
    assert redact({"headers": {name: "x", "X-Shop": "1"}}) == {"headers": {name: REDACTED, "X-Shop": "1"}}


@pytest.mark.parametrize("data", ["x", 7, {"id": "x"}, ["x"]])
def test_what_is_stored_under_a_key_that_sounds_like_a_secret_is_redacted(data: Any) -> None:
    assert redact({"key": "userToken", "data": data}) == {"key": "userToken", "data": REDACTED}
    assert redact({"key": "cart", "data": data}) == {"key": "cart", "data": data}
    assert redact({"key": 5, "data": data}) == {"key": 5, "data": data}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('{"user": "Ada", "token": "x"}', '{"user":"Ada","token":"<redacted>"}'),
        (' [{"pin": 1234}]', '[{"pin":"<redacted>"}]'),
        (r'{"half": "\ud83d", "token": "x"}', '{"half":"\ufffd","token":"<redacted>"}'),
        (json.dumps({"body": json.dumps({"token": "x"})}), json.dumps({"body": '{"token":"<redacted>"}'})),
        ("password=x&page=1", "password=<redacted>&page=1"),
        ("page=1&sign=x%2By", "page=1&sign=<redacted>"),
    ],
)
def test_a_text_that_is_json_or_a_form_is_cleaned_by_its_names(text: str, left: str) -> None:
    cleaned = redact({"data": text})["data"]
    assert cleaned.replace(" ", "") == left.replace(" ", "")
    assert redact(cleaned) == cleaned


@pytest.mark.parametrize(
    "text", ['{"user":  "Ada"}', "[1, 2", "{{ token }}", "page=1&q=token", "sign in = now", "[" * 5000]
)
def test_a_text_without_secrets_stays_as_it_was_written(text: str) -> None:
    assert redact({"data": text}) == {"data": text}


@pytest.mark.parametrize(
    ("address", "left"),
    [
        ("https://user:x@api.test/a?b=1", "https://<redacted>@api.test/a?b=1"),
        ("https://user:x@y@api.test/", "https://<redacted>@api.test/"),
        ("wss://api.test/?page=1&token=x#session=x", "wss://api.test/?page=1&token=<redacted>#session=<redacted>"),
        (
            "no answer from 'http://a.test/?access_token=x' today",
            "no answer from 'http://a.test/?access_token=<redacted>' today",
        ),
        ("https://api.test/@me?page=1", "https://api.test/@me?page=1"),
        ("shop@https://api.test:81/a.js:1", "shop@https://api.test:81/a.js:1"),
    ],
)
def test_an_address_has_no_password_and_no_secret_in_its_query(address: str, left: str) -> None:
    assert redact_text(address) == redact([address])[0] == left


def test_json_in_json_is_followed_as_deep_as_other_values() -> None:
    text = "{}"
    for _ in range(8):
        text = json.dumps([text])
    # Each text, and each array in it.
    assert redact(text, depth=18) == text
    assert REDACTED in redact(text, depth=17)


def test_an_outcome_without_payloads_is_left_as_it_is() -> None:
    outcome = after(1, grant(except_={"USER_NAME": "token"}))
    assert redact_outcome(outcome) == change_payloads(outcome, lambda payload: None) == outcome


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", "''"),
        ("authorization_code", "'authorization_code'"),
        ("a" * 20, f"'{'a' * 20}'"),
        ("a" * 21, "'aaaaaaaa...'"),
        ("123456789012", "'123456789012'"),
        ("1591797390204", "'15917973...'"),
        ("28107fY3kQ9wXb2LmN5pR8tV1zC4dG6h", "'28107fY3...'"),
        ("it's", '"it\'s"'),
        ("a\nb\x1b[31m", r"'a\nb\x1b[31m'"),
        ("\ud83d\u202e", r"'\ud83d\u202e'"),
    ],
)
def test_a_piece_of_a_request_is_quoted_in_one_line_and_only_the_beginning_of_what_is_long(
    text: str, shown: str
) -> None:
    assert quoted(text) == shown
