"""Small helpers that cocapi 3 and 4 exported; kept for programs that use them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cocapi.calls.address import encoded_query, mapping, query_pairs

__all__ = [
    "build_url",
    "clean_tag",
    "extract_after_cursor",
    "extract_items",
    "format_endpoint_for_metrics",
    "get_cache_key",
    "is_successful_response",
    "should_retry_error",
    "validate_params",
]


def clean_tag(tag: str) -> str:
    """A tag without the ``#`` in front of it."""
    return tag.removeprefix("#")


def build_url(base_url: str, endpoint: str, params: Mapping[str, Any] | None = None) -> str:
    """Base URL, path and query in one; None and ``""`` among the values are left out.

    Raises:
        InvalidParams: For a value that no query can hold.
    """
    query = encoded_query(query_pairs(mapping(params)))
    return f"{base_url}{endpoint}?{query}" if query else f"{base_url}{endpoint}"


def validate_params(params: Mapping[str, Any] | None, valid_params: tuple[str, ...]) -> bool:
    """Whether every name of `params` is among `valid_params`."""
    return set(mapping(params)) <= set(valid_params)


def get_cache_key(url: str, params: Mapping[str, Any] | None = None) -> str:
    """A text that is the same for the same address and query, in whatever order the names stand."""
    query = "&".join(f"{name}={value}" for name, value in sorted(mapping(params).items()))
    return f"{url}?{query}" if query else url


def is_successful_response(status_code: int) -> bool:
    """Whether a status code is a success (RFC 9110 section 15.3)."""
    return status_code // 100 == 2


def should_retry_error(status_code: int) -> bool:
    """Whether asking again may help: 429 and 5xx. The plugin retry has a policy of its own."""
    return status_code == 429 or status_code >= 500


def extract_items(result: Any) -> Any:
    """The items of a page, which is a dict or a model; an empty list where it has none."""
    return part(result, "items", [])


def extract_after_cursor(result: Any) -> str | None:
    """The cursor of the page after this one; None on the last one."""
    cursor: str | None = part(part(part(result, "paging"), "cursors"), "after")
    return cursor


def part(whole: Any, name: str, default: Any = None) -> Any:
    """What a dict or a model has under `name`."""
    if isinstance(whole, Mapping):
        return whole.get(name, default)
    return getattr(whole, name, default)


def format_endpoint_for_metrics(endpoint: str) -> str:
    """A path with ``%23{tag}`` for each tag and ``{id}`` for each id; the metrics name templates instead."""
    return re.sub(r"/[0-9]+", "/{id}", re.sub(r"/%23[A-Z0-9]+", "/%23{tag}", endpoint))
