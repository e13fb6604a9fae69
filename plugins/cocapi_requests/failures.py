"""What went wrong in requests and in urllib3 below it, told as errors of cocapi."""

from __future__ import annotations

from typing import NoReturn

import requests
import urllib3.exceptions

from cocapi import CocApiError, Request
from cocapi.interrupts import reraise
from cocapi.transport import lost, timed_out

__all__ = ["tell"]


def tell(request: Request, error: Exception) -> NoReturn:
    """Raise what was raised while `request` was sent as RequestTimeout or ConnectionFailed."""
    reraise(error)
    match error:
        case requests.exceptions.InvalidHeader() | UnicodeError():
            # The cause would show the header field, and the token is one.
            raise lost(request, ValueError("a header field has characters that cannot be sent")) from None
        case CocApiError():
            raise error
        case requests.RequestException() | urllib3.exceptions.HTTPError() | OSError():
            raise (timed_out(request) if late(error) else lost(request, error)) from error
        case _:
            raise error


def late(error: BaseException) -> bool:
    """Whether time was up: urllib3 has several names for it, and a socket's timeout behind each."""
    behind: BaseException | None = error
    while behind is not None:
        if isinstance(behind, TimeoutError):
            return True
        behind = behind.__cause__ or behind.__context__
    return False
