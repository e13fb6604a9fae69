"""What a call costs beside the network: the pipeline, a cache hit, memory, importing."""

import gc
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import orjson
from measure import WINDOWS, Line, turns
from server import SMALL, Server, clan

from cocapi import ApiConfig, CocApi, Request, Response, hookimpl

FREE = {"verify_token": False, "requests_per_second": 1e9, "burst_limit": 10**9}


class Instant:
    """A transport that answers at once."""

    def __init__(self, body: bytes) -> None:
        self.response = Response(200, {"content-type": "application/json"}, body)

    def send(self, request: Request) -> Response:
        return self.response

    def close(self) -> None: ...


class Offering:
    """The plugin that offers it."""

    def __init__(self, body: bytes) -> None:
        self.transport = Instant(body)

    @hookimpl(tryfirst=True)
    def cocapi_transport(self) -> Instant:
        return self.transport


class OneHook:
    """A plugin with one hook that looks."""

    @hookimpl
    def cocapi_response(self, response: Response) -> None:
        return None


def client(body: bytes = SMALL, further: int = 0, **settings: Any) -> CocApi:
    plugins = {
        "instant": lambda _: Offering(body),
        **{f"one{n}": lambda _: OneHook() for n in range(further)},
    }
    return CocApi("token", config=ApiConfig(plugins=plugins, **{**FREE, **settings}))


def filled(entries: int) -> CocApi:
    """A client with so many answers in its cache, and room for more."""
    api = client(cache_max_entries=2 * 10**5 + entries)
    for number in range(entries):
        api.players(f"#{number}")
    return api


def over_loopback(server: Server) -> Any:
    """A bare call with httpx, read as JSON."""
    bare = httpx.Client()
    return lambda: bare.get(f"{server.base_url}/small").json()


def hits(body: bytes) -> Iterator[tuple[float, float]]:
    api = client(body)
    api.clan_tag("#2PP")
    return turns(lambda: api.clan_tag("#2PP"), lambda: orjson.loads(body))


def memory() -> Iterator[tuple[float, float]]:
    """Bytes for an entry, and bytes of its body."""
    body = clan()
    gc.collect()
    tracemalloc.start()
    api = client(cache_max_entries=1000)
    instant: Any = api.plugins["instant"].transport
    before = tracemalloc.get_traced_memory()[0]
    for number in range(200):
        instant.response = Response(200, dict(instant.response.headers), body + b" " * (number + 1))
        api.players(f"#{number}")
    instant.response = None
    gc.collect()
    used = (tracemalloc.get_traced_memory()[0] - before) / 200
    tracemalloc.stop()
    yield used / 1e6, len(body) / 1e6


def importing() -> Iterator[tuple[float, float]]:
    """Seconds beyond those of a bare interpreter."""

    def cost(program: str) -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", program], check=True)
        return time.perf_counter() - started

    for _ in range(WINDOWS):
        bare = cost("pass")
        yield max(cost("import cocapi") - bare, 1e-6), cost("import httpx") - bare


def lines(server: Server) -> Iterator[Line]:
    """The comparisons."""
    bare = over_loopback(server)

    def fresh(entries: int) -> Any:
        api, numbers = filled(entries), count(entries)
        return lambda: api.players(f"#{next(numbers)}")

    again = client(cache_ttl=0)
    yield Line(
        "pipeline, all default plugins / bare httpx call",
        "most",
        0.1,
        lambda: turns(lambda: again.clan_tag("#2PP"), bare),
    )
    for entries in (10**2, 10**5):
        yield Line(
            f"the same, stored beside 10^{len(str(entries)) - 1} others / bare httpx call",
            "most",
            0.1,
            lambda entries=entries: turns(fresh(entries), bare),  # type: ignore[misc]
        )

    def further() -> Iterator[tuple[float, float]]:
        more = client(cache_ttl=0, further=20)
        plain = turns(lambda: more.clan_tag("#2PP"), lambda: again.clan_tag("#2PP"))
        floor = turns(bare, bare)
        return (
            ((with_20 - without) / 20, call)
            for (with_20, without), (call, _) in zip(plain, floor, strict=True)
        )

    yield Line("a further plugin with one hook / bare httpx call", "most", 0.01, further)
    yield Line("cache hit, a clan / decoding its body (orjson)", "most", 1.3, lambda: hits(clan()))
    yield Line("memory of an entry / its body (bytes, not us)", "most", 1.2, memory)
    yield Line("import cocapi / import httpx", "most", 1 / 3, importing)
