"""The end of a client, which nobody sleeps through."""

from __future__ import annotations

import threading

from cocapi.clocks import asleep
from cocapi.errors import ClientClosed

__all__ = ["Ending"]


class Ending:
    """The end of a client, which nobody sleeps through.

    Whoever sleeps waits for a lock that is held until the end: in C, where no signal handler can leave
    anything half done, as it could in a `threading.Event`.
    """

    came: bool = False

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Begin anew in the child of a fork: whoever slept is not here."""
        self._kind_of_lock = threading.Lock
        self._lock = threading.Lock()
        if not self.came:
            self._lock.acquire()

    def come(self) -> bool:
        """Wake all threads that sleep; tasks learn of it when they wake. False: it has come before."""
        if self.came:
            return False
        self.came = True
        self._lock.release()
        return True

    def check(self) -> None:
        """Raise ClientClosed when it has come."""
        if self.came:
            raise ClientClosed

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass.

        Raises:
            ClientClosed: the end came first.
        """
        if (
            threading.Lock is not self._kind_of_lock
        ):  # gevent has come since: the other would stop all greenlets
            self.renew()
        if self._lock.acquire(timeout=min(seconds, threading.TIMEOUT_MAX)):
            self._lock.release()  # the next one wakes
            raise ClientClosed

    async def asleep(self, seconds: float) -> None:
        """Let `seconds` pass on whichever event loop is running.

        Raises:
            ClientClosed: the end came meanwhile.
        """
        await asleep(seconds)
        self.check()
