"""One request under way, and those who wait for its answer."""

from __future__ import annotations

import threading
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from cocapi import Flow, Hit, do

if TYPE_CHECKING:
    import anyio

__all__ = ["Flight", "Key", "Landing"]


class Key(NamedTuple):
    """What makes two requests one: never a header (their work is done before the look-up)."""

    method: str
    base_url: str
    path: str
    query: str


class Landing(Enum):
    """How a flight ended that brought no answer for those who wait."""

    FAILED = "no answer came; one of those who wait may try"
    UNSHARED = "the answer is not to be kept, so each needs a request of his own"


class Flight:
    """One request under way; it lands once.

    key:
        What is being asked.
    landing:
        The answer for all who wait, or why there is none; None while it is under way.
    """

    def __init__(self, key: Key) -> None:
        self.key = key
        self.landing: Hit | Landing | None = None
        self._gate = (
            threading.Lock()
        )  # closed until it lands; costs a tenth of an Event, and most land unseen
        self._gate.acquire()
        self._tasks: anyio.Event | None = None

    def land(self, landing: Hit | Landing) -> None:
        """End the flight and wake all who wait; a second landing changes nothing."""
        if self.landing is None:
            self.landing = landing
            self._gate.release()
            if self._tasks is not None:
                self._tasks.set()

    def wait(self, seconds: float) -> Flow[None]:
        """Wait for the landing, at most so many seconds."""
        bound = min(max(seconds, 0), threading.TIMEOUT_MAX)
        yield from do(partial(self._block, bound), partial(self._await, bound))

    def _block(self, seconds: float) -> None:
        if self._gate.acquire(timeout=seconds):
            self._gate.release()  # the next who waits

    async def _await(self, seconds: float) -> None:
        import anyio  # only asynchronous code that waits pays for it

        if self.landing is not None:
            return
        self._tasks = self._tasks or anyio.Event()
        with anyio.move_on_after(seconds):
            await self._tasks.wait()
