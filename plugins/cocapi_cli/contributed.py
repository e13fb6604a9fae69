"""The commands that plugins contribute."""

from __future__ import annotations

import warnings
from typing import Any

import typer
from typer.main import get_group

from cocapi import PluginRecord, PluginWarning
from cocapi.calls.hooks import Implementation, warn
from cocapi.plugins import Plugins

__all__ = ["contributed"]


def contributed(plugins: Plugins) -> dict[str, Any]:
    """The commands by name. Of several with one name, the one of cocapi itself stays, else that of the plugin
    that is asked first; of each that is left out a warning names both."""
    commands: dict[str, Any] = {}
    owners: dict[str, PluginRecord] = {}
    hooks = sorted(plugins.hooks.cocapi_commands, key=lambda hook: hook.record.distribution != "cocapi")
    for hook in hooks:
        for name, command in commands_of(hook).items():
            if name in commands:
                message = f"the command {name!r} of {hook.record} is left out: {owners[name]} has it"
                warnings.warn(message, PluginWarning, stacklevel=2)
            else:
                commands[name], owners[name] = command, hook.record
    return commands


def commands_of(hook: Implementation) -> dict[str, Any]:
    """The commands of one plugin; none, and a line in the log, when it raises or typer cannot make commands
    of what it added."""
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    try:
        hook.function(app)
        return dict(get_group(app).commands)
    except Exception as error:
        warn(hook.blame(f"{type(error).__name__}: {error}"), error)
        return {}
