"""What checks of stores and of their streams have in common: each is a flow over one new store, which is run
in synchronous code, on asyncio and on trio."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, Protocol, TypeVar

import anyio
import pytest
import trio

from cocapi.calls.drivers import AsyncIO, SyncIO, arun, run
from cocapi.calls.effects import Flow, do, sleep
from cocapi.clocks import asleep, elapsed, nap

__all__ = ["CROWD", "MODES", "Closable", "Conformance", "in_each_mode", "repeated", "together"]

T = TypeVar("T")

MODES = ("sync", "asyncio", "trio")
"""How a flow is run."""

SLOW = 1 / 8
"""Of a tick: what verbs may take altogether in a check that goes by real time."""

LONGEST_TICK = 30.0
"""Seconds; on a machine that is so slow, a failure counts."""

CROWD = 8
"""How many use a store at the same time."""


class Closable(Protocol):
    """What a check is over."""

    def close(self) -> Flow[None]:
        """See `cocapi.Store.close`."""
        ...


S = TypeVar("S", bound=Closable)


def in_each_mode(check: Callable[[Any, S], Flow[None]]) -> Callable[..., None]:
    """A check as a test with a parameter `mode`."""

    @pytest.mark.parametrize("mode", MODES)
    def test(self: Conformance[S], mode: str) -> None:
        self.run(mode, functools.partial(check, self))

    test.__doc__ = check.__doc__
    return test


class Conformance(Generic[S]):
    """What something promises, as tests. Override `new_store`, and more where it fits your store better."""

    tick: float = 0.2
    """Seconds of the store's clock that checks let pass, to begin with. Where a check fails in real time
    while the machine was too slow for that, it is run again with twice as many: see `run`."""

    tolerance: float = 0.05
    """Seconds by which the store's clock and `pass_time` may differ. 0: both are exact, as with a clock that
    is moved by hand, and expiry is checked to the instant."""

    def new_store(self) -> S:
        """A store with nothing in it, whatever others are in use."""
        raise NotImplementedError(f"{type(self).__name__}.new_store must make the store to be checked")

    def second_handle(self, store: S) -> S:
        """Another object for the same content, as another process would have; the same where a store is
        shared by nobody."""
        return store

    def pass_time(self, seconds: float) -> Flow[None]:
        """Let the store's clock go on. Real time passes; override it to move a clock by hand."""
        yield from sleep(seconds)

    def run(self, mode: str, check: Callable[[S], Flow[T]]) -> T:
        """Run a check over a new store, and close that, all in one event loop.

        In real time (`tolerance` above 0) a check relies on verbs' taking little of a tick. One that fails
        when all else but `pass_time` took more than `SLOW` of a tick proves nothing: it is run again with
        twice the tick, until it passes, or fails in time.
        """
        while True:
            self._passed: float = 0.0
            started = elapsed()
            try:
                return self._run(mode, check)
            except AssertionError:
                late = elapsed() - started - self._passed
                if not self.tolerance or late < SLOW * self.tick or self.tick >= LONGEST_TICK:
                    raise
            self.tick *= 2

    def _pass(self, seconds: float) -> Flow[None]:
        """Let time pass, and note how much was meant to."""
        self._passed += seconds
        yield from self.pass_time(seconds)

    def _run(self, mode: str, check: Callable[[S], Flow[T]]) -> T:
        store = self.new_store()
        self._others: list[S] = []
        flow = self._closed_after(store, check(store))
        if mode == "sync":
            return run(flow, SyncIO(nothing_is_sent, nap))
        io = AsyncIO(nothing_is_sent, asleep)
        if mode == "asyncio":
            return asyncio.run(arun(flow, io))
        return trio.run(arun, flow, io)

    def _another(self, store: S) -> S:
        """A second handle, closed with the store."""
        other = self.second_handle(store)
        if other is not store:
            self._others.append(other)
        return other

    def _closed_after(self, store: S, check: Flow[T]) -> Flow[T]:
        try:
            value = yield from check
        except AssertionError:  # it may be run again
            yield from self._close(store)
            raise
        yield from self._close(store)
        return value

    def _close(self, store: S) -> Flow[None]:
        """Close all handles, and the store twice, which it must bear."""
        for opened in (*self._others, store, store):
            yield from opened.close()


def together(flows: Sequence[Flow[T]]) -> Flow[list[T]]:
    """Run flows at the same time, in threads or tasks; what they return, in their order."""
    return do(functools.partial(in_threads, flows), functools.partial(in_tasks, flows))


def in_threads(flows: Sequence[Flow[T]]) -> list[T]:
    start = threading.Barrier(len(flows))

    def begin(flow: Flow[T]) -> T:
        start.wait(10)
        return run(flow, SyncIO(nothing_is_sent, nap))

    with ThreadPoolExecutor(len(flows)) as pool:
        return list(pool.map(begin, flows))


async def in_tasks(flows: Sequence[Flow[T]]) -> list[T]:
    results: dict[int, T] = {}

    async def begin(number: int, flow: Flow[T]) -> None:
        results[number] = await arun(flow, AsyncIO(nothing_is_sent, asleep))

    async with anyio.create_task_group() as group:
        for number, flow in enumerate(flows):
            group.start_soon(begin, number, flow)
    return [results[number] for number in range(len(flows))]


def repeated(times: int, verb: Callable[[], Flow[T]]) -> Flow[list[T]]:
    """What a verb answers when it is asked so many times, one after another."""
    answers = []
    for _ in range(times):
        answers.append((yield from verb()))  # noqa: PERF401  # no comprehension may yield
    return answers


def nothing_is_sent(_: object) -> Any:
    """Refuse to send: a store is no client of the API."""
    raise TypeError("a store sends nothing to the API")
