"""What a server says about when to come again (RFC 9110 section 10.2.3)."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime

from cocapi import CocApiError

__all__ = ["asked_for", "seconds_until"]


def asked_for(error: CocApiError, now: float) -> float | None:
    """Seconds that the response behind an error asks to wait; None when it does not say.

    now:
        Seconds since 1970, for a date.
    """
    field = error.response.headers.get("retry-after") if error.response is not None else None
    return None if field is None else seconds_until(field, now)


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
