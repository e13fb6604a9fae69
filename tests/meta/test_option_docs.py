"""Options are declared once; their pages and the fields of `ApiConfig` that stand for some say the same."""

import ast
from dataclasses import fields
from pathlib import Path

import pytest

from cocapi import ApiConfig
from cocapi.compat.settings import FRONT, SWITCHES
from cocapi.options import NoOptions, table
from cocapi.options.declared import declared, meanings
from cocapi.options.environment import variables_of
from cocapi.plugins.discovery import imported, scan

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
OWN = {point.name: point for point in scan() if point.dist and point.dist.name == "cocapi"}
OPTIONS = {name: imported(point)[0].options for name, point in OWN.items()}
"""By plugin of cocapi, the class that declares its options."""


def test_every_plugin_of_cocapi_declares_its_options() -> None:
    """Those that have none say so, and refuse any."""
    assert OPTIONS.keys() >= {"cache", "retry", "logging"}
    assert None not in OPTIONS.values()


@pytest.mark.parametrize("plugin", [name for name, options in OPTIONS.items() if options is not NoOptions])
def test_the_page_of_a_plugin_has_the_table_of_its_options(plugin: str) -> None:
    """Each with a sentence that says what it is."""
    page = (REFERENCE / "plugins" / f"{plugin}.md").read_text(encoding="utf-8")
    assert table(OPTIONS[plugin], plugin) in page
    assert [name for name in declared(OPTIONS[plugin]) if not meanings(OPTIONS[plugin]).get(name)] == []


@pytest.mark.parametrize("field", FRONT)
def test_a_field_is_the_option_that_it_stands_for(field: str) -> None:
    """The same values are allowed, and it has the same default."""
    plugin, name = FRONT[field]
    setting, option = declared(ApiConfig)[field], declared(OPTIONS[plugin])[name]
    assert (setting.kind.words, setting.default) == (option.kind.words, option.default)


def test_the_configuration_page_has_a_row_for_every_setting() -> None:
    """With default, what is allowed, variable, and the option it stands for."""
    page = (REFERENCE / "config.md").read_text(encoding="utf-8").splitlines()
    for name, setting in declared(ApiConfig).items():
        variable = "".join(f"`{first}`" for first in variables_of(name)[:1])
        plugin, option = FRONT.get(name, ("", ""))
        link = f"[{plugin}](plugins/{plugin}.md) `{option}`" if plugin else ""
        row = f"| `{name}` | `{setting.default!r}` | {setting.kind.words} | {variable} | {link} |"
        assert row in page


def test_every_setting_of_the_client_is_described_where_it_is_declared() -> None:
    """In the docstring of `ApiConfig`, but for those that are options of plugins."""
    described = meanings(ApiConfig)
    assert [entry.name for entry in fields(ApiConfig) if entry.name not in {*described, *FRONT}] == []
    assert {*described} & {*FRONT} == set()


NAMED = {
    "__init__.py": {"middleware"},  # the module of that name
    "api/methods.py": {"models"},  # the same
    "api/operations.py": {"models"},
    "calls/messages.py": {"cache"},  # a field of outcomes
    "calls/trace.py": {"retry"},  # what a hook answered
    "client/session.py": {"memory"},  # the store of a client that asks for none
    "config.py": {"memory"},  # the same
    "client/base.py": {"cache", "models"},  # options of calls, which whoever likes may heed
    "client/clients.py": {"models"},  # the same
    "client/verification.py": {"retry"},  # likewise
}
"""Modules of the core in which a word is that of a plugin and something else, too."""


def test_the_core_names_no_plugin() -> None:
    """Neither in an import nor in a text that the code uses, but where versions 3 and 4 are remembered."""
    remembered = ("compat/", "events.py", "key_manager.py", "middleware.py", "models.py", "_pyinstaller/")
    named: dict[str, set[str]] = {}
    for module in sorted((ROOT / "cocapi").rglob("*.py")):
        name = module.relative_to(ROOT / "cocapi").as_posix()
        tree = ast.parse(module.read_text(encoding="utf-8"))
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                word = node.value.removeprefix("cocapi_").partition(".")[0].partition("://")[0]
                if word in OWN and not name.startswith(remembered):
                    named.setdefault(name, set()).add(word)
    assert named == NAMED
    assert SWITCHES.keys() <= OWN.keys()
