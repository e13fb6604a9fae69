"""The protocol of what a store may offer besides: streams that groups of readers share.

A stream is a log for more than one program: each *group* of readers gets every entry once, whichever of its
*consumers* takes it, and an entry that a consumer took and did not acknowledge is given to another one when
it has been idle for long enough (a consumer group, as in Redis Streams). A store that offers streams has
these verbs beside those of `cocapi.Store`; plugins find them, checked and bounded like all others, in
``client.streams``:

    yield from client.streams.publish("events", "clan:#2PP", 7, {"id": b"clan:#2PP/7"}, 100_000)

Streams, groups, consumers and sources are texts, as the keys of a store are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from cocapi.calls.effects import Flow

__all__ = ["StreamEntry", "Streams"]


@dataclass(frozen=True, slots=True)
class StreamEntry:
    """One entry of a stream.

    Args:
        id: Names it in its stream.
        fields: What was published.
    """

    id: str
    fields: Mapping[str, bytes]


@runtime_checkable
class Streams(Protocol):
    """Used by many threads and tasks at once, as a store is. `cocapi.testing.streams` checks that one keeps
    all of this."""

    def publish(
        self, stream: str, source: str, sequence: int, fields: Mapping[str, bytes], keep: int
    ) -> Flow[bool]:
        """Add an entry to the end of a stream, unless it has been added before. Atomic: a writer that does
        not know whether its last entry came through publishes it again, and it is there once.

        Args:
            stream: Where to.
            source: Who numbers the entry: of each source a stream takes entries in rising order only.
            sequence: Its number there, 0 or more.
            fields: One at least.
            keep: How many entries the stream keeps, about; the oldest go first, read or not.

        Returns:
            False: an entry of this source with this number or a higher one had been added; nothing changes.
        """
        ...

    def receive(
        self, stream: str, group: str, consumer: str, limit: int, idle: float
    ) -> Flow[tuple[StreamEntry, ...]]:
        """Take entries for a consumer: first those that another has left idle, else those that nobody has
        taken yet, in order. A new group begins with the oldest entry there is. Atomic.

        Args:
            stream: Where from; one that nobody published to is empty.
            group: Of which readers.
            consumer: Who takes them; each that is running has a name of its own.
            limit: How many at most, 1 or more.
            idle: Seconds after which an entry that was neither renewed nor acknowledged is another's.
        """
        ...

    def renew(self, stream: str, group: str, consumer: str, ids: Collection[str]) -> Flow[tuple[str, ...]]:
        """Say that entries are still being worked at: they are idle from now on. Atomic.

        Returns:
            Those of them that are the consumer's; the others have been taken by another, or acknowledged.
        """
        ...

    def acknowledge(self, stream: str, group: str, consumer: str, entry_id: str) -> Flow[bool]:
        """Say that an entry is done, so that nobody gets it any more. Atomic.

        Returns:
            False: it is not this consumer's any more; then nothing changes.
        """
        ...
