"""A line for each token: the API counts the requests of a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cocapi_ratelimit.line import Line

__all__ = ["Lines"]

MOST = 100
"""Lines beyond which those are let go that nobody uses any more: tokens come and go."""

UNUSED = 60.0
"""Seconds since the budget of a line was whole again, after which nobody can be about to join it."""


class Lines:
    """The lines of one client by `Request.key_id`; each lets through what a `Line` says.

    Args:
        rate: Requests a second, for each token.
        burst: How many may come at once after a pause.
        clock: Tells the time in seconds; only differences count.
    """

    def __init__(self, rate: float, burst: int, clock: Callable[[], float]) -> None:
        self.rate = rate
        self.burst = burst
        self.clock = clock
        self._lines: dict[str | None, Line] = {}
        self._gone: list[dict[str, Any]] = []  # what went through lines that are let go

    def __getitem__(self, key_id: str | None) -> Line:
        """The line of a token; None: that of requests of which nobody knows the token."""
        return self._lines.get(key_id) or self._begin(key_id)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._lines)

    def renew(self) -> None:
        """In the child of a fork: see `Line.renew`."""
        for line in self._lines.values():
            line.renew()
        self._gone.clear()

    def stats(self) -> dict[str, Any]:
        """What went through so far, along all lines together. See `Line.stats`."""
        return sum_of([*self._gone, *(line.stats() for line in list(self._lines.values()))])

    def _begin(self, key_id: str | None) -> Line:
        if len(self._lines) >= MOST:
            self._let_go()
        return self._lines.setdefault(key_id, Line(self.rate, self.burst, self.clock))

    def _let_go(self) -> None:
        unused = [key_id for key_id, line in list(self._lines.items()) if line.unused_for(UNUSED)]
        for key_id in unused:
            line = self._lines.pop(key_id, None)
            if line is not None:
                self._gone = [sum_of([*self._gone, line.stats()])]


def sum_of(stats: list[dict[str, Any]]) -> dict[str, Any]:
    """What went through several lines."""
    return {name: sum(each[name] for each in stats) for name in ("admitted", "waited", "waiting", "seconds")}
