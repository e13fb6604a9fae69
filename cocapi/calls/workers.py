"""Several jobs at once, in threads or in tasks: no more than wanted, and none left behind.

A job is taken when a worker is free for it, so their number may be endless. The first that raises ends all.
"""

from __future__ import annotations

import queue
import sys
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable
from contextvars import Context, copy_context
from itertools import islice
from threading import Thread, main_thread
from typing import Any, Generic, TypeAlias, TypeVar

from cocapi.calls.endings import Cancellation
from cocapi.interrupts import undisturbed
from cocapi.loops import ends_task

__all__ = ["Tasks", "as_threads_end", "run_tasks"]

K = TypeVar("K")
R = TypeVar("R")
T = TypeVar("T")

Job: TypeAlias = tuple[K, Callable[[], R]]
"""What a result is for, and the function that gives it."""

LOOK_ROUND = 1.0
"""Seconds after which a thread without a job looks whether it is still needed."""


def as_threads_end(jobs: Iterable[Job[K, R]], workers: int) -> Generator[tuple[K, R], None, None]:
    """Let threads do the jobs; pairs of key and result.

    Closing the iterator ends the jobs: a thread that waits wakes, one that sends ends with what it sends.

    Raises:
        Exception: The first that a job, or reading `jobs`, raised.
    """
    waiting = iter(jobs)
    first_jobs = list(islice(waiting, workers))
    threads: Threads[K, R] = Threads()
    try:
        threads.start(len(first_jobs))
        for job in first_jobs:
            threads.give(job)
        under_way = len(first_jobs)
        while under_way:
            ended = threads.wait()
            under_way -= 1
            for job in islice(waiting, 1):
                threads.give(job)
                under_way += 1
            yield ended
    finally:
        threads.end()


class Threads(Generic[K, R]):
    """Threads that do one job after another until they are told to end, or are forgotten.

    No signal handler can leave them behind: they are started where none reaches, all else goes through queues
    of C, and a thread that has nothing to do for a second looks whether anybody is there.
    """

    def __init__(self) -> None:
        self.cancellation: Cancellation = Cancellation()
        self.wanted: int = 0
        self.started: list[Thread] = []
        self._jobs: queue.SimpleQueue[tuple[Context, Job[K, R]] | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[tuple[K, R | None, BaseException | None]] = queue.SimpleQueue()
        self._ended: queue.SimpleQueue[None] = queue.SimpleQueue()

    def start(self, number: int) -> None:
        """Let so many threads work."""
        self.wanted = number
        started = self.started
        arguments = (weakref.ref(self), self.cancellation, self._jobs, self._results, self._ended)

        def begin() -> None:
            for _ in range(number):
                thread = Thread(target=work, args=arguments, name="cocapi", daemon=False)
                thread.start()
                started.append(thread)

        undisturbed(begin)

    def give(self, job: Job[K, R]) -> None:
        """Let the next free thread do a job, in a copy of the context of this one."""
        self._jobs.put((copy_context(), job))

    def wait(self) -> tuple[K, R]:
        """The key and result of the next job that ends.

        Raises:
            BaseException: The job raised it.
        """
        key, result, error = self._results.get()
        if error is None:
            return key, result  # type: ignore[return-value]  # it is None only where the job returned it
        try:
            raise error
        finally:
            del error  # whose traceback refers to this frame

    def end(self) -> None:
        """Cancel what is under way, and wait for its end. Threads that an interrupt kept from being counted
        end by themselves."""
        self.cancellation.come()
        for _ in range(self.wanted):
            self._jobs.put(None)
        for _ in self.started:
            self._ended.get()


def work(
    owner: Callable[[], object],
    cancellation: Cancellation,
    jobs: queue.SimpleQueue[tuple[Context, Job[Any, Any]] | None],
    results: queue.SimpleQueue[tuple[Any, Any, BaseException | None]],
    ended: queue.SimpleQueue[None],
) -> None:
    """What one of the threads of `Threads` does."""
    try:
        while (task := next_task(owner, jobs)) is not None:
            context, (key, job) = task
            try:
                results.put((key, context.run(cancellation.reaching, job), None))
            except BaseException as error:
                results.put((key, None, error))
            del task, context, key, job  # nothing is kept while it waits for the next
    finally:
        ended.put(None)


def next_task(owner: Callable[[], object], jobs: queue.SimpleQueue[T]) -> T | None:
    """The next job; None when there is none any more, or nobody to give one."""
    while True:
        try:
            return jobs.get(timeout=LOOK_ROUND)
        except queue.Empty:
            if owner() is None or not main_thread().is_alive():
                return None


async def run_tasks(
    jobs: Iterable[Job[K, Awaitable[R]]], workers: int, give: Callable[[K, R], Awaitable[None]]
) -> None:
    """Let tasks below this one do the jobs, and hand each key and result to `give`.

    Raises:
        BaseException: The first that a job, or reading `jobs`, raised.
    """
    import anyio

    waiting = iter(jobs)
    failures: list[BaseException] = []

    async def work() -> None:
        try:
            for key, job in waiting:
                await give(key, await job())
        except BaseException as error:  # also what is no Exception: whoever asked is told, not the task group
            if ends_task(error):
                raise
            failures.append(error)
            group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for _ in range(workers):
            group.start_soon(work)
    for failure in failures[:1]:
        raise failure


class Tasks(Generic[K, R]):
    """Tasks that do jobs, beside the one that iterates over what they give: pairs of key and result.

        async with Tasks(jobs, workers) as pairs:
            async for key, result in pairs: ...

    They end with the ``async with``. It is no asynchronous generator: an event loop that ends closes all of
    these at once, and finds one running that another closes.

    Raises:
        BaseException: At the end, the first that a job, or reading `jobs`, raised.
    """

    def __init__(self, jobs: Iterable[Job[K, Awaitable[R]]], workers: int) -> None:
        import anyio

        self._jobs = jobs
        self._workers = workers
        self._entrance, self._exit = anyio.create_memory_object_stream[tuple[K, R]](0)
        self._finished = anyio.Event()
        self._scope = anyio.CancelScope()
        self._failure: BaseException | None = None

    async def __aenter__(self) -> AsyncIterator[tuple[K, R]]:
        self._task = start_system_task(self._work)
        return self._exit

    async def __aexit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        import anyio

        self._exit.close()
        self._scope.cancel()
        with anyio.CancelScope(shield=True):
            await self._finished.wait()
        del self._task
        if error is None and self._failure is not None:
            raise self._failure

    async def _work(self) -> None:
        try:
            with self._scope, self._entrance:
                await run_tasks(self._jobs, self._workers, self._give)
        except BaseException as error:  # raised at the end of the ``async with``
            if ends_task(error):  # the event loop is being shut down, and nobody may be left to read
                self._exit.close()
                raise
            self._failure = error
        finally:
            self._finished.set()

    async def _give(self, key: K, result: R) -> None:
        await self._entrance.send((key, result))


def start_system_task(work: Callable[[], Any]) -> object:
    """Start `work` as a task of the event loop's own: an iterator may be closed by any task, so none of
    them can be its parent. The reference keeps it alive."""
    trio = sys.modules.get("trio")
    if trio is not None and trio.lowlevel.in_trio_run():
        return trio.lowlevel.spawn_system_task(work)
    import asyncio

    return asyncio.get_running_loop().create_task(work())
