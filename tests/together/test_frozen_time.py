"""Time that stands still, or jumps, around a client: waits end, bounds hold, what a user moves expires."""

import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import anyio
import freezegun
import pytest
import time_machine

from cocapi import ApiConfig, AsyncCocApi, CocApi, Request, Response, hookimpl
from cocapi.clocks import Ageing, elapsed
from cocapi.testing import json_response

PLUGINS = ("cache", "logging", "metrics", "middleware", "ratelimit", "retry")


class Network:
    """Answers at once, with one thing after another, and notes when it was asked."""

    def __init__(self, *answers: Response) -> None:
        self.answers = list(answers) or [json_response({})]
        self.began = elapsed()
        self.times: list[float] = []

    @hookimpl(tryfirst=True)
    def cocapi_transport(self) -> "Network":
        return self

    def send(self, request: Request) -> Response:
        self.times.append(elapsed())
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    async def asend(self, request: Request) -> Response:
        await anyio.lowlevel.checkpoint()
        return self.send(request)

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


def config(network: Network, **settings: Any) -> ApiConfig:
    """All plugins of a call, in front of a network."""
    plugins = {"network": lambda _: network}
    return ApiConfig(only_plugins=("network", *PLUGINS), plugins=plugins, verify_token=False, **settings)


TRAVELS: list[Callable[[], Any]] = [
    lambda: freezegun.freeze_time("2026-11-25"),
    lambda: freezegun.freeze_time("2020-01-01"),
    lambda: freezegun.freeze_time("2030-01-01", tick=True),
    lambda: time_machine.travel("2020-01-01", tick=False),
]


@pytest.fixture(params=range(len(TRAVELS)), ids=["frozen", "frozen in the past", "ticking", "time-machine"])
def travel(request: pytest.FixtureRequest) -> Iterator[Callable[[], Any]]:
    """travel(): a context in which clocks stand still or are elsewhere."""
    return TRAVELS[request.param]


def asking(api: CocApi, calls: int) -> None:
    """So many calls one after another."""
    for number in range(calls):
        api.clan_tag("#" + "P" * (number + 1))


def ask_at_once(backend: str, network: Network, travel: Callable[[], Any], made_inside: bool) -> None:
    """Six calls at once, in a client made inside or outside."""

    async def calls(api: AsyncCocApi) -> None:
        async with anyio.create_task_group() as group:
            for number in range(6):
                group.start_soon(api.clan_tag, "#" + "P" * (number + 1))

    async def main() -> None:
        settings = config(network, requests_per_second=20.0, burst_limit=1)
        if made_inside:
            with travel():
                api = AsyncCocApi("token", config=settings)
                await calls(api)
        else:
            api = AsyncCocApi("token", config=settings)
            with travel():
                await calls(api)
        await api.aclose()

    anyio.run(main, backend=backend)


def assert_paced(network: Network) -> None:
    """Six at twenty a second, whatever the clocks say."""
    assert len(network.times) == 6
    assert all(
        time - network.began > number / 20 - 0.001 for number, time in enumerate(sorted(network.times))
    )


@pytest.mark.parametrize("made_inside", [True, False])
def test_a_thread_that_waits_for_the_limit_goes_on(travel: Callable[[], Any], made_inside: bool) -> None:
    """By real time: neither never, nor all at once."""
    network = Network()
    settings = config(network, requests_per_second=20.0, burst_limit=1)
    if made_inside:
        with travel(), CocApi("token", config=settings) as api:
            asking(api, 6)
    else:
        with CocApi("token", config=settings) as api, travel():
            asking(api, 6)
    assert_paced(network)


@pytest.mark.parametrize("made_inside", [True, False])
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_tasks_that_wait_for_the_limit_go_on(
    travel: Callable[[], Any], backend: str, made_inside: bool
) -> None:
    """Though the timers of their event loop may stand still."""
    network = Network()
    ask_at_once(backend, network, travel, made_inside)
    assert_paced(network)


def test_a_retry_waits_by_real_time(travel: Callable[[], Any]) -> None:
    """What the server asks for, not less."""
    network = Network(Response(503, {"retry-after": "0.2"}), json_response({"tag": "#2PP"}))
    with travel(), CocApi("token", config=config(network)) as api:
        assert api.clan_tag("#2PP") == {"tag": "#2PP"}
    assert 0.2 <= network.times[1] - network.times[0] < 60


def test_moving_the_clock_expires_what_is_cached() -> None:
    """freezer.tick(301) and traveller.shift(301), for a client made inside or before."""
    for made_inside in (True, False):
        network = Network()
        api = None if made_inside else CocApi("token", config=config(network, cache_ttl=300))
        with freezegun.freeze_time("2026-11-25") as freezer:
            api = api or CocApi("token", config=config(network, cache_ttl=300))
            assert_expires(api, network, lambda seconds, move=freezer.tick: move(timedelta(seconds=seconds)))
        api.close()
        network = Network()
        with time_machine.travel("2026-11-25", tick=False) as traveller:
            api = CocApi("token", config=config(network, cache_ttl=300))
            assert_expires(api, network, traveller.shift)
            api.close()


def assert_expires(api: CocApi, network: Network, move: Callable[[float], Any]) -> None:
    """Kept for 299 seconds and not for 301; a date that is set back changes nothing."""
    api.clan_tag("#2PP")
    move(299)
    api.clan_tag("#2PP")
    assert len(network.times) == 1
    move(-10_000)
    api.clan_tag("#2PP")
    assert len(network.times) == 1
    move(301)
    api.clan_tag("#2PP")
    assert len(network.times) == 2


def test_a_jump_by_a_year_admits_no_more_than_the_burst() -> None:
    """Forwards or backwards: whoever is next still waits."""
    network = Network()
    with (
        freezegun.freeze_time("2026-11-25") as freezer,
        CocApi("token", config=config(network, requests_per_second=10.0, burst_limit=2)) as api,
    ):
        asking(api, 3)
        for move in ("2027-11-25", "2025-11-25"):
            freezer.move_to(move)
            began = elapsed()
            api.with_options(cache=False).clan_tag("#2PP")
            api.with_options(cache=False).clan_tag("#2PP")
            assert elapsed() - began > 0.09


def test_a_clock_for_ages_follows_whichever_moves_further() -> None:
    """Real time passes though the date stands still; the date moves though hardly any time has passed."""
    with time_machine.travel("2026-11-25", tick=False) as traveller:
        age = Ageing()
        time.sleep(0.01)
        assert 0.01 <= age() < 600
        traveller.shift(3600)
        assert 3600 <= age() < 4200
        traveller.shift(-7200)
        assert 3600 <= age() < 4200


def test_plugins_imported_while_time_is_frozen_wait_by_real_time() -> None:
    """A program whose first import of cocapi is inside."""
    program = """
        import asyncio, time
        from freezegun import freeze_time
        started = time.perf_counter()
        with freeze_time("2020-01-01"):
            from cocapi import AsyncCocApi, CocApi
            from cocapi.testing import Script
            settings = Script().config(only_plugins=("cache", "ratelimit", "retry"), requests_per_second=20.0,
                                       burst_limit=1, cache_ttl=0)
            async def main():
                async with AsyncCocApi("token", config=settings) as api:
                    await asyncio.gather(*(api.clan_tag("#2PP") for _ in range(4)))
            asyncio.run(main())
            with CocApi("token", config=settings) as api:
                for _ in range(4):
                    api.clan_tag("#2PP")
        assert 0.3 <= time.perf_counter() - started
        print("done")
    """
    told = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=180
    )
    assert told.stdout == "done\n", told.stderr
