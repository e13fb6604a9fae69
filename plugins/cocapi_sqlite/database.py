"""The file: made, told from those of other programs, opened, and used by one transaction at a time.

Whoever finds the file locked tries again at moments of chance until its time is over. SQLite's own busy
handler would wait longer and longer from one attempt to the next, so that late ones lose to early ones.
"""

from __future__ import annotations

import errno
import os
import random
import sqlite3
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypeVar

from cocapi import ConfigError
from cocapi.clocks import elapsed, nap
from cocapi.interrupts import reraise
from cocapi.pools import Pool, abandon

__all__ = ["Database"]

T = TypeVar("T")

Identity: TypeAlias = tuple[int, int]
"""A file, whatever its path: device and inode."""

Work: TypeAlias = Callable[[sqlite3.Connection], T]
"""Statements of one transaction, and what they find."""

APPLICATION = 0x636F6361
"""The application id in the file's header: "coca"."""

FORMAT = 1
"""Of the tables; the user version in the file's header."""

TABLES = """
    CREATE TABLE value (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, content BLOB NOT NULL,
                        since REAL NOT NULL, until REAL NOT NULL);
    CREATE INDEX value_until ON value (until);
    CREATE TABLE lease (key BLOB PRIMARY KEY, holder TEXT NOT NULL, seconds REAL NOT NULL,
                        until REAL NOT NULL) WITHOUT ROWID;
    CREATE INDEX lease_until ON lease (until);
    CREATE TABLE budget (key BLOB PRIMARY KEY, due REAL NOT NULL) WITHOUT ROWID;
    CREATE INDEX budget_due ON budget (due);
    CREATE TABLE log (id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, position INTEGER NOT NULL);
    CREATE TABLE entry (log INTEGER NOT NULL, position INTEGER NOT NULL, content BLOB NOT NULL,
                        PRIMARY KEY (log, position)) WITHOUT ROWID;
"""

PREPARING = 5.0
"""Seconds that making the file may take; other processes may be making it."""

LONGEST_NAP = 0.002
"""Seconds from one attempt at a locked file to the next, at most."""

OPENING = threading.Lock()
"""Held where a file is made or opened: a file descriptor that is closed takes with it the locks that SQLite
holds in this process on the same file."""


class Connection(sqlite3.Connection):
    """A connection that knows which file it was opened to.

    Attributes:
        file: What was at the path then; None: nothing was any more.
    """

    file: Identity | None


class Database:
    """Connections to one file, each used by one thread at a time.

    The file may be deleted while connections are open, which would go on with what has no name any more. So
    each is asked for its file before it is used: all processes have a new one from their next verb on, and
    wait for no lease of the old one.

    Args:
        path: Where it is; absolute.
        timeout: Seconds that a transaction may wait for others.
    """

    def __init__(self, path: Path, timeout: float) -> None:
        self.path = path
        self.timeout = timeout
        self._pool = self._new_pool()

    def abandon(self) -> None:
        """In the child of a fork: forget the connections, which SQLite forbids to close here."""
        abandon(self._pool)
        self._pool = self._new_pool()

    def prepare(self) -> None:
        """Make the file, for its owner alone, or see that it is one of ours.

        Raises:
            ConfigError: It cannot be made, read or written, or is another program's.
        """
        try:
            self.read(lambda connection: None, PREPARING)
        except FileNotFoundError as error:
            why = f"there is no folder {self.path.parent}; make it, or name another file"
            raise ConfigError(f"{self._setting} cannot be used: {why}") from error
        except (sqlite3.Error, OSError) as error:
            raise ConfigError(self._refusal(getattr(error, "strerror", None) or str(error))) from error
        self.close()  # a process that forks now has nothing open

    def read(self, work: Work[T], timeout: float | None = None) -> T:
        """Run statements, each for itself.

        Args:
            work: Is run again where the file was locked.
            timeout: Seconds; None: those of the database.

        Raises:
            TimeoutError: The file stayed locked.
            sqlite3.Error: SQLite cannot do it.
            ConfigError: The file is another program's.
        """
        until = elapsed() + (self.timeout if timeout is None else timeout)
        pool = self._pool
        connection = pool.take() or patiently(self._open, until)
        try:
            value = patiently(partial(work, connection), until)
        except BaseException:
            connection.close()
            raise
        pool.put_back(connection)
        return value

    def write(self, work: Work[T]) -> T:
        """Run statements as one transaction; raises as `read` does."""
        return self.read(partial(in_transaction, work))

    def close(self) -> None:
        """Close the connections; one that is in use, when its work is done."""
        pool, self._pool = self._pool, self._new_pool()
        pool.close()

    def _new_pool(self) -> Pool[Connection]:
        return Pool(self._is_current, Connection.close)

    def _is_current(self, connection: Connection) -> bool:
        """Whether it is open to what is at the path."""
        file = file_at(self.path)
        return file is not None and file == connection.file

    def _open(self) -> Connection:
        with OPENING:
            make(self.path)
            see_that_it_may_be_written(self.path)
            connection = sqlite3.connect(
                self.path, timeout=0, isolation_level=None, check_same_thread=False, factory=Connection
            )
        try:
            connection.file = file_at(self.path)
            self._identify(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            connection.close()
            raise
        return connection

    def _identify(self, connection: sqlite3.Connection) -> None:
        """See that the file is ours; one that is new becomes so."""
        if header(connection) == (APPLICATION, FORMAT):
            return
        in_transaction(self._adopt, connection)
        connection.execute("PRAGMA journal_mode = WAL")

    def _adopt(self, connection: sqlite3.Connection) -> None:
        application, version = header(connection)
        if application == APPLICATION and version != FORMAT:
            raise ConfigError(self._refusal(f"it has format {version}, and this cocapi reads {FORMAT}"))
        if application == APPLICATION:
            return  # another process was quicker
        if application or version or connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            raise ConfigError(self._refusal("it is a database of another program"))
        for statement in TABLES.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {FORMAT}")

    @property
    def _setting(self) -> str:
        return f"store='sqlite:///{self.path}'"

    def _refusal(self, why: str) -> str:
        return f"{self._setting} cannot be used: {why}; name another file, or mend this one"


def file_at(path: Path) -> Identity | None:
    """What is at a path; None: nothing."""
    try:
        status = os.stat(path)  # noqa: PTH116  # half the time, before each verb
    except FileNotFoundError as error:
        reraise(error)
        return None
    return status.st_dev, status.st_ino


def make(path: Path) -> None:
    """Make an empty file that its owner alone may read, unless there is one; where a link leads to nothing
    yet, there."""
    try:
        os.close(os.open(os.path.realpath(path), os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError as error:
        reraise(error)


def see_that_it_may_be_written(path: Path) -> None:
    """SQLite opens a file that may not be written for reading alone. Then some verbs would work and others
    fail, and the store would be away and back by turns.

    Raises:
        PermissionError: It is so.
        OSError: Nothing can be there, as where links go round.
    """
    path.stat()
    if not os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def header(connection: sqlite3.Connection) -> tuple[int, int]:
    """Application id and user version of the file."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return application, version


def in_transaction(work: Work[T], connection: sqlite3.Connection) -> T:
    """Run statements, all or none of which count."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        value = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return value


def patiently(action: Callable[[], T], until: float) -> T:
    """Do it, as often as another connection holds a lock.

    Raises:
        TimeoutError: It was so to the end of the time.
    """
    while True:
        try:
            return action()
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            if elapsed() >= until:
                raise TimeoutError("the file stayed locked") from error
        nap(random.uniform(0, LONGEST_NAP))  # noqa: S311  # a turn, no secret


def is_busy(error: sqlite3.OperationalError) -> bool:
    """Whether another connection holds a lock."""
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
