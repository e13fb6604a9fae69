"""The options of the plugin."""

from __future__ import annotations

from dataclasses import dataclass

from cocapi.options import Count, Rate, Seconds

__all__ = ["RateLimitOptions"]


@dataclass(frozen=True)
class RateLimitOptions:
    """At most ``burst_limit + requests_per_second * t`` attempts are let through in any t seconds.

    Attributes:
        requests_per_second: Attempts let through in the long run.
        burst_limit: Attempts let through at once after a pause.
        max_wait: Seconds after which an attempt fails instead of waiting; None: it waits as long as it takes.
        processes: How many share the limit through a store: while that is away, each keeps to its part.
    """

    requests_per_second: Rate = 10.0
    burst_limit: Count = 20
    max_wait: Seconds | None = 60.0
    processes: Count = 1
