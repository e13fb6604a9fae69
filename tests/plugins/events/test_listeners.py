"""Functions that are called for events."""

import threading
from typing import Any

import anyio
import anyio.lowlevel
import pytest

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


def test_a_slow_listener_holds_back_itself_and_what_it_did_not_do_comes_again(motion: Motion) -> None:
    """The quick one hears everything meanwhile."""
    quick: list[str] = []
    undone: list[str] = []
    let_go = threading.Event()
    with motion.client() as api:
        assert api.changes(clans=["#2PP"]) == []
        kicked(motion)
        watch = api.watch(clans=["#2PP"], once=True)

        @watch.on("member.left")
        def slow(event: Any) -> None:
            undone.append(event.id)
            let_go.wait(60)

        @watch.on()
        def every(event: Any) -> None:
            quick.append(event.id)
            if undone and len(quick) > 5:
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
