"""The kinds of events that ``api.watch(...)`` gives; they live in the plugin ``events``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cocapi_events.kinds import *


def __getattr__(name: str) -> Any:
    """Load a class from the plugin on first use; the core imports no plugin by itself."""
    kinds = import_module("cocapi_events.kinds")
    if name not in kinds.__all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(kinds, name)
