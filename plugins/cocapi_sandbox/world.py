"""A world of clans and players, made from a seed when it is asked for.

Nothing is stored that could be made again: each clan and player comes from a random generator that is seeded
with the world's seed and the tag. What players do with their time is in `lives`, what clans do together in
`wars`, `leagues` and `raids`; here are those who take part, as answers show them at a moment.

Who exists: the `CLANS` clans of the world with the players that are at home there, `#2PP` (a clan, and its
leader's player tag) among them; and every player tag of 8 or 9 characters of the tag alphabet, most of them
without a clan for ever.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from cocapi.lazy import lazy
from cocapi_sandbox import game
from cocapi_sandbox.lives import Lives
from cocapi_sandbox.names import FIRST, MOTTOS, NAMES, SECOND, STYLES
from cocapi_sandbox.scenes import Scenes
from cocapi_sandbox.times import DAY, MINUTE, WEEK, friday, month

__all__ = ["ALPHABET", "CLANS", "SHOWN", "Json", "Person", "World", "tag_of"]

Json = dict[str, Any]
ALPHABET = "0289PYLQGRJCUV"
CLANS = 48
ASSETS = "https://api-assets.clashofclans.com"


def tag_of(number: int, length: int) -> str:
    """A tag of `length` characters; numbers that the world uses give different tags."""
    letters = ""
    number = number * 2654435761 % 14**length  # spread, so that neighbours do not look alike
    for _ in range(length):
        number, digit = divmod(number, 14)
        letters += ALPHABET[digit]
    return "#" + letters.replace("0", "2", 1) if letters.startswith("0") else "#" + letters


def named(number: int, base: int, names: tuple[str, ...]) -> Json:
    """A league as the API shows it: id and name."""
    return {"id": base + number, "name": names[number]}


def icons(kind: str, name: str, sizes: dict[str, int]) -> dict[str, str]:
    """Addresses of pictures; they lead nowhere."""
    file = "".join(letter for letter in name if letter.isalnum())
    return {size: f"{ASSETS}/{kind}/{pixels}/{file}.png" for size, pixels in sizes.items()}


@cache
def league_tier(number: int) -> Json:
    """A tier of the ranked league."""
    name = game.LEAGUE_TIERS[number]
    return named(number, 105000000, game.LEAGUE_TIERS) | {
        "iconUrls": icons("leaguetiers", name, {"small": 125, "large": 326})
    }


@cache
def trophy_league(number: int) -> Json:
    """A league of before October 2025; Unranked has no picture of medium size."""
    sizes = {"small": 72, "tiny": 36, "medium": 288} if number else {"small": 72, "tiny": 36}
    name = game.LEAGUES[number]
    return named(number, 29000000, game.LEAGUES) | {"iconUrls": icons("leagues", name, sizes)}


def label(number: int, base: int, names: tuple[str, ...]) -> Json:
    """A label of a clan or player."""
    return named(number, base, names) | {
        "iconUrls": icons("labels", names[number], {"small": 64, "medium": 128})
    }


def location(number: int) -> Json:
    """A location by its place in the list: regions first, then countries."""
    if number < len(game.REGIONS):
        ident, name = game.REGIONS[number]
        return {"id": ident, "name": name, "isCountry": False}
    ident, name, code = game.COUNTRIES[number - len(game.REGIONS)]
    return {"id": ident, "name": name, "isCountry": True, "countryCode": code}


@dataclass(frozen=True, slots=True)
class Person:
    """What stays the same with a player, or is where it began.

    Attributes:
        strength: From 0 to 1, decides about nearly everything.
        tier: About which tier of the ranked league the player is in.
        experience: Levels beside those that strength brings.
        house: As the API shows it.
    """

    name: str
    strength: float
    tier: int
    experience: int
    builder_trophies: int
    builder_league: Json
    trophy_league: Json
    house: Json


class World:
    """The clans and players that come from one seed, and what scripts let happen to them.

    Args:
        seed: The same seed gives the same world.

    `now` is everywhere a moment in seconds since 1970.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.scenes = Scenes()
        self.lives = Lives(self)
        self.person = lru_cache(maxsize=8192)(self._person)
        self.identity = lru_cache(maxsize=CLANS)(self._identity)
        self._known_clan = lru_cache(maxsize=2 * CLANS)(self._clan_base)

    def random(self, *what: object) -> random.Random:
        """Chance that is always the same for the same thing."""
        return random.Random(":".join(map(str, (self.seed, *what))))  # noqa: S311  # a game, no secret

    @lazy
    def clan_tags(self) -> tuple[str, ...]:
        """The tags of all clans; a clan's place here is its number."""
        return ("#2PP", *(tag_of(9_000_000 + number, 8) for number in range(1, CLANS)))

    @lazy
    def clan_numbers(self) -> dict[str, int]:
        """By tag, a clan's place in `clan_tags`."""
        return {tag: number for number, tag in enumerate(self.clan_tags)}

    @lazy
    def natives(self) -> tuple[tuple[str, ...], ...]:
        """By clan number, the tags of the players that are at home there; the leader is first."""
        natives = []
        for number in range(CLANS):
            size = 42 if number == 0 else self.random("size", number).randint(16, 50)
            tags = [tag_of(20_000_000 + number * 50 + place, 7) for place in range(size)]
            natives.append(("#2PP", *tags[1:]) if number == 0 else tuple(tags))
        return tuple(natives)

    def stranger(self, clan: int, place: int) -> str:
        """The tag of a player that is at home nowhere, and comes to a clan from time to time."""
        return tag_of(40_000_000 + clan * 50 + place, 8)

    @lazy
    def homes(self) -> dict[str, tuple[int, int]]:
        """By player tag, the number of the clan at home, and the place among its natives."""
        return {
            tag: (number, place)
            for number, natives in enumerate(self.natives)
            for place, tag in enumerate(natives)
        }

    @lazy
    def members(self) -> tuple[str, ...]:
        """The tags of all players that have a home."""
        return tuple(tag for natives in self.natives for tag in natives)

    def roster(self, number: int, now: float) -> tuple[str, ...]:
        """The tags of the members of a clan at a moment; the leader is first."""
        stay = self.lives.stay
        here = [tag for tag in self.lives.candidates[number] if stay(tag, now).clan == number]
        newcomers = [
            tag
            for tag in self.scenes.newcomers(number)
            if stay(tag, now).clan == number and tag not in self.lives.candidates[number]
        ]
        return (*here, *newcomers)

    def has_player(self, tag: str) -> bool:
        """Whether such a player exists."""
        return tag in self.homes or (len(tag) in (9, 10) and tag[1] != "0" and set(tag[1:]) <= set(ALPHABET))

    def token_of(self, tag: str) -> str:
        """The one-use token that `verifytoken` takes for a player."""
        return "".join(self.random("token", tag).choices("abcdefghijkmnpqrstuvwxyz23456789", k=8))

    def _person(self, tag: str) -> Person:
        chance = self.random("player", tag)
        strength = chance.random()
        builder = chance.randint(300, 5900)
        style = chance.choice(STYLES) if tag != "#2PP" else "{} the First"
        name = chance.choice(NAMES) if tag != "#2PP" else "Alda"
        if "[" in style and self.homes.get(tag, (0, 0))[0] < 2:
            style = "{}"  # the first clans, at war with each other, are seen first: markup would look leaked
        return Person(
            style.format(name),
            strength,
            min(int(strength * 34) + chance.randint(0, 2), 34),
            20 + chance.randint(0, 30),
            builder,
            named(min(builder // 140, 41), 44000000, game.BUILDER_BASE_LEAGUES),
            trophy_league(min(int(strength * 23), 22)),
            {
                "elements": [
                    {"type": kind, "id": 82000000 + chance.randint(0, 90)}
                    for kind in ("ground", "walls", "roof", "decoration")
                ]
            },
        )

    def name(self, tag: str, now: float) -> str:
        """The name of a player."""
        scene = self.scenes.names[tag].at(now) if tag in self.scenes.names else None
        return scene[1] if scene else self.person(tag).name

    def profile(self, tag: str, now: float) -> Json:
        """What a member list shows of a player."""
        return self.shown(tag, now, *SHOWN)

    def shown(self, tag: str, now: float, *keys: str) -> Json:
        """Some of what a member list shows of a player."""
        return {key: SHOWN[key](self, tag, now) for key in keys}

    def member_list(self, number: int, now: float) -> list[Json]:
        """The members of a clan as its member list shows them, best first."""
        profiles = [self.profile(tag, now) for tag in self.roster(number, now)]
        best = sorted(profiles, key=lambda profile: (-profile["trophies"], profile["tag"]))
        before = sorted(best, key=lambda profile: (-profile["builderBaseTrophies"], profile["tag"]))
        places = {profile["tag"]: place for place, profile in enumerate(before, 1)}
        return [
            profile | {"clanRank": rank, "previousClanRank": places[profile["tag"]] if rank % 9 else 0}
            for rank, profile in enumerate(best, 1)
        ]

    def badge(self, number: int, *extra: str) -> Json:
        """A clan as others show it: tag, name, badges, and the keys asked for of those that never change."""
        clan = self.identity(number)
        return {key: clan[key] for key in ("tag", "name", "badgeUrls", *extra)}

    def _identity(self, number: int) -> Json:
        """What never changes of a clan."""
        chance = self.random("clan", number)
        tag = self.clan_tags[number]
        name = "Sandbox Pioneers" if number == 0 else f"{FIRST[number % 12]} {SECOND[number * 7 % 10]}"
        clan: Json = {
            "tag": tag,
            "name": name,
            "location": location(len(game.REGIONS) + chance.randrange(8) * 5),
            "isFamilyFriendly": chance.random() < 0.5,
            "badgeUrls": icons("badges", tag, {"small": 70, "large": 512, "medium": 200}),
            "clanLevel": chance.randint(1, 30),
            "isWarLogPublic": number == 0 or number % 5 != 0,
            "labels": [label(n, 56000000, game.CLAN_LABELS) for n in sorted(chance.sample(range(17), 3))],
            "requiredTownhallLevel": chance.randint(1, 14),
            "chatLanguage": dict(
                zip(
                    ("id", "name", "languageCode"),
                    (75000000 + number % 7, *game.LANGUAGES[number % 7]),
                    strict=True,
                )
            ),
        }
        for key in ("location", "chatLanguage"):
            if number and chance.random() < 0.2:
                del clan[key]  # many clans have none
        return clan

    def settings(self, number: int, now: float) -> Json:
        """What leaders of a clan set: it changes every few weeks, and when a script says so."""
        length, offset = self._term(number)
        chance = self.random("settings", number, int((now + offset) // length))
        builder = chance.choice([0, 400, 1200])
        chosen = {
            "type": chance.choice(["open", "inviteOnly", "closed"]),
            "description": f"We are the {self.identity(number)['name']}. {chance.choice(MOTTOS)} 🍀",
            "requiredTrophies": chance.choice([0, 400, 2000, 5000]),
            "requiredBuilderBaseTrophies": builder,
            "requiredVersusTrophies": builder,
            "warFrequency": chance.choice(
                ["always", "moreThanOncePerWeek", "oncePerWeek", "lessThanOncePerWeek", "never", "unknown"]
            ),
        }
        if number in self.scenes.settings:
            for _, changed in self.scenes.settings[number].between(-1, now):
                chosen |= changed
        return chosen

    def _term(self, number: int) -> tuple[int, int]:
        """How long the settings of a clan stay, and how far into a term the clan is at the start of 1970."""
        chance = self.random("term", number)
        return chance.randint(13, 40) * DAY, chance.randint(0, 40 * DAY // MINUTE) * MINUTE

    def settings_moments(self, number: int, after: float, until: float) -> list[int]:
        """When the settings of a clan change, later than `after` up to and with `until`."""
        length, offset = self._term(number)
        terms = range(int((after + offset) // length) + 1, int((until + offset) // length) + 1)
        scenes = self.scenes.settings[number].between(after, until) if number in self.scenes.settings else []
        return sorted({*(term * length - offset for term in terms), *(when for when, _ in scenes)})

    def clan_base(self, number: int, now: float) -> Json:
        """What a clan search shows of a clan."""
        return self._known_clan(number, int(now // MINUTE), self.scenes.version)

    def _clan_base(self, number: int, minute: int, version: int) -> Json:
        now = minute * MINUTE
        chance = self.random("points", number)
        roster = self.roster(number, now)
        versus = sum(self.person(tag).builder_trophies for tag in roster) // 5
        raids, leagues = friday(now) // WEEK, int(month(now)[1][:4]) * 12 + int(month(now)[1][5:])
        return {
            **self.identity(number),
            **{key: value for key, value in self.settings(number, now).items() if key != "description"},
            "clanPoints": sum(self.lives.trophies(tag, now) for tag in roster) * 30,
            "clanBuilderBasePoints": versus,
            "clanVersusPoints": versus,
            "clanCapitalPoints": chance.randint(300, 5000)
            + self.random("capital", number, raids).randint(0, 200),
            "capitalLeague": named(chance.randrange(23), 85000000, game.CAPITAL_LEAGUES),
            "warWinStreak": chance.randint(0, 12),
            "warWins": chance.randint(10, 600),
            **(
                {"warTies": chance.randint(0, 9), "warLosses": chance.randint(5, 300)}
                if self.identity(number)["isWarLogPublic"]
                else {}
            ),
            "warLeague": named(
                min(18, chance.randrange(18) + self.random("promoted", number, leagues).randint(0, 1)),
                48000000,
                game.WAR_LEAGUES,
            ),
            "members": len(roster),
        }

    def clan(self, number: int, now: float) -> Json:
        """A clan, whole."""
        chance = self.random("capital", number)
        hall = chance.randint(2, 10)
        return self.clan_base(number, now) | {
            "description": self.settings(number, now)["description"],
            "memberList": self.member_list(number, now),
            "clanCapital": {
                "capitalHallLevel": hall,
                "districts": [
                    {"id": 70000000 + n, "name": name, "districtHallLevel": max(1, min(hall, 5) - n % 2)}
                    for n, name in enumerate(game.DISTRICTS[: hall - 1 or 1])
                ],
            },
        }


SHOWN: dict[str, Callable[[World, str, float], Any]] = {
    "tag": lambda world, tag, now: tag,
    "name": World.name,
    "role": lambda world, tag, now: world.lives.role(tag, now),
    "townHallLevel": lambda world, tag, now: world.lives.hall(tag, now),
    "expLevel": lambda world, tag, now: world.lives.experience(tag, now),
    "league": lambda world, tag, now: world.person(tag).trophy_league,
    "leagueTier": lambda world, tag, now: league_tier(world.lives.tier(tag, now)),
    "trophies": lambda world, tag, now: world.lives.trophies(tag, now),
    "builderBaseTrophies": lambda world, tag, now: world.person(tag).builder_trophies,
    "versusTrophies": lambda world, tag, now: world.person(tag).builder_trophies,
    "donations": lambda world, tag, now: world.lives.donations(tag, now)[0],
    "donationsReceived": lambda world, tag, now: world.lives.donations(tag, now)[1],
    "playerHouse": lambda world, tag, now: world.person(tag).house,
    "builderBaseLeague": lambda world, tag, now: world.person(tag).builder_league,
}
"""By key what a member list shows of a player."""
