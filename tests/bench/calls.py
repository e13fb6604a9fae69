"""Calls over loopback against the bare library with the same parser.

Bare pyreqwest keeps the rule that our transport keeps, since it does not tell what waits on an idle
connection and cannot abort a request: each has a connection, and in asynchronous code a task, of its own.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import orjson
import pyreqwest.client
import requests
from fixed import FREE
from measure import WINDOWS, Line, awindow, turns
from server import Server

from cocapi import ApiConfig, AsyncCocApi, CocApi

PATH = "/clans/%232PP"
POOL = 10
SYNC = {"httpx": 1.0, "requests": 1.0, "pyreqwest": 0.85}
TASKS = {"httpx": 1.0, "pyreqwest": 0.8}
"""The least calls/s over those of the bare library."""


def config(server: Server, transport: str) -> ApiConfig:
    return ApiConfig(
        base_url=server.base_url,
        transport=transport,
        cache_ttl=0,
        max_connections=POOL,
        max_keepalive_connections=POOL,
        **FREE,  # type: ignore[arg-type]
    )


def bare_sync(name: str, url: str) -> Callable[[], Any]:
    headers = {"authorization": "Bearer token", "accept": "application/json", "accept-encoding": "gzip"}
    if name == "httpx":
        one = httpx.Client(headers=headers)
        return lambda: orjson.loads(one.get(url).content)
    if name == "requests":
        session = requests.Session()
        session.headers.update(headers)
        return lambda: orjson.loads(session.get(url).content)
    builder = pyreqwest.client.SyncClientBuilder().pool_max_idle_per_host(0)
    fast = builder.default_headers(headers | {"connection": "close"}).build()
    return lambda: orjson.loads(memoryview(fast.get(url).build().send().bytes()))


def bare_async(name: str, url: str) -> tuple[Callable[[], Awaitable[Any]], Callable[[], Awaitable[None]]]:
    headers = {"authorization": "Bearer token", "accept": "application/json", "accept-encoding": "gzip"}
    if name == "httpx":
        limits = httpx.Limits(max_connections=POOL, max_keepalive_connections=POOL)
        one = httpx.AsyncClient(headers=headers, limits=limits, timeout=httpx.Timeout(20))

        async def call() -> Any:
            return orjson.loads((await one.get(url)).content)

        return call, one.aclose
    builder = pyreqwest.client.ClientBuilder().pool_max_idle_per_host(0).max_connections(POOL)
    fast = builder.default_headers(headers | {"connection": "close"}).build()

    async def request() -> Any:
        response = await fast.get(url).build().send()
        return orjson.loads(memoryview(await response.bytes()))

    async def fast_call() -> Any:
        return await asyncio.create_task(request())

    return fast_call, fast.close


def asynchronous(server: Server, name: str, concurrency: int) -> Iterator[tuple[float, float]]:
    async def main() -> list[tuple[float, float]]:
        other, close = bare_async(name, server.base_url + PATH)
        async with AsyncCocApi("token", config=config(server, name)) as api:

            async def ours() -> Any:
                return await api.clan_tag("#2PP")

            pairs = [
                (await awindow(ours, concurrency), await awindow(other, concurrency))
                for _ in range(WINDOWS + 1)
            ]
        await close()
        return pairs[1:]

    return iter(asyncio.run(main()))


def lines(server: Server) -> Iterator[Line]:
    """The comparisons; a ratio of 1 is as fast as the bare library."""
    for name in ("httpx", "pyreqwest", "requests"):

        def sync(name: str = name) -> Iterator[tuple[float, float]]:
            api = CocApi("token", config=config(server, name))
            yield from turns(lambda: api.clan_tag("#2PP"), bare_sync(name, server.base_url + PATH))
            api.close()

        yield Line(f"{name}, sync: calls/s over those of bare {name}", "least", SYNC[name], sync)
    for name in ("httpx", "pyreqwest"):
        for concurrency in (1, 10, 50, 100):
            yield Line(
                f"{name}, {concurrency} tasks: calls/s over those of bare {name}",
                "least",
                TASKS[name],
                lambda name=name, concurrency=concurrency: asynchronous(server, name, concurrency),  # type: ignore[misc]
            )
