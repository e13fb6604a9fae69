"""Event loops: whether one is running here."""

from __future__ import annotations

import sys

__all__ = ["in_event_loop"]


def in_event_loop() -> bool:
    """Whether this thread is running an event loop, of asyncio or of trio."""
    asyncio, trio = sys.modules.get("asyncio"), sys.modules.get("trio")
    return bool(
        (asyncio is not None and asyncio._get_running_loop() is not None)
        or (trio is not None and trio.lowlevel.in_trio_run())
    )
