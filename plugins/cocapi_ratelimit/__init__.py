"""Plugin ``ratelimit``: hold attempts back so that the API never has to.

Switched by `ApiConfig.enable_rate_limiting`. Every attempt counts, retries too, and all threads and tasks of
a client share one budget.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cocapi import ApiConfig, Flow, hookimpl
from cocapi.clocks import elapsed
from cocapi_ratelimit.limit import wait_in_line
from cocapi_ratelimit.line import Line
from cocapi_ratelimit.options import RateLimitOptions

__all__ = ["RateLimit", "RateLimitOptions"]


class RateLimit:
    """First come, first served: at most ``burst_limit + requests_per_second * t`` attempts in any t seconds.

    Args:
        config: The settings of the client.
        options: None: those of `config`.
        clock: Seconds on a clock that never goes back.
    """

    def __init__(
        self,
        config: ApiConfig,
        options: RateLimitOptions | None = None,
        *,
        clock: Callable[[], float] = elapsed,
    ) -> None:
        self.options = options or config.options_for("ratelimit", RateLimitOptions)
        self.line = Line(self.options.requests_per_second, self.options.burst_limit, clock)

    @hookimpl
    def cocapi_attempt(self) -> Flow[None] | None:
        """Let the attempt pass, or answer with a flow that waits in line."""
        ticket = self.line.join(self.options.max_wait)
        return None if ticket is None else wait_in_line(self.line, ticket)

    @hookimpl
    def cocapi_namespace(self) -> RateLimit:
        """Offer its methods as ``api.ratelimit``."""
        return self

    @hookimpl
    def cocapi_forked(self) -> None:
        """Begin a line of this process's own: each process has a budget of its own."""
        self.line.renew()

    def stats(self) -> dict[str, Any]:
        """``admitted``: attempts let through; ``waited``: how many of them had to wait; ``waiting``: how
        many do now; ``seconds``: how long all waited together."""
        return self.line.stats()
