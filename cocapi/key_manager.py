"""The documented import path of the key managers and their errors; they live in the plugin ``keys``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cocapi_keys.errors import InvalidCredentials, KeyLimitReached, KeyManagerError
    from cocapi_keys.managers import AsyncKeyManager, SyncKeyManager

__all__ = ["AsyncKeyManager", "InvalidCredentials", "KeyLimitReached", "KeyManagerError", "SyncKeyManager"]


def __getattr__(name: str) -> Any:
    """Load a name from the plugin on first use; the core imports no plugin by itself."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("cocapi_keys"), name)
