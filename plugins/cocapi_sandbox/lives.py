"""What players do with their time: stay in a clan and leave it, rise in it, donate, battle, grow.

Nothing of it is kept. A life is cut into spells of a fixed length (a cycle of moves, a week, a term in a
role), and what happens in a spell follows from the seed, the tag and the number of the spell. So the state of
any moment is found by looking at one or two spells, whenever it is asked for. All happens at whole minutes.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from cocapi.lazy import lazy
from cocapi_sandbox.scenes import TRIAL
from cocapi_sandbox.times import DAY, MINUTE, WEEK, monday, season

if TYPE_CHECKING:
    from cocapi_sandbox.world import World

__all__ = ["Lives", "Move", "RankedBattle", "Stay", "Week"]

MOST = 50
"""Members of a clan."""
SETTLED = 16
"""So many of a clan never leave it: enough for a war."""
RESTLESS = 0.4
"""Of the others, so many move."""
GUESTS, STRANGERS = 6, 3
"""Players from other clans, and from none, that may come to a clan."""
BORN = 1_735_689_600
"""1 January 2025: what grows is counted from here."""
CAREER = 3650 * DAY
"""In this time a player makes up 63 % of what is missing to the maximum."""


class Stay(NamedTuple):
    """In which clan a player is, by its number (None: in none), and since when."""

    clan: int | None
    since: float


class Move(NamedTuple):
    """A player goes from one clan to another; None stands for none."""

    when: int
    old: int | None
    new: int | None


class RankedBattle(NamedTuple):
    """A battle of the ranked league; the opponent is a place in `World.members`."""

    when: int
    attack: bool
    stars: int
    destruction: int
    trophies: int
    opponent: int


@dataclass(frozen=True, slots=True)
class Week:
    """What a player does in a week from Monday to Monday, each with sums from its beginning."""

    donated_at: list[int]
    given: list[int]
    received: list[int]
    battles: list[RankedBattle]
    fought_at: list[int]
    trophies: list[int]

    def donations(self, after: float, until: float) -> tuple[int, int]:
        """Given and received later than `after`, up to and with `until`."""
        first, last = bisect_right(self.donated_at, after), bisect_right(self.donated_at, until)
        return self.given[last] - self.given[first], self.received[last] - self.received[first]

    def score(self, until: float) -> int:
        """Trophies won by then."""
        return self.trophies[bisect_right(self.fought_at, until)]


class Lives:
    """The lives of the players of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.moves = lru_cache(maxsize=4096)(self._moves)
        self.week = lru_cache(maxsize=8192)(self._week)
        self.term = lru_cache(maxsize=4096)(self._term)
        self.tempo = lru_cache(maxsize=8192)(self._tempo)
        self.luck = lru_cache(maxsize=8192)(self._luck)

    # Clans

    @lazy
    def paths(self) -> dict[str, tuple[int | None, int | None]]:
        """By the tag of a player that moves: the clan at home, and the clan that is visited.

        No clan gets more visitors than it has room for when everybody is there.
        """
        world = self.world
        chance = world.random("paths")
        restless = [tag for roster in world.natives for tag in roster[SETTLED:] if chance.random() < RESTLESS]
        chance.shuffle(restless)
        paths: dict[str, tuple[int | None, int | None]] = {
            tag: (world.homes[tag][0], None) for tag in restless
        }
        for clan, roster in enumerate(world.natives):
            room = MOST - len(roster)
            strangers = min(room, STRANGERS)
            for place in range(strangers):
                paths[world.stranger(clan, place)] = (None, clan)
            for _ in range(min(room - strangers, GUESTS)):
                guest = restless.pop() if restless else None
                if guest is not None and paths[guest][0] != clan:
                    paths[guest] = (paths[guest][0], clan)
        return paths

    @lazy
    def candidates(self) -> tuple[tuple[str, ...], ...]:
        """By clan number, everybody who may be there by the seed."""
        visitors: defaultdict[int, list[str]] = defaultdict(list)
        for tag, (_, visited) in self.paths.items():
            if visited is not None:
                visitors[visited].append(tag)
        return tuple((*roster, *visitors[clan]) for clan, roster in enumerate(self.world.natives))

    def stay(self, tag: str, now: float) -> Stay:
        """Where a player is."""
        scenes = self.world.scenes.clans
        if tag in scenes and (scene := scenes[tag].at(now)) is not None:
            return Stay(scene[1], scene[0])
        return self.natural_stay(tag, now)

    def natural_stay(self, tag: str, now: float) -> Stay:
        """Where a player is by the seed alone."""
        if tag not in self.paths:
            home = self.world.homes.get(tag)
            return Stay(home[0] if home else None, -math.inf)
        cycle = self._cycle(tag, now)
        for number in (cycle, cycle - 1):
            for move in reversed(self.moves(tag, number)):
                if move.when <= now:
                    return Stay(move.new, move.when)
        raise AssertionError("a cycle has moves")

    def _tempo(self, tag: str) -> tuple[int, int]:
        """How long a cycle of moves takes, and how far into one the player is at the beginning of 1970."""
        chance = self.world.random("tempo", tag)
        return chance.randint(9, 21) * DAY, chance.randint(0, 21 * DAY // MINUTE) * MINUTE

    def _cycle(self, tag: str, now: float) -> int:
        length, offset = self.tempo(tag)
        return int((now + offset) // length)

    def _moves(self, tag: str, cycle: int) -> tuple[Move, ...]:
        """The moves of a cycle, which begins and ends at home."""
        home, visited = self.paths[tag]
        length, offset = self.tempo(tag)
        chance = self.world.random("moves", tag, cycle)
        begin = cycle * length - offset

        def moment(earliest: float, latest: float) -> int:
            return begin + int(chance.uniform(earliest, latest) * length) // MINUTE * MINUTE

        out, back = moment(0.1, 0.35), moment(0.75, 0.95)
        if visited is None:
            return (Move(out, home, None), Move(back, None, home))
        if home is None:
            return (Move(out, None, visited), Move(back, visited, None))
        away = out + chance.choice([0, 7 * MINUTE, DAY])
        gone = moment(0.5, 0.7)
        if away == out:
            return (Move(out, home, visited), Move(gone, visited, None), Move(back, None, home))
        return (
            Move(out, home, None),
            Move(away, None, visited),
            Move(gone, visited, None),
            Move(back, None, home),
        )

    # Roles

    def role(self, tag: str, now: float) -> str | None:
        """The role in the clan; None without one."""
        stay = self.stay(tag, now)
        if stay.clan is None:
            return None
        home, place = self.world.homes.get(tag, (None, MOST))
        if (home, place) == (stay.clan, 0):
            return "leader"
        if tag in self.world.scenes.roles:
            scene = self.world.scenes.roles[tag].at(now)
            if scene is not None and scene[0] >= stay.since:
                return scene[1]
        if home == stay.clan and place < 4:
            return "coLeader"
        if now - stay.since < TRIAL:
            return "member"
        return self.term(tag, self._term_number(tag, now))

    def _term_number(self, tag: str, now: float) -> int:
        length, offset = self.tempo(tag)
        return int((now + 2 * offset) // (2 * length))

    def _term(self, tag: str, number: int) -> str:
        return self.world.random("role", tag, number).choice(["admin", "member", "member"])

    # Weeks

    def donations(self, tag: str, now: float) -> tuple[int, int]:
        """Given and received since the player came to the clan, or since the season began."""
        stay = self.stay(tag, now)
        if stay.clan is None:
            return 0, 0
        since = max(season(now), stay.since)
        given = received = 0
        for begin in range(monday(since), int(now) + 1, WEEK):
            more = self.week(tag, begin).donations(since, now)
            given, received = given + more[0], received + more[1]
        if tag in self.world.scenes.donations:
            given += sum(amount for _, amount in self.world.scenes.donations[tag].between(since, now))
        return given, received

    def trophies(self, tag: str, now: float) -> int:
        """Trophies of the ranked league, won since Monday."""
        begin = monday(now)
        won = self.week(tag, begin).score(now)
        if tag in self.world.scenes.attacks:
            won += sum(amount for _, amount in self.world.scenes.attacks[tag].between(begin - 1, now))
        return won

    def tier(self, tag: str, now: float) -> int:
        """The tier of the ranked league, from 0 to 34: it changes with the week."""
        return max(0, min(34, self.world.person(tag).tier + self.luck(tag, monday(now))))

    def _luck(self, tag: str, begin: int) -> int:
        return self.world.random("tier", tag, begin).choice([-1, 0, 0, 1])

    def _week(self, tag: str, begin: int) -> Week:
        chance = self.world.random("week", tag, begin)
        roll = chance.random
        gifts = sorted(int(roll() * WEEK) // MINUTE * MINUTE + begin for _ in range(int(roll() * 24)))
        strength = self.world.person(tag).strength
        fights = sorted(
            int(roll() * WEEK) // MINUTE * MINUTE + begin for _ in range(int(6 + strength * 18 + roll() * 12))
        )
        members = len(self.world.members)
        battles = []
        for when in fights:
            attack, luck = roll() < 0.66, roll()
            stars = 3 if luck > 0.65 else 2 if luck > 0.25 else 1 if luck > 0.08 else 0
            destruction = 100 if stars == 3 else int(50 + luck * 49) if stars else int(luck * 500)
            gain = (0, 13, 26, 40)[stars]
            opponent = int(roll() * members)
            battles.append(
                RankedBattle(when, attack, stars, destruction, gain if attack else 40 - gain, opponent)
            )
        return Week(
            gifts,
            [0, *accumulate(1 + int(roll() * 40) if roll() < 0.7 else 0 for _ in gifts)],
            [0, *accumulate(1 + int(roll() * 40) if roll() < 0.7 else 0 for _ in gifts)],
            battles,
            fights,
            [0, *accumulate(battle.trophies for battle in battles)],
        )

    # Growth

    def strength(self, tag: str, now: float) -> float:
        """How much of everything a player has, from 0 to 1: it grows, ever more slowly."""
        born = self.world.person(tag).strength
        return 1 - (1 - born) * math.exp(-max(0.0, now - BORN) / CAREER)

    def experience(self, tag: str, now: float) -> int:
        """The level of experience."""
        return int(self.strength(tag, now) * 220) + self.world.person(tag).experience

    def hall(self, tag: str, now: float) -> int:
        """The level of the town hall."""
        if tag == "#2PP":
            return 18
        level = 7 + int(self.strength(tag, now) * 11.99)
        if (tag, "Town Hall") in self.world.scenes.upgrades:
            scene = self.world.scenes.upgrades[tag, "Town Hall"].between(-1, now)
            level = min(18, level + sum(levels for _, levels in scene))
        return level

    # Moments

    def moments(self, tag: str, after: float, until: float) -> list[int]:
        """When a player may be shown in another way, later than `after`, up to and with `until`."""
        return sorted({when for when in self._moments(tag, after, until) if after < when <= until})

    def _moments(self, tag: str, after: float, until: float) -> Iterator[int]:
        for begin in range(monday(after), int(until) + 1, WEEK):
            week = self.week(tag, begin)
            yield begin
            yield from week.donated_at
            yield from week.fought_at
        if tag in self.paths:
            for cycle in range(self._cycle(tag, after - TRIAL) - 1, self._cycle(tag, until) + 1):
                for move in self.moves(tag, cycle):
                    yield move.when
                    yield move.when + TRIAL
        length, offset = self.tempo(tag)
        for number in range(self._term_number(tag, after), self._term_number(tag, until) + 1):
            yield number * 2 * length - 2 * offset
        yield from self.world.scenes.of_player(tag)
