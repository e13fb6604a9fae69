"""pyreqwest (reqwest, in Rust) as a transport: one library for both modes, on asyncio, not on trio.

What it lacks decides how it is used. It cannot abort a request: one that is given up runs on in Rust, with
its connection, until the server answers or its timeout is over, even when its client is closed. So each has
a task of its own here, which keeps its place until then: there are never more than `max_connections` of
them. It does not tell what waits on an idle connection, so none is kept. And it hears no signal.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from cocapi import ApiConfig, ClientClosed, ConfigError, Request, Response
from cocapi.clocks import elapsed
from cocapi.interrupts import reraise
from cocapi.transport import Places, timed_out

if TYPE_CHECKING:
    from cocapi_pyreqwest.attempts import Attempts, Lane

__all__ = ["PyreqwestTransport"]


class PyreqwestTransport:
    """Keeps `cocapi.SyncTransport`, and `cocapi.AsyncTransport` on asyncio, with clients for each event loop.

    Args:
        config: `max_connections` and `max_response_bytes`.
    """

    def __init__(self, config: ApiConfig) -> None:
        self.config = config
        self._closed = False
        self._lock = threading.Lock()
        self._places = Places(config.max_connections)
        self._attempts: Attempts | None = None
        self._lanes: WeakKeyDictionary[asyncio.AbstractEventLoop, Lane] = WeakKeyDictionary()

    def send(self, request: Request) -> Response:
        """See `cocapi.SyncTransport.send`. Signals are heard when it returns."""
        deadline = elapsed() + request.timeout
        try:
            place = self._places.take(request.timeout)
        except TimeoutError as error:
            reraise(error)
            raise timed_out(request) from error
        with place:
            self._check_open()
            return (self._attempts or self._begin()).send(request, deadline)

    async def asend(self, request: Request) -> Response:
        """See `cocapi.AsyncTransport.asend`.

        Raises:
            ConfigError: The event loop is not asyncio's.
        """
        lane = self._lane()
        self._check_open()
        return await lane.asend(request)

    def close(self) -> None:
        """Let go of the clients of synchronous code; a call that still waits for a place is not sent."""
        self._closed = True
        if self._attempts is not None:
            self._attempts.close()

    async def aclose(self) -> None:
        """The same for all event loops; calls under way end with ClientClosed."""
        self.close()
        for lane in list(self._lanes.values()):
            await lane.aclose()

    def _check_open(self) -> None:
        if self._closed:
            raise ClientClosed

    def _begin(self) -> Attempts:
        from cocapi_pyreqwest.attempts import Attempts

        with self._lock:
            self._attempts = self._attempts or Attempts(self.config.max_response_bytes)
            return self._attempts

    def _lane(self) -> Lane:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError as error:
            raise ConfigError("pyreqwest knows asyncio only; elsewhere use transport='httpx'") from error
        lane = self._lanes.get(loop)
        if lane is None:
            from cocapi_pyreqwest.attempts import Lane

            lane = self._lanes[loop] = Lane(self.config.max_connections, self.config.max_response_bytes)
        return lane
