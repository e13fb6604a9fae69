"""requests as a transport, by what carries it: urllib3's connections.

A `requests.Session` does more than a transport may: it puts a password from ~/.netrc in the token's place,
keeps cookies, and reads the whole body of a redirect. And urllib3's pool keeps its connections in a queue
that an exception out of a signal handler leaves locked for good. So each connection is driven here by itself.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from cocapi import ApiConfig, ClientClosed, Request, Response
from cocapi.clocks import elapsed
from cocapi.interrupts import reraise, undisturbed
from cocapi.transport import Places, timed_out

if TYPE_CHECKING:
    from cocapi_requests.attempts import Attempts

__all__ = ["RequestsTransport"]


class RequestsTransport:
    """Keeps `cocapi.SyncTransport`. requests is imported, and the environment is read, at the first request.

    Args:
        config: `max_connections`, `max_keepalive_connections`, `enable_keepalive` and `max_response_bytes`.
    """

    def __init__(self, config: ApiConfig) -> None:
        self.config = config
        self._closed = False
        self._lock = threading.Lock()
        self._attempts: Attempts | None = None
        self._places = Places(config.max_connections)

    def send(self, request: Request) -> Response:
        """Send `request` and read the whole response. See `cocapi.SyncTransport.send`."""
        deadline = elapsed() + request.timeout
        attempts = self._attempts or self._begin()
        try:
            place = self._places.take(request.timeout)
        except TimeoutError as error:
            reraise(error)
            raise timed_out(request) from error
        with place:
            self._check_open()
            return attempts.send(request, deadline)

    def close(self) -> None:
        """Close the idle connections; one in use is closed when its call ends. Again: nothing happens.

        A call that still waits for a place is not sent; it raises ClientClosed.
        """
        self._closed = True
        if self._attempts is not None:
            self._attempts.idle.close()

    def _check_open(self) -> None:
        if self._closed:
            raise ClientClosed

    def _begin(self) -> Attempts:
        attempts = undisturbed(partial(begun, self.config))
        with self._lock:
            self._attempts = self._attempts or attempts
            return self._attempts


def begun(config: ApiConfig) -> Attempts:
    from cocapi_requests.attempts import Attempts

    return Attempts(config)
