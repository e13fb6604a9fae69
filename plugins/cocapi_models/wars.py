"""Clan wars, the war log and the clan war league."""

from __future__ import annotations

from pydantic import Field

from cocapi import normal_tag
from cocapi_models.base import Model, every
from cocapi_models.images import BadgeUrls
from cocapi_models.times import Timestamp
from cocapi_models.values import BattleModifier, Many, Number, Open, WarLeagueState, WarResult, WarState

__all__ = [
    "ClanWar",
    "ClanWarLeagueClan",
    "ClanWarLeagueGroup",
    "ClanWarLeagueMember",
    "ClanWarLeagueRound",
    "ClanWarLogEntry",
    "WarAttack",
    "WarClan",
    "WarMember",
]


class WarAttack(Model):
    """An attack.

    Attributes:
        destruction_percentage: From 0 to 100.
        order: Its place among all attacks of the war, from 1.
        duration: Seconds.
    """

    attacker_tag: str
    defender_tag: str
    stars: int
    destruction_percentage: Number
    order: int
    duration: int | None = None


class WarMember(Model):
    """A player in a war.

    Attributes:
        map_position: Orders the members; in the clan war league not without gaps.
        attacks: Empty when none was made.
        best_opponent_attack: None when the player was not attacked.
    """

    tag: str
    name: str
    town_hall_level: int = Field(alias="townhallLevel")
    map_position: int
    attacks: Many[WarAttack] = ()
    opponent_attacks: int
    best_opponent_attack: WarAttack | None = None


class WarClan(Model):
    """One side of a war.

    Attributes:
        tag: None in a clan that is in no war, and for the opponents of a league week in the war log.
        name: As `tag`.
        attacks: What the war log leaves out for the opponent is None, or empty.
        exp_earned: As `attacks`.
        members: As `attacks`.
        destruction_percentage: From 0 to 100; over a league week in the war log, the sum.
    """

    tag: str | None = None
    name: str | None = None
    badge_urls: BadgeUrls
    clan_level: int
    attacks: int | None = None
    stars: int
    destruction_percentage: Number
    exp_earned: int | None = None
    members: Many[WarMember] = ()

    def member(self, tag: str) -> WarMember | None:
        """The member with this tag, however it is written; None when there is none.

        Raises:
            InvalidParams: for what cannot be a tag.
        """
        wanted = normal_tag(tag)
        return next((m for m in every(WarMember, self.members) if m.tag == wanted), None)


class ClanWar(Model):
    """A war. All but `state` and two nameless clans is None for a clan that is in none.

    Attributes:
        attacks_per_member: None in the clan war league, where it is one.
        war_start_time: Given in the clan war league only.
    """

    state: Open[WarState]
    team_size: int | None = None
    attacks_per_member: int | None = None
    battle_modifier: Open[BattleModifier] | None = None
    preparation_start_time: Timestamp | None = None
    start_time: Timestamp | None = None
    end_time: Timestamp | None = None
    war_start_time: Timestamp | None = None
    clan: WarClan
    opponent: WarClan

    @property
    def is_cwl(self) -> bool:
        """Whether it is a war of the clan war league."""
        return self.war_start_time is not None

    @property
    def result(self) -> WarResult | None:
        """How it ended for `clan`: by stars, then by destruction; None until it has ended.

        None also where stars or destruction of a side are no numbers.
        """
        ours, theirs = score(self.clan), score(self.opponent)
        if self.state != WarState.WAR_ENDED or ours is None or theirs is None:
            return None
        return WarResult.TIE if ours == theirs else WarResult.WIN if ours > theirs else WarResult.LOSE

    def attacks_by(self, tag: str) -> tuple[WarAttack, ...]:
        """The attacks of a player of either side; empty when there are none.

        Raises:
            InvalidParams: for what cannot be a tag.
        """
        sides = every(WarClan, (self.clan, self.opponent))
        member = next((found for side in sides if (found := side.member(tag))), None)
        return every(WarAttack, member.attacks) if member else ()


def score(side: object) -> tuple[int, int | float] | None:
    """Stars and destruction of a side, which compare as the game does; None where they are no numbers."""
    if not isinstance(side, WarClan):
        return None
    stars, destruction = side.stars, side.destruction_percentage
    sound = isinstance(stars, int) and isinstance(destruction, int | float)
    return (stars, destruction) if sound else None


class ClanWarLogEntry(Model):
    """A war that a clan has fought, in short.

    Attributes:
        result: None for a war that is still running, and for most weeks of the clan war league.
        attacks_per_member: None for wars of before October 2021.
    """

    result: Open[WarResult] | None = None
    end_time: Timestamp
    team_size: int
    attacks_per_member: int | None = None
    battle_modifier: Open[BattleModifier] | None = None
    clan: WarClan
    opponent: WarClan

    @property
    def is_cwl(self) -> bool:
        """Whether it sums up a week of the clan war league: the opponent has no tag."""
        return isinstance(self.opponent, WarClan) and self.opponent.tag is None


class ClanWarLeagueMember(Model):
    """A player on the roster of a clan in the clan war league."""

    tag: str
    name: str
    town_hall_level: int


class ClanWarLeagueClan(Model):
    """A clan in a group of the clan war league."""

    tag: str
    name: str
    clan_level: int
    badge_urls: BadgeUrls
    members: Many[ClanWarLeagueMember]


class ClanWarLeagueRound(Model):
    """A day of the clan war league.

    Attributes:
        war_tags: For `warleague`; ``"#0"`` stands for a war that is not yet drawn.
    """

    war_tags: Many[str]


class ClanWarLeagueGroup(Model):
    """The clan war league group that a clan is in. While one is searched there is nothing but `state`.

    Attributes:
        season: ``"2025-10"``.
    """

    state: Open[WarLeagueState]
    tag: str | None = None
    season: str | None = None
    clans: Many[ClanWarLeagueClan] = ()
    rounds: Many[ClanWarLeagueRound] = ()
