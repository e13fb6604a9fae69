"""Fixtures that all tests share."""

import asyncio
import gc
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import settings

from cocapi import AsyncCocApi
from cocapi.testing import Script

collect_ignore = ["distributions"]  # installed, and tested, by tests/together/test_distributions.py

for name in [name for name in os.environ if name.startswith(("COCAPI_", "SSL_CERT_"))]:
    del os.environ[name]  # tests see the settings they make, and SSL contexts at an ordinary user's price

# The same examples in every run, so that no change is blamed for what another left; deadlines fail the slow.
settings.register_profile("cocapi", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=1000)  # pytest --hypothesis-profile=explore
settings.load_profile("cocapi")


@pytest.fixture(autouse=True, scope="module")
def _what_is_imported_stays() -> None:
    """The collections after each test need not look at it, and so take a tenth of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _leaks_show_where_they_happen() -> Iterator[None]:
    """Collect after each test, so that a ResourceWarning (an error here) belongs to its test."""
    yield
    gc.collect()


@pytest.fixture(params=["sync", "async"])
def play(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Make one call on a client of a script, once in synchronous and once in asynchronous code.

    play(script, "clan_tag", "#2PP", **settings) -> the answer
    """

    def play_sync(script: Script, method: str, *args: Any, call: Any = None, **settings: Any) -> Any:
        with script.client(**settings) as api:
            return getattr(api, method)(*args, **(call or {}))

    def play_async(script: Script, method: str, *args: Any, call: Any = None, **settings: Any) -> Any:
        async def main() -> Any:
            async with script.async_client(**settings) as api:
                assert isinstance(api, AsyncCocApi)
                return await getattr(api, method)(*args, **(call or {}))

        return asyncio.run(main())

    return play_sync if request.param == "sync" else play_async


class Storm:
    """Once armed, a signal handler raises `Interrupt`, once, at an instruction of chance soon."""

    class Interrupt(Exception):
        """Raised by the handler, as a TimeoutError of the user's own would be."""

    def __init__(self) -> None:
        self.chance = random.Random(7)  # noqa: S311  # a schedule, no secret
        self.ticks = 0
        self.until = 0.0

    def arm(self, most: int = 8) -> None:
        """Let it raise within so many ticks of 50 µs; to be called where `Interrupt` is caught."""
        self.ticks = self.chance.randint(1, most)

    def lasts(self, hits: int) -> bool:
        """Whether more are to come after `hits`: to five thousand, or for 4 seconds on a slow machine."""
        self.until = self.until or time.monotonic() + 4
        return hits < 5000 and time.monotonic() < self.until

    def end(self) -> None:
        """Let it raise no more."""
        signal.setitimer(signal.ITIMER_REAL, 0)

    def handler(self, number: int, frame: object) -> None:
        """Called again and again: CPython before 3.13 may overlook a signal until the next one comes."""
        self.ticks -= 1
        if self.ticks == 0:
            raise self.Interrupt


@pytest.fixture
def storm() -> Iterator[Storm]:
    """Interrupts at instructions of chance."""
    weather = Storm()
    callbacks = gc.callbacks[:]
    gc.callbacks.clear()  # hypothesis has one in Python, and what is raised in there is lost
    before = signal.signal(signal.SIGALRM, weather.handler)
    signal.setitimer(signal.ITIMER_REAL, 0.00005, 0.00005)
    try:
        yield weather
    finally:
        weather.end()
        signal.signal(signal.SIGALRM, before)
        gc.callbacks.extend(callbacks)
