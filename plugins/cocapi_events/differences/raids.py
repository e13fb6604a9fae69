"""Differences of raid weekends: the items of ``/clans/{clanTag}/capitalraidseasons``, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from cocapi_events import kinds
from cocapi_events.differences.difference import Difference, Json

__all__ = ["raid_differences"]

LOGS = ("attackLog", "defenseLog", "members")


def raid_differences(old: Sequence[Json], new: Sequence[Json]) -> list[Difference]:
    """Of each weekend that is still listed, the older one first: what began, what was done, what ended."""
    before = {season["startTime"]: season for season in old}
    last = max(before, default="")
    later = (
        season for season in reversed(new) if season["startTime"] in before or season["startTime"] > last
    )
    return list(chain.from_iterable(weekend(before.get(season["startTime"]), season) for season in later))


def weekend(old: Json | None, new: Json) -> Iterator[Difference]:
    """From one moment of a weekend to a later one; None: it had not begun."""
    details = {"started": new["startTime"]}
    bare = {name: value for name, value in new.items() if name not in LOGS}
    if old is None:
        yield Difference(kinds.RaidStarted, {**details, "new": bare})
    before = {log["defender"]["tag"]: log for log in (old or {}).get("attackLog", ())}
    for log in new.get("attackLog", ()):
        yield from raid(before.get(log["defender"]["tag"], {}), log, details)
    if new.get("state") == "ended" and (old is None or old.get("state") != "ended"):
        yield Difference(kinds.RaidEnded, {**details, "new": bare})


def raid(old: Json, new: Json, details: dict[str, Any]) -> Iterator[Difference]:
    """What was done to one clan. The API lists the attacks on a district newest first."""
    details = {**details, "defender": new["defender"]["tag"]}
    before = {district.get("id"): district for district in old.get("districts", ())}
    for district in new.get("districts", ()):
        was = before.get(district.get("id"), {})
        name = district.get("name", "")
        attacks = district.get("attacks", ())[::-1]
        for attack in attacks[len(was.get("attacks", ())) :]:
            attacker = attack.get("attacker", {})
            who = {"attacker": attacker.get("tag", ""), "name": attacker.get("name", "")}
            yield Difference(kinds.RaidAttack, {**details, **who, "district": name, "new": attack})
        if district.get("destructionPercent") == 100 != was.get("destructionPercent"):
            yield Difference(kinds.RaidDistrictDestroyed, {**details, "district": name})
    if defeated(new) and not defeated(old):
        yield Difference(kinds.RaidClanDefeated, details)


def defeated(log: Json) -> bool:
    """Whether every district is destroyed."""
    return bool(log.get("districtCount")) and log.get("districtsDestroyed") == log.get("districtCount")
