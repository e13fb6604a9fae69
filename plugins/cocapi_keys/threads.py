"""What blocks, as a flow that holds up no event loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from cocapi import Flow, do

__all__ = ["in_thread"]

T = TypeVar("T")


def in_thread(function: Callable[[], T]) -> Flow[T]:
    """Call a function, in asynchronous code in a thread of its own."""

    async def awaiting() -> T:
        import anyio.to_thread

        return await anyio.to_thread.run_sync(function)

    elsewhere: Callable[[], Awaitable[T]] = awaiting
    return do(function, elsewhere)
