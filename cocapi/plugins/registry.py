"""The plugins of one client: switched, loaded, ordered; and which one is to blame."""

from __future__ import annotations

import difflib
import inspect
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Any

import pluggy

from cocapi.calls import hookspecs
from cocapi.calls.checks import anything, checks_for
from cocapi.calls.hooks import HOOKS, OBSERVERS, Hooks, Implementation, adapted, paired
from cocapi.calls.keyring import Keyring
from cocapi.calls.watch import watched
from cocapi.config import SWITCHES, ApiConfig, did_you_mean
from cocapi.errors import ConfigError, MissingExtra, PluginError
from cocapi.interrupts import chain, from_handler, reraise
from cocapi.plugins.discovery import GROUP, imported, scan, unregistered
from cocapi.text import printable

__all__ = ["PluginRecord", "PluginWarning", "Plugins"]


class PluginWarning(UserWarning):
    """A plugin was left out; the message says which, of which distribution, and why."""


@dataclass(slots=True)
class PluginRecord:
    """What is known of one plugin.

    name, distribution, version:
        As registered; distribution and version are ``""`` for a plugin given in code.
    on, why:
        Whether it is registered with this client, and what decided that.
    hooks:
        The names of the hooks it implements.
    load_ms:
        Milliseconds that importing it (once a process) and making it took; None when it was not imported.
    """

    name: str
    distribution: str = ""
    version: str = ""
    on: bool = False
    why: str = ""
    hooks: tuple[str, ...] = ()
    load_ms: float | None = None

    def __str__(self) -> str:
        origin = f" of {self.distribution} {self.version}" if self.distribution else ""
        return f"plugin {self.name!r}{origin}"


class Plugins(Mapping[str, Any]):
    """The plugins of one client: a mapping from name to the plugin object.

        api.plugins["cache"].stats()

    Raises:
        ConfigError: when made, for options that a plugin refuses.
        PluginError: when made, for a misspelt hook; with `ApiConfig.strict_plugins`, for a plugin that
            does not load.
    """

    def __init__(self, config: ApiConfig, keyring: Keyring | None = None) -> None:
        self.config = config
        self.keyring: Keyring = keyring or Keyring()
        self.manager: pluggy.PluginManager = pluggy.PluginManager(GROUP)
        self.manager.add_hookspecs(hookspecs)
        self.records: list[PluginRecord] = []
        self.hooks: Hooks = Hooks()
        for name, point, factory in reversed(self._sources()):
            self._consider(name, point, factory)
        self.records.sort(key=lambda record: record.name)
        self._order()

    def __getitem__(self, name: str) -> Any:
        plugin = self.manager.get_plugin(name)
        if plugin is None:
            raise KeyError(self.absence(name))
        return plugin

    def __iter__(self) -> Iterator[str]:
        return (record.name for record in self.records if record.on)

    def __len__(self) -> int:
        return sum(record.on for record in self.records)

    def absence(self, name: str) -> str:
        """Why there is no plugin of this name, in one sentence."""
        for record in self.records:
            if record.name == name:
                return f"{record} is off: {record.why}"
        if why := unregistered():
            return f"there is no plugin {name!r}, as {why}"
        return f"no plugin is named {name!r}{did_you_mean(name, [r.name for r in self.records])}"

    def register(self, plugin: object, name: str | None = None) -> None:
        """Add a plugin of your own. Of the plugins that stand alike, it is asked first.

        name:
            None: the name of its class in lower case.

        Raises:
            PluginError: for a misspelt hook, or a hook that is a coroutine function or a wrapper.
            ValueError: when the name is taken.
        """
        name = name or type(plugin).__name__.lower()
        record = PluginRecord(name, on=True, why="registered in code")
        self._register(record, plugin)
        self.records.append(record)
        self._order()

    def unregister(self, name: str) -> Any:
        """Remove a plugin and return it.

        Raises:
            KeyError: when there is none of this name.
        """
        plugin = self[name]
        self.manager.unregister(plugin)
        self.records = [record for record in self.records if record.name != name]
        self._order()
        return plugin

    def _sources(self) -> list[tuple[str, EntryPoint | None, Callable[[ApiConfig], Any] | None]]:
        """Every known plugin by name: the registered ones and the factories in the configuration."""
        given = {name: said for name, said in self.config.plugins.items() if callable(said)}
        wanted = self.config.only_plugins
        if (why := unregistered()) and (wanted is None or not set(wanted) <= set(given)):
            self._leave_out(why, None)
        known = [(point.name, point, None) for point in scan() if point.name not in given]
        absent = set(self.config.plugins) - set(given) - {name for name, _, _ in known}
        for name in sorted(absent) if unregistered() is None else ():
            near = did_you_mean(name, sorted(name for name, _, _ in known))
            self._leave_out(f"plugins names {name!r}, and no such plugin is installed{near}", None)
        return sorted(
            [*known, *((name, None, factory) for name, factory in given.items())],
            key=lambda source: source[0],
        )

    def _consider(
        self, name: str, point: EntryPoint | None, factory: Callable[[ApiConfig], Any] | None
    ) -> None:
        """Load and register one plugin, unless it is switched off."""
        record = PluginRecord(name)
        if point is not None and point.dist is not None:
            record.distribution, record.version = point.dist.name, point.dist.version
        self.records.append(record)
        on, record.why = switch(name, self.config)
        if not on:
            return
        try:
            if factory is None and point is not None:
                factory, record.load_ms = imported(point)
            started = time.perf_counter()
            plugin = factory(self.config) if factory is not None else None
        except MissingExtra as missing:
            record.why = str(missing)
            self._leave_out(str(missing), missing)
            return
        except ConfigError:
            raise  # wrong settings are refused at once, whoever reads them
        except (Exception, SystemExit) as error:
            if any(map(from_handler, chain(error))):
                raise
            record.why = f"it did not load: {type(error).__name__}: {error}"
            self._leave_out(f"{record} is left out: {record.why}", error)
            return
        record.load_ms = (record.load_ms or 0.0) + (time.perf_counter() - started) * 1000
        if plugin is None:
            record.why = "it has nothing to do under this configuration"
            return
        record.on = True
        try:
            self._register(record, plugin)
        except ValueError as error:
            reraise(error)
            record.on, record.why = False, f"it could not be registered: {error}"
            self._leave_out(f"{record} is left out: {record.why}", error)

    def _leave_out(self, message: str, cause: BaseException | None) -> None:
        """Warn that a plugin is left out; raise instead where plugins are strict."""
        if self.config.strict_plugins:
            raise PluginError(message) from cause
        warnings.warn(printable(message), PluginWarning, stacklevel=6)

    def _register(self, record: PluginRecord, plugin: object) -> None:
        """Check the hooks of a plugin and register it.

        Raises:
            PluginError: a hook is misspelt, unmarked, a coroutine function or a wrapper.
        """
        marked = marked_hooks(plugin)
        for name, (function, marks) in marked.items():
            if marks is None:
                raise PluginError(f"{record}: {name} lacks the mark @hookimpl")
            if name not in HOOKS:
                near = difflib.get_close_matches(name, HOOKS, 1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise PluginError(f"{record}: there is no hook {name}{hint}")
            if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
                raise PluginError(f"{record}: {name} is asynchronous; a hook answers with a value or a flow")
            if name in OBSERVERS and inspect.isgeneratorfunction(function):
                raise PluginError(f"{record}: {name} observes; a flow would never be run")
            if marks.get("wrapper") or marks.get("hookwrapper"):
                raise PluginError(f"{record}: {name} is a wrapper; a hook answers with a flow instead")
        try:
            self.manager.register(plugin, record.name)
        except pluggy.PluginValidationError as error:
            raise PluginError(f"{record}: {error}") from error
        record.hooks = tuple(sorted(marked, key=HOOKS.index))

    def _order(self) -> None:
        """Work out who is asked in which order; called whenever a plugin comes or goes."""
        self.manager.check_pending()
        checks = checks_for(self.config, self.keyring)
        by_name = {record.name: record for record in self.records}
        chains: dict[str, tuple[Implementation, ...]] = {}
        for name in HOOKS:
            caller = getattr(self.manager.hook, name)
            implementations = (
                Implementation(
                    name,
                    by_name[impl.plugin_name],
                    adapted(impl.function, tuple(impl.argnames), tuple(caller.spec.argnames)),
                    self.keyring,
                    checks.get(name, anything),
                    self.config.max_effects,
                )
                for impl in reversed(caller.get_hookimpls())
            )
            chains[name] = tuple(
                hook if hook.record.distribution == "cocapi" else watched(hook) for hook in implementations
            )
        chains["cocapi_attempted"] = paired(chains["cocapi_attempt"], chains["cocapi_attempted"])
        self.hooks = Hooks(**chains)


def switch(name: str, config: ApiConfig) -> tuple[bool, str]:
    """Whether the configuration wants a plugin, and which of its words decided."""
    said = config.plugins.get(name)
    if config.only_plugins is not None and name not in (*config.only_plugins, config.transport):
        return False, f"only_plugins={','.join(config.only_plugins)}"
    if said is not None:
        return said is not False, f"plugins={{{name!r}: {'False' if said is False else '…'}}}"
    if name in SWITCHES:
        wanted = getattr(config, SWITCHES[name])
        return wanted, f"{SWITCHES[name]}={wanted}"
    return True, "installed"


def marked_hooks(plugin: object) -> dict[str, tuple[Any, dict[str, Any] | None]]:
    """The methods of a plugin that are meant as hooks, with the marks of pluggy; None: unmarked."""
    found = {}
    for name in dir(plugin):
        function = getattr(plugin, name, None) if name.startswith("cocapi_") else None
        if callable(function):
            found[name] = (function, getattr(function, "cocapi_impl", None))
    return found
