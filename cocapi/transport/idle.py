"""The connections of a transport that nobody uses at the moment."""

from __future__ import annotations

import threading
from typing import Generic, Protocol, TypeVar

from cocapi.clocks import elapsed
from cocapi.config import ApiConfig

__all__ = ["IdleConnections", "ReusableConnection"]

IDLE_SECONDS = 30.0
"""A connection that idled longer is not used again: a firewall may have forgotten it."""


class ReusableConnection(Protocol):
    """What `IdleConnections` asks of a connection.

    Attributes:
        idle_since: When it was put aside, by `cocapi.transport.elapsed`.
    """

    idle_since: float

    @property
    def route(self) -> object:
        """Where it leads: it serves requests along this very route."""
        ...

    @property
    def finished(self) -> bool:
        """Whether its last response was whole, and both sides may go on."""
        ...

    def quiet(self) -> bool:
        """Whether nothing waits to be read on it: what does would be taken for the next answer."""
        ...

    def close(self) -> None:
        """Close it. Again: nothing happens."""
        ...


C = TypeVar("C", bound=ReusableConnection)


class IdleConnections(Generic[C]):
    """The one given back last is taken first, for it is the least stale.

    Args:
        config: `max_keepalive_connections` and `enable_keepalive`.
    """

    def __init__(self, config: ApiConfig) -> None:
        self._room = config.max_keepalive_connections if config.enable_keepalive else 0
        self._connections: list[C] = []
        self._lock = threading.Lock()

    def take(self, route: object) -> C | None:
        """A connection along `route` that may be used; None when there is none."""
        while (connection := self._last(route)) is not None:
            if elapsed() - connection.idle_since < IDLE_SECONDS and quiet(connection):
                return connection
            connection.close()
        return None

    def keep(self, connection: C) -> None:
        """Put a connection aside, or close it where it may not be kept or there is no room for it. Whether it
        is quiet is asked when it is taken: what matters is what waits on it then."""
        if connection.finished:
            connection.idle_since = elapsed()
            with self._lock:
                if len(self._connections) < self._room:
                    self._connections.append(connection)
                    return
        connection.close()

    def close(self) -> None:
        """Close all, and keep none from now on."""
        with self._lock:
            connections, self._connections, self._room = self._connections, [], 0
        for connection in connections:
            connection.close()

    def _last(self, route: object) -> C | None:
        with self._lock:
            for connection in reversed(self._connections):
                if connection.route is route:
                    self._connections.remove(connection)
                    return connection
        return None


def quiet(connection: ReusableConnection) -> bool:
    """Ask whether it is quiet; a connection that an interrupt hits meanwhile is nobody's, and is closed."""
    try:
        return connection.quiet()
    except BaseException:
        connection.close()
        raise
