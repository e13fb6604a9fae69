"""One record a call, and the figures that many of them give."""

from __future__ import annotations

import csv
import io
import statistics
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any, NamedTuple, Self

from cocapi import Outcome

__all__ = ["CallRecord", "Records"]


class CallRecord(NamedTuple):
    """What is kept of a call. No tag, no parameter, no token.

    Attributes:
        endpoint: Method and template: ``GET /clans/{clanTag}``.
        status_code: Of the last response; 0 when there was none.
        response_time: Seconds from the first hook to the last, waits and retries included.
        timestamp: When it ended, in seconds since 1970.
        cache: ``hit``, ``stale``, ``miss``, or None without a cache.
        error_type: None for a success.
        attempts: How many times it was sent; 0 for a hit.
    """

    endpoint: str
    operation: str
    status_code: int
    response_time: float
    timestamp: float
    cache: str | None
    error_type: str | None
    attempts: int
    cancelled: bool

    @property
    def outcome(self) -> str:
        """``success``, ``error`` or ``cancelled``."""
        if self.cancelled:
            return "cancelled"
        return "success" if self.error_type is None else "error"

    @classmethod
    def of(cls, outcome: Outcome, seconds: float, now: float) -> Self:
        """The record of a call that ended `now` and took `seconds`."""
        request, response, error = outcome.request, outcome.response, outcome.error
        return cls(
            f"{request.method} {request.template}",
            request.operation,
            response.status_code if response is not None else 0,
            seconds,
            now,
            outcome.cache,
            error.error_type if error is not None else None,
            outcome.attempts,
            outcome.cancelled,
        )


class Records:
    """The records of the last `window` calls. Adding costs the same however many there are."""

    def __init__(self, window: int) -> None:
        self._kept: deque[CallRecord] = deque(maxlen=window)

    def add(self, record: CallRecord) -> None:
        """Keep a record; the oldest goes when there are too many."""
        self._kept.append(record)

    def clear(self) -> None:
        """Forget them all."""
        self._kept.clear()

    def summary(self) -> dict[str, Any]:
        """See `Metrics.summary`."""
        kept = self._kept.copy()
        ended = [record for record in kept if not record.cancelled]
        by_endpoint: dict[str, list[CallRecord]] = {}
        for record in ended:
            by_endpoint.setdefault(record.endpoint, []).append(record)
        return {
            **figures(ended),
            "cancelled": len(kept) - len(ended),
            "most_used_endpoints": Counter(record.endpoint for record in ended).most_common(5),
            "endpoints": {endpoint: figures(records) for endpoint, records in sorted(by_endpoint.items())},
            "timespan": timespan(ended),
        }

    def of_endpoint(self, endpoint: str) -> dict[str, Any]:
        """See `Metrics.get_endpoint_metrics`."""
        names = (endpoint, f"GET {endpoint}", f"POST {endpoint}")
        ended = [record for record in self._kept.copy() if record.endpoint in names and not record.cancelled]
        return {"endpoint": endpoint, **figures(ended)}

    def errors(self, limit: int) -> list[dict[str, Any]]:
        """See `Metrics.get_recent_errors`."""
        failed = [record for record in reversed(self._kept.copy()) if record.error_type is not None]
        return [record._asdict() for record in failed[: max(limit, 0)]]

    def csv(self) -> str:
        """See `Metrics.export_metrics_csv`."""
        text = io.StringIO()
        writer = csv.DictWriter(text, CallRecord._fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows(record._asdict() for record in self._kept.copy())
        return text.getvalue()


def figures(records: Sequence[CallRecord]) -> dict[str, Any]:
    """What a number of calls have in common."""
    count = len(records)
    failed = sum(record.error_type is not None for record in records)
    mean = statistics.fmean(record.response_time for record in records) if records else 0.0
    found: dict[str, Any] = {
        "total_requests": count,
        "success_rate": (count - failed) / count if count else 0.0,
        "error_rate": failed / count if count else 0.0,
        "cache_hit_rate": sum(record.cache == "hit" for record in records) / count if count else 0.0,
        "avg_response_time": mean * 1000,
        "average_response_time": mean,
        "response_time_percentiles": percentiles([record.response_time for record in records]),
        "status_code_breakdown": dict(Counter(record.status_code for record in records)),
        "error_breakdown": dict(Counter(record.error_type for record in records if record.error_type)),
    }
    return found if count else {**found, "message": "No metrics available"}


def percentiles(values: list[float]) -> dict[str, float]:
    """Some percentiles, interpolated between the nearest values; 0 for none."""
    values = values or [0.0]
    hundred = statistics.quantiles(values, n=100, method="inclusive") if len(values) > 1 else values * 99
    return {
        **{f"p{rank}": hundred[rank - 1] for rank in (50, 75, 90, 95, 99)},
        "min": min(values),
        "max": max(values),
    }


def timespan(records: Sequence[CallRecord]) -> dict[str, float]:
    """When the first and the last of them ended; empty for none."""
    if not records:
        return {}
    start = min(record.timestamp for record in records)
    end = max(record.timestamp for record in records)
    return {"start": start, "end": end, "duration_seconds": end - start}
