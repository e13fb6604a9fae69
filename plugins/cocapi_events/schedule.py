"""Which thing is asked next.

A thing waits until its answer may be another. Then it is ready, and has a deadline, which lies as far behind
as it has slack. Of those that are ready the earliest deadline is asked first: a war near its end before a
quiet clan, and yet nobody waits for ever, since the deadlines of those who come later are later.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

from cocapi_events.records import Mark
from cocapi_events.sharing import Holding
from cocapi_events.things import Thing

__all__ = ["Schedule", "Watched"]


@dataclass(slots=True, eq=False)
class Watched:
    """A thing in the schedule.

    Attributes:
        holding: By which it is this watcher's.
        mark: How far its events have been delivered; None: the store has not been asked yet.
        marked_at: When the mark was written, in seconds since 1970.
        slack: Seconds that it may be asked later than it could.
        queued: The number of its last event that was queued.
        failure: Why it could not be asked the last time; empty: it could.
        due: From when on it may be asked, in seconds since 1970.
    """

    thing: Thing
    holding: Holding
    mark: Mark | None = None
    marked_at: float = 0.0
    slack: float = 0.0
    queued: int = 0
    failure: str = ""
    due: float = field(default=0.0)


class Schedule:
    """Things in the order in which they are asked."""

    def __init__(self) -> None:
        self._order = count()  # of two that are alike, the one that came first
        self._ready: list[tuple[float, int, Watched]] = []
        self._waiting: list[tuple[float, int, Watched]] = []

    def add(self, things: Iterable[Thing], holding: Holding) -> None:
        """Take in things that are held; all are due at once."""
        for thing in things:
            heapq.heappush(self._ready, (0.0, next(self._order), Watched(thing, holding)))

    def drop(self, holding: Holding) -> None:
        """Let go of what was held so."""
        for heap in (self._ready, self._waiting):
            heap[:] = [entry for entry in heap if entry[2].holding is not holding]
            heapq.heapify(heap)

    def __len__(self) -> int:
        return len(self._ready) + len(self._waiting)

    def put(self, watched: Watched, due: float) -> None:
        """Let a thing be asked from `due` on, in seconds since 1970."""
        watched.due = due
        heapq.heappush(self._waiting, (due, next(self._order), watched))

    def take(self, now: float, most: int) -> list[Watched]:
        """Those to ask now, most urgent first; they are out of the schedule until they are put back."""
        while self._waiting and self._waiting[0][0] <= now:
            due, order, watched = heapq.heappop(self._waiting)
            heapq.heappush(self._ready, (due + watched.slack, order, watched))
        return list(self._taken(most))

    def _taken(self, most: int) -> Iterator[Watched]:
        for _ in range(min(most, len(self._ready))):
            yield heapq.heappop(self._ready)[2]

    def next_due(self) -> float | None:
        """When something is due, in seconds since 1970; 0: now; None: nothing is waiting."""
        if self._ready:
            return 0.0
        return self._waiting[0][0] if self._waiting else None
