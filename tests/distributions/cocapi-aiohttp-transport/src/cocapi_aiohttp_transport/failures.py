"""What went wrong in aiohttp, told as errors of cocapi."""

from __future__ import annotations

from aiohttp import (
    ClientConnectionError,
    ClientHttpProxyError,
    ClientPayloadError,
    ClientProxyConnectionError,
    ClientResponseError,
)
from cocapi import ConnectionFailed, Request
from cocapi.transport import MalformedBody, lost, malformed, proxy_failed, words

from cocapi_aiohttp_transport.proxies import host_of

__all__ = ["SwitchedProtocol", "failure"]


class SwitchedProtocol(Exception):
    """The server speaks no HTTP from here on, unasked."""

    def __init__(self) -> None:
        super().__init__("it switched to another protocol, unasked")


def failure(request: Request, proxy: str | None, error: Exception) -> ConnectionFailed:
    """The error of an attempt whose response is not whole.

    Its cause has aiohttp's words. aiohttp's own error holds the request's header fields, and
    a proxy's password.

    Args:
        request: That was sent.
        proxy: It went through; None: none.
        error: Of aiohttp, or of the body.
    """
    cause = ClientConnectionError(reason(error))
    match error:
        case ClientProxyConnectionError() | ClientHttpProxyError():
            failed = proxy_failed(host_of(proxy or ""), cause)
        case ClientPayloadError():
            failed = lost(request, cause)
        case ClientResponseError() | MalformedBody() | SwitchedProtocol():
            failed = malformed(request, cause)
        case _:
            failed = lost(request, cause)
    failed.__cause__ = cause
    return failed


def reason(error: Exception) -> str:
    """What an error says, without the address of the request."""
    if isinstance(error, ClientResponseError):
        return f"{error.status} {error.message}"
    return words(error)
