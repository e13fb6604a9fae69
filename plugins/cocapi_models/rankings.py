"""Who is best, in a country or in the world."""

from __future__ import annotations

from cocapi_models.base import Model
from cocapi_models.images import BadgeUrls
from cocapi_models.leagues import BuilderBaseLeague, League, LeagueTier
from cocapi_models.links import ClanLink, PlayerLink
from cocapi_models.locations import Location

__all__ = [
    "ClanBuilderBaseRankingEntry",
    "ClanCapitalRankingEntry",
    "ClanRankingClan",
    "ClanRankingEntry",
    "PlayerBuilderBaseRankingEntry",
    "PlayerRankingEntry",
]


class RankedClan(ClanLink, Model):
    """What all rankings of clans have in common.

    Attributes:
        rank: From 1; a previous rank of -1 or 0 means that there was none.
        previous_rank: As `rank`.
        members: How many there are.
    """

    tag: str
    name: str
    location: Location | None = None
    badge_urls: BadgeUrls
    clan_level: int
    members: int
    rank: int
    previous_rank: int | None = None


class ClanRankingEntry(RankedClan):
    """A clan by its trophies."""

    clan_points: int


class ClanBuilderBaseRankingEntry(RankedClan):
    """A clan by its builder base trophies. `clan_versus_points` is their old name; None since 2025."""

    clan_builder_base_points: int
    clan_versus_points: int | None = None


class ClanCapitalRankingEntry(RankedClan):
    """A clan by its capital trophies."""

    clan_capital_points: int


class ClanRankingClan(ClanLink, Model):
    """The clan of a ranked player."""

    tag: str
    name: str
    badge_urls: BadgeUrls


class PlayerRankingEntry(PlayerLink, Model):
    """A player by trophies.

    Attributes:
        previous_rank: None at the end of a season; -1 or 0 where there was none.
        clan: None for a player without one.
        league: None since October 2025; see `league_tier`.
        league_tier: None before October 2025; see `league`.
    """

    tag: str
    name: str
    exp_level: int
    trophies: int
    attack_wins: int
    defense_wins: int
    rank: int
    previous_rank: int | None = None
    clan: ClanRankingClan | None = None
    league: League | None = None
    league_tier: LeagueTier | None = None


class PlayerBuilderBaseRankingEntry(PlayerLink, Model):
    """A player by builder base trophies.

    Attributes:
        clan: None for a player without one.
        versus_trophies: The old name of `builder_base_trophies`; None since 2025.
        versus_battle_wins: Of the versus battles of before 2023; None since 2025.
    """

    tag: str
    name: str
    exp_level: int
    rank: int
    previous_rank: int | None = None
    builder_base_trophies: int
    versus_trophies: int | None = None
    versus_battle_wins: int | None = None
    clan: ClanRankingClan | None = None
    builder_base_league: BuilderBaseLeague | None = None
