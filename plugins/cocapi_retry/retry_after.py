"""What a server says about when to come again (RFC 9110 section 10.2.3)."""

from __future__ import annotations

from cocapi import CocApiError
from cocapi.retry_after import seconds_until

__all__ = ["asked_for"]


def asked_for(error: CocApiError, now: float) -> float | None:
    """Seconds that the response behind an error asks to wait; None when it does not say.

    Args:
        now: Seconds since 1970, for a date.
    """
    field = error.response.headers.get("retry-after") if error.response is not None else None
    return None if field is None else seconds_until(field, now)
