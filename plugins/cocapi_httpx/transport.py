"""httpx as a transport.

Proxies and certificates of the environment (``HTTPS_PROXY``, ``NO_PROXY``, ``SSL_CERT_FILE``, …) are httpx's
own business, and it minds them. What it lacks is added here: an end to the attempt as a whole (its timeouts
are per operation, so a server that drips holds it for ever), a bound for the body, and a queue in front of
the pool (a task that is cancelled while it waits inside the pool can leave its place taken).
"""

from __future__ import annotations

import threading
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cocapi import ApiConfig, Request, Response
from cocapi.transport import lost, outgoing, timed_out, too_large

if TYPE_CHECKING:
    import anyio
    import httpx

__all__ = ["HttpxTransport"]


class Body:
    """Collects a body within its bounds of time and size."""

    def __init__(self, request: Request, deadline: float, limit: int) -> None:
        self.request = request
        self.deadline = deadline
        self.limit = limit
        self.size = 0
        self.chunks: list[bytes] = []

    def add(self, chunk: bytes) -> None:
        """Take a chunk.

        Raises:
            ResponseTooLarge, RequestTimeout: with this chunk a bound is passed.
        """
        self.chunks.append(chunk)
        self.size += len(chunk)
        if self.size > self.limit:
            raise too_large(self.limit)
        if time.monotonic() > self.deadline:
            raise timed_out(self.request)

    def of(self, response: httpx.Response) -> Response:
        """The response with the body that was collected."""
        return Response(response.status_code, dict(response.headers), b"".join(self.chunks))


class HttpxTransport:
    """One httpx client for synchronous and one for asynchronous code, each made at its first request."""

    def __init__(self, config: ApiConfig) -> None:
        self.config = config
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(config.max_connections)

    def send(self, request: Request) -> Response:
        """See `cocapi.SyncTransport.send`."""
        import httpx

        deadline = time.monotonic() + request.timeout
        client = self._client_made_once()
        if not self._places.acquire(timeout=request.timeout):
            raise timed_out(request)
        try:
            body = Body(request, deadline, self.config.max_response_bytes)
            with client.stream(**self._arguments(request)) as response:
                for chunk in response.iter_bytes():
                    body.add(chunk)
            return body.of(response)
        except httpx.TimeoutException as error:
            raise timed_out(request) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise lost(request, error) from error
        finally:
            self._places.release()

    async def asend(self, request: Request) -> Response:
        """See `cocapi.AsyncTransport.asend`."""
        import anyio
        import httpx

        deadline = time.monotonic() + request.timeout
        try:
            with anyio.fail_after(request.timeout):
                await self._async_places.acquire()
        except TimeoutError as error:
            raise timed_out(request) from error
        try:
            body = Body(request, deadline, self.config.max_response_bytes)
            async with self._async_client.stream(**self._arguments(request)) as response:
                async for chunk in response.aiter_bytes():
                    body.add(chunk)
            return body.of(response)
        except httpx.TimeoutException as error:
            raise timed_out(request) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise lost(request, error) from error
        finally:
            self._async_places.release()

    def close(self) -> None:
        """Close the connections of synchronous code."""
        client = self.__dict__.pop("_client", None)
        if client is not None:
            client.close()

    async def aclose(self) -> None:
        """Close the connections of asynchronous code."""
        client = self.__dict__.pop("_async_client", None)
        if client is not None:
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

        return httpx.Client(limits=self._limits())

    @cached_property
    def _async_client(self) -> httpx.AsyncClient:
        import httpx

        return httpx.AsyncClient(limits=self._limits())

    @cached_property
    def _async_places(self) -> anyio.Semaphore:
        import anyio

        return anyio.Semaphore(self.config.max_connections, fast_acquire=True)

    def _limits(self) -> httpx.Limits:
        import httpx

        kept = self.config.max_keepalive_connections if self.config.enable_keepalive else 0
        return httpx.Limits(max_connections=self.config.max_connections, max_keepalive_connections=kept)

    def _arguments(self, request: Request) -> dict[str, Any]:
        headers, content = outgoing(request)
        return {
            "method": request.method,
            "url": request.url,
            "headers": headers,
            "content": content,
            "timeout": request.timeout,
        }
