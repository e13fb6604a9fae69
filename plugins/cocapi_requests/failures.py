"""What went wrong on the way, told as errors of cocapi."""

from __future__ import annotations

from http.client import HTTPException
from typing import NoReturn

from cocapi import Request
from cocapi.transport import ConnectError, MalformedBody, ProxyError, lost, malformed, proxy_failed, timed_out
from cocapi_requests.routes import Route

__all__ = ["translate"]


def translate(request: Request, route: Route, error: Exception) -> NoReturn:
    """Raise what was raised while `request` was sent as RequestTimeout or ConnectionFailed."""
    match error:
        case TimeoutError() | ConnectError(__cause__=TimeoutError()):
            raise timed_out(request) from error
        case ProxyError() if route.proxy is not None:
            raise proxy_failed(f"{route.proxy.host}:{route.proxy.port}", error) from error
        case ConnectError() | OSError():
            raise lost(request, error) from error
        case HTTPException() | MalformedBody():
            raise malformed(request, error) from error
        case _:
            raise error
