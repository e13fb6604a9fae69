"""The rate limit: never more than promised, nobody overtaken, nothing wasted."""

import asyncio
import gc
import heapq
import itertools
import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi import ApiConfig, CocApi, ConfigError, Request, RequestTimeout, Response, Retry, hookimpl
from cocapi.calls.drivers import run
from cocapi.calls.keyring import key_id_of
from cocapi.testing import Clock, Script, json_response
from cocapi_ratelimit import RateLimit
from cocapi_ratelimit.limit import wait_in_line
from cocapi_ratelimit.line import Line, Ticket
from cocapi_ratelimit.lines import MOST, Lines

ALONE = {"only_plugins": ("script", "ratelimit")}
REQUEST = Request("clan_tag", "GET", "/clans/{clanTag}", {"clanTag": "#2PP"}, key_id=key_id_of("token"))


def assert_bound(times: list[float], rate: float, burst: int) -> None:
    """No window, however chosen, holds more than burst + rate * t."""
    for start in range(len(times)):
        for end in range(start, len(times)):
            allowed = burst + rate * (times[end] - times[start])
            assert end - start + 1 <= allowed + 1e-6


class World:
    """A line, a clock, and waiters that arrive, sleep too long, and leave."""

    def __init__(self, rate: float, burst: int) -> None:
        self.clock = Clock(0.0)
        self.line = Line(rate, burst, self.clock)
        self.admitted: list[tuple[float, int]] = []
        self.events: list[tuple[float, int, str, Any]] = []
        self.order = 0
        self.lates: Iterator[float] = iter(())  # by sleep, in place of the `late` of `play`

    def at(self, when: float, what: str, ticket: Any = None) -> None:
        self.order += 1
        heapq.heappush(self.events, (when, self.order, what, ticket))

    def play(self, late: float) -> None:
        gone: set[int] = set()
        arrivals = 0
        while self.events:
            when, _, what, subject = heapq.heappop(self.events)
            self.clock.now = max(self.clock.now, when)
            if what == "arrive":
                ticket = self.line.join(None)
                name = arrivals
                arrivals += 1
                self.settle(ticket, name, late)
                if subject is not None and ticket is not None:
                    self.at(self.clock.now + subject, "leave", (ticket, name))
            elif what == "ask" and subject[1] not in gone:
                self.line.ask(subject[0])
                self.settle(*subject, late)
            elif what == "jump":
                self.clock.now += subject
            elif what == "leave" and subject[0].seconds:
                self.line.leave(subject[0])
                gone.add(subject[1])

    def settle(self, ticket: Ticket | None, name: int, late: float) -> None:
        if ticket is not None and ticket.seconds:
            overshoot = next(self.lates, late)
            self.at(self.clock.now + ticket.seconds + overshoot, "ask", (ticket, name))
        else:
            self.admitted.append((self.clock.now, name))


arrivals = st.lists(st.tuples(st.floats(0, 5), st.none() | st.floats(0, 2)), min_size=1, max_size=40).map(
    lambda rows: sorted(rows, key=lambda row: row[0])
)


jumps = st.lists(st.tuples(st.floats(0, 5), st.floats(0, 20)), max_size=3)
overshoots = st.lists(st.floats(0, 0.3), min_size=1, max_size=10)


@given(arrivals, jumps, st.sampled_from([0.5, 3.0, 10.0, 50.0]), st.integers(1, 8), overshoots)
def test_never_more_than_the_bound_in_any_window(
    rows: list[tuple[float, float | None]],
    leaps: list[tuple[float, float]],
    rate: float,
    burst: int,
    lates: list[float],
) -> None:
    """Over random arrivals, sleeps that overshoot by more or less, clocks that jump (a machine that was
    suspended), and waiters that leave; nobody is lost, and overtaken only by a jump."""
    world = World(rate, burst)
    world.lates = itertools.cycle(lates)
    for when, seconds in leaps:
        world.at(when, "jump", seconds)
    for when, leaves_after in rows:
        world.at(when, "arrive", leaves_after)
    world.play(late=0.0)
    assert_bound([when for when, _ in world.admitted], rate, burst)
    names = [name for _, name in world.admitted]
    if not leaps:  # who still sleeps when a machine wakes up is overtaken, and first again when it asks
        assert names == sorted(names)
    assert world.line.stats()["waiting"] == 0
    stayed = [number for number, (_, leaves) in enumerate(rows) if leaves is None]
    assert set(stayed) <= set(names)


def test_what_is_promised_is_also_given() -> None:
    """200 waiters at 50 a second with a burst of 50: 250 due in 4 seconds, and all are through."""
    world = World(50, 50)
    for _ in range(250):
        world.at(0.0, "arrive")
    world.play(late=0.0)
    assert len(world.admitted) == 250
    assert world.admitted[-1][0] == pytest.approx(4.0, abs=0.01)


def test_what_all_waited_together_is_counted() -> None:
    """Four at once, at one a second: none, one, two and three seconds."""
    world = World(1, 1)
    for _ in range(4):
        world.at(0.0, "arrive")
    world.play(late=0.0)
    stats = world.line.stats()
    assert (stats["admitted"], stats["waited"], stats["waiting"]) == (4, 3, 0)
    assert stats["seconds"] == pytest.approx(6, abs=0.01)


def test_late_sleepers_cost_no_throughput_where_a_burst_is_allowed() -> None:
    """A sleep that overshoots by 2 ms each time does not add up."""
    world = World(50, 5)
    for _ in range(105):
        world.at(0.0, "arrive")
    world.play(late=0.002)
    assert world.admitted[-1][0] == pytest.approx(2.0, abs=0.05)


def test_the_place_of_one_who_leaves_goes_to_those_behind() -> None:
    """A, B and C wait for 1, 2 and 3 s; A leaves; B passes at 1 s and C at 2 s."""
    world = World(1, 1)
    world.at(0.0, "arrive")
    for leaves_after in (0.5, None, None):
        world.at(0.0, "arrive", leaves_after)
    world.play(late=0.0)
    assert [(round(when, 6), name) for when, name in world.admitted] == [(0.0, 0), (1.0, 2), (2.0, 3)]


def test_whoever_is_left_when_hundreds_ahead_leave_passes_soon() -> None:
    """590 of 600 waiters at 10 a second leave at once: the last ten are through 2 s later."""
    world = World(10, 1)
    for number in range(601):
        world.at(0.0, "arrive", 0.05 if 0 < number < 591 else None)
    world.play(late=0.0)
    assert len(world.admitted) == 11
    assert world.admitted[-1][0] < 2.5


def test_ten_thousand_waiters_wake_a_few_times_each() -> None:
    """A gather over ten thousand tags is not quadratic."""
    world = World(1000, 10)
    for _ in range(10_000):
        world.at(0.0, "arrive")
    world.play(late=0.0)
    assert len(world.admitted) == 10_000
    assert world.order < 10_000 * 20


def test_every_attempt_pays_retries_too(play: Any) -> None:
    """In synchronous code as well."""
    script = Script(Response(500), json_response({}))
    settings = {
        "only_plugins": ("script", "ratelimit", "again"),
        "requests_per_second": 2.0,
        "burst_limit": 1,
    }
    limit = RateLimit(ApiConfig(requests_per_second=2, burst_limit=1), clock=script.clock)

    class Again:
        @hookimpl
        def cocapi_error(self, attempt: int) -> Retry | None:
            return Retry() if attempt == 1 else None

    plugins = {"ratelimit": lambda _: limit, "again": lambda _: Again()}
    assert play(script, "clan_tag", "#2PP", plugins=plugins, **settings) == {}
    assert sum(script.sleeps) == pytest.approx(0.5)
    assert limit.stats() == {"admitted": 2, "waited": 1, "waiting": 0, "seconds": pytest.approx(0.5)}


def test_a_cancelled_task_leaves_the_line() -> None:
    """Its place is free for the next."""

    async def main() -> None:
        async with Script().async_client(**ALONE, requests_per_second=0.1, burst_limit=1) as api:

            async def forever(_: float) -> None:
                await asyncio.sleep(60)

            object.__setattr__(api._session.wires[0].async_io, "sleep", forever)
            await api.clan_tag("#2PP")
            task = asyncio.create_task(api.clan_tag("#2PP"))
            while not api.plugins["ratelimit"].stats()["waiting"]:  # a task does it
                await asyncio.sleep(0)
            assert api.plugins["ratelimit"].stats()["waiting"] == 1
            task.cancel()
            await asyncio.wait([task])
            assert api.plugins["ratelimit"].stats()["waiting"] == 0

    asyncio.run(main())


def test_threads_share_one_budget_on_a_real_clock() -> None:
    """Eight threads, 200 a second, burst 10."""
    limit = RateLimit(ApiConfig(requests_per_second=200, burst_limit=10))
    io = Script().sync_io
    object.__setattr__(io, "sleep", time.sleep)
    times: list[float] = []
    lock = threading.Lock()

    def attempts() -> None:
        for _ in range(15):
            flow = limit.cocapi_attempt(REQUEST)
            if flow is not None:
                run(flow, io)
            with lock:
                times.append(time.monotonic())

    threads = [threading.Thread(target=attempts) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(times) == 120
    assert limit.stats()["admitted"] == 120
    assert max(times) - min(times) >= (120 - 10) / 200 - 0.05


def test_a_call_that_would_wait_too_long_fails_at_once(play: Any) -> None:
    """With how long it would have been and what to change; no place is taken."""
    limit = RateLimit(
        ApiConfig(requests_per_second=0.1, burst_limit=1, plugins={"ratelimit": {"max_wait": 5}})
    )
    assert limit.cocapi_attempt(REQUEST) is None
    with pytest.raises(RequestTimeout, match=r"hold this call for 10\.0 s, longer than max_wait=5 s"):
        limit.cocapi_attempt(REQUEST)
    assert limit.stats()["waiting"] == 0
    script = Script()
    beside_retry = {"only_plugins": ("script", "ratelimit", "retry")}
    answer = play(script, "clan_tag", "#2PP", plugins={"ratelimit": lambda _: limit}, **beside_retry)
    assert (answer["error_type"], answer["status_code"]) == ("timeout", 0)
    assert (script.requests, script.sleeps) == ([], [])  # nor does the retry plugin try again


def test_the_error_of_a_second_attempt_says_that_one_was_sent(play: Any) -> None:
    """A retry that would have to wait too long ends the call."""
    script = Script(Response(500))
    with pytest.raises(RequestTimeout, match=r"GET /clans/\{clanTag\}: the rate limit would hold") as failed:
        play(
            script,
            *("clan_tag", "#2PP"),
            only_plugins=("script", "ratelimit", "retry"),
            plugins={"ratelimit": {"max_wait": 5}},
            requests_per_second=0.1,
            burst_limit=1,
            raise_errors=True,
        )
    assert failed.value.attempts == len(script.requests) == 1


def test_without_a_bound_it_waits_as_long_as_it_takes() -> None:
    """max_wait=None."""
    clock = Clock()
    limit = RateLimit(
        ApiConfig(requests_per_second=0.001, burst_limit=1, plugins={"ratelimit": {"max_wait": None}}),
        clock=clock,
    )
    limit.cocapi_attempt(REQUEST)
    script = Script(clock=clock)
    ticket = limit.lines[REQUEST.key_id].join(None)
    assert ticket is not None
    run(wait_in_line(limit.lines[REQUEST.key_id], ticket), script.sync_io)
    assert sum(script.sleeps) == pytest.approx(1000)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"max_wiat": 3}, "has no option 'max_wiat'; did you mean 'max_wait'?"),
        ({"max_wait": -1}, "is -1: it must be a number of seconds"),
        ({"max_wait": True}, "is True: it must be a number of seconds"),
        ({"max_wait": "3"}, "is '3': it must be a number of seconds"),
    ],
)
def test_wrong_options_are_refused_by_name(options: dict[str, Any], sentence: str) -> None:
    """One sentence."""
    with pytest.raises(ConfigError) as refused:
        RateLimit(ApiConfig(plugins={"ratelimit": options}))
    assert sentence in str(refused.value)


def test_a_ticket_whose_holder_is_gone_blocks_nobody() -> None:
    """Whatever ended it: the flow was made and never begun, so no `finally` of it ever runs."""
    clock = Clock()
    settings = {"requests_per_second": 1, "burst_limit": 1, "max_wait": None}
    limit = RateLimit(ApiConfig(plugins={"ratelimit": settings}), clock=clock)
    assert limit.cocapi_attempt(REQUEST) is None
    flows = [limit.cocapi_attempt(REQUEST) for _ in range(1000)]
    assert limit.stats()["waiting"] == 1000
    last = limit.lines[REQUEST.key_id].join(None)
    assert last is not None
    del flows
    assert limit.stats()["waiting"] == 1
    clock.advance(1)
    limit.lines[REQUEST.key_id].ask(last)
    assert last.seconds == 0


def test_one_who_never_asks_again_is_overtaken() -> None:
    """It waits in an event loop that nobody runs any more; when it asks after all, it is first again."""
    clock = Clock(0.0)
    line = Line(10, 1, clock)
    assert line.join(None) is None
    lost, next_one = line.join(None), line.join(None)
    assert lost is not None
    assert next_one is not None
    script = Script(clock=clock)
    run(wait_in_line(line, next_one), script.sync_io)
    assert 1 < clock.now < 2
    behind = line.join(None)
    assert behind is not None
    clock.advance(0.1)
    line.ask(lost)
    assert lost.seconds == 0
    run(wait_in_line(line, behind), script.sync_io)
    assert line.stats()["waiting"] == 0
    assert clock.now < 3


def test_a_line_of_a_hundred_thousand_costs_no_more_than_a_short_one() -> None:
    """To join, to ask and to leave takes some microseconds each; and they do not all look up at once."""
    clock = Clock()
    line = Line(1000, 1, clock)
    line.join(None)
    started = time.process_time()
    tickets = [ticket for _ in range(100_000) if (ticket := line.join(None)) is not None]
    for ticket in tickets:
        line.ask(ticket)
    looks = sorted(ticket.seconds for ticket in tickets[50_000:])
    assert sum(1 for seconds in looks if seconds <= looks[0] + 1) < 5000
    for ticket in tickets:
        line.leave(ticket)
    assert time.process_time() - started < 30
    assert line.stats()["waiting"] == 0


def test_those_who_left_are_not_kept() -> None:
    """A million that joined and left leave nothing behind, though the first in line stands still."""
    line = Line(0.001, 1, Clock())
    line.join(None)
    first = line.join(None)
    for _ in range(10_000):
        line.join(None)
    assert first is not None
    assert len(line._order) < 100
    assert line.stats()["waiting"] == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_the_child_of_a_fork_has_a_line_of_its_own() -> None:
    """Those who wait are in the parent, and so is whoever holds the lock; what went through lately counts."""
    script = Script()
    with CocApi("token", config=script.config(**ALONE, requests_per_second=1.0, burst_limit=1)) as api:
        api.clan_tag("#2PP")
        line = api.plugins["ratelimit"].lines[api._session.keyring.own]
        waiting = [line.join(None) for _ in range(100)]
        with line._lock:
            child = os.fork()
            if child == 0:
                signal.alarm(60)
                began = time.monotonic()
                api.clan_tag("#2PP")
                right = 0.05 < time.monotonic() - began < 30  # behind all who wait, it would be 100
                os._exit(0 if right and api.plugins["ratelimit"].stats()["admitted"] == 1 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert line.stats()["waiting"] == len(waiting)


@pytest.mark.no_cover  # coverage's own locks would be hit too
def test_interrupts_at_any_instruction_leave_no_place_taken(storm: Any) -> None:
    """Thousands, while joining, waiting, asking and leaving, beside a thread that uses the line too."""
    line = Line(20_000, 3, time.monotonic)
    io = Script().sync_io
    object.__setattr__(io, "sleep", time.sleep)
    hits = passed = 0
    ended = threading.Event()

    def attempt() -> None:
        ticket = line.join(None)
        if ticket is not None:
            run(wait_in_line(line, ticket), io)

    def beside() -> None:
        while not ended.is_set():
            attempt()
            time.sleep(0.001)

    other = threading.Thread(target=beside, daemon=True)
    other.start()
    while storm.lasts(hits):
        try:
            storm.arm()
            while True:
                attempt()
                passed += 1
        except storm.Interrupt:
            hits += 1
    storm.end()
    ended.set()
    other.join(60)
    assert not other.is_alive()
    assert passed
    gc.collect()
    assert line.stats()["waiting"] == 0
    for _ in range(10):
        attempt()


# One line for each token


class Keys:
    """Gives tokens in turn."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = itertools.cycle(tokens)

    @hookimpl
    def cocapi_token(self) -> str:
        return next(self.tokens)


@pytest.mark.parametrize(("keys", "seconds"), [(1, 5.0), (2, 2.0), (3, 1.0)])
def test_each_token_has_a_budget_of_its_own(keys: int, seconds: float) -> None:
    """The API counts the requests of a key: six calls, one a second and key."""
    script = Script()
    limit = RateLimit(ApiConfig(requests_per_second=1, burst_limit=1), clock=script.clock)
    tokens = [f"token-{number}" for number in range(keys)]
    plugins = {"ratelimit": lambda _: limit, "keys": lambda _: Keys(*tokens)}
    with script.client(plugins=plugins, enable_caching=False) as api:
        for _ in range(6):
            api.clan_tag("#2PP")
        assert api.plugins["ratelimit"].stats()["admitted"] == 6
    assert script.clock.now - 1000 == pytest.approx(seconds)


def test_lines_that_nobody_uses_any_more_are_let_go() -> None:
    """A token that is renewed every hour fills no memory, and what went through is still counted."""
    clock = Clock()
    lines = Lines(rate=1, burst=1, clock=clock)
    busy = lines["busy"]
    for number in range(1000):
        lines[f"{number}"].join(None)
        clock.advance(10)
        busy.join(None)
    assert len(lines) <= MOST + 1
    assert lines["busy"] is busy
    assert lines.stats()["admitted"] == 2000


def test_a_line_in_use_is_never_let_go() -> None:
    """However many there are: its budget would begin anew."""
    clock = Clock()
    lines = Lines(rate=0.001, burst=1, clock=clock)
    kept = [lines[str(number)] for number in range(3 * MOST)]
    for line in kept:
        line.join(None)
    waiting = [line.join(None) for line in kept]
    clock.advance(900)
    assert lines["another"] not in kept
    assert [lines[str(number)] for number in range(3 * MOST)] == kept
    assert len(waiting) == lines.stats()["waiting"]
