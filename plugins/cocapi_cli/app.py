"""The program: its options, before and after a command, and how it ends."""

from __future__ import annotations

import copy
import functools
import sys
import traceback
import warnings
from dataclasses import fields
from importlib.metadata import entry_points
from pathlib import PurePath
from typing import Annotated, Any, TextIO

import typer
from typer.core import TyperGroup
from typer.main import get_command

from cocapi import ApiConfig, CocApiError, ConfigError, Json, PluginError, __version__
from cocapi.interrupts import reraise
from cocapi.plugins import GROUP
from cocapi.text import printable
from cocapi_cli import screen
from cocapi_cli.commandline import CommandLine, Options
from cocapi_cli.contributed import contributed

__all__ = ["run"]


WrongUsage: type[Exception] = typer.BadParameter.__bases__[0]
"""The parent of what typer raises for wrong usage, which it exports under no name."""

AFTER = ("token", "email", "sandbox", "base_url", "timeout", "as_json", "no_color", "trace", "password")
"""The options that may stand after a command too; the others decide which commands there are."""


def run() -> int:
    """Run the program with the arguments of the process; the exit status."""
    warnings.showwarning = show_warning
    line = CommandLine()
    try:
        status = program().main(prog_name="cocapi", obj=line, standalone_mode=False)
    except WrongUsage as error:
        return misused(error)
    except (CocApiError, ConfigError) as error:
        return failed(error, line)
    except OSError:
        raise  # of standard output, which is for whoever prepared it
    except Exception as error:
        reraise(error)
        return failed(unforeseen(error), line)
    if status == 130:  # typer's word for Ctrl-C
        raise KeyboardInterrupt
    return status if isinstance(status, int) else 0


def program() -> Any:
    """The program, whose commands are not known yet."""
    app = typer.Typer(
        cls=Program,
        no_args_is_help=True,
        invoke_without_command=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_help_option=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.callback()(options)
    return get_command(app)


class Program(TyperGroup):
    """The group of all commands. Which there are depends on its options, so they are found after these are
    read, by the plugins that these leave on."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options before the command."""
        rest = super().parse_args(ctx, args)
        given = {entry.name: ctx.params[entry.name] for entry in fields(Options)}
        ctx.obj.heed(**{**given, "plugin": tuple(given["plugin"] or ())})
        return rest

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of the commands, for help and completion, which need no address."""
        if not self.commands:
            ctx.obj.heed(base_url=ctx.obj.options.base_url or ApiConfig.base_url)
            self._find_commands(ctx.obj)
            if ctx.obj.wrong_settings is not None and not ctx.resilient_parsing:
                screen.say(f"warning: {ctx.obj.wrong_settings}")
        return super().list_commands(ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the arguments begin with; where there is none it says which plugins are off."""
        self._find_commands(ctx.obj)
        try:
            return super().resolve_command(ctx, args)
        except WrongUsage as error:
            wrong: Any = error  # typer has no public name for what it has
            wrong.message += ctx.obj.off
            raise

    def _find_commands(self, line: CommandLine) -> None:
        self.commands = contributed(line.plugins_for_commands)
        again = [parameter for parameter in self.params if parameter.name in AFTER]
        for command in self.commands.values():
            add_options(command, again)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; tell of what goes wrong in one sentence. Ctrl-C is for whoever started it."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            raise typer.Exit(0) from None
        except (CocApiError, ConfigError, OSError, ValueError) as error:
            if isinstance(error, OSError) and error.filename is None and not isinstance(error, CocApiError):
                raise  # of standard output, which is for whoever prepared it
            raise typer.Exit(failed(error, ctx.obj)) from None
        return result


def add_options(command: Any, options: list[Any]) -> None:
    """Let options of the program stand after a command, or after each command of a group. What a command
    itself has under the same name stays its own."""
    if isinstance(command, TyperGroup):
        for inner in command.commands.values():
            add_options(inner, options)
        return
    own = {name for parameter in command.params for name in (parameter.name, *parameter.opts)}
    for option in options:
        if not own & {option.name, *option.opts}:
            again = copy.copy(option)
            again.expose_value, again.callback = False, heed
            again.hidden = option.name != "as_json"
            if option.name == "password":
                again.opts, again.callback = ["--password", "-p"], option.callback
            command.params.append(again)
    command.epilog = command.epilog or "What 'cocapi --help' lists may stand here too, but --config and -p."


def refuse(value: str | None) -> None:
    """Take no password from the arguments, as 4.0.1 did; name the way out."""
    if value is not None:
        raise typer.BadParameter(
            "a password among the arguments is seen by everybody here: leave it out and be asked, "
            "or set COCAPI_PASSWORD. The -p that switches plugins stands before the command."
        )


def heed(context: Any, parameter: Any, value: Any) -> None:
    """Let an option count that stands after the command."""
    if value not in (None, False):
        context.obj.heed(**{parameter.name: value})


def names_of_plugins() -> list[str]:
    """What may stand after -p."""
    names = sorted(entry_points(group=GROUP).names)
    return [*names, *(f"no:{name}" for name in names)]


def options(
    context: typer.Context,
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            "-t",
            help="The API token; '-': from standard input. Others may see it: set COCAPI_TOKEN.",
        ),
    ] = None,
    email: Annotated[
        str | None,
        typer.Option("--email", "-e", help="Use keys of this account, with COCAPI_PASSWORD; see 'login'."),
    ] = None,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Ask the sandbox: no token needed.")] = False,
    base_url: Annotated[str | None, typer.Option(help="Ask this address, not the official one.")] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds for one attempt.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print answers as JSON.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours.")] = False,
    trace: Annotated[bool, typer.Option("--trace", help="Say what each hook of each call does.")] = False,
    config: Annotated[str | None, typer.Option(help="Read settings from this file.")] = None,
    plugin: Annotated[
        list[str] | None,
        typer.Option(
            "-p",
            metavar="NAME",
            help="Switch a plugin on; no:NAME: off. May be repeated.",
            autocompletion=names_of_plugins,
        ),
    ] = None,
    password: Annotated[
        str | None, typer.Option("--password", help="Refused.", hidden=True, callback=refuse)
    ] = None,
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
    usage: Annotated[bool, typer.Option("--help", "-h", help="Show this.")] = False,
) -> None:
    """Ask the Clash of Clans API."""
    if version:
        typer.echo(__version__)
        raise typer.Exit
    if usage:
        typer.echo(context.get_help())
        raise typer.Exit
    if context.invoked_subcommand is None:
        context.fail("Missing command.")


def misused(error: Any) -> int:
    """Tell of wrong usage as typer does, made visible; the exit status."""
    option = getattr(error, "option_name", None)
    if type(error).__name__ != "NoArgsIsHelpError":  # whose message is our help, line by line
        error.message = printable(error.message, screen.LONGEST)
    if option in ("-p", "--config"):
        error.message += " It stands before the command."
    error.show()
    return 2


def failed(error: Exception, line: CommandLine) -> int:
    """Tell of an error in one sentence, or as JSON on standard output; the exit status."""
    if line.json:
        screen.write_json(
            screen.as_json(error_dict(error), indent=2), False if line.options.no_color else None
        )
    else:
        plain = isinstance(error, CocApiError) and not isinstance(error, PluginError)
        screen.say(f"error: {error.message if plain else error}")  # type: ignore[attr-defined]  # plain
    return 1


def error_dict(error: Exception) -> Json:
    """The documented error dict, also of errors that are no `CocApiError`: wrong settings, a file."""
    if isinstance(error, CocApiError):
        return error.as_dict()
    kind = "configuration" if isinstance(error, ConfigError) else type(error).__name__
    return {"result": "error", "message": str(error), "error_type": kind, "status_code": None}


def unforeseen(error: Exception) -> Exception:
    """An error that nobody thought of as a sentence, which says where it came from."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{PurePath(frame.filename).name}, line {frame.lineno}"
    return CocApiError(f"unforeseen {type(error).__name__} in {where}: {error}; please report it")


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
