"""A lock between calls, which no call can keep by vanishing."""

from __future__ import annotations

import threading
import weakref

__all__ = ["Holder", "WeakLock"]


class Holder:
    """What a call keeps for as long as it holds a `WeakLock`."""

    __slots__ = ("__weakref__",)


class WeakLock:
    """Is held by one call at a time, of whichever thread or event loop; nobody is made to wait.

    It refers to its holder weakly. So a call that an interrupt ended between two steps, or whose generator
    nobody resumed, leaves the way free without having released anything.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: weakref.ref[Holder] | None = None

    def acquire(self) -> Holder | None:
        """Hold it, for as long as what this returns is kept or until `release`; None: another call does."""
        holder = Holder()
        with self._lock:
            if self._holder is not None and self._holder() is not None:
                return None
            self._holder = weakref.ref(holder)
            return holder

    def release(self) -> None:
        """Let the next call have it; for the one that holds it."""
        self._holder = None
