"""Reads events from a stream of the store, as one of a group of readers.

    for event in api.events_from("events", group="bot"):
        print(event)

Each event is told by one reader of a group. It is done when the next one is asked for, or when all functions
that hear it have returned; what a reader that died had taken is told by another.
"""

from __future__ import annotations

import logging
import os
import weakref
from collections import deque
from collections.abc import Callable
from functools import partial

from cocapi import AnyCocApi, AnyCocApiModels, Flow, StoreUnavailable, StreamEntry, Streams, sleep
from cocapi.clocks import elapsed
from cocapi.interrupts import reraise
from cocapi_events.filters import Filter
from cocapi_events.kinds import GameEvent
from cocapi_events.options import EventsOptions
from cocapi_events.outage import TOLERATED_ONCE, Outage
from cocapi_events.outlet import event_of
from cocapi_events.sharing import BEATS, beating
from cocapi_events.source import EventSource

__all__ = ["EventReader"]

log: logging.Logger = logging.getLogger("cocapi.events")

TAKEN = 20
"""Entries that are taken at once."""

LOOK = 0.5
"""Seconds after which it is looked again whether something has come."""


class Taken:
    """An entry that this reader has taken and not acknowledged.

    Args:
        entry: As it is in the stream.
        until: Until when nobody else takes it, on `cocapi.clocks.elapsed`.
    """

    __slots__ = ("entry", "until")

    def __init__(self, entry: StreamEntry, until: float) -> None:
        self.entry: StreamEntry = entry
        self.until: float = until


class Consumer:
    """One reader's part in a group.

    Args:
        streams: Of the client.
        stream: Which of them.
        group: Of which readers.
        idle: Seconds after which others take what this one has not renewed.
    """

    def __init__(self, streams: Streams, stream: str, group: str, idle: float) -> None:
        self.streams = streams
        self.stream = stream
        self.group = group
        self.idle = idle
        self.name: str = os.urandom(8).hex()
        self.taken: dict[str, Taken] = {}

    def take(self) -> Flow[list[Taken]]:
        """Entries that are to be told now."""
        asked = elapsed()
        entries = yield from self.streams.receive(self.stream, self.group, self.name, TAKEN, self.idle)
        fresh = [Taken(entry, asked + self.idle) for entry in entries if entry.id not in self.taken]
        self.taken.update((taken.entry.id, taken) for taken in fresh)
        return fresh

    def renew(self) -> Flow[None]:
        """Say that what was taken is being worked at. What was not heard of, because an answer of the store
        was late, is idle, and so comes again."""
        asked, taken = elapsed(), dict(self.taken)
        if taken:
            kept = yield from self.streams.renew(self.stream, self.group, self.name, list(taken))
            for name in kept:
                taken[name].until = asked + self.idle

    def acknowledge(self, taken: Taken) -> Flow[bool]:
        """Say that an entry is done. False: it is another's."""
        return (yield from self.streams.acknowledge(self.stream, self.group, self.name, taken.entry.id))


class EventReader(EventSource[Taken]):
    """An iterator of events, for the mode of its client; made by ``api.events_from(...)``. With `once` it
    raises `cocapi.StoreUnavailable` where the store is away; else it waits for it.

    Args:
        api: The client, or a view of it; one of ``api.models`` gives events with models.
        stream: The stream.
        group: The group of readers; each group is told all events.
        filter: Which events are wanted; the others are done at once.
        once: End when nothing is left in the stream.
    """

    def __init__(
        self,
        api: AnyCocApi | AnyCocApiModels,
        stream: str,
        group: str,
        filter: Filter,  # noqa: A002  # as in `Watch`
        options: EventsOptions,
        once: bool,
    ) -> None:
        super().__init__(api, options.waiting)
        self.filter = filter
        self.once = once
        self.consumer: Consumer = Consumer(api.streams, stream, group, options.lease)
        self.queue: deque[Taken] = deque()
        self._beating = False
        who = f"the reader of {stream!r} in the group {group!r}"
        self._outage = Outage(
            f"{who} waits for the store", f"{who} goes on", tolerated=TOLERATED_ONCE if once else None
        )

    def next_pair(self) -> Flow[tuple[Taken, GameEvent] | None]:
        """See `EventSource.next_pair`."""
        self._begin()
        yield from self.api.open_plugins()  # no call is ever made
        while True:
            if not self.queue:
                try:
                    self.queue.extend((yield from self.consumer.take()))
                except StoreUnavailable as error:
                    self._outage.failed(error)
                    yield from sleep(LOOK)
                    continue
                self._outage.answered()
            if not self.queue:
                if self.once:
                    return None
                yield from sleep(LOOK)
                continue
            taken = self.queue[0]
            event = self._event(taken)
            if elapsed() >= taken.until:
                self.consumer.taken.pop(taken.entry.id, None)  # another has it, or this one takes it again
            elif event is None:
                yield from self._acknowledge(taken)
            self.queue.popleft()
            if event is not None and taken.entry.id in self.consumer.taken:
                self.api.emit(event)
                return taken, event

    def done(self, owner: Taken, event: GameEvent) -> Flow[None]:
        """See `EventSource.done`."""
        if not (yield from self._acknowledge(owner)):
            log.warning(
                "%s may be told again, by another reader: this one was not heard of in time", event.id
            )

    def _event(self, taken: Taken) -> GameEvent | None:
        """The event of an entry, where it is wanted."""
        try:
            event = event_of(taken.entry)
        except (KeyError, ValueError, TypeError) as error:
            reraise(error)
            log.warning("entry %s of the stream is no event that is known here: %r", taken.entry.id, error)
            return None
        return event if self.filter.wants(event) else None

    def _acknowledge(self, taken: Taken) -> Flow[bool]:
        """Until the store has heard it. False: another may have taken the entry meanwhile."""
        acknowledged = False
        while not acknowledged and elapsed() < taken.until:
            try:
                acknowledged = yield from self.consumer.acknowledge(taken)
            except StoreUnavailable as error:
                self._outage.failed(error)
                yield from sleep(LOOK)
            else:
                self._outage.answered()
                break
        self.consumer.taken.pop(taken.entry.id, None)
        return acknowledged

    def _begin(self) -> None:
        if not self._beating:
            self._beating = True
            renew: Callable[[], Flow[None]] = self.consumer.renew
            flow = partial(beating, renew, self.consumer.idle / BEATS, weakref.ref(self))
            self.api.background.start(flow, f"reader {self.consumer.name}")
