"""Plugin ``redis``: a store in Redis or Valkey, shared by hosts: ``store="redis://host/0"``."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from cocapi import ApiConfig, MissingExtra, Store, hookimpl
from cocapi_redis.address import address_of
from cocapi_redis.options import RedisOptions

if TYPE_CHECKING:
    from cocapi_redis.store import RedisStore

__all__ = ["Redis", "RedisOptions"]


class Redis:
    """The plugin ``redis``: offers a store that clients of many hosts share.

    Args:
        config: The settings of the client.
        options: None: those of `config`.
    """

    def __init__(self, config: ApiConfig, options: RedisOptions | None = None) -> None:
        self.options = options or config.options_for("redis", RedisOptions)
        self.store: RedisStore | None = None

    @hookimpl
    def cocapi_store(self, config: ApiConfig) -> Store | None:
        """The store, where the setting names it; nothing is connected yet.

        Raises:
            MissingExtra: It is named, and redis-py is not installed.
            ConfigError: The address makes no sense.
        """
        address = address_of(config.store)
        if address is None:
            return None
        if find_spec("redis") is None:
            raise MissingExtra("store='redis://…'", "redis")
        from cocapi_redis.connections import Connections, Login
        from cocapi_redis.pipelines import AsyncConnections
        from cocapi_redis.store import RedisStore

        login = Login(address, self.options.ca_file, config.store_timeout)
        self.store = RedisStore(Connections(login), AsyncConnections(login), self.options)
        return self.store

    @hookimpl
    def cocapi_forked(self) -> None:
        """Leave the parent's connections to the parent."""
        if self.store is not None:
            self.store.abandon()
