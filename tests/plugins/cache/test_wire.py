"""The same over a real socket, with the default transport."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import anyio
import pytest

from cocapi import ApiConfig, AsyncCocApi, CocApi


class Slow(BaseHTTPRequestHandler):
    """Answers every path with its own name, once it may."""

    protocol_version = "HTTP/1.1"
    paths: list[str]
    go: threading.Event

    def do_GET(self) -> None:  # the name that the library looks for
        self.paths.append(self.path)
        self.go.wait(60)
        body = f'{{"path": "{self.path}"}}'.encode()
        self.send_response(200)
        self.send_header("Cache-Control", "public max-age=600")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    """A slow API on loopback."""
    handler = type("Handler", (Slow,), {"paths": [], "go": threading.Event()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def config(server: ThreadingHTTPServer) -> ApiConfig:
    return ApiConfig(
        base_url=f"http://127.0.0.1:{server.server_address[1]}/v1",
        only_plugins=("httpx", "cache"),
        cache_ttl="server",
        verify_token=False,
    )


TAGS = ["#2PP", "#8QU", "#2PP", "#2PP", "#8QU"] * 4


def test_threads_share_requests_over_a_socket(server: ThreadingHTTPServer) -> None:
    """Twenty calls for two clans are two requests, and each caller receives his own clan."""
    answers: dict[int, Any] = {}
    with CocApi("token", config=config(server)) as api:

        def call(number: int) -> None:
            answers[number] = api.clan_tag(TAGS[number])

        threads = [threading.Thread(target=call, args=(number,)) for number in range(len(TAGS))]
        for thread in threads:
            thread.start()
        server.RequestHandlerClass.go.set()
        for thread in threads:
            thread.join(60)
    assert sorted(server.RequestHandlerClass.paths) == ["/v1/clans/%232PP", "/v1/clans/%238QU"]
    assert all(answers[n] == {"path": f"/v1/clans/%23{tag[1:]}"} for n, tag in enumerate(TAGS))


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_tasks_share_requests_over_a_socket(server: ThreadingHTTPServer, backend: str) -> None:
    """The same, with the first caller of each clan cancelled on the way."""
    answers: dict[int, Any] = {}

    async def main() -> None:
        async with AsyncCocApi("token", config=config(server)) as api:

            async def call(number: int, scope: anyio.CancelScope) -> None:
                with scope:
                    answers[number] = await api.clan_tag(TAGS[number])

            async with anyio.create_task_group() as group:
                firsts = [anyio.CancelScope() for _ in range(2)]
                for number, scope in enumerate(firsts):
                    group.start_soon(call, number, scope)
                while len(server.RequestHandlerClass.paths) < 2:  # known in another thread
                    await anyio.sleep(0.001)
                for number in range(2, len(TAGS)):
                    group.start_soon(call, number, anyio.CancelScope())
                await anyio.wait_all_tasks_blocked()
                for scope in firsts:
                    scope.cancel()
                server.RequestHandlerClass.go.set()

    anyio.run(main, backend=backend)
    assert sorted(server.RequestHandlerClass.paths) == ["/v1/clans/%232PP"] * 2 + ["/v1/clans/%238QU"] * 2
    assert sorted(answers) == list(range(2, len(TAGS)))
    assert all(answers[n] == {"path": f"/v1/clans/%23{TAGS[n][1:]}"} for n in answers)
