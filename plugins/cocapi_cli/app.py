"""The program: its options, its commands from every plugin, and how it ends."""

from __future__ import annotations

import json
import os
import sys
import warnings
from dataclasses import dataclass
from typing import Annotated, Any

import click
import typer

from cocapi import ApiConfig, CocApi, CocApiError, ConfigError, Json, PluginError, __version__
from cocapi.plugins import Plugins, tell

__all__ = ["Session", "run"]

NO_TOKEN = (
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
            raise ConfigError(NO_TOKEN)
        return CocApi(self.token, config=self.config)


def run(arguments: list[str] | None = None) -> int:
    """Run the program and return its exit status: 0, 1 for an error, 2 for wrong usage, 130 for Ctrl-C."""
    warnings.showwarning = show_warning
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        app = build(ApiConfig.load())
        status = app(arguments, prog_name="cocapi", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        sys.stderr.write("interrupted\n")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the exit flushes in peace
        return 0
    except (CocApiError, ConfigError, OSError, ValueError) as error:
        return failed(error, as_json="--json" in arguments)
    return int(status or 0)


def build(config: ApiConfig) -> typer.Typer:
    """The program with the commands that every plugin adds."""
    app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback()(options)
    tell(Plugins(config).hooks.cocapi_commands, app=app)
    return app


def options(
    context: typer.Context,
    token: Annotated[
        str | None,
        typer.Option(
            help="The API token; '-' reads it from standard input. Others can see it: better set COCAPI_TOKEN."
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
        raise click.UsageError("say what to ask for: cocapi --help lists the commands", context)
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


def show_warning(message: Warning | str, category: type[Warning], *_: object) -> None:
    """A warning as one line on standard error; those for developers are not shown."""
    if not issubclass(category, DeprecationWarning | ResourceWarning):
        sys.stderr.write(f"warning: {message}\n")
