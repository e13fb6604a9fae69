"""The commands that ask the API."""

from __future__ import annotations

from typing import Annotated

import typer

from cocapi_cli import clans, lists
from cocapi_cli.asking import Tag, show
from cocapi_cli.listing import plugins
from cocapi_cli.many import players, show_pages
from cocapi_cli.store import store

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add them all."""
    for name in clans.__all__:
        app.command()(getattr(clans, name))
    for about_players in (player, players, verify_token):
        app.command()(about_players)
    for name in lists.__all__:
        app.command()(getattr(lists, name))
    app.command()(get)
    app.command()(plugins)
    app.add_typer(store, name="store")


def player(context: typer.Context, tag: Tag) -> None:
    """Show a player."""
    show(context, "player", "players", tag)


def verify_token(
    context: typer.Context,
    player_tag: Tag,
    player_token: Annotated[str, typer.Argument(help="From the settings of the game; good for one use.")],
) -> None:
    """Say whether a player's token is right."""
    show(context, "verified", "verify_player_token", player_tag, player_token)


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
