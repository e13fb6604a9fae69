"""A circuit that opens after failures and lets one attempt through when its time is up."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Circuit"]


class Circuit:
    """Counts failures in a row.

    limit:
        Failures before it opens.
    seconds:
        How long it stays open.
    clock:
        Tells the time in seconds.
    """

    def __init__(self, limit: int, seconds: float, clock: Callable[[], float]) -> None:
        self.limit = limit
        self.seconds = seconds
        self.clock = clock
        self.failures = 0
        self._until = 0.0

    def state(self) -> str:
        """``"closed"``, ``"open"`` or ``"half-open"``."""
        if self.failures < self.limit:
            return "closed"
        return "open" if self.left() > 0 else "half-open"

    def left(self) -> float:
        """Seconds until it may be tried again."""
        return self._until - self.clock()

    def admit(self) -> bool:
        """Whether an attempt may be made. Of those that come when the time is up, the first may."""
        state = self.state()
        if state == "half-open":
            self._until = self.clock() + self.seconds  # the others wait for what this one finds out
        return state != "open"

    def note(self, *, failed: bool) -> None:
        """Count how an attempt ended."""
        self.failures = self.failures + 1 if failed else 0
        if failed:
            self._until = self.clock() + self.seconds
