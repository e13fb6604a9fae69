"""The same work by the peers. Each is a program of its own (`programs/`) with a folder of its own for what it
imports: two of them are the module `coc`, and one has our name. They take turns with ours."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from measure import SECONDS, WINDOWS, Line
from server import Server

HERE = Path(__file__).parent
PINNED = [line for line in (HERE / "peers.txt").read_text().splitlines() if "==" in line]

Spent = tuple[float, float]
"""Seconds, and CPU seconds of the program, that a call took."""

WALL, CPU = 0, 1
"""Their places."""


@dataclass
class Peer:
    """A program to be measured.

    Attributes:
        script: In `programs/`; it is given the address of the server, and `arguments`.
        distribution: What is installed for it; None: what is here.
    """

    name: str
    script: str
    arguments: tuple[str, ...] = ()
    distribution: str | None = None


OURS = Peer("cocapi", "cocapi_now.py")
OLD = Peer("cocapi 4.0.1", "cocapi_4.py", distribution="cocapi")
COC_PY = Peer("coc.py", "coc_likes.py", ("coc",), "coc.py")
CLASHY = Peer("clashy", "coc_likes.py", ("coc",), "clashy.py")
GENIUSLIB = Peer("geniuslib", "coc_likes.py", ("geniuslib",), "geniuslib")
FLOOR = Peer("the floor", "floor.py")


KINDS = {"dict": ("dict", 1.15), "ten": ("ten fields", 1.3), "all": ("all members", 1.5)}
"""By what a program is told: its name, and the calls/s that we want over those of coc.py."""


class Program:
    """A peer that runs."""

    def __init__(self, peer: Peer, folder: Path, base_url: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(folder)} if peer.distribution else None
        self.process = subprocess.Popen(
            [sys.executable, HERE / "programs" / peer.script, base_url, *peer.arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate()

    def turn(self, kind: str, tasks: int) -> Spent:
        """Let it make calls for a window of time."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{kind} {tasks} {SECONDS}\n")
        self.process.stdin.flush()
        seconds, cpu = map(float, self.process.stdout.readline().split())
        return seconds, cpu


class Programs:
    """The peers as they are needed, installed once for a run."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.folder = tempfile.TemporaryDirectory()

    def folder_of(self, peer: Peer) -> Path:
        """Where what it imports is installed."""
        folder = Path(self.folder.name) / peer.name
        if peer.distribution is not None and not folder.exists():
            pinned = next(pin for pin in PINNED if pin.startswith(f"{peer.distribution}=="))
            install = [sys.executable, "-m", "pip", "install", "-q", "--target", folder, pinned]
            subprocess.run(install, check=True, stderr=subprocess.DEVNULL)
        return folder

    def compared(
        self, ours: tuple[Peer, str], other: tuple[Peer, str], tasks: int, measure: int = WALL
    ) -> Iterator[tuple[float, float]]:
        """Two programs in turns, each with its kind of calls.

        Args:
            measure: Which of `Spent` is compared.
        """
        with ExitStack() as stack:
            programs = [
                (stack.enter_context(Program(peer, self.folder_of(peer), self.server.base_url)), kind)
                for peer, kind in (ours, other)
            ]
            for number in range(WINDOWS + 1):
                one, two = (program.turn(kind, tasks)[measure] for program, kind in programs)
                if number:
                    yield one, two


def lines(server: Server) -> Iterator[Line]:
    """The comparisons; of calls/s above 1 we are faster."""
    programs = Programs(server)
    for kind, (what, target) in KINDS.items():
        for tasks in (1, 10, 50):
            measure = partial(programs.compared, (OURS, kind), (COC_PY, kind), tasks)
            yield Line(f"{what}, {tasks} tasks: calls/s over coc.py's", "least", target, measure)
        for peer in (CLASHY, GENIUSLIB):
            measure = partial(programs.compared, (OURS, kind), (peer, kind), 10)
            yield Line(f"{what}, 10 tasks: calls/s over {peer.name}'s", "least", target, measure)
    for tasks in (1, 10, 50):
        for peer in (OURS, COC_PY):
            measure = partial(programs.compared, (FLOOR, "dict"), (peer, "dict"), tasks)
            yield Line(f"dict, {tasks} tasks: calls/s, floor over {peer.name}'s", "least", None, measure)
    for tasks in (1, 10, 50):
        measure = partial(programs.compared, (OURS, "ten"), (OURS, "dict"), tasks)
        yield Line(f"{tasks} tasks: a model, ten fields read / a dict", "most", 1.25, measure)
    measure = partial(programs.compared, (OURS, "dict"), (OLD, "dict"), 0)
    yield Line("sync: calls/s over those of cocapi 4.0.1", "least", 60, measure)
    for kind in ("dict", "ten"):
        for peer in (COC_PY, CLASHY, GENIUSLIB):
            measure = partial(programs.compared, (OURS, kind), (peer, kind), 10, CPU)
            yield Line(f"CPU s of 10^6 calls, {KINDS[kind][0]}: / {peer.name}", "most", 1, measure)
    measure = partial(programs.compared, (OURS, "dict"), (OLD, "dict"), 0, CPU)
    yield Line("CPU s of 10^6 calls, dict, sync: / cocapi 4.0.1", "most", 1, measure)
