"""Where the answers of all processes are: names and values in a store."""

from __future__ import annotations

from cocapi import Flow, Response, Store
from cocapi_cache.key import Key
from cocapi_cache.stored import StoredAnswer, bytes_of, read_answer

__all__ = ["STALE", "UNSHARED", "Backing"]

ENDED = 1.0
"""Seconds for which those who wait may learn how a request ended that brought nothing to be kept."""

STALE = b"stale"
"""How a request ended whose caller had to do with an answer past its time."""

UNSHARED = b"unshared"
"""How a request ended whose answer may not be kept."""


class Backing:
    """The answers of one scope in a store.

    Args:
        store: Of the client.
        scope: Whose answers these are; nobody else's have the same names.
    """

    def __init__(self, store: Store, scope: str) -> None:
        self.store = store
        self.prefix = f"cache:1:{scope}:"
        self.log = f"{self.prefix}invalidations"

    def name(self, key: Key) -> str:
        """Of the answer, and of the lease to ask for it."""
        return self.prefix + key.digest

    def get(self, key: Key) -> Flow[StoredAnswer | None]:
        """What is stored, if it can be read."""
        content = yield from self.store.get(self.name(key))
        return None if content is None else read_answer(content)

    def put(self, key: Key, answer: StoredAnswer, seconds: float) -> Flow[None]:
        """Store an answer for so many seconds."""
        yield from self.store.put(self.name(key), bytes_of(answer), seconds)

    def tell_end(self, key: Key, end: bytes | Response) -> Flow[None]:
        """Tell those who wait how the request ended: `STALE`, `UNSHARED`, or a refusal that is theirs."""
        if isinstance(end, Response):
            end = bytes_of(StoredAnswer(end, 0, 0, None))
        yield from self.store.put(f"{self.name(key)}:end", end, ENDED)

    def end(self, key: Key) -> Flow[bytes | Response | None]:
        """How the last request ended; None where nobody told, or that is long ago."""
        end = yield from self.store.get(f"{self.name(key)}:end")
        if end is None or end in (STALE, UNSHARED):
            return end
        refusal = read_answer(end)
        return None if refusal is None else refusal.response
