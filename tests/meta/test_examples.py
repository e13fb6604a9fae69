"""Every script in examples/ runs as it stands, without a token and without a warning."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOWN = {
    "caching": r"still (?!mine).+\n66\.67 % of the calls cost nothing\nforgotten: 1\n",
    "clan_async": r"clan: .+\nwar: \w+\nlast raid: \d+ capital gold\n",
    "clan_sync": r".+ #2PP: level \d+, \d+ members\n( *\d+ .+ \(\w+\)\n){5}",
    "errors": (
        r"http 404 notFound\n"
        r".*'limt' is unknown; allowed: limit, after, before\n"
        r"no such player: GET /players/\{playerTag\}: Not found.*\n"
    ),
    "many_players_async": (
        r"\d+ players in \d\.\d s\ntown halls: \d+ to \d+, \d+\.\d on average\nerrors: 0%\n"
    ),
    "middleware": r"3 \['.+', '.+', '.+'\]\n",
    "own_plugin": (
        r"location: ok, 1 attempts\nclan_tag: ok, 1 attempts\nclan_tag: ok, 0 attempts\n"
        r"players: .*Not found.*, 1 attempts\nsorry, nobody\n4 calls.*\n"
    ),
    "threads": r"(#\w+ .+ \d+\n){12}8 answers, 14 of all calls went to the network\n",
}


def test_every_example_is_looked_at() -> None:
    """And none that is gone."""
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(SHOWN)


@pytest.mark.parametrize("name", SHOWN)
def test_an_example_shows_what_it_promises(name: str, tmp_path: Path) -> None:
    """A newcomer who runs it sees an answer."""
    done = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / f"{name}.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(SHOWN[name], done.stdout), done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("name", SHOWN)
def test_an_example_is_short(name: str) -> None:
    """It can be read at one glance."""
    assert len((EXAMPLES / f"{name}.py").read_text(encoding="utf-8").splitlines()) < 40


def test_the_observability_example_ends_with_a_trace_and_figures(tmp_path: Path) -> None:
    """The slowest call as a tree, a line for each endpoint; the picture on request."""
    picture = tmp_path / "seen.svg"
    done = subprocess.run(
        [
            sys.executable,
            EXAMPLES / "observability" / "run.py",
            *("--seconds", "1", "--port", "0", "--svg", picture),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "GET /clans/{clanTag}" in done.stdout
    assert "cocapi.attempts=" in done.stdout
    assert picture.read_text(encoding="utf-8").startswith("<svg")
