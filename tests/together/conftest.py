"""What the tests of several distributions together share."""

import contextlib
import json
import multiprocessing
import os
import socketserver
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Make ``-m "not slow"`` leave out what builds environments."""
    config.addinivalue_line("markers", "slow: builds a virtual environment")


FOREIGN = ("COCAPI_", "PYTHON", "COVERAGE_", "PYTEST_")


@pytest.fixture(scope="session")
def fresh_python(
    tmp_path_factory: pytest.TempPathFactory, surroundings: dict[str, str]
) -> Callable[..., Path]:
    """Make a virtual environment: ``fresh_python("a/project[extra]", "pytest>=8")`` -> its Python."""

    def make(*requirements: object) -> Path:
        folder = tmp_path_factory.mktemp("environment") / "venv"
        venv.create(folder, with_pip=False)
        python = folder / "bin" / "python"
        install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", python]
        subprocess.run([*install, *map(str, requirements)], check=True, timeout=500, env=surroundings)
        return python

    return make


@pytest.fixture(scope="session")
def run_beside() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command of an environment, in a folder and without the settings around it.

    run_beside(python, folder, "cocapi", "plugins", COCAPI_TIMEOUT="5") -> what became of it
    """

    def run(
        python: Path, folder: Path, *command: object, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        inherited = {name: os.environ[name] for name in os.environ if not name.startswith(FOREIGN)}
        return subprocess.run(
            [python.parent / str(command[0]), *map(str, command[1:])],
            cwd=folder,
            env={**inherited, "PYTHONPYCACHEPREFIX": str(python.parents[1] / "pycache"), **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=500,
        )

    return run


class Echo(socketserver.StreamRequestHandler):
    """Answers each request with the tag in its path, along one kept connection."""

    def handle(self) -> None:
        """Serve until the other side closes."""
        with contextlib.suppress(ConnectionError):  # an interrupted call is cut off
            self.serve()

    def serve(self) -> None:
        """Serve one request after another."""
        while line := self.rfile.readline():
            while self.rfile.readline() not in (b"\r\n", b""):
                pass
            tag = line.split()[1].decode().rpartition("/")[2].replace("%23", "#").partition("?")[0]
            body = json.dumps({"tag": tag, "items": []}).encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            self.wfile.write(head.encode() + body)


class Server(socketserver.ThreadingTCPServer):
    """Runs in a process of its own, which no fork of the tests concerns."""

    daemon_threads = True
    request_queue_size = 100


def serve(told: Any) -> None:
    with Server(("127.0.0.1", 0), Echo) as server:
        told.send(server.server_address[1])
        server.serve_forever()


@pytest.fixture(scope="session")
def base_url() -> Iterator[str]:
    """The address of a server that echoes tags."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(sender,), daemon=True)
    process.start()
    yield f"http://127.0.0.1:{receiver.recv()}/v1"
    process.terminate()
    process.join(60)
    process.close()
    for end in (receiver, sender):
        end.close()
