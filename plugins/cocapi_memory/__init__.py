"""Plugin ``memory``: the store of one client, in its process: ``store="memory"``, as it is by default."""

from __future__ import annotations

from cocapi import ApiConfig, Store, hookimpl
from cocapi_memory.options import MemoryOptions
from cocapi_memory.store import MemoryStore

__all__ = ["Memory", "MemoryOptions", "MemoryStore"]


class Memory:
    """The plugin ``memory``: offers a store that lasts as long as its client.

    Args:
        config: The settings of the client.
        options: None: those of `config`.
    """

    def __init__(self, config: ApiConfig, options: MemoryOptions | None = None) -> None:
        options = options or config.options_for("memory", MemoryOptions)
        self.store = MemoryStore(options.max_bytes, options.max_entries)

    @hookimpl
    def cocapi_store(self, config: ApiConfig) -> Store | None:
        """The store, where the setting names it."""
        return self.store if config.store == "memory" else None

    @hookimpl
    def cocapi_forked(self) -> None:
        """Keep values, budgets and logs, which are whole; whoever held a lease is in the parent only."""
        self.store.renew()
