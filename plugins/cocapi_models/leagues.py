"""Leagues of players and clans, their seasons, and the ranked groups."""

from __future__ import annotations

from cocapi_models.base import Model
from cocapi_models.images import IconUrls
from cocapi_models.times import RankedTimestamp
from cocapi_models.values import Many

__all__ = [
    "BuilderBaseLeague",
    "CapitalLeague",
    "League",
    "LeagueGroup",
    "LeagueGroupBattle",
    "LeagueGroupMember",
    "LeagueSeason",
    "LeagueSeasonResult",
    "LeagueTier",
    "LegendSeason",
    "LegendStatistics",
    "WarLeague",
]


class League(Model):
    """A trophy league of before October 2025."""

    id: int
    name: str
    icon_urls: IconUrls


class LeagueTier(Model):
    """A tier of the ranked league."""

    id: int
    name: str
    icon_urls: IconUrls


class WarLeague(Model):
    """A league of clan wars."""

    id: int
    name: str


class CapitalLeague(Model):
    """A league of clan capitals."""

    id: int
    name: str


class BuilderBaseLeague(Model):
    """A league of the builder base."""

    id: int
    name: str


class LeagueSeason(Model):
    """A season of the Legend League.

    Attributes:
        id: ``"2025-08"`` up to August 2025, ``"2025-10-06"`` since.
    """

    id: str


class LeagueSeasonResult(Model):
    """How a player ended one ranked season.

    Attributes:
        league_season_id: The season's beginning, in seconds since 1970.
        placement: In the group, from 1.
        max_battles: Attacks that the tier allows in a season.
    """

    league_season_id: int
    league_trophies: int
    league_tier_id: int
    placement: int
    attack_wins: int
    attack_losses: int
    attack_stars: int
    defense_wins: int
    defense_losses: int
    defense_stars: int
    max_battles: int


class LeagueGroupMember(Model):
    """A player in a ranked group. The clan's fields are None for a player without one."""

    player_tag: str
    player_name: str
    clan_tag: str | None = None
    clan_name: str | None = None
    league_trophies: int
    attack_win_count: int
    attack_lose_count: int
    defense_win_count: int
    defense_lose_count: int


class LeagueGroupBattle(Model):
    """A battle of the player for whom a ranked group was asked.

    Attributes:
        destruction_percentage: From 0 to 100.
    """

    opponent_player_tag: str
    opponent_name: str
    stars: int
    destruction_percentage: int
    trophies: int
    creation_time: RankedTimestamp


class LeagueGroup(Model):
    """A ranked group in one season. Its members come in no order."""

    members: Many[LeagueGroupMember]
    attack_logs: Many[LeagueGroupBattle] = ()
    defense_logs: Many[LeagueGroupBattle] = ()


class LegendSeason(Model):
    """A player's season in the Legend League.

    Attributes:
        id: ``"2025-08"``; None for the running one.
    """

    id: str | None = None
    rank: int | None = None
    trophies: int | None = None


class LegendStatistics(Model):
    """What a player has reached in the Legend League."""

    legend_trophies: int
    current_season: LegendSeason | None = None
    previous_season: LegendSeason | None = None
    best_season: LegendSeason | None = None
    previous_builder_base_season: LegendSeason | None = None
    best_builder_base_season: LegendSeason | None = None
