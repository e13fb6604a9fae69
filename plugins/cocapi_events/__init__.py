"""Plugin ``events``: what happens in the game, told once and never lost.

    for event in api.watch(clans=["#2PP"], wars=["#2PP"]):
        print(event)

The kinds of events are classes of `cocapi.events`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cocapi import ApiConfig, hookimpl
from cocapi_events.options import EventsOptions

if TYPE_CHECKING:
    import typer

__all__ = ["Events", "EventsOptions"]


class Events:
    """Adds ``api.watch`` and ``api.changes`` to every client, and the command ``cocapi watch``.

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
        self.options = options or config.options_for("events", EventsOptions)
        self.clock = clock or (lambda: time.time())

    @hookimpl
    def cocapi_composites(self) -> Mapping[str, Callable[..., Any]]:
        """Both, which are loaded when one is first read."""
        from cocapi_events.events import changes, watch

        return {"changes": changes, "watch": watch}

    @hookimpl
    def cocapi_commands(self, app: typer.Typer) -> None:
        """``cocapi watch``."""
        from cocapi_events.commands import watch

        app.command()(watch)
