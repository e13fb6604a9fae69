"""httpcore's network, watched: no operation outlasts the attempt that it belongs to.

httpcore bounds each read and write by itself, so a server that sends one byte a second could hold an
attempt for ever. Here every operation is given what is left of the attempt as a whole.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore

from cocapi.transport import addresses

__all__ = ["AsyncNetwork", "Network", "Watch"]


class Watch:
    """What is known of the attempt that a connection serves.

    fresh:
        Whether the connection was opened by this attempt, not kept from an earlier one.
    heard:
        Whether any byte came back.
    """

    def __init__(self) -> None:
        self.begin(0.0)

    def begin(self, deadline: float) -> None:
        """Start an attempt that ends when `time.monotonic()` reaches `deadline`."""
        self.deadline = deadline
        self.fresh = False
        self.heard = False

    def left(self) -> float:
        """Seconds that the attempt still has.

        Raises:
            httpcore.TimeoutException: it has none.
        """
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise httpcore.TimeoutException("the attempt took too long as a whole")
        return seconds

    @property
    def stale(self) -> bool:
        """Whether a failure may be laid to a kept connection that the server had already closed."""
        return not self.fresh and not self.heard


class Network(httpcore.NetworkBackend):
    """Opens the connections of synchronous code.

    stream:
        The stream opened last.
    """

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.stream: Stream | None = None
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Try one address of `host` after the other, all within the attempt's time."""
        self.watch.fresh = True
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in resolved(host, port, self.watch.left()):
            try:
                stream = self._backend.connect_tcp(
                    address, port, self.watch.left(), local_address, socket_options
                )
            except httpcore.ConnectError as error:
                failure = error
            else:
                return Stream(stream, self)
        raise failure

    def close(self) -> None:
        """Close what was opened, whatever state the connection above it is in."""
        if self.stream is not None:
            self.stream.close()


def resolved(host: str, port: int, seconds: float) -> list[str]:
    """The IP addresses of `host`, found within `seconds`; see `cocapi.transport.addresses`.

    Raises:
        httpcore.ConnectTimeout: it took longer.
        httpcore.ConnectError: the name is not known.
    """
    try:
        return addresses(host, port, seconds)
    except TimeoutError as error:
        raise httpcore.ConnectTimeout(str(error)) from error
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error


class Stream(httpcore.NetworkStream):
    """One open connection of synchronous code."""

    def __init__(self, stream: httpcore.NetworkStream, network: Network) -> None:
        self._stream = stream
        self._network = network
        self._watch = network.watch
        network.stream = self

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there, at most `max_bytes`; ``b""`` at the end."""
        data = self._stream.read(max_bytes, self._watch.left())
        self._watch.heard = self._watch.heard or bool(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of `buffer`."""
        self._stream.write(buffer, self._watch.left())

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """The same connection, encrypted."""
        return Stream(self._stream.start_tls(ssl_context, server_hostname, self._watch.left()), self._network)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore wants to know of the connection."""
        return self._stream.get_extra_info(info)


class AsyncNetwork(httpcore.AsyncNetworkBackend):
    """Opens the connections of asynchronous code, on asyncio and trio alike.

    stream:
        The stream opened last.
    """

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.stream: AsyncStream | None = None
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Try the addresses of `host` side by side (RFC 8305), within the attempt's time."""
        self.watch.fresh = True
        stream = await self._backend.connect_tcp(host, port, self.watch.left(), local_address, socket_options)
        return AsyncStream(stream, self)

    async def aclose(self) -> None:
        """Close what was opened, whatever state the connection above it is in."""
        if self.stream is not None:
            await self.stream.aclose()


class AsyncStream(httpcore.AsyncNetworkStream):
    """One open connection of asynchronous code."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, network: AsyncNetwork) -> None:
        self._stream = stream
        self._network = network
        self._watch = network.watch
        network.stream = self

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
    ) -> bytes:
        """Read what is there, at most `max_bytes`; ``b""`` at the end."""
        data = await self._stream.read(max_bytes, self._watch.left())
        self._watch.heard = self._watch.heard or bool(data)
        return data

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
    ) -> None:
        """Write all of `buffer`."""
        await self._stream.write(buffer, self._watch.left())

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        """The same connection, encrypted."""
        stream = await self._stream.start_tls(ssl_context, server_hostname, self._watch.left())
        return AsyncStream(stream, self._network)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore wants to know of the connection."""
        return self._stream.get_extra_info(info)
