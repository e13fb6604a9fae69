"""The options of the plugin."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cocapi.options import Count, Lifetime

__all__ = ["SqliteCacheOptions"]


@dataclass(frozen=True)
class SqliteCacheOptions:
    """Answers are kept in a file for `ttl` seconds, and for `stale_if_error` more while the API fails.

    Attributes:
        path: The file; its folder is made if it is missing. None: nothing is kept, and the plugin is off.
        ttl: Seconds that an answer may be used.
        refresh_ahead: Seconds before its end in which an answer is still given, and asked for anew in the
            background; 0: never.
        stale_if_error: Seconds past its time that an answer may still be used where a call would fail.
        max_answers: Answers kept; the oldest go first.
    """

    path: Path | None = None
    ttl: Lifetime = 3600
    refresh_ahead: Lifetime = 0
    stale_if_error: Lifetime = 86_400
    max_answers: Count = 100_000
