"""`EventStream` and the names beside it, as version 4 had them; ``api.watch(...)`` is their successor.

They are found in `cocapi.events`. The work is done by a `Watch` for each ``watch_…`` call.
"""

from __future__ import annotations

from cocapi_events.version4.differences import diff_dicts, diff_member_tags, diff_named_list
from cocapi_events.version4.state import PollingState, WarStateMachine
from cocapi_events.version4.stream import EventStream
from cocapi_events.version4.types import Change, Event, EventType, WarState
from cocapi_events.version4.watchers import (
    BaseWatcher,
    ClanWatcher,
    MaintenanceWatcher,
    PlayerWatcher,
    WarWatcher,
)

__all__ = [
    "BaseWatcher",
    "Change",
    "ClanWatcher",
    "Event",
    "EventStream",
    "EventType",
    "MaintenanceWatcher",
    "PlayerWatcher",
    "PollingState",
    "WarState",
    "WarStateMachine",
    "WarWatcher",
    "diff_dicts",
    "diff_member_tags",
    "diff_named_list",
]
