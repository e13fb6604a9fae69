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
    """

    interval: Annotated[float, Range(ge=0, le=86_400, unit="seconds")] = 10.0
    probe: Annotated[float, Range(gt=0, le=86_400, unit="seconds")] = 30.0
    at_once: Annotated[int, Range(ge=1, le=1000)] = 20
