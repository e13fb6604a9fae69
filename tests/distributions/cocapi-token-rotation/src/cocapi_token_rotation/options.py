"""The options of the plugin."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cocapi import Secret
from cocapi.options import Lifetime, Timeout

__all__ = ["RotationOptions"]


@dataclass(frozen=True)
class RotationOptions:
    """Where the tokens come from, and what becomes of one that is refused.

    Attributes:
        tokens: The tokens themselves, beside those of the file.
        path: A file with one token a line; None: there is none.
        reload_every: Seconds after which the file is read again.
        rest: Seconds for which a refused token is set aside.
    """

    tokens: Annotated[tuple[str, ...], Secret] = ()
    path: Path | None = None
    reload_every: Timeout = 30
    rest: Lifetime = 300
