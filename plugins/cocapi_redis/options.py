"""The options of the plugin."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cocapi.options import Allowed, Count

__all__ = ["RedisOptions"]


def has_no_colon(namespace: str) -> bool:
    """Whether no other namespace can begin with this one and a colon."""
    return namespace != "" and ":" not in namespace


@dataclass(frozen=True)
class RedisOptions:
    """Where in a server the things of this application are, and how it is trusted.

    Attributes:
        namespace: What all keys begin with, and a colon. Applications with the same namespace share answers,
            budgets and logs; give each its own where they should not.
        max_entries: Entries that a log keeps; the oldest go first.
        ca_file: Certificates in PEM that sign the server's, for `rediss://`; None: those of the system.
    """

    namespace: Annotated[str, Allowed("a text without colons", has_no_colon)] = "cocapi"
    max_entries: Count = 10_000
    ca_file: Path | None = None
