"""Plugin ``sqlite``: a store in a file, for the processes of a host: ``store="sqlite:///cocapi.db"``."""

from __future__ import annotations

from cocapi import ApiConfig, Store, hookimpl
from cocapi_sqlite.address import file_of
from cocapi_sqlite.database import Database
from cocapi_sqlite.options import SqliteOptions
from cocapi_sqlite.store import SqliteStore

__all__ = ["Sqlite", "SqliteOptions", "SqliteStore"]


class Sqlite:
    """The plugin ``sqlite``: offers a store that outlasts the process.

    Args:
        config: The settings of the client.
        options: None: those of `config`.
    """

    def __init__(self, config: ApiConfig, options: SqliteOptions | None = None) -> None:
        self.options = options or config.options_for("sqlite", SqliteOptions)
        self.store: SqliteStore | None = None

    @hookimpl
    def cocapi_store(self, config: ApiConfig) -> Store | None:
        """The store, where the setting names it; its file is made, or looked at, before the first call."""
        path = file_of(config.store)
        if path is None:
            return None
        database = Database(path, config.store_timeout)
        database.prepare()
        self.store = SqliteStore(database, self.options.max_bytes, self.options.max_entries)
        return self.store

    @hookimpl
    def cocapi_forked(self) -> None:
        """Leave the parent's connections alone: SQLite forbids even to close them here."""
        if self.store is not None:
            self.store.database.abandon()
