"""The kinds of events that ``api.watch(...)`` gives, and `EventStream` with the names that version 4 had
beside it; all live in the plugin ``events``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cocapi_events.kinds import *
    from cocapi_events.version4 import *

HOMES = ("cocapi_events.kinds", "cocapi_events.version4")


def __getattr__(name: str) -> Any:
    """Load a class from the plugin on first use; the core imports no plugin by itself."""
    if not name.startswith("__"):
        for home in map(import_module, HOMES):
            if name in home.__all__:
                return getattr(home, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
