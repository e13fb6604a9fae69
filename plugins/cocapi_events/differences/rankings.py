"""Differences of rankings: the items of ``/locations/{locationId}/rankings/...``."""

from __future__ import annotations

from collections.abc import Sequence

from cocapi_events import kinds
from cocapi_events.differences.difference import Difference, Json

__all__ = ["ranking_differences"]


def ranking_differences(old: Sequence[Json], new: Sequence[Json]) -> list[Difference]:
    """Who left, then who entered or moved, in the order of the new ranking."""
    before = {row["tag"]: row for row in old}
    now = {row["tag"]: row for row in new}
    differences = [
        Difference(kinds.RankingLeft, {"who": tag, "name": row.get("name", ""), "old": row.get("rank")})
        for tag, row in before.items()
        if tag not in now
    ]
    for tag, row in now.items():
        details = {"who": tag, "name": row.get("name", ""), "new": row.get("rank")}
        if tag not in before:
            differences.append(Difference(kinds.RankingEntered, details))
        elif before[tag].get("rank") != row.get("rank"):
            differences.append(Difference(kinds.RankingMoved, {**details, "old": before[tag].get("rank")}))
    return differences
