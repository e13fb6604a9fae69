"""The way to a base URL: through which proxy, trusting which certificates.

The environment decides: for proxies see `cocapi.transport.proxy_for`; for certificates the first that is
set of ``REQUESTS_CA_BUNDLE``, ``CURL_CA_BUNDLE``, ``SSL_CERT_FILE``, ``SSL_CERT_DIR``, else requests' own.
"""

from __future__ import annotations

import os
import ssl
import threading
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from requests.utils import DEFAULT_CA_BUNDLE_PATH, default_user_agent, get_auth_from_url
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, make_headers, parse_url

from cocapi import ConnectionFailed, Request
from cocapi.interrupts import undisturbed
from cocapi.lazy import lazy
from cocapi.transport import outgoing, proxy_for, sendable, unsendable
from cocapi_requests.sockets import TLSSocket
from cocapi_requests.socks import check_socks

__all__ = ["Message", "Proxy", "Route", "Routes"]

PORTS = {"http": 80, "https": 443, "socks4": 1080, "socks4a": 1080, "socks5": 1080, "socks5h": 1080}
CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True, slots=True)
class Message:
    """A request as it is written; `target` stands behind the method."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes | None


@dataclass(frozen=True, eq=False)
class Proxy:
    """Where a proxy is, and who asks.

    Attributes:
        ssl_context: None where it is not spoken to in TLS.
    """

    scheme: str
    host: str
    port: int
    username: str = field(repr=False)
    password: str = field(repr=False)
    ssl_context: ssl.SSLContext | None = None

    def authorization(self) -> dict[str, str]:
        """The field that carries name and password (RFC 7617); empty without them."""
        if not self.username:
            return {}
        return dict(make_headers(proxy_basic_auth=f"{self.username}:{self.password}"))


@dataclass(frozen=True, eq=False)
class Route:
    """How to reach one base URL.

    Attributes:
        prefix: What stands in front of each request's path: the path of the base URL; through a proxy that is
            no tunnel, the whole of it.
        authority: The value of the Host field (RFC 9110 section 7.2).
        ssl_context: None for plain HTTP.
        proxy: None for a direct connection.
    """

    host: str
    port: int
    prefix: str
    authority: str
    ssl_context: ssl.SSLContext | None
    proxy: Proxy | None

    def message(self, request: Request) -> Message:
        """`request` as it is written to the connection.

        Raises:
            ConnectionFailed: A header field cannot be sent.
        """
        headers, body = outgoing(request)
        if not all(sendable(name, value) for name, value in headers.items()):
            raise unsendable(request)
        headers = {"host": self.authority, "user-agent": USER_AGENT} | headers
        if self.proxy is not None and self.ssl_context is None and not self.proxy.scheme.startswith("socks"):
            headers |= self.proxy.authorization()
        query = f"?{request.query}" if request.query else ""
        return Message(request.method, f"{self.prefix}{request.path}{query}", headers, body)


USER_AGENT = default_user_agent()


class Routes:
    """The routes of one transport, found once each; they share one SSL context."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Route] = {}

    def __getitem__(self, base_url: str) -> Route:
        """The route to `base_url`.

        Raises:
            ConnectionFailed: It is no address, its proxy's is none, or certificates cannot be read.
            ConfigError: A SOCKS proxy needs a library that is not installed.
        """
        return self._known.get(base_url) or undisturbed(partial(self._find, base_url))

    def _find(self, base_url: str) -> Route:
        with self._lock:
            if base_url not in self._known:
                self._known[base_url] = self._route(address(base_url))
            return self._known[base_url]

    def _route(self, url: Url) -> Route:
        scheme, host = str(url.scheme), str(url.host).strip("[]")
        port = url.port or PORTS[scheme]
        proxy = self._proxy(scheme, host, port)
        through = proxy is not None and scheme == "http" and not proxy.scheme.startswith("socks")
        authority = str(url.host) if port == PORTS[scheme] else f"{url.host}:{port}"
        return Route(
            host=host,
            port=port,
            prefix=(f"http://{authority}" if through else "") + (url.path or "").rstrip("/"),
            authority=authority,
            ssl_context=self._ssl_context if scheme == "https" else None,
            proxy=proxy,
        )

    def _proxy(self, scheme: str, host: str, port: int) -> Proxy | None:
        named = proxy_for(scheme, host, port)
        if named is None:
            return None
        try:
            url = parse_url(named.replace("socks://", "socks5://", 1))
            username, password = get_auth_from_url(named)
            proxy = Proxy(
                scheme=str(url.scheme),
                host=(url.host or "").strip("[]"),
                port=url.port or PORTS[str(url.scheme)],
                username=username,
                password=password,
                ssl_context=self._ssl_context if url.scheme == "https" else None,
            )
            proxy.authorization()
        except (LocationParseError, ValueError, KeyError):
            proxy = None
        if proxy is None or not proxy.host:
            # The cause would show the proxy's password.
            raise ConnectionFailed(
                f"the proxy that {scheme.upper()}_PROXY or ALL_PROXY names is no address of one"
            ) from None
        if proxy.scheme.startswith("socks"):
            check_socks()
        return proxy

    @lazy
    def _ssl_context(self) -> ssl.SSLContext:
        name = next((name for name in CERTIFICATES if os.environ.get(name)), "")
        place = os.environ.get(name) or DEFAULT_CA_BUNDLE_PATH
        try:
            if Path(place).is_dir():
                context = ssl.create_default_context(capath=place)
            else:
                context = ssl.create_default_context(cafile=place)
        except OSError as error:
            raise ConnectionFailed(f"the certificates that {name} names cannot be read: {error}") from error
        context.sslsocket_class = TLSSocket
        return context


def address(base_url: str) -> Url:
    """`base_url` in its parts; a host beyond ASCII is encoded (RFC 5890).

    Raises:
        ConnectionFailed: It is no address.
    """
    try:
        url = parse_url(base_url)
    except (LocationParseError, ValueError) as error:
        raise ConnectionFailed(f"base_url is no address: {error}") from error
    if not url.host:
        raise ConnectionFailed("base_url is no address: it names no host")
    return url
