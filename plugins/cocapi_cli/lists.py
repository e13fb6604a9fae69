"""The commands about leagues, locations, labels and rankings."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cocapi_cli.asking import Limit, listed_by, show
from cocapi_cli.places import ALL_PLACES, EVERYWHERE, place

__all__ = [
    "builder_base_leagues",
    "capital_leagues",
    "goldpass",
    "labels",
    "league",
    "league_seasons",
    "league_tiers",
    "leagues",
    "location",
    "locations",
    "rankings",
    "war_leagues",
]

OneOf = Annotated[str | None, typer.Argument(metavar="[ID]", help="Only this one.")]

RANKINGS = {
    "clans": "location_id_clan_rank",
    "players": "location_id_player_rank",
    "clans-builder-base": "location_clans_builder_base",
    "players-builder-base": "location_players_builder_base",
    "capitals": "location_capital_rankings",
}
"""What there are rankings of, and the method that asks for it."""


class Labelled(StrEnum):
    """What carries labels."""

    clans = "clans"
    players = "players"


def league(context: typer.Context, league_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Show a league of before October 2025."""
    with listed_by("leagues"):
        show(context, "named.one", "league_id", league_id)


def leagues(context: typer.Context, limit: Limit = None) -> None:
    """List the leagues of before October 2025. Today's are in 'league-tiers'."""
    show(context, "named.many", "league", limit=limit)


def league_seasons(
    context: typer.Context,
    league_id: Annotated[str, typer.Argument(metavar="ID", help="29000022: the Legend League.")],
    season_id: Annotated[str | None, typer.Argument(metavar="[SEASON]", help="Such as 2025-01.")] = None,
    limit: Limit = 50,
) -> None:
    """List the seasons of a league, or how one ended."""
    if season_id is None:
        with listed_by("leagues"):
            show(context, "named.seasons", "league_season", league_id, limit=limit)
    else:
        with listed_by(f"league-seasons {league_id}"):
            show(context, "rankings.players", "league_season_id", league_id, season_id, limit=limit)


def league_tiers(context: typer.Context, tier: OneOf = None, limit: Limit = 50) -> None:
    """List the tiers of the ranked league."""
    one_or_all(context, "league-tiers", tier, limit)


def war_leagues(context: typer.Context, league: OneOf = None, limit: Limit = 50) -> None:
    """List the leagues of clan wars."""
    one_or_all(context, "war-leagues", league, limit)


def capital_leagues(context: typer.Context, league: OneOf = None, limit: Limit = 50) -> None:
    """List the leagues of clan capitals."""
    one_or_all(context, "capital-leagues", league, limit)


def builder_base_leagues(context: typer.Context, league: OneOf = None, limit: Limit = 50) -> None:
    """List the leagues of the builder base."""
    one_or_all(context, "builder-base-leagues", league, limit)


def one_or_all(context: typer.Context, command: str, ident: str | None, limit: int | None) -> None:
    """Show what has an id, or the list; methods are called as commands are, without the hyphens."""
    method = command.replace("-", "")
    if ident is None:
        show(context, "named.many", method, limit=limit)
    else:
        with listed_by(command):
            show(context, "named.one", f"{method}_id", ident)


def location(
    context: typer.Context,
    location_id: Annotated[
        str, typer.Argument(metavar="PLACE", help="An id, a name or the code of a country.")
    ],
) -> None:
    """Show a country or region."""
    with listed_by(ALL_PLACES):
        show(context, "named.one", "location_id", place(location_id))


def locations(context: typer.Context, limit: Limit = 50) -> None:
    """List countries and regions."""
    show(context, "named.many", "location", limit=limit)


def labels(context: typer.Context, of: Annotated[Labelled, typer.Argument(metavar="clans|players")]) -> None:
    """List the labels that clans or players can carry."""
    show(context, "named.many", f"labels_{of.value}")


def goldpass(context: typer.Context) -> None:
    """Show when the gold pass season begins and ends."""
    show(context, "named.season", "goldpass")


def rankings(
    context: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[PLACE] KIND",
            help=f"KIND: {', '.join(RANKINGS)}. PLACE: such as France, FR, 32000087 or {EVERYWHERE}.",
            autocompletion=lambda: list(RANKINGS),
        ),
    ],
    location: Annotated[
        str | None,
        typer.Option(
            "--location", "--location-id", metavar="PLACE", help=f"Of which country. [default: {EVERYWHERE}]"
        ),
    ] = None,
    limit: Limit = 20,
) -> None:
    """Show who is best, in a country or in the world."""
    kinds = [word for word in words if word in RANKINGS]
    places = [word for word in words if word not in RANKINGS] + ([location] if location else [])
    if len(kinds) != 1:
        raise typer.BadParameter(f"name one of {', '.join(RANKINGS)}", param_hint="KIND")
    if len(places) > 1:
        raise typer.BadParameter(f"these are several: {', '.join(places)}", param_hint="PLACE")
    kind = kinds[0]
    view = f"rankings.{kind.replace('-', '_')}"
    with listed_by(ALL_PLACES):
        show(context, view, RANKINGS[kind], place(*places or (EVERYWHERE,)), limit=limit)
