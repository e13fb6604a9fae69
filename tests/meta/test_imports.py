"""What importing costs, and what is never imported."""

import subprocess
import sys
from pathlib import Path

import pytest

import cocapi

ROOT = Path(__file__).parents[2]
HEAVY = {
    "httpx",
    "pydantic",
    "requests",
    "pyreqwest",
    "typer",
    "rich",
    "opentelemetry",
    "tenacity",
    "starlette",
    "anyio",
}


def loaded_by(program: str) -> set[str]:
    """The modules that a program leaves loaded."""
    code = f"{program}\nimport sys; print(*sys.modules)"
    return set(subprocess.check_output([sys.executable, "-W", "error", "-c", code], text=True).split())


def test_importing_cocapi_loads_nothing_heavy_and_not_even_pluggy() -> None:
    """Names are resolved on first use."""
    loaded = loaded_by("import cocapi")
    assert not (HEAVY | {"pluggy", "importlib.metadata"}) & loaded


def test_making_a_client_loads_no_http_library() -> None:
    """Connections, and what makes them, come with the first request."""
    program = (
        "from cocapi import ApiConfig, CocApi\nCocApi('t', config=ApiConfig(verify_token=False)).close()"
    )
    assert not (HEAVY - {"anyio"}) & loaded_by(program)


def test_features_that_are_off_are_not_imported() -> None:
    """Not even their packages."""
    found = {path.name.removeprefix("cocapi_") for path in (ROOT / "plugins").glob("cocapi_*")}
    names = sorted(found - {"httpx", "pytest"})  # one stays on, to send; the other is pytest's plugin
    off = dict.fromkeys(names, False)
    program = (
        "from cocapi import ApiConfig, CocApi\n"
        f"CocApi('t', config=ApiConfig(verify_token=False, plugins={off})).close()"
    )
    assert not {f"cocapi_{name}" for name in names} & loaded_by(program)


@pytest.mark.parametrize("name", [*cocapi.__all__, *cocapi.HOME_OF])
def test_every_public_name_is_there(name: str) -> None:
    """__all__ is literal, and lazy names lead somewhere."""
    assert getattr(cocapi, name) is not None
    assert name in cocapi.__all__


def test_names_that_are_gone_say_what_stands_in_their_place() -> None:
    """The inner classes of 3.0: a warning, and the class that does the work."""
    with pytest.warns(DeprecationWarning, match=r"name of cocapi_cache\.Cache since 5\.0: use api\.cache"):
        assert cocapi.CacheManager.__name__ == "Cache"
    with pytest.raises(AttributeError, match="has no attribute 'Nonsense'"):
        _ = cocapi.Nonsense


def test_the_import_path_of_versions_1_and_2_works() -> None:
    """from cocapi.cocapi import CocApi."""
    from cocapi.cocapi import CocApi

    assert CocApi is cocapi.CocApi


def test_nothing_but_what_belongs_there_is_at_the_top() -> None:
    """Someone opening the repository sees the architecture."""
    tracked = subprocess.check_output(["git", "ls-tree", "--name-only", "HEAD"], cwd=ROOT, text=True).split()
    shown = {name for name in tracked if not name.startswith(".")}
    assert shown == {
        *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "pyproject.toml", "tox.ini"),
        *("cocapi", "plugins", "tests", "docs", "examples"),
    }
