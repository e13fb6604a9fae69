"""Through a SOCKS 5 proxy, which looks up names and may ask for a password."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import trio

from cocapi import ApiConfig, AsyncCocApi, CocApi

BODY = b'{"tag": "#2PP"}'


class Socks:
    """A proxy of RFC 1928 on loopback; every host it is asked for is itself, answering as the API would.

    asked:
        Host and port of each CONNECT.
    password:
        Name and password that it wants; None: none.
    """

    def __init__(self, password: tuple[str, str] | None) -> None:
        self.password = password
        self.asked: list[tuple[str, int]] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock: socket.socket) -> None:
        with suppress(OSError, IndexError), sock:
            sock.recv(100)
            sock.sendall(b"\x05" + (b"\x02" if self.password else b"\x00"))
            if self.password and not self.admitted(sock):
                return
            asked = sock.recv(300)
            host = asked[5 : 5 + asked[4]].decode() if asked[3] == 3 else socket.inet_ntoa(asked[4:8])
            self.asked.append((host, int.from_bytes(asked[-2:])))
            if host == "refused.test":
                sock.sendall(b"\x05\x05\x00\x01" + bytes(6))
                return
            for byte in b"\x05\x00\x00\x01" + bytes(6):  # one by one: nobody promised a single packet
                sock.sendall(bytes([byte]))
            while sock.recv(65536):
                sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY))

    def admitted(self, sock: socket.socket) -> bool:
        said = sock.recv(300)
        name = said[2 : 2 + said[1]].decode()
        right = (name, said[3 + said[1] :].decode()) == self.password
        sock.sendall(b"\x01" + (b"\x00" if right else b"\x01"))
        return right


@pytest.fixture
def proxy(request: pytest.FixtureRequest) -> Iterator[Socks]:
    made = Socks(getattr(request, "param", None))
    yield made
    made.listener.shutdown(socket.SHUT_RDWR)
    made.listener.close()


def ask(name: str, mode: str, host: str) -> dict[str, Any]:
    settings: Any = {"verify_token": False, "max_retries": 1, "timeout": 3, "only_plugins": ()}
    config = ApiConfig(base_url=f"http://{host}/v1", transport=name, **settings)
    if mode == "sync":
        with CocApi("a-long-token", config=config) as api:
            return dict(api.clan_tag("#2PP"))

    async def main() -> dict[str, Any]:
        async with AsyncCocApi("a-long-token", config=config) as api:
            return dict(await api.clan_tag("#2PP"))

    return asyncio.run(main()) if mode == "asyncio" else trio.run(main)


each_mode = pytest.mark.parametrize(
    ("name", "mode"), [("httpx", "sync"), ("httpx", "asyncio"), ("httpx", "trio"), ("requests", "sync")]
)


@each_mode
@pytest.mark.parametrize("proxy", [None, ("me", "s3cret")], indirect=True)
def test_the_proxy_leads_to_a_host_that_it_looks_up(
    name: str, mode: str, proxy: Socks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With and without a password."""
    login = "me:s3cret@" if proxy.password else ""
    monkeypatch.setenv("ALL_PROXY", f"socks5h://{login}127.0.0.1:{proxy.port}")
    assert ask(name, mode, "api.test:8080") == {"tag": "#2PP"}
    assert proxy.asked == [("api.test", 8080)]


@each_mode
@pytest.mark.parametrize("proxy", [("me", "another")], indirect=True)
def test_a_wrong_password_is_the_proxys_word(
    name: str, mode: str, proxy: Socks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told with the proxy's host, and not shown."""
    monkeypatch.setenv("ALL_PROXY", f"socks5h://me:s3cret@127.0.0.1:{proxy.port}")
    found = ask(name, mode, "api.test:8080")
    assert found["error_type"] == "connection"
    assert f"the proxy 127.0.0.1:{proxy.port} failed" in found["detail"]
    assert "s3cret" not in found["detail"]


@each_mode
def test_what_the_proxy_cannot_reach_is_told(
    name: str, mode: str, proxy: Socks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the proxy's own reason."""
    monkeypatch.setenv("ALL_PROXY", f"socks5h://127.0.0.1:{proxy.port}")
    found = ask(name, mode, "refused.test")
    assert found["error_type"] == "connection"
    assert "the proxy" in found["detail"]
    assert "refused" in found["detail"].lower()


@each_mode
def test_without_its_library_the_sentence_says_what_to_install(
    name: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no plugin is blamed."""
    monkeypatch.setenv("ALL_PROXY", "socks5h://127.0.0.1:1")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("cocapi_requests.socks.find_spec", lambda name: None)
    found = ask(name, mode, "api.test")
    assert found["error_type"] == "connection"
    assert f"pip install '{name}[socks]'" in found["detail"]
