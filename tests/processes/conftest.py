"""Real processes, the stores that they share, and a server that judges them by when requests arrive."""

import asyncio
import json
import multiprocessing
import os
import runpy
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

WORKER = Path(__file__).parent / "worker.py"

SPAWN = multiprocessing.get_context("spawn")


class Judge:
    """An API over HTTP/1.1 that notes when each request arrived, and answers after a while.

    Attributes:
        arrivals: Seconds on the clock of all processes, and the path.
        holding: Paths with this in them are not answered while it is so.
        status: Of the answers.
        deaf: Paths with this in them are never answered.
    """

    def __init__(self) -> None:
        self.arrivals: list[tuple[float, str]] = []
        self.holding = "nothing is"
        self.status = 200
        self.deaf = "nothing is"
        started = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self.serve(started)), daemon=True).start()
        assert started.wait(30)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def serve(self, started: threading.Event) -> None:
        self.loop, self.ended = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self.converse, "127.0.0.1", 0, backlog=2000)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await self.ended.wait()
        server.close()

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ", 2)[1].decode()
                self.arrivals.append((time.monotonic(), path))
                if self.deaf in path:
                    await asyncio.sleep(3600)
                while self.holding in path:  # another thread ends it
                    await asyncio.sleep(0.005)
                body = json.dumps({"name": f"answer {len(self.arrivals)}", "reason": "notFound"}).encode()
                writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (self.status, len(body)) + body)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # whoever was killed, or has closed
        finally:
            writer.close()

    def count(self, part: str = "") -> int:
        """How many requests had this in their path."""
        return sum(part in path for _, path in self.arrivals)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.ended.set)


@pytest.fixture
def storm() -> int:
    """How much is tried where more of it finds more: STORM=300 where somebody has the time."""
    return int(os.environ.get("STORM", "2"))


@pytest.fixture
def judge() -> Iterator[Judge]:
    judge = Judge()
    yield judge
    judge.close()


class Worker:
    """A process that was started with spawn."""

    def __init__(self) -> None:
        self.tasks, self.results = SPAWN.SimpleQueue(), SPAWN.SimpleQueue()
        queues = {"tasks": self.tasks, "results": self.results}
        self.process = SPAWN.Process(target=runpy.run_path, args=(str(WORKER), queues, "worker"), daemon=True)
        self.process.start()

    def begin(self, task: str, **arguments: Any) -> None:
        self.tasks.put((task, arguments))

    def end(self) -> Any:
        """The result of what it began."""
        good, result = self.results.get()
        assert good, result
        return result

    def waits(self) -> None:
        """Wait until all but one of the calls that it began wait for another's answer."""
        assert self.end() == "all wait"

    def do(self, task: str, **arguments: Any) -> Any:
        self.begin(task, **arguments)
        return self.end()

    def kill(self) -> None:
        """As the kernel does, at whatever it is doing."""
        self.process.kill()
        self.process.join()

    def suspend(self, seconds: float) -> None:
        """Let it stand still for a while, at whatever it is doing."""
        with self.suspended():
            time.sleep(seconds)

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Let it stand still meanwhile."""
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.process.pid, signal.SIGCONT)

    def close(self) -> None:
        self.tasks.put(None)
        self.process.join(20)
        self.process.kill()
        self.process.join()


@pytest.fixture(scope="session")
def workers() -> Iterator[list[Worker]]:
    """Eight processes, for all tests."""
    workers, judge = [Worker() for _ in range(8)], Judge()
    for worker in workers:
        worker.begin("warm", base_url=judge.base_url)
    for worker in workers:
        worker.end()
    judge.close()
    yield workers
    for worker in workers:
        worker.close()


@pytest.fixture
def further() -> Iterator[Callable[[], Worker]]:
    """further(): one process more, which may be killed."""
    workers: list[Worker] = []

    def start() -> Worker:
        workers.append(Worker())
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path, workers: list[Worker]) -> Iterator[str]:
    """The address of a store with nothing in it; the workers leave it in the end."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/cocapi.db"
    else:
        server = request.getfixturevalue("redis_server")
        server.ask("FLUSHALL")
        yield server.url
    for worker in workers:
        worker.begin("leave")
    for worker in workers:
        worker.end()
