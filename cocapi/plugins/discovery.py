"""Finding plugins: the entry points of the group ``cocapi``, scanned once a process.

A plugin's name in the group is its name here; its value is a factory that takes the `ApiConfig`.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, PackageNotFoundError, distribution, entry_points
from pathlib import Path
from typing import Any, NamedTuple

from cocapi.config import ApiConfig, factory_in
from cocapi.plugins.factories import Factory, factory_of
from cocapi.text import did_you_mean

__all__ = ["GROUP", "Source", "absences", "imported", "scan", "sources", "unregistered"]

GROUP = "cocapi"


class Origin(NamedTuple):
    """A distribution; its name and version are ``""`` for what is given in code."""

    name: str
    version: str


NOBODY = Origin("", "")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a plugin comes from.

    Attributes:
        name: The plugin's.
        point: Its entry point; None: it is given in code.
        function: The factory that is given in code.
        others: Distributions that have a plugin of the same name, which is left out.
    """

    name: str
    point: EntryPoint | None = None
    function: Any = None
    others: tuple[str, ...] = ()

    @property
    def origin(self) -> Origin:
        """The distribution it is of."""
        return origin_of(self.point) if self.point else NOBODY


def sources(config: ApiConfig) -> list[Source]:
    """Every known plugin by name. A factory in the configuration takes the place of a registered plugin; of
    several registered ones that of cocapi itself, else of the first distribution by name, has the name."""
    known: dict[str, list[EntryPoint]] = {}
    for point in sorted(scan(), key=lambda point: (point.name, not is_own(point), origin_of(point))):
        known.setdefault(point.name, []).append(point)
    by_name = {
        name: Source(
            name, points[0], others=tuple(f"{origin_of(other).name} ({other.value})" for other in points[1:])
        )
        for name, points in known.items()
    }
    by_name |= {
        name: Source(name, function=factory_in(setting))
        for name, setting in config.plugins.items()
        if callable(setting)
    }
    return [by_name[name] for name in sorted(by_name)]


def absences(config: ApiConfig) -> Iterator[str]:
    """A sentence for each plugin that the configuration names and nobody has; or why none are known."""
    in_code = {name for name, setting in config.plugins.items() if callable(setting)}
    if why := unregistered():
        if config.only_plugins is None or not set(config.only_plugins) <= in_code:
            yield why
        return
    known = {point.name for point in scan()}
    for name in sorted(set(config.plugins) - in_code - known):
        yield f"plugins names {name!r}, and no such plugin is installed{did_you_mean(name, known)}"


def origin_of(point: EntryPoint) -> Origin:
    """The distribution that an entry point is of."""
    return identity(point.dist) if point.dist else NOBODY


def is_own(point: EntryPoint) -> bool:
    """Whether an entry point is of cocapi itself."""
    return origin_of(point).name == "cocapi"


@functools.cache
def identity(distribution: Distribution) -> Origin:
    """Name and version, for which all metadata is parsed: once a process."""
    return Origin(distribution.name, distribution.version)


@functools.cache
def scan() -> tuple[EntryPoint, ...]:
    """Every registered plugin by name; scanned once a process."""
    points = {(point.name, point.value): point for point in entry_points(group=GROUP)}
    return tuple(points[key] for key in sorted(points))


@functools.cache
def unregistered() -> str | None:
    """Why Python knows of none of the plugins that come with cocapi, and the way out, in one sentence; None
    where it knows them. Looked for once a process."""
    here = Path(__file__).parents[2]
    try:
        installed = distribution("cocapi")
    except PackageNotFoundError:
        why = (
            f"{here} holds cocapi, but Python finds no metadata of it; install it with pip instead of "
            "copying its files, and let a frozen program bring its metadata along (PyInstaller: "
            "--copy-metadata cocapi; see the how-to 'Freeze a program')"
        )
    else:
        if installed.entry_points.select(group=GROUP):
            return None
        why = (
            f"{here} holds cocapi, but the metadata in {installed.locate_file('')} is of cocapi "
            f"{installed.version}; uninstall that, and install this one"
        )
    return f"no plugins are registered: {why}"


@functools.cache
def imported(point: EntryPoint) -> tuple[Factory, float]:
    """The factory behind an entry point, and the milliseconds that importing it took, once a process.

    Raises:
        NoPlugin: It is none.
    """
    started = time.perf_counter()
    factory = factory_of(point.load())
    return factory, (time.perf_counter() - started) * 1000
