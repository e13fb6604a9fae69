"""What was invalidated, by whichever process: a log in the store, of which each process keeps the end.

A stored answer bears the mark of the last entry that was known when its request set out. It may be used while
no later entry means it, and only by who knows all later entries: so one that was asked for before an
invalidation is never used after it, whichever process asked, and however late it came to be stored.

A store may lose the log, as Redis does with a key that it evicts. So an entry is known by its content too,
which is never the same twice: where the one that was last is not there any more, all that was known is void.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from math import inf
from typing import Any, NamedTuple

from cocapi import Flow, LogEntry, Store, sleep
from cocapi.clocks import elapsed
from cocapi.interrupts import reraise
from cocapi_cache.key import Key
from cocapi_cache.selection import Selection, selection

__all__ = ["INTERVAL", "OUTDATED", "Invalidations", "Mark"]

INTERVAL = 1.0
"""Seconds after which a process tells the others what it invalidated, and asks what they did."""

OUTDATED = 2.0
"""Seconds since it last asked, after which a call does so before it uses anything: the work in the background
may have had no event loop to run in."""

KEPT = 1000
"""Entries of the log that are kept; an answer that is older than all of them is used no more."""

SOON = 0.002
"""Seconds after which a call looks again whether another has told what is to be told."""

PAGE = 1000
"""Entries that are read at once."""


class Mark(NamedTuple):
    """An entry of the log: all up to it are known.

    Attributes:
        position: Where it stands (see `cocapi.LogEntry`).
        digest: Of its content.
    """

    position: int
    digest: str


class Known(NamedTuple):
    """An entry of the log as it is kept."""

    digest: str
    fits: Selection


class Invalidations:
    """The end of the log, as far as this process knows it.

    Args:
        forget: Called with the selection of each entry that another process added, and with one that fits
            everything where entries were missed.

    Attributes:
        name: Of the log, in the store.
        mark: The last entry that is known; None: none yet.
        outdated_at: When the log must be read before anything is used.
    """

    def __init__(self, forget: Callable[[Selection], object]) -> None:
        self.name = ""
        self.forget = forget
        self.known: OrderedDict[int, Known] = OrderedDict()  # by position
        self.mark: Mark | None = None
        self.renew()

    def renew(self) -> None:
        """In the child of a fork: what is to be told, the parent tells."""
        self.lock: Any = threading.RLock()
        self.untold: deque[bytes] = deque()
        self.telling = threading.Lock()
        self.own: deque[str] = deque(maxlen=KEPT)  # digests of what this process told
        self.outdated_at = -inf

    def add(self, place: str | None, values: Mapping[str, Any]) -> None:
        """Note what this process has invalidated, to be told; None: everything."""
        self.untold.append(entry(place, values))

    def tell(self, store: Store) -> Flow[None]:
        """Add what is to be told to the log, and read on from there: until then it is to be told.

        Raises:
            StoreUnavailable: It is told the next time.
        """
        until = elapsed() + INTERVAL
        while self.untold:
            if self.telling.acquire(blocking=False):
                try:
                    yield from self._tell_first(store)
                finally:
                    self.telling.release()
            elif elapsed() < until:
                yield from sleep(SOON)  # another call tells it, at this moment
            else:
                self.telling = threading.Lock()  # an interrupt hit whoever had it

    def read(self, store: Store) -> Flow[None]:
        """Learn what was added since the log was last read.

        Raises:
            StoreUnavailable: Nothing is known of it.
        """
        started = elapsed()
        more = True
        while more:
            last = self.mark
            # The last one that is known is read again: it shows whether this is still the same log.
            entries = yield from store.read(self.name, last.position - 1 if last else 0, PAGE)
            if last is not None and (not entries or mark_of(entries[0]) != last):
                self._start_again(last)
            elif entries:
                self._learn(entries)
                more = len(entries) == PAGE
            else:
                yield from store.append(self.name, entry("", {}))
        self.outdated_at = started + OUTDATED

    def allow(self, store: Store, mark: Mark | None, key: Key) -> Flow[bool]:
        """Whether an answer of that mark may be used: no later entry means it. One that bears a later mark
        than any that is known was asked for by a process that knows more: the log is read first.

        Raises:
            StoreUnavailable: The log could not be read.
        """
        if mark is not None and (self.mark is None or mark.position > self.mark.position):
            yield from self.read(store)
        return self._allows(mark, key)

    def _allows(self, mark: Mark | None, key: Key) -> bool:
        """The same by what is known."""
        with self.lock:
            if mark is None or mark.position not in self.known:
                return False
            if self.known[mark.position].digest != mark.digest:
                return False
            for position, later in reversed(self.known.items()):
                if position <= mark.position:
                    break
                if later.fits(key.path, key.query):
                    return False
            return True

    def _tell_first(self, store: Store) -> Flow[None]:
        """Add the oldest of what is to be told."""
        if not self.untold:
            return
        content = self.untold[0]
        self.own.append(digest(content))
        position = yield from store.append(self.name, content)
        if position % KEPT == 0:
            yield from store.trim(self.name, KEPT)
        yield from self.read(store)
        self.untold.popleft()

    def _learn(self, entries: tuple[LogEntry, ...]) -> None:
        """Keep those that are new, and forget what they mean."""
        with self.lock:
            for new in entries:
                mark = mark_of(new)
                if self.mark is not None and mark.position <= self.mark.position:
                    continue
                fits = fits_of(new.content)
                self.known[mark.position] = Known(mark.digest, fits)
                self.mark = mark
                if mark.digest not in self.own:
                    self.forget(fits)
                while len(self.known) > KEPT:
                    self.known.popitem(last=False)

    def _start_again(self, last: Mark) -> None:
        """Read the log from its beginning: the store lost it, or trimmed what was not read yet."""
        with self.lock:
            if self.mark is last:
                self.known.clear()
                self.mark = None
                self.forget(everything)


def entry(place: str | None, values: Mapping[str, Any]) -> bytes:
    """An entry of the log; of no two the same. A place of ``""`` means nothing: it begins a log."""
    texts = {name: str(value) for name, value in values.items()}
    return json.dumps({"place": place, "values": texts, "nonce": os.urandom(8).hex()}).encode()


def fits_of(content: bytes) -> Selection:
    """What an entry means; one that cannot be read, of a later version perhaps, means everything."""
    try:
        document = json.loads(content)
        place = document["place"]
        if place == "":
            return nothing
        return everything if place is None else selection(place, document["values"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        reraise(error)
        return everything


def everything(path: str, query: str) -> bool:
    """The selection of all answers."""
    return True


def nothing(path: str, query: str) -> bool:
    """The selection of no answer."""
    return False


def digest(content: bytes) -> str:
    """By which an entry is known again: 16 hexadecimal digits."""
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def mark_of(entry: LogEntry) -> Mark:
    """The mark of an entry."""
    return Mark(entry.position, digest(entry.content))
