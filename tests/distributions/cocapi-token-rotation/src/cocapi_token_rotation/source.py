"""Where the tokens come from: the options, and a file that may change."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import anyio.to_thread
from cocapi import Flow, do

__all__ = ["Source"]


TOKEN = re.compile(r"[!-~]+")
"""Whatever a header field can hold, without white space."""


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
            ValueError: It has a line that is no token, or no token at all.
        """
        return [*self.given, *(self.read_file(self.path) if self.path else ())]

    def reading(self) -> Flow[list[str]]:
        """The same as a flow, which holds up no event loop."""
        return (yield from do(self.read, partial(anyio.to_thread.run_sync, self.read)))

    def read_file(self, path: Path) -> list[str]:
        """The tokens of the file. What is wrong is told by its line: the line itself may be a token."""
        lines = path.expanduser().read_text(encoding="utf-8-sig", errors="replace").splitlines()
        tokens = {number: line.strip() for number, line in enumerate(lines, 1)}
        tokens = {number: line for number, line in tokens.items() if line and not line.startswith("#")}
        for number, token in tokens.items():
            if not TOKEN.fullmatch(token):
                raise ValueError(f"line {number} is no token")
        if not tokens:
            raise ValueError("there is none")
        return [*tokens.values()]
