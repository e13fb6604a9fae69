"""A hook that blocks an event loop is named, once; in synchronous code there is nobody to be held up."""

import asyncio
from typing import Any

import pytest
import trio

from cocapi import hookimpl, sleep
from cocapi.calls.watch import LONGEST
from cocapi.testing import Script


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    """Whose clock is the one that is looked at."""
    watched = Script()
    monkeypatch.setattr("cocapi.calls.watch.perf_counter", watched.clock)
    return watched


class Blocks:
    """Takes its time in one hook, in one way."""

    def __init__(self, way: str, script: Script) -> None:
        self.way = way
        self.script = script

    def block(self) -> Any:
        self.script.clock.advance(LONGEST + 0.05)

    def flow(self) -> Any:
        yield from sleep(0)
        self.block()
        yield from sleep(0)

    @hookimpl
    def cocapi_request(self) -> Any:
        if self.way == "raises":
            self.block()
            raise ZeroDivisionError
        return {"value": self.block, "flow": self.flow}.get(self.way, lambda: None)()

    @hookimpl
    def cocapi_finished(self) -> None:
        if self.way == "observer":
            self.block()


def settings(way: str, script: Script) -> dict[str, Any]:
    return {"only_plugins": ("blocks",), "plugins": {"blocks": lambda _: Blocks(way, script)}}


HOOKS = {
    "value": "cocapi_request",
    "flow": "cocapi_request",
    "raises": "cocapi_request",
    "observer": "cocapi_finished",
}


@pytest.mark.parametrize("run", [lambda main: asyncio.run(main()), trio.run], ids=["asyncio", "trio"])
@pytest.mark.parametrize("way", HOOKS)
def test_a_hook_that_holds_an_event_loop_is_named_once(
    way: str, run: Any, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    """By plugin and hook, with how long it took and what to do instead."""

    async def main() -> None:
        async with script.async_client(**settings(way, script)) as api:
            await api.players("#2PP")
            await api.players("#2PP")

    run(main)
    (record,) = [record for record in caplog.records if "held the event loop" in record.getMessage()]
    assert record.levelname == "WARNING"
    assert record.getMessage().startswith("plugin 'blocks' held the event loop for 0.30 s in ")
    assert f"s in {HOOKS[way]}, " in record.getMessage()
    assert "yield from do(" in record.getMessage()


@pytest.mark.parametrize("way", HOOKS)
def test_in_synchronous_code_a_hook_may_take_its_time(
    way: str, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    """Its own caller waits, and nobody else."""
    with script.client(**settings(way, script)) as api:
        api.players("#2PP")
    assert "held the event loop" not in caplog.text


def test_what_a_flow_waits_for_holds_nobody_up(script: Script, caplog: pytest.LogCaptureFixture) -> None:
    """A wait is no work."""

    class Waits:
        @hookimpl
        def cocapi_request(self) -> Any:
            yield from sleep(LONGEST + 0.05)

    async def main() -> None:
        async with script.async_client(only_plugins=("waits",), plugins={"waits": lambda _: Waits()}) as api:
            await api.players("#2PP")

    asyncio.run(main())
    assert script.sleeps == [LONGEST + 0.05]
    assert "held the event loop" not in caplog.text
