"""A store that is away ends what is asked once, and holds back what is not, which says so and says when it is
over."""

import itertools
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import pytest

from cocapi import AttemptRefused, Flow, StoreUnavailable, hookimpl
from cocapi_events.outage import Outage

from .conftest import NOON, Motion

NAMES = itertools.count()


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """What events said, from INFO on, without the reasons."""
    records = [record for record in caplog.records if record.name == "cocapi.events"]
    return [
        (record.levelname, record.getMessage().partition(": ")[0])
        for record in records
        if record.levelno >= logging.INFO
    ]


def failing(verb: Callable[..., Flow[Any]], times: int) -> Callable[..., Flow[Any]]:
    """A verb that fails so often, and then does what it did."""
    left = itertools.count(times, -1)

    def flow(*arguments: Any) -> Flow[Any]:
        if next(left) > 0:
            raise StoreUnavailable("the store is away")
        return (yield from verb(*arguments))

    return flow


@contextmanager
def denied(server: Any, *commands: str) -> Iterator[dict[str, Any]]:
    """The settings of a client whose user may not run some commands."""
    rules = " ".join(f"-{command}" for command in commands)
    server.ask("ACL", "SETUSER", "somebody", "reset", "on", ">hidden", "~*", "+@all", rules)
    url = server.url.replace("//", "//somebody:hidden@")
    options = {"redis": {"namespace": f"outage{next(NAMES)}"}}
    yield {"store": url, "store_timeout": 10.0, "plugins": options}
    server.ask("ACL", "DELUSER", "somebody")


ONCE = [
    (lambda api: api.events_from(group="bot", once=True), "xreadgroup"),
    (lambda api: api.watch(clans=["#2PP"], to="events", once=True), "hset"),
]


@pytest.mark.parametrize("mode", ["sync", "asyncio", "trio"])
@pytest.mark.parametrize(("source", "command"), ONCE)
def test_what_is_asked_once_ends_where_streams_cannot_be_used(
    mode: str, source: Callable[[Any], Any], command: str, motion: Motion, redis_server: Any
) -> None:
    """With the command that is lacking."""
    sentence = rf"does not permit its user {command}: grant it \(ACL SETUSER … \+{command}\)"

    async def main() -> None:
        async with motion.async_client(**settings) as api:
            async for _ in source(api):
                pytest.fail("nothing can be told")

    with denied(redis_server, command) as settings:
        with motion.client(**settings) as api:
            assert api.changes(clans=["#2PP"]) == []
            motion.box.clan("#2PP").kick(motion.box.world.roster(0, NOON)[3])
            motion.box.advance(hours=1)
            if mode == "sync":
                with pytest.raises(StoreUnavailable, match=sentence):
                    list(source(api))
        if mode != "sync":
            with pytest.raises(StoreUnavailable, match=sentence):
                anyio.run(main, backend=mode)


PARTS_OF_A_RUN = [
    lambda watch, times: setattr(watch.shelf, "mark", failing(watch.shelf.mark, times)),
    lambda watch, times: setattr(watch.shelf, "keep", failing(watch.shelf.keep, times)),
    lambda watch, times: setattr(watch.outlet, "write", failing(watch.outlet.write, times)),
]
"""When it begins, when it has asked, and when it tells."""


@pytest.mark.parametrize("mode", ["sync", "asyncio", "trio"])
@pytest.mark.parametrize("spoil", PARTS_OF_A_RUN)
def test_what_is_asked_once_waits_for_a_store_that_is_late_and_not_for_one_that_is_away(
    spoil: Callable[[Any, int], None], mode: str, motion: Motion, redis_server: Any
) -> None:
    """It tells all the same, or it raises; then the next run tells."""

    async def main(times: int) -> list[Any]:
        async with motion.async_client(**settings) as api:
            watch = api.watch(clans=["#2PP"], kinds=["member.left"], to="events", once=True)
            spoil(watch, times)
            return [event async for event in watch]

    def told(times: int) -> list[Any]:
        if mode != "sync":
            return anyio.run(main, times, backend=mode)
        with motion.client(**settings) as api:
            watch = api.watch(clans=["#2PP"], kinds=["member.left"], to="events", once=True)
            spoil(watch, times)
            return list(watch)

    options = {"redis": {"namespace": f"outage{next(NAMES)}"}}
    settings = {"store": redis_server.url, "store_timeout": 10.0, "plugins": options}
    assert told(0) == []
    for times in (0, 2, 1):
        motion.box.clan("#2PP").kick(motion.box.world.roster(0, motion.box.now())[3])
        motion.box.advance(hours=1)
        if times == 0:
            with pytest.raises(StoreUnavailable, match="the store is away"):
                told(3)
        assert told(times)


def test_a_reader_that_is_asked_once_waits_for_a_store_that_is_late(
    motion: Motion, redis_server: Any
) -> None:
    """And raises where it is away."""
    options = {"redis": {"namespace": f"outage{next(NAMES)}"}}
    with motion.client(store=redis_server.url, store_timeout=10.0, plugins=options) as api:
        first = next(api.watch(clans=["#2PP"], to="events"))
        reader = api.events_from(group="bot", once=True)
        reader.consumer.take = failing(reader.consumer.take, 5)
        with pytest.raises(StoreUnavailable, match="the store is away"):
            next(reader)
        assert next(reader) == first


def test_a_watch_says_once_that_it_waits_and_once_that_it_goes_on(
    motion: Motion, caplog: pytest.LogCaptureFixture
) -> None:
    """However often it has asked."""
    caplog.set_level(logging.INFO)
    with motion.client() as api:
        watch = api.watch(clans=["#2PP"], name="mine")
        watch.shelf.mark = failing(watch.shelf.mark, 5)
        next(watch)
    assert told(caplog) == [
        ("WARNING", "the watch 'mine' waits for the store"),
        ("INFO", "the watch 'mine' goes on"),
    ]


def test_a_watch_that_cannot_write_to_its_stream_says_so(
    motion: Motion, redis_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    options = {"redis": {"namespace": f"outage{next(NAMES)}"}}
    with motion.client(store=redis_server.url, store_timeout=10.0, plugins=options) as api:
        watch = api.watch(clans=["#2PP"], name="mine", to="events")
        watch.outlet.write = failing(watch.outlet.write, 5)
        event = next(watch)
        assert next(api.events_from(group="bot")) == event
    assert told(caplog) == [
        ("WARNING", "the watch 'mine' waits for the store"),
        ("INFO", "the watch 'mine' goes on"),
    ]


def test_events_whose_end_cannot_be_written_down_are_told_of_together(
    motion: Motion, caplog: pytest.LogCaptureFixture
) -> None:
    """In one line for all, and one when it could be."""
    caplog.set_level(logging.INFO)
    with motion.client() as api:
        watch = api.watch(clans=["#2PP"], name="mine")
        next(watch)
        watch.shelf.set_mark = failing(watch.shelf.set_mark, 5)
        for _ in range(8):
            next(watch)
    assert told(caplog) == [
        ("WARNING", "what the watch 'mine' has done may come again, should it end before the store answers"),
        ("INFO", "the store knows again what the watch 'mine' has done"),
    ]


def test_a_reader_says_once_that_it_waits_and_once_that_it_goes_on(
    motion: Motion, redis_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """For what comes, and for what is done."""
    caplog.set_level(logging.INFO)
    options = {"redis": {"namespace": f"outage{next(NAMES)}"}}
    with motion.client(store=redis_server.url, store_timeout=10.0, plugins=options) as api:
        first = next(api.watch(clans=["#2PP"], to="events"))
        reader = api.events_from(group="bot")
        reader.consumer.idle = 1000.0
        reader.consumer.take = failing(reader.consumer.take, 5)
        assert next(reader) == first
        reader.consumer.acknowledge = failing(reader.consumer.acknowledge, 5)
        api.run_flow(reader.done(*reader._delivered))
    waits = ("WARNING", "the reader of 'events' in the group 'bot' waits for the store")
    goes_on = ("INFO", "the reader of 'events' in the group 'bot' goes on")
    assert told(caplog) == [waits, goes_on] * 2


class Refusing:
    """A plugin that refuses attempts while it is told to."""

    refuses = False

    @hookimpl
    def cocapi_attempt(self, request: Any) -> None:
        if self.refuses:
            raise AttemptRefused("the API is away")


def test_things_that_fail_together_are_told_together_and_once(
    motion: Motion, caplog: pytest.LogCaptureFixture
) -> None:
    """As long as they fail so; and that they are answered again."""
    caplog.set_level(logging.INFO)
    refusing = Refusing()
    with motion.client(plugins={"refusing": lambda config: refusing}) as api:
        watch = api.watch(clans=list(motion.box.world.clan_numbers)[:12])

        for refusing.refuses in (False, True, True, False):
            api.run_flow(watch.ask_some())
            motion.box.advance(minutes=5)
    lines = [
        f"{record.levelname} {record.getMessage()}"
        for record in caplog.records
        if record.name == "cocapi.events"
    ]
    names = r"clan:#\w+, clan:#\w+, clan:#\w+ and 9 more"
    assert len(lines) == 2
    assert re.fullmatch(
        f"WARNING {names} could not be asked: GET /clans/{{clanTag}}: the API is away", lines[0]
    )
    assert re.fullmatch(f"INFO {names} could be asked again", lines[1])


def test_one_failure_is_no_news_and_the_next_outage_is(caplog: pytest.LogCaptureFixture) -> None:
    """A store may be late now and then."""
    caplog.set_level(logging.INFO)
    outage, away = Outage("it waits", "it goes on"), StoreUnavailable("away")
    for _ in range(3):
        outage.failed(away)
        outage.answered()
    assert told(caplog) == []
    for _ in range(2):
        for _ in range(4):
            outage.failed(away)
        outage.answered()
    assert told(caplog) == [("WARNING", "it waits"), ("INFO", "it goes on")] * 2
