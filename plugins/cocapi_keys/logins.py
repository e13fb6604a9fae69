"""How often somebody logs in: a few times a minute, whatever fails."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

from cocapi import Flow
from cocapi_keys.errors import KeyManagerError
from cocapi_keys.shared import SharedKeys

__all__ = ["MOST_LOGINS", "Logins"]

MOST_LOGINS = 3
MINUTE = 60.0


class Logins:
    """Counts the log-ins of a client, and with a store those of all who share it.

    Args:
        clock: The time in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._times: deque[float] = deque(maxlen=MOST_LOGINS)

    def admit(self, shared: SharedKeys | None) -> Flow[None]:
        """Count one.

        Raises:
            KeyManagerError: There were as many as there may be in a minute.
        """
        now = self.clock()
        wait = self._times[0] + MINUTE - now if len(self._times) == MOST_LOGINS else 0.0
        if wait <= 0 and shared is not None:
            wait = yield from shared.admit(MOST_LOGINS / MINUTE, MOST_LOGINS)
        if wait > 0:
            raise KeyManagerError(
                f"there were {MOST_LOGINS} log-ins at the developer portal within a minute, which is the "
                f"most; the next may be made in {math.ceil(wait)} seconds"
            )
        self._times.append(now)
