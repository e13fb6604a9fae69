"""Where the answers of all processes are: a store, and what this process does there.

Answers and leases have the same names. A miss is two steps: the answer, or else the lease to ask the API
for it; then the answer in exchange for the lease.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from cocapi import Flow, Lease, Response, Store, StoreUnavailable, sleep
from cocapi_cache.flight import Lead
from cocapi_cache.invalidations import INTERVAL, Invalidations
from cocapi_cache.key import Key
from cocapi_cache.leases import LEASE, Leases
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
        invalidations: What this process knows of those.
    """

    def __init__(self, store: Store, scope: str, invalidations: Invalidations) -> None:
        self.store = store
        self.prefix = f"cache:1:{scope}:"
        self.invalidations = invalidations
        self.invalidations.name = f"{self.prefix}invalidations"
        self.leases = Leases()

    def renew(self) -> None:
        """In the child of a fork: the leases are the parent's."""
        self.leases = Leases()

    # Answers

    def get_or_claim(self, lead: Lead, fresh: Callable[[StoredAnswer], bool]) -> Flow[StoredAnswer | None]:
        """What is stored, or else the lease, which the lead then has.

        Args:
            lead: Of the call that needs the answer.
            fresh: Whether an answer will do.

        Returns:
            An answer, also one that will not do; None: there is none that can be used at all. The lead has
            the lease only where there is none that will do; where it has not got it, another process asks.
        """
        name = self.name(lead.flight.key)
        value = yield from self.store.get_or_claim(name, LEASE)
        if value is None:
            return None
        if isinstance(value, Lease):
            self.leases.hold(value, lead)
            return None
        answer = yield from self._usable(value, lead.flight.key)
        if answer is not None and fresh(answer):
            return answer
        lease = yield from self.store.claim(name, LEASE)
        if lease is None:
            return answer
        self.leases.hold(lease, lead)
        newer = yield from self.store.get(name)  # whoever held it may have put it before it was claimed
        if newer is not None and newer != value:
            answer = yield from self._usable(newer, lead.flight.key)
            if answer is not None and fresh(answer):
                yield from self.release(lead)
        return answer

    def put(self, lead: Lead, answer: StoredAnswer, seconds: float) -> Flow[None]:
        """Store an answer for so many seconds, and give the lease back. It is not stored where the lease was
        lost: whoever has it by now asks later than this call did."""
        name, content = self.name(lead.flight.key), bytes_of(answer)
        if lead.lease is None:
            yield from self.store.put(name, content, seconds)
        else:
            yield from self.store.put_and_release(lead.lease, name, content, seconds)
            self.leases.drop(lead)

    def tell_end(self, lead: Lead, end: bytes | Response) -> Flow[None]:
        """Tell those who wait how the request ended: `STALE`, `UNSHARED`, or a refusal that is theirs; and
        give the lease back."""
        if isinstance(end, Response):
            end = bytes_of(StoredAnswer(end, 0, 0, None))
        if lead.lease is not None:
            yield from self.store.put_and_release(lead.lease, f"{self.name(lead.flight.key)}:end", end, ENDED)
            self.leases.drop(lead)

    def end(self, key: Key) -> Flow[bytes | Response | None]:
        """How the last request ended; None where nobody told, or that is long ago."""
        end = yield from self.store.get(f"{self.name(key)}:end")
        if end is None or end in (STALE, UNSHARED):
            return end
        refusal = read_answer(end)
        return None if refusal is None else refusal.response

    def release(self, lead: Lead) -> Flow[None]:
        """Let another process ask, if this one keeps it from that."""
        if lead.lease is not None:
            yield from self.store.release(lead.lease)
            self.leases.drop(lead)

    def name(self, key: Key) -> str:
        """Of the answer, and of the lease to ask for it."""
        return self.prefix + key.digest

    def _usable(self, value: bytes, key: Key) -> Flow[StoredAnswer | None]:
        """The answer in a value, if it can be read and nothing invalidated it since."""
        answer = read_answer(value)
        if answer is None or not (yield from self.invalidations.allow(self.store, answer.mark, key)):
            return None
        return answer

    # Beside the calls

    def keep_up(self) -> Flow[None]:
        """Tell the others what was invalidated here, learn what was there, and hold the leases of the calls
        that are under way; without end."""
        while True:
            yield from sleep(INTERVAL)
            with suppress(StoreUnavailable):
                yield from self._settle()
                yield from self.invalidations.read(self.store)

    def catch_up(self) -> Flow[None]:
        """Learn what was invalidated; the store may be away."""
        with suppress(StoreUnavailable):
            yield from self.invalidations.read(self.store)

    def settle(self) -> Flow[None]:
        """Tell the others what they do not know yet; the store may be away."""
        with suppress(StoreUnavailable):
            yield from self._settle()

    def _settle(self) -> Flow[None]:
        yield from self.invalidations.tell(self.store)
        yield from self.leases.tend(self.store)
