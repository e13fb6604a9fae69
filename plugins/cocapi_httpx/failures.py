"""What went wrong on the way, told as errors of cocapi."""

from __future__ import annotations

from typing import NoReturn

import h11

from cocapi import Request
from cocapi.transport import (
    ConnectError,
    MalformedBody,
    ProxyError,
    lost,
    malformed,
    proxy_failed,
    timed_out,
    unsendable,
)
from cocapi_httpx.routes import Route

__all__ = ["translate"]


def translate(request: Request, route: Route, error: Exception) -> NoReturn:
    """Raise what was raised while `request` was sent as RequestTimeout or ConnectionFailed."""
    match error:
        case TimeoutError():
            raise timed_out(request) from error
        case h11.LocalProtocolError():
            raise unsendable(request) from None  # the cause would show the field, and the token is one
        case h11.RemoteProtocolError() | MalformedBody():
            raise malformed(request, error) from error
        case ProxyError() if route.proxy is not None:
            raise proxy_failed(f"{route.proxy.host}:{route.proxy.port}", error) from error
        case ConnectError() | OSError():
            raise lost(request, error) from error
        case _:
            raise error
