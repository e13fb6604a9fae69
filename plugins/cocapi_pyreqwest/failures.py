"""What went wrong in pyreqwest, told as errors of cocapi."""

from __future__ import annotations

from typing import NoReturn

from pyreqwest.exceptions import (
    DetailedPyreqwestError,
    PyreqwestError,
    RequestTimeoutError,
)

from cocapi import CocApiError, Request
from cocapi.transport import lost, timed_out

__all__ = ["tell"]


def tell(request: Request, error: Exception) -> NoReturn:
    """Raise what was raised while `request` was sent as RequestTimeout or ConnectionFailed."""
    match error:
        case CocApiError():
            raise error
        case RequestTimeoutError():
            raise timed_out(request) from error
        case PyreqwestError():
            raise lost(request, Exception(innermost(error))) from error
        case ValueError():
            # The cause would show the header field, and the token is one.
            raise lost(request, ValueError("a header field has characters that cannot be sent")) from None
        case _:
            raise error


def innermost(error: PyreqwestError) -> str:
    """The last of the causes that pyreqwest lists: "Connection refused (os error 111)"."""
    causes = error.details["causes"] if isinstance(error, DetailedPyreqwestError) else None
    return causes[-1]["message"] if causes else error.message
