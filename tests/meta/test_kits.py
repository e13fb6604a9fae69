"""The pages for authors say all that there is to import, and show tests that pass as they stand."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]


def snippets(page: str) -> str:
    """The program that a page is, from its top to its end."""
    text = (ROOT / "docs" / "reference" / page).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL))


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


OFFERED = (
    "cocapi",
    "cocapi.answers",
    "cocapi.game",
    "cocapi.models",
    "cocapi.options",
    "cocapi.testing",
    "cocapi.transport",
)
"""Modules of which every public name is for authors."""

OLD = "cocapi.compat.names"
"""What three namespaces had by other names in 4.0."""


def imported_by_plugins() -> Iterator[tuple[str, str]]:
    """Module and name of what the plugins that come with cocapi import of its core."""
    for file in sorted((ROOT / "plugins").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            if module == "cocapi" or module.startswith("cocapi."):
                assert isinstance(node, ast.ImportFrom)
                yield from ((module, alias.name) for alias in node.names)


def test_what_plugins_of_cocapi_import_is_there_for_everybody() -> None:
    """A public name of a module that is offered whole, or one on the page of parts, with its module."""
    page = (ROOT / "docs" / "reference" / "parts.md").read_text(encoding="utf-8")
    hidden = []
    for module, name in sorted({*imported_by_plugins()}):
        if f"{module}.{name}" in OFFERED or (module in OFFERED and hasattr(import_module(module), name)):
            continue
        row = any(re.search(rf"\b{name}\b.*`{module}`", line) for line in page.splitlines())
        if module != OLD and not module.startswith("cocapi.game.") and not row:
            hidden.append(f"{module}.{name}")
    assert hidden == []


def test_the_page_of_parts_names_what_there_is() -> None:
    """Each part is a public name of the module in its row, and is in the reference from the code."""
    folder = ROOT / "docs" / "reference"
    reference = "".join(file.read_text(encoding="utf-8") for file in folder.glob("api/*.md"))
    page = (folder / "parts.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|.*?([^|]*)\| `(cocapi[\w.]*)` \|$", page, re.MULTILINE)
    parts = [(module, name) for cell, module in rows for name in re.findall(r"`@?(\w+)[(`]", cell)]
    assert len(parts) > 30
    assert [part for part in parts if part[1] not in import_module(part[0]).__all__] == []
    assert [
        name for _, name in parts if not name.isupper() and not re.search(rf"\b{name}\b", reference)
    ] == []
