"""Rankings of clans and players, by country and for the world: 200 rows at most."""

from __future__ import annotations

from collections.abc import Iterable

from cocapi_sandbox import game
from cocapi_sandbox.world import SHOWN, Json, World, location

__all__ = [
    "LOCATIONS",
    "capitals",
    "clans",
    "clans_builder_base",
    "ladder",
    "players",
    "players_builder_base",
]

MOST = 200
LOCATIONS: dict[str, Json] = {
    str(location(number)["id"]): location(number) for number in range(len(game.REGIONS) + len(game.COUNTRIES))
}
"""By id as a text."""


def at(world: World, where: str) -> list[int]:
    """The numbers of the clans of a country; all for ``global``, none for a region."""
    if where == "global":
        return list(range(len(world.clan_tags)))
    here = LOCATIONS[where]
    return [
        n
        for n in range(len(world.clan_tags))
        if here["isCountry"] and world.identity(n).get("location") == here
    ]


def ranked(rows: Iterable[Json], key: str, most: int | None = MOST) -> list[Json]:
    """Rows in the order of a key, highest first, with their rank now and before; -1: not ranked then."""
    best = sorted(rows, key=lambda row: (-row[key], row["tag"]))[:most]
    return [
        row | {"rank": rank, "previousRank": -1 if rank % 10 == 0 else rank + (1 if rank % 2 else -1)}
        for rank, row in enumerate(best, 1)
    ]


def clan_rows(world: World, where: str, now: float, *keys: str) -> list[Json]:
    """The clans of a place with what every ranking shows of them, and the keys asked for."""
    return [
        {
            key: clan[key]
            for key in ("tag", "name", "location", "badgeUrls", "clanLevel", "members", *keys)
            if key in clan
        }
        for clan in (world.clan_base(number, now) for number in at(world, where))
    ]


def clans(world: World, where: str, now: float) -> list[Json]:
    """``…/rankings/clans``."""
    return ranked(clan_rows(world, where, now, "clanPoints"), "clanPoints")


def clans_builder_base(world: World, where: str, now: float) -> list[Json]:
    """``…/rankings/clans-builder-base``."""
    return ranked(
        clan_rows(world, where, now, "clanBuilderBasePoints", "clanVersusPoints"), "clanBuilderBasePoints"
    )


def capitals(world: World, where: str, now: float) -> list[Json]:
    """``…/rankings/capitals``."""
    return ranked(clan_rows(world, where, now, "clanCapitalPoints"), "clanCapitalPoints")


def player_rows(
    world: World, where: str, now: float, key: str, *keys: str, most: int | None = MOST
) -> list[Json]:
    """The best by a key of the members of the clans of a place."""
    score = SHOWN[key]
    best = sorted(
        (-score(world, tag, now), tag, number)
        for number in at(world, where)
        for tag in world.roster(number, now)
    )[:most]
    return [
        {**world.shown(tag, now, "tag", "name", "expLevel", key, *keys), "clan": world.badge(number)}
        for _, tag, number in best
    ]


def with_wins(world: World, rows: list[Json]) -> list[Json]:
    """Rows with attacks and defenses won."""
    for row in rows:
        chance = world.random("wins", row["tag"])
        row |= {"attackWins": chance.randint(0, 240), "defenseWins": chance.randint(0, 40)}
    return rows


def players(world: World, where: str, now: float) -> list[Json]:
    """``…/rankings/players``."""
    rows = ranked(player_rows(world, where, now, "trophies", "league", "leagueTier"), "trophies")
    return with_wins(world, rows)


def players_builder_base(world: World, where: str, now: float) -> list[Json]:
    """``…/rankings/players-builder-base``."""
    keys = ("builderBaseTrophies", "builderBaseLeague", "versusTrophies")
    rows = ranked(player_rows(world, where, now, *keys), "builderBaseTrophies")
    return [row | {"versusBattleWins": 0} for row in rows]


def ladder(world: World, season: str, now: float) -> list[Json]:
    """How a season of the Legend League ended: everybody, and no rank of before."""
    rows = player_rows(world, "global", now, "trophies", "leagueTier", most=None)
    for row in rows:
        row["trophies"] = 4900 + world.random("ladder", season, row["tag"]).randint(0, 1500)
    ended = ranked(rows, "trophies", most=None)
    for row in ended:
        del row["previousRank"]
    return with_wins(world, ended)
