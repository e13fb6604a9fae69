"""Places: how many synchronous calls hold a connection at once."""

from __future__ import annotations

import queue
import weakref
from threading import Lock

from cocapi.clocks import elapsed

__all__ = ["Place", "Places"]

LOOK_UP = 0.1
"""Seconds after which one who waits looks up: a place whose holder died rings no bell."""


class Places:
    """A bounded number of places, safe against exceptions at any instruction.

    A signal handler may raise between any two steps, and `threading.Semaphore`, written in Python, is then
    left locked for good. Here a place is an object that only its holder refers to: when the holder is gone,
    whatever ended it, the place is free again, since the callback of a weak reference counts, in C.

    Args:
        limit: How many may be taken at once.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._taken: set[weakref.ref[Place]] = set()
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._lock = Lock()

    def __len__(self) -> int:
        """How many are taken."""
        return len(self._taken)

    def take(self, seconds: float) -> Place:
        """A place, to be used with ``with``; whoever finds none waits at most so many `seconds`.

        Raises:
            TimeoutError: None became free.
        """
        place = self._take_free()
        if place is not None:
            return place
        until = elapsed() + seconds
        while (left := until - elapsed()) > 0:
            self._listen(min(left, LOOK_UP))
            place = self._take_free()
            if place is not None:
                self.ring()  # perhaps a second one became free at the same time
                return place
        raise TimeoutError(f"all {self.limit} places were taken for {seconds:g} seconds")

    def ring(self) -> None:
        """Wake one who waits. Before a bell that rings already nobody needs to ring again."""
        if self._bell.empty():
            self._bell.put(None)

    def free(self, place: Place) -> None:
        """Give a place back; a second time changes nothing."""
        self._taken.discard(place.reference)
        self.ring()

    def _take_free(self) -> Place | None:
        with self._lock:
            if len(self._taken) >= self.limit:
                return None
            place = Place(self)
            place.reference = weakref.ref(place, self._taken.discard)
            self._taken.add(place.reference)
            return place

    def _listen(self, seconds: float) -> None:
        if (
            type(self._bell) is not queue.SimpleQueue
        ):  # gevent has come since: the other would stop all greenlets
            self._bell = queue.SimpleQueue()
        try:
            self._bell.get(timeout=seconds)
        except queue.Empty:
            return


class Place:
    """A place that is taken until its ``with`` block is left, or until nobody refers to it."""

    __slots__ = ("__weakref__", "places", "reference")

    reference: weakref.ref[Place]

    def __init__(self, places: Places) -> None:
        self.places: Places = places

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self.places.free(self)
