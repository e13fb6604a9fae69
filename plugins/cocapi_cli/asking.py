"""What commands that ask the API share: their usual arguments, and one call shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from cocapi import CocApi, CommandLine, Json
from cocapi_cli.drawn import drawn

__all__ = ["Limit", "Tag", "show"]

Tag = Annotated[str, typer.Argument(help="Such as '#2PP'; the # may be left out.")]
Limit = Annotated[int | None, typer.Option("--limit", "-l", help="How many at most.", min=1)]


def show(context: typer.Context, view: str | None, method: str, *args: Any, **kwargs: Any) -> None:
    """Make one call with the client that the options ask for, and show its answer.

    Args:
        view: What draws it for people, see `drawn`; None: JSON.
        method: Of the client.
        *args: For it. A function is called with the client, and gives what is passed.
        **kwargs: The same; those that are None are not passed.

    Raises:
        CocApiError, ConfigError: To be told by the program.
    """
    line: CommandLine = context.obj
    given = {name: value for name, value in kwargs.items() if value is not None}
    with line.client() as api:
        call: Callable[..., Json] = getattr(api, method)
        answer = call(
            *(settled(arg, api) for arg in args), **{name: settled(given[name], api) for name in given}
        )
    line.show(answer, drawn(view) if view else None)


def settled(arg: Any, api: CocApi) -> Any:
    """An argument, which a function gets of the client."""
    return arg(api) if callable(arg) else arg
