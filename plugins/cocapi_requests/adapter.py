"""An adapter of requests whose connections know when the attempt ends, and that trusts whom it is told to.

requests bounds each read by itself, so a server that sends one byte a second could hold an attempt for ever.
Here the sockets ask, before each read, how much of the attempt is left.
"""

from __future__ import annotations

import os
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import certifi
import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from cocapi.transport import addresses

__all__ = ["BoundedAdapter"]


class Attempt(threading.local):
    """The attempt of this thread; it ends when `time.monotonic()` reaches `deadline`."""

    deadline = float("inf")

    def left(self) -> float:
        """Seconds that it still has.

        Raises:
            TimeoutError: it has none.
        """
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the attempt took too long as a whole")
        return seconds


ATTEMPT = Attempt()


class PlainSocket(socket.socket):
    """A socket whose reads end with the attempt."""

    def recv_into(self, *args: Any) -> int:
        """Read what is there."""
        self.settimeout(ATTEMPT.left())
        return super().recv_into(*args)


class TLSSocket(ssl.SSLSocket):
    """The same, encrypted."""

    def recv_into(self, *args: Any) -> int:
        """Read what is there."""
        self.settimeout(ATTEMPT.left())
        return super().recv_into(*args)


def opened(connection: HTTPConnection) -> PlainSocket:
    """A socket to the first of the host's addresses that answers, within the time of the attempt.

    Raises:
        OSError: none does; TimeoutError when the time was up.
    """
    failure = OSError(f"{connection.host} has no address")
    for address in addresses(connection.host, connection.port or 0, ATTEMPT.left()):
        try:
            plain = socket.create_connection((address, connection.port), ATTEMPT.left())
        except OSError as error:
            failure = error
        else:
            for option in connection.socket_options or ():
                plain.setsockopt(*option)
            return PlainSocket(fileno=plain.detach())
    raise failure


class PlainConnection(HTTPConnection):
    """Opens plain sockets."""

    def _new_conn(self) -> socket.socket:
        return opened(self)


class TLSConnection(HTTPSConnection):
    """Opens plain sockets, which the context of the adapter then encrypts."""

    def _new_conn(self) -> socket.socket:
        return opened(self)


class PlainPool(HTTPConnectionPool):
    """Plain connections."""

    ConnectionCls = PlainConnection


class TLSPool(HTTPSConnectionPool):
    """Encrypted connections."""

    ConnectionCls = TLSConnection


class BoundedAdapter(HTTPAdapter):
    """Sends one request at a time for each thread, within its deadline.

    connections:
        How many may be open at once and idle.
    """

    def __init__(self, connections: int) -> None:
        self._ssl_context = trusting()
        self._proxies: dict[str, dict[str, str]] = {}
        super().__init__(pool_connections=4, pool_maxsize=connections)

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, deadline: float
    ) -> requests.Response:
        """Send a request and read the head of the response; see requests for what it raises."""
        ATTEMPT.deadline = deadline
        prepared = requests.PreparedRequest()
        prepared.prepare(method=method, url=url, headers=dict(headers), data=body)
        left = ATTEMPT.left()
        return self.send(prepared, stream=True, timeout=(left, left), proxies=self._proxies_for(url))

    def init_poolmanager(self, *args: Any, **settings: Any) -> None:
        """Make the pools of connections without a proxy."""
        super().init_poolmanager(*args, ssl_context=self._ssl_context, **settings)
        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": TLSPool}

    def proxy_manager_for(self, proxy: str, **settings: Any) -> PoolManager:
        """The pools of connections through `proxy`."""
        manager: PoolManager = super().proxy_manager_for(proxy, ssl_context=self._ssl_context, **settings)
        manager.pool_classes_by_scheme = {"http": PlainPool, "https": TLSPool}
        return manager

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leave it to the context, which has read the certificates once."""

    def _proxies_for(self, url: str) -> dict[str, str]:
        """The environment's proxies, looked up once for each host."""
        host = url.split("/", 3)[2]
        if host not in self._proxies:
            self._proxies[host] = get_environ_proxies(url)
        return self._proxies[host]


def trusting() -> ssl.SSLContext:
    """A context that trusts the certificates that the environment names, else those of certifi."""
    names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
    place = next((os.environ[name] for name in names if os.environ.get(name)), certifi.where())
    if Path(place).is_dir():
        context = ssl.create_default_context(capath=place)
    else:
        context = ssl.create_default_context(cafile=place)
    context.sslsocket_class = TLSSocket
    return context
