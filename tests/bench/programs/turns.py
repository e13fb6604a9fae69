"""What every program here does: makes calls when it is told to, and says what they took."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

__all__ = ["in_tasks", "in_thread", "serve"]

Call = Callable[[], Any]


def in_thread(call: Call, seconds: float) -> int:
    """How many calls this thread makes in so many seconds."""
    end = time.perf_counter() + seconds
    for number in count(1):
        call()
        if time.perf_counter() >= end:
            return number
    raise AssertionError


async def in_tasks(call: Callable[[], Awaitable[Any]], tasks: int, seconds: float) -> int:
    """How many calls so many tasks make."""
    end = time.perf_counter() + seconds
    calls = 0

    async def work() -> None:
        nonlocal calls
        while time.perf_counter() < end:
            await call()
            calls += 1

    await asyncio.gather(*(work() for _ in range(tasks)))
    return calls


def serve(turn: Callable[[str, int, float], int]) -> None:
    """Take turns: for each line ``kind tasks seconds`` one with the seconds and the CPU seconds of a call.

    Args:
        turn: Makes calls of a kind for so many seconds, and says how many.
    """
    for line in sys.stdin:
        kind, tasks, seconds = line.split()
        began, spent = time.perf_counter(), time.process_time()
        calls = turn(kind, int(tasks), float(seconds))
        ended, worked = time.perf_counter(), time.process_time()
        print((ended - began) / calls, (worked - spent) / calls, flush=True)
