"""The proxy of an attempt, by the rule that all transports of cocapi share."""

from __future__ import annotations

from urllib.parse import urlsplit

from cocapi import ConnectionFailed, Request
from cocapi.transport import proxy_failed, proxy_for

__all__ = ["host_of", "proxy_of"]

NO_ADDRESS = "the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names is no address of one"


def proxy_of(request: Request) -> str | None:
    """The proxy that leads to the host of a request; None: straight on.

    Raises:
        ConnectionFailed: It is no address, or one of a proxy that aiohttp does not speak to.
    """
    try:
        parts = urlsplit(request.base_url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise ConnectionFailed(f"base_url is no address: {error}") from error
    proxy = proxy_for(parts.scheme, parts.hostname or "", port)
    if proxy is None:
        return None
    try:
        scheme, _ = urlsplit(proxy).scheme, urlsplit(proxy).port
    except ValueError:
        raise ConnectionFailed(NO_ADDRESS) from None  # the cause would show the proxy's password
    if scheme not in ("http", "https"):
        raise proxy_failed(host_of(proxy), ValueError("aiohttp speaks to HTTP proxies only"))
    return proxy


def host_of(proxy: str) -> str:
    """Host and port, without the password."""
    return urlsplit(proxy).netloc.rpartition("@")[2]
