"""The documented import path of the middleware helpers; they live in the plugin ``middleware``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cocapi.compat.classes import SUCCESSORS, successor

if TYPE_CHECKING:
    from collections.abc import Callable

    RequestMiddleware = Callable[
        [str, dict[str, str], dict[str, Any]], tuple[str, dict[str, str], dict[str, Any]]
    ]
    ResponseMiddleware = Callable[[dict[str, Any]], dict[str, Any]]

    add_user_agent_middleware: Callable[[str], RequestMiddleware]
    add_request_id_middleware: Callable[[], RequestMiddleware]
    add_debug_logging_middleware: Callable[[], RequestMiddleware]
    add_response_timestamp_middleware: Callable[[], ResponseMiddleware]
    add_response_size_middleware: Callable[[], ResponseMiddleware]


__all__ = [
    "add_debug_logging_middleware",
    "add_request_id_middleware",
    "add_response_size_middleware",
    "add_response_timestamp_middleware",
    "add_user_agent_middleware",
]


def __getattr__(name: str) -> Any:
    """Load a helper from the plugin on first use; the core imports no plugin by itself."""
    if name in SUCCESSORS:
        return successor(name)
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("cocapi_middleware.helpers"), name)
