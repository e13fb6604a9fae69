"""Eight processes and one store: one request, one budget, one truth."""

import random
import time
from collections.abc import Callable
from typing import Any

import pytest

LEAD = 0.3
"""Seconds until something begins that all processes begin at once."""

LEASE = 3.0
"""Seconds for which the others wait for a process that was killed."""

BOUND = 3.0
"""Seconds after which no process uses what another has invalidated."""

BUSY = 10.0
"""Seconds that a loaded machine may add to any of these."""


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_four_hundred_calls_of_one_thing_are_one_request(
    workers: list[Any], store: str, judge: Any, mode: str
) -> None:
    """Eight processes, fifty calls each, at once; all have the same answer."""
    judge.seconds = 0.3
    at = time.monotonic() + LEAD
    for worker in workers:
        worker.begin("crowd", store=store, base_url=judge.base_url, tag="#2PP", calls=50, mode=mode, at=at)
    names = set().union(*(worker.end() for worker in workers))
    assert judge.count("2PP") == 1
    assert names == {"answer 1"}


def test_a_clan_that_is_gone_is_asked_for_once(workers: list[Any], store: str, judge: Any) -> None:
    """A 404 goes for all who wait, in whichever process; each is told so."""
    judge.seconds, judge.status = 0.5, 404
    at = time.monotonic() + LEAD
    for worker in workers:
        worker.begin("crowd", store=store, base_url=judge.base_url, tag="#2PP", calls=5, mode="sync", at=at)
    names = set().union(*(worker.end() for worker in workers))
    assert judge.count() == 1
    assert names == {"None"}


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
    until = time.monotonic() + 30
    while not judge.count("2PP"):
        assert time.monotonic() < until
        time.sleep(0.01)
    judge.deaf = "nothing is"
    for worker in workers:
        worker.begin("ask", tag="#2PP", **where)
    time.sleep(0.5)
    assert judge.count("2PP") == 1
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
    chance = random.Random(12)  # noqa: S311  # nobody is to guess it
    for _ in range(storm):
        doomed = further()
        doomed.begin("roam", tags=tags, **where)
        before, until = judge.count(), time.monotonic() + 30
        while judge.count() == before:
            assert time.monotonic() < until
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.3))
        doomed.kill()
    for worker in workers[:2]:
        started = time.monotonic()
        for tag in tags:
            assert worker.do("ask", tag=tag, **where)[0]["name"].startswith("answer ")
        assert time.monotonic() - started < len(tags) * LEASE + BUSY


def worst_excess(times: list[float], rate: float, burst: int) -> float:
    """By how many the fullest window exceeds burst + rate · t; windows begin and end at arrivals."""
    worst, least = 0.0, float("inf")
    for number, when in enumerate(sorted(times)):
        # Of a window from arrival i to j: j - i + 1 - burst - rate (t_j - t_i)
        least = min(least, number - rate * when)
        worst = max(worst, number + 1 - rate * when - least - burst)
    return worst


def test_all_processes_have_one_budget(
    workers: list[Any], further: Callable[[], Any], store: str, judge: Any, storm: int
) -> None:
    """Nine processes of four threads press, and one of them is killed in the middle: what arrives is what is
    due, never more than burst + rate · t in any window; none asks the store more often than the rate."""
    rate, burst, seconds = 200.0, 20, max(2.0, storm / 15)
    where = {"store": store, "base_url": judge.base_url}
    doomed = further()
    doomed.do("warm", base_url=judge.base_url)
    judge.arrivals.clear()
    at = time.monotonic() + LEAD
    for worker in [*workers, doomed]:
        worker.begin("press", rate=rate, burst=burst, seconds=seconds, threads=4, at=at, **where)
    time.sleep(LEAD + seconds / 2)
    doomed.kill()
    counts = [worker.end() for worker in workers]
    times = sorted(when for when, path in judge.arrivals if "2PP" in path)
    jitter = rate * 0.5  # from the moment of the store to the arrival: on a loaded machine half a second
    assert worst_excess(times, rate, burst) <= jitter
    due = burst + rate * (times[-1] - times[0])
    assert 0.9 * due <= len(times) <= due + jitter
    assert all(each["admitted"] for each in counts)
    assert all(each["asked"] <= rate * (seconds + 1) + burst for each in counts)
