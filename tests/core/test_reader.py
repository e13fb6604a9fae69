"""An answer is read alike, or refused alike, whether or not orjson is installed, as a dict and as a model."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi import Response, UnreadableResponse, read_json
from cocapi.testing import Script

EMOJI = "\U0001f600"

READ: list[tuple[bytes, Any]] = [
    (b' \r\n\t{"name":"a"} ', {"name": "a"}),
    (b'\xef\xbb\xbf{"name":"a"}', {"name": "a"}),
    (b'{"name":"\\ud800"}', {"name": "\ufffd"}),
    (b'{"name":"a\\uDC00b"}', {"name": "a\ufffdb"}),
    (b'{"name":"\\ud800\\ud800\\udc00"}', {"name": "\ufffd\U00010000"}),
    (b'{"name":"\\ud83d\\ude00"}', {"name": EMOJI}),
    (b'{"name":"\\\\ud800 \\\\\\ud800"}', {"name": "\\ud800 \\\ufffd"}),
    (b'{"\\ud800":1}', {"\ufffd": 1}),
    (b'{"name":"\\u0000\x7f"}', {"name": "\x00\x7f"}),
    (b'{"x":18446744073709551615,"y":-9223372036854775808}', {"x": 2**64 - 1, "y": -(2**63)}),
    (b'{"x":18446744073709551616,"y":-9223372036854775809}', {"x": 2.0**64, "y": -(2.0**63)}),
    (b'{"x":' + b"9" * 300 + b"}", {"x": 1e300}),
    (b'{"x":1e-999,"y":-0,"z":1E2}', {"x": 0.0, "y": 0, "z": 100.0}),
    (b'{"x":1,"x":2}', {"x": 2}),
    (b'{"x":' + b"[" * 150 + b"]" * 150 + b"}", None),
]
"""Bodies and what they are; None: whatever it is."""

REFUSED = [
    *(
        b"",
        b" ",
        b"null",
        b"[]",
        b"1",
        b'"a"',
        b"true",
        b"<html>",
        b"{",
        b"{} {}",
        b"{}\x00",
        b"\x00{}",
        b'{"a":1,}',
    ),
    *(
        b'{"x":NaN}',
        b'{"x":Infinity}',
        b'{"x":-Infinity}',
        b'{"trophies":NaN}',
        b'{"x":1e999}',
        b'{"x":01}',
        b'{"x":+1}',
    ),
    *(
        b'{"x":' + b"9" * 5000 + b"}",
        b'{"x":-' + b"9" * 310 + b"}",
        b"{'a':1}",
        b'{"a":"\n"}',
        b'{"a":"\x00"}',
        b'{"a":"\\x"}',
    ),
    *(
        b'{"name":"\xff"}',
        b'{"name":"\xed\xa0\x80"}',
        b'{"name":"\xc0\x80"}',
        b"\xef\xbb\xbf\xef\xbb\xbf{}",
        b"\xef\xbb\xbf",
    ),
    *('{"a":1}'.encode(encoding) for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32")),
    *(
        b"[" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ),
]

READERS = {
    "core": {"only_plugins": ("script",)},
    "orjson": {"only_plugins": ("script", "orjson")},
    "models": {"only_plugins": ("script", "models"), "use_pydantic_models": True},
}


def answered(body: bytes, reader: str) -> Any:
    script = Script(Response(200, {}, body))
    with script.client(raise_errors=True, **READERS[reader]) as api:
        return api.players("#2PP")


@pytest.mark.parametrize("reader", ["core", "orjson"])
@pytest.mark.parametrize(("body", "value"), READ, ids=range(len(READ)))
def test_a_body_is_read_alike(reader: str, body: bytes, value: Any) -> None:
    """With types: a float stays a float. And what was read can be written again."""
    answer = answered(body, reader)
    if value is not None:
        assert answer == value
        assert list(map(type, answer.values())) == list(map(type, value.values()))
        assert json.dumps(answer, ensure_ascii=False).encode()


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("body", REFUSED, ids=range(len(REFUSED)))
def test_a_body_is_refused_alike(reader: str, body: bytes) -> None:
    """As one that cannot be read, in the same words."""
    with pytest.raises(UnreadableResponse, match="not a whole JSON object"):
        answered(body, reader)


@pytest.mark.parametrize(("body", "value"), READ, ids=range(len(READ)))
def test_a_model_is_made_of_every_body_that_is_read(body: bytes, value: Any) -> None:
    model = answered(body, "models")
    if value is not None and "name" in value:
        assert model.name == value["name"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(
    st.dictionaries(st.text(), VALUES, max_size=4),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_whatever_python_writes_is_read_or_refused_alike(value: Any, escaped: bool, encoding: str) -> None:
    body = json.dumps(value, ensure_ascii=escaped).encode(encoding, "surrogatepass")
    answers = []
    for reader in ("core", "orjson"):
        try:
            answers.append(answered(body, reader))
        except UnreadableResponse:
            answers.append(None)
    assert answers[0] == answers[1]


@given(st.binary(max_size=40) | st.text('[]{}",:0123eE+-.\\ud8 \nNaN', max_size=20).map(str.encode))
def test_reading_raises_nothing_but_value_errors(content: bytes) -> None:
    try:
        value = read_json(content)
    except ValueError:
        return
    assert not isinstance(value, float) or math.isfinite(value)


@pytest.mark.parametrize("reader", ["core", "orjson"])
def test_an_error_body_is_read_like_an_answer(reader: str) -> None:
    """A byte order mark or half a pair does not hide what the server says."""
    script = Script(Response(404, {}, b'\xef\xbb\xbf{"reason":"notFound","message":"no \\ud800"}'))
    with script.client(**READERS[reader]) as api:
        answer = api.players("#2PP")
    assert answer["reason"] == "notFound"
    assert answer["detail"] == "no \ufffd"
