"""The options of the plugin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from cocapi.options import Range, Timeout

__all__ = ["CircuitBreakerOptions"]


@dataclass(frozen=True)
class CircuitBreakerOptions:
    """A circuit opens after `failures`, and `seconds` later one attempt tries whether it may close.

    Attributes:
        failures: Failed attempts on end after which nothing is sent; 0: never, and the plugin is off.
        seconds: How long nothing is sent.
        per: What has a circuit of its own: each `"template"`, such as ``GET /clans/{clanTag}``, or each
            `"host"`.
    """

    failures: Annotated[int, Range(ge=0, le=1_000_000, unit="attempts")] = 5
    seconds: Timeout = 30
    per: Literal["template", "host"] = "template"
