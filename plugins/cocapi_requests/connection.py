"""Connections: opened when first used, lent to one call at a time, kept while nothing speaks against it."""

from __future__ import annotations

import http.client
import ssl
from typing import Any

from urllib3.connection import HTTPConnection

from cocapi import Response
from cocapi.interrupts import reraise
from cocapi.transport import Body, ConnectError, ProxyError
from cocapi_requests.answers import Answer
from cocapi_requests.routes import Message, Proxy, Route
from cocapi_requests.sockets import Bound, connected, encrypted
from cocapi_requests.socks import through_socks

__all__ = ["Connection"]


class Connection(HTTPConnection):
    """urllib3's connection along `route`, over sockets that the attempt's deadline bounds.

    Attributes:
        fresh: Whether it is opened by the present call, not kept from an earlier one.
        finished: Whether it may be kept: the response was whole, and nothing came after it.
    """

    response_class = Answer

    def __init__(self, route: Route) -> None:
        super().__init__(route.host, route.port, timeout=None)
        self.route = route
        self.bound = Bound(0)
        self.fresh = True
        self.finished = False
        self.idle_since = 0.0

    def exchange(self, message: Message, limit: int, deadline: float) -> Response:
        """Send `message` and read the whole response, of which the body has `limit` bytes at most, until
        `cocapi.clocks.elapsed()` reaches `deadline`. Whatever ends it early closes the connection.

        Raises:
            ConnectError: No connection could be made.
            OSError: It was lost; TimeoutError: time was up.
            http.client.HTTPException: No HTTP came.
            ResponseTooLarge, MalformedBody: See `cocapi.transport.Body`.
        """
        self.bound.deadline, self.bound.heard, self.finished = deadline, False, False
        try:
            if self.sock is None:
                self.connect()
            else:
                self.fresh = False
            self._say(message)
            return self._hear(limit)
        except BaseException:
            self.close()
            raise

    @property
    def stale(self) -> bool:
        """Whether a failure may be laid to the server's having closed a kept connection."""
        return not self.fresh and not self.bound.heard

    def connect(self) -> None:
        """Open the socket, through the proxy, encrypted if the scheme says so."""
        route = self.route
        try:
            if route.proxy is None:
                self.sock = connected(route.host, route.port, self.bound)
            else:
                self._connect_through(route.proxy)
            if route.ssl_context is not None:
                self.sock = encrypted(self.sock, route.ssl_context, route.host, self.bound)
        except OSError as error:
            raise ConnectError from error

    def quiet(self) -> bool:
        """Whether nothing is there to be read: neither the end nor bytes that nobody asked for, which would
        be taken for the next response."""
        self.bound.deadline = None
        try:
            self.sock.recv(1)  # would have to wait, so nothing is there
        except (BlockingIOError, ssl.SSLWantReadError) as error:
            reraise(error)
            return True
        except OSError as error:
            reraise(error)
        return False

    def _connect_through(self, proxy: Proxy) -> None:
        route = self.route
        try:
            if proxy.scheme.startswith("socks"):
                self.sock = through_socks(proxy, route.host, route.port, self.bound)
                return
            self.sock = connected(proxy.host, proxy.port, self.bound)
            if proxy.ssl_context is not None:
                self.sock = encrypted(self.sock, proxy.ssl_context, proxy.host, self.bound)
            if route.ssl_context is not None:
                tunnel(self.sock, route, proxy)
        except TimeoutError:
            raise
        except (OSError, http.client.HTTPException) as error:
            raise ProxyError(str(error)) from error

    def _say(self, message: Message) -> None:
        try:
            self.request(message.method, message.target, message.body, message.headers)
        except ConnectionError as error:
            reraise(error)
            return  # a server may refuse a request before it has read it: its response tells

    def _hear(self, limit: int) -> Response:
        answer: Any = http.client.HTTPConnection.getresponse(self)
        try:
            body = Body(answer.fields, limit)
            for part in answer.parts():
                body.add(part)
            self.finished = not answer.will_close and self._at_end(answer)
            return Response(answer.status, answer.fields, body.content())
        finally:
            answer.close()

    def _at_end(self, answer: Answer) -> bool:
        """Whether nothing came with the response that is no part of it."""
        self.bound.deadline = None
        try:
            return not answer.reader.peek(1)
        except ssl.SSLWantReadError as error:
            reraise(error)
            return True


def tunnel(sock: Any, route: Route, proxy: Proxy) -> None:
    """Ask the proxy at the other end for a tunnel (RFC 9110 section 9.3.6).

    Raises:
        ConnectionError: It refuses.
    """
    target = f"[{route.host}]:{route.port}" if ":" in route.host else f"{route.host}:{route.port}"
    fields = {"host": target} | proxy.authorization()
    lines = [f"CONNECT {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    sock.sendall("\r\n".join(lines).encode("ascii"))
    answer = Answer(sock, method="CONNECT")
    try:
        answer.begin()
        if not 200 <= answer.status < 300:
            raise ConnectionError(f"it answered {answer.status}")
    finally:
        answer.close()
