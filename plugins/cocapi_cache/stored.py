"""An answer as a store keeps it: the format of its bytes.

    0   2  b"ca"
    2   1  version of the format: 1
    3   1  how the body is coded: 0 as it is, 1 zlib (RFC 1950)
    4   4  CRC-32 of all that follows
    8   4  length of the head
    12  4  length of the body before it was coded
    16     head: a JSON object; then the body

Numbers are big-endian. What is of another version, cut off or damaged in any way is no answer.
"""

from __future__ import annotations

import json
import struct
import zlib
from typing import NamedTuple

from cocapi import Response
from cocapi.interrupts import reraise
from cocapi_cache.invalidations import Mark

__all__ = ["StoredAnswer", "bytes_of", "read_answer"]

MAGIC = b"ca"
VERSION = 1
PLAIN, ZLIB = 0, 1

PREFIX = struct.Struct(">2sBBIII")
CHECKED_FROM = 8
"""The checksum is of all bytes from here on."""

WORTH_CODING = 512
"""Bytes of a body below which coding it gains nothing."""

LEVEL = 1
"""Of zlib; measured in docs/decisions/shared-cache.md."""


class StoredAnswer(NamedTuple):
    """An answer, and what one must know to use it.

    Attributes:
        response: As it came.
        arrived: When it did: seconds since 1970.
        seconds: How long it may be used at most, as whoever stored it saw it.
        mark: What was known of invalidations when its request set out.
    """

    response: Response
    arrived: float
    seconds: float
    mark: Mark | None


def bytes_of(answer: StoredAnswer) -> bytes:
    """The bytes to be stored."""
    response, body = answer.response, answer.response.content
    head = json.dumps(
        {
            "status": response.status_code,
            "headers": dict(response.headers),
            "arrived": answer.arrived,
            "seconds": answer.seconds,
            "mark": answer.mark,
        }
    ).encode()
    coded = zlib.compress(body, LEVEL) if len(body) >= WORTH_CODING else body
    coding = ZLIB if coded is not body else PLAIN
    checked = struct.pack(">II", len(head), len(body)) + head + coded
    return struct.pack(">2sBBI", MAGIC, VERSION, coding, zlib.crc32(checked)) + checked


def read_answer(content: bytes) -> StoredAnswer | None:
    """The answer in stored bytes; None where they are none that this version wrote."""
    try:
        magic, version, coding, checksum, head_length, length = PREFIX.unpack_from(content)
        if (magic, version) != (MAGIC, VERSION) or zlib.crc32(memoryview(content)[CHECKED_FROM:]) != checksum:
            return None
        body_at = PREFIX.size + head_length
        head = json.loads(content[PREFIX.size : body_at])
        mark = None if head["mark"] is None else Mark(*head["mark"])
        response = Response(head["status"], head["headers"], body_of(content[body_at:], coding, length))
        answer = StoredAnswer(response, float(head["arrived"]), float(head["seconds"]), mark)
    except (ValueError, LookupError, TypeError, AttributeError, struct.error, zlib.error) as error:
        reraise(error)
        return None
    return None if response.fault else answer


def body_of(coded: bytes, coding: int, length: int) -> bytes:
    """The body, of the length that the prefix names and no more, whatever the bytes would become.

    Raises:
        ValueError: It is of another length, or in an unknown coding.
        zlib.error: It cannot be decoded.
    """
    if coding == ZLIB:
        coded = zlib.decompressobj().decompress(coded, length + 1)
    elif coding != PLAIN:
        raise ValueError(f"unknown coding {coding}")
    if len(coded) != length:
        raise ValueError(f"a body of {len(coded)} bytes, not {length}")
    return coded
