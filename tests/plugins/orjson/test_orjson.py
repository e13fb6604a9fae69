"""orjson reads what json reads, and what it cannot read is an unreadable answer."""

import importlib.util
import json
from typing import Any

import cocapi_orjson
import pytest
from cocapi_orjson import Orjson, orjson_if_installed
from hypothesis import given
from hypothesis import strategies as st

from cocapi import ApiConfig, Response
from cocapi.testing import Script

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda part: st.lists(part) | st.dictionaries(st.text(), part),
)


@given(st.dictionaries(st.text(), values))
def test_it_reads_what_json_reads(answer: dict[str, Any]) -> None:
    """The same objects from the same bytes."""
    content = json.dumps(answer).encode()
    assert Orjson().cocapi_decode(Response(200, {}, content)) == json.loads(content)


@pytest.mark.parametrize("content", [b"", b"<html>", b'{"a": "\xff"}', b'{"a":'])
def test_what_it_cannot_read_is_a_json_error(play: Any, content: bytes) -> None:
    """Not a plugin error."""
    answer = play(Script(Response(200, {}, content)), "clan_tag", "#2PP", only_plugins=("script", "orjson"))
    assert answer["error_type"] == "json"


def test_where_it_is_not_installed_the_core_reads_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """The factory answers None."""
    assert isinstance(orjson_if_installed(ApiConfig()), Orjson)
    monkeypatch.setattr(cocapi_orjson, "find_spec", lambda _: None)
    assert orjson_if_installed(ApiConfig()) is None
    assert importlib.util.find_spec("orjson") is not None
