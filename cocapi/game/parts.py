"""Parts of an answer, whether it is a dict or a model: the functions of this package read both alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cocapi.interrupts import reraise

__all__ = ["by_tag", "moment", "number", "part", "parts", "text", "utc"]

SCALARS = (str, bytes, int, float, datetime, list, tuple, type(None))
"""What has no parts by name."""


def part(answer: object, name: str) -> Any:
    """The part of an answer by its name on the wire; None where there is none."""
    if isinstance(answer, Mapping):
        return answer.get(name)
    return getattr(answer, attribute(name), None)


@cache
def attribute(name: str) -> str:
    """What a part is called on a model: ``team_size`` for ``teamSize``."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def parts(answer: object, name: str) -> list[Any]:
    """The dicts or models in a list of an answer; ``[]`` where there is no such list. What is odd in it is
    left out."""
    listed = part(answer, name)
    if not isinstance(listed, list | tuple):
        return []
    return [item for item in listed if not isinstance(item, SCALARS)]


def number(answer: object, name: str) -> Any:
    """The number in a part of an answer; 0 where there is none."""
    value = part(answer, name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0


def text(answer: object, name: str) -> str:
    """The text in a part of an answer, such as a tag; ``""`` where there is none."""
    value = part(answer, name)
    return value if isinstance(value, str) else ""


def moment(time: object) -> datetime | None:
    """A time of an answer, which is a text in a dict and a datetime in a model; None for what is none."""
    if isinstance(time, str):
        try:
            time = datetime.fromisoformat(time)
        except ValueError as error:
            reraise(error)
            return None
    return time if isinstance(time, datetime) and time.utcoffset() is not None else None


def utc(now: datetime) -> datetime:
    """A moment that a caller gives, in UTC.

    Raises:
        ValueError: It has no zone, so nobody knows which moment it is.
    """
    if now.utcoffset() is None:
        raise ValueError(f"{now!r} has no zone: give a moment, such as datetime.now(UTC)")
    return now.astimezone(UTC)


def by_tag(members: Iterable[Any]) -> dict[str, Any]:
    """Members, clans or players by their tags; without those that have none."""
    return {tag: member for member in members if (tag := text(member, "tag"))}
