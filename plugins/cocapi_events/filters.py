"""Which events are wanted."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from cocapi_events.kinds import KINDS, GameEvent

__all__ = ["Filter", "kinds_of"]


@dataclass(frozen=True, slots=True)
class Filter:
    """What an event must be.

    Args:
        kinds: Of one of these classes; None: of any.
        fields: Where it has a `field`, one of these; None: any.
        where: And this must be true of it; None: always.
    """

    kinds: tuple[type[GameEvent], ...] | None = None
    fields: frozenset[str] | None = None
    where: Callable[[GameEvent], object] | None = None

    def wants(self, event: GameEvent) -> bool:
        """Whether an event is so."""
        if self.kinds is not None and not isinstance(event, self.kinds):
            return False
        if self.fields is not None and getattr(event, "field", None) not in (None, *self.fields):
            return False
        return self.where is None or bool(self.where(event))

    def names(self, kind: type[GameEvent]) -> bool:
        """Whether a kind that only those are told who name it (`PollFailed`) was named."""
        return self.kinds is not None and issubclass(kind, self.kinds) and GameEvent not in self.kinds


def kinds_of(
    names: Collection[type[GameEvent] | str] | None,
) -> tuple[type[GameEvent], ...] | None:
    """Classes of kinds, some of which are named by their texts.

    Raises:
        ValueError: There is no such kind.
    """
    if names is None:
        return None
    unknown = [kind for kind in names if isinstance(kind, str) and kind not in KINDS]
    if unknown:
        raise ValueError(f"there is no kind of event {unknown[0]!r}; there are {', '.join(sorted(KINDS))}")
    return tuple(KINDS[kind] if isinstance(kind, str) else kind for kind in names)
