"""Many calls of one operation at once: ``batch`` gathers the answers, ``stream`` yields them as they come.

Threads do the work in synchronous code, tasks in asynchronous code, never more than there are connections.
What goes wrong with one key stands in the place of its answer and stops nothing.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from contextvars import copy_context
from itertools import islice
from typing import Any, Protocol, TypeAlias, TypeVar, overload

from cocapi.api.methods import operation_of
from cocapi.api.operations import normal_tag
from cocapi.config import ApiConfig
from cocapi.errors import CocApiError, ConfigError, InvalidParams
from cocapi.interrupts import reraise

__all__ = ["AsyncBatches", "SyncBatches"]

E = TypeVar("E", covariant=True)
K = TypeVar("K")
R = TypeVar("R")

Several: TypeAlias = "tuple[Any, ...] | list[Any]"
"""The arguments of one call."""

S = TypeVar("S", bound="Several")


class Configured(Protocol):
    """What both ask of the client: how many connections it has."""

    @property
    def config(self) -> ApiConfig:
        """The settings."""
        ...


class SyncBatches(Configured, Protocol[E]):
    """Gives `cocapi.CocApi` the methods `batch` and `stream`. Among the answers an `E` tells of a failure;
    it is Never where an error dict does."""

    @overload
    def batch(
        self, method: Callable[[K], R], args_list: Iterable[K], max_concurrent: int | None = None
    ) -> list[R | E]: ...
    @overload
    def batch(
        self, method: Callable[..., R], args_list: Iterable[Several], max_concurrent: int | None = None
    ) -> list[R | E]: ...
    def batch(
        self, method: Callable[..., Any], args_list: Iterable[Any], max_concurrent: int | None = None
    ) -> list[Any]:
        """The answers for `args_list`, in its order, one call for each thing however often it occurs.

            clans = api.batch(api.clan_tag, ["#2PP", "#2QQ"])

        method:
            An operation of this client, or any function.
        args_list:
            What to call it with, one after another; a tuple or list is taken as several arguments.
        max_concurrent:
            How many threads call at once; `ApiConfig.max_connections` at most, which is also what
            None means.

        A call that failed leaves its error in place of its answer: the error dict, or with
        `raise_errors` the exception.

        Raises:
            ConfigError: for a `max_concurrent` below 1.
        """
        workers = crew_size(max_concurrent, self.config)
        asked = list(args_list)
        names = [identity(method, key) for key in asked]
        firsts = dict(zip(reversed(names), reversed(asked), strict=True))
        answers = dict(flow(lambda name: call(method, firsts[name]), firsts, workers))
        return spread(names, answers)

    @overload
    def stream(
        self, method: Callable[[K], R], args_list: Iterable[K], max_concurrent: int | None = None
    ) -> Iterator[tuple[K, R | E]]: ...
    @overload
    def stream(
        self, method: Callable[..., R], args_list: Iterable[S], max_concurrent: int | None = None
    ) -> Iterator[tuple[S, R | E]]: ...
    def stream(
        self, method: Callable[..., Any], args_list: Iterable[Any], max_concurrent: int | None = None
    ) -> Iterator[tuple[Any, Any]]:
        """Pairs of what was asked for and its answer, as the answers come.

            for tag, player in api.stream(api.players, tags):
                print(tag, player.get("name"))

        args_list:
            Of any length: it is read only as far as there are threads to call, so memory does not grow.
            What occurs twice is asked for twice.

        Stop whenever you like: nothing further is asked for, and the threads end with the calls that
        they are making. Arguments and errors are else those of `batch`.
        """
        return flow(lambda key: call(method, key), args_list, crew_size(max_concurrent, self.config))


class AsyncBatches(Configured, Protocol[E]):
    """Gives `cocapi.AsyncCocApi` the methods `batch` and `stream`; see `SyncBatches`."""

    @overload
    async def batch(
        self, method: Callable[[K], Awaitable[R]], args_list: Iterable[K], max_concurrent: int | None = None
    ) -> list[R | E]: ...
    @overload
    async def batch(
        self,
        method: Callable[..., Awaitable[R]],
        args_list: Iterable[Several],
        max_concurrent: int | None = None,
    ) -> list[R | E]: ...
    async def batch(
        self,
        method: Callable[..., Awaitable[Any]],
        args_list: Iterable[Any],
        max_concurrent: int | None = None,
    ) -> list[Any]:
        """The answers for `args_list`, in its order; see `SyncBatches.batch`. Tasks call at once."""
        workers = crew_size(max_concurrent, self.config)
        asked = list(args_list)
        names = [identity(method, key) for key in asked]
        firsts = dict(zip(reversed(names), reversed(asked), strict=True))
        answers: dict[Hashable, Any] = {}

        async def give(name: Hashable, answer: Any) -> None:
            answers[name] = answer

        await Crew(lambda name: call(method, firsts[name]), firsts, workers).work(give)
        return spread(names, answers)

    @overload
    def stream(
        self, method: Callable[[K], Awaitable[R]], args_list: Iterable[K], max_concurrent: int | None = None
    ) -> AsyncIterator[tuple[K, R | E]]: ...
    @overload
    def stream(
        self,
        method: Callable[..., Awaitable[R]],
        args_list: Iterable[S],
        max_concurrent: int | None = None,
    ) -> AsyncIterator[tuple[S, R | E]]: ...
    def stream(
        self,
        method: Callable[..., Awaitable[Any]],
        args_list: Iterable[Any],
        max_concurrent: int | None = None,
    ) -> AsyncIterator[tuple[Any, Any]]:
        """Pairs of what was asked for and its answer, as the answers come; see `SyncBatches.stream`.

            async for tag, player in api.stream(api.players, tags):
                print(tag, player.get("name"))

        Leaving the loop early cancels the calls that are under way, as soon as the iterator is closed:
        asyncio does that by itself, `contextlib.aclosing` at a moment of your choice.
        """
        return aflow(lambda key: call(method, key), args_list, crew_size(max_concurrent, self.config))


def crew_size(wanted: int | None, config: ApiConfig) -> int:
    """How many may call at once: more than there are connections would only wait for one.

    Raises:
        ConfigError: for a number below 1.
    """
    if wanted is None:
        return config.max_connections
    if isinstance(wanted, bool) or not isinstance(wanted, int) or wanted < 1:
        raise ConfigError(f"max_concurrent is {wanted!r}: it must be a whole number, 1 or more, or None")
    return min(wanted, config.max_connections)


def call(method: Callable[..., R], key: object) -> R:
    """Call `method` with `key`, or with the several arguments that it is."""
    return method(*key) if isinstance(key, tuple | list) else method(key)


def identity(method: Callable[..., Any], key: object) -> Hashable:
    """What two keys for the same thing have in common: a tag may be written in several ways."""
    first, *others = key if isinstance(key, tuple | list) and key else (key,)
    operation = operation_of(method)
    if operation is not None and "Tag}" in operation.template:
        with suppress(InvalidParams):  # the call will tell
            first = normal_tag(first)
    name = (first, *others)
    try:
        hash(name)
    except TypeError:
        return object()  # a dict of parameters, say: like nothing else
    return name


def spread(names: Iterable[Hashable], answers: dict[Hashable, Any]) -> list[Any]:
    """The answer of each name; where one occurs again, with a copy of its own."""
    given: set[Hashable] = set()
    results = []
    for name in names:
        answer = answers[name]
        results.append(copy.deepcopy(answer) if name in given and isinstance(answer, dict) else answer)
        given.add(name)
    return results


def settled(call: Callable[[K], R], key: K) -> R | CocApiError:
    """The answer, or the error in its place."""
    try:
        return call(key)
    except CocApiError as error:
        return error


class Keys(Iterator[K]):
    """Things to ask for, one after another, up to the first failure in reading them or in a call.

    failure:
        What was raised; None: nothing yet.
    """

    def __init__(self, keys: Iterable[K]) -> None:
        self._keys = iter(keys)
        self.failure: Exception | None = None

    def __next__(self) -> K:
        if self.failure is not None:
            raise StopIteration
        try:
            return next(self._keys)
        except StopIteration:
            raise
        except Exception as error:
            reraise(error)
            self.failure = error
            raise StopIteration from None

    def failed_in(self, future: Future[Any]) -> bool:
        """Whether a call raised. Nothing further is asked for then."""
        error = future.exception()
        if isinstance(error, Exception):
            self.failure = self.failure or error
        elif error is not None:
            raise error
        return error is not None

    def raise_failure(self) -> None:
        """Raise what was raised, if anything was."""
        if self.failure is not None:
            raise self.failure


def flow(call: Callable[[K], R], keys: Iterable[K], workers: int) -> Iterator[tuple[K, R | CocApiError]]:
    """Let threads call; each that ends makes room for the next key.

    What reading the keys or calling raises is raised when all that was asked for has been handed over.
    """
    waiting = Keys(keys)
    running: dict[Future[R | CocApiError], K] = {}
    with ThreadPoolExecutor(workers, thread_name_prefix="cocapi") as pool:

        def employ(number: int) -> None:
            for key in islice(waiting, number):
                running[pool.submit(copy_context().run, settled, call, key)] = key

        try:
            employ(workers)
            while running:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    key = running.pop(future)
                    employ(1)
                    if not waiting.failed_in(future):
                        yield key, future.result()
            waiting.raise_failure()
        finally:
            for future in running:
                future.cancel()


class Crew:
    """Tasks that call for one key after another until there is none left.

    Raises:
        Exception: from `work`, what reading the keys or calling raised beside CocApiError, when all that
            was asked for has been handed over.
    """

    def __init__(self, call: Callable[[Any], Awaitable[Any]], keys: Iterable[Any], workers: int) -> None:
        self.call = call
        self.keys: Keys[Any] = Keys(keys)
        self.workers = workers

    async def work(self, give: Callable[[Any, Any], Awaitable[None]]) -> None:
        """Hand each key and its answer to `give`."""
        import anyio

        async with anyio.create_task_group() as group:
            for _ in range(self.workers):
                group.start_soon(self._one, give)
        self.keys.raise_failure()

    async def _one(self, give: Callable[[Any, Any], Awaitable[None]]) -> None:
        for key in self.keys:
            try:
                answer = await self.call(key)
            except CocApiError as error:
                answer = error
            except Exception as error:
                reraise(error)
                self.keys.failure = self.keys.failure or error
                return
            await give(key, answer)


async def aflow(
    call: Callable[[K], Awaitable[R]], keys: Iterable[K], workers: int
) -> AsyncIterator[tuple[K, R | CocApiError]]:
    """Let tasks call, beside the task that iterates; they end when it stops."""
    import anyio

    crew = Crew(call, keys, workers)
    entrance, exit_ = anyio.create_memory_object_stream[tuple[K, Any]](0)
    finished = anyio.Event()
    scope = anyio.CancelScope()
    failures: list[Exception] = []

    async def give(key: Any, answer: Any) -> None:
        await entrance.send((key, answer))

    async def work() -> None:
        try:
            with scope, entrance:
                await crew.work(give)
        except Exception as error:
            failures.append(error)
        except BaseException:  # the event loop is being shut down, and nobody may be left to read
            exit_.close()
            raise
        finally:
            finished.set()

    task = beside(work)
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


def beside(work: Callable[[], Any]) -> object:
    """Start `work` as a task of the event loop's own: an iterator may be closed by any task, so none of
    them can be its parent. The reference keeps it alive."""
    trio = sys.modules.get("trio")
    if trio is not None and trio.lowlevel.in_trio_run():
        return trio.lowlevel.spawn_system_task(work)
    import asyncio

    return asyncio.get_running_loop().create_task(work())
