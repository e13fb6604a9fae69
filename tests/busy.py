"""Runs a command as a machine with too much to do would: python tests/busy.py pytest tests/core

Its processes stand still at moments of chance, some at a time, mostly for hundredths of a second and now and
then for half of one. A test that passes only where nothing stands still fails here.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

AT_ONCE = 0.7
"""The chance of each process to stand still in a round."""
STILL, LONGEST_STILL = 0.06, 0.6
"""Seconds, on average and at most."""
GETTING_ON = (0.02, 0.08)
"""Seconds, at least and at most."""


def descendants(ancestor: int) -> set[int]:
    """The processes that a process has begun, and those that these have, as far as they are there."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has just ended
            pid, _, rest = status.read_text(encoding="utf-8", errors="replace").partition(" ")
            children.setdefault(int(rest.rpartition(")")[2].split()[1]), []).append(int(pid))
    found: set[int] = set()
    left = [ancestor]
    while left:
        younger = children.get(left.pop(), [])
        found.update(younger)
        left += younger
    return found


def send(number: int, processes: set[int]) -> None:
    """Send a signal to those that are still there."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)


def run(command: list[str]) -> int:
    """The exit code of a command whose processes stand still again and again."""
    chance = random.Random(7)
    process = subprocess.Popen(command)
    while process.poll() is None:
        stopped = {pid for pid in descendants(os.getpid()) if chance.random() < AT_ONCE}
        send(signal.SIGSTOP, stopped)
        time.sleep(min(chance.expovariate(1 / STILL), LONGEST_STILL))
        send(signal.SIGCONT, stopped)
        time.sleep(chance.uniform(*GETTING_ON))
    return process.returncode


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
