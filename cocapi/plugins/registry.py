"""The plugins of one client: switched, loaded, ordered; and which one is to blame."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, overload

import pluggy

from cocapi.callers import caller_level
from cocapi.calls import hookspecs
from cocapi.calls.checks import anything, checks_for
from cocapi.calls.hookimpl import Order, order_of
from cocapi.calls.hooks import HOOKS, Hooks, Implementation, adapted, in_pairs
from cocapi.calls.keyring import Keyring
from cocapi.calls.watch import watched
from cocapi.config import ApiConfig
from cocapi.errors import CocApiError, ConfigError, MissingExtra, PluginError
from cocapi.interrupts import chain, from_handler, reraise
from cocapi.options.declared import declared
from cocapi.options.marks import masked, secrets_in
from cocapi.plugins import discovery
from cocapi.plugins.discovery import GROUP, Source, imported
from cocapi.plugins.factories import Off, factory_of
from cocapi.plugins.implemented import WrongHook, hooks_of
from cocapi.plugins.manager import Manager
from cocapi.plugins.order import in_order
from cocapi.plugins.records import NoPlugin, PluginRecord, PluginWarning
from cocapi.plugins.switches import switch
from cocapi.text import did_you_mean, nearest, printable
from cocapi.travelling import Single

__all__ = ["Plugins"]

T = TypeVar("T")


class Plugins(Single, Mapping[str, Any]):
    """The plugins of one client: a mapping from name to the plugin object, which also knows them by class.

        api.plugins["cache"].stats()
        api.plugins[Cache].stats()

    Attributes:
        opened: Whether there is nothing to open before the next call (`cocapi_open`).

    Raises:
        ConfigError: When made, for options that a plugin does not declare or refuses.
        PluginError: When made, for a misspelt hook, an order that goes round in a circle, a factory given in
            code that fails; with `ApiConfig.strict_plugins`, for any plugin that does not load.
    """

    def __init__(self, config: ApiConfig, keyring: Keyring | None = None) -> None:
        self.config = config
        self.keyring: Keyring = keyring or Keyring()
        self.manager: Manager = Manager(GROUP)
        self.manager.add_hookspecs(hookspecs)
        self.records: list[PluginRecord] = []
        self.hooks: Hooks = Hooks()
        self.opened: bool = False
        for sentence in discovery.absences(config):
            self._leave_out(sentence)
        for source in reversed(discovery.sources(config)):  # pluggy asks last who came first
            self._consider(source)
        self.records.sort(key=lambda record: record.name)
        self._order()

    @overload
    def __getitem__(self, name: str, /) -> Any: ...

    @overload
    def __getitem__(self, name: type[T], /) -> T: ...

    def __getitem__(self, name: Any, /) -> Any:
        """The plugin of a name, or the one that is an instance of a class.

        Raises:
            KeyError: There is none, or more than one of that class; the sentence says why.
        """
        plugin = self._of_class(name) if isinstance(name, type) else self.manager.get_plugin(name)
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
        if why := discovery.unregistered():
            return f"there is no plugin {name!r}, as {why}"
        return f"no plugin is named {name!r}{did_you_mean(name, [r.name for r in self.records])}"

    def register(self, plugin: object, name: str | None = None) -> None:
        """Add a plugin of your own. Of the plugins that stand alike, it is asked first.

        Args:
            plugin: An object with hooks.
            name: None: the name of its class in lower case.

        Raises:
            PluginError: It has no hook, or one that is misspelt, a coroutine function or a wrapper; or the
                order goes round in a circle.
            ValueError: The name is taken, or the object is registered already.
        """
        name = name or type(plugin).__name__.lower()
        record = PluginRecord(name, on=True, why="registered in code")
        self._register(record, plugin)
        self.records = [*(other for other in self.records if other.name != name), record]
        try:
            self._order()
        except PluginError:
            self.unregister(name)
            raise

    def unregister(self, name: str) -> Any:
        """Remove a plugin and return it.

        Raises:
            KeyError: There is none of this name.
        """
        plugin = self[name]
        self.manager.unregister(plugin)
        self.records = [record for record in self.records if record.name != name]
        self._order()
        return plugin

    def switch(self, name: str) -> None:
        """Do anew what the configuration says of a plugin: leave it out, or make it with its options. It
        stands in the order where it stood.

        Raises:
            ConfigError, PluginError: As when made.
        """
        sources = list(reversed(discovery.sources(self.config)))
        earlier = [source.name for source in sources if source.name > name]
        source = next(source for source in sources if source.name == name)
        later = {
            other: self.manager.unregister(plugin)
            for other, plugin in self.manager.list_name_plugin()
            if other not in (*earlier, name)
        }
        if self.manager.has_plugin(name):
            self.manager.unregister(name=name)
        self.records = [record for record in self.records if record.name != name]
        try:
            self._consider(source)
        finally:
            for other, plugin in later.items():
                self.manager.register(plugin, other)
            self.records.sort(key=lambda record: record.name)
            self._order()

    def _of_class(self, kind: type[T]) -> T:
        plugins = [plugin for name in self if isinstance(plugin := self[name], kind)]
        if len(plugins) != 1:
            how_many = f"{len(plugins)} plugins are" if plugins else "no plugin that is on is"
            raise KeyError(f"{how_many} of the class {kind.__qualname__}; the names are {', '.join(self)}")
        return plugins[0]

    def _consider(self, source: Source) -> None:
        """Load and register one plugin, unless it is switched off."""
        record = PluginRecord(source.name, *source.origin)
        self.records.append(record)
        on, record.why = switch(source.name, self.config)
        if not on:
            return
        for other in source.others:
            self._leave_out(f"the name {source.name!r} is taken by {record}: the one of {other} is left out")
        try:
            plugin = self._make(source, record)
            if plugin is None:
                record.why = "it has nothing to do under this configuration"
                return
            self._register(record, plugin)
            record.on = True
        except Off as off:
            record.why = str(off)
        except MissingExtra as missing:
            record.why = str(missing)
            self._leave_out(record.why, missing)
        except (ConfigError, CocApiError):
            raise  # wrong settings and misspelt hooks are refused at once, whoever reads them
        except (Exception, SystemExit) as error:
            if any(map(from_handler, chain(error))):
                raise
            self._blame(source, record, error)

    def _make(self, source: Source, record: PluginRecord) -> Any:
        """The plugin that a source makes, told its options; None when it has nothing to do."""
        factory, record.load_ms = imported(source.point) if source.point else (factory_of(source.function), 0)
        started = time.perf_counter()
        record.options = factory.given
        if factory.options is not None:
            record.options = self.config.options_for(record.name, factory.options)
        if record.options is not None:
            record.secrets = secrets_of(record.options)
            for secret in record.secrets:
                self._keep(secret)
        plugin = factory.make(self.config, record.options)
        record.load_ms += (time.perf_counter() - started) * 1000
        if isinstance(plugin, Off):
            raise plugin
        return plugin

    def _keep(self, secret: str) -> None:
        """Take a secret of a plugin's options out of whatever servers and libraries say.

        One that no header can carry is not sent, so nobody echoes it.
        """
        try:
            self.keyring.keep(secret)
        except ValueError as error:
            reraise(error)

    def _blame(self, source: Source, record: PluginRecord, error: BaseException) -> None:
        """Leave a plugin out that could not be made; raise where it was given in code, which is the user's
        own.

        Raises:
            PluginError: It was given in code, or plugins are strict.
        """
        words = f"{error}" if isinstance(error, NoPlugin) else f"{type(error).__name__}: {error}"
        record.why = record.conceal(f"it did not load: {words}")
        if source.point is None:
            raise PluginError(f"{record} cannot be used: {record.conceal(words)}") from error
        self._leave_out(f"{record} is left out: {record.why}", error)

    def _leave_out(self, message: str, cause: BaseException | None = None) -> None:
        """Warn that a plugin is left out; raise instead where plugins are strict."""
        if self.config.strict_plugins:
            raise PluginError(message) from cause
        warnings.warn(printable(message), PluginWarning, stacklevel=caller_level())

    def _register(self, record: PluginRecord, plugin: object) -> None:
        """Check the hooks of a plugin and register it.

        Raises:
            PluginError: A hook is misspelt, unmarked, a coroutine function or a wrapper.
            NoPlugin: It has no hooks, its name is taken, or it is registered already.
        """
        try:
            record.hooks = hooks_of(plugin)
        except WrongHook as wrong:
            raise PluginError(f"{record}: {wrong}") from None
        if self.manager.has_plugin(record.name):
            taken = next(other for other in self.records if other.name == record.name)
            raise NoPlugin(f"the name {record.name!r} is taken by {taken}")
        if (name := self.manager.get_name(plugin)) is not None:
            raise NoPlugin(f"it is the very object that is registered as {name!r}")
        try:
            self.manager.register(plugin, record.name)
        except pluggy.PluginValidationError as error:
            raise PluginError(f"{record}: {error}") from error

    def _order(self) -> None:
        """Work out who is asked in which order; called whenever a plugin comes or goes.

        Raises:
            PluginError: What plugins say of each other goes round in a circle.
        """
        self.manager.check_pending()
        checks = checks_for(self.config, self.keyring)
        records = {record.name: record for record in self.records}
        chains: dict[str, tuple[Implementation, ...]] = {}
        for hook in HOOKS:
            caller = getattr(self.manager.hook, hook)
            found = {impl.plugin_name: impl for impl in reversed(caller.get_hookimpls())}
            implementations = (
                Implementation(
                    hook,
                    records[name],
                    adapted(found[name].function, tuple(found[name].argnames), tuple(caller.spec.argnames)),
                    self.keyring,
                    checks.get(hook, anything),
                    self.config.max_effects,
                )
                for name in self._in_order(hook, {name: impl.function for name, impl in found.items()})
            )
            chains[hook] = tuple(
                one if one.record.distribution == "cocapi" else watched(one) for one in implementations
            )
        chains["cocapi_attempted"] = in_pairs(chains["cocapi_attempt"], chains["cocapi_attempted"])
        self.hooks = Hooks(**chains)
        self.opened = False  # one that came has yet to be asked

    def _in_order(self, hook: str, functions: Mapping[str, Any]) -> list[str]:
        """The plugins that have a hook, those that name others beside these.

        Args:
            functions: By plugin, what is called, in the order of names and marks.
        """
        orders = {name: order_of(function) for name, function in functions.items()}
        named = {name: order for name, order in orders.items() if order != NONE}
        known = [record.name for record in self.records]
        for name, order in named.items():
            for other in {*order.before, *order.after} - {*known}:
                if near := nearest(other, known, 0.75):
                    message = (
                        f"plugin {name!r} is to be asked before or after {other!r}; did you mean {near!r}?"
                    )
                    warnings.warn(message, PluginWarning, stacklevel=caller_level())
        return in_order(hook, list(functions), named) if named else list(functions)


NONE = Order()
"""What most plugins say of their order."""


def secrets_of(options: Any) -> tuple[str, ...]:
    """The texts among options that are secret."""
    values = [getattr(options, option.name) for option in declared(type(options)).values() if option.secret]
    return tuple(secret for secret in secrets_in(masked(values)) if secret)
