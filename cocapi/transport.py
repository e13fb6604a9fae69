"""The protocol that a transport keeps. The core itself knows no HTTP library.

A transport is offered by a plugin's `cocapi_transport` hook and lives as long as its client. It opens
its connections at the first request, keeps them, and gives each back also when a call is cancelled. After
a fork the child asks the plugins for another one: two processes never share a connection.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from typing import Protocol, TypeAlias, runtime_checkable
from urllib.parse import urlsplit

from cocapi.body import Body, MalformedBody, too_large
from cocapi.errors import ConnectionFailed, RequestTimeout
from cocapi.messages import Request, Response
from cocapi.places import Places
from cocapi.proxies import proxy_for

__all__ = [
    "AsyncTransport",
    "Body",
    "MalformedBody",
    "Places",
    "SyncTransport",
    "Transport",
    "addresses",
    "connections_opened",
    "lost",
    "malformed",
    "opened_connection",
    "outgoing",
    "proxy_failed",
    "proxy_for",
    "timed_out",
    "too_large",
    "unsendable",
]

OPENED = "connections opened"


@runtime_checkable
class SyncTransport(Protocol):
    """Sends from synchronous code; used by many threads at once."""

    def send(self, request: Request) -> Response:
        """Send `request` and read the whole response, whatever its status code.

        `request.headers` now carries the token. Redirects are not followed: the token would go along.
        The attempt as a whole takes `request.timeout` seconds at most.

        Raises:
            RequestTimeout: it took longer.
            ConnectionFailed: the connection was refused or lost, or the response was cut off.
            ResponseTooLarge: more than `ApiConfig.max_response_bytes` after content decoding.
        """
        ...

    def close(self) -> None:
        """Close all connections. Calling it again does nothing."""
        ...


@runtime_checkable
class AsyncTransport(Protocol):
    """Sends from asynchronous code; used by many tasks of one event loop at once."""

    async def asend(self, request: Request) -> Response:
        """Like `SyncTransport.send`. When cancelled, the connection is given back or closed."""
        ...

    async def aclose(self) -> None:
        """Close all connections. Calling it again does nothing."""
        ...


Transport: TypeAlias = SyncTransport | AsyncTransport
"""A transport keeps one protocol or both; a client that needs the other says so in one sentence."""


def outgoing(request: Request) -> tuple[dict[str, str], bytes | None]:
    """The header fields and the body that go out; None: no body. What the request says itself wins."""
    headers = {"accept": "application/json", "accept-encoding": "gzip"}
    body = None
    if request.json is not None:
        body = json.dumps(request.json).encode()
        headers["content-type"] = "application/json"
    return headers | {name.lower(): value for name, value in request.headers.items()}, body


def opened_connection(request: Request) -> None:
    """Tell observers, such as the plugin ``metrics``, that a connection was opened for this attempt.

    A transport that cannot tell leaves it out.
    """
    request.state[OPENED] = connections_opened(request) + 1


def connections_opened(request: Request) -> int:
    """How many connections transports have told of since this call began; 0 also where none can tell."""
    opened: int = request.state.get(OPENED, 0)
    return opened


def addresses(host: str, port: int, seconds: float) -> list[str]:
    """The IP addresses of `host`, in the order of the system's preference (RFC 6724).

    The system's own look-up blocks for as long as it likes, so it is left to a thread of its own, which
    is forgotten when it takes more than `seconds`.

    Raises:
        TimeoutError: it took longer.
        OSError: the name is not known.
    """
    found: list[str] = []
    failures: list[OSError] = []

    def look_up() -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend(str(entry[4][0]) for entry in entries)
        except OSError as error:
            failures.append(error)

    thread = threading.Thread(target=look_up, name=f"look-up of {host}", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError(f"the name {host} was not resolved in time")
    for failure in failures:
        raise failure
    return found


def timed_out(request: Request) -> RequestTimeout:
    """The error of an attempt that took too long."""
    return RequestTimeout(f"Request timeout after {request.timeout:g} seconds")


def lost(request: Request, error: BaseException) -> ConnectionFailed:
    """The error of a connection that could not be made or was lost, told by host and cause."""
    host = urlsplit(request.base_url).netloc.rpartition("@")[2]
    return ConnectionFailed(f"Connection error - the connection to {host} failed: {words(error)}")


def malformed(request: Request, error: BaseException) -> ConnectionFailed:
    """The error of an answer that is no whole HTTP response: whoever sent it is to blame."""
    host = urlsplit(request.base_url).netloc.rpartition("@")[2]
    return ConnectionFailed(f"Connection error - the response of {host} is malformed: {words(error)}")


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


def sendable(name: str, value: str) -> bool:
    token = re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", name, re.ASCII)
    return token is not None and value.isprintable() and value == value.strip()


def words(error: BaseException) -> str:
    """What an error says, or what lies behind it when it says nothing, on one line."""
    behind: BaseException | None = error
    while behind is not None:
        if said := " ".join(str(behind).split()):
            return said
        behind = behind.__cause__ or behind.__context__
    return type(error).__name__
