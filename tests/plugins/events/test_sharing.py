"""Watchers of one name that share what is watched, with the time of leases moved by hand."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi import ApiConfig, Flow, Store, hookimpl
from cocapi.calls.drivers import SyncIO, run
from cocapi.testing import Clock
from cocapi_events import Events, EventsOptions, kinds, sharing
from cocapi_events.sharing import Sharing, divided
from cocapi_memory import MemoryStore

from .conftest import NOON, Motion

LEASE = 10.0
PARTS = range(64)


def done(flow: Flow[Any]) -> Any:
    """What a flow that waits for nothing returns."""
    return run(flow, SyncIO(None, None))  # type: ignore[arg-type]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Of leases, and of those who hold them."""
    clock = Clock()
    monkeypatch.setattr(sharing, "elapsed", clock)
    return clock


@pytest.fixture
def store(clock: Clock) -> MemoryStore:
    return MemoryStore(age=clock, clock=clock)


@given(st.sets(st.integers(0, 4095), min_size=1, max_size=200), st.sets(st.text(max_size=4), min_size=1))
def test_parts_are_divided_fairly_and_all_of_them(parts: set[int], names: set[str]) -> None:
    """The numbers differ by one at most, each part is one's, and everybody comes to the same."""
    members = sorted(names)
    division = divided(parts, members)
    sizes = [len(division[member]) for member in members]
    assert max(sizes) - min(sizes) <= 1
    assert sorted(part for member in members for part in division[member]) == sorted(parts)
    assert divided(sorted(parts, reverse=True), members) == division


@pytest.mark.parametrize("number", range(1, 11))
def test_a_newcomer_moves_little_beside_what_it_gets(number: int) -> None:
    """So nobody begins anew because somebody came or went."""
    members = [f"member {n}" for n in range(number)]
    before = divided(PARTS, members)
    after = divided(PARTS, [*members, "new"])
    moved = sum(len(after[member] - before[member]) for member in members)
    assert moved <= len(after["new"])


def settled(*sharings: Sharing) -> None:
    """Some rounds of beats, between which all let go of what is meant for another."""
    for _ in range(4):
        for each in sharings:
            done(each.beat())
            for holding in [each.held[part] for part in sorted(each.surplus)]:
                done(each.let_go(holding))


def watchers(store: Store, number: int) -> list[Sharing]:
    return [Sharing(store, "events:x", PARTS, LEASE) for _ in range(number)]


def test_each_holds_its_part_and_a_newcomer_gets_one(store: MemoryStore) -> None:
    """Nobody holds what another holds."""
    crowd = watchers(store, 8)
    settled(*crowd[:7])
    assert sorted(part for each in crowd for part in each.held) == list(PARTS)
    settled(*crowd)
    assert [len(each.held) for each in crowd] == [8] * 8
    assert sorted(part for each in crowd for part in each.held) == list(PARTS)


def test_a_newcomer_takes_nothing_before_it_has_heard_the_others(store: MemoryStore) -> None:
    """So those who begin together do not snatch from each other."""
    first, second = watchers(store, 2)
    done(first.beat())
    done(second.beat())
    assert (first.held, second.held) == ({}, {})
    done(first.beat())
    assert len(first.held) == len(PARTS) / 2


def test_one_that_dies_is_taken_over_within_its_lease(store: MemoryStore, clock: Clock) -> None:
    """And not while it may be alive."""
    dead, alive = watchers(store, 2)
    settled(dead, alive)
    theirs, died_at = set(dead.held), clock()
    while set(alive.held) != set(PARTS):
        assert all(part not in alive.held for part in theirs) or clock() - died_at >= dead.lasting
        clock.advance(alive.pause)
        done(alive.beat())
    assert clock() - died_at <= LEASE
    assert not any(dead.held.values())


def test_one_that_leaves_is_taken_over_with_the_next_beat(store: MemoryStore) -> None:
    """Without any waiting."""
    leaving, staying = watchers(store, 2)
    settled(leaving, staying)
    done(leaving.leave())
    done(staying.beat())
    assert set(staying.held) == set(PARTS)


class OneStore:
    """A plugin that offers all clients the same store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @hookimpl
    def cocapi_store(self, config: ApiConfig) -> Store | None:
        return self.store if config.store == "one://" else None


class Pair:
    """Two clients that share a watch of a clan, and the heart of each, which beats when it is told to."""

    def __init__(self, motion: Motion, store: Store, stack: ExitStack) -> None:
        options = EventsOptions(interval=0, lease=LEASE)
        plugins = {
            "one": lambda config: OneStore(store),
            "events": lambda config: Events(config, options, clock=motion.box.now),
        }
        self.motion = motion
        self.apis = [stack.enter_context(motion.client(store="one://", plugins=plugins)) for _ in range(2)]
        self.watches = [api.watch(clans=["#2PP"], shared=True) for api in self.apis]
        for watch in self.watches:
            watch.sharing.beating = True

    def beat(self, *watches: Any) -> None:
        for _ in range(2):
            for watch in watches:
                done(watch.sharing.beat())

    def kick(self, number: int) -> None:
        """Let so many members go, each of which is an event."""
        for tag in self.motion.box.world.roster(0, self.motion.box.now())[3 : 3 + number]:
            self.motion.box.clan("#2PP").kick(tag)
        self.motion.box.advance(minutes=2)


@pytest.fixture
def pair(motion: Motion, store: MemoryStore) -> Iterator[Pair]:
    with ExitStack() as stack:
        yield Pair(motion, store, stack)


def test_who_lost_its_lease_tells_nothing_more(
    pair: Pair, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """The event that it was at is told again by the next holder, and no other is told twice."""
    first, second = pair.watches
    assert pair.apis[0].changes(clans=["#2PP"]) == []
    pair.kick(5)
    pair.beat(first)
    assert first.sharing.held
    told = [next(first).id]
    clock.advance(LEASE)  # it hangs in the loop's body
    pair.beat(second)
    assert second.sharing.held
    told_by_second = [next(second).id for _ in range(4)]
    assert told_by_second[0] == told[0]
    assert len(set(told_by_second)) == 4

    def beat_by_second() -> None:  # the first wakes up: it has nothing to tell, and waits
        pair.motion.box.advance(seconds=1)
        raise StopIteration

    pair.apis[0]._session.keep_time(lambda seconds: beat_by_second(), None)
    with pytest.raises(RuntimeError, match="StopIteration"):
        next(first)
    assert "does not hold its parts any more" in caplog.text
    assert not first.queue
    assert next(second).id not in told_by_second


def test_a_loss_of_many_parts_is_told_once(
    motion: Motion, store: MemoryStore, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Though their times end one after another; a loss after they were held again is another."""

    def warnings() -> int:
        records = [record for record in caplog.records if record.levelname == "WARNING"]
        return sum("does not hold its parts any more" in record.getMessage() for record in records)

    with ExitStack() as stack:
        pair = Pair(motion, store, stack)
        watch = pair.apis[0].watch(clans=list(motion.box.world.clan_numbers), shared=True)
        watch.sharing.beating = True
        for losses in (1, 2):
            pair.beat(watch)
            done(watch._settle(watch.sharing))
            held = list(watch.sharing.held.values())
            assert len(held) > 20
            for number, holding in enumerate(held):
                holding.until = clock() + number
            for _ in held:
                clock.advance(1)
                done(watch._settle(watch.sharing))
            assert watch.sharing.held == {}
            assert warnings() == losses


def test_how_much_of_a_watch_a_process_has_is_told_when_it_changes(
    store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    """With how many watch."""
    caplog.set_level("INFO")
    first, second = watchers(store, 2)
    settled(first)
    settled(first, second)
    for holding in list(first.held.values()):
        holding.over = True
        done(first.let_go(holding))
    settled(first)
    sentence = "the watch 'x': this process has {} of 64 parts (watchers: {})"
    assert [record.getMessage() for record in caplog.records] == [
        sentence.format(64, 1),
        *[sentence.format(32, 2)] * 2,
        sentence.format(32, 2),  # they were lost in between
    ]


def test_who_lost_its_lease_writes_nothing(pair: Pair, clock: Clock, store: MemoryStore) -> None:
    """Though it believes to hold it: its clock stood still."""
    first, second = pair.watches
    assert pair.apis[0].changes(clans=["#2PP"]) == []
    pair.kick(3)
    pair.beat(first)
    next(first)
    (part,) = first.sharing.held.values()
    clock.advance(LEASE)
    pair.beat(second)
    ids = [next(second).id for _ in range(3)]
    part.until = clock() + LEASE
    mark = store.values["events::mark:clan:#2PP"].content
    done(first.done(*first._delivered))
    assert store.values["events::mark:clan:#2PP"].content == mark
    assert not part
    assert len(set(ids)) == 3


def test_a_part_is_given_back_when_the_event_in_hand_is_done(pair: Pair) -> None:
    """Not before: the next holder would tell it again."""
    first, second = pair.watches
    assert pair.apis[0].changes(clans=["#2PP"]) == []
    pair.kick(3)
    pair.beat(first)
    told = [next(first).id]
    first.sharing.surplus = set(first.sharing.held)
    done(first._settle(first.sharing))
    assert first.sharing.held
    done(first.done(*first._delivered))
    first._delivered = None
    done(first._settle(first.sharing))
    assert not first.sharing.held
    done(second.sharing.beat())
    second.sharing.members.heard.clear()
    done(first.sharing.leave())
    pair.beat(second)
    assert next(second).id not in told


def test_closing_a_client_gives_back_what_it_held(pair: Pair) -> None:
    """So others go on at once."""
    first, second = pair.watches
    pair.beat(first)
    assert first.sharing.held
    pair.apis[0].close()
    pair.beat(second)
    assert second.sharing.held


def test_maintenance_is_told_by_one_of_those_who_share(pair: Pair) -> None:
    """The one that has the first part."""
    first, second = pair.watches
    pair.beat(first, second)
    holder, other = (first, second) if first.sharing.held else (second, first)
    assert not other.sharing.held
    done(other._whole_api(down=True))
    assert (other.down_since is not None, list(other.queue)) == (True, [])
    done(holder._settle(holder.sharing))
    done(holder._resume())
    done(holder._whole_api(down=True))
    assert [event.type for _, event in holder.queue] == ["maintenance.started"]


def test_a_watch_cannot_be_shared_and_asked_once(motion: Motion) -> None:
    """It would ask a part only."""
    with motion.client() as api, pytest.raises(ValueError, match="once asks all of them"):
        api.watch(clans=["#2PP"], once=True, shared=True)


def test_a_child_process_holds_nothing_of_its_parents(store: MemoryStore) -> None:
    """It begins as a new watcher."""
    (parent,) = watchers(store, 1)
    settled(parent)
    held, name = list(parent.held.values()), parent.name
    parent.abandon()
    assert not any(held)
    assert (parent.held, parent.beating) == ({}, False)
    assert parent.name != name


def test_a_write_that_was_late_and_done_loses_no_event(motion: Motion, store: MemoryStore) -> None:
    """The store has the events and this process has not heard it: they are recalled."""
    plugins = {"one": lambda config: OneStore(store)}
    with motion.client(store="one://", plugins=plugins) as api:
        assert api.changes(clans=["#2PP"]) == []
        for tag in motion.box.world.roster(0, NOON)[3:6]:
            motion.box.clan("#2PP").kick(tag)
        motion.box.advance(hours=1)
        watch = api.watch(clans=["#2PP"], kinds=[kinds.MemberLeft])
        put, failures = watch.shelf.store.put, iter([TimeoutError("too late")])

        def late(key: str, value: bytes, seconds: float | None = None) -> Flow[None]:
            yield from put(key, value, seconds)
            for failure in failures if ":record:" in key else ():
                from cocapi import StoreUnavailable

                raise StoreUnavailable(str(failure))

        watch.shelf.store.put = late
        left = [next(watch).id for _ in range(3)]
        assert len(set(left)) == 3


def test_ids_go_on_rising_when_the_store_has_forgotten_everything(motion: Motion, store: MemoryStore) -> None:
    """So an id never names two events."""
    plugins = {"one": lambda config: OneStore(store)}
    with motion.client(store="one://", plugins=plugins) as api:
        numbers = []
        for place in (3, 4):
            assert api.changes(clans=["#2PP"]) == []
            motion.box.clan("#2PP").kick(motion.box.world.roster(0, motion.box.now())[place])
            motion.box.advance(minutes=5)
            numbers += [int(event.id.rpartition("/")[2]) for event in api.changes(clans=["#2PP"])]
            done(store.forget(""))
        assert len(numbers) > 2
        assert sorted(set(numbers)) == numbers


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_asynchronous_watcher_shares_too(motion: Motion, backend: str) -> None:
    """Its heart is a task, which begins without a call and ends with the client."""
    options = EventsOptions(interval=0, lease=1)
    events = {"events": lambda config: Events(config, options, clock=motion.box.now)}

    async def main() -> Any:
        async with motion.async_client(plugins=events) as api:
            assert await api.changes(clans=["#2PP"]) == []
            motion.box.clan("#2PP").kick(motion.box.world.roster(0, NOON)[3])
            motion.box.advance(hours=1)
            watch = api.watch(clans=["#2PP"], kinds=[kinds.MemberLeft], shared=True)
            async for event in watch:
                assert event.tag == "#2PP"
                assert len(watch.sharing.held) == 1
                break
        return watch

    assert anyio.run(main, backend=backend).sharing.held == {}
