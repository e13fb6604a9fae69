"""The same over a real socket, with the default transport: a server that fails in one way after another."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cocapi import ApiConfig, AsyncCocApi, CocApi

HEAD = b"HTTP/1.1 %s\r\nConnection: close\r\n"
FAILURES = [
    b"",  # hangs up
    HEAD % b"503 Service Unavailable" + b"Retry-After: 0\r\nContent-Length: 0\r\n\r\n",
    HEAD % b"200 OK" + b'Content-Length: 100\r\n\r\n{"tag": "#2',  # cut off
    HEAD % b"200 OK" + b"Content-Length: 6\r\n\r\n<html>",
    HEAD % b"502 Bad Gateway" + b"Content-Length: 6\r\n\r\n<html>",
]
FINE = HEAD % b"200 OK" + b'Content-Length: 15\r\n\r\n{"tag": "#2PP"}'


class Server:
    """Answers one connection after another with the bytes of a script; the last again and again."""

    def __init__(self, answers: list[bytes]) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}/v1"

    def serve(self) -> None:
        while True:
            connection, _ = self.socket.accept()
            with connection:
                request = connection.recv(10_000)
                if not request:
                    return
                self.requests.append(request)
                connection.sendall(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])

    def close(self) -> None:
        """Say goodbye with a connection that asks for nothing."""
        socket.create_connection(self.socket.getsockname()).close()
        self.thread.join()
        self.socket.close()


@pytest.fixture
def serve() -> Iterator[Callable[[list[bytes]], Server]]:
    """serve([bytes, …]): a server on loopback."""
    servers: list[Server] = []

    def start(answers: list[bytes]) -> Server:
        servers.append(Server(answers))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """ask(config, "clan_tag", "#2PP"): one call in either mode."""

    def sync(config: ApiConfig, name: str, *args: Any) -> Any:
        with CocApi("token", config=config) as api:
            return getattr(api, name)(*args)

    async def asynchronous(config: ApiConfig, name: str, *args: Any) -> Any:
        async with AsyncCocApi("token", config=config) as api:
            return await getattr(api, name)(*args)

    return sync if request.param == "sync" else lambda *args: asyncio.run(asynchronous(*args))


def config(server: Server, attempts: int) -> ApiConfig:
    return ApiConfig(
        base_url=server.url,
        only_plugins=("httpx", "retry"),
        max_retries=attempts,
        retry_delay=0.001,
        verify_token=False,
    )


def test_a_call_survives_one_failure_after_another(serve: Any, ask: Any) -> None:
    """Hung up on, put off, cut off, given HTML by a gateway: the sixth attempt is answered."""
    server = serve([*FAILURES, FINE])
    assert ask(config(server, 6), "clan_tag", "#2PP") == {"tag": "#2PP"}
    assert len(server.requests) == 6


def test_a_post_that_was_cut_off_is_not_sent_again(serve: Any, ask: Any) -> None:
    """The server has read it, and may have acted."""
    server = serve([b"", FINE])
    answer = ask(config(server, 6), "verify_player_token", "#2PP", "token")
    assert answer["error_type"] == "connection"
    assert len(server.requests) == 1


@pytest.mark.parametrize("transport", ["httpx", "pyreqwest"])
def test_a_post_that_found_nobody_is_sent_again(
    ask: Any, transport: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A refused connection has carried nothing, whoever reports it."""
    pytest.importorskip(transport, reason=f"{transport} is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    settings = ApiConfig(
        base_url=url,
        transport=transport,
        only_plugins=(transport, "retry"),
        max_retries=3,
        retry_delay=0.001,
        verify_token=False,
    )
    caplog.set_level("DEBUG", "cocapi.retry")
    assert ask(settings, "verify_player_token", "#2PP", "token")["error_type"] == "connection"
    assert len([record for record in caplog.records if record.name == "cocapi.retry"]) == 2
