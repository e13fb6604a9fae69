"""Classes of versions 3 and 4 whose work others do now. They can be imported, annotated with and asked about;
whoever has one from the client has its methods. Nobody but the client makes one."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import Any

__all__ = ["SUCCESSORS", "CacheEntry", "RequestMetric", "successor"]

SUCCESSORS: dict[str, tuple[str, str, str]] = {
    "ApiMethods": ("cocapi.client.clients", "CocApi", "CocApi"),
    "AsyncCocApiCore": ("cocapi.client.clients", "AsyncCocApi", "AsyncCocApi"),
    "AsyncRateLimiter": ("cocapi_ratelimit", "RateLimit", "api.ratelimit"),
    "CacheManager": ("cocapi_cache", "Cache", "api.cache"),
    "MetricsTracker": ("cocapi_metrics", "Metrics", "api.metrics"),
    "MiddlewareManager": ("cocapi_middleware", "Middleware", "api.middleware"),
}
"""By name, the module and the name of the class that does the work, and how a program comes by it."""


def successor(name: str, stacklevel: int = 3) -> Any:
    """The class that does the work of one of versions 3 and 4; warns once for each place that asks."""
    module, kind, way = SUCCESSORS[name]
    warnings.warn(
        f"cocapi.{name} is another name of {module}.{kind} since 5.0: use {way}",
        DeprecationWarning,
        stacklevel=stacklevel,
    )
    return getattr(import_module(module), kind)


@dataclass
class CacheEntry:
    """An answer of versions 3 and 4 in the cache. The plugin ``cache`` keeps bytes, and makes none of these.

    Attributes:
        data: The answer.
        timestamp: When it came, in seconds since 1970.
        ttl: Seconds that it is good for.
    """

    data: dict[str, Any]
    timestamp: float
    ttl: int

    def is_expired(self, current_time: float) -> bool:
        """Whether it is older than its time, at `current_time` in seconds since 1970."""
        return current_time > self.timestamp + self.ttl


@dataclass
class RequestMetric:
    """A call of versions 3 and 4 in the metrics; ``cocapi_metrics.CallRecord`` is what is kept now.

    Attributes:
        endpoint: The path, with placeholders for tags and ids.
        method: ``"GET"`` or ``"POST"``.
        status_code: Of the response; 0: there was none.
        response_time: Seconds.
        timestamp: When it ended, in seconds since 1970.
        cache_hit: Whether the cache answered.
        error_type: As in the error dict; None: it succeeded.
    """

    endpoint: str
    method: str
    status_code: int
    response_time: float
    timestamp: float
    cache_hit: bool
    error_type: str | None = None
