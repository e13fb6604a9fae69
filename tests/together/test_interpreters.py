"""The client under the flags and in the places in which Python is run."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import asyncio, inspect, pydoc
from cocapi import ApiConfig, AsyncCocApi, CocApi

config = ApiConfig(base_url="sandbox://", enable_metrics=True)

with CocApi("token", config=config) as api:
    assert api.clan_tag("#2PP")["tag"] == "#2PP"
    assert api.clan_tag(b"#2PP")["error_type"] == "params"
    assert api.models.clan_tag("#2PP").tag == "#2PP"
    assert api.get_metrics()["total_requests"] == 3
    assert inspect.signature(api.clan_tag) and pydoc.render_doc(api.clan_tag) and repr(api)
    assert len(list(api.paginate(api.clan_members, "#2PP", limit=20))) > 20
    assert api.batch(api.players, ["#2PP"])

class Bot(CocApi):
    def hello(self):
        return "hello"

async def main():
    async with Bot("token", config=config) as bot:
        assert (await bot.clan_tag("#2PP"))["tag"] == "#2PP"
        assert (await bot.models.clan_tag("#2PP")).tag == "#2PP"
        return bot.hello()

if asyncio.run(main()) != "hello":  # also where assertions are taken out
    raise SystemExit("no answer")
print("done")
"""


@pytest.mark.parametrize("flags", ["-OO", "-X dev -W error -bb", "-I -X importtime -X utf8=0"])
def test_the_client_works_under_the_flags_of_python(flags: str, tmp_path: Path) -> None:
    """Without docstrings and assertions; with each warning as an error; alone (``-I`` means ``-P``), with
    something to read on stderr, and in the encoding of the locale."""
    assert run([sys.executable, *flags.split(), "-c", PROGRAM], tmp_path).endswith("done\n")


def test_the_client_works_where_there_is_no_main_module(tmp_path: Path) -> None:
    """As in programs that embed Python."""
    program = f"import sys; del sys.modules['__main__']; exec({PROGRAM!r}, {{'__name__': 'embedded'}})"
    assert run([sys.executable, "-c", program], tmp_path).endswith("done\n")


def test_the_command_line_explains_itself_without_docstrings(tmp_path: Path) -> None:
    """It shows the same commands."""
    shown = run([sys.executable, "-OO", "-m", "cocapi_cli", "--help"], tmp_path)
    assert "clan" in shown
    assert "plugins" in shown


def run(command: list[str], place: Path) -> str:
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
