"""What one thread or task waits for, and another wakes it by.

Each who waits has its own: a lock in a thread, an event of its own loop in a task. So those who wait, and
those who wake them, may be in any threads and event loops, asyncio and trio.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from cocapi.calls.effects import Flow, do
from cocapi.clocks import frozen
from cocapi.interrupts import reraise

__all__ = ["Waker"]


class Waker:
    """Something to wait for, once.

    Attributes:
        waits: False once it has been woken, or has gone.
    """

    __slots__ = ("__weakref__", "_bell", "waits")

    def __init__(self) -> None:
        self.waits: bool = True
        self._bell: Callable[[], Any] | None = None

    def wake(self) -> bool:
        """Let it go on; from any thread. False when its event loop is closed."""
        self.waits = False
        try:
            if self._bell is not None:
                self._bell()
        except RuntimeError as error:  # asyncio's for a closed loop; trio's RunFinishedError; an open lock
            reraise(error)
            return False
        return True

    def wait(self, seconds: float) -> Flow[None]:
        """Wait until woken, at most so many seconds."""
        bound = max(0.0, seconds)
        yield from do(partial(self._block, bound), partial(self._await, bound))
        self._bell = None

    def _block(self, seconds: float) -> None:
        gate = threading.Lock()
        gate.acquire()
        self._bell = gate.release
        if self.waits:
            gate.acquire(timeout=seconds)

    async def _await(self, seconds: float) -> None:
        import anyio  # only asynchronous code that waits pays for it

        event = anyio.Event()
        self._bell = partial(scheduler(), event.set)
        if not self.waits:
            return
        if frozen():  # the loop's timers may stand still: the line is asked again at each of its turns
            await anyio.lowlevel.checkpoint()
            time.sleep(0)  # noqa: ASYNC251  # another thread may be the one that is waited for
            return
        with anyio.move_on_after(seconds):
            await event.wait()


def scheduler() -> Callable[[Callable[[], object]], object]:
    """What lets the event loop that is running call a function soon; to be used from any thread."""
    asyncio: Any = sys.modules.get("asyncio")
    loop = asyncio._get_running_loop() if asyncio is not None else None
    if loop is not None:
        return loop.call_soon_threadsafe  # type: ignore[no-any-return]
    import trio

    return trio.lowlevel.current_trio_token().run_sync_soon
