"""Places are bounded, and none is ever lost."""

import signal
import threading
import time

import pytest

from cocapi.transport import Places


def test_no_more_than_the_limit_are_taken() -> None:
    """Whoever finds none waits for as long as was said."""
    places = Places(2)
    with places.take(0), places.take(0):
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            places.take(0.05)
        assert time.monotonic() - started >= 0.05
    with places.take(0):
        assert len(places) == 1


def test_who_waits_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, not when it looks up by itself, which none does here; also when many wait for one place."""
    monkeypatch.setattr("cocapi.transport.places.LOOK_UP", 300)
    places = Places(1)
    served: list[int] = []

    def call(number: int) -> None:
        with places.take(300):
            served.append(number)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(50)]
    with places.take(0):
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(served) == list(range(50))
    assert len(places) == 0


def test_a_place_whose_holder_is_gone_is_free() -> None:
    """Even when it was never entered."""
    places = Places(1)
    places.take(0)
    with places.take(0):
        assert len(places) == 1


@pytest.mark.no_cover  # coverage's own locks would be hit too
def test_interrupts_at_any_instruction_leave_none_taken() -> None:
    """As many as come in a second, raised by a handler at moments of chance."""
    places = Places(3)
    hits = 0
    armed = False
    until = time.monotonic() + 1

    def interrupt(*_: object) -> None:
        nonlocal armed
        if armed:
            armed = False
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    # Again and again: CPython before 3.13 may overlook a signal until something else happens.
    signal.setitimer(signal.ITIMER_REAL, 0.00005, 0.00005)
    try:
        while hits < 100 or time.monotonic() < until:
            try:
                armed = True
                while True:
                    with places.take(0.01), places.take(0.01):
                        pass
            except KeyboardInterrupt:
                hits += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(places) == 0
    with places.take(0), places.take(0), places.take(0):
        assert len(places) == 3
