"""Streams in Redis keep what `cocapi.Streams` promises, in each mode."""

import asyncio
import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest
import trio

from cocapi import ApiConfig, CocApi, ConfigError, Flow, StoreUnavailable, Streams
from cocapi.calls.drivers import AsyncIO, SyncIO, arun, run
from cocapi.clocks import asleep, nap
from cocapi_redis import Redis

NAMES = itertools.count()

LONG = 1000.0
"""Seconds after which no entry is idle in a test."""


def nothing_is_sent(_: object) -> Any:
    raise AssertionError("a store sends nothing")


@pytest.fixture
def streams(redis_server: Any) -> Any:
    options = {"namespace": f"stream{next(NAMES)}"}
    config = ApiConfig(store=redis_server.url, store_timeout=5, plugins={"redis": options})
    return Redis(config).cocapi_store(config)


def published(streams: Any, number: int) -> Flow[None]:
    """So many entries of one source."""
    for sequence in range(1, number + 1):
        assert (yield from streams.publish("s", "source", sequence, {"n": b"%d" % sequence}, 1000))


def numbers(entries: Any) -> list[int]:
    return [int(entry.fields["n"]) for entry in entries]


def once_of_each_number(streams: Any) -> Flow[None]:
    """What a source has published, it cannot publish again; others can."""
    assert (yield from streams.publish("s", "a", 7, {"n": b"7", "odd \xff": b"\x00\xff"}, 10)) is True
    assert (yield from streams.publish("s", "a", 7, {"n": b"7"}, 10)) is False
    assert (yield from streams.publish("s", "a", 6, {"n": b"6"}, 10)) is False
    assert (yield from streams.publish("s", "b", 7, {"n": b"70"}, 10)) is True
    assert (yield from streams.publish("s", "a", 8, {"n": b"8"}, 10)) is True
    assert (yield from streams.publish("t", "a", 7, {"n": b"7"}, 10)) is True
    entries = yield from streams.receive("s", "g", "c", 10, LONG)
    assert numbers(entries) == [7, 70, 8]
    assert entries[0].fields == {"n": b"7", "odd \xff": b"\x00\xff"}


def each_group_gets_all_and_each_consumer_a_part(streams: Any) -> Flow[None]:
    """In order, from the beginning, also for a group that comes late."""
    assert (yield from streams.receive("s", "g", "a", 10, LONG)) == ()
    yield from published(streams, 5)
    first = yield from streams.receive("s", "g", "a", 2, LONG)
    second = yield from streams.receive("s", "g", "b", 9, LONG)
    assert (numbers(first), numbers(second)) == ([1, 2], [3, 4, 5])
    assert (yield from streams.receive("s", "g", "a", 9, LONG)) == ()
    assert numbers((yield from streams.receive("s", "late", "a", 9, LONG))) == [1, 2, 3, 4, 5]


def what_is_left_idle_is_anothers(streams: Any) -> Flow[None]:
    """But not what is renewed or acknowledged; and who lost an entry can do neither any more."""
    yield from published(streams, 3)
    one, two, three = yield from streams.receive("s", "g", "a", 9, LONG)
    assert (yield from streams.acknowledge("s", "g", "a", one.id)) is True
    assert (yield from streams.acknowledge("s", "g", "a", one.id)) is False
    assert (yield from streams.renew("s", "g", "a", [one.id, two.id, three.id])) == (two.id, three.id)
    assert (yield from streams.receive("s", "g", "b", 9, LONG)) == ()
    time.sleep(0.02)
    assert numbers((yield from streams.receive("s", "g", "b", 9, 0.01))) == [2, 3]
    assert (yield from streams.renew("s", "g", "a", [two.id])) == ()
    assert (yield from streams.acknowledge("s", "g", "a", two.id)) is False
    assert (yield from streams.acknowledge("s", "g", "b", two.id)) is True
    assert (yield from streams.renew("s", "g", "b", [two.id, three.id])) == (three.id,)


def the_newest_are_kept(streams: Any) -> Flow[None]:
    """About as many as the writer says."""
    for sequence in range(1, 1001):
        yield from streams.publish("s", "a", sequence, {"n": b"%d" % sequence}, 100)
    kept = numbers((yield from streams.receive("s", "g", "a", 2000, LONG)))
    assert 100 <= len(kept) <= 300
    assert kept[-1] == 1000


CHECKS = [
    once_of_each_number,
    each_group_gets_all_and_each_consumer_a_part,
    what_is_left_idle_is_anothers,
    the_newest_are_kept,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("mode", ["sync", "asyncio", "trio"])
def test_streams_keep_what_they_promise(check: Callable[[Any], Flow[None]], mode: str, streams: Any) -> None:
    """Each check in each mode."""
    assert isinstance(streams, Streams)

    def closed_after() -> Flow[None]:
        yield from check(streams)
        yield from streams.close()

    if mode == "sync":
        run(closed_after(), SyncIO(nothing_is_sent, nap))
    elif mode == "asyncio":
        asyncio.run(arun(closed_after(), AsyncIO(nothing_is_sent, asleep)))
    else:
        trio.run(arun, closed_after(), AsyncIO(nothing_is_sent, asleep))


def test_a_store_without_streams_says_which_has_some() -> None:
    """When they are asked for."""
    with (
        CocApi("t", config=ApiConfig(base_url="sandbox://")) as api,
        pytest.raises(ConfigError, match=r"the store memory .* has no streams: .*redis://host/0"),
    ):
        api.streams  # noqa: B018


@pytest.mark.parametrize(
    ("verb", "arguments", "message"),
    [
        ("publish", ("", "a", 1, {"n": b""}, 1), "at least"),
        ("publish", ("s", "a", -1, {"n": b""}, 1), "sequence"),
        ("publish", ("s", "a", 1, {}, 1), "a field at least"),
        ("publish", ("s", "a", 1, {"n": "1"}, 1), "bytes"),
        ("publish", ("s", "a", 1, {"n": b""}, 0), "keep"),
        ("receive", ("s", "g", "c", 0, 1), "limit"),
        ("receive", ("s", "g", "c", 1, -1), "idle"),
        ("renew", ("s", "g", "c", [1]), "text"),
        ("acknowledge", ("s", "g", "c", ""), "at least"),
    ],
)
def test_what_makes_no_sense_is_refused_before_the_server_is_asked(
    verb: str, arguments: Any, message: str
) -> None:
    """With the name of what is wrong; no server is there."""
    config = ApiConfig(base_url="sandbox://", store="redis://127.0.0.1:1")
    with CocApi("t", config=config) as api:
        with pytest.raises((TypeError, ValueError), match=message):
            api.run_flow(getattr(api.streams, verb)(*arguments))
        with pytest.raises(StoreUnavailable):
            api.run_flow(api.streams.receive("s", "g", "c", 1, 1))
