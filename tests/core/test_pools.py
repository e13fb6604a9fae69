"""Connections that nobody uses: the last one first, none that is no good, none left behind the close."""

import threading
from typing import Any

import pytest

from cocapi.pools import Pool


class Connection:
    """Notes that it was closed."""

    def __init__(self, usable: bool = True) -> None:
        self.usable = usable
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


def pool_of(*connections: Connection) -> Pool[Connection]:
    pool = Pool(lambda connection: connection.usable, Connection.close)
    for connection in connections:
        pool.put_back(connection)
    return pool


def test_the_last_one_that_may_be_used_is_taken() -> None:
    """And what may not is closed."""
    first, second, third = Connection(), Connection(), Connection(usable=False)
    pool = pool_of(first, second, third)
    assert (pool.take(), pool.take(), pool.take()) == (second, first, None)
    assert (first.closed, second.closed, third.closed) == (0, 0, 1)


def test_one_in_use_at_the_close_is_closed_when_it_is_put_back() -> None:
    """The others at once."""
    idle, used = Connection(), Connection()
    pool = pool_of(idle, used)
    assert pool.take() is used
    pool.close()
    assert (idle.closed, used.closed, bool(pool)) == (1, 0, False)
    pool.put_back(used)
    assert (used.closed, bool(pool)) == (1, False)


def test_one_that_an_interrupt_hits_while_it_is_looked_at_is_closed() -> None:
    """Nobody else knows of it."""

    def interrupted(connection: Any) -> bool:
        raise KeyboardInterrupt

    pool, connection = Pool(interrupted, Connection.close), Connection()
    pool.put_back(connection)
    with pytest.raises(KeyboardInterrupt):
        pool.take()
    assert connection.closed == 1


def test_whatever_threads_do_each_is_closed_once_and_used_by_one() -> None:
    """While another closes the pool."""
    for _ in range(50):
        connections = [Connection() for _ in range(20)]
        pool = pool_of(*connections[:10])
        start = threading.Barrier(3)

        def use(pool: Pool[Connection] = pool, start: threading.Barrier = start) -> None:
            start.wait(60)
            for _ in range(20):
                if (connection := pool.take()) is not None:
                    pool.put_back(connection)

        threads = [threading.Thread(target=use) for _ in range(2)]
        for thread in threads:
            thread.start()
        start.wait(60)
        for connection in connections[10:]:
            pool.put_back(connection)
        pool.close()
        for thread in threads:
            thread.join(60)
        assert [connection.closed for connection in connections] == [1] * 20
