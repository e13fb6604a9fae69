"""What gives events: an iterator for the mode of its client, or functions that are called.

An event is done when the next one is asked for, or when all functions that hear it have returned.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Generic, Self, TypeVar

from cocapi import AnyCocApi, AnyCocApiModels, Flow
from cocapi.travelling import Single
from cocapi_events.filters import Filter, kinds_of
from cocapi_events.kinds import GameEvent
from cocapi_events.listeners import Listener, Listeners

__all__ = ["EventSource"]

L = TypeVar("L", bound=Callable[[Any], Any])

Owner = TypeVar("Owner")  # what an event is of: what `done` has to know beside it


class EventSource(Single, ABC, Generic[Owner]):
    """Events, one after another.

    Args:
        api: The client, or a view of it; one of ``api.models`` gives events with models.
        waiting: Events that wait for a listener at most.
    """

    def __init__(self, api: AnyCocApi | AnyCocApiModels, waiting: int) -> None:
        self.api: Any = api
        self.listeners: Listeners[Owner] = Listeners(waiting)
        self._delivered: tuple[Owner, GameEvent] | None = None
        self._models = isinstance(api, AnyCocApiModels) or api.config.use_pydantic_models

    @abstractmethod
    def next_pair(self) -> Flow[tuple[Owner, GameEvent] | None]:
        """The next event and whose it is, without a word about the one before. None: there will be none."""

    @abstractmethod
    def done(self, owner: Owner, event: GameEvent) -> Flow[None]:
        """Remember that an event, and those of its owner before it, need not come again."""

    def next_event(self) -> Flow[GameEvent | None]:
        """The next event, when there is one; the one before is done. None: there will be none any more."""
        if self._delivered is not None:
            yield from self.done(*self._delivered)
            self._delivered = None
        self._delivered = yield from self.next_pair()
        return self._delivered[1] if self._delivered is not None else None

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

    def on(self, *kinds: type[GameEvent] | str) -> Callable[[L], L]:
        """Call a function for events of these kinds, or of all, when the source is `run`.

            @watch.on(MemberJoined)
            def welcome(event: MemberJoined) -> None: ...

        In asynchronous code it may be a coroutine function. One that raises is logged with its name; one that
        is slow holds back itself alone, until so many events wait for it that nothing more is asked
        (`EventsOptions.waiting`).

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
        self.api.run_flow(self.listeners.run(self))

    async def arun(self) -> None:
        """The same in asynchronous code."""
        await self.api.run_flow(self.listeners.run(self))

    def stop(self) -> None:
        """Let `run` end after the next event. What no listener has heard comes again at the next start."""
        self.listeners.stopped = True

    def in_hand(self) -> list[Owner]:
        """Whose events have been handed out, and are not done."""
        delivered = [self._delivered[0]] if self._delivered is not None else []
        return [*delivered, *self.listeners.under_way()]

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
