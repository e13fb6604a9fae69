"""What the calendar of the game says has begun or ended between two moments: no answer tells it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from cocapi.game.calendar import Period, clan_games, league_season, league_sign_up, raid_weekend, trader_week
from cocapi_events import kinds
from cocapi_events.differences.difference import Difference

__all__ = ["calendar_differences"]


class Rule(NamedTuple):
    """A regular time, and the kinds that tell of its beginning and its end; None: the end is not told."""

    period: Callable[[datetime], Period]
    start: type[kinds.CalendarEvent]
    end: type[kinds.CalendarEvent] | None = None


RULES = (
    Rule(league_season, kinds.SeasonStarted),
    Rule(clan_games, kinds.ClanGamesStarted, kinds.ClanGamesEnded),
    Rule(raid_weekend, kinds.RaidWeekendStarted, kinds.RaidWeekendEnded),
    Rule(league_sign_up, kinds.LeagueSignUpStarted),
    Rule(trader_week, kinds.TraderRefreshed),
)


def calendar_differences(old: datetime, new: datetime) -> list[Difference]:
    """What is later than `old`, up to and with `new`, in order.

    Args:
        old: An aware datetime.
        new: An aware datetime, not before `old`.
    """
    moments = chain.from_iterable(moments_of(rule, old, new) for rule in RULES)
    return [
        Difference(kind, {"new": when.isoformat()})
        for when, kind in sorted(moments, key=lambda moment: (moment[0], moment[1].type))
    ]


def moments_of(
    rule: Rule, after: datetime, until: datetime
) -> Iterator[tuple[datetime, type[kinds.CalendarEvent]]]:
    """The beginnings and ends within a time."""
    period = rule.period(after)
    while period.start <= until or period.end <= until:
        if after < period.start <= until:
            yield period.start, rule.start
        if rule.end is not None and after < period.end <= until:
            yield period.end, rule.end
        period = rule.period(period.end)
