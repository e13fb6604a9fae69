"""What a flow may ask of the world.

A flow is a generator that yields effects and is sent back what became of them. It decides; a driver
(`cocapi.calls.drivers`) acts. There are three effects, each with one helper to be used with ``yield from``:

    response = yield from send(request)
    yield from sleep(0.5)
    value = yield from do(blocking=lambda: redis.get(key), awaiting=lambda: aredis.get(key))

Rules for the author of a flow: yield only through these helpers; never yield in a ``finally`` block (a
cancelled flow is closed, and a closed generator must not yield); use a flow for one request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar, cast

from cocapi.calls.messages import Request, Response

__all__ = ["Do", "Effect", "Flow", "Send", "Sleep", "do", "send", "sleep"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Send:
    """Send `request` through the transport; answered with a `Response`.

    The driver throws a `cocapi.errors.TransportError` into the flow when no whole response came.
    """

    request: Request


@dataclass(frozen=True, slots=True)
class Sleep:
    """Let `seconds` pass. Zero and less return at once."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Do:
    """Do I/O of the plugin's own: the driver calls the side that fits and answers with its result.

    blocking:
        Called without arguments in synchronous code. It may block its thread.
    awaiting:
        Called without arguments in asynchronous code; what it returns is awaited.
    """

    blocking: Callable[[], Any]
    awaiting: Callable[[], Awaitable[Any]]


Effect: TypeAlias = Send | Sleep | Do
Flow: TypeAlias = Generator[Effect, Any, T]
"""A generator that yields effects and returns a `T`."""


def send(request: Request) -> Flow[Response]:
    """Send `request`; returns the response whatever its status code.

    Raises:
        TransportError: when no whole response came (timeout, lost connection, too large).
    """
    return cast(Response, (yield Send(request)))


def sleep(seconds: float) -> Flow[None]:
    """Let `seconds` pass without holding a thread in asynchronous code."""
    yield Sleep(seconds)


def do(blocking: Callable[[], T], awaiting: Callable[[], Awaitable[T]]) -> Flow[T]:
    """Run `blocking()` in synchronous code, ``await awaiting()`` in asynchronous code.

    Raises:
        Exception: whatever the side that ran raised.
    """
    return cast(T, (yield Do(blocking, awaiting)))
