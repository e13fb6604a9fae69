"""A line of this process in front of a budget that all processes share.

Whoever is first in line asks the store for one place, and again after the seconds that it was told; all
others wait to be first. So a thousand who wait ask no more often than one; and a process that dies leaves
nothing behind, for the store keeps no place for anybody.

    joins ── waits ── first ── asks ─┬─ 0.0 ─────▶ passes, and wakes the next
                        ▲            ├─ 0.2 ─────▶ sleeps so long, and asks again
                        └────────────┘  no store ▶ passes by this process's share of the limit

While there is room nobody waits for more than the answer of the store; then the first few ask at once, each
for itself.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from itertools import islice
from math import inf
from typing import Any

from cocapi import Flow, Store, StoreUnavailable, sleep
from cocapi.wakers import Waker
from cocapi_ratelimit.limit import wait_in_line
from cocapi_ratelimit.line import LATE, Line, too_long

__all__ = ["Place", "Queue"]

LOOK = 0.1
"""Seconds after which one who waits looks whether it is first, though nobody has woken it."""

PACE = 0.002
"""Seconds by which each further one in line looks more rarely, so that crowds do not do it often."""

ABREAST = 16
"""How many ask at once while there is room; as many as a client has connections to Redis."""

LONGEST_REST = 1.0
"""Seconds at most from one place that had to be waited for to the next question."""


class Place(Waker):
    """A place in line, held by the call that waits; the line refers to it weakly.

    Attributes:
        number: Counts from 0; lower is earlier.
        since: When it was taken, on the line's clock.
        until: When it will have asked again, if it is its turn.
        passed: Whether it was let through.
        waited: Whether it was let through later than at once.
        refused: Whether the store had nothing for it the first time.
    """

    __slots__ = ("number", "passed", "refused", "since", "until", "waited")

    def __init__(self, number: int, now: float) -> None:
        super().__init__()
        self.number = number
        self.since = now
        self.until = inf
        self.passed = self.waited = self.refused = False


class Queue:
    """First come, first served; the first asks the store.

    Args:
        name: Of the budget, in the store.
        rate: Requests a second, of all processes.
        burst: How many may come at once after a pause, of all processes.
        share: What this process keeps to while there is no store.
        clock: Tells the time in seconds; only differences count.
    """

    def __init__(self, name: str, rate: float, burst: int, share: Line, clock: Callable[[], float]) -> None:
        self.name = name
        self.rate = rate
        self.burst = burst
        self.share = share
        self.clock = clock
        self.renew()

    def renew(self) -> None:
        """Begin with nobody in line and nothing counted. For the child of a fork."""
        self.share.renew()
        self._lock: Any = threading.RLock()  # reentrant: the garbage collector may close a flow, which leaves
        self._order: OrderedDict[int, weakref.ref[Place]] = OrderedDict()  # by number
        self._next = 0
        self._abreast = 1  # so many may ask at once
        self._admitted = self._waited = self._asked = 0
        self._seconds = 0.0
        self._admitted_at = self.clock()
        self._asks_at = self._admitted_at

    def pass_through(self, store: Store | None, max_wait: float | None) -> Flow[None]:
        """Wait for a place.

        Args:
            store: Where the budget is; None: there is none yet.
            max_wait: Seconds that waiting may take; None: as long as it takes.

        Raises:
            LineTooLong: It would take longer.
        """
        place = self._join(max_wait)
        try:
            while not place.passed:
                if self._may_ask(place):
                    yield from self._ask(store, place, max_wait)
                else:
                    place.waited, place.until = True, inf
                    yield from place.wait(LOOK + PACE * len(self._order))
                    place.waits = True  # again, if need be
        finally:
            self._leave(place)

    def unused_for(self, seconds: float) -> bool:
        """Whether nobody waits, and nobody has passed for so long."""
        return not self._order and self.clock() - self._admitted_at >= seconds

    def stats(self) -> dict[str, Any]:
        """What went through so far; `asked`: how often the store was asked for a place."""
        with self._lock:
            return {
                "admitted": self._admitted,
                "waited": self._waited,
                "waiting": len(self._order),
                "seconds": self._seconds,
                "asked": self._asked,
            }

    def _ask(self, store: Store | None, place: Place, max_wait: float | None) -> Flow[None]:
        """Ask for a place, and pass if there is one; else sleep until there may be."""
        rest = self._asks_at - self.clock()
        if rest > 0:  # the last one had to wait: there is nothing yet for the next
            yield from self._sleep(place, rest, max_wait)
        try:
            wait = yield from self._wait_told(store)
        except StoreUnavailable:
            ticket = self.share.join(max_wait)
            if ticket is not None:
                place.waited = True
                yield from wait_in_line(self.share, ticket)
            wait = 0.0
        self._abreast = 1 if wait or place.refused else min(2 * self._abreast, ABREAST)
        if not wait:
            self._admit(place)
            return
        place.refused = True
        if self._may_ask(place):  # it is first, and none other asks meanwhile
            yield from self._sleep(place, wait, max_wait)

    def _wait_told(self, store: Store | None) -> Flow[float]:
        """The answer of the store: 0.0, or the seconds after which to ask again."""
        if store is None:
            raise StoreUnavailable("this client has no store yet")
        self._asked += 1
        return (yield from store.admit(self.name, self.rate, self.burst))

    def _sleep(self, place: Place, seconds: float, max_wait: float | None) -> Flow[None]:
        now = self.clock()
        if max_wait is not None and now + seconds - place.since > max_wait:
            raise too_long(now + seconds - place.since, max_wait)
        place.waited, place.until = True, now + seconds
        yield from sleep(seconds)

    def _join(self, max_wait: float | None) -> Place:
        """Take the last place."""
        with self._lock:
            wait = len(self._order) / self.rate  # at least
            if max_wait is not None and wait > max_wait:
                raise too_long(wait, max_wait)
            place = Place(self._next, self.clock())
            self._next += 1
            self._order[place.number] = weakref.ref(place)
            return place

    def _may_ask(self, place: Place) -> bool:
        """Whether it is this one's turn; one that was overtaken, and looks after all, is first again."""
        with self._lock:
            now = self.clock()
            if place.number not in self._order:
                self._order[place.number] = weakref.ref(place)
                self._order.move_to_end(place.number, last=False)
            if place not in self._first(now):
                return False
            place.until = now
            return True

    def _first(self, now: float) -> list[Place]:
        """Those whose turn it is; without the ones that are gone, or should have asked long ago: nobody may
        ever run the thread or the event loop again that they wait in."""
        first: list[Place] = []
        for number, reference in list(islice(self._order.items(), 2 * ABREAST)):
            place = reference()
            if place is None or now > place.until + LATE:
                del self._order[number]
                continue
            if place.until == inf:
                place.until = now
            first.append(place)
            if len(first) == self._abreast:
                break
        return first

    def _admit(self, place: Place) -> None:
        """Count one that passes. Where it had been refused, everything is spent: the next asks after half of
        the time that lies between two that this process gets, for the others ask meanwhile."""
        with self._lock:
            now = self.clock()
            gap = now - max(self._admitted_at, place.since)
            rest = min(max(gap / 2, 1 / self.rate), LONGEST_REST) if place.refused else 0.0
            self._admitted_at, self._asks_at = now, now + rest
            self._admitted += 1
            place.passed = True
            if place.waited:
                self._waited += 1
                self._seconds += now - place.since

    def _leave(self, place: Place) -> None:
        """Give the place up, and wake those whose turn it is now."""
        with self._lock:
            self._order.pop(place.number, None)
            now = self.clock()
            closed = [place]
            while closed:
                closed = [first for first in self._first(now) if first.waits and not first.wake()]
                for first in closed:  # its event loop is
                    self._order.pop(first.number, None)
