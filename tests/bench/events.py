"""How late events are under a rate limit, and what a watch holds in memory, in simulated time; run by hand.

python tests/bench/events.py 10000 30
"""

from __future__ import annotations

import sys
import tracemalloc
from bisect import bisect_right
from collections import defaultdict
from random import Random
from typing import Any

from cocapi import Flow, sleep
from cocapi.testing import Script
from cocapi_events import EventsOptions, kinds
from cocapi_events.differences import Difference
from cocapi_events.filters import Filter
from cocapi_events.schedule import Schedule
from cocapi_events.sharing import Holding
from cocapi_events.things import ClanThing, Thing
from cocapi_events.watch import Watch

HOURS = 1.0
CHANGES = 4.0
"""Changes of a clan in an hour."""


class Simulated(Thing):
    """A thing that changes at random moments, and takes its share of the rate to be asked."""

    kind = "simulated"
    rate = 30.0

    def ask(self, api: Any, known: Any, now: float) -> Flow[Any]:
        yield from sleep(1 / self.rate)
        return bisect_right(moments(self.tag), CLOCK())

    def differences(self, old: Any, new: Any) -> list[Difference]:
        return [
            Difference(kinds.ClanChanged, {"field": "n", "old": n, "new": n + 1}) for n in range(old, new)
        ]


class Urgent(Simulated):
    """The same in its last hour."""

    kind = "urgent"

    def slack(self, known: Any, now: float) -> float:
        return 0.0


CHANCE: dict[str, list[float]] = {}


def moments(tag: str) -> list[float]:
    """When a thing changes, in seconds."""
    if tag not in CHANCE:
        chance, when, found = Random(tag), BEGAN, []  # noqa: S311
        while when < BEGAN + (HOURS + 1) * 3600:
            when += chance.expovariate(CHANGES / 3600)
            found.append(when)
        CHANCE[tag] = found
    return CHANCE[tag]


def lags(clans: int, rate: float) -> dict[str, list[float]]:
    """By kind of thing, seconds from each change to its event, in order."""
    Simulated.rate = rate
    urgent = clans // 100
    things = [
        *(Urgent(f"#U{n}") for n in range(urgent)),
        *(Simulated(f"#C{n}") for n in range(clans - urgent)),
    ]
    found: dict[str, list[float]] = defaultdict(list)
    store = {"memory": {"max_bytes": 10**10}}
    with SCRIPT.client(plugins=store, only_plugins=("script", "memory", "events")) as api:
        watch = Watch(api, things, Filter(), EventsOptions(interval=60, at_once=1), "", False, CLOCK)
        settled = BEGAN + 2 * clans / rate
        for event in watch:
            if CLOCK() > BEGAN + HOURS * 3600:
                break
            if event.seen_after.timestamp() > settled:
                kind = event.id.partition(":")[0]
                found[kind].append(CLOCK() - moments(event.tag)[event.new - 1])
    return {kind: sorted(values) for kind, values in found.items()}


def held(tags: int) -> float:
    """Bytes that a schedule of so many clans holds for each."""
    tracemalloc.start()
    schedule = Schedule()
    schedule.add((ClanThing(f"#{n:09}") for n in range(tags)), Holding())
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return size / len(schedule)


SCRIPT = Script()
CLOCK = SCRIPT.clock
CLOCK.now = BEGAN = 1_773_900_000.0

if __name__ == "__main__":
    clans, rate = int(sys.argv[1]), float(sys.argv[2])
    print(f"{clans} clans, {rate:g} calls/s: a round takes {clans / rate:.0f} s at least")
    for kind, values in lags(clans, rate).items():
        parts = (f"p{part} {values[int(len(values) * part / 100)]:.0f} s" for part in (50, 90, 99))
        print(f"{kind:10} {len(values):6} events, {', '.join(parts)}, most {values[-1]:.0f} s")
    print(f"a schedule of 100000 tags holds {held(100_000):.0f} bytes for each")
