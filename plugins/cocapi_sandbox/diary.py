"""What truly happened in the world: the judge of whoever watches it through the API."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, Literal, get_args

from cocapi_sandbox import game
from cocapi_sandbox.api import Api
from cocapi_sandbox.leagues import CLANS, FIRST_ROUND, LAST
from cocapi_sandbox.players import levels
from cocapi_sandbox.raids import LASTS
from cocapi_sandbox.times import MINUTE, WEEK, friday, month, to_the_minute
from cocapi_sandbox.wars import Battle
from cocapi_sandbox.world import SHOWN

__all__ = ["Diary", "Entry", "Kind"]

Kind = Literal[
    "join",
    "leave",
    "role",
    "name",
    "donations",
    "donationsReceived",
    "trophies",
    "leagueTier",
    "townHallLevel",
    "expLevel",
    "upgrade",
    "settings",
    "war_declared",
    "war_started",
    "war_attack",
    "war_ended",
    "league_drawn",
    "league_ended",
    "raid_started",
    "raid_attack",
    "raid_ended",
    "maintenance_started",
    "maintenance_ended",
]
FIELDS: tuple[Kind, ...] = (
    "role",
    "name",
    "donations",
    "donationsReceived",
    "trophies",
    "leagueTier",
    "townHallLevel",
    "expLevel",
)
SECTIONS = {
    "troops": game.TROOPS,
    "heroes": game.HEROES,
    "heroEquipment": game.EQUIPMENT,
    "spells": game.SPELLS,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened.

    Attributes:
        at: When, in seconds since 1970: a whole minute, from which on answers show it.
        kind: A field of a member of that name has another value; or what happened.
        tags: Of whom it is told: the player, then the clan; the attacker, the defender and their clans; both
            clans of a war, then its own tag in the clan war league.
        old: What was before, as answers show it; None: nothing.
        new: What is now. For an upgrade both are a dict of ``section``, ``name``, ``village`` and ``level``.
    """

    at: int
    kind: Kind
    tags: tuple[str, ...]
    old: Any = None
    new: Any = None


class Diary:
    """What happened, worked out from the seed, the clock and the scenes whenever it is read.

        [entry.tags for entry in box.diary.between(start, end, kinds={"join"})]

    Iterating goes from the beginning of the sandbox to now.

    Args:
        begin: When the sandbox began, in seconds since 1970.
    """

    def __init__(self, api: Api, begin: float) -> None:
        self.api = api
        self.world = api.world
        self.begin = begin

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.between(self.begin, self.api.clock()))

    def between(
        self,
        after: float,
        until: float,
        kinds: Collection[Kind] | None = None,
        clans: Iterable[str] | None = None,
        players: Iterable[str] = (),
    ) -> list[Entry]:
        """What happened later than `after`, up to and with `until`, in order.

        Args:
            kinds: Only entries of these kinds; None: all.
            clans: Only what happened in these clans and to who was in them at any time between; None: in all.
            players: Also what happened to these players.

        Raises:
            ValueError: For a kind or a clan that is not there.
        """
        wanted = frozenset(get_args(Kind) if kinds is None else kinds)
        if unknown := wanted - set(get_args(Kind)):
            raise ValueError(f"there is no kind {min(unknown)!r}; there are {', '.join(get_args(Kind))}")
        numbers = [self._number(tag) for tag in (self.world.clan_tags if clans is None else clans)]
        entries = [
            *self._settings(numbers, after, until),
            *self._wars({number // 2 for number in numbers}, after, until),
            *self._leagues({number // CLANS for number in numbers}, after, until),
            *self._raids(numbers, after, until),
            *self._maintenance(after, until),
        ]
        if wanted & {"join", "leave", *FIELDS}:
            for tag in self._people(numbers, players):
                entries += self._member(tag, after, until)
        if "upgrade" in wanted:
            for tag in self._people(numbers, players):
                entries += self._upgrades(tag, after, until)
        happened = [entry for entry in entries if entry.kind in wanted and after < entry.at <= until]
        return sorted(happened, key=lambda entry: (entry.at, entry.kind, entry.tags))

    def _number(self, tag: str) -> int:
        if tag not in self.world.clan_numbers:
            raise ValueError(f"there is no clan {tag} in this world")
        return self.world.clan_numbers[tag]

    def _people(self, numbers: Iterable[int], players: Iterable[str]) -> dict[str, None]:
        """Those who may be in these clans at any time, and the players named."""
        lives, scenes = self.world.lives, self.world.scenes
        there = (tag for number in numbers for tag in (*lives.candidates[number], *scenes.newcomers(number)))
        return dict.fromkeys([*there, *players])

    def _member(self, tag: str, after: float, until: float) -> Iterator[Entry]:
        """What a member list would show another way, from one moment to the next."""
        world, lives = self.world, self.world.lives
        keys = [field for field in FIELDS if field in SHOWN]
        grown = [
            *steps(lambda now: lives.hall(tag, now), after, until),
            *steps(lambda now: lives.experience(tag, now), after, until),
        ]
        clan, before = lives.stay(tag, after).clan, world.shown(tag, after, *keys)
        for when in sorted({*lives.moments(tag, after, until), *grown}):
            now_in, now = lives.stay(tag, when).clan, world.shown(tag, when, *keys)
            if now_in != clan:
                if clan is not None:
                    yield Entry(when, "leave", (tag, world.clan_tags[clan]), world.clan_tags[clan])
                if now_in is not None:
                    yield Entry(when, "join", (tag, world.clan_tags[now_in]), None, world.clan_tags[now_in])
            here = now_in if now_in is not None else clan
            tags = (tag,) if here is None else (tag, world.clan_tags[here])
            for key in keys:
                if now[key] != before[key]:
                    yield Entry(when, key, tags, before[key], now[key])
            clan, before = now_in, now

    def _upgrades(self, tag: str, after: float, until: float) -> Iterator[Entry]:
        """Levels that have risen, and what was unlocked."""
        for section, kinds in SECTIONS.items():
            before, now = (levels(self.world, tag, kinds, when) for when in (after, until))
            before = before + [0] * (len(now) - len(before))
            for place in (place for place, level in enumerate(now) if level != before[place]):
                name, village, _ = kinds[place]
                level = before[place]
                for when in steps(partial(self._level, tag, kinds, place), after, until):
                    old, level = level, self._level(tag, kinds, place, when)
                    thing = {"section": section, "name": name, "village": village}
                    was = thing | {"level": old} if old else None
                    yield Entry(when, "upgrade", self._tags(tag, when), was, thing | {"level": level})

    def _level(self, tag: str, kinds: tuple[tuple[str, str, int], ...], place: int, now: float) -> int:
        """The level of something; 0: it is not unlocked."""
        owned = levels(self.world, tag, kinds, now)
        return owned[place] if place < len(owned) else 0

    def _tags(self, tag: str, now: float) -> tuple[str, ...]:
        clan = self.world.lives.stay(tag, now).clan
        return (tag,) if clan is None else (tag, self.world.clan_tags[clan])

    def _settings(self, numbers: Iterable[int], after: float, until: float) -> Iterator[Entry]:
        for number in numbers:
            before = self.world.settings(number, after)
            for when in self.world.settings_moments(number, after, until):
                now = self.world.settings(number, when)
                changed = [key for key in now if now[key] != before[key]]
                if changed:
                    yield Entry(
                        when,
                        "settings",
                        (self.world.clan_tags[number],),
                        {key: before[key] for key in changed},
                        {key: now[key] for key in changed},
                    )
                before = now

    def _wars(self, pairs: Iterable[int], after: float, until: float) -> Iterator[Entry]:
        for pair in pairs:
            staged = self.world.scenes.staged.get(pair, ())
            breaks = [war.preparation - MINUTE for war in staged if after < war.preparation <= until]
            for begin, end in pairwise([after, *breaks, until]):  # what a war breaks off was there before
                for war in self.api.wars.until(pair * 2, end):
                    if war.end <= begin:
                        break
                    yield from (entry for entry in self._war(war, ()) if begin < entry.at <= end)

    def _leagues(self, groups: Iterable[int], after: float, until: float) -> Iterator[Entry]:
        for group in groups:
            clan = group * CLANS
            if not self.api.leagues.takes_part(clan):
                continue
            tags = self.world.clan_tags[clan : clan + CLANS]
            for back in range(int((until - after) // (28 * 24 * 3600)) + 2):
                first, season = month(until, -back)
                yield Entry(first + FIRST_ROUND, "league_drawn", tags, None, season)
                yield Entry(first + LAST, "league_ended", tags, None, season)
            for tag, war in self.api.leagues.wars(clan, after, until):
                yield from self._war(war, (tag,))

    def _war(self, war: Battle, own: tuple[str, ...]) -> Iterator[Entry]:
        """The moments of a war."""
        clans = tuple(self.world.clan_tags[side] for side in war.sides)
        yield Entry(int(war.preparation), "war_declared", (*clans, *own))
        yield Entry(int(war.start), "war_started", (*clans, *own))
        for attack in war.attacks:
            side = war.side(attack)
            fighters = (attack.attacker, attack.defender, clans[side], clans[1 - side])
            yield Entry(int(attack.when), "war_attack", (*fighters, *own), None, attack.shown())
        yield Entry(int(war.end), "war_ended", (*clans, *own))

    def _raids(self, numbers: Iterable[int], after: float, until: float) -> Iterator[Entry]:
        for number in numbers:
            tag = self.world.clan_tags[number]
            for start in range(friday(after), int(until) + 1, WEEK):
                yield Entry(start, "raid_started", (tag,))
                for attack in self.api.raids.attacks(number, start, until):
                    enemy = self.world.clan_tags[attack.defender]
                    shown = {
                        "district": game.DISTRICTS[attack.district],
                        "destructionPercent": attack.percent,
                        "stars": attack.stars,
                    }
                    yield Entry(attack.when, "raid_attack", (attack.attacker, tag, enemy), None, shown)
                yield Entry(start + LASTS, "raid_ended", (tag,))

    def _maintenance(self, after: float, until: float) -> Iterator[Entry]:
        for start, end in self.world.scenes.maintenance:
            yield Entry(to_the_minute(start), "maintenance_started", ())
            yield Entry(to_the_minute(end), "maintenance_ended", ())


def steps(value: Callable[[int], int], after: float, until: float) -> Iterator[int]:
    """The whole minutes later than `after`, up to and with `until`, at which what only grows has grown."""
    first, last = int(after // MINUTE), int(until // MINUTE)
    if first < last and value(first * MINUTE) != value(last * MINUTE):
        if last - first == 1:
            yield last * MINUTE
        else:
            middle = (first + last) // 2
            yield from steps(value, first * MINUTE, middle * MINUTE)
            yield from steps(value, middle * MINUTE, last * MINUTE)
