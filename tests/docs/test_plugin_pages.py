"""The how-to pages of plugins show the code of distributions that are installed and tested."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "how-to" / "plugins").glob("*.md"))
FENCE = re.compile(r"^```(?:python no-run|toml)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_code_of_a_page_is_the_code_of_its_distribution(page: Path) -> None:
    """Each part stands in one of its files, line by line; indentation and empty lines may differ."""
    folder = ROOT / "tests" / "distributions" / f"cocapi-{page.stem}"
    paths = [path for path in folder.rglob("*") if path.suffix in (".py", ".toml")]
    files = [lines(path.read_text(encoding="utf-8")) for path in paths]
    parts = [lines(part) for part in FENCE.findall(page.read_text(encoding="utf-8"))]
    assert parts
    assert [part for part in parts if not any(part in file for file in files)] == []


def lines(code: str) -> str:
    """The lines that are not empty, without the white space at their ends."""
    return "\n".join(["", *filter(None, map(str.strip, code.splitlines())), ""])
