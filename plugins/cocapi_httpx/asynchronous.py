"""The asynchronous half. Its twin is `synchronous`; what differs is how one waits."""

from __future__ import annotations

import time

import anyio
import httpcore

from cocapi import ApiConfig, Request, Response
from cocapi.transport import opened_connection
from cocapi_httpx.failures import tell
from cocapi_httpx.lines import AsyncLine, IdleLines
from cocapi_httpx.routes import Routes

__all__ = ["AsyncHalf"]


class AsyncHalf:
    """Lends lines to the tasks that call; more of them than there are lines wait their turn.

    It belongs to the event loop in which it is made.
    """

    def __init__(self, config: ApiConfig, routes: Routes) -> None:
        self.limit = config.max_response_bytes
        self.routes = routes
        self.idle: IdleLines[AsyncLine] = IdleLines(config)
        self.places = anyio.Semaphore(config.max_connections, fast_acquire=True)

    async def send(self, request: Request) -> Response:
        """See `cocapi.AsyncTransport.asend`."""
        deadline = time.monotonic() + request.timeout
        try:
            await self._wait_for_place(request.timeout)
            try:
                return await self._attempt(request, deadline)
            finally:
                self.places.release()
        except Exception as error:
            tell(request, error)

    async def close(self) -> None:
        """Close the idle lines; one in use is closed when its call ends."""
        for line in self.idle.empty():
            await line.aclose()

    async def _wait_for_place(self, seconds: float) -> None:
        try:
            self.places.acquire_nowait()
        except anyio.WouldBlock:
            with anyio.move_on_after(seconds) as waiting:
                await self.places.acquire()
            if waiting.cancelled_caught:
                raise httpcore.PoolTimeout from None

    async def _attempt(self, request: Request, deadline: float) -> Response:
        """Send along a kept line if there is one, and once more along a new one if it proves dead."""
        route = self.routes[request.base_url]
        line = self.idle.take(route) or AsyncLine(route)
        try:
            return await self._exchange(line, request, deadline)
        except (httpcore.NetworkError, httpcore.RemoteProtocolError):
            if request.method != "GET" or not line.watch.stale:
                raise
        return await self._exchange(AsyncLine(route), request, deadline)

    async def _exchange(self, line: AsyncLine, request: Request, deadline: float) -> Response:
        try:
            response = await line.exchange(line.route.message(request), deadline, self.limit)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await line.aclose()
            raise
        finally:
            if line.watch.fresh:
                opened_connection(request)
        if not self.idle.keep(line):
            await line.aclose()
        return response
