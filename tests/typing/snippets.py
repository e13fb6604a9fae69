"""Writes the snippets of README.md and docs/, a page a file, and the examples, for mypy and pyright to read as
users' files.

    python tests/typing/snippets.py DIRECTORY

Lines keep their numbers, so what a checker says of line 80 of ``README.py`` is about line 80 of README.md.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLES = [ROOT / "examples", ROOT / "examples" / "bot", ROOT / "examples" / "dashboard"]


def write(directory: Path) -> None:
    """One file for each page that has snippets."""
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob("*.py"):
        old.unlink()
    spec = importlib.util.spec_from_file_location("test_snippets", ROOT / "tests/docs/test_snippets.py")
    assert spec is not None
    assert spec.loader is not None
    pages = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pages)
    for page in pages.PAGES:
        found = pages.snippets(page)
        if found:
            name = "_".join(page.relative_to(ROOT).with_suffix("").parts).replace("-", "_")
            (directory / f"{name}.py").write_text(program(found), encoding="utf-8")
    for example in (path for folder in EXAMPLES for path in sorted(folder.glob("*.py"))):
        shutil.copy(example, directory / f"example_{example.name}")
    (directory / "pyrightconfig.json").write_text('{"typeCheckingMode": "standard"}', encoding="utf-8")


def program(snippets: list[tuple[int, str]]) -> str:
    """The snippets as one program, each at its own line."""
    text = ""
    for line, code in snippets:
        text += "\n" * (line - 1 - text.count("\n")) + code
    return text


if __name__ == "__main__":
    write(Path(sys.argv[1]))
