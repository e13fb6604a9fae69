"""The options of the plugin."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["CassetteOptions"]


@dataclass(frozen=True)
class CassetteOptions:
    """Where the cassette is, and what becomes of it.

    Attributes:
        path: The file; None: the plugin is off. Folders on the way to it are made.
        mode: `record`: send, and write the file anew when the client is closed. `replay`: send nothing.
            `once`: replay where the file is there when the client is made, else record.
    """

    path: Path | None = None
    mode: Literal["once", "record", "replay"] = "once"
