"""Tables that fit: where there is little room, cells fold between words, then the spare columns are left out.

Tags and headers never break.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

__all__ = ["Column", "Row", "Sheet"]

LONGEST_WORD = 25
"""Cells of a word that stays whole in a column that folds. Names have 15 characters at most; an
address or a path may break."""


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a `Sheet`.

    Attributes:
        header: Of one or more words; it folds between them.
        folds: Whether its cells may take several lines.
        right: Set to the right, as numbers are.
        spare: Its place among the columns that are left out where all together do not fit: the highest goes
            first. 0: it stays.
    """

    header: str
    folds: bool = False
    right: bool = False
    spare: int = 0

    def widest(self, cells: Iterable[Text]) -> int:
        """Cells of the terminal that it takes when nothing folds."""
        return max(cell_len(self.header), *(cell.cell_len for cell in cells), 0)

    def narrowest(self, cells: Iterable[Text]) -> int:
        """Cells of the terminal that it needs at least."""
        header = longest_word(self.header)
        if not self.folds:
            return max(header, *(cell.cell_len for cell in cells), 0)
        return max(header, *(min(longest_word(cell.plain), LONGEST_WORD) for cell in cells), 0)


class Sheet:
    """Rows of cells below headers, without lines between them."""

    def __init__(self, *columns: Column) -> None:
        self.columns = columns
        self.rows: list[tuple[Text, ...]] = []

    def add(self, *cells: Text) -> None:
        """A row with a cell for each column."""
        self.rows.append(cells)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        widest = sum(self._widest(self.columns)) + 2 * (len(self.columns) - 1)
        return Measurement(min(widest, options.max_width), min(widest, options.max_width))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns = self._fitting(options.max_width)
        gap = 2 if sum(self._narrowest(columns)) + 2 * (len(columns) - 1) <= options.max_width else 1
        room = options.max_width - gap * (len(columns) - 1)
        widths = shared(self._widest(columns), self._narrowest(columns), room)
        table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, gap, 0, 0))
        for column, width in zip(columns, widths, strict=True):
            side: Literal["left", "right"] = "right" if column.right else "left"
            table.add_column(Text(column.header), justify=side, width=width, overflow="fold")
        shown = [self.columns.index(column) for column in columns]
        for row in self.rows:
            table.add_row(*(row[place] for place in shown))
        yield table

    def _fitting(self, room: int) -> list[Column]:
        """The columns that fit into so many cells of the terminal."""
        columns = list(self.columns)
        for column in sorted(self.columns, key=lambda column: -column.spare):
            if not column.spare or sum(self._narrowest(columns)) + len(columns) - 1 <= room:
                break
            columns.remove(column)
        return columns

    def _widest(self, columns: Sequence[Column]) -> list[int]:
        return [column.widest(self._cells(column)) for column in columns]

    def _narrowest(self, columns: Sequence[Column]) -> list[int]:
        return [column.narrowest(self._cells(column)) for column in columns]

    def _cells(self, column: Column) -> list[Text]:
        place = self.columns.index(column)
        return [row[place] for row in self.rows]


@dataclass(frozen=True, eq=False)
class Row:
    """A row that comes by itself, before anybody knows the others.

    Attributes:
        line: For eyes.
        cells: For programs.
    """

    line: Text
    cells: tuple[str, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.line


def longest_word(words: str) -> int:
    """Cells of the terminal that the longest word takes."""
    return max(map(cell_len, words.split()), default=0)


def shared(widest: Sequence[int], narrowest: Sequence[int], room: int) -> list[int]:
    """The widths of columns that share the room: what does not fit is taken from the one that has most to
    give, cell by cell."""
    widths = list(widest)
    while sum(widths) > room:
        place = max(range(len(widths)), key=lambda place: (widths[place] > narrowest[place], widths[place]))
        if widths[place] <= narrowest[place]:
            break
        widths[place] -= 1
    return widths
