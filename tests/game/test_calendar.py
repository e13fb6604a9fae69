"""The calendar: every rule against what was recorded, and for every moment."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi import game
from cocapi.game import Period

from .answers import recorded, recorded_raids

Rule = Callable[[datetime], Period]
WITHOUT_GAPS: list[Rule] = [game.league_season, game.gold_pass_season, game.ranked_week, game.trader_week]
WITH_GAPS: list[Rule] = [game.raid_weekend, game.clan_games, game.league_sign_up]
moments = st.datetimes(
    datetime(2015, 1, 1),  # hypothesis adds the zone
    datetime(2035, 1, 1),
    timezones=st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize("rule", [*WITHOUT_GAPS, *WITH_GAPS])
@given(moment=moments)
def test_a_period_is_running_or_the_next(rule: Rule, moment: datetime) -> None:
    """At each moment of it, and up to its beginning, it is the same one; at its end comes another."""
    period = rule(moment)
    assert moment < period.end
    assert period.start < period.end
    assert rule(period.start) == rule(period.end - timedelta(seconds=1)) == period
    following = rule(period.end)
    assert following.start >= period.end
    assert rule(moment.astimezone(UTC)) == period
    if rule in WITHOUT_GAPS:
        assert moment in period
        assert following.start == period.end
    elif moment not in period:
        assert rule(period.start - timedelta(seconds=1)) == period
    left = period.seconds_left(moment)
    assert left > 0
    assert period.seconds_left(moment + timedelta(seconds=left)) in (
        0,
        (period.end - period.start).total_seconds(),
    )


@given(moments)
def test_the_rules_hold_on_their_days(moment: datetime) -> None:
    raid, games, sign_up = game.raid_weekend(moment), game.clan_games(moment), game.league_sign_up(moment)
    assert (raid.start.weekday(), raid.start.hour, raid.end - raid.start) == (4, 7, timedelta(days=3))
    assert (games.start.day, games.end.day, games.start.hour) == (22, 28, 8)
    assert (sign_up.start.day, sign_up.end.day, sign_up.start.hour) == (1, 3, 8)
    assert game.league_season(moment).start.weekday() == 0
    assert (game.ranked_week(moment).start.weekday(), game.ranked_week(moment).start.hour) == (0, 5)


def test_recorded_raid_weekends_begin_and_end_by_the_rule() -> None:
    for season in recorded_raids():
        start, end = (datetime.fromisoformat(season[name]) for name in ("startTime", "endTime"))
        assert game.raid_weekend(start) == game.raid_weekend(end - timedelta(seconds=1)) == Period(start, end)


def test_recorded_seasons_of_the_league_end_by_the_rule() -> None:
    """Up to 2025-08 the id is the month in which a season ends, since then the day on which one ends or
    begins."""
    for page in recorded("league-seasons*"):
        for season in page["items"]:
            parts = [int(part) for part in season["id"].split("-")]
            if len(parts) == 3:
                assert game.league_season(at(*parts, 12)).start == at(*parts, 5)
            else:
                month = at(parts[0], parts[1], 15)
                assert (game.league_season(month).end.year, game.league_season(month).end.month) == tuple(
                    parts
                )


def test_seasons_of_2025_end_when_they_did() -> None:
    """Of 2025, with the long one when the ranked mode came."""
    assert game.league_season(at(2025, 1, 27, 4, 59)).end == at(2025, 1, 27, 5)
    assert game.league_season(at(2025, 1, 27, 5)) == Period(at(2025, 1, 27, 5), at(2025, 2, 24, 5))
    assert game.league_season(at(2025, 8, 26)) == Period(at(2025, 8, 25, 5), at(2025, 10, 6, 5))
    assert game.league_season(at(2025, 10, 6, 5)) == Period(at(2025, 10, 6, 5), at(2025, 11, 3, 5))
    assert game.league_season(at(2026, 2, 23, 5)).start == at(2026, 2, 23, 5)


def test_recorded_weeks_of_the_ranked_mode() -> None:
    """`leagueSeasonId` is the moment at which a week begins."""
    for seconds in (1_772_427_600, 1_773_032_400):
        assert game.ranked_week(datetime.fromtimestamp(seconds, UTC)).start.timestamp() == seconds


def test_the_recorded_gold_pass_ends_by_the_rule() -> None:
    for season in recorded("goldpass*"):
        end = datetime.fromisoformat(season["endTime"])
        assert game.gold_pass_season(datetime.fromisoformat(season["startTime"])).end == end


def test_a_moment_without_a_zone_is_refused() -> None:
    for rule in (*WITHOUT_GAPS, *WITH_GAPS):
        with pytest.raises(ValueError, match="has no zone"):
            rule(datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="has no zone"):
        game.clan_games(at(2026, 1, 1)).seconds_left(datetime(2026, 1, 1))
    assert game.clan_games(at(2026, 1, 1)).seconds_left(at(2027, 1, 1)) == 0
