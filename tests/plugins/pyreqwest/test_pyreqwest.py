"""What is promised of pyreqwest although it can abort nothing, and how it says what it cannot do."""

import asyncio
import multiprocessing
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import anyio
import pytest

from cocapi import ApiConfig, AsyncCocApi, CocApi

SETTINGS: dict[str, Any] = {
    "transport": "pyreqwest",
    "verify_token": False,
    "enable_caching": False,
    "enable_rate_limiting": False,
    "max_retries": 1,
}
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Answering:
    """A server that sends the same bytes on each connection, after a while."""

    def __init__(self, data: bytes, seconds: float = 0) -> None:
        self.data, self.seconds = data, seconds
        self.most_open = self.open_now = 0
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.base_url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/v1"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self.socket.accept()
                self.open_now += 1
                self.most_open = max(self.most_open, self.open_now)
                threading.Thread(target=self.answer, args=(sock,), daemon=True).start()

    def answer(self, sock: socket.socket) -> None:
        with sock, suppress(OSError):
            sock.recv(65536)
            time.sleep(self.seconds)
            sock.sendall(self.data)
        self.open_now -= 1

    def close(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


@contextmanager
def answering(data: bytes, seconds: float = 0) -> Iterator[Answering]:
    server = Answering(data, seconds)
    try:
        yield server
    finally:
        server.close()


def client(server: Answering) -> CocApi:
    return CocApi("token", config=ApiConfig(base_url=server.base_url, **SETTINGS))


def told(base_url: str, **settings: Any) -> str:
    """The message of a call that fails as a lost connection."""
    with CocApi("token", config=ApiConfig(base_url=base_url, timeout=60, **SETTINGS | settings)) as api:
        answer = api.clan_tag("#2PP")
    assert answer["error_type"] == "connection", answer
    return str(answer["detail"])


def test_a_cancelled_scope_keeps_its_cancellation_to_itself() -> None:
    """`anyio.move_on_after` ends as such, and the tasks beside it know nothing of it."""
    ended = []

    async def impatient(api: AsyncCocApi) -> None:
        with anyio.move_on_after(0.05) as scope:
            await api.clan_tag("#2PP")
        ended.append(scope.cancelled_caught)

    async def main(base_url: str) -> Any:
        async with AsyncCocApi("token", config=ApiConfig(base_url=base_url, **SETTINGS)) as api:
            async with anyio.create_task_group() as group:
                for _ in range(100):
                    group.start_soon(impatient, api)
            return await api.clan_tag("#2PP")

    with answering(ANSWER, 0.3) as server:
        assert "error_type" not in asyncio.run(main(server.base_url))
    assert ended == [True] * 100


def test_requests_that_nobody_waits_for_keep_within_max_connections() -> None:
    """They run on in Rust, and no more of them than may run at all."""

    async def main(base_url: str) -> None:
        config = ApiConfig(base_url=base_url, max_connections=3, **SETTINGS)
        async with AsyncCocApi("token", config=config) as api:
            for _ in range(30):
                with anyio.move_on_after(0.01):
                    await api.clan_tag("#2PP")

    with answering(ANSWER, 0.5) as server:
        asyncio.run(main(server.base_url))
        assert server.most_open <= 3


def test_calls_under_way_end_when_the_client_is_closed() -> None:
    """Not with their timeouts."""

    async def main(server: Answering) -> Any:
        api = AsyncCocApi("token", config=ApiConfig(base_url=server.base_url, **SETTINGS, timeout=300))
        call = asyncio.create_task(api.clan_tag("#2PP"))
        while not server.open_now:  # known in another thread
            await asyncio.sleep(0.01)
        await api.aclose()
        (outcome,) = await asyncio.wait_for(asyncio.gather(call, return_exceptions=True), 30)
        return outcome

    with answering(ANSWER, 60) as server:
        outcome = asyncio.run(main(server))
    assert "close" in str(outcome).lower()


def test_each_event_loop_has_its_own() -> None:
    """One client in two runs and closed in a third."""

    async def main() -> Any:
        return await asyncio.gather(*(api.clan_tag("#2PP") for _ in range(8)))

    with answering(ANSWER, 0.01) as server:
        config = ApiConfig(base_url=server.base_url, max_connections=2, **SETTINGS)
        api = AsyncCocApi("token", config=config)
        answers = asyncio.run(main()) + asyncio.run(main())
        asyncio.run(api.aclose())
    assert not [answer for answer in answers if "error_type" in answer]


def in_child(api: CocApi, results: Any) -> None:
    results.put(api.clan_tag("#2PP"))


def test_a_forked_process_is_told_what_to_use() -> None:
    """Rust's threads do not cross a fork."""
    fork = multiprocessing.get_context("fork")
    with answering(ANSWER) as server, client(server) as api:
        assert "error_type" not in api.clan_tag("#2PP")
        results = fork.Queue()
        child = fork.Process(target=in_child, args=(api, results))
        child.start()
        answer = results.get(timeout=60)
        child.join()
    assert "pyreqwest cannot be used in a process that was forked from one that used it" in answer["message"]
    assert "use transport='httpx'" in answer["message"]


def test_no_answer_comes_late_to_the_next_call() -> None:
    """Bytes behind an answer end with its connection."""
    more = b'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{"a":1}'
    with answering(ANSWER + more) as server, client(server) as api:
        assert [len(api.clan_tag("#2PP")) for _ in range(5)] == [0] * 5


def head(*lines: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode("latin-1")


WRONG: dict[str, tuple[bytes, str]] = {
    "a field beyond ASCII": (
        head("X: \xe4", "Content-Length: 2") + b"{}",
        "malformed: a header field has char",
    ),
    "another protocol": (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", "malformed: it switched to"),
    "a negative chunk": (head("Transfer-Encoding: chunked") + b"-5\r\nhello\r\n", "malformed: .*chunk"),
    "an endless length": (head("Content-Length: " + "9" * 5000), "malformed: .*content-length"),
    "no gzip": (head("Content-Length: 3", "Content-Encoding: GZIP") + b"abc", "malformed: .*gzip"),
    "another coding": (
        head("Content-Length: 3", "Content-Encoding: br") + b"abc",
        "malformed: .*'br' was not",
    ),
    "no HTTP": (b"\x00\x01 nonsense\r\n\r\n", "malformed: invalid HTTP version"),
    "half a body": (head("Content-Length: 30") + b"{}", "failed: end of file"),
    "an interim answer alone": (b"HTTP/1.1 103 Early Hints\r\n\r\n", "failed: connection closed"),
}


@pytest.mark.parametrize(("data", "sentence"), WRONG.values(), ids=WRONG)
def test_a_server_is_blamed_for_what_it_sends(data: bytes, sentence: str) -> None:
    """Nobody else, and by what it did."""
    with answering(data) as server:
        message = told(server.base_url)
    assert re.search(sentence, message), message


def nothing_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://user:s3cret@127.0.0.1:1")


def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://user:s3cret@[::")


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        (nothing_there, "the proxy 127.0.0.1:1 failed: Connection refused"),
        (no_address, "the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names is no address of one"),
    ],
)
def test_a_proxy_is_blamed_by_address(
    named: Callable[[pytest.MonkeyPatch], None], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its password."""
    monkeypatch.delenv("http_proxy", raising=False)
    named(monkeypatch)
    message = told("http://nobody.test/v1")
    assert sentence in message
    assert "s3cret" not in message
