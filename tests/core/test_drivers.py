"""Drivers do what a flow asks for; only await differs between them."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from cocapi import Request, Response, do, send, sleep
from cocapi.calls.drivers import arun, run
from cocapi.testing import Script, json_response

REQUEST = Request("clan", "GET", "/clans")


@pytest.fixture(params=["run", "arun"])
def drive(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Run a flow on a script with one driver or the other."""
    if request.param == "run":
        return lambda flow, script: run(flow, script.sync_io)
    return lambda flow, script: asyncio.run(arun(flow, script.async_io))


def test_a_flow_is_sent_what_became_of_its_effects(drive: Any) -> None:
    """Send answers with the response, Do with the result of the side that fits."""

    async def awaited() -> str:
        return "did"

    def flow() -> Any:
        response = yield from send(REQUEST)
        yield from sleep(2)
        word = yield from do(blocking=lambda: "did", awaiting=awaited)
        return response.status_code, word

    script = Script(json_response({}))
    assert drive(flow(), script) == (200, "did")
    assert script.sleeps == [2]


def test_no_time_passes_for_a_sleep_of_zero_or_less(drive: Any) -> None:
    """A decision may come out negative; nobody waits for it."""

    def flow() -> Any:
        yield from sleep(0)
        yield from sleep(-1)

    script = Script()
    drive(flow(), script)
    assert script.sleeps == []


def test_an_exception_of_an_effect_is_thrown_into_the_flow(drive: Any) -> None:
    """The flow may handle it where it asked."""

    def flow() -> Any:
        try:
            yield from send(REQUEST)
        except OSError as error:
            return str(error)

    assert drive(flow(), Script(OSError("lost"))) == "lost"


def test_an_unhandled_exception_reaches_the_caller_and_the_flow_is_cleaned_up(drive: Any) -> None:
    """finally blocks of the flow run."""
    cleaned = []

    def flow() -> Any:
        try:
            yield from send(REQUEST)
        finally:
            cleaned.append(True)

    with pytest.raises(OSError, match="lost"):
        drive(flow(), Script(OSError("lost")))
    assert cleaned == [True]


def test_a_base_exception_closes_the_flow_instead_of_being_thrown_in(drive: Any) -> None:
    """No except clause of a plugin sees KeyboardInterrupt or a cancellation."""
    seen: list[BaseException] = []

    def interrupt(_: Request) -> Response:
        raise KeyboardInterrupt

    def flow() -> Any:
        try:
            yield from send(REQUEST)
        except BaseException as error:
            seen.append(error)
            raise

    with pytest.raises(KeyboardInterrupt):
        drive(flow(), Script(interrupt))
    assert [type(error) for error in seen] == [GeneratorExit]


def test_a_flow_without_effects_just_returns(drive: Any) -> None:
    """Nothing to do is fine."""

    def flow() -> Any:
        return "at once"
        yield

    assert drive(flow(), Script()) == "at once"
