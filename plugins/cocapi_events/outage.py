"""That something waits for the store: told once when it does, and once when it goes on."""

from __future__ import annotations

import logging

from cocapi import StoreUnavailable

__all__ = ["TOLERATED_ONCE", "Outage"]

TOLERATED_ONCE = 2
"""Failures in a row that are tolerated by what is asked once: it waits for a store that is late, and not for
one that is away."""

log: logging.Logger = logging.getLogger("cocapi.events")


class Outage:
    """A verb of the store that is asked again and again, and what the log says of it.

    Args:
        begun: What is told when it has failed, with the reason.
        over: What is told when it is answered after that.
        passed_over: Failures in a row that are no news: a store may be late now and then, and of one that is
            away its client tells.
        tolerated: Failures in a row that are tolerated; None: any number.
    """

    def __init__(self, begun: str, over: str, passed_over: int = 1, tolerated: int | None = None) -> None:
        self.begun = begun
        self.over = over
        self.passed_over = passed_over
        self.tolerated = tolerated
        self._failures = 0

    def failed(self, error: StoreUnavailable) -> None:
        """The verb has failed, and will be asked again.

        Raises:
            StoreUnavailable: The error itself, where no more are tolerated.
        """
        self._failures += 1
        if self.tolerated is not None and self._failures > self.tolerated:
            self._failures = 0
            raise error
        if self._failures == self.passed_over + 1 and self.tolerated is None:
            log.warning("%s: %s", self.begun, error)

    def answered(self) -> None:
        """The verb has been answered."""
        if self._failures > self.passed_over and self.tolerated is None:
            log.info("%s", self.over)
        self._failures = 0
