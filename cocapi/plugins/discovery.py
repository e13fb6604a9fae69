"""Finding plugins: the entry points of the group ``cocapi``, scanned once a process.

A plugin's name in the group is its name here; its value is a factory that takes the `ApiConfig`.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from importlib.metadata import EntryPoint, PackageNotFoundError, distribution, entry_points
from pathlib import Path
from typing import Any

from cocapi.config import ApiConfig

__all__ = ["GROUP", "imported", "scan", "unregistered"]

GROUP = "cocapi"


@functools.cache
def scan() -> tuple[EntryPoint, ...]:
    """Every registered plugin by name; scanned once a process."""
    found = {(point.name, point.value): point for point in entry_points(group=GROUP)}
    return tuple(found[key] for key in sorted(found))


@functools.cache
def unregistered() -> str | None:
    """Why Python knows of none of the plugins that come with cocapi, and the way out, in one sentence; None
    where it knows them. Looked for once a process."""
    here = Path(__file__).parents[2]
    try:
        found = distribution("cocapi")
    except PackageNotFoundError:
        why = (
            f"{here} holds cocapi, but Python finds no metadata of it; install it with pip instead of "
            "copying its files, and let a frozen program bring its metadata along (PyInstaller: "
            "--copy-metadata cocapi; see the how-to 'Freeze a program')"
        )
    else:
        if found.entry_points.select(group=GROUP):
            return None
        why = (
            f"{here} holds cocapi, but the metadata in {found.locate_file('')} is of cocapi {found.version}; "
            "uninstall that, and install this one"
        )
    return f"no plugins are registered: {why}"


@functools.cache
def imported(point: EntryPoint) -> tuple[Callable[[ApiConfig], Any], float]:
    """The factory behind an entry point, and the milliseconds that importing it took, once a process."""
    started = time.perf_counter()
    factory = point.load()
    return factory, (time.perf_counter() - started) * 1000
