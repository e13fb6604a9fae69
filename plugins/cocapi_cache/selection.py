"""Which stored answers a place means: a path and all below it, or a tag wherever it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote

__all__ = ["selection"]

Selection = Callable[[str, str], bool]
"""Whether an encoded path and its encoded query belong to the place."""


def selection(place: str, values: Mapping[str, Any]) -> Selection:
    """The answers that `Cache.invalidate` means by `place` and `values`.

    Raises:
        ValueError: For a place that is neither path nor tag, or a value whose name is not in it.
    """
    strange = [name for name in values if f"{{{name}}}" not in place]
    if strange:
        raise ValueError(f"{place!r} has no {{{strange[0]}}} to put a value in")
    if place.startswith("#"):
        pattern = rf".*[/=]{re.escape(encoded(place))}(?=[/?&]|$)"
    elif place.startswith("/"):
        segments = [segment(part, values) for part in place.split("/") if part]
        pattern = "".join(f"/{part}" for part in segments) + r"(?=[/?])"
    else:
        raise ValueError(f"{place!r} is neither a path such as '/clans' nor a tag such as '#2PP'")
    fits = re.compile(pattern).match
    return lambda path, query: fits(f"{path}?{query}") is not None


def segment(part: str, values: Mapping[str, Any]) -> str:
    """The pattern of one path segment of a place."""
    name = part[1:-1] if part.startswith("{") and part.endswith("}") else None
    if name is None:
        return re.escape(encoded(unquote(part)))
    if name not in values:
        return "[^/?]+"
    value = unquote(str(values[name]))
    return re.escape(encoded(f"#{value.lstrip('#')}" if name.lower().endswith("tag") else value))


def encoded(value: str) -> str:
    """A path value as requests carry it; a tag in capitals and with zero for the letter O, which no
    tag has."""
    return quote(value.strip().upper().replace("O", "0") if value.startswith("#") else value, safe="")
