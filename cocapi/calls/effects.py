"""What a flow may ask of the world.

A flow is a generator that yields effects and is sent back what became of them. It decides; a driver
(`cocapi.calls.drivers`) acts. Each effect has one helper, to be used with ``yield from``:

    response = yield from send(request)
    yield from sleep(0.5)
    value = yield from do(blocking=lambda: redis.get(key), awaiting=lambda: aredis.get(key))
    clan = yield from call(api.clan_tag, "#2PP")
    clan, war = yield from gather(call(api.clan_tag, "#2PP"), call(api.clan_current_war, "#2PP"))

Effects are not frozen, for each call makes some, and freezing would cost it a microsecond apiece.

Rules for the author of a flow: yield only through these helpers; never yield in a ``finally`` block (a
cancelled flow is closed, and a closed generator must not yield); run a flow once.
"""

from __future__ import annotations

import operator
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import GeneratorType
from typing import Any, Generic, Literal, ParamSpec, TypeAlias, TypeVar, cast, overload

from cocapi.calls.messages import Request, Response
from cocapi.errors import CocApiError, ConfigError

__all__ = [
    "Call",
    "Do",
    "Effect",
    "Eventual",
    "Flow",
    "Gather",
    "Send",
    "Sleep",
    "at_least_one",
    "call",
    "do",
    "gather",
    "relay",
    "send",
    "sleep",
    "stepped",
    "transmit",
]

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")


@dataclass(slots=True)
class Send:
    """Make an attempt with `request`; answered with a `Response`.

    It goes through `cocapi_attempt` and `cocapi_attempted`, so it obeys the rate limit. The driver throws a
    `cocapi.errors.CocApiError` into the flow when a plugin refuses it or no whole response came.

    Args:
        admitted: True of the pipeline's own attempts: every plugin has let the attempt go, and the request is
            handed to the transport.
    """

    request: Request
    admitted: bool = field(default=False, compare=False, repr=False)


@dataclass(slots=True)
class Sleep:
    """Let `seconds` pass. Zero and less return at once."""

    seconds: float


@dataclass(slots=True)
class Do:
    """Do I/O of the plugin's own: the driver calls the side that fits and answers with its result.

    Args:
        blocking: Called without arguments in synchronous code. It may block its thread.
        awaiting: Called without arguments in asynchronous code; what it returns is awaited.
        within: Seconds in which `blocking` returns or raises by itself, as a socket with a timeout does;
            None: nobody knows, so whoever must bound it calls it in a thread, which can be left to itself.
    """

    blocking: Callable[[], Any]
    awaiting: Callable[[], Awaitable[Any]]
    within: float | None = None


@dataclass(slots=True)
class Call:
    """Make a whole call, through all hooks; answered with what the user would receive.

    The driver throws the `cocapi.errors.CocApiError` of a call that failed into the flow, also where the
    client answers with error dicts.

    Args:
        method: A method of a client; of one for asynchronous code in asynchronous code.
        args: What it is called with.
        keywords: The same, by name.
    """

    method: Callable[..., Any]
    args: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Gather:
    """Run `flows` at once; answered with a tuple of their results, in the order of the flows.

    The first that raises ends the others, and its exception is thrown into the flow.

    Args:
        flows: Flows that have not begun.
        limit: How many run at the same time; None: as many as the client has connections, which is also
            the most.
    """

    flows: tuple[Flow[Any], ...]
    limit: int | None = None


Effect: TypeAlias = Send | Sleep | Do | Call | Gather
Flow: TypeAlias = Generator[Effect, Any, T]
"""A generator that yields effects and returns a `T`."""


class Eventual(Generic[T_co]):
    """To a type checker, what a method of a client answers of which it is not known whether it is
    synchronous: a `T_co` or an awaitable of it. `call` makes a `T_co` of it. There are no instances."""


def send(request: Request) -> Flow[Response]:
    """Make a further attempt, with `request`: held back by the rate limit, and observed, as any.

    Args:
        request: A copy of the call's, made with `dataclasses.replace`, or another. The token is added on the
            way.

    Returns:
        The response, whatever its status code. `cocapi_error` is not asked.

    Raises:
        TransportError: No whole response came (timeout, lost connection, too large).
        CocApiError: A plugin refused the attempt.
    """
    return cast(Response, (yield Send(request)))


def transmit(request: Request) -> Flow[Response]:
    """Hand `request` to the transport: an attempt that every plugin has let go. For the pipeline alone.

    Raises:
        TransportError: No whole response came.
    """
    return cast(Response, (yield Send(request, admitted=True)))


def sleep(seconds: float) -> Flow[None]:
    """Let `seconds` pass without holding a thread in asynchronous code."""
    yield Sleep(seconds)


def do(
    blocking: Callable[[], T], awaiting: Callable[[], Awaitable[T]], within: float | None = None
) -> Flow[T]:
    """Run `blocking()` in synchronous code, ``await awaiting()`` in asynchronous code.

    Args:
        blocking: It may block its thread.
        awaiting: The same for an event loop.
        within: Seconds in which `blocking` ends by itself; None: nobody knows (see `Do`).

    Raises:
        Exception: Whatever the side that ran raised.
    """
    return cast(T, (yield Do(blocking, awaiting, within)))


@overload
def call(
    method: Callable[P, Coroutine[object, None, T]], /, *args: P.args, **keywords: P.kwargs
) -> Flow[T]: ...
@overload
def call(method: Callable[P, Eventual[T]], /, *args: P.args, **keywords: P.kwargs) -> Flow[T]: ...
@overload
def call(method: Callable[P, T], /, *args: P.args, **keywords: P.kwargs) -> Flow[T]: ...
def call(method: Callable[..., Any], /, *args: Any, **keywords: Any) -> Flow[Any]:
    """Make a whole call of a client: ``clan = yield from call(api.clan_tag, "#2PP")``.

    Args:
        method: An operation of a client, a composite (`cocapi.composite`), or another method of one. A
            composite becomes a part of this flow.
        args: Its arguments.
        keywords: Its arguments by name.

    Returns:
        Its answer: a dict, or a model where `method` is one of ``api.models``.

    Raises:
        CocApiError: The call failed, also where the client answers with error dicts.
        RecursionError: Calls made in hooks met those hooks again, ten deep.
    """
    flow: Callable[..., Flow[Any]] | None = getattr(method, "flow", None)
    if flow is not None:
        return (yield from flow(method.__self__, *args, **keywords))  # type: ignore[attr-defined]  # it is bound
    return (yield Call(method, args, keywords))


@overload
def gather(a: Flow[A], b: Flow[B], /, *, limit: int | None = None) -> Flow[tuple[A, B]]: ...
@overload
def gather(a: Flow[A], b: Flow[B], c: Flow[C], /, *, limit: int | None = None) -> Flow[tuple[A, B, C]]: ...
@overload
def gather(
    a: Flow[A], b: Flow[B], c: Flow[C], d: Flow[D], /, *, limit: int | None = None
) -> Flow[tuple[A, B, C, D]]: ...
@overload
def gather(*flows: Flow[T], limit: int | None = None) -> Flow[tuple[T, ...]]: ...
@overload
def gather(
    a: Flow[A], b: Flow[B], /, *, limit: int | None = None, return_errors: Literal[True]
) -> Flow[tuple[A | CocApiError, B | CocApiError]]: ...
@overload
def gather(
    a: Flow[A], b: Flow[B], c: Flow[C], /, *, limit: int | None = None, return_errors: Literal[True]
) -> Flow[tuple[A | CocApiError, B | CocApiError, C | CocApiError]]: ...
@overload
def gather(
    *flows: Flow[T], limit: int | None = None, return_errors: Literal[True]
) -> Flow[tuple[T | CocApiError, ...]]: ...
def gather(*flows: Flow[Any], limit: int | None = None, return_errors: bool = False) -> Flow[tuple[Any, ...]]:
    """Run several flows at once: ``clan, war = yield from gather(call(…), call(…))``.

    Threads run them in synchronous code, tasks in asynchronous code; none is left when this returns or
    raises.

    Args:
        flows: What `call` returns, or any other flows; each is run once.
        limit: How many run at the same time, 1 or more; None: as many as the client has connections
            (`ApiConfig.max_connections`), which is also the most. Flows that gather themselves share it.
        return_errors: True leaves the `CocApiError` of a flow in the place of its result, and the others go
            on. Any other exception ends them all.

    Returns:
        Their results, in the order of the flows.

    Raises:
        CocApiError: The first error of a flow, by time. The others are ended: a task is cancelled, a thread
            wakes if it waits, and ends with the request that it is sending.
        ConfigError: `limit` makes no sense.
        TypeError: One of `flows` is no flow, such as an answer.
    """
    for flow in flows:
        if not isinstance(flow, GeneratorType):
            raise TypeError(
                f"gather() takes flows, such as call(api.clan_tag, tag), not {type(flow).__name__}"
            )
    if return_errors:
        flows = tuple(map(or_error, flows))
    return cast(tuple[Any, ...], (yield Gather(flows, at_least_one("limit", limit))))


def or_error(flow: Flow[T]) -> Flow[T | CocApiError]:
    """The result of `flow`, or the error in its place."""
    try:
        return (yield from flow)
    except CocApiError as error:
        return error


def at_least_one(name: str, number: int | None) -> int | None:
    """`number`, which bounds how many calls are made at once.

    Raises:
        ConfigError: It is neither None nor a whole number of 1 or more.
    """
    if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < 1):
        raise ConfigError(f"{name} is {number!r}: it must be a whole number, 1 or more, or None")
    return number


def relay(
    flow: Flow[T],
    perform: Callable[[Effect], Flow[Any]],
    step: Callable[[Callable[[], Effect]], Effect] = operator.call,
) -> Flow[T]:
    """Run `flow`, whose effects something else does, or changes on their way.

    Args:
        perform: A flow of one effect, which returns what that is answered with. What it raises is thrown into
            `flow`.
        step: Takes a step of `flow` from one effect to the next, by calling what it is given.
    """
    resume: Callable[[], Effect] = partial(next, flow)
    try:
        while True:
            effect = step(resume)
            try:
                value = yield from perform(effect)
            except Exception as error:
                resume = partial(flow.throw, error)
            else:
                resume = partial(flow.send, value)
    except StopIteration as end:
        return cast(T, end.value)
    finally:
        flow.close()


def stepped(flow: Flow[T], clock: Callable[[], float], took: Callable[[float], object]) -> Flow[T]:
    """Run `flow`, and tell how many seconds each of its steps from one effect to the next took.

    Args:
        clock: Tells seconds; only differences count.
        took: Is told of each step, one that raises included.
    """

    def step(resume: Callable[[], Effect]) -> Effect:
        started = clock()
        try:
            return resume()
        finally:
            took(clock() - started)

    return relay(flow, as_it_is, step)


def as_it_is(effect: Effect) -> Flow[Any]:
    """Leave an effect to whoever runs the flow."""
    return (yield effect)
