"""Tokens that take turns; one that was refused misses its turns for a while."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable

from cocapi import key_id_of

__all__ = ["Rotation"]


class Rotation:
    """The tokens of a client, in the order of their turns. Threads may share it.

    Args:
        rest: Seconds that a refused token misses its turns.
        clock: The time in seconds.
    """

    def __init__(self, rest: float, clock: Callable[[], float]) -> None:
        self.rest = rest
        self.clock = clock
        self._tokens: OrderedDict[str, str] = OrderedDict()  # by key_id; whose turn is next stands first
        self._refused_until: dict[str, float] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Rotation of {len(self._tokens)} tokens>"

    def __len__(self) -> int:
        """How many tokens there are, those that were refused included."""
        return len(self._tokens)

    def key_ids(self) -> list[str]:
        """The digests of all tokens, in the order of their turns."""
        with self._lock:
            return [*self._tokens]

    def replace(self, tokens: Iterable[str]) -> None:
        """Let these take turns from now on. One that stays keeps its turn, and what is known of it."""
        by_key_id = {key_id_of(token): token for token in tokens}
        with self._lock:
            stay = [key_id for key_id in self._tokens if key_id in by_key_id]
            self._tokens = OrderedDict((key_id, by_key_id[key_id]) for key_id in [*stay, *by_key_id])
            self._refused_until = {
                key_id: until for key_id, until in self._refused_until.items() if key_id in by_key_id
            }

    def next(self) -> str | None:
        """The token whose turn it is; None: each was refused."""
        with self._lock:
            now = self.clock()
            for key_id, token in self._tokens.items():
                if self._refused_until.get(key_id, now) <= now:
                    self._tokens.move_to_end(key_id)
                    return token
        return None

    def exhausted(self) -> bool:
        """Whether each was refused."""
        return len(self.refused()) == len(self)

    def refuse(self, key_id: str | None) -> bool:
        """Let a token miss its turns; whether it is one of these."""
        with self._lock:
            if key_id is None or key_id not in self._tokens:
                return False
            self._refused_until[key_id] = self.clock() + self.rest
            return True

    def refused(self) -> dict[str, float]:
        """The seconds for which a token still misses its turns, by its `key_id`."""
        with self._lock:
            now = self.clock()
            return {key_id: until - now for key_id, until in self._refused_until.items() if until > now}

    def forked(self) -> None:
        """Be as good as new in the child of a fork, where nobody gives the lock back."""
        self._lock = threading.Lock()
