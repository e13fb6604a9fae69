"""`EventStream`: the events of several watchers, one after another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from cocapi import AsyncCocApi, CocApi
from cocapi.interrupts import reraise
from cocapi.loops import ends_task
from cocapi_events.version4.state import PollingState
from cocapi_events.version4.types import Event, EventType
from cocapi_events.version4.watchers import (
    BaseWatcher,
    ClanWatcher,
    MaintenanceWatcher,
    PlayerWatcher,
    WarWatcher,
)

__all__ = ["EventStream"]

log: logging.Logger = logging.getLogger("cocapi.events")

Callback = Callable[[Event], Coroutine[Any, Any, None]]
C = TypeVar("C", bound=Callback)


class EventStream:
    """Events of clans, wars, players and maintenance, with asyncio.

        stream = EventStream(api)
        stream.watch_clans(["#2PP"], interval=60)
        async with stream:
            async for event in stream:
                print(event.event_type, event.tag, event.changes)

    Args:
        api: A client in asynchronous mode.
        queue_size: Events that wait at most; then polling waits. 0: any number.
        persist_path: A file in which is kept what has been told, so that the next start goes on from there.
            It is written whenever nothing waits, not only at the end.

    Raises:
        RuntimeError: The client is synchronous.
    """

    def __init__(
        self, api: CocApi | AsyncCocApi, queue_size: int = 1000, persist_path: Path | str | None = None
    ) -> None:
        if not isinstance(api, AsyncCocApi):
            raise RuntimeError("EventStream needs an asynchronous client: async with CocApi(token) as api")
        self._api = api
        self._state = PollingState()
        self._queue: asyncio.Queue[Event] = asyncio.Queue(queue_size)
        self._watchers: list[BaseWatcher] = []
        self._callbacks: dict[EventType | None, list[Callback]] = {}
        self._running = False
        self._path = None if persist_path is None else Path(persist_path)
        self._unsaved = False
        if self._path is not None:
            self._state.load(self._path)

    def watch_clans(self, tags: Iterable[str], interval: float = 60.0, track_members: bool = True) -> Self:
        """Watch clans, and their members unless told otherwise; see `ClanWatcher`."""
        return self._add(ClanWatcher(self._api, self._state, self._queue, tags, interval, track_members))

    def watch_wars(self, tags: Iterable[str], interval: float = 30.0) -> Self:
        """Watch the wars of clans; see `WarWatcher`."""
        return self._add(WarWatcher(self._api, self._state, self._queue, tags, interval))

    def watch_players(
        self,
        tags: Iterable[str],
        interval: float = 120.0,
        include_fields: Collection[str] | None = None,
        exclude_fields: Collection[str] | None = None,
    ) -> Self:
        """Watch players; see `PlayerWatcher`."""
        watcher = PlayerWatcher(
            self._api, self._state, self._queue, tags, interval, include_fields, exclude_fields
        )
        return self._add(watcher)

    def watch_maintenance(self, interval: float = 30.0, probe_tag: str = "#JY9J2Y99") -> Self:
        """Watch whether the API is in maintenance; see `MaintenanceWatcher`."""
        return self._add(MaintenanceWatcher(self._api, self._state, self._queue, interval, probe_tag))

    def on(self, event_type: EventType | None = None) -> Callable[[C], C]:
        """Call a coroutine function for events of a kind, in `run`; None: for all."""

        def decorator(callback: C) -> C:
            self.add_callback(callback, event_type)
            return callback

        return decorator

    def add_callback(self, callback: Callback, event_type: EventType | None = None) -> None:
        """As `on`, without a decorator."""
        self._callbacks.setdefault(event_type, []).append(callback)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Begin to poll."""
        self._running = True
        for watcher in self._watchers:
            watcher.start()

    async def stop(self) -> None:
        """End polling, and write down what has been told; what waits can still be read."""
        self._running = False
        for watcher in self._watchers:
            await watcher.stop()
        self._save()

    async def run(self) -> None:
        """Call callbacks for each event until `stop` is called. One that raises is logged, and stops none."""
        async with self:
            async for event in self:
                await self._dispatch(event)

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        while self._queue.empty():
            if not self._running:
                raise StopAsyncIteration
            self._save()
            try:
                return self._taken(await asyncio.wait_for(self._queue.get(), 0.5))
            except TimeoutError as error:
                reraise(error)
        return self._taken(self._queue.get_nowait())

    def _taken(self, event: Event) -> Event:
        self._unsaved = True
        return event

    def _save(self) -> None:
        if self._path is not None and self._unsaved and self._queue.empty():
            self._state.save(self._path)
            self._unsaved = False

    def _add(self, watcher: BaseWatcher) -> Self:
        self._watchers.append(watcher)
        if self._running:
            watcher.start()
        return self

    async def _dispatch(self, event: Event) -> None:
        for callback in [*self._callbacks.get(event.event_type, ()), *self._callbacks.get(None, ())]:
            name = getattr(callback, "__qualname__", repr(callback))
            try:
                await callback(event)
            except asyncio.CancelledError as error:
                if ends_task(error):
                    raise
                log.exception("the callback %s of %s awaited what was cancelled", name, event.event_type)
            except Exception as error:
                reraise(error)
                log.exception("the callback %s of %s raised", name, event.event_type)
