"""The program: its options, its commands from every plugin, and how it ends."""

from __future__ import annotations

import json
import os
import sys
import warnings
from dataclasses import dataclass
from typing import Annotated, Any, TextIO

import typer
from typer.core import TyperGroup

from cocapi import ApiConfig, CocApi, CocApiError, ConfigError, Json, PluginError, __version__
from cocapi.plugins import Plugins, tell

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
            ConfigError: without a token.
        """
        if self.token is None:
            raise ConfigError(HOW_TO_GET_IN)
        return CocApi(self.token, config=self.config)


class Program(TyperGroup):
    """The program, told how to end: 1 for an error, 130 for Ctrl-C; wrong usage (2) is typer's own."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; tell of what goes wrong in one sentence."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except KeyboardInterrupt:
            sys.stderr.write("interrupted\n")
            raise typer.Exit(130) from None
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the exit is quiet
            raise typer.Exit(0) from None
        except (CocApiError, ConfigError, OSError, ValueError) as error:
            raise typer.Exit(failed(error, as_json="--json" in sys.argv)) from None
        return result


def run() -> None:
    """Run the program with the arguments of the process, and end the process."""
    warnings.showwarning = show_warning
    try:
        app = build(ApiConfig.load())
    except ConfigError as error:
        sys.exit(failed(error, as_json="--json" in sys.argv))
    app(prog_name="cocapi")


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
    tell(Plugins(config).hooks.cocapi_commands, app)
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
        token = sys.stdin.readline().strip()
    token = token or os.environ.get("COCAPI_TOKEN") or ("sandbox" if sandbox else None)
    loaded = ApiConfig.load(config, **settings)
    context.obj = Session(loaded, token, as_json, False if no_color else None)


def failed(error: Exception, *, as_json: bool) -> int:
    """Tell of an error in one sentence, or as JSON on standard output; returns the exit status."""
    if as_json:
        known = isinstance(error, CocApiError)
        answer: Json = error.as_dict() if known else {"result": "error", "message": str(error)}  # type: ignore[attr-defined]  # known
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
    else:
        said = (
            error.message if isinstance(error, CocApiError) and not isinstance(error, PluginError) else error
        )
        sys.stderr.write(f"error: {' '.join(str(said).split())}\n")
    return 1


def show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A warning as one line on standard error; those for developers are not shown."""
    if not issubclass(category, DeprecationWarning | ResourceWarning):
        sys.stderr.write(f"warning: {message}\n")
