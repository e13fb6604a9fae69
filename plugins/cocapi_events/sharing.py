"""Watchers of one name that share what is watched: in parts, each held by one of them by lease.

Every watcher says now and then that it lives, in a log of the store that all of them read. From who lives
each works out the same division of the parts, holds what is meant for it as soon as it is free, and gives
back what is not. Whoever dies is heard no more, and its leases end. The division only says who claims what:
that a part has one holder is for the leases to say, and that a holder who lost one writes nothing for the
store (`Store.put_held`).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Sequence
from hashlib import blake2b
from math import inf

from cocapi import Flow, Lease, Store, StoreUnavailable, sleep
from cocapi.clocks import elapsed

__all__ = ["BEATS", "Holding", "LeaseLost", "Members", "Sharing", "beating", "divided"]

log: logging.Logger = logging.getLogger("cocapi.events")

BEATS = 5
"""How often a watcher is heard within the time of a lease; after three beats of silence it counts as gone."""

KEPT = 1000
"""Entries that the log of who lives keeps."""


class LeaseLost(Exception):
    """Nothing was written: the part is another's."""


class Holding:
    """A part while it is held; when it is claimed again, that is another holding.

    Attributes:
        lease: What writes are fenced by; None: nobody else watches, so nothing is.
        until: Until when it is surely held, on `cocapi.clocks.elapsed`.
        over: It is not held any more, whatever the clock says.
    """

    __slots__ = ("lease", "over", "part", "until")

    def __init__(self, part: int = 0, lease: Lease | None = None, until: float = inf) -> None:
        self.part: int = part
        self.lease: Lease | None = lease
        self.until: float = until
        self.over: bool = False

    def __bool__(self) -> bool:
        """Whether it is surely held at this moment."""
        return not self.over and elapsed() < self.until


class Members:
    """Who watches, by a log of the store.

    Args:
        store: Of the client.
        log: The key of the log.
        name: Of this watcher.
        patience: Seconds of silence after which a watcher counts as gone.
    """

    def __init__(self, store: Store, log: str, name: str, patience: float) -> None:
        self.store = store
        self.log = log
        self.name = name
        self.patience = patience
        self.heard: dict[str, float] = {}  # when each was heard last, on `elapsed`
        self._position: int | None = None

    def beat(self) -> Flow[list[str]]:
        """Say that this one lives; who does, in order, this one among them."""
        position = yield from self.store.append(self.log, self.name.encode())
        if self._position is None or position <= self._position:
            self._position = position - 1  # what was said before is as good as silence
        while entries := (yield from self.store.read(self.log, self._position)):
            self._position = entries[-1].position
            for entry in entries:
                name, _, leaving = entry.content.decode().partition(" ")
                self.heard[name] = -inf if leaving else elapsed()
        if position % KEPT == 0:
            yield from self.store.trim(self.log, KEPT)
        self.heard[self.name] = elapsed()
        self.heard = {name: when for name, when in self.heard.items() if elapsed() - when < self.patience}
        return sorted(self.heard)

    def leave(self) -> Flow[None]:
        """Say that this one goes."""
        yield from self.store.append(self.log, f"{self.name} leaves".encode())


def divided(parts: Collection[int], members: Sequence[str]) -> dict[str, set[int]]:
    """Which parts are whose: whoever knows the same parts and members comes to the same.

    The numbers of parts differ by one at most. A member that comes or goes moves few parts beside its own
    (rendezvous hashing, Thaler and Ravishankar 1998, with as much room for each as its fair share).
    """
    least, more = divmod(len(parts), len(members))
    room = {member: least + (rank < more) for rank, member in enumerate(members)}
    division: dict[str, set[int]] = {member: set() for member in members}
    for part in sorted(parts):
        owner = max(
            (member for member in members if len(division[member]) < room[member]),
            key=lambda member: blake2b(f"{member} {part}".encode(), digest_size=8).digest(),
        )
        division[owner].add(part)
    return division


class Sharing:
    """What one of several watchers holds.

    Args:
        store: Of the client.
        prefix: What the keys of the watch begin with.
        parts: The numbers of those in which there is something.
        seconds: Within which others take over what a watcher that died has held.
    """

    def __init__(self, store: Store, prefix: str, parts: Collection[int], seconds: float) -> None:
        self.store = store
        self.prefix = prefix
        self.parts = parts
        self.pause: float = seconds / BEATS
        self.lasting: float = seconds - self.pause  # the others notice within a beat
        self.name: str = os.urandom(8).hex()
        self.members: Members = Members(store, f"{prefix}:watchers", self.name, 3 * self.pause)
        self.held: dict[int, Holding] = {}
        self.surplus: set[int] = set()  # held, and meant for another
        self.beating: bool = False
        self._known = False  # whether the others have had the time to be heard
        self._count = 0  # how many parts were held when it was last told

    def live(self, used: Callable[[], object]) -> Flow[None]:
        """Beat as long as somebody uses this; then leave."""
        yield from beating(self.beat, self.pause, used)
        yield from self.leave()

    def beat(self) -> Flow[None]:
        """Keep what is held, hear who lives, and claim what is meant for this one.

        Raises:
            StoreUnavailable: What is held is kept as long as its time lasts.
        """
        for holding in list(self.held.values()):
            yield from self._extend(holding)
        division = divided(self.parts, (yield from self.members.beat()))
        mine = division[self.name]
        self.surplus = set(self.held) - mine
        if self._known:
            for part in sorted(mine - set(self.held)):
                yield from self._claim(part)
        self._known = True
        self._tell(len(division))

    def _tell(self, watchers: int) -> None:
        count = sum(map(bool, self.held.values()))
        if count != self._count:
            self._count = count
            name = self.prefix.removeprefix("events:")
            log.info(
                "the watch %r: this process has %d of %d parts (watchers: %d)",
                name,
                count,
                len(self.parts),
                watchers,
            )

    def _extend(self, holding: Holding) -> Flow[None]:
        assert holding.lease is not None  # noqa: S101  # as `_claim` makes them
        asked = elapsed()
        if (yield from self.store.extend(holding.lease, self.lasting)):
            holding.until = asked + self.lasting
        else:
            holding.over = True

    def _claim(self, part: int) -> Flow[None]:
        asked = elapsed()
        lease = yield from self.store.claim(f"{self.prefix}:part:{part}", self.lasting)
        if lease is not None:
            self.held[part] = Holding(part, lease, asked + self.lasting)

    def let_go(self, holding: Holding) -> Flow[None]:
        """Give a part back, if it is still held."""
        holding.over = True
        self._count = 0  # whatever is held next is news
        if self.held.get(holding.part) is holding:
            del self.held[holding.part]
            self.surplus.discard(holding.part)
        assert holding.lease is not None  # noqa: S101  # as `_claim` makes them
        yield from self.store.release(holding.lease)

    def leave(self) -> Flow[None]:
        """Give everything back, so that the others need not wait for it."""
        self.beating = self._known = False
        for holding in list(self.held.values()):
            yield from self.let_go(holding)
        yield from self.members.leave()

    def abandon(self) -> None:
        """In the child of a fork: leave to the parent what is the parent's."""
        for holding in self.held.values():
            holding.over = True
        self.held.clear()
        self.beating = self._known = False
        self.name = os.urandom(8).hex()
        self.members.name = self.name


def beating(beat: Callable[[], Flow[None]], pause: float, used: Callable[[], object]) -> Flow[None]:
    """Do something now and then in the background, as long as somebody uses what it is done for.

    Args:
        beat: What is done; where the store is away, it is done the next time.
        pause: Seconds in between.
        used: Tells who uses it, as a weak reference does; None: nobody any more.
    """
    while used() is not None:
        try:
            yield from beat()
        except StoreUnavailable as error:
            log.debug("the store did not hear that this process lives: %s", error)
        yield from sleep(pause)
