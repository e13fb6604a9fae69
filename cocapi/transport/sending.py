"""What a transport needs to send a request: header fields, body, addresses; and to tell of a connection."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping

from cocapi.calls.address import refusal
from cocapi.calls.messages import Request
from cocapi.interrupts import reraise, undisturbed
from cocapi.text import cited
from cocapi.transport.failures import sendable

__all__ = ["addresses", "check_sendable", "connections_opened", "is_address", "opened_connection", "outgoing"]

OPENED = "connections opened"


def outgoing(request: Request) -> tuple[dict[str, str], bytes | None]:
    """The header fields and the body that go out; None: no body. What the request says itself wins."""
    headers = {"accept": "application/json", "accept-encoding": "gzip"}
    body = None
    if request.json is not None:
        body = json.dumps(request.json).encode()
        headers["content-type"] = "application/json"
    return headers | {name.lower(): value for name, value in request.headers.items()}, body


def check_sendable(request: Request) -> None:
    """Refuse what HTTP cannot carry, by name, before anything is sent (RFC 9110 sections 5.5 and 9.1).

    Raises:
        InvalidParams: A header field, the method or the path has characters that cannot be sent. The value of
            a header field stays out of the sentence: it may be secret.
    """
    if request.headers:
        check_fields(request.headers)
    path = request.path
    if path[:1] != "/" or not path.isascii() or not path.isprintable() or " " in path:
        raise refusal(f"the path {cited(path)} cannot be sent: it begins with '/' and is percent-encoded")
    if not request.method.isalpha() or not request.method.isascii():
        raise refusal(f"the method {cited(request.method)} cannot be sent")


def check_fields(headers: Mapping[str, str]) -> None:
    """Refuse header fields that HTTP cannot carry."""
    for name, value in headers.items():
        if not sendable(name, value):
            raise refusal(
                f"the header field {cited(name)} cannot be sent: its value must be a text of printable ASCII "
                "characters on one line, without white space at its ends"
            )


def opened_connection(request: Request) -> None:
    """Tell observers that a connection was opened for this attempt.

    A transport that cannot tell leaves it out.
    """
    request.state[OPENED] = connections_opened(request) + 1


def connections_opened(request: Request) -> int:
    """How many connections transports have told of since this call began; 0 also where none can tell."""
    opened: int = request.state.get(OPENED, 0)
    return opened


def addresses(host: str, port: int, seconds: float) -> list[str]:
    """The IP addresses of `host`, in the order of the system's preference (RFC 6724); an address is its own.

    The system's own look-up blocks for as long as it likes, so it is left to a thread of its own, which
    is forgotten when it takes more than `seconds`.

    Raises:
        TimeoutError: It took longer.
        OSError: The name is not known.
    """
    if is_address(host):
        return [host]
    try:
        entries = undisturbed(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), seconds)
    except TimeoutError as error:
        raise TimeoutError(f"the name {host} was not resolved in time") from error
    return [str(entry[4][0]) for entry in entries]


def is_address(host: str) -> bool:
    """Whether `host` is an IP address already, so that there is nothing to look up.

    It is read in C: `ipaddress` takes a ValueError out of a signal handler for its own.
    """
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except (OSError, ValueError) as error:  # ValueError: a character that no name has
            reraise(error)
        else:
            return True
    return False
