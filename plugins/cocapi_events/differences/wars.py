"""Differences of the wars of a clan.

What is compared is no answer of one operation but a `Wars` of several: the regular war, the group of the clan
war league, and the clan's wars in it by their tags.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypedDict

from cocapi_events import kinds
from cocapi_events.differences.difference import Difference, Json

__all__ = ["Wars", "war_differences"]

STATES = ("notInWar", "preparation", "inWar", "warEnded")


class Wars(TypedDict):
    """What is known of the wars of a clan.

    Attributes:
        war: The regular war; None: its log is private, or it could not be read.
        group: The league group; None: there is none.
        rounds: By war tag, the clan's own wars in the league: the round from 1, and the war with the clan on
            the side ``clan``.
    """

    war: Json | None
    group: Json | None
    rounds: dict[str, tuple[int, Json]]


def war_differences(old: Wars, new: Wars) -> list[Difference]:
    """Of the regular war, of the group, of each war in the league."""
    differences = [*regular(old["war"], new["war"]), *group(old["group"], new["group"])]
    for tag, (number, war) in new["rounds"].items():
        before = old["rounds"].get(tag)
        differences += one_war(before[1] if before else None, war, {"war_tag": tag, "round": number})
    return differences


def regular(old: Json | None, new: Json | None) -> Iterator[Difference]:
    """Of the regular war. One that is followed by another without a look in between has ended."""
    if new is None:
        return
    before = old if old is not None and running(old) else None
    if before is not None and name_of(before) != name_of(new):
        if before.get("state") != "warEnded":
            yield Difference(kinds.WarEnded, {**opponent(before), "old": before, "new": None})
        before = None
    if running(new):
        yield from one_war(before, new, {})


def running(war: Json) -> bool:
    """Whether there is a war at all."""
    return war.get("state") in STATES[1:]


def name_of(war: Json) -> tuple[object, object]:
    """What tells one war of a clan from the next."""
    return war.get("preparationStartTime"), war.get("opponent", {}).get("tag")


def opponent(war: Json) -> dict[str, Any]:
    """What events of a war say of the other clan."""
    return {"opponent": war.get("opponent", {}).get("tag", "")}


def one_war(old: Json | None, new: Json, league: Mapping[str, Any]) -> Iterator[Difference]:
    """From one moment of a war to a later one; None: it was not there."""
    details = {**opponent(new), **league}
    before = STATES.index(old["state"]) if old is not None and old.get("state") in STATES else 0
    now = STATES.index(new["state"]) if new.get("state") in STATES else before
    if before < 1 <= now:
        yield Difference(kinds.WarAnnounced, {**details, "new": new})
    if old is not None and tags(old) != tags(new):
        yield Difference(kinds.WarRosterChanged, {**details, "old": tags(old), "new": tags(new)})
    if before < 2 <= now:
        yield Difference(kinds.WarStarted, {**details, "new": new})
    yield from attacks(old, new, details)
    if before < 3 <= now:
        yield Difference(kinds.WarEnded, {**details, "new": new})


def tags(war: Json) -> list[str]:
    """Who takes part."""
    return sorted(
        member["tag"] for side in ("clan", "opponent") for member in war.get(side, {}).get("members", ())
    )


def attacks_of(war: Json) -> list[tuple[int, bool, Json]]:
    """The attacks of both sides in their order, each with whether it is the clan's."""
    attacks = [
        (attack.get("order", 0), side == "clan", attack)
        for side in ("clan", "opponent")
        for member in war.get(side, {}).get("members", ())
        for attack in member.get("attacks", ())
    ]
    return sorted(attacks, key=lambda entry: entry[:2])


def attacks(old: Json | None, new: Json, details: Mapping[str, Any]) -> Iterator[Difference]:
    """Those that were not there before, each with the stars that it brought beyond the best before it."""
    before = {(attack["attackerTag"], attack["defenderTag"]) for _, _, attack in attacks_of(old or {})}
    best: dict[str, int] = {}
    for _, by_us, attack in attacks_of(new):
        attacker, defender, stars = attack["attackerTag"], attack["defenderTag"], attack.get("stars", 0)
        new_stars = max(0, stars - best.get(defender, 0))
        best[defender] = max(stars, best.get(defender, 0))
        if (attacker, defender) not in before:
            yield Difference(
                kinds.WarAttack,
                {
                    **details,
                    "attacker": attacker,
                    "defender": defender,
                    "by_us": by_us,
                    "stars": stars,
                    "new_stars": new_stars,
                    "destruction": attack.get("destructionPercentage", 0),
                    "new": attack,
                },
            )


def group(old: Json | None, new: Json | None) -> Iterator[Difference]:
    """The league group: found when it has clans, ended once."""
    if new is None or not new.get("clans"):
        return
    season = {"season": new.get("season", "")}
    before = old if old is not None and old.get("clans") and old.get("season") == new.get("season") else None
    if before is None:
        yield Difference(kinds.LeagueGroupFound, {**season, "new": new})
    if new.get("state") == "ended" and (before is None or before.get("state") != "ended"):
        yield Difference(kinds.LeagueGroupEnded, {**season, "new": new})
