"""Which events are wanted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Self, TypeVar

from cocapi import InvalidParams
from cocapi_events.kinds import KINDS, GameEvent

__all__ = ["Filter", "kinds_of", "several"]

T = TypeVar("T")


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

    @classmethod
    def of(
        cls,
        kinds: Collection[type[GameEvent] | str] | None,
        fields: Collection[str] | None,
        where: Callable[[GameEvent], object] | None,
    ) -> Self:
        """The filter of what a user gives.

        Raises:
            ValueError: There is no such kind, or kinds or fields are one.
        """
        named = None if fields is None else frozenset(several("fields", fields))
        return cls(kinds_of(kinds), named, where)

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
        ValueError: There is no such kind, or it is one and no list of them.
    """
    return None if names is None else tuple(map(kind_of, several("kinds", names)))


def kind_of(name: type[GameEvent] | str) -> type[GameEvent]:
    """The class of a kind, which may be named by its text.

    Raises:
        ValueError: There is no such kind.
    """
    kind = KINDS.get(name) if isinstance(name, str) else name
    if isinstance(kind, type) and issubclass(kind, GameEvent):
        return kind
    raise ValueError(f"there is no kind of event {name!r}; there are {', '.join(sorted(KINDS))}")


def several(name: str, things: Iterable[T]) -> Iterable[T]:
    """What was given for an argument that takes several.

    Raises:
        InvalidParams: It is one, and nobody wants the letters of a text.
    """
    if isinstance(things, str):
        raise InvalidParams(f"{name} is {things!r}, one text: write [{things!r}]")
    if isinstance(things, type):
        raise InvalidParams(f"{name} is {things.__name__}, one class: write [{things.__name__}]")
    return things
