"""Drivers run a flow: they do what it asks for and send back what came of it.

`run` serves synchronous code, `arun` asynchronous code; only ``await`` differs. An `Exception` is thrown
into the flow, which may handle it. A cancellation, a KeyboardInterrupt or any other BaseException is not,
nor is whatever a signal handler raises: it closes the flow, so that no broad ``except`` in a plugin can turn
a cancelled task into a result. So does ClientClosed: what waited has nothing to wait for any more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from cocapi.calls.effects import Call, Do, Effect, Flow, Gather, Send, Sleep, transmit
from cocapi.calls.endings import check_cancellation
from cocapi.calls.messages import Request, Response
from cocapi.calls.workers import as_threads_end, run_tasks
from cocapi.errors import ClientClosed
from cocapi.interrupts import reraise

__all__ = ["AsyncIO", "SyncIO", "arun", "run"]

T = TypeVar("T")

DEEPEST = 10
"""How deep calls may nest: each is made by a hook of the one before it."""


@dataclass(frozen=True, slots=True)
class SyncIO:
    """What synchronous code can do.

    Args:
        send: Hands a request to the transport.
        sleep: Lets seconds pass.
        limit: How many flows of one `Gather` run at the same time, at most.
        attempt: What becomes of a `Send` that is not admitted yet.
    """

    send: Callable[[Request], Response]
    sleep: Callable[[float], None]
    limit: int = 10
    attempt: Callable[[Request], Flow[Response]] = transmit


@dataclass(frozen=True, slots=True)
class AsyncIO:
    """What asynchronous code can do: the same, awaited."""

    send: Callable[[Request], Awaitable[Response]]
    sleep: Callable[[float], Awaitable[None]]
    limit: int = 10
    attempt: Callable[[Request], Flow[Response]] = transmit


def run(flow: Flow[T], io: SyncIO) -> T:
    """Run `flow` to its end in this thread and return what it returns."""
    try:
        effect = next(flow)
        while True:
            try:
                value = act(effect, io)
            except ClientClosed:
                raise
            except Exception as error:
                reraise(error)
                effect = flow.throw(error)
            else:
                effect = flow.send(value)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # a generator's value is typed Any
    except Exception as error:
        reraise(error)  # what hit the flow itself may come out of it wrapped
        raise
    finally:
        flow.close()


async def arun(flow: Flow[T], io: AsyncIO) -> T:
    """Run `flow` to its end in this task and return what it returns."""
    try:
        effect = next(flow)
        while True:
            try:
                value = await aact(effect, io)
            except ClientClosed:
                raise
            except Exception as error:
                reraise(error)
                effect = flow.throw(error)
            else:
                effect = flow.send(value)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # a generator's value is typed Any
    finally:
        flow.close()


def act(effect: Effect, io: SyncIO) -> Any:
    """Do what `effect` asks for."""
    match effect:
        case Send():
            request = effect.request
            return io.send(request) if effect.admitted else run(io.attempt(request), io)
        case Sleep():
            return io.sleep(effect.seconds) if effect.seconds > 0 else None
        case Do():
            return effect.blocking()
        case Call():
            return perform(effect)
        case Gather():
            return gather_in_threads(effect, io)
        case _:
            raise no_effect(effect)


def aact(effect: Effect, io: AsyncIO) -> Awaitable[Any]:
    """Begin what `effect` asks for; no coroutine of its own, for a hundred thousand tasks may wait in it."""
    match effect:
        case Send():
            request = effect.request
            return io.send(request) if effect.admitted else arun(io.attempt(request), io)
        case Sleep():
            return io.sleep(effect.seconds) if effect.seconds > 0 else nothing()
        case Do():
            return effect.awaiting()
        case Call():
            return aperform(effect)
        case Gather():
            return gather_in_tasks(effect, io)
        case _:
            raise no_effect(effect)


async def nothing() -> None:
    """Return at once."""


def perform(call: Call) -> Any:
    """Make a call in this thread.

    Raises:
        CocApiError: It failed.
        Cancelled: This thread works for a gather that has ended.
    """
    check_cancellation()
    with one_deeper():
        return begin(call, awaited=False)


async def aperform(call: Call) -> Any:
    """Make a call in this task.

    Raises:
        CocApiError: It failed.
    """
    with one_deeper():
        return await begin(call, awaited=True)


def begin(call: Call, awaited: bool) -> Any:
    """Begin a call: its answer, or where it is `awaited` an awaitable of it.

    Raises:
        TypeError: The client is for the other kind of code.
    """
    client = getattr(call.method, "__self__", None)
    if getattr(client, "async_mode", awaited) is not awaited:
        kinds = ("an asynchronous client", "a synchronous client")
        raise TypeError(
            f"{call.method.__name__} is of {kinds[awaited]}, and {kinds[not awaited]} runs this flow"
        )
    raising = getattr(client, "_raising", None)
    method = call.method if raising is None else getattr(raising(), call.method.__name__)
    return method(*call.args, **call.keywords)


depth: ContextVar[int] = ContextVar("cocapi_call_depth", default=0)
"""How many calls are under way of which each was made by a flow of the one before it."""


@contextmanager
def one_deeper() -> Iterator[None]:
    """Make a call below the one under way.

    Raises:
        RecursionError: There are too many.
    """
    if depth.get() == DEEPEST:
        raise RecursionError(
            f"calls go {DEEPEST} deep: a call that is made in a hook meets that hook again; "
            "let the hook leave out the plugin's own calls (with_options gives them a mark)"
        )
    token = depth.set(depth.get() + 1)
    try:
        yield
    finally:
        depth.reset(token)


def gather_in_threads(gather: Gather, io: SyncIO) -> tuple[Any, ...]:
    """Run the flows in threads; their results in order."""
    workers, share = divide(gather, io.limit)
    io = replace(io, limit=share)
    if workers == 1:
        return tuple(run(flow, io) for flow in gather.flows)
    jobs = ((place, partial(run, flow, io)) for place, flow in enumerate(gather.flows))
    with closing(as_threads_end(jobs, workers)) as results:
        return in_order(dict(results))


async def gather_in_tasks(gather: Gather, io: AsyncIO) -> tuple[Any, ...]:
    """Run the flows in tasks below this one; their results in order."""
    workers, share = divide(gather, io.limit)
    io = replace(io, limit=share)
    if workers == 1:
        return tuple([await arun(flow, io) for flow in gather.flows])
    results: dict[int, Any] = {}

    async def keep(place: int, result: Any) -> None:
        results[place] = result

    jobs = ((place, partial(arun, flow, io)) for place, flow in enumerate(gather.flows))
    await run_tasks(jobs, workers, keep)
    return in_order(results)


def divide(gather: Gather, limit: int) -> tuple[int, int]:
    """How many flows run at the same time, and how many flows each of them may run: `limit` in all."""
    workers = max(1, min(gather.limit or limit, limit, len(gather.flows)))
    return workers, max(1, limit // workers)


def in_order(results: dict[int, Any]) -> tuple[Any, ...]:
    """The results by their places."""
    return tuple(results[place] for place in range(len(results)))


def no_effect(value: object) -> TypeError:
    """The error of a flow that yields anything but an effect; thrown into it, where it yielded."""
    kind = type(value).__name__
    return TypeError(f"it yielded a {kind}, no effect; in a flow write 'yield from sleep(…)', not 'yield'")
