"""Standard output and standard error: what may reach a terminal, and what becomes of what cannot be written.

What a server, a file or an argument says may hold characters that a terminal obeys (ECMA-48: move the cursor,
write to the clipboard, link elsewhere) or that turn the text around them (UAX 9). None reaches one.
"""

from __future__ import annotations

import io
import json
import logging
import os
import re
import sys
from contextlib import suppress
from typing import Any

from cocapi.text import printable

__all__ = ["Visible", "as_json", "leave", "prepare", "say", "without_steering", "write", "write_json"]

STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""C0 but tab and line feed, DEL, C1, characters of direction, separators of lines, tags."""


def without_steering(text: str) -> str:
    """`text` without characters that steer, so that columns stay columns."""
    return STEERING.sub("", text)


LONGEST = 2000
"""Characters of a line on standard error."""


class Visible(logging.Formatter):
    """Log records as they may be shown."""

    def format(self, record: logging.LogRecord) -> str:
        """The record in text."""
        return printable(super().format(record), LONGEST)


def as_json(answer: object, indent: int | None = None) -> str:
    """An answer as JSON: exactly, for a file or a pipe; for a terminal what steers is escaped, as JSON may.

    Where standard output is not in a form of Unicode, everything beyond ASCII is escaped.
    """
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    text = json.dumps(answer, ensure_ascii=not unicode, indent=indent)
    return STEERING.sub(escape, text) if sys.stdout.isatty() else text


def escape(found: re.Match[str]) -> str:
    """A character as JSON escapes it."""
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def write(text: str) -> None:
    """Write a line to standard output, for whoever reads along."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def write_json(json: str, color: bool | None) -> None:
    """Write JSON, in colours where standard output is a terminal that has them; see `panels.show`."""
    if sys.stdout.isatty():
        from cocapi_cli import panels

        sys.stdout.flush()
        if panels.colored(json, color):
            return
    write(json)


def say(sentence: str) -> None:
    """One line on standard error, if that can be written."""
    with suppress(OSError):
        sys.stderr.write(printable(" ".join(sentence.split()), LONGEST) + "\n")
        sys.stderr.flush()


def leave() -> None:
    """Drop what standard output did not take: the interpreter, too, flushes at the end."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def prepare() -> bool:
    """Make both streams fit for any text; False: standard output is closed."""
    open_ = sys.stdout is not None
    while (fd := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass  # a socket in the place of a closed stream would be written to
    os.close(fd)
    streams: Any = sys
    nowhere = io.StringIO()
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(streams, name, nowhere)
        elif hasattr(getattr(sys, name), "reconfigure"):
            getattr(streams, name).reconfigure(errors="backslashreplace")
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(Visible())
        logging.lastResort.setLevel(logging.INFO)  # what loggers let through
    return open_
