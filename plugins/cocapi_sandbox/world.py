"""A world of clans and players, made from a seed when it is asked for.

Nothing is stored that could be made again: each clan and player comes from a random generator that is seeded
with the world's seed and the tag. What changes with time (wars, leagues, raids) is in `wars`, `leagues` and
`raids`; here are those who take part.

Who exists: the `CLANS` clans of the world with their members, `#2PP` (a clan, and its leader's player tag)
among them; and every player tag of 8 or 9 characters of the tag alphabet, without a clan.
"""

from __future__ import annotations

import random
from functools import lru_cache
from typing import Any

from cocapi.lazy import lazy
from cocapi_sandbox import game

__all__ = ["ALPHABET", "CLANS", "Json", "World", "tag_of"]

Json = dict[str, Any]
ALPHABET = "0289PYLQGRJCUV"
CLANS = 48
ASSETS = "https://api-assets.clashofclans.com"

FIRST = (
    "Iron",
    "Silver",
    "Crimson",
    "Hidden",
    "Northern",
    "Lucky",
    "Stone",
    "Ember",
    "Misty",
    "Golden",
    "Wild",
    "Quiet",
)
SECOND = (
    "Foxes",
    "Anvil",
    "Harbour",
    "Ravens",
    "Orchard",
    "Legion",
    "Lanterns",
    "Bastion",
    "Otters",
    "Comets",
)
NAMES = (
    "Alda",
    "Bram",
    "Cato",
    "Dara",
    "Edda",
    "Finn",
    "Gala",
    "Hugo",
    "Ines",
    "Jori",
    "Kaia",
    "Lorn",
    "Mara",
    "Nils",
    "Odin",
    "Pia",
)
STYLES = ("{}", "{}", "{}", "{} ⚔️", "xX{}Xx", "『{}』", "[bold]{}[/bold]", "{}₂₀", "Lord {}", "{}★")


def tag_of(number: int, length: int) -> str:
    """A tag of `length` characters; different numbers give different tags."""
    letters = ""
    number = number * 2654435761 % 14**length  # spread, so that neighbours do not look alike
    for _ in range(length):
        number, digit = divmod(number, 14)
        letters += ALPHABET[digit]
    return "#" + letters


def named(number: int, base: int, names: tuple[str, ...]) -> Json:
    """A league as the API shows it: id and name."""
    return {"id": base + number, "name": names[number]}


def icons(kind: str, name: str, sizes: dict[str, int]) -> dict[str, str]:
    """Addresses of pictures; they lead nowhere."""
    file = "".join(letter for letter in name if letter.isalnum())
    return {size: f"{ASSETS}/{kind}/{pixels}/{file}.png" for size, pixels in sizes.items()}


def league_tier(number: int) -> Json:
    """A tier of the ranked league."""
    name = game.LEAGUE_TIERS[number]
    return named(number, 105000000, game.LEAGUE_TIERS) | {
        "iconUrls": icons("leaguetiers", name, {"small": 125, "large": 326})
    }


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


class World:
    """The clans and players that come from one seed.

    Args:
        seed: The same seed gives the same world.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.profile = lru_cache(maxsize=8192)(self._profile)
        self.clan_base = lru_cache(maxsize=CLANS)(self._clan_base)

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
    def rosters(self) -> tuple[tuple[str, ...], ...]:
        """By clan number, the tags of its members; the leader is first."""
        rosters = []
        for number in range(CLANS):
            size = 42 if number == 0 else self.random("size", number).randint(16, 50)
            tags = [tag_of(20_000_000 + number * 50 + place, 7) for place in range(size)]
            rosters.append(("#2PP", *tags[1:]) if number == 0 else tuple(tags))
        return tuple(rosters)

    @lazy
    def homes(self) -> dict[str, tuple[int, int]]:
        """By player tag, the number of the clan and the place in its roster."""
        return {
            tag: (number, place)
            for number, roster in enumerate(self.rosters)
            for place, tag in enumerate(roster)
        }

    @lazy
    def members(self) -> tuple[str, ...]:
        """The tags of all players that have a clan."""
        return tuple(tag for roster in self.rosters for tag in roster)

    def has_player(self, tag: str) -> bool:
        """Whether such a player exists."""
        return tag in self.homes or (len(tag) in (9, 10) and set(tag[1:]) <= set(ALPHABET))

    def token_of(self, tag: str) -> str:
        """The one-use token that `verifytoken` takes for a player."""
        return "".join(self.random("token", tag).choices("abcdefghijkmnpqrstuvwxyz23456789", k=8))

    def _profile(self, tag: str) -> Json:
        """What a member list shows of a player, and a few numbers more under keys with an underscore."""
        chance = self.random("player", tag)
        strength = chance.random()
        hall = 18 if tag == "#2PP" else 7 + int(strength * 11.99)
        tier = min(int(strength * 34) + chance.randint(0, 2), 34)
        home = self.homes.get(tag)
        builder = chance.randint(300, 5900)
        role = "member"
        if home is not None:
            role = (
                "leader"
                if home[1] == 0
                else "coLeader"
                if home[1] < 4
                else chance.choice(["admin", "member"])
            )
        return {
            "tag": tag,
            "name": chance.choice(STYLES).format(chance.choice(NAMES)) if tag != "#2PP" else "Alda the First",
            "role": role,
            "townHallLevel": hall,
            "expLevel": 20 + int(strength * 220) + chance.randint(0, 30),
            "league": trophy_league(min(int(strength * 23), 22)),
            "leagueTier": league_tier(tier),
            "trophies": int(strength * 1150) + chance.randint(0, 120),
            "builderBaseTrophies": builder,
            "versusTrophies": builder,
            "donations": chance.randint(0, 4000),
            "donationsReceived": chance.randint(0, 3000),
            "playerHouse": {
                "elements": [
                    {"type": kind, "id": 82000000 + chance.randint(0, 90)}
                    for kind in ("ground", "walls", "roof", "decoration")
                ]
            },
            "builderBaseLeague": named(min(builder // 140, 41), 44000000, game.BUILDER_BASE_LEAGUES),
            "_tier": tier,
            "_strength": strength,
        }

    def shown(self, tag: str, *keys: str) -> Json:
        """Some of what is known of a player."""
        profile = self.profile(tag)
        return {key: profile[key] for key in keys}

    def member_list(self, number: int) -> list[Json]:
        """The members of a clan as its member list shows them, best first."""
        best = sorted(self.rosters[number], key=lambda tag: (-self.profile(tag)["trophies"], tag))
        before = sorted(best, key=lambda tag: (-self.profile(tag)["builderBaseTrophies"], tag))
        return [
            {key: value for key, value in self.profile(tag).items() if not key.startswith("_")}
            | {"clanRank": rank, "previousClanRank": before.index(tag) + 1 if rank % 9 else 0}
            for rank, tag in enumerate(best, 1)
        ]

    def badge(self, number: int, *extra: str) -> Json:
        """A clan as others show it: tag, name, badges, and the keys asked for."""
        clan = self.clan_base(number)
        return {key: clan[key] for key in ("tag", "name", "badgeUrls", *extra)}

    def _clan_base(self, number: int) -> Json:
        """What a clan search shows of a clan."""
        chance = self.random("clan", number)
        tag = self.clan_tags[number]
        profiles = [self.profile(member) for member in self.rosters[number]]
        versus = sum(profile["builderBaseTrophies"] for profile in profiles) // 5
        name = "Sandbox Pioneers" if number == 0 else f"{FIRST[number % 12]} {SECOND[number * 7 % 10]}"
        public = number == 0 or number % 5 != 0
        clan: Json = {
            "tag": tag,
            "name": name,
            "type": chance.choice(["open", "inviteOnly", "closed"]),
            "location": location(len(game.REGIONS) + chance.randrange(8) * 5),
            "isFamilyFriendly": chance.random() < 0.5,
            "badgeUrls": icons("badges", tag, {"small": 70, "large": 512, "medium": 200}),
            "clanLevel": chance.randint(1, 30),
            "clanPoints": sum(profile["trophies"] for profile in profiles) * 30,
            "clanBuilderBasePoints": versus,
            "clanVersusPoints": versus,
            "clanCapitalPoints": chance.randint(300, 5200),
            "capitalLeague": named(chance.randrange(23), 85000000, game.CAPITAL_LEAGUES),
            "requiredTrophies": chance.choice([0, 400, 2000, 5000]),
            "warFrequency": chance.choice(
                ["always", "moreThanOncePerWeek", "oncePerWeek", "lessThanOncePerWeek", "never", "unknown"]
            ),
            "warWinStreak": chance.randint(0, 12),
            "warWins": chance.randint(10, 600),
            **({"warTies": chance.randint(0, 9), "warLosses": chance.randint(5, 300)} if public else {}),
            "isWarLogPublic": public,
            "warLeague": named(chance.randrange(19), 48000000, game.WAR_LEAGUES),
            "members": len(profiles),
            "labels": [label(n, 56000000, game.CLAN_LABELS) for n in sorted(chance.sample(range(17), 3))],
            "requiredBuilderBaseTrophies": chance.choice([0, 400, 1200]),
            "requiredVersusTrophies": 0,
            "requiredTownhallLevel": chance.randint(1, 14),
            "chatLanguage": dict(
                zip(
                    ("id", "name", "languageCode"),
                    (75000000 + number % 7, *game.LANGUAGES[number % 7]),
                    strict=True,
                )
            ),
        }
        clan["requiredVersusTrophies"] = clan["requiredBuilderBaseTrophies"]
        for key in ("location", "chatLanguage"):
            if number and chance.random() < 0.2:
                del clan[key]  # many clans have none
        return clan

    def clan(self, number: int) -> Json:
        """A clan, whole."""
        chance = self.random("capital", number)
        hall = chance.randint(2, 10)
        return self.clan_base(number) | {
            "description": f"We are the {self.clan_base(number)['name']}. Be kind, attack twice. 🍀",
            "memberList": self.member_list(number),
            "clanCapital": {
                "capitalHallLevel": hall,
                "districts": [
                    {"id": 70000000 + n, "name": name, "districtHallLevel": max(1, min(hall, 5) - n % 2)}
                    for n, name in enumerate(game.DISTRICTS[: hall - 1 or 1])
                ],
            },
        }
