"""The store in memory keeps what every store promises, is bounded, and outlasts forks and interrupts."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from cocapi import ApiConfig, ConfigError, Flow, LogEntry, hookimpl
from cocapi.calls.drivers import SyncIO, run
from cocapi.testing import Clock, Script
from cocapi.testing.stores import StoreConformance
from cocapi_memory import Memory, MemoryStore

T = TypeVar("T")


class TestMemory(StoreConformance):
    """On a clock that is moved by hand, so that ends are checked to the instant."""

    tick = 1.0
    tolerance = 0.0
    examples = 100  # of each mode the same ones

    def new_store(self) -> MemoryStore:
        self.clock = Clock()
        return MemoryStore(age=self.clock, clock=self.clock)

    def pass_time(self, seconds: float) -> Flow[None]:
        self.clock.advance(seconds)
        return
        yield


class TestMemoryInRealTime(StoreConformance):
    """As its users have it."""

    tick = 0.05  # longer where the machine is busy
    tolerance = 0.02
    examples = 3

    def new_store(self) -> MemoryStore:
        return MemoryStore()


def done(flow: Flow[T]) -> T:
    """What a verb answers, which waits for nothing."""

    def refuse(_: object) -> Any:
        raise AssertionError("a store in memory neither sends nor waits")

    return run(flow, SyncIO(refuse, refuse))


def test_values_are_bounded_by_their_bytes_and_the_least_recently_used_go_first() -> None:
    """One that was read stays; what is past its time goes before any other."""
    clock = Clock()
    store = MemoryStore(max_bytes=20_000, age=clock, clock=clock)
    done(store.put("old", b"x" * 3000, 1))
    done(store.put("read", b"x" * 1000))
    for number in range(8):
        done(store.put(f"key{number}", b"x" * 1000))
    clock.advance(2)
    for number in range(8, 100):
        done(store.get("read"))
        done(store.put(f"key{number}", b"x" * 1000))
    kept = [key for key in ("old", "read", *map("key{}".format, range(100))) if done(store.get(key))]
    assert kept[0] == "read"
    assert kept[-1] == "key99"
    assert 10 <= len(kept) <= 17


def test_a_value_that_is_larger_than_the_store_is_not_kept() -> None:
    """And it makes the store no larger."""
    store = MemoryStore(max_bytes=1000)
    done(store.put("key", b"x" * 2000))
    assert done(store.get("key")) is None


def test_one_value_put_again_and_again_leaves_the_others() -> None:
    """What it took before counts no more."""
    store = MemoryStore(max_bytes=10_000)
    done(store.put("other", b"1"))
    for _ in range(1000):
        done(store.put("key", b"x" * 1000))
    assert done(store.get("other")) == b"1"


def test_a_log_keeps_its_newest_entries() -> None:
    """The positions tell what is missing."""
    store = MemoryStore(max_entries=3)
    for number in range(1, 6):
        done(store.append("log", b"%d" % number))
    assert done(store.read("log")) == (LogEntry(3, b"3"), LogEntry(4, b"4"), LogEntry(5, b"5"))


def test_leases_and_budgets_that_are_over_take_no_room() -> None:
    """However many there were."""
    clock = Clock()
    store = MemoryStore(age=clock, clock=clock)
    for number in range(10_000):
        done(store.claim(f"key{number}", 1))
        done(store.admit(f"key{number}", 1, 1))
        clock.advance(0.1)
    assert len(store.leases) + len(store.due) < 500


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 1}, r"plugins\['memory'\] has no option 'size'; there are max_bytes, max_entries"),
        (
            {"max_bytes": 0},
            r"plugins\['memory'\]\['max_bytes'\] is 0: it must be a whole number of bytes, 1 or more",
        ),
        ({"max_entries": True}, r"\['max_entries'\] is True: it must be a whole number, 1 or more"),
    ],
)
def test_wrong_options_are_refused_by_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Memory(ApiConfig(plugins={"memory": options}))


def test_its_options_bound_the_store_of_a_client() -> None:
    with Script().client(
        only_plugins=("script", "memory"), plugins={"memory": {"max_bytes": 1000, "max_entries": 1}}
    ) as api:
        store = api.plugins["memory"].store
        assert (store.max_bytes, store.max_entries) == (1000, 1)


def test_each_client_has_a_store_of_its_own() -> None:
    with Script().client() as one, Script().client() as other:
        done(one.store.put("key", b"1"))
        assert done(other.store.get("key")) is None
        assert done(one.with_options(timeout=3).store.get("key")) == b"1"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_the_child_of_a_fork_keeps_what_was_put_and_no_lease() -> None:
    """Also when a thread of the parent held the lock at that moment."""
    with Script().client() as api:
        done(api.store.put("key", b"1"))
        done(api.store.append("log", b"entry"))
        done(api.store.admit("key", 0.001, 1))
        assert done(api.store.claim("key", 1000)) is not None
        held, go = threading.Event(), threading.Event()
        holder = threading.Thread(target=hold, args=(api.plugins["memory"].store.lock, held, go))
        holder.start()
        assert held.wait(60)

        def child() -> bool:
            return (
                done(api.store.get("key")) == b"1"
                and done(api.store.read("log")) == (LogEntry(1, b"entry"),)
                and done(api.store.admit("key", 0.001, 1)) > 0
                and done(api.store.claim("key", 1000)) is not None
            )

        assert in_child(child) == 0
        go.set()
        holder.join()
        assert done(api.store.claim("key", 1000)) is None


def in_thread(work: Callable[[], T]) -> T:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result(60)


def hold(lock: Any, held: threading.Event, go: threading.Event) -> None:
    with lock:
        held.set()
        go.wait(60)


def in_child(work: Callable[[], bool]) -> int:
    """The exit status of a child: 0 when `work` is true there."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if work() else 2
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_interrupts_at_random_moments_leave_every_verb_whole(storm: Any) -> None:
    """No lock is taken for good, no position is given twice or left out, and what was put can be read."""
    store = MemoryStore(max_bytes=50_000, max_entries=50)
    hits = 0
    for number in range(1000):
        try:
            storm.arm()
            use(store, number)
            storm.ticks = 0  # it raises no more
        except storm.Interrupt:
            hits += 1
    storm.end()
    assert hits > 50
    assert in_thread(lambda: done(store.get("none"))) is None
    positions = [entry.position for entry in done(store.read("log", 0, 100_000))]
    assert positions == list(range(positions[0], positions[-1] + 1))
    assert done(store.append("log", b"1")) == positions[-1] + 1
    done(store.put("last", b"1"))
    assert done(store.get("last")) == b"1"
    assert sum(len(value.content) for value in store.values.values()) <= 50_000


def use(store: MemoryStore, number: int) -> None:
    """Every verb, ten times."""
    for _ in range(10):
        done(store.put(f"key{number % 50}", b"x" * 1000))
        done(store.get("key7"))
        lease = done(store.claim("key", 1000))
        if lease is not None:
            done(store.extend(lease, 1000))
            done(store.release(lease))
        done(store.admit("key", 1e6, 10))
        done(store.append("log", b"1"))
        done(store.read("log", 5))
    done(store.trim("log", 5))
    done(store.forget("key1"))


class Counting:
    """Counts how often a store is wanted, and has none."""

    asked = 0

    @hookimpl(tryfirst=True)
    def cocapi_store(self) -> None:
        self.asked += 1


def test_a_client_that_uses_no_store_makes_none() -> None:
    """The plugins are asked when something first uses it, and once."""
    plugin = Counting()
    with Script().client(plugins={"counting": lambda _: plugin}) as api:
        api.clan_tag("#2PP")
        assert plugin.asked == 0
        done(api.store.get("key"))
        done(api.store.get("key"))
        assert plugin.asked == 1
