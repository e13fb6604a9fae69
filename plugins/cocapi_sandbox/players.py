"""A player, whole, and what a player has done: battles, seasons, the ranked group."""

from __future__ import annotations

from random import Random

from cocapi_sandbox import game
from cocapi_sandbox.lives import RankedBattle
from cocapi_sandbox.times import HOUR, WEEK, basic, extended, monday
from cocapi_sandbox.world import Json, World, label, tag_of

__all__ = ["battle_log", "group_tag", "league_group", "league_history", "levels", "player"]

GROUP = 100
"""Players in a ranked group."""


def player(world: World, tag: str, now: float) -> Json:
    """What ``/players/{playerTag}`` answers."""
    chance = world.random("army", tag)
    shown: Json = dict(world.profile(tag, now))
    strength = world.person(tag).strength
    for key in ("league", "versusTrophies"):
        del shown[key]  # a member list still has them, a player no longer
    week = world.lives.week(tag, monday(now))
    won = [battle for battle in week.battles if battle.when <= now and won_by_player(battle)]
    shown |= {
        "bestTrophies": 1300 + chance.randint(1000, 5000),
        "warStars": int(world.lives.strength(tag, now) * 3000),
        "attackWins": sum(battle.attack for battle in won),
        "defenseWins": sum(not battle.attack for battle in won),
        "bestBuilderBaseTrophies": shown["builderBaseTrophies"] + chance.randint(0, 300),
        "warPreference": chance.choice(["in", "out"]),
        "clanCapitalContributions": int(strength * 4_000_000) + int(strength * 3000) * int(now // WEEK),
        "achievements": achievements(world, tag),
        "labels": [label(n, 57000000, game.PLAYER_LABELS) for n in sorted(chance.sample(range(19), 3))],
        "troops": units(world, tag, game.TROOPS, now),
        "heroes": heroes(world, tag, now),
        "heroEquipment": units(world, tag, game.EQUIPMENT, now),
        "spells": units(world, tag, game.SPELLS, now),
    }
    if shown["townHallLevel"] >= 9:
        shown["builderHallLevel"] = min(10, shown["townHallLevel"] - 6)
    if 12 <= shown["townHallLevel"] <= 16:
        shown["townHallWeaponLevel"] = chance.randint(1, 5)
    clan = world.lives.stay(tag, now).clan
    if clan is None:
        del shown["role"]
    else:
        shown["clan"] = world.badge(clan, "clanLevel")
    if tag in world.homes:
        this_week = monday(now)
        shown |= {
            "currentLeagueGroupTag": group_tag(world, tag, this_week),
            "currentLeagueSeasonId": this_week,
            "previousLeagueGroupTag": group_tag(world, tag, this_week - WEEK),
            "previousLeagueSeasonId": this_week - WEEK,
        }
    return shown


def won_by_player(battle: RankedBattle) -> bool:
    """An attack that won a star, or a defense that gave none away."""
    return (battle.stars > 0) == battle.attack


def units(world: World, tag: str, kinds: tuple[tuple[str, str, int], ...], now: float) -> list[Json]:
    """The troops, spells or pieces of equipment that a player owns, the stronger the more."""
    chance = world.random("super", tag, kinds[0][0])
    return [
        {"name": name, "level": level, "maxLevel": highest, "village": village}
        | ({"superTroopIsActive": True} if name.startswith("Super") and chance.random() < 0.08 else {})
        for (name, village, highest), level in zip(kinds, levels(world, tag, kinds, now), strict=False)
    ]


def levels(world: World, tag: str, kinds: tuple[tuple[str, str, int], ...], now: float) -> list[int]:
    """The levels of what a player owns, in the order of the game's list, which is that of the unlocking."""
    roll = world.random("units", tag, kinds[0][0]).random
    strength = world.lives.strength(tag, now)
    owned = max(1, round(len(kinds) * min(1, strength + 0.15)))
    reached = [
        max(1, min(highest, int(highest * strength + roll() * 3 - 1))) for _, _, highest in kinds[:owned]
    ]
    for place, (name, _, highest) in enumerate(kinds[:owned]):
        if (tag, name) in world.scenes.upgrades:
            more = world.scenes.upgrades[tag, name].between(-1, now)
            reached[place] = min(highest, reached[place] + sum(levels for _, levels in more))
    return reached


def heroes(world: World, tag: str, now: float) -> list[Json]:
    """Heroes, those of the home village with two pieces of equipment."""
    pieces = units(world, tag, game.EQUIPMENT, now)
    owned = units(world, tag, game.HEROES, now)
    for place, hero in enumerate(owned):
        if hero["village"] == "home":
            hero["equipment"] = [dict(piece) for piece in pieces[place * 2 : place * 2 + 2]]
    return owned


def achievements(world: World, tag: str) -> list[Json]:
    """One for each name; some lack a text of completion."""
    chance = world.random("achievements", tag)
    rows = []
    for name, village, target in game.ACHIEVEMENTS:
        value = int(target * chance.random() * 1.4)
        rows.append(
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
    return rows


def battle_log(world: World, tag: str, now: float) -> Json:
    """The newest 50 battles: the ranked ones, and one every five hours beside them. There is no paging."""
    ranked = [
        battle
        for begin in (monday(now), monday(now) - WEEK)
        for battle in world.lives.week(tag, begin).battles
        if battle.when <= now
    ]
    rows = [(battle.when, ranked_row(world, battle, now)) for battle in ranked]
    first = int(now // (5 * HOUR))
    rows += [
        (number * 5 * HOUR, home_row(world, tag, number * 5 * HOUR, now))
        for number in range(first - 49, first + 1)
    ]
    newest = sorted(rows, key=lambda row: -row[0])[:50]
    return {"items": [row for _, row in newest]}


def ranked_row(world: World, battle: RankedBattle, now: float) -> Json:
    """A battle of the ranked league as the log shows it."""
    chance = world.random("ranked", battle)
    return battle_row(world, chance, "ranked", battle, world.members[battle.opponent], now)


def home_row(world: World, tag: str, when: int, now: float) -> Json:
    """A battle outside of it."""
    chance = world.random("battle", tag, when)
    stars = chance.randint(0, 3)
    destruction = 100 if stars == 3 else chance.randint(10 + 30 * stars, 99)
    battle = RankedBattle(when, chance.random() < 0.5, stars, destruction, 0, 0)
    return battle_row(world, chance, "homeVillage", battle, chance.choice(world.members), now)


def battle_row(
    world: World, chance: Random, kind: str, battle: RankedBattle, opponent: str, now: float
) -> Json:
    """A row of the log."""
    loot = [{"name": name, "amount": chance.randint(0, 900_000)} for name in game.LOOT]
    return {
        "battleType": kind,
        "attack": battle.attack,
        "armyShareCode": f"u{chance.randint(1, 9)}x{chance.randint(1, 90)}s{chance.randint(1, 4)}x9",
        "opponentPlayerTag": opponent,
        "opponentName": world.name(opponent, now),
        "opponentTownHallLevel": world.lives.hall(opponent, battle.when),
        "stars": battle.stars,
        "destructionPercentage": battle.destruction,
        "lootedResources": loot,
        "extraLootedResources": [{"name": name, "amount": 0} for name in game.LOOT],
        "availableLoot": [{"name": "Diamonds", "amount": 0}, *loot],
        "battleTime": chance.randint(60, 180),
        "battleTimestamp": basic(battle.when),
    }


def league_history(world: World, tag: str, now: float) -> Json:
    """How a player ended the last ten ranked seasons, oldest first. There is no paging."""
    items = []
    for back in range(10, 0, -1):
        season = monday(now) - back * WEEK
        end = season + WEEK - 1
        battles = world.lives.week(tag, season).battles
        attacks = [battle for battle in battles if battle.attack]
        defenses = [battle for battle in battles if not battle.attack]
        wins, held = (sum(map(won_by_player, side)) for side in (attacks, defenses))
        items.append(
            {
                "leagueSeasonId": season,
                "leagueTrophies": world.lives.trophies(tag, end),
                "leagueTierId": 105000000 + world.lives.tier(tag, end),
                "placement": world.random("season", tag, season).randint(1, GROUP),
                "attackWins": wins,
                "attackLosses": len(attacks) - wins,
                "attackStars": sum(battle.stars for battle in attacks),
                "defenseWins": held,
                "defenseLosses": len(defenses) - held,
                "defenseStars": sum(battle.stars for battle in defenses),
                "maxBattles": len(battles),
            }
        )
    return {"items": items}


def group_tag(world: World, tag: str, season: float) -> str:
    """The tag of a player's ranked group; ``#0`` for the highest tier, which has none."""
    if world.lives.tier(tag, season) == 34:
        return "#0"
    return tag_of(7_000 + world.members.index(tag) // GROUP, 6)


def league_group(world: World, group: str, season: int, tag: str, now: float) -> Json | None:
    """A ranked group as seen by one of its players; None when there is no such group."""
    if tag not in world.homes or group == "#0" or group_tag(world, tag, season) != group:
        return None
    start = world.members.index(tag) // GROUP * GROUP
    until = min(now, season + WEEK - 1)
    members = []
    for member in world.members[start : start + GROUP]:
        battles = [battle for battle in world.lives.week(member, season).battles if battle.when <= until]
        won = [battle for battle in battles if won_by_player(battle)]
        attacks, wins = (sum(battle.attack for battle in side) for side in (battles, won))
        clan = world.lives.stay(member, until).clan
        members.append(
            {
                "playerTag": member,
                "playerName": world.name(member, now),
                **(
                    {"clanTag": world.clan_tags[clan], "clanName": world.identity(clan)["name"]}
                    if clan is not None
                    else {}
                ),
                "leagueTrophies": world.lives.trophies(member, until),
                "attackWinCount": wins,
                "attackLoseCount": attacks - wins,
                "defenseWinCount": len(won) - wins,
                "defenseLoseCount": len(battles) - attacks - (len(won) - wins),
            }
        )
    battles = [battle for battle in world.lives.week(tag, season).battles if battle.when <= until]
    return {
        "members": members,
        "attackLogs": [group_row(world, battle, now) for battle in battles if battle.attack],
        "defenseLogs": [group_row(world, battle, now) for battle in battles if not battle.attack],
    }


def group_row(world: World, battle: RankedBattle, now: float) -> Json:
    """An attack or defense of the ranked league; times here are of the extended format."""
    opponent = world.members[battle.opponent]
    return {
        "opponentPlayerTag": opponent,
        "opponentName": world.name(opponent, now),
        "stars": battle.stars,
        "destructionPercentage": battle.destruction,
        "trophies": battle.trophies,
        "creationTime": extended(battle.when),
    }
