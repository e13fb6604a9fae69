"""The documented import path of the models; they live in the plugin ``models`` (extra ``pydantic``)."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from cocapi.errors import InvalidParams, MissingExtra
from cocapi.interrupts import reraise

if TYPE_CHECKING:
    from cocapi_models.names import *

__all__: list[str] = [
    "Achievement",
    "BadgeUrls",
    "BattleLogEntry",
    "BattleModifier",
    "BattleResource",
    "BattleType",
    "BuilderBaseLeague",
    "CapitalLeague",
    "ChatLanguage",
    "Clan",
    "ClanBuilderBaseRankingEntry",
    "ClanCapital",
    "ClanCapitalDistrict",
    "ClanCapitalRaidSeason",
    "ClanCapitalRaidSeasonMember",
    "ClanCapitalRankingEntry",
    "ClanMember",
    "ClanRankingClan",
    "ClanRankingEntry",
    "ClanSearchEntry",
    "ClanType",
    "ClanWar",
    "ClanWarLeagueClan",
    "ClanWarLeagueGroup",
    "ClanWarLeagueMember",
    "ClanWarLeagueRound",
    "ClanWarLogEntry",
    "Cursors",
    "DynamicModel",
    "GoldPassSeason",
    "Hero",
    "HeroEquipment",
    "HousePart",
    "IconUrls",
    "Irregularity",
    "Label",
    "League",
    "LeagueGroup",
    "LeagueGroupBattle",
    "LeagueGroupMember",
    "LeagueSeason",
    "LeagueSeasonResult",
    "LeagueTier",
    "LegendSeason",
    "LegendStatistics",
    "Location",
    "Model",
    "Page",
    "Paging",
    "Player",
    "PlayerBuilderBaseRankingEntry",
    "PlayerClan",
    "PlayerHouse",
    "PlayerHouseElement",
    "PlayerRankingEntry",
    "RaidAttack",
    "RaidAttackLogEntry",
    "RaidAttacker",
    "RaidClan",
    "RaidDefenseLogEntry",
    "RaidDistrict",
    "RaidState",
    "Role",
    "Spell",
    "Timestamp",
    "TokenStatus",
    "Troop",
    "VerifyTokenResponse",
    "Village",
    "WarAttack",
    "WarClan",
    "WarFrequency",
    "WarLeague",
    "WarLeagueState",
    "WarMember",
    "WarPreference",
    "WarResult",
    "WarState",
    "create_dynamic_model",
    "get_pydantic_info",
    "validate_pydantic_available",
]


def __getattr__(name: str) -> Any:
    """Load a model on first use; the core imports neither the plugin nor pydantic by itself.

    Raises:
        MissingExtra: Pydantic is not installed.
    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if not validate_pydantic_available():
        raise MissingExtra(f"cocapi.models.{name}", "pydantic")
    return getattr(import_module("cocapi_models.names"), name)


def model_at(path: str) -> str | None:
    """The name of the model for what is answered at a path, as in ``"Clan"`` or ``"Page[ClanMember]"``; None:
    no operation with a model asks there.

    Args:
        path: As in ``"/clans/%232PP"``, below the base URL.
    """
    from cocapi.api.endpoints import operation_at
    from cocapi.calls.address import parsed_path

    try:
        segments, _ = parsed_path(path)
    except InvalidParams as error:  # a word that is no path named the class in 4.0
        reraise(error)
        return None
    operation = operation_at(segments)
    return None if operation is None else operation.model


def validate_pydantic_available() -> bool:
    """Whether models can be had: pydantic is installed."""
    return find_spec("pydantic") is not None


def get_pydantic_info() -> dict[str, Any]:
    """``available``, ``version`` (None without pydantic) and a ``message`` for people, as in 4.0."""
    if not validate_pydantic_available():
        missing = MissingExtra("models", "pydantic")
        return {"available": False, "version": None, "message": str(missing)}
    from importlib.metadata import version

    return {"available": True, "version": version("pydantic"), "message": "models can be used"}
