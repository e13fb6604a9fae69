"""What the calendar of the game says has begun or ended between two moments.

No answer tells it. The rules: the season of the ranked league and of donations has four weeks and begins on
a Monday at 05:00, as the seasons of the Legend League since 2025-10-06 do; clan games are from the 22nd to
the 28th of a month, 08:00; raid weekends from Friday to Monday, 07:00. All in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from cocapi_events import kinds
from cocapi_events.differences.difference import Difference

__all__ = ["calendar_differences"]

SEASON = timedelta(weeks=4)
FIRST_SEASON = datetime(2025, 10, 6, 5, tzinfo=UTC)
WEEK = timedelta(weeks=1)
FIRST_RAID = datetime(2025, 10, 3, 7, tzinfo=UTC)
RAID = timedelta(days=3)


def calendar_differences(old: datetime, new: datetime) -> list[Difference]:
    """What is later than `old`, up to and with `new`, in order.

    Args:
        old: An aware datetime.
        new: An aware datetime, not before `old`.
    """
    moments = [
        *((kinds.SeasonStarted, when) for when in every(SEASON, FIRST_SEASON, old, new)),
        *((kinds.RaidWeekendStarted, when) for when in every(WEEK, FIRST_RAID, old, new)),
        *((kinds.RaidWeekendEnded, when) for when in every(WEEK, FIRST_RAID + RAID, old, new)),
        *((kinds.ClanGamesStarted, when) for when in monthly(22, old, new)),
        *((kinds.ClanGamesEnded, when) for when in monthly(28, old, new)),
    ]
    return [
        Difference(kind, {"new": when.isoformat()})
        for kind, when in sorted(moments, key=lambda each: (each[1], each[0].type))
    ]


def every(step: timedelta, first: datetime, after: datetime, until: datetime) -> Iterator[datetime]:
    """The moments of a regular calendar within a time."""
    when = first + ((after - first) // step + 1) * step
    while when <= until:
        yield when
        when += step


def monthly(day: int, after: datetime, until: datetime) -> Iterator[datetime]:
    """08:00 on a day of each month within a time."""
    year, month = after.year, after.month
    while (when := datetime(year, month, day, 8, tzinfo=UTC)) <= until:
        if when > after:
            yield when
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
