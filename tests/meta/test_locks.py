"""What a fork must not find taken."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
SOURCES = [*ROOT.glob("cocapi/**/*.py"), *ROOT.glob("plugins/**/*.py")]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_property_has_the_lock_of_python_3_11(source: Path) -> None:
    """`functools.cached_property` there: the child of a fork may find it taken for good."""
    text = source.read_text(encoding="utf-8")
    assert not re.search(r"^\s*@(functools\.)?cached_property", text, re.MULTILINE)
