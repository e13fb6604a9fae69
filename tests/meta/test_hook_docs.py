"""Every hook has a page with its exact signature, and a test that names it."""

import inspect
import re
from pathlib import Path

import pytest

from cocapi import hookspecs
from cocapi.plugins import HOOKS

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "reference" / "hooks"


def signature(name: str) -> str:
    """The signature of a hook as its source has it, on one line."""
    source = inspect.getsource(getattr(hookspecs, name))
    written = re.search(r"(def .*?):\n    \"\"\"", source, re.DOTALL)
    assert written is not None
    return re.sub(r",? \)", ")", re.sub(r"\s+", " ", written[1]).replace("( ", "("))


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_has_a_page_with_its_exact_signature(name: str) -> None:
    """And says when it is called, what None means, and what raising does."""
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert f"```text\n{signature(name)}\n```" in page
    documented = inspect.getdoc(getattr(hookspecs, name)) or ""
    for word in ("When:", "Raising"):
        assert word in documented
        assert word in page.replace("**", "")
    assert ("\nNone:" in documented) == ("\n**None:**" in page)
    assert "    @hookimpl" in documented


def test_no_page_is_about_a_hook_that_is_gone() -> None:
    """Pages and hooks are the same."""
    assert {page.stem for page in PAGES.glob("*.md")} == set(HOOKS)


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_is_named_by_a_test(name: str) -> None:
    """Nothing is promised that is not tested."""
    tests = [path for path in (ROOT / "tests").rglob("test_*.py") if path.name != Path(__file__).name]
    assert [
        path for path in tests if f"def {name}" in path.read_text(encoding="utf-8")
    ] or name == "cocapi_commands"


def test_the_configuration_page_lists_every_setting() -> None:
    """With its default."""
    from dataclasses import fields

    from cocapi import ApiConfig

    page = (ROOT / "docs" / "reference" / "config.md").read_text(encoding="utf-8")
    missing = [
        entry.name
        for entry in fields(ApiConfig)
        if f"| `{entry.name}` | `{getattr(ApiConfig(), entry.name)!r}` |" not in page
    ]
    assert missing == []


def test_the_operations_page_lists_every_operation() -> None:
    """With its template."""
    from cocapi.endpoints import Operations
    from cocapi.operations import Operation

    page = (ROOT / "docs" / "reference" / "operations.md").read_text(encoding="utf-8")
    operations = {name: value for name, value in vars(Operations).items() if isinstance(value, Operation)}
    missing = [
        name
        for name, value in operations.items()
        if not re.search(rf"\| `{name}\(.*`{value.method} {re.escape(value.template)}`", page)
    ]
    assert missing == []
