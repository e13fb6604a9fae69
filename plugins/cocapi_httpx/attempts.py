"""One attempt: along a kept connection if there is one, and once more along a new one if that proves dead."""

from __future__ import annotations

import h11

from cocapi import ApiConfig, Request, Response
from cocapi.interrupts import reraise
from cocapi.transport import IdleConnections, opened_connection
from cocapi_httpx.connection import Connection
from cocapi_httpx.failures import translate
from cocapi_httpx.routes import Routes
from cocapi_httpx.steps import Steps, arun, run

__all__ = ["Attempts"]


class Attempts:
    """Makes attempts, and keeps the connections between them."""

    def __init__(self, config: ApiConfig) -> None:
        self.limit = config.max_response_bytes
        self.idle: IdleConnections[Connection] = IdleConnections(config)
        self.routes = Routes()

    def send(self, request: Request, deadline: float) -> Response:
        """An attempt in this thread, until `cocapi.clocks.elapsed()` reaches `deadline`."""
        route = self.routes[request.base_url]
        try:
            return run(self._attempt(request), deadline)
        except Exception as error:
            reraise(error)
            translate(request, route, error)

    async def asend(self, request: Request, deadline: float) -> Response:
        """An attempt in this task."""
        route = self.routes[request.base_url]
        try:
            return await arun(self._attempt(request), deadline)
        except Exception as error:
            reraise(error)
            translate(request, route, error)

    def close(self) -> None:
        """Close the connections that nobody uses, and keep none from now on."""
        self.idle.close()

    def _attempt(self, request: Request) -> Steps[Response]:
        route = self.routes[request.base_url]
        connection = self.idle.take(route)
        if connection is not None:
            try:
                return (yield from self._exchange(connection, request))
            except (OSError, h11.RemoteProtocolError) as error:
                reraise(error)
                if request.method != "GET" or not connection.stale:
                    raise
        return (yield from self._exchange(Connection(route), request))

    def _exchange(self, connection: Connection, request: Request) -> Steps[Response]:
        try:
            response = yield from connection.exchange(connection.route.message(request), self.limit)
        finally:
            if connection.fresh:
                opened_connection(request)
        self.idle.keep(connection)
        return response
