"""The commands that ask the API, and the one that lists the plugins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from cocapi import ConfigError, Json, PluginRecord
from cocapi.calls.hooks import HOOKS
from cocapi.options.declared import REQUIRED, Option, declared, variable
from cocapi.options.marks import HIDDEN
from cocapi.plugins import Plugins
from cocapi_cli import screen
from cocapi_cli.app import Session
from cocapi_cli.many import players, print_pages

__all__ = ["add_to"]

AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
Tag = Annotated[str, typer.Argument(help="Such as '#2PP'; the # may be left out.")]


def add_to(app: typer.Typer) -> None:
    """Add them all."""
    for command in (clan, player, players, war, members, search, get, plugins):
        app.command()(command)


def clan(context: typer.Context, tag: Tag, as_json: AsJson = False) -> None:
    """Show a clan and its members."""
    show(context, as_json, ask(context, "clan_tag", tag), "clan")


def player(context: typer.Context, tag: Tag, as_json: AsJson = False) -> None:
    """Show a player."""
    show(context, as_json, ask(context, "players", tag), "player")


def war(context: typer.Context, tag: Tag, as_json: AsJson = False) -> None:
    """Show the war a clan is in."""
    show(context, as_json, ask(context, "clan_current_war", tag), "war")


def members(
    context: typer.Context,
    tag: Tag,
    limit: Annotated[int | None, typer.Option(help="How many at most.", min=1)] = None,
    as_json: AsJson = False,
) -> None:
    """List the members of a clan."""
    paging = {} if limit is None else {"limit": limit}
    show(context, as_json, ask(context, "clan_members", tag, **paging), "members")


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
    as_json: AsJson = False,
) -> None:
    """Search clans by name and by what they are like."""
    filters = {
        "min_members": min_members,
        "max_members": max_members,
        "min_clan_level": min_level,
        "min_clan_points": min_points,
        "location_id": location,
        "war_frequency": war_frequency,
        "label_ids": labels,
    }
    show(context, as_json, ask(context, "clan", name, limit, **filters), "clans")


def get(
    context: typer.Context,
    path: Annotated[str, typer.Argument(help="Such as '/clans/#2PP/warlog?limit=3'.")],
    every_page: Annotated[
        bool, typer.Option("--all", help="Walk through all pages of a list; one item a line.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ask for any path of the API and print the answer as JSON."""
    if every_page:
        print_pages(context.obj, path)
        return
    print_json(ask(context, "custom_endpoint", path))


def plugins(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Only this one, with its options.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the plugins: whether they are on and why, and in which order their hooks are asked."""
    session: Session = context.obj
    found = Plugins(session.config)
    if name is not None:
        show(context, as_json, described(found, name), "plugin")
        return
    order = {
        hook: [one.record.name for one in getattr(found.hooks, hook)]
        for hook in HOOKS
        if getattr(found.hooks, hook)
    }
    show(context, as_json, {"plugins": list(map(row_of, found.records)), "hooks": order}, "plugins")


def row_of(record: PluginRecord) -> Json:
    """What the listing says of a plugin."""
    return {
        "name": record.name,
        "distribution": record.distribution,
        "version": record.version,
        "on": record.on,
        "why": record.why,
        "hooks": list(record.hooks),
        "load_ms": record.load_ms,
    }


def described(found: Plugins, name: str) -> Json:
    """What the listing says of one plugin, and its options; secrets are not shown.

    Raises:
        ConfigError: There is none of this name.
    """
    record = next((record for record in found.records if record.name == name), None)
    if record is None:
        raise ConfigError(found.absence(name))
    options = [
        {
            "name": option.name,
            "value": shown(option, getattr(record.options, option.name)),
            "default": shown(option, option.default),
            "allowed": option.kind.words,
            "variable": variable(name, option.name),
        }
        for option in (declared(type(record.options)).values() if record.options is not None else ())
    ]
    return {**row_of(record), "options": options}


def shown(option: Option, value: object) -> str:
    """A value of an option, or none where it has no default."""
    if value is REQUIRED:
        return ""
    return HIDDEN if option.secret and value is not None else repr(value)


def ask(context: typer.Context, method: str, *args: Any, **kwargs: Any) -> Json:
    """Make one call with the client that the options ask for.

    Raises:
        CocApiError, ConfigError: to be told by the program.
    """
    session: Session = context.obj
    with session.client() as api:
        call: Callable[..., Json] = getattr(api, method)
        return call(*args, **kwargs)


def show(context: typer.Context, as_json: bool, answer: Json, panel: str) -> None:
    """Print an answer: as JSON, or as the panel of that name."""
    session: Session = context.obj
    if as_json or session.json:
        print_json(answer)
        return
    from cocapi_cli import panels  # rich is not needed for JSON

    panels.show(getattr(panels, panel)(answer), session.color)


def print_json(answer: Json) -> None:
    """The answer on standard output."""
    screen.write(screen.as_json(answer, indent=2))
