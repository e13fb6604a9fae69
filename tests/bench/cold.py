"""The core and the plugins between real calls, when the processor's caches have others' work in them.

Warm, in a loop of nothing else, they take less than half as long: no user has that.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
from fixed import FREE
from measure import WINDOWS, Line
from server import Server

from cocapi import ApiConfig, CocApi, Request, Response, hookimpl
from cocapi_httpx.transport import HttpxTransport

CALLS = 300
FLOOR = 30e-6
"""Seconds that the core and all default plugins may take."""

Send = Callable[[Request], Response]


class Timed:
    """A transport and its plugin: tells how long it had the call."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.seconds = 0.0

    def send(self, request: Request) -> Response:
        began = time.perf_counter()
        response = self._send(request)
        self.seconds = time.perf_counter() - began
        return response

    def close(self) -> None: ...

    @hookimpl(tryfirst=True)
    def cocapi_transport(self) -> "Timed":
        return self


def beside(server: Server, send: Send) -> Iterator[tuple[float, float]]:
    """Seconds of a call without its transport's, of the quickest third: others work on the machine, too."""
    transport = Timed(send)
    plugins: dict[str, Any] = {"timed": lambda _: transport}
    settings = ApiConfig(base_url=f"{server.base_url}/small", cache_ttl=0, plugins=plugins, **FREE)  # type: ignore[arg-type]
    with CocApi("token", config=settings) as api:
        for _ in range(WINDOWS + 1):
            spent = []
            for _ in range(CALLS):
                began = time.perf_counter()
                api.clan_tag("#2PP")
                spent.append(time.perf_counter() - began - transport.seconds)
            yield sorted(spent)[CALLS // 3], FLOOR


def by_httpx(server: Server) -> Send:
    """Calls of the bare library, which leave the caches colder than ours do."""
    client, url = httpx.Client(), f"{server.base_url}/small"

    def send(request: Request) -> Response:
        answer = client.get(url)
        return Response(answer.status_code, dict(answer.headers), answer.content)

    return send


def lines(server: Server) -> Iterator[Line]:
    """The comparisons."""
    ours = HttpxTransport(ApiConfig())
    yield Line("core and plugins between our own calls / 30 us", "most", 1, lambda: beside(server, ours.send))
    theirs = by_httpx(server)
    yield Line(
        "core and plugins between bare httpx calls / 30 us", "most", None, lambda: beside(server, theirs)
    )
