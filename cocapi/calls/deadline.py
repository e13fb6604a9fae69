"""The bound of a call as a whole: attempts, waits, and what flows of plugins wait for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from cocapi.calls.effects import Do, Effect, Flow, Send, Sleep, relay
from cocapi.clocks import elapsed
from cocapi.errors import RequestTimeout

__all__ = ["awaited", "in_time"]

T = TypeVar("T")


def in_time(flow: Flow[T], seconds: float) -> Flow[T]:
    """Run `flow`, whose effects together may take so many seconds.

    An attempt is given what is left of them, a sleep that would take longer is not begun, and after them no
    effect is. What `do` awaits is cancelled; what it calls in synchronous code cannot be, and is waited for.

    Raises:
        RequestTimeout: Thrown into `flow` where it asks for what would come too late.
    """
    until = elapsed() + seconds

    def perform(effect: Effect) -> Flow[Any]:
        left = until - elapsed()
        if left <= 0 or (isinstance(effect, Sleep) and effect.seconds > left):
            raise late(seconds)
        match effect:
            case Send(request, admitted):
                bounded = replace(request, timeout=min(request.timeout, left))
                return (yield Send(bounded, admitted))
            case Do(blocking, awaiting):
                try:
                    return (yield Do(blocking, partial(awaited, awaiting, left)))
                except TimeoutError as error:
                    if elapsed() < until:
                        raise
                    raise late(seconds) from error
            case _:
                return (yield effect)

    return relay(flow, perform)


def late(seconds: float) -> RequestTimeout:
    return RequestTimeout(f"Request timeout: the call took longer than total_timeout={seconds:g} seconds")


async def awaited(awaiting: Callable[[], Awaitable[T]], seconds: float) -> T:
    """What `awaiting()` returns within so many seconds.

    Raises:
        TimeoutError: It took longer, and was cancelled.
    """
    import anyio  # only calls that have such a bound pay for it

    with anyio.fail_after(seconds):
        return await awaiting()
