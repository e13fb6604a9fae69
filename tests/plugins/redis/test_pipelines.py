"""Tasks of one event loop share packets, and nothing else."""

import asyncio
import itertools
import re
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import ResponseError

from cocapi_redis.address import Address
from cocapi_redis.connections import Login
from cocapi_redis.pipelines import AsyncConnections

KEYS = map("pipelines:{}".format, itertools.count())
"""Keys that nobody has used."""


@pytest.fixture
def connected(redis_server: Any) -> Callable[..., Any]:
    """connected(main): what ``main(connections)`` returns, on an event loop of its own."""
    login = Login(Address("127.0.0.1", redis_server.port, 0, None, None, False), None, 30)

    def run(main: Callable[[AsyncConnections], Coroutine[Any, Any, Any]]) -> Any:
        async def closing() -> Any:
            connections = AsyncConnections(login)
            try:
                return await main(connections)
            finally:
                await connections.close()

        return asyncio.run(closing())

    return run


def test_tasks_that_ask_in_one_turn_share_a_packet(connected: Callable[..., Any], redis_server: Any) -> None:
    """The server counts what it reads; a hundred commands of one turn are one of these, or few."""

    def reads() -> int:
        match = re.search(r"total_reads_processed:(\d+)", str(redis_server.ask("INFO", "stats")))
        assert match
        return int(match[1])

    async def main(connections: AsyncConnections) -> int:
        await connections.command("PING")
        before = reads()
        await asyncio.gather(*(connections.command("PING") for _ in range(100)))
        return reads() - before

    assert connected(main) <= 5  # one of the test, which asks; the rest as the kernel cuts them


def test_each_has_its_own_reply(connected: Callable[..., Any]) -> None:
    """Also when others of the same packet are refused, or went away."""

    async def main(connections: AsyncConnections) -> None:
        keys = [next(KEYS) for _ in range(300)]
        asking = [asyncio.create_task(connections.command("ECHO", key)) for key in keys]
        refused = asyncio.create_task(connections.command("INCRBY", next(KEYS), "a word"))
        await asyncio.sleep(0)
        for task in asking[::3]:
            task.cancel()
        replies = await asyncio.gather(*asking, return_exceptions=True)
        for number, (key, reply) in enumerate(zip(keys, replies, strict=True)):
            assert isinstance(reply, asyncio.CancelledError) if number % 3 == 0 else reply == key.encode()
        with pytest.raises(ResponseError, match="not an integer"):
            await refused
        assert await connections.command("ECHO", "next") == b"next"

    connected(main)


def test_a_packet_that_nobody_waits_for_takes_its_connection_along(connected: Callable[..., Any]) -> None:
    """A reply that comes late is for nobody; the next command has another connection."""

    async def main(connections: AsyncConnections) -> None:
        key = next(KEYS)
        for _ in range(20):
            waiting = [asyncio.create_task(connections.command("BLPOP", key, "0")) for _ in range(3)]
            for _ in range(3):
                await asyncio.sleep(0)
            for task in waiting:
                task.cancel()
            await asyncio.wait(waiting)
            assert await connections.command("ECHO", "mine") == b"mine"

    connected(main)


def test_a_server_that_dies_tells_all_who_wait(
    connected: Callable[..., Any], redis_server: Any, tmp_path: Path
) -> None:
    """None waits for ever."""
    server = type(redis_server)(redis_server.program, tmp_path)
    server.start()
    login = Login(Address("127.0.0.1", server.port, 0, None, None, False), None, 30)

    async def main(_: AsyncConnections) -> None:
        connections = AsyncConnections(login)
        await connections.command("PING")
        waiting = [asyncio.create_task(connections.command("BLPOP", "nothing", "0")) for _ in range(5)]
        while b"blocked_clients:1" not in server.ask("INFO", "clients"):  # what the server knows has no event
            await asyncio.sleep(0.01)
        server.stop()
        ends = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(end).__name__ for end in ends] == ["ConnectionError"] * 5

    try:
        connected(main)
    finally:
        server.stop()
