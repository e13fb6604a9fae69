"""requests as a transport, by its adapter alone.

A `requests.Session` does more than a transport may: it puts a password from ~/.netrc in the token's place,
keeps cookies, and reads the whole body of a redirect. Below it, the adapter sends one request.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from cocapi import ApiConfig, ClientClosed, Request, Response
from cocapi.interrupts import reraise
from cocapi.transport import Places, outgoing, timed_out, too_large

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

    from cocapi_requests.adapter import BoundedAdapter

__all__ = ["RequestsTransport"]


class RequestsTransport:
    """One adapter, made at the first request and shared by all threads.

    Of the connections that idle, `max_connections` are kept: urllib3 warns about each that it drops.
    """

    def __init__(self, config: ApiConfig) -> None:
        self.config = config
        self._closed = False
        self._lock = threading.Lock()
        self._places = Places(config.max_connections)
        self._adapter: BoundedAdapter | None = None

    def send(self, request: Request) -> Response:
        """See `cocapi.SyncTransport.send`."""
        deadline = time.monotonic() + request.timeout
        try:
            place = self._places.take(request.timeout)
        except TimeoutError as error:
            reraise(error)
            raise timed_out(request) from error
        with place:
            if self._closed:
                raise ClientClosed
            try:
                return self._attempt(self._adapter or self._make_adapter(), request, deadline)
            except Exception as error:
                from cocapi_requests.failures import tell

                tell(request, error)

    def close(self) -> None:
        """Close the connections. A call that still waits for a place is not sent; it raises ClientClosed."""
        self._closed = True
        with self._lock:
            adapter, self._adapter = self._adapter, None
        if adapter is not None:
            adapter.close()

    def _attempt(self, adapter: BoundedAdapter, request: Request, deadline: float) -> Response:
        headers, body = outgoing(request)
        if not self.config.enable_keepalive:
            headers["connection"] = "close"
        with adapter.exchange(request.method, request.url, headers, body, deadline) as answer:
            content = self._content(answer.raw)
            received = {name.lower(): value for name, value in answer.headers.items()}
        if not self.config.enable_keepalive:
            adapter.close()  # servers need not say that they close, and urllib3 would keep it then
        return Response(answer.status_code, received, content)

    def _content(self, raw: BaseHTTPResponse) -> bytes:
        """The body, decoded; never more of it than is allowed."""
        limit = self.config.max_response_bytes
        length = raw.headers.get("content-length", "")
        if "content-encoding" not in raw.headers and length.isdecimal() and int(length) > limit:
            raise too_large(limit)
        content = raw.read(limit + 1, decode_content=True)
        if len(content) > limit:
            raise too_large(limit)
        return content

    def _make_adapter(self) -> BoundedAdapter:
        """The adapter; threads that come first together make one between them."""
        from cocapi_requests.adapter import BoundedAdapter

        with self._lock:
            self._adapter = self._adapter or BoundedAdapter(self.config.max_connections)
            return self._adapter
