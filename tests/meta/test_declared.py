"""What pyproject.toml declares is what the code uses; install lines bring this version."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = {
    "cocapi_cli": ["cli"],
    "cocapi_events": ["cli"],  # it adds a command
    "cocapi_keys": ["keys", "cli"],  # it adds commands
    "cocapi_metrics": ["otel"],
    "cocapi_models": ["pydantic"],
    "cocapi_orjson": ["fast"],
    "cocapi_pyreqwest": ["pyreqwest"],
    "cocapi_redis": ["redis"],
    "cocapi_requests": ["requests"],
    "cocapi_sandbox": ["sandbox", "cli"],  # it adds a command
    "cocapi_scaffold": ["cli"],  # it adds a command
    "cocapi_tracing": ["otel"],
}
"""By plugin, the extras whose libraries it may import; a plugin that is not here gets by without."""
NOT_DECLARED = {
    "cocapi": {
        "PyInstaller",  # it runs the hook itself
        *("hypothesis", "pytest", "trio"),  # cocapi.testing.stores is for those who test a store
    },
    "cocapi_httpx": {"socksio"},  # for SOCKS proxies: an error names it
    "cocapi_pytest": {"pytest"},  # it runs the fixtures itself
    "cocapi_requests": {"socks"},  # the same
    "cocapi_models": {"pydantic_core"},  # pydantic pins one version of it
}


def declared(package: str) -> set[str]:
    """The distributions that a package may count on, by their normalised names."""
    lines = [*PROJECT["dependencies"]]
    for extra in EXTRAS.get(package, []):
        lines += PROJECT["optional-dependencies"][extra]
    return {Requirement(line).name for line in lines}


def imports(package: Path) -> dict[str, set[str]]:
    """By top-level name from outside the project, the modules that import it, wherever in them."""
    found: dict[str, set[str]] = {}
    for module in package.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = [node.module]
                if node.module == "opentelemetry":
                    names = [f"opentelemetry.{alias.name}" for alias in node.names]
            for name in names:
                top = name.partition(".")[0]
                if top not in sys.stdlib_module_names and not top.startswith("cocapi"):
                    found.setdefault(top, set()).add(module.name)
    return found


PACKAGES = [ROOT / "cocapi", *sorted(path for path in (ROOT / "plugins").iterdir() if path.is_dir())]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_what_is_imported_is_declared(package: Path) -> None:
    """By the distribution, or by the extra of the plugin: never only by a dependency of a dependency."""
    homes = packages_distributions()
    undeclared = {
        top: modules
        for top, modules in imports(package).items()
        if not {name.lower().replace("_", "-") for name in homes.get(top, [top])} & declared(package.name)
    }
    assert undeclared.keys() == NOT_DECLARED.get(package.name, set())


def requirements() -> list[Requirement]:
    """Every requirement of the distribution and of its extras, but for the extra that gathers the others."""
    lines = [*PROJECT["dependencies"]]
    for extra in PROJECT["optional-dependencies"].values():
        lines += extra
    return [found for found in map(Requirement, lines) if found.name != "cocapi"]


def test_every_requirement_has_a_lower_bound_and_no_upper_one() -> None:
    """The lower one is what `tox run -e lowest` installs; an upper one would shut out what comes."""
    assert {spec.operator for found in requirements() for spec in found.specifier} == {">="}
    assert all(found.specifier for found in requirements())


def test_extra_all_is_all_extras() -> None:
    """None is forgotten."""
    extras = PROJECT["optional-dependencies"]
    (everything,) = (Requirement(line) for line in extras["all"])
    assert everything.extras == set(extras) - {"all"}


INSTALL = re.compile(
    r"(?:pip3?|uv|pipx|poetry|pdm) (?:install|add)\b[^`\n&;|]*?['\" ]"
    r"(?P<what>cocapi(?![-\w])(?:\[[\w,]*\])?(?P<version>[^'\"`\s]*))"
)
"""A command that installs cocapi by its name."""


def pages() -> list[Path]:
    """All that a user reads, here and in the examples."""
    return [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
        *sorted((ROOT / "docs").rglob("*.md")),
        *sorted((ROOT / "examples").rglob("*.md")),
        *sorted((ROOT / "examples").rglob("*.py")),
    ]


@pytest.mark.parametrize("page", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_an_install_line_brings_this_version(page: Path) -> None:
    """`pip install cocapi` brings 4.0.1 as long as this one is a pre-release: a line names a folder or 5."""
    wrong = [
        match["what"]
        for match in INSTALL.finditer(page.read_text(encoding="utf-8"))
        if not match["version"].startswith(">=5")
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "line",
    ["pip install cocapi", "python -m pip install 'cocapi[all]'", "uv add cocapi", 'pip install -U "cocapi"'],
)
def test_lines_that_bring_another_version_are_found(line: str) -> None:
    """The test above can fail."""
    match = INSTALL.search(f"{line}\n")
    assert match is not None
    assert match["version"] == ""
