"""Responses as `http.client` reads them, made strict where it is lenient: half a response is none."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse
from typing import Any

__all__ = ["Answer", "Malformed"]

CHUNK = 1 << 18
MOST_TRAILERS = 100
MOST_HEAD = 256 * 1024
"""Bytes of status lines and header fields. nginx sends 8 KiB at most by itself."""

FIELD = re.compile(rb"([\w!#$%&'*+.^`|~-]+):[ \t]*((?:[^\x00\r\n]*[^\x00\r\n\t ])?)[ \t]*\r?\n", re.ASCII)
"""A line of a head (RFC 9112 section 5): name and value. One that is folded is obsolete, and refused."""


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
    """The final response; interim ones are read past (RFC 9110 section 15.2).

    Attributes:
        fields: Its header fields, once it has begun.
    """

    fields: dict[str, str]

    fp: Any = None  # until it is made: an interrupt may come first, and closing looks at it

    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = self.reader = Reader(sock.makefile("rb", buffering=0))

    def begin(self) -> None:
        """Read the head.

        Raises:
            Malformed: It is none.
            ConnectionResetError: The server hung up before its end.
        """
        self._left = MOST_HEAD
        version, self.status = self._status()
        while self.status < 200:
            if self.status == 101:
                raise Malformed("it switched to another protocol, unasked")
            self._fields()
            version, self.status = self._status()
        self.fields = self._fields()
        self.length = self._length()
        options = self.fields.get("connection", "").lower()
        self.will_close = "close" in options or (version == b"0" and "keep-alive" not in options)

    def _length(self) -> int | None:
        """Bytes of the body; None where chunks or the end of the connection tell."""
        if self.status in (204, 304):
            return 0
        length = self.fields.get("content-length")
        return None if length is None or "transfer-encoding" in self.fields else number(length)

    def _status(self) -> tuple[bytes, int]:
        line = self._line()
        parts = re.match(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?![0-9])", line)
        if parts is None:
            raise Malformed(f"{line[:40]!r} is no status line of HTTP/1.1")
        return parts[1], int(parts[2])

    def _fields(self) -> dict[str, str]:
        """Header fields, names in lower case; repeated ones joined (RFC 9110 section 5.3)."""
        fields: dict[str, str] = {}
        while (line := self._line()) not in (b"\r\n", b"\n"):
            field = FIELD.fullmatch(line)
            if field is None:
                raise Malformed("it has a line that is no header field")
            name, value = field[1].decode("ascii").lower(), field[2].decode("latin-1")
            fields[name] = f"{fields[name]}, {value}" if name in fields else value
        return fields

    def _line(self) -> bytes:
        line = self.reader.readline(self._left + 1)
        self._left -= len(line)
        if self._left < 0:
            raise Malformed(f"its head is longer than {MOST_HEAD} bytes")
        return line

    def parts(self) -> Iterator[bytes]:
        """The body as it was sent, framed as its fields say (RFC 9112 section 6.3).

        Raises:
            Malformed: They say nonsense, or chunks do.
            ConnectionResetError: It was cut off.
        """
        coding = self.fields.get("transfer-encoding")
        if self.length is not None:
            yield from self.reader.parts(self.length)
        elif coding is not None:
            if coding.strip().lower() != "chunked":
                raise Malformed(f"the transfer coding {coding[:40]!r} was not asked for")
            yield from self._chunks()
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
    values = {part.strip() for part in length.split(",")}
    value = values.pop()
    if values or not re.fullmatch(r"[0-9]{1,18}", value):
        raise Malformed(f"its Content-Length is {length[:40]!r}")
    return int(value)
