"""The store of a client: chosen once, checked, and never the reason why a call fails."""

import asyncio
import logging
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import anyio
import pytest
import trio

from cocapi import (
    ApiConfig,
    CocApi,
    ConfigError,
    Flow,
    Hit,
    Lease,
    Request,
    Store,
    StoreUnavailable,
    do,
    hookimpl,
    sleep,
)
from cocapi.calls.drivers import SyncIO, run
from cocapi.client.store import LASTING, PAUSE, QUIET
from cocapi.clocks import nap
from cocapi.testing import Script, json_response
from cocapi_memory import MemoryStore


def done(flow: Flow[Any]) -> Any:
    def refuse(_: object) -> Any:
        raise AssertionError("a store sends nothing")

    return run(flow, SyncIO(refuse, nap))


class Offering:
    """Offers a store for ``mine://…``, and asks it before each call."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.asked = 0
        self.client: Any = None

    @hookimpl
    def cocapi_store(self, config: ApiConfig) -> Any:
        self.asked += 1
        return self.store if config.store.startswith("mine:") else None

    @hookimpl
    def cocapi_cache_lookup(self, request: Request) -> Flow[Hit | None]:
        yield from self.client.store.get("key")
        raise AssertionError("it answered")


def playing(mode: str, offered: Any, calls: int = 1, **settings: Any) -> tuple[list[Any], Offering]:
    """The answers to some calls of a client whose plugin asks its store before each."""
    plugin = Offering(offered)
    settings = {
        "only_plugins": ("script", "mine"),
        "plugins": {"mine": lambda _: plugin},
        "store": "mine://user:hidden@host/name?size=3",
        "store_timeout": 0.1,
        **settings,
    }
    script = Script(json_response({"tag": "#2PP"}))

    async def main() -> list[Any]:
        async with script.async_client(**settings) as api:
            plugin.client = api
            return [await api.clan_tag("#2PP") for _ in range(calls)]

    if mode == "asyncio":
        return asyncio.run(main()), plugin
    if mode == "trio":
        return trio.run(main), plugin
    with script.client(**settings) as api:
        plugin.client = api
        return [api.clan_tag("#2PP") for _ in range(calls)], plugin


class Failing(MemoryStore):
    def get(self, key: str) -> Flow[bytes | None]:
        raise OSError("mine://user:hidden@host is\non fire")


class FailingLater(MemoryStore):
    def get(self, key: str) -> Flow[bytes | None]:
        async def awaiting() -> None:
            raise OSError("mine://user:hidden@host is\non fire")

        def blocking() -> None:
            raise OSError("mine://user:hidden@host is\non fire")

        return (yield from do(blocking, awaiting))


class Stalling(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.answers = threading.Event()

    def get(self, key: str) -> Flow[bytes | None]:
        return (yield from do(lambda: self.answers.wait(30), lambda: anyio.sleep(30)))


class Sleeping(MemoryStore):
    def get(self, key: str) -> Flow[bytes | None]:
        while True:
            yield from sleep(30)


class Looping(MemoryStore):
    def get(self, key: str) -> Flow[bytes | None]:
        while True:
            yield from do(lambda: time.sleep(0.01), lambda: anyio.sleep(0.01))


class Wrong(MemoryStore):
    def get(self, key: str) -> Flow[Any]:
        return "text"
        yield


class NoFlow(MemoryStore):
    def get(self, key: str) -> Any:
        return b"1"


HELD_UP = "see what holds it up, or give it more time"
LATE = rf"did not answer get within 0\.1 seconds: {HELD_UP} \(store_timeout\);"

WAYS = [
    (Failing, r"failed in get: OSError: mine://user:\*\*\*@host is\\non fire"),
    (FailingLater, r"failed in get: OSError: mine://user:\*\*\*@host is\\non fire"),
    (Stalling, LATE),
    (Sleeping, LATE),
    (Looping, LATE),
    (Wrong, "failed in get: TypeError: it answered 'text'"),
    (NoFlow, "failed in get: TypeError: it answered a bytes, not a flow"),
]


@pytest.mark.parametrize("mode", ["sync", "asyncio", "trio"])
@pytest.mark.parametrize(("kind", "words"), WAYS, ids=[kind.__name__ for kind, _ in WAYS])
def test_a_store_that_fails_costs_a_moment_and_a_warning(
    kind: type[MemoryStore], words: str, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Calls go on, the first waits for its bound, the others do not ask, and one line says what happened."""
    store, started = kind(), time.monotonic()
    answers, _ = playing(mode, store, calls=20)
    assert time.monotonic() - started < 25  # seconds before the one that stalls would answer
    if isinstance(store, Stalling):
        store.answers.set()
    assert answers == [{"tag": "#2PP"}] * 20
    (record,) = [record for record in caplog.records if record.name == "cocapi.store"]
    assert record.levelno == logging.WARNING
    line = record.getMessage()
    assert line.startswith("the store mine://host/name of plugin 'mine' ")
    assert line.endswith("; calls go on without it; it is asked again every 5 seconds")
    assert "hidden" not in caplog.text.replace("\\", "")
    assert re.search(words, line)


class Busy(MemoryStore):
    """Takes a while of the event loop's own time for each verb."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def get(self, key: str) -> Flow[bytes | None]:
        async def awaiting() -> None:
            time.sleep(self.seconds)  # noqa: ASYNC251  # as many small things would
            await anyio.lowlevel.checkpoint()

        return (yield from do(lambda: None, awaiting))


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_many_tasks_at_once_make_nobody_late(backend: str) -> None:
    """The time of those that wait for the others does not run: all together take longer than one may. On a
    machine that is slow by itself all takes longer, by as much."""

    async def main(slower: int) -> int:
        late = 0
        busy = Offering(Busy(0.005 * slower))
        settings = {"only_plugins": ("script", "mine"), "plugins": {"mine": lambda _: busy}}
        async with (
            Script().async_client(store="mine:", store_timeout=0.9 * slower, **settings) as api,
            anyio.create_task_group() as group,
        ):

            async def ask() -> None:
                nonlocal late
                try:
                    assert await api.run_flow(api.store.get("key")) is None
                except StoreUnavailable:
                    late += 1

            for _ in range(300):
                group.start_soon(ask)
        return late

    assert any(anyio.run(main, slower, backend=backend) == 0 for slower in (1, 3, 9))


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_those_that_wait_for_a_store_that_hangs_are_not_late_one_after_another(backend: str) -> None:
    """When it is found out, all of them go on."""

    async def main() -> float:
        settings = {"only_plugins": ("script", "mine"), "plugins": {"mine": lambda _: Offering(Stalling())}}
        started = time.monotonic()
        async with (
            Script().async_client(store="mine:", store_timeout=0.5, **settings) as api,
            anyio.create_task_group() as group,
        ):

            async def ask() -> None:
                with pytest.raises(StoreUnavailable, match=r"did not answer get within 0\.5 seconds"):
                    await api.run_flow(api.store.get("key"))

            for _ in range(500):
                group.start_soon(ask)
        return time.monotonic() - started

    assert anyio.run(main, backend=backend) < 15  # of 16 at a time, the last would be late after that


class Flaky(MemoryStore):
    """Cannot get anything while it is broken; what it can takes two steps."""

    broken = True

    def get(self, key: str) -> Flow[bytes | None]:
        if self.broken:
            raise OSError
        for _ in range(2):
            yield from do(lambda: None, anyio.lowlevel.checkpoint)
        return (yield from super().get(key))


def test_a_store_that_answers_again_is_used_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a pause, and the log says so."""
    now = 0.0
    monkeypatch.setattr("cocapi.client.store.elapsed", lambda: now)
    caplog.set_level(logging.INFO, "cocapi.store")

    store = Flaky()
    with client(store) as api:
        for _ in range(2):
            with pytest.raises(Exception, match="OSError"):
                done(api.store.get("key"))
        store.broken = False
        with pytest.raises(Exception, match="OSError"):
            done(api.store.get("key"))  # within the pause
        now += PAUSE
        assert done(api.store.get("key")) is None
        assert done(api.store.get("key")) is None
    levels = [record.levelname for record in caplog.records if record.name == "cocapi.store"]
    assert levels == ["WARNING", "INFO"]
    assert caplog.records[-1].getMessage() == "the store mine: of plugin 'mine' answers again"


def test_an_outage_that_lasts_is_told_though_another_was_a_moment_ago(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the last word would be that the store answers again."""
    now = 0.0
    monkeypatch.setattr("cocapi.client.store.elapsed", lambda: now)
    caplog.set_level(logging.INFO, "cocapi.store")

    def told() -> list[str]:
        return [record.levelname for record in caplog.records if record.name == "cocapi.store"]

    store = Flaky()
    with client(store) as api:
        for store.broken in (True, False):
            with suppress(StoreUnavailable):
                done(api.store.get("key"))
            now += PAUSE
        assert told() == ["WARNING", "INFO"]
        store.broken, began = True, now
        while now < began + 2 * LASTING:
            with pytest.raises(StoreUnavailable):
                done(api.store.get("key"))
            assert told() == ["WARNING", "INFO"] + ["WARNING"] * (now >= began + LASTING)
            now += PAUSE
        store.broken = False
        assert done(api.store.get("key")) is None
        assert told() == ["WARNING", "INFO"] * 2


def test_a_failure_that_comes_and_goes_is_told_once_in_a_while(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that is full answers some verbs; another failure is news at once."""
    now = 0.0
    monkeypatch.setattr("cocapi.client.store.elapsed", lambda: now)
    caplog.set_level(logging.INFO, "cocapi.store")

    class Full(MemoryStore):
        why = "no room"

        def put(self, key: str, value: bytes, seconds: float | None = None) -> Flow[None]:
            raise OSError(self.why)

    store = Full()

    def comes_and_goes(api: CocApi) -> list[str]:
        nonlocal now
        caplog.clear()
        for _ in range(5):
            with pytest.raises(StoreUnavailable):
                done(api.store.put("key", b"1"))
            now += PAUSE
            assert done(api.store.get("key")) is None
        return [record.levelname for record in caplog.records if record.name == "cocapi.store"]

    with client(store) as api:
        assert comes_and_goes(api) == ["WARNING", "INFO"]
        assert comes_and_goes(api) == []
        store.why = "no file"
        assert comes_and_goes(api) == ["WARNING", "INFO"]
        now += QUIET
        assert comes_and_goes(api) == ["WARNING", "INFO"]


def test_one_verb_that_is_late_is_no_outage(caplog: pytest.LogCaptureFixture) -> None:
    """It may be the verb; when the next is late too, it is the store."""
    store = Stalling()
    with client(store, store_timeout=0.05) as api:
        with pytest.raises(StoreUnavailable, match=r"did not answer get within 0\.05 seconds"):
            done(api.store.get("key"))
        assert done(api.store.claim("key", 1)) is not None
        assert caplog.text == ""
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                done(api.store.get("key"))
        with pytest.raises(StoreUnavailable, match="did not answer get"):
            done(api.store.claim("other", 1))
        store.answers.set()
    assert caplog.text.count("did not answer get") == 1


def client(store: Any, **settings: Any) -> CocApi:
    """A client whose store is `store`."""
    return Script().client(
        **{
            "only_plugins": ("script", "mine"),
            "plugins": {"mine": lambda _: Offering(store)},
            "store": "mine:",
            **settings,
        }
    )


@pytest.mark.parametrize(
    ("verb", "message"),
    [
        (lambda store: store.get(3), "a store's key is a text, not 3"),
        (lambda store: store.get(""), "a store's key must have a character at least"),
        (lambda store: store.get("\ud800"), "which UTF-8 cannot encode"),
        (lambda store: store.put("key", "text"), "a store keeps bytes, not a str"),
        (lambda store: store.put("key", bytearray(b"1")), "a store keeps bytes, not a bytearray"),
        (lambda store: store.put("key", b"1", -1), "a store's seconds is -1: it must be from 0 to"),
        (lambda store: store.put("key", b"1", "60"), "a store's seconds is a number, not '60'"),
        (lambda store: store.put("key", b"1", float("nan")), "a store's seconds is nan"),
        (lambda store: store.forget(None), "a store's prefix is a text, not None"),
        (lambda store: store.claim("key", True), "a store's seconds is a number, not True"),
        (lambda store: store.extend("key", 1), "a lease is what claim\\(\\) answered, not 'key'"),
        (lambda store: store.release(None), "a lease is what claim\\(\\) answered, not None"),
        (lambda store: store.admit("key", 0, 1), "a store's rate is 0: it must be from 1e-09 to 1e\\+09"),
        (lambda store: store.admit("key", 1, 0.5), "a store's burst is a whole number, not 0.5"),
        (lambda store: store.append("log", None), "a store keeps bytes, not a NoneType"),
        (lambda store: store.read("log", -1), "a store's after is -1"),
        (lambda store: store.read("log", 0, 0), "a store's limit is 0"),
        (lambda store: store.trim("log", -1), "a store's keep is -1"),
    ],
)
def test_what_no_store_can_do_is_the_plugins_own_mistake(
    verb: Callable[[Store], Flow[Any]], message: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told at once, and the store is not asked."""
    store = MemoryStore()
    with client(store) as api:
        with pytest.raises((TypeError, ValueError), match=message):
            done(verb(api.store))
        assert done(api.store.get("key")) is None
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("get", bytearray(b"1")),
        *(
            ("put", 1),
            ("forget", None),
            ("forget", -1),
            ("forget", True),
            ("claim", "lease"),
            ("extend", None),
        ),
        *(
            ("put_held", None),
            ("get_or_claim", "lease"),
            ("put_and_release", None),
            ("release", 1),
            ("admit", None),
            ("admit", -1.0),
            ("admit", float("nan")),
            ("append", "1"),
        ),
        *(("read", []), ("read", (b"1",)), ("trim", None)),
    ],
)
def test_what_no_verb_may_answer_is_the_stores_mistake(verb: str, answer: object) -> None:
    """It is told as the store's failure."""

    def lying(*_: object) -> Flow[object]:
        return answer
        yield

    store = MemoryStore()
    setattr(store, verb, lying)
    lease = Lease("key", "me")
    arguments: dict[str, tuple[Any, ...]] = {
        "put": ("key", b"1"),
        "claim": ("key", 1),
        "extend": (lease, 1),
        "release": (lease,),
        "put_held": (lease, "key", b"1"),
        "get_or_claim": ("key", 1),
        "put_and_release": (lease, "key", b"1"),
        "admit": ("key", 1, 1),
        "append": ("log", b"1"),
        "trim": ("log", 0),
    }
    with client(store) as api, pytest.raises(Exception, match=f"failed in {verb}: TypeError: it answered"):
        done(getattr(api.store, verb)(*arguments.get(verb, ("key",))))


LEASE = Lease("key", "me")

LEAST: list[tuple[str, tuple[Any, ...], object]] = [
    ("get", ("k",), None),
    ("put", ("k", b"", 0), None),
    ("forget", ("",), 0),
    ("claim", ("k", 0), None),
    ("extend", (LEASE, 0), False),
    ("release", (LEASE,), False),
    ("put_held", (LEASE, "k", b"", 0), False),
    ("get_or_claim", ("k", 0), b""),
    ("put_and_release", (LEASE, "k", b"", 0), False),
    ("admit", ("k", 1e-9, 1), 0.0),
    ("append", ("k", b""), 0),
    ("read", ("k", 0, 1), ()),
    ("trim", ("k", 0), 0),
]
"""Each verb, the least that it takes, and the least that it may answer."""


@pytest.mark.parametrize(("verb", "arguments", "answer"), LEAST, ids=[verb for verb, *_ in LEAST])
def test_the_least_that_a_verb_takes_reaches_the_store(
    verb: str, arguments: tuple[Any, ...], answer: object
) -> None:
    """As it is, and so does its answer come back."""
    asked: list[tuple[Any, ...]] = []

    def noting(*arguments: Any) -> Flow[object]:
        asked.append(arguments)
        return answer
        yield

    store = MemoryStore()
    setattr(store, verb, noting)
    with client(store) as api:
        assert done(getattr(api.store, verb)(*arguments)) == answer
    assert asked == [arguments]


def test_every_verb_reaches_the_store() -> None:
    """With what the plugin said, and back."""
    with client(MemoryStore()) as api:
        store = api.store
        assert isinstance(store, Store)
        assert done(store.put("key", b"1", 60)) is None
        assert done(store.get("key")) == b"1"
        assert done(store.forget("k")) == 1
        lease = done(store.claim("key", 60))
        assert done(store.put_held(lease, "key", b"2", 60)) is True
        assert done(store.get("key")) == b"2"
        assert (done(store.extend(lease, 60)), done(store.release(lease))) == (True, True)
        assert done(store.get_or_claim("key", 60)) == b"2"
        second = done(store.get_or_claim("key 2", 60))
        assert done(store.put_and_release(second, "key 2", b"3", 60)) is True
        assert done(store.admit("key", 1, 1)) == 0.0
        assert done(store.append("log", b"1")) == 1
        assert [entry.content for entry in done(store.read("log"))] == [b"1"]
        assert done(store.trim("log", 0)) == 1
        assert done(store.close()) is None
        assert done(store.append("log", b"2")) == 2


# Choosing


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("sqllite:///file", "no plugin offers store='sqllite:///file'; no plugin is named 'sqllite'"),
        ("retry://x", "no plugin offers store='retry://x'; asked: memory"),
        ("pyreqwest:", "no plugin offers store='pyreqwest:'; plugin 'pyreqwest' of cocapi .* is off: "),
        ("etcd://me:secret@host:1/2?x=1", "^no plugin offers store='etcd://host:1/2'; no plugin is named"),
        ("nonsense", "no plugin offers store='nonsense'"),
    ],
)
def test_a_store_that_nobody_offers_is_refused_when_the_client_is_made(setting: str, message: str) -> None:
    """By the plugin that would offer it, and why that does not; without the password."""
    with pytest.raises(ConfigError, match=message) as caught:
        CocApi("token", config=ApiConfig(store=setting, verify_token=False, plugins={"pyreqwest": False}))
    assert "secret" not in str(caught.value)


def test_all_that_were_asked_are_named() -> None:
    message = r"no plugin offers store='mine'; asked: (mine, memory|memory, mine)$"
    with pytest.raises(ConfigError, match=message):
        Script().client(
            store="mine",
            only_plugins=("script", "mine", "memory"),
            plugins={"mine": lambda _: Offering(None)},
        )


def test_without_the_plugin_memory_there_is_no_store_and_calls_go_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answers, _ = playing("sync", None, store="memory")
    assert answers == [{"tag": "#2PP"}]
    assert "no plugin offers store='memory'; plugin 'memory' of cocapi" in caplog.text


@pytest.mark.parametrize("answer", [42, lambda: None])
def test_what_is_no_store_is_blamed_on_its_plugin(answer: object) -> None:
    with pytest.raises(Exception, match="plugin 'mine' failed in cocapi_store: it answered a "):
        client(answer)


def test_one_that_raises_when_asked_is_blamed_and_the_client_is_not_made() -> None:
    class Raising:
        @hookimpl
        def cocapi_store(self) -> Store | None:
            raise ZeroDivisionError("on purpose")

    with pytest.raises(
        Exception, match="plugin 'mine' failed in cocapi_store: ZeroDivisionError: on purpose"
    ):
        client(None, plugins={"mine": lambda _: Raising()})


# Closing


class Noting(MemoryStore):
    """Notes what happens to it."""

    def __init__(self, told: list[str]) -> None:
        super().__init__()
        self.told = told

    def close(self) -> Flow[None]:
        self.told.append("store")
        yield from ()


@pytest.mark.parametrize("mode", ["sync", "asyncio", "trio"])
def test_the_store_is_closed_after_the_plugins_which_may_still_use_it(mode: str) -> None:
    """Once, and not before the last of them."""
    told: list[str] = []

    class Leaving(Offering):
        @hookimpl
        def cocapi_cache_lookup(self, request: Request) -> None:
            return None

        @hookimpl
        def cocapi_close(self) -> Flow[None]:
            yield from self.client.store.put("key", b"1")
            told.append(str((yield from self.client.store.get("key"))))

    plugin = Leaving(Noting(told))
    settings: dict[str, Any] = {"plugins": {"mine": lambda _: plugin}, "store": "mine:"}

    async def main() -> None:
        api = Script().async_client(only_plugins=("script", "mine"), **settings)
        plugin.client = api
        await api.aclose()
        await api.aclose()

    if mode == "sync":
        api = Script().client(only_plugins=("script", "mine"), **settings)
        plugin.client = api
        api.close()
        api.close()
    else:
        asyncio.run(main()) if mode == "asyncio" else trio.run(main)
    assert told == ["b'1'", "store"]


class Stuck(MemoryStore):
    def close(self) -> Flow[None]:
        raise OSError("stuck")


class Staying(MemoryStore):
    def close(self) -> Flow[None]:
        yield from sleep(30)


@pytest.mark.parametrize(
    ("store", "words"),
    [
        (Stuck, "failed in close: OSError: stuck"),
        (Staying, f"did not answer close within 0.1 seconds: {HELD_UP} (close_timeout)"),
    ],
)
def test_a_store_that_fails_when_it_is_closed_is_logged(
    store: type[MemoryStore], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    """And keeps no connection open."""
    client(store(), close_timeout=0.1).close()
    assert [record.getMessage() for record in caplog.records] == [f"the store mine: of plugin 'mine' {words}"]
