"""Plugin ``scaffold``: the command ``cocapi new-plugin``, which begins a distribution of yours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocapi import ApiConfig, hookimpl
from cocapi.options import NoOptions

if TYPE_CHECKING:
    import typer

__all__ = ["Scaffold"]


class Scaffold:
    """Has a command, and no part in calls."""

    def __init__(self, config: ApiConfig, options: NoOptions | None = None) -> None: ...

    @hookimpl
    def cocapi_commands(self, app: typer.Typer) -> None:
        """``cocapi new-plugin``."""
        from cocapi_scaffold.commands import new_plugin

        app.command()(new_plugin)
