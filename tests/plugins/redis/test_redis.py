"""The store in Redis keeps what every store promises, for clients of many hosts."""

import itertools
from typing import Any

import pytest

from cocapi import ApiConfig
from cocapi.testing.stores import StoreConformance
from cocapi_redis import Redis

NAMES = itertools.count()
"""Namespaces that nobody has used."""


def store_at(url: str, name: str | None = None, **settings: Any) -> Any:
    """A store in a server."""
    options = {"namespace": name or f"test{next(NAMES)}"}
    config = ApiConfig(store=url, store_timeout=5, plugins={"redis": {**options, **settings}})
    return Redis(config).cocapi_store(config)


class TestRedis(StoreConformance):
    """In real time, by the server's clock."""

    tick = 0.2
    tolerance = 0.1
    examples = 2

    @pytest.fixture(autouse=True)
    def _server(self, redis_server: Any) -> None:
        self.url = redis_server.url

    def new_store(self) -> Any:
        self.name = f"test{next(NAMES)}"
        return store_at(self.url, self.name)

    def second_handle(self, store: Any) -> Any:
        return store_at(self.url, self.name)
