"""What a store costs, against its library alone."""

import asyncio
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from measure import WINDOWS, Line, awindow, turns
from server import Server, clan

from cocapi import read_json
from cocapi.testing import Script

GET = "SELECT content, until FROM value WHERE key = ?"
TIMEOUT = 1.0
"""Seconds of `store_timeout`: nothing is late because the machine is busy."""


@contextmanager
def redis_server() -> Iterator[int]:
    """The port of a Redis of its own, on loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    program = shutil.which("redis-server") or shutil.which("redis-check-rdb")
    assert program, "apt-get install redis-tools"
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen(command, executable=program, stdout=subprocess.DEVNULL)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.01)
        yield port
    finally:
        process.kill()
        process.wait()


def settings(store: str) -> dict[str, Any]:
    """Of a client with a store and little else."""
    plugin = store.partition(":")[0]
    return {"store": store, "only_plugins": ("script", plugin), "store_timeout": TIMEOUT}


def sqlite_get(content: bytes) -> Iterator[tuple[float, float]]:
    """Get and decode; the other does the same with a connection of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.db"
        with Script().client(**settings(f"sqlite:///{path}")) as api, closing(sqlite3.connect(path)) as other:
            api.run_flow(api.store.put("key", content))
            yield from turns(
                lambda: read_json(api.run_flow(api.store.get("key"))),
                lambda: read_json(other.execute(GET, (b"key",)).fetchone()[0]),
            )


def redis_get(content: bytes) -> Iterator[tuple[float, float]]:
    """The same in Redis, beside redis-py's client."""
    import redis

    with (
        redis_server() as port,
        redis.Redis(port=port) as other,
        Script().client(**settings(f"redis://127.0.0.1:{port}")) as api,
    ):
        api.run_flow(api.store.put("key", content))
        yield from turns(
            lambda: read_json(api.run_flow(api.store.get("key"))),
            lambda: read_json(other.get("cocapi:value:key")),
        )


def redis_get_async(content: bytes) -> Iterator[tuple[float, float]]:
    """The same on asyncio."""
    import redis.asyncio

    async def main(port: int) -> list[tuple[float, float]]:
        other = redis.asyncio.Redis(port=port)
        async with Script().async_client(**settings(f"redis://127.0.0.1:{port}")) as api:
            await api.run_flow(api.store.put("key", content))

            async def ours() -> object:
                return read_json(await api.run_flow(api.store.get("key")))

            async def theirs() -> object:
                return read_json(await other.get("cocapi:value:key"))

            pairs = [(await awindow(ours, 1), await awindow(theirs, 1)) for _ in range(WINDOWS + 1)]
        await other.aclose()
        return pairs[1:]

    with redis_server() as port:
        yield from asyncio.run(main(port))


def lines(server: Server) -> Iterator[Line]:
    content = clan()
    yield Line("store sqlite: get and decode / sqlite3", "most", 1.3, lambda: sqlite_get(content))
    yield Line("store redis: get and decode / redis-py", "most", 1.3, lambda: redis_get(content))
    yield Line("store redis: the same on asyncio", "most", 1.3, lambda: redis_get_async(content))
