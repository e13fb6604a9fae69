"""What two answers of the API differ by, as functions of the two alone.

Each takes what the API answered before and what it answers now, and gives `Difference`\\ s in the order of
the answer. They know neither clocks nor clients. What is not there before (None) or now is the caller's
affair.
"""

from __future__ import annotations

from cocapi_events.differences.calendars import calendar_differences
from cocapi_events.differences.clans import clan_differences
from cocapi_events.differences.difference import Difference
from cocapi_events.differences.players import player_differences
from cocapi_events.differences.raids import raid_differences
from cocapi_events.differences.rankings import ranking_differences
from cocapi_events.differences.wars import war_differences

__all__ = [
    "Difference",
    "calendar_differences",
    "clan_differences",
    "player_differences",
    "raid_differences",
    "ranking_differences",
    "war_differences",
]
