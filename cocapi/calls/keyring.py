"""The tokens of a client: told to the wire by their digest, and taken out of whatever others say.

Servers and proxies echo a token, libraries print it. It comes back as it was sent, and percent-encoded, as a
JSON escape, an HTML entity or in base64; by itself or behind ``Bearer``; whole or cut off.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, KeysView
from dataclasses import replace
from itertools import takewhile
from types import MappingProxyType

from cocapi.calls.messages import Response, View
from cocapi.calls.spellings import SHORTEST, spellings
from cocapi.errors import CocApiError
from cocapi.interrupts import chain, reraise
from cocapi.lazy import lazy

__all__ = ["HIDDEN", "Keyring", "key_id_of", "sendable_token"]

HIDDEN = "***"

MOST = 1000
"""Tokens that are known at once; the one that was given longest ago goes first. A plugin that signs a token
for every attempt may give thousands, each of which is good for minutes."""


class Keyring:
    """The tokens of one client by `key_id`: its own, and those that plugins gave; and secrets of other kinds.

    Every text, response and error of others comes through here before it is shown, and loses all of them.

    Args:
        own: The `key_id` of the client's own token; None: it was made without one.

    Raises:
        ValueError: The client's own token cannot be sent.
    """

    def __init__(self, own: str | None = None) -> None:
        self._tokens: dict[str, str] = {}
        self._fields: dict[str | None, View] = {}
        self._secrets: tuple[str, ...] = ()
        self._sought = Sought({})
        self.own: str | None = None if own is None else self.add(own)

    def __repr__(self) -> str:
        return f"<Keyring of {len(self._tokens)}>"

    def token(self, key_id: str | None) -> str | None:
        """The token of this digest, for None the client's own; None: there is none."""
        return self._tokens.get(key_id or self.own or "")

    def authorization(self, key_id: str | None) -> View | None:
        """The header field that carries the token of this digest, for None the client's own (RFC 6750 section
        2.1); None: there is none. It is the same object each time."""
        return self._fields.get(key_id) or self._write(key_id)

    def add(self, token: str) -> str:
        """Know a token from now on, and keep it out of everything that is shown; its `key_id`.

        Raises:
            ValueError: It cannot be sent.
        """
        token = sendable_token(token)
        key_id = key_id_of(token)
        if key_id not in self._sought.key_ids:
            self._tokens[key_id] = token
            if len(self._tokens) > MOST:
                self._tokens.pop(next(name for name in self._tokens if name != self.own))
                self._fields.clear()
            while self._sought.key_ids != self._tokens.keys():  # another thread may add one meanwhile
                self._sought = Sought(dict(self._tokens), self._secrets)
        return key_id

    def keep(self, secret: str) -> None:
        """Keep what is no token, such as a password, out of what is shown. In a success it is one where it is
        a whole text of the answer: a password may be part of an address, and was not sent there.

        Raises:
            ValueError: It is none that can be sent, so nobody echoes it.
        """
        self._secrets = (*self._secrets, sendable_token(secret))
        self._sought = Sought(dict(self._tokens), self._secrets)

    def _write(self, key_id: str | None) -> View | None:
        token = self.token(key_id)
        if token is None:
            return None
        return self._fields.setdefault(key_id, MappingProxyType({"Authorization": f"Bearer {token}"}))

    def has_token(self, text: str) -> bool:
        """Whether a token stands in `text` as it is sent; secrets of other kinds do not count."""
        return any(token in text for token in self._sought.tokens)

    def hide(self, text: str) -> str:
        """`text` with `HIDDEN` for each spelling of each token."""
        for pattern in self._sought.patterns:
            text = pattern.sub(HIDDEN, text)
        return text

    def hide_bytes(self, content: bytes) -> bytes:
        """`content` with `HIDDEN` for each spelling of each token; the very same object without one."""
        text = content.decode("latin-1")  # each byte is a character, and comes back as it was
        hidden = self.hide(text)
        return content if hidden == text else hidden.encode("latin-1")

    def out_of(self, response: Response) -> Response:
        """`response` without a token in its header fields and its body.

        A success is searched for the tokens as they are sent, in microseconds; what is none of success, for
        every spelling: that is what gets into errors and logs.
        """
        if 200 <= response.status_code < 300:
            plain = self._sought.plain
            if not plain:
                return response
            fields = "\n".join((*response.headers.values(), *response.headers))
            for text, data in plain:
                if text in fields or data in response.content:
                    break
            else:
                return response
        headers = {self.hide(name): self.hide(value) for name, value in response.headers.items()}
        content = self.hide_bytes(response.content)
        if content is response.content and headers == response.headers:
            return response
        return replace(response, headers=headers, content=content)

    def is_in(self, error: BaseException) -> bool:
        """Whether anything in `error`, its causes and its contexts shows a token."""
        patterns = self._sought.patterns
        if not patterns:
            return False
        texts = [text for link in chain(error) for text in texts_of(link)]
        return any(pattern.search(text) for pattern in patterns for text in texts)

    def out_of_error(self, error: CocApiError) -> CocApiError:
        """The very same error, without a token in it; a cause that shows one is cut off."""
        if self.is_in(error):
            error.message = self.hide(error.message)
            error.args = (error.message,)
            error.reason = error.reason and self.hide(error.reason)
            error.detail = error.detail and self.hide(error.detail)
            error.response = error.response and self.out_of(error.response)
            error.__notes__ = [self.hide(note) for note in getattr(error, "__notes__", ())]
            error.__cause__ = error.__context__ = None
        return error


class Sought:
    """How tokens are found; those that are too short to be told from other words are not looked for.

    Attributes:
        key_ids: Of which.
        tokens: Themselves.
        plain: Texts one of which stands wherever a token stands as it was sent, each as bytes too. The API's
            begin alike, as JSON Web Tokens do, and one text finds them all. A secret of another kind counts
            where it is a whole text of JSON.
    """

    def __init__(self, tokens: dict[str, str], secrets: tuple[str, ...] = ()) -> None:
        self.key_ids: KeysView[str] = tokens.keys()
        self._secrets = [secret for secret in secrets if len(secret) >= SHORTEST]
        self.tokens: list[str] = [token for token in tokens.values() if len(token) >= SHORTEST]
        common = common_beginning(self.tokens)
        texts = [common] if len(common) >= SHORTEST else self.tokens
        texts = [*texts, *(f'"{secret}"' for secret in self._secrets)]
        self.plain: tuple[tuple[str, bytes], ...] = tuple((text, text.encode()) for text in texts)

    @lazy
    def patterns(self) -> list[re.Pattern[str]]:
        """What finds them in every spelling; made when something has to be searched."""
        return spellings([*self.tokens, *self._secrets])


def common_beginning(texts: list[str]) -> str:
    """What all texts begin with."""
    if not texts:
        return ""
    first, last = min(texts), max(texts)
    return "".join(
        one for one, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    )


def key_id_of(token: str) -> str:
    """The digest by which a token is told from others, and that may be shown: 12 hexadecimal digits."""
    return hashlib.blake2b(token.strip().encode(), digest_size=6).hexdigest()


def sendable_token(token: str) -> str:
    """The token without white space around it.

    Raises:
        ValueError: It is empty, or has characters that no header may hold (RFC 9110 section 5.5).
    """
    if not isinstance(token, str) or not token.strip():
        raise ValueError("the token is empty: get one at https://developer.clashofclans.com")
    token = token.strip()
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError("the token has characters that cannot be sent; copy it again")
    return token


def texts_of(error: BaseException) -> Iterator[str]:
    """What an exception shows by itself: message, arguments, attributes, notes, the body of its response."""
    for show in (str, repr, lambda shown: repr(vars(shown))):
        try:
            yield show(error)
        except Exception as failure:
            reraise(failure)  # else it cannot be shown, and so shows nothing
    if isinstance(error, CocApiError) and error.response is not None:
        yield error.response.content.decode("latin-1")
