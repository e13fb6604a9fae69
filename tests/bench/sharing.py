"""What it costs that processes share a store: a hit in memory, calls a second, the limit of all of them."""

import asyncio
import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from fixed import FREE, SMALL, Offering, client
from measure import Line, turns
from server import Server, clan, response
from stores import TIMEOUT, redis_server

from cocapi import ApiConfig, AsyncCocApi, CocApi, Request, Response

SPAWN = multiprocessing.get_context("spawn")

SECONDS = 3.0
"""Of each window in which processes call."""

ROUNDS = 3

ANSWERS_IN = 0.1
"""Seconds after which the API answers, as the real one does."""

AT_ONCE = 10
"""Calls under way in each process."""

LIMIT = 200.0
"""Requests a second, of all processes."""

LIMITED_FOR = 20.0
"""Seconds."""


class Later(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, each answer a while after its request."""

    seconds = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            _, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
            asyncio.get_running_loop().call_later(self.seconds, self.transport.write, response(SMALL))


def serve(port: Any, seconds: float) -> None:
    Later.seconds = seconds

    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(Later, "127.0.0.1", 0, backlog=1000)
        port.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


def call(settings: dict[str, Any], at: float, seconds: float) -> int:
    """In a process of its own: how many calls it made."""

    async def main() -> int:
        calls = 0
        async with AsyncCocApi("token", config=ApiConfig(**settings)) as api:
            await api.goldpass()
            await asyncio.sleep(max(0.0, at - time.monotonic()))

            async def work() -> None:
                nonlocal calls
                while time.monotonic() < at + seconds:
                    await api.goldpass()
                    calls += 1

            await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        return calls

    return asyncio.run(main())


def warm(_: int) -> None:
    """In a process of its own: import what a client needs, which takes seconds where eight do it at once."""
    import redis.asyncio  # noqa: F401

    client(SMALL).close()
    time.sleep(0.5)


def calls_of(pool: Any, number: int, settings: dict[str, Any]) -> float:
    """Seconds for a call of so many processes together."""
    at = time.monotonic() + 1.0
    each = [pool.apply_async(call, (settings, at, SECONDS)) for _ in range(number)]
    return SECONDS / max(1, sum(result.get() for result in each))  # 0: the first still imports


def together(number: int, answers_in: float) -> Iterator[tuple[float, float]]:
    """Calls of so many processes with one Redis, and without a store; no cache, and a limit far above."""
    ports = SPAWN.Queue()
    server = SPAWN.Process(target=serve, args=(ports, answers_in), daemon=True)
    server.start()
    alone = {
        **FREE,
        "base_url": f"http://127.0.0.1:{ports.get()}/v1",
        "enable_caching": False,
        "transport": "httpx",
        "max_keepalive_connections": AT_ONCE,  # those who waited for the store together send together
    }
    with redis_server() as port, SPAWN.Pool(number) as pool:
        pool.map(warm, range(number), chunksize=1)
        shared = {**alone, "store": f"redis://127.0.0.1:{port}", "store_timeout": TIMEOUT}
        for number_of_round in range(ROUNDS + 1):
            pair = calls_of(pool, number, shared), calls_of(pool, number, alone)
            if number_of_round:
                yield pair
    server.kill()


class Noting(Offering):
    """A transport that answers at once and notes when."""

    def __init__(self) -> None:
        super().__init__(SMALL)
        self.transport.send = self.send  # type: ignore[method-assign]
        self.times: list[float] = []

    def send(self, request: Request) -> Response:
        self.times.append(time.monotonic())
        return self.transport.response


def press(store: str, at: float) -> list[float]:
    """In a process of its own: when it was let through."""
    noting = Noting()
    config = ApiConfig(
        store=store,
        store_timeout=TIMEOUT,
        verify_token=False,
        enable_caching=False,
        requests_per_second=LIMIT,
        burst_limit=20,
        plugins={"noting": lambda _: noting},
    )
    with CocApi("token", config=config) as api:
        time.sleep(max(0.0, at - time.monotonic()))
        while time.monotonic() < at + LIMITED_FOR + 2:
            api.goldpass()
    return noting.times


def limited(store: str) -> Iterator[tuple[float, float]]:
    """Seconds for each of what eight processes were let through, and for what is due."""
    with SPAWN.Pool(8) as pool:
        pool.map(warm, range(8), chunksize=1)
        at = time.monotonic() + 1
        each = [pool.apply_async(press, (store, at)) for _ in range(8)]
        times = [when for result in each for when in result.get()]
    admitted = sum(at + 1 <= when < at + 1 + LIMITED_FOR for when in times)
    yield LIMITED_FOR / max(1, admitted), 1 / LIMIT


def limited_by_redis() -> Iterator[tuple[float, float]]:
    with redis_server() as port:
        yield from limited(f"redis://127.0.0.1:{port}")


def limited_by_sqlite() -> Iterator[tuple[float, float]]:
    with tempfile.TemporaryDirectory() as folder:
        yield from limited(f"sqlite:///{Path(folder) / 'x.db'}")


def hits() -> Iterator[tuple[float, float]]:
    """Of a clan in memory, with a store behind it and without."""
    with tempfile.TemporaryDirectory() as folder:
        shared = client(clan(), store=f"sqlite:///{Path(folder) / 'x.db'}", store_timeout=TIMEOUT)
        alone = client(clan())
        shared.clan_tag("#2PP")
        alone.clan_tag("#2PP")
        yield from turns(lambda: shared.clan_tag("#2PP"), lambda: alone.clan_tag("#2PP"))
        shared.close()


def lines(server: Server) -> Iterator[Line]:
    """The comparisons."""
    yield Line("a hit in memory, with a store / without", "most", 1.02, hits)
    for number in (1, 2, 4, 8):
        yield Line(
            f"calls/s of {number} processes, one Redis / no store",
            "least",
            0.9,
            partial(together, number, ANSWERS_IN),
        )
    yield Line("the same of 2, the API answers at once", "least", None, partial(together, 2, 0.0))
    yield Line("limit of 8 processes, Redis: admitted / due", "least", 0.98, limited_by_redis)
    yield Line("limit of 8 processes, SQLite: admitted / due", "least", 0.98, limited_by_sqlite)
