"""Eight processes and one store: one request, one budget, one truth."""

import random
import time
from collections.abc import Callable
from operator import itemgetter
from typing import Any

import pytest

LEASE = 3.0
"""Seconds for which the others wait for a process that was killed."""

BOUND = 3.0
"""Seconds after which no process uses what another has invalidated."""

BUSY = 60.0
"""Seconds that a loaded machine may add to any of these."""


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_four_hundred_calls_of_one_thing_are_one_request(
    workers: list[Any], store: str, judge: Any, mode: str
) -> None:
    """Eight processes, fifty calls each, at once; all have the same answer."""
    names = meeting(workers, judge, store=store, tag="#2PP", calls=50, mode=mode)
    assert judge.count("2PP") == 1
    assert len(names) == 1
    assert names.pop().startswith("answer ")


def test_a_clan_that_is_gone_is_asked_for_once(workers: list[Any], store: str, judge: Any) -> None:
    """A 404 goes for all who wait, in whichever process; each is told so."""
    judge.status = 404
    names = meeting(workers, judge, store=store, tag="#2PP", calls=5, mode="sync")
    assert judge.count("2PP") == 1
    assert names == {"None"}


def meeting(workers: list[Any], judge: Any, **crowd: Any) -> set[str]:
    """Let all ask at once; none is answered before all wait. The names that they were answered."""
    judge.holding = crowd["tag"].removeprefix("#")
    for worker in workers:
        worker.begin("crowd", base_url=judge.base_url, **crowd)
    for worker in workers:
        worker.waits()
    judge.holding = "nothing is"
    return set().union(*(worker.end() for worker in workers))


def test_what_one_process_invalidates_leaves_the_memory_of_the_others(
    workers: list[Any], store: str, judge: Any
) -> None:
    """Within the bound, though they ask all the time; and one request makes it good for all."""
    where = {"store": store, "base_url": judge.base_url}
    for worker in workers:
        assert worker.do("ask", tag="#2PP", **where)[0]["name"] == "answer 1"
    workers[0].do("invalidate", place="#2PP", **where)
    until = time.monotonic() + BOUND + BUSY
    while not all(worker.do("ask", tag="#2PP", **where)[0]["name"] == "answer 2" for worker in workers):
        assert time.monotonic() < until, "some process uses the old answer"
        time.sleep(0.05)
    assert judge.count("2PP") == 2


def test_a_process_that_is_killed_while_it_asks_holds_the_others_for_its_lease(
    workers: list[Any], further: Callable[[], Any], store: str, judge: Any
) -> None:
    """Then one of them asks, and all have the answer."""
    where = {"store": store, "base_url": judge.base_url}
    judge.deaf = "2PP"
    leader = further()
    leader.begin("ask", tag="#2PP", **where)
    wait_until(lambda: judge.count("2PP"))
    judge.deaf = "nothing is"
    for worker in workers:
        worker.begin("ask", tag="#2PP", **where)
    leader.kill()
    killed_at = time.monotonic()
    assert {worker.end()[0]["name"] for worker in workers} == {"answer 2"}
    assert time.monotonic() - killed_at < LEASE + BUSY
    assert judge.count("2PP") == 2


def test_processes_that_are_killed_at_any_moment_leave_nothing_behind(
    workers: list[Any], further: Callable[[], Any], store: str, judge: Any, storm: int
) -> None:
    """They ask, go past the cache and invalidate; whoever comes then has whole answers, and nothing waits."""
    where = {"store": store, "base_url": judge.base_url}
    tags = ["#2PP", "#8QU", "#QGR"]
    chance = random.Random(12)  # nobody is to guess it
    for _ in range(storm):
        doomed = further()
        doomed.begin("roam", tags=tags, **where)
        before = judge.count()
        wait_until(lambda before=before: judge.count() > before)
        time.sleep(chance.uniform(0, 0.3))
        doomed.kill()
    for worker in workers[:2]:
        started = time.monotonic()
        for tag in tags:
            assert worker.do("ask", tag=tag, **where)[0]["name"].startswith("answer ")
        assert time.monotonic() - started < len(tags) * LEASE + BUSY


def worst_excess(times: list[tuple[float, float]], rate: float, burst: int) -> float:
    """By how many calls the fullest stretch of time exceeds burst + rate · t. Each was let through at some
    moment between its beginning and its end, however slow the machine is: so it counts where both lie."""
    by_end = sorted(times, key=itemgetter(1))
    worst = 0.0
    for first in {began for began, _ in times}:
        ends = [ended for began, ended in by_end if began >= first]
        excesses = (number - burst - rate * (ended - first) for number, ended in enumerate(ends, 1))
        worst = max(worst, *excesses)
    return worst


def test_all_processes_have_one_budget(
    workers: list[Any], further: Callable[[], Any], store: str, judge: Any, storm: int
) -> None:
    """Nine processes of four threads press, and one of them is killed in the middle: never more than
    burst + rate · t in any stretch of time; the others get their places all the same; and none asks the store
    more often than the rate."""
    rate, burst = 200.0, 20
    where = {"store": store, "base_url": judge.base_url, "rate": rate, "burst": burst, "threads": 4}
    doomed = further()
    doomed.do("warm", base_url=judge.base_url)
    doomed.begin("press", tag="#8QU", calls=10**9, **where)
    for worker in workers:
        worker.begin("press", tag="#2PP", calls=10 + storm, **where)
    wait_until(lambda: judge.count("8QU") > 5 and judge.count("2PP") > 50)
    doomed.kill()
    results = [worker.end() for worker in workers]
    times = [time for own, _ in results for time in own]
    assert len(times) == 8 * 4 * (10 + storm)
    assert worst_excess(times, rate, burst) <= 0
    for own, stats in results:
        seconds = max(ended for _, ended in own) - min(began for began, _ in own)
        assert stats["asked"] <= rate * (seconds + 1) + burst


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what processes bring about."""
    until = time.monotonic() + BUSY
    while not condition():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.005)
