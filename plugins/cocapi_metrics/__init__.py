"""Plugin ``metrics``: what the last calls were like. Switched by `ApiConfig.enable_metrics`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from cocapi import ApiConfig, ConfigError, Outcome, Request, hookimpl
from cocapi_metrics.records import CallRecord, Records

__all__ = ["CallRecord", "Metrics"]


class Metrics:
    """Keeps a record of each of the last `ApiConfig.metrics_window_size` calls.

    clock:
        Seconds on a clock that never goes back; durations are measured with it.
    wall:
        Seconds since 1970.

    Raises:
        ConfigError: for options under ``plugins={"metrics": {…}}``; there are none.
    """

    def __init__(
        self,
        config: ApiConfig,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        if config.options("metrics"):
            raise ConfigError("plugins['metrics'] takes no options; set ApiConfig.metrics_window_size")
        self.clock = clock
        self.wall = wall
        self.records = Records(config.metrics_window_size)

    @hookimpl(tryfirst=True)
    def cocapi_request(self, request: Request) -> None:
        """Note when the call began."""
        request.state["metrics"] = self.clock()

    @hookimpl
    def cocapi_finished(self, request: Request, outcome: Outcome) -> None:
        """Record the call."""
        now = self.clock()
        seconds = now - request.state.get("metrics", now)
        self.records.add(CallRecord.of(outcome, seconds, self.wall()))

    def summary(self) -> dict[str, Any]:
        """The figures of all recorded calls.

        total_requests:
            Calls that ended, cache hits included, cancelled ones left out.
        cancelled:
            Calls that were cancelled.
        success_rate, error_rate, cache_hit_rate:
            Parts of `total_requests`, from 0 to 1. A stale answer is a success and no hit.
        avg_response_time:
            Milliseconds; ``average_response_time`` is the same in seconds, as in 3.0.
        response_time_percentiles:
            ``p50``, ``p75``, ``p90``, ``p95``, ``p99``, ``min``, ``max`` in milliseconds.
        status_code_breakdown, error_breakdown:
            How many calls by HTTP status (0: no response) and by `error_type`.
        most_used_endpoints:
            Up to five pairs of endpoint and count, most used first.
        endpoints:
            The same figures for each endpoint, by template: ``GET /clans/{clanTag}``.
        timespan:
            ``start`` and ``end`` in seconds since 1970, and ``duration_seconds``.
        message:
            There only when nothing was recorded.
        """
        return self.records.summary()

    def get_endpoint_metrics(self, endpoint: str) -> dict[str, Any]:
        """The figures of one endpoint, by its template with or without method."""
        return self.records.of_endpoint(endpoint)

    def get_recent_errors(self, limit: int = 10) -> list[dict[str, Any]]:
        """The newest failed calls, newest first, each as a dict of its record."""
        return self.records.errors(limit)

    def export_metrics_csv(self) -> str:
        """All records as CSV, with a line of names first; times in seconds."""
        return self.records.csv()

    def clear(self) -> None:
        """Forget all records."""
        self.records.clear()
