"""Time: one clock that nobody moves, for waits and bounds, and one that users may move, for ages.

Tests freeze time and move it (freezegun, time-machine), machines sleep, and somebody sets the date. A wait
that trusted such a clock would never end, or end at once; an age that did not would astonish whoever has
moved time by an hour to see an answer expire.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from types import BuiltinFunctionType
from typing import Any

__all__ = ["Ageing", "asleep", "asyncio_loop", "elapsed", "frozen", "nap"]

TURN = 0.001
"""Seconds. Where an event loop's own timers stand still, its tasks look at the real clock so often."""


REAL: tuple[Callable[[], float]] = (
    (partial(time.clock_gettime, time.CLOCK_MONOTONIC),)
    if hasattr(time, "clock_gettime")
    else (time.monotonic,)  # Windows
)
"""The clock behind `elapsed`; in a tuple, where freezegun does not look for clocks to replace."""


def elapsed() -> float:
    """Seconds on a clock that never goes back, and that freezegun and time-machine leave alone; on Windows
    unless cocapi was imported while time was frozen."""
    return REAL[0]()


class Ageing:
    """A clock for ages: seconds that have passed by the real clock or by the date, whichever moved further.

    So what is kept expires when a test moves the date, and when a machine has slept; and a date that is set
    back makes nothing live longer. Never goes back. Not safe to be used by several threads at once.
    """

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen = (0.0, elapsed(), time.time())

    def __call__(self) -> float:
        """Seconds since this clock was made, or more."""
        age, real, date = self._seen
        now, today = elapsed(), time.time()
        age += max(now - real, today - date, 0.0)
        self._seen = age, now, today  # in one step: a signal handler may raise between any two
        return age


def frozen() -> bool:
    """Whether somebody has put a clock of their own in place of `time.monotonic`, as freezegun does. The
    timers of event loops follow it and may stand still for ever."""
    return type(time.monotonic) is not BuiltinFunctionType


def nap(seconds: float) -> None:
    """Let `seconds` pass in this thread, or greenlet: whatever `time.sleep` is at this moment."""
    time.sleep(seconds)


async def asleep(seconds: float) -> None:
    """Let `seconds` of real time pass on whichever event loop is running, also when its clock stands still
    or is moved meanwhile."""
    until = elapsed() + seconds
    while (left := until - elapsed()) > 0:
        if frozen():
            import anyio  # only a program whose time stands still pays for it

            await anyio.lowlevel.checkpoint()
            time.sleep(min(left, TURN))  # noqa: ASYNC251  # the loop's own timer might never come
        else:
            await sleeper()(left)


def sleeper() -> Callable[[float], Awaitable[None]]:
    """What lets seconds pass on the event loop that runs this task; asyncio's own without anyio around it,
    whose two coroutines count where a hundred thousand tasks wait."""
    if asyncio_loop() is not None:
        return sys.modules["asyncio"].sleep  # type: ignore[no-any-return]
    import anyio

    return anyio.sleep


def asyncio_loop() -> Any:
    """The event loop of asyncio that runs this task; None when trio does, also as a guest of asyncio's."""
    asyncio: Any = sys.modules.get("asyncio")
    if asyncio is None or asyncio._get_running_loop() is None or asyncio.current_task() is None:
        return None
    return asyncio._get_running_loop()
