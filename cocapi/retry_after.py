"""Retry-After: what a server says about when to come again (RFC 9110 section 10.2.3)."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

from cocapi.interrupts import reraise

__all__ = ["seconds_until"]

NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?", re.ASCII)
DATE = re.compile(r"[A-Za-z]{3,9},? +[0-9A-Za-z].{6,}", re.ASCII)
"""How the three forms of an HTTP date begin: with the name of a day (section 5.6.7)."""

LONGEST = 200
"""Characters. No number or date is longer in earnest."""


def seconds_until(field: str, now: float) -> float | None:
    """A Retry-After field, seconds or a date, as seconds from `now`: never earlier than the server says.

    - Seconds, with decimals, which some servers send though the RFC has none: exactly so many. Less than
      none is 0; more than a float holds is infinite.
    - A date in any of the three forms of HTTP (section 5.6.7): until then; 0 for the past.
    - Of several, where a proxy has joined them with commas, the latest.
    - Anything else says nothing: None.

    Args:
        now: Seconds since 1970.
    """
    if len(field) > LONGEST and not field.strip().isdigit():
        return None
    waits = [seconds for value in values(field) if (seconds := read(value, now)) is not None]
    return max(waits, default=None)


def values(field: str) -> list[str]:
    """The values that were joined with commas; that behind the name of a day is part of a date."""
    parts: list[str] = []
    for part in field.split(","):
        if parts and re.fullmatch(r"\s*[A-Za-z]{3,9}", parts[-1], re.ASCII):
            parts[-1] += "," + part
        else:
            parts.append(part)
    return [part.strip(" \t\r\n") for part in parts]


def read(value: str, now: float) -> float | None:
    """One value as seconds from `now`; None for neither number nor date."""
    if NUMBER.fullmatch(value):
        return max(0.0, float(value))
    if not DATE.fullmatch(value):
        return None
    try:
        date = parsedate_to_datetime(value)
        if date.tzinfo is None:  # the asctime form names no zone and means UTC
            date = date.replace(tzinfo=UTC)
        return max(0.0, date.timestamp() - now)
    except (ValueError, OverflowError) as error:
        reraise(error)
        return None
