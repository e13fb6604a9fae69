"""Many calls of one operation at once: ``batch`` gathers the answers, ``stream`` yields them as they come.

Threads do the work in synchronous code, tasks in asynchronous code, never more than there are connections.
What goes wrong with one key stands in the place of its answer and stops nothing.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable, Iterator
from contextlib import closing, suppress
from functools import partial
from typing import Any, Protocol, TypeAlias, TypeVar, overload

from cocapi.api.methods import operation_of
from cocapi.api.operations import normal_tag
from cocapi.callers import caller_level
from cocapi.calls.effects import Do, Flow, at_least_one, call, gather
from cocapi.calls.workers import Tasks, as_threads_end
from cocapi.client.session import Session
from cocapi.errors import CocApiError, ConfigError, InvalidParams
from cocapi.interrupts import reraise
from cocapi.text import cited

__all__ = ["AsyncBatches", "SyncBatches"]

E = TypeVar("E", covariant=True)
K = TypeVar("K")
R = TypeVar("R")

Several: TypeAlias = "tuple[Any, ...] | list[Any]"
"""The arguments of one call."""

S = TypeVar("S", bound="Several")


class HasSession(Protocol):
    """What both ask of the client: what runs a flow, and how many connections there are."""

    _session: Session


class SyncBatches(HasSession, Protocol[E]):
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

        A call that failed leaves its error in place of its answer: the error dict, or with `raise_errors`
        the exception.

        Args:
            method: An operation of this client, or any function.
            args_list: What to call it with, one after another; a tuple or list is taken as several
                arguments.
            max_concurrent: How many threads call at once; `ApiConfig.max_connections` at most, which is also
                what None means. A warning tells of more.

        Returns:
            The answers; where a thing occurs again, a copy of its own.

        Raises:
            ConfigError: `max_concurrent` is below 1, or no whole number; or `args_list` is one text.
            Exception: What reading `args_list`, or a function that is no operation, raised.
        """
        limit = concurrency(max_concurrent, self._session)
        return self._session.run(answers_to(method, list(several(args_list)), limit))

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

        Stop whenever you like: nothing further is asked for, and the threads end with the requests that they
        are sending.

        Args:
            method: An operation of this client, or any function.
            args_list: Of any length: it is read only as far as there are threads to call, so memory does not
                grow. What occurs twice is asked for twice.
            max_concurrent: As in `batch`.

        Yields:
            What was asked for, as it was given, and its answer, or the error in its place.

        Raises:
            ConfigError: At once; see `batch`.
            Exception: What reading `args_list`, or a function that is no operation, raised; when all that
                was asked for has been yielded.
        """
        workers = concurrency(max_concurrent, self._session)
        return threads(KeyedCalls(method, several(args_list)), self._session, workers)


class AsyncBatches(HasSession, Protocol[E]):
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
        limit = concurrency(max_concurrent, self._session)
        return await self._session.arun(answers_to(method, list(several(args_list)), limit))

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
        workers = concurrency(max_concurrent, self._session)
        return tasks(KeyedCalls(method, several(args_list)), self._session, workers)


def concurrency(wanted: int | None, session: Session) -> int:
    """How many calls are made at once: more than there are connections would only wait for one, and whoever
    wants more is warned.

    Raises:
        ConfigError: `wanted` is below 1, or no whole number.
    """
    most = session.config.max_connections
    limit = at_least_one("max_concurrent", wanted) or most
    if limit > most:
        warnings.warn(
            f"max_concurrent={limit}: {most} call at once, for ApiConfig.max_connections is {most}",
            UserWarning,
            stacklevel=caller_level(),
        )
    return min(limit, most)


def several(args_list: Iterable[Any]) -> Iterable[Any]:
    """What to call with, one after another.

    Raises:
        ConfigError: It is one text, whose letters nobody wants to ask for.
    """
    if isinstance(args_list, str | bytes):
        raise ConfigError(f"args_list is {cited(args_list)}, one text: write [{cited(args_list)}]")
    return args_list


def answers_to(method: Callable[..., Any], keys: list[Any], limit: int) -> Flow[list[Any]]:
    """The answers for `keys`, in their order; each thing is asked for once."""
    names = [identity(method, key) for key in keys]
    first_keys: dict[Hashable, Any] = {}
    for name, key in zip(names, keys, strict=True):
        first_keys.setdefault(name, key)
    flows = (answer_or_error(method, key) for key in first_keys.values())
    answers = yield from gather(*flows, limit=limit)
    return in_places(names, dict(zip(first_keys, answers, strict=True)))


def answer_or_error(method: Callable[..., Any], key: object) -> Flow[Any]:
    """What `method` answers for a key, or the error in its place.

    A composite becomes a part of the flow, so that what it gathers shares the bound of the batch.
    """
    arguments = key if isinstance(key, tuple | list) else (key,)
    ask = partial(method, *arguments)
    try:
        if hasattr(method, "flow"):
            return (yield from call(method, *arguments))
        return (yield Do(blocking=ask, awaiting=ask))
    except CocApiError as error:
        return error


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


def in_places(names: Iterable[Hashable], answers: dict[Hashable, Any]) -> list[Any]:
    """The answer of each name; where one occurs again, with a copy of its own."""
    given: set[Hashable] = set()
    results = []
    for name in names:
        answer = answers[name]
        results.append(copy.deepcopy(answer) if name in given and isinstance(answer, dict) else answer)
        given.add(name)
    return results


FAILED: Any = object()
"""In place of an answer: something was raised that is no `CocApiError`."""


class KeyedCalls(Iterator[tuple[K, Flow[Any]]]):
    """Keys, one after another, each with the flow that asks for it; up to the first failure in reading the
    keys or in a call.

    Attributes:
        failure: What was raised; None: nothing yet.
    """

    def __init__(self, method: Callable[..., Any], keys: Iterable[K]) -> None:
        self.method = method
        self.failure: Exception | None = None
        self._keys = iter(keys)

    def __next__(self) -> tuple[K, Flow[Any]]:
        if self.failure is not None:
            raise StopIteration
        try:
            key = next(self._keys)
        except StopIteration:
            raise
        except Exception as error:
            reraise(error)
            self.failure = error
            raise StopIteration from None
        return key, self.answer(key)

    def answer(self, key: K) -> Flow[Any]:
        """The answer for `key`, or the error in its place. FAILED: nothing further is asked for."""
        try:
            return (yield from answer_or_error(self.method, key))
        except Exception as error:
            reraise(error)
            self.failure = self.failure or error
            return FAILED

    def raise_failure(self) -> None:
        """Raise what was raised, if anything was: when all that was asked for has been handed over."""
        if self.failure is not None:
            raise self.failure


def threads(calls: KeyedCalls[K], session: Session, workers: int) -> Iterator[tuple[K, Any]]:
    """Pairs of key and answer, as threads get them."""
    jobs = ((key, partial(session.run, flow)) for key, flow in calls)
    with closing(as_threads_end(jobs, workers)) as pairs:
        for key, answer in pairs:
            if answer is not FAILED:
                yield key, answer
    calls.raise_failure()


async def tasks(calls: KeyedCalls[K], session: Session, workers: int) -> AsyncIterator[tuple[K, Any]]:
    """Pairs of key and answer, as tasks get them."""
    jobs = ((key, partial(session.arun, flow)) for key, flow in calls)
    async with Tasks(jobs, workers) as pairs:
        async for key, answer in pairs:
            if answer is not FAILED:
                yield key, answer
    calls.raise_failure()
