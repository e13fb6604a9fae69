"""What a store costs, against its library alone."""

import asyncio
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

from measure import WINDOWS, Line, awindow, turns
from server import Server, clan

from cocapi import CocApi, Response, read_json
from cocapi.testing import Script

GET = "SELECT content, until FROM value WHERE key = ?"
TIMEOUT = 30.0
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


TAGS = ("#2PP", "#8QU")
"""Asked for by turns by a client that keeps one answer in memory: each comes from the store."""


def calling(store: str) -> dict[str, Any]:
    """Of a client that calls the API, with all that is on by default."""
    free = {"requests_per_second": 1e9, "burst_limit": 10**9, "cache_max_entries": 1}
    return {"store": store, "store_timeout": TIMEOUT, "verify_token": False, **free}


def decoded(body: bytes | None) -> object:
    """What whoever uses the library alone does with what it got."""
    assert body is not None
    return read_json(zlib.decompress(body))


def sqlite_hit(content: bytes) -> Iterator[tuple[float, float]]:
    """A call that is answered by the store; the other keeps the body, coded in the same way, with sqlite3."""
    with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(f"{folder}/other.db")) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("CREATE TABLE value (key BLOB PRIMARY KEY, content BLOB, until REAL)")
        other.execute("INSERT INTO value VALUES (?, ?, ?)", (b"key", zlib.compress(content, 1), 1e12))
        other.commit()
        with answering(content).client(**calling(f"sqlite:///{folder}/x.db")) as api:
            tags = filled(api)
            yield from turns(
                lambda: api.clan_tag(next(tags)),
                lambda: decoded(other.execute(GET, (b"key",)).fetchone()[0]),
            )


def redis_hit(content: bytes) -> Iterator[tuple[float, float]]:
    """The same with Redis, and redis-py alone."""
    import redis

    with (
        redis_server() as port,
        redis.Redis(port=port) as other,
        answering(content).client(**calling(f"redis://127.0.0.1:{port}")) as api,
    ):
        other.set("key", zlib.compress(content, 1))
        tags = filled(api)
        yield from turns(lambda: api.clan_tag(next(tags)), lambda: decoded(other.get("key")))


def redis_hit_async(content: bytes, tasks: int) -> Iterator[tuple[float, float]]:
    """The same on asyncio, with so many tasks at once."""
    import redis.asyncio

    async def main(port: int) -> list[tuple[float, float]]:
        other = redis.asyncio.Redis(port=port)
        await other.set("key", zlib.compress(content, 1))
        async with answering(content).async_client(**calling(f"redis://127.0.0.1:{port}")) as api:
            tags = cycle([f"#2PP{letter}" for letter in "0289PYLQGRJCUV"])  # tasks meet no other's
            for _ in range(14):
                await api.clan_tag(next(tags))

            async def ours() -> object:
                return await api.clan_tag(next(tags))

            async def theirs() -> object:
                return decoded(await other.get("key"))

            pairs = [(await awindow(ours, tasks), await awindow(theirs, tasks)) for _ in range(WINDOWS + 1)]
            assert api.cache.stats()["stats"]["misses"] == 14, "not all came from the store"
        await other.aclose()
        return pairs[1:]

    with redis_server() as port:
        yield from asyncio.run(main(port))


def answering(content: bytes) -> Script:
    """An API that answers the first calls, which fill the store."""
    return Script(*[Response(200, {"content-type": "application/json"}, content)] * 14)


def filled(api: CocApi) -> Iterator[str]:
    """Tags, by turns, whose answers are in the store."""
    for tag in TAGS:
        api.clan_tag(tag)
    return cycle(TAGS)


def lines(server: Server) -> Iterator[Line]:
    content = clan()
    yield Line("store sqlite: get and decode / sqlite3", "most", 1.3, lambda: sqlite_get(content))
    yield Line("store redis: get and decode / redis-py", "most", 1.3, lambda: redis_get(content))
    yield Line("store redis: the same on asyncio", "most", 1.3, lambda: redis_get_async(content))
    yield Line("a call answered by SQLite / sqlite3, zlib, JSON", "most", 1.3, lambda: sqlite_hit(content))
    yield Line("a call answered by Redis / redis-py, zlib, JSON", "most", 1.3, lambda: redis_hit(content))
    for tasks in (1, 10):
        yield Line(
            f"the same on asyncio, {tasks} at once",
            "most",
            1.3,
            lambda tasks=tasks: redis_hit_async(content, tasks),  # type: ignore[misc]
        )
