"""The commands about clans, their wars and their raids."""

from __future__ import annotations

from typing import Annotated

import typer

from cocapi import CommandLine
from cocapi_cli.asking import Limit, Tag, show
from cocapi_cli.drawn import drawn
from cocapi_cli.places import place

__all__ = ["clan", "cwl", "cwl_war", "members", "raids", "search", "war", "warlog"]

FREQUENCIES = ("always", "moreThanOncePerWeek", "oncePerWeek", "lessThanOncePerWeek", "never", "unknown")
"""What clans say of how often they are at war."""


def clan(context: typer.Context, tag: Tag) -> None:
    """Show a clan and its members."""
    show(context, "clan", "clan_tag", tag)


def members(context: typer.Context, tag: Tag, limit: Limit = None) -> None:
    """List the members of a clan."""
    show(context, "members", "clan_members", tag, limit=limit)


def war(context: typer.Context, tag: Tag) -> None:
    """Show the war a clan is in."""
    show(context, "war", "clan_current_war", tag)


def warlog(context: typer.Context, tag: Tag, limit: Limit = 20) -> None:
    """List the wars a clan has fought."""
    show(context, "past.wars", "clan_war_log", tag, limit=limit)


def raids(context: typer.Context, tag: Tag, limit: Limit = 5) -> None:
    """List the raid weekends of a clan."""
    show(context, "past.raids", "clan_capitalraidseasons", tag, limit=limit)


def cwl(context: typer.Context, tag: Tag) -> None:
    """Show the clan war league that a clan is in."""
    line: CommandLine = context.obj
    if line.json:
        show(context, None, "clan_leaguegroup", tag)
        return
    with line.client() as api:
        league = api.league_wars(tag)
    line.show(league, drawn("warleague.standings"))


def cwl_war(
    context: typer.Context,
    war_tag: Annotated[str, typer.Argument(help="Of a war of the league; 'cocapi cwl' lists them.")],
) -> None:
    """Show one war of the clan war league."""
    show(context, "war", "warleague", war_tag)


def search(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="At least 3 characters of the name.")] = "",
    limit: Limit = 10,
    min_members: Annotated[int | None, typer.Option(min=1, max=50)] = None,
    max_members: Annotated[int | None, typer.Option(min=1, max=50)] = None,
    min_level: Annotated[int | None, typer.Option(min=1)] = None,
    min_points: Annotated[int | None, typer.Option(min=1)] = None,
    location: Annotated[
        str | None,
        typer.Option("--location", "--location-id", metavar="PLACE", help="Such as France, FR or 32000087."),
    ] = None,
    war_frequency: Annotated[
        str | None,
        typer.Option(help="always, oncePerWeek, never, …", autocompletion=lambda: list(FREQUENCIES)),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option("--labels", "--label-ids", help="Ids with commas: 'cocapi labels clans' lists them."),
    ] = None,
) -> None:
    """Search clans by name and properties."""
    show(
        context,
        "clans",
        "clan",
        name,
        limit,
        min_members=min_members,
        max_members=max_members,
        min_clan_level=min_level,
        min_clan_points=min_points,
        location_id=place(location) if location else None,
        war_frequency=war_frequency,
        label_ids=labels,
    )
