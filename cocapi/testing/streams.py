"""Checks that the streams of a store keep what `cocapi.Streams` promises, in synchronous code, on asyncio and
on trio.

Derive a class whose name begins with ``Test``, and say how the store is made; pytest does the rest. It needs
pytest and trio.

    from cocapi.testing.streams import StreamsConformance

    class TestMyStreams(StreamsConformance):
        def new_store(self):
            return MyStore("redis://localhost/15", prefix=random_name())

Each check is a flow over one new store, and is run in each of the three modes. That the same store keeps what
`cocapi.Store` promises, `cocapi.testing.stores` checks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import chain
from typing import Protocol

from cocapi.calls.effects import Flow
from cocapi.streams import StreamEntry, Streams
from cocapi.testing.conformance import CROWD, Conformance, in_each_mode, together

__all__ = ["StoreWithStreams", "StreamsConformance"]

LONG = 1_000_000.0
"""Seconds after which no entry is idle in a check."""

MANY = 1_000_000
"""More entries than there are in a check."""


class StoreWithStreams(Streams, Protocol):
    """What is checked: `cocapi.Streams`, which end with their store."""

    def close(self) -> Flow[None]:
        """See `cocapi.Store.close`."""
        ...


class StreamsConformance(Conformance[StoreWithStreams]):
    """What streams promise, as tests. Override `new_store`, and more where it fits your store better."""

    # Publishing

    @in_each_mode
    def test_an_entry_comes_back_byte_for_byte(self, store: StoreWithStreams) -> Flow[None]:
        """Whatever its fields are called, and whatever is in them."""
        assert isinstance(store, Streams)
        fields = {"n": b"1", "none": b"", "odd é \n\0😀": bytes(range(256)), "long": b"\0\xff" * 50_000}
        assert (yield from store.publish("s", "source", 1, fields, MANY)) is True
        (entry,) = yield from store.receive("s", "g", "c", 10, LONG)
        assert isinstance(entry, StreamEntry)
        assert dict(entry.fields) == fields
        assert all(type(content) is bytes for content in entry.fields.values())

    @in_each_mode
    def test_a_source_publishes_in_rising_order_only(self, store: StoreWithStreams) -> Flow[None]:
        """A number that it had, or a lower one, changes nothing, also when its entry is done. Other sources
        and other streams have numbers of their own. 0 is a number, and some may be missing."""
        assert (yield from published(store, "s", "a", [0, 7])) == [True, True]
        assert (yield from published(store, "s", "a", [7, 6, 0])) == [False] * 3
        entries = yield from store.receive("s", "g", "c", 10, LONG)
        for entry in entries:
            assert (yield from store.acknowledge("s", "g", "c", entry.id))
        assert (yield from published(store, "s", "a", [7, 8])) == [False, True]
        assert (yield from published(store, "s", "A", [7])) == [True]
        assert (yield from published(store, "t", "a", [7])) == [True]
        entries += yield from store.receive("s", "g", "c", 10, LONG)
        assert numbers(entries) == [0, 7, 8, 7]

    @in_each_mode
    def test_of_a_crowd_that_publishes_the_same_one_does(self, store: StoreWithStreams) -> Flow[None]:
        """Each entry is there once, whichever of its writers came first."""
        handles = [store, *(self._another(store) for _ in range(CROWD - 1))]
        answers = yield from together([published(handle, "s", "a", range(1, 11)) for handle in handles])
        assert sum(answer.count(True) for answer in answers) <= 10
        entries = yield from store.receive("s", "g", "c", 1000, LONG)
        assert len(entries) == sum(answer.count(True) for answer in answers)
        assert numbers(entries) == sorted(set(numbers(entries)))
        assert numbers(entries)[-1] == 10

    @in_each_mode
    def test_the_newest_entries_are_kept(self, store: StoreWithStreams) -> Flow[None]:
        """All that the writer wants, and not many times as many."""
        yield from published(store, "s", "a", range(1, 501), keep=50)
        entries = yield from store.receive("s", "g", "c", 1000, LONG)
        assert 50 <= len(entries) <= 300
        assert numbers(entries) == list(range(501 - len(entries), 501))

    # Receiving

    @in_each_mode
    def test_each_group_gets_all_and_each_consumer_a_part(self, store: StoreWithStreams) -> Flow[None]:
        """In order, from the oldest on, a group that comes late as well; up to a limit."""
        assert (yield from store.receive("s", "g", "a", 10, LONG)) == ()
        yield from published(store, "s", "source", range(1, 6))
        first = yield from store.receive("s", "g", "a", 2, LONG)
        second = yield from store.receive("s", "g", "b", 10, LONG)
        assert (numbers(first), numbers(second)) == ([1, 2], [3, 4, 5])
        assert len({entry.id for entry in (*first, *second)}) == 5
        assert (yield from store.receive("s", "g", "a", 10, LONG)) == ()
        assert numbers((yield from store.receive("s", "late", "a", 10, LONG))) == [1, 2, 3, 4, 5]
        yield from published(store, "s", "source", [6])
        assert numbers((yield from store.receive("s", "g", "b", 10, LONG))) == [6]

    @in_each_mode
    def test_of_a_crowd_that_receives_each_gets_others(self, store: StoreWithStreams) -> Flow[None]:
        """No entry is two consumers', and none is nobody's."""
        yield from published(store, "s", "source", range(1, 101))
        handles = [store, *(self._another(store) for _ in range(CROWD - 1))]

        def receives(handle: StoreWithStreams, consumer: str) -> Flow[list[int]]:
            received: list[int] = []
            while entries := (yield from handle.receive("s", "g", consumer, 3, LONG)):
                received += numbers(entries)
            return received

        parts = yield from together(
            [receives(handle, f"consumer {name}") for name, handle in enumerate(handles)]
        )
        assert all(part == sorted(part) for part in parts)
        assert sorted(chain.from_iterable(parts)) == list(range(1, 101))

    @in_each_mode
    def test_what_one_handle_publishes_another_receives(self, store: StoreWithStreams) -> Flow[None]:
        """And acknowledges, in the name of the same consumer."""
        other = self._another(store)
        yield from published(store, "s", "source", [1])
        (entry,) = yield from other.receive("s", "g", "c", 10, LONG)
        assert (yield from store.renew("s", "g", "c", [entry.id])) == (entry.id,)
        assert (yield from store.acknowledge("s", "g", "c", entry.id)) is True
        assert (yield from other.acknowledge("s", "g", "c", entry.id)) is False

    # Idle entries

    @in_each_mode
    def test_what_is_left_idle_is_anothers(self, store: StoreWithStreams) -> Flow[None]:
        """Before what nobody has had, and not before its time; then not the first one's any more."""
        yield from published(store, "s", "source", [1, 2])
        one, two = yield from store.receive("s", "g", "a", 10, LONG)
        yield from self._pass(self.tick / 2)
        assert (yield from store.receive("s", "g", "b", 10, self.tick)) == ()
        yield from published(store, "s", "source", [3])
        yield from self._pass(self.tick / 2 + self.tolerance)
        taken = yield from store.receive("s", "g", "b", 10, self.tick)
        assert numbers(taken)[:2] == [1, 2]
        assert [entry.id for entry in taken][:2] == [one.id, two.id]
        assert (yield from store.renew("s", "g", "a", [one.id, two.id])) == ()
        assert (yield from store.acknowledge("s", "g", "a", one.id)) is False
        assert set((yield from store.renew("s", "g", "b", [one.id, two.id]))) == {one.id, two.id}
        assert (yield from store.acknowledge("s", "g", "b", one.id)) is True

    @in_each_mode
    def test_what_is_renewed_is_idle_from_then_on(self, store: StoreWithStreams) -> Flow[None]:
        """The others are not."""
        yield from published(store, "s", "source", [1, 2])
        one, two = yield from store.receive("s", "g", "a", 10, LONG)
        yield from self._pass(self.tick / 2)
        assert (yield from store.renew("s", "g", "a", [one.id, "0-0", "none"])) == (one.id,)
        yield from self._pass(self.tick / 2 + self.tolerance)
        assert numbers((yield from store.receive("s", "g", "b", 10, self.tick))) == [2]
        assert (yield from store.renew("s", "g", "a", [one.id, two.id])) == (one.id,)
        yield from self._pass(self.tick + self.tolerance)
        assert numbers((yield from store.receive("s", "g", "c", 10, self.tick))) == [1, 2]

    @in_each_mode
    def test_what_is_acknowledged_is_nobodys_any_more(self, store: StoreWithStreams) -> Flow[None]:
        """In its group; each group has its own end."""
        yield from published(store, "s", "source", [1, 2])
        one, two = yield from store.receive("s", "g", "a", 10, LONG)
        yield from store.receive("s", "other", "a", 10, LONG)
        assert (yield from store.acknowledge("s", "g", "b", one.id)) is False
        assert (yield from store.acknowledge("s", "g", "a", one.id)) is True
        assert (yield from store.acknowledge("s", "g", "a", one.id)) is False
        assert (yield from store.renew("s", "g", "a", [one.id, two.id])) == (two.id,)
        yield from self._pass(self.tick + self.tolerance)
        assert numbers((yield from store.receive("s", "g", "b", 10, self.tick))) == [2]
        assert (yield from store.acknowledge("s", "other", "a", one.id)) is True

    @in_each_mode
    def test_what_was_never_there_is_no_error(self, store: StoreWithStreams) -> Flow[None]:
        """Neither a stream, nor a group, nor an entry."""
        assert (yield from store.renew("s", "g", "c", ["1-0"])) == ()
        assert (yield from store.acknowledge("s", "g", "c", "1-0")) is False
        yield from published(store, "s", "source", [1])
        assert (yield from store.renew("s", "g", "c", ["1-0"])) == ()
        assert (yield from store.acknowledge("s", "g", "c", "1-0")) is False

    # All of it

    @in_each_mode
    def test_a_verb_does_nothing_before_its_flow_is_run(self, store: StoreWithStreams) -> Flow[None]:
        """One that is made and dropped has not been."""
        yield from published(store, "s", "source", [1, 2])
        (entry,) = yield from store.receive("s", "g", "a", 1, LONG)
        for flow in (
            store.publish("s", "source", 3, {"n": b"3"}, MANY),
            store.receive("s", "g", "b", 10, LONG),
            store.acknowledge("s", "g", "a", entry.id),
        ):
            flow.close()
        assert numbers((yield from store.receive("s", "g", "c", 10, LONG))) == [2]
        assert (yield from store.acknowledge("s", "g", "a", entry.id)) is True
        assert (yield from published(store, "s", "source", [3])) == [True]


def published(
    store: StoreWithStreams, stream: str, source: str, sequence: Iterable[int], keep: int = MANY
) -> Flow[list[bool]]:
    """What `publish` answers for entries whose field ``n`` is their number."""
    answers = []
    for number in sequence:
        fields = {"n": b"%d" % number}
        answers.append((yield from store.publish(stream, source, number, fields, keep)))
    return answers


def numbers(entries: Collection[StreamEntry]) -> list[int]:
    """Which entries they are."""
    return [int(entry.fields["n"]) for entry in entries]
