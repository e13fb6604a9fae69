"""The command ``cocapi new-plugin``."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from cocapi import CommandLine
from cocapi_scaffold.distribution import Distribution

__all__ = ["new_plugin"]


def new_plugin(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Of the plugin: small letters, digits and underscores.")],
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Where to write it; cocapi-NAME, here, if left out.")
    ] = None,
) -> None:
    """Begin a plugin of yours. It is a distribution with a hook, options, tests, checks and a README."""
    line: CommandLine = context.obj
    try:
        distribution = Distribution(name)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="NAME") from error
    if name in line.plugins:
        raise typer.BadParameter(f"there is a plugin of that name already: {name!r}", param_hint="NAME")
    written = distribution.write(folder or Path(distribution.project))
    line.show(
        {"folder": str(written), "plugin": name, "distribution": distribution.project},
        lambda _: (
            f"{written} is a plugin that works: python -m pip install -e {quote(str(written))}; "
            "its README says how to check it"
        ),
    )
