"""Functions that are called for events."""

import asyncio
import threading
import time
from contextlib import suppress
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from cocapi import ClientClosed, Flow, sleep
from cocapi_events import Events, EventsOptions, kinds

from .conftest import NOON, Motion


def kicked(motion: Motion) -> str:
    tag = motion.box.world.roster(0, NOON)[5]
    motion.box.clan("#2PP").kick(tag)
    motion.box.advance(hours=1)
    return tag


def test_a_listener_that_raises_is_named_and_stops_nothing(
    motion: Motion, caplog: pytest.LogCaptureFixture
) -> None:
    """And its event is done."""
    heard: list[Any] = []
    with motion.client() as api:
        assert api.changes(clans=["#2PP"]) == []
        tag = kicked(motion)
        watch = api.watch(clans=["#2PP"], once=True)

        @watch.on(kinds.MemberLeft)
        def broken(event: kinds.MemberLeft) -> None:
            raise RuntimeError("as asked for")

        @watch.on()
        def every(event: kinds.GameEvent) -> None:
            heard.append(event)

        watch.run()
        assert tag in [event.member for event in heard if isinstance(event, kinds.MemberLeft)]
        assert api.changes(clans=["#2PP"]) == []
    assert "broken raised for clan:#2PP/" in caplog.text


def test_what_no_listener_wants_is_done(motion: Motion) -> None:
    """It does not come again when somebody does."""
    with motion.client() as api:
        assert api.changes(clans=["#2PP"]) == []
        kicked(motion)
        watch = api.watch(clans=["#2PP"], once=True)
        watch.on("league.found")(lambda event: None)
        watch.run()
        assert api.changes(clans=["#2PP"]) == []


def test_a_slow_listener_holds_back_itself_and_what_it_did_not_do_comes_again(motion: Motion) -> None:
    """The quick one hears everything meanwhile."""
    quick: list[str] = []
    undone: list[str] = []
    begun, let_go = threading.Event(), threading.Event()
    with motion.client() as api:
        assert api.changes(clans=["#2PP"]) == []
        kicked(motion)
        watch = api.watch(clans=["#2PP"], once=True)

        @watch.on("member.left")
        def slow(event: Any) -> None:
            undone.append(event.id)
            begun.set()
            let_go.wait(60)

        @watch.on()
        def every(event: Any) -> None:
            begun.wait(60)
            quick.append(event.id)
            if len(quick) > 5:
                watch.stop()

        watch.run()
        assert len(quick) > 5
        assert undone[0] in [event.id for event in api.watch(clans=["#2PP"], once=True)]
        let_go.set()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_listeners_of_an_asynchronous_client_may_be_coroutine_functions(motion: Motion, backend: str) -> None:
    """Or functions."""
    heard: list[tuple[str, str]] = []

    async def main() -> None:
        async with motion.async_client() as api:
            assert await api.changes(clans=["#2PP"]) == []
            kicked(motion)
            watch = api.watch(clans=["#2PP"], once=True)

            @watch.on(kinds.MemberLeft)
            async def left(event: kinds.MemberLeft) -> None:
                await anyio.lowlevel.checkpoint()
                heard.append(("left", event.member))

            @watch.on(kinds.MemberLeft)
            def also(event: kinds.MemberLeft) -> None:
                heard.append(("also", event.member))

            await watch.arun()

    anyio.run(main, backend=backend)
    assert {name for name, _ in heard} == {"left", "also"}
    assert len(heard) % 2 == 0


def test_no_more_is_taken_than_a_slow_listener_may_have_waiting(
    motion: Motion, caplog: pytest.LogCaptureFixture
) -> None:
    """The others wait with it; what is not taken stays where it is, and nothing is lost."""
    slow_heard: list[str] = []
    quick: list[str] = []
    let_go = threading.Event()
    full = threading.Event()
    events = {"events": lambda config: Events(config, EventsOptions(waiting=2), clock=motion.box.now)}
    with motion.client(plugins=events) as api:
        assert api.changes(clans=["#2PP"]) == []
        kicked(motion)
        watch = api.watch(clans=["#2PP"], once=True)

        @watch.on()
        def slow(event: Any) -> None:
            let_go.wait(60)
            slow_heard.append(event.id)

        @watch.on()
        def every(event: Any) -> None:
            quick.append(event.id)

        def sleep(seconds: float) -> None:
            if len(quick) == 3:  # one is being heard, two wait
                full.set()
                let_go.set()
            threading.Event().wait(0.001)

        api._session.keep_time(sleep, None)  # type: ignore[arg-type]
        watch.run()
        assert full.is_set()
        assert len(quick) > 3
        assert slow_heard == quick
        assert api.changes(clans=["#2PP"]) == []
    assert "2 events wait for the listener" in caplog.text


def test_listeners_of_models_hear_models(motion: Motion) -> None:
    """As a loop does."""
    heard: list[Any] = []
    with motion.client() as api:
        assert api.changes(clans=["#2PP"]) == []
        kicked(motion)
        watch = api.models.watch(clans=["#2PP"], once=True)
        watch.on("member.left")(heard.append)
        watch.run()
    assert {type(event.old).__name__ for event in heard} == {"ClanMember"}


class Enough(BaseException):
    """No `Exception`, as those of libraries that abort a test or a program."""


@pytest.mark.parametrize("kind", [Enough, SystemExit, StopIteration])
@pytest.mark.parametrize("mode", ["sync", "asyncio", "trio"])
def test_a_listener_may_raise_what_is_no_exception(
    mode: str, kind: type[BaseException], motion: Motion, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told by name, and hears the next event; `run` ends as ever."""
    heard: list[str] = []

    def aborting(event: kinds.GameEvent) -> None:
        heard.append(event.id)
        raise kind("enough")

    ran(mode, motion, aborting)
    assert len(heard) > 1
    assert caplog.text.count("aborting raised for clan:#2PP/") == len(heard)


def test_a_listener_that_awaits_a_cancelled_task_has_raised(
    motion: Motion, caplog: pytest.LogCaptureFixture
) -> None:
    """It was not cancelled itself, as `asyncio.timeout` and friends cancel what they bound."""
    heard: list[str] = []

    async def awaiting(event: kinds.GameEvent) -> None:
        heard.append(event.id)
        task = asyncio.ensure_future(asyncio.sleep(60))
        task.cancel()
        await task

    ran("asyncio", motion, awaiting)
    assert len(heard) > 1
    assert caplog.text.count("awaiting raised for clan:#2PP/") == len(heard)


def ran(mode: str, motion: Motion, listener: Any) -> None:
    """Let a listener hear what has happened in a clan."""
    if mode == "sync":
        with motion.client() as api:
            api.changes(clans=["#2PP"])
            kicked(motion)
            watch = api.watch(clans=["#2PP"], once=True)
            watch.on()(listener)
            watch.run()
        return

    async def main() -> None:
        async with motion.async_client() as api:
            await api.changes(clans=["#2PP"])
            kicked(motion)
            watch = api.watch(clans=["#2PP"], once=True)
            watch.on()(listener)
            with anyio.fail_after(60):
                await watch.arun()

    anyio.run(main, backend=mode)


def test_a_listener_hears_nothing_after_its_client_is_closed(motion: Motion) -> None:
    """What waits for it would not be written down as done; it comes when the client is entered again."""
    heard: list[str] = []
    let_go = threading.Event()
    api = motion.client()
    with api:
        api.changes(clans=["#2PP"])
        kicked(motion)
        watch = api.watch(clans=["#2PP"], once=True)

        @watch.on()
        def slow(event: Any) -> None:
            heard.append(event.id)
            if len(heard) == 1:
                let_go.wait(60)

        running = threading.Thread(target=suppressed, args=(watch.run,))
        running.start()
        while not heard:
            time.sleep(0.001)
        api.background.start(lambda: released(let_go))
    running.join(60)
    while any("listener" in thread.name for thread in threading.enumerate()):
        time.sleep(0.001)
    assert len(heard) == 1
    with api:
        watch.run()
    assert len(heard) > 2
    assert heard == sorted(set(heard))


def suppressed(run: Any) -> None:
    """Run it until its client is closed."""
    with suppress(ClientClosed):
        run()


def released(let_go: threading.Event) -> Flow[None]:
    """When the client is closed, let go."""
    try:
        yield from sleep(10**9)
    finally:
        let_go.set()


def test_a_listener_that_an_event_loop_cut_off_hears_the_event_again_in_the_next(motion: Motion) -> None:
    """One watch in two `asyncio.run`."""
    heard: list[str] = []
    api = motion.async_client()
    watch: Any = None

    async def hear(event: Any) -> None:
        heard.append(event.id)
        if len(heard) == 1:
            await asyncio.sleep(10**6)

    async def first() -> None:
        nonlocal watch
        await api.changes(clans=["#2PP"])
        kicked(motion)
        watch = api.watch(clans=["#2PP"], once=True)
        watch.on()(hear)
        running = asyncio.create_task(watch.arun())
        while not heard:
            await asyncio.sleep(0)
        running.cancel()

    async def second() -> None:
        async with api:
            await watch.arun()

    asyncio.run(first())
    asyncio.run(second())
    assert heard[0] == heard[1]
    assert len(heard) > 2
    assert heard[1:] == sorted(set(heard))
