"""A lock between calls that no call can keep by vanishing."""

import threading

from cocapi.weaklock import WeakLock


def test_one_call_at_a_time_holds_it() -> None:
    lock = WeakLock()
    holder = lock.acquire()
    assert holder is not None
    assert lock.acquire() is None


def test_a_holder_that_vanished_keeps_it_from_nobody() -> None:
    """As that of a call which an interrupt ended before it could release anything."""
    lock = WeakLock()
    holder = lock.acquire()
    del holder
    assert lock.acquire() is not None


def test_the_next_call_has_it_after_a_release() -> None:
    """Though whoever held it is still there."""
    lock = WeakLock()
    holder = lock.acquire()
    lock.release()
    assert lock.acquire() is not None
    del holder


def test_of_many_threads_one_gets_it() -> None:
    lock = WeakLock()
    start = threading.Barrier(8)
    holders: list[object] = []

    def acquire() -> None:
        start.wait()
        holders.append(lock.acquire())

    threads = [threading.Thread(target=acquire) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(holder is not None for holder in holders) == 1
