"""Events as version 4 had them: one class for all, with an enumeration of kinds."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

__all__ = ["Change", "Event", "EventType", "Json", "WarState"]

Json = dict[str, Any]


class EventType(Enum):
    """The kinds of events."""

    CLAN_UPDATED = "clan_updated"
    MEMBER_JOINED = "member_joined"
    MEMBER_LEFT = "member_left"
    MEMBER_UPDATED = "member_updated"
    MEMBER_ROLE_CHANGED = "member_role_changed"
    MEMBER_DONATIONS = "member_donations"
    WAR_STATE_CHANGED = "war_state_changed"
    WAR_ATTACK_NEW = "war_attack_new"
    PLAYER_UPDATED = "player_updated"
    TROOP_UPGRADED = "troop_upgraded"
    SPELL_UPGRADED = "spell_upgraded"
    HERO_UPGRADED = "hero_upgraded"
    HERO_EQUIPMENT_UPGRADED = "hero_equipment_upgraded"
    TOWNHALL_UPGRADED = "townhall_upgraded"
    BUILDERHALL_UPGRADED = "builderhall_upgraded"
    PLAYER_NAME_CHANGED = "player_name_changed"
    PLAYER_LEAGUE_CHANGED = "player_league_changed"
    PLAYER_LABEL_CHANGED = "player_label_changed"
    MAINTENANCE_START = "maintenance_start"
    MAINTENANCE_END = "maintenance_end"
    POLL_ERROR = "poll_error"


class WarState(Enum):
    """The states of a war, as the API writes them."""

    NOT_IN_WAR = "notInWar"
    PREPARATION = "preparation"
    IN_WAR = "inWar"
    WAR_ENDED = "warEnded"


@dataclass(frozen=True, slots=True)
class Change:
    """A field that has another value."""

    field: str
    old_value: Any
    new_value: Any


@dataclass(frozen=True)
class Event:
    """Something that happened.

    Attributes:
        event_type: Its kind.
        tag: Of the clan or player that is watched; empty: the API as a whole.
        timestamp: When it was noticed, in seconds since 1970.
        old_data: What was before; None: nothing.
        new_data: What is now; None: nothing.
        changes: The fields that have another value.
        metadata: What else is known, by name: ``member_tag``, ``war_state_to`` and the like.
    """

    event_type: EventType
    tag: str
    timestamp: float = field(default_factory=time.time)
    old_data: Json | None = None
    new_data: Json | None = None
    changes: tuple[Change, ...] = ()
    metadata: Json = field(default_factory=dict)
