"""The wire, against tests/wire/malformed.json and tests/wire/exchanges.json.

In malformed.json each row is the text of a frame, and the reply that a page gets on a connection that is introduced;
"*" stands for a message in words that are not ours, null for no reply. In exchanges.json `page` is what a page sends,
`server` the frames that it gets back, and `outcome` what the handler of each call decides.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.messages import (
    Answer,
    Incoming,
    Invalid,
    Notification,
    Problem,
    Request,
    Response,
    RpcError,
    decode,
    encode,
    refusal,
)

WIRE = Path(__file__).parent / "wire"
MALFORMED: list[dict[str, Any]] = json.loads((WIRE / "malformed.json").read_text("utf-8"))
EXCHANGES: list[dict[str, Any]] = json.loads((WIRE / "exchanges.json").read_text("utf-8"))


def codes(reply: Any) -> set[int]:
    return {response["error"]["code"] for response in (reply if isinstance(reply, list) else [reply])}


@pytest.mark.parametrize(
    "row",
    [row for row in MALFORMED if row["reply"] and codes(row["reply"]) <= {-32700, -32600}],
    ids=lambda row: row["name"],
)
def test_what_is_no_message_becomes_the_response_that_it_earns(row: dict[str, Any]) -> None:
    incoming = decode(row["text"])
    responses = [message.response for message in incoming.messages if isinstance(message, Invalid)]
    assert len(responses) == len(incoming.messages)
    pattern = re.escape(json.dumps(row["reply"], separators=(",", ":"))).replace(r'"\*"', '".+"')
    assert re.fullmatch(pattern, encode(responses if incoming.batch else responses[0]))


def test_a_request_is_a_method_with_an_id() -> None:
    assert decode('{"jsonrpc":"2.0","id":"a","method":"scan","params":{"type":"qr"}}') == Incoming(
        (Request(id="a", method="scan", params={"type": "qr"}),)
    )


def test_a_notification_is_a_method_without_an_id() -> None:
    assert decode('{"jsonrpc":"2.0","method":"scan","params":[1]}') == Incoming(
        (Notification(method="scan", params=[1]),)
    )


def test_a_response_is_a_result_or_an_error_without_a_method() -> None:
    incoming = decode(
        '[{"jsonrpc":"2.0","id":1,"result":null},{"jsonrpc":"2.0","id":2,"error":{"code":-1,"message":"no","data":{}}}]'
    )
    assert incoming == Incoming((Response(id=1, result=None), Response(id=2, error=RpcError(-1, "no"))), batch=True)


def test_a_batch_keeps_the_order_of_its_messages() -> None:
    incoming = decode('[{"jsonrpc":"2.0","id":2,"method":"b"},7,{"jsonrpc":"2.0","method":"a"}]')
    assert [type(message) for message in incoming.messages] == [Request, Invalid, Notification]
    assert incoming.batch


def test_a_batch_of_one_is_a_batch() -> None:
    assert decode('[{"jsonrpc":"2.0","id":1,"method":"a"}]').batch


def test_absent_params_are_told_apart_from_empty_ones() -> None:
    absent, empty = decode(
        '[{"jsonrpc":"2.0","id":1,"method":"a"},{"jsonrpc":"2.0","id":1,"method":"a","params":{}}]'
    ).messages
    assert absent != empty


@pytest.mark.parametrize("id", ["1", "1.5", '"1"', '""', "null", "0", "-1", "9007199254740991"])
def test_an_id_comes_back_exactly_as_it_was_sent(id: str) -> None:
    (request,) = decode(f'{{"jsonrpc":"2.0","id":{id},"method":"a"}}').messages
    assert isinstance(request, Request)
    assert encode(Response(id=request.id, result=True)) == f'{{"jsonrpc":"2.0","id":{id},"result":true}}'


def test_a_binary_frame_is_no_message() -> None:
    (invalid,) = decode(b'{"jsonrpc":"2.0","id":1,"method":"a"}').messages
    assert invalid == Invalid(refusal(None, -32700, "this is a binary frame; messages travel in text frames"))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '"\ud800"', "1" * 5000])
def test_text_that_no_parser_can_hold_is_no_json(text: str) -> None:
    (invalid,) = decode(text).messages
    assert isinstance(invalid, Invalid)
    assert invalid.response.error
    assert invalid.response.error.code == -32700


def test_a_refusal_is_a_response_without_a_result() -> None:
    assert encode(refusal(1, -32601, "no")) == '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}'


def test_an_answer_without_a_remark_does_not_mention_one() -> None:
    response = Response(id=1, result=Answer(callback="fail", payload=None))
    assert encode(response) == '{"jsonrpc":"2.0","id":1,"result":{"callback":"fail","payload":null}}'


def test_responses_can_travel_together() -> None:
    assert encode([Response(id=1, result=1), Response(id=2, result=2)]) == (
        '[{"jsonrpc":"2.0","id":1,"result":1},{"jsonrpc":"2.0","id":2,"result":2}]'
    )


def test_the_order_to_reload_is_the_golden_one() -> None:
    (golden,) = next(row["server"] for row in EXCHANGES if row["name"] == "reload")
    assert json.loads(encode(Notification(method="bridge.reload"))) == golden


@pytest.mark.parametrize("row", [row for row in EXCHANGES if row["page"]], ids=lambda row: row["name"])
def test_every_golden_message_of_the_page_is_well_formed(row: dict[str, Any]) -> None:
    incoming = decode(json.dumps(row["page"]))
    assert not [message for message in incoming.messages if isinstance(message, Invalid)]
    assert json.loads("[" + ",".join(map(encode_again, incoming.messages)) + "]") == (
        row["page"] if incoming.batch else [row["page"]]
    )


def encode_again(message: Request | Notification | Response | Invalid) -> str:
    assert not isinstance(message, Invalid)
    return encode(message)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.text(st.characters(exclude_categories=())) | st.text('[]{}",:0.1e-nul\\jsonrpc') | st.binary())
def test_decoding_never_raises(data: str | bytes) -> None:
    assert decode(data).messages


@pytest.mark.parametrize(
    ("escaped", "meant"),
    [
        (r"\ud83d", "\ufffd"),
        (r"\uDE00 tail", "\ufffd tail"),
        (r"\ud83d\ude00", "\U0001f600"),
        (r"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (r"\\ud83d", r"\ud83d"),
        (r"\u00e9\ud83d\n", "\u00e9\ufffd\n"),
    ],
)
def test_half_an_emoji_is_read_as_browsers_send_it(escaped: str, meant: str) -> None:
    (message,) = decode(f'{{"jsonrpc":"2.0","id":1,"method":"a","params":{{"text":"{escaped}"}}}}').messages
    assert message == Request(id=1, method="a", params={"text": meant})


@settings(deadline=None, derandomize=True)
@given(st.text(st.characters(codec=None)))
def test_any_text_that_a_page_can_hold_arrives(text: str) -> None:
    sent = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "a", "params": {"text": text}})
    (message,) = decode(sent).messages
    arrived = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert message == Request(id=1, method="a", params={"text": arrived})


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ({"file": "a.axml", "line": 3, "column": 5}, "a.axml:3:5: no"),
        ({"file": "a.axml", "line": 3}, "a.axml:3: no"),
        ({"file": "a.axml"}, "a.axml: no"),
        ({}, "no"),
    ],
)
def test_a_problem_is_read_as_those_of_compilers(place: dict[str, Any], words: str) -> None:
    assert str(Problem(kind="tag", message="no", **place)) == words
