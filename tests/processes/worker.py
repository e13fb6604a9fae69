"""What each process of these tests runs: one task after another, until it is told None.

Run by its path (`runpy`), with `tasks` and `results`, which are queues.
"""

import asyncio
import contextlib
import json
import logging
import os
import threading
import time
from pathlib import Path
from typing import Any
from unittest import mock

from cocapi import ApiConfig, AsyncCocApi, CocApi, CocApiError
from cocapi_cache import backing, leases

CLIENTS: dict[str, Any] = {}
"""Clients that are kept from one task to the next, by store, address and mode."""


def settings(store: str, base_url: str, **more: Any) -> ApiConfig:
    """A store is waited for longer than by default: these machines are busy."""
    defaults = {"verify_token": False, "store_timeout": 10.0, "transport": "pyreqwest", "max_retries": 1}
    free = {"requests_per_second": 1e6, "burst_limit": 10**6}
    return ApiConfig(store=store, base_url=base_url, **{**defaults, **free, **more})


def client(store: str, base_url: str) -> Any:
    """A synchronous client, the same for each task of this process."""
    key = f"{store} {base_url}"
    if key not in CLIENTS:
        CLIENTS[key] = CocApi("token", config=settings(store, base_url))
    return CLIENTS[key]


def leave() -> None:
    """Close the clients that are kept."""
    while CLIENTS:
        CLIENTS.popitem()[1].close()


def warm(base_url: str) -> None:
    """Import what calls and stores need."""
    with contextlib.suppress(ImportError):
        import redis.asyncio  # noqa: F401
    with CocApi("token", config=settings("memory", base_url)) as api:
        api.clan_tag("#2PP")


def ask(store: str, base_url: str, tag: str) -> tuple[Any, int]:
    """One call with the client that this process keeps; its answer, and how many clans that has in memory."""
    api = client(store, base_url)
    return api.clan_tag(tag), api.cache.stats()["total_entries"]


def invalidate(store: str, base_url: str, place: str) -> None:
    client(store, base_url).cache.invalidate(place)


def crowd(store: str, base_url: str, tag: str, calls: int, mode: str) -> set[str]:
    """So many calls of one thing at once; the names that were answered. Says before that all wait. The
    machine may be slow: leases, and what those are told who wait, last for longer."""
    with (
        mock.patch.object(backing, "LEASE", 60.0),
        mock.patch.object(leases, "LEASE", 60.0),
        mock.patch.object(backing, "ENDED", 60.0),
    ):
        if mode == "sync":
            return crowd_of_threads(store, base_url, tag, calls)
        return asyncio.run(crowd_of_tasks(store, base_url, tag, calls))


class Watched:
    """The store of a cache, and whether it was asked for an answer or a lease."""

    def __init__(self, api: Any) -> None:
        self.answers = api.cache.answers
        self.store = self.answers.backing.store
        self.answers.backing.store = self
        self.asked = False

    def __getattr__(self, verb: str) -> Any:
        return getattr(self.store, verb)

    def get_or_claim(self, key: str, seconds: float) -> Any:
        answer = yield from self.store.get_or_claim(key, seconds)
        self.asked = True
        return answer

    def all_wait(self, calls: int) -> bool:
        """Whether one call leads the others, and has the lease or looks for an answer."""
        return self.asked and [flight.joined for flight in self.answers.flights.values()] == [calls - 1]


def crowd_of_threads(store: str, base_url: str, tag: str, calls: int) -> set[str]:
    names: list[str] = []
    with CocApi("token", config=settings(store, base_url, max_connections=calls)) as api:
        api.goldpass()  # which opens it
        watched = Watched(api)
        threads = [
            threading.Thread(target=lambda: names.append(str(api.clan_tag(tag).get("name"))))
            for _ in range(calls)
        ]
        for thread in threads:
            thread.start()
        while not watched.all_wait(calls):
            time.sleep(0.005)
        say("all wait")
        for thread in threads:
            thread.join()
    assert len(names) == calls
    return set(names)


async def crowd_of_tasks(store: str, base_url: str, tag: str, calls: int) -> set[str]:
    async with AsyncCocApi("token", config=settings(store, base_url, max_connections=calls)) as api:
        await api.goldpass()
        watched = Watched(api)
        answers = asyncio.gather(*(api.clan_tag(tag) for _ in range(calls)))
        while not watched.all_wait(calls):  # there is no event
            await asyncio.sleep(0.005)
        say("all wait")
        return {str(answer.get("name")) for answer in await answers}


def press(
    store: str, base_url: str, tag: str, rate: float, burst: int, calls: int, threads: int
) -> tuple[list[tuple[float, float]], dict[str, Any]]:
    """Let each of so many threads call so often, as the limit allows: when each call began and ended, and the
    statistics of the limit."""
    config = settings(store, base_url, requests_per_second=rate, burst_limit=burst, enable_caching=False)
    times: list[tuple[float, float]] = []
    with CocApi("token", config=config) as api:

        def work() -> None:
            for _ in range(calls):
                began = time.monotonic()
                api.clan_tag(tag)
                times.append((began, time.monotonic()))

        working = [threading.Thread(target=work) for _ in range(threads)]
        for thread in working:
            thread.start()
        for thread in working:
            thread.join()
        return times, api.ratelimit.stats()


def roam(store: str, base_url: str, tags: list[str]) -> None:
    """Ask and invalidate without end, as whoever is killed does."""
    api = client(store, base_url)
    while True:
        for tag in tags:
            try:
                api.clan_tag(tag)
                api.with_options(cache=False).clan_tag(tag)
            except CocApiError as error:
                raise AssertionError(error) from error
            api.cache.invalidate(tag)


class Stopped(Exception):
    """There is the file that ends a task."""


class Diary:
    """A file with a line for each event, and one for each part that was lost; a line is there or not."""

    def __init__(self, file: str) -> None:
        self.file = Path(file).open("ab", buffering=0)  # noqa: SIM115  # for the life of a task

    def write(self, document: Any) -> None:
        self.file.write(json.dumps(document).encode() + b"\n")

    def note(self, record: logging.LogRecord) -> bool:
        """As a filter of a logger: which part was lost, or which event may be another reader's."""
        if record.msg.startswith("part %d of the watch") or "may be told again, by another" in record.msg:
            self.write({"lost": record.args[0]})  # type: ignore[index]
        return True


def sleeping(stop: str, speed: float = 1.0) -> Any:
    """A way to sleep, faster, until there is a file."""

    def sleep(seconds: float) -> None:
        if os.path.exists(stop):  # noqa: PTH110  # often
            raise Stopped
        time.sleep(seconds / speed)

    return sleep


def watch(
    store: str,
    base_url: str,
    clans: list[str],
    began: float,
    speed: float,
    file: str,
    stop: str,
    lease: float,
    to: str | None,
) -> None:
    """Watch clans with others, in the game's time, until there is a file `stop`."""
    from cocapi_events import Events, EventsOptions

    def now() -> float:
        return 1_773_900_000.0 + max(0.0, time.time() - began) * speed

    options = EventsOptions(interval=0, lease=lease)
    plugins = {"events": lambda config: Events(config, options, clock=now)}
    diary = Diary(file)
    with CocApi("token", config=settings(store, base_url, plugins=plugins)) as api:
        api._session.keep_time(sleeping(stop, speed), None)  # type: ignore[arg-type]
        tell(api.watch(clans=clans, shared=True, to=to), diary, stop, silent=to is not None)


def read(store: str, stream: str, file: str, stop: str, lease: float) -> None:
    """Read events with others, until there is a file `stop`."""
    from cocapi_events import Events, EventsOptions

    plugins = {"events": lambda config: Events(config, EventsOptions(lease=lease))}
    diary = Diary(file)
    with CocApi("token", config=settings(store, "sandbox://", plugins=plugins)) as api:
        api._session.keep_time(sleeping(stop), None)  # type: ignore[arg-type]
        tell(api.events_from(stream, group="bot"), diary, stop)


def tell(events: Any, diary: Diary, stop: str, silent: bool = False) -> None:
    """Write down what comes."""
    from cocapi_events.records import as_json

    logger = logging.getLogger("cocapi.events")
    logger.addFilter(diary.note)
    logger.setLevel(logging.DEBUG)
    try:
        for event in events:
            if not silent:
                diary.write(as_json(event))
            if os.path.exists(stop):  # noqa: PTH110
                break
    except Stopped:
        pass
    finally:
        logger.removeFilter(diary.note)
        logger.setLevel(logging.NOTSET)


def say(word: str) -> None:
    """Tell something before the task has ended."""
    results.put((True, word))  # type: ignore[name-defined]  # noqa: F821


def main(tasks: Any, results: Any) -> None:
    """Do what comes."""
    while (task := tasks.get()) is not None:
        name, arguments = task
        try:
            results.put((True, globals()[name](**arguments)))
        except Exception as error:
            results.put((False, repr(error)))
    leave()


if __name__ == "worker":
    main(tasks, results)  # type: ignore[name-defined]  # noqa: F821
