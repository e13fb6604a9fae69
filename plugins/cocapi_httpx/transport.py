"""httpx as a transport.

Proxies and certificates of the environment (``HTTPS_PROXY``, ``NO_PROXY``, ``SSL_CERT_FILE``, …) are httpx's
own business, and it minds them. What it lacks is added here: an end to the attempt as a whole (its timeouts
are per operation, so a server that drips holds it for ever), a bound for the body, and a queue in front of
the connections, so that waiting for one can end in time.

Asynchronous code has one httpx client for each connection, lent to one call at a time and closed when that
call ends early. One client for all would lose places: a task that is cancelled at the wrong moment leaves a
connection in httpcore's pool that nobody opens and nobody removes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cocapi import ApiConfig, Request, Response
from cocapi.transport import lost, outgoing, timed_out, too_large

if TYPE_CHECKING:
    import ssl

    import anyio
    import httpx

__all__ = ["HttpxTransport"]


class HttpxTransport:
    """Keeps `cocapi.SyncTransport` and `cocapi.AsyncTransport`; httpx is imported at the first request."""

    def __init__(self, config: ApiConfig) -> None:
        self.config = config
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(config.max_connections)
        self._kept = config.max_keepalive_connections if config.enable_keepalive else 0
        self._idle: list[httpx.AsyncClient] = []

    def send(self, request: Request) -> Response:
        """See `cocapi.SyncTransport.send`."""
        import httpx

        deadline = time.monotonic() + request.timeout
        client = self._client_made_once()
        if not self._places.acquire(timeout=request.timeout):
            raise timed_out(request)
        chunks, size = [], 0
        try:
            with client.stream(**arguments(request), timeout=request.timeout) as response:
                for chunk in response.iter_bytes():
                    chunks.append(chunk)
                    size += len(chunk)
                    if size > self.config.max_response_bytes:
                        raise too_large(self.config.max_response_bytes)
                    if time.monotonic() > deadline:
                        raise timed_out(request)
            return Response(response.status_code, dict(response.headers), b"".join(chunks))
        except httpx.TimeoutException as error:
            raise timed_out(request) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise lost(request, error) from error
        finally:
            self._places.release()

    async def asend(self, request: Request) -> Response:
        """See `cocapi.AsyncTransport.asend`.

        Leaving a loop over an asynchronous generator early leaves the generator open, so both bounds end
        the attempt by cancelling what it waits for.
        """
        import anyio
        import httpx

        chunks, size = [], 0
        try:
            with anyio.move_on_after(request.timeout) as bounds:
                async with (
                    self._lent_client() as client,
                    client.stream(**arguments(request), timeout=None) as response,
                ):
                    async for chunk in response.aiter_bytes():
                        chunks.append(chunk)
                        size += len(chunk)
                        if size > self.config.max_response_bytes:
                            bounds.cancel()
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise lost(request, error) from error
        if size > self.config.max_response_bytes:
            raise too_large(self.config.max_response_bytes)
        if bounds.cancelled_caught:
            raise timed_out(request)
        return Response(response.status_code, dict(response.headers), b"".join(chunks))

    def close(self) -> None:
        """Close the connections of synchronous code."""
        client = self.__dict__.pop("_client", None)
        if client is not None:
            client.close()

    async def aclose(self) -> None:
        """Close the connections of asynchronous code; one in use is closed when its call ends."""
        self._kept = 0
        while self._idle:
            await self._idle.pop().aclose()

    @asynccontextmanager
    async def _lent_client(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client with one connection, for one call. The one given back last is lent first."""
        import anyio

        async with self._async_places:
            client = self._idle.pop() if self._idle else self._new_async_client()
            whole = False
            try:
                yield client
                whole = True
            finally:
                if whole and len(self._idle) < self._kept:
                    self._idle.append(client)
                else:
                    with anyio.CancelScope(shield=True):
                        await client.aclose()

    def _client_made_once(self) -> httpx.Client:
        """The synchronous client; threads that come first together make one between them."""
        if "_client" not in self.__dict__:
            with self._lock:
                return self._client
        return self._client

    @cached_property
    def _client(self) -> httpx.Client:
        import httpx

        limits = httpx.Limits(
            max_connections=self.config.max_connections, max_keepalive_connections=self._kept
        )
        return httpx.Client(limits=limits, verify=self._ssl_context)

    def _new_async_client(self) -> httpx.AsyncClient:
        import httpx

        limits = httpx.Limits(max_connections=1, max_keepalive_connections=min(self._kept, 1))
        return httpx.AsyncClient(limits=limits, verify=self._ssl_context)

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        """Made once: it costs more than a client. Trusts what the environment says."""
        import httpx

        return httpx.create_ssl_context()

    @cached_property
    def _async_places(self) -> anyio.Semaphore:
        import anyio

        return anyio.Semaphore(self.config.max_connections, fast_acquire=True)


def arguments(request: Request) -> dict[str, Any]:
    """What httpx wants to know of a request."""
    headers, content = outgoing(request)
    return {"method": request.method, "url": request.url, "headers": headers, "content": content}
