"""One attempt: along a kept connection if there is one, and once more along a new one if that proves dead."""

from __future__ import annotations

from cocapi import ApiConfig, Request, Response
from cocapi.interrupts import reraise
from cocapi.transport import IdleConnections, opened_connection
from cocapi_requests.connection import Connection
from cocapi_requests.failures import translate
from cocapi_requests.routes import Routes

__all__ = ["Attempts"]


class Attempts:
    """Makes attempts, and keeps the connections between them."""

    def __init__(self, config: ApiConfig) -> None:
        self.limit = config.max_response_bytes
        self.idle: IdleConnections[Connection] = IdleConnections(config)
        self.routes = Routes()

    def send(self, request: Request, deadline: float) -> Response:
        """An attempt until `cocapi.clocks.elapsed()` reaches `deadline`."""
        route = self.routes[request.base_url]
        try:
            return self._attempt(request, deadline)
        except Exception as error:
            reraise(error)
            translate(request, route, error)

    def close(self) -> None:
        """Close the connections that nobody uses, and keep none from now on."""
        self.idle.close()

    def _attempt(self, request: Request, deadline: float) -> Response:
        route = self.routes[request.base_url]
        connection = self.idle.take(route)
        if connection is not None:
            try:
                return self._exchange(connection, request, deadline)
            except ConnectionError as error:
                reraise(error)
                if request.method != "GET" or not connection.stale:
                    raise
        return self._exchange(Connection(route), request, deadline)

    def _exchange(self, connection: Connection, request: Request, deadline: float) -> Response:
        try:
            response = connection.exchange(connection.route.message(request), self.limit, deadline)
        finally:
            if connection.fresh:
                opened_connection(request)
        self.idle.keep(connection)
        return response
