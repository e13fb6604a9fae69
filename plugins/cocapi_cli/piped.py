"""What is shown, for programs that read it: a line each, fields apart by tabs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cocapi_cli.screen import without_steering
from cocapi_cli.sheets import Sheet

__all__ = ["lines"]

THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+")
"""A number for people."""


def lines(content: Any, console: Console) -> Iterator[str]:
    """The lines of something to look at: frames are left out, and a table is a line of headers and one for
    each row. Numbers have no commas."""
    if isinstance(content, Panel):
        if content.title:
            yield line([content.title])
        yield from lines(content.renderable, console)
    elif isinstance(content, Group):
        for part in content.renderables:
            if part != "":
                yield from lines(part, console)
    elif isinstance(content, Sheet):
        yield line(column.header for column in content.columns)
        yield from map(line, content.rows)
    elif isinstance(content, Table):
        columns = [list(column.cells) for column in content.columns]
        if content.show_header:
            yield line(column.header for column in content.columns)
        yield from map(line, zip(*columns, strict=True))
    elif isinstance(content, str | Text):
        yield from without_steering(str(content)).rstrip("\n").split("\n")
    else:
        with console.capture() as captured:
            console.print(content)
        yield from without_steering(captured.get()).rstrip("\n").split("\n")


def line(cells: Any) -> str:
    """A row."""
    return "\t".join(field(str(cell)) for cell in cells)


def field(cell: str) -> str:
    """A cell on one line, without tabs."""
    text = " ".join(without_steering(cell).split())
    return text.replace(",", "") if THOUSANDS.fullmatch(text) else text
