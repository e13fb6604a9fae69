"""How late events are under a rate limit, in simulated time, and what a watcher holds in memory; run by hand.

python tests/bench/events.py lags 10000 30
python tests/bench/events.py memory 100000
"""

from __future__ import annotations

import resource
import sys
import tempfile
from bisect import bisect_right
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any

from cocapi import ApiConfig, CocApi, Flow, sleep
from cocapi.testing import Script
from cocapi_events import EventsOptions, kinds
from cocapi_events.differences import Difference
from cocapi_events.filters import Filter
from cocapi_events.things import ClanThing, Thing
from cocapi_events.watch import Watch

HOURS = 1.0
CHANGES = 4.0
"""Changes of a thing in an hour."""


class Simulated(Thing):
    """A thing that changes at random moments, and takes its share of the rate to be asked.

    `kind` and `slack` are those of things that are watched together: see `KINDS`.
    """

    rate = 30.0
    seconds = 0.0

    def ask(self, api: Any, known: Any, now: float) -> Flow[Any]:
        yield from sleep(1 / self.rate)
        return bisect_right(moments(self.tag), CLOCK())

    def differences(self, old: Any, new: Any) -> list[Difference]:
        return [
            Difference(kinds.ClanChanged, {"field": "n", "old": n, "new": n + 1}) for n in range(old, new)
        ]

    def slack(self, known: Any, now: float) -> float:
        return self.seconds


class QuietClan(Simulated):
    """As `ClanThing`, and players."""

    kind, seconds = "clan", 600.0


class Raid(Simulated):
    """As `RaidThing` at a weekend."""

    kind, seconds = "raid", 300.0


class War(Simulated):
    """As `WarThing` while a war goes on."""

    kind, seconds = "war", 60.0


class LastHour(Simulated):
    """As `WarThing` in the last hour of a war."""

    kind, seconds = "last hour of a war", 0.0


SHARES: dict[type[Simulated], float] = {QuietClan: 0.7, Raid: 0.1, War: 0.19, LastHour: 0.01}
"""How many of what is watched are of each kind."""

CHANCE: dict[str, list[float]] = {}


def moments(tag: str) -> list[float]:
    """When a thing changes, in seconds."""
    if tag not in CHANCE:
        chance, when, changes = Random(tag), BEGAN, []
        while when < BEGAN + (HOURS + 1) * 3600:
            when += chance.expovariate(CHANGES / 3600)
            changes.append(when)
        CHANCE[tag] = changes
    return CHANCE[tag]


def lags(clans: int, rate: float) -> dict[str, list[float]]:
    """By kind of thing, seconds from each change to its event, in order."""
    Simulated.rate = rate
    things = [
        kind(f"#{kind.__name__}{n}") for kind, share in SHARES.items() for n in range(round(clans * share))
    ]
    Random(1).shuffle(things)
    waits: dict[str, list[float]] = defaultdict(list)
    store = {"memory": {"max_bytes": 10**10}}
    with SCRIPT.client(plugins=store, only_plugins=("script", "memory", "events")) as api:
        watch = Watch(api, things, Filter(), EventsOptions(interval=60, at_once=1), "", False, CLOCK)
        settled = BEGAN + 2 * clans / rate
        for event in watch:
            if CLOCK() > BEGAN + HOURS * 3600:
                break
            if event.seen_after.timestamp() > settled:
                kind = event.id.partition(":")[0]
                waits[kind].append(CLOCK() - moments(event.tag)[event.new - 1])
    return {kind: sorted(values) for kind, values in waits.items()}


class Small(ClanThing):
    """A clan whose answer is small: what is measured is the watcher, and its store is a file."""

    def ask(self, api: Any, known: Any, now: float) -> Flow[Any]:
        yield from ()
        return {"tag": self.tag}


def held(tags: int) -> dict[str, float]:
    """Megabytes that a process has before it watches so many tags, and after each has been asked twice."""
    with tempfile.TemporaryDirectory() as folder:
        config = ApiConfig(
            store=f"sqlite:///{folder}/events.db", base_url="http://localhost", verify_token=False
        )
        with CocApi("token", config=config) as api:
            before = resident()
            things = [Small(f"#{number:09}") for number in range(tags)]
            watch = Watch(api, things, Filter(), EventsOptions(interval=0, at_once=100), "", False, CLOCK)
            del things
            for _ in range(2 * tags // 100):
                CLOCK.advance(0.01)
                api.run_flow(watch.ask_some())
            after = resident()
            assert len(watch.schedule) == tags
    return {"before": before, "after": after}


def resident() -> float:
    """Megabytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


SCRIPT = Script()
CLOCK = SCRIPT.clock
CLOCK.now = BEGAN = 1_773_900_000.0

if __name__ == "__main__":
    what, number = sys.argv[1], int(sys.argv[2])
    if what == "memory":
        sizes = held(number)
        each = (sizes["after"] - sizes["before"]) * 1e6 / number
        print(
            f"{number} tags: {sizes['before']:.0f} MB before, {sizes['after']:.0f} MB after two rounds;",
            end=" ",
        )
        print(f"{each:.0f} bytes for each")
    else:
        rate = float(sys.argv[3])
        print(f"{number} things, {rate:g} calls/s: a round takes {number / rate:.0f} s at least")
        for kind, values in lags(number, rate).items():
            parts = (f"p{part} {values[int(len(values) * part / 100)]:.0f} s" for part in (50, 90, 99))
            print(f"{kind:20} {len(values):6} events, {', '.join(parts)}, most {values[-1]:.0f} s")
