"""The commands that ask the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from cocapi import CommandLine, Json
from cocapi_cli.drawn import drawn
from cocapi_cli.listing import plugins
from cocapi_cli.many import players, show_pages
from cocapi_cli.store import store

__all__ = ["add_to"]

Tag = Annotated[str, typer.Argument(help="Such as '#2PP'; the # may be left out.")]


def add_to(app: typer.Typer) -> None:
    """Add them all."""
    for command in (clan, player, players, war, members, search, get, plugins):
        app.command()(command)
    app.add_typer(store, name="store")


def clan(context: typer.Context, tag: Tag) -> None:
    """Show a clan and its members."""
    show(context, "clan", "clan_tag", tag)


def player(context: typer.Context, tag: Tag) -> None:
    """Show a player."""
    show(context, "player", "players", tag)


def war(context: typer.Context, tag: Tag) -> None:
    """Show the war a clan is in."""
    show(context, "war", "clan_current_war", tag)


def members(
    context: typer.Context,
    tag: Tag,
    limit: Annotated[int | None, typer.Option(help="How many at most.", min=1)] = None,
) -> None:
    """List the members of a clan."""
    paging = {} if limit is None else {"limit": limit}
    show(context, "members", "clan_members", tag, **paging)


def search(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="At least 3 characters of the name.")] = "",
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = 10,
    min_members: Annotated[int | None, typer.Option(min=1, max=50)] = None,
    max_members: Annotated[int | None, typer.Option(min=1, max=50)] = None,
    min_level: Annotated[int | None, typer.Option(min=1)] = None,
    min_points: Annotated[int | None, typer.Option(min=1)] = None,
    location: Annotated[int | None, typer.Option(help="The id of a location.")] = None,
    war_frequency: Annotated[str | None, typer.Option(help="always, oncePerWeek, never, …")] = None,
    labels: Annotated[str | None, typer.Option(help="Ids of labels, with commas.")] = None,
) -> None:
    """Search clans by name and properties."""
    filters = {
        "min_members": min_members,
        "max_members": max_members,
        "min_clan_level": min_level,
        "min_clan_points": min_points,
        "location_id": location,
        "war_frequency": war_frequency,
        "label_ids": labels,
    }
    show(context, "clans", "clan", name, limit, **filters)


def get(
    context: typer.Context,
    path: Annotated[str, typer.Argument(help="Such as '/clans/#2PP/warlog?limit=3'.")],
    every_page: Annotated[
        bool, typer.Option("--all", help="Walk through all pages of a list; one item a line.")
    ] = False,
) -> None:
    """Ask for any path of the API; prints JSON."""
    if every_page:
        show_pages(context.obj, path)
        return
    show(context, None, "custom_endpoint", path)


def show(context: typer.Context, view: str | None, method: str, *args: Any, **kwargs: Any) -> None:
    """Make one call with the client that the options ask for, and show its answer.

    Args:
        view: The panel for people; None: JSON.
        method: Of the client.

    Raises:
        CocApiError, ConfigError: To be told by the program.
    """
    line: CommandLine = context.obj
    with line.client() as api:
        call: Callable[..., Json] = getattr(api, method)
        answer = call(*args, **kwargs)
    line.show(answer, drawn(view) if view else None)
