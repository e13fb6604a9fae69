"""A server on loopback that misbehaves as it is told, byte by byte, and counts its connections."""

from __future__ import annotations

import gzip
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO, Self, TypeAlias

__all__ = ["BEHAVIOURS", "Arrival", "Behaviour", "Server", "head"]

BODY = b'{"tag": "#2PP"}'


@dataclass
class Arrival:
    """A request as it arrived.

    Attributes:
        target: As the request line has it, encoded.
        headers: With names in small letters.
        connection: Its number, counted from 1.
        nth: Which request it is on its connection, counted from 1.
    """

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int
    nth: int


Behaviour: TypeAlias = Callable[[socket.socket, Arrival], bool]
"""Answers a request on its socket; True: the connection stays for another."""


def head(length: int | None, status: str = "200 OK", *more: str) -> bytes:
    """The head of a response.

    Args:
        length: Of the body that it announces; None: it announces none.
        more: Further lines.
    """
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *more]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def plain(sock: socket.socket, _: Arrival) -> bool:
    """A whole answer; the connection stays."""
    sock.sendall(head(len(BODY)) + BODY)
    return True


def closing(sock: socket.socket, _: Arrival) -> bool:
    """A whole answer, and the connection is closed after it."""
    sock.sendall(head(len(BODY)) + BODY)
    return False


def dropped(sock: socket.socket, _: Arrival) -> bool:
    """Not a byte."""
    return False


def truncated(sock: socket.socket, _: Arrival) -> bool:
    """Half of what Content-Length promised."""
    sock.sendall(head(len(BODY) * 2) + BODY)
    return False


def chunk_cut_off(sock: socket.socket, _: Arrival) -> bool:
    """A chunked body without its end."""
    sock.sendall(head(None, "200 OK", "Transfer-Encoding: chunked") + b"5\r\n12345\r\n")
    return False


def dripping(sock: socket.socket, _: Arrival) -> bool:
    """A byte every tenth of a second: no single read takes long."""
    sock.sendall(head(1000))
    with suppress(OSError):
        for _number in range(600):
            sock.sendall(b"x")
            time.sleep(0.1)
    return False


def dripping_head(sock: socket.socket, _: Arrival) -> bool:
    """The same, before the body."""
    with suppress(OSError):
        for byte in head(0, "200 OK", *(f"X-{number}: x" for number in range(60))):
            sock.sendall(bytes([byte]))
            time.sleep(0.1)
    return False


def once(sock: socket.socket, arrival: Arrival) -> bool:
    """A kept connection turns out to be closed when the next request comes."""
    return arrival.nth == 1 and plain(sock, arrival)


def once_then_half(sock: socket.socket, arrival: Arrival) -> bool:
    """On a kept connection, the answer breaks off in its first line."""
    if arrival.nth > 1:
        sock.sendall(b"HTTP/1.1 20")
    return once(sock, arrival)


def silent(sock: socket.socket, _: Arrival) -> bool:
    """Nothing for a long while."""
    sock.settimeout(60)
    with suppress(OSError):
        sock.recv(1)
    return False


def large(sock: socket.socket, _: Arrival) -> bool:
    """A megabyte, announced."""
    with suppress(OSError):
        sock.sendall(head(1_000_000) + b" " * 1_000_000)
    return False


def large_unannounced(sock: socket.socket, _: Arrival) -> bool:
    """A megabyte in chunks."""
    with suppress(OSError):
        sock.sendall(head(None, "200 OK", "Transfer-Encoding: chunked"))
        for _number in range(100):
            sock.sendall(b"2710\r\n" + b" " * 10_000 + b"\r\n")
        sock.sendall(b"0\r\n\r\n")
    return False


def bomb(sock: socket.socket, _: Arrival) -> bool:
    """A megabyte that travels as a kilobyte."""
    packed = gzip.compress(b" " * 1_000_000)
    sock.sendall(head(len(packed), "200 OK", "Content-Encoding: gzip") + packed)
    return True


def zipped(sock: socket.socket, _: Arrival) -> bool:
    """Compressed."""
    packed = gzip.compress(BODY)
    sock.sendall(head(len(packed), "200 OK", "Content-Encoding: gzip") + packed)
    return True


def zipped_in_two(sock: socket.socket, _: Arrival) -> bool:
    """Two gzip members, one after the other (RFC 1952 section 2.2)."""
    packed = gzip.compress(BODY[:5]) + gzip.compress(BODY[5:])
    sock.sendall(head(len(packed), "200 OK", "Content-Encoding: gzip") + packed)
    return True


def zip_cut_off(sock: socket.socket, _: Arrival) -> bool:
    """A gzip without its end, in a body that is as long as announced."""
    packed = gzip.compress(BODY)[:-9]
    sock.sendall(head(len(packed), "200 OK", "Content-Encoding: gzip") + packed)
    return True


def no_content(sock: socket.socket, _: Arrival) -> bool:
    """No body, though a coding of it is named."""
    sock.sendall(b"HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\n")
    return True


def echo(sock: socket.socket, arrival: Arrival) -> bool:
    """The target, later for some than for others."""
    body = arrival.target.encode()
    time.sleep(sum(body) % 5 / 1000)
    sock.sendall(head(len(body), "200 OK", "Set-Cookie: a=b", "X-Two: 1", "X-Two: 2") + body)
    return True


def redirect(sock: socket.socket, arrival: Arrival) -> bool:
    """To another path of this server."""
    sock.sendall(head(0, "302 Found", "Location: /v1/plain"))
    return True


def slow(sock: socket.socket, _: Arrival) -> bool:
    """A whole answer, after a while."""
    time.sleep(0.15)
    sock.sendall(head(len(BODY)) + BODY)
    return True


def refusing(sock: socket.socket, _: Arrival) -> bool:
    """404."""
    sock.sendall(head(len(BODY), "404 Not Found") + BODY)
    return True


def twice(sock: socket.socket, arrival: Arrival) -> bool:
    """The target as the answer, and behind it an answer that nobody asked for."""
    body = arrival.target.encode()
    sock.sendall(head(len(body)) + body + head(7) + b"nobodys")
    return True


def garbage(sock: socket.socket, _: Arrival) -> bool:
    """No HTTP at all."""
    sock.sendall(b"\x00\x01\x02 nonsense\r\n\r\n")
    return False


BEHAVIOURS: dict[str, Behaviour] = {
    function.__name__: function
    for function in (
        *(plain, closing, dropped, truncated, chunk_cut_off, dripping, dripping_head, once, once_then_half),
        *(silent, large, large_unannounced, bomb, zipped, zipped_in_two, zip_cut_off, no_content, echo),
        *(redirect, slow, refusing, twice, garbage),
    )
}
"""By their names."""


@dataclass
class Server:
    """Listens on loopback, with a thread for each connection, until it is closed. The last part of a path
    names the behaviour, as in ``/v1/truncated``; any other name is `plain`.

    Attributes:
        tls: With which it speaks TLS; None: it speaks none.
        arrivals: The requests, in the order in which they arrived.
        connections: How many were made.
        open_now: How many are open.
        most_open: How many were open at the same time.
    """

    tls: ssl.SSLContext | None = None
    arrivals: list[Arrival] = field(default_factory=list)
    connections: int = 0
    open_now: int = 0
    most_open: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def base_url(self) -> str:
        """With the name that its certificate is for, where it has one."""
        return f"https://localhost:{self.port}/v1" if self.tls else f"http://127.0.0.1:{self.port}/v1"

    def answer(self, sock: socket.socket, arrival: Arrival) -> bool:
        """Answer a request; whether the connection stays."""
        name = arrival.target.split("?")[0].rsplit("/", 1)[-1]
        stays = BEHAVIOURS.get(name, plain)(sock, arrival)
        return stays and arrival.headers.get("connection", "").lower() != "close"

    def close(self) -> None:
        """Stop listening, also where accept() is waiting."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with self._lock:
            self.connections += 1
            number = self.connections
            self.open_now += 1
            self.most_open = max(self.most_open, self.open_now)
        with suppress(OSError):
            if self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
            with sock, sock.makefile("rb") as reader:
                for nth in itertools.count(1):
                    arrival = read(reader, number, nth)
                    if arrival is None:
                        break
                    self.arrivals.append(arrival)
                    if not self.answer(sock, arrival):
                        break
        with self._lock:
            self.open_now -= 1


def read(reader: BinaryIO, connection: int, nth: int) -> Arrival | None:
    """The next request of a connection; None: there is none."""
    line = reader.readline().decode().split()
    if len(line) < 2:
        return None
    headers = {}
    while text := reader.readline().decode().strip():
        name, _, value = text.partition(":")
        headers[name.lower()] = value.strip()
    body = reader.read(int(headers.get("content-length", 0)))
    return Arrival(line[0], line[1], headers, body, connection, nth)
