"""Values, leases, budgets and logs in dicts, under one lock.

A signal handler may raise between any two instructions of the main thread. So each change that others see is
one step in C (an item of a dict, an entry of a deque), and what only counts is counted again where it
matters.
"""

from __future__ import annotations

import functools
import os
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from itertools import islice
from math import inf
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar

from cocapi import Flow, Lease, LogEntry, Store
from cocapi.clocks import Ageing, elapsed

__all__ = ["MemoryStore"]

P = ParamSpec("P")
T = TypeVar("T")

OVERHEAD = 200
"""Bytes that a value takes beside its key and content, about."""

TOLERANCE = 1e-9
"""Seconds. Who asks again after the seconds that were told is admitted, though clocks are floats."""


class Value(NamedTuple):
    """One value, and the time on the clock of ages until which it is there."""

    content: bytes
    until: float


class Held(NamedTuple):
    """Who holds a lease, and until when."""

    holder: str
    until: float


class Entry(NamedTuple):
    """One entry of a log; None stands in a log that was emptied, for the position it had reached."""

    position: int
    content: bytes | None


def at_once(
    method: Callable[Concatenate[MemoryStore, P], T],
) -> Callable[Concatenate[MemoryStore, P], Flow[T]]:
    """A verb that never waits, as a flow: done, under the lock, when the flow is run."""

    @functools.wraps(method)
    def verb(self: MemoryStore, /, *args: P.args, **keywords: P.kwargs) -> Flow[T]:
        with self.lock:
            return method(self, *args, **keywords)
        yield  # never reached: it makes this a generator

    return verb


class MemoryStore(Store):
    """A `cocapi.Store` in the memory of this process. Made at no cost: nothing is allocated before its use.

    Args:
        max_bytes: How much the values may take; the least recently used go first.
        max_entries: How many entries a log keeps; the oldest go first.
        age: The clock that values age by; None: `cocapi.clocks.Ageing`, which follows a date that is moved.
        clock: The clock that bounds leases and budgets; it never goes back.
    """

    def __init__(
        self,
        max_bytes: int = 64 * 1024 * 1024,
        max_entries: int = 10_000,
        *,
        age: Callable[[], float] | None = None,
        clock: Callable[[], float] = elapsed,
    ) -> None:
        self.max_bytes = max_bytes
        self.max_entries = max_entries
        self.age = age or Ageing()
        self.clock = clock
        self.values: OrderedDict[str, Value] = OrderedDict()  # the least recently used first
        self.due: dict[str, float] = {}  # by budget, the theoretical arrival time
        self.logs: dict[str, deque[Entry]] = {}
        self.size = 0  # bytes of values; too much rather than too little, and counted again when it is full
        self.live = self.unswept = 0  # leases and budgets when all were looked over; those that came since
        self.renew()

    def renew(self) -> None:
        """Keep values, budgets and logs, with no lease held: for the child of a fork."""
        # Reentrant: the garbage collector may close a flow, whose end calls us, at any moment.
        self.lock = threading.RLock()
        self.leases: dict[str, Held] = {}

    @at_once
    def get(self, key: str) -> bytes | None:
        """See `cocapi.Store.get`."""
        value = self.values.get(key)
        if value is None:
            return None
        if self.age() >= value.until:
            del self.values[key]
            return None
        self.values.move_to_end(key)
        return value.content

    @at_once
    def put(self, key: str, value: bytes, seconds: float | None = None) -> None:
        """See `cocapi.Store.put`."""
        self._put(key, value, seconds)

    @at_once
    def put_held(self, lease: Lease, key: str, value: bytes, seconds: float | None = None) -> bool:
        """See `cocapi.Store.put_held`."""
        if not self._holds(lease):
            return False
        self._put(key, value, seconds)
        return True

    def _put(self, key: str, value: bytes, seconds: float | None) -> None:
        self.size += cost(key, value)
        self.values[key] = Value(bytes(value), inf if seconds is None else self.age() + seconds)
        self.values.move_to_end(key)
        if self.size > self.max_bytes:
            self._make_room()

    @at_once
    def forget(self, prefix: str) -> int:
        """See `cocapi.Store.forget`."""
        now = self.age()
        dropped = [(key, self.values.pop(key)) for key in list(self.values) if key.startswith(prefix)]
        return sum(now < value.until for _, value in dropped)

    @at_once
    def claim(self, key: str, seconds: float) -> Lease | None:
        """See `cocapi.Store.claim`."""
        now = self.clock()
        held = self.leases.get(key)
        if held is not None and now < held.until:
            return None
        self._sweep(now)
        lease = Lease(key, os.urandom(8).hex())
        self.leases[key] = Held(lease.holder, now + seconds)
        return lease

    @at_once
    def extend(self, lease: Lease, seconds: float) -> bool:
        """See `cocapi.Store.extend`."""
        if not self._holds(lease):
            return False
        self.leases[lease.key] = Held(lease.holder, self.clock() + seconds)
        return True

    @at_once
    def release(self, lease: Lease) -> bool:
        """See `cocapi.Store.release`."""
        if not self._holds(lease):
            return False
        del self.leases[lease.key]
        return True

    @at_once
    def admit(self, key: str, rate: float, burst: int) -> float:
        """See `cocapi.Store.admit`."""
        now = self.clock()
        interval = 1 / rate
        due = max(self.due.get(key, now), now)
        wait = due - (burst - 1) * interval - now
        if wait > TOLERANCE:
            return wait
        self._sweep(now)
        self.due[key] = due + interval
        return 0.0

    @at_once
    def append(self, log: str, content: bytes) -> int:
        """See `cocapi.Store.append`."""
        entries = self.logs.get(log)
        if entries is None:
            entries = self.logs[log] = deque(maxlen=self.max_entries)
        entry = Entry(entries[-1].position + 1 if entries else 1, bytes(content))
        entries.append(entry)
        return entry.position

    @at_once
    def read(self, log: str, after: int = 0, limit: int = 100) -> tuple[LogEntry, ...]:
        """See `cocapi.Store.read`."""
        entries = self.logs.get(log, ())
        behind = (
            LogEntry(position, content)
            for position, content in entries
            if position > after and content is not None
        )
        return tuple(islice(behind, limit))

    @at_once
    def trim(self, log: str, keep: int) -> int:
        """See `cocapi.Store.trim`."""
        entries = [entry for entry in self.logs.get(log, ()) if entry.content is not None]
        if len(entries) <= keep:
            return 0
        kept = entries[len(entries) - keep :] or [Entry(entries[-1].position, None)]
        self.logs[log] = deque(kept, self.max_entries)
        return len(entries) - keep

    @at_once
    def close(self) -> None:
        """See `cocapi.Store.close`. What was put goes with the client."""

    def _holds(self, lease: Lease) -> bool:
        held = self.leases.get(lease.key)
        return held is not None and held.holder == lease.holder and self.clock() < held.until

    def _sweep(self, now: float) -> None:
        """Let go of leases that are over and budgets that are whole, once as many came as there were."""
        self.unswept += 1
        if self.unswept > self.live + 64:
            for key in [key for key, held in self.leases.items() if held.until <= now]:
                del self.leases[key]
            for key in [key for key, due in self.due.items() if due <= now]:
                del self.due[key]
            self.live, self.unswept = len(self.leases) + len(self.due), 0

    def _make_room(self) -> None:
        """Count what the values take, and drop what is past its time, then the least recently used."""
        now = self.age()
        for key in [key for key, value in self.values.items() if now >= value.until]:
            del self.values[key]
        size = sum(cost(key, value.content) for key, value in self.values.items())
        while size > self.max_bytes * 7 / 8 and self.values:  # so that the next put need not count again
            key, value = self.values.popitem(last=False)
            size -= cost(key, value.content)
        self.size = size


def cost(key: str, content: bytes) -> int:
    """The bytes that a value takes, about."""
    return len(key) + len(content) + OVERHEAD
