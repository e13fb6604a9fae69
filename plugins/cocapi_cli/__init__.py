"""Plugin ``cli``: the command ``cocapi``.

cocapi --sandbox clan '#2PP'
COCAPI_TOKEN=... cocapi player '#2PP' --json
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from cocapi import ApiConfig, hookimpl
from cocapi.options import NoOptions

if TYPE_CHECKING:
    import typer

__all__ = ["Cli", "main"]


class Cli:
    """Adds the commands that ask the API, and the one that lists the plugins."""

    def __init__(self, config: ApiConfig, options: NoOptions | None = None) -> None:
        self.config = config

    @hookimpl(tryfirst=True)
    def cocapi_commands(self, app: typer.Typer) -> None:
        """``clan``, ``player``, ``war``, ``members``, ``search``, ``get`` and ``plugins``."""
        from cocapi_cli import commands

        commands.add_to(app)


def main() -> None:
    """The console script ``cocapi``; ends the process with its exit status.

    0: done, or nobody reads on. 1: it went wrong, and standard error says how. 2: wrong usage. 130: Ctrl-C,
    143: SIGTERM; where one is ignored (``nohup``, a script's ``&``) it stays ignored.
    """
    from cocapi_cli import interrupts, screen

    try:
        interrupts.listen()
        status = begun() if screen.prepare() else closed()
        sys.stdout.flush()
    except KeyboardInterrupt:
        interrupts.end()
    except BrokenPipeError:
        status = 0
    except OSError as error:
        screen.say(f"error: standard output cannot be written: {error.strerror}")
        status = 1
    screen.leave()
    sys.exit(status)


def begun() -> int:
    """Run the program; how a call ended is not logged, since the command itself says it."""
    try:
        from cocapi_cli.app import run
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("typer", "rich", "click"):
            raise
        sys.stderr.write("cocapi's command line needs: pip install 'cocapi[cli]'\n")
        return 1
    logging.getLogger("cocapi").addFilter(lambda record: not hasattr(record, "outcome"))
    for name in ("cocapi.store", "cocapi.events"):  # what they warn of is over some time, and they say so
        logging.getLogger(name).setLevel(logging.INFO)
    return run()


def closed() -> int:
    """Say that nobody would see an answer."""
    sys.stderr.write("error: standard output is closed\n")
    return 1
