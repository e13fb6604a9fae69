"""The way to an address: through which proxy, trusting which certificates, saying which Host.

The environment decides: for proxies see `cocapi.transport.proxy_for`; for certificates ``SSL_CERT_FILE`` and
``SSL_CERT_DIR``, else those of certifi, as for httpx.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version

import httpx

from cocapi import ConnectionFailed, Request, __version__
from cocapi.interrupts import undisturbed
from cocapi.lazy import lazy
from cocapi.transport import outgoing, proxy_for
from cocapi_httpx.message import Fields, Message
from cocapi_httpx.proxy import PORTS, Proxy
from cocapi_httpx.socks import check_socks

__all__ = ["Route", "Routes"]

USER_AGENT = f"cocapi/{__version__} h11/{version('h11')}".encode()


@dataclass(eq=False)
class Route:
    """How to reach one base URL.

    Attributes:
        prefix: What stands in front of each request's path: the path of the base URL; through a proxy that is
            no tunnel, the whole of it.
        authority: The value of the Host field: no port where it is the scheme's own (RFC 9110 section 7.2).
        ssl_context: None for plain HTTP.
        proxy: None for a direct connection.
    """

    host: str
    port: int
    prefix: bytes
    authority: bytes
    ssl_context: ssl.SSLContext | None
    proxy: Proxy | None
    _last: tuple[Mapping[str, str], Fields | None] = field(default=({}, None), init=False, repr=False)

    def message(self, request: Request) -> Message:
        """`request` as it is written to the connection."""
        target = self.prefix + request.path.encode("ascii")
        if request.query:
            target += b"?" + request.query.encode("ascii")
        method = request.method.encode("ascii")
        headers, fields = self._last  # nearly every call has the header fields of the one before it
        if fields is not None and headers == request.headers and request.json is None:
            return Message(method, target, fields)
        sent, body = outgoing(request)
        fields = self._fields(sent, body)
        if body is None:
            self._last = request.headers, fields
        return Message(method, target, fields, body or b"")

    def _fields(self, headers: dict[str, str], body: bytes | None) -> Fields:
        sent = {b"host": self.authority, b"user-agent": USER_AGENT}
        sent |= {name.encode(): value.encode() for name, value in headers.items()}
        if body is not None:
            sent[b"content-length"] = str(len(body)).encode()
        through = self.proxy is not None and self.ssl_context is None
        return Fields([*sent.items(), *(self.proxy.authorization() if through and self.proxy else ())])


def address(base_url: str) -> httpx.URL:
    """`base_url` in its parts.

    Raises:
        ConnectionFailed: It is no address.
    """
    try:
        return httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise ConnectionFailed(f"base_url is no address: {error}") from error


class Routes:
    """The routes of one transport, found once each; they share one SSL context."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Route] = {}

    def __getitem__(self, base_url: str) -> Route:
        return self._known.get(base_url) or undisturbed(partial(self._find, base_url))

    def _find(self, base_url: str) -> Route:
        with self._lock:
            if base_url not in self._known:
                self._known[base_url] = self._route(address(base_url))
            return self._known[base_url]

    def _route(self, url: httpx.URL) -> Route:
        host, port = url.raw_host.decode("ascii"), url.port or PORTS[url.scheme]
        proxy = self._proxy(url.scheme, host, port)
        through = proxy is not None and url.scheme == "http" and not proxy.scheme.startswith("socks")
        return Route(
            host=host,
            port=port,
            prefix=(b"http://" + url.netloc if through else b"") + url.raw_path.rstrip(b"/"),
            authority=url.netloc,
            ssl_context=self._ssl_context if url.scheme == "https" else None,
            proxy=proxy,
        )

    @lazy
    def _ssl_context(self) -> ssl.SSLContext:
        try:
            return httpx.create_ssl_context()
        except OSError as error:
            raise ConnectionFailed(
                f"the certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read: {error}"
            ) from error

    def _proxy(self, scheme: str, host: str, port: int) -> Proxy | None:
        """The proxy that the environment names for a host.

        Raises:
            ConnectionFailed: What it names is no address of one, or a SOCKS proxy without the library for it.
        """
        named = proxy_for(scheme, host, port)
        if named is None:
            return None
        try:
            proxy = httpx.Proxy(named.replace("socks://", "socks5://", 1))
        except (ValueError, httpx.InvalidURL):
            # The cause would show the proxy's password.
            raise ConnectionFailed(
                f"the proxy that {scheme.upper()}_PROXY or ALL_PROXY names is no address of one"
            ) from None
        if proxy.url.scheme.startswith("socks"):
            check_socks()
        return Proxy(
            scheme=proxy.url.scheme,
            host=proxy.url.raw_host.decode("ascii"),
            port=proxy.url.port or PORTS[proxy.url.scheme],
            auth=proxy.raw_auth,
            ssl_context=self._ssl_context if proxy.url.scheme == "https" else None,
        )
