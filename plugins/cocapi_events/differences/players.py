"""Differences of players: ``/players/{playerTag}``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from cocapi.game.players import PETS
from cocapi_events import kinds
from cocapi_events.differences.difference import Difference, Json, changed_fields

__all__ = ["player_differences"]

UNITS: dict[str, type[kinds.UnitEvent]] = {
    "troops": kinds.TroopUpgraded,
    "heroes": kinds.HeroUpgraded,
    "heroEquipment": kinds.EquipmentUpgraded,
    "spells": kinds.SpellUpgraded,
}
APART = (*UNITS, "achievements")
FIELDS: dict[str, type[kinds.PlayerChanged]] = {
    "name": kinds.PlayerNameChanged,
    "clan": kinds.PlayerClanChanged,
    "role": kinds.PlayerRoleChanged,
    "leagueTier": kinds.PlayerLeagueChanged,
    "labels": kinds.PlayerLabelsChanged,
    "townHallLevel": kinds.TownHallUpgraded,
    "builderHallLevel": kinds.BuilderHallUpgraded,
}
"""By field of a player, the kind of its change; `PlayerChanged` for the others."""


def player_differences(old: Json, new: Json) -> list[Difference]:
    """Fields, what was upgraded, unlocked, boosted and worn, and achievements."""
    name = new.get("name", "")
    nameless = chain(fields(old, new), units(old, new), worn(old, new), achievements(old, new))
    return [Difference(change.kind, {"name": name, **change.details}) for change in nameless]


def fields(old: Json, new: Json) -> Iterator[Difference]:
    """The fields that are neither lists of units nor achievements."""
    for field, was, is_now in changed_fields(old, new, without=APART):
        same = isinstance(was, dict) and isinstance(is_now, dict) and was.get("tag") == is_now.get("tag")
        if field == "clan" and same:
            continue  # the clan has changed, not the player
        details = {"field": field, "old": was, "new": is_now}
        yield Difference(FIELDS.get(field, kinds.PlayerChanged), details)


def units(old: Json, new: Json) -> Iterator[Difference]:
    """What was unlocked or upgraded, and super troops that were begun or have ended."""
    for section, kind in UNITS.items():
        before = {key_of(unit): unit for unit in old.get(section, ())}
        for unit in new.get(section, ()):
            was = before.get(key_of(unit), {})
            named = {"unit": unit.get("name", ""), "village": unit.get("village", "")}
            if unit.get("level") != was.get("level"):
                upgraded = kinds.PetUpgraded if unit.get("name") in PETS else kind
                yield Difference(upgraded, {**named, "old": was.get("level"), "new": unit.get("level")})
            active, was_active = unit.get("superTroopIsActive", False), was.get("superTroopIsActive", False)
            if active != was_active:
                yield Difference(kinds.TroopBoosted, {**named, "old": was_active, "new": active})


def key_of(unit: Json) -> tuple[object, object]:
    """Names occur in both villages."""
    return unit.get("name"), unit.get("village")


def worn(old: Json, new: Json) -> Iterator[Difference]:
    """Heroes who wear other equipment."""
    before = {hero.get("name"): names(hero) for hero in old.get("heroes", ())}
    for hero in new.get("heroes", ()):
        was, is_now = before.get(hero.get("name"), []), names(hero)
        if was != is_now:
            yield Difference(kinds.EquipmentWorn, {"hero": hero.get("name", ""), "old": was, "new": is_now})


def names(hero: Json) -> list[str]:
    """What a hero wears."""
    return sorted(piece.get("name", "") for piece in hero.get("equipment", ()))


def achievements(old: Json, new: Json) -> Iterator[Difference]:
    """Names are not unique, but the order is the same."""
    before = old.get("achievements", ())
    for place, achievement in enumerate(new.get("achievements", ())):
        was = before[place] if place < len(before) else None
        if was is not None and was.get("name") != achievement.get("name"):
            was = next((other for other in before if other.get("name") == achievement.get("name")), None)
        if was != achievement:
            details = {"achievement": achievement.get("name", ""), "old": was, "new": achievement}
            yield Difference(kinds.AchievementChanged, details)
