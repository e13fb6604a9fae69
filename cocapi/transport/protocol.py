"""The protocol that a transport keeps. The core itself knows no HTTP library.

A transport is offered by a plugin's `cocapi_transport` hook and lives as long as its client. It opens
its connections at the first request, keeps them, and gives each back also when a call is cancelled. After
a fork the child asks the plugins for another one: two processes never share a connection.
"""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias, runtime_checkable

from cocapi.calls.messages import Request, Response

__all__ = ["AsyncTransport", "InnerTransport", "Mode", "SyncTransport", "Transport"]

Mode: TypeAlias = Literal["sync", "asyncio", "trio"]
"""What a client sends from: threads, or the tasks of one of two kinds of event loop."""


@runtime_checkable
class SyncTransport(Protocol):
    """Sends from synchronous code; used by many threads at once."""

    def send(self, request: Request) -> Response:
        """Send `request` and read the whole response, whatever its status code.

        `request.headers` now carries the token. Redirects are not followed: the token would go along.
        The attempt as a whole takes `request.timeout` seconds at most.

        Raises:
            RequestTimeout: It took longer.
            ConnectionFailed: The connection was refused or lost, or the response was cut off.
            ResponseTooLarge: More than `ApiConfig.max_response_bytes` after content decoding.
        """
        ...

    def close(self) -> None:
        """Close all connections. Calling it again does nothing."""
        ...


@runtime_checkable
class AsyncTransport(Protocol):
    """Sends from asynchronous code; used by many tasks of one event loop at once."""

    async def asend(self, request: Request) -> Response:
        """Like `SyncTransport.send`. When cancelled, the connection is given back or closed."""
        ...

    async def aclose(self) -> None:
        """Close all connections. Calling it again does nothing."""
        ...


Transport: TypeAlias = SyncTransport | AsyncTransport
"""A transport keeps one protocol or both; a client that needs the other says so in one sentence."""


class InnerTransport(SyncTransport, AsyncTransport, Protocol):
    """What `cocapi_wrap_transport` is given: it adds the token itself, takes it out of what comes back, and
    has the methods of both modes, of which those of its mode may be used."""
