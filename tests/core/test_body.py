"""The body of a response, however it arrives."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi import ResponseTooLarge
from cocapi.transport import Body


def taken(wire: bytes, coding: str, limit: int, size: int) -> bytes:
    """What a body makes of `wire` when it comes in pieces of `size` bytes."""
    body = Body({"content-encoding": coding} if coding else {}, limit)
    for start in range(0, len(wire), size):
        body.add(wire[start : start + size])
    return body.content()


@given(
    members=st.lists(st.binary(max_size=300), max_size=3),
    size=st.integers(1, 700),
    spare=st.integers(-200, 200),
)
@pytest.mark.parametrize("coding", ["", "gzip", "x-gzip"])
def test_a_body_is_whole_or_refused(coding: str, members: list[bytes], size: int, spare: int) -> None:
    """In whatever pieces it comes: never changed, never more than the limit, never refused within it."""
    said = b"".join(members)
    limit = max(len(said) + spare, 1)
    wire = b"".join(map(gzip.compress, members)) if coding else said
    if len(said) > limit:
        with pytest.raises(ResponseTooLarge, match=f"max_response_bytes={limit}"):
            taken(wire, coding, limit, size)
    else:
        assert taken(wire, coding, limit, size) == said


@pytest.mark.parametrize(("length", "refused"), [("10", False), ("11", True), ("ten", False), ("", False)])
def test_an_announced_length_is_enough_to_refuse(length: str, refused: bool) -> None:
    """Nothing of the body has to be read; what is no number announces nothing."""
    if refused:
        with pytest.raises(ResponseTooLarge):
            Body({"content-length": length}, 10)
    else:
        Body({"content-length": length}, 10)
