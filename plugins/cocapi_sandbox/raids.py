"""Capital raid weekends: Friday to Monday, newest first.

A clan raids four others, one after another. Each attack belongs to a member, a district and a moment, and all
sums are sums of attacks, on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cocapi_sandbox import game
from cocapi_sandbox.times import DAY, HOUR, MINUTE, WEEK, basic, friday
from cocapi_sandbox.world import CLANS, Json, World

__all__ = ["RaidAttack", "Raids"]

SEASONS = 20
WITH_ATTACKS = 3
"""Of the newest seasons the attacks in each district are known."""
LASTS = 3 * DAY
EACH = 4
"""Clans that are raided in a weekend."""
LIMIT, BONUS = 5, 1
"""Attacks of a member, and those that come on top for some."""


@dataclass(frozen=True, slots=True)
class RaidAttack:
    """An attack on a district of a capital; `percent` is what is destroyed after it."""

    when: int
    attacker: str
    defender: int
    district: int
    percent: int
    loot: int

    @property
    def stars(self) -> int:
        """What the district has cost so far."""
        return 3 if self.percent == 100 else self.percent // 50


class Raids:
    """The raid weekends of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.weekend = lru_cache(maxsize=1024)(self._weekend)
        self.ended = lru_cache(maxsize=256)(self._ended)

    def seasons(self, clan: int, now: float) -> list[Json]:
        """What ``/clans/{clanTag}/capitalraidseasons`` lists. Members are named in the newest only."""
        newest = friday(now)
        version = self.world.scenes.version
        return [
            self._season(clan, newest, 0, now),
            *(
                self.ended(clan, newest - back * WEEK, min(back, WITH_ATTACKS), version)
                for back in range(1, SEASONS)
            ),
        ]

    def _ended(self, clan: int, start: int, back: int, version: int) -> Json:
        """A weekend before the newest: it changes no more, but for what a script does."""
        return self._season(clan, start, back, start + WEEK - 1)

    def attacks(self, clan: int, start: int, now: float) -> list[RaidAttack]:
        """What a clan has done in the weekend that began at `start`, by a moment, in order."""
        stay = self.world.lives.stay
        return [
            attack
            for attack in self.weekend(clan, start)
            if attack.when <= now
            and (not self.world.scenes.clans or stay(attack.attacker, attack.when).clan == clan)
        ]

    def targets(self, start: int) -> list[int]:
        """How far, by clan number, those whom a clan raids are from it: the same for all clans."""
        return self.world.random("targets", start).sample(range(1, CLANS), EACH)

    def _weekend(self, clan: int, start: int) -> tuple[RaidAttack, ...]:
        world, chance = self.world, self.world.random("raid", clan, start)
        roll = chance.random
        left = [
            tag
            for tag in world.roster(clan, start)
            for _ in range(int(roll() * (LIMIT + 1)) + (BONUS if roll() < 0.2 else 0))
        ]
        chance.shuffle(left)
        attacks: list[RaidAttack] = []
        hours = LASTS // EACH // HOUR
        for place, far in enumerate(self.targets(start)):
            defender = (clan + far) % CLANS
            begin = start + place * hours * HOUR
            times = sorted(begin + (1 + int(roll() * (hours * 60 - 1))) * MINUTE for _ in range(60))
            moments = iter(times)
            for district in range(len(game.DISTRICTS)):
                percent = 0
                for _ in range(1 + int(roll() * 4)):
                    when = next(moments, None)
                    if when is None or not left or percent == 100:
                        break
                    attacker = left.pop()
                    if world.lives.natural_stay(attacker, when).clan != clan:
                        continue
                    percent = min(100, percent + 20 + int(roll() * 60))
                    attacks.append(
                        RaidAttack(when, attacker, defender, district, percent, 300 + int(roll() * 2500))
                    )
        return tuple(attacks)

    def _season(self, clan: int, start: int, back: int, now: float) -> Json:
        world = self.world
        chance = world.random("reward", clan, start)
        attacks = self.attacks(clan, start, now)
        targets = self.targets(start)
        done = [self._log(clan, (clan + far) % CLANS, attacks, back, now) for far in targets]
        suffered = [
            self._log((clan - far) % CLANS, clan, self.attacks((clan - far) % CLANS, start, now), back, now)
            for far in targets
        ]
        over = now >= start + LASTS
        season: Json = {
            "state": "ended" if over else "ongoing",
            "startTime": basic(start),
            "endTime": basic(start + LASTS),
            "capitalTotalLoot": sum(attack.loot for attack in attacks),
            "raidsCompleted": sum(log["districtsDestroyed"] == log["districtCount"] for log in done),
            "totalAttacks": len(attacks),
            "enemyDistrictsDestroyed": sum(log["districtsDestroyed"] for log in done),
            "offensiveReward": chance.randint(0, 270) if over else 0,
            "defensiveReward": chance.randint(0, 300) if over else 0,
        }
        if back == 0:
            season["members"] = self._members(attacks, now)
        return season | {
            "attackLog": [
                {"defender": self._opponent((clan + far) % CLANS), **log}
                for far, log in zip(targets, done, strict=True)
                if log["attackCount"]
            ],
            "defenseLog": [
                {"attacker": self._opponent((clan - far) % CLANS), **log}
                for far, log in zip(targets, suffered, strict=True)
                if log["attackCount"]
            ],
        }

    def _members(self, attacks: list[RaidAttack], now: float) -> list[Json]:
        counts: dict[str, list[int]] = {}
        for attack in attacks:
            counts.setdefault(attack.attacker, []).append(attack.loot)
        return [
            {
                "tag": tag,
                "name": self.world.name(tag, now),
                "attacks": len(loots),
                "attackLimit": LIMIT,
                "bonusAttackLimit": max(0, len(loots) - LIMIT),
                "capitalResourcesLooted": sum(loots),
            }
            for tag, loots in counts.items()
        ]

    def _opponent(self, clan: int) -> Json:
        """Raid logs say ``level`` where everything else says ``clanLevel``."""
        return self.world.badge(clan) | {"level": self.world.identity(clan)["clanLevel"]}

    def _log(self, attacker: int, defender: int, attacks: list[RaidAttack], back: int, now: float) -> Json:
        """What one clan has done to another's capital."""
        by_district: list[list[RaidAttack]] = [[] for _ in game.DISTRICTS]
        for attack in attacks:
            if attack.defender == defender:
                by_district[attack.district].append(attack)
        districts = [
            {
                "id": 70000000 + number,
                "name": name,
                "districtHallLevel": (defender + number) % 5 + 1,
                "destructionPercent": here[-1].percent if here else 0,
                "stars": here[-1].stars if here else 0,
                "attackCount": len(here),
                "totalLooted": sum(attack.loot for attack in here),
                **(
                    {"attacks": [self._shown(each, now) for each in reversed(here)]}
                    if back < WITH_ATTACKS and here
                    else {}
                ),
            }
            for number, (name, here) in enumerate(zip(game.DISTRICTS, by_district, strict=True))
        ]
        return {
            "attackCount": sum(len(here) for here in by_district),
            "districtCount": len(districts),
            "districtsDestroyed": sum(district["destructionPercent"] == 100 for district in districts),
            "districts": districts,
        }

    def _shown(self, attack: RaidAttack, now: float) -> Json:
        return {
            "attacker": {"tag": attack.attacker, "name": self.world.name(attack.attacker, now)},
            "destructionPercent": attack.percent,
            "stars": attack.stars,
        }
