"""The archive: answers in an SQLite file."""

from __future__ import annotations

import sqlite3
import threading
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

__all__ = ["Archive", "Snapshot"]

SCHEMA = """
PRAGMA journal_mode = WAL;  -- others may read while a program writes
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS snapshot (url TEXT, taken REAL, content BLOB, PRIMARY KEY (url, taken));
"""
ABOUT = "SELECT taken, url FROM snapshot WHERE instr(replace(url, '?', '/') || '/', ?) ORDER BY taken"
PATIENCE = 5.0
"""Seconds to wait for another program that writes to the same file."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An answer that differed from the one before it.

    Attributes:
        taken: When it arrived, in UTC.
        url: What was called.
    """

    taken: datetime
    url: str


class Archive:
    """Answers by address and time. Every method blocks; any thread may call it.

    Args:
        path: The file, opened with the first call.

    Raises:
        sqlite3.Error: from any method, when the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened: sqlite3.Connection | None = None
        self._parents: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    def keep(self, url: str, taken: float, content: bytes) -> None:
        """Store an answer unless the one before it was the same. `taken` is in seconds since 1970."""
        packed = zlib.compress(content)
        with self._lock, self._connection() as transaction:
            if packed != newest(transaction, url, taken):
                transaction.execute("INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?)", (url, taken, packed))

    def find(self, url: str, moment: float) -> bytes | None:
        """The newest answer that is no younger than `moment`; None when there is none."""
        with self._lock, self._connection() as transaction:
            packed = newest(transaction, url, moment)
        return zlib.decompress(packed) if packed is not None else None

    def about(self, tag: str) -> list[Snapshot]:
        """The snapshots whose address has `tag` as a part, the oldest first."""
        part = f"/{quote('#' + tag.removeprefix('#').upper(), safe='')}/"
        with self._lock, self._connection() as transaction:
            rows = transaction.execute(ABOUT, (part,)).fetchall()
        return [Snapshot(datetime.fromtimestamp(taken, UTC), url) for taken, url in rows]

    def close(self) -> None:
        """Close the file; a later call opens it again."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def forked(self) -> None:
        """In the child of a fork: leave the file to the parent, and open it anew when needed.

        The connection may be neither used nor closed there (https://sqlite.org/howtocorrupt.html, 2.6).
        """
        self._parents, self._opened = self._opened, None
        self._lock = threading.Lock()

    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            self._opened = sqlite3.connect(self.path, timeout=PATIENCE, check_same_thread=False)
            self._opened.executescript(SCHEMA)
        return self._opened


def newest(transaction: sqlite3.Connection, url: str, moment: float) -> bytes | None:
    """The compressed answer that held at `moment`."""
    row = transaction.execute(
        "SELECT content FROM snapshot WHERE url = ? AND taken <= ? ORDER BY taken DESC LIMIT 1", (url, moment)
    ).fetchone()
    return row[0] if row else None
