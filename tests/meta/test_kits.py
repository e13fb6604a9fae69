"""The pages for authors of stores and transports show tests that pass as they stand."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def snippets(page: str) -> str:
    """The program that a page is, from its top to its end."""
    text = (ROOT / "docs" / "reference" / page).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL))


@pytest.mark.once
def test_the_tests_that_the_pages_show_run(tmp_path: Path) -> None:
    """As files of an author: pytest finds the checks in them. Of a store one is enough here; the transport
    that the page writes keeps all that it promises, but for what only tasks can do."""
    (tmp_path / "test_store.py").write_text(snippets("store.md"), encoding="utf-8")
    (tmp_path / "test_transport.py").write_text(snippets("transport.md"), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", str(tmp_path)]
    chosen = "a_value_comes_back_byte_for_byte or TestSockets"
    done = subprocess.run(
        [*command, "-W", "error", "-k", chosen], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"byte_for_byte\S* PASSED", done.stdout)) == 3  # in each mode
    assert re.findall(r"(\w+)\[\S* SKIPPED", done.stdout) == ["test_a_cancelled_attempt_gives_its_place_back"]
    assert done.stdout.count("TestSockets::") > 30


@pytest.mark.parametrize(
    ("module", "page"),
    [
        ("cocapi.transport", "transport.md"),
        ("cocapi.testing", "testing.md"),
        ("cocapi.options", "options.md"),
        ("cocapi.commandline", "commands.md"),
    ],
)
def test_what_authors_may_import_is_on_a_page(module: str, page: str) -> None:
    """Each public name of the modules that plugins are told to use."""
    text = (ROOT / "docs" / "reference" / page).read_text(encoding="utf-8")
    assert [name for name in import_module(module).__all__ if not re.search(rf"\b{name}\b", text)] == []
