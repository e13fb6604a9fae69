"""Attempts: in threads, and in the tasks of one event loop."""

from __future__ import annotations

import asyncio

from cocapi import ClientClosed, Request, Response
from cocapi.clocks import elapsed
from cocapi.interrupts import reraise
from cocapi.transport import timed_out
from cocapi_pyreqwest.answers import aread, read
from cocapi_pyreqwest.clients import AsyncClients, SyncClients, drafted
from cocapi_pyreqwest.failures import tell

__all__ = ["Attempts", "Lane"]

SOON = 0.001
"""Seconds that are left to an attempt whose time is up: pyreqwest then says so itself."""


class Attempts:
    """Those of synchronous code; `limit` bounds the bytes of a body."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.clients = SyncClients()

    def send(self, request: Request, deadline: float) -> Response:
        """An attempt until `cocapi.clocks.elapsed()` reaches `deadline`."""
        try:
            client = self.clients[request.base_url]
            draft = drafted(client.request, request, max(deadline - elapsed(), SOON))
            with draft.build_streamed() as answer:
                return read(answer, self.limit)
        except Exception as error:
            reraise(error)
            tell(request, error)

    def close(self) -> None:
        """Let go of the clients."""
        for client in self.clients.drain():
            client.close()


class Lane:
    """Those of one event loop.

    Args:
        places: How many requests may run, those counted that nobody waits for any more.
        limit: Bytes of a body.
    """

    def __init__(self, places: int, limit: int) -> None:
        self.limit = limit
        self.clients = AsyncClients()
        self._closed = False
        self._places = asyncio.Semaphore(places)
        self._running: set[asyncio.Task[None]] = set()

    async def asend(self, request: Request) -> Response:
        """An attempt within `request.timeout` seconds. A cancellation is the caller's: the request, which
        cannot be aborted, runs on in a task of its own, and its outcome is forgotten."""
        deadline = elapsed() + request.timeout
        await self._wait_for_place(request)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Response] = loop.create_future()
        task = loop.create_task(self._deliver(request, deadline, answer))
        self._running.add(task)
        task.add_done_callback(self._ended)
        return await answer

    async def aclose(self) -> None:
        """End what runs; its connections end with their timeouts."""
        self._closed = True
        for client in self.clients.drain():
            await client.close()

    async def _deliver(self, request: Request, deadline: float, answer: asyncio.Future[Response]) -> None:
        """Make an attempt, and tell whoever still waits how it ended in the same step: with `asyncio.shield`
        he would learn of it a turn of the event loop later."""
        try:
            response = await self._attempt(request, deadline)
        except Exception as error:
            if not answer.done():
                answer.set_exception(error)
                answer.exception()  # it is known now, also where nobody waits for it
        else:
            if not answer.done():
                answer.set_result(response)

    async def _attempt(self, request: Request, deadline: float) -> Response:
        try:
            self._check_open()
            client = self.clients[request.base_url]
            draft = drafted(client.request, request, max(deadline - elapsed(), SOON))
            async with draft.build_streamed() as answer:
                return await aread(answer, self.limit)
        except Exception as error:
            reraise(error)
            tell(request, error)

    def _check_open(self) -> None:
        if self._closed:
            raise ClientClosed

    async def _wait_for_place(self, request: Request) -> None:
        if not self._places.locked():
            await self._places.acquire()  # returns without a pause
            return
        try:
            async with asyncio.timeout(request.timeout):
                await self._places.acquire()
        except TimeoutError as error:
            raise timed_out(request) from error

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._places.release()
