"""Programs that fork: parent and children each have their own connections, and each their own answers."""

import asyncio
import multiprocessing
import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cocapi import ApiConfig, AsyncCocApi, CocApi

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

TRANSPORTS = ["httpx", "requests"]
SETTINGS: dict[str, Any] = {
    "transport": "httpx",
    "requests_per_second": 1e6,
    "burst_limit": 10**6,
    "timeout": 10,
}


def right(api: CocApi, name: str, number: int = 30) -> bool:
    """Whether a client answers each of `number` calls with its own tag, over views and threads as well."""
    tags = [f"#{name}{n}" for n in range(number)]
    alone = [api.clan_tag(tag) for tag in tags]
    viewed = [api.with_options(timeout=9, cache=False).clan_tag(tag) for tag in tags[:5]]
    modelled = [api.models.clan_tag(tag).tag for tag in tags[:5]]
    together = api.batch(api.with_options(cache=False).clan_tag, tags)
    streamed = dict(api.stream(api.with_options(cache=False).clan_tag, tags))
    return (
        [clan["tag"] for clan in alone] == tags
        and [clan["tag"] for clan in viewed] == modelled == tags[:5]
        and [clan["tag"] for clan in together] == tags
        and {tag: clan["tag"] for tag, clan in streamed.items()} == dict(zip(tags, tags, strict=True))
    )


def children(number: int, work: Callable[[str], bool]) -> list[int]:
    """Forks, each doing its work at the same time; `ends` waits for them and gives their exit codes."""
    started = []
    for name in "ACDEFGHJ"[:number]:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                status = 0 if work(name) else 2
            except BaseException:
                traceback.print_exc()
                raise
            finally:
                os._exit(status)
        started.append(child)
    return started


def ends(started: list[int]) -> list[int]:
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in started]


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("verify", [True, False], ids=["used in the constructor", "unused"])
def test_a_client_made_before_a_prefork_serves_every_worker(
    transport: str, verify: bool, base_url: str
) -> None:
    """As with gunicorn --preload and Celery: made at import, used by four workers and by the parent."""
    config = ApiConfig(base_url=base_url, verify_token=verify, **{**SETTINGS, "transport": transport})
    with CocApi("token", config=config) as api:
        started = children(4, lambda name: right(api, name))
        assert right(api, "P")
        assert ends(started) == [0] * 4
        assert right(api, "Q")


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_fork_in_the_middle_of_the_parents_calls_hangs_nobody(transport: str, base_url: str) -> None:
    """Whatever the parent's threads hold at that moment, the child does not wait for it."""
    config = ApiConfig(base_url=base_url, verify_token=False, **{**SETTINGS, "transport": transport})
    stop = threading.Event()

    def call(name: int) -> int:
        count = 0
        while not stop.is_set():
            tag = f"#T{name}{count}"
            assert api.clan_tag(tag)["tag"] == tag
            count += 1
        return count

    with CocApi("token", config=config) as api, ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(call, number) for number in range(4)]
        try:
            codes = [ends(children(3, lambda name: right(api, name, 5))) for _ in range(5)]
        finally:
            stop.set()
        assert codes == [[0, 0, 0]] * 5
        assert all(future.result(60) for future in calls)


def test_an_asynchronous_client_used_before_the_fork_serves_parent_and_children(base_url: str) -> None:
    """In event loops of their own."""
    api = AsyncCocApi("token", config=ApiConfig(base_url=base_url, verify_token=False, **SETTINGS))

    async def calls(name: str) -> bool:
        tags = [f"#{name}{n}" for n in range(20)]
        together = await asyncio.gather(*map(api.clan_tag, tags))
        batched = await api.batch(api.with_options(cache=False).clan_tag, tags)
        return [clan["tag"] for clan in together] == [clan["tag"] for clan in batched] == tags

    assert asyncio.run(calls("P"))
    started = children(3, lambda name: asyncio.run(calls(name)))
    assert asyncio.run(calls("Q"))
    assert ends(started) == [0] * 3
    asyncio.run(api.aclose())


def test_children_of_children_and_pools_of_processes(base_url: str) -> None:
    """As multiprocessing.Pool makes them, with the fork method."""
    config = ApiConfig(base_url=base_url, verify_token=True, **SETTINGS)
    with CocApi("token", config=config) as api:

        def grandchildren(name: str) -> bool:
            return ends(children(2, lambda other: right(api, name + other, 5))) == [0, 0] and right(
                api, name, 5
            )

        assert ends(children(2, grandchildren)) == [0, 0]
        global FORKED  # what a pool's function finds in the child
        FORKED = api
        with multiprocessing.get_context("fork").Pool(2) as pool:
            tags = [f"#M{number}" for number in range(40)]
            assert pool.map(tag_from_pool, tags) == tags


FORKED: CocApi | None = None


def tag_from_pool(tag: str) -> str:
    assert FORKED is not None
    return str(FORKED.clan_tag(tag)["tag"])


def test_closing_in_a_child_leaves_the_parents_connections(base_url: str) -> None:
    """And a closed client is closed in the child as well."""
    config = ApiConfig(base_url=base_url, verify_token=True, **SETTINGS)
    with CocApi("token", config=config) as api:

        def close(name: str) -> bool:
            api.close()
            try:
                api.clan_tag("#2PP")
            except RuntimeError:
                return True
            return False

        assert ends(children(2, close)) == [0, 0]
        assert right(api, "P", 5)
    assert ends(children(1, close)) == [0]


@pytest.mark.parametrize("transport", ["httpx", "requests"])
def test_a_child_lets_go_of_its_parents_connections_in_silence(
    transport: str, base_url: str, tmp_path: Path
) -> None:
    """They are the parent's to close; a worker under ``-W error`` is told of none."""
    program = tmp_path / "program.py"
    program.write_text(SILENT, encoding="utf-8")
    command = [sys.executable, "-W", "error", str(program), base_url, transport]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "#C\n#P\n", "")


SILENT = """
import os, sys
from cocapi import ApiConfig, CocApi

settings = ApiConfig(base_url=sys.argv[1], transport=sys.argv[2])
with CocApi("token", config=settings) as api:
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    print(api.clan_tag("#P" if child else "#C")["tag"], flush=True)
"""
