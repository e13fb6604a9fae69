"""Requests become addresses, and nothing a caller passes leaves its place."""

import copy
import pickle
import threading
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi import InvalidParams, Request, Response
from cocapi.api.operations import normal_tag

TAGS = "0289PYLQGRJCUV"
texts = st.text(min_size=1).filter(lambda text: text not in (".", "..") and encodable(text))


def encodable(text: str) -> bool:
    return not any(0xD800 <= ord(letter) < 0xE000 for letter in text)


def member(tag: str) -> Request:
    return Request("x", "GET", "/clans/{clanTag}/members", {"clanTag": tag})


@given(texts)
def test_a_path_value_never_leaves_its_segment(value: str) -> None:
    """Slashes, question marks, fragments, percent signs: all stay inside."""
    parts = urlsplit(member(value).url)
    segments = parts.path.split("/")
    assert segments[:3] == ["", "v1", "clans"]
    assert [unquote(segment) for segment in segments[3:]] == [value, "members"]
    assert (parts.query, parts.fragment) == ("", "")


@pytest.mark.parametrize("value", ["", ".", "..", "\ud800"])
def test_values_that_no_segment_can_hold_are_refused(value: str) -> None:
    """URL libraries resolve dot segments, percent-encoded ones too."""
    with pytest.raises(InvalidParams, match="clanTag"):
        _ = member(value).url


@given(st.dictionaries(st.text("abcXYZ", min_size=1), texts))
def test_a_query_arrives_as_given(params: dict[str, str]) -> None:
    """Every name and value survives encoding."""
    query = urlsplit(Request("x", "GET", "/clans", params=params).url).query
    assert parse_qs(query, keep_blank_values=True) == {name: [value] for name, value in params.items()}


@given(st.permutations(["limit", "after", "before", "name"]))
def test_the_order_of_parameters_does_not_change_the_address(names: list[str]) -> None:
    """The cache key is the address, so it must be canonical."""
    request = Request("x", "GET", "/clans", params=dict.fromkeys(names, "1"))
    assert request.query == "after=1&before=1&limit=1&name=1"


def test_parameters_without_value_are_left_out_and_truth_values_are_spelt_as_the_api_does() -> None:
    """None and '' mean: not given."""
    params = {"limit": None, "name": "", "realtime": True, "zero": 0}
    assert Request("x", "GET", "/clans", params=params).query == "realtime=true&zero=0"


def test_with_headers_replaces_a_header_of_any_case_and_keeps_the_rest() -> None:
    """Header names are compared without regard to case (RFC 9110 section 5.1)."""
    request = Request("x", "GET", "/", headers={"user-agent": "old", "Accept": "a"})
    assert request.with_headers(User_Agent="new").headers == {"Accept": "a", "User-Agent": "new"}
    assert request.headers["user-agent"] == "old"


def test_headers_bodies_and_state_are_not_in_a_repr() -> None:
    """Whatever a plugin put there stays out of logs."""
    request = Request("x", "POST", "/", headers={"A": "secret-1"}, json={"token": "secret-2"})
    assert "secret" not in repr(request.with_headers(Authorization="secret-3"))
    assert "secret" not in repr(Response(200, {}, b"secret-4"))


@given(st.text(TAGS, min_size=1, max_size=12))
def test_a_tag_means_the_same_however_it_is_written(tag: str) -> None:
    """With and without #, lower case, letter O for zero, spaces around it, already encoded."""
    wanted = f"#{tag}"
    spellings = [tag, wanted, tag.lower(), f" {wanted.lower()} ", f"%23{tag}", wanted.replace("0", "O")]
    assert {normal_tag(spelling) for spelling in spellings} == {wanted}


@given(st.text())
def test_what_is_no_tag_stays_in_one_segment_or_is_refused(text: str) -> None:
    """Validation warns nobody and blocks nothing but emptiness: the server answers 404."""
    try:
        url = member(normal_tag(text)).url
    except InvalidParams:
        return
    assert len(urlsplit(url).path.split("/")) == 5


@pytest.mark.parametrize("tag", [None, 12, "", "#", "  ", "%23"])
def test_nothing_is_no_tag(tag: object) -> None:
    """The sentence shows what a tag looks like."""
    with pytest.raises(InvalidParams, match="#2PP"):
        normal_tag(tag)  # type: ignore[arg-type]


def travelled(value: Any) -> Any:
    """What arrives of a value in another process."""
    return pickle.loads(pickle.dumps(value))


FULL = Request(
    *("x", "GET", "/clans/{tag}", {"tag": "#2PP"}, {"limit": 1}, {"A": "a"}),
    options={"retry": False},
    fresh=True,
)


@pytest.mark.parametrize("name", ["path_params", "params", "headers", "options"])
@pytest.mark.parametrize(
    "request_",
    [
        FULL,
        FULL.with_headers(B="b"),
        replace(FULL, timeout=3),
        copy.copy(FULL),
        travelled(FULL),
    ],
    ids=["made", "with_headers", "replace", "copy", "pickle"],
)
def test_a_request_cannot_be_changed_in_place(request_: Request, name: str) -> None:
    """A hook that tries is told so at once, and nothing of it is sent."""
    with pytest.raises(TypeError):
        getattr(request_, name)["X"] = "1"
    assert dict(getattr(request_, name)).keys() >= dict(getattr(FULL, name)).keys()


def test_the_header_fields_of_a_response_cannot_be_changed_in_place() -> None:
    """An observer's edit reaches neither the cache nor another plugin."""
    response = Response(200, {"a": "b"})
    for version in (response, replace(response, content=b"{}"), travelled(response)):
        with pytest.raises(TypeError):
            version.headers["a"] = "c"
        assert version.headers == {"a": "b"}


def test_requests_and_responses_are_shown_as_their_values() -> None:
    """A view is a detail."""
    assert "path_params={'tag': '#2PP'}" in repr(FULL)
    assert repr(Response(200, {"a": "b"}, b"body")) == "Response(status_code=200, headers={'a': 'b'})"


def test_a_request_travels_as_what_it_was() -> None:
    """To another process, into a deep copy; its notes stay."""
    FULL.state["notes"] = threading.Lock()
    for version in (travelled(FULL), copy.deepcopy(FULL)):
        assert version == FULL
        assert version.state == {}


def test_mappings_must_be_mappings() -> None:
    """The line that makes such a request is the one that fails."""
    with pytest.raises(TypeError):
        Request("x", "GET", "/", headers=["A", "a"])  # type: ignore[arg-type]
