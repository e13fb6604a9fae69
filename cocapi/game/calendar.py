"""When things happen in the game, by the rules that it follows: functions of a moment, with no clock inside.

A rule is what was observed, with its source; Supercell may depart from it in a month, as it did in February
2024. Where an answer of the API has a time (``goldpass``, a raid weekend, a war), that counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cocapi.game.parts import utc

__all__ = [
    "Period",
    "clan_games",
    "gold_pass_season",
    "league_season",
    "league_sign_up",
    "raid_weekend",
    "ranked_week",
    "trader_week",
]

WEEK = timedelta(days=7)
MONDAY, FRIDAY = 0, 4

LAST_MONTHLY_SEASON = datetime(2025, 8, 25, 5, tzinfo=UTC)
"""When the last season ended that followed the months."""

RANKED_SEASONS = datetime(2025, 10, 6, 5, tzinfo=UTC)
"""When the first season of the ranked mode began; one long season lies between."""

RANKED_SEASON = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Period:
    """From a moment to another one, in UTC.

    Attributes:
        start: When it begins.
        end: When it is over; the first moment that is not part of it.
    """

    start: datetime
    end: datetime

    def __contains__(self, now: datetime) -> bool:
        """Whether it is running at a moment."""
        return self.start <= now < self.end

    def seconds_left(self, now: datetime) -> float:
        """Seconds until it begins, or, while it is running, until it ends; 0 when it is over.

        Args:
            now: A moment, with its zone.

        Raises:
            ValueError: `now` has no zone.
        """
        now = utc(now)
        change = self.end if now >= self.start else self.start
        return max(0.0, (change - now).total_seconds())


def weekly(now: datetime, day: int, hour: int) -> datetime:
    """The last time, at `now` or before, that it was that hour of that day of the week."""
    now = utc(now)
    today = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    then = today - timedelta(days=(now.weekday() - day) % 7)
    return then if then <= now else then - WEEK


def in_month(year: int, months: int, day: int, hour: int) -> datetime:
    """A day of a month, which is counted from January of `year` as 0."""
    return datetime(year + months // 12, months % 12 + 1, day, hour, tzinfo=UTC)


def monthly(now: datetime, first: int, last: int) -> Period:
    """From one day of a month to another one, at 08:00: that which is running, else the next."""
    now = utc(now)
    periods = (
        Period(in_month(now.year, months, first, 8), in_month(now.year, months, last, 8))
        for months in (now.month - 1, now.month)
    )
    return next(period for period in periods if now < period.end)


def raid_weekend(now: datetime) -> Period:
    """The raid weekend that is running, else the next: from Friday, 07:00 UTC, to Monday, 07:00 UTC.

    Source: every recorded weekend of 2023 to 2025; https://clashofclans.fandom.com/wiki/Raid_Weekends.

    Args:
        now: A moment, with its zone.

    Raises:
        ValueError: `now` has no zone.
    """
    start = weekly(now, FRIDAY, 7)
    if utc(now) >= start + timedelta(days=3):
        start += WEEK
    return Period(start, start + timedelta(days=3))


def clan_games(now: datetime) -> Period:
    """The clan games that are running, else the next: from the 22nd of a month, 08:00 UTC, to the 28th.

    Source: the observation that coc.py 4.0.0 and clashy.py 26.9.1 go by (``get_clan_games_start``).

    Args:
        now: A moment, with its zone.

    Raises:
        ValueError: `now` has no zone.
    """
    return monthly(now, 22, 28)


def league_sign_up(now: datetime) -> Period:
    """The sign-up of the clan war league that is running, else the next: from the 1st of a month, 08:00 UTC,
    for two days.

    Source: "Clan Leaders have two days",
    https://help.supercellsupport.com/clash-of-clans/en/articles/clan-war-league.html; the 1st at 08:00 UTC by
    https://www.gameslearningsociety.org/wiki/?p=109561.

    Args:
        now: A moment, with its zone.

    Raises:
        ValueError: `now` has no zone.
    """
    return monthly(now, 1, 3)


def gold_pass_season(now: datetime) -> Period:
    """The season of the gold pass: from the 1st of a month, 08:00 UTC, to the 1st of the next.

    Source: the recorded answer of ``goldpass`` of June 2023, which begins a minute later. Ask ``goldpass``
    for the season that is running.

    Args:
        now: A moment, with its zone.

    Raises:
        ValueError: `now` has no zone.
    """
    now = utc(now)
    months = now.month - 1 - (now < in_month(now.year, now.month - 1, 1, 8))
    return Period(in_month(now.year, months, 1, 8), in_month(now.year, months + 1, 1, 8))


def ranked_week(now: datetime) -> Period:
    """The week of the ranked mode: from Monday, 05:00 UTC, to the next.

    Source: the recorded `leagueSeasonId` of players and groups, which are such moments, a week apart.

    Args:
        now: A moment, with its zone.

    Raises:
        ValueError: `now` has no zone.
    """
    start = weekly(now, MONDAY, 5)
    return Period(start, start + WEEK)


def league_season(now: datetime) -> Period:
    """The season that is running: when trophies and donations are set back, and ``league_seasons`` gets one
    more.

    Up to 25 August 2025 it ends on the last Monday of a month, 05:00 UTC; since 6 October 2025 it takes 28
    days. Source: the recorded ids of ``league_seasons`` up to 2026-02-23; clashy.py 26.9.1 goes by the same
    dates.

    Args:
        now: A moment, with its zone.

    Raises:
        ValueError: `now` has no zone.
    """
    now = utc(now)
    if now >= RANKED_SEASONS:
        start = now - (now - RANKED_SEASONS) % RANKED_SEASON
        return Period(start, start + RANKED_SEASON)
    if now >= LAST_MONTHLY_SEASON:
        return Period(LAST_MONTHLY_SEASON, RANKED_SEASONS)
    months = now.month - 1 + (now >= last_monday(now.year, now.month - 1))
    return Period(last_monday(now.year, months - 1), last_monday(now.year, months))


def last_monday(year: int, months: int) -> datetime:
    """The last Monday, 05:00 UTC, of a month, which is counted as in `in_month`."""
    return weekly(in_month(year, months + 1, 1, 5) - timedelta(days=1), MONDAY, 5)


def trader_week(now: datetime) -> Period:
    """The week of the trader's offers for raid medals: from Monday, 08:00 UTC, to the next.

    Source: a timer of players, no recorded answer; the offers for gems turn for each player at another time.

    Args:
        now: A moment, with its zone.

    Raises:
        ValueError: `now` has no zone.
    """
    start = weekly(now, MONDAY, 8)
    return Period(start, start + WEEK)
