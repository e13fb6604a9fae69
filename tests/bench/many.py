"""Many calls: `batch` against a plain gather loop, and the memory of `stream`."""

import asyncio
import gc
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

from calls import config
from fixed import FREE
from measure import Line
from server import Server

from cocapi import ApiConfig, AsyncCocApi, Json, Request, Response, hookimpl

CALLS = 10_000
ROUNDS = 3


def gathered(settings: ApiConfig) -> Iterator[tuple[float, float]]:
    """Seconds a call by `batch`, and by ``asyncio.gather`` over all of them on the same client."""

    async def main() -> list[tuple[float, float]]:
        pairs = []
        async with AsyncCocApi("token", config=settings) as api:
            players = (await api.clan_tag("#2PP")).get("memberList") or [{"tag": "#2PP"}]

            async def call(number: int) -> Json:
                return await api.players(players[number % len(players)]["tag"])

            for _ in range(ROUNDS):
                ours = await seconds(lambda: api.batch(call, range(CALLS)))
                pairs.append((ours, await seconds(lambda: asyncio.gather(*map(call, range(CALLS))))))
        return pairs

    return iter(asyncio.run(main()))


async def seconds(work: Callable[[], Awaitable[object]]) -> float:
    """Seconds a call; letting go of the answers takes as long as a part of the work, and is not counted."""
    gc.collect()
    started = time.perf_counter()
    answers = await work()
    spent = time.perf_counter() - started
    del answers
    await asyncio.sleep(0)  # so that finished tasks let go of theirs
    return spent / CALLS


class Instant:
    """A transport that answers every request with the same small player at once."""

    answer = Response(200, {}, b'{"tag": "#2PP"}')

    async def asend(self, request: Request) -> Response:
        return self.answer

    async def aclose(self) -> None: ...

    @hookimpl(tryfirst=True)
    def cocapi_transport(self) -> "Instant":
        return self


def streamed() -> Iterator[tuple[float, float]]:
    """Peak of memory in MB over 10^5 tags, and over 10^3."""

    async def peak(number: int) -> float:
        tags = (f"#{n}P" for n in range(number))
        settings = ApiConfig(plugins={"instant": lambda _: Instant()}, **FREE)  # type: ignore[arg-type]
        async with AsyncCocApi("token", config=settings) as api:
            gc.collect()
            tracemalloc.start()
            async for _ in api.stream(api.players, tags):
                pass
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        return most / 1e6

    asyncio.run(peak(2000))  # fills the cache, which is bounded, and loads what is loaded on first use
    yield asyncio.run(peak(100_000)), asyncio.run(peak(2000))


def lines(server: Server) -> Iterator[Line]:
    """What many calls cost beside the calls."""
    sandbox = ApiConfig(base_url="sandbox://", cache_ttl=0, **FREE)  # type: ignore[arg-type]
    yield Line("batch of 10,000 players of the sandbox over gather", "least", 0.9, lambda: gathered(sandbox))
    small = replace(config(server, "pyreqwest"), base_url=f"{server.base_url}/small")
    yield Line("batch of 10,000 small answers over gather", "least", 0.9, lambda: gathered(small))
    yield Line("memory of a stream of 10^5 tags over one of 2,000", "most", 1.1, streamed)
