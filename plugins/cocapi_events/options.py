"""The options of the plugin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cocapi.options import Range

__all__ = ["EventsOptions"]


@dataclass(frozen=True)
class EventsOptions:
    """How often is asked.

    Attributes:
        interval: Seconds between two questions about a thing at least; it is not asked before its answer can
            be another (max-age) either.
        probe: Seconds between two questions while the API is in maintenance.
        at_once: Questions that are under way at once at most; the rate limit holds back what is too much.
        waiting: Events that wait for a listener at most; then nothing more is asked until it has caught up.
        lease: Seconds within which others take over what a watcher or reader that died had; see `shared`.
        parts: Into which the things of a shared watch fall, each held by one watcher; more than there will be
            watchers, and the same for all of them.
        keep: Events that a stream keeps, about; the oldest go first, read or not.
    """

    interval: Annotated[float, Range(ge=0, le=86_400, unit="seconds")] = 10.0
    probe: Annotated[float, Range(gt=0, le=86_400, unit="seconds")] = 30.0
    at_once: Annotated[int, Range(ge=1, le=1000)] = 20
    waiting: Annotated[int, Range(ge=1, le=1_000_000)] = 1000
    lease: Annotated[float, Range(ge=1, le=3600, unit="seconds")] = 15.0
    parts: Annotated[int, Range(ge=1, le=4096)] = 64
    keep: Annotated[int, Range(ge=1, le=10**9)] = 100_000
