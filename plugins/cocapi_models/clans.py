"""Clans and their members."""

from __future__ import annotations

from pydantic import Field

from cocapi import game, normal_tag
from cocapi_models.base import Model, every
from cocapi_models.images import BadgeUrls
from cocapi_models.labels import Label
from cocapi_models.leagues import BuilderBaseLeague, CapitalLeague, League, LeagueTier, WarLeague
from cocapi_models.links import ClanLink, PlayerLink
from cocapi_models.locations import ChatLanguage, Location
from cocapi_models.players import PlayerHouse
from cocapi_models.values import ClanType, Many, Open, Role, WarFrequency

__all__ = ["Clan", "ClanCapital", "ClanCapitalDistrict", "ClanMember", "ClanSearchEntry"]


class ClanMember(PlayerLink, Model):
    """A member of a clan.

    Attributes:
        clan_rank: By trophies, from 1; a previous rank of 0 means that there was none.
        previous_clan_rank: As `clan_rank`.
        league: None since October 2025 where the API leaves it out; see `league_tier`.
        versus_trophies: The old name of `builder_base_trophies`; None since 2025.
    """

    tag: str
    name: str
    role: Open[Role]
    town_hall_level: int
    exp_level: int
    league: League | None = None
    league_tier: LeagueTier | None = None
    trophies: int
    builder_base_trophies: int
    versus_trophies: int | None = None
    clan_rank: int
    previous_clan_rank: int
    donations: int
    donations_received: int
    player_house: PlayerHouse | None = None
    builder_base_league: BuilderBaseLeague | None = None

    @property
    def role_name(self) -> str:
        """The role as the game shows it: ``"Elder"`` for ``admin``."""
        return game.in_words(self.role)


class ClanCapitalDistrict(Model):
    """A district of a clan capital."""

    id: int
    name: str
    district_hall_level: int


class ClanCapital(Model):
    """A clan capital.

    Attributes:
        capital_hall_level: None until the capital is built.
    """

    capital_hall_level: int | None = None
    districts: Many[ClanCapitalDistrict] = ()


class ClanSearchEntry(ClanLink, Model):
    """A clan as the search finds it.

    Attributes:
        location: None where the clan has chosen none.
        chat_language: None where the clan has chosen none.
        war_ties: None where the clan keeps its war log private.
        war_losses: None where the clan keeps its war log private.
        required_town_hall_level: None where any will do.
        clan_versus_points: The old names of `clan_builder_base_points` and `required_builder_base_trophies`;
            None since 2025.
        required_versus_trophies: As `clan_versus_points`.
        members: How many there are.
    """

    tag: str
    name: str
    type: Open[ClanType]
    location: Location | None = None
    is_family_friendly: bool
    badge_urls: BadgeUrls
    clan_level: int
    clan_points: int
    clan_builder_base_points: int
    clan_versus_points: int | None = None
    clan_capital_points: int
    capital_league: CapitalLeague | None = None
    required_trophies: int
    required_builder_base_trophies: int
    required_versus_trophies: int | None = None
    required_town_hall_level: int | None = Field(None, alias="requiredTownhallLevel")
    war_frequency: Open[WarFrequency]
    war_win_streak: int
    war_wins: int
    war_ties: int | None = None
    war_losses: int | None = None
    is_war_log_public: bool
    war_league: WarLeague | None = None
    members: int
    labels: Many[Label]
    chat_language: ChatLanguage | None = None


class Clan(ClanSearchEntry):
    """A clan, with its members."""

    description: str
    member_list: Many[ClanMember]
    clan_capital: ClanCapital

    def member(self, tag: str) -> ClanMember | None:
        """The member with this tag, however it is written; None when there is none.

        Raises:
            InvalidParams: For what cannot be a tag.
        """
        normal = normal_tag(tag)
        return next((m for m in every(ClanMember, self.member_list) if m.tag == normal), None)
