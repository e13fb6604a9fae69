"""Connections that threads keep open between uses, as a store in a file or behind a socket does."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from cocapi.interrupts import reraise

__all__ = ["Pool", "abandon"]

C = TypeVar("C")

ABANDONED: list[object] = []


class Pool(Generic[C]):
    """Connections that nobody uses at the moment. The one that was put back last is taken first.

    Whoever uses one while the pool is closed closes it by putting it back: a verb that was too late for its
    caller leaves nothing open. Threads need no lock, for each step is one of a deque.

    Args:
        usable: Tells whether a connection may be used again; one that may not is closed.
        close: Closes a connection.
    """

    def __init__(self, usable: Callable[[C], bool], close: Callable[[C], object]) -> None:
        self._usable = usable
        self._close = close
        self._idle: deque[C] = deque()
        self._closed = False

    def __bool__(self) -> bool:
        """Whether there is one."""
        return bool(self._idle)

    def take(self) -> C | None:
        """A connection that may be used; None: there is none, so open one."""
        while (connection := self._last()) is not None:
            try:
                usable = self._usable(connection)
            except BaseException:  # also an interrupt: nobody else knows of the connection
                self._close(connection)
                raise
            if usable:
                return connection
            self._close(connection)
        return None

    def put_back(self, connection: C) -> None:
        """Keep a connection for the next use, or close it where the pool was closed meanwhile."""
        self._idle.append(connection)
        if self._closed:
            self.close()

    def close(self) -> None:
        """Close all, and each that is still in use when it is put back. For good: another begins anew."""
        self._closed = True
        while (connection := self._last()) is not None:
            self._close(connection)

    def _last(self) -> C | None:
        try:
            return self._idle.pop()
        except IndexError as error:
            reraise(error)
            return None


def abandon(connections: object) -> None:
    """In the child of a fork: let connections of the parent never be closed here, not even as garbage."""
    ABANDONED.append(connections)
