"""Connections end with their client, also those that are in use when it is closed."""

import asyncio
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cocapi_redis.address import Address
from cocapi_redis.connections import Connections, Login
from cocapi_redis.pipelines import AsyncConnections


@pytest.fixture
def login(redis_server: Any) -> Login:
    return Login(Address("127.0.0.1", redis_server.port, 0, None, None, False), None, 30)


def clients(server: Any, kind: str) -> int:
    """How many the server has that are ``connected`` or ``blocked``, the test's own left out."""
    match = re.search(rf"{kind}_clients:(\d+)", str(server.ask("INFO", "clients")))
    assert match
    return int(match[1]) - (kind == "connected")


def test_one_in_use_is_closed_when_its_command_is_done(login: Login, redis_server: Any) -> None:
    """By the thread that uses it: a verb that was too late for its caller."""
    before, connections = clients(redis_server, "connected"), Connections(login)
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(connections.command, "BLPOP", "connections", "0")
        while not clients(redis_server, "blocked"):
            time.sleep(0.01)
        connections.close()
        redis_server.ask("RPUSH", "connections", "value")
        assert waiting.result(60) == [b"connections", b"value"]
    given_up = time.monotonic() + 60
    while clients(redis_server, "connected") > before:
        assert time.monotonic() < given_up, "it stays open"
        time.sleep(0.01)


def test_one_in_use_by_tasks_is_closed_when_its_replies_are_read(login: Login, redis_server: Any) -> None:
    """The same on an event loop."""
    before, connections = clients(redis_server, "connected"), AsyncConnections(login)

    async def main() -> None:
        waiting = asyncio.create_task(connections.command("BLPOP", "pipelines", "0"))
        while not clients(redis_server, "blocked"):  # what the server knows has no event
            await asyncio.sleep(0.01)
        await connections.close()
        redis_server.ask("RPUSH", "pipelines", "value")
        assert await waiting == [b"pipelines", b"value"]
        while clients(redis_server, "connected") > before:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(main(), 60))
