"""``from cocapi.metrics import MetricsTracker``, an import path of cocapi 3 and 4."""

from __future__ import annotations

from typing import Any

from cocapi.compat.classes import SUCCESSORS, RequestMetric, successor

__all__ = ["RequestMetric"]


def __getattr__(name: str) -> Any:
    """The class that does the work now, with a warning."""
    if name in SUCCESSORS:
        return successor(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
