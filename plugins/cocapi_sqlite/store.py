"""Values, leases, budgets and logs as rows.

Values age by the date, as a file does that outlasts its machine's uptime. Leases and budgets go by the clock
that counts from the start of the machine, one for all its processes, which nobody sets. After a restart, or
where a date was set back, rows may claim to end later than they can; what they say is then cut to what they
can: no lease lasts longer than it was claimed for, no budget asks for more than the burst to come back.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from math import inf
from typing import TypeVar

from cocapi import Flow, Lease, LogEntry, do
from cocapi.clocks import elapsed
from cocapi.loops import Threads
from cocapi_sqlite.database import Database, Work
from cocapi_sqlite.failures import failure_of

__all__ = ["SqliteStore"]

T = TypeVar("T")

TOLERANCE = 1e-9
"""Seconds. Who asks again after the seconds that were told is admitted, though clocks are floats."""

SLACK = 1.0
"""Seconds by which a date may go back before values that were put later count as over."""

SWEPT = 4
"""Rows past their end that go with each row that comes, so that what is over takes no room for long."""

BATCH = 200
"""Values that are forgotten in one transaction."""

THREADS = 8
"""Threads of a store that work for one event loop."""


class SqliteStore:
    """A `cocapi.Store` in a file.

    Args:
        database: The file.
        max_bytes: How much it may take; values that end soonest go first.
        max_entries: How many entries a log keeps; the oldest go first.
        age: The clock that values age by, the same in all processes; None: the date.
        clock: The clock that bounds leases and budgets, the same in all processes.
    """

    def __init__(
        self,
        database: Database,
        max_bytes: int = 1024**3,
        max_entries: int = 10_000,
        *,
        age: Callable[[], float] | None = None,
        clock: Callable[[], float] = elapsed,
    ) -> None:
        self.database = database
        self.max_bytes = max_bytes
        self.max_entries = max_entries
        self.age = age or (lambda: time.time())  # looked up each time: a test may have moved the date
        self.clock = clock
        self.threads = Threads(THREADS)

    def get(self, key: str) -> Flow[bytes | None]:
        """See `cocapi.Store.get`."""
        row = yield from self._read(partial(self._get, key.encode()))
        return row[0] if row else None

    def _get(self, key: bytes, connection: sqlite3.Connection) -> tuple[bytes] | None:
        now = self.age()
        row: tuple[bytes] | None = connection.execute(
            "SELECT content FROM value WHERE key = ? AND until > ? AND since <= ?", (key, now, now + SLACK)
        ).fetchone()
        return row

    def put(self, key: str, value: bytes, seconds: float | None = None) -> Flow[None]:
        """See `cocapi.Store.put`."""
        yield from self._write(partial(self._put, key.encode(), value, inf if seconds is None else seconds))

    def _put(self, key: bytes, content: bytes, seconds: float, connection: sqlite3.Connection) -> None:
        now = self.age()
        connection.execute(
            "DELETE FROM value WHERE id IN (SELECT id FROM value WHERE until <= ? ORDER BY until LIMIT ?)",
            (now, SWEPT),
        )
        connection.execute(
            "INSERT INTO value (key, content, since, until) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE "
            "SET content = excluded.content, since = excluded.since, until = excluded.until",
            (key, content, now, now + seconds),
        )
        while (
            size(connection) > self.max_bytes
            and connection.execute(
                "DELETE FROM value WHERE id IN (SELECT id FROM value ORDER BY until, id LIMIT ?)", (SWEPT,)
            ).rowcount
        ):
            pass

    def forget(self, prefix: str) -> Flow[int]:
        """See `cocapi.Store.forget`. Some hundred at a time, between which others get their turn."""
        count = 0
        while True:
            deleted, living = yield from self._write(partial(self._forget, prefix.encode()))
            count += living
            if deleted < BATCH:
                return count

    def _forget(self, prefix: bytes, connection: sqlite3.Connection) -> tuple[int, int]:
        """How many of a batch were deleted, and how many of these had not ended."""
        now = self.age()
        rows = connection.execute(
            "SELECT id, until > ? AND since <= ? FROM value WHERE key >= ? AND key < ? LIMIT ?",
            (now, now + SLACK, prefix, after_all(prefix), BATCH),
        ).fetchall()
        connection.executemany("DELETE FROM value WHERE id = ?", [(row,) for row, _ in rows])
        return len(rows), sum(living for _, living in rows)

    def claim(self, key: str, seconds: float) -> Flow[Lease | None]:
        """See `cocapi.Store.claim`."""
        lease = Lease(key, os.urandom(8).hex())
        claimed = yield from self._write(partial(self._claim, lease, seconds))
        return lease if claimed else None

    def _claim(self, lease: Lease, seconds: float, connection: sqlite3.Connection) -> bool:
        now, key = self.clock(), lease.key.encode()
        connection.execute(
            "DELETE FROM lease WHERE key IN (SELECT key FROM lease WHERE until <= ? LIMIT ?)", (now, SWEPT)
        )
        connection.execute(
            "UPDATE lease SET until = ? + seconds WHERE key = ? AND until > ? + seconds", (now, key, now)
        )
        row = connection.execute("SELECT 1 FROM lease WHERE key = ? AND until > ?", (key, now)).fetchone()
        if row is None:
            connection.execute(
                "REPLACE INTO lease (key, holder, seconds, until) VALUES (?, ?, ?, ?)",
                (key, lease.holder, seconds, now + seconds),
            )
        return row is None

    def extend(self, lease: Lease, seconds: float) -> Flow[bool]:
        """See `cocapi.Store.extend`."""
        return (yield from self._write(partial(self._extend, lease, seconds)))

    def _extend(self, lease: Lease, seconds: float, connection: sqlite3.Connection) -> bool:
        now = self.clock()
        changed = connection.execute(
            "UPDATE lease SET seconds = ?, until = ? WHERE key = ? AND holder = ? AND until > ?",
            (seconds, now + seconds, lease.key.encode(), lease.holder, now),
        )
        return changed.rowcount == 1

    def release(self, lease: Lease) -> Flow[bool]:
        """See `cocapi.Store.release`."""
        return (yield from self._write(partial(self._release, lease)))

    def _release(self, lease: Lease, connection: sqlite3.Connection) -> bool:
        changed = connection.execute(
            "DELETE FROM lease WHERE key = ? AND holder = ? AND until > ?",
            (lease.key.encode(), lease.holder, self.clock()),
        )
        return changed.rowcount == 1

    def put_held(self, lease: Lease, key: str, value: bytes, seconds: float | None = None) -> Flow[bool]:
        """See `cocapi.Store.put_held`."""
        work = partial(self._put_held, lease, key.encode(), value, inf if seconds is None else seconds)
        return (yield from self._write(work))

    def _put_held(
        self, lease: Lease, key: bytes, content: bytes, seconds: float, connection: sqlite3.Connection
    ) -> bool:
        held = connection.execute(
            "SELECT 1 FROM lease WHERE key = ? AND holder = ? AND until > ?",
            (lease.key.encode(), lease.holder, self.clock()),
        ).fetchone()
        if held is not None:
            self._put(key, content, seconds, connection)
        return held is not None

    def get_or_claim(self, key: str, seconds: float) -> Flow[bytes | Lease | None]:
        """See `cocapi.Store.get_or_claim`. A value is only read, for which nobody is waited for."""
        value = yield from self.get(key)
        if value is not None:
            return value
        lease = Lease(key, os.urandom(8).hex())
        return (yield from self._write(partial(self._get_or_claim, lease, seconds)))

    def _get_or_claim(
        self, lease: Lease, seconds: float, connection: sqlite3.Connection
    ) -> bytes | Lease | None:
        row = self._get(lease.key.encode(), connection)
        if row is not None:
            return row[0]
        return lease if self._claim(lease, seconds, connection) else None

    def put_and_release(
        self, lease: Lease, key: str, value: bytes, seconds: float | None = None
    ) -> Flow[bool]:
        """See `cocapi.Store.put_and_release`."""
        work = partial(self._put_and_release, lease, key.encode(), value, inf if seconds is None else seconds)
        return (yield from self._write(work))

    def _put_and_release(
        self, lease: Lease, key: bytes, content: bytes, seconds: float, connection: sqlite3.Connection
    ) -> bool:
        held = self._put_held(lease, key, content, seconds, connection)
        return held and self._release(lease, connection)

    def admit(self, key: str, rate: float, burst: int) -> Flow[float]:
        """See `cocapi.Store.admit`."""
        return (yield from self._write(partial(self._admit, key.encode(), 1 / rate, burst)))

    def _admit(self, key: bytes, interval: float, burst: int, connection: sqlite3.Connection) -> float:
        now = self.clock()
        row = connection.execute("SELECT due FROM budget WHERE key = ?", (key,)).fetchone()
        due = min(max(row[0], now), now + burst * interval) if row else now
        if row and row[0] > due:  # by a clock that has begun anew; from now on by this one
            connection.execute("UPDATE budget SET due = ? WHERE key = ?", (due, key))
        wait = due - (burst - 1) * interval - now
        if wait > TOLERANCE:
            return float(wait)
        connection.execute(
            "DELETE FROM budget WHERE key IN (SELECT key FROM budget WHERE due <= ? LIMIT ?)", (now, SWEPT)
        )
        connection.execute("REPLACE INTO budget (key, due) VALUES (?, ?)", (key, due + interval))
        return 0.0

    def append(self, log: str, content: bytes) -> Flow[int]:
        """See `cocapi.Store.append`."""
        return (yield from self._write(partial(self._append, log.encode(), content)))

    def _append(self, name: bytes, content: bytes, connection: sqlite3.Connection) -> int:
        connection.execute(
            "INSERT INTO log (name, position) VALUES (?, 1) "
            "ON CONFLICT (name) DO UPDATE SET position = position + 1",
            (name,),
        )
        log, position = connection.execute("SELECT id, position FROM log WHERE name = ?", (name,)).fetchone()
        connection.execute("INSERT INTO entry VALUES (?, ?, ?)", (log, position, content))
        connection.execute(
            "DELETE FROM entry WHERE log = ? AND position <= ?", (log, position - self.max_entries)
        )
        return int(position)

    def read(self, log: str, after: int = 0, limit: int = 100) -> Flow[tuple[LogEntry, ...]]:
        """See `cocapi.Store.read`."""
        return (yield from self._read(partial(read_entries, log.encode(), after, limit)))

    def trim(self, log: str, keep: int) -> Flow[int]:
        """See `cocapi.Store.trim`."""
        return (yield from self._write(partial(trim_entries, log.encode(), keep)))

    def close(self) -> Flow[None]:
        """See `cocapi.Store.close`."""
        yield from do(self.database.close, partial(self.threads.run, self.database.close))

    def _read(self, work: Work[T]) -> Flow[T]:
        """Look something up: nobody's lock is waited for, so no thread is needed to bound it."""
        read = partial(explained, self.database.read, work)
        return (yield from do(read, partial(self.threads.run, read), within=self.database.timeout))

    def _write(self, work: Work[T]) -> Flow[T]:
        """Change something: locks and disks may take their time."""
        write = partial(explained, self.database.write, work)
        return (yield from do(write, partial(self.threads.run, write)))


def explained(action: Callable[[Work[T]], T], work: Work[T]) -> T:
    """What an action of the database returns.

    Raises:
        StoreUnavailable: The file or its disk lacks something.
        TimeoutError, ConfigError: See `Database.read`.
    """
    try:
        return action(work)
    except TimeoutError:
        raise
    except (sqlite3.Error, OSError) as error:
        raise failure_of(error) from error


def read_entries(name: bytes, after: int, limit: int, connection: sqlite3.Connection) -> tuple[LogEntry, ...]:
    """The entries of a log behind a position."""
    rows = connection.execute(
        "SELECT entry.position, content FROM log JOIN entry ON entry.log = log.id "
        "WHERE name = ? AND entry.position > ? ORDER BY entry.position LIMIT ?",
        (name, after, limit),
    )
    return tuple(LogEntry(position, content) for position, content in rows)


def trim_entries(name: bytes, keep: int, connection: sqlite3.Connection) -> int:
    """Drop all but the newest entries of a log; how many."""
    return connection.execute(
        "DELETE FROM entry WHERE log = (SELECT id FROM log WHERE name = ?) "
        "AND position <= (SELECT position FROM log WHERE name = ?) - ?",
        (name, name, keep),
    ).rowcount


def after_all(prefix: bytes) -> bytes:
    """What comes behind every key that begins so; UTF-8 has no byte 0xFF."""
    return prefix[:-1] + bytes([prefix[-1] + 1]) if prefix else b"\xff"


def size(connection: sqlite3.Connection) -> int:
    """Bytes of the pages that are in use."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    return int(pages - free) * int(page_size)
