"""Small helpers that cocapi 3.0 exported; kept for programs that use them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cocapi.calls.address import encoded_query, mapping, query_pairs

__all__ = ["build_url", "clean_tag", "validate_params"]


def clean_tag(tag: str) -> str:
    """A tag without the ``#`` in front of it."""
    return tag.removeprefix("#")


def build_url(base_url: str, endpoint: str, params: Mapping[str, Any] | None = None) -> str:
    """Base URL, path and query in one; None and ``""`` among the values are left out.

    Raises:
        InvalidParams: for a value that no query can hold.
    """
    query = encoded_query(query_pairs(mapping(params)))
    return f"{base_url}{endpoint}?{query}" if query else f"{base_url}{endpoint}"


def validate_params(params: Mapping[str, Any] | None, valid_params: tuple[str, ...]) -> bool:
    """Whether every name of `params` is among `valid_params`."""
    return set(mapping(params)) <= set(valid_params)
