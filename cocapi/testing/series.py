"""Series of a store's verbs, by chance, and a model that says what each must answer."""

from __future__ import annotations

from collections import Counter, defaultdict
from math import inf
from typing import Any, TypeAlias

from hypothesis import strategies as st

from cocapi.store import Lease, LogEntry

__all__ = ["KEYS", "SERIES", "Model", "Step", "in_seconds"]

Step: TypeAlias = tuple[str, tuple[Any, ...]]
"""A verb and its arguments; for those that take a lease, which of the leases so far instead of the lease."""

KEYS = ("a", "ab", "a%", "b")
"""Few, so that verbs meet."""

LONGEST = 25
"""Verbs in one series; fewer than there are 32nds in a `tick`, so that no end falls on an instant."""


class Ticks(float):
    """A number of ticks."""


class PerTick(float):
    """How many in a tick."""


def in_seconds(argument: Any, tick: float) -> Any:
    """What an argument is where a tick is so long."""
    if isinstance(argument, Ticks):
        return argument * tick
    return argument / tick if isinstance(argument, PerTick) else argument


def series_of_verbs() -> st.SearchStrategy[list[Step]]:
    """Series about one kind of thing or about all. Times are whole ticks; time goes on by a 32nd more."""
    keys = st.sampled_from(KEYS)
    prefixes = st.sampled_from(["", "a", "a%", "c"])
    content = st.binary(max_size=3)
    ticks = st.integers(1, 3).map(Ticks)
    lifetimes = st.one_of(st.none(), st.just(0.0), ticks)
    number = st.integers(0, 4)
    passing = verb("pass_time", st.integers(0, 2).map(lambda number: Ticks(number + 1 / 32)))
    kinds = [
        verb("get", keys) | verb("put", keys, content, lifetimes) | verb("forget", prefixes) | passing,
        verb("claim", keys, ticks)
        | verb("extend", number, ticks)
        | verb("release", number)
        | verb("put_held", number, keys, content, lifetimes)
        | verb("get", keys)
        | passing,
        verb("get_or_claim", keys, ticks)
        | verb("put_and_release", number, keys, content, lifetimes)
        | verb("claim", keys, ticks)
        | passing,
        verb("admit", keys, st.just(PerTick(0.5)), st.just(2)) | passing,
        verb("append", keys, content)
        | verb("read", keys, number, st.integers(1, 4))
        | verb("trim", keys, number),
    ]
    return st.one_of(*(st.lists(kind, min_size=12, max_size=LONGEST) for kind in [*kinds, st.one_of(kinds)]))


def verb(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    """A verb with arguments of chance."""
    return st.tuples(st.just(name), st.tuples(*arguments))


SERIES = series_of_verbs()


class Model:
    """What a store answers, in the shortest words; `now` is moved by whoever uses it."""

    def __init__(self) -> None:
        self.now: float = 0.0
        self.values: dict[str, tuple[bytes, float]] = {}
        self.leases: dict[str, tuple[Lease, float]] = {}
        self.buckets: dict[str, tuple[float, float]] = {}  # how full, and when
        self.logs: defaultdict[str, list[LogEntry]] = defaultdict(list)
        self.trimmed: Counter[str] = Counter()

    def get(self, key: str) -> bytes | None:
        """See `cocapi.Store.get`."""
        content, until = self.values.get(key, (None, inf))
        return content if self.now < until else None

    def put(self, key: str, value: bytes, seconds: float | None) -> None:
        """See `cocapi.Store.put`."""
        self.values[key] = (value, inf if seconds is None else self.now + seconds)

    def forget(self, prefix: str) -> int:
        """See `cocapi.Store.forget`."""
        dropped = [self.values.pop(key) for key in list(self.values) if key.startswith(prefix)]
        return sum(self.now < until for _, until in dropped)

    def claim(self, key: str, seconds: float) -> Lease | None:
        """See `cocapi.Store.claim`."""
        if key in self.leases and self.now < self.leases[key][1]:
            return None
        lease = Lease(key, str(self.now))
        self.leases[key] = (lease, self.now + seconds)
        return lease

    def extend(self, lease: Lease, seconds: float) -> bool:
        """See `cocapi.Store.extend`."""
        if not self._holds(lease):
            return False
        self.leases[lease.key] = (lease, self.now + seconds)
        return True

    def release(self, lease: Lease) -> bool:
        """See `cocapi.Store.release`."""
        return self._holds(lease) and bool(self.leases.pop(lease.key))

    def put_held(self, lease: Lease, key: str, value: bytes, seconds: float | None) -> bool:
        """See `cocapi.Store.put_held`."""
        if not self._holds(lease):
            return False
        self.put(key, value, seconds)
        return True

    def get_or_claim(self, key: str, seconds: float) -> bytes | Lease | None:
        """See `cocapi.Store.get_or_claim`."""
        value = self.get(key)
        return self.claim(key, seconds) if value is None else value

    def put_and_release(self, lease: Lease, key: str, value: bytes, seconds: float | None) -> bool:
        """See `cocapi.Store.put_and_release`."""
        return self.put_held(lease, key, value, seconds) and self.release(lease)

    def _holds(self, lease: Lease) -> bool:
        held, until = self.leases.get(lease.key, (None, 0.0))
        return held is lease and self.now < until

    def admit(self, key: str, rate: float, burst: int) -> bool:
        """As a bucket that leaks: another way to say the same."""
        tokens, since = self.buckets.get(key, (float(burst), self.now))
        tokens = min(float(burst), tokens + (self.now - since) * rate)
        self.buckets[key] = (tokens - (tokens >= 1), self.now)
        return tokens >= 1

    def append(self, log: str, content: bytes) -> int:
        """See `cocapi.Store.append`."""
        position = self.trimmed[log] + len(self.logs[log]) + 1
        self.logs[log].append(LogEntry(position, content))
        return position

    def read(self, log: str, after: int, limit: int) -> tuple[LogEntry, ...]:
        """See `cocapi.Store.read`."""
        return tuple([entry for entry in self.logs[log] if entry.position > after][:limit])

    def trim(self, log: str, keep: int) -> int:
        """See `cocapi.Store.trim`."""
        dropped = max(len(self.logs[log]) - keep, 0)
        self.trimmed[log] += dropped
        self.logs[log] = self.logs[log][dropped:]
        return dropped
