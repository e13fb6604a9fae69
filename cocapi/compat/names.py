"""Methods that plugins' namespaces (``api.cache``, ``api.metrics``, ``api.middleware``) had by other names in
versions 3 and 4. A plugin's class inherits them; what has no counterpart says what to use."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, cast

__all__ = ["CacheNames", "MetricsNames", "MiddlewareNames"]


class FormerNames:
    """Says of a name that is gone what to use.

    Attributes:
        GONE: By name, what to use.
    """

    GONE: ClassVar[dict[str, str]] = {}

    if not TYPE_CHECKING:  # for a checker, what is gone is not there

        def __getattr__(self, name: str) -> Any:
            kind = type(self).__name__
            if name in self.GONE:
                raise AttributeError(f"{kind}.{name} is gone since 5.0: {self.GONE[name]}")
            raise AttributeError(f"{kind!r} object has no attribute {name!r}", name=name, obj=self)

    def is_enabled(self) -> bool:
        """True: a plugin that is off is not there to be asked."""
        return True

    def enable(self) -> None:
        """Nothing: it is on."""


class CacheNames(FormerNames):
    """Of ``CacheManager``."""

    BY_CALLS: ClassVar[str] = "calls keep answers, and find them, by themselves"
    BY_TTL: ClassVar[str] = "assign api.config.cache_ttl"
    GONE: ClassVar[dict[str, str]] = {
        "cache": "api.cache.stats() counts the answers",
        "cleanup_expired": "answers past their time go by themselves",
        "default_ttl": BY_TTL,
        "disable": "assign api.config.enable_caching = False",
        "extend_ttl": BY_TTL,
        "get": BY_CALLS,
        "get_cache_info": "api.cache.stats() counts the answers",
        "get_entry_info": "api.cache.stats() counts the answers",
        "set": BY_CALLS,
        "set_default_ttl": BY_TTL,
        "touch": BY_TTL,
    }

    def get_stats(self) -> dict[str, Any]:
        """`stats` by its name of 3.0."""
        return cast(dict[str, Any], cast(Any, self).stats())


class MetricsNames(FormerNames):
    """Of ``MetricsTracker``."""

    GONE: ClassVar[dict[str, str]] = {
        "disable": "assign api.config.enable_metrics = False",
        "max_metrics": "read api.config.metrics_window_size",
        "metrics": "api.metrics.export_metrics_csv() has every record",
        "get_performance_insights": "api.metrics.summary() has the figures",
        "record_request": "calls are recorded by themselves",
    }

    def get_metrics_summary(self) -> dict[str, Any]:
        """`summary` by its name of 3.0."""
        return cast(dict[str, Any], cast(Any, self).summary())

    def clear_metrics(self) -> None:
        """`clear` by its name of 3.0."""
        cast(Any, self).clear()


class MiddlewareNames(FormerNames):
    """Of ``MiddlewareManager``."""

    GONE: ClassVar[dict[str, str]] = {
        "apply_request_middleware": "the functions run in each call",
        "apply_response_middleware": "the functions run in each call",
    }

    @property
    def request_middleware(self) -> list[Callable[..., Any]]:
        """The functions on requests, in their order; the list itself."""
        return cast(list[Callable[..., Any]], cast(Any, self).functions.requests)

    @property
    def response_middleware(self) -> list[Callable[..., Any]]:
        """The functions on answers, in their order; the list itself."""
        return cast(list[Callable[..., Any]], cast(Any, self).functions.responses)
