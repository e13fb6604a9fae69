"""The options of the plugin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cocapi.options import Count, Range

__all__ = ["MemoryOptions"]


@dataclass(frozen=True)
class MemoryOptions:
    """How much is kept.

    Attributes:
        max_bytes: What the values may take, keys and some 200 bytes for each included; the least recently
            used go first.
        max_entries: Entries that a log keeps; the oldest go first.
    """

    max_bytes: Annotated[int, Range(ge=1, le=10**12, unit="bytes")] = 64 * 1024 * 1024
    max_entries: Count = 10_000
