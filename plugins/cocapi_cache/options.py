"""The options of the plugin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cocapi.options import Count, Lifetime

__all__ = ["CacheOptions"]


@dataclass(frozen=True)
class CacheOptions:
    """What is kept, and for how long.

    Attributes:
        ttl: Seconds that an answer is kept, or ``"server"`` to obey its Cache-Control; 0: it is not kept at
            all.
        max_entries: Answers kept at once; the least recently used goes first.
        stale_if_error: Seconds past its time that an answer may still be used while the API fails or is in
            maintenance (RFC 5861 section 4); 0: never.
        scope: Whose answers these are in a store that others use too: clients that name the same scope share
            them. None: those with the same token do.
    """

    ttl: Lifetime | Literal["server"] = 300
    max_entries: Count = 1000
    stale_if_error: Lifetime = 0
    scope: str | None = None
