"""Connections: opened when first used, lent to one call at a time, kept while nothing speaks against it."""

from __future__ import annotations

import h11

from cocapi import Response
from cocapi.transport import ConnectError, ProxyError
from cocapi_httpx.channels import Channel, connected, encrypted
from cocapi_httpx.http import Talk
from cocapi_httpx.message import Message
from cocapi_httpx.proxy import Proxy
from cocapi_httpx.routes import Route
from cocapi_httpx.socks import through_socks
from cocapi_httpx.steps import Steps

__all__ = ["Connection"]


class Connection:
    """A connection along `route`, through its proxy, encrypted if its scheme says so.

    Attributes:
        fresh: Whether it is opened by the present call, not kept from an earlier one.
    """

    def __init__(self, route: Route) -> None:
        self.route = route
        self.fresh = True
        self.idle_since = 0.0
        self._channel: Channel | None = None
        self._talk: Talk | None = None

    def exchange(self, message: Message, limit: int) -> Steps[Response]:
        """Send `message` and read the whole response; see `Talk.exchange`. Whatever ends it early closes
        the connection.

        Raises:
            ConnectError: No connection could be made.
        """
        try:
            if self._talk is None:
                self._talk = Talk((yield from self._open()))
            else:
                self.fresh = False
            return (yield from self._talk.exchange(message, limit))
        except BaseException:
            self.close()
            raise

    @property
    def stale(self) -> bool:
        """Whether a failure may be laid to the server's having closed a kept connection."""
        return not self.fresh and self._talk is not None and not self._talk.heard

    @property
    def finished(self) -> bool:
        """Whether it may be kept: the response was whole, and nothing came after it."""
        return self._talk is not None and self._talk.finished

    def quiet(self) -> bool:
        """Whether nothing is there to be read: neither the end nor bytes that nobody asked for, which would
        be taken for the next response."""
        return self._channel is not None and self._channel.quiet()

    def close(self) -> None:
        """Close it, whatever it is doing."""
        if self._channel is not None:
            self._channel.close()

    def _open(self) -> Steps[Channel]:
        route, proxy = self.route, self.route.proxy
        try:
            if proxy is None:
                self._channel = yield from connected(route.host, route.port)
            else:
                self._channel = yield from self._through(proxy)
            if route.ssl_context is not None:
                self._channel = yield from encrypted(self._channel, route.ssl_context, route.host)
        except OSError as error:
            raise ConnectError from error
        return self._channel

    def _through(self, proxy: Proxy) -> Steps[Channel]:
        """A channel to the proxy, or beyond it to where the route leads."""
        route = self.route
        channel: Channel
        try:
            self._channel = channel = yield from connected(proxy.host, proxy.port)
            if proxy.ssl_context is not None:
                self._channel = channel = yield from encrypted(channel, proxy.ssl_context, proxy.host)
            if proxy.scheme.startswith("socks"):
                yield from through_socks(channel, proxy, route.host, route.port)
            elif route.ssl_context is not None:
                status = yield from Talk(channel).tunnel(proxy.connect_message(route.host, route.port))
                if not 200 <= status < 300:
                    raise ProxyError(f"it answered {status}")
        except (OSError, h11.RemoteProtocolError) as error:
            raise ProxyError(str(error)) from error
        return channel
