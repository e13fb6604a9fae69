"""What keeps an event loop alive when very many calls begin at once.

An event loop runs everything that is ready in one turn, and a new call is ready: a hundred thousand of them
are one turn of some seconds, in which no timer rings and nothing is read. So where many are under way, the
next wait at a turnstile, at little cost, and a few of them go on in each turn, in the order in which they
came. None waits for another to end.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from cocapi.clocks import asyncio_loop

__all__ = ["A_TURN", "CROWD", "Turnstile", "Turnstiles"]

CROWD = 1000
"""So many calls under way are a crowd: those that come then pass a turnstile."""

A_TURN = 100
"""How many go on in one turn of an event loop: some milliseconds of work."""


class Turnstiles:
    """One for each event loop that a client is used in."""

    def __init__(self) -> None:
        self._of: weakref.WeakKeyDictionary[Any, Turnstile] = weakref.WeakKeyDictionary()

    async def go_through(self) -> None:
        """Wait for a turn of the running event loop in which this call may go on."""
        loop = asyncio_loop()
        if loop is not None:
            turn = loop.create_future()
            self._at(loop).queue(partial(give, turn), loop.call_soon)
            await turn
        else:
            import trio

            event = trio.Event()
            token = trio.lowlevel.current_trio_token()
            self._at(token).queue(event.set, token.run_sync_soon)
            await event.wait()

    def _at(self, loop: object) -> Turnstile:
        return self._of.get(loop) or self._of.setdefault(loop, Turnstile())


class Turnstile:
    """Of one event loop, to be used in it alone."""

    def __init__(self) -> None:
        self._gates: deque[Callable[[], object]] = deque()

    def queue(self, open_gate: Callable[[], object], soon: Callable[..., object]) -> None:
        """Open a gate in its turn.

        Args:
            open_gate: What opens it; called once, unless the event loop ends before.
            soon: What lets the event loop call a function in its next turn, with arguments.
        """
        self._gates.append(open_gate)
        if len(self._gates) == 1:
            soon(self._open, soon)

    def _open(self, soon: Callable[..., object]) -> None:
        """Open the next gates, and come again while there are more."""
        for _ in range(min(A_TURN, len(self._gates))):
            self._gates.popleft()()
        if self._gates:
            soon(self._open, soon)


def give(turn: Any) -> None:
    """Let whoever awaits this future go on; nobody does when its task was cancelled."""
    if not turn.done():
        turn.set_result(None)
