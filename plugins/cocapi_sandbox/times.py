"""Times as the API writes them, and the calendar of the game. All times are seconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "WEEK",
    "basic",
    "extended",
    "friday",
    "monday",
    "month",
    "season",
    "season_ids",
    "to_the_minute",
]

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY


def basic(when: float) -> str:
    """ISO 8601 basic with milliseconds, as nearly everywhere: ``20251001T080000.000Z``."""
    return datetime.fromtimestamp(int(when), UTC).strftime("%Y%m%dT%H%M%S.000Z")


def extended(when: float) -> str:
    """ISO 8601 extended, as in the logs of ranked groups: ``2026-03-11T18:14:44Z``."""
    return datetime.fromtimestamp(int(when), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def monday(now: float) -> int:
    """When the ranked season of this week began: Monday, 05:00."""
    first = 4 * DAY + 5 * HOUR  # 1970-01-05 was a Monday
    return int((now - first) // WEEK * WEEK + first)


def friday(now: float) -> int:
    """When the newest raid weekend began: Friday, 07:00."""
    first = 1 * DAY + 7 * HOUR  # 1970-01-02 was a Friday
    return int((now - first) // WEEK * WEEK + first)


def month(now: float, step: int = 0) -> tuple[int, str]:
    """When a month began, and its name ``YYYY-MM``: this month, or `step` months from it."""
    today = datetime.fromtimestamp(now, UTC)
    count = today.year * 12 + today.month - 1 + step
    first = datetime(count // 12, count % 12 + 1, 1, tzinfo=UTC)
    return int(first.timestamp()), first.strftime("%Y-%m")


def season(now: float) -> int:
    """When the season of donations and of the Legend League began: every fourth Monday, 05:00."""
    first = 1_759_726_800  # 2025-10-06
    return int((now - first) // (4 * WEEK) * (4 * WEEK) + first)


def to_the_minute(when: float) -> int:
    """The next whole minute: what happens in the world happens then, and answers show it at once."""
    return -int(-when // MINUTE) * MINUTE


def season_ids(now: float) -> list[str]:
    """The seasons of the Legend League: months up to 2025-08, then every 28 days from 2025-10-06 on."""
    months = [f"{year}-{number:02}" for year in range(2015, 2026) for number in range(1, 13)]
    ids = [name for name in months if "2015-07" <= name <= "2025-08"]
    day = datetime(2025, 10, 6, tzinfo=UTC)
    while day.timestamp() < now:
        ids.append(day.strftime("%Y-%m-%d"))
        day += timedelta(days=28)
    return ids
