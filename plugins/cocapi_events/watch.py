"""Watching: asks, compares, remembers, delivers.

    for event in api.watch(clans=["#2PP"]):
        print(event)

An event is done when the next one is asked for. What is not done when the program ends, however it ends,
comes again at the next start with the same `id`, given a store that outlasts it.
"""

from __future__ import annotations

import logging
import random
from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

from cocapi import (
    AnyCocApi,
    AnyCocApiModels,
    CocApiError,
    Flow,
    Maintenance,
    NotFound,
    StoreUnavailable,
    gather,
    sleep,
)
from cocapi_events import kinds
from cocapi_events.filters import Filter, kinds_of
from cocapi_events.kinds import GameEvent
from cocapi_events.listeners import Listener, Listeners
from cocapi_events.observer import Freshness, Observer
from cocapi_events.options import EventsOptions
from cocapi_events.records import Mark, Record, Shelf, as_json, moment_of, number_of
from cocapi_events.schedule import Schedule, Watched
from cocapi_events.things import Thing, WholeApi

__all__ = ["Watch"]

log: logging.Logger = logging.getLogger("cocapi.events")

L = TypeVar("L", bound=Callable[[Any], Any])

OBSERVER = "events-observer"
AGAIN = 30.0
"""Seconds after which a thing is asked again that could not be asked."""
TICK = 0.01
"""Seconds that are slept at least: clocks round."""
REMARKED = 300.0
"""Seconds after which it is written down again that a thing was seen unchanged."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a question.

    Attributes:
        answered: Whether the API answered.
        maintenance: Whether it said that it is in maintenance.
        wait: Seconds until the thing is asked again.
    """

    events: list[GameEvent]
    answered: bool = False
    maintenance: bool = False
    wait: float = 0.0


class Watch:
    """An iterator of events, for the mode of its client; made by ``api.watch(...)``.

    Args:
        api: The client, or a view of it; one of ``api.models`` gives events with models.
        things: What is watched.
        filter: Which events are wanted; the others are neither kept nor delivered.
        name: Under which the store remembers what was seen and delivered.
        once: Ask each thing once, deliver what has changed, and end.
        clock: Tells the time in seconds since 1970.
    """

    def __init__(
        self,
        api: AnyCocApi | AnyCocApiModels,
        things: Collection[Thing],
        filter: Filter,  # noqa: A002  # hides a builtin that is not used here
        options: EventsOptions,
        name: str,
        once: bool,
        clock: Callable[[], float],
    ) -> None:
        self.api: Any = api
        self.filter = filter
        self.options = options
        self.once = once
        self.clock = clock
        self.shelf: Shelf = Shelf(api.store, name)
        self.schedule: Schedule = Schedule(things)
        self.queue: deque[tuple[Watched, GameEvent]] = deque()
        self.began: float = clock()
        self.down_since: float | None = None  # the API is in maintenance; None: it is not
        self.listeners: Listeners = Listeners(self)
        self._delivered: tuple[Watched, GameEvent] | None = None
        self._whole = Watched(WholeApi(""))
        self._models = isinstance(api, AnyCocApiModels) or api.config.use_pydantic_models
        if OBSERVER not in api.plugins:
            api.plugins.register(Observer(), OBSERVER)

    def __iter__(self) -> Self:
        if self.api.async_mode:
            raise TypeError("this client is asynchronous: use async for")
        return self

    def __next__(self) -> GameEvent:
        event = self.api.run_flow(self.next_event())
        if event is None:
            raise StopIteration
        return self.shown(event)

    def __aiter__(self) -> Self:
        if not self.api.async_mode:
            raise TypeError("this client is synchronous: use for")
        return self

    async def __anext__(self) -> GameEvent:
        event = await self.api.run_flow(self.next_event())
        if event is None:
            raise StopAsyncIteration
        return self.shown(event)

    def next_event(self) -> Flow[GameEvent | None]:
        """The next event, when there is one; the one before is done. None: there will be none any more."""
        if self._delivered is not None:
            yield from self.done(*self._delivered)
        self._delivered = yield from self.next_pair()
        return self._delivered[1] if self._delivered is not None else None

    def next_pair(self) -> Flow[tuple[Watched, GameEvent] | None]:
        """The next event and whose it is, without a word about the one before."""
        while not self.queue:
            if not (yield from self.ask_some()):
                return None
        pair = self.queue.popleft()
        self.api.emit(pair[1])
        return pair

    # Listeners

    def on(self, *kinds: type[GameEvent] | str) -> Callable[[L], L]:
        """Call a function for events of these kinds, or of all, when the watch is `run`.

            @watch.on(MemberJoined)
            def welcome(event: MemberJoined) -> None: ...

        In asynchronous code it may be a coroutine function. One that raises is logged with its name; one that
        is slow holds back itself alone.

        Raises:
            ValueError: There is no such kind.
        """

        def decorator(function: L) -> L:
            wanted = Filter(kinds_of(kinds) if kinds else None)
            self.listeners.listeners.append(Listener(function, wanted))
            return function

        return decorator

    def run(self) -> None:
        """Call the listeners as events come, until `stop` is called, or with `once` until all is told."""
        self.api.run_flow(self.listeners.run())

    async def arun(self) -> None:
        """The same in asynchronous code."""
        await self.api.run_flow(self.listeners.run())

    def stop(self) -> None:
        """Let `run` end after the next event. What no listener has heard comes again at the next start."""
        self.listeners.stopped = True

    def done(self, watched: Watched, event: GameEvent) -> Flow[None]:
        """Remember that an event, and those of its thing before it, need not come again."""
        if watched.mark is None or isinstance(event, kinds.PollFailed):
            return
        watched.mark = replace(watched.mark, number=max(watched.mark.number, number_of(event.id)))
        watched.marked_at = self.clock()
        try:
            yield from self.shelf.set_mark(watched.thing.key, watched.mark)
        except StoreUnavailable as error:
            log.warning("%s is done, and may come again: %s", event.id, error)

    def ask_some(self) -> Flow[bool]:
        """Ask what is due, or wait until something is; queue what has happened. False: that was all."""
        if self._whole.mark is None:
            yield from self._resume()
            if self.queue:
                return True
        if self.down_since is not None:
            yield from sleep(self.options.probe)
        due = self.schedule.take(self.clock(), 1 if self.down_since is not None else self.options.at_once)
        if not due:
            next_due = None if self.once else self.schedule.next_due()
            if next_due is None:
                return False
            yield from sleep(max(TICK, next_due - self.clock()))
            return True
        try:
            replies = yield from gather(*map(self._ask, due))
        except BaseException:
            for watched in due:  # cancelled: what was written down, and not queued, is recalled
                watched.mark = None
                self.schedule.put(watched, self.clock())
            raise
        yield from self._reckon(due, replies)
        return True

    def _reckon(self, due: list[Watched], replies: tuple[Reply, ...]) -> Flow[None]:
        """Queue what has happened, notice the beginning or end of a maintenance, put back what was asked."""
        if any(reply.maintenance for reply in replies):
            yield from self._whole_api(down=True)
            if self.once:
                self.schedule = Schedule(())
        elif any(reply.answered for reply in replies):
            yield from self._whole_api(down=False)
        events = [
            (watched, event) for watched, reply in zip(due, replies, strict=True) for event in reply.events
        ]
        self._put(sorted(events, key=lambda pair: pair[1].at))
        if not self.once:
            for watched, reply in zip(due, replies, strict=True):
                self.schedule.put(watched, self.clock() + reply.wait)

    # One thing

    def _ask(self, watched: Watched) -> Flow[Reply]:
        """Ask a thing. The events of before that were not delivered come first."""
        events: list[GameEvent] = []
        freshness = Freshness()
        try:
            record, events = yield from self._recall(watched)
            asked = self.clock()
            snapshot = yield from self._snapshot(watched.thing, record, freshness)
            events += yield from self._compare(watched, record, snapshot, asked)
        except Maintenance:
            return Reply(events, maintenance=True, wait=0.0)
        except CocApiError as error:
            warned = isinstance(error, StoreUnavailable)  # by the client, once for all things
            log.log(
                logging.DEBUG if warned else logging.WARNING,
                "%s could not be asked: %s",
                watched.thing.key,
                error,
            )
            if self.filter.names(kinds.PollFailed):
                events.append(self._failed(watched.thing, error))
            return Reply(events, wait=AGAIN)
        watched.slack = watched.thing.slack(snapshot, self.clock())
        spread = random.uniform(1.0, 1.05)  # noqa: S311  # that not all are due at once
        wait = max(self.options.interval, (freshness.seconds or 0.0) * spread)
        return Reply(events, answered=True, wait=wait)

    def _recall(self, watched: Watched) -> Flow[tuple[Record | None, list[GameEvent]]]:
        """What is kept of a thing; with it, the first time, the events that wait to be delivered."""
        record = yield from self.shelf.record(watched.thing.key)
        if watched.mark is not None:
            return record, []
        watched.mark = yield from self.shelf.mark(watched.thing.key)
        return record, list(record.undelivered(watched.mark)) if record is not None else []

    def _snapshot(self, thing: Thing, record: Record | None, freshness: Freshness) -> Flow[Any]:
        """What a thing is now; None: it is not there."""
        try:
            before = record.snapshot if record is not None else None
            return (yield from thing.ask(self._view(freshness), before, self.clock()))
        except NotFound:
            return None

    def _view(self, freshness: Freshness) -> Any:
        """The client for a question: fresh answers, dicts, errors at once."""
        options: dict[str, Any] = {"models": False, "retry": False, "events": freshness}
        plugins = {record.name for record in self.api.plugins.records}
        return self.api.with_options(
            cache=False, **{name: value for name, value in options.items() if name in plugins}
        )

    def _compare(
        self, watched: Watched, record: Record | None, snapshot: Any, asked: float
    ) -> Flow[list[GameEvent]]:
        """What has happened since a record, written down together with what is now.

        At first sight nothing has. What has not changed is written down only now and then: it only makes
        `seen_after` more exact. An answer is as old as its question at most: a thing was seen as it is when
        it was `asked` for, and of what happens while the answer is under way the next one tells.
        """
        now, key, mark = self.clock(), watched.thing.key, watched.mark or Mark()
        if record is None:
            yield from self.shelf.keep(key, Record(mark.number, asked, snapshot))
            return []
        events: list[GameEvent] = []
        if snapshot != record.snapshot:
            last_seen = max(record.seen, mark.seen)
            stamps: dict[str, Any] = {"at": moment_of(now), "seen_after": moment_of(last_seen)}
            stamps["late"] = last_seen < self.began
            for difference in watched.thing.changes(record.snapshot, snapshot):
                number = record.number + len(events) + 1
                event = difference.event(id=f"{key}/{number}", tag=watched.thing.tag, **stamps)
                if self.filter.wants(event):
                    events.append(event)
            pending = (*record.pending_after(mark), *map(as_json, events))
            yield from self.shelf.keep(key, Record(record.number + len(events), asked, snapshot, pending))
            return events
        watched.mark = replace(mark, seen=asked)
        if now - watched.marked_at >= REMARKED:
            watched.marked_at = now
            yield from self.shelf.set_mark(key, watched.mark)
        return events

    def _failed(self, thing: Thing, error: CocApiError) -> GameEvent:
        now = moment_of(self.clock())
        name = f"{thing.key}/failed/{now.isoformat()}"
        return kinds.PollFailed(
            id=name, tag=thing.tag, at=now, seen_after=now, operation=thing.kind, error=str(error)
        )

    # The API as a whole

    def _resume(self) -> Flow[None]:
        """Begin where the last watch of this name ended: perhaps within a maintenance."""
        record, events = yield from self._recall(self._whole)
        self.down_since = record.snapshot if record is not None else None
        self._put((self._whole, event) for event in events)

    def _whole_api(self, down: bool) -> Flow[None]:
        """The API is in maintenance, or is not: queue an event where that is new."""
        if down is (self.down_since is not None):
            return
        now = self.clock()
        record = (yield from self.shelf.record(self._whole.thing.key)) or Record(0, now, None)
        since = now if down else None
        events = yield from self._compare(self._whole, record, since, now)
        self.down_since = since
        self._put((self._whole, event) for event in events)

    def _put(self, events: Iterable[tuple[Watched, GameEvent]]) -> None:
        """Queue events, but for those that have been: a cancelled question recalls what it wrote down."""
        for watched, event in events:
            if not isinstance(event, kinds.PollFailed):
                number = number_of(event.id)
                if number <= watched.queued:
                    continue
                watched.queued = number
            self.queue.append((watched, event))

    def shown(self, event: GameEvent) -> GameEvent:
        """The event as this client's user wants it: with models in place of dicts."""
        if not self._models or event.model is None:
            return event
        import cocapi.models

        model: Any = getattr(cocapi.models, event.model)
        old, new = (
            model.from_answer(part) if isinstance(part, dict) else part for part in (event.old, event.new)
        )
        return replace(event, old=old, new=new)
