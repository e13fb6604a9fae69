"""The plugin ``aiohttp``, against cocapi's sandbox over a socket."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Coroutine, Iterator
from multiprocessing import get_context
from typing import Any

import pytest
import trio
from cocapi import ApiConfig, AsyncCocApi, ClientClosed, CocApi, ConfigError, ConnectionFailed
from cocapi_sandbox import Sandbox

TOKEN = "-".join(("a", "token", "of", "many", "characters"))


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox() as box:
        yield box


def config_of(box: Sandbox, **settings: Any) -> ApiConfig:
    """Settings of a client that neither caches nor tries again."""
    quiet = {"verify_token": False, "enable_caching": False, "max_retries": 1, "enable_rate_limiting": False}
    return ApiConfig(base_url=box.base_url, transport="aiohttp", **{**quiet, **settings})


def asked(box: Sandbox, **settings: Any) -> Any:
    """The answer to one call."""

    async def main() -> Any:
        async with AsyncCocApi(TOKEN, config=config_of(box, **settings)) as api:
            return await api.clan_tag("#2PP")

    return asyncio.run(main())


def test_it_sends_with_the_token(box: Sandbox) -> None:
    """And hands over what came back."""
    assert asked(box)["tag"] == "#2PP"
    assert [arrival.path for arrival in box.requests] == ["/clans/%232PP"]


def test_aiohttp_is_not_imported_where_nobody_asks_for_it() -> None:
    """Importing it takes longer than all the rest, and the plugin is on wherever it is installed."""
    program = """
import sys
from cocapi import ApiConfig, AsyncCocApi
api = AsyncCocApi("token", config=ApiConfig(base_url="sandbox://"))
print("aiohttp" in api.plugins, "aiohttp" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "True False\n"


def test_synchronous_code_is_declined(box: Sandbox) -> None:
    """When the client is made, with the way out."""
    with pytest.raises(ConfigError, match="knows asyncio only; for synchronous code use transport='httpx'"):
        CocApi(TOKEN, config=config_of(box))


def test_trio_is_declined(box: Sandbox) -> None:
    """When trio turns out to run it."""

    async def main() -> None:
        async with AsyncCocApi(TOKEN, config=config_of(box)) as api:
            await api.clan_tag("#2PP")

    with pytest.raises(ConfigError, match="knows asyncio only; for trio use transport='httpx'"):
        trio.run(main)


@pytest.mark.parametrize(
    ("fault", "error_type"),
    [("oversize", "too_large"), ("truncated", "connection"), ("dropped", "connection"), ("redirect", "http")],
)
def test_what_goes_wrong_is_told_by_type(box: Sandbox, fault: str, error_type: str) -> None:
    """A redirect is not followed: the token would go along."""
    box.faults.add(fault, times=1)
    assert asked(box, max_response_bytes=1_000_000)["error_type"] == error_type
    assert len(box.requests) == 1


def test_an_attempt_ends_at_its_timeout(box: Sandbox) -> None:
    """Waiting in line for a connection included."""
    box.faults.delay(1.0, times=None)

    async def main() -> list[Any]:
        config = config_of(box, timeout=0.3, max_connections=1)
        async with AsyncCocApi(TOKEN, config=config) as api:
            return await asyncio.gather(*(api.clan_tag("#2PP") for _ in range(2)))

    assert [answer["error_type"] for answer in asyncio.run(main())] == ["timeout", "timeout"]


def test_a_cancelled_call_gives_its_place_back(box: Sandbox) -> None:
    """The next one goes at once, over the only connection that there may be."""

    async def main() -> Any:
        async with AsyncCocApi(TOKEN, config=config_of(box, max_connections=1)) as api:
            box.faults.delay(5.0, times=1)
            task = asyncio.create_task(api.clan_tag("#2PP"))
            while not box.requests:  # noqa: ASYNC110  # the server is in a thread
                await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.wait([task])
            async with asyncio.timeout(30):
                return task.cancelled(), (await api.clan_tag("#2PP"))["tag"]

    assert asyncio.run(main()) == (True, "#2PP")


def test_one_client_serves_several_event_loops(box: Sandbox) -> None:
    """One after another, and at once in threads; it is closed in a loop of its own."""
    api = AsyncCocApi(TOKEN, config=config_of(box))
    tags: list[str] = []

    async def call() -> None:
        answers = await asyncio.gather(*(api.clan_tag("#2PP") for _ in range(5)))
        tags.extend(answer["tag"] for answer in answers)

    asyncio.run(call())
    threads = [threading.Thread(target=lambda: asyncio.run(call())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asyncio.run(api.aclose())
    assert tags == ["#2PP"] * 20


def in_child(call: Callable[[], Coroutine[Any, Any, Any]], answers: Any) -> None:
    answers.put(asyncio.run(call())["tag"])


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="there is no fork")
def test_it_crosses_a_fork(box: Sandbox) -> None:
    """A client that was used in the parent is as good as new in the child."""
    api = AsyncCocApi(TOKEN, config=config_of(box))

    async def call() -> Any:
        return await api.clan_tag("#2PP")

    asyncio.run(call())
    processes = get_context("fork")
    answers = processes.SimpleQueue()
    child = processes.Process(target=in_child, args=(call, answers))
    child.start()
    child.join(60)
    assert answers.get() == "#2PP"
    asyncio.run(api.aclose())


def test_nothing_is_sent_after_closing(box: Sandbox) -> None:
    """Closing twice does nothing."""

    async def main() -> None:
        api = AsyncCocApi(TOKEN, config=config_of(box))
        await api.aclose()
        await api.aclose()
        with pytest.raises(ClientClosed):
            await api.clan_tag("#2PP")

    asyncio.run(main())
    assert not box.requests


@pytest.mark.parametrize("proxy", ["http://me:s3cret@127.0.0.1:1", "socks5://me:s3cret@127.0.0.1:1"])
def test_neither_token_nor_password_is_in_an_error(
    box: Sandbox, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor in its traceback: aiohttp's errors hold the header fields and the proxy's address."""
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.setenv("NO_PROXY", "")
    with pytest.raises(ConnectionFailed, match=r"the proxy 127\.0\.0\.1:1 failed") as failed:
        asked(box, raise_errors=True)
    shown = "".join(traceback.format_exception(failed.value))
    assert "s3cret" not in shown
    assert TOKEN not in shown
