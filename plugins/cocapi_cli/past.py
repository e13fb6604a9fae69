"""What a clan has done: its wars, and its raid weekends."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from cocapi import Json
from cocapi_cli.panels import amount, in_game_words, moment, part, parts, percent, table, text

__all__ = ["raids", "wars"]

RESULTS = {"win": "won", "lose": "lost", "tie": "drawn"}
STYLES = {"win": "green", "lose": "red"}
STATES = {"ongoing": "on", "ended": "over"}


def wars(answer: Json) -> RenderableType:
    """The war log, newest first; a league season has one line, without opponent."""
    items = parts(answer, "items")
    if not items:
        return Text("The clan has fought no war.")
    sheet = table(
        "Ended",
        "Result",
        "Opponent",
        "Tag",
        "Size",
        "Stars",
        "%",
        "Attacks",
        right=("Size", "Stars", "%", "Attacks"),
        folds=("Opponent",),
        spare=("Attacks", "Size", "%"),
    )
    for war in items:
        ours, theirs = part(war, "clan"), part(war, "opponent")
        league = not theirs.get("tag")
        result = war.get("result")
        sheet.add(
            text(day(war.get("endTime"))),
            text(in_game_words(RESULTS, result), STYLES.get(str(result), "")),
            text("(war league)" if league else theirs.get("name")),
            text(theirs.get("tag"), "cyan"),
            text(war.get("teamSize")),
            text(amount(ours, "stars") if league else f"{amount(ours, 'stars')} : {amount(theirs, 'stars')}"),
            text(percent(ours, "destructionPercentage")),
            text(amount(ours, "attacks")),
        )
    return sheet


def raids(answer: Json) -> RenderableType:
    """The raid weekends, newest first."""
    items = parts(answer, "items")
    if not items:
        return Text("The clan has raided no capital.")
    sheet = table(
        "Began",
        "State",
        "Loot",
        "Raids",
        "Attacks",
        "Districts",
        "Members",
        "Offense medals",
        "Defense medals",
        right=("Loot", "Raids", "Attacks", "Districts", "Members", "Offense medals", "Defense medals"),
        spare=("Defense medals", "Members", "Attacks"),
    )
    for season in items:
        sheet.add(
            text(day(season.get("startTime"))),
            text(in_game_words(STATES, season.get("state"))),
            *(
                text(amount(season, key))
                for key in ("capitalTotalLoot", "raidsCompleted", "totalAttacks", "enemyDistrictsDestroyed")
            ),
            text(len(parts(season, "members"))),
            text(amount(season, "offensiveReward")),
            text(amount(season, "defensiveReward")),
        )
    return sheet


def day(when: object) -> str:
    """The day of a time of the API, in UTC; as it came when it is none."""
    return moment(when).split(" ")[0]
