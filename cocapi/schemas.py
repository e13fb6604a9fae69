"""``from cocapi.schemas import Clan``, an import path of cocapi 4; they are those of `cocapi.models`."""

from __future__ import annotations

from typing import Any

from cocapi import models

__all__ = [  # what is a text there is one here
    name for name in models.__all__ if name[0].isupper()
]

PAGINATED = {"PaginatedList": "Page"}
"""Models of version 4 that have another name now."""


def __getattr__(name: str) -> Any:
    """A model, loaded on first use."""
    return getattr(models, PAGINATED.get(name, name))
