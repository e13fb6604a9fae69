"""Lines: connections that are lent to one call at a time.

httpcore's own pool loses a place when a task is cancelled at the wrong moment, and looks at every idle
connection for each request. So each line here is a pool of a single connection. A call has its line to
itself, and the line is kept only after a whole response: whatever ends a call early, a cancelled task
included, closes the line, and there is nothing that could be lost.
"""

from __future__ import annotations

import threading
import zlib
from typing import Generic, Protocol, TypeVar

import httpcore

from cocapi import ApiConfig, Response, ResponseTooLarge
from cocapi.transport import Body
from cocapi_httpx.network import AsyncNetwork, Network, Watch
from cocapi_httpx.routes import Route

__all__ = ["AsyncLine", "IdleLines", "Line"]

IDLE_SECONDS = 30.0
"""A connection that idled longer is not used again: a firewall may have forgotten it."""


class Line:
    """One connection of synchronous code."""

    def __init__(self, route: Route) -> None:
        self.route = route
        self.watch = Watch()
        self._network = Network(self.watch)
        self._pool = httpcore.ConnectionPool(
            ssl_context=route.ssl_context,
            proxy=route.proxy,
            max_connections=1,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=self._network,
        )

    def exchange(self, message: httpcore.Request, deadline: float, limit: int) -> Response:
        """Send `message` and read the whole response; see `cocapi.transport.Body` for `limit`."""
        self.watch.begin(deadline)
        answer = self._pool.handle_request(message)
        headers = fields(answer)
        body = Body(headers, limit)
        for chunk in answer.iter_stream():
            body.add(chunk)
        answer.close()
        return Response(answer.status, headers, body.content())

    def close(self) -> None:
        """Close the connection, whatever it is doing."""
        self._network.close()


class AsyncLine:
    """One connection of asynchronous code."""

    def __init__(self, route: Route) -> None:
        self.route = route
        self.watch = Watch()
        self._network = AsyncNetwork(self.watch)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=route.ssl_context,
            proxy=route.proxy,
            max_connections=1,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=self._network,
        )

    async def exchange(self, message: httpcore.Request, deadline: float, limit: int) -> Response:
        """Send `message` and read the whole response; see `cocapi.transport.Body` for `limit`."""
        self.watch.begin(deadline)
        answer = await self._pool.handle_async_request(message)
        headers = fields(answer)
        body = Body(headers, limit)
        await self._fill(body, answer)
        await answer.aclose()
        return Response(answer.status, headers, body.content())

    async def _fill(self, body: Body, answer: httpcore.Response) -> None:
        """Read `answer` into `body`.

        Leaving a loop over an asynchronous generator early leaves the generator open. So when the body is
        refused, the attempt's time is over, and the next read ends the loop from inside.
        """
        refused: Exception | None = None
        try:
            async for chunk in answer.aiter_stream():
                try:
                    body.add(chunk)
                except (ResponseTooLarge, zlib.error) as error:
                    refused = refused or error
                    self.watch.begin(deadline=0)
        except httpcore.TimeoutException:
            if refused is None:
                raise
        if refused is not None:
            raise refused

    async def aclose(self) -> None:
        """Close the connection, whatever it is doing."""
        await self._network.aclose()


def fields(answer: httpcore.Response) -> dict[str, str]:
    """The header fields, names in lower case; repeated ones joined (RFC 9110 section 5.2)."""
    joined: dict[str, str] = {}
    for raw_name, raw_value in answer.headers:
        name, value = raw_name.decode("ascii").lower(), raw_value.decode("latin-1")
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


class Routed(Protocol):
    """Something that leads to one address."""

    route: Route


L = TypeVar("L", bound=Routed)


class IdleLines(Generic[L]):
    """The lines that nobody uses; the one given back last is taken first, for it is the least stale."""

    def __init__(self, config: ApiConfig) -> None:
        self._room = config.max_keepalive_connections if config.enable_keepalive else 0
        self._lines: list[L] = []
        self._lock = threading.Lock()

    def take(self, route: Route) -> L | None:
        """A line along `route`; None when there is none."""
        with self._lock:
            for line in reversed(self._lines):
                if line.route is route:
                    self._lines.remove(line)
                    return line
        return None

    def keep(self, line: L) -> bool:
        """Put a line aside; False when there is no room for it."""
        with self._lock:
            fits = len(self._lines) < self._room
            if fits:
                self._lines.append(line)
        return fits

    def empty(self) -> list[L]:
        """Take all lines, and keep none from now on."""
        with self._lock:
            lines, self._lines, self._room = self._lines, [], 0
        return lines
