"""Flights across threads, event loops, forks and interrupts: nobody is left waiting."""

import asyncio
import gc
import os
import signal
import threading
import time
from typing import Any

import anyio
import pytest

from cocapi import ApiConfig, AsyncCocApi, CocApi, ConnectionFailed, Request, Response, hookimpl
from cocapi.calls.drivers import arun, run
from cocapi.testing import Script, json_response
from cocapi_cache import Cache
from cocapi_cache.flight import Flight, Landing
from cocapi_cache.key import Key

KEY = Key("GET", "https://api.example", "/clans", "")
CLAN = {"tag": "#2PP"}


def request(tag: str = "#2PP") -> Request:
    """The request that ``clan_tag(tag)`` makes."""
    return Request("clan_tag", "GET", "/clans/{clanTag}", {"clanTag": tag})


class Slow:
    """A network that takes a moment, in the mode of whoever asks, then gives the next answer."""

    def __init__(self, *answers: Response | Exception, seconds: float = 0.02) -> None:
        self.answers = list(answers) or [json_response(CLAN)]
        self.seconds = seconds
        self.sent = 0

    @hookimpl(tryfirst=True)
    def cocapi_transport(self) -> "Slow":
        return self

    def answer(self) -> Response:
        self.sent += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def send(self, request: Request) -> Response:
        time.sleep(self.seconds)
        return self.answer()

    async def asend(self, request: Request) -> Response:
        await anyio.sleep(self.seconds)
        return self.answer()

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


def config(network: Slow, **settings: Any) -> ApiConfig:
    """The cache alone, in front of a network."""
    return ApiConfig(
        only_plugins=("network", "cache"),
        plugins={"network": lambda _: network},
        verify_token=False,
        **settings,
    )


def test_a_flight_that_has_landed_is_not_waited_for() -> None:
    """Whoever joined before its landing, and begins to wait after it, goes on at once; it lands once."""
    script = Script()
    for drive in (
        lambda flow: run(flow, script.sync_io),
        lambda flow: asyncio.run(arun(flow, script.async_io)),
    ):
        flight = Flight(KEY)
        follower = flight.follow(request())
        follower.seconds = 60
        flight.land(Landing.UNSHARED)
        flight.land(Landing.SUPERSEDED)
        started = time.monotonic()
        drive(follower.wait(60))
        assert time.monotonic() - started < 30
        assert flight.landing is Landing.UNSHARED


@pytest.mark.parametrize("answer", [json_response(CLAN), Response(404), ConnectionFailed("lost")])
def test_one_client_in_many_loops_and_threads_at_once(answer: Any) -> None:
    """Six event loops of asyncio and two of trio, each in a thread, with eight tasks each: whatever comes of
    the request, all are woken across loops at once, and nothing fails inside the plugin."""
    network = Slow(answer, json_response(CLAN)) if isinstance(answer, Exception) else Slow(answer)
    answers: list[Any] = []
    api = AsyncCocApi("token", config=config(network, timeout=30))
    started = threading.Barrier(8)

    async def crowd() -> None:
        await anyio.to_thread.run_sync(started.wait)
        async with anyio.create_task_group() as group:
            for _ in range(8):
                group.start_soon(call)

    async def call() -> None:
        answers.append(await api.clan_tag("#2PP"))

    threads = [
        threading.Thread(target=anyio.run, args=(crowd,), kwargs={"backend": backend}, daemon=True)
        for backend in ["asyncio"] * 6 + ["trio"] * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 64
    kinds = {answer.get("error_type", answer.get("tag")) for answer in answers}
    assert "plugin" not in kinds
    assert kinds <= {"#2PP", "http", "connection"}
    assert api.plugins["cache"].answers.flights == {}
    if isinstance(answer, Exception):
        assert sum(answer.get("error_type") == "connection" for answer in answers) == 1
    asyncio.run(api.aclose())


def test_whoever_waits_in_a_loop_that_is_closed_is_passed_over() -> None:
    """Its turn goes to the next, here in another loop."""
    network = Slow(json_response(CLAN))
    cache = Cache(config(network))
    leader, gone, next_one = request(), request(), request()
    assert cache.cocapi_cache_lookup(leader) is None
    flow: Any = cache.cocapi_cache_lookup(gone)
    waiting: Any = cache.cocapi_cache_lookup(next_one)

    async def wait_a_moment() -> None:
        effect = next(flow)
        with anyio.move_on_after(0.01):
            await effect.awaiting()

    asyncio.run(wait_a_moment())
    next(waiting)
    cache.cocapi_finished(leader)
    assert "cache" not in gone.state
    assert next_one.state["cache"].flight is cache.answers.flights[key_of(next_one)]


def key_of(request: Request) -> Key:
    return Key(request.method, request.base_url, request.path, request.query)


def test_a_leader_that_vanished_is_replaced_at_once() -> None:
    """Nobody told the plugin that its call had ended: whoever waits finds out within a moment, not after
    max_retries times timeout, and whoever comes does so at once."""
    network = Slow(json_response(CLAN))
    with CocApi("token", config=config(network, timeout=30)) as api:
        cache = api.plugins["cache"]
        lost = request()
        assert cache.cocapi_cache_lookup(lost) is None
        answers: list[Any] = []
        threads = [
            threading.Thread(target=lambda: answers.append(api.clan_tag("#2PP")), daemon=True)
            for _ in range(5)
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.02)
        assert network.sent == 0
        began = time.monotonic()
        del lost
        gc.collect()
        for thread in threads:
            thread.join(30)
        assert answers == [CLAN] * 5
        assert network.sent == 1
        assert time.monotonic() - began < 30  # max_retries times timeout are ninety
        cache.clear()
        lost = request()
        assert cache.cocapi_cache_lookup(lost) is None
        del lost
        assert api.clan_tag("#2PP") == CLAN
        assert cache.answers.flights == {}


@pytest.mark.no_cover  # coverage's own locks would be hit too
def test_interrupts_at_any_instruction_leave_nothing_taken(storm: Any) -> None:
    """Thousands, in calls that fetch, store, expire, hit, hold back and fail, beside a second thread:
    each reaches its caller as it is, and afterwards the client answers at once."""
    count = iter(range(10**9))
    script = Script(lambda _: json_response(CLAN) if next(count) % 5 else Response(404))
    settings = {"cache_max_entries": 3, "requests_per_second": 5000.0, "burst_limit": 2}
    api = CocApi(
        "token",
        config=script.config(
            only_plugins=("cache", "ratelimit", "retry", "logging", "middleware"), cache_ttl=0.001, **settings
        ),
    )
    ended = threading.Event()

    def beside() -> None:
        while not ended.is_set():
            time.sleep(0.002)
            assert api.clan_tag("#" + "2PP"[: next(count) % 3 + 1]).get("error_type") != "plugin"

    other = threading.Thread(target=beside, daemon=True)
    other.start()
    hits = answered = 0
    while storm.lasts(hits):
        try:
            storm.arm(most=40)
            while True:
                answer = api.clan_tag("#" + "PPPPP"[: next(count) % 5 + 1])
                assert answer.get("error_type") in (None, "http"), answer
                answered += 1
        except storm.Interrupt:
            hits += 1
    storm.end()
    ended.set()
    other.join(60)
    assert not other.is_alive()
    assert answered
    del answer
    gc.collect()
    assert [api.clan_tag("#" + "P" * length).get("error_type") for length in range(1, 6)].count("plugin") == 0
    stats = api.plugins["ratelimit"].stats()
    assert stats["waiting"] == 0
    assert api.plugins["cache"].stats()["total_entries"] <= 3
    assert api.plugins["cache"].answers.flights == {}
    api.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_the_child_of_a_fork_keeps_the_answers_and_waits_for_nobody() -> None:
    """The parent's threads lead a flight and hold the lock at the moment of the fork."""
    network = Slow(json_response(CLAN), seconds=0)
    with CocApi("token", config=config(network, timeout=60)) as api:
        assert api.clan_tag("#2PP") == CLAN
        cache = api.plugins["cache"]
        lead = request("#PPP")
        assert cache.cocapi_cache_lookup(lead) is None
        held, done = threading.Event(), threading.Event()

        def hold() -> None:
            with cache.answers.lock:
                held.set()
                done.wait(60)

        thread = threading.Thread(target=hold)
        thread.start()
        held.wait(60)
        child = os.fork()
        if child == 0:
            signal.alarm(60)
            right = api.clan_tag("#2PP") == CLAN and network.sent == 1
            right = right and api.clan_tag("#PPP") == CLAN and network.sent == 2
            stats = cache.stats()
            right = right and stats["stats"]["hits"] == 1 and stats["total_entries"] == 2
            os._exit(0 if right else 1)
        done.set()
        thread.join()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert cache.answers.flights[key_of(lead)] is lead.state["cache"].flight
