"""When the next attempt is made: tenacity's waits and stops decide, somebody else sleeps."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import cast

from tenacity import Future, RetryCallState, Retrying, stop_after_attempt, stop_before_delay, wait_exponential

from cocapi import CocApiError
from cocapi_retry.options import RetryOptions
from cocapi_retry.retry_after import asked_for

__all__ = ["Policy"]


class Backoff(wait_exponential):
    """Wait what the server asks for; else, doubling from attempt to attempt, up to the longest wait, a part
    of it left to chance so that many clients do not come back at once.

    What the server asks for beyond the longest wait is waited for ever: no budget reaches that, so the
    call ends at once instead of waiting in vain.
    """

    def __init__(self, options: RetryOptions, wall: Callable[[], float], random: Callable[[], float]) -> None:
        super().__init__(multiplier=options.delay, max=options.max_delay)
        self.longest = options.max_delay
        self.jitter = options.jitter
        self.wall = wall
        self.random = random

    def __call__(self, retry_state: RetryCallState) -> float:
        """Seconds before the attempt after `retry_state`."""
        asked = asked_for(error_of(retry_state), self.wall())
        if asked is None:
            return super().__call__(retry_state) * (1 - self.jitter * self.random())
        return asked if asked <= self.longest else math.inf


class Policy:
    """Attempts, waits and budget of a client's calls.

    Args:
        options: How many attempts there may be, and how long the waits are.
        wall: Seconds since 1970.
        random: A number from 0 up to 1.
    """

    def __init__(self, options: RetryOptions, wall: Callable[[], float], random: Callable[[], float]) -> None:
        self.retrying = Retrying(
            stop=stop_after_attempt(options.max_attempts) | stop_before_delay(options.budget),
            wait=Backoff(options, wall, random),
        )

    def delay(self, error: CocApiError, attempt: int, started: float, now: float) -> float | None:
        """Seconds to wait after a failed attempt before the next; None: there is to be none.

        Args:
            attempt: Counts from 1.
            started: When the call began, in seconds on any clock.
            now: The time, on the same clock.
        """
        state = RetryCallState(self.retrying, None, (), {})
        state.attempt_number = attempt
        state.outcome = Future.construct(attempt, error, has_exception=True)
        state.start_time, state.outcome_timestamp = started, now
        state.upcoming_sleep = self.retrying.wait(state)
        return None if self.retrying.stop(state) else state.upcoming_sleep


def error_of(state: RetryCallState) -> CocApiError:
    """The error of the attempt that a state is about."""
    outcome = cast(Future, state.outcome)
    return cast(CocApiError, outcome.exception())
