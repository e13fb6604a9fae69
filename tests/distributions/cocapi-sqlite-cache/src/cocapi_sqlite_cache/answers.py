"""Answers in an SQLite file. It knows nothing of hooks."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import NamedTuple

from cocapi import Response

from cocapi_sqlite_cache.packing import pack, unpack

__all__ = ["Answer", "Answers"]

SCHEMA = """
PRAGMA journal_mode = WAL;  -- others may read while a process writes
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS answer (url TEXT PRIMARY KEY, stored REAL NOT NULL, packed BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS answer_by_age ON answer (stored);
"""
GET = "SELECT packed, stored FROM answer WHERE url = ?"
PUT = "INSERT OR REPLACE INTO answer VALUES (?, ?, ?)"
TRIM = "DELETE FROM answer WHERE url IN (SELECT url FROM answer ORDER BY stored DESC LIMIT -1 OFFSET ?)"

PATIENCE = 1.0
"""Seconds to wait for another process that writes to the same file."""

ROUND = 100
"""Answers put between two looks at how many there are."""


class Answer(NamedTuple):
    """A response and the moment at which it was stored, in seconds since 1970."""

    response: Response
    stored: float


class Answers:
    """Answers by address. Every method blocks; any thread, and any number of processes, may call it.

    Args:
        path: The file, opened with the first use.
        limit: How many answers it may have, but for those of one round.

    Raises:
        sqlite3.Error, OSError: From `get` and `put`, when the file cannot be used.
    """

    def __init__(self, path: Path, limit: int) -> None:
        self.path = path
        self.limit = limit
        self._opened: sqlite3.Connection | None = None
        self._parents: sqlite3.Connection | None = None
        self._closed = False
        self._put = 0
        self._lock = threading.Lock()

    def get(self, url: str) -> Answer | None:
        """What is stored of an address; None when nothing is, or nothing that can be read."""
        with self._lock:
            if self._closed:
                return None
            row = self._connection().execute(GET, (url,)).fetchone()
        response = unpack(row[0]) if row else None
        return Answer(response, row[1]) if response else None

    def put(self, url: str, answer: Answer) -> None:
        """Store an answer in place of the one before."""
        packed = pack(answer.response)
        with self._lock:
            if self._closed:
                return
            with self._connection() as transaction:
                transaction.execute(PUT, (url, answer.stored, packed))
                if self._put % ROUND == 0:
                    transaction.execute(TRIM, (self.limit,))
                self._put += 1

    def close(self) -> None:
        """Close the file, for good: a call that is still under way finds and stores nothing."""
        with self._lock:
            self._closed = True
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def forked(self) -> None:
        """In the child of a fork: leave the connection to the parent, and open another when needed.

        It may be neither used nor closed there (https://sqlite.org/howtocorrupt.html, 2.6).
        """
        self._parents, self._opened = self._opened, None
        self._lock = threading.Lock()

    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=PATIENCE, check_same_thread=False)
            try:
                connection.executescript(SCHEMA)
            except BaseException:
                connection.close()
                raise
            self._opened = connection
        return self._opened
