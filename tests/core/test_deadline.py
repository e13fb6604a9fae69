"""`total_timeout`: a call as a whole takes so many seconds and no more."""

import asyncio
from collections.abc import Callable
from typing import Any

import anyio
import pytest
import trio

from cocapi import ConfigError, Request, RequestTimeout, Response, Retry, Wait, do, hookimpl, sleep
from cocapi.testing import Script, json_response


def plugin(hook: str, answer: Any) -> dict[str, Any]:
    def implementation(self: object) -> Any:
        return answer() if callable(answer) else answer

    made = type("Slow", (), {hook: hookimpl(implementation)})()
    return {"only_plugins": ("slow",), "plugins": {"slow": lambda _: made}}


def slow_flow() -> Any:
    yield from sleep(60)


SLOW = {
    "a wait": plugin("cocapi_attempt", Wait(60)),
    "a flow that sleeps": plugin("cocapi_cache_lookup", slow_flow),
    "a retry": plugin("cocapi_error", Retry(after=60)),
}


@pytest.mark.parametrize("settings", SLOW.values(), ids=SLOW)
def test_what_would_take_longer_is_not_begun(play: Callable[..., Any], settings: dict[str, Any]) -> None:
    """The call fails at once, with the setting's name, instead of waiting for nothing."""
    script = Script(Response(503))
    got = play(script, "players", "#2PP", total_timeout=5, **settings)
    assert (got["error_type"], got["status_code"]) == ("timeout", 0)
    assert got["message"] == "Request timeout: the call took longer than total_timeout=5 seconds"
    assert script.sleeps == []


def test_an_attempt_is_given_what_is_left(play: Callable[..., Any]) -> None:
    """Of the time of the call, and of its own timeout the less."""
    script = Script()
    play(script, "players", "#2PP", total_timeout=5, only_plugins=("script",))
    play(script, "players", "#2PP", total_timeout=500, only_plugins=("script",))
    assert 4 < script.requests[0].timeout < 5
    assert script.requests[1].timeout == 20


def test_attempts_and_waits_count_together(play: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The seconds of every part of the call."""
    now = 0.0
    monkeypatch.setattr("cocapi.calls.deadline.elapsed", lambda: now)

    def slow(request: Request) -> Response:
        nonlocal now
        now += 6
        return Response(503)

    script = Script(slow)
    got = play(script, "players", "#2PP", total_timeout=10, **plugin("cocapi_error", Retry()))
    assert got["error_type"] == "timeout"
    assert len(script.requests) == 2


@pytest.mark.parametrize("run", [lambda main: asyncio.run(main()), trio.run], ids=["asyncio", "trio"])
def test_what_a_flow_awaits_is_cancelled(run: Any) -> None:
    """A flow that hangs holds the call no longer than the bound."""
    ended: list[str] = []

    def flow() -> Any:
        async def awaiting() -> None:
            try:
                await anyio.sleep(60)
            finally:
                ended.append("awaited")

        try:
            yield from do(blocking=lambda: None, awaiting=awaiting)
        finally:
            ended.append("flow")

    async def main() -> Any:
        settings = plugin("cocapi_cache_lookup", flow)
        async with Script().async_client(total_timeout=0.05, raise_errors=True, **settings) as api:
            with pytest.raises(RequestTimeout, match=r"total_timeout=0\.05"):
                await api.players("#2PP")

    run(main)
    assert ended == ["awaited", "flow"]


def test_a_flow_may_have_a_timeout_of_its_own() -> None:
    """It is not taken for the call's."""

    def flow() -> Any:
        async def fail() -> None:
            raise TimeoutError("its own")

        with pytest.raises(TimeoutError, match="its own"):
            yield from do(blocking=lambda: None, awaiting=fail)

    async def main() -> Any:
        async with Script().async_client(total_timeout=5, **plugin("cocapi_request", flow)) as api:
            return await api.players("#2PP")

    assert asyncio.run(main()) == {}


def test_a_flow_that_goes_on_all_the_same_ends() -> None:
    """One that takes the error for its own business meets the ceiling of flows."""

    def stubborn() -> Any:
        while True:
            try:
                yield from sleep(60)
            except RequestTimeout:
                continue

    settings = plugin("cocapi_request", stubborn)
    with Script().client(total_timeout=5, max_effects=100, **settings) as api:
        assert "more than 100 effects" in api.players("#2PP").get("message", "")


def test_observers_learn_of_it_as_of_any_end() -> None:
    """No cancellation: an error of the call."""
    seen: list[Any] = []

    class Watching:
        @hookimpl
        def cocapi_attempt(self) -> Wait:
            return Wait(60)

        @hookimpl
        def cocapi_attempted(self, error: Any) -> None:
            seen.append(type(error))

        @hookimpl
        def cocapi_finished(self, outcome: Any) -> None:
            seen.append((type(outcome.error), outcome.cancelled))

    plugins = {"watching": lambda _: Watching()}
    with Script().client(total_timeout=5, only_plugins=("watching",), plugins=plugins) as api:
        api.players("#2PP")
    assert seen == [RequestTimeout, (RequestTimeout, False)]


def test_for_one_call_it_is_an_option() -> None:
    """As `timeout` is; a value that makes no sense is refused by name."""
    script = Script(json_response({}))
    with script.client(only_plugins=("script",)) as api:
        api.with_options(total_timeout=3).players("#2PP")
        assert script.requests[0].timeout < 3
        api.players("#2PP")
        assert script.requests[1].timeout == 20
        with pytest.raises(ConfigError, match="total_timeout is -1"):
            api.with_options(total_timeout=-1)
