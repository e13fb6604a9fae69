"""Functions that are called for events."""

import threading
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from cocapi_events import kinds

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
            let_go.wait(10)

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
