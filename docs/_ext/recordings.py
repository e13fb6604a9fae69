"""Draws what commands show on a terminal: ``python docs/_ext/recordings.py`` writes docs/pictures/.

Each command runs as it is written, in a terminal of its own, at a moment that is always the same, so a
picture changes only where the program does. tests/docs/test_recordings.py holds the pictures against it.
"""

from __future__ import annotations

import html
import io
import os
import pty
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

__all__ = ["LEAGUE_WEEK", "PICTURES", "RECORDINGS", "WAR_DAY", "Recording", "shown"]

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"

WAR_DAY = 1_792_260_000
"""17 October 2026, 18:00 in UTC: the sandbox's clans are at war."""

LEAGUE_WEEK = 1_793_880_000
"""5 November 2026, noon in UTC: the clan war league is on."""

AT_A_MOMENT = """
import runpy, sys, time
moment, *sys.argv = sys.argv[1:]
time.time = lambda: float(moment)  # before the sandbox is imported, which keeps it as its clock
if sys.argv[0] == "cocapi":
    from cocapi_cli import main
    main()
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""A program that runs another at a moment, which does not pass."""

TEXT = re.compile(
    r'<text (?P<before>[^>]*)x="(?P<x>[\d.]+)"(?P<between>[^>]*) textLength="(?P<length>[\d.]+)"'
    r"(?P<after>[^>]*)>(?P<text>[^<]*)</text>"
)
"""A piece of a line in rich's pictures."""

RUNS = re.compile(r"[\u2000-\U0010ffff]+|[^\u2000-\U0010ffff]+")
"""Characters that may be wide, or none of them."""

VARIABLE = re.compile(r"[A-Z_]+=")

FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""What rich's pictures would load from another host."""


@dataclass(frozen=True)
class Recording:
    """A command, and what of its screen is in the picture.

    Attributes:
        name: Of the picture.
        command: As it is typed.
        moment: When it runs, in seconds since 1970.
        rows: Lines that are shown; the rest is cut off.
        columns: The width of the terminal.
    """

    name: str
    command: str
    moment: int = WAR_DAY
    rows: int = 40
    columns: int = 84

    @property
    def file(self) -> Path:
        """Where the picture is."""
        return PICTURES / f"{self.name}.svg"

    def screen(self) -> Text:
        """What the terminal shows, the typed line included."""
        lines = Text.from_ansi(shown(self.command, self.moment, self.columns)).split("\n")
        cut = [Text("…", "dim")] if len(lines) > self.rows else []
        for line in lines:
            line.rstrip()
        return Text("\n").join([Text(f"$ {self.command}", "bold"), *lines[: self.rows], *cut])

    def picture(self) -> str:
        """The screen as SVG, which loads nothing."""
        screen = self.screen()
        width = max(line.cell_len for line in screen.split()) + 1
        console = Console(
            record=True, file=io.StringIO(), force_terminal=True, width=width, color_system="truecolor"
        )
        console.print(screen, crop=False, no_wrap=True, overflow="ignore")
        drawn = console.export_svg(title=self.command.split()[0], theme=MONOKAI, unique_id=self.name)
        drawn = FONTS.sub("", drawn).replace("Fira Code", "ui-monospace, DejaVu Sans Mono")
        return TEXT.sub(by_cells, drawn)


def wide(text: str) -> bool:
    """Whether a character takes another number of cells than one, or is drawn as a picture (U+FE0F)."""
    return "\ufe0f" in text or cell_len(text) not in (0, len(text))


def by_cells(element: re.Match[str]) -> str:
    """A text with wide characters as several, each at the cell where a terminal has it.

    A browser would spread all of them over the width of the whole.
    """
    text = html.unescape(element["text"])
    if not wide(text):
        return element[0]
    cell = float(element["length"]) / len(text)
    x, parts = float(element["x"]), []
    for run in RUNS.findall(text):
        length = "" if wide(run) else f' textLength="{len(run) * cell:g}"'
        attributes = f'{element["before"]}x="{x:g}"{element["between"]}{length}{element["after"]}'
        parts.append(f"<text {attributes}>{html.escape(run).replace(' ', '&#160;')}</text>")
        x += cell_len(run) * cell
    return "".join(parts)


def shown(command: str, moment: int = WAR_DAY, columns: int = 84, folder: Path = ROOT) -> str:
    """What a command writes to a terminal, standard error included.

    Args:
        command: ``cocapi …`` or ``python FILE …``; variables may stand in front of it, as in a shell.
        moment: When it runs, in seconds since 1970.
        columns: The width of the terminal.
        folder: Where it runs.
    """
    words = shlex.split(command)
    variables = dict(word.split("=", 1) for word in takewhile(VARIABLE.match, words))
    arguments = [word for word in words[len(variables) :] if word != "python"]
    settings = {"COLUMNS": str(columns), "LINES": "60", "TERM": "xterm-256color", "TZ": "UTC", **variables}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COCAPI_", "NO_COLOR"))}
    master, slave = pty.openpty()
    with subprocess.Popen(  # noqa: S603  # our own commands
        [sys.executable, "-c", AT_A_MOMENT, str(moment), *arguments],
        cwd=folder,
        env={**kept, **settings},
        stdin=slave,
        stdout=slave,
        stderr=slave,
    ):
        os.close(slave)
        written = b"".join(iter(lambda: read(master), b""))
    os.close(master)
    return written.decode().replace("\r\n", "\n").rstrip()


def read(terminal: int) -> bytes:
    """What comes next; nothing when the program has ended, which Linux tells by an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


RECORDINGS = [
    Recording("clan", "cocapi --sandbox clan '#2PP'", rows=20),
    Recording("war", "cocapi --sandbox war '#2PP'", rows=18),
    Recording("cwl", "cocapi --sandbox cwl '#2PP'", LEAGUE_WEEK, rows=18),
    Recording("trace", "cocapi --sandbox --trace league-tiers 105000034"),
    Recording("plugins", "cocapi plugins", columns=100, rows=23),
    Recording("options", "cocapi plugins ratelimit", columns=100),
    Recording("dashboard", "python examples/dashboard/dashboard.py --once", columns=84),
]


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    for recording in RECORDINGS:
        recording.file.write_text(recording.picture(), encoding="utf-8")
