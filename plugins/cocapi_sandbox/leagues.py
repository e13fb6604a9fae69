"""The clan war league: groups of eight clans, seven rounds, in the first days of a month.

Day 1 is for signing up; from then on a round is drawn each day, prepared for a day and fought for a day. Of
the six groups of the world the last never signs up, and the one before it is still being searched for.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from cocapi_sandbox.times import DAY, HOUR, basic, month
from cocapi_sandbox.wars import Battle, battle, score, side_body
from cocapi_sandbox.world import ALPHABET, Json, World

__all__ = ["Leagues"]

CLANS = 8
ROUNDS = 7
MATCHES = 4
SEARCHING, ABSENT = 4, 5
"""Groups that are not drawn, and that do not take part."""
FIRST_ROUND = 1 * DAY
LAST = FIRST_ROUND + (ROUNDS + 1) * DAY
"""Seconds into the month: when the first round is drawn, when the last war ends."""
SHOWN = LAST + 2 * DAY
NOT_DRAWN = "#0"
EPOCH = 2020 * 12
"""Months are counted from January 2020 in war tags."""


def war_tag(count: int, group: int, round_: int, match: int) -> str:
    """A tag from which `parse` reads back which war it is."""
    number = ((count * 6 + group) * ROUNDS + round_) * MATCHES + match + 14**7
    letters = ""
    while number:
        number, digit = divmod(number, 14)
        letters = ALPHABET[digit] + letters
    return "#" + letters


def parse(tag: str) -> tuple[int, int, int, int] | None:
    """Month, group, round and match of a war tag; None when it is none."""
    if len(tag) != 9 or not set(tag[1:]) <= set(ALPHABET):
        return None
    number = 0
    for letter in tag[1:]:
        number = number * 14 + ALPHABET.index(letter)
    rest, match = divmod(number - 14**7, MATCHES)
    rest, round_ = divmod(rest, ROUNDS)
    count, group = divmod(rest, 6)
    return (count, group, round_, match) if 0 <= count < 1200 else None


def pairs(round_: int) -> list[tuple[int, int]]:
    """Who meets whom in a round, by place in the group: the first stays, the others turn."""
    turning = [1 + (place + round_) % (CLANS - 1) for place in range(CLANS - 1)]
    circle = [0, *turning]
    return [(circle[place], circle[CLANS - 1 - place]) for place in range(MATCHES)]


class Leagues:
    """The clan war leagues of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.war = lru_cache(maxsize=512)(self._war)

    def takes_part(self, clan: int) -> bool:
        """Whether a clan plays in the league, every month."""
        return clan // CLANS < SEARCHING

    def fighting(self, clan: int, now: float) -> bool:
        """Whether a clan has a league war on, so that it has no other."""
        return self.takes_part(clan) and FIRST_ROUND <= now - month(now)[0] < LAST

    def group(self, clan: int, now: float) -> Json | None:
        """What ``…/currentwar/leaguegroup`` answers; None when the clan is in no league."""
        first, season = month(now)
        number, into = clan // CLANS, now - first
        if number == ABSENT or into >= SHOWN:
            return None
        if number == SEARCHING or into < FIRST_ROUND:
            return {"state": "notInWar"}
        clans = range(number * CLANS, (number + 1) * CLANS)
        return {
            "state": "ended" if into >= LAST else "preparation" if into < FIRST_ROUND + DAY else "inWar",
            "season": season,
            "clans": [self._clan(each, first, now) for each in clans],
            "rounds": [{"warTags": self._war_tags(now, number, round_)} for round_ in range(ROUNDS)],
        }

    def war_body(self, tag: str, now: float) -> Json | None:
        """What ``/clanwarleagues/wars/{warTag}`` answers; None when no such war has been drawn."""
        parsed = parse(tag)
        if parsed is None or parsed[1] >= SEARCHING:
            return None
        war = self.fought(tag)
        if not war.preparation <= now < war.end + 90 * DAY:
            return None
        return {
            "state": war.state(now),
            "teamSize": len(war.teams[0]),
            "preparationStartTime": basic(war.preparation),
            "startTime": basic(war.start),
            "endTime": basic(war.end),
            "clan": side_body(self.world, war, 0, now),
            "opponent": side_body(self.world, war, 1, now),
            "warStartTime": basic(war.start),
        }

    def signed_up(self, clan: int, first: int) -> tuple[str, ...]:
        """The members that a clan names for the league of a month: those of when the first round is drawn."""
        return self.world.roster(clan, first + FIRST_ROUND)

    def _clan(self, clan: int, first: int, now: float) -> Json:
        roster = [
            {"tag": tag, "name": self.world.name(tag, now), "townHallLevel": self.world.lives.hall(tag, now)}
            for tag in self.signed_up(clan, first)
        ]
        return self.world.badge(clan, "clanLevel") | {"members": roster}

    def wars(self, clan: int, after: float, until: float) -> list[tuple[str, Battle]]:
        """The wars of a clan's group that were declared, went on or ended in a time, with their tags."""
        found: list[str] = []
        for back in range(2):
            first = month(until, -back)[0]
            for round_ in range(ROUNDS):
                drawn = first + FIRST_ROUND + round_ * DAY
                if drawn <= until and after < drawn + 2 * DAY:
                    found += self._war_tags(drawn, clan // CLANS, round_)
        return [(tag, self.fought(tag)) for tag in found]

    def fought(self, tag: str) -> Battle:
        """The war of a tag.

        Raises:
            KeyError: There is none.
        """
        parts = parse(tag)
        if parts is None or parts[1] >= SEARCHING:
            raise KeyError(tag)
        return self.war(*parts).present(self.world)

    def log(self, clan: int, now: float, months: int) -> list[tuple[float, Json]]:
        """The rows of a war log that stand for league weeks: when they ended, and the sums over the week."""
        if not self.takes_part(clan):
            return []
        weeks = [month(now, -back)[0] for back in range(months + 1)]
        return [(first + LAST, self._row(clan, first)) for first in weeks if first + LAST <= now]

    def _row(self, clan: int, first: int) -> Json:
        """A week of the league: no result, an opponent without name."""
        wars = [war for _, war in self.wars(clan, first + FIRST_ROUND, first + LAST) if clan in war.sides]
        sums = []
        for ours in (True, False):
            sides = [war.sides.index(clan) if ours else 1 - war.sides.index(clan) for war in wars]
            scores = [score(war, side, war.end) for war, side in zip(wars, sides, strict=True)]
            sums.append(
                {
                    "stars": sum(stars for stars, _ in scores),
                    "destructionPercentage": round(sum(percent for _, percent in scores), 1),
                }
            )
        attacks = sum(war.sides[war.side(attack)] == clan for war in wars for attack in war.attacks)
        return {
            "result": None,
            "endTime": basic(first + LAST),
            "teamSize": 15,
            "attacksPerMember": 1,
            "battleModifier": "none",
            "clan": self.world.badge(clan, "clanLevel") | {"attacks": attacks, "expEarned": 0} | sums[0],
            "opponent": {"badgeUrls": self.world.identity(0)["badgeUrls"], "clanLevel": 0} | sums[1],
        }

    def _war_tags(self, now: float, group: int, round_: int) -> list[str]:
        first, season = month(now)
        if now < first + FIRST_ROUND + round_ * DAY:
            return [NOT_DRAWN] * MATCHES
        count = int(season[:4]) * 12 + int(season[5:]) - 1 - EPOCH
        return [war_tag(count, group, round_, match) for match in range(MATCHES)]

    def _war(self, count: int, group: int, round_: int, match: int) -> Battle:
        year, number = divmod(count + EPOCH, 12)
        first = month(0, (year - 1970) * 12 + number)[0]
        one, two = (group * CLANS + place for place in pairs(round_)[match])
        drawn = first + FIRST_ROUND + round_ * DAY
        named = (self.signed_up(one, first), self.signed_up(two, first))
        times = (drawn, drawn + 23 * HOUR, drawn + 47 * HOUR)
        war = battle(
            self.world, ("league", count, group, round_, match), (one, two), named, times, per_member=1
        )
        # Places on the map are those in the roster, not 1 to 15.
        positions = {tag: place for roster in named for place, tag in enumerate(roster, 1)}
        return replace(war, positions=positions)
