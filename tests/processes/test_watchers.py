"""Eight processes that watch the same clans, some of which are killed: everything is told once."""

import json
import random
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from math import inf
from pathlib import Path
from typing import Any

import pytest

from cocapi import ApiConfig, CocApi
from cocapi_events import Events, EventsOptions
from cocapi_events.records import as_json, from_json
from cocapi_events.things import ClanThing
from cocapi_events.watch import parted
from cocapi_sandbox import Sandbox

from ..plugins.events.judge import judged

NOON = 1_773_900_000.0
SPEED = 600.0
"""How fast the game's time goes."""

LEASE = 2.0
PATIENCE = 120.0
"""Seconds for which a test waits for anything, however busy the machine is."""


class World:
    """A sandbox whose time begins when it is told to, and ends so."""

    def __init__(self, folder: Path, store: str, server: Any = None) -> None:
        self.folder, self.store, self.server = folder, store, server
        self.began = self.stopped = inf
        self.box = Sandbox(clock=self.clock)
        self.clans: list[str] = list(self.box.world.clan_numbers)[:12]
        self.stop = folder / "stop"
        self.files: list[Path] = []

    def clock(self) -> float:
        return NOON + max(0.0, min(time.time(), self.stopped) - self.began) * SPEED

    def where(self) -> dict[str, Any]:
        """What every process is told; each has a file of its own."""
        self.files.append(self.folder / f"told-{len(self.files)}")
        self.files[-1].touch()
        return {"store": self.store, "file": str(self.files[-1]), "stop": str(self.stop), "lease": LEASE}

    def watch(self, worker: Any, to: str | None = None) -> Path:
        """Let a process watch; its file."""
        game = {"base_url": self.box.base_url, "clans": self.clans, "began": self.began, "speed": SPEED}
        worker.begin("watch", **game, to=to, **self.where())
        return self.files[-1]

    def read(self, worker: Any, stream: str) -> Path:
        """Let a process read; its file."""
        worker.begin("read", stream=stream, **self.where())
        return self.files[-1]

    def begin(self) -> None:
        """Let all clans be seen for the first time, and then time go on."""
        assert self.changes() == []
        self.began = time.time()

    def end(self, workers: list[Any], to: str | None = None) -> list[Any]:
        """Let time and the processes end; what was not told till then, to nobody or by the stream."""
        self.stop.touch()
        for worker in workers:
            worker.end()
        self.stopped = time.time()
        changes = self.changes(to)
        return changes if to is None else self.left_in(to)

    def pending(self, stream: str) -> bool:
        """Whether readers have taken what they have not acknowledged."""
        assert self.server is not None
        reply = self.server.ask("XPENDING", f"cocapi:stream:{stream}", "bot")
        return int(reply.split(b"\r\n")[1][1:]) > 0

    def changes(self, to: str | None = None) -> list[Any]:
        """What has changed, asked by this process alone."""
        with self.client() as api:
            return list(api.watch(clans=self.clans, to=to, once=True))

    def left_in(self, stream: str) -> list[Any]:
        """What the readers of a stream have left, once what they had taken is idle."""
        with self.client() as api:
            events = list(api.events_from(stream, group="bot", once=True))
            while self.pending(stream):
                time.sleep(0.05)
                events += api.events_from(stream, group="bot", once=True)
            return events

    def client(self) -> CocApi:
        config = ApiConfig(
            base_url=self.box.base_url,
            store=self.store,
            store_timeout=10,
            verify_token=False,
            enable_rate_limiting=False,
            plugins={"events": lambda config: Events(config, EventsOptions(lease=LEASE), clock=self.clock)},
        )
        return CocApi("token", config=config)


def lines(file: Path) -> list[dict[str, Any]]:
    """What a process has written, but for a line that it is at."""
    return [json.loads(line) for line in file.read_bytes().split(b"\n")[:-1]]


def wait_for(what: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until, "it takes too long"
        time.sleep(0.05)


def told_by(files: Iterable[Path]) -> Counter[str]:
    """How much was told of each clan."""
    return Counter(line["tag"] for file in files for line in lines(file) if "tag" in line)


def told_once(tellers: Iterable[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Each event once. Of one that was told again all tellers but one were ended right after it; or they lost
    its part right after it, since the machine did not let them run."""
    events: dict[str, dict[str, Any]] = {}
    undone: dict[str, list[bool]] = defaultdict(list)  # for each telling of an event
    for told in tellers:
        for number, line in enumerate(told):
            if "lost" not in line:
                following = list(takewhile(lambda after: "lost" in after, told[number + 1 :]))
                lost = [after["lost"] for after in following]
                ended = number + 1 + len(following) == len(told)
                undone[line["id"]].append(ended or part_of(line["tag"]) in lost or line["id"] in lost)
                assert events.setdefault(line["id"], line) == line
    assert all(tellings.count(False) <= 1 for tellings in undone.values()), undone
    return list(events.values())


def part_of(clan: str) -> int:
    """In which part of the things a clan is."""
    (part,) = parted([ClanThing(clan)], EventsOptions().parts)
    return part


def judge_all(world: World, told: Iterable[dict[str, Any]]) -> None:
    """Each clan's events lead from what was to what is, and each has its cause in the diary."""
    by_clan = defaultdict(list)
    for line in told:
        by_clan[line["tag"]].append(from_json(line))
    for clan in world.clans:
        in_order = sorted(by_clan[clan], key=lambda event: int(event.id.rpartition("/")[2]))
        judged(clan, in_order, world.box.diary, NOON, world.clock())


@pytest.fixture
def world(tmp_path: Path, store: str) -> Iterator[World]:
    world = World(tmp_path, store)
    with world.box:
        yield world


@pytest.fixture
def redis_world(tmp_path: Path, redis_server: Any) -> Iterator[World]:
    redis_server.ask("FLUSHALL")
    world = World(tmp_path, redis_server.url, redis_server)
    with world.box:
        yield world


def test_watchers_that_share_tell_everything_once_whoever_is_killed(
    workers: list[Any], further: Callable[[], Any], world: World, storm: int
) -> None:
    """Each has its part, and those who live take over the parts of who is killed."""
    chance = random.Random(5)  # nobody is to guess it
    world.begin()
    survivors = [world.watch(worker) for worker in workers[:6]]
    doomed = deque((worker, world.watch(worker)) for worker in (further(), further()))
    wait_for(lambda: all(map(lines, world.files)))  # each has its part
    for left in reversed(range(storm)):
        worker, file = doomed.popleft()
        wait_for(lambda file=file: lines(file))  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.3))
        if left % 3 == 2:
            worker.suspend(1.5 * LEASE)  # others have its parts, and it wakes up
            time.sleep(chance.uniform(0, 0.3))
        worker.kill()
        if left >= 2:
            successor = further()
            doomed.append((successor, world.watch(successor)))
    before = told_by(survivors)
    wait_for(lambda: all(told_by(survivors)[clan] > before[clan] for clan in world.clans))
    rest = world.end(workers[:6])
    judge_all(world, told_once([*map(lines, world.files), [as_json(event) for event in rest]]))


def test_one_that_stands_still_is_taken_over_and_wakes_up_to_nothing(
    workers: list[Any], redis_world: World
) -> None:
    """By the other, which then tells of every clan; nothing is told twice but what was in hand. Over Redis,
    since one that stands still in the middle of a write to SQLite holds the lock of the file."""
    world = redis_world
    world.begin()
    stopped, lively = world.watch(workers[0]), world.watch(workers[1])
    wait_for(lambda: lines(stopped) and lines(lively))
    with workers[0].suspended():
        before = told_by([lively])
        wait_for(lambda: all(told_by([lively])[clan] > before[clan] for clan in world.clans))
        number = len(lines(stopped))
    wait_for(lambda: any("lost" in line for line in lines(stopped)[number:]))
    rest = world.end(workers[:2])
    judge_all(world, told_once([*map(lines, world.files), [as_json(event) for event in rest]]))


def test_readers_of_a_stream_are_told_everything_once_whoever_is_killed(
    workers: list[Any], further: Callable[[], Any], redis_world: World, storm: int
) -> None:
    """Four watchers write what four readers share, and of both some are killed."""
    world, chance = redis_world, random.Random(6)  # nobody is to guess it
    world.begin()
    for worker in workers[:3]:
        world.watch(worker, to="clans")
    readers = [world.read(worker, "clans") for worker in workers[3:6]]
    doomed: deque[tuple[Any, bool]] = deque()

    def start(reads: bool) -> None:
        doomed.append((further(), reads))
        if reads:
            readers.append(world.read(doomed[-1][0], "clans"))
        else:
            world.watch(doomed[-1][0], to="clans")

    start(reads=True)
    start(reads=False)
    for left in reversed(range(storm)):
        before = sum(told_by(readers).values())
        wait_for(lambda before=before: sum(told_by(readers).values()) > before)  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.3))
        worker, reads = doomed.popleft()
        if left % 3 == 2:
            worker.suspend(1.5 * LEASE)
            time.sleep(chance.uniform(0, 0.3))
        worker.kill()
        if left >= 2:
            start(reads)
    rest = world.end(workers[:6], to="clans")
    told = told_once([*map(lines, readers), [as_json(event) for event in rest]])
    judge_all(world, told)
    assert len(told) > storm
