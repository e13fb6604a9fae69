"""What the plugin adds to every client: ``api.watch(...)`` and ``api.changes(...)``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from cocapi import AnyCocApi, AnyCocApiModels, Flow, InvalidParams, composite, normal_tag
from cocapi_events.filters import Filter, several
from cocapi_events.kinds import GameEvent
from cocapi_events.outlet import Outlet
from cocapi_events.reader import EventReader
from cocapi_events.things import (
    RANKINGS,
    CalendarThing,
    ClanThing,
    PlayerThing,
    RaidThing,
    RankingThing,
    WarThing,
)
from cocapi_events.watch import Watch

__all__ = ["EventOperations", "changes", "events_from", "watch"]


def watch(
    api: AnyCocApi | AnyCocApiModels,
    *,
    clans: Iterable[str] = (),
    players: Iterable[str] = (),
    wars: Iterable[str] = (),
    raids: Iterable[str] = (),
    rankings: Iterable[str] = (),
    calendar: bool = False,
    kinds: Collection[type[GameEvent] | str] | None = None,
    fields: Collection[str] | None = None,
    where: Callable[[GameEvent], object] | None = None,
    name: str = "",
    once: bool = False,
    shared: bool = False,
    to: str | None = None,
) -> Watch:
    """Events as they happen: ``for event in api.watch(clans=["#2PP"])``, or ``async for``.

    An event is done when the next one is asked for. Events that are not done, and what changes while nobody
    watches, come at the next start with the same store and name; only at the very first sight of a thing
    nothing has happened. What comes in maintenance, or when a question fails, waits.

    Args:
        clans: Tags of clans whose members and settings are watched.
        players: Tags of players.
        wars: Tags of clans whose wars are watched, in the clan war league too.
        raids: Tags of clans whose raid weekends are watched.
        rankings: Places and kinds: ``"global/clans"``, ``"32000094/players"``.
        calendar: Tell when seasons, clan games and raid weekends begin and end.
        kinds: Only events of these classes, or of these texts such as ``"member.joined"``; None: all but
            `PollFailed`.
        fields: Only these fields, of kinds that have a `field`; None: all.
        where: Only events of which this is true.
        name: Of this watch in the store. Two that run at the same time over one store need two names, unless
            they share.
        once: Ask each thing once, tell what has changed, and end. Where the store is away it ends with
            `cocapi.StoreUnavailable`, for which a watch without end waits.
        shared: Whether all that watch under this name over this store share the things, each asking and
            telling a part; all are given the same things. Whoever dies is taken over within
            `EventsOptions.lease`.
        to: A stream of the store; each event is written to it before it is told (see `events_from`).

    Raises:
        InvalidParams: For a tag or a ranking that cannot be.
        ValueError: For a kind that is not there; or once and shared together.
        ConfigError: The store has no streams.
    """
    if once and shared:
        raise ValueError("a watch that is shared has only a part of the things: once asks all of them")
    things = [
        *(ClanThing(normal_tag(tag)) for tag in several("clans", clans)),
        *(PlayerThing(normal_tag(tag)) for tag in several("players", players)),
        *(WarThing(normal_tag(tag)) for tag in several("wars", wars)),
        *(RaidThing(normal_tag(tag)) for tag in several("raids", raids)),
        *map(ranking, several("rankings", rankings)),
        *([CalendarThing("")] if calendar else []),
    ]
    chosen = Filter.of(kinds, fields, where)
    plugin = api.plugins["events"]
    outlet = None if to is None else Outlet(api.streams, to, name, plugin.options.keep)
    return Watch(
        api, list(dict.fromkeys(things)), chosen, plugin.options, name, once, plugin.clock, shared, outlet
    )


def events_from(
    api: AnyCocApi | AnyCocApiModels,
    stream: str = "events",
    *,
    group: str,
    kinds: Collection[type[GameEvent] | str] | None = None,
    fields: Collection[str] | None = None,
    where: Callable[[GameEvent], object] | None = None,
    once: bool = False,
) -> EventReader:
    """Events that watches have written to a stream: ``for event in api.events_from(group="bot")``.

    Every group is told all events that the stream keeps, each by one of its readers, on whatever host. An
    event is done when the next one is asked for. What a reader that died had taken is told by another, after
    `EventsOptions.lease`.

    Args:
        stream: As in ``watch(to=…)``.
        group: Its readers share the events. A new one begins with the oldest event that is kept.
        kinds: As for `watch`.
        fields: As for `watch`.
        where: As for `watch`.
        once: End when all that is there has been told. Where the store is away it ends with
            `cocapi.StoreUnavailable`, for which a reader without end waits.

    Raises:
        ValueError: For a kind that is not there.
        ConfigError: The store has no streams.
    """
    chosen = Filter.of(kinds, fields, where)
    return EventReader(api, stream, group, chosen, api.plugins["events"].options, once)


@composite
def changes(api: AnyCocApi | AnyCocApiModels, /, **things: Any) -> Flow[list[GameEvent]]:
    """What has changed since this was last called, for what runs now and then (cron); see `watch`.

    Each thing is asked once. The events are done when this returns them: where none may be lost if the
    program ends before it has used them, use ``watch(..., once=True)``.

    Args:
        **things: As for `watch`.

    Raises:
        InvalidParams, ValueError: As `watch` does.
        StoreUnavailable: The store is away.
    """
    watching = watch(api, **things, once=True)
    events = []
    while (event := (yield from watching.next_event())) is not None:
        events.append(watching.shown(event))
    return events


class EventOperations:
    """What a client has by this plugin, to a type checker."""

    events_from = events_from
    watch = watch
    changes = changes


def ranking(name: str) -> RankingThing:
    """The ranking of a place.

    Raises:
        InvalidParams: There is no such kind.
    """
    where, _, kind = name.partition("/")
    if not where or kind not in RANKINGS:
        kinds = ", ".join(RANKINGS)
        raise InvalidParams(
            f"ranking {name!r} is not a location and a kind, as in 'global/clans'; kinds: {kinds}"
        )
    return RankingThing(name)
