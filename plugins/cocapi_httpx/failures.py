"""What went wrong in httpcore, told as errors of cocapi."""

from __future__ import annotations

import zlib
from typing import NoReturn

import httpcore

from cocapi import Request
from cocapi.transport import lost, timed_out

__all__ = ["tell"]


def tell(request: Request, error: Exception) -> NoReturn:
    """Raise what was raised while `request` was sent as RequestTimeout or ConnectionFailed."""
    match error:
        case httpcore.TimeoutException():
            raise timed_out(request) from error
        case httpcore.LocalProtocolError():
            # The cause would show the header field, and the token is one.
            raise lost(request, ValueError("a header field has characters that cannot be sent")) from None
        case (
            httpcore.NetworkError()
            | httpcore.ProtocolError()
            | httpcore.ProxyError()
            | httpcore.UnsupportedProtocol()
            | zlib.error()
        ):
            raise lost(request, error) from error
        case _:
            raise error
