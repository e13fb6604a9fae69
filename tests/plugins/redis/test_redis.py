"""The store in Redis keeps what every store promises, for clients of many hosts."""

import asyncio
import itertools
import os
import random
import subprocess
import sys
import textwrap
import time
from typing import Any, TypeVar

import pytest
import trio

from cocapi import ApiConfig, ConfigError, Flow
from cocapi.calls.drivers import SyncIO, run
from cocapi.clocks import nap
from cocapi.testing import Script
from cocapi.testing.stores import StoreConformance
from cocapi_redis import Redis

T = TypeVar("T")

NAMES = itertools.count()
"""Namespaces that nobody has used."""


def store_at(url: str, name: str | None = None, **settings: Any) -> Any:
    """A store in a server."""
    options = {"namespace": name or f"test{next(NAMES)}"}
    config = ApiConfig(store=url, store_timeout=5, plugins={"redis": {**options, **settings}})
    return Redis(config).cocapi_store(config)


class TestRedis(StoreConformance):
    """In real time, by the server's clock."""

    tick = 0.05  # longer where the machine is busy
    tolerance = 0.02
    examples = 1

    @pytest.fixture(autouse=True)
    def _server(self, redis_server: Any) -> None:
        self.url = redis_server.url

    def new_store(self) -> Any:
        self.name = f"test{next(NAMES)}"
        return store_at(self.url, self.name)

    def second_handle(self, store: Any) -> Any:
        return store_at(self.url, self.name)


def done(flow: Flow[T]) -> T:
    """What a verb answers in synchronous code."""

    def refuse(_: object) -> Any:
        raise AssertionError("a store sends nothing")

    return run(flow, SyncIO(refuse, nap))


@pytest.mark.parametrize(
    "store",
    [
        *("redis:", "redis://", "redis:///0", "redis://me:hidden@host:port", "redis://me:hidden@host/zero"),
        *("redis://me:hidden@host/-1", "rediss://:hidden@", "redis://host:99999"),
    ],
)
def test_an_address_without_a_server_is_refused(store: str) -> None:
    """When the client is made, without what must not be shown."""
    with pytest.raises(
        ConfigError, match=r"^store= is no address of a Redis server: write 'redis://"
    ) as error:
        Redis(ApiConfig(store=store)).cocapi_store(ApiConfig(store=store))
    assert "hidden" not in str(error.value)


def test_options_in_the_address_are_refused() -> None:
    store = "redis://host/0?password=hidden"
    with pytest.raises(ConfigError, match=r"^store= may have no '\?' or '#': what else redis needs") as error:
        Redis(ApiConfig(store=store)).cocapi_store(ApiConfig(store=store))
    assert "hidden" not in str(error.value)


def test_namespaces_have_nothing_to_do_with_each_other(redis_server: Any) -> None:
    """Whatever characters they have."""
    names = ["a", "a*", "[a]", "A", "aa", "\\a"]
    stores = [store_at(redis_server.url, name) for name in names]
    for name, store in zip(names, stores, strict=True):
        done(store.put("key", name.encode()))
    for name, store in zip(names, stores, strict=True):
        assert done(store.get("key")) == name.encode()
    assert [done(store.forget("")) for store in stores] == [1] * len(names)


def test_what_is_over_takes_no_room(redis_server: Any) -> None:
    """Values, leases and budgets that are whole; a log is bounded by its number."""
    store = store_at(redis_server.url, "room", max_entries=10)
    for number in range(50):
        done(store.put(f"key{number}", b"1", 0.01))
        done(store.claim(f"key{number}", 0.01))
        done(store.admit(f"key{number}", 100, 1))
        done(store.append("log", b"1"))
    time.sleep(0.05)
    server = store.connections.command
    assert [key for key in server("KEYS", "room:*") if server("EXISTS", key)] == [b"room:log:log"]
    assert [entry.position for entry in done(store.read("log"))] == list(range(41, 51))


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-random"])
def test_a_server_that_drops_keys_admits_no_more_and_repeats_no_position(
    policy: str, redis_server: Any, tmp_path: Any
) -> None:
    """In 10 MB, of which others want three times as much; each handle is another process's."""
    server = type(redis_server)(redis_server.program, tmp_path)
    server.start("--maxmemory", "10mb", "--maxmemory-policy", policy)
    try:
        stores = [store_at(server.url, "one") for _ in range(4)]
        rate, burst, moments, positions = 100.0, 10, [], []
        for number in range(3000):
            store = stores[number % 4]
            done(store.put(f"key{number}", b"x" * 10_000))
            value = done(store.get(f"key{number - 500}")) if number >= 500 else None
            assert value in (None, b"x" * 10_000)
            before = time.monotonic()
            if done(store.admit("key", rate, burst)) == 0.0:
                moments.append((before, time.monotonic()))
            positions.append(done(store.append("log", b"entry")))
        evicted = server.ask("INFO", "stats").partition(b"evicted_keys:")[2].split()[0]
    finally:
        server.stop()
    assert int(evicted) > 1000
    assert positions == sorted(set(positions))
    for first, (begin, _) in enumerate(moments):
        for last, (_, end) in enumerate(moments[first:], first):
            assert last - first + 1 <= burst + rate * (end - begin) + 1
    assert len(moments) > 10


PROGRAM = """
import sys
from cocapi import ApiConfig
from cocapi.calls.drivers import SyncIO, run
from cocapi.clocks import nap
from cocapi_redis import Redis

config = ApiConfig(store=sys.argv[1], store_timeout=10, plugins={"redis": {"namespace": sys.argv[2]}})
store = Redis(config).cocapi_store(config)

def done(flow):
    return run(flow, SyncIO(None, nap))
"""


def program(url: str, name: str, code: str) -> subprocess.Popen[str]:
    """Another process that uses the store."""
    command = [sys.executable, "-c", PROGRAM + textwrap.dedent(code), url, name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


KILLS = int(os.environ.get("KILLS", "3"))
"""How many processes are killed; hundreds by hand."""


def test_a_process_that_is_killed_holds_nothing_back(redis_server: Any) -> None:
    """At moments of chance: what it had confirmed is there and whole, and its lease ends."""
    chance, name = random.Random(12), f"test{next(NAMES)}"  # a schedule, no secret
    code = """
        while True:
            done(store.claim("lease", 0.1))
            done(store.admit("budget", 1e6, 10))
            position = done(store.append("log", b"whole" * 1000))
            print(position, flush=True)
    """
    store, last = store_at(redis_server.url, name), 0
    for _ in range(KILLS):
        process = program(redis_server.url, name, code)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0, 0.02))
        process.kill()
        confirmed = [int(line) for line in process.communicate()[0].splitlines()]
        until = time.monotonic() + 2
        while (lease := done(store.claim("lease", 0.1))) is None:
            assert time.monotonic() < until
        done(store.release(lease))
        assert done(store.admit("budget", 1e6, 10)) < 0.001
        before, last = last, done(store.append("log", b"whole" * 1000))
        assert last > max(confirmed, default=before)
        entries = done(store.read("log", before, 10_000))
        assert [entry.position for entry in entries] == list(range(before + 1, last + 1))
        assert {entry.content for entry in entries} == {b"whole" * 1000}


def test_processes_share_one_budget(redis_server: Any) -> None:
    """Started at once, with what each of them knows."""
    name = f"test{next(NAMES)}"
    code = "print(sum(done(store.admit('key', 0.0001, 25)) == 0.0 for _ in range(20)))"
    processes = [program(redis_server.url, name, code) for _ in range(3)]
    assert sum(int(process.communicate()[0]) for process in processes) == 25


def client(url: str, **settings: Any) -> dict[str, Any]:
    """The settings of a client with a store in a server."""
    options = {"redis": {"namespace": f"test{next(NAMES)}"}}
    return {
        "only_plugins": ("script", "redis"),
        "store": url,
        "store_timeout": 5,
        "plugins": options,
        **settings,
    }


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_the_child_of_a_fork_has_connections_of_its_own(redis_server: Any) -> None:
    """And does not close those of the parent."""
    with Script().client(**client(redis_server.url)) as api:
        done(api.store.put("parent", b"1"))
        child = os.fork()
        if child == 0:
            try:
                for _ in range(200):
                    done(api.store.put("child", done(api.store.get("parent")) or b""))
                os._exit(0)
            finally:
                os._exit(1)
        for number in range(200):
            done(api.store.put("number", b"%d" % number))
            assert done(api.store.get("number")) == b"%d" % number
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert done(api.store.get("child")) == b"1"


def test_each_event_loop_has_connections_of_its_own(redis_server: Any) -> None:
    """Of asyncio, one after another and in two threads at once, and of trio; a hundred tasks in each."""
    settings = client(redis_server.url)

    async def use(key: str) -> None:
        import anyio

        async with Script().async_client(**settings) as api, anyio.create_task_group() as group:

            async def one(number: int) -> None:
                await api.run_flow(api.store.put(f"{key}{number}", b"%d" % number))
                assert await api.run_flow(api.store.get(f"{key}{number}")) == b"%d" % number

            for number in range(100):
                group.start_soon(one, number)

    async def both() -> None:
        await asyncio.gather(use("a"), asyncio.to_thread(lambda: asyncio.run(use("b"))))

    asyncio.run(both())
    asyncio.run(use("c"))
    trio.run(use, "d")


def test_a_task_that_is_cancelled_leaves_no_reply_to_the_next(redis_server: Any) -> None:
    """At moments of chance between command and reply."""
    chance = random.Random(12)

    async def main() -> int:
        cancelled = 0
        async with Script().async_client(**client(redis_server.url)) as api:
            for number in range(100):
                await api.run_flow(api.store.put(f"key{number}", b"%d" % number))

            async def asks(number: int) -> None:
                assert await api.run_flow(api.store.get(f"key{number}")) == b"%d" % number

            for number in range(300):
                task = asyncio.create_task(asks(number % 100))
                for _ in range(chance.randrange(12)):
                    await asyncio.sleep(0)
                task.cancel()
                try:
                    await task
                except asyncio.CancelledError:
                    cancelled += 1
        return cancelled

    assert asyncio.run(main()) > 20


def test_an_interrupt_leaves_no_reply_to_the_next(redis_server: Any, storm: Any) -> None:
    """Wherever it hits: each key has its own value."""
    hits = 0
    with Script().client(**client(redis_server.url)) as api:
        for number in range(100):
            done(api.store.put(f"key{number}", b"%d" % number))
        for number in range(150):
            try:
                storm.arm(20)
                for key in range(number % 90, number % 90 + 10):
                    value = done(api.store.get(f"key{key}"))
                    assert value == b"%d" % key
                storm.ticks = 0  # it raises no more
            except storm.Interrupt:
                hits += 1
        storm.end()
        values = [done(api.store.get(f"key{number}")) for number in range(100)]
    assert hits > 30
    assert values == [b"%d" % number for number in range(100)]
