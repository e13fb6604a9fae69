"""Exceptions out of signal handlers, at any instruction: they are the caller's, and leave nothing taken."""

import contextlib
import gc
import os
import signal
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cocapi import ApiConfig, CocApi
from cocapi.interrupts import chain

pytestmark = [
    pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timers"),
    # What was opened at the very instruction of the interrupt has no owner yet, and is closed as garbage.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]

STORM = 200
"""Interrupts a test; ``COCAPI_STORM=10000`` makes it a long one."""


class SoftLimit(Exception):
    """As Celery's SoftTimeLimitExceeded."""


class Handler:
    """Raises an exception of its own at most once each time that it is armed.

    ignored:
        What Python itself passed over, for it was raised in the callback of a weak reference or a finalizer.
    """

    def __init__(self, kind: type[BaseException]) -> None:
        self.kind = kind
        self.armed = False
        self.raised: BaseException | None = None
        self.ignored: list[BaseException | None] = []

    def __call__(self, *_: object) -> None:
        """Called by the signal."""
        if self.armed:
            self.armed = False
            self.raised = self.kind("from the handler")
            raise self.raised

    def passed_over(self) -> bool:
        """Whether there was no interrupt, or one that Python itself dropped: in a callback of a weak
        reference or a finalizer, or in C. An ``except`` leaves its own frame in the traceback."""
        raised = self.raised
        if raised is None or raised in self.ignored:
            return True
        return raised.__traceback__ is None or raised.__traceback__.tb_next is None


@pytest.fixture(params=[KeyboardInterrupt, TimeoutError, SoftLimit], ids=lambda kind: kind.__name__)
def handler(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Handler]:
    handler = Handler(request.param)
    monkeypatch.setattr("sys.unraisablehook", lambda told: handler.ignored.append(told.exc_value))
    before = signal.signal(signal.SIGALRM, handler)
    yield handler
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def interrupted(api: CocApi, handler: Handler, after: float, tag: str) -> bool:
    """Make a call, interrupted so many seconds `after` its beginning, and whether it was."""
    handler.raised = None
    caught: BaseException | None = None
    answer: Any = None
    try:
        handler.armed = True
        signal.setitimer(signal.ITIMER_REAL, after, 5e-5)
        answer = api.clan_tag(tag)
        handler.armed = False
    except (KeyboardInterrupt, TimeoutError, SoftLimit) as error:
        caught = error
    finally:
        handler.armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
    if caught is None:
        assert answer["tag"] == tag
        assert handler.passed_over(), "".join(traceback.format_exception(handler.raised))
        return False
    assert type(caught) is handler.kind
    assert any(link is handler.raised for link in chain(caught))  # codecs of Python 3.11 wrap it in its like
    return True


def storm(api: CocApi, handler: Handler, longest: float) -> None:
    """Interrupts at every moment of a call, one after another; afterwards the client answers at once."""
    wanted, met, number = int(os.environ.get("COCAPI_STORM", STORM)), 0, 0
    until = time.monotonic() + 300
    while met < wanted:
        number += 1
        assert time.monotonic() < until
        after = 1e-6 + longest * (number * 0.618 % 1)
        met += interrupted(api, handler, after, f"#{number}")
    started = time.monotonic()
    assert api.with_options(timeout=5).clan_tag("#END")["tag"] == "#END"
    assert time.monotonic() - started < 5
    ends: list[Any] = []
    threads = [
        threading.Thread(target=lambda n=n: ends.append(api.clan_tag(f"#END{n}")["tag"])) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(ends) == [f"#END{n}" for n in range(8)]


DESCRIPTORS = Path("/proc/self/fd")


def open_sockets() -> int:
    """How many sockets this process has open."""
    found = 0
    for descriptor in DESCRIPTORS.iterdir():
        with contextlib.suppress(OSError):  # it was the one that lists
            found += str(descriptor.readlink()).startswith("socket:")
    return found


@pytest.mark.skipif(not DESCRIPTORS.is_dir(), reason="this system lists no descriptors")
@pytest.mark.no_cover  # coverage's own locks would be hit too
@pytest.mark.flaky(reruns=2)  # what Python drops, and where, is chance
@pytest.mark.parametrize("transport", ["httpx"])
def test_a_storm_over_a_network(transport: str, handler: Handler, base_url: str) -> None:
    """Every interrupt arrives as it was raised; places, locks, flights and connections are free."""
    config = ApiConfig(
        base_url=base_url,
        transport=transport,
        verify_token=False,
        max_connections=4,
        requests_per_second=1e6,
        burst_limit=10**6,
        max_retries=3,
    )
    before = open_sockets()
    with CocApi("token", config=config) as api:
        assert api.clan_tag("#2PP")["tag"] == "#2PP"
        storm(api, handler, 2e-3)
        gc.collect()
        assert open_sockets() - before <= config.max_connections
    gc.collect()
    assert open_sockets() == before
