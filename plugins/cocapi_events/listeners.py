"""Functions that are called for events, each with a queue of its own: a slow one holds back itself."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cocapi import ClientClosed, Flow, do, sleep
from cocapi.loops import ends_task
from cocapi_events.filters import Filter
from cocapi_events.kinds import GameEvent

if TYPE_CHECKING:
    from cocapi_events.source import EventSource

__all__ = ["Listener", "Listeners"]

log: logging.Logger = logging.getLogger("cocapi.events")

Owner = TypeVar("Owner")

LOOK = 0.01
"""Seconds after which it is looked again whether listeners have ended, or have caught up."""


@dataclass(slots=True, eq=False)
class Delivery(Generic[Owner]):
    """An event on its way to listeners; `left` have not returned."""

    owner: Owner
    event: GameEvent
    left: int


@dataclass(slots=True, eq=False)
class Listener:
    """A function, what it wants to hear, what waits for it, and the background work that calls it (None:
    there is none)."""

    function: Callable[[Any], Any]
    filter: Filter
    waiting: deque[Delivery[Any]] = field(default_factory=deque)
    job: Any = None

    @property
    def name(self) -> str:
        """For the log."""
        return getattr(self.function, "__qualname__", repr(self.function))


class Listeners(Generic[Owner]):
    """The listeners of a source.

    Args:
        waiting: Events that wait for one of them at most.
    """

    def __init__(self, waiting: int) -> None:
        self.waiting = waiting
        self.listeners: list[Listener] = []
        self.stopped = False
        self._lock = threading.Lock()
        self._under_way: dict[Owner, deque[Delivery[Owner]]] = {}

    def run(self, source: EventSource[Owner]) -> Flow[None]:
        """Take events from the source until it ends or is stopped, and hand them out.

        An event is done when all of its listeners have returned, and those of its owner before it are done.
        """
        self._resume(source)
        while not self.stopped:
            pair = yield from source.next_pair()
            if pair is None:
                break
            hearing = [listener for listener in self.listeners if listener.filter.wants(pair[1])]
            delivery = Delivery(*pair, left=len(hearing))
            with self._lock:
                self._under_way.setdefault(delivery.owner, deque()).append(delivery)
            if not hearing:
                yield from self._done(source, delivery.owner)
            for listener in hearing:
                self._hand(source, listener, delivery)
            yield from self._room()
        while any(listener.job for listener in self.listeners) and not self.stopped:
            yield from sleep(LOOK)

    def under_way(self) -> list[Owner]:
        """Whose events have been handed to listeners, and are not done."""
        with self._lock:
            return list(self._under_way)

    def _room(self) -> Flow[None]:
        """Wait until no listener is too far behind. What happens meanwhile is asked for later; what the
        source has told is in its store."""
        warned = False
        while not self.stopped:
            behind = [each.name for each in self.listeners if len(each.waiting) >= self.waiting]
            if not behind:
                return
            if not warned:
                log.warning("%d events wait for the listener %s: no more are taken", self.waiting, behind[0])
                warned = True
            yield from sleep(LOOK)

    def _resume(self, source: EventSource[Owner]) -> None:
        """Let listeners go on for which something waits since the client was closed."""
        for listener in self.listeners:
            if listener.waiting:
                self._begin(source, listener)

    def _hand(self, source: EventSource[Owner], listener: Listener, delivery: Delivery[Owner]) -> None:
        """Queue an event for a listener, which begins to work unless it is at it."""
        with self._lock:
            listener.waiting.append(delivery)
        self._begin(source, listener)

    def _begin(self, source: EventSource[Owner], listener: Listener) -> None:
        """Let a listener work, unless it does. Work that an event loop cut off begins anew by itself."""
        with self._lock:
            if listener.job is None or listener.job.end.came:
                work = partial(self._work, source, listener)
                listener.job = source.api.background.start(work, f"listener {listener.name}")

    def _work(self, source: EventSource[Owner], listener: Listener) -> Flow[None]:
        """Call a listener for what waits for it, one after another."""
        with self._lock:
            job = listener.job
        while (delivery := self._next(listener, job)) is not None:
            yield from self._call(source, listener, job, delivery)
            with self._lock:
                delivery.left -= 1
            yield from self._done(source, delivery.owner)

    def _next(self, listener: Listener, job: Any) -> Delivery[Owner] | None:
        """What a listener is to hear now. None: nothing, and this job of it is done: what a closed client
        leaves in the queue would not be written down as done, and come again."""
        with self._lock:
            if listener.job is not job:
                return None
            if listener.waiting and not self.stopped and not job.end.came:
                return listener.waiting.popleft()
            listener.job = None
            return None

    def _call(
        self, source: EventSource[Owner], listener: Listener, job: Any, delivery: Delivery[Owner]
    ) -> Flow[None]:
        """Let a listener hear an event, and log what it raises, `sys.exit()` too: in a thread that would not
        end the program. What the end of client or event loop kept it from hearing waits for it again."""

        def ask() -> Any:
            return listener.function(source.shown(delivery.event))

        try:
            error = yield from do(partial(raised_by, ask), partial(raised_by_awaited, ask))
        except BaseException:  # the end of the task
            self._put_back(listener, delivery)
            raise
        if isinstance(error, ClientClosed) and job.end.came:
            self._put_back(listener, delivery)
            raise error
        if error is not None:
            log.error("the listener %s raised for %s", listener.name, delivery.event.id, exc_info=error)

    def _put_back(self, listener: Listener, delivery: Delivery[Owner]) -> None:
        with self._lock:
            listener.waiting.appendleft(delivery)

    def _done(self, source: EventSource[Owner], owner: Owner) -> Flow[None]:
        """Remember how far the events of an owner are done."""
        last = None
        with self._lock:
            under_way = self._under_way.get(owner, deque())
            while under_way and not under_way[0].left:
                last = under_way.popleft()
        if last is None:
            return
        yield from source.done(owner, last.event)
        with self._lock:
            if not under_way and self._under_way.get(owner) is under_way:
                del self._under_way[owner]


def raised_by(ask: Callable[[], Any]) -> BaseException | None:
    """Call a function in a thread; what it raises."""
    try:
        ask()
    except BaseException as error:  # handed on: in a thread nobody else would hear of it
        return error
    return None


async def raised_by_awaited(ask: Callable[[], Any]) -> BaseException | None:
    """Call a function, which need not be asynchronous; what it raises, unless its task is to end."""
    try:
        answer = ask()
        if isawaitable(answer):
            await answer
    except BaseException as error:  # handed on, but for what is for the task itself
        if not ends_task(error):
            return error
        raise
    return None
