"""Compares the events of a clan with the world in which they happened, and with its diary."""

from collections.abc import Iterable
from typing import Any

from cocapi_events import kinds
from cocapi_sandbox import Diary, Entry

MINUTE = 60
FIELDS = (
    "role",
    "name",
    "donations",
    "donationsReceived",
    "trophies",
    "leagueTier",
    "townHallLevel",
    "expLevel",
)


def judged(clan: str, events: Iterable[Any], diary: Diary, begin: float, end: float) -> None:
    """Every event has its cause, and together they lead from what was to what is.

    Args:
        begin: When the clan was first asked.
        end: When it was last asked.
    """
    events = list(events)
    have_causes(clan, events, diary, begin, end)
    world, number = diary.world, diary.world.clan_numbers[clan]
    members = {tag: world.shown(tag, minute(begin), *FIELDS) for tag in world.roster(number, minute(begin))}
    for event in events:
        match event:
            case kinds.MemberLeft():
                del members[event.member]
            case kinds.MemberJoined():
                assert event.member not in members
                members[event.member] = {field: event.new[field] for field in FIELDS}
            case kinds.MemberChanged() if event.field in FIELDS:
                assert members[event.member][event.field] == event.old, f"something before {event} is missing"
                members[event.member][event.field] = event.new
    assert members == {
        tag: world.shown(tag, minute(end), *FIELDS) for tag in world.roster(number, minute(end))
    }


def have_causes(clan: str, events: list[Any], diary: Diary, begin: float, end: float) -> None:
    """Something of the kind is in the diary between the two moments of which the event tells."""
    causes: dict[tuple[str, str], list[Entry]] = {}
    for entry in diary.between(minute(begin), minute(end), clans=[clan]):
        if len(entry.tags) == 2 and entry.tags[1] == clan:
            causes.setdefault((entry.tags[0], entry.kind), []).append(entry)
    for event in events:
        what = subject(event)
        if what is not None:
            after, until = (minute(when.timestamp()) for when in (event.seen_after, event.at))
            assert any(after < entry.at <= until for entry in causes.get(what, ())), f"{event} has no cause"


def subject(event: kinds.GameEvent) -> tuple[str, str] | None:
    """Of whom an event tells what, in the diary's words; None: nothing that the diary has."""
    match event:
        case kinds.MemberJoined():
            return event.member, "join"
        case kinds.MemberLeft():
            return event.member, "leave"
        case kinds.MemberChanged() if event.field in FIELDS:
            return event.member, event.field
    return None


def minute(when: float) -> float:
    """What the API shows at a moment is of the whole minute before it."""
    return when // MINUTE * MINUTE
