"""The protocol that a store keeps: where plugins put what must outlast a call, a client or the process.

A store has four kinds of things, each in a name space of its own: *values* (bytes with a time to live),
*leases* (one holder at a time), *budgets* (so many in so much time) and *logs* (entries in order). Every
verb answers with a flow, so one plugin serves synchronous and asynchronous code alike:

    value = yield from client.store.get("keys:all")

Nothing happens before the flow is run. A flow that never has to wait yields nothing.

**Keys** are texts that UTF-8 can encode, of at least one character, told apart exactly: by case, and without
any normalisation. Begin yours with your plugin's name and a colon. **Seconds** are counted by the store's own
clock, one for all who share it. **Atomic** means here: whoever else uses the store at that moment, in another
thread, process or host, sees all of it or nothing. A cancelled verb may or may not have been done.

A store is offered by a plugin's `cocapi_store` and made by `ApiConfig.store`. What plugins hold is
``client.store``: it checks what goes in and comes out, bounds each verb by `ApiConfig.store_timeout`, and
raises `cocapi.StoreUnavailable` where the store fails or does not answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeGuard, runtime_checkable

from cocapi.calls.effects import Flow

__all__ = ["Lease", "LogEntry", "Store", "is_store", "verb_of"]

VERBS = (
    *("get", "put", "forget", "claim", "extend", "release", "put_held", "admit", "append", "read", "trim"),
    "close",
)
"""What a store must have itself."""


@dataclass(frozen=True, slots=True)
class Lease:
    """What the holder of a lease shows to extend or release it.

    Args:
        key: What is leased.
        holder: Names this claim and no other, so that one whose time ran out is told from the next.
    """

    key: str
    holder: str


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of a log.

    Args:
        position: 1 for the first entry ever appended to the log, and one more for each further one, whatever
            was trimmed. So a reader that misses a number knows that entries were trimmed before it came.
        content: What was appended.
    """

    position: int
    content: bytes


@runtime_checkable
class Store(Protocol):
    """Used by many threads and tasks, of several event loops, at once. `cocapi.testing.stores` checks that
    yours keeps what is promised here.

    The last two verbs do in one step what others do in several, and are made of these below. A store that can
    ask for it in one trip has them itself; one that cannot derives from this class, or just leaves them out:
    ``client.store`` has them in any case.
    """

    def get(self, key: str) -> Flow[bytes | None]:
        """The value of `key`, byte for byte as it was put; None: it has none, or its time is over."""
        ...

    def put(self, key: str, value: bytes, seconds: float | None = None) -> Flow[None]:
        """Give `key` a value, in place of the one it had. Atomic.

        Args:
            key: As above.
            value: Any bytes, none among them (``b""`` is a value).
            seconds: How long it is kept: it is there until so many have passed, and not any more when they
                have. 0: not at all. None: until it is forgotten. A store that is full may drop values
                sooner.
        """
        ...

    def forget(self, prefix: str) -> Flow[int]:
        """Drop the values whose keys begin with `prefix`; returns how many there were. Atomic for each.

        Args:
            prefix: Compared character by character, so ``%``, ``_``, ``*`` and the like mean themselves;
                the key itself is among those that begin with it. ``""``: all values. Leases, budgets and
                logs stay.
        """
        ...

    def claim(self, key: str, seconds: float) -> Flow[Lease | None]:
        """Hold a lease alone, for so many seconds from now. Atomic: of those who claim at once, one gets it.

        Returns:
            The lease; None while another claim holds it, also one of yours.
        """
        ...

    def extend(self, lease: Lease, seconds: float) -> Flow[bool]:
        """Hold a lease until so many seconds from now, instead of until its former end. Atomic.

        Returns:
            False: it is not held any more, since its time was over or it was released, whether or not another
            holds it now; then nothing changes.
        """
        ...

    def release(self, lease: Lease) -> Flow[bool]:
        """Give a lease back, so that the next claim gets it. Atomic.

        Returns:
            False: it was not held any more, as in `extend`; then nothing changes.
        """
        ...

    def put_held(self, lease: Lease, key: str, value: bytes, seconds: float | None = None) -> Flow[bool]:
        """Give `key` a value as `put` does, if a lease is held. Atomic: who has lost it, and does not know,
        cannot write over what the next holder has written (a fenced write).

        Args:
            lease: What must be held; its key need have nothing to do with `key`.
            key: As in `put`.
            value: As in `put`.
            seconds: As in `put`.

        Returns:
            False: it is not held any more, as in `extend`; then nothing changes.
        """
        ...

    def admit(self, key: str, rate: float, burst: int) -> Flow[float]:
        """Spend one of a budget, if there is one left: in any t seconds, whoever asks, at most
        ``burst + rate * t`` are admitted (the generic cell rate algorithm, ITU-T I.371). Atomic.

        Args:
            key: Names the budget. All who spend of it should name the same `rate` and `burst`.
            rate: How many come back in a second; above 0.
            burst: How many may be spent at once after a pause; 1 or more.

        Returns:
            0.0: admitted, and spent. Else the seconds after which one would be admitted if nobody else came
            first; nothing is spent and no place is kept.
        """
        ...

    def append(self, log: str, content: bytes) -> Flow[int]:
        """Add an entry to the end of a log; returns its position (see `LogEntry`). Atomic."""
        ...

    def read(self, log: str, after: int = 0, limit: int = 100) -> Flow[tuple[LogEntry, ...]]:
        """The entries behind a position, in order.

        Args:
            log: The key of the log; one that nobody appended to is empty.
            after: The last position that is known; 0: none, so from the beginning.
            limit: How many at most; 1 or more.
        """
        ...

    def trim(self, log: str, keep: int) -> Flow[int]:
        """Drop all entries of a log but the newest `keep` (0: all); returns how many were dropped. Atomic.
        Positions go on where they were."""
        ...

    def get_or_claim(self, key: str, seconds: float) -> Flow[bytes | Lease | None]:
        """The value of `key`, or else the lease to make it: as `get`, and as `claim` where there is none. So
        of those who need the same at once, one makes it, and the others ask again.

        Args:
            key: Of the value, and of the lease.
            seconds: How long the lease is held.

        Returns:
            The value; a lease, if at a moment when it was held there was no value; None: there was no value,
            and another holds the lease.
        """
        value = yield from self.get(key)
        if value is not None:
            return value
        lease = yield from self.claim(key, seconds)
        if lease is None:
            return None
        value = yield from self.get(key)  # whoever held the lease may have put it just before it was released
        if value is None:
            return lease
        yield from self.release(lease)
        return value

    def put_and_release(
        self, lease: Lease, key: str, value: bytes, seconds: float | None = None
    ) -> Flow[bool]:
        """As `put_held`, then `release`: hand over what a lease was held for.

        Args:
            lease: What must be held, and is given back.
            key: As in `put`.
            value: As in `put`.
            seconds: As in `put`.

        Returns:
            False: it was not held any more; then nothing changes.
        """
        held = yield from self.put_held(lease, key, value, seconds)
        if held:
            yield from self.release(lease)
        return held

    def close(self) -> Flow[None]:
        """Give back connections and files. Calling it again does nothing. What was put stays, where the
        store outlasts the process."""
        ...


def is_store(offered: object) -> TypeGuard[Store]:
    """Whether an object has the verbs that every store must have itself."""
    return all(callable(getattr(offered, verb, None)) for verb in VERBS)


def verb_of(store: Store, name: str) -> Callable[..., Flow[Any]]:
    """A verb of a store; one that it leaves out is made of its others, as `Store` does it."""
    verb: Callable[..., Flow[Any]] | None = getattr(store, name, None)
    return partial(getattr(Store, name), store) if verb is None else verb
