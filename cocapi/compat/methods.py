"""Methods of versions 3 and 4 whose work plugins do: ``api.clear_cache()`` is ``api.cache.clear()``."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias, cast

from cocapi.errors import ConfigError

if TYPE_CHECKING:
    from cocapi.config import ApiConfig
    from cocapi.plugins import Plugins

__all__ = ["FlatNames"]

Answer: TypeAlias = dict[str, Any]
Parts: TypeAlias = tuple[str, dict[str, str], dict[str, Any]]


class HasPlugins(Protocol):
    """What the methods need of a client."""

    @property
    def plugins(self) -> Plugins: ...

    @property
    def config(self) -> ApiConfig: ...


class FlatNames:
    """What clients offered beside the operations of the API.

    Attributes:
        DEFAULT_PARAMS: The query of every list.
        ERROR_INVALID_PARAM: The beginning of the error dict for a parameter that there is not; compare the
            ``message``.
    """

    DEFAULT_PARAMS: ClassVar[tuple[str, ...]] = ("limit", "after", "before")
    ERROR_INVALID_PARAM: ClassVar[dict[str, str]] = {
        "result": "error",
        "message": "Invalid params for method",
    }

    @property
    def headers(self: HasPlugins) -> MutableMapping[str, str]:
        """The header fields that are sent with every request; what is assigned here is, too."""
        from cocapi.compat.headers import Headers

        return Headers(cast(Any, self))

    def get_metrics(self: HasPlugins) -> Answer:
        """``api.metrics.summary()``; says so when the plugin is off."""
        if "metrics" in self.plugins:
            return cast(Answer, self.plugins["metrics"].summary())
        return {"total_requests": 0, "message": f"No metrics: {self.plugins.absence('metrics')}"}

    def clear_metrics(self: HasPlugins) -> None:
        """``api.metrics.clear()``: forget the recorded calls."""
        if "metrics" in self.plugins:
            self.plugins["metrics"].clear()

    def get_cache_stats(self: HasPlugins) -> Answer:
        """``api.cache.stats()``; says so when the plugin is off."""
        if "cache" in self.plugins:
            return cast(Answer, self.plugins["cache"].stats())
        return {
            "enabled": False,
            "total_entries": 0,
            "expired_entries": 0,
            "valid_entries": 0,
            "default_ttl": self.config.cache_ttl,
            "hit_rate": 0,
            "stats": {"hits": 0, "misses": 0, "sets": 0, "evictions": 0},
            "message": f"No cache: {self.plugins.absence('cache')}",
        }

    def clear_cache(self: HasPlugins) -> int:
        """``api.cache.clear()``: forget every stored answer; returns how many there were."""
        return int(self.plugins["cache"].clear()) if "cache" in self.plugins else 0

    def add_request_middleware(
        self: HasPlugins, middleware: Callable[[str, dict[str, str], dict[str, Any]], Parts]
    ) -> None:
        """Run ``middleware(url, headers, params)`` on each request; it returns all three.

        Raises:
            ConfigError: The plugin middleware is off.
        """
        plugin_of(self, "middleware").add_request_middleware(middleware)

    def add_response_middleware(self: HasPlugins, middleware: Callable[[Answer], Answer]) -> None:
        """Run ``middleware(answer)`` on each answer from the network; it returns the answer.

        Raises:
            ConfigError: The plugin middleware is off.
        """
        plugin_of(self, "middleware").add_response_middleware(middleware)


def plugin_of(client: HasPlugins, name: str) -> Any:
    """A plugin that somebody counts on.

    Raises:
        ConfigError: It is off.
    """
    if name not in client.plugins:
        raise ConfigError(f"No {name}: {client.plugins.absence(name)}")
    return client.plugins[name]
