"""``cocapi new-plugin``: what it writes works, and what it refuses."""

import re
import shutil
import subprocess
import sys
from keyword import iskeyword
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi_scaffold.distribution import Distribution, suggested

pytestmark = pytest.mark.once


def run(folder: Path, *command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *map(str, command)], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project that the command writes; who runs something in it has a copy."""
    folder = tmp_path_factory.mktemp("new")
    ended = run(folder, "cocapi_cli", "new-plugin", "clan_watch")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "cocapi-clan-watch is a plugin that works" in " ".join(ended.stdout.split())
    return folder / "cocapi-clan-watch"


def test_what_is_written_is_installed_and_passes_its_own_tests(written: Path, tmp_path: Path) -> None:
    """Where pip has put it, as its users have it: the entry point is found."""
    project, site = shutil.copytree(written, tmp_path / "project"), tmp_path / "site"
    installed = run(project, "pip", "install", "--no-deps", "--no-input", "--target", site, ".")
    assert installed.returncode == 0, installed.stderr
    program = f"import sys, pytest; sys.path.insert(0, {str(site)!r}); sys.exit(pytest.main(['-q', 'tests']))"
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=project, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout
    assert "3 passed" in ended.stdout


def test_nothing_of_the_skeleton_is_left_open(written: Path) -> None:
    """Every name is filled in, and no file keeps the skeleton's suffix."""
    files = [path for path in written.rglob("*") if path.is_file()]
    assert {"pyproject.toml", "tox.ini", "README.md", "tests.yml", "py.typed"} <= {
        path.name for path in files
    }
    assert [path for path in files if path.suffix == ".txt"] == []
    assert [path for path in files if "${" in path.read_text(encoding="utf-8").replace("${{", "")] == []


def test_what_is_there_is_left_alone(written: Path) -> None:
    """A folder with something in it is refused by name; so is the name of a plugin that is installed."""
    before = {path: path.read_bytes() for path in written.rglob("*") if path.is_file()}
    again = run(written.parent, "cocapi_cli", "new-plugin", "clan_watch")
    assert again.returncode == 1
    assert "cocapi-clan-watch" in again.stderr
    assert "Traceback" not in again.stderr
    assert before == {path: path.read_bytes() for path in written.rglob("*") if path.is_file()}
    assert (
        "there is a plugin of that name already" in run(written, "cocapi_cli", "new-plugin", "cache").stderr
    )


@given(st.text(max_size=12))
def test_a_name_is_one_or_is_refused(name: str) -> None:
    """What is taken is the name of a package, of a class and of a variable at once."""
    if re.fullmatch(r"(?!cocapi(_|$))[a-z][a-z0-9]*(_[a-z0-9]+)*", name) and not iskeyword(name):
        names = Distribution(name).names
        assert names["package"].isidentifier()
        assert names["Plugin"].isidentifier()
    else:
        with pytest.raises(ValueError, match=r"is no name for a plugin|is a word of Python's"):
            Distribution(name)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("cocapi-mine", "mine"),
        ("cocapi_mine", "mine"),
        ("Clan-Watch", "clan_watch"),
        ("2nd_cache", "nd_cache"),
        ("cocapi-cocapi-2", None),
        ("cocapi", None),
        ("", None),
    ],
)
def test_the_name_that_was_meant_is_offered(name: str, meant: str | None) -> None:
    """The distribution has cocapi in front, the plugin has not. What is offered is taken."""
    with pytest.raises(ValueError, match="without cocapi in front") as refused:
        Distribution(name)
    assert str(refused.value).partition("did you mean ")[2] == (f"{meant!r}?" if meant else "")
    if meant:
        Distribution(meant)


@given(st.text(max_size=12))
def test_what_is_offered_is_a_name(name: str) -> None:
    """Or nothing is."""
    meant = suggested(name)
    assert meant == "" or re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", meant)
    assert suggested(meant) == meant


def test_a_word_of_python_is_refused_as_one() -> None:
    with pytest.raises(ValueError, match=r"'class' is a word of Python's, and api\.class"):
        Distribution("class")


def test_the_readme_says_how_to_check_it_before_cocapi_is_on_pypi(written: Path) -> None:
    assert "PIP_FIND_LINKS=/tmp/wheels tox" in (written / "README.md").read_text(encoding="utf-8")
