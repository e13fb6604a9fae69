"""What the transport over urllib3's connections promises, against servers that misbehave byte by byte."""

import gzip
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import cycle
from typing import Any

import pytest

from cocapi import ApiConfig, CocApi, Request, RequestTimeout, interrupts

SETTINGS: dict[str, Any] = {
    "transport": "requests",
    "verify_token": False,
    "enable_caching": False,
    "enable_rate_limiting": False,
    "max_retries": 1,
}
EVIL = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"tag": "#EVIL"'

Behaviour = Callable[[socket.socket, str], None]


def answer(tag: str) -> bytes:
    body = b'{"tag": "#%s"}' % tag.encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


class Server:
    """Answers each request on each connection as it is told."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.connections: list[socket.socket] = []
        self.heads: list[str] = []
        self.served = threading.Semaphore(0)
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self.socket.accept()
                self.connections.append(sock)
                threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock: socket.socket) -> None:
        with sock, suppress(OSError):
            while data := sock.recv(65536):
                self.heads.append(data.decode("latin-1"))
                tag = re.search(rb"%23(\w+)", data)
                try:
                    self.behaviour(sock, tag[1].decode() if tag else "")
                finally:
                    self.served.release()

    def close(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


@contextmanager
def client(behaviour: Behaviour, scheme: str = "http", **settings: Any) -> Iterator[tuple[CocApi, Server]]:
    server = Server(behaviour)
    config = ApiConfig(base_url=f"{scheme}://127.0.0.1:{server.port}/v1", **SETTINGS | settings)
    try:
        with CocApi("token", config=config) as api:
            yield api, server
    finally:
        server.close()


def sends(data: bytes, close: bool = True) -> Behaviour:
    def behave(sock: socket.socket, _: str) -> None:
        sock.sendall(data)
        if close:
            sock.shutdown(socket.SHUT_RDWR)

    return behave


def more_behind(sock: socket.socket, tag: str) -> None:
    """A second answer in the same packet."""
    sock.sendall(answer(tag) + EVIL)


def more_later(sock: socket.socket, tag: str) -> None:
    """A second answer a moment later."""
    sock.sendall(answer(tag))
    time.sleep(0.005)
    sock.sendall(EVIL)


def body_behind_204(sock: socket.socket, _: str) -> None:
    sock.sendall(b"HTTP/1.1 204 No Content\r\n\r\n" + EVIL)


def body_behind_304(sock: socket.socket, _: str) -> None:
    sock.sendall(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 15\r\n\r\n" + EVIL)


@pytest.mark.parametrize("behaviour", [more_behind, more_later, body_behind_204, body_behind_304])
def test_nobody_receives_what_a_server_sent_unasked(behaviour: Behaviour) -> None:
    """A connection on which something waits is not used again."""
    with client(behaviour) as (api, server):
        for number in range(10):
            assert api.clan_tag(f"#Q{number}").get("tag") in (f"#Q{number}", None)
            assert server.served.acquire(timeout=30)  # whatever it sends is there
        assert len(server.connections) == 10


@pytest.mark.parametrize("status", ["100 Continue", "102 Processing", "103 Early Hints", "199 Own"])
def test_interim_answers_are_read_past(status: str) -> None:
    """Several, with fields; the connection stays in use."""

    def behave(sock: socket.socket, tag: str) -> None:
        sock.sendall(f"HTTP/1.1 {status}\r\nLink: x\r\n\r\n".encode() * 3 + answer(tag))

    with client(behave) as (api, server):
        assert [api.clan_tag(f"#Q{n}")["tag"] for n in range(5)] == [f"#Q{n}" for n in range(5)]
        assert len(server.connections) == 1


def test_a_dead_kept_connection_is_replaced_within_the_attempt() -> None:
    """The server closed it as the request came, and not a byte came back: a GET is sent again, once."""
    fate = cycle([True, False])

    def behave(sock: socket.socket, tag: str) -> None:
        if next(fate):
            sock.sendall(answer(tag))
        else:
            sock.shutdown(socket.SHUT_RDWR)

    with client(behave) as (api, server):
        assert [api.clan_tag(f"#Q{n}")["tag"] for n in range(5)] == [f"#Q{n}" for n in range(5)]
        assert len(server.connections) == 5


def head(*lines: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode("latin-1")


CHUNKED = head("Transfer-Encoding: chunked")
WRONG: dict[str, tuple[bytes, str]] = {
    "a negative chunk": (CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n", "malformed: b'-5"),
    "a chunk of 0x5": (CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n", "malformed: b'0x5"),
    "a chunk of 1_0": (CHUNKED + b"1_0\r\nhello\r\n0\r\n\r\n", "malformed: b'1_0"),
    "a chunk without size": (CHUNKED + b"\r\nhello\r\n0\r\n\r\n", "malformed: b'"),
    "an endless size": (CHUNKED + b"f" * 9999 + b"\r\n", "malformed: b'f"),
    "a chunk that is longer": (CHUNKED + b"2\r\nhello\r\n0\r\n\r\n", "malformed: a chunk is longer"),
    "endless trailers": (CHUNKED + b"0\r\n" + b"a: b\r\n" * 999, "malformed: it has too many"),
    "another transfer coding": (head("Transfer-Encoding: gzip, chunked"), "malformed: the transfer coding"),
    "an endless length": (head("Content-Length: " + "9" * 5000), "malformed: its Content-Length is '9"),
    "a negative length": (head("Content-Length: -1"), "malformed: its Content-Length is '-1'"),
    "a length of +2": (head("Content-Length: +2") + b"{}", "malformed: its Content-Length is"),
    "two lengths": (head("Content-Length: 2", "Content-Length: 3") + b"{}", "malformed: its Content-Length"),
    "another protocol": (
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
        "malformed: it switched to another",
    ),
    "no status": (b"HTTP/1.1 9 Odd\r\n\r\n", "malformed: b'HTTP/1.1 9"),
    "no HTTP": (b"\x00\x01 nonsense\r\n\r\n", "malformed: .*is no status line"),
    "no header field": (
        head("Content Length: 2") + b"{}",
        "malformed: it has a line that is no header field",
    ),
    "an endless head": (head(*["A: b"] * 60000), "malformed: its head is longer than 262144 bytes"),
    "no gzip": (
        head("Content-Length: 3", "Content-Encoding: GZIP") + b"abc",
        "malformed: .*gzip and is none",
    ),
    "another coding": (
        head("Content-Length: 3", "Content-Encoding: br") + b"abc",
        "malformed: .*'br' was not",
    ),
    "half a gzip": (head("Content-Encoding: gzip") + gzip.compress(b"{}")[:-9], "malformed: .*cut off"),
    "half a body": (head("Content-Length: 30") + b"{}", "failed: the response was cut off"),
    "half a chunk": (CHUNKED + b"9\r\n{", "failed: the response was cut off"),
    "no last chunk": (CHUNKED + b"2\r\n{}\r\n", "failed: the server hung up"),
    "half a head": (b"HTTP/1.1 200 OK\r\nContent-Type: a", "failed: the server hung up in the middle"),
    "a head without end": (b"HTTP/1.1 200 OK\r\nContent-Type: a\r\n", "failed: the server hung up without"),
    "an interim answer alone": (b"HTTP/1.1 103 Early Hints\r\n\r\n", "failed: the server hung up without"),
    "nothing": (b"", "failed: the server hung up without"),
}


@pytest.mark.parametrize(("data", "sentence"), WRONG.values(), ids=WRONG)
def test_a_server_is_blamed_for_what_it_sends(data: bytes, sentence: str) -> None:
    """Nobody else, and by what it did."""
    with client(sends(data)) as (api, _):
        told = api.clan_tag("#2PP")
    assert told["error_type"] == "connection", told
    assert re.search(sentence, told["detail"]), told["detail"]


RIGHT: dict[str, bytes] = {
    "fields beyond ASCII": head("X: \xe4", "Content-Length: 12") + b'{"tag": "#"}',
    "x-gzip": head("Content-Encoding: X-GZip") + gzip.compress(b'{"tag": "#"}'),
    "a length twice": head("Content-Length: 12", "Content-Length: 12") + b'{"tag": "#"}',
    "an extension and a trailer": CHUNKED + b'C;a="b"\r\n{"tag": "#"}\r\n000\r\nA: b\r\n\r\n',
    "bare line ends": b'HTTP/1.1 200\nContent-Length:12\n\n{"tag": "#"}',
    "HTTP/1.0": b'HTTP/1.0 200 OK\r\n\r\n{"tag": "#"}',
}


@pytest.mark.parametrize("data", RIGHT.values(), ids=RIGHT)
def test_what_is_odd_and_whole_is_read(data: bytes) -> None:
    """RFC 9112 lets it pass."""
    with client(sends(data)) as (api, _):
        assert api.clan_tag("#2PP") == {"tag": "#"}


def drip(data: bytes) -> Behaviour:
    """Byte by byte, for longer than anybody waits."""

    def behave(sock: socket.socket, _: str) -> None:
        for byte in data:
            sock.sendall(bytes([byte]))
            time.sleep(0.05)

    return behave


def flood(first: bytes, again: bytes) -> Behaviour:
    """Something, and then the same for ever."""

    def behave(sock: socket.socket, _: str) -> None:
        sock.sendall(first)
        while True:
            sock.sendall(again)

    return behave


def nothing(sock: socket.socket, _: str) -> None:
    while sock.recv(65536):
        pass


EMPTY_MEMBERS = gzip.compress(b"") * 500
SLOW: dict[str, tuple[str, Behaviour]] = {
    "silence": ("http", nothing),
    "a silent TLS handshake": ("https", nothing),
    "a head byte by byte": ("http", drip(head("A: " + "b" * 1000))),
    "a body byte by byte": ("http", drip(head("Content-Length: 999") + b" " * 900)),
    "endless interim answers": ("http", drip(b"HTTP/1.1 102 Processing\r\n\r\n" * 40)),
    "endless empty gzip members": ("http", flood(head("Content-Encoding: gzip"), EMPTY_MEMBERS)),
}


@pytest.mark.parametrize(("scheme", "behaviour"), SLOW.values(), ids=SLOW)
def test_an_attempt_ends_with_its_timeout(scheme: str, behaviour: Behaviour) -> None:
    """Whatever the server does meanwhile."""
    with client(behaviour, scheme, timeout=0.4) as (api, _):
        started = time.monotonic()
        assert api.clan_tag("#2PP")["error_type"] == "timeout"
        assert time.monotonic() - started < 30


def test_sending_is_bounded_as_well() -> None:
    """30 MB that nobody reads."""
    deaf = socket.create_server(("127.0.0.1", 0))
    with deaf:
        config = ApiConfig(base_url=f"http://127.0.0.1:{deaf.getsockname()[1]}/v1", timeout=0.4, **SETTINGS)
        with CocApi("token", config=config) as api:
            started = time.monotonic()
            body = {"token": "x" * 30_000_000}
            request = Request("x", "POST", "/x", base_url=config.base_url, timeout=0.4, json=body)
            with pytest.raises(RequestTimeout):
                api._session.wires[0].bearer.transport.send(request)  # type: ignore[union-attr]
            assert time.monotonic() - started < 30


@pytest.mark.parametrize(
    ("proxy", "scheme", "sentence"),
    [
        ("http://user:s3cret@127.0.0.1:1", "http", "the proxy 127.0.0.1:1 failed: .*refused"),
        ("http://user:s3cret@127.0.0.1:1", "https", "the proxy 127.0.0.1:1 failed: .*refused"),
        ("http://user:s3cret@[::", "http", "the proxy that HTTP_PROXY or ALL_PROXY names is no address"),
        ("ftp://user:s3cret@127.0.0.1", "http", "the proxy that HTTP_PROXY or ALL_PROXY names is no address"),
    ],
)
def test_a_proxy_is_blamed_by_address(
    proxy: str, scheme: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its password."""
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, proxy)
    config = ApiConfig(base_url=f"{scheme}://nobody.test/v1", **SETTINGS)
    with CocApi("token", config=config) as api:
        told = api.clan_tag("#2PP")
    assert told["error_type"] == "connection"
    assert re.search(sentence, told["detail"]), told
    assert "s3cret" not in told["detail"]


def test_a_proxy_that_refuses_is_told_by_what_it_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """407 to a CONNECT."""
    server = Server(sends(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"))
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.port}")
    with CocApi("token", config=ApiConfig(base_url="https://nobody.test/v1", **SETTINGS)) as api:
        assert f"the proxy 127.0.0.1:{server.port} failed: it answered 407" in api.clan_tag("#2PP")["detail"]
    server.close()
    assert "token" not in server.heads[0]


def test_a_socks_proxy_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PySocks is missing."""
    from cocapi_requests import socks

    monkeypatch.setattr(socks, "find_spec", lambda _: None)
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:1")
    with CocApi("token", config=ApiConfig(base_url="http://nobody.test/v1", **SETTINGS)) as api:
        told = api.clan_tag("#2PP")["detail"]
    assert "names a SOCKS proxy" in told
    assert "pip install 'requests[socks]'" in told


def test_undisturbed_work_returns_raises_and_is_bounded() -> None:
    """And no signal handler reaches it."""
    assert interrupts.undisturbed(lambda: threading.current_thread() is threading.main_thread()) is False
    with pytest.raises(KeyError, match="x"):
        interrupts.undisturbed(lambda: {}["x"])
    ended = threading.Event()
    with pytest.raises(TimeoutError, match=r"more than 0\.05 seconds"):
        interrupts.undisturbed(lambda: ended.wait(60), 0.05)
    ended.set()
