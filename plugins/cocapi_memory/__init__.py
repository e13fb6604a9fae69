"""The store of one client, in the memory of its process: ``store="memory"``, as it is by default."""

from __future__ import annotations

from cocapi import ApiConfig, ConfigError, Store, hookimpl
from cocapi_memory.store import MemoryStore

__all__ = ["Memory", "MemoryStore"]


class Memory:
    """The plugin ``memory``: offers a store that lasts as long as its client.

    Option `max_bytes`: how much the values may take, keys and some 200 bytes for each included; the least
    recently used go first; 64 MiB unless given. Option `max_entries`: how many entries a log keeps; the
    oldest go first; 10000 unless given.

    Raises:
        ConfigError: for an unknown option or a wrong value.
    """

    def __init__(self, config: ApiConfig) -> None:
        options = options_of(config)
        self.store = MemoryStore(options["max_bytes"], options["max_entries"])

    @hookimpl
    def cocapi_store(self, config: ApiConfig) -> Store | None:
        """The store, where the setting names it."""
        return self.store if config.store == "memory" else None

    @hookimpl
    def cocapi_forked(self) -> None:
        """Keep values, budgets and logs, which are whole; whoever held a lease is in the parent only."""
        self.store.renew()


def options_of(config: ApiConfig) -> dict[str, int]:
    """The options `max_bytes` and `max_entries`.

    Raises:
        ConfigError: for an unknown option or a wrong value, by name.
    """
    options = {"max_bytes": 64 * 1024 * 1024, "max_entries": 10_000}
    for name, value in config.options("memory").items():
        if name not in options:
            raise ConfigError(f"plugins['memory'] has no option {name!r}; there are {', '.join(options)}")
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ConfigError(f"plugins['memory'][{name!r}] is {value!r}: it must be a whole number above 0")
        options[name] = value
    return options
