"""What one process does in the store, step by step: answers for leases, and leases that go wrong."""

import threading
from typing import Any, TypeVar

import pytest

from cocapi import Flow, Lease, Request, Response, sleep
from cocapi.calls.drivers import SyncIO, run
from cocapi.testing import Clock
from cocapi_cache import invalidations
from cocapi_cache.backing import STALE, Backing
from cocapi_cache.flight import Flight, Lead
from cocapi_cache.invalidations import Invalidations, Mark
from cocapi_cache.key import key_of
from cocapi_cache.leases import LEASE
from cocapi_cache.stored import StoredAnswer, bytes_of
from cocapi_memory import MemoryStore

T = TypeVar("T")


class Process:
    """One of those that share a store."""

    def __init__(self, store: MemoryStore) -> None:
        self.forgotten: list[Any] = []
        self.backing = Backing(store, "scope", Invalidations(self.forgotten.append))
        self.do(self.backing.catch_up())

    def do(self, flow: Flow[T]) -> T:
        return run(flow, SyncIO(nothing_is_sent, lambda seconds: None))

    def lead(self) -> Lead:
        """Of a call of its own."""
        lead = Lead(Flight(KEY))
        lead.mark = self.backing.invalidations.mark
        return lead

    def seeks(self, lead: Lead) -> str | None:
        """The name of the answer that a call gets; one of 0 seconds will not do."""
        answer = self.do(self.backing.get_or_claim(lead, lambda answer: answer.seconds > 0))
        return None if answer is None else answer.response.content.decode()

    def answer(self, name: str, seconds: float = 60) -> StoredAnswer:
        return StoredAnswer(Response(200, {}, name.encode()), 0, seconds, self.backing.invalidations.mark)


def nothing_is_sent(_: object) -> Any:
    raise AssertionError("a cache sends nothing itself")


KEY = key_of(Request("GET", "https://api.clashofclans.com/v1", "/clans/%232PP"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> MemoryStore:
    return MemoryStore(age=clock, clock=clock)


@pytest.fixture
def one(store: MemoryStore) -> Process:
    return Process(store)


@pytest.fixture
def other(store: MemoryStore, one: Process) -> Process:
    return Process(store)


def test_a_lease_is_given_back_for_the_answer(one: Process, other: Process, store: MemoryStore) -> None:
    """Whoever asks meanwhile has neither; then the answer."""
    lead, waiting = one.lead(), other.lead()
    assert one.seeks(lead) is None
    assert lead.lease is not None
    assert (other.seeks(waiting), waiting.lease) == (None, None)
    one.do(one.backing.put(lead, one.answer("clan"), 60))
    assert (lead.lease, one.backing.leases.held, store.leases) == (None, {}, {})
    assert other.seeks(waiting) == "clan"


def test_an_answer_past_its_time_comes_with_the_lease(one: Process, other: Process) -> None:
    """It may stand in for a failure; another process has it without."""
    one.do(one.backing.put(one.lead(), one.answer("old", 0), 60))
    lead, waiting = one.lead(), other.lead()
    assert one.seeks(lead) == "old"
    assert lead.lease is not None
    assert other.seeks(waiting) == "old"
    assert waiting.lease is None


@pytest.mark.parametrize("seconds", [60, 0], ids=["fresh", "old"])
def test_what_is_put_just_before_the_lease_is_claimed_is_found(
    one: Process, other: Process, store: MemoryStore, seconds: float
) -> None:
    """Between the look that found something old and the claim; if it will do, the lease is not needed."""
    one.do(one.backing.put(one.lead(), one.answer("old", 0), 60))
    claim = store.claim

    def claimed_late(key: str, seconds_held: float) -> Flow[Lease | None]:
        yield from other.backing.put(other.lead(), other.answer("new", seconds), 60)
        return (yield from claim(key, seconds_held))

    store.claim = claimed_late  # type: ignore[method-assign]
    lead = one.lead()
    assert one.seeks(lead) == "new"
    assert (lead.lease is None) == (seconds > 0)
    assert bool(store.leases) == (seconds == 0)


def test_who_lost_its_lease_stores_nothing(one: Process, other: Process, clock: Clock) -> None:
    """The next holder asked later; what it puts stays."""
    late, next_one = one.lead(), other.lead()
    one.seeks(late)
    clock.advance(LEASE)
    other.seeks(next_one)
    one.do(one.backing.put(late, one.answer("late"), 60))
    assert one.seeks(one.lead()) is None
    other.do(other.backing.put(next_one, other.answer("next"), 60))
    assert one.seeks(one.lead()) == "next"


def test_leases_of_calls_under_way_are_extended(one: Process, clock: Clock, store: MemoryStore) -> None:
    """As long as these are; one that was lost is held no more, and the call goes on."""
    lead = one.lead()
    one.seeks(lead)
    for _ in range(5):
        clock.advance(0.9 * LEASE)
        one.do(one.backing.settle())
    (held,) = store.leases.values()
    assert held.until > clock()
    clock.advance(LEASE)
    one.do(one.backing.settle())
    assert one.backing.leases.held == {}
    assert lead.lease is not None


def test_the_lease_of_a_call_that_vanished_is_released(one: Process, store: MemoryStore) -> None:
    """Nobody told of its end, as when a signal handler raised."""
    lead = one.lead()
    one.seeks(lead)
    del lead
    one.do(one.backing.settle())
    assert (store.leases, one.backing.leases.held) == ({}, {})


def test_a_lease_goes_to_the_heir_of_a_call(one: Process, store: MemoryStore) -> None:
    """Who leads its flight on; where nobody does, it is released."""
    lead, heir = one.lead(), one.lead()
    one.seeks(lead)
    one.backing.leases.pass_on(lead, heir)
    assert (lead.lease, heir.lease is not None) == (None, True)
    one.do(one.backing.settle())
    assert len(store.leases) == 1
    one.backing.leases.pass_on(heir, None)
    one.do(one.backing.settle())
    assert store.leases == {}


def test_the_child_of_a_fork_holds_no_lease(one: Process, store: MemoryStore) -> None:
    """That is its parent's, who gives it back."""
    lead = one.lead()
    one.seeks(lead)
    one.backing.renew()
    one.do(one.backing.settle())
    assert len(store.leases) == 1


def test_an_end_is_told_by_who_has_the_lease(one: Process, other: Process, clock: Clock) -> None:
    """For a second; whoever has none tells nothing. A refusal is told as it is."""
    lead, without = one.lead(), other.lead()
    other.do(other.backing.tell_end(without, STALE))
    assert other.do(other.backing.end(KEY)) is None
    one.seeks(lead)
    one.do(one.backing.tell_end(lead, STALE))
    assert lead.lease is None
    assert other.do(other.backing.end(KEY)) == STALE
    one.seeks(lead)
    one.do(one.backing.tell_end(lead, Response(404, {}, b"{}")))
    end = other.do(other.backing.end(KEY))
    assert isinstance(end, Response)
    assert end.status_code == 404
    clock.advance(1)
    assert other.do(other.backing.end(KEY)) is None


# Invalidations


def test_what_was_invalidated_is_told_by_one_call_at_a_time(
    one: Process, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others wait for it; for one that a signal handler ended, not for long."""
    own = one.backing.invalidations
    own.add("#2PP", {})
    own.telling.acquire()
    waited = []

    def nap(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            own.telling.release()

    run(own.tell(store), SyncIO(nothing_is_sent, nap))
    assert len(waited) == 3
    assert not own.untold
    own.add("#8QU", {})
    own.telling.acquire()
    monkeypatch.setattr(invalidations, "INTERVAL", -1.0)
    run(own.tell(store), SyncIO(nothing_is_sent, nap))
    assert not own.untold
    assert len(store.logs[own.name]) == 3


def test_two_calls_that_tell_the_same_tell_it_once(one: Process, store: MemoryStore) -> None:
    """Whoever comes second finds nothing left."""
    own = one.backing.invalidations
    own.add("#2PP", {})
    flows = [own.tell(store), own.tell(store)]
    threads = [threading.Thread(target=one.do, args=[flow]) for flow in flows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(store.logs[own.name]) == 2


def test_an_answer_of_a_mark_that_is_not_known_is_used_by_nobody(
    one: Process, other: Process, store: MemoryStore
) -> None:
    """None at all, one of another log at the same place, one that was trimmed, one from the future."""
    own = one.backing.invalidations
    known = own.mark
    assert known is not None
    for mark in (None, Mark(known.position, "0" * 16), Mark(0, known.digest), Mark(99, known.digest)):
        assert one.do(own.allow(store, mark, KEY)) is False, mark
    assert one.do(own.allow(store, known, KEY)) is True
    other.backing.invalidations.add("/clans/{clanTag}", {"clanTag": "#2PP"})
    other.do(other.backing.settle())
    assert one.do(own.allow(store, known, KEY)) is True  # not learned yet
    assert one.do(own.allow(store, other.backing.invalidations.mark, KEY)) is True  # which reads the log
    assert one.do(own.allow(store, known, KEY)) is False
    assert len(one.forgotten) == 2


@pytest.mark.parametrize("content", [b"no JSON", b"[]", b"{}", b'{"place": 3, "values": {}}', b"[" * 10_000])
def test_an_entry_of_a_later_version_means_everything(
    one: Process, store: MemoryStore, content: bytes
) -> None:
    """Whoever cannot read it forgets all, rather than too little."""
    one.do(store.append(one.backing.invalidations.name, content))
    one.do(one.backing.catch_up())
    fits = one.forgotten[-1]
    assert fits("/v1/clans/%232PP", "")
    assert fits("/v1/players", "a=b")


def test_the_log_is_kept_short(one: Process, store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the store, and as far as it is known."""
    monkeypatch.setattr(invalidations, "KEPT", 10)
    own = one.backing.invalidations
    for number in range(35):
        own.add(f"#{number}", {})
        one.do(one.backing.settle())
    assert len(own.known) == 10
    assert len(store.logs[own.name]) < 20


def test_damage_in_the_store_is_no_answer(one: Process, store: MemoryStore) -> None:
    """The lease comes with it, so that it is put right."""
    stored = bytearray(bytes_of(one.answer("clan")))
    stored[-1] ^= 1
    one.do(store.put(one.backing.name(KEY), bytes(stored)))
    lead = one.lead()
    assert one.seeks(lead) is None
    assert lead.lease is not None


def test_keeping_up_goes_on_after_an_outage(one: Process, store: MemoryStore) -> None:
    """Once an interval, without end."""
    from cocapi import StoreUnavailable

    read, looks = store.read, []

    def away(*arguments: Any) -> Any:
        looks.append(arguments)
        if len(looks) == 1:
            raise StoreUnavailable("it is away")
        return read(*arguments)

    store.read = away  # type: ignore[method-assign]
    flow = one.backing.keep_up()
    pauses = [next(flow) for _ in range(4)]
    flow.close()
    assert len(looks) == 3
    assert {type(pause) for pause in pauses} == {type(next(sleep(1)))}
