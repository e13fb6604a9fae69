"""What commands that ask the API share: their usual arguments, and one call shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from cocapi import BadRequest, CocApi, CommandLine, Json, NotFound
from cocapi_cli.drawn import drawn

__all__ = ["Limit", "Tag", "listed_by", "show"]

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


@contextmanager
def listed_by(command: str) -> Iterator[None]:
    """Let the error about an id that there is not name the command that lists those there are.

    Args:
        command: With its arguments, as in ``"war-leagues"``.
    """
    try:
        yield
    except (BadRequest, NotFound) as error:
        error.message += f"; 'cocapi {command}' lists them"
        raise


def settled(arg: Any, api: CocApi) -> Any:
    """An argument, which a function gets of the client."""
    return arg(api) if callable(arg) else arg
