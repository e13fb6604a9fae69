"""The plugin that reads JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cocapi_orjson
from cocapi import ApiConfig, Off, Response

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(VALUES, st.booleans())
def test_it_reads_what_the_standard_library_writes(value: object, escaped: bool) -> None:
    """Numbers, texts and all, as they were."""
    content = json.dumps(value, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    plugin = cocapi_orjson.orjson_if_installed(ApiConfig())
    assert plugin is not None
    try:
        expected = json.loads(content)
    except ValueError:
        with pytest.raises(ValueError, match=r".+"):
            plugin.cocapi_decode(Response(200, {}, content))
    else:
        assert plugin.cocapi_decode(Response(200, {}, content)) == expected


@pytest.mark.parametrize("content", [b"", b"{", b"<html>", b"\xff", b"NaN", b"{} {}"])
def test_what_is_no_json_is_a_value_error(content: bytes) -> None:
    """So the core tells it as an error of type json."""
    plugin = cocapi_orjson.orjson_if_installed(ApiConfig())
    assert plugin is not None
    with pytest.raises(ValueError, match=r".+"):
        plugin.cocapi_decode(Response(200, {}, content))


def test_without_orjson_there_is_no_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """The core reads JSON then, and the plugin says why it is off."""
    monkeypatch.setattr(cocapi_orjson, "find_spec", lambda _: None)
    with pytest.raises(Off, match=r"so the core reads JSON: pip install 'cocapi\[fast\]'"):
        cocapi_orjson.orjson_if_installed(ApiConfig())
