"""Channels: a socket that never blocks, plain or encrypted. What must wait is a flow of steps."""

from __future__ import annotations

import errno
import math
import os
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeVar

from cocapi.interrupts import reraise
from cocapi_httpx.steps import Breathe, LookUp, Readable, Steps, Writable

__all__ = ["Channel", "Plain", "connected", "encrypted"]

T = TypeVar("T")

PATIENCE = 0.5
"""Seconds that an address has, if there is another: twice what RFC 8305 section 5 waits before the next."""
CHUNK = 65536
UNDER_WAY = (errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", errno.EWOULDBLOCK))


class Channel(Protocol):
    """Bytes both ways."""

    def read(self) -> Steps[bytes]:
        """What is there, at least a byte; ``b""`` at the end."""
        ...

    def write(self, data: bytes) -> Steps[None]:
        """Write all of `data`."""
        ...

    def quiet(self) -> bool:
        """Whether nothing is there to be read, neither bytes nor the end."""
        ...

    def close(self) -> None:
        """Close the socket. Of a TLS session nothing is said: it may be another process's."""
        ...


class Plain:
    """A connected socket."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def read(self) -> Steps[bytes]:
        """See `Channel`."""
        while True:
            try:
                return self.sock.recv(CHUNK)
            except BlockingIOError:
                yield Readable(self.sock)

    def write(self, data: bytes) -> Steps[None]:
        """See `Channel`."""
        unsent = memoryview(data)
        while unsent:
            try:
                unsent = unsent[self.sock.send(unsent) :]
            except BlockingIOError:
                yield Writable(self.sock)
            else:
                if unsent:
                    yield Breathe()

    def quiet(self) -> bool:
        """See `Channel`."""
        try:
            self.sock.recv(1)
        except BlockingIOError:
            return True
        except OSError as error:
            reraise(error)
        return False

    def close(self) -> None:
        """See `Channel`."""
        self.sock.close()


class Encrypted:
    """TLS over another channel, which may be encrypted itself: a tunnel through an HTTPS proxy."""

    def __init__(self, inner: Channel, context: ssl.SSLContext, host: str) -> None:
        self.inner = inner
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=host)

    def handshake(self) -> Steps[None]:
        """Agree on keys, and check the certificate."""
        yield from self._until_done(self.tls.do_handshake)

    def read(self) -> Steps[bytes]:
        """See `Channel`."""
        try:
            return (yield from self._until_done(lambda: self.tls.read(CHUNK)))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def write(self, data: bytes) -> Steps[None]:
        """See `Channel`."""
        unsent = memoryview(data)
        while unsent:
            part = unsent[:CHUNK]
            unsent = unsent[(yield from self._until_done(partial(self.tls.write, part))) :]

    def quiet(self) -> bool:
        """See `Channel`."""
        reading = self.read()
        try:
            next(reading)  # would have to wait, so nothing is there
        except (StopIteration, OSError) as error:
            reraise(error)
            return False
        finally:
            reading.close()
        return True

    def close(self) -> None:
        """See `Channel`."""
        self.inner.close()

    def _until_done(self, work: Callable[[], T]) -> Steps[T]:
        """Do `work`, sending and receiving for it what TLS wants."""
        while True:
            try:
                value = work()
            except ssl.SSLWantReadError:
                yield from self._flush()
                data = yield from self.inner.read()
                self.incoming.write(data) if data else self.incoming.write_eof()
            else:
                yield from self._flush()
                return value

    def _flush(self) -> Steps[None]:
        if self.outgoing.pending:
            yield from self.inner.write(self.outgoing.read())


def connected(host: str, port: int) -> Steps[Plain]:
    """A channel to the first of the host's addresses that answers; to the last when none before it does soon.

    Raises:
        OSError: None does.
    """
    failure = OSError(f"{host} has no address")
    addresses = yield LookUp(host, port)
    for number, address in enumerate(addresses, 1):
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        try:
            yield from connect(sock, address, port, PATIENCE if number < len(addresses) else math.inf)
        except OSError as error:
            sock.close()
            reraise(error)
            failure = error
        except BaseException:
            sock.close()
            raise
        else:
            return Plain(sock)
    raise failure


def connect(sock: socket.socket, address: str, port: int, patience: float) -> Steps[None]:
    """Connect a socket, which never blocks from now on.

    Args:
        sock: A new one.
        address: An IP address.
        port: Of the server.
        patience: Seconds until the attempt at this address is given up.

    Raises:
        OSError: It could not be connected; ``ETIMEDOUT`` when patience was over.
    """
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    code = sock.connect_ex((address, port))
    if code in UNDER_WAY:
        yield Writable(sock, patience)
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if not code and not answered(sock):
            yield Breathe()  # where it is the attempt whose time is over, this is its end
            code = errno.ETIMEDOUT
    if code:
        raise OSError(code, os.strerror(code))


def answered(sock: socket.socket) -> bool:
    """Whether a socket is connected."""
    try:
        sock.getpeername()
    except OSError as error:
        reraise(error)
        return False
    return True


def encrypted(inner: Channel, context: ssl.SSLContext, host: str) -> Steps[Encrypted]:
    """`inner`, encrypted; the certificate is one for `host`.

    Raises:
        ssl.SSLError: The certificate is not trusted, or the other side speaks no TLS.
        ConnectionError: The other side hung up.
    """
    channel = Encrypted(inner, context, host)
    try:
        yield from channel.handshake()
    except (ssl.SSLZeroReturnError, ssl.SSLEOFError) as error:
        raise ConnectionResetError(errno.ECONNRESET, "hung up during the TLS handshake") from error
    return channel
