"""Clan wars that move with the clock, and the log of those that are over.

Clans 2k and 2k + 1 are at war with each other, war after war: `CYCLE` from one preparation to the next. Who
attacks whom, when, and how well is decided by the seed when a war is made; the clock decides how much of it
is to be seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from cocapi_sandbox.times import DAY, HOUR, basic
from cocapi_sandbox.world import Json, World

__all__ = ["Attack", "Battle", "Wars", "battle", "not_in_war", "war_body"]

PREPARATION = 23 * HOUR
BATTLE = 24 * HOUR
SHOWN = 12 * HOUR
CYCLE = 3 * DAY
LOGGED = 25
"""Wars that a log goes back."""

State = Literal["notInWar", "preparation", "inWar", "warEnded"]


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack: who on whom, when, and how well. `order` counts from 1 over both sides."""

    attacker: str
    defender: str
    when: float
    stars: int
    destruction: int
    duration: int
    order: int

    def shown(self) -> Json:
        """As the API shows it."""
        return {
            "attackerTag": self.attacker,
            "defenderTag": self.defender,
            "stars": self.stars,
            "destructionPercentage": self.destruction,
            "order": self.order,
            "duration": self.duration,
        }


@dataclass(frozen=True, slots=True)
class Battle:
    """A war as it will have been: both teams in the order of the map, and every attack in order.

    Attributes:
        sides: The numbers of the two clans.
    """

    sides: tuple[int, int]
    teams: tuple[tuple[str, ...], tuple[str, ...]]
    preparation: float
    start: float
    end: float
    per_member: int
    attacks: tuple[Attack, ...]
    positions: dict[str, int] = field(default_factory=dict)

    def state(self, now: float) -> State:
        """What the API calls its stage at a time."""
        if now < self.start:
            return "preparation"
        return "inWar" if now < self.end else "warEnded"


def battle(
    world: World, name: tuple[object, ...], sides: tuple[int, int], size: int, start: float, per_member: int
) -> Battle:
    """Fight a war, the same each time for the same name."""
    chance = world.random("war", *name)
    teams = tuple(
        tuple(
            sorted(
                chance.sample(world.rosters[side], size),
                key=lambda tag: (-world.profile(tag)["townHallLevel"], tag),
            )
        )
        for side in sides
    )
    plans = [
        (start + chance.random() * BATTLE, attacker, chance.choice(teams[1 - side]), chance.random())
        for side, team in enumerate(teams)
        for attacker in team
        for _ in range(chance.choice([0, per_member, per_member, 1]))
    ]
    attacks = []
    for order, (when, attacker, defender, luck) in enumerate(sorted(plans), 1):
        stars = 3 if luck > 0.6 else 2 if luck > 0.25 else 1 if luck > 0.08 else 0
        destruction = 100 if stars == 3 else int(50 + luck * 49) if stars else int(luck * 500)
        attacks.append(Attack(attacker, defender, when, stars, destruction, 60 + int(luck * 120), order))
    positions = {tag: place for team in teams for place, tag in enumerate(team, 1)}
    return Battle(
        sides,
        (teams[0], teams[1]),
        start - PREPARATION,
        start,
        start + BATTLE,
        per_member,
        tuple(attacks),
        positions,
    )


def better(attack: Attack) -> tuple[int, int, int]:
    """Attacks in the order in which they count: stars, destruction, the earlier one."""
    return attack.stars, attack.destruction, -attack.order


def side_body(world: World, war: Battle, side: int, now: float) -> Json:
    """One clan of a war with its members, as far as the clock shows it."""
    seen = [attack for attack in war.attacks if attack.when <= now]
    members = []
    for tag in war.teams[side]:
        profile = world.profile(tag)
        suffered = [attack for attack in seen if attack.defender == tag]
        done = [attack.shown() for attack in seen if attack.attacker == tag]
        members.append(
            {
                "tag": tag,
                "name": profile["name"],
                "townhallLevel": profile["townHallLevel"],
                "mapPosition": war.positions[tag],
                **({"attacks": done} if done else {}),
                "opponentAttacks": len(suffered),
                **({"bestOpponentAttack": max(suffered, key=better).shown()} if suffered else {}),
            }
        )
    stars, destruction = score(war, side, now)
    return world.badge(war.sides[side], "clanLevel") | {
        "attacks": sum(len(member.get("attacks", ())) for member in members),
        "stars": stars,
        "destructionPercentage": destruction,
        "members": members,
    }


def score(war: Battle, side: int, now: float) -> tuple[int, float]:
    """Stars and mean destruction that one side has won: the best attack on each enemy counts."""
    best: dict[str, Attack] = {}
    for attack in war.attacks:
        if attack.when <= now and attack.attacker in war.teams[side]:
            known = best.get(attack.defender)
            best[attack.defender] = attack if known is None else max(known, attack, key=better)
    destruction = sum(attack.destruction for attack in best.values()) / len(war.teams[side])
    return sum(attack.stars for attack in best.values()), destruction


def war_body(world: World, war: Battle, clan: int, now: float) -> Json:
    """A war from one clan's side."""
    side = war.sides.index(clan)
    return {
        "state": war.state(now),
        "teamSize": len(war.teams[0]),
        "attacksPerMember": war.per_member,
        "preparationStartTime": basic(war.preparation),
        "startTime": basic(war.start),
        "endTime": basic(war.end),
        "clan": side_body(world, war, side, now),
        "opponent": side_body(world, war, 1 - side, now),
    }


def not_in_war(world: World) -> Json:
    """The stub that stands where there is no war: two clans without tag, name and members."""
    empty: Json = {
        "badgeUrls": world.clan_base(0)["badgeUrls"],
        "clanLevel": 0,
        "attacks": 0,
        "stars": 0,
        "destructionPercentage": 0.0,
    }
    return {"state": "notInWar", "clan": empty, "opponent": dict(empty)}


class Wars:
    """The wars of all clans of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.war = lru_cache(maxsize=1024)(self._war)

    def number(self, clan: int, now: float) -> int:
        """How many wars a clan began before the one it is in, or was in last."""
        return int((now - self._offset(clan)) // CYCLE)

    def current(self, clan: int, now: float) -> Json:
        """What ``/clans/{clanTag}/currentwar`` answers outside of the clan war league."""
        war = self.war(clan // 2, self.number(clan, now))
        if now >= war.end + SHOWN:
            return not_in_war(self.world)
        return war_body(self.world, war, clan, now)

    def log(self, clan: int, now: float) -> list[Json]:
        """What a war log has: the wars that are over, newest first, and a row for each league week."""
        last = self.number(clan, now)
        wars = [self.war(clan // 2, number) for number in range(last, last - LOGGED, -1)]
        rows = [self._row(war, clan) for war in wars if war.end <= now]
        return [*rows[:8], self._league_row(clan, rows[7]["endTime"]), *rows[8:]]

    def _offset(self, clan: int) -> int:
        """Pairs of clans begin their wars at different hours."""
        return clan // 2 * 5 * HOUR

    def _war(self, pair: int, number: int) -> Battle:
        sides = (pair * 2, pair * 2 + 1)
        size = min(15, *(len(self.world.rosters[side]) // 5 * 5 for side in sides))
        start = self._offset(sides[0]) + number * CYCLE + PREPARATION
        return battle(self.world, ("pair", pair, number), sides, size, start, per_member=2)

    def _row(self, war: Battle, clan: int) -> Json:
        side = war.sides.index(clan)
        ours, theirs = score(war, side, war.end), score(war, 1 - side, war.end)
        result = "win" if ours > theirs else "lose" if ours < theirs else "tie"
        return {
            "result": result,
            "endTime": basic(war.end),
            "teamSize": len(war.teams[0]),
            "attacksPerMember": war.per_member,
            "battleModifier": "none",
            "clan": self.world.badge(clan, "clanLevel")
            | {
                "attacks": sum(attack.attacker in war.teams[side] for attack in war.attacks),
                "stars": ours[0],
                "destructionPercentage": ours[1],
                "expEarned": ours[0] * 8,
            },
            "opponent": self.world.badge(war.sides[1 - side], "clanLevel")
            | {"stars": theirs[0], "destructionPercentage": theirs[1]},
        }

    def _league_row(self, clan: int, when: str) -> Json:
        """A week of the clan war league: no result, an opponent without name, sums over the week."""
        chance = self.world.random("league row", clan)
        return {
            "result": None,
            "endTime": when,
            "teamSize": 15,
            "attacksPerMember": 1,
            "battleModifier": "none",
            "clan": self.world.badge(clan, "clanLevel")
            | {
                "attacks": 98,
                "stars": chance.randint(100, 290),
                "destructionPercentage": round(chance.uniform(300, 690), 1),
                "expEarned": 0,
            },
            "opponent": {
                "badgeUrls": self.world.clan_base(0)["badgeUrls"],
                "clanLevel": 0,
                "stars": chance.randint(100, 290),
                "destructionPercentage": round(chance.uniform(300, 690), 1),
            },
        }
