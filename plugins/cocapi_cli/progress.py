"""Lines on standard output, each as soon as it is there, above a bar of progress, or their number so far."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cocapi_cli import panels, screen

__all__ = ["lines"]


@contextmanager
def lines(total: int | None, color: bool | None, *, bar: bool) -> Iterator[Callable[[Any], None]]:
    """A function that prints a line: a text as it stands, or a `rich.text.Text`.

    Args:
        total: How many there will be; None: nobody knows.
        color: See `panels.show`.
        bar: Whether a bar says how far it has come, where standard error is a terminal.
    """
    if not bar or not sys.stderr.isatty():
        yield lambda line: screen.write(line if isinstance(line, str) else panels.Shown(line).plain)
        return
    with panels.progress(total, color) as moving:

        def above(line: Any) -> None:
            shown = line if isinstance(line, str) else panels.Shown(line)
            if sys.stdout.isatty():
                moving.console.print(shown, markup=False, soft_wrap=isinstance(line, str))
            else:
                screen.write(shown if isinstance(shown, str) else shown.plain)
            moving.advance(moving.task_ids[0])

        yield above
