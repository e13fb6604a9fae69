"""Plugin ``ratelimit``: hold attempts back so that the API never has to.

Switched by `ApiConfig.enable_rate_limiting`; `requests_per_second` and `burst_limit` set the bound. Every
attempt counts, retries too, and all threads and tasks of a client share one budget.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cocapi import ApiConfig, Flow, hookimpl
from cocapi.clocks import elapsed
from cocapi_ratelimit.limit import options_of, wait_in_line
from cocapi_ratelimit.line import Line

__all__ = ["RateLimit"]


class RateLimit:
    """First come, first served: at most ``burst_limit + requests_per_second * t`` attempts in any t seconds.

    Option `max_wait`: seconds after which an attempt fails instead of waiting; None waits as long as it
    takes; 60 unless given.

    Raises:
        ConfigError: for an unknown option or a wrong value.
    """

    def __init__(self, config: ApiConfig, *, clock: Callable[[], float] = elapsed) -> None:
        self.max_wait = options_of(config)
        self.line = Line(config.requests_per_second, config.burst_limit, clock)

    @hookimpl
    def cocapi_attempt(self) -> Flow[None] | None:
        """Let the attempt pass, or answer with a flow that waits in line."""
        ticket = self.line.join(self.max_wait)
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
