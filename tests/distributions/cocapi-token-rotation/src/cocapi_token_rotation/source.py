"""Where the tokens come from: the options, and a file that may change."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import anyio.to_thread
from cocapi import Flow, do

__all__ = ["Source"]


class Source:
    """Tokens that were given, and those of a file, one a line.

    Args:
        given: Tokens beside those of the file.
        path: The file; None: there is none. Its empty lines, and those that begin with ``#``, are left out.
    """

    def __init__(self, given: tuple[str, ...], path: Path | None) -> None:
        self.given = given
        self.path = path

    def read(self) -> list[str]:
        """All tokens.

        Raises:
            OSError: The file cannot be read.
            UnicodeDecodeError: It is no UTF-8.
        """
        if self.path is None:
            return [*self.given]
        lines = self.path.expanduser().read_text(encoding="utf-8-sig").splitlines()
        return [*self.given, *(line for line in map(str.strip, lines) if line and not line.startswith("#"))]

    def reading(self) -> Flow[list[str]]:
        """The same as a flow, which holds up no event loop."""
        return (yield from do(self.read, partial(anyio.to_thread.run_sync, self.read)))
