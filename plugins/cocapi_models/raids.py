"""Raid weekends of the clan capital."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, cast

from cocapi import game, normal_tag
from cocapi_models.base import Model, every, whole
from cocapi_models.images import BadgeUrls
from cocapi_models.links import ClanLink, PlayerLink
from cocapi_models.times import Timestamp
from cocapi_models.values import Many, Open, RaidState

if TYPE_CHECKING:
    from cocapi_models.clans import Clan, ClanMember

    RaidHit: TypeAlias = game.RaidHit["RaidAttack", "RaidDistrict", "RaidAttackLogEntry"]

__all__ = [
    "ClanCapitalRaidSeason",
    "ClanCapitalRaidSeasonMember",
    "RaidAttack",
    "RaidAttackLogEntry",
    "RaidAttacker",
    "RaidClan",
    "RaidDefenseLogEntry",
    "RaidDistrict",
]


class ClanCapitalRaidSeasonMember(PlayerLink, Model):
    """A member who has raided."""

    tag: str
    name: str
    attacks: int
    attack_limit: int
    bonus_attack_limit: int
    capital_resources_looted: int


class RaidAttacker(PlayerLink, Model):
    """Who attacked a district."""

    tag: str
    name: str


class RaidAttack(Model):
    """An attack on a district.

    Attributes:
        destruction_percent: Of the district after the attack, from 0 to 100.
    """

    attacker: RaidAttacker
    destruction_percent: int
    stars: int


class RaidDistrict(Model):
    """A district in a raid.

    Attributes:
        attacks: Newest first; empty when there were none, and in old seasons.
    """

    id: int
    name: str
    district_hall_level: int
    destruction_percent: int
    stars: int
    attack_count: int
    total_looted: int
    attacks: Many[RaidAttack] = ()


class RaidClan(ClanLink, Model):
    """The other clan of a raid."""

    tag: str
    name: str
    level: int
    badge_urls: BadgeUrls


class RaidLogEntry(Model):
    """A raid on one capital."""

    attack_count: int
    district_count: int
    districts_destroyed: int
    districts: Many[RaidDistrict]

    @property
    def is_finished(self) -> bool:
        """Whether every district of the raided capital was destroyed."""
        return game.is_finished(cast(Any, self))

    @property
    def total_looted(self) -> int:
        """Capital gold looted in all districts."""
        return sum(whole(district.total_looted) for district in every(RaidDistrict, self.districts))


class RaidAttackLogEntry(RaidLogEntry):
    """A raid of the clan on another capital."""

    defender: RaidClan


class RaidDefenseLogEntry(RaidLogEntry):
    """A raid of another clan on the clan's capital."""

    attacker: RaidClan


class ClanCapitalRaidSeason(Model):
    """A raid weekend.

    Attributes:
        capital_total_loot: Capital gold that the clan's own raids have brought.
        total_attacks: Attacks that the clan has made.
        raids_completed: Capitals that the clan has destroyed whole.
        enemy_districts_destroyed: Districts that the clan has destroyed.
        offensive_reward: Raid medals for each attack.
        defensive_reward: Raid medals for each member.
        members: Given for the newest season only.
    """

    state: Open[RaidState]
    start_time: Timestamp
    end_time: Timestamp
    capital_total_loot: int
    raids_completed: int
    total_attacks: int
    enemy_districts_destroyed: int
    offensive_reward: int
    defensive_reward: int
    members: Many[ClanCapitalRaidSeasonMember] = ()
    attack_log: Many[RaidAttackLogEntry]
    defense_log: Many[RaidDefenseLogEntry]

    @property
    def attacks(self) -> tuple[RaidHit, ...]:
        """The clan's attacks, raid after raid, district after district, the first first, each with the
        destruction and the stars that it added. The API drops them from old weekends."""
        return game.raid_attacks(self)

    @property
    def attacks_by_member(self) -> dict[str, tuple[RaidHit, ...]]:
        """The same, by tag of the member."""
        return game.raid_attacks_by_member(self)

    @property
    def attacks_left(self) -> dict[str, int]:
        """By tag, the attacks that members who have begun still have: limit and bonus less those made."""
        return game.raid_attacks_left(self)

    @property
    def offensive_medals(self) -> int:
        """Raid medals for each attack: `offensive_reward`; while the weekend is on, those of all destroyed
        districts, divided by all attacks, rounded up, as if it ended now."""
        return game.offensive_medals(self)

    def medals_of(self, tag: str) -> int:
        """Raid medals of a member: `offensive_medals` for each attack, and `defensive_reward`; 0 for one who
        has not attacked.

        Raises:
            InvalidParams: For what cannot be a tag.
        """
        return game.medals_of(self, tag)

    def without_attacks(self, clan: Clan) -> tuple[ClanMember, ...]:
        """The members of the clan who have not attacked, in the order of its list; of the newest weekend, for
        the API tells members of no other.

        Args:
            clan: The clan whose weekend this is.
        """
        return game.without_raid_attacks(self, clan)

    @property
    def total_defense_attacks(self) -> int:
        """Attacks of others on the clan's capital."""
        return sum(whole(raid.attack_count) for raid in every(RaidDefenseLogEntry, self.defense_log))

    @property
    def total_lost(self) -> int:
        """Capital gold that others looted from the clan's capital."""
        return sum(raid.total_looted for raid in every(RaidDefenseLogEntry, self.defense_log))

    def member(self, tag: str) -> ClanCapitalRaidSeasonMember | None:
        """The member with this tag, however it is written; None for one who has not raided.

        Raises:
            InvalidParams: For what cannot be a tag.
        """
        normal = normal_tag(tag)
        return next((m for m in every(ClanCapitalRaidSeasonMember, self.members) if m.tag == normal), None)
