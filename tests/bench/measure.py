"""Measuring two things in turns."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import count

WINDOWS = 9
SECONDS = 0.25


@dataclass
class Line:
    """One comparison.

    better:
        "most": the ratio must not be above the target; "least": not below it.
    measure:
        Gives pairs of seconds per call: ours, and what it is compared with.
    """

    name: str
    better: str
    target: float | None
    measure: Callable[[], Iterator[tuple[float, float]]]


def window(call: Callable[[], object]) -> float:
    """Seconds per call, over a window of time."""
    started = time.perf_counter()
    for number in count(1):
        call()
        spent = time.perf_counter() - started
        if spent >= SECONDS:
            return spent / number
    raise AssertionError


async def awindow(call: Callable[[], Awaitable[object]], concurrency: int) -> float:
    """Seconds per call, with so many tasks calling at once."""
    calls = 0
    end = time.perf_counter() + SECONDS

    async def work() -> None:
        nonlocal calls
        while time.perf_counter() < end:
            await call()
            calls += 1

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(concurrency)))
    return (time.perf_counter() - started) / calls


def turns(ours: Callable[[], object], other: Callable[[], object]) -> Iterator[tuple[float, float]]:
    """Ours and the other, one window each, again and again; the first is for warming up."""
    for number in range(WINDOWS + 1):
        pair = window(ours), window(other)
        if number:
            yield pair


class Report:
    """Prints lines as they come, and counts those off their target."""

    def __init__(self) -> None:
        self.missed = 0
        print(f"{'':58} {'ours':>10} {'other':>10} {'ratio':>7}  target")

    def add(self, line: Line) -> None:
        pairs = list(line.measure())
        ratio = statistics.median(ours / other for ours, other in pairs)
        if line.better == "least":
            ratio = 1 / ratio
        ours, other = (statistics.median(side) * 1e6 for side in zip(*pairs, strict=True))
        good = line.target is None or (
            ratio <= line.target if line.better == "most" else ratio >= line.target
        )
        self.missed += not good
        sign = {"most": "<=", "least": ">="}[line.better]
        target = "" if line.target is None else f"{sign} {line.target:g}{'' if good else '   MISSED'}"
        print(f"{line.name:58} {ours:8.1f}us {other:8.1f}us {ratio:7.3f}  {target}", flush=True)

    def close(self) -> int:
        print(f"{self.missed} off target" if self.missed else "all on target")
        return 1 if self.missed else 0
