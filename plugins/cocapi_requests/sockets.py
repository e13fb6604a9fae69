"""Sockets that one bound ends: each operation may take what is left of the attempt, all together no more."""

from __future__ import annotations

import socket
import ssl
from typing import Any

from cocapi.clocks import elapsed
from cocapi.interrupts import reraise
from cocapi.transport import addresses

__all__ = ["Bound", "PlainSocket", "TLSSocket", "connected", "encrypted"]

LONGEST = 1e6
"""Seconds that one operation may take: beyond some weeks, the systems' own numbers end."""


class Bound:
    """What the sockets of one connection share.

    Attributes:
        deadline: When the attempt ends, by `cocapi.clocks.elapsed`; None: nothing waits at all.
        heard: Whether a byte has come since it was last set to False.
    """

    def __init__(self, deadline: float) -> None:
        self.deadline: float | None = deadline
        self.heard = False

    def left(self) -> float:
        """Seconds that the next operation may take.

        Raises:
            TimeoutError: The attempt is over.
        """
        if self.deadline is None:
            return 0
        seconds = self.deadline - elapsed()
        if seconds <= 0:
            raise TimeoutError("the attempt took too long as a whole")
        return min(seconds, LONGEST)


class Bounded(socket.socket):
    """A socket that knows its bound. (gevent's, which may stand in its place, pass each other more.)"""

    bound = Bound(float("inf"))

    def recv(self, *args: Any, **named: Any) -> bytes:
        """Read what is there."""
        self.settimeout(self.bound.left())
        return super().recv(*args, **named)

    def recv_into(self, *args: Any, **named: Any) -> int:
        """Read what is there."""
        self.settimeout(self.bound.left())
        number = super().recv_into(*args, **named)
        self.bound.heard = self.bound.heard or number > 0
        return number

    def send(self, *args: Any, **named: Any) -> int:
        """Write a part."""
        self.settimeout(self.bound.left())
        return super().send(*args, **named)

    def sendall(self, *args: Any, **named: Any) -> None:
        """Write all."""
        self.settimeout(self.bound.left())
        super().sendall(*args, **named)


class PlainSocket(Bounded):
    """Plain."""


class TLSSocket(Bounded, ssl.SSLSocket):
    """Encrypted; its handshake, in C, is bounded as a whole by the timeout it begins with."""


def connected(host: str, port: int, bound: Bound) -> PlainSocket:
    """A socket to the first of the host's addresses that answers.

    Raises:
        OSError: None does; TimeoutError when time was up.
    """
    failure = OSError(f"{host} has no address")
    for address in addresses(host, port, bound.left()):
        sock = PlainSocket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        try:
            sock.bound = bound
            sock.settimeout(bound.left())
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect((address, port))
        except OSError as error:
            sock.close()
            reraise(error)
            failure = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise failure


def encrypted(inner: Any, context: ssl.SSLContext, host: str, bound: Bound) -> Any:
    """`inner`, encrypted; the certificate is one for `host`. Over TLS, urllib3's own layer is put.

    Raises:
        ssl.SSLError: The certificate is not trusted, or the other side speaks no TLS.
        ConnectionError: The other side hung up.
    """
    from urllib3.util.ssltransport import SSLTransport

    inner.settimeout(bound.left())
    try:
        if isinstance(inner, ssl.SSLSocket):
            return SSLTransport(inner, context, host)
        sock: Any = context.wrap_socket(inner, server_hostname=host)
    except (ssl.SSLZeroReturnError, ssl.SSLEOFError) as error:
        raise ConnectionResetError("hung up during the TLS handshake") from error
    sock.bound = bound
    return sock
