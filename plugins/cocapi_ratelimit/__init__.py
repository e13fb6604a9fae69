"""Plugin ``ratelimit``: hold attempts back so that the API never has to.

Switched by `ApiConfig.enable_rate_limiting`. Every attempt counts, retries too, and all threads and tasks of
a client share one budget for each token, since the API counts the requests of a key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cocapi import AnyCocApi, ApiConfig, Flow, Request, Store, hookimpl
from cocapi.clocks import elapsed
from cocapi_ratelimit.limit import wait_in_line
from cocapi_ratelimit.line import Line
from cocapi_ratelimit.lines import ByToken, Lines, Queues
from cocapi_ratelimit.options import RateLimitOptions

__all__ = ["RateLimit", "RateLimitOptions", "SharedRateLimit", "alone_or_shared"]


def alone_or_shared(config: ApiConfig, options: RateLimitOptions) -> RateLimit:
    """The plugin: a `SharedRateLimit` where the client has a store that others have too."""
    return (RateLimit if config.store == "memory" else SharedRateLimit)(config, options)


class RateLimit:
    """First come, first served: at most ``burst_limit + requests_per_second * t`` attempts in any t seconds
    with one token.

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
        self.options: RateLimitOptions = options or config.options_for("ratelimit", RateLimitOptions)
        self.lines: ByToken[Any] = Lines(self.options.requests_per_second, self.options.burst_limit, clock)

    @hookimpl
    def cocapi_attempt(self, request: Request) -> Flow[None] | None:
        """Let the attempt pass, or answer with a flow that waits in the line of its token."""
        line: Line = self.lines[request.key_id]
        ticket = line.join(self.options.max_wait)
        return None if ticket is None else wait_in_line(line, ticket)

    @hookimpl
    def cocapi_namespace(self) -> RateLimit:
        """Offer its methods as ``api.ratelimit``."""
        return self

    @hookimpl
    def cocapi_forked(self) -> None:
        """Begin lines of this process's own: each process has budgets of its own."""
        self.lines.renew()

    def stats(self) -> dict[str, Any]:
        """``admitted``: attempts let through; ``waited``: how many of them had to wait; ``waiting``: how
        many do now; ``seconds``: how long all waited together. Of all tokens together."""
        return self.lines.stats()


class SharedRateLimit(RateLimit):
    """The plugin ``ratelimit`` of a client with a store: all processes have one budget for each token.

    Args:
        config: As for `RateLimit`.
        options: As there; `processes` says how many share the limit.
        clock: As there.
    """

    def __init__(
        self,
        config: ApiConfig,
        options: RateLimitOptions | None = None,
        *,
        clock: Callable[[], float] = elapsed,
    ) -> None:
        super().__init__(config, options, clock=clock)
        rate, burst = self.options.requests_per_second, self.options.burst_limit
        self.lines = self.queues = Queues(rate, burst, self.options.processes, clock)
        self.store: Store | None = None  # until the client is opened

    @hookimpl
    def cocapi_open(self, client: AnyCocApi) -> None:
        """Learn of the store."""
        self.store = client.store

    @hookimpl
    def cocapi_attempt(self, request: Request) -> Flow[None]:
        """A flow that waits in the line of this process, and asks the store when it is first."""
        return self.queues[request.key_id].pass_through(self.store, self.options.max_wait)

    def stats(self) -> dict[str, Any]:
        """As `RateLimit.stats`, of this process; and ``asked``: how often it asked the store for a place."""
        return {"asked": 0, **super().stats()}
