"""Servers that send what nobody asked for, or nothing, or for ever: each caller gets his own answer."""

import asyncio
import json
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from typing import Any

import anyio
import pytest
import trio

from cocapi import ApiConfig, AsyncCocApi, CocApi

MODES = [
    ("httpx", "sync"),
    ("httpx", "asyncio"),
    ("httpx", "trio"),
    ("pyreqwest", "sync"),
    ("pyreqwest", "asyncio"),
    ("requests", "sync"),
]
if find_spec("cocapi_aiohttp_transport"):  # from outside: tests/together/test_distributions.py installs it
    MODES.append(("aiohttp", "asyncio"))
SETTINGS: dict[str, Any] = {"verify_token": False, "max_retries": 1, "only_plugins": ()}


PAUSE = 0.02
"""Seconds in which a library that reads in the background finds what has come."""


class Sent:
    """Counts what a server has sent.

    answers:
        So many are there whole, with whatever comes behind them.
    """

    answers = 0


class Asker:
    """A client of one transport in one mode."""

    def __init__(self, name: str, mode: str) -> None:
        self.name, self.mode = name, mode

    def ask(
        self, base_url: str, *tags: str, sent: Sent | None = None, timeout: float = 20
    ) -> list[dict[str, Any]]:
        """The answers about clans, asked for one after another; where `sent` counts, each when all that the
        server sends to the one before is there."""
        config = ApiConfig(base_url=base_url, transport=self.name, timeout=timeout, **SETTINGS)
        answers: list[dict[str, Any]] = []
        if self.mode == "sync":
            with CocApi("a-long-token", config=config) as api:
                for number, tag in enumerate(tags, 1):
                    answers.append(dict(api.clan_tag(tag)))
                    while sent and sent.answers < number:
                        time.sleep(0.01)
                    time.sleep(PAUSE if sent else 0)
            return answers

        async def main() -> None:
            async with AsyncCocApi("a-long-token", config=config) as api:
                for number, tag in enumerate(tags, 1):
                    answers.append(dict(await api.clan_tag(tag)))
                    while sent and sent.answers < number:  # a thread sends
                        await anyio.sleep(0.01)
                    await anyio.sleep(PAUSE if sent else 0)

        asyncio.run(main()) if self.mode == "asyncio" else trio.run(main)
        return answers


@pytest.fixture(params=MODES, ids=["-".join(mode) for mode in MODES])
def asker(request: pytest.FixtureRequest) -> Asker:
    return Asker(*request.param)


@pytest.fixture
def sent() -> Sent:
    """What `serve` has sent."""
    return Sent()


@pytest.fixture
def serve(sent: Sent) -> Iterator[Callable[[Callable[[socket.socket, str], None]], str]]:
    """Start a server that answers each request as a function does; its base URL."""
    with ExitStack() as stack:

        def start(answer: Callable[[socket.socket, str], None]) -> str:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=100))
            stack.callback(listener.shutdown, socket.SHUT_RDWR)

            def handle(sock: socket.socket) -> None:
                with sock, suppress(OSError):
                    buffer = b""
                    while True:
                        while b"\r\n\r\n" not in buffer:
                            data = sock.recv(65536)
                            if not data:
                                return
                            buffer += data
                        head, _, buffer = buffer.partition(b"\r\n\r\n")
                        found = re.search(rb"%23(\w+)", head)
                        try:
                            answer(sock, f"#{found[1].decode()}" if found else "")
                        finally:
                            sent.answers += 1

            def accept() -> None:
                with suppress(OSError):
                    while True:
                        sock, _ = listener.accept()
                        threading.Thread(target=handle, args=(sock,), daemon=True).start()

            threading.Thread(target=accept, daemon=True).start()
            return f"http://127.0.0.1:{listener.getsockname()[1]}/v1"

        yield start


def whole(tag: str, *fields: str) -> bytes:
    body = json.dumps({"tag": tag}).encode()
    return "\r\n".join(("HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *fields, "", "")).encode() + body


def chunked(tag: str) -> bytes:
    body = json.dumps({"tag": tag}).encode()
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


ANOTHERS = whole("#ANOTHERS")
TAGS = [f"#A{number}" for number in range(6)]


def behind(sock: socket.socket, tag: str) -> None:
    sock.sendall(whole(tag) + ANOTHERS)


def behind_chunks(sock: socket.socket, tag: str) -> None:
    sock.sendall(chunked(tag) + ANOTHERS)


def later(sock: socket.socket, tag: str) -> None:
    sock.sendall(whole(tag))
    time.sleep(0.005)
    sock.sendall(ANOTHERS)


def interim(sock: socket.socket, tag: str) -> None:
    for status in (102, 103, 100):
        sock.sendall(f"HTTP/1.1 {status} Wait\r\nLink: </x>\r\n\r\n".encode())
    sock.sendall(whole(tag))


@pytest.mark.parametrize("answer", [behind, behind_chunks, later, interim])
def test_nobody_gets_anothers_answer(asker: Asker, serve: Any, sent: Sent, answer: Any) -> None:
    """More bytes behind an answer, in the same packet or a moment later, and interim answers before it."""
    answers = asker.ask(serve(answer), *TAGS, sent=sent)
    assert [found.get("tag") for found in answers] == TAGS


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_a_body_where_none_belongs_is_nobodys(asker: Asker, serve: Any, sent: Sent, status: str) -> None:
    """204 and 304 end with their head."""

    def answer(sock: socket.socket, tag: str) -> None:
        sock.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 50\r\n\r\n".encode() + ANOTHERS)

    answers = asker.ask(serve(answer), *TAGS[:3], sent=sent)
    assert [found.get("tag") for found in answers] == [None] * 3


MALFORMED = {
    "negative chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabcde\r\n0\r\n\r\n",
    "length of 5000 digits": b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n{}",
    "negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "no status": b"HTTP/1.1 OK\r\n\r\n{}",
    "another protocol": b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n{}",
    "a head without end": b"HTTP/1.1 200 OK\r\n" + b"X-Field: yes\r\n" * 100_000,
    "a reason of a megabyte": b"HTTP/1.1 200 " + b"O" * 1_000_000 + b"\r\nContent-Length: 2\r\n\r\n{}",
    "cut off": b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}",
    "brotli": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Encoding: br\r\n\r\n{}",
    "no gzip": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\n\r\n{}",
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_answer_is_the_servers_fault(asker: Asker, serve: Any, what: str) -> None:
    """Told in one line, and never blamed on a plugin or on what was sent."""

    def answer(sock: socket.socket, tag: str) -> None:
        sock.sendall(MALFORMED[what])
        sock.close()

    (found,) = asker.ask(serve(answer), "#A0")
    assert found["error_type"] == "connection" or what.startswith("length"), found
    assert "cannot be sent" not in found["detail"]
    assert "plugin" not in found["detail"]
    assert found["detail"].isprintable()
    assert len(found["detail"]) < 1000


@pytest.mark.parametrize("coding", ["GZIP", "x-gzip", "Gzip, identity", "identity"])
def test_content_codings_have_no_case(asker: Asker, serve: Any, coding: str) -> None:
    """x-gzip is gzip, and identity is none (RFC 9110 section 8.4.1)."""
    import gzip

    def answer(sock: socket.socket, tag: str) -> None:
        body = json.dumps({"tag": tag}).encode()
        body = gzip.compress(body) if "gzip" in coding.lower() else body
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nContent-Encoding: {coding}\r\n\r\n"
        sock.sendall(head.encode() + body)

    if asker.name == "pyreqwest" and coding != "identity":
        coding = "gzip"  # reqwest knows the one spelling
    assert asker.ask(serve(answer), "#A0") == [{"tag": "#A0"}]


def dripping_status(sock: socket.socket, _: str) -> None:
    for byte in b"HTTP/1.1 200 OK" + b"K" * 1000:
        sock.sendall(bytes([byte]))
        time.sleep(0.05)


def flood(sock: socket.socket, piece: bytes) -> None:
    """Without a pause, for longer than anybody would wait."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        sock.sendall(piece)


def interim_for_ever(sock: socket.socket, _: str) -> None:
    flood(sock, b"HTTP/1.1 102 Processing\r\n\r\n" * 2000)


def head_for_ever(sock: socket.socket, _: str) -> None:
    flood(sock, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000)


def chunk_extension_for_ever(sock: socket.socket, _: str) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;")
    flood(sock, b"x" * 60_000)


def trailers_for_ever(sock: socket.socket, _: str) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n")
    flood(sock, b"X: y\r\n" * 5000)


def empty_gzip_members(sock: socket.socket, _: str) -> None:
    import gzip

    member = gzip.compress(b"") * 2000
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
    flood(sock, b"%x\r\n%s\r\n" % (len(member), member))


def silent(sock: socket.socket, _: str) -> None:
    sock.settimeout(60)
    sock.recv(1)


FOR_EVER = [
    *(dripping_status, interim_for_ever, head_for_ever, chunk_extension_for_ever, trailers_for_ever),
    *(empty_gzip_members, silent),
]


@pytest.mark.parametrize("answer", FOR_EVER)
def test_an_attempt_ends_in_time(asker: Asker, serve: Any, answer: Any) -> None:
    """However busy the server looks."""
    started = time.monotonic()
    (found,) = asker.ask(serve(answer), "#A0", timeout=0.4)
    assert found["error_type"] in ("timeout", "connection"), found
    assert time.monotonic() - started < 30


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port that accepts connections and never reads or writes."""
    held = []
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen(10)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    held.append(listener.accept()[0])

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        for sock in held:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_silence_after_connecting_ends_in_time(asker: Asker, deaf: int, scheme: str) -> None:
    """Also where TLS waits for the server's first word."""
    started = time.monotonic()
    (found,) = asker.ask(f"{scheme}://127.0.0.1:{deaf}/v1", "#A0", timeout=0.4)
    assert found["error_type"] == "timeout"
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_silent_proxy_ends_in_time(
    asker: Asker, deaf: int, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for the answer, or for a tunnel."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{deaf}")
    started = time.monotonic()
    (found,) = asker.ask(f"{scheme}://api.test/v1", "#A0", timeout=0.4)
    assert found["error_type"] == "timeout"
    assert time.monotonic() - started < 30


def test_an_unreachable_proxy_is_told_as_such(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its host, without its password; not as the API refusing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:s3cret@127.0.0.1:{port}")
    (found,) = asker.ask("https://api.test/v1", "#A0")
    assert found["error_type"] == "connection"
    assert "proxy" in found["detail"]
    assert "s3cret" not in found["detail"]
    if asker.name != "pyreqwest":
        assert f"127.0.0.1:{port}" in found["detail"]


def test_a_proxy_of_unknown_name_is_told_as_such(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not as the API being unknown."""
    monkeypatch.setenv("HTTPS_PROXY", "http://me:s3cret@proxy.invalid:3128")
    (found,) = asker.ask("https://api.test/v1", "#A0")
    assert found["error_type"] == "connection"
    assert "proxy" in found["detail"]
    assert "s3cret" not in found["detail"]


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "socks5h://me:s3cret@127.0.0.1:1"])
def test_a_socks_proxy_that_cannot_be_used_is_told(
    asker: Asker, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what to install, or that it does not answer; never as a plugin that failed."""
    monkeypatch.setenv("ALL_PROXY", proxy)
    (found,) = asker.ask("https://api.test/v1", "#A0")
    assert found["error_type"] == "connection"
    assert "s3cret" not in found["detail"]


@pytest.mark.parametrize(
    "excepted", ["*", "127.0.0.1", "127.0.0.0/8", "example.org, 127.0.0.1", ".0.0.1,127.0.0.1"]
)
def test_no_proxy_is_read_alike(
    asker: Asker, serve: Any, excepted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``*``, hosts, networks."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("NO_PROXY", excepted)
    url = serve(lambda sock, tag: sock.sendall(whole(tag)))
    assert asker.ask(url, "#A0") == [{"tag": "#A0"}]


def test_late_bytes_over_tls_are_nobodys(
    asker: Asker, sent: Sent, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """Encrypted, or waiting in the buffers of TLS."""
    import trustme

    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)

    def handle(sock: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(sock, server_side=True) as tls:
            while head := tls.recv(65536):
                found = re.search(rb"%23(\w+)", head)
                try:
                    tls.sendall(whole(f"#{found[1].decode()}" if found else "") + ANOTHERS)
                    time.sleep(0.005)
                    tls.sendall(ANOTHERS)
                finally:
                    sent.answers += 1

    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=handle, args=(listener.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/v1"
        answers = asker.ask(url, *TAGS[:4], sent=sent)
        listener.shutdown(socket.SHUT_RDWR)
    assert [found.get("tag", found) for found in answers] == TAGS[:4]
