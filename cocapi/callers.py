"""Whose line a warning is about."""

from __future__ import annotations

import sys
from types import FrameType

__all__ = ["caller_level"]


def caller_level() -> int:
    """The ``stacklevel`` of a warning that is to name the line of the program that called into cocapi."""
    level = 1
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in OURS:
        level, frame = level + 1, frame.f_back
    return level


OURS = ("cocapi", "dataclasses")
"""The core, and what it calls itself through."""
