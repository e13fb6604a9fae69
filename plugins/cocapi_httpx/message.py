"""A request as it is written to a connection (RFC 9112 sections 3 and 5)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import h11

__all__ = ["Fields", "Message"]

START = re.compile(rb"[A-Z]+ [\x21-\x7e]+")
FIELD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")

FRAMING = {b"connection", b"content-length", b"expect", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
"""Fields of a request that say how it or its response is framed, or what becomes of the connection."""


class Fields:
    """The header fields of a request. The token is among them, so its repr shows none.

    Attributes:
        pairs: Names in lower case, and values.
        block: The same as they are written; None where only h11 may write them, which knows what those mean
            that frame a message, and refuses what cannot be sent.
    """

    def __init__(self, pairs: list[tuple[bytes, bytes]]) -> None:
        self.pairs = pairs
        lines = [b"%b: %b" % pair for pair in pairs]
        plain = all(map(FIELD.fullmatch, lines)) and not any(name in FRAMING for name, _ in pairs)
        self.block: bytes | None = b"\r\n".join([*lines, b"", b""]) if plain else None


@dataclass(frozen=True, slots=True)
class Message:
    """A request.

    Attributes:
        target: What stands behind the method: a path with its query; through a proxy, a whole address.
    """

    method: bytes
    target: bytes
    fields: Fields
    body: bytes = b""

    def plain(self) -> bytes | None:
        """How a GET without a body is written; None for any other request, which h11 writes."""
        start = b"%b %b" % (self.method, self.target)
        if self.method != b"GET" or self.body or self.fields.block is None or not START.fullmatch(start):
            return None
        return b"%b HTTP/1.1\r\n%b" % (start, self.fields.block)

    def events(self) -> list[h11.Event]:
        """The same for h11."""
        request = h11.Request(method=self.method, target=self.target, headers=self.fields.pairs)
        return [request, *([h11.Data(self.body)] if self.body else []), h11.EndOfMessage()]
