"""Clan wars that move with the clock, and the log of those that are over.

Clans 2k and 2k + 1 are at war with each other, war after war: `CYCLE` from one preparation to the next, in
those days of a month in which they are in no clan war league. Who attacks whom, when, and how well is decided
by the seed when a war is made; the clock decides how much of it is to be seen. Who has left the clan attacks
no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from cocapi_sandbox.scenes import StagedWar
from cocapi_sandbox.times import DAY, HOUR, MINUTE, basic, month
from cocapi_sandbox.world import Json, World

if TYPE_CHECKING:
    from cocapi_sandbox.leagues import Leagues

__all__ = ["Attack", "Battle", "Wars", "battle", "better", "not_in_war", "score", "side_body", "war_body"]

PREPARATION = 23 * HOUR
BATTLE = 24 * HOUR
SHOWN = 12 * HOUR
CYCLE = 3 * DAY
IN_LEAGUE, ELSE = 5, 8
"""Wars in a month: of clans that play in the clan war league before, and of others."""
LEAGUE_DAYS = 9 * DAY
LOGGED = 3
"""Months that a log goes back."""
EPOCH = 2025 * 12
"""Wars are counted from January 2025."""

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
    positions: dict[str, int]

    def present(self, world: World) -> Battle:
        """The war without the attacks of those whom a script had sent away by then."""
        if not world.scenes.clans:
            return self
        fought = [
            attack
            for attack in self.attacks
            if world.lives.stay(attack.attacker, attack.when).clan == self.sides[self.side(attack)]
        ]
        return replace(
            self, attacks=tuple(replace(attack, order=order) for order, attack in enumerate(fought, 1))
        )

    def side(self, attack: Attack) -> int:
        """The side of an attack: 0 or 1."""
        return 0 if attack.attacker in self.teams[0] else 1

    def state(self, now: float) -> State:
        """What the API calls its stage at a time."""
        if now < self.start:
            return "preparation"
        return "inWar" if now < self.end else "warEnded"


def battle(
    world: World,
    name: tuple[object, ...],
    sides: tuple[int, int],
    rosters: tuple[Sequence[str], Sequence[str]],
    times: tuple[float, float, float],
    per_member: int,
) -> Battle:
    """Fight a war, the same each time for the same name.

    Args:
        rosters: Who may take part; the highest multiple of five that both have, at most 15, do.
        times: When preparation and battle begin, and the end.
    """
    chance = world.random("war", *name)
    preparation, start, end = times
    size = min(15, *(len(roster) // 5 * 5 for roster in rosters))

    def team(roster: Sequence[str]) -> tuple[str, ...]:
        drawn = chance.sample(roster, size)
        return tuple(sorted(drawn, key=lambda tag: (-world.lives.hall(tag, preparation), tag)))

    teams = (team(rosters[0]), team(rosters[1]))
    plans = [
        (
            start + (1 + int(chance.random() * ((end - start) // MINUTE - 1))) * MINUTE,
            attacker,
            chance.choice(teams[1 - side]),
            chance.random(),
        )
        for side in (0, 1)
        for attacker in teams[side]
        for _ in range(chance.choice([0, per_member, per_member, 1]))
    ]
    attacks: list[Attack] = []
    for when, attacker, defender, luck in sorted(plans):
        if world.lives.natural_stay(attacker, when).clan != sides[0 if attacker in teams[0] else 1]:
            continue
        stars = 3 if luck > 0.6 else 2 if luck > 0.25 else 1 if luck > 0.08 else 0
        destruction = 100 if stars == 3 else int(50 + luck * 49) if stars else int(luck * 500)
        attacks.append(
            Attack(attacker, defender, when, stars, destruction, 60 + int(luck * 120), len(attacks) + 1)
        )
    positions = {tag: place for members in teams for place, tag in enumerate(members, 1)}
    return Battle(sides, teams, preparation, start, end, per_member, tuple(attacks), positions)


def better(attack: Attack) -> tuple[int, int, int]:
    """Attacks in the order in which they count: stars, destruction, the earlier one."""
    return attack.stars, attack.destruction, -attack.order


def side_body(world: World, war: Battle, side: int, now: float) -> Json:
    """One clan of a war with its members, as far as the clock shows it."""
    attacks = [attack for attack in war.attacks if attack.when <= now]
    members: list[Json] = []
    for tag in war.teams[side]:
        suffered = [attack for attack in attacks if attack.defender == tag]
        done = [attack.shown() for attack in attacks if attack.attacker == tag]
        members.append(
            {
                "tag": tag,
                "name": world.name(tag, now),
                "townhallLevel": world.lives.hall(tag, war.preparation),
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
        "badgeUrls": world.identity(0)["badgeUrls"],
        "clanLevel": 0,
        "attacks": 0,
        "stars": 0,
        "destructionPercentage": 0.0,
    }
    return {"state": "notInWar", "clan": empty, "opponent": dict(empty)}


class Wars:
    """The wars of all clans of a world, one after another."""

    def __init__(self, world: World, leagues: Leagues) -> None:
        self.world = world
        self.leagues = leagues
        self.war = lru_cache(maxsize=1024)(self._war)
        self.staged = lru_cache(maxsize=256)(self._staged)

    def at(self, clan: int, now: float) -> Battle | None:
        """The war that a clan is in, or was in until just now; None when there is none to be seen."""
        for war in self.until(clan, now):
            return war if now < war.end + SHOWN else None
        return None

    def current(self, clan: int, now: float) -> Json:
        """What ``/clans/{clanTag}/currentwar`` answers outside of the clan war league."""
        war = self.at(clan, now)
        return not_in_war(self.world) if war is None else war_body(self.world, war, clan, now)

    def until(self, clan: int, now: float) -> Iterator[Battle]:
        """The wars that have been declared by a moment, newest first, for `LOGGED` months and more.

        A war that a script declares breaks off the one that is on, and those that would begin before its end
        are not declared.
        """
        pair = clan // 2
        staged = [
            self.staged(war) for war in self.world.scenes.staged.get(pair, ()) if war.preparation <= now
        ]
        natural = (
            war for war in self._natural(pair, now) if not any(overlap(war, other) for other in staged)
        )
        lasting = [
            war
            for place, war in enumerate(staged)
            if not any(later.preparation < war.end for later in staged[place + 1 :])
        ]
        wars = sorted([*natural, *lasting], key=lambda war: -war.preparation) if lasting else natural
        for war in wars:
            yield war.present(self.world)

    def _natural(self, pair: int, now: float) -> Iterator[Battle]:
        """The wars that come from the seed, declared by a moment, newest first."""
        year, number = divmod(int(month(now)[1].replace("-", "")), 100)
        this = year * 12 + number - 1
        for back in range(LOGGED + 1):
            for index in reversed(range(self._in_month(pair))):
                if self._preparation(pair, this - back, index) <= now:
                    yield self.war(pair, this - back, index)

    def _in_month(self, pair: int) -> int:
        return IN_LEAGUE if self.leagues.takes_part(pair * 2) else ELSE

    def _preparation(self, pair: int, count: int, index: int) -> int:
        """When a war is declared: pairs of clans begin theirs at different hours."""
        first = month(0, count - 1970 * 12)[0]
        days = LEAGUE_DAYS if self.leagues.takes_part(pair * 2) else 0
        return first + days + pair * 5 * HOUR % CYCLE + index * CYCLE

    def _war(self, pair: int, count: int, index: int) -> Battle:
        declared = self._preparation(pair, count, index)
        start = declared + PREPARATION
        return self._fought(("pair", pair, count, index), pair, (declared, start, start + BATTLE))

    def _staged(self, war: StagedWar) -> Battle:
        name = ("staged", *war.sides, war.preparation)
        return self._fought(name, war.sides[0] // 2, (war.preparation, war.start, war.end))

    def _fought(self, name: tuple[object, ...], pair: int, times: tuple[float, float, float]) -> Battle:
        one, two = sides = (pair * 2, pair * 2 + 1)
        rosters = (self.world.roster(one, times[0]), self.world.roster(two, times[0]))
        return battle(self.world, name, sides, rosters, times, per_member=2)

    def log(self, clan: int, now: float) -> list[Json]:
        """What a war log has: the wars that are over, newest first, and a row for each league week."""
        rows = [(war.end, self._row(war, clan)) for war in self.until(clan, now) if war.end <= now]
        rows += self.leagues.log(clan, now, LOGGED)
        return [row for _, row in sorted(rows, key=lambda row: -row[0])]

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


def overlap(natural: Battle, staged: Battle) -> bool:
    """Whether a war of the seed does not take place, or is broken off, for one that a script declared."""
    return natural.preparation < staged.end + SHOWN and staged.preparation < natural.end
