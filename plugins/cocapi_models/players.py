"""Players and what they own."""

from __future__ import annotations

from pydantic import Field

from cocapi_models.base import Model
from cocapi_models.images import BadgeUrls
from cocapi_models.labels import Label
from cocapi_models.leagues import BuilderBaseLeague, League, LeagueTier, LegendStatistics
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


class PlayerClan(Model):
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


class Troop(Model):
    """A troop, pet or siege machine.

    Attributes:
        super_troop_is_active: None where the troop is no super troop, or is not active.
    """

    name: str
    level: int
    max_level: int
    village: Open[Village]
    super_troop_is_active: bool | None = None


class HeroEquipment(Model):
    """A piece of equipment."""

    name: str
    level: int
    max_level: int
    village: Open[Village]


class Hero(Model):
    """A hero, and the equipment it carries."""

    name: str
    level: int
    max_level: int
    village: Open[Village]
    equipment: Many[HeroEquipment] = ()


class Spell(Model):
    """A spell."""

    name: str
    level: int
    max_level: int
    village: Open[Village]


class Player(Model):
    """A player.

    exp_level, trophies, war_stars, donations, …:
        As the game shows them. Since October 2025 `trophies` are those of the running ranked week.
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
    def share_link(self) -> str:
        """The address that opens this player in the game."""
        return f"https://link.clashofclans.com/en?action=OpenPlayerProfile&tag={str(self.tag).lstrip('#')}"


class VerifyTokenResponse(Model):
    """Whether a player's token was right."""

    tag: str
    token: str = Field(repr=False)
    status: Open[TokenStatus]
