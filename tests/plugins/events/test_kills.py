"""kill -9 at any moment: nothing is lost, and only the last undone event comes again."""

import json
import os
import signal
import subprocess
import sys
import time
from math import inf
from pathlib import Path
from random import Random

import pytest

from cocapi_events.records import from_json
from cocapi_sandbox import Sandbox

from .judge import judged
from .watcher import NOON, game_time

pytestmark = pytest.mark.once

KILLS = int(os.environ.get("KILLS", "3"))
"""Hundreds by hand."""


def test_a_watcher_that_is_killed_again_and_again_tells_everything_once(tmp_path: Path) -> None:
    """With a store in a file of SQLite, and the world's own diary as the judge."""
    chance = Random(7)
    began, stopped_at = inf, inf  # time stands still while the clan is seen for the first and the last time
    file = tmp_path / "events"
    file.touch()

    def clock() -> float:
        return game_time(min(time.time(), stopped_at), began)

    with Sandbox(clock=clock) as box:
        program = [sys.executable, str(Path(__file__).with_name("watcher.py")), box.base_url]
        arguments = [f"sqlite:///{tmp_path / 'store.db'}", str(file)]
        subprocess.run([*program, *arguments, str(began), "once"], check=True, timeout=300)
        began = time.time()
        arguments.append(str(began))
        runs = []
        for _ in range(KILLS):
            size = file.stat().st_size
            watcher = subprocess.Popen([*program, *arguments])
            while file.stat().st_size == size and watcher.poll() is None:
                time.sleep(0.01)
            assert watcher.poll() is None, "it ended by itself"
            time.sleep(chance.uniform(0, 0.4))
            watcher.send_signal(signal.SIGKILL)
            watcher.wait()
            members = box.world.roster(0, box.now())
            box.clan("#2PP").kick(chance.choice(members[1:]))
            runs.append(len(file.read_text(encoding="utf-8").splitlines()))
        stopped_at = time.time()
        subprocess.run([*program, *arguments, "once"], check=True, timeout=300)
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    events, seen = [], set()
    for number, line in enumerate(lines):
        if line["id"] in seen:
            assert number in runs, "told twice within a run"
            assert line == lines[number - 1], "something else than the last undone came again"
            continue
        seen.add(line["id"])
        events.append(from_json(line))
    judged("#2PP", events, box.diary, NOON, clock())
    assert any(event.late for event in events)
    assert (
        sum(event.type == "member.left" for event in events) >= KILLS - 1
    )  # the last falls on the next minute
