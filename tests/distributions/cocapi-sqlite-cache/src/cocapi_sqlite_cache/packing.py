"""Responses as bytes for a file: a line of JSON and the body, compressed.

Never pickle: reading it runs whatever the one who wrote it wanted.
"""

from __future__ import annotations

import json
import zlib

from cocapi import Response

__all__ = ["pack", "unpack"]

FORMAT = 1
"""Changed with what is written; what was written in another format is not read."""


def pack(response: Response) -> bytes:
    """What `unpack` makes a response of again."""
    head = {"format": FORMAT, "status_code": response.status_code, "headers": dict(response.headers)}
    return zlib.compress(json.dumps(head).encode() + b"\n" + response.content)


def unpack(packed: bytes) -> Response | None:
    """The response; None when the bytes are damaged, as their checksum says, or of another format."""
    try:
        line, _, content = zlib.decompress(packed).partition(b"\n")
        head = json.loads(line)
        return Response(head["status_code"], head["headers"], content) if head["format"] == FORMAT else None
    except (zlib.error, ValueError, LookupError, TypeError):
        return None
