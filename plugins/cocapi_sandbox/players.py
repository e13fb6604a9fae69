"""A player, whole, and what a player has done: battles, seasons, the ranked group."""

from __future__ import annotations

from cocapi_sandbox import game
from cocapi_sandbox.times import basic, extended, monday
from cocapi_sandbox.world import Json, World, label, tag_of

__all__ = ["battle_log", "group_tag", "league_group", "league_history", "player"]

GROUP = 100
"""Players in a ranked group."""
WEEK = 604800


def player(world: World, tag: str, now: float) -> Json:
    """What ``/players/{playerTag}`` answers."""
    chance = world.random("army", tag)
    profile = world.profile(tag)
    strength: float = profile["_strength"]
    shown: Json = {key: value for key, value in profile.items() if not key.startswith("_")}
    for key in ("league", "versusTrophies"):
        del shown[key]  # a member list still has them, a player no longer
    shown |= {
        "bestTrophies": shown["trophies"] + chance.randint(1000, 5000),
        "warStars": int(strength * 3000),
        "attackWins": chance.randint(0, 80),
        "defenseWins": chance.randint(0, 20),
        "bestBuilderBaseTrophies": shown["builderBaseTrophies"] + chance.randint(0, 300),
        "warPreference": chance.choice(["in", "out"]),
        "clanCapitalContributions": int(strength * 4_000_000),
        "achievements": achievements(world, tag),
        "labels": [label(n, 57000000, game.PLAYER_LABELS) for n in sorted(chance.sample(range(19), 3))],
        "troops": units(world, tag, game.TROOPS, strength),
        "heroes": heroes(world, tag, strength),
        "heroEquipment": units(world, tag, game.EQUIPMENT, strength),
        "spells": units(world, tag, game.SPELLS, strength),
    }
    if shown["townHallLevel"] >= 9:
        shown["builderHallLevel"] = min(10, shown["townHallLevel"] - 6)
    if 12 <= shown["townHallLevel"] <= 16:
        shown["townHallWeaponLevel"] = chance.randint(1, 5)
    home = world.homes.get(tag)
    if home is None:
        del shown["role"]
        return shown
    this_week = monday(now)
    return shown | {
        "clan": world.badge(home[0], "clanLevel"),
        "currentLeagueGroupTag": group_tag(world, tag),
        "currentLeagueSeasonId": this_week,
        "previousLeagueGroupTag": group_tag(world, tag),
        "previousLeagueSeasonId": this_week - WEEK,
    }


def units(world: World, tag: str, kinds: tuple[tuple[str, str, int], ...], strength: float) -> list[Json]:
    """The troops, spells or pieces of equipment that a player owns, the stronger the more."""
    chance = world.random("units", tag, kinds[0][0])
    owned = kinds[: max(1, round(len(kinds) * min(1, strength + 0.15)))]
    return [
        {
            "name": name,
            "level": max(1, min(highest, round(highest * strength) + chance.randint(-1, 2))),
            "maxLevel": highest,
            "village": village,
        }
        | ({"superTroopIsActive": True} if name.startswith("Super") and chance.random() < 0.08 else {})
        for name, village, highest in owned
    ]


def heroes(world: World, tag: str, strength: float) -> list[Json]:
    """Heroes, those of the home village with two pieces of equipment."""
    pieces = units(world, tag, game.EQUIPMENT, strength)
    found = units(world, tag, game.HEROES, strength)
    for place, hero in enumerate(found):
        if hero["village"] == "home":
            hero["equipment"] = [dict(piece) for piece in pieces[place * 2 : place * 2 + 2]]
    return found


def achievements(world: World, tag: str) -> list[Json]:
    """One for each name; some lack a text of completion."""
    chance = world.random("achievements", tag)
    found = []
    for name, village, target in game.ACHIEVEMENTS:
        value = int(target * chance.random() * 1.4)
        found.append(
            {
                "name": name,
                "stars": min(3, value * 3 // target),
                "value": value,
                "target": target,
                "info": f"Reach {target}",
                "completionInfo": f"So far: {value}" if chance.random() < 0.9 else None,
                "village": village,
            }
        )
    return found


def battle_log(world: World, tag: str, now: float) -> Json:
    """The newest 50 battles. There is no paging."""
    items = []
    for number in range(50):
        ended = int(now // 3600 - number) * 3600
        chance = world.random("battle", tag, ended)
        other = chance.choice(world.members)
        stars = chance.randint(0, 3)
        loot = [{"name": name, "amount": chance.randint(0, 900_000)} for name in game.LOOT]
        items.append(
            {
                "battleType": chance.choice(["homeVillage", "ranked", "legend"]),
                "attack": chance.random() < 0.5,
                "armyShareCode": f"u{chance.randint(1, 9)}x{chance.randint(1, 90)}s{chance.randint(1, 4)}x9",
                "opponentPlayerTag": other,
                "opponentName": world.profile(other)["name"],
                "opponentTownHallLevel": world.profile(other)["townHallLevel"],
                "stars": stars,
                "destructionPercentage": 100 if stars == 3 else chance.randint(10 + 30 * stars, 99),
                "lootedResources": loot,
                "extraLootedResources": [{"name": name, "amount": 0} for name in game.LOOT],
                "availableLoot": [{"name": "Diamonds", "amount": 0}, *loot],
                "battleTime": chance.randint(60, 180),
                "battleTimestamp": basic(ended),
            }
        )
    return {"items": items}


def league_history(world: World, tag: str, now: float) -> Json:
    """How a player ended the last ten ranked seasons, oldest first. There is no paging."""
    items = []
    for back in range(10, 0, -1):
        season = monday(now) - back * WEEK
        chance = world.random("season", tag, season)
        wins, most = chance.randint(0, 24), 24
        items.append(
            {
                "leagueSeasonId": season,
                "leagueTrophies": chance.randint(100, 1250),
                "leagueTierId": 105000000 + world.profile(tag)["_tier"],
                "placement": chance.randint(1, GROUP),
                "attackWins": wins,
                "attackLosses": most - wins,
                "attackStars": wins * 2,
                "defenseWins": chance.randint(0, 8),
                "defenseLosses": chance.randint(0, 16),
                "defenseStars": chance.randint(0, 48),
                "maxBattles": most,
            }
        )
    return {"items": items}


def group_tag(world: World, tag: str) -> str:
    """The tag of a player's ranked group; ``#0`` for the highest tier, which has none."""
    if world.profile(tag)["_tier"] == 34:
        return "#0"
    return tag_of(7_000 + world.members.index(tag) // GROUP, 6)


def league_group(world: World, group: str, season: int, tag: str) -> Json | None:
    """A ranked group as seen by one of its players; None when there is no such group."""
    if tag not in world.homes or group_tag(world, tag) != group or group == "#0":
        return None
    start = world.members.index(tag) // GROUP * GROUP
    members = []
    for member in world.members[start : start + GROUP]:
        chance = world.random("group", member, season)
        wins = chance.randint(0, 24)
        home = world.homes[member][0]
        members.append(
            {
                "playerTag": member,
                "playerName": world.profile(member)["name"],
                "clanTag": world.clan_tags[home],
                "clanName": world.clan_base(home)["name"],
                "leagueTrophies": wins * 40 + chance.randint(0, 250),
                "attackWinCount": wins,
                "attackLoseCount": 24 - wins,
                "defenseWinCount": chance.randint(0, 8),
                "defenseLoseCount": chance.randint(0, 16),
            }
        )
    return {
        "members": members,
        "attackLogs": group_log(world, members, tag, season, "attack"),
        "defenseLogs": group_log(world, members, tag, season, "defense"),
    }


def group_log(world: World, members: list[Json], tag: str, season: int, side: str) -> list[Json]:
    """Attacks or defenses of one player within the group; times here are of the extended format."""
    chance = world.random("log", tag, season, side)
    entries = []
    for number in range(12):
        other = chance.choice(members)
        stars = chance.randint(0, 3)
        entries.append(
            {
                "opponentPlayerTag": other["playerTag"],
                "opponentName": other["playerName"],
                "stars": stars,
                "destructionPercentage": 100 if stars == 3 else chance.randint(20, 99),
                "trophies": stars * 13,
                "creationTime": extended(season + number * 7200),
            }
        )
    return entries
