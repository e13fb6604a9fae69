"""A time is a datetime, in every use; the wire's text is not lost."""

import copy
import json
import pickle
import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from cocapi import ClanWar
from cocapi.models import GoldPassSeason, LeagueGroup, Timestamp
from cocapi_models.times import basic, extended

from .answers import dumped, made, sandbox_answer

BASIC, EXTENDED = "20251001T080000.000Z", "2025-10-01T08:00:00Z"
MOMENT = datetime(2025, 10, 1, 8, tzinfo=UTC)

FORMS = [
    BASIC,
    EXTENDED,
    "2025-10-01T10:00:00+02:00",
    "20251001T080000Z",
    "2025-10-01 08:00:00.000000+00:00",
    "20251001T080000.000-0000",
]
"""One moment, as several programs write it."""


def season(text: Any = BASIC) -> GoldPassSeason:
    return GoldPassSeason.from_answer({"startTime": text, "endTime": BASIC})


@pytest.mark.parametrize("text", FORMS)
def test_a_time_of_any_form_is_a_plain_datetime_in_utc_and_comes_back_as_it_came(text: str) -> None:
    """By both ways in that keep everything, and over pickle and copies."""
    for found in (season(text), made("GoldPassSeason", {"startTime": text, "endTime": BASIC})):
        assert isinstance(found, GoldPassSeason)
        assert (type(found.start_time), found.start_time, found.start_time.tzinfo) == (datetime, MOMENT, UTC)
        assert found.irregularities == ()
        for again in (found, pickle.loads(pickle.dumps(found)), copy.deepcopy(found), copy.copy(found)):
            assert dumped(again) == {"startTime": text, "endTime": BASIC}
            assert json.loads(again.model_dump_json(by_alias=True)) == dumped(again)
            assert (again, hash(again)) == (season(), hash(season()))


def test_a_time_can_be_used_as_any_datetime() -> None:
    """Arithmetic, zones, copies, parts, text, sets, and what other libraries take."""
    time = season().start_time
    earlier = time - timedelta(hours=1)
    for value in (time, earlier, time.astimezone(ZoneInfo("Europe/Berlin")), time.replace(minute=5)):
        assert pickle.loads(pickle.dumps(value)) == copy.copy(value) == copy.deepcopy(value) == value
        assert json.loads(orjson.dumps(value)) == value.isoformat()
    assert time - earlier == timedelta(hours=1)
    assert earlier < time
    assert {time: 1}[MOMENT] == 1
    assert {time, MOMENT} == {time}
    assert f"{time:%d.%m.}{time}{time.isoformat()}" == f"{MOMENT:%d.%m.}{MOMENT}{MOMENT.isoformat()}"
    assert time.timestamp() == MOMENT.timestamp()
    match time:
        case datetime(year=2025, hour=8):
            pass
        case _:
            pytest.fail("a time matches as a datetime")


@pytest.mark.filterwarnings("ignore:The default datetime adapter:DeprecationWarning")
def test_a_time_goes_into_a_database() -> None:
    """sqlite3 looks at the exact class. (Python 3.12 deprecates its adapter of datetimes, not ours.)"""
    with sqlite3.connect(":memory:") as connection:
        (text,) = connection.execute("select ?", [season().start_time]).fetchone()
    connection.close()
    assert text == str(MOMENT)


def test_a_changed_copy_is_written_as_it_was_changed() -> None:
    """The text that a model remembers is that of its own time only."""
    later = season(EXTENDED).model_copy(update={"start_time": MOMENT + timedelta(days=1)})
    assert dumped(later)["startTime"] == "20251002T080000.000Z"


def test_a_time_of_another_zone_is_written_in_utc() -> None:
    """As `model_copy`, `model_construct` and an assignment let it in."""
    half = timezone(timedelta(hours=-9, minutes=-30))

    class Reminder(BaseModel):
        at: Timestamp

    for moment in (
        datetime(2025, 10, 1, 8, tzinfo=UTC).astimezone(zone) for zone in (half, ZoneInfo("Asia/Tokyo"))
    ):
        reminder = Reminder(at=moment)
        reminder.at = moment
        war = ClanWar.model_construct(end_time=moment).model_copy(update={"start_time": moment})
        assert reminder.model_dump(mode="json") == {"at": "20251001T080000.000Z"}
        dump = war.model_dump(mode="json", by_alias=True, exclude_unset=True)
        assert dump == dict.fromkeys(("startTime", "endTime"), "20251001T080000.000Z")
    naive = ClanWar.model_construct(end_time=datetime(2025, 10, 1, 8))
    assert naive.model_dump(mode="json", exclude_unset=True) == {"end_time": "2025-10-01T08:00:00"}
    latest = datetime.max.replace(tzinfo=half)
    assert ClanWar.model_construct(end_time=latest).model_dump_json(exclude_unset=True)


def test_each_field_writes_the_form_of_the_api() -> None:
    """Also when it was made from datetimes: a dump in Python's values loses nothing."""
    for name, kind in (("warleague", ClanWar), ("leaguegroup", LeagueGroup)):
        answer = sandbox_answer(name)
        again = kind.model_validate(kind.model_validate(answer).model_dump(exclude_unset=True))
        assert dumped(again) == answer


def test_a_user_may_give_datetimes_of_any_zone_and_class() -> None:
    """They become plain ones in UTC."""

    class Moment(datetime):
        """As pendulum, pandas and freezegun have theirs."""

    for given in (
        MOMENT.astimezone(timezone(timedelta(hours=2))),
        MOMENT.astimezone(ZoneInfo("Asia/Tokyo")),
        Moment(2025, 10, 1, 8, tzinfo=UTC),
    ):
        found = GoldPassSeason(start_time=given, end_time=MOMENT)
        assert (type(found.start_time), found.start_time, found.start_time.tzinfo) == (datetime, MOMENT, UTC)
        assert found.model_dump(mode="json") == {"start_time": BASIC, "end_time": BASIC}


NO_TIMES = [
    "2025-10-01T08:00:00",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "",
    1759305600,
    True,
    [],
]


@pytest.mark.parametrize("value", NO_TIMES)
def test_what_is_no_time_is_refused_by_pydantic_and_kept_by_an_answer(value: Any) -> None:
    """No zone, out of range, a number."""
    with pytest.raises(ValidationError, match="Input should be a time with a zone"):
        GoldPassSeason.model_validate({"startTime": value, "endTime": BASIC})
    (odd,) = season(value).irregularities
    assert odd.path == "startTime"
    assert dumped(season(value))["startTime"] == value


@pytest.mark.parametrize("microsecond", [0, 5_000, 123_456])
def test_no_part_of_a_time_is_lost_in_writing(microsecond: int) -> None:
    """Either form is read as what it was."""
    moment = MOMENT.replace(year=9, microsecond=microsecond)
    for form in (basic, extended):
        assert datetime.fromisoformat(form(moment)) == moment
    assert extended(MOMENT.replace(microsecond=120_000)) == "2025-10-01T08:00:00.120Z"


def test_timestamp_is_a_type_that_users_can_write() -> None:
    """In a model of their own, alone, and in JSON's schema."""

    class Note(BaseModel):
        at: Timestamp | None
        all: dict[str, list[Timestamp]]

    note = Note.model_validate({"at": BASIC, "all": {"a": [EXTENDED]}})
    assert note.model_dump(mode="json") == {"at": BASIC, "all": {"a": [BASIC]}}
    assert Note.model_json_schema()["properties"]["at"]["anyOf"][0]["type"] == "string"
    assert TypeAdapter(Timestamp).validate_python(EXTENDED) == MOMENT
    assert TypeAdapter(Timestamp).dump_python(MOMENT, mode="json") == BASIC
    assert TypeAdapter(list[Timestamp]).dump_json([MOMENT]) == f'["{BASIC}"]'.encode()
