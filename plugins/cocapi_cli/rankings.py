"""Rankings as tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.text import Text

from cocapi import Json
from cocapi_cli.panels import amount, name_in, parts, table, text, tier
from cocapi_cli.sheets import Sheet

__all__ = ["capitals", "clans", "clans_builder_base", "players", "players_builder_base"]


def rise(item: Json) -> Text:
    """How many places somebody has gone up or down since the ranking before."""
    rank, before = item.get("rank"), item.get("previousRank")
    if not isinstance(rank, int) or not isinstance(before, int) or before <= 0:
        return Text("new" if before in (-1, 0) else "", "dim")
    if rank == before:
        return Text("=", "dim")
    return Text(f"▲{before - rank}", "green") if rank < before else Text(f"▼{rank - before}", "red")


def ranking(answer: Json, what: str, *columns: tuple[str, Callable[[Json], Any]]) -> Sheet | Text:
    """Place, name and tag, and then what is told of each in `columns`.

    Args:
        what: The header of the number that decides, the first of `columns`.
    """
    items = parts(answer, "items")
    if not items:
        return Text("Nobody is ranked.")
    headers = [what, *(header for header, _ in columns[1:])]
    sheet = table(
        "#",
        "+/-",
        "Name",
        "Tag",
        *headers,
        right=("#", "+/-", what, "Level", "Members"),
        folds=("Name", "Clan", "League", "Location"),
        spare=("+/-", *headers[1:]),
    )
    for place, item in enumerate(items, 1):
        sheet.add(
            text(item.get("rank", place)),
            rise(item),
            text(item.get("name"), "bold"),
            text(item.get("tag"), "cyan"),
            *(text(cell(item)) for _, cell in columns),
        )
    return sheet


def clan_ranking(answer: Json, points: str) -> Sheet | Text:
    """Clans by their points."""
    return ranking(
        answer,
        "Points",
        ("", lambda item: amount(item, points)),
        ("Level", lambda item: item.get("clanLevel")),
        ("Members", lambda item: item.get("members")),
        ("Location", lambda item: name_in(item, "location")),
    )


def player_ranking(answer: Json, trophies: str, league: Callable[[Json], str]) -> Sheet | Text:
    """Players by their trophies."""
    return ranking(
        answer,
        "Trophies",
        ("", lambda item: amount(item, trophies)),
        ("Clan", lambda item: name_in(item, "clan")),
        ("League", league),
    )


def clans(answer: Json) -> Sheet | Text:
    """Clans of the home village."""
    return clan_ranking(answer, "clanPoints")


def clans_builder_base(answer: Json) -> Sheet | Text:
    """Clans of the builder base."""
    return clan_ranking(answer, "clanBuilderBasePoints")


def capitals(answer: Json) -> Sheet | Text:
    """Clan capitals."""
    return clan_ranking(answer, "clanCapitalPoints")


def players(answer: Json) -> Sheet | Text:
    """Players of the home village, now or when a season ended."""
    return player_ranking(answer, "trophies", tier)


def players_builder_base(answer: Json) -> Sheet | Text:
    """Players of the builder base."""
    return player_ranking(answer, "builderBaseTrophies", lambda item: name_in(item, "builderBaseLeague"))
