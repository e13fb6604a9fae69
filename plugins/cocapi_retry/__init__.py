"""Plugin ``retry``: failed attempts made again, when that may help and can do no harm.

    ApiConfig(max_retries=5, retry_delay=0.5, plugins={"retry": {"max_delay": 10, "budget": 60}})
    api.with_options(retry=False).clan_tag("#2PP")  # one attempt

What the server asks for (``Retry-After``) is waited for exactly.
"""

from __future__ import annotations

import logging
import random as chance
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from cocapi import ApiConfig, CocApiError, Request, Retry, hookimpl
from cocapi.clocks import elapsed
from cocapi.interrupts import undisturbed
from cocapi_retry.options import RetryOptions
from cocapi_retry.repeatable import repeatable

if TYPE_CHECKING:
    from cocapi_retry.policy import Policy

__all__ = ["Retries", "RetryOptions"]

log = logging.getLogger("cocapi.retry")


class Retries:
    """The plugin ``retry``: decides whether, and when, a failed attempt is made again.

    Args:
        config: The settings of the client.
        options: None: those of `config`.
        clock: Seconds on a clock that never goes back: the budget is measured with it.
        wall: Seconds since 1970, to read a Retry-After date with; None: whatever `time.time` is at the
            moment.
        random: A number from 0 up to 1, for jitter.
    """

    def __init__(
        self,
        config: ApiConfig,
        options: RetryOptions | None = None,
        *,
        clock: Callable[[], float] = elapsed,
        wall: Callable[[], float] | None = None,
        random: Callable[[], float] = chance.random,
    ) -> None:
        self.options = options or config.options_for("retry", RetryOptions)
        self.clock = clock
        self.wall = wall or (lambda: time.time())
        self.random = random
        self._made: Policy | None = None

    @hookimpl(tryfirst=True)
    def cocapi_request(self, request: Request) -> None:
        """Note when the call began."""
        request.state["retry"] = self.clock()

    @hookimpl
    def cocapi_error(self, request: Request, error: CocApiError, attempt: int) -> Retry | None:
        """Another attempt, unless it cannot help, might act twice, or would come too late."""
        if request.options.get("retry") is False or not repeatable(request, error):
            return None
        now = self.clock()
        delay = self._policy().delay(error, attempt, request.state.get("retry", now), now)
        if delay is None:
            return None
        kind = type(error).__name__
        log.debug(
            "%s %s: attempt %d: %s; again in %.3f s", request.method, request.template, attempt, kind, delay
        )
        return Retry(after=delay)

    def _policy(self) -> Policy:
        """The waits and stops, made at the first failure: tenacity takes 20 ms to import."""
        if self._made is None:
            self._made = undisturbed(self._make)
        return self._made

    def _make(self) -> Policy:
        from cocapi_retry.policy import Policy

        return Policy(self.options, self.wall, self.random)
