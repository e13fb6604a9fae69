"""Runs mypy and pyright over everything, side by side.

    python tests/typing/checks.py PLUGIN SNIPPETS

PLUGIN is a folder that new_plugin.py has written, SNIPPETS one that snippets.py has written.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[2]
DISTRIBUTIONS = sorted((ROOT / "tests" / "distributions").glob("*/src"))
Checks = list[list[object]]


def mypy(plugin: Path, snippets: Path) -> Checks:
    """Core and plugins; the distributions and a plugin just begun, as their authors check them; what users write."""
    return [
        ["mypy", "-p", "cocapi"],
        ["mypy", "plugins"],
        ["mypy", *DISTRIBUTIONS],
        ["mypy", "--strict", plugin / "src", plugin / "tests"],
        ["mypy", "tests/typing"],
        ["mypy", snippets],
    ]


def pyright(snippets: Path) -> Checks:
    """What users write: strict where we do, and in its standard mode, with which editors begin."""
    return [["pyright"], ["pyright", "--pythonpath", sys.executable, "--project", snippets]]


def all_pass(checks: Checks) -> bool:
    """Run one after another, all of them, and show what each says."""
    environment = {**os.environ, "MYPYPATH": os.pathsep.join(map(str, DISTRIBUTIONS))}
    passed = True
    for check in checks:
        command = [sys.executable, "-m", *map(str, check)]
        ended = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        print(f"$ {' '.join(map(str, check))}\n{ended.stdout}{ended.stderr}", end="", flush=True)
        passed = passed and ended.returncode == 0
    return passed


if __name__ == "__main__":
    plugin, snippets = map(Path, sys.argv[1:])
    with ThreadPoolExecutor() as pool:
        sys.exit(not all([*pool.map(all_pass, [mypy(plugin, snippets), pyright(snippets)])]))
