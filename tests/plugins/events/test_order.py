"""Who is asked next, which events are wanted, and what is kept of a thing: each by itself, with no client."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cocapi import Flow
from cocapi.calls.drivers import run
from cocapi.testing import Script
from cocapi_events import kinds
from cocapi_events.filters import Filter, kinds_of
from cocapi_events.records import Mark, Record, Shelf, as_json, from_json, moment_of, number_of
from cocapi_events.schedule import Schedule, Watched
from cocapi_events.sharing import Holding, LeaseLost
from cocapi_events.things import ClanThing, Thing
from cocapi_memory import MemoryStore

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
STAMPS: dict[str, Any] = {"tag": "#2PP", "at": NOON, "seen_after": NOON}
ROLE = kinds.MemberRoleChanged(
    id="#2PP/7", **STAMPS, member="#8PP", name="Cato", field="role", old="member", new="admin", late=True
)
JOINED = kinds.MemberJoined(id="#2PP/8", **STAMPS, member="#8PP", name="Cato", new={"tag": "#8PP"})


def done(flow: Flow[Any]) -> Any:
    """What a flow answers, in synchronous code."""
    return run(flow, Script().sync_io)


# Order


def things(*tags: str) -> list[Thing]:
    return [ClanThing(tag) for tag in tags]


def taken(schedule: Schedule, now: float, most: int = 100) -> list[str]:
    """The tags of what is asked now, as it is taken."""
    return [watched.thing.tag for watched in schedule.take(now, most)]


def test_what_was_added_is_due_at_once_in_the_order_in_which_it_came() -> None:
    """And no more of it than is wanted."""
    schedule = Schedule()
    assert schedule.next_due() is None
    schedule.add(things("#1", "#2"), Holding())
    schedule.add(things("#3"), Holding())
    assert (len(schedule), schedule.next_due()) == (3, 0.0)
    assert taken(schedule, 0.0, most=2) == ["#1", "#2"]
    assert (len(schedule), schedule.next_due()) == (1, 0.0)
    assert taken(schedule, 0.0, most=2) == ["#3"]
    assert len(schedule) == 0


def filled(*rows: tuple[str, float, float]) -> Schedule:
    """Things by tag, when they are due, and their slack."""
    schedule = Schedule()
    for tag, due, slack in rows:
        schedule.put(Watched(ClanThing(tag), Holding(), slack=slack), due)
    return schedule


def test_what_is_put_back_waits_until_it_is_due() -> None:
    """To the moment."""
    schedule = filled(("#late", 20, 0), ("#soon", 10, 0))
    assert schedule.next_due() == 10
    assert taken(schedule, 9.9) == []
    assert taken(schedule, 10) == ["#soon"]
    assert (schedule.next_due(), len(schedule)) == (20, 1)
    (watched,) = schedule.take(20, 1)
    assert watched.due == 20


def test_of_those_that_are_due_the_one_with_the_earliest_deadline_is_first() -> None:
    """A deadline is as far behind as there is slack; of two alike the one that was put first."""
    schedule = filled(("#quiet", 1, 600), ("#war", 5, 1), ("#equal", 2, 4), ("#other", 3, 3))
    assert taken(schedule, 5) == ["#war", "#equal", "#other", "#quiet"]


def test_what_was_ready_before_keeps_its_deadline() -> None:
    """So nobody waits for ever: those who come later have later ones."""
    schedule = filled(("#quiet", 1, 600), ("#first", 2, 0))
    assert taken(schedule, 5, most=1) == ["#first"]
    schedule.put(Watched(ClanThing("#later"), Holding(), slack=10), 1000)
    assert schedule.next_due() == 0.0
    assert taken(schedule, 1000) == ["#quiet", "#later"]


def test_what_is_no_longer_held_is_dropped() -> None:
    """Ready or waiting; what others hold stays, in its order."""
    mine, yours = Holding(1), Holding(2)
    schedule = Schedule()
    schedule.add(things("#1"), mine)
    schedule.add(things("#2", "#3"), yours)
    schedule.put(Watched(ClanThing("#4"), mine), 10)
    for tag, due in (("#7", 40), ("#5", 20), ("#6", 30)):
        schedule.put(Watched(ClanThing(tag), yours), due)
    schedule.drop(mine)
    assert len(schedule) == 5
    assert taken(schedule, 0) == ["#2", "#3"]
    assert schedule.next_due() == 20
    assert taken(schedule, 40) == ["#5", "#6", "#7"]


# Filters


@pytest.mark.parametrize(
    ("wanted", "role", "joined"),
    [
        (Filter(), True, True),
        (Filter(kinds=(kinds.MemberEvent,)), True, True),
        (Filter(kinds=(kinds.MemberJoined, kinds.WarEvent)), False, True),
        (Filter(kinds=()), False, False),
        (Filter(fields=frozenset({"role"})), True, True),
        (Filter(fields=frozenset({"donations"})), False, True),
        (Filter(where=lambda event: event.late), True, False),
        (Filter(where=lambda event: []), False, False),
        (
            Filter(kinds=(kinds.MemberChanged,), fields=frozenset({"name"}), where=lambda _: True),
            False,
            False,
        ),
    ],
)
def test_an_event_is_wanted_where_all_that_is_asked_for_is_so(
    wanted: Filter, role: bool, joined: bool
) -> None:
    """What has no field is not asked for its field."""
    assert (wanted.wants(ROLE), wanted.wants(JOINED)) == (role, joined)


@pytest.mark.parametrize(
    ("named", "expected"),
    [(None, False), ((kinds.PollFailed,), True), ((kinds.GameEvent,), False), ((kinds.WarEvent,), False)],
)
def test_a_kind_for_those_who_name_it_is_named_by_itself_alone(named: Any, expected: bool) -> None:
    """All events are not all that fail."""
    assert Filter(kinds=named).names(kinds.PollFailed) is expected


def test_kinds_are_named_by_their_texts_or_classes() -> None:
    """One that is not there is refused with those that are."""
    assert kinds_of(None) is None
    assert kinds_of(["member.joined", kinds.WarEvent]) == (kinds.MemberJoined, kinds.WarEvent)
    with pytest.raises(ValueError, match=r"^there is no kind of event 'member\.joint'; there are .*, clan\."):
        kinds_of(["member.joined", "member.joint", "x"])


# Records


@pytest.mark.parametrize("event", [ROLE, JOINED])
def test_an_event_comes_back_from_json_as_it_was(event: Any) -> None:
    """With its kind, its stamps and what is particular to it."""
    again = from_json(as_json(event))
    assert type(again) is type(event)
    assert again == event
    assert as_json(event)["type"] == event.type
    assert number_of(event.id) == int(event.id[-1])
    assert number_of("ranking:locations/32000094/rankings/12") == 12


def test_a_record_begins_behind_the_mark_and_the_clock() -> None:
    """Whichever is later, so that an id names one event for ever."""
    assert Record.first(Mark(), 1.5, {"a": 1}) == Record(1500, 1.5, {"a": 1})
    assert Record.first(Mark(2000), 1.5, None) == Record(2000, 1.5, None)


def test_what_is_behind_the_mark_was_not_delivered() -> None:
    """The one with the number of the mark was."""
    record = Record(8, 1.0, None, (as_json(ROLE), as_json(JOINED)))
    assert list(record.undelivered(Mark())) == [ROLE, JOINED]
    assert list(record.undelivered(Mark(7))) == [JOINED]
    assert list(record.undelivered(Mark(8))) == []


def test_a_shelf_gives_back_what_it_keeps() -> None:
    """Record and mark of each thing, for each name of a watch by itself."""
    store = MemoryStore()
    shelf, other = Shelf(store, "bot"), Shelf(store, "other")
    record = Record(8, 1.5, {"name": "é"}, (as_json(ROLE),))
    assert done(shelf.record("clan:#2PP")) is None
    assert done(shelf.mark("clan:#2PP")) == Mark(0, 0.0)
    done(shelf.keep("clan:#2PP", record, Holding()))
    done(shelf.set_mark("clan:#2PP", Mark(7, 2.5), Holding()))
    assert done(shelf.record("clan:#2PP")) == record
    assert done(shelf.mark("clan:#2PP")) == Mark(7, 2.5)
    assert done(shelf.record("clan:#8PP")) is None
    assert done(other.record("clan:#2PP")) is None
    assert done(store.forget("events:bot:")) == 2


def test_who_lost_his_part_writes_nothing() -> None:
    """And knows that it is over."""
    store = MemoryStore()
    lease = done(store.claim("part", 1000))
    assert lease is not None
    shelf, holding = Shelf(store, "bot"), Holding(1, lease)
    done(shelf.set_mark("clan:#2PP", Mark(7), holding))
    assert not holding.over
    done(store.release(lease))
    with pytest.raises(LeaseLost, match="events:bot:mark:clan:#2PP"):
        done(shelf.set_mark("clan:#2PP", Mark(9), holding))
    assert holding.over is True
    with pytest.raises(LeaseLost, match="record"):
        done(shelf.keep("clan:#2PP", Record(1, 1.0, None), holding))
    assert done(shelf.mark("clan:#2PP")) == Mark(7)


def test_moments_are_of_utc() -> None:
    """Whatever the time zone of the machine."""
    assert moment_of(0).isoformat() == "1970-01-01T00:00:00+00:00"
