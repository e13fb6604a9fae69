"""A line in front of the API: the generic cell rate algorithm (GCRA), first come, first served.

GCRA keeps one number, the *theoretical arrival time*: when the next request would be due if all came evenly
spaced. A request may come up to ``burst - 1`` intervals early. Where others reserve a slot and sleep until
it comes, here nobody is let through but the first in line, and the rule is checked at that very moment: so
the bound holds for the times at which attempts really start, also when sleeps overshoot, and the place of
one who leaves goes to those behind.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cocapi import RequestTimeout

__all__ = ["Line", "LineTooLong", "Ticket"]

TOLERANCE = 1e-9
"""Seconds. Clocks and sleeps are floats: a sleep that ends a rounding error early is long enough."""


LONGEST_NAP = 1.0
"""Seconds. Whoever waits for longer looks up so often, in case those ahead have left meanwhile."""


class LineTooLong(RequestTimeout):
    """An attempt would have to wait longer than `max_wait`; no place was taken, and nothing was sent."""


@dataclass(slots=True)
class Ticket:
    """A place in line.

    number:
        Counts from 0; lower is earlier.
    seconds:
        How long to wait before asking again; 0: let through.
    """

    number: int
    since: float
    seconds: float


class Line:
    """At most ``burst + rate * t`` in any t seconds, in the order in which they joined.

    rate:
        Requests a second.
    burst:
        How many may come at once after a pause.
    clock:
        Tells the time in seconds; only differences count.

    Safe to be used by many threads; the lock is never held while anyone waits.
    """

    def __init__(self, rate: float, burst: int, clock: Callable[[], float]) -> None:
        self.interval = 1 / rate
        self.early = (burst - 1) * self.interval
        self.clock = clock
        self._due = clock()  # the theoretical arrival time
        self._waiting: list[int] = []  # numbers, ascending
        self._next = 0
        self._admitted = self._waited = 0
        self._seconds = 0.0
        self._lock = threading.Lock()

    def join(self, max_wait: float | None) -> Ticket | None:
        """Take a place at the end of the line; None: let through at once.

        max_wait:
            Seconds that waiting may take; None: as long as it takes.

        Raises:
            LineTooLong: it would take longer; no place was taken.
        """
        with self._lock:
            now = self.clock()
            wait = self._wait(now, ahead=len(self._waiting))
            if wait <= TOLERANCE and not self._waiting:
                self._admit(now)
                return None
            if max_wait is not None and wait > max_wait:
                raise LineTooLong(
                    f"the rate limit would hold this call for {wait:.1f} s, longer than max_wait={max_wait:g}"
                    " s; raise requests_per_second, or plugins={'ratelimit': {'max_wait': seconds}}"
                )
            ticket = Ticket(self._next, now, self._slice(wait))
            self._next += 1
            self._waiting.append(ticket.number)
            return ticket

    def ask(self, ticket: Ticket) -> None:
        """After its seconds have passed: let the first in line through, or tell how long to wait on."""
        with self._lock:
            now = self.clock()
            place = bisect_left(self._waiting, ticket.number)
            wait = self._wait(now, ahead=place)
            if place or wait > TOLERANCE:
                ticket.seconds = self._slice(wait)
                return
            del self._waiting[0]
            self._admit(now)
            self._waited += 1
            self._seconds += now - ticket.since
            ticket.seconds = 0.0

    def leave(self, ticket: Ticket) -> None:
        """Give the place up. Nothing happens for one that was let through."""
        with self._lock:
            place = bisect_left(self._waiting, ticket.number)
            if place < len(self._waiting) and self._waiting[place] == ticket.number:
                del self._waiting[place]

    def stats(self) -> dict[str, Any]:
        """What went through so far."""
        with self._lock:
            return {
                "admitted": self._admitted,
                "waited": self._waited,
                "waiting": len(self._waiting),
                "seconds": self._seconds,
            }

    def _wait(self, now: float, ahead: int) -> float:
        """Seconds until the one behind `ahead` others may pass, if they all do."""
        return max(self._due, now) + ahead * self.interval - self.early - now

    def _admit(self, now: float) -> None:
        self._due = max(self._due, now) + self.interval
        self._admitted += 1

    def _slice(self, wait: float) -> float:
        """How much of `wait` to sleep at once: the last interval whole, half of what is before it, and no
        more than a nap. Whoever moves up because others leave learns of it soon, and few wake in vain."""
        if wait <= self.interval:
            return max(wait, self.interval / 10)  # behind one whose turn it is already
        return max(self.interval, min(wait / 2, LONGEST_NAP))
