"""What transports that keep connections have in common: places, a late beginning, and an end."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from functools import partial
from typing import Generic, Protocol, TypeVar

from cocapi.calls.messages import Request, Response
from cocapi.clocks import elapsed
from cocapi.config import ApiConfig
from cocapi.errors import ClientClosed
from cocapi.interrupts import reraise, undisturbed
from cocapi.transport.failures import timed_out
from cocapi.transport.places import Places

__all__ = ["Attempting", "PooledTransport"]


class Attempting(Protocol):
    """What makes the attempts of a `PooledTransport`, and keeps its connections."""

    def send(self, request: Request, deadline: float) -> Response:
        """Make an attempt in this thread, until `cocapi.transport.elapsed()` reaches `deadline`."""
        ...

    def close(self) -> None:
        """Close the connections that nobody uses; one in use is closed when its call ends."""
        ...


A = TypeVar("A", bound=Attempting)


class PooledTransport(ABC, Generic[A]):
    """Keeps `cocapi.SyncTransport`: at most `max_connections` calls of all threads are under way.

    A library is imported, and the environment's proxies and certificates are read, at the first request.

    Args:
        config: `max_connections`, and what `begin` reads of it.
    """

    def __init__(self, config: ApiConfig) -> None:
        self.config: ApiConfig = config
        self._closed = False
        self._lock = threading.Lock()
        self._attempts: A | None = None
        self._places = Places(config.max_connections)

    @staticmethod
    @abstractmethod
    def begin(config: ApiConfig) -> A:
        """What makes the attempts; called undisturbed by interrupts, perhaps by two threads at once."""

    def send(self, request: Request) -> Response:
        """Send `request` and read the whole response. See `cocapi.SyncTransport.send`."""
        deadline = elapsed() + request.timeout
        attempts = self.attempts()
        try:
            place = self._places.take(request.timeout)
        except TimeoutError as error:
            reraise(error)
            raise timed_out(request) from error
        with place:
            self.check_open()
            return attempts.send(request, deadline)

    def close(self) -> None:
        """Close the idle connections; one in use is closed when its call ends. Again: nothing happens.

        A call that still waits for a place is not sent; it raises ClientClosed.
        """
        self._closed = True
        if self._attempts is not None:
            self._attempts.close()

    def check_open(self) -> None:
        """Raise ClientClosed when it is closed."""
        if self._closed:
            raise ClientClosed

    def attempts(self) -> A:
        """What makes the attempts, from the first one on."""
        if self._attempts is None:
            begun = undisturbed(partial(self.begin, self.config))
            with self._lock:
                self._attempts = self._attempts or begun
        return self._attempts
