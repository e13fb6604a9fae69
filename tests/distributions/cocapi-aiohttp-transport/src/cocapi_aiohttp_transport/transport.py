"""The transport: how many attempts are made at once, and how long each may take."""

from __future__ import annotations

import asyncio
import ssl
from functools import cached_property
from weakref import WeakKeyDictionary

from cocapi import ApiConfig, ClientClosed, Request, Response
from cocapi.transport import timed_out

from cocapi_aiohttp_transport.attempts import attempt

__all__ = ["AiohttpTransport"]


class AiohttpTransport:
    """Keeps `cocapi.AsyncTransport`, in any number of event loops of asyncio.

    Nothing outlives an attempt: no session, no connection. So there is nothing that belongs to an event loop
    which has ended, or to the parent of a fork, and nothing to close.

    Args:
        config: `max_connections` and `max_response_bytes`.
    """

    def __init__(self, config: ApiConfig) -> None:
        self.config = config
        self._closed = False
        self._places: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

    async def asend(self, request: Request) -> Response:
        """See `cocapi.AsyncTransport.asend`; the time in line for a connection counts."""
        try:
            async with asyncio.timeout(request.timeout), self._places_here():
                self._check_open()
                return await attempt(request, self._certificates, self.config.max_response_bytes)
        except TimeoutError as error:
            raise timed_out(request) from error

    async def aclose(self) -> None:
        """Send nothing more. Attempts under way end as they would."""
        self._closed = True

    @cached_property
    def _certificates(self) -> ssl.SSLContext:
        """The certificates to trust, read with the first attempt."""
        return ssl.create_default_context()

    def _check_open(self) -> None:
        if self._closed:
            raise ClientClosed

    def _places_here(self) -> asyncio.Semaphore:
        """The places of this event loop: tasks of several loops cannot wait for one another."""
        loop = asyncio.get_running_loop()
        return self._places.setdefault(loop, asyncio.Semaphore(self.config.max_connections))
