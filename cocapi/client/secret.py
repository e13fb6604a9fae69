"""The token, found in whatever others say: servers and proxies echo it, libraries print it.

It comes back as it was sent, and percent-encoded, as a JSON escape, an HTML entity or in base64; by itself or
behind ``Bearer``; whole or cut off.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from urllib.parse import quote

from cocapi.calls.messages import Response
from cocapi.errors import CocApiError
from cocapi.interrupts import chain, reraise

__all__ = ["HIDDEN", "Secret"]

HIDDEN = "***"

SHORTEST = 8
"""Characters. What is shorter is no token of Supercell's, and may be part of any word."""

HEAD = 24
"""Characters by which an encoded or cut off token is known; the rest of the word is hidden with it."""

TAIL = r"(?:[0-9A-Za-z._~+/=%&#;-]|\\+(?:u00|x)[0-9A-Fa-f]{2})*"
"""What a token consists of, however it is written; not the backslash of a quote behind it in JSON."""


class Secret:
    """A token, and its spellings.

    text:
        The token. One that is shorter than `SHORTEST` is not looked for.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._bytes = text.encode()

    def __repr__(self) -> str:
        return "<Secret>"

    def hide(self, text: str) -> str:
        """`text` with `HIDDEN` for each spelling of the token."""
        return self._spellings.sub(HIDDEN, text) if len(self.text) >= SHORTEST else text

    def hide_bytes(self, content: bytes) -> bytes:
        """`content` with `HIDDEN` for each spelling of the token; the very same object when there is none."""
        hidden = self.hide(content.decode("latin-1"))  # each byte is a character, and comes back as it was
        return content if hidden == content.decode("latin-1") else hidden.encode("latin-1")

    def out_of(self, response: Response) -> Response:
        """`response` without the token in its header fields and its body.

        A success is searched for the token as it is sent, in microseconds; what is none of success, for
        every spelling: that is what gets into errors and logs.
        """
        if len(self.text) < SHORTEST:
            return response
        if 200 <= response.status_code < 300:
            said = self.text in "\n".join((*response.headers.values(), *response.headers))
            if not said and self._bytes not in response.content:
                return response
        headers = {self.hide(name): self.hide(value) for name, value in response.headers.items()}
        content = self.hide_bytes(response.content)
        if content is response.content and headers == response.headers:
            return response
        return replace(response, headers=headers, content=content)

    def is_in(self, error: BaseException) -> bool:
        """Whether anything in `error`, its causes and its contexts shows the token."""
        return any(self.hide(text) != text for link in chain(error) for text in texts_of(link))

    def out_of_error(self, error: CocApiError) -> CocApiError:
        """The very same error, without the token in it; a cause that shows it is cut off."""
        if self.is_in(error):
            error.message = self.hide(error.message)
            error.args = (error.message,)
            error.reason = error.reason and self.hide(error.reason)
            error.response = error.response and self.out_of(error.response)
            error.__notes__ = [self.hide(note) for note in getattr(error, "__notes__", ())]
            error.__cause__ = error.__context__ = None
        return error

    @cached_property
    def _spellings(self) -> re.Pattern[str]:
        whole = {
            self.text,
            quote(self.text, safe=""),
            html.escape(self.text),
            json.dumps(self.text)[1:-1],
        }
        heads = ["".join(spelt(char) for char in self.text[:HEAD]), *base64_heads(self._bytes[:HEAD])]
        words = [*map(re.escape, sorted(whole, key=len, reverse=True)), *heads]
        return re.compile("|".join(f"(?:{word}){TAIL}" for word in words), re.IGNORECASE)


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


def texts_of(error: BaseException) -> Iterator[str]:
    """What an exception shows by itself: message, arguments, attributes, notes, the body of its response."""
    for show in (str, repr, lambda shown: repr(vars(shown))):
        try:
            yield show(error)
        except Exception as failure:
            reraise(failure)  # else it cannot be shown, and so shows nothing
    if isinstance(error, CocApiError) and error.response is not None:
        yield error.response.content.decode("latin-1")
