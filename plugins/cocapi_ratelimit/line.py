"""A line in front of the API: the generic cell rate algorithm (GCRA), first come, first served.

GCRA keeps one number, the *theoretical arrival time*: when the next request would be due if all came evenly
spaced. A request may come up to ``burst - 1`` intervals early. Where others reserve a slot and sleep until
it comes, here nobody is let through but the first in line, and the rule is checked at that very moment: so
the bound holds for the times at which attempts really start, also when sleeps overshoot, and the place of
one who leaves goes to those behind.
"""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any

from cocapi import AttemptRefused, RequestTimeout

__all__ = ["LATE", "Line", "LineTooLong", "Ticket", "too_long"]

TOLERANCE = 1e-9
"""Seconds. Clocks and sleeps are floats: a sleep that ends a rounding error early is long enough."""

LONGEST_NAP = 1.0
"""Seconds. Whoever waits for longer looks up so often, in case those ahead have left meanwhile."""

SHORTEST_NAP = 0.001
"""Seconds. Those behind one whose turn it is already ask again so soon, or an interval later."""

LOOKS = 2000
"""How many of those who wait look up within a second, all together; in a longer line each naps longer, so
that an event loop has time for other things."""

LATE = 1.0
"""Seconds. The first in line who should have asked so long ago is overtaken: nobody may ever run the thread
or the event loop again that it waits in."""

GOLDEN = 0.6180339887498949
"""Multiples of it, without their whole parts, are spread evenly over 0 to 1."""


class LineTooLong(RequestTimeout, AttemptRefused):
    """An attempt would have to wait longer than `max_wait`; no place was taken, and nothing was sent."""

    error_type = "timeout"


def too_long(wait: float, max_wait: float) -> LineTooLong:
    """The error of an attempt that would have to wait for so many seconds."""
    return LineTooLong(
        f"the rate limit would hold this call for {wait:.1f} s, longer than max_wait={max_wait:g}"
        " s; raise requests_per_second, or plugins={'ratelimit': {'max_wait': seconds}}"
    )


class Ticket:
    """A place in line, held by whoever refers to it; the line itself refers to it weakly.

    Attributes:
        number: Counts from 0; lower is earlier.
        since: When it was taken, on the line's clock.
        seconds: How long to wait before asking again; 0: let through.
        until: When that will be over.
    """

    __slots__ = ("__weakref__", "number", "seconds", "since", "until")

    def __init__(self, number: int, now: float, seconds: float) -> None:
        self.number: int = number
        self.since: float = now
        self.wait(now, seconds)

    def wait(self, now: float, seconds: float) -> None:
        """Ask again after so many seconds."""
        self.seconds: float = seconds
        self.until: float = now + seconds


class Line:
    """At most ``burst + rate * t`` in any t seconds, in the order in which they joined.

    Args:
        rate: Requests a second.
        burst: How many may come at once after a pause.
        clock: Tells the time in seconds; only differences count.

    Safe to be used by many threads, and against exceptions at any instruction: a ticket is in line for as
    long as somebody holds it, whatever ended its call. Joining, asking and leaving cost the same however
    long the line is. The lock is never held while anyone waits.
    """

    def __init__(self, rate: float, burst: int, clock: Callable[[], float]) -> None:
        self.interval: float = 1 / rate
        self.early: float = (burst - 1) * self.interval
        self.clock = clock
        self._due = clock()  # the theoretical arrival time
        self._next = 0
        self.renew()

    def renew(self) -> None:
        """Begin with nobody in line and nothing counted; what went through lately still counts against the
        rate. For the child of a fork: those who wait, and may hold the lock, are in the parent."""
        self._lock = threading.Lock()
        self._waiting: set[weakref.ref[Ticket]] = set()
        self._vanished = self._waiting.discard  # one object, not one for each ticket
        self._order: deque[weakref.ref[Ticket]] = deque()  # as they joined; also some that are gone
        self._overdue: weakref.ref[Ticket] | None = None  # the first in line, when it was last found late
        self._admitted = self._waited = 0
        self._seconds = 0.0

    def join(self, max_wait: float | None) -> Ticket | None:
        """Take a place at the end of the line; None: let through at once.

        Args:
            max_wait: Seconds that waiting may take; None: as long as it takes.

        Raises:
            LineTooLong: It would take longer; no place was taken.
        """
        with self._lock:
            now = self.clock()
            wait = self._wait(now, ahead=len(self._waiting))
            if wait <= TOLERANCE and not self._waiting:
                self._admit(now)
                return None
            if max_wait is not None and wait > max_wait:
                raise too_long(wait, max_wait)
            ticket = Ticket(self._next, now, self._slice(wait, self._next))
            self._next += 1
            self._tidy()
            place = weakref.ref(ticket, self._vanished)  # in C: no exception can come between
            self._waiting.add(place)
            self._order.append(place)
            return ticket

    def ask(self, ticket: Ticket) -> None:
        """After its seconds have passed: let the first in line through, or tell how long to wait on."""
        with self._lock:
            now = self.clock()
            ahead = self._ahead(ticket, now)
            wait = self._wait(now, ahead)
            if ahead or wait > TOLERANCE:
                ticket.wait(now, self._slice(wait, ticket.number))
                return
            self._waiting.discard(weakref.ref(ticket))
            self._admit(now)
            self._waited += 1
            self._seconds += now - ticket.since
            ticket.seconds = 0.0

    def leave(self, ticket: Ticket) -> None:
        """Give the place up. Nothing happens for one that was let through."""
        self._waiting.discard(weakref.ref(ticket))

    def unused_for(self, seconds: float) -> bool:
        """Whether nobody waits, and as many as may come at once could have come so many seconds ago."""
        with self._lock:
            return not self._waiting and self.clock() - self._due >= seconds

    def stats(self) -> dict[str, Any]:
        """What went through so far."""
        with self._lock:
            return {
                "admitted": self._admitted,
                "waited": self._waited,
                "waiting": len(self._waiting),
                "seconds": self._seconds,
            }

    def _ahead(self, ticket: Ticket, now: float) -> int:
        """How many are ahead of a ticket, at most: exactly for the first, and where none left from between.
        One that was overtaken, and asks after all, is first again."""
        place = weakref.ref(ticket)
        if place not in self._waiting:
            self._waiting.add(kept := weakref.ref(ticket, self._vanished))
            self._order.appendleft(kept)
        first = self._first(ticket, now)
        return min(max(ticket.number - first.number, 0), len(self._waiting) - 1)

    def _first(self, asking: Ticket, now: float) -> Ticket:
        """The first in line; not one that was late when `asking` came the time before, and still is."""
        while True:
            place = self._order[0]
            first = place() if place in self._waiting else None
            if first is asking:
                return first
            if first is not None and now <= first.until + LATE:
                return first
            if first is not None and self._overdue is not place:
                self._overdue = place
                return first
            self._waiting.discard(place)
            self._order.popleft()

    def _tidy(self) -> None:
        """Let go of those who left from between, when they are more than those who wait."""
        if len(self._order) > 2 * len(self._waiting) + 64:
            self._order = deque(place for place in self._order if place in self._waiting)

    def _wait(self, now: float, ahead: int) -> float:
        """Seconds until the one behind `ahead` others may pass, if they all do."""
        return max(self._due, now) + ahead * self.interval - self.early - now

    def _admit(self, now: float) -> None:
        self._due = max(self._due, now) + self.interval
        self._admitted += 1

    def _slice(self, wait: float, number: int) -> float:
        """How much of `wait` to sleep at once: the last interval whole, half of what is before it, and no
        more than a nap. Whoever moves up because others leave learns of it soon, few wake in vain, and
        those who joined together do not wake together."""
        if wait <= self.interval:
            return max(wait, self.interval / 10, min(self.interval, SHORTEST_NAP))  # its turn has come
        nap = max(LONGEST_NAP, len(self._waiting) / LOOKS) * (1 - number * GOLDEN % 1 / 2)
        return max(self.interval, min(wait / 2, nap))
