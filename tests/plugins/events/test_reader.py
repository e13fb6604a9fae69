"""Events in a stream, and their readers, with a real Redis."""

import itertools
import threading
from math import inf
from pathlib import Path
from typing import Any

import anyio
import pytest

from cocapi import ApiConfig, CocApi, ConfigError, Flow, StoreUnavailable, sleep
from cocapi.testing import Script
from cocapi_events import kinds
from cocapi_events.outlet import Outlet, event_of
from cocapi_events.sharing import beating
from cocapi_sandbox import Sandbox

from .conftest import NOON, Motion

NAMES = itertools.count()


@pytest.fixture
def settings(redis_server: Any) -> dict[str, Any]:
    """Of a client whose store is in a server, and empty."""
    redis = {"redis": {"namespace": f"reader{next(NAMES)}"}}
    return {"store": redis_server.url, "store_timeout": 10.0, "plugins": redis}


def written(motion: Motion, api: Any) -> list[Any]:
    """What happens when some members go, written to a stream."""
    assert api.changes(clans=["#2PP"]) == []
    for tag in motion.box.world.roster(0, NOON)[3:6]:
        motion.box.clan("#2PP").kick(tag)
    motion.box.advance(hours=1)
    return list(api.watch(clans=["#2PP"], to="events", once=True))


def test_a_reader_as_the_page_shows_it_makes_no_call(motion: Motion, settings: dict[str, Any]) -> None:
    """Not even to verify its token, which it does not need."""
    page = (Path(__file__).parents[3] / "docs/how-to/events.md").read_text()
    (snippet,) = [block for block in page.split("```") if "api.events_from(" in block and "with" in block]
    with motion.client(**settings) as api:
        (first, *_) = written(motion, api)
    with Sandbox() as box:

        def settings_of_the_test(**shown: Any) -> ApiConfig:
            return ApiConfig(**{**shown, **settings}, base_url=box.base_url)

        def post(event: Any) -> None:
            assert event == first
            raise InterruptedError

        names = {"ApiConfig": settings_of_the_test, "CocApi": CocApi, "post": post}
        with pytest.raises(InterruptedError):
            exec(snippet.partition("\n")[2], names)  # noqa: S102  # ours
        assert list(box.requests) == []


def test_each_group_is_told_everything_as_it_was(motion: Motion, settings: dict[str, Any]) -> None:
    """Once, also if it was written twice; and a filter chooses."""
    with motion.client(**settings) as api:
        events = written(motion, api)
        outlet = Outlet(api.streams, "events", "", 1000)
        assert [api.run_flow(outlet.write(event)) for event in events] == [False] * len(events)
        assert list(api.events_from(group="bot", once=True)) == events
        assert list(api.events_from(group="bot", once=True)) == []
        left = list(api.events_from("events", group="other", kinds=["member.left"], once=True))
        assert left == [event for event in events if isinstance(event, kinds.MemberLeft)]
        assert len(left) >= 3
        (model, *_) = api.models.events_from(group="third", kinds=[kinds.MemberLeft], once=True)
        assert type(model.old).__name__ == "ClanMember"


def test_an_entry_has_the_id_in_a_field(motion: Motion, settings: dict[str, Any]) -> None:
    """For readers in other languages, with the event as JSON."""
    with motion.client(**settings) as api:
        events = written(motion, api)
        entries = api.run_flow(api.streams.receive("events", "any", "me", 1000, 60))
        assert [entry.fields["id"].decode() for entry in entries] == [event.id for event in events]
        assert [set(entry.fields) for entry in entries] == [{"id", "type", "tag", "watch", "event"}] * len(
            events
        )
        assert list(map(event_of, entries)) == events


def heir_of(api: Any, reader: Any, left: int) -> Any:
    """A reader that has taken what another has left idle, and has as much time as the test takes.

    Args:
        left: How many there are. They come one by one, since the other says all the time that it lives.
    """
    heir = api.events_from(group=reader.consumer.group)
    heir.consumer.idle = 0.001
    while len(heir.queue) < left:
        heir.queue.extend(api.run_flow(heir.consumer.take()))
    for taken in heir.queue:
        taken.until = inf
    heir.consumer.idle = 1000.0
    return heir


def test_what_a_reader_did_not_do_is_told_by_another(motion: Motion, settings: dict[str, Any]) -> None:
    """When it is idle: the one in hand, and what was taken with it."""
    with motion.client(**settings) as api:
        events = written(motion, api)
        dying = api.events_from(group="bot")
        assert [next(dying), next(dying)] == events[:2]
        heir = heir_of(api, dying, len(events) - 1)
        heard = [next(heir) for _ in events[1:]]
        assert sorted(heard, key=events.index) == events[1:]


def test_a_reader_that_works_on_says_so(motion: Motion, settings: dict[str, Any]) -> None:
    """In the background: what it has taken stays its own."""
    with motion.client(**settings) as api:
        events = written(motion, api)
        slow = api.events_from(group="bot")
        assert next(slow) == events[0]
        assert f"cocapi reader {slow.consumer.name}" in [thread.name for thread in threading.enumerate()]
        (taken, *_) = slow.consumer.taken.values()
        taken.until = 0.0
        api.run_flow(slow.consumer.renew())
        assert taken.until > 0.0


def test_what_is_done_in_the_background_is_done_until_nobody_uses_it() -> None:
    """A store that is away ends nothing."""
    beats: list[int] = []

    def beat() -> Flow[None]:
        beats.append(len(beats))
        if len(beats) == 2:
            raise StoreUnavailable("away")
        yield from ()

    used = iter([True, True, True, None])
    script = Script()
    with script.client(only_plugins=("script", "memory")) as api:
        api.run_flow(beating(beat, 7.0, lambda: next(used)))
    assert beats == [0, 1, 2]
    assert script.sleeps == [7.0, 7.0, 7.0]


def test_who_was_stopped_for_too_long_tells_nothing_that_is_anothers(
    motion: Motion, settings: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """It says of the event in hand that another may tell it, and takes anew."""
    with motion.client(**settings) as api:
        events = written(motion, api)
        stopped = api.events_from(group="bot", once=True)
        assert next(stopped) == events[0]
        stopped.consumer.idle = 1000.0
        other = heir_of(api, stopped, len(events))
        for taken in stopped.consumer.taken.values():
            taken.until = 0.0
        assert list(stopped) == []
        assert f"{events[0].id} may be told again, by another reader" in caplog.text
        heard = [next(other) for _ in events]
        assert sorted(heard, key=events.index) == events


def test_an_entry_that_is_no_event_is_passed_over(
    motion: Motion, settings: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """With a warning: it may be of a kind that a later version knows."""
    with motion.client(**settings) as api:
        api.run_flow(api.streams.publish("events", "me", 1, {"event": b'{"type": "dragon.flew"}'}, 100))
        api.run_flow(api.streams.publish("events", "me", 2, {"odd": b"1"}, 100))
        events = written(motion, api)
        assert list(api.events_from(group="bot", once=True)) == events
    assert caplog.text.count("is no event that is known here") == 2


def test_listeners_hear_what_a_stream_has(motion: Motion, settings: dict[str, Any]) -> None:
    """And it is acknowledged when they have returned."""
    heard: list[Any] = []
    with motion.client(**settings) as api:
        events = written(motion, api)
        reader = api.events_from(group="bot", once=True)
        reader.on()(heard.append)
        reader.run()
        assert heard == events
        assert reader.consumer.taken == {}


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_asynchronous_programs_write_and_read(motion: Motion, settings: dict[str, Any], backend: str) -> None:
    """The same."""

    async def main() -> None:
        async with motion.async_client(**settings) as api:
            assert await api.changes(clans=["#2PP"]) == []
            motion.box.clan("#2PP").kick(motion.box.world.roster(0, NOON)[3])
            motion.box.advance(hours=1)
            events = [event async for event in api.watch(clans=["#2PP"], to="events", once=True)]
            assert events
            assert [event async for event in api.events_from(group="bot", once=True)] == events

    anyio.run(main, backend=backend)


def test_events_of_several_watches_do_not_meet_in_a_stream(motion: Motion, settings: dict[str, Any]) -> None:
    """Each watch numbers its own, and a question that failed has a number too."""
    with motion.client(**settings) as api:
        written(motion, api)
        event = kinds.PollFailed(
            id="clan:#2PP/failed/2026-03-19T06:00:00+00:00",
            tag="#2PP",
            at=kinds.datetime.fromisoformat("2026-03-19T06:00:00+00:00"),
            seen_after=kinds.datetime.fromisoformat("2026-03-19T06:00:00+00:00"),
            operation="clan",
            error="away",
        )

        def write() -> Flow[list[bool]]:
            first, second = (Outlet(api.streams, "x", name, 100) for name in ("a", "b"))
            results = []
            for outlet in (first, second, first):
                results.append((yield from outlet.write(event)))  # noqa: PERF401  # no comprehension may yield
            return results

        assert api.run_flow(write()) == [True, True, False]


def test_a_stream_takes_a_store_that_has_some() -> None:
    """Else it is said when the watch is made."""
    with CocApi("t", config=ApiConfig(base_url="sandbox://")) as api:
        with pytest.raises(ConfigError, match="has no streams"):
            api.watch(clans=["#2PP"], to="events")
        with pytest.raises(ConfigError, match="has no streams"):
            api.events_from(group="bot")


def test_a_watch_that_is_cancelled_while_it_writes_loses_no_event(
    motion: Motion, settings: dict[str, Any]
) -> None:
    """It is written, or written again, and told."""

    async def main() -> None:
        async with motion.async_client(**settings) as api:
            assert await api.changes(clans=["#2PP"]) == []
            motion.box.clan("#2PP").kick(motion.box.world.roster(0, NOON)[3])
            motion.box.advance(hours=1)
            watch = api.watch(clans=["#2PP"], to="events", once=True)
            write = watch.outlet.write
            with anyio.CancelScope() as scope:

                def cancelled(event: Any) -> Flow[bool]:
                    answer = yield from write(event)
                    scope.cancel()
                    yield from sleep(1)
                    return answer

                watch.outlet.write = cancelled
                await anext(watch)
            assert scope.cancelled_caught
            watch.outlet.write = write
            events = [event async for event in watch]
            assert events
            assert [event async for event in api.events_from(group="bot", once=True)] == events

    anyio.run(main)
