"""Which failures may be tried again: a matter of the request and the error, not of time."""

from __future__ import annotations

from socket import gaierror

from cocapi import (
    AttemptRefused,
    CocApiError,
    ConnectionFailed,
    Request,
    RequestTimeout,
    ServerError,
    Throttled,
    UnreadableResponse,
)

__all__ = ["never_connected", "repeatable"]

PASSING = (Throttled, ServerError, RequestTimeout, ConnectionFailed, UnreadableResponse)
"""Failures that may have gone a moment later. UnreadableResponse is among them: half a document is a lost
connection in disguise, and HTML with status 200 comes from a gateway in trouble."""

REFUSED_BEFORE_ACTING = (429, 503)
"""Status codes that say the request was not worked on (RFC 6585 section 4, RFC 9110 section 15.6.4)."""


def repeatable(request: Request, error: CocApiError) -> bool:
    """Whether another attempt may help and cannot act twice. What a plugin refused, it would refuse again.

    A GET may be repeated at will (RFC 9110 section 9.2.2). A POST may only where it has not acted: the
    API uses up the token of ``verifytoken``, say. After a timeout or a connection lost on the way nobody
    knows, so it is not repeated then.
    """
    if isinstance(error, AttemptRefused):  # a line that is too long is a timeout, too
        return False
    if request.method == "GET":
        return isinstance(error, PASSING)
    if isinstance(error, ConnectionFailed):
        return never_connected(error)
    return error.status_code in REFUSED_BEFORE_ACTING


def never_connected(error: CocApiError) -> bool:
    """Whether the causes of an error prove that no connection was made, so that nothing was sent.

    Only `__cause__` counts: `__context__` may be of an earlier connection that was refused, while
    the request went out on the next.
    """
    cause = error.__cause__
    while cause is not None:
        # ConnectError is the name for it in httpx, httpcore and pyreqwest, which are not imported here.
        if isinstance(cause, ConnectionRefusedError | gaierror) or type(cause).__name__ == "ConnectError":
            return True
        cause = cause.__cause__
    return False
