"""A frozen program works, with every plugin and one of somebody else. Run by `tox run -e frozen`.

PyInstaller is told what to leave out, which takes it time, and nothing else: what it needs to know comes from
the hook in the wheel.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cocapi_sandbox import Sandbox

ROOT = Path(__file__).parents[2]
PROGRAM = """
import asyncio
import sys

from cocapi import ApiConfig, AsyncCocApi, CocApi
from cocapi_cli import main


async def ask(config):
    async with AsyncCocApi("token", config=config) as api:
        print((await api.clan_tag("#2PP"))["tag"])


if sys.argv[1] != "ask":
    main()
config = ApiConfig(
    base_url=sys.argv[2],
    transport=sys.argv[3] or None,
    plugins={"history": {"path": ":memory:"}},
    enable_metrics=True,
    enable_tracing=True,
)
with CocApi("token", config=config) as api:
    print(api.clan_tag("#2PP")["tag"], *sorted(api.plugins))
    assert api.models.clan_tag("#2PP").tag == "#2PP"
if config.transport != "requests":
    asyncio.run(ask(config))
"""

NOT_NEEDED = ("distutils", "markdown_it", "pygments", "setuptools")
"""A quarter of the modules that are reached by some import, and by none of what the program does."""


@pytest.fixture(scope="session")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a program in it that needs no Python."""
    folder = tmp_path_factory.mktemp("frozen")
    (folder / "bot.py").write_text(PROGRAM, encoding="utf-8")
    told = ["--noconfirm", "--log-level", "WARN", *(f"--exclude-module={name}" for name in NOT_NEEDED)]
    done = subprocess.run(
        [sys.executable, "-m", "PyInstaller", *told, "bot.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "dist" / "bot"


def say(program: Path, *arguments: str, status: int = 0) -> str:
    """What a frozen program says, in an environment without a Python, a path or a home."""
    done = subprocess.run(
        [program / "bot", *arguments], env={}, cwd=program, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Of a sandbox on loopback."""
    with Sandbox() as box:
        yield box.base_url


def test_a_frozen_program_has_all_plugins_and_those_of_others(frozen: Path) -> None:
    """As many as an installed one has; models, metrics and tracing work there too."""
    said = say(frozen, "ask", "sandbox://", "")
    first, second = said.splitlines()
    assert first.split()[0] == second == "#2PP"
    expected = {"cache", "cli", "events", "history", "httpx", "keys", "logging", "memory"}
    expected |= {"metrics", "middleware", "models", "orjson"}
    expected |= {"pyreqwest", "ratelimit", "redis", "requests", "retry", "sandbox"}
    expected |= {"scaffold", "sqlite", "tracing", "wars"}
    assert set(first.split()[1:]) == expected


@pytest.mark.parametrize("transport", ["httpx", "pyreqwest", "requests"])
def test_a_frozen_program_sends(frozen: Path, address: str, transport: str) -> None:
    """By each transport, in both modes, to a server on loopback."""
    said = say(frozen, "ask", address, transport)
    assert said.split()[0] == "#2PP"
    assert said.count("#2PP") == (1 if transport == "requests" else 2)


def test_the_command_line_is_frozen_too(frozen: Path) -> None:
    """With the commands of all plugins."""
    assert "Leader" in say(frozen, "--sandbox", "clan", "#2PP")
    assert "cocapi-history" in say(frozen, "plugins")
    assert "5.0.0" in say(frozen, "--version")


def test_nothing_is_frozen_that_is_for_tests_and_builds(frozen: Path) -> None:
    """The conformance kits are there for who asks for them, and pytest only where a program imports it."""
    (archive,) = frozen.parents[1].glob("build/bot/PYZ-*.toc")
    contents = archive.read_text(encoding="utf-8")
    assert "'cocapi.testing.stores'" in contents
    assert "'pytest'" not in contents
    assert "'cocapi._pyinstaller'" not in contents


def test_without_metadata_a_frozen_program_says_what_it_lacks(frozen: Path, tmp_path: Path) -> None:
    """One sentence: what is missing, and what to do."""
    lacking = tmp_path / "bot"
    shutil.copytree(frozen, lacking, symlinks=True, copy_function=os.link)
    (metadata,) = (lacking / "_internal").glob("cocapi-[0-9]*.dist-info")
    shutil.rmtree(metadata)
    said = say(lacking, "ask", "sandbox://", "", status=1)
    assert "no plugins are registered" in said
    assert "--copy-metadata cocapi" in said
