"""The clan war league of a clan: the table of its group, and its own wars."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from cocapi import Json
from cocapi.game import LeagueWars
from cocapi_cli.panels import STATES, amount, framed, in_game_words, moment, part, table, text
from cocapi_cli.sheets import Sheet

__all__ = ["standings"]


def standings(league: LeagueWars[Any, Any] | None) -> RenderableType:
    """The table so far, and the war of the clan in each round."""
    if league is None:
        return Text("The clan is in no clan war league now.")
    season = str(league.group.get("season", ""))
    own = own_wars(league)
    content = (
        Group(group_table(league), "", Text("Its wars", "bold"), own) if own.rows else group_table(league)
    )
    return framed(content, Text.assemble(" ", text("Clan war league"), "  ", text(season, "cyan"), " "))


def group_table(league: LeagueWars[Any, Any]) -> Sheet:
    """A row for each clan of the group; the clan that was asked for stands out."""
    sheet = table(
        "#",
        "Clan",
        "Tag",
        "Stars",
        "%",
        "Won",
        "Lost",
        "Attacks",
        "Missed",
        right=("#", "Stars", "%", "Won", "Lost", "Attacks", "Missed"),
        folds=("Clan",),
        spare=("Attacks", "Missed", "%"),
    )
    for row in league.standings:
        sheet.add(
            text(row.rank),
            text(row.name, "bold" if row.tag == league.clan_tag else ""),
            text(row.tag, "cyan"),
            text(row.stars),
            text(f"{row.destruction:,.0f}"),
            text(row.won),
            text(row.lost),
            text(row.attacks),
            text(row.missed),
        )
    return sheet


def own_wars(league: LeagueWars[Any, Any]) -> Sheet:
    """A row for each round that has been drawn, with the tag that ``cocapi cwl-war`` takes."""
    sheet = table(
        "Round",
        "War",
        "Opponent",
        "Stars",
        "State",
        "Ends",
        right=("Round",),
        folds=("Opponent", "Ends"),
        spare=("Ends", "State"),
    )
    for number, (war, wars) in enumerate(zip(league.own, league.rounds, strict=True), 1):
        if war is not None:
            sheet.add(text(number), text(next(iter(wars)), "cyan"), *score(war))
    return sheet


def score(war: Json) -> tuple[Text, Text, Text, Text]:
    """Opponent, stars, state and end of a war."""
    ours, theirs = part(war, "clan"), part(war, "opponent")
    return (
        text(theirs.get("name")),
        text(f"{amount(ours, 'stars')} : {amount(theirs, 'stars')}"),
        text(in_game_words(STATES, war.get("state"))),
        text(moment(war.get("endTime"))),
    )
