"""How often somebody logs in: a few times a minute, whatever fails."""

from __future__ import annotations

import math
from collections.abc import Callable

from cocapi import Flow, sleep
from cocapi_keys.errors import KeyManagerError
from cocapi_keys.shared import SharedKeys

__all__ = ["MOST_LOGINS", "Logins"]

MOST_LOGINS = 3
"""At once; and in each further minute, one after another."""

APART = 60.0 / MOST_LOGINS
"""Seconds between them then."""


class Logins:
    """Counts the log-ins of a client, and with a store those of all who share it (GCRA, as ITU-T I.371 has
    it, in both places).

    Args:
        clock: The time in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._due = -math.inf  # when the log-in after those that were made would come, were they `APART`

    def admit(self, shared: SharedKeys | None, until: float) -> Flow[None]:
        """Count one, when it may be made.

        Args:
            shared: What all share; None: nothing.
            until: When it must be made, on the clock.

        Raises:
            KeyManagerError: It may be made later only.
        """
        while (wait := (yield from self._wait(shared))) > 0:
            if self.clock() + wait > until:
                raise KeyManagerError(
                    f"there were {MOST_LOGINS} log-ins at the developer portal within a minute, which is the "
                    f"most; the next may be made in {math.ceil(wait)} seconds"
                )
            yield from sleep(wait)

    def _wait(self, shared: SharedKeys | None) -> Flow[float]:
        """0, and one is counted; else the seconds until there may be one."""
        now = self.clock()
        wait = self._due - (MOST_LOGINS - 1) * APART - now
        if wait <= 0 and shared is not None:
            wait = yield from shared.admit(1 / APART, MOST_LOGINS)
        if wait <= 0:
            self._due = max(self._due, now) + APART
        return max(wait, 0.0)
