"""What a command of a plugin is given by the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from cocapi.client import AsyncCocApi, CocApi
    from cocapi.config import ApiConfig
    from cocapi.plugins import Plugins

__all__ = ["CommandLine"]


class CommandLine(Protocol):
    """The command line, as a command finds it in ``context.obj``; the commands that come with cocapi use
    nothing else.

        def top(context: typer.Context, tag: str) -> None:
            line: CommandLine = context.obj
            with line.client() as api:
                line.show(api.clan_members(tag, limit=3), lambda answer: answer["items"][0]["name"])

    Its options may stand before the command and, but for ``--config`` and ``-p``, after it: ``--token``,
    ``--sandbox``, ``--base-url``, ``--timeout``, ``--json``, ``--no-color``, ``--trace``. A command that
    declares an option of the same name has that for itself.
    """

    @property
    def config(self) -> ApiConfig:
        """The settings: those of the options, else of the environment, else of the file.

        Raises:
            ConfigError: One makes no sense, or the file cannot be read.
        """

    @property
    def plugins(self) -> Plugins:
        """The plugins under these settings, by name; those that offer the commands are among them."""

    @property
    def json(self) -> bool:
        """Whether answers are wanted as JSON; `show` and `show_each` obey by themselves."""

    def client(self) -> CocApi:
        """A new client with the token and the settings that are asked for, to be closed by the command.

        It raises errors instead of answering with them, does not verify the token beforehand, and answers
        with dicts whatever ``use_pydantic_models`` says.

        Raises:
            ConfigError: For wrong settings.
            MissingToken: There is no token, and no plugin that gives one.
        """

    def async_client(self) -> AsyncCocApi:
        """The same for asynchronous code."""

    def show(self, answer: Any, render: Callable[[Any], Any] | None = None) -> None:
        """Print an answer on standard output.

        Args:
            answer: What JSON can hold.
            render: Makes of the answer what people see: a text, a list of rows, each a dict by header, or
                whatever rich can print. It is not called where JSON is wanted. None: people, too, see JSON.
        """

    def show_each(
        self, answers: Iterable[Any], render: Callable[[Any], Any] | None = None, total: int | None = None
    ) -> None:
        """Print many answers, each on a line as soon as it is there; on a terminal, above a bar of progress,
        or without a `total` above their number.

        Args:
            answers: What JSON can hold.
            render: Makes a line for people of an answer: a text, or a `rich.text.Text`. None, or where JSON
                is wanted: a line of JSON.
            total: How many there will be; None: nobody knows.
        """

    def say(self, sentence: str) -> None:
        """Write one line on standard error, in which nothing steers a terminal."""
