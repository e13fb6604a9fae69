"""The pages for authors of stores and transports show tests that pass as they stand."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def shown(page: str, kit: str) -> str:
    """The snippet of a page that derives from a kit."""
    text = (ROOT / "docs" / "reference" / page).read_text(encoding="utf-8")
    snippets = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return next(code for code in snippets if f"({kit})" in code)


@pytest.mark.once
def test_the_tests_that_the_pages_show_run(tmp_path: Path) -> None:
    """As files of an author: pytest finds the checks in them. One of each is enough here."""
    (tmp_path / "test_store.py").write_text(shown("store.md", "StoreConformance"), encoding="utf-8")
    (tmp_path / "test_transport.py").write_text(
        shown("transport.md", "TransportConformance"), encoding="utf-8"
    )
    chosen = "a_value_comes_back_byte_for_byte or a_response_comes_back_whole"
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-k", chosen, str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("PASSED") == 3 + 2  # the modes of a store, and those that the transport names
