"""What is published works: wheel, sdist and editable install. Run by `tox run -e package`."""

import configparser
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLUGINS = sorted(path.name for path in (ROOT / "plugins").iterdir() if (path / "__init__.py").is_file())


def run(*command: object, cwd: Path | None = None, path: Path | None = None) -> str:
    """What a command printed; its errors are shown when it fails.

    path:
        A folder to look for programs in before any other.
    """
    programs = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}"} if path else None
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False, env=programs
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def environment(folder: Path) -> Path:
    """A clean virtual environment; returns its Python."""
    venv.create(folder, with_pip=False)
    return folder / "bin" / "python"


def install(python: Path, *requirements: object) -> None:
    """Into an environment, by uv, which takes a tenth of pip's time."""
    run(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", python, *requirements)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with wheel and sdist; the wheel is built from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--installer", "uv", "--outdir", folder, ROOT)
    return folder


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


def test_the_wheel_holds_core_plugins_and_their_types(wheel: Path) -> None:
    """And nothing of tests, docs or other top-level names."""
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"cocapi", "cocapi-5.0.0a1.dist-info", *PLUGINS}
    for package in ["cocapi", *PLUGINS]:
        assert f"{package}/py.typed" in names
        assert f"{package}/__init__.py" in names
    assert "cocapi-5.0.0a1.dist-info/licenses/LICENSE" in names


def test_every_plugin_is_registered(wheel: Path) -> None:
    """Under its name without the prefix."""
    registered = configparser.ConfigParser()
    registered.read_string(zipfile.ZipFile(wheel).read("cocapi-5.0.0a1.dist-info/entry_points.txt").decode())
    places = [*registered["cocapi"].values(), *registered["pytest11"].values()]
    assert {place.split(":")[0] for place in places} == set(PLUGINS)
    assert registered["console_scripts"]["cocapi"] == "cocapi_cli:main"


def test_the_sdist_holds_all_that_the_checks_need(built: Path) -> None:
    """A packager of a distribution can run them."""
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert {"pyproject.toml", "tox.ini", "README.md", "LICENSE", "CHANGELOG.md"} <= names
    assert "tests/core/test_pipeline.py" in names


@pytest.fixture(scope="session")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean environment with the wheel and no extra."""
    python = environment(tmp_path_factory.mktemp("bare"))
    install(python, wheel)
    return python


PROGRAM = """
import warnings
warnings.simplefilter("error")
from cocapi import ApiConfig, CocApi
with CocApi("token", config=ApiConfig(base_url="sandbox://")) as api:
    print(api.clan_tag("#2PP")["tag"], *sorted(api.plugins))
"""


def test_the_wheel_alone_answers_without_a_warning(bare: Path, tmp_path: Path) -> None:
    """No extra is needed for the default features and the sandbox in process."""
    said = run(bare, "-c", PROGRAM, cwd=tmp_path).split()
    assert said[0] == "#2PP"
    assert {"cache", "httpx", "middleware", "ratelimit", "retry", "sandbox"} <= set(said[1:])
    assert "orjson" not in said


def test_everything_public_has_a_type(wheel: Path, tmp_path: Path) -> None:
    """As a type checker sees the installed package, nothing is left to be guessed."""
    python = environment(tmp_path / "typed")
    install(python, f"cocapi[pydantic] @ {wheel.as_uri()}")
    said = run(
        Path(sys.executable).with_name("pyright"),
        *("--ignoreexternal", "--verifytypes", "cocapi"),
        cwd=tmp_path,
        path=python.parent,
    )
    assert "Type completeness score: 100%" in said


def test_without_its_extra_the_command_line_says_what_to_install(bare: Path) -> None:
    """One sentence, status 1."""
    done = subprocess.run([bare.parent / "cocapi", "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'cocapi[cli]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_first_command_of_the_readme_works(wheel: Path, tmp_path: Path) -> None:
    """With extra all, in a clean environment, by pip, as it stands there."""
    python = environment(tmp_path / "all")
    pip = ("-m", "pip", "--python", python, "install", "--quiet", "--no-compile")
    run(sys.executable, *pip, f"cocapi[all] @ {wheel.as_uri()}")
    shown = run(python.parent / "cocapi", "--sandbox", "clan", "#2PP", cwd=tmp_path)
    assert "#2PP" in shown
    assert "Leader" in shown
    assert "5.0.0a1" in run(python.parent / "cocapi", "--version", cwd=tmp_path)


def test_an_editable_install_works_too(tmp_path: Path) -> None:
    """For those who work on it."""
    python = environment(tmp_path / "editable")
    install(python, "-e", ROOT)
    assert run(python, "-c", PROGRAM, cwd=tmp_path).split()[0] == "#2PP"
