"""The way to an address: through which proxy, trusting which certificates, saying which Host.

The environment decides, as it does for httpx: ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and
``NO_PROXY``; ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``, else the certificates of certifi.
"""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass
from functools import cached_property
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from cocapi import ConnectionFailed, Request, __version__
from cocapi.transport import outgoing

__all__ = ["Route", "Routes"]

USER_AGENT = f"cocapi/{__version__} httpcore/{httpcore.__version__}".encode()


@dataclass(frozen=True, eq=False)
class Route:
    """How to reach one base URL.

    prefix:
        The path of the base URL, in front of each request's own.
    host:
        The value of the Host field: no port where it is the scheme's own (RFC 9110 section 7.2).
    ssl_context:
        None for plain HTTP.
    proxy:
        None for a direct connection.
    """

    scheme: bytes
    server: bytes
    port: int | None
    prefix: bytes
    host: bytes
    ssl_context: ssl.SSLContext | None
    proxy: httpcore.Proxy | None

    def message(self, request: Request) -> httpcore.Request:
        """`request` as it is written to the connection."""
        target = self.prefix + request.path.encode("ascii")
        if request.query:
            target += b"?" + request.query.encode("ascii")
        url = httpcore.URL(scheme=self.scheme, host=self.server, port=self.port, target=target)
        headers, body = outgoing(request)
        sent = {b"host": self.host, b"user-agent": USER_AGENT}
        sent |= {name.encode(): value.encode() for name, value in headers.items()}
        if body is not None:
            sent[b"content-length"] = str(len(body)).encode()
        return httpcore.Request(request.method, url, headers=list(sent.items()), content=body or b"")


def address(base_url: str) -> httpx.URL:
    """`base_url` in its parts.

    Raises:
        ConnectionFailed: it is no address.
    """
    try:
        return httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise ConnectionFailed(f"base_url={base_url!r} is no address: {error}") from error


class Routes:
    """The routes of one transport, found once each; they share one SSL context."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Route] = {}

    def __getitem__(self, base_url: str) -> Route:
        return self._known.get(base_url) or self._find(base_url)

    def _find(self, base_url: str) -> Route:
        with self._lock:
            if base_url not in self._known:
                self._known[base_url] = self._route(address(base_url))
            return self._known[base_url]

    def _route(self, url: httpx.URL) -> Route:
        return Route(
            scheme=url.raw_scheme,
            server=url.raw_host,
            port=url.port,
            prefix=url.raw_path.rstrip(b"/"),
            host=url.netloc,
            ssl_context=self._ssl_context if url.scheme == "https" else None,
            proxy=self._proxy(url),
        )

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        try:
            return httpx.create_ssl_context()
        except OSError as error:
            raise ConnectionFailed(
                f"the certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read: {error}"
            ) from error

    def _proxy(self, url: httpx.URL) -> httpcore.Proxy | None:
        """The proxy that the environment names for `url`."""
        proxies = getproxies()
        named = proxies.get(url.scheme) or proxies.get("all")
        if not named or proxy_bypass(url.netloc.decode("ascii")):
            return None
        try:
            proxy = httpx.Proxy(named if "://" in named else f"http://{named}")
        except (ValueError, httpx.InvalidURL):
            # The cause would show the proxy's password.
            raise ConnectionFailed(
                f"the proxy that {url.scheme.upper()}_PROXY or ALL_PROXY names is no address of one"
            ) from None
        return httpcore.Proxy(
            httpcore.URL(
                scheme=proxy.url.raw_scheme,
                host=proxy.url.raw_host,
                port=proxy.url.port,
                target=proxy.url.raw_path,
            ),
            auth=proxy.raw_auth,
            ssl_context=self._ssl_context if proxy.url.scheme == "https" else None,
        )
