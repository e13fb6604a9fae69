"""The watchers of version 4: each is a task that puts what a `Watch` tells into a queue, in the old words."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from cocapi import AsyncCocApi, Flow, normal_tag
from cocapi_events import kinds
from cocapi_events.differences import Difference
from cocapi_events.filters import Filter
from cocapi_events.kinds import GameEvent
from cocapi_events.options import EventsOptions
from cocapi_events.things import ClanThing, PlayerThing, Thing, WarThing
from cocapi_events.version4.differences import clan_events, player_events, war_events
from cocapi_events.version4.state import PollingState, StateShelf
from cocapi_events.version4.types import Event, EventType
from cocapi_events.watch import Watch

__all__ = ["BaseWatcher", "ClanWatcher", "MaintenanceWatcher", "PlayerWatcher", "WarWatcher"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled(GameEvent, type="poll.changed"):
    """A whole answer has changed: `old` and `new`."""


@dataclass(frozen=True, slots=True)
class Whole(Thing):
    """A thing whose changes are told as one."""

    of: Thing

    @property
    def key(self) -> str:
        """As that of the thing."""
        return self.of.key

    kind: ClassVar[str] = "whole"

    def ask(self, api: Any, known: Any, now: float) -> Flow[Any]:
        """See `Thing.ask`."""
        return self.of.ask(api, known, now)

    def differences(self, old: Any, new: Any) -> list[Difference]:
        """See `Thing.differences`."""
        return [Difference(Polled, {"old": old, "new": new})]

    def slack(self, known: Any, now: float) -> float:
        """See `Thing.slack`."""
        return self.of.slack(known, now)


class BaseWatcher:
    """Polls things, and puts events into a queue.

    Args:
        api: A client for asynchronous code.
        state: What was seen before.
        queue: Where events go.
        interval: Seconds between two polls at least; the API is not asked before its answer can be another.
    """

    def __init__(
        self, api: AsyncCocApi, state: PollingState, queue: asyncio.Queue[Event], interval: float
    ) -> None:
        self._api = api
        self._state = state
        self._queue = queue
        self._interval = interval
        self._task: asyncio.Task[None] | None = None

    @property
    def interval(self) -> float:
        """Seconds between two polls; ValueError: below 1."""
        return self._interval

    @interval.setter
    def interval(self, value: float) -> None:
        if value < 1.0:
            raise ValueError("Poll interval must be >= 1 second")
        self._interval = value

    def start(self) -> None:
        """Begin; again: nothing happens."""
        if self._task is None:
            self._task = asyncio.create_task(self._loop())

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _loop(self) -> None:
        translatable = (Polled, kinds.PollFailed, kinds.MaintenanceStarted, kinds.MaintenanceEnded)
        clock = self._api.plugins["events"].clock
        options = EventsOptions(interval=self._interval, probe=self._interval)
        things = [Whole(thing.tag, thing) for thing in self._things()]
        watch = Watch(self._api, things, Filter(translatable), options, "", False, clock)
        watch.shelf = StateShelf(self._state)
        async for event in watch:
            for translated in self._translated(event):
                await self._queue.put(translated)

    def _things(self) -> Iterable[Thing]:
        """What is polled."""
        return ()

    def _translated(self, event: GameEvent) -> Iterator[Event]:
        """An event in the words of version 4."""
        if isinstance(event, kinds.PollFailed):
            metadata = {"error": event.error, "endpoint": OPERATIONS.get(event.operation, event.operation)}
            yield Event(EventType.POLL_ERROR, event.tag, event.at.timestamp(), metadata=metadata)
        elif isinstance(event, Polled):
            yield from self._events(event.tag, event.old, event.new)

    def _events(self, tag: str, old: Any, new: Any) -> Iterator[Event]:
        """What two answers differ by."""
        yield from ()


OPERATIONS = {"clan": "clan_tag", "war": "clan_current_war", "player": "players"}


class ClanWatcher(BaseWatcher):
    """Polls clans.

    Args:
        clan_tags: Their tags.
        track_members: Whether to tell of members.
    """

    def __init__(
        self,
        api: AsyncCocApi,
        state: PollingState,
        queue: asyncio.Queue[Event],
        clan_tags: Iterable[str],
        interval: float = 60.0,
        track_members: bool = True,
    ) -> None:
        super().__init__(api, state, queue, interval)
        self._clan_tags = [normal_tag(tag) for tag in clan_tags]
        self._track_members = track_members

    def _things(self) -> Iterable[Thing]:
        return map(ClanThing, self._clan_tags)

    def _events(self, tag: str, old: Any, new: Any) -> Iterator[Event]:
        return clan_events(tag, old, new, self._track_members)


class WarWatcher(BaseWatcher):
    """Polls the wars of clans, in the clan war league too.

    Args:
        clan_tags: Their tags.
    """

    def __init__(
        self,
        api: AsyncCocApi,
        state: PollingState,
        queue: asyncio.Queue[Event],
        clan_tags: Iterable[str],
        interval: float = 30.0,
    ) -> None:
        super().__init__(api, state, queue, interval)
        self._clan_tags = [normal_tag(tag) for tag in clan_tags]

    def _things(self) -> Iterable[Thing]:
        return map(WarThing, self._clan_tags)

    def _events(self, tag: str, old: Any, new: Any) -> Iterator[Event]:
        return war_events(tag, old, new)


class PlayerWatcher(BaseWatcher):
    """Polls players.

    Args:
        player_tags: Their tags.
        include_fields: Only these fields; None: all.
        exclude_fields: None of these.
    """

    def __init__(
        self,
        api: AsyncCocApi,
        state: PollingState,
        queue: asyncio.Queue[Event],
        player_tags: Iterable[str],
        interval: float = 120.0,
        include_fields: Collection[str] | None = None,
        exclude_fields: Collection[str] | None = None,
    ) -> None:
        super().__init__(api, state, queue, interval)
        self._player_tags = [normal_tag(tag) for tag in player_tags]
        self._include_fields = include_fields
        self._exclude_fields = exclude_fields

    def _things(self) -> Iterable[Thing]:
        return map(PlayerThing, self._player_tags)

    def _events(self, tag: str, old: Any, new: Any) -> Iterator[Event]:
        return player_events(tag, old, new, self._include_fields, self._exclude_fields)


class MaintenanceWatcher(BaseWatcher):
    """Tells when the API is in maintenance, and when it is back.

    Args:
        probe_tag: Of a player that is asked for.
    """

    def __init__(
        self,
        api: AsyncCocApi,
        state: PollingState,
        queue: asyncio.Queue[Event],
        interval: float = 30.0,
        probe_tag: str = "#JY9J2Y99",
    ) -> None:
        super().__init__(api, state, queue, interval)
        self._probe_tag = normal_tag(probe_tag)

    def _things(self) -> Iterable[Thing]:
        return [PlayerThing(self._probe_tag)]

    def _translated(self, event: GameEvent) -> Iterator[Event]:
        if isinstance(event, kinds.MaintenanceStarted):
            metadata: dict[str, Any] = {"message": "API is currently in maintenance"}
            yield Event(EventType.MAINTENANCE_START, "", event.at.timestamp(), metadata=metadata)
        elif isinstance(event, kinds.MaintenanceEnded):
            metadata = {"duration_seconds": round(event.seconds, 1)}
            yield Event(EventType.MAINTENANCE_END, "", event.at.timestamp(), metadata=metadata)
