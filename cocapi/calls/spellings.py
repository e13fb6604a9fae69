"""How a token may be written where others quote it, as patterns."""

from __future__ import annotations

import base64
import functools
import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

__all__ = ["SHORTEST", "spellings"]

SHORTEST = 8
"""Characters. What is shorter is no token of Supercell's, and may be part of any word."""

HEAD = 24
"""Characters by which an encoded or cut off token is known; the rest of the word is hidden with it."""

TAIL = r"(?:[0-9A-Za-z._~+/=%&#;-]|\\+(?:u00|x)[0-9A-Fa-f]{2})*"
"""What a token consists of, however it is written; not the backslash of a quote behind it in JSON."""


PLAIN = re.compile(r"[0-9A-Za-z._~+/=-]*")
"""A token that is written in one way wherever nobody means to hide it, as those of the API are."""


def spellings(tokens: Iterable[str]) -> list[re.Pattern[str]]:
    """Patterns that find `tokens` in every spelling, whole or cut off. Tokens that begin alike, as those of
    the API do, are found by the same."""
    wholes = [whole(token) for token in sorted(tokens, key=len, reverse=True) if not PLAIN.fullmatch(token)]
    return [*wholes, *map(beginning, {token[:HEAD]: None for token in tokens})]


def whole(token: str) -> re.Pattern[str]:
    """A pattern for the whole of a token that has characters beyond `TAIL`, where `beginning` would stop."""
    ways = {token, quote(token, safe=""), html.escape(token), json.dumps(token)[1:-1]}
    words = map(re.escape, sorted(ways, key=len, reverse=True))
    return re.compile(f"(?:{'|'.join(words)}){TAIL}", re.IGNORECASE)


@functools.lru_cache(1000)
def beginning(head: str) -> re.Pattern[str]:
    """A pattern for all that begins with `head`, however it is written."""
    words = ("".join(map(spelt, head)), *base64_heads(head.encode()))
    return re.compile(f"(?:{'|'.join(words)}){TAIL}", re.IGNORECASE)


def spelt(char: str) -> str:
    """A pattern for one ASCII character: itself, in a URL, a string of JSON or Python, an HTML entity."""
    code = ord(char)
    ways = (
        rf"\\*{re.escape(char)}",
        f"%(?:25)*{code:02x}",
        rf"\\+(?:u00|x){code:02x}",
        rf"&\#(?:0*{code}|x0*{code:x});",
    )
    return f"(?:{'|'.join(ways)})"


def base64_heads(head: bytes) -> Iterator[str]:
    """Patterns for the base64 of something that has `head` in it, at each of the three places that a byte
    may have in a group."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + head).decode()
        first = (0, 2, 3)[before]  # characters that hang together with what stands before
        last = (before + len(head)) * 8 // 6
        sure = encoded[first:last]
        yield "".join({"+": r"[+-]|%2b", "/": r"[/_]|%2f"}.get(c, c).join(("(?:", ")")) for c in sure)
