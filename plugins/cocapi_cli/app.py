"""The program: its options, its commands from every plugin, and how it ends."""

from __future__ import annotations

import functools
import os
import sys
import warnings
from dataclasses import dataclass
from typing import Annotated, Any, TextIO

import typer
from typer.core import TyperGroup

from cocapi import ApiConfig, CocApi, CocApiError, ConfigError, Json, MissingToken, PluginError, __version__
from cocapi.calls.hooks import notify
from cocapi.plugins import Plugins
from cocapi.text import bare, printable
from cocapi_cli import screen

__all__ = ["Session", "run"]

HOW_TO_GET_IN = (
    "no token: set COCAPI_TOKEN to one from https://developer.clashofclans.com, pass --token, "
    "or try --sandbox, which needs none"
)


@dataclass
class Session:
    """What the options before a command say.

    token:
        None: there is none.
    json:
        Print answers as JSON.
    """

    config: ApiConfig
    token: str | None
    json: bool
    color: bool | None

    def client(self) -> CocApi:
        """A client for one call: errors raise, and the token is not verified beforehand.

        Raises:
            MissingToken: without a token, where no plugin gives one.
        """
        try:
            return CocApi(self.token, config=self.config)
        except MissingToken:
            raise MissingToken(HOW_TO_GET_IN) from None


WrongUsage: type[Exception] = typer.BadParameter.__bases__[0]
"""The parent of what typer raises for wrong usage, which it exports under no name."""


class Program(TyperGroup):
    """The program, told how to end: 1 for an error; Ctrl-C is for whoever started it."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the program and end the process. Wrong usage is told as typer does, made visible."""
        try:
            status = super().main(*args, **{**extra, "standalone_mode": False})
        except WrongUsage as error:
            error.message = printable(error.message, screen.LONGEST)  # type: ignore[attr-defined]  # click's
            error.show()  # type: ignore[attr-defined]
            sys.exit(2)
        sys.exit(status if isinstance(status, int) else 0)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; tell of what goes wrong in one sentence."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            raise typer.Exit(0) from None
        except (CocApiError, ConfigError, OSError, ValueError) as error:
            if isinstance(error, OSError) and error.filename is None and not isinstance(error, CocApiError):
                raise  # of standard output, which is for whoever prepared it
            raise typer.Exit(failed(error, as_json="--json" in sys.argv)) from None
        return result


def run() -> int:
    """Run the program with the arguments of the process; the exit status."""
    warnings.showwarning = show_warning
    try:
        build(ApiConfig.load(base_url=ApiConfig.base_url))(prog_name="cocapi")  # commands need no address
    except SystemExit as end:
        if end.code == 130:  # typer's word for Ctrl-C
            raise KeyboardInterrupt from None
        return end.code if isinstance(end.code, int) else 0
    except ConfigError as error:
        return failed(error, as_json="--json" in sys.argv)
    return 0


def build(config: ApiConfig) -> typer.Typer:
    """The program with the commands that every plugin adds."""
    app = typer.Typer(
        cls=Program,
        no_args_is_help=True,
        invoke_without_command=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(options)
    notify(Plugins(config).hooks.cocapi_commands, app)
    return app


def options(
    context: typer.Context,
    token: Annotated[
        str | None,
        typer.Option(
            help="The API token; '-': read from standard input. Others can see it: better set COCAPI_TOKEN."
        ),
    ] = None,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Ask the local sandbox; needs no token.")
    ] = False,
    base_url: Annotated[
        str | None, typer.Option(help="Ask this address instead of the official one.")
    ] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds for one attempt.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours.")] = False,
    config: Annotated[str | None, typer.Option(help="Read settings from this file.")] = None,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Ask the Clash of Clans API."""
    if version:
        typer.echo(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        context.fail("Missing command.")
    settings: dict[str, Any] = {"raise_errors": True, "verify_token": False}
    if sandbox or base_url:
        settings["base_url"] = "sandbox://" if sandbox else base_url
    if timeout is not None:
        settings["timeout"] = timeout
    if token == "-":  # noqa: S105  # means standard input
        token = sys.stdin.readline() if sys.stdin else ""
    token = bare(token or "") or bare(os.environ.get("COCAPI_TOKEN", "")) or None
    loaded = ApiConfig.load(config, **settings)
    context.obj = Session(loaded, token, as_json, False if no_color else None)


def failed(error: Exception, *, as_json: bool) -> int:
    """Tell of an error in one sentence, or as JSON on standard output; returns the exit status."""
    if as_json:
        known = isinstance(error, CocApiError)
        answer: Json = error.as_dict() if known else {"result": "error", "message": str(error)}  # type: ignore[attr-defined]  # known
        screen.write(screen.as_json(answer, indent=2))
    else:
        said = (
            error.message if isinstance(error, CocApiError) and not isinstance(error, PluginError) else error
        )
        screen.say(f"error: {said}")
    return 1


def show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A warning as one line on standard error, once; those for developers are not shown."""
    if not issubclass(category, DeprecationWarning | ResourceWarning):
        say_once(f"warning: {message}")


@functools.cache
def say_once(line: str) -> None:
    """Say what has not been said yet: the program, and then a command, read settings and make plugins."""
    screen.say(line)
