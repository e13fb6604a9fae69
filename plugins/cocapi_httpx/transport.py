"""The transport: attempts in threads and in tasks, along one set of connections."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from cocapi import ApiConfig, ClientClosed, Request, Response
from cocapi.clocks import elapsed
from cocapi.interrupts import reraise, undisturbed
from cocapi.transport import Places, timed_out

if TYPE_CHECKING:
    import anyio

    from cocapi_httpx.attempts import Attempts

__all__ = ["HttpxTransport"]


class HttpxTransport:
    """Keeps `cocapi.SyncTransport` and `cocapi.AsyncTransport`, the latter on asyncio and trio.

    Its connections belong to no thread and no event loop. At most `max_connections` are in use at once by
    all threads, and as many by the tasks of each event loop.

    httpx is imported, and the environment's proxies and certificates are read, at the first request.

    Args:
        config: `max_connections`, `max_keepalive_connections`, `enable_keepalive` and `max_response_bytes`.
    """

    def __init__(self, config: ApiConfig) -> None:
        self.config = config
        self._closed = False
        self._lock = threading.Lock()
        self._attempts: Attempts | None = None
        self._places = Places(config.max_connections)
        self._loops: WeakKeyDictionary[object, anyio.Semaphore] = WeakKeyDictionary()

    def send(self, request: Request) -> Response:
        """Send `request` and read the whole response. See `cocapi.SyncTransport.send`."""
        deadline = elapsed() + request.timeout
        attempts = self._attempts or self._begin()
        try:
            place = self._places.take(request.timeout)
        except TimeoutError as error:
            reraise(error)
            raise timed_out(request) from error
        with place:
            self._check_open()
            return attempts.send(request, deadline)

    async def asend(self, request: Request) -> Response:
        """Send `request` and read the whole response. See `cocapi.AsyncTransport.asend`."""
        import anyio

        deadline = elapsed() + request.timeout
        attempts = self._attempts or self._begin()
        places = self._places_of_loop()
        try:
            places.acquire_nowait()
        except anyio.WouldBlock:
            with anyio.move_on_after(request.timeout) as waiting:
                await places.acquire()
            if waiting.cancelled_caught:
                raise timed_out(request) from None
        try:
            self._check_open()
            return await attempts.asend(request, deadline)
        finally:
            places.release()

    def close(self) -> None:
        """Close the idle connections; one in use is closed when its call ends. Again: nothing happens.

        A call that still waits for a place is not sent; it raises ClientClosed.
        """
        self._closed = True
        if self._attempts is not None:
            self._attempts.idle.close()

    async def aclose(self) -> None:
        """The same; it may be awaited in any event loop."""
        self.close()

    def _check_open(self) -> None:
        if self._closed:
            raise ClientClosed

    def _begin(self) -> Attempts:
        attempts = undisturbed(partial(begun, self.config))
        with self._lock:
            self._attempts = self._attempts or attempts
            return self._attempts

    def _places_of_loop(self) -> anyio.Semaphore:
        import anyio.lowlevel

        token = anyio.lowlevel.current_token()
        loop = getattr(token, "native_token", token)
        places = self._loops.get(loop)
        if places is None:
            places = self._loops[loop] = anyio.Semaphore(self.config.max_connections, fast_acquire=True)
        return places


def begun(config: ApiConfig) -> Attempts:
    from cocapi_httpx.attempts import Attempts

    return Attempts(config)
