"""Every example runs as it stands, against the sandbox, and prints what it promises."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"

PRINTED = {
    "clan_sync": r"Sandbox Pioneers \(#2PP\), level \d+\n  1\. .+ trophies\n",
    "clan_async": r"Sandbox Pioneers: (preparation|inWar|warEnded|notInWar)\n",
    "many_players_async": r"42 players have won \d+ war stars\nasked twice, sent once: 5 calls\n",
    "middleware": r"3 members in \d+ bytes\n",
    "caching": r"hits 4, entries 2\nforgotten: 1\n",
    "errors": r"http 404 notFound\nclan_tag: notFound\n",
    "own_plugin": r"clan_tag: [\d.]+ ms, cache miss\n(.+\n)+\{'clan_tag': 2, 'goldpass': 1\}\n",
    "threads": r"town halls: \[\d+(, \d+){19}\]\n",
}


def test_every_example_is_run() -> None:
    """None is forgotten."""
    assert {path.stem for path in EXAMPLES.glob("[!_]*.py")} == set(PRINTED)


@pytest.mark.parametrize("name", PRINTED)
def test_an_example_prints_what_it_promises(name: str) -> None:
    """With errors for warnings."""
    script = EXAMPLES / f"{name}.py"
    assert len(script.read_text().splitlines()) <= 40
    done = subprocess.run(
        [sys.executable, "-W", "error", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(PRINTED[name], done.stdout), done.stdout
