"""Values, leases, budgets, logs and streams as keys of a server, each kind below the namespace of the
application."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Collection, Mapping
from functools import partial
from itertools import chain
from typing import Any

from redis.exceptions import NoScriptError, RedisError

from cocapi import Flow, Lease, LogEntry, StoreUnavailable, StreamEntry, do
from cocapi.clocks import asyncio_loop
from cocapi.loops import Threads
from cocapi_redis.connections import Connections
from cocapi_redis.failures import failure_of
from cocapi_redis.options import RedisOptions
from cocapi_redis.permissions import LACKING, denied_command, is_denied, refusal
from cocapi_redis.pipelines import AsyncConnections
from cocapi_redis.scripts import (
    ACKNOWLEDGE,
    ADMIT,
    APPEND,
    EXTEND,
    GET_OR_CLAIM,
    PUBLISH,
    PUT_AND_RELEASE,
    PUT_HELD,
    RECEIVE,
    RELEASE,
    RENEW,
    Script,
)

__all__ = ["RedisStore"]

SCANNED = 1000
"""Keys that a server looks at in one step of `forget`."""

REMEMBERED = 1000
"""Budgets and logs of which this process remembers what it saw last."""

THREADS = 8
"""Threads of a store that work for one event loop of trio, for which redis-py has no connections."""


class RedisStore:
    """A `cocapi.Store` in a server.

    Args:
        connections: For synchronous code and trio.
        async_connections: For asyncio.
        options: The namespace, and how long logs are.
    """

    def __init__(
        self, connections: Connections, async_connections: AsyncConnections, options: RedisOptions
    ) -> None:
        self.connections = connections
        self.async_connections = async_connections
        self.options = options
        self.threads = Threads(THREADS)
        self.dues: dict[str, float] = {}  # by budget, the due that was seen last
        self.positions: dict[str, int] = {}  # by log, the position that was appended last

    def abandon(self) -> None:
        """In the child of a fork: leave the connections to the parent."""
        self.connections.abandon()
        self.async_connections.abandon()

    def get(self, key: str) -> Flow[bytes | None]:
        """See `cocapi.Store.get`."""
        value: bytes | None = yield from self._command("GET", self._key("value", key))
        return value

    def put(self, key: str, value: bytes, seconds: float | None = None) -> Flow[None]:
        """See `cocapi.Store.put`."""
        if seconds is None:
            yield from self._command("SET", self._key("value", key), value)
        elif seconds > 0:
            yield from self._command("SET", self._key("value", key), value, "PX", milliseconds(seconds))
        else:
            yield from self._command("UNLINK", self._key("value", key))

    def forget(self, prefix: str) -> Flow[int]:
        """See `cocapi.Store.forget`. A server looks through all its keys for it, some at a time."""
        pattern = re.sub(rb"([*?\[\]\\^-])", rb"\\\1", self._key("value", prefix)) + b"*"
        count, cursor = 0, b"0"
        while True:
            cursor, keys = yield from self._command("SCAN", cursor, "MATCH", pattern, "COUNT", SCANNED)
            if keys:
                count += yield from self._command("UNLINK", *keys)
            if cursor == b"0":
                return count

    def claim(self, key: str, seconds: float) -> Flow[Lease | None]:
        """See `cocapi.Store.claim`."""
        lease = Lease(key, os.urandom(8).hex())
        reply = yield from self._command(
            "SET", self._key("lease", key), lease.holder, "NX", "PX", milliseconds(seconds)
        )
        return lease if reply is not None else None

    def extend(self, lease: Lease, seconds: float) -> Flow[bool]:
        """See `cocapi.Store.extend`."""
        key = self._key("lease", lease.key)
        return bool((yield from self._run(EXTEND, key, lease.holder, milliseconds(seconds))))

    def release(self, lease: Lease) -> Flow[bool]:
        """See `cocapi.Store.release`."""
        return bool((yield from self._run(RELEASE, self._key("lease", lease.key), lease.holder)))

    def put_held(self, lease: Lease, key: str, value: bytes, seconds: float | None = None) -> Flow[bool]:
        """See `cocapi.Store.put_held`."""
        return bool((yield from self._run(PUT_HELD, *self._keys(lease, key), value, lifetime(seconds))))

    def admit(self, key: str, rate: float, burst: int) -> Flow[float]:
        """See `cocapi.Store.admit`."""
        last_due = self.dues.get(key, 0)
        wait, due = yield from self._run(
            ADMIT, self._key("budget", key), repr(1 / rate), burst, repr(last_due)
        )
        remember(self.dues, key, float(due))
        return float(wait) / 1e6

    def append(self, log: str, content: bytes) -> Flow[int]:
        """See `cocapi.Store.append`."""
        last, most = self.positions.get(log, 0), self.options.max_entries
        identifier = yield from self._run(APPEND, self._key("log", log), content, most, last)
        position = position_of(identifier)
        remember(self.positions, log, max(position, self.positions.get(log, 0)))  # replies may overtake
        return position

    def read(self, log: str, after: int = 0, limit: int = 100) -> Flow[tuple[LogEntry, ...]]:
        """See `cocapi.Store.read`."""
        entries = yield from self._command(
            "XRANGE", self._key("log", log), f"0-{after + 1}", "+", "COUNT", limit
        )
        return tuple(LogEntry(position_of(position), content) for position, (_, content) in entries)

    def trim(self, log: str, keep: int) -> Flow[int]:
        """See `cocapi.Store.trim`."""
        count: int = yield from self._command("XTRIM", self._key("log", log), "MAXLEN", "=", keep)
        return count

    def get_or_claim(self, key: str, seconds: float) -> Flow[bytes | Lease | None]:
        """See `cocapi.Store.get_or_claim`."""
        lease = Lease(key, os.urandom(8).hex())
        reply = yield from self._run(GET_OR_CLAIM, *self._keys(lease, key), milliseconds(seconds))
        return lease if reply == 1 else reply

    def put_and_release(
        self, lease: Lease, key: str, value: bytes, seconds: float | None = None
    ) -> Flow[bool]:
        """See `cocapi.Store.put_and_release`."""
        words = (*self._keys(lease, key), value, lifetime(seconds))
        return bool((yield from self._run(PUT_AND_RELEASE, *words)))

    # What `cocapi.Streams` has

    def publish(
        self, stream: str, source: str, sequence: int, fields: Mapping[str, bytes], keep: int
    ) -> Flow[bool]:
        """See `cocapi.Streams.publish`."""
        keys = (self._key("stream", stream), self._key("sequence", stream))
        contents = chain.from_iterable((name.encode(), content) for name, content in fields.items())
        return bool((yield from self._run(PUBLISH, *keys, source.encode(), sequence, keep, *contents)))

    def receive(
        self, stream: str, group: str, consumer: str, limit: int, idle: float
    ) -> Flow[tuple[StreamEntry, ...]]:
        """See `cocapi.Streams.receive`."""
        entries = yield from self._in_stream(RECEIVE, stream, group, consumer, limit, milliseconds(idle))
        return tuple(
            StreamEntry(name.decode(), dict(zip(map(bytes.decode, parts[::2]), parts[1::2], strict=True)))
            for name, parts in entries
        )

    def renew(self, stream: str, group: str, consumer: str, ids: Collection[str]) -> Flow[tuple[str, ...]]:
        """See `cocapi.Streams.renew`."""
        return tuple(map(bytes.decode, (yield from self._in_stream(RENEW, stream, group, consumer, *ids))))

    def acknowledge(self, stream: str, group: str, consumer: str, entry_id: str) -> Flow[bool]:
        """See `cocapi.Streams.acknowledge`."""
        return bool((yield from self._in_stream(ACKNOWLEDGE, stream, group, consumer, entry_id)))

    def _in_stream(
        self, script: Script, stream: str, group: str, consumer: str, *arguments: str | int
    ) -> Flow[Any]:
        words = (word.encode() if isinstance(word, str) else word for word in (group, consumer, *arguments))
        return (yield from self._run(script, self._key("stream", stream), *words))

    def close(self) -> Flow[None]:
        """See `cocapi.Store.close`."""
        yield from do(self.connections.close, self._close)

    async def _close(self) -> None:
        self.connections.close()
        if asyncio_loop() is not None:
            await self.async_connections.close()

    def _key(self, kind: str, key: str) -> bytes:
        return f"{self.options.namespace}:{kind}:{key}".encode()

    def _keys(self, lease: Lease, key: str) -> tuple[bytes, bytes, str]:
        """What a script begins with that goes by a lease: that of the lease, that of a value, the holder."""
        return self._key("lease", lease.key), self._key("value", key), lease.holder

    def _run(self, script: Script, *arguments: Any) -> Flow[Any]:
        """What a script returns; the server is told its text where it does not know it.

        Args:
            script: What is run.
            arguments: Its keys, then whatever else it takes.
        """
        try:
            return (yield from self._command("EVALSHA", script.sha, script.keys, *arguments))
        except NoScriptError:
            return (yield from self._command("EVAL", script.text, script.keys, *arguments))

    def _command(self, *words: Any) -> Flow[Any]:
        """What the server replies.

        Raises:
            TimeoutError, StoreUnavailable: See `failure_of`.
        """
        try:
            return (yield from self._reply(*words))
        except NoScriptError:
            raise
        except RedisError as error:
            if is_denied(error):
                lacking = yield from self._lacking(error)
                raise StoreUnavailable(refusal(lacking, f"{self.options.namespace}:*")) from error
            raise failure_of(error) from error

    def _reply(self, *words: Any) -> Flow[Any]:
        command = partial(self.connections.command, *words)
        return do(command, partial(self._awaited, *words), within=self.connections.within)

    def _lacking(self, error: RedisError) -> Flow[set[str]]:
        """All commands that the user may not run, after one was refused: they are granted together."""
        denied = denied_command(error)
        try:
            names = yield from self._reply("EVAL", LACKING.text, LACKING.keys, self._key("none", ""))
        except RedisError as failure:
            return denied | denied_command(failure)
        return denied | set(map(bytes.decode, names))

    async def _awaited(self, *words: Any) -> Any:
        """The same on an event loop."""
        if asyncio_loop() is not None:
            return await self.async_connections.command(*words)
        return await self.threads.run(partial(self.connections.command, *words))


def milliseconds(seconds: float) -> int:
    """As servers count; some at least, for they refuse 0."""
    return max(1, math.ceil(seconds * 1000))


def lifetime(seconds: float | None) -> int:
    """How long a value is kept, as scripts are told: milliseconds; 0: not at all; -1: without end."""
    if seconds is None:
        return -1
    return milliseconds(seconds) if seconds > 0 else 0


def position_of(identifier: bytes) -> int:
    """The position of an entry of a stream."""
    return int(identifier.partition(b"-")[2])


def remember(seen: dict[str, Any], key: str, value: Any) -> None:
    """Keep what was seen last, of not too many keys."""
    seen.pop(key, None)
    if len(seen) >= REMEMBERED:
        seen.pop(next(iter(seen)), None)
    seen[key] = value
