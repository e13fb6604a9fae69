"""What happens in the game: the kinds of events that ``api.watch(...)`` gives; they live in the plugin ``events``.

`EventStream`, `EventType` and the names beside them are those of version 4, kept in `cocapi.compat.events`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cocapi.compat.events import *
    from cocapi_events.kinds import *

HOMES = {"cocapi_events.kinds", "cocapi.compat.events"}


def __getattr__(name: str) -> Any:
    """Load a class on first use; the core imports no plugin by itself."""
    if not name.startswith("_"):
        for home in sorted(HOMES, reverse=True):
            module = import_module(home)
            if name in module.__all__:
                return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
