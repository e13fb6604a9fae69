"""The transport: attempts in threads and in tasks, along one set of connections."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from cocapi import ApiConfig, Request, Response
from cocapi.clocks import asyncio_loop, elapsed
from cocapi.transport import PooledTransport, timed_out

if TYPE_CHECKING:
    import anyio

    from cocapi_httpx.attempts import Attempts

__all__ = ["HttpxTransport"]


class HttpxTransport(PooledTransport["Attempts"]):
    """Keeps `cocapi.SyncTransport` and `cocapi.AsyncTransport`, the latter on asyncio and trio.

    Its connections belong to no thread and no event loop. At most `max_connections` are in use at once by
    all threads, and as many by the tasks of each event loop.

    httpx is imported, and the environment's proxies and certificates are read, at the first request.

    Args:
        config: `max_connections`, `max_keepalive_connections`, `enable_keepalive` and `max_response_bytes`.
    """

    def __init__(self, config: ApiConfig) -> None:
        super().__init__(config)
        self._loops: WeakKeyDictionary[object, anyio.Semaphore] = WeakKeyDictionary()

    @staticmethod
    def begin(config: ApiConfig) -> Attempts:
        """See `PooledTransport.begin`."""
        from cocapi_httpx.attempts import Attempts

        return Attempts(config)

    async def asend(self, request: Request) -> Response:
        """Send `request` and read the whole response. See `cocapi.AsyncTransport.asend`."""
        import anyio

        deadline = elapsed() + request.timeout
        attempts = self.attempts()
        places = self._places_of_loop()
        try:
            places.acquire_nowait()
        except anyio.WouldBlock:
            with anyio.move_on_after(request.timeout) as waiting:
                await places.acquire()
            if waiting.cancelled_caught:
                raise timed_out(request) from None
        try:
            self.check_open()
            return await attempts.asend(request, deadline)
        finally:
            places.release()

    async def aclose(self) -> None:
        """The same as `close`; it may be awaited in any event loop."""
        self.close()

    def _places_of_loop(self) -> anyio.Semaphore:
        import anyio.lowlevel

        loop = asyncio_loop()
        if loop is None:
            loop = anyio.lowlevel.current_token()
            loop = getattr(loop, "native_token", loop)
        places = self._loops.get(loop)
        if places is None:
            places = self._loops[loop] = anyio.Semaphore(self.config.max_connections, fast_acquire=True)
        return places
