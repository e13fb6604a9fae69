"""The options of the plugin, as ``ApiConfig(plugins={"retry": {…}})`` gives them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from cocapi import ConfigError
from cocapi.text import cited

__all__ = ["Options"]

LONGEST = 1_000_000
"""Seconds, eleven days: no clock, lock or event loop waits longer without trouble."""


@dataclass(frozen=True, slots=True)
class Options:
    """How long the plugin waits.

    max_delay:
        Seconds that one wait may take. A server that asks for more ends the call.
    budget:
        Seconds from the beginning of the call within which an attempt may begin; 0: only the first.
    jitter:
        The part of a wait that is left to chance, from 0 to 1: with 0.5, a wait of 2 seconds takes
        1 to 2. What a server asks for is waited exactly.

    Raises:
        ConfigError: for a value that makes no sense.
    """

    max_delay: float = 30.0
    budget: float = 120.0
    jitter: float = 0.5

    def __post_init__(self) -> None:
        for name in ("max_delay", "budget"):
            if not number(getattr(self, name), LONGEST):
                raise refused(name, getattr(self, name), f"seconds, 0 or more and {LONGEST} at most")
        if not number(self.jitter, 1):
            raise refused("jitter", self.jitter, "a number from 0 to 1")

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """The options in a mapping; defaults for what it does not name.

        Raises:
            ConfigError: for a name that is none, or a value that makes no sense.
        """
        known = [entry.name for entry in fields(cls)]
        for name in given:
            if name not in known:
                near = difflib.get_close_matches(str(name), known, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
                raise ConfigError(f"plugins['retry'] has no option {name!r}; {hint}")
        return cls(**given)


def number(value: object, most: float) -> bool:
    """A number from 0 to `most`; a bool is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most


def refused(name: str, value: object, allowed: str) -> ConfigError:
    return ConfigError(f"plugins['retry'][{name!r}] is {cited(value)}: it must be {allowed}")
