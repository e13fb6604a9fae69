"""What a file or its disk lacks, in a sentence with the way out."""

from __future__ import annotations

import sqlite3

from cocapi import StoreUnavailable

__all__ = ["failure_of"]

FOLDER = "see whether its folder is there and may be written, or name another file in store="
RIGHTS = "give this process the right to write it, or name another file in store="
DAMAGE = "move it away, so that a new one is made, or name another file in store="

WAYS = {
    sqlite3.SQLITE_FULL: "make room on its disk, or name a file on another one in store=",
    sqlite3.SQLITE_IOERR: "see whether its disk is full or damaged, or name a file on another one in store=",
    sqlite3.SQLITE_CANTOPEN: FOLDER,
    sqlite3.SQLITE_READONLY: RIGHTS,
    sqlite3.SQLITE_PERM: RIGHTS,
    sqlite3.SQLITE_CORRUPT: DAMAGE,
    sqlite3.SQLITE_NOTADB: DAMAGE,
}
"""By the primary result code (sqlite.org/rescode.html), what to do."""


def failure_of(error: sqlite3.Error | OSError) -> StoreUnavailable:
    """The error that a store raises: what SQLite or the system says, and what to do where that is known."""
    if isinstance(error, OSError):
        words, way = error.strerror or str(error), RIGHTS if isinstance(error, PermissionError) else FOLDER
    else:
        words, way = str(error), WAYS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "")
    return StoreUnavailable(f"cannot be used ({words})" + (f": {way}" if way else ""))
