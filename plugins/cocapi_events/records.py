"""What is kept of a watched thing: how it was when it was last asked, and the events that were not delivered.

Both are one value of the store, so that they are written in one step: whatever happens in between, an event
is there and its cause is forgotten, or neither. Which events have been delivered is a second, small value,
since it is written often; their numbers only grow, so it may be old, and costs a repetition then.
"""

from __future__ import annotations

import json
import logging
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from cocapi import Flow, Store
from cocapi.interrupts import reraise
from cocapi_events.kinds import KINDS, STAMPS, GameEvent
from cocapi_events.sharing import Holding, LeaseLost

__all__ = ["Mark", "Record", "Shelf", "as_json", "from_json", "moment_of", "number_of"]

log: logging.Logger = logging.getLogger("cocapi.events")


@dataclass(frozen=True, slots=True)
class Record:
    """A thing as it is kept.

    Args:
        number: Of the last event.
        seen: When the snapshot was asked for, in seconds since 1970.
        snapshot: What it was; None: it was not there.
        pending: Events that were not delivered when the record was written, as JSON, in order.
    """

    number: int
    seen: float
    snapshot: Any
    pending: tuple[dict[str, Any], ...] = ()

    @classmethod
    def first(cls, mark: Mark, seen: float, snapshot: Any) -> Self:
        """Of a thing of which nothing is kept, but perhaps a mark. Numbers begin with the milliseconds since
        1970, so that an id names one event for ever, though the store has forgotten the ones before."""
        return cls(max(mark.number, int(seen * 1000)), seen, snapshot)

    def undelivered(self, mark: Mark) -> Iterator[GameEvent]:
        """The events behind a mark, but those of a kind that only a later version knows."""
        for event in self.pending_after(mark):
            try:
                yield from_json(event)
            except (KeyError, TypeError) as error:
                reraise(error)
                log.warning("the event %s is of no kind that is known here, and is passed over", event["id"])

    def pending_after(self, mark: Mark) -> Iterator[dict[str, Any]]:
        """The same, as JSON."""
        return (event for event in self.pending if number_of(event["id"]) > mark.number)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the events of a thing have been delivered: with `number`; and when it was seen unchanged."""

    number: int = 0
    seen: float = 0.0


def number_of(event_id: str) -> int:
    """The number of an event among those of its thing."""
    return int(event_id.rpartition("/")[2])


def as_json(event: GameEvent) -> dict[str, Any]:
    """An event as JSON can hold it: its type, its stamps, and `data`."""
    return {
        "type": event.type,
        "id": event.id,
        "tag": event.tag,
        "at": event.at.isoformat(),
        "seen_after": event.seen_after.isoformat(),
        "late": event.late,
        **event.data,
    }


def from_json(document: dict[str, Any]) -> GameEvent:
    """The event of `as_json`.

    Raises:
        KeyError: Its kind is not known: it comes from a later version.
    """
    details = {name: value for name, value in document.items() if name not in (*STAMPS, "type")}
    return KINDS[document["type"]](
        id=document["id"],
        tag=document["tag"],
        at=datetime.fromisoformat(document["at"]),
        seen_after=datetime.fromisoformat(document["seen_after"]),
        late=document["late"],
        **details,
    )


class Shelf:
    """The records of one watch in the store of a client.

    Args:
        store: Of the client.
        name: Of the watch: another name is another memory.
    """

    def __init__(self, store: Store, name: str) -> None:
        self.store = store
        self.prefix: str = f"events:{name}"

    def record(self, key: str) -> Flow[Record | None]:
        """What is kept of a thing; None: nothing, it was never asked, or the store has dropped it or given
        something else for it."""
        content = yield from self.store.get(f"{self.prefix}:record:{key}")
        if content is None:
            return None
        try:
            number, seen, snapshot, pending = json.loads(zlib.decompress(content))
            return Record(number, seen, snapshot, tuple(pending))
        except (zlib.error, ValueError, TypeError) as error:
            reraise(error)
            log.warning("what the store keeps of %s cannot be read, and counts as nothing: %s", key, error)
            return None

    def keep(self, key: str, record: Record, holding: Holding) -> Flow[None]:
        """Write a record, with everything in it, in one step.

        Raises:
            LeaseLost: Its part is not held any more; nothing was written.
        """
        fields = (record.number, record.seen, record.snapshot, record.pending)
        content = zlib.compress(json.dumps(fields, separators=(",", ":")).encode(), 1)
        yield from self._put(f"record:{key}", content, holding)

    def mark(self, key: str) -> Flow[Mark]:
        """How far the events of a thing have been delivered."""
        content = yield from self.store.get(f"{self.prefix}:mark:{key}")
        try:
            return Mark(*json.loads(content)) if content is not None else Mark()
        except (ValueError, TypeError) as error:
            reraise(error)
            return Mark()

    def set_mark(self, key: str, mark: Mark, holding: Holding) -> Flow[None]:
        """Write how far; raises as `keep` does."""
        yield from self._put(f"mark:{key}", json.dumps((mark.number, mark.seen)).encode(), holding)

    def _put(self, key: str, content: bytes, holding: Holding) -> Flow[None]:
        key = f"{self.prefix}:{key}"
        if holding.lease is None:
            yield from self.store.put(key, content)
        elif not (yield from self.store.put_held(holding.lease, key, content)):
            holding.over = True
            raise LeaseLost(key)


def moment_of(seconds: float) -> datetime:
    """Seconds since 1970 as an aware datetime."""
    return datetime.fromtimestamp(seconds, UTC)
