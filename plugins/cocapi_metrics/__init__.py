"""Plugin ``metrics``: what the last calls were like. Switched by `ApiConfig.enable_metrics`.

The same records feed `get_metrics()` and, where opentelemetry-api is installed, its instruments.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cocapi import ApiConfig, CocApiError, Outcome, Request, Response, hookimpl
from cocapi.clocks import elapsed
from cocapi.compat.names import MetricsNames
from cocapi.interrupts import reraise
from cocapi.transport import connections_opened
from cocapi_metrics.options import MetricsOptions
from cocapi_metrics.records import CallRecord, Records

if TYPE_CHECKING:
    from cocapi_metrics.instruments import Instruments

__all__ = ["CallRecord", "Metrics", "MetricsOptions"]

log = logging.getLogger("cocapi.metrics")


class Timing:
    """When a call began, and its attempt under way; None: there is none. Seconds on the plugin's clock.

    Attributes:
        opened: Connections opened for the attempts that have ended.
    """

    __slots__ = ("attempt", "call", "opened")

    def __init__(self, call: float) -> None:
        self.call = call
        self.attempt: float | None = None
        self.opened = 0


class Metrics(MetricsNames):
    """Keeps a record of each of the last calls.

    Args:
        config: The settings of the client.
        options: None: those of `config`.
        clock: Seconds on a clock that never goes back; durations are measured with it.
        wall: Seconds since 1970; None: whatever `time.time` is at the moment.
    """

    def __init__(
        self,
        config: ApiConfig,
        options: MetricsOptions | None = None,
        *,
        clock: Callable[[], float] = elapsed,
        wall: Callable[[], float] | None = None,
    ) -> None:
        options = options or config.options_for("metrics", MetricsOptions)
        self.clock = clock
        self.wall: Callable[[], float] = wall or (lambda: time.time())
        self.records: Records = Records(options.window_size)
        self.instruments: Instruments | None = instruments_of(options)
        self.http_client: bool = options.http_client and self.instruments is not None

    @hookimpl(tryfirst=True)
    def cocapi_request(self, request: Request) -> None:
        """Note when the call began."""
        request.state["metrics"] = Timing(self.clock())

    @hookimpl(trylast=True)
    def cocapi_attempt(self, request: Request, attempt: int) -> None:
        """Note when the attempt began, after all waits."""
        timing: Timing | None = request.state.get("metrics")
        if timing is not None and self.instruments is not None:
            timing.attempt = self.clock()
            if self.http_client:
                self.instruments.under_way[timing] = request.method, request.base_url

    @hookimpl
    def cocapi_waiting(self, request: Request, seconds: float, error: CocApiError | None) -> None:
        """Record a wait for the limit, or a retry."""
        if self.instruments is not None:
            self.instruments.waiting(request, seconds, error)

    @hookimpl(tryfirst=True)
    def cocapi_attempted(
        self, request: Request, attempt: int, response: Response | None, error: CocApiError | None
    ) -> None:
        """Record the attempt."""
        timing: Timing | None = request.state.get("metrics")
        if timing is None or timing.attempt is None or self.instruments is None:
            return
        began, timing.attempt = timing.attempt, None
        before, timing.opened = timing.opened, connections_opened(request)
        self.instruments.under_way.pop(timing, None)
        seconds = self.clock() - began if self.http_client else None
        self.instruments.attempt_ended(request, seconds, response, error, timing.opened - before)

    @hookimpl
    def cocapi_finished(self, request: Request, outcome: Outcome) -> None:
        """Record the call; what a provider makes of it cannot keep it from `get_metrics()`."""
        now = self.clock()
        timing: Timing = request.state.get("metrics") or Timing(now)
        record = CallRecord.of(outcome, now - timing.call, self.wall())
        self.records.add(record)
        if self.instruments is not None:
            self.instruments.note(record)

    @hookimpl
    def cocapi_namespace(self) -> Metrics:
        """Offer its methods as ``api.metrics``."""
        return self

    @hookimpl
    def cocapi_forked(self) -> None:
        """Count from zero: what the parent has counted is the parent's to tell."""
        self.records.clear()
        if self.instruments is not None:
            self.instruments.renew()

    def summary(self) -> dict[str, Any]:
        """The figures of all recorded calls.

        Returns:
            total_requests: Calls that ended, cache hits included, cancelled ones left out.
            cancelled: Calls that were cancelled.
            success_rate: Parts of `total_requests`, from 0 to 1. A stale answer is a success and no hit.
            error_rate: As `success_rate`.
            cache_hit_rate: As `success_rate`.
            avg_response_time: Milliseconds; ``average_response_time`` is the same in seconds, as in 3.0.
            response_time_percentiles: ``p50``, ``p75``, ``p90``, ``p95``, ``p99``, ``min``, ``max`` in
                seconds.
            status_code_breakdown: How many calls by HTTP status (0: no response) and by `error_type`.
            error_breakdown: As `status_code_breakdown`.
            most_used_endpoints: Up to five pairs of endpoint and count, most used first.
            endpoints: The same figures for each endpoint, by template: ``GET /clans/{clanTag}``.
            timespan: ``start`` and ``end`` in seconds since 1970, and ``duration_seconds``.
            message: There only when nothing was recorded.
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


def instruments_of(options: MetricsOptions) -> Instruments | None:
    """The instruments that report to the provider of the options; None where opentelemetry-api is not
    installed."""
    try:
        from cocapi_metrics.instruments import instruments_for
    except ModuleNotFoundError:
        return None
    try:
        return instruments_for(options.meter_provider)
    except Exception as error:
        reraise(error)
        log.warning("metrics: the provider failed; nothing is reported to it", exc_info=True)
        return None
