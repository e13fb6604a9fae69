"""Clan wars, the war log and the clan war league."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

from pydantic import Field

from cocapi import game, normal_tag
from cocapi_models.base import Model, every
from cocapi_models.images import BadgeUrls
from cocapi_models.links import OPEN, ClanLink, PlayerLink, bare
from cocapi_models.times import Timestamp
from cocapi_models.values import BattleModifier, Many, Number, Open, WarLeagueState, WarResult, WarState

if TYPE_CHECKING:
    Attack: TypeAlias = game.Attack["WarAttack", "WarMember", "WarClan"]

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


class WarMember(PlayerLink, Model):
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

    @property
    def share_link(self) -> str | None:
        """The address that opens this clan in the game; None without a tag."""
        return None if self.tag is None else f"{OPEN}OpenClanProfile&tag={bare(self)}"

    def member(self, tag: str) -> WarMember | None:
        """The member with this tag, however it is written; None when there is none.

        Raises:
            InvalidParams: For what cannot be a tag.
        """
        normal = normal_tag(tag)
        return next((m for m in every(WarMember, self.members) if m.tag == normal), None)


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
        """Whether it is a war of the clan war league: it has a `war_start_time`, or a team size without
        attacks per member."""
        return game.is_cwl(self)

    @property
    def war_type(self) -> Literal["random", "friendly", "cwl"] | None:
        """Whether the game chose the opponent, a friend did, or the league; None where there is no war.

        A friendly war is prepared for other than 23 hours.
        """
        return game.war_type(self)

    @property
    def state_name(self) -> str:
        """The state as the game shows it: ``"Battle Day"`` for ``inWar``."""
        return game.in_words(self.state)

    @property
    def status(self) -> Literal["winning", "losing", "tied", "won", "lost", "tie"] | None:
        """How it stands for `clan`, by stars, then by destruction; None before the battle, without a war, and
        where stars or destruction of a side are no numbers."""
        return game.status(self)

    @property
    def result(self) -> WarResult | None:
        """How it ended for `clan`: by stars, then by destruction; None until it has ended.

        None also where stars or destruction of a side are no numbers.
        """
        result = game.result(self)
        return None if result is None else WarResult(result)

    @property
    def decided_by(self) -> Literal["stars", "destruction"] | None:
        """What tells the sides apart: stars, or destruction where they have as many; None: nothing does."""
        return game.decided_by(self)

    @property
    def max_stars(self) -> int:
        """Stars that a side can win: three for each enemy."""
        return game.max_stars(self)

    @property
    def max_attacks(self) -> int:
        """Attacks that a side can make; in the clan war league one a member."""
        return game.max_attacks(self)

    @property
    def total_attacks(self) -> int:
        """Attacks that both sides have made."""
        return game.total_attacks(self)

    @property
    def missed_attacks(self) -> dict[str, int]:
        """By tag, the attacks that members of both sides let pass; ``{}`` until the war is over."""
        return game.missed_attacks(self)

    def is_perfect(self, side: Literal["clan", "opponent"] | WarClan) -> bool:
        """Whether a side has won every star that there is."""
        return game.is_perfect(self, side)

    def attacks_left(self, side: Literal["clan", "opponent"] | WarClan) -> int:
        """Attacks that a side has not made, be the war on or over."""
        return game.attacks_left(self, side)

    def attacks_left_of(self, member: WarMember) -> int:
        """Attacks that a member has not made, be the war on or over."""
        return game.attacks_left_of(self, member)

    def seconds_left(self, now: datetime) -> float:
        """Seconds until the battle begins, and once it has, until it ends; 0 when it is over.

        Raises:
            ValueError: `now` has no zone.
        """
        return game.seconds_left(self, now)

    @property
    def attacks(self) -> tuple[Attack, ...]:
        """The attacks of both sides in the order in which they were made, each with its members and clans,
        the best attack on the defender before it, and its new stars."""
        return game.attacks(self)

    def attacks_by(self, tag: str) -> tuple[Attack, ...]:
        """The attacks of a player of either side, in order; empty when there are none.

        Raises:
            InvalidParams: For what cannot be a tag.
        """
        return game.attacks_by(self, tag)

    def defenses_of(self, tag: str) -> tuple[Attack, ...]:
        """The attacks on a player of either side, in order; empty when there are none.

        Raises:
            InvalidParams: For what cannot be a tag.
        """
        return game.defenses_of(self, tag)

    def best_attack_on(self, tag: str) -> Attack | None:
        """The attack on a player that counts: by stars, then destruction, then the earliest; None when there
        was none.

        Raises:
            InvalidParams: For what cannot be a tag.
        """
        return game.best_attack_on(self, tag)

    def swapped(self) -> Self:
        """The war as the other side sees it: `clan` and `opponent` have changed places."""
        return game.swapped(self)

    def with_own_side(self, tag: str) -> Self | None:
        """The war with the clan of this tag on the side `clan`; None when that clan is not in it.

        Raises:
            InvalidParams: For what cannot be a tag.
        """
        return game.with_own_side(self, tag)


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


class ClanWarLeagueMember(PlayerLink, Model):
    """A player on the roster of a clan in the clan war league."""

    tag: str
    name: str
    town_hall_level: int


class ClanWarLeagueClan(ClanLink, Model):
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

    def standings(self, wars: Iterable[ClanWar]) -> tuple[game.Standing, ...]:
        """The table: stars with 10 for each won war, then destruction; the first first.

        Args:
            wars: All wars of the group, each once; ``api.models.league_wars(tag)`` has them.
        """
        return game.standings(self, wars)
