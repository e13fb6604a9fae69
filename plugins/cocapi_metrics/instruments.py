"""The same figures for a stack of observability: instruments of OpenTelemetry.

``http.client.*`` follow the conventions, https://opentelemetry.io/docs/specs/semconv/http/http-metrics/;
``cocapi.client.*`` are the library's own.
"""

from __future__ import annotations

import functools
from typing import Any
from urllib.parse import urlsplit

from opentelemetry import metrics
from opentelemetry.metrics import MeterProvider

from cocapi import CocApiError, Request, Response, __version__
from cocapi_metrics.records import CallRecord

__all__ = ["Instruments"]

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""Bounds of the buckets, as the conventions advise for ``http.client.request.duration``."""

PORTS = {"https": 443, "http": 80}


class Instruments:
    """What a client reports to a provider; None: the global one, also when that is set later.

    http_client:
        Whether ``http.client.*`` is reported. False leaves these to what instruments the HTTP library.
    """

    def __init__(self, provider: MeterProvider | None, http_client: bool = True) -> None:
        self.http_client = http_client
        meter = metrics.get_meter("cocapi", __version__, provider)

        def duration(name: str, description: str) -> metrics.Histogram:
            return meter.create_histogram(
                name, "s", description, explicit_bucket_boundaries_advisory=list(SECONDS)
            )

        self.attempt_duration = duration("http.client.request.duration", "Duration of an attempt.")
        self.active = meter.create_up_down_counter(
            "http.client.active_requests", "{request}", "Attempts under way."
        )
        self.calls = meter.create_counter("cocapi.client.calls", "{call}", "Calls that ended.")
        self.call_duration = duration(
            "cocapi.client.call.duration", "Duration of a call, waits and retries included."
        )
        self.lookups = meter.create_counter(
            "cocapi.client.cache.lookups", "{lookup}", "Calls for which a cache was asked."
        )
        self.retries = meter.create_counter("cocapi.client.retries", "{retry}", "Decisions to try again.")
        self.waits = duration("cocapi.client.limit.wait", "Time for which an attempt was held back.")
        self.received = meter.create_counter(
            "cocapi.client.received", "By", "Bytes of response bodies, after content decoding."
        )

    def attempt_began(self, request: Request) -> None:
        """One more is under way."""
        if self.http_client:
            self.active.add(1, server_of(request.method, request.base_url))

    def attempt_gone(self, request: Request) -> None:
        """One fewer is under way."""
        if self.http_client:
            self.active.add(-1, server_of(request.method, request.base_url))

    def attempt_ended(
        self, request: Request, seconds: float, response: Response | None, error: CocApiError | None
    ) -> None:
        """Record an attempt. Neither response nor error: it was cancelled."""
        found = {**server_of(request.method, request.base_url), "url.template": request.template}
        if response is not None:
            found["http.response.status_code"] = response.status_code
            self.received.add(len(response.content), {"cocapi.operation": request.operation})
        if error is not None:
            found["error.type"] = kind_of(error)
        elif response is None:
            found["error.type"] = "cancelled"
        if self.http_client:
            self.attempt_duration.record(seconds, found)

    def waiting(self, request: Request, seconds: float, error: CocApiError | None) -> None:
        """Record a wait for the limit, or the decision to try again after `error`."""
        operation = {"cocapi.operation": request.operation}
        if error is None:
            self.waits.record(max(seconds, 0.0), operation)
        else:
            self.retries.add(1, {**operation, "error.type": kind_of(error)})

    def call_ended(self, record: CallRecord) -> None:
        """Report the record that `get_metrics()` counts."""
        operation = {"cocapi.operation": record.operation}
        found = {**operation, "cocapi.outcome": record.outcome}
        self.call_duration.record(record.response_time, found)
        if record.error_type is not None:
            found["error.type"] = str(record.status_code) if record.status_code >= 400 else record.error_type
        self.calls.add(1, found)
        if record.cache is not None:
            self.lookups.add(1, {**operation, "cocapi.cache": record.cache})


@functools.lru_cache(maxsize=64)
def server_of(method: str, base_url: str) -> dict[str, Any]:
    """Method, host and port by the conventions; the host of ``sandbox://`` is ``sandbox``."""
    parts = urlsplit(base_url)
    found: dict[str, Any] = {
        "http.request.method": method,
        "server.address": parts.hostname or parts.scheme,
    }
    port = parts.port or PORTS.get(parts.scheme)
    return found if port is None else {**found, "server.port": port}


def kind_of(error: CocApiError) -> str:
    """``error.type`` by the conventions: the status code of a refusal, else our own word."""
    return str(error.status_code) if error.status_code >= 400 else error.error_type
