"""What a signal handler raises belongs to the caller of what it interrupted."""

import functools
import gc
import signal
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import Mock

import pytest

from cocapi import Outcome, Request, Response, hookimpl
from cocapi.interrupts import interrupt_in, let_go, reraise
from cocapi.testing import Script


class SoftTimeLimitExceeded(Exception):
    """As in billiard: an Exception like any other."""


class Handler:
    def on_alarm(self, signum: int, frame: object) -> None:
        raise SoftTimeLimitExceeded

    def __call__(self, signum: int, frame: object) -> None:
        raise SoftTimeLimitExceeded


def plain(signum: int, frame: object) -> None:
    raise SoftTimeLimitExceeded


def once(*_: object) -> None:
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    raise SoftTimeLimitExceeded


def deep(signum: int, frame: object) -> None:
    Handler()(signum, None)


def optional(*_: object, number: int = 0) -> None:
    raise SoftTimeLimitExceeded


HANDLERS: list[Any] = [
    plain,
    optional,
    once,
    deep,
    Handler(),
    Handler().on_alarm,
    functools.partial(plain),
    Mock(side_effect=SoftTimeLimitExceeded),
]


@pytest.fixture
def handler(request: pytest.FixtureRequest) -> Iterator[Any]:
    before = signal.signal(signal.SIGUSR1, request.param)
    yield request.param
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize("handler", HANDLERS, indirect=True)
def test_an_interrupt_is_known_by_its_handler_whatever_that_is(handler: Any) -> None:
    """A function, a method, a partial, an object that can be called, one that takes itself off."""
    with pytest.raises(SoftTimeLimitExceeded) as caught:
        signal.raise_signal(signal.SIGUSR1)
    assert interrupt_in(caught.value) is caught.value


@pytest.mark.parametrize("handler", [plain], indirect=True)
def test_the_interrupt_itself_is_raised_however_it_was_wrapped(handler: Any) -> None:
    """A library below may have made a failure of its own of it; its context is as it was."""

    def wrapping() -> None:
        try:
            signal.raise_signal(signal.SIGUSR1)
        except SoftTimeLimitExceeded as error:
            try:
                raise OSError("read failed") from error
            except OSError:
                raise ValueError("something else")  # noqa: B904  # as a context, on purpose

    def calling() -> None:
        try:
            wrapping()
        except ValueError as error:
            reraise(error)

    with pytest.raises(SoftTimeLimitExceeded) as caught:
        calling()
    assert caught.value.__context__ is None


@pytest.mark.parametrize("handler", [plain], indirect=True)
def test_an_interrupt_that_a_caller_handles_is_not_raised_again(handler: Any) -> None:
    """It is the context of each failure until then, and nobody else's business."""

    def failing() -> BaseException | None:
        try:
            raise OSError("read failed")
        except OSError as error:
            return interrupt_in(error)

    try:
        signal.raise_signal(signal.SIGUSR1)
    except SoftTimeLimitExceeded:
        assert failing() is None


class Held:
    """Something that weak references may refer to."""


def holding(held: Held) -> None:
    try:
        signal.raise_signal(signal.SIGUSR1)
    except SoftTimeLimitExceeded as interrupt:
        reraise(interrupt)


@pytest.mark.parametrize("handler", [plain], indirect=True)
def test_an_interrupt_does_not_hold_itself(handler: Any) -> None:
    """When its last reference goes, what its traceback held is free at once, without a garbage collector."""
    held = Held()
    place = weakref.ref(held)
    with pytest.raises(SoftTimeLimitExceeded) as caught:
        holding(held)
    del held
    assert place() is not None
    del caught
    assert place() is None


@pytest.mark.parametrize("handler", [plain], indirect=True)
def test_what_is_let_go_is_held_by_no_traceback(handler: Any) -> None:
    """And the exception is still known as an interrupt."""
    held = Held()
    place = weakref.ref(held)
    with pytest.raises(SoftTimeLimitExceeded) as caught:
        holding(held)
    del held
    let_go(caught.value)
    assert place() is None
    assert interrupt_in(caught.value) is caught.value


def test_an_ordinary_failure_is_no_interrupt() -> None:
    """Neither one out of nested functions, nor one of a function that looks at frames."""

    def looking(frame: object = None) -> None:
        import sys

        frame = sys._getframe()
        raise TimeoutError(str(frame is None))

    with pytest.raises(TimeoutError) as caught:
        looking()
    assert interrupt_in(caught.value) is None
    reraise(caught.value)  # returns


def test_what_is_no_exception_is_an_interrupt_by_itself() -> None:
    """KeyboardInterrupt needs no handler in Python."""
    stop = KeyboardInterrupt()
    assert interrupt_in(stop) is stop


@pytest.mark.parametrize("handler", [plain], indirect=True)
def test_other_threads_have_no_interrupts(handler: Any) -> None:
    """Handlers run in the main thread; the same exception elsewhere is a failure."""
    with pytest.raises(SoftTimeLimitExceeded) as caught:
        signal.raise_signal(signal.SIGUSR1)
    found: list[BaseException | None] = []
    thread = threading.Thread(target=lambda: found.append(interrupt_in(caught.value)))
    thread.start()
    thread.join()
    assert found == [None]


class Signalling:
    """Raises a signal in one hook, and remembers what it was told at the end."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.outcomes: list[Outcome] = []

    def at(self, place: str) -> None:
        if self.where == place:
            signal.raise_signal(signal.SIGUSR1)

    @hookimpl
    def cocapi_request(self, request: Request) -> None:
        self.at("request")

    @hookimpl
    def cocapi_attempt(self) -> Any:
        yield from ()
        self.at("attempt")

    @hookimpl
    def cocapi_decode(self, response: Response) -> None:
        self.at("decode")

    @hookimpl
    def cocapi_attempted(self) -> None:
        self.at("attempted")

    @hookimpl
    def cocapi_finished(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.at("finished")


class Later:
    """Is asked after `Signalling`."""

    def __init__(self) -> None:
        self.calls = 0

    @hookimpl(trylast=True)
    def cocapi_finished(self) -> None:
        self.calls += 1


def sending(request: Request) -> Response:
    signal.raise_signal(signal.SIGUSR1)
    time.sleep(0)
    raise AssertionError("not interrupted")


@pytest.mark.parametrize("handler", [plain], indirect=True)
@pytest.mark.parametrize("where", ["request", "attempt", "send", "decode", "attempted", "finished"])
def test_an_interrupt_reaches_the_caller_from_wherever_it_hits(
    where: str, handler: Callable[..., None]
) -> None:
    """Neither blamed on a plugin, nor retried, nor logged away; every observer learns the end."""
    observer, later = Signalling(where), Later()
    script = Script(sending) if where == "send" else Script()
    with script.client(plugins={"signalling": lambda _: observer, "zlater": lambda _: later}) as api:
        with pytest.raises(SoftTimeLimitExceeded):
            api.clan_tag("#2PP")
        assert len(observer.outcomes) == later.calls == 1
        assert where == "finished" or observer.outcomes[0].cancelled


def test_a_failure_that_was_looked_at_holds_nothing() -> None:
    """No circle is left that would keep a connection open until it is collected."""

    class Connection:
        def read(self, number: int) -> None:
            try:
                raise BlockingIOError
            except BlockingIOError as error:
                reraise(error)

    connection = Connection()
    connection.read(1)
    gone = weakref.ref(connection)
    gc.disable()
    try:
        del connection
        assert gone() is None
    finally:
        gc.enable()
