"""The synchronous half. Its twin is `asynchronous`; what differs is how one waits."""

from __future__ import annotations

import threading
import time

import httpcore

from cocapi import ApiConfig, Request, Response
from cocapi.transport import opened_connection
from cocapi_httpx.failures import tell
from cocapi_httpx.lines import IdleLines, Line
from cocapi_httpx.routes import Routes

__all__ = ["SyncHalf"]


class SyncHalf:
    """Lends lines to the threads that call; more of them than there are lines wait their turn."""

    def __init__(self, config: ApiConfig, routes: Routes) -> None:
        self.limit = config.max_response_bytes
        self.routes = routes
        self.idle: IdleLines[Line] = IdleLines(config)
        self.places = threading.Semaphore(config.max_connections)

    def send(self, request: Request) -> Response:
        """See `cocapi.SyncTransport.send`."""
        deadline = time.monotonic() + request.timeout
        try:
            self._wait_for_place(request.timeout)
            try:
                return self._attempt(request, deadline)
            finally:
                self.places.release()
        except Exception as error:
            tell(request, error)

    def close(self) -> None:
        """Close the idle lines; one in use is closed when its call ends."""
        for line in self.idle.empty():
            line.close()

    def _wait_for_place(self, seconds: float) -> None:
        if not self.places.acquire(timeout=seconds):
            raise httpcore.PoolTimeout

    def _attempt(self, request: Request, deadline: float) -> Response:
        """Send along a kept line if there is one, and once more along a new one if it proves dead."""
        route = self.routes[request.base_url]
        line = self.idle.take(route) or Line(route)
        try:
            return self._exchange(line, request, deadline)
        except (httpcore.NetworkError, httpcore.RemoteProtocolError):
            if request.method != "GET" or not line.watch.stale:
                raise
        return self._exchange(Line(route), request, deadline)

    def _exchange(self, line: Line, request: Request, deadline: float) -> Response:
        try:
            response = line.exchange(line.route.message(request), deadline, self.limit)
        except BaseException:
            line.close()
            raise
        finally:
            if line.watch.fresh:
                opened_connection(request)
        if not self.idle.keep(line):
            line.close()
        return response
