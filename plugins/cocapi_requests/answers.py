"""Responses as `http.client` reads them, made strict where it is lenient: half a response is none."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse
from typing import Any

from urllib3.util.response import assert_header_parsing

__all__ = ["Answer", "Malformed"]

CHUNK = 1 << 18
MOST_TRAILERS = 100


class Malformed(HTTPException):
    """What came is no response of HTTP/1.1; says why."""


class Reader(io.BufferedReader):
    """Reads whole lines and whole parts, or fails: the end of the connection is none of either."""

    def readline(self, size: int | None = -1) -> bytes:
        """A line with its end; without one when it is longer than `size`."""
        line = super().readline(size)
        if not line:
            raise ConnectionResetError("the server hung up without a whole response")
        if not line.endswith(b"\n") and not 0 <= (size or 0) <= len(line):
            raise ConnectionResetError("the server hung up in the middle of a line")
        return line

    def parts(self, length: int) -> Iterator[bytes]:
        """So many bytes, in parts."""
        while length:
            part = self.read(min(length, CHUNK))
            if not part:
                raise ConnectionResetError("the response was cut off")
            length -= len(part)
            yield part

    def rest(self) -> Iterator[bytes]:
        """All until the connection ends, in parts."""
        while part := self.read(CHUNK):
            yield part


class Answer(HTTPResponse):
    """The final response; interim ones are read past (RFC 9110 section 15.2)."""

    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = self.reader = Reader(sock.makefile("rb", buffering=0))

    def begin(self) -> None:
        """Read the head.

        Raises:
            HTTPException: it is none, or its fields contradict each other.
            ConnectionResetError: the server hung up before its end.
        """
        super().begin()
        while self.status < 200:
            if self.status == 101:
                raise Malformed("it switched to another protocol, unasked")
            self.headers = None  # type: ignore[assignment]  # so that it begins again
            super().begin()
        assert_header_parsing(self.headers)

    def fields(self) -> dict[str, str]:
        """Header fields, names in lower case; repeated ones joined (RFC 9110 section 5.3)."""
        fields: dict[str, str] = {}
        for key, value in self.headers.items():
            name = key.lower()
            fields[name] = f"{fields[name]}, {value}" if name in fields else value
        return fields

    def parts(self, fields: dict[str, str]) -> Iterator[bytes]:
        """The body as it was sent, framed as its `fields` say (RFC 9112 section 6.3).

        Raises:
            Malformed: they say nonsense, or chunks do.
            ConnectionResetError: it was cut off.
        """
        if self.status in (204, 304):
            return
        if coding := fields.get("transfer-encoding"):
            if coding.strip().lower() != "chunked":
                raise Malformed(f"the transfer coding {coding[:40]!r} was not asked for")
            yield from self._chunks()
        elif (length := fields.get("content-length")) is not None:
            yield from self.reader.parts(number(length))
        else:
            self.will_close = True
            yield from self.reader.rest()

    def _chunks(self) -> Iterator[bytes]:
        while size := chunk_size(self.reader.readline(CHUNK)):
            yield from self.reader.parts(size)
            if self.reader.readline(3).strip(b"\r\n"):
                raise Malformed("a chunk is longer than it says")
        for _ in range(MOST_TRAILERS):
            if self.reader.readline(CHUNK) in (b"\r\n", b"\n"):
                return
        raise Malformed("it has too many trailer fields")


def chunk_size(line: bytes) -> int:
    """What the line before a chunk says; extensions are passed over (RFC 9112 section 7.1)."""
    size = re.fullmatch(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?\r?\n", line, re.DOTALL)
    if size is None:
        raise Malformed(f"{line[:20]!r} is no size of a chunk")
    return int(size[1], 16)


def number(length: str) -> int:
    """What Content-Length says; the same said twice is said once (RFC 9110 section 8.6)."""
    said = {part.strip() for part in length.split(",")}
    value = said.pop()
    if said or not re.fullmatch(r"[0-9]{1,18}", value):
        raise Malformed(f"its Content-Length is {length[:40]!r}")
    return int(value)
