"""A budget of many clients, in one store; in front of it a line in each, of which the first asks."""

import asyncio
import gc
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from cocapi import ApiConfig, AsyncCocApi, ClientClosed, CocApi, Flow, Request, Response, hookimpl, sleep
from cocapi.calls.drivers import SyncIO, run
from cocapi.clocks import elapsed, nap
from cocapi_memory import MemoryStore
from cocapi_ratelimit import SharedRateLimit
from cocapi_ratelimit.line import Line, LineTooLong
from cocapi_ratelimit.queue import Queue

IO = SyncIO(lambda _: Response(200), nap)


class Office:
    """A store that counts what it is asked for, and may be away; and a transport that notes when."""

    def __init__(self) -> None:
        self.memory = MemoryStore()
        self.asked: list[float] = []
        self.sent: list[float] = []
        self.away = False
        for verb in (
            "get",
            "put",
            "forget",
            "claim",
            "extend",
            "put_held",
            "release",
            "append",
            "read",
            "trim",
        ):
            setattr(self, verb, getattr(self.memory, verb))

    def admit(self, key: str, rate: float, burst: int) -> Flow[float]:
        self.asked.append(elapsed())
        if self.away:
            raise OSError("no route to the store")
        return (yield from self.memory.admit(key, rate, burst))

    @hookimpl
    def cocapi_store(self, config: ApiConfig) -> Any:
        return self if config.store.startswith("office:") else None

    @hookimpl(tryfirst=True)
    def cocapi_transport(self) -> "Office":
        return self

    def send(self, request: Request) -> Response:
        self.sent.append(elapsed())
        return Response(200, {}, b"{}")

    async def asend(self, request: Request) -> Response:
        return self.send(request)

    def close(self) -> Any:
        """As a transport it is closed, as a store it answers a flow."""
        return self.memory.close()

    async def aclose(self) -> None: ...

    def config(self, rate: float, burst: int, **options: Any) -> ApiConfig:
        return ApiConfig(
            store="office://",
            verify_token=False,
            only_plugins=("office", "ratelimit"),
            requests_per_second=rate,
            burst_limit=burst,
            plugins={"office": lambda _: self, "ratelimit": options},
        )


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def clients(office: Office) -> Iterator[Callable[..., list[CocApi]]]:
    """clients(3, rate, burst, **options): so many, with one store."""
    made: list[CocApi] = []

    def make(number: int, rate: float, burst: int, **options: Any) -> list[CocApi]:
        made.extend(CocApi("token", config=office.config(rate, burst, **options)) for _ in range(number))
        return made[-number:]

    yield make
    for api in made:
        api.close()


def press(apis: list[CocApi], calls: int, threads: int = 1) -> float:
    """So many calls of each thread of each client, all at once; the seconds that they took."""
    working = [
        threading.Thread(target=lambda api=api: [api.goldpass() for _ in range(calls)], daemon=True)
        for api in apis
        for _ in range(threads)
    ]
    started = elapsed()
    for thread in working:
        thread.start()
    for thread in working:
        thread.join(60)
        assert not thread.is_alive(), "a call hangs"
    return elapsed() - started


def test_clients_of_a_store_have_one_budget(office: Office, clients: Callable[..., list[CocApi]]) -> None:
    """Forty calls of four clients at 40 a second, ten of them at once: three quarters of a second."""
    took = press(clients(4, 40, 10), 10)
    assert took >= 0.75 - 0.02
    assert len(office.sent) == 40


def test_where_there_is_room_a_call_asks_once(office: Office, clients: Callable[..., list[CocApi]]) -> None:
    """By a key that names the token by its digest alone."""
    (api,) = clients(1, 1000, 1000)
    assert api.ratelimit.stats()["asked"] == 0
    press([api], 5)
    assert len(office.asked) == 5
    assert api.ratelimit.stats() == {
        "admitted": 5,
        "waited": 0,
        "waiting": 0,
        "seconds": 0,
        "asked": 5,
    }
    assert [name.startswith("ratelimit:") and "token" not in name for name in office.memory.due] == [True]


def test_those_who_wait_cost_the_store_no_more_than_the_rate(
    office: Office, clients: Callable[..., list[CocApi]]
) -> None:
    """Sixty threads of a client, which wait for 100 a second, ask no more often than that; in their order."""
    (api,) = clients(1, 100, 1)
    took = press([api], 1, threads=60)
    assert len(office.asked) <= 2 * 60
    assert len(office.asked) <= 2 * 100 * took + 1
    assert api.ratelimit.stats()["waited"] >= 55


def test_what_all_waited_together_is_counted(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of three, two are told to wait for 50 ms each."""
    answers = iter([0.0, 0.05, 0.0, 0.05, 0.0])

    def admit(*_: object) -> Flow[float]:
        return next(answers)
        yield

    monkeypatch.setattr(office.memory, "admit", admit)
    line = queue(10)
    for _ in range(3):
        run(line.pass_through(office.memory, None), IO)
    stats = line.stats()
    assert (stats["admitted"], stats["waited"], stats["waiting"]) == (3, 2, 0)
    assert stats["seconds"] >= 0.1


def test_while_there_is_room_some_ask_at_once(office: Office) -> None:
    """A store that takes a tenth of a second lets forty through in under four; else one asks at a time."""
    under_way, most = 0, 0

    def admit(key: str, rate: float, burst: int) -> Flow[float]:
        nonlocal under_way, most
        under_way, most = under_way + 1, max(most, under_way + 1)
        yield from sleep(0.1)
        under_way -= 1
        return (yield from office.memory.admit(key, rate, burst))

    office.admit = admit  # type: ignore[method-assign]
    with CocApi("token", config=replace(office.config(1000, 1000), store_timeout=5)) as api:
        press([api], 1, threads=40)
        assert 4 <= most <= 16
    most = 0
    with CocApi("token", config=replace(office.config(2, 1), store_timeout=5)) as api:
        api.goldpass()
        press([api], 1, threads=3)
        assert most <= 2


@pytest.mark.parametrize("processes", [1, 4])
def test_without_the_store_each_keeps_to_its_share(
    office: Office,
    clients: Callable[..., list[CocApi]],
    caplog: pytest.LogCaptureFixture,
    processes: int,
) -> None:
    """A part of rate and burst for each process that there is said to be; one warning; then as before."""
    (api,) = clients(1, 80, 8, processes=processes)
    office.away = True
    took = press([api], 24)
    due = (24 - 8 / processes) / (80 / processes)
    assert due - 0.02 <= took
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1
    assert "ratelimit" not in caplog.text.replace("cocapi_ratelimit", "")


def test_as_before_when_the_store_is_back(
    office: Office, clients: Callable[..., list[CocApi]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next call asks it."""
    monkeypatch.setattr("cocapi.client.store.PAUSE", 0.0)
    (api,) = clients(1, 1000, 1000)
    office.away = True
    press([api], 2)
    assert office.memory.due == {}
    office.away = False
    press([api], 1)
    assert len(office.memory.due) == 1


def test_who_would_wait_too_long_is_refused(office: Office, clients: Callable[..., list[CocApi]]) -> None:
    """At once, by what the store says; and nothing is sent."""
    here, there = clients(2, 0.01, 1, max_wait=1)
    here.goldpass()
    refused = there.goldpass()
    assert refused["error_type"] == "timeout"
    assert "max_wait=1" in refused["message"]
    assert len(office.sent) == 1


def test_tasks_of_two_loops_and_threads_wait_in_one_line(office: Office) -> None:
    """An asynchronous client in two event loops at once; each is woken where it waits."""
    api = AsyncCocApi("token", config=office.config(100, 1))

    async def many() -> None:
        await asyncio.gather(*(api.goldpass() for _ in range(15)))

    threads = [threading.Thread(target=lambda: asyncio.run(many())) for _ in range(2)]
    started = elapsed()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert elapsed() - started >= 29 / 100 - 0.02
    assert len(office.sent) == 30
    asyncio.run(api.aclose())


def queue(rate: float = 100.0, burst: int = 1) -> Queue:
    return Queue("ratelimit:x", rate, burst, Line(rate, burst, elapsed), elapsed)


def test_who_is_cancelled_gives_its_place_up(office: Office) -> None:
    """Closed while it is first, or in the middle: those behind go on, and none is left in line."""
    line = queue(20)
    run(line.pass_through(office.memory, None), IO)
    flows = [line.pass_through(office.memory, None) for _ in range(4)]
    for flow in flows:
        next(flow)
    assert line.stats()["waiting"] == 4
    flows[0].close()
    flows[2].close()
    assert line.stats()["waiting"] == 2
    for flow in (flows[1], flows[3]):
        flow.close()
    run(line.pass_through(office.memory, None), IO)
    assert line.stats()["waiting"] == 0


def test_a_call_that_vanished_is_passed_over(office: Office) -> None:
    """Nobody told the line of its end; those behind find that it is gone."""
    line = queue(1000)
    gone = line._join(None)
    behind = threading.Thread(target=lambda: run(line.pass_through(office.memory, None), IO))
    behind.start()
    time.sleep(0.05)
    del gone
    gc.collect()
    behind.join(60)
    assert not behind.is_alive()


def test_one_that_never_looks_again_is_overtaken_and_no_place_is_lost(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is first, in an event loop that nobody runs: after a second the others go on, and it may still."""
    monkeypatch.setattr("cocapi_ratelimit.queue.LATE", 0.1)
    line = queue(10)
    stuck = line.pass_through(office.memory, None)
    run(line.pass_through(office.memory, None), IO)
    next(stuck)
    run(line.pass_through(office.memory, None), IO)
    run(stuck_on(stuck), IO)
    assert line.stats()["admitted"] == 3
    assert line.stats()["waiting"] == 0


def stuck_on(flow: Flow[None]) -> Flow[None]:
    """The rest of a flow that has begun."""
    try:
        while True:
            yield flow.send(None)
    except StopIteration:
        return


def test_too_long_a_line_is_refused_at_its_end() -> None:
    """What those ahead take, at least, is longer than max_wait."""
    line = queue(10)
    places = [line._join(None) for _ in range(30)]
    with pytest.raises(LineTooLong, match=r"3\.0 s, longer than max_wait=2 s"):
        line._join(2)
    assert len(places) == line.stats()["waiting"]


def test_closing_ends_those_who_wait(office: Office) -> None:
    """All of them, within a moment, though the limit would hold them for minutes."""
    api = CocApi("token", config=office.config(0.5, 1))
    api.goldpass()
    ended: list[BaseException] = []

    def wait() -> None:
        try:
            api.goldpass()
        except ClientClosed as error:
            ended.append(error)

    threads = [threading.Thread(target=wait, daemon=True) for _ in range(20)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    api.close()
    for thread in threads:
        thread.join(60)
    assert len(ended) == 20
    assert len(office.sent) == 1


def test_the_store_is_one_setting(office: Office) -> None:
    """Without one, the plugin is the one that knows no store."""
    with CocApi("token", config=office.config(10, 10)) as api:
        assert isinstance(api.plugins["ratelimit"], SharedRateLimit)
    alone = ApiConfig(verify_token=False, only_plugins=("ratelimit", "httpx"))
    with CocApi("token", config=alone) as api:
        assert type(api.plugins["ratelimit"]).__name__ == "RateLimit"
        assert "asked" not in api.ratelimit.stats()
