"""One transport for both kinds of code; each half is built when it is first used."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from cocapi import ApiConfig, Request, Response

if TYPE_CHECKING:
    from cocapi_httpx.asynchronous import AsyncHalf
    from cocapi_httpx.routes import Routes
    from cocapi_httpx.synchronous import SyncHalf

__all__ = ["HttpxTransport"]


class HttpxTransport:
    """Keeps `cocapi.SyncTransport` and `cocapi.AsyncTransport`, the latter on asyncio and trio.

    httpx is imported, and the environment's proxies and certificates are read, at the first request.

    config:
        `max_connections`, `max_keepalive_connections`, `enable_keepalive` and `max_response_bytes` are
        read when a half is first used. The two halves have connections of their own.
    """

    def __init__(self, config: ApiConfig) -> None:
        self.config = config
        self._lock = threading.Lock()
        self._routes: Routes | None = None
        self._sync: SyncHalf | None = None
        self._async: AsyncHalf | None = None

    def send(self, request: Request) -> Response:
        """Send `request` and read the whole response. See `cocapi.SyncTransport.send`."""
        half = self._sync or self._build_sync()
        return half.send(request)

    async def asend(self, request: Request) -> Response:
        """Send `request` and read the whole response. See `cocapi.AsyncTransport.asend`."""
        half = self._async or self._build_async()
        return await half.send(request)

    def close(self) -> None:
        """Close the connections of synchronous code. Calling it again does nothing."""
        if self._sync is not None:
            self._sync.close()

    async def aclose(self) -> None:
        """Close the connections of asynchronous code. Calling it again does nothing."""
        if self._async is not None:
            await self._async.close()

    def _build_sync(self) -> SyncHalf:
        from cocapi_httpx.synchronous import SyncHalf

        with self._lock:
            self._sync = self._sync or SyncHalf(self.config, self._shared_routes())
            return self._sync

    def _build_async(self) -> AsyncHalf:
        from cocapi_httpx.asynchronous import AsyncHalf

        with self._lock:
            self._async = self._async or AsyncHalf(self.config, self._shared_routes())
            return self._async

    def _shared_routes(self) -> Routes:
        from cocapi_httpx.routes import Routes

        self._routes = self._routes or Routes()
        return self._routes
