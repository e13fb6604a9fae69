"""Capital raid weekends: Friday to Monday, newest first."""

from __future__ import annotations

from cocapi_sandbox import game
from cocapi_sandbox.times import DAY, basic, friday
from cocapi_sandbox.world import Json, World

__all__ = ["raid_seasons"]

SEASONS = 24
WITH_ATTACKS = 3
"""Of the newest seasons the attacks in each district are known."""


def raid_seasons(world: World, clan: int, now: float) -> list[Json]:
    """The raid weekends of a clan. Members are named in the newest only."""
    newest = friday(now)
    return [raid_season(world, clan, newest - back * 7 * DAY, back, now) for back in range(SEASONS)]


def raid_season(world: World, clan: int, start: int, back: int, now: float) -> Json:
    """One weekend."""
    chance = world.random("raid", clan, start)
    others = chance.sample([n for n in range(len(world.clan_tags)) if n != clan], 8)
    attacks = [raid(world, clan, other, start, back) for other in others[:4]]
    defenses = [raid(world, other, clan, start, back) for other in others[4:]]
    counts = {tag: chance.randint(0, 6) for tag in world.rosters[clan]}
    looted = {tag: count * chance.randint(800, 3500) for tag, count in counts.items()}
    season: Json = {
        "state": "ongoing" if start <= now < start + 3 * DAY else "ended",
        "startTime": basic(start),
        "endTime": basic(start + 3 * DAY),
        "capitalTotalLoot": sum(looted.values()),
        "raidsCompleted": len(attacks),
        "totalAttacks": sum(counts.values()),
        "enemyDistrictsDestroyed": sum(log["districtsDestroyed"] for log in attacks),
        "offensiveReward": chance.randint(0, 270),
        "defensiveReward": chance.randint(0, 300),
    }
    if back == 0:
        season["members"] = [
            {
                **world.shown(tag, "tag", "name"),
                "attacks": count,
                "attackLimit": 5,
                "bonusAttackLimit": max(0, count - 5),
                "capitalResourcesLooted": looted[tag],
            }
            for tag, count in counts.items()
            if count
        ]
    return season | {
        "attackLog": [
            {"defender": world.badge(n) | level(world, n), **log}
            for n, log in zip(others, attacks, strict=False)
        ],
        "defenseLog": [
            {"attacker": world.badge(n) | level(world, n), **log}
            for n, log in zip(others[4:], defenses, strict=False)
        ],
    }


def level(world: World, clan: int) -> Json:
    """Raid logs say ``level`` where everything else says ``clanLevel``."""
    return {"level": world.clan_base(clan)["clanLevel"]}


def raid(world: World, attacker: int, defender: int, start: int, back: int) -> Json:
    """What one clan did to another's capital."""
    chance = world.random("raid on", attacker, defender, start)
    districts = []
    for number, name in enumerate(game.DISTRICTS):
        attacks, percent = [], 0
        for step in range(chance.randint(1, 4)):
            percent = min(100, 40 * step + chance.randint(20, 60))
            attacks.append(
                {
                    "attacker": world.shown(chance.choice(world.rosters[attacker]), "tag", "name"),
                    "destructionPercent": percent,
                    "stars": 3 if percent == 100 else percent // 50,
                }
            )
            if percent == 100:
                break
        districts.append(
            {
                "id": 70000000 + number,
                "name": name,
                "districtHallLevel": chance.randint(1, 5),
                "destructionPercent": percent,
                "stars": attacks[-1]["stars"],
                "attackCount": len(attacks),
                "totalLooted": percent * chance.randint(20, 110),
                **({"attacks": attacks[::-1]} if back < WITH_ATTACKS else {}),
            }
        )
    return {
        "attackCount": sum(district["attackCount"] for district in districts),
        "districtCount": len(districts),
        "districtsDestroyed": sum(district["destructionPercent"] == 100 for district in districts),
        "districts": districts,
    }
