"""The body of a response: decoded while it arrives, and never more of it than is allowed."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from cocapi.errors import ResponseTooLarge

__all__ = ["Body", "too_large"]

GZIP = 16 + zlib.MAX_WBITS
"""Tells zlib to expect gzip's header and trailer."""


class Body:
    """Takes the body chunk by chunk and decodes it where it is gzipped (RFC 9110 section 8.4.1.3).

    Any other content coding was not asked for; such a body is kept as it came.

    headers:
        The response's fields, names in lower case.
    limit:
        Bytes, after decoding.

    Raises:
        ResponseTooLarge: from the constructor when Content-Length already says so, else from `add`.
        zlib.error: from `add`, for what is no gzip; from `content`, for gzip that is cut off.
    """

    def __init__(self, headers: Mapping[str, str], limit: int) -> None:
        self._limit = self._left = limit
        self._chunks: list[bytes] = []
        coded = headers.get("content-encoding", "").strip().lower() in ("gzip", "x-gzip")
        self._decoder = zlib.decompressobj(GZIP) if coded else None
        self._whole = True
        length = headers.get("content-length", "")
        if not coded and length.isdecimal() and int(length) > limit:
            raise too_large(limit)

    def add(self, chunk: bytes) -> None:
        """Take the next bytes from the connection."""
        if self._decoder is None:
            self._keep(chunk)
        else:
            self._decode(chunk)

    def content(self) -> bytes:
        """The whole body, decoded."""
        if not self._whole:
            raise zlib.error("the gzipped body is cut off")
        return b"".join(self._chunks)

    def _keep(self, chunk: bytes) -> None:
        self._left -= len(chunk)
        if self._left < 0:
            raise too_large(self._limit)
        self._chunks.append(chunk)

    def _decode(self, chunk: bytes) -> None:
        """Decode one chunk, which may end one gzip member and begin the next (RFC 1952 section 2.2)."""
        while chunk and self._decoder is not None:
            if self._decoder.eof:
                self._decoder = zlib.decompressobj(GZIP)
            self._keep(self._decoder.decompress(chunk, self._left + 1))
            self._whole = self._decoder.eof
            chunk = self._decoder.unused_data


def too_large(limit: int) -> ResponseTooLarge:
    """The error of a response with more bytes than `limit`."""
    return ResponseTooLarge(f"Response too large - more than max_response_bytes={limit}")
