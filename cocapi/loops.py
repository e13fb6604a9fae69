"""Event loops: whether one is running here, what ends a task of one, and threads beside one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

from cocapi.interrupts import from_handler

__all__ = ["Threads", "ends_task", "in_event_loop"]

T = TypeVar("T")


def in_event_loop() -> bool:
    """Whether this thread is running an event loop, of asyncio or of trio."""
    asyncio, trio = sys.modules.get("asyncio"), sys.modules.get("trio")
    return bool(
        (asyncio is not None and asyncio._get_running_loop() is not None)
        or (trio is not None and trio.lowlevel.in_trio_run())
    )


def ends_task(error: BaseException) -> bool:
    """Whether what was raised in the running task is for the task itself: its cancellation, an interrupt, or
    the end of its event loop.

    Whoever awaits another task of asyncio that was cancelled is raised a CancelledError as well. That is a
    failure like any other: the task that is told of it goes on.
    """
    if isinstance(error, GeneratorExit):
        return True
    trio = sys.modules.get("trio")
    if trio is not None and trio.lowlevel.in_trio_run():
        return isinstance(error, trio.Cancelled) or from_handler(error)
    import asyncio

    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is None or task.cancelling() > 0
    return isinstance(error, KeyboardInterrupt) or from_handler(error)


class Threads:
    """Threads in which work that blocks is done beside event loops, each of which has its own.

    Args:
        count: How many work for one event loop at the same time.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._limiter: Any = None  # a variable of the event loop

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns. Who is cancelled does not wait for it: it ends, and nobody hears of it."""
        import anyio.to_thread  # only asynchronous programs pay for it

        if self._limiter is None:
            self._limiter = anyio.lowlevel.RunVar("cocapi_threads", None)
        limiter = self._limiter.get()
        if limiter is None:
            limiter = anyio.CapacityLimiter(self.count)
            self._limiter.set(limiter)
        return await anyio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=limiter)
