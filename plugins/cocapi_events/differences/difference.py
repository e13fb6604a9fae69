"""Something that is not as it was: an event without its stamps."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cocapi_events.kinds import GameEvent

__all__ = ["Difference", "Json", "changed_fields"]

Json = Mapping[str, Any]
"""An answer of the API, or a part of one."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What makes an event: its kind and what is particular to it.

    Args:
        kind: The class of the event.
        details: By name, `old`, `new` and the attributes of the class.
    """

    kind: type[GameEvent]
    details: dict[str, Any]

    def event(self, id: str, tag: str, at: datetime, seen_after: datetime, late: bool) -> GameEvent:  # noqa: A002  # the field
        """The event, with its stamps."""
        return self.kind(id=id, tag=tag, at=at, seen_after=seen_after, late=late, **self.details)


def changed_fields(old: Json, new: Json, without: Collection[str] = ()) -> Iterator[tuple[str, Any, Any]]:
    """The names of fields with another value, sorted, with both values; None: it is not there."""
    for name in sorted((old.keys() | new.keys()) - set(without)):
        before, now = old.get(name), new.get(name)
        if before != now:
            yield name, before, now
