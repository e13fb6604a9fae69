"""What a server says about when to come again."""

import math
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi import CocApiError, Response
from cocapi.retry_after import seconds_until
from cocapi_retry.retry_after import asked_for

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("field", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("9" * 400, math.inf),
        ("Mon, 23 Nov 2026 12:00:30 GMT", 30),
        ("Monday, 23-Nov-26 12:00:30 GMT", 30),
        ("Mon Nov 23 12:00:30 2026", 30),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
        ("1.5", 1.5),
        ("1.", 1),
        ("0.25", 0.25),
        ("+3", 3),
        ("-1", 0),
        ("-1.5", 0),
        ("\t 7 \r\n", 7),
        ("1e3", None),
        ("0x10", None),
        ("1_000", None),
        ("1 000", None),
        (".", None),
        (".5", None),
        ("nan", None),
        ("inf", None),
        ("10, 20", 20),
        ("20,10", 20),
        ("5, soon", 5),
        ("5, Mon, 23 Nov 2026 12:00:30 GMT", 30),
        ("Mon, 23 Nov 2026 12:00:30 GMT, 45", 45),
        ("Mon, 23 Nov 2026 12:00:30 GMT, Monday, 23-Nov-26 12:00:40 GMT", 40),
        ("Mon, 23 Nov 2026 12:00:30 +0100", 0),
        ("23 Nov 2026", None),
        ("5 seconds", None),
        ("1.5s", None),
        ("٣", None),
        ("5," * 200_000, None),
        ("soon", None),
        ("²", None),
        ("", None),
        ("Mon, 23 Nov 99999999999 12:00:30 GMT", None),
    ],
)
def test_seconds_and_all_three_forms_of_a_date_are_read(field: str, seconds: float | None) -> None:
    """RFC 9110 sections 10.2.3 and 5.6.7; decimals are read, the past and less than nothing mean now, the
    latest of several counts, and junk means nothing."""
    assert seconds_until(field, NOW) == seconds


@given(st.text(), st.floats(0, 1e11))
def test_whatever_the_field_holds_the_answer_is_none_or_not_negative(field: str, now: float) -> None:
    """No header makes the parser raise."""
    found = seconds_until(field, now)
    assert found is None or found >= 0


DATES = st.datetimes(datetime(1900, 1, 1), timezones=st.just(UTC))  # a year below 100 is read as of our time


@given(DATES, DATES)
def test_every_date_is_as_far_away_as_it_is(date: datetime, now: datetime) -> None:
    """To the second, which is what the format holds."""
    date = date.replace(microsecond=0)
    found = seconds_until(format_datetime(date, usegmt=True), now.timestamp())
    assert found == pytest.approx(max(0, (date - now).total_seconds()), abs=0.01)


def test_an_error_without_response_or_field_asks_for_nothing() -> None:
    """A lost connection says nothing."""
    assert asked_for(CocApiError("lost"), NOW) is None
    assert asked_for(CocApiError("busy", response=Response(503)), NOW) is None
    assert asked_for(CocApiError("busy", response=Response(503, {"retry-after": "3"})), NOW) == 3
