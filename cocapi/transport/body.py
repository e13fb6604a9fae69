"""The body of a response: decoded while it arrives, and never more of it than is allowed."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from cocapi.errors import ResponseTooLarge

__all__ = ["Body", "MalformedBody", "too_large"]

GZIP = 16 + zlib.MAX_WBITS
"""Tells zlib to expect gzip's header and trailer."""


class MalformedBody(Exception):
    """The body is not what its header fields say."""


class Body:
    """Takes the body chunk by chunk and decodes it where it is gzipped (RFC 9110 section 8.4.1.3).

    No other content coding is asked for, so none is known.

    Args:
        headers: The response's fields, names in lower case.
        limit: Bytes, after decoding.

    Raises:
        ResponseTooLarge: From the constructor when Content-Length already says so, else from `add`.
        MalformedBody: From the constructor for another coding; from `add`, for what is no gzip; from
            `content`, for gzip that is cut off.
    """

    def __init__(self, headers: Mapping[str, str], limit: int) -> None:
        self._limit = self._left = limit
        self._chunks: list[bytes | memoryview] = []
        self._decoder = zlib.decompressobj(GZIP) if gzipped(headers) else None
        self._whole = True
        length = headers.get("content-length", "")
        if self._decoder is None and length.isdecimal() and int(length[:20]) > limit:
            raise too_large(limit)

    def add(self, chunk: bytes | memoryview) -> None:
        """Take the next bytes from the connection."""
        if self._decoder is None:
            self._keep(chunk)
            return
        try:
            self._decode(chunk)
        except zlib.error as error:
            raise MalformedBody("the body is said to be gzip and is none") from error

    def content(self) -> bytes:
        """The whole body, decoded."""
        if not self._whole:
            raise MalformedBody("the gzipped body is cut off")
        return b"".join(self._chunks)

    def _keep(self, chunk: bytes | memoryview) -> None:
        self._left -= len(chunk)
        if self._left < 0:
            raise too_large(self._limit)
        self._chunks.append(chunk)

    def _decode(self, chunk: bytes | memoryview) -> None:
        """Decode one chunk, which may end one gzip member and begin the next (RFC 1952 section 2.2)."""
        while chunk and self._decoder is not None:
            if self._decoder.eof:
                self._decoder = zlib.decompressobj(GZIP)
            self._keep(self._decoder.decompress(chunk, self._left + 1))
            self._whole = self._decoder.eof
            chunk = self._decoder.unused_data


def gzipped(headers: Mapping[str, str]) -> bool:
    """Whether the body is gzip; x-gzip is the same, and codings have no case (RFC 9110 section 8.4.1).

    Raises:
        MalformedBody: It is in another coding, or in two.
    """
    if "content-encoding" not in headers:
        return False
    names = [name.strip().lower() for name in headers["content-encoding"].split(",")]
    codings = [name for name in names if name not in ("", "identity")]
    if codings and codings not in (["gzip"], ["x-gzip"]):
        raise MalformedBody(f"the content coding {', '.join(codings)[:40]!r} was not asked for")
    return bool(codings)


def too_large(limit: int) -> ResponseTooLarge:
    """The error of a response with more bytes than `limit`."""
    return ResponseTooLarge(f"Response too large - more than max_response_bytes={limit}")
