"""A server that does exactly what it is told, and a proxy."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from cocapi.testing.server import Arrival, Server


class Tunnel(Server):
    """A proxy that joins a CONNECT to its target; ``arrivals`` are the requests to the proxy."""

    @property
    def url(self) -> str:
        return f"http://user:password@127.0.0.1:{self.port}"

    def answer(self, sock: socket.socket, arrival: Arrival) -> bool:
        host, _, port = arrival.target.rpartition(":")
        sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection((host, int(port))) as target:
            threading.Thread(target=pour, args=(target, sock), daemon=True).start()
            pour(sock, target)
        return False


def pour(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def tunnel() -> Iterator[Tunnel]:
    made = Tunnel()
    yield made
    made.close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()
