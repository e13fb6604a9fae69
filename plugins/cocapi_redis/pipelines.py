"""Commands of one event loop that go to a server together.

Tasks that ask in the same turn of their event loop share one packet there and one back, as tasks that were
woken together do. That is most of what a command costs its process: a busy one sends fewer packets, not
later ones. Each pipeline has a connection of its own while it lasts, so none waits for another's replies.
"""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from typing import Any

from redis.exceptions import RedisError, ResponseError

from cocapi.interrupts import reraise
from cocapi.pools import abandon
from cocapi_redis.connections import Login

__all__ = ["AsyncConnections"]


class AsyncConnections:
    """For tasks of asyncio; each event loop has its own.

    Args:
        login: How the server is reached.
    """

    def __init__(self, login: Login) -> None:
        self.login = login
        self._pipelines_of: weakref.WeakKeyDictionary[Any, Pipelines] = weakref.WeakKeyDictionary()

    async def command(self, *words: Any) -> Any:
        """As `Connections.command`, awaited."""
        loop = asyncio.get_running_loop()
        pipelines = self._pipelines_of.get(loop)
        if pipelines is None:
            pipelines = self._pipelines_of[loop] = Pipelines(self.login)
        return await pipelines.next().reply_to(words)

    async def close(self) -> None:
        """Close those of the running event loop; those of one that has ended are closed with it."""
        pipelines = self._pipelines_of.pop(asyncio.get_running_loop(), None)
        if pipelines is not None:
            await pipelines.close()

    def abandon(self) -> None:
        """In the child of a fork: forget them."""
        abandon(self._pipelines_of)
        self._pipelines_of = weakref.WeakKeyDictionary()


class Pipeline:
    """Commands of one turn of an event loop.

    Attributes:
        task: What sends them and reads their replies.
    """

    task: asyncio.Task[None]

    def __init__(self) -> None:
        self.commands: list[tuple[Any, ...]] = []
        self.replies: list[asyncio.Future[Any]] = []

    async def reply_to(self, words: tuple[Any, ...]) -> Any:
        """Wait for the reply to a command. When nobody waits for any, the connection is given up."""
        reply = asyncio.get_running_loop().create_future()
        self.commands.append(words)
        self.replies.append(reply)
        try:
            return await reply
        except asyncio.CancelledError:
            if all(reply.done() for reply in self.replies):
                self.task.cancel()
            raise

    async def exchange(self, connection: Any) -> None:
        """Send the commands, and hand each reply to whoever waits for it."""
        await connection.send_packed_command(connection.pack_commands(self.commands))
        for reply in self.replies:
            try:
                words = await connection.read_response(disable_decoding=True)
            except ResponseError as error:
                refuse(reply, error)
            else:
                if not reply.done():
                    reply.set_result(words)

    def fail(self, error: BaseException) -> None:
        """Tell those who still wait that there will be no reply."""
        for reply in self.replies:
            if isinstance(error, Exception):
                refuse(reply, error)
            else:
                reply.cancel()


class Pipelines:
    """The pipelines of one event loop, and the connections that none of them uses.

    Args:
        login: How the server is reached.
    """

    def __init__(self, login: Login) -> None:
        self.login = login
        self._idle: deque[Any] = deque()
        self._next: Pipeline | None = None
        self._closed = False

    def next(self) -> Pipeline:
        """The one that sets out in the next turn of the event loop."""
        pipeline = self._next
        if pipeline is None:
            pipeline = self._next = Pipeline()
            pipeline.task = asyncio.get_running_loop().create_task(self._run(pipeline))
        return pipeline

    async def close(self) -> None:
        """Close the connections; one that is in use, when its replies are read."""
        self._closed = True
        while self._idle:
            await self._idle.pop().disconnect()

    async def _run(self, pipeline: Pipeline) -> None:
        self._next = None
        connection = await self._idle_one() or self.login.async_connection()
        try:
            await pipeline.exchange(connection)
        except BaseException as error:  # a cancellation, too, is for all who wait; it goes on below
            await connection.disconnect(nowait=True)
            pipeline.fail(error)
            if not isinstance(error, Exception):
                raise
        else:
            self._idle.append(connection)
            if self._closed:
                await self.close()

    async def _idle_one(self) -> Any:
        while self._idle:
            connection = self._idle.pop()
            if not await is_readable(connection):
                return connection
            await connection.disconnect(nowait=True)
        return None


def refuse(reply: asyncio.Future[Any], error: Exception) -> None:
    """End a wait with an error, unless it has ended."""
    if not reply.done():
        reply.set_exception(error)


async def is_readable(connection: Any) -> bool:
    """Whether something is to be read, as must not be where no command waits for a reply; a connection that
    was closed has its end to be read."""
    readable = getattr(connection, "can_read", None) or connection.can_read_destructive  # before redis-py 8
    try:
        return bool(await readable())
    except (RedisError, OSError) as error:
        reraise(error)
        return True
