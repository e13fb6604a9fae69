"""``from cocapi.cocapi import CocApi``, the import path of cocapi 1 to 4, with what could be had there."""

from __future__ import annotations

from typing import Any

from cocapi.client import CocApi
from cocapi.compat.classes import SUCCESSORS, CacheEntry, RequestMetric, successor
from cocapi.config import ApiConfig
from cocapi.models import get_pydantic_info, validate_pydantic_available
from cocapi.utils import build_url, clean_tag, get_cache_key, validate_params

__all__ = [
    "ApiConfig",
    "CacheEntry",
    "CocApi",
    "RequestMetric",
    "build_url",
    "clean_tag",
    "get_cache_key",
    "get_pydantic_info",
    "validate_params",
    "validate_pydantic_available",
]


def __getattr__(name: str) -> Any:
    """What is loaded on first use: `create_dynamic_model`, and the classes that have successors."""
    if name == "create_dynamic_model":
        from cocapi.models import create_dynamic_model

        return create_dynamic_model
    if name in SUCCESSORS:
        return successor(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
