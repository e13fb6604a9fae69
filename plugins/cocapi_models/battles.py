"""A player's newest battles."""

from __future__ import annotations

from cocapi_models.base import Model
from cocapi_models.times import Timestamp
from cocapi_models.values import BattleType, Many, Open

__all__ = ["BattleLogEntry", "BattleResource"]


class BattleResource(Model):
    """So much of one thing that can be looted."""

    name: str
    amount: int


class BattleLogEntry(Model):
    """One battle.

    Attributes:
        attack: True: the player attacked; False: the player was attacked.
        destruction_percentage: From 0 to 100.
        battle_time: The battle's length in seconds. This and what follows are given since June 2026; None
            before.
        battle_timestamp: When it was fought.
    """

    battle_type: Open[BattleType]
    attack: bool
    army_share_code: str | None = None
    opponent_player_tag: str
    stars: int
    destruction_percentage: int
    looted_resources: Many[BattleResource] = ()
    extra_looted_resources: Many[BattleResource] = ()
    available_loot: Many[BattleResource] = ()
    opponent_name: str | None = None
    opponent_town_hall_level: int | None = None
    battle_time: int | None = None
    battle_timestamp: Timestamp | None = None
