"""The kinds of events, one class each.

`KINDS` has them by their texts, such as ``"member.joined"``.

    GameEvent
    ├── ClanEvent      ClanChanged, CapitalUpgraded
    │   └── MemberEvent   MemberJoined, MemberLeft, MemberChanged (its role, name, donations, …)
    ├── PlayerEvent    PlayerChanged (its name, clan, league, …), AchievementChanged, EquipmentWorn
    │   └── UnitEvent     TroopUpgraded, PetUpgraded, SpellUpgraded, HeroUpgraded, EquipmentUpgraded,
    │                     TroopBoosted
    ├── WarEvent       WarAnnounced, WarStarted, WarAttack, WarEnded, WarRosterChanged
    ├── LeagueEvent    LeagueGroupFound, LeagueGroupEnded
    ├── RaidEvent      RaidStarted, RaidAttack, RaidDistrictDestroyed, RaidClanDefeated, RaidEnded
    ├── RankingEvent   RankingEntered, RankingLeft, RankingMoved
    ├── CalendarEvent  SeasonStarted, ClanGamesStarted, ClanGamesEnded, RaidWeekendStarted, RaidWeekendEnded,
    │                  LeagueSignUpStarted, TraderRefreshed
    ├── MaintenanceStarted, MaintenanceEnded
    └── Vanished, Appeared, PollFailed
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar

__all__ = [
    "KINDS",
    "AchievementChanged",
    "Appeared",
    "BuilderHallUpgraded",
    "CalendarEvent",
    "CapitalUpgraded",
    "ClanChanged",
    "ClanEvent",
    "ClanGamesEnded",
    "ClanGamesStarted",
    "EquipmentUpgraded",
    "EquipmentWorn",
    "GameEvent",
    "HeroUpgraded",
    "LeagueEvent",
    "LeagueGroupEnded",
    "LeagueGroupFound",
    "LeagueSignUpStarted",
    "MaintenanceEnded",
    "MaintenanceStarted",
    "MemberChanged",
    "MemberDonationsChanged",
    "MemberEvent",
    "MemberJoined",
    "MemberLeagueChanged",
    "MemberLeft",
    "MemberNameChanged",
    "MemberReceivedChanged",
    "MemberRoleChanged",
    "MemberTownHallUpgraded",
    "MemberTrophiesChanged",
    "PetUpgraded",
    "PlayerChanged",
    "PlayerClanChanged",
    "PlayerEvent",
    "PlayerLabelsChanged",
    "PlayerLeagueChanged",
    "PlayerNameChanged",
    "PlayerRoleChanged",
    "PollFailed",
    "RaidAttack",
    "RaidClanDefeated",
    "RaidDistrictDestroyed",
    "RaidEnded",
    "RaidEvent",
    "RaidStarted",
    "RaidWeekendEnded",
    "RaidWeekendStarted",
    "RankingEntered",
    "RankingEvent",
    "RankingLeft",
    "RankingMoved",
    "SeasonStarted",
    "SpellUpgraded",
    "TownHallUpgraded",
    "TraderRefreshed",
    "TroopBoosted",
    "TroopUpgraded",
    "UnitEvent",
    "Vanished",
    "WarAnnounced",
    "WarAttack",
    "WarEnded",
    "WarEvent",
    "WarRosterChanged",
    "WarStarted",
]

KINDS: dict[str, type[GameEvent]] = {}
STAMPS = ("id", "tag", "at", "seen_after", "late")


@dataclass(frozen=True, slots=True, kw_only=True)
class GameEvent:
    """Something that happened in the game, as far as two answers of the API tell.

    Attributes:
        type: The text of the kind: ``"member.joined"``.
        id: The same whenever the same event comes again, and of no other event of the store.
        tag: What was watched: a clan, a player; empty: the API as a whole.
        at: When it was seen, which is after it happened; UTC.
        seen_after: When the last answer that showed the thing as it was before was asked for; UTC. It
            happened between the two.
        late: Whether it happened while nobody watched: before this watch began.
        old: What was before, as the API answers it, or as a model; None: nothing.
        new: What is now; None: nothing.
    """

    type: ClassVar[str] = ""
    model: ClassVar[str | None] = None
    """The model that `old` and `new` are, by its name in `cocapi.models`; None: they stay as they are."""

    id: str = ""
    tag: str
    at: datetime
    seen_after: datetime
    late: bool = False
    old: Any = field(default=None, repr=False)
    new: Any = field(default=None, repr=False)

    def __init_subclass__(cls, type: str = "", model: str | None = None, **keywords: Any) -> None:  # noqa: A002  # the attribute
        # A class with slots is made twice by dataclass, the second time without these words.
        if type:
            cls.type = type
        if model:
            cls.model = model
        if cls.type:
            KINDS[cls.type] = cls

    @property
    def data(self) -> Mapping[str, Any]:
        """What is particular to the kind, by name: `old`, `new` and the attributes of its class."""
        names = (attribute.name for attribute in fields(self))
        return {name: getattr(self, name) for name in names if name not in STAMPS}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClanEvent(GameEvent):
    """Of a clan; `tag` is the clan's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClanChanged(ClanEvent, type="clan.changed"):
    """A field of the clan, by its name in the answer, has another value: `old` and `new`."""

    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CapitalUpgraded(ClanEvent, type="capital.upgraded"):
    """The hall of the capital's peak (`district` is None) or of a district has another level."""

    district: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberEvent(ClanEvent):
    """Of a member; `tag` is the clan's, `member` the player's tag, `name` the player's name."""

    member: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberJoined(MemberEvent, type="member.joined", model="ClanMember"):
    """Somebody is in the clan who was not: `new` as the member list shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLeft(MemberEvent, type="member.left", model="ClanMember"):
    """Somebody is no member any more, by own will or not: `old` as the member list last showed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChanged(MemberEvent, type="member.changed"):
    """A field of a member, by its name in the answer, has another value: `old` and `new`."""

    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRoleChanged(MemberChanged, type="member.role"):
    """Promoted or demoted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberNameChanged(MemberChanged, type="member.name"):
    """Renamed; `name` is the new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberDonationsChanged(MemberChanged, type="member.donations"):
    """Troops given: `new` of the season. It is below `old` when a season began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberReceivedChanged(MemberChanged, type="member.received"):
    """Troops received: `new` of the season. It is below `old` when a season began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberTrophiesChanged(MemberChanged, type="member.trophies"):
    """Trophies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLeagueChanged(MemberChanged, type="member.league", model="LeagueTier"):
    """The tier of the ranked league."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberTownHallUpgraded(MemberChanged, type="member.town_hall"):
    """The level of the town hall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerEvent(GameEvent):
    """Of a player; `tag` is the player's, `name` the name."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerChanged(PlayerEvent, type="player.changed"):
    """A field of the player, by its name in the answer, has another value: `old` and `new`."""

    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerNameChanged(PlayerChanged, type="player.name"):
    """Renamed; `name` is the new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerClanChanged(PlayerChanged, type="player.clan", model="PlayerClan"):
    """In another clan; None: in none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerRoleChanged(PlayerChanged, type="player.role"):
    """Another role in the clan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerLeagueChanged(PlayerChanged, type="player.league", model="LeagueTier"):
    """The tier of the ranked league."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerLabelsChanged(PlayerChanged, type="player.labels"):
    """Other labels: lists as the API answers them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TownHallUpgraded(PlayerChanged, type="player.town_hall"):
    """The level of the town hall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuilderHallUpgraded(PlayerChanged, type="player.builder_hall"):
    """The level of the builder hall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AchievementChanged(PlayerEvent, type="player.achievement"):
    """An achievement has got on: `old` and `new` as the API answers it."""

    achievement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EquipmentWorn(PlayerEvent, type="player.equipment_worn"):
    """A hero wears other equipment: lists of names."""

    hero: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitEvent(PlayerEvent):
    """Of something that a player owns: `unit` is its name, `village` where, levels are `old` and `new`; `old`
    is
    None when it was unlocked."""

    unit: str
    village: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TroopUpgraded(UnitEvent, type="player.troop"):
    """A troop or siege machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PetUpgraded(UnitEvent, type="player.pet"):
    """A pet. The API lists pets among the troops, and one that is newer than this plugin is taken for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpellUpgraded(UnitEvent, type="player.spell"):
    """A spell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeroUpgraded(UnitEvent, type="player.hero"):
    """A hero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EquipmentUpgraded(UnitEvent, type="player.equipment"):
    """A piece of equipment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TroopBoosted(UnitEvent, type="player.super_troop"):
    """A super troop is active (`new` is True), or no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarEvent(GameEvent):
    """Of a war of the clan `tag`, which is on the side ``clan`` in `old` and `new`.

    Attributes:
        opponent: The tag of the other clan.
        war_tag: In the clan war league, the war's own tag; None: a regular war.
        round: In the clan war league, the round, from 1; None: a regular war.
    """

    opponent: str
    war_tag: str | None = None
    round: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WarAnnounced(WarEvent, type="war.announced", model="ClanWar"):
    """An enemy was found: the preparation began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarStarted(WarEvent, type="war.started", model="ClanWar"):
    """The battle began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarAttack(WarEvent, type="war.attack", model="WarAttack"):
    """An attack was made, by either side: `new` as the API answers it.

    Attributes:
        attacker: The tag of who attacked.
        defender: The tag of whose village it was.
        by_us: Whether the attacker is of the clan `tag`.
        stars: What the attack brought, from 0 to 3.
        new_stars: What it brought beyond the best attack on this village before it.
        destruction: In percent.
    """

    attacker: str
    defender: str
    by_us: bool
    stars: int
    new_stars: int
    destruction: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WarEnded(WarEvent, type="war.ended", model="ClanWar"):
    """A war is over: `new` is its end; None: it was gone before the end was seen, and `old` is the last of
    it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarRosterChanged(WarEvent, type="war.roster"):
    """Others take part: `old` and `new` are the sorted tags of the members of both sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeagueEvent(GameEvent):
    """Of the clan war league group of the clan `tag`; `season` as the API names it."""

    season: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeagueGroupFound(LeagueEvent, type="league.found", model="ClanWarLeagueGroup"):
    """The group was drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeagueGroupEnded(LeagueEvent, type="league.ended", model="ClanWarLeagueGroup"):
    """The last round is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RaidEvent(GameEvent):
    """Of the raid weekend of the clan `tag` that began at `started`, as the API writes times."""

    started: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RaidStarted(RaidEvent, type="raid.started"):
    """The weekend began: `new` as the API answers it, without its logs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RaidAttack(RaidEvent, type="raid.attack"):
    """A member attacked a district: `new` as the API answers it."""

    attacker: str
    name: str
    defender: str
    district: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RaidDistrictDestroyed(RaidEvent, type="raid.district"):
    """A district of another clan is destroyed."""

    defender: str
    district: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RaidClanDefeated(RaidEvent, type="raid.completed"):
    """All districts of another clan are destroyed."""

    defender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RaidEnded(RaidEvent, type="raid.ended"):
    """The weekend is over: `new` as the API answers it, without its logs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingEvent(GameEvent):
    """Of the ranking `tag`, such as ``"global/clans"``; `who` is the tag of the clan or player, `name` the
    name,
    ranks are `old` and `new`."""

    who: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingEntered(RankingEvent, type="ranking.entered"):
    """Somebody is in the ranking who was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingLeft(RankingEvent, type="ranking.left"):
    """Somebody is not in the ranking any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingMoved(RankingEvent, type="ranking.moved"):
    """Somebody has another rank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent(GameEvent):
    """By the calendar of the game, which no answer tells; `new` is when, in ISO 8601."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonStarted(CalendarEvent, type="calendar.season"):
    """A season began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClanGamesStarted(CalendarEvent, type="calendar.clan_games_started"):
    """The clan games began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClanGamesEnded(CalendarEvent, type="calendar.clan_games_ended"):
    """The clan games ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RaidWeekendStarted(CalendarEvent, type="calendar.raid_weekend_started"):
    """A raid weekend began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RaidWeekendEnded(CalendarEvent, type="calendar.raid_weekend_ended"):
    """A raid weekend ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeagueSignUpStarted(CalendarEvent, type="calendar.league_sign_up"):
    """Clans may sign up for the clan war league."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraderRefreshed(CalendarEvent, type="calendar.trader"):
    """The trader has new offers for raid medals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceStarted(GameEvent, type="maintenance.started"):
    """The API answers that it is in maintenance; nothing is asked until that has ended, but for a probe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceEnded(GameEvent, type="maintenance.ended"):
    """The API answers again: `old` is when it was first seen that it did not, in seconds since 1970."""

    @property
    def seconds(self) -> float:
        """How long it took, as far as was seen."""
        return float(self.at.timestamp() - self.old)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vanished(GameEvent, type="thing.vanished"):
    """A clan or player that was watched is not there any more (404): `old` is the last of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeared(GameEvent, type="thing.appeared"):
    """A clan or player that was not there is there: `new` is what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollFailed(GameEvent, type="poll.failed"):
    """A thing could not be asked; it is asked again. Told only to those who name this kind, and not kept.

    Attributes:
        operation: What was asked, such as ``"clan"``.
        error: Why, in one sentence.
    """

    operation: str
    error: str
