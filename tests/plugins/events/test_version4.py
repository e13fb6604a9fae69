"""`EventStream`, as version 4 documented it: what its documentation said, it does."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import cocapi.events
from cocapi.events import (
    Change,
    Event,
    EventStream,
    EventType,
    PollingState,
    WarState,
    WarStateMachine,
    diff_dicts,
    diff_member_tags,
    diff_named_list,
)
from cocapi_events.version4.differences import player_events

from .conftest import NOON, Motion

NAMES = (
    "EventStream",
    "Event",
    "EventType",
    "Change",
    "WarState",
    "BaseWatcher",
    "ClanWatcher",
    "WarWatcher",
    "PlayerWatcher",
    "MaintenanceWatcher",
    "PollingState",
    "WarStateMachine",
    "diff_dicts",
    "diff_member_tags",
    "diff_named_list",
)


def streamed(
    motion: Motion,
    play: Callable[[EventStream, Any], Awaitable[Any]],
    path: Path | None = None,
    **settings: Any,
) -> Any:
    """What `play` makes of a stream."""

    async def main() -> Any:
        async with motion.async_client(**settings) as api:
            stream = EventStream(api, persist_path=path)
            return await asyncio.wait_for(play(stream, api), 30)

    return asyncio.run(main())


async def until_type(stream: EventStream, wanted: EventType) -> list[Event]:
    events = []
    async for event in stream:
        events.append(event)
        if event.event_type is wanted:
            break
    return events


def test_the_fifteen_names_are_there() -> None:
    """In cocapi.events, beside the new ones."""
    for name in NAMES:
        assert getattr(cocapi.events, name).__name__ == name
    assert cocapi.events.MemberJoined.type == "member.joined"
    with pytest.raises(AttributeError, match="no attribute 'EventSteam'"):
        _ = cocapi.events.EventSteam


def test_members_are_told_of_with_both_their_answers(motion: Motion) -> None:
    """MEMBER_LEFT, MEMBER_UPDATED and the kinds by themselves; past the cache, and with models."""
    tag = motion.box.world.roster(0, NOON)[5]

    async def play(stream: EventStream, api: Any) -> list[Event]:
        stream.watch_clans(["#2PP"], interval=60).watch_players(["#2PP"])
        async with stream:
            events = await until_type(stream, EventType.MEMBER_UPDATED)
            motion.box.clan("#2PP").kick(tag)
            return events + await until_type(stream, EventType.MEMBER_LEFT)

    events = streamed(motion, play, use_pydantic_models=True)
    left = events[-1]
    assert (left.tag, left.metadata["member_tag"], left.new_data) == ("#2PP", tag, None)
    assert left.old_data["tag"] == tag
    updated = next(event for event in events if event.event_type is EventType.MEMBER_UPDATED)
    for change in updated.changes:
        assert (updated.old_data[change.field], updated.new_data[change.field]) == (
            change.old_value,
            change.new_value,
        )
    kinds = {event.event_type for event in events}
    assert kinds <= {*EventType}
    assert EventType.POLL_ERROR not in kinds


def test_maintenance_is_told_of_with_its_length(motion: Motion) -> None:
    """Which it never was."""

    async def play(stream: EventStream, api: Any) -> list[Event]:
        stream.watch_maintenance(interval=30)
        async with stream:
            await asyncio.sleep(0.05)
            motion.box.maintenance(minutes=20)
            return await until_type(stream, EventType.MAINTENANCE_END)

    events = streamed(motion, play)
    assert [event.event_type for event in events] == [EventType.MAINTENANCE_START, EventType.MAINTENANCE_END]
    assert events[1].metadata["duration_seconds"] == pytest.approx(1200, abs=60)


def test_wars_of_the_league_are_seen(tmp_path: Path) -> None:
    """States and attacks, with the war's tag."""
    motion = Motion(1_772_323_200.0 + 3.5 * 86_400)

    async def play(stream: EventStream, api: Any) -> list[Event]:
        stream.watch_wars(["#2PP"], interval=600)
        async with stream:
            return await until_type(stream, EventType.WAR_ATTACK_NEW)

    events = streamed(motion, play)
    states = [event.metadata["war_state_to"] for event in events[:-1]]
    assert "inWar" in states
    assert events[-1].metadata["war_tag"].startswith("#")
    assert events[-1].metadata["attacker_tag"] == events[-1].new_data["attackerTag"]


@pytest.mark.parametrize("raised", [RuntimeError("as asked for"), asyncio.CancelledError()])
def test_callbacks_are_called_and_one_that_raises_stops_nothing(
    raised: BaseException, motion: Motion, caplog: pytest.LogCaptureFixture
) -> None:
    """By kind, and for all; one may also await a task of its own that was cancelled."""
    heard: list[tuple[str, EventType]] = []

    async def play(stream: EventStream, api: Any) -> None:
        stream.watch_clans(["#2PP"], interval=60)

        @stream.on(EventType.MEMBER_UPDATED)
        async def broken(event: Event) -> None:
            raise raised

        @stream.on()
        async def every(event: Event) -> None:
            heard.append(("every", event.event_type))
            if len(heard) > 3:
                await stream.stop()

        await stream.run()

    streamed(motion, play)
    assert len(heard) > 3
    assert "broken" in caplog.text


def test_the_next_start_tells_what_changed_meanwhile(motion: Motion, tmp_path: Path) -> None:
    """The file is there while the stream runs; one of version 4 is read."""
    path = tmp_path / "state" / "events.json"
    tag = motion.box.world.roster(0, NOON)[5]

    async def first(stream: EventStream, api: Any) -> None:
        stream.watch_clans(["#2PP"], interval=60)
        async with stream:
            await until_type(stream, EventType.MEMBER_UPDATED)
            while not path.exists():
                await asyncio.wait_for(anext(stream), 5)

    streamed(motion, first, path)
    document = json.loads(path.read_text(encoding="utf-8"))
    assert {member["tag"] for member in document["members"]["#2PP"]} >= {tag}
    assert not list(path.parent.glob("*.new"))
    motion.box.clan("#2PP").kick(tag)
    motion.box.advance(hours=1)

    async def second(stream: EventStream, api: Any) -> list[Event]:
        stream.watch_clans(["#2PP"], interval=60)
        async with stream:
            return await until_type(stream, EventType.MEMBER_LEFT)

    assert tag in [event.metadata.get("member_tag") for event in streamed(motion, second, path)]


def test_a_synchronous_client_is_refused(motion: Motion) -> None:
    """With the way out."""
    with motion.client() as api, pytest.raises(RuntimeError, match="async with"):
        EventStream(api)


def test_an_interval_below_a_second_is_refused(motion: Motion) -> None:
    """As it was."""

    async def play(stream: EventStream, api: Any) -> None:
        stream.watch_clans(["#2PP"])
        watcher = stream._watchers[0]
        assert watcher.interval == 60.0
        with pytest.raises(ValueError, match="1 second"):
            watcher.interval = 0.5

    streamed(motion, play)


def test_the_helpers_compare_as_they_did() -> None:
    """diff_dicts, diff_member_tags, diff_named_list, WarStateMachine, PollingState."""
    old, new = {"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 4, "d": 5}
    assert diff_dicts(old, new) == [Change("b", 2, 4), Change("c", 3, None), Change("d", None, 5)]
    assert diff_dicts(old, new, include_fields=frozenset({"b"})) == [Change("b", 2, 4)]
    assert diff_dicts(old, new, exclude_fields=frozenset({"b", "c"})) == [Change("d", None, 5)]
    members = [{"tag": "#A", "n": 1}, {"tag": "#B", "n": 1}], [{"tag": "#B", "n": 2}, {"tag": "#C", "n": 1}]
    joined, left, updated = diff_member_tags(*members)
    assert (joined, left, updated) == ([members[1][1]], [members[0][0]], [(members[0][1], members[1][0])])
    troops = [{"name": "X", "level": 1}], [{"name": "X", "level": 2}, {"name": "Y", "level": 1}]
    assert diff_named_list(*troops) == [("X", 1, 2), ("Y", None, 1)]
    machine = WarStateMachine()
    assert machine.transition("inWar") is WarState.IN_WAR
    assert machine.transition("inWar") is None
    assert machine.transition("enterWar") is None
    state = PollingState()
    assert state.should_poll("clan:#A", 60)
    state.mark_polled("clan:#A")
    assert not state.should_poll("clan:#A", 60)


def test_the_file_of_version_4_is_read(motion: Motion, tmp_path: Path) -> None:
    """What changed since it was written is told."""
    path = tmp_path / "state.json"
    with motion.client() as api:
        clan: Any = api.clan_tag("#2PP")
    gone = {**clan["memberList"][0], "tag": "#PP"}
    members = [*clan.pop("memberList"), gone]
    document = {
        "clans": {"#2PP": {**clan, "memberList": members}},
        "members": {"#2PP": members},
        "wars": {},
        "war_states": {"#2PP": "inWar"},
        "players": {},
        "last_poll_times": {"clan:#2PP": NOON},
        "saved_at": NOON,
    }
    path.write_text(json.dumps(document), encoding="utf-8")

    async def play(stream: EventStream, api: Any) -> list[Event]:
        stream.watch_clans(["#2PP"], interval=60)
        async with stream:
            return await until_type(stream, EventType.MEMBER_LEFT)

    assert streamed(motion, play, path)[-1].metadata["member_tag"] == "#PP"


def test_nothing_is_asked_before_its_answer_can_be_another(motion: Motion) -> None:
    """By the max-age of the answer before, though the interval is a second."""

    async def play(stream: EventStream, api: Any) -> None:
        stream.watch_clans(["#2PP"], interval=1)
        async with stream:
            await until_type(stream, EventType.MEMBER_UPDATED)

    began = motion.box.now()
    streamed(motion, play)
    asked = motion.asked.count("/clans/%232PP")
    assert 2 <= asked <= (motion.box.now() - began) / 30 + 2


def test_a_change_of_the_tier_is_one_of_the_league() -> None:
    """Players have had no other since October 2025."""
    old, new = ({"tag": "#2PP", "leagueTier": {"id": number}} for number in (105000001, 105000002))
    kinds = [event.event_type for event in player_events("#2PP", old, new, None, None)]
    assert kinds == [EventType.PLAYER_LEAGUE_CHANGED, EventType.PLAYER_UPDATED]
