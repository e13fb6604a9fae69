"""Players and what they own."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cocapi import game
from cocapi_models.base import Model
from cocapi_models.images import BadgeUrls
from cocapi_models.labels import Label
from cocapi_models.leagues import BuilderBaseLeague, League, LeagueTier, LegendStatistics
from cocapi_models.levels import Upgradable
from cocapi_models.links import ClanLink, PlayerLink
from cocapi_models.values import HousePart, Many, Open, Role, TokenStatus, Village, WarPreference

__all__ = [
    "Achievement",
    "Hero",
    "HeroEquipment",
    "Player",
    "PlayerClan",
    "PlayerHouse",
    "PlayerHouseElement",
    "Spell",
    "Troop",
    "VerifyTokenResponse",
]


class PlayerHouseElement(Model):
    """A part of a player's house."""

    type: Open[HousePart]
    id: int


class PlayerHouse(Model):
    """A player's house in the clan capital."""

    elements: Many[PlayerHouseElement]


class PlayerClan(ClanLink, Model):
    """The clan that a player is in."""

    tag: str
    name: str
    clan_level: int
    badge_urls: BadgeUrls


class Achievement(Model):
    """An achievement. Names are not unique.

    Attributes:
        stars: From 0 to 3.
        completion_info: None until there is something to say.
    """

    name: str
    stars: int
    value: int
    target: int
    info: str
    completion_info: str | None = None
    village: Open[Village]


class Troop(Upgradable, Model):
    """A troop, pet or siege machine.

    Attributes:
        super_troop_is_active: None where the troop is no super troop, or is not active.
    """

    name: str
    level: int
    max_level: int
    village: Open[Village]
    super_troop_is_active: bool | None = None


class HeroEquipment(Upgradable, Model):
    """A piece of equipment."""

    name: str
    level: int
    max_level: int
    village: Open[Village]


class Hero(Upgradable, Model):
    """A hero, and the equipment it carries."""

    name: str
    level: int
    max_level: int
    village: Open[Village]
    equipment: Many[HeroEquipment] = ()


class Spell(Upgradable, Model):
    """A spell."""

    name: str
    level: int
    max_level: int
    village: Open[Village]


class Player(PlayerLink, Model):
    """A player.

    Numbers are as the game shows them. Since October 2025 `trophies` are those of the running ranked week.

    Attributes:
        role: None for a player without a clan; `war_preference` also otherwise at times.
        war_preference: As `role`.
        clan: As `role`.
        builder_hall_level: None for a player who has not built there.
        builder_base_league: None for a player who has not built there.
        league: None since October 2025; see `league_tier`.
        current_league_group_tag: What `leaguegroup` wants to be asked; ``"#0"`` and None where the player is
            in no group.
        current_league_season_id: As `current_league_group_tag`.
        troops: Pets and siege machines included.
    """

    tag: str
    name: str
    town_hall_level: int
    town_hall_weapon_level: int | None = None
    exp_level: int
    trophies: int
    best_trophies: int
    war_stars: int
    attack_wins: int
    defense_wins: int
    builder_hall_level: int | None = None
    builder_base_trophies: int
    best_builder_base_trophies: int
    role: Open[Role] | None = None
    war_preference: Open[WarPreference] | None = None
    donations: int
    donations_received: int
    clan_capital_contributions: int
    clan: PlayerClan | None = None
    league: League | None = None
    league_tier: LeagueTier | None = None
    builder_base_league: BuilderBaseLeague | None = None
    legend_statistics: LegendStatistics | None = None
    current_league_group_tag: str | None = None
    current_league_season_id: int | None = None
    previous_league_group_tag: str | None = None
    previous_league_season_id: int | None = None
    achievements: Many[Achievement]
    player_house: PlayerHouse | None = None
    labels: Many[Label]
    troops: Many[Troop]
    heroes: Many[Hero]
    hero_equipment: Many[HeroEquipment]
    spells: Many[Spell]

    @property
    def role_name(self) -> str | None:
        """The role as the game shows it: ``"Elder"`` for ``admin``; None as `role`."""
        return None if self.role is None else game.in_words(self.role)

    def hero(self, name: str) -> Hero | None:
        """The hero of that name, of either village, in any case of letters; None when there is none."""
        return game.hero(self, name)

    def troop(self, name: str, village: Literal["home", "builderBase"] = "home") -> Troop | None:
        """The troop of that name, in any case of letters; None when there is none.

        Super troops, pets and siege machines are found as well. Some names are in both villages.
        """
        return game.troop(self, name, village)

    def spell(self, name: str) -> Spell | None:
        """The spell of that name, in any case of letters; None when there is none."""
        return game.spell(self, name)

    def pet(self, name: str) -> Troop | None:
        """The pet of that name, in any case of letters; None when there is none."""
        return game.pet(self, name)

    def equipment(self, name: str) -> HeroEquipment | None:
        """The piece of equipment of that name, carried or not, in any case of letters; None when there is
        none."""
        return game.equipment(self, name)

    @property
    def home_troops(self) -> tuple[Troop, ...]:
        """The troops of the home village that are no super troops, pets or siege machines."""
        return game.home_troops(self)

    @property
    def super_troops(self) -> tuple[Troop, ...]:
        """The super troops that the player can boost: by their names, and those that are active."""
        return game.super_troops(self)

    @property
    def active_super_troops(self) -> tuple[Troop, ...]:
        """The super troops that are boosted at the moment."""
        return game.active_super_troops(self)

    @property
    def pets(self) -> tuple[Troop, ...]:
        """The pets, by the names that the game had in March 2026."""
        return game.pets(self)

    @property
    def siege_machines(self) -> tuple[Troop, ...]:
        """The siege machines, by the names that the game had in March 2026."""
        return game.siege_machines(self)

    @property
    def builder_base_troops(self) -> tuple[Troop, ...]:
        """The troops of the builder base."""
        return game.builder_base_troops(self)

    @property
    def home_heroes(self) -> tuple[Hero, ...]:
        """The heroes of the home village."""
        return game.home_heroes(self)

    @property
    def builder_base_heroes(self) -> tuple[Hero, ...]:
        """The heroes of the builder base."""
        return game.builder_base_heroes(self)


class VerifyTokenResponse(Model):
    """Whether a player's token was right."""

    tag: str
    token: str = Field(repr=False)
    status: Open[TokenStatus]
