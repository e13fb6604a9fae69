"""Fixtures that all tests share."""

import asyncio
import fcntl
import functools
import gc
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from cocapi import AsyncCocApi
from cocapi.testing import Script

collect_ignore = ["distributions"]  # installed, and tested, by tests/together/test_distributions.py

ASIDE = "ASIDE_"
"""Begins the names of variables that are put aside: tests see the settings they make, and SSL contexts at an
ordinary user's price. Workers inherit them so; `surroundings` has them as they were."""

for name in [name for name in os.environ if name.startswith(("COCAPI_", "SSL_CERT_"))]:
    os.environ[ASIDE + name] = os.environ.pop(name)
os.environ["XDG_DATA_HOME"] = os.devnull  # and no keys that whoever runs them keeps

FIRST = ("together", "plugins")
"""The folders whose tests take longest."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first, so that no worker ends alone."""
    items.sort(key=lambda item: [folder not in item.path.parts for folder in FIRST])


@pytest.hookimpl(trylast=True)  # behind the plugin
def pytest_configure(config: pytest.Config) -> None:
    """Let a worker tell pytest-rerunfailures at once how a test went. It sends two small messages in a row,
    and TCP keeps the second back until the first is acknowledged: 15 ms a test (RFC 896)."""
    database = getattr(config, "failures_db", None)
    if (sock := getattr(database, "sock", None)) is not None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


@pytest.hookimpl(optionalhook=True)  # of a plugin that is not everywhere
def pytest_xdist_auto_num_workers() -> int:
    """How many ``-n auto`` are: two more than processors, for many tests wait for a server or for time."""
    return (os.cpu_count() or 1) + 2


# The same examples in every run, so that no change is blamed for what another left; deadlines fail the slow.
settings.register_profile("cocapi", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=1000)  # pytest --hypothesis-profile=explore
settings.load_profile("cocapi")


@pytest.fixture(autouse=True)
def _leaks_show_where_they_happen(request: pytest.FixtureRequest) -> Iterator[None]:
    """Collect after each test, so that a ResourceWarning (an error here) belongs to its test. What was there
    before is not looked at: a test that has made a world would let each of the others pay for it."""
    gc.freeze()
    yield
    request.node.funcargs.clear()  # which holds what fixtures gave
    gc.collect()


@pytest.fixture(scope="session")
def surroundings() -> dict[str, str]:
    """The variables of whoever runs the tests, for a program that has to reach an index of packages."""
    return {name.removeprefix(ASIDE): value for name, value in os.environ.items()}


@pytest.fixture
def new_threads() -> Callable[[], set[threading.Thread]]:
    """The threads that run and did not before the test; a thread of another test may end meanwhile."""

    def own() -> set[threading.Thread]:
        """Those that somebody started; before Python 3.12 `threading` remembers others for good."""
        return {thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)}

    before = own()
    return lambda: own() - before


@pytest.fixture(params=["sync", "async"])
def play(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Make one call on a client of a script, once in synchronous and once in asynchronous code.

    play(script, "clan_tag", "#2PP", **settings) -> the answer
    """

    def play_sync(script: Script, method: str, *args: Any, call: Any = None, **settings: Any) -> Any:
        with script.client(**settings) as api:
            return getattr(api, method)(*args, **(call or {}))

    def play_async(script: Script, method: str, *args: Any, call: Any = None, **settings: Any) -> Any:
        async def main() -> Any:
            async with script.async_client(**settings) as api:
                assert isinstance(api, AsyncCocApi)
                return await getattr(api, method)(*args, **(call or {}))

        return asyncio.run(main())

    return play_sync if request.param == "sync" else play_async


STORM = int(os.environ.get("STORM", "100"))
"""Interrupts that a storm brings, at least: thousands where somebody has the time."""


class Storm:
    """Once armed, a signal handler raises `Interrupt`, once, at an instruction of chance soon."""

    class Interrupt(Exception):
        """Raised by the handler, as a TimeoutError of the user's own would be."""

    def __init__(self) -> None:
        self.chance = random.Random(7)
        self.ticks = 0
        self.until = 0.0

    def arm(self, most: int = 8) -> None:
        """Let it raise within so many ticks of 50 µs; to be called where `Interrupt` is caught."""
        self.ticks = self.chance.randint(1, most)

    def lasts(self, hits: int) -> bool:
        """Whether more are to come after `hits`: for a second, and until there were `STORM`."""
        self.until = self.until or time.monotonic() + 1
        return hits < STORM or time.monotonic() < self.until

    def end(self) -> None:
        """Let it raise no more."""
        signal.setitimer(signal.ITIMER_REAL, 0)

    def handler(self, number: int, frame: object) -> None:
        """Called again and again: CPython before 3.13 may overlook a signal until the next one comes."""
        self.ticks -= 1
        if self.ticks == 0:
            raise self.Interrupt


@pytest.fixture
def storm() -> Iterator[Storm]:
    """Interrupts at instructions of chance."""
    weather = Storm()
    callbacks = gc.callbacks[:]
    gc.callbacks.clear()  # hypothesis has one in Python, and what is raised in there is lost
    before = signal.signal(signal.SIGALRM, weather.handler)
    signal.setitimer(signal.ITIMER_REAL, 0.00005, 0.00005)
    try:
        yield weather
    finally:
        weather.end()
        signal.signal(signal.SIGALRM, before)
        gc.callbacks.extend(callbacks)


class RedisServer:
    """A real Redis on loopback, at a port of chance, in a folder of its own; it keeps nothing in files."""

    def __init__(self, program: str, folder: Path) -> None:
        self.program, self.folder = program, folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *settings: str) -> None:
        """Begin, with nothing in it, and wait until it answers. Settings are as on its command line."""
        self.run(*self.where, "--save", "", "--appendonly", "no", *settings)

    def start_sentinel(self) -> None:
        """Begin as a Sentinel, which has to have a file."""
        file = self.folder / "sentinel.conf"
        file.touch()
        self.run(str(file), "--sentinel", *self.where)

    @property
    def where(self) -> list[str]:
        return ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)]

    def run(self, *words: str) -> None:
        self.process = subprocess.Popen(
            ["redis-server", *words],
            executable=self.program,  # which is several programs in one, and goes by the name it is called
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 60
        while not self.answers():
            assert self.process.poll() is None, "redis-server ended at once"
            assert time.monotonic() < until, "redis-server does not answer"
            time.sleep(0.01)

    def answers(self) -> bool:
        """Whether somebody listens, and says something."""
        try:
            return bool(self.ask("PING"))
        except OSError:
            return False

    def ask(self, *words: str) -> bytes:
        """The reply to a command, as it comes; for few and short ones."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(" ".join(words).encode() + b"\r\n")
            return connection.recv(100_000)

    def signal(self, number: int) -> None:
        """Send it a signal: SIGSTOP lets it hang, SIGCONT go on, SIGKILL ends it."""
        assert self.process is not None
        self.process.send_signal(number)
        if number == signal.SIGKILL:
            self.process.wait(60)

    def stop(self) -> None:
        """End it, whatever it does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(60)


@functools.cache
def redis_program() -> str | None:
    """Where Redis is, installed where that is possible: Debian's redis-tools has it, and no service. The
    variable REDIS_SERVER names another program, such as Valkey's."""
    if "REDIS_SERVER" in os.environ:
        return os.environ["REDIS_SERVER"]
    programs = ("redis-server", "valkey-server", "redis-check-rdb")
    if not any(map(shutil.which, programs)) and shutil.which("apt-get") and os.geteuid() == 0:
        with (Path(tempfile.gettempdir()) / "cocapi-apt.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # of several workers one installs
            for command in (["update"], ["install", "--yes", "--no-install-recommends", "redis-tools"]):
                if not any(map(shutil.which, programs)):
                    subprocess.run(["apt-get", "--quiet", *command], capture_output=True, check=False)
    return next(filter(None, map(shutil.which, programs)), None)


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A server for the tests of a module, which give it back running and with its first settings."""
    program = redis_program()
    if program is None:
        reason = "there is no Redis here: apt-get install redis-tools"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    server = RedisServer(program, tmp_path_factory.mktemp("redis"))
    server.start()
    try:
        yield server
    finally:
        server.stop()
