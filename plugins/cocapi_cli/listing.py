"""The command that lists the plugins."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated

import typer

from cocapi import ApiConfig, CocApiError, CommandLine, ConfigError, Json, PluginRecord
from cocapi.calls.hooks import HOOKS
from cocapi.options.declared import REQUIRED, Option, declared, variable
from cocapi.options.marks import HIDDEN
from cocapi.plugins import Plugins
from cocapi_cli.drawn import drawn

__all__ = ["plugins"]


def plugins(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Only this one, with its options.")] = None,
) -> None:
    """List the plugins, and the order of hooks."""
    line: CommandLine = context.obj
    known = plugins_of(line)
    if name is not None:
        line.show(described(known, name), drawn("plugin"))
        return
    hooks = {hook: getattr(known.hooks, hook) for hook in HOOKS}
    order = {hook: [one.record.name for one in asked] for hook, asked in hooks.items() if asked}
    line.show({"plugins": list(map(row_of, known.records)), "hooks": order}, drawn("plugins"))


def plugins_of(line: CommandLine) -> Plugins:
    """The plugins; where the settings make no sense, a line says so and those without them are listed."""
    try:
        return line.plugins
    except (CocApiError, ConfigError) as error:
        line.say(f"warning: {error}; these are the plugins without your settings")
        return Plugins(ApiConfig())


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
    if option.secret and value is not None:
        return HIDDEN
    return repr(str(value) if isinstance(value, PurePath) else value)
