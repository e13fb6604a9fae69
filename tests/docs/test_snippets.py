"""Every Python snippet of README.md and docs/ runs as it stands, from the top of its page to the end.

A page is one program. ``no-run`` after ``python`` leaves a snippet out; the line above it says why. A comment
``# -> value`` after an expression is compared with what the expression gives.
"""

import ast
import asyncio
import inspect
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```python[ ]*(?P<mode>[\w-]*)\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)
PROMISE = re.compile(r"^(?P<expression>.+?)\s+# -> (?P<value>.+)$", re.MULTILINE)


def snippets(page: Path) -> list[tuple[int, str]]:
    """The snippets of a page that are to run, with the line on which each begins."""
    text = page.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, match.start("code")) + 1, match["code"])
        for match in FENCE.finditer(text)
        if match["mode"] != "no-run"
    ]


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


@pytest.mark.parametrize(
    "page", [page for page in PAGES if snippets(page)], ids=lambda p: str(p.relative_to(ROOT))
)
def test_the_snippets_of_a_page_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a reader pastes works."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COCAPI_TOKEN", "sandbox")
    monkeypatch.setenv("COCAPI_BASE_URL", "sandbox://")
    namespace: dict[str, object] = {"__name__": "snippet"}
    for line, code in snippets(page):
        source = "\n" * (line - 1) + with_promises_kept(code)
        program = compile(source, str(page), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        if program.co_flags & inspect.CO_COROUTINE:
            asyncio.run(eval(program, namespace))  # noqa: S307  # our own pages
        else:
            exec(program, namespace)  # noqa: S102  # our own pages


def test_links_between_pages_lead_somewhere() -> None:
    """Relative links name files that are there."""
    broken = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []
