"""A server, a TLS server and a proxy on loopback that misbehave to order, and the transports to meet them."""

import contextlib
import gzip
import json
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def whole(body: bytes, *fields: str, status: str = "200 OK") -> bytes:
    """A response whose length is told."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Listener:
    """Accepts connections on loopback and serves each in a thread of its own until it is stopped.

    accepted: connections so far. open: connections not yet closed by either side.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.tls = tls
        self.accepted = 0
        self.lock = threading.Lock()
        self.sockets: set[socket.socket] = set()
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.socket.getsockname()[1]
        self.stopping = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def open(self) -> int:
        return len(self.sockets)

    def stop(self) -> None:
        self.stopping.set()
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for connection in list(self.sockets):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def settled(self, true: Callable[[], bool], seconds: float = 3.0) -> bool:
        """Wait until `true()` is, at most for `seconds`."""
        end = time.monotonic() + seconds
        while not true() and time.monotonic() < end:
            time.sleep(0.005)
        return true()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            self.sockets.add(connection)
            try:
                self.serve(connection)
            finally:
                self.sockets.discard(connection)
                connection.close()

    def serve(self, connection: socket.socket) -> None:
        raise NotImplementedError


class Server(Listener):
    """Answers by the last part of the path; what it can do is its methods.

    requests: (request line, fields with lower-case names, body) of each request read.
    busy: requests being answered right now; most: the most there ever were.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(tls)
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.busy = self.most = 0
        self.seen: Counter[str] = Counter()

    @property
    def base_url(self) -> str:
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}/v1"

    def serve(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        with stream:
            for served in range(1_000_000):
                line = stream.readline().decode().strip()
                if not line:
                    return
                fields = dict(self._fields(stream))
                body = stream.read(int(fields.get("content-length", 0)))
                path = line.split()[1].partition("?")[0].rpartition("/")[2].replace("-", "_")
                with self.lock:
                    self.requests.append((line, fields, body))
                    self.seen[path] += 1
                    self.busy += 1
                    self.most = max(self.most, self.busy)
                try:
                    stay = getattr(self, path)(connection, served)
                finally:
                    with self.lock:
                        self.busy -= 1
                if stay is False:
                    return

    def _fields(self, stream: Any) -> Iterator[tuple[str, str]]:
        while line := stream.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            yield name.lower(), value.strip()

    def ok(self, connection: socket.socket, served: int) -> None:
        line, fields, body = self.requests[-1]
        answer = json.dumps({"line": line, "fields": fields, "body": body.decode(), "served": served}).encode()
        connection.sendall(whole(answer, "Content-Type: application/json", "X-Mixed-CASE: Kept", "X-Two: a", "X-Two: b"))

    def missing(self, connection: socket.socket, served: int) -> None:
        connection.sendall(whole(b'{"reason":"notFound"}', status="404 Not Found"))

    def redirect(self, connection: socket.socket, served: int) -> None:
        connection.sendall(whole(b"elsewhere", f"Location: {self.base_url}/ok", status="302 Found"))

    def slow(self, connection: socket.socket, served: int) -> None:
        self.stopping.wait(0.05)
        connection.sendall(whole(b'"slow"'))

    def silent(self, connection: socket.socket, served: int) -> bool:
        connection.recv(1)
        return False

    def drip_head(self, connection: socket.socket, served: int) -> bool:
        return self._drip(connection, whole(b"{}", *(f"X-{n}: {n}" for n in range(200))))

    def drip_body(self, connection: socket.socket, served: int) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n")
        return self._drip(connection, b"x" * 2000)

    def _drip(self, connection: socket.socket, data: bytes) -> bool:
        for byte in data:
            connection.sendall(bytes([byte]))
            if self.stopping.wait(0.02):
                break
        return False

    def truncated(self, connection: socket.socket, served: int) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}")
        return False

    def chunk_cut(self, connection: socket.socket, served: int) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
        return False

    def chunked(self, connection: socket.socket, served: int) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")

    def dropped(self, connection: socket.socket, served: int) -> bool:
        return False

    def half_head(self, connection: socket.socket, served: int) -> bool:
        connection.sendall(b"HTTP/1.1 20")
        return False

    def garbage(self, connection: socket.socket, served: int) -> bool:
        connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
        return False

    def once(self, connection: socket.socket, served: int) -> bool | None:
        """A server that closes kept connections: the next request on one meets a closed door."""
        if served:
            return False
        connection.sendall(whole(b"{}"))
        return None

    def once_then_half(self, connection: socket.socket, served: int) -> bool | None:
        return self.half_head(connection, served) if served else self.once(connection, served)

    def told_long(self, connection: socket.socket, served: int) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 1000)
        connection.recv(1)
        return False

    def endless(self, connection: socket.socket, served: int) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not self.stopping.is_set():
            connection.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        return False

    def exact(self, connection: socket.socket, served: int) -> None:
        connection.sendall(whole(b"x" * 10_000))

    def zipped(self, connection: socket.socket, served: int) -> None:
        connection.sendall(whole(gzip.compress(b'{"zipped": true}'), "Content-Encoding: gzip"))

    def zipped_twice(self, connection: socket.socket, served: int) -> None:
        connection.sendall(whole(gzip.compress(b'{"a":') + gzip.compress(b"1}"), "Content-Encoding: gzip"))

    def zipped_cut(self, connection: socket.socket, served: int) -> None:
        connection.sendall(whole(gzip.compress(b'{"zipped": true}')[:-9], "Content-Encoding: gzip"))

    def no_zip(self, connection: socket.socket, served: int) -> None:
        connection.sendall(whole(b"this is no gzip", "Content-Encoding: gzip"))

    def bomb(self, connection: socket.socket, served: int) -> None:
        connection.sendall(whole(gzip.compress(b"\0" * 50_000_000), "Content-Encoding: gzip"))

    def nothing(self, connection: socket.socket, served: int) -> None:
        connection.sendall(b"HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\n")


class Proxy(Listener):
    """A proxy: joins a CONNECT to its target, answers any other request itself."""

    def __init__(self) -> None:
        super().__init__()
        self.heads: list[str] = []

    @property
    def url(self) -> str:
        return f"http://user:secret@127.0.0.1:{self.port}"

    def serve(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            if not (data := connection.recv(65536)):
                return
            head += data
        self.heads.append(head.decode())
        method, target, _ = head.split(b"\r\n")[0].decode().split()
        if method != "CONNECT":
            connection.sendall(whole(b'{"proxied": true}'))
        elif target.startswith("refused"):
            connection.sendall(whole(b"", status="407 Proxy Authentication Required"))
        else:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            host, _, port = target.rpartition(":")
            with socket.create_connection((host, int(port))) as upstream:
                threading.Thread(target=pour, args=(upstream, connection), daemon=True).start()
                pour(connection, upstream)


def pour(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def tls_server(authority: trustme.CA) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = Server(context)
    yield server
    server.stop()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    proxy = Proxy()
    yield proxy
    proxy.stop()
