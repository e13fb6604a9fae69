"""Retry-After: what a server says about when to come again (RFC 9110 section 10.2.3)."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime

__all__ = ["seconds_until"]


def seconds_until(field: str, now: float) -> float | None:
    """A Retry-After field, seconds or a date, as seconds from `now`: 0 for the past, None for neither."""
    field = field.strip()
    if field.isascii() and field.isdigit():
        return float(field)
    try:
        date = parsedate_to_datetime(field)
        if date.tzinfo is None:  # the asctime form names no zone and means UTC (section 5.6.7)
            date = date.replace(tzinfo=UTC)
        return max(0.0, date.timestamp() - now)
    except (ValueError, OverflowError):
        return None
