"""Ends that nobody sleeps through: that of a client, and that of the threads of one gather."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

from cocapi.clocks import asleep
from cocapi.errors import ClientClosed
from cocapi.interrupts import reraise

__all__ = ["Cancellation", "Cancelled", "Ending", "check_cancellation"]

T = TypeVar("T")


class Cancelled(BaseException):
    """Another flow of the same gather has failed, or whoever waits for it has gone: this thread ends.

    As the cancellations of asyncio and trio it is no `Exception`, so that no plugin can take it for a
    failure of its own.
    """


class Ending:
    """Something that comes once, such as the end of a client; whoever sleeps meanwhile wakes.

    A sleeper waits for a lock of its own: in C, where no signal handler can leave anything half done, as it
    could in a `threading.Event`.
    """

    came: bool = False
    error: type[BaseException] = ClientClosed

    def __init__(self) -> None:
        self.alarms: set[Callable[[], object]] = set()

    def renew(self) -> None:
        """In the child of a fork: whoever slept is not here."""
        self.alarms.clear()

    def come(self) -> bool:
        """Wake all threads that sleep; tasks learn of it when they wake. False: it has come before."""
        if self.came:
            return False
        self.came = True
        for alarm in list(self.alarms):
            try:
                alarm()
            except RuntimeError as error:  # the lock is open: another end came first
                reraise(error)
        return True

    def check(self) -> None:
        """Raise its error when it has come."""
        if self.came:
            raise self.error

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass.

        Raises:
            ClientClosed: The end came first.
            Cancelled: The gather that this thread works for was ended first.
        """
        cancellation = CANCELLATION.get()
        ends = (self,) if cancellation is None else (self, cancellation)
        lock = threading.Lock()
        lock.acquire()
        try:
            for end in ends:
                end.alarms.add(lock.release)
            if not any(end.came for end in ends):
                lock.acquire(timeout=min(seconds, threading.TIMEOUT_MAX))
        finally:
            for end in ends:
                end.alarms.discard(lock.release)
        for end in ends:
            end.check()

    async def asleep(self, seconds: float) -> None:
        """Let `seconds` pass on whichever event loop is running.

        Raises:
            ClientClosed: The end came meanwhile.
        """
        await asleep(seconds)
        self.check()


class Cancellation(Ending):
    """The end of the threads of one gather. One that was begun in such a thread ends with that thread."""

    error: type[BaseException] = Cancelled

    def __init__(self) -> None:
        super().__init__()
        self.outer: Cancellation | None = CANCELLATION.get()
        if self.outer is not None:
            self.outer.alarms.add(self.come)
            if self.outer.came:
                self.come()

    def come(self) -> bool:
        """Wake all threads that sleep. False: it has come before."""
        if self.outer is not None:
            self.outer.alarms.discard(self.come)
        return super().come()

    def reaching(self, work: Callable[[], T]) -> T:
        """Do `work` in this context, where the cancellation reaches it: where it sleeps, and before each
        call."""
        CANCELLATION.set(self)
        self.check()
        return work()


CANCELLATION: ContextVar[Cancellation | None] = ContextVar("cocapi_cancellation", default=None)
"""That of the gather for which this thread works."""


def check_cancellation() -> None:
    """Raise Cancelled when the gather for which this thread works has ended."""
    cancellation = CANCELLATION.get()
    if cancellation is not None:
        cancellation.check()
