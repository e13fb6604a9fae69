"""What the verbs of a store and of its streams may be given (`check_…`: a TypeError or a ValueError, before
anything is done), and what they may answer (`is_…`, `are_…`: else the store is blamed)."""

from __future__ import annotations

from typing import TypeGuard

from cocapi.store import Lease, LogEntry
from cocapi.streams import StreamEntry
from cocapi.text import cited

__all__ = [
    "LONGEST",
    "are_entries",
    "are_stream_entries",
    "are_texts",
    "check_bytes",
    "check_count",
    "check_entry",
    "check_key",
    "check_keys",
    "check_lease",
    "check_number",
    "check_text",
    "is_bool",
    "is_bytes_or_lease_or_none",
    "is_bytes_or_none",
    "is_count",
    "is_lease_or_none",
    "is_none",
    "is_seconds",
]

LONGEST = 1_000_000_000
"""Seconds that anything may be kept for, as in `ApiConfig`; thirty years."""


def check_entry(key: object, value: object, seconds: object) -> None:
    """Refuse what cannot be put."""
    check_key(key)
    check_bytes(value)
    if seconds is not None:
        check_number("seconds", seconds, 0, LONGEST)


def check_keys(*keys: object) -> None:
    """Refuse texts of which one is no key."""
    for key in keys:
        check_key(key)


def check_key(key: object) -> None:
    """Refuse what is no key: a text of a character at least."""
    check_text("key", key)
    if key == "":
        raise ValueError("a store's key must have a character at least")


def check_text(name: str, value: object) -> None:
    """Refuse what is no text that UTF-8 can encode."""
    if not isinstance(value, str):
        raise TypeError(f"a store's {name} is a text, not {cited(value)}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"a store's {name} is {cited(value)}, which UTF-8 cannot encode") from error


def check_bytes(value: object) -> None:
    """Refuse what is no content."""
    if not isinstance(value, bytes):
        raise TypeError(f"a store keeps bytes, not a {type(value).__name__}")


def check_number(name: str, value: object, least: float, most: float) -> None:
    """Refuse what is no number between two."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"a store's {name} is a number, not {cited(value)}")
    if not least <= value <= most:
        raise ValueError(f"a store's {name} is {cited(value)}: it must be from {least:g} to {most:g}")


def check_count(name: str, value: object, least: int) -> None:
    """Refuse what is no whole number, or below the least."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"a store's {name} is a whole number, not {cited(value)}")
    check_number(name, value, least, 2**63 - 1)


def check_lease(lease: object) -> None:
    """Refuse what is no lease."""
    if not isinstance(lease, Lease):
        raise TypeError(f"a lease is what claim() answered, not {cited(lease)}")


def is_none(answer: object) -> TypeGuard[None]:
    """Of verbs that answer nothing."""
    return answer is None


def is_bytes_or_none(answer: object) -> TypeGuard[bytes | None]:
    """A value, or that there is none."""
    return answer is None or type(answer) is bytes


def is_lease_or_none(answer: object) -> TypeGuard[Lease | None]:
    """A lease, or that another holds it."""
    return answer is None or isinstance(answer, Lease)


def is_bytes_or_lease_or_none(answer: object) -> TypeGuard[bytes | Lease | None]:
    """A value, the lease to make it, or that another makes it."""
    return is_bytes_or_none(answer) or isinstance(answer, Lease)


def is_bool(answer: object) -> TypeGuard[bool]:
    """Whether something was so."""
    return isinstance(answer, bool)


def is_count(answer: object) -> TypeGuard[int]:
    """How many, or a position."""
    return isinstance(answer, int) and not isinstance(answer, bool) and answer >= 0


def is_seconds(answer: object) -> TypeGuard[float]:
    """How long to wait."""
    return isinstance(answer, int | float) and not isinstance(answer, bool) and answer >= 0


def are_stream_entries(answer: object) -> TypeGuard[tuple[StreamEntry, ...]]:
    """Entries of a stream."""
    return isinstance(answer, tuple) and all(isinstance(entry, StreamEntry) for entry in answer)


def are_texts(answer: object) -> TypeGuard[tuple[str, ...]]:
    """Names of entries."""
    return isinstance(answer, tuple) and all(isinstance(text, str) for text in answer)


def are_entries(answer: object) -> TypeGuard[tuple[LogEntry, ...]]:
    """Entries of a log."""
    return isinstance(answer, tuple) and all(isinstance(entry, LogEntry) for entry in answer)
