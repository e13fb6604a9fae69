"""Plugin ``events``: what happens in the game, told once and never lost.

    for event in api.watch(clans=["#2PP"], wars=["#2PP"]):
        print(event)

The kinds of events are classes of `cocapi.events`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from cocapi import ApiConfig, Flow, hookimpl
from cocapi_events.options import EventsOptions

if TYPE_CHECKING:
    import typer

    from cocapi_events.sharing import Sharing

__all__ = ["Events", "EventsOptions"]


class Events:
    """Adds ``api.watch``, ``api.changes`` and ``api.events_from`` to every client, and ``cocapi watch``.

    Args:
        config: The settings of the client.
        options: None: those of `config`.
        clock: Tells the time in seconds since 1970; None: whatever `time.time` is at the moment.
    """

    def __init__(
        self,
        config: ApiConfig,
        options: EventsOptions | None = None,
        *,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.options: EventsOptions = options or config.options_for("events", EventsOptions)
        self.clock: Callable[[], float] = clock or (lambda: time.time())
        self.sharings: WeakSet[Sharing] = WeakSet()  # of the watches that share with others

    @hookimpl
    def cocapi_composites(self) -> Mapping[str, Callable[..., Any]]:
        """All three, which are loaded when one is first read."""
        from cocapi_events.events import changes, events_from, watch

        return {"changes": changes, "events_from": events_from, "watch": watch}

    @hookimpl
    def cocapi_close(self) -> Flow[None]:
        """Give back what is shared, so that other watchers need not wait for it."""
        for sharing in list(self.sharings):
            if sharing.beating:
                yield from sharing.leave()

    @hookimpl
    def cocapi_forked(self) -> None:
        """Leave to the parent what is the parent's."""
        for sharing in list(self.sharings):
            sharing.abandon()

    @hookimpl
    def cocapi_commands(self, app: typer.Typer) -> None:
        """``cocapi watch``."""
        from cocapi_events.commands import watch

        app.command()(watch)
