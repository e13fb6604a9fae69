"""What a command holds: the settings that the options ask for, a client, and ways to show answers."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from getpass import getpass
from importlib.metadata import entry_points
from typing import Any, TypeVar

import typer

from cocapi import ApiConfig, AsyncCocApi, CocApi, CocApiError, ConfigError, MissingToken
from cocapi.lazy import lazy
from cocapi.plugins import GROUP, Plugins
from cocapi.plugins.discovery import unregistered
from cocapi.text import bare, did_you_mean
from cocapi_cli import screen

__all__ = ["CommandLine", "Options"]

C = TypeVar("C", CocApi, AsyncCocApi)

PASSWORDS = ("COCAPI_KEYS_PASSWORD", "COCAPI_PASSWORD")
"""The variables that the plugin `keys` reads the password of an account from."""

HOW_TO_GET_IN = (
    "no token: run 'cocapi login', set COCAPI_TOKEN to one from https://developer.clashofclans.com, "
    "pass --token, or try --sandbox, which needs none"
)


@dataclass(frozen=True)
class Options:
    """The options of the program. None, False and (): not given.

    Attributes:
        token: ``"-"``: it is on the first line of standard input.
        email: Of the account whose keys are to be used; its password is in COCAPI_PASSWORD, or asked for.
        timeout: Seconds.
        config: The path of a file of settings.
        plugin: Plugins to switch, the last word about one counts: ``"NAME"``: on, ``"no:NAME"``: off.
    """

    token: str | None = None
    email: str | None = None
    sandbox: bool = False
    base_url: str | None = None
    timeout: float | None = None
    as_json: bool = False
    no_color: bool = False
    trace: bool = False
    config: str | None = None
    plugin: tuple[str, ...] = ()

    @property
    def settings(self) -> dict[str, Any]:
        """What they say of `ApiConfig`, and what the command line itself needs: errors that are raised, one
        request a call, answers as the API gives them, and the keys of ``cocapi login``."""
        settings: dict[str, Any] = {
            "raise_errors": True,
            "verify_token": False,
            "use_pydantic_models": False,
            "persist_keys": True,  # a log-in is for the commands that follow
            "base_url": "sandbox://" if self.sandbox else self.base_url,
            "timeout": self.timeout,
        }
        return {name: value for name, value in settings.items() if value is not None}

    @property
    def switches(self) -> dict[str, bool]:
        """Whether each plugin that is named is to be on."""
        return {name.removeprefix("no:"): not name.startswith("no:") for name in self.plugin}


class CommandLine:
    """What commands find as ``context.obj``; see `cocapi.CommandLine`."""

    def __init__(self) -> None:
        self.options = Options()
        self.wrong_settings: Exception | None = None

    def heed(self, **options: Any) -> None:
        """Let options count from now on, before those that were given earlier."""
        self.options = replace(self.options, **options)
        for name in ("config", "plugins"):
            vars(self).pop(name, None)  # they are made anew

    @property
    def json(self) -> bool:
        """Whether answers are wanted as JSON."""
        return self.options.as_json

    @lazy
    def config(self) -> ApiConfig:
        """The settings: those of the options, else of the environment, else of the file.

        Raises:
            ConfigError: One makes no sense, or the file cannot be read.
        """
        config = ApiConfig.load(self.options.config, **self.options.settings)
        if self.options.email is not None:
            config = config.with_plugin("keys", email=self.options.email)
        return switched(config, self.options.switches) if self.options.plugin else config

    @lazy
    def plugins(self) -> Plugins:
        """The plugins under these settings, which offer the commands; each client has its own.

        Raises:
            BadParameter: An option switches a plugin that is not installed.
            ConfigError, PluginError: See `cocapi.plugins.Plugins`.
        """
        plugins = Plugins(self.config)
        self._check_switches(plugins)
        for record in plugins.records:
            if record.name in self.options.switches and record.why.startswith("plugins={"):
                record.why = f"-p {'' if self.options.switches[record.name] else 'no:'}{record.name}"
        return plugins

    def _check_switches(self, plugins: Plugins) -> None:
        known = {record.name for record in plugins.records}
        for name in self.options.switches:
            if name not in known:
                raise typer.BadParameter(no_such_plugin(name, known), param_hint="'-p'")

    @property
    def plugins_for_commands(self) -> Plugins:
        """The plugins that may have commands, under these settings: of cocapi's own only those that do, so
        that help and completion load nothing else. Where the settings make no sense, the plugins are those
        without them, and `wrong_settings` says what is wrong; a command that needs the settings fails.

        Raises:
            BadParameter: An option switches a plugin that is not installed.
        """
        try:
            plugins = commanding(self.config)
        except (CocApiError, ConfigError) as error:
            self.wrong_settings = error
            plugins = commanding(switched(ApiConfig(), self.options.switches))
        self._check_switches(plugins)
        return plugins

    @property
    def off(self) -> str:
        """The plugins that are switched off and may have commands, and why, as a sentence behind another one
        that says that there is no such command; ``""``: none is. They are not imported to be asked."""
        reasons: dict[str, list[str]] = {}
        for record in self.plugins_for_commands.records:
            may_have = record.distribution != "cocapi" or record.name in COMMANDING
            if may_have and not record.on and record.load_ms is None:
                reasons.setdefault(record.why, []).append(record.name)
        names = "; ".join(f"{', '.join(names)} ({why})" for why, names in reasons.items())
        return f" Off are, and may have it: {names}. -p NAME switches one on." if names else ""

    @property
    def _account_config(self) -> ApiConfig:
        """The settings of a client, which logs in where an account is named.

        Raises:
            ConfigError: There is no password, and nobody to ask.
        """
        config = self.config
        if self.options.email is None or self.options.token or not config.plugins["keys"]:
            return config
        if config.options("keys").get("password") or any(map(config.environment.get, PASSWORDS)):
            return config
        terminal = sys.stdin is not None and sys.stdin.isatty()
        password = getpass("Password: ") if terminal else ""
        if not password:
            raise ConfigError("--email: there is no password: set COCAPI_PASSWORD, or run 'cocapi login'")
        return config.with_plugin("keys", password=password)

    @lazy
    def _token(self) -> str | None:
        """The token of the option, else of the environment unless an option names an account; None: there is
        none."""
        token = self.options.token
        if token == "-":  # noqa: S105  # means standard input
            token = sys.stdin.readline() if sys.stdin else ""
        kept = os.environ.get("COCAPI_TOKEN", "") if self.options.email is None else ""
        return bare(token or "") or bare(kept) or None

    def client(self) -> CocApi:
        """A client under these settings. Errors raise, and the token is not verified beforehand.

        Raises:
            ConfigError: For wrong settings.
            MissingToken: There is no token, and no plugin that gives one.
        """
        return self._followed(CocApi)

    def async_client(self) -> AsyncCocApi:
        """The same for asynchronous code."""
        return self._followed(AsyncCocApi)

    def _followed(self, kind: Callable[..., C]) -> C:
        """A client, whose calls are written about where --trace is given."""
        try:
            api = kind(self._token, config=self._account_config)
        except MissingToken:
            raise MissingToken(HOW_TO_GET_IN) from None
        if self.options.trace:
            from cocapi_cli import trace

            trace.follow(api)
        return api

    def show(self, answer: Any, render: Callable[[Any], Any] | None = None) -> None:
        """Print an answer on standard output.

        Args:
            answer: What JSON can hold.
            render: Makes of the answer what people see: a text, a list of rows, each a dict by header, or
                whatever rich can print. It is not called where JSON is wanted. None: people, too, see JSON.
        """
        if self.json or render is None:
            screen.write_json(screen.as_json(answer, indent=2), self._color)
            return
        from cocapi_cli import panels  # rich is not needed for JSON

        panels.show(render(answer), self._color)

    def show_each(
        self, answers: Iterable[Any], render: Callable[[Any], Any] | None = None, total: int | None = None
    ) -> None:
        """Print many answers, each on a line as soon as it is there; on a terminal, above a bar of progress,
        or without a `total` above their number.

        Args:
            answers: What JSON can hold.
            render: Makes a line for people of an answer. None, or where JSON is wanted: a line of JSON.
            total: How many there will be; None: nobody knows.
        """
        from cocapi_cli import progress

        line = screen.as_json if self.json or render is None else render
        with progress.lines(total, self._color, bar=not self.options.trace) as write:
            for answer in answers:
                write(line(answer))

    def say(self, sentence: str) -> None:
        """Write one line on standard error, in which nothing steers a terminal."""
        screen.say(sentence)

    @property
    def _color(self) -> bool | None:
        return False if self.options.no_color else None


def no_such_plugin(name: str, known: Iterable[str]) -> str:
    """What is wrong with a name after -p. It is not quoted: it may be a password, which -p took in 4.0.1."""
    if why := unregistered():
        return f"it switches plugins, and there are none, as {why}"
    return (
        f"it switches plugins, and none has the name that it is given{did_you_mean(name, known)}. A password "
        "does not stand among the arguments: set COCAPI_PASSWORD, or leave it out and be asked"
    )


COMMANDING = frozenset({"cli", "events", "keys", "sandbox", "scaffold"})
"""Which of cocapi's own plugins have commands."""


def commanding(config: ApiConfig) -> Plugins:
    """The plugins under these settings but those of cocapi that have no commands, which are not imported."""
    others = {
        entry.name: False
        for entry in entry_points(group=GROUP)
        if entry.dist is not None and entry.dist.name == "cocapi" and entry.name not in COMMANDING
    }
    return Plugins(replace(config, plugins={**config.plugins, **others}))


def switched(config: ApiConfig, switches: dict[str, bool]) -> ApiConfig:
    """The settings with plugins switched; options that a plugin has in them are kept. Plugins that are not
    installed are left out."""
    installed = entry_points(group=GROUP).names
    settings = dict(config.plugins)
    only = config.only_plugins
    for name, on in switches.items():
        if name not in installed:
            continue
        settings[name] = (settings.get(name) or True) if on else False
        if only is not None and on and name not in only:
            only = (*only, name)
    return replace(config, plugins=settings, only_plugins=only)
