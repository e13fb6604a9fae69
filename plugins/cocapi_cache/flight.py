"""One request under way, who leads it, and those who wait for its answer."""

from __future__ import annotations

import weakref
from collections import deque
from enum import Enum

from cocapi import Flow, Hit, Lease, Request
from cocapi.wakers import Waker
from cocapi_cache.invalidations import Mark
from cocapi_cache.key import Key

__all__ = ["Flight", "Follower", "Landing", "Lead"]

LOOK_UP = 0.1
"""Seconds after which one who waits looks up: a leader that vanished, or one of another event loop that will
never run again, wakes nobody."""

PACE = 0.01
"""Seconds by which each further one who waits looks up more rarely, so that crowds do not do it often."""


class Landing(Enum):
    """How a flight ended that brought no answer for those who wait."""

    SUPERSEDED = "a newer flight of the same key has set out; those who wait may join it"
    UNSHARED = "the answer is not to be kept, so each needs a request of his own"


class Lead:
    """Held by the call that makes the request of a flight, which refers to it weakly.

    Attributes:
        flight: The flight.
        lease: What keeps other processes from asking the same; None: nothing does.
        mark: How far this process knew what was invalidated when the request set out; None: not at all.
    """

    __slots__ = ("__weakref__", "flight", "lease", "mark")

    def __init__(self, flight: Flight) -> None:
        self.flight = flight
        self.lease: Lease | None = None
        self.mark: Mark | None = None


class Flight:
    """One request under way; it lands once.

    Attributes:
        key: What is being asked.
        landing: The answer for all who wait, or why there is none; None while it is under way.
    """

    __slots__ = ("_followers", "_lead", "joined", "key", "landing")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.landing: Hit | Landing | None = None
        self.joined = 0
        self._lead: weakref.ref[Lead] | None = None
        self._followers: deque[weakref.ref[Follower]] | None = None  # most land unseen

    @property
    def lead(self) -> Lead | None:
        """That of the call which leads; None where it vanished, or nobody ever led."""
        return None if self._lead is None else self._lead()

    @property
    def abandoned(self) -> bool:
        """Whether it is under way and nobody leads it: the call vanished at the hands of a signal handler."""
        return self.landing is None and self.lead is None

    def hand_to(self, request: Request) -> None:
        """Let the call of this request lead from now on, for as long as it lives."""
        request.state["cache"] = lead = Lead(self)
        self._lead = weakref.ref(lead)

    def follow(self, request: Request) -> Follower:
        """Let the call of this request wait for the landing, or for its turn to lead."""
        follower = Follower(self, request, LOOK_UP + PACE * self.joined)
        self.joined += 1
        if self._followers is None:
            self._followers = deque()
        self._followers.append(weakref.ref(follower))
        return follower

    def land(self, landing: Hit | Landing) -> None:
        """End the flight and wake all who wait; a second landing changes nothing."""
        if self.landing is None:
            self.landing = landing
            while (follower := self.next()) is not None:
                follower.wake()

    def next(self) -> Follower | None:
        """The one that has waited longest, who waits in this line no more; None when nobody does."""
        while self._followers:
            follower = self._followers.popleft()()
            if follower is not None and follower.waits:
                return follower
        return None


class Follower(Waker):
    """A call that waits, in a thread or a task of whichever event loop, for the landing of a flight.

    Attributes:
        seconds: After so many it looks up, though nobody has woken it.
    """

    __slots__ = ("flight", "request", "seconds")

    def __init__(self, flight: Flight, request: Request, seconds: float) -> None:
        super().__init__()
        self.flight = flight
        self.request = request
        self.seconds = seconds

    def wait(self, seconds: float) -> Flow[None]:
        """Wait until woken, at most so many seconds, and no longer than until the next look up."""
        return super().wait(min(seconds, self.seconds))
