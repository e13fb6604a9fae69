"""Drivers run a flow: they do what it asks for and send back what came of it.

`run` serves synchronous code, `arun` asynchronous code; only ``await`` differs. An `Exception` is thrown
into the flow, which may handle it. A cancellation, a KeyboardInterrupt or any other BaseException is not,
nor is whatever a signal handler raises: it closes the flow, so that no broad ``except`` in a plugin can turn
a cancelled task into a result. So does ClientClosed: what waited has nothing to wait for any more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from cocapi.calls.effects import Do, Effect, Flow, Send, Sleep
from cocapi.calls.messages import Request, Response
from cocapi.errors import ClientClosed
from cocapi.interrupts import reraise

__all__ = ["AsyncIO", "SyncIO", "arun", "run"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SyncIO:
    """What synchronous code can do: `send` a request, `sleep` for seconds."""

    send: Callable[[Request], Response]
    sleep: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class AsyncIO:
    """What asynchronous code can do: the same, awaited."""

    send: Callable[[Request], Awaitable[Response]]
    sleep: Callable[[float], Awaitable[None]]


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
        case Send(request):
            return io.send(request)
        case Sleep(seconds):
            return io.sleep(seconds) if seconds > 0 else None
        case Do(blocking, _):
            return blocking()
        case _:
            raise no_effect(effect)


def aact(effect: Effect, io: AsyncIO) -> Awaitable[Any]:
    """Begin what `effect` asks for; no coroutine of its own, for a hundred thousand tasks may wait in it."""
    match effect:
        case Send(request):
            return io.send(request)
        case Sleep(seconds):
            return io.sleep(seconds) if seconds > 0 else nothing()
        case Do(_, awaiting):
            return awaiting()
        case _:
            raise no_effect(effect)


async def nothing() -> None:
    """Return at once."""


def no_effect(value: object) -> TypeError:
    """The error of a flow that yields anything but an effect; thrown into it, where it yielded."""
    kind = type(value).__name__
    return TypeError(f"it yielded a {kind}, no effect; in a flow write 'yield from sleep(…)', not 'yield'")
