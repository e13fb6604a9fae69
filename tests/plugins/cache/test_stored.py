"""The bytes of a stored answer: read as they were written, or not at all."""

import json
import struct
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi import Response
from cocapi_cache.invalidations import Mark
from cocapi_cache.stored import StoredAnswer, bytes_of, read_answer

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
ANSWERS = st.builds(
    StoredAnswer,
    st.builds(
        Response, st.integers(100, 599), st.dictionaries(TEXTS, TEXTS, max_size=4), st.binary(max_size=2000)
    ),
    st.floats(0, 1e10),
    st.floats(0, 1e9),
    st.none() | st.builds(Mark, st.integers(1, 2**60), TEXTS),
)
CLAN = StoredAnswer(
    Response(200, {"content-type": "application/json"}, json.dumps({"tag": "#2PP" * 500}).encode()),
    1.7e9,
    60.0,
    Mark(7, "0123456789abcdef"),
)


@given(ANSWERS)
def test_what_is_written_is_read(answer: StoredAnswer) -> None:
    """Status, headers, every byte of the body, dates and the mark."""
    read = read_answer(bytes_of(answer))
    assert read is not None
    assert vars(read.response) == vars(answer.response) | {"fault": ""}
    assert read[1:] == answer[1:]


@given(st.binary(max_size=200))
def test_what_nobody_wrote_is_no_answer(content: bytes) -> None:
    """Whatever bytes they are."""
    assert read_answer(content) is None


def test_what_is_damaged_is_no_answer() -> None:
    """Cut off after any byte, with any byte changed, or with bytes behind it."""
    whole = bytes_of(CLAN)
    for place in range(len(whole)):
        assert read_answer(whole[:place]) is None
        assert read_answer(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]) is None
    assert read_answer(whole + b"x") is None


def resealed(content: bytes) -> bytes:
    """The same with a checksum that fits."""
    return content[:4] + struct.pack(">I", zlib.crc32(content[8:])) + content[8:]


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: whole[:2] + b"\2" + whole[3:],
        lambda whole: whole[:3] + b"\2" + whole[4:],
        lambda whole: whole[:12] + struct.pack(">I", 1) + whole[16:],
        lambda whole: whole[:12] + struct.pack(">I", 2**31) + whole[16:],
        lambda whole: whole.replace(b'"status": 200', b'"status": 999'),
        lambda whole: whole.replace(b'"status": 200', b'"status":null'),
        lambda whole: whole.replace(b'"mark": [7, ', b'"mark": [[], '),
    ],
    ids=["version", "coding", "shorter", "longer", "no status", "null status", "no mark"],
)
def test_what_another_version_may_write_is_no_answer(change) -> None:  # type: ignore[no-untyped-def]
    """The checksum is right; what it is of is not ours."""
    answer = read_answer(resealed(change(bytes_of(CLAN))))
    assert answer is None or answer.mark != CLAN.mark


def test_a_body_is_coded_where_that_pays() -> None:
    """A short one is left as it is; a clan takes less than a fifth."""
    assert len(bytes_of(CLAN)) < len(CLAN.response.content) / 5
    short = CLAN._replace(response=Response(200, {}, b'{"tag": "#2PP"}'))
    assert b'{"tag": "#2PP"}' in bytes_of(short)


def test_a_few_bytes_that_claim_to_be_many_are_not_decoded() -> None:
    """Who writes into the store cannot fill the memory of those who read it."""
    bomb = zlib.compress(bytes(10**8), 9)
    head = json.dumps({"status": 200, "headers": {}, "arrived": 0, "seconds": 9, "mark": None}).encode()
    rest = struct.pack(">II", len(head), 1000) + head + bomb
    content = struct.pack(">2sBBI", b"ca", 1, 1, zlib.crc32(rest)) + rest
    tracemalloc.start()
    try:
        assert read_answer(content) is None
        assert tracemalloc.get_traced_memory()[1] < 10**7  # bytes, at most
    finally:
        tracemalloc.stop()


def test_nothing_is_pickled() -> None:
    """Bytes out of a store that others write to are never run."""
    import cocapi_cache.stored

    assert "pickle" not in Path(cocapi_cache.stored.__file__).read_text(encoding="utf-8")
