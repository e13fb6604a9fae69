"""pyreqwest (reqwest, in Rust) as a transport: one library for both modes.

Its timeout covers the attempt as a whole, and it reads at most as many bytes as it is asked for. It cannot
abort what it has begun: a request whose task is cancelled ends in the background, by its answer or at its
timeout. So asynchronous code queues here and not inside, where a cancelled task would keep its place. It runs
on asyncio, not on trio.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from cocapi import ApiConfig, ConnectionFailed, Request, RequestTimeout, Response
from cocapi.transport import lost, outgoing, timed_out, too_large

if TYPE_CHECKING:
    import anyio
    from pyreqwest.bytes import Bytes
    from pyreqwest.client import BaseClientBuilder, Client, SyncClient
    from pyreqwest.exceptions import RequestError
    from pyreqwest.request import BaseRequestBuilder
    from pyreqwest.response import BaseResponse

    Builder = TypeVar("Builder", bound=BaseClientBuilder)
    Building = TypeVar("Building", bound=BaseRequestBuilder)

__all__ = ["PyreqwestTransport"]


class PyreqwestTransport:
    """One client for synchronous and one for asynchronous code, each made at its first request."""

    def __init__(self, config: ApiConfig) -> None:
        self.config = config
        self._lock = threading.Lock()
        self._amount = config.max_response_bytes + 1  # one more tells that there is more

    def send(self, request: Request) -> Response:
        """See `cocapi.SyncTransport.send`."""
        from pyreqwest.exceptions import RequestError

        building = self._client_made_once().request(request.method, request.url)
        try:
            with self._dressed(building, request, request.timeout).build_streamed() as response:
                return self._response(response, response.body_reader.read(self._amount))
        except RequestError as error:
            raise told(request, error) from error

    async def asend(self, request: Request) -> Response:
        """See `cocapi.AsyncTransport.asend`."""
        import anyio
        from pyreqwest.exceptions import RequestError

        building = self._async_client.request(request.method, request.url)
        with anyio.move_on_after(request.timeout) as waiting:
            await self._places.acquire()
        if waiting.cancelled_caught:
            raise timed_out(request)
        left = max(waiting.deadline - anyio.current_time(), 0.001)
        try:
            async with self._dressed(building, request, left).build_streamed() as response:
                return self._response(response, await response.body_reader.read(self._amount))
        except RequestError as error:
            raise told(request, error) from error
        finally:
            self._places.release()

    def close(self) -> None:
        """Close the connections of synchronous code."""
        client = self.__dict__.pop("_client", None)
        if client is not None:
            client.close()

    async def aclose(self) -> None:
        """Close the connections of asynchronous code."""
        client = self.__dict__.pop("_async_client", None)
        if client is not None:
            await client.close()

    def _response(self, response: BaseResponse, body: Bytes | None) -> Response:
        content = body.to_bytes() if body is not None else b""
        if len(content) == self._amount:
            raise too_large(self.config.max_response_bytes)
        return Response(response.status, lower(response.headers), content)

    def _client_made_once(self) -> SyncClient:
        """The synchronous client; threads that come first together make one between them."""
        if "_client" not in self.__dict__:
            with self._lock:
                return self._client
        return self._client

    @cached_property
    def _client(self) -> SyncClient:
        from pyreqwest.client import SyncClientBuilder

        return self._set_up(SyncClientBuilder()).max_connections(self.config.max_connections).build()

    @cached_property
    def _async_client(self) -> Client:
        from pyreqwest.client import ClientBuilder

        return self._set_up(ClientBuilder()).build()

    @cached_property
    def _places(self) -> anyio.Semaphore:
        import anyio

        return anyio.Semaphore(self.config.max_connections, fast_acquire=True)

    def _set_up(self, builder: Builder) -> Builder:
        """Redirects and kept connections, as the transport protocol and the settings want them."""
        kept = self.config.max_keepalive_connections if self.config.enable_keepalive else 0
        return builder.follow_redirects(False).pool_max_idle_per_host(kept)

    def _dressed(self, building: Building, request: Request, seconds: float) -> Building:
        """The request with its headers and body, and the seconds that it may take as a whole."""
        headers, body = outgoing(request)
        building = building.headers(headers).timeout(timedelta(seconds=seconds))
        return building if body is None else building.body_bytes(body)


def lower(headers: Mapping[str, str]) -> dict[str, str]:
    """Header fields by name in lower case, as reqwest already has them."""
    return dict(headers.items())


def told(request: Request, error: RequestError) -> RequestTimeout | ConnectionFailed:
    """pyreqwest's error as one of the tree, with the causes that it lists."""
    from pyreqwest.exceptions import RequestTimeoutError

    if isinstance(error, RequestTimeoutError):
        return timed_out(request)
    causes = [cause["message"] for cause in error.details.get("causes") or ()]
    return lost(request, Exception(causes[-1] if causes else error.message))
