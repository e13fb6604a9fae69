"""The options of the plugin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cocapi.options import Count, Range

__all__ = ["SqliteOptions"]


@dataclass(frozen=True)
class SqliteOptions:
    """How much is kept.

    Attributes:
        max_bytes: What the file may take; where values would make it larger, those that end soonest go first.
            Each process goes by its own setting.
        max_entries: Entries that a log keeps; the oldest go first.
    """

    max_bytes: Annotated[int, Range(ge=2**20, le=10**15, unit="bytes")] = 1024**3
    max_entries: Count = 10_000
