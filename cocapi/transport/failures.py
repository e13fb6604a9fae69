"""The errors of a transport, in the words of the core, and what every transport tells."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from cocapi.calls.messages import Request
from cocapi.errors import ConnectionFailed, RequestTimeout
from cocapi.text import printable

__all__ = [
    "ConnectError",
    "ProxyError",
    "lost",
    "malformed",
    "proxy_failed",
    "sendable",
    "timed_out",
    "unsendable",
    "words",
]

LONGEST = 10_000
"""Characters of what an error says that are looked at: some libraries quote what the server sent."""


class ConnectError(Exception):
    """No connection was made, so nothing was sent; the cause says why."""


class ProxyError(ConnectError):
    """No connection was made, and the proxy is why."""


def timed_out(request: Request) -> RequestTimeout:
    """The error of an attempt that took too long."""
    return RequestTimeout(f"Request timeout after {request.timeout:g} seconds")


def lost(request: Request, error: BaseException) -> ConnectionFailed:
    """The error of a connection that could not be made or was lost, told by host and cause."""
    return ConnectionFailed(f"Connection error - the connection to {host_of(request)} failed: {words(error)}")


def malformed(request: Request, error: BaseException) -> ConnectionFailed:
    """The error of an answer that is no whole HTTP response: whoever sent it is to blame."""
    return ConnectionFailed(
        f"Connection error - the response of {host_of(request)} is malformed: {words(error)}"
    )


def proxy_failed(proxy: str, error: BaseException) -> ConnectionFailed:
    """The error of a proxy that does not let the request through; `proxy` is its host and port."""
    return ConnectionFailed(
        f"Connection error - the proxy {proxy} failed: {words(error)}; HTTPS_PROXY, HTTP_PROXY or "
        "ALL_PROXY names it, and NO_PROXY excepts hosts from it"
    )


def unsendable(request: Request) -> ConnectionFailed:
    """The error of a header field that HTTP cannot carry (RFC 9110 section 5.5), told without the fields."""
    fields = (
        f"the header field {name!r}" for name, value in request.headers.items() if not sendable(name, value)
    )
    field = next(fields, "a header field")
    return ConnectionFailed(f"Connection error - {field} has characters that cannot be sent")


FIELD_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)


def sendable(name: object, value: object) -> bool:
    """Whether HTTP can carry a header field of this name and value (RFC 9110 sections 5.1 and 5.5)."""
    return (
        isinstance(name, str)
        and FIELD_NAME.fullmatch(name) is not None
        and isinstance(value, str)
        and value.isascii()
        and value.isprintable()
        and value == value.strip()
    )


def host_of(request: Request) -> str:
    """Host and port, for a sentence; a plugin may have put anything in their place."""
    return printable(urlsplit(request.base_url).netloc.rpartition("@")[2], 255)


def words(error: BaseException) -> str:
    """What an error says, or what lies behind it when it says nothing, on one line of bounded length."""
    behind: BaseException | None = error
    while behind is not None:
        if line := " ".join(str(behind)[:LONGEST].split()):
            return printable(line)
        behind = behind.__cause__ or behind.__context__
    return type(error).__name__
