"""ApiConfig: every setting of a client, checked when it is made.

Defaults < file < environment < arguments. Plain ``ApiConfig(...)`` takes arguments alone;
`ApiConfig.load()` reads the other two first. What a setting may be is its annotation (`cocapi.options`).
"""

# Annotations are objects here, not texts: what a setting may be is read from them when one is made.

import copy
import os
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias, TypeVar

from cocapi.addresses import ALLOWED, NO_WITNESS, refuse_untrusted, whole_address
from cocapi.compat.classes import CacheEntry as CacheEntry
from cocapi.compat.classes import RequestMetric as RequestMetric
from cocapi.compat.settings import FRONT, as_now, front_of
from cocapi.errors import ConfigError
from cocapi.interrupts import undisturbed
from cocapi.options import (
    Allowed,
    Attempts,
    Calls,
    Count,
    HeaderText,
    Lifetime,
    Range,
    Rate,
    Seconds,
    Timeout,
)
from cocapi.options.declared import Option, declared, variable
from cocapi.options.environment import rest_of, texts_of
from cocapi.options.marks import MOST, masked, unmasked
from cocapi.options.reading import parse_text, read, read_value, refuse_unknown
from cocapi.text import cited

__all__ = ["OFFICIAL_URL", "ApiConfig"]

T = TypeVar("T")

OFFICIAL_URL = "https://api.clashofclans.com/v1"

PluginSetting: TypeAlias = "bool | Mapping[str, Any] | Callable[..., object | None]"
"""What `ApiConfig.plugins` may say of a plugin."""


def check_switches(plugins: Any, where: str) -> None:
    """Refuse what `ApiConfig.plugins` cannot say of a plugin. The other entries are not quoted: of the texts
    among them nobody knows yet which are secret.

    Args:
        where: How an error names the table.

    Raises:
        ConfigError: An entry is none of those that it may be.
    """
    for name, setting in plugins.items() if isinstance(plugins, Mapping) else ():
        if not (isinstance(setting, bool | Mapping) or callable(setting)):
            allowed = "True, False, a dict of options or a factory"
            raise ConfigError(f"{where}[{name!r}] is {cited(setting)}: it must be {allowed}")


@dataclass(repr=False)
class ApiConfig:
    """The settings of one client.

    Fields that are not described here are options of plugins, under the names of versions 3 and 4:
    ``ApiConfig(cache_ttl=60)`` is ``ApiConfig(plugins={"cache": {"ttl": 60}})``. The second wins where both
    are given. docs/reference/config.md names plugin and option of each.

    Attributes:
        base_url: Where the API is: scheme, host, port if need be, and the beginning of the path; no user
            name, query or fragment. ``sandbox://`` is the local one that needs no token: a scheme that is the
            name of a plugin is for that plugin to read.
        timeout: Seconds that one attempt may take as a whole, connecting included.
        total_timeout: Seconds that a call may take as a whole, attempts and waits together; None: as many as
            it takes. What a plugin does in synchronous code without the client's help is waited for.
        enable_caching: Whether the plugin ``cache`` is on.
        enable_rate_limiting: Whether the plugin ``ratelimit`` is on.
        enable_metrics: Whether the plugin ``metrics`` is on.
        enable_tracing: Whether the plugin ``tracing`` is on.
        enable_keepalive: Whether transports keep connections for the next request.
        max_connections: Connections of a transport at once.
        max_keepalive_connections: Connections of a transport that may idle.
        max_attempts: Attempts that a call may take whatever plugins answer: a ceiling for one that wants
            another for ever. `max_retries` is what the plugin retry goes by.
        max_effects: Effects (sends, sleeps, I/O) that one flow of a plugin may ask for: a ceiling for one
            that never ends.
        max_response_bytes: A longer body is an error of type ``too_large`` instead of an answer.
        transport: The plugin that sends: ``"httpx"``, ``"pyreqwest"``, ``"requests"`` or another's name.
            None: httpx, which is always there.
        store: Where plugins keep what must last: ``"memory"``, for as long as the client does, or the address
            of a store that a plugin of that scheme offers, ``"name://…"``. A password in it is not shown.
        store_timeout: Seconds that a plugin waits for the store, until it goes on without; raise it where the
            store is far away.
        close_timeout: Seconds that closing waits for background work to end; then it is left to itself.
        plugins: By plugin name: True, False, a dict of options (which also means on), or a factory: a class
            or function that takes the config and returns a plugin of your own. Texts among the options are
            shown in no repr, since they may be secret.
        only_plugins: When given, no other plugin is loaded (`COCAPI_PLUGINS` sets it). Name a transport too.
        strict_plugins: A plugin that does not load is an error instead of a warning.
        raise_errors: A failed call raises (`cocapi.errors`) instead of returning an error dict.
        verify_token: Check the token with one small request when the client is made or entered.
        trust_base_url: For `load()`: an address that tokens may be sent to although `base_url` stands in a
            file or in the environment. What counts is its origin: scheme, host, port. It cannot stand in a
            file itself.
        environment: Variables that options of plugins are read from, before those in `plugins`; `load()`
            gives those that begin with ``COCAPI_``. They are not compared, and not shown in a repr.

    Raises:
        ConfigError: For an unknown name or a value that makes no sense, naming field, value and what is
            allowed.
    """

    base_url: Annotated[str, Allowed(ALLOWED)] = OFFICIAL_URL
    timeout: Timeout = 20
    max_retries: Attempts = 3
    retry_delay: Seconds = 1.0
    cache_ttl: Lifetime | Literal["server"] = 300
    enable_caching: bool = True
    enable_rate_limiting: bool = True
    use_pydantic_models: bool = False
    requests_per_second: Rate = 10.0
    burst_limit: Count = 20
    enable_metrics: bool = False
    metrics_window_size: Calls = 1000
    enable_keepalive: bool = True
    max_connections: Count = 10
    max_keepalive_connections: Annotated[int, Range(ge=0, le=MOST)] = 5
    key_name: str = "cocapi_auto"
    key_count: Annotated[int, Range(ge=1, le=10)] = 1
    key_description: str = "Auto-generated by cocapi KeyManager"
    auto_refresh_keys: bool = True
    persist_keys: bool = False
    key_storage_path: str | Path | None = None
    plugins: Annotated[
        Mapping[str, Any],
        Allowed("a dict by plugin name of True, False, a dict of options or a factory"),
    ] = field(default_factory=dict)
    only_plugins: Annotated[tuple[str, ...], Allowed("a list of plugin names")] | None = None
    transport: Annotated[str, Allowed("the name of a plugin that offers a transport")] | None = None
    store: Annotated[str, Allowed('"memory", or the address of a store that a plugin offers', bool)] = (
        "memory"
    )
    store_timeout: Timeout = 0.05
    close_timeout: Seconds = 5.0
    strict_plugins: bool = False
    raise_errors: bool = False
    verify_token: bool = True
    enable_tracing: bool = False
    cache_max_entries: Count = 1000
    cache_stale_if_error: Lifetime = 0
    max_response_bytes: Annotated[int, Range(ge=1, le=MOST, unit="bytes")] = 32 * 1024 * 1024
    user_agent: HeaderText | None = None
    enable_request_id: bool = False
    strict_models: bool = False
    total_timeout: Timeout | None = None
    max_attempts: Attempts = 100
    max_effects: Annotated[int, Range(ge=1, le=MOST, unit="effects")] = 100_000
    trust_base_url: Annotated[str, Allowed("an address that begins with https:// or http://")] | None = None
    environment: Mapping[str, str] = field(default_factory=dict, compare=False)

    def __new__(cls, *args: Any, **values: Any) -> Self:
        """Refuse unknown settings by name, before the generated `__init__` does."""
        refuse_unknown(values, declared(cls), "ApiConfig")
        return super().__new__(cls)

    def __post_init__(self) -> None:
        vars(self).update(as_now(vars(self)))
        check_switches(self.plugins, "ApiConfig.plugins")
        for name, setting in declared(type(self)).items():
            value = getattr(self, name)
            if value is not setting.default:
                setattr(self, name, read_value(setting, value, f"ApiConfig.{name}"))
        in_code = [name for name, setting in self.plugins.items() if callable(setting)]
        self.base_url = whole_address(self.base_url, plugins=in_code)
        self.plugins = plugins = masked(self.plugins)
        vars(self).update(taken_out(plugins, declared(type(self))))

    def tell(self, listener: Callable[[], Callable[[str], object] | None]) -> None:
        """Tell somebody of what is assigned from now on.

        Args:
            listener: A reference (`weakref.WeakMethod`) to a function that is given the field's name.
        """
        vars(self)[LISTENER] = listener

    def __setattr__(self, name: str, value: Any) -> None:
        """Assign a setting. Those of a client (``api.config``) are checked as when they were made, and
        followed from the next call on.

        Raises:
            ConfigError: It makes no sense, or is settled once the client is made.
        """
        listener = vars(self).get(LISTENER, nobody)()
        if listener is None:
            super().__setattr__(name, value)
            return
        refuse_unknown({name: value}, declared(type(self)), "ApiConfig")
        if name in SETTLED:
            raise ConfigError(f"ApiConfig.{name} is settled when a client is made: {SETTLED[name]}")
        before, checked = getattr(self, name), getattr(replace(self, **{name: value}), name)
        super().__setattr__(name, checked)
        try:
            listener(name)
        except BaseException:
            super().__setattr__(name, before)
            raise

    def __getstate__(self) -> dict[str, Any]:
        """The settings alone: a copy is nobody's client's."""
        return {name: value for name, value in vars(self).items() if name != LISTENER}

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """The same settings, with tables of plugins of its own. What stands in those (a factory, a provider
        of traces, a clock) is the very same: it is not a setting's to copy, and much of it cannot be."""
        twin = copy.copy(self)
        vars(twin).update(plugins=masked(self.plugins), environment=dict(self.environment))
        return twin

    def __repr__(self) -> str:
        settings = declared(type(self)).values()
        given = {s.name: value for s in settings if (value := getattr(self, s.name)) != s.default}
        given.pop("environment", None)
        if "store" in given:
            given["store"] = re.sub("//[^/]*@", "//***@", self.store)
        if "plugins" in given:
            given["plugins"] = {name: Named(s) if callable(s) else s for name, s in self.plugins.items()}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in given.items())})"

    def options(self, plugin: str) -> Mapping[str, Any]:
        """The options that are given for a plugin, as they stand; empty when there are none.

        A factory that declares its options (see `cocapi.options`) need not ask.
        """
        settings = declared(type(self))
        fronts = {option: name for option, name in front_of(plugin).items() if name in settings}
        given = {
            option: value
            for option, name in fronts.items()
            if (value := getattr(self, name)) != settings[name].default
        }
        return {**given, **unmasked(dict(beside(self.plugins.get(plugin))))}

    def options_for(self, plugin: str, options: type[T]) -> T:
        """The options of a plugin, as an object of the class that declares them.

        Args:
            plugin: Its name.
            options: A dataclass or a pydantic model.

        Raises:
            ConfigError: An unknown name or a value that does not fit, naming plugin, option, value and what
                is allowed.
        """
        known = declared(options)
        fronts = front_of(plugin)
        given = {name: v for name, v in self.options(plugin).items() if name in known or name not in fronts}
        return read(options, plugin, given, self.environment)

    def with_plugin(self, plugin: str, **options: Any) -> Self:
        """These settings, with a plugin on that has some options more. One that is given in code stays.

        Args:
            plugin: Its name.
            **options: They win over those that it has in `plugins`, and over variables.

        Raises:
            ConfigError: A value of these settings that is refused where they are copied.
        """
        given = {variable(plugin, option) for option in options}
        environment = {name: text for name, text in self.environment.items() if name not in given}
        return replace(self, plugins=merged(self.plugins, {plugin: options}), environment=environment)

    @classmethod
    def load(cls, path: str | Path | None = None, **arguments: Any) -> Self:
        """Read the settings: defaults < file < environment < `arguments`.

        Each field is read from ``COCAPI_`` and its name in capitals (``COCAPI_CACHE_TTL=60``), each option of
        a plugin from ``COCAPI_``, the plugin's name and its own (``COCAPI_RETRY_BUDGET=60``);
        ``COCAPI_PLUGINS=cache,retry`` is `only_plugins`. An empty variable is none. White space and quotes
        around a value, a byte order mark and a carriage return are no part of it. ``1``, ``true``, ``t``,
        ``yes``, ``y`` and ``on`` are True, ``0``, ``false``, ``f``, ``no``, ``n`` and ``off`` False, in any
        case. ``COCAPI_TOKEN`` is no setting and is left alone. A variable whose name is nearly that of one is
        warned of.

        Args:
            path: A TOML file. None: ``cocapi.toml`` in the working directory, else the table
                ``[tool.cocapi]`` of ``pyproject.toml`` there, else no file.
            **arguments: Settings by name. Those in `plugins` are added to the file's, option by option.

        Raises:
            ConfigError: For a file that is missing or unreadable, an unknown name, a wrong value, naming the
                file or variable it stands in. A ``pyproject.toml`` that is found and not named may be broken
                as long as it says nothing of ``tool.cocapi``. For a `base_url` that stands in a file or in
                the environment, and that nobody vouches for: see `trust_base_url`.
        """
        settings = declared(cls)
        refuse_unknown(arguments, settings, "ApiConfig")
        given = unfolded(arguments, settings, "")
        place, written = undisturbed(partial(in_file, path, settings))
        written = unfolded(written, settings, f"{place}: ")
        texts = texts_of(settings, os.environ)
        values: dict[str, Any] = {}
        for name, setting in settings.items():
            if name in given:
                values[name] = given[name]
            elif name in texts:
                values[name] = at(f"{texts[name][0]}: ", setting, parse_text, texts[name][1])
            elif name in written:
                values[name] = at(f"{place}: ", setting, read_value, written[name])
        if "plugins" in given:
            values["plugins"] = merged(written.get("plugins", {}), given["plugins"])
        values.setdefault("environment", rest_of(settings, os.environ, given.get("plugins", {})))
        config = cls(**values)
        if "trust_base_url" in written:
            raise ConfigError(f"{place}: {NO_WITNESS}")
        if "base_url" in values and "base_url" not in given:
            wording = texts["base_url"][0] if "base_url" in texts else f"{place}: base_url"
            refuse_untrusted(config.base_url, wording, (OFFICIAL_URL, config.trust_base_url))
        return config


LISTENER = "_listener"
"""Where the settings of a client keep who is told of changes: no field, so in no comparison and no copy."""


def nobody() -> None:
    """In place of a reference: nobody is told."""


ANOTHER = "make another client"
SETTLED = {
    "base_url": "call api.set_base_url(address, force=True), since the token will be sent there",
    "trust_base_url": "call api.set_base_url(address, force=True)",
    "plugins": f"{ANOTHER}, or use api.plugins.register() and unregister()",
    "only_plugins": ANOTHER,
    "strict_plugins": ANOTHER,
    "store": ANOTHER,
    "environment": ANOTHER,
    "max_attempts": ANOTHER,
    "max_effects": ANOTHER,
    "close_timeout": ANOTHER,
}
"""Settings that a client follows no change of, and what to do instead."""


def in_file(path: str | Path | None, settings: Collection[str]) -> tuple[str, dict[str, Any]]:
    """`cocapi.options.files.from_file`, which knows TOML and is imported for those who ask for it."""
    from cocapi.options.files import from_file

    return from_file(path, settings)


def at(place: str, setting: Option, read: Callable[[Option, Any, str], Any], value: Any) -> Any:
    """A setting that stands in a file or a variable.

    Args:
        place: Where, as an error begins: ``"cocapi.toml: "``.

    Raises:
        ConfigError: It makes no sense; of an address, also its parts.
    """
    result = read(setting, value, f"{place}ApiConfig.{setting.name}")
    if setting.name == "base_url":
        whole_address(result, f"{place}ApiConfig.base_url")
    return result


def unfolded(values: Mapping[str, Any], settings: Mapping[str, Option], place: str) -> dict[str, Any]:
    """Settings with each option of a plugin that a field stands for as that field.

    Args:
        place: Where they stand, as an error begins: ``"cocapi.toml: "``.
    """
    if "plugins" not in values:
        return dict(values)
    where = f"{place}ApiConfig.plugins"
    check_switches(values["plugins"], where)
    plugins = masked(read_value(settings["plugins"], values["plugins"], where))
    return {**values, **taken_out(plugins, settings, place), "plugins": plugins}


def taken_out(plugins: dict[str, Any], settings: Mapping[str, Option], place: str = "") -> dict[str, Any]:
    """Take the options that fields stand for out of tables of plugins; the values by field."""
    values = {}
    for name, (plugin, option) in FRONT.items():
        table = plugins.get(plugin)
        if isinstance(table, dict) and option in table:
            where = f"{place}plugins[{plugin!r}][{option!r}]"
            values[name] = read_value(settings[name], unmasked(table.pop(option)), where)
    return values


def merged(plugins: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of plugins, those of `others` added option by option; a factory is kept with them."""
    result = {**plugins, **others}
    for name in {*plugins} & {*others}:
        present, setting = plugins[name], others[name]
        options = {**beside(present), **beside(setting)}
        factory = next((factory_in(each) for each in (setting, present) if callable(each)), None)
        if factory is not None and setting is not False:
            result[name] = Configured(factory, masked(options))
        elif options and setting is not False:
            result[name] = options
    return result


@dataclass(frozen=True)
class Configured:
    """What `ApiConfig.plugins` says of a plugin that is given in code, and has options elsewhere: in a file,
    or by `ApiConfig.with_plugin`.

    Attributes:
        factory: What was given in code.
        options: Those of the file, with their texts masked.
    """

    factory: Callable[..., Any]
    options: Mapping[str, Any]

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """What the factory makes."""
        return self.factory(*arguments, **keywords)


def factory_in(setting: Any) -> Any:
    """The factory of a setting that is one, with options beside it or without."""
    return setting.factory if isinstance(setting, Configured) else setting


def beside(setting: Any) -> Mapping[str, Any]:
    """The options in a plugin's setting."""
    if isinstance(setting, Configured):
        return setting.options
    return setting if isinstance(setting, Mapping) else {}


class Named:
    """A factory as a repr shows it: by its name, since what a partial of it holds may be secret."""

    def __init__(self, factory: Any) -> None:
        factory = factory_in(factory)
        self.name: str = getattr(factory, "__qualname__", type(factory).__qualname__)

    def __repr__(self) -> str:
        return f"<{self.name}>"
