"""requests as a transport. Proxies and certificates of the environment are its own business."""

from __future__ import annotations

import threading
import time
from functools import cached_property
from typing import TYPE_CHECKING

from cocapi import ApiConfig, Request, Response
from cocapi.transport import lost, outgoing, timed_out, too_large

if TYPE_CHECKING:
    import requests

__all__ = ["RequestsTransport"]

CHUNK = 64 * 1024
"""Bytes read at a time, at most."""


class RequestsTransport:
    """One session, made at the first request and shared by all threads.

    requests says nothing against threads that share a session as long as nobody changes it; nobody does.
    """

    def __init__(self, config: ApiConfig) -> None:
        self.config = config
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(config.max_connections)

    def send(self, request: Request) -> Response:
        """See `cocapi.SyncTransport.send`."""
        import requests
        import urllib3

        deadline = time.monotonic() + request.timeout
        headers, body = outgoing(request)
        if not self._places.acquire(timeout=request.timeout):
            raise timed_out(request)
        try:
            with self._session_made_once().request(
                request.method,
                request.url,
                headers=headers,
                data=body,
                timeout=request.timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                content = self._content(request, response, deadline)
                received = {name.lower(): value for name, value in response.headers.items()}
                return Response(response.status_code, received, content)
        except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
            raise timed_out(request) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise lost(request, error) from error
        finally:
            self._places.release()

    def close(self) -> None:
        """Close the connections."""
        session = self.__dict__.pop("_session", None)
        if session is not None:
            session.close()

    def _content(self, request: Request, response: requests.Response, deadline: float) -> bytes:
        """The body, within its bounds of size and time."""
        chunks, size = [], 0
        while chunk := response.raw.read1(CHUNK, decode_content=True):  # not more than has arrived
            chunks.append(chunk)
            size += len(chunk)
            if size > self.config.max_response_bytes:
                raise too_large(self.config.max_response_bytes)
            if time.monotonic() > deadline:
                raise timed_out(request)
        return b"".join(chunks)

    def _session_made_once(self) -> requests.Session:
        """The session; threads that come first together make one between them."""
        if "_session" not in self.__dict__:
            with self._lock:
                return self._session
        return self._session

    @cached_property
    def _session(self) -> requests.Session:
        import requests
        from requests.adapters import HTTPAdapter

        session = requests.Session()
        kept = self.config.max_keepalive_connections if self.config.enable_keepalive else 1
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=kept or 1)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        if not self.config.enable_keepalive:
            session.headers["Connection"] = "close"
        return session
