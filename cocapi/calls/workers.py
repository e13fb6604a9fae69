"""Several jobs at once, in threads or in tasks: no more than wanted, and none left behind.

A job is taken when a worker is free for it, so their number may be endless. The first that raises ends all.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from itertools import islice
from typing import Any, TypeAlias, TypeVar

from cocapi.calls.endings import Cancellation

__all__ = ["as_tasks_end", "as_threads_end", "run_tasks"]

K = TypeVar("K")
R = TypeVar("R")

Job: TypeAlias = tuple[K, Callable[[], R]]
"""What a result is for, and the function that gives it."""


def as_threads_end(jobs: Iterable[Job[K, R]], workers: int) -> Generator[tuple[K, R], None, None]:
    """Let threads do the jobs; pairs of key and result.

    Closing the iterator ends the jobs: a thread that waits wakes, one that sends ends with what it sends.

    Raises:
        Exception: The first that a job, or reading `jobs`, raised.
    """
    waiting = iter(jobs)
    running: dict[Future[R], K] = {}
    cancellation = Cancellation()
    with ThreadPoolExecutor(workers, thread_name_prefix="cocapi") as pool:

        def start(number: int) -> None:
            for key, job in islice(waiting, number):
                running[pool.submit(copy_context().run, cancellation.reaching, job)] = key

        try:
            start(workers)
            while running:
                ended, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in ended:
                    key = running.pop(future)
                    result = future.result()
                    start(1)
                    yield key, result
        finally:
            cancellation.come()
            for future in running:
                future.cancel()


async def run_tasks(
    jobs: Iterable[Job[K, Awaitable[R]]], workers: int, give: Callable[[K, R], Awaitable[None]]
) -> None:
    """Let tasks below this one do the jobs, and hand each key and result to `give`.

    Raises:
        Exception: The first that a job, or reading `jobs`, raised.
    """
    import anyio

    waiting = iter(jobs)
    failures: list[Exception] = []

    async def work() -> None:
        try:
            for key, job in waiting:
                await give(key, await job())
        except Exception as error:
            failures.append(error)
            group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for _ in range(workers):
            group.start_soon(work)
    for failure in failures[:1]:
        raise failure


async def as_tasks_end(
    jobs: Iterable[Job[K, Awaitable[R]]], workers: int
) -> AsyncGenerator[tuple[K, R], None]:
    """Let tasks do the jobs, beside the task that iterates; pairs of key and result.

    The tasks end when the iterator is closed.

    Raises:
        Exception: The first that a job, or reading `jobs`, raised.
    """
    import anyio

    entrance, exit_ = anyio.create_memory_object_stream[tuple[K, R]](0)
    finished = anyio.Event()
    scope = anyio.CancelScope()
    failures: list[Exception] = []

    async def give(key: K, result: R) -> None:
        await entrance.send((key, result))

    async def work() -> None:
        try:
            with scope, entrance:
                await run_tasks(jobs, workers, give)
        except Exception as error:
            failures.append(error)
        except BaseException:  # the event loop is being shut down, and nobody may be left to read
            exit_.close()
            raise
        finally:
            finished.set()

    task = start_system_task(work)
    try:
        async for pair in exit_:
            yield pair
        for failure in failures:
            raise failure
    finally:
        exit_.close()
        scope.cancel()
        with anyio.CancelScope(shield=True):
            await finished.wait()
        del task


def start_system_task(work: Callable[[], Any]) -> object:
    """Start `work` as a task of the event loop's own: an iterator may be closed by any task, so none of
    them can be its parent. The reference keeps it alive."""
    trio = sys.modules.get("trio")
    if trio is not None and trio.lowlevel.in_trio_run():
        return trio.lowlevel.spawn_system_task(work)
    import asyncio

    return asyncio.get_running_loop().create_task(work())
