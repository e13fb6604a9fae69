"""Keys that take turns."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable

from cocapi_keys.key import Key

__all__ = ["Ring"]

REMEMBERED = 1000
"""Keys of earlier days that are still known as ours, for calls that were sent with them."""


class Ring:
    """The keys of a client, in the order of their turns. Threads may share it.

    A key that the API refuses is given no more. One that is throttled rests, and the others go on.

    Args:
        clock: The time in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._keys: OrderedDict[str, Key] = OrderedDict()  # by key_id; whose turn is next stands first
        self._refused: set[str] = set()
        self._resting: dict[str, float] = {}  # until when
        self._ours: OrderedDict[str, None] = OrderedDict()
        self.forked()

    def __repr__(self) -> str:
        return f"<Ring of {len(self._keys)} keys, {len(self._refused)} refused>"

    def forked(self) -> None:
        """Be as good as new in the child of a fork, where nobody gives the lock back."""
        self._lock = threading.Lock()

    def key_ids(self) -> list[str]:
        """The digests of the keys that may be given, in the order of their turns."""
        with self._lock:
            return [key_id for key_id in self._keys if key_id not in self._refused]

    def tokens(self) -> list[str]:
        """What is sent, of the same keys; sorted, so that turns make no difference."""
        with self._lock:
            return sorted(key.token for key_id, key in self._keys.items() if key_id not in self._refused)

    def ours(self, key_id: str | None) -> bool:
        """Whether it is, or was, one of these."""
        return key_id in self._ours

    def next(self) -> Key | None:
        """The key whose turn it is: the first that does not rest; where all do, the one that rests least.
        None: there is none that is not refused."""
        with self._lock:
            ready = [key_id for key_id in self._keys if key_id not in self._refused]
            if not ready:
                return None
            if self._resting:
                now = self.clock()
                rests = {key_id: max(0.0, self._resting.get(key_id, now) - now) for key_id in ready}
                self._resting = {key_id: until for key_id, until in self._resting.items() if until > now}
                ready.sort(key=lambda key_id: rests[key_id])
            self._keys.move_to_end(ready[0])
            return self._keys[ready[0]]

    def replace(self, keys: Iterable[Key]) -> None:
        """Let these take turns from now on; those among them that were refused get another chance. One that
        stays keeps its turn, and its rest."""
        by_key_id = {key.key_id: key for key in keys}
        with self._lock:
            stay = [key_id for key_id in self._keys if key_id in by_key_id]
            self._keys = OrderedDict((key_id, by_key_id[key_id]) for key_id in [*stay, *by_key_id])
            self._refused.difference_update(by_key_id)
            for key_id in by_key_id:
                self._ours[key_id] = None
            while len(self._ours) > max(REMEMBERED, len(self._keys)):
                self._refused.discard(self._ours.popitem(last=False)[0])

    def offer(self, keys: Iterable[Key]) -> bool:
        """Let those of these that were not refused take turns; whether there are any."""
        with self._lock:
            chosen = [key for key in keys if key.key_id not in self._refused]
        if chosen:
            self.replace(chosen)
        return bool(chosen)

    def refuse(self, key_id: str, *, address: bool) -> None:
        """Give a key no more.

        Args:
            key_id: Which.
            address: Whether the API does not allow the address that it was used from. Then no other key that
                allows the same ones will do.
        """
        with self._lock:
            refused = self._keys.get(key_id)
            self._refused.add(key_id)
            if address and refused is not None:
                cidrs = refused.cidrs
                self._refused.update(other for other, key in self._keys.items() if key.cidrs == cidrs)

    def rest(self, key_id: str, seconds: float) -> bool:
        """Let a key miss its turns for so many seconds; whether another one can have them."""
        with self._lock:
            now = self.clock()
            if key_id in self._keys:
                self._resting[key_id] = now + seconds
            return any(
                other not in self._refused and self._resting.get(other, now) <= now for other in self._keys
            )
