"""The checks for streams find what they are for: each catches streams that are broken in just that."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from cocapi import Flow, StreamEntry, do
from cocapi.clocks import nap
from cocapi.testing import Clock
from cocapi.testing.conformance import MODES
from cocapi.testing.streams import StreamsConformance


def pause() -> Flow[None]:
    """Let others come in between."""

    async def awaiting() -> None:
        import anyio

        await anyio.sleep(0.001)

    return do(partial(nap, 0.001), awaiting)


@dataclass
class Pending:
    """An entry that a consumer has taken."""

    consumer: str
    since: float


@dataclass
class Group:
    """What readers of a stream have in common: how far they are, and what is under way, by the entry's id."""

    seen: int = 0
    pending: dict[str, Pending] = field(default_factory=dict)


class Streams:
    """Streams in memory, each verb of which is done before anything else is."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.entries: defaultdict[str, list[StreamEntry]] = defaultdict(list)
        self.counts: defaultdict[str, int] = defaultdict(int)
        self.numbers: dict[tuple[str, str], int] = {}
        self.groups: defaultdict[tuple[str, str], Group] = defaultdict(Group)

    def publish(
        self, stream: str, source: str, sequence: int, fields: Mapping[str, bytes], keep: int
    ) -> Flow[bool]:
        if sequence <= self.numbers.get((stream, source), -1):
            return False
        self.numbers[stream, source] = sequence
        self.counts[stream] += 1
        self.entries[stream].append(StreamEntry(str(self.counts[stream]), dict(fields)))
        del self.entries[stream][:-keep]
        return True
        yield

    def receive(
        self, stream: str, group: str, consumer: str, limit: int, idle: float
    ) -> Flow[tuple[StreamEntry, ...]]:
        state = self.groups[stream, group]
        taken = [
            entry
            for entry in self.entries[stream]
            if entry.id in state.pending and self.clock() - state.pending[entry.id].since >= idle
        ]
        taken = (taken or [entry for entry in self.entries[stream] if int(entry.id) > state.seen])[:limit]
        for entry in taken:
            state.pending[entry.id] = Pending(consumer, self.clock())
            state.seen = max(state.seen, int(entry.id))
        return tuple(taken)
        yield

    def owned(self, stream: str, group: str, consumer: str, entry_id: str) -> Pending | None:
        pending = self.groups[stream, group].pending.get(entry_id)
        return pending if pending is not None and pending.consumer == consumer else None

    def renew(self, stream: str, group: str, consumer: str, ids: Collection[str]) -> Flow[tuple[str, ...]]:
        kept = []
        for entry_id in ids:
            pending = self.owned(stream, group, consumer, entry_id)
            if pending is not None:
                pending.since = self.clock()
                kept.append(entry_id)
        return tuple(kept)
        yield

    def acknowledge(self, stream: str, group: str, consumer: str, entry_id: str) -> Flow[bool]:
        if self.owned(stream, group, consumer, entry_id) is None:
            return False
        del self.groups[stream, group].pending[entry_id]
        return True
        yield

    def close(self) -> Flow[None]:
        return None
        yield


class OfTexts(Streams):
    """What is no UTF-8 is lost."""

    def publish(self, stream: str, source: str, sequence: int, fields: Any, keep: int) -> Flow[bool]:
        texts = {name: content.decode(errors="replace").encode() for name, content in fields.items()}
        return (yield from super().publish(stream, source, sequence, texts, keep))


class OneSource(Streams):
    """All sources of a stream have one number."""

    def publish(self, stream: str, source: str, *rest: Any) -> Flow[bool]:
        return (yield from super().publish(stream, source.lower(), *rest))


class Meeting(Streams):
    """In which the first who looks does nothing before another has looked as well."""

    looks = 0

    def meet(self) -> Flow[None]:
        self.looks += 1
        while self.looks < 2:
            yield from pause()


class RacingWriters(Meeting):
    """Who publishes looks first, and does it later."""

    def publish(self, stream: str, source: str, sequence: int, *rest: Any) -> Flow[bool]:
        if sequence <= self.numbers.get((stream, source), -1):
            return False
        yield from self.meet()
        self.numbers.pop((stream, source), None)
        return (yield from super().publish(stream, source, sequence, *rest))


class RacingReaders(Meeting):
    """Who receives looks first, and does it later."""

    def receive(self, stream: str, group: str, *rest: Any) -> Flow[tuple[StreamEntry, ...]]:
        seen = self.groups[stream, group].seen
        yield from self.meet()
        self.groups[stream, group].seen = seen
        return (yield from super().receive(stream, group, *rest))


class Hoarding(Streams):
    """Drops nothing."""

    def publish(self, stream: str, source: str, sequence: int, fields: Any, keep: int) -> Flow[bool]:
        return (yield from super().publish(stream, source, sequence, fields, 10**9))


class FromNow(Streams):
    """A new group begins with what comes."""

    def receive(self, stream: str, group: str, *rest: Any) -> Flow[tuple[StreamEntry, ...]]:
        if (stream, group) not in self.groups:
            self.groups[stream, group].seen = self.counts[stream]
        return (yield from super().receive(stream, group, *rest))


class Apart(Streams):
    """Each handle has streams of its own."""


class Kept(Streams):
    """What a consumer has left idle stays its own."""

    def receive(
        self, stream: str, group: str, consumer: str, limit: int, idle: float
    ) -> Flow[tuple[StreamEntry, ...]]:
        return (yield from super().receive(stream, group, consumer, limit, 10**9))


class Still(Streams):
    """To renew an entry changes nothing."""

    def renew(self, stream: str, group: str, consumer: str, ids: Collection[str]) -> Flow[tuple[str, ...]]:
        return tuple(each for each in ids if self.owned(stream, group, consumer, each))
        yield


class Trusting(Streams):
    """Anybody may say that an entry is done."""

    def acknowledge(self, stream: str, group: str, consumer: str, entry_id: str) -> Flow[bool]:
        return self.groups[stream, group].pending.pop(entry_id, None) is not None
        yield


class Strict(Streams):
    """What is not there is an error."""

    def acknowledge(self, stream: str, group: str, consumer: str, entry_id: str) -> Flow[bool]:
        assert entry_id in self.groups[stream, group].pending
        return (yield from super().acknowledge(stream, group, consumer, entry_id))


class Eager(Streams):
    """Does it when it is asked, and not when the flow is run."""

    def receive(self, *arguments: Any) -> Flow[tuple[StreamEntry, ...]]:
        def answered() -> Flow[tuple[StreamEntry, ...]]:
            return answer
            yield

        try:
            next(super().receive(*arguments))
        except StopIteration as end:
            answer: tuple[StreamEntry, ...] = end.value
        return answered()


BROKEN = [
    (OfTexts, "test_an_entry_comes_back_byte_for_byte"),
    (OneSource, "test_a_source_publishes_in_rising_order_only"),
    (RacingWriters, "test_of_a_crowd_that_publishes_the_same_one_does"),
    (Hoarding, "test_the_newest_entries_are_kept"),
    (FromNow, "test_each_group_gets_all_and_each_consumer_a_part"),
    (RacingReaders, "test_of_a_crowd_that_receives_each_gets_others"),
    (Apart, "test_what_one_handle_publishes_another_receives"),
    (Kept, "test_what_is_left_idle_is_anothers"),
    (Still, "test_what_is_renewed_is_idle_from_then_on"),
    (Trusting, "test_what_is_acknowledged_is_nobodys_any_more"),
    (Strict, "test_what_was_never_there_is_no_error"),
    (Eager, "test_a_verb_does_nothing_before_its_flow_is_run"),
]

CHECKS = sorted(name for name in dir(StreamsConformance) if name.startswith("test_"))


class Checks(StreamsConformance):
    """The checks, over streams of some class, on a clock that is moved by hand."""

    tick = 1.0
    tolerance = 0.0

    def __init__(self, kind: type[Streams]) -> None:
        self.kind = kind

    def new_store(self) -> Streams:
        self.clock = Clock()
        return self.kind(self.clock)

    def second_handle(self, store: Any) -> Any:
        return self.kind(self.clock) if self.kind is Apart else store

    def pass_time(self, seconds: float) -> Flow[None]:
        self.clock.advance(seconds)
        return
        yield


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("check", CHECKS)
def test_streams_that_keep_their_promises_pass(check: str, mode: str) -> None:
    test: Callable[..., None] = getattr(Checks(Streams), check)
    test(mode=mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("kind", "check"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_broken_streams_are_found(kind: type[Streams], check: str, mode: str) -> None:
    """In each mode, by the check that is named for it."""
    test: Callable[..., None] = getattr(Checks(kind), check)
    with pytest.raises((AssertionError, ValueError)):
        test(mode=mode)


def test_every_check_finds_something() -> None:
    """None is there that cannot fail."""
    assert sorted(check for _, check in BROKEN) == CHECKS
