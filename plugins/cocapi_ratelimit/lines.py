"""A line for each token: the API counts the requests of a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from cocapi_ratelimit.line import Line
from cocapi_ratelimit.queue import Queue

__all__ = ["ByToken", "Lines", "Queues"]

MOST = 100
"""Lines beyond which those are let go that nobody uses any more: tokens come and go."""

UNUSED = 60.0
"""Seconds since the budget of a line was whole again, after which nobody can be about to join it."""


class Waiting(Protocol):
    """What a line of either kind can do."""

    def renew(self) -> None: ...
    def unused_for(self, seconds: float) -> bool: ...
    def stats(self) -> dict[str, Any]: ...


L = TypeVar("L", bound=Waiting)


class ByToken(Generic[L]):
    """The lines of one client by `Request.key_id`.

    Args:
        begin: Makes the line of a token.
    """

    def __init__(self, begin: Callable[[str | None], L]) -> None:
        self.begin = begin
        self._lines: dict[str | None, L] = {}
        self._gone: list[dict[str, Any]] = []  # what went through lines that are let go

    def __getitem__(self, key_id: str | None) -> L:
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

    def _begin(self, key_id: str | None) -> L:
        if len(self._lines) >= MOST:
            self._let_go()
        return self._lines.setdefault(key_id, self.begin(key_id))

    def _let_go(self) -> None:
        unused = [key_id for key_id, line in list(self._lines.items()) if line.unused_for(UNUSED)]
        for key_id in unused:
            line = self._lines.pop(key_id, None)
            if line is not None:
                self._gone = [sum_of([*self._gone, line.stats()])]


class Lines(ByToken[Line]):
    """Each lets through what a `Line` says.

    Args:
        rate: Requests a second, for each token.
        burst: How many may come at once after a pause.
        clock: Tells the time in seconds; only differences count.
    """

    def __init__(self, rate: float, burst: int, clock: Callable[[], float]) -> None:
        super().__init__(lambda key_id: Line(rate, burst, clock))


class Queues(ByToken[Queue]):
    """Each lets through what a `Queue` says: all processes together, so much for each token.

    Args:
        rate: Requests a second, for each token.
        burst: How many may come at once after a pause.
        processes: How many share that, as far as one knows: for when the store cannot tell.
        clock: Tells the time in seconds; only differences count.
    """

    def __init__(self, rate: float, burst: int, processes: int, clock: Callable[[], float]) -> None:
        def begin(key_id: str | None) -> Queue:
            share = Line(rate / processes, max(1, burst // processes), clock)
            return Queue(f"ratelimit:{key_id or ''}", rate, burst, share, clock)

        super().__init__(begin)


def sum_of(stats: list[dict[str, Any]]) -> dict[str, Any]:
    """What went through several lines."""
    total: dict[str, Any] = {"admitted": 0, "waited": 0, "waiting": 0, "seconds": 0}
    for line in stats:
        for name, value in line.items():
            total[name] = total.get(name, 0) + value
    return total
