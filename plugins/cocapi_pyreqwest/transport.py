"""pyreqwest (reqwest, in Rust) as a transport: one library for both modes, on asyncio, not on trio.

Its timeout covers the attempt as a whole, it reads at most as many bytes as it is asked for, and proxies and
certificates of the environment (``HTTPS_PROXY``, ``NO_PROXY``, ``SSL_CERT_FILE``, …) are its own business.

What it lacks is cancellation: a task that is cancelled leaves its request running in Rust until the server
answers or the timeout is over. So tasks queue here, not inside pyreqwest, where such a request would keep
its place; and the connection ends with the request, in the background.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from cocapi import ApiConfig, ConfigError, Request, Response
from cocapi.transport import outgoing, timed_out, too_large

if TYPE_CHECKING:
    from pyreqwest.bytes import Bytes
    from pyreqwest.client import Client, ClientBuilder, SyncClient, SyncClientBuilder
    from pyreqwest.request import RequestBuilder, SyncRequestBuilder
    from pyreqwest.response import BaseResponse

    Builder = TypeVar("Builder", ClientBuilder, SyncClientBuilder)
    Draft = TypeVar("Draft", RequestBuilder, SyncRequestBuilder)

__all__ = ["PyreqwestTransport"]

IDLE = timedelta(seconds=30)
"""A connection that idled longer is not used again: a firewall may have forgotten it."""


class PyreqwestTransport:
    """One client for synchronous and one for asynchronous code, each made at its first request."""

    def __init__(self, config: ApiConfig) -> None:
        self.config = config
        self.limit = config.max_response_bytes
        self._lock = threading.Lock()
        self._client: SyncClient | None = None
        self._async_client: Client | None = None
        self._places = asyncio.Semaphore(config.max_connections)

    def send(self, request: Request) -> Response:
        """See `cocapi.SyncTransport.send`. Threads queue inside pyreqwest, within the timeout."""
        try:
            client = self._client or self._make_client()
            draft = drafted(client.request(request.method, request.url), request, request.timeout)
            with draft.build_streamed() as answer:
                refuse_announced(answer, self.limit)
                return whole(answer, answer.body_reader.read(self.limit + 1), self.limit)
        except Exception as error:
            from cocapi_pyreqwest.failures import tell

            tell(request, error)

    async def asend(self, request: Request) -> Response:
        """See `cocapi.AsyncTransport.asend`.

        Raises:
            ConfigError: the event loop is not asyncio's.
        """
        check_asyncio()
        deadline = time.monotonic() + request.timeout
        await self._wait_for_place(request)
        try:
            client = self._async_client or self._make_async_client()
            left = max(deadline - time.monotonic(), 0.001)
            draft = drafted(client.request(request.method, request.url), request, left)
            async with draft.build_streamed() as answer:
                refuse_announced(answer, self.limit)
                return whole(answer, await answer.body_reader.read(self.limit + 1), self.limit)
        except Exception as error:
            from cocapi_pyreqwest.failures import tell

            tell(request, error)
        finally:
            self._places.release()

    def close(self) -> None:
        """Close the connections of synchronous code. pyreqwest hangs up when nobody holds its client."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    async def aclose(self) -> None:
        """Close the connections of asynchronous code."""
        with self._lock:
            client, self._async_client = self._async_client, None
        if client is not None:
            await client.close()

    async def _wait_for_place(self, request: Request) -> None:
        if not self._places.locked():
            await self._places.acquire()  # returns without a pause
            return
        try:
            async with asyncio.timeout(request.timeout):
                await self._places.acquire()
        except TimeoutError as error:
            raise timed_out(request) from error

    def _make_client(self) -> SyncClient:
        """The synchronous client; threads that come first together make one between them."""
        from pyreqwest.client import SyncClientBuilder

        with self._lock:
            if self._client is None:
                builder = set_up(SyncClientBuilder(), self.config)
                self._client = builder.max_connections(self.config.max_connections).build()
            return self._client

    def _make_async_client(self) -> Client:
        from pyreqwest.client import ClientBuilder

        with self._lock:
            if self._async_client is None:
                self._async_client = set_up(ClientBuilder(), self.config).build()
            return self._async_client


def check_asyncio() -> None:
    """Raise ConfigError on an event loop that pyreqwest does not know."""
    try:
        asyncio.get_running_loop()
    except RuntimeError as error:
        raise ConfigError("pyreqwest knows asyncio only; elsewhere use transport='httpx'") from error


def set_up(builder: Builder, config: ApiConfig) -> Builder:
    """Redirects and idle connections as the transport protocol and the settings want them."""
    kept = config.max_keepalive_connections if config.enable_keepalive else 0
    return builder.follow_redirects(False).pool_max_idle_per_host(kept).pool_idle_timeout(IDLE)


def drafted(draft: Draft, request: Request, seconds: float) -> Draft:
    """The request with its headers and body; it may take `seconds` as a whole."""
    headers, body = outgoing(request)
    draft = draft.headers(headers).timeout(timedelta(seconds=seconds))
    return draft if body is None else draft.body_bytes(body)


def refuse_announced(answer: BaseResponse, limit: int) -> None:
    """Raise ResponseTooLarge before the body is read, where Content-Length already says so."""
    length = answer.get_header("content-length")
    if length is not None and length.isdecimal() and int(length) > limit:
        raise too_large(limit)


def whole(answer: BaseResponse, body: Bytes | None, limit: int) -> Response:
    """The response, with `body` read up to one byte more than `limit`; None: there was none.

    Raises:
        ResponseTooLarge: there was that one byte more.
    """
    content = b"" if body is None else body.to_bytes()
    if len(content) > limit:
        raise too_large(limit)
    return Response(answer.status, joined(answer.headers.items()), content)


def joined(lines: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Header fields by name; lines of one name make one value, with commas (RFC 9110 section 5.3)."""
    fields: dict[str, str] = {}
    for name, value in lines:
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields
