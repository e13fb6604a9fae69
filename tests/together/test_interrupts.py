"""Exceptions out of signal handlers, at any instruction: they are the caller's, and leave nothing taken.

``STORM=10000 pytest tests/together/test_interrupts.py`` is a long one.
"""

import contextlib
import dis
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

from cocapi import ApiConfig, CocApi, Request, Response
from cocapi.interrupts import chain
from cocapi.testing import Script, json_response

pytestmark = [
    pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timers"),
    # What was opened at the very instruction of the interrupt has no owner yet, and is closed as garbage.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]

STORM = int(os.environ.get("STORM", "10"))
"""Interrupts that a storm lasts for, at least."""

BRIEF = 0.5
"""Seconds."""

LONGEST = 2e-3
"""Seconds from the beginning of a call to the interrupt: most calls have ended by then."""


class SoftLimit(Exception):
    """As Celery's SoftTimeLimitExceeded."""


KINDS = (KeyboardInterrupt, TimeoutError, ValueError, SoftLimit)


class Handler:
    """Raises an exception of its own, once each time that it is armed.

    raised:
        The exception; None: it has raised none since it was armed.
    """

    def __init__(self, kind: type[BaseException]) -> None:
        self.kind = kind
        self.armed = False
        self.raised: BaseException | None = None

    def __call__(self, *_: object) -> None:
        """Called by the signal."""
        if self.armed:
            self.armed = False
            self.raised = self.kind("from the handler")
            raise self.raised

    @contextlib.contextmanager
    def arming(self, after: float) -> Iterator[None]:
        """Raise so many seconds `after` now. The timer goes on: CPython before 3.13 may overlook a signal
        until the next one comes."""
        self.raised, self.armed = None, True
        try:
            signal.setitimer(signal.ITIMER_REAL, after, 5e-5)
            yield
        finally:
            self.armed = False
            signal.setitimer(signal.ITIMER_REAL, 0)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def handler(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Handler]:
    handler = Handler(request.param)
    monkeypatch.setattr("sys.unraisablehook", lambda _: None)  # what Python drops
    before = signal.signal(signal.SIGALRM, handler)
    yield handler
    signal.signal(signal.SIGALRM, before)


def dropped_by_python(error: BaseException) -> bool:
    """Whether no ``except`` has caught an exception, but CPython dropped it: in a finalizer, the callback of
    a weak reference, or code in C that clears errors. The last function that it reached then ended with
    it."""
    outermost = error.__traceback__
    if outermost is None or outermost.tb_next is None:
        return True  # it did not even leave the handler
    frame = outermost.tb_frame
    last = dis.opname[frame.f_code.co_code[frame.f_lasti]]
    return frame.f_lasti == outermost.tb_lasti or last == "RERAISE"  # at the end of a `finally`


def interrupted(api: CocApi, handler: Handler, after: float, tag: str) -> BaseException | None:
    """The interrupt that ended a call so many seconds `after` its beginning; None where it had its answer."""
    answer: Any = None
    caught: list[BaseException] = []  # a variable of this frame would be held by its own traceback
    try:
        with handler.arming(after):
            answer = api.clan_tag(tag)
    except KINDS as error:
        caught.append(error)
    if caught:
        assert type(caught[0]) is handler.kind
        assert handler.raised in chain(caught[0])  # codecs of Python 3.11 wrap it in its like
        return caught.pop()
    if answer is not None:  # None: it was hit when it had ended
        assert answer["tag"] == tag
    if handler.raised is not None and not dropped_by_python(handler.raised):
        pytest.fail("swallowed: " + "".join(traceback.format_exception(handler.raised)))
    return None


def storm(api: CocApi, handler: Handler) -> dict[str, BaseException]:
    """Interrupt calls at every moment, one after another. The interrupts, by the tags that were asked for."""
    interrupts: dict[str, BaseException] = {}
    until = time.monotonic() + BRIEF
    number = 0
    while len(interrupts) < STORM or time.monotonic() < until:
        number += 1
        interrupt = interrupted(api, handler, 1e-6 + LONGEST * (number * 0.618 % 1), f"#{number}")
        if interrupt is not None:
            interrupts[f"#{number}"] = interrupt
    return interrupts


DESCRIPTORS = Path("/proc/self/fd")


def open_sockets() -> int:
    """How many sockets this process has open."""
    number = 0
    for descriptor in DESCRIPTORS.iterdir():
        with contextlib.suppress(OSError):  # it was the one that lists
            number += str(descriptor.readlink()).startswith("socket:")
    return number


def settings(base_url: str, transport: str) -> ApiConfig:
    """One place, so that a single lost one is one too many."""
    return ApiConfig(
        base_url=base_url,
        transport=transport,
        verify_token=False,
        max_connections=1,
        requests_per_second=1e6,
        burst_limit=10**6,
        max_retries=3,
    )


@pytest.mark.skipif(not DESCRIPTORS.is_dir(), reason="this system lists no descriptors")
@pytest.mark.no_cover  # coverage's own locks would be hit too
@pytest.mark.parametrize("transport", ["httpx", "requests"])
def test_a_storm_over_a_network(transport: str, handler: Handler, base_url: str) -> None:
    """Every interrupt arrives as it was raised. Though all are kept, with their tracebacks, places, locks,
    flights and connections are free."""
    before = open_sockets()
    with CocApi("token", config=settings(base_url, transport)) as api:
        interrupts = storm(api, handler)
        assert interrupts
        patient = api.with_options(timeout=10)
        for tag in list(interrupts)[-50:]:  # a flight that is never led again would hold its own tag only
            assert patient.clan_tag(tag)["tag"] == tag
        answers: list[Any] = []
        threads = [
            threading.Thread(target=lambda n=n: answers.append(patient.clan_tag(f"#END{n}")["tag"]))
            for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(answers) == [f"#END{n}" for n in range(8)]
        interrupts.clear()
        assert open_sockets() - before <= 1
    handler.raised = None
    assert open_sockets() == before


class Slow(Script):
    """A server that takes its time."""

    def send(self, request: Request) -> Response:
        time.sleep(LONGEST / 8)
        return json_response({"tag": request.path_params["playerTag"]})


@pytest.mark.no_cover
@pytest.mark.parametrize("method", ["batch", "stream"])
def test_a_storm_over_many_calls_leaves_no_thread(method: str, handler: Handler, new_threads: Any) -> None:
    """The threads of each are started and ended though an interrupt may come at any moment of that, and the
    next are not kept from it."""
    tags = [f"#2P{number}" for number in range(8)]
    interrupts, number = 0, 0
    with Slow().client(only_plugins=("script",), max_connections=4) as api:
        until = time.monotonic() + BRIEF
        while interrupts < STORM or time.monotonic() < until:
            number += 1
            try:
                with handler.arming(1e-6 + 2 * LONGEST * (number * 0.618 % 1)):
                    list(getattr(api, method)(api.players, tags))
            except KINDS:
                interrupts += 1
        assert interrupts
        assert [answer["tag"] for answer in api.batch(api.players, tags)] == tags
    handler.raised = None
    until = time.monotonic() + 60
    while new_threads() and time.monotonic() < until:
        gc.collect()  # what was interrupted while it ended them is in a circle with its own traceback
        time.sleep(0.05)
    assert not new_threads()


@pytest.mark.parametrize("transport", ["httpx", "requests"])
@pytest.mark.parametrize("handler", [SoftLimit], indirect=True)
def test_calls_are_made_while_an_interrupt_is_handled(
    transport: str, handler: Handler, base_url: str
) -> None:
    """It is the context of whatever fails meanwhile, and is not raised again for it."""
    with CocApi("token", config=settings(base_url, transport)) as api:
        try:
            with handler.arming(1e-3):
                time.sleep(5)
        except SoftLimit:
            tags = [api.clan_tag(tag)["tag"] for tag in ("#A", "#B")]
            api.set_base_url("http://127.0.0.1:1/v1", force=True)
            failed = api.with_options(retry=False).clan_tag("#C")
    assert tags == ["#A", "#B"]
    assert failed["error_type"] == "connection"
