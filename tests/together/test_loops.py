"""One client in several event loops, one after another and at the same time."""

import asyncio
import gc
import subprocess
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import trio

from cocapi import ApiConfig, AsyncCocApi, ClientClosed

SETTINGS: dict[str, Any] = {"verify_token": False, "transport": "httpx", "timeout": 10}
FAST: dict[str, Any] = {"requests_per_second": 1e6, "burst_limit": 10**6}


@pytest.fixture
def api(base_url: str) -> AsyncCocApi:
    return AsyncCocApi("token", config=ApiConfig(base_url=base_url, **SETTINGS, **FAST))


async def right(api: AsyncCocApi, name: str, number: int = 30) -> bool:
    """Whether `number` calls of as many tags and one shared tag, all at once, answer with their own."""
    tags = [*(f"#{name}{n}" for n in range(number)), *["#2PP"] * 5]
    got = [clan["tag"] for clan in await api.batch(api.with_options(cache=False).clan_tag, tags)]
    stored = [clan["tag"] for clan in await api.batch(api.clan_tag, tags)]
    streamed = {tag: clan["tag"] async for tag, clan in api.stream(api.clan_tag, tags)}
    return got == stored == tags and all(tag == its for tag, its in streamed.items())


def test_one_run_after_another(api: AsyncCocApi) -> None:
    """Each with connections that work, and no warning when the client is closed in the last."""
    for name in "ACDE":
        assert asyncio.run(right(api, name))
    asyncio.run(api.aclose())


def test_a_loop_in_each_of_many_threads_at_once(api: AsyncCocApi) -> None:
    """As Flask runs async views: a loop a request; waiting calls, cached answers and flights as well."""
    with ThreadPoolExecutor(8) as pool:
        names = [f"{first}{second}" for first in "ACDE" for second in "GHJLPQ"]
        assert all(pool.map(lambda name: asyncio.run(right(api, name, 10)), names))
    asyncio.run(api.aclose())


def test_the_limit_holds_across_loops(base_url: str) -> None:
    """Calls of several loops stand in one line, and none fails for the loop of another."""
    settings = ApiConfig(base_url=base_url, requests_per_second=100, burst_limit=2, **SETTINGS)
    api = AsyncCocApi("token", config=settings)

    async def calls(name: str) -> list[str]:
        answers = await asyncio.gather(*(api.clan_tag(f"#{name}{n}") for n in range(5)))
        return [str(clan.get("tag")) for clan in answers]

    with ThreadPoolExecutor(4) as pool:
        for name, tags in zip("ACDE", pool.map(lambda name: asyncio.run(calls(name)), "ACDE"), strict=True):
            assert tags == [f"#{name}{n}" for n in range(5)]
    asyncio.run(api.aclose())


def test_asyncio_then_trio_then_asyncio(api: AsyncCocApi) -> None:
    """Neither leaves the other anything that it cannot use."""
    assert asyncio.run(right(api, "A"))
    assert trio.run(right, api, "C")
    assert asyncio.run(right(api, "D"))
    trio.run(api.aclose)


def close_in_a_new_loop(api: AsyncCocApi) -> None:
    asyncio.run(api.aclose())


def close_on_trio(api: AsyncCocApi) -> None:
    trio.run(api.aclose)


def close_while_another_loop_runs(api: AsyncCocApi) -> None:
    async def main() -> None:
        assert await right(api, "L", 5)
        await asyncio.to_thread(asyncio.run, api.aclose())
        with pytest.raises(ClientClosed):
            await api.clan_tag("#2PP")

    asyncio.run(main())


@pytest.mark.parametrize("close", [close_in_a_new_loop, close_on_trio, close_while_another_loop_runs])
def test_closing_from_another_loop_never_raises(
    api: AsyncCocApi, close: Callable[[AsyncCocApi], None]
) -> None:
    """Whether the first is closed or runs; and it may be done again."""
    assert asyncio.run(right(api, "A"))
    close(api)
    close_in_a_new_loop(api)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gc.collect()


@pytest.mark.parametrize("run", [asyncio.run, lambda coroutine: trio.run(lambda: coroutine)])
def test_async_with_opens_a_closed_client_again(api: AsyncCocApi, run: Callable[[Any], Any]) -> None:
    """In the next run, whichever loop it is of; in between it sends nothing."""

    async def main() -> bool:
        async with api:
            return await right(api, "A", 3)

    assert asyncio.run(main())
    with pytest.raises(ClientClosed):
        asyncio.run(api.clan_tag("#2PP"))
    assert run(main())
    assert asyncio.run(main())


THREADS_THAT_END = """
import asyncio, sys, threading, time
from cocapi import ApiConfig, AsyncCocApi, ConfigError

settings = ApiConfig(base_url=sys.argv[1], transport="pyreqwest", verify_token=False)


def refused():
    try:
        AsyncCocApi("token", config=settings)
    except ConfigError as error:
        print(str(error).partition(";")[2])


def run(work):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


run(refused)
api = AsyncCocApi("token", config=settings)
for number in range(20):
    run(lambda: asyncio.run(api.clan_tag(f"#{number}")))
asyncio.run(api.aclose())
time.sleep(0.5)  # Python 3.12 aborts where a thread of pyreqwest's own is just letting go of an answer
"""


def test_pyreqwest_is_imported_where_no_thread_takes_it_along(base_url: str, tmp_path: Path) -> None:
    """As Flask runs async views, each in a thread of its own: imported in one of them, it crashes the process
    once that has ended."""
    program = tmp_path / "program.py"
    program.write_text(THREADS_THAT_END, encoding="utf-8")
    command = [sys.executable, str(program), base_url]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    told = " import pyreqwest.client in the main thread first\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, told, "")
