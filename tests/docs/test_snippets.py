"""README.md and docs/ say what is: each Python snippet runs as it stands, each output that is shown comes.

A page is one program, from its top to its end. ``no-run`` after ``python`` or ``console`` leaves a block out;
the line above it says why. A comment ``# -> value`` after an expression is compared with what that gives.
A block of ``text output`` is what the snippet above it prints, and what stands below a ``$ command`` is what
that shows on a terminal; ``…`` stands for anything.
"""

import ast
import asyncio
import inspect
import os
import re
import shlex
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(?P<kind>\w+)[ ]*(?P<mode>[\w-]*)\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)
PROMISE = re.compile(r"^(?P<expression>.+?)\s+# -> (?P<value>.+)$", re.MULTILINE)
COMMAND = re.compile(r"^\$ (?P<command>.+)\n(?P<output>(?:(?!\$ ).*\n)*)", re.MULTILINE)
ENVIRONMENT = {"COCAPI_TOKEN": "sandbox", "COCAPI_BASE_URL": "sandbox://"}


class Block(NamedTuple):
    """A fenced block: the line of the page on which it begins, what it is, and its text."""

    line: int
    kind: str
    mode: str
    code: str


def blocks(page: Path) -> list[Block]:
    """All fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(text.count("\n", 0, match.start("code")) + 1, match["kind"], match["mode"], match["code"])
        for match in FENCE.finditer(text)
    ]


def snippets(page: Path) -> list[tuple[int, str]]:
    """The Python snippets of a page that are to run, with the line on which each begins."""
    return [(block.line, block.code) for block in blocks(page) if runs(block)]


def runs(block: Block) -> bool:
    """Whether it is Python that is to run."""
    return block.kind == "python" and block.mode != "no-run"


def with_promises_kept(code: str) -> str:
    """The code with each ``expression  # -> value`` as an assertion."""
    return PROMISE.sub(lambda m: promise(m["expression"], m["value"]), code)


def promise(line: str, value: str) -> str:
    """The assertion that an expression shows a value; for a print, that it prints it."""
    expression = line.strip()
    indent = line[: len(line) - len(line.lstrip())]
    printed = re.fullmatch(r"print\((.*)\)", expression)
    shown = f"' '.join(map(str, ({printed[1]},)))" if printed else f"repr(({expression}))"
    return f"{indent}assert {shown} == {value!r}, {shown}"


def run(page: Path, block: Block, namespace: dict[str, object]) -> str:
    """Run a snippet in the names of those before it; what it prints."""
    source = "\n" * (block.line - 1) + with_promises_kept(block.code)
    program = compile(source, str(page), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    with redirect_stdout(StringIO()) as printed:
        if program.co_flags & inspect.CO_COROUTINE:
            asyncio.run(eval(program, namespace))  # noqa: S307  # our own pages
        else:
            exec(program, namespace)  # noqa: S102  # our own pages
    return printed.getvalue()


def is_shown(written: str, output: str) -> bool:
    """Whether `written` is the output of a page, but for white space; ``…`` stands for anything."""
    expected = ".*".join(re.escape(part) for part in " ".join(output.split()).split("…"))
    return re.fullmatch(expected, " ".join(written.split())) is not None


def named(page: Path) -> str:
    """A page as the names of tests have it."""
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", [page for page in PAGES if snippets(page)], ids=named)
def test_the_snippets_of_a_page_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a reader pastes works, and prints what is said to be printed."""
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "snippet"}
    printed = ""
    with mock.patch.dict(os.environ, ENVIRONMENT):
        for block in blocks(page):
            if runs(block):
                printed = run(page, block, namespace)
            elif block.mode == "output":
                assert is_shown(printed, block.code), printed


COMMANDS = [
    pytest.param(match["command"], match["output"], id=f"{named(page)}:{match['command']}")
    for page in PAGES
    for block in blocks(page)
    if block.kind == "console"
    for match in COMMAND.finditer(block.code)
    if match["output"].strip()
]


@pytest.mark.skipif(sys.platform == "win32", reason="it takes a terminal as POSIX has it")
@pytest.mark.parametrize(("command", "output"), COMMANDS)
def test_a_command_shows_what_a_page_says(command: str, output: str, tmp_path: Path) -> None:
    """On a terminal of 84 columns."""
    from recordings import Text, shown

    written = Text.from_ansi(shown(command, folder=tmp_path)).plain
    assert is_shown(written, output), written


WRITTEN = [
    pytest.param(line.partition("  #")[0].strip(), id=f"{named(page)}:{line.partition('  #')[0].strip()}")
    for page in PAGES
    for block in blocks(page)
    if block.kind == "console" and block.mode != "no-run"
    for line in re.findall(r"(?:^|^\$ |&& |cocapi=\S+ )(cocapi .+)", block.code, re.MULTILINE)
]


@pytest.mark.parametrize("line", WRITTEN)
def test_a_command_is_understood(line: str) -> None:
    """There is such a command, and it has the options that a page gives it."""
    from cocapi_cli.app import program
    from cocapi_cli.commandline import CommandLine

    command = program()
    context = command.make_context(None, shlex.split(line)[1:], obj=CommandLine())
    while words := [*getattr(context, "_protected_args", ()), *context.args]:
        _, command, rest = command.resolve_command(context, words)
        context = command.make_context(None, rest, parent=context)


def test_links_between_pages_lead_somewhere() -> None:
    """Relative links name files that are there."""
    broken = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []
