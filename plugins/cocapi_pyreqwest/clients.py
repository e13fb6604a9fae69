"""The clients of pyreqwest, one for each proxy; no environment but cocapi's own rule chooses it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from pyreqwest.client import Client, ClientBuilder, SyncClient, SyncClientBuilder
from pyreqwest.proxy import ProxyBuilder
from pyreqwest.request import RequestBuilder, SyncRequestBuilder

from cocapi import ConfigError, ConnectionFailed, Request
from cocapi.transport import outgoing, proxy_for, unsendable

__all__ = ["AsyncClients", "Clients", "SyncClients", "drafted"]

Builder = TypeVar("Builder", ClientBuilder, SyncClientBuilder)
Draft = TypeVar("Draft", RequestBuilder, SyncRequestBuilder)
Made = TypeVar("Made", Client, SyncClient)

FORKED = "pyreqwest cannot be used in a process that was forked from one that used it; use transport='httpx'"


class Clients(Generic[Made]):
    """Finds the client of a base URL; the first call along a way makes it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_base: dict[str, Made] = {}
        self._by_proxy: dict[str | None, Made] = {}

    def __getitem__(self, base_url: str) -> Made:
        """The client for `base_url`.

        Raises:
            ConnectionFailed: The environment names a proxy that is no address of one.
            ConfigError: This process was forked.
        """
        return self._by_base.get(base_url) or self._find(base_url)

    def drain(self) -> list[Made]:
        """All clients, which are forgotten here."""
        with self._lock:
            made, self._by_proxy, self._by_base = list(self._by_proxy.values()), {}, {}
        return made

    def build(self, proxy: str | None) -> Made:
        """A new client."""
        raise NotImplementedError

    def _find(self, base_url: str) -> Made:
        proxy = proxy_of(base_url)
        with self._lock:
            if proxy not in self._by_proxy:
                try:
                    self._by_proxy[proxy] = self.build(proxy)
                except RuntimeError as error:
                    raise ConfigError(FORKED) from error
            self._by_base[base_url] = self._by_proxy[proxy]
            return self._by_proxy[proxy]


class SyncClients(Clients[SyncClient]):
    """Those of synchronous code."""

    def build(self, proxy: str | None) -> SyncClient:
        """See `Clients`."""
        return set_up(SyncClientBuilder(), proxy).build()


class AsyncClients(Clients[Client]):
    """Those of one event loop."""

    def build(self, proxy: str | None) -> Client:
        """See `Clients`."""
        return set_up(ClientBuilder(), proxy).build()


def set_up(builder: Builder, proxy: str | None) -> Builder:
    """No redirects, no decoding (`cocapi.transport.Body` does it), and no connection that is kept: pyreqwest
    does not tell whether bytes wait on it that nobody asked for, the next call's answer to be."""
    builder = builder.follow_redirects(False).pool_max_idle_per_host(0).no_proxy()
    builder = builder.gzip(False).brotli(False).deflate(False).zstd(False)
    return builder if proxy is None else builder.proxy(through(proxy))


def through(proxy: str) -> ProxyBuilder:
    try:
        return ProxyBuilder.all(proxy.replace("socks://", "socks5://", 1))
    except ValueError:
        # The cause would show the proxy's password.
        raise ConnectionFailed(
            "the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names is no address of one"
        ) from None


def proxy_of(base_url: str) -> str | None:
    """The proxy for `base_url`.

    Raises:
        ConnectionFailed: It is no address.
    """
    try:
        parts = urlsplit(base_url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise ConnectionFailed(f"base_url is no address: {error}") from error
    return proxy_for(parts.scheme, parts.hostname or "", port)


def drafted(begin: Callable[[str, str], Draft], request: Request, seconds: float) -> Draft:
    """The request that a client's method ``request`` begins, with its headers and body.

    Args:
        seconds: What it may take as a whole.

    Raises:
        ConnectionFailed: The base URL is no address, or a header field cannot be sent.
    """
    headers, body = outgoing(request)
    try:
        draft = begin(request.method, request.url)
    except ValueError as error:
        raise ConnectionFailed(f"base_url is no address: {error}") from error
    try:
        draft = draft.headers(headers | {"connection": "close"}).timeout(timedelta(seconds=seconds))
    except ValueError:
        raise unsendable(request) from None  # the cause would show the field, and the token is one
    return draft if body is None else draft.body_bytes(body)
