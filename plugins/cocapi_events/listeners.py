"""Functions that are called for events, each with a queue of its own: a slow one holds back itself."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from cocapi import Flow, do, sleep
from cocapi.interrupts import reraise
from cocapi_events.filters import Filter
from cocapi_events.kinds import GameEvent
from cocapi_events.schedule import Watched

if TYPE_CHECKING:
    from cocapi_events.watch import Watch

__all__ = ["Listener", "Listeners"]

log: logging.Logger = logging.getLogger("cocapi.events")

LOOK = 0.01
"""Seconds after which it is looked again whether listeners have ended."""


@dataclass(slots=True, eq=False)
class Delivery:
    """An event on its way to listeners; `left` have not returned."""

    watched: Watched
    event: GameEvent
    left: int


@dataclass(slots=True, eq=False)
class Listener:
    """A function, what it wants to hear, and what waits for it."""

    function: Callable[[Any], Any]
    filter: Filter
    waiting: deque[Delivery] = field(default_factory=deque)
    busy: bool = False

    @property
    def name(self) -> str:
        """For the log."""
        return getattr(self.function, "__qualname__", repr(self.function))


class Listeners:
    """The listeners of a watch.

    Args:
        watch: Whose events they hear.
    """

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.listeners: list[Listener] = []
        self.stopped = False
        self._lock = threading.Lock()
        self._under_way: dict[Watched, deque[Delivery]] = {}

    def run(self) -> Flow[None]:
        """Take events from the watch until it ends or is stopped, and hand them out.

        An event is done when all of its listeners have returned, and those of its thing before it are done.
        """
        while not self.stopped:
            pair = yield from self.watch.next_pair()
            if pair is None:
                break
            hearing = [listener for listener in self.listeners if listener.filter.wants(pair[1])]
            delivery = Delivery(*pair, left=len(hearing))
            with self._lock:
                self._under_way.setdefault(delivery.watched, deque()).append(delivery)
            if not hearing:
                yield from self._done(delivery.watched)
            for listener in hearing:
                self._hand(listener, delivery)
        while any(listener.busy for listener in self.listeners) and not self.stopped:
            yield from sleep(LOOK)

    def _hand(self, listener: Listener, delivery: Delivery) -> None:
        """Queue an event for a listener, which begins to work unless it is at it."""
        with self._lock:
            listener.waiting.append(delivery)
            begins, listener.busy = not listener.busy, True
        if begins:
            self.watch.api.background.start(partial(self._work, listener), f"listener {listener.name}")

    def _work(self, listener: Listener) -> Flow[None]:
        """Call a listener for what waits for it, one after another. One that raises is logged."""
        while True:
            with self._lock:
                if not listener.waiting or self.stopped:
                    listener.busy = False
                    return
                delivery = listener.waiting.popleft()
            ask = partial(listener.function, delivery.event)
            try:
                yield from do(blocking=ask, awaiting=partial(awaited, ask))
            except Exception as error:
                reraise(error)
                log.exception("the listener %s raised for %s", listener.name, delivery.event.id)
            with self._lock:
                delivery.left -= 1
            yield from self._done(delivery.watched)

    def _done(self, watched: Watched) -> Flow[None]:
        """Remember how far the events of a thing are done."""
        last = None
        with self._lock:
            under_way = self._under_way[watched]
            while under_way and not under_way[0].left:
                last = under_way.popleft()
        if last is not None:
            yield from self.watch.done(watched, last.event)


async def awaited(ask: Callable[[], Any]) -> Any:
    """What a function answers, which need not be asynchronous."""
    answer = ask()
    return await answer if isawaitable(answer) else answer
